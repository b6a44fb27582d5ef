/* tidy: what leaves the reader as text. Most text is already in normal form, and a cheap look says so. */
#include "mail/tidy.h"

#include "base/utf8.h"

#include <glib.h>

/* Below U+0300 nothing composes; lead octet 0xCC is the first that may. */
static bool needs_nfc(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0xcc)
            return true;
    return false;
}

static bool marks_bounded(struct str s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t c;
        size_t len = utf8_next(str_sub(s, i, 4), &c);
        run = c >= 0x300 && g_unichar_combining_class(c) != 0 ? run + 1 : 0;
        if (run > TIDY_MARKS_MAX)
            return false;
        i += len ? len : 1;
    }
    return true;
}

static struct str normal(struct arena *arena, struct str s)
{
    if (needs_nfc(s) && marks_bounded(s)) {
        char *nfc = g_utf8_normalize(s.p, (gssize)s.n, G_NORMALIZE_NFC);
        if (nfc) {
            struct str kept = arena_str(arena, str_of(nfc));
            g_free(nfc);
            return kept;
        }
    }
    return arena_str(arena, s);
}

struct str tidy_text(struct arena *arena, struct str octets, size_t max)
{
    struct buf clean = { 0 };
    /* Cleaning never makes a valid character longer; a little over the limit is cut below. */
    utf8_clean(&clean, str_sub(octets, 0, max + 4));
    struct str s = normal(arena, utf8_prefix(buf_view(&clean), max));
    buf_free(&clean);
    return utf8_prefix(s, max);
}

struct str tidy_line(struct arena *arena, struct str octets, size_t max)
{
    struct buf clean = { 0 }, line = { 0 };
    utf8_clean(&clean, str_sub(octets, 0, max + 4));
    bool gap = false;
    for (size_t i = 0; i < clean.n; i++) {
        char c = clean.p[i];
        if (c == ' ' || c == '\t' || c == '\n') {
            gap = line.n > 0;
            continue;
        }
        if (gap)
            buf_char(&line, ' ');
        gap = false;
        buf_char(&line, c);
    }
    struct str s = normal(arena, utf8_prefix(buf_view(&line), max));
    buf_free(&clean);
    buf_free(&line);
    return utf8_prefix(s, max);
}
