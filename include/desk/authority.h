/* authority: who is writing, and what proves it. From alone proves nothing. */
#ifndef DESK_AUTHORITY_H
#define DESK_AUTHORITY_H

#include "desk/desk.h"
#include "desk/line.h"
#include "desk/token.h"

/* What a mail proves of its From, by whom and why. */
struct authority {
    bool proven;
    struct str by;  /* "dmarc", "dkim", "arc", "smime", "pgp"; "none" */
    struct str why; /* what was found, for people */
};

/* By the servers' word: the topmost Authentication-Results (RFC 8601), when its authserv-id is one we trust. Pass means DMARC pass, or, where DMARC is not
 * mentioned, a DKIM pass of a domain aligned with From's, or an ARC pass of a chain that a sealer of ours closed who saw DMARC pass for From's domain. Every
 * other field of that name is taken as forged. Where there is no such field, by our own look at the DKIM signatures (mail/origin). */
void authority_dmarc(struct arena *arena, const struct desk *desk, const struct message *message, struct authority *out);

/* The party number an agent's tokens carry: from his name, so that it needs no store. 40 bits and above 0; customers' numbers come from the store and
 * never matter to it, because the purpose is in the token too. */
int64_t authority_agent_party(struct str name);

/* Fills sender. An agent is proven for one ticket by his token of it (tokens: those that verified and are not void) and, where his policy says so, DMARC or a
 * verified S/MIME signature besides; `standing` by the mail's own proof or his standing token. Everybody else is proven by DMARC/aligned DKIM or a verified S/MIME
 * signature; an agent's token in his mail is `claimed` and gives him nothing. Two From fields or addresses prove nothing. */
void authority_sender(struct arena *arena, const struct desk *desk, const struct message *message, const struct token *tokens, size_t token_count,
                      struct sender *sender);

#endif
