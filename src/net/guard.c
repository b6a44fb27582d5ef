/* guard: counts while octets run by, so that no parser behind it ever meets what nobody asked for. A line is judged when it ends or
 * announces a literal, always before the parser can have seen its end. */
#include "net/guard.h"

#include "base/buf.h"
#include "base/utf8.h"

/* Untagged replies a FETCH may bring, after "* " (RFC 3501 section 7). Whatever else comes then was never asked for. */
static const struct str number_replies[] = {{"FETCH", 5}, {"EXISTS", 6}, {"RECENT", 6}, {"EXPUNGE", 7}};

static struct str head_of(const struct guard *g)
{
    return (struct str){g->head, g->head_n};
}

/* Lines of human text: braces, quotes and parentheses in them mean nothing. */
static bool is_human(const struct guard *g)
{
    static const struct str human[] = {{"* OK", 4}, {"* NO", 4}, {"* BAD", 5}, {"* BYE", 5}, {"* PREAUTH", 9}};
    struct str head = head_of(g);
    if (head.n == 0 || head.p[0] != '*')
        return true;
    for (size_t i = 0; i < sizeof human / sizeof *human; i++)
        if (str_istarts(head, human[i]))
            return true;
    return false;
}

static bool refuse(struct err *err, const struct guard *g, const char *why)
{
    struct buf shown = {0};
    struct str head = str_trim(head_of(g));
    utf8_display(&shown, str_sub(head, 0, 80), false);
    if (head.n > 0)
        err_set(err, ERR_RETRY, "%s in the server's reply \"%.*s\"", why, STR_ARG(buf_view(&shown)));
    else
        err_set(err, ERR_RETRY, "%s in the server's reply", why);
    buf_free(&shown);
    return false;
}

static bool is_expected(struct str head)
{
    static const struct str harmless[] = {{"OK ", 3}, {"NO ", 3}, {"BAD ", 4}, {"FLAGS ", 6}};
    if (!str_starts(head, STR("* ")))
        return head.n > 0 && head.p[0] != '+';
    struct str rest = str_sub(head, 2, head.n), number;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (str_istarts(rest, harmless[i]))
            return str_ifind(rest, STR("[PERMANENTFLAGS")) < 0;
    uint64_t value;
    if (!str_cut(&rest, ' ', &number) || !str_u64(number, &value))
        return false;
    for (size_t i = 0; i < sizeof number_replies / sizeof *number_replies; i++)
        if (str_istarts(rest, number_replies[i]))
            return true;
    return false;
}

/* The line has ended, or goes on behind a literal. */
static bool judge(const struct guard *g, struct err *err)
{
    struct str head = head_of(g);
    if (g->speech != GUARD_IMAP)
        return true;
    if (str_istarts(head, STR("* BYE")) && !g->leaving) {
        struct buf shown = {0};
        utf8_display(&shown, str_trim(str_sub(head, 5, head.n)), false);
        err_set(err, ERR_RETRY, "the server says goodbye: \"%.*s\"", STR_ARG(buf_view(&shown)));
        buf_free(&shown);
        return false;
    }
    if (g->strict && !is_expected(head))
        return refuse(err, g, "something that was not asked for");
    return true;
}

static bool line_ends(struct guard *g, struct err *err)
{
    bool literal = g->speech == GUARD_IMAP && g->brace == 2 && !is_human(g);
    uint64_t size = g->announced;
    if (!judge(g, err))
        return false;
    g->brace = 0;
    g->quoted = g->escaped = false;
    if (literal) { /* its size was judged */
        g->literals -= size;
        g->in_literal = size;
        return true;
    }
    g->depth = 0;
    g->head_n = 0;
    return true;
}

static bool count_parenthesis(struct guard *g, char c, struct err *err)
{
    if (is_human(g))
        return true;
    if (c == ')') {
        g->depth -= g->depth > 0;
        return true;
    }
    return ++g->depth <= GUARD_DEPTH_MAX ? true : refuse(err, g, "parentheses nested too deeply");
}

/* "{" digits [ "+" ] "}" at the end of a line announces a literal. A parser may make room for it before it sees that the line goes on, so a size is judged at once. */
static bool follow_brace(struct guard *g, char c, struct err *err)
{
    if (c == '{') {
        g->brace = 1;
        g->announced = 0;
    } else if (g->brace == 1 && c >= '0' && c <= '9') {
        if (g->announced < UINT64_MAX / 16)
            g->announced = g->announced * 10 + (uint64_t)(c - '0');
    } else if (g->brace == 1 && c == '}') {
        g->brace = 2;
        if (!is_human(g) && (g->announced > g->literals || g->announced > g->literal_max))
            return refuse(err, g, "a literal larger than expected");
    } else if (!(g->brace == 1 && c == '+') && c != '\r') {
        g->brace = 0;
    }
    return true;
}

static bool pass_octet(struct guard *g, char c, struct err *err)
{
    if (c == '\n')
        return line_ends(g, err);
    if (g->head_n < GUARD_HEAD)
        g->head[g->head_n++] = c;
    if (g->speech != GUARD_IMAP)
        return true;
    if (g->quoted) {
        if (g->escaped)
            g->escaped = false;
        else if (c == '\\')
            g->escaped = true;
        else if (c == '"')
            g->quoted = false;
        return true;
    }
    if (!follow_brace(g, c, err))
        return false;
    if (c == '"')
        g->quoted = !is_human(g);
    if (c == '(' || c == ')')
        return count_parenthesis(g, c, err);
    return true;
}

bool guard_pass(struct guard *g, const char *octets, size_t n, struct err *err)
{
    for (size_t i = 0; i < n;) {
        if (g->in_literal > 0) {
            size_t skip = n - i < g->in_literal ? n - i : (size_t)g->in_literal;
            g->in_literal -= skip;
            i += skip;
            continue;
        }
        if (g->text == 0)
            return refuse(err, g, "more octets than expected");
        g->text--;
        if (!pass_octet(g, octets[i++], err))
            return false;
    }
    return true;
}

bool guard_at_line_start(const struct guard *g)
{
    return g->head_n == 0 && g->in_literal == 0 && g->depth == 0 && !g->quoted;
}
