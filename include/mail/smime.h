/* smime: S/MIME (RFC 8551) by OpenSSL's CMS: what is signed, by whom, whether that proves a sender; and the opening of what was
 * encrypted to us. Octets in, octets out; nothing is asked of any network (no CRL, no OCSP, no AIA). In a jail: after hash_prepare. */
#ifndef MAIL_SMIME_H
#define MAIL_SMIME_H

#include "base/arena.h"
#include "base/buf.h"

#define SMIME_SIGNATURE_MAX (1024u * 1024) /* octets of a detached signature that are looked at */
#define SMIME_SIGNERS_MAX 8u
#define SMIME_CERTIFICATES_MAX 500u        /* of one PEM text */

/* PEM texts; "" where there is none. A key that wants a pass phrase is no key. */
struct smime_settings {
    struct str authorities; /* certificates of the CAs whose word counts */
    struct str key;         /* our certificates and private keys, for decryption */
};

struct smime_verdict {
    bool verified;     /* unaltered, chain to a configured CA valid at `at`, and the certificate names `from` */
    struct str signer; /* the address the certificate names (the one equal to `from` when there are several); "" when none */
    struct str why;    /* for people: what proves it, or what is missing; one line */
};

/* `content`: the signed entity as it stands in the mail (its fields and body; bare LF is taken as CRLF); p NULL for opaque signatures, which
 * carry it themselves. `cms`: the decoded octets of the signature. `from`: canonical; "" fits nobody. at: UTC ms, when the mail came;
 * 0: unknown, and then nothing is verified. SHA-1 and MD5 prove nothing. */
void smime_verify(struct arena *arena, struct str content, struct str cms, struct str authorities, struct str from, int64_t at, struct smime_verdict *out);

/* Adds the content an opaque signature carries, unverified. False: there is none. */
bool smime_content(struct str cms, struct buf *out);

enum smime_opened {
    SMIME_OPENED,
    SMIME_NO_KEY,    /* encrypted to others, or no key at all */
    SMIME_UNREADABLE /* no CMS, or damaged */
};
/* Adds the decrypted octets of enveloped-data (or authEnveloped-data): a MIME entity. key: PEM as above. */
enum smime_opened smime_decrypt(struct str cms, struct str key, struct buf *out);

#endif
