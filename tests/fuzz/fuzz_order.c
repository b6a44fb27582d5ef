/* Any text of a mail as an order: bounded, nothing invented, and a command only behind a sign. */
#include "fuzz.h"

#include "desk/command.h"
#include "desk/order.h"
#include "mail/tidy.h"

static const struct str prefixes[] = {{"#", 1}, {"//", 2}};

static void check(struct arena *arena, struct str text, const struct order *order)
{
    static const struct desk desk = {.tag = {"INC", 3}};
    FUZZ_CHECK(order->command_count <= ORDER_COMMANDS_MAX && order->rest.n <= text.n);
    FUZZ_CHECK(order->rest.n == 0 || str_find(text, order->rest) >= 0);
    for (size_t i = 0; i < order->command_count; i++) {
        const struct order_command *c = &order->commands[i];
        struct command command;
        struct err err = {0};
        FUZZ_CHECK(c->word_count > 0 && c->words[0].n > 0 && c->line.n <= 800);
        FUZZ_CHECK(str_starts(c->line, prefixes[0]) || str_starts(c->line, prefixes[1]));
        for (size_t k = 0; k < c->word_count; k++)
            FUZZ_CHECK(str_find(text, c->words[k]) >= 0);
        if (command_parse(arena, &desk, c->words, c->word_count, STR("alice"), 1, &command, &err))
            (void)command_rest(arena, &command, order->rest, &err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct str raw = {(const char *)data, size}, text = tidy_text(arena, raw, 100000);
    struct order order;
    order_read(arena, prefixes, 2, raw, &order);
    FUZZ_CHECK(order.command_count <= ORDER_COMMANDS_MAX);
    order_read(arena, prefixes, 2, text, &order);
    check(arena, text, &order);
    arena_free(&arena);
    return 0;
}
