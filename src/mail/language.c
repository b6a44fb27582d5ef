/* language: the script narrows the choice or makes it; among what remains every small word, word end and letter votes, and the lead of the first over
 * the second is the confidence. */
#include "mail/language.h"

#include "mail/language_words.h"
#include "mail/octets.h"

#include "base/utf8.h"

#include <glib.h>
#include <string.h>

#define SLOTS 1024u /* a power of two, over twice what the words and ends of one text can fill */
#define WORDS_MAX 220u
#define WORD_MAX 48u     /* octets; a longer word says nothing */
#define END_LETTERS_MIN 5u
#define ENDS 3u          /* the last two, three and four letters */
#define LETTERS_MAX 96u  /* different ones beyond ASCII */
#define LANGUAGES_MAX 64u
#define SEEN_MAX 3u      /* what is said again and again does not count more */
#define LEAD_HALF 8u     /* the lead that makes half of full confidence */
#define SIGNS_HALF 3u    /* the same of letters of a script that has one language */

struct word {
    struct str text;
    uint32_t hash;
    unsigned seen;
};

struct letter {
    char octets[4];
    size_t n;
    unsigned seen;
};

/* What was counted in one text. */
struct count {
    struct word *slots;
    size_t word_count;
    struct letter letters[LETTERS_MAX];
    size_t letter_count;
    unsigned scripts[SCRIPTS];
};

static const struct {
    uint32_t first, last;
    enum script script;
} blocks[] = {
    {0x41, 0x24f, SCRIPT_LATIN},       {0x370, 0x3ff, SCRIPT_GREEK},      {0x400, 0x52f, SCRIPT_CYRILLIC},    {0x531, 0x58a, SCRIPT_ARMENIAN},
    {0x591, 0x5f4, SCRIPT_HEBREW},     {0x620, 0x6d3, SCRIPT_ARABIC},     {0x900, 0x97f, SCRIPT_DEVANAGARI}, {0x980, 0x9fe, SCRIPT_BENGALI},
    {0xb80, 0xbff, SCRIPT_TAMIL},      {0xe01, 0xe4e, SCRIPT_THAI},       {0x10a0, 0x10ff, SCRIPT_GEORGIAN}, {0x1100, 0x11ff, SCRIPT_HANGUL},
    {0x1e00, 0x1eff, SCRIPT_LATIN},    {0x1f00, 0x1fff, SCRIPT_GREEK},    {0x3041, 0x30ff, SCRIPT_KANA},     {0x3400, 0x4dbf, SCRIPT_HAN},
    {0x4e00, 0x9fff, SCRIPT_HAN},      {0xac00, 0xd7a3, SCRIPT_HANGUL},
};

/* One sign of these is about as much said as so many Latin letters. */
static const unsigned weights[SCRIPTS] = {
    [SCRIPT_LATIN] = 1, [SCRIPT_CYRILLIC] = 2, [SCRIPT_GREEK] = 2, [SCRIPT_HEBREW] = 2, [SCRIPT_ARABIC] = 2, [SCRIPT_DEVANAGARI] = 2, [SCRIPT_BENGALI] = 2,
    [SCRIPT_TAMIL] = 2, [SCRIPT_THAI] = 2, [SCRIPT_GEORGIAN] = 2, [SCRIPT_ARMENIAN] = 2, [SCRIPT_HANGUL] = 4, [SCRIPT_KANA] = 4, [SCRIPT_HAN] = 4,
};

static enum script script_of(uint32_t c)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks && c >= blocks[i].first; i++)
        if (c <= blocks[i].last)
            return blocks[i].script;
    return SCRIPT_NONE;
}

/* ---- counting ------------------------------------------------------------------------------------------------------- */

/* The slot of a word, or the empty one where it belongs. */
static struct word *slot_of(const struct count *count, struct str text, uint32_t hash)
{
    size_t at = (hash ^ hash >> 15) % SLOTS;
    while (count->slots[at].seen > 0 && !(count->slots[at].hash == hash && str_eq(count->slots[at].text, text)))
        at = (at + 1) % SLOTS;
    return &count->slots[at];
}

static void note(struct count *count, struct str text)
{
    uint32_t hash = LANGUAGE_HASH_START;
    for (size_t i = 0; i < text.n; i++)
        hash = language_hash(hash, text.p[i]);
    struct word *slot = slot_of(count, text, hash);
    slot->text = text;
    slot->hash = hash;
    slot->seen++;
}

/* Notes a word, and its ends with a hyphen before them: the text is copied once, each word behind a hyphen of room for it. */
static void note_word(struct arena *arena, struct count *count, struct str word, size_t letters)
{
    if (count->word_count == WORDS_MAX || word.n > WORD_MAX)
        return;
    count->word_count++;
    note(count, word);
    if (letters < END_LETTERS_MIN)
        return;
    size_t from = word.n;
    for (unsigned n = 1; n <= 1 + ENDS && from > 0; n++) {
        do
            from--;
        while (from > 0 && ((unsigned char)word.p[from] & 0xc0) == 0x80);
        if (n == 1)
            continue;
        char *end = arena_alloc(arena, word.n - from + 1);
        end[0] = '-';
        memcpy(end + 1, word.p + from, word.n - from);
        note(count, (struct str){end, word.n - from + 1});
    }
}

static void note_letter(struct count *count, const char *octets, size_t n)
{
    for (size_t i = 0; i < count->letter_count; i++)
        if (count->letters[i].n == n && memcmp(count->letters[i].octets, octets, n) == 0) {
            count->letters[i].seen++;
            return;
        }
    if (count->letter_count == LETTERS_MAX)
        return;
    struct letter *letter = &count->letters[count->letter_count++];
    *letter = (struct letter){.n = n, .seen = 1};
    memcpy(letter->octets, octets, n);
}

/* ASCII, by what it is to a text: most of every mail is decided by one look here. */
enum octet { OCTET_OTHER, OCTET_LETTER, OCTET_TECHNICAL };
static const uint8_t octets_of_ascii[128] = {
    ['A' ... 'Z'] = OCTET_LETTER, ['a' ... 'z'] = OCTET_LETTER, ['0' ... '9'] = OCTET_TECHNICAL, ['@'] = OCTET_TECHNICAL, ['/'] = OCTET_TECHNICAL, ['\\'] = OCTET_TECHNICAL,
    ['_'] = OCTET_TECHNICAL, ['='] = OCTET_TECHNICAL, ['<'] = OCTET_TECHNICAL, ['>'] = OCTET_TECHNICAL, ['{'] = OCTET_TECHNICAL, ['}'] = OCTET_TECHNICAL,
    ['['] = OCTET_TECHNICAL, [']'] = OCTET_TECHNICAL, ['\0'] = OCTET_TECHNICAL,
};

/* A name of a machine, a path, an address, a number: nobody's language. */
static bool is_technical(struct str token)
{
    bool technical = false, ascii = true;
    for (size_t i = 0; i < token.n && ascii; i++) {
        ascii = (unsigned char)token.p[i] < 0x80;
        technical = technical || (ascii && octets_of_ascii[(unsigned char)token.p[i]] == OCTET_TECHNICAL);
    }
    return ascii ? technical : octets_find(token, '@') != NULL;
}

/* Cuts a token at what is no letter and notes the words in small letters. */
static void count_token(struct arena *arena, struct count *count, struct str token)
{
    char *small = arena_alloc(arena, token.n * 3 + 4);
    size_t n = 0, from = 0, letters = 0, length = 0;
    uint32_t c = 0;
    for (; token.n > 0; token = str_sub(token, length, token.n)) {
        length = 1;
        if ((unsigned char)token.p[0] < 0x80 && octets_of_ascii[(unsigned char)token.p[0]] == OCTET_LETTER) {
            small[n++] = (char)(token.p[0] | 0x20);
            count->scripts[SCRIPT_LATIN]++;
            letters++;
            continue;
        }
        length = utf8_next(token, &c);
        if (length == 0)
            break;
        if (!g_unichar_isalpha(c) && !g_unichar_ismark(c)) {
            if (letters > 0)
                note_word(arena, count, (struct str){small + from, n - from}, letters);
            from = n;
            letters = 0;
            continue;
        }
        size_t wide = (size_t)g_unichar_to_utf8(g_unichar_tolower(c), small + n);
        count->scripts[script_of(c)]++;
        if (c >= 0x80)
            note_letter(count, small + n, wide);
        n += wide;
        letters++;
    }
    if (letters > 0)
        note_word(arena, count, (struct str){small + from, n - from}, letters);
}

/* Lines that quote are somebody else's. */
static void count_text(struct arena *arena, struct str text, struct count *count)
{
    struct str rest = utf8_prefix(text, LANGUAGE_TEXT_MAX), line, token;
    count->slots = arena_array(arena, SLOTS, sizeof *count->slots);
    while (str_line(&rest, &line)) {
        if (line.n > 0 && line.p[0] == '>')
            continue;
        while (str_cut(&line, ' ', &token))
            if (token.n > 0 && !is_technical(token))
                count_token(arena, count, token);
    }
}

/* ---- judging -------------------------------------------------------------------------------------------------------- */

/* The script most was said in, and its share of all in percent. Kana or Hangul among Han say more than the Han. */
static enum script main_script(const struct count *count, unsigned *share)
{
    unsigned points[SCRIPTS] = {0}, all = 0;
    enum script best = SCRIPT_NONE;
    for (unsigned i = SCRIPT_LATIN; i < SCRIPTS; i++)
        all += points[i] = count->scripts[i] * weights[i];
    if (points[SCRIPT_KANA] * 10 >= points[SCRIPT_HAN] && points[SCRIPT_KANA] > 0) {
        points[SCRIPT_KANA] += points[SCRIPT_HAN];
        points[SCRIPT_HAN] = 0;
    }
    for (unsigned i = SCRIPT_LATIN; i < SCRIPTS; i++)
        if (points[i] > points[best])
            best = (enum script)i;
    *share = all > 0 ? points[best] * 100 / all : 0;
    return best;
}

/* What each word seen says for the languages of the script that have it. */
static void word_points(const struct count *count, enum script script, int *points)
{
    const struct language_words *languages = language_words();
    const struct language_word *found = NULL;
    for (const struct word *w = count->slots; w < count->slots + SLOTS; w++) {
        size_t n = w->seen > 0 ? language_word_find(w->text, w->hash, &found) : 0;
        for (size_t i = 0; i < n; i++)
            if (languages[found[i].language].script == script)
                points[found[i].language] += found[i].weight * (int)(w->seen < SEEN_MAX ? w->seen : SEEN_MAX);
    }
}

/* A letter some language of the script has: for those that have it, against those that do not. */
static void letter_points(const struct letter *letter, const struct language_words *const *languages, size_t language_count, int *points)
{
    struct str octets = {letter->octets, letter->n};
    int weight = (int)(letter->seen < SEEN_MAX ? letter->seen : SEEN_MAX);
    bool has[LANGUAGES_MAX], any = false;
    for (size_t i = 0; i < language_count; i++)
        any |= has[i] = str_find(str_of(languages[i]->letters), octets) >= 0;
    for (size_t i = 0; any && i < language_count; i++)
        points[i] += has[i] ? weight : -2 * weight;
}

/* The first of the languages by votes, its lead over the next in *lead. */
static const struct language_words *vote(const struct count *count, const struct language_words *const *languages, size_t language_count, int *lead)
{
    int of_words[LANGUAGES_MAX] = {0}, points[LANGUAGES_MAX], second = 0;
    word_points(count, languages[0]->script, of_words);
    for (size_t i = 0; i < language_count; i++)
        points[i] = of_words[languages[i] - language_words()];
    for (size_t i = 0; i < count->letter_count; i++)
        letter_points(&count->letters[i], languages, language_count, points);
    size_t best = 0;
    for (size_t i = 1; i < language_count; i++)
        if (points[i] > points[best])
            best = i;
    for (size_t i = 0; i < language_count; i++)
        if (i != best && points[i] > second)
            second = points[i];
    *lead = points[best] - second;
    return languages[best];
}

static unsigned confidence(unsigned evidence, unsigned half, unsigned share)
{
    return share * evidence / (evidence + half);
}

struct language language_of(struct arena *arena, struct str text)
{
    struct count count = {0};
    const struct language_words *languages[LANGUAGES_MAX];
    size_t language_count = 0;
    unsigned share = 0;
    count_text(arena, text, &count);
    enum script script = main_script(&count, &share);
    for (const struct language_words *l = language_words(); l->code != NULL && language_count < LANGUAGES_MAX; l++)
        if (l->script == script)
            languages[language_count++] = l;
    if (language_count == 0)
        return (struct language){STR(""), 0};
    if (language_count == 1)
        return (struct language){str_of(languages[0]->code), confidence(count.scripts[script], SIGNS_HALF, share)};
    int lead = 0;
    const struct language_words *best = vote(&count, languages, language_count, &lead);
    return lead > 0 ? (struct language){str_of(best->code), confidence((unsigned)lead, LEAD_HALF, share)} : (struct language){STR(""), 0};
}

/* ---- what a header says --------------------------------------------------------------------------------------------- */

struct str language_tag(struct arena *arena, struct str value)
{
    struct str first = value, none = {"", 0};
    str_cut(&value, ',', &first);
    first = str_trim(first);
    if (first.n < 2 || (first.n > 2 && first.p[2] != '-' && first.p[2] != '_' && first.p[2] != ';'))
        return none;
    char *code = arena_text(arena, str_sub(first, 0, 2));
    for (unsigned i = 0; i < 2; i++) {
        code[i] = (char)(code[i] | 0x20);
        if (code[i] < 'a' || code[i] > 'z')
            return none;
    }
    struct str tag = {code, 2};
    return str_eq(tag, STR("nb")) || str_eq(tag, STR("nn")) ? STR("no") : tag;
}
