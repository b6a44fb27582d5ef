/* zone: a reader of TZif (RFC 8536) that asks one question: which offset is in force at this second? The table of
 * transitions answers for the past; the footer, a rule in the manner of POSIX TZ, for what comes after it. */
#include "base/zone.h"

#include <string.h>

#define ZONE_HEADER 44u
#define DAY INT64_C(86400)

int64_t zone_days(int64_t year, int month, int day)
{
    /* Years begin in March, so that the leap day is the last; 400 of them have 146,097 days. */
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t in_era = y - era * 400;
    int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

void zone_date(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t in_era = shifted - era * 146097;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * in_year + 2) / 153;
    *day = (int)(in_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

static int64_t big_endian(const char *p, size_t n)
{
    uint64_t value = n == 8 || (uint8_t)p[0] < 0x80 ? 0 : UINT64_MAX; /* the sign of a short one */
    for (size_t i = 0; i < n; i++)
        value = value << 8 | (uint8_t)p[i];
    return (int64_t)value;
}

/* One of the two data blocks of a file, its tables borrowed from the octets. */
struct block {
    char version;
    size_t time_size; /* 4 in the first, 8 in the second */
    size_t times, types, chars;
    const char *at;      /* transition times */
    const char *type_of; /* the type each transition begins */
    const char *type;    /* six octets each: offset, dst, index of the name */
    const char *names;
};

/* Takes a block off the front of *rest. */
static bool read_block(struct str *rest, size_t time_size, struct block *b)
{
    if (rest->n < ZONE_HEADER || memcmp(rest->p, "TZif", 4) != 0)
        return false;
    size_t counts[6] = {0}; /* isut, isstd, leap, time, type, char */
    for (size_t i = 0; i < 6; i++) {
        int64_t count = big_endian(rest->p + 20 + 4 * i, 4);
        if (count < 0 || (size_t)count > rest->n)
            return false;
        counts[i] = (size_t)count;
    }
    *b = (struct block){rest->p[4], time_size, counts[3], counts[4], counts[5], NULL, NULL, NULL, NULL};
    size_t size = ZONE_HEADER + b->times * (time_size + 1) + b->types * 6 + b->chars + counts[2] * (time_size + 4) +
                  counts[1] + counts[0];
    if (size > rest->n)
        return false;
    b->at = rest->p + ZONE_HEADER;
    b->type_of = b->at + b->times * time_size;
    b->type = b->type_of + b->times;
    b->names = b->type + b->types * 6;
    *rest = str_sub(*rest, size, rest->n);
    return true;
}

static bool set_name(struct zone_time *out, struct str name)
{
    if (name.n == 0 || name.n >= ZONE_NAME)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~')
            return false;
    memcpy(out->name, name.p, name.n);
    out->name[name.n] = '\0';
    return true;
}

static bool use_type(const struct block *b, size_t index, struct zone_time *out)
{
    if (index >= b->types)
        return false;
    const char *type = b->type + index * 6;
    size_t name = (uint8_t)type[5];
    if (name >= b->chars)
        return false;
    int64_t offset = big_endian(type, 4);
    if (offset < -2 * DAY || offset > 2 * DAY)
        return false;
    out->offset = (int32_t)offset;
    return set_name(out, (struct str){b->names + name, strnlen(b->names + name, b->chars - name)});
}

/* How many transitions are at or before `at`. */
static size_t passed(const struct block *b, int64_t at)
{
    size_t low = 0;
    size_t high = b->times;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (big_endian(b->at + middle * b->time_size, b->time_size) <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- the footer: std offset [dst [offset] , start [/time] , end [/time]] ---- */

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

static bool take_number(struct str *s, int max, int *value)
{
    size_t n = 0;
    uint64_t number = 0;
    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
        n++;
    if (n > 3 || !str_u64(str_sub(*s, 0, n), &number) || number > (uint64_t)max)
        return false;
    *value = (int)number;
    *s = str_sub(*s, n, s->n);
    return true;
}

/* [+-]hh[:mm[:ss]] in seconds; hours to 167 (RFC 8536 section 3.3.1). */
static bool take_time(struct str *s, int32_t *seconds)
{
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    bool minus = take_char(s, '-');
    if (!minus)
        take_char(s, '+');
    if (!take_number(s, 167, &hours))
        return false;
    if (take_char(s, ':') && (!take_number(s, 59, &minutes) || (take_char(s, ':') && !take_number(s, 59, &rest))))
        return false;
    int32_t sum = hours * 3600 + minutes * 60 + rest;
    *seconds = minus ? -sum : sum;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A name and, unless it is left out where it may be, an offset (POSIX counts it west of Greenwich). */
static bool take_zone(struct str *s, const struct zone_time *standard, struct zone_time *out)
{
    struct str name = {NULL, 0};
    if (take_char(s, '<')) {
        if (!str_cut(s, '>', &name))
            return false;
    } else {
        size_t n = 0;
        while (n < s->n && is_letter(s->p[n]))
            n++;
        name = str_sub(*s, 0, n);
        *s = str_sub(*s, n, s->n);
    }
    if (!set_name(out, name))
        return false;
    if (standard != NULL && (s->n == 0 || s->p[0] == ',')) {
        out->offset = standard->offset + 3600;
        return true;
    }
    int32_t west = 0;
    if (!take_time(s, &west))
        return false;
    out->offset = -west;
    return true;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The day that "M3.5.0" names: the week-th such weekday of the month, the fifth being the last. */
static int64_t day_of_week_rule(int64_t year, int month, int week, int weekday)
{
    int64_t first = zone_days(year, month, 1);
    int64_t next_month = zone_days(month < 12 ? year : year + 1, month < 12 ? month + 1 : 1, 1);
    int64_t first_weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t day = first + (weekday - first_weekday + 7) % 7 + (week - 1) * 7;
    return day < next_month ? day : day - 7;
}

/* ",M3.5.0/2", ",J60" (29 February never counted) or ",59" (counted, from 0): the second of that year, as shown by a
 * clock on the wall. */
static bool take_rule(struct str *s, int64_t year, int64_t *wall)
{
    int day = 0;
    int64_t days = zone_days(year, 1, 1);
    if (!take_char(s, ','))
        return false;
    if (take_char(s, 'M')) {
        int month = 0;
        int week = 0;
        if (!take_number(s, 12, &month) || !take_char(s, '.') || !take_number(s, 5, &week) || !take_char(s, '.') ||
            !take_number(s, 6, &day) || month < 1 || week < 1)
            return false;
        days = day_of_week_rule(year, month, week, day);
    } else if (take_char(s, 'J')) {
        if (!take_number(s, 365, &day) || day < 1)
            return false;
        days += day - 1 + (day >= 60 && is_leap(year));
    } else {
        if (!take_number(s, 365, &day))
            return false;
        days += day;
    }
    int32_t time = 2 * 3600;
    if (take_char(s, '/') && !take_time(s, &time))
        return false;
    *wall = days * DAY + time;
    return true;
}

/* What the footer says: one offset, or two that change on the same days of each year. */
struct yearly {
    struct zone_time standard, summer;
    bool changes;
    struct str rules; /* ",begin,end" */
};

static bool read_footer(struct str footer, struct yearly *y)
{
    *y = (struct yearly){0};
    if (!take_zone(&footer, NULL, &y->standard))
        return false;
    y->changes = footer.n > 0;
    if (y->changes && !take_zone(&footer, &y->standard, &y->summer))
        return false;
    y->rules = footer;
    return true;
}

/* When summer time begins and ends in that year, UTC. */
static bool summer_of(const struct yearly *y, int64_t year, int64_t *begin, int64_t *end)
{
    struct str rules = y->rules;
    if (!take_rule(&rules, year, begin) || !take_rule(&rules, year, end) || rules.n != 0)
        return false;
    *begin -= y->standard.offset;
    *end -= y->summer.offset;
    return true;
}

static int64_t year_of(int64_t at)
{
    int64_t year = 0;
    int month = 0;
    int day = 0;
    zone_date((at >= 0 ? at : at - DAY + 1) / DAY, &year, &month, &day);
    return year;
}

static bool use_footer(struct str footer, int64_t at, struct zone_time *out)
{
    struct yearly y;
    int64_t begin = 0;
    int64_t end = 0;
    if (!read_footer(footer, &y))
        return false;
    *out = y.standard;
    if (!y.changes)
        return true;
    if (!summer_of(&y, year_of(at + y.standard.offset), &begin, &end))
        return false;
    bool in_summer = begin < end ? at >= begin && at < end : at >= begin || at < end;
    if (in_summer)
        *out = y.summer;
    return true;
}

/* A change may belong to the year before or behind, where the zone is far from Greenwich. */
static bool next_by_footer(struct str footer, int64_t at, int64_t *when)
{
    struct yearly y;
    *when = INT64_MAX;
    if (!read_footer(footer, &y) || !y.changes)
        return false;
    for (int64_t year = year_of(at) - 1; year <= year_of(at) + 2; year++) {
        int64_t change[2] = {0, 0};
        if (!summer_of(&y, year, &change[0], &change[1]))
            return false;
        for (size_t i = 0; i < 2; i++)
            if (change[i] > at && change[i] < *when)
                *when = change[i];
    }
    return *when != INT64_MAX;
}

/* The block that counts, and the footer behind it. */
static bool read_file(struct str file, int64_t at, struct block *b, struct str *footer)
{
    int64_t limit = INT64_C(300000000) * 366 * DAY; /* beyond any calendar: nothing may overflow */
    struct str rest = file;
    *footer = (struct str){NULL, 0};
    if (at < -limit || at > limit || !read_block(&rest, 4, b))
        return false;
    return b->version < '2' || (read_block(&rest, 8, b) && take_char(&rest, '\n') && str_cut(&rest, '\n', footer));
}

bool zone_at(struct str file, int64_t at, struct zone_time *out)
{
    struct block b = {0};
    struct str footer = {NULL, 0};
    if (!read_file(file, at, &b, &footer))
        return false;
    size_t n = passed(&b, at);
    if (n == b.times && footer.n > 0)
        return use_footer(footer, at, out);
    return use_type(&b, n > 0 ? (uint8_t)b.type_of[n - 1] : 0, out);
}

bool zone_next(struct str file, int64_t at, int64_t *when)
{
    struct block b = {0};
    struct str footer = {NULL, 0};
    if (!read_file(file, at, &b, &footer))
        return false;
    size_t n = passed(&b, at);
    if (n == b.times)
        return next_by_footer(footer, at, when);
    *when = big_endian(b.at + n * b.time_size, b.time_size);
    return true;
}
