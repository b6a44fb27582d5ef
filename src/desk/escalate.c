/* escalate: a step lies where so many percent of a clock's time have counted. It is told once a round of the clock; of several that were missed only the furthest. */
#include "desk/escalate.h"

#include "base/clock.h"

#define PUNCTUAL (10 * CLOCK_MINUTE) /* later than this it is told late */

static bool applies(const struct escalation_settings *e, const struct escalation_ticket *ticket, enum desk_clock clock)
{
    return ticket->clocks[clock].state == CLOCK_RUNNING && (e->clocks & 1u << clock) != 0 && (e->severities & 1u << ticket->severity) != 0 &&
           (e->queue_count == 0 || str_among(e->queues, e->queue_count, ticket->queue));
}

/* The furthest step of this round that was told; 0: none. */
static uint32_t told_of(const struct escalation_settings *e, const struct escalation_ticket *ticket, enum desk_clock clock)
{
    uint32_t furthest = 0;
    for (size_t i = 0; i < ticket->told_count; i++) {
        const struct escalation_told *told = &ticket->told[i];
        if (told->clock == clock && told->started == ticket->clocks[clock].from && str_eq(told->escalation, e->name) && told->percent > furthest)
            furthest = told->percent;
    }
    return furthest;
}

static bool first_open(const struct calendar *calendar, int64_t at, int64_t *opens)
{
    struct span piece;
    bool found = calendar_open(calendar, at, &piece);
    *opens = found ? piece.from : 0;
    return found;
}

/* When the step is to be told; false: never. */
static bool when(const struct escalation_ticket *ticket, const struct clock *clock, uint32_t percent, int64_t now, int64_t *at)
{
    const struct calendar *calendar = clock->target.calendar;
    if (!calendar_due(calendar, clock->from, clock->target.span / 100 * percent, clock->pauses, clock->pause_count, at))
        return false;
    if (ticket->quiet_until > *at && !first_open(calendar, ticket->quiet_until, at))
        return false;
    return now <= *at + PUNCTUAL || first_open(calendar, now, at);
}

int64_t escalate_next(const struct desk *desk, const struct escalation_ticket *ticket, int64_t now)
{
    int64_t next = 0, at = 0;
    for (size_t i = 0; i < desk->escalation_count; i++) {
        const struct escalation_settings *e = &desk->escalations[i];
        for (unsigned c = 0; c < DESK_CLOCKS; c++) {
            if (!applies(e, ticket, (enum desk_clock)c))
                continue;
            uint32_t told = told_of(e, ticket, (enum desk_clock)c);
            for (size_t p = 0; p < e->percent_count; p++)
                if (e->percents[p] > told && when(ticket, &ticket->clocks[c], e->percents[p], now, &at) && (next == 0 || at < next))
                    next = at;
        }
    }
    return next;
}

size_t escalate_now(const struct desk *desk, const struct escalation_ticket *ticket, int64_t now, struct escalation_step *steps)
{
    size_t count = 0;
    int64_t at = 0;
    for (size_t i = 0; i < desk->escalation_count; i++) {
        const struct escalation_settings *e = &desk->escalations[i];
        for (unsigned c = 0; c < DESK_CLOCKS && count < ESCALATION_STEPS_MAX; c++) {
            struct escalation_step step = {e, (enum desk_clock)c, 0};
            if (!applies(e, ticket, step.clock))
                continue;
            uint32_t told = told_of(e, ticket, step.clock);
            for (size_t p = 0; p < e->percent_count; p++)
                if (e->percents[p] > told && e->percents[p] > step.percent && when(ticket, &ticket->clocks[c], e->percents[p], now, &at) && at <= now)
                    step.percent = e->percents[p];
            if (step.percent > 0)
                steps[count++] = step;
        }
    }
    return count;
}

/* ---- who ---- */

/* Turns are counted by the clock on the desk's wall, so that a hand-over at nine is one at nine all year. */
const struct agent_settings *roster_turn(const struct desk *desk, const struct roster_settings *roster, int64_t now)
{
    const struct calendar wall = {.zone = desk->zone};
    int64_t passed = calendar_wall(&wall, now) - roster->since, turns = passed / roster->turn - (passed % roster->turn < 0);
    int64_t members = (int64_t)roster->member_count;
    return desk_agent(desk, roster->members[(size_t)((turns % members + members) % members)]);
}

static void add(const struct agent_settings *agent, int64_t now, const struct agent_settings **agents, size_t *count)
{
    if (agent == NULL || !agent_is_present(agent, now))
        return;
    for (size_t i = 0; i < *count; i++)
        if (agents[i] == agent)
            return;
    agents[(*count)++] = agent;
}

static void add_queue(const struct desk *desk, struct str queue, int64_t now, const struct agent_settings **agents, size_t *count)
{
    for (size_t i = 0; i < desk->agent_count; i++)
        if (agent_serves(&desk->agents[i], queue))
            add(&desk->agents[i], now, agents, count);
}

size_t escalate_to(const struct desk *desk, const struct escalation_settings *escalation, const struct escalation_ticket *ticket, int64_t now, const struct agent_settings **agents)
{
    size_t count = 0;
    const struct agent_settings *owner = ticket->owner.n > 0 ? desk_agent(desk, ticket->owner) : NULL;
    for (size_t i = 0; i < escalation->to_count; i++) {
        const struct escalation_to *to = &escalation->to[i];
        if (to->kind == ESCALATE_TO_OWNER && owner != NULL && agent_is_present(owner, now))
            add(owner, now, agents, &count);
        else if (to->kind == ESCALATE_TO_OWNER || to->kind == ESCALATE_TO_QUEUE)
            add_queue(desk, ticket->queue, now, agents, &count);
        else if (to->kind == ESCALATE_TO_AGENT)
            add(desk_agent(desk, to->name), now, agents, &count);
        else
            for (size_t k = 0; k < desk->roster_count; k++)
                if (str_eq(desk->rosters[k].name, to->name))
                    add(roster_turn(desk, &desk->rosters[k], now), now, agents, &count);
    }
    return count;
}
