/* Sets of UIDs, the guard, choosing a mechanism, where secrets come from. */
#include "config.h"

#include "net_peer.h"

#include "net/guard.h"
#include "net/imap.h"
#include "net/sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- sets ---- */

static void show(const struct uid_set *set, struct buf *out)
{
    buf_clear(out);
    for (size_t at = 0; at < set->count;)
        imap_add_set(set, &at, out);
    buf_add(out, "", 1);
}

static void test_uid_set(void **state)
{
    (void)state;
    static const struct {
        uint32_t add;
        const char *then;
    } steps[] = {{5, "5"},           {7, "5,7"},           {6, "5:7"},          {6, "5:7"},       {0, "5:7"},
                 {9, "5:7,9"},       {1, "1,5:7,9"},       {4, "1,4:7,9"},      {8, "1,4:9"},     {UINT32_MAX, "1,4:9,4294967295"},
                 {3, "1,3:9,4294967295"}, {2, "1:9,4294967295"}, {4294967294u, "1:9,4294967294:4294967295"}};
    struct uid_set set = {NULL, 0, 0};
    struct buf text = {0};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uid_set_add(&set, steps[i].add);
        show(&set, &text);
        assert_string_equal(text.p, steps[i].then);
    }
    assert_true(uid_set_has(&set, 1) && uid_set_has(&set, 9) && uid_set_has(&set, UINT32_MAX));
    assert_false(uid_set_has(&set, 0) || uid_set_has(&set, 10) || uid_set_has(&set, 4294967293u));
    uid_set_free(&set);
    assert_int_equal(set.count, 0);
    struct uid_range range = {3, 4};
    struct uid_set borrowed = {&range, 1, 0};
    uid_set_add(&borrowed, 9);
    assert_int_equal(borrowed.count, 1);
    buf_free(&text);
}

/* A set against a plain array of flags, in an order that hits every branch. */
static void test_uid_set_against_a_table(void **state)
{
    (void)state;
    bool have[400] = {false};
    struct uid_set set = {NULL, 0, 0};
    uint32_t x = 12345;
    for (int i = 0; i < 3000; i++) {
        x = x * 1103515245u + 12345u;
        uint32_t uid = 1 + (x >> 8) % 399;
        have[uid] = true;
        uid_set_add(&set, uid);
    }
    for (uint32_t uid = 1; uid < 400; uid++)
        assert_int_equal(uid_set_has(&set, uid), have[uid]);
    for (size_t i = 1; i < set.count; i++)
        assert_true(set.ranges[i].first > set.ranges[i - 1].last + 1);
    uid_set_free(&set);
}

/* ---- the guard ---- */

struct guarded {
    const char *text;
    bool strict;
    const char *refusal; /* "" : passes */
};

static const struct guarded guards[] = {
    {"* OK hello {99999} ((((((((((((((((((((((((((((((((((((((((((\r\n* OK\r\n", false, ""},
    {"* 1 FETCH (BODY[] {5}\r\n(((((\")\r\n* 2 EXISTS\r\n", true, ""},
    {"* 1 FETCH (BODY[] \"a\\\"(((((((((((((((((((((((((((((((((((((((\")\r\n", true, ""},
    {"* 1 FETCH (BODY[] \"{999999}\"\r\n* 2 EXISTS\r\n", true, ""},
    {"* 1 FETCH ((((((((((((((((((((((((((((((((((\r\n", true, "nested too deeply"},
    {"* 1 FETCH (BODY[] {101}\r\n", true, "literal larger"},
    {"* 1 FETCH (BODY[] {99999999999999999999999999}\r\n", true, "literal larger"},
    {"* 1 FETCH (BODY[] {101}4} 2 FETCH\r\n", true, "literal larger"},
    {"* 1 FETCH (BODY[] {60}\r\n0123456789012345678901234567890123456789012345678901234567 8 BODY[] {60}\r\n", true, "literal larger"},
    {"* BYE so long\r\n", false, "so long"},
    {"* LIST () \"/\" x\r\n", true, "not asked for"},
    {"* LIST () \"/\" x\r\n", false, ""},
    {"+ go on\r\n", true, "not asked for"},
    {"7 OK done\r\n", true, ""},
    {"* 4294967296000000000000000000 EXISTS\r\n", true, "not asked for"},
};

static bool guard_text(const struct guarded *c, size_t piece, struct err *err)
{
    struct guard g = {.speech = GUARD_IMAP, .strict = c->strict, .text = 200, .literals = 100, .literal_max = 100};
    size_t n = strlen(c->text);
    for (size_t at = 0; at < n; at += piece)
        if (!guard_pass(&g, c->text + at, n - at < piece ? n - at : piece, err))
            return false;
    return true;
}

/* However the octets are cut. */
static void test_guard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++)
        for (size_t piece = 1; piece < 40; piece += 6) {
            struct err err = {ERR_NONE, ""};
            bool passes = guard_text(&guards[i], piece, &err);
            if (passes != (guards[i].refusal[0] == '\0') || strstr(err.text, guards[i].refusal) == NULL)
                fail_msg("%s: %d \"%s\"", guards[i].text, passes, err.text);
        }
}

static void test_guard_counts_text(void **state)
{
    (void)state;
    struct guard g = {.speech = GUARD_SMTP, .text = 10};
    struct err err = {ERR_NONE, ""};
    assert_true(guard_pass(&g, "250 hello\n", 10, &err));
    assert_true(guard_at_line_start(&g));
    assert_false(guard_pass(&g, "2", 1, &err));
    assert_int_equal(err.kind, ERR_RETRY);
}

/* ---- mechanisms ---- */

static void test_choice(void **state)
{
    (void)state;
    uint32_t plain = sasl_bit(STR("plain")), login = sasl_bit(STR("LOGIN")), cram = sasl_bit(STR("CRAM-MD5"));
    uint32_t xoauth2 = sasl_bit(STR("XOAUTH2")), bearer = sasl_bit(STR("OAUTHBEARER"));
    assert_int_equal(sasl_bit(STR("GSSAPI")), 0);
    assert_int_equal(sasl_bit(STR("")), 0);
    assert_int_equal(sasl_choose(plain | login | cram | xoauth2, SECRET_PASSWORD, true), SASL_PLAIN);
    assert_int_equal(sasl_choose(login | cram, SECRET_PASSWORD, true), SASL_LOGIN);
    assert_int_equal(sasl_choose(plain | login | cram, SECRET_PASSWORD, false), SASL_CRAM_MD5);
    assert_int_equal(sasl_choose(xoauth2 | bearer, SECRET_PASSWORD, true), SASL_NONE);
    assert_int_equal(sasl_choose(plain | xoauth2, SECRET_OAUTH2, true), SASL_XOAUTH2);
    assert_int_equal(sasl_choose(bearer | xoauth2, SECRET_OAUTH2, true), SASL_OAUTHBEARER);
    assert_int_equal(sasl_choose(plain, SECRET_OAUTH2, true), SASL_NONE);
}

static void test_rfc_examples(void **state)
{
    (void)state;
    struct endpoint server = {.host = STR("server.example.com"), .port = 143};
    struct buf out = {0};
    /* RFC 2195 section 2 */
    assert_true(sasl_answer(SASL_CRAM_MD5, 0, STR("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"), STR("tim"),
                            STR("tanstaaftanstaaf"), &out));
    assert_true(str_eq(buf_view(&out), STR("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw")));
    buf_clear(&out);
    /* RFC 7628 section 4.1 */
    sasl_initial(SASL_OAUTHBEARER, STR("user@example.com"), STR("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="), &server, &out);
    assert_true(str_eq(buf_view(&out), STR("bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmd"
                                           "DRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB")));
    buf_clear(&out);
    assert_false(sasl_answer(SASL_CRAM_MD5, 0, STR("not base64!"), STR("u"), STR("p"), &out));
    assert_false(sasl_answer(SASL_CRAM_MD5, 1, STR("PDE+"), STR("u"), STR("p"), &out));
    assert_false(sasl_answer(SASL_PLAIN, 0, STR(""), STR("u"), STR("p"), &out));
    assert_false(sasl_answer(SASL_LOGIN, 2, STR(""), STR("u"), STR("p"), &out));
    sasl_wipe(&out);
    assert_null(out.p);
}

/* ---- secrets ---- */

static int run_pipe(void *courier, const struct secret_source *source, struct err *err)
{
    int fds[2];
    const char *text = courier;
    (void)source;
    if (text == NULL || pipe(fds) != 0) {
        err_set(err, ERR_RETRY, "cannot run");
        return -1;
    }
    ssize_t n = write(fds[1], text, strlen(text));
    close(fds[1]);
    return n >= 0 ? fds[0] : -1;
}

struct secrecy {
    const char *name;
    enum secret_kind kind;
    const char *source; /* name, path below the folder, or the command's output */
    const char *wanted; /* NULL: refused */
    enum err_kind error;
};

static const struct secrecy secrets[] = {
    {"file", SECRET_FILE, "good", "hunter 2", ERR_NONE},
    {"file open to others", SECRET_FILE, "open", NULL, ERR_SETUP},
    {"no file", SECRET_FILE, "missing", NULL, ERR_SETUP},
    {"empty file", SECRET_FILE, "empty", NULL, ERR_SETUP},
    {"two lines", SECRET_FILE, "lines", NULL, ERR_SETUP},
    {"credential", SECRET_CREDENTIAL, "good", "hunter 2", ERR_NONE},
    {"credential of the whole folder", SECRET_CREDENTIAL, "support", "whole", ERR_NONE},
    {"credential outside", SECRET_CREDENTIAL, "../good", NULL, ERR_SETUP},
    {"no credential", SECRET_CREDENTIAL, "missing", NULL, ERR_SETUP},
    {"command", SECRET_COMMAND, "token\nsecond line\n", "token", ERR_NONE},
    {"command without line end", SECRET_COMMAND, "token", "token", ERR_NONE},
    {"command that says nothing", SECRET_COMMAND, "", NULL, ERR_RETRY},
    {"command with controls", SECRET_COMMAND, "to\033ken\n", NULL, ERR_SETUP},
    {"command that cannot run", SECRET_COMMAND, NULL, NULL, ERR_RETRY},
    {"none", SECRET_NONE, "", NULL, ERR_SETUP},
};

static void test_secrets(void **state)
{
    (void)state;
    char *folder = peer_folder_new();
    char *good = peer_file(folder, "good", "hunter 2\n"), *open = peer_file(folder, "open", "x"), *empty = peer_file(folder, "empty", "\n");
    char *lines = peer_file(folder, "lines", "a\nb\n"), *whole = peer_file(folder, "triaged_support", "whole");
    struct str program = STR("/bin/true");
    assert_int_equal(chmod(open, 0604), 0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        const struct secrecy *c = &secrets[i];
        struct arena *arena = arena_new();
        struct secret_source source = {.kind = c->kind, .arguments = &program, .argument_count = 1, .run = run_pipe};
        struct err err = {ERR_NONE, ""};
        struct str got;
        source.courier = (void *)(uintptr_t)c->source;
        source.name = c->kind == SECRET_FILE ? arena_printf(arena, "%s/%s", folder, c->source) : str_of(c->source);
        bool read = secret_read(&source, arena, &got, &err);
        if (read != (c->wanted != NULL) || (read && !str_eq(got, str_of(c->wanted))) || err.kind != c->error)
            fail_msg("%s: %s %s", c->name, err_kind_name(err.kind), err.text);
        const char *at = got.p;
        size_t n = got.n;
        secret_wipe(&got);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(at[k], 0);
        assert_int_equal(got.n, 0);
        arena_free(&arena);
    }
    unsetenv("CREDENTIALS_DIRECTORY");
    free(good);
    free(open);
    free(empty);
    free(lines);
    free(whole);
    peer_folder_remove(&folder);
}

static void test_drivers_by_name(void **state)
{
    (void)state;
    assert_string_equal(mailbox_driver_of(STR("imap"))->name, "imap");
    assert_string_equal(mailbox_driver_of(STR("maildir"))->name, "maildir");
    assert_null(mailbox_driver_of(STR("pop3")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uid_set),      cmocka_unit_test(test_uid_set_against_a_table), cmocka_unit_test(test_guard),
        cmocka_unit_test(test_guard_counts_text), cmocka_unit_test(test_choice),             cmocka_unit_test(test_rfc_examples),
        cmocka_unit_test(test_secrets),      cmocka_unit_test(test_drivers_by_name),
    };
    return cmocka_run_group_tests_name("net_text", tests, NULL, NULL);
}
