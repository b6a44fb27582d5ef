/* octets: a search that takes an empty str for what it is (memchr may not be given NULL). */
#ifndef MAIL_OCTETS_H
#define MAIL_OCTETS_H

#include "base/str.h"

#include <string.h>

/* Where the first octet c stands in s, NULL when there is none. */
static inline const char *octets_find(struct str s, char c)
{
    return s.n > 0 ? memchr(s.p, c, s.n) : NULL;
}

#endif
