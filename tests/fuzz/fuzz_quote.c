/* Any text with quotes: the fresh part is never empty when the text is not, and every line of it is a line of the text. */
#include "fuzz.h"

#include "mail/quote.h"
#include "mail/tidy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum fresh_cut sure;
    struct arena *arena = arena_new();
    struct str text = tidy_text(arena, (struct str){(const char *)data, size}, 100000);
    size_t history_at = size > 0 && data[0] % 4 == 0 ? data[size - 1] : SIZE_MAX;
    struct str fresh = quote_fresh(arena, text, history_at, &sure), line;
    FUZZ_CHECK(fresh.n <= text.n);
    FUZZ_CHECK(str_trim(text).n == 0 || str_trim(fresh).n > 0);
    for (unsigned i = 0; i < 200 && str_line(&fresh, &line); i++)
        FUZZ_CHECK(line.n == 0 || str_find(text, line) >= 0);
    arena_free(&arena);
    return 0;
}
