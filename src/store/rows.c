/* rows: lists that grow in an arena, bounded by their limit. */
#include "rows.h"

#include <string.h>

#define ROWS_FIRST 16u

/* Room for one more of `size` octets behind `count`; what is outgrown stays in the arena until it is cleared. */
static void *make_room(struct arena *arena, void *list, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return list;
    size_t more = *capacity == 0 ? ROWS_FIRST : *capacity * 2;
    void *grown = arena_array(arena, more, size);
    if (count > 0)
        memcpy(grown, list, count * size);
    *capacity = more;
    return grown;
}

static void reverse(char *list, size_t count, size_t size, char *spare)
{
    for (size_t i = 0; i < count / 2; i++) {
        char *a = list + i * size, *b = list + (count - 1 - i) * size;
        memcpy(spare, a, size);
        memcpy(a, b, size);
        memcpy(b, spare, size);
    }
}

bool rows_read(struct store *store, struct arena *arena, enum sql which, const struct cell *cells, size_t cell_count, const struct row_kind *kind, size_t limit,
               void **rows, size_t *count, struct err *err)
{
    size_t capacity = 0;
    bool row = true;
    *rows = make_room(arena, NULL, 0, &capacity, kind->size);
    *count = 0;
    if (!sql_ask(store, which, cells, cell_count, err))
        return false;
    while (*count < limit) {
        if (!sql_row(store, which, &row, err))
            return false;
        if (!row)
            break;
        *rows = make_room(arena, *rows, *count, &capacity, kind->size);
        kind->read(store, arena, which, (char *)*rows + (*count)++ * kind->size);
    }
    sql_end(store, which);
    if (kind->reversed)
        reverse(*rows, *count, kind->size, arena_alloc(arena, kind->size));
    return true;
}

static void read_id(struct store *store, struct arena *arena, enum sql which, void *row)
{
    (void)arena;
    *(int64_t *)row = sql_int(store, which, 0);
}

bool ids_read(struct store *store, struct arena *arena, enum sql which, const struct cell *cells, size_t count, size_t limit, struct ids *ids, struct err *err)
{
    static const struct row_kind kind = {.read = read_id, .size = sizeof(int64_t)};
    void *list = NULL;
    bool good = rows_read(store, arena, which, cells, count, &kind, limit, &list, &ids->count, err);
    ids->list = list;
    return good;
}
