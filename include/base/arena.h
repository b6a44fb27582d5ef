/* arena: memory that dies together. All that belongs to one message (one request, one file) lives in one arena. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena;

/* Never fails (aborts when memory is exhausted). */
struct arena *arena_new(void);
/* Frees everything allocated from it; nulls the pointer; accepts NULL. */
void arena_free(struct arena **arena);
/* Gives everything back but keeps one block for the next message. */
void arena_clear(struct arena *arena);
/* n zeroed octets, aligned for any type; n may be 0. */
void *arena_alloc(struct arena *arena, size_t n);
/* count elements of `size` octets, zeroed; aborts on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A copy with a NUL behind it (not counted). */
struct str arena_str(struct arena *arena, struct str s);
/* The same as a C string; an inner NUL stays inside. */
char *arena_text(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Octets handed out since the last clear. */
size_t arena_used(const struct arena *arena);

#endif
