/* canon: line by line, into a small buffer that is poured into the digest when it is full; a body is never copied whole. */
#include "mail/canon.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define POUR (32u * 1024)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool goes_on(struct str rest)
{
    return rest.n > 0 && is_blank(rest.p[0]);
}

/* ---- header ------------------------------------------------------------------------------------------------------------------ */

static struct str field_name(struct str raw)
{
    ptrdiff_t colon = str_find(raw, STR(":"));
    return colon > 0 ? str_trim(str_sub(raw, 0, (size_t)colon)) : (struct str){"", 0};
}

void canon_fields(struct canon *c)
{
    struct canon_field fields[CANON_FIELDS_MAX];
    struct str rest = c->head, line;
    while (c->field_count < CANON_FIELDS_MAX && str_line(&rest, &line) && line.n > 0) {
        const char *start = line.p, *end = line.p + line.n;
        while (goes_on(rest) && str_line(&rest, &line))
            end = line.p + line.n;
        struct str raw = {start, (size_t)(end - start)};
        fields[c->field_count++] = (struct canon_field){field_name(raw), raw};
    }
    c->fields = arena_array(c->arena, c->field_count, sizeof *c->fields);
    if (c->field_count > 0)
        memcpy(c->fields, fields, c->field_count * sizeof *c->fields);
}

static void add_simple(struct buf *out, struct str raw)
{
    struct str line;
    while (str_line(&raw, &line)) {
        buf_str(out, line);
        buf_text(out, "\r\n");
    }
}

/* Runs of blanks and folds become one blank, those at the end go. */
static void add_folded(struct buf *out, struct str value)
{
    bool blank = false;
    for (size_t i = 0; i < value.n; i++) {
        char o = value.p[i];
        if (is_blank(o) || o == '\r' || o == '\n') {
            blank = true;
            continue;
        }
        if (blank)
            buf_char(out, ' ');
        blank = false;
        buf_char(out, o);
    }
}

void canon_header(struct buf *out, struct str raw, bool relaxed)
{
    ptrdiff_t colon = str_find(raw, STR(":"));
    if (!relaxed || colon < 0) {
        add_simple(out, raw);
        return;
    }
    struct str name = str_trim(str_sub(raw, 0, (size_t)colon));
    for (size_t i = 0; i < name.n; i++)
        buf_char(out, (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]));
    buf_char(out, ':');
    add_folded(out, str_trim(str_sub(raw, (size_t)colon + 1, raw.n)));
    buf_text(out, "\r\n");
}

/* ---- body -------------------------------------------------------------------------------------------------------------------- */

struct pouring {
    EVP_MD_CTX *digest;
    struct buf held;
    uint64_t size;
};

static void digest(struct pouring *p, struct str octets)
{
    if (octets.n > 0 && EVP_DigestUpdate(p->digest, octets.p, octets.n) != 1)
        abort();
    p->size += octets.n;
}

static void pour(struct pouring *p)
{
    digest(p, buf_view(&p->held));
    buf_clear(&p->held);
}

/* Long runs go past the buffer. */
static void add_octets(struct pouring *p, struct str octets)
{
    if (p->held.n + octets.n > POUR)
        pour(p);
    if (octets.n > POUR)
        digest(p, octets);
    else
        buf_str(&p->held, octets);
}

/* Runs of blanks become one, those at the end of the line go. */
static void add_words(struct pouring *p, struct str line)
{
    size_t at = 0;
    while (at < line.n) {
        size_t blanks = at, end;
        while (blanks < line.n && is_blank(line.p[blanks]))
            blanks++;
        for (end = blanks; end < line.n && !is_blank(line.p[end]);)
            end++;
        if (blanks > at && end > blanks)
            add_octets(p, STR(" "));
        add_octets(p, str_sub(line, blanks, end - blanks));
        at = end;
    }
}

static void add_line(struct pouring *p, struct str line, bool relaxed)
{
    if (relaxed)
        add_words(p, line);
    else
        add_octets(p, line);
    add_octets(p, STR("\r\n"));
}

static bool is_empty(struct str line, bool relaxed)
{
    size_t i = 0;
    while (relaxed && i < line.n && is_blank(line.p[i]))
        i++;
    return i == line.n;
}

static void pour_body(struct pouring *p, struct str body, bool relaxed)
{
    struct str line;
    uint64_t empty = 0;
    while (str_line(&body, &line)) {
        if (is_empty(line, relaxed)) {
            empty++;
            continue;
        }
        for (; empty > 0; empty--)
            add_line(p, (struct str){"", 0}, relaxed);
        add_line(p, line, relaxed);
    }
    pour(p);
    if (p->size == 0 && !relaxed)
        add_line(p, (struct str){"", 0}, relaxed);
    pour(p);
}

const uint8_t *canon_body(struct canon *c, bool relaxed, uint64_t *size)
{
    if (!c->hashed[relaxed]) {
        struct pouring p = {.digest = EVP_MD_CTX_new()};
        if (p.digest == NULL || EVP_DigestInit_ex(p.digest, EVP_sha256(), NULL) != 1)
            abort();
        pour_body(&p, c->body, relaxed);
        if (EVP_DigestFinal_ex(p.digest, c->digest[relaxed], NULL) != 1)
            abort();
        EVP_MD_CTX_free(p.digest);
        buf_free(&p.held);
        c->size[relaxed] = p.size;
        c->hashed[relaxed] = true;
    }
    *size = c->size[relaxed];
    return c->digest[relaxed];
}
