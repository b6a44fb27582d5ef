/* bounds: each named limit in numbers of its own, not by its name: raised or taken out, one of these fails. test_mail_limits asks what passing them costs. */
#include "mail_fixture.h"

#include "mail/attach.h"
#include "mail/filename.h"
#include "mail/html.h"
#include "mail/html_scan.h"
#include "mail/known_lines.h"
#include "mail/mime.h"
#include "mail/param.h"
#include "mail/quote.h"

static struct str repeated(struct arena *arena, const char *head, const char *text, size_t times, const char *tail)
{
    struct buf b = { 0 };
    buf_text(&b, head);
    for (size_t i = 0; i < times; i++)
        buf_text(&b, text);
    buf_text(&b, tail);
    struct str s = arena_str(arena, buf_view(&b));
    buf_free(&b);
    return s;
}

static size_t count_of(struct str text, struct str word)
{
    size_t n = 0;
    for (ptrdiff_t at; (at = str_find(text, word)) >= 0; text = str_sub(text, (size_t)at + word.n, text.n))
        n++;
    return n;
}

static void of_fields(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    assert_int_equal(fixture_read(arena, repeated(arena, "", "X-A: b\n", 1500, "\nx")).header_count, 1000);
    assert_int_equal(fixture_read(arena, repeated(arena, "To: ", "a@b.example, ", 800, "\n\nx")).to.count, 500);
    assert_int_equal(fixture_read(arena, repeated(arena, "References: ", "<a@b> ", 300, "\n\nx")).references.count, 200);
    assert_int_equal(fixture_read(arena, repeated(arena, "Subject: ", "s", 10000, "\n\nx")).subject.n, 4000);
    assert_true(fixture_read(arena, repeated(arena, "X-A: ", "v", 200000, "\n\nx")).headers[0].value.n <= 65536);
    struct str field = repeated(arena, "X-A: ", "v", 60000, "\n");
    struct message m = fixture_read(arena, repeated(arena, "", field.p, 30, "\nx"));
    size_t total = 0;
    for (size_t i = 0; i < m.header_count; i++)
        total += m.headers[i].value.n;
    assert_true(total <= 1024 * 1024 + 65536 && (m.defects & MESSAGE_TOO_MANY));
    /* A line that is no field ends the header when too many such lines follow. */
    assert_int_equal(fixture_read(arena, repeated(arena, "Subject: x\n", "no field\n", 20, "X-A: b\n\nbody\n")).header_count, 1);
    assert_int_equal(fixture_read(arena, repeated(arena, "Subject: x\n", "no field\n", 3, "X-A: b\n\nbody\n")).header_count, 2);
    arena_free(&arena);
}

static void of_parts(void **state)
{
    struct arena *arena = arena_new();
    struct mime mime;
    struct buf deep = { 0 };
    (void)state;
    mime_read(arena, repeated(arena, "Content-Type: multipart/mixed; boundary=x\n\n", "--x\n\np\n", 1200, "--x--\n"), &mime);
    assert_int_equal(mime.count, 1000);
    for (unsigned i = 0; i < 60; i++)
        buf_printf(&deep, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
    mime_read(arena, buf_view(&deep), &mime);
    assert_int_equal(mime.count, 51);
    buf_free(&deep);
    struct str line = repeated(arena, "--", "b", 8100, "");
    mime_read(arena, arena_printf(arena, "Content-Type: multipart/mixed; boundary=%s\n\n%s\n\npart\n%s--\n", line.p + 2, line.p, line.p), &mime);
    assert_int_equal(mime.count, 1);
    arena_free(&arena);
}

static void of_parameters_and_names(void **state)
{
    struct arena *arena = arena_new();
    struct param_value v;
    struct str none = { "", 0 };
    (void)state;
    param_read(arena, repeated(arena, "text/plain", "; a=b", 150, ""), none, &v);
    assert_true(v.count <= 100);
    struct buf many = { 0 };
    for (unsigned i = 0; i < 150; i++)
        buf_printf(&many, "; p%u=v", i);
    param_read(arena, arena_printf(arena, "text/plain%.*s", STR_ARG(buf_view(&many))), none, &v);
    assert_int_equal(v.count, 100);
    buf_free(&many);
    param_read(arena, repeated(arena, "text/plain; a=", "v", 20000, ""), none, &v);
    assert_int_equal(v.list[0].value.n, 8192);
    assert_int_equal(filename_clean(arena, repeated(arena, "", "n", 5000, "")).n, 255);
    assert_false(str_iends(filename_clean(arena, repeated(arena, "", "n", 9000, ".pdf")), STR(".pdf")));
    arena_free(&arena);
}

static void of_texts(void **state)
{
    struct arena *arena = arena_new();
    enum fresh_cut sure;
    (void)state;
    assert_true(fixture_read(arena, repeated(arena, "\n", "0123456789\n", 300000, "")).text.n <= 1024 * 1024);
    assert_int_equal(quote_fresh(arena, repeated(arena, "", "l\n", 10001, "> q\n"), SIZE_MAX, &sure).n, 2 * 10001 + 4);
    struct message m = fixture_read(arena, repeated(arena, "Content-Type: multipart/digest; boundary=b\n\n", "--b\n\nSubject: s\n\nt\n", 25, "--b--\n"));
    assert_int_equal(count_of(m.text, STR("Subject: s\n")), 20);
    struct str plain = repeated(arena, "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nYour program shows it not in html.\n", "Read on. ", 60, "\n--b\nContent-Type: text/html\n\n");
    m = fixture_read(arena, repeated(arena, plain.p, "<p>The gateway is down, and so much more is to be said of it.</p>", 20, "\n--b--\n"));
    assert_true(str_starts(m.text, STR("Your program"))); /* too long for a stub */
    m = fixture_read(arena, repeated(arena, "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nThe gateway in our second building has been down since this morning, and nobody "
                                            "in the office can reach the file server or print anything at all.\n--b\nContent-Type: text/html\n\n<!--", "0123456789", 7000,
                                     "--><p>Congratulations, your parcel waits for you at the counter; pay the small fee within two days, or it goes back to where it was sent from.</p>\n--b--\n"));
    assert_false(m.defects & MESSAGE_MISMATCH); /* what differs is beyond what is compared */
    struct buf letter = { 0 };
    bool telling;
    for (unsigned i = 0; i < 4100; i++)
        buf_printf(&letter, "the telling line number %u of our letter\n", i);
    struct str letters[] = { buf_view(&letter) };
    struct known_lines *known = known_lines_of(arena, letters, 1);
    assert_true(known_lines_has(known, STR("the telling line number 3999 of our letter"), &telling));
    assert_false(known_lines_has(known, STR("the telling line number 4000 of our letter"), &telling));
    buf_free(&letter);
    arena_free(&arena);
}

static bool note_name(void *user, const struct html_tag *tag)
{
    *(size_t *)user = strlen(tag->name);
    return true;
}

static bool no_text(void *user, struct str text)
{
    (void)user, (void)text;
    return true;
}

static struct str rendered(struct arena *arena, struct str source, struct html_text *result)
{
    struct buf out = { 0 };
    html_to_text(&out, source, SIZE_MAX, result);
    struct str s = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return s;
}

static void of_html(void **state)
{
    static const struct html_events events = { note_name, note_name, no_text };
    struct arena *arena = arena_new();
    struct html_text result;
    size_t name = 0;
    (void)state;
    assert_int_equal(count_of(rendered(arena, repeated(arena, "", "<!--123-->", 900000, "end"), &result), STR("end")), 0);
    assert_true(result.cut);
    assert_int_equal(count_of(rendered(arena, repeated(arena, "", "<div>", 600, "<blockquote>q"), &result), STR("> ")), 0);
    assert_int_equal(count_of(rendered(arena, repeated(arena, "", "<div>", 100, "<blockquote>q"), &result), STR("> ")), 1);
    assert_int_equal(count_of(rendered(arena, repeated(arena, "", "<blockquote>", 30, "q"), &result), STR("> ")), 20);
    assert_int_equal(count_of(rendered(arena, repeated(arena, "<p ", "a=b ", 50, "hidden>seen"), &result), STR("seen")), 1);
    html_scan(repeated(arena, "<", "n", 100, ">"), &events, &name);
    assert_int_equal(name, 24);
    arena_free(&arena);
}

static void of_reports(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    const char *head = "From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n";
    const char *delayed = "Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1\n\n", *failed = "Final-Recipient: rfc822; c@d.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n";
    assert_int_equal(fixture_read(arena, repeated(arena, head, delayed, 100, failed)).kind, MESSAGE_BOUNCE);
    assert_int_equal(fixture_read(arena, repeated(arena, head, delayed, 250, failed)).kind, MESSAGE_DELAY);
    const char *words = "From: MAILER-DAEMON@x.example\nSubject: hello\n\n";
    assert_int_equal(fixture_read(arena, repeated(arena, words, "nothing to say\n", 100, "user unknown\n")).kind, MESSAGE_BOUNCE);
    assert_true(fixture_read(arena, repeated(arena, words, "nothing to say\n", 5000, "user unknown\n")).kind != MESSAGE_BOUNCE);
    arena_free(&arena);
}

static void of_signature_images(void **state)
{
    static const struct {
        const char *type;
        bool is_inline;
        uint64_t size;
        unsigned seen;
        bool signature;
    } cases[] = { { "image/png", true, 5000, 2, true }, { "image/png", true, 5000, 1, false }, { "image/png", false, 5000, 5, false }, { "image/png", true, 300 * 1024, 5, false },
        { "application/pdf", true, 5000, 5, false } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attachment a = { .type = str_of(cases[i].type), .is_inline = cases[i].is_inline, .size = cases[i].size };
        assert_int_equal(attach_is_signature(&a, cases[i].seen), cases[i].signature);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_fields),
        cmocka_unit_test(of_parts),
        cmocka_unit_test(of_parameters_and_names),
        cmocka_unit_test(of_texts),
        cmocka_unit_test(of_html),
        cmocka_unit_test(of_reports),
        cmocka_unit_test(of_signature_images),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
