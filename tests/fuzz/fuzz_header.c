/* Any octets as the value of a field, in every way a value is read. */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/mailboxes.h"
#include "mail/param.h"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = {(const char *)data, size}, hint = {"windows-1251", 12};
    struct arena *arena = arena_new();
    struct address_list list;
    struct param_value v;
    struct str_list ids;
    bool many = false, salvaged = false;
    message_prepare();
    FUZZ_CHECK(utf8_is_line_safe(header_decode(arena, raw, hint, 4000)));
    mailboxes_read(arena, raw, hint, &list, &many, &salvaged);
    for (size_t i = 0; i < list.count; i++) {
        FUZZ_CHECK(utf8_is_line_safe(list.list[i].addr) && utf8_is_line_safe(list.list[i].name));
        struct str canonical = address_canonical(arena, list.list[i].addr);
        FUZZ_CHECK(str_eq(address_canonical(arena, canonical), canonical));
        FUZZ_CHECK(!address_usable(canonical) || str_find(canonical, STR(" ")) < 0);
    }
    param_read(arena, raw, hint, &v);
    for (size_t i = 0; i < v.count; i++)
        FUZZ_CHECK(utf8_is_line_safe(v.list[i].value));
    mailboxes_ids(arena, raw, 5, &ids, &many);
    FUZZ_CHECK(ids.count <= 5);
    for (size_t i = 0; i < ids.count; i++)
        FUZZ_CHECK(ids.list[i].n > 0 && utf8_is_line_safe(ids.list[i]));
    (void)date_read(raw);
    arena_free(&arena);
    return 0;
}
