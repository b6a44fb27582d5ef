/* utf8: validity, length and harmlessness of text. The one place where text from a mail becomes something that leaves:
 * a header, an SMTP argument, a log line, a terminal line. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

/* Decodes one character at s.p; returns its length in octets (1 to 4) or 0 when it is not valid UTF-8 (RFC 3629: no
 * overlong form, no surrogate, at most U+10FFFF). */
size_t utf8_next(struct str s, uint32_t *character);
bool utf8_valid(struct str s);
/* Characters, an invalid octet counting as one. */
size_t utf8_length(struct str s);
/* The longest prefix of at most n octets that does not cut a character. */
struct str utf8_prefix(struct str s, size_t n);
/* Adds s as valid UTF-8 without C0 other than TAB and LF, without NUL, DEL and C1; CRLF and CR become LF; an invalid octet becomes
 * U+FFFD. What the store keeps. */
void utf8_clean(struct buf *out, struct str s);
/* Adds s for one line of a terminal or log: controls (C0, DEL, C1), line ends, bidi controls and zero-width characters
 * appear as visible escapes such as \x1b, \n, \u202e. With `lines`, LF and TAB stay. */
void utf8_display(struct buf *out, struct str s, bool lines);
/* May s leave as (part of) a header line or an SMTP argument? No CR, LF, NUL, other control; valid UTF-8. */
bool utf8_is_line_safe(struct str s);
bool utf8_is_ascii(struct str s);

#endif
