/* The grammar: each text beside its tree, written as words (w), strings (s), regular expressions (r) and operators; and what
 * is wrong beside what is said about it. */
#include "base/syntax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void write_tree(struct buf *out, const struct syntax_statement *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < list[i].token_count; k++) {
            const struct syntax_token *token = &list[i].tokens[k];
            buf_text(out, k > 0 ? " " : "");
            if (token->kind == SYNTAX_STRING)
                buf_printf(out, "\"%.*s\"", STR_ARG(token->text));
            else if (token->kind == SYNTAX_REGEX)
                buf_printf(out, "/%.*s/%.*s", STR_ARG(token->text), STR_ARG(token->flags));
            else
                buf_printf(out, "%s%.*s", token->kind == SYNTAX_OPERATOR ? "'" : "", STR_ARG(token->text));
        }
        if (list[i].has_block) {
            buf_text(out, "{");
            write_tree(out, list[i].block, list[i].block_count);
            buf_text(out, "}");
        }
        buf_text(out, ";");
    }
}

/* The tree, and what was printed about it, as text. */
static void parse(struct str source, struct buf *tree, struct buf *said)
{
    struct arena *arena = arena_new();
    struct diagnoses found = {.arena = arena};
    struct syntax_file file = {0};
    syntax_parse(arena, "x.conf", source, &file, &found);
    write_tree(tree, file.statements, file.count);
    diagnoses_print(&found, said);
    arena_free(&arena);
}

static void expect(struct str source, const char *expected_tree, const char *expected_words)
{
    struct buf tree = {0};
    struct buf said = {0};
    parse(source, &tree, &said);
    buf_add(&tree, "", 0);
    buf_add(&said, "", 0);
    assert_string_equal(tree.p, expected_tree);
    assert_string_equal(said.p, expected_words);
    buf_free(&tree);
    buf_free(&said);
}

static void texts_have_their_trees(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"", ""},
        {"\xef\xbb\xbf" "a", "a;"},
        {" \n\n# only a comment", ""},
        {"a b\nc", "a b;c;"},
        {"a b\r\nc\r\n", "a b;c;"},
        {"a;b;;c", "a;b;c;"},
        {"a # comment\nb#no-comment", "a;b#no-comment;"},
        {"a { b; c d }", "a{b;c d;};"},
        {"a {\n b {\n }\n}\ne", "a{b{};};e;"},
        {"a{b}c", "a{b;};c;"},
        {"url imaps://support@contoso.example@mail/INBOX", "url imaps://support@contoso.example@mail/INBOX;"},
        {"recipient 2/h 30/15min user+x@host a=b -x ~", "recipient 2/h 30/15min user+x@host a=b -x '~;"},
        {"a \"b c\" \"\"", "a \"b c\" \"\";"},
        {"a \"q\\\"\\\\\\n\\t.\"", "a \"q\"\\\n\t.\";"},
        {"a \"two\r\nlines # no comment\" b", "a \"two\nlines # no comment\" b;"},
        {"a = b != c < d > e <= f >= g => h , i", "a '= b '!= c '< d '> e '<= f '>= g '=> h ', i;"},
        {"s ~ /a b{2};#\\/\\.\\\\/imsx t", "s '~ /a b{2};#/\\.\\\\/imsx t;"},
        {"s !~ /x/", "s '!~ /x/;"},
        {"s !~\n  # why\n  /x/", "s '!~ /x/;"},
        {"path /etc/x ~ word", "path /etc/x '~ word;"}, /* no expression without its operator */
        {"s ~ w /x/", "s '~ w /x/;"},
        {"a b,\n c =>\n d", "a b ', c '=> d;"},
        {"when any ( x,\n\n y\n z )\nnext", "when any '( x ', y z ');next;"},
        {"a \\\n b \\\r\n c\nd", "a b c;d;"},
        {"a b\\\n c", "a b c;"},
        {"a\\b", "a\\b;"},
        {"z\xc3\xbc", "z\xc3\xbc;"},
        {"a,b", "a ', b;"},
        {"(a)(b)", "'( a ') '( b ');"},
    };
    for (size_t i = 0; i < COUNT(table); i++)
        expect(str_of(table[i][0]), table[i][1], "");
}

static void errors_say_what_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *source, *tree, *said;
    } table[] = {
        {"a {\n  b c", "a{b c;};",
         "x.conf:1:3: error: the block is not closed, expected \"}\"\n  1 | a {\n    |   ^ opened here\n"},
        {"a { b {", "a{b{};};",
         "x.conf:1:7: error: the block is not closed, expected \"}\"\n  1 | a { b {\n    |       ^ opened here\n"},
        {"a\n}\nb", "a;b;", "x.conf:2:1: error: \"}\" without \"{\"\n  2 | }\n    | ^\n"},
        {"a\n{ b }\nc", "a{b;};c;",
         "x.conf:2:1: error: \"{\" must stand on the line of the statement it belongs to\n  2 | { b }\n    | ^\n"},
        {"a ( b ; c", "a '( b;c;", "x.conf:1:3: error: \")\" is missing\n  1 | a ( b ; c\n    |   ^ opened here\n"},
        {"a b )", "a b ');", "x.conf:1:5: error: \")\" without \"(\"\n  1 | a b )\n    |     ^\n"},
        {"\xc3\xbc \xc3\xbc ~ /gw\nb", "\xc3\xbc \xc3\xbc '~ /gw/;b;",
         "x.conf:1:7: error: the regular expression is not closed, expected /\n  1 | \xc3\xbc \xc3\xbc ~ /gw\n"
         "    |       ^ opened here\n"},
        {"a ~ /x/iz b", "a '~ /x/ b;",
         "x.conf:1:9: error: unknown flag of a regular expression, expected i, m, s or x\n  1 | a ~ /x/iz b\n"
         "    |         ^\n"},
        {"a \"\\d\"", "a \"\\d\";",
         "x.conf:1:4: error: unknown escape in a string\n  1 | a \"\\d\"\n    |    ^ write \\\\ for a backslash\n"},
        {"a 'b c'", "a 'b c';",
         "x.conf:1:3: error: a string is written in double quotes\n  1 | a 'b c'\n    |   ^ write \"\xe2\x80\xa6\"\n"},
        {"\tkey \x01 x\xff", "key x\xff;",
         "x.conf:1:6: error: a control character has no place here\n  1 |     key \\x01 x\\xff\n    |         ^~~~\n"
         "x.conf:1:8: error: not valid UTF-8, or a control character inside\n  1 |     key \\x01 x\\xff\n"
         "    |              ^~~~~\n"},
    };
    for (size_t i = 0; i < COUNT(table); i++)
        expect(str_of(table[i].source), table[i].tree, table[i].said);
    expect((struct str){"a\0b", 3}, "a b;", "x.conf:1:2: error: a control character has no place here\n  1 | a\\x00b\n    |  ^~~~\n");
}

static void a_forgotten_quote_costs_one_line(void **state)
{
    (void)state;
    expect(STR("a \"open\nb \"c\" \"d\"\ne"), "a \"open\nb \" c \" \" d \"\";e;",
           "x.conf:2:9: error: the string is not closed, expected \"\n  2 | b \"c\" \"d\"\n    |         ^ opened here\n");
    expect(STR("a \"open \\q\nb c\n"), "a \"open \\q\";b c;",
           "x.conf:1:3: error: the string is not closed, expected \"\n  1 | a \"open \\q\n    |   ^ opened here\n");
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    struct buf source = {0};
    for (size_t depth = 0; depth <= SYNTAX_DEPTH_MAX; depth++)
        buf_text(&source, "a{");
    buf_text(&source, "deep{er};");
    for (size_t depth = 0; depth <= SYNTAX_DEPTH_MAX; depth++)
        buf_text(&source, "}");
    buf_text(&source, " b");
    expect(buf_view(&source), "a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a;};};};};};};};};};};};};};};};};b;",
           "x.conf:1:34: error: blocks nested deeper than 16\n  1 | a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{deep{er};}}}}}}}}}}}}}}}}} b\n"
           "    |                                  ^\n");
    buf_free(&source);
}

static void places_are_exact(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct diagnoses found = {.arena = arena};
    struct syntax_file file = {0};
    syntax_parse(arena, "x.conf", STR("\n  z\xc3\xbc  \"a\xc3\xa4\nb\" {\n\tk ~ /r/i\n}\n"), &file, &found);
    assert_int_equal(found.count, 0);
    assert_int_equal(file.count, 1);
    const struct syntax_token *tokens = file.statements[0].tokens;
    const struct syntax_token *inner = file.statements[0].block[0].tokens;
    const struct {
        const struct syntax_token *token;
        uint32_t line, column, width;
    } table[] = {{&tokens[0], 2, 3, 2}, {&tokens[1], 2, 7, 3}, {&inner[0], 4, 2, 1}, {&inner[1], 4, 4, 1}, {&inner[2], 4, 6, 4}};
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_string_equal(table[i].token->at.file, "x.conf");
        assert_int_equal(table[i].token->at.line, table[i].line);
        assert_int_equal(table[i].token->at.column, table[i].column);
        assert_int_equal(table[i].token->at.width, table[i].width);
    }
    arena_free(&arena);
}

static void diagnoses_are_shown_like_a_compiler_does(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf out = {0};
    struct diagnoses found = {.arena = arena};
    const struct syntax_file file = {.name = "t.conf", .source = STR("mailbox support {\n\n    passwort credential x\x1b\n")};
    diagnoses_add(&found, false, &file, (struct place_in_file){"t.conf", 3, 5, 8}, "did you mean \"password\"?",
                  "mailbox \"%s\" has no setting \"%s\"", "support", "passwort");
    diagnoses_add(&found, true, NULL, (struct place_in_file){"rules.d/old.rules~", 0, 0, 1}, "",
                  "not read, its name does not end in .rules");
    diagnoses_add(&found, false, NULL, (struct place_in_file){"t\x1b.conf", 0, 0, 1}, "chmod", "open\nto others");
    diagnoses_add(&found, false, &file, (struct place_in_file){"t.conf", 99, 1, 1}, "", "beyond the end");
    diagnoses_print(&found, &out);
    assert_string_equal(out.p, "t.conf:3:5: error: mailbox \"support\" has no setting \"passwort\"\n"
                               "  3 |     passwort credential x\\x1b\n"
                               "    |     ^~~~~~~~ did you mean \"password\"?\n"
                               "rules.d/old.rules~: warning: not read, its name does not end in .rules\n"
                               "t\\x1b.conf: error: open\\nto others (chmod)\n"
                               "t.conf:99:1: error: beyond the end\n");
    assert_int_equal(found.count, 4);
    assert_int_equal(found.errors, 3);
    buf_free(&out);
    arena_free(&arena);
}

static void long_lines_are_shown_around_the_place(void **state)
{
    (void)state;
    struct buf source = {0};
    for (size_t i = 0; i < 300; i++)
        buf_text(&source, "abcdefghi ");
    buf_text(&source, ")");
    struct buf tree = {0};
    struct buf said = {0};
    parse(buf_view(&source), &tree, &said);
    struct str rest = buf_view(&said);
    struct str line = {NULL, 0};
    assert_true(str_line(&rest, &line) && str_starts(line, STR("x.conf:1:3001: error:")));
    assert_true(str_line(&rest, &line) && line.n < 250 && str_iends(line, STR("abcdefghi )")));
    size_t shown = line.n;
    assert_true(str_line(&rest, &line) && str_iends(line, STR(" ^")));
    assert_int_equal(line.n + 2, shown); /* the mark of what was left out has three octets */
    buf_free(&source);
    buf_free(&tree);
    buf_free(&said);
}

static void only_the_first_are_shown(void **state)
{
    (void)state;
    struct buf source = {0};
    for (size_t i = 0; i < 250; i++)
        buf_text(&source, ")\n");
    struct buf tree = {0};
    struct buf said = {0};
    parse(buf_view(&source), &tree, &said);
    assert_true(str_iends(buf_view(&said), STR("\n230 more\n")));
    assert_true(str_find(buf_view(&said), STR("x.conf:20:1")) > 0);
    assert_true(str_find(buf_view(&said), STR("x.conf:21:1")) < 0);
    buf_free(&source);
    buf_free(&tree);
    buf_free(&said);
}

static void size_has_a_limit(void **state)
{
    (void)state;
    char *big = calloc(1, SYNTAX_FILE_MAX + 1);
    assert_non_null(big);
    memset(big, '#', SYNTAX_FILE_MAX + 1);
    expect((struct str){big, SYNTAX_FILE_MAX}, "", "");
    expect((struct str){big, SYNTAX_FILE_MAX + 1}, "", "x.conf: error: larger than 4194304 octets\n");
    for (size_t i = 0; i < SYNTAX_FILE_MAX; i += 2)
        big[i] = ' ';
    for (size_t i = 1; i < SYNTAX_FILE_MAX; i += 2)
        big[i] = 'a';
    struct buf tree = {0};
    struct buf said = {0};
    parse((struct str){big, SYNTAX_FILE_MAX}, &tree, &said);
    assert_true(str_starts(buf_view(&said), STR("x.conf:1:800002: error: more than 400000 words in one file\n")));
    free(big);
    buf_free(&tree);
    buf_free(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_their_trees),
        cmocka_unit_test(errors_say_what_and_where),
        cmocka_unit_test(a_forgotten_quote_costs_one_line),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(places_are_exact),
        cmocka_unit_test(diagnoses_are_shown_like_a_compiler_does),
        cmocka_unit_test(long_lines_are_shown_around_the_place),
        cmocka_unit_test(only_the_first_are_shown),
        cmocka_unit_test(size_has_a_limit),
    };
    return cmocka_run_group_tests_name("base_syntax", tests, NULL, NULL);
}
