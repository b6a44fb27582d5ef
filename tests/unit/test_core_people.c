/* The people's methods of query.h on a whole desk: agents with the addresses they write to, addresses that get no mail, keys that are rotated, tokens that are void. */
#include "core_fixture.h"

#include "base/clock.h"
#include "base/file.h"
#include "core/keys.h"
#include "core/query_json.h"
#include "daemon_double.h"
#include "mail/address.h"
#include "store/people.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct asked {
    struct daemon_double daemon;
    struct query_answer answer;
};

/* Takes the reference to parameters. The answer's result lives until the next call. */
static const json_t *ask(struct core_fixture *f, struct asked *asked, const char *method, json_t *parameters)
{
    json_decref(asked->answer.result);
    asked->answer = (struct query_answer){0};
    struct query_context context = {.store = f->store, .config = f->config, .daemon = (struct daemon *)&asked->daemon, .actor = "uid 1000", .now = f->now};
    query_method_of(method)->call(&context, parameters, &asked->answer);
    json_decref(parameters);
    f->keys = *daemon_keys(context.daemon);
    return asked->answer.result;
}

static void assert_refused(struct core_fixture *f, const char *method, json_t *parameters, int code, const char *part)
{
    struct asked asked = {0};
    size_t keys = daemon_keys(NULL)->count;
    assert_null(ask(f, &asked, method, parameters));
    if (asked.answer.exit != code || strstr(asked.answer.text, part) == NULL)
        fail_msg("%s: exit %d: %s", method, asked.answer.exit, asked.answer.text);
    assert_int_equal(daemon_keys(NULL)->count, keys);
}

/* ---- agents ---- */

static void an_agent_has_an_address_of_his_own(void **state)
{
    struct core_fixture *f = *state;
    struct asked asked = {0};
    struct str tag;
    struct token token;
    f->keys = *daemon_keys(NULL);
    const json_t *one = json_array_get(json_object_get(ask(f, &asked, "AgentList", json_pack("{s:b}", "addresses", true)), "agents"), 0);
    assert_text(json_get_str(one, "name"), "alice");
    assert_text(json_get_str(one, "proof"), "token");
    assert_text(str_of(json_string_value(json_array_get(json_object_get(one, "addresses"), 0))), "alice@contoso.example");
    assert_true(address_tag(json_get_str(one, "standing_address"), STR("support@contoso.example"), &tag));
    assert_true(token_read(&f->keys, tag, &token) && token.purpose == TOKEN_STANDING && token.ticket == 0);
    one = json_array_get(json_object_get(ask(f, &asked, "AgentList", json_object()), "agents"), 0);
    assert_null(json_object_get(one, "standing_address")); /* who only looks gets no proof */
    json_decref(asked.answer.result);
    struct query_context offline = {.store = f->store, .config = f->config, .actor = "", .now = f->now};
    struct query_answer answer = {0};
    json_t *parameters = json_pack("{s:b}", "addresses", true);
    query_look_of("AgentList")->call(&offline, parameters, &answer);
    json_decref(parameters);
    assert_true(answer.exit == EX_UNAVAILABLE);
}

/* ---- whom not to write to ---- */

static bool suppressed(struct core_fixture *f, int64_t now)
{
    bool is = false;
    assert_good(store_suppressed(f->store, STR("max@fabrikam.example"), now, &is, &f->err));
    return is;
}

static void an_address_is_left_in_peace(void **state)
{
    struct core_fixture *f = *state;
    struct asked asked = {0};
    assert_non_null(ask(f, &asked, "SuppressAdd", json_pack("{s:s,s:s,s:s}", "address", "Max@Fabrikam.example", "until", "30d", "reason", "asked for it")));
    assert_true(suppressed(f, f->now + 29 * CLOCK_DAY) && !suppressed(f, f->now + 31 * CLOCK_DAY));
    const json_t *one = json_array_get(json_object_get(ask(f, &asked, "SuppressList", json_object()), "suppressions"), 0);
    assert_text(json_get_str(one, "address"), "max@fabrikam.example");
    assert_text(json_get_str(one, "reason"), "asked for it");
    assert_non_null(ask(f, &asked, "SuppressAdd", json_pack("{s:s}", "address", "max@fabrikam.example")));
    assert_true(suppressed(f, f->now + 3000 * CLOCK_DAY));
    assert_non_null(ask(f, &asked, "SuppressDrop", json_pack("{s:s}", "address", "max@fabrikam.example")));
    assert_false(suppressed(f, f->now));
    json_decref(asked.answer.result);
    assert_refused(f, "SuppressDrop", json_pack("{s:s}", "address", "max@fabrikam.example"), EX_NOINPUT, "not on the list");
    assert_refused(f, "SuppressAdd", json_pack("{s:s}", "address", "max"), EX_USAGE, "no mail address");
    assert_refused(f, "SuppressAdd", json_pack("{s:s,s:s}", "address", "max@fabrikam.example", "until", "2020-01-01"), EX_USAGE, "no time to come");
}

/* ---- keys ---- */

static void keys_are_rotated_in_the_file(void **state)
{
    struct core_fixture *f = *state;
    struct token_keys keys, back;
    struct token old = {.purpose = TOKEN_CUSTOMER, .ticket = 1, .party = 2}, read;
    char text[TOKEN_TEXT_MAX];
    remove(core_path(f, "token.keys"));
    assert_good(keys_load(f->folder, true, &keys, &f->err));
    token_write(&keys, &old, text);
    for (uint32_t epoch = 2; epoch <= TOKEN_EPOCHS_MAX; epoch++) {
        assert_good(keys_rotate(f->folder, &keys, &f->err));
        assert_int_equal(keys.keys[keys.count - 1].epoch, epoch);
        assert_true(token_read(&keys, str_of(text), &read));
    }
    assert_memory_not_equal(keys.keys[0].key, keys.keys[1].key, sizeof keys.keys[0].key);
    assert_good(keys_rotate(f->folder, &keys, &f->err)); /* full: the oldest goes */
    assert_true(keys.count == TOKEN_EPOCHS_MAX && keys.keys[0].epoch == 2 && !token_read(&keys, str_of(text), &read));
    assert_good(keys_load(f->folder, false, &back, &f->err));
    assert_memory_equal(&back, &keys, sizeof keys);
    assert_false(keys_rotate("/nonexistent", &keys, &f->err));
    assert_memory_equal(&back, &keys, sizeof keys);
}

/* ---- void tokens ---- */

struct matter {
    int64_t ticket;
    char token[TOKEN_TEXT_MAX]; /* of its requester, under the key of its day */
};

static struct matter matter_of(struct core_fixture *f, const char *from)
{
    struct line line;
    struct matter m;
    f->keys = *daemon_keys(NULL);
    core_file_mail(f, core_mail(f, "From: <%s>\nTo: support@contoso.example\nSubject: Matter of %s\nMessage-ID: <%u.first@fabrikam.example>\n\nHelp with matter %u.\n", from, from, f->uid + 1,
                                f->uid + 1), &line);
    struct token token = {.purpose = TOKEN_CUSTOMER, .ticket = m.ticket = line.filed.ticket};
    assert_good(store_party(f->store, m.ticket, str_of(from), &token.party, &f->err));
    token_write(&f->keys, &token, m.token);
    return m;
}

/* The ticket to which a stranger comes by the token alone. */
static int64_t comes_to(struct core_fixture *f, const struct matter *m)
{
    struct line line;
    core_file_mail(f, core_mail(f, "From: <home.%u@private.example>\nTo: support+%s@contoso.example\nSubject: More\nMessage-ID: <%u@private.example>\n\nMore.\n", f->uid + 1, m->token,
                                f->uid + 1), &line);
    return line.filed.ticket;
}

static void a_revoked_party_comes_in_no_more_and_others_do(void **state)
{
    struct core_fixture *f = *state;
    struct asked asked = {0};
    struct matter jo = matter_of(f, "jo@fabrikam.example"), again = matter_of(f, "jo@fabrikam.example"), mia = matter_of(f, "mia@fabrikam.example");
    assert_int_equal(comes_to(f, &jo), jo.ticket);
    assert_non_null(ask(f, &asked, "TokenRotate", json_object()));
    assert_int_equal(comes_to(f, &jo), jo.ticket); /* an older key stays true */
    const json_t *told = ask(f, &asked, "TokenRevoke", json_pack("{s:I,s:s}", "ticket", (json_int_t)jo.ticket, "party", "Jo@fabrikam.example"));
    assert_int_equal(json_get_int(told, "total"), 1);
    assert_int_not_equal(comes_to(f, &jo), jo.ticket);
    assert_int_equal(comes_to(f, &again), again.ticket);
    assert_int_equal(comes_to(f, &mia), mia.ticket);
    struct matter fresh = matter_of(f, "jo@fabrikam.example"); /* under the new key */
    assert_non_null(ask(f, &asked, "TokenRevoke", json_pack("{s:s}", "party", "jo@fabrikam.example")));
    assert_int_not_equal(comes_to(f, &again), again.ticket);
    assert_int_not_equal(comes_to(f, &fresh), fresh.ticket);
    assert_int_equal(comes_to(f, &mia), mia.ticket);
    assert_non_null(ask(f, &asked, "TokenRevoke", json_pack("{s:b}", "all", true)));
    assert_int_not_equal(comes_to(f, &mia), mia.ticket);
    json_decref(asked.answer.result);
}

static void an_agents_tokens_are_void_for_him_alone(void **state)
{
    struct core_fixture *f = *state;
    struct asked asked = {0};
    struct matter jo = matter_of(f, "jo@fabrikam.example");
    struct token standing = {.purpose = TOKEN_STANDING}, read;
    struct str tag;
    bool revoked = false;
    char text[TOKEN_TEXT_MAX];
    const json_t *agent = json_array_get(json_object_get(ask(f, &asked, "AgentList", json_pack("{s:b}", "addresses", true)), "agents"), 0);
    assert_true(address_tag(json_get_str(agent, "standing_address"), STR("support@contoso.example"), &tag) && token_read(&f->keys, tag, &read));
    assert_non_null(ask(f, &asked, "TokenRevoke", json_pack("{s:s}", "agent", "alice")));
    assert_good(store_token_revoked(f->store, &read, &revoked, &f->err));
    assert_true(revoked);
    standing.party = read.party;
    token_write(&f->keys, &standing, text);
    assert_good(store_token_revoked(f->store, &standing, &revoked, &f->err));
    assert_false(revoked); /* the new one is good */
    assert_int_equal(comes_to(f, &jo), jo.ticket);
    json_decref(asked.answer.result);
}

/* What is left out or unknown voids nothing, and no key is made for it. */
static void a_slip_voids_nothing(void **state)
{
    struct core_fixture *f = *state;
    assert_refused(f, "TokenRevoke", json_object(), EX_USAGE, "expected");
    assert_refused(f, "TokenRevoke", json_pack("{s:s}", "ticket", "12"), EX_USAGE, "expected");
    assert_refused(f, "TokenRevoke", json_pack("{s:s,s:s}", "agent", "alice", "party", "jo@fabrikam.example"), EX_USAGE, "expected");
    assert_refused(f, "TokenRevoke", json_pack("{s:s}", "agent", "nobody"), EX_NOINPUT, "no agent");
    assert_refused(f, "TokenRevoke", json_pack("{s:s}", "party", "jo@fabrikam.example"), EX_NOINPUT, "no such ticket");
    assert_refused(f, "TokenRevoke", json_pack("{s:i}", "ticket", 99), EX_NOINPUT, "no ticket 99");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, core_set_up, core_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_agent_has_an_address_of_his_own),
        TEST(an_address_is_left_in_peace),
        TEST(keys_are_rotated_in_the_file),
        TEST(a_revoked_party_comes_in_no_more_and_others_do),
        TEST(an_agents_tokens_are_void_for_him_alone),
        TEST(a_slip_voids_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
