/* Promised times: every row of tests/cases/clock/due.txt is a case of its own; and what else the calendar answers. */
#include "core/config.h"

#include "base/clock.h"
#include "base/file.h"
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
                                               cmocka_unit_test(a_plan_stands_above_the_severity)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        tests[count++] = others[i];
    int failed = _cmocka_run_group_tests("core_clock", tests, count, NULL, NULL);
    config_close(&config);
    arena_free(&arena);
    return failed;
}
