/* imap_put: a letter of ours put into a folder, once. APPEND has no identity of its own: an answer lost leaves open whether it was done. So the folder is
 * searched for the Message-ID before, each time. */
#include "net/imap.h"

#include "base/clock.h"

#include <string.h>
#include <strings.h>

#define ID_MAX 900u /* octets of a Message-ID that a search is made with */

struct put {
    struct imap *m;
    struct str folder; /* quoted */
    struct str message_id;
    int64_t date;
    struct str octets;
    struct err *err;
};

/* What goes into a quoted string as it is, and is found again by any server. */
static bool is_searchable(struct str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] <= ' ' || id.p[i] >= 0x7f || id.p[i] == '"' || id.p[i] == '\\')
            return false;
    return id.n > 0 && id.n <= ID_MAX;
}

static void begin(const struct put *p, uint64_t octets)
{
    struct stream *s = p->m->stream;
    stream_budget(s, stream_timeout(s) + (int64_t)(octets / STREAM_SLOWEST), STREAM_TEXT, STREAM_LITERALS);
}

bool imap_create(struct imap *m, struct str name, struct err *err)
{
    struct imap_reply reply;
    return imap_command(m, &reply, NULL, NULL, err, "CREATE %.*s", STR_ARG(name)) &&
           (strcasecmp(reply.code, "ALREADYEXISTS") == 0 || imap_accepted(&reply, err, ERR_ITEM));
}

static void read_found(void *to, struct str line)
{
    bool *found = to;
    uint64_t uid = 0;
    struct str word;
    if (!str_istarts(line, STR("* SEARCH")))
        return;
    line = str_sub(line, 8, line.n);
    while (str_cut(&line, ' ', &word))
        *found = *found || (str_u64(word, &uid) && uid > 0);
}

/* Opens the folder only to look (RFC 3501 section 6.3.2). A folder that cannot be opened is made: were it there but hidden from us, making it fails, and
 * nothing is put where it could not be found again. *fresh: made just now. */
static bool examine(const struct put *p, bool *fresh)
{
    struct imap_reply reply;
    struct err passing = {0};
    begin(p, 0);
    if (!imap_command(p->m, &reply, NULL, NULL, p->err, "EXAMINE %.*s", STR_ARG(p->folder)))
        return false;
    if (imap_accepted(&reply, &passing, ERR_ITEM))
        return true;
    *fresh = passing.kind == ERR_ITEM;
    if (!*fresh) {
        *p->err = passing;
        return false;
    }
    begin(p, 0);
    return imap_create(p->m, p->folder, p->err);
}

static bool is_there(const struct put *p, bool *there)
{
    struct imap_reply reply;
    begin(p, 0);
    return imap_command(p->m, &reply, read_found, there, p->err, "UID SEARCH HEADER Message-ID \"<%.*s>\"", STR_ARG(p->message_id)) &&
           imap_accepted(&reply, p->err, ERR_ITEM);
}

/* date-time of RFC 3501 section 9, in UTC. */
static void write_date(struct buf *out, int64_t ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char at[CLOCK_TEXT];
    clock_rfc3339(ms, at);
    int month = (at[5] - '0') * 10 + at[6] - '0';
    buf_printf(out, "\"%.2s-%.3s-%.4s %.8s +0000\"", at + 8, months + 3 * (month >= 1 && month <= 12 ? month - 1 : 0), at, at + 11);
}

/* Until the server wants the literal. *over: it said no instead. */
static bool await_continuation(const struct put *p, struct imap_reply *reply, bool *over)
{
    for (;;) { /* the stream's budget bounds it */
        struct str line, text;
        if (!stream_line(p->m->stream, &line, p->err))
            return false;
        if (imap_is_continuation(line, &text))
            return true;
        *over = imap_is_tagged(p->m, line, reply);
        if (*over)
            return reply->status != IMAP_OK || stream_fail(p->m->stream, p->err, ERR_RETRY, "the server has taken a letter that it was not given");
        if (!str_starts(line, STR("* ")) || imap_ends_in_literal(line))
            return stream_fail(p->m->stream, p->err, ERR_RETRY, "the server answers something that is no reply to us");
        imap_note(p->m, line);
    }
}

static bool send_octets(const struct put *p)
{
    struct stream *s = p->m->stream;
    return stream_write(s, p->octets, p->err) && stream_write(s, STR("\r\n"), p->err) && stream_flush(s, p->err);
}

/* One APPEND (RFC 3501 section 6.3.11), without waiting where the server allows it (RFC 7888). */
static bool append_once(const struct put *p, struct imap_reply *reply)
{
    bool plus = imap_has(p->m, OFFER_LITERAL_PLUS), over = false;
    struct buf command = {0};
    buf_printf(&command, "APPEND %.*s (\\Seen) ", STR_ARG(p->folder));
    write_date(&command, p->date);
    buf_printf(&command, " {%zu%s}", p->octets.n, plus ? "+" : "");
    begin(p, p->octets.n);
    bool alive = imap_send(p->m, buf_view(&command), p->err) && (plus || await_continuation(p, reply, &over));
    buf_free(&command);
    return alive && (over || (send_octets(p) && imap_finish(p->m, reply, NULL, NULL, p->err)));
}

static bool append(const struct put *p)
{
    struct imap_reply reply;
    if (!append_once(p, &reply))
        return false;
    if (reply.status != IMAP_OK && strcasecmp(reply.code, "TRYCREATE") == 0 && (!imap_create(p->m, p->folder, p->err) || !append_once(p, &reply)))
        return false;
    return imap_accepted(&reply, p->err, ERR_ITEM);
}

static bool put_once(const struct put *p)
{
    bool fresh = false, there = false;
    return examine(p, &fresh) && (fresh || is_there(p, &there)) && (there || append(p));
}

bool imap_put(struct mailbox *mailbox, struct str folder, struct str message_id, int64_t date, struct str octets, struct err *err)
{
    struct imap *m = (void *)mailbox;
    struct buf name = {0};
    if (stream_is_broken(m->stream, err))
        return false;
    imap_forget_folder(m);
    bool done = is_searchable(message_id) || err_set(err, ERR_ITEM, "a letter without a Message-ID that can be searched for");
    done = done && ((octets.n > 0 && memchr(octets.p, 0, octets.n) == NULL) || err_set(err, ERR_ITEM, "a letter with NUL octets, or of none"));
    done = done && (imap_quote_folder(folder, &name) || err_set(err, ERR_ITEM, "that cannot be the name of a folder"));
    struct put put = {m, buf_view(&name), message_id, date, octets, err};
    done = done && put_once(&put);
    buf_free(&name);
    return done ? true : err_wrap(err, "put into %.*s", STR_ARG(folder));
}
