/* arena: a chain of blocks, handed out from front to back. Blocks grow with the arena, so that a big message does not
 * make a thousand of them; a piece too big for a block gets its own. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGN _Alignof(max_align_t)
#define ARENA_BLOCK_MIN (4u * 1024)
#define ARENA_BLOCK_MAX (256u * 1024)
#define ARENA_KEEP_MAX (64u * 1024) /* a block above this is not kept by arena_clear */

struct block {
    struct block *next;
    size_t size;
    size_t used;
    max_align_t octets[];
};

struct arena {
    struct block *blocks; /* the newest first: it is the one handed out from */
    size_t used;
};

static struct block *block_new(size_t size)
{
    struct block *block = size <= SIZE_MAX / 2 ? malloc(sizeof *block + size) : NULL;
    if (block == NULL)
        abort();
    *block = (struct block){.size = size};
    return block;
}

/* A block with room for `need` octets: the first, or a new one. A piece that fills a block of its own goes behind the
 * first, whose room is still good for small ones. */
static struct block *block_with(struct arena *arena, size_t need)
{
    struct block *first = arena->blocks;
    if (first != NULL && first->size - first->used >= need)
        return first;
    size_t size = first != NULL ? first->size * 2 : ARENA_BLOCK_MIN;
    if (size > ARENA_BLOCK_MAX)
        size = ARENA_BLOCK_MAX;
    struct block *block = block_new(need > size ? need : size);
    struct block **link = first != NULL && need > size / 2 ? &first->next : &arena->blocks;
    block->next = *link;
    *link = block;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        abort();
    return arena;
}

static void free_blocks(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_free(struct arena **arena)
{
    if (*arena == NULL)
        return;
    free_blocks((*arena)->blocks);
    free(*arena);
    *arena = NULL;
}

void arena_clear(struct arena *arena)
{
    struct block *kept = arena->blocks;
    arena->used = 0;
    if (kept == NULL)
        return;
    free_blocks(kept->next);
    kept->next = NULL;
    kept->used = 0;
    if (kept->size > ARENA_KEEP_MAX) {
        free_blocks(kept);
        arena->blocks = NULL;
    }
}

/* n octets as they are: the caller writes them all. */
static void *take(struct arena *arena, size_t n)
{
    if (n > SIZE_MAX / 4)
        abort();
    size_t step = n > 0 ? (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;
    struct block *block = block_with(arena, step);
    void *piece = (char *)block->octets + block->used;
    block->used += step;
    arena->used += n;
    return piece;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    return memset(take(arena, n), 0, n);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total))
        abort();
    return arena_alloc(arena, total);
}

char *arena_text(struct arena *arena, struct str s)
{
    char *text = take(arena, s.n + 1);
    if (s.n > 0)
        memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return text;
}

struct str arena_str(struct arena *arena, struct str s)
{
    return (struct str){arena_text(arena, s), s.n};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();
    char *text = arena_alloc(arena, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return (struct str){text, (size_t)n};
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
