/* html, flowed: what becomes of markup and of soft line ends. */
#include "mail_fixture.h"

#include "mail/flowed.h"
#include "mail/html.h"
#include "mail/html_scan.h"

static void markup_becomes_readable_text(void **state)
{
    static const struct {
        const char *html, *text;
    } cases[] = {
        { "hello <b>world</b>", "hello world\n" },
        { "<p>one</p><p>two</p>", "one\n\ntwo\n" },
        { "<p>one<p>two", "one\n\ntwo\n" },
        { "a<br>b<br><br><br>c", "a\nb\n\nc\n" },
        { "<div>a</div><div><br></div><div>b</div>", "a\n\nb\n" },
        { "<ul><li>x<li>y<ol><li>z</ol></ul>", "- x\n- y\n  1. z\n" },
        { "<table><tr><td>Name:</td><td>Jo</td></tr><tr><td>b</table>", "Name:\tJo\nb\n" },
        { "a<blockquote>q<p>w</blockquote>r", "a\n> q\n>\n> w\n\nr\n" },
        { "see <a href=\"https://contoso.example/x?a=1&amp;b=2\">this</a>.", "see this <https://contoso.example/x?a=1&b=2>.\n" },
        { "<a href='mailto:jo@contoso.example'>jo@contoso.example</a>", "jo@contoso.example\n" },
        { "<a href=\"javascript:alert(1)\">x</a>", "x\n" },
        { "<img src=\"http://tracker.example/p.gif\" alt=\"a &lt;photo&gt;\">", "[a <photo>]\n" },
        { "<style>p{}</style><script>if(a<b)x()</script><title>t</title>ok", "ok\n" },
        { "<head><meta charset=x><title>t</title></head><body>ok</body>", "ok\n" },
        { "<!-- c --><![if !mso]>a<![endif]><!DOCTYPE html>b", "ab\n" },
        { "a &amp; b &lt;c&gt; &eacute; &#8364; &#x20ac; &#150; &nosuch; &copy 1", "a & b <c> é € € – &nosuch; © 1\n" },
        { "1 < 2 and 3 > 2 <3", "1 < 2 and 3 > 2 <3\n" },
        { "<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc\n" },
        { "a<hr>b", "a\n________________________________\nb\n" },
        { "<p title=\"never closed>text", "text\n" },
        { "<div", "" },
        { "<b>a</b><!-- never closed > b", "a b\n" },
        { "a<!-->b<!---->c", "abc\n" },
        { "", "" },
        { "x</p>y", "x\n\ny\n" },
        { "</div></td></b>z", "z\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = { 0 };
        struct html_text result;
        html_to_text(&out, str_of(cases[i].html), 10000, &result);
        assert_str(buf_view(&out), cases[i].text);
        assert_false(result.hidden);
        buf_free(&out);
    }
}

static void hidden_text_is_left_out_and_said(void **state)
{
    static const char *const cases[] = { "a<span style=\"Display : none\">secret</span>b", "a<div hidden>secret</div>b", "a<p style='font-size:0'>secret</p>b",
        "a<div style=\"mso-hide:all\"><div>secret</div>secret</div>b" };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = { 0 };
        struct html_text result;
        html_to_text(&out, str_of(cases[i]), 10000, &result);
        assert_true(result.hidden);
        assert_int_equal(str_find(buf_view(&out), STR("secret")), -1);
        assert_true(str_find(buf_view(&out), STR("b")) >= 0);
        buf_free(&out);
    }
}

static void history_is_known_by_its_markup(void **state)
{
    struct buf out = { 0 };
    struct html_text result;
    (void)state;
    html_to_text(&out, STR("<p>new</p><div class=\"gmail_quote gmail_quote_container\">On Monday<blockquote>old</blockquote></div>"), 10000, &result);
    assert_true(result.history_at < out.n);
    assert_str(str_trim(str_sub(buf_view(&out), 0, result.history_at)), "new");
    buf_clear(&out);
    html_to_text(&out, STR("<p>new</p>"), 10000, &result);
    assert_true(result.history_at == SIZE_MAX);
    buf_free(&out);
}

static void text_stops_at_its_limit(void **state)
{
    struct buf source = { 0 }, out = { 0 };
    struct html_text result;
    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        buf_text(&source, "<p>word");
    html_to_text(&out, buf_view(&source), 1000, &result);
    assert_true(result.cut);
    assert_true(out.n < 1100);
    buf_free(&source);
    buf_free(&out);
}

static void depth_beyond_the_limit_is_still_read(void **state)
{
    struct buf source = { 0 }, out = { 0 };
    struct html_text result;
    (void)state;
    for (unsigned i = 0; i < HTML_DEPTH_MAX * 3; i++)
        buf_text(&source, "<blockquote>");
    buf_text(&source, "deep");
    html_to_text(&out, buf_view(&source), 100000, &result);
    assert_true(str_find(buf_view(&out), STR("deep")) >= 0);
    assert_true(out.n < 200);
    buf_free(&source);
    buf_free(&out);
}

static void soft_lines_are_joined(void **state)
{
    static const struct {
        const char *raw;
        bool delsp;
        const char *text;
    } cases[] = {
        { "one \ntwo\nthree\n", false, "one two\nthree\n" },
        { "> a \n> b\n>> c\nd\n", false, "> a b\n>> c\nd\n" },
        { "> a \nb\n", false, "> a \nb\n" },
        { " >x\n", false, ">x\n" },
        { "a\n-- \nsig\n", false, "a\n-- \nsig\n" },
        { "\xe6\x97\xa5 \n\xe6\x9c\xac\n", true, "日本\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = { 0 };
        flowed_join(&out, str_of(cases[i].raw), cases[i].delsp);
        assert_str(buf_view(&out), cases[i].text);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_becomes_readable_text),
        cmocka_unit_test(hidden_text_is_left_out_and_said),
        cmocka_unit_test(history_is_known_by_its_markup),
        cmocka_unit_test(text_stops_at_its_limit),
        cmocka_unit_test(depth_beyond_the_limit_is_still_read),
        cmocka_unit_test(soft_lines_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
