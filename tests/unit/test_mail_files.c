/* files: what in a mail is a file, what it is called, and what is said of a mail that has nothing to be read but files. */
#include "mail_fixture.h"

#include "mail/filename.h"
#include "mail/uu.h"

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee file\n--b\n"
#define END "\n--b--\n"

struct named {
    const char *head, *name;
};

static void names_come_from_the_field_that_knows(void **state)
{
    static const struct named cases[] = {
        { "Content-Type: application/pdf; name=short.pdf\nContent-Disposition: attachment; filename=a.pdf; filename*=UTF-8''b%20b.pdf", "b b.pdf" },
        { "Content-Disposition: attachment; filename*0*=UTF-8''r%C3; filename*1*=%A9sum; filename*2=.pdf", "résum.pdf" },
        { "Content-Type: application/pdf; name=\"=?UTF-8?B?w6Q=?=\n =?UTF-8?B?w7Y=?= x.pdf\"", "äö x.pdf" },
        { "Content-Type: application/pdf; name==?UTF-8?Q?=C3=A4.pdf?=", "ä.pdf" },
        { "Content-Type: application/pdf; name=\"r\xe9sum\xe9.pdf\"", "résumé.pdf" },
        { "Content-Type: application/pdf; name=my file (1).pdf", "my file (1).pdf" },
        { "Content-Type: application/pdf; name=\"r%C3%A9sum%C3%A9.pdf\"", "résumé.pdf" },
        { "Content-Type: application/pdf; name=\"100%25 sure.pdf\"", "100%25 sure.pdf" },
        { "Content-Type: application/pdf; name=\"a \"small\" file.pdf\"; x=y", "a \"small\" file.pdf" },
        { "Content-Type: application/pdf; name=\"a;b.pdf\"", "a;b.pdf" },
        { "Content-Type: image/gif\nContent-Location: http://fabrikam.example/dir/p.gif", "p.gif" },
        { "Content-Type: image/jpeg\nContent-Description: photo.jpg", "photo.jpg" },
        { "Content-Type: image/jpeg\nContent-Description: A photo of our house.", "" },
        { "Content-Type: application/pdf", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct message m = fixture_read(arena, arena_printf(arena, MIXED "%s\n\nx" END, cases[i].head));
        assert_int_equal(m.attachment_count, 1);
        assert_str(m.attachments[0].name, cases[i].name);
        arena_free(&arena);
    }
}

static void a_file_without_a_name_is_offered_under_one(void **state)
{
    static const struct {
        const char *name, *type, *sniffed, *shown;
    } cases[] = { { "a.pdf", "application/pdf", "", "a.pdf" }, { "", "application/pdf", "", "attachment-3.pdf" }, { "", "message/rfc822", "text/plain", "attachment-3.eml" },
        { "", "application/octet-stream", "image/png", "attachment-3.png" }, { "", "application/x-odd", "", "attachment-3" } };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attachment a = { .name = str_of(cases[i].name), .type = str_of(cases[i].type), .sniffed = str_of(cases[i].sniffed) };
        assert_str(filename_shown(arena, &a, 3), cases[i].shown);
    }
    arena_free(&arena);
}

#define UU "begin 644 note.txt\n72&5L;&\\L('1H:7,@:7,@82!N;W1E+@H`\n`\nend\n"
#define YENC "=ybegin line=128 size=5 name=n.bin\n\x92\x8f\x96=}\x99\n=yend size=5\n"

static void files_written_into_a_text_are_taken_out(void **state)
{
    static const struct {
        const char *text, *left, *name, *octets;
    } cases[] = { { "before\n" UU "after\n", "before\nafter", "note.txt", "Hello, this is a note.\n" }, { "a\n" YENC "b\n", "a\nb", "n.bin", "hel\x13o" },
        { "begin 644 x\n" UU, "begin 644 x", "note.txt", "Hello, this is a note.\n" }, { "begin 644 x\nnot data\nend\n", "begin 644 x\nnot data\nend", NULL, NULL },
        { "begin 644 x\n", "begin 644 x", NULL, NULL }, { "begin 644 cut.txt\n#86)C\n", "begin 644 cut.txt\n#86)C", NULL, NULL },
        { "We begin 644 times\nend\n", "We begin 644 times\nend", NULL, NULL }, { "=ybegin line=1 name=x\nno end\n", "=ybegin line=1 name=x\nno end", NULL, NULL } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct buf octets = { 0 };
        struct str raw = arena_printf(arena, "Subject: x\n\n%s", cases[i].text);
        struct message m = fixture_read(arena, raw);
        assert_str(str_trim(m.text), cases[i].left);
        assert_int_equal(m.attachment_count, cases[i].name != NULL);
        if (cases[i].name) {
            assert_str(m.attachments[0].name, cases[i].name);
            assert_true(message_attachment(raw, m.attachments[0].part, &octets));
            assert_str(buf_view(&octets), cases[i].octets);
        }
        buf_free(&octets);
        arena_free(&arena);
    }
}

static void a_uuencoded_part_is_decoded_from_behind_its_first_line(void **state)
{
    struct arena *arena = arena_new();
    struct buf octets = { 0 };
    struct str raw = STR(MIXED "Content-Type: text/x-note; name=note.txt\nContent-Transfer-Encoding: x-uuencode\n\n" UU END);
    struct message m = fixture_read(arena, raw);
    (void)state;
    assert_int_equal(m.attachment_count, 1);
    assert_true(message_attachment(raw, m.attachments[0].part, &octets));
    assert_str(buf_view(&octets), "Hello, this is a note.\n");
    buf_free(&octets);
    arena_free(&arena);
}

/* What a mail holds, told as text and "name type" of its files. */
struct holding {
    const char *raw, *text, *files;
};

static const struct holding holdings[] = {
    { "Content-Type: message/rfc822\n\nFrom: jo@fabrikam.example\nSubject: Inner\n\ninner text\n", "From: jo@fabrikam.example\nSubject: Inner\n\ninner text", " message/rfc822" },
    { "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nfirst\n--b\n\nSubject: two\n\nsecond\n--b--\n",
        "Subject: one\n\nfirst\n\nSubject: two\n\nsecond", " message/rfc822, message/rfc822" },
    { MIXED "Content-Type: message/rfc822\n\nSubject: Inner\n\ninner text" END, "see file", " message/rfc822" },
    { "Content-Type: message/partial; id=x; number=2; total=3\n\nthe middle\n", "[part 2 of 3 of a mail that was sent in pieces]", " message/partial" },
    { "Content-Type: message/partial; id=x; number=1; total=3\n\nSubject: whole\n\nthe beginning\n",
        "Subject: whole\n\nthe beginning\n[part 1 of 3 of a mail that was sent in pieces]", " message/partial" },
    { "Content-Type: message/external-body; access-type=URL; URL=\"http://fabrikam.example/b.zip\"; name=b.zip\n\nContent-Type: application/zip\n\n",
        "[a file that is not in this mail but elsewhere: URL http://fabrikam.example/b.zip b.zip]", "b.zip message/external-body" },
    { "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=log.txt\nContent-Disposition: inline\n\nonly this\n--b--\n", "only this", "log.txt text/plain" },
    { "Content-Type: text/plain; name=body.txt\n\nbody\n", "body", "" },
    { "Content-Type: multipart/mixed; boundary=b\n\nnever taken apart\n", "never taken apart", " text/plain" },
    { "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwhose is it?\n", "whose is it?", " text/plain" },
    { MIXED "Content-Type: multipart/appledouble; boundary=c\n\n--c\nContent-Type: application/applefile; name=p.jpg\n\nx\n--c\nContent-Type: image/jpeg; name=p.jpg\n\nx\n--c--" END,
        "see file", "p.jpg application/applefile, p.jpg image/jpeg" },
};

static void what_a_mail_holds_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof holdings / sizeof *holdings; i++) {
        struct arena *arena = arena_new();
        struct buf files = { 0 };
        struct message m = fixture_read(arena, str_of(holdings[i].raw));
        for (size_t k = 0; k < m.attachment_count; k++)
            buf_printf(&files, "%s%.*s%s%.*s", k > 0 ? ", " : "", STR_ARG(m.attachments[k].name), k == 0 || m.attachments[k].name.n > 0 ? " " : "",
                       STR_ARG(m.attachments[k].type));
        assert_str(str_trim(m.text), holdings[i].text);
        assert_str(buf_view(&files), holdings[i].files);
        buf_free(&files);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_from_the_field_that_knows),
        cmocka_unit_test(a_file_without_a_name_is_offered_under_one),
        cmocka_unit_test(files_written_into_a_text_are_taken_out),
        cmocka_unit_test(a_uuencoded_part_is_decoded_from_behind_its_first_line),
        cmocka_unit_test(what_a_mail_holds_is_found),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
