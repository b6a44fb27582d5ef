/* Any octets as the HTML of a mail with history in it: what is new is part of the text, and there whenever there is text. */
#include "fuzz.h"

#include "base/utf8.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf raw = {0};
    struct message m;
    buf_text(&raw, "From: jo@fabrikam.example\nContent-Type: text/html; charset=utf-8\n\n");
    buf_add(&raw, data, size);
    message_prepare();
    message_read(arena, buf_view(&raw), NULL, &m);
    FUZZ_CHECK(utf8_valid(m.text) && utf8_valid(m.fresh) && m.fresh.n <= m.text.n);
    FUZZ_CHECK(str_trim(m.text).n == 0 || str_trim(m.fresh).n > 0);
    buf_free(&raw);
    arena_free(&arena);
    return 0;
}
