/* store: the one file that holds everything. The only code that speaks SQL; nothing above may know which engine it is.
 *
 * One connection, one thread. Writing happens between store_begin and store_commit: core files a whole group of messages in one
 * transaction (WAL, synchronous=FULL), each under its own savepoint. Texts returned live in the caller's arena. Errors: ERR_RETRY when the disk is
 * full, locked or unwell (nothing was written: try again), ERR_ITEM when this message cannot be filed, ERR_SETUP when the file is damaged, newer than
 * we are, or not ours. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "desk/line.h"
#include "desk/scan.h"

struct store;

/* Opens DIR/triaged.db, creating it (0600) only when `create`; migrates forward, each migration in one transaction. read_only: for triagectl when the
 * daemon is down: no migration, nothing is written. A missing file without create, a damaged one, a newer schema: ERR_SETUP with what to do. */
bool store_open(struct store **store, const char *directory, bool create, bool read_only, struct err *err);
void store_close(struct store **store);

bool store_begin(struct store *store, struct err *err);
/* One that is kept or undone as a whole: its parts are not marked, and one that fails spoils it; store_commit then undoes it all (ERR_ITEM). */
bool store_begin_whole(struct store *store, struct err *err);
bool store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);
/* Around what may fail and must then leave nothing behind: kept when `good`, else undone (false then); may stand within another. */
bool store_try(struct store *store, struct err *err);
bool store_try_end(struct store *store, bool good, struct err *err);
/* Around one message of a group: what happened since the mark is kept, or undone alone. */
bool store_mark(struct store *store, struct err *err);
bool store_keep(struct store *store, struct err *err);
void store_undo(struct store *store);
/* Moves WAL pages into the file; called and gives the page cache back; called when idle. A busy store has its pages moved
 * beside its work, and waits for that only when the log exceeds 64 MB. */
void store_checkpoint(struct store *store);

/* ---- folders: what is known of a mailbox's folder ------------------------------------------------------------------------- */

struct folder_state {
    bool known;            /* was looked at before */
    uint32_t uid_validity; /* as of the last look */
    uint32_t baseline;     /* UIDs up to this one were there at the first look and are not ours (0: none) */
    uint32_t backfill;     /* UIDs up to this one are imported without answer (0: none) */
    int64_t first_look, last_look;
    int64_t confirmed;     /* mail dated before is no backlog any more: somebody, or the configuration, has said what becomes of it */
};
bool store_folder_get(struct store *store, struct str mailbox, struct str folder, struct folder_state *state, struct err *err);
bool store_folder_put(struct store *store, struct str mailbox, struct str folder, const struct folder_state *state, struct err *err);
/* Calls back with every UID on record for the folder under uid_validity, ascending, as ranges; settled: only those of whom the mailbox has been told (false: those it has not). */
typedef void store_range(void *to, uint32_t first, uint32_t last);
bool store_folder_known(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, store_range *range, void *to, struct err *err);
bool store_folder_unsettled(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, store_range *range, void *to, struct err *err);
/* How many filed before `before` the mailbox has not been told of. */
bool store_untold(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, int64_t before, int64_t *count, struct err *err);
/* The mailbox has done what `after` says to these (list of UIDs). */
bool store_settled(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, uint32_t first, uint32_t last, int64_t now, struct err *err);

/* ---- tries at readers ------------------------------------------------------------------------------------------------------------- */

/* Is anything counted at all? Mostly not: then nothing need be asked of a message. */
bool store_attempts_any(struct store *store, bool *any, struct err *err);
/* The try of that number begins. In a transaction. */
bool store_attempt(struct store *store, const uint8_t sha256[32], uint32_t tries, int64_t now, struct err *err);
/* The number of the last try begun; 0: none is on record. */
bool store_attempts(struct store *store, const uint8_t sha256[32], uint32_t *tries, struct err *err);
/* The octets are filed. In a transaction. */
bool store_attempts_over(struct store *store, const uint8_t sha256[32], struct err *err);

/* ---- looking things up for placing -------------------------------------------------------------------------------------------- */

/* Is this UID on record already? uid 0 (mail that came without one, as by ingest) never is. */
bool store_has_uid(struct store *store, const struct raw *raw, bool *has, struct err *err);
/* Were the same octets filed before? *ticket: where to, 0 when nowhere. */
bool store_has_octets(struct store *store, const uint8_t sha256[32], bool *has, int64_t *ticket, struct err *err);
/* The ticket (and letter of ours, else 0) a Message-ID (without angle brackets) belongs to; ticket 0: unknown. */
bool store_find_message_id(struct store *store, struct str message_id, int64_t *ticket, int64_t *letter, struct err *err);

/* An open ticket since `since` whose requester wrote the very same there: subject and new words. ticket 0: none among his newest. */
bool store_find_repeated(struct store *store, struct str address, struct str subject, struct str fresh, int64_t since, int64_t *ticket, struct err *err);

struct ticket_state {
    int64_t id; /* 0: no such ticket */
    struct str state; /* "new", "open", "pending", "closed" */
    int64_t closed_at;
    struct str subject, queue, severity, kind, owner;
    int64_t opened_at;
    int64_t customer;     /* 0: nobody's */
    struct str requester; /* canonical address; "" */
};
bool store_ticket(struct store *store, struct arena *arena, int64_t ticket, struct ticket_state *state, struct err *err);
/* The first mail on record with that Message-ID; message 0: none (or it is a letter's). here: the ticket of `mailbox` that was opened by the same mail as `ticket`; 0. */
struct twin_row {
    int64_t message, ticket, received;
    struct str mailbox, sender, subject, text;
    bool opened, acknowledged;
    int64_t here;
};
bool store_twin(struct store *store, struct arena *arena, struct str message_id, struct str mailbox, struct twin_row *twin, struct err *err);
/* The party with that canonical address on the ticket; 0: not a party, or only suggested as one. */
bool store_party(struct store *store, int64_t ticket, struct str address, int64_t *party, struct err *err);

/* ---- filing ------------------------------------------------------------------------------------------------------------------------ */

/* Everything one message becomes, in the running transaction: raw octets (once per SHA-256), ledger row with outcome and reason, ticket or
 * its change, message, attachments, parties, Message-ID, events, provenance, the answer's decision. message, sender, verdict may be NULL for a
 * message that was not understood (quarantined) or is not to be understood again (duplicate); then filed->outcome and reason say why.
 * Given in filed: outcome, reason. Filled: ledger, ticket, message. A duplicate (mailbox, folder, UIDVALIDITY, UID) is ERR_ITEM "already on record".
 * due: when the first response is due, 0: never; of backfill no clock runs. */
bool store_file(struct store *store, const struct raw *raw, const struct message *message, const struct sender *sender, const struct placement *placement,
                const struct verdict *verdict, const char *ruleset_hash, int64_t due, struct filed *filed, struct err *err);
/* A quarantined message that was understood after all: its message, its ticket's values and requester are put in place, with provenance and an event; the outcome stays as it
 * was written, the row leaves the quarantine. ERR_ITEM: not in quarantine. sender and verdict may be NULL. */
bool store_refile(struct store *store, int64_t ledger, const struct message *message, const struct sender *sender, const struct verdict *verdict,
                  const char *ruleset_hash, int64_t now, struct err *err);
/* The raw octets of a message row (decompressed), for show, replay and attachments. */
bool store_raw(struct store *store, int64_t message, struct buf *octets, struct err *err);

/* ---- letters --------------------------------------------------------------------------------------------------------------------------- */

/* The next letter's id, used up even when the letter is not written after all. */
bool store_letter_id(struct store *store, int64_t *id, struct err *err);
/* Writes letter (final octets) with its recipients, all "queued" and due at `due`. Its Message-ID leads back to the ticket from now on. ledger: the
 * message it answers (0: none). state "held" keeps it from leaving. */
bool store_letter_add(struct store *store, const struct letter *letter, int64_t ledger, int64_t due, bool held, struct err *err);
/* Letters with a recipient due at `now`, oldest due first, with only those recipients; at most `limit`, not those in `except`. */
struct due_letter {
    struct letter letter;
    int64_t *recipient_ids; /* parallel to letter.recipients */
    uint32_t tries;         /* the highest of its recipients */
};
bool store_letters_due(struct store *store, struct arena *arena, struct str relay, int64_t now, const int64_t *except, size_t except_count, size_t limit,
                       struct due_letter **letters, size_t *count, struct err *err);
/* When the next letter of any relay becomes due; INT64_MAX: none waits. */
bool store_next_due(struct store *store, int64_t *when, struct err *err);
/* One try of one recipient has ended: state "sent", "deferred" (next try at next_at), "failed" or "unknown" (next try at next_at). */
bool store_receipt(struct store *store, int64_t recipient, struct str state, int64_t next_at, uint32_t code, struct str enhanced, struct str text, int64_t now,
                   struct err *err);
/* Automatic letters made since `since` to an address ("" any), or to addresses of a domain ("" any). Exact from `limit` on; below it there may have been fewer. */
bool store_spent(struct store *store, struct str address, struct str domain, int64_t since, uint32_t limit, uint32_t *count, struct err *err);
/* The wall clock was set by `by` ms (negative: back), and `now` is what it shows: what waits in the outbox is due after the same span as before, its age stays what
 * it was, and automatic letters of the last 30 days are counted as before. In a transaction. */
bool store_clock_set(struct store *store, int64_t now, int64_t by, struct err *err);
/* At start, when nobody knows what happened to the clock meanwhile: what was made later than now counts as made now, and what waits is due no later than `latest`.
 * In a transaction. */
bool store_clock_check(struct store *store, int64_t now, int64_t latest, struct err *err);
/* The last time an event of that kind was recorded for the desk itself (ticket 0); 0: never. */
bool store_last_event(struct store *store, struct str kind, int64_t *at, struct err *err);
bool store_event(struct store *store, int64_t ticket, struct str actor, struct str kind, struct str detail, int64_t now, struct err *err);
bool store_suppressed(struct store *store, struct str address, int64_t now, bool *suppressed, struct err *err);
/* No automatic letter to that address until then (0: for good). */
bool store_suppress(struct store *store, struct str address, struct str reason, int64_t now, int64_t until, struct err *err);

/* ---- changing by hand ---------------------------------------------------------------------------------------------------------------- */

/* One change of a ticket by an actor. Writes provenance and an event under `receipt` (so that store_undo_receipt can take it back), the same of each change it is made
 * of. ERR_ITEM: no such ticket, nothing to change, or not to be.
 *
 *   state, owner, queue, severity, kind, field.NAME    the new value; "" removes
 *   tag        "+x", "-x"
 *   link       the other ticket's number
 *   note       its text
 *   wake       UTC ms; "" : never
 *   party      "+address" takes part (a suggested one too), "-address" does so no more; the requester cannot go
 *   requester  address; who was it stays a participant; the customer follows
 *   merged     the ticket it goes into: closed, its parties become participants there, its messages are shown there. Refused when the two are not of one requester, customer,
 *              or domain of an organisation
 *   split      a message's number, or "last": it opens a new ticket of its author, linked to this one. after: the new ticket
 *   accept     a proposed message's number, or "last": it is part of the ticket, its author takes part, the ticket it had opened goes into this one when there is nothing
 *              else in it
 *   blocked    address ("" : the requester): gets no automatic mail for good */
struct changed {
    struct str before, after;
};
bool store_change(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, struct str actor, struct str receipt, int64_t now,
                  struct changed *changed, struct err *err);
/* Is it so already, as such a change would make it? For fields that are no values (note, split, accept): false. */
bool store_stands(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, bool *stands, struct err *err);
/* The ticket opens (again) of itself, with its reason; a new one is new no longer once an agent has worked on it (others stay as they are). */
bool store_reopen(struct store *store, int64_t ticket, struct str actor, struct str why, int64_t now, struct err *err);
bool store_begun(struct store *store, int64_t ticket, struct str actor, struct str why, int64_t now, struct err *err);
/* Takes back all changes under a receipt, newest first; ERR_ITEM: unknown, already undone, changed again since, or (one of them) older than `since` (0: never). ticket: the
 * receipt must be about it, and what it holds of other tickets must be the actor's own doing (0: whatever it is about). */
bool store_undo_receipt(struct store *store, struct arena *arena, struct str receipt, int64_t ticket, int64_t since, struct str actor, int64_t now, struct str *told,
                        struct err *err);
/* The newest receipt of that actor on the ticket that is not undone; "" : none. */
bool store_last_receipt(struct store *store, struct arena *arena, int64_t ticket, struct str actor, struct str *receipt, struct err *err);
/* Letters by hand: state "queued" (retry now, release), "held", "dropped"; ERR_ITEM when the letter is not in a state for that. */
bool store_letter_set(struct store *store, int64_t letter, struct str state, int64_t now, struct err *err);
/* A quarantined message: dropped hides it. */
bool store_quarantine_drop(struct store *store, int64_t ledger, int64_t now, struct err *err);
bool store_pause(struct store *store, struct str mailbox, bool paused, struct err *err);
bool store_paused(struct store *store, struct str mailbox, bool *paused, struct err *err);

#endif
