/* Any octets as a mail: read, bounded, all text valid, every attachment decoded again to what was said of it. */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/carry.h"

#include "base/hash.h"
#include "base/utf8.h"

#include <string.h>

#define CARRIED_MAX 1000u /* octets: small, so that files are left out too */

static void check_text(struct str s)
{
    FUZZ_CHECK(utf8_valid(s));
    FUZZ_CHECK(s.n == 0 || memchr(s.p, 0, s.n) == NULL);
    FUZZ_CHECK(str_find(s, STR("\r")) < 0 && str_find(s, STR("\x1b")) < 0);
}

static void check_addresses(const struct address_list *list)
{
    FUZZ_CHECK(list->count <= MESSAGE_ADDRESSES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        check_text(list->list[i].name);
        check_text(list->list[i].addr);
    }
}

static void check_attachment(struct str raw, const struct attachment *a)
{
    struct buf again = {0};
    uint8_t digest[HASH_SIZE];
    check_text(a->name);
    FUZZ_CHECK(str_find(a->name, STR("/")) < 0 && str_find(a->name, STR("\\")) < 0);
    FUZZ_CHECK(message_attachment(raw, a->part, &again));
    FUZZ_CHECK(again.n == a->size);
    hash_sha256(buf_view(&again), digest);
    FUZZ_CHECK(memcmp(digest, a->sha256, sizeof digest) == 0);
    buf_free(&again);
}

static void check_forwarded(const struct forwarded *f)
{
    check_text(f->from.name);
    check_text(f->subject);
    check_text(f->text);
    FUZZ_CHECK(!f->is || address_usable(f->from.addr));
}

static void check_carried(const struct message *m)
{
    uint64_t octets = 0;
    for (size_t i = 0; i < m->carried.file_count; i++) {
        octets += m->carried.files[i].octets.n;
        FUZZ_CHECK(m->carried.files[i].type.n > 0);
    }
    FUZZ_CHECK(octets <= CARRIED_MAX && m->carried.file_count + m->carried.left_out <= m->attachment_count);
    FUZZ_CHECK(m->carried.html_source.n == 0 && utf8_valid(m->carried.html));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = {(const char *)data, size};
    struct arena *arena = arena_new();
    const struct message_context context = {.carry_max = CARRIED_MAX};
    struct message m;
    message_prepare();
    message_read(arena, raw, &context, &m);
    FUZZ_CHECK(m.header_count <= MESSAGE_HEADERS_MAX && m.text.n <= MESSAGE_TEXT_MAX && m.attachment_count <= MESSAGE_PARTS_MAX);
    for (size_t i = 0; i < m.header_count; i++)
        check_text(m.headers[i].value);
    check_addresses(&m.from);
    check_addresses(&m.to);
    check_addresses(&m.cc);
    check_text(m.subject);
    check_text(m.text);
    check_text(m.fresh);
    check_text(m.message_id);
    check_text(m.report.recipient);
    check_text(m.report.original_id);
    FUZZ_CHECK(m.fresh.n <= m.text.n);
    FUZZ_CHECK(m.answerable == (m.unanswerable_why.n == 0));
    check_forwarded(&m.forwarded);
    carry_settle(arena, m.fresh, &m);
    check_carried(&m);
    for (size_t i = 0; i < m.attachment_count && i < 20; i++)
        check_attachment(raw, &m.attachments[i]);
    arena_free(&arena);
    return 0;
}
