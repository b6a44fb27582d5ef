/* Any octets as HTML: what would leave is scanned again and holds only what the allow-list names; it says the wanted text and comes out the same the second time. The
 * wanted text is what stands before the first "|", or else what the HTML itself says. */
#include "fuzz.h"

#include "mail/html.h"
#include "mail/html_keep.h"
#include "mail/tidy.h"

#include <string.h>

static bool is_allowed(const char *name)
{
    static const char *const names[] = { "p", "br", "div", "span", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "table", "tr", "td", "th", "thead", "tbody", "blockquote", "pre", "code", "h1",
        "h2", "h3", "h4", "h5", "h6", "hr", "a", "img" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool on_begin(void *user, const struct html_tag *tag)
{
    long *depth = user;
    FUZZ_CHECK(is_allowed(tag->name));
    bool single = strcmp(tag->name, "br") == 0 || strcmp(tag->name, "hr") == 0 || strcmp(tag->name, "img") == 0;
    *depth += !single;
    FUZZ_CHECK(*depth <= (long)HTML_KEEP_DEPTH_MAX);
    for (size_t i = 0; i < tag->count; i++) {
        struct str name = tag->attributes[i].name, value = tag->attributes[i].value;
        bool link = strcmp(tag->name, "a") == 0 && str_eq(name, STR("href"))
            && (str_istarts(value, STR("http://")) || str_istarts(value, STR("https://")) || str_istarts(value, STR("mailto:")));
        bool image = strcmp(tag->name, "img") == 0 && ((str_eq(name, STR("src")) && str_eq(value, STR("cid:i1@x"))) || str_eq(name, STR("alt")));
        FUZZ_CHECK(link || image);
    }
    return true;
}

static bool on_end(void *user, const struct html_tag *tag)
{
    long *depth = user;
    FUZZ_CHECK(is_allowed(tag->name) && tag->count == 0 && --*depth >= 0);
    return true;
}

static bool on_text(void *user, struct str text)
{
    (void)user, (void)text;
    return true;
}

static void check(struct arena *arena, struct str kept, struct str wanted, const struct carried_file *file)
{
    static const struct html_events events = { on_begin, on_end, on_text };
    struct buf text = { 0 }, said = { 0 }, gist = { 0 };
    struct html_text result;
    bool shown = false;
    long depth = 0;
    FUZZ_CHECK(str_find(kept, STR("<!")) < 0 && str_find(kept, STR("<?")) < 0);
    html_scan(kept, &events, &depth);
    FUZZ_CHECK(depth == 0);
    html_to_text(&text, kept, kept.n * 100 + 1000, &result);
    html_keep_gist(&said, buf_view(&text));
    html_keep_gist(&gist, wanted);
    FUZZ_CHECK(str_eq(buf_view(&said), buf_view(&gist)) && !result.hidden);
    FUZZ_CHECK(str_eq(html_keep(arena, kept, wanted, file, 1, &shown), kept));
    buf_free(&text);
    buf_free(&said);
    buf_free(&gist);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct carried_file file = { .type = { "image/png", 9 }, .content_id = { "i1@x", 4 }, .is_inline = true };
    struct arena *arena = arena_new();
    struct buf text = { 0 };
    struct html_text result;
    struct str all = { (const char *)data, size }, wanted = { "", 0 };
    const char *bar = size > 0 ? memchr(data, '|', size) : NULL;
    struct str html = tidy_text(arena, bar ? str_sub(all, (size_t)(bar - all.p) + 1, size) : all, size + 1);
    html_to_text(&text, html, 1u << 20, &result);
    wanted = tidy_text(arena, bar ? str_sub(all, 0, (size_t)(bar - all.p)) : buf_view(&text), 1u << 20);
    bool shown = false;
    struct str kept = html_keep(arena, html, wanted, &file, 1, &shown);
    if (kept.n > 0)
        check(arena, kept, wanted, &file);
    buf_free(&text);
    arena_free(&arena);
    return 0;
}
