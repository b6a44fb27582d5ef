/* authority: what proves a sender, and the many things that do not. */
#include "desk_fixture.h"

#include "desk/authority.h"

static void authentication_results(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool proven;
        const char *why;
    } table[] = {
        {"mx.contoso.example; dmarc=pass header.from=contoso.example", true, "DMARC pass for contoso.example"},
        {"MX.Contoso.Example 1; spf=fail smtp.mailfrom=x; dmarc=pass (p=reject dis=none) header.from=Contoso.example", true, "DMARC pass"},
        {"mx.contoso.example; dkim=pass header.d=contoso.example header.s=s1", true, "DKIM pass aligned"},
        {"mx.contoso.example; dkim=pass header.i=@contoso.example", true, "DKIM pass aligned"},
        {"mx.contoso.example; dkim=fail header.d=contoso.example; dkim=pass header.d=contoso.example", true, "DKIM pass aligned"},
        {"mx.contoso.example; dkim=pass header.d=evil.example", false, "neither"},
        {"mx.contoso.example; dkim=pass header.d=example", false, "neither"},
        {"mx.contoso.example; dkim=pass header.d=oso.example", false, "neither"},
        {"mx.contoso.example; spf=pass smtp.mailfrom=jo@contoso.example", false, "neither"},
        {"mx.contoso.example; dmarc=fail header.from=contoso.example; dkim=pass header.d=contoso.example", false, "DMARC fail"},
        {"mx.contoso.example; dmarc=pass header.from=evil.example", false, "DMARC"},
        {"mx.contoso.example; dmarc=fail; dmarc=pass header.from=contoso.example", false, "more than one DMARC result"},
        {"mx.contoso.example; spf=pass reason=\"; dmarc=pass \" smtp.mailfrom=x", false, "neither"},
        {"mx.contoso.example; spf=pass (; dmarc=pass header.from=contoso.example) smtp.mailfrom=x", false, "neither"},
        {"mx.contoso.example (a (nested; comment) here); dmarc=pass", true, "DMARC pass"},
        {"mx.contoso.example; dmarc=passed", false, "DMARC"},
        {"mx.contoso.example; none", false, "neither"},
        {"mx.contoso.example", false, "neither"},
        {"evil.example; dmarc=pass header.from=contoso.example", false, "not of a server we trust"},
        {"", false, "not of a server we trust"},
        {"; dmarc=pass", false, "not of a server we trust"},
        {"mx.contoso.example.evil.example; dmarc=pass", false, "not of a server we trust"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct arena *arena = arena_new();
        struct message m = fixture_message(STR("x"), STR("y"));
        struct authority a;
        fixture_header(arena, &m, "Authentication-Results", table[i].value);
        authority_dmarc(arena, fixture_desk(), &m, &a);
        if (a.proven != table[i].proven)
            fail_msg("wrong: %s (%s)", table[i].value, a.why.p);
        assert_holds(a.why, table[i].why);
        assert_true(a.proven == !str_eq(a.by, STR("none")));
        arena_free(&arena);
    }
}

static void only_the_topmost_counts(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("x"), STR("y"));
    struct authority a;
    authority_dmarc(arena, fixture_desk(), &m, &a);
    assert_false(a.proven);
    assert_text(a.why, "no Authentication-Results");
    fixture_header(arena, &m, "Authentication-Results", "mx.contoso.example; dmarc=fail");
    fixture_header(arena, &m, "Authentication-Results", "mx.contoso.example; dmarc=pass header.from=contoso.example");
    authority_dmarc(arena, fixture_desk(), &m, &a);
    assert_false(a.proven);
    arena_free(&arena);
}

/* Our own look counts where no server we trust has looked, and for the very From it was made for. */
static void own_look(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("x"), STR("y"));
    struct authority a;
    m.origin = (struct origin){.from = STR("contoso.example"), .count = 1, .checked = true, .why = STR("DKIM fail, d=contoso.example: altered")};
    authority_dmarc(arena, fixture_desk(), &m, &a);
    assert_false(a.proven);
    assert_text(a.why, "no Authentication-Results; DKIM fail, d=contoso.example: altered");
    m.origin.proven = true;
    m.origin.why = STR("DKIM pass");
    authority_dmarc(arena, fixture_desk(), &m, &a);
    assert_true(a.proven);
    assert_text(a.by, "dkim");
    m.origin.dmarc.found = true;
    authority_dmarc(arena, fixture_desk(), &m, &a);
    assert_text(a.by, "dmarc");
    m.origin.from = STR("evil.example");
    authority_dmarc(arena, fixture_desk(), &m, &a);
    assert_false(a.proven);
    m.origin.from = STR("contoso.example");
    fixture_header(arena, &m, "Authentication-Results", "mx.contoso.example; dmarc=fail header.from=contoso.example");
    authority_dmarc(arena, fixture_desk(), &m, &a);
    assert_false(a.proven);
    arena_free(&arena);
}

static void chains_closed_by_whom_we_trust(void **state)
{
    (void)state;
    static const struct {
        const char *value, *sealer, *passed;
        bool proven;
    } table[] = {
        {"mx.contoso.example; dmarc=fail header.from=contoso.example; arc=pass (i=1)", "lists.example", "contoso.example", true},
        {"mx.contoso.example; arc=pass", "lists.example", "contoso.example", true},
        {"mx.contoso.example; arc=fail", "lists.example", "contoso.example", false},
        {"mx.contoso.example; dmarc=fail header.from=contoso.example", "lists.example", "contoso.example", false},
        {"mx.contoso.example; arc=pass; arc=pass", "lists.example", "contoso.example", false},
        {"mx.contoso.example; arc=pass", "evil.example", "contoso.example", false},
        {"mx.contoso.example; arc=pass", "a.lists.example", "contoso.example", false},
        {"mx.contoso.example; arc=pass", "lists.example", "evil.example", false},
        {"mx.contoso.example; arc=pass", "lists.example", "", false},
        {"evil.example; arc=pass", "lists.example", "contoso.example", false},
    };
    struct str sealers[] = {STR("lists.example")};
    struct desk desk = *fixture_desk();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (size_t trusted = 0; trusted < 2; trusted++) {
            struct arena *arena = arena_new();
            struct message m = fixture_message(STR("x"), STR("y"));
            struct authority a;
            desk.arc_sealers = sealers;
            desk.arc_sealer_count = trusted;
            fixture_header(arena, &m, "Authentication-Results", table[i].value);
            m.arc = (struct arc){1, str_of(table[i].sealer), str_of(table[i].passed)};
            authority_dmarc(arena, &desk, &m, &a);
            if (a.proven != (table[i].proven && trusted == 1) || a.proven != str_eq(a.by, STR("arc")))
                fail_msg("row %zu: %.*s", i, STR_ARG(a.why));
            arena_free(&arena);
        }
}

static void two_from_prove_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("x"), STR("y"));
    struct sender s;
    fixture_header(arena, &m, "Authentication-Results", "mx.contoso.example; dmarc=pass header.from=contoso.example");
    authority_sender(arena, fixture_desk(), &m, NULL, 0, &s);
    assert_true(s.proven);
    assert_text(s.address, "jo@contoso.example");
    assert_text(s.name, "Jo Meier");
    m.defects = MESSAGE_TWO_FROM;
    authority_sender(arena, fixture_desk(), &m, NULL, 0, &s);
    assert_false(s.proven);
    assert_int_equal(s.address.n, 0);
    m.defects = 0;
    m.from.count = 0;
    authority_sender(arena, fixture_desk(), &m, NULL, 0, &s);
    assert_false(s.proven);
    assert_text(s.proof, "no From address");
    arena_free(&arena);
}

static void a_verified_signature_proves(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("x"), STR("y"));
    struct sender s;
    m.signature = (struct signature){PROTECTION_SMIME, false, STR("jo@contoso.example"), STR("S/MIME certificate not accepted: x")};
    authority_sender(arena, fixture_desk(), &m, NULL, 0, &s);
    assert_false(s.proven);
    assert_text(s.proof, "no Authentication-Results");
    m.signature = (struct signature){PROTECTION_SMIME, true, STR("jo@contoso.example"), STR("S/MIME signature of jo@contoso.example")};
    authority_sender(arena, fixture_desk(), &m, NULL, 0, &s);
    assert_true(s.proven);
    assert_text(s.proof, "S/MIME signature of jo@contoso.example");
    m.defects = MESSAGE_TWO_FROM;
    authority_sender(arena, fixture_desk(), &m, NULL, 0, &s);
    assert_false(s.proven);
    arena_free(&arena);
}

static void agents_need_their_own_token(void **state)
{
    (void)state;
    static const struct {
        const char *from, *of;
        enum token_purpose purpose;
        bool dmarc, proven;
    } table[] = {
        {"alice@contoso.example", "alice", TOKEN_AGENT, false, true},    {"Alice@Contoso.example", "alice", TOKEN_AGENT, false, true},
        {"alice@contoso.example", "bob", TOKEN_AGENT, true, false},      {"alice@contoso.example", "alice", TOKEN_CUSTOMER, true, false},
        {"alice@contoso.example", NULL, TOKEN_AGENT, true, false},       {"bob@contoso.example", "bob", TOKEN_AGENT, false, false},
        {"bob@contoso.example", "bob", TOKEN_AGENT, true, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct arena *arena = arena_new();
        struct message m = fixture_message(STR("x"), STR("y"));
        struct sender s;
        struct token t = {.purpose = table[i].purpose, .ticket = 1};
        m.from = fixture_addresses(arena, "A", table[i].from);
        if (table[i].of != NULL)
            t.party = authority_agent_party(str_of(table[i].of));
        if (table[i].dmarc)
            fixture_header(arena, &m, "Authentication-Results", "mx.contoso.example; dmarc=pass header.from=contoso.example");
        authority_sender(arena, fixture_desk(), &m, &t, table[i].of != NULL ? 1 : 0, &s);
        if (s.proven != table[i].proven || s.agent.n == 0)
            fail_msg("row %d: %s", (int)i, s.proof.p);
        arena_free(&arena);
    }
    /* A stranger with an agent's token is nobody's agent. */
    struct arena *arena = arena_new();
    struct message m = fixture_message(STR("x"), STR("y"));
    struct token t = {.purpose = TOKEN_AGENT, .ticket = 1, .party = authority_agent_party(STR("alice"))};
    struct sender s;
    authority_sender(arena, fixture_desk(), &m, &t, 1, &s);
    assert_int_equal(s.agent.n, 0);
    assert_false(s.proven);
    assert_true(authority_agent_party(STR("alice")) > 0);
    assert_true(authority_agent_party(STR("alice")) != authority_agent_party(STR("bob")));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authentication_results),
        cmocka_unit_test(only_the_topmost_counts),
        cmocka_unit_test(own_look),
        cmocka_unit_test(chains_closed_by_whom_we_trust),
        cmocka_unit_test(two_from_prove_nothing),
        cmocka_unit_test(a_verified_signature_proves),
        cmocka_unit_test(agents_need_their_own_token),
    };
    return cmocka_run_group_tests_name("desk_authority", tests, NULL, NULL);
}
