/* part, leak, reply, notify: who may act, what must not leave, and what the two sides of a ticket get to read. */
#include "desk_fixture.h"

#include "base/clock.h"
#include "desk/authority.h"
#include "desk/leak.h"
#include "desk/notify.h"
#include "desk/part.h"
#include "desk/reply.h"

#define NOW INT64_C(1790000000000)

static void assert_lacks(struct str text, const char *part)
{
    if (str_ifind(text, str_of(part)) >= 0)
        fail_msg("\"%s\" stands in: %.*s", part, STR_ARG(text));
}

/* ---- parts ---- */

struct stage {
    struct message message;
    struct order order;
    struct clues clues;
    struct sender sender;
    struct placement placement;
    struct token token;
};

static void decide(struct arena *arena, struct stage *s)
{
    part_decide(arena, &s->message, &s->order, &s->clues, &s->sender, &s->placement);
}

static void with_token(struct stage *s, enum token_purpose purpose)
{
    s->token = (struct token){.purpose = purpose, .ticket = 7, .party = 1, .epoch = 1};
    s->clues.tokens = &s->token;
    s->clues.token_count = 1;
}

static void who_plays_which_part(void **state)
{
    (void)state;
    static struct order_command close = {.line = {"#close", 6}};
    static const struct {
        const char *agent;
        bool proven, standing, command, forward, token;
        enum placed placed;
        int64_t ticket, linked;
        enum part part;
        enum placed becomes;
        int64_t about;
    } table[] = {
        /* customers are customers whatever they write */
        {"", false, false, true, true, false, PLACED_NEW, 0, 0, PART_CUSTOMER, PLACED_NEW, 0},
        {"", true, false, true, false, false, PLACED_APPENDED, 7, 0, PART_CUSTOMER, PLACED_APPENDED, 7},
        {"", true, false, false, false, true, PLACED_PROPOSED, 7, 0, PART_CUSTOMER, PLACED_PROPOSED, 7},
        /* an agent with his token */
        {"alice", true, false, true, false, true, PLACED_APPENDED, 7, 0, PART_AGENT, PLACED_ACTED, 7},
        {"alice", true, false, false, false, true, PLACED_APPENDED, 7, 0, PART_AGENT, PLACED_ACTED, 7},
        {"alice", true, false, false, false, true, PLACED_NEW, 0, 7, PART_AGENT, PLACED_ACTED, 7}, /* closed for long */
        /* the same without his proof */
        {"alice", false, false, true, false, true, PLACED_PROPOSED, 7, 0, PART_HELD, PLACED_HELD, 7},
        {"alice", false, false, false, false, true, PLACED_PROPOSED, 7, 0, PART_HELD, PLACED_HELD, 7},
        {"alice", false, false, true, false, false, PLACED_NEW, 0, 0, PART_HELD, PLACED_NEW, 0},
        {"alice", false, false, false, true, false, PLACED_NEW, 0, 0, PART_HELD, PLACED_NEW, 0},
        {"alice", false, false, false, false, false, PLACED_NEW, 0, 0, PART_CUSTOMER, PLACED_NEW, 0},
        /* proven by the mail itself, without a ticket's token */
        {"alice", false, true, false, true, false, PLACED_NEW, 0, 0, PART_ON_BEHALF, PLACED_NEW, 0},
        {"alice", false, true, true, false, false, PLACED_NEW, 0, 0, PART_ASKING, PLACED_ASKED, 0},
        {"alice", false, true, true, false, false, PLACED_PROPOSED, 9, 0, PART_ASKING, PLACED_HELD, 9},
        {"alice", false, true, false, false, false, PLACED_PROPOSED, 9, 0, PART_HELD, PLACED_HELD, 9},
        {"alice", false, true, false, false, false, PLACED_NEW, 0, 0, PART_CUSTOMER, PLACED_NEW, 0},
        /* what is nobody's order */
        {"alice", true, true, true, false, true, PLACED_DUPLICATE, 7, 0, PART_CUSTOMER, PLACED_DUPLICATE, 7},
        {"alice", true, true, true, false, true, PLACED_OWN, 0, 0, PART_CUSTOMER, PLACED_OWN, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct arena *arena = arena_new();
        struct stage s = {.message = fixture_message(STR("x"), STR("y")),
                          .sender = {.agent = str_of(table[i].agent), .proven = table[i].proven, .standing = table[i].standing, .token_ticket = table[i].token ? 7 : 0},
                          .placement = {.placed = table[i].placed, .ticket = table[i].ticket, .linked = table[i].linked}};
        s.order = (struct order){.commands = &close, .command_count = table[i].command};
        s.message.forwarded.is = table[i].forward;
        if (table[i].token)
            with_token(&s, TOKEN_AGENT);
        decide(arena, &s);
        if (s.sender.part != table[i].part || s.placement.placed != table[i].becomes || s.placement.ticket != table[i].about)
            fail_msg("row %zu: part %d, placed %d, ticket %lld", i, (int)s.sender.part, (int)s.placement.placed, (long long)s.placement.ticket);
        arena_free(&arena);
    }
}

static void a_machines_mail_gives_no_orders(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct stage s = {.message = fixture_message(STR("Automatic reply"), STR("#close")),
                      .sender = {.agent = STR("alice"), .proven = true, .token_ticket = 7},
                      .placement = {.placed = PLACED_APPENDED, .ticket = 7}};
    s.message.kind = MESSAGE_AUTOMATIC;
    decide(arena, &s);
    assert_int_equal(s.sender.part, PART_CUSTOMER);
    assert_int_equal(s.placement.placed, PLACED_APPENDED);
    arena_free(&arena);
}

/* ---- proofs ---- */

static const struct agent_settings *agent_named(const char *name)
{
    return desk_agent(fixture_desk(), str_of(name));
}

static void an_agents_token_serves_him_alone(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("x"), STR("y"));
    struct sender sender;
    struct token token = {.purpose = TOKEN_AGENT, .ticket = 7, .party = authority_agent_party(STR("alice")), .epoch = 1};
    m.from = fixture_addresses(arena, "", "alice@contoso.example");
    authority_sender(arena, fixture_desk(), &m, &token, 1, &sender);
    assert_true(sender.proven);
    assert_int_equal(sender.token_ticket, 7);
    assert_false(sender.standing);

    m.from = fixture_addresses(arena, "", "bob@contoso.example"); /* another agent, who asks for DMARC besides */
    authority_sender(arena, fixture_desk(), &m, &token, 1, &sender);
    assert_false(sender.proven);
    assert_int_equal(sender.token_ticket, 0);

    m.from = fixture_addresses(arena, "", "eve@evil.example");
    authority_sender(arena, fixture_desk(), &m, &token, 1, &sender);
    assert_false(sender.proven);
    assert_text(sender.claimed, "alice");
    assert_int_equal(sender.agent.n, 0);

    token.purpose = TOKEN_CUSTOMER; /* what customers hold gives no agent anything */
    m.from = fixture_addresses(arena, "", "alice@contoso.example");
    authority_sender(arena, fixture_desk(), &m, &token, 1, &sender);
    assert_false(sender.proven);
    assert_false(sender.standing);

    token.purpose = TOKEN_STANDING;
    token.ticket = 0;
    authority_sender(arena, fixture_desk(), &m, &token, 1, &sender);
    assert_false(sender.proven);
    assert_true(sender.standing);
    arena_free(&arena);
}

/* ---- the leak guard ---- */

static struct leak_facts facts_with_note(struct arena *arena, const char *note)
{
    struct str *list = arena_array(arena, 1, sizeof *list);
    list[0] = str_of(note);
    return (struct leak_facts){.ticket = 7, .notes = {list, 1}};
}

static void what_must_not_leave(void **state)
{
    (void)state;
    static const char note[] = "The customer is late with his invoices since March.\nshort line\nDo not tell him about the outage in Bremen yet.";
    static const struct {
        const char *text, *found;
    } table[] = {
        {"We have replaced the gateway.", ""},
        {"Hello\n> The customer is late with his invoices since March.\n", "internal note"},
        {"> > the  CUSTOMER is late with\xc2\xa0his invoices since March.", "internal note"},
        {"do not tell him about the outage in bremen yet", ""}, /* without its full stop it is another line */
        {"Do not tell him about the\noutage in Bremen yet.", "internal note"},
        {"short line", ""},
        {"As in INC-8 we restart it.", "another ticket, INC-8"},
        {"As in inc-8.", "another ticket"},
        {"This is INC-7.", ""},
        {"The WINC-8 device and INC-x", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct arena *arena = arena_new();
        struct leak_facts facts = facts_with_note(arena, note);
        struct str found = leak_check(arena, fixture_desk(), &facts, str_of(table[i].text));
        if (table[i].found[0] == '\0' ? found.n > 0 : str_find(found, str_of(table[i].found)) < 0)
            fail_msg("%s: \"%.*s\"", table[i].text, STR_ARG(found));
        arena_free(&arena);
    }
}

static void a_short_note_is_guarded_as_a_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct leak_facts facts = facts_with_note(arena, "he never pays");
    assert_holds(leak_check(arena, fixture_desk(), &facts, STR("On Monday alice wrote:\n> He never pays\n")), "internal note");
    assert_int_equal(leak_check(arena, fixture_desk(), &facts, STR("He pays.")).n, 0);
    arena_free(&arena);
}

static void what_the_customer_said_is_no_secret(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str said = STR("It is the same as in INC-8, I believe.");
    struct leak_facts facts = {.ticket = 7, .said = {&said, 1}};
    assert_int_equal(leak_check(arena, fixture_desk(), &facts, STR("Yes, INC-8 is the same.")).n, 0);
    struct str foreign = STR("kim@other.example");
    facts.foreign = (struct str_list){&foreign, 1};
    assert_holds(leak_check(arena, fixture_desk(), &facts, STR("Ask kim@other.example.")), "kim@other.example, who is not on this ticket");
    facts = (struct leak_facts){.ticket = 7, .many = true};
    assert_holds(leak_check(arena, fixture_desk(), &facts, STR("x")), "more addresses");
    arena_free(&arena);
}

static void files_are_looked_at_too(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct leak_facts facts = facts_with_note(arena, "The customer is late with his invoices since March.");
    static const struct {
        const char *type, *octets, *found;
    } table[] = {
        {"text/plain", "as he said", ""},
        {"text/plain", "x\nThe customer is late with his invoices since March.\n", "internal note"},
        {"text/csv", "who;alice@contoso.example", "it names alice@contoso.example"},
        {"message/rfc822", "Received: from somewhere\r\n\r\nx", "shows the way it came"},
        {"application/pdf", "%PDF alice@contoso.example", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct carried_file file = {.name = STR("a"), .type = str_of(table[i].type), .octets = str_of(table[i].octets)};
        struct str found = leak_file(arena, fixture_desk(), &facts, &file);
        if (table[i].found[0] == '\0' ? found.n > 0 : str_find(found, str_of(table[i].found)) < 0)
            fail_msg("%s: \"%.*s\"", table[i].octets, STR_ARG(found));
    }
    arena_free(&arena);
}

static void addresses_of_a_text(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str_list found;
    bool many = false;
    leak_addresses(arena, STR("Write to <Kim@Other.example>, 'jo@fabrikam.example'. mailto:a+b@c.example? @ x@ @y kim@other.example."), &found, &many);
    assert_int_equal(found.count, 3);
    assert_text(found.list[0], "kim@other.example");
    assert_text(found.list[1], "jo@fabrikam.example");
    assert_text(found.list[2], "a+b@c.example");
    assert_false(many);
    struct buf crowd = {0};
    for (int i = 0; i < 300; i++)
        buf_printf(&crowd, "u%d@x.example ", i);
    leak_addresses(arena, buf_view(&crowd), &found, &many);
    assert_true(many);
    buf_free(&crowd);
    arena_free(&arena);
}

/* ---- answers ---- */

static const char *token_of(struct arena *arena, enum token_purpose purpose, int64_t ticket, int64_t party)
{
    char *out = arena_alloc(arena, TOKEN_TEXT_MAX);
    token_write(fixture_keys(), &(struct token){.purpose = purpose, .ticket = ticket, .party = party}, out);
    return out;
}

static void an_agents_world_is_taken_out(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const char *token = token_of(arena, TOKEN_AGENT, 7, authority_agent_party(STR("alice")));
    struct str dirty = arena_printf(arena, "Hello,\nplease write to Alice@Contoso.example or support+%s@contoso.example (ref:%s).\nBut malice@contoso.example and alice@contoso.example.org are others.\n%s",
                                    token, token, token);
    struct str clean = reply_clean(arena, fixture_desk(), dirty);
    assert_lacks(clean, token);
    assert_lacks(clean, "ref:");
    assert_holds(clean, "write to support@contoso.example or support@contoso.example ().");
    assert_holds(clean, "malice@contoso.example");
    assert_int_equal(str_find(clean, STR("alice@contoso.example or")), -1);
    assert_text(reply_clean(arena, fixture_desk(), STR("1-2-3-4 and 2026-11-26 10-c3")), "1-2-3-4 and 2026-11-26 10-c3");
    arena_free(&arena);
}

static struct reply_facts facts_of_reply(void)
{
    return (struct reply_facts){.ticket = 7,
                                .party = 3,
                                .letter = 12,
                                .now = NOW,
                                .to = {STR("Jo Meier"), STR("jo@fabrikam.example")},
                                .subject = STR("AW: [INC-7] Printer jams"),
                                .language = STR("en"),
                                .answered = STR("two@fabrikam.example"),
                                .references = STR("<one@fabrikam.example> <bad id> <ack.1@contoso.example>")};
}

static void a_customer_reads_the_desk_alone(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct reply_facts facts = facts_of_reply();
    struct letter letter = {0};
    struct err err = {0};
    static const struct carried nothing;
    facts.cc = fixture_addresses(arena, "Kim", "kim@fabrikam.example");
    assert_true(reply_compose(arena, fixture_desk(), fixture_keys(), agent_named("alice"), &facts, STR("Turn it off and on."), STR(""), &nothing, &letter, &err));
    assert_text(letter.kind, "reply");
    assert_int_equal(letter.recipient_count, 2); /* who is in Cc gets it, too */
    assert_text(letter.recipients[1], "kim@fabrikam.example");
    assert_holds(letter.from, "support+7-c3-");
    struct message m = {0};
    message_read(arena, letter.octets, &(struct message_context){0}, &m);
    assert_text(m.from.list[0].addr, "support@contoso.example");
    assert_text(m.subject, "Re: [INC-7] Printer jams");
    assert_holds(m.text, "Turn it off and on.");
    assert_text(m.in_reply_to.list[0], "two@fabrikam.example");
    assert_int_equal(m.references.count, 3);
    assert_holds(m.message_id, "7-c3-");
    assert_null(message_header(&m, STR("Auto-Submitted"))); /* a person wrote it */
    assert_lacks(letter.octets, "alice@");
    assert_lacks(letter.octets, "-a1");
    arena_free(&arena);
}

static void an_agent_reads_what_he_needs(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct notify_letter to = {fixture_desk(), fixture_keys(), agent_named("alice"), 31, NOW};
    struct str cc = STR("boss@fabrikam.example"), field = STR("gateway de-7");
    const char *customers = token_of(arena, TOKEN_CUSTOMER, 7, 3);
    struct notify_said said = {STR("Note by bob"), STR("2026-11-26 10:00 CET"), arena_printf(arena, "He is on the telephone.\nAgain.\nref:%s", customers)};
    struct notify_ticket ticket = {.id = 7, .subject = STR("Printer jams"), .state = STR("open"), .severity = STR("B"), .queue = STR("network"),
                                   .requester = {STR("Jo"), STR("jo@fabrikam.example")}, .suggested = {&cc, 1}, .fields = {&field, 1}, .history = &said, .history_count = 1};
    struct notify_news news = {.what = STR("Answer"), .author = {STR("Jo"), STR("jo@fabrikam.example")}, .proof = STR("DMARC pass"), .text = STR("Still jammed.")};
    struct letter letter = {0};
    struct err err = {0};
    assert_true(notify_news(arena, &to, &ticket, &news, &letter, &err));
    assert_text(letter.recipients[0], "alice@contoso.example");
    struct message m = {0};
    message_read(arena, letter.octets, &(struct message_context){0}, &m);
    const char *token = token_of(arena, TOKEN_AGENT, 7, authority_agent_party(STR("alice")));
    assert_text(m.subject, "[INC-7] Printer jams");
    assert_holds(m.reply_to.list[0].addr, token);
    assert_holds(m.message_id, token);
    assert_holds(m.text, token);
    assert_holds(letter.from, token);
    assert_true(str_find(m.text, STR("Still jammed.")) < str_find(m.text, STR("Requester")));
    assert_holds(m.text, "#cc +boss@fabrikam.example");
    assert_holds(m.text, "> Again.");
    assert_lacks(m.text, customers); /* what proves a customer is not for agents to pass on */
    assert_holds(message_header(&m, STR("Auto-Submitted"))->value, "auto-generated");
    assert_false(m.answerable);
    arena_free(&arena);
}

static void a_notice_repeats_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct notify_letter to = {fixture_desk(), fixture_keys(), agent_named("alice"), 31, NOW};
    struct message m = fixture_message(STR("Buy my pills"), STR("#close\nBuy my pills"));
    struct letter letter = {0};
    struct err err = {0};
    m.message_id = STR("x@evil.example");
    assert_true(notify_notice(arena, &to, &m, 7, STR("no token of agent alice"), &letter, &err));
    assert_text(letter.kind, "notice");
    assert_int_equal(letter.from.n, 0);
    assert_lacks(letter.octets, "pills");
    assert_holds(letter.octets, "no token of agent alice");
    arena_free(&arena);
}

int main(void)
{
    message_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_plays_which_part),
        cmocka_unit_test(a_machines_mail_gives_no_orders),
        cmocka_unit_test(an_agents_token_serves_him_alone),
        cmocka_unit_test(what_must_not_leave),
        cmocka_unit_test(a_short_note_is_guarded_as_a_whole),
        cmocka_unit_test(what_the_customer_said_is_no_secret),
        cmocka_unit_test(files_are_looked_at_too),
        cmocka_unit_test(addresses_of_a_text),
        cmocka_unit_test(an_agents_world_is_taken_out),
        cmocka_unit_test(a_customer_reads_the_desk_alone),
        cmocka_unit_test(an_agent_reads_what_he_needs),
        cmocka_unit_test(a_notice_repeats_nothing),
    };
    return cmocka_run_group_tests_name("desk_conversation", tests, NULL, NULL);
}
