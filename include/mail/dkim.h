/* dkim: DKIM signatures (RFC 6376, RFC 8301, RFC 8463), in two steps, because between them somebody has to ask the DNS: reading a signature gives what
 * is to be verified (a digest of 32 octets), checking takes the key record. Octets in, facts out. In a jail: after hash_prepare. */
#ifndef MAIL_DKIM_H
#define MAIL_DKIM_H

#include "mail/canon.h"
#include "mail/dns.h"

#define DKIM_NAMES_MAX 200u   /* fields named in h= */
#define DKIM_OCTETS_MAX 1024u /* of the signature itself */
#define DKIM_RSA_MIN 1024     /* bits; below it proves nothing (RFC 8301) */
#define DKIM_RSA_WEAK 2048    /* below it is said */
#define DKIM_RSA_MAX 4096     /* bits; above it costs too much to be looked at */
#define DKIM_KEYS_MAX 4u      /* records under one name that are tried */

enum dkim_algorithm { DKIM_RSA, DKIM_ED25519, DKIM_ALGORITHMS }; /* each with SHA-256 */

/* What is known of one signature, as RFC 8601 section 2.7.1 calls it. */
enum dkim_result {
    DKIM_OPEN,      /* the body fits; the key is still to be asked for */
    DKIM_PASS,
    DKIM_FAIL,      /* the mail or the signature was altered */
    DKIM_POLICY,    /* it may fit, but proves nothing: why says what is wrong with it */
    DKIM_TEMPERROR, /* the key could not be had */
    DKIM_PERMERROR, /* signature or key is not usable */
    DKIM_RESULTS
};
/* "open", "pass", … */
const char *dkim_result_name(enum dkim_result result);

struct dkim_signature {
    struct str domain;   /* d=, as domain_ascii; "" when it cannot be read */
    struct str selector; /* s= */
    enum dkim_algorithm algorithm;
    uint8_t digest[HASH_SIZE]; /* of the signed fields and body hash */
    struct str octets;         /* b= */
    bool below;                /* i= is of a domain below d= */
    enum dkim_result result;
    struct str why;            /* for people, one line */
};

/* What a signature says of itself beyond the above; between dkim_open and dkim_digest. */
struct dkim_terms {
    struct str raw;    /* the field */
    struct str names;  /* h= */
    struct str body_hash;
    bool relaxed_head, relaxed_body;
    bool has_length;
    uint64_t length;   /* l= */
};

/* Reads one DKIM-Signature field. received: UTC ms, 0: unknown (x= is then not judged). The result is DKIM_OPEN when it is worth a digest. */
void dkim_open(struct arena *arena, struct str raw, int64_t received, struct dkim_signature *signature, struct dkim_terms *terms);
/* Compares the body and fills the digest; the result stays DKIM_OPEN only when the key alone is missing. A body beyond l=, or a field that stands
 * more often than it was signed, makes it DKIM_POLICY. */
void dkim_digest(struct canon *mail, const struct dkim_terms *terms, struct dkim_signature *signature);

/* "selector._domainkey.domain". */
struct str dkim_key_name(struct arena *arena, const struct dkim_signature *signature);
/* Verifies an open signature by what the DNS says of its key (NULL: nobody answered). */
void dkim_check(struct arena *arena, const struct dns_answer *answer, struct dkim_signature *signature);

#endif
