/* place, line and desk: whose ticket it is, and the subjects that lead there or away. */
#include "desk_fixture.h"

#include "desk/place.h"

#include "base/clock.h"

#include <string.h>

#define NOW (INT64_C(1795000000000))

struct scene {
    struct arena *arena;
    struct message message;
    struct sender sender;
    struct clues clues;
    struct placement placement;
};

static struct scene scene_of(const char *subject)
{
    struct scene s = {.arena = arena_new(), .message = fixture_message(str_of(subject), STR("text")), .sender = {.address = STR("jo@contoso.example")}};
    s.message.to = fixture_addresses(s.arena, "", "support@contoso.example");
    return s;
}

static void decide(struct scene *s, const struct candidate *candidates, size_t count, bool seen)
{
    place_clues(s->arena, fixture_desk(), fixture_keys(), &s->message, &s->clues);
    place_decide(s->arena, fixture_desk(), &s->message, &s->sender, NOW, &s->clues, candidates, count, seen, seen ? 12 : 0, &s->placement);
}

static struct candidate candidate(const char *by, const char *clue, bool party)
{
    return (struct candidate){.ticket = 1042, .asked = 1042, .is_party = party, .bare_subject = STR("VPN gateway is down"), .by = str_of(by), .clue = str_of(clue)};
}

static const char *token_for(struct arena *arena, enum token_purpose purpose, int64_t ticket)
{
    char text[TOKEN_TEXT_MAX];
    struct token t = {.purpose = purpose, .ticket = ticket, .party = 1};
    token_write(fixture_keys(), &t, text);
    return arena_text(arena, str_of(text));
}

static void subjects_in_the_languages_of_the_world(void **state)
{
    (void)state;
    static const struct {
        const char *subject;
        bool reply, forwarded;
        int64_t tag;
        const char *bare;
    } table[] = {
        {"VPN down", false, false, 0, "VPN down"},
        {"Re: VPN down", true, false, 0, "VPN down"},
        {"RE: [INC-1042] VPN down", true, false, 1042, "VPN down"},
        {"Re[2]: VPN  down", true, false, 0, "VPN down"},
        {"Re^3: RE (4) : AW: VPN down", true, false, 0, "VPN down"},
        {"Antw: SV: VS: RIF: Odp: YNT: x", true, false, 0, "x"},
        {"回复：VPN 故障", true, false, 0, "VPN 故障"},
        {"答复: x", true, false, 0, "x"},
        {"Ответ: x", true, false, 0, "x"},
        {"ΑΠ: x", true, false, 0, "x"},
        {"RÉP : x", true, false, 0, "x"},
        {"Fwd: VPN down", false, true, 0, "VPN down"},
        {"WG: AW: VPN down", false, true, 0, "VPN down"},
        {"AW: WG: VPN down", true, false, 0, "VPN down"},
        {"TR: x", false, true, 0, "x"},
        {"RV: x", false, true, 0, "x"},
        {"转发：x", false, true, 0, "x"},
        {"İLT: x", false, true, 0, "x"},
        {"I: x", false, true, 0, "x"},
        {"[EXTERNAL] Re: x", true, false, 0, "x"},
        {"[inc-7]", false, false, 7, ""},
        {"[INC-0] [INC-x] [INC-99999999999999999999] a", false, false, 0, "[INC-0] [INC-x] [INC-99999999999999999999] a"},
        {"[OTHER-7] a", false, false, 0, "[OTHER-7] a"},
        {"Refund: please", false, false, 0, "Refund: please"},
        {"Re your mail", false, false, 0, "Re your mail"},
        {"Re:", true, false, 0, ""},
        {"", false, false, 0, ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct scene s = scene_of(table[i].subject);
        place_clues(s.arena, fixture_desk(), fixture_keys(), &s.message, &s.clues);
        if (s.clues.reply_subject != table[i].reply || s.clues.forwarded != table[i].forwarded || s.clues.tag != table[i].tag)
            fail_msg("%s: reply %d forwarded %d tag %d", table[i].subject, s.clues.reply_subject, s.clues.forwarded, (int)s.clues.tag);
        assert_text(s.clues.bare_subject, table[i].bare);
        arena_free(&s.arena);
    }
}

static void references_are_newest_first_and_once(void **state)
{
    (void)state;
    struct scene s = scene_of("x");
    struct str ids[] = {STR("a@x"), STR("b@x"), STR("c@x")};
    s.message.references = (struct str_list){ids, 3};
    s.message.in_reply_to = fixture_list(s.arena, "b@x");
    place_clues(s.arena, fixture_desk(), fixture_keys(), &s.message, &s.clues);
    assert_int_equal(s.clues.ids.count, 3);
    assert_text(s.clues.ids.list[0], "b@x");
    assert_text(s.clues.ids.list[1], "c@x");
    assert_text(s.clues.ids.list[2], "a@x");
    s.message.kind = MESSAGE_BOUNCE;
    s.message.report.original_id = STR("ours@contoso.example");
    place_clues(s.arena, fixture_desk(), fixture_keys(), &s.message, &s.clues);
    assert_text(s.clues.ids.list[0], "ours@contoso.example");
    arena_free(&s.arena);
}

/* One candidate by reference or tag, and what becomes of the mail. */
static void evidence_and_doubt(void **state)
{
    (void)state;
    static const struct {
        const char *subject, *by;
        bool party;
        int closed_days; /* -1: open */
        enum message_kind kind;
        enum placed placed;
        int64_t ticket, linked;
        bool reopens;
    } table[] = {
        {"Re: VPN gateway is down", "reference", true, -1, MESSAGE_PERSON, PLACED_APPENDED, 1042, 0, false},
        {"Re: VPN gateway is down", "reference", false, -1, MESSAGE_PERSON, PLACED_PROPOSED, 1042, 0, false},
        {"Re: [INC-1042] VPN gateway is down", "tag", true, -1, MESSAGE_PERSON, PLACED_APPENDED, 1042, 0, false},
        {"Re: [INC-1042] VPN gateway is down", "tag", false, -1, MESSAGE_PERSON, PLACED_PROPOSED, 1042, 0, false},
        {"Re: VPN gateway is down", "reference", true, 3, MESSAGE_PERSON, PLACED_APPENDED, 1042, 0, true},
        {"Re: VPN gateway is down", "reference", true, 20, MESSAGE_PERSON, PLACED_NEW, 0, 1042, false},
        {"Re: VPN gateway is down", "reference", false, 3, MESSAGE_PERSON, PLACED_PROPOSED, 1042, 0, false},
        {"Fwd: VPN gateway is down", "reference", true, -1, MESSAGE_PERSON, PLACED_NEW, 0, 1042, false},
        {"Invoice 77 is wrong", "reference", true, -1, MESSAGE_PERSON, PLACED_NEW, 0, 1042, false},
        {"[INC-1042] Invoice 77 is wrong", "reference", true, -1, MESSAGE_PERSON, PLACED_APPENDED, 1042, 0, false},
        {"The gateway again", "reference", true, -1, MESSAGE_PERSON, PLACED_APPENDED, 1042, 0, false},
        {"", "reference", true, -1, MESSAGE_PERSON, PLACED_APPENDED, 1042, 0, false},
        {"Automatic: out of office", "reference", true, 3, MESSAGE_AUTOMATIC, PLACED_APPENDED, 1042, 0, false},
        {"Automatic: out of office", "reference", true, 30, MESSAGE_AUTOMATIC, PLACED_APPENDED, 1042, 0, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct scene s = scene_of(table[i].subject);
        struct candidate c = candidate(table[i].by, "x@contoso.example", table[i].party);
        c.closed = table[i].closed_days >= 0;
        c.closed_at = NOW - table[i].closed_days * CLOCK_DAY;
        s.message.kind = table[i].kind;
        decide(&s, &c, 1, false);
        if (s.placement.placed != table[i].placed || s.placement.ticket != table[i].ticket || s.placement.linked != table[i].linked ||
            s.placement.reopens != table[i].reopens)
            fail_msg("row %d (%s): placed %d ticket %d linked %d: %s", (int)i, table[i].subject, (int)s.placement.placed, (int)s.placement.ticket,
                     (int)s.placement.linked, s.placement.why.p);
        assert_text(s.placement.evidence, table[i].by);
        arena_free(&s.arena);
    }
}

static void a_customers_token_joins_an_agents_does_not(void **state)
{
    (void)state;
    struct scene s = scene_of("Something else entirely");
    struct candidate c = candidate("token", "1042", false);
    s.message.to = fixture_addresses(s.arena, "", arena_printf(s.arena, "support+%s@contoso.example", token_for(s.arena, TOKEN_CUSTOMER, 1042)).p);
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_APPENDED);
    assert_text(s.placement.evidence, "token");

    /* The same proof in a Message-ID of an old thread: the subject is doubted. */
    s.message.to = fixture_addresses(s.arena, "", "support@contoso.example");
    s.message.references = fixture_list(s.arena, arena_printf(s.arena, "%s.5@contoso.example", token_for(s.arena, TOKEN_CUSTOMER, 1042)).p);
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_NEW);
    assert_int_equal(s.placement.linked, 1042);

    s.message.references = (struct str_list){0};
    s.message.to = fixture_addresses(s.arena, "", arena_printf(s.arena, "support+%s@contoso.example", token_for(s.arena, TOKEN_AGENT, 1042)).p);
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_PROPOSED);
    s.sender.agent = STR("alice");
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_PROPOSED);
    s.sender.proven = true;
    s.sender.token_ticket = 7; /* his token is another ticket's */
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_PROPOSED);
    s.sender.token_ticket = 1042;
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_APPENDED);
    arena_free(&s.arena);
}

static void the_first_that_may_join_wins(void **state)
{
    (void)state;
    struct scene s = scene_of("Re: VPN gateway is down");
    struct candidate list[] = {candidate("reference", "a@x", false), candidate("reference", "b@x", true)};
    list[0].ticket = 7;
    decide(&s, list, 2, false);
    assert_int_equal(s.placement.placed, PLACED_APPENDED);
    assert_int_equal(s.placement.ticket, 1042);
    list[1].is_party = false;
    decide(&s, list, 2, false);
    assert_int_equal(s.placement.placed, PLACED_PROPOSED);
    assert_int_equal(s.placement.ticket, 7);
    arena_free(&s.arena);
}

static void machines(void **state)
{
    (void)state;
    struct scene s = scene_of("Undelivered Mail");
    struct candidate c = candidate("reference", "t.9@contoso.example", false);
    decide(&s, NULL, 0, true);
    assert_int_equal(s.placement.placed, PLACED_DUPLICATE);
    assert_int_equal(s.placement.ticket, 12);
    s.message.kind = MESSAGE_OWN;
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_OWN);

    s.message.kind = MESSAGE_BOUNCE;
    decide(&s, &c, 1, false); /* somebody else's letter: forged or lost */
    assert_int_equal(s.placement.placed, PLACED_REPORT);
    assert_int_equal(s.placement.ticket, 0);
    c.letter = 9;
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_REPORT);
    assert_int_equal(s.placement.ticket, 1042);
    assert_int_equal(s.placement.letter, 9);

    s.message.kind = MESSAGE_AUTOMATIC;
    decide(&s, NULL, 0, false); /* a monitoring system writes so */
    assert_int_equal(s.placement.placed, PLACED_NEW);
    fixture_header(s.arena, &s.message, "Auto-Submitted", "auto-replied (vacation)");
    decide(&s, NULL, 0, false);
    assert_int_equal(s.placement.placed, PLACED_ASIDE);
    c.letter = 0;
    decide(&s, &c, 1, false); /* a stranger's machine */
    assert_int_equal(s.placement.placed, PLACED_ASIDE);
    s.message.kind = MESSAGE_RECEIPT;
    decide(&s, NULL, 0, false);
    assert_int_equal(s.placement.placed, PLACED_ASIDE);
    s.message.kind = MESSAGE_PERSON;
    decide(&s, NULL, 0, false);
    assert_int_equal(s.placement.placed, PLACED_NEW);
    assert_int_equal(s.placement.linked, 0);
    assert_text(s.placement.evidence, "none");
    arena_free(&s.arena);
}

static void subjects_without_blanks_are_compared_by_pairs(void **state)
{
    (void)state;
    struct scene s = scene_of("Re: 請求書について");
    struct candidate c = candidate("reference", "x@y", true);
    c.bare_subject = STR("請求書の件");
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_APPENDED);
    c.bare_subject = STR("RE: [INC-1042] 請求書の件");
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_APPENDED);
    c.bare_subject = STR("回線障害の報告");
    decide(&s, &c, 1, false);
    assert_int_equal(s.placement.placed, PLACED_NEW);
    arena_free(&s.arena);
}

static void small_names(void **state)
{
    (void)state;
    uint8_t n = 9;
    assert_int_equal(severity_letter(0), 'A');
    assert_int_equal(severity_letter(200), 'D');
    assert_true(severity_of(STR("d"), &n));
    assert_int_equal(n, 3);
    assert_false(severity_of(STR("E"), &n));
    assert_false(severity_of(STR("AB"), &n));
    assert_false(severity_of(STR(""), &n));
    assert_true(level_of(STR("High"), &n));
    assert_int_equal(n, 0);
    assert_false(level_of(STR("huge"), &n));
    assert_string_equal(level_name(2), "low");
    assert_true(desk_owns(fixture_desk(), STR("help@contoso.example")));
    assert_true(desk_owns(fixture_desk(), STR("support+x-1@contoso.example")));
    assert_false(desk_owns(fixture_desk(), STR("support@fabrikam.example")));
    assert_null(desk_queue(fixture_desk(), STR("none")));
    assert_string_equal(outcome_name(OUTCOME_QUARANTINED), "quarantined");
    for (int i = 0; i < OUTCOMES; i++)
        assert_non_null(outcome_name((enum outcome)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_in_the_languages_of_the_world),
        cmocka_unit_test(references_are_newest_first_and_once),
        cmocka_unit_test(evidence_and_doubt),
        cmocka_unit_test(a_customers_token_joins_an_agents_does_not),
        cmocka_unit_test(the_first_that_may_join_wins),
        cmocka_unit_test(machines),
        cmocka_unit_test(subjects_without_blanks_are_compared_by_pairs),
        cmocka_unit_test(small_names),
    };
    return cmocka_run_group_tests_name("desk_place", tests, NULL, NULL);
}
