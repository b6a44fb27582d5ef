/* charset_gate: iconv_open for the whole program, ours and every library's, restricted to the table of charset.c. A program that
 * reads hostile mail puts this file among its sources; the dynamic linker then prefers it to the C library's. */
#include "config.h"

#include "mail/charset.h"

#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>

typedef iconv_t iconv_open_function(const char *, const char *);

iconv_t iconv_open(const char *to, const char *from)
{
    iconv_open_function *next = NULL;
    void *symbol = dlsym(RTLD_NEXT, "iconv_open");
    memcpy(&next, &symbol, sizeof next);
    if (next == NULL || !charset_allowed(to) || !charset_allowed(from)) {
        errno = EINVAL;
        return (iconv_t)-1;
    }
    return next(to, from);
}
