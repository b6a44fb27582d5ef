/* header: fields and encoded-words. Two ideas: a broken line costs itself and not the mail, and the octets of neighbouring encoded-words
 * of one charset are joined before conversion, because mailers cut characters in two. */
#include "mail/header.h"

#include "mail/charset.h"
#include "mail/octets.h"
#include "mail/tidy.h"

#include <string.h>

#define EMPTY_FOLDS_MAX 50u /* folded lines of blanks alone in one value */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The length of a field name at the start of a line, 0 when there is none. *colon: where its colon is. */
static size_t name_length(struct str line, size_t *colon)
{
    size_t n = 0;
    while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f && line.p[n] != ':')
        n++;
    size_t at = n;
    while (at < line.n && is_blank(line.p[at]))
        at++;
    if (n == 0 || at >= line.n || line.p[at] != ':')
        return 0;
    *colon = at;
    return n;
}

static bool is_field(struct str line)
{
    size_t colon;
    return name_length(line, &colon) > 0;
}

static bool is_mbox_line(struct str line)
{
    return str_starts(line, STR("From ")) || str_starts(line, STR(">From "));
}

struct str header_start(struct str raw)
{
    if (str_starts(raw, STR("\xef\xbb\xbf")))
        raw = str_sub(raw, 3, raw.n);
    struct str rest = raw, line, at = raw;
    while (at.n > 0 && (at.p[0] == '\n' || at.p[0] == '\r')) {
        if (!str_line(&rest, &line))
            break;
        at = rest;
    }
    struct str look = at;
    if (!str_line(&look, &line))
        return raw;
    if (is_mbox_line(line))
        return look;
    return is_field(line) ? at : raw;
}

/* Do fields go on behind a line that is none? A lone word with a colon in a body does not count: the name must look like one. */
static bool fields_follow(struct str rest)
{
    struct str line;
    for (unsigned i = 0; i < HEADER_LOOKAHEAD && str_line(&rest, &line); i++) {
        size_t colon = 0, n = name_length(line, &colon);
        if (str_trim(line).n == 0)
            return false;
        if (n == 0)
            continue;
        static const char *const known[] = { "from", "to", "cc", "subject", "date", "message-id", "mime-version", "received", "return-path",
            "reply-to", "sender", "in-reply-to", "references", "delivered-to", "dkim-signature", "list-id", "precedence" };
        struct str name = str_sub(line, 0, n);
        if (str_istarts(name, STR("X-")) || str_istarts(name, STR("Content-")))
            return true;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (str_ieq(name, str_of(known[k])))
                return true;
    }
    return false;
}

/* A field but for octets above ASCII in its name, with a field behind it. */
static bool is_spoilt_field(struct str line, struct str after)
{
    size_t n = 0;
    bool eight = false;
    for (; n < line.n && line.p[n] != ':' && line.p[n] != ' ' && line.p[n] != '\t'; n++)
        eight |= (unsigned char)line.p[n] >= 0x80;
    return eight && n > 0 && n < line.n && line.p[n] == ':' && is_field(str_sub(after, 0, 200));
}

/* Takes continuation lines off *rest; returns where the value ends. A line of blanks alone goes on only when something follows it. */
static void take_folded(struct str *rest, const char **end)
{
    struct str line, after = *rest;
    unsigned empty = 0;
    while (rest->n > 0 && is_blank(rest->p[0]) && empty < EMPTY_FOLDS_MAX) {
        after = *rest;
        if (!str_line(&after, &line))
            return;
        bool blank = str_trim(line).n == 0;
        empty += blank;
        if (blank && !(after.n > 0 && (is_blank(after.p[0]) || is_field(str_sub(after, 0, 200)))))
            return;
        *end = line.p + line.n;
        *rest = after;
    }
}

bool header_next(struct str *rest, struct header_raw *field, bool *broken)
{
    struct str line, after = *rest;
    while (str_line(&after, &line)) {
        size_t colon = 0, n = name_length(line, &colon);
        if (line.n == 0 || (n == 0 && str_trim(line).n == 0)) {
            *rest = after;
            return false;
        }
        if (n > 0) {
            const char *end = line.p + line.n;
            *rest = after;
            take_folded(rest, &end);
            field->name = str_sub(line, 0, n);
            const char *value = line.p + colon + 1;
            field->value = str_trim((struct str){ value, (size_t)(end - value) });
            return true;
        }
        if (!is_mbox_line(line) && !is_spoilt_field(line, after) && !fields_follow(after))
            return false; /* the body begins here, its blank line is missing */
        *broken = true;
        *rest = after;
    }
    *rest = after;
    return false;
}

bool header_find(struct str head, struct str name, struct str *value)
{
    struct header_raw field;
    bool broken = false;
    while (header_next(&head, &field, &broken))
        if (str_ieq(field.name, name)) {
            *value = field.value;
            return true;
        }
    return false;
}

/* One "=?charset?B?text?=" at the start of s. */
struct word {
    struct str charset;
    char encoding; /* 'b' or 'q' */
    struct str text;
    size_t length; /* of the whole in s */
};

static bool word_at(struct str s, struct word *w)
{
    if (!str_starts(s, STR("=?")))
        return false;
    struct str rest = str_sub(s, 2, s.n);
    const char *q1 = octets_find(str_sub(rest, 0, 60), '?');
    if (q1 == NULL || q1 + 2 >= rest.p + rest.n || q1[2] != '?')
        return false;
    w->charset = (struct str){ rest.p, (size_t)(q1 - rest.p) };
    const char *star = octets_find(w->charset, '*'); /* RFC 2231 section 5: a language */
    if (star)
        w->charset.n = (size_t)(star - w->charset.p);
    w->encoding = (char)(q1[1] | 0x20);
    if (w->encoding != 'b' && w->encoding != 'q')
        return false;
    rest = str_sub(rest, (size_t)(q1 + 3 - rest.p), rest.n);
    /* In Q a "?=" may be the text's own "?" with "=XX" behind it: then the word goes on. */
    for (size_t i = 0; i + 1 < rest.n; i++) {
        if (rest.p[i] == '\n' && w->encoding == 'q' && i > 200)
            return false;
        if (rest.p[i] != '?' || rest.p[i + 1] != '=')
            continue;
        w->text = str_sub(rest, 0, i);
        w->length = (size_t)(rest.p - s.p) + i + 2;
        return true;
    }
    return false;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_q(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        int high, low;
        if (s.p[i] == '=' && i + 2 < s.n && (high = hex_value(s.p[i + 1])) >= 0 && (low = hex_value(s.p[i + 2])) >= 0) {
            buf_char(out, (char)(high << 4 | low));
            i += 2;
        } else if (s.p[i] == '_') {
            buf_char(out, ' ');
        } else if (s.p[i] != '\r' && s.p[i] != '\n') {
            buf_char(out, s.p[i]);
        }
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Padding in the midst ends a group and no more: some mailers join padded runs. */
static void decode_b(struct buf *out, struct str s)
{
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < s.n; i++) {
        int v = base64_value(s.p[i]);
        if (s.p[i] == '=')
            have = 0, bits = 0;
        if (v < 0)
            continue;
        bits = (bits << 6 | (uint32_t)v) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_char(out, (char)(bits >> have & 0xff));
        }
    }
}

/* What becomes of the pieces of a value: plain text, or a run of encoded-words. */
struct sink {
    struct buf *out;
    struct str hint;
    bool as_words; /* header_normalise */
};

static void emit_plain(const struct sink *sink, struct str s)
{
    bool guessed = false;
    charset_text(sink->out, s, (struct str){ NULL, 0 }, sink->hint, &guessed);
}

static void emit_run(const struct sink *sink, struct buf *octets, struct str charset)
{
    struct buf text = { 0 };
    bool guessed = false;
    charset_text(&text, buf_view(octets), charset, sink->hint, &guessed);
    buf_clear(octets);
    if (!sink->as_words) {
        buf_str(sink->out, buf_view(&text));
        buf_free(&text);
        return;
    }
    static const char digits[] = "0123456789ABCDEF";
    buf_text(sink->out, "=?utf-8?Q?");
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (safe) {
            buf_char(sink->out, (char)c);
            continue;
        }
        buf_char(sink->out, '=');
        buf_char(sink->out, digits[c >> 4]);
        buf_char(sink->out, digits[c & 15]);
    }
    buf_text(sink->out, "?=");
    buf_free(&text);
}

/* Blanks only? Then two words around it are one text (RFC 2047 section 6.2). */
static bool only_blanks(struct str s)
{
    return str_trim(s).n == 0;
}

static void decode_words(const struct sink *sink, struct str s)
{
    struct buf run = { 0 };
    struct str charset = { NULL, 0 };
    bool in_run = false;
    size_t plain = 0;
    for (size_t i = 0; i < s.n;) {
        struct word w;
        const char *next = memchr(s.p + i, '=', s.n - i);
        if (next == NULL)
            break;
        i = (size_t)(next - s.p);
        if (!word_at(str_sub(s, i, s.n), &w)) {
            i++;
            continue;
        }
        struct str between = str_sub(s, plain, i - plain);
        bool joined = in_run && only_blanks(between);
        if (in_run && (!joined || !str_ieq(charset, w.charset)))
            emit_run(sink, &run, charset);
        if (!joined)
            emit_plain(sink, between);
        charset = w.charset;
        in_run = true;
        if (w.encoding == 'b')
            decode_b(&run, w.text);
        else
            decode_q(&run, w.text);
        i += w.length;
        plain = i;
    }
    if (in_run)
        emit_run(sink, &run, charset);
    emit_plain(sink, str_sub(s, plain, s.n));
    buf_free(&run);
}

/* Line ends become nothing, the blank of a fold stays: RFC 5322 section 2.2.3. */
static void unfold(struct buf *out, struct str raw)
{
    raw = str_sub(raw, 0, HEADER_VALUE_MAX);
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] != '\r' && raw.p[i] != '\n')
            buf_char(out, raw.p[i] == '\t' ? ' ' : raw.p[i]);
}

void header_words(struct buf *out, struct str s, struct str hint)
{
    struct sink sink = { out, hint, false };
    decode_words(&sink, s);
}

void header_normalise(struct buf *out, struct str raw, struct str hint)
{
    struct buf line = { 0 };
    unfold(&line, raw);
    struct sink sink = { out, hint, true };
    decode_words(&sink, buf_view(&line));
    buf_free(&line);
}

struct str header_decode(struct arena *arena, struct str raw, struct str hint, size_t max)
{
    struct buf line = { 0 }, text = { 0 };
    unfold(&line, raw);
    header_words(&text, buf_view(&line), hint);
    struct str s = tidy_line(arena, buf_view(&text), max);
    buf_free(&line);
    buf_free(&text);
    return s;
}
