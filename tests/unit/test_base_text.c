/* Octets, text, memory, errors and hashes: the small modules everything stands on. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void same(struct str got, const char *expected)
{
    if (!str_eq(got, str_of(expected)))
        print_error("got \"%.*s\", expected \"%s\"\n", STR_ARG(got), expected);
    assert_true(str_eq(got, str_of(expected)));
}

/* ---- str ---- */

static void strings_compare(void **state)
{
    (void)state;
    const struct str nul = {"a\0b", 3};
    assert_true(str_eq(nul, nul));
    assert_false(str_eq(nul, STR("a")));
    assert_true(str_eq(str_of(NULL), STR("")));
    assert_true(str_ieq(STR("Message-ID"), STR("mESSAGE-id")));
    assert_false(str_ieq(STR("[\\]"), STR("{|}"))); /* 0x20 apart, but no letters */
    assert_false(str_ieq(STR("\xc4"), STR("\xe4")));
    assert_true(str_cmp(STR("a"), STR("b")) < 0 && str_cmp(STR("b"), STR("a")) > 0);
    assert_true(str_cmp(STR("a"), STR("ab")) < 0 && str_cmp(STR("ab"), STR("ab")) == 0);
    assert_true(str_cmp(STR("\x7f"), STR("\x80")) < 0); /* octets are unsigned */
    assert_true(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("ab"), STR("abc")) && str_starts(STR(""), STR("")));
    assert_true(str_istarts(STR("Re: x"), STR("RE:")) && !str_istarts(STR("R"), STR("RE:")));
    assert_true(str_iends(STR("a@B.Example"), STR("b.example")) && !str_iends(STR("e"), STR(".e")));
}

static void strings_are_searched(void **state)
{
    (void)state;
    const struct {
        struct str s, needle;
        ptrdiff_t at, iat;
    } table[] = {
        {STR("abcabc"), STR("ca"), 2, 2}, {STR("abc"), STR("C"), -1, 2},      {STR(""), STR("a"), -1, -1},
        {STR("abc"), STR(""), 0, 0},      {STR("ab"), STR("abc"), -1, -1},    {STR("a\0b"), STR("\0b"), 1, 1},
        {STR(""), STR(""), 0, 0},         {STR("xxab"), STR("ab"), 2, 2},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(str_find(table[i].s, table[i].needle), table[i].at);
        assert_int_equal(str_ifind(table[i].s, table[i].needle), table[i].iat);
    }
}

static void strings_are_cut(void **state)
{
    (void)state;
    struct str part = {NULL, 0};
    struct str rest = STR("a,,b,");
    assert_true(str_cut(&rest, ',', &part));
    same(part, "a");
    assert_true(str_cut(&rest, ',', &part));
    same(part, "");
    assert_true(str_cut(&rest, ',', &part));
    same(part, "b");
    assert_false(str_cut(&rest, ',', &part));
    rest = STR("one\r\ntwo\n\nfour\r");
    const char *const lines[] = {"one", "two", "", "four"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_true(str_line(&rest, &part));
        same(part, lines[i]);
    }
    assert_false(str_line(&rest, &part));
    same(str_trim(STR(" \t\r\n a b \n")), "a b");
    same(str_trim(STR(" \t ")), "");
    same(str_sub(STR("abc"), 1, 1), "b");
    same(str_sub(STR("abc"), 1, SIZE_MAX), "bc");
    same(str_sub(STR("abc"), 9, 1), "");
}

static void numbers_are_exact(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool good;
        uint64_t value;
    } table[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"0x1", false, 0},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        uint64_t value = 4711;
        assert_int_equal(str_u64(str_of(table[i].text), &value), table[i].good);
        assert_int_equal(value, table[i].good ? table[i].value : 4711);
    }
}

static void distances(void **state)
{
    (void)state;
    const struct {
        const char *a, *b;
        size_t distance;
    } table[] = {
        {"", "", 0},       {"password", "passwort", 1}, {"password", "PASSWORD", 0}, {"qeuue", "queue", 1},
        {"abc", "", 3},    {"kitten", "sitting", 3},    {"ca", "abc", 3},            {"flag", "lag", 1},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(str_distance(str_of(table[i].a), str_of(table[i].b)), table[i].distance);
        assert_int_equal(str_distance(str_of(table[i].b), str_of(table[i].a)), table[i].distance);
    }
    char longer[66] = "";
    memset(longer, 'a', 65);
    assert_true(str_distance(str_of(longer), STR("a")) > 64);
    longer[64] = '\0';
    assert_int_equal(str_distance(str_of(longer), str_of(longer)), 0);
}

/* ---- buf ---- */

static void buffers_grow(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%03d,", i);
    assert_int_equal(b.n, 4000);
    assert_true(str_starts(buf_view(&b), STR("000,001,")) && str_iends(buf_view(&b), STR(",999,")));
    assert_int_equal(b.p[b.n], '\0');
    buf_eat(&b, 3996);
    same(buf_view(&b), "999,");
    buf_clear(&b);
    same(buf_view(&b), "");
    char longer[5000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    buf_printf(&b, "<%s>", longer);
    assert_int_equal(b.n, sizeof longer + 1);
    assert_true(b.p[0] == '<' && b.p[b.n - 1] == '>');
    memcpy(buf_room(&b, 3), "end", 3);
    b.n += 3;
    assert_true(str_iends(buf_view(&b), STR(">end")));
    buf_add(&b, NULL, 0);
    buf_free(&b);
    assert_null(b.p);
    buf_eat(&b, 0);
    assert_int_equal(b.n, 0);
}

/* ---- arena ---- */

static void arenas_give_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t round = 0; round < 2; round++) {
        for (size_t n = 0; n < 3000; n = n * 2 + 1) {
            unsigned char *p = arena_alloc(arena, n);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xff, n);
        }
        unsigned char *big = arena_alloc(arena, 1000000);
        assert_int_equal(big[0] | big[999999], 0);
        memset(big, 0xff, 1000000);
        assert_true(arena_used(arena) >= 1000000);
        arena_clear(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    struct str copy = arena_str(arena, (struct str){"a\0b", 3});
    assert_memory_equal(copy.p, "a\0b", 4);
    same(arena_printf(arena, "%s-%d", "x", 7), "x-7");
    assert_string_equal(arena_text(arena, STR("text")), "text");
    assert_ptr_not_equal(arena_alloc(arena, 0), arena_alloc(arena, 0));
    arena_free(&arena);
    assert_null(arena);
    arena_free(&arena);
}

static void an_arena_keeps_what_it_gave(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    uint32_t *pieces[500];
    for (uint32_t i = 0; i < COUNT(pieces); i++) {
        size_t count = 1 + i * 37 % 4000;
        pieces[i] = arena_array(arena, count, sizeof(uint32_t));
        for (size_t k = 0; k < count; k++)
            pieces[i][k] = i;
    }
    for (uint32_t i = 0; i < COUNT(pieces); i++)
        for (size_t k = 0; k < 1 + i * 37 % 4000; k++)
            assert_int_equal(pieces[i][k], i);
    arena_free(&arena);
}

/* ---- err ---- */

static void errors_are_built_from_the_inside_out(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(err_set(&err, ERR_SOURCE, "no such %s", "mailbox"));
    assert_false(err_wrap(&err, "select %s", "INBOX"));
    assert_false(err_wrap(&err, "support"));
    assert_string_equal(err.text, "support: select INBOX: no such mailbox");
    assert_int_equal(err.kind, ERR_SOURCE);
    assert_false(err_set(&err, ERR_ITEM, "again: %s", err.text)); /* its own text as argument */
    assert_string_equal(err.text, "again: support: select INBOX: no such mailbox");
    assert_false(err_set(NULL, ERR_RETRY, "nobody listens"));
    assert_false(err_wrap(NULL, "nobody listens"));
    assert_string_equal(err_kind_name(ERR_RETRY), "retry");
    assert_string_equal(err_kind_name(ERR_SETUP), "setup");
}

static void a_long_error_is_cut_between_characters(void **state)
{
    (void)state;
    char text[3 * ERR_TEXT_MAX + 1] = "";
    struct err err = {0};
    for (size_t i = 0; i < ERR_TEXT_MAX; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 3);
    for (size_t shift = 0; shift < 3; shift++) {
        err_set(&err, ERR_ITEM, "%.*s%s", (int)shift, "ab", text);
        assert_true(utf8_valid(str_of(err.text)));
        assert_in_range(strlen(err.text), ERR_TEXT_MAX - 10, ERR_TEXT_MAX - 1);
    }
}

/* ---- utf8 ---- */

static void characters_are_decoded(void **state)
{
    (void)state;
    const struct {
        struct str octets;
        size_t length;
        uint32_t character;
    } table[] = {
        {STR("a"), 1, 'a'},
        {STR("\0"), 1, 0},
        {STR("\xc2\x80"), 2, 0x80},
        {STR("\xdf\xbf"), 2, 0x7ff},
        {STR("\xe0\xa0\x80"), 3, 0x800},
        {STR("\xef\xbf\xbf"), 3, 0xffff},
        {STR("\xf0\x90\x80\x80"), 4, 0x10000},
        {STR("\xf4\x8f\xbf\xbf"), 4, 0x10ffff},
        {STR(""), 0, 0},
        {STR("\x80"), 0, 0},                 /* a continuation alone */
        {STR("\xc0\xaf"), 0, 0},             /* overlong "/" */
        {STR("\xc1\xbf"), 0, 0},             /* overlong */
        {STR("\xe0\x9f\xbf"), 0, 0},         /* overlong */
        {STR("\xf0\x8f\xbf\xbf"), 0, 0},     /* overlong */
        {STR("\xed\xa0\x80"), 0, 0},         /* surrogate */
        {STR("\xed\xbf\xbf"), 0, 0},         /* surrogate */
        {STR("\xf4\x90\x80\x80"), 0, 0},     /* above U+10FFFF */
        {STR("\xf8\x88\x80\x80\x80"), 0, 0}, /* five octets */
        {STR("\xe2\x82"), 0, 0},             /* cut off */
        {STR("\xe2\x41\x41"), 0, 0},
        {STR("\xff"), 0, 0},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        uint32_t character = 0;
        assert_int_equal(utf8_next(table[i].octets, &character), table[i].length);
        assert_int_equal(character, table[i].character);
    }
}

static void text_is_counted_and_cut(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(STR("J\xc3\xb6rg \xff\xfe")), 7);
    same(utf8_prefix(STR("a\xe2\x82\xac" "b"), 3), "a");
    same(utf8_prefix(STR("a\xe2\x82\xac" "b"), 4), "a\xe2\x82\xac");
    same(utf8_prefix(STR("ab"), 9), "ab");
    same(utf8_prefix(STR("\xe2\x82\xac"), 2), "");
    same(utf8_prefix(STR("\x80\x80\x80\x80"), 2), "\x80\x80"); /* nothing to keep whole */
    same(utf8_prefix(STR("abc"), 0), "");
    assert_true(utf8_is_ascii(STR("a\x7f")) && !utf8_is_ascii(STR("\xc3\xa4")));
}

static void text_is_cleaned(void **state)
{
    (void)state;
    const struct {
        struct str in;
        const char *out;
    } table[] = {
        {STR("plain\ttext\n"), "plain\ttext\n"},
        {STR("a\r\nb\rc\n\r"), "a\nb\nc\n\n"},
        {STR("a\0b\x1b[31mc\x7f\xc2\x85" "d"), "ab[31mcd"},
        {STR("a\xffz\xe2\x82"), "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd"},
        {STR("\xe2\x80\xae" "bidi stays"), "\xe2\x80\xae" "bidi stays"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct buf out = {0};
        utf8_clean(&out, table[i].in);
        same(buf_view(&out), table[i].out);
        buf_free(&out);
    }
}

static void text_is_shown_without_harm(void **state)
{
    (void)state;
    const struct {
        struct str in;
        bool lines;
        const char *out;
    } table[] = {
        {STR("Z\xc3\xbcrich"), false, "Z\xc3\xbcrich"},
        {STR("\x1b]0;x\x07"), false, "\\x1b]0;x\\x07"},
        {STR("a\nb\tc\r"), false, "a\\nb\\tc\\r"},
        {STR("a\nb\tc\r"), true, "a\nb\tc\\r"},
        {STR("\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf"), true, "\\u202e\\u200b\\ufeff"},
        {STR("\xf3\xa0\x81\x81"), false, "\\U000e0041"}, /* a tag character */
        {STR("\xc2\x9b"), false, "\\x9b"},               /* C1 CSI */
        {STR("\xc2\x9b \xff\0"), false, "\\x9b \\xff\\x00"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct buf out = {0};
        utf8_display(&out, table[i].in, table[i].lines);
        same(buf_view(&out), table[i].out);
        buf_free(&out);
    }
}

static void only_safe_lines_leave(void **state)
{
    (void)state;
    const struct str unsafe[] = {STR("a\r\nBcc: x"), STR("a\n"),   STR("a\r"),     STR("a\0"),      STR("a\t"),
                                 STR("\x1b"),        STR("\x7f"), STR("\xc2\x85"), STR("\xed\xa0\x80"), STR("\xff")};
    assert_true(utf8_is_line_safe(STR("Re: J\xc3\xb6rg \xf0\x9f\x98\x80")) && utf8_is_line_safe(STR("")));
    for (size_t i = 0; i < COUNT(unsafe); i++)
        assert_false(utf8_is_line_safe(unsafe[i]));
}

/* ---- hash ---- */

static void hex_of(const uint8_t *octets, const char *expected)
{
    char hex[2 * HASH_SIZE + 1];
    str_hex(octets, HASH_SIZE, hex);
    assert_string_equal(hex, expected);
}

/* FIPS 180-2 appendix B; RFC 4231 section 4; RFC 4648 section 10. */
static void hashes_match_their_standards(void **state)
{
    (void)state;
    uint8_t out[HASH_SIZE];
    hash_sha256(STR("abc"), out);
    hex_of(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_sha256((struct str){NULL, 0}, out);
    hex_of(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hash_hmac(STR("Jefe"), STR("what do ya want for nothing?"), out);
    hex_of(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char key[131];
    memset(key, 0xaa, sizeof key);
    hash_hmac((struct str){key, sizeof key}, STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
    hex_of(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    hash_hmac((struct str){NULL, 0}, (struct str){NULL, 0}, out);
    hex_of(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void base32_matches_its_standard(void **state)
{
    (void)state;
    static const char *const table[][2] = {{"", ""},           {"f", "my"},           {"fo", "mzxq"},
                                           {"foo", "mzxw6"},   {"foob", "mzxw6yq"},   {"fooba", "mzxw6ytb"},
                                           {"foobar", "mzxw6ytboi"}};
    for (size_t i = 0; i < COUNT(table); i++) {
        char out[32];
        hash_base32((const uint8_t *)table[i][0], strlen(table[i][0]), out);
        assert_string_equal(out, table[i][1]);
    }
    uint8_t ones[16];
    char out[27];
    memset(ones, 0xff, sizeof ones);
    hash_base32(ones, sizeof ones, out);
    assert_string_equal(out, "7777777777777777777777777" "4");
    assert_true(hash_equal(ones, ones, sizeof ones));
    uint8_t other[16];
    memset(other, 0xff, sizeof other);
    other[15] = 0;
    assert_false(hash_equal(ones, other, sizeof ones));
    assert_true(hash_equal(ones, other, 15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_compare),
        cmocka_unit_test(strings_are_searched),
        cmocka_unit_test(strings_are_cut),
        cmocka_unit_test(numbers_are_exact),
        cmocka_unit_test(distances),
        cmocka_unit_test(buffers_grow),
        cmocka_unit_test(arenas_give_zeroed_aligned_memory),
        cmocka_unit_test(an_arena_keeps_what_it_gave),
        cmocka_unit_test(errors_are_built_from_the_inside_out),
        cmocka_unit_test(a_long_error_is_cut_between_characters),
        cmocka_unit_test(characters_are_decoded),
        cmocka_unit_test(text_is_counted_and_cut),
        cmocka_unit_test(text_is_cleaned),
        cmocka_unit_test(text_is_shown_without_harm),
        cmocka_unit_test(only_safe_lines_leave),
        cmocka_unit_test(hashes_match_their_standards),
        cmocka_unit_test(base32_matches_its_standard),
    };
    return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
