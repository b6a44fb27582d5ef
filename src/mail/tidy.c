/* tidy: what leaves the reader as text. Most text is already in normal form, and a cheap look says so. */
#include "mail/tidy.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <glib.h>

#define RUN_MAX 1024u /* octets normalised at once: GLib takes quadratic time, and real text has no longer runs */

/* Ranges whose characters are in normal form, combine with nothing before them and are no marks: text made of them is as it should be, and a
 * run of others begins and ends at them. (Unicode 15, checked character by character.) */
static const struct {
    uint32_t first, last;
} stable[] = { { 0, 0x2ff }, { 0x388, 0x482 }, { 0x48a, 0x52f }, { 0x531, 0x556 }, { 0x561, 0x587 }, { 0x5d0, 0x5ea }, { 0x621, 0x64a }, { 0x660, 0x66f },
    { 0xe01, 0xe30 }, { 0xe40, 0xe46 }, { 0x1e00, 0x1eff }, { 0x2010, 0x2027 }, { 0x2030, 0x205e }, { 0x2070, 0x20cf }, { 0x2190, 0x2328 },
    { 0x232b, 0x2adb }, { 0x3001, 0x3029 }, { 0x3041, 0x3096 }, { 0x30a0, 0x30fe }, { 0x3400, 0x4dbf }, { 0x4e00, 0x9fff }, { 0xac00, 0xd7a3 },
    { 0xff01, 0xff9d }, { 0xfffd, 0xfffd }, { 0x1f300, 0x1faff } };

static bool is_stable(uint32_t c)
{
    if (c <= stable[0].last)
        return true;
    size_t low = 1, high = sizeof stable / sizeof *stable;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c > stable[mid].last)
            low = mid + 1;
        else if (c < stable[mid].first)
            high = mid;
        else
            return true;
    }
    return false;
}

static void add_run(struct buf *out, struct str run)
{
    char *nfc = run.n <= RUN_MAX ? g_utf8_normalize(run.p, (gssize)run.n, G_NORMALIZE_NFC) : NULL;
    if (nfc)
        buf_text(out, nfc);
    else
        buf_str(out, run);
    g_free(nfc);
}

/* s is valid UTF-8. Stable text is copied; a run of others is normalised together with the character before it. */
static void add_normal(struct buf *out, struct str s)
{
    size_t done = 0, last = 0; /* copied so far; where the last character began */
    for (size_t i = 0; i < s.n;) {
        uint32_t c = 0;
        size_t len = (unsigned char)s.p[i] < 0xcc ? 1 : utf8_next(str_sub(s, i, 4), &c);
        if (len <= 1 || is_stable(c)) {
            /* Below 0xCC a lead octet begins U+02FF or less, or this is inside such a character. */
            if ((unsigned char)s.p[i] < 0x80 || (unsigned char)s.p[i] >= 0xc0)
                last = i;
            i += len ? len : 1;
            continue;
        }
        buf_str(out, str_sub(s, done, last - done));
        done = last;
        while (i < s.n && (len = utf8_next(str_sub(s, i, 4), &c)) > 0 && !is_stable(c))
            i += len;
        add_run(out, str_sub(s, done, i - done));
        done = last = i;
    }
    buf_str(out, str_sub(s, done, s.n));
}

static struct str normal(struct arena *arena, struct str s)
{
    bool candidate = false, ascii = utf8_is_ascii(s);
    for (size_t i = 0; i < s.n && !candidate && !ascii; i++)
        candidate = (unsigned char)s.p[i] >= 0xcc;
    if (!candidate)
        return arena_str(arena, s);
    struct buf text = { 0 };
    add_normal(&text, s);
    struct str kept = arena_str(arena, buf_view(&text));
    buf_free(&text);
    return kept;
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
