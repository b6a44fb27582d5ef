/* attach: each leaf is decoded once, into one room that is used again, for size, digest and first octets. */
#include "mail/attach.h"

#include "mail/sniff.h"
#include "mail/tidy.h"

#include "base/hash.h"
#include "base/utf8.h"

#include <string.h>

/* Characters that change how their neighbours look, or do not show at all. */
static bool is_deceptive(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

static struct str base_part(struct str s)
{
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == '/' || s.p[i - 1] == '\\')
            return str_sub(s, i, s.n);
    return s;
}

/* Too long: the middle goes, the extension stays. */
static struct str shortened(struct arena *arena, struct str s)
{
    if (s.n <= ATTACH_NAME_MAX)
        return s;
    size_t dot = s.n;
    for (size_t i = s.n; i > 0 && s.n - i < 16 && dot == s.n; i--)
        if (s.p[i - 1] == '.')
            dot = i - 1;
    struct str extension = str_sub(s, dot, s.n), stem = utf8_prefix(s, ATTACH_NAME_MAX - extension.n);
    return arena_printf(arena, "%.*s%.*s", STR_ARG(stem), STR_ARG(extension));
}

struct str attach_name(struct arena *arena, struct str name)
{
    struct buf clean = { 0 };
    struct str s = base_part(name);
    for (size_t i = 0; i < s.n;) {
        uint32_t c;
        size_t n = utf8_next(str_sub(s, i, 4), &c);
        if (n > 0 && !is_deceptive(c))
            buf_add(&clean, s.p + i, n);
        i += n ? n : 1;
    }
    struct str kept = tidy_line(arena, buf_view(&clean), ATTACH_NAME_READ);
    buf_free(&clean);
    while (kept.n > 0 && kept.p[0] == '.' && (kept.n == 1 || kept.p[1] == '.' ))
        kept = str_sub(kept, 1, kept.n);
    return shortened(arena, kept);
}

static bool is_inline(const struct mime_part *p)
{
    if (p->disposition == MIME_INLINE)
        return true;
    return p->disposition == MIME_UNSAID && p->id.n > 0 && mime_is_a(p, "image/");
}

/* "application/octet-stream" with a name that says more keeps its declared type: what was declared is a fact of its own. */
static void describe(struct arena *arena, const struct mime *mime, uint32_t i, struct buf *room, struct attachment *a)
{
    const struct mime_part *p = &mime->parts[i];
    struct str octets = transfer_decode(room, p->body, p->transfer);
    a->name = attach_name(arena, p->name);
    a->type = p->type;
    a->sniffed = sniff_type(octets);
    a->size = octets.n;
    hash_sha256(octets, a->sha256);
    a->is_inline = is_inline(p);
    a->part = i;
}

/* Inside a message/rfc822? Then it belongs to that attachment. */
static bool is_nested(const struct mime *m, uint32_t i)
{
    for (uint32_t p = m->parts[i].parent; p != MIME_NONE; p = m->parts[p].parent)
        if (mime_is_a(&m->parts[p], "message/"))
            return true;
    return false;
}

static bool is_attachment(const struct mime *m, const struct body *body, uint32_t i)
{
    const struct mime_part *p = &m->parts[i];
    if (mime_is_a(p, "multipart/") || is_nested(m, i))
        return false;
    return !body->used[i];
}

void attach_list(struct arena *arena, const struct mime *mime, const struct body *body, struct message *m)
{
    struct buf room = { 0 };
    size_t count = 0;
    for (uint32_t i = 0; i < mime->count; i++)
        count += is_attachment(mime, body, i);
    m->attachments = arena_array(arena, count, sizeof *m->attachments);
    for (uint32_t i = 0; i < mime->count; i++)
        if (is_attachment(mime, body, i))
            describe(arena, mime, i, &room, &m->attachments[m->attachment_count++]);
    buf_free(&room);
}
