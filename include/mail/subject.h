/* subject: what clients write before a subject when they answer or pass on, in the languages of the world, and whether two subjects speak of the same. */
#ifndef MAIL_SUBJECT_H
#define MAIL_SUBJECT_H

#include "base/arena.h"

struct subject {
    bool reply;      /* the outermost prefix is one of answering */
    bool forwarded;  /* the outermost prefix is one of passing on */
    int64_t tag;     /* number of the first [TAG-n]; 0: none */
    struct str bare; /* without prefixes and tags, blanks run together */
};

/* Lower case of Latin, Greek and Cyrillic letters, octets that are no UTF-8 as they are. */
struct str subject_fold(struct arena *arena, struct str text);

/* tag: "INC". The result is in the arena. */
struct subject subject_read(struct arena *arena, struct str text, struct str tag);

/* The number behind one of an earlier system's tags ("Ticket#4711", "[Case: 4711-2]"), tags in any case, at the beginning of a word: letters, digits and inner "-" and ".",
 * with at least one digit, in lower case; "" when there is none. */
struct str subject_former(struct arena *arena, struct str text, const struct str *tags, size_t tag_count);

/* Have two bare subjects nothing in common: both are there, neither holds the other, and no word of four letters (in scripts without
 * blanks: no pair of characters) is in both. */
bool subject_changed(struct arena *arena, struct str a, struct str b);

#endif
