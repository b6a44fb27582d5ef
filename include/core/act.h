/* act: a command of an agent carried out on a ticket, for whoever brings it: a mail, triagectl. Its changes stand under one receipt; the caller's transaction makes
 * several commands all or nothing. What customers are to be told (CLASS_RELAY) and what is to be answered (CLASS_QUESTION) is not done here. */
#ifndef CORE_ACT_H
#define CORE_ACT_H

#include "desk/command.h"
#include "store/store.h"

struct acting {
    struct store *store;
    struct arena *arena;
    struct str actor, receipt;
    int64_t now;         /* UTC ms */
    int64_t undo_window; /* ms within which undo takes back; below 0: always */
};

/* What was done, for the receipt. An undo is one row: field "undo", before the receipt, after what store_undo_receipt told. */
struct act_change {
    int64_t ticket;
    struct str field, before, after;
};
struct acted {
    struct act_change *list;
    size_t count;
};

/* Adds to *acted. What is so already and may be (change.maybe) is passed over. ERR_ITEM says what is wrong; then the transaction is to be given up. */
bool act_on(const struct acting *acting, int64_t ticket, const struct command *command, struct acted *acted, struct err *err);

#endif
