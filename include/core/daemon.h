/* daemon: the core process: children, intake, outbox and control in one loop. What queries may ask of it while it runs. */
#ifndef CORE_DAEMON_H
#define CORE_DAEMON_H

#include "core/query.h"
#include "desk/token.h"

struct daemon;

/* Runs until told to stop. config_path is kept for reloads. Gives a code of sysexits.h. */
int daemon_run(const char *config_path);

/* {"since":…,"version":…,"generation":31,"config_hash":…,"mailboxes":[{"name","state","note","last_look","behind","next_try"}…],"relays":[{"name","state","note"}…],
 *  "readers":2,"inflight":0,"breaker_until":…}: the part of `status` only the running daemon knows. */
json_t *daemon_figures(const struct daemon *daemon);
/* Look at once; stop looking; look again. ERR_ITEM: no such mailbox. */
bool daemon_poll(struct daemon *daemon, struct str mailbox, struct err *err);
bool daemon_pause(struct daemon *daemon, struct str mailbox, bool pause, struct err *err);
/* Look at all of its folders and tell what is there. ERR_ITEM: no such mailbox. */
bool daemon_recount(struct daemon *daemon, struct str mailbox, struct err *err);
/* What becomes of the old messages that wait in a mailbox (setting backlog): filed without an answer, or as new ones. ERR_ITEM: none waits. */
bool daemon_confirm(struct daemon *daemon, struct str mailbox, bool import, struct err *err);
/* Loads the files anew; on any error the old configuration stays and told holds the printed diagnoses. */
bool daemon_reload(struct daemon *daemon, struct buf *told, struct err *err);
/* After letters were changed by hand: look at the outbox now. */
void daemon_outbox_changed(struct daemon *daemon);
/* The keys of the desk's tokens, in force. */
const struct token_keys *daemon_keys(const struct daemon *daemon);
/* Tokens are made under a new key from now on; those of the older ones, but for the oldest of a full file, stay true. */
bool daemon_rotate_keys(struct daemon *daemon, struct err *err);
/* Reads a quarantined message again and files it onto its ticket. */
bool daemon_requeue(struct daemon *daemon, int64_t ledger, struct err *err);

/* Methods that answer later (Ingest, Explain, MailboxTest, Reconcile, Wait); in the table of query.h, carried out by the daemon. */
void daemon_ingest(struct query_context *context, const json_t *parameters, struct query_answer *answer);
void daemon_explain(struct query_context *context, const json_t *parameters, struct query_answer *answer);
void daemon_mailbox_test(struct query_context *context, const json_t *parameters, struct query_answer *answer);
void daemon_reconcile(struct query_context *context, const json_t *parameters, struct query_answer *answer);
void daemon_wait(struct query_context *context, const json_t *parameters, struct query_answer *answer);

/* A random receipt "R-7Q2K" for a change by hand. */
void daemon_receipt(char out[8]);

#endif
