/* copy: a store in another place. A backup is a copy that knows it is one; a store that is behind what was noted beside it is a copy too (somebody put an old file
 * back). Started from a copy, nothing is sent or answered a second time: see store_adopt. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/store.h"

/* Copies all that is committed, while others read and write, to DIRECTORY/triaged.db (0600), which must not be there; marked as a copy made at `now`. */
bool store_copy(struct store *store, const char *directory, int64_t now, struct err *err);

/* What a store is and how far it has come: noted beside it, so that an older one is known again. */
struct store_mark {
    char name[33]; /* 32 hex digits; "" : a copy, or one never started */
    int64_t event, ledger, letter, ticket; /* the last ids given */
};
bool store_mark_of(struct store *store, struct store_mark *mark, struct err *err);

enum store_origin {
    STORE_NEW,  /* nothing has happened in it yet */
    STORE_SAME, /* the one that ran here last */
    STORE_COPY  /* a copy, or older than what was noted */
};
/* noted: what was noted beside it; NULL: nothing. *copied_at: when the copy was made, UTC ms; 0: unknown. */
bool store_origin(struct store *store, const struct store_mark *noted, enum store_origin *origin, int64_t *copied_at, struct err *err);

/* Gives a new store its name, in a transaction of its own. */
bool store_name(struct store *store, const char *name, struct err *err);
/* Makes a copy the store of this desk, in a transaction of its own: letters that wait in it are held, since they may have been sent after it was made (*held: how many);
 * what came to its mailboxes before `now` is imported without an answer; numbers go on far above those it and `noted` (NULL: nothing) know, so that none is given twice. */
bool store_adopt(struct store *store, const struct store_mark *noted, const char *name, int64_t copied_at, int64_t now, int64_t *held, struct err *err);

#endif
