/* forwarded: a header block is a row of lines with the labels of phrases.h. Its From has to hold one address and no second: whom a mail is taken for is no matter
 * for a guess. */
#include "mail/forwarded.h"

#include "mail/address.h"
#include "mail/date.h"
#include "mail/octets.h"
#include "mail/phrases.h"
#include "mail/quote.h"
#include "mail/subject.h"

#include "base/buf.h"

#include <string.h>

#define VALUE_MAX 1000u /* octets of one field of a block, its further lines included */

struct block {
    struct str from, subject, date;
    unsigned different;   /* kinds of labels */
    struct str text;      /* what stands below */
    bool quoted;
};

static bool passes_on(struct str line)
{
    static const char *const stems[] = { "forward", "weitergeleitet", "transfér", "transfere", "réexpédi", "reenviado", "encaminhad", "inoltrat", "doorgestuurd", "vidarebefordra", "videresend",
        "välitetty", "przekazan", "přeposlan", "továbbított", "пересыла", "переслан", "переадрес", "转发", "轉寄", "転送", "전달" };
    if (!phrases_separator(line))
        return false;
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        if (str_ifind(line, str_of(stems[i])) >= 0)
            return true;
    return false;
}

/* What stands behind the label's colon, without the marks of bold type. */
static struct str value_of(struct str line)
{
    const char *colon = octets_find(line, ':');
    ptrdiff_t wide = str_find(line, STR("：")), at = colon ? colon - line.p : -1;
    size_t skip = 1;
    if (wide >= 0 && (at < 0 || wide < at))
        at = wide, skip = strlen("：");
    struct str value = at < 0 ? (struct str){ "", 0 } : str_trim(str_sub(line, (size_t)at + skip, line.n));
    while (value.n > 0 && (value.p[0] == '*' || value.p[0] == ' ' || value.p[0] == '\t'))
        value = str_sub(value, 1, value.n);
    return value;
}

static struct str unquoted(struct str line)
{
    if (line.n > 0 && line.p[0] == '>')
        line = str_sub(line, line.n > 1 && line.p[1] == ' ' ? 2 : 1, line.n);
    return line;
}

static bool is_blank(struct str line)
{
    return str_trim(unquoted(line)).n == 0;
}

/* A line that goes on with the value above it; a value without an end ("Jo Li <" or nothing yet) takes the next line. */
static struct str joined(struct arena *arena, struct str value, struct str line)
{
    if (value.n + line.n >= VALUE_MAX)
        return value;
    return arena_printf(arena, "%.*s%s%.*s", STR_ARG(value), value.n > 0 ? " " : "", STR_ARG(str_trim(unquoted(line))));
}

static struct str *slot_of(struct block *b, enum phrase_label label)
{
    return label == LABEL_FROM ? &b->from : label == LABEL_SUBJECT ? &b->subject : label == LABEL_DATE ? &b->date : NULL;
}

/* Reads the block whose first line is at the front of rest. */
static bool read_block(struct arena *arena, struct str rest, struct block *b)
{
    struct str line, none = { "", 0 }, *last = NULL;
    unsigned seen = 0;
    *b = (struct block){ none, none, none, 0, none, str_starts(rest, STR(">")) };
    for (unsigned i = 0; i < FORWARDED_BLOCK_LINES; i++) {
        struct str before = rest;
        if (!str_line(&rest, &line))
            break;
        enum phrase_label label = phrases_label(line);
        if (i == 0 && label == LABEL_NONE)
            return false;
        b->text = rest;
        if (is_blank(line)) {
            struct str look = rest, after = none;
            if (b->different >= 3 || !str_line(&look, &after) || phrases_label(after) == LABEL_NONE)
                break;
        } else if (label == LABEL_NONE && last == &b->subject && b->different >= 4) {
            b->text = before; /* a program that leaves no blank line below its block */
            break;
        } else if (label == LABEL_NONE) {
            if (last)
                *last = joined(arena, *last, line);
        } else if (seen & 1u << label && label != LABEL_OTHER && b->different >= 3) {
            b->text = before; /* a second From: the text begins with one */
            break;
        } else {
            last = slot_of(b, label);
            if (last && last->n == 0)
                *last = value_of(line);
            else
                last = NULL;
            b->different += !(seen & 1u << label);
            seen |= 1u << label;
        }
    }
    return (seen & 1u << LABEL_FROM) != 0 && b->different >= 2;
}

/* Words of an address field: what stands between blanks, brackets and commas. */
static bool next_word(struct str *s, struct str *word)
{
    static const char apart[] = " \t<>[]()\",;'*|";
    while (s->n > 0 && strchr(apart, s->p[0]) && s->p[0] != '\0')
        *s = str_sub(*s, 1, s->n);
    size_t n = 0;
    while (n < s->n && !(strchr(apart, s->p[n]) && s->p[n] != '\0'))
        n++;
    *word = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return n > 0;
}

static struct str bare_address(struct str word)
{
    static const char *const schemes[] = { "mailto:", "smtp:" };
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (str_istarts(word, str_of(schemes[i])))
            word = str_sub(word, strlen(schemes[i]), word.n);
    return word;
}

static struct str name_before(struct str value, const char *address)
{
    struct str name = str_trim(str_sub(value, 0, (size_t)(address - value.p)));
    while (name.n > 0 && strchr("<[(\"'* ", name.p[name.n - 1]))
        name.n--;
    if (str_iends(name, STR("mailto:")))
        name.n -= strlen("mailto:");
    while (name.n > 0 && strchr("<[(\"'* ", name.p[name.n - 1]))
        name.n--;
    while (name.n > 0 && strchr("\"'* ", name.p[0]))
        name = str_sub(name, 1, name.n);
    return name;
}

/* The one usable address of a value; the same one may stand there twice ("jo@x <mailto:jo@x>"). */
static bool one_address(struct arena *arena, struct str value, struct address *out)
{
    struct str rest = value, word, found = { "", 0 };
    while (next_word(&rest, &word)) {
        struct str addr = bare_address(word);
        if (octets_find(addr, '@') == NULL)
            continue;
        if (!address_usable(addr) || (found.n > 0 && !str_eq(address_canonical(arena, addr), address_canonical(arena, found))))
            return false;
        if (found.n == 0)
            *out = (struct address){ name_before(value, word.p), addr };
        found = addr;
    }
    return found.n > 0;
}

static struct str body_of(struct arena *arena, const struct block *b)
{
    struct str rest = b->text, line;
    if (!b->quoted)
        return str_trim(rest);
    struct buf text = { 0 };
    while (str_line(&rest, &line)) {
        buf_str(&text, unquoted(line));
        buf_char(&text, '\n');
    }
    struct str s = arena_str(arena, str_trim(buf_view(&text)));
    buf_free(&text);
    return s;
}

static bool take_block(struct arena *arena, struct str rest, struct message *m)
{
    struct block b;
    struct address from;
    struct forwarded *f = &m->forwarded;
    if (!read_block(arena, rest, &b) || !one_address(arena, b.from, &from))
        return false;
    f->is = true;
    f->from = from;
    f->subject = b.subject;
    f->date = date_read(b.date);
    f->text = body_of(arena, &b);
    return true;
}

void forwarded_inline(struct arena *arena, struct message *m)
{
    if (m->kind != MESSAGE_PERSON)
        return;
    struct subject subject = subject_read(arena, m->subject, (struct str){ "", 0 });
    struct str rest = m->text, line;
    if (subject.reply)
        return;
    bool announced = subject.forwarded;
    for (unsigned i = 0; i < QUOTE_LINES_MAX; i++) {
        struct str here = rest;
        if (!str_line(&rest, &line))
            return;
        announced |= passes_on(line);
        /* The first block decides: one below it belongs to what was passed on. */
        struct block b;
        if (announced && phrases_label(line) != LABEL_NONE && read_block(arena, here, &b) && b.different >= 3) {
            take_block(arena, here, m);
            return;
        }
    }
}

bool forwarded_mail(struct arena *arena, const struct mime *mime, const struct message *m, struct str *raw)
{
    if (m->kind != MESSAGE_PERSON)
        return false;
    uint32_t found = MIME_NONE;
    for (uint32_t i = 0; i < mime->count && found == MIME_NONE; i++)
        if (mime_is(&mime->parts[i], "message/rfc822") || mime_is(&mime->parts[i], "message/global"))
            found = i;
    if (found == MIME_NONE)
        return false;
    if (str_trim(m->text).n >= FORWARDED_OWN_MAX && !subject_read(arena, m->subject, (struct str){ "", 0 }).forwarded)
        return false;
    struct buf room = { 0 };
    *raw = arena_str(arena, transfer_decode(&room, mime->parts[found].body, mime->parts[found].transfer));
    buf_free(&room);
    return true;
}

void forwarded_take(const struct message *inner, struct message *m)
{
    if (inner->from.count != 1 || (inner->defects & MESSAGE_TWO_FROM) || !address_usable(inner->from.list[0].addr))
        return;
    m->forwarded = (struct forwarded){ .is = true, .from = inner->from.list[0], .subject = inner->subject, .text = inner->text, .message_id = inner->message_id,
        .references = inner->references, .date = inner->date };
}
