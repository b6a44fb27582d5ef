/* authority: who is writing, and what proves it. From alone proves nothing. */
#ifndef DESK_AUTHORITY_H
#define DESK_AUTHORITY_H

#include "desk/desk.h"
#include "desk/line.h"
#include "desk/token.h"

/* The topmost Authentication-Results of a trusted authserv-id (RFC 8601): pass means DMARC pass, or DKIM pass aligned with From's domain. Every
 * other field of that name is taken as forged. why: what was found, for people. */
bool authority_dmarc(struct arena *arena, const struct desk *desk, const struct message *message, struct str *why);

/* Fills sender. An agent is proven by the agent's token (tokens: those that verified) and, where his policy says so, DMARC besides;
 * everybody else is proven by DMARC/aligned DKIM. Two From fields or addresses prove nothing. */
void authority_sender(struct arena *arena, const struct desk *desk, const struct message *message, const struct token *tokens, size_t token_count,
                      struct sender *sender);

#endif
