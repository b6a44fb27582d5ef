/* domain: domains compared as the DNS and DMARC compare them. */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

#include "base/arena.h"

#define DOMAIN_MAX 253u

/* The form of the DNS: lower case, A-labels (RFC 5890), no dot at the end; "" when it is no domain of at least one label of letters, digits,
 * "-" and "_". In the arena. */
struct str domain_ascii(struct arena *arena, struct str domain);
/* Is it such a form already? What a name must be before anybody is asked for it. */
bool domain_is_name(struct str name);
/* The organisational domain (RFC 7489 section 3.2) of a domain in ASCII form, by the list of public suffixes; "" for a public suffix itself.
 * Borrowed from the domain. */
struct str domain_organisation(struct str domain);
/* Identifier alignment of two domains in ASCII form (RFC 7489 section 3.1): the same, or (relaxed) of the same organisation. */
bool domain_aligned(struct str from, struct str signer, bool strict);

#endif
