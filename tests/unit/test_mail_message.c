/* message: whole mails of our own invention, read into what everybody after sees. */
#include "mail_fixture.h"

#include "mail/filename.h"
#include "mail/sniff.h"

#include "base/hash.h"
#include "base/utf8.h"

static const char plain[] =
    "Return-Path: <jo@fabrikam.example>\r\n"
    "Delivered-To: support@contoso.example\r\n"
    "From: =?utf-8?Q?J=C3=B8?= Li <jo@Fabrikam.example>\r\n"
    "To: support@contoso.example, Desk <desk@contoso.example>\r\n"
    "Cc: boss@fabrikam.example\r\n"
    "Subject: VPN gateway\r\n de-7 is down\r\n"
    "Date: Thu, 05 Nov 2026 10:15:30 +0100\r\n"
    "Message-ID: <m1@fabrikam.example>\r\n"
    "In-Reply-To: <p1@contoso.example>\r\n"
    "References: <p0@contoso.example>\r\n <p1@contoso.example>\r\n"
    "Content-Language: en-GB\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "It is down since 9.\r\n\r\nOn Thu, 5 Nov 2026 at 10:00, Desk <support@contoso.example> wrote:\r\n> How are you?\r\n";

static void a_plain_mail(void **state)
{
    struct arena *arena = arena_new();
    struct message m = fixture_read(arena, STR(plain));
    (void)state;
    assert_int_equal(m.header_count, 12);
    assert_str(m.headers[0].name, "Return-Path");
    assert_int_equal(m.from.count, 1);
    assert_str(m.from.list[0].name, "Jø Li");
    assert_str(m.from.list[0].addr, "jo@fabrikam.example");
    assert_int_equal(m.to.count, 2);
    assert_str(m.to.list[1].addr, "desk@contoso.example");
    assert_str(m.cc.list[0].addr, "boss@fabrikam.example");
    assert_str(m.delivered_to.list[0].addr, "support@contoso.example");
    assert_str(m.subject, "VPN gateway de-7 is down");
    assert_str(m.message_id, "m1@fabrikam.example");
    assert_str(m.in_reply_to.list[0], "p1@contoso.example");
    assert_int_equal(m.references.count, 2);
    assert_str(m.return_path, "jo@fabrikam.example");
    assert_int_equal(m.date, INT64_C(1793870130000));
    assert_str(m.fresh, "It is down since 9.");
    assert_true(str_find(m.text, STR("How are you?")) > 0);
    assert_str(m.language, "en");
    assert_int_equal(m.kind, MESSAGE_PERSON);
    assert_true(m.answerable);
    assert_int_equal(m.attachment_count, 0);
    assert_int_equal(m.defects, 0);
    assert_non_null(message_header(&m, STR("message-id")));
    assert_null(message_header(&m, STR("X-Nothing")));
    arena_free(&arena);
}

static void the_best_text_is_chosen(void **state)
{
    static const struct {
        const char *body, *text;
    } cases[] = {
        { "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain words\n--b\nContent-Type: text/html\n\n<p>rich words</p>\n--b--\n", "plain words" },
        { "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>rich words</p>\n--b--\n", "rich words" },
        { "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nView this message in a browser.\n--b\nContent-Type: text/html\n\n"
          "<p>The gateway has been down since this morning, please help.</p>\n--b--\n",
            "The gateway has been down since this morning, please help." },
        { "Content-Type: text/html; charset=iso-8859-1\n\n<p>Gr\xfc\xdf" "e</p>\n", "Grüße" },
        { "Content-Type: text/html\n\n<meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2</p>\n", "Привет" },
        { "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: application/pdf\n\n%PDF-\n--b\n\ntwo\n--b--\n", "one\ntwo" },
        { "Content-Type: multipart/related; boundary=b; start=\"<2@x>\"\n\n--b\nContent-Type: text/plain\nContent-ID: <1@x>\n\nno\n--b\nContent-ID: <2@x>\n\nyes\n--b--\n", "yes" },
        { "Content-Type: multipart/signed; boundary=b\n\n--b\n\nsigned words\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n", "signed words" },
        { "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\na=C3=A9=\nb\n", "aéb" },
        { "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: BASE64\n\nw6kgaMOp\n", "é hé" },
        { "Content-Type: text/plain; format=flowed\n\none \ntwo\n", "one two" },
        { "Content-Type: text/plain\n\na\0b\x01\n", "a" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(str_trim(fixture_read(arena, str_of(cases[i].body)).text), cases[i].text);
    assert_str(str_trim(fixture_read(arena, STR("Subject: x\n\na\0b\x01\n")).text), "ab");
    arena_free(&arena);
}

#define ALTERNATIVE(plain, html) "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n" plain "\n--b\nContent-Type: text/html\n\n" html "\n--b--\n"
#define STORY "The gateway in our second building has been down since this morning, and nobody in the office can reach the file server or print anything at all."
#define OTHER "Congratulations, your parcel waits for you at the counter; pay the small fee within two days, or it goes back to where it was sent from in the first place."

static void alternatives_that_differ_are_marked(void **state)
{
    static const struct {
        const char *raw;
        uint32_t defects;
    } cases[] = { { ALTERNATIVE(STORY, "<p>" STORY "</p>"), 0 }, { ALTERNATIVE(STORY, "<p>" OTHER "</p>"), MESSAGE_MISMATCH },
        { ALTERNATIVE(STORY, "<p>" STORY "<div style=\"display:none\">secret</div>"), MESSAGE_HIDDEN_TEXT }, { ALTERNATIVE("short", "<p>" OTHER "</p>"), 0 },
        { ALTERNATIVE(STORY, "<img src=x>"), 0 }, { ALTERNATIVE(STORY, "<table><tr><td><b>" STORY "</b><td>" OTHER "</table>"), 0 } };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(fixture_read(arena, str_of(cases[i].raw)).defects, cases[i].defects);
    arena_free(&arena);
}

static void broken_mails_are_read_as_far_as_they_go(void **state)
{
    static const struct {
        const char *raw, *subject, *text;
        uint32_t defects;
    } cases[] = {
        { "", "", "", 0 },
        { "Subject: x", "x", "", 0 },
        { "no header at all\njust text\n", "", "no header at all\njust text", 0 },
        { "From a@b Thu Jan 1 2026\nSubject: x\n\nt\n", "x", "t", 0 },
        { "Subject: x\nthis line is broken\nContent-Type: text/html\n\n<b>t</b>\n", "x", "t", MESSAGE_BROKEN_MIME },
        { "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\nonly words, no part\n", "x", "only words, no part", MESSAGE_BROKEN_MIME },
        { "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nno end\n", "x", "no end", MESSAGE_BROKEN_MIME },
        { "Subject: x\nContent-Type: multipart/mixed\n\nno boundary\n", "x", "no boundary", MESSAGE_BROKEN_MIME },
        { "Subject: x\nContent-Type: nonsense\n\nt\n", "x", "t", MESSAGE_BROKEN_MIME },
        { "Subject: x\nSubject: y\nContent-Type: text/plain\nContent-Type: text/html\n\n<t>\n", "x", "<t>", 0 },
        { "Subject: Gr\xfc\xdf" "e\nContent-Type: text/plain; charset=iso-8859-1\n\nt\n", "Grüße", "t", 0 },
        { "Subject: x\rContent-Type: text/plain\r\rold line ends\r", "x", "old line ends", 0 },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = fixture_read(arena, str_of(cases[i].raw));
        assert_str(m.subject, cases[i].subject);
        assert_str(str_trim(m.text), cases[i].text);
        assert_int_equal(m.defects, cases[i].defects);
    }
    arena_free(&arena);
}

static void a_second_sender_is_marked(void **state)
{
    static const struct {
        const char *raw;
        bool two;
    } cases[] = { { "From: a@b.example\n\nx", false }, { "From: a@b.example\nFrom: c@d.example\n\nx", true }, { "From: a@b.example, c@d.example\n\nx", true },
        { "From: a@b.example\nfrom: a@b.example\n\nx", true }, { "\n\nx", false } };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal((fixture_read(arena, str_of(cases[i].raw)).defects & MESSAGE_TWO_FROM) != 0, cases[i].two);
    arena_free(&arena);
}

static const char with_files[] =
    "From: jo@fabrikam.example\nContent-Type: multipart/mixed; boundary=b\n\n"
    "--b\nContent-Type: text/plain\n\nsee files\n"
    "--b\nContent-Type: application/octet-stream; name=\"..\\..\\evil.pdf\"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQ=\n"
    "--b\nContent-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
    "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner text\n"
    "--b\nContent-Type: text/plain; name=log.txt\nContent-Disposition: attachment; filename*=utf-8''%C3%A9.log\n\nline\n"
    "--b--\n";

static void attachments_are_described(void **state)
{
    static const struct {
        const char *name, *type, *sniffed, *octets;
        bool is_inline;
    } expected[] = { { "evil.pdf", "application/octet-stream", "application/pdf", "%PDF-1.4", false }, { "", "image/png", "image/png", "\x89PNG\r\n\x1a\n", true },
        { "", "message/rfc822", "text/plain", "Subject: inner\n\ninner text", false }, { "é.log", "text/plain", "text/plain", "line", false } };
    struct arena *arena = arena_new();
    struct message m = fixture_read(arena, STR(with_files));
    (void)state;
    assert_int_equal(m.attachment_count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < m.attachment_count; i++) {
        const struct attachment *a = &m.attachments[i];
        struct buf again = { 0 };
        uint8_t digest[HASH_SIZE];
        assert_str(a->name, expected[i].name);
        assert_str(a->type, expected[i].type);
        assert_str(a->sniffed, expected[i].sniffed);
        assert_int_equal(a->size, strlen(expected[i].octets));
        assert_int_equal(a->is_inline, expected[i].is_inline);
        assert_true(message_attachment(STR(with_files), a->part, &again));
        assert_str(buf_view(&again), expected[i].octets);
        hash_sha256(str_of(expected[i].octets), digest);
        assert_memory_equal(digest, a->sha256, sizeof digest);
        buf_free(&again);
    }
    struct buf nothing = { 0 };
    assert_false(message_attachment(STR(with_files), 0, &nothing));
    assert_false(message_attachment(STR(with_files), 99, &nothing));
    assert_str(str_trim(m.text), "see files");
    arena_free(&arena);
}

static void names_can_harm_nobody(void **state)
{
    static const struct {
        const char *given, *kept;
    } cases[] = { { "../../etc/passwd", "passwd" }, { "/etc/passwd", "passwd" }, { "C:\\dir\\x.txt", "x.txt" }, { "..", "" }, { ".", "" }, { "", "" }, { "a/", "" },
        { "inv\xe2\x80\xaegpj.exe", "invgpj.exe" }, { "a\x01" "b\nc", "abc" }, { ".bashrc", ".bashrc" }, { "...x", ".x" }, { "naïve file.txt", "naïve file.txt" },
        { "offer 10/2026.pdf", "offer 10_2026.pdf" }, { "a/./b", "b" }, { "http://evil.example/a/b.sh", "b.sh" }, { "a\\..\\b", "b" }, { "~/x", "x" }, { "..\xe2\x80\x8b/x", "._x" } };
    struct arena *arena = arena_new();
    char longest[5000];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(filename_clean(arena, str_of(cases[i].given)), cases[i].kept);
    memset(longest, 'x', sizeof longest);
    memcpy(longest + sizeof longest - 4, ".pdf", 4);
    struct str kept = filename_clean(arena, (struct str){ longest, sizeof longest });
    assert_int_equal(kept.n, FILENAME_MAX_OCTETS);
    assert_true(str_iends(kept, STR(".pdf")));
    arena_free(&arena);
}

static void files_are_known_by_their_first_octets(void **state)
{
    static const struct {
        struct str octets;
        const char *type;
    } cases[] = { { { "%PDF-1.7", 8 }, "application/pdf" }, { { "PK\3\4\0\0word/document.xml", 21 }, "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
        { { "PK\3\4\0\0a.txt", 11 }, "application/zip" }, { { "MZ\x90\0", 4 }, "application/vnd.microsoft.portable-executable" }, { { "hello\n", 6 }, "text/plain" },
        { { "\n <!DOCTYPE html><p>", 20 }, "text/html" }, { { "\0\1\2\3", 4 }, "" }, { { "", 0 }, "" }, { { "\x78\x9f\x3e\x22", 4 }, "application/ms-tnef" } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(sniff_type(cases[i].octets), cases[i].type);
}

static void kinds_have_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MESSAGE_KINDS; i++) {
        enum message_kind kind = MESSAGE_KINDS;
        assert_true(message_kind_of(str_of(message_kind_name((enum message_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    enum message_kind kind;
    assert_false(message_kind_of(STR("spam"), &kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_mail),
        cmocka_unit_test(the_best_text_is_chosen),
        cmocka_unit_test(alternatives_that_differ_are_marked),
        cmocka_unit_test(broken_mails_are_read_as_far_as_they_go),
        cmocka_unit_test(a_second_sender_is_marked),
        cmocka_unit_test(attachments_are_described),
        cmocka_unit_test(names_can_harm_nobody),
        cmocka_unit_test(files_are_known_by_their_first_octets),
        cmocka_unit_test(kinds_have_names),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
