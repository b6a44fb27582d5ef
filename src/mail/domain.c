/* domain: GLib turns Unicode into A-labels, libpsl knows the public suffixes (its list is compiled in: nothing is opened). */
#include "mail/domain.h"

#include "base/utf8.h"

#include <glib.h>
#include <libpsl.h>
#include <string.h>

bool domain_is_name(struct str name)
{
    size_t label = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (c == '.' ? label == 0 : (!plain || label == 63))
            return false;
        label = c == '.' ? 0 : label + 1;
    }
    return name.n > 0 && name.n <= DOMAIN_MAX && label > 0;
}

struct str domain_ascii(struct arena *arena, struct str domain)
{
    struct str none = {"", 0};
    if (domain.n == 0 || domain.n > DOMAIN_MAX || !utf8_valid(domain) || memchr(domain.p, '\0', domain.n) != NULL)
        return none;
    if (domain.p[domain.n - 1] == '.')
        domain.n--;
    char *copy = arena_text(arena, domain);
    for (size_t i = 0; i < domain.n; i++)
        copy[i] = (char)(copy[i] >= 'A' && copy[i] <= 'Z' ? copy[i] + 32 : copy[i]);
    struct str ascii = {copy, domain.n};
    if (!utf8_is_ascii(ascii)) {
        char *labels = g_hostname_to_ascii(copy);
        ascii = labels != NULL ? arena_str(arena, str_of(labels)) : none;
        g_free(labels);
    }
    return domain_is_name(ascii) ? ascii : none;
}

struct str domain_organisation(struct str domain)
{
    struct str none = {"", 0};
    char text[DOMAIN_MAX + 1];
    if (!domain_is_name(domain))
        return none;
    memcpy(text, domain.p, domain.n);
    text[domain.n] = '\0';
    const char *found = psl_registrable_domain(psl_builtin(), text);
    return found != NULL ? str_sub(domain, (size_t)(found - text), domain.n) : none;
}

bool domain_aligned(struct str from, struct str signer, bool strict)
{
    if (from.n == 0 || signer.n == 0)
        return false;
    if (str_eq(from, signer))
        return true;
    struct str organisation = domain_organisation(from);
    return !strict && organisation.n > 0 && str_eq(organisation, domain_organisation(signer));
}
