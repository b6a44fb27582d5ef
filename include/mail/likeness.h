/* likeness: do two texts say the same? For the alternatives of a mail. */
#ifndef MAIL_LIKENESS_H
#define MAIL_LIKENESS_H

#include "base/str.h"

/* Has `whole` next to nothing of `part`? By runs of letters, so that line ends, links and layout do not matter, in any script. False for texts too short to
 * tell. Looks at the first 1 KB of part and 16 KB of whole. */
bool likeness_differs(struct str part, struct str whole);

#endif
