/* Promised times: every row of tests/cases/clock/due.txt is a case of its own; and what else the calendar answers. */
#include "core/config.h"

#include "base/clock.h"
#include "base/file.h"
#include "desk/escalate.h"
#include "desk/holidays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "/tests/cases/clock/"
#define PAUSES 8u
#define ROWS_MIN 120u
#define STR_OF(literal) {(literal), sizeof(literal) - 1}

static struct arena *arena;
static struct config *config;

struct row {
    const char *text;
    struct str calendar;
    int64_t from, add, due; /* due 0: never */
    struct span pauses[PAUSES];
    size_t pause_count;
};

static const char *path_of(const char *name)
{
    const char *top = getenv("TOP_SRCDIR");
    return arena_printf(arena, "%s%s%s", top != NULL ? top : ".", FOLDER, name).p;
}

static int64_t time_of(struct str text)
{
    int64_t at = 0;
    bool zoned = false;
    if (!clock_parse_date(text, &at, &zoned) || !zoned)
        fail_msg("\"%.*s\" is no time with its offset", STR_ARG(text));
    return at;
}

static struct row read_row(struct str line)
{
    struct row row = {.text = arena_text(arena, line)};
    struct str word[4], pause = {NULL, 0}, from = {NULL, 0};
    for (size_t i = 0; i < 4; i++)
        if (!str_cut(&line, ' ', &word[i]))
            fail_msg("\"%s\" is no row", row.text);
    row.calendar = word[0];
    row.from = time_of(word[1]);
    row.due = str_eq(word[3], STR("never")) ? 0 : time_of(word[3]);
    if (!clock_parse_span(word[2], &row.add))
        fail_msg("\"%s\": no duration", row.text);
    while (line.n > 0 && str_cut(&line, ' ', &pause) && row.pause_count < PAUSES) {
        str_cut(&pause, '/', &from);
        row.pauses[row.pause_count++] = (struct span){time_of(from), pause.n > 0 ? time_of(pause) : INT64_MAX};
    }
    return row;
}

static void is_due(void **state)
{
    const struct row *row = *state;
    const struct calendar *calendar = desk_calendar(&config->desk, row->calendar);
    int64_t due = 0;
    char wanted[CLOCK_TEXT], found[CLOCK_TEXT];
    assert_non_null(calendar);
    bool ends = calendar_due(calendar, row->from, row->add, row->pauses, row->pause_count, &due);
    clock_rfc3339(row->due, wanted);
    clock_rfc3339(due, found);
    if (ends != (row->due != 0) || (ends && due != row->due))
        fail_msg("%s: %s", row->text, ends ? found : "never");
    if (!ends)
        return;
    /* It is the first instant by which so much has passed. */
    assert_int_equal(calendar_elapsed(calendar, row->from, due, row->pauses, row->pause_count), row->add);
    if (row->add > 0)
        assert_true(calendar_elapsed(calendar, row->from, due - 1, row->pauses, row->pause_count) == row->add - 1);
}

/* ---- holidays ---- */

static void a_bad_holiday_file_is_refused(void **state)
{
    static const struct {
        const char *body, *told;
    } wrong[] = {
        {"SUMMARY:Half a day\nDTSTART:20261224T120000\n", "event \"Half a day\" has a time of day"},
        {"SUMMARY:When\n", "event \"When\" has no date"},
        {"SUMMARY:Long\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20280101\n", "event \"Long\" lasts longer than a year"},
        {"SUMMARY:Rule\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SOMETIMES\n", "event \"Rule\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct holidays list = {0};
        struct err err = {0};
        struct str text = arena_printf(arena, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n%sEND:VEVENT\nEND:VCALENDAR\n", wrong[i].body);
        assert_false(holidays_read(&list, arena, text, &err));
        if (err.kind != ERR_ITEM || strstr(err.text, wrong[i].told) == NULL)
            fail_msg("\"%s\" instead of \"%s\"", err.text, wrong[i].told);
    }
    static const char *const no_calendars[] = {"", "hello", "BEGIN:VEVENT\nEND:VEVENT\n", "<html></html>"};
    for (size_t i = 0; i < sizeof no_calendars / sizeof *no_calendars; i++) {
        struct holidays list = {0};
        struct err err = {0};
        assert_false(holidays_read(&list, arena, str_of(no_calendars[i]), &err));
        assert_int_equal(err.kind, ERR_ITEM);
    }
}

static void days_are_sorted_and_each_once(void **state)
{
    struct holidays list = {0};
    static const int64_t days[] = {30, 10, 20, 10, 30};
    (void)state;
    for (size_t i = 0; i < 200; i++)
        holidays_add(&list, arena, days[i % 5]);
    holidays_sort(&list);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.days[0], 10);
    assert_int_equal(list.days[2], 30);
}

/* ---- what is promised ---- */

static void a_plan_stands_above_the_severity(void **state)
{
    struct calendar office = {.name = STR("office")};
    struct plan_settings plans[2] = {{.name = STR("premier"), .calendar = &calendar_always}, {.name = STR("office hours"), .calendar = &office}};
    struct desk desk = {.plans = plans, .plan_count = 2};
    (void)state;
    desk.severities[0].targets[DESK_RESPOND] = (struct target){.span = 3600};
    desk.severities[1].targets[DESK_RESPOND] = (struct target){.span = 7200, .calendar = &calendar_always};
    plans[0].targets[DESK_RESPOND][0] = (struct target){.span = 900, .calendar = &office, .set = true};
    plans[1].targets[DESK_UPDATE][0] = (struct target){.set = true};
    desk.severities[0].targets[DESK_UPDATE].span = 60;
    assert_int_equal(desk_target(&desk, STR(""), 0, DESK_RESPOND).span, 3600);
    assert_ptr_equal(desk_target(&desk, STR(""), 0, DESK_RESPOND).calendar, &calendar_always);
    assert_int_equal(desk_target(&desk, STR("premier"), 0, DESK_RESPOND).span, 900);
    assert_ptr_equal(desk_target(&desk, STR("premier"), 0, DESK_RESPOND).calendar, &office);
    assert_ptr_equal(desk_target(&desk, STR("office hours"), 0, DESK_RESPOND).calendar, &office);
    assert_ptr_equal(desk_target(&desk, STR("office hours"), 1, DESK_RESPOND).calendar, &calendar_always);
    assert_int_equal(desk_target(&desk, STR("office hours"), 0, DESK_UPDATE).span, 0);
    assert_int_equal(desk_target(&desk, STR("unknown"), 0, DESK_UPDATE).span, 60);
}

/* ---- the clocks of a ticket ---- */

#define H CLOCK_HOUR
#define T0 (INT64_C(1795500000000)) /* a Tuesday */

struct told_clock {
    enum clock_state state;
    int64_t due; /* hours after T0 */
};

/* Hours after T0; respond 1 h, update 2 h, resolve 8 h, always. */
static const struct {
    const char *what;
    int64_t responded, answered, closed;
    struct clock_pause pauses[3];
    size_t pause_count;
    struct told_clock told[DESK_CLOCKS];
    int64_t next;
} stories[] = {
    {"new", 0, 0, 0, {{0}}, 0, {{CLOCK_RUNNING, 1}, {CLOCK_NONE, 0}, {CLOCK_RUNNING, 8}}, 1},
    {"answered", 1, 1, 0, {{0}}, 0, {{CLOCK_MET, 1}, {CLOCK_RUNNING, 3}, {CLOCK_RUNNING, 8}}, 3},
    {"answered twice", 1, 5, 0, {{0}}, 0, {{CLOCK_MET, 1}, {CLOCK_RUNNING, 7}, {CLOCK_RUNNING, 8}}, 7},
    {"pending before the first answer stops nothing", 0, 0, 0, {{false, 0, 0}}, 1, {{CLOCK_RUNNING, 1}, {CLOCK_NONE, 0}, {CLOCK_RUNNING, 8}}, 1},
    {"pending over the first answer counts from it", 2, 2, 0, {{false, 1, 4}}, 1, {{CLOCK_MET, 1}, {CLOCK_RUNNING, 6}, {CLOCK_RUNNING, 10}}, 6},
    {"pending now", 1, 1, 0, {{false, 2, 0}}, 1, {{CLOCK_MET, 1}, {CLOCK_PAUSED, 0}, {CLOCK_PAUSED, 0}}, 0},
    {"pending once", 1, 1, 0, {{false, 2, 5}}, 1, {{CLOCK_MET, 1}, {CLOCK_RUNNING, 6}, {CLOCK_RUNNING, 11}}, 6},
    {"closed", 1, 1, 4, {{true, 4, 0}}, 1, {{CLOCK_MET, 1}, {CLOCK_PAUSED, 3}, {CLOCK_MET, 8}}, 0},
    {"closed and open again", 1, 1, 0, {{true, 2, 6}}, 1, {{CLOCK_MET, 1}, {CLOCK_RUNNING, 7}, {CLOCK_RUNNING, 12}}, 7},
    {"closed without an answer, open again", 0, 0, 0, {{true, 0, 6}}, 1, {{CLOCK_RUNNING, 7}, {CLOCK_NONE, 0}, {CLOCK_RUNNING, 14}}, 7},
    {"both, one in the other", 1, 1, 0, {{false, 2, 4}, {true, 3, 6}}, 2, {{CLOCK_MET, 1}, {CLOCK_RUNNING, 7}, {CLOCK_RUNNING, 12}}, 7},
};

static void clocks_follow_the_ticket(void **state)
{
    struct desk desk = {0};
    (void)state;
    for (size_t i = 0; i < DESK_CLOCKS; i++)
        desk.severities[2].targets[i].span = (i == DESK_RESPOND ? 1 : i == DESK_UPDATE ? 2 : 8) * H;
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct clock clocks[DESK_CLOCKS];
        struct clock_pause pauses[3];
        for (size_t k = 0; k < stories[i].pause_count; k++)
            pauses[k] = (struct clock_pause){stories[i].pauses[k].closed, T0 + stories[i].pauses[k].from * H, stories[i].pauses[k].to == 0 ? 0 : T0 + stories[i].pauses[k].to * H};
        struct clock_facts facts = {.clocked = true, .severity = 2, .opened_at = T0, .pauses = pauses, .pause_count = stories[i].pause_count,
                                    .responded_at = stories[i].responded == 0 ? 0 : T0 + stories[i].responded * H,
                                    .answered_at = stories[i].answered == 0 ? 0 : T0 + stories[i].answered * H, .closed_at = stories[i].closed == 0 ? 0 : T0 + stories[i].closed * H};
        clocks_compute(&desk, &facts, arena, clocks);
        for (size_t k = 0; k < DESK_CLOCKS; k++) {
            int64_t due = clocks[k].due == 0 ? 0 : (clocks[k].due - T0) / H;
            if (clocks[k].state != stories[i].told[k].state || due != stories[i].told[k].due)
                fail_msg("%s: %s is %d, due after %lld h", stories[i].what, desk_clock_name((enum desk_clock)k), (int)clocks[k].state, (long long)due);
        }
        int64_t next = clocks_next(clocks);
        assert_int_equal(next == 0 ? 0 : (next - T0) / H, stories[i].next);
        facts.clocked = false;
        clocks_compute(&desk, &facts, arena, clocks);
        assert_int_equal(clocks_next(clocks), 0);
    }
}

/* ---- escalation ---- */

static struct str queues[] = {STR_OF("network")}, both[] = {STR_OF("network"), STR_OF("general")}, members[] = {STR_OF("alice"), STR_OF("bob"), STR_OF("carol")};
static struct agent_settings agents[] = {{.name = STR_OF("alice"), .queues = both, .queue_count = 2}, {.name = STR_OF("bob"), .queues = queues, .queue_count = 1},
                                         {.name = STR_OF("carol")}};
static struct escalation_to owner_and_roster[] = {{ESCALATE_TO_OWNER, {0}}, {ESCALATE_TO_ROSTER, STR_OF("nights")}};
static struct escalation_to agent_carol[] = {{ESCALATE_TO_AGENT, STR_OF("carol")}};
static struct roster_settings rosters[] = {{STR_OF("nights"), members, 3, 7 * CLOCK_DAY, 0}};
static struct escalation_settings escalations[] = {
    {STR_OF("network"), {50, 80, 100}, 3, queues, 1, 1u << 0 | 1u << 1, 1u << DESK_RESPOND, owner_and_roster, 2},
    {STR_OF("late"), {200}, 1, NULL, 0, 0xf, 0x7, agent_carol, 1},
};

static struct desk desk_with_escalations(void)
{
    int64_t since = 0;
    bool zoned = false;
    assert_true(clock_parse_date(STR("2026-10-19 09:00"), &since, &zoned));
    rosters[0].since = since;
    return (struct desk){.agents = agents, .agent_count = 3, .rosters = rosters, .roster_count = 1, .escalations = escalations, .escalation_count = 2,
                         .zone = clock_zone(arena, "Europe/Berlin")};
}

static void steps_come_once_and_in_time(void **state)
{
    struct desk desk = desk_with_escalations();
    struct escalation_step steps[ESCALATION_STEPS_MAX];
    struct clock clocks[DESK_CLOCKS] = {{.state = CLOCK_RUNNING, .target = {H, &calendar_always, false}, .from = T0, .due = T0 + H}};
    struct escalation_told told[3] = {{STR("network"), DESK_RESPOND, T0, 50}, {STR("network"), DESK_RESPOND, T0 - 1, 100}, {STR("other"), DESK_RESPOND, T0, 100}};
    struct escalation_ticket t = {.queue = STR("network"), .severity = 1, .clocks = clocks};
    (void)state;
    assert_int_equal(escalate_next(&desk, &t, T0), T0 + H / 2);
    assert_int_equal(escalate_now(&desk, &t, T0 + H / 2 - 1, steps), 0);
    assert_int_equal(escalate_now(&desk, &t, T0 + H / 2, steps), 1);
    assert_true(steps[0].percent == 50 && steps[0].escalation == &escalations[0] && steps[0].clock == DESK_RESPOND);
    t.told = told; /* another round's and another escalation's do not count */
    t.told_count = 3;
    assert_int_equal(escalate_now(&desk, &t, T0 + H / 2, steps), 0);
    assert_int_equal(escalate_next(&desk, &t, T0 + H / 2), T0 + H / 5 * 4);
    assert_int_equal(escalate_now(&desk, &t, T0 + 3 * H, steps), 2); /* of two that were missed the furthest; and the other escalation's */
    assert_true(steps[0].percent == 100 && steps[1].percent == 200 && steps[1].escalation == &escalations[1]);
    told[0].percent = 100;
    assert_int_equal(escalate_next(&desk, &t, T0 + H), T0 + 2 * H);
    t.severity = 2;
    t.told_count = 0;
    assert_int_equal(escalate_next(&desk, &t, T0), T0 + 2 * H);
    t.severity = 0;
    t.queue = STR("billing");
    assert_int_equal(escalate_next(&desk, &t, T0), T0 + 2 * H);
    clocks[0].state = CLOCK_PAUSED;
    assert_int_equal(escalate_next(&desk, &t, T0), 0);
}

static void late_steps_wait_for_the_calendar(void **state)
{
    struct desk desk = desk_with_escalations();
    struct escalation_step steps[ESCALATION_STEPS_MAX];
    const struct calendar *nine = desk_calendar(&config->desk, STR("nine"));
    int64_t from = time_of(STR("2026-11-24T15:00+01:00")), night = time_of(STR("2026-11-24T23:00+01:00")), morning = time_of(STR("2026-11-25T09:00+01:00"));
    struct clock clocks[DESK_CLOCKS] = {{.state = CLOCK_RUNNING, .target = {2 * H, nine, false}, .from = from, .due = from + 2 * H}};
    struct escalation_ticket t = {.queue = STR("network"), .clocks = clocks};
    (void)state;
    desk.escalation_count = 1;
    assert_int_equal(escalate_now(&desk, &t, from + 2 * H, steps), 1); /* at closing it is due, and said so */
    assert_int_equal(steps[0].percent, 100);
    assert_int_equal(escalate_now(&desk, &t, night, steps), 0); /* we were not there then */
    assert_int_equal(escalate_next(&desk, &t, night), morning);
    assert_int_equal(escalate_now(&desk, &t, morning, steps), 1);
    t.quiet_until = from + 3 * H / 2; /* snoozed over the half and four fifths */
    assert_int_equal(escalate_next(&desk, &t, from), t.quiet_until);
    assert_int_equal(escalate_now(&desk, &t, t.quiet_until, steps), 1);
    assert_int_equal(steps[0].percent, 50);
    t.quiet_until = night;
    assert_int_equal(escalate_next(&desk, &t, from), morning);
}

static void turns_change_at_nine_all_year(void **state)
{
    struct desk desk = desk_with_escalations();
    static const struct {
        const char *at, *who;
    } turns[] = {{"2026-10-19T09:00+02:00", "alice"}, {"2026-10-26T08:59:59+01:00", "alice"}, {"2026-10-26T09:00+01:00", "bob"}, {"2026-11-02T08:59+01:00", "bob"},
                 {"2026-11-02T09:00+01:00", "carol"}, {"2026-11-09T09:00+01:00", "alice"}, {"2026-10-19T08:59+02:00", "carol"}, {"2027-04-05T09:00+02:00", "alice"}};
    (void)state;
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        const struct agent_settings *who = roster_turn(&desk, &rosters[0], time_of(str_of(turns[i].at)));
        if (who == NULL || !str_eq(who->name, str_of(turns[i].who)))
            fail_msg("%s: %.*s", turns[i].at, STR_ARG(who != NULL ? who->name : STR("nobody")));
    }
}

static void those_concerned_are_told_once(void **state)
{
    struct desk desk = desk_with_escalations();
    const struct agent_settings *to[3];
    struct clock clocks[DESK_CLOCKS] = {{0}};
    struct escalation_ticket t = {.queue = STR("network"), .clocks = clocks};
    int64_t now = time_of(STR("2026-10-20T12:00Z")); /* alice's turn */
    (void)state;
    assert_int_equal(escalate_to(&desk, &escalations[0], &t, now, to), 2); /* nobody owns it: the queue, alice not twice */
    t.owner = STR("bob");
    assert_int_equal(escalate_to(&desk, &escalations[0], &t, now, to), 2);
    assert_true(to[0] == &agents[1] && to[1] == &agents[0]);
    agents[1].absent_until = now + 1;
    assert_int_equal(escalate_to(&desk, &escalations[0], &t, now, to), 1); /* the owner is away, bob is not told in the queue either */
    assert_true(to[0] == &agents[0]);
    agents[1].absent_until = 0;
    t.owner = STR("alice");
    assert_int_equal(escalate_to(&desk, &escalations[0], &t, now, to), 1);
    assert_int_equal(escalate_to(&desk, &escalations[1], &t, now, to), 1);
    assert_true(to[0] == &agents[2]);
}

int main(void)
{
    arena = arena_new();
    struct diagnoses d = {.arena = arena};
    struct str text = {NULL, 0}, line = {NULL, 0};
    struct err err = {0};
    if (!config_load(path_of("triaged.conf"), &config, &d) || !file_read(arena, path_of("due.txt"), 1024 * 1024, &text, &err)) {
        struct buf told = {0};
        diagnoses_print(&d, &told);
        fprintf(stderr, "%s%s\n", told.n > 0 ? told.p : "", err.text);
        return 1;
    }
    if (config->rule_tests < 9) /* those of rules.d beside the cases */
        return 1;
    struct CMUnitTest *tests = arena_array(arena, text.n, sizeof *tests);
    size_t count = 0;
    while (text.n > 0 && str_line(&text, &line)) {
        if (line.n == 0 || line.p[0] == '#' || line.p[0] == '=')
            continue;
        struct row *row = arena_alloc(arena, sizeof *row);
        *row = read_row(line);
        tests[count++] = (struct CMUnitTest){row->text, is_due, NULL, NULL, row};
    }
    if (count < ROWS_MIN)
        return 1;
    static const struct CMUnitTest others[] = {cmocka_unit_test(a_bad_holiday_file_is_refused), cmocka_unit_test(days_are_sorted_and_each_once),
                                               cmocka_unit_test(a_plan_stands_above_the_severity), cmocka_unit_test(clocks_follow_the_ticket),
                                               cmocka_unit_test(steps_come_once_and_in_time), cmocka_unit_test(late_steps_wait_for_the_calendar),
                                               cmocka_unit_test(turns_change_at_nine_all_year), cmocka_unit_test(those_concerned_are_told_once)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        tests[count++] = others[i];
    int failed = _cmocka_run_group_tests("core_clock", tests, count, NULL, NULL);
    config_close(&config);
    arena_free(&arena);
    return failed;
}
