/* charset: any octets to valid UTF-8. A label from a mail is only ever looked up in our own table (the WHATWG label map and a few
 * more); no foreign converter is ever loaded for it. One thread at a time: the conversion handles are the process's. */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include "base/buf.h"

/* Opens and holds one handle per charset of the table, so that conversion opens no file later. Idempotent. */
void charset_prepare(void);
/* The converter's name for a label ("latin1" → "CP1252"; blanks, quotes and case ignored), NULL when it is not allowed. */
const char *charset_of(struct str label);
/* Is this converter's own name in the table, or UTF-8? What charset_gate lets through. */
bool charset_allowed(const char *name);
/* Adds `octets`, which are in charset `name` (from charset_of), as UTF-8; what cannot be converted becomes U+FFFD. Returns how many
 * such places there were. NULs and controls stay: see tidy.h. */
size_t charset_convert(struct buf *out, struct str octets, const char *name);
/* The whole policy: the label when it fits the octets; UTF-8 when they are valid UTF-8; `hint` (the label of a neighbouring part, may be
 * empty); then detection; then Windows-1252. *guessed is set to true when the label was missing for 8-bit octets, unknown or wrong,
 * else left alone. */
void charset_text(struct buf *out, struct str octets, struct str label, struct str hint, bool *guessed);

#endif
