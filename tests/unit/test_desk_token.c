/* token: what proves, what does not, and where they are found in a mail. */
#include "desk_fixture.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static struct str written(enum token_purpose purpose, int64_t ticket, int64_t party, char out[TOKEN_TEXT_MAX])
{
    struct token t = {.purpose = purpose, .ticket = ticket, .party = party};
    token_write(fixture_keys(), &t, out);
    assert_int_equal(t.epoch, 2);
    return str_of(out);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_MAX];
    struct token t;
    assert_true(token_read(fixture_keys(), written(TOKEN_CUSTOMER, 1042, 7, text), &t));
    assert_int_equal(strncmp(text, "1042-c7-2-", 10), 0);
    assert_int_equal(strlen(text), 36);
    assert_int_equal(t.purpose, TOKEN_CUSTOMER);
    assert_int_equal(t.ticket, 1042);
    assert_int_equal(t.party, 7);
    for (char *p = text; *p != 0; p++)
        *p = (char)toupper((unsigned char)*p);
    assert_true(token_read(fixture_keys(), str_of(text), &t));
    assert_true(token_read(fixture_keys(), written(TOKEN_AGENT, INT64_MAX, INT64_MAX, text), &t));
    assert_int_equal(t.purpose, TOKEN_AGENT);
    assert_true(t.party == INT64_MAX);
}

static void every_other_octet_is_refused(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_MAX];
    struct token t;
    size_t n = written(TOKEN_CUSTOMER, 1042, 7, text).n;
    for (size_t i = 0; i < n; i++) {
        char was = text[i];
        text[i] = was == 'a' ? 'b' : was == '1' ? '2' : 'a';
        if (token_read(fixture_keys(), str_of(text), &t))
            fail_msg("%s is taken", text);
        text[i] = was;
    }
    for (size_t i = 0; i < n; i++)
        assert_false(token_read(fixture_keys(), (struct str){text, i}, &t));
    assert_true(token_read(fixture_keys(), (struct str){text, n}, &t));
}

static void other_spellings_are_refused(void **state)
{
    (void)state;
    static const char *const table[] = {"",  "-", "---", "1-c1-1-", "01042-c7-2-aaaaaaaaaaaaaaaaaaaaaaaaaa", "99999999999999999999-c7-2-aaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        "1042-x7-2-aaaaaaaaaaaaaaaaaaaaaaaaaa", "1042-c-2-aaaaaaaaaaaaaaaaaaaaaaaaaa", "1042-c7-3-aaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        "0-c7-2-aaaaaaaaaaaaaaaaaaaaaaaaaa", "-1-c7-2-aaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct token t;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_false(token_read(fixture_keys(), str_of(table[i]), &t));
}

static void purposes_and_keys_do_not_mix(void **state)
{
    (void)state;
    char customer[TOKEN_TEXT_MAX], agent[TOKEN_TEXT_MAX];
    struct token t;
    (void)written(TOKEN_CUSTOMER, 1042, 7, customer);
    (void)written(TOKEN_AGENT, 1042, 7, agent);
    char *c = strchr(customer, 'c');
    *c = 'a';
    assert_false(token_read(fixture_keys(), str_of(customer), &t));
    *c = 'c';
    struct token_keys other = *fixture_keys();
    other.keys[1].key[31] ^= 1;
    assert_false(token_read(&other, str_of(customer), &t));
    other = *fixture_keys();
    other.count = 1;
    assert_false(token_read(&other, str_of(agent), &t));
    struct token none = {.ticket = 1, .party = 1};
    other.count = 0;
    token_write(&other, &none, agent);
    assert_int_equal(agent[0], 0);
    /* An older key still proves what it signed. */
    struct token_keys old = *fixture_keys();
    old.count = 1;
    struct token old_token = {.ticket = 5, .party = 6};
    token_write(&old, &old_token, agent);
    assert_true(token_read(fixture_keys(), str_of(agent), &t));
    assert_int_equal(t.epoch, 1);
}

static void candidates_come_strongest_first(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const struct str own[] = {{"support@contoso.example", 23}};
    char one[TOKEN_TEXT_MAX], two[TOKEN_TEXT_MAX], three[TOKEN_TEXT_MAX], four[TOKEN_TEXT_MAX];
    (void)written(TOKEN_CUSTOMER, 1, 1, one);
    (void)written(TOKEN_CUSTOMER, 2, 1, two);
    (void)written(TOKEN_CUSTOMER, 3, 1, three);
    (void)written(TOKEN_CUSTOMER, 4, 1, four);
    struct message m = fixture_message(STR("x"), arena_printf(arena, "thanks\n> ##- Please reply above this line -## ref:%s\n> ref:nonsense REF:%s.", four, one));
    m.to = fixture_addresses(arena, "", arena_printf(arena, "Support+%s@contoso.example", one).p);
    m.cc = fixture_addresses(arena, "", "support+newsletter@contoso.example");
    m.in_reply_to = fixture_list(arena, arena_printf(arena, "%s.17@contoso.example", two).p);
    m.references = fixture_list(arena, arena_printf(arena, "%s.16@contoso.example", three).p);
    struct str_list found;
    token_candidates(arena, &m, own, 1, &found);
    assert_int_equal(found.count, 4);
    assert_text(found.list[0], one);
    assert_text(found.list[1], two);
    assert_text(found.list[2], three);
    assert_text(found.list[3], four);
    token_addressed(arena, &m, own, 1, &found);
    assert_int_equal(found.count, 1);
    m.to = fixture_addresses(arena, "", arena_printf(arena, "support+%s@fabrikam.example", one).p);
    token_addressed(arena, &m, own, 1, &found);
    assert_int_equal(found.count, 0);
    arena_free(&arena);
}

static void candidates_are_bounded(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char *text = arena_alloc(arena, 500 * 60);
    size_t n = 0;
    for (int i = 0; i < 500; i++)
        n += (size_t)snprintf(text + n, 60, "ref:%d-c1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa ", i + 1);
    struct message m = fixture_message(STR("x"), (struct str){text, n});
    struct str_list found;
    token_candidates(arena, &m, NULL, 0, &found);
    assert_int_equal(found.count, TOKENS_MAX);
    arena_free(&arena);
}

static void what_looks_like_one_is_taken_out(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"support+7-c1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa@contoso.example", "support@contoso.example"},
        {"SUPPORT+7-A12-1-AAAAAAAAAAAAAAAAAAAAAAAAAA@CONTOSO.EXAMPLE", "SUPPORT@CONTOSO.EXAMPLE"},
        {"x ref:0-s12-3-aaaaaaaaaaaaaaaaaaaaaaaaaa y", "x  y"},
        {"<7-c1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa.5@contoso.example>", "<.5@contoso.example>"},
        {"7-c1-1-aaaaaaaaaaaaaaaaaaaaaaaaa", "7-c1-1-aaaaaaaaaaaaaaaaaaaaaaaaa"}, /* a character short */
        {"2026-11-26 a-b-c-d 1-2-3-4", "2026-11-26 a-b-c-d 1-2-3-4"},
        {"", ""},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_text(token_scrub(arena, str_of(table[i][0])), table[i][1]);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),      cmocka_unit_test(every_other_octet_is_refused),    cmocka_unit_test(other_spellings_are_refused),
        cmocka_unit_test(purposes_and_keys_do_not_mix), cmocka_unit_test(candidates_come_strongest_first), cmocka_unit_test(candidates_are_bounded),
        cmocka_unit_test(what_looks_like_one_is_taken_out),
    };
    return cmocka_run_group_tests_name("desk_token", tests, NULL, NULL);
}
