/* Any octets as a table: it ends, rows are within their limit, cells stand where they say. */
#include "fuzz.h"

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct csv csv = {.rest = {(const char *)data, size}};
    struct csv_cell *cells = NULL;
    size_t count = 0, rows = 0;
    const char *wrong = NULL;
    while (csv_row(arena, &csv, &cells, &count, &wrong)) {
        rows++;
        FUZZ_CHECK(count >= 1 && count <= CSV_CELLS_MAX);
        for (size_t i = 0; i < count; i++) {
            FUZZ_CHECK(cells[i].text.n <= size);
            FUZZ_CHECK(cells[i].line >= 1 && cells[i].line <= size + 1 && cells[i].column >= 1 && cells[i].column <= size + 1);
        }
    }
    FUZZ_CHECK(rows <= size && csv.rest.n == 0);
    arena_free(&arena);
    return 0;
}
