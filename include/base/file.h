/* file: reading whole files with care, and making the folders and files of the state directory. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/err.h"

/* The whole of a regular file of at most max octets. Follows symlinks (configuration may be linked). */
bool file_read(struct arena *arena, const char *path, size_t max, struct str *out, struct err *err);
/* A secret: regular file, not readable or writable by others (mode & 007 is 0) and not writable by the group, at most 64 KB, its last
 * line end removed; else ERR_SETUP with the reason. The octets are the caller's to wipe. */
bool file_read_secret(struct arena *arena, const char *path, struct str *out, struct err *err);
/* A private folder: created 0700 if missing; refused when it is a symlink, not ours, or open to others. */
bool file_private_dir(const char *path, struct err *err);
/* Writes a private file (0600) by temporary name, fsync, rename, fsync of the folder. */
bool file_write_private(const char *path, struct str octets, struct err *err);
/* Takes the lock of a state directory (an advisory lock on DIR/lock, held until exit). False when another process has
 * it: ERR_SETUP. */
bool file_lock(const char *directory, int *fd, struct err *err);
/* The names in a folder that end in `suffix`, sorted by octets; and those that do not, apart. Hidden names are left out of both. */
struct file_names {
    struct str *names;
    size_t count;
};
bool file_list(struct arena *arena, const char *directory, const char *suffix, struct file_names *match,
               struct file_names *other, struct err *err);

#endif
