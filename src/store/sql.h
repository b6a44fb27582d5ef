/* sql: the connection and its prepared statements. Private to store: nobody above includes it. The one idea: every statement is a row of a static
 * table, prepared once when first needed and kept; values go in as bound cells only. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/buf.h"
#include "store/store.h"

#include <sqlite3.h>
#include <zstd.h>

enum sql {
    /* transactions */
    SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK, SQL_MARK, SQL_KEEP, SQL_UNDO, SQL_STEP, SQL_STEP_KEEP, SQL_STEP_UNDO,
    SQL_LAST_IDS,
    /* the chain, and which store this is */
    SQL_SEAL_LAST, SQL_SEAL_ADD, SQL_SEALS_AFTER, SQL_SEALED_EVENTS, SQL_SEALED_LEDGER, SQL_INCARNATION, SQL_INCARNATE, SQL_COPY_HOLD, SQL_COPY_FOLDERS,
    SQL_UNTOLD, SQL_CHECK_PAGES, SQL_CHECK_REFERENCES, SQL_RAWS_AFTER, SQL_ACCOUNT_ANSWERS, SQL_ACCOUNT_LETTERS, SQL_ACCOUNT_MESSAGES, SQL_ACCOUNT_TALLY, SQL_RELAYS_WAITING,
    /* folders */
    SQL_FOLDER_ID, SQL_FOLDER_MAKE, SQL_FOLDER_GET, SQL_FOLDER_PUT, SQL_FOLDER_KNOWN, SQL_FOLDER_UNSETTLED, SQL_SETTLE,
    SQL_MAILBOX_PAUSE, SQL_MAILBOX_PAUSED,
    /* looking up */
    SQL_HAS_UID, SQL_RAW_FIND, SQL_MESSAGE_ID_FIND, SQL_TICKET_STATE, SQL_PARTY_FIND, SQL_REPEATED, SQL_ADDRESS_KNOWN, SQL_TWIN, SQL_TWIN_HERE,
    /* filing */
    SQL_TICKET_ADD, SQL_PARTY_ADD, SQL_RAW_ADD, SQL_RAW_LEADS, SQL_LEDGER_ADD, SQL_TALLY, SQL_MESSAGE_ADD, SQL_ATTACHMENT_ADD, SQL_MESSAGE_ID_ADD,
    SQL_MESSAGE_ID_TAKE, SQL_EVENT_ADD, SQL_PROVENANCE_ADD, SQL_RULESET_FIND, SQL_RULESET_ADD, SQL_TAG_ADD, SQL_FIELD_PUT, SQL_LINK_ADD,
    SQL_TICKET_TOUCH, SQL_TICKET_SET_STATE, SQL_RAW_OF_MESSAGE, SQL_LEDGER_FOR_REFILE, SQL_MESSAGE_REFILE, SQL_ATTACHMENTS_DROP, SQL_LEDGER_REFILED, SQL_TICKET_REFILE,
    /* people */
    SQL_CUSTOMER_BY_CONTACT, SQL_CUSTOMER_BY_DOMAIN, SQL_CUSTOMER_BY_NAME, SQL_CUSTOMER_ADD, SQL_CUSTOMER_CHANGE, SQL_CONTACT_PUT, SQL_CONTACT_DROP, SQL_DOMAIN_PUT,
    SQL_DOMAIN_DROP, SQL_VIEW_CUSTOMERS, SQL_VIEW_CONTACTS, SQL_VIEW_DOMAINS, SQL_VIEW_SUPPRESSIONS, SQL_SUPPRESS_DROP, SQL_PARTIES, SQL_PARTIES_OF, SQL_OTHER_REQUESTER, SQL_PARTY_RAISE,
    SQL_THREAD_ADD, SQL_THREAD_OF, SQL_TOKEN_REVOKED, SQL_TOKEN_REVOKE, SQL_OTHER_NUMBER, SQL_OTHER_NUMBER_PUT, SQL_TICKET_IMPORT, SQL_TICKET_CUSTOMER, SQL_MERGED_INTO,
    SQL_WAKING, SQL_WAKE_AT, SQL_NEXT_WAKE,
    /* letters */
    SQL_LETTER_ADD, SQL_RECIPIENT_ADD, SQL_LETTERS_DUE, SQL_LETTER_LOAD, SQL_RECIPIENTS_DUE, SQL_NEXT_DUE, SQL_RECEIPT, SQL_RECEIPT_EVENT, SQL_SPENT_ADDRESS,
    SQL_ATTEMPT_ANY, SQL_ATTEMPT_PUT, SQL_ATTEMPT_GET, SQL_ATTEMPT_DROP,
    SQL_CLOCK_WAITING, SQL_CLOCK_SPENT, SQL_CLOCK_COPIES, SQL_CLOCK_LATEST, SQL_CLOCK_FUTURE_SPENT, SQL_CLOCK_FUTURE_WAITING, SQL_CLOCK_COPIES_LATEST,
    SQL_SPENT_DOMAIN, SQL_SPENT_ALL, SQL_LAST_EVENT, SQL_SUPPRESSED, SQL_SUPPRESS, SQL_LETTER_QUEUE, SQL_LETTER_HOLD, SQL_LETTER_DROP,
    /* changing by hand */
    SQL_VALUE_STATE, SQL_VALUE_OWNER, SQL_VALUE_QUEUE, SQL_VALUE_SEVERITY, SQL_VALUE_KIND, SQL_SET_OWNER, SQL_SET_QUEUE, SQL_SET_SEVERITY, SQL_SET_KIND,
    SQL_TAG_HAS, SQL_TAG_DROP, SQL_FIELD_GET, SQL_FIELD_DROP, SQL_LINK_HAS, SQL_LINK_DROP, SQL_TICKET_EXISTS, SQL_NOTE_ADD, SQL_NOTE_SHOWN, SQL_NOTE_HIDE,
    SQL_CHANGE_ADD, SQL_CHANGES_OF, SQL_CHANGE_UNDONE, SQL_QUARANTINE_DROP,
    SQL_LAST_RECEIPT, SQL_TICKET_FACTS, SQL_PARTY_ROLE, SQL_PARTY_ROLE_PUT, SQL_SUPPRESSION_OF,
    SQL_SET_MERGED, SQL_MESSAGE_FACTS, SQL_LAST_INCOMING, SQL_COUNT_INCOMING, SQL_COUNT_HELD, SQL_MESSAGE_MOVE, SQL_MESSAGE_ID_MOVE, SQL_RAW_MOVE, SQL_MESSAGE_TICKET,
    SQL_MESSAGE_ACCEPTED, SQL_SET_PROPOSED, SQL_TICKET_LIKE,
    /* what is due */
    SQL_DUE_WAIT, SQL_DUE_WAIT_OPEN, SQL_DUE_WAIT_CUSTOMER, SQL_DUE_WAITING, SQL_DUE_SETTLED, SQL_DUE_FACTS, SQL_DUE_PUT, SQL_ANSWERED, SQL_ESCALATE, SQL_NEXT_ESCALATION, SQL_ESCALATED, SQL_ESCALATED_PUT, SQL_PAUSES, SQL_PAUSE_BEGIN, SQL_PAUSE_END,
    /* chores */
    SQL_REPLY_MAILBOX, SQL_COPY_ADD, SQL_COPIES_DUE, SQL_COPY_LOAD, SQL_NEXT_COPY, SQL_COPY_DONE, SQL_COPY_EVENT, SQL_COPY_REFUSED, SQL_COPY_REFUSED_EVENT,
    SQL_MARK_WAIT, SQL_MARK_WAIT_OPEN, SQL_MARK_TICKETS, SQL_MARK_OF, SQL_MARKS_OF, SQL_MARKED, SQL_MARK_DONE,
    /* views */
    SQL_TICKETS_OPEN, SQL_TICKETS_OPEN_COUNT, SQL_TICKETS_ANY, SQL_TICKETS_ANY_COUNT, SQL_VIEW_TICKET, SQL_TICKET_COUNTS, SQL_TAGS_OF, SQL_FIELDS_OF, SQL_LINKS_OF, SQL_LINKED_BY,
    SQL_MESSAGES_OF, SQL_VIEW_MESSAGE, SQL_ATTACHMENTS_OF, SQL_SENT_TEXTS, SQL_VIEW_PROVENANCE, SQL_EVENTS_OF, SQL_EVENTS_ALL, SQL_LEDGER_NEWEST, SQL_LEDGER_AFTER, SQL_LEDGER_OUTCOME,
    SQL_LEDGER_ONE, SQL_LETTERS_WAITING, SQL_LETTERS_ANY, SQL_LETTERS_WAITING_IN, SQL_LETTERS_FAILED, SQL_LETTERS_ENDED, SQL_LETTERS_TICKET, SQL_VIEW_LETTER, SQL_LETTER_OCTETS, SQL_RECIPIENTS_OF,
    SQL_SEARCH_TICKETS, SQL_SEARCH_PARTIES, SQL_SEARCH_TEXTS, SQL_FIGURES_TICKETS, SQL_FIGURES_LETTERS, SQL_FIGURES_FAILED, SQL_FIGURES_QUARANTINED,
    SQL_FIGURES_UNSETTLED, SQL_FIGURES_TALLY, SQL_FIGURES_TODAY, SQL_FIGURES_MAILBOXES,
    SQLS
};

/* The text of each; never NULL below SQLS. */
const char *sql_text_of(enum sql which);

/* The ids given next. Kept in memory (core alone writes), so that rows can name each other before they are written. */
struct next_ids {
    int64_t ledger, ticket, message;
};

/* The file system of a connection that writes: see wal_file.c. */
struct wal_files {
    sqlite3_vfs vfs;
    char name[40]; /* SQLite knows it by a name, one for each store */
};
bool wal_files_open(struct wal_files **files, struct err *err);
void wal_files_close(struct wal_files **files);

/* A thread with a connection of its own that moves committed pages from the log into the file, beside the work: see mover.c. */
struct mover;
/* Made when there is first something to move. False when there can be none: the caller moves by himself. */
bool mover_start(struct mover **mover, const char *path, const char *files);
/* Returns at once. */
void mover_move(struct mover *mover);
/* Pages of the log that are in the file as of its last move. */
int64_t mover_moved(struct mover *mover);
/* Until it has nothing to do; the log is then the caller's to move, and to begin anew. */
void mover_wait(struct mover *mover);
void mover_stop(struct mover **mover);

/* A count of automatic letters that is kept: of all ("" ), or to a domain. */
#define SPENT_COUNTS 64u
struct spent_count {
    int64_t since;
    uint32_t limit; /* 0: free */
    uint32_t most;  /* so many since `since`, or fewer */
    size_t domain_size;
    char domain[255];
};
/* An automatic letter to this domain was made. */
void spent_add(struct store *store, struct str domain);

/* Up to where the chain over events and ledger reaches: see seal.c. */
struct sealed {
    int64_t event, ledger;
    uint8_t hash[32];
};

struct store {
    sqlite3 *db;
    struct wal_files *files; /* NULL: the usual ones */
    struct mover *mover;      /* NULL: no thread beside us yet */
    bool read_only;
    bool open;   /* between begin and commit or rollback */
    bool marked; /* between mark and keep or undo */
    bool whole;  /* the transaction is kept or undone as a whole: no savepoints, but those of store_try */
    bool spoilt; /* a part of a whole transaction failed */
    unsigned tries; /* store_try that have not ended */
    sqlite3_stmt *statements[SQLS];
    struct next_ids next, at_begin, at_mark;
    int64_t next_letter; /* never goes back, not even by undo */
    struct sealed sealed; /* as committed */
    int64_t ruleset;     /* row of the set used last; 0: look it up */
    char ruleset_hash[65];
    int64_t log_size;    /* octets of the log as of the last commit */
    struct spent_count spent[SPENT_COUNTS];
    size_t spent_next;   /* which is replaced next */
    bool due_waits;      /* there may be tickets whose clocks are to be computed anew */
    bool marking;        /* some mailbox shows the state of tickets */
    bool chores_changed; /* there may be something new to do in a mailbox */
    ZSTD_CCtx *squeezer; /* made when first needed */
    struct buf squeezed;
    char *path;
};

/* ---- values ---- */

enum cell_type { CELL_NULL, CELL_INT, CELL_TEXT, CELL_BLOB };
struct cell {
    enum cell_type type;
    int64_t number;
    struct str octets;
};
/* A list of cells and its length, as two arguments. */
#define CELLS(...) (const struct cell[]){__VA_ARGS__}, sizeof((const struct cell[]){__VA_ARGS__}) / sizeof(struct cell)

static inline struct cell cell_int(int64_t number)
{
    return (struct cell){.type = CELL_INT, .number = number};
}
/* 0 becomes NULL: a reference to nothing. */
static inline struct cell cell_ref(int64_t id)
{
    return (struct cell){.type = id == 0 ? CELL_NULL : CELL_INT, .number = id};
}
static inline struct cell cell_text(struct str text)
{
    return (struct cell){.type = CELL_TEXT, .octets = text};
}
static inline struct cell cell_blob(struct str octets)
{
    return (struct cell){.type = CELL_BLOB, .octets = octets};
}
static inline struct cell cell_null(void)
{
    return (struct cell){.type = CELL_NULL};
}

/* ---- statements ---- */

/* err from what SQLite says of rc: RETRY, ITEM or SETUP; returns false. */
bool sql_fail(struct store *store, int rc, struct err *err);
/* Binds and runs to the end; rows are ignored. */
bool sql_run(struct store *store, enum sql which, const struct cell *cells, size_t count, struct err *err);
/* Rows the last sql_run changed. */
int64_t sql_changed(struct store *store);
/* Binds; then sql_row until *row is false (which ends it), or sql_end. */
bool sql_ask(struct store *store, enum sql which, const struct cell *cells, size_t count, struct err *err);
bool sql_row(struct store *store, enum sql which, bool *row, struct err *err);
void sql_end(struct store *store, enum sql which);
/* Asks for one row only; *found false: none (row values are then not to be read). Ended by the caller with sql_end. */
bool sql_find(struct store *store, enum sql which, const struct cell *cells, size_t count, bool *found, struct err *err);
/* The first column of the first row; 0 when there is none. */
bool sql_number(struct store *store, enum sql which, const struct cell *cells, size_t count, int64_t *number, struct err *err);
int64_t sql_int(struct store *store, enum sql which, int column);
/* Borrowed until the next step. */
struct str sql_octets(struct store *store, enum sql which, int column);
struct str sql_str(struct store *store, struct arena *arena, enum sql which, int column);
/* For opening and migrating only: static texts outside the table. number may be NULL. */
bool sql_script(struct store *store, const char *text, struct err *err);
bool sql_once(struct store *store, const char *text, const struct cell *cells, size_t count, int64_t *number, struct err *err);
/* Ends whatever transaction there is. */
void sql_give_up(struct store *store);
/* Several writes of one function as one: a savepoint of their own, kept when `good`, undone when not. sql_step returns false when it cannot begin. */
bool sql_step(struct store *store, struct err *err);
bool sql_step_end(struct store *store, bool good, struct err *err);

/* ---- schema.c, raw.c, wal.c, and what filing shares with changing by hand ---- */

int64_t schema_newest(void);
bool schema_version(struct store *store, int64_t *version, struct err *err);
bool schema_migrate(struct store *store, struct err *err);

/* The row of these octets, written when it is new; ticket: where they led (0: nowhere). */
bool raw_keep(struct store *store, const struct raw *raw, int64_t ticket, int64_t *id, struct err *err);
/* Gives back what was squeezed. */
bool raw_unpack(struct str encoding, struct str octets, struct buf *out, struct err *err);

/* Reads where the chain ends; seals what is new, in the transaction (*next: as it is once that is committed). */
bool seal_load(struct store *store, struct err *err);
bool seal_new(struct store *store, struct sealed *next, struct err *err);

/* The ids given next. */
bool ids_load(struct store *store, struct err *err);

/* The WAL as it was left by a process that did not close it: false (ERR_SETUP) when it is shorter or other than what was committed. */
bool wal_whole(const char *path, struct err *err);

/* The row of a folder; 0 when it has none and is not to be made. */
bool folder_id(struct store *store, struct str mailbox, struct str name, bool make, int64_t *id, struct err *err);

/* The customer an address belongs to, by contact, then by domain; 0: nobody's. */
bool customer_id(struct store *store, struct str address, int64_t *id, struct err *err);

/* A ticket's state, severity or messages have changed: the mailbox is to show it. Inside a transaction. */
bool mark_wait(struct store *store, int64_t ticket, struct err *err);

/* A ticket's clocks may have moved. Inside a transaction. */
bool due_wait(struct store *store, int64_t ticket, struct err *err);
/* A ticket's state as of now, with all that follows from it. Inside a transaction. */
bool ticket_state(struct store *store, int64_t ticket, struct str state, int64_t now, struct err *err);

struct provenance {
    int64_t ticket, message, at;
    struct str actor;
};
bool provenance_add(struct store *store, const struct provenance *of, const struct value *value, int64_t ruleset, struct err *err);

#endif
