/* canon: the two canonical forms of DKIM (RFC 6376 section 3.4), as octets for a digest. Bare LF counts as CRLF: a mailbox may have stored
 * the mail so. */
#ifndef MAIL_CANON_H
#define MAIL_CANON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"

#define CANON_FIELDS_MAX 1000u

struct canon_field {
    struct str name; /* without blanks behind it; "" for a line without a colon */
    struct str raw;  /* the whole field with its folds, without its last line end */
};

/* One mail while its signatures are looked at. Starts as {0} but for arena, head and body. */
struct canon {
    struct arena *arena;
    struct str head, body;
    struct canon_field *fields;
    size_t field_count;
    bool hashed[2]; /* simple, relaxed */
    uint8_t digest[2][HASH_SIZE];
    uint64_t size[2]; /* octets of the canonical body */
};

/* Takes the head apart; at most CANON_FIELDS_MAX. */
void canon_fields(struct canon *c);
/* Adds the field in canonical form with CRLF. */
void canon_header(struct buf *out, struct str raw, bool relaxed);
/* SHA-256 of the whole canonical body and its length; computed once. */
const uint8_t *canon_body(struct canon *c, bool relaxed, uint64_t *size);

#endif
