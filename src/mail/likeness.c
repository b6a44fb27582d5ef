/* likeness: the runs of RUN letters of one text are noted in a bit map, then those of the other are looked up: linear, whatever the texts are. */
#include "mail/likeness.h"

#define RUN 6u
#define BITS (1u << 17)
#define PART_MAX 1024u
#define WHOLE_MAX (16u * 1024)
#define TELLING 80u /* runs below which nothing can be told */

static bool is_letter(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

struct counted {
    size_t runs, found;
};

/* Walks the runs of s: notes them, or counts those noted before. */
static struct counted walk(struct str s, uint8_t *map, bool note)
{
    struct counted counted = { 0, 0 };
    uint64_t last = 0; /* the last RUN letters */
    size_t letters = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (!is_letter(c))
            continue;
        last = (last << 8 | (c < 0x80 ? c | 0x20u : c)) & UINT64_C(0xffffffffffff);
        if (++letters < RUN)
            continue;
        uint32_t bit = (uint32_t)((last * UINT64_C(0x9e3779b97f4a7c15)) >> 47);
        counted.runs++;
        counted.found += (unsigned)(map[bit >> 3] >> (bit & 7)) & 1u;
        if (note)
            map[bit >> 3] |= (uint8_t)(1u << (bit & 7));
    }
    return counted;
}

bool likeness_differs(struct str part, struct str whole)
{
    uint8_t map[BITS / 8] = { 0 };
    if (walk(str_sub(whole, 0, WHOLE_MAX), map, true).runs < TELLING)
        return false;
    struct counted counted = walk(str_sub(part, 0, PART_MAX), map, false);
    return counted.runs >= TELLING && counted.found < counted.runs / 4;
}
