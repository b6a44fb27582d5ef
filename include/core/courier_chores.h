/* courier_chores: what a mailbox's thread is to do besides its mail, in the order in which core said so. A chore stays until it was answered for: a session that
 * dies over one leaves it for the next, and one that kills three sessions is answered with a refusal, so that mail does not wait for it. */
#ifndef CORE_COURIER_CHORES_H
#define CORE_COURIER_CHORES_H

#include "core/courier.h"

#define COURIER_CHORE_BREAKS 3u

struct courier_chore {
    struct arena *arena;
    struct wire_chore chore;
    uint32_t breaks; /* sessions it has cost */
    struct courier_chore *next;
};

/* Its own lock: the main thread adds, the mailbox's thread takes. */
struct courier_chores {
    pthread_mutex_t lock;
    struct courier_chore *first, **last;
};

void courier_chores_open(struct courier_chores *chores);
void courier_chores_close(struct courier_chores *chores);
void courier_chores_add(struct courier_chores *chores, const struct wire_chore *chore);
/* The one to be done next, or NULL; it stays the list's. */
struct courier_chore *courier_chores_next(struct courier_chores *chores);
/* That one is answered for. */
void courier_chores_drop(struct courier_chores *chores);
/* Carries it out. Afterwards another folder than before may be selected, or none. ERR_ITEM: refused; otherwise the session is dead. A folder that was made anew has nothing left
 * to be marked: that is done. */
bool courier_chore_do(const struct mailbox_driver *driver, struct mailbox *session, const struct wire_chore *chore, struct err *err);

#endif
