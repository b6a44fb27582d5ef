/* carry: each attachment that may travel is decoded once more, into the arena. A mail of several HTML texts has none for us: which of them
 * stands where cannot be told. */
#include "mail/carry.h"

#include "mail/html_keep.h"
#include "mail/tnef.h"
#include "mail/winmail.h"

/* The TNEF container whose files are being taken, read once for all of them. */
struct container {
    uint32_t part;
    bool read;
    struct tnef tnef;
};

static bool never_travels(struct str type)
{
    static const char *const types[] = { "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pkcs7-mime", "application/x-pkcs7-mime",
        "application/pgp-signature", "application/pgp-encrypted", "application/pgp-keys", "message/delivery-status", "message/disposition-notification",
        "message/feedback-report", "message/global-delivery-status", "text/rfc822-headers", "application/ms-tnef", "application/vnd.ms-tnef" };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq(type, str_of(types[i])))
            return true;
    return false;
}

static struct str part_octets(struct arena *arena, const struct mime_part *p)
{
    struct buf room = { 0 };
    struct str octets = arena_str(arena, transfer_decode(&room, p->body, p->transfer));
    buf_free(&room);
    return octets;
}

static struct str octets_of(struct arena *arena, const struct mime *mime, const struct attachment *a, struct container *container)
{
    uint32_t outer = WINMAIL_OUTER(a->part), inner = WINMAIL_INNER(a->part);
    if (outer >= mime->count)
        return (struct str){ "", 0 };
    if (inner == 0)
        return part_octets(arena, &mime->parts[outer]);
    if (!container->read || container->part != outer) {
        *container = (struct container){ .part = outer, .read = true };
        tnef_read(arena, part_octets(arena, &mime->parts[outer]), &container->tnef);
    }
    return inner <= container->tnef.file_count ? container->tnef.files[inner - 1].octets : (struct str){ "", 0 };
}

static void gather_files(struct arena *arena, const struct mime *mime, uint64_t room, struct message *m)
{
    struct carried *c = &m->carried;
    struct container container = { .part = 0 };
    c->files = arena_array(arena, m->attachment_count, sizeof *c->files);
    for (size_t i = 0; i < m->attachment_count; i++) {
        const struct attachment *a = &m->attachments[i];
        if (never_travels(a->type))
            continue;
        if (a->size > room) {
            c->left_out++;
            continue;
        }
        room -= a->size;
        struct carried_file *f = &c->files[c->file_count++];
        *f = (struct carried_file){ .name = a->name, .type = a->type, .content_id = { "", 0 }, .is_inline = a->is_inline };
        if (WINMAIL_INNER(a->part) == 0 && a->part < mime->count)
            f->content_id = mime->parts[a->part].id;
        f->octets = octets_of(arena, mime, a, &container);
    }
}

static struct str the_html(struct arena *arena, const struct mime *mime, const struct body *body)
{
    const struct mime_part *html = NULL;
    struct str none = { "", 0 };
    for (uint32_t i = 0; i < mime->count; i++) {
        if (!body->used[i] || !mime_is(&mime->parts[i], "text/html"))
            continue;
        if (html != NULL)
            return none;
        html = &mime->parts[i];
    }
    if (html == NULL || html->body.n > HTML_KEEP_SOURCE_MAX)
        return none;
    struct buf source = { 0 };
    bool guessed = false;
    body_leaf(&source, mime, html, &guessed);
    struct str s = guessed ? none : arena_str(arena, buf_view(&source));
    buf_free(&source);
    return s;
}

void carry_gather(struct arena *arena, const struct mime *mime, const struct body *body, const struct message_context *context, struct message *m)
{
    if (context == NULL || context->carry_max == 0)
        return;
    gather_files(arena, mime, context->carry_max < CARRY_OCTETS_MAX ? context->carry_max : CARRY_OCTETS_MAX, m);
    m->carried.html_source = the_html(arena, mime, body);
}

static bool is_decoration(const struct carried_file *f)
{
    return f->is_inline && str_istarts(f->type, STR("image/")) && f->octets.n < CARRY_DECORATION_MAX;
}

void carry_settle(struct arena *arena, struct str wanted, struct message *m)
{
    struct carried *c = &m->carried;
    bool *shown = arena_array(arena, c->file_count, sizeof *shown);
    size_t kept = 0;
    c->html = (struct str){ "", 0 };
    if (c->html_source.n > 0)
        c->html = html_keep(arena, c->html_source, wanted, c->files, c->file_count, shown);
    c->html_source = (struct str){ "", 0 };
    for (size_t i = 0; i < c->file_count; i++) {
        struct carried_file f = c->files[i];
        if (!shown[i] && is_decoration(&f))
            continue;
        f.is_inline = shown[i];
        if (!shown[i])
            f.content_id = (struct str){ "", 0 };
        c->files[kept++] = f;
    }
    c->file_count = kept;
}
