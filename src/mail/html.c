/* html: elements are looked up in one table that says what they do to the line; a stack remembers what each open element changed.
 * Blanks are collapsed while writing, so that the text comes out in one pass. */
#include "mail/html.h"

#include "base/utf8.h"

#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PIECE 65536
#define HREF_MAX 2000u
#define LIST_DEPTH_MAX 10u

enum action {
    NONE = 0,
    BLOCK = 1,      /* begins and ends a line */
    PARAGRAPH = 2,  /* and stands apart by a blank line */
    SKIP = 4,       /* its content is no text */
    QUOTE = 8,
    ITEM = 16,
    LIST = 32,
    CELL = 64,
    KEEP_BLANKS = 128,
    RULE = 256,
    BREAK = 512,
    LINK = 1024,
    IMAGE = 2048,
    HEAD_END = 4096 /* body: whatever was skipped, text begins */
};

static const struct {
    const char *name;
    unsigned does;
} elements[] = { { "a", LINK }, { "address", BLOCK }, { "article", BLOCK }, { "aside", BLOCK }, { "blockquote", BLOCK | QUOTE },
    { "body", BLOCK | HEAD_END }, { "br", BREAK }, { "center", BLOCK }, { "dd", BLOCK }, { "div", BLOCK }, { "dl", PARAGRAPH }, { "dt", BLOCK },
    { "fieldset", BLOCK }, { "footer", BLOCK }, { "form", BLOCK }, { "h1", PARAGRAPH }, { "h2", PARAGRAPH }, { "h3", PARAGRAPH }, { "h4", PARAGRAPH },
    { "h5", PARAGRAPH }, { "h6", PARAGRAPH }, { "head", SKIP }, { "header", BLOCK }, { "hr", RULE }, { "img", IMAGE }, { "li", ITEM },
    { "main", BLOCK }, { "menu", LIST }, { "nav", BLOCK }, { "noframes", SKIP }, { "object", SKIP }, { "ol", LIST }, { "option", BLOCK }, { "p", PARAGRAPH },
    { "pre", PARAGRAPH | KEEP_BLANKS }, { "script", SKIP }, { "section", BLOCK }, { "select", SKIP }, { "style", SKIP }, { "svg", SKIP },
    { "table", BLOCK }, { "tbody", BLOCK }, { "td", CELL }, { "template", SKIP }, { "textarea", BLOCK }, { "tfoot", BLOCK }, { "th", CELL }, { "thead", BLOCK },
    { "title", SKIP }, { "tr", BLOCK }, { "ul", LIST }, { "xml", SKIP } };

struct open_element {
    unsigned does;
    bool hides;
    bool ordered;
    unsigned count; /* items so far */
    size_t href_at; /* in writer.hrefs, SIZE_MAX: none */
    size_t text_at; /* where the link's text began */
};

struct writer {
    struct buf *out;
    size_t base, max;
    struct html_text *result;
    struct open_element open[HTML_DEPTH_MAX];
    unsigned open_count;
    unsigned beyond; /* open elements that did not fit */
    unsigned skip, hide, quote, keep, lists;
    unsigned newlines;    /* at the end of out; "many" at the start */
    unsigned wanted;      /* line ends owed before the next text */
    bool blank;           /* a blank owed */
    bool cell;            /* a TAB owed: this is not the first cell of the row */
    bool row_text;        /* the row has text */
    struct buf hrefs;
    htmlParserCtxtPtr parser;
};

static unsigned action_of(const char *name)
{
    size_t low = 0, high = sizeof elements / sizeof *elements;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strcasecmp(name, elements[mid].name);
        if (c == 0)
            return elements[mid].does;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NONE;
}

static bool is_full(struct writer *w)
{
    if (w->out->n - w->base < w->max)
        return false;
    w->result->cut = true;
    return true;
}

static void want_lines(struct writer *w, unsigned n)
{
    if (w->wanted < n)
        w->wanted = n;
    w->blank = false;
    w->cell = false;
}

static void begin_line(struct writer *w)
{
    unsigned marks = w->quote < HTML_QUOTE_MAX ? w->quote : HTML_QUOTE_MAX;
    for (unsigned i = 0; i < marks; i++)
        buf_text(w->out, "> ");
    unsigned depth = w->lists < LIST_DEPTH_MAX ? w->lists : LIST_DEPTH_MAX;
    for (unsigned i = 1; i < depth; i++)
        buf_text(w->out, "  ");
}

/* Pays the line ends and blanks owed, before text. */
static void settle(struct writer *w)
{
    bool fresh = w->out->n == w->base;
    if (!fresh && w->wanted > w->newlines) {
        while (w->newlines < w->wanted) {
            buf_char(w->out, '\n');
            if (++w->newlines < w->wanted && w->quote > 0) {
                for (unsigned i = 0; i < w->quote && i < HTML_QUOTE_MAX; i++)
                    buf_char(w->out, '>');
            }
        }
    }
    if (fresh || w->newlines > 0)
        begin_line(w);
    else if (w->cell)
        buf_char(w->out, '\t');
    else if (w->blank)
        buf_char(w->out, ' ');
    w->wanted = 0;
    w->newlines = 0;
    w->blank = false;
    w->cell = false;
}

static void put(struct writer *w, const char *p, size_t n)
{
    settle(w);
    buf_add(w->out, p, n);
    w->row_text = true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void put_collapsed(struct writer *w, struct str s)
{
    for (size_t i = 0; i < s.n && !is_full(w);) {
        if (is_space(s.p[i])) {
            w->blank |= w->newlines == 0 && w->wanted == 0;
            i++;
            continue;
        }
        size_t from = i;
        while (i < s.n && !is_space(s.p[i]))
            i++;
        put(w, s.p + from, i - from);
    }
}

static void put_kept(struct writer *w, struct str s)
{
    struct str line;
    while (s.n > 0 && !is_full(w)) {
        bool ends = memchr(s.p, '\n', s.n) != NULL;
        str_line(&s, &line);
        if (line.n > 0)
            put(w, line.p, line.n);
        if (ends) {
            if (w->out->n > w->base)
                w->wanted = (w->newlines > w->wanted ? w->newlines : w->wanted) + 1;
            if (w->wanted > 3)
                w->wanted = 3;
        }
    }
}

static void characters(void *user, const xmlChar *text, int length)
{
    struct writer *w = user;
    struct str s = { (const char *)text, (size_t)length };
    if (w->skip > 0 || is_full(w))
        return;
    if (w->hide > 0) {
        if (str_trim(s).n > 0 && !str_eq(str_trim(s), STR("\xc2\xa0")))
            w->result->hidden = true;
        return;
    }
    if (w->keep > 0)
        put_kept(w, s);
    else
        put_collapsed(w, s);
}

static const char *attribute(const xmlChar **attributes, const char *name)
{
    for (size_t i = 0; attributes && attributes[i]; i += 2)
        if (strcasecmp((const char *)attributes[i], name) == 0)
            return attributes[i + 1] ? (const char *)attributes[i + 1] : "";
    return NULL;
}

/* Does a style hide its element? Blanks in it do not matter. */
static bool style_hides(const char *style)
{
    static const char *const signs[] = { "display:none", "visibility:hidden", "font-size:0;", "font-size:0px", "font-size:0pt", "max-height:0;",
        "max-height:0px", "opacity:0;", "mso-hide:all" };
    char squeezed[512];
    size_t n = 0;
    for (; *style && n < sizeof squeezed - 2; style++)
        if (!is_space(*style))
            squeezed[n++] = (char)(*style >= 'A' && *style <= 'Z' ? *style + 32 : *style);
    squeezed[n++] = ';';
    squeezed[n] = '\0';
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strstr(squeezed, signs[i]))
            return true;
    return false;
}

static bool is_hidden(const xmlChar **attributes)
{
    const char *style = attribute(attributes, "style");
    return attribute(attributes, "hidden") || (style && style_hides(style));
}

/* The markup by which mail programs set the history apart from what was written. */
static bool begins_history(const char *name, const xmlChar **attributes)
{
    static const struct {
        const char *attribute, *begins;
    } signs[] = { { "class", "gmail_quote" }, { "class", "moz-cite-prefix" }, { "class", "yahoo_quoted" }, { "class", "protonmail_quote" },
        { "class", "zmail_extra" }, { "id", "divRplyFwdMsg" }, { "id", "OLK_SRC_BODY_SECTION" }, { "id", "reply-intro" },
        { "id", "mail-editor-reference-message-container" }, { "id", "appendonsend" }, { "name", "quote" }, { "class", "WordSection1_quote" },
        { "id", "isForwardContent" }, { "id", "stopSpelling" }, { "class", "OutlookMessageHeader" } };
    if (strcasecmp(name, "a") == 0 || strcasecmp(name, "p") == 0)
        return false;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const char *value = attribute(attributes, signs[i].attribute);
        if (value && strncasecmp(value, signs[i].begins, strlen(signs[i].begins)) == 0)
            return true;
    }
    return false;
}

static void note_history(struct writer *w)
{
    if (w->result->history_at == SIZE_MAX)
        w->result->history_at = w->out->n - w->base;
}

static void begin_item(struct writer *w)
{
    want_lines(w, 1);
    struct open_element *list = NULL;
    for (unsigned i = w->open_count; i > 0 && list == NULL; i--)
        if (w->open[i - 1].does & LIST)
            list = &w->open[i - 1];
    char mark[24] = "- ";
    if (list && list->ordered)
        snprintf(mark, sizeof mark, "%u. ", ++list->count);
    if (w->skip == 0 && w->hide == 0 && !is_full(w)) {
        put(w, mark, strlen(mark) - 1);
        w->blank = true;
    }
}

static void begin_link(struct writer *w, struct open_element *e, const xmlChar **attributes)
{
    const char *href = attribute(attributes, "href");
    bool useful = href && (strncasecmp(href, "http://", 7) == 0 || strncasecmp(href, "https://", 8) == 0 || strncasecmp(href, "ftp://", 6) == 0
        || strncasecmp(href, "mailto:", 7) == 0 || strncasecmp(href, "tel:", 4) == 0);
    if (!useful || strlen(href) > HREF_MAX)
        return;
    e->href_at = w->hrefs.n;
    buf_add(&w->hrefs, href, strlen(href) + 1);
    e->text_at = w->out->n;
}

/* Is the target already to be read in the text? "https://x/" for "x", "mailto:a@b" for "a@b". */
static bool says_target(struct str text, struct str href)
{
    static const char *const schemes[] = { "http://", "https://", "mailto:", "tel:", "www." };
    for (unsigned turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
            if (str_istarts(text, str_of(schemes[i])))
                text = str_sub(text, strlen(schemes[i]), text.n);
            if (str_istarts(href, str_of(schemes[i])))
                href = str_sub(href, strlen(schemes[i]), href.n);
        }
    while (href.n > 0 && href.p[href.n - 1] == '/')
        href.n--;
    while (text.n > 0 && text.p[text.n - 1] == '/')
        text.n--;
    return str_ieq(text, href);
}

static void end_link(struct writer *w, const struct open_element *e)
{
    struct str href = str_trim(str_of(w->hrefs.p + e->href_at));
    struct str text = e->text_at < w->out->n ? str_trim(str_sub(buf_view(w->out), e->text_at, w->out->n)) : (struct str){ "", 0 };
    bool shown = w->skip == 0 && w->hide == 0 && text.n > 0 && !is_full(w);
    if (shown && !says_target(text, href) && href.n > 0) {
        buf_text(w->out, " <");
        for (size_t i = 0; i < href.n; i++)
            if ((unsigned char)href.p[i] > ' ')
                buf_char(w->out, href.p[i]);
        buf_char(w->out, '>');
    }
    w->hrefs.n = e->href_at;
}

static void put_image(struct writer *w, const xmlChar **attributes)
{
    const char *alt = attribute(attributes, "alt");
    if (alt == NULL || w->skip || w->hide || is_full(w) || is_hidden(attributes))
        return;
    struct str s = str_trim(str_of(alt));
    if (s.n == 0 || s.n > 500)
        return;
    put(w, "[", 1);
    put_collapsed(w, s);
    buf_char(w->out, ']');
}

static void begin(struct writer *w, unsigned does, struct open_element *e, const char *name, const xmlChar **attributes)
{
    if (does & HEAD_END)
        w->skip = 0;
    if (does & SKIP)
        w->skip++;
    if (does & QUOTE) {
        want_lines(w, 1);
        w->quote++;
    }
    if (does & BLOCK)
        want_lines(w, 1);
    if (does & PARAGRAPH)
        want_lines(w, 2);
    if (does & LIST) {
        want_lines(w, w->lists > 0 ? 1 : 2);
        w->lists++;
        e->ordered = strcasecmp(name, "ol") == 0;
    }
    if (does & ITEM)
        begin_item(w);
    if (does & KEEP_BLANKS)
        w->keep++;
    if (does & CELL) {
        w->blank = false;
        w->cell = w->row_text && w->newlines == 0 && w->wanted == 0;
    }
    if (strcasecmp(name, "tr") == 0)
        w->row_text = false;
    if (does & LINK)
        begin_link(w, e, attributes);
}

static void end(struct writer *w, const struct open_element *e)
{
    unsigned does = e->does;
    if ((does & SKIP) && w->skip > 0)
        w->skip--;
    if (e->hides)
        w->hide--;
    if (e->href_at != SIZE_MAX)
        end_link(w, e);
    if (does & (BLOCK | ITEM))
        want_lines(w, 1);
    if (does & PARAGRAPH)
        want_lines(w, 2);
    if (does & QUOTE)
        w->quote--;
    if (does & LIST) {
        w->lists--;
        want_lines(w, w->lists > 0 ? 1 : 2);
    }
    if (does & KEEP_BLANKS)
        w->keep--;
}

static void start_element(void *user, const xmlChar *name, const xmlChar **attributes)
{
    struct writer *w = user;
    unsigned does = action_of((const char *)name);
    if (is_full(w)) {
        xmlStopParser(w->parser);
        return;
    }
    if (begins_history((const char *)name, attributes) && w->skip == 0)
        note_history(w);
    if ((does & BREAK) && w->skip == 0 && w->hide == 0) {
        /* A second <br> is a blank line, more are no more. */
        unsigned have = w->newlines > w->wanted ? w->newlines : w->wanted;
        want_lines(w, have >= 2 ? 2 : have + 1);
    }
    if (does & RULE) {
        want_lines(w, 1);
        if (w->skip == 0 && w->hide == 0)
            put(w, "________________________________", 32);
        want_lines(w, 1);
    }
    if (does & IMAGE)
        put_image(w, attributes);
    if (w->open_count == HTML_DEPTH_MAX) {
        w->beyond++;
        return;
    }
    struct open_element *e = &w->open[w->open_count++];
    *e = (struct open_element){ .does = does, .href_at = SIZE_MAX };
    if (is_hidden(attributes) && !(does & HEAD_END)) {
        e->hides = true;
        w->hide++;
    }
    begin(w, does, e, (const char *)name, attributes);
}

static void end_element(void *user, const xmlChar *name)
{
    struct writer *w = user;
    (void)name; /* libxml2 closes in the order of opening */
    if (w->beyond > 0)
        w->beyond--;
    else if (w->open_count > 0)
        end(w, &w->open[--w->open_count]);
}

static void silent(void *user, const char *format, ...)
{
    (void)user;
    (void)format;
}

void html_prepare(void)
{
    xmlInitParser();
}

void html_to_text(struct buf *out, struct str source, size_t max, struct html_text *result)
{
    htmlSAXHandler sax = { .startElement = start_element, .endElement = end_element, .characters = characters,
        .ignorableWhitespace = characters, .warning = silent, .error = silent };
    struct writer w = { .out = out, .base = out->n, .max = max, .result = result };
    *result = (struct html_text){ .history_at = SIZE_MAX, .cut = source.n > HTML_SOURCE_MAX };
    source = utf8_prefix(source, HTML_SOURCE_MAX);
    w.parser = htmlCreatePushParserCtxt(&sax, &w, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
    if (w.parser == NULL)
        return;
    htmlCtxtUseOptions(w.parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC
            | HTML_PARSE_NOIMPLIED | HTML_PARSE_COMPACT);
    for (size_t at = 0; at < source.n && !is_full(&w); at += PIECE) {
        struct str piece = str_sub(source, at, PIECE);
        htmlParseChunk(w.parser, piece.p, (int)piece.n, 0);
    }
    htmlParseChunk(w.parser, NULL, 0, 1);
    if (w.parser->myDoc)
        xmlFreeDoc(w.parser->myDoc);
    htmlFreeParserCtxt(w.parser);
    buf_free(&w.hrefs);
    if (out->n > w.base && w.newlines == 0)
        buf_char(out, '\n');
}
