/* param: structured values with parameters: Content-Type, Content-Disposition (RFC 2045 section 5.1, RFC 2231), forgiving. */
#ifndef MAIL_PARAM_H
#define MAIL_PARAM_H

#include "base/arena.h"

#define PARAM_MAX 100u          /* parameters, continuations included */
#define PARAM_VALUE_MAX 8192u   /* octets of one value */

struct param {
    struct str name;  /* lower case, without "*0*" */
    struct str value; /* decoded: RFC 2231, else RFC 2047, else raw 8 bit; tidy */
    struct str raw;   /* the octets as given, joined and unquoted: what a boundary is compared with */
};

struct param_value {
    struct str head; /* what stands before the first ";", trimmed, lower case: "text/plain", "attachment" */
    struct param *list;
    size_t count;
};

/* Reads a raw (folded) value. hint: charset label for bare 8-bit octets. Never fails. */
void param_read(struct arena *arena, struct str raw, struct str hint, struct param_value *out);
/* The value of a parameter, "" when there is none; a repeated one: the first. */
struct str param_get(const struct param_value *v, struct str name);
struct str param_raw(const struct param_value *v, struct str name);

#endif
