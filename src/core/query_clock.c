/* query_clock: the clocks of a ticket, and the way to when each is due. */
#include "core/query_look.h"

#include "base/clock.h"
#include "core/clocks.h"
#include "core/query_json.h"

#include <sysexits.h>

#define WAY_MAX 400u /* pieces that are told */

/* What has no end yet goes on. */
static json_t *span_json(const struct span *span, int64_t now)
{
    int64_t to = span->to == INT64_MAX ? now : span->to;
    return json_pack("{s:o,s:o,s:I}", "from", json_time(span->from), "to", span->to == INT64_MAX ? json_null() : json_time(span->to), "seconds",
                     (json_int_t)((to > span->from ? to - span->from : 0) / CLOCK_SECOND));
}

/* What counted so far, or until it was due or ended, whichever came last. */
static json_t *way_json(const struct clock *clock, int64_t now)
{
    json_t *way = json_array();
    int64_t until = clock->ended_at != 0 ? clock->ended_at : now;
    until = until > clock->due ? until : clock->due;
    struct span piece = {clock->from, clock->from};
    while (piece.to < until && json_array_size(way) < WAY_MAX &&
           calendar_counts(clock->target.calendar, piece.to, clock->pauses, clock->pause_count, &piece) && piece.from < until) {
        struct span part = {piece.from, piece.to < until ? piece.to : until};
        json_add(way, span_json(&part, now));
    }
    return way;
}

static json_t *clock_json(const struct clock *clock, enum desk_clock which, bool way, int64_t now)
{
    static const char *const states[] = {[CLOCK_NONE] = "none", [CLOCK_RUNNING] = "running", [CLOCK_PAUSED] = "paused", [CLOCK_MET] = "ended", [CLOCK_NEVER] = "never"};
    bool runs = clock->state != CLOCK_NONE;
    int64_t end = clock->ended_at != 0 ? clock->ended_at : now;
    int64_t spent = runs ? calendar_elapsed(clock->target.calendar, clock->from, end, clock->pauses, clock->pause_count) : 0;
    json_t *one = json_object(), *pauses = json_array();
    for (size_t i = 0; i < clock->pause_count; i++)
        json_add(pauses, span_json(&clock->pauses[i], now));
    json_put(one, "clock", json_string(desk_clock_name(which)));
    json_put(one, "state", json_string(states[clock->state]));
    json_put(one, "seconds", json_integer(clock->target.span / CLOCK_SECOND));
    json_put(one, "spent", json_integer(spent / CLOCK_SECOND));
    json_put(one, "calendar", json_str(clock->target.calendar->name));
    json_put(one, "timezone", json_str_or_null(clock->target.calendar->timezone));
    json_put(one, "from", json_time(runs ? clock->from : 0));
    json_put(one, "due", json_time(runs ? clock->due : 0));
    json_put(one, "ended", json_time(clock->state == CLOCK_MET ? clock->ended_at : 0));
    json_put(one, "late", json_boolean(runs && clock->due != 0 && end > clock->due));
    json_put(one, "pauses", pauses);
    if (way)
        json_put(one, "way", runs ? way_json(clock, now) : json_array());
    return one;
}

json_t *query_clocks(struct query_context *context, struct arena *arena, int64_t ticket, bool way, struct err *err)
{
    struct clock clocks[DESK_CLOCKS];
    if (!clocks_now(context->store, &context->config->desk, arena, ticket, clocks, err))
        return NULL;
    json_t *list = json_array();
    for (unsigned i = 0; i < DESK_CLOCKS; i++)
        json_add(list, clock_json(&clocks[i], (enum desk_clock)i, way, query_now(context)));
    return list;
}

void query_clock_explain(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct err err = {0};
    int64_t ticket = json_get_int(parameters, "ticket");
    json_t *clocks = NULL;
    if (context->config == NULL)
        query_refuse(answer, "NoConfiguration", EX_CONFIG, "what is promised stands in the configuration, which cannot be read: triagectl config check");
    else if ((clocks = query_clocks(context, arena, ticket, true, &err)) == NULL)
        query_trouble(answer, &err);
    else
        answer->result = json_pack("{s:I,s:o,s:i}", "ticket", (json_int_t)ticket, "clocks", clocks, "total", (int)DESK_CLOCKS);
    arena_free(&arena);
}
