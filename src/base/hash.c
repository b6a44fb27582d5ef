/* hash: OpenSSL's one-shot calls, and the two encodings that secrets pass through. */
#include "base/hash.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

/* A generator that never asks for more seed: inside the jail there is none to be had. */
static void keep_seed(EVP_RAND_CTX *generator)
{
    unsigned requests = 0;
    time_t interval = 0;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_DRBG_PARAM_RESEED_REQUESTS, &requests),
                           OSSL_PARAM_construct_time_t(OSSL_DRBG_PARAM_RESEED_TIME_INTERVAL, &interval), OSSL_PARAM_construct_end()};
    if (generator != NULL)
        EVP_RAND_CTX_set_params(generator, params);
}

void hash_prepare(bool decrypts)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    unsigned char octet;
    if (decrypts && RAND_bytes(&octet, 1) == 1 && RAND_priv_bytes(&octet, 1) == 1) {
        keep_seed(RAND_get0_primary(NULL));
        keep_seed(RAND_get0_public(NULL));
        keep_seed(RAND_get0_private(NULL));
    }
    ERR_clear_error();
}

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
