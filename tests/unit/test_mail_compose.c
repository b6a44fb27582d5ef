/* compose: what leaves is what was meant, whatever was meant; nothing in a value becomes a line of its own. */
#include "mail_fixture.h"

#include "mail/compose.h"

static struct address jo = { { "Jo Li", 5 }, { "jo@fabrikam.example", 19 } };

static struct compose letter(void)
{
    return (struct compose){ .from = { STR("Contoso Support"), STR("support@contoso.example") }, .to = { &jo, 1 }, .subject = STR("Hello"),
        .message_id = STR("t1@contoso.example"), .date = INT64_C(1793870130000), .text = STR("Hello.\n") };
}

/* Every line ends in CRLF, none is over the limit, no octet is bare. */
static void check_lines(struct str mail, size_t most)
{
    size_t length = 0;
    for (size_t i = 0; i < mail.n; i++) {
        if (mail.p[i] == '\n') {
            assert_true(i > 0 && mail.p[i - 1] == '\r');
            assert_true(length - 1 <= most);
            length = 0;
            continue;
        }
        if (mail.p[i] == '\r')
            assert_true(i + 1 < mail.n && mail.p[i + 1] == '\n');
        assert_true((unsigned char)mail.p[i] < 0x80 && mail.p[i] != '\0');
        length++;
    }
    assert_int_equal(length, 0);
}

static void values_come_back_as_they_were(void **state)
{
    static const struct {
        const char *subject, *name, *text;
    } cases[] = {
        { "Hello", "Jo Li", "Hello.\n" },
        { "Grüße aus Köln", "Jørg \"Ø\" Müller", "Grüße\n\n-- \nDesk\n" },
        { "日本語の件名がとても長いときにも壊れないことを確かめるための文字列です。まだ続きます。", "山田 太郎", "本文\n" },
        { "a very long plain subject that has to be folded at its blanks since it does not fit into one line of seventy-six", "Li, Jo (Contoso)", "x\n" },
        { "=?utf-8?Q?not_a_word?=", "=?x?=", "=3D is not an escape here\n" },
        { "averyveryveryveryveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanyblankinitatallthatcannotbefolded", "x", "y\n" },
        { "dots", "Dr. No", ".\n..\n.hidden\nFrom here\n" },
        { "blanks", "x", "trailing blank \nand tab\t\n   indented\n" },
        { "emoji 🎉", "\\back\\slash", "🎉🎉🎉\n" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct compose c = letter();
        struct address to = { str_of(cases[i].name), STR("jo@fabrikam.example") };
        struct buf out = { 0 };
        struct err err = { 0 };
        c.subject = str_of(cases[i].subject);
        c.to = (struct address_list){ &to, 1 };
        c.from.name = str_of(cases[i].name);
        c.text = str_of(cases[i].text);
        assert_true(compose_mail(&c, &out, &err));
        check_lines(buf_view(&out), 120);
        struct message m = fixture_read(arena, buf_view(&out));
        assert_str(m.subject, cases[i].subject);
        assert_str(m.to.list[0].name, cases[i].name);
        assert_str(m.to.list[0].addr, "jo@fabrikam.example");
        assert_str(m.from.list[0].name, cases[i].name);
        assert_str(m.text, cases[i].text);
        assert_str(m.message_id, "t1@contoso.example");
        assert_int_equal(m.date, INT64_C(1793870130000));
        assert_int_equal(m.defects, 0);
        buf_free(&out);
    }
    arena_free(&arena);
}

static void nothing_becomes_a_second_field(void **state)
{
    static const char *const hostile[] = { "x\r\nBcc: evil@x.example", "x\nBcc: evil@x.example", "x\r\n\r\nbody", "x\rBcc: y", "x\x0b\x0c\x85y", "x\xc2\x85" "Bcc: y", "x\xe2\x80\xa8" "Bcc: y" };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct compose c = letter();
        struct address to = { str_of(hostile[i]), STR("jo@fabrikam.example") };
        struct buf out = { 0 };
        c.subject = str_of(hostile[i]);
        c.to = (struct address_list){ &to, 1 };
        assert_true(compose_mail(&c, &out, NULL));
        check_lines(buf_view(&out), 120);
        struct message m = fixture_read(arena, buf_view(&out));
        assert_null(message_header(&m, STR("Bcc")));
        assert_int_equal(m.header_count, 8);
        assert_str(m.text, "Hello.\n");
        buf_free(&out);
    }
    arena_free(&arena);
}

static void what_cannot_leave_is_refused(void **state)
{
    struct address bad = { STR("x"), STR("jo@fabrikam.example\r\nRCPT TO:<x@y>") };
    struct compose_field injected = { STR("X-A"), STR("1\r\nX-B: 2") }, wide = { STR("X-A"), STR("é") }, name = { STR("X A"), STR("1") };
    struct compose cases[] = { letter(), letter(), letter(), letter(), letter(), letter(), letter(), letter(), letter() };
    size_t count = sizeof cases / sizeof *cases;
    (void)state;
    cases[0].to = (struct address_list){ &bad, 1 };
    cases[1].to = (struct address_list){ NULL, 0 };
    cases[2].from.addr = STR("nobody");
    cases[3].message_id = STR("a@b>\r\nX: <y");
    cases[4].message_id = STR("");
    cases[5].reply_to.addr = STR("a b@c");
    cases[6].extra = &injected;
    cases[7].extra = &wide;
    cases[8].extra = &name;
    for (size_t i = 6; i < count; i++)
        cases[i].extra_count = 1;
    for (size_t i = 0; i < count; i++) {
        struct buf out = { 0 };
        struct err err = { 0 };
        assert_false(compose_mail(&cases[i], &out, &err));
        assert_int_equal(err.kind, ERR_ITEM);
        assert_int_equal(out.n, 0);
        buf_free(&out);
    }
}

static void threading_fields_keep_first_and_newest(void **state)
{
    struct arena *arena = arena_new();
    struct str ids[40];
    struct compose_field extra[] = { { STR("Auto-Submitted"), STR("auto-replied") } };
    struct compose c = letter();
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < 40; i++)
        ids[i] = arena_printf(arena, "m%zu@x.example", i);
    ids[7] = STR("evil>\r\nX: <y@z");
    c.references = (struct str_list){ ids, 40 };
    c.in_reply_to = ids[39];
    c.language = STR("de");
    c.reply_to = (struct address){ STR(""), STR("support+t@contoso.example") };
    c.extra = extra;
    c.extra_count = 1;
    assert_true(compose_mail(&c, &out, NULL));
    struct message m = fixture_read(arena, buf_view(&out));
    assert_int_equal(m.references.count, COMPOSE_REFERENCES_MAX);
    assert_str(m.references.list[0], "m0@x.example");
    assert_str(m.references.list[COMPOSE_REFERENCES_MAX - 1], "m39@x.example");
    assert_str(m.in_reply_to.list[0], "m39@x.example");
    assert_str(message_header(&m, STR("Content-Language"))->value, "de"); /* what the text is in is told by the text */
    assert_str(m.reply_to.list[0].addr, "support+t@contoso.example");
    assert_str(message_header(&m, STR("Auto-Submitted"))->value, "auto-replied");
    assert_null(message_header(&m, STR("X")));
    buf_free(&out);
    arena_free(&arena);
}

static void a_subject_is_cut_on_a_character(void **state)
{
    struct arena *arena = arena_new();
    struct buf subject = { 0 }, out = { 0 };
    struct compose c = letter();
    (void)state;
    for (unsigned i = 0; i < 300; i++)
        buf_text(&subject, "é");
    c.subject = buf_view(&subject);
    assert_true(compose_mail(&c, &out, NULL));
    struct message m = fixture_read(arena, buf_view(&out));
    assert_int_equal(m.subject.n, 400);
    buf_free(&subject);
    buf_free(&out);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_were),
        cmocka_unit_test(nothing_becomes_a_second_field),
        cmocka_unit_test(what_cannot_leave_is_refused),
        cmocka_unit_test(threading_fields_keep_first_and_newest),
        cmocka_unit_test(a_subject_is_cut_on_a_character),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
