/* order: which lines of a mail are commands, their words, and what is left for the reader. */
#include "desk_fixture.h"

#include "desk/order.h"

#include "base/buf.h"

#include <string.h>

static const struct str prefixes[] = {{"#", 1}, {"//", 2}, {"", 0}, {"\xef\xbc\x83", 3}};

static void read_text(struct arena *arena, const char *text, struct order *order)
{
    order_read(arena, prefixes, sizeof prefixes / sizeof *prefixes, str_of(text), order);
}

/* "verb|word|word" of each command, one behind another, then "=> rest". */
static struct str read_as_text(struct arena *arena, const char *mail)
{
    struct order order;
    struct buf out = {0};
    read_text(arena, mail, &order);
    for (size_t i = 0; i < order.command_count; i++) {
        for (size_t k = 0; k < order.commands[i].word_count; k++)
            buf_printf(&out, "%s%.*s", k > 0 ? "|" : i > 0 ? "; " : "", STR_ARG(order.commands[i].words[k]));
    }
    buf_printf(&out, " => %.*s", STR_ARG(order.rest));
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void first_lines_are_commands(void **state)
{
    (void)state;
    static const struct {
        const char *mail, *wanted;
    } table[] = {
        {"", " => "},
        {"Hello", " => Hello"},
        {"#close", "close => "},
        {"#close\n", "close => "},
        {"#close\r\n\r\nAll is well.\r\n", "close => All is well."},
        {"\n\n  #close\nText", "close => Text"},
        {"#note a\n\n#close\n\nText\n\nMore", "note|a; close => Text\n\nMore"},
        {"Text\n#close", " => Text\n#close"},
        {"#close\nText\n#reopen", "close => Text\n#reopen"},
        {"#1 is broken", " => #1 is broken"},
        {"# note", " => # note"},
        {"#", " => #"},
        {"##close", " => ##close"},
        {"##- Please reply above this line -##", " => ##- Please reply above this line -##"},
        {"//close\n#take", "close; take => "},
        {"\xef\xbc\x83" "close", "close => "},
        {"#größe L", "größe|L => "},
        {"#élargir", "élargir => "},
        {"#→ this", " => #→ this"},
        {"close", " => close"},
        {"#tag +x  -y\t+z ", "tag|+x|-y|+z => "},
        {"\xc2\xa0#severity\xc2\xa0" "B\xc2\xa0\n\xc2\xa0\nHi\xc2\xa0\n\xc2\xa0", "severity|B => Hi"},
        {"#field site \"Berlin Mitte\" x", "field|site|Berlin Mitte|x => "},
        {"#field site “Berlin Mitte”", "field|site|Berlin Mitte => "},
        {"#field site „Berlin Mitte“", "field|site|Berlin Mitte => "},
        {"#field site „Berlin Mitte”", "field|site|Berlin Mitte => "},
        {"#field site « Berlin Mitte »", "field|site| Berlin Mitte  => "},
        {"#note he said \"no\" to it", "note|he|said|\"no\"|to|it => "},
        {"#note 5\" pipe and 6\" pipe", "note|5\"|pipe|and|6\"|pipe => "},
        {"#note \"open end", "note|\"open|end => "},
        {"#note \"a b\"c", "note|\"a|b\"c => "},
        {"#note \"\" x", "note|\"\"|x => "},
        {"\n \n\t\n", " => "},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_text(read_as_text(arena, table[i].mail), table[i].wanted);
    arena_free(&arena);
}

static void without_signs_nothing_is_a_command(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct order order;
    order_read(arena, NULL, 0, STR("#close"), &order);
    assert_int_equal(order.command_count, 0);
    assert_text(order.rest, "#close");
    arena_free(&arena);
}

static void more_than_twenty_are_too_many(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct order order;
    struct buf mail = {0};
    for (unsigned i = 0; i < ORDER_COMMANDS_MAX; i++)
        buf_text(&mail, "#tag +x\n");
    order_read(arena, prefixes, 1, buf_view(&mail), &order);
    assert_int_equal(order.command_count, ORDER_COMMANDS_MAX);
    assert_false(order.too_many);
    buf_text(&mail, "#tag +x\n");
    order_read(arena, prefixes, 1, buf_view(&mail), &order);
    assert_int_equal(order.command_count, ORDER_COMMANDS_MAX);
    assert_true(order.too_many);
    buf_free(&mail);
    arena_free(&arena);
}

static void a_line_is_shown_cut_and_its_words_are_not_lost(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct order order;
    struct buf mail = {0};
    buf_text(&mail, "  #note");
    for (unsigned i = 0; i < 2000; i++)
        buf_text(&mail, " ü");
    order_read(arena, prefixes, 1, buf_view(&mail), &order);
    assert_int_equal(order.commands[0].line.n, 5 + 97 * 3);
    assert_int_equal(order.commands[0].word_count, 1000);
    assert_int_equal(order.commands[0].words[999].n, 1002 * 3 - 1);
    buf_free(&mail);
    arena_free(&arena);
}

static void a_thousand_blank_lines_end_the_commands(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct order order;
    struct buf mail = {0};
    for (unsigned i = 0; i < 5000; i++)
        buf_char(&mail, '\n');
    buf_text(&mail, "#close");
    order_read(arena, prefixes, 1, buf_view(&mail), &order);
    assert_int_equal(order.command_count, 0);
    assert_text(order.rest, "#close");
    buf_free(&mail);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_lines_are_commands),
        cmocka_unit_test(without_signs_nothing_is_a_command),
        cmocka_unit_test(more_than_twenty_are_too_many),
        cmocka_unit_test(a_line_is_shown_cut_and_its_words_are_not_lost),
        cmocka_unit_test(a_thousand_blank_lines_end_the_commands),
    };
    return cmocka_run_group_tests_name("desk_order", tests, NULL, NULL);
}
