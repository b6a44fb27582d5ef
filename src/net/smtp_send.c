/* smtp_send: one letter, one transaction. Two things are kept apart with care: what was refused (by whom, with which words), and
 * whether the final dot was on its way when the line went dead, for after it nobody knows (RFC 1047).
 *
 * Octets leave only in the form RFC 5321 section 2.3.8 allows: lines end in CRLF, no other CR or LF exists, so no server can find an
 * end of data that we did not mean. What a letter needs and the server does not offer makes it fail visibly, never leave mutilated. */
#include "net/smtp.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_OCTETS 998u
#define ADDRESS_MAX 254u
#define LOCAL_PART_MAX 64u
#define FINAL_DOT_TIMES 10   /* RFC 5321 section 4.5.3.2.6: 10 minutes, where a command has one */
#define BLOCK (16u * 1024)

/* What stands in the letter. */
struct look {
    bool eight_bit_header;
    bool eight_bit_body;
    bool nul;
    size_t longest;
    uint64_t size; /* as it will be on the wire, without the stuffed dots */
};

enum state { WAITING, ACCEPTED, SETTLED };

struct transaction {
    struct smtp *s;
    struct relay_letter *letter;
    struct arena *arena;
    struct err *err;
    struct look look;
    bool utf8;   /* MAIL says SMTPUTF8 */
    bool dotted; /* the final dot is, or may be, on its way */
    size_t count;
    uint8_t state[RELAY_RECIPIENTS_MAX];
};

/* ---- results ---- */

static void settle(struct transaction *t, size_t i, enum delivery delivery, unsigned code, const char *enhanced, const char *text)
{
    struct relay_recipient *r = &t->letter->recipients[i];
    struct buf shown = {0};
    utf8_display(&shown, str_of(text), false);
    r->delivery = delivery;
    r->code = code;
    r->enhanced = arena_str(t->arena, str_of(enhanced));
    r->text = arena_str(t->arena, utf8_prefix(buf_view(&shown), SMTP_TEXT_MAX));
    buf_free(&shown);
    t->state[i] = SETTLED;
}

static void settle_by_reply(struct transaction *t, size_t i, const struct smtp_reply *reply)
{
    enum delivery delivery = reply->code >= 500 ? DELIVERY_FAILED : reply->code >= 400 ? DELIVERY_DEFERRED : DELIVERY_SENT;
    settle(t, i, delivery, reply->code, reply->enhanced, reply->text);
}

static void settle_all(struct transaction *t, enum state from, const struct smtp_reply *reply)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->state[i] == from)
            settle_by_reply(t, i, reply);
}

static void refuse_all(struct transaction *t, enum delivery delivery, const char *text)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->state[i] != SETTLED)
            settle(t, i, delivery, 0, "", text);
}

static size_t count_state(const struct transaction *t, enum state state)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += t->state[i] == state;
    return n;
}

/* ---- looking at the letter ---- */

static struct look look_at(struct str octets)
{
    struct look k = {0};
    size_t line = 0;
    bool body = false;
    for (size_t i = 0; i < octets.n; i++) {
        unsigned char c = (unsigned char)octets.p[i];
        if (c == '\r' || c == '\n') {
            if (c == '\r' && i + 1 < octets.n && octets.p[i + 1] == '\n')
                i++;
            body = body || line == 0;
            k.size += line + 2;
            line = 0;
            continue;
        }
        line++;
        k.longest = line > k.longest ? line : k.longest;
        k.nul = k.nul || c == 0;
        if (c >= 0x80 && body)
            k.eight_bit_body = true;
        else if (c >= 0x80)
            k.eight_bit_header = true;
    }
    k.size += line > 0 ? line + 2 : 0;
    return k;
}

/* NULL when it may be written between < and >. */
static const char *address_fault(struct str address)
{
    if (address.n == 0 || address.n > ADDRESS_MAX || !utf8_is_line_safe(address))
        return "this is no address: empty, too long, or with control characters";
    ptrdiff_t at = -1;
    for (size_t i = 0; i < address.n; i++) {
        char c = address.p[i];
        if (c == '<' || c == '>' || c == ' ')
            return "this is no address: it contains a blank or an angle bracket";
        if (c == '@')
            at = (ptrdiff_t)i;
    }
    if (at < 1 || (size_t)at + 1 == address.n)
        return "this is no address: it has no local part or no domain";
    return (size_t)at > LOCAL_PART_MAX ? "this is no address: the local part is longer than 64 octets" : NULL;
}

/* Does the letter itself forbid the attempt? Settles everybody then. */
static bool letter_fits(struct transaction *t)
{
    char why[160];
    const struct smtp *s = t->s;
    struct str from = t->letter->from;
    if (t->look.nul)
        refuse_all(t, DELIVERY_FAILED, "the letter contains a NUL octet");
    else if (t->look.longest > LINE_MAX_OCTETS)
        refuse_all(t, DELIVERY_FAILED, "the letter has a line longer than 998 octets");
    else if (from.n > 0 && address_fault(from) != NULL)
        refuse_all(t, DELIVERY_FAILED, "the letter's sender is no address");
    else if ((t->look.eight_bit_header || !utf8_is_ascii(from)) && !smtp_has(s, SMTP_SMTPUTF8))
        refuse_all(t, DELIVERY_FAILED, "the letter needs SMTPUTF8, which the relay does not offer");
    else if (t->look.eight_bit_body && !smtp_has(s, SMTP_8BITMIME))
        refuse_all(t, DELIVERY_FAILED, "the letter has 8-bit text, and the relay does not offer 8BITMIME");
    else if (s->size_max > 0 && t->look.size > s->size_max) {
        snprintf(why, sizeof why, "the letter has %llu octets, the relay takes %llu (SIZE)", (unsigned long long)t->look.size,
                 (unsigned long long)s->size_max);
        refuse_all(t, DELIVERY_FAILED, why);
    }
    return count_state(t, WAITING) > 0;
}

static bool recipients_fit(struct transaction *t)
{
    t->utf8 = t->look.eight_bit_header || !utf8_is_ascii(t->letter->from);
    for (size_t i = 0; i < t->count; i++) {
        struct str address = t->letter->recipients[i].address;
        const char *fault = address_fault(address);
        if (fault != NULL)
            settle(t, i, DELIVERY_FAILED, 0, "", fault);
        else if (!utf8_is_ascii(address) && !smtp_has(t->s, SMTP_SMTPUTF8))
            settle(t, i, DELIVERY_FAILED, 0, "", "the address needs SMTPUTF8, which the relay does not offer");
        else
            t->utf8 = t->utf8 || !utf8_is_ascii(address);
    }
    return count_state(t, WAITING) > 0;
}

/* ---- the envelope ---- */

/* RFC 3461 section 4: "+" and "=" and what is not printable ASCII become "+XX". */
static void add_xtext(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || c == '+' || c == '=')
            buf_printf(out, "+%02X", c);
        else
            buf_char(out, (char)c);
    }
}

static bool say_mail(struct transaction *t)
{
    const struct smtp *s = t->s;
    struct buf line = {0};
    buf_printf(&line, "MAIL FROM:<%.*s>", STR_ARG(t->letter->from));
    if (smtp_has(s, SMTP_SIZE))
        buf_printf(&line, " SIZE=%llu", (unsigned long long)t->look.size);
    if (t->look.eight_bit_body || (t->utf8 && smtp_has(s, SMTP_8BITMIME)))
        buf_text(&line, " BODY=8BITMIME");
    if (t->utf8)
        buf_text(&line, " SMTPUTF8");
    if (smtp_has(s, SMTP_DSN))
        buf_printf(&line, " RET=HDRS ENVID=%llu", (unsigned long long)t->letter->id);
    bool said = smtp_say(t->s, t->err, "%.*s", STR_ARG(buf_view(&line)));
    buf_free(&line);
    return said;
}

static bool say_rcpt(struct transaction *t, size_t i)
{
    struct str address = t->letter->recipients[i].address;
    struct buf line = {0};
    buf_printf(&line, "RCPT TO:<%.*s>", STR_ARG(address));
    if (smtp_has(t->s, SMTP_DSN) && t->letter->from.n > 0) {
        buf_text(&line, " NOTIFY=FAILURE,DELAY");
        if (utf8_is_ascii(address)) {
            buf_text(&line, " ORCPT=rfc822;");
            add_xtext(&line, address);
        }
    }
    bool said = smtp_say(t->s, t->err, "%.*s", STR_ARG(buf_view(&line)));
    buf_free(&line);
    return said;
}

/* Hears a reply that must be 2xx, 4xx or 5xx (or `also`); anything else means that we and the server are out of step. */
static bool hear(struct transaction *t, unsigned also, struct smtp_reply *reply)
{
    smtp_budget(t->s, stream_timeout(t->s->stream));
    if (!smtp_hear(t->s, reply, NULL, NULL, t->err))
        return false;
    if (reply->code / 100 != 3 || reply->code == also)
        return true;
    return stream_fail(t->s->stream, t->err, ERR_RETRY, "the server answers %u where that means nothing", reply->code);
}

static bool hear_rcpt(struct transaction *t, size_t i)
{
    struct smtp_reply reply;
    if (!hear(t, 0, &reply))
        return false;
    if (t->state[i] != WAITING)
        return true;
    if (reply.code / 100 == 2)
        t->state[i] = ACCEPTED;
    else
        settle_by_reply(t, i, &reply);
    return true;
}

/* The refusal of MAIL is everybody's; but a demand to log in concerns the relay, not this letter. */
static bool hear_mail(struct transaction *t)
{
    struct smtp_reply reply;
    if (!hear(t, 0, &reply))
        return false;
    if (reply.code == 530 || reply.code == 534 || reply.code == 538)
        return stream_fail(t->s->stream, t->err, ERR_SOURCE, "the server says \"%u %s\"", reply.code, reply.text);
    if (reply.code / 100 != 2)
        settle_all(t, WAITING, &reply);
    return true;
}

static bool hear_reset(struct transaction *t)
{
    struct smtp_reply reply;
    if (!hear(t, 0, &reply))
        return false;
    if (reply.code / 100 != 2)
        return stream_fail(t->s->stream, t->err, ERR_RETRY, "RSET: the server says \"%u %s\"", reply.code, reply.text);
    t->s->unfinished = false;
    return true;
}

/* RSET (when a transaction was left), MAIL, RCPT, DATA: all said at once and then heard, RFC 2920. *data: the reply to DATA. */
static bool envelope_at_once(struct transaction *t, struct smtp_reply *data)
{
    bool reset = t->s->unfinished, asked[RELAY_RECIPIENTS_MAX];
    smtp_budget(t->s, stream_timeout(t->s->stream));
    if ((reset && !smtp_say(t->s, t->err, "RSET")) || !say_mail(t))
        return false;
    for (size_t i = 0; i < t->count; i++) {
        asked[i] = t->state[i] == WAITING;
        if (asked[i] && !say_rcpt(t, i))
            return false;
    }
    if (!smtp_say(t->s, t->err, "DATA") || !stream_flush(t->s->stream, t->err))
        return false;
    if ((reset && !hear_reset(t)) || !hear_mail(t))
        return false;
    t->s->unfinished = true;
    for (size_t i = 0; i < t->count; i++)
        if (asked[i] && !hear_rcpt(t, i))
            return false;
    return hear(t, 354, data);
}

/* The same one by one. data->code stays 0 when DATA was not said. */
static bool envelope_step_by_step(struct transaction *t, struct smtp_reply *data)
{
    struct stream *stream = t->s->stream;
    smtp_budget(t->s, stream_timeout(stream));
    if (t->s->unfinished && (!smtp_say(t->s, t->err, "RSET") || !stream_flush(stream, t->err) || !hear_reset(t)))
        return false;
    if (!say_mail(t) || !stream_flush(stream, t->err) || !hear_mail(t))
        return false;
    t->s->unfinished = count_state(t, WAITING) > 0;
    for (size_t i = 0; i < t->count && !t->s->leaving; i++)
        if (t->state[i] == WAITING && (!say_rcpt(t, i) || !stream_flush(stream, t->err) || !hear_rcpt(t, i)))
            return false;
    if (count_state(t, ACCEPTED) == 0 || t->s->leaving)
        return true;
    smtp_budget(t->s, stream_timeout(stream));
    return smtp_say(t->s, t->err, "DATA") && stream_flush(stream, t->err) && hear(t, 354, data);
}

/* ---- the letter ---- */

static bool flush_block(struct transaction *t, struct buf *block)
{
    bool done = stream_write(t->s->stream, buf_view(block), t->err);
    buf_clear(block);
    return done;
}

/* RFC 5321 section 4.5.2: a dot before each line that begins with one. */
static bool write_body(struct transaction *t)
{
    struct str octets = t->letter->octets;
    struct buf block = {0};
    bool start = true, done = true;
    buf_room(&block, BLOCK + 4);
    for (size_t i = 0; done && i < octets.n; i++) {
        char c = octets.p[i];
        if (c == '\r' || c == '\n') {
            if (c == '\r' && i + 1 < octets.n && octets.p[i + 1] == '\n')
                i++;
            buf_add(&block, "\r\n", 2);
            start = true;
        } else {
            if (start && c == '.')
                buf_char(&block, '.');
            buf_char(&block, c);
            start = false;
        }
        if (block.n >= BLOCK)
            done = flush_block(t, &block);
    }
    if (!start)
        buf_add(&block, "\r\n", 2);
    done = done && flush_block(t, &block) && stream_flush(t->s->stream, t->err);
    buf_free(&block);
    return done;
}

/* The dot goes alone, so that what comes before it is known to have left when its sending begins. */
static bool write_dot(struct transaction *t, struct smtp_reply *reply)
{
    struct stream *stream = t->s->stream;
    smtp_budget(t->s, FINAL_DOT_TIMES * stream_timeout(stream));
    t->dotted = count_state(t, ACCEPTED) > 0;
    return stream_write(stream, STR(".\r\n"), t->err) && stream_flush(stream, t->err) && smtp_hear(t->s, reply, NULL, NULL, t->err);
}

static bool send_data(struct transaction *t)
{
    struct smtp_reply reply;
    bool wanted = count_state(t, ACCEPTED) > 0;
    int64_t time = stream_timeout(t->s->stream) + (int64_t)(t->look.size / STREAM_SLOWEST);
    smtp_budget(t->s, time);
    if (wanted && !write_body(t)) /* nobody accepted, yet DATA was: RFC 2920 section 3.1 wants a lone dot */
        return false;
    if (!write_dot(t, &reply))
        return false;
    t->s->unfinished = false;
    if (reply.code / 100 == 3)
        return stream_fail(t->s->stream, t->err, ERR_RETRY, "the server answers %u to the end of the letter", reply.code);
    settle_all(t, ACCEPTED, &reply);
    t->dotted = false;
    return true;
}

static bool transact(struct transaction *t)
{
    struct smtp_reply data = {0, "", ""};
    bool at_once = smtp_has(t->s, SMTP_PIPELINING);
    if (!(at_once ? envelope_at_once(t, &data) : envelope_step_by_step(t, &data)))
        return false;
    if (data.code == 354)
        return send_data(t);
    if (data.code / 100 == 2)
        return stream_fail(t->s->stream, t->err, ERR_RETRY, "the server answers %u to DATA", data.code);
    if (data.code != 0)
        settle_all(t, ACCEPTED, &data);
    return true;
}

bool smtp_send(struct relay *relay, struct relay_letter *letter, struct arena *arena, struct err *err)
{
    struct err own = {ERR_NONE, ""};
    struct transaction t = {.s = (void *)relay, .letter = letter, .arena = arena, .err = err != NULL ? err : &own};
    bool alive = true;
    t.count = letter->recipient_count < RELAY_RECIPIENTS_MAX ? letter->recipient_count : RELAY_RECIPIENTS_MAX;
    t.look = look_at(letter->octets);
    for (size_t i = 0; i < letter->recipient_count; i++)
        letter->recipients[i] = (struct relay_recipient){.address = letter->recipients[i].address, .delivery = DELIVERY_DEFERRED};
    for (size_t i = RELAY_RECIPIENTS_MAX; i < letter->recipient_count; i++)
        letter->recipients[i].text = STR("more than 100 recipients in one letter");
    if (stream_is_broken(t.s->stream, t.err) || t.s->leaving) {
        if (t.s->leaving)
            err_set(t.err, ERR_RETRY, "the server is closing (421)");
        alive = false;
    } else if (letter_fits(&t) && recipients_fit(&t)) {
        alive = transact(&t);
    }
    if (!alive)
        refuse_all(&t, t.dotted ? DELIVERY_UNKNOWN : DELIVERY_DEFERRED, t.err->text);
    if (alive && t.s->leaving) {
        refuse_all(&t, DELIVERY_DEFERRED, "the server is closing (421)");
        alive = err_set(t.err, ERR_RETRY, "the server is closing (421)");
    }
    return alive;
}
