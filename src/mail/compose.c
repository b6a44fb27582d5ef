/* compose: octets that leave. Every value is either proven line safe or made so before it is written, so no value can end its line. */
#include "compose_body.h"

#include "mail/address.h"
#include "mail/date.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <string.h>

#define LINE_WANTED 76u
#define WORD_OCTETS 42u /* of text in one encoded-word: 56 base64 characters and 12 around stay below 75 (RFC 2047 section 2) */
#define SUBJECT_CHARACTERS 200u
#define NAME_CHARACTERS 100u
#define ID_MAX 250u
#define THREAD_INDEX_MAX 900u

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
        base64_encode(out, piece);
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

bool compose_id_is_safe(struct str id)
{
    if (id.n == 0 || id.n > ID_MAX || !utf8_is_line_safe(id) || !utf8_is_ascii(id))
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
    for (size_t i = 0; i < c->cc.count; i++)
        if (!check_address(&c->cc.list[i], "Cc", err))
            return false;
    if (c->reply_to.addr.n > 0 && !check_address(&c->reply_to, "Reply-To", err))
        return false;
    if (!compose_id_is_safe(c->message_id))
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
        safe += compose_id_is_safe(c->references.list[i]);
    if (safe == 0)
        return;
    size_t skip = safe > COMPOSE_REFERENCES_MAX ? safe - COMPOSE_REFERENCES_MAX : 0;
    add_field_name(out, "References");
    for (size_t i = 0; i < c->references.count; i++) {
        if (!compose_id_is_safe(c->references.list[i]))
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

static bool is_base64_digit(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/* Outlook's threads go by these two, where the references do not reach (another product's mail between). */
static void add_thread(struct buf *out, const struct compose *c)
{
    bool is_base64 = c->thread_index.n > 0 && c->thread_index.n <= THREAD_INDEX_MAX;
    for (size_t i = 0; i < c->thread_index.n && is_base64; i++)
        is_base64 = is_base64_digit(c->thread_index.p[i]);
    struct buf topic = { 0 };
    clean_line(&topic, c->thread_topic, SUBJECT_CHARACTERS);
    if (is_base64)
        buf_printf(out, "Thread-Index: %.*s\r\n", STR_ARG(c->thread_index));
    if (topic.n > 0) {
        add_field_name(out, "Thread-Topic");
        add_text_value(out, buf_view(&topic), strlen("Thread-Topic: "));
        buf_text(out, "\r\n");
    }
    buf_free(&topic);
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
    if (c->cc.count > 0)
        add_addresses(out, "Cc", c->cc.list, c->cc.count);
    if (c->reply_to.addr.n > 0)
        add_addresses(out, "Reply-To", &c->reply_to, 1);
    add_field_name(out, "Subject");
    add_text_value(out, buf_view(&subject), strlen("Subject: "));
    buf_printf(out, "\r\nMessage-ID: <%.*s>\r\n", STR_ARG(c->message_id));
    if (compose_id_is_safe(c->in_reply_to))
        buf_printf(out, "In-Reply-To: <%.*s>\r\n", STR_ARG(c->in_reply_to));
    add_references(out, c);
    add_thread(out, c);
    for (size_t i = 0; i < c->extra_count; i++)
        buf_printf(out, "%.*s: %.*s\r\n", STR_ARG(c->extra[i].name), STR_ARG(c->extra[i].value));
    if (c->language.n > 0 && c->language.n < 36 && utf8_is_ascii(c->language) && utf8_is_line_safe(c->language))
        buf_printf(out, "Content-Language: %.*s\r\n", STR_ARG(c->language));
    buf_text(out, "MIME-Version: 1.0\r\n");
    compose_body(out, c);
    buf_free(&subject);
    return true;
}
