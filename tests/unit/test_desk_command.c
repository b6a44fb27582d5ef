/* command: words to changes, and what is said when they mean nothing. */
#include "desk_fixture.h"

#include "desk/command.h"

#include "base/buf.h"

#include <string.h>

#define NOW INT64_C(1790000000000)

static size_t split(const char *line, struct str *words)
{
    struct str rest = str_of(line);
    size_t count = 0;
    while (count < 1200 && str_cut(&rest, ' ', &words[count]))
        count++;
    return count;
}

/* "field=text" of each change, one behind another; "text …" and what else is said; or the error. */
static struct str meaning(struct arena *arena, const struct command *command)
{
    struct buf out = {0};
    for (size_t i = 0; i < command->change_count; i++) {
        const struct change *c = &command->changes[i];
        buf_printf(&out, "%s%.*s%s=%.*s", i != 0 ? "; " : "", STR_ARG(c->field), c->maybe ? "?" : "", STR_ARG(c->text));
    }
    if (command->takes_rest)
        buf_printf(&out, "%s<%s>", out.n > 0 ? " " : "", command->needs_text ? "needs the rest" : "takes the rest");
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static struct str parsed(struct arena *arena, const char *line)
{
    struct str words[1200];
    struct command command;
    struct err err = {0};
    size_t count = split(line, words);
    if (command_parse(arena, fixture_desk(), words, count, STR("alice"), NOW, &command, &err))
        return meaning(arena, &command);
    assert_int_equal(err.kind, ERR_ITEM);
    return arena_printf(arena, "error: %s", err.text);
}

static void parse(struct arena *arena, const char *line, struct command *command)
{
    struct str words[1200];
    struct err err = {0};
    size_t count = split(line, words);
    if (!command_parse(arena, fixture_desk(), words, count, STR("alice"), NOW, command, &err))
        fail_msg("%s: %s", line, err.text);
}

static void commands(void **state)
{
    (void)state;
    static const struct {
        const char *line, *meant;
    } table[] = {
        {"note all is well", "note=all is well"},
        {"close", "state=closed"},
        {"CLOSE replaced the cable", "state=closed; note=replaced the cable"},
        {"reopen", "state=open"},
        {"pending", "state=pending"},
        {"pending he looks", "state=pending; note=he looks"},
        {"pending 3d", "state?=pending; wake=1790259200000"},
        {"pending 3d he looks", "state?=pending; note=he looks; wake=1790259200000"},
        {"snooze 2h", "wake=1790007200000"},
        {"take", "owner=alice"},
        {"owner bob", "owner=bob"},
        {"assign BOB", "owner=bob"},
        {"owner -", "owner="},
        {"queue network", "queue=network"},
        {"queue Network", "queue=network"},
        {"queue \"network\"", "queue=network"},
        {"severity b", "severity=B"},
        {"kind problem", "kind=problem"},
        {"tag +urgent -old new", "tag=+urgent; tag=-old; tag=+new"},
        {"field site Berlin Mitte", "field.site=Berlin Mitte"},
        {"field site", "field.site="},
        {"spam", "tag=+spam; state?=closed"},
        {"spam again", "tag=+spam; state?=closed; note=again"},
        {"block", "blocked?=; tag=+blocked; state?=closed"},
        {"major", "tag=+major"},
        {"note", "<needs the rest>"},
        {"known-error restart it", "field.known-error=restart it"},
        {"known-error", "<needs the rest>"},
        {"customer Jo@Example.org", "requester=jo@example.org"},
        {"cc +a@example.org -b@example.org c@example.org", "party=+a@example.org; party=-b@example.org; party=+c@example.org"},
        {"cc -alice@contoso.example", "party=-alice@contoso.example"},
        {"merge INC-7", "merged=7"},
        {"split", "split=last"},
        {"split M-97", "split=97"},
        {"accept last", "accept=last"},
        {"accept 97", "accept=97"},
        {"release", "tag?=-held"},
        {"refuse", "tag?=-held; tag=+refused; state?=closed <takes the rest>"},
        {"refuse no contract", "tag?=-held; tag=+refused; state?=closed"},
        {"broadcast", "<needs the rest>"},
        {"broadcast it works again", ""},
        {"link 7", "link=7"},
        {"link inc-7", "link=7"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_text(parsed(arena, table[i].line), table[i].meant);
    arena_free(&arena);
}

static void refusals_say_what_would_be_right(void **state)
{
    (void)state;
    static const struct {
        const char *line, *said;
    } table[] = {
        {"", "the command is missing"},
        {"clse", "there is no command \"clse\", did you mean \"close\"?"},
        {"take it", "take has no arguments"},
        {"owner", "assign: the agent's name, or - for nobody is missing"},
        {"owner alcie", "did you mean \"alice\"?; expected alice or bob"},
        {"queue netwrok", "queue: there is no queue \"netwrok\", did you mean \"network\"?; expected network, billing or support"},
        {"queue a b", "only the queue's name may stand there"},
        {"severity E", "severity: there is no severity \"E\", expected A, B, C or D"},
        {"kind thing", "expected incident, request or problem"},
        {"tag", "the tags are missing"},
        {"tag +", "tag \"+\""},
        {"tag +a;b", "tag \"+a;b\""},
        {"field 1x y", "expected a field's name"},
        {"link x", "\"x\" is no ticket number"},
        {"pending 0d", "\"0d\" is no time"},
        {"pending 900d", "at most a year"},
        {"snooze", "snooze: the time is missing"},
        {"snooze tomorrow", "\"tomorrow\" is no time, expected 2h, 3d or 1w"},
        {"snooze 2h x", "only the time may stand there"},
        {"assign", "assign: the agent's name"},
        {"customer", "the requester's address is missing"},
        {"customer jo", "\"jo\" is no mail address"},
        {"customer support+x@contoso.example", "is the desk's own address"},
        {"customer alice@contoso.example", "is the agent alice"},
        {"cc", "the addresses are missing"},
        {"cc +jo", "\"jo\" is no mail address"},
        {"cc +help@contoso.example", "the desk's own address"},
        {"cc bob@contoso.example", "is the agent bob; to give him the ticket: assign bob"},
        {"merge", "the other ticket's number is missing"},
        {"merge x", "\"x\" is no ticket number"},
        {"split x", "is no message of the ticket, expected M-97 or last"},
        {"accept 1 2", "only the message's number may stand there"},
        {"major now", "nothing may stand behind it"},
        {"release it", "nothing may stand behind it"},
        {"list everything", "\"everything\" is nothing to list, expected mine, overdue, queue NAME"},
        {"list queue", "list: the queue's name is missing"},
        {"list queue netwrok", "did you mean \"network\"?"},
        {"list mine too", "nothing may stand behind it"},
        {"show x", "is no ticket number"},
        {"search", "the words to look for are missing"},
        {"report all", "nothing may stand behind it"},
        {"help clse", "there is no command \"clse\", did you mean \"close\"?"},
        {"undo a b", "only a receipt may stand there"},
        {"link 0", "no ticket number"},
        {"link 99999999999999999999", "no ticket number"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct str said = parsed(arena, table[i].line);
        assert_holds(said, "error: ");
        assert_holds(said, table[i].said);
    }
    arena_free(&arena);
}

static void other_classes_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum command_verb verb;
        enum command_class class;
        enum command_list list;
        int64_t ticket;
        const char *text;
    } table[] = {
        {"broadcast it works again", COMMAND_BROADCAST, CLASS_RELAY, LIST_ALL, 0, "it works again"},
        {"refuse no contract", COMMAND_REFUSE, CLASS_RELAY, LIST_ALL, 0, "no contract"},
        {"release", COMMAND_RELEASE, CLASS_RELAY, LIST_ALL, 0, ""},
        {"undo", COMMAND_UNDO, CLASS_UNDO, LIST_ALL, 0, ""},
        {"undo R-7Q2K", COMMAND_UNDO, CLASS_UNDO, LIST_ALL, 0, "R-7Q2K"},
        {"list", COMMAND_LIST, CLASS_QUESTION, LIST_ALL, 0, ""},
        {"list mine", COMMAND_LIST, CLASS_QUESTION, LIST_MINE, 0, ""},
        {"list OVERDUE", COMMAND_LIST, CLASS_QUESTION, LIST_OVERDUE, 0, ""},
        {"list queue NETWORK", COMMAND_LIST, CLASS_QUESTION, LIST_QUEUE, 0, "network"},
        {"show", COMMAND_SHOW, CLASS_QUESTION, LIST_ALL, 0, ""},
        {"show INC-7", COMMAND_SHOW, CLASS_QUESTION, LIST_ALL, 7, ""},
        {"search gateway de-7", COMMAND_SEARCH, CLASS_QUESTION, LIST_ALL, 0, "gateway de-7"},
        {"report", COMMAND_REPORT, CLASS_QUESTION, LIST_ALL, 0, ""},
        {"help", COMMAND_HELP, CLASS_QUESTION, LIST_ALL, 0, ""},
        {"help owner", COMMAND_HELP, CLASS_QUESTION, LIST_ALL, 0, "assign"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct command c;
        parse(arena, table[i].line, &c);
        assert_int_equal(c.verb, table[i].verb);
        assert_int_equal(c.class, table[i].class);
        assert_int_equal(c.list, table[i].list);
        assert_int_equal(c.ticket, table[i].ticket);
        assert_text(c.text, table[i].text);
    }
    arena_free(&arena);
}

/* A rest for the commands that take one; those that need one and get none are refused; the others never look at it. */
static void the_rest_of_the_mail_is_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *line, *rest, *meant, *text;
    } table[] = {
        {"note", "all\nis well", "note=all\nis well", "all\nis well"},
        {"known-error", "restart it", "field.known-error=restart it", "restart it"},
        {"broadcast", "back again", "", "back again"},
        {"refuse", "", "tag?=-held; tag=+refused; state?=closed <takes the rest>", ""},
        {"refuse", "no", "tag?=-held; tag=+refused; state?=closed", "no"},
        {"note here", "there", "note=here", "here"},
        {"close", "Dear Jo", "state=closed", ""},
        {"note", "", "error: note: the text is missing", ""},
        {"broadcast", "", "error: broadcast: the text is missing", ""},
        {"known-error", "", "error: known-error: the text is missing", ""},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct command c;
        struct err err = {0};
        parse(arena, table[i].line, &c);
        if (command_rest(arena, &c, str_of(table[i].rest), &err))
            assert_text(meaning(arena, &c), table[i].meant);
        else
            assert_text(arena_printf(arena, "error: %s", err.text), table[i].meant);
        assert_text(c.text, table[i].text);
    }
    arena_free(&arena);
}

/* Quotes that held words together are part of a text again. */
static void a_text_is_kept_as_it_was_written(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str words[] = {STR("note"), STR("he said"), STR("\"no\""), STR("to it")}, one[] = {STR("close"), STR("he said no")};
    struct command c;
    struct err err = {0};
    assert_true(command_parse(arena, fixture_desk(), words, 4, STR("alice"), NOW, &c, &err));
    assert_text(c.text, "\"he said\" \"no\" \"to it\"");
    assert_true(command_parse(arena, fixture_desk(), one, 2, STR("alice"), NOW, &c, &err));
    assert_text(c.changes[1].text, "he said no");
    arena_free(&arena);
}

static void more_than_a_thousand_words_are_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf line = {0};
    buf_text(&line, "note");
    for (unsigned i = 0; i < COMMAND_WORDS_MAX; i++)
        buf_text(&line, " x");
    assert_holds(parsed(arena, line.p), "error: more than 1000 words");
    buf_free(&line);
    arena_free(&arena);
}

static void each_verb_has_its_help(void **state)
{
    (void)state;
    size_t count;
    const struct command_help *t = command_table(&count);
    assert_int_equal(count, COMMAND_VERBS);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(t[i].name);
        assert_non_null(t[i].alias);
        assert_non_null(t[i].arguments);
        assert_true(strlen(t[i].help) > 5 && strlen(t[i].help) < 100);
        assert_true(t[i].class < CLASSES && command_class_title(t[i].class)[0] != 0);
        assert_int_equal(command_verb_of(str_of(t[i].name)), i);
        assert_true(t[i].alias[0] == 0 || command_verb_of(str_of(t[i].alias)) == i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(refusals_say_what_would_be_right),
        cmocka_unit_test(other_classes_are_told_apart),
        cmocka_unit_test(the_rest_of_the_mail_is_the_text),
        cmocka_unit_test(a_text_is_kept_as_it_was_written),
        cmocka_unit_test(more_than_a_thousand_words_are_refused),
        cmocka_unit_test(each_verb_has_its_help),
    };
    return cmocka_run_group_tests_name("desk_command", tests, NULL, NULL);
}
