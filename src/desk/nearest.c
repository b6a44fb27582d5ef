/* nearest: the name that was probably meant. */
#include "nearest.h"

#include "base/buf.h"

#define LISTED_MAX 12u

const char *nearest_hint(struct arena *arena, struct str word, const struct str_list *names)
{
    size_t best = word.n / 3 + 1;
    struct str name = {0};
    for (size_t i = 0; i < names->count; i++) {
        size_t distance = str_distance(word, names->list[i]);
        if (distance <= best && (name.p == NULL || distance < best)) {
            best = distance;
            name = names->list[i];
        }
    }
    return name.p == NULL ? "" : arena_printf(arena, "did you mean \"%.*s\"?", STR_ARG(name)).p;
}

struct str names_listed(struct arena *arena, const struct str_list *names)
{
    struct buf out = {0};
    for (size_t i = 0; i < names->count && i < LISTED_MAX; i++) {
        if (i != 0)
            buf_text(&out, i + 1 == names->count ? " or " : ", ");
        buf_str(&out, names->list[i]);
    }
    if (names->count > LISTED_MAX)
        buf_text(&out, ", …");
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
}
