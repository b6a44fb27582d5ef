/* origin: what the DKIM signatures of a mail prove of its From, weighed as DMARC does (RFC 7489: alignment). In three steps, for somebody has to
 * ask the DNS in between and none of this may do so:
 *
 *     origin_read -> origin_questions -> (the DNS) -> origin_check
 *
 * SPF is no part of it: it speaks of the connection a mail came by, which is over when a mailbox is read. */
#ifndef MAIL_ORIGIN_H
#define MAIL_ORIGIN_H

#include "mail/dkim.h"
#include "mail/dmarc.h"

#define ORIGIN_SIGNATURES_MAX 8u /* of one mail, from the top */
#define ORIGIN_OPEN_MAX 4u       /* whose key is asked for */
#define ORIGIN_QUESTIONS_MAX (ORIGIN_OPEN_MAX + 2u)

struct origin {
    struct str from; /* the domain of the one From address, as domain_ascii; "" when there is none: nothing can be proven */
    struct dkim_signature *signatures;
    size_t count;
    bool checked;    /* the DNS was asked */
    struct dmarc dmarc;
    bool proven;     /* an aligned signature passed */
    struct str why;  /* for people: what proves it, or what is missing; "" when the mail bears no signature */
};

/* from: the domain of the only From address. A signature by a domain that could never be aligned with it is named and not looked at. */
void origin_read(struct arena *arena, struct str head, struct str body, struct str from, int64_t received, struct origin *out);
/* The names whose TXT records are needed, each once; 0 when asking would change nothing. names: ORIGIN_QUESTIONS_MAX. */
size_t origin_questions(struct arena *arena, const struct origin *origin, struct str *names);
/* The verdict. An answer that is not there counts as DNS_TROUBLE. */
void origin_check(struct arena *arena, const struct dns_answer *answers, size_t count, struct origin *origin);

#endif
