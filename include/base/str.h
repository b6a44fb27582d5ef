/* str: octets from anywhere, as pointer and length. Never a C string: a NUL is an octet like any other. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed octets; p may be NULL only when n is 0. Lives as long as its owner (an arena, a buf, a literal). */
struct str {
    const char *p;
    size_t n;
};

/* For printf's "%.*s": STR_ARG(s) gives length and pointer. */
#define STR_ARG(s) (int)(s).n, (s).p
/* A str over a string literal, usable in static tables. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* The octets of a C string (NULL gives the empty str). */
struct str str_of(const char *text);
/* Octet for octet. */
bool str_eq(struct str a, struct str b);
/* The same, ASCII letters compared without case (RFC 5322 field names, RFC 5321 domains). */
bool str_ieq(struct str a, struct str b);
/* Ordered as memcmp, the shorter first: < 0, 0, > 0. */
int str_cmp(struct str a, struct str b);
/* Is it one of them? */
bool str_among(const struct str *list, size_t count, struct str s);
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_iends(struct str s, struct str suffix);
/* Position of needle in s, or -1. str_ifind ignores ASCII case. */
ptrdiff_t str_find(struct str s, struct str needle);
ptrdiff_t str_ifind(struct str s, struct str needle);
/* Without blanks (space, TAB, CR, LF) at both ends. */
struct str str_trim(struct str s);
/* The part from `from` (clamped), at most n octets. */
struct str str_sub(struct str s, size_t from, size_t n);
/* Takes what stands before the first `sep` off the front of *rest into *part; false when *rest was empty. A missing
 * separator gives the whole rest. */
bool str_cut(struct str *rest, char sep, struct str *part);
/* The next line of *rest without its LF or CRLF; false at the end. */
bool str_line(struct str *rest, struct str *line);
/* Decimal digits only, no sign, no blank; false when empty, too big, or followed by anything else. */
bool str_u64(struct str s, uint64_t *value);
/* Levenshtein distance with transpositions, without case, for "did you mean"; strings over 64 octets are far away. */
size_t str_distance(struct str a, struct str b);
/* Writes 2*n lower-case hex digits and a NUL. */
void str_hex(const uint8_t *octets, size_t n, char *out);

#endif
