/* imap_login: nothing secret is written before stream_is_private says so, and nothing but what the server offered. */
#include "net/imap.h"
#include "net/sasl.h"

#include <openssl/crypto.h>
#include <stdio.h>

#define CHALLENGES_MAX 4u

static bool has_controls(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

static void quote(struct str s, struct buf *out)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_char(out, '\\');
        buf_char(out, s.p[i]);
    }
    buf_char(out, '"');
}

/* LOGIN, RFC 3501 section 6.2.3: for servers that announce no mechanism. */
static bool login_plainly(struct imap *m, struct str secret, struct imap_reply *reply, struct err *err)
{
    struct buf line = {0};
    buf_room(&line, 2 * (m->settings->user.n + secret.n) + 40);
    buf_printf(&line, "%d LOGIN ", ++m->session->imap_tag);
    quote(m->settings->user, &line);
    buf_char(&line, ' ');
    quote(secret, &line);
    buf_text(&line, "\r\n");
    bool sent = stream_write(m->stream, buf_view(&line), err) && stream_flush_secret(m->stream, err);
    sasl_wipe(&line);
    return sent && imap_finish(m, reply, NULL, NULL, err);
}

static bool say(struct imap *m, struct buf *line, struct err *err)
{
    buf_text(line, "\r\n");
    bool sent = stream_write(m->stream, buf_view(line), err) && stream_flush_secret(m->stream, err);
    sasl_wipe(line);
    return sent;
}

/* AUTHENTICATE, RFC 3501 section 6.2.2, with the initial response of RFC 4959 where the server takes one. */
static bool authenticate(struct imap *m, enum sasl_mechanism mechanism, struct str secret, struct imap_reply *reply, struct err *err)
{
    struct buf initial = {0}, line = {0};
    sasl_initial(mechanism, m->settings->user, secret, &m->settings->server, &initial);
    bool wants_initial = initial.n > 0, early = wants_initial && imap_has(m, OFFER_SASL_IR);
    buf_room(&line, initial.n + 80);
    buf_printf(&line, "%d AUTHENTICATE %s", ++m->session->imap_tag, sasl_name(mechanism));
    if (early) {
        buf_char(&line, ' ');
        buf_str(&line, buf_view(&initial));
    }
    bool alive = say(m, &line, err), done = false;
    unsigned step = 0, asked = 0;
    while (alive && !done) { /* the stream's budget bounds it */
        struct str got, challenge;
        alive = stream_line(m->stream, &got, err);
        if (!alive || (done = imap_is_tagged(m, got, reply)))
            break;
        if (!imap_is_continuation(got, &challenge))
            continue;
        if (asked++ >= CHALLENGES_MAX) {
            alive = stream_fail(m->stream, err, ERR_RETRY, "the server goes on asking while logging in");
            break;
        }
        if (wants_initial && !early)
            buf_str(&line, buf_view(&initial));
        else if (!sasl_answer(mechanism, step++, challenge, m->settings->user, secret, &line))
            buf_char(&line, '*');
        early = true;
        alive = say(m, &line, err);
    }
    sasl_wipe(&initial);
    sasl_wipe(&line);
    return alive;
}

static bool login_with(struct imap *m, struct str secret, struct err *err)
{
    const struct secret_source *source = &m->settings->secret;
    struct imap_reply reply = {IMAP_NO, "", ""};
    enum sasl_mechanism mechanism = sasl_choose(m->mechanisms, source->use, stream_is_tls(m->stream));
    bool disabled = imap_has(m, OFFER_LOGINDISABLED), alive;
    if (disabled && !stream_is_tls(m->stream))
        return err_set(err, ERR_SOURCE, "the server does not let anybody log in without TLS (LOGINDISABLED)");
    stream_budget(m->stream, stream_timeout(m->stream), STREAM_TEXT, STREAM_LITERALS);
    if (mechanism != SASL_NONE)
        alive = authenticate(m, mechanism, secret, &reply, err);
    else if (source->use == SECRET_OAUTH2)
        return err_set(err, ERR_SOURCE, "the server takes no token: it offers neither OAUTHBEARER nor XOAUTH2");
    else if (disabled)
        return err_set(err, ERR_SOURCE, "the server refuses LOGIN (LOGINDISABLED) and offers no mechanism we know");
    else
        alive = login_plainly(m, secret, &reply, err);
    if (!alive)
        return false;
    if (imap_accepted(&reply, err, ERR_SOURCE))
        return true;
    return err_wrap(err, "login as %.*s refused", STR_ARG(m->settings->user));
}

bool imap_login(struct imap *m, struct err *err)
{
    struct str secret;
    if (!stream_is_private(m->stream))
        return err_set(err, ERR_SETUP, "no credential is sent over a connection that is not private");
    if (m->settings->user.n == 0 || has_controls(m->settings->user))
        return err_set(err, ERR_SETUP, "the user name is empty or contains control characters");
    struct arena *arena = arena_new();
    bool done = secret_read(&m->settings->secret, arena, &secret, err);
    if (done)
        done = login_with(m, secret, err);
    if (!done)
        secret_hide(secret, err);
    secret_wipe(&secret);
    arena_free(&arena);
    return done;
}
