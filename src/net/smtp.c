/* smtp: from the greeting to a session that may send. What the server offered in plaintext is forgotten under TLS. */
#include "net/smtp.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "net/sasl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPLY_LINES_MAX 200u
#define REPLY_OCTETS_MAX (64u * 1024)
#define QUIT_TIME (2 * CLOCK_SECOND)
#define QUIET_LONG (30 * CLOCK_SECOND) /* after this a NOOP asks whether the server is still there */
#define NOOP_TIME (10 * CLOCK_SECOND)
#define CHALLENGES_MAX 4u

static const struct {
    struct str keyword;
    enum smtp_offer offer;
} offers[] = {
    {{"STARTTLS", 8}, SMTP_STARTTLS}, {{"PIPELINING", 10}, SMTP_PIPELINING}, {{"SIZE", 4}, SMTP_SIZE},
    {{"8BITMIME", 8}, SMTP_8BITMIME}, {{"SMTPUTF8", 8}, SMTP_SMTPUTF8},      {{"DSN", 3}, SMTP_DSN},
    {{"ENHANCEDSTATUSCODES", 19}, SMTP_ENHANCED},
};

static struct smtp *own(struct relay *relay)
{
    return (struct smtp *)(void *)relay;
}

bool smtp_has(const struct smtp *s, enum smtp_offer offer)
{
    return (s->offers & UINT32_C(1) << offer) != 0;
}

/* ---- one line out ---- */

void smtp_budget(struct smtp *s, int64_t timeout)
{
    stream_budget(s->stream, timeout, REPLY_OCTETS_MAX, 0);
}

static bool say_line(struct smtp *s, struct err *err, struct buf *line)
{
    if (!utf8_is_line_safe(buf_view(line)))
        return err_set(err, ERR_SETUP, "a command with control characters was not sent");
    buf_text(line, "\r\n");
    return stream_write(s->stream, buf_view(line), err);
}

bool smtp_say(struct smtp *s, struct err *err, const char *format, ...)
{
    struct buf line = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    bool said = say_line(s, err, &line);
    buf_free(&line);
    return said;
}

/* ---- one reply in ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* class "." subject "." detail, RFC 3463 section 2; the class must agree with the code. */
static struct str enhanced_of(struct str text, unsigned code)
{
    struct str rest = text, word, part[3];
    if (!str_cut(&rest, ' ', &word) || word.n > 9)
        return (struct str){NULL, 0};
    struct str left = word;
    for (size_t i = 0; i < 3; i++) {
        uint64_t value;
        if (!str_cut(&left, '.', &part[i]) || part[i].n > 3 || !str_u64(part[i], &value))
            return (struct str){NULL, 0};
    }
    bool agrees = left.n == 0 && part[0].n == 1 && (unsigned)(part[0].p[0] - '0') == code / 100;
    return agrees ? word : (struct str){NULL, 0};
}

static void add_text(struct buf *all, struct smtp_reply *reply, struct str text)
{
    struct str enhanced = enhanced_of(text, reply->code);
    if (enhanced.n > 0) {
        memcpy(reply->enhanced, enhanced.p, enhanced.n);
        reply->enhanced[enhanced.n] = '\0';
        text = str_trim(str_sub(text, enhanced.n, text.n));
    }
    if (all->n > SMTP_TEXT_MAX)
        return;
    if (all->n > 0)
        buf_char(all, ' ');
    utf8_display(all, str_sub(text, 0, SMTP_TEXT_MAX), false);
}

/* Reply-line = code ("-" / SP) text; a bare code is taken, too. */
static bool read_code(struct str line, unsigned *code, bool *more, struct str *text)
{
    if (line.n < 3 || !is_digit(line.p[0]) || !is_digit(line.p[1]) || !is_digit(line.p[2]))
        return false;
    if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
        return false;
    *code = (unsigned)(line.p[0] - '0') * 100 + (unsigned)(line.p[1] - '0') * 10 + (unsigned)(line.p[2] - '0');
    *more = line.n > 3 && line.p[3] == '-';
    *text = str_trim(str_sub(line, 4, line.n));
    return *code >= 200 && *code < 600;
}

bool smtp_hear(struct smtp *s, struct smtp_reply *reply, smtp_each *each, void *to, struct err *err)
{
    struct buf all = {0};
    bool more = true, alive = true;
    *reply = (struct smtp_reply){0, "", ""};
    for (unsigned n = 0; alive && more; n++) {
        struct str line, text;
        unsigned code = 0;
        alive = stream_line(s->stream, &line, err);
        if (!alive)
            break;
        if (n >= REPLY_LINES_MAX || !read_code(line, &code, &more, &text) || (n > 0 && code != reply->code)) {
            alive = stream_fail(s->stream, err, ERR_RETRY, "the server's reply is not SMTP");
            break;
        }
        reply->code = code;
        add_text(&all, reply, text);
        if (each != NULL && n > 0)
            each(to, text);
    }
    struct str cut = utf8_prefix(buf_view(&all), SMTP_TEXT_MAX);
    if (cut.n > 0)
        memcpy(reply->text, cut.p, cut.n);
    reply->text[cut.n] = '\0';
    buf_free(&all);
    if (alive && reply->code == 421)
        s->leaving = true;
    s->used = clock_monotonic();
    return alive;
}

bool smtp_ask(struct smtp *s, struct smtp_reply *reply, struct err *err, const char *format, ...)
{
    struct buf line = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    smtp_budget(s, stream_timeout(s->stream));
    bool done = say_line(s, err, &line) && stream_flush(s->stream, err) && smtp_hear(s, reply, NULL, NULL, err);
    buf_free(&line);
    return done;
}

/* Refused while opening: 4xx passes by itself, 5xx does not. */
static bool refused(const struct smtp_reply *reply, struct err *err, const char *what)
{
    return err_set(err, reply->code >= 500 ? ERR_SOURCE : ERR_RETRY, "%s: the server says \"%u %s%s%s\"", what, reply->code,
                   reply->enhanced, reply->enhanced[0] != '\0' ? " " : "", reply->text);
}

/* ---- hello ---- */

static bool is_domain(struct str s)
{
    if (s.n == 0 || s.n > 255)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
        if (!plain && !(s.p[0] == '[' && (c == '[' || c == ']' || c == ':')))
            return false;
    }
    return true;
}

/* RFC 5321 section 4.1.1.1: our full name, or an address literal when we have none. */
static void own_name(const struct smtp *s, char *out, size_t size)
{
    struct str name = s->settings->ehlo;
    if (is_domain(name)) {
        snprintf(out, size, "%.*s", STR_ARG(name));
        return;
    }
    if (gethostname(out, size) == 0) {
        out[size - 1] = '\0';
        if (strchr(out, '.') != NULL && is_domain(str_of(out)))
            return;
    }
    stream_own_literal(s->stream, out, size);
}

static void read_offer(void *to, struct str text)
{
    struct smtp *s = to;
    struct str word, argument;
    if (str_istarts(text, STR("AUTH=")))
        text = str_sub(text, 5, text.n); /* what some old servers write */
    else if (!str_cut(&text, ' ', &word))
        return;
    else if (!str_ieq(word, STR("AUTH"))) {
        for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
            if (str_ieq(word, offers[i].keyword))
                s->offers |= UINT32_C(1) << offers[i].offer;
        if (str_ieq(word, STR("SIZE")) && str_cut(&text, ' ', &argument) && !str_u64(argument, &s->size_max))
            s->size_max = 0;
        return;
    }
    while (str_cut(&text, ' ', &word))
        s->mechanisms |= sasl_bit(word);
}

static bool hello(struct smtp *s, struct err *err)
{
    struct smtp_reply reply;
    char name[260];
    own_name(s, name, sizeof name);
    s->offers = s->mechanisms = 0;
    s->size_max = 0;
    smtp_budget(s, stream_timeout(s->stream));
    if (!smtp_say(s, err, "EHLO %s", name) || !stream_flush(s->stream, err) || !smtp_hear(s, &reply, read_offer, s, err))
        return false;
    if (reply.code / 100 == 2)
        return true;
    if (reply.code != 500 && reply.code != 502 && reply.code != 504)
        return refused(&reply, err, "EHLO");
    if (!smtp_ask(s, &reply, err, "HELO %s", name)) /* RFC 5321 section 3.2: a server of the last century */
        return false;
    return reply.code / 100 == 2 ? true : refused(&reply, err, "HELO");
}

static bool greet(struct smtp *s, struct err *err)
{
    struct smtp_reply reply;
    smtp_budget(s, stream_timeout(s->stream));
    if (!smtp_hear(s, &reply, NULL, NULL, err))
        return false;
    return reply.code / 100 == 2 ? true : refused(&reply, err, "greeting");
}

static bool upgrade(struct smtp *s, struct err *err)
{
    struct smtp_reply reply;
    if (!smtp_has(s, SMTP_STARTTLS))
        return stream_fail(s->stream, err, ERR_SOURCE, "the server does not offer STARTTLS, and plaintext is not allowed");
    if (!smtp_ask(s, &reply, err, "STARTTLS"))
        return false;
    if (reply.code != 220)
        return refused(&reply, err, "STARTTLS");
    smtp_budget(s, stream_timeout(s->stream));
    return stream_start_tls(s->stream, err) && hello(s, err);
}

/* ---- login ---- */

static bool say_secret(struct smtp *s, struct buf *line, struct err *err)
{
    buf_text(line, "\r\n");
    bool said = stream_write(s->stream, buf_view(line), err) && stream_flush_secret(s->stream, err);
    sasl_wipe(line);
    return said;
}

/* AUTH, RFC 4954 section 4. */
static bool authenticate(struct smtp *s, enum sasl_mechanism mechanism, struct str secret, struct smtp_reply *reply, struct err *err)
{
    const struct relay_settings *settings = s->settings;
    struct buf line = {0}, initial = {0};
    sasl_initial(mechanism, settings->user, secret, &settings->server, &initial);
    buf_room(&line, initial.n + 40);
    buf_printf(&line, "AUTH %s", sasl_name(mechanism));
    if (initial.n > 0) {
        buf_char(&line, ' ');
        buf_str(&line, buf_view(&initial));
    }
    sasl_wipe(&initial);
    smtp_budget(s, stream_timeout(s->stream));
    bool alive = say_secret(s, &line, err) && smtp_hear(s, reply, NULL, NULL, err);
    for (unsigned step = 0; alive && reply->code == 334; step++) {
        if (step >= CHALLENGES_MAX)
            return stream_fail(s->stream, err, ERR_RETRY, "the server goes on asking while logging in");
        if (!sasl_answer(mechanism, step, str_of(reply->text), settings->user, secret, &line))
            buf_char(&line, '*');
        alive = say_secret(s, &line, err) && smtp_hear(s, reply, NULL, NULL, err);
    }
    return alive;
}

static bool login(struct smtp *s, struct err *err)
{
    const struct relay_settings *settings = s->settings;
    struct smtp_reply reply;
    struct str secret;
    if (settings->user.n == 0)
        return true;
    if (!stream_is_private(s->stream))
        return err_set(err, ERR_SETUP, "no credential is sent over a connection that is not private");
    if (!utf8_is_line_safe(settings->user))
        return err_set(err, ERR_SETUP, "the user name contains control characters");
    enum sasl_mechanism mechanism = sasl_choose(s->mechanisms, settings->secret.use, stream_is_tls(s->stream));
    if (mechanism == SASL_NONE)
        return err_set(err, ERR_SOURCE, settings->secret.use == SECRET_OAUTH2
                                            ? "the server takes no token: it offers neither OAUTHBEARER nor XOAUTH2"
                                            : "the server offers no way to log in that we know (AUTH PLAIN, LOGIN, CRAM-MD5)");
    struct arena *arena = arena_new();
    bool alive = secret_read(&settings->secret, arena, &secret, err);
    bool done = alive && authenticate(s, mechanism, secret, &reply, err) && (reply.code / 100 == 2 || refused(&reply, err, "login refused"));
    if (!done)
        secret_hide(secret, err);
    secret_wipe(&secret);
    arena_free(&arena);
    return done || err_wrap(err, "%.*s", STR_ARG(settings->user));
}

/* ---- the driver ---- */

static void smtp_close(struct relay **relay);

static bool smtp_open(struct relay **out, const struct relay_settings *settings, int cancel_fd, struct err *err)
{
    struct smtp *s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    struct relay *relay = (void *)s;
    s->settings = settings;
    s->cancel_fd = cancel_fd;
    bool done = stream_open(&s->stream, &settings->server, GUARD_SMTP, cancel_fd, err) && greet(s, err) && hello(s, err);
    if (done && settings->server.security == TRANSPORT_STARTTLS)
        done = upgrade(s, err);
    if (!done || !login(s, err)) {
        smtp_close(&relay);
        return false;
    }
    *out = relay;
    return true;
}

static bool smtp_alive(struct relay *relay)
{
    struct smtp *s = own(relay);
    struct smtp_reply reply;
    if (s->leaving || !stream_is_quiet(s->stream))
        return false;
    if (clock_monotonic() - s->used < QUIET_LONG)
        return true;
    smtp_budget(s, NOOP_TIME);
    return smtp_say(s, NULL, "NOOP") && stream_flush(s->stream, NULL) && smtp_hear(s, &reply, NULL, NULL, NULL) && reply.code / 100 == 2;
}

static struct str smtp_describe(struct relay *relay, struct arena *arena)
{
    const struct smtp *s = own(relay);
    struct buf b = {0};
    char cipher[100];
    for (unsigned want = 2; want-- > 0;) {
        for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
            if (offers[i].offer != SMTP_STARTTLS && smtp_has(s, offers[i].offer) == (want == 1)) {
                buf_text(&b, b.n > 0 && b.p[b.n - 1] != ' ' ? " " : "");
                buf_str(&b, offers[i].keyword);
                if (offers[i].offer == SMTP_SIZE && s->size_max > 0)
                    buf_printf(&b, "=%llu", (unsigned long long)s->size_max);
            }
        buf_text(&b, want == 1 ? "; missing: " : "; ");
    }
    buf_text(&b, stream_cipher(s->stream, cipher, sizeof cipher));
    struct str line = arena_str(arena, buf_view(&b));
    buf_free(&b);
    return line;
}

static void smtp_close(struct relay **relay)
{
    struct smtp *s = relay != NULL ? (void *)*relay : NULL;
    struct smtp_reply reply;
    if (s == NULL)
        return;
    *relay = NULL;
    if (s->stream != NULL && !s->leaving && !stream_is_broken(s->stream, NULL)) {
        smtp_budget(s, QUIT_TIME);
        if (smtp_say(s, NULL, "QUIT") && stream_flush(s->stream, NULL))
            (void)smtp_hear(s, &reply, NULL, NULL, NULL);
    }
    stream_close(&s->stream);
    free(s);
}

const struct relay_driver smtp_driver = {
    .name = "smtp",
    .open = smtp_open,
    .send = smtp_send,
    .alive = smtp_alive,
    .describe = smtp_describe,
    .close = smtp_close,
};
