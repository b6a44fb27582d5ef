/* Any octets as a head with ARC fields: a chain is whole or it is none, and its names are names. */
#include "fuzz.h"

#include "mail/arc.h"
#include "mail/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct arc arc;
    arc_read(arena, (struct str){(const char *)data, size}, &arc);
    FUZZ_CHECK(arc.instances <= ARC_INSTANCES_MAX);
    FUZZ_CHECK(arc.sealer.n == 0 || domain_is_name(arc.sealer));
    FUZZ_CHECK(arc.passed.n == 0 || domain_is_name(arc.passed));
    FUZZ_CHECK(arc.instances > 0 || arc.passed.n == 0);
    arena_free(&arena);
    return 0;
}
