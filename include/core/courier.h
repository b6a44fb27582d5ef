/* courier: the process with network and secrets: one thread per mailbox, one per relay, and a main thread that talks with core. No store, no file
 * written, nothing executed. What a thread hands over blocks while core is busy: that is the back-pressure.
 *
 * courier.c is the process, courier_mailbox.c a mailbox's thread, courier_relay.c a relay's, courier_resolve.c the one that asks the DNS. */
#ifndef CORE_COURIER_H
#define CORE_COURIER_H

#include "core/wire.h"

#include <pthread.h>

/* The whole life of a triaged-courier whose socket to core is descriptor fd. Gives an exit code of sysexits.h. */
int courier_run(int fd);

/* ---- what its threads share ------------------------------------------------------------------------------------- */

#define COURIER_SECRETS_MAX 64u
#define COURIER_SECRET_WAIT (30 * INT64_C(1000)) /* ms for a command to be started by core */

/* A secret that core was asked for. */
struct courier_secret {
    bool used, answered;
    uint32_t serial;
    int fd; /* the pipe, or -1 with why */
    char why[ERR_TEXT_MAX];
};

struct courier {
    int fd;                /* to core; written under `sending`, read by the main thread only */
    pthread_mutex_t sending;
    struct arena *arena;   /* the setup */
    struct wire_courier_setup setup;
    int mailbox_cancel;    /* eventfds, never read: once readable, every wait of such threads ends */
    int relay_cancel;
    pthread_mutex_t lock;  /* secrets */
    pthread_cond_t answered;
    struct courier_secret secrets[COURIER_SECRETS_MAX];
    uint32_t next_serial;
    struct courier_mailbox **mailboxes;
    struct courier_relay **relays;
    struct courier_resolve *resolve; /* NULL: the configuration asks for nothing of the DNS */
};

/* Whose secret it is: what secret_source.courier points to. */
struct courier_client {
    struct courier *courier;
    enum wire_part part;
    uint32_t index;
};

/* Sends what was written into out and clears it; any thread. False: core is gone. */
bool courier_send(struct courier *courier, struct buf *out);
/* Tells core how a mailbox or relay is. err may be NULL. */
bool courier_state(struct courier *courier, struct buf *out, const struct courier_client *who, const char *state, const struct err *err, int64_t retry_in);
/* secret_source.run of every mailbox and relay. */
int courier_secret_run(void *client, const struct secret_source *source, struct err *err);
/* Waits until one of two eventfds (-1: none) is readable or ms have passed; `wake` is read empty. */
void courier_sleep(int cancel, int wake, int64_t ms);
bool courier_cancelled(int cancel);
void courier_wake(int eventfd);
/* How long to wait after the n-th failure in a row (n from 1): 1 s doubling to 5 min, at least a minute from the fourth ERR_SOURCE on, ± 20 %. */
int64_t courier_backoff(uint32_t failures, enum err_kind kind);

struct courier_mailbox;
struct courier_mailbox *courier_mailbox_start(struct courier *courier, uint32_t index);
/* Frames from core for this mailbox; called by the main thread. */
void courier_mailbox_leave(struct courier_mailbox *m, const struct wire_folder *answer);
void courier_mailbox_known(struct courier_mailbox *mailbox, const struct wire_folder *folder);
void courier_mailbox_recorded(struct courier_mailbox *mailbox, const struct wire_folder *folder);
void courier_mailbox_chore(struct courier_mailbox *mailbox, const struct wire_chore *chore); /* copied */
void courier_mailbox_order(struct courier_mailbox *mailbox, enum wire_order order);
/* After mailbox_cancel: waits for the thread and frees. */
void courier_mailbox_join(struct courier_mailbox **mailbox);
/* A try of the account in a thread of its own, beside the running session; the result goes to core under serial. One at a time. */
void courier_mailbox_test(struct courier_mailbox *mailbox, uint32_t serial);

struct courier_relay;
struct courier_relay *courier_relay_start(struct courier *courier, uint32_t index);
/* A letter to send; copied. */
void courier_relay_send(struct courier_relay *relay, const struct relay_letter *letter);
/* So many more of its receipts are on record: the next letter waits for that. */
void courier_relay_noted(struct courier_relay *relay, uint32_t count);
/* No letter is begun any more; the one in hand is finished. */
void courier_relay_stop(struct courier_relay *relay);
/* Waits up to ms for the thread; false: it still runs (set relay_cancel, call again). Frees when it ended. */
bool courier_relay_join(struct courier_relay **relay, int64_t ms);

struct courier_resolve;
struct courier_resolve *courier_resolve_start(struct courier *courier);
/* A name to ask for, answered by a frame; called by the main thread. NULL is accepted, and no answer given. */
void courier_resolve_ask(struct courier_resolve *resolve, uint32_t serial, struct str name);
/* Stops, waits for the thread and frees. */
void courier_resolve_join(struct courier_resolve **resolve);

#endif
