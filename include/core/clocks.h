/* clocks: what is promised on a ticket, kept in step with what happens to it. */
#ifndef CORE_CLOCKS_H
#define CORE_CLOCKS_H

#include "desk/escalate.h"
#include "store/store.h"

/* When the first answer to a new ticket is due; 0: never. */
int64_t clocks_first(const struct desk *desk, struct str plan, uint8_t severity, int64_t opened);
/* A ticket's clocks as of now; what the store has of them may be older than what just happened. */
bool clocks_now(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, struct clock clocks[DESK_CLOCKS], struct err *err);
/* A ticket's clocks, and what was told of them. Its texts live in the arena. */
struct clocks_of {
    struct clock_facts facts;
    struct clock clocks[DESK_CLOCKS];
    struct escalation_ticket escalation;
};
bool clocks_load(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, struct clocks_of *of, struct err *err);
/* Writes down when they are due, and when somebody is to be told. In a transaction. */
bool clocks_settle(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, int64_t now, struct err *err);
/* The same for tickets whose clocks may have moved, at most `limit`. */
bool clocks_settle_some(struct store *store, const struct desk *desk, size_t limit, int64_t now, struct err *err);

#endif
