/* address: the small questions about an address that everybody asks in the same way. */
#include "mail/address.h"

#include "mail/octets.h"

#include "base/utf8.h"

#include <glib.h>
#include <string.h>

static ptrdiff_t last_at(struct str addr)
{
    for (size_t i = addr.n; i > 0; i--)
        if (addr.p[i - 1] == '@')
            return (ptrdiff_t)i - 1;
    return -1;
}

struct str address_domain(struct str addr)
{
    ptrdiff_t at = last_at(addr);
    return at < 0 ? (struct str){ "", 0 } : str_sub(addr, (size_t)at + 1, addr.n);
}

struct str address_local(struct str addr)
{
    ptrdiff_t at = last_at(addr);
    return at < 0 ? addr : str_sub(addr, 0, (size_t)at);
}

static struct str stripped(struct str s)
{
    s = str_trim(s);
    if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
        s = str_trim(str_sub(s, 1, s.n - 2));
    return s;
}

struct str address_canonical(struct arena *arena, struct str addr)
{
    addr = stripped(addr);
    char *copy = arena_text(arena, addr);
    for (size_t i = 0; i < addr.n; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] + 32);
    struct str s = { copy, addr.n };
    if (utf8_is_ascii(s) || !utf8_valid(s))
        return s;
    char *folded = g_utf8_strdown(copy, (gssize)s.n);
    s = arena_str(arena, str_of(folded));
    g_free(folded);
    return s;
}

/* RFC 5321 section 4.1.2 Dot-string, and UTF-8 as RFC 6531 allows. */
static bool local_usable(struct str local)
{
    static const char specials[] = "!#$%&'*+-/=?^_`{|}~.";
    if (local.n == 0 || local.n > ADDRESS_LOCAL_MAX || local.p[0] == '.' || local.p[local.n - 1] == '.')
        return false;
    for (size_t i = 0; i < local.n; i++) {
        unsigned char c = (unsigned char)local.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
        if (!plain && (c == '\0' || !strchr(specials, c)))
            return false;
        if (c == '.' && local.p[i + 1] == '.')
            return false;
    }
    return true;
}

static bool domain_usable(struct str domain)
{
    size_t label = 0;
    if (domain.n == 0 || domain.n > 253)
        return false;
    for (size_t i = 0; i < domain.n; i++) {
        unsigned char c = (unsigned char)domain.p[i];
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            continue;
        }
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c >= 0x80;
        if (!plain || ++label > 63)
            return false;
    }
    return label > 0 && domain.p[0] != '-';
}

bool address_usable(struct str addr)
{
    const char *first = octets_find(addr, '@');
    if (first == NULL || addr.n > ADDRESS_MAX || !utf8_is_line_safe(addr))
        return false;
    size_t at = (size_t)(first - addr.p);
    if (memchr(first + 1, '@', addr.n - at - 1))
        return false;
    return local_usable(str_sub(addr, 0, at)) && domain_usable(str_sub(addr, at + 1, addr.n));
}

bool address_tag(struct str addr, struct str base, struct str *tag)
{
    addr = stripped(addr);
    base = stripped(base);
    struct str local = address_local(addr), wanted = address_local(base);
    if (!str_ieq(address_domain(addr), address_domain(base)) || address_domain(base).n == 0)
        return false;
    if (!str_istarts(local, wanted) || local.n <= wanted.n + 1 || local.p[wanted.n] != '+')
        return false;
    *tag = str_sub(local, wanted.n + 1, local.n);
    return true;
}
