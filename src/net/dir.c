/* dir: a Maildir as a mailbox. A look at the folder is one scan into an array sorted by UID; what has no UID yet gets one under the
 * lock of `.uidvalidity`, whose new last UID is on disk before the first file carries it. */
#include "config.h"

#include "net/dir.h"

#include "base/clock.h"
#include "net/connect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 1000000u
#define NAME_SIZE 256u
#define SIZE_DEFAULT (UINT64_C(50) * 1024 * 1024)
#define HEAD_OCTETS (256u * 1024)
#define LOOK_SPAN CLOCK_SECOND /* between two looks where there is no inotify */

static const char *const subs[] = {"new", "cur"};

struct entry {
    uint32_t uid; /* 0: none yet */
    uint8_t sub;  /* index of subs */
    int64_t nanoseconds;
    char name[NAME_SIZE];
};

struct dir {
    const struct mailbox_settings *settings;
    int cancel_fd;
    char *folder; /* path of the selected one; NULL: none */
    uint32_t uid_validity;
    uint32_t uid_last;
    struct entry *entries;
    size_t count;
    size_t cap;
    int watch; /* inotify, or -1 */
    int64_t changed[2]; /* modification times of new and cur at the last scan, ns */
};

static struct dir *own(struct mailbox *mailbox)
{
    return (struct dir *)(void *)mailbox;
}

static bool failed(struct err *err, enum err_kind kind, const char *what, const char *path)
{
    return err_set(err, kind, "%s %s: %s", what, path, strerrordesc_np(errno));
}

static char *join(const char *a, const char *b, const char *c)
{
    char *out = NULL;
    if (asprintf(&out, c != NULL ? "%s/%s/%s" : "%s/%s", a, b, c) < 0)
        abort();
    return out;
}

bool maildir_make(const char *path, struct err *err)
{
    static const char *const parts[] = {"", "tmp", "new", "cur"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *part = join(path, parts[i], NULL);
        bool made = mkdir(part, 0700) == 0 || errno == EEXIST;
        if (!made)
            failed(err, ERR_SETUP, "make", part);
        free(part);
        if (!made)
            return false;
    }
    return true;
}

/* Path of a folder by its name; NULL with err. */
static char *folder_path(const struct dir *d, struct str name, struct err *err)
{
    struct str root = d->settings->path;
    char *path = NULL;
    if (name.n == 0 || str_ieq(name, STR("INBOX"))) {
        path = strndup(root.p, root.n);
    } else if (name.n > 200 || name.p[0] == '.' || memchr(name.p, 0, name.n) != NULL || str_find(name, STR("..")) >= 0 ||
               str_find(name, STR("/")) >= 0) {
        err_set(err, ERR_SETUP, "\"%.*s\" cannot be a folder of a Maildir", STR_ARG(str_sub(name, 0, 80)));
        return NULL;
    } else if (asprintf(&path, "%.*s/.%.*s", STR_ARG(root), STR_ARG(name)) < 0) {
        path = NULL;
    }
    if (path == NULL)
        abort();
    return path;
}

/* ---- names ---- */

/* name[,U=uid][:2,flags]: where the parts begin. */
struct parts {
    struct str base;
    struct str flags; /* from the colon on */
    uint32_t uid;
};

static struct parts split(const char *name)
{
    struct str all = str_of(name);
    struct parts p = {all, {NULL, 0}, 0};
    ptrdiff_t colon = str_find(all, STR(":"));
    if (colon >= 0) {
        p.base = str_sub(all, 0, (size_t)colon);
        p.flags = str_sub(all, (size_t)colon, all.n);
    }
    ptrdiff_t mark = str_find(p.base, STR(",U="));
    uint64_t uid;
    if (mark >= 0 && str_u64(str_sub(p.base, (size_t)mark + 3, p.base.n), &uid) && uid > 0 && uid <= UINT32_MAX) {
        p.uid = (uint32_t)uid;
        p.base = str_sub(p.base, 0, (size_t)mark);
    }
    return p;
}

static int by_arrival(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->nanoseconds != y->nanoseconds)
        return x->nanoseconds < y->nanoseconds ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_uid(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->uid != y->uid ? (x->uid < y->uid ? -1 : 1) : by_arrival(a, b);
}

static void sort(struct dir *d, int (*by)(const void *, const void *))
{
    if (d->count > 1)
        qsort(d->entries, d->count, sizeof *d->entries, by);
}

static bool rename_entry(struct dir *d, struct entry *e, const char *name, uint8_t sub, struct err *err)
{
    char *from = join(d->folder, subs[e->sub], e->name), *to = join(d->folder, subs[sub], name);
    bool done = rename(from, to) == 0;
    if (!done)
        failed(err, errno == ENOENT ? ERR_RETRY : ERR_SETUP, "rename", from);
    free(from);
    free(to);
    if (done) {
        snprintf(e->name, sizeof e->name, "%s", name);
        e->sub = sub;
    }
    return done;
}

/* ---- the list of UIDs ---- */

static bool read_counter(struct dir *d, int fd)
{
    char text[64];
    unsigned validity = 0, last = 0;
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return false;
    text[n] = '\0';
    struct str rest = {text, (size_t)n}, line;
    uint64_t value;
    if (!str_line(&rest, &line) || !str_u64(line, &value) || value == 0 || value > UINT32_MAX)
        return false;
    validity = (unsigned)value;
    if (!str_line(&rest, &line) || !str_u64(line, &value) || value > UINT32_MAX)
        return false;
    last = (unsigned)value;
    d->uid_validity = validity;
    d->uid_last = last;
    return true;
}

static bool write_counter(const struct dir *d, int fd)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%u\n%u\n", (unsigned)d->uid_validity, (unsigned)d->uid_last);
    return pwrite(fd, text, (size_t)n, 0) == n && ftruncate(fd, n) == 0 && fsync(fd) == 0;
}

/* Opened and locked; read, or begun when there was none. */
static int open_counter(struct dir *d, struct err *err)
{
    char *path = join(d->folder, ".uidvalidity", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ready = fd >= 0 && flock(fd, LOCK_EX) == 0;
    if (ready && !read_counter(d, fd)) {
        d->uid_validity = (uint32_t)(clock_wall() / CLOCK_SECOND);
        d->uid_last = 0;
        for (size_t i = 0; i < d->count; i++)
            d->uid_last = d->entries[i].uid > d->uid_last ? d->entries[i].uid : d->uid_last;
        ready = write_counter(d, fd);
    }
    if (!ready) {
        failed(err, ERR_SETUP, "write", path);
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

/* Gives UIDs to the entries that have none, oldest first. */
static bool number_entries(struct dir *d, struct err *err)
{
    size_t missing = 0;
    sort(d, by_uid);
    for (size_t i = 1; i < d->count; i++) /* a copy made by hand carries the UID of its original: it gets its own */
        if (d->entries[i].uid != 0 && d->entries[i].uid == d->entries[i - 1].uid)
            d->entries[i].uid = 0;
    for (size_t i = 0; i < d->count; i++)
        missing += d->entries[i].uid == 0;
    int fd = open_counter(d, err);
    if (fd < 0)
        return false;
    uint32_t next = d->uid_last;
    bool done = missing == 0 || UINT32_MAX - d->uid_last > missing;
    if (!done)
        err_set(err, ERR_SETUP, "the folder has used up its UIDs");
    if (done && missing > 0) {
        d->uid_last += (uint32_t)missing;
        done = write_counter(d, fd);
        if (!done)
            failed(err, ERR_RETRY, "write .uidvalidity in", d->folder);
    }
    sort(d, by_arrival);
    for (size_t i = 0; done && i < d->count; i++) {
        struct entry *e = &d->entries[i];
        struct parts p = split(e->name);
        char name[NAME_SIZE + 32];
        if (e->uid != 0)
            continue;
        snprintf(name, sizeof name, "%.*s,U=%u%.*s", STR_ARG(p.base), (unsigned)++next, STR_ARG(p.flags));
        struct err ignored = {ERR_NONE, ""};
        if (strlen(name) >= NAME_SIZE || !rename_entry(d, e, name, e->sub, &ignored)) {
            if (ignored.kind == ERR_SETUP)
                done = err_set(err, ERR_SETUP, "%s", ignored.text);
            continue; /* it vanished, or its name has no room: it is not seen */
        }
        e->uid = next;
    }
    close(fd);
    sort(d, by_uid);
    return done;
}

/* ---- scanning ---- */

static void add_entry(struct dir *d, const char *name, uint8_t sub, int64_t nanoseconds)
{
    if (d->count == d->cap) {
        size_t cap = d->cap > 0 ? d->cap * 2 : 64;
        struct entry *entries = reallocarray(d->entries, cap, sizeof *entries);
        if (entries == NULL)
            abort();
        d->entries = entries;
        d->cap = cap;
    }
    struct entry *e = &d->entries[d->count++];
    *e = (struct entry){.uid = split(name).uid, .sub = sub, .nanoseconds = nanoseconds};
    snprintf(e->name, sizeof e->name, "%s", name);
}

static int64_t nanoseconds_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static bool scan_sub(struct dir *d, uint8_t sub, struct err *err)
{
    char *path = join(d->folder, subs[sub], NULL);
    DIR *dir = opendir(path);
    struct stat st;
    if (dir == NULL) {
        failed(err, errno == ENOENT || errno == EACCES || errno == ENOTDIR ? ERR_SOURCE : ERR_RETRY, "read", path);
        free(path);
        return false;
    }
    free(path);
    if (fstat(dirfd(dir), &st) == 0)
        d->changed[sub] = nanoseconds_of(&st);
    for (const struct dirent *f; d->count < FILES_MAX && (f = readdir(dir)) != NULL;)
        if (f->d_name[0] != '.' && strlen(f->d_name) < NAME_SIZE && fstatat(dirfd(dir), f->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode))
            add_entry(d, f->d_name, sub, nanoseconds_of(&st));
    closedir(dir);
    return true;
}

static void drain_watch(const struct dir *d)
{
    char events[4096];
    while (d->watch >= 0 && read(d->watch, events, sizeof events) > 0)
        continue;
}

static bool scan(struct dir *d, struct err *err)
{
    d->count = 0;
    drain_watch(d);
    return scan_sub(d, 0, err) && scan_sub(d, 1, err) && number_entries(d, err);
}

static struct entry *find(const struct dir *d, uint32_t uid)
{
    for (size_t low = 0, high = d->count; low < high;) {
        size_t mid = low + (high - low) / 2;
        if (d->entries[mid].uid == uid)
            return &d->entries[mid];
        if (d->entries[mid].uid < uid)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* ---- the driver ---- */

static bool dir_open(struct mailbox **m, const struct mailbox_settings *settings, int cancel_fd, struct err *err)
{
    struct stat st;
    struct dir *d = calloc(1, sizeof *d);
    if (d == NULL)
        abort();
    d->settings = settings;
    d->cancel_fd = cancel_fd;
    d->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    *m = (void *)d;
    char *root = folder_path(d, STR("INBOX"), err);
    char *new = join(root, "new", NULL);
    bool there = stat(new, &st) == 0 && S_ISDIR(st.st_mode);
    if (!there)
        err_set(err, ERR_SOURCE, "%s is no Maildir: it has no folder \"new\"", root);
    free(new);
    free(root);
    if (!there)
        mailbox_driver_of(STR("maildir"))->close(m);
    return there;
}

static void watch_folder(const struct dir *d)
{
    for (size_t i = 0; d->watch >= 0 && i < 2; i++) {
        char *path = join(d->folder, subs[i], NULL);
        (void)inotify_add_watch(d->watch, path, IN_CREATE | IN_MOVED_TO);
        free(path);
    }
}

static bool dir_select(struct mailbox *m, struct str folder, struct mailbox_folder *found, struct err *err)
{
    struct dir *d = own(m);
    char *path = folder_path(d, folder, err);
    if (path == NULL)
        return false;
    bool same = d->folder != NULL && strcmp(d->folder, path) == 0;
    free(d->folder);
    d->folder = path;
    if (!same) {
        if (d->watch >= 0)
            close(d->watch);
        d->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        watch_folder(d);
    }
    if (!scan(d, err))
        return err_wrap(err, "select %.*s", STR_ARG(folder));
    *found = (struct mailbox_folder){d->uid_validity, d->uid_last + 1, (uint32_t)d->count, false};
    return true;
}

static bool dir_list(struct mailbox *m, uint32_t above, struct uid_set *present, struct err *err)
{
    struct dir *d = own(m);
    if (d->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    if (!scan(d, err))
        return err_wrap(err, "list");
    for (size_t i = 0; i < d->count; i++)
        if (d->entries[i].uid > above)
            uid_set_add(present, d->entries[i].uid);
    return true;
}

static bool dir_dated(struct mailbox *m, int64_t since, int64_t before, struct uid_set *uids, struct err *err)
{
    struct dir *d = own(m);
    if (d->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    if (!scan(d, err))
        return err_wrap(err, "list by date");
    for (size_t i = 0; i < d->count; i++) {
        int64_t day = d->entries[i].nanoseconds / 1000000 / CLOCK_DAY;
        if (day >= since / CLOCK_DAY && day < before / CLOCK_DAY)
            uid_set_add(uids, d->entries[i].uid);
    }
    return true;
}

/* The file with CRLF line ends; false when it is gone. */
static bool read_file(const struct dir *d, const struct entry *e, uint64_t limit, struct buf *out, uint64_t *size)
{
    char *path = join(d->folder, subs[e->sub], e->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    char block[16384], last = 0;
    ssize_t n = 0;
    free(path);
    buf_clear(out);
    if (fd < 0)
        return false;
    bool there = fstat(fd, &st) == 0;
    *size = there ? (uint64_t)st.st_size : 0;
    uint64_t left = *size > limit ? HEAD_OCTETS : UINT64_MAX;
    while (there && left > 0 && (n = read(fd, block, left < sizeof block ? (size_t)left : sizeof block)) > 0) {
        left -= (uint64_t)n;
        for (ssize_t i = 0; i < n; i++) {
            if (block[i] == '\n' && last != '\r')
                buf_char(out, '\r');
            last = block[i];
            buf_char(out, last);
        }
        if (out->n > limit + HEAD_OCTETS)
            left = 0;
    }
    close(fd);
    return there && n >= 0;
}

static bool dir_next(struct mailbox *m, const struct uid_set *wanted, mailbox_take *take, void *to, struct uid_set *poison, struct err *err)
{
    struct dir *d = own(m);
    struct buf octets = {0};
    uint64_t limit = d->settings->size_max > 0 ? d->settings->size_max : SIZE_DEFAULT;
    bool more = true;
    (void)poison;
    if (d->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    for (size_t i = 0; more && i < d->count; i++) {
        const struct entry *e = &d->entries[i];
        struct mailbox_item item = {.uid = e->uid, .internal_date = e->nanoseconds / 1000000};
        if (e->uid == 0 || !uid_set_has(wanted, e->uid) || !read_file(d, e, limit, &octets, &item.size) || octets.n == 0)
            continue;
        item.octets = buf_view(&octets);
        item.size = item.size > octets.n ? item.size : octets.n;
        item.truncated = item.size > limit;
        if (item.truncated)
            item.octets = str_sub(item.octets, 0, HEAD_OCTETS);
        more = take(to, &item);
    }
    buf_free(&octets);
    return true;
}

/* ---- settling ---- */

static bool flag_entry(struct dir *d, struct entry *e, struct err *err)
{
    static const struct {
        struct str flag;
        char letter;
    } letters[] = {{{"\\Seen", 5}, 'S'}, {{"\\Flagged", 8}, 'F'}, {{"\\Answered", 9}, 'R'}, {{"\\Deleted", 8}, 'T'}};
    char letter = 0, name[NAME_SIZE + 32], flags[64];
    size_t n = 0;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (str_ieq(d->settings->after_keyword, letters[i].flag))
            letter = letters[i].letter;
    if (letter == 0)
        return err_set(err, ERR_SETUP, "a Maildir has no keyword \"%.*s\"", STR_ARG(d->settings->after_keyword));
    struct parts p = split(e->name);
    struct str old = str_starts(p.flags, STR(":2,")) ? str_sub(p.flags, 3, p.flags.n) : (struct str){NULL, 0};
    bool put = memchr(old.n > 0 ? old.p : "", letter, old.n) != NULL;
    if (put && e->sub == 1)
        return true;
    for (size_t i = 0; i < old.n && n < sizeof flags - 2; i++) { /* flags stand in the order of their letters */
        if (!put && old.p[i] > letter) {
            flags[n++] = letter;
            put = true;
        }
        flags[n++] = old.p[i];
    }
    if (!put)
        flags[n++] = letter;
    snprintf(name, sizeof name, "%.*s,U=%u:2,%.*s", STR_ARG(p.base), (unsigned)e->uid, (int)n, flags);
    return rename_entry(d, e, name, 1, err);
}

static bool move_entry(struct dir *d, struct entry *e, struct err *err)
{
    char *target = folder_path(d, d->settings->after_folder, err);
    if (target == NULL || !maildir_make(target, err)) {
        free(target);
        return false;
    }
    struct parts p = split(e->name);
    char name[NAME_SIZE + 32];
    snprintf(name, sizeof name, "%.*s%.*s", STR_ARG(p.base), p.flags.n > 0 ? (int)p.flags.n : 3, p.flags.n > 0 ? p.flags.p : ":2,");
    char *from = join(d->folder, subs[e->sub], e->name), *to = join(target, "cur", name);
    bool done = rename(from, to) == 0 || errno == ENOENT ? true : failed(err, ERR_ITEM, "rename", from);
    free(from);
    free(to);
    free(target);
    return done;
}

static bool delete_entry(const struct dir *d, const struct entry *e, struct err *err)
{
    char *path = join(d->folder, subs[e->sub], e->name);
    bool done = unlink(path) == 0 || errno == ENOENT ? true : failed(err, ERR_ITEM, "remove", path);
    free(path);
    return done;
}

static bool dir_settle(struct mailbox *m, const struct uid_set *uids, struct err *err)
{
    struct dir *d = own(m);
    bool done = true;
    if (d->settings->after == AFTER_KEEP || uids->count == 0)
        return true;
    if (d->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    if (!scan(d, err))
        return err_wrap(err, "settle");
    for (size_t i = 0; done && i < uids->count; i++)
        for (uint64_t uid = uids->ranges[i].first; done && uid <= uids->ranges[i].last; uid++) {
            struct entry *e = find(d, (uint32_t)uid);
            if (e == NULL)
                continue;
            done = d->settings->after == AFTER_FLAG   ? flag_entry(d, e, err)
                   : d->settings->after == AFTER_MOVE ? move_entry(d, e, err)
                                                      : delete_entry(d, e, err);
        }
    return done ? true : err_wrap(err, "settle");
}

/* ---- besides the mail ---- */

static bool dir_put(struct mailbox *m, struct str folder, struct str message_id, int64_t date, struct str octets, struct err *err)
{
    struct dir *d = own(m);
    free(d->folder);
    d->folder = NULL;
    char *path = folder_path(d, folder, err);
    bool done = path != NULL && maildir_put(path, message_id, date, octets, err);
    if (!done && err != NULL)
        err->kind = ERR_ITEM; /* whatever it is, mail goes on coming in */
    free(path);
    return done;
}

static bool dir_mark(struct mailbox *m, const struct uid_set *uids, struct str set, struct str clear, struct err *err)
{
    (void)m;
    (void)clear;
    return uids->count == 0 || set.n == 0 || err_set(err, ERR_ITEM, "a Maildir has no keywords");
}

/* ---- waiting ---- */

static bool has_changed(const struct dir *d)
{
    for (size_t i = 0; i < 2; i++) {
        struct stat st;
        char *path = join(d->folder, subs[i], NULL);
        bool same = stat(path, &st) != 0 || nanoseconds_of(&st) == d->changed[i];
        free(path);
        if (!same)
            return true;
    }
    return false;
}

static bool dir_wait(struct mailbox *m, int64_t timeout, int wake_fd, bool *news, struct err *err)
{
    struct dir *d = own(m);
    int64_t end = clock_monotonic() + timeout;
    *news = false;
    if (d->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    for (;;) {
        int64_t left = end - clock_monotonic();
        int span = d->watch >= 0 && left < INT32_MAX ? (int)left : left < LOOK_SPAN ? (int)left : (int)LOOK_SPAN;
        struct pollfd fds[3] = {{d->watch, POLLIN, 0}, {d->cancel_fd, POLLIN, 0}, {wake_fd, POLLIN, 0}};
        *news = d->watch < 0 && has_changed(d);
        if (*news || left <= 0)
            return true;
        int n = poll(fds, 3, span);
        if (n > 0 && fds[1].revents != 0)
            return err_set(err, ERR_RETRY, "cancelled");
        *news = n > 0 && fds[0].revents != 0;
        if (*news || (n > 0 && fds[2].revents != 0))
            return true;
    }
}

static struct str dir_describe(struct mailbox *m, struct arena *arena)
{
    return arena_printf(arena, "Maildir %.*s; %s", STR_ARG(own(m)->settings->path), own(m)->watch >= 0 ? "watched" : "looked at every second");
}

static void dir_close(struct mailbox **m)
{
    struct dir *d = m != NULL ? (void *)*m : NULL;
    if (d == NULL)
        return;
    *m = NULL;
    if (d->watch >= 0)
        close(d->watch);
    free(d->folder);
    free(d->entries);
    free(d);
}

const struct mailbox_driver maildir_mailbox_driver = {
    .name = "maildir",
    .open = dir_open,
    .select = dir_select,
    .list = dir_list,
    .dated = dir_dated,
    .next = dir_next,
    .settle = dir_settle,
    .put = dir_put,
    .mark = dir_mark,
    .wait = dir_wait,
    .describe = dir_describe,
    .close = dir_close,
};
