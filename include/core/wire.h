/* wire: what crosses the boundaries between core, courier and readers, as frames (base/frame.h). One writer and one reader for each. What comes from
 * a child is data: every wire_get_… refuses what does not fit and copies into the arena it is given. */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include "base/frame.h"
#include "desk/scan.h"
#include "net/relay.h"
#include "net/resolve.h"

/* The descriptor a child finds its end of the socket at. */
#define WIRE_FD 3

enum wire_type {
    /* core → reader */
    WIRE_READER_SETUP = 0x100, /* context, probes, memory limit */
    WIRE_READ,                 /* serial, time, octets */
    WIRE_CHECK,                /* serial, what was read of the signatures, what the DNS says */
    /* reader → core */
    WIRE_READER_READY, /* text: "" or what is wrong */
    WIRE_UNDERSTOOD,   /* serial, message, hits */
    WIRE_CHECKED,      /* serial, the signatures with their results */
    /* core → courier */
    WIRE_COURIER_SETUP = 0x200, /* mailboxes, relays */
    WIRE_KNOWN,                 /* folder, what is on record, what is still to be settled; UIDVALIDITY 0: core cannot say just now */
    WIRE_RECORDED,              /* folder, uid: committed; settle it */
    WIRE_ORDER,                 /* mailbox, order */
    WIRE_LETTER,                /* relay, letter */
    WIRE_SECRET,                /* serial, error text; a descriptor comes along when the text is empty */
    WIRE_TEST,                  /* mailbox, serial */
    WIRE_RESOLVE,               /* serial, name: ask the DNS for its TXT records */
    WIRE_CHORE,                 /* mailbox, serial, what is to be done there besides its mail */
    WIRE_NOTED,                 /* relay, how many more of its receipts are on record */
    WIRE_LEAVE,                 /* folder, those of a backlog that are not to be fetched now */
    WIRE_ECHO,                  /* nothing: to be answered by WIRE_ECHOED, a sign of life */
    /* courier → core */
    WIRE_FOLDER = 0x300, /* a folder was opened: what does core know of it? */
    WIRE_RAW,            /* one message */
    WIRE_POISON,         /* a message the server cannot be made to give */
    WIRE_BACKLOG,        /* folder, more messages than usual that are older than usual: may they be fetched? Answered by WIRE_LEAVE */
    WIRE_LOOKED,         /* everything in the folder was handed over */
    WIRE_PRESENT,        /* folder, all that is in it but what was left by WIRE_LEAVE; behind whatever of it was handed over */
    WIRE_SETTLED,        /* folder, uids */
    WIRE_STATE,          /* how a mailbox or relay is */
    WIRE_RECEIPT,        /* letter id, recipients */
    WIRE_SECRET_WANTED,  /* serial, whose */
    WIRE_TESTED,         /* serial, fine, text */
    WIRE_RESOLVED,       /* serial, what the DNS says */
    WIRE_ECHOED,         /* nothing */
    WIRE_CHORE_DONE      /* mailbox, serial, done or why not */
};

/* ---- reader ---- */

/* The keys and authorities are named, not sent: a reader reads them before its jail closes, and core never holds a private key. */
struct wire_reader_setup {
    struct message_context context;
    struct str smime_authorities, smime_key, openpgp_keyring; /* paths; "" : none */
    const struct scan_probe *probes;
    size_t probe_count;
    uint64_t memory;
    struct str_list prefixes; /* of command lines: which text of an agent's mail travels on */
};
void wire_put_reader_setup(struct buf *out, const struct wire_reader_setup *setup);
bool wire_get_reader_setup(struct str payload, struct arena *arena, struct wire_reader_setup *setup);

/* received: when core got the mail, UTC ms. */
void wire_put_read(struct buf *out, uint64_t serial, int64_t received, struct str octets);
bool wire_get_read(struct str payload, uint64_t *serial, int64_t *received, struct str *octets);

void wire_put_understood(struct buf *out, uint64_t serial, const struct message *message, const struct scan_hits *hits);
bool wire_get_understood(struct str payload, struct arena *arena, uint64_t *serial, struct message *message, struct scan_hits *hits);

/* The signatures of a mail once the DNS has been asked; a reader verifies, for keys are strangers' octets. */
void wire_put_check(struct buf *out, uint64_t serial, const struct origin *origin, const struct dns_answer *answers, size_t count);
bool wire_get_check(struct str payload, struct arena *arena, uint64_t *serial, struct origin *origin, struct dns_answer **answers, size_t *count);
void wire_put_checked(struct buf *out, uint64_t serial, const struct origin *origin);
bool wire_get_checked(struct str payload, struct arena *arena, uint64_t *serial, struct origin *origin);

/* A frame of one text. */
void wire_put_text(struct buf *out, enum wire_type type, struct str text);
bool wire_get_text(struct str payload, struct str *text);

/* ---- courier ---- */

struct wire_courier_setup {
    struct mailbox_settings *mailboxes;
    bool *paused; /* parallel */
    size_t mailbox_count;
    struct relay_settings *relays;
    size_t relay_count;
    struct resolve_settings resolve;
};
void wire_put_courier_setup(struct buf *out, const struct wire_courier_setup *setup);
bool wire_get_courier_setup(struct str payload, struct arena *arena, struct wire_courier_setup *setup);

/* A folder of a mailbox (by number in the setup), with what goes with the frame type. */
struct wire_folder {
    uint32_t mailbox;
    struct str folder;
    uint32_t uid_validity;
    uint32_t uid_next, exists; /* WIRE_FOLDER */
    bool read_only;            /* WIRE_FOLDER */
    uint32_t above;            /* WIRE_KNOWN: UIDs up to here are not wanted */
    int64_t confirmed;         /* WIRE_KNOWN: what is dated before, UTC ms, is no backlog */
    struct uid_set known;      /* WIRE_KNOWN: on record; of the others: those meant */
    struct uid_set unsettled;  /* WIRE_KNOWN: on record, the mailbox has not been told */
};
void wire_put_folder(struct buf *out, enum wire_type type, const struct wire_folder *folder);
bool wire_get_folder(struct str payload, struct arena *arena, struct wire_folder *folder);

struct wire_raw {
    uint32_t mailbox;
    struct str folder;
    uint32_t uid_validity;
    struct mailbox_item item;
};
void wire_put_raw(struct buf *out, const struct wire_raw *raw);
/* Borrowed from the payload. */
bool wire_get_raw(struct str payload, struct wire_raw *raw);

/* A chore: what a mailbox is to be done besides its mail, when there is nothing else to do. */
#define WIRE_CHORE_UIDS 1000u      /* ranges */
#define WIRE_CHORE_FLAGS 1000u     /* octets of a list of flags */
enum chore_kind { CHORE_PUT, CHORE_MARK };
struct wire_chore {
    uint32_t mailbox;
    uint64_t serial;
    enum chore_kind kind;
    struct str folder;
    /* CHORE_PUT */
    struct str message_id;
    int64_t date; /* UTC ms */
    struct str octets;
    /* CHORE_MARK */
    uint32_t uid_validity;
    struct uid_set uids;
    struct str set, clear; /* words between single blanks */
};
void wire_put_chore(struct buf *out, const struct wire_chore *chore);
bool wire_get_chore(struct str payload, struct arena *arena, struct wire_chore *chore);

struct wire_chore_done {
    uint32_t mailbox;
    uint64_t serial;
    bool done;
    struct str why; /* not done: the server's words */
};
void wire_put_chore_done(struct buf *out, const struct wire_chore_done *done);
/* Borrowed from the payload. */
bool wire_get_chore_done(struct str payload, struct wire_chore_done *done);

/* RECOUNT: look at all of each folder, and tell of it. */
enum wire_order { WIRE_ORDER_POLL, WIRE_ORDER_PAUSE, WIRE_ORDER_RESUME, WIRE_ORDER_RECOUNT, WIRE_ORDER_STOP };
/* A number pair: mailbox and order; mailbox and serial of a test. */
void wire_put_pair(struct buf *out, enum wire_type type, uint32_t a, uint32_t b);
bool wire_get_pair(struct str payload, uint32_t *a, uint32_t *b);

void wire_put_letter(struct buf *out, uint32_t relay, const struct relay_letter *letter);
bool wire_get_letter(struct str payload, struct arena *arena, uint32_t *relay, struct relay_letter *letter);
/* The same shape without octets, with the recipients' results. */
void wire_put_receipt(struct buf *out, uint32_t relay, const struct relay_letter *letter);
bool wire_get_receipt(struct str payload, struct arena *arena, uint32_t *relay, struct relay_letter *letter);

enum wire_part { WIRE_PART_MAILBOX, WIRE_PART_RELAY };
struct wire_state {
    enum wire_part part;
    uint32_t index;
    struct str state;  /* "connecting", "reading", "idle", "polling", "waiting", "parked", "paused", "ready" */
    struct str note;   /* the error, or "" */
    enum err_kind kind;
    int64_t retry_in;  /* ms; 0: not waiting */
};
void wire_put_state(struct buf *out, const struct wire_state *state);
bool wire_get_state(struct str payload, struct wire_state *state);

/* The courier names whose secret it needs; the command itself is core's own knowledge, so that a courier cannot have anything else run. */
void wire_put_secret_wanted(struct buf *out, uint32_t serial, enum wire_part part, uint32_t index);
bool wire_get_secret_wanted(struct str payload, uint32_t *serial, enum wire_part *part, uint32_t *index);
/* serial and text: WIRE_SECRET (text: error), WIRE_TESTED (text after "+" fine or "-" not). */
void wire_put_serial_text(struct buf *out, enum wire_type type, uint32_t serial, struct str text);
bool wire_get_serial_text(struct str payload, uint32_t *serial, struct str *text);

void wire_put_resolved(struct buf *out, uint32_t serial, const struct dns_answer *answer);
bool wire_get_resolved(struct str payload, struct arena *arena, uint32_t *serial, struct dns_answer *answer);

#endif
