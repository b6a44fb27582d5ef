/* known_lines: the lines of what we wrote ourselves, to be found again in an answer that carries them without any mark of a quote. */
#ifndef MAIL_KNOWN_LINES_H
#define MAIL_KNOWN_LINES_H

#include "base/arena.h"

#define KNOWN_LINES_MAX 4000u       /* of all letters together; the rest is not known */
#define KNOWN_LINE_TELLING 16u      /* octets: a shorter line ("Hello,") is anybody's, and is ours only beside one that is */

struct known_lines;

/* Of the texts of our letters, newest first. Lines are compared without blanks and quote signs around them. */
struct known_lines *known_lines_of(struct arena *arena, const struct str *letters, size_t count);
/* Is that line (bare: no blanks or quote signs around) one of them? NULL knows none. *telling: is it long enough to be nobody else's? */
bool known_lines_has(const struct known_lines *known, struct str bare, bool *telling);

#endif
