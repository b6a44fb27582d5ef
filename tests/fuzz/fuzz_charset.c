/* The first line is a label, the rest octets said to be in it: what comes out is UTF-8. */
#include "fuzz.h"

#include "mail/charset.h"
#include "mail/tidy.h"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str octets = {(const char *)data, size}, label = {"", 0};
    struct buf out = {0};
    bool guessed = false;
    str_line(&octets, &label);
    charset_text(&out, octets, label, (struct str){"koi8-r", 6}, &guessed);
    FUZZ_CHECK(utf8_valid(buf_view(&out)));
    struct arena *arena = arena_new();
    struct str once = tidy_text(arena, buf_view(&out), 1000000), twice = tidy_text(arena, once, 1000000);
    FUZZ_CHECK(utf8_valid(once) && str_eq(once, twice));
    arena_free(&arena);
    buf_free(&out);
    return 0;
}
