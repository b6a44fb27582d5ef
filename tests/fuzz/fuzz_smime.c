/* Any octets as CMS, detached and opaque, and as PEM: nothing is ever verified without a CA, and nothing decrypted without a key. */
#include "fuzz.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "mail/smime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str octets = {(const char *)data, size}, none = {"", 0};
    struct arena *arena = arena_new();
    struct buf out = {0};
    struct smime_verdict v;
    hash_prepare(false);
    smime_verify(arena, STR("Content-Type: text/plain\r\n\r\nhello"), octets, none, STR("jo@fabrikam.example"), 1, &v);
    FUZZ_CHECK(!v.verified && v.why.n > 0 && utf8_is_line_safe(v.why) && utf8_valid(v.signer));
    smime_verify(arena, (struct str){0}, octets, octets, STR("jo@fabrikam.example"), 1, &v);
    FUZZ_CHECK(v.why.n > 0 && utf8_is_line_safe(v.why));
    (void)smime_content(octets, &out);
    FUZZ_CHECK(out.n <= size);
    buf_clear(&out);
    FUZZ_CHECK(smime_decrypt(octets, none, &out) != SMIME_OPENED && out.n == 0);
    FUZZ_CHECK(smime_decrypt(none, octets, &out) == SMIME_UNREADABLE);
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
