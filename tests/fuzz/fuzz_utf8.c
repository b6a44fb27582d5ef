/* Any octets as text: what comes out is valid and harmless, and what was clean stays as it is. */
#include "fuzz.h"

#include "base/utf8.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct buf clean = {0};
    struct buf again = {0};
    struct buf shown = {0};
    utf8_clean(&clean, text);
    FUZZ_CHECK(utf8_valid(buf_view(&clean)));
    FUZZ_CHECK(str_find(buf_view(&clean), STR("\r")) < 0 && (clean.n == 0 || memchr(clean.p, 0, clean.n) == NULL));
    utf8_clean(&again, buf_view(&clean));
    FUZZ_CHECK(str_eq(buf_view(&clean), buf_view(&again)));

    utf8_display(&shown, text, false);
    FUZZ_CHECK(utf8_is_line_safe(buf_view(&shown)));
    FUZZ_CHECK(!utf8_is_line_safe(text) || utf8_valid(text));
    FUZZ_CHECK(!utf8_is_ascii(text) || utf8_length(text) == size);
    FUZZ_CHECK(utf8_length(text) <= size);
    for (size_t n = 0; n <= size && n < 64; n++) {
        struct str prefix = utf8_prefix(text, n);
        FUZZ_CHECK(prefix.n <= n && prefix.n + 3 >= n);
        FUZZ_CHECK(!utf8_valid(text) || utf8_valid(prefix));
    }
    buf_free(&clean);
    buf_free(&again);
    buf_free(&shown);
    return 0;
}
