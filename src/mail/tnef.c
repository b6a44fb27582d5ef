/* tnef: attributes in a row; two of them hold lists of MAPI properties. A cursor that cannot leave its octets reads both, and a message
 * attached to a message is the same again one level down, on the same list of files and the same budget of text. */
#include "mail/tnef.h"

#include "mail/charset.h"
#include "mail/codepage.h"
#include "mail/rtf.h"

#include <string.h>

enum attribute {
    ATTRIBUTE_CODEPAGE = 0x00069007,
    ATTRIBUTE_PROPERTIES = 0x00069003,
    ATTRIBUTE_BODY = 0x0002800c,
    ATTRIBUTE_SUBJECT = 0x00018004,
    ATTRIBUTE_PRIORITY = 0x0004800d,
    ATTRIBUTE_ATTACH_BEGIN = 0x00069002,
    ATTRIBUTE_ATTACH_TITLE = 0x00018010,
    ATTRIBUTE_ATTACH_DATA = 0x0006800f,
    ATTRIBUTE_ATTACH_PROPERTIES = 0x00069005
};

enum property_id {
    PROPERTY_IMPORTANCE = 0x0017,
    PROPERTY_SUBJECT = 0x0037,
    PROPERTY_BODY = 0x1000,
    PROPERTY_RTF = 0x1009,
    PROPERTY_HTML = 0x1013,
    PROPERTY_DISPLAY_NAME = 0x3001,
    PROPERTY_DATA = 0x3701,
    PROPERTY_FILENAME = 0x3704,
    PROPERTY_LONG_FILENAME = 0x3707,
    PROPERTY_MIME_TYPE = 0x370e,
    PROPERTY_CONTENT_ID = 0x3712,
    PROPERTY_INTERNET_CODEPAGE = 0x3fde
};

enum property_type {
    TYPE_SHORT = 0x02,
    TYPE_LONG = 0x03,
    TYPE_OBJECT = 0x0d,
    TYPE_STRING = 0x1e,
    TYPE_UNICODE = 0x1f,
    TYPE_BINARY = 0x102,
    TYPE_MANY = 0x1000
};

#define SIGNATURE 0x223e9f78u
#define GUID_SIZE 16u

struct cursor {
    struct str s;
    size_t at;
    bool bad; /* asked for more than there is */
};

/* Everything that the messages within a message share. */
struct reading {
    struct arena *arena;
    struct tnef_file files[TNEF_FILES_MAX];
    size_t file_count;
    size_t text_left;
    bool broken;
};

/* One message, and the attachment now open in it. */
struct level {
    struct reading *reading;
    unsigned depth;
    uint32_t codepage, internet_codepage;
    struct str subject, plain, html, rtf, old_body;
    bool plain_wide, html_wide;
    int importance;
    bool importance_said;
    bool open;
    struct str title, data, name, long_name, display_name;
    struct str type, id, message;
};

static struct str take(struct cursor *c, size_t n)
{
    if (c->bad || n > c->s.n - c->at) {
        c->bad = true;
        return (struct str){"", 0};
    }
    struct str s = {c->s.p + c->at, n};
    c->at += n;
    return s;
}

static uint32_t take_number(struct cursor *c, size_t octets)
{
    struct str s = take(c, octets);
    uint32_t number = 0;
    for (size_t i = 0; i < s.n; i++)
        number |= (uint32_t)(unsigned char)s.p[i] << (8 * i);
    return number;
}

static uint32_t number_of(struct str s)
{
    struct cursor c = {.s = s};
    return take_number(&c, s.n < 4 ? s.n : 4);
}

/* Values stand at multiples of four. */
static void take_padding(struct cursor *c, size_t n)
{
    size_t pad = (4 - n % 4) % 4;
    if (pad > c->s.n - c->at)
        pad = c->s.n - c->at; /* the last one may lack it */
    take(c, pad);
}

struct property {
    uint32_t type, id;
    struct str value; /* the first, of many */
};

/* Octets of one value of a type of fixed size; 0: the size stands before it. */
static size_t fixed_size(uint32_t type)
{
    static const struct {
        uint32_t type, size;
    } sizes[] = {{0x01, 4}, {TYPE_SHORT, 2}, {TYPE_LONG, 4}, {0x04, 4}, {0x05, 8}, {0x06, 8}, {0x07, 8}, {0x0a, 4}, {0x0b, 2}, {0x14, 8}, {0x40, 8},
        {0x48, GUID_SIZE}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].type == type)
            return sizes[i].size;
    return 0;
}

/* A property of a set of its own has its name behind its number. */
static void skip_name(struct cursor *c)
{
    take(c, GUID_SIZE);
    if (take_number(c, 4) == 0) {
        take(c, 4);
        return;
    }
    size_t n = take_number(c, 4);
    take(c, n);
    take_padding(c, n);
}

static bool take_property(struct cursor *c, struct property *p)
{
    uint32_t type = take_number(c, 2);
    *p = (struct property){.type = type & ~(uint32_t)TYPE_MANY, .id = take_number(c, 2)};
    if (p->id >= 0x8000)
        skip_name(c);
    size_t size = fixed_size(p->type);
    uint32_t count = size == 0 || (type & TYPE_MANY) != 0 ? take_number(c, 4) : 1;
    for (uint32_t i = 0; i < count && !c->bad; i++) {
        size_t n = size != 0 ? size : take_number(c, 4);
        struct str value = take(c, n);
        take_padding(c, n);
        if (i == 0)
            p->value = value;
    }
    return !c->bad;
}

/* ---- text --------------------------------------------------------------------------------------------------------------- */

/* The octets of one zero-terminated text as UTF-8, within the budget of all. */
static struct str converted(struct reading *r, struct str octets, bool wide, uint32_t page)
{
    struct buf out = {0};
    r->broken = r->broken || octets.n > r->text_left;
    octets = str_sub(octets, 0, r->text_left);
    if (wide) {
        size_t n = 0;
        while (n + 1 < octets.n && (octets.p[n] != 0 || octets.p[n + 1] != 0))
            n += 2;
        charset_convert(&out, str_sub(octets, 0, n), "UTF-16LE");
    } else {
        const char *end = octets.n > 0 ? memchr(octets.p, 0, octets.n) : NULL;
        struct str s = end != NULL ? str_sub(octets, 0, (size_t)(end - octets.p)) : octets;
        const char *name = codepage_charset(page);
        bool guessed = false;
        if (name != NULL)
            charset_convert(&out, s, name);
        else
            charset_text(&out, s, (struct str){"", 0}, STR("windows-1252"), &guessed);
    }
    struct str text = arena_str(r->arena, str_sub(buf_view(&out), 0, r->text_left));
    r->text_left -= text.n;
    buf_free(&out);
    return text;
}

static bool is_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static struct tnef_text rich_text(struct reading *r, struct str compressed)
{
    struct buf rtf = {0};
    struct rtf_text read = {0};
    struct tnef_text text = {0};
    bool whole = rtf_decompress(&rtf, compressed, r->text_left < RTF_MAX ? r->text_left : RTF_MAX);
    r->broken = r->broken || !whole;
    r->text_left -= rtf.n;
    if (rtf_read(r->arena, buf_view(&rtf), &read)) {
        text.text = str_sub(read.text, 0, r->text_left);
        text.is_html = read.is_html;
        r->text_left -= text.text.n;
    }
    buf_free(&rtf);
    return text;
}

static struct tnef_text best_text(struct level *l)
{
    struct reading *r = l->reading;
    struct tnef_text text = {.text = converted(r, l->plain, l->plain_wide, l->codepage)};
    if (is_blank(text.text))
        text.text = converted(r, l->old_body, false, l->codepage);
    if (is_blank(text.text) && l->html.n > 0) {
        text.text = converted(r, l->html, l->html_wide, l->internet_codepage != 0 ? l->internet_codepage : l->codepage);
        text.is_html = true;
    }
    if (is_blank(text.text) && l->rtf.n > 0)
        text = rich_text(r, l->rtf);
    return text;
}

/* ---- attachments ----------------------------------------------------------------------------------------------------------- */

static void add_file(struct reading *r, const struct tnef_file *file)
{
    if (r->file_count < TNEF_FILES_MAX)
        r->files[r->file_count++] = *file;
    else
        r->broken = true;
}

static bool is_tnef(struct str s)
{
    return s.n >= 4 && number_of(s) == SIGNATURE;
}

static void read_level(struct level *l, struct str octets);

/* A message as an attachment: its text is a file, its files are ours. */
static void read_inner(struct level *outer, struct str octets)
{
    struct reading *r = outer->reading;
    if (outer->depth + 1 >= TNEF_DEPTH_MAX) {
        r->broken = true;
        return;
    }
    struct level inner = {.reading = r, .depth = outer->depth + 1, .codepage = outer->codepage};
    read_level(&inner, octets);
    struct tnef_text text = best_text(&inner);
    struct str name = inner.subject.n > 0 ? inner.subject : outer->display_name.n > 0 ? outer->display_name : STR("message");
    if (is_blank(text.text))
        return;
    struct tnef_file file = {.type = text.is_html ? STR("text/html") : STR("text/plain"), .octets = text.text};
    file.name = arena_printf(r->arena, "%.*s.%s", STR_ARG(name), text.is_html ? "html" : "txt");
    add_file(r, &file);
}

static void close_attachment(struct level *l)
{
    if (l->open && l->message.n > 0) {
        read_inner(l, l->message);
    } else if (l->open && (l->data.n > 0 || l->title.n > 0 || l->long_name.n > 0)) {
        struct tnef_file file = {.name = l->long_name, .type = l->type, .octets = l->data, .is_inline = l->id.n > 0};
        if (is_blank(file.name))
            file.name = is_blank(l->name) ? l->title : l->name;
        if (is_blank(file.name))
            file.name = l->display_name;
        add_file(l->reading, &file);
    }
    l->open = false;
    l->title = l->data = l->name = l->long_name = l->display_name = l->type = l->id = l->message = (struct str){"", 0};
}

static struct str lower(struct arena *arena, struct str s)
{
    char *p = arena_text(arena, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + 32);
    return (struct str){p, s.n};
}

/* An object begins with the name of its interface; a message is TNEF again. */
static void take_data(struct level *l, const struct property *p)
{
    struct str value = p->type == TYPE_OBJECT ? str_sub(p->value, GUID_SIZE, p->value.n) : p->value;
    if (p->type == TYPE_OBJECT && is_tnef(value))
        l->message = value;
    else if (l->data.n == 0)
        l->data = value;
}

static void take_attachment_property(struct level *l, const struct property *p)
{
    const struct {
        uint32_t id;
        struct str *into;
    } texts[] = {{PROPERTY_FILENAME, &l->name}, {PROPERTY_LONG_FILENAME, &l->long_name}, {PROPERTY_DISPLAY_NAME, &l->display_name},
        {PROPERTY_MIME_TYPE, &l->type}, {PROPERTY_CONTENT_ID, &l->id}};
    if (p->id == PROPERTY_DATA && (p->type == TYPE_BINARY || p->type == TYPE_OBJECT))
        take_data(l, p);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (p->id == texts[i].id && (p->type == TYPE_STRING || p->type == TYPE_UNICODE))
            *texts[i].into = converted(l->reading, str_sub(p->value, 0, 4096), p->type == TYPE_UNICODE, l->codepage);
    if (p->id == PROPERTY_MIME_TYPE)
        l->type = lower(l->reading->arena, l->type);
}

/* ---- message ---------------------------------------------------------------------------------------------------------------- */

static void take_message_property(struct level *l, const struct property *p)
{
    bool text = p->type == TYPE_STRING || p->type == TYPE_UNICODE, wide = p->type == TYPE_UNICODE;
    if (p->id == PROPERTY_BODY && text)
        l->plain = p->value, l->plain_wide = wide;
    else if (p->id == PROPERTY_HTML && (text || p->type == TYPE_BINARY))
        l->html = p->value, l->html_wide = wide;
    else if (p->id == PROPERTY_RTF && p->type == TYPE_BINARY)
        l->rtf = p->value;
    else if (p->id == PROPERTY_SUBJECT && text)
        l->subject = converted(l->reading, str_sub(p->value, 0, 4096), wide, l->codepage);
    else if (p->id == PROPERTY_INTERNET_CODEPAGE && p->type == TYPE_LONG)
        l->internet_codepage = number_of(p->value);
    else if (p->id == PROPERTY_IMPORTANCE && p->type == TYPE_LONG && number_of(p->value) <= 2)
        l->importance = (int)number_of(p->value) - 1, l->importance_said = true;
}

static void read_properties(struct level *l, struct str octets, void (*taken)(struct level *, const struct property *))
{
    struct cursor c = {.s = octets};
    struct property p;
    uint32_t count = take_number(&c, 4);
    for (uint32_t i = 0; i < count && i < TNEF_PROPERTIES_MAX && take_property(&c, &p); i++)
        taken(l, &p);
    l->reading->broken = l->reading->broken || c.bad || count > TNEF_PROPERTIES_MAX;
}

static void take_attribute(struct level *l, uint32_t attribute, struct str data)
{
    if (attribute == ATTRIBUTE_CODEPAGE) {
        l->codepage = number_of(data);
    } else if (attribute == ATTRIBUTE_PROPERTIES) {
        read_properties(l, data, take_message_property);
    } else if (attribute == ATTRIBUTE_BODY) {
        l->old_body = data;
    } else if (attribute == ATTRIBUTE_SUBJECT && l->subject.n == 0) {
        l->subject = converted(l->reading, str_sub(data, 0, 4096), false, l->codepage);
    } else if (attribute == ATTRIBUTE_PRIORITY && !l->importance_said && data.n >= 2) {
        uint32_t priority = number_of(str_sub(data, 0, 2)); /* 1 high, 2 normal, 3 low */
        l->importance = priority == 1 ? 1 : priority == 3 ? -1 : 0;
    } else if (attribute == ATTRIBUTE_ATTACH_BEGIN) {
        close_attachment(l);
        l->open = true;
    } else if (attribute == ATTRIBUTE_ATTACH_TITLE) {
        l->open = true;
        l->title = converted(l->reading, str_sub(data, 0, 4096), false, l->codepage);
    } else if (attribute == ATTRIBUTE_ATTACH_DATA) {
        l->open = true;
        l->data = data;
    } else if (attribute == ATTRIBUTE_ATTACH_PROPERTIES) {
        l->open = true;
        read_properties(l, data, take_attachment_property);
    }
}

/* signature, key, then attributes: level, number, length, octets, checksum. */
static void read_level(struct level *l, struct str octets)
{
    struct cursor c = {.s = octets};
    take(&c, 6);
    while (!c.bad && c.at < c.s.n) {
        take(&c, 1);
        uint32_t attribute = take_number(&c, 4);
        size_t length = take_number(&c, 4);
        struct str data = take(&c, length);
        if (!c.bad)
            take_attribute(l, attribute, data);
        take(&c, 2);
    }
    l->reading->broken = l->reading->broken || c.bad;
    close_attachment(l);
}

bool tnef_read(struct arena *arena, struct str octets, struct tnef *out)
{
    *out = (struct tnef){0};
    if (!is_tnef(octets))
        return false;
    struct reading r = {.arena = arena, .text_left = TNEF_TEXT_MAX};
    struct level l = {.reading = &r};
    read_level(&l, octets);
    out->text = best_text(&l);
    out->subject = l.subject;
    out->importance = l.importance;
    out->files = arena_array(arena, r.file_count, sizeof *out->files);
    if (r.file_count > 0)
        memcpy(out->files, r.files, r.file_count * sizeof *out->files);
    out->file_count = r.file_count;
    out->broken = r.broken;
    return true;
}
