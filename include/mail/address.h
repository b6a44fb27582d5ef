/* address: comparing and checking mail addresses (RFC 5321, RFC 6531). Reading them from a field is message's. */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/arena.h"

#define ADDRESS_LOCAL_MAX 64u
#define ADDRESS_MAX 254u

/* The form addresses are compared and stored in: domain in lower case (ASCII and Unicode letters), local part in lower case,
 * no surrounding blanks or angle brackets. Dots and plus parts are kept: they may be somebody else's. */
struct str address_canonical(struct arena *arena, struct str addr);
/* May it be an SMTP envelope address? One "@", both sides non-empty and within limits, no blanks, controls, "<" or ">",
 * domain of letters, digits, "-", "." (and non-ASCII); quoted local parts are refused. */
bool address_usable(struct str addr);
/* The part after the last "@"; empty when there is none. */
struct str address_domain(struct str addr);
struct str address_local(struct str addr);
/* The tag of base+tag@domain when addr is that: same domain and same base (without case); false otherwise. */
bool address_tag(struct str addr, struct str base, struct str *tag);

#endif
