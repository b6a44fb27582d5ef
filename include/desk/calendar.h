/* calendar: when the desk works, and when what it promised is due. Pure; all times are UTC ms.
 *
 * Hours are what a clock on the wall of the calendar's zone shows, half open. An interval begins when that clock first shows its opening or later, and ends when it shows its
 * closing or later for good: so nothing is lost or doubled on the days it is put on or back. An interval belongs to the day on which it begins; a holiday (a civil date of
 * the zone) closes those that begin on it. What is open twice counts once, and so does what is paused twice. */
#ifndef DESK_CALENDAR_H
#define DESK_CALENDAR_H

#include "base/str.h"

/* Of one weekday: seconds after its midnight, by the clock on the wall. 0 <= open < close <= 48 h; above 24 h it ends on the day behind. */
struct calendar_hours {
    uint8_t weekday; /* 0: Monday */
    int32_t open, close;
};

struct calendar {
    struct str name;
    struct str timezone; /* IANA; "" : UTC */
    struct str zone;     /* its octets (base/zone.h); "" : UTC */
    bool always;         /* open at all times; what follows is empty */
    struct calendar_hours *hours;
    size_t hour_count;
    int64_t *holidays; /* days since 1970-01-01, ascending */
    size_t holiday_count;
};

/* The one that is open at all times. */
extern const struct calendar calendar_always;

struct span {
    int64_t from, to; /* half open; to = INT64_MAX: no end */
};

/* The first open piece that ends after `after`, cut there. False: it does not open again within eleven years. Pieces that follow each other may touch. */
bool calendar_open(const struct calendar *c, int64_t after, struct span *piece);
/* As calendar_open, without what is paused. Pauses in any order; they may overlap. */
bool calendar_counts(const struct calendar *c, int64_t after, const struct span *pauses, size_t count, struct span *piece);
/* The first instant by which the counted time since `from` amounts to `ms`: so at a closing, not at the opening behind it; nothing is due at once. False: never. */
bool calendar_due(const struct calendar *c, int64_t from, int64_t ms, const struct span *pauses, size_t count, int64_t *due);
/* The counted time between two instants, in ms. */
int64_t calendar_elapsed(const struct calendar *c, int64_t from, int64_t to, const struct span *pauses, size_t count);
/* When the clock on the wall of its zone first shows that time (ms since 1970-01-01 00:00 of the wall) or later. */
int64_t calendar_instant(const struct calendar *c, int64_t wall);
/* What that clock shows, as ms since 1970-01-01 00:00 of the wall. */
int64_t calendar_wall(const struct calendar *c, int64_t at);
/* Is there work in it on that day (days since 1970-01-01)? */
bool calendar_is_holiday(const struct calendar *c, int64_t day);

#endif
