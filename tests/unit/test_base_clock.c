/* Times written and read; local time by the system's zone files against what each zone's law says. */
#include "base/clock.h"
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* A moment of UTC. */
static int64_t at(const char *text)
{
    int64_t wall = 0;
    assert_true(clock_parse(str_of(text), 0, &wall));
    return wall;
}

static void times_are_written(void **state)
{
    (void)state;
    const struct {
        int64_t wall;
        const char *rfc3339, *rfc5322;
    } table[] = {
        {0, "1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"},
        {INT64_C(1795441680999), "2026-11-23T13:48:00Z", "Mon, 23 Nov 2026 13:48:00 +0000"},
        {-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 +0000"},
        {INT64_C(4107542400000), "2100-03-01T00:00:00Z", "Mon, 1 Mar 2100 00:00:00 +0000"},
        {INT64_MAX, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 +0000"},
        {INT64_MIN, "0000-01-01T00:00:00Z", "Sat, 1 Jan 0000 00:00:00 +0000"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char out[CLOCK_TEXT];
        clock_rfc3339(table[i].wall, out);
        assert_string_equal(out, table[i].rfc3339);
        clock_rfc5322(table[i].wall, out);
        assert_string_equal(out, table[i].rfc5322);
    }
}

static void local_time_follows_the_law(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *utc, *local;
    } table[] = {
        {"UTC", "2026-11-23 13:48", "2026-11-23 13:48 UTC"},
        {"Europe/Berlin", "2026-11-23 13:48", "2026-11-23 14:48 CET"},
        /* Berlin 2026: 29 March and 25 October, 01:00 UTC. */
        {"Europe/Berlin", "2026-03-29 00:59", "2026-03-29 01:59 CET"},
        {"Europe/Berlin", "2026-03-29 01:00", "2026-03-29 03:00 CEST"},
        {"Europe/Berlin", "2026-10-25 00:59", "2026-10-25 02:59 CEST"},
        {"Europe/Berlin", "2026-10-25 01:00", "2026-10-25 02:00 CET"},
        /* 2039 is behind the last transition of any table: 27 March and 30 October. */
        {"Europe/Berlin", "2039-03-27 00:59", "2039-03-27 01:59 CET"},
        {"Europe/Berlin", "2039-03-27 01:00", "2039-03-27 03:00 CEST"},
        {"Europe/Berlin", "2039-10-30 00:59", "2039-10-30 02:59 CEST"},
        {"Europe/Berlin", "2039-10-30 01:00", "2039-10-30 02:00 CET"},
        {"Europe/Berlin", "2039-12-31 23:30", "2040-01-01 00:30 CET"},
        /* Summers of war and none. */
        {"Europe/Berlin", "1975-07-01 12:00", "1975-07-01 13:00 CET"},
        {"America/New_York", "2026-03-08 06:59", "2026-03-08 01:59 EST"},
        {"America/New_York", "2026-03-08 07:00", "2026-03-08 03:00 EDT"},
        {"America/New_York", "2039-11-06 05:59", "2039-11-06 01:59 EDT"},
        {"America/New_York", "2039-11-06 06:00", "2039-11-06 01:00 EST"},
        {"Asia/Kolkata", "2026-11-23 13:48", "2026-11-23 19:18 IST"},
        {"Asia/Kolkata", "2050-06-01 00:00", "2050-06-01 05:30 IST"},
        /* Half an hour of summer time, on the southern half of the world. */
        {"Australia/Lord_Howe", "2026-04-04 14:59", "2026-04-05 01:59 +11"},
        {"Australia/Lord_Howe", "2026-04-04 15:00", "2026-04-05 01:30 +1030"},
        {"Australia/Lord_Howe", "2039-01-15 00:00", "2039-01-15 11:00 +11"},
        {"Australia/Lord_Howe", "2039-10-01 15:29", "2039-10-02 01:59 +1030"},
        {"Australia/Lord_Howe", "2039-10-01 15:30", "2039-10-02 02:30 +11"},
        /* Ireland's winter time is the exception, with a negative saving. */
        {"Europe/Dublin", "2045-01-15 12:00", "2045-01-15 12:00 GMT"},
        {"Europe/Dublin", "2045-07-15 12:00", "2045-07-15 13:00 IST"},
        {"Pacific/Apia", "2011-12-30 09:59", "2011-12-29 23:59 -10"},
        {"Pacific/Apia", "2011-12-30 10:00", "2011-12-31 00:00 +14"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char out[64] = "";
        assert_true(clock_local(at(table[i].utc), table[i].zone, out));
        if (strcmp(out, table[i].local) != 0)
            print_error("%s at %s\n", table[i].zone, table[i].utc);
        assert_string_equal(out, table[i].local);
    }
}

static void zones_are_checked(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "Europe/Atlantis", "/etc/localtime", "../zoneinfo/UTC", "Europe/../UTC", "Europe",
                                        "zone.tab", "UTC\n", "Europe/Berlin ", NULL};
    char out[64] = "untouched";
    assert_true(clock_zone_exists("Europe/Berlin"));
    assert_true(clock_zone_exists("America/Argentina/Buenos_Aires"));
    assert_true(clock_zone_exists("Etc/GMT+3"));
    for (size_t i = 0; wrong[i] != NULL; i++)
        assert_false(clock_zone_exists(wrong[i]));
    assert_false(clock_local(0, "Europe/Atlantis", out));
    assert_string_equal(out, "untouched");
}

/* A file without transitions, so that the footer alone speaks. */
static bool by_footer(const char *footer, int64_t seconds, struct zone_time *out)
{
    static const char type[] = "\0\0\0\0\0\0LMT";
    char file[256] = {0};
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(file + n, "TZif2", 5);
        file[n + 39] = 1; /* type */
        file[n + 43] = 4; /* octets of names */
        memcpy(file + n + 44, type, 10);
        n += 54;
    }
    file[n++] = '\n';
    memcpy(file + n, footer, strlen(footer));
    n += strlen(footer);
    file[n++] = '\n';
    return zone_at((struct str){file, n}, seconds, out);
}

static void footers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *footer, *utc;
        int32_t offset;
        const char *name;
    } table[] = {
        {"", "2026-01-01", 0, "LMT"},
        {"EST5", "2026-01-01", -18000, "EST"},
        {"<-03>3", "2026-01-01", -10800, "-03"},
        {"<+0545>-5:45", "2026-01-01", 20700, "+0545"},
        {"AAA0BBB,J60,J61", "2028-03-01 01:59", 0, "AAA"}, /* J60 is 1 March also in a leap year */
        {"AAA0BBB,J60,J61", "2028-03-01 02:00", 3600, "BBB"},
        {"AAA0BBB,59,60", "2028-02-29 02:00", 3600, "BBB"}, /* but 59 is 29 February then */
        {"AAA0BBB,59,60", "2027-03-01 02:00", 3600, "BBB"},
        {"AAA0BBB-2,M3.1.0/0,M3.5.0/0", "2026-03-01 00:00", 7200, "BBB"}, /* first and last Sunday */
        {"AAA0BBB-2,M3.1.0/0,M3.5.0/0", "2026-03-28 21:59", 7200, "BBB"},
        {"AAA0BBB-2,M3.1.0/0,M3.5.0/0", "2026-03-28 22:00", 0, "AAA"},
        {"AAA0BBB,M1.1.0/-24,M12.5.0/47", "2026-01-03 00:00", 3600, "BBB"}, /* the day before, the day after */
        {"AAA0BBB,M1.1.0/-24,M12.5.0/47", "2026-12-28 21:59", 3600, "BBB"},
        {"AAA0BBB,M1.1.0/-24,M12.5.0/47", "2026-12-28 22:00", 0, "AAA"},
    };
    static const char *const wrong[] = {"E",      "EST",         "<EST5",          "EST168",           "EST5EDT",
                                        "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M1.1.0", "EST5EDT,M3.6.0,M1.1.0", "EST5EDT,M3.2.7,M1.1.0",
                                        "EST5EDT,J0,J5", "EST5EDT,J366,J5", "EST5EDT,1,2,3", "EST5:60", "5"};
    for (size_t i = 0; i < COUNT(table); i++) {
        struct zone_time out = {0, ""};
        assert_true(by_footer(table[i].footer, at(table[i].utc) / CLOCK_SECOND, &out));
        assert_string_equal(out.name, table[i].name);
        assert_int_equal(out.offset, table[i].offset);
    }
    for (size_t i = 1; i < COUNT(wrong); i++) {
        struct zone_time out = {0, ""};
        assert_false(by_footer(wrong[i], 0, &out));
    }
}

static void dates_go_there_and_back(void **state)
{
    (void)state;
    assert_int_equal(zone_days(1970, 1, 1), 0);
    assert_int_equal(zone_days(2000, 3, 1), 11017);
    int64_t last_year = -1;
    int last_month = 12;
    int last_day = 31;
    for (int64_t days = zone_days(0, 1, 1); days < zone_days(2401, 1, 1); days++) {
        int64_t year = 0;
        int month = 0;
        int day = 0;
        zone_date(days, &year, &month, &day);
        assert_int_equal(zone_days(year, month, day), days);
        bool next_day = year == last_year && month == last_month && day == last_day + 1;
        bool next_month = year == last_year && month == last_month + 1 && day == 1;
        bool next_year = year == last_year + 1 && month == 1 && day == 1 && last_month == 12 && last_day == 31;
        assert_true(next_day || next_month || next_year);
        last_year = year;
        last_month = month;
        last_day = day;
    }
}

static void times_are_read(void **state)
{
    (void)state;
    const int64_t now = INT64_C(1795441680000); /* 2026-11-23T13:48:00Z */
    const struct {
        const char *text;
        int64_t wall;
    } good[] = {
        {"2026-11-23T13:48:00Z", now},
        {"2026-11-23t13:48:00z", now},
        {"2026-11-23T14:48:00+01:00", now},
        {"2026-11-23T08:18:00-05:30", now},
        {"2026-11-23 13:48:00Z", now},
        {"2026-11-23T13:48:00.25Z", now + 250},
        {"2026-11-23T13:48:00.123456789Z", now + 123},
        {"2026-11-23 13:48", now},
        {"2026-11-23T13:48Z", now},
        {"2026-11-23", now - 13 * CLOCK_HOUR - 48 * CLOCK_MINUTE},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)}, /* a leap second */
        {"90d", now - 90 * CLOCK_DAY},
        {"0s", now},
    };
    static const char *const wrong[] = {"",           "now",        "2026-02-29",       "2026-13-01",          "2026-00-01",
                                        "2026-11-31", "26-11-23",   "2026-11-23T",      "2026-11-23T24:00Z",   "2026-11-23 13",
                                        "2026-11-23T13:48:00.Z",    "2026-11-23T13:48:00+1:00", "2026-11-23T13:48:00Zx",
                                        "2026-11-23 13:48 ", "-90d", "2026-11-23X13:48"};
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t wall = 0;
        assert_true(clock_parse(str_of(good[i].text), now, &wall));
        assert_int_equal(wall, good[i].wall);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        int64_t wall = 4711;
        assert_false(clock_parse(str_of(wrong[i]), now, &wall));
        assert_int_equal(wall, 4711);
    }
}

static void spans_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
        const char *written;
    } good[] = {
        {"90s", 90 * CLOCK_SECOND, "1 min"}, {"15min", 15 * CLOCK_MINUTE, "15 min"}, {"15m", 15 * CLOCK_MINUTE, "15 min"},
        {"2h", 2 * CLOCK_HOUR, "2 h"},       {"10d", 10 * CLOCK_DAY, "10 d"},        {"1w", 7 * CLOCK_DAY, "7 d"},
        {"250ms", 250, "250 ms"},            {"0h", 0, "0 s"},                       {"4000ms", 4000, "4 s"},
        {"23h", 23 * CLOCK_HOUR, "23 h"},    {"59s", 59000, "59 s"},
    };
    static const char *const wrong[] = {"", "s", "5", "5 s", "-5s", "5.5h", "5S", "5months", "5hh", "99999999999999999999s", "365001d",
                                        "18446744073709551615ms"};
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t ms = -1;
        char out[CLOCK_TEXT];
        assert_true(clock_parse_span(str_of(good[i].text), &ms));
        assert_int_equal(ms, good[i].ms);
        clock_span_text(ms, out);
        assert_string_equal(out, good[i].written);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        int64_t ms = 4711;
        assert_false(clock_parse_span(str_of(wrong[i]), &ms));
        assert_int_equal(ms, 4711);
    }
}

static void clocks_run(void **state)
{
    (void)state;
    int64_t wall = clock_wall();
    int64_t monotonic = clock_monotonic();
    assert_true(wall > at("2024-01-01"));
    assert_true(clock_monotonic() >= monotonic);
}

static void a_day_begins_where_one_is(void **state)
{
    (void)state;
    const int64_t noon = INT64_C(1790006400000); /* 2026-09-21 16:00 UTC, 18:00 in Berlin */
    assert_int_equal(noon - clock_day(noon, STR("UTC")), 16 * CLOCK_HOUR);
    assert_int_equal(noon - clock_day(noon, STR("Europe/Berlin")), 18 * CLOCK_HOUR);
    assert_int_equal(noon - clock_day(noon, STR("America/New_York")), 12 * CLOCK_HOUR);
    assert_int_equal(noon - clock_day(noon, STR("")), 16 * CLOCK_HOUR);
    assert_int_equal(noon - clock_day(noon, STR("No/Where")), 16 * CLOCK_HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written),
        cmocka_unit_test(local_time_follows_the_law),
        cmocka_unit_test(zones_are_checked),
        cmocka_unit_test(footers_are_read),
        cmocka_unit_test(dates_go_there_and_back),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(spans_are_read_and_written),
        cmocka_unit_test(clocks_run),
        cmocka_unit_test(a_day_begins_where_one_is),
    };
    return cmocka_run_group_tests_name("base_clock", tests, NULL, NULL);
}
