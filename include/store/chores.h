/* chores: what mailboxes are still to be told besides what became of their mail: copies of what agents sent, and the state of tickets. Rows that stay until it is done. */
#ifndef STORE_CHORES_H
#define STORE_CHORES_H

#include "store/store.h"

/* May there be something new to do since the last call? */
bool store_chores_changed(struct store *store);

/* ---- copies ------------------------------------------------------------------------------------------------------------------ */

/* The mailbox of the ticket that a letter of kind "reply" is about; "" for any other letter. */
bool store_reply_mailbox(struct store *store, struct arena *arena, int64_t letter, struct str *mailbox, struct err *err);
/* In the transaction that records that the letter was sent: its copy is to be put, once. */
bool store_copy_add(struct store *store, int64_t letter, struct str mailbox, int64_t now, struct err *err);

struct due_copy {
    int64_t letter;
    uint32_t tries; /* that were refused */
    struct str message_id;
    int64_t created;
    struct str octets;
};
/* The ids of at most `limit` letters whose copies are due, oldest due first. */
bool store_copies_due(struct store *store, struct arena *arena, struct str mailbox, int64_t now, size_t limit, int64_t **letters, size_t *count, struct err *err);
bool store_copy_load(struct store *store, struct arena *arena, int64_t letter, struct due_copy *copy, struct err *err);
/* When the next copy is due; INT64_MAX: none waits. */
bool store_next_copy(struct store *store, int64_t *when, struct err *err);
/* With an event on the ticket; a refusal in the same words as before leaves none. */
bool store_copy_done(struct store *store, int64_t letter, struct str folder, int64_t now, struct err *err);
bool store_copy_refused(struct store *store, int64_t letter, struct str why, int64_t next_at, int64_t now, struct err *err);

/* ---- marks: the state and severity of a ticket, "open/B", as its messages in the mailbox show it --------------------------------- */

/* Does any mailbox show them? Then every ticket that changes from now on waits to be shown, and all open ones at once, in case they changed while none did. */
bool store_marking(struct store *store, bool on, struct err *err);
/* The waiting tickets above `above`, ascending. */
bool store_mark_tickets(struct store *store, struct arena *arena, int64_t above, size_t limit, int64_t **tickets, size_t *count, struct err *err);
/* A message on record that shows something else than its ticket's mark. */
struct due_mark {
    int64_t ledger;
    uint32_t uid_validity, uid;
    struct str mailbox, folder;
};
/* The ticket's mark (that of the ticket it went into), and its messages in present folders that show another; not those that were only proposed. */
bool store_marks_of(struct store *store, struct arena *arena, int64_t ticket, size_t limit, struct str *mark, struct due_mark **marks, size_t *count, struct err *err);
bool store_marked(struct store *store, int64_t ledger, struct str mark, struct err *err);
/* Nothing of the ticket waits any more. */
bool store_mark_done(struct store *store, int64_t ticket, struct err *err);

#endif
