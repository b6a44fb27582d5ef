/* utf8: one decoder; everything else here walks a text with it and never trusts an octet it has not accepted. */
#include "base/utf8.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

struct span {
    uint32_t first;
    uint32_t last;
};

/* The four shapes of RFC 3629 section 3: how the first octet looks, what it carries, and the least character that may be
 * written so (a smaller one would be overlong). */
static const struct shape {
    uint8_t mask;
    uint8_t mark;
    uint8_t length;
    uint32_t least;
} shapes[] = {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

/* Characters that show nothing or turn the direction of what follows: a line with them can lie about what it says. */
static const struct span invisible[] = {
    {0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0xe0000, 0xe007f},
};

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

static bool is_invisible(uint32_t c)
{
    for (size_t i = 0; i < sizeof invisible / sizeof *invisible && c >= invisible[i].first; i++)
        if (c <= invisible[i].last)
            return true;
    return false;
}

size_t utf8_next(struct str s, uint32_t *character)
{
    uint8_t first = s.n > 0 ? (uint8_t)s.p[0] : 0xff;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct shape *shape = &shapes[i];
        if ((first & shape->mask) != shape->mark)
            continue;
        if (s.n < shape->length)
            return 0;
        uint32_t c = first & (uint8_t)~shape->mask;
        for (size_t k = 1; k < shape->length; k++) {
            uint8_t next = (uint8_t)s.p[k];
            if ((next & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (next & 0x3f);
        }
        if (c < shape->least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return 0;
        *character = c;
        return shape->length;
    }
    return 0;
}

/* The run of octets 0x20 to 0x7e at the front: the common case of every walk. */
static size_t plain_run(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f)
        n++;
    return n;
}

static void eat(struct str *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

bool utf8_valid(struct str s)
{
    while (s.n > 0) {
        uint32_t c = 0;
        size_t n = plain_run(s);
        if (n == 0 && (n = utf8_next(s, &c)) == 0)
            return false;
        eat(&s, n);
    }
    return true;
}

size_t utf8_length(struct str s)
{
    size_t count = 0;
    while (s.n > 0) {
        uint32_t c = 0;
        size_t n = utf8_next(s, &c);
        eat(&s, n > 0 ? n : 1);
        count++;
    }
    return count;
}

struct str utf8_prefix(struct str s, size_t n)
{
    if (s.n <= n)
        return s;
    /* A character has at most three octets behind its first: look back for a first one that reaches over the cut. */
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        uint32_t c = 0;
        size_t length = utf8_next(str_sub(s, n - back, 4), &c);
        if (length > back)
            return str_sub(s, 0, n - back);
        if (length > 0)
            break;
    }
    return str_sub(s, 0, n);
}

void utf8_clean(struct buf *out, struct str s)
{
    while (s.n > 0) {
        uint32_t c = 0;
        size_t n = plain_run(s);
        if (n > 0) {
            buf_add(out, s.p, n);
        } else if ((n = utf8_next(s, &c)) == 0) {
            buf_text(out, REPLACEMENT);
            n = 1;
        } else if (c == '\r') {
            buf_char(out, '\n');
            n = s.n > 1 && s.p[1] == '\n' ? 2 : 1;
        } else if (c == '\n' || c == '\t' || !is_control(c)) {
            buf_add(out, s.p, n);
        }
        eat(&s, n);
    }
}

static void escape(struct buf *out, uint32_t c)
{
    static const char named[] = "t\tn\nr\r";
    for (const char *name = named; *name != '\0'; name += 2)
        if ((uint32_t)name[1] == c) {
            buf_printf(out, "\\%c", name[0]);
            return;
        }
    buf_printf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

void utf8_display(struct buf *out, struct str s, bool lines)
{
    while (s.n > 0) {
        uint32_t c = 0;
        size_t n = plain_run(s);
        if (n > 0) {
            buf_add(out, s.p, n);
        } else if ((n = utf8_next(s, &c)) == 0) {
            escape(out, (uint8_t)s.p[0]);
            n = 1;
        } else if (lines && (c == '\n' || c == '\t')) {
            buf_char(out, (char)c);
        } else if (is_control(c) || is_invisible(c)) {
            escape(out, c);
        } else {
            buf_add(out, s.p, n);
        }
        eat(&s, n);
    }
}

bool utf8_is_line_safe(struct str s)
{
    while (s.n > 0) {
        uint32_t c = 0;
        size_t n = plain_run(s);
        if (n == 0 && ((n = utf8_next(s, &c)) == 0 || is_control(c)))
            return false;
        eat(&s, n);
    }
    return true;
}

bool utf8_is_ascii(struct str s)
{
    size_t i = 0;
    for (uint64_t eight; i + sizeof eight <= s.n; i += sizeof eight) {
        memcpy(&eight, s.p + i, sizeof eight);
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            return false;
    }
    for (; i < s.n; i++)
        if ((uint8_t)s.p[i] >= 0x80)
            return false;
    return true;
}
