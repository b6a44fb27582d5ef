/* seal: what the chain's maker (seal.c) and its reader (verify.c) share. Private to store. */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include "sql.h"

struct seal_rows {
    int64_t events, ledger;
};

/* The seal behind `before` over the rows up to those ids (those there are); *rows: how many they were. Nothing is written. */
bool seal_make(struct store *store, const struct sealed *before, int64_t event, int64_t ledger, struct sealed *next, struct seal_rows *rows, struct err *err);

#endif
