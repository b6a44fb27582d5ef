/* Any octets as a key record and as a DMARC record: no key fits a signature it was not made for, whatever it says of itself. */
#include "fuzz.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "mail/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct str records[2] = {{(const char *)data, size}, {(const char *)data, size / 2}};
    struct dmarc dmarc;
    hash_prepare(false);
    dmarc_read(records, 2, &dmarc);
    FUZZ_CHECK(dmarc.policy.n <= 10);
    for (int algorithm = 0; algorithm < DKIM_ALGORITHMS; algorithm++) {
        struct dkim_signature s = {.domain = STR("fabrikam.example"), .selector = STR("one"), .algorithm = (enum dkim_algorithm)algorithm, .octets = STR("QUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVG")};
        struct dns_answer answer = {.name = STR("one._domainkey.fabrikam.example"), .status = DNS_FOUND, .records = records, .count = 2};
        dkim_check(arena, &answer, &s);
        FUZZ_CHECK(s.result != DKIM_PASS && s.result != DKIM_OPEN && utf8_is_line_safe(s.why));
    }
    arena_free(&arena);
    return 0;
}
