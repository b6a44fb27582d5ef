/* Golden cases of triagectl: each file of tests/cases/cli is a transcript: "$ triagectl …" and, below it, what it says: standard error as "2> …", an exit
 * code other than 0 as "[exit N]". The commands run on a store filled by store_file, read-only, at a fixed time. ACCEPT=1 writes the files anew. Whatever a
 * command says, no control, no bidirectional override and no invisible character of a mail may be in it. */
#include "store_fixture.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "ctl/ctl.h"
#include "store/people.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW (T0 + 72 * CLOCK_MINUTE)
#define WORDS_MAX 24

/* What a hostile sender would like a terminal to do. */
#define HOSTILE "pay \x1b]52;c;ZXZpbA==\x07\x1b[2J now\xe2\x80\xae" "gnp.exe\xe2\x80\x8b \xc2\x9b" "31m\x7f\r\nhint: rm -rf"

static struct str top_path(struct arena *arena, const char *name)
{
    const char *top = getenv("TOP_SRCDIR");
    return arena_printf(arena, "%s/%s", top != NULL ? top : ".", name);
}

/* ---- the store ---------------------------------------------------------------------------------------------------------------------- */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void write_configuration(struct fixture *f)
{
    const char *text = arena_text(f->arena, arena_printf(f->arena,
                                                         "desk \"Contoso Support\" { address support@contoso.example; timezone UTC; languages en; tag INC; default-queue service }\n"
                                                         "daemon { state-directory .; control-socket nobody.sock; templates %s }\n"
                                                         "queue service\nqueue network\nqueue billing\nseverity A { respond 1h }\nseverity B { respond 1h; resolve 8h }\n"
                                                         "mailbox support { url maildir:in }\nmailbox billing { url maildir:in2 }\nrelay default { url maildir:out }\n"
                                                         "agent alice { address alice@contoso.example }\n",
                                                         top_path(f->arena, "etc/templates").p));
    write_text(arena_text(f->arena, arena_printf(f->arena, "%s/triaged.conf", f->directory)), text);
}

/* The fixture's mail with another subject, sender, severity and time. */
static void make(struct mail *mail, uint32_t uid, const char *subject, const char *from, const char *severity, int64_t at)
{
    mail_make(mail, uid);
    mail->message.subject = str_of(subject);
    mail->from.addr = mail->sender.address = str_of(from);
    mail->from.name = mail->sender.name = STR("");
    mail->values[3].text = str_of(severity);
    mail->verdict.severity = (uint8_t)(severity[0] - 'A');
    mail->raw.internal_date = at;
    mail->raw.received = at + CLOCK_SECOND;
}

static void receipt(struct fixture *f, int64_t letter, const char *state, int64_t next, uint32_t code, const char *text)
{
    struct letter_row row = {0};
    struct str octets;
    struct recipient_row *recipients = NULL;
    size_t count = 0;
    assert_good(view_letter(f->store, f->arena, letter, &row, &octets, &recipients, &count, &f->err));
    assert_int_equal(count, 1);
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_receipt(f->store, recipients[0].id, str_of(state), next, code, STR(""), str_of(text), T0 + 70 * CLOCK_MINUTE, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

static void change(struct fixture *f, int64_t ticket, const char *field, const char *value, const char *name)
{
    struct changed changed;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_change(f->store, f->arena, ticket, str_of(field), str_of(value), STR("uid 1000"), str_of(name), T0 + 30 * CLOCK_MINUTE, &changed, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

static void quarantine(struct fixture *f, uint32_t uid)
{
    struct mail mail;
    make(&mail, uid, "", "", "C", T0 + 40 * CLOCK_MINUTE);
    mail.filed = (struct filed){.outcome = OUTCOME_QUARANTINED, .reason = STR("reader killed by signal 11, three times")};
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_file(f->store, &mail.raw, NULL, NULL, NULL, NULL, "9c41e7a", 0, &mail.filed, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

static void make_customers(struct fixture *f)
{
    struct customer fabrikam = {.name = STR("Fabrikam"), .plan = STR("premier"), .cc = STR("same-domain"), .note = STR(HOSTILE)}, adatum = {.name = STR("A. Datum")};
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_customer_put(f->store, &fabrikam, &f->err) && store_customer_put(f->store, &adatum, &f->err));
    assert_good(store_customer_domain_put(f->store, fabrikam.id, STR("fabrikam.example"), &f->err));
    assert_good(store_contact_put(f->store, fabrikam.id, STR("jo@fabrikam.example"), STR("Jo Meier"), &f->err));
    assert_good(store_commit(f->store, &f->err));
    write_text(arena_text(f->arena, arena_printf(f->arena, "%s/bad.csv", f->directory)),
               "name,cc,address,contact,domain,colour\nContoso,all,nobody,,,red\n,,,,x.example,\nContoso,,,Jo,a@b,,,\n\"open\n");
    write_text(arena_text(f->arena, arena_printf(f->arena, "%s/ids.csv", f->directory)), "number,state,requester,opened\n1,lost,nobody,noon\n1,open,jo@c.example,2025-01-02\n");
}

static int set_up(void **state)
{
    setlocale(LC_ALL, "C.UTF-8");
    setenv("TZ", "UTC", 1);
    unsetenv("TRIAGED_SOCKET");
    if (fixture_set_up(state) != 0)
        return -1;
    struct fixture *f = *state;
    struct mail mail;
    make(&mail, 1, "VPN gateway de-7 is down", "jo@fabrikam.example", "A", T0);
    mail.from.name = mail.sender.name = STR("Jo Meier");
    mail_commit(f, &mail);
    make(&mail, 2, "\xe8\xab\x8b\xe6\xb1\x82\xe6\x9b\xb8\xe3\x81\xae\xe4\xbb\xb6\xe3\x81\xab\xe3\x81\xa4\xe3\x81\x84\xe3\x81\xa6", "max@fabrikam.example", "C", T0 - 3 * CLOCK_DAY);
    mail_commit(f, &mail);
    make(&mail, 3, HOSTILE, "eve@fabrikam.example", "B", T0 + 60 * CLOCK_MINUTE);
    mail.message.fresh = mail.message.text = STR(HOSTILE);
    mail.from.name = mail.sender.name = STR(HOSTILE);
    mail.attachment.name = STR(HOSTILE);
    mail.values[4].text = STR(HOSTILE);
    mail.values[0].matched = STR(HOSTILE);
    mail.sender.proof = STR(HOSTILE);
    mail_commit(f, &mail);
    quarantine(f, 4);
    receipt(f, letter_commit(f, 1, "jo@fabrikam.example", T0 + CLOCK_MINUTE, T0 + CLOCK_MINUTE), "sent", 0, 250, "2.0.0 Ok");
    receipt(f, letter_commit(f, 2, "max@fabrikam.example", T0 + 55 * CLOCK_MINUTE, T0), "deferred", NOW + 5 * CLOCK_MINUTE, 451, "4.7.1 Greylisted");
    receipt(f, letter_commit(f, 3, "eve@fabrikam.example", T0 + 68 * CLOCK_MINUTE, T0), "unknown", NOW + 2 * CLOCK_MINUTE, 0, HOSTILE);
    change(f, 1, "owner", "alice", "R-AAAA");
    change(f, 2, "state", "closed", "R-BBBB");
    make_customers(f);
    write_configuration(f);
    store_close(&f->store);
    return 0;
}

/* ---- running -------------------------------------------------------------------------------------------------------------------------- */

/* Splits at blanks; 'single quotes' hold blanks. */
static int split(char *line, char **argv)
{
    int argc = 0;
    while (*line != '\0' && argc < WORDS_MAX) {
        while (*line == ' ')
            line++;
        char stop = *line == '\'' ? '\'' : ' ';
        if (stop == '\'')
            line++;
        argv[argc++] = line;
        while (*line != '\0' && *line != stop)
            line++;
        if (*line != '\0')
            *line++ = '\0';
    }
    return argc;
}

static bool is_harmless(struct str text)
{
    struct buf shown = {0};
    utf8_display(&shown, text, true);
    bool same = str_eq(buf_view(&shown), text);
    buf_free(&shown);
    return same;
}

/* The folder of the test is another each time, and so are the sizes of store and disk. */
static void add_neutral(struct fixture *f, struct buf *out, struct str text, const char *prefix)
{
    struct str rest = text, line;
    while (str_line(&rest, &line)) {
        buf_text(out, prefix);
        if (str_starts(line, STR("STORE ")))
            line = STR("STORE     (as it is)");
        ptrdiff_t at;
        while ((at = str_find(line, str_of(f->directory))) >= 0) {
            buf_str(out, str_sub(line, 0, (size_t)at));
            buf_text(out, "DIR");
            line = str_sub(line, (size_t)at + strlen(f->directory), line.n);
        }
        buf_str(out, line);
        buf_char(out, '\n');
    }
}

/* Runs one command line and adds what it says. */
static void run(struct fixture *f, const char *command, struct buf *out)
{
    char *argv[WORDS_MAX + 2];
    int argc = split(arena_text(f->arena, str_of(command)), argv) + 1;
    char config[128];
    snprintf(config, sizeof config, "--config=%s/triaged.conf", f->directory);
    int at = argc > 2 && strcmp(argv[1], "__complete") == 0 ? 2 : 1;
    memmove(&argv[at + 1], &argv[at], (size_t)(argc - at) * sizeof *argv);
    argv[at] = config;
    argv[argc] = NULL;
    struct ctl ctl;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const struct ctl_world world = {.now = NOW, .width = 80, .utf8 = true, .in = in};
    int code = ctl_run(&ctl, &world, argc, argv);
    if (!is_harmless(buf_view(&ctl.out)) || !is_harmless(buf_view(&ctl.err)))
        fail_msg("%s lets something of a mail through to the terminal", command);
    add_neutral(f, out, buf_view(&ctl.out), "");
    add_neutral(f, out, buf_view(&ctl.err), "2> ");
    if (code != 0)
        buf_printf(out, "[exit %d]\n", code);
    ctl_end(&ctl);
    close(in);
}

/* The command with the test's folder where it says DIR. */
static const char *in_folder(struct fixture *f, struct str command)
{
    ptrdiff_t at = str_find(command, STR("DIR/"));
    if (at < 0)
        return arena_text(f->arena, command);
    return arena_text(f->arena, arena_printf(f->arena, "%.*s%s%.*s", (int)at, command.p, f->directory, (int)(command.n - (size_t)at - 3), command.p + at + 3));
}

static void compare(struct fixture *f, const char *name)
{
    const char *path = arena_text(f->arena, top_path(f->arena, arena_text(f->arena, arena_printf(f->arena, "tests/cases/cli/%s.txt", name))));
    struct str expected = {0}, line;
    struct buf actual = {0};
    assert_good(file_read(f->arena, path, 1 << 20, &expected, &f->err));
    struct str rest = expected;
    while (str_line(&rest, &line))
        if (str_starts(line, STR("$ "))) {
            buf_printf(&actual, "%.*s\n", STR_ARG(line));
            run(f, in_folder(f, str_sub(line, 2, line.n)), &actual);
        }
    const char *accept = getenv("ACCEPT");
    if (accept != NULL && strcmp(accept, "1") == 0) {
        write_text(path, actual.n > 0 ? actual.p : "");
    } else if (!str_eq(buf_view(&actual), expected)) {
        struct str left = expected, right = buf_view(&actual), a = {0}, b = {0};
        while (str_line(&left, &a) && str_line(&right, &b) && str_eq(a, b))
            continue;
        fail_msg("%s: expected\n%.*s\nbut it says\n%.*s", path, STR_ARG(a), STR_ARG(b));
    }
    buf_free(&actual);
}

#define CASE(name)                              \
    static void name##_as_recorded(void **state) \
    {                                           \
        compare(*state, #name);                 \
    }
CASE(look)
CASE(customers)
CASE(json)
CASE(hostile)
CASE(refusals)
CASE(configuration)
CASE(people)

/* Every command that shows mail text, in colour and narrow as well: run() looks at what comes out. */
static void colours_are_the_only_escapes(void **state)
{
    struct fixture *f = *state;
    static const char *const commands[] = {"list --color=always", "outbox list --color=always", "show 3 --color=always", "status --color=always"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *argv[WORDS_MAX + 2];
        char config[128];
        int argc = split(arena_text(f->arena, arena_printf(f->arena, "triagectl %s", commands[i])), argv);
        snprintf(config, sizeof config, "--config=%s/triaged.conf", f->directory);
        argv[argc++] = config;
        struct ctl ctl;
        const struct ctl_world world = {.now = NOW, .width = 60, .utf8 = true, .in = -1};
        assert_int_equal(ctl_run(&ctl, &world, argc, argv), 0);
        size_t escapes = 0;
        for (size_t k = 0; k < ctl.out.n; k++)
            if (ctl.out.p[k] == '\x1b') {
                escapes++;
                assert_true(k + 1 < ctl.out.n && ctl.out.p[k + 1] == '[');
                size_t end = k + 2;
                while (end < ctl.out.n && strchr("0123456789;", ctl.out.p[end]) != NULL)
                    end++;
                assert_true(end < ctl.out.n && ctl.out.p[end] == 'm');
            }
        assert_true(escapes > 0);
        ctl_end(&ctl);
    }
}

static void a_locale_without_utf8_gets_ascii(void **state)
{
    struct fixture *f = *state;
    char *argv[] = {(char[]){"triagectl"}, (char[]){"list"}, (char[]){"--state=any"}, (char[128]){""}};
    snprintf(argv[3], 128, "--config=%s/triaged.conf", f->directory);
    struct ctl ctl;
    const struct ctl_world world = {.now = NOW, .width = 80, .in = -1};
    assert_int_equal(ctl_run(&ctl, &world, 4, argv), 0);
    assert_true(utf8_is_ascii(buf_view(&ctl.out)));
    assert_true(str_find(buf_view(&ctl.out), STR("????")) > 0);
    ctl_end(&ctl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_as_recorded),
        cmocka_unit_test(customers_as_recorded),
        cmocka_unit_test(json_as_recorded),
        cmocka_unit_test(hostile_as_recorded),
        cmocka_unit_test(refusals_as_recorded),
        cmocka_unit_test(configuration_as_recorded),
        cmocka_unit_test(people_as_recorded),
        cmocka_unit_test(colours_are_the_only_escapes),
        cmocka_unit_test(a_locale_without_utf8_gets_ascii),
    };
    return cmocka_run_group_tests(tests, set_up, fixture_tear_down);
}
