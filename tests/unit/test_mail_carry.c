/* carry: which files and which HTML of a mail travel on, and that nothing harmful, hidden or unsaid is among them. */
#include "mail_fixture.h"

#include "mail/carry.h"
#include "mail/html.h"
#include "mail/html_keep.h"

#include "base/hash.h"

static const struct carried_file image = { .name = { "a.png", 5 }, .type = { "image/png", 9 }, .content_id = { "i1@x", 4 }, .is_inline = true };

static struct str keep(struct arena *arena, const char *html, const char *wanted)
{
    bool shown[1] = { false };
    return html_keep(arena, str_of(html), str_of(wanted), &image, 1, shown);
}

static void what_may_leave_leaves(void **state)
{
    static const struct {
        const char *html, *wanted, *kept;
    } cases[] = {
        { "Hello", "Hello", "Hello" },
        { "<html><head><title>t</title></head><body><p>Hello <b>you</b></p></body></html>", "Hello you", "<p>Hello <b>you</b></p>" },
        { "<P CLASS=x onclick=evil() STYLE='color:red'>Hello</P>", "Hello", "<p>Hello</p>" },
        { "<p>a<p>b", "a\n\nb", "<p>a</p><p>b</p>" },
        { "<div><i>open", "open", "<div><i>open</i></div>" },
        { "<a href=\"https://x.example/?a=1&amp;b=2\">here</a>", "here <https://x.example/?a=1&b=2>", "<a href=\"https://x.example/?a=1&amp;b=2\">here</a>" },
        { "<a href='mailto:jo@x.example'>Jo</a>", "Jo<mailto:jo@x.example>", "<a href=\"mailto:jo@x.example\">Jo</a>" },
        { "<ol><li>one<li>two</ol>", "1. one\n2. two", "<ol><li>one</li><li>two</li></ol>" },
        { "<ul><li>one</li></ul>", "  *   one", "<ul><li>one</li></ul>" },
        { "<p>see <b>this</b></p>", "see *this*", "<p>see <b>this</b></p>" },
        { "<table><tr><td>a<td>b</table>", "a\tb", "<table><tr><td>a</td><td>b</td></tr></table>" },
        { "<p>see <img src=cid:i1@x alt=shot></p>", "see [shot]", "<p>see <img src=\"cid:i1@x\" alt=\"shot\"></p>" },
        { "<p>see <img src=cid:i1@x alt=shot></p>", "see [cid:i1@x]", "<p>see <img src=\"cid:i1@x\"></p>" },
        { "<p>see <img src=https://x.example/a.png alt=shot></p>", "see [image: shot]", "<p>see </p>" },
        { "a &lt;b&gt; &amp;amp; \"c\"", "a <b> &amp; \"c\"", "a &lt;b&gt; &amp;amp; &quot;c&quot;" },
        { "<h1>T</h1><hr><pre>x\n  y</pre>", "T\n\n________________________________\nx\n  y", "<h1>T</h1><hr><pre>x\n  y</pre>" },
        { "<font color=red>red</font><o:p>x</o:p>", "redx", "redx" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(keep(arena, cases[i].html, cases[i].wanted), cases[i].kept);
    arena_free(&arena);
}

static void only_what_is_wanted_leaves(void **state)
{
    static const struct {
        const char *html, *wanted, *kept;
    } cases[] = {
        /* commands at the head, signature and history at the end */
        { "<div>#close</div><div><br></div><div>Fixed.</div><div><br></div><div class=gmail_quote>On Monday Jo wrote:<blockquote>down</blockquote></div>", "Fixed.", "<div>Fixed.</div>" },
        { "<div>#note<br>secret<br></div>", "", "" },
        { "<div>#assign bob<br>Hello<br>there<br>--<br>Alice</div>", "Hello\nthere", "<div>Hello<br>there</div>" },
        { "<table><tr><td><b><div>#close</div><div>Hello</div></b></td></tr></table>", "Hello", "<table><tr><td><b><div>Hello</div></b></td></tr></table>" },
        { "<p>#close</p><p><img src=cid:i1@x></p><p>Hello</p>", "Hello", "<p><img src=\"cid:i1@x\"></p><p>Hello</p>" },
        { "<p>Hello</p><p><img src=cid:i1@x></p><p>Alice</p>", "Hello", "<p>Hello</p><p><img src=\"cid:i1@x\"></p>" },
        { "<blockquote>why?</blockquote><p>Because</p>", "Because", "<p>Because</p>" },
        /* not what is said: nothing */
        { "<p>Hello</p>", "Hallo", "" },
        { "<p>Hello you</p>", "Hello", "" },
        { "<p>look</p>", "ok", "" },
        { "<p>one</p><p>two</p><p>three</p>", "one\nthree", "" },
        { "<p>Hello</p>", "", "" },
        { "<p>Hello</p>", " \n> ", "" },
        { "", "Hello", "" },
        { "<p>ok <span style=\"display: none\">hidden</span></p>", "ok hidden", "" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(keep(arena, cases[i].html, cases[i].wanted), cases[i].kept);
    arena_free(&arena);
}

/* Whatever else stands in the mail: "x" is wanted and nothing but that comes. */
static void nothing_harmful_leaves(void **state)
{
    static const char *const cases[] = {
        "<script>alert(1)</script>x", "<SCRIPT SRC=//e.example/a.js></SCRIPT>x", "<style>p{background:url(//e.example)}</style>x", "<!-- <p>y</p> -->x", "<!--[if mso]><p>y</p><![endif]-->x",
        "<a href=javascript:alert(1)>x</a>", "<a href=\"JaVaScRiPt:alert(1)\">x</a>", "<a href=\" javascript:alert(1)\">x</a>", "<a href=\"java\tscript:alert(1)\">x</a>",
        "<a href=\"java&#10;script:alert(1)\">x</a>", "<a href=\"&#106;avascript:alert(1)\">x</a>", "<a href=\"&#x6A&#x61vascript:alert(1)\">x</a>", "<a href=\"\x01javascript:alert(1)\">x</a>",
        "<a href=\"jav\0ascript:alert(1)\">x</a>", "<a href=\"data:text/html,y\">x</a>", "<a href=\"vbscript:y\">x</a>", "<a href=//e.example>x</a>", "<a href=/y>x</a>", "<a href=\"file:///etc/passwd\">x</a>",
        "<a href=\"https://e.example/ onclick=y\">x</a>", "<a href='https://'>x</a>", "<a href=\"cid:i1@x\">x</a>", "x<img src=https://e.example/p.gif>", "x<img src=\"cid:other@x\">",
        "x<img src=\"data:image/png;base64,AAAA\">", "x<img src=x onerror=alert(1)>", "<svg><script>y</script></svg>x", "<svg onload=alert(1)></svg>x", "<iframe src=//e.example></iframe>x",
        "<form action=//e.example>x<input name=a></form>", "<object data=//e.example></object>x", "<embed src=//e.example>x", "<base href=//e.example>x", "<meta http-equiv=refresh content=0>x",
        "<link rel=stylesheet href=//e.example>x", "<p onmouseover=alert(1)>x</p>", "<p style=\"background:url(//e.example)\">x</p>", "<body background=//e.example onload=y>x", "<font face=\"x\" size=9>x</font>",
        "<span style=\"display:none\">y</span>x", "<span style='DISPLAY : NONE'>y</span>x", "<div hidden>y</div>x", "<p style=\"font-size:0px\">y</p>x", "<template>y</template>x", "<select><option>y</select>x",
        "<textarea><p>y</textarea>x", "<xmp><p>y</xmp>x", "<title><p>y</title>x", "x<audio src=//e.example><video poster=//e.example>", "<button formaction=javascript:y>x</button>",
        "<a href=\"https://e.example\" ping=//e.example>x</a>", "<math><mi xlink:href=javascript:y></mi></math>x", "<table background=//e.example><tr><td>x", "<x:y z=1>x</x:y>", "<p/onclick=y>x",
        "<p\x0conclick=y>x", "<<p>x", "x<![CDATA[<script>y</script>]]>", "<?xml version=1?>x", "<scr<script>ipt></scr</script>ipt>x",
    };
    static const char *const signs[] = { "e.example/p", "script", "onclick", "onload", "onerror", "style", "<svg", "<form", "<input", "//e.example\"><", "url(", "data:", "alert(1)\"", "ping", "background", "hidden", "<!" };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str kept = keep(arena, cases[i], "x");
        for (size_t k = 0; k < sizeof signs / sizeof *signs; k++)
            if (str_ifind(kept, str_of(signs[k])) >= 0 && strstr(cases[i], "scr<script>") == NULL) {
                print_error("case %zu: \"%.*s\" has %s\n", i, (int)kept.n, kept.p, signs[k]);
                fail();
            }
        assert_true(str_ifind(kept, STR("<script")) < 0 && str_find(kept, STR("y")) < 0);
    }
    arena_free(&arena);
}

static void deep_and_long_ones_are_bounded(void **state)
{
    struct arena *arena = arena_new();
    struct buf html = { 0 };
    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        buf_text(&html, i % 2 ? "<b>" : "<div>");
    buf_text(&html, "x");
    bool shown[1] = { false };
    struct str kept = html_keep(arena, buf_view(&html), STR("x"), &image, 1, shown);
    assert_true(kept.n < 2000);
    buf_clear(&html);
    for (unsigned i = 0; i < 900000; i++)
        buf_text(&html, "</x>");
    buf_text(&html, "x");
    assert_true(html_keep(arena, buf_view(&html), STR("x"), &image, 1, shown).n <= 1);
    buf_clear(&html);
    for (unsigned i = 0; i < 1000000; i++)
        buf_text(&html, "ab");
    assert_str(html_keep(arena, buf_view(&html), STR("ab"), &image, 1, shown), "");
    buf_free(&html);
    arena_free(&arena);
}

static void what_leaves_stays_the_same_the_second_time(void **state)
{
    static const struct {
        const char *html, *wanted;
    } cases[] = {
        { "<div>#close</div><div><b><br>Fixed &amp; <a href=\"https://x.example/?a&amp;b\">done</a></b><p>now</div><blockquote>old", "Fixed & done <https://x.example/?a&b>\n\nnow" },
        { "<p>#x<p><img src=cid:i1@x alt='a \"b\"'></p><p>Hello <img src=cid:i1@x><p>bye", "Hello\n\nbye" },
        { "<ol><li>a<li>b<ul><li>c</ul></ol><pre>\n x &lt;y&gt;</pre>", "1. a\n2. b\n- c\n\nx <y>" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str once = keep(arena, cases[i].html, cases[i].wanted);
        assert_true(once.n > 0);
        struct str twice = keep(arena, arena_text(arena, once), cases[i].wanted);
        assert_str(twice, arena_text(arena, once));
    }
    arena_free(&arena);
}

/* --- whole mails --- */

static const char mail[] =
    "From: Alice <alice@contoso.example>\r\nTo: support@contoso.example\r\nSubject: Re: down\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
    "--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
    "--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    "--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n#close\r\n\r\nFixed, see *here*: [cid:shot@x]\r\n\r\nOn Monday, Jo wrote:\r\n> down\r\n"
    "--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<div>#close</div><div>Fixed, see <b>here</b>: <img src=\"cid:shot@x\" onerror=x></div><div>On Monday, Jo wrote:<blockquote>down</blockquote></div>\r\n"
    "--a--\r\n"
    "--r\r\nContent-Type: image/png; name=shot.png\r\nContent-ID: <shot@x>\r\nContent-Disposition: inline\r\n\r\nshot\r\n"
    "--r\r\nContent-Type: image/gif; name=logo.gif\r\nContent-ID: <logo@x>\r\nContent-Disposition: inline\r\n\r\nlogo\r\n"
    "--r--\r\n"
    "--m\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n"
    "--m\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Disposition: attachment\r\n\r\nsig\r\n"
    "--m--\r\n";

static struct message carried(struct arena *arena, struct str raw, uint64_t most, struct str wanted)
{
    const struct message_context context = { .carry_max = most };
    struct message m;
    message_read(arena, raw, &context, &m);
    carry_settle(arena, wanted, &m);
    return m;
}

static void files_travel_and_decorations_do_not(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    struct message m = carried(arena, str_of(mail), 1000, STR("Fixed, see *here*: [cid:shot@x]"));
    assert_str(m.fresh, "#close\n\nFixed, see *here*: [cid:shot@x]");
    assert_str(m.carried.html, "<div>Fixed, see <b>here</b>: <img src=\"cid:shot@x\"></div>");
    assert_int_equal(m.carried.file_count, 2);
    assert_str(m.carried.files[0].name, "shot.png");
    assert_str(m.carried.files[0].content_id, "shot@x");
    assert_true(m.carried.files[0].is_inline);
    assert_str(m.carried.files[1].name, "report.pdf");
    assert_str(m.carried.files[1].octets, "%PDF-");
    assert_false(m.carried.files[1].is_inline);
    assert_int_equal(m.carried.left_out, 0);
    arena_free(&arena);
}

static void what_is_too_big_is_counted(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    struct message m = carried(arena, str_of(mail), 8, STR("something else"));
    assert_str(m.carried.html, "");
    assert_int_equal(m.carried.left_out, 1);     /* the report; the two images, of four octets each, are decorations now */
    assert_int_equal(m.carried.file_count, 0);
    m = carried(arena, str_of(mail), 0, STR("Fixed, see *here*: [cid:shot@x]"));
    assert_str(m.carried.html, "");
    assert_int_equal(m.carried.file_count + m.carried.left_out, 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_leave_leaves),
        cmocka_unit_test(only_what_is_wanted_leaves),
        cmocka_unit_test(nothing_harmful_leaves),
        cmocka_unit_test(deep_and_long_ones_are_bounded),
        cmocka_unit_test(what_leaves_stays_the_same_the_second_time),
        cmocka_unit_test(files_travel_and_decorations_do_not),
        cmocka_unit_test(what_is_too_big_is_counted),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
