/* html_scan: the tokenizer of the HTML standard as far as a reader of text needs it. Why our own: the libraries at hand take quadratic time on
 * a tag of many attributes or on end tags without a beginning, and one message must not cost more than its length. Every search that fails
 * once is remembered, so that it is not made again for the same end. */
#include "config.h"

#include "mail/html_scan.h"

#include <string.h>
#include <strings.h>

#define ENTITY_MAX 24u

static const struct {
    const char *name;
    unsigned short character;
} entities[] = {
    { "AElig", 198 }, { "AMP", 38 }, { "Aacute", 193 }, { "Acirc", 194 }, { "Agrave", 192 }, { "Alpha", 913 }, { "Aring", 197 },
    { "Atilde", 195 }, { "Auml", 196 }, { "Beta", 914 }, { "COPY", 169 }, { "Ccedil", 199 }, { "Chi", 935 }, { "Dagger", 8225 },
    { "Delta", 916 }, { "ETH", 208 }, { "Eacute", 201 }, { "Ecirc", 202 }, { "Egrave", 200 }, { "Epsilon", 917 }, { "Eta", 919 },
    { "Euml", 203 }, { "GT", 62 }, { "Gamma", 915 }, { "Iacute", 205 }, { "Icirc", 206 }, { "Igrave", 204 }, { "Iota", 921 },
    { "Iuml", 207 }, { "Kappa", 922 }, { "LT", 60 }, { "Lambda", 923 }, { "Mu", 924 }, { "NewLine", 10 }, { "Ntilde", 209 }, { "Nu", 925 },
    { "OElig", 338 }, { "Oacute", 211 }, { "Ocirc", 212 }, { "Ograve", 210 }, { "Omega", 937 }, { "Omicron", 927 }, { "Oslash", 216 },
    { "Otilde", 213 }, { "Ouml", 214 }, { "Phi", 934 }, { "Pi", 928 }, { "Prime", 8243 }, { "Psi", 936 }, { "QUOT", 34 }, { "REG", 174 },
    { "Rho", 929 }, { "Scaron", 352 }, { "Sigma", 931 }, { "THORN", 222 }, { "Tab", 9 }, { "Tau", 932 }, { "Theta", 920 },
    { "Uacute", 218 }, { "Ucirc", 219 }, { "Ugrave", 217 }, { "Upsilon", 933 }, { "Uuml", 220 }, { "Xi", 926 }, { "Yacute", 221 },
    { "Yuml", 376 }, { "Zeta", 918 }, { "aacute", 225 }, { "acirc", 226 }, { "acute", 180 }, { "aelig", 230 }, { "agrave", 224 },
    { "alefsym", 8501 }, { "alpha", 945 }, { "amp", 38 }, { "and", 8743 }, { "ang", 8736 }, { "apos", 39 }, { "aring", 229 },
    { "ast", 42 }, { "asymp", 8776 }, { "atilde", 227 }, { "auml", 228 }, { "bdquo", 8222 }, { "beta", 946 }, { "brvbar", 166 },
    { "bsol", 92 }, { "bull", 8226 }, { "cap", 8745 }, { "ccedil", 231 }, { "cedil", 184 }, { "cent", 162 }, { "check", 10003 },
    { "chi", 967 }, { "circ", 710 }, { "clubs", 9827 }, { "colon", 58 }, { "comma", 44 }, { "commat", 64 }, { "cong", 8773 },
    { "copy", 169 }, { "crarr", 8629 }, { "cup", 8746 }, { "curren", 164 }, { "dArr", 8659 }, { "dagger", 8224 }, { "darr", 8595 },
    { "dash", 8208 }, { "deg", 176 }, { "delta", 948 }, { "diams", 9830 }, { "divide", 247 }, { "dollar", 36 }, { "eacute", 233 },
    { "ecirc", 234 }, { "egrave", 232 }, { "empty", 8709 }, { "emsp", 8195 }, { "ensp", 8194 }, { "epsilon", 949 }, { "equals", 61 },
    { "equiv", 8801 }, { "eta", 951 }, { "eth", 240 }, { "euml", 235 }, { "euro", 8364 }, { "excl", 33 }, { "exist", 8707 },
    { "fnof", 402 }, { "forall", 8704 }, { "frac12", 189 }, { "frac14", 188 }, { "frac34", 190 }, { "frasl", 8260 }, { "gamma", 947 },
    { "ge", 8805 }, { "gt", 62 }, { "hArr", 8660 }, { "harr", 8596 }, { "hearts", 9829 }, { "hellip", 8230 }, { "iacute", 237 },
    { "icirc", 238 }, { "iexcl", 161 }, { "igrave", 236 }, { "image", 8465 }, { "infin", 8734 }, { "int", 8747 }, { "iota", 953 },
    { "iquest", 191 }, { "isin", 8712 }, { "iuml", 239 }, { "kappa", 954 }, { "lArr", 8656 }, { "lambda", 955 }, { "lang", 9001 },
    { "laquo", 171 }, { "larr", 8592 }, { "lbrack", 91 }, { "lceil", 8968 }, { "lcub", 123 }, { "ldquo", 8220 }, { "le", 8804 },
    { "lfloor", 8970 }, { "lowast", 8727 }, { "lowbar", 95 }, { "loz", 9674 }, { "lpar", 40 }, { "lrm", 8206 }, { "lsaquo", 8249 },
    { "lsqb", 91 }, { "lsquo", 8216 }, { "lt", 60 }, { "macr", 175 }, { "mdash", 8212 }, { "micro", 181 }, { "middot", 183 },
    { "minus", 8722 }, { "mu", 956 }, { "nabla", 8711 }, { "nbsp", 160 }, { "ndash", 8211 }, { "ne", 8800 }, { "ni", 8715 },
    { "not", 172 }, { "notin", 8713 }, { "nsub", 8836 }, { "ntilde", 241 }, { "nu", 957 }, { "num", 35 }, { "oacute", 243 },
    { "ocirc", 244 }, { "oelig", 339 }, { "ograve", 242 }, { "oline", 8254 }, { "omega", 969 }, { "omicron", 959 }, { "oplus", 8853 },
    { "or", 8744 }, { "ordf", 170 }, { "ordm", 186 }, { "oslash", 248 }, { "otilde", 245 }, { "otimes", 8855 }, { "ouml", 246 },
    { "para", 182 }, { "part", 8706 }, { "percnt", 37 }, { "period", 46 }, { "permil", 8240 }, { "perp", 8869 }, { "phi", 966 },
    { "phone", 9742 }, { "pi", 960 }, { "piv", 982 }, { "plus", 43 }, { "plusmn", 177 }, { "pound", 163 }, { "prime", 8242 },
    { "prod", 8719 }, { "prop", 8733 }, { "psi", 968 }, { "quest", 63 }, { "quot", 34 }, { "rArr", 8658 }, { "radic", 8730 },
    { "rang", 9002 }, { "raquo", 187 }, { "rarr", 8594 }, { "rbrack", 93 }, { "rceil", 8969 }, { "rcub", 125 }, { "rdquo", 8221 },
    { "real", 8476 }, { "reg", 174 }, { "rfloor", 8971 }, { "rho", 961 }, { "rlm", 8207 }, { "rpar", 41 }, { "rsaquo", 8250 },
    { "rsqb", 93 }, { "rsquo", 8217 }, { "sbquo", 8218 }, { "scaron", 353 }, { "sdot", 8901 }, { "sect", 167 }, { "semi", 59 },
    { "shy", 173 }, { "sigma", 963 }, { "sigmaf", 962 }, { "sim", 8764 }, { "sol", 47 }, { "spades", 9824 }, { "star", 9734 },
    { "sub", 8834 }, { "sube", 8838 }, { "sum", 8721 }, { "sup", 8835 }, { "sup1", 185 }, { "sup2", 178 }, { "sup3", 179 },
    { "supe", 8839 }, { "szlig", 223 }, { "tau", 964 }, { "there4", 8756 }, { "theta", 952 }, { "thetasym", 977 }, { "thinsp", 8201 },
    { "thorn", 254 }, { "tilde", 732 }, { "times", 215 }, { "trade", 8482 }, { "uArr", 8657 }, { "uacute", 250 }, { "uarr", 8593 },
    { "ucirc", 251 }, { "ugrave", 249 }, { "uml", 168 }, { "upsih", 978 }, { "upsilon", 965 }, { "uuml", 252 }, { "verbar", 124 },
    { "weierp", 8472 }, { "xi", 958 }, { "yacute", 253 }, { "yen", 165 }, { "yuml", 255 }, { "zeta", 950 }, { "zwj", 8205 },
    { "zwnj", 8204 }, { "zwsp", 8203 }
};

struct scanner {
    const char *at, *end;
    const struct html_events *events;
    void *user;
    struct buf text;
    bool no_comment_end, no_quote, no_apostrophe, no_cdata_end, no_greater;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add_character(struct buf *out, uint32_t c)
{
    /* 128 to 159 are what Windows-1252 has there (HTML, section 13.2.5.80). */
    static const unsigned short windows[32] = { 0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d,
        0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178 };
    if (c >= 0x80 && c < 0xa0)
        c = windows[c - 0x80];
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        c = 0xfffd;
    if (c < 0x80) {
        buf_char(out, (char)c);
    } else if (c < 0x800) {
        buf_char(out, (char)(0xc0 | c >> 6));
        buf_char(out, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        buf_char(out, (char)(0xe0 | c >> 12));
        buf_char(out, (char)(0x80 | (c >> 6 & 63)));
        buf_char(out, (char)(0x80 | (c & 63)));
    } else {
        buf_char(out, (char)(0xf0 | c >> 18));
        buf_char(out, (char)(0x80 | (c >> 12 & 63)));
        buf_char(out, (char)(0x80 | (c >> 6 & 63)));
        buf_char(out, (char)(0x80 | (c & 63)));
    }
}

static uint32_t named(struct str name)
{
    size_t low = 0, high = sizeof entities / sizeof *entities;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = str_cmp(name, str_of(entities[mid].name));
        if (c == 0)
            return entities[mid].character;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return 0;
}

/* "&#…;" at s; returns its length, 0 when it is none. */
static size_t numeric(struct str s, uint32_t *c)
{
    bool hex = s.n > 2 && (s.p[2] | 0x20) == 'x';
    size_t i = hex ? 3 : 2, first = i;
    uint32_t value = 0;
    for (; i < s.n && i < first + 10; i++) {
        char d = s.p[i];
        unsigned v = is_digit(d) ? (unsigned)(d - '0') : hex && (d | 0x20) >= 'a' && (d | 0x20) <= 'f' ? (unsigned)((d | 0x20) - 'a' + 10) : 99;
        if (v == 99)
            break;
        if (value < 0x110000)
            value = value * (hex ? 16 : 10) + v;
    }
    if (i == first)
        return 0;
    *c = value;
    return i < s.n && s.p[i] == ';' ? i + 1 : i;
}

/* A reference at s, which begins with "&". */
static size_t reference(struct str s, uint32_t *c)
{
    if (s.n < 3)
        return 0;
    if (s.p[1] == '#')
        return numeric(s, c);
    size_t n = 1;
    while (n < s.n && n < ENTITY_MAX && (is_letter(s.p[n]) || is_digit(s.p[n])))
        n++;
    bool closed = n < s.n && s.p[n] == ';';
    *c = named(str_sub(s, 1, n - 1));
    /* Without ";" only the old ones are meant, and not before "=" (a query string). */
    if (*c == 0 || (!closed && (*c > 0xff || (n < s.n && s.p[n] == '='))))
        return 0;
    return closed ? n + 1 : n;
}

void html_entities(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n;) {
        const char *amp = memchr(s.p + i, '&', s.n - i);
        size_t upto = amp ? (size_t)(amp - s.p) : s.n;
        buf_add(out, s.p + i, upto - i);
        if (amp == NULL)
            return;
        uint32_t c = 0;
        size_t n = reference(str_sub(s, upto, ENTITY_MAX + 2), &c);
        if (n > 0)
            add_character(out, c);
        else
            buf_char(out, '&');
        i = upto + (n ? n : 1);
    }
}

bool html_attribute(const struct html_tag *tag, const char *name, struct str *value)
{
    for (size_t i = 0; i < tag->count; i++)
        if (str_ieq(tag->attributes[i].name, str_of(name))) {
            *value = tag->attributes[i].value;
            return true;
        }
    return false;
}

static bool emit_text(struct scanner *s, const char *p, size_t n)
{
    if (n == 0)
        return true;
    if (memchr(p, '&', n) == NULL)
        return s->events->text(s->user, (struct str){ p, n });
    buf_clear(&s->text);
    html_entities(&s->text, (struct str){ p, n });
    return s->events->text(s->user, buf_view(&s->text));
}

/* Where `what` is from `from` on; NULL, remembered in *never, when it is nowhere. */
static const char *find(const struct scanner *s, const char *from, const char *what, bool *never)
{
    if (*never)
        return NULL;
    const char *p = memmem(from, (size_t)(s->end - from), what, strlen(what));
    if (p == NULL)
        *never = true;
    return p;
}

/* Behind a comment, declaration or processing instruction at s->at ("<!" or "<?"). */
static void skip_declaration(struct scanner *s)
{
    size_t left = (size_t)(s->end - s->at);
    const char *p;
    if (left >= 5 && memcmp(s->at, "<!-->", 5) == 0) {
        s->at += 5;
        return;
    }
    if (left >= 4 && memcmp(s->at, "<!--", 4) == 0 && (p = find(s, s->at + 4, "-->", &s->no_comment_end))) {
        s->at = p + 3;
        return;
    }
    if (left >= 9 && memcmp(s->at, "<![CDATA[", 9) == 0 && (p = find(s, s->at + 9, "]]>", &s->no_cdata_end))) {
        s->at = p + 3;
        return;
    }
    p = find(s, s->at, ">", &s->no_greater);
    s->at = p ? p + 1 : s->end;
}

static void skip_space(struct scanner *s)
{
    while (s->at < s->end && (is_space(*s->at) || *s->at == '/'))
        s->at++;
}

static struct str attribute_value(struct scanner *s)
{
    const char *from = s->at;
    if (s->at < s->end && (*s->at == '"' || *s->at == '\'')) {
        char quote[2] = { *s->at, '\0' };
        const char *close = find(s, s->at + 1, quote, *quote == '"' ? &s->no_quote : &s->no_apostrophe);
        if (close) {
            s->at = close + 1;
            return (struct str){ from + 1, (size_t)(close - from) - 1 };
        }
    }
    while (s->at < s->end && !is_space(*s->at) && *s->at != '>')
        s->at++;
    return (struct str){ from, (size_t)(s->at - from) };
}

static void read_attributes(struct scanner *s, struct html_tag *tag)
{
    for (;;) {
        skip_space(s);
        if (s->at >= s->end || *s->at == '>')
            break;
        struct html_attribute a = { .name = { s->at, 0 }, .value = { "", 0 } };
        while (s->at < s->end && !is_space(*s->at) && *s->at != '=' && *s->at != '>' && *s->at != '/')
            s->at++;
        a.name.n = (size_t)(s->at - a.name.p);
        while (s->at < s->end && is_space(*s->at))
            s->at++;
        if (s->at < s->end && *s->at == '=') {
            s->at++;
            while (s->at < s->end && is_space(*s->at))
                s->at++;
            a.value = attribute_value(s);
        }
        if (a.name.n > 0 && tag->count < HTML_ATTRIBUTES_MAX)
            tag->attributes[tag->count++] = a;
    }
    s->at += s->at < s->end;
}

static void read_name(struct scanner *s, struct html_tag *tag)
{
    size_t n = 0;
    for (; s->at < s->end && !is_space(*s->at) && *s->at != '>' && *s->at != '/'; s->at++)
        if (n < HTML_NAME_MAX)
            tag->name[n++] = (char)(*s->at >= 'A' && *s->at <= 'Z' ? *s->at + 32 : *s->at);
    tag->name[n] = '\0';
    tag->count = 0;
}

/* Elements whose content is no markup: on to their end tag. */
static void skip_raw(struct scanner *s, const char *name)
{
    static const char *const raw[] = { "script", "style", "title", "textarea", "xmp", "noembed" };
    bool is_raw = false;
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
        is_raw |= strcmp(name, raw[i]) == 0;
    if (!is_raw)
        return;
    size_t n = strlen(name);
    const char *p = s->at;
    while ((p = memchr(p, '<', (size_t)(s->end - p)))) {
        if ((size_t)(s->end - p) >= n + 2 && p[1] == '/' && strncasecmp(p + 2, name, n) == 0)
            break;
        p++;
    }
    s->at = p ? p : s->end;
}

static bool scan_tag(struct scanner *s, struct html_tag *tag)
{
    bool closing = s->at[1] == '/';
    s->at += closing ? 2 : 1;
    read_name(s, tag);
    read_attributes(s, tag);
    if (closing)
        return s->events->end(s->user, tag);
    if (!s->events->begin(s->user, tag))
        return false;
    skip_raw(s, tag->name);
    return true;
}

void html_scan(struct str source, const struct html_events *events, void *user)
{
    if (source.n == 0)
        return;
    struct scanner s = { .at = source.p, .end = source.p + source.n, .events = events, .user = user };
    struct html_tag tag;
    bool more = true;
    while (more && s.at < s.end) {
        const char *from = s.at, *angle = memchr(from, '<', (size_t)(s.end - from));
        /* A "<" that begins nothing is text. */
        while (angle && angle + 1 < s.end && !is_letter(angle[1]) && angle[1] != '!' && angle[1] != '?'
               && !(angle[1] == '/' && angle + 2 < s.end && is_letter(angle[2])))
            angle = memchr(angle + 1, '<', (size_t)(s.end - angle) - 1);
        if (angle && angle + 1 >= s.end)
            angle = NULL;
        s.at = angle ? angle : s.end;
        more = emit_text(&s, from, (size_t)(s.at - from));
        if (!more || angle == NULL)
            break;
        if (angle[1] == '!' || angle[1] == '?')
            skip_declaration(&s);
        else
            more = scan_tag(&s, &tag);
    }
    buf_free(&s.text);
}
