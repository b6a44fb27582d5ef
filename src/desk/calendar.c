/* calendar: open pieces one after the other. Each day's intervals are turned into instants by walking along the zone's changes, which is right for every zone and every
 * kind of change, also where a whole day is missing. */
#include "desk/calendar.h"

#include "base/zone.h"

#define SECOND INT64_C(1000)
#define DAY_S INT64_C(86400)
#define DAY (DAY_S * SECOND)
#define OFFSET_MAX (2 * DAY_S) /* s: zones lie nearer to Greenwich, and changes are smaller */
#define DAYS_MAX 4020          /* eleven years */

const struct calendar calendar_always = {.name = {"always", 6}, .always = true};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Seconds east of UTC, and until when (s); a zone that cannot be read is UTC. */
static int64_t offset_at(const struct calendar *c, int64_t at, int64_t *until)
{
    struct zone_time shown = {0, ""};
    if (c->zone.n == 0 || !zone_at(c->zone, at, &shown)) {
        *until = INT64_MAX;
        return 0;
    }
    if (!zone_next(c->zone, at, until))
        *until = INT64_MAX;
    return shown.offset;
}

int64_t calendar_wall(const struct calendar *c, int64_t at)
{
    int64_t until = 0;
    return at + offset_at(c, floor_div(at, SECOND), &until) * SECOND;
}

/* Seconds: when the wall's clock first shows that second or later. */
static int64_t first_shown(const struct calendar *c, int64_t wall)
{
    int64_t at = wall - OFFSET_MAX, until = 0;
    for (;;) {
        int64_t begins = wall - offset_at(c, at, &until);
        if (begins < at)
            return at;
        if (begins < until)
            return begins;
        at = until;
    }
}

/* Seconds: since when it shows that second or later for good. */
static int64_t shown_for_good(const struct calendar *c, int64_t wall)
{
    int64_t at = wall - OFFSET_MAX, until = 0, good = at;
    while (at <= wall + OFFSET_MAX) {
        int64_t begins = wall - offset_at(c, at, &until);
        if (begins > at)
            good = begins < until ? begins : until;
        if (until == INT64_MAX)
            break;
        at = until;
    }
    return good;
}

int64_t calendar_instant(const struct calendar *c, int64_t wall)
{
    int64_t second = floor_div(wall, SECOND);
    return first_shown(c, second) * SECOND + (wall - second * SECOND);
}

bool calendar_is_holiday(const struct calendar *c, int64_t day)
{
    size_t low = 0, high = c->holiday_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->holidays[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->holiday_count && c->holidays[low] == day;
}

/* Of two pieces cut at the same place: the one that begins first, then the longer one. */
static bool is_better(const struct span *piece, const struct span *best, bool found)
{
    return !found || piece->from < best->from || (piece->from == best->from && piece->to > best->to);
}

/* The day's intervals that end after `after`, cut there; the best so far is kept. */
static void look_at_day(const struct calendar *c, int64_t day, int64_t after, struct span *best, bool *found)
{
    uint8_t weekday = (uint8_t)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    if (calendar_is_holiday(c, day))
        return;
    for (size_t i = 0; i < c->hour_count; i++) {
        const struct calendar_hours *hours = &c->hours[i];
        if (hours->weekday != weekday)
            continue;
        struct span piece = {first_shown(c, day * DAY_S + hours->open) * SECOND, shown_for_good(c, day * DAY_S + hours->close) * SECOND};
        if (piece.to <= after || piece.from >= piece.to)
            continue;
        piece.from = piece.from > after ? piece.from : after;
        if (is_better(&piece, best, *found)) {
            *best = piece;
            *found = true;
        }
    }
}

/* An interval of the day behind may begin no later than one of this day, and one of two days before may still be open. */
bool calendar_open(const struct calendar *c, int64_t after, struct span *piece)
{
    bool found = false;
    int64_t today = floor_div(calendar_wall(c, after), DAY), last = today + DAYS_MAX;
    if (c->always) {
        *piece = (struct span){after, INT64_MAX};
        return true;
    }
    for (int64_t day = today - 3; day <= last; day++) {
        bool before = found;
        look_at_day(c, day, after, piece, &found);
        if (found && !before)
            last = day + 1 > today + 1 ? day + 1 : today + 1;
    }
    return found;
}

/* Moves the beginning behind every pause that covers it, and the end before the next one. */
static void leave_out(struct span *piece, const struct span *pauses, size_t count)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < count; i++)
            if (pauses[i].from <= piece->from && pauses[i].to > piece->from) {
                piece->from = pauses[i].to;
                moved = true;
            }
    }
    for (size_t i = 0; i < count; i++)
        if (pauses[i].from > piece->from && pauses[i].from < piece->to && pauses[i].to > pauses[i].from)
            piece->to = pauses[i].from;
}

bool calendar_counts(const struct calendar *c, int64_t after, const struct span *pauses, size_t count, struct span *piece)
{
    struct span rest = {after, after};
    do {
        leave_out(&rest, pauses, count); /* nothing is looked for within a pause, which may be long */
        if (rest.from == INT64_MAX || !calendar_open(c, rest.from, piece))
            return false;
        leave_out(piece, pauses, count);
        rest = (struct span){piece->from, piece->from};
    } while (piece->from >= piece->to);
    return piece->from < INT64_MAX;
}

bool calendar_due(const struct calendar *c, int64_t from, int64_t ms, const struct span *pauses, size_t count, int64_t *due)
{
    struct span piece = {from, from};
    *due = from;
    while (ms > 0) {
        if (!calendar_counts(c, piece.to, pauses, count, &piece))
            return false;
        int64_t length = piece.to - piece.from;
        *due = piece.from + (ms < length ? ms : length);
        ms -= ms < length ? ms : length;
    }
    return true;
}

int64_t calendar_elapsed(const struct calendar *c, int64_t from, int64_t to, const struct span *pauses, size_t count)
{
    struct span piece = {from, from};
    int64_t sum = 0;
    while (piece.to < to && calendar_counts(c, piece.to, pauses, count, &piece) && piece.from < to)
        sum += (piece.to < to ? piece.to : to) - piece.from;
    return sum;
}
