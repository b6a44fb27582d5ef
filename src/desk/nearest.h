/* nearest: "did you mean …?" for words of a file. */
#ifndef DESK_NEAREST_H
#define DESK_NEAREST_H

#include "mail/message.h"

/* `did you mean "queue"?` when one of the names is near to the word, else "" (a C string in the arena, or static). */
const char *nearest_hint(struct arena *arena, struct str word, const struct str_list *names);
/* "network, billing or sales"; at most 12 names, then "…". */
struct str names_listed(struct arena *arena, const struct str_list *names);

#endif
