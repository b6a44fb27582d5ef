/* clocks: what is promised on a ticket, kept in step with what happens to it. */
#ifndef CORE_CLOCKS_H
#define CORE_CLOCKS_H

#include "desk/clocks.h"
#include "store/store.h"

/* When the first answer to a new ticket is due; 0: never. */
int64_t clocks_first(const struct desk *desk, struct str plan, uint8_t severity, int64_t opened);
/* Computes a ticket's clocks and writes down when they are due. In a transaction. */
bool clocks_settle(struct store *store, const struct desk *desk, struct arena *arena, int64_t ticket, struct err *err);
/* The same for tickets whose clocks may have moved, at most `limit`. */
bool clocks_settle_some(struct store *store, const struct desk *desk, size_t limit, struct err *err);

#endif
