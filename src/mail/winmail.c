/* winmail: the list of attachments is written anew, in order, with the files in the place of their wrapping. */
#include "mail/winmail.h"

#include "mail/attach.h"
#include "mail/filename.h"
#include "mail/html.h"
#include "mail/sniff.h"
#include "mail/tidy.h"
#include "mail/tnef.h"

#include "base/hash.h"

_Static_assert(MESSAGE_PARTS_MAX < 0x10000 && TNEF_FILES_MAX < 0xffff, "both numbers fit into one part number");

struct opening {
    struct arena *arena;
    const struct mime *mime;
    struct message *m;
    struct attachment list[MESSAGE_PARTS_MAX];
    size_t count;
    size_t opened;
};

static bool is_wrapping(const struct attachment *a)
{
    return str_eq(a->type, STR("application/ms-tnef")) || str_eq(a->type, STR("application/vnd.ms-tnef")) || str_ieq(a->name, STR("winmail.dat"));
}

static void add(struct opening *o, const struct attachment *a)
{
    if (o->count < MESSAGE_PARTS_MAX)
        o->list[o->count++] = *a;
    else
        o->m->defects |= MESSAGE_TOO_MANY;
}

static void add_file(struct opening *o, const struct tnef_file *file, uint32_t part)
{
    struct attachment a = {.name = filename_clean(o->arena, file->name), .type = tidy_line(o->arena, file->type, 200), .part = part};
    a.sniffed = sniff_type(file->octets);
    a.size = file->octets.n;
    a.is_inline = file->is_inline;
    if (a.type.n == 0)
        a.type = a.sniffed.n > 0 ? a.sniffed : STR("application/octet-stream");
    hash_sha256(file->octets, a.sha256);
    add(o, &a);
}

/* A mail whose only text is in its wrapping. */
static void take_text(struct opening *o, const struct tnef_text *text)
{
    if (str_trim(o->m->text).n > 0 || str_trim(text->text).n == 0)
        return;
    struct buf plain = {0};
    struct html_text result = {0};
    if (text->is_html) {
        html_to_text(&plain, text->text, MESSAGE_TEXT_MAX, &result);
        o->m->defects |= result.hidden ? MESSAGE_HIDDEN_TEXT : 0u;
    } else {
        struct str rest = text->text, line;
        while (str_line(&rest, &line)) {
            buf_str(&plain, line);
            buf_char(&plain, '\n');
        }
    }
    o->m->text = tidy_text(o->arena, buf_view(&plain), MESSAGE_TEXT_MAX);
    buf_free(&plain);
}

static void open_one(struct opening *o, const struct attachment *a)
{
    struct buf room = {0};
    const struct mime_part *p = &o->mime->parts[a->part];
    struct str octets = arena_str(o->arena, transfer_decode(&room, p->body, p->transfer));
    buf_free(&room);
    struct tnef tnef;
    if (!tnef_read(o->arena, octets, &tnef)) {
        add(o, a);
        return;
    }
    if (tnef.broken) {
        o->m->defects |= MESSAGE_BROKEN_MIME;
        add(o, a);
    }
    for (size_t i = 0; i < tnef.file_count; i++)
        add_file(o, &tnef.files[i], WINMAIL_PART(a->part, i));
    take_text(o, &tnef.text);
    if (o->m->importance == 0)
        o->m->importance = tnef.importance;
}

void winmail_open(struct arena *arena, const struct mime *mime, struct message *m)
{
    bool any = false;
    for (size_t i = 0; i < m->attachment_count && !any; i++)
        any = is_wrapping(&m->attachments[i]);
    if (!any)
        return;
    struct opening *o = arena_alloc(arena, sizeof *o);
    o->arena = arena;
    o->mime = mime;
    o->m = m;
    for (size_t i = 0; i < m->attachment_count; i++) {
        if (is_wrapping(&m->attachments[i]) && o->opened++ < WINMAIL_PARTS_MAX)
            open_one(o, &m->attachments[i]);
        else
            add(o, &m->attachments[i]);
    }
    m->attachments = o->list;
    m->attachment_count = o->count;
}

bool winmail_file(struct str octets, uint32_t inner, struct buf *out)
{
    struct arena *arena = arena_new();
    struct tnef tnef;
    bool found = tnef_read(arena, octets, &tnef) && inner > 0 && inner <= tnef.file_count;
    if (found)
        buf_str(out, tnef.files[inner - 1].octets);
    arena_free(&arena);
    return found;
}
