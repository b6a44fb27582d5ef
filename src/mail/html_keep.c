/* html_keep: one pass makes a list of clean tokens and, beside it, the gist of what they say; the excerpt is where the wanted gist stands in it, between two
 * places where a line begins or ends. A third look renders what would leave and compares: nothing leaves that does not say what it should. */
#include "config.h"

#include "mail/html_keep.h"

#include "mail/html.h"
#include "mail/html_scan.h"
#include "mail/tidy.h"

#include "base/utf8.h"

#include <string.h>

#define OPEN_MAX 200u       /* elements told apart */
#define TARGET_MAX 2000u
#define ALT_MAX 500u
#define OCCURRENCES_MAX 100u
#define TURNS_MAX 4u

enum trait {
    DROPPED = 1,  /* the element is not written, its text is */
    SKIPPED = 2,  /* nor its text */
    LINE = 4,     /* a line begins before it and ends behind it */
    VOID = 8,
    CELL = 16,
    ROW = 32,
    TABLE = 64,
    LIST = 128,
    ITEM = 256,
    LINK = 512,
    IMAGE = 1024,
    BODY = 2048,
    HISTORY = 4096
};

static const struct {
    const char *name;
    unsigned is;
} elements[] = { { "a", LINK }, { "address", DROPPED | LINE }, { "area", DROPPED | VOID }, { "article", DROPPED | LINE }, { "aside", DROPPED | LINE }, { "b", 0 }, { "base", DROPPED | VOID },
    { "blockquote", LINE | HISTORY }, { "body", DROPPED | LINE | BODY }, { "br", LINE | VOID }, { "center", DROPPED | LINE }, { "code", 0 }, { "col", DROPPED | VOID },
    { "dd", DROPPED | LINE }, { "div", LINE }, { "dl", DROPPED | LINE }, { "dt", DROPPED | LINE }, { "em", 0 }, { "embed", DROPPED | VOID }, { "fieldset", DROPPED | LINE },
    { "footer", DROPPED | LINE }, { "form", DROPPED | LINE }, { "h1", LINE }, { "h2", LINE }, { "h3", LINE }, { "h4", LINE }, { "h5", LINE }, { "h6", LINE },
    { "head", DROPPED | SKIPPED }, { "header", DROPPED | LINE }, { "hr", LINE | VOID }, { "i", 0 }, { "img", VOID | IMAGE }, { "input", DROPPED | VOID }, { "li", LINE | ITEM },
    { "link", DROPPED | VOID }, { "main", DROPPED | LINE }, { "menu", DROPPED | LINE }, { "meta", DROPPED | VOID }, { "nav", DROPPED | LINE }, { "noframes", DROPPED | SKIPPED },
    { "object", DROPPED | SKIPPED }, { "ol", LINE | LIST }, { "option", DROPPED | LINE }, { "p", LINE }, { "pre", LINE }, { "s", 0 }, { "script", DROPPED | SKIPPED },
    { "section", DROPPED | LINE }, { "select", DROPPED | SKIPPED }, { "span", 0 }, { "strong", 0 }, { "style", DROPPED | SKIPPED }, { "svg", DROPPED | SKIPPED },
    { "table", LINE | TABLE }, { "tbody", LINE }, { "td", CELL | LINE }, { "template", DROPPED | SKIPPED }, { "textarea", DROPPED | LINE }, { "tfoot", DROPPED | LINE }, { "th", CELL | LINE },
    { "thead", LINE }, { "title", DROPPED | SKIPPED }, { "tr", LINE | ROW }, { "u", 0 }, { "ul", LINE | LIST }, { "xml", DROPPED | SKIPPED } };

enum token_kind { TEXT, OPEN, CLOSE, SINGLE };

struct token {
    enum token_kind kind;
    const char *name;    /* of elements[]; NULL for text */
    bool line;           /* a line may begin or end here */
    bool history;
    size_t image;        /* of an image: index in files + 1 */
    struct str octets;   /* as it is written */
    size_t at;           /* in the gist: before this token */
};

struct open_element {
    char name[HTML_NAME_MAX + 1];
    const char *written; /* NULL: not written */
    unsigned is;
    bool hides, ordered;
    unsigned items;
};

struct keeper {
    struct arena *arena;
    const struct carried_file *files;
    size_t file_count;
    bool with_alt;
    struct token *tokens;
    size_t count, room, octets;
    struct buf gist, work, clean;
    struct open_element open[OPEN_MAX];
    unsigned open_count, beyond, depth, skip, hide;
    bool full;
    bool has_alt; /* there is an alternative text that was, or could have been, written */
};

/* --- the gist --- */

static bool is_blank(uint32_t c)
{
    return c <= 0x20 || c == 0xa0 || (c >= 0x2000 && c <= 0x200f) || c == 0x202f || c == 0x205f || c == 0x2028 || c == 0x2029 || c == 0x3000 || c == 0xfeff;
}

static bool is_mark(uint32_t c)
{
    return (c < 0x80 && strchr("*_->/|=~+[]", (int)c)) || c == 0x2022 || c == 0x25aa || c == 0x25cf || c == 0x25e6 || c == 0x2023 || c == 0xb7 || c == 0xf0b7;
}

/* The length of a group at s that programs write for something that is no text: "<https://…>", "[cid:…]"; 0: none. */
static size_t group(struct str s)
{
    static const struct {
        const char *begins;
        char ends;
    } groups[] = { { "<http://", '>' }, { "<https://", '>' }, { "<mailto:", '>' }, { "<tel:", '>' }, { "<ftp://", '>' }, { "[cid:", ']' }, { "[image:", ']' }, { "[inline image", ']' } };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (!str_istarts(s, str_of(groups[i].begins)))
            continue;
        const char *end = memchr(s.p, groups[i].ends, s.n < TARGET_MAX + 10 ? s.n : TARGET_MAX + 10);
        return end ? (size_t)(end - s.p) + 1 : 0;
    }
    return 0;
}

void html_keep_gist(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n;) {
        uint32_t c;
        size_t n = utf8_next(str_sub(text, i, 4), &c), skip = 0;
        if (n == 0)
            c = 0xfffd, n = 1;
        if (c == '<' || c == '[')
            skip = group(str_sub(text, i, text.n));
        if (skip == 0 && !is_blank(c) && !is_mark(c))
            buf_add(out, text.p + i, n);
        i += skip ? skip : n;
    }
}

/* --- tokens --- */

static bool find_element(const char *name, size_t *index)
{
    size_t low = 0, high = sizeof elements / sizeof *elements;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strcmp(name, elements[mid].name);
        if (c == 0) {
            *index = mid;
            return true;
        }
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

static struct token *add(struct keeper *k, enum token_kind kind, const char *name, bool line, struct str octets)
{
    if (k->count == k->room) {
        size_t room = k->room ? k->room * 2 : 64;
        struct token *tokens = arena_array(k->arena, room, sizeof *tokens);
        if (k->count)
            memcpy(tokens, k->tokens, k->count * sizeof *tokens);
        k->tokens = tokens;
        k->room = room;
    }
    k->octets += octets.n;
    k->full |= k->count >= HTML_KEEP_TOKENS_MAX || k->octets > HTML_KEEP_MAX;
    struct token *t = &k->tokens[k->count++];
    *t = (struct token){ .kind = kind, .name = name, .line = line, .octets = octets, .at = k->gist.n };
    return t;
}

/* Text or a value, so that it can be nothing else in HTML. Controls are gone. */
static struct str escaped(struct keeper *k, struct str s)
{
    buf_clear(&k->clean);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        const char *name = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : NULL;
        if (name)
            buf_text(&k->clean, name);
        else if ((c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n')
            buf_char(&k->clean, (char)c);
    }
    return arena_str(k->arena, buf_view(&k->clean));
}

static void add_line(struct keeper *k)
{
    if (k->count == 0 || !k->tokens[k->count - 1].line)
        add(k, TEXT, NULL, true, (struct str){ "", 0 });
}

/* The target of a link that may leave: "" when it may not. */
static struct str target(struct keeper *k, const struct html_tag *tag)
{
    static const char *const schemes[] = { "http://", "https://", "mailto:" };
    struct str href, none = { "", 0 };
    if (!html_attribute(tag, "href", &href) || href.n > TARGET_MAX)
        return none;
    buf_clear(&k->work);
    html_entities(&k->work, href);
    href = str_trim(buf_view(&k->work));
    for (size_t i = 0; i < href.n; i++)
        if ((unsigned char)href.p[i] <= ' ' || href.p[i] == 0x7f)
            return none;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (str_istarts(href, str_of(schemes[i])) && href.n > strlen(schemes[i]) && utf8_valid(href))
            return escaped(k, href);
    return none;
}

static void add_image(struct keeper *k, const struct html_tag *tag)
{
    struct str src, alt = { "", 0 }, id = { "", 0 };
    k->has_alt |= html_attribute(tag, "alt", &alt) && alt.n > 0;
    if (!k->with_alt) {
        alt = (struct str){ "", 0 };
    } else {
        buf_clear(&k->work);
        html_entities(&k->work, str_trim(str_sub(alt, 0, ALT_MAX)));
        alt = arena_str(k->arena, utf8_prefix(buf_view(&k->work), ALT_MAX));
    }
    size_t image = 0;
    if (html_attribute(tag, "src", &src) && src.n <= TARGET_MAX && str_istarts(src = str_trim(src), STR("cid:"))) {
        id = str_sub(src, 4, src.n);
        for (size_t i = 0; i < k->file_count && image == 0; i++)
            if (id.n > 0 && str_eq(k->files[i].content_id, id) && str_istarts(k->files[i].type, STR("image/")))
                image = i + 1;
    }
    struct str text = arena_printf(k->arena, alt.n > 0 ? "[%.*s]" : "%.*s", STR_ARG(alt)), safe = escaped(k, alt);
    if (image == 0) {
        if (text.n > 0)
            add(k, TEXT, NULL, false, escaped(k, text));
    } else {
        struct token *t = add(k, SINGLE, "img", false, arena_printf(k->arena, "<img src=\"cid:%.*s\"%s%.*s%s>", STR_ARG(escaped(k, id)), alt.n ? " alt=\"" : "", STR_ARG(safe), alt.n ? "\"" : ""));
        t->image = image;
    }
    html_keep_gist(&k->gist, text);
}

static bool on_text(void *user, struct str s)
{
    struct keeper *k = user;
    if (k->skip > 0 || k->hide > 0)
        return true;
    struct str safe = escaped(k, s);
    if (safe.n > 0)
        add(k, TEXT, NULL, false, safe);
    html_keep_gist(&k->gist, s);
    return !k->full;
}

/* --- elements: opened and closed as html_to_text does, so that both see the same text --- */

static void pop(struct keeper *k)
{
    const struct open_element *e = &k->open[--k->open_count];
    if (e->is & SKIPPED && k->skip > 0)
        k->skip--;
    if (e->hides)
        k->hide--;
    if (e->written) {
        k->depth--;
        add(k, CLOSE, e->written, (e->is & LINE) != 0, arena_printf(k->arena, "</%s>", e->written));
    }
    if (e->is & LINE)
        add_line(k);
}

static bool close_element(struct keeper *k, const char *name, unsigned stop)
{
    for (unsigned i = k->open_count; i > 0; i--) {
        const struct open_element *e = &k->open[i - 1];
        if (strcmp(e->name, name) == 0) {
            while (k->open_count >= i)
                pop(k);
            return true;
        }
        if (e->is & stop)
            return false;
    }
    return false;
}

static void close_implied(struct keeper *k, unsigned is)
{
    if (is & ITEM)
        close_element(k, "li", LIST | TABLE | CELL);
    if ((is & (LINE | LIST | ITEM)) && !(is & (BODY | CELL)))
        close_element(k, "p", LINE);
    if (is & CELL) {
        close_element(k, "td", TABLE | ROW);
        close_element(k, "th", TABLE | ROW);
    }
    if (is & ROW)
        close_element(k, "tr", TABLE);
    if (is & LINK)
        close_element(k, "a", LINE);
}

/* "1." of an ordered list is text to those who read it as plain text. */
static void number_item(struct keeper *k)
{
    for (unsigned i = k->open_count; i > 0; i--)
        if (k->open[i - 1].is & LIST) {
            unsigned number = ++k->open[i - 1].items;
            if (k->open[i - 1].ordered && k->skip == 0 && k->hide == 0)
                buf_printf(&k->gist, "%u.", number);
            return;
        }
}

static bool on_begin(void *user, const struct html_tag *tag)
{
    struct keeper *k = user;
    size_t index = 0;
    bool known = find_element(tag->name, &index);
    unsigned is = known ? elements[index].is : DROPPED;
    if (is & VOID) {
        if (k->skip > 0 || k->hide > 0 || html_hidden(tag))
            return true;
        if (is & IMAGE)
            add_image(k, tag);
        else if (!(is & DROPPED))
            add(k, SINGLE, elements[index].name, true, arena_printf(k->arena, "<%s>", elements[index].name));
        return !k->full;
    }
    close_implied(k, is);
    if (k->open_count == OPEN_MAX) {
        k->beyond++;
        return !k->full;
    }
    if (is & BODY)
        k->skip = 0;
    struct open_element *e = &k->open[k->open_count++];
    *e = (struct open_element){ .is = is, .ordered = strcmp(tag->name, "ol") == 0, .hides = !(is & BODY) && html_hidden(tag) };
    memcpy(e->name, tag->name, sizeof e->name);
    k->skip += (is & SKIPPED) != 0;
    k->hide += e->hides;
    if (is & LINE)
        add_line(k);
    struct str href = is & LINK ? target(k, tag) : (struct str){ "", 0 };
    bool written = !(is & DROPPED) && !(is & LINK && href.n == 0) && k->skip == 0 && k->hide == 0 && k->depth < HTML_KEEP_DEPTH_MAX;
    if (written) {
        e->written = elements[index].name;
        k->depth++;
        struct str octets = href.n > 0 ? arena_printf(k->arena, "<a href=\"%.*s\">", STR_ARG(href)) : arena_printf(k->arena, "<%s>", e->written);
        add(k, OPEN, e->written, (is & LINE) != 0, octets)->history = (is & HISTORY) != 0;
    }
    if (is & ITEM)
        number_item(k);
    return !k->full;
}

static bool on_end(void *user, const struct html_tag *tag)
{
    struct keeper *k = user;
    size_t index = 0;
    unsigned is = find_element(tag->name, &index) ? elements[index].is : DROPPED;
    if (k->beyond > 0) {
        k->beyond--;
        return true;
    }
    bool of_table = (is & (CELL | ROW | TABLE)) || str_istarts(str_of(tag->name), STR("tb"));
    close_element(k, tag->name, is & TABLE ? 0 : of_table ? TABLE : CELL | TABLE);
    return !k->full;
}

/* --- the excerpt --- */

/* The first token whose place in the gist is not before `at`. */
static size_t token_at(const struct keeper *k, size_t at)
{
    size_t low = 0, high = k->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (k->tokens[mid].at < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Where the excerpt begins: behind the last line break before its text, but not behind an image. False: no line begins there. */
static bool begin_of(const struct keeper *k, size_t at, size_t *first)
{
    bool found = false;
    for (size_t i = token_at(k, at); i < k->count && k->tokens[i].at == at; i++) {
        const struct token *t = &k->tokens[i];
        if (found && t->image)
            return true;
        if (t->line) {
            *first = i + 1;
            found = true;
        }
    }
    return found;
}

/* And where it ends: at the first line break behind its text, or behind the last image before anything else is said. */
static bool end_of(const struct keeper *k, size_t at, size_t *end)
{
    bool found = false;
    for (size_t i = token_at(k, at); i < k->count && k->tokens[i].at == at && !k->tokens[i].history; i++) {
        const struct token *t = &k->tokens[i];
        if (t->line && !found) {
            *end = i;
            found = true;
        }
        if (found && t->image)
            *end = i + 1;
    }
    return found;
}

static void write_close(struct buf *out, const char *name)
{
    buf_printf(out, "</%s>", name);
}

/* The tokens from first to end, within all that is open around the first. An element of the excerpt that says nothing is left as it is. */
static void write_excerpt(struct keeper *k, size_t first, size_t end, struct buf *out)
{
    const struct token *open[HTML_KEEP_DEPTH_MAX + 1];
    unsigned depth = 0;
    for (size_t i = 0; i < end; i++) {
        const struct token *t = &k->tokens[i];
        if (i == first)
            for (unsigned d = 0; d < depth; d++)
                buf_str(out, open[d]->octets);
        if (t->kind == OPEN)
            open[depth++] = t;
        if (t->kind == CLOSE)
            depth--;
        if (i >= first)
            buf_str(out, t->octets);
    }
    while (depth > 0)
        write_close(out, open[--depth]->name);
}

static bool says(struct str html, struct str wanted)
{
    struct buf text = { 0 }, gist = { 0 };
    struct html_text result;
    html_to_text(&text, html, HTML_KEEP_MAX, &result);
    html_keep_gist(&gist, buf_view(&text));
    bool same = !result.cut && !result.hidden && str_eq(buf_view(&gist), wanted);
    buf_free(&text);
    buf_free(&gist);
    return same;
}

static void mark_shown(const struct keeper *k, size_t first, size_t end, bool *shown)
{
    for (size_t i = first; i < end; i++)
        if (k->tokens[i].image)
            shown[k->tokens[i].image - 1] = true;
}

/* Tries each place where the wanted gist stands between line breaks; the first is rendered and has to say it. */
static struct str excerpt(struct keeper *k, struct str wanted, bool *shown)
{
    struct str gist = buf_view(&k->gist), result = { "", 0 };
    size_t from = 0;
    for (unsigned turn = 0; turn < OCCURRENCES_MAX; turn++) {
        ptrdiff_t found = str_find(str_sub(gist, from, gist.n), wanted);
        if (found < 0)
            return result;
        size_t at = from + (size_t)found, first = 0, end = 0;
        from = at + 1;
        if (!begin_of(k, at, &first) || !end_of(k, at + wanted.n, &end) || first >= end)
            continue;
        struct buf out = { 0 };
        write_excerpt(k, first, end, &out);
        if (out.n <= HTML_KEEP_MAX && says(buf_view(&out), wanted)) {
            result = arena_str(k->arena, buf_view(&out));
            mark_shown(k, first, end, shown);
        }
        buf_free(&out);
        return result;
    }
    return result;
}

/* *again: it may be worth another turn without the images' alternative texts. */
static struct str attempt(struct arena *arena, struct str html, struct str wanted, const struct carried_file *files, size_t file_count, bool *again, bool *shown)
{
    static const struct html_events events = { on_begin, on_end, on_text };
    struct keeper *k = arena_alloc(arena, sizeof *k);
    *k = (struct keeper){ .arena = arena, .files = files, .file_count = file_count, .with_alt = !*again };
    struct str result = { "", 0 };
    add_line(k);
    html_scan(html, &events, k);
    while (k->open_count > 0)
        pop(k);
    add(k, TEXT, NULL, true, (struct str){ "", 0 });
    if (!k->full)
        result = excerpt(k, wanted, shown);
    *again = k->has_alt && result.n == 0;
    buf_free(&k->gist);
    buf_free(&k->work);
    buf_free(&k->clean);
    return result;
}

static struct str keep_once(struct arena *arena, struct str html, struct str gist, const struct carried_file *files, size_t file_count, bool *shown)
{
    bool again = false;
    for (size_t i = 0; i < file_count; i++)
        shown[i] = false;
    html = tidy_text(arena, html, HTML_KEEP_SOURCE_MAX);
    struct str result = attempt(arena, html, gist, files, file_count, &again, shown);
    return again ? attempt(arena, html, gist, files, file_count, &again, shown) : result;
}

/* What is dropped may have decided where an element ended: what remains is read again until nothing changes. */
struct str html_keep(struct arena *arena, struct str html, struct str wanted, const struct carried_file *files, size_t file_count, bool *shown)
{
    struct buf gist = { 0 };
    struct str result = { "", 0 };
    bool settled = false;
    html_keep_gist(&gist, wanted);
    if (gist.n > 0 && html.n <= HTML_KEEP_SOURCE_MAX)
        result = keep_once(arena, html, buf_view(&gist), files, file_count, shown);
    for (unsigned turn = 0; turn < TURNS_MAX && result.n > 0 && !settled; turn++) {
        struct str next = keep_once(arena, result, buf_view(&gist), files, file_count, shown);
        settled = str_eq(next, result);
        result = next;
    }
    buf_free(&gist);
    if (settled)
        return result;
    for (size_t i = 0; i < file_count; i++)
        shown[i] = false;
    return (struct str){ "", 0 };
}
