/* Any octets as a token, as the subject, address, reference and text it may stand in: nothing is proven by chance, and what is found is bounded. */
#include "fuzz.h"

#include "desk/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct token_keys keys = {.keys = {{1, {1, 2, 3}}}, .count = 1};
    static struct str own[] = {{"support@contoso.example", 23}};
    static const struct desk desk = {.addresses = own, .address_count = 1, .tag = {"INC", 3}, .reopen_window = 1};
    struct arena *arena = arena_new();
    struct str text = {(const char *)data, size};
    struct token token;
    char again[TOKEN_TEXT_MAX];
    if (token_read(&keys, text, &token)) {
        token_write(&keys, &token, again);
        FUZZ_CHECK(str_ieq(str_of(again), text));
    }
    struct address address = {.addr = text};
    struct message message = {.to = {&address, 1}, .references = {&text, 1}, .in_reply_to = {&text, 1}, .subject = text, .text = text};
    struct clues clues;
    struct str_list found;
    token_candidates(arena, &message, own, 1, &found);
    FUZZ_CHECK(found.count <= TOKENS_MAX);
    place_clues(arena, &desk, &keys, &message, &clues);
    FUZZ_CHECK(clues.token_count <= found.count && clues.addressed_count <= clues.token_count);
    FUZZ_CHECK(clues.tag >= 0 && clues.bare_subject.n <= size && !(clues.reply_subject && clues.forwarded));
    const struct candidate candidate = {.ticket = 1, .is_party = true, .by = STR("reference"), .clue = text, .bare_subject = text};
    struct sender sender = {0};
    struct placement placement;
    place_decide(arena, &desk, &message, &sender, 5, &clues, &candidate, 1, false, 0, &placement);
    FUZZ_CHECK(placement.placed == PLACED_APPENDED || placement.linked == 1);
    arena_free(&arena);
    return 0;
}
