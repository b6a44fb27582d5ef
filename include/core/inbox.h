/* inbox: the mails core holds between their coming and their commit, in order of arrival. Bounded: when it is full, nothing more is read from the
 * courier, and the mail waits on its server. */
#ifndef CORE_INBOX_H
#define CORE_INBOX_H

#include "core/intake.h"

#define INBOX_ITEMS_MAX 256u
#define INBOX_OCTETS_MAX (24u * 1024 * 1024)
#define ITEM_TRIES_MAX 3u /* readers a message may cost */

/* A mail is read once, and a second time looked at (its signatures checked) when the DNS had to be asked: line.understood tells which. */
enum item_state { ITEM_WAITING, ITEM_READING, ITEM_ASKING /* of the DNS */, ITEM_READY };
enum item_purpose {
    ITEM_FETCHED,  /* from a mailbox */
    ITEM_INGESTED, /* from triagectl ingest: the client is told */
    ITEM_EXPLAINED,/* judged only: the client is told */
    ITEM_REQUEUED  /* from quarantine: read again */
};

struct item {
    struct item *next;
    uint64_t serial;
    enum item_purpose purpose;
    enum item_state state;
    uint32_t tries;   /* readers it has cost */
    uint32_t noted;   /* the try that is on record as begun; one that has cost a reader is read again only when the next one is */
    uint64_t client;  /* of control; 0: none */
    int64_t ledger;   /* of ITEM_REQUEUED: the quarantined row */
    int64_t ticket;   /* of ITEM_REQUEUED */
    int64_t ready_at; /* monotonic: when it was understood; 0: it never waits for others */
    int64_t answer_by; /* of ITEM_ASKING: monotonic; 0: not asked yet */
    struct line line; /* line.arena is the item's memory */
};

struct inbox {
    struct item *first, **last;
    size_t count;
    size_t octets;
    uint64_t serial;
};

void inbox_open(struct inbox *inbox);
void inbox_close(struct inbox *inbox);
bool inbox_is_full(const struct inbox *inbox);
/* A new waiting item at the end; raw's texts and octets are copied, its SHA-256 is computed. */
struct item *inbox_add(struct inbox *inbox, enum item_purpose purpose, const struct raw *raw);
struct item *inbox_find(struct inbox *inbox, uint64_t serial);
/* It has cost all the readers it may: it is ready to be filed unread, or, where only its signatures were to be checked, without their proof. */
void inbox_give_up(struct item *item, const char *why);
/* Takes the item out and frees it. */
void inbox_remove(struct inbox *inbox, struct item *item);
/* Everything understood is forgotten: the rules have changed. */
void inbox_reread(struct inbox *inbox);
/* The next item after `after` (NULL: the first) that may be committed: ready, and nothing of the same mailbox before it is unread, or waits for the DNS and is
 * what this one may follow upon (of the same sender, or referred to). `blocked` is the caller's scratch, zeroed before the first call. */
struct inbox_scan {
    struct str blocked[64]; /* mailboxes with an unready item already passed */
    size_t count;
    bool all; /* more mailboxes than that are blocked */
};
struct item *inbox_ready(const struct inbox *inbox, const struct item *after, struct inbox_scan *scan);
/* Is this UID among the items? */
bool inbox_has(const struct inbox *inbox, const struct raw *raw);

#endif
