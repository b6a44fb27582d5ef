/* answers: what an agent reads when he asks by mail. */
#include "core_fixture.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "core/answers.h"

#include <string.h>

static struct str ask_on(struct core_fixture *f, int64_t ticket, const char *line)
{
    struct str words[20], rest = str_of(line), text = STR("");
    size_t count = 0;
    struct command command;
    struct intake intake = {.store = f->store, .config = f->config, .keys = &f->keys, .now = T0 + CLOCK_HOUR};
    while (count < 20 && str_cut(&rest, ' ', &words[count]))
        count++;
    assert_good(command_parse(f->arena, &f->config->desk, words, count, STR("alice"), intake.now, &command, &f->err));
    assert_int_equal(command.class, CLASS_QUESTION);
    if (answers_text(&intake, f->arena, &f->config->desk.agents[0], ticket, &command, &text, &f->err))
        return text;
    text = arena_printf(f->arena, "error: %s", f->err.text);
    f->err = (struct err){0};
    return text;
}

static struct str ask(struct core_fixture *f, const char *line)
{
    return ask_on(f, 0, line);
}

static int64_t open_ticket(struct core_fixture *f, const char *from, const char *subject, const char *text)
{
    struct line line;
    core_file_mail(f, core_mail(f, "From: %s\nTo: support@contoso.example\nSubject: %s\nMessage-ID: <%u@x>\n\n%s\n", from, subject, f->uid, text), &line);
    return line.filed.ticket;
}

static void change(struct core_fixture *f, int64_t ticket, const char *field, const char *value)
{
    struct changed changed;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_change(f->store, f->arena, ticket, str_of(field), str_of(value), STR("alice"), STR("R-AAAA"), T0 + CLOCK_MINUTE, &changed, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

static void three_tickets(struct core_fixture *f)
{
    open_ticket(f, "Jo Meier <jo@fabrikam.example>", "gateway de-7 is down", "Since noon.");
    open_ticket(f, "kim@example.org", "Printer", "It is out of paper.");
    open_ticket(f, "al@example.org", "A subject that goes on for much longer than a line of a table ever could", "See above.");
    change(f, 2, "owner", "alice");
    change(f, 3, "state", "closed");
}

static void a_list_is_an_aligned_table(void **state)
{
    struct core_fixture *f = *state;
    three_tickets(f);
    assert_text(ask(f, "list"), "TICKET  SEV  STATE  DUE     OWNER  SUBJECT\n"
                                "INC-1   B    new    in 3 h  -      gateway de-7 is down (jo@fabrikam.example)\n"
                                "INC-2   C    new    -       alice  Printer (kim@example.org)");
    assert_text(ask(f, "list mine"), "TICKET  SEV  STATE  DUE  OWNER  SUBJECT\n"
                                     "INC-2   C    new    -    alice  Printer (kim@example.org)");
    assert_holds(ask(f, "list queue network"), "INC-1 ");
    assert_text(ask(f, "list queue billing"), "No such ticket is open.");
    assert_text(ask(f, "list overdue"), "No such ticket is open.");
}

static void a_long_list_says_what_it_leaves_out(void **state)
{
    struct core_fixture *f = *state;
    for (unsigned i = 0; i < ANSWERS_ROWS_MAX + 3; i++)
        open_ticket(f, "jo@fabrikam.example", "Printer", arena_text(f->arena, arena_printf(f->arena, "Paper %u", i)));
    assert_holds(ask(f, "list"), "\n\n50 of 53, the most urgent first.");
    assert_holds(ask(f, "search printer"), "\n\nThe newest 50; there may be more.");
}

static void a_search_finds_closed_ones_too(void **state)
{
    struct core_fixture *f = *state;
    three_tickets(f);
    assert_text(ask(f, "search goes"), "TICKET  SEV  STATE   DUE  OWNER  SUBJECT\n"
                                       "INC-3   C    closed  -    -      A subject that goes on for much longer than … (al@example.org)");
    assert_text(ask(f, "search nothing of the kind"), "No ticket holds every word of \"nothing of the kind\".");
}

static void a_ticket_is_shown_with_its_messages(void **state)
{
    struct core_fixture *f = *state;
    three_tickets(f);
    change(f, 1, "note", "Called him back.");
    change(f, 1, "link", "2");
    change(f, 1, "party", "+kim@example.org");
    change(f, 1, "wake", "1790100000000");
    struct str text = ask(f, "show 1");
    assert_holds(text, "INC-1  gateway de-7 is down\n\nstate       new\nowner       nobody\nqueue       network\nseverity    B (Moderate)\nkind        incident\nopened      ");
    assert_holds(text, "\nrespond     2026-09-21 20:13 CEST (in 3 h)\n");
    assert_holds(text, "\nreminder    ");
    assert_holds(text, "\nrequester   Jo Meier <jo@fabrikam.example>\n");
    assert_holds(text, "\nparticipant kim@example.org\n");
    assert_holds(text, "\ntag         vpn\ngateway     de-7\nlink        INC-2\n");
    assert_holds(text, "\n-- M-1  from jo@fabrikam.example, ");
    assert_holds(text, "\nSince noon.\n");
    assert_holds(text, "note by alice, ");
    assert_holds(text, "\nCalled him back.");
    assert_true(str_find(text, STR("##-")) < 0 && str_find(text, STR("ref:")) < 0); /* of the acknowledgement */
    assert_true(str_eq(ask_on(f, 1, "show"), text));
    assert_text(ask(f, "show"), "error: show: which ticket? This mail is about none");
    assert_text(ask(f, "show 99"), "error: show: there is no ticket 99");
}

static void a_merged_ticket_says_where_it_went(void **state)
{
    struct core_fixture *f = *state;
    three_tickets(f);
    open_ticket(f, "Jo Meier <jo@fabrikam.example>", "the gateway again", "It came back, and went.");
    change(f, 4, "merged", "1");
    assert_holds(ask(f, "show 4"), "state       closed\nwent into   INC-1\n");
    assert_holds(ask(f, "show 1"), "It came back, and went.");
}

static void a_long_conversation_is_cut(void **state)
{
    struct core_fixture *f = *state;
    struct buf text = {0};
    int64_t ticket = open_ticket(f, "jo@fabrikam.example", "Printer", "The first word.");
    for (unsigned i = 0; i < 500; i++)
        buf_text(&text, "much to say, ");
    for (unsigned i = 0; i < 30; i++)
        change(f, ticket, "note", text.p);
    struct str shown = ask_on(f, ticket, "show");
    assert_holds(shown, "(the newest 10 of ");
    assert_holds(shown, "\n[cut here]\n");
    assert_true(shown.n <= ANSWERS_TEXT_MAX + 20 && str_find(shown, STR("The first word")) < 0);
    buf_free(&text);
}

/* Nothing of a mail steers the reader's screen or turns his text around. */
static void what_mails_bring_is_harmless(void **state)
{
    struct core_fixture *f = *state;
    int64_t ticket = open_ticket(f, "jo@fabrikam.example", "=?utf-8?q?paid_=E2=80=AEgnp.exe?=", "\x1b[2J \xe2\x80\xae txt");
    struct str text = ask_on(f, ticket, "show"), list = ask(f, "list");
    assert_true(str_find(text, STR("\x1b")) < 0 && str_find(text, STR("\xe2\x80\xae")) < 0);
    assert_true(str_find(list, STR("\xe2\x80\xae")) < 0);
    assert_holds(list, "\\u202e");
}

static void a_report_adds_up(void **state)
{
    struct core_fixture *f = *state;
    three_tickets(f);
    struct str text = ask(f, "report");
    assert_holds(text, "Contoso Support, 2026-09-21 17:13 CEST\n\nOpen tickets: 2; 0 overdue, 0 due within the hour\n");
    assert_holds(text, "\nBy queue\n       1  general\n       1  network\n\nBy severity\n       1  C\n       1  B\n\nBy state\n       2  new\n\nMails today: 3\n       3  opened\n");
}

static void help_is_the_table(void **state)
{
    struct core_fixture *f = *state;
    size_t count = 0;
    const struct command_help *verbs = command_table(&count);
    struct str text = arena_printf(f->arena, "%.*s\n", STR_ARG(ask(f, "help")));
    for (size_t i = 0; i < count; i++) {
        assert_holds(text, arena_text(f->arena, arena_printf(f->arena, "\n#%s%s%s\n    %s\n", verbs[i].name, verbs[i].arguments[0] != 0 ? " " : "", verbs[i].arguments,
                                                             verbs[i].help)));
        assert_holds(text, command_class_title(verbs[i].class));
    }
    assert_text(ask(f, "help owner"), "#assign NAME\n    give it to an agent; - for nobody\n    the same: #owner");
    struct str rest = text, line;
    while (str_line(&rest, &line))
        assert_true(utf8_length(line) <= 100);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, core_set_up, core_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_list_is_an_aligned_table), CASE(a_long_list_says_what_it_leaves_out), CASE(a_search_finds_closed_ones_too), CASE(a_ticket_is_shown_with_its_messages),
        CASE(a_merged_ticket_says_where_it_went), CASE(a_long_conversation_is_cut), CASE(what_mails_bring_is_harmless), CASE(a_report_adds_up), CASE(help_is_the_table),
    };
    return cmocka_run_group_tests_name("core_answers", tests, NULL, NULL);
}
