/* test_store_people: customers, parties, the thread an answer goes into, void tokens, numbers of other systems, merged and sleeping tickets. */
#include "store/people.h"

#include "store_fixture.h"

#include <sqlite3.h>

#define IN_ONE(call)                                     \
    do {                                                 \
        assert_good(store_begin(f->store, &f->err));     \
        assert_good(call);                               \
        assert_good(store_commit(f->store, &f->err));    \
    } while (0)

static int64_t new_customer(struct fixture *f, const char *name)
{
    struct customer customer = {.name = str_of(name), .plan = STR("premier"), .cc = STR("keep"), .note = STR("pays late")};
    IN_ONE(store_customer_put(f->store, &customer, &f->err));
    assert_true(customer.id > 0);
    return customer.id;
}

static struct str customer_of(struct fixture *f, const char *address)
{
    struct customer customer;
    assert_good(store_customer_of(f->store, f->arena, str_of(address), &customer, &f->err));
    return customer.id == 0 ? STR("-") : customer.name;
}

static int64_t new_ticket(struct fixture *f, uint32_t uid)
{
    struct mail mail;
    mail_make(&mail, uid);
    mail_commit(f, &mail);
    return mail.filed.ticket;
}

/* ---- customers ---- */

static void a_contact_decides_before_his_domain(void **state)
{
    struct fixture *f = *state;
    int64_t contoso = new_customer(f, "Contoso"), fabrikam = new_customer(f, "Fabrikam");
    assert_str(customer_of(f, "jo@contoso.example"), "-");
    IN_ONE(store_customer_domain_put(f->store, contoso, STR("contoso.example"), &f->err));
    IN_ONE(store_contact_put(f->store, fabrikam, STR("jo@contoso.example"), STR("Jo"), &f->err));
    assert_str(customer_of(f, "max@contoso.example"), "Contoso");
    assert_str(customer_of(f, "jo@contoso.example"), "Fabrikam");
    assert_str(customer_of(f, "jo@sub.contoso.example"), "-");
    assert_str(customer_of(f, ""), "-");
    IN_ONE(store_contact_drop(f->store, STR("jo@contoso.example"), &f->err));
    assert_str(customer_of(f, "jo@contoso.example"), "Contoso");
    IN_ONE(store_customer_domain_drop(f->store, STR("contoso.example"), &f->err));
    assert_str(customer_of(f, "jo@contoso.example"), "-");
    assert_refused(store_contact_drop(f->store, STR("jo@contoso.example"), &f->err), ERR_ITEM, "no contact");
    assert_refused(store_customer_domain_drop(f->store, STR("contoso.example"), &f->err), ERR_ITEM, "nobody's domain");
}

static void what_belongs_to_one_moves_to_the_other(void **state)
{
    struct fixture *f = *state;
    struct contact *contacts;
    struct str *domains;
    size_t count = 0;
    int64_t contoso = new_customer(f, "Contoso"), fabrikam = new_customer(f, "Fabrikam");
    IN_ONE(store_contact_put(f->store, contoso, STR("jo@c.example"), STR(""), &f->err));
    IN_ONE(store_contact_put(f->store, fabrikam, STR("jo@c.example"), STR("Jo Meier"), &f->err));
    IN_ONE(store_customer_domain_put(f->store, contoso, STR("c.example"), &f->err));
    IN_ONE(store_customer_domain_put(f->store, fabrikam, STR("c.example"), &f->err));
    assert_good(view_contacts(f->store, f->arena, contoso, &contacts, &count, &f->err));
    assert_int_equal(count, 0);
    assert_good(view_customer_domains(f->store, f->arena, contoso, &domains, &count, &f->err));
    assert_int_equal(count, 0);
    assert_good(view_contacts(f->store, f->arena, fabrikam, &contacts, &count, &f->err));
    assert_int_equal(count, 1);
    assert_str(contacts[0].name, "Jo Meier");
    assert_good(view_customer_domains(f->store, f->arena, fabrikam, &domains, &count, &f->err));
    assert_int_equal(count, 1);
    assert_str(domains[0], "c.example");
}

static void a_customer_is_changed_under_one_name(void **state)
{
    struct fixture *f = *state;
    struct customer found, taken = {.name = STR("Contoso")}, nameless = {.name = STR("")}, wrong = {.name = STR("X"), .cc = STR("all")};
    struct customer gone = {.id = 99, .name = STR("Nobody")};
    new_customer(f, "Contoso");
    assert_good(store_customer(f->store, f->arena, STR("Contoso"), &found, &f->err));
    assert_str(found.plan, "premier");
    assert_str(found.cc, "keep");
    assert_str(found.note, "pays late");
    found.plan = STR("basic");
    found.cc = STR("");
    IN_ONE(store_customer_put(f->store, &found, &f->err));
    assert_good(store_customer(f->store, f->arena, STR("Contoso"), &found, &f->err));
    assert_str(found.plan, "basic");
    assert_str(found.cc, "");
    assert_good(store_begin(f->store, &f->err));
    assert_refused(store_customer_put(f->store, &taken, &f->err), ERR_ITEM, "already");
    assert_refused(store_customer_put(f->store, &nameless, &f->err), ERR_ITEM, "needs a name");
    assert_refused(store_customer_put(f->store, &gone, &f->err), ERR_ITEM, "no customer");
    assert_refused(store_customer_put(f->store, &wrong, &f->err), ERR_ITEM, "");
    store_rollback(f->store);
    assert_good(store_customer(f->store, f->arena, STR("Nobody"), &found, &f->err));
    assert_int_equal(found.id, 0);
}

static void a_new_ticket_is_its_customers(void **state)
{
    struct fixture *f = *state;
    struct customer_row *rows;
    size_t count = 0;
    int64_t contoso = new_customer(f, "Contoso");
    new_customer(f, "Adatum");
    IN_ONE(store_contact_put(f->store, contoso, STR("jo@contoso.example"), STR("Jo"), &f->err));
    new_ticket(f, 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM v_ticket WHERE customer = 'Contoso'"), 1);
    assert_good(view_customers(f->store, f->arena, 10, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_str(rows[0].customer.name, "Adatum");
    assert_int_equal(rows[0].contacts, 0);
    assert_int_equal(rows[1].contacts, 1);
    assert_int_equal(rows[1].open_tickets, 1);
    assert_good(view_customers(f->store, f->arena, 1, &rows, &count, &f->err));
    assert_int_equal(count, 1);
}

/* ---- parties ---- */

static void a_party_is_raised_and_never_lowered(void **state)
{
    struct fixture *f = *state;
    struct party *parties;
    size_t count = 0;
    bool added = false;
    int64_t party = 0, ticket = new_ticket(f, 1);
    IN_ONE(store_party_add(f->store, ticket, STR("max@contoso.example"), STR("Max"), STR("suggested"), &added, &f->err));
    assert_true(added);
    assert_good(store_party(f->store, ticket, STR("max@contoso.example"), &party, &f->err));
    assert_int_equal(party, 0); /* somebody named him: that opens nothing to him */
    IN_ONE(store_party_add(f->store, ticket, STR("max@contoso.example"), STR("Max"), STR("suggested"), &added, &f->err));
    assert_false(added);
    IN_ONE(store_party_add(f->store, ticket, STR("max@contoso.example"), STR("Max"), STR("participant"), &added, &f->err));
    assert_true(added);
    assert_good(store_party(f->store, ticket, STR("max@contoso.example"), &party, &f->err));
    assert_true(party > 0);
    IN_ONE(store_party_add(f->store, ticket, STR("max@contoso.example"), STR("Max"), STR("suggested"), &added, &f->err));
    assert_false(added);
    IN_ONE(store_party_add(f->store, ticket, STR("jo@contoso.example"), STR("Jo"), STR("participant"), &added, &f->err));
    assert_false(added);
    assert_good(store_parties(f->store, f->arena, ticket, &parties, &count, &f->err));
    assert_int_equal(count, 2);
    assert_str(parties[0].address, "jo@contoso.example");
    assert_str(parties[0].role, "requester");
    assert_str(parties[1].name, "Max");
    assert_str(parties[1].role, "participant");
    assert_good(store_begin(f->store, &f->err));
    assert_refused(store_party_add(f->store, ticket, STR("eve@x.example"), STR(""), STR("requester"), &added, &f->err), ERR_ITEM, "requester already");
    assert_refused(store_party_add(f->store, ticket, STR("eve@x.example"), STR(""), STR("owner"), &added, &f->err), ERR_ITEM, "owner");
    store_rollback(f->store);
}

/* ---- threads ---- */

static void the_newest_mail_of_a_customer_is_answered(void **state)
{
    struct fixture *f = *state;
    struct thread thread;
    struct mail first, reply, agent, machine, stranger;
    struct header_field fields[] = {{STR("Thread-Index"), STR("AdxAb==")}, {STR("Thread-Topic"), STR("VPN gateway")}};
    struct str ids[] = {STR("a@x"), STR("b@x")};
    mail_make(&first, 1);
    mail_commit(f, &first);
    assert_good(store_thread(f->store, f->arena, first.filed.ticket, &thread, &f->err));
    assert_int_equal(thread.message, first.filed.message);
    assert_str(thread.message_id, "1.mail@contoso.example");
    assert_str(thread.references, "");
    assert_str(thread.text, "It is down since noon.\n");
    mail_make(&reply, 2);
    reply.message.headers = fields;
    reply.message.header_count = 2;
    reply.message.references = (struct str_list){ids, 2};
    mail_make(&agent, 3);
    agent.sender.agent = STR("alice");
    mail_make(&machine, 4);
    machine.message.kind = MESSAGE_AUTOMATIC;
    struct mail *onto[] = {&reply, &agent, &machine};
    for (size_t i = 0; i < 3; i++) {
        onto[i]->placement = (struct placement){.placed = PLACED_APPENDED, .ticket = first.filed.ticket};
        onto[i]->filed.outcome = OUTCOME_APPENDED;
        mail_commit(f, onto[i]);
    }
    mail_make(&stranger, 5);
    stranger.placement = (struct placement){.placed = PLACED_PROPOSED, .ticket = first.filed.ticket};
    stranger.filed.outcome = OUTCOME_PROPOSED;
    mail_commit(f, &stranger);
    assert_good(store_thread(f->store, f->arena, first.filed.ticket, &thread, &f->err));
    assert_int_equal(thread.message, reply.filed.message);
    assert_str(thread.references, "<a@x> <b@x>");
    assert_str(thread.thread_index, "AdxAb==");
    assert_str(thread.thread_topic, "VPN gateway");
    assert_int_equal(thread.at, T0);
    assert_good(store_thread(f->store, f->arena, stranger.filed.ticket, &thread, &f->err));
    assert_int_equal(thread.message, stranger.filed.message);
    assert_good(store_thread(f->store, f->arena, 999, &thread, &f->err));
    assert_int_equal(thread.message, 0);
}

static void of_a_long_thread_the_ends_are_kept(void **state)
{
    struct fixture *f = *state;
    struct thread thread;
    struct mail mail;
    struct str ids[100];
    for (size_t i = 0; i < 100; i++)
        ids[i] = arena_printf(f->arena, "%zu@x", i);
    mail_make(&mail, 1);
    mail.message.references = (struct str_list){ids, 100};
    mail_commit(f, &mail);
    assert_good(store_thread(f->store, f->arena, mail.filed.ticket, &thread, &f->err));
    assert_true(str_starts(thread.references, STR("<0@x> <81@x> <82@x>")));
    assert_true(str_iends(thread.references, STR(" <99@x>")));
    mail_make(&mail, 2);
    mail.message.in_reply_to = (struct str_list){ids, 1};
    mail_commit(f, &mail);
    assert_good(store_thread(f->store, f->arena, mail.filed.ticket, &thread, &f->err));
    assert_str(thread.references, "<0@x>");
}

/* ---- suppression ---- */

static void the_list_of_the_silenced_is_shown_and_shortened(void **state)
{
    struct fixture *f = *state;
    struct suppression_row *rows;
    size_t count = 0;
    bool suppressed = true;
    IN_ONE(store_suppress(f->store, STR("b@x.example"), STR("bounced"), T0, T0 + 10, &f->err));
    IN_ONE(store_suppress(f->store, STR("a@x.example"), STR("asked us"), T0, 0, &f->err));
    assert_good(view_suppressions(f->store, f->arena, T0 + 5, 10, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_str(rows[0].address, "a@x.example");
    assert_str(rows[0].reason, "asked us");
    assert_int_equal(rows[1].until, T0 + 10);
    assert_good(view_suppressions(f->store, f->arena, T0 + 10, 10, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    IN_ONE(store_suppress_drop(f->store, STR("a@x.example"), &f->err));
    assert_refused(store_suppress_drop(f->store, STR("a@x.example"), &f->err), ERR_ITEM, "not on the list");
    assert_good(store_suppressed(f->store, STR("a@x.example"), T0, &suppressed, &f->err));
    assert_false(suppressed);
}

/* ---- tokens ---- */

static bool is_void(struct fixture *f, enum token_purpose purpose, int64_t ticket, int64_t party, uint32_t epoch)
{
    struct token token = {.purpose = purpose, .ticket = ticket, .party = party, .epoch = epoch};
    bool revoked = false;
    assert_good(store_token_revoked(f->store, &token, &revoked, &f->err));
    return revoked;
}

static void a_revocation_covers_what_it_names(void **state)
{
    struct fixture *f = *state;
    assert_false(is_void(f, TOKEN_CUSTOMER, 1, 7, 1));
    IN_ONE(store_token_revoke(f->store, TOKEN_CUSTOMER, 1, 7, 2, STR("op"), T0, &f->err));
    assert_true(is_void(f, TOKEN_CUSTOMER, 1, 7, 1));
    assert_true(is_void(f, TOKEN_CUSTOMER, 1, 7, 2));
    assert_false(is_void(f, TOKEN_CUSTOMER, 1, 7, 3));
    assert_false(is_void(f, TOKEN_CUSTOMER, 1, 8, 1));
    assert_false(is_void(f, TOKEN_CUSTOMER, 2, 7, 1));
    assert_false(is_void(f, TOKEN_AGENT, 1, 7, 1));
    IN_ONE(store_token_revoke(f->store, TOKEN_AGENT, 0, 70, 1, STR("op"), T0, &f->err));
    assert_true(is_void(f, TOKEN_AGENT, 5, 70, 1));
    assert_false(is_void(f, TOKEN_STANDING, 0, 70, 1));
    IN_ONE(store_token_revoke(f->store, TOKEN_CUSTOMER, 3, 0, 4, STR("op"), T0, &f->err));
    assert_true(is_void(f, TOKEN_CUSTOMER, 3, 1, 4));
    assert_false(is_void(f, TOKEN_CUSTOMER, 4, 1, 4));
    IN_ONE(store_token_revoke(f->store, TOKEN_STANDING, 0, 0, 9, STR("op"), T0, &f->err));
    assert_true(is_void(f, TOKEN_STANDING, 0, 1234, 9));
}

/* ---- other systems ---- */

static void importing_twice_is_importing_once(void **state)
{
    struct fixture *f = *state;
    struct ticket_state ticket;
    struct str ids[] = {STR("old.1@former.example"), STR("old.2@former.example"), STR("")};
    struct imported imported = {.number = STR("4711"), .subject = STR("Old matter"), .requester = STR("jo@contoso.example"), .requester_name = STR("Jo"),
                                .queue = STR("network"), .severity = STR("C"), .message_ids = {ids, 1}, .opened_at = T0 - 1000};
    int64_t first = 0, again = 0, letter = 0, found = 0, party = 0;
    bool fresh = false;
    IN_ONE(store_import(f->store, &imported, T0, &first, &fresh, &f->err));
    assert_true(fresh);
    imported.message_ids = (struct str_list){ids, 3};
    IN_ONE(store_import(f->store, &imported, T0, &again, &fresh, &f->err));
    assert_false(fresh);
    assert_int_equal(again, first);
    assert_good(store_find_message_id(f->store, STR("old.2@former.example"), &found, &letter, &f->err));
    assert_int_equal(found, first);
    assert_good(store_other_number(f->store, STR("former"), STR("4711"), &found, &f->err));
    assert_int_equal(found, first);
    assert_good(store_ticket(f->store, f->arena, first, &ticket, &f->err));
    assert_str(ticket.state, "closed");
    assert_str(ticket.subject, "Old matter");
    assert_int_equal(ticket.opened_at, T0 - 1000);
    assert_int_equal(ticket.closed_at, T0);
    assert_good(store_party(f->store, first, STR("jo@contoso.example"), &party, &f->err));
    assert_true(party > 0);
    assert_int_equal(new_ticket(f, 1), first + 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ticket"), 2);
}

static void an_import_that_fails_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct imported imported = {.number = STR("1"), .state = STR("lost")}, nameless = {.number = STR("")};
    int64_t ticket = 0;
    bool fresh = false;
    assert_good(store_begin(f->store, &f->err));
    assert_refused(store_import(f->store, &imported, T0, &ticket, &fresh, &f->err), ERR_ITEM, "lost");
    assert_refused(store_import(f->store, &nameless, T0, &ticket, &fresh, &f->err), ERR_ITEM, "number");
    assert_good(store_commit(f->store, &f->err));
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ticket"), 0);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM other_number"), 0);
}

static void a_partners_number_is_his_own(void **state)
{
    struct fixture *f = *state;
    int64_t found = 0, one = new_ticket(f, 1), two = new_ticket(f, 2);
    IN_ONE(store_other_number_put(f->store, STR("acme"), STR("77"), one, &f->err));
    assert_good(store_other_number(f->store, STR("acme"), STR("77"), &found, &f->err));
    assert_int_equal(found, one);
    assert_good(store_other_number(f->store, STR("globex"), STR("77"), &found, &f->err));
    assert_int_equal(found, 0);
    IN_ONE(store_other_number_put(f->store, STR("acme"), STR("77"), two, &f->err));
    assert_good(store_other_number(f->store, STR("acme"), STR("77"), &found, &f->err));
    assert_int_equal(found, two);
}

/* ---- merged, sleeping ---- */

static void merge(struct fixture *f, int64_t ticket, int64_t into)
{
    sqlite3 *db = NULL;
    char *text = arena_text(f->arena, arena_printf(f->arena, "UPDATE ticket SET merged_into = %lld WHERE id = %lld", (long long)into, (long long)ticket));
    store_close(&f->store);
    assert_int_equal(sqlite3_open(fixture_path(f, ""), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fixture_reopen(f);
}

static void a_chain_of_merges_is_followed_and_a_ring_is_named(void **state)
{
    struct fixture *f = *state;
    int64_t into = 0, a = new_ticket(f, 1), b = new_ticket(f, 2), c = new_ticket(f, 3);
    assert_good(store_merged(f->store, a, &into, &f->err));
    assert_int_equal(into, a);
    merge(f, a, b);
    merge(f, b, c);
    assert_good(store_merged(f->store, a, &into, &f->err));
    assert_int_equal(into, c);
    merge(f, c, a);
    assert_refused(store_merged(f->store, a, &into, &f->err), ERR_SETUP, "ring");
}

static void tickets_wake_when_their_time_has_come(void **state)
{
    struct fixture *f = *state;
    int64_t *tickets, when = 0, a = new_ticket(f, 1), b = new_ticket(f, 2);
    size_t count = 0;
    assert_good(store_next_wake(f->store, &when, &f->err));
    assert_true(when == INT64_MAX);
    IN_ONE(store_wake_at(f->store, a, T0 + 20, &f->err));
    IN_ONE(store_wake_at(f->store, b, T0 + 10, &f->err));
    assert_good(store_next_wake(f->store, &when, &f->err));
    assert_int_equal(when, T0 + 10);
    assert_good(store_waking(f->store, f->arena, T0 + 9, 10, &tickets, &count, &f->err));
    assert_int_equal(count, 0);
    assert_good(store_waking(f->store, f->arena, T0 + 20, 10, &tickets, &count, &f->err));
    assert_int_equal(count, 2);
    assert_int_equal(tickets[0], b);
    assert_good(store_waking(f->store, f->arena, T0 + 20, 1, &tickets, &count, &f->err));
    assert_int_equal(count, 1);
    IN_ONE(store_wake_at(f->store, b, 0, &f->err));
    assert_good(store_next_wake(f->store, &when, &f->err));
    assert_int_equal(when, T0 + 20);
    assert_refused(store_wake_at(f->store, 99, 1, &f->err), ERR_ITEM, "no ticket 99");
}

#define PEOPLE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEOPLE_TEST(a_contact_decides_before_his_domain),
        PEOPLE_TEST(what_belongs_to_one_moves_to_the_other),
        PEOPLE_TEST(a_customer_is_changed_under_one_name),
        PEOPLE_TEST(a_new_ticket_is_its_customers),
        PEOPLE_TEST(a_party_is_raised_and_never_lowered),
        PEOPLE_TEST(the_newest_mail_of_a_customer_is_answered),
        PEOPLE_TEST(of_a_long_thread_the_ends_are_kept),
        PEOPLE_TEST(the_list_of_the_silenced_is_shown_and_shortened),
        PEOPLE_TEST(a_revocation_covers_what_it_names),
        PEOPLE_TEST(importing_twice_is_importing_once),
        PEOPLE_TEST(an_import_that_fails_leaves_nothing),
        PEOPLE_TEST(a_partners_number_is_his_own),
        PEOPLE_TEST(a_chain_of_merges_is_followed_and_a_ring_is_named),
        PEOPLE_TEST(tickets_wake_when_their_time_has_come),
    };
    return cmocka_run_group_tests_name("store/people", tests, NULL, NULL);
}
