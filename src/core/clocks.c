/* clocks: see the header. */
#include "core/clocks.h"

#include "store/due.h"

int64_t clocks_first(const struct desk *desk, struct str plan, uint8_t severity, int64_t opened)
{
    struct target target = desk_target(desk, plan, severity, DESK_RESPOND);
    int64_t due = 0;
    return target.span > 0 && calendar_due(target.calendar, opened, target.span, NULL, 0, &due) ? due : 0;
}

bool clocks_settle(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, struct err *err)
{
    struct clock_facts facts;
    struct clock clocks[DESK_CLOCKS];
    int64_t due[DESK_CLOCKS];
    if (!store_due_facts(store, arena, ticket, &facts, err))
        return false;
    clocks_compute(desk, &facts, arena, clocks);
    for (size_t i = 0; i < DESK_CLOCKS; i++)
        due[i] = clocks[i].due;
    return store_due_put(store, ticket, due, clocks_next(clocks), err);
}

bool clocks_settle_some(struct store *store, const struct desk *desk, size_t limit, struct err *err)
{
    struct arena *arena = arena_new();
    int64_t *tickets = NULL;
    size_t count = 0;
    bool good = store_due_waiting(store, arena, limit, &tickets, &count, err);
    for (size_t i = 0; good && i < count; i++)
        good = clocks_settle(store, desk, arena, tickets[i], err);
    arena_free(&arena);
    return good;
}
