/* taglist: "tag=value; tag=value" (RFC 6376 section 3.2), the form of DKIM signatures, key records and DMARC records. */
#ifndef MAIL_TAGLIST_H
#define MAIL_TAGLIST_H

#include "base/arena.h"

#define TAGLIST_TAGS_MAX 32u
#define TAGLIST_OCTETS_MAX (16u * 1024)

struct tag {
    struct str name;
    struct str value; /* without blanks and folds at its ends; those inside stay */
};

struct taglist {
    struct tag tags[TAGLIST_TAGS_MAX];
    size_t count;
};

/* Borrowed from s. False: not of the grammar, a tag twice, too many, too long; *out is then empty. */
bool taglist_read(struct str s, struct taglist *out);
/* Names are compared as they stand (RFC 6376: case matters). */
bool taglist_get(const struct taglist *list, const char *name, struct str *value);
/* The value without any blank or fold, in the arena. */
struct str taglist_compact(struct arena *arena, struct str value);
/* Takes the next item of a list with colons off *rest, trimmed; false at the end. */
bool taglist_item(struct str *rest, struct str *item);

#endif
