/* test_store_letter: the outbox from queued to its end, budgets, suppression, and letters changed by hand. */
#include "store_fixture.h"

#include <string.h>

static struct due_letter *due_at(struct fixture *f, int64_t now, size_t *count)
{
    struct due_letter *letters = NULL;
    assert_good(store_letters_due(f->store, f->arena, STR("default"), now, NULL, 0, 10, &letters, count, &f->err));
    return letters;
}

static struct letter_row letter_of(struct fixture *f, int64_t id, struct recipient_row **recipients, size_t *count)
{
    struct letter_row row;
    struct str octets;
    assert_good(view_letter(f->store, f->arena, id, &row, &octets, recipients, count, &f->err));
    return row;
}

static struct str state_of(struct fixture *f, int64_t id)
{
    struct recipient_row *recipients;
    size_t count = 0;
    return letter_of(f, id, &recipients, &count).state;
}

static void receipt(struct fixture *f, int64_t recipient, const char *state, int64_t next_at, uint32_t code, const char *text)
{
    assert_good(store_receipt(f->store, recipient, str_of(state), next_at, code, STR("4.7.1"), str_of(text), T0 + 50, &f->err));
}

static int64_t new_ticket(struct fixture *f, uint32_t uid)
{
    struct mail mail;
    mail_make(&mail, uid);
    mail_commit(f, &mail);
    return mail.filed.ticket;
}

static void a_letter_leaves_with_the_octets_it_came_with(void **state)
{
    struct fixture *f = *state;
    size_t count = 0;
    int64_t when = 0, ticket = new_ticket(f, 1);
    assert_good(store_next_due(f->store, &when, &f->err));
    assert_true(when == INT64_MAX);
    int64_t id = letter_commit(f, ticket, "jo@contoso.example", T0, T0 + 10);
    assert_good(store_next_due(f->store, &when, &f->err));
    assert_int_equal(when, T0 + 10);
    due_at(f, T0 + 9, &count);
    assert_int_equal(count, 0);
    fixture_reopen(f);
    struct due_letter *due = due_at(f, T0 + 10, &count);
    assert_int_equal(count, 1);
    assert_int_equal(due[0].letter.id, id);
    assert_int_equal(due[0].letter.ticket, ticket);
    assert_str(due[0].letter.octets, "Subject: We have your mail\r\n\r\nHello.\r\n");
    assert_str(due[0].letter.from, "");
    assert_str(due[0].letter.kind, "ack");
    assert_int_equal(due[0].letter.created, T0);
    assert_int_equal(due[0].letter.recipient_count, 1);
    assert_str(due[0].letter.recipients[0], "jo@contoso.example");
    assert_int_equal(due[0].tries, 0);
    receipt(f, due[0].recipient_ids[0], "sent", 0, 250, "2.0.0 Ok: queued");
    due_at(f, T0 + 100, &count);
    assert_int_equal(count, 0);
    assert_good(store_next_due(f->store, &when, &f->err));
    assert_true(when == INT64_MAX);
    assert_str(state_of(f, id), "sent");
}

static void a_letter_leads_its_answers_to_the_ticket(void **state)
{
    struct fixture *f = *state;
    struct mail thief;
    int64_t found = 0, letter = 0, ticket = new_ticket(f, 1);
    /* Somebody guessed the Message-ID before we used it. */
    mail_make(&thief, 2);
    thief.message.message_id = STR("letter.1@fabrikam.example");
    mail_commit(f, &thief);
    int64_t id = letter_commit(f, ticket, "jo@contoso.example", T0, T0);
    assert_int_equal(id, 1);
    assert_good(store_find_message_id(f->store, STR("letter.1@fabrikam.example"), &found, &letter, &f->err));
    assert_int_equal(found, ticket);
    assert_int_equal(letter, id);
}

static void a_letter_is_part_of_the_conversation(void **state)
{
    struct fixture *f = *state;
    struct message_row *rows;
    size_t count = 0;
    int64_t ticket = new_ticket(f, 1);
    letter_commit(f, ticket, "jo@contoso.example", T0 + 7, T0 + 7);
    assert_good(view_messages(f->store, f->arena, ticket, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_str(rows[1].direction, "out");
    assert_str(rows[1].to, "jo@contoso.example");
    assert_str(rows[1].subject, "We have your mail");
    assert_str(rows[1].text, "Hello.");
    assert_int_equal(rows[1].at, T0 + 7);
}

static void one_of_three_recipients_is_tried_again_alone(void **state)
{
    struct fixture *f = *state;
    struct str to[] = {STR("a@contoso.example"), STR("b@contoso.example"), STR("c@contoso.example")};
    struct letter letter = {.relay = STR("default"), .kind = STR("alarm"), .message_id = STR("three@fabrikam.example"), .recipients = to, .recipient_count = 3,
                            .octets = STR("x"), .created = T0};
    struct recipient_row *recipients;
    size_t count = 0;
    assert_good(store_letter_id(f->store, &letter.id, &f->err));
    assert_good(store_letter_add(f->store, &letter, 0, T0, false, &f->err));
    struct due_letter *due = due_at(f, T0, &count);
    assert_int_equal(due[0].letter.recipient_count, 3);
    receipt(f, due[0].recipient_ids[0], "sent", 0, 250, "ok");
    receipt(f, due[0].recipient_ids[1], "failed", 0, 550, "no such user");
    receipt(f, due[0].recipient_ids[2], "deferred", T0 + 60000, 451, "Greylisted");
    due_at(f, T0 + 59999, &count);
    assert_int_equal(count, 0);
    due = due_at(f, T0 + 60000, &count);
    assert_int_equal(count, 1);
    assert_int_equal(due[0].letter.recipient_count, 1);
    assert_str(due[0].letter.recipients[0], "c@contoso.example");
    assert_int_equal(due[0].tries, 1);
    struct letter_row row = letter_of(f, letter.id, &recipients, &count);
    assert_int_equal(count, 3);
    assert_str(row.state, "failed");
    assert_str(row.to, "b@contoso.example");
    assert_str(row.reason, "no such user");
    assert_int_equal(recipients[2].code, 451);
    assert_str(recipients[2].enhanced, "4.7.1");
    assert_str(recipients[2].text, "Greylisted");
    assert_int_equal(recipients[2].next_at, T0 + 60000);
    assert_int_equal(recipients[0].ended_at, T0 + 50);
}

static void the_oldest_leaves_first_and_what_is_under_way_not_twice(void **state)
{
    struct fixture *f = *state;
    struct due_letter *due;
    size_t count = 0;
    int64_t late = letter_commit(f, 0, "late@contoso.example", T0, T0 + 5), early = letter_commit(f, 0, "early@contoso.example", T0, T0 + 1),
            middle = letter_commit(f, 0, "middle@contoso.example", T0, T0 + 3);
    due = due_at(f, T0 + 9, &count);
    assert_int_equal(count, 3);
    assert_int_equal(due[0].letter.id, early);
    assert_int_equal(due[1].letter.id, middle);
    assert_int_equal(due[2].letter.id, late);
    assert_good(store_letters_due(f->store, f->arena, STR("default"), T0 + 9, &early, 1, 1, &due, &count, &f->err));
    assert_int_equal(count, 1);
    assert_int_equal(due[0].letter.id, middle);
    assert_good(store_letters_due(f->store, f->arena, STR("other"), T0 + 9, NULL, 0, 10, &due, &count, &f->err));
    assert_int_equal(count, 0);
}

static void a_letter_needs_a_recipient_and_an_id_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct str to = STR("jo@contoso.example");
    struct letter letter = {.id = 77, .relay = STR("default"), .kind = STR("ack"), .message_id = STR("x@y.example"), .octets = STR("x"), .created = T0};
    assert_refused(store_letter_add(f->store, &letter, 0, T0, false, &f->err), ERR_ITEM, "0 recipients");
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM letter"), 0);
    letter.recipients = &to;
    letter.recipient_count = 1;
    assert_good(store_letter_add(f->store, &letter, 0, T0, false, &f->err));
    assert_refused(store_letter_add(f->store, &letter, 0, T0, false, &f->err), ERR_ITEM, "UNIQUE");
    assert_refused(store_receipt(f->store, 4711, STR("sent"), 0, 250, STR(""), STR(""), T0, &f->err), ERR_ITEM, "no recipient");
}

static void a_held_letter_waits_for_its_release(void **state)
{
    struct fixture *f = *state;
    size_t count = 0;
    int64_t when = 0, id = letter_commit(f, 0, "jo@contoso.example", T0, T0);
    assert_good(store_letter_set(f->store, id, STR("held"), T0, &f->err));
    assert_str(state_of(f, id), "held");
    due_at(f, INT64_MAX - 1, &count);
    assert_int_equal(count, 0);
    assert_good(store_next_due(f->store, &when, &f->err));
    assert_true(when == INT64_MAX);
    assert_refused(store_letter_set(f->store, id, STR("held"), T0, &f->err), ERR_ITEM, "cannot become held");
    assert_good(store_letter_set(f->store, id, STR("queued"), T0 + 5, &f->err));
    due_at(f, T0 + 5, &count);
    assert_int_equal(count, 1);
    assert_good(store_letter_set(f->store, id, STR("dropped"), T0 + 6, &f->err));
    assert_str(state_of(f, id), "dropped");
    due_at(f, T0 + 100, &count);
    assert_int_equal(count, 0);
    assert_refused(store_letter_set(f->store, id, STR("queued"), T0, &f->err), ERR_ITEM, "cannot become queued");
    assert_refused(store_letter_set(f->store, 4711, STR("held"), T0, &f->err), ERR_ITEM, "does not exist");
    assert_refused(store_letter_set(f->store, id, STR("sent"), T0, &f->err), ERR_ITEM, "no such state");
}

static void what_the_relay_took_is_sent_even_when_it_was_held_meanwhile(void **state)
{
    struct fixture *f = *state;
    size_t count = 0;
    int64_t one = letter_commit(f, 0, "jo@contoso.example", T0, T0), two = letter_commit(f, 0, "ed@contoso.example", T0, T0 + 1);
    struct due_letter *due = due_at(f, T0 + 1, &count);
    assert_good(store_letter_set(f->store, one, STR("held"), T0, &f->err));
    assert_good(store_letter_set(f->store, two, STR("held"), T0, &f->err));
    receipt(f, due[0].recipient_ids[0], "sent", 0, 250, "ok");
    receipt(f, due[1].recipient_ids[0], "deferred", T0 + 60, 451, "later");
    assert_str(state_of(f, one), "sent");
    assert_str(state_of(f, two), "held");
    due_at(f, T0 + 1000, &count);
    assert_int_equal(count, 0);
}

static void an_unknown_end_stays_unknown_until_the_next_try(void **state)
{
    struct fixture *f = *state;
    struct store_figures figures;
    size_t count = 0;
    int64_t id = letter_commit(f, 0, "jo@contoso.example", T0, T0);
    struct due_letter *due = due_at(f, T0, &count);
    receipt(f, due[0].recipient_ids[0], "unknown", T0 + 60, 0, "no answer after DATA");
    assert_good(store_letter_set(f->store, id, STR("queued"), T0 + 1, &f->err));
    assert_str(state_of(f, id), "unknown");
    assert_good(view_figures(f->store, T0, T0, &figures, &f->err));
    assert_int_equal(figures.letters_unknown, 1);
    assert_int_equal(figures.letters_waiting, 1);
    due = due_at(f, T0 + 1, &count);
    assert_int_equal(count, 1);
    assert_int_equal(due[0].tries, 1);
}

static void a_failed_letter_can_be_tried_again(void **state)
{
    struct fixture *f = *state;
    struct store_figures figures;
    size_t count = 0;
    int64_t id = letter_commit(f, 0, "jo@contoso.example", T0, T0);
    receipt(f, due_at(f, T0, &count)[0].recipient_ids[0], "failed", 0, 550, "no\xff such\r\nuser");
    assert_good(view_figures(f->store, T0, T0, &figures, &f->err));
    assert_int_equal(figures.letters_failed, 1);
    struct recipient_row *recipients;
    letter_of(f, id, &recipients, &count);
    assert_str(recipients[0].text, "no\xef\xbf\xbd such\nuser");
    assert_good(store_letter_set(f->store, id, STR("queued"), T0 + 9, &f->err));
    due_at(f, T0 + 9, &count);
    assert_int_equal(count, 1);
}

static void what_was_spent_counts_automatic_letters(void **state)
{
    struct fixture *f = *state;
    uint32_t count = 0;
    letter_commit(f, 0, "jo@contoso.example", T0, T0);
    letter_commit(f, 0, "jo@contoso.example", T0 + 100, T0);
    letter_commit(f, 0, "ed@contoso.example", T0 + 200, T0);
    letter_commit(f, 0, "x@other.example", T0 + 300, T0);
    struct str to = STR("jo@contoso.example");
    struct letter reply = {.id = 99, .relay = STR("default"), .kind = STR("reply"), .message_id = STR("r@y.example"), .octets = STR("x"), .created = T0 + 400,
                           .recipients = &to, .recipient_count = 1};
    assert_good(store_letter_add(f->store, &reply, 0, T0, false, &f->err));
    static const struct {
        const char *address, *domain;
        int64_t since;
        uint32_t spent;
    } cases[] = {
        {"jo@contoso.example", "", T0, 2}, {"jo@contoso.example", "", T0 + 1, 1}, {"", "contoso.example", T0, 3}, {"", "", T0, 4}, {"", "", T0 + 201, 1},
        {"", "nobody.example", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_good(store_spent(f->store, str_of(cases[i].address), str_of(cases[i].domain), cases[i].since, 1, &count, &f->err));
        assert_int_equal(count, cases[i].spent);
    }
}

/* A count is kept and raised by what is made since; it is made anew when it reaches the limit, so that none is withheld for letters that grew old or never were. */
static void what_was_spent_is_exact_where_it_matters(void **state)
{
    struct fixture *f = *state;
    uint32_t count = 0;
    for (int64_t i = 0; i < 3; i++) {
        assert_good(store_spent(f->store, STR(""), STR("contoso.example"), T0, 3, &count, &f->err));
        assert_int_equal(count, i);
        assert_good(store_spent(f->store, STR(""), STR(""), T0, 3, &count, &f->err));
        assert_int_equal(count, i);
        letter_commit(f, 0, "jo@contoso.example", T0 + i, T0);
    }
    assert_good(store_spent(f->store, STR(""), STR("contoso.example"), T0, 3, &count, &f->err));
    assert_int_equal(count, 3);
    assert_good(store_spent(f->store, STR(""), STR("contoso.example"), T0, 100, &count, &f->err)); /* another limit, another count */
    assert_int_equal(count, 3);
    assert_good(store_spent(f->store, STR(""), STR("contoso.example"), T0 + 1, 3, &count, &f->err)); /* the first has grown old */
    assert_int_equal(count, 2);
    assert_good(store_spent(f->store, STR(""), STR("contoso.example"), T0 - 9, 3, &count, &f->err)); /* a clock set back counts anew */
    assert_int_equal(count, 3);

    struct str to = STR("ed@other.example");
    struct letter undone = {.id = 99, .relay = STR("default"), .kind = STR("ack"), .message_id = STR("u@y.example"), .octets = STR("x"), .created = T0,
                            .recipients = &to, .recipient_count = 1};
    assert_good(store_spent(f->store, STR(""), STR("other.example"), T0, 1, &count, &f->err));
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_letter_add(f->store, &undone, 0, T0, false, &f->err));
    store_rollback(f->store);
    assert_good(store_spent(f->store, STR(""), STR("other.example"), T0, 1, &count, &f->err));
    assert_int_equal(count, 0);
}

static void a_suppressed_address_is_free_again_in_time(void **state)
{
    struct fixture *f = *state;
    bool suppressed = true;
    assert_good(store_suppressed(f->store, STR("jo@contoso.example"), T0, &suppressed, &f->err));
    assert_false(suppressed);
    assert_good(store_suppress(f->store, STR("jo@contoso.example"), STR("5.1.1"), T0, T0 + 10, &f->err));
    assert_good(store_suppressed(f->store, STR("jo@contoso.example"), T0 + 9, &suppressed, &f->err));
    assert_true(suppressed);
    assert_good(store_suppressed(f->store, STR("jo@contoso.example"), T0 + 10, &suppressed, &f->err));
    assert_false(suppressed);
    assert_good(store_suppress(f->store, STR("jo@contoso.example"), STR("asked"), T0, 0, &f->err));
    assert_good(store_suppressed(f->store, STR("jo@contoso.example"), INT64_MAX, &suppressed, &f->err));
    assert_true(suppressed);
}

static void the_desks_own_events_are_found_by_kind(void **state)
{
    struct fixture *f = *state;
    int64_t at = -1, ticket = new_ticket(f, 1);
    assert_good(store_last_event(f->store, STR("breaker"), &at, &f->err));
    assert_int_equal(at, 0);
    assert_good(store_event(f->store, 0, STR("triaged"), STR("breaker"), STR("30 in 15 min"), T0 + 1, &f->err));
    assert_good(store_event(f->store, 0, STR("triaged"), STR("breaker"), STR("again"), T0 + 2, &f->err));
    assert_good(store_event(f->store, ticket, STR("triaged"), STR("breaker"), STR("not the desk's"), T0 + 3, &f->err));
    assert_good(store_last_event(f->store, STR("breaker"), &at, &f->err));
    assert_int_equal(at, T0 + 2);
}

static void letters_are_listed_by_state_and_ticket(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = new_ticket(f, 1), other = new_ticket(f, 2);
    size_t due_count = 0;
    int64_t sent = letter_commit(f, ticket, "a@contoso.example", T0, T0), held = letter_commit(f, ticket, "b@contoso.example", T0, T0 + 10),
            waiting = letter_commit(f, other, "c@contoso.example", T0, T0 + 10);
    receipt(f, due_at(f, T0, &due_count)[0].recipient_ids[0], "sent", 0, 250, "ok");
    assert_good(store_letter_set(f->store, held, STR("held"), T0, &f->err));
    const struct {
        const char *state;
        int64_t ticket;
        size_t count;
        int64_t first;
    } cases[] = {
        {"", 0, 2, held}, {"any", 0, 3, waiting}, {"sent", 0, 1, sent}, {"held", 0, 1, held}, {"failed", 0, 0, 0},
        {"", ticket, 1, held}, {"any", ticket, 2, held}, {"sent", ticket, 1, sent}, {"", other, 1, waiting},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct letter_row *rows;
        size_t count = 99;
        assert_good(view_letters(f->store, f->arena, str_of(cases[i].state), cases[i].ticket, 50, &rows, &count, &f->err));
        assert_int_equal(count, cases[i].count);
        if (count > 0)
            assert_int_equal(rows[0].id, cases[i].first);
    }
    struct letter_row *rows;
    size_t count = 0;
    assert_good(view_letters(f->store, f->arena, STR("any"), 0, 1, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    struct store_figures figures;
    assert_good(view_figures(f->store, T0, T0, &figures, &f->err));
    assert_int_equal(figures.letters_waiting, 1);
    assert_int_equal(figures.letters_held, 1);
    assert_int_equal(figures.oldest_letter, T0);
}

static void a_letters_end_is_an_event_of_its_ticket(void **state)
{
    struct fixture *f = *state;
    struct event_row *rows;
    size_t count = 0;
    int64_t ticket = new_ticket(f, 1);
    letter_commit(f, ticket, "jo@contoso.example", T0, T0);
    receipt(f, due_at(f, T0, &count)[0].recipient_ids[0], "sent", 0, 250, "Ok: queued");
    assert_good(view_events(f->store, f->arena, ticket, 10, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_str(rows[0].kind, "opened");
    assert_str(rows[1].kind, "letter sent");
    assert_str(rows[1].detail, "L-1 to jo@contoso.example: Ok: queued");
    assert_str(rows[1].actor, "relay default");
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_letter_leaves_with_the_octets_it_came_with),
        STORE_TEST(a_letter_leads_its_answers_to_the_ticket),
        STORE_TEST(a_letter_is_part_of_the_conversation),
        STORE_TEST(one_of_three_recipients_is_tried_again_alone),
        STORE_TEST(the_oldest_leaves_first_and_what_is_under_way_not_twice),
        STORE_TEST(a_letter_needs_a_recipient_and_an_id_of_its_own),
        STORE_TEST(a_held_letter_waits_for_its_release),
        STORE_TEST(what_the_relay_took_is_sent_even_when_it_was_held_meanwhile),
        STORE_TEST(an_unknown_end_stays_unknown_until_the_next_try),
        STORE_TEST(a_failed_letter_can_be_tried_again),
        STORE_TEST(what_was_spent_counts_automatic_letters),
        STORE_TEST(what_was_spent_is_exact_where_it_matters),
        STORE_TEST(a_suppressed_address_is_free_again_in_time),
        STORE_TEST(the_desks_own_events_are_found_by_kind),
        STORE_TEST(letters_are_listed_by_state_and_ticket),
        STORE_TEST(a_letters_end_is_an_event_of_its_ticket),
    };
    return cmocka_run_group_tests_name("store_letter", tests, NULL, NULL);
}
