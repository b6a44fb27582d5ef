/* taglist: cut at semicolons, then at the first "=". Strict: what is ambiguous to one reader may be clear to another. */
#include "mail/taglist.h"

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_')))
            return false;
    }
    return s.n > 0;
}

/* VALCHAR and FWS: no controls. */
static bool is_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return false;
    }
    return true;
}

static bool add_tag(struct taglist *list, struct str part)
{
    ptrdiff_t equals = str_find(part, STR("="));
    if (equals < 0 || list->count == TAGLIST_TAGS_MAX)
        return false;
    struct tag *tag = &list->tags[list->count];
    *tag = (struct tag){str_trim(str_sub(part, 0, (size_t)equals)), str_trim(str_sub(part, (size_t)equals + 1, part.n))};
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->tags[i].name, tag->name))
            return false;
    list->count++;
    return is_name(tag->name) && is_value(tag->value);
}

bool taglist_read(struct str s, struct taglist *out)
{
    struct str part;
    bool good = s.n <= TAGLIST_OCTETS_MAX;
    out->count = 0;
    while (good && str_cut(&s, ';', &part)) {
        if (str_trim(part).n == 0)
            good = s.n == 0 || str_trim(s).n == 0; /* only behind the last semicolon */
        else
            good = add_tag(out, part);
    }
    if (!good)
        out->count = 0;
    return good && out->count > 0;
}

bool taglist_get(const struct taglist *list, const char *name, struct str *value)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->tags[i].name, str_of(name))) {
            *value = list->tags[i].value;
            return true;
        }
    return false;
}

struct str taglist_compact(struct arena *arena, struct str value)
{
    char *to = arena_alloc(arena, value.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != ' ' && value.p[i] != '\t' && value.p[i] != '\r' && value.p[i] != '\n')
            to[n++] = value.p[i];
    return (struct str){to, n};
}

bool taglist_item(struct str *rest, struct str *item)
{
    if (!str_cut(rest, ':', item))
        return false;
    *item = str_trim(*item);
    return true;
}
