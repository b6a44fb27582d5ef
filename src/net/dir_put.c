/* dir_put: a letter of ours put into a Maildir, once. Its name follows from its Message-ID; what a client makes of the flags behind the ":" does not matter. */
#include "config.h"

#include "net/dir.h"

#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *format, ...)
{
    char *out = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&out, format, args) < 0)
        abort();
    va_end(args);
    return out;
}

/* Is there a file of that name, whatever stands behind it? */
static bool holds(const char *folder, const char *name)
{
    DIR *directory = opendir(folder);
    bool found = false;
    for (const struct dirent *entry; directory != NULL && !found && (entry = readdir(directory)) != NULL;)
        found = strncmp(entry->d_name, name, strlen(name)) == 0;
    if (directory != NULL)
        closedir(directory);
    return found;
}

static bool write_there(const char *path, const char *cur, const char *name, struct str octets, struct err *err)
{
    char *from = text("%s/tmp/%s", path, name), *to = text("%s/%s:2,S", cur, name);
    (void)unlink(from); /* of a try that did not end */
    bool done = maildir_write(from, STR(""), octets) && rename(from, to) == 0 && maildir_sync(cur);
    if (!done)
        err_set(err, ERR_ITEM, "write %s: %s", from, strerrordesc_np(errno));
    free(from);
    free(to);
    return done;
}

bool maildir_put(const char *path, struct str message_id, int64_t date, struct str octets, struct err *err)
{
    uint8_t hash[HASH_SIZE];
    char hex[2 * 16 + 1];
    if (!maildir_make(path, err))
        return false;
    hash_sha256(message_id, hash);
    str_hex(hash, 16, hex);
    char *name = text("%lld.%s.triaged", (long long)(date / 1000), hex), *cur = text("%s/cur", path), *new = text("%s/new", path);
    bool done = holds(cur, name) || holds(new, name) || write_there(path, cur, name, octets, err);
    free(name);
    free(cur);
    free(new);
    return done;
}
