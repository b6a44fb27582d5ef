/* base64: RFC 4648 section 4, for octets that travel inside JSON. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/arena.h"
#include "base/buf.h"

/* Adds s in base64 with padding, without line ends. */
void base64_encode(struct buf *out, struct str s);
/* The octets of a text in base64; false when it is not exactly that (no blanks, no line ends, padding required). */
bool base64_decode(struct arena *arena, struct str text, struct str *octets);

#endif
