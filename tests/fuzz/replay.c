/* replay: the main of a fuzz entry in `make check`. Each seed file is a TAP case: first as it is, then damaged in a fixed
 * number of ways that are the same in every run. Every input has its own exact piece of memory, so that a sanitizer sees an
 * octet read too far. */
#include "fuzz.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define SEED_MAX (16u * 1024 * 1024)
#define DAMAGED_MAX (64u * 1024) /* larger seeds are replayed as they are */
#define DAMAGES 128u

static void play(struct str octets)
{
    uint8_t *copy = malloc(octets.n > 0 ? octets.n : 1);
    if (copy == NULL)
        abort();
    if (octets.n > 0)
        memcpy(copy, octets.p, octets.n);
    LLVMFuzzerTestOneInput(copy, octets.n);
    free(copy);
}

/* A row of numbers that looks random (xorshift). */
static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Cut short, an octet changed, or a piece doubled over another. */
static void play_damaged(struct str seed)
{
    char *copy = malloc(seed.n);
    uint32_t state = 2463534242u;
    if (copy == NULL)
        abort();
    for (size_t round = 0; round < DAMAGES; round++) {
        size_t at = next(&state) % seed.n;
        size_t from = next(&state) % seed.n;
        size_t room = seed.n - (at > from ? at : from);
        memcpy(copy, seed.p, seed.n);
        if (round % 3 == 1)
            copy[at] = (char)next(&state);
        if (round % 3 == 2)
            memmove(copy + at, copy + from, room);
        play((struct str){copy, round % 3 == 0 ? at : seed.n});
    }
    free(copy);
}

/* "…/fuzz_syntax" has its seeds in tests/fuzz/seeds/syntax. */
static struct str seeds_of(struct arena *arena, const char *program)
{
    const char *top = getenv("TOP_SRCDIR");
    const char *name = strstr(program, "fuzz_");
    for (const char *later = name; later != NULL; later = strstr(name + 1, "fuzz_"))
        name = later;
    return arena_printf(arena, "%s/tests/fuzz/seeds/%s", top != NULL ? top : ".", name != NULL ? name + 5 : program);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct file_names seeds = {NULL, 0};
    struct file_names none = {NULL, 0};
    struct err err = {0};
    struct str folder = seeds_of(arena, argc > 0 ? argv[0] : "");
    if (!file_list(arena, folder.p, "", &seeds, &none, &err)) {
        printf("Bail out! %s\n", err.text);
        return 1;
    }
    printf("1..%zu\n", seeds.count + 1);
    play((struct str){NULL, 0});
    printf("ok 1 - nothing\n");
    for (size_t i = 0; i < seeds.count; i++) {
        struct str path = arena_printf(arena, "%s/%s", folder.p, seeds.names[i].p);
        struct str octets = {NULL, 0};
        bool good = file_read(arena, path.p, SEED_MAX, &octets, &err);
        fflush(stdout); /* what dies does so after the name of the last good one */
        if (good)
            play(octets);
        if (good && octets.n > 0 && octets.n <= DAMAGED_MAX)
            play_damaged(octets);
        printf("%s %zu - %s%s%s\n", good ? "ok" : "not ok", i + 2, seeds.names[i].p, good ? "" : ": ", good ? "" : err.text);
    }
    arena_free(&arena);
    return 0;
}
