/* test_base_csv: rows and cells, where they stand, and what is wrong with them. */
#include "base/buf.h"
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* All rows as "[a|b][c]", with "!" and the complaint behind a row that is wrong. */
static char *read_all(struct arena *arena, struct str text)
{
    struct csv csv = {.rest = text};
    struct csv_cell *cells = NULL;
    struct buf out = {0};
    size_t count = 0;
    const char *wrong = NULL;
    while (csv_row(arena, &csv, &cells, &count, &wrong)) {
        buf_char(&out, '[');
        for (size_t i = 0; i < count; i++)
            buf_printf(&out, "%s%.*s", i > 0 ? "|" : "", STR_ARG(cells[i].text));
        buf_char(&out, ']');
        if (wrong != NULL)
            buf_printf(&out, "!%s", wrong);
    }
    char *kept = arena_text(arena, buf_view(&out));
    buf_free(&out);
    return kept;
}

static void rows_as_spreadsheets_write_them(void **state)
{
    static const char *const table[][2] = {
        {"", ""},
        {"\n\r\n\n", ""},
        {"a,b\nc,d\n", "[a|b][c|d]"},
        {"a,b\r\nc,d", "[a|b][c|d]"},
        {"\xef\xbb\xbfname,plan\n", "[name|plan]"},
        {"a,,\n,b\n", "[a||][|b]"},
        {"\"a,b\",\"say \"\"hi\"\"\"\n", "[a,b|say \"hi\"]"},
        {"\"two\nlines\",x\ny\n", "[two\nlines|x][y]"},
        {"  a  ,\t\"b\"  \n", "[a|b]"},
        {"a\"b,c\n", "[a\"b|c]"},
        {"\"a\"b,c\nd\n", "[ab|c]!something stands behind the closing quote[d]"},
        {"\"open\n", "[open]!the quote is not closed"},
        {"lone\rcr,x\n", "[lone\rcr|x]"},
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(read_all(arena, str_of(table[i][0])), table[i][1]);
    arena_free(&arena);
}

static void cells_know_their_place(void **state)
{
    struct arena *arena = arena_new();
    struct csv csv = {.rest = STR("a,b\n\n\xc3\xbc\xc3\xbc,\"x\ny\",z\nw\n")};
    struct csv_cell *cells = NULL;
    size_t count = 0;
    const char *wrong = NULL;
    (void)state;
    assert_true(csv_row(arena, &csv, &cells, &count, &wrong));
    assert_true(csv_row(arena, &csv, &cells, &count, &wrong));
    assert_int_equal(count, 3);
    assert_int_equal(cells[0].line, 3);
    assert_int_equal(cells[1].line, 3);
    assert_int_equal(cells[1].column, 4);
    assert_int_equal(cells[2].line, 4);
    assert_int_equal(cells[2].column, 4);
    assert_true(csv_row(arena, &csv, &cells, &count, &wrong));
    assert_int_equal(cells[0].line, 5);
    assert_false(csv_row(arena, &csv, &cells, &count, &wrong));
    arena_free(&arena);
}

static void too_many_cells_are_cut(void **state)
{
    struct arena *arena = arena_new();
    struct buf text = {0};
    struct csv_cell *cells = NULL;
    size_t count = 0;
    const char *wrong = NULL;
    (void)state;
    for (size_t i = 0; i < 5000; i++)
        buf_char(&text, ',');
    struct csv csv = {.rest = buf_view(&text)};
    assert_true(csv_row(arena, &csv, &cells, &count, &wrong));
    assert_int_equal(count, CSV_CELLS_MAX);
    assert_string_equal(wrong, "too many cells");
    assert_false(csv_row(arena, &csv, &cells, &count, &wrong));
    buf_free(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_as_spreadsheets_write_them), cmocka_unit_test(cells_know_their_place), cmocka_unit_test(too_many_cells_are_cut)};
    return cmocka_run_group_tests_name("base/csv", tests, NULL, NULL);
}
