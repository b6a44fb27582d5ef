/* header, param, date, mailboxes, address: everything that is read from the fields of a mail. */
#include "mail_fixture.h"

#include "mail/address.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/mailboxes.h"
#include "mail/param.h"

static const struct str none = { "", 0 };

static void fields_survive_a_broken_neighbour(void **state)
{
    static const struct {
        const char *head;
        unsigned fields;
        const char *body;
        bool broken;
    } cases[] = {
        { "A: 1\nB: 2\n\nbody", 2, "body", false },
        { "A: 1\r\nB: 2\r\n\r\nbody", 2, "body", false },
        { "A: 1\n folded\n\tmore\nB: 2\n\nbody", 2, "body", false },
        { "A: 1\ngarbage without colon\nSubject: 2\n\nbody", 2, "body", true },
        { "A : 1\n\nbody", 1, "body", false },
        { "A: 1\nbody begins at once\n\nmore", 1, "body begins at once\n\nmore", false },
        { "A: 1\n \n still A\n\nbody", 1, "body", false },
        { "A: 1", 1, "", false },
        { "\nbody", 0, "body", false },
        { "", 0, "", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str rest = str_of(cases[i].head);
        struct header_raw f;
        unsigned n = 0;
        bool broken = false;
        while (header_next(&rest, &f, &broken))
            n++;
        assert_int_equal(n, cases[i].fields);
        assert_int_equal(broken, cases[i].broken);
        assert_str(rest, cases[i].body);
    }
}

static void a_mail_begins_behind_what_mailboxes_put_before_it(void **state)
{
    (void)state;
    assert_str(header_start(STR("From jo@contoso.example Thu Jan  1 00:00:00 2026\nA: 1\n")), "A: 1\n");
    assert_str(header_start(STR("\r\n\r\nA: 1\n")), "A: 1\n");
    assert_str(header_start(STR("\xef\xbb\xbf" "A: 1\n")), "A: 1\n");
    assert_str(header_start(STR("\nhello\n")), "\nhello\n");
}

static void words_are_decoded(void **state)
{
    static const struct {
        const char *raw, *text;
    } cases[] = {
        { "plain", "plain" },
        { "=?utf-8?B?SsO2cmc=?= =?utf-8?B?IE3DvGxsZXI=?=", "Jörg Müller" },
        { "=?UTF-8?Q?a_b=C3=A9?= c", "a bé c" },
        { "=?iso-8859-1?q?Gr=FC=DFe?=", "Grüße" },
        { "=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€" },
        { "=?utf-8?Q?=E2=82?=\r\n =?utf-8?Q?=AC?=", "€" },
        { "=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=", "こん" },
        { "=?utf-8*en?Q?x?=", "x" },
        { "a =?utf-8?Q?b?= =?iso-8859-1?Q?=E9?= d", "a bé d" },
        { "=?utf-8?Q?no end", "=?utf-8?Q?no end" },
        { "=?utf-8?X?abc?=", "=?utf-8?X?abc?=" },
        { "=?nowhere?Q?abc?=", "abc" },
        { "=?utf-8?Q?with blanks inside?=", "with blanks inside" },
        { "two\r\n  lines", "two lines" },
        { "Gr\xc3\xbc\xc3\x9f" "e", "Grüße" },
        { "=?utf-8?Q?a=0D=0AX-Evil:_1?=", "a X-Evil: 1" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(header_decode(arena, str_of(cases[i].raw), none, 1000), cases[i].text);
    assert_str(header_decode(arena, STR("\xcf\xf0\xe8\xe2\xe5\xf2"), STR("windows-1251"), 1000), "Привет");
    arena_free(&arena);
}

static void parameters_are_read(void **state)
{
    static const struct {
        const char *raw, *head, *name, *value;
    } cases[] = {
        { "text/plain; charset=utf-8", "text/plain", "charset", "utf-8" },
        { "TEXT/Plain; CharSet=\"utf-8\"; x=y", "text/plain", "charset", "utf-8" },
        { "text/plain charset=utf-8", "text/plain", "charset", "utf-8" },
        { "text/plain; charset=utf-8 format=flowed", "text/plain", "format", "flowed" },
        { "attachment; filename=my report.pdf; size=3", "attachment", "filename", "my report.pdf" },
        { "attachment; filename=\"a\\\"b;c.txt\"", "attachment", "filename", "a\"b;c.txt" },
        { "attachment; filename*=utf-8''na%C3%AFve%20file.txt", "attachment", "filename", "naïve file.txt" },
        { "attachment; filename*=iso-8859-1'en'%A3rates", "attachment", "filename", "£rates" },
        { "attachment; filename*0*=utf-8''%E2%82; filename*1*=%AC; filename*2=.txt", "attachment", "filename", "€.txt" },
        { "attachment; filename*1=b; filename*0=a", "attachment", "filename", "ab" },
        { "attachment; filename=plain.txt; filename*=utf-8''%C3%A9.txt", "attachment", "filename", "é.txt" },
        { "attachment; filename=\"=?utf-8?B?w6kudHh0?=\"", "attachment", "filename", "é.txt" },
        { "attachment; filename=\"=?iso-8859-1?Q?a=E9?= =?iso-8859-1?Q?b.txt?=\"", "attachment", "filename", "aéb.txt" },
        { "attachment; filename=\"never closed.txt", "attachment", "filename", "never closed.txt" },
        { "attachment; filename=\"a\x00" "b\"", "attachment", "filename", "a" },
        { "", "", "charset", "" },
        { ";;;", "", "charset", "" },
        { "text/plain; =x; charset=utf-8", "text/plain", "charset", "utf-8" },
    };
    struct arena *arena = arena_new();
    struct param_value v;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        param_read(arena, str_of(cases[i].raw), none, &v);
        assert_str(v.head, cases[i].head);
        assert_str(param_get(&v, str_of(cases[i].name)), cases[i].value);
    }
    param_read(arena, STR("multipart/mixed; boundary=\"a  b\""), none, &v);
    assert_str(param_raw(&v, STR("boundary")), "a  b");
    arena_free(&arena);
}

static void dates_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        { "Thu, 05 Nov 2026 10:15:30 +0100", INT64_C(1793870130000) },
        { "5 Nov 2026 09:15:30 GMT", INT64_C(1793870130000) },
        { "Thu, 5 Nov 26 09:15:30 +0000 (UTC)", INT64_C(1793870130000) },
        { "Thu Nov  5 09:15:30 2026", INT64_C(1793870130000) },
        { "2026-11-05 10:15:30 +01:00", INT64_C(1793870130000) },
        { "Thu, 05 Nov 2026 04:15:30 EST", INT64_C(1793870130000) },
        { "1 Jan 1970 00:00 +0000", 0 },
        { "yesterday", 0 },
        { "", 0 },
        { "99 Foo 2026 10:00", 0 },
    };
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(date_read(str_of(cases[i].text)), cases[i].ms);
    date_write(&out, INT64_C(1793870130999));
    assert_str(buf_view(&out), "Thu, 05 Nov 2026 09:15:30 +0000");
    buf_clear(&out);
    date_write(&out, INT64_C(951782400000));
    assert_str(buf_view(&out), "Tue, 29 Feb 2000 00:00:00 +0000");
    buf_free(&out);
}

static void addresses_are_read(void **state)
{
    static const struct {
        const char *raw, *name, *addr;
        size_t count;
        bool salvaged;
    } cases[] = {
        { "jo@contoso.example", "", "jo@contoso.example", 1, false },
        { "Jo Li <jo@Contoso.EXAMPLE>", "Jo Li", "jo@contoso.example", 1, false },
        { "\"Li, Jo\" <jo@contoso.example>, b@c.example", "Li, Jo", "jo@contoso.example", 2, false },
        { "=?utf-8?B?SsO2cmc=?= =?utf-8?B?IE3DvGxsZXI=?= <jo@contoso.example>", "Jörg Müller", "jo@contoso.example", 1, false },
        { "\"=?utf-8?Q?J=C3=B6rg?=\" <jo@contoso.example>", "Jörg", "jo@contoso.example", 1, false },
        { "=?utf-8?Q?a=22_=3Cevil=40fabrikam.example=3E?= <jo@contoso.example>", "a\" <evil@fabrikam.example>", "jo@contoso.example", 1, false },
        { "team: a@b.example, c@d.example;", "", "a@b.example", 2, false },
        { "undisclosed-recipients:;", "", "", 0, false },
        { "J\xc3\xb6rg <jo@contoso.example>", "Jörg", "jo@contoso.example", 1, false },
        { "jo@xn--bcher-kva.example", "", "jo@bücher.example", 1, false },
        { "jo@xn--abc.example", "", "jo@xn--abc.example", 1, false },
        { "", "", "", 0, false },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address_list list;
        bool many = false, salvaged = false;
        mailboxes_read(arena, str_of(cases[i].raw), none, &list, &many, &salvaged);
        assert_int_equal(list.count, cases[i].count);
        assert_int_equal(salvaged, cases[i].salvaged);
        if (list.count == 0)
            continue;
        assert_str(list.list[0].name, cases[i].name);
        assert_str(list.list[0].addr, cases[i].addr);
    }
    arena_free(&arena);
}

static void what_is_no_address_keeps_its_words(void **state)
{
    struct arena *arena = arena_new();
    struct address_list list;
    bool many = false, salvaged = false;
    (void)state;
    mailboxes_read(arena, STR("Moderator"), none, &list, &many, &salvaged);
    assert_int_equal(list.count, 1);
    assert_str(list.list[0].name, "Moderator");
    assert_str(list.list[0].addr, "");
    arena_free(&arena);
}

static void identifiers_are_read(void **state)
{
    static const struct {
        const char *raw;
        size_t count;
        const char *first, *last;
    } cases[] = {
        { "<a@b>", 1, "a@b", "a@b" },
        { "<a@b> <c@d>\r\n <e@f>", 3, "a@b", "e@f" },
        { "<a@b><c@d>", 2, "a@b", "c@d" },
        { "a@b c@d", 2, "a@b", "c@d" },
        { "Your mail of yesterday", 0, "", "" },
        { "<never closed", 1, "neverclosed", "neverclosed" },
        { "<1@x> <2@x> <3@x> <4@x> <5@x>", 4, "1@x", "5@x" },
        { "", 0, "", "" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str_list ids;
        bool many = false;
        mailboxes_ids(arena, str_of(cases[i].raw), 4, &ids, &many);
        assert_int_equal(ids.count, cases[i].count);
        if (ids.count == 0)
            continue;
        assert_str(ids.list[0], cases[i].first);
        assert_str(ids.list[ids.count - 1], cases[i].last);
    }
    arena_free(&arena);
}

static void addresses_are_compared_and_checked(void **state)
{
    static const struct {
        const char *addr;
        bool usable;
    } cases[] = { { "a@b.example", true }, { "a.b+c@d-e.example", true }, { "jörg@bücher.example", true }, { "a@b", true }, { "a@b@c", false }, { "@b", false },
        { "a@", false }, { "a", false }, { "", false }, { "a b@c", false }, { "\"a b\"@c", false }, { "a@b\r\nRCPT TO:<x@y>", false }, { "<a@b>", false },
        { "a@b..c", false }, { ".a@b", false }, { "a..b@c", false }, { "a@-b", false }, { "a@[127.0.0.1]", false } };
    struct arena *arena = arena_new();
    struct str tag;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(address_usable(str_of(cases[i].addr)), cases[i].usable);
    char longest[300];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 65, "@b", 2);
    assert_false(address_usable((struct str){ longest, 67 }));
    assert_str(address_canonical(arena, STR(" <Jo.Li@Contoso.EXAMPLE> ")), "jo.li@contoso.example");
    assert_str(address_canonical(arena, STR("JÖRG@BÜCHER.example")), "jörg@bücher.example");
    assert_str(address_domain(STR("a@b@c")), "c");
    assert_str(address_local(STR("a@b@c")), "a@b");
    assert_true(address_tag(STR("Support+t1@CONTOSO.example"), STR("support@contoso.example"), &tag));
    assert_str(tag, "t1");
    assert_false(address_tag(STR("support+@contoso.example"), STR("support@contoso.example"), &tag));
    assert_false(address_tag(STR("support+t1@fabrikam.example"), STR("support@contoso.example"), &tag));
    assert_false(address_tag(STR("supporter+t1@contoso.example"), STR("support@contoso.example"), &tag));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_survive_a_broken_neighbour),
        cmocka_unit_test(a_mail_begins_behind_what_mailboxes_put_before_it),
        cmocka_unit_test(words_are_decoded),
        cmocka_unit_test(parameters_are_read),
        cmocka_unit_test(dates_are_read),
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(what_is_no_address_keeps_its_words),
        cmocka_unit_test(identifiers_are_read),
        cmocka_unit_test(addresses_are_compared_and_checked),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
