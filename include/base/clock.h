/* clock: the only place that reads a clock. Times are UTC milliseconds since 1970 (wall) or since some start (monotonic). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/arena.h"

#define CLOCK_SECOND INT64_C(1000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

/* What is written down. */
int64_t clock_wall(void);
/* What deadlines, back-off and budgets of waiting are counted with. */
int64_t clock_monotonic(void);

#define CLOCK_TEXT 32
/* RFC 3339 in UTC, "2026-11-23T13:48:00Z"; milliseconds are dropped. out holds CLOCK_TEXT octets. */
void clock_rfc3339(int64_t wall, char *out);
/* RFC 5322 section 3.3 in UTC, "Mon, 23 Nov 2026 13:48:00 +0000". */
void clock_rfc5322(int64_t wall, char *out);
/* In the named IANA zone, "2026-11-23 14:48 CET"; false when the zone is unknown. out holds 64 octets. */
bool clock_local(int64_t wall, const char *zone, char *out);
/* The zone's octets (base/zone.h) into the arena, for many questions about it; empty when the zone is unknown. */
struct str clock_zone(struct arena *arena, const char *zone);
/* As clock_local, with what clock_zone gave. */
bool clock_local_in(int64_t wall, struct str zone, char *out);
/* When the day began in that zone ("" or unknown: UTC). On the two days a year that a clock is put on or back it may be an hour off: it only counts figures for
 * people. */
int64_t clock_day(int64_t wall, struct str zone);
/* Is there such a zone in the system's tzdata? Refuses "..", absolute paths and controls. */
bool clock_zone_exists(const char *zone);
/* RFC 3339 with Z or offset, or "2026-11-22 14:00" / "2026-11-22" taken as UTC, or a span back from now as "90d". */
bool clock_parse(struct str s, int64_t now, int64_t *wall);
/* A date of clock_parse. zoned: it came with Z or an offset; else *at is what a clock on some wall shows. */
bool clock_parse_date(struct str s, int64_t *at, bool *zoned);
/* "90s" "15min" "15m" "2h" "10d" "1w" "250ms", and sums as "1h30min": numbers and units, nothing else. */
bool clock_parse_span(struct str s, int64_t *ms);
/* "4 s", "11 min", "3 h", "12 d": the largest unit that leaves at least 1. out holds CLOCK_TEXT octets. */
void clock_span_text(int64_t ms, char *out);

#endif
