/* The table of commands: it is whole, the manual and the completion know all of it, each page of help is one screen, and a command line means what it says. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/file.h"
#include "desk/command.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/mail_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const struct ctl_world world = {.now = INT64_C(1790003600000), .utf8 = true, .in = -1};

#define WORDS_MAX 16

/* Parses "list --queue network" (no quoting). */
static int parse(struct ctl *ctl, const char *line)
{
    static char text[512];
    char *argv[WORDS_MAX] = {(char[]){"triagectl"}}, *rest = NULL;
    int argc = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok_r(text, " ", &rest); word != NULL && argc < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    *ctl = (struct ctl){.world = &world, .arena = arena_new()};
    return ctl_parse(ctl, argc, argv);
}

static void a_command_line_means_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *line, *noun, *verb;
        int code;
        size_t args;
    } cases[] = {
        {"list", "", "list", 0, 0},
        {"ls", "", "list", 0, 0},
        {"--queue network list VPN", "", "list", 0, 1},
        {"list VPN --queue=network gateway", "", "list", 0, 2},
        {"--json list", "", "list", 0, 0},
        {"list --json VPN", "", "list", 0, 1},
        {"list --json=id VPN", "", "list", 0, 1},
        {"outbox rm 1 2 -y", "outbox", "drop", 0, 2},
        {"do 1042 tag +x -y", "", "do", 0, 4},
        {"do 1042 tag +x -n --dry-run", "", "do", 0, 4},
        {"show -- 12", "", "show", 0, 1},
        {"list --que network", NULL, NULL, EX_USAGE, 0}, /* no abbreviations */
        {"list --js", NULL, NULL, EX_USAGE, 0},
        {"show", NULL, NULL, EX_USAGE, 0},
        {"status now", NULL, NULL, EX_USAGE, 0},
        {"status --queue network", NULL, NULL, EX_USAGE, 0}, /* not an option of status */
        {"outbox", NULL, NULL, EX_USAGE, 0},
        {"outbox lst", NULL, NULL, EX_USAGE, 0},
        {"frobnicate", NULL, NULL, EX_USAGE, 0},
        {"list -l 0", NULL, NULL, EX_USAGE, 0},
        {"list -l", NULL, NULL, EX_USAGE, 0},
        {"list --quiet=yes", NULL, NULL, EX_USAGE, 0},
        {"list --color=purple", NULL, NULL, EX_USAGE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctl ctl;
        int code = parse(&ctl, cases[i].line);
        if (code != cases[i].code)
            print_error("%s: %.*s\n", cases[i].line, STR_ARG(buf_view(&ctl.err)));
        assert_int_equal(code, cases[i].code);
        if (code == 0) {
            assert_string_equal(ctl.command->noun, cases[i].noun);
            assert_string_equal(ctl.command->verb, cases[i].verb);
            assert_int_equal(ctl.arg_count, cases[i].args);
        } else {
            assert_true(str_starts(buf_view(&ctl.err), STR("error: ")));
        }
        ctl_end(&ctl);
    }
}

static void options_reach_the_command(void **state)
{
    (void)state;
    struct ctl ctl;
    assert_int_equal(parse(&ctl, "list -qr --limit 3 --json=id,due --sort id -c x.conf"), 0);
    assert_true(ctl_has(&ctl, OPT_QUIET) && ctl_has(&ctl, OPT_REVERSE) && !ctl_has(&ctl, OPT_UTC));
    assert_string_equal(ctl.value[OPT_LIMIT], "3");
    assert_string_equal(ctl.value[OPT_JSON], "id,due");
    assert_string_equal(ctl.value[OPT_CONFIG], "x.conf");
    ctl_end(&ctl);
    assert_int_equal(parse(&ctl, "list --json"), 0);
    assert_string_equal(ctl.value[OPT_JSON], "");
    ctl_end(&ctl);
}

static void a_slip_is_answered_with_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part;
    } cases[] = {{"lst", "did you mean \"list\""}, {"statsu", "did you mean \"status\""}, {"outbox lst", "did you mean \"outbox list\""}, {"mailbx list", "did you mean \"mailbox list\""},
                 {"outbox", "retry, hold, release, drop"}, {"list --limt 3", "did you mean --limit?"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctl ctl;
        assert_int_equal(parse(&ctl, cases[i].line), EX_USAGE);
        if (str_find(buf_view(&ctl.err), str_of(cases[i].part)) < 0)
            fail_msg("%s: %s", cases[i].line, ctl.err.p);
        ctl_end(&ctl);
    }
}

static void numbers_are_read_as_they_are_shown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char letter;
        int64_t id; /* 0: refused */
    } cases[] = {{"1042", '\0', 1042}, {"#1042", '\0', 1042}, {"INC-1042", '\0', 1042}, {"inc-1042", '\0', 0}, {"-1042", '\0', 0}, {"0", '\0', 0}, {"1042x", '\0', 0},
                 {"L-9041", 'L', 9041}, {"l-9041", 'L', 9041}, {"9041", 'L', 9041}, {"Q-9041", 'L', 0}, {"99999999999999999999", '\0', 0}, {"", '\0', 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t id = 0;
        bool good = ctl_number(cases[i].text, cases[i].letter, &id);
        assert_int_equal(good ? id : 0, cases[i].id);
    }
}

/* ---- the table is whole ------------------------------------------------------------------------------------------------------------ */

static void each_row_is_whole(void **state)
{
    (void)state;
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) {
        const struct ctl_command *c = &commands[i];
        const char *words[2] = {c->noun[0] != '\0' ? c->noun : c->verb, c->verb};
        size_t used = 0;
        assert_ptr_equal(ctl_find(words, 2, &used), c); /* no other row hides it */
        assert_int_equal(used, c->noun[0] != '\0' ? 2 : 1);
        assert_true(c->help[0] != '\0' && strlen(c->help) < 70);
        assert_true(c->least <= c->most && c->exits[0] == '0' && c->run != NULL);
        assert_true(c->group == NULL || c->examples[0] != '\0');
    }
    for (int key = 0; key < OPTIONS; key++) {
        const struct ctl_option *o = ctl_option((enum ctl_option_key)key);
        bool taken = key < OPT_COMMON;
        assert_true(o->name != NULL && o->help[0] != '\0');
        for (size_t i = 0; i < count; i++)
            taken = taken || ctl_takes(&commands[i], (enum ctl_option_key)key);
        if (!taken)
            fail_msg("no command has the option --%s", o->name);
    }
}

static void assert_one_screen(const char *name, struct str page)
{
    size_t lines = 0;
    struct str rest = page, line;
    while (str_line(&rest, &line)) {
        lines++;
        if (line.n > 80)
            fail_msg("%s: %zu columns: %.*s", name, line.n, STR_ARG(line));
    }
    if (lines > 24)
        fail_msg("%s: %zu lines", name, lines);
}

static void each_page_of_help_is_one_screen(void **state)
{
    (void)state;
    static const char *const topics[] = {"help", "help options", "help environment", "help exit-codes"};
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++) {
        struct buf page = {0};
        help_command(&commands[i], &page);
        assert_one_screen(commands[i].verb, buf_view(&page));
        buf_free(&page);
    }
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        struct ctl ctl;
        assert_int_equal(parse(&ctl, topics[i]), 0);
        assert_int_equal(ctl.command->run(&ctl), 0);
        assert_true(ctl.out.n > 100);
        assert_one_screen(topics[i], buf_view(&ctl.out));
        ctl_end(&ctl);
    }
}

/* ---- the manual, the completion --------------------------------------------------------------------------------------------------------- */

static struct str source_file(struct arena *arena, const char *name)
{
    struct str octets = {0};
    struct err err = {0};
    const char *top = getenv("TOP_SRCDIR");
    const char *path = arena_text(arena, arena_printf(arena, "%s/%s", top != NULL ? top : ".", name));
    if (!file_read(arena, path, 1 << 20, &octets, &err))
        fail_msg("%s", err.text);
    return octets;
}

/* Every command has an entry ".It Cm noun verb", every option ".Fl Fl name" in it. */
static void the_manual_has_every_command_and_option(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str manual = source_file(arena, "src/triagectl.1");
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++) {
        const struct ctl_command *c = &commands[i];
        if (c->group == NULL)
            continue;
        struct str entry = arena_printf(arena, "\n.It Cm %s%s%s", c->noun, c->noun[0] != '\0' ? " " : "", c->verb);
        ptrdiff_t at = str_find(manual, entry);
        if (at < 0 || strchr(" \n", manual.p[(size_t)at + entry.n]) == NULL)
            fail_msg("triagectl.1 has no entry of %s %s", c->noun, c->verb);
        for (int key = OPT_COMMON; key < OPTIONS; key++) {
            struct str rest = str_sub(manual, (size_t)at + 1, manual.n);
            ptrdiff_t end = str_find(rest, STR("\n.It Cm "));
            struct str own = str_sub(rest, 0, end < 0 ? rest.n : (size_t)end);
            if (ctl_takes(c, (enum ctl_option_key)key) &&
                str_find(own, arena_printf(arena, "Fl Fl %s", ctl_option((enum ctl_option_key)key)->name)) < 0)
                fail_msg("triagectl.1: %s %s does not speak of --%s", c->noun, c->verb, ctl_option((enum ctl_option_key)key)->name);
        }
    }
    for (int key = 0; key < OPT_COMMON; key++) {
        const struct ctl_option *o = ctl_option((enum ctl_option_key)key);
        if (str_find(manual, arena_printf(arena, "Fl Fl %s", o->name)) < 0)
            fail_msg("triagectl.1 does not speak of --%s", o->name);
    }
    arena_free(&arena);
}

/* One blank between words, letters small: lines may break anywhere in a manual. */
static struct str flowing(struct arena *arena, struct str text)
{
    char *flown = arena_text(arena, text);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = flown[i] == '\n' ? ' ' : flown[i] >= 'A' && flown[i] <= 'Z' ? (char)(flown[i] + 32) : flown[i];
        if (c != ' ' || n == 0 || flown[n - 1] != ' ')
            flown[n++] = c;
    }
    return (struct str){flown, n};
}

/* Under its class every verb has an entry ".It Ic name" that says what its help says and names its arguments. */
static void the_agents_manual_has_every_verb(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str manual = source_file(arena, "src/triaged-agent.7");
    size_t count = 0;
    const struct command_help *verbs = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t class = str_find(manual, arena_printf(arena, "\n.Ss %s\n", command_class_title(verbs[i].class)));
        ptrdiff_t at = str_find(manual, arena_printf(arena, "\n.It Ic %s%s", verbs[i].name, verbs[i].arguments[0] != '\0' ? " " : "\n"));
        if (at < 0 || class < 0 || class > at)
            fail_msg("triaged-agent.7 has no entry of %s under \"%s\"", verbs[i].name, command_class_title(verbs[i].class));
        struct str own = str_sub(manual, (size_t)at + 1, manual.n);
        ptrdiff_t end = str_find(own, STR("\n.It "));
        own = str_sub(own, 0, end < 0 ? own.n : (size_t)end);
        if (str_find(flowing(arena, own), flowing(arena, str_of(verbs[i].help))) < 0)
            fail_msg("triaged-agent.7: %s does not say \"%s\"", verbs[i].name, verbs[i].help);
        struct str arguments = str_of(verbs[i].arguments), first, word;
        struct str line = own;
        str_line(&line, &first);
        while (str_cut(&arguments, ' ', &word)) {
            while (word.n > 0 && strchr("[]", word.p[0]) != NULL)
                word = str_sub(word, 1, word.n);
            while (word.n > 0 && strchr("[]", word.p[word.n - 1]) != NULL)
                word = str_sub(word, 0, word.n - 1);
            struct str part;
            while (str_cut(&word, '|', &part))
                if (str_find(first, part) < 0)
                    fail_msg("triaged-agent.7: %s does not take %.*s", verbs[i].name, STR_ARG(part));
        }
    }
    arena_free(&arena);
}

/* What `do` does is named in its page of help and in the manual; what only asks is not. */
static void do_names_every_verb(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str manual = source_file(arena, "src/triagectl.1");
    struct buf page = {0};
    size_t used = 0, count = 0;
    help_command(ctl_find((const char *[]){"do"}, 1, &used), &page);
    ptrdiff_t at = str_find(manual, STR("\n.It Cm do "));
    struct str own = str_sub(manual, (size_t)at + 1, manual.n);
    own = str_sub(own, 0, (size_t)str_find(own, STR("\n.It Cm ")));
    const struct command_help *verbs = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        bool asks = verbs[i].class == CLASS_QUESTION;
        ptrdiff_t list = str_find(buf_view(&page), STR("\nVerbs:\n"));
        struct str words = str_sub(buf_view(&page), (size_t)list + 1, page.n);
        words = str_sub(words, 0, (size_t)str_find(words, STR("\n\n")));
        assert_int_equal(str_find(words, arena_printf(arena, " %s", verbs[i].name)) >= 0, !asks);
        if (!asks && str_find(own, arena_printf(arena, " %s ", verbs[i].name)) < 0 && str_find(own, arena_printf(arena, " %s\n", verbs[i].name)) < 0)
            fail_msg("triagectl.1: do does not speak of %s", verbs[i].name);
    }
    buf_free(&page);
    arena_free(&arena);
}

static void the_shells_files_are_what_the_program_prints(void **state)
{
    (void)state;
    static const struct {
        const char *shell, *file;
    } cases[] = {{"completion bash", "etc/completion/triagectl.bash"}, {"completion zsh", "etc/completion/_triagectl"}, {"completion fish", "etc/completion/triagectl.fish"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctl ctl;
        assert_int_equal(parse(&ctl, cases[i].shell), 0);
        assert_int_equal(ctl.command->run(&ctl), 0);
        assert_true(str_eq(buf_view(&ctl.out), source_file(ctl.arena, cases[i].file)));
        ctl_end(&ctl);
    }
}

static void completion_offers_what_may_come_next(void **state)
{
    (void)state;
    static const struct {
        const char *words[4]; /* the last one is being completed */
        const char *expected; /* a line of what is offered */
        const char *never;    /* what no line begins with; "" : anything may */
    } cases[] = {
        {{"sta"}, "status\t", "list"},          {{"out"}, "outbox\n", "list"},        {{"outbox", "re"}, "retry\t", "list"}, {{"list", "--over"}, "--overdue\t", "--queue"},
        {{"status", "--"}, "--json\t", "--queue"}, {{"wait", ""}, "ready\n", "list"}, {{"completion", "z"}, "zsh\n", "bash"}, {{"list", "--severity", ""}, "A\n", "list"},
        {{"list", "--color="}, "always\n", "list"}, {{"do", "1", "clo"}, "close\t", "note"}, {{"do", "1", "kno"}, "known-error\t", "note"}, {{"do", "1", "kind", ""}, "problem\n", "close"},
        {{"do", "1", "li"}, "link\t", "list"}, {{"do", "1", "severity", ""}, "B\n", "close"},
        {{"config", "explain", "mailbox.a"}, "mailbox.after\t", "relay"}, {{"help", "exi"}, "exit-codes\n", "list"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctl ctl = {.world = &world, .arena = arena_new()};
        struct buf out = {0};
        size_t count = 0;
        while (count < 4 && cases[i].words[count] != NULL)
            count++;
        complete_words(&ctl, cases[i].words, count, &out);
        struct str offered = buf_view(&out);
        bool found = str_starts(offered, str_of(cases[i].expected)) || str_find(offered, arena_printf(ctl.arena, "\n%s", cases[i].expected)) >= 0;
        if (!found)
            fail_msg("%s …: %.*s", cases[i].words[0], STR_ARG(offered));
        assert_false(str_starts(offered, str_of(cases[i].never)) || str_find(offered, arena_printf(ctl.arena, "\n%s", cases[i].never)) >= 0);
        buf_free(&out);
        ctl_end(&ctl);
    }
}

/* ---- mbox ---------------------------------------------------------------------------------------------------------------------------------- */

static void an_mbox_falls_into_its_mails(void **state)
{
    (void)state;
    static const struct {
        const char *mbox;
        const char *mails[3];
    } cases[] = {
        {"From a@x Mon Nov 23\nSubject: 1\n\none\n\nFrom b@x Mon Nov 23\nSubject: 2\n\ntwo\n", {"Subject: 1\n\none\n", "Subject: 2\n\ntwo\n"}},
        {"From a@x\nSubject: 1\n\nDear all,\nFrom here on\n>From there\n>>From both\n", {"Subject: 1\n\nDear all,\nFrom here on\nFrom there\n>From both\n"}},
        {"From a@x\r\nSubject: 1\r\n\r\none\r\n\r\nFrom b@x\r\nSubject: 2\r\n\r\ntwo\r\n", {"Subject: 1\r\n\r\none\r\n", "Subject: 2\r\n\r\ntwo\r\n"}},
        {"From a@x\nSubject: no body\n", {"Subject: no body\n"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct str rest = str_of(cases[i].mbox), mail;
        size_t n = 0;
        assert_true(mail_is_mbox(rest));
        while (mail_next_of_mbox(arena, &rest, &mail)) {
            assert_true(n < 3 && cases[i].mails[n] != NULL);
            assert_string_equal(arena_text(arena, mail), cases[i].mails[n]);
            n++;
        }
        assert_true(n == 3 || cases[i].mails[n] == NULL);
        arena_free(&arena);
    }
}

static void a_mail_has_the_same_octets_whichever_way_it_comes(void **state)
{
    (void)state;
    struct ctl ctl = {.world = &world, .arena = arena_new()};
    static const struct {
        const char *given, *sent;
    } cases[] = {{"A: b\n\nc\n", "A: b\r\n\r\nc\r\n"}, {"A: b\r\n\r\nc\r\n", "A: b\r\n\r\nc\r\n"}, {"A: b\n\nc", "A: b\r\n\r\nc"}, {"A: b\r\n\r\nbare\nc\r\n", "A: b\r\n\r\nbare\nc\r\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(arena_text(ctl.arena, mail_as_sent(&ctl, str_of(cases[i].given))), cases[i].sent);
    ctl_end(&ctl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_line_means_what_it_says),
        cmocka_unit_test(options_reach_the_command),
        cmocka_unit_test(a_slip_is_answered_with_the_nearest),
        cmocka_unit_test(numbers_are_read_as_they_are_shown),
        cmocka_unit_test(each_row_is_whole),
        cmocka_unit_test(each_page_of_help_is_one_screen),
        cmocka_unit_test(the_manual_has_every_command_and_option),
        cmocka_unit_test(the_agents_manual_has_every_verb),
        cmocka_unit_test(do_names_every_verb),
        cmocka_unit_test(the_shells_files_are_what_the_program_prints),
        cmocka_unit_test(completion_offers_what_may_come_next),
        cmocka_unit_test(an_mbox_falls_into_its_mails),
        cmocka_unit_test(a_mail_has_the_same_octets_whichever_way_it_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
