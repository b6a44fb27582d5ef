/* rtf: a window of 4096 octets for the compression, and a stack of groups for the text. Only the words that bear text are known; a
 * group that begins with a destination we do not know is passed over. */
#include "mail/rtf.h"

#include "mail/charset.h"
#include "mail/codepage.h"

#include <string.h>

#define WINDOW 4096u

static const char dictionary[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
                                 "Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
#define DICTIONARY_SIZE (sizeof dictionary - 1)
_Static_assert(sizeof dictionary - 1 == 207, "MS-OXRTFCP section 2.1.2.1");

static uint32_t little(const char *p)
{
    const unsigned char *o = (const unsigned char *)p;
    return (uint32_t)o[0] | (uint32_t)o[1] << 8 | (uint32_t)o[2] << 16 | (uint32_t)o[3] << 24;
}

struct window {
    char octets[WINDOW];
    size_t at;
    struct buf *out;
    size_t room; /* octets that may still be added */
};

static bool put(struct window *w, char c)
{
    if (w->room == 0)
        return false;
    w->room--;
    buf_char(w->out, c);
    w->octets[w->at] = c;
    w->at = (w->at + 1) % WINDOW;
    return true;
}

/* A reference: 12 bits of place, 4 of length. The place where we write is the end. */
static bool copy_back(struct window *w, unsigned reference, bool *ended)
{
    size_t from = reference >> 4, n = (reference & 15) + 2;
    *ended = from == w->at;
    for (size_t i = 0; i < n && !*ended; i++)
        if (!put(w, w->octets[(from + i) % WINDOW]))
            return false;
    return true;
}

static bool expand(struct window *w, struct str s)
{
    for (size_t i = 0; i < s.n;) {
        unsigned control = (unsigned char)s.p[i++];
        for (unsigned bit = 0; bit < 8; bit++) {
            bool ended = false;
            if ((control >> bit & 1) == 0) {
                if (i >= s.n || !put(w, s.p[i++]))
                    return false;
                continue;
            }
            if (i + 2 > s.n || !copy_back(w, (unsigned)(unsigned char)s.p[i] << 8 | (unsigned char)s.p[i + 1], &ended))
                return false;
            if (ended)
                return true;
            i += 2;
        }
    }
    return false;
}

bool rtf_decompress(struct buf *out, struct str compressed, size_t max)
{
    if (compressed.n < 16)
        return false;
    struct str body = str_sub(compressed, 16, compressed.n), magic = str_sub(compressed, 8, 4);
    uint32_t stored = little(compressed.p), raw = little(compressed.p + 4);
    if (stored >= 12)
        body = str_sub(body, 0, stored - 12);
    if (str_eq(magic, STR("MELA"))) {
        body = str_sub(body, 0, raw);
        buf_str(out, str_sub(body, 0, max));
        return body.n == raw && raw <= max;
    }
    if (!str_eq(magic, STR("LZFu")))
        return false;
    struct window w = {.at = DICTIONARY_SIZE, .out = out, .room = max};
    memcpy(w.octets, dictionary, DICTIONARY_SIZE);
    return expand(&w, body);
}

/* ---- text --------------------------------------------------------------------------------------------------------------- */

struct group {
    bool skip;    /* of no interest */
    bool tag;     /* {\*\htmltag …}: HTML to the letter */
    bool htmlrtf; /* Rich Text for readers that know no HTML */
    unsigned fallback; /* \ucN */
};

struct document {
    struct str s;
    size_t at;
    struct buf out;
    struct buf run;  /* octets in the document's code page, not yet converted */
    const char *charset;
    struct group group[RTF_DEPTH_MAX];
    size_t depth;    /* open groups, those beyond the limit included */
    unsigned ignore; /* characters that stand in for a \uN before */
    uint32_t high;   /* the first half of a surrogate pair */
    bool from_html;
    bool starred;    /* \* was just read */
};

/* A control word, with the number behind it. */
struct word {
    struct str name;
    bool has_number;
    int number;
};

static struct group *top(struct document *d)
{
    return &d->group[d->depth < RTF_DEPTH_MAX ? d->depth : RTF_DEPTH_MAX - 1];
}

static bool is_shown(struct document *d)
{
    const struct group *g = top(d);
    return d->depth < RTF_DEPTH_MAX && !g->skip && !(d->from_html && g->htmlrtf && !g->tag);
}

static void flush(struct document *d)
{
    if (d->run.n > 0)
        charset_convert(&d->out, buf_view(&d->run), d->charset);
    buf_clear(&d->run);
}

static void add_octet(struct document *d, char c)
{
    if (d->ignore > 0)
        d->ignore--;
    else if (is_shown(d))
        buf_char(&d->run, c);
}

static void add_utf8(struct document *d, uint32_t c)
{
    char o[4];
    size_t n = 0;
    if (c < 0x80) {
        o[n++] = (char)c;
    } else if (c < 0x800) {
        o[n++] = (char)(0xc0 | c >> 6);
        o[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        o[n++] = (char)(0xe0 | c >> 12);
        o[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        o[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        o[n++] = (char)(0xf0 | c >> 18);
        o[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        o[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        o[n++] = (char)(0x80 | (c & 0x3f));
    }
    flush(d);
    buf_add(&d->out, o, n);
}

/* \uN: UTF-16, negative above 32767; halves of a pair come one by one. */
static void add_unicode(struct document *d, int number)
{
    uint32_t c = (uint32_t)(number < 0 ? number + 0x10000 : number), high = d->high;
    d->high = 0;
    d->ignore = top(d)->fallback;
    if (!is_shown(d) || c > 0xffff)
        return;
    if (c >= 0xd800 && c < 0xdc00)
        d->high = c;
    else if (c >= 0xdc00 && c < 0xe000)
        add_utf8(d, high != 0 ? 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00) : 0xfffd);
    else
        add_utf8(d, c);
}

static void add_text(struct document *d, const char *text)
{
    if (!is_shown(d))
        return;
    flush(d);
    buf_text(&d->out, text);
}

/* Groups that hold no text of the document. */
static bool is_destination(struct str name)
{
    static const char *const names[] = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "headerl", "headerr", "headerf",
        "footerl", "footerr", "footerf", "footnote", "annotation", "fldinst", "themedata", "listtable", "listoverridetable", "rsidtbl", "generator",
        "mhtmltag", "xmlnstbl", "datastore", "latentstyles", "colorschememapping", "pntext", "bkmkstart", "bkmkend"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, str_of(names[i])))
            return true;
    return false;
}

/* A word that stands for a character. */
static bool add_symbol(struct document *d, struct str name)
{
    static const struct {
        const char *name, *text;
    } symbols[] = {{"par", "\n"}, {"line", "\n"}, {"sect", "\n"}, {"page", "\n"}, {"row", "\n"}, {"tab", "\t"}, {"cell", "\t"}, {"emdash", "\xe2\x80\x94"},
        {"endash", "\xe2\x80\x93"}, {"lquote", "\xe2\x80\x98"}, {"rquote", "\xe2\x80\x99"}, {"ldblquote", "\xe2\x80\x9c"}, {"rdblquote", "\xe2\x80\x9d"},
        {"bullet", "\xe2\x80\xa2"}, {"emspace", " "}, {"enspace", " "}, {"qmspace", " "}};
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        if (str_eq(name, str_of(symbols[i].name))) {
            add_text(d, symbols[i].text);
            return true;
        }
    return false;
}

static void obey(struct document *d, const struct word *w)
{
    struct group *g = top(d);
    bool starred = d->starred;
    d->starred = false;
    if (str_eq(w->name, STR("u")) && w->has_number)
        add_unicode(d, w->number);
    else if (str_eq(w->name, STR("uc")) && w->number >= 0 && w->number < 10)
        g->fallback = (unsigned)w->number;
    else if (str_eq(w->name, STR("fromhtml")))
        d->from_html = !w->has_number || w->number != 0;
    else if (str_eq(w->name, STR("htmlrtf")))
        g->htmlrtf = !w->has_number || w->number != 0;
    else if (starred && str_eq(w->name, STR("htmltag")))
        g->tag = true, g->skip = g->skip || !d->from_html;
    else if (str_eq(w->name, STR("ansicpg")))
        d->charset = w->number > 0 && codepage_charset((uint32_t)w->number) != NULL ? codepage_charset((uint32_t)w->number) : d->charset;
    else if (str_eq(w->name, STR("bin")) && w->number > 0)
        d->at += (size_t)w->number < d->s.n - d->at ? (size_t)w->number : d->s.n - d->at;
    else if (!add_symbol(d, w->name) && (starred || is_destination(w->name)))
        g->skip = true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void read_word(struct document *d)
{
    struct word w = {.name = str_sub(d->s, d->at, 0)};
    bool minus = false;
    while (d->at < d->s.n && is_letter(d->s.p[d->at]))
        w.name.n++, d->at++;
    if (d->at + 1 < d->s.n && d->s.p[d->at] == '-' && d->s.p[d->at + 1] >= '0' && d->s.p[d->at + 1] <= '9')
        minus = true, d->at++;
    for (; d->at < d->s.n && d->s.p[d->at] >= '0' && d->s.p[d->at] <= '9'; d->at++) {
        w.has_number = true;
        if (w.number < 100000000)
            w.number = w.number * 10 + (d->s.p[d->at] - '0');
    }
    if (d->at < d->s.n && d->s.p[d->at] == ' ')
        d->at++;
    w.number = minus ? -w.number : w.number;
    obey(d, &w);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind a backslash. */
static void read_control(struct document *d)
{
    if (d->at >= d->s.n)
        return;
    if (is_letter(d->s.p[d->at])) {
        read_word(d);
        return;
    }
    char c = d->s.p[d->at++];
    if (c == '\'') {
        int high = d->at < d->s.n ? hex_value(d->s.p[d->at]) : -1, low = d->at + 1 < d->s.n ? hex_value(d->s.p[d->at + 1]) : -1;
        if (high >= 0 && low >= 0) {
            d->at += 2;
            add_octet(d, (char)(high << 4 | low));
        }
    } else if (c == '*') {
        d->starred = true;
    } else if (c == '~') {
        add_text(d, "\xc2\xa0");
    } else if (c == '\r' || c == '\n') {
        add_text(d, "\n");
    } else if (c == '\\' || c == '{' || c == '}') {
        add_octet(d, c);
    } else if (c == '_') {
        add_text(d, "-");
    }
}

static void open_group(struct document *d)
{
    struct group inherited = *top(d);
    d->depth++;
    d->ignore = 0;
    d->starred = false;
    if (d->depth < RTF_DEPTH_MAX)
        d->group[d->depth] = inherited;
}

static void close_group(struct document *d)
{
    d->ignore = 0;
    d->starred = false;
    if (d->depth > 0)
        d->depth--;
}

bool rtf_read(struct arena *arena, struct str rtf, struct rtf_text *out)
{
    *out = (struct rtf_text){0};
    if (!str_starts(rtf, STR("{\\rtf")))
        return false;
    struct document d = {.s = str_sub(rtf, 0, RTF_MAX), .charset = "CP1252", .group = {{.fallback = 1}}};
    while (d.at < d.s.n && d.out.n + d.run.n < RTF_MAX) {
        char c = d.s.p[d.at++];
        if (c == '\\')
            read_control(&d);
        else if (c == '{')
            open_group(&d);
        else if (c == '}')
            close_group(&d);
        else if (c != '\r' && c != '\n')
            add_octet(&d, c);
    }
    flush(&d);
    out->is_html = d.from_html;
    out->text = arena_str(arena, buf_view(&d.out));
    buf_free(&d.out);
    buf_free(&d.run);
    return true;
}
