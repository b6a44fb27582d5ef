/* fold: letters without case, for comparing the words of many languages. */
#ifndef MAIL_FOLD_H
#define MAIL_FOLD_H

#include "base/str.h"

/* The beginning of s that fits into room, in lower case: Latin, Greek and Cyrillic letters whose lower case is as long. Other octets as they stand. */
struct str fold_case(struct str s, char *room, size_t size);

#endif
