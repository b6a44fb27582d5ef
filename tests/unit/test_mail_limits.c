/* The named limits, each reached and passed: what a mail asks for beyond them is marked and left out, and its price stays that of its length. */
#include "mail_fixture.h"

#include "mail/mime.h"
#include "mail/quote.h"

#include <time.h>

#define SECONDS_MAX 2.0

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void repeat(struct buf *b, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_text(b, text);
}

struct limit {
    const char *head, *repeated;
    size_t times;
    const char *tail;
    uint32_t defect; /* 0: none asked for */
};

static const struct limit limits[] = {
    { "", "Content-Type: message/rfc822\n\n", 100000, "x", MESSAGE_TOO_DEEP },
    { "Content-Type: multipart/mixed; boundary=x\n\n", "--x\n\n", 2000000, "", MESSAGE_TOO_MANY },
    { "", "X-A: b\n", 1000000, "\nbody", MESSAGE_TOO_MANY },
    { "X-A: b\n", " folded\n", 1000000, "\nbody", 0 },
    { "From: a@b.example\nTo: ", "a@b.example, ", 100000, "\n\nx", MESSAGE_TOO_MANY },
    { "From: ", "(", 1000000, "\n\nx", 0 },
    { "References: ", "<a@b> ", 100000, "\n\nx", MESSAGE_TOO_MANY },
    { "Content-Type: text/plain", "; a=b", 100000, "\n\nx", 0 },
    { "Subject: ", "=?utf-8?Q?=41?= ", 500000, "\n\nx", 0 },
    { "\n", "x", 20000000, "", MESSAGE_TRUNCATED },
    { "Content-Type: text/html\n\n", "<b>", 600000, "</p></p>", 0 },
    { "Content-Type: text/html\n\n", "</p>", 1000000, "x", 0 },
    { "Content-Type: text/html\n\n<a ", "x=1 ", 2000000, ">y", 0 },
    { "Content-Type: text/html\n\n", "<!--", 2000000, "", 0 },
    { "Content-Type: text/html\n\n", "<table><tr><td>", 300000, "x", 0 },
    { "Content-Type: text/html\n\n", "<blockquote>a", 300000, "", 0 },
    { "Content-Type: text/html\n\n<a href=\"", "x<>", 2000000, "", 0 },
    { "Content-Type: text/plain; charset=utf-8\n\na", "\xcc\x81\xcc\xa3", 250000, "", 0 },
    { "Content-Type: text/plain; charset=utf-8\n\n", "\xef\xad\x89\xe0\xa5\x98", 170000, "", 0 },
    { "Content-Type: text/plain; charset=utf-7\n\n", "+", 10000000, "", 0 },
    { "Content-Type: text/plain; charset=gb18030\n\n", "\x81", 5000000, "", 0 },
    { "\n", "On Mon 3 May 2026, 10:00 <a@b\n", 9900, "", 0 },
    { "\n", "From: a\nx\n", 4900, "", 0 },
    { "\n", "x\n--\n", 4900, "", 0 },
    { "From: MAILER-DAEMON@x\nSubject: failure notice\n\n", "5.5.5.5 @@ 550 a@b ", 50000, "", 0 },
};

static void limits_hold_and_are_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct arena *arena = arena_new();
        struct buf raw = { 0 };
        buf_text(&raw, limits[i].head);
        repeat(&raw, limits[i].repeated, limits[i].times);
        buf_text(&raw, limits[i].tail);
        double before = seconds();
        struct message m = fixture_read(arena, buf_view(&raw));
        double took = seconds() - before;
        if (took > SECONDS_MAX)
            print_error("limit %zu took %.1f s\n", i, took);
        assert_true(took <= SECONDS_MAX);
        assert_int_equal(m.defects & limits[i].defect, limits[i].defect);
        assert_true(m.header_count <= MESSAGE_HEADERS_MAX && m.to.count <= MESSAGE_ADDRESSES_MAX && m.references.count <= MESSAGE_REFERENCES_MAX);
        assert_true(m.text.n <= MESSAGE_TEXT_MAX && m.subject.n <= MESSAGE_SUBJECT_MAX && m.attachment_count <= MESSAGE_PARTS_MAX);
        buf_free(&raw);
        arena_free(&arena);
    }
}

static void nesting_is_cut_at_its_depth(void **state)
{
    struct arena *arena = arena_new();
    struct buf raw = { 0 };
    struct mime mime;
    (void)state;
    for (unsigned i = 0; i < 20000; i++)
        buf_printf(&raw, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
    mime_read(arena, buf_view(&raw), &mime);
    assert_true(mime.defects & MESSAGE_TOO_DEEP);
    assert_int_equal(mime.count, MESSAGE_DEPTH_MAX + 1);
    buf_free(&raw);
    arena_free(&arena);
}

static void parts_stop_at_their_number(void **state)
{
    struct arena *arena = arena_new();
    struct buf raw = { 0 };
    struct mime mime;
    (void)state;
    buf_text(&raw, "Content-Type: multipart/mixed; boundary=x\n\n");
    repeat(&raw, "--x\n\npart\n", MESSAGE_PARTS_MAX + 500);
    mime_read(arena, buf_view(&raw), &mime);
    assert_true(mime.defects & MESSAGE_TOO_MANY);
    assert_int_equal(mime.count, MESSAGE_PARTS_MAX);
    buf_free(&raw);
    arena_free(&arena);
}

static void a_text_of_too_many_lines_is_not_cut(void **state)
{
    enum fresh_cut sure;
    struct arena *arena = arena_new();
    struct buf text = { 0 };
    (void)state;
    repeat(&text, "line\n", QUOTE_LINES_MAX);
    buf_text(&text, "> quoted\n");
    struct str fresh = quote_fresh(arena, buf_view(&text), SIZE_MAX, &sure);
    assert_int_equal(fresh.n, text.n);
    buf_clear(&text);
    repeat(&text, "line\n", 100);
    buf_text(&text, "> quoted\n");
    assert_true(quote_fresh(arena, buf_view(&text), SIZE_MAX, &sure).n < text.n);
    buf_free(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold_and_are_said),
        cmocka_unit_test(nesting_is_cut_at_its_depth),
        cmocka_unit_test(parts_stop_at_their_number),
        cmocka_unit_test(a_text_of_too_many_lines_is_not_cut),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
