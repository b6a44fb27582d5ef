/* clocks: everything is computed anew from the beginning, so a change of severity, plan or calendar, or a pause, needs no memory of what was due before. */
#include "desk/clocks.h"

/* The pauses that count for this clock: what came after its end is nothing to it. */
static void take_pauses(const struct clock_facts *facts, enum desk_clock which, struct arena *arena, struct clock *clock)
{
    clock->pauses = arena_array(arena, facts->pause_count, sizeof *clock->pauses);
    for (size_t i = 0; i < facts->pause_count; i++) {
        const struct clock_pause *p = &facts->pauses[i];
        struct span span = {p->from, p->to != 0 ? p->to : INT64_MAX};
        if (!p->closed && (which == DESK_RESPOND || facts->responded_at == 0))
            continue;
        if (!p->closed && span.from < facts->responded_at)
            span.from = facts->responded_at;
        if (span.from < span.to && (clock->ended_at == 0 || span.from < clock->ended_at))
            clock->pauses[clock->pause_count++] = span;
    }
}

static bool is_open_ended(const struct clock *clock)
{
    for (size_t i = 0; i < clock->pause_count; i++)
        if (clock->pauses[i].to == INT64_MAX)
            return true;
    return false;
}

static void compute(const struct clock_facts *facts, enum desk_clock which, struct arena *arena, struct clock *clock)
{
    static const int64_t none = 0;
    const int64_t *const from[DESK_CLOCKS] = {&facts->opened_at, &facts->answered_at, &facts->opened_at};
    const int64_t *const ended[DESK_CLOCKS] = {&facts->responded_at, &none, &facts->closed_at};
    clock->from = *from[which];
    clock->ended_at = *ended[which];
    if (!facts->clocked || clock->target.span == 0 || clock->from == 0)
        return;
    take_pauses(facts, which, arena, clock);
    bool comes = calendar_due(clock->target.calendar, clock->from, clock->target.span, clock->pauses, clock->pause_count, &clock->due);
    clock->due = comes ? clock->due : 0;
    if (clock->ended_at != 0)
        clock->state = CLOCK_MET;
    else if (comes && facts->closed_at == 0)
        clock->state = CLOCK_RUNNING;
    else
        clock->state = is_open_ended(clock) ? CLOCK_PAUSED : CLOCK_NEVER;
}

void clocks_compute(const struct desk *desk, const struct clock_facts *facts, struct arena *arena, struct clock clocks[DESK_CLOCKS])
{
    for (unsigned i = 0; i < DESK_CLOCKS; i++) {
        clocks[i] = (struct clock){.target = desk_target(desk, facts->plan, facts->severity, (enum desk_clock)i)};
        compute(facts, (enum desk_clock)i, arena, &clocks[i]);
    }
}

int64_t clocks_next(const struct clock clocks[DESK_CLOCKS])
{
    int64_t next = 0;
    for (unsigned i = 0; i < DESK_CLOCKS; i++)
        if (clocks[i].state == CLOCK_RUNNING && (next == 0 || clocks[i].due < next))
            next = clocks[i].due;
    return next;
}
