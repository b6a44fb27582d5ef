/* param: "head; name=value; name*0*=charset''text". Pieces are collected as octets first and decoded once all pieces of one name are
 * there, since a character may be cut between two. */
#include "mail/param.h"

#include "mail/charset.h"
#include "mail/header.h"
#include "mail/octets.h"
#include "mail/tidy.h"

#include <string.h>

/* A parameter as written: name without its "*", section number, and whether the value is percent-encoded. */
struct piece {
    struct str name;
    uint32_t section;
    bool continued; /* had a section number */
    bool encoded;
    bool used;
    struct str value; /* unquoted */
};

static struct str lower(struct arena *arena, struct str s)
{
    char *p = arena_text(arena, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + 32);
    return (struct str){ p, s.n };
}

static struct str unfolded(struct arena *arena, struct str raw)
{
    raw = str_sub(raw, 0, HEADER_VALUE_MAX);
    char *p = arena_alloc(arena, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] != '\r' && raw.p[i] != '\n' && raw.p[i] != '\0')
            p[n++] = raw.p[i] == '\t' ? ' ' : raw.p[i];
    return (struct str){ p, n };
}

/* Does a quote end the value here? What follows is the end, ";" or the next "name=". */
static bool closes_value(struct str behind)
{
    size_t at = 0;
    while (at < behind.n && behind.p[at] == ' ')
        at++;
    if (at == behind.n || behind.p[at] == ';' || behind.p[at] == ',')
        return true;
    while (at < behind.n && ((behind.p[at] | 0x20) >= 'a' && (behind.p[at] | 0x20) <= 'z'))
        at++;
    return at < behind.n && (behind.p[at] == '=' || behind.p[at] == '*');
}

/* Takes a quoted string off s (which starts with the quote). A quote that never closes ends at the next ";"; one that nothing separates from what
 * follows is part of the value ("a "small" file.pdf"). */
static struct str take_quoted(struct arena *arena, struct str *s)
{
    char *p = arena_alloc(arena, s->n + 1);
    size_t n = 0, i = 1;
    for (; i < s->n && (s->p[i] != '"' || !closes_value(str_sub(*s, i + 1, 100))); i++) {
        /* "C:\dir\file" is written unescaped by some: only a quote or backslash is taken as escaped. */
        if (s->p[i] == '\\' && i + 1 < s->n && (s->p[i + 1] == '"' || s->p[i + 1] == '\\'))
            i++;
        p[n++] = s->p[i];
    }
    if (i >= s->n) {
        const char *semi = octets_find(*s, ';');
        n = (semi ? (size_t)(semi - s->p) : s->n) - 1;
        memcpy(p, s->p + 1, n);
        i = n;
    }
    *s = str_sub(*s, i + 1, s->n);
    return (struct str){ p, n };
}

/* An unquoted value: up to ";" ; blanks inside are kept, since file names come unquoted. But "charset=utf-8 format=flowed" (a missing ";")
 * is two: a blank followed by word and "=" ends it. */
static struct str take_bare(struct str *s)
{
    size_t n = 0;
    for (; n < s->n && s->p[n] != ';'; n++) {
        if (s->p[n] != ' ')
            continue;
        size_t at = n;
        while (at < s->n && s->p[at] == ' ')
            at++;
        size_t word = at;
        while (at < s->n && ((s->p[at] >= 'a' && s->p[at] <= 'z') || (s->p[at] >= 'A' && s->p[at] <= 'Z') || s->p[at] == '-'))
            at++;
        if (at > word + 3 && at < s->n && s->p[at] == '=' && !(at + 1 < s->n && s->p[at + 1] == '?'))
            break;
    }
    struct str v = str_trim(str_sub(*s, 0, n));
    *s = str_sub(*s, n, s->n);
    return v;
}

static void split_name(struct arena *arena, struct str raw, struct piece *p)
{
    struct str rest = raw, base = { "", 0 }, section = { "", 0 };
    str_cut(&rest, '*', &base);
    p->name = lower(arena, str_trim(base));
    p->encoded = raw.n > 0 && raw.p[raw.n - 1] == '*';
    uint64_t number;
    if (str_cut(&rest, '*', &section) && str_u64(str_trim(section), &number) && number < 1000) {
        p->continued = true;
        p->section = (uint32_t)number;
    }
}

/* Takes the next "name=value"; false at the end. */
static bool take_piece(struct arena *arena, struct str *s, struct piece *p)
{
    for (;;) {
        while (s->n > 0 && (s->p[0] == ';' || s->p[0] == ' '))
            *s = str_sub(*s, 1, s->n);
        if (s->n == 0)
            return false;
        size_t n = 0;
        while (n < s->n && s->p[n] != '=' && s->p[n] != ';')
            n++;
        struct str name = str_trim(str_sub(*s, 0, n));
        bool has_value = n < s->n && s->p[n] == '=';
        *s = str_sub(*s, has_value ? n + 1 : n, s->n);
        if (!has_value)
            continue;
        *p = (struct piece){ .section = 0 };
        split_name(arena, name, p);
        while (s->n > 0 && s->p[0] == ' ')
            *s = str_sub(*s, 1, s->n);
        p->value = s->n > 0 && s->p[0] == '"' ? take_quoted(arena, s) : take_bare(s);
        p->value = str_sub(p->value, 0, PARAM_VALUE_MAX);
        if (p->name.n > 0)
            return true;
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void add_percent(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        int high = -1, low = -1;
        if (s.p[i] == '%' && i + 2 < s.n)
            high = hex_value(s.p[i + 1]), low = hex_value(s.p[i + 2]);
        if (high >= 0 && low >= 0) {
            buf_char(out, (char)(high << 4 | low));
            i += 2;
        } else {
            buf_char(out, s.p[i]);
        }
    }
}

/* "charset'language'text": cuts the first two off. Without them the text is taken as it is. */
static struct str take_charset(struct str *s)
{
    struct str none = { NULL, 0 };
    const char *q1 = octets_find(*s, '\'');
    if (q1 == NULL)
        return none;
    const char *q2 = octets_find(str_sub(*s, (size_t)(q1 + 1 - s->p), s->n), '\'');
    if (q2 == NULL)
        return none;
    struct str charset = { s->p, (size_t)(q1 - s->p) };
    *s = str_sub(*s, (size_t)(q2 + 1 - s->p), s->n);
    return charset;
}

/* Joins the pieces of one name in the order of their sections; the extended form wins over the plain one. */
static struct str join(struct arena *arena, struct piece *list, size_t count, struct str name, struct str hint, struct str *raw)
{
    struct buf octets = { 0 }, text = { 0 };
    struct str charset = { NULL, 0 };
    bool extended = false, any_continued = false, guessed = false;
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i].name, name))
            extended |= list[i].encoded, any_continued |= list[i].continued;
    uint32_t want = 0;
    for (bool more = true; more && want < PARAM_MAX; want++) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            struct piece *p = &list[i];
            if (p->used || !str_eq(p->name, name))
                continue;
            if (any_continued ? !p->continued || p->section != want : extended && !p->encoded)
                continue;
            struct str v = p->value;
            if (p->encoded && want == 0)
                charset = take_charset(&v);
            if (p->encoded)
                add_percent(&octets, v);
            else
                buf_str(&octets, v);
            p->used = true;
            more = any_continued;
            break;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i].name, name))
            list[i].used = true;
    if (extended && charset.n > 0)
        charset_text(&text, buf_view(&octets), charset, hint, &guessed);
    else
        header_words(&text, buf_view(&octets), hint);
    *raw = arena_str(arena, buf_view(&octets));
    struct str s = tidy_line(arena, buf_view(&text), PARAM_VALUE_MAX);
    buf_free(&octets);
    buf_free(&text);
    return s;
}

void param_read(struct arena *arena, struct str raw, struct str hint, struct param_value *out)
{
    struct str s = unfolded(arena, raw), head;
    struct piece *pieces = arena_array(arena, PARAM_MAX, sizeof *pieces);
    size_t count = 0;
    *out = (struct param_value){ .count = 0 };
    size_t n = 0;
    while (n < s.n && s.p[n] != ';')
        n++;
    head = str_trim(str_sub(s, 0, n));
    const char *blank = octets_find(head, ' ');
    bool has_equals = octets_find(head, '=') != NULL;
    if (blank && has_equals) /* "text/plain charset=utf-8" */
        n = (size_t)(blank - s.p), head = str_trim(str_sub(s, 0, n));
    else if (has_equals && !octets_find(head, '/')) /* "filename=x" alone */
        n = 0, head.n = 0;
    out->head = lower(arena, head);
    s = str_sub(s, n, s.n);
    while (count < PARAM_MAX && take_piece(arena, &s, &pieces[count]))
        count++;
    out->list = arena_array(arena, count, sizeof *out->list);
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].used)
            continue;
        struct param *p = &out->list[out->count++];
        p->name = pieces[i].name;
        p->value = join(arena, pieces, count, p->name, hint, &p->raw);
    }
}

struct str param_get(const struct param_value *v, struct str name)
{
    for (size_t i = 0; i < v->count; i++)
        if (str_eq(v->list[i].name, name))
            return v->list[i].value;
    return (struct str){ "", 0 };
}

struct str param_raw(const struct param_value *v, struct str name)
{
    for (size_t i = 0; i < v->count; i++)
        if (str_eq(v->list[i].name, name))
            return v->list[i].raw;
    return (struct str){ "", 0 };
}
