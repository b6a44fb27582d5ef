/* charset and tidy: labels, lies, detection, normal form. */
#include "mail_fixture.h"

#include "mail/charset.h"
#include "mail/tidy.h"

#include "base/utf8.h"

static void labels_are_looked_up_in_our_table_only(void **state)
{
    static const struct {
        const char *label, *name;
    } cases[] = { { "latin1", "CP1252" }, { "ISO-8859-1", "CP1252" }, { " \"UTF-8\" ", "UTF-8" }, { "gb2312", "GB18030" }, { "x-sjis", "CP932" },
        { "ks_c_5601-1987", "UHC" }, { "unicode-1-1-utf-7", "UTF-7" }, { "us-ascii", "CP1252" }, { "ISO-2022-CN-EXT", NULL }, { "../../etc/passwd", NULL },
        { "", NULL }, { "utf-8//TRANSLIT", NULL }, { "x-mac-roman", "MACINTOSH" } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *name = charset_of(str_of(cases[i].label));
        if (cases[i].name == NULL)
            assert_null(name);
        else
            assert_string_equal(name, cases[i].name);
    }
    assert_true(charset_allowed("UTF-8"));
    assert_true(charset_allowed("CP1252"));
    assert_false(charset_allowed("ISO-2022-CN-EXT"));
    assert_false(charset_allowed("UTF-8//IGNORE"));
    assert_false(charset_allowed(NULL));
}

static void octets_become_text(void **state)
{
    static const struct {
        const char *octets;
        size_t n;
        const char *label, *hint, *text;
        bool guessed;
    } cases[] = {
        { "Gr\xfc\xdf" "e", 5, "iso-8859-1", "", "Grüße", false },
        { "10 \x80", 4, "iso-8859-1", "", "10 €", false },
        { "Gr\xc3\xbc\xc3\x9f" "e", 7, "utf-8", "", "Grüße", false },
        { "Gr\xc3\xbc\xc3\x9f" "e", 7, "", "", "Grüße", true },
        { "Gr\xc3\xbc\xc3\x9f" "e", 7, "us-ascii", "", "Grüße", true },
        { "Gr\xfc\xdf" "e", 5, "", "iso-8859-15", "Grüße", true },
        { "\xcf\xf0\xe8\xe2\xe5\xf2", 6, "windows-1251", "", "Привет", false },
        { "\xf0\xd2\xc9\xd7\xc5\xd4", 6, "koi8-r", "", "Привет", false },
        { "\x1b$B$3$s$K$A$O\x1b(B", 16, "iso-2022-jp", "", "こんにちは", false },
        { "\x1b$B$3$s$K$A$O\x1b(B", 16, "", "", "こんにちは", false },
        { "\x82\xb1\x82\xf1", 4, "shift_jis", "", "こん", false },
        { "\xb0\xa1\xb3\xaa", 4, "euc-kr", "", "가나", false },
        { "\xc4\xe3\xba\xc3", 4, "gb2312", "", "你好", false },
        { "\xa7\x41\xa6\x6e", 4, "big5", "", "你好", false },
        { "~{Dc:C~} ok", 11, "hz-gb-2312", "", "你好 ok", false },
        { "Hi +AOk-", 8, "utf-7", "", "Hi é", false },
        { "H\0i\0", 4, "utf-16le", "", "Hi", false },
        { "plain", 5, "no-such-charset", "", "plain", true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = { 0 };
        bool guessed = false;
        charset_text(&out, (struct str){ cases[i].octets, cases[i].n }, str_of(cases[i].label), str_of(cases[i].hint), &guessed);
        assert_str(buf_view(&out), cases[i].text);
        assert_int_equal(guessed, cases[i].guessed);
        buf_free(&out);
    }
}

/* A text of some length without any label is recognised by its statistics. */
static void unlabelled_text_is_detected(void **state)
{
    static const struct {
        const char *octets, *begins;
    } cases[] = {
        { "\xd3\xe2\xe0\xe6\xe0\xe5\xec\xfb\xe5 \xea\xee\xeb\xeb\xe5\xe3\xe8, \xf1\xe5\xf0\xe2\xe5\xf0 \xed\xe5 \xee\xf2\xe2\xe5\xf7\xe0\xe5\xf2 \xf1 \xf3\xf2\xf0\xe0, "
          "\xef\xee\xec\xee\xe3\xe8\xf2\xe5 \xef\xee\xe6\xe0\xeb\xf3\xe9\xf1\xf2\xe0", "Уважаемые коллеги" },
        { "\x83T\x81[\x83o\x81[\x82\xc9\x90\xda\x91\xb1\x82\xc5\x82\xab\x82\xdc\x82\xb9\x82\xf1\x81" "B\x8am\x94" "F\x82\xb5\x82\xc4\x82\xad\x82\xbe\x82\xb3\x82\xa2\x81" "B", "サーバー" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = { 0 };
        bool guessed = false;
        charset_text(&out, str_of(cases[i].octets), STR(""), STR(""), &guessed);
        assert_true(str_starts(buf_view(&out), str_of(cases[i].begins)));
        assert_true(guessed);
        buf_free(&out);
    }
}

static void wrong_octets_still_give_valid_text(void **state)
{
    static const char *const labels[] = { "utf-8", "utf-7", "utf-16", "iso-2022-jp", "gb18030", "big5", "shift_jis", "hz", "euc-jp", "us-ascii", "", "windows-1252" };
    char octets[1024];
    (void)state;
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(i * 7 + (i >> 3));
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        struct buf out = { 0 };
        bool guessed = false;
        charset_text(&out, (struct str){ octets, sizeof octets }, str_of(labels[i]), STR(""), &guessed);
        assert_true(utf8_valid(buf_view(&out)));
        assert_true(out.n > 0);
        buf_free(&out);
    }
}

static void text_is_tidied(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    assert_str(tidy_text(arena, (struct str){ "a\0b\r\nc\x01\x7f\td\xff", 11 }, 100), "ab\nc\td\xef\xbf\xbd");
    assert_str(tidy_text(arena, STR("e\xcc\x81te\xcc\x81"), 100), "été");
    assert_str(tidy_text(arena, STR("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), 100), "한");
    assert_str(tidy_text(arena, STR("ab\xc3\xa9"), 3), "ab");
    assert_str(tidy_line(arena, STR("  a \r\n\t b\n"), 100), "a b");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_looked_up_in_our_table_only),
        cmocka_unit_test(octets_become_text),
        cmocka_unit_test(unlabelled_text_is_detected),
        cmocka_unit_test(wrong_octets_still_give_valid_text),
        cmocka_unit_test(text_is_tidied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
