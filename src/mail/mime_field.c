/* mime_field: parameters are looked up by the names they have in the wild, not only by those they should have. */
#include "mail/mime_field.h"

#include "mail/header.h"
#include "mail/octets.h"
#include "mail/param.h"

#include <string.h>

static bool usable_type(struct str type)
{
    const char *slash = octets_find(type, '/');
    if (slash == NULL || slash == type.p || slash + 1 == type.p + type.n || type.n > 200)
        return false;
    for (size_t i = 0; i < type.n; i++)
        if ((unsigned char)type.p[i] <= ' ' || (unsigned char)type.p[i] >= 0x7f || strchr("()<>@,;:\\\"[]?=", type.p[i]))
            return false;
    return true;
}

static struct str lower(struct arena *arena, struct str s)
{
    char *p = arena_text(arena, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + 32);
    return (struct str){ p, s.n };
}

struct str mime_field_id(struct arena *arena, struct str s)
{
    s = header_decode(arena, s, (struct str){ NULL, 0 }, 998);
    if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
        s = str_sub(s, 1, s.n - 2);
    return s;
}

static uint32_t number(const struct param_value *v, const char *name)
{
    uint64_t n = 0;
    return str_u64(str_trim(param_get(v, str_of(name))), &n) && n < 100000 ? (uint32_t)n : 0;
}

/* RFC 2046 section 5.2.2 (a mail sent in pieces) and 5.2.3 (a body that is not here). */
static void read_message_type(struct arena *arena, struct mime_part *p, const struct param_value *v)
{
    static const char *const places[] = { "access-type", "url", "site", "server", "directory", "name" };
    struct buf text = { 0 };
    if (mime_is(p, "message/partial")) {
        p->piece = number(v, "number");
        p->pieces = number(v, "total");
    }
    if (!mime_is(p, "message/external-body"))
        return;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct str value = str_sub(param_get(v, str_of(places[i])), 0, 500);
        if (value.n > 0)
            buf_printf(&text, "%s%.*s", text.n > 0 ? " " : "", STR_ARG(value));
    }
    p->elsewhere = arena_str(arena, buf_view(&text));
    buf_free(&text);
}

void mime_field_type(struct arena *arena, struct mime *mime, struct mime_part *p, struct str value, struct str *boundary)
{
    struct param_value v;
    param_read(arena, value, mime->hint, &v);
    if (str_eq(v.head, STR("text")) || str_eq(v.head, STR("html")) || str_eq(v.head, STR("plain")))
        v.head = str_eq(v.head, STR("html")) ? STR("text/html") : STR("text/plain");
    if (!usable_type(v.head)) {
        if (str_trim(value).n > 0)
            mime->defects |= MESSAGE_BROKEN_MIME;
        /* "multipart/mixed" misspelt still has a boundary; anything else is text (RFC 2045 section 5.2). */
        v.head = param_get(&v, STR("boundary")).n ? STR("multipart/mixed") : (struct str){ NULL, 0 };
        /* But a thing with a name and a type nobody knows is a file. */
        if (v.head.n == 0 && param_get(&v, STR("name")).n > 0)
            v.head = STR("application/octet-stream");
    }
    if (v.head.n > 0) {
        p->type = v.head;
        p->typed = true;
    }
    p->charset = param_get(&v, STR("charset"));
    static const char *const names[] = { "name", "filename", "file" };
    for (size_t i = 0; i < sizeof names / sizeof *names && p->name.n == 0; i++)
        p->name = param_get(&v, str_of(names[i]));
    p->start = mime_field_id(arena, param_get(&v, STR("start")));
    p->report = lower(arena, param_get(&v, STR("report-type")));
    p->method = lower(arena, param_get(&v, STR("method")));
    p->flowed = str_ieq(param_get(&v, STR("format")), STR("flowed"));
    p->delsp = str_ieq(param_get(&v, STR("delsp")), STR("yes"));
    read_message_type(arena, p, &v);
    *boundary = str_sub(param_raw(&v, STR("boundary")), 0, MIME_BOUNDARY_MAX);
}

void mime_field_disposition(struct arena *arena, struct mime *mime, struct mime_part *p, struct str value)
{
    struct param_value v;
    param_read(arena, value, mime->hint, &v);
    if (v.head.n > 0)
        p->disposition = str_eq(v.head, STR("inline")) ? MIME_INLINE : MIME_ATTACHMENT;
    struct str name = param_get(&v, STR("filename"));
    if (name.n == 0)
        name = param_get(&v, STR("name"));
    if (name.n > 0)
        p->name = name; /* the disposition's name wins */
}
