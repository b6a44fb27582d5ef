/* authres: one cursor over the octets, one function a production of RFC 8601 section 2.2. The lexer (blanks, comments, quoted strings)
 * knows only two ends: the token, or "this field cannot be read". */
#include "mail/authres.h"

#include "base/buf.h"
#include "mail/tidy.h"

struct cursor {
    struct arena *arena;
    struct str s;
    size_t at;
    bool unreadable;
    struct str comment; /* the last one passed over, raw, without its parentheses */
};

static bool at_end(const struct cursor *c)
{
    return c->unreadable || c->at >= c->s.n;
}

static bool is_at(const struct cursor *c, char wanted)
{
    return !at_end(c) && c->s.p[c->at] == wanted;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_keyword(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static void skip_comment(struct cursor *c)
{
    size_t depth = 0, start = c->at + 1;
    for (; c->at < c->s.n; c->at++) {
        char o = c->s.p[c->at];
        if (o == '\\')
            c->at++;
        else if (o == '(' && ++depth > AUTHRES_COMMENT_DEPTH_MAX)
            break;
        else if (o == ')' && --depth == 0) {
            c->comment = str_sub(c->s, start, c->at - start);
            c->at++;
            return;
        }
    }
    c->unreadable = true;
}

/* CFWS */
static void skip_blank(struct cursor *c)
{
    while (!at_end(c)) {
        if (is_at(c, '('))
            skip_comment(c);
        else if (is_blank(c->s.p[c->at]))
            c->at++;
        else
            return;
    }
}

static bool take(struct cursor *c, char wanted)
{
    skip_blank(c);
    if (!is_at(c, wanted))
        return false;
    c->at++;
    return true;
}

static void take_quoted(struct cursor *c, struct buf *out)
{
    for (c->at++; c->at < c->s.n; c->at++) {
        char o = c->s.p[c->at];
        if (o == '"') {
            c->at++;
            return;
        }
        if (o == '\\' && ++c->at < c->s.n)
            o = c->s.p[c->at];
        if (c->at < c->s.n && o != '\r' && o != '\n')
            buf_char(out, o);
    }
    c->unreadable = true;
}

/* pvalue, and whatever servers write in its place: up to a blank, ";" or comment; quoted pieces lose their quotes. */
static struct str take_value(struct cursor *c)
{
    struct buf out = {0};
    skip_blank(c);
    while (!at_end(c) && !is_blank(c->s.p[c->at]) && !is_at(c, ';') && !is_at(c, '(')) {
        if (is_at(c, '"'))
            take_quoted(c, &out);
        else
            buf_char(&out, c->s.p[c->at++]);
    }
    struct str value = tidy_line(c->arena, buf_view(&out), AUTHRES_WORD_MAX);
    buf_free(&out);
    return value;
}

static struct str take_keyword(struct cursor *c)
{
    skip_blank(c);
    size_t start = c->at;
    while (!at_end(c) && is_keyword(c->s.p[c->at]) && c->at - start < AUTHRES_WORD_MAX)
        c->at++;
    return arena_str(c->arena, str_sub(c->s, start, c->at - start));
}

/* To the next ";" that is no part of a comment or quoted string, or to the end. */
static void skip_result(struct cursor *c)
{
    struct buf ignored = {0};
    for (skip_blank(c); !at_end(c) && !is_at(c, ';'); skip_blank(c)) {
        if (is_at(c, '"'))
            take_quoted(c, &ignored);
        else
            c->at++;
    }
    buf_free(&ignored);
}

/* [ "/" version ] "=" result */
static bool take_result(struct cursor *c, struct authres_result *r)
{
    r->method = take_keyword(c);
    if (r->method.n > 0 && take(c, '/'))
        take_keyword(c);
    if (r->method.n == 0 || !take(c, '='))
        return false;
    r->result = take_keyword(c);
    return r->result.n > 0;
}

/* reason=value, ptype.property=value, or word=value. */
static bool take_property(struct cursor *c, struct authres_result *r)
{
    struct authres_property p = {.name = take_keyword(c)};
    if (p.name.n > 0 && take(c, '.')) {
        p.type = p.name;
        p.name = take_keyword(c);
    }
    if (p.name.n == 0 || !take(c, '='))
        return false;
    p.value = take_value(c);
    if (p.type.n == 0 && str_ieq(p.name, STR("reason")))
        r->reason = p.value;
    else if (r->property_count == AUTHRES_PROPERTIES_MAX)
        return false;
    else
        r->properties[r->property_count++] = p;
    return true;
}

static bool take_resinfo(struct cursor *c, struct authres_result *r)
{
    struct authres_property properties[AUTHRES_PROPERTIES_MAX];
    *r = (struct authres_result){.reason = {"", 0}, .comment = {"", 0}, .properties = properties};
    if (!take_result(c, r))
        return false;
    c->comment = (struct str){0};
    skip_blank(c);
    r->comment = tidy_line(c->arena, c->comment, AUTHRES_WORD_MAX);
    bool good = true;
    while (good && !at_end(c) && !is_at(c, ';')) {
        good = take_property(c, r);
        skip_blank(c);
    }
    r->properties = arena_array(c->arena, r->property_count, sizeof *r->properties);
    for (size_t i = 0; i < r->property_count; i++)
        r->properties[i] = properties[i];
    return good;
}

/* authserv-id [ version ] */
static bool take_head(struct cursor *c, struct authres *out)
{
    out->version = 1;
    out->authserv = take_value(c);
    skip_blank(c);
    if (!at_end(c) && !is_at(c, ';')) {
        uint64_t version = 0;
        if (!str_u64(take_keyword(c), &version) || version > UINT32_MAX)
            return false;
        out->version = (uint32_t)version;
        skip_blank(c);
    }
    return out->authserv.n > 0 && (at_end(c) || is_at(c, ';'));
}

static bool is_none(struct cursor *c)
{
    struct cursor ahead = *c;
    bool none = str_ieq(take_keyword(&ahead), STR("none"));
    skip_blank(&ahead);
    if (!none || ahead.unreadable || (!at_end(&ahead) && !is_at(&ahead, ';')))
        return false;
    *c = ahead;
    return true;
}

bool authres_read(struct arena *arena, struct str raw, struct authres *out)
{
    struct cursor c = {.arena = arena, .s = raw, .unreadable = raw.n > AUTHRES_OCTETS_MAX};
    struct authres_result results[AUTHRES_RESULTS_MAX], one;
    *out = (struct authres){0};
    bool good = take_head(&c, out);
    while (good && take(&c, ';')) {
        skip_blank(&c);
        if (at_end(&c) || is_at(&c, ';') || is_none(&c))
            continue;
        if (!take_resinfo(&c, &one) || out->result_count == AUTHRES_RESULTS_MAX)
            out->broken++;
        else
            results[out->result_count++] = one;
        skip_result(&c);
    }
    if (!good || c.unreadable) {
        *out = (struct authres){0};
        return false;
    }
    out->results = arena_array(arena, out->result_count, sizeof *out->results);
    for (size_t i = 0; i < out->result_count; i++)
        out->results[i] = results[i];
    return true;
}

bool authres_property(const struct authres_result *result, struct str type, struct str name, struct str *value)
{
    for (size_t i = 0; i < result->property_count; i++) {
        const struct authres_property *p = &result->properties[i];
        if (str_ieq(p->type, type) && str_ieq(p->name, name)) {
            *value = p->value;
            return true;
        }
    }
    return false;
}
