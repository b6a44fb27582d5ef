/* rows: a growing array in an arena, for the desk's own files. It doubles at each power of two, so the count is all the state there is. */
#ifndef DESK_ROWS_H
#define DESK_ROWS_H

#include "base/arena.h"

/* Room for one more than `count` elements: the same list, or its copy twice as long. */
void *rows_more(struct arena *arena, void *list, size_t count, size_t size);

#endif
