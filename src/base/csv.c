/* csv: see csv.h. One pass over the octets; what is wrong with a row does not hinder the next one. */
#include "base/csv.h"

#include "base/buf.h"

#include <string.h>

struct row {
    struct arena *arena;
    struct csv *csv;
    struct csv_cell *cells;
    size_t count;
    uint32_t column;
    const char *wrong;
};

static char here(const struct csv *csv)
{
    return csv->rest.n > 0 ? csv->rest.p[0] : '\0';
}

static char take(struct row *r)
{
    char c = here(r->csv);
    r->csv->rest = str_sub(r->csv->rest, 1, r->csv->rest.n);
    r->column += (c & 0xc0) != 0x80;
    if (c == '\n') {
        r->csv->line++;
        r->column = 1;
    }
    return c;
}

static bool ends_row(const struct csv *csv)
{
    return csv->rest.n == 0 || csv->rest.p[0] == '\n' || str_starts(csv->rest, STR("\r\n"));
}

static void say(struct row *r, const char *wrong)
{
    if (r->wrong == NULL)
        r->wrong = wrong;
}

/* Behind the opening quote; a doubled one is a quote. */
static void take_quoted(struct row *r, struct buf *text)
{
    while (r->csv->rest.n > 0) {
        char c = take(r);
        if (c == '"' && here(r->csv) != '"')
            return;
        if (c == '"')
            take(r);
        buf_char(text, c);
    }
    say(r, "the quote is not closed");
}

static void take_cell(struct row *r)
{
    struct buf text = {0};
    while (!ends_row(r->csv) && (here(r->csv) == ' ' || here(r->csv) == '\t'))
        take(r);
    struct csv_cell cell = {.line = r->csv->line, .column = r->column};
    bool quoted = here(r->csv) == '"';
    if (quoted) {
        take(r);
        take_quoted(r, &text);
    }
    while (!ends_row(r->csv) && here(r->csv) != ',') {
        char c = take(r);
        if (quoted && c != ' ' && c != '\t')
            say(r, "something stands behind the closing quote");
        buf_char(&text, c);
    }
    cell.text = arena_str(r->arena, str_trim(buf_view(&text)));
    buf_free(&text);
    if (r->count < CSV_CELLS_MAX)
        r->cells[r->count++] = cell;
    else
        say(r, "too many cells");
}

static void take_row(struct row *r)
{
    for (;;) {
        take_cell(r);
        if (ends_row(r->csv))
            return;
        take(r);
    }
}

static void take_line_end(struct row *r)
{
    if (here(r->csv) == '\r')
        take(r);
    if (here(r->csv) == '\n')
        take(r);
}

bool csv_row(struct arena *arena, struct csv *csv, struct csv_cell **cells, size_t *count, const char **wrong)
{
    if (csv->line == 0) {
        csv->line = 1;
        if (str_starts(csv->rest, STR("\xef\xbb\xbf")))
            csv->rest = str_sub(csv->rest, 3, csv->rest.n);
    }
    struct row row = {.arena = arena, .csv = csv, .column = 1};
    while (csv->rest.n > 0 && ends_row(csv))
        take_line_end(&row);
    if (csv->rest.n == 0)
        return false;
    struct csv_cell room[CSV_CELLS_MAX];
    row.cells = room;
    take_row(&row);
    take_line_end(&row);
    *cells = arena_array(arena, row.count, sizeof **cells);
    memcpy(*cells, room, row.count * sizeof *room);
    *count = row.count;
    *wrong = row.wrong;
    return true;
}
