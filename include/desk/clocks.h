/* clocks: the three clocks of a ticket, from what happened to it. Pure; times are UTC ms.
 *
 *   respond   from the message's INTERNALDATE to the first answer by a human that a relay took; never paused while it waits
 *   update    from each such answer to the next
 *   resolve   from the INTERNALDATE until it is closed
 *
 * While a ticket is closed all of them stand still. While it is pending update and resolve do, from the first answer on: who has said nothing yet waits for nobody. */
#ifndef DESK_CLOCKS_H
#define DESK_CLOCKS_H

#include "base/arena.h"
#include "desk/desk.h"

/* When the ticket was closed, or pending. */
struct clock_pause {
    bool closed;
    int64_t from, to; /* to 0: it still is */
};

struct clock_facts {
    bool clocked;            /* false: no clock runs (backfill, imported) */
    uint8_t severity;
    struct str plan;         /* "" : none */
    struct str state;
    int64_t opened_at;       /* INTERNALDATE of the first message */
    int64_t responded_at;    /* first answer by a human; 0: none yet */
    int64_t answered_at;     /* the last one; 0: none yet */
    int64_t closed_at;       /* 0: it is open */
    struct clock_pause *pauses;
    size_t pause_count;
    struct str queue, owner; /* for who is told of it */
    int64_t quiet_until;     /* snoozed; 0: not */
};

enum clock_state {
    CLOCK_NONE,    /* nothing is promised, or it has not begun */
    CLOCK_RUNNING,
    CLOCK_PAUSED,  /* it is not due as long as this lasts */
    CLOCK_MET,     /* ended_at is when */
    CLOCK_NEVER    /* the calendar never opens for so long */
};

struct clock {
    enum clock_state state;
    struct target target;
    int64_t from, due; /* due 0: none */
    int64_t ended_at;
    struct span *pauses;
    size_t pause_count;
};

/* In the order of enum desk_clock. */
void clocks_compute(const struct desk *desk, const struct clock_facts *facts, struct arena *arena, struct clock clocks[DESK_CLOCKS]);
/* What is due next; 0: nothing. */
int64_t clocks_next(const struct clock clocks[DESK_CLOCKS]);

#endif
