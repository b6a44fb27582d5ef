/* thread_index: 22 octets for the conversation (1, the time it began, its identity), then 5 for each answer: how long after the beginning, and an
 * octet that is told to be random. Here that octet comes from the time too, so that the same letter is the same octets. */
#include "mail/thread_index.h"

#include "base/base64.h"

#include <string.h>

#define HEADER_OCTETS 22u
#define BLOCK_OCTETS 5u
#define EPOCH_MS INT64_C(11644473600000) /* from 1601, where FILETIME begins, to 1970 */
#define LONG_DELTA (UINT64_C(1) << 49)   /* from here on the coarser code is used: 1.7 years in 100 ns */

/* The high octets of a FILETIME. Since 2010 the five that the specification says stand behind the first; before, the first octet (1) was the highest
 * of the time itself. Times of our age begin with 01 as well, which tells the two apart. */
static uint64_t began_at(const uint8_t *header)
{
    uint64_t time = 0;
    bool by_the_book = header[1] == 1;
    for (unsigned i = by_the_book ? 1 : 0; i < 6; i++)
        time = time << 8 | header[i];
    return time << (by_the_book ? 24 : 16);
}

static void write_block(uint8_t *block, uint64_t began, int64_t now_ms)
{
    uint64_t now = now_ms > -EPOCH_MS && now_ms < INT64_MAX / 20000 ? (uint64_t)(now_ms + EPOCH_MS) * 10000 : 0;
    uint64_t delta = now > began ? now - began : 0;
    uint32_t code = delta < LONG_DELTA ? (uint32_t)(delta >> 18) & 0x7fffffffu : 0x80000000u | ((uint32_t)(delta >> 23) & 0x7fffffffu);
    for (unsigned i = 0; i < 4; i++)
        block[i] = (uint8_t)(code >> (24 - 8 * i));
    block[4] = (uint8_t)((uint64_t)now_ms * 2654435761u >> 24);
}

static struct str without_blanks(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t')
            p[n++] = s.p[i];
    return (struct str){ p, n };
}

struct str thread_index_child(struct arena *arena, struct str parent, int64_t now_ms)
{
    struct str none = { "", 0 }, index;
    if (parent.n > 4u * (HEADER_OCTETS + BLOCK_OCTETS * THREAD_INDEX_BLOCKS_MAX))
        return none;
    if (!base64_decode(arena, without_blanks(arena, str_trim(parent)), &index) || index.n < HEADER_OCTETS || index.p[0] != 1)
        return none;
    size_t blocks = (index.n - HEADER_OCTETS) / BLOCK_OCTETS;
    if ((index.n - HEADER_OCTETS) % BLOCK_OCTETS != 0 || blocks >= THREAD_INDEX_BLOCKS_MAX)
        return none;
    uint8_t *child = arena_alloc(arena, index.n + BLOCK_OCTETS);
    memcpy(child, index.p, index.n);
    write_block(child + index.n, began_at(child), now_ms);
    struct buf text = { 0 };
    base64_encode(&text, (struct str){ (const char *)child, index.n + BLOCK_OCTETS });
    struct str result = arena_str(arena, buf_view(&text));
    buf_free(&text);
    return result;
}
