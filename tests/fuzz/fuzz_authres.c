/* Any octets as an Authentication-Results value: every text is one line of valid UTF-8, every count within its limit. */
#include "fuzz.h"

#include "base/utf8.h"
#include "mail/authres.h"

static void check(struct str s)
{
    FUZZ_CHECK(s.n <= AUTHRES_WORD_MAX && utf8_valid(s) && utf8_is_line_safe(s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct authres a;
    bool read = authres_read(arena, (struct str){(const char *)data, size}, &a);
    FUZZ_CHECK(read == (a.authserv.n > 0) && a.result_count <= AUTHRES_RESULTS_MAX);
    check(a.authserv);
    for (size_t i = 0; i < a.result_count; i++) {
        const struct authres_result *r = &a.results[i];
        FUZZ_CHECK(r->method.n > 0 && r->result.n > 0 && r->property_count <= AUTHRES_PROPERTIES_MAX);
        check(r->method);
        check(r->result);
        check(r->reason);
        check(r->comment);
        for (size_t k = 0; k < r->property_count; k++) {
            check(r->properties[k].type);
            check(r->properties[k].name);
            check(r->properties[k].value);
        }
    }
    arena_free(&arena);
    return 0;
}
