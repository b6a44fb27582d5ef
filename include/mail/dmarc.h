/* dmarc: the policy record of a domain (RFC 7489 section 6.3), as far as it says how a signer must be aligned. */
#ifndef MAIL_DMARC_H
#define MAIL_DMARC_H

#include "base/arena.h"

struct dmarc {
    bool found;
    bool strict;       /* adkim=s */
    struct str policy; /* "none", "quarantine", "reject" as the record says for the domain itself; "" when there is none */
};

/* Of all TXT records under the name, the one that is a DMARC record; none, or more than one: not found (RFC 7489 section 6.6.3). */
void dmarc_read(const struct str *records, size_t count, struct dmarc *out);

#endif
