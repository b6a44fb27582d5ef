/* openpgp: OpenPGP signatures (RFC 4880; in mail RFC 3156 section 5, and cleartext signatures, RFC 4880 section 7) by librnp. gpgme would start programs, which the
 * jail forbids. librnp is large, so it is loaded only where a keyring is configured: in the reader, before its jail. What is in the keyring is what the operator trusts. */
#ifndef MAIL_OPENPGP_H
#define MAIL_OPENPGP_H

#include "base/arena.h"
#include "base/err.h"

#define OPENPGP_SIGNATURE_MAX (256u * 1024)    /* octets of a detached signature that are looked at */
#define OPENPGP_SIGNERS_MAX 8u
#define OPENPGP_TEXT_MAX (4u * 1024 * 1024)    /* octets of a text with a cleartext signature */

struct openpgp;

struct openpgp_verdict {
    bool verified;     /* unaltered, by a key of the ring that was good at `at` and has a user id with the address `from` */
    struct str signer; /* the address its key names (`from` when it does); "" when none */
    struct str why;    /* for people: what proves it, or what is missing; one line */
};

/* keyring: public keys, binary or armoured. ERR_SETUP: no key in it, librnp is not there, or this program was built without it. */
bool openpgp_open(struct openpgp **pgp, struct str keyring, struct err *err);
void openpgp_close(struct openpgp **pgp);

/* content: the signed entity as it stands in the mail (bare LF is taken as CRLF); signature: the decoded octets of the other part. from: canonical; "" fits nobody.
 * at: UTC ms, when the mail came; 0: unknown, and then nothing is verified. pgp may be NULL: no keyring. MD5, SHA-1 and RIPEMD-160 prove nothing. */
void openpgp_verify(struct arena *arena, struct openpgp *pgp, struct str content, struct str signature, struct str from, int64_t at, struct openpgp_verdict *out);
/* text: the decoded octets of a text part whose beginning is "-----BEGIN PGP SIGNED MESSAGE-----". Text outside the signature, before or behind, is covered by nobody:
 * then nothing is verified. */
void openpgp_verify_text(struct arena *arena, struct openpgp *pgp, struct str text, struct str from, int64_t at, struct openpgp_verdict *out);

#endif
