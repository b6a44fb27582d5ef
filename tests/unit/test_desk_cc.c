/* test_desk_cc: whom a customer's Cc brings into his ticket, by policy and proof. */
#include "desk_fixture.h"

#include "desk/cc.h"

#include <string.h>

#define MAX 200u

struct scene {
    struct arena *arena;
    struct message message;
    struct sender sender;
    struct cc_party *list;
    size_t count;
};

static int set_up(void **state)
{
    struct scene *s = test_calloc(1, sizeof *s);
    s->arena = arena_new();
    s->message = fixture_message(STR("VPN"), STR("text"));
    s->sender = (struct sender){.address = STR("jo@contoso.example"), .proven = true};
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    arena_free(&s->arena);
    test_free(s);
    return 0;
}

static void put(struct scene *s, struct address_list *to, const char *addr)
{
    struct address *more = arena_array(s->arena, to->count + 1, sizeof *more);
    if (to->count > 0)
        memcpy(more, to->list, to->count * sizeof *more);
    more[to->count++] = (struct address){STR("Somebody"), str_of(addr)};
    to->list = more;
}

/* "address role, address role" */
static struct str who(struct scene *s, enum cc_policy policy)
{
    struct buf out = {0};
    cc_parties(s->arena, fixture_desk(), policy, &s->sender, &s->message, &s->list, &s->count);
    for (size_t i = 0; i < s->count; i++)
        buf_printf(&out, "%s%.*s %.*s", i > 0 ? ", " : "", STR_ARG(s->list[i].address), STR_ARG(s->list[i].role));
    struct str text = arena_str(s->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void the_policy_decides_who_takes_part(void **state)
{
    struct scene *s = *state;
    put(s, &s->message.cc, "Max@Contoso.example");
    put(s, &s->message.cc, "eve@partner.example");
    assert_text(who(s, CC_ASK), "max@contoso.example suggested, eve@partner.example suggested");
    assert_text(who(s, CC_SAME_DOMAIN), "max@contoso.example participant, eve@partner.example suggested");
    assert_text(who(s, CC_KEEP), "max@contoso.example participant, eve@partner.example participant");
    assert_text(s->list[0].name, "Somebody");
}

static void whom_an_unproven_sender_names_is_only_suggested(void **state)
{
    struct scene *s = *state;
    put(s, &s->message.cc, "max@contoso.example");
    s->sender.proven = false;
    assert_text(who(s, CC_KEEP), "max@contoso.example suggested");
}

static void ours_agents_and_nobody_are_no_parties(void **state)
{
    struct scene *s = *state;
    static const char *const none[] = {"support@contoso.example", "support+1042-c7-1-abc@contoso.example", "Help@contoso.example", "alice@contoso.example",
                                       "jo@contoso.example", "no-reply@shop.example", "MAILER-DAEMON@mx.example", "noreply-abc@x.example", "not an address", "@x", ""};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        put(s, &s->message.cc, none[i]);
        put(s, &s->message.to, none[i]);
    }
    assert_text(who(s, CC_KEEP), "");
}

static void others_in_to_are_shown_to_the_agent(void **state)
{
    struct scene *s = *state;
    put(s, &s->message.to, "support@contoso.example");
    put(s, &s->message.to, "max@contoso.example");
    put(s, &s->message.to, "ann@contoso.example");
    put(s, &s->message.cc, "ann@contoso.example");
    put(s, &s->message.cc, "ANN@contoso.example");
    assert_text(who(s, CC_KEEP), "ann@contoso.example participant, max@contoso.example suggested");
}

static void an_agents_mail_brings_nobody(void **state)
{
    struct scene *s = *state;
    put(s, &s->message.cc, "max@contoso.example");
    s->sender.agent = STR("alice");
    assert_text(who(s, CC_KEEP), "");
}

static void a_crowd_is_cut(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < MAX; i++)
        put(s, &s->message.cc, arena_text(s->arena, arena_printf(s->arena, "p%zu@contoso.example", i)));
    who(s, CC_KEEP);
    assert_int_equal(s->count, CC_PARTIES_MAX);
}

static void a_customers_word_goes_before_the_desks(void **state)
{
    (void)state;
    struct desk desk = *fixture_desk();
    desk.cc = CC_SAME_DOMAIN;
    assert_int_equal(cc_policy_of(&desk, STR("")), CC_SAME_DOMAIN);
    assert_int_equal(cc_policy_of(&desk, STR("ask")), CC_ASK);
    assert_int_equal(cc_policy_of(&desk, STR("keep")), CC_KEEP);
    assert_int_equal(cc_policy_of(&desk, STR("same-domain")), CC_SAME_DOMAIN);
}

#define CC_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CC_TEST(the_policy_decides_who_takes_part),
        CC_TEST(whom_an_unproven_sender_names_is_only_suggested),
        CC_TEST(ours_agents_and_nobody_are_no_parties),
        CC_TEST(others_in_to_are_shown_to_the_agent),
        CC_TEST(an_agents_mail_brings_nobody),
        CC_TEST(a_crowd_is_cut),
        CC_TEST(a_customers_word_goes_before_the_desks),
    };
    return cmocka_run_group_tests_name("desk/cc", tests, NULL, NULL);
}
