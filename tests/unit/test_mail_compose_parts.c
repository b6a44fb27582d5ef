/* compose: text, HTML and files come back from the octets as they went in, whatever they hold; and Outlook's Thread-Index. */
#include "mail_fixture.h"

#include "mail/compose.h"
#include "mail/mime.h"
#include "mail/thread_index.h"

#include "base/base64.h"
#include "base/hash.h"

static struct address jo = { { "Jo Li", 5 }, { "jo@fabrikam.example", 19 } };

static struct compose letter(void)
{
    return (struct compose){ .from = { STR("Contoso Support"), STR("support@contoso.example") }, .to = { &jo, 1 }, .subject = STR("Hello"),
        .message_id = STR("t1@contoso.example"), .date = INT64_C(1793870130000), .text = STR("Hello.\n") };
}

/* Every line ends in CRLF and is short, no octet is bare, all are ASCII. */
static void check_lines(struct str mail, size_t most)
{
    size_t length = 0;
    for (size_t i = 0; i < mail.n; i++) {
        unsigned char c = (unsigned char)mail.p[i];
        assert_true(c != '\0' && c < 0x80);
        if (c == '\r')
            assert_true(i + 1 < mail.n && mail.p[i + 1] == '\n');
        if (c == '\n') {
            assert_true(i > 0 && mail.p[i - 1] == '\r');
            assert_true(length <= most + 1);
            length = 0;
            continue;
        }
        length++;
    }
    assert_int_equal(length, 0);
}

static struct message written(struct arena *arena, const struct compose *c, struct buf *out, size_t most)
{
    struct err err = { 0 };
    buf_clear(out);
    assert_true(compose_mail(c, out, &err));
    check_lines(buf_view(out), most);
    return fixture_read(arena, buf_view(out));
}

/* The parts as one line: "multipart/mixed(text/plain,image/png)". */
static struct str outline(struct arena *arena, const struct mime *m, uint32_t i)
{
    struct str s = m->parts[i].type;
    if (m->parts[i].child == MIME_NONE || !mime_is_a(&m->parts[i], "multipart/"))
        return s;
    for (uint32_t c = m->parts[i].child; c != MIME_NONE; c = m->parts[c].next)
        s = arena_printf(arena, "%.*s%c%.*s", STR_ARG(s), c == m->parts[i].child ? '(' : ',', STR_ARG(outline(arena, m, c)));
    return arena_printf(arena, "%.*s)", STR_ARG(s));
}

static void assert_outline(struct arena *arena, struct str mail, const char *expected)
{
    struct mime m;
    mime_read(arena, mail, &m);
    assert_str(outline(arena, &m, 0), expected);
    assert_int_equal(m.defects, 0);
}

static void assert_file(const struct attachment *a, const struct carried_file *f, const char *name, const char *type)
{
    uint8_t digest[HASH_SIZE];
    hash_sha256(f->octets, digest);
    assert_str(a->name, name);
    assert_str(a->type, type);
    assert_int_equal(a->size, f->octets.n);
    assert_memory_equal(a->sha256, digest, HASH_SIZE);
}

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

static void parts_stand_where_clients_look_for_them(void **state)
{
    static const struct carried_file file = { .name = { "log.txt", 7 }, .type = { "text/plain", 10 }, .content_id = { "", 0 }, .octets = { "a\0b\r\n", 5 } };
    static const struct carried_file image = { .name = { "logo.png", 8 }, .type = { "image/png", 9 }, .content_id = { "i1@x", 4 }, .is_inline = true,
        .octets = { PNG, sizeof PNG - 1 } };
    const struct carried_file both[] = { image, file }, lonely = { .name = STR("x.png"), .type = STR("image/png"), .is_inline = true, .octets = STR("x") };
    const struct {
        const char *html;
        const struct carried_file *files;
        size_t count;
        const char *outline;
    } cases[] = {
        { "", NULL, 0, "text/plain" },
        { "<p>Hello.</p>", NULL, 0, "multipart/alternative(text/plain,text/html)" },
        { "", &file, 1, "multipart/mixed(text/plain,text/plain)" },
        { "", &image, 1, "multipart/mixed(text/plain,image/png)" },
        { "<p>Hello.</p>", &file, 1, "multipart/mixed(multipart/alternative(text/plain,text/html),text/plain)" },
        { "<p>Hello.</p>", &image, 1, "multipart/alternative(text/plain,multipart/related(text/html,image/png))" },
        { "<p>Hello.</p>", both, 2, "multipart/mixed(multipart/alternative(text/plain,multipart/related(text/html,image/png)),text/plain)" },
        { "<p>Hello.</p>", &lonely, 1, "multipart/mixed(multipart/alternative(text/plain,text/html),image/png)" },
    };
    struct arena *arena = arena_new();
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct compose c = letter();
        c.html = str_of(cases[i].html);
        c.files = cases[i].files;
        c.file_count = cases[i].count;
        struct message m = written(arena, &c, &out, 120);
        assert_outline(arena, buf_view(&out), cases[i].outline);
        assert_int_equal(m.defects, 0);
        assert_str(m.text, "Hello.\n");
        assert_int_equal(m.attachment_count, cases[i].count);
        for (size_t k = 0; k < cases[i].count; k++) {
            const struct attachment *a = &m.attachments[k];
            assert_file(a, &cases[i].files[k], cases[i].files[k].name.p, cases[i].files[k].type.p);
            assert_int_equal(a->is_inline, cases[i].html[0] && cases[i].files[k].content_id.n > 0);
        }
    }
    buf_free(&out);
    arena_free(&arena);
}

static void names_and_types_come_back(void **state)
{
    static const char long_name[] = "a very long name of a file that goes on and on until no line of seventy-six could ever hold it (final version 3).pdf";
    static const struct {
        const char *name, *read, *fallback;
        const char *type, *read_type;
    } cases[] = {
        { "report.pdf", "report.pdf", "\"report.pdf\"", "application/pdf", "application/pdf" },
        { "Prüfbericht Köln.pdf", "Prüfbericht Köln.pdf", "\"Pr_fbericht K_ln.pdf\"", "application/pdf", "application/pdf" },
        { "日本語の名前がとても長いときにもこわれないことをたしかめるためのファイル.xlsx", "日本語の名前がとても長いときにもこわれないことをたしかめるためのファイル.xlsx", ".xlsx\"",
            "application/vnd.ms-excel", "application/vnd.ms-excel" },
        { long_name, long_name, "\"a very long name of a file that goes on and on until no .pdf\"", "application/pdf", "application/pdf" },
        { "a\"b\\c;d=e.txt", "a\"b_c;d=e.txt", "\"a_b_c;d_e.txt\"", "text/plain", "text/plain" },
        { "x\r\nBcc: evil@x.example", "x Bcc: evil@x.example", NULL, "text/plain", "text/plain" },
        { "=?utf-8?Q?x?=.txt", "=?utf-8?Q?x?=.txt", "\"__utf-8_Q_x__.txt\"", "text/plain", "text/plain" },
        { "100% 'sure' *.txt", "100% 'sure' *.txt", "\"100% 'sure' *.txt\"", "text/plain", "text/plain" },
        { "", "", NULL, "text/plain\r\nX-Evil: 1", "application/octet-stream" },
        { "é", "é", "\"_\"", "application", "application/octet-stream" },
        { "x", "x", NULL, "", "application/octet-stream" },
        { "x", "x", NULL, "multipart/mixed", "application/octet-stream" },
        { "x", "x", NULL, "message/partial", "application/octet-stream" },
        { "x", "x", NULL, "text/plain; charset=x", "application/octet-stream" },
        { "x", "x", NULL, "text/p\xc3\xa9", "application/octet-stream" },
    };
    struct arena *arena = arena_new();
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct carried_file f = { .name = str_of(cases[i].name), .type = str_of(cases[i].type), .octets = STR("--=_\r\n\r\nx") };
        struct compose c = letter();
        c.files = &f;
        c.file_count = 1;
        struct message m = written(arena, &c, &out, 120);
        assert_int_equal(m.attachment_count, 1);
        assert_file(&m.attachments[0], &f, cases[i].read, cases[i].read_type);
        assert_null(message_header(&m, STR("X-Evil")));
        assert_true(str_find(buf_view(&out), STR("\r\nBcc")) < 0);
        if (cases[i].fallback)
            assert_true(str_find(buf_view(&out), str_of(cases[i].fallback)) >= 0);
    }
    buf_free(&out);
    arena_free(&arena);
}

static void a_mail_in_a_mail_stays_one_where_it_may(void **state)
{
    static const struct {
        const char *octets, *type;
        int64_t size; /* as read; -1: as given */
    } cases[] = {
        { "From: a@x.example\r\nSubject: s\r\n\r\n.\r\nFrom here\r\n", "message/rfc822", -1 },
        { "From: a@x.example\n\n.\nline\n", "message/rfc822", 30 }, /* its line ends are CRLF now */
        { "From: a@x.example\r\n\r\n\xc3\xa9\r\n", "application/octet-stream", -1 },
        { "From: a@x.example\r\n\r\nbare\rreturn\r\n", "application/octet-stream", -1 },
        { "", "application/octet-stream", -1 },
    };
    struct arena *arena = arena_new();
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct carried_file f = { .name = STR("mail.eml"), .type = STR("message/rfc822"), .octets = str_of(cases[i].octets) };
        struct compose c = letter();
        c.files = &f;
        c.file_count = 1;
        struct message m = written(arena, &c, &out, 120);
        assert_int_equal(m.attachment_count, 1);
        assert_str(m.attachments[0].type, cases[i].type);
        if (cases[i].size < 0)
            assert_file(&m.attachments[0], &f, "mail.eml", cases[i].type);
        else
            assert_int_equal(m.attachments[0].size, cases[i].size);
    }
    buf_free(&out);
    arena_free(&arena);
}

/* A letter of ours that is quoted, or passed on, in its own answer: every boundary it could be mistaken for is in there. */
static void no_part_can_end_another(void **state)
{
    struct arena *arena = arena_new();
    struct buf first = { 0 }, out = { 0 };
    struct carried_file f = { .name = STR("x.txt"), .type = STR("text/plain"), .octets = STR("x") };
    struct compose c = letter();
    (void)state;
    c.html = STR("<p>Hello.</p>");
    c.files = &f;
    c.file_count = 1;
    written(arena, &c, &first, 120);
    struct carried_file files[] = { { .name = STR("a.eml"), .type = STR("message/rfc822"), .octets = buf_view(&first) },
        { .name = STR("b.txt"), .type = STR("text/plain"), .octets = buf_view(&first) } };
    struct buf lf = { 0 };
    for (size_t i = 0; i < first.n; i++)
        if (first.p[i] != '\r')
            buf_char(&lf, first.p[i]);
    c.text = buf_view(&lf);
    c.html = buf_view(&lf);
    c.files = files;
    c.file_count = 2;
    struct message m = written(arena, &c, &out, 120);
    assert_outline(arena, buf_view(&out), "multipart/mixed(multipart/alternative(text/plain,text/html),application/octet-stream,text/plain)");
    assert_true(str_eq(m.text, buf_view(&lf)));
    assert_file(&m.attachments[0], &files[0], "a.eml", "application/octet-stream");
    assert_file(&m.attachments[1], &files[1], "b.txt", "text/plain");
    buf_free(&lf);
    buf_free(&first);
    buf_free(&out);
    arena_free(&arena);
}

static void every_octet_and_every_length_comes_back(void **state)
{
    struct arena *arena = arena_new();
    struct buf octets = { 0 }, out = { 0 };
    (void)state;
    for (size_t n = 0; n < 260; n++) {
        struct carried_file f = { .name = STR("x.bin"), .type = STR("application/octet-stream"), .octets = buf_view(&octets) };
        struct compose c = letter();
        c.files = &f;
        c.file_count = 1;
        struct message m = written(arena, &c, &out, 76);
        assert_file(&m.attachments[0], &f, "x.bin", "application/octet-stream");
        buf_char(&octets, (char)(255 - n));
    }
    buf_free(&octets);
    buf_free(&out);
    arena_free(&arena);
}

static void the_same_letter_is_the_same_octets(void **state)
{
    struct arena *arena = arena_new();
    struct buf one = { 0 }, two = { 0 };
    struct carried_file f = { .name = STR("é.txt"), .type = STR("text/plain"), .octets = STR("x") };
    struct compose c = letter();
    (void)state;
    c.html = STR("<p>Hello.</p>");
    c.files = &f;
    c.file_count = 1;
    written(arena, &c, &one, 120);
    written(arena, &c, &two, 120);
    assert_true(str_eq(buf_view(&one), buf_view(&two)));
    buf_free(&one);
    buf_free(&two);
    arena_free(&arena);
}

static void copies_and_threads_are_named(void **state)
{
    struct arena *arena = arena_new();
    struct buf out = { 0 };
    struct address cc[] = { { STR("Zoë"), STR("zoe@fabrikam.example") }, { STR(""), STR("li@fabrikam.example") } };
    struct compose c = letter();
    (void)state;
    c.cc = (struct address_list){ cc, 2 };
    c.thread_index = STR("AQHbAbCdEf==");
    c.thread_topic = STR("Straße\r\nX: y");
    struct message m = written(arena, &c, &out, 120);
    assert_int_equal(m.cc.count, 2);
    assert_str(m.cc.list[0].name, "Zoë");
    assert_str(m.cc.list[1].addr, "li@fabrikam.example");
    assert_str(message_header(&m, STR("Thread-Index"))->value, "AQHbAbCdEf==");
    assert_str(message_header(&m, STR("Thread-Topic"))->value, "Straße X: y");
    c.thread_index = STR("AQ\r\nX: y");
    m = written(arena, &c, &out, 120);
    assert_null(message_header(&m, STR("Thread-Index")));
    cc[1].addr = STR("li@x\r\ny");
    assert_false(compose_mail(&c, &out, NULL));
    buf_free(&out);
    arena_free(&arena);
}

/* 25 MB in a second or two even under a sanitizer: nothing is quadratic. */
static void large_files_take_linear_time(void **state)
{
    struct arena *arena = arena_new();
    struct buf out = { 0 };
    size_t n = 25u << 20;
    char *p = arena_alloc(arena, n);
    struct carried_file f = { .name = STR("x.bin"), .type = STR("application/octet-stream"), .octets = { p, n } };
    struct compose c = letter();
    (void)state;
    c.files = &f;
    c.file_count = 1;
    assert_true(compose_mail(&c, &out, NULL));
    assert_true(out.n > n / 57 * 78);
    buf_free(&out);
    arena_free(&arena);
}

/* --- Thread-Index --- */

#define MS_2026 INT64_C(1793870130000)

static struct str header_of(struct arena *arena, bool by_the_book, int64_t ms, size_t blocks)
{
    uint8_t raw[22 + 5 * 200] = { 1 };
    uint64_t time = (uint64_t)(ms + INT64_C(11644473600000)) * 10000;
    struct buf text = { 0 };
    for (unsigned i = 0; i < 5; i++)
        raw[1 + i] = (uint8_t)(time >> ((by_the_book ? 56 : 48) - 8 * i));
    base64_encode(&text, (struct str){ (const char *)raw, 22 + 5 * blocks });
    struct str s = arena_str(arena, buf_view(&text));
    buf_free(&text);
    return s;
}

static void an_answer_is_one_block_more(void **state)
{
    static const struct {
        bool by_the_book;
        int64_t after; /* ms */
        size_t blocks;
    } cases[] = { { true, 60000, 0 }, { false, 60000, 0 }, { true, 60000, 5 }, { false, INT64_C(86400000) * 365, 1 }, { true, INT64_C(86400000) * 800, 1 },
        { true, -60000, 0 } };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str parent = header_of(arena, cases[i].by_the_book, MS_2026, cases[i].blocks), before, after;
        struct str child = thread_index_child(arena, parent, MS_2026 + cases[i].after);
        assert_true(base64_decode(arena, parent, &before) && base64_decode(arena, child, &after));
        assert_int_equal(after.n, before.n + 5);
        assert_memory_equal(after.p, before.p, before.n);
        const uint8_t *block = (const uint8_t *)after.p + before.n;
        uint32_t code = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 | block[3];
        bool coarse = cases[i].after > INT64_C(86400000) * 650;
        assert_int_equal(code >> 31, coarse);
        int64_t units = (int64_t)(code & 0x7fffffff) << (coarse ? 23 : 18), wanted = cases[i].after < 0 ? 0 : cases[i].after * 10000;
        assert_true(units <= wanted + (1 << 24) && units + (1 << 24) >= wanted);
    }
    arena_free(&arena);
}

static void what_is_no_index_has_no_child(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    const struct str bad[] = { STR(""), STR("x"), STR("AQHb"), STR("AgAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="), STR("AQ\r\nX: y"), header_of(arena, true, MS_2026, 100),
        header_of(arena, true, MS_2026, 200), STR("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_str(thread_index_child(arena, bad[i], MS_2026), "");
    assert_true(thread_index_child(arena, header_of(arena, true, MS_2026, 99), MS_2026).n > 0);
    struct str folded = header_of(arena, true, MS_2026, 2);
    folded = arena_printf(arena, " %.*s \t%.*s ", STR_ARG(str_sub(folded, 0, 9)), STR_ARG(str_sub(folded, 9, folded.n)));
    assert_true(thread_index_child(arena, folded, MS_2026).n > 0);
    assert_true(thread_index_child(arena, header_of(arena, false, MS_2026, 2), INT64_MIN).n > 0);
    assert_true(thread_index_child(arena, header_of(arena, true, MS_2026, 2), INT64_MAX).n > 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_stand_where_clients_look_for_them),
        cmocka_unit_test(names_and_types_come_back),
        cmocka_unit_test(a_mail_in_a_mail_stays_one_where_it_may),
        cmocka_unit_test(no_part_can_end_another),
        cmocka_unit_test(every_octet_and_every_length_comes_back),
        cmocka_unit_test(the_same_letter_is_the_same_octets),
        cmocka_unit_test(copies_and_threads_are_named),
        cmocka_unit_test(large_files_take_linear_time),
        cmocka_unit_test(an_answer_is_one_block_more),
        cmocka_unit_test(what_is_no_index_has_no_child),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
