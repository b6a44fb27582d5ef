/* scan: what matches where, and that no pattern and no text takes more than its share. */
#include "desk_fixture.h"

#include <string.h>
#include <time.h>

static struct scan_probe probe(enum scan_field field, const char *pattern, const char *flags)
{
    return (struct scan_probe){.fields = {field}, .field_count = 1, .pattern = str_of(pattern), .flags = str_of(flags)};
}

static struct scan *opened(const struct scan_probe *probes, size_t count, bool jit)
{
    struct scan *scan = NULL;
    struct err err = {0};
    if (!scan_open(&scan, probes, count, jit, &err))
        fail_msg("%s", err.text);
    return scan;
}

static void matches_with_places_in_characters(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *flags, *subject, *matched;
        uint32_t start, end;
    } table[] = {
        {"gateway", "", "VPN gateway de-7", "gateway", 5, 11},
        {"GATEWAY", "i", "VPN gateway de-7", "gateway", 5, 11},
        {"größe", "i", "Die GRÖSSE: Größe", "Größe", 13, 17},
        {"件", "", "請求書の件について", "件", 5, 5},
        {"\\bÜberlast\\b", "", "Server: Überlast!", "Überlast", 9, 16},
        {"^b", "m", "a\nb", "b", 3, 3},
        {"a.b", "s", "a\nb", "a\nb", 1, 3},
        {"a b # note", "x", "ab", "ab", 1, 2},
        {"(?=x)", "", "ax", "", 2, 1},
        {"$", "", "", "", 1, 0},
        {"a\\Kb", "", "ab", "b", 2, 2},
    };
    for (int jit = 0; jit < 2; jit++) {
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            struct scan_probe p = probe(SCAN_SUBJECT, table[i].pattern, table[i].flags);
            struct scan *scan = opened(&p, 1, jit == 1);
            struct arena *arena = arena_new();
            struct message m = fixture_message(str_of(table[i].subject), STR(""));
            struct scan_hits hits;
            scan_run(scan, arena, &m, &hits);
            assert_int_equal(hits.count, 1);
            assert_false(hits.list[0].failed);
            assert_text(hits.list[0].source, "subject");
            assert_text(hits.list[0].matched, table[i].matched);
            assert_int_equal(hits.list[0].start, table[i].start);
            assert_int_equal(hits.list[0].end, table[i].end);
            arena_free(&arena);
            scan_close(&scan);
        }
    }
}

static void every_value_of_every_field_is_tried(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("s"), STR("full text"));
    struct attachment files[] = {{.name = STR("a.txt"), .type = STR("text/plain")},
                                 {.name = STR("b.exe"), .type = STR("text/plain"), .sniffed = STR("application/x-dosexec")}};
    m.attachments = files;
    m.attachment_count = 2;
    m.fresh = STR("fresh text");
    m.cc = fixture_addresses(arena, "Ann B", "ann@fabrikam.example");
    m.to = fixture_addresses(arena, "", "support@contoso.example");
    fixture_header(arena, &m, "X-Site", "one");
    fixture_header(arena, &m, "x-site", "two");
    struct scan_probe list[] = {probe(SCAN_TEXT, "fresh", ""),
                                probe(SCAN_FRESH, "fresh", ""),
                                probe(SCAN_FROM, "@contoso\\.example$", ""),
                                probe(SCAN_FROM, "^Jo Meier <jo@", ""),
                                probe(SCAN_CC, "ann b", "i"),
                                probe(SCAN_TO, "^support@contoso\\.example$", ""),
                                probe(SCAN_ATTACHMENT_NAME, "exe$", ""),
                                probe(SCAN_ATTACHMENT_TYPE, "dosexec", ""),
                                probe(SCAN_HEADER, "two", ""),
                                probe(SCAN_HEADER, "two", "")};
    static const uint32_t wanted[] = {1, 2, 3, 4, 5, 6, 7, 8};
    list[8].header = STR("X-Site");
    list[9].header = STR("X-Other");
    struct scan *scan = opened(list, sizeof list / sizeof list[0], true);
    struct scan_hits hits;
    scan_run(scan, arena, &m, &hits);
    assert_int_equal(hits.count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < hits.count; i++)
        assert_int_equal(hits.list[i].probe, wanted[i]);
    assert_text(hits.list[7].source, "header X-Site");
    scan_close(&scan);
    arena_free(&arena);
}

static void captures_have_names_and_places(void **state)
{
    (void)state;
    struct scan_probe p = probe(SCAN_SUBJECT, "(?<kind>gate|sw)[a-z]* (?<gateway>[a-z]{2}-\\d+)(?<none>x)?", "");
    struct scan *scan = opened(&p, 1, true);
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("Störung: gateway de-7 is down"), STR(""));
    struct scan_hits hits;
    scan_run(scan, arena, &m, &hits);
    assert_int_equal(hits.count, 1);
    assert_int_equal(hits.list[0].capture_count, 2);
    assert_text(hits.list[0].captures[0].name, "gateway");
    assert_text(hits.list[0].captures[0].text, "de-7");
    assert_int_equal(hits.list[0].captures[0].start, 18);
    assert_int_equal(hits.list[0].captures[0].end, 21);
    assert_text(hits.list[0].captures[1].name, "kind");
    scan_close(&scan);
    arena_free(&arena);
}

/* Some 60,000 characters of one kind and one that spoils the match. */
static struct str hostile(struct arena *arena, char c, size_t n, const char *end)
{
    char *p = arena_alloc(arena, n + strlen(end));
    memset(p, c, n);
    memcpy(p + n, end, strlen(end));
    return (struct str){p, n + strlen(end)};
}

/* What this thread has computed, ms: other programs of a busy machine do not count. */
static int64_t computed(void)
{
    struct timespec spent = {0};
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent), 0);
    return (int64_t)spent.tv_sec * 1000 + spent.tv_nsec / 1000000;
}

static void no_pattern_runs_away(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        char c;
        const char *end;
        bool may_decide; /* PCRE2 may see through it and say "no match" */
    } table[] = {
        {"(a+)+$", 'a', "b", false},      {"\\s+$", ' ', "x", true},        {"(a|aa)+$", 'a', "b", false},
        {"^(\\w+\\s?)*$", 'a', "!", false}, {"(x+x+)+y", 'x', "z", true},   {"[a-z]+\\s*:\\d", 'q', ":", true},
        {"(.*)(.*)(.*)(.*)x$", 'a', "b", true},
    };
    for (int jit = 0; jit < 2; jit++) {
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            struct arena *arena = arena_new();
            struct message m = fixture_message(STR("s"), hostile(arena, table[i].c, 40000, table[i].end));
            struct scan_probe p = probe(SCAN_TEXT, table[i].pattern, "");
            struct scan *scan = opened(&p, 1, jit == 1);
            struct scan_hits hits;
            scan_deadline(scan, computed, 300);
            int64_t begun = computed();
            scan_run(scan, arena, &m, &hits);
            int64_t took = computed() - begun;
            if (hits.count == 0 ? !table[i].may_decide : !hits.list[0].failed)
                fail_msg("%s (jit %d) was decided", table[i].pattern, jit);
            if (took > 3000)
                fail_msg("%s (jit %d) took %d ms", table[i].pattern, jit, (int)took);
            if (hits.count != 0)
                assert_holds(hits.list[0].why, "limit on text");
            scan_close(&scan);
            arena_free(&arena);
        }
    }
}

static int64_t ticks_gone(void)
{
    static int64_t ticks;
    return ticks += 1000;
}

static void past_the_deadline_probes_have_failed(void **state)
{
    (void)state;
    struct scan_probe list[] = {probe(SCAN_SUBJECT, "a", ""), probe(SCAN_SUBJECT, "b", "")};
    struct scan *scan = opened(list, 2, true);
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("ab"), STR(""));
    struct scan_hits hits;
    scan_deadline(scan, ticks_gone, 1500);
    scan_run(scan, arena, &m, &hits);
    assert_int_equal(hits.count, 2);
    assert_false(hits.list[0].failed);
    assert_true(hits.list[1].failed);
    assert_text(hits.list[1].why, "time limit on subject");
    scan_close(&scan);
    arena_free(&arena);
}

static void a_match_far_into_the_text_is_found(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("s"), hostile(arena, '.', 50000, "needle 1"));
    struct message cut = fixture_message(STR("s"), hostile(arena, '.', 70000, "needle 1"));
    struct scan_probe list[] = {probe(SCAN_TEXT, "(?<=\\.)needle (?<n>\\d)$", ""), probe(SCAN_TEXT, "needle", "")};
    struct scan *scan = opened(list, 2, true);
    struct scan_hits hits;
    scan_run(scan, arena, &m, &hits);
    assert_int_equal(hits.count, 2);
    assert_int_equal(hits.list[0].start, 50001);
    assert_text(hits.list[0].captures[0].text, "1");
    scan_run(scan, arena, &cut, &hits);
    assert_int_equal(hits.count, 0);
    scan_close(&scan);
    arena_free(&arena);
}

static void octets_that_are_no_utf8_do_no_harm(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("a\xff\xc3"), STR("\xe2\x82"));
    struct scan_probe list[] = {probe(SCAN_SUBJECT, "a.", ""), probe(SCAN_TEXT, ".", "")};
    struct scan *scan = opened(list, 2, true);
    struct scan_hits hits;
    scan_run(scan, arena, &m, &hits);
    assert_int_equal(hits.count, 2);
    scan_close(&scan);
    arena_free(&arena);
}

static void errors_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        size_t offset;
        const char *words;
    } table[] = {
        {"gateway (?<gw>[a-z]{2}-\\d+ is down", 8, "missing closing parenthesis"},
        {"ab)", 2, "unmatched closing parenthesis"},
        {"[z-a]", 3, "range out of order"},
        {"\\C", 2, "using \\C is disabled"},
    };
    struct arena *arena = arena_new();
    struct str words;
    struct str_list names;
    size_t offset;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_false(scan_check(arena, str_of(table[i].pattern), STR(""), &offset, &words, &names));
        assert_holds(words, table[i].words);
        assert_int_equal(offset, table[i].offset);
    }
    assert_true(scan_check(arena, STR("(?<one>a)(?<two>b)(c)"), STR("i"), &offset, &words, &names));
    assert_int_equal(names.count, 2);
    struct scan_probe p[] = {probe(SCAN_TEXT, "fine", ""), probe(SCAN_TEXT, "(", "")};
    struct scan *scan = NULL;
    struct err err = {0};
    assert_false(scan_open(&scan, p, 2, true, &err));
    assert_null(scan);
    assert_int_equal(err.kind, ERR_SETUP);
    assert_holds(str_of(err.text), "pattern 1: missing closing parenthesis");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_with_places_in_characters),
        cmocka_unit_test(every_value_of_every_field_is_tried),
        cmocka_unit_test(captures_have_names_and_places),
        cmocka_unit_test(no_pattern_runs_away),
        cmocka_unit_test(past_the_deadline_probes_have_failed),
        cmocka_unit_test(a_match_far_into_the_text_is_found),
        cmocka_unit_test(octets_that_are_no_utf8_do_no_harm),
        cmocka_unit_test(errors_say_where),
    };
    return cmocka_run_group_tests_name("desk_scan", tests, NULL, NULL);
}
