/* filename: what a mail calls a file, from the field that knows, made harmless. */
#include "mail/filename.h"

#include "mail/header.h"
#include "mail/octets.h"
#include "mail/tidy.h"

#include "base/utf8.h"

/* Characters that change how their neighbours look, or do not show at all. */
static bool is_deceptive(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* A place on the sender's disk or in the web ("/tmp/x", "C:\x", "..\x", "a/", "http://x"), of which the last word is the name? "offer 10/2026.pdf" is not. */
static bool is_path(struct str s)
{
    if (s.n > 0 && (is_separator(s.p[0]) || is_separator(s.p[s.n - 1]) || s.p[0] == '~'))
        return true;
    if (s.n > 2 && s.p[1] == ':' && is_separator(s.p[2]))
        return true;
    for (size_t i = 0, dots = 0; i < s.n; i++) {
        dots = s.p[i] == '.' && (dots > 0 || i == 0 || is_separator(s.p[i - 1])) ? dots + 1 : 0;
        if (i + 1 < s.n && is_separator(s.p[i + 1]) && (dots > 0 || is_separator(s.p[i])))
            return true;
    }
    return false;
}

static struct str base_part(struct str s)
{
    for (size_t i = s.n; i > 0; i--)
        if (is_separator(s.p[i - 1]))
            return str_sub(s, i, s.n);
    return s;
}

/* Too long: the middle goes, the extension stays. */
static struct str shortened(struct arena *arena, struct str s)
{
    if (s.n <= FILENAME_MAX_OCTETS)
        return s;
    size_t dot = s.n;
    for (size_t i = s.n; i > 0 && s.n - i < 16 && dot == s.n; i--)
        if (s.p[i - 1] == '.')
            dot = i - 1;
    struct str extension = str_sub(s, dot, s.n), stem = utf8_prefix(s, FILENAME_MAX_OCTETS - extension.n);
    return arena_printf(arena, "%.*s%.*s", STR_ARG(stem), STR_ARG(extension));
}

struct str filename_clean(struct arena *arena, struct str name)
{
    struct buf clean = { 0 };
    struct str s = is_path(name) ? base_part(name) : name;
    for (size_t i = 0; i < s.n;) {
        uint32_t c;
        size_t n = utf8_next(str_sub(s, i, 4), &c);
        if (n == 1 && is_separator(s.p[i]))
            buf_char(&clean, '_');
        else if (n > 0 && !is_deceptive(c))
            buf_add(&clean, s.p + i, n);
        i += n ? n : 1;
    }
    struct str kept = tidy_line(arena, buf_view(&clean), FILENAME_READ);
    buf_free(&clean);
    while (kept.n > 0 && kept.p[0] == '.' && (kept.n == 1 || kept.p[1] == '.' ))
        kept = str_sub(kept, 1, kept.n);
    return shortened(arena, kept);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Some programs write a name as in a URL ("r%C3%A9sum%C3%A9.pdf"). It is one only when characters beyond ASCII come of it: "50%25.pdf" may be meant. */
static struct str percent_decoded(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    bool beyond = false;
    if (!octets_find(s, '%'))
        return s;
    for (size_t i = 0; i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1, low = high >= 0 ? hex_value(s.p[i + 2]) : -1;
        beyond |= low >= 0 && high >= 8;
        p[n++] = (char)(low >= 0 ? high << 4 | low : s.p[i]);
        i += low >= 0 ? 2 : 0;
    }
    struct str decoded = { p, n };
    return beyond && utf8_valid(decoded) ? decoded : s;
}

/* "photo.jpg", but not "Photo of the house." */
static bool looks_like_name(struct str s)
{
    size_t dot = 0;
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] == '.')
            dot = i;
    size_t n = s.n - dot - 1;
    if (dot == 0 || n < 1 || n > 5 || s.n > 200)
        return false;
    for (size_t i = dot + 1; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z')))
            return false;
    return true;
}

struct str filename_of(struct arena *arena, const struct mime_part *part)
{
    static const struct str others[] = { STR("Content-Location"), STR("Content-Description") };
    struct str value;
    if (part->name.n > 0)
        return filename_clean(arena, percent_decoded(arena, part->name));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (!header_find(part->head, others[i], &value))
            continue;
        value = base_part(header_decode(arena, value, part->charset, FILENAME_READ));
        if (looks_like_name(value))
            return filename_clean(arena, value);
    }
    return (struct str){ "", 0 };
}

struct str filename_shown(struct arena *arena, const struct attachment *a, int64_t number)
{
    static const struct {
        const char *type, *extension;
    } known[] = { { "text/plain", "txt" }, { "text/html", "html" }, { "text/calendar", "ics" }, { "text/vcard", "vcf" }, { "text/x-vcard", "vcf" },
        { "text/csv", "csv" }, { "message/rfc822", "eml" }, { "message/global", "eml" }, { "message/delivery-status", "txt" }, { "application/pdf", "pdf" },
        { "application/zip", "zip" }, { "application/json", "json" }, { "application/xml", "xml" }, { "text/xml", "xml" }, { "image/png", "png" },
        { "image/jpeg", "jpg" }, { "image/gif", "gif" }, { "image/svg+xml", "svg" }, { "image/tiff", "tiff" }, { "image/bmp", "bmp" }, { "image/webp", "webp" },
        { "audio/mpeg", "mp3" }, { "audio/wav", "wav" }, { "video/mp4", "mp4" }, { "application/msword", "doc" }, { "application/vnd.ms-excel", "xls" },
        { "application/pkcs7-signature", "p7s" }, { "application/pkcs7-mime", "p7m" }, { "application/pgp-signature", "asc" }, { "application/ms-tnef", "dat" },
        { "application/gzip", "gz" }, { "application/rtf", "rtf" }, { "text/rtf", "rtf" },
        { "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx" },
        { "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx" } };
    if (a->name.n > 0)
        return a->name;
    const struct str types[] = { a->type, a->sniffed };
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (str_eq(types[t], str_of(known[i].type)))
                return arena_printf(arena, "attachment-%lld.%s", (long long)number, known[i].extension);
    return arena_printf(arena, "attachment-%lld", (long long)number);
}
