/* The proof of a server comes before the first secret: each way it can fail, for IMAP and for SMTP, and what the server heard. */
#include "config.h"

#include "net_peer.h"

#include "base/clock.h"
#include "net/connect.h"
#include "net/relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#define TLS {PEER_TLS, NULL, 0}
#define IMAP_IN                                                                                                             \
    SAY("* OK ready"), HEAR("CAPABILITY"), SAY("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN"), SAY("$ OK done"),              \
        HEAR("AUTHENTICATE PLAIN AHVzZXIAc2VjcmV0"), SAY("$ OK in"), HEAR("CAPABILITY"), SAY("* CAPABILITY IMAP4rev1"),     \
        SAY("$ OK done"), HEAR("LOGOUT"), SAY("* BYE"), SAY("$ OK out"), END
#define IMAP_PLAIN(caps) SAY("* OK ready"), HEAR("CAPABILITY"), SAY("* CAPABILITY IMAP4rev1 " caps), SAY("$ OK done")
#define IMAP_UNDER_TLS                                                                                                      \
    HEAR("CAPABILITY"), SAY("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN"), SAY("$ OK done"),                                 \
        HEAR("AUTHENTICATE PLAIN AHVzZXIAc2VjcmV0"), SAY("$ OK in"), HEAR("CAPABILITY"), SAY("* CAPABILITY IMAP4rev1"),     \
        SAY("$ OK done"), HEAR("LOGOUT"), SAY("* BYE"), SAY("$ OK out"), END
#define SMTP_HELLO(offers) HEAR("EHLO me.example"), RAW("250-mail\r\n" offers "250 OK\r\n")
#define SMTP_IN SMTP_HELLO("250-AUTH PLAIN LOGIN\r\n"), HEAR("AUTH PLAIN AHVzZXIAc2VjcmV0"), SAY("235 in"), HEAR("QUIT"), SAY("221 bye"), END

enum authority { RIGHT_CA, OTHER_CA, SYSTEM_CA, PIN, OTHER_PIN };

struct attempt {
    const char *name;
    bool smtp;
    enum transport_security security;
    const char *host; /* as configured */
    const char *dns;  /* in the certificate */
    bool address;     /* 127.0.0.1 in the certificate */
    int from, to;     /* days */
    enum authority authority;
    int tls_max;
    struct peer_step script[32];
    bool opens;
    enum err_kind kind;
    const char *words;
};

static const struct attempt attempts[] = {
    {"imaps", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0, {TLS, IMAP_IN}, true, ERR_NONE, ""},
    {"imaps by address", false, TRANSPORT_TLS, "127.0.0.1", "x.example", true, 0, 9, RIGHT_CA, 0, {TLS, IMAP_IN}, true, ERR_NONE, ""},
    {"imaps pinned", false, TRANSPORT_TLS, "localhost", "x.example", false, -9, -1, PIN, 0, {TLS, IMAP_IN}, true, ERR_NONE, ""},
    {"imap starttls", false, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {IMAP_PLAIN("STARTTLS LOGINDISABLED"), HEAR("STARTTLS"), SAY("$ OK go"), TLS, IMAP_UNDER_TLS}, true, ERR_NONE, ""},
    {"submissions", true, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0, {TLS, SAY("220 mail"), SMTP_IN}, true, ERR_NONE, ""},
    {"submission starttls", true, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {SAY("220 mail"), SMTP_HELLO("250-STARTTLS\r\n"), HEAR("STARTTLS"), SAY("220 go"), TLS, SMTP_IN}, true, ERR_NONE, ""},

    {"wrong name", false, TRANSPORT_TLS, "localhost", "mail.contoso.example", false, 0, 9, RIGHT_CA, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "certificate verify failed: hostname mismatch (server localhost presents mail.contoso.example)"},
    {"wrong name in a wildcard", false, TRANSPORT_TLS, "localhost", "local*", false, 0, 9, RIGHT_CA, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "hostname mismatch"},
    {"wrong address", false, TRANSPORT_TLS, "127.0.0.1", "127.0.0.1", false, 0, 9, RIGHT_CA, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "IP address mismatch"},
    {"unknown CA", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, OTHER_CA, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "certificate verify failed"},
    {"unknown to the system", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, SYSTEM_CA, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "unable to get local issuer certificate"},
    {"expired", false, TRANSPORT_TLS, "localhost", "localhost", false, -9, -1, RIGHT_CA, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "certificate has expired on 20"},
    {"not yet valid", false, TRANSPORT_TLS, "localhost", "localhost", false, 2, 9, RIGHT_CA, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "certificate is not yet valid before 20"},
    {"other pin", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, OTHER_PIN, 0, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "not the pinned one"},
    {"TLS 1.1", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, TLS1_1_VERSION, {TLS, IMAP_IN}, false, ERR_SOURCE,
     "protocol"},
    {"no TLS at all", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0, {IMAP_IN}, false, ERR_SOURCE, "wrong version number"},
    {"end in the handshake", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0, {END}, false, ERR_RETRY, ""},
    {"silence in the handshake", false, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0, {{PEER_STALL, NULL, 0}}, false, ERR_RETRY,
     "no complete answer"},
    {"STARTTLS withheld", false, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {IMAP_PLAIN("AUTH=PLAIN SASL-IR"), {PEER_STALL, NULL, 0}}, false, ERR_SOURCE, "does not offer STARTTLS"},
    {"STARTTLS refused", false, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {IMAP_PLAIN("STARTTLS AUTH=PLAIN"), HEAR("STARTTLS"), SAY("$ NO not today"), {PEER_STALL, NULL, 0}}, false, ERR_SOURCE, "not today"},
    {"text behind STARTTLS", false, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {IMAP_PLAIN("STARTTLS"), HEAR("STARTTLS"), RAW("2 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"), TLS, IMAP_UNDER_TLS}, false, ERR_SOURCE,
     "behind its answer to STARTTLS"},
    {"PREAUTH before STARTTLS", false, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {SAY("* PREAUTH in you are"), {PEER_STALL, NULL, 0}}, false, ERR_SOURCE, "PREAUTH"},
    {"wrong name behind STARTTLS", false, TRANSPORT_STARTTLS, "localhost", "evil.example", false, 0, 9, RIGHT_CA, 0,
     {IMAP_PLAIN("STARTTLS"), HEAR("STARTTLS"), SAY("$ OK go"), TLS, IMAP_UNDER_TLS}, false, ERR_SOURCE, "hostname mismatch"},
    {"what was offered in plaintext is forgotten", false, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {IMAP_PLAIN("STARTTLS AUTH=PLAIN SASL-IR"), HEAR("STARTTLS"), SAY("$ OK go"), TLS, HEAR("CAPABILITY"),
      SAY("* CAPABILITY IMAP4rev1 LOGINDISABLED"), SAY("$ OK done"), HEAR("LOGOUT"), SAY("$ OK"), END},
     false, ERR_SOURCE, "LOGINDISABLED"},
    {"smtp: wrong name", true, TRANSPORT_TLS, "localhost", "mail.contoso.example", false, 0, 9, RIGHT_CA, 0, {TLS, SAY("220 mail"), SMTP_IN}, false,
     ERR_SOURCE, "hostname mismatch"},
    {"smtp: unknown CA", true, TRANSPORT_TLS, "localhost", "localhost", false, 0, 9, OTHER_CA, 0, {TLS, SAY("220 mail"), SMTP_IN}, false, ERR_SOURCE,
     "certificate verify failed"},
    {"smtp: STARTTLS withheld", true, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {SAY("220 mail"), SMTP_HELLO("250-AUTH PLAIN\r\n"), {PEER_STALL, NULL, 0}}, false, ERR_SOURCE, "does not offer STARTTLS"},
    {"smtp: text behind STARTTLS", true, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {SAY("220 mail"), SMTP_HELLO("250-STARTTLS\r\n"), HEAR("STARTTLS"), RAW("220 go\r\n250 AUTH PLAIN\r\n"), TLS, SMTP_IN}, false, ERR_SOURCE,
     "behind its answer to STARTTLS"},
    {"smtp: no AUTH behind STARTTLS", true, TRANSPORT_STARTTLS, "localhost", "localhost", false, 0, 9, RIGHT_CA, 0,
     {SAY("220 mail"), SMTP_HELLO("250-STARTTLS\r\n250-AUTH PLAIN\r\n"), HEAR("STARTTLS"), SAY("220 go"), TLS, SMTP_HELLO("250-SIZE 1\r\n"),
      HEAR("QUIT"), SAY("221 bye"), END},
     false, ERR_SOURCE, "no way to log in"},
};

struct ground {
    char *folder, *password, *ca_path, *other_path;
    struct peer_certificate ca, other;
    int cancel;
};

static struct ground ground_new(void)
{
    struct ground g = {.folder = peer_folder_new(), .cancel = eventfd(0, EFD_NONBLOCK)};
    g.password = peer_file(g.folder, "password", "secret");
    g.ca_path = peer_file(g.folder, "ca.pem", "");
    g.other_path = peer_file(g.folder, "other.pem", "");
    g.ca = peer_certify(NULL, NULL, false, -30, 30);
    g.other = peer_certify(NULL, NULL, false, -30, 30);
    peer_write_pem(&g.ca, g.ca_path);
    peer_write_pem(&g.other, g.other_path);
    return g;
}

static void ground_free(struct ground *g)
{
    peer_certificate_free(&g->ca);
    peer_certificate_free(&g->other);
    free(g->password);
    free(g->ca_path);
    free(g->other_path);
    peer_folder_remove(&g->folder);
    close(g->cancel);
}

static bool open_imap(const struct ground *g, const struct endpoint *server, struct err *err)
{
    struct str inbox = STR("INBOX");
    struct mailbox_settings settings = {.name = STR("m"), .server = *server, .user = STR("user"), .folders = &inbox, .folder_count = 1};
    settings.secret = (struct secret_source){.kind = SECRET_FILE, .name = str_of(g->password)};
    const struct mailbox_driver *driver = mailbox_driver_of(STR("imap"));
    struct mailbox *m = NULL;
    bool opened = driver->open(&m, &settings, g->cancel, err);
    driver->close(&m);
    return opened;
}

static bool open_smtp(const struct ground *g, const struct endpoint *server, struct err *err)
{
    struct relay_settings settings = {.name = STR("r"), .server = *server, .user = STR("user"), .ehlo = STR("me.example")};
    settings.secret = (struct secret_source){.kind = SECRET_FILE, .name = str_of(g->password)};
    const struct relay_driver *driver = relay_driver_of(STR("smtp"));
    struct relay *r = NULL;
    bool opened = driver->open(&r, &settings, g->cancel, err);
    driver->close(&r);
    return opened;
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t n = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
    return value;
}

static void try_one(const struct ground *g, const struct attempt *a)
{
    struct peer_certificate leaf = peer_certify(&g->ca, a->dns, a->address, a->from, a->to);
    const struct peer_step *script = a->script;
    struct peer *peer = peer_start(&leaf, a->tls_max, &script, 1);
    struct buf heard = {0}, surprise = {0};
    struct err err = {ERR_NONE, ""};
    char pin[65] = "";
    if (a->authority == PIN || a->authority == OTHER_PIN)
        peer_fingerprint(a->authority == PIN ? &leaf : &g->other, pin);
    bool stalls = script[0].act == PEER_STALL;
    struct endpoint server = {.host = str_of(a->host), .port = peer_port(peer), .security = a->security, .fingerprint = str_of(pin)};
    server.ca_file = a->authority == RIGHT_CA ? str_of(g->ca_path) : a->authority == OTHER_CA ? str_of(g->other_path) : STR("");
    server.timeout = stalls ? 300 : 10 * CLOCK_SECOND;
    bool opened = a->smtp ? open_smtp(g, &server, &err) : open_imap(g, &server, &err);
    peer_stop(&peer, &heard, &surprise);
    if (opened != a->opens || err.kind != a->kind || strstr(err.text, a->words) == NULL)
        fail_msg("%s: %s \"%s\" (%s)", a->name, err_kind_name(err.kind), err.text, surprise.p);
    if (a->opens && strcmp(surprise.p, "") != 0)
        fail_msg("%s: %s", a->name, surprise.p);
    bool said = strstr(heard.p, "AUTH") != NULL || strstr(heard.p, "LOGIN") != NULL || strstr(heard.p, "c2VjcmV0") != NULL;
    if (said != a->opens)
        fail_msg("%s: the server heard \"%s\"", a->name, heard.p);
    assert_null(strstr(err.text, "secret"));
    buf_free(&heard);
    buf_free(&surprise);
    peer_certificate_free(&leaf);
}

static void test_proofs(void **state)
{
    (void)state;
    struct ground g = ground_new();
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        try_one(&g, &attempts[i]);
    ground_free(&g);
}

/* ---- before any octet ---- */

static void test_plaintext_off_loopback_is_refused(void **state)
{
    (void)state;
    static const char *const hosts[] = {"192.0.2.1", "2001:db8::1", "0.0.0.0"};
    struct ground g = ground_new();
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct endpoint server = {.host = str_of(hosts[i]), .port = 9, .security = TRANSPORT_INSECURE, .timeout = 5000};
        struct err err = {ERR_NONE, ""};
        assert_false(open_imap(&g, &server, &err));
        assert_int_equal(err.kind, ERR_SETUP);
        assert_non_null(strstr(err.text, "loopback"));
        assert_false(open_smtp(&g, &server, &err));
        assert_int_equal(err.kind, ERR_SETUP);
    }
    ground_free(&g);
}

static void test_wrong_settings_are_the_operators(void **state)
{
    (void)state;
    struct ground g = ground_new();
    static const struct peer_step script[] = {{PEER_STALL, NULL, 0}};
    const struct peer_step *scripts[] = {script, script};
    struct peer *peer = peer_start(NULL, 0, scripts, 2);
    struct buf heard = {0}, surprise = {0};
    struct endpoint server = {.host = STR("localhost"), .port = peer_port(peer), .security = TRANSPORT_TLS, .timeout = 5000};
    struct err err = {ERR_NONE, ""};
    server.fingerprint = STR("12:34");
    assert_false(open_imap(&g, &server, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    server.fingerprint = STR("");
    server.ca_file = STR("/nonexistent/ca.pem");
    assert_false(open_imap(&g, &server, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    assert_non_null(strstr(err.text, "/nonexistent/ca.pem"));
    peer_stop(&peer, &heard, &surprise);
    buf_free(&heard);
    buf_free(&surprise);
    ground_free(&g);
}

static void test_nobody_listens(void **state)
{
    (void)state;
    struct ground g = ground_new();
    static const struct peer_step script[] = {END};
    const struct peer_step *scripts[] = {script};
    struct peer *peer = peer_start(NULL, 0, scripts, 0);
    struct endpoint server = {.host = STR("127.0.0.1"), .port = peer_port(peer), .security = TRANSPORT_TLS, .timeout = 5000};
    struct buf heard = {0}, surprise = {0};
    struct err err = {ERR_NONE, ""};
    peer_stop(&peer, &heard, &surprise);
    assert_false(open_imap(&g, &server, &err));
    assert_int_equal(err.kind, ERR_RETRY);
    assert_non_null(strstr(err.text, "Connection refused"));
    server.host = STR("no-such-host.invalid");
    assert_false(open_imap(&g, &server, &err));
    assert_int_equal(err.kind, ERR_RETRY);
    eventfd_write(g.cancel, 1);
    server.host = STR("no-such-host.invalid");
    assert_false(open_imap(&g, &server, &err));
    assert_int_equal(err.kind, ERR_RETRY);
    buf_free(&heard);
    buf_free(&surprise);
    ground_free(&g);
}

/* A peer that is gone without a word is noticed within six minutes, whatever the connection waits for. */
static void test_dead_peers_are_noticed(void **state)
{
    (void)state;
    static const struct peer_step script[] = {{PEER_STALL, NULL, 0}};
    const struct peer_step *scripts[] = {script};
    struct peer *peer = peer_start(NULL, 0, scripts, 1);
    struct endpoint server = {.host = STR("127.0.0.1"), .port = peer_port(peer), .security = TRANSPORT_TLS, .timeout = 5000};
    struct err err = {ERR_NONE, ""};
    bool loopback = false;
    int fd = connect_server(&server, false, -1, clock_monotonic() + 5 * CLOCK_SECOND, &loopback, &err);
    assert_true(fd >= 0);
    assert_true(loopback);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    int idle = option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), interval = option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL);
    assert_in_range(idle + interval * option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 1, 360);
    assert_in_range(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 1, 360 * 1000);
    close(fd);
    struct buf heard = {0}, surprise = {0};
    peer_stop(&peer, &heard, &surprise);
    buf_free(&heard);
    buf_free(&surprise);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proofs),
        cmocka_unit_test(test_plaintext_off_loopback_is_refused),
        cmocka_unit_test(test_wrong_settings_are_the_operators),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_dead_peers_are_noticed),
    };
    signal(SIGPIPE, SIG_IGN);
    net_start();
    return cmocka_run_group_tests_name("net_stream", tests, NULL, NULL);
}
