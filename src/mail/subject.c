/* subject: see subject.h. Prefixes are a table of words, compared in a folded form (lower case of Latin, Greek and Cyrillic letters). */
#include "mail/subject.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <ctype.h>

#define PREFIXES_MAX 20u
#define TAGS_MAX 20u
#define WORDS_MAX 500u
#define WORD_MIN 4u
#define FORMER_GAP_MAX 4u
#define FORMER_NUMBER_MAX 40u

enum meaning { REPLY, FORWARD, MARK };

/* Folded, without the colon. Where two languages disagree (VS is an answer in Finnish and a forward in Danish) answering wins: a wrong
 * "forward" would tear a thread apart. */
static const struct {
    const char *word;
    enum meaning meaning;
} prefixes[] = {
    {"re", REPLY},        /* nearly everybody */
    {"aw", REPLY},        /* German */
    {"antw", REPLY},      /* Dutch */
    {"antwort", REPLY},   /* German */
    {"antwoord", REPLY},  /* Dutch */
    {"sv", REPLY},        /* Danish, Norwegian, Swedish */
    {"svar", REPLY},      /* Icelandic, Swedish */
    {"vs", REPLY},        /* Finnish */
    {"r", REPLY},         /* Italian */
    {"rif", REPLY},       /* Italian */
    {"ré", REPLY},        /* French */
    {"rép", REPLY},       /* French */
    {"réf", REPLY},       /* French */
    {"ref", REPLY},       /* French */
    {"res", REPLY},       /* Portuguese */
    {"resp", REPLY},      /* Portuguese, Spanish */
    {"odp", REPLY},       /* Polish, Czech, Slovak */
    {"odg", REPLY},       /* Croatian, Serbian, Slovene */
    {"ynt", REPLY},       /* Turkish */
    {"yan", REPLY},       /* Turkish */
    {"vá", REPLY},        /* Hungarian */
    {"vast", REPLY},      /* Estonian */
    {"ats", REPLY},       /* Lithuanian */
    {"atb", REPLY},       /* Latvian, Welsh */
    {"răsp", REPLY},      /* Romanian */
    {"bls", REPLY},       /* Indonesian */
    {"balas", REPLY},     /* Indonesian, Malay */
    {"tl", REPLY},        /* Vietnamese */
    {"trả lời", REPLY},   /* Vietnamese */
    {"απ", REPLY},        /* Greek */
    {"σχετ", REPLY},      /* Greek */
    {"отв", REPLY},       /* Russian */
    {"ответ", REPLY},     /* Russian */
    {"отг", REPLY},       /* Bulgarian */
    {"від", REPLY},       /* Ukrainian */
    {"השב", REPLY},       /* Hebrew */
    {"תגובה", REPLY},     /* Hebrew */
    {"رد", REPLY},        /* Arabic */
    {"پاسخ", REPLY},      /* Persian */
    {"回复", REPLY},      /* Chinese */
    {"回覆", REPLY},      /* Chinese */
    {"答复", REPLY},      /* Chinese */
    {"答覆", REPLY},      /* Chinese */
    {"返信", REPLY},      /* Japanese */
    {"답장", REPLY},      /* Korean */
    {"회신", REPLY},      /* Korean */
    {"ตอบ", REPLY},       /* Thai */
    {"fwd", FORWARD},     /* nearly everybody */
    {"fw", FORWARD},      /* nearly everybody */
    {"wg", FORWARD},      /* German */
    {"weitergeleitet", FORWARD},
    {"tr", FORWARD},      /* French */
    {"i", FORWARD},       /* Italian */
    {"inoltro", FORWARD}, /* Italian */
    {"rv", FORWARD},      /* Spanish */
    {"reenv", FORWARD},   /* Spanish */
    {"enc", FORWARD},     /* Portuguese */
    {"doorst", FORWARD},  /* Dutch */
    {"vb", FORWARD},      /* Swedish */
    {"vl", FORWARD},      /* Finnish */
    {"videresendt", FORWARD}, /* Danish, Norwegian */
    {"pd", FORWARD},      /* Polish */
    {"přep", FORWARD},    /* Czech */
    {"továbbítás", FORWARD}, /* Hungarian */
    {"edasi", FORWARD},   /* Estonian */
    {"pers", FORWARD},    /* Lithuanian */
    {"pārs", FORWARD},    /* Latvian */
    {"prosl", FORWARD},   /* Croatian */
    {"redir", FORWARD},   /* Romanian */
    {"ilt", FORWARD},     /* Turkish */
    {"ılt", FORWARD},     /* Turkish, its dotted capital folded */
    {"trs", FORWARD},     /* Indonesian */
    {"ct", FORWARD},      /* Vietnamese */
    {"chuyển tiếp", FORWARD},
    {"πρθ", FORWARD},     /* Greek */
    {"пересл", FORWARD},  /* Russian */
    {"пер", FORWARD},     /* Russian */
    {"препр", FORWARD},   /* Bulgarian */
    {"הועבר", FORWARD},   /* Hebrew */
    {"إعادة توجيه", FORWARD}, /* Arabic */
    {"转发", FORWARD},    /* Chinese */
    {"轉發", FORWARD},    /* Chinese */
    {"轉寄", FORWARD},    /* Chinese */
    {"転送", FORWARD},    /* Japanese */
    {"전달", FORWARD},    /* Korean */
    {"ส่งต่อ", FORWARD},    /* Thai */
};

/* What gateways put in front, in brackets. */
static const char *const marks[] = {"external", "extern", "externe", "ext", "spam", "suspected spam", "caution", "secure", "encrypt"};

static uint32_t fold_character(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x1e00 && c <= 0x1eff))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return (c & 1) != 0 ? c + 1 : c;
    return c;
}

static void put_character(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_char(out, (char)c);
    } else if (c < 0x800) {
        buf_char(out, (char)(0xc0 | c >> 6));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buf_char(out, (char)(0xe0 | c >> 12));
        buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    } else {
        buf_char(out, (char)(0xf0 | c >> 18));
        buf_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
        buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    }
}

struct str subject_fold(struct arena *arena, struct str text)
{
    struct buf out = {0};
    while (text.n != 0) {
        uint32_t c = 0;
        size_t n = utf8_next(text, &c);
        if (n == 0)
            buf_add(&out, text.p, 1);
        else
            put_character(&out, fold_character(c));
        text = str_sub(text, n != 0 ? n : 1, text.n);
    }
    struct str folded = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return folded;
}

/* Behind a prefix's word: an optional count ([2], (2), ^2), blanks, and a colon of either width. Returns its length, 0 when it is not there. */
static size_t colon_behind(struct str text)
{
    size_t i = 0;
    while (i < text.n && text.p[i] == ' ')
        i++;
    if (i < text.n && (text.p[i] == '[' || text.p[i] == '(' || text.p[i] == '^')) {
        i++;
        size_t digits = i;
        while (i < text.n && i < digits + 4 && isdigit((unsigned char)text.p[i]))
            i++;
        if (i == digits)
            return 0;
        if (i < text.n && (text.p[i] == ']' || text.p[i] == ')'))
            i++;
    }
    while (i < text.n && text.p[i] == ' ')
        i++;
    if (i < text.n && text.p[i] == ':')
        return i + 1;
    return str_starts(str_sub(text, i, text.n), STR("：")) ? i + 3 : 0;
}

static size_t mark_at_front(struct str text)
{
    if (text.n == 0 || text.p[0] != '[')
        return 0;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        struct str mark = str_of(marks[i]);
        if (str_istarts(str_sub(text, 1, text.n), mark) && text.n > mark.n + 1 && text.p[mark.n + 1] == ']')
            return mark.n + 2;
    }
    return 0;
}

/* Length of the prefix at the front of both forms; folding may change lengths, so the text itself is folded piece by piece. */
static size_t prefix_at_front(struct arena *arena, struct str text, enum meaning *meaning)
{
    size_t mark = mark_at_front(text);
    if (mark != 0) {
        *meaning = MARK;
        return mark;
    }
    struct str head = utf8_prefix(text, 64);
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct str word = str_of(prefixes[i].word);
        struct str same = str_sub(head, 0, word.n);
        size_t colon;
        if (same.n != word.n || (colon = colon_behind(str_sub(head, word.n, head.n))) == 0 || !str_eq(subject_fold(arena, same), word))
            continue;
        *meaning = prefixes[i].meaning;
        return word.n + colon;
    }
    return 0;
}

/* Length of "[INC-1042]" at the front, 0 when it is not there. */
static size_t tag_at_front(struct str text, struct str tag, int64_t *number)
{
    if (tag.n == 0 || text.n < tag.n + 4 || text.p[0] != '[' || !str_istarts(str_sub(text, 1, text.n), tag) || text.p[tag.n + 1] != '-')
        return 0;
    size_t start = tag.n + 2, end = start;
    while (end < text.n && isdigit((unsigned char)text.p[end]))
        end++;
    uint64_t value;
    if (end == text.n || text.p[end] != ']' || !str_u64(str_sub(text, start, end - start), &value) || value == 0 || value > INT64_MAX)
        return 0;
    *number = (int64_t)value;
    return end + 1;
}

/* Without tags, blanks run together. */
static struct str without_tags(struct arena *arena, struct str text, struct str tag, int64_t *first)
{
    struct buf out = {0};
    size_t tags = 0;
    while (text.n != 0) {
        int64_t number;
        size_t n = tags < TAGS_MAX ? tag_at_front(text, tag, &number) : 0;
        if (n != 0) {
            if (*first == 0)
                *first = number;
            tags++;
        } else {
            n = 1;
            bool blank = text.p[0] == ' ' || text.p[0] == '\t' || text.p[0] == '\n';
            if (!blank)
                buf_char(&out, text.p[0]);
            else if (out.n != 0 && out.p[out.n - 1] != ' ')
                buf_char(&out, ' ');
        }
        text = str_sub(text, n, text.n);
    }
    struct str result = arena_str(arena, str_trim(buf_view(&out)));
    buf_free(&out);
    return result;
}

struct subject subject_read(struct arena *arena, struct str text, struct str tag)
{
    struct subject s = {0};
    bool known = false;
    s.bare = without_tags(arena, text, tag, &s.tag);
    for (size_t i = 0; i < PREFIXES_MAX; i++) {
        enum meaning meaning;
        size_t n = prefix_at_front(arena, s.bare, &meaning);
        if (n == 0)
            break;
        if (!known && meaning != MARK) {
            known = true;
            s.reply = meaning == REPLY;
            s.forwarded = meaning == FORWARD;
        }
        s.bare = str_trim(str_sub(s.bare, n, s.bare.n));
    }
    return s;
}

static bool is_letter(unsigned char c)
{
    return isalnum(c) || c >= 0x80;
}

static bool joins_number(unsigned char c)
{
    return isalnum(c) || c == '-' || c == '.';
}

/* The number at the front, behind blanks and signs that stand between a tag and its number; "" when there is none. */
static struct str number_at_front(struct str text)
{
    size_t start = 0;
    while (start < text.n && start < FORMER_GAP_MAX && (text.p[start] == ' ' || text.p[start] == '#' || text.p[start] == ':' || text.p[start] == '-'))
        start++;
    size_t end = start;
    bool digit = false;
    while (end < text.n && end - start < FORMER_NUMBER_MAX && joins_number((unsigned char)text.p[end]))
        digit = isdigit((unsigned char)text.p[end++]) || digit;
    while (end > start && !isalnum((unsigned char)text.p[end - 1]))
        end--;
    return digit ? str_sub(text, start, end - start) : (struct str){0};
}

static struct str lower(struct arena *arena, struct str text)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.n; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return (struct str){copy, text.n};
}

struct str subject_former(struct arena *arena, struct str text, const struct str *tags, size_t tag_count)
{
    for (size_t i = 0; i < text.n; i++) {
        if (i > 0 && is_letter((unsigned char)text.p[i - 1]) && is_letter((unsigned char)text.p[i]))
            continue;
        struct str rest = str_sub(text, i, text.n);
        for (size_t k = 0; k < tag_count; k++) {
            if (tags[k].n == 0 || !str_istarts(rest, tags[k]))
                continue;
            struct str number = number_at_front(str_sub(rest, tags[k].n, rest.n));
            if (number.n > 0)
                return lower(arena, number);
        }
    }
    return (struct str){0};
}

/* The next run of letters and digits; false at the end. */
static bool next_word(struct str *rest, struct str *word)
{
    size_t start = 0;
    while (start < rest->n && !is_letter((unsigned char)rest->p[start]))
        start++;
    size_t end = start;
    while (end < rest->n && is_letter((unsigned char)rest->p[end]))
        end++;
    *word = str_sub(*rest, start, end - start);
    *rest = str_sub(*rest, end, rest->n);
    return word->n != 0;
}

static bool shares_word(struct str a, struct str b)
{
    struct str word;
    for (size_t i = 0; i < WORDS_MAX && next_word(&a, &word); i++) {
        if (utf8_length(word) < WORD_MIN)
            continue;
        struct str rest = b, other;
        for (size_t k = 0; k < WORDS_MAX && next_word(&rest, &other); k++) {
            if (str_eq(word, other))
                return true;
        }
    }
    return false;
}

/* Scripts written without blanks (from the CJK radicals upwards): two characters in a row that are in both. */
static bool shares_pair(struct str a, struct str b)
{
    for (size_t i = 0; i < WORDS_MAX && a.n != 0; i++) {
        uint32_t first = 0, second = 0;
        size_t n = utf8_next(a, &first);
        if (n == 0)
            n = 1;
        size_t m = utf8_next(str_sub(a, n, a.n), &second);
        if (m != 0 && first >= 0x2e80 && second >= 0x2e80 && str_find(b, str_sub(a, 0, n + m)) >= 0)
            return true;
        a = str_sub(a, n, a.n);
    }
    return false;
}

bool subject_changed(struct arena *arena, struct str a, struct str b)
{
    a = subject_fold(arena, str_trim(a));
    b = subject_fold(arena, str_trim(b));
    if (a.n == 0 || b.n == 0 || str_find(a, b) >= 0 || str_find(b, a) >= 0)
        return false;
    return !shares_word(a, b) && !shares_pair(a, b);
}
