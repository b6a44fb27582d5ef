/* From a committed letter to its receipt, over a real store, with the test as the courier: rates, schedule, and that octets never differ. */
#include "core_fixture.h"

#include "base/clock.h"
#include "core/outbox.h"
#include "core/wire.h"

#include <stdlib.h>
#include <string.h>

struct post {
    struct core_fixture *f;
    struct outbox *outbox;
    int64_t now, mono;
    struct relay_letter letters[2 * OUTBOX_HANDED_MAX]; /* of the last hand-out */
    uint32_t relays[2 * OUTBOX_HANDED_MAX];
    size_t count;
    struct buf told; /* frames for the courier besides letters */
};

static int set_up(void **state)
{
    void *f = NULL;
    if (core_set_up(&f) != 0)
        return -1;
    struct post *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->f = f;
    p->now = T0;
    p->mono = 1000000;
    outbox_open(&p->outbox);
    outbox_setup(p->outbox, p->f->config);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct post *p = *state;
    void *f = p->f;
    outbox_close(&p->outbox);
    assert_null(p->outbox);
    buf_free(&p->told);
    free(p);
    return core_tear_down(&f);
}

static void with_rate(struct post *p, const char *rate)
{
    core_configure(p->f, "", arena_text(p->f->arena, arena_printf(p->f->arena, "relay slow { url maildir:out; per-minute %s }\n", rate)));
    outbox_setup(p->outbox, p->f->config);
}

static int64_t add_letter(struct post *p, const char *relay, const char *const *to, size_t count)
{
    struct core_fixture *f = p->f;
    struct str recipients[8];
    struct letter letter = {.relay = str_of(relay), .kind = STR("ack"), .recipients = recipients, .recipient_count = count, .created = p->now};
    for (size_t i = 0; i < count; i++)
        recipients[i] = str_of(to[i]);
    assert_good(store_letter_id(f->store, &letter.id, &f->err));
    letter.message_id = arena_printf(f->arena, "l%lld@contoso.example", (long long)letter.id);
    letter.octets = arena_printf(f->arena, "Subject: %lld\r\n\r\nThank you.\r\n", (long long)letter.id);
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_letter_add(f->store, &letter, 0, p->now, false, &f->err));
    assert_good(store_commit(f->store, &f->err));
    outbox_changed(p->outbox);
    return letter.id;
}

static int64_t add_one(struct post *p)
{
    return add_letter(p, "default", (const char *const[]){"jo@fabrikam.example"}, 1);
}

/* Everything the outbox gives away now. */
static size_t hand_out(struct post *p)
{
    struct core_fixture *f = p->f;
    struct buf frames = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    assert_good(outbox_hand_out(p->outbox, f->store, p->now, p->mono, &frames, &f->err));
    for (p->count = 0; frame_peek(&frames, &type, &payload, &size) == 1; p->count++) {
        assert_int_equal(type, WIRE_LETTER);
        assert_true(wire_get_letter(payload, f->arena, &p->relays[p->count], &p->letters[p->count]));
        buf_eat(&frames, size);
    }
    assert_int_equal(frames.n, 0);
    buf_free(&frames);
    return p->count;
}

static bool give_back(struct post *p, uint32_t relay, const struct relay_letter *letter)
{
    struct buf frame = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    wire_put_receipt(&frame, relay, letter);
    assert_int_equal(frame_peek(&frame, &type, &payload, &size), 1);
    bool fine = outbox_take(p->outbox, payload, &p->told);
    buf_free(&frame);
    return fine;
}

static void record(struct post *p)
{
    struct core_fixture *f = p->f;
    assert_good(store_begin(f->store, &f->err));
    assert_good(outbox_record(p->outbox, f->store, p->now, &f->err));
    assert_good(store_commit(f->store, &f->err));
    outbox_recorded(p->outbox, &p->told);
    assert_false(outbox_has_receipts(p->outbox));
}

/* The courier answers for letter i of the last hand-out. */
static void answer(struct post *p, size_t i, enum delivery delivery, uint32_t code)
{
    for (size_t r = 0; r < p->letters[i].recipient_count; r++) {
        p->letters[i].recipients[r].delivery = delivery;
        p->letters[i].recipients[r].code = code;
        p->letters[i].recipients[r].text = STR("as the server said");
    }
    assert_true(give_back(p, p->relays[i], &p->letters[i]));
    assert_true(outbox_has_receipts(p->outbox));
    record(p);
}

static int64_t in_state(struct post *p, const char *wanted)
{
    return core_count(p->f, "SELECT COUNT(*) FROM recipient WHERE state = '%s'", wanted);
}

/* ---- the way of one letter ---------------------------------------------------------------------------------------------------- */

static void a_letter_is_handed_out_once_and_sent(void **state)
{
    struct post *p = *state;
    int64_t id = add_one(p);
    assert_int_equal(hand_out(p), 1);
    assert_int_equal(p->letters[0].id, id);
    assert_holds(p->letters[0].octets, "Thank you.");
    assert_text(p->letters[0].recipients[0].address, "jo@fabrikam.example");
    assert_int_equal(outbox_handed(p->outbox), 1);
    outbox_changed(p->outbox);
    assert_int_equal(hand_out(p), 0);
    answer(p, 0, DELIVERY_SENT, 250);
    assert_int_equal(in_state(p, "sent"), 1);
    assert_int_equal(outbox_handed(p->outbox), 0);
    p->now += 10 * CLOCK_DAY;
    outbox_changed(p->outbox);
    assert_int_equal(hand_out(p), 0);
}

static void what_is_not_due_waits(void **state)
{
    struct post *p = *state;
    p->now += CLOCK_HOUR;
    add_one(p); /* due then */
    p->now -= CLOCK_HOUR;
    assert_int_equal(hand_out(p), 0);
    assert_int_equal(outbox_next(p->outbox), T0 + CLOCK_HOUR);
    p->now = T0 + CLOCK_HOUR;
    assert_int_equal(hand_out(p), 1);
}

static void a_deferred_letter_follows_the_schedule_and_keeps_its_octets(void **state)
{
    static const int64_t minutes[] = {1, 5, 15, 60, 120, 240, 480, 480};
    struct post *p = *state;
    add_one(p);
    assert_int_equal(hand_out(p), 1);
    struct str octets = p->letters[0].octets;
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        answer(p, 0, DELIVERY_DEFERRED, 451);
        assert_int_equal(in_state(p, "deferred"), 1);
        assert_int_equal(core_count(p->f, "SELECT next_at FROM recipient"), p->now + minutes[i] * CLOCK_MINUTE);
        p->now += minutes[i] * CLOCK_MINUTE - 1;
        assert_int_equal(hand_out(p), 0);
        p->now++;
        assert_int_equal(hand_out(p), 1);
        assert_true(str_eq(p->letters[0].octets, octets));
    }
    answer(p, 0, DELIVERY_SENT, 250);
    assert_int_equal(in_state(p, "sent"), 1);
}

static void a_letter_of_unknown_fate_goes_once_more_with_the_same_octets(void **state)
{
    struct post *p = *state;
    add_one(p);
    assert_int_equal(hand_out(p), 1);
    struct str octets = p->letters[0].octets;
    answer(p, 0, DELIVERY_UNKNOWN, 0);
    assert_int_equal(in_state(p, "unknown"), 1);
    p->now += CLOCK_MINUTE;
    assert_int_equal(hand_out(p), 1);
    assert_true(str_eq(p->letters[0].octets, octets));
}

static void a_refused_letter_has_failed(void **state)
{
    struct post *p = *state;
    add_one(p);
    assert_int_equal(hand_out(p), 1);
    answer(p, 0, DELIVERY_FAILED, 550);
    assert_int_equal(in_state(p, "failed"), 1);
    p->now += CLOCK_DAY;
    outbox_changed(p->outbox);
    assert_int_equal(hand_out(p), 0);
    assert_int_equal(core_count(p->f, "SELECT COUNT(*) FROM recipient WHERE code = 550 AND reply = 'as the server said'"), 1);
}

static void after_three_days_it_is_given_up(void **state)
{
    struct post *p = *state;
    add_one(p);
    int tries = 0;
    while (tries < 100 && in_state(p, "failed") == 0) {
        assert_int_equal(hand_out(p), 1);
        answer(p, 0, DELIVERY_DEFERRED, 451);
        tries++;
        p->now = in_state(p, "failed") > 0 ? p->now : core_count(p->f, "SELECT next_at FROM recipient");
        assert_true(p->now <= T0 + OUTBOX_GIVE_UP);
    }
    assert_int_equal(in_state(p, "failed"), 1);
    assert_true(tries >= 10 && p->now > T0 + 2 * CLOCK_DAY);
}

static void only_the_refused_recipient_is_tried_again(void **state)
{
    struct post *p = *state;
    add_letter(p, "default", (const char *const[]){"a@fabrikam.example", "b@fabrikam.example", "c@fabrikam.example"}, 3);
    assert_int_equal(hand_out(p), 1);
    struct relay_letter *letter = &p->letters[0];
    assert_int_equal(letter->recipient_count, 3);
    static const enum delivery deliveries[] = {DELIVERY_SENT, DELIVERY_DEFERRED, DELIVERY_FAILED};
    for (size_t i = 0; i < 3; i++)
        letter->recipients[i].delivery = deliveries[i];
    struct str again = letter->recipients[1].address;
    assert_true(give_back(p, 0, letter));
    record(p);
    assert_true(in_state(p, "sent") == 1 && in_state(p, "deferred") == 1 && in_state(p, "failed") == 1);
    p->now += CLOCK_DAY;
    assert_int_equal(hand_out(p), 1);
    assert_int_equal(p->letters[0].recipient_count, 1);
    assert_true(str_eq(p->letters[0].recipients[0].address, again));
}

/* ---- the courier's end, strange receipts ---------------------------------------------------------------------------------------- */

static void what_a_dead_courier_had_is_handed_out_again(void **state)
{
    struct post *p = *state;
    add_one(p);
    assert_int_equal(hand_out(p), 1);
    struct relay_letter had = p->letters[0];
    outbox_recall(p->outbox);
    assert_int_equal(outbox_handed(p->outbox), 0);
    assert_int_equal(hand_out(p), 1);
    assert_true(p->letters[0].id == had.id && str_eq(p->letters[0].octets, had.octets));
}

static void a_receipt_that_came_before_the_death_counts(void **state)
{
    struct post *p = *state;
    add_one(p);
    assert_int_equal(hand_out(p), 1);
    p->letters[0].recipients[0].delivery = DELIVERY_SENT;
    assert_true(give_back(p, 0, &p->letters[0]));
    outbox_recall(p->outbox);
    outbox_changed(p->outbox);
    assert_int_equal(hand_out(p), 0); /* not yet written down, but not due */
    record(p);
    assert_int_equal(in_state(p, "sent"), 1);
}

static void a_failed_transaction_keeps_the_receipt(void **state)
{
    struct post *p = *state;
    struct core_fixture *f = p->f;
    add_one(p);
    assert_int_equal(hand_out(p), 1);
    p->letters[0].recipients[0].delivery = DELIVERY_SENT;
    assert_true(give_back(p, 0, &p->letters[0]));
    assert_good(store_begin(f->store, &f->err));
    assert_good(outbox_record(p->outbox, f->store, p->now, &f->err));
    store_rollback(f->store);
    assert_true(outbox_has_receipts(p->outbox));
    assert_int_equal(in_state(p, "queued"), 1);
    record(p);
    assert_int_equal(in_state(p, "sent"), 1);
}

static void a_receipt_for_what_was_not_handed_out_is_ignored(void **state)
{
    struct post *p = *state;
    struct relay_recipient to = {.address = STR("jo@fabrikam.example"), .delivery = DELIVERY_SENT};
    int64_t id = add_one(p);
    assert_true(give_back(p, 0, &(struct relay_letter){.id = (uint64_t)id, .recipients = &to, .recipient_count = 1}));
    assert_false(outbox_has_receipts(p->outbox));
    assert_int_equal(hand_out(p), 1);
    struct relay_recipient two[] = {to, to};
    assert_true(give_back(p, 0, &(struct relay_letter){.id = (uint64_t)id, .recipients = two, .recipient_count = 2})); /* another number of recipients */
    assert_false(outbox_has_receipts(p->outbox));
    assert_true(give_back(p, 0, &p->letters[0]));
    assert_true(give_back(p, 0, &p->letters[0])); /* twice */
    record(p);
    assert_int_equal(core_count(p->f, "SELECT tries FROM recipient"), 1);
    assert_false(give_back(p, 99, &p->letters[0])); /* of a relay there is not */
    assert_false(outbox_take(p->outbox, STR("rubbish"), &p->told));
}

/* The receipts that the courier has been told are on record, of relay 0; forgets them. */
static uint32_t noted(struct post *p)
{
    uint32_t type = 0, relay = 0, count = 0, all = 0;
    struct str payload = {0};
    size_t size = 0;
    while (frame_peek(&p->told, &type, &payload, &size) == 1) {
        assert_int_equal(type, WIRE_NOTED);
        assert_true(wire_get_pair(payload, &relay, &count) && relay == 0);
        all += count;
        buf_eat(&p->told, size);
    }
    return all;
}

/* The relay's thread waits for it before its next letter. */
static void a_receipt_is_noted_when_it_is_on_record(void **state)
{
    struct post *p = *state;
    struct relay_recipient to = {.address = STR("jo@fabrikam.example")};
    add_one(p);
    add_one(p);
    assert_int_equal(hand_out(p), 2);
    assert_true(give_back(p, 0, &p->letters[0]));
    assert_int_equal(noted(p), 0);
    record(p);
    assert_int_equal(noted(p), 1);
    assert_true(give_back(p, 0, &(struct relay_letter){.id = 4711, .recipients = &to, .recipient_count = 1}));
    assert_int_equal(noted(p), 1); /* nothing to record, and nobody to be kept waiting */
    assert_true(give_back(p, 0, &p->letters[1]));
    outbox_recall(p->outbox);
    record(p);
    assert_int_equal(noted(p), 0); /* who sent it is gone: the next courier has told nothing yet */
}

/* The configuration may change between a receipt and its commit. */
static void receipts_outlive_their_relay(void **state)
{
    struct post *p = *state;
    with_rate(p, "0");
    add_letter(p, "slow", (const char *const[]){"jo@fabrikam.example"}, 1);
    assert_int_equal(hand_out(p), 1);
    assert_int_equal(p->relays[0], 1);
    p->letters[0].recipients[0].delivery = DELIVERY_SENT;
    assert_true(give_back(p, 1, &p->letters[0]));
    core_configure(p->f, "", "");
    outbox_setup(p->outbox, p->f->config); /* relay slow is no more */
    record(p);
    assert_int_equal(in_state(p, "sent"), 1);
}

static void a_letter_with_an_uncommitted_receipt_is_not_due_under_another_number(void **state)
{
    struct post *p = *state;
    with_rate(p, "0");
    add_letter(p, "slow", (const char *const[]){"jo@fabrikam.example"}, 1);
    assert_int_equal(hand_out(p), 1);
    p->letters[0].recipients[0].delivery = DELIVERY_SENT;
    assert_true(give_back(p, 1, &p->letters[0]));
    core_configure(p->f, "", "relay before { url maildir:out }\nrelay slow { url maildir:out }\n");
    outbox_setup(p->outbox, p->f->config);
    assert_int_equal(hand_out(p), 0);
    record(p);
}

/* ---- rates ----------------------------------------------------------------------------------------------------------------------- */

static void a_relay_gets_no_more_than_its_rate(void **state)
{
    struct post *p = *state;
    with_rate(p, "3");
    for (int i = 0; i < 8; i++)
        add_letter(p, "slow", (const char *const[]){"jo@fabrikam.example"}, 1);
    size_t first = 0;
    for (int i = 0; i < 5; i++) { /* within one minute, however often it is asked */
        first += hand_out(p);
        p->mono += CLOCK_SECOND;
        p->now += CLOCK_SECOND;
        outbox_changed(p->outbox);
    }
    assert_int_equal(first, 3);
    hand_out(p);
    assert_int_equal(outbox_next(p->outbox), p->now + 55 * CLOCK_SECOND); /* then, not before */
    p->mono += 55 * CLOCK_SECOND;
    p->now += 55 * CLOCK_SECOND;
    assert_int_equal(hand_out(p), 3);
    p->mono += CLOCK_MINUTE;
    p->now -= 10 * 365 * CLOCK_DAY; /* the wall clock does not matter to the rate */
    outbox_changed(p->outbox);
    assert_int_equal(hand_out(p), 0); /* but what is due then is not due now */
    p->now += 10 * 365 * CLOCK_DAY;
    outbox_changed(p->outbox);
    assert_int_equal(hand_out(p), 2);
}

static void a_rate_does_not_hold_up_the_other_relay(void **state)
{
    struct post *p = *state;
    with_rate(p, "1");
    for (int i = 0; i < 3; i++) {
        add_letter(p, "slow", (const char *const[]){"jo@fabrikam.example"}, 1);
        add_one(p);
    }
    hand_out(p);
    size_t of[2] = {0, 0};
    for (size_t i = 0; i < p->count; i++)
        of[p->relays[i]]++;
    assert_int_equal(of[0], 3);
    assert_int_equal(of[1], 1);
}

static size_t hand_out_all(struct post *p)
{
    size_t all = 0;
    for (int i = 0; i < 10; i++)
        all += hand_out(p);
    return all;
}

static void a_full_courier_is_waited_for_without_haste(void **state)
{
    static const char *const rates[] = {"0", "600"};
    struct post *p = *state;
    for (size_t r = 0; r < 2; r++) {
        with_rate(p, rates[r]);
        for (unsigned i = 0; i < OUTBOX_HANDED_MAX + 5; i++)
            add_letter(p, "slow", (const char *const[]){"jo@fabrikam.example"}, 1);
        assert_int_equal(hand_out_all(p), OUTBOX_HANDED_MAX);
        assert_int_equal(outbox_handed(p->outbox), OUTBOX_HANDED_MAX);
        assert_true(outbox_next(p->outbox) > p->now); /* else the loop would turn for nothing */
        outbox_recall(p->outbox);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_letter_is_handed_out_once_and_sent),
        CASE(what_is_not_due_waits),
        CASE(a_deferred_letter_follows_the_schedule_and_keeps_its_octets),
        CASE(a_letter_of_unknown_fate_goes_once_more_with_the_same_octets),
        CASE(a_refused_letter_has_failed),
        CASE(after_three_days_it_is_given_up),
        CASE(only_the_refused_recipient_is_tried_again),
        CASE(what_a_dead_courier_had_is_handed_out_again),
        CASE(a_receipt_that_came_before_the_death_counts),
        CASE(a_failed_transaction_keeps_the_receipt),
        CASE(a_receipt_for_what_was_not_handed_out_is_ignored),
        CASE(a_receipt_is_noted_when_it_is_on_record),
        CASE(receipts_outlive_their_relay),
        CASE(a_letter_with_an_uncommitted_receipt_is_not_due_under_another_number),
        CASE(a_relay_gets_no_more_than_its_rate),
        CASE(a_rate_does_not_hold_up_the_other_relay),
        CASE(a_full_courier_is_waited_for_without_haste),
    };
    return cmocka_run_group_tests_name("core outbox", tests, NULL, NULL);
}
