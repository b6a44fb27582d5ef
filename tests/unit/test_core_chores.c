/* From what a mailbox is still to be told to its answer, over a real store, with the test as the courier: copies of what was sent, and the state of tickets. */
#include "core_fixture.h"

#include "base/clock.h"
#include "core/chores.h"
#include "core/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GIVEN_MAX 64u

struct work {
    struct core_fixture *f;
    struct chores *chores;
    int64_t now, mono;
    struct wire_chore given[GIVEN_MAX]; /* of the last hand-out */
    size_t count;
};

static void with(struct work *w, const char *mailbox)
{
    core_configure(w->f, "", arena_text(w->f->arena, arena_printf(w->f->arena,
        "mailbox more { url imap+insecure://m@127.0.0.1/INBOX; password credential p; poll 1min; %s }\n", mailbox)));
    assert_true(chores_setup(w->chores, w->f->config, w->f->store, &w->f->err));
}

static int set_up(void **state)
{
    void *f = NULL;
    if (core_set_up(&f) != 0)
        return -1;
    struct work *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->f = f;
    w->now = T0;
    w->mono = 1000000;
    log_open("core-test", "none", LOG_ERROR);
    chores_open(&w->chores);
    with(w, "sent Sent; state-keywords yes");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct work *w = *state;
    void *f = w->f;
    chores_close(&w->chores);
    free(w);
    return core_tear_down(&f);
}

/* A mail in the mailbox `more`; gives its ticket. */
static int64_t mail(struct work *w, const char *subject)
{
    struct core_fixture *f = w->f;
    struct folder_state folder = {.known = true, .uid_validity = 7, .first_look = 1, .last_look = 1};
    struct raw raw = core_raw(f, core_mail(f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: %s\nMessage-ID: <%u@x>\n\nHello.\n", subject, f->uid));
    struct line line = {0};
    raw.mailbox = STR("more");
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_folder_put(f->store, raw.mailbox, raw.folder, &folder, &f->err));
    assert_good(store_commit(f->store, &f->err));
    core_file(f, &raw, &line);
    return line.filed.ticket;
}

/* A letter about the ticket, as its relay took it. */
static int64_t sent(struct work *w, int64_t ticket, const char *kind)
{
    struct core_fixture *f = w->f;
    struct str to = STR("jo@fabrikam.example");
    struct letter letter = {.relay = STR("default"), .kind = str_of(kind), .recipients = &to, .recipient_count = 1, .created = w->now, .ticket = ticket};
    assert_good(store_letter_id(f->store, &letter.id, &f->err));
    letter.message_id = arena_printf(f->arena, "l%lld@contoso.example", (long long)letter.id);
    letter.octets = arena_printf(f->arena, "Subject: %lld\r\n\r\nThank you.\r\n", (long long)letter.id);
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_letter_add(f->store, &letter, 0, w->now, false, &f->err));
    assert_good(sent_copy_due(f->store, f->config, letter.id, w->now, &f->err));
    assert_good(sent_copy_due(f->store, f->config, letter.id, w->now, &f->err)); /* for its second recipient */
    assert_good(store_commit(f->store, &f->err));
    return letter.id;
}

static size_t hand_out(struct work *w)
{
    struct core_fixture *f = w->f;
    struct buf frames = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    assert_good(chores_hand_out(w->chores, f->store, w->now, w->mono, &frames, &f->err));
    for (w->count = 0; frame_peek(&frames, &type, &payload, &size) == 1; w->count++) {
        assert_int_equal(type, WIRE_CHORE);
        assert_true(w->count < GIVEN_MAX && wire_get_chore(payload, f->arena, &w->given[w->count]));
        buf_eat(&frames, size);
    }
    assert_int_equal(frames.n, 0);
    buf_free(&frames);
    return w->count;
}

static void answer(struct work *w, size_t i, const char *refused)
{
    struct buf frame = {0};
    struct wire_chore_done done = {.mailbox = w->given[i].mailbox, .serial = w->given[i].serial, .done = refused == NULL, .why = str_of(refused)};
    wire_put_chore_done(&frame, &done);
    assert_true(chores_take(w->chores, (struct str){frame.p + FRAME_HEADER, frame.n - FRAME_HEADER}));
    buf_free(&frame);
}

static void record(struct work *w)
{
    struct core_fixture *f = w->f;
    if (!chores_has_news(w->chores))
        return;
    assert_good(store_begin(f->store, &f->err));
    assert_good(chores_record(w->chores, f->store, w->now, &f->err));
    assert_good(store_commit(f->store, &f->err));
    chores_recorded(w->chores, w->mono);
    assert_false(chores_has_news(w->chores));
}

/* Everything there is to do is done. */
static void do_all(struct work *w)
{
    do {
        hand_out(w);
        for (size_t i = 0; i < w->count; i++)
            answer(w, i, NULL);
        record(w);
    } while (w->count > 0 || chores_next(w->chores) == 0);
}

static void change(struct work *w, int64_t ticket, const char *field, const char *value)
{
    struct core_fixture *f = w->f;
    struct changed changed;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_change(f->store, f->arena, ticket, str_of(field), str_of(value), STR("alice"), STR("r1"), w->now, &changed, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

static void assert_mark(const struct wire_chore *chore, const char *set, const char *clear)
{
    assert_int_equal(chore->kind, CHORE_MARK);
    assert_int_equal(chore->uid_validity, 7);
    assert_text(chore->folder, "INBOX");
    assert_text(chore->set, set);
    assert_text(chore->clear, clear);
}

/* ---- copies ---- */

static void an_answer_sent_is_put_once(void **state)
{
    struct work *w = *state;
    int64_t ticket = mail(w, "Printer"), letter = sent(w, ticket, "reply");
    sent(w, ticket, "ack"); /* nobody wrote it by hand */
    hand_out(w);
    assert_int_equal(w->given[0].kind, CHORE_PUT);
    assert_text(w->given[0].folder, "Sent");
    assert_text(w->given[0].message_id, arena_text(w->f->arena, arena_printf(w->f->arena, "l%lld@contoso.example", (long long)letter)));
    assert_holds(w->given[0].octets, "Thank you.");
    assert_int_equal(w->given[0].date, T0);
    assert_int_equal(hand_out(w), 0); /* it is under way */
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM sent_copy WHERE done_at = 0"), 1);
    chores_recall(w->chores); /* the courier died over it */
    hand_out(w);
    assert_int_equal(w->given[0].kind, CHORE_PUT);
    answer(w, 0, NULL);
    record(w);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM sent_copy WHERE done_at > 0 AND problem = ''"), 1);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM event WHERE ticket = %lld AND kind = 'copy put'", (long long)ticket), 1);
    do_all(w);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM sent_copy"), 1);
}

static void a_copy_refused_waits_longer_each_time(void **state)
{
    struct work *w = *state;
    sent(w, mail(w, "Printer"), "reply");
    for (int try = 0; try < 3; try++) {
        do {
            hand_out(w);
        } while (w->count == 0 || w->given[0].kind != CHORE_PUT);
        answer(w, 0, "the server says \"too big\"");
        record(w);
        assert_true(strstr(chores_problem(w->chores, w->given[0].mailbox), "too big") != NULL);
        w->now += CLOCK_MINUTE << try;
        w->mono += CLOCK_MINUTE << try;
    }
    assert_int_equal(core_count(w->f, "SELECT tries FROM sent_copy WHERE done_at = 0 AND problem LIKE '%%too big%%'"), 3);
    assert_int_equal(core_count(w->f, "SELECT next_at FROM sent_copy") , T0 + 3 * CLOCK_MINUTE + 4 * CLOCK_MINUTE);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM event WHERE kind = 'copy refused'"), 1); /* told once */
    do_all(w);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM sent_copy WHERE done_at > 0"), 1);
    assert_string_equal(chores_problem(w->chores, 2), "");
}

static void a_mailbox_without_a_folder_for_it_gets_no_copy(void **state)
{
    struct work *w = *state;
    with(w, "state-keywords no");
    sent(w, mail(w, "Printer"), "reply");
    assert_int_equal(hand_out(w), 0);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM sent_copy"), 0);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM mark_waiting"), 0); /* nor is anything noted */
}

/* ---- marks ---- */

static void the_state_of_a_ticket_shows_on_its_messages(void **state)
{
    struct work *w = *state;
    int64_t ticket = mail(w, "Printer");
    assert_int_equal(hand_out(w), 1);
    assert_mark(&w->given[0], "$TicketNew $TicketC", "$TicketOpen $TicketPending $TicketClosed $TicketA $TicketB $TicketD");
    assert_true(uid_set_has(&w->given[0].uids, w->f->uid) && w->given[0].uids.count == 1);
    answer(w, 0, NULL);
    record(w);
    assert_int_equal(hand_out(w), 0);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM mark_waiting"), 0);
    change(w, ticket, "severity", "A");
    change(w, ticket, "state", "closed");
    assert_int_equal(hand_out(w), 1); /* both at once */
    assert_mark(&w->given[0], "$TicketClosed $TicketA", "$TicketNew $TicketOpen $TicketPending $TicketB $TicketC $TicketD");
    change(w, ticket, "state", "open"); /* while that is under way */
    answer(w, 0, NULL);
    record(w);
    assert_int_equal(hand_out(w), 1);
    assert_mark(&w->given[0], "$TicketOpen $TicketA", "$TicketNew $TicketPending $TicketClosed $TicketB $TicketC $TicketD");
    do_all(w);
}

static void messages_that_show_the_same_are_marked_together(void **state)
{
    struct work *w = *state;
    for (int i = 0; i < 150; i++)
        mail(w, "Printer");
    size_t chores = 0, messages = 0;
    do {
        chores += hand_out(w);
        for (size_t i = 0; i < w->count; i++) {
            for (size_t r = 0; r < w->given[i].uids.count; r++)
                messages += w->given[i].uids.ranges[r].last - w->given[i].uids.ranges[r].first + 1;
            answer(w, i, NULL);
        }
        record(w);
    } while (w->count > 0 || chores_next(w->chores) == 0);
    assert_int_equal(messages, 150);
    assert_true(chores <= 4); /* as many as rounds */
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM mark_waiting"), 0);
}

static void a_mailbox_that_refuses_is_asked_at_the_next_poll(void **state)
{
    struct work *w = *state;
    mail(w, "Printer");
    assert_int_equal(hand_out(w), 1);
    answer(w, 0, "the server keeps no keyword");
    record(w);
    assert_int_equal(hand_out(w), 0);
    assert_int_equal(chores_next(w->chores), w->now + CLOCK_MINUTE);
    assert_true(strstr(chores_problem(w->chores, 2), "keeps no keyword") != NULL);
    w->now += CLOCK_MINUTE;
    w->mono += CLOCK_MINUTE;
    assert_int_equal(hand_out(w), 1);
    answer(w, 0, NULL);
    record(w);
    assert_string_equal(chores_problem(w->chores, 2), "");
    answer(w, 0, NULL); /* twice: it is not ours any more */
    assert_false(chores_has_news(w->chores));
}

static void what_went_into_another_ticket_shows_that_ones_state(void **state)
{
    struct work *w = *state;
    int64_t one = mail(w, "Printer"), two = mail(w, "Printer again");
    char number[32];
    do_all(w);
    snprintf(number, sizeof number, "%lld", (long long)one);
    change(w, two, "merged", number);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ticket WHERE state = 'closed'"), 1);
    do_all(w);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ledger WHERE marked = 'new/C'"), 2);
    change(w, one, "state", "pending");
    do_all(w);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ledger WHERE marked = 'pending/C'"), 2);
}

static void what_is_open_already_shows_when_it_is_asked_for(void **state)
{
    struct work *w = *state;
    with(w, "state-keywords no");
    mail(w, "Printer");
    change(w, mail(w, "Laptop"), "state", "closed");
    do_all(w);
    with(w, "state-keywords yes");
    do_all(w);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ledger WHERE marked = 'new/C'"), 1);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ledger WHERE marked = ''"), 1);
}

static void a_folder_made_anew_and_one_that_is_moved_from_show_nothing(void **state)
{
    struct work *w = *state;
    struct core_fixture *f = w->f;
    struct folder_state folder = {.known = true, .uid_validity = 8, .first_look = 1, .last_look = 1};
    mail(w, "Printer");
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_folder_put(f->store, STR("more"), STR("INBOX"), &folder, &f->err));
    assert_good(store_commit(f->store, &f->err));
    assert_int_equal(hand_out(w), 0);
    do_all(w);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM mark_waiting"), 0);
    with(w, "state-keywords yes; after move Done");
    mail(w, "Laptop");
    assert_int_equal(hand_out(w), 0);
}

static void what_is_malformed_or_not_ours_changes_nothing(void **state)
{
    struct work *w = *state;
    struct buf frame = {0};
    mail(w, "Printer");
    assert_false(chores_take(w->chores, STR("x")));
    wire_put_chore_done(&frame, &(struct wire_chore_done){.mailbox = 99, .serial = 1, .done = true});
    assert_true(chores_take(w->chores, (struct str){frame.p + FRAME_HEADER, frame.n - FRAME_HEADER}));
    assert_false(chores_has_news(w->chores));
    buf_free(&frame);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_sent_is_put_once),
        CASE(a_copy_refused_waits_longer_each_time),
        CASE(a_mailbox_without_a_folder_for_it_gets_no_copy),
        CASE(the_state_of_a_ticket_shows_on_its_messages),
        CASE(messages_that_show_the_same_are_marked_together),
        CASE(a_mailbox_that_refuses_is_asked_at_the_next_poll),
        CASE(what_went_into_another_ticket_shows_that_ones_state),
        CASE(what_is_open_already_shows_when_it_is_asked_for),
        CASE(a_folder_made_anew_and_one_that_is_moved_from_show_nothing),
        CASE(what_is_malformed_or_not_ours_changes_nothing),
    };
    return cmocka_run_group_tests_name("core chores", tests, NULL, NULL);
}
