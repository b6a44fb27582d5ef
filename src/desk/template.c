/* template: one walk over the text serves both checking and filling: it hands out literal runs, variables and conditions, and what is wrong with
 * them. Filling goes over a text that was checked, so it has nothing to complain about. */
#include "desk/template.h"

#include "base/utf8.h"

#include <string.h>

#define NESTING_MAX 8u

static const struct template_help variables[] = {
    {"ticket", "the ticket's number as customers see it: INC-1042"},
    {"number", "the number alone: 1042"},
    {"severity", "A, B, C or D"},
    {"severity_name", "the severity's name: Critical"},
    {"reason", "why it is that severe: impact high × urgency high; empty for the desk's default"},
    {"queue", "the queue the ticket waits in"},
    {"due", "when a person will have answered, in the customer's time zone, else the desk's; empty without a commitment"},
    {"phone", "the number to call for this severity; empty when there is none"},
    {"desk", "the desk's name"},
    {"address", "the desk's address"},
    {"language", "language of the template's text: en"},
    {"subject", "the mail's subject; empty for a sender who is not proven"},
    {"name", "the sender's name; empty for a sender who is not proven"},
};

const struct template_help *template_variables(size_t *count)
{
    *count = sizeof variables / sizeof variables[0];
    return variables;
}

enum piece_kind { PIECE_TEXT, PIECE_VARIABLE, PIECE_IF, PIECE_UNLESS, PIECE_END, PIECE_BROKEN };

struct piece {
    enum piece_kind kind;
    struct str text; /* literal text, or a variable's name */
    size_t at;       /* octets before it */
};

/* Takes the next piece off; false at the end. */
static bool next_piece(struct str whole, size_t *at, struct piece *piece)
{
    struct str rest = str_sub(whole, *at, whole.n);
    *piece = (struct piece){.kind = PIECE_TEXT, .at = *at};
    if (rest.n == 0)
        return false;
    if (rest.p[0] != '{') {
        ptrdiff_t brace = str_find(rest, STR("{"));
        piece->text = brace < 0 ? rest : str_sub(rest, 0, (size_t)brace);
        *at += piece->text.n;
        return true;
    }
    if (rest.n > 1 && rest.p[1] == '{') {
        piece->text = STR("{");
        *at += 2;
        return true;
    }
    ptrdiff_t close = str_find(rest, STR("}"));
    ptrdiff_t line = str_find(rest, STR("\n"));
    if (close < 0 || (line >= 0 && line < close)) {
        *piece = (struct piece){PIECE_BROKEN, str_sub(rest, 0, 1), *at};
        *at += 1;
        return true;
    }
    struct str name = str_sub(rest, 1, (size_t)close - 1);
    *at += (size_t)close + 1;
    piece->kind = PIECE_VARIABLE;
    if (str_eq(name, STR("/")))
        piece->kind = PIECE_END;
    else if (str_starts(name, STR("?")))
        piece->kind = PIECE_IF;
    else if (str_starts(name, STR("!")))
        piece->kind = PIECE_UNLESS;
    piece->text = piece->kind == PIECE_IF || piece->kind == PIECE_UNLESS ? str_sub(name, 1, name.n) : name;
    return true;
}

static bool known(struct str name)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (str_eq(name, str_of(variables[i].name)))
            return true;
    }
    return str_starts(name, STR("field.")) && name.n > strlen("field.");
}

static const char *hint_for(struct arena *arena, struct str name)
{
    size_t best = 4;
    const char *near = NULL;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        size_t distance = str_distance(name, str_of(variables[i].name));
        if (distance < best) {
            best = distance;
            near = variables[i].name;
        }
    }
    return near == NULL ? "" : arena_printf(arena, "did you mean {%s}?", near).p;
}

static struct place_in_file place_of(const struct syntax_file *file, size_t offset, size_t width)
{
    struct place_in_file at = {.file = file->name, .line = 1, .column = 1, .width = width > 0 ? (uint32_t)width : 1};
    size_t line = 0;
    for (size_t i = 0; i < offset && i < file->source.n; i++) {
        if (file->source.p[i] == '\n') {
            at.line++;
            line = i + 1;
        }
    }
    at.column += (uint32_t)utf8_length(str_sub(file->source, line, offset - line));
    return at;
}

/* part lies within the file's source, from `begins` on. */
static void check(struct arena *arena, const struct syntax_file *file, size_t begins, struct str part, struct diagnoses *d)
{
    size_t at = 0, depth = 0, opened = 0;
    struct piece piece;
    while (next_piece(part, &at, &piece)) {
        struct place_in_file place = place_of(file, begins + piece.at, piece.text.n + 2);
        bool condition = piece.kind == PIECE_IF || piece.kind == PIECE_UNLESS;
        if (piece.kind == PIECE_BROKEN)
            diagnoses_add(d, false, file, place, "write {{ for a brace", "\"{\" without \"}\" on its line");
        else if (piece.kind == PIECE_END && depth == 0)
            diagnoses_add(d, false, file, place, "", "{/} closes nothing");
        else if (piece.kind == PIECE_END)
            depth--;
        else if (piece.kind != PIECE_TEXT && !known(piece.text))
            diagnoses_add(d, false, file, place, hint_for(arena, piece.text), "unknown variable {%.*s}", STR_ARG(piece.text));
        if (condition && depth == NESTING_MAX)
            diagnoses_add(d, false, file, place, "", "conditions nested deeper than %u", NESTING_MAX);
        if (condition && depth < NESTING_MAX) {
            depth++;
            opened = piece.at;
        }
    }
    if (depth > 0)
        diagnoses_add(d, false, file, place_of(file, begins + opened, 1), "opened here", "a condition is not closed, expected {/}");
}

/* CRLF becomes LF. */
static struct str with_plain_lines(struct arena *arena, struct str text)
{
    struct buf out = {0};
    struct str line;
    while (str_line(&text, &line)) {
        buf_str(&out, line);
        buf_char(&out, '\n');
    }
    struct str plain = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return plain;
}

void template_parse(struct arena *arena, const char *name_of_file, struct str name, struct str queue, struct str language, struct str octets,
                    struct template *out, struct diagnoses *d)
{
    const struct syntax_file file = {.name = name_of_file, .source = octets};
    struct str rest = octets, line;
    *out = (struct template){.name = name, .queue = queue, .language = language, .file = name_of_file};
    if (octets.n > TEMPLATE_MAX || !utf8_valid(octets)) {
        diagnoses_add(d, false, NULL, place_of(&file, 0, 1), "", octets.n > TEMPLATE_MAX ? "a template of more than 64 KB" : "a template that is not UTF-8");
        return;
    }
    while (str_line(&rest, &line) && line.n != 0) {
        struct str value = line, key;
        size_t begins = (size_t)(line.p - octets.p);
        (void)str_cut(&value, ':', &key);
        value = str_trim(value);
        if (str_ieq(key, STR("Subject")) && value.n != 0) {
            out->subject = arena_str(arena, value);
            check(arena, &file, (size_t)(value.p - octets.p), value, d);
        } else if (str_ieq(key, STR("Marker")) && value.n != 0 && utf8_is_line_safe(value)) {
            out->marker = arena_str(arena, value);
        } else {
            diagnoses_add(d, false, &file, place_of(&file, begins, line.n), "", "expected Subject: or Marker:, then an empty line and the text");
        }
    }
    if (out->subject.n == 0)
        diagnoses_add(d, false, &file, place_of(&file, 0, 1), "begin with Subject: [{ticket}] …", "the template has no Subject");
    out->text = with_plain_lines(arena, rest);
    check(arena, &file, octets.n - rest.n, rest, d);
    if (str_trim(rest).n == 0)
        diagnoses_add(d, false, &file, place_of(&file, octets.n, 1), "", "the template has no text");
}

static const struct template *find_one(const struct template_set *set, struct str name, struct str queue, struct str language)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct template *t = &set->list[i];
        if (str_eq(t->name, name) && str_eq(t->queue, queue) && str_eq(t->language, language))
            return t;
    }
    return NULL;
}

const struct template *template_find(const struct template_set *set, struct str name, struct str queue, struct str language, struct str fallback)
{
    const struct str any = {0};
    const struct template *t = find_one(set, name, queue, language);
    if (t == NULL)
        t = find_one(set, name, any, language);
    if (t == NULL)
        t = find_one(set, name, queue, fallback);
    return t != NULL ? t : find_one(set, name, any, fallback);
}

static struct str value_of(struct str name, const struct template_variable *given, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(given[i].name, name))
            return given[i].value;
    }
    return (struct str){0};
}

/* The value on one line. */
static void put_value(struct buf *out, struct str value)
{
    struct buf clean = {0};
    utf8_clean(&clean, value);
    for (size_t i = 0; i < clean.n; i++)
        buf_char(out, clean.p[i] == '\n' || clean.p[i] == '\t' ? ' ' : clean.p[i]);
    buf_free(&clean);
}

/* After a condition that was left out: is the line it stood on empty now, so that its end may go as well? */
static bool line_left_empty(const struct buf *out, size_t begun, struct str text, size_t at)
{
    return out->n == begun && (out->n == 0 || out->p[out->n - 1] == '\n') && at < text.n && text.p[at] == '\n';
}

/* Does the condition's mark from..to fill its line in the template? Then the line's end belongs to it. */
static bool stands_alone(struct str text, size_t from, size_t to)
{
    return (from == 0 || text.p[from - 1] == '\n') && to < text.n && text.p[to] == '\n';
}

void template_fill(struct str text, const struct template_variable *given, size_t count, struct buf *out)
{
    size_t at = 0, depth = 0, hidden = 0; /* hidden: the depth from which on nothing is written; 0: all is */
    size_t begun[NESTING_MAX + 1] = {0};
    struct piece piece;
    while (next_piece(text, &at, &piece)) {
        bool opens = piece.kind == PIECE_IF || piece.kind == PIECE_UNLESS;
        bool alone = (opens || piece.kind == PIECE_END) && stands_alone(text, piece.at, at);
        if (alone)
            at++;
        if (opens) {
            if (depth == NESTING_MAX)
                continue;
            begun[++depth] = out->n;
            bool empty = value_of(piece.text, given, count).n == 0;
            if (hidden == 0 && empty == (piece.kind == PIECE_IF))
                hidden = depth;
        } else if (piece.kind == PIECE_END && depth > 0) {
            bool was_hidden = hidden == depth;
            if (was_hidden)
                hidden = 0;
            if (was_hidden && !alone && line_left_empty(out, begun[depth], text, at))
                at++;
            depth--;
        } else if (hidden == 0 && piece.kind == PIECE_VARIABLE) {
            put_value(out, value_of(piece.text, given, count));
        } else if (hidden == 0 && piece.kind != PIECE_END) {
            buf_str(out, piece.text);
        }
    }
}
