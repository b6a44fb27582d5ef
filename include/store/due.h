/* due: what the clocks of tickets are computed from, and what came of it. A change that may move a clock puts the ticket on a list, in the same transaction; whoever
 * knows what is promised takes it from there. */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include "desk/escalate.h"
#include "store/store.h"

/* The facts of a ticket; in the arena. ERR_ITEM: no such ticket. */
bool store_due_facts(struct store *store, struct arena *arena, int64_t ticket, struct clock_facts *facts, struct err *err);
/* May there be tickets on the list? Costs nothing; true after the store was opened. */
bool store_due_wait(const struct store *store);
/* At most `limit` tickets of the list, oldest first; fewer: these are all. */
bool store_due_waiting(struct store *store, struct arena *arena, size_t limit, int64_t **tickets, size_t *count, struct err *err);
/* What of a ticket was told; in the arena. */
bool store_escalated(struct store *store, struct arena *arena, int64_t ticket, struct escalation_told **told, size_t *count, struct err *err);
bool store_escalated_put(struct store *store, int64_t ticket, const struct escalation_told *told, int64_t now, struct err *err);
/* When something is to be told next; INT64_MAX: never. */
bool store_next_escalation(struct store *store, int64_t *next, struct err *err);
/* At most `limit` tickets of which something is to be told by now, the longest waiting first. */
bool store_escalating(struct store *store, struct arena *arena, int64_t now, size_t limit, int64_t **tickets, size_t *count, struct err *err);

/* When each is due (0: not), what is due next, and when somebody is to be told (0: never); the ticket leaves the list. */
struct due_times {
    int64_t due[DESK_CLOCKS];
    int64_t next, escalate;
};
bool store_due_put(struct store *store, int64_t ticket, const struct due_times *times, struct err *err);
/* Every open ticket goes onto the list: what is promised may have changed. */
bool store_due_recount(struct store *store, struct err *err);
/* This ticket goes onto the list. */
bool store_due_later(struct store *store, int64_t ticket, struct err *err);
/* A human's answer was taken by a relay. */
bool store_answered(struct store *store, int64_t ticket, int64_t now, struct err *err);

#endif
