/* A letter of ours, a form feed, and the text of an answer: each line of the letter is known, and what remains of the answer is a part of it, in its order. */
#include "fuzz.h"

#include "mail/known_lines.h"
#include "mail/quote.h"

#include <string.h>

static struct str bare_of(struct str line)
{
    while (line.n > 0 && (line.p[0] == '>' || line.p[0] == ' ' || line.p[0] == '\t'))
        line = str_sub(line, 1, line.n);
    return str_trim(line);
}

static void check_own(struct arena *arena, struct str letter)
{
    const struct known_lines *known = known_lines_of(arena, &letter, 1);
    struct str rest = letter, line;
    for (unsigned i = 0; i < KNOWN_LINES_MAX && str_line(&rest, &line); i++) {
        bool telling = false;
        struct str bare = bare_of(line);
        FUZZ_CHECK(bare.n == 0 || known_lines_has(known, bare, &telling));
        FUZZ_CHECK(bare.n == 0 || telling == (bare.n >= KNOWN_LINE_TELLING));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str letter = {(const char *)data, size}, answer = {"", 0};
    const char *apart = size > 0 ? memchr(data, '\f', size) : NULL;
    if (apart != NULL) {
        letter.n = (size_t)(apart - letter.p);
        answer = (struct str){apart + 1, size - letter.n - 1};
    }
    struct arena *arena = arena_new();
    enum fresh_cut sure = FRESH_WHOLE;
    check_own(arena, letter);
    struct str remains = quote_without_own(arena, answer, &letter, 1, &sure);
    FUZZ_CHECK(remains.n <= answer.n + 1);
    FUZZ_CHECK(sure != FRESH_WHOLE || remains.n == answer.n);
    arena_free(&arena);
    return 0;
}
