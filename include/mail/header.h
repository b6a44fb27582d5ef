/* header: the fields at the top of a mail or part (RFC 5322 section 2.2), forgiving, and the text in them (RFC 2047). */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/arena.h"
#include "base/buf.h"

#define HEADER_VALUE_MAX (64u * 1024)        /* octets of one value that are looked at */
#define HEADER_TOTAL_MAX (1024u * 1024)      /* octets of all decoded values of one mail */
#define HEADER_LOOKAHEAD 12u                 /* lines looked at to tell a broken header line from a body without blank line */

/* One field as it stands: the value still folded and encoded, without its last line end. */
struct header_raw {
    struct str name;
    struct str value;
};

/* Where the fields of a whole mail begin: behind a byte order mark, blank lines and a "From " line of an mbox. */
struct str header_start(struct str raw);
/* Takes the next field off *rest. False at the end of the header; *rest is then the body. A line that is no field is skipped (and *broken
 * set) when fields follow it; otherwise the body begins there. */
bool header_next(struct str *rest, struct header_raw *field, bool *broken);
/* The value of the first field of that name in the header block `head`; false when there is none. */
bool header_find(struct str head, struct str name, struct str *value);

/* Decodes a raw value to UTF-8: unfolds, joins neighbouring encoded-words before converting them, converts bare 8-bit octets
 * (hint: a charset label of the mail's body). The result is in the arena, one line, tidy. */
struct str header_decode(struct arena *arena, struct str raw, struct str hint, size_t max);
/* The same for use by a grammar that comes after: every run of encoded-words becomes one UTF-8 encoded-word in Q form whose specials
 * are escaped, bare 8-bit octets become UTF-8, line ends blanks. */
void header_normalise(struct buf *out, struct str raw, struct str hint);
/* Decodes the encoded-words in s (no unfolding rules, no tidying); what RFC 2047 in a file name wants. */
void header_words(struct buf *out, struct str s, struct str hint);

#endif
