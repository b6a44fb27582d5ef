/* Octets as what a letter says: pieces apart by "|" are its subject, name, text, HTML and a file's name, type, Content-ID and octets. What comes out is lines, has
 * no field that was not meant, and gives the file back. */
#include "fuzz.h"

#include "mail/attach.h"
#include "mail/compose.h"
#include "mail/thread_index.h"

#include "base/hash.h"

#include <string.h>

static void check_lines(struct str mail)
{
    size_t length = 0;
    for (size_t i = 0; i < mail.n; i++) {
        FUZZ_CHECK(mail.p[i] != '\0' && (unsigned char)mail.p[i] < 0x80);
        FUZZ_CHECK(mail.p[i] != '\r' || (i + 1 < mail.n && mail.p[i + 1] == '\n'));
        FUZZ_CHECK(mail.p[i] != '\n' || (i > 0 && mail.p[i - 1] == '\r'));
        length = mail.p[i] == '\n' ? 0 : length + 1;
        FUZZ_CHECK(length <= 998 + 1);
    }
    FUZZ_CHECK(length == 0);
}

/* A mail within changes its line ends and may be anything; any other file comes back octet for octet. */
static void check_file(const struct message *m, const struct carried_file *f)
{
    uint8_t digest[HASH_SIZE];
    hash_sha256(f->octets, digest);
    FUZZ_CHECK(m->attachment_count == 1 && m->defects == 0);
    FUZZ_CHECK(m->attachments[0].size == f->octets.n && memcmp(m->attachments[0].sha256, digest, HASH_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = { (const char *)data, size }, pieces[8];
    struct arena *arena = arena_new();
    struct buf out = { 0 };
    for (size_t i = 0; i < 7; i++)
        if (!str_cut(&rest, '|', &pieces[i]))
            pieces[i] = (struct str){ "", 0 };
    pieces[7] = rest;
    struct address to = { pieces[1], STR("jo@fabrikam.example") };
    struct carried_file file = { .name = pieces[4], .type = pieces[5], .content_id = pieces[6], .is_inline = pieces[3].n % 2 == 1, .octets = pieces[7] };
    struct compose c = { .from = { pieces[1], STR("support@contoso.example") }, .to = { &to, 1 }, .subject = pieces[0], .message_id = STR("t1@contoso.example"),
        .references = { &pieces[6], 1 }, .thread_topic = pieces[0], .thread_index = thread_index_child(arena, pieces[5], (int64_t)size), .text = pieces[2],
        .html = pieces[3], .files = &file, .file_count = 1 };
    message_prepare();
    FUZZ_CHECK(compose_mail(&c, &out, NULL));
    check_lines(buf_view(&out));
    struct message m;
    message_read(arena, buf_view(&out), NULL, &m);
    FUZZ_CHECK(m.header_count <= 11 && m.from.count == 1 && m.to.count == 1 && m.cc.count == 0);
    if (!str_ieq(file.type, STR("message/rfc822")) && pieces[2].n > 0 && pieces[3].n == 0 && m.kind != MESSAGE_CALENDAR)
        check_file(&m, &file);
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
