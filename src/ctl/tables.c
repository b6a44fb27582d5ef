/* tables: rows of JSON in columns. libsmartcols knows the width of every character; what is shown was made safe before it gets there. */
#include "ctl/print.h"

#include "base/clock.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#define COLUMNS_MAX 40u

/* ---- order --------------------------------------------------------------------------------------------------------------------------- */

struct ordered {
    json_t *row;
    const json_t *key;
    size_t index; /* keeps rows of equal keys in their order */
};

static int by_key(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    int order = 0;
    if (json_is_integer(x->key) && json_is_integer(y->key)) {
        json_int_t left = json_integer_value(x->key), right = json_integer_value(y->key);
        order = left < right ? -1 : left > right ? 1 : 0;
    } else if (json_is_string(x->key) && json_is_string(y->key)) {
        order = strcmp(json_string_value(x->key), json_string_value(y->key));
    } else {
        order = (int)json_is_null(x->key) - (int)json_is_null(y->key);
    }
    return order != 0 ? order : x->index < y->index ? -1 : 1;
}

/* A new reference: the rows by --sort and -r. */
static json_t *order_rows(struct ctl *ctl, json_t *rows)
{
    const char *field = ctl->value[OPT_SORT];
    size_t count = json_array_size(rows);
    struct ordered *list = arena_array(ctl->arena, count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array_get(rows, i);
        list[i] = (struct ordered){row, field != NULL ? json_object_get(row, field) : NULL, i};
    }
    if (field != NULL)
        qsort(list, count, sizeof *list, by_key);
    json_t *sorted = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append(sorted, list[ctl_has(ctl, OPT_REVERSE) ? count - 1 - i : i].row);
    return sorted;
}

/* ---- cells ------------------------------------------------------------------------------------------------------------------------------ */

static enum ctl_colour state_colour(const char *state)
{
    static const char *const red[] = {"failing", "failed", "parked", "refused"};
    static const char *const yellow[] = {"waiting", "deferred", "unknown", "held", "paused", "retrying"};
    for (size_t i = 0; i < sizeof red / sizeof *red; i++)
        if (strcmp(state, red[i]) == 0)
            return COLOUR_RED;
    for (size_t i = 0; i < sizeof yellow / sizeof *yellow; i++)
        if (strcmp(state, yellow[i]) == 0)
            return COLOUR_YELLOW;
    return COLOUR_NONE;
}

static const char *cell(struct ctl *ctl, const json_t *row, const struct ctl_column *column, enum ctl_colour *colour)
{
    int64_t wall = ctl_time(row, column->field);
    const char *format = ctl->value[OPT_TIME];
    const char *text = ctl_member(ctl, row, column->field);
    bool absolute = format != NULL && strcmp(format, "rel") != 0;
    *colour = COLOUR_NONE;
    switch (column->form) {
    case FORM_AGE:
    case FORM_DUE:
        if (wall == 0 || (column->form == FORM_DUE && strcmp(ctl_member(ctl, row, "state"), "closed") == 0))
            return "-";
        if (column->form == FORM_DUE)
            *colour = wall < ctl->world->now ? COLOUR_RED : wall < ctl->world->now + CLOCK_HOUR ? COLOUR_YELLOW : COLOUR_NONE;
        if (absolute)
            return ctl_when(ctl, wall);
        return ctl_span(ctl, column->form == FORM_DUE ? wall - ctl->world->now : ctl->world->now - wall);
    case FORM_WHEN:
        return ctl_when(ctl, wall);
    case FORM_LETTER:
        return arena_text(ctl->arena, arena_printf(ctl->arena, "L-%s", text));
    case FORM_QUARANTINE:
        return arena_text(ctl->arena, arena_printf(ctl->arena, "Q-%s", text));
    case FORM_SIZE:
        return ctl_size(ctl, json_integer_value(json_object_get(row, column->field)));
    case FORM_STATE:
        *colour = state_colour(text);
        return text;
    default:
        return text;
    }
}

/* For programs: the value as JSON has it, "" for null. */
static const char *raw_cell(struct ctl *ctl, const json_t *row, const struct ctl_column *column)
{
    const json_t *value = json_object_get(row, column->field);
    return value == NULL || json_is_null(value) ? "" : ctl_member(ctl, row, column->field);
}

/* ---- columns by -o ---------------------------------------------------------------------------------------------------------------------- */

static const struct ctl_column *known(const struct ctl_column *columns, size_t count, struct str field)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(str_of(columns[i].field), field))
            return &columns[i];
    return NULL;
}

static bool is_field(const struct ctl *ctl, struct str field)
{
    struct str fields = str_of(ctl->command->fields), one;
    while (str_cut(&fields, ',', &one))
        if (str_eq(one, field))
            return true;
    return false;
}

static struct ctl_column made(struct ctl *ctl, struct str field)
{
    char *name = arena_text(ctl->arena, field), *head = arena_text(ctl->arena, field);
    for (char *c = head; *c != '\0'; c++)
        *c = (char)(*c == '_' ? ' ' : *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    return (struct ctl_column){head, name, FORM_TEXT, false, false};
}

/* Exit code. */
static int choose_columns(struct ctl *ctl, const struct ctl_column **columns, size_t *count)
{
    struct str asked = str_of(ctl->value[OPT_OUTPUT]), one;
    if (asked.n == 0)
        return 0;
    struct ctl_column *chosen = arena_array(ctl->arena, COLUMNS_MAX, sizeof *chosen);
    size_t n = 0;
    while (n < COLUMNS_MAX && str_cut(&asked, ',', &one)) {
        one = str_trim(one);
        const struct ctl_column *column = known(*columns, *count, one);
        if (column == NULL && !is_field(ctl, one)) {
            const char *hint = arena_text(ctl->arena, arena_printf(ctl->arena, "fields: %s", ctl->command->fields));
            return ctl_refuse(ctl, EX_USAGE, "Usage", hint, "there is no field \"%.*s\"", STR_ARG(one));
        }
        chosen[n++] = column != NULL ? *column : made(ctl, one);
    }
    *columns = chosen;
    *count = n;
    return 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------------------ */

static void write_ids(struct ctl *ctl, const json_t *rows, const char *field)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        ctl_printf(ctl, "%s\n", ctl_member(ctl, json_array_get(rows, i), field));
}

static void write_plain(struct ctl *ctl, const json_t *rows, const struct ctl_column *columns, size_t count)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        for (size_t k = 0; k < count; k++)
            ctl_printf(ctl, "%s%c", raw_cell(ctl, json_array_get(rows, i), &columns[k]), k + 1 < count ? '\t' : '\n');
}

static void write_row(struct ctl *ctl, struct libscols_table *table, const json_t *row, const struct ctl_column *columns, size_t count)
{
    static const char *const names[] = {[COLOUR_RED] = "red", [COLOUR_YELLOW] = "brown", [COLOUR_DIM] = "halfbright"};
    struct libscols_line *line = scols_table_new_line(table, NULL);
    if (line == NULL)
        abort();
    for (size_t k = 0; k < count; k++) {
        enum ctl_colour colour = COLOUR_NONE;
        scols_line_set_data(line, k, cell(ctl, row, &columns[k], &colour));
        if (colour != COLOUR_NONE)
            scols_cell_set_color(scols_line_get_cell(line, k), names[colour]);
    }
}

static void write_table(struct ctl *ctl, const json_t *rows, const struct ctl_column *columns, size_t count)
{
    struct libscols_table *table = scols_new_table();
    if (table == NULL)
        abort();
    scols_table_enable_noencoding(table, 1);
    scols_table_enable_colors(table, ctl->colour);
    scols_table_set_termforce(table, ctl->world->width > 0 ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
    if (ctl->world->width > 0)
        scols_table_set_termwidth(table, ctl->world->width);
    for (size_t k = 0; k < count; k++)
        scols_table_new_column(table, columns[k].head, columns[k].cut ? 0.2 : 0, (columns[k].right ? SCOLS_FL_RIGHT : 0) | (columns[k].cut ? SCOLS_FL_TRUNC : 0));
    for (size_t i = 0; i < json_array_size(rows); i++)
        write_row(ctl, table, json_array_get(rows, i), columns, count);
    char *text = NULL;
    if (scols_print_table_to_string(table, &text) == 0 && text != NULL) {
        buf_text(&ctl->out, text);
        if (ctl->out.n > 0 && ctl->out.p[ctl->out.n - 1] != '\n')
            buf_char(&ctl->out, '\n');
    }
    free(text);
    scols_unref_table(table);
}

int ctl_table(struct ctl *ctl, json_t *rows, const struct ctl_column *columns, size_t count)
{
    const char *id = columns[0].field;
    int code = choose_columns(ctl, &columns, &count);
    if (code != 0)
        return code;
    json_t *sorted = order_rows(ctl, rows);
    if (ctl_has(ctl, OPT_QUIET))
        write_ids(ctl, sorted, id);
    else if (ctl_has(ctl, OPT_PLAIN))
        write_plain(ctl, sorted, columns, count);
    else if (json_array_size(sorted) > 0)
        write_table(ctl, sorted, columns, count);
    json_decref(sorted);
    return 0;
}
