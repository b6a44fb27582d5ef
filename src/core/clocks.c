/* clocks: see the header. */
#include "core/clocks.h"

#include "store/due.h"

int64_t clocks_first(const struct desk *desk, struct str plan, uint8_t severity, int64_t opened)
{
    struct target target = desk_target(desk, plan, severity, DESK_RESPOND);
    int64_t due = 0;
    return target.span > 0 && calendar_due(target.calendar, opened, target.span, NULL, 0, &due) ? due : 0;
}

bool clocks_now(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, struct clock clocks[DESK_CLOCKS], struct err *err)
{
    struct clock_facts facts;
    if (!store_due_facts(store, arena, ticket, &facts, err))
        return false;
    clocks_compute(desk, &facts, arena, clocks);
    return true;
}

bool clocks_load(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, struct clocks_of *of, struct err *err)
{
    struct escalation_told *told = NULL;
    size_t count = 0;
    if (!store_due_facts(store, arena, ticket, &of->facts, err) || (desk->escalation_count > 0 && !store_escalated(store, arena, ticket, &told, &count, err)))
        return false;
    clocks_compute(desk, &of->facts, arena, of->clocks);
    bool pending = str_eq(of->facts.state, STR("pending")); /* its time to wake is the customer's, not the agents' */
    of->escalation = (struct escalation_ticket){.queue = of->facts.queue, .owner = of->facts.owner, .severity = of->facts.severity, .clocks = of->clocks, .told = told,
                                                .told_count = count, .quiet_until = pending ? 0 : of->facts.quiet_until};
    return true;
}

bool clocks_settle(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, int64_t now, struct err *err)
{
    struct clocks_of of;
    struct due_times times = {0};
    if (!clocks_load(store, desk, arena, ticket, &of, err))
        return false;
    for (size_t i = 0; i < DESK_CLOCKS; i++)
        times.due[i] = of.clocks[i].due;
    times.next = clocks_next(of.clocks);
    times.escalate = escalate_next(desk, &of.escalation, now);
    return store_due_put(store, ticket, &times, err);
}

bool clocks_settle_some(struct store *store, const struct desk *desk, size_t limit, int64_t now, struct err *err)
{
    struct arena *arena = arena_new();
    int64_t *tickets = NULL;
    size_t count = 0;
    bool good = store_due_waiting(store, arena, limit, &tickets, &count, err);
    for (size_t i = 0; good && i < count; i++)
        good = clocks_settle(store, desk, arena, tickets[i], now, err);
    arena_free(&arena);
    return good;
}
