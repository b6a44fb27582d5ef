/* charset: one table of labels, one handle per charset. The idea: trust a label as far as the octets bear it out, then validity,
 * then statistics, and never hand a name from a mail to iconv. */
#include "mail/charset.h"

#include "mail/octets.h"

#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <uchardet/uchardet.h>

#define LABEL_MAX 40u
#define DETECT_MAX (64u * 1024) /* octets shown to the detector */
#define CHUNK 16384u
#define HOPELESS 1000u /* faults, and a thousandth of the octets besides: not that charset, and not worth going on */
#define HINT_SHORT 24u /* below so many 8-bit octets statistics say little */

enum shape {
    ASCII_BASED, /* octets below 0x80 are ASCII, always */
    STATEFUL     /* 7-bit octets may mean something else */
};

struct charset {
    const char *name; /* as iconv knows it */
    enum shape shape;
    const char *labels; /* lower case, blank separated */
};

/* The Encoding Standard's labels, with what mail adds to them: UTF-7, the DOS code pages, ISO-2022-KR, Apple's tables, spellings without dash. */
static const struct charset table[] = {
    { "UTF-8", ASCII_BASED, "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf-8-mac utf8mb4 utf-8n cp65001" },
    { "CP1252", ASCII_BASED,
        "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 iso-ir-100 latin1 latin-1 l1 ibm819 cp819 "
        "csisolatin1 ascii us-ascii ansi_x3.4-1968 usascii us_ascii iso646-us 646 ansi default unknown-8bit x-unknown unknown x-user-defined "
        "8bit 7bit iso-8859-1-windows-3.1-latin-1 windows1252 win-1252 cp-1252 _iso-8859-1 iso-latin-1 western iso-8859-0" },
    { "UTF-7", STATEFUL, "utf-7 utf7 unicode-1-1-utf-7 x-unicode-2-0-utf-7 csunicode11utf7" },
    { "CP1250", ASCII_BASED, "windows-1250 cp1250 x-cp1250 cp-1250 win-1250" },
    { "CP1251", ASCII_BASED, "windows-1251 cp1251 x-cp1251 cp-1251 win-1251 win1251 windows1251" },
    { "CP1253", ASCII_BASED, "windows-1253 cp1253 x-cp1253" },
    { "CP1254", ASCII_BASED, "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 latin5 l5 iso-ir-148 csisolatin5" },
    { "CP1255", ASCII_BASED, "windows-1255 cp1255 x-cp1255" },
    { "CP1256", ASCII_BASED, "windows-1256 cp1256 x-cp1256" },
    { "CP1257", ASCII_BASED, "windows-1257 cp1257 x-cp1257" },
    { "CP1258", ASCII_BASED, "windows-1258 cp1258 x-cp1258" },
    { "CP874", ASCII_BASED, "windows-874 cp874 dos-874 tis-620 iso-8859-11 iso8859-11 iso885911" },
    { "ISO-8859-2", ASCII_BASED, "iso-8859-2 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 latin2 latin-2 l2 iso-ir-101 csisolatin2" },
    { "ISO-8859-3", ASCII_BASED, "iso-8859-3 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 latin3 l3 iso-ir-109 csisolatin3" },
    { "ISO-8859-4", ASCII_BASED, "iso-8859-4 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 latin4 l4 iso-ir-110 csisolatin4" },
    { "ISO-8859-5", ASCII_BASED, "iso-8859-5 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 cyrillic iso-ir-144 csisolatincyrillic" },
    { "ISO-8859-6", ASCII_BASED, "iso-8859-6 iso8859-6 iso88596 iso_8859-6 arabic asmo-708 ecma-114 iso-8859-6-e iso-8859-6-i csisolatinarabic" },
    { "ISO-8859-7", ASCII_BASED, "iso-8859-7 iso8859-7 iso88597 iso_8859-7 greek greek8 ecma-118 elot_928 csisolatingreek" },
    { "ISO-8859-8", ASCII_BASED, "iso-8859-8 iso8859-8 iso88598 iso_8859-8 iso-8859-8-i iso-8859-8-e logical visual hebrew csisolatinhebrew" },
    { "ISO-8859-10", ASCII_BASED, "iso-8859-10 iso8859-10 iso885910 latin6 l6 iso-ir-157 csisolatin6" },
    { "ISO-8859-13", ASCII_BASED, "iso-8859-13 iso8859-13 iso885913" },
    { "ISO-8859-14", ASCII_BASED, "iso-8859-14 iso8859-14 iso885914" },
    { "ISO-8859-15", ASCII_BASED, "iso-8859-15 iso8859-15 iso885915 iso_8859-15 latin9 latin-9 l9 csisolatin9" },
    { "ISO-8859-16", ASCII_BASED, "iso-8859-16" },
    { "KOI8-R", ASCII_BASED, "koi8-r koi8 koi koi8_r cskoi8r" },
    { "KOI8-U", ASCII_BASED, "koi8-u koi8-ru" },
    { "CP866", ASCII_BASED, "ibm866 cp866 866 csibm866 dos-866" },
    { "CP437", ASCII_BASED, "ibm437 cp437 437" },
    { "CP850", ASCII_BASED, "ibm850 cp850 850 ibm858 cp858 dos-850" },
    { "CP852", ASCII_BASED, "ibm852 cp852 852" },
    { "MACINTOSH", ASCII_BASED, "macintosh mac x-mac-roman csmacintosh macroman" },
    { "MAC-CYRILLIC", ASCII_BASED, "x-mac-cyrillic x-mac-ukrainian maccyrillic" },
    { "MAC-CENTRALEUROPE", ASCII_BASED, "x-mac-ce x-mac-centraleurroman macce" },
    { "GB18030", ASCII_BASED,
        "gb18030 gbk gb2312 gb_2312 gb_2312-80 gb2312-80 gb-2312 x-gbk cp936 ms936 windows-936 chinese csgb2312 iso-ir-58 euc-cn x-euc-cn gb" },
    { "BIG5-HKSCS", ASCII_BASED, "big5 big-5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 ms950 big5hkscs" },
    { "EUC-JP-MS", ASCII_BASED, "euc-jp x-euc-jp eucjp cseucpkdfmtjapanese ujis" },
    { "ISO-2022-JP-3", STATEFUL, "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso2022jp iso-2022-jp-ms cp50220 cp50221 jis" },
    { "CP932", ASCII_BASED, "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis cp932 windows-932 shiftjis s-jis" },
    { "UHC", ASCII_BASED,
        "euc-kr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 cp949 ms949 uhc cseuckr csksc56011987 iso-ir-149 euckr ks_c_5601" },
    { "ISO-2022-KR", STATEFUL, "iso-2022-kr csiso2022kr" },
    { "UTF-16LE", STATEFUL, "utf-16 utf-16le utf16 utf16le ucs-2 unicode iso-10646-ucs-2 csunicode unicodefeff" },
    { "UTF-16BE", STATEFUL, "utf-16be utf16be unicodefffe" },
    { "UTF-32LE", STATEFUL, "utf-32 utf-32le utf32" },
    { "VISCII", ASCII_BASED, "viscii csviscii" },
    { "TCVN", ASCII_BASED, "tcvn x-viet-tcvn5712" },
    { "HZ", STATEFUL, "hz-gb-2312 hz" }, /* our own decoder in front of GB18030 */
};
#define CHARSETS (sizeof table / sizeof *table)

/* The process's handles: opened once, before the jail, used again by every message. */
static struct {
    bool ready;
    iconv_t handle[CHARSETS];
    uchardet_t detector;
} held;

/* Is it one of the blank separated words? */
static bool label_in(const char *labels, struct str label)
{
    for (const char *at = labels; (at = strstr(at, label.p)); at++) {
        bool begins = at == labels || at[-1] == ' ', ends = at[label.n] == ' ' || at[label.n] == '\0';
        if (begins && ends)
            return true;
    }
    return false;
}

static const struct charset *find(struct str label)
{
    char text[LABEL_MAX + 1];
    size_t n = 0;
    for (size_t i = 0; i < label.n; i++) {
        unsigned char c = (unsigned char)label.p[i];
        if (c == '"' || c == '\'' || c <= ' ')
            continue;
        if (n == LABEL_MAX)
            return NULL;
        text[n++] = (char)tolower(c);
    }
    text[n] = '\0';
    for (size_t i = 0; n > 0 && i < CHARSETS; i++)
        if (label_in(table[i].labels, (struct str){ text, n }))
            return &table[i];
    return NULL;
}

static const struct charset *by_name(const char *name)
{
    for (size_t i = 0; i < CHARSETS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const char *charset_of(struct str label)
{
    const struct charset *c = find(label);
    return c ? c->name : NULL;
}

bool charset_allowed(const char *name)
{
    if (name == NULL)
        return false;
    return charset_of(str_of(name)) != NULL || by_name(name) != NULL;
}

void charset_prepare(void)
{
    if (held.ready)
        return;
    for (size_t i = 0; i < CHARSETS; i++) {
        const char *from = strcmp(table[i].name, "HZ") == 0 ? "GB18030" : table[i].name;
        held.handle[i] = iconv_open("UTF-8", from);
    }
    held.detector = uchardet_new();
    held.ready = true;
}

/* Octets above ASCII, eight at once. */
static size_t count_high(struct str s)
{
    size_t high = 0, i = 0;
    for (uint64_t eight; i + sizeof eight <= s.n; i += sizeof eight) {
        memcpy(&eight, s.p + i, sizeof eight);
        high += (size_t)__builtin_popcountll(eight & UINT64_C(0x8080808080808080));
    }
    for (; i < s.n; i++)
        high += (unsigned char)s.p[i] >> 7;
    return high;
}

static void add_replacement(struct buf *out)
{
    buf_add(out, "\xef\xbf\xbd", 3);
}

/* UTF-8 with repairs: valid characters as they are, any other octet as U+FFFD. */
static size_t convert_utf8(struct buf *out, struct str s)
{
    size_t bad = 0;
    if (utf8_valid(s)) {
        buf_str(out, s);
        return 0;
    }
    for (size_t i = 0; i < s.n;) {
        uint32_t c;
        size_t len = utf8_next(str_sub(s, i, 4), &c);
        if (len > 0) {
            buf_add(out, s.p + i, len);
            i += len;
            continue;
        }
        add_replacement(out);
        bad++;
        i++;
        while (i < s.n && ((unsigned char)s.p[i] & 0xc0) == 0x80)
            i++; /* the rest of the same broken character */
    }
    return bad;
}

static size_t convert_iconv(struct buf *out, struct str s, iconv_t handle, size_t most)
{
    char *in = (char *)(uintptr_t)s.p;
    size_t left = s.n, bad = 0;
    iconv(handle, NULL, NULL, NULL, NULL);
    while (left > 0) {
        char *to = buf_room(out, CHUNK), *start = to;
        size_t room = CHUNK;
        size_t r = iconv(handle, &in, &left, &to, &room);
        out->n += (size_t)(to - start);
        if (r != (size_t)-1)
            continue;
        if (errno == E2BIG)
            continue;
        add_replacement(out);
        if (++bad > most)
            break;
        if (errno == EINVAL) /* cut in the middle of a character */
            break;
        in++;
        left--;
    }
    char *to = buf_room(out, CHUNK), *start = to;
    size_t room = CHUNK;
    iconv(handle, NULL, NULL, &to, &room);
    out->n += (size_t)(to - start);
    return bad;
}

/* RFC 1843: "~{" begins two-octet characters without their high bits, "~}" ends them. */
static size_t convert_hz(struct buf *out, struct str s, iconv_t gb)
{
    struct buf plain = { 0 };
    bool wide = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;
        if (c == '~' && (next == '{' || next == '}' || next == '~' || next == '\n')) {
            i++;
            if (next == '{' || next == '}')
                wide = next == '{';
            else if (next == '~')
                buf_char(&plain, '~');
        } else if (wide && c >= 0x21 && i + 1 < s.n) {
            buf_char(&plain, (char)(c | 0x80));
            buf_char(&plain, (char)(next | 0x80));
            i++;
        } else {
            if (c == '\n')
                wide = false;
            buf_char(&plain, c);
        }
    }
    size_t bad = convert_iconv(out, buf_view(&plain), gb, HOPELESS + s.n / 1000);
    buf_free(&plain);
    return bad;
}

static size_t convert(struct buf *out, struct str s, const struct charset *c)
{
    charset_prepare();
    if (c == &table[0])
        return convert_utf8(out, s);
    if (c->shape == ASCII_BASED && utf8_is_ascii(s)) {
        buf_str(out, s);
        return 0;
    }
    if (strcmp(c->name, "UTF-16LE") == 0 && s.n >= 2 && memcmp(s.p, "\xfe\xff", 2) == 0)
        c = by_name("UTF-16BE");
    iconv_t handle = held.handle[c - table];
    if (handle == (iconv_t)-1)
        return convert_utf8(out, s);
    if (strcmp(c->name, "HZ") == 0)
        return convert_hz(out, s, handle);
    /* Windows-1252 is the last resort: it goes on whatever comes. */
    return convert_iconv(out, s, handle, c == &table[1] ? SIZE_MAX : HOPELESS + s.n / 1000);
}

size_t charset_convert(struct buf *out, struct str octets, const char *name)
{
    const struct charset *c = by_name(name);
    return convert(out, octets, c ? c : &table[0]);
}

/* ISO-2022-JP and its like without a label: an escape sequence that designates a double-byte set. */
static bool has_escapes(struct str s)
{
    if (octets_find(s, '\x1b') == NULL)
        return false;
    return str_find(s, STR("\x1b$B")) >= 0 || str_find(s, STR("\x1b$@")) >= 0 || str_find(s, STR("\x1b(J")) >= 0;
}

static const struct charset *detect(struct str s)
{
    charset_prepare();
    uchardet_reset(held.detector);
    if (uchardet_handle_data(held.detector, s.p, s.n < DETECT_MAX ? s.n : DETECT_MAX) != 0)
        return NULL;
    uchardet_data_end(held.detector);
    return find(str_of(uchardet_get_charset(held.detector)));
}

/* Converts into out when the octets fit c well enough; else leaves out as it was. */
static bool try_convert(struct buf *out, struct str s, const struct charset *c, size_t allowed)
{
    size_t before = out->n;
    if (c && convert(out, s, c) <= allowed)
        return true;
    out->n = before;
    return false;
}

static void guess(struct buf *out, struct str s, const struct charset *label, const struct charset *hint, size_t high)
{
    size_t some = high / 50;
    if (high >= HINT_SHORT || hint == NULL) {
        const struct charset *found = detect(s);
        /* On little evidence only a multi-octet charset that fits without a fault is believed. */
        if (found && (high >= HINT_SHORT || label == NULL) && try_convert(out, s, found, some))
            return;
    }
    if (hint && hint != &table[0] && try_convert(out, s, hint, some))
        return;
    if (label && try_convert(out, s, label, high / 8 + 1))
        return;
    convert(out, s, &table[1]);
}

void charset_text(struct buf *out, struct str octets, struct str label, struct str hint, bool *guessed)
{
    size_t high = count_high(octets);
    if (high == 0 && label.n == 0 && octets_find(octets, '\x1b') == NULL) { /* most header fields */
        buf_str(out, octets);
        return;
    }
    const struct charset *said = find(label), *near = find(hint);
    if (said && said->shape == STATEFUL) {
        if (high > octets.n / 4 && octets.n > 3 && strncmp(said->name, "UTF-", 4) != 0)
            *guessed = true; /* 8-bit octets where there are none: not that charset */
        else if (try_convert(out, octets, said, octets.n / 100 + 1))
            return;
    }
    if (high == 0) {
        if (!said && label.n > 0)
            *guessed = true;
        if (has_escapes(octets) && try_convert(out, octets, find(STR("iso-2022-jp")), octets.n / 100))
            return;
        buf_str(out, octets);
        return;
    }
    if (utf8_valid(octets)) {
        if (said != &table[0])
            *guessed = true;
        /* A two-octet charset may look like UTF-8 by chance on a few characters; then the label decides. */
        if (said && said != &table[0] && said != &table[1] && high < 12 && try_convert(out, octets, said, 0))
            return;
        buf_str(out, octets);
        return;
    }
    if (said == &table[0] && try_convert(out, octets, said, high / 10)) {
        *guessed = true;
        return;
    }
    bool plain_ascii = label.n == 0 || said == NULL || str_ieq(str_trim(label), STR("us-ascii"));
    if (said && said != &table[0] && !plain_ascii && try_convert(out, octets, said, high / 20 + (said == &table[1] ? octets.n : 0)))
        return;
    *guessed = true;
    guess(out, octets, plain_ascii ? NULL : said, near, high);
}
