/* Any octets as TNEF: every text valid, every slice inside, every count within its limit. */
#include "fuzz.h"

#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/tnef.h"

/* Reads each octet, so that a sanitizer sees a slice that is not there. */
static void touch(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        (void)*(const volatile char *)&s.p[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct tnef tnef;
    charset_prepare();
    bool read = tnef_read(arena, (struct str){(const char *)data, size}, &tnef);
    FUZZ_CHECK(read || (tnef.file_count == 0 && tnef.text.text.n == 0));
    FUZZ_CHECK(tnef.file_count <= TNEF_FILES_MAX && tnef.text.text.n <= TNEF_TEXT_MAX);
    FUZZ_CHECK(tnef.importance >= -1 && tnef.importance <= 1 && utf8_valid(tnef.subject));
    for (size_t i = 0; i < tnef.file_count; i++) {
        FUZZ_CHECK(utf8_valid(tnef.files[i].name) && utf8_valid(tnef.files[i].type));
        touch(tnef.files[i].octets);
    }
    arena_free(&arena);
    return 0;
}
