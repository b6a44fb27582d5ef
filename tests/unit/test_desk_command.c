/* command: words to changes, and what is said when they mean nothing. */
#include "desk_fixture.h"

#include "desk/command.h"

#include "base/buf.h"

#include <string.h>

/* "field=text" of each change, one behind another; or the error. */
static struct str parsed(struct arena *arena, const char *line)
{
    struct str words[300], rest = str_of(line);
    size_t count = 0;
    struct change *changes;
    size_t change_count;
    struct err err = {0};
    struct buf out = {0};
    while (count < 300 && str_cut(&rest, ' ', &words[count]))
        count++;
    if (!command_parse(arena, fixture_desk(), words, count, STR("alice"), &changes, &change_count, &err)) {
        assert_int_equal(err.kind, ERR_ITEM);
        buf_printf(&out, "error: %s", err.text);
    }
    for (size_t i = 0; i < change_count; i++)
        buf_printf(&out, "%s%.*s=%.*s", i != 0 ? "; " : "", STR_ARG(changes[i].field), STR_ARG(changes[i].text));
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
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
        {"take", "owner=alice"},
        {"owner bob", "owner=bob"},
        {"owner -", "owner="},
        {"queue network", "queue=network"},
        {"severity b", "severity=B"},
        {"kind problem", "kind=problem"},
        {"tag +urgent -old new", "tag=+urgent; tag=-old; tag=+new"},
        {"field site Berlin Mitte", "field.site=Berlin Mitte"},
        {"field site", "field.site="},
        {"spam", "tag=+spam; state=closed"},
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
        {"note", "note: the note's text is missing"},
        {"take it", "take has no arguments"},
        {"owner", "owner: the agent's name, or - for nobody is missing"},
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

static void each_verb_has_its_help(void **state)
{
    (void)state;
    size_t count;
    const struct command_help *t = command_table(&count);
    assert_int_equal(count, COMMAND_VERBS);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(t[i].name);
        assert_non_null(t[i].arguments);
        assert_true(strlen(t[i].help) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(refusals_say_what_would_be_right),
        cmocka_unit_test(each_verb_has_its_help),
    };
    return cmocka_run_group_tests_name("desk_command", tests, NULL, NULL);
}
