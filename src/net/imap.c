/* imap: from the greeting to a selected folder. Each step asks again what the server offers, because what was said in plaintext or
 * before the login is worth nothing afterwards (RFC 3501 section 6.2.1). */
#include "net/imap.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "net/sasl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOGOUT_TIME (2 * CLOCK_SECOND)
#define SEARCH_TEXT_MAX (32u * 1024 * 1024) /* two million UIDs */

static const struct {
    struct str name;
    bool shown; /* in describe */
} offers[IMAP_OFFERS] = {
    [OFFER_IMAP4REV1] = {{"IMAP4REV1", 9}, false},
    [OFFER_STARTTLS] = {{"STARTTLS", 8}, false},
    [OFFER_LOGINDISABLED] = {{"LOGINDISABLED", 13}, false},
    [OFFER_SASL_IR] = {{"SASL-IR", 7}, true},
    [OFFER_IDLE] = {{"IDLE", 4}, true},
    [OFFER_MOVE] = {{"MOVE", 4}, true},
    [OFFER_UIDPLUS] = {{"UIDPLUS", 7}, true},
    [OFFER_CONDSTORE] = {{"CONDSTORE", 9}, true},
    [OFFER_QRESYNC] = {{"QRESYNC", 7}, true},
    [OFFER_SPECIAL_USE] = {{"SPECIAL-USE", 11}, true},
    [OFFER_LITERAL_PLUS] = {{"LITERAL+", 8}, true},
};

static struct imap *own(struct mailbox *mailbox)
{
    return (struct imap *)(void *)mailbox;
}

bool imap_has(const struct imap *m, enum imap_offer offer)
{
    return (m->offers & UINT32_C(1) << offer) != 0;
}

/* ---- one command ---- */

bool imap_send(struct imap *m, struct str command, struct err *err)
{
    char tag[16];
    int n = snprintf(tag, sizeof tag, "%d ", ++m->session->imap_tag);
    return stream_write(m->stream, (struct str){tag, (size_t)n}, err) && stream_write(m->stream, command, err) &&
           stream_write(m->stream, STR("\r\n"), err) && stream_flush(m->stream, err);
}

bool imap_finish(struct imap *m, struct imap_reply *reply, imap_each *each, void *to, struct err *err)
{
    for (;;) { /* the stream's budget bounds it */
        struct str line, text;
        if (!stream_line(m->stream, &line, err))
            return false;
        if (imap_is_tagged(m, line, reply))
            return true;
        if (imap_is_continuation(line, &text) || line.n < 2 || line.p[0] != '*' || line.p[1] != ' ')
            return stream_fail(m->stream, err, ERR_RETRY, "the server answers something that is no reply to us");
        if (imap_ends_in_literal(line))
            return stream_fail(m->stream, err, ERR_RETRY, "the server sends a literal where none belongs");
        imap_note(m, line);
        if (each != NULL)
            each(to, line);
    }
}

bool imap_command(struct imap *m, struct imap_reply *reply, imap_each *each, void *to, struct err *err, const char *format, ...)
{
    struct buf command = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&command, format, args);
    va_end(args);
    bool done = imap_send(m, buf_view(&command), err) && imap_finish(m, reply, each, to, err);
    buf_free(&command);
    return done;
}

static void ordinary_budget(struct imap *m)
{
    stream_budget(m->stream, stream_timeout(m->stream), STREAM_TEXT, STREAM_LITERALS);
}

/* ---- opening ---- */

static void read_capability(void *to, struct str line)
{
    struct imap *m = to;
    struct str word;
    if (!str_istarts(line, STR("* CAPABILITY ")))
        return;
    line = str_sub(line, 13, line.n);
    while (str_cut(&line, ' ', &word)) {
        if (str_istarts(word, STR("AUTH=")))
            m->mechanisms |= sasl_bit(str_sub(word, 5, word.n));
        for (unsigned i = 0; i < IMAP_OFFERS; i++)
            if (str_ieq(word, offers[i].name))
                m->offers |= UINT32_C(1) << i;
    }
}

static bool ask_capabilities(struct imap *m, struct err *err)
{
    struct imap_reply reply;
    m->offers = m->mechanisms = 0;
    ordinary_budget(m);
    if (!imap_command(m, &reply, read_capability, m, err, "CAPABILITY"))
        return false;
    if (!imap_accepted(&reply, err, ERR_SOURCE))
        return err_wrap(err, "CAPABILITY");
    if (!imap_has(m, OFFER_IMAP4REV1))
        return err_set(err, ERR_SOURCE, "the server does not speak IMAP4rev1");
    return true;
}

/* The greeting says OK, or we leave: PREAUTH would skip the proof of who we are, and in plaintext the STARTTLS (RFC 3501 section 7.1.4). */
static bool greet(struct imap *m, struct err *err)
{
    int got = mailimap_connect(m->session, stream_mail(m->stream));
    if (got == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
        return true;
    if (got == MAILIMAP_NO_ERROR_AUTHENTICATED)
        return stream_fail(m->stream, err, ERR_SOURCE, "the server greets with PREAUTH, as if we had logged in: refused");
    return stream_fail(m->stream, err, ERR_RETRY, "the server's greeting is not IMAP");
}

static bool upgrade(struct imap *m, struct err *err)
{
    struct imap_reply reply;
    if (!imap_has(m, OFFER_STARTTLS))
        return stream_fail(m->stream, err, ERR_SOURCE, "the server does not offer STARTTLS, and plaintext is not allowed");
    if (!imap_command(m, &reply, NULL, NULL, err, "STARTTLS"))
        return false;
    if (!imap_accepted(&reply, err, ERR_SOURCE))
        return err_wrap(err, "STARTTLS");
    ordinary_budget(m);
    return stream_start_tls(m->stream, err) && ask_capabilities(m, err);
}

static void imap_close(struct mailbox **mailbox);

static bool imap_open(struct mailbox **out, const struct mailbox_settings *settings, int cancel_fd, struct err *err)
{
    struct imap *m = calloc(1, sizeof *m);
    if (m == NULL)
        abort();
    struct mailbox *mailbox = (void *)m;
    m->settings = settings;
    m->cancel_fd = cancel_fd;
    bool done = stream_open(&m->stream, &settings->server, GUARD_IMAP, cancel_fd, err);
    if (done) {
        m->session = mailimap_new(0, NULL);
        if (m->session == NULL)
            abort();
    }
    done = done && greet(m, err) && ask_capabilities(m, err);
    if (done && settings->server.security == TRANSPORT_STARTTLS)
        done = upgrade(m, err);
    done = done && imap_login(m, err) && ask_capabilities(m, err);
    if (!done) {
        imap_close(&mailbox);
        return false;
    }
    m->session->imap_state = MAILIMAP_STATE_AUTHENTICATED;
    *out = mailbox;
    return true;
}

/* ---- folders ---- */

static bool read_code(struct str line, struct str name, uint32_t *number)
{
    uint64_t value;
    struct str digits;
    ptrdiff_t at = str_ifind(line, name);
    if (at < 0 || !str_istarts(line, STR("* OK [")) || at != 5)
        return false;
    struct str rest = str_sub(line, (size_t)at + name.n, line.n);
    if (!str_cut(&rest, ']', &digits) || !str_u64(digits, &value) || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

/* "* OK [PERMANENTFLAGS (\\Seen Filed \\*)] …", RFC 3501 section 7.1. */
static void read_permanent(struct imap *m, struct str line)
{
    static const struct str head = {"* OK [PERMANENTFLAGS (", 22};
    ptrdiff_t end = str_istarts(line, head) ? str_find(line, STR(")")) : -1;
    if (end < 0)
        return;
    free(m->permanent);
    m->permanent = strndup(line.p + head.n, (size_t)end - head.n);
    if (m->permanent == NULL)
        abort();
}

static void read_select(void *to, struct str line)
{
    struct imap *m = to;
    read_permanent(m, line);
    if (!read_code(line, STR("[UIDVALIDITY "), &m->found.uid_validity))
        read_code(line, STR("[UIDNEXT "), &m->found.uid_next);
}

void imap_forget_folder(struct imap *m)
{
    free(m->folder);
    free(m->permanent);
    m->folder = m->permanent = NULL;
    m->news = false;
    m->found = (struct mailbox_folder){0, 0, 0, false};
}

/* libetpan wants to know that something is selected, and counts there while it parses. */
static void tell_libetpan(struct imap *m)
{
    if (m->session->imap_selection_info != NULL)
        mailimap_selection_info_free(m->session->imap_selection_info);
    m->session->imap_selection_info = mailimap_selection_info_new();
    if (m->session->imap_selection_info == NULL)
        abort();
    m->session->imap_state = MAILIMAP_STATE_SELECTED;
}

static bool refresh(struct imap *m, struct err *err)
{
    struct imap_reply reply;
    m->found.uid_next = 0; /* NOOP tells what exists, not what comes next */
    return imap_command(m, &reply, NULL, NULL, err, "NOOP") && imap_accepted(&reply, err, ERR_RETRY);
}

static bool select_folder(struct imap *m, struct str folder, struct err *err)
{
    struct imap_reply reply;
    struct buf name = {0};
    imap_forget_folder(m);
    if (!imap_quote_folder(folder, &name)) {
        buf_free(&name);
        return err_set(err, ERR_SETUP, "that cannot be the name of a folder");
    }
    bool alive = imap_command(m, &reply, read_select, m, err, "SELECT %.*s", STR_ARG(buf_view(&name)));
    buf_free(&name);
    if (!alive || !imap_accepted(&reply, err, ERR_SOURCE))
        return false;
    if (m->found.uid_validity == 0)
        return err_set(err, ERR_SOURCE, "the server gives the folder no UIDVALIDITY");
    m->found.read_only = str_ieq(str_of(reply.code), STR("READ-ONLY"));
    m->news = false;
    m->folder = strndup(folder.p, folder.n);
    if (m->folder == NULL)
        abort();
    tell_libetpan(m);
    return true;
}

static bool imap_select(struct mailbox *mailbox, struct str folder, struct mailbox_folder *found, struct err *err)
{
    struct imap *m = own(mailbox);
    if (stream_is_broken(m->stream, err))
        return false;
    ordinary_budget(m);
    bool same = m->folder != NULL && str_eq(str_of(m->folder), folder);
    if (!(same ? refresh(m, err) : select_folder(m, folder, err)))
        return err_wrap(err, "select %.*s", STR_ARG(folder));
    *found = m->found;
    return true;
}

struct listing {
    uint32_t above;
    struct uid_set *present;
};

static void read_search(void *to, struct str line)
{
    const struct listing *l = to;
    struct str word;
    if (!str_istarts(line, STR("* SEARCH")))
        return;
    line = str_sub(line, 8, line.n);
    while (str_cut(&line, ' ', &word)) {
        uint64_t uid;
        if (str_u64(word, &uid) && uid > l->above && uid <= UINT32_MAX)
            uid_set_add(l->present, (uint32_t)uid); /* "n:*" names the last message even below n */
    }
}

/* Is there a folder to ask about? Gives the command room for an answer that names all of it. */
static bool begin_search(struct imap *m, struct err *err)
{
    if (stream_is_broken(m->stream, err))
        return false;
    if (m->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    uint64_t text = STREAM_TEXT + UINT64_C(11) * m->found.exists;
    stream_budget(m->stream, stream_timeout(m->stream), text < SEARCH_TEXT_MAX ? text : SEARCH_TEXT_MAX, STREAM_LITERALS);
    return true;
}

static bool imap_list(struct mailbox *mailbox, uint32_t above, struct uid_set *present, struct err *err)
{
    struct imap *m = own(mailbox);
    struct imap_reply reply;
    struct listing listing = {above, present};
    if (!begin_search(m, err))
        return false;
    if (above == UINT32_MAX)
        return true;
    m->news = false;
    if (!imap_command(m, &reply, read_search, &listing, err, "UID SEARCH UID %u:*", (unsigned)above + 1) ||
        !imap_accepted(&reply, err, ERR_RETRY))
        return err_wrap(err, "list %s", m->folder);
    return true;
}

/* RFC 3501 section 9, date: "23-Nov-2026". */
static void write_day(int64_t wall, char out[CLOCK_TEXT])
{
    char text[CLOCK_TEXT]; /* "Mon, 23 Nov 2026 …" */
    clock_rfc5322(wall, text);
    struct str rest = str_of(text), day = {0}, month = {0}, year = {0};
    str_cut(&rest, ' ', &day);
    str_cut(&rest, ' ', &day);
    str_cut(&rest, ' ', &month);
    str_cut(&rest, ' ', &year);
    snprintf(out, CLOCK_TEXT, "%.*s-%.*s-%.*s", STR_ARG(day), STR_ARG(month), STR_ARG(year));
}

static bool imap_dated(struct mailbox *mailbox, int64_t since, int64_t before, struct uid_set *uids, struct err *err)
{
    struct imap *m = own(mailbox);
    struct imap_reply reply;
    struct listing listing = {0, uids};
    char from[CLOCK_TEXT], to[CLOCK_TEXT];
    write_day(since, from);
    write_day(before, to);
    if (!begin_search(m, err))
        return false;
    if (!imap_command(m, &reply, read_search, &listing, err, "UID SEARCH SINCE %s BEFORE %s", from, to) || !imap_accepted(&reply, err, ERR_ITEM))
        return err_wrap(err, "list %s by date", m->folder);
    return true;
}

/* ---- for people ---- */

static struct str imap_describe(struct mailbox *mailbox, struct arena *arena)
{
    const struct imap *m = own(mailbox);
    struct buf b = {0};
    char cipher[100];
    for (unsigned want = 2; want-- > 0;) {
        for (unsigned i = 0; i < IMAP_OFFERS; i++)
            if (offers[i].shown && imap_has(m, i) == (want == 1)) {
                buf_text(&b, b.n > 0 && b.p[b.n - 1] != ' ' ? " " : "");
                buf_str(&b, offers[i].name);
            }
        buf_text(&b, want == 1 ? "; missing: " : "; ");
    }
    buf_text(&b, stream_cipher(m->stream, cipher, sizeof cipher));
    struct str line = arena_str(arena, buf_view(&b));
    buf_free(&b);
    return line;
}

/* ---- leaving ---- */

static void log_out(struct imap *m)
{
    struct imap_reply reply;
    stream_guard(m->stream)->leaving = true;
    stream_budget(m->stream, LOGOUT_TIME, STREAM_TEXT, STREAM_LITERALS);
    (void)imap_command(m, &reply, NULL, NULL, NULL, "LOGOUT");
}

static void imap_close(struct mailbox **mailbox)
{
    struct imap *m = mailbox != NULL ? (void *)*mailbox : NULL;
    if (m == NULL)
        return;
    *mailbox = NULL;
    if (m->stream != NULL && !stream_is_broken(m->stream, NULL))
        log_out(m);
    if (m->session != NULL) {
        m->session->imap_stream = NULL; /* else libetpan says LOGOUT once more, and closes what is ours */
        mailimap_free(m->session);
    }
    stream_close(&m->stream);
    free(m->folder);
    free(m->permanent);
    free(m);
}

const struct mailbox_driver imap_driver = {
    .name = "imap",
    .open = imap_open,
    .select = imap_select,
    .list = imap_list,
    .dated = imap_dated,
    .next = imap_next,
    .settle = imap_settle,
    .put = imap_put,
    .mark = imap_mark,
    .wait = imap_wait,
    .describe = imap_describe,
    .close = imap_close,
};
