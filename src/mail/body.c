/* body: a walk over the outline that knows, for each kind of multipart, which children speak to the reader. */
#include "mail/body.h"

#include "mail/charset.h"
#include "mail/flowed.h"
#include "mail/header.h"
#include "mail/html.h"
#include "mail/likeness.h"
#include "mail/tidy.h"

#include "base/utf8.h"

#include <string.h>

struct reading {
    struct arena *arena;
    const struct mime *mime;
    struct buf text;
    size_t history_at;
    bool *used;
    bool salvage; /* there is no other text: take what could not be taken apart */
    uint32_t defects;
};

static void add_lf(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n;) {
        const char *cr = memchr(s.p + i, '\r', s.n - i);
        size_t upto = cr ? (size_t)(cr - s.p) : s.n;
        buf_add(out, s.p + i, upto - i);
        if (cr == NULL)
            return;
        buf_char(out, '\n');
        i = upto + 1;
        if (i < s.n && s.p[i] == '\n')
            i++;
    }
}

/* A plain text without the files written into it. */
static struct str without_files(struct buf *room, const struct mime *mime, const struct mime_part *part)
{
    const char *at = part->body.p, *stop = at + part->body.n;
    buf_clear(room);
    for (uint32_t c = part->child; c != MIME_NONE; c = mime->parts[c].next) {
        const struct str file = mime->parts[c].body;
        buf_add(room, at, (size_t)(file.p - at));
        at = file.p + file.n;
    }
    buf_add(room, at, (size_t)(stop - at));
    return buf_view(room);
}

void body_leaf(struct buf *out, const struct mime *mime, const struct mime_part *part, bool *guessed)
{
    struct buf octets = { 0 }, text = { 0 };
    struct str s = part->child == MIME_NONE ? transfer_decode(&octets, part->body, part->transfer) : without_files(&octets, mime, part);
    size_t most = mime_is(part, "text/html") ? HTML_SOURCE_MAX : MESSAGE_TEXT_MAX * 2;
    charset_text(&text, str_sub(s, 0, most), part->charset, mime->hint, guessed);
    struct str view = buf_view(&text);
    if (str_starts(view, STR("\xef\xbb\xbf")))
        view = str_sub(view, 3, view.n);
    add_lf(out, view);
    buf_free(&octets);
    buf_free(&text);
}

/* The charset an HTML body declares for itself, when its Content-Type does not. */
static struct str meta_charset(struct str source)
{
    struct str head = str_sub(source, 0, 2048);
    ptrdiff_t at = str_ifind(head, STR("charset="));
    if (at < 0)
        return (struct str){ "", 0 };
    struct str rest = str_sub(head, (size_t)at + 8, 60);
    while (rest.n > 0 && (rest.p[0] == '"' || rest.p[0] == '\'' || rest.p[0] == ' '))
        rest = str_sub(rest, 1, rest.n);
    size_t n = 0;
    while (n < rest.n && !strchr("\"'>/; \t\r\n", rest.p[n]) && rest.p[n] != '\0')
        n++;
    return str_sub(rest, 0, n);
}

static void render_html(struct reading *r, const struct mime_part *part, struct buf *out, size_t max, struct html_text *result)
{
    struct buf source = { 0 };
    struct mime_part copy = *part;
    bool guessed = false;
    if (copy.charset.n == 0) {
        struct buf octets = { 0 };
        copy.charset = arena_str(r->arena, meta_charset(transfer_decode(&octets, str_sub(part->body, 0, 8192), part->transfer)));
        buf_free(&octets);
    }
    body_leaf(&source, r->mime, &copy, &guessed);
    html_to_text(out, buf_view(&source), max, result);
    r->defects |= (guessed ? MESSAGE_BAD_CHARSET : 0u) | (result->hidden ? MESSAGE_HIDDEN_TEXT : 0u) | (result->cut ? MESSAGE_TRUNCATED : 0u);
    buf_free(&source);
}

static bool is_full(const struct reading *r)
{
    return r->text.n >= MESSAGE_TEXT_MAX;
}

/* Texts that follow each other stand apart by a line end. */
static void separate(struct reading *r)
{
    if (r->text.n > 0 && r->text.p[r->text.n - 1] != '\n')
        buf_char(&r->text, '\n');
}

static void add_html(struct reading *r, uint32_t i)
{
    struct html_text result;
    separate(r);
    size_t before = r->text.n;
    render_html(r, &r->mime->parts[i], &r->text, MESSAGE_TEXT_MAX, &result);
    if (result.history_at != SIZE_MAX && r->history_at == SIZE_MAX)
        r->history_at = before + result.history_at;
    r->used[i] = true;
}

static void add_plain(struct reading *r, uint32_t i)
{
    const struct mime_part *part = &r->mime->parts[i];
    struct buf text = { 0 };
    bool guessed = false;
    separate(r);
    body_leaf(&text, r->mime, part, &guessed);
    if (part->flowed)
        flowed_join(&r->text, buf_view(&text), part->delsp);
    else
        buf_str(&r->text, buf_view(&text));
    if (guessed)
        r->defects |= MESSAGE_BAD_CHARSET;
    buf_free(&text);
    r->used[i] = true;
}

static bool is_readable(const struct mime_part *p)
{
    bool text = mime_is(p, "text/plain") || mime_is(p, "text/html") || mime_is(p, "text/enriched") || mime_is(p, "text/x-plain");
    return text && p->disposition != MIME_ATTACHMENT;
}

/* May this leaf be part of the text rather than an attachment? */
static bool is_text(const struct mime_part *p)
{
    return is_readable(p) && !(p->name.n > 0 && p->disposition != MIME_UNSAID) && !(p->name.n > 0 && p->parent != MIME_NONE);
}

/* The first leaf of that type below i that is text, through multiparts only. */
static uint32_t find_text(const struct mime *m, uint32_t i, const char *type)
{
    const struct mime_part *p = &m->parts[i];
    if (mime_is(p, type))
        return is_text(p) ? i : MIME_NONE;
    if (!mime_is_a(p, "multipart/"))
        return MIME_NONE;
    for (uint32_t c = p->child; c != MIME_NONE; c = m->parts[c].next) {
        uint32_t found = find_text(m, c, type);
        if (found != MIME_NONE)
            return found;
    }
    return MIME_NONE;
}

/* Letters and digits (any octet above ASCII counts): how much somebody wrote. */
static size_t weight(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        n += c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    }
    return n;
}

/* "Your mail program cannot show HTML" and the like, in place of the text. */
static bool is_stub(struct reading *r, uint32_t plain, uint32_t html)
{
    static const char *const phrases[] = { "does not support html", "doesn't support html", "cannot display html", "can't display html",
        "unable to display html", "html-only", "view this email in", "view this message in", "html-capable", "html version of", "html format",
        "in html", "html e-mail", "html email", "html-format", "html mail", "kein html", "browser" };
    const struct mime_part *part = &r->mime->parts[plain];
    if (part->body.n > BODY_STUB_MAX * 3)
        return false;
    struct buf text = { 0 }, rendered = { 0 };
    struct html_text result;
    bool guessed = false, stub = false;
    uint32_t defects = r->defects;
    body_leaf(&text, r->mime, part, &guessed);
    size_t said = weight(buf_view(&text));
    if (said == 0) {
        stub = true;
    } else if (text.n <= BODY_STUB_MAX) {
        render_html(r, &r->mime->parts[html], &rendered, MESSAGE_TEXT_MAX, &result);
        size_t shown = weight(buf_view(&rendered));
        for (size_t i = 0; i < sizeof phrases / sizeof *phrases && !stub; i++)
            stub = shown > said && str_ifind(buf_view(&text), str_of(phrases[i])) >= 0;
    }
    r->defects = defects;
    buf_free(&text);
    buf_free(&rendered);
    return stub;
}

/* The alternatives of a mail should say the same. Looked at are their beginnings: a look must not cost what a reading does. */
static void compare(struct reading *r, uint32_t plain, uint32_t html)
{
    struct mime_part head = r->mime->parts[html];
    struct buf rendered = { 0 };
    struct html_text result;
    uint32_t defects = r->defects;
    head.body = str_sub(head.body, 0, BODY_COMPARED_MAX);
    render_html(r, &head, &rendered, BODY_COMPARED_TEXT_MAX, &result);
    r->defects = defects | (result.hidden ? MESSAGE_HIDDEN_TEXT : 0u);
    if (r->used[plain] && likeness_differs(buf_view(&r->text), buf_view(&rendered)))
        r->defects |= MESSAGE_MISMATCH;
    buf_free(&rendered);
}

static void mark_used(struct reading *r, uint32_t i)
{
    r->used[i] = true;
}

static void read_part(struct reading *r, uint32_t i);

/* RFC 2046 section 5.1.4: the alternatives say the same; plain text is the one we read, unless it says nothing. */
static void read_alternative(struct reading *r, uint32_t self)
{
    const struct mime *m = r->mime;
    uint32_t plain = find_text(m, self, "text/plain"), html = find_text(m, self, "text/html");
    bool only_html = plain == MIME_NONE || (html != MIME_NONE && is_stub(r, plain, html));
    if (plain != MIME_NONE)
        mark_used(r, plain);
    if (html != MIME_NONE)
        mark_used(r, html);
    if (html != MIME_NONE && only_html) {
        add_html(r, html);
        return;
    }
    if (plain == MIME_NONE) {
        if (m->parts[self].child != MIME_NONE)
            read_part(r, m->parts[self].child);
        return;
    }
    bool first = r->text.n == 0;
    add_plain(r, plain);
    if (html != MIME_NONE && first)
        compare(r, plain, html);
    for (uint32_t c = m->parts[self].child; c != MIME_NONE; c = m->parts[c].next)
        if (is_text(&m->parts[c]))
            mark_used(r, c);
    /* "multipart/alternative" with a multipart/mixed inside: what stands beside the plain text there is text too. */
    for (uint32_t c = m->parts[self].child; c != MIME_NONE; c = m->parts[c].next)
        if (mime_is(&m->parts[c], "multipart/mixed") && mime_within(m, plain, c))
            for (uint32_t d = m->parts[c].child; d != MIME_NONE; d = m->parts[d].next)
                if (!r->used[d] && !mime_within(m, plain, d))
                    read_part(r, d);
}

static uint32_t related_root(const struct mime *m, uint32_t self)
{
    const struct mime_part *p = &m->parts[self];
    for (uint32_t c = p->child; c != MIME_NONE && p->start.n > 0; c = m->parts[c].next)
        if (str_eq(m->parts[c].id, p->start))
            return c;
    for (uint32_t c = p->child; c != MIME_NONE; c = m->parts[c].next)
        if (mime_is_a(&m->parts[c], "multipart/") || mime_is_a(&m->parts[c], "text/"))
            return c;
    return p->child;
}

/* A further text that is not to be trusted: the mail ends within it, or its base64 is none. It is kept as a file and not taken for text. */
static bool is_doubtful(struct reading *r, const struct mime_part *p)
{
    if (p->cut || p->transfer != TRANSFER_BASE64)
        return p->cut;
    bool odd = false;
    for (size_t i = 0; i < p->body.n && p->body.p[i] != '=' && !odd; i++)
        odd = strchr("!?\"#$%&'()*,-.:;<>@[]^_`{|}~", p->body.p[i]) != NULL;
    if (!odd)
        return false;
    struct buf text = { 0 };
    bool guessed = false;
    body_leaf(&text, r->mime, p, &guessed);
    buf_free(&text);
    return guessed;
}

/* A file by its name, but nothing else in the mail is text: shown, and still a file. */
static void add_named(struct reading *r, uint32_t i)
{
    if (mime_is(&r->mime->parts[i], "text/html"))
        add_html(r, i);
    else
        add_plain(r, i);
    r->used[i] = false;
}

static void read_children(struct reading *r, uint32_t self)
{
    for (uint32_t c = r->mime->parts[self].child; c != MIME_NONE && !is_full(r); c = r->mime->parts[c].next)
        read_part(r, c);
}

static void read_part(struct reading *r, uint32_t i)
{
    const struct mime_part *p = &r->mime->parts[i];
    if (mime_is(p, "multipart/alternative"))
        read_alternative(r, i);
    else if (mime_is(p, "multipart/related") && p->child != MIME_NONE)
        read_part(r, related_root(r->mime, i));
    else if (mime_is(p, "multipart/signed") && p->child != MIME_NONE)
        read_part(r, p->child);
    else if (mime_is_a(p, "multipart/"))
        read_children(r, i);
    else if (r->salvage && !is_text(p) && is_readable(p))
        add_named(r, i);
    else if (!is_text(p) || r->used[i] || (p->salvaged && !r->salvage) || (r->text.n > 0 && is_doubtful(r, p)))
        return;
    else if (mime_is(p, "text/html"))
        add_html(r, i);
    else
        add_plain(r, i);
}

static void add_field(struct reading *r, struct str head, const char *name)
{
    struct str value;
    if (!header_find(head, str_of(name), &value))
        return;
    value = header_decode(r->arena, value, r->mime->hint, 1000);
    buf_printf(&r->text, "%s: %.*s\n", name, STR_ARG(value));
}

/* A mail that is nothing but mails (forwarded as attachment, a digest) is read as what they say. */
static void read_enclosed(struct reading *r)
{
    static const char *const fields[] = { "From", "Date", "Subject" };
    unsigned count = 0;
    for (uint32_t i = 0; i < r->mime->count && count < BODY_ENCLOSED_MAX && !is_full(r); i++) {
        const struct mime_part *p = &r->mime->parts[i];
        bool inner = p->parent != MIME_NONE && mime_is_a(&r->mime->parts[p->parent], "message/");
        if (!inner || ++count == 0)
            continue;
        if (r->text.n > 0)
            buf_char(&r->text, '\n');
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            add_field(r, p->head, fields[f]);
        buf_char(&r->text, '\n');
        read_part(r, i);
        separate(r);
    }
}

/* What is not in the mail is at least named: a piece of one that was sent in several, a body somewhere else. */
static void name_missing(struct reading *r)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < r->mime->count && count < BODY_ENCLOSED_MAX; i++) {
        const struct mime_part *p = &r->mime->parts[i];
        bool partial = mime_is(p, "message/partial");
        if (!partial && p->elsewhere.n == 0)
            continue;
        count++;
        separate(r);
        if (partial)
            buf_printf(&r->text, "[part %u of %u of a mail that was sent in pieces]\n", p->piece, p->pieces);
        else
            buf_printf(&r->text, "[a file that is not in this mail but elsewhere: %.*s]\n", STR_ARG(p->elsewhere));
    }
}

/* Nothing of the mail was text by the rules: what else could be read? */
static void salvage(struct reading *r)
{
    r->salvage = true;
    read_part(r, 0);
    if (weight(buf_view(&r->text)) == 0)
        read_enclosed(r);
    name_missing(r);
}

void body_read(struct arena *arena, const struct mime *mime, struct body *out)
{
    struct reading r = { .arena = arena, .mime = mime, .history_at = SIZE_MAX };
    r.used = arena_array(arena, mime->count, sizeof *r.used);
    read_part(&r, 0);
    if (weight(buf_view(&r.text)) == 0)
        salvage(&r);
    if (r.text.n > MESSAGE_TEXT_MAX)
        r.defects |= MESSAGE_TRUNCATED;
    *out = (struct body){ .history_at = r.history_at, .used = r.used, .defects = r.defects };
    /* Tidying may shift octets before the history mark: tidy both sides apart. */
    struct str all = buf_view(&r.text);
    if (r.history_at != SIZE_MAX && r.history_at < all.n) {
        struct str head = tidy_text(arena, str_sub(all, 0, r.history_at), MESSAGE_TEXT_MAX);
        struct str tail = tidy_text(arena, str_sub(all, r.history_at, all.n), MESSAGE_TEXT_MAX - head.n);
        out->text = arena_printf(arena, "%.*s%.*s", STR_ARG(head), STR_ARG(tail));
        out->history_at = head.n;
    } else {
        out->text = tidy_text(arena, all, MESSAGE_TEXT_MAX);
    }
    buf_free(&r.text);
}
