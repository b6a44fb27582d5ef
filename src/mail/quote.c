/* quote: lines are looked at once for what they are, then history is taken off from the end upwards until nothing more comes off. A cut is
 * made only on a sign that a program left there; when nothing would remain, none is made. */
#include "mail/quote.h"

#include "mail/known_lines.h"
#include "mail/octets.h"
#include "mail/phrases.h"

#include "base/buf.h"

#include <string.h>

#define ATTRIBUTION_LINES 4u
#define ATTRIBUTION_MAX 400u
#define BLOCK_LINES 12u      /* of a header block looked at */
#define SIGNATURE_LINES 15u  /* below "--" */
#define DISCLAIMER_LINES 30u
#define LIST_FOOTER_LINES 5u
#define LIST_RULE_MIN 20u
#define ROUNDS_MAX 8u

struct line {
    struct str text;
    struct str bare; /* without quote signs and blanks around */
    bool quoted, blank;
    bool known;   /* a line we wrote, but too short to be nobody else's */
    bool asked, opens; /* whether it may begin an attribution, once that was asked */
    bool dropped;
};

struct page {
    struct line *lines;
    size_t count;
    size_t end; /* lines from here on are history */
};

static struct str without_quotes(struct str s)
{
    while (s.n > 0 && (s.p[0] == '>' || s.p[0] == ' ' || s.p[0] == '\t'))
        s = str_sub(s, 1, s.n);
    return str_trim(s);
}

/* ">" and, of some programs, "|" (but not a table's row). */
static bool is_quoted(struct str s)
{
    if (s.n > 0 && s.p[0] == '>')
        return true;
    return s.n > 0 && s.p[0] == '|' && (s.n == 1 || s.p[1] == ' ') && memchr(s.p + 1, '|', s.n - 1) == NULL;
}

/* Without blanks at the ends, those that only look like blanks included. */
static struct str trimmed(struct str s)
{
    for (;;) {
        size_t before = s.n;
        s = str_trim(s);
        if (str_iends(s, STR("\xc2\xa0")))
            s.n -= 2;
        if (str_iends(s, STR("\xe2\x80\x8b")) || str_iends(s, STR("\xe2\x80\x8e")))
            s.n -= 3;
        if (s.n == before)
            return s;
    }
}

static bool read_lines(struct arena *arena, struct str text, struct page *page)
{
    struct str rest = text, line;
    size_t count = 0;
    while (str_line(&rest, &line))
        if (++count > QUOTE_LINES_MAX)
            return false;
    *page = (struct page){ .lines = arena_array(arena, count, sizeof *page->lines), .count = count, .end = count };
    rest = text;
    for (size_t i = 0; i < count && str_line(&rest, &line); i++) {
        struct str start = line;
        while (start.n > 0 && (start.p[0] == ' ' || start.p[0] == '\t'))
            start = str_sub(start, 1, start.n);
        page->lines[i] = (struct line){ .text = line, .bare = without_quotes(line) };
        page->lines[i].quoted = is_quoted(start);
        page->lines[i].blank = trimmed(line).n == 0;
    }
    return true;
}

/* A short line of ours counts as quoted beside one that does already: from both sides. */
static void spread_known(struct page *p)
{
    bool beside = false;
    for (size_t i = 0; i < p->count; i++) {
        p->lines[i].quoted |= beside && p->lines[i].known;
        beside = p->lines[i].blank ? beside : p->lines[i].quoted;
    }
    beside = false;
    for (size_t i = p->count; i > 0; i--) {
        p->lines[i - 1].quoted |= beside && p->lines[i - 1].known;
        beside = p->lines[i - 1].blank ? beside : p->lines[i - 1].quoted;
    }
}

/* Lines we wrote are quoted ones, whatever stands before them. False: there is none. */
static bool mark_known(struct page *p, const struct known_lines *known)
{
    bool any = false, telling;
    for (size_t i = 0; i < p->count; i++) {
        struct line *line = &p->lines[i];
        line->known = known_lines_has(known, line->bare, &telling);
        line->quoted |= line->known && telling;
        any |= line->known && telling;
    }
    if (any)
        spread_known(p);
    return any;
}

/* Is there anything somebody wrote in [from, to)? Quoted lines and dropped ones do not count. */
static bool has_text(const struct page *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (!p->lines[i].blank && !p->lines[i].quoted && !p->lines[i].dropped)
            return true;
    return false;
}

static size_t next_filled(const struct page *p, size_t i)
{
    while (i < p->end && p->lines[i].blank)
        i++;
    return i;
}

/* Cuts at i when something remains. */
static bool cut(struct page *p, size_t i)
{
    if (i >= p->end || !has_text(p, 0, i))
        return false;
    p->end = i;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool has_digit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_digit(s.p[i]))
            return true;
    return false;
}

/* Something like a date or a time of day: a year, "12:30", "3/4/2026", or a day with a month's dot. */
static bool has_date(struct str s)
{
    size_t run = 0, groups = 0;
    for (size_t i = 0; i <= s.n; i++) {
        if (i < s.n && is_digit(s.p[i])) {
            run++;
            continue;
        }
        if (run == 4 && (str_starts(str_sub(s, i - 4, 2), STR("19")) || str_starts(str_sub(s, i - 4, 2), STR("20"))))
            return true;
        if ((run == 1 || run == 2) && i + 2 < s.n && (s.p[i] == ':' || s.p[i] == '.') && is_digit(s.p[i + 1]) && is_digit(s.p[i + 2]))
            return true;
        groups += run == 1 || run == 2;
        run = 0;
    }
    return groups >= 3;
}

static bool has_address(struct str s)
{
    const char *at = octets_find(s, '@');
    return at && at > s.p && at + 1 < s.p + s.n && at[-1] != ' ' && at[1] != ' ';
}

static bool ends_with_colon(struct str s)
{
    return str_iends(s, STR(":")) || str_iends(s, STR("：")) || str_iends(s, STR(":*")) || str_iends(s, STR(":_"));
}

static struct str without_dashes(struct str s)
{
    while (s.n > 0 && strchr("-=_ *", s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && strchr("-=_ *", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* "On … somebody wrote:". quote_follows: the next line is a quoted one, which makes less suffice. */
static bool is_attribution(struct str s, bool quote_follows)
{
    bool framed = str_starts(s, STR("---")) && str_iends(s, STR("---"));
    s = without_dashes(s);
    if (s.n < 8 || s.n > ATTRIBUTION_MAX)
        return false;
    bool date = has_date(s), address = has_address(s), colon = ends_with_colon(s), last = false;
    if (!(date || address || framed || (colon && quote_follows)) || !(colon || quote_follows || framed || s.n < 250))
        return false;
    bool opens = phrases_opens(s) || is_digit(s.p[0]);
    if (!opens && !address && !framed && !(colon && quote_follows))
        return false; /* cheap questions first: most lines are none */
    bool verb = phrases_wrote(s, &last);
    if (framed && verb && last)
        return true;
    if (verb && (date || address) && (opens || address) && (colon || last || (quote_follows && address)))
        return true;
    if (date && address && (colon || quote_follows) && (opens || s.p[0] == '"') && s.n < 250)
        return true;
    if (date && colon && opens && quote_follows && s.n < 160)
        return true;
    return verb && last && colon && quote_follows && s.n < 80;
}

static bool opens(struct line *line)
{
    if (!line->asked)
        line->opens = phrases_opens(line->bare);
    line->asked = true;
    return line->opens;
}

/* May an attribution of several lines begin so? */
static bool opens_several(struct line *line)
{
    return line->bare.n > 0 && (is_digit(line->bare.p[0]) || (has_digit(line->bare) && opens(line)));
}

/* Could it be the first line of an attribution at all? Most have no date, no address, no frame and no colon at their end. */
static bool may_attribute(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_digit(s.p[i]) || s.p[i] == '@' || s.p[i] == '<')
            return true;
    return str_starts(s, STR("--")) || ends_with_colon(without_dashes(s));
}

/* The number of lines of an attribution that begins at i, 0 when there is none. */
static size_t attribution_at(const struct page *p, size_t i)
{
    char joined[ATTRIBUTION_MAX + 8];
    size_t n = 0;
    struct line *first = &p->lines[i];
    if (first->blank || first->bare.n == 0 || !may_attribute(first->bare))
        return 0;
    for (size_t k = 0; k < ATTRIBUTION_LINES && i + k < p->end; k++) {
        struct str s = p->lines[i + k].bare;
        if (s.n == 0 || n + s.n + 1 > ATTRIBUTION_MAX || p->lines[i + k].quoted != first->quoted)
            return 0;
        if (k > 0)
            joined[n++] = ' ';
        memcpy(joined + n, s.p, s.n);
        n += s.n;
        size_t after = next_filled(p, i + k + 1);
        bool quote = after < p->end && p->lines[after].quoted;
        if (is_attribution((struct str){ joined, n }, quote))
            return k > 0 && opens_several(&p->lines[i + 1]) && attribution_at(p, i + 1) == k ? 0 : k + 1;
        /* Only a line that begins like one may go on: else the sentence above would be taken in. */
        if (k == 0 && !opens_several(first) && !(octets_find(s, '<') && !octets_find(s, '>')) && !str_starts(s, STR("--")))
            return 0;
    }
    return 0;
}

/* A block of header lines at i: at least three different ones, or two under a rule. */
static bool is_header_block(const struct page *p, size_t i, bool under_rule)
{
    unsigned seen = 0, different = 0, strangers = 0;
    if (phrases_label(p->lines[i].text) == LABEL_NONE)
        return false;
    for (size_t k = i; k < p->end && k < i + BLOCK_LINES; k++) {
        if (p->lines[k].blank) {
            if (different >= 2 || strangers > 0)
                break;
            continue;
        }
        enum phrase_label label = phrases_label(p->lines[k].text);
        if (label == LABEL_NONE) {
            if (++strangers > 3)
                break;
            continue;
        }
        if (!(seen & 1u << label))
            different++;
        seen |= 1u << label;
    }
    bool from = seen & 1u << LABEL_FROM, date = seen & 1u << LABEL_DATE, to = seen & 1u << LABEL_TO, subject = seen & 1u << LABEL_SUBJECT;
    if (!from)
        return different >= 3 && subject && date && to;
    return different >= 3 || (under_rule && different >= 2) || (different >= 2 && (subject || date) && has_address(p->lines[i].text));
}

static bool is_rule(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '_' || s.p[i] == '-' || s.p[i] == '=')
            n++;
        else
            return false;
    return n >= 5;
}

/* --- the signs of history, each looking for its first place --- */

static bool cut_marker(struct page *p, struct str text)
{
    bool marked = str_find(text, STR(MARKER_PREFIX)) >= 0;
    for (size_t i = 0; i < p->end; i++)
        if ((marked && str_find(p->lines[i].text, STR(MARKER_PREFIX)) >= 0) || phrases_reply_above(p->lines[i].bare))
            return cut(p, i);
    return false;
}

static bool cut_block(struct page *p)
{
    for (size_t i = 0; i < p->end; i++) {
        const struct line *line = &p->lines[i];
        if (line->blank || line->quoted)
            continue;
        size_t next = next_filled(p, i + 1);
        bool rule = is_rule(line->bare);
        bool found = phrases_separator(line->text) || is_header_block(p, i, i > 0 && is_rule(p->lines[i - 1].bare))
            || (rule && next < p->end && is_header_block(p, next, true));
        if (found)
            return cut(p, i);
    }
    return false;
}

/* Runs of quoted lines that text follows: more than one, and somebody answers between the lines. */
static size_t answered_runs(const struct page *p, size_t from)
{
    size_t runs = 0;
    bool in_quote = false;
    for (size_t i = from; i < p->end; i++) {
        if (p->lines[i].blank)
            continue;
        runs += !p->lines[i].quoted && in_quote;
        in_quote = p->lines[i].quoted;
    }
    return runs;
}

/* "Thanks! On 3 May 2026 Jo <jo@fabrikam.example> wrote:" in one line: cuts the line in two and gives where. */
static bool split_line(struct page *p, size_t i)
{
    struct line *line = &p->lines[i];
    struct str s = line->text;
    size_t next = next_filled(p, i + 1);
    bool quote = next < p->end && p->lines[next].quoted;
    if (!quote || line->quoted || line->blank || s.n > ATTRIBUTION_MAX || opens(line))
        return false;
    ptrdiff_t at = str_find(s, STR(" On "));
    ptrdiff_t dashes = str_find(s, STR("--- On "));
    if (dashes > 0 && dashes < at)
        at = dashes;
    if (at <= 0 || !is_attribution(str_trim(str_sub(s, (size_t)at, s.n)), true))
        return false;
    line->text = str_sub(s, 0, (size_t)at);
    line->bare = str_trim(line->text);
    line->asked = false;
    return true;
}

/* An attribution and the quoted lines below it. When a single quoted block is followed by text, the block alone is dropped: the answer
 * stands below. When several are, somebody answers between the lines, and all stays. */
static bool cut_attribution(struct page *p)
{
    for (size_t i = 0; i < p->end; i++) {
        if (p->lines[i].dropped || p->lines[i].quoted)
            continue;
        if (split_line(p, i) && !has_text(p, next_filled(p, i + 1), p->end))
            return cut(p, i + 1);
        size_t lines = attribution_at(p, i);
        if (lines == 0)
            continue;
        size_t quote = next_filled(p, i + lines), after = quote;
        while (after < p->end && (p->lines[after].quoted || p->lines[after].blank))
            after++;
        bool quoted = quote < p->end && p->lines[quote].quoted;
        if (!quoted || !has_text(p, after, p->end)) {
            if (cut(p, i))
                return true;
            continue;
        }
        if (answered_runs(p, i) > 1)
            return false;
        for (size_t k = i; k < after; k++)
            p->lines[k].dropped = true;
        return true;
    }
    return false;
}

/* Quoted lines with nothing below them. */
static bool cut_tail_quote(struct page *p)
{
    size_t i = p->end;
    bool any = false;
    while (i > 0 && (p->lines[i - 1].quoted || p->lines[i - 1].blank)) {
        any |= p->lines[i - 1].quoted;
        i--;
    }
    return any && cut(p, i);
}

static bool is_signature_line(struct str text)
{
    struct str s = trimmed(text);
    return str_eq(s, STR("--")) || str_eq(s, STR("––")) || str_eq(s, STR("__"));
}

static bool cut_signature(struct page *p)
{
    size_t filled = 0;
    for (size_t i = p->end; i > 0 && filled <= SIGNATURE_LINES; i--) {
        const struct line *line = &p->lines[i - 1];
        if (line->quoted)
            return false;
        if (is_signature_line(line->text))
            return cut(p, i - 1);
        filled += !line->blank;
    }
    return false;
}

/* What a program adds below the text by itself; what follows it is history whatever it looks like. */
static bool cut_mobile(struct page *p)
{
    for (size_t i = 1; i < p->end; i++) {
        const struct line *line = &p->lines[i];
        bool apart = p->lines[i - 1].blank || i + 1 >= p->end || p->lines[i + 1].blank;
        if (!line->blank && !line->quoted && apart && phrases_mobile(line->bare))
            return cut(p, i);
    }
    return false;
}

static bool cut_disclaimer(struct page *p)
{
    for (size_t i = 1; i < p->end; i++) {
        size_t filled = 0;
        if (!p->lines[i - 1].blank && !is_rule(p->lines[i - 1].bare))
            continue;
        if (p->lines[i].blank || !phrases_disclaimer(p->lines[i].bare))
            continue;
        for (size_t k = i; k < p->end; k++)
            filled += !p->lines[k].blank;
        if (filled <= DISCLAIMER_LINES)
            return cut(p, is_rule(p->lines[i - 1].bare) ? i - 1 : i);
    }
    return false;
}

/* What list programs put below every mail: a long rule, the list's name, its address. */
static bool cut_list_footer(struct page *p)
{
    size_t filled = 0;
    bool names_list = false;
    for (size_t i = p->end; i > 0 && filled <= LIST_FOOTER_LINES; i--) {
        const struct line *line = &p->lines[i - 1];
        if (line->blank)
            continue;
        if (names_list && !line->quoted && line->bare.n >= LIST_RULE_MIN && line->bare.p[0] == '_' && is_rule(line->bare))
            return cut(p, i - 1);
        names_list |= str_ifind(line->bare, STR("mailing list")) >= 0 || str_ifind(line->bare, STR("unsubscribe")) >= 0;
        filled++;
    }
    return false;
}

/* Blank lines and rules that nothing follows. */
static void trim_end(struct page *p)
{
    while (p->end > 0 && (p->lines[p->end - 1].blank || is_rule(str_trim(p->lines[p->end - 1].text))) && has_text(p, 0, p->end - 1))
        p->end--;
}

static void cut_markup(struct page *p, struct str text, size_t history_at)
{
    if (history_at == SIZE_MAX)
        return;
    for (size_t i = 0; i < p->count; i++)
        if ((size_t)(p->lines[i].text.p - text.p) >= history_at) {
            cut(p, i);
            return;
        }
}

static struct str what_remains(struct arena *arena, const struct page *p, struct str text)
{
    bool dropped = false;
    for (size_t i = 0; i < p->end; i++)
        dropped |= p->lines[i].dropped;
    if (!dropped) {
        const struct line *last = &p->lines[p->end - 1];
        size_t n = last->text.n > 0 ? (size_t)(last->text.p + last->text.n - text.p) : text.n;
        return str_sub(text, 0, n);
    }
    struct buf kept = { 0 };
    for (size_t i = 0; i < p->end; i++) {
        if (p->lines[i].dropped || (kept.n == 0 && p->lines[i].blank))
            continue;
        buf_str(&kept, p->lines[i].text);
        buf_char(&kept, '\n');
    }
    struct str s = arena_str(arena, str_trim(buf_view(&kept)));
    buf_free(&kept);
    return s;
}

/* How sure a cut is of what it took off. */
static const struct {
    bool (*cut)(struct page *);
    enum fresh_cut sure;
} cuts[] = { { cut_block, FRESH_SURE }, { cut_attribution, FRESH_SURE }, { cut_tail_quote, FRESH_SURE }, { cut_signature, FRESH_SURE },
    { cut_mobile, FRESH_LIKELY }, { cut_disclaimer, FRESH_LIKELY }, { cut_list_footer, FRESH_LIKELY } };

/* All cuts until none takes anything off: as sure as the least sure that did. */
static enum fresh_cut cut_all(struct page *page, enum fresh_cut sure)
{
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        bool any = false;
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
            if (cuts[i].cut(page)) {
                any = true;
                sure = sure == FRESH_WHOLE || cuts[i].sure < sure ? cuts[i].sure : sure;
            }
        if (!any)
            break;
    }
    return sure;
}

struct str quote_fresh(struct arena *arena, struct str text, size_t history_at, enum fresh_cut *sure)
{
    struct page page;
    *sure = FRESH_WHOLE;
    if (!read_lines(arena, text, &page) || page.count == 0)
        return text;
    cut_markup(&page, text, history_at);
    cut_marker(&page, text);
    *sure = cut_all(&page, page.end < page.count ? FRESH_SURE : FRESH_WHOLE);
    if (*sure == FRESH_WHOLE)
        return text;
    trim_end(&page);
    return what_remains(arena, &page, text);
}

struct str quote_without_own(struct arena *arena, struct str text, const struct str *letters, size_t count, enum fresh_cut *sure)
{
    struct page page;
    if (count == 0 || !read_lines(arena, text, &page) || !mark_known(&page, known_lines_of(arena, letters, count)))
        return text;
    enum fresh_cut now = cut_all(&page, FRESH_WHOLE);
    if (now == FRESH_WHOLE)
        return text;
    *sure = *sure == FRESH_LIKELY ? FRESH_LIKELY : now;
    trim_end(&page);
    return what_remains(arena, &page, text);
}
