/* rows: what the views share. Private to store. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "sql.h"
#include "store/view.h"

struct ids {
    int64_t *list;
    size_t count;
};
/* The first column of at most `limit` rows. */
bool ids_read(struct store *store, struct arena *arena, enum sql which, const struct cell *cells, size_t count, size_t limit, struct ids *ids, struct err *err);

/* Reads the row a statement stands on. */
typedef void row_reader(struct store *store, struct arena *arena, enum sql which, void *row);
/* At most `limit` rows of `size` octets each, read by `read`; reversed: the statement gives the newest first, the list the oldest. */
struct row_kind {
    row_reader *read;
    size_t size;
    bool reversed;
};
bool rows_read(struct store *store, struct arena *arena, enum sql which, const struct cell *cells, size_t cell_count, const struct row_kind *kind, size_t limit,
               void **rows, size_t *count, struct err *err);

#endif
