/* Any octets as a template: it is read or refused, and filling it in ends and is harmless in either case. */
#include "fuzz.h"

#include "desk/template.h"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct diagnoses found = {.arena = arena};
    struct template template;
    struct str octets = {(const char *)data, size};
    const struct template_variable variables[] = {{STR("ticket"), STR("INC-1042")}, {STR("subject"), octets}, {STR("name"), STR("")}};
    struct buf out = {0};
    template_parse(arena, "ack.en.txt", STR("ack"), STR(""), STR("en"), octets, &template, &found);
    FUZZ_CHECK(found.errors > 0 || (template.subject.n > 0 && template.text.n > 0));
    template_fill(template.subject, variables, 3, &out);
    struct str subject = buf_view(&out);
    if (found.errors == 0)
        FUZZ_CHECK(str_find(subject, STR("\n")) < 0 && utf8_valid(subject));
    template_fill(template.text, variables, 3, &out);
    if (found.errors == 0)
        FUZZ_CHECK(utf8_valid(buf_view(&out)));
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
