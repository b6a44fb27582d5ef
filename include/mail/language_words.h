/* language_words: what tells the languages of one script apart. Tables only. */
#ifndef MAIL_LANGUAGE_WORDS_H
#define MAIL_LANGUAGE_WORDS_H

#include "base/str.h"

enum script {
    SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_CYRILLIC, SCRIPT_GREEK, SCRIPT_HEBREW, SCRIPT_ARABIC, SCRIPT_DEVANAGARI, SCRIPT_BENGALI, SCRIPT_TAMIL,
    SCRIPT_THAI, SCRIPT_GEORGIAN, SCRIPT_ARMENIAN, SCRIPT_HANGUL, SCRIPT_KANA, SCRIPT_HAN, SCRIPTS
};

/* One language. A script with one language alone is decided by it. */
struct language_words {
    const char *code;    /* ISO 639-1 */
    enum script script;
    const char *letters; /* of its alphabet, beyond a to z or beyond what all of the script have; small ones */
    const char *words;   /* small letters, one blank between; "-ung" is the end of a word of five letters or more */
};

/* Ends with a code of NULL. */
const struct language_words *language_words(void);

#endif
