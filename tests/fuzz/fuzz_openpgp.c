/* Any octets as an OpenPGP signature and as a signed text, against a ring of one key: nothing is ever verified, and what is said of it is one line. */
#include "config.h"

#include "fuzz.h"

#include "base/utf8.h"
#include "mail/openpgp.h"

#define SENDER "jo@fabrikam.example"

/* A key of nobody's, made for this. */
static const char ring[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
                           "mDMEapYVgBYJKwYBBAHaRw8BAQdAolqLbHFOHmS+njtVxaypAR4DICG3YksmDqTE\n"
                           "ly7K4Wi0HE5vYm9keSA8am9AZmFicmlrYW0uZXhhbXBsZT6IkAQTFggAOBYhBCnw\n"
                           "80SZym3A69IQLfl7+0xYpHvuBQJqlhWAAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4B\n"
                           "AheAAAoJEPl7+0xYpHvuFqYA/Ao/Q2erQwAIsWpDZ4vH/L4Fh8YeJYYKk4cDzfqG\n"
                           "xHuPAP9oJYGeg3GxFNIB2T/ClUDuGnki/wudR+7x4Xt8zvCrAg==\n"
                           "=EMdy\n"
                           "-----END PGP PUBLIC KEY BLOCK-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct openpgp *pgp; /* one for all inputs, as in a reader */
    struct str octets = {(const char *)data, size};
    struct arena *arena = arena_new();
    struct openpgp_verdict v;
    if (pgp == NULL)
        (void)openpgp_open(&pgp, STR(ring), NULL);
    openpgp_verify(arena, pgp, STR("Content-Type: text/plain\r\n\r\nhello"), octets, STR(SENDER), 1789344000000, &v);
    FUZZ_CHECK(!v.verified && v.why.n > 0 && utf8_is_line_safe(v.why) && utf8_valid(v.signer));
    openpgp_verify_text(arena, pgp, octets, STR(SENDER), 1789344000000, &v);
    FUZZ_CHECK(!v.verified && v.why.n > 0 && utf8_is_line_safe(v.why) && utf8_valid(v.signer));
    struct openpgp *other = NULL;
    if (openpgp_open(&other, octets, NULL))
        openpgp_close(&other);
    arena_free(&arena);
    return 0;
}
