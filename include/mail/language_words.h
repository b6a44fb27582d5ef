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

#define LANGUAGE_HASH_START 2166136261u

/* FNV-1a, octet by octet from LANGUAGE_HASH_START. */
static inline uint32_t language_hash(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)c) * 16777619u;
}

/* A word as one language has it. */
struct language_word {
    struct str text;
    uint32_t hash;
    uint16_t language; /* its place in language_words() */
    uint16_t weight;   /* what it says for the language each time it is seen: short ones and ends say less */
};

/* All that have the word (of that hash), side by side; 0 when none has. */
size_t language_word_find(struct str text, uint32_t hash, const struct language_word **found);

#endif
