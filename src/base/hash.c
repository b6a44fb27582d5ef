/* hash: OpenSSL's one-shot calls, and the two encodings that secrets pass through. */
#include "base/hash.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

void hash_sha256(struct str octets, uint8_t out[HASH_SIZE])
{
    if (SHA256((const unsigned char *)octets.p, octets.n, out) == NULL)
        abort();
}

void hash_hmac(struct str key, struct str octets, uint8_t out[HASH_SIZE])
{
    /* A NULL key means "the key of last time" to some versions. */
    const void *secret = key.n > 0 ? key.p : "";
    if (key.n > INT_MAX || HMAC(EVP_sha256(), secret, (int)key.n, (const unsigned char *)octets.p, octets.n, out, NULL) == NULL)
        abort();
}

bool hash_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void hash_base32(const uint8_t *octets, size_t n, char *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++) {
        held = held << 8 | octets[i];
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = letters[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        *out++ = letters[held << (5 - bits) & 31];
    *out = '\0';
}
