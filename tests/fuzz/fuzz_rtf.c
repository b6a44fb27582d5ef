/* Any octets as Rich Text, plain and compressed: bounded, valid UTF-8. */
#include "fuzz.h"

#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/rtf.h"

static void read_one(struct str rtf)
{
    struct arena *arena = arena_new();
    struct rtf_text text;
    if (rtf_read(arena, rtf, &text))
        FUZZ_CHECK(utf8_valid(text.text) && text.text.n <= 4 * RTF_MAX);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str octets = {(const char *)data, size};
    struct buf out = {0};
    charset_prepare();
    rtf_decompress(&out, octets, 100000);
    FUZZ_CHECK(out.n <= 100000);
    read_one(buf_view(&out));
    read_one(octets);
    buf_free(&out);
    return 0;
}
