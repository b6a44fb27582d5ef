/* holidays: the days an iCalendar file (RFC 5545) closes. Pure. */
#ifndef DESK_HOLIDAYS_H
#define DESK_HOLIDAYS_H

#include "base/arena.h"
#include "base/err.h"

#define HOLIDAYS_YEAR_MAX 2100 /* recurring ones are known up to the end of the year before */
#define HOLIDAYS_MAX 200000u

/* A growing list; one file after the other adds to it. */
struct holidays {
    int64_t *days; /* since 1970-01-01 */
    size_t count, cap;
};

/* Adds one day. */
void holidays_add(struct holidays *list, struct arena *arena, int64_t day);
/* Adds the days of all events of the file: from DTSTART to before DTEND (RFC 5545 section 3.6.1), or for its DURATION, or one day; again by its RRULEs and RDATEs, without
 * EXDATEs. An event that is cancelled closes nothing. False with err (ERR_ITEM) naming the event: the octets are no iCalendar file, an event has a time of day, no date, a rule
 * that cannot be read, or more days than a list holds. */
bool holidays_read(struct holidays *list, struct arena *arena, struct str file, struct err *err);
/* Ascending, each once. */
void holidays_sort(struct holidays *list);

#endif
