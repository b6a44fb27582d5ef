/* compose_body: parts between boundaries. No part can hold a boundary, by construction: each begins with "=_" and neither base64 nor
 * quoted-printable can write that pair; text and mails that leave as they are, are searched for it first. */
#include "compose_body.h"

#include "base/base64.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <string.h>

#define LINE_WANTED 76u
#define LINE_MAX_OCTETS 998u
#define BASE64_LINE 57u       /* octets that give a line of 76 */
#define NAME_PLAIN_MAX 60u    /* of a file name that stands in one line as it is */
#define NAME_OCTETS_MAX 255u
#define NAME_PIECE 60u        /* of a name in RFC 2231 */
#define EXTENSION_MAX 12u
#define TYPE_MAX 127u         /* RFC 6838 section 4.2, type and subtype */
#define STEM_OCTETS 16u

/* The boundaries of one mail differ in their last letter only. */
struct boundary {
    char stem[2 + 2 * STEM_OCTETS + 1];
};

enum level { MIXED = 'm', ALTERNATIVE = 'a', RELATED = 'r' };

static struct boundary boundary_of(struct str message_id)
{
    struct boundary b = { "=_" };
    uint8_t digest[HASH_SIZE];
    hash_sha256(message_id, digest);
    str_hex(digest, STEM_OCTETS, b.stem + 2);
    return b;
}

static void open_multipart(struct buf *out, const struct boundary *b, enum level level, const char *type)
{
    buf_printf(out, "Content-Type: multipart/%s;\r\n boundary=\"%s%c\"\r\n\r\n", type, b->stem, (char)level);
}

static void next_part(struct buf *out, const struct boundary *b, enum level level)
{
    buf_printf(out, "\r\n--%s%c\r\n", b->stem, (char)level);
}

static void close_multipart(struct buf *out, const struct boundary *b, enum level level)
{
    buf_printf(out, "\r\n--%s%c--\r\n", b->stem, (char)level);
}

/* --- text --- */

static bool is_plain_ascii(struct str text)
{
    struct str line;
    while (str_line(&text, &line)) {
        if (line.n > LINE_WANTED + 2 || (line.n > 0 && (line.p[line.n - 1] == ' ' && !str_eq(line, STR("-- ")))) || str_starts(line, STR("From ")))
            return false;
        for (size_t i = 0; i < line.n; i++)
            if (((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || (unsigned char)line.p[i] >= 0x7f)
                return false;
    }
    return true;
}

static void add_lines(struct buf *out, struct str text)
{
    struct str line;
    while (str_line(&text, &line)) {
        buf_str(out, line);
        buf_text(out, "\r\n");
    }
}

/* RFC 2045 section 6.7, lines of at most 76; "From " and a lone dot at the start are escaped too. */
static void add_quoted_line(struct buf *out, struct str line)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];
        bool last = i + 1 == line.n;
        bool plain = (c > 0x20 && c < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !last);
        if (column == 0 && (c == '.' || (c == 'F' && str_starts(str_sub(line, i, line.n), STR("From ")))))
            plain = false;
        if (column + (plain ? 1 : 3) > LINE_WANTED - 1) {
            buf_text(out, "=\r\n");
            column = 0;
        }
        if (plain) {
            buf_char(out, (char)c);
            column++;
        } else {
            buf_char(out, '=');
            buf_char(out, digits[c >> 4]);
            buf_char(out, digits[c & 15]);
            column += 3;
        }
    }
    buf_text(out, "\r\n");
}

/* HTML is always quoted: its lines are as long as their writer pleased. */
static void add_text(struct buf *out, const struct boundary *b, const char *type, struct str raw)
{
    struct buf clean = { 0 };
    utf8_clean(&clean, raw);
    struct str text = buf_view(&clean), line;
    bool plain = is_plain_ascii(text) && str_find(text, str_of(b->stem)) < 0 && strcmp(type, "plain") == 0;
    buf_printf(out, "Content-Type: text/%s; charset=%s\r\n", type, plain ? "us-ascii" : "utf-8");
    buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "quoted-printable");
    if (plain)
        add_lines(out, text);
    else
        while (str_line(&text, &line))
            add_quoted_line(out, line);
    buf_free(&clean);
}

/* --- files --- */

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f || strchr("()<>@,;:\\\"/[]?=", s.p[i]))
            return false;
    return s.n > 0 && s.n <= TYPE_MAX;
}

static bool is_type(struct str s)
{
    struct str rest = s, major = { "", 0 };
    return str_cut(&rest, '/', &major) && is_token(major) && is_token(rest);
}

/* Can these octets stand in a mail as they are, as a mail of their own? */
static bool is_seven_bit(struct str octets)
{
    size_t column = 0;
    for (size_t i = 0; i < octets.n; i++) {
        unsigned char c = (unsigned char)octets.p[i];
        if (c == '\0' || c >= 0x80 || (c == '\r' && (i + 1 == octets.n || octets.p[i + 1] != '\n')))
            return false;
        column = c == '\n' ? 0 : column + 1;
        if (column > LINE_MAX_OCTETS)
            return false;
    }
    return octets.n > 0;
}

static bool leaves_as_mail(const struct carried_file *f, const struct boundary *b)
{
    return str_ieq(f->type, STR("message/rfc822")) && is_seven_bit(f->octets) && str_find(f->octets, str_of(b->stem)) < 0;
}

static struct str type_of(const struct carried_file *f, bool as_mail)
{
    bool composite = str_istarts(f->type, STR("multipart/")) || str_istarts(f->type, STR("message/"));
    return as_mail || (is_type(f->type) && !composite) ? f->type : STR("application/octet-stream");
}

static bool is_plain_name_octet(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static bool is_plain_name(struct str name)
{
    if (name.n > NAME_PLAIN_MAX || str_find(name, STR("=?")) >= 0)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!is_plain_name_octet(name.p[i]))
            return false;
    return true;
}

/* The name for those who know only ASCII: what it cannot say is "_", one for each character; the extension stays. */
static void add_fallback_name(struct buf *out, struct str name)
{
    size_t dot = name.n;
    for (size_t i = name.n; i > 0 && name.n - i < EXTENSION_MAX && dot == name.n; i--)
        if (name.p[i - 1] == '.')
            dot = i - 1;
    size_t room = NAME_PLAIN_MAX - (name.n - dot);
    for (size_t i = 0, n = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if ((c & 0xc0) == 0x80 || (i < dot && n++ >= room))
            continue;
        buf_char(out, is_plain_name_octet((char)c) && c != '=' && c != '?' ? (char)c : '_');
    }
}

/* RFC 2231 section 4: attribute characters stand for themselves, the rest in percent. */
static void add_extended_name(struct buf *out, struct str name)
{
    bool one = name.n * 3 <= NAME_PIECE;
    size_t column = 0;
    unsigned piece = 0;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool plain = c < 0x80 && (is_token((struct str){ (const char *)&name.p[i], 1 }) && c != '*' && c != '\'' && c != '%');
        if (column == 0 && one)
            buf_text(out, ";\r\n filename*=utf-8''");
        else if (column == 0)
            buf_printf(out, ";\r\n filename*%u*=%s", piece, piece == 0 ? "utf-8''" : "");
        if (plain)
            buf_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
        column += plain ? 1 : 3;
        if (column + 3 > NAME_PIECE && !one)
            piece++, column = 0;
    }
}

/* `parameter`: name (of the type) or filename (of the disposition). */
static void add_name(struct buf *out, const char *parameter, struct str name)
{
    if (name.n == 0)
        return;
    buf_printf(out, ";\r\n %s=\"", parameter);
    if (is_plain_name(name))
        buf_str(out, name);
    else
        add_fallback_name(out, name);
    buf_char(out, '"');
}

static void add_base64_lines(struct buf *out, struct str octets)
{
    buf_room(out, octets.n / BASE64_LINE * (LINE_WANTED + 2) + LINE_WANTED + 2);
    for (size_t at = 0; at < octets.n; at += BASE64_LINE) {
        base64_encode(out, str_sub(octets, at, BASE64_LINE));
        buf_text(out, "\r\n");
    }
}

/* The name without line ends and other controls. */
static void clean_name(struct buf *out, struct str name)
{
    struct buf valid = { 0 };
    utf8_clean(&valid, utf8_prefix(name, NAME_OCTETS_MAX));
    for (size_t i = 0; i < valid.n; i++)
        buf_char(out, (unsigned char)valid.p[i] < 0x20 ? ' ' : valid.p[i]);
    buf_free(&valid);
}

static void add_file(struct buf *out, const struct boundary *b, const struct carried_file *f, bool is_inline)
{
    struct buf clean = { 0 };
    clean_name(&clean, f->name);
    struct str name = str_trim(buf_view(&clean));
    bool as_mail = leaves_as_mail(f, b);
    struct str type = type_of(f, as_mail);
    bool says_charset = str_istarts(type, STR("text/")) && utf8_valid(f->octets) && !utf8_is_ascii(f->octets);
    buf_printf(out, "Content-Type: %.*s%s", STR_ARG(type), says_charset ? "; charset=utf-8" : "");
    add_name(out, "name", name);
    buf_printf(out, "\r\nContent-Transfer-Encoding: %s\r\nContent-Disposition: %s", as_mail ? "7bit" : "base64", is_inline ? "inline" : "attachment");
    add_name(out, "filename", name);
    if (!is_plain_name(name))
        add_extended_name(out, name);
    buf_text(out, "\r\n");
    if (compose_id_is_safe(f->content_id))
        buf_printf(out, "Content-ID: <%.*s>\r\n", STR_ARG(f->content_id));
    buf_text(out, "\r\n");
    if (as_mail)
        add_lines(out, f->octets);
    else
        add_base64_lines(out, f->octets);
    buf_free(&clean);
}

/* --- the whole --- */

/* Does it belong to the HTML rather than stand for itself? */
static bool is_related(const struct compose *c, const struct carried_file *f)
{
    return c->html.n > 0 && f->is_inline && compose_id_is_safe(f->content_id);
}

static size_t related_count(const struct compose *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->file_count; i++)
        n += is_related(c, &c->files[i]);
    return n;
}

static void add_html(struct buf *out, const struct boundary *b, const struct compose *c)
{
    if (related_count(c) == 0) {
        add_text(out, b, "html", c->html);
        return;
    }
    open_multipart(out, b, RELATED, "related; type=\"text/html\"");
    next_part(out, b, RELATED);
    add_text(out, b, "html", c->html);
    for (size_t i = 0; i < c->file_count; i++)
        if (is_related(c, &c->files[i])) {
            next_part(out, b, RELATED);
            add_file(out, b, &c->files[i], true);
        }
    close_multipart(out, b, RELATED);
}

static void add_said(struct buf *out, const struct boundary *b, const struct compose *c)
{
    if (c->html.n == 0) {
        add_text(out, b, "plain", c->text);
        return;
    }
    open_multipart(out, b, ALTERNATIVE, "alternative");
    next_part(out, b, ALTERNATIVE);
    add_text(out, b, "plain", c->text);
    next_part(out, b, ALTERNATIVE);
    add_html(out, b, c);
    close_multipart(out, b, ALTERNATIVE);
}

void compose_body(struct buf *out, const struct compose *c)
{
    struct boundary b = boundary_of(c->message_id);
    if (c->file_count == related_count(c)) {
        add_said(out, &b, c);
        return;
    }
    open_multipart(out, &b, MIXED, "mixed");
    next_part(out, &b, MIXED);
    add_said(out, &b, c);
    for (size_t i = 0; i < c->file_count; i++)
        if (!is_related(c, &c->files[i])) {
            next_part(out, &b, MIXED);
            add_file(out, &b, &c->files[i], false);
        }
    close_multipart(out, &b, MIXED);
}
