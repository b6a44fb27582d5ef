/* known_lines: a table of hashes with open places, half empty. A hash only says where to look: lines are compared whole. */
#include "mail/known_lines.h"

#define PLACES (2u * 4096u)

_Static_assert(KNOWN_LINES_MAX <= PLACES / 2 && (PLACES & (PLACES - 1)) == 0, "the table stays half empty");

struct known_lines {
    struct str places[PLACES];
    size_t count;
};

/* FNV-1a. */
static size_t place_of(struct str s)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ hash >> 32) & (PLACES - 1);
}

static struct str bare_line(struct str s)
{
    while (s.n > 0 && (s.p[0] == '>' || s.p[0] == ' ' || s.p[0] == '\t'))
        s = str_sub(s, 1, s.n);
    return str_trim(s);
}

/* The place of s, or the free one where it would be. */
static size_t find(const struct known_lines *known, struct str s)
{
    size_t at = place_of(s);
    while (known->places[at].n > 0 && !str_eq(known->places[at], s))
        at = (at + 1) & (PLACES - 1);
    return at;
}

struct known_lines *known_lines_of(struct arena *arena, const struct str *letters, size_t count)
{
    struct known_lines *known = arena_alloc(arena, sizeof *known);
    for (size_t i = 0; i < count; i++) {
        struct str rest = letters[i], line;
        while (known->count < KNOWN_LINES_MAX && str_line(&rest, &line)) {
            line = bare_line(line);
            if (line.n == 0)
                continue;
            size_t at = find(known, line);
            known->count += known->places[at].n == 0;
            known->places[at] = line;
        }
    }
    return known;
}

bool known_lines_has(const struct known_lines *known, struct str bare, bool *telling)
{
    *telling = bare.n >= KNOWN_LINE_TELLING;
    return known != NULL && bare.n > 0 && known->places[find(known, bare)].n > 0;
}
