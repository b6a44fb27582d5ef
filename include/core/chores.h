/* chores: what mailboxes are told besides what became of their mail: a copy of what an agent sent goes into the folder for sent mail (`sent`), and the state of a ticket shows as
 * keywords on its messages (`state-keywords`). The store holds what is still to be done; the courier is given some of it at a time and does it between two looks;
 * what it answers is recorded by the next commit. A server that refuses is asked again later; new mail never waits for any of it. */
#ifndef CORE_CHORES_H
#define CORE_CHORES_H

#include "core/config.h"
#include "store/chores.h"

struct chores;

void chores_open(struct chores **chores);
void chores_close(struct chores **chores);
/* The store was changed by another: what is due is looked up again. */
void chores_changed(struct chores *chores);
/* The configuration now in force, which stays until the next call. */
bool chores_setup(struct chores *chores, const struct config *config, struct store *store, struct err *err);
/* The courier is gone: what it had is to be done again. */
void chores_recall(struct chores *chores);
/* Writes frames for what may be done now. now: UTC ms, mono: monotonic ms. */
bool chores_hand_out(struct chores *chores, struct store *store, int64_t now, int64_t mono, struct buf *frames, struct err *err);
/* An answer's payload; false: malformed. To what we did not ask it is ignored. */
bool chores_take(struct chores *chores, struct str payload);
/* Is there something to be written down? */
bool chores_has_news(const struct chores *chores);
/* Inside a transaction: the answers become the record. */
bool chores_record(struct chores *chores, struct store *store, int64_t now, struct err *err);
/* After the commit: logs, forgets. Without it the answers stay for the next. */
void chores_recorded(struct chores *chores, int64_t mono);
/* When chores_hand_out is worth calling again (UTC ms). */
int64_t chores_next(const struct chores *chores);
/* Why a mailbox does not do what it was told, "" when it does. */
const char *chores_problem(const struct chores *chores, size_t mailbox);

/* In the transaction that records that a relay took the letter: is its copy to be put into a folder? */
bool sent_copy_due(struct store *store, const struct config *config, int64_t letter, int64_t now, struct err *err);
/* Does the mailbox show the state of tickets? What is moved or deleted shows nothing. */
bool chores_mark(const struct config_mailbox *mailbox);

#endif
