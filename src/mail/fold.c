/* fold: a table of ranges of capitals and the way to their small letters. */
#include "mail/fold.h"

#include "base/utf8.h"

#include <string.h>

/* Capitals from..to, every step-th; the small letter is `by` further on. */
static const struct range {
    uint32_t from, to, step, by;
} ranges[] = {
    { 'A', 'Z', 1, 32 }, { 0xc0, 0xd6, 1, 32 }, { 0xd8, 0xde, 1, 32 }, { 0x100, 0x12e, 2, 1 }, { 0x132, 0x136, 2, 1 }, { 0x139, 0x147, 2, 1 }, { 0x14a, 0x176, 2, 1 },
    { 0x179, 0x17d, 2, 1 }, { 0x1a0, 0x1a0, 1, 1 }, { 0x1af, 0x1af, 1, 1 }, { 0x218, 0x21a, 2, 1 }, { 0x386, 0x386, 1, 38 }, { 0x388, 0x38a, 1, 37 },
    { 0x38c, 0x38c, 1, 64 }, { 0x38e, 0x38f, 1, 63 }, { 0x391, 0x3ab, 1, 32 }, { 0x400, 0x40f, 1, 80 }, { 0x410, 0x42f, 1, 32 }, { 0x490, 0x490, 1, 1 }, { 0x1e00, 0x1efe, 2, 1 },
};

static uint32_t small(uint32_t c)
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const struct range *r = &ranges[i];
        if (c >= r->from && c <= r->to && (c - r->from) % r->step == 0)
            return c + r->by;
    }
    return c;
}

/* All small letters of the table are written in as many octets as their capitals. */
static void put(char *to, uint32_t c, size_t n)
{
    if (n == 2) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
    } else if (n == 3) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
    }
}

struct str fold_case(struct str s, char *room, size_t size)
{
    s = utf8_prefix(s, size);
    for (size_t i = 0; i < s.n;) {
        uint32_t c;
        unsigned char first = (unsigned char)s.p[i];
        size_t n = first < 0x80 ? 1 : utf8_next(str_sub(s, i, 4), &c);
        n = n > 0 ? n : 1;
        memcpy(room + i, s.p + i, n);
        if (first < 0x80)
            room[i] = first >= 'A' && first <= 'Z' ? (char)(first + 32) : (char)first;
        else if (n == 2 || n == 3)
            put(room + i, small(c), n);
        i += n;
    }
    return (struct str){ room, s.n };
}
