/* authres: an Authentication-Results field (RFC 8601) as a struct. Octets in, facts out; whom to believe is decided elsewhere.
 *
 * Strict where an attacker's words could pass for the server's: a comment or quoted string that does not end, or comments nested too
 * deep, make the whole field unreadable. Forgiving otherwise: a result that is not of the grammar is left out and counted. */
#ifndef MAIL_AUTHRES_H
#define MAIL_AUTHRES_H

#include "base/arena.h"

#define AUTHRES_OCTETS_MAX (64u * 1024)
#define AUTHRES_RESULTS_MAX 64u
#define AUTHRES_PROPERTIES_MAX 32u  /* of one result */
#define AUTHRES_COMMENT_DEPTH_MAX 20u
#define AUTHRES_WORD_MAX 1000u      /* octets kept of one value or comment */

/* "header.from=contoso.example": a ptype, a property, a value without quotes. The ptype is "" where a server leaves it out
 * ("action=none"). */
struct authres_property {
    struct str type;
    struct str name;
    struct str value;
};

/* One "method=result reason=… ptype.property=value …". */
struct authres_result {
    struct str method; /* "dkim", as written; compare without case */
    struct str result; /* "pass" */
    struct str reason; /* "" when none */
    struct str comment;/* the first comment behind the result, without parentheses: where servers put what ARC reported; "" when none */
    struct authres_property *properties;
    size_t property_count;
};

struct authres {
    struct str authserv; /* who says so; "" when there was no field, or none that could be read */
    uint32_t version;    /* 1 unless the field says otherwise */
    struct authres_result *results;
    size_t result_count; /* 0 too for "none" */
    size_t broken;       /* results left out: not of the grammar, or beyond a limit */
};

/* Reads the raw (folded, undecoded) value: a decoded one may hold what the sender hid in an encoded-word. Texts are valid UTF-8 of one
 * line, in the arena. False: unreadable, *out is zeroed. */
bool authres_read(struct arena *arena, struct str raw, struct authres *out);
/* The value of the first property of that ptype and name (case ignored); false when there is none. */
bool authres_property(const struct authres_result *result, struct str type, struct str name, struct str *value);

#endif
