/* intake: the straight line from a raw mail to what is on record. Read this first.
 *
 *     raw -> message -> sender -> placement -> verdict -> filed -> letter -> receipt
 *
 * The reader has turned raw into message and scan hits; here the rest happens up to filed and its letter, inside the store's transaction. The mailbox hears
 * of it, and the letter leaves, only after the commit. */
#ifndef CORE_INTAKE_H
#define CORE_INTAKE_H

#include "core/config.h"
#include "desk/answer.h"
#include "desk/authority.h"
#include "desk/part.h"
#include "desk/place.h"
#include "store/people.h"

/* What the line needs beside the mail. */
struct intake {
    struct store *store;
    const struct config *config;
    const struct token_keys *keys;
    int64_t now; /* UTC ms, of this message */
    struct intake_memo *memo; /* of the running transaction; NULL: none */
};

/* What one transaction need not look up anew for each of its messages. Starts as {0}. */
struct intake_memo {
    bool looked;
    bool open; /* the breaker, by the last event */
};

/* One mail on its way: every stage it has passed. Everything lives in one arena. */
struct line {
    struct arena *arena;
    struct raw raw;
    bool understood; /* false: it killed or outlived its readers; `trouble` says how */
    struct str trouble;
    struct message message;
    struct message as_read; /* what `message` was, where an agent passed another's mail on */
    struct dns_answer *answers; /* what the DNS said of its signatures' keys */
    size_t answer_count;
    struct scan_hits hits;
    struct clues clues;
    struct sender sender;
    struct customer customer; /* the sender's; id 0: nobody's */
    struct placement placement;
    struct verdict verdict;
    struct letter letter;   /* the acknowledgement, when verdict.answer */
    struct filed filed;
    struct order order;     /* of an agent's mail */
    bool wrote;             /* letters were written for it */
    bool breaker_opened;
};

/* sender, placement and verdict; reads the store, writes nothing. ERR_RETRY when the store is unwell. */
bool intake_judge(const struct intake *intake, struct line *line, struct err *err);

/* The whole line inside the running transaction: judge, file, letter. ERR_ITEM: this message cannot be filed as it is (the caller undoes its savepoint and
 * files it as quarantined); ERR_RETRY: the store is unwell (nothing of the group is kept). */
bool intake(const struct intake *intake, struct line *line, struct err *err);

/* A quarantined message (by its ledger row) that was understood after all: its ticket gets what it says, and the rules' values. Nobody is answered: too
 * much time has passed. ERR_ITEM: it still cannot be read, or is not in quarantine. */
bool intake_again(const struct intake *intake, struct line *line, int64_t ledger, struct err *err);

/* The letter that would leave for a judged line, with made-up numbers, for `explain`. */
bool intake_preview(const struct intake *intake, struct line *line, struct err *err);

#endif
