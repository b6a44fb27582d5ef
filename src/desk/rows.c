/* rows: see rows.h. */
#include "rows.h"

#include <string.h>

void *rows_more(struct arena *arena, void *list, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return list;
    void *more = arena_array(arena, count == 0 ? 1 : count * 2, size);
    if (count != 0)
        memcpy(more, list, count * size);
    return more;
}
