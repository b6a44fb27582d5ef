/* tidy: the last step of every text from a mail: valid UTF-8, no NUL, no C0 but TAB and LF, NFC. */
#ifndef MAIL_TIDY_H
#define MAIL_TIDY_H

#include "base/arena.h"

/* Of any octets (invalid ones become U+FFFD), cut at `max` octets on a character. Absurdly long runs of combining marks stay
 * unnormalised. */
struct str tidy_text(struct arena *arena, struct str octets, size_t max);
/* The same for one line: TAB, LF and runs of blanks become one blank, none at the ends. */
struct str tidy_line(struct arena *arena, struct str octets, size_t max);

#endif
