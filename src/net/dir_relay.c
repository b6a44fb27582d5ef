/* dir_relay: a Maildir as a relay: written to tmp, synced, renamed into new, the folder synced; only then is a letter sent. */
#include "config.h"

#include "net/dir.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct dir_relay {
    const struct relay_settings *settings;
    char *path;
};

static struct dir_relay *own(struct relay *relay)
{
    return (struct dir_relay *)(void *)relay;
}

static bool relay_open(struct relay **r, const struct relay_settings *settings, int cancel_fd, struct err *err)
{
    struct dir_relay *d = calloc(1, sizeof *d);
    if (d == NULL)
        abort();
    (void)cancel_fd;
    d->settings = settings;
    d->path = strndup(settings->path.p != NULL ? settings->path.p : "", settings->path.n);
    if (d->path == NULL)
        abort();
    *r = (void *)d;
    if (maildir_make(d->path, err))
        return true;
    relay_driver_of(STR("maildir"))->close(r);
    return false;
}

static bool write_all(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            s = str_sub(s, (size_t)n, s.n);
    }
    return true;
}

bool maildir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return done;
}

bool maildir_write(const char *path, struct str head, struct str octets)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool done = fd >= 0 && write_all(fd, head) && write_all(fd, octets) && fsync(fd) == 0;
    int number = errno;
    if (fd >= 0 && close(fd) != 0 && done) {
        done = false;
        number = errno;
    }
    errno = number;
    return done;
}

static bool write_file(const char *tmp, const struct relay_letter *letter, struct str address)
{
    struct buf head = {0};
    buf_printf(&head, "Return-Path: <%.*s>\r\nDelivered-To: %.*s\r\n", STR_ARG(letter->from), STR_ARG(address));
    bool done = maildir_write(tmp, buf_view(&head), letter->octets);
    int number = errno;
    buf_free(&head);
    errno = number;
    return done;
}

/* NULL, or why not. */
static const char *deliver(const struct dir_relay *d, const struct relay_letter *letter, struct str address)
{
    uint64_t random = 0;
    char *tmp = NULL, *new = NULL, *folder = NULL;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return "no random numbers";
    long long now = (long long)clock_wall();
    if (asprintf(&tmp, "%s/tmp/%lld.%016llx.triaged", d->path, now, (unsigned long long)random) < 0 ||
        asprintf(&new, "%s/new/%lld.%016llx.triaged", d->path, now, (unsigned long long)random) < 0 ||
        asprintf(&folder, "%s/new", d->path) < 0)
        abort();
    const char *why = NULL;
    if (!write_file(tmp, letter, address)) {
        why = strerrordesc_np(errno);
        (void)unlink(tmp);
    } else if (rename(tmp, new) != 0 || !maildir_sync(folder)) {
        why = strerrordesc_np(errno);
    }
    free(tmp);
    free(new);
    free(folder);
    return why;
}

static bool relay_send(struct relay *r, struct relay_letter *letter, struct arena *arena, struct err *err)
{
    (void)err;
    for (size_t i = 0; i < letter->recipient_count; i++) {
        struct relay_recipient *to = &letter->recipients[i];
        bool fit = to->address.n > 0 && utf8_is_line_safe(to->address) && utf8_is_line_safe(letter->from);
        const char *why = fit ? deliver(own(r), letter, to->address) : "this is no address: empty or with control characters";
        to->delivery = why == NULL ? DELIVERY_SENT : fit ? DELIVERY_DEFERRED : DELIVERY_FAILED;
        to->code = why == NULL ? 250 : 0;
        to->enhanced = (struct str){NULL, 0};
        to->text = arena_str(arena, str_of(why == NULL ? "stored" : why));
    }
    return true;
}

static bool relay_alive(struct relay *r)
{
    return access(own(r)->path, W_OK) == 0;
}

static struct str relay_describe(struct relay *r, struct arena *arena)
{
    return arena_printf(arena, "Maildir %s", own(r)->path);
}

static void relay_close(struct relay **r)
{
    struct dir_relay *d = r != NULL ? (void *)*r : NULL;
    if (d == NULL)
        return;
    *r = NULL;
    free(d->path);
    free(d);
}

const struct relay_driver maildir_relay_driver = {
    .name = "maildir",
    .open = relay_open,
    .send = relay_send,
    .alive = relay_alive,
    .describe = relay_describe,
    .close = relay_close,
};
