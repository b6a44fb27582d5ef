/* diagnoses: what is wrong with a file, collected, and shown as a compiler shows it. */
#include "base/syntax.h"

#include "base/utf8.h"

#include <string.h>

#define SHOWN_CHARACTERS 160u /* of a line; a longer one is shown around the place */
#define SHOWN_BEFORE 60u
#define LINE_MAX_KEPT 4096u /* octets */

/* Empty when there is no such line, or nobody would want to see it. */
static struct str line_of(struct str source, uint32_t wanted)
{
    struct str line = {NULL, 0};
    for (uint32_t i = 0; i < wanted; i++)
        if (!str_line(&source, &line))
            return (struct str){NULL, 0};
    return line.n <= LINE_MAX_KEPT ? line : (struct str){NULL, 0};
}

/* The characters from `from` (counted from 0), at most n; an invalid octet counts as one, as in utf8_length. */
static struct str characters(struct str s, size_t from, size_t n)
{
    size_t begin = 0;
    size_t end = 0;
    for (size_t i = 0; i < from + n && end < s.n; i++) {
        uint32_t c = 0;
        size_t size = utf8_next(str_sub(s, end, s.n), &c);
        end += size > 0 ? size : 1;
        if (i + 1 == from)
            begin = end;
    }
    if (from > 0 && begin == 0)
        return (struct str){NULL, 0};
    return str_sub(s, begin, end - begin);
}

/* As utf8_display, tabulators as blanks: the caret is counted in what is seen. */
static void show(struct buf *out, struct str s)
{
    struct str part = {NULL, 0};
    while (s.n > 0) {
        bool tabbed = str_find(s, STR("\t")) >= 0;
        str_cut(&s, '\t', &part);
        utf8_display(out, part, false);
        if (tabbed)
            buf_text(out, "    ");
    }
}

static size_t shown_width(struct str s)
{
    struct buf shown = {0};
    show(&shown, s);
    size_t width = utf8_length(buf_view(&shown));
    buf_free(&shown);
    return width;
}

static void repeat(struct buf *out, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_char(out, c);
}

static void print_place(struct buf *out, const struct diagnosis *one)
{
    size_t column = one->at.column > 0 ? one->at.column - 1 : 0;
    size_t cut = column > SHOWN_CHARACTERS - SHOWN_BEFORE ? column - SHOWN_BEFORE : 0;
    struct str seen = characters(one->source_line, cut, SHOWN_CHARACTERS);
    size_t before = shown_width(characters(seen, 0, column - cut));
    size_t width = shown_width(characters(seen, column - cut, one->at.width));

    buf_printf(out, "%3u | %s", one->at.line, cut > 0 ? "…" : "");
    show(out, seen);
    buf_text(out, "\n    | ");
    repeat(out, ' ', before + (cut > 0));
    buf_char(out, '^');
    repeat(out, '~', width > 1 ? width - 1 : 0);
    if (one->hint.n > 0)
        buf_char(out, ' ');
    utf8_display(out, one->hint, false);
    buf_char(out, '\n');
}

static void print_one(struct buf *out, const struct diagnosis *one)
{
    if (one->at.file != NULL) {
        utf8_display(out, str_of(one->at.file), false);
        if (one->at.line > 0)
            buf_printf(out, ":%u:%u", one->at.line, one->at.column);
        buf_text(out, ": ");
    }
    buf_text(out, one->warning ? "warning: " : "error: ");
    utf8_display(out, one->message, false);
    bool has_line = one->at.line > 0 && one->source_line.n > 0;
    if (!has_line && one->hint.n > 0) {
        buf_text(out, " (");
        utf8_display(out, one->hint, false);
        buf_char(out, ')');
    }
    buf_char(out, '\n');
    if (has_line)
        print_place(out, one);
}

void diagnoses_add(struct diagnoses *d, bool warning, const struct syntax_file *source, struct place_in_file at, const char *hint,
                   const char *format, ...)
{
    d->errors += !warning;
    if (d->count == DIAGNOSES_MAX) {
        d->dropped++;
        return;
    }
    if (d->list == NULL)
        d->list = arena_array(d->arena, DIAGNOSES_MAX, sizeof *d->list);
    struct buf message = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&message, format, args);
    va_end(args);
    struct diagnosis *one = &d->list[d->count++];
    *one = (struct diagnosis){.warning = warning, .at = at};
    one->message = arena_str(d->arena, buf_view(&message));
    one->hint = arena_str(d->arena, str_of(hint));
    if (at.file != NULL)
        one->at.file = arena_text(d->arena, str_of(at.file));
    if (source != NULL && at.line > 0)
        one->source_line = arena_str(d->arena, line_of(source->source, at.line));
    buf_free(&message);
}

void diagnoses_print(const struct diagnoses *d, struct buf *out)
{
    size_t shown = d->count < DIAGNOSES_SHOWN ? d->count : DIAGNOSES_SHOWN;
    for (size_t i = 0; i < shown; i++)
        print_one(out, &d->list[i]);
    if (d->count + d->dropped > shown)
        buf_printf(out, "%zu more\n", d->count + d->dropped - shown);
}
