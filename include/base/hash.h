/* hash: SHA-256 and HMAC-SHA-256 (OpenSSL), constant-time comparison, and the base32 tokens are written in. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

#define HASH_SIZE 32u

/* FIPS 180-4. */
/* Once per process that will be jailed, before it is: what OpenSSL would open later. With `decrypts`, also what it would ask the system for
 * when a private key is used. */
void hash_prepare(bool decrypts);
void hash_sha256(struct str octets, uint8_t out[HASH_SIZE]);
void hash_hmac(struct str key, struct str octets, uint8_t out[HASH_SIZE]);
/* Takes the same time whatever differs. */
bool hash_equal(const uint8_t *a, const uint8_t *b, size_t n);
/* RFC 4648 base32, lower case, no padding: 16 octets give 26 characters and a NUL. out holds (n * 8 + 4) / 5 + 1. */
void hash_base32(const uint8_t *octets, size_t n, char *out);

#endif
