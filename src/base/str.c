/* str: reading octets by pointer and length. Nothing here allocates, and nothing looks for a NUL (but str_of). */
#include "config.h"

#include "base/str.h"

#include <string.h>

static const char STR_BLANKS[] = " \t\r\n";

/* ASCII only: what the locale calls a letter does not matter to a protocol. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_blank(char c)
{
    return c != '\0' && strchr(STR_BLANKS, c) != NULL;
}

static bool same_without_case(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

struct str str_of(const char *text)
{
    return (struct str){text, text != NULL ? strlen(text) : 0};
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_ieq(struct str a, struct str b)
{
    return a.n == b.n && same_without_case(a.p, b.p, a.n);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_among(const struct str *list, size_t count, struct str s)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i], s))
            return true;
    return false;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_istarts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_ieq(str_sub(s, 0, prefix.n), prefix);
}

bool str_iends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_ieq(str_sub(s, s.n - suffix.n, suffix.n), suffix);
}

ptrdiff_t str_find(struct str s, struct str needle)
{
    if (needle.n == 0)
        return 0;
    const char *found = s.n >= needle.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return found != NULL ? found - s.p : -1;
}

/* The next place of either of two octets; the second search ends where the first found something. */
static const char *next_of(const char *from, const char *end, char a, char b)
{
    const char *first = memchr(from, a, (size_t)(end - from));
    const char *second = a != b ? memchr(from, b, (size_t)((first != NULL ? first : end) - from)) : NULL;
    return second != NULL ? second : first;
}

ptrdiff_t str_ifind(struct str s, struct str needle)
{
    if (needle.n == 0 || needle.n > s.n)
        return needle.n == 0 ? 0 : -1;
    char small = lower(needle.p[0]);
    char capital = small >= 'a' && small <= 'z' ? (char)(small - 'a' + 'A') : small;
    const char *end = s.p + (s.n - needle.n) + 1;
    for (const char *at = s.p; at < end && (at = next_of(at, end, small, capital)) != NULL; at++)
        if (same_without_case(at, needle.p, needle.n))
            return at - s.p;
    return -1;
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && is_blank(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
    if (from >= s.n)
        return (struct str){NULL, 0};
    size_t left = s.n - from;
    return (struct str){s.p + from, n < left ? n : left};
}

bool str_cut(struct str *rest, char sep, struct str *part)
{
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->p, sep, rest->n);
    *part = end != NULL ? str_sub(*rest, 0, (size_t)(end - rest->p)) : *rest;
    *rest = str_sub(*rest, part->n + 1, rest->n);
    return true;
}

bool str_line(struct str *rest, struct str *line)
{
    if (!str_cut(rest, '\n', line))
        return false;
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

bool str_u64(struct str s, uint64_t *value)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (s.n == 0)
        return false;
    *value = sum;
    return true;
}

#define STR_DISTANCE_MAX 64u

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the table are enough, the row before last being for transpositions. */
size_t str_distance(struct str a, struct str b)
{
    if (a.n > STR_DISTANCE_MAX || b.n > STR_DISTANCE_MAX)
        return STR_DISTANCE_MAX + (a.n > b.n ? a.n : b.n);
    size_t rows[3][STR_DISTANCE_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            char x = lower(a.p[i - 1]);
            char y = lower(b.p[j - 1]);
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b.p[j - 2]) && y == lower(a.p[i - 2]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

void str_hex(const uint8_t *octets, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[octets[i] >> 4];
        *out++ = digits[octets[i] & 15];
    }
    *out = '\0';
}
