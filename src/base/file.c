/* file: every open is CLOEXEC, every name is checked for what it is after it was opened, every write is whole or not there. */
#include "config.h"

#include "base/file.h"

#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SECRET_MAX (64u * 1024)
#define FILE_LIST_MAX 10000u

static bool refuse(struct err *err, const char *path, const char *what)
{
    return err_set(err, ERR_SETUP, "%s: %s", path, what);
}

static bool refuse_errno(struct err *err, const char *path, const char *action)
{
    return err_set(err, ERR_SETUP, "%s: cannot %s: %s", path, action, strerrordesc_np(errno));
}

/* All n octets, or fewer at the end of the file; -1 with errno. */
static ssize_t read_all(int fd, char *to, size_t n)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = read(fd, to + have, n - have);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return -1;
        have += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)have;
}

/* Opens without waiting (a FIFO would) and gives back what it is. */
static bool open_regular(const char *path, int *fd, struct stat *status, struct err *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*fd < 0)
        return refuse_errno(err, path, "open");
    if (fstat(*fd, status) != 0 || !S_ISREG(status->st_mode)) {
        close(*fd);
        return refuse(err, path, "not a regular file");
    }
    return true;
}

static bool read_open(struct arena *arena, int fd, const char *path, size_t size, struct str *out, struct err *err)
{
    char *octets = arena_alloc(arena, size + 1);
    ssize_t n = read_all(fd, octets, size + 1);
    if (n < 0)
        return refuse_errno(err, path, "read");
    if ((size_t)n > size)
        return err_set(err, ERR_RETRY, "%s: grew while it was read", path);
    *out = (struct str){octets, (size_t)n};
    octets[n] = '\0';
    return true;
}

bool file_read(struct arena *arena, const char *path, size_t max, struct str *out, struct err *err)
{
    int fd = -1;
    struct stat status = {0};
    if (!open_regular(path, &fd, &status, err))
        return false;
    bool good = (uint64_t)status.st_size <= max ? read_open(arena, fd, path, (size_t)status.st_size, out, err)
                                                : err_set(err, ERR_SETUP, "%s: larger than %zu octets", path, max);
    close(fd);
    return good;
}

static const char *secret_fault(const struct stat *status)
{
    if ((status->st_mode & 0007) != 0)
        return "a secret must not be open to others (chmod o= FILE)";
    if ((status->st_mode & 0020) != 0)
        return "a secret must not be writable by its group (chmod g-w FILE)";
    return (uint64_t)status->st_size > FILE_SECRET_MAX ? "too long for a secret" : NULL;
}

bool file_read_secret(struct arena *arena, const char *path, struct str *out, struct err *err)
{
    int fd = -1;
    struct stat status = {0};
    if (!open_regular(path, &fd, &status, err))
        return false;
    const char *fault = secret_fault(&status);
    bool good = fault == NULL ? read_open(arena, fd, path, (size_t)status.st_size, out, err) : refuse(err, path, fault);
    close(fd);
    if (good && out->n > 0 && out->p[out->n - 1] == '\n')
        out->n -= out->n > 1 && out->p[out->n - 2] == '\r' ? 2 : 1;
    return good;
}

bool file_private_dir(const char *path, struct err *err)
{
    struct stat status = {0};
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return refuse_errno(err, path, "create the folder");
    if (lstat(path, &status) != 0)
        return refuse_errno(err, path, "look at the folder");
    if (!S_ISDIR(status.st_mode))
        return refuse(err, path, "not a folder");
    if (status.st_uid != geteuid())
        return refuse(err, path, "the folder belongs to another user");
    if ((status.st_mode & 0027) != 0)
        return refuse(err, path, "the folder is open to others (chmod g-w,o= FOLDER)");
    return true;
}

static bool write_all(int fd, struct str octets)
{
    while (octets.n > 0) {
        ssize_t n = write(fd, octets.p, octets.n);
        if (n < 0 && errno != EINTR)
            return false;
        octets = n > 0 ? str_sub(octets, (size_t)n, octets.n) : octets;
    }
    return true;
}

/* A rename is on disk only when its folder is. */
static bool sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str name = slash == NULL ? STR(".") : slash == path ? STR("/") : (struct str){path, (size_t)(slash - path)};
    struct buf folder = {0};
    buf_str(&folder, name);
    int fd = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    buf_free(&folder);
    return good;
}

bool file_write_private(const char *path, struct str octets, struct err *err)
{
    struct buf temporary = {0};
    buf_printf(&temporary, "%s.XXXXXX", path);
    int fd = mkostemp(temporary.p, O_CLOEXEC); /* mode 0600 */
    bool good = fd >= 0 && write_all(fd, octets) && fsync(fd) == 0;
    if (fd >= 0)
        good = close(fd) == 0 && good;
    good = good && rename(temporary.p, path) == 0;
    if (!good) {
        refuse_errno(err, path, "write");
        if (fd >= 0)
            unlink(temporary.p);
    } else if (!sync_folder_of(path)) {
        good = refuse_errno(err, path, "sync the folder of");
    }
    buf_free(&temporary);
    return good;
}

bool file_lock(const char *directory, int *fd, struct err *err)
{
    struct buf path = {0};
    buf_printf(&path, "%s/lock", directory);
    *fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    bool good = *fd >= 0 || refuse_errno(err, path.p, "open");
    if (good && flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        good = errno == EWOULDBLOCK ? refuse(err, directory, "another process works in this state directory")
                                    : refuse_errno(err, path.p, "lock");
        close(*fd);
        *fd = -1;
    }
    buf_free(&path);
    return good;
}

static int by_octets(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void add_name(struct file_names *list, struct str name, size_t room)
{
    if (list->count < room)
        list->names[list->count++] = name;
}

/* All names into one list; false when there are too many. */
static bool read_names(struct arena *arena, DIR *folder, struct file_names *all)
{
    struct buf names = {0};
    size_t count = 0;
    for (const struct dirent *entry = NULL; (entry = readdir(folder)) != NULL && count <= FILE_LIST_MAX;)
        if (entry->d_name[0] != '.') {
            buf_add(&names, entry->d_name, strlen(entry->d_name) + 1);
            count++;
        }
    *all = (struct file_names){arena_array(arena, count, sizeof(struct str)), 0};
    struct str rest = arena_str(arena, buf_view(&names));
    buf_free(&names);
    for (struct str name = {NULL, 0}; str_cut(&rest, '\0', &name);)
        add_name(all, name, count);
    return count <= FILE_LIST_MAX;
}

bool file_list(struct arena *arena, const char *directory, const char *suffix, struct file_names *match,
               struct file_names *other, struct err *err)
{
    DIR *folder = opendir(directory);
    if (folder == NULL)
        return refuse_errno(err, directory, "open the folder");
    struct file_names all = {NULL, 0};
    bool good = read_names(arena, folder, &all) || refuse(err, directory, "too many files");
    closedir(folder);
    qsort(all.names, all.count, sizeof *all.names, by_octets);
    *match = (struct file_names){arena_array(arena, all.count, sizeof(struct str)), 0};
    *other = (struct file_names){arena_array(arena, all.count, sizeof(struct str)), 0};
    for (size_t i = 0; i < all.count; i++) {
        struct str end = str_of(suffix);
        bool ends = all.names[i].n >= end.n && str_eq(str_sub(all.names[i], all.names[i].n - end.n, end.n), end);
        add_name(ends ? match : other, all.names[i], all.count);
    }
    return good;
}
