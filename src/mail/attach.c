/* attach: each leaf is decoded once, into one room that is used again, for size, digest and first octets. */
#include "mail/attach.h"

#include "mail/filename.h"
#include "mail/sniff.h"

#include "base/hash.h"

/* An image that the text refers to, by its Content-ID or from within the same multipart/related, is shown in it. */
static bool is_inline(const struct mime *m, const struct mime_part *p)
{
    if (p->disposition == MIME_INLINE)
        return true;
    bool related = p->parent != MIME_NONE && mime_is(&m->parts[p->parent], "multipart/related");
    return p->disposition == MIME_UNSAID && (p->id.n > 0 || related) && mime_is_a(p, "image/");
}

/* "application/octet-stream" with a name that says more keeps its declared type: what was declared is a fact of its own. */
static void describe(struct arena *arena, const struct mime *mime, uint32_t i, struct buf *room, struct attachment *a)
{
    const struct mime_part *p = &mime->parts[i];
    struct str octets = transfer_decode(room, p->body, p->transfer);
    a->name = filename_of(arena, p);
    a->type = p->type;
    a->sniffed = sniff_type(octets);
    a->size = octets.n;
    hash_sha256(octets, a->sha256);
    a->is_inline = is_inline(mime, p);
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
    return !body->used[i] || p->salvaged;
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

bool attach_is_signature(const struct attachment *a, unsigned seen)
{
    bool image = str_istarts(a->type, STR("image/")) || str_istarts(a->sniffed, STR("image/"));
    return a->is_inline && image && a->size <= ATTACH_SIGNATURE_SIZE_MAX && seen >= ATTACH_SIGNATURE_SEEN;
}
