/* Any octets as an mbox: it comes to its end, and no mail is longer than what it was made from. */
#include "fuzz.h"

#include "ctl/mail_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct str rest = {(const char *)data, size}, message;
    size_t total = 0;
    while (rest.n > 0) {
        size_t before = rest.n;
        FUZZ_CHECK(mail_next_of_mbox(arena, &rest, &message));
        FUZZ_CHECK(rest.n < before);
        total += message.n;
    }
    FUZZ_CHECK(total <= size);
    FUZZ_CHECK(!mail_next_of_mbox(arena, &rest, &message));
    arena_free(&arena);
    return 0;
}
