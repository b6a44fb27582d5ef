/* leak: texts are compared in a form without case, blanks and quote marks, so that a mail program's way of quoting does not hide what was quoted. */
#include "desk/leak.h"

#include "rows.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/address.h"

#include <ctype.h>
#include <inttypes.h>

/* ---- addresses ---- */

static bool is_address_octet(char c)
{
    unsigned char u = (unsigned char)c;
    return isalnum(u) || u >= 0x80 || c == '.' || c == '-' || c == '_' || c == '+' || c == '=' || c == '/' || c == '#' || c == '%' || c == '&' || c == '\'' || c == '*';
}

static bool listed(const struct str_list *list, struct str one)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->list[i], one))
            return true;
    }
    return false;
}

/* The address around the "@" at `at`; dots at its ends belong to the sentence. */
static struct str around(struct str text, size_t at)
{
    size_t from = at, to = at + 1;
    while (from > 0 && at - from < ADDRESS_LOCAL_MAX && is_address_octet(text.p[from - 1]))
        from--;
    while (to < text.n && to - at < ADDRESS_MAX && (isalnum((unsigned char)text.p[to]) || (unsigned char)text.p[to] >= 0x80 || text.p[to] == '.' || text.p[to] == '-'))
        to++;
    while (to > at && (text.p[to - 1] == '.' || text.p[to - 1] == '-'))
        to--;
    while (from < at && (text.p[from] == '.' || text.p[from] == '\''))
        from++;
    return str_sub(text, from, to - from);
}

void leak_addresses(struct arena *arena, struct str text, struct str_list *addresses, bool *many)
{
    *addresses = (struct str_list){0};
    *many = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '@')
            continue;
        struct str found = around(text, i);
        struct str address = address_usable(found) ? address_canonical(arena, found) : (struct str){0};
        if (address.n == 0 || listed(addresses, address))
            continue;
        *many = addresses->count == LEAK_ADDRESSES_MAX;
        if (*many)
            return;
        addresses->list = rows_more(arena, addresses->list, addresses->count, sizeof *addresses->list);
        addresses->list[addresses->count++] = address;
    }
}

/* ---- notes ---- */

/* Without blanks, quote marks and case. */
static struct str essence(struct arena *arena, struct str text)
{
    struct buf out = {0};
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '>' || c == '|' || c == ' ' || c == '\t' || c == '\n' || c == '\r')
            continue;
        if ((unsigned char)c == 0xc2 && i + 1 < text.n && (unsigned char)text.p[i + 1] == 0xa0) {
            i++;
            continue;
        }
        buf_char(&out, (char)tolower((unsigned char)c));
    }
    struct str result = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return result;
}

/* A text that holds no long line is looked for as a whole. */
static bool quotes_note(struct arena *arena, struct str text, struct str note)
{
    struct str rest = note, line = {0}, whole = essence(arena, note);
    bool long_line = false;
    while (str_line(&rest, &line)) {
        struct str wanted = essence(arena, line);
        if (utf8_length(wanted) < LEAK_NOTE_LINE_MIN)
            continue;
        long_line = true;
        if (str_find(text, wanted) >= 0)
            return true;
    }
    return !long_line && utf8_length(whole) >= LEAK_NOTE_LINE_MIN / 2 && str_find(text, whole) >= 0;
}

/* ---- other tickets ---- */

static bool said_by_customer(const struct leak_facts *facts, struct str word)
{
    for (size_t i = 0; i < facts->said.count; i++) {
        if (str_ifind(facts->said.list[i], word) >= 0)
            return true;
    }
    return false;
}

/* TAG-NUMBER of another ticket; "" : none. */
static struct str other_ticket(const struct desk *desk, const struct leak_facts *facts, struct str text)
{
    for (size_t i = 0; i + desk->tag.n + 1 < text.n; i++) {
        struct str rest = str_sub(text, i, text.n);
        bool starts = i == 0 || !isalnum((unsigned char)text.p[i - 1]);
        size_t digits = 0;
        if (!starts || !str_istarts(rest, desk->tag) || rest.p[desk->tag.n] != '-')
            continue;
        struct str number = str_sub(rest, desk->tag.n + 1, rest.n);
        while (digits < number.n && isdigit((unsigned char)number.p[digits]))
            digits++;
        uint64_t value = 0;
        struct str word = str_sub(rest, 0, desk->tag.n + 1 + digits);
        if (digits > 0 && str_u64(str_sub(number, 0, digits), &value) && value != (uint64_t)facts->ticket && !said_by_customer(facts, word))
            return word;
    }
    return (struct str){0};
}

struct str leak_check(struct arena *arena, const struct desk *desk, const struct leak_facts *facts, struct str text)
{
    struct str plain = essence(arena, text);
    for (size_t i = 0; i < facts->notes.count; i++) {
        if (quotes_note(arena, plain, facts->notes.list[i]))
            return STR("it quotes an internal note");
    }
    if (facts->many)
        return STR("it names more addresses than can be looked at");
    if (facts->foreign.count > 0)
        return arena_printf(arena, "it names %.*s, who is not on this ticket", STR_ARG(facts->foreign.list[0]));
    struct str other = other_ticket(desk, facts, text);
    if (other.n > 0)
        return arena_printf(arena, "it names another ticket, %.*s", STR_ARG(other));
    return (struct str){0};
}

/* ---- files ---- */

static struct str agents_address_in(const struct desk *desk, struct str text)
{
    for (size_t i = 0; i < desk->agent_count; i++) {
        for (size_t k = 0; k < desk->agents[i].address_count; k++) {
            if (str_ifind(text, desk->agents[i].addresses[k]) >= 0)
                return desk->agents[i].addresses[k];
        }
    }
    return (struct str){0};
}

struct str leak_file(struct arena *arena, const struct desk *desk, const struct leak_facts *facts, const struct carried_file *file)
{
    struct str name = file->name.n > 0 ? file->name : file->type;
    if (str_istarts(file->type, STR("message/")))
        return arena_printf(arena, "the attached mail %.*s shows the way it came", STR_ARG(name));
    if (!str_istarts(file->type, STR("text/")))
        return (struct str){0};
    struct str agent = agents_address_in(desk, file->octets);
    struct str found = agent.n > 0 ? arena_printf(arena, "it names %.*s", STR_ARG(agent)) : leak_check(arena, desk, facts, file->octets);
    return found.n > 0 ? arena_printf(arena, "the file %.*s: %.*s", STR_ARG(name), STR_ARG(found)) : found;
}
