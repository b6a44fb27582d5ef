/* imap_text: the small grammar of single lines: names of mailboxes, sets of UIDs, tagged replies. */
#include "net/imap.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define RANGES_A_COMMAND 300u /* 300 ranges make a line of at most 6.6 KB; servers take 8 KB */

static const char base64_of_names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* RFC 3501 section 5.1.3: UTF-16BE in a base64 of its own between "&" and "-". */
struct shift {
    bool open;
    uint32_t bits;
    unsigned count;
};

static void shift_add(struct shift *s, uint32_t unit, struct buf *out)
{
    if (!s->open)
        buf_char(out, '&');
    s->open = true;
    s->bits = s->bits << 16 | unit;
    s->count += 16;
    while (s->count >= 6) {
        s->count -= 6;
        buf_char(out, base64_of_names[s->bits >> s->count & 63]);
    }
}

static void shift_close(struct shift *s, struct buf *out)
{
    if (!s->open)
        return;
    if (s->count > 0)
        buf_char(out, base64_of_names[s->bits << (6 - s->count) & 63]);
    buf_char(out, '-');
    *s = (struct shift){false, 0, 0};
}

bool imap_quote_folder(struct str folder, struct buf *out)
{
    struct shift shift = {false, 0, 0};
    if (folder.n == 0 || !utf8_is_line_safe(folder))
        return false;
    buf_char(out, '"');
    while (folder.n > 0) {
        uint32_t c;
        size_t n = utf8_next(folder, &c);
        if (n == 0)
            return false;
        folder = str_sub(folder, n, folder.n);
        if (c >= 0x10000) {
            shift_add(&shift, 0xd800 + ((c - 0x10000) >> 10), out);
            shift_add(&shift, 0xdc00 + ((c - 0x10000) & 0x3ff), out);
            continue;
        }
        if (c > 0x7e) {
            shift_add(&shift, c, out);
            continue;
        }
        shift_close(&shift, out);
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        buf_char(out, (char)c);
        if (c == '&')
            buf_char(out, '-');
    }
    shift_close(&shift, out);
    buf_char(out, '"');
    return true;
}

void imap_add_set(const struct uid_set *set, size_t *at, struct buf *out)
{
    for (size_t n = 0; n < RANGES_A_COMMAND && *at < set->count; n++, ++*at) {
        const struct uid_range *r = &set->ranges[*at];
        buf_printf(out, r->first == r->last ? "%s%u" : "%s%u:%u", n > 0 ? "," : "", (unsigned)r->first, (unsigned)r->last);
    }
}

bool imap_is_flag(struct str s)
{
    size_t i = s.n > 0 && s.p[0] == '\\' ? 1 : 0;
    for (size_t n = i; n < s.n; n++) {
        char c = s.p[n];
        if (c <= ' ' || c >= 0x7f || c == '(' || c == ')' || c == '{' || c == '%' || c == '*' || c == '"' || c == '\\' || c == ']')
            return false;
    }
    return s.n > i;
}

bool imap_is_continuation(struct str line, struct str *text)
{
    if (line.n == 0 || line.p[0] != '+')
        return false;
    *text = str_trim(str_sub(line, 1, line.n));
    return true;
}

bool imap_ends_in_literal(struct str line)
{
    static const struct str human[] = {{"* OK", 4}, {"* NO", 4}, {"* BAD", 5}};
    size_t i = line.n > 0 && line.p[line.n - 1] == '}' ? line.n - 1 : 0;
    for (size_t k = 0; k < sizeof human / sizeof *human; k++)
        if (str_istarts(line, human[k]))
            return false;
    while (i > 0 && ((line.p[i - 1] >= '0' && line.p[i - 1] <= '9') || line.p[i - 1] == '+'))
        i--;
    return i > 0 && line.p[i - 1] == '{';
}

static void keep(char *out, size_t size, struct str s)
{
    struct buf shown = {0};
    utf8_display(&shown, s, false);
    struct str cut = utf8_prefix(buf_view(&shown), size - 1);
    if (cut.n > 0)
        memcpy(out, cut.p, cut.n);
    out[cut.n] = '\0';
    buf_free(&shown);
}

/* resp-text = ["[" resp-text-code "]" SP] text */
static void read_text(struct str text, struct imap_reply *reply)
{
    reply->code[0] = '\0';
    text = str_trim(text);
    ptrdiff_t end = text.n > 0 && text.p[0] == '[' ? str_find(text, STR("]")) : -1;
    if (end > 0) {
        struct str code = str_sub(text, 1, (size_t)end - 1), first;
        if (str_cut(&code, ' ', &first))
            keep(reply->code, sizeof reply->code, first);
    }
    keep(reply->text, sizeof reply->text, text);
}

bool imap_is_tagged(const struct imap *m, struct str line, struct imap_reply *reply)
{
    static const struct {
        struct str word;
        enum imap_status status;
    } states[] = {{{"OK", 2}, IMAP_OK}, {{"NO", 2}, IMAP_NO}, {{"BAD", 3}, IMAP_BAD}};
    char tag[16];
    struct str rest = line, word;
    snprintf(tag, sizeof tag, "%d", m->session->imap_tag);
    if (!str_cut(&rest, ' ', &word) || !str_eq(word, str_of(tag)) || !str_cut(&rest, ' ', &word))
        return false;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_ieq(word, states[i].word)) {
            reply->status = states[i].status;
            read_text(rest, reply);
            return true;
        }
    return false;
}

bool imap_accepted(const struct imap_reply *reply, struct err *err, enum err_kind kind)
{
    static const char *const passing[] = {"UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT"};
    if (reply->status == IMAP_OK)
        return true;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (strcasecmp(reply->code, passing[i]) == 0)
            kind = ERR_RETRY;
    return err_set(err, kind, "the server says \"%s\"", reply->text);
}

/* "* 23 EXISTS": the number, when the line is of that kind. */
static bool is_count(struct str line, struct str what, uint32_t *number)
{
    struct str star, digits, word;
    uint64_t value;
    if (!str_cut(&line, ' ', &star) || !str_eq(star, STR("*")) || !str_cut(&line, ' ', &digits) || !str_u64(digits, &value))
        return false;
    if (!str_cut(&line, ' ', &word) || !str_ieq(word, what) || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

void imap_note(struct imap *m, struct str line)
{
    uint32_t n;
    if (is_count(line, STR("EXISTS"), &n)) {
        if (n > m->found.exists)
            m->news = true;
        m->found.exists = n;
    } else if (is_count(line, STR("EXPUNGE"), &n)) {
        m->found.exists -= m->found.exists > 0;
    }
}
