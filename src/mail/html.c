/* html: elements are looked up in one table that says what they do to the line; a stack remembers what each open element changed.
 * Blanks are collapsed while writing, so that the text comes out in one pass. */
#include "mail/html.h"

#include "mail/html_scan.h"
#include "mail/octets.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define HREF_MAX 2000u
#define ALT_MAX 500u
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
    HEAD_END = 4096, /* body: whatever was skipped, text begins */
    VOID = 8192,     /* never has content */
    SCOPE = 16384,   /* an end tag inside does not close what is outside */
    TABLE = 32768,
    ROW = 65536
};

static const struct {
    const char *name;
    unsigned does;
} elements[] = { { "a", LINK }, { "address", BLOCK }, { "area", VOID }, { "article", BLOCK }, { "aside", BLOCK }, { "base", VOID }, { "blockquote", BLOCK | QUOTE },
    { "body", BLOCK | HEAD_END }, { "br", BREAK | VOID }, { "center", BLOCK }, { "col", VOID }, { "dd", BLOCK }, { "div", BLOCK }, { "dl", PARAGRAPH }, { "dt", BLOCK },
    { "embed", VOID }, { "fieldset", BLOCK }, { "footer", BLOCK }, { "form", BLOCK }, { "h1", PARAGRAPH }, { "h2", PARAGRAPH }, { "h3", PARAGRAPH }, { "h4", PARAGRAPH },
    { "h5", PARAGRAPH }, { "h6", PARAGRAPH }, { "head", SKIP }, { "header", BLOCK }, { "hr", RULE | VOID }, { "img", IMAGE | VOID }, { "input", VOID }, { "li", ITEM },
    { "link", VOID }, { "main", BLOCK }, { "menu", LIST }, { "meta", VOID }, { "nav", BLOCK }, { "noframes", SKIP }, { "object", SKIP }, { "ol", LIST }, { "option", BLOCK }, { "p", PARAGRAPH },
    { "pre", PARAGRAPH | KEEP_BLANKS }, { "script", SKIP }, { "section", BLOCK }, { "select", SKIP }, { "style", SKIP }, { "svg", SKIP },
    { "table", BLOCK | SCOPE | TABLE }, { "tbody", BLOCK }, { "td", CELL | SCOPE }, { "template", SKIP }, { "textarea", BLOCK }, { "tfoot", BLOCK }, { "th", CELL | SCOPE }, { "thead", BLOCK },
    { "title", SKIP }, { "tr", BLOCK | ROW }, { "ul", LIST }, { "xml", SKIP } };

struct open_element {
    char name[HTML_NAME_MAX + 1];
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
    unsigned quoted;      /* quote depth of the last text */
    unsigned wanted;      /* line ends owed before the next text */
    bool blank;           /* a blank owed */
    bool cell;            /* a TAB owed: this is not the first cell of the row */
    bool row_text;        /* the row has text */
    struct buf hrefs;
    struct buf value;     /* an attribute with its entities replaced */
};

static unsigned action_of(const char *name)
{
    size_t low = 0, high = sizeof elements / sizeof *elements;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strcmp(name, elements[mid].name);
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
    unsigned between = w->quoted < w->quote ? w->quoted : w->quote; /* marks of blank lines */
    for (unsigned i = 0; i < w->wanted && !fresh; i++) {
        buf_char(w->out, '\n');
        for (unsigned k = 0; k < between && k < HTML_QUOTE_MAX && i + 1 < w->wanted; k++)
            buf_char(w->out, '>');
    }
    if (fresh || w->wanted > 0)
        begin_line(w);
    else if (w->cell)
        buf_char(w->out, '\t');
    else if (w->blank)
        buf_char(w->out, ' ');
    w->wanted = 0;
    w->quoted = w->quote;
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
            w->blank |= w->wanted == 0;
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
        bool ends = octets_find(s, '\n') != NULL;
        str_line(&s, &line);
        if (line.n > 0)
            put(w, line.p, line.n);
        if (ends) {
            if (w->out->n > w->base)
                w->wanted++;
            if (w->wanted > 3)
                w->wanted = 3;
        }
    }
}

static bool on_text(void *user, struct str s)
{
    struct writer *w = user;
    if (is_full(w))
        return false;
    if (w->skip > 0)
        return true;
    if (w->hide > 0) {
        if (str_trim(s).n > 0 && !str_eq(str_trim(s), STR("\xc2\xa0")))
            w->result->hidden = true;
        return true;
    }
    if (w->keep > 0)
        put_kept(w, s);
    else
        put_collapsed(w, s);
    return true;
}

/* Does a style hide its element? Blanks in it do not matter. */
static bool style_hides(struct str style)
{
    static const char *const signs[] = { "display:none", "visibility:hidden", "font-size:0;", "font-size:0px", "font-size:0pt", "max-height:0;",
        "max-height:0px", "opacity:0;", "mso-hide:all" };
    char squeezed[512];
    size_t n = 0;
    for (size_t i = 0; i < style.n && n < sizeof squeezed - 2; i++)
        if (!is_space(style.p[i]) && style.p[i] != '\0')
            squeezed[n++] = (char)(style.p[i] >= 'A' && style.p[i] <= 'Z' ? style.p[i] + 32 : style.p[i]);
    squeezed[n++] = ';';
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (str_find((struct str){ squeezed, n }, str_of(signs[i])) >= 0)
            return true;
    return false;
}

bool html_hidden(const struct html_tag *tag)
{
    struct str value;
    return html_attribute(tag, "hidden", &value) || (html_attribute(tag, "style", &value) && style_hides(value));
}

/* The markup by which mail programs set the history apart from what was written. */
static bool begins_history(const struct html_tag *tag)
{
    static const struct {
        const char *attribute, *begins;
    } signs[] = { { "class", "gmail_quote" }, { "class", "moz-cite-prefix" }, { "class", "yahoo_quoted" }, { "class", "protonmail_quote" },
        { "class", "zmail_extra" }, { "id", "divRplyFwdMsg" }, { "id", "OLK_SRC_BODY_SECTION" }, { "id", "reply-intro" },
        { "id", "mail-editor-reference-message-container" }, { "id", "appendonsend" }, { "name", "quote" },
        { "id", "isForwardContent" }, { "class", "OutlookMessageHeader" } };
    struct str value;
    if (tag->count == 0 || strcmp(tag->name, "a") == 0 || strcmp(tag->name, "p") == 0)
        return false;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (html_attribute(tag, signs[i].attribute, &value) && str_istarts(value, str_of(signs[i].begins)))
            return true;
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

static void begin_link(struct writer *w, struct open_element *e, const struct html_tag *tag)
{
    static const char *const schemes[] = { "http://", "https://", "ftp://", "mailto:", "tel:" };
    struct str href;
    bool useful = false;
    if (!html_attribute(tag, "href", &href) || href.n > HREF_MAX)
        return;
    href = str_trim(href);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        useful |= str_istarts(href, str_of(schemes[i]));
    if (!useful)
        return;
    e->href_at = w->hrefs.n;
    html_entities(&w->hrefs, href);
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
    struct str href = str_trim(str_sub(buf_view(&w->hrefs), e->href_at, w->hrefs.n));
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

static void put_image(struct writer *w, const struct html_tag *tag)
{
    struct str alt;
    if (w->skip || w->hide || is_full(w) || html_hidden(tag) || !html_attribute(tag, "alt", &alt))
        return;
    buf_clear(&w->value);
    html_entities(&w->value, str_trim(str_sub(alt, 0, ALT_MAX)));
    alt = utf8_prefix(buf_view(&w->value), ALT_MAX);
    if (alt.n == 0)
        return;
    put(w, "[", 1);
    put_collapsed(w, alt);
    buf_char(w->out, ']');
}

static void begin(struct writer *w, unsigned does, struct open_element *e, const struct html_tag *tag)
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
        e->ordered = strcmp(tag->name, "ol") == 0;
    }
    if (does & ITEM)
        begin_item(w);
    if (does & KEEP_BLANKS)
        w->keep++;
    if (does & CELL) {
        w->blank = false;
        w->cell = w->row_text && w->wanted == 0;
    }
    if (does & ROW)
        w->row_text = false;
    if (does & LINK)
        begin_link(w, e, tag);
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

static void pop(struct writer *w)
{
    end(w, &w->open[--w->open_count]);
}

/* Closes the innermost open element of that name, and what is open in it; `stop`: not beyond an element that does one of these. */
static bool close_element(struct writer *w, const char *name, unsigned stop)
{
    for (unsigned i = w->open_count; i > 0; i--) {
        const struct open_element *e = &w->open[i - 1];
        if (strcmp(e->name, name) == 0) {
            while (w->open_count >= i)
                pop(w);
            return true;
        }
        if (e->does & stop)
            return false;
    }
    return false;
}

/* Elements whose end tag may be left out: the next of their kind ends them (HTML, section 13.1.2.4). */
static void close_implied(struct writer *w, unsigned does)
{
    if (does & ITEM)
        close_element(w, "li", LIST | SCOPE);
    if ((does & (BLOCK | PARAGRAPH | LIST | ITEM)) && !(does & HEAD_END))
        close_element(w, "p", BLOCK | QUOTE | SCOPE | LIST | ITEM);
    if (does & CELL) {
        close_element(w, "td", TABLE | ROW);
        close_element(w, "th", TABLE | ROW);
    }
    if (does & ROW)
        close_element(w, "tr", TABLE);
    if (does & LINK)
        close_element(w, "a", BLOCK | SCOPE);
}

static bool on_begin(void *user, const struct html_tag *tag)
{
    struct writer *w = user;
    unsigned does = action_of(tag->name);
    if (is_full(w))
        return false;
    if (begins_history(tag) && w->skip == 0)
        note_history(w);
    if ((does & BREAK) && w->skip == 0 && w->hide == 0) /* a second <br> is a blank line, more are no more */
        want_lines(w, w->wanted >= 2 ? 2 : w->wanted + 1);
    if (does & RULE) {
        want_lines(w, 1);
        if (w->skip == 0 && w->hide == 0)
            put(w, "________________________________", 32);
        want_lines(w, 1);
    }
    if (does & IMAGE)
        put_image(w, tag);
    if (does & VOID)
        return true;
    close_implied(w, does);
    if (w->open_count == HTML_DEPTH_MAX) {
        w->beyond++;
        return true;
    }
    struct open_element *e = &w->open[w->open_count++];
    *e = (struct open_element){ .does = does, .href_at = SIZE_MAX };
    memcpy(e->name, tag->name, sizeof e->name);
    if (!(does & HEAD_END) && html_hidden(tag)) {
        e->hides = true;
        w->hide++;
    }
    begin(w, does, e, tag);
    return true;
}

static bool on_end(void *user, const struct html_tag *tag)
{
    struct writer *w = user;
    unsigned does = action_of(tag->name);
    if (w->beyond > 0) {
        w->beyond--;
        return true;
    }
    bool of_table = (does & (CELL | ROW | TABLE)) || str_istarts(str_of(tag->name), STR("tb"));
    if (!close_element(w, tag->name, does & TABLE ? NONE : of_table ? TABLE : SCOPE) && strcmp(tag->name, "p") == 0)
        want_lines(w, 2);
    return !is_full(w);
}

void html_to_text(struct buf *out, struct str source, size_t max, struct html_text *result)
{
    static const struct html_events events = { on_begin, on_end, on_text };
    struct writer w = { .out = out, .base = out->n, .max = max, .result = result };
    *result = (struct html_text){ .history_at = SIZE_MAX, .cut = source.n > HTML_SOURCE_MAX };
    html_scan(utf8_prefix(source, HTML_SOURCE_MAX), &events, &w);
    while (w.open_count > 0)
        pop(&w);
    buf_free(&w.hrefs);
    buf_free(&w.value);
    if (out->n > w.base)
        buf_char(out, '\n');
}
