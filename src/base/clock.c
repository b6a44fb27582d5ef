/* clock: reading time, writing it down, and reading what others wrote. Calendar arithmetic is our own: the C library's
 * asks the environment for a zone, takes locks and makes system calls. */
#include "base/clock.h"

#include "base/file.h"
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define ZONE_FILE_MAX (64u * 1024)
#define ZONE_NAME_MAX 64u

static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char WEEKDAYS[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */

struct date {
    int year, month, day, hour, minute, second, weekday; /* weekday 0 is a Thursday */
};

static int64_t read_clock(clockid_t which)
{
    struct timespec now = {0};
    if (clock_gettime(which, &now) != 0)
        abort();
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000000;
}

int64_t clock_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Clamped to the years 0 to 9999, the only ones both formats can write. */
static struct date date_of(int64_t seconds)
{
    const int64_t first = INT64_C(-62167219200);
    const int64_t last = INT64_C(253402300799);
    int64_t s = seconds < first ? first : seconds > last ? last : seconds;
    int64_t days = floor_div(s, 86400);
    int rest = (int)(s - days * 86400);
    int64_t year = 0;
    struct date d = {.hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60};
    zone_date(days, &year, &d.month, &d.day);
    d.year = (int)year;
    d.weekday = (int)(days - floor_div(days, 7) * 7);
    return d;
}

void clock_rfc3339(int64_t wall, char *out)
{
    struct date d = date_of(floor_div(wall, CLOCK_SECOND));
    snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)d.year % 10000, (unsigned)d.month % 100,
             (unsigned)d.day % 100, (unsigned)d.hour % 100, (unsigned)d.minute % 100, (unsigned)d.second % 100);
}

void clock_rfc5322(int64_t wall, char *out)
{
    struct date d = date_of(floor_div(wall, CLOCK_SECOND));
    snprintf(out, CLOCK_TEXT, "%.3s, %u %.3s %04u %02u:%02u:%02u +0000", WEEKDAYS + 3 * d.weekday, (unsigned)d.day % 100,
             MONTHS + 3 * (d.month - 1), (unsigned)d.year % 10000, (unsigned)d.hour % 100, (unsigned)d.minute % 100,
             (unsigned)d.second % 100);
}

/* Area/Location names as in RFC 6557: nothing that leaves the folder. */
static bool is_zone_name(struct str zone)
{
    if (zone.n == 0 || zone.n > ZONE_NAME_MAX || zone.p[0] == '/' || str_find(zone, STR("..")) >= 0)
        return false;
    for (size_t i = 0; i < zone.n; i++) {
        char c = zone.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("/_-+", c) != NULL;
        if (!good)
            return false;
    }
    return true;
}

struct str clock_zone(struct arena *arena, const char *zone)
{
    char path[sizeof ZONE_DIRECTORY + ZONE_NAME_MAX] = ZONE_DIRECTORY;
    struct str octets = {NULL, 0};
    struct zone_time ignored = {0, ""};
    if (!is_zone_name(str_of(zone)))
        return octets;
    snprintf(path, sizeof path, ZONE_DIRECTORY "%s", zone);
    return file_read(arena, path, ZONE_FILE_MAX, &octets, NULL) && zone_at(octets, 0, &ignored) ? octets : (struct str){NULL, 0};
}

bool clock_local_in(int64_t wall, struct str zone, char *out)
{
    int64_t seconds = floor_div(wall, CLOCK_SECOND);
    struct zone_time local = {0, ""};
    if (!zone_at(zone, seconds, &local))
        return false;
    struct date d = date_of(seconds + local.offset);
    snprintf(out, 64, "%04d-%02d-%02d %02d:%02d %s", d.year, d.month, d.day, d.hour, d.minute, local.name);
    return true;
}

bool clock_local(int64_t wall, const char *zone, char *out)
{
    struct arena *arena = arena_new();
    bool known = clock_local_in(wall, clock_zone(arena, zone), out);
    arena_free(&arena);
    return known;
}

int64_t clock_day(int64_t wall, struct str zone)
{
    struct arena *arena = arena_new();
    struct zone_time local = {0, ""};
    struct str octets = zone.n > 0 ? clock_zone(arena, arena_text(arena, zone)) : STR("");
    int64_t seconds = floor_div(wall, CLOCK_SECOND);
    int64_t offset = octets.n > 0 && zone_at(octets, seconds, &local) ? local.offset : 0;
    arena_free(&arena);
    return (floor_div(seconds + offset, CLOCK_DAY / CLOCK_SECOND) * (CLOCK_DAY / CLOCK_SECOND) - offset) * CLOCK_SECOND;
}

bool clock_zone_exists(const char *zone)
{
    struct arena *arena = arena_new();
    bool exists = clock_zone(arena, zone).n > 0;
    arena_free(&arena);
    return exists;
}

/* ---- reading ---- */

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

/* Exactly `width` digits, from low to high. */
static bool take_digits(struct str *s, size_t width, int low, int high, int *value)
{
    uint64_t number = 0;
    if (s->n < width || !str_u64(str_sub(*s, 0, width), &number) || number > (uint64_t)high || (int)number < low)
        return false;
    *value = (int)number;
    *s = str_sub(*s, width, s->n);
    return true;
}

/* ".25" in milliseconds; more than three digits are read and dropped. */
static bool take_fraction(struct str *s, int *ms)
{
    *ms = 0;
    if (!take_char(s, '.'))
        return true;
    int scale = 100;
    int digit = 0;
    size_t digits = 0;
    for (; digits < 9 && take_digits(s, 1, 0, 9, &digit); digits++, scale /= 10)
        *ms += digit * scale;
    return digits > 0;
}

/* "Z", "z" or "+01:00" (RFC 3339 section 5.6). */
static bool take_offset(struct str *s, int *minutes)
{
    int hour = 0;
    int minute = 0;
    *minutes = 0;
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    bool west = take_char(s, '-');
    if (!west && !take_char(s, '+'))
        return false;
    if (!take_digits(s, 2, 0, 23, &hour) || !take_char(s, ':') || !take_digits(s, 2, 0, 59, &minute))
        return false;
    *minutes = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

static bool take_date(struct str *s, int64_t *days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_digits(s, 4, 0, 9999, &year) || !take_char(s, '-') || !take_digits(s, 2, 1, 12, &month) || !take_char(s, '-') ||
        !take_digits(s, 2, 1, 31, &day))
        return false;
    int64_t back_year = 0;
    int back_month = 0;
    int back_day = 0;
    *days = zone_days(year, month, day);
    zone_date(*days, &back_year, &back_month, &back_day);
    return back_day == day; /* else the month has no such day */
}

/* "14:00" with "14:00:59.5+01:00" behind it allowed. */
static bool take_clock(struct str *s, int64_t *ms, bool *zoned)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int fraction = 0;
    int east = 0;
    if (!take_digits(s, 2, 0, 23, &hour) || !take_char(s, ':') || !take_digits(s, 2, 0, 59, &minute))
        return false;
    if (take_char(s, ':') && (!take_digits(s, 2, 0, 60, &second) || !take_fraction(s, &fraction)))
        return false;
    *zoned = s->n > 0;
    if (*zoned && !take_offset(s, &east))
        return false;
    *ms = hour * CLOCK_HOUR + (minute - east) * CLOCK_MINUTE + second * CLOCK_SECOND + fraction;
    return true;
}

bool clock_parse_date(struct str s, int64_t *at, bool *zoned)
{
    int64_t days = 0;
    int64_t ms = 0;
    *zoned = false;
    if (!take_date(&s, &days))
        return false;
    if (take_char(&s, 'T') || take_char(&s, 't') || take_char(&s, ' ')) {
        if (!take_clock(&s, &ms, zoned))
            return false;
    }
    if (s.n > 0)
        return false;
    *at = days * CLOCK_DAY + ms;
    return true;
}

bool clock_parse(struct str s, int64_t now, int64_t *wall)
{
    int64_t span = 0;
    bool zoned = false;
    if (!clock_parse_span(s, &span))
        return clock_parse_date(s, wall, &zoned);
    *wall = now - span;
    return true;
}

/* "30min" off the front of *s. A thousand years are enough, and keep every sum with a wall time in range. */
static bool take_span_part(struct str *s, int64_t *ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1},
                 {"s", CLOCK_SECOND},
                 {"m", CLOCK_MINUTE},
                 {"min", CLOCK_MINUTE},
                 {"h", CLOCK_HOUR},
                 {"d", CLOCK_DAY},
                 {"w", 7 * CLOCK_DAY}};
    size_t digits = 0;
    size_t letters = 0;
    uint64_t number = 0;
    while (digits < s->n && s->p[digits] >= '0' && s->p[digits] <= '9')
        digits++;
    while (digits + letters < s->n && s->p[digits + letters] >= 'a' && s->p[digits + letters] <= 'z')
        letters++;
    if (!str_u64(str_sub(*s, 0, digits), &number))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_eq(str_sub(*s, digits, letters), str_of(units[i].name)))
            continue;
        if (number > (uint64_t)(365000 * CLOCK_DAY / units[i].ms))
            return false;
        *ms += (int64_t)number * units[i].ms;
        *s = str_sub(*s, digits + letters, s->n);
        return *ms <= 365000 * CLOCK_DAY;
    }
    return false;
}

bool clock_parse_span(struct str s, int64_t *ms)
{
    int64_t sum = 0;
    bool good = s.n > 0;
    while (good && s.n > 0)
        good = take_span_part(&s, &sum);
    if (good)
        *ms = sum;
    return good;
}

void clock_span_text(int64_t ms, char *out)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"d", CLOCK_DAY}, {"h", CLOCK_HOUR}, {"min", CLOCK_MINUTE}, {"s", CLOCK_SECOND}, {"ms", 1}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (ms / units[i].ms != 0) {
            snprintf(out, CLOCK_TEXT, "%lld %s", (long long)(ms / units[i].ms), units[i].name);
            return;
        }
    snprintf(out, CLOCK_TEXT, "0 s");
}
