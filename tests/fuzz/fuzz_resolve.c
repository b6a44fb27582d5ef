/* Any octets as the answer of a name server: bounded, and found only when there is something. */
#include "fuzz.h"

#include "net/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct dns_answer answer;
    if (resolve_read(arena, (struct str){(const char *)data, size}, &answer)) {
        FUZZ_CHECK(answer.count <= DNS_RECORDS_MAX && (answer.status == DNS_FOUND) == (answer.count > 0) && answer.status != DNS_TROUBLE);
        for (size_t i = 0; i < answer.count; i++)
            FUZZ_CHECK(answer.records[i].n <= DNS_RECORD_MAX && answer.records[i].n <= size);
    }
    FUZZ_CHECK(arena_used(arena) <= 20 * size + 65536);
    arena_free(&arena);
    return 0;
}
