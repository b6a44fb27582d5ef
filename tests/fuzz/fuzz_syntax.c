/* Any octets as a configuration: the tree is within its limits, places are in the file, what is printed is harmless. */
#include "fuzz.h"

#include "base/syntax.h"
#include "base/utf8.h"

static void check_place(struct place_in_file at, size_t size)
{
    FUZZ_CHECK(at.line >= 1 && at.line <= size + 1);
    FUZZ_CHECK(at.column >= 1 && at.column <= size + 1);
    FUZZ_CHECK(at.width >= 1 && at.width <= size + 1);
}

static void check_statements(const struct syntax_statement *list, size_t count, size_t depth, size_t size, bool clean)
{
    FUZZ_CHECK(count == 0 || depth <= SYNTAX_DEPTH_MAX);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(list[i].token_count >= 1);
        FUZZ_CHECK(list[i].has_block || list[i].block_count == 0);
        for (size_t k = 0; k < list[i].token_count; k++) {
            const struct syntax_token *token = &list[i].tokens[k];
            check_place(token->at, size);
            FUZZ_CHECK(token->kind == SYNTAX_STRING || token->kind == SYNTAX_REGEX || token->text.n > 0);
            FUZZ_CHECK(!clean || utf8_valid(token->text));
        }
        check_statements(list[i].block, list[i].block_count, depth + 1, size, clean);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf out = {0};
    struct diagnoses found = {.arena = arena};
    struct syntax_file file = {0};
    struct str source = {(const char *)data, size};
    syntax_parse(arena, "fuzz.conf", source, &file, &found);
    check_statements(file.statements, file.count, 0, size, found.errors == 0);
    FUZZ_CHECK(found.count <= DIAGNOSES_MAX && found.count + found.dropped == found.errors);
    for (size_t i = 0; i < found.count; i++)
        check_place(found.list[i].at, size);
    diagnoses_print(&found, &out);
    FUZZ_CHECK((out.n > 0) == (found.count > 0));
    struct str rest = buf_view(&out);
    for (struct str line = {NULL, 0}; str_line(&rest, &line);)
        FUZZ_CHECK(utf8_is_line_safe(line));
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
