/* language: in which language a person wrote, told from the script, the small words every sentence has, and the letters of an alphabet.
 *
 * No model and no file: tables of our own, so the jailed reader opens nothing. Short mails are the rule here, and small words tell those
 * apart better than the shapes of long texts do; names of products, log lines and addresses say nothing and hardly count. */
#ifndef MAIL_LANGUAGE_H
#define MAIL_LANGUAGE_H

#include "base/arena.h"

#define LANGUAGE_TEXT_MAX 1500u /* octets looked at */
#define LANGUAGE_CONFIDENT 25u  /* below it a finding is no finding */

struct language {
    struct str code;     /* ISO 639-1, static; "" when nothing speaks for any */
    unsigned confidence; /* 0 to 100: how far ahead of the next, on how much evidence */
};

/* Once per process, before language_of. */
void language_prepare(void);

/* The language of `text` (UTF-8). A guess of little confidence is given too: the caller compares with LANGUAGE_CONFIDENT. */
struct language language_of(struct arena *arena, struct str text);

/* The first language of a Content-Language or Accept-Language field (RFC 3282, RFC 5646) as a code of two small letters in the arena; "" when
 * there is none. Norwegian's two written forms are "no", as in what language_of gives. */
struct str language_tag(struct arena *arena, struct str value);

#endif
