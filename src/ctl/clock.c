/* clock: promised times: of a ticket, and computed by hand as the daemon does it. */
#include "base/clock.h"
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/print.h"

#include <string.h>
#include <sysexits.h>

#define STEPS_MAX 2000u /* of the way that are told */

/* "Fri 2026-11-27 16:00 CET" */
static const char *by_the_wall(struct ctl *ctl, const struct calendar *calendar, int64_t at)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    char text[64];
    int64_t wall = calendar_wall(calendar, at);
    int64_t day = wall / CLOCK_DAY - (wall % CLOCK_DAY < 0);
    if (calendar->zone.n == 0 || !clock_local_in(at, calendar->zone, text))
        clock_rfc3339(at, text);
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%s %s", days[(day % 7 + 7) % 7], text));
}

static const char *length_text(struct ctl *ctl, int64_t ms)
{
    struct buf b = {0};
    int64_t s = ms / CLOCK_SECOND;
    if (s >= 3600)
        buf_printf(&b, "%lld h%s", (long long)(s / 3600), s % 3600 > 0 ? " " : "");
    if (s % 3600 >= 60)
        buf_printf(&b, "%lld min%s", (long long)(s % 3600 / 60), s % 60 > 0 ? " " : "");
    if (s % 60 > 0 || s == 0)
        buf_printf(&b, "%lld s", (long long)(s % 60));
    const char *text = arena_text(ctl->arena, buf_view(&b));
    buf_free(&b);
    return text;
}

/* ---- by hand ---------------------------------------------------------------------------------------------------------------------------- */

/* What was asked. */
struct due_question {
    const struct calendar *calendar;
    int64_t from, add;
    struct span *pauses;
    size_t pause_count;
};

static int misuse(struct ctl *ctl, const char *hint, const char *what, const char *word)
{
    return ctl_refuse(ctl, EX_USAGE, "Usage", hint, "\"%s\" is no %s", word, what);
}

/* Without Z or offset it is what the clock on the wall of the calendar's zone shows. */
static bool take_time(const struct calendar *calendar, struct str text, int64_t *at)
{
    bool zoned = false;
    if (!clock_parse_date(text, at, &zoned))
        return false;
    if (!zoned)
        *at = calendar_instant(calendar, *at);
    return true;
}

/* "FROM/TO"; without TO it has not ended. */
static bool take_pause(struct ctl *ctl, struct due_question *q, struct str text, int *code)
{
    struct span *pause = &q->pauses[q->pause_count++];
    struct str from = {NULL, 0};
    bool good = str_find(text, STR("/")) >= 0 && str_cut(&text, '/', &from) && take_time(q->calendar, from, &pause->from);
    pause->to = INT64_MAX;
    good = good && (text.n == 0 || take_time(q->calendar, text, &pause->to)) && pause->to >= pause->from;
    if (!good)
        *code = misuse(ctl, "FROM/TO, for example 2026-11-30T09:00Z/2026-11-30T10:00Z", "pause", arena_text(ctl->arena, from.n > 0 ? arena_printf(ctl->arena, "%.*s/%.*s", STR_ARG(from), STR_ARG(text)) : text));
    return good;
}

static bool take_pauses(struct ctl *ctl, struct due_question *q, int *code)
{
    struct str rest = str_of(ctl->value[OPT_PAUSE]), one = {NULL, 0};
    bool good = true;
    q->pauses = arena_array(ctl->arena, ctl->count[OPT_PAUSE] + ctl->arg_count + 1, sizeof *q->pauses);
    while (good && str_cut(&rest, '\n', &one))
        good = take_pause(ctl, q, one, code);
    for (size_t i = 0; good && i < ctl->arg_count; i++)
        good = take_pause(ctl, q, str_of(ctl->args[i]), code);
    return good;
}

static bool take_question(struct ctl *ctl, struct due_question *q, int *code)
{
    const struct config *config = ctl_config(ctl, code);
    if (config == NULL)
        return false;
    if (!ctl_has(ctl, OPT_CALENDAR) || !ctl_has(ctl, OPT_FROM) || !ctl_has(ctl, OPT_ADD)) {
        *code = ctl_refuse(ctl, EX_USAGE, "Usage", "triagectl help clock due", "--calendar, --from and --add are needed");
        return false;
    }
    if (ctl->arg_count > 0 && !ctl_has(ctl, OPT_PAUSE)) {
        *code = ctl_refuse(ctl, EX_USAGE, "Usage", "triagectl help clock due", "\"%s\" is not expected here", ctl->args[0]);
        return false;
    }
    q->calendar = desk_calendar(&config->desk, str_of(ctl->value[OPT_CALENDAR]));
    if (q->calendar == NULL)
        *code = misuse(ctl, "triagectl config print shows them; always is there by itself", "calendar of the configuration", ctl->value[OPT_CALENDAR]);
    else if (!take_time(q->calendar, str_of(ctl->value[OPT_FROM]), &q->from))
        *code = misuse(ctl, "for example 2026-11-27T16:00:00+01:00", "time", ctl->value[OPT_FROM]);
    else if (!clock_parse_span(str_of(ctl->value[OPT_ADD]), &q->add))
        *code = misuse(ctl, "for example 4h, 90min", "duration", ctl->value[OPT_ADD]);
    else
        return take_pauses(ctl, q, code);
    return false;
}

/* The counted pieces from `from` to `due`, those that touch as one. */
static size_t way_of(const struct due_question *q, int64_t due, struct span *way)
{
    struct span piece = {q->from, q->from};
    size_t count = 0;
    while (piece.to < due && calendar_counts(q->calendar, piece.to, q->pauses, q->pause_count, &piece) && piece.from < due) {
        struct span part = {piece.from, piece.to < due ? piece.to : due};
        if (count > 0 && way[count - 1].to == part.from)
            way[count - 1].to = part.to;
        else if (count == STEPS_MAX)
            break;
        else
            way[count++] = part;
    }
    return count;
}

static json_t *way_json(const struct span *way, size_t count)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < count; i++)
        json_add(steps, json_pack("{s:o,s:o,s:I}", "from", json_time(way[i].from), "to", json_time(way[i].to), "seconds", (json_int_t)((way[i].to - way[i].from) / CLOCK_SECOND)));
    return steps;
}

static void show_way(struct ctl *ctl, const struct due_question *q, const struct span *way, size_t count, int64_t due)
{
    int64_t sum = 0;
    char utc[CLOCK_TEXT];
    clock_rfc3339(due, utc);
    ctl_printf(ctl, "due  %s  (%s)\n", by_the_wall(ctl, q->calendar, due), utc);
    for (size_t i = 0; i < count; i++) {
        sum += way[i].to - way[i].from;
        ctl_printf(ctl, "  from %s to %s: %s, together %s\n", by_the_wall(ctl, q->calendar, way[i].from), by_the_wall(ctl, q->calendar, way[i].to),
                   length_text(ctl, way[i].to - way[i].from), length_text(ctl, sum));
    }
}

int run_clock_due(struct ctl *ctl)
{
    struct due_question q = {0};
    int64_t due = 0;
    int code = 0;
    if (!take_question(ctl, &q, &code))
        return code;
    bool ends = calendar_due(q.calendar, q.from, q.add, q.pauses, q.pause_count, &due);
    struct span *way = arena_array(ctl->arena, STEPS_MAX, sizeof *way);
    size_t count = ends ? way_of(&q, due, way) : 0;
    if (ctl_wants_json(ctl))
        code = ctl_document(ctl, json_pack("{s:o,s:o,s:o,s:I,s:o}", "due", ends ? json_time(due) : json_null(), "calendar", json_str(q.calendar->name), "from", json_time(q.from), "seconds",
                                           (json_int_t)(q.add / CLOCK_SECOND), "way", way_json(way, count)), NULL);
    else if (ends)
        show_way(ctl, &q, way, count, due);
    else
        ctl_printf(ctl, "never: calendar %s does not open for so long within eleven years\n", ctl_safe(ctl, q.calendar->name));
    return code != 0 ? code : ends ? 0 : 1;
}

/* ---- of a ticket ------------------------------------------------------------------------------------------------------------------------ */

const char *clock_summary(struct ctl *ctl, const json_t *clock)
{
    struct str state = json_get_str(clock, "state");
    int64_t due = ctl_time(clock, "due"), ended = ctl_time(clock, "ended");
    bool late = json_get_bool(clock, "late");
    struct str text = STR("never due: its calendar does not open for so long");
    if (str_eq(state, STR("ended")))
        text = late ? arena_printf(ctl->arena, "missed by %s", ctl_span(ctl, ended - due)) : arena_printf(ctl->arena, "met %s", ctl_when(ctl, ended));
    else if (str_eq(state, STR("paused")))
        text = STR("paused");
    else if (due != 0)
        text = late ? arena_printf(ctl->arena, "overdue for %s", ctl_span(ctl, ctl->world->now - due)) : arena_printf(ctl->arena, "due %s", ctl_when(ctl, due));
    return ctl_paint(ctl, late ? COLOUR_RED : COLOUR_NONE, arena_text(ctl->arena, text));
}

/* The calendar of the files, for its zone; where it is not there any more times are told in UTC. */
static const struct calendar *calendar_named(struct ctl *ctl, struct str name)
{
    int ignored = 0;
    const struct config *config = ctl_config(ctl, &ignored);
    const struct calendar *found = config != NULL ? desk_calendar(&config->desk, name) : NULL;
    return found != NULL ? found : &calendar_always;
}

static void show_spans(struct ctl *ctl, const struct calendar *calendar, const json_t *spans, const char *what)
{
    int64_t sum = 0;
    for (size_t i = 0; i < json_array_size(spans); i++) {
        const json_t *span = json_array_get(spans, i);
        int64_t ms = json_get_int(span, "seconds") * CLOCK_SECOND, to = ctl_time(span, "to");
        sum += ms;
        ctl_printf(ctl, "  %s %s to %s: %s, together %s\n", what, by_the_wall(ctl, calendar, ctl_time(span, "from")), to == 0 ? "now" : by_the_wall(ctl, calendar, to),
                   length_text(ctl, ms), length_text(ctl, sum));
    }
}

static void explain_clock(struct ctl *ctl, const json_t *clock)
{
    const struct calendar *calendar = calendar_named(ctl, json_get_str(clock, "calendar"));
    int64_t due = ctl_time(clock, "due");
    if (str_eq(json_get_str(clock, "state"), STR("none"))) {
        ctl_printf(ctl, "%s: %s\n", ctl_member(ctl, clock, "clock"), json_get_int(clock, "seconds") == 0 ? "nothing is promised" : "it has not begun");
        return;
    }
    ctl_printf(ctl, "%s: %s of calendar %s from %s\n", ctl_member(ctl, clock, "clock"), length_text(ctl, json_get_int(clock, "seconds") * CLOCK_SECOND),
               ctl_member(ctl, clock, "calendar"), by_the_wall(ctl, calendar, ctl_time(clock, "from")));
    show_spans(ctl, calendar, json_object_get(clock, "pauses"), "paused from");
    show_spans(ctl, calendar, json_object_get(clock, "way"), "counted from");
    ctl_printf(ctl, "  spent %s; %s%s%s\n", length_text(ctl, json_get_int(clock, "spent") * CLOCK_SECOND), clock_summary(ctl, clock), due != 0 ? "; due " : "",
               due != 0 ? by_the_wall(ctl, calendar, due) : "");
}

int run_clock_explain(struct ctl *ctl)
{
    int64_t id = 0;
    json_t *answer = NULL;
    if (!ctl_number(ctl->args[0], '\0', &id))
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is no ticket number", ctl->args[0]);
    int code = ctl_ask(ctl, "ClockExplain", json_pack("{s:I}", "ticket", (json_int_t)id), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "clocks");
    json_t *clocks = json_object_get(answer, "clocks");
    for (size_t i = 0; i < json_array_size(clocks); i++)
        explain_clock(ctl, json_array_get(clocks, i));
    json_decref(answer);
    return 0;
}
