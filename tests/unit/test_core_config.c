/* What config_load gives, what config_print prints, and that table, manuals and sample agree. */
#include "core/config.h"

#include "base/clock.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>


static const char desk_text[] = "desk \"Contoso Support\" { address Support@Contoso.example help@contoso.example; languages en de }\nqueue general\nqueue network\n";
static const char mail_text[] = "mailbox support { url imaps://support@contoso.example@mail.contoso.example/INBOX; password credential support }\n"
                                "relay default { url submissions://mail.contoso.example }\n";

struct fixture {
    char folder[64];
    struct arena *arena;
    struct diagnoses d;
    struct config *config;
    struct buf told;
};

static void put_file(const struct fixture *f, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const struct fixture *f, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/triaged-config-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    make_folder(f, "templates");
    make_folder(f, "conf.d");
    make_folder(f, "rules.d");
    put_file(f, "templates/ack.en.txt", "Subject: [{ticket}] received\n\nThank you.\n");
    put_file(f, "conf.d/zz.conf", "daemon { templates templates }\n");
    f->arena = arena_new();
    f->d.arena = f->arena;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"templates/ack.en.txt", "templates/outage.en.txt", "templates/ack-network.de.txt", "conf.d/zz.conf",     "conf.d/more.conf",
                                        "conf.d/notes",         "rules.d/a.rules",         "rules.d/a.rules.bak",          "triaged.conf",       "printed.conf",
                                        "secret",               "templates",               "conf.d",                       "rules.d"};
    struct fixture *f = *state;
    char path[256];
    config_close(&f->config);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        remove(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
    arena_free(&f->arena);
    buf_free(&f->told);
    free(f);
    return 0;
}

static bool load_file(struct fixture *f, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    config_close(&f->config);
    f->d = (struct diagnoses){.arena = f->arena};
    bool good = config_load(path, &f->config, &f->d);
    buf_clear(&f->told);
    buf_text(&f->told, "");
    diagnoses_print(&f->d, &f->told);
    assert_int_equal(good, f->config != NULL);
    assert_int_equal(good, f->d.errors == 0);
    return good;
}

static bool load(struct fixture *f, const char *text)
{
    put_file(f, "triaged.conf", text);
    return load_file(f, "triaged.conf");
}

static void must_load(struct fixture *f, const char *text)
{
    if (!load(f, text))
        fail_msg("%s", f->told.p);
}

#define assert_str(s, text)                                                                                                                                    \
    do {                                                                                                                                                       \
        struct str given_ = (s);                                                                                                                               \
        if (!str_eq(given_, str_of(text)))                                                                                                                     \
            fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(given_), text);                                                                                         \
    } while (0)

static const char *text_with(struct fixture *f, const char *more)
{
    return arena_printf(f->arena, "%s%s%s", desk_text, mail_text, more).p;
}

/* ---- values ---- */

static void defaults_are_those_of_the_product(void **state)
{
    struct fixture *f = *state;
    must_load(f, text_with(f, ""));
    const struct config *c = f->config;
    assert_str(c->desk.name, "Contoso Support");
    assert_str(c->desk.address, "support@contoso.example");
    assert_int_equal(c->desk.address_count, 2);
    assert_str(c->desk.domain, "contoso.example");
    assert_str(c->desk.timezone, "UTC");
    assert_int_equal(c->desk.language_count, 2);
    assert_str(c->desk.tag, "INC");
    assert_str(c->desk.default_queue, "general");
    assert_int_equal(c->desk.default_severity, 2);
    assert_int_equal(c->desk.reopen_window, 14 * CLOCK_DAY);
    assert_str(c->desk.loop_id, "support@contoso.example");
    assert_int_equal(c->desk.queue_count, 2);
    assert_true(c->desk.queues[1].acknowledge);
    assert_str(c->desk.severities[0].name, "Critical");
    assert_str(c->desk.severities[2].name, "Minimal");
    assert_int_equal(c->desk.severities[0].targets[DESK_RESPOND].span, 0);
    assert_int_equal(c->desk.matrix[0][0], 0);
    assert_int_equal(c->desk.matrix[1][1], 2);
    assert_int_equal(c->desk.matrix[2][2], 3);
    assert_int_equal(c->desk.budget.recipient_count, 2);
    assert_int_equal(c->desk.budget.recipient[0].count, 2);
    assert_int_equal(c->desk.budget.recipient[0].span, CLOCK_HOUR);
    assert_int_equal(c->desk.budget.recipient[1].count, 10);
    assert_int_equal(c->desk.budget.recipient[1].span, CLOCK_DAY);
    assert_int_equal(c->desk.budget.domain[0].count, 50);
    assert_int_equal(c->desk.budget.breaker.count, 30);
    assert_int_equal(c->desk.budget.breaker.span, 15 * CLOCK_MINUTE);
    assert_int_equal(c->desk.budget.operator_address.n, 0);
    assert_true(c->readers >= 1 && c->readers <= 4);
    assert_int_equal(c->size_max, 50 * 1024 * 1024);
    assert_str(c->log_sink, "auto");
    assert_int_equal(c->log_level, LOG_INFO);
    assert_str(c->state_directory, LOCALSTATEDIR "/lib/triaged");
    assert_str(c->control_socket, RUNSTATEDIR "/triaged/control.sock");
    assert_int_equal(strlen(c->hash), 64);
    const struct config_mailbox *m = &c->mailboxes[0];
    assert_int_equal(c->mailbox_count, 1);
    assert_int_equal(m->existing, EXISTING_SKIP);
    assert_int_equal(m->settings.after, AFTER_KEEP);
    assert_int_equal(m->settings.poll, 60 * CLOCK_SECOND);
    assert_int_equal(m->settings.size_max, c->size_max);
    assert_int_equal(m->settings.server.timeout, 60 * CLOCK_SECOND);
    assert_int_equal(m->queue.n + m->relay.n, 0);
}

static void mailboxes_by_url(void **state)
{
    static const struct {
        const char *url, *driver, *user, *host, *folder;
        uint16_t port;
        enum transport_security security;
    } cases[] = {
        {"imaps://support@contoso.example@mail.contoso.example/INBOX", "imap", "support@contoso.example", "mail.contoso.example", "INBOX", 993, TRANSPORT_TLS},
        {"imaps://me@mail.contoso.example:1993", "imap", "me", "mail.contoso.example", "INBOX", 1993, TRANSPORT_TLS},
        {"imap+starttls://a%3Ab%40c@192.0.2.7/Sent%20items/2026", "imap", "a:b@c", "192.0.2.7", "Sent items/2026", 143, TRANSPORT_STARTTLS},
        {"imap+insecure://me@127.1.2.3:10143/", "imap", "me", "127.1.2.3", "INBOX", 10143, TRANSPORT_INSECURE},
        {"imap+insecure://me@[::1]:10143/A", "imap", "me", "::1", "A", 10143, TRANSPORT_INSECURE},
        {"imap+insecure://me@localhost", "imap", "me", "localhost", "INBOX", 143, TRANSPORT_INSECURE},
        {"imaps://me@[2001:db8::7]", "imap", "me", "2001:db8::7", "INBOX", 993, TRANSPORT_TLS},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must_load(f, arena_printf(f->arena, "%srelay r { url maildir:out }\nmailbox m { url %s; password credential m }\n", desk_text, cases[i].url).p);
        const struct mailbox_settings *m = &f->config->mailboxes[0].settings;
        assert_str(m->driver, cases[i].driver);
        assert_str(m->user, cases[i].user);
        assert_str(m->server.host, cases[i].host);
        assert_int_equal(m->server.port, cases[i].port);
        assert_int_equal(m->server.security, cases[i].security);
        assert_int_equal(m->folder_count, 1);
        assert_str(m->folders[0], cases[i].folder);
        assert_int_equal(m->secret.kind, SECRET_CREDENTIAL);
        assert_str(m->secret.name, "m");
    }
}

static void relays_by_url(void **state)
{
    static const struct {
        const char *url, *user;
        uint16_t port;
        enum transport_security security;
    } cases[] = {{"submissions://a@b@mail.contoso.example", "a@b", 465, TRANSPORT_TLS},
                 {"submission+starttls://me@mail.contoso.example", "me", 587, TRANSPORT_STARTTLS},
                 {"smtp+starttls://me@mail.contoso.example:25", "me", 25, TRANSPORT_STARTTLS},
                 {"smtp+insecure://me@localhost:1025", "me", 1025, TRANSPORT_INSECURE}};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must_load(f, arena_printf(f->arena, "%srelay r { url %s; oauth2-token credential t }\n", desk_text, cases[i].url).p);
        const struct relay_settings *r = &f->config->relays[0];
        assert_str(r->name, "r");
        assert_str(r->driver, "smtp");
        assert_str(r->user, cases[i].user);
        assert_int_equal(r->server.port, cases[i].port);
        assert_int_equal(r->server.security, cases[i].security);
        assert_int_equal(r->secret.use, SECRET_OAUTH2);
    }
}

static void mailbox_settings_are_taken(void **state)
{
    struct fixture *f = *state;
    put_file(f, "secret", "x\n");
    must_load(f, text_with(f, "mailbox two {\n url imaps://two@mail.contoso.example\n folders INBOX \"Urgent mail\"\n password command /bin/echo \"a b\" c\n"
                              " after move Processed; poll 5min; existing backfill; queue network; relay default; sent \"Sent Items\"; state-keywords yes; timeout 30s; size-max 1M\n"
                              " fingerprint AA:112233445566778899AABBCCDDEEFF:00112233445566778899AABBCCDDEEFF\n}\n"));
    const struct config_mailbox *m = &f->config->mailboxes[1];
    assert_int_equal(m->settings.folder_count, 2);
    assert_str(m->settings.folders[1], "Urgent mail");
    assert_int_equal(m->settings.secret.kind, SECRET_COMMAND);
    assert_int_equal(m->settings.secret.argument_count, 3);
    assert_str(m->settings.secret.arguments[1], "a b");
    assert_int_equal(m->settings.after, AFTER_MOVE);
    assert_str(m->settings.after_folder, "Processed");
    assert_int_equal(m->settings.poll, 5 * CLOCK_MINUTE);
    assert_int_equal(m->existing, EXISTING_BACKFILL);
    assert_str(m->queue, "network");
    assert_str(m->relay, "default");
    assert_str(m->sent, "Sent Items");
    assert_true(m->state_keywords);
    assert_int_equal(m->settings.size_max, 1024 * 1024);
    assert_str(m->settings.server.fingerprint, "aa112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
}

static void paths_begin_in_the_folder_of_the_file(void **state)
{
    struct fixture *f = *state;
    put_file(f, "secret", "x\n");
    char path[256];
    snprintf(path, sizeof path, "%s/secret", f->folder);
    assert_int_equal(chmod(path, 0600), 0);
    must_load(f, text_with(f, "mailbox two { url imaps://two@mail.contoso.example; password file secret; ca-file secret }\nmailbox three { url maildir:Mail/in }\n"
                              "daemon { state-directory state; control-socket /run/x.sock }\n"));
    assert_str(f->config->mailboxes[1].settings.secret.name, path);
    assert_str(f->config->mailboxes[1].settings.server.ca_file, path);
    assert_str(f->config->mailboxes[2].settings.path, arena_printf(f->arena, "%s/Mail/in", f->folder).p);
    assert_str(f->config->state_directory, arena_printf(f->arena, "%s/state", f->folder).p);
    assert_str(f->config->control_socket, "/run/x.sock");
    assert_int_equal(chmod(path, 0644), 0);
    assert_false(load(f, text_with(f, "mailbox two { url imaps://two@mail.contoso.example; password file secret }\n")));
    assert_non_null(strstr(f->told.p, "is open to every user of this machine"));
}

static void people_and_severities_are_taken(void **state)
{
    struct fixture *f = *state;
    must_load(f, text_with(f, "agent alice { name \"Alice Ng\"; address Alice@Contoso.example a@fabrikam.example; queues network general; proof token + dmarc }\n"
                              "agent bob { address bob@contoso.example }\nauthserv mx1.contoso.example mx2.contoso.example\nauthserv mx3.contoso.example\n"
                              "severity a { respond 1h; phone \"+49 30 555 0100\" }\nmatrix { medium A B C }\nbudget { operator Post@contoso.example }\n"));
    const struct desk *desk = &f->config->desk;
    assert_int_equal(desk->agent_count, 2);
    assert_str(desk->agents[0].display_name, "Alice Ng");
    assert_str(desk->agents[0].addresses[0], "alice@contoso.example");
    assert_int_equal(desk->agents[0].queue_count, 2);
    assert_int_equal(desk->agents[0].proof, PROOF_TOKEN_DMARC);
    assert_str(desk->agents[1].display_name, "bob");
    assert_int_equal(desk->agents[1].proof, PROOF_TOKEN);
    assert_int_equal(desk->authserv_count, 3);
    assert_str(desk->authservs[2], "mx3.contoso.example");
    assert_int_equal(desk->severities[0].targets[DESK_RESPOND].span, CLOCK_HOUR);
    assert_int_equal(desk->matrix[1][0], 0);
    assert_str(desk->budget.operator_address, "post@contoso.example");
}

/* ---- files ---- */

static void folders_are_read_in_order(void **state)
{
    struct fixture *f = *state;
    put_file(f, "conf.d/more.conf", mail_text);
    put_file(f, "conf.d/notes", "not read");
    put_file(f, "rules.d/a.rules", "rule r { when subject ~ /x/; queue network; test \"Subject: x\" => queue network }\n");
    put_file(f, "rules.d/a.rules.bak", "nonsense {{{");
    must_load(f, desk_text);
    assert_int_equal(rules_count(f->config->rules), 1);
    assert_int_equal(f->config->rule_tests, 1);
    assert_int_equal(f->config->mailbox_count, 1);
    assert_int_equal(f->d.count, 2); /* warnings */
    static const char *const names[] = {"triaged.conf", "conf.d/more.conf", "conf.d/zz.conf", "conf.d/notes", "rules.d/a.rules", "rules.d/a.rules.bak", "templates/ack.en.txt"};
    assert_int_equal(f->config->file_count, sizeof names / sizeof *names);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_str(f->config->files[i].path, arena_printf(f->arena, "%s/%s", f->folder, names[i]).p);
    assert_false(f->config->files[3].read);
    assert_str(f->config->files[3].why, "its name does not end in .conf");
    char hash[65];
    memcpy(hash, f->config->hash, sizeof hash);
    must_load(f, desk_text);
    assert_string_equal(f->config->hash, hash);
    put_file(f, "templates/ack.en.txt", "Subject: [{ticket}] received\n\nThanks.\n");
    must_load(f, desk_text);
    assert_string_not_equal(f->config->hash, hash);
}

static void a_folder_stands_for_its_file(void **state)
{
    struct fixture *f = *state;
    must_load(f, text_with(f, ""));
    assert_true(load_file(f, "."));
    assert_int_equal(f->config->mailbox_count, 1);
}

static void no_file_no_configuration(void **state)
{
    struct fixture *f = *state;
    assert_false(load_file(f, "missing.conf"));
    assert_int_equal(f->d.errors, 1);
    assert_non_null(strstr(f->told.p, "missing.conf"));
}

static void templates_by_name(void **state)
{
    struct fixture *f = *state;
    put_file(f, "templates/outage.en.txt", "Subject: [{ticket}] outage\n\nOutage.\n");
    put_file(f, "templates/ack-network.de.txt", "Subject: [{ticket}]\n\nDanke.\n");
    must_load(f, text_with(f, "queue billing { template outage }\n"));
    assert_int_equal(f->config->templates.count, 3);
    const struct template *found = template_find(&f->config->templates, STR("ack"), STR("network"), STR("de"), STR("en"));
    assert_non_null(found);
    assert_str(found->subject, "[{ticket}]");
    assert_str(f->config->desk.queues[2].template, "outage");
}

static void errors_are_counted_and_in_order(void **state)
{
    struct fixture *f = *state;
    put_file(f, "rules.d/a.rules", "rule r { when subject ~ /(/; queue nowhere }\n");
    assert_false(load(f, "desk \"X\" { address support@contoso.example; timezone Nowhere/At-all; tagg INC }\nqueue general\n"));
    assert_int_equal(f->d.errors, 4);
    for (size_t i = 1; i < f->d.count; i++)
        if (strcmp(f->d.list[i].at.file, f->d.list[i - 1].at.file) == 0)
            assert_true(f->d.list[i].at.column >= f->d.list[i - 1].at.column);
    assert_non_null(strstr(f->d.list[3].at.file, "rules.d/a.rules"));
}

/* ---- printing ---- */

static const char everything[] =
    "mailbox two { url imaps://two@mail.contoso.example; folders \"A; B\" \"q\\\"uote\" \"#x\"; password command /bin/echo \"a b\"; after flag \\Seen }\n"
    "mailbox three { url maildir:in }\n"
    "agent alice { name \"Alice Ng\"; address alice@contoso.example; queues network }\nauthserv mx.contoso.example\nseverity b { name \"Rather bad\"; respond 4h }\n"
    "rule one {\n any { subject, text ~ /a\\/b\\\\(?<x>c)/i; header X-Y = \"q\" }\n not from ~ /z$/\n set queue network; field x\n"
    " test \"Subject: a/b\\\\c\nX-Y: 1\n\ntext\" => queue network, field x \"c\"\n}\n";

static char *printed(struct fixture *f, bool all, bool origin)
{
    struct buf out = {0};
    config_print(f->config, all, origin, &out);
    char *text = arena_text(f->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

/* Without conf.d and rules.d: it is all in the printed file. */
static bool load_printed(struct fixture *f, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/conf.d/zz.conf", f->folder);
    remove(path);
    put_file(f, "printed.conf", text);
    return load_file(f, "printed.conf");
}

static void what_is_printed_loads_again(void **state)
{
    struct fixture *f = *state;
    must_load(f, text_with(f, everything));
    const char *short_one = printed(f, false, false);
    const char *long_one = printed(f, true, false);
    const char *with_origin = printed(f, true, true);
    assert_non_null(strstr(long_one, "poll 60s"));
    assert_null(strstr(short_one, "poll 60s"));
    assert_non_null(strstr(with_origin, "poll 60s  # default"));
    assert_non_null(strstr(with_origin, "triaged.conf:2"));
    if (!load_printed(f, short_one))
        fail_msg("%s", f->told.p);
    assert_string_equal(printed(f, true, false), long_one);
    if (!load_printed(f, with_origin))
        fail_msg("%s", f->told.p);
    assert_string_equal(printed(f, false, false), printed(f, true, false)); /* the defaults are written now */
    assert_str(f->config->mailboxes[1].settings.folders[1], "q\"uote");
    assert_int_equal(f->config->rule_tests, 1);
}

/* ---- table, manual and sample ---- */

static struct str source_file(struct fixture *f, const char *name)
{
    const char *top = getenv("TOP_SRCDIR");
    struct str octets = {NULL, 0};
    struct err err = {0};
    if (!file_read(f->arena, arena_printf(f->arena, "%s/%s", top != NULL ? top : ".", name).p, 1 << 20, &octets, &err))
        fail_msg("%s", err.text);
    return octets;
}

/* A text as the manual's source has it. */
static const char *in_mdoc(struct fixture *f, const char *text)
{
    struct buf out = {0};
    for (; *text != '\0'; text++)
        if (*text == '\\' || *text == '"')
            buf_text(&out, *text == '"' ? "\\(dq" : "\\e");
        else
            buf_char(&out, *text);
    const char *made = arena_text(f->arena, buf_view(&out));
    buf_free(&out);
    return made;
}

/* The manual knows the usual folders, the table those of this build. */
static const char *usual_folder(struct fixture *f, const char *standard)
{
    static const struct {
        const char *here, *usual;
    } folders[] = {{RUNSTATEDIR, "/run"}, {LOCALSTATEDIR, "/var"}, {SYSCONFDIR, "/etc"}};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(standard, folders[i].here, strlen(folders[i].here)) == 0)
            return arena_printf(f->arena, "%s%s", folders[i].usual, standard + strlen(folders[i].here)).p;
    return standard;
}

/* From `begin` (a whole line) to the next line that starts with one of two ends. */
static struct str part_of(struct str text, const char *begin, const char *end_a, const char *end_b)
{
    struct str line = {NULL, 0};
    struct str rest = text;
    struct str found = {NULL, 0};
    while (str_line(&rest, &line)) {
        if (found.p == NULL && str_eq(line, str_of(begin)))
            found.p = rest.p;
        else if (found.p != NULL && (str_starts(line, str_of(end_a)) || str_starts(line, str_of(end_b))))
            break;
        if (found.p != NULL)
            found.n = (size_t)(rest.p - found.p);
    }
    return found;
}

static bool has_line(struct str text, const char *wanted)
{
    struct str line = {NULL, 0};
    while (str_line(&text, &line))
        if (str_eq(line, str_of(wanted)))
            return true;
    return false;
}

static bool has_line_with(struct str text, const char *prefix)
{
    struct str line = {NULL, 0};
    while (str_line(&text, &line))
        if (str_starts(line, str_of(prefix)))
            return true;
    return false;
}

static void the_manual_has_every_setting(void **state)
{
    struct fixture *f = *state;
    struct str manual = source_file(f, "src/triaged.conf.5");
    size_t count = 0;
    const struct config_setting *settings = config_settings(&count);
    struct str section = {NULL, 0};
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        const struct config_setting *s = &settings[i];
        if (s->key[0] == '\0') {
            const char *heading = arena_printf(f->arena, ".Ss %s%s%s", s->section, s->type[0] != '\0' ? " " : "", in_mdoc(f, s->type)).p;
            section = part_of(manual, strcmp(s->section, "authserv") == 0     ? ".Ss authserv ID ...\\&"
                                     : strcmp(s->section, "arc-sealer") == 0 ? ".Ss arc-sealer DOMAIN ...\\&"
                                                                             : heading, ".Ss", ".Sh");
            if (section.n == 0)
                fail_msg("no section \"%s\" in the manual", heading);
            continue;
        }
        const char *heading = arena_printf(f->arena, ".It Ic %s Ar \"%s\"", s->key, in_mdoc(f, s->type)).p;
        struct str item = part_of(section, heading, ".It", ".El");
        if (item.n == 0)
            fail_msg("%s: no item \"%s\" in the manual", s->section, heading);
        bool required = strcmp(s->standard, "required") == 0;
        const char *line = required ? "Required." : arena_printf(f->arena, "Default: %s.", in_mdoc(f, usual_folder(f, s->standard))).p;
        if (s->standard[0] != '\0' ? !has_line(item, line) : has_line(item, "Required.") || has_line_with(item, "Default:"))
            fail_msg("%s %s: the manual does not say \"%s\"", s->section, s->key, line);
    }
}

static void the_manual_has_every_template_variable(void **state)
{
    struct fixture *f = *state;
    struct str manual = source_file(f, "src/triaged.conf.5");
    size_t count = 0;
    const struct template_help *variables = template_variables(&count);
    for (size_t i = 0; i < count; i++)
        if (!has_line(manual, arena_printf(f->arena, ".It Ic {%s}", variables[i].name).p))
            fail_msg("no variable {%s} in the manual", variables[i].name);
}

/* The n-th literal display behind EXAMPLES, as it is shown. */
static const char *manual_example(struct fixture *f, const char *manual_name, size_t n)
{
    struct str manual = source_file(f, manual_name);
    ptrdiff_t at = str_find(manual, STR(".Sh EXAMPLES"));
    assert_true(at > 0);
    struct str rest = str_sub(manual, (size_t)at, manual.n);
    struct str line = {NULL, 0};
    struct buf out = {0};
    bool inside = false;
    while (str_line(&rest, &line)) {
        if (str_eq(line, STR(".Ed")) && inside)
            break;
        for (size_t i = 0; inside && i < line.n; i++) {
            buf_char(&out, line.p[i]);
            i += line.p[i] == '\\'; /* \e */
        }
        if (inside)
            buf_char(&out, '\n');
        if (str_starts(line, STR(".Bd -literal")))
            inside = n-- == 0;
    }
    const char *text = arena_text(f->arena, buf_view(&out));
    buf_free(&out);
    assert_true(text[0] != '\0');
    return text;
}

static void the_examples_of_the_manuals_load(void **state)
{
    struct fixture *f = *state;
    must_load(f, manual_example(f, "src/triaged.conf.5", 0));
    assert_int_equal(f->config->desk.agent_count, 1);
    must_load(f, manual_example(f, "src/triaged.conf.5", 1));
    for (size_t i = 0; i < 2; i++) {
        put_file(f, "rules.d/a.rules", manual_example(f, "src/triaged.rules.5", i));
        must_load(f, text_with(f, ""));
        assert_true(f->config->rule_tests >= 1);
        assert_int_equal(f->d.count, 0);
    }
}

static void every_setting_has_help_and_an_example(void **state)
{
    (void)state;
    size_t count = 0;
    const struct config_setting *settings = config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        const char *begins = settings[i].key[0] != '\0' ? settings[i].key : settings[i].section;
        assert_true(settings[i].help[0] != '\0');
        assert_int_equal(strncmp(settings[i].example, begins, strlen(begins)), 0);
    }
}

static void settings_are_found_by_name(void **state)
{
    (void)state;
    assert_string_equal(config_setting_of(STR("mailbox.after"))->key, "after");
    assert_string_equal(config_setting_of(STR("mailbox"))->key, "");
    assert_string_equal(config_setting_of(STR("per-minute"))->section, "relay");
    assert_null(config_setting_of(STR("url"))); /* of two sections */
    assert_null(config_setting_of(STR("mailbox.")));
    assert_null(config_setting_of(STR("")));
    assert_null(config_setting_of(STR("nothing")));
}

static void the_sample_loads(void **state)
{
    struct fixture *f = *state;
    const char *top = getenv("TOP_SRCDIR");
    put_file(f, "conf.d/zz.conf", arena_printf(f->arena, "daemon { templates \"%s%s/etc/templates\" }\n", top != NULL && top[0] == '/' ? "" : "/proc/self/cwd/", top != NULL ? top : ".").p);
    put_file(f, "rules.d/a.rules", source_file(f, "etc/rules.d/10-example.rules").p);
    must_load(f, source_file(f, "etc/triaged.conf").p);
    assert_string_equal(f->told.p, "");
    assert_true(f->config->rule_tests > 10);
    assert_int_equal(f->config->mailbox_count, 1);
    /* and so it does with all that is commented out, section by section */
    struct str rest = source_file(f, "etc/triaged.conf");
    struct str line = {NULL, 0};
    size_t rules = rules_count(f->config->rules);
    struct buf out = {0};
    while (str_line(&rest, &line)) {
        bool code = str_starts(line, STR("#    ")) || (str_starts(line, STR("#")) && !str_starts(line, STR("# ")) && line.n > 1);
        if (str_starts(line, STR("severity A")) || str_starts(line, STR("budget {")))
            code = false;
        else if (!code && str_starts(line, STR("#")))
            continue;
        buf_str(&out, code ? str_sub(line, 1, line.n) : str_starts(line, STR("severity A")) ? STR("") : line);
        buf_char(&out, '\n');
    }
    must_load(f, out.p);
    assert_int_equal(f->config->desk.agent_count, 1);
    assert_int_equal(rules_count(f->config->rules), rules + 1);
    buf_free(&out);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(defaults_are_those_of_the_product),
        with_fixture(mailboxes_by_url),
        with_fixture(relays_by_url),
        with_fixture(mailbox_settings_are_taken),
        with_fixture(paths_begin_in_the_folder_of_the_file),
        with_fixture(people_and_severities_are_taken),
        with_fixture(folders_are_read_in_order),
        with_fixture(a_folder_stands_for_its_file),
        with_fixture(no_file_no_configuration),
        with_fixture(templates_by_name),
        with_fixture(errors_are_counted_and_in_order),
        with_fixture(what_is_printed_loads_again),
        with_fixture(the_manual_has_every_setting),
        with_fixture(the_manual_has_every_template_variable),
        with_fixture(the_examples_of_the_manuals_load),
        cmocka_unit_test(every_setting_has_help_and_an_example),
        cmocka_unit_test(settings_are_found_by_name),
        with_fixture(the_sample_loads),
    };
    return cmocka_run_group_tests_name("core config", tests, NULL, NULL);
}
