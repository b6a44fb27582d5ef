/* zone: what a clock on the wall shows, by the octets of a time zone file (RFC 8536). Pure; the file is data. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/str.h"

#define ZONE_NAME 16

struct zone_time {
    int32_t offset;       /* seconds east of UTC */
    char name[ZONE_NAME]; /* "CET", "+0530"; printable ASCII */
};

/* The offset and name in force at `at` (seconds since 1970 UTC). Reads version 1 to 4; after the last transition the rule
 * of the footer holds. False when the octets are not a time zone file. */
bool zone_at(struct str file, int64_t at, struct zone_time *out);

/* The first second after `at` from which another offset may be in force. False: it stays what it is for good, or the octets are not a time
 * zone file. */
bool zone_next(struct str file, int64_t at, int64_t *when);

/* Days since 1970-01-01 of a date of the Gregorian calendar, and back; month from 1, day from 1. */
int64_t zone_days(int64_t year, int month, int day);
void zone_date(int64_t days, int64_t *year, int *month, int *day);

#endif
