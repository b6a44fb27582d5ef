/* verify: does the store still say what happened? Reads only; core's own hourly look takes the newest part, triagectl verify all of it. */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "store/store.h"

#define VERIFY_FAULTS_MAX 100u

struct verify_report {
    int64_t seals, events, ledger; /* of the chain, and what it covers */
    int64_t raws, octets;          /* kept mails whose digest was made again, and their size as they came */
    char head[65];                 /* the last seal in hex; "" : none */
    struct str *faults;            /* sentences, at most VERIFY_FAULTS_MAX */
    size_t fault_count;
};

/* All of it: pages and references, the chain (and, when `head` is not "", that this seal is part of it), each mail's octets against their digest, then
 * store_accounts. False: it could not be read at all. */
bool store_verify(struct store *store, struct arena *arena, struct str head, struct verify_report *report, struct err *err);

/* From where store_accounts looks: ids above these. Zeroes: at everything. */
struct account_from {
    int64_t ledger, letter;
};
/* Do ledger and outbox account for each other? Every decision to answer has its letter, every letter somebody to go to, every row of the ledger its message.
 * Faults are added to the report; *from: where the next look begins. */
bool store_accounts(struct store *store, struct arena *arena, struct account_from *from, struct verify_report *report, struct err *err);
/* The relays for which letters wait. */
bool store_relays_waiting(struct store *store, struct arena *arena, struct str **relays, size_t *count, struct err *err);

#endif
