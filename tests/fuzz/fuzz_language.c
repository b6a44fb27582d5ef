/* Any octets as a text and as a language field: a code is none or two small letters, confidence at most 100. */
#include "fuzz.h"

#include "mail/language.h"

static void check_code(struct str code)
{
    FUZZ_CHECK(code.n == 0 || code.n == 2);
    for (size_t i = 0; i < code.n; i++)
        FUZZ_CHECK(code.p[i] >= 'a' && code.p[i] <= 'z');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str octets = {(const char *)data, size};
    struct arena *arena = arena_new();
    language_prepare();
    struct language found = language_of(arena, octets);
    check_code(found.code);
    FUZZ_CHECK(found.confidence <= 100 && (found.confidence == 0 || found.code.n == 2));
    check_code(language_tag(arena, octets));
    arena_free(&arena);
    return 0;
}
