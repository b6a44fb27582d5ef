/* order: the first lines of an agent's mail, as words. A line is a command or it is not; the first that is not ends them, so that nothing in the middle of a letter is ever
 * carried out. What programs that write mail do to a line is forgiven: no-break spaces, curly quotes. What a command means is command.h's. */
#include "desk/order.h"

#include "rows.h"

#include "base/utf8.h"

#define LINE_CHARACTERS_MAX 200u /* of a command shown in a receipt */
#define WORDS_MAX 1000u          /* the last one takes the rest of its line */
#define BLANK_LINES_MAX 1000u    /* before and between commands */

#define NO_BREAK_SPACE STR("\xc2\xa0")

struct quotes {
    struct str open, close;
};

/* „…“ closes with what opens elsewhere, so each opening may be closed by any of its kind. */
static const struct quotes quotes[] = {
    {{"\"", 1}, {"\"", 1}},
    {{"\xe2\x80\x9c", 3}, {"\xe2\x80\x9d", 3}}, /* “ ” */
    {{"\xe2\x80\x9e", 3}, {"\xe2\x80\x9c", 3}}, /* „ “ */
    {{"\xe2\x80\x9e", 3}, {"\xe2\x80\x9d", 3}}, /* „ ” */
    {{"\xc2\xab", 2}, {"\xc2\xbb", 2}},         /* « » */
};

/* Octets of the blank s begins with; 0: none. */
static size_t blank_at(struct str s)
{
    if (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r'))
        return 1;
    return str_starts(s, NO_BREAK_SPACE) ? NO_BREAK_SPACE.n : 0;
}

static struct str without_blanks(struct str s)
{
    for (size_t n = blank_at(s); n > 0; n = blank_at(s))
        s = str_sub(s, n, s.n);
    return s;
}

/* Letters of ASCII, and whatever is written beyond Latin-1's signs: "#größe" is a command nobody knows, and is told so rather than mailed to the customer. */
static bool is_letter(struct str s)
{
    uint32_t c = 0;
    if (utf8_next(s, &c) == 0)
        return false;
    bool ascii = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return ascii || (c >= 0xc0 && c < 0x2000) || (c >= 0x3040 && c < 0xe000);
}

/* What stands behind the sign. */
static bool is_command(const struct str *prefixes, size_t prefix_count, struct str line, struct str *behind)
{
    for (size_t i = 0; i < prefix_count; i++) {
        if (prefixes[i].n == 0 || !str_starts(line, prefixes[i]))
            continue;
        *behind = str_sub(line, prefixes[i].n, line.n);
        if (is_letter(*behind))
            return true;
    }
    return false;
}

/* Up to the next blank. */
static struct str plain_word(struct str s)
{
    size_t n = 0;
    while (n < s.n && blank_at(str_sub(s, n, s.n)) == 0)
        n++;
    return str_sub(s, 0, n);
}

static bool has_blank(struct str s)
{
    return plain_word(s).n < s.n;
}

/* Several words in quotes that a blank or the end of the line follows; *taken: octets of all of it. A single word keeps its quotes: there is nothing to hold together. */
static bool quoted_words(struct str s, struct str *words, size_t *taken)
{
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        if (!str_starts(s, quotes[i].open))
            continue;
        struct str inside = str_sub(s, quotes[i].open.n, s.n);
        ptrdiff_t end = str_find(inside, quotes[i].close);
        if (end < 0)
            continue;
        *words = str_sub(inside, 0, (size_t)end);
        *taken = quotes[i].open.n + (size_t)end + quotes[i].close.n;
        if (has_blank(*words) && (*taken == s.n || blank_at(str_sub(s, *taken, s.n)) > 0))
            return true;
    }
    return false;
}

static void add_word(struct arena *arena, struct order_command *command, struct str word)
{
    command->words = rows_more(arena, command->words, command->word_count, sizeof *command->words);
    command->words[command->word_count++] = arena_str(arena, word);
}

static void split(struct arena *arena, struct str rest, struct order_command *command)
{
    for (rest = without_blanks(rest); rest.n > 0 && command->word_count + 1 < WORDS_MAX; rest = without_blanks(rest)) {
        struct str word = {0};
        size_t taken = 0;
        if (!quoted_words(rest, &word, &taken)) {
            word = plain_word(rest);
            taken = word.n;
        }
        add_word(arena, command, word);
        rest = str_sub(rest, taken, rest.n);
    }
    if (rest.n > 0)
        add_word(arena, command, rest);
}

static struct str shown(struct arena *arena, struct str line)
{
    size_t n = 0;
    uint32_t c = 0;
    for (unsigned i = 0; i < LINE_CHARACTERS_MAX && n < line.n; i++) {
        size_t length = utf8_next(str_sub(line, n, line.n), &c);
        n += length == 0 ? 1 : length;
    }
    return arena_str(arena, str_trim(str_sub(line, 0, n)));
}

static void add_command(struct arena *arena, struct order *order, struct str line, struct str behind)
{
    order->too_many = order->command_count == ORDER_COMMANDS_MAX;
    if (order->too_many)
        return;
    order->commands = rows_more(arena, order->commands, order->command_count, sizeof *order->commands);
    struct order_command *command = &order->commands[order->command_count++];
    *command = (struct order_command){.line = shown(arena, line)};
    split(arena, behind, command);
}

/* No-break spaces at the ends go, too. */
static struct str trimmed(struct str s)
{
    for (;;) {
        struct str shorter = str_trim(without_blanks(s));
        if (shorter.n >= NO_BREAK_SPACE.n && str_eq(str_sub(shorter, shorter.n - NO_BREAK_SPACE.n, shorter.n), NO_BREAK_SPACE))
            shorter = str_sub(shorter, 0, shorter.n - NO_BREAK_SPACE.n);
        if (shorter.n == s.n)
            return shorter;
        s = shorter;
    }
}

void order_read(struct arena *arena, const struct str *prefixes, size_t prefix_count, struct str fresh, struct order *order)
{
    struct str left = fresh, behind = {0}, line;
    *order = (struct order){0};
    for (unsigned blank = 0; !order->too_many && blank < BLANK_LINES_MAX && str_line(&left, &line);) {
        line = without_blanks(line);
        if (line.n == 0)
            blank++;
        else if (is_command(prefixes, prefix_count, line, &behind))
            add_command(arena, order, line, behind);
        else
            break;
        fresh = left;
    }
    order->rest = arena_str(arena, trimmed(fresh));
}
