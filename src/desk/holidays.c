/* holidays: libical reads the file and counts the recurrences; here they become days. */
#include "desk/holidays.h"

#include "base/zone.h"

#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_DAYS_MAX 366 /* of one occurrence */
#define OCCURRENCES_MAX 20000u

struct event {
    icalcomponent *component;
    struct holidays *list;
    struct arena *arena;
    const char *name;
    int64_t length; /* days */
    struct err *err;
};

void holidays_add(struct holidays *list, struct arena *arena, int64_t day)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 64 : 2 * list->cap;
        int64_t *days = arena_array(arena, cap, sizeof *days);
        if (list->count > 0)
            memcpy(days, list->days, list->count * sizeof *days);
        list->days = days;
        list->cap = cap;
    }
    list->days[list->count++] = day;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void holidays_sort(struct holidays *list)
{
    size_t kept = 0;
    if (list->count > 0)
        qsort(list->days, list->count, sizeof *list->days, compare);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || list->days[kept - 1] != list->days[i])
            list->days[kept++] = list->days[i];
    list->count = kept;
}

static int64_t day_of(struct icaltimetype t)
{
    return zone_days(t.year, t.month, t.day);
}

static bool refuse(const struct event *e, const char *what)
{
    return err_set(e->err, ERR_ITEM, "event \"%s\" %s", e->name, what);
}

/* One occurrence, unless it is excluded. */
static bool close_days(const struct event *e, struct icaltimetype first, struct icaltimetype start)
{
    if (start.year >= HOLIDAYS_YEAR_MAX || icalproperty_recurrence_is_excluded(e->component, &first, &start))
        return true;
    if (e->list->count + (size_t)e->length > HOLIDAYS_MAX)
        return refuse(e, "closes more days than a calendar holds");
    for (int64_t i = 0; i < e->length; i++)
        holidays_add(e->list, e->arena, day_of(start) + i);
    return true;
}

static bool close_by_rule(const struct event *e, struct icaltimetype first, struct icalrecurrencetype rule)
{
    icalrecur_iterator *iterator = rule.freq == ICAL_NO_RECURRENCE ? NULL : icalrecur_iterator_new(rule, first);
    bool good = iterator != NULL || refuse(e, "has an RRULE that cannot be read");
    struct icaltimetype next = icaltime_null_time();
    for (size_t i = 0; good && !icaltime_is_null_time(next = icalrecur_iterator_next(iterator)) && next.year < HOLIDAYS_YEAR_MAX; i++)
        good = i < OCCURRENCES_MAX ? close_days(e, first, next) : refuse(e, "comes again too often");
    if (iterator != NULL)
        icalrecur_iterator_free(iterator);
    return good;
}

static bool has_time(struct icaltimetype t)
{
    return t.is_date == 0;
}

static bool close_by_dates(const struct event *e, struct icaltimetype first, icalproperty *property)
{
    struct icaldatetimeperiodtype date = icalproperty_get_rdate(property);
    struct icaltimetype start = icaltime_is_null_time(date.time) ? date.period.start : date.time;
    if (icaltime_is_null_time(start) || has_time(start))
        return refuse(e, "has a time of day in RDATE; holidays are whole days");
    return close_days(e, first, start);
}

/* Days from DTSTART to DTEND (libical makes it from DURATION, too); an event without either lasts its day. */
static bool measure(struct event *e, struct icaltimetype first)
{
    struct icaltimetype end = icalcomponent_get_dtend(e->component);
    if (icaltime_is_null_time(first) || !icaltime_is_valid_time(first))
        return refuse(e, "has no date (DTSTART)");
    if (has_time(first) || (!icaltime_is_null_time(end) && has_time(end)))
        return refuse(e, "has a time of day; holidays are whole days (DTSTART;VALUE=DATE:...)");
    e->length = icaltime_is_null_time(end) ? 1 : day_of(end) - day_of(first);
    e->length = e->length < 1 ? 1 : e->length;
    return e->length <= EVENT_DAYS_MAX || refuse(e, "lasts longer than a year");
}

static bool read_event(struct event *e)
{
    struct icaltimetype first = icalcomponent_get_dtstart(e->component);
    if (icalcomponent_get_status(e->component) == ICAL_STATUS_CANCELLED)
        return true;
    bool good = measure(e, first) && close_days(e, first, first);
    for (icalproperty *p = icalcomponent_get_first_property(e->component, ICAL_RRULE_PROPERTY); good && p != NULL;
         p = icalcomponent_get_next_property(e->component, ICAL_RRULE_PROPERTY))
        good = close_by_rule(e, first, icalproperty_get_rrule(p));
    for (icalproperty *p = icalcomponent_get_first_property(e->component, ICAL_RDATE_PROPERTY); good && p != NULL;
         p = icalcomponent_get_next_property(e->component, ICAL_RDATE_PROPERTY))
        good = close_by_dates(e, first, p);
    return good;
}

/* What libical could not read stands in the tree as a property of its own. */
static bool is_sound(const struct event *e)
{
    icalproperty *p = icalcomponent_get_first_property(e->component, ICAL_XLICERROR_PROPERTY);
    return p == NULL || err_set(e->err, ERR_ITEM, "event \"%s\": %s", e->name, icalproperty_get_xlicerror(p));
}

static bool read_events(icalcomponent *calendar, struct event *e)
{
    bool good = true;
    for (icalcomponent *c = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); good && c != NULL;
         c = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        const char *name = icalcomponent_get_summary(c);
        e->component = c;
        e->name = name != NULL ? name : "without SUMMARY";
        good = is_sound(e) && read_event(e);
    }
    return good;
}

bool holidays_read(struct holidays *list, struct arena *arena, struct str file, struct err *err)
{
    struct event e = {.list = list, .arena = arena, .err = err};
    icalerror_set_errors_are_fatal(0);
    icalcomponent *root = memchr(file.p, '\0', file.n) == NULL ? icalparser_parse_string(arena_text(arena, file)) : NULL;
    bool good = root != NULL;
    if (good && icalcomponent_isa(root) == ICAL_XROOT_COMPONENT) /* several calendars in one file */
        for (icalcomponent *c = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT); good && c != NULL;
             c = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT))
            good = read_events(c, &e);
    else if (good)
        good = icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT ? read_events(root, &e) : err_set(err, ERR_ITEM, "it is no calendar (VCALENDAR)");
    else
        err_set(err, ERR_ITEM, "it is no iCalendar file (RFC 5545)");
    if (root != NULL)
        icalcomponent_free(root);
    return good;
}
