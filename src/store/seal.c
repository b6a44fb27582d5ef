/* seal: the chain over what happened. Each transaction that adds events or ledger rows ends with one seal: the digest of the seal before it and of those rows. So a row
 * that is changed, put in or taken out later shows (verify.c), unless every seal behind it is made anew: whoever notes the last digest elsewhere sees that too. */
#include "sql.h"

#include "base/hash.h"
#include "seal.h"

#include <string.h>

static void put_number(struct buf *out, int64_t number)
{
    unsigned char octets[8];
    for (size_t i = 0; i < 8; i++)
        octets[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
    buf_add(out, octets, sizeof octets);
}

static void put_octets(struct buf *out, struct str octets)
{
    put_number(out, (int64_t)octets.n);
    buf_str(out, octets);
}

/* Rows whose first `numbers` columns are numbers, the rest octets; *last: the id of the last one. */
static bool put_rows(struct store *store, enum sql which, int64_t above, int64_t most, int numbers, int columns, struct buf *out, int64_t *last, int64_t *count, struct err *err)
{
    bool row = true;
    *last = above;
    *count = 0;
    if (!sql_ask(store, which, CELLS(cell_int(above), cell_int(most)), err))
        return false;
    for (;;) {
        if (!sql_row(store, which, &row, err))
            return false;
        if (!row)
            return true;
        *last = sql_int(store, which, 0);
        ++*count;
        for (int i = 0; i < columns; i++)
            if (i < numbers)
                put_number(out, sql_int(store, which, i));
            else
                put_octets(out, sql_octets(store, which, i));
    }
}

bool seal_make(struct store *store, const struct sealed *before, int64_t event, int64_t ledger, struct sealed *next, struct seal_rows *rows, struct err *err)
{
    struct buf octets = {0};
    buf_add(&octets, before->hash, sizeof before->hash);
    bool good = put_rows(store, SQL_SEALED_EVENTS, before->event, event, 3, 6, &octets, &next->event, &rows->events, err) &&
                put_rows(store, SQL_SEALED_LEDGER, before->ledger, ledger, 5, 10, &octets, &next->ledger, &rows->ledger, err);
    if (good)
        hash_sha256(buf_view(&octets), next->hash);
    buf_free(&octets);
    return good;
}

bool seal_load(struct store *store, struct err *err)
{
    bool found = false;
    store->sealed = (struct sealed){0};
    if (!sql_find(store, SQL_SEAL_LAST, NULL, 0, &found, err))
        return false;
    if (found) {
        struct str hash = sql_octets(store, SQL_SEAL_LAST, 2);
        store->sealed.event = sql_int(store, SQL_SEAL_LAST, 0);
        store->sealed.ledger = sql_int(store, SQL_SEAL_LAST, 1);
        memcpy(store->sealed.hash, hash.p, hash.n < sizeof store->sealed.hash ? hash.n : sizeof store->sealed.hash);
    }
    sql_end(store, SQL_SEAL_LAST);
    return true;
}

bool seal_new(struct store *store, struct sealed *next, struct err *err)
{
    struct seal_rows rows = {0};
    *next = store->sealed;
    if (!seal_make(store, &store->sealed, INT64_MAX, INT64_MAX, next, &rows, err))
        return false;
    if (rows.events == 0 && rows.ledger == 0) {
        *next = store->sealed;
        return true;
    }
    return sql_run(store, SQL_SEAL_ADD,
                   CELLS(cell_int(next->event), cell_int(next->ledger), cell_blob((struct str){(const char *)next->hash, sizeof next->hash})), err);
}
