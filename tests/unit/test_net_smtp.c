/* The SMTP driver against servers that follow a script: who got the letter, who did not and why, and the exact octets. */
#include "config.h"

#include "net_peer.h"

#include "base/clock.h"
#include "net/relay.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#define HELLO(offers) SAY("220 mail ready"), HEAR("EHLO me.example"), RAW("250-mail\r\n" offers "250 HELP\r\n")
#define QUIT HEAR("QUIT"), SAY("221 bye"), END
#define BODY {PEER_BODY, NULL, 0}
#define FROM(parameters) HEAR("MAIL FROM:<desk@contoso.example>" parameters)
#define TO(who) HEAR("RCPT TO:<" who "@fabrikam.example>")
#define LETTER "Subject: x\r\n\r\nhello\r\n"

struct sending {
    const char *name;
    struct str letter;
    const char *to[3];
    struct peer_step script[40];
    bool lives;
    enum delivery delivery[3];
    unsigned code[3];
    const char *words[3];
};

#define L {LETTER, sizeof LETTER - 1}
#define ANN "ann@fabrikam.example"
#define BOB "bob@fabrikam.example"
#define CID "cid@fabrikam.example"

static const struct sending sendings[] = {
    {"one", L, {ANN}, {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, SAY("250 2.0.0 queued as 7"), QUIT},
     true, {DELIVERY_SENT}, {250}, {"queued as 7"}},
    {"everything offered", L, {ANN},
     {HELLO("250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"), FROM(" SIZE=21 RET=HDRS ENVID=42"),
      HEAR("RCPT TO:<ann@fabrikam.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann@fabrikam.example"), HEAR("DATA"), SAY("250 ok"), SAY("250 ok"),
      SAY("354 go"), BODY, SAY("250 ok"), QUIT},
     true, {DELIVERY_SENT}, {250}, {"ok"}},
    {"three fates", L, {ANN, BOB, CID},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("550 5.1.1 no such user"), TO("bob"), SAY("250 ok"), TO("cid"), SAY("450 4.2.0 later"),
      HEAR("DATA"), SAY("354 go"), BODY, SAY("250 2.0.0 taken"), QUIT},
     true, {DELIVERY_FAILED, DELIVERY_SENT, DELIVERY_DEFERRED}, {550, 250, 450}, {"no such user", "taken", "later"}},
    {"three fates at once", L, {ANN, BOB, CID},
     {HELLO("250-PIPELINING\r\n"), FROM(""), TO("ann"), TO("bob"), TO("cid"), HEAR("DATA"),
      RAW("250 ok\r\n550-5.1.1 no such\r\n550 5.1.1 user\r\n250 ok\r\n450 4.2.0 later\r\n354 go\r\n"), BODY, SAY("250 2.0.0 taken"), QUIT},
     true, {DELIVERY_FAILED, DELIVERY_SENT, DELIVERY_DEFERRED}, {550, 250, 450}, {"no such user", "taken", "later"}},
    {"nobody accepted at once, DATA all the same", L, {ANN, BOB},
     {HELLO("250-PIPELINING\r\n"), FROM(""), TO("ann"), TO("bob"), HEAR("DATA"), RAW("250 ok\r\n550 no\r\n550 no\r\n354 go\r\n"), HEAR("."),
      SAY("554 no valid recipients"), QUIT},
     true, {DELIVERY_FAILED, DELIVERY_FAILED}, {550, 550}, {"no", "no"}},
    {"nobody accepted at once, DATA refused", L, {ANN},
     {HELLO("250-PIPELINING\r\n"), FROM(""), TO("ann"), HEAR("DATA"), RAW("250 ok\r\n450 4.7.1 greylisted\r\n554 no valid recipients\r\n"), QUIT},
     true, {DELIVERY_DEFERRED}, {450}, {"greylisted"}},
    {"greeting 4xx at MAIL", L, {ANN}, {HELLO(""), FROM(""), SAY("452 4.3.1 disk full"), QUIT}, true, {DELIVERY_DEFERRED}, {452}, {"disk full"}},
    {"5xx at MAIL", L, {ANN, BOB}, {HELLO(""), FROM(""), SAY("550 5.7.1 not you"), QUIT}, true, {DELIVERY_FAILED, DELIVERY_FAILED}, {550, 550},
     {"not you", "not you"}},
    {"5xx at MAIL at once", L, {ANN},
     {HELLO("250-PIPELINING\r\n"), FROM(""), TO("ann"), HEAR("DATA"), RAW("550 5.7.1 not you\r\n503 first MAIL\r\n503 first MAIL\r\n"), QUIT}, true,
     {DELIVERY_FAILED}, {550}, {"not you"}},
    {"login demanded", L, {ANN}, {HELLO(""), FROM(""), SAY("530 5.7.0 authenticate first"), {PEER_STALL, NULL, 0}}, false, {DELIVERY_DEFERRED}, {0},
     {"authenticate first"}},
    {"4xx at DATA", L, {ANN}, {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("451 4.3.0 no"), QUIT}, true,
     {DELIVERY_DEFERRED}, {451}, {"no"}},
    {"5xx at DATA", L, {ANN}, {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("554 5.5.1 no"), QUIT}, true,
     {DELIVERY_FAILED}, {554}, {"no"}},
    {"4xx after the dot", L, {ANN},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, SAY("451 4.3.0 try later"), QUIT}, true,
     {DELIVERY_DEFERRED}, {451}, {"try later"}},
    {"5xx after the dot", L, {ANN},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, SAY("552 5.3.4 too big"), QUIT}, true,
     {DELIVERY_FAILED}, {552}, {"too big"}},
    {"drop after the dot", L, {ANN, BOB},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("550 no"), TO("bob"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, END}, false,
     {DELIVERY_FAILED, DELIVERY_UNKNOWN}, {550, 0}, {"no", "closed the connection"}},
    {"half a reply after the dot", L, {ANN},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, RAW("250-que"), END}, false,
     {DELIVERY_UNKNOWN}, {0}, {"closed the connection"}},
    {"garbage after the dot", L, {ANN},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, SAY("what?"), END}, false,
     {DELIVERY_UNKNOWN}, {0}, {"not SMTP"}},
    {"silence after the dot", L, {ANN},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, {PEER_STALL, NULL, 0}}, false,
     {DELIVERY_UNKNOWN}, {0}, {"no complete answer"}},
    {"drop at MAIL", L, {ANN}, {HELLO(""), FROM(""), END}, false, {DELIVERY_DEFERRED}, {0}, {"closed the connection"}},
    {"drop at DATA", L, {ANN}, {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), END}, false, {DELIVERY_DEFERRED}, {0},
     {"closed the connection"}},
    {"421 at RCPT", L, {ANN, BOB}, {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("421 4.3.2 closing"), END}, false,
     {DELIVERY_DEFERRED, DELIVERY_DEFERRED}, {421, 0}, {"closing", "421"}},
    {"421 after the dot", L, {ANN},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, SAY("421 closing"), END}, false,
     {DELIVERY_DEFERRED}, {421}, {"closing"}},
    {"354 to MAIL", L, {ANN}, {HELLO(""), FROM(""), SAY("354 go"), {PEER_STALL, NULL, 0}}, false, {DELIVERY_DEFERRED}, {0}, {"means nothing"}},
    {"250 to DATA", L, {ANN}, {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("250 ok"), {PEER_STALL, NULL, 0}}, false,
     {DELIVERY_DEFERRED}, {0}, {"250 to DATA"}},
    {"endless reply", L, {ANN}, {HELLO(""), FROM(""), {PEER_FLOOD, "250-and\r\n", 0}}, false, {DELIVERY_DEFERRED}, {0}, {"reply"}},
    {"endless line", L, {ANN}, {HELLO(""), FROM(""), {PEER_FLOOD, "250 and and and and and and and and and and", 0}}, false, {DELIVERY_DEFERRED}, {0},
     {"more octets"}},
    {"escapes", L, {ANN}, {HELLO(""), FROM(""), SAY("550 \033]0;x\007no"), QUIT}, true, {DELIVERY_FAILED}, {550}, {"\\x1b]0;x\\x07no"}},
    {"too big", L, {ANN}, {HELLO("250-SIZE 20\r\n"), QUIT}, true, {DELIVERY_FAILED}, {0}, {"takes 20 (SIZE)"}},
    {"8-bit text, no 8BITMIME", {"Subject: x\r\n\r\n\xc3\xbc\r\n", 18}, {ANN}, {HELLO(""), QUIT}, true, {DELIVERY_FAILED}, {0}, {"8BITMIME"}},
    {"8-bit text", {"Subject: x\r\n\r\n\xc3\xbc\r\n", 18}, {ANN},
     {HELLO("250-8BITMIME\r\n"), FROM(" BODY=8BITMIME"), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, SAY("250 ok"), QUIT}, true,
     {DELIVERY_SENT}, {250}, {"ok"}},
    {"8-bit header, no SMTPUTF8", {"Subject: \xc3\xbc\r\n\r\nx\r\n", 18}, {ANN}, {HELLO("250-8BITMIME\r\n"), QUIT}, true, {DELIVERY_FAILED}, {0},
     {"SMTPUTF8"}},
    {"one address needs SMTPUTF8", L, {"\xc3\xbc@fabrikam.example", ANN},
     {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY, SAY("250 ok"), QUIT}, true,
     {DELIVERY_FAILED, DELIVERY_SENT}, {0, 250}, {"SMTPUTF8", "ok"}},
    {"an address with SMTPUTF8", L, {"\xc3\xbc@fabrikam.example"},
     {HELLO("250-SMTPUTF8\r\n250-8BITMIME\r\n"), FROM(" BODY=8BITMIME SMTPUTF8"), SAY("250 ok"), HEAR("RCPT TO:<\xc3\xbc@fabrikam.example>"), SAY("250 ok"),
      HEAR("DATA"), SAY("354 go"), BODY, SAY("250 ok"), QUIT},
     true, {DELIVERY_SENT}, {250}, {"ok"}},
    {"addresses that are none", L, {"a@b>\r\nRSET", "a b@fabrikam.example", "nobody"}, {HELLO(""), QUIT}, true,
     {DELIVERY_FAILED, DELIVERY_FAILED, DELIVERY_FAILED}, {0, 0, 0}, {"no address", "no address", "no address"}},
    {"NUL", {"Subject: x\r\n\r\n\0\r\n", 17}, {ANN}, {HELLO("250-8BITMIME\r\n"), QUIT}, true, {DELIVERY_FAILED}, {0}, {"NUL"}},
};

struct rig {
    struct peer *peer;
    struct relay_settings settings;
    const struct relay_driver *driver;
    struct relay *r;
    struct err err;
    struct arena *arena;
    struct buf heard, surprise;
    int cancel;
};

static void prepare(struct rig *r, const struct peer_step *script)
{
    memset(r, 0, sizeof *r);
    r->peer = peer_start(NULL, 0, &script, 1);
    r->cancel = eventfd(0, EFD_NONBLOCK);
    r->arena = arena_new();
    r->driver = relay_driver_of(STR("smtp"));
    r->settings = (struct relay_settings){
        .name = STR("default"),
        .server = {.host = STR("127.0.0.1"), .port = peer_port(r->peer), .security = TRANSPORT_INSECURE, .timeout = 10 * CLOCK_SECOND},
        .ehlo = STR("me.example"),
    };
}

static void clean(struct rig *r)
{
    r->driver->close(&r->r);
    peer_stop(&r->peer, &r->heard, &r->surprise);
    close(r->cancel);
}

static void finish(struct rig *r)
{
    buf_free(&r->heard);
    buf_free(&r->surprise);
    arena_free(&r->arena);
}

static bool send_letter(struct rig *r, struct str octets, const char *const *to, struct relay_recipient *recipients)
{
    struct relay_letter letter = {.id = 42, .from = STR("desk@contoso.example"), .recipients = recipients, .octets = octets};
    while (letter.recipient_count < 3 && to[letter.recipient_count] != NULL) {
        recipients[letter.recipient_count].address = str_of(to[letter.recipient_count]);
        letter.recipient_count++;
    }
    return r->driver->send(r->r, &letter, r->arena, &r->err);
}

static void test_sendings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sendings / sizeof *sendings; i++) {
        const struct sending *c = &sendings[i];
        struct relay_recipient to[3] = {{.code = 0}};
        struct rig r;
        prepare(&r, c->script);
        if (strncmp(c->name, "silence", 7) == 0)
            r.settings.server.timeout = 200;
        if (!r.driver->open(&r.r, &r.settings, r.cancel, &r.err))
            fail_msg("%s: %s", c->name, r.err.text);
        bool lives = send_letter(&r, c->letter, c->to, to);
        bool alive = r.driver->alive(r.r);
        clean(&r);
        if (lives != c->lives || alive != lives || (lives && strcmp(r.surprise.p, "") != 0))
            fail_msg("%s: lives %d, alive %d, \"%s\" (%s)", c->name, lives, alive, r.err.text, r.surprise.p);
        for (size_t k = 0; k < 3 && c->to[k] != NULL; k++)
            if (to[k].delivery != c->delivery[k] || to[k].code != c->code[k] || str_find(to[k].text, str_of(c->words[k])) < 0)
                fail_msg("%s: %s %s %u \"%.*s\"", c->name, c->to[k], delivery_name(to[k].delivery), to[k].code, STR_ARG(to[k].text));
        assert_null(strstr(r.heard.p, "\nRSET"));
        finish(&r);
    }
}

/* ---- octets ---- */

struct octets {
    const char *given, *wire;
};

static const struct octets octet_cases[] = {
    {"Subject: x\r\n\r\nhello\r\n", "Subject: x\r\n\r\nhello\r\n.\r\n"},
    {"Subject: x\r\n\r\nhello", "Subject: x\r\n\r\nhello\r\n.\r\n"},
    {"Subject: x\r\n\r\n.\r\n..\r\n.a\r\n", "Subject: x\r\n\r\n..\r\n...\r\n..a\r\n.\r\n"},
    {"Subject: x\n\na\n.\nMAIL FROM:<x@y>\n", "Subject: x\r\n\r\na\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n"},
    {"Subject: x\r\n\r\na\r.\rb\r\n", "Subject: x\r\n\r\na\r\n..\r\nb\r\n.\r\n"},
    {"Subject: x\r\n\r\na\n\r.\r\nb\r\n", "Subject: x\r\n\r\na\r\n\r\n..\r\nb\r\n.\r\n"},
    {"Subject: x\r\n\r\na\r\n.\rRSET\r\n", "Subject: x\r\n\r\na\r\n..\r\nRSET\r\n.\r\n"},
    {"", ".\r\n"},
};

static void test_exact_octets(void **state)
{
    (void)state;
    static const struct peer_step script[] = {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY,
                                              SAY("250 ok"), QUIT};
    static const char *const to[] = {ANN, NULL, NULL};
    for (size_t i = 0; i < sizeof octet_cases / sizeof *octet_cases; i++) {
        struct relay_recipient recipients[3] = {{.code = 0}};
        struct rig r;
        prepare(&r, script);
        assert_true(r.driver->open(&r.r, &r.settings, r.cancel, &r.err));
        assert_true(send_letter(&r, str_of(octet_cases[i].given), to, recipients));
        assert_int_equal(recipients[0].delivery, DELIVERY_SENT);
        clean(&r);
        assert_string_equal(r.surprise.p, "");
        const char *body = strstr(r.heard.p, "DATA\r\n") + 6;
        size_t n = strlen(octet_cases[i].wire);
        if (strncmp(body, octet_cases[i].wire, n) != 0 || strcmp(body + n, "QUIT\r\n") != 0)
            fail_msg("case %zu: %s", i, body);
        finish(&r);
    }
}

static void test_long_line_and_big_letter(void **state)
{
    (void)state;
    static const struct peer_step script[] = {HELLO(""), FROM(""), SAY("250 ok"), TO("ann"), SAY("250 ok"), HEAR("DATA"), SAY("354 go"), BODY,
                                              SAY("250 ok"), QUIT};
    static const char *const to[] = {ANN, NULL, NULL};
    struct relay_recipient recipients[3] = {{.code = 0}};
    struct buf letter = {0};
    struct rig r;
    prepare(&r, script);
    assert_true(r.driver->open(&r.r, &r.settings, r.cancel, &r.err));
    buf_text(&letter, "Subject: x\r\n\r\n");
    for (int i = 0; i < 999; i++)
        buf_char(&letter, 'x');
    assert_true(send_letter(&r, buf_view(&letter), to, recipients));
    assert_int_equal(recipients[0].delivery, DELIVERY_FAILED);
    assert_true(str_find(recipients[0].text, STR("998")) >= 0);
    buf_clear(&letter);
    buf_text(&letter, "Subject: x\r\n\r\n");
    for (int i = 0; i < 4000; i++)
        buf_text(&letter, ".2345678901234567890123456789012345678901234567890\r\n");
    assert_true(send_letter(&r, buf_view(&letter), to, recipients));
    assert_int_equal(recipients[0].delivery, DELIVERY_SENT);
    clean(&r);
    assert_string_equal(r.surprise.p, "");
    assert_true(r.heard.n > letter.n + 4000);
    buf_free(&letter);
    finish(&r);
}

/* ---- sessions ---- */

static void test_session_is_used_again(void **state)
{
    (void)state;
    static const struct peer_step script[] = {HELLO(""), FROM(""),        SAY("250 ok"), TO("ann"),    SAY("550 no"), HEAR("RSET"), SAY("250 ok"),
                                              FROM(""),  SAY("250 ok"),   TO("bob"),     SAY("250 ok"), HEAR("DATA"),  SAY("354 go"), BODY,
                                              SAY("250 ok"), FROM(""),    SAY("250 ok"), TO("cid"),    SAY("250 ok"), HEAR("DATA"),
                                              SAY("354 go"), BODY,        SAY("250 ok"), QUIT};
    static const char *const to[3][3] = {{ANN, NULL, NULL}, {BOB, NULL, NULL}, {CID, NULL, NULL}};
    struct relay_recipient recipients[3] = {{.code = 0}};
    struct rig r;
    prepare(&r, script);
    assert_true(r.driver->open(&r.r, &r.settings, r.cancel, &r.err));
    for (size_t i = 0; i < 3; i++) {
        assert_true(send_letter(&r, STR(LETTER), to[i], recipients));
        assert_int_equal(recipients[0].delivery, i == 0 ? DELIVERY_FAILED : DELIVERY_SENT);
        assert_true(r.driver->alive(r.r));
    }
    clean(&r);
    assert_string_equal(r.surprise.p, "");
    finish(&r);
}

struct refusal {
    const char *name;
    struct peer_step script[24];
    enum err_kind kind;
    const char *words;
};

static const struct refusal refusals[] = {
    {"554 greeting", {SAY("554 no service"), END}, ERR_SOURCE, "no service"},
    {"421 greeting", {SAY("421 too busy"), END}, ERR_RETRY, "too busy"},
    {"garbage", {SAY("* OK IMAP4rev1"), END}, ERR_RETRY, "not SMTP"},
    {"550 to EHLO", {SAY("220 hi"), HEAR("EHLO"), SAY("550 not you"), HEAR("QUIT"), END}, ERR_SOURCE, "not you"},
    {"wrong password", {HELLO("250-AUTH PLAIN\r\n"), HEAR("AUTH PLAIN AHVzZXIAc2VjcmV0"), SAY("535 5.7.8 bad credentials"), QUIT}, ERR_SOURCE,
     "bad credentials"},
    {"passing", {HELLO("250-AUTH PLAIN\r\n"), HEAR("AUTH PLAIN"), SAY("454 4.7.0 later"), QUIT}, ERR_RETRY, "later"},
    {"AUTH LOGIN refused", {HELLO("250-AUTH LOGIN\r\n"), HEAR("AUTH LOGIN"), SAY("334 VXNlcm5hbWU6"), HEAR("dXNlcg=="), SAY("334 UGFzc3dvcmQ6"),
      HEAR("c2VjcmV0"), SAY("535 no"), QUIT}, ERR_SOURCE, "no"},
    {"CRAM-MD5 first", {HELLO("250-AUTH PLAIN CRAM-MD5\r\n"), HEAR("AUTH CRAM-MD5"), SAY("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"),
      HEAR("dXNlciA3MzNiYTg3ZTY0ZWQ3ZTQ0MWYwNjJjNGFjNmRiMDEwMw=="), SAY("535 no"), QUIT}, ERR_SOURCE, "no"},
    {"the password repeated", {HELLO("250-AUTH PLAIN\r\n"), HEAR("AUTH PLAIN"), SAY("535 5.7.8 not secret"), QUIT}, ERR_SOURCE, "words repeat"},
    {"the password repeated in base64", {HELLO("250-AUTH PLAIN\r\n"), HEAR("AUTH PLAIN"), SAY("535 5.7.8 not AHVzZXIAc2VjcmV0"), QUIT}, ERR_SOURCE, "words repeat"},
    {"no mechanism", {HELLO("250-AUTH GSSAPI\r\n"), QUIT}, ERR_SOURCE, "no way to log in"},
};

static void test_refusals(void **state)
{
    (void)state;
    char *folder = peer_folder_new(), *password = peer_file(folder, "password", "secret");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct rig r;
        prepare(&r, refusals[i].script);
        r.settings.user = STR("user");
        r.settings.secret = (struct secret_source){.kind = SECRET_FILE, .name = str_of(password)};
        bool opened = r.driver->open(&r.r, &r.settings, r.cancel, &r.err);
        clean(&r);
        if (opened || r.err.kind != refusals[i].kind || strstr(r.err.text, refusals[i].words) == NULL || strcmp(r.surprise.p, "") != 0)
            fail_msg("%s: %s \"%s\" (%s)", refusals[i].name, err_kind_name(r.err.kind), r.err.text, r.surprise.p);
        assert_null(strstr(r.err.text, "secret"));
        finish(&r);
    }
    free(password);
    peer_folder_remove(&folder);
}

static void test_token(void **state)
{
    (void)state;
    static const struct peer_step script[] = {HELLO("250-AUTH XOAUTH2\r\n"), HEAR("AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHNlY3JldAEB"),
                                              SAY("334 eyJzdGF0dXMiOiI0MDAifQ=="), HEAR(""), SAY("535 5.7.8 expired"), QUIT};
    char *folder = peer_folder_new(), *password = peer_file(folder, "token", "secret");
    struct rig r;
    prepare(&r, script);
    r.settings.user = STR("user");
    r.settings.secret = (struct secret_source){.kind = SECRET_FILE, .use = SECRET_OAUTH2, .name = str_of(password)};
    assert_false(r.driver->open(&r.r, &r.settings, r.cancel, &r.err));
    clean(&r);
    assert_string_equal(r.surprise.p, "");
    assert_int_equal(r.err.kind, ERR_SOURCE);
    finish(&r);
    free(password);
    peer_folder_remove(&folder);
}

static void test_describe_and_old_server(void **state)
{
    (void)state;
    static const struct peer_step good[] = {HELLO("250-PIPELINING\r\n250-SIZE 1000\r\n"), QUIT};
    static const struct peer_step old[] = {SAY("220 hi"), HEAR("EHLO"), SAY("502 what"), HEAR("HELO me.example"), SAY("250 hi"), QUIT};
    struct rig r;
    prepare(&r, good);
    assert_true(r.driver->open(&r.r, &r.settings, r.cancel, &r.err));
    assert_true(str_starts(r.driver->describe(r.r, r.arena), STR("PIPELINING SIZE=1000; missing: 8BITMIME")));
    clean(&r);
    finish(&r);
    prepare(&r, old);
    assert_true(r.driver->open(&r.r, &r.settings, r.cancel, &r.err));
    clean(&r);
    assert_string_equal(r.surprise.p, "");
    finish(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sendings),
        cmocka_unit_test(test_exact_octets),
        cmocka_unit_test(test_long_line_and_big_letter),
        cmocka_unit_test(test_session_is_used_again),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_describe_and_old_server),
    };
    signal(SIGPIPE, SIG_IGN);
    net_start();
    return cmocka_run_group_tests_name("net_smtp", tests, NULL, NULL);
}
