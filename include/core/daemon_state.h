/* daemon_state: what the core process holds while it runs, for the files that make it up: daemon.c (start, loop, reload, stop), daemon_courier.c (the courier's
 * frames), daemon_commit.c (groups of messages into the store) and daemon_ask.c (what triagectl asks). */
#ifndef CORE_DAEMON_STATE_H
#define CORE_DAEMON_STATE_H

#include "base/clock.h"
#include "core/asking.h"
#include "core/chores.h"
#include "core/control.h"
#include "core/daemon.h"
#include "core/inbox.h"
#include "core/link.h"
#include "core/outbox.h"
#include "core/pool.h"
#include "core/service.h"
#include "core/wire.h"
#include "store/copy.h"
#include "store/verify.h"

#define NOTE_MAX 512u
#define WAITERS_MAX CONTROL_CLIENTS_MAX
#define SETTLED_MAX 4096u

/* A mailbox or relay as the courier last told of it. */
struct part_status {
    char state[16];
    char note[NOTE_MAX];
    int64_t since;     /* UTC ms of the state */
    int64_t next_try;  /* UTC ms; 0: not waiting */
    int64_t last_look; /* mailbox: UTC ms of the last finished look; 0: none yet */
    bool tried;        /* mailbox: it was reached and is being read, or it is known why not */
    bool read_only;
    uint32_t strikes, parks; /* mailbox: deaths of the courier over it in a row; how often it was parked for that */
    int64_t parked_until;    /* mailbox: monotonic; 0: it is not */
    uint64_t backlog; /* mailbox: so many old messages wait for somebody to say what becomes of them */
    /* mailbox: what is there against what is on record */
    size_t counted;           /* folders of this round so far */
    uint64_t missing, untold; /* not on record; on record, and the mailbox has not heard of it for too long */
    char missed[160];         /* the first one missing */
    int64_t reconciled;       /* UTC ms of the last round's end; 0: none yet */
    uint32_t rounds;
};

/* UIDs the mailbox has been told about, until that is written down. */
struct settled {
    uint32_t mailbox, uid_validity, first, last;
    struct str folder; /* of the configuration */
};

/* A client that waits: for a condition, or for the end of a mailbox test. */
struct waiter {
    uint64_t client; /* 0: free */
    enum { WAIT_READY, WAIT_IDLE, WAIT_SETTLED, WAIT_TEST, WAIT_RECONCILED } what;
    char message_id[256];
    uint32_t serial;  /* of a test */
    int64_t since;    /* UTC ms: of a reconciliation */
    int64_t deadline; /* monotonic */
};

/* What the operator is told of: see daemon_watch.c. */
#define CAUSES_MAX 64u
struct cause {
    char key[96];  /* "mailbox support"; "" : free */
    int64_t since; /* monotonic; 0: it is over */
    int64_t told;  /* monotonic; 0: never */
    bool seen;     /* at this look */
};

struct daemon {
    const char *config_path;
    struct config *config;
    struct config *next; /* loaded, in force as soon as the old courier has ended; NULL: none */
    struct store *store;
    struct token_keys keys;
    struct loop *loop;
    struct starter *starter;
    struct pool *pool;
    struct inbox inbox;
    struct asking *asking;
    struct outbox *outbox;
    struct chores *chores;
    struct control *control;
    int signals; /* signalfd */
    int lock;
    char state_directory[4096], courier_program[4096], reader_program[4096];

    int courier_pid; /* 0: not running */
    struct link courier;
    struct buf courier_setup; /* the frame it was started with */
    uint32_t courier_failures;
    size_t trial; /* the parked mailbox that is tried again, from 1; 0: none */
    int64_t courier_after; /* monotonic: not started before */
    int64_t courier_asked; /* monotonic: when it was last asked for a sign of life; what we ourselves kept it waiting does not count */
    int64_t courier_minded; /* monotonic: the last time we looked */
    int64_t courier_heard; /* monotonic: when octets of it last came */
    bool courier_owes;     /* that sign */
    struct part_status *mailboxes, *relays;
    struct settled settled[SETTLED_MAX];
    size_t settled_count;

    int64_t escalated;     /* monotonic: last look for promised times that run out */
    bool recount;          /* all clocks are to be computed anew: another configuration */
    bool attempts;         /* tries at readers may be on record */
    struct account_from accounts; /* how far ledger and outbox were looked at */
    size_t account_faults;        /* of all looks since the start */
    char account_fault[200];      /* the first */
    int64_t accounted;            /* monotonic */
    struct cause causes[CAUSES_MAX];
    int64_t watched; /* monotonic */
    struct store_mark lineage; /* as last noted */
    int64_t clock_ahead;   /* ms by which the wall clock is ahead of the monotonic one */
    int64_t commit_took;   /* ms of the last one with messages in it */
    int64_t gather_until;  /* monotonic: what is ready waits so long for what is being read; 0: nothing waits */
    int64_t store_after;   /* monotonic: not written to before */
    uint32_t store_failures;
    char store_trouble[ERR_TEXT_MAX];

    struct waiter waiters[WAITERS_MAX];
    uint32_t test_serial;
    uint32_t ingest_validity, ingest_uid; /* identity of ingested messages */
    int64_t started; /* UTC ms */
    uint32_t generation;
    int64_t reloaded;
    char reload_trouble[ERR_TEXT_MAX]; /* first line of the last failed reload; "" */
    struct service service;
    int64_t checkpointed, beaten, looks_written, woken; /* monotonic */
    bool stopping;
    int64_t stop_deadline; /* monotonic */
};

/* daemon_courier.c */
void daemon_courier_start(struct daemon *d);
void daemon_escalate(struct daemon *d, int64_t mono); /* tells of promised times that run out */
bool daemon_clocks(struct daemon *d); /* clocks that may have moved; true: there are more */
void daemon_courier_mind(struct daemon *d, int64_t mono); /* one that gives no sign of life is ended */
/* Ends it (for a new setup, or for good) and starts it again unless stopping. */
void daemon_courier_stop(struct daemon *d);
bool daemon_courier_reaped(struct daemon *d, int pid, int status);
void daemon_courier_flush(struct daemon *d);
/* The setup frame of this configuration. */
void daemon_courier_frame(struct daemon *d, const struct config *config, struct buf *out);
void daemon_status_alloc(struct daemon *d);
int32_t daemon_mailbox_index(const struct daemon *d, struct str name);

/* daemon_blame.c */
void daemon_blame(struct daemon *d);
void daemon_trial_turn(struct daemon *d, int64_t mono);
/* It is no more suspect than another. */
void daemon_trust(struct daemon *d, size_t index);

/* daemon_folder.c: frames of the courier about folders, as core/wire.h has them. */
void daemon_folder_found(struct daemon *d, const struct wire_folder *found);
void daemon_folder_looked(struct daemon *d, const struct wire_folder *looked);
void daemon_folder_settled(struct daemon *d, const struct wire_folder *settled);
void daemon_folder_backlog(struct daemon *d, const struct wire_folder *backlog);
void daemon_folder_present(struct daemon *d, const struct wire_folder *present);
/* The folder's name as the present configuration holds it. */
void daemon_settled_rename(struct daemon *d, struct settled *settled);

/* daemon_reconcile.c: server, ledger and outbox agree. Once an hour on its own (the servers tell of all they have that often), and when asked. */
void daemon_reconcile_turn(struct daemon *d, int64_t mono);
/* Looks at the newest part of the store now. */
bool daemon_account(struct daemon *d, struct err *err);
bool daemon_reconciled(const struct daemon *d, int64_t since);
json_t *daemon_reconciliation(struct daemon *d, int64_t since);

/* daemon_watch.c: the findings of status reach the operator. */
void daemon_watch_turn(struct daemon *d, int64_t mono);

/* daemon_commit.c: files what is ready, one transaction; false when there was nothing to do. */
bool daemon_commit(struct daemon *d);
/* Has the outbox tell of letters' ends. */
void daemon_watch_letters(struct daemon *d);
void daemon_write_looks(struct daemon *d);
/* Says so once, and leaves the store alone for a while. */
/* UTC ms, for what is measured by spans (what waits, what was spent): a clock that somebody sets goes on here until daemon.c has moved those with it. */
static inline int64_t daemon_now(const struct daemon *d)
{
    return clock_monotonic() + d->clock_ahead;
}
/* Tries at readers (store_attempt): those about to begin are put on record; those of a message that came in are looked up. */
void daemon_note_attempts(struct daemon *d);
void daemon_recall_attempts(struct daemon *d, struct item *item);
void daemon_store_unwell(struct daemon *d, const struct err *err);

/* daemon_wake.c: tickets whose time has come, in a transaction of their own; looked for once a second. */
void daemon_wake(struct daemon *d, int64_t mono);

/* daemon_ask.c */
/* Has the courier look again at a mailbox it was told to leave alone, unless somebody paused it. */
void daemon_resume(struct daemon *d, size_t index, struct err *err);
void daemon_explained(struct daemon *d);
void daemon_tell_ingested(struct daemon *d, struct item *item, const struct err *trouble);
void daemon_turn_waiters(struct daemon *d, int64_t mono);
void daemon_tested(struct daemon *d, uint32_t serial, struct str text);
/* The status line of the service manager. */
void daemon_status_line(struct daemon *d, char *text, size_t size);

#endif
