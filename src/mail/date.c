/* date: tokens in any sensible order. The day of the week is ignored, a two-digit year is placed as RFC 5322 section 4.3 says. */
#include "mail/date.h"

#include "mail/octets.h"

#include <string.h>

static const char months[12][4] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" };

struct zone_name {
    const char *name;
    int minutes;
};

static const struct zone_name zones[] = { { "ut", 0 }, { "utc", 0 }, { "gmt", 0 }, { "z", 0 }, { "est", -300 }, { "edt", -240 },
    { "cst", -360 }, { "cdt", -300 }, { "mst", -420 }, { "mdt", -360 }, { "pst", -480 }, { "pdt", -420 }, { "cet", 60 }, { "cest", 120 },
    { "met", 60 }, { "mest", 120 }, { "bst", 60 }, { "eet", 120 }, { "eest", 180 }, { "wet", 0 }, { "west", 60 }, { "msk", 180 }, { "jst", 540 },
    { "ist", 330 }, { "hst", -600 }, { "akst", -540 }, { "akdt", -480 } };

/* What was found; -1 is not yet. */
struct found {
    int day, month, year, hour, minute, second, zone;
    bool has_zone;
};

static int number(struct str s)
{
    uint64_t v;
    return s.n <= 9 && str_u64(s, &v) ? (int)v : -1;
}

/* Days from 1970-01-01 in the Gregorian calendar. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, int *y, int *m, int *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(yoe + era * 400 + (*m <= 2));
}

static bool take_time(struct str t, struct found *f)
{
    int part[3] = { 0, 0, 0 };
    struct str rest = t, piece;
    unsigned n = 0;
    char sep = octets_find(t, ':') ? ':' : '.';
    while (n < 3 && str_cut(&rest, sep, &piece)) {
        if (n == 2 && piece.n > 2)
            piece.n = 2; /* fractions */
        part[n] = number(piece);
        if (part[n] < 0)
            return false;
        n++;
    }
    if (n < 2 || part[0] > 24 || part[1] > 59 || part[2] > 61)
        return false;
    f->hour = part[0];
    f->minute = part[1];
    f->second = part[2];
    return true;
}

static bool take_offset(struct str t, struct found *f)
{
    if (t.n < 3 || (t.p[0] != '+' && t.p[0] != '-'))
        return false;
    struct str digits = str_sub(t, 1, 2), rest = str_sub(t, 3, t.n);
    if (rest.n > 0 && rest.p[0] == ':')
        rest = str_sub(rest, 1, rest.n);
    int hours = number(digits), minutes = rest.n ? number(str_sub(rest, 0, 2)) : 0;
    if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
        return false;
    f->zone = (hours * 60 + minutes) * (t.p[0] == '-' ? -1 : 1);
    f->has_zone = true;
    return true;
}

static bool take_month(struct str t, struct found *f)
{
    for (int i = 0; i < 12; i++)
        if (t.n >= 3 && str_istarts(t, str_of(months[i]))) {
            f->month = i + 1;
            return true;
        }
    return false;
}

static void take_zone_name(struct str t, struct found *f)
{
    for (size_t i = 0; i < sizeof zones / sizeof *zones && !f->has_zone; i++)
        if (str_ieq(t, str_of(zones[i].name))) {
            f->zone = zones[i].minutes;
            f->has_zone = true;
        }
}

static void take_number(struct str t, struct found *f)
{
    int v = number(t);
    if (v < 0)
        return;
    if (t.n <= 2 && f->day < 0 && v >= 1 && v <= 31)
        f->day = v;
    else if (f->year < 0 && t.n == 4)
        f->year = v;
    else if (f->year < 0 && t.n == 2)
        f->year = v < 50 ? 2000 + v : 1900 + v;
    else if (f->year < 0 && t.n == 3)
        f->year = 1900 + v;
}

/* "2026-11-05" or "5-Nov-2026". */
static bool take_dashed(struct str t, struct found *f)
{
    struct str rest = t, a, b, c;
    if (!str_cut(&rest, '-', &a) || !str_cut(&rest, '-', &b) || !str_cut(&rest, '-', &c) || number(a) < 0)
        return false;
    int middle = number(b);
    if (middle >= 1 && middle <= 12 && a.n == 4)
        f->month = middle;
    else if (!take_month(b, f))
        return false;
    take_number(a, f);
    take_number(c, f);
    return true;
}

static void take_token(struct str t, struct found *f)
{
    if (octets_find(t, ':') && f->hour < 0 && take_time(t, f))
        return;
    if (take_offset(t, f) || take_dashed(t, f))
        return;
    if (f->month < 0 && take_month(t, f))
        return;
    take_zone_name(t, f);
    if (f->hour < 0 && f->year >= 0 && octets_find(t, '.') && take_time(t, f))
        return;
    take_number(t, f);
}

int64_t date_read(struct str value)
{
    struct found f = { -1, -1, -1, -1, 0, 0, 0, false };
    size_t i = 0;
    unsigned depth = 0;
    value = str_sub(value, 0, 200);
    while (i < value.n) {
        char c = value.p[i];
        depth += c == '(';
        depth -= c == ')' && depth > 0;
        if (depth > 0 || c == ')' || c == '(' || (unsigned char)c <= ' ' || c == ',') {
            i++;
            continue;
        }
        size_t from = i;
        while (i < value.n && (unsigned char)value.p[i] > ' ' && value.p[i] != ',' && value.p[i] != '(')
            i++;
        take_token(str_sub(value, from, i - from), &f);
    }
    if (f.day < 0 || f.month < 0 || f.year < 1900 || f.year > 9999 || f.hour < 0)
        return 0;
    int64_t minutes = days_from_civil(f.year, f.month, f.day) * 1440 + f.hour * 60 + f.minute - f.zone;
    return (minutes * 60 + f.second) * 1000;
}

void date_write(struct buf *out, int64_t ms)
{
    static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t seconds = ms / 1000;
    if (ms % 1000 < 0)
        seconds--;
    int64_t day = seconds / 86400, of_day = seconds % 86400;
    if (of_day < 0)
        of_day += 86400, day--;
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    buf_printf(out, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[((day % 7) + 7) % 7], d, names[m - 1], y, (int)(of_day / 3600),
        (int)(of_day / 60 % 60), (int)(of_day % 60));
}
