/* imap_wait: IDLE (RFC 2177) composed by hand, because news may come before the "+", together with it, or behind DONE. Where there is
 * no IDLE, plain waiting and a NOOP. */
#include "net/imap.h"

#include "base/clock.h"

#define IDLE_RENEWAL (28 * CLOCK_MINUTE) /* RFC 2177: servers may hang up after 30 minutes */

static void ordinary_budget(struct imap *m)
{
    stream_budget(m->stream, stream_timeout(m->stream), STREAM_TEXT, STREAM_LITERALS);
}

/* Reads what is there without waiting for more than the rest of a line. *over: the tagged reply of IDLE came. */
static bool read_news(struct imap *m, bool *over, struct imap_reply *reply, struct err *err)
{
    struct str line, text;
    stream_deadline(m->stream, stream_timeout(m->stream));
    if (!stream_line(m->stream, &line, err))
        return false;
    *over = imap_is_tagged(m, line, reply);
    if (!*over && !imap_is_continuation(line, &text))
        imap_note(m, line);
    return true;
}

/* Begins IDLE: untagged lines may come before the "+". *over: the server refused. */
static bool begin_idle(struct imap *m, bool *over, struct imap_reply *reply, struct err *err)
{
    ordinary_budget(m);
    if (!imap_send(m, STR("IDLE"), err))
        return false;
    for (;;) { /* the stream's budget bounds it */
        struct str line, text;
        if (!stream_line(m->stream, &line, err))
            return false;
        *over = imap_is_tagged(m, line, reply);
        if (*over || imap_is_continuation(line, &text))
            return true;
        imap_note(m, line);
    }
}

static bool end_idle(struct imap *m, struct imap_reply *reply, struct err *err)
{
    bool over = false;
    ordinary_budget(m);
    if (!stream_write(m->stream, STR("DONE\r\n"), err) || !stream_flush(m->stream, err))
        return false;
    while (!over)
        if (!read_news(m, &over, reply, err))
            return false;
    return true;
}

/* One IDLE of at most `span` ms. *woken: by wake_fd. */
static bool idle_once(struct imap *m, int64_t span, int wake_fd, bool *woken, struct err *err)
{
    struct imap_reply reply = {IMAP_OK, "", ""};
    int64_t end = clock_monotonic() + span;
    bool over = false;
    if (!begin_idle(m, &over, &reply, err))
        return false;
    while (!over && !m->news && !*woken) {
        int64_t left = end - clock_monotonic();
        enum stream_event event = stream_wait(m->stream, left > 0 ? left : 0, wake_fd);
        if (event == STREAM_TIME)
            break;
        if (event == STREAM_BROKEN) {
            stream_is_broken(m->stream, err);
            return false;
        }
        *woken = event == STREAM_WOKEN;
        if (event == STREAM_OCTETS && !read_news(m, &over, &reply, err))
            return false;
    }
    if (!over && !end_idle(m, &reply, err))
        return false;
    return imap_accepted(&reply, err, ERR_RETRY);
}

static bool idle(struct imap *m, int64_t timeout, int wake_fd, struct err *err)
{
    int64_t end = clock_monotonic() + timeout;
    bool woken = false;
    while (!m->news && !woken) {
        int64_t left = end - clock_monotonic();
        if (left <= 0)
            return true;
        if (!idle_once(m, left < IDLE_RENEWAL ? left : IDLE_RENEWAL, wake_fd, &woken, err))
            return false;
    }
    return true;
}

static bool poll_once(struct imap *m, int64_t timeout, int wake_fd, struct err *err)
{
    struct imap_reply reply;
    if (stream_wait(m->stream, timeout, wake_fd) == STREAM_BROKEN) {
        stream_is_broken(m->stream, err);
        return false;
    }
    ordinary_budget(m);
    return imap_command(m, &reply, NULL, NULL, err, "NOOP") && imap_accepted(&reply, err, ERR_RETRY);
}

bool imap_wait(struct mailbox *mailbox, int64_t timeout, int wake_fd, bool *news, struct err *err)
{
    struct imap *m = (void *)mailbox;
    *news = false;
    if (stream_is_broken(m->stream, err))
        return false;
    if (m->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    if (!m->news) {
        bool done = imap_has(m, OFFER_IDLE) ? idle(m, timeout, wake_fd, err) : poll_once(m, timeout, wake_fd, err);
        if (!done)
            return err_wrap(err, "wait in %s", m->folder);
    }
    *news = m->news;
    return true;
}
