/* config_clock: calendars, and what is promised on them. */
#include "core/config_read.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "desk/holidays.h"

#include <string.h>

#define HOLIDAY_FILE_MAX (4u * 1024 * 1024) /* octets */
#define HOURS_MAX 200u
#define DAY_MINUTES 1440

static void put(const struct config_value *value, void *target, const void *list, size_t count)
{
    memcpy((char *)target + value->setting->offset, &list, sizeof list);
    memcpy((char *)target + value->setting->extra, &count, sizeof count);
}

static struct str shown(const struct config_value *value, size_t i)
{
    return utf8_prefix(value->tokens[i].text, 80);
}

struct str standard_desk_zone(struct config_reading *r, const void *target)
{
    (void)target;
    return r->config->desk.timezone;
}

/* ---- hours: days, then times, and again ---- */

struct hours_reading {
    struct config_reading *r;
    const struct config_value *value;
    struct calendar_hours *hours;
    size_t count;
    uint8_t days;    /* bit 0: Monday */
    bool has_times;  /* behind these days */
};

static bool weekday_of(struct str word, uint8_t *day)
{
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (uint8_t i = 0; i < 7; i++)
        if (str_ieq(word, str_of(names[i]))) {
            *day = i;
            return true;
        }
    return false;
}

/* "fri" or "sat-mon". */
static bool take_days(struct hours_reading *h, struct str word)
{
    struct str first = {NULL, 0};
    uint8_t from = 0, to = 0;
    str_cut(&word, '-', &first);
    if (!weekday_of(first, &from) || (word.n > 0 && !weekday_of(word, &to)))
        return false;
    to = word.n > 0 ? to : from;
    h->days = h->has_times ? 0 : h->days;
    h->has_times = false;
    for (uint8_t day = from;; day = (uint8_t)((day + 1) % 7)) {
        h->days |= (uint8_t)(1u << day);
        if (day == to)
            return true;
    }
}

static bool digits_of(struct str s, int most, int *value)
{
    uint64_t number = 0;
    if (s.n != 2 || !str_u64(s, &number) || number > (uint64_t)most)
        return false;
    *value = (int)number;
    return true;
}

/* "08:00" in minutes, up to 24:00. */
static bool minutes_of(struct str s, int *minutes)
{
    struct str hour = {NULL, 0};
    int h = 0, m = 0;
    str_cut(&s, ':', &hour);
    if (!digits_of(hour, 24, &h) || !digits_of(s, 59, &m) || h * 60 + m > DAY_MINUTES)
        return false;
    *minutes = h * 60 + m;
    return true;
}

static bool take_times(struct hours_reading *h, size_t i)
{
    struct str word = h->value->tokens[i].text, from = {NULL, 0};
    int open = 0, close = 0;
    str_cut(&word, '-', &from);
    if (!minutes_of(from, &open) || !minutes_of(word, &close) || open == DAY_MINUTES || open == close)
        config_wrong(h->r, h->value, i, "for example: mon-fri 08:00-18:00", "\"%.*s\" is neither a day nor a time from one to another", STR_ARG(shown(h->value, i)));
    else if (h->days == 0)
        config_wrong(h->r, h->value, i, "for example: mon-fri 08:00-18:00", "\"%.*s\" stands behind no day", STR_ARG(shown(h->value, i)));
    else {
        for (uint8_t day = 0; day < 7; day++)
            if ((h->days & 1u << day) != 0)
                h->hours[h->count++] = (struct calendar_hours){day, open * 60, (close < open ? close + DAY_MINUTES : close) * 60};
        h->has_times = true;
        return true;
    }
    return false;
}

void take_hours(struct config_reading *r, struct config_value *value, void *target)
{
    struct hours_reading h = {.r = r, .value = value};
    if (!config_some(r, value, HOURS_MAX))
        return;
    h.hours = arena_array(r->arena, 7 * value->count, sizeof *h.hours);
    for (size_t i = 1; i < value->count; i++)
        if (!take_days(&h, value->tokens[i].text) && !take_times(&h, i))
            return;
    if (!h.has_times)
        config_wrong(r, value, value->count - 1, "for example: mon-fri 08:00-18:00", "\"%.*s\" stands before no times", STR_ARG(shown(value, value->count - 1)));
    else
        put(value, target, h.hours, h.count);
}

/* ---- holidays ---- */

static bool take_holiday_file(struct config_reading *r, const struct config_value *value, size_t i, struct holidays *list)
{
    struct str octets = {NULL, 0}, path = config_path(r, value->tokens[i].text);
    struct err err = {0};
    if (!file_read(r->arena, arena_text(r->arena, path), HOLIDAY_FILE_MAX, &octets, &err)) {
        config_wrong(r, value, i, "", "%s", err.text);
        return false;
    }
    config_note_read(r, path, octets);
    bool good = holidays_read(list, r->arena, octets, &err);
    if (!good)
        config_wrong(r, value, i, "", "%.*s: %s", STR_ARG(path), err.text);
    return good;
}

/* "2026-12-24" */
static bool take_holiday(struct config_reading *r, const struct config_value *value, size_t i, struct holidays *list)
{
    int64_t at = 0;
    struct str text = value->tokens[i].text;
    if (text.n != strlen("2026-12-24") || !clock_parse(text, 0, &at)) {
        config_misfit(r, value, i, "");
        return false;
    }
    holidays_add(list, r->arena, at / CLOCK_DAY);
    return true;
}

void take_holidays(struct config_reading *r, struct config_value *value, void *target)
{
    struct holidays list = {0};
    if (!config_some(r, value, HOURS_MAX))
        return;
    for (size_t i = 1; i < value->count; i++) {
        bool is_file = str_eq(value->tokens[i].text, STR("file"));
        if (is_file && ++i == value->count) {
            config_misfit(r, value, i - 1, "");
            return;
        }
        if (!(is_file ? take_holiday_file(r, value, i, &list) : take_holiday(r, value, i, &list)))
            return;
    }
    holidays_sort(&list);
    put(value, target, list.days, list.count);
}

/* ---- targets ---- */

static const struct calendar *calendar_at(struct config_reading *r, const struct config_value *value, size_t i)
{
    struct str *names = NULL;
    size_t count = config_names(r, "calendar", &names);
    const struct calendar *found = desk_calendar(&r->config->desk, value->tokens[i].text);
    if (found == NULL)
        config_wrong(r, value, i, config_nearest(r, names, count, value->tokens[i].text), "there is no calendar \"%.*s\"", STR_ARG(shown(value, i)));
    return found;
}

void take_calendar(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value))
        return;
    const struct calendar *found = calendar_at(r, value, 1);
    if (found != NULL)
        memcpy((char *)target + value->setting->offset, &found, sizeof found);
}

/* none | DURATION [always | in CALENDAR], from token *i on, which is left behind it. */
static bool read_target(struct config_reading *r, const struct config_value *value, size_t *i, struct target *target)
{
    *target = (struct target){.set = true};
    if (*i >= value->count) {
        config_misfit(r, value, value->count - 1, "");
        return false;
    }
    if (str_eq(value->tokens[*i].text, STR("none"))) {
        (*i)++;
        return true;
    }
    if (!config_span(r, value, *i, &target->span))
        return false;
    (*i)++;
    if (*i < value->count && str_eq(value->tokens[*i].text, calendar_always.name)) {
        target->calendar = &calendar_always;
        (*i)++;
    } else if (*i < value->count && str_eq(value->tokens[*i].text, STR("in"))) {
        if (*i + 1 == value->count) {
            config_wrong(r, value, *i, "for example: in office", "\"in\" stands before no calendar");
            return false;
        }
        target->calendar = calendar_at(r, value, *i + 1);
        *i += 2;
        return target->calendar != NULL;
    }
    return true;
}

void take_target(struct config_reading *r, struct config_value *value, void *target)
{
    struct target found;
    size_t i = 1;
    if (!config_some(r, value, 3) || !read_target(r, value, &i, &found))
        return;
    if (i < value->count)
        config_misfit(r, value, i, "");
    else
        memcpy((char *)target + value->setting->offset, &found, sizeof found);
}

/* SEVERITY TARGET ..., into an array by severity. */
void take_targets(struct config_reading *r, struct config_value *value, void *target)
{
    struct target *targets = (struct target *)(void *)((char *)target + value->setting->offset);
    uint8_t severity = 0;
    if (!config_some(r, value, 4 * DESK_SEVERITIES))
        return;
    for (size_t i = 1; i < value->count;) {
        struct target found;
        if (!severity_of(value->tokens[i].text, &severity)) {
            config_wrong(r, value, i, "", "\"%.*s\" is no severity, expected A, B, C or D", STR_ARG(shown(value, i)));
            return;
        }
        size_t at = i++;
        if (!read_target(r, value, &i, &found))
            return;
        if (targets[severity].set) {
            config_wrong(r, value, at, "", "severity %c stands here twice", severity_letter(severity));
            return;
        }
        targets[severity] = found;
    }
}

/* ---- escalation ---- */

/* DATE [TIME], by the clock on the desk's wall. */
void take_since(struct config_reading *r, struct config_value *value, void *target)
{
    int64_t at = 0;
    bool zoned = false;
    if (!config_some(r, value, 2))
        return;
    struct str text = value->count == 2 ? value->tokens[1].text : arena_printf(r->arena, "%.*s %.*s", STR_ARG(value->tokens[1].text), STR_ARG(value->tokens[2].text));
    if (!clock_parse_date(text, &at, &zoned) || zoned)
        config_misfit(r, value, 1, "");
    else
        memcpy((char *)target + value->setting->offset, &at, sizeof at);
}

void take_percents(struct config_reading *r, struct config_value *value, void *target)
{
    uint32_t percents[ESCALATION_PERCENTS] = {0};
    size_t count = value->count - 1;
    if (!config_some(r, value, ESCALATION_PERCENTS))
        return;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        if (!str_u64(value->tokens[i + 1].text, &number) || number < 1 || number > 1000) {
            config_misfit(r, value, i + 1, "");
            return;
        }
        percents[i] = (uint32_t)number;
        if (i > 0 && percents[i] <= percents[i - 1]) {
            config_wrong(r, value, i + 1, "", "\"%.*s\" is not more than the one before", STR_ARG(shown(value, i + 1)));
            return;
        }
    }
    memcpy((char *)target + value->setting->offset, percents, sizeof percents);
    memcpy((char *)target + value->setting->extra, &count, sizeof count);
}

static bool is_severity(struct str word, uint32_t *bit)
{
    uint8_t severity = 0;
    bool good = severity_of(word, &severity);
    *bit = 1u << severity;
    return good;
}

static bool is_clock(struct str word, uint32_t *bit)
{
    for (unsigned i = 0; i < DESK_CLOCKS; i++)
        if (str_eq(word, str_of(desk_clock_name((enum desk_clock)i)))) {
            *bit = 1u << i;
            return true;
        }
    return false;
}

static void take_set(struct config_reading *r, struct config_value *value, void *target, bool (*is_one)(struct str word, uint32_t *bit))
{
    uint32_t set = 0, bit = 0;
    if (!config_some(r, value, DESK_SEVERITIES))
        return;
    for (size_t i = 1; i < value->count; i++) {
        if (!is_one(value->tokens[i].text, &bit)) {
            config_misfit(r, value, i, "");
            return;
        }
        set |= bit;
    }
    memcpy((char *)target + value->setting->offset, &set, sizeof set);
}

void take_severities(struct config_reading *r, struct config_value *value, void *target)
{
    take_set(r, value, target, is_severity);
}

void take_clocks(struct config_reading *r, struct config_value *value, void *target)
{
    take_set(r, value, target, is_clock);
}

/* The name behind "agent" or "roster". */
static bool take_whom(struct config_reading *r, const struct config_value *value, size_t i, const char *section, struct str *name)
{
    struct str *names = NULL;
    size_t count = config_names(r, section, &names);
    if (i == value->count) {
        config_misfit(r, value, i - 1, "");
        return false;
    }
    *name = value->tokens[i].text;
    if (str_among(names, count, *name))
        return true;
    config_wrong(r, value, i, config_nearest(r, names, count, *name), "there is no %s \"%.*s\"", section, STR_ARG(shown(value, i)));
    return false;
}

void take_recipients(struct config_reading *r, struct config_value *value, void *target)
{
    static const char *const words[] = {[ESCALATE_TO_OWNER] = "owner", [ESCALATE_TO_QUEUE] = "queue", [ESCALATE_TO_AGENT] = "agent", [ESCALATE_TO_ROSTER] = "roster"};
    if (!config_some(r, value, 20))
        return;
    struct escalation_to *list = arena_array(r->arena, value->count, sizeof *list);
    size_t count = 0;
    for (size_t i = 1; i < value->count; i++) {
        size_t kind = 0;
        while (kind < sizeof words / sizeof *words && !str_eq(value->tokens[i].text, str_of(words[kind])))
            kind++;
        if (kind == sizeof words / sizeof *words) {
            config_misfit(r, value, i, "");
            return;
        }
        struct escalation_to *to = &list[count++];
        to->kind = (enum escalation_kind)kind;
        if ((to->kind == ESCALATE_TO_AGENT || to->kind == ESCALATE_TO_ROSTER) && !take_whom(r, value, ++i, words[kind], &to->name))
            return;
    }
    put(value, target, list, count);
}
