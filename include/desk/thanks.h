/* thanks: does a text say thanks and nothing else? Asked of answers to closed tickets, which such a text does not open again. */
#ifndef DESK_THANKS_H
#define DESK_THANKS_H

#include "mail/message.h"

#define THANKS_MAX 300u /* octets of a text that may be thanks only */

/* Words and phrases of thanking and greeting in the languages of the table, friendly emoji and the words of `names` (the sender's, agents'), at least one of them a word of
 * thanks or an emoji. Any other word, any digit, any question mark makes it more than thanks. */
bool thanks_only(struct arena *arena, struct str text, const struct str_list *names);

#endif
