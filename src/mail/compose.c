/* compose: octets that leave. Every value is either proven line safe or made so before it is written, so no value can end its line. */
#include "mail/compose.h"

#include "mail/address.h"
#include "mail/date.h"

#include "base/utf8.h"

#include <string.h>

#define LINE_WANTED 76u
#define WORD_OCTETS 42u /* of text in one encoded-word: 56 base64 characters and 12 around stay below 75 (RFC 2047 section 2) */
#define SUBJECT_CHARACTERS 200u
#define NAME_CHARACTERS 100u
#define ID_MAX 250u
#define BASE64_GROUP 3u

static void add_base64(struct buf *out, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += BASE64_GROUP) {
        uint32_t bits = 0;
        size_t have = s.n - i < BASE64_GROUP ? s.n - i : BASE64_GROUP;
        for (size_t k = 0; k < BASE64_GROUP; k++)
            bits = bits << 8 | (k < have ? (unsigned char)s.p[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            buf_char(out, k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

/* One line of at most `characters`: controls become blanks, runs of blanks one. */
static void clean_line(struct buf *out, struct str s, size_t characters)
{
    bool gap = false;
    for (size_t i = 0, n = 0; i < s.n && n < characters;) {
        uint32_t c;
        size_t len = utf8_next(str_sub(s, i, 4), &c);
        bool control = len == 0 ? false : c < 0x21 || c == 0x7f || (c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029;
        if (control) {
            gap = out->n > 0;
        } else {
            if (gap)
                buf_char(out, ' ');
            if (len)
                buf_add(out, s.p + i, len);
            else
                buf_add(out, "\xef\xbf\xbd", 3);
            gap = false;
            n++;
        }
        i += len ? len : 1;
    }
}

/* Encoded-words of whole characters, each on its own line. */
static void add_words(struct buf *out, struct str s)
{
    bool first = true;
    while (s.n > 0) {
        struct str piece = utf8_prefix(s, WORD_OCTETS);
        if (!first)
            buf_text(out, "\r\n ");
        buf_text(out, "=?UTF-8?B?");
        add_base64(out, piece);
        buf_text(out, "?=");
        s = str_sub(s, piece.n, s.n);
        first = false;
    }
}

static bool needs_words(struct str s)
{
    return !utf8_is_ascii(s) || str_find(s, STR("=?")) >= 0;
}

/* Words of plain text folded at blanks. A word that is too long for any line is encoded instead (by the caller's check). */
static void add_folded(struct buf *out, struct str s, size_t column)
{
    struct str word;
    bool first = true;
    while (str_cut(&s, ' ', &word)) {
        if (!first && column + 1 + word.n > LINE_WANTED) {
            buf_text(out, "\r\n");
            column = 0;
        }
        if (!first) {
            buf_char(out, ' ');
            column++;
        }
        buf_str(out, word);
        column += word.n;
        first = false;
    }
}

static size_t longest_word(struct str s)
{
    size_t longest = 0;
    struct str word;
    while (str_cut(&s, ' ', &word))
        longest = word.n > longest ? word.n : longest;
    return longest;
}

static void add_text_value(struct buf *out, struct str s, size_t column)
{
    if (needs_words(s) || longest_word(s) > LINE_WANTED)
        add_words(out, s);
    else
        add_folded(out, s, column);
}

/* A display name: an atom sequence, a quoted string or encoded-words (RFC 5322 section 3.4). */
static void add_name(struct buf *out, struct str name)
{
    struct buf clean = { 0 };
    clean_line(&clean, name, NAME_CHARACTERS);
    struct str s = buf_view(&clean);
    if (needs_words(s) || s.n > 60) {
        add_words(out, s);
    } else {
        buf_char(out, '"');
        for (size_t i = 0; i < s.n; i++) {
            if (s.p[i] == '"' || s.p[i] == '\\')
                buf_char(out, '\\');
            buf_char(out, s.p[i]);
        }
        buf_char(out, '"');
    }
    buf_free(&clean);
}

static void add_address(struct buf *out, const struct address *a)
{
    if (str_trim(a->name).n > 0) {
        add_name(out, a->name);
        /* A fold before the address keeps the line short whatever the name was. */
        buf_text(out, a->name.n + a->addr.n > 50 ? "\r\n <" : " <");
        buf_str(out, a->addr);
        buf_char(out, '>');
    } else {
        buf_str(out, a->addr);
    }
}

static bool check_address(const struct address *a, const char *field, struct err *err)
{
    if (address_usable(a->addr))
        return true;
    return err_set(err, ERR_ITEM, "%s: not a usable address", field);
}

static bool id_is_safe(struct str id)
{
    if (id.n == 0 || id.n > ID_MAX || !utf8_is_line_safe(id))
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] == '<' || id.p[i] == '>' || id.p[i] == ' ' || id.p[i] == '\t')
            return false;
    return true;
}

static bool field_is_safe(const struct compose_field *f)
{
    if (f->name.n == 0 || f->name.n > 70 || f->value.n > 900 || !utf8_is_line_safe(f->value) || !utf8_is_ascii(f->value))
        return false;
    for (size_t i = 0; i < f->name.n; i++)
        if (f->name.p[i] <= ' ' || f->name.p[i] >= 0x7f || f->name.p[i] == ':')
            return false;
    return true;
}

static bool check(const struct compose *c, struct err *err)
{
    if (!check_address(&c->from, "From", err))
        return false;
    if (c->to.count == 0)
        return err_set(err, ERR_ITEM, "To: no address");
    for (size_t i = 0; i < c->to.count; i++)
        if (!check_address(&c->to.list[i], "To", err))
            return false;
    if (c->reply_to.addr.n > 0 && !check_address(&c->reply_to, "Reply-To", err))
        return false;
    if (!id_is_safe(c->message_id))
        return err_set(err, ERR_ITEM, "Message-ID: not line safe");
    for (size_t i = 0; i < c->extra_count; i++)
        if (!field_is_safe(&c->extra[i]))
            return err_set(err, ERR_ITEM, "field %zu: not line safe", i + 1);
    return true;
}

static void add_field_name(struct buf *out, const char *name)
{
    buf_text(out, name);
    buf_text(out, ": ");
}

static void add_addresses(struct buf *out, const char *field, const struct address *list, size_t count)
{
    add_field_name(out, field);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_text(out, ",\r\n ");
        add_address(out, &list[i]);
    }
    buf_text(out, "\r\n");
}

/* Somebody else's identifiers that could break a line are left out; the first and the newest stay. */
static void add_references(struct buf *out, const struct compose *c)
{
    size_t safe = 0, written = 0, index = 0;
    for (size_t i = 0; i < c->references.count; i++)
        safe += id_is_safe(c->references.list[i]);
    if (safe == 0)
        return;
    size_t skip = safe > COMPOSE_REFERENCES_MAX ? safe - COMPOSE_REFERENCES_MAX : 0;
    add_field_name(out, "References");
    for (size_t i = 0; i < c->references.count; i++) {
        if (!id_is_safe(c->references.list[i]))
            continue;
        index++;
        if (index > 1 && index <= skip + 1)
            continue;
        if (written++ > 0)
            buf_text(out, "\r\n ");
        buf_printf(out, "<%.*s>", STR_ARG(c->references.list[i]));
    }
    buf_text(out, "\r\n");
}

/* --- the body --- */

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

static void add_plain(struct buf *out, struct str text)
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

static void add_body(struct buf *out, const struct compose *c)
{
    struct buf clean = { 0 };
    utf8_clean(&clean, c->text);
    struct str text = buf_view(&clean), line;
    bool plain = is_plain_ascii(text);
    buf_printf(out, "Content-Type: text/plain; charset=%s\r\n", plain ? "us-ascii" : "utf-8");
    buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "quoted-printable");
    if (plain)
        add_plain(out, text);
    else
        while (str_line(&text, &line))
            add_quoted_line(out, line);
    buf_free(&clean);
}

bool compose_mail(const struct compose *c, struct buf *out, struct err *err)
{
    if (!check(c, err))
        return false;
    struct buf subject = { 0 };
    clean_line(&subject, c->subject, SUBJECT_CHARACTERS);
    buf_text(out, "Date: ");
    date_write(out, c->date);
    buf_text(out, "\r\n");
    add_addresses(out, "From", &c->from, 1);
    add_addresses(out, "To", c->to.list, c->to.count);
    if (c->reply_to.addr.n > 0)
        add_addresses(out, "Reply-To", &c->reply_to, 1);
    add_field_name(out, "Subject");
    add_text_value(out, buf_view(&subject), strlen("Subject: "));
    buf_printf(out, "\r\nMessage-ID: <%.*s>\r\n", STR_ARG(c->message_id));
    if (id_is_safe(c->in_reply_to))
        buf_printf(out, "In-Reply-To: <%.*s>\r\n", STR_ARG(c->in_reply_to));
    add_references(out, c);
    for (size_t i = 0; i < c->extra_count; i++)
        buf_printf(out, "%.*s: %.*s\r\n", STR_ARG(c->extra[i].name), STR_ARG(c->extra[i].value));
    if (c->language.n > 0 && c->language.n < 36 && utf8_is_ascii(c->language) && utf8_is_line_safe(c->language))
        buf_printf(out, "Content-Language: %.*s\r\n", STR_ARG(c->language));
    buf_text(out, "MIME-Version: 1.0\r\n");
    add_body(out, c);
    buf_free(&subject);
    return true;
}
