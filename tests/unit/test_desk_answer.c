/* answer: each reason to send nothing, and the letter itself: what is in it, and what never is. */
#include "desk_fixture.h"

#include "desk/answer.h"

#include "base/buf.h"

#include <string.h>

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define NOW INT64_C(1795000000000)

struct scene {
    struct arena *arena;
    struct raw raw;
    struct message message;
    struct sender sender;
    struct placement placement;
    struct answer_spent spent;
    struct verdict verdict;
    bool breaker;
};

static struct scene ready(void)
{
    struct scene s = {.arena = arena_new(),
                      .message = fixture_message(STR("VPN gateway de-7 ist gestört"), STR("Secret words of mine")),
                      .sender = {.address = STR("jo@contoso.example"), .name = STR("Jo Meier"), .proven = true},
                      .placement = {.placed = PLACED_NEW},
                      .verdict = {.queue = STR("network"), .template = STR("ack"), .kind = STR("incident")}};
    return s;
}

static void decide(struct scene *s)
{
    answer_decide(s->arena, fixture_desk(), &s->raw, &s->message, &s->sender, &s->placement, &s->spent, &s->verdict, &s->breaker);
}

static void silent(struct scene *s, const char *why)
{
    decide(s);
    assert_false(s->verdict.answer);
    assert_holds(s->verdict.answer_why, why);
    arena_free(&s->arena);
}

static void a_new_ticket_is_answered(void **state)
{
    (void)state;
    struct scene s = ready();
    s.message.language = STR("de");
    decide(&s);
    assert_true(s.verdict.answer);
    assert_text(s.verdict.answer_why, "new ticket");
    assert_text(s.verdict.language, "de");
    assert_false(s.breaker);
    s.message.language = STR("ja");
    s.placement.placed = PLACED_PROPOSED;
    decide(&s);
    assert_true(s.verdict.answer);
    assert_text(s.verdict.language, "en");
    arena_free(&s.arena);
}

static void each_reason_for_silence(void **state)
{
    (void)state;
    struct scene s = ready();
    s.placement.placed = PLACED_APPENDED;
    silent(&s, "not a new ticket");
    s = ready();
    s.placement.placed = PLACED_REPORT;
    silent(&s, "no ticket was opened");
    s = ready();
    s.raw.backfill = true;
    silent(&s, "backfill");
    s = ready();
    s.message.answerable = false;
    s.message.unanswerable_why = STR("Auto-Submitted: auto-replied");
    silent(&s, "automatic: Auto-Submitted: auto-replied");
    s = ready();
    s.sender.address = STR("support+1@contoso.example");
    silent(&s, "our own");
    s = ready();
    s.sender.address = STR("");
    s.sender.proof = STR("more than one From address");
    silent(&s, "more than one From address");
    s = ready();
    s.sender.address = STR("a@b@c d");
    silent(&s, "cannot be written to");
    struct value no_ack = {.field = STR("no-ack"), .text = STR("yes"), .rule = STR("quiet")};
    s = ready();
    s.verdict.values = &no_ack;
    s.verdict.value_count = 1;
    silent(&s, "rule quiet says no-ack");
    s = ready();
    s.verdict.hold = true;
    s.verdict.set_aside_why = STR("rule scam");
    silent(&s, "held by rule scam");
    s = ready();
    s.verdict.ignore = true;
    silent(&s, "ignored");
    s = ready();
    s.verdict.queue = STR("billing");
    silent(&s, "queue billing does not acknowledge");
    s = ready();
    s.spent.suppressed = true;
    silent(&s, "suppressed");
    s = ready();
    s.spent.recipient[0] = 2;
    silent(&s, "budget: 2 automatic mails to the recipient within 1 h");
    s = ready();
    s.spent.recipient[1] = 10;
    silent(&s, "budget: 10 automatic mails to the recipient within 1 d");
    s = ready();
    s.spent.domain[0] = 20;
    silent(&s, "to the domain");
    s = ready();
    s.spent.all = 30;
    silent(&s, "the global breaker is open: 30 automatic mails within 15 min");
    assert_true(s.breaker);
}

static struct template_set templates(void)
{
    static struct template list[] = {
        {.name = TEXT("ack"),
         .language = TEXT("en"),
         .subject = TEXT("[{ticket}] {?subject}{subject}{/}{!subject}your message{/}"),
         .text = TEXT("Dear {name},\n{severity} {severity_name}: {reason} {queue}\n{due}\n{phone}\n{desk} {field.site}\n")},
        {.name = TEXT("ack"),
         .language = TEXT("de"),
         .subject = TEXT("[{ticket}]"),
         .marker = TEXT("Bitte oberhalb antworten"),
         .text = TEXT("Hallo {name} ö\n")},
    };
    return (struct template_set){list, 2};
}

static struct letter composed(struct scene *s)
{
    struct template_set set = templates();
    struct answer_facts facts = {.ticket = 1042, .party = 7, .letter = 55, .now = NOW, .opened = NOW - 1000, .due_text = STR("2026-11-23 14:48 CET")};
    struct letter letter = {0};
    struct err err = {0};
    decide(s);
    if (!answer_compose(s->arena, fixture_desk(), &set, fixture_keys(), &s->message, &s->sender, &s->verdict, &facts, &letter, &err))
        fail_msg("%s", err.text);
    return letter;
}

static void lacks(struct str octets, const char *part)
{
    if (str_ifind(octets, str_of(part)) >= 0)
        fail_msg("%s in:\n%.*s", part, STR_ARG(octets));
}

static void the_letter_of_a_proven_customer(void **state)
{
    (void)state;
    struct scene s = ready();
    struct value values[] = {{.field = STR("severity"), .text = STR("A"), .because = STR("matrix impact high × urgency high")},
                             {.field = STR("field.site"), .text = STR("berlin")}};
    struct token t;
    struct str token, rest;
    s.message.from.list = &(struct address){STR("Jo Meier"), STR("Jo@contoso.example")};
    s.message.references = fixture_list(s.arena, "zero@contoso.example");
    s.message.subject = STR("gateway down");
    s.verdict.values = values;
    s.verdict.value_count = 2;
    struct letter letter = composed(&s);
    assert_int_equal(letter.id, 55);
    assert_int_equal(letter.ticket, 1042);
    assert_int_equal(letter.from.n, 0);
    assert_text(letter.kind, "ack");
    assert_int_equal(letter.recipient_count, 1);
    assert_text(letter.recipients[0], "Jo@contoso.example");
    assert_int_equal(letter.created, NOW);
    assert_holds(letter.octets, "Subject: [INC-1042] gateway down\r\n");
    assert_holds(letter.octets, "Auto-Submitted: auto-replied\r\n");
    assert_holds(letter.octets, "X-Auto-Response-Suppress: All\r\n");
    assert_holds(letter.octets, "Precedence: bulk\r\n");
    assert_holds(letter.octets, "X-Triaged-Loop: support@contoso.example\r\n");
    assert_holds(letter.octets, "In-Reply-To: <one@contoso.example>\r\n");
    assert_holds(letter.octets, "<zero@contoso.example>");
    assert_holds(letter.octets, "Jo Meier");
    assert_holds(letter.octets, "Critical");
    assert_holds(letter.octets, "+49 30 555 0100");
    assert_holds(letter.octets, "berlin");
    assert_holds(letter.octets, "2026-11-23 14:48 CET");
    rest = letter.message_id;
    assert_true(str_cut(&rest, '.', &token));
    assert_text(rest, "55@contoso.example");
    assert_true(token_read(fixture_keys(), token, &t));
    assert_int_equal(t.ticket, 1042);
    assert_int_equal(t.party, 7);
    assert_int_equal(t.purpose, TOKEN_CUSTOMER);
    assert_holds(letter.octets, arena_printf(s.arena, "support+%.*s@contoso.example", STR_ARG(token)).p);
    /* Read again, the letter leads back to its ticket in all three ways. */
    struct message again = {0};
    struct message_context context = {0};
    struct str_list found;
    message_read(s.arena, letter.octets, &context, &again);
    assert_holds(again.text, arena_printf(s.arena, "##- Please reply above this line -## ref:%.*s", STR_ARG(token)).p);
    assert_holds(again.text, "impact high × urgency high");
    token_candidates(s.arena, &again, NULL, 0, &found);
    assert_int_equal(found.count, 1);
    assert_false(again.answerable);
    arena_free(&s.arena);
}

static void nothing_of_an_unproven_sender_is_echoed(void **state)
{
    (void)state;
    struct scene s = ready();
    struct value values[] = {{.field = STR("field.site"), .text = STR("evilfield"), .matched = STR("evilfield")}};
    s.sender.proven = false;
    s.sender.name = STR("Evil Name");
    s.message.from.list = &(struct address){STR("Evil Name"), STR("jo@contoso.example")};
    s.message.subject = STR("buy evilsubject");
    s.message.text = s.message.fresh = STR("eviltext");
    s.message.references = fixture_list(s.arena, "evilreference@x");
    s.message.message_id = STR("evil\r\nBcc: victim@x.example@y");
    s.verdict.values = values;
    s.verdict.value_count = 1;
    struct letter letter = composed(&s);
    lacks(letter.octets, "evil");
    lacks(letter.octets, "victim");
    assert_holds(letter.octets, "Subject: [INC-1042] your message\r\n");
    assert_holds(letter.octets, "To: jo@contoso.example\r\n");
    arena_free(&s.arena);
}

static void the_language_and_its_marker(void **state)
{
    (void)state;
    struct scene s = ready();
    s.message.language = STR("de");
    struct letter letter = composed(&s);
    assert_holds(letter.octets, "Content-Language: de\r\n");
    assert_holds(letter.octets, "##- Bitte oberhalb antworten -## ref:1042");
    arena_free(&s.arena);
}

static void without_template_or_key_it_is_the_operators_matter(void **state)
{
    (void)state;
    struct scene s = ready();
    struct template_set none = {0}, set = templates();
    struct token_keys no_keys = {.count = 0};
    struct answer_facts facts = {.ticket = 1, .party = 1, .letter = 1, .now = NOW};
    struct letter letter;
    struct err err = {0};
    decide(&s);
    assert_false(answer_compose(s.arena, fixture_desk(), &none, fixture_keys(), &s.message, &s.sender, &s.verdict, &facts, &letter, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    assert_holds(str_of(err.text), "there is no template ack");
    assert_false(answer_compose(s.arena, fixture_desk(), &set, &no_keys, &s.message, &s.sender, &s.verdict, &facts, &letter, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    arena_free(&s.arena);
}

static void the_alarm(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct letter letter;
    struct err err = {0};
    assert_true(answer_alarm(arena, fixture_desk(), STR("The breaker is open"), STR("30 answers in 15 minutes\n"), 9, NOW, &letter, &err));
    assert_text(letter.kind, "alarm");
    assert_text(letter.recipients[0], "postmaster@contoso.example");
    assert_holds(letter.octets, "Auto-Submitted: auto-generated\r\n");
    assert_holds(letter.octets, "Subject: The breaker is open\r\n");
    struct desk nobody = *fixture_desk();
    nobody.budget.operator_address = STR("");
    assert_false(answer_alarm(arena, &nobody, STR("x"), STR("y"), 9, NOW, &letter, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    arena_free(&arena);
}

int main(void)
{
    message_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_ticket_is_answered),
        cmocka_unit_test(each_reason_for_silence),
        cmocka_unit_test(the_letter_of_a_proven_customer),
        cmocka_unit_test(nothing_of_an_unproven_sender_is_echoed),
        cmocka_unit_test(the_language_and_its_marker),
        cmocka_unit_test(without_template_or_key_it_is_the_operators_matter),
        cmocka_unit_test(the_alarm),
    };
    return cmocka_run_group_tests_name("desk_answer", tests, NULL, NULL);
}
