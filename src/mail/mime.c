/* mime: one pass over the lines with a stack of the boundaries that are open. A line is compared with all of them, so a part whose end
 * is missing ends where an outer boundary shows. Limits are counted while reading: no mail can make the outline big or the pass slow. */
#include "mail/mime.h"

#include "mail/charset.h"
#include "mail/header.h"
#include "mail/mime_field.h"
#include "mail/octets.h"
#include "mail/uu.h"

#include <string.h>

struct boundary {
    const char *p;
    size_t n;
};

struct outline {
    struct arena *arena;
    struct mime *mime;
    size_t room;
    const char *at, *end;
    struct boundary open[MESSAGE_DEPTH_MAX + 1];
    unsigned open_count;
    unsigned depth;
    bool full; /* MESSAGE_PARTS_MAX reached */
};

/* Where a body ended. */
struct delimiter {
    const char *content_end; /* before the line break that belongs to the delimiter */
    int level;               /* index in open[], -1 at the end of the mail */
    bool closing;            /* "--boundary--" */
};

bool mime_is(const struct mime_part *part, const char *type)
{
    return str_eq(part->type, str_of(type));
}

bool mime_is_a(const struct mime_part *part, const char *major)
{
    return str_starts(part->type, str_of(major));
}

bool mime_within(const struct mime *m, uint32_t b, uint32_t a)
{
    for (unsigned i = 0; i <= MESSAGE_DEPTH_MAX + 1 && b != MIME_NONE; i++, b = m->parts[b].parent)
        if (b == a)
            return true;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Which open boundary is this line (without "--", without line end)? The innermost that fits; -1 for none. */
static int match_boundary(const struct outline *o, struct str line, bool *closing)
{
    struct str whole = line;
    if (whole.n > 0 && whole.p[whole.n - 1] == '\r')
        whole.n--;
    while (line.n > 0 && is_space(line.p[line.n - 1]))
        line.n--;
    for (unsigned i = o->open_count; i > 0; i--) {
        const struct boundary *b = &o->open[i - 1];
        if (b->n > line.n && b->n <= whole.n)
            line.n = b->n; /* this one ends in blanks (boundary_of) */
        if (line.n != b->n && line.n != b->n + 2)
            continue;
        if (b->n > 0 && (line.p[0] != b->p[0] || memcmp(line.p, b->p, b->n) != 0))
            continue;
        if (line.n == b->n + 2 && memcmp(line.p + b->n, "--", 2) != 0)
            continue;
        *closing = line.n == b->n + 2;
        return (int)i - 1;
    }
    return -1;
}

/* The first line from `line` on (the start of one) that begins with two dashes; NULL: none does. Base64, most of a large mail, has no dash. */
static const char *dashed_line(const char *line, const char *end)
{
    const char *p = line;
    while (end - p > 2 && (p = memchr(p, '-', (size_t)(end - p) - 2)) != NULL) {
        if (p[1] == '-' && (p == line || p[-1] == '\n'))
            return p;
        p++;
    }
    return NULL;
}

/* Goes on from o->at (the start of a line) to the next delimiter and behind its line. */
static struct delimiter next_delimiter(struct outline *o)
{
    const char *start = o->at, *line = o->open_count > 0 ? dashed_line(o->at, o->end) : NULL;
    while (line != NULL) {
        const char *lf = memchr(line, '\n', (size_t)(o->end - line));
        const char *stop = lf ? lf : o->end;
        struct delimiter d = { .closing = false };
        d.level = stop - line > 2 ? match_boundary(o, (struct str){ line + 2, (size_t)(stop - line) - 2 }, &d.closing) : -1;
        if (d.level >= 0) {
            d.content_end = line;
            if (line > start)
                d.content_end = line - 1 > start && line[-2] == '\r' ? line - 2 : line - 1;
            o->at = lf ? lf + 1 : o->end;
            return d;
        }
        line = lf != NULL ? dashed_line(lf + 1, o->end) : NULL;
    }
    o->at = o->end;
    return (struct delimiter){ .content_end = o->end, .level = -1 };
}

/* The last line end before a closing delimiter may be missing: "text--boundary--" at the very end of the mail. */
static bool closes_at_end(const struct outline *o, const char *body, struct delimiter *d)
{
    struct str s = str_trim((struct str){ body, (size_t)(d->content_end - body) });
    for (unsigned i = o->open_count; i > 0; i--) {
        const struct boundary *b = &o->open[i - 1];
        size_t n = b->n + 4;
        if (s.n < n || memcmp(s.p + s.n - 2, "--", 2) != 0 || memcmp(s.p + s.n - n, "--", 2) != 0 || memcmp(s.p + s.n - n + 2, b->p, b->n) != 0)
            continue;
        d->content_end = s.p + s.n - n;
        return true;
    }
    return false;
}

static uint32_t add_part(struct outline *o, uint32_t parent)
{
    struct mime *m = o->mime;
    if (m->count == o->room) {
        size_t room = o->room ? o->room * 2 : 8;
        struct mime_part *parts = arena_array(o->arena, room, sizeof *parts);
        if (m->count)
            memcpy(parts, m->parts, m->count * sizeof *parts);
        m->parts = parts;
        o->room = room;
    }
    m->parts[m->count] = (struct mime_part){ .parent = parent, .child = MIME_NONE, .next = MIME_NONE };
    return m->count++;
}

/* Is the first line of rest a delimiter by the Content-Type just read? Then the blank line before it is missing. */
static bool is_own_boundary(struct str rest, struct str type)
{
    struct str line;
    str_line(&rest, &line);
    line = str_trim(str_sub(line, 2, MIME_BOUNDARY_MAX));
    ptrdiff_t at = str_ifind(type, STR("boundary="));
    if (line.n == 0 || at < 0)
        return false;
    struct str value = str_sub(type, (size_t)at + 9, type.n);
    if (value.n > 0 && value.p[0] == '"')
        value = str_sub(value, 1, value.n);
    return str_starts(value, line) && (value.n == line.n || strchr("\"; \t\r\n", value.p[line.n]));
}

/* Reads the fields at o->at; leaves o->at at the body. The first field of a name counts. */
static void read_fields(struct outline *o, struct mime_part *p, struct str *boundary)
{
    struct str rest = { o->at, (size_t)(o->end - o->at) };
    struct str type = { NULL, 0 }, disposition = { NULL, 0 }, transfer = { NULL, 0 }, id = { NULL, 0 };
    struct header_raw field;
    bool broken = false;
    /* Inside a multipart the header ends where a delimiter stands, even without a blank line. */
    for (;;) {
        bool closing;
        if (o->open_count > 0 && str_starts(rest, STR("--"))) {
            struct str look = rest, line;
            str_line(&look, &line);
            if (match_boundary(o, str_sub(line, 2, line.n), &closing) >= 0)
                break;
        }
        if (type.p && str_starts(rest, STR("--")) && is_own_boundary(rest, type))
            break;
        if (!header_next(&rest, &field, &broken))
            break;
        if (!str_istarts(field.name, STR("content-")))
            continue;
        struct str what = str_sub(field.name, 8, field.name.n);
        struct str *slot = str_ieq(what, STR("type")) ? &type : str_ieq(what, STR("disposition")) ? &disposition
            : str_ieq(what, STR("transfer-encoding")) ? &transfer : str_ieq(what, STR("id")) ? &id : NULL;
        if (slot && slot->p == NULL)
            *slot = field.value;
    }
    const char *body = rest.n > 0 ? rest.p : o->end;
    p->head = (struct str){ o->at, (size_t)(body - o->at) };
    o->at = body;
    if (broken)
        o->mime->defects |= MESSAGE_BROKEN_MIME;
    if (type.p)
        mime_field_type(o->arena, o->mime, p, type, boundary);
    if (disposition.p)
        mime_field_disposition(o->arena, o->mime, p, disposition);
    if (id.p)
        p->id = mime_field_id(o->arena, id);
    p->transfer = transfer_of(transfer);
    if (o->mime->hint.n == 0 && p->charset.n > 0 && charset_of(p->charset))
        o->mime->hint = p->charset;
}

static struct delimiter read_part(struct outline *o, uint32_t parent, const char *default_type);

/* A boundary may not end in blanks (RFC 2046 section 5.1.1); where one does, they count only when the mail has a line that has them too. */
static struct str boundary_of(const struct outline *o, struct str given)
{
    struct str bare = given, line = { o->at, (size_t)(o->end - o->at) };
    while (bare.n > 0 && is_space(bare.p[bare.n - 1]))
        bare.n--;
    if (bare.n == 0 || bare.n == given.n)
        return bare;
    for (ptrdiff_t at; (at = str_find(line, given)) >= 0; line = str_sub(line, (size_t)at + given.n, line.n))
        if (line.p + at - o->at >= 2 && memcmp(line.p + at - 2, "--", 2) == 0)
            return given;
    return bare;
}

static struct delimiter read_multipart(struct outline *o, uint32_t self, struct str boundary)
{
    boundary = boundary_of(o, boundary);
    const char *start = o->at;
    const char *child_type = mime_is(&o->mime->parts[self], "multipart/digest") ? "message/rfc822" : "text/plain";
    int level = (int)o->open_count;
    o->open[o->open_count++] = (struct boundary){ boundary.p, boundary.n };
    o->depth++;
    struct delimiter d = next_delimiter(o);
    o->mime->parts[self].preamble = (struct str){ start, (size_t)(d.content_end - start) };
    uint32_t last = MIME_NONE;
    while (d.level == level && !d.closing) {
        if (o->mime->count >= MESSAGE_PARTS_MAX) {
            o->mime->defects |= MESSAGE_TOO_MANY;
            o->full = true;
        }
        if (o->full) {
            d = next_delimiter(o);
            continue;
        }
        uint32_t child = o->mime->count;
        d = read_part(o, self, child_type);
        if (last == MIME_NONE)
            o->mime->parts[self].child = child;
        else
            o->mime->parts[last].next = child;
        last = child;
    }
    o->depth--;
    o->open_count = (unsigned)level;
    if (d.level == level) /* closed: what follows is an epilogue, up to an outer delimiter */
        d = next_delimiter(o);
    else
        o->mime->defects |= MESSAGE_BROKEN_MIME;
    return d;
}

/* Turns a multipart that has no part into text: what there is, is read as it stands. */
static void make_text(struct mime_part *p)
{
    p->type = STR("text/plain");
    p->transfer = TRANSFER_PLAIN;
    p->salvaged = true;
}

/* Files written into a plain text: children of it, whose octets the text is read without. */
static void read_files(struct outline *o, uint32_t self)
{
    struct str rest = o->mime->parts[self].body;
    struct uu_file file;
    uint32_t last = MIME_NONE;
    while (o->mime->count < MESSAGE_PARTS_MAX && uu_next(&rest, &file)) {
        uint32_t child = add_part(o, self);
        struct mime_part *p = &o->mime->parts[child];
        p->type = STR("application/octet-stream");
        p->body = file.octets;
        p->transfer = file.yenc ? TRANSFER_YENC : TRANSFER_UUENCODE;
        p->disposition = MIME_ATTACHMENT;
        p->name = header_decode(o->arena, file.name, o->mime->hint, 1000);
        if (last == MIME_NONE)
            o->mime->parts[self].child = child;
        else
            o->mime->parts[last].next = child;
        last = child;
    }
}

/* Does a multipart around this one have the same boundary? Then nobody can tell which of them a part is of. */
static bool is_ambiguous(const struct outline *o, uint32_t self)
{
    uint32_t parent = o->mime->parts[self].parent;
    unsigned n = o->open_count;
    if (parent == MIME_NONE || !mime_is_a(&o->mime->parts[parent], "multipart/") || n < 2)
        return false;
    return o->open[n - 1].n == o->open[n - 2].n && memcmp(o->open[n - 1].p, o->open[n - 2].p, o->open[n - 1].n) == 0;
}

static struct delimiter read_part(struct outline *o, uint32_t parent, const char *default_type)
{
    uint32_t self = add_part(o, parent);
    struct mime_part *p = &o->mime->parts[self];
    struct str boundary = { NULL, 0 };
    p->type = str_of(default_type);
    read_fields(o, p, &boundary);
    const char *body = o->at;
    struct delimiter d;
    bool multipart = mime_is_a(p, "multipart/");
    bool message = mime_is(p, "message/rfc822") || mime_is(p, "message/global") || (mime_is(p, "message/partial") && p->piece == 1);
    bool deeper = (multipart && boundary.n > 0) || (message && p->transfer == TRANSFER_PLAIN);
    if (deeper && o->depth >= MESSAGE_DEPTH_MAX) {
        o->mime->defects |= MESSAGE_TOO_DEEP;
        deeper = false;
    }
    if (deeper && message && o->mime->count >= MESSAGE_PARTS_MAX)
        deeper = false;
    if (deeper && multipart) {
        d = read_multipart(o, self, boundary);
    } else if (deeper) {
        uint32_t child = o->mime->count;
        o->depth++;
        struct str rest = header_start((struct str){ o->at, (size_t)(o->end - o->at) });
        o->at = rest.n > 0 ? rest.p : o->end;
        d = read_part(o, self, "text/plain");
        o->depth--;
        o->mime->parts[self].child = child;
    } else {
        d = next_delimiter(o);
        p->cut = d.level < 0 && o->open_count > 0 && !closes_at_end(o, body, &d);
    }
    p = &o->mime->parts[self]; /* the array may have moved */
    p->body = (struct str){ body, d.content_end > body ? (size_t)(d.content_end - body) : 0 };
    if (multipart && p->child == MIME_NONE) {
        o->mime->defects |= MESSAGE_BROKEN_MIME;
        make_text(p);
    } else if (p->child == MIME_NONE && mime_is(p, "text/plain")) {
        p->salvaged = is_ambiguous(o, self);
        if (p->transfer == TRANSFER_PLAIN && p->disposition != MIME_ATTACHMENT)
            read_files(o, self);
    }
    return d;
}

/* A mail whose only line ends are CR (an old file written out as it was) gets LF instead. */
static struct str with_line_ends(struct arena *arena, struct str raw)
{
    if (raw.n == 0 || octets_find(raw, '\n') || !octets_find(raw, '\r'))
        return raw;
    char *copy = arena_text(arena, raw);
    for (size_t i = 0; i < raw.n; i++)
        if (copy[i] == '\r')
            copy[i] = '\n';
    return (struct str){ copy, raw.n };
}

void mime_read(struct arena *arena, struct str raw, struct mime *out)
{
    *out = (struct mime){ .count = 0 };
    raw = header_start(with_line_ends(arena, raw));
    if (raw.n == 0)
        raw.p = ""; /* so that slices of it point somewhere */
    out->octets = raw;
    struct outline o = { .arena = arena, .mime = out, .at = raw.p, .end = raw.p + raw.n };
    read_part(&o, MIME_NONE, "text/plain");
}
