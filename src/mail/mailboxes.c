/* mailboxes: GMime knows the grammar; before it, encoded-words are brought into the one form it decodes right (header_normalise), after it
 * come IDN in letters, groups flattened, and salvage of what it refuses. */
#include "mail/mailboxes.h"

#include "mail/address.h"
#include "mail/header.h"
#include "mail/octets.h"
#include "mail/tidy.h"

#include "base/utf8.h"

#include <gmime/gmime.h>
#include <string.h>

#define NAME_MAX_OCTETS 1000u
#define GROUP_DEPTH_MAX 8u
#define ID_MAX_OCTETS 998u

struct reading {
    struct arena *arena;
    struct address_list *out;
    size_t room;
    bool *many;
    struct str value; /* the field, normalised */
};

/* Letters, digits and marks only: Punycode can spell controls and signs too, and those stay as "xn--". */
static bool spells_a_name(const char *domain)
{
    for (const char *p = domain; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool ascii = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!ascii && (c < 0x80 || !(g_unichar_isalnum(c) || g_unichar_ismark(c))))
            return false;
    }
    return true;
}

/* Domain in lower case and letters (xn-- read). */
static struct str readable_address(struct arena *arena, struct str addr)
{
    addr = tidy_line(arena, addr, HEADER_VALUE_MAX);
    struct str domain = address_domain(addr);
    if (domain.n == 0 || domain.n > 255)
        return addr;
    char *copy = arena_text(arena, domain);
    char *folded = g_utf8_strdown(copy, (gssize)domain.n);
    struct str local = str_sub(addr, 0, addr.n - domain.n);
    char *letters = strstr(folded, "xn--") ? g_hostname_to_unicode(folded) : NULL;
    bool readable = letters && g_utf8_validate(letters, -1, NULL) && spells_a_name(letters);
    struct str result = arena_printf(arena, "%.*s%s", STR_ARG(local), readable ? letters : folded);
    g_free(letters);
    g_free(folded);
    return result;
}

static void add(struct reading *r, struct str name, struct str addr)
{
    struct address_list *out = r->out;
    if (out->count >= MESSAGE_ADDRESSES_MAX) {
        *r->many = true;
        return;
    }
    if (out->count == r->room) {
        size_t room = r->room ? r->room * 2 : 4;
        struct address *list = arena_array(r->arena, room, sizeof *list);
        if (out->count)
            memcpy(list, out->list, out->count * sizeof *list);
        out->list = list;
        r->room = room;
    }
    struct address *a = &out->list[out->count++];
    a->name = tidy_line(r->arena, name, NAME_MAX_OCTETS);
    a->addr = readable_address(r->arena, addr);
    if (a->name.n == 0 && str_find(a->addr, STR("@")) < 0) { /* a name alone is no address */
        a->name = a->addr;
        a->addr = (struct str){ "", 0 };
    }
}

/* GMime reads Punycode itself. A domain that then is no name is taken as it was written instead: what follows the local part in the
 * field, in ASCII. */
static struct str plainest_address(const struct reading *r, InternetAddressMailbox *mailbox)
{
    struct str addr = str_of(internet_address_mailbox_get_addr(mailbox)), domain = address_domain(addr);
    if (domain.n == 0 || !utf8_valid(domain))
        return addr;
    char *folded = g_utf8_strdown(domain.p, (gssize)domain.n);
    bool readable = spells_a_name(folded);
    g_free(folded);
    struct str local_at = str_sub(addr, 0, addr.n - domain.n);
    ptrdiff_t at = readable ? -1 : str_find(r->value, local_at);
    if (at < 0)
        return addr;
    struct str written = str_sub(r->value, (size_t)at, r->value.n);
    size_t n = local_at.n;
    while (n < written.n && (g_ascii_isalnum(written.p[n]) || written.p[n] == '-' || written.p[n] == '.'))
        n++;
    return str_sub(written, 0, n);
}

static void add_list(struct reading *r, InternetAddressList *list, unsigned depth)
{
    int n = internet_address_list_length(list);
    for (int i = 0; i < n && !*r->many; i++) {
        InternetAddress *ia = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(ia)) {
            if (depth < GROUP_DEPTH_MAX)
                add_list(r, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(ia)), depth + 1);
            continue;
        }
        struct str addr = plainest_address(r, INTERNET_ADDRESS_MAILBOX(ia));
        if (addr.n > 0)
            add(r, str_of(internet_address_get_name(ia)), addr);
    }
}

/* The first word with an "@" in it, or what stands in angle brackets. */
static void salvage(struct reading *r, struct str value)
{
    struct str text = header_decode(r->arena, value, (struct str){ NULL, 0 }, HEADER_VALUE_MAX);
    if (text.n == 0)
        return;
    ptrdiff_t at = str_find(text, STR("@"));
    size_t from = 0, to = 0;
    if (at > 0) {
        static const char stops[] = " \t<>()[]\",;:";
        for (from = (size_t)at; from > 0 && !strchr(stops, text.p[from - 1]); from--)
            ;
        for (to = (size_t)at; to < text.n && !strchr(stops, text.p[to]); to++)
            ;
    }
    struct str addr = str_sub(text, from, to - from);
    struct str name = addr.n > 0 ? str_trim(str_sub(text, 0, from)) : text;
    while (name.n > 0 && strchr("<\"( ", name.p[name.n - 1]))
        name.n--;
    while (name.n > 0 && strchr("\"( ", name.p[0]))
        name = str_sub(name, 1, name.n);
    add(r, name, addr);
}

void mailboxes_read(struct arena *arena, struct str raw, struct str hint, struct address_list *out, bool *many, bool *salvaged)
{
    struct buf value = { 0 };
    size_t room = 0;
    header_normalise(&value, raw, hint);
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == '\0')
            value.p[i] = ' ';
    *out = (struct address_list){ NULL, 0 };
    struct reading r = { arena, out, room, many, buf_view(&value) };
    InternetAddressList *list = value.n ? internet_address_list_parse(NULL, value.p) : NULL;
    if (list) {
        add_list(&r, list, 0);
        g_object_unref(list);
    }
    bool has_group = octets_find(buf_view(&value), ':') && octets_find(buf_view(&value), ';');
    if (out->count == 0 && !has_group && str_trim(buf_view(&value)).n > 0) {
        salvage(&r, raw);
        *salvaged = true;
    }
    buf_free(&value);
}

static void add_id(struct arena *arena, struct str id, struct str_list *out, size_t max, bool *many)
{
    char *p = arena_alloc(arena, id.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < id.n; i++)
        if ((unsigned char)id.p[i] > ' ' && id.p[i] != 0x7f)
            p[n++] = id.p[i];
    struct str clean = tidy_line(arena, (struct str){ p, n }, ID_MAX_OCTETS);
    if (clean.n == 0)
        return;
    if (out->count == max) { /* keep the first, drop the oldest behind it */
        *many = true;
        memmove(&out->list[1], &out->list[2], (max - 2) * sizeof *out->list);
        out->count--;
    }
    out->list[out->count++] = clean;
}

/* The next "<…>" of *s; one that never closes ends at the next "<". */
static bool take_bracketed(struct str *s, struct str *id)
{
    const char *open = s->n ? octets_find(*s, '<') : NULL;
    if (open == NULL)
        return false;
    *s = str_sub(*s, (size_t)(open + 1 - s->p), s->n);
    size_t n = 0;
    while (n < s->n && s->p[n] != '>' && s->p[n] != '<')
        n++;
    *id = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return true;
}

/* The next word with an "@". */
static bool take_bare(struct str *s, struct str *id)
{
    while (s->n > 0) {
        *s = str_trim(*s);
        size_t n = 0;
        while (n < s->n && (unsigned char)s->p[n] > ' ' && s->p[n] != ',')
            n++;
        *id = str_sub(*s, 0, n);
        *s = str_sub(*s, n + 1, s->n);
        if (n > 0 && memchr(id->p, '@', n))
            return true;
    }
    return false;
}

void mailboxes_ids(struct arena *arena, struct str raw, size_t max, struct str_list *out, bool *many)
{
    struct str s = str_sub(raw, 0, HEADER_VALUE_MAX), id;
    size_t most = 1;
    for (size_t i = 0; i < s.n; i++)
        most += s.p[i] == '<' || s.p[i] == '@';
    *out = (struct str_list){ arena_array(arena, most < max ? most : max, sizeof *out->list), 0 };
    bool brackets = octets_find(s, '<') != NULL;
    while (brackets ? take_bracketed(&s, &id) : take_bare(&s, &id))
        add_id(arena, id, out, max, many);
}
