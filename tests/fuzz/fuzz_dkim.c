/* Any octets as a mail whose signatures are looked at: nothing is proven before the DNS was asked, what is asked for are names, and what is said is a line. */
#include "fuzz.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "mail/domain.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct str mail = {(const char *)data, size}, names[ORIGIN_QUESTIONS_MAX], head = mail;
    struct origin o;
    hash_prepare(false);
    ptrdiff_t blank = str_find(mail, STR("\n\r\n"));
    if (blank >= 0)
        head.n = (size_t)blank + 3;
    origin_read(arena, head, str_sub(mail, head.n, mail.n), STR("fabrikam.example"), 1000, &o);
    FUZZ_CHECK(!o.proven && !o.checked && o.count <= ORIGIN_SIGNATURES_MAX && utf8_is_line_safe(o.why));
    size_t count = origin_questions(arena, &o, names);
    FUZZ_CHECK(count <= ORIGIN_QUESTIONS_MAX);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(domain_is_name(names[i]) && str_iends(names[i], STR(".fabrikam.example")));
    for (size_t i = 0; i < o.count; i++)
        FUZZ_CHECK(o.signatures[i].octets.n <= DKIM_OCTETS_MAX && utf8_is_line_safe(o.signatures[i].why) && o.signatures[i].result != DKIM_PASS);
    origin_check(arena, NULL, 0, &o);
    FUZZ_CHECK(!o.proven && o.checked);
    arena_free(&arena);
    return 0;
}
