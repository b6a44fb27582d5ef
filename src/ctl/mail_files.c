/* mail_files: reading mails for ingest, parse and explain. Nothing here is written, and a Maildir's files keep their names and flags. */
#include "ctl/mail_files.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- octets ---------------------------------------------------------------------------------------------------------------------- */

static bool read_all(int fd, struct buf *octets)
{
    for (;;) {
        char *to = buf_room(octets, 65536);
        ssize_t got = read(fd, to, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        octets->n += (size_t)got;
        if (octets->n > MAIL_FILES_MAX) {
            errno = EFBIG;
            return false;
        }
    }
}

bool mail_read(struct ctl *ctl, const char *path, struct str *octets, int *code)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? ctl->world->in : open(path, O_RDONLY | O_CLOEXEC);
    struct buf all = {0};
    bool ok = fd >= 0 && read_all(fd, &all);
    if (!ok)
        *code = ctl_refuse(ctl, errno == EFBIG ? EX_DATAERR : EX_NOINPUT, "CannotRead", NULL, "%s: %s", is_stdin ? "standard input" : path, strerror(errno));
    *octets = ok ? arena_str(ctl->arena, buf_view(&all)) : STR("");
    buf_free(&all);
    if (fd >= 0 && !is_stdin)
        close(fd);
    return ok;
}

struct str mail_as_sent(struct ctl *ctl, struct str octets)
{
    if (str_find(octets, STR("\r\n")) >= 0)
        return octets;
    struct buf sent = {0};
    struct str rest = octets, line;
    while (str_line(&rest, &line)) {
        buf_str(&sent, line);
        if (rest.n > 0 || octets.p[octets.n - 1] == '\n')
            buf_text(&sent, "\r\n");
    }
    struct str kept = arena_str(ctl->arena, buf_view(&sent));
    buf_free(&sent);
    return kept;
}

/* ---- mbox ---------------------------------------------------------------------------------------------------------------------------- */

bool mail_is_mbox(struct str octets)
{
    return str_starts(octets, STR("From "));
}

static bool is_quoted_from(struct str line)
{
    size_t quotes = 0;
    while (quotes < line.n && line.p[quotes] == '>')
        quotes++;
    return quotes > 0 && str_starts(str_sub(line, quotes, line.n), STR("From "));
}

bool mail_next_of_mbox(struct arena *arena, struct str *rest, struct str *message)
{
    struct str line;
    struct buf text = {0};
    if (rest->n == 0)
        return false;
    if (mail_is_mbox(*rest))
        str_line(rest, &line);
    bool after_empty = false;
    while (rest->n > 0 && !(after_empty && mail_is_mbox(*rest))) {
        struct str before = *rest;
        str_line(rest, &line);
        struct str whole = {before.p, before.n - rest->n};
        after_empty = line.n == 0;
        buf_str(&text, is_quoted_from(line) ? str_sub(whole, 1, whole.n) : whole);
    }
    /* The empty line before the next "From " belongs to the mbox. */
    if (rest->n > 0 && text.n > 0 && text.p[text.n - 1] == '\n')
        text.n -= text.n > 1 && text.p[text.n - 2] == '\r' ? 2 : 1;
    *message = arena_str(arena, buf_view(&text));
    buf_free(&text);
    return true;
}

/* ---- Maildir ------------------------------------------------------------------------------------------------------------------------- */

static const char *const maildir_folders[] = {"new", "cur"};

static bool is_folder(const char *path, const char *name)
{
    struct buf whole = {0};
    struct stat status;
    buf_printf(&whole, "%s/%s", path, name);
    bool is = stat(whole.p, &status) == 0 && S_ISDIR(status.st_mode);
    buf_free(&whole);
    return is;
}

bool mail_is_maildir(const char *path)
{
    return is_folder(path, "new") && is_folder(path, "cur");
}

struct str *mail_files(struct ctl *ctl, const char *path, size_t *count)
{
    struct file_names found[2] = {{0}};
    struct file_names others = {0};
    struct err err = {0};
    size_t total = 0;
    for (size_t i = 0; i < 2; i++) {
        const char *folder = arena_text(ctl->arena, arena_printf(ctl->arena, "%s/%s", path, maildir_folders[i]));
        if (file_list(ctl->arena, folder, "", &found[i], &others, &err))
            total += found[i].count;
    }
    struct str *files = arena_array(ctl->arena, total, sizeof *files);
    *count = 0;
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < found[i].count && *count < total; k++)
            files[(*count)++] = arena_printf(ctl->arena, "%s/%s/%.*s", path, maildir_folders[i], STR_ARG(found[i].names[k]));
    return files;
}
