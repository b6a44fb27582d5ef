/* Groups of mails into the store, with a disk that fails when it is told to: nobody hears of what is not on record, and everything is tried again. */
#include "core_fixture.h"

#include "core/daemon_state.h"
#include "store/people.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In place of the system's own; the engine below calls these. */
static bool disk_fails;

int fsync(int fd)
{
    if (!disk_fails)
        return (int)syscall(SYS_fsync, fd);
    errno = EIO;
    return -1;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

struct works {
    struct core_fixture *f;
    struct daemon *d;
    int courier; /* the test's end */
};

static int set_up(void **state)
{
    void *f = NULL;
    int pair[2];
    if (core_set_up(&f) != 0)
        return -1;
    struct works *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->f = f;
    w->d = calloc(1, sizeof *w->d);
    assert_non_null(w->d);
    w->d->clock_ahead = clock_wall() - clock_monotonic();
    w->d->config = w->f->config;
    w->d->store = w->f->store;
    w->d->keys = w->f->keys;
    inbox_open(&w->d->inbox);
    outbox_open(&w->d->outbox);
    outbox_setup(w->d->outbox, w->d->config);
    chores_open(&w->d->chores);
    assert_true(chores_setup(w->d->chores, w->d->config, w->d->store, &w->f->err));
    daemon_status_alloc(w->d);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    link_open(&w->d->courier, pair[0]);
    w->courier = pair[1];
    log_open("core-test", "stderr", LOG_ERROR);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct works *w = *state;
    void *f = w->f;
    disk_fails = false;
    inbox_close(&w->d->inbox);
    outbox_close(&w->d->outbox);
    chores_close(&w->d->chores);
    link_close(&w->d->courier);
    close(w->courier);
    free(w->d->mailboxes);
    free(w->d->relays);
    free(w->d);
    free(w);
    return core_tear_down(&f);
}

/* A mail as a reader has left it. */
static struct item *add(struct works *w, const char *mailbox, const char *from, const char *subject)
{
    struct raw raw = core_raw(w->f, core_mail(w->f, "From: %s\nTo: support@contoso.example\nSubject: %s\nMessage-ID: <%u@x>\n\nHello %u.\n", from, subject, w->f->uid, w->f->uid));
    raw.mailbox = str_of(mailbox);
    struct item *item = inbox_add(&w->d->inbox, ITEM_FETCHED, &raw);
    struct arena *arena = item->line.arena;
    struct raw kept = item->line.raw;
    core_read(w->f, &kept, &item->line);
    item->line.arena = arena;
    item->state = ITEM_READY;
    return item;
}

/* What core has said to the courier; false: nothing. */
static bool told(struct works *w, struct wire_folder *folder)
{
    struct buf *out = link_out(&w->d->courier);
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    if (out->n == 0)
        return false;
    assert_int_equal(frame_peek(out, &type, &payload, &size), 1);
    assert_int_equal(type, WIRE_RECORDED);
    assert_true(wire_get_folder(payload, w->f->arena, folder));
    buf_eat(out, size);
    return true;
}

static void a_group_is_one_transaction_and_one_word_to_its_folder(void **state)
{
    struct works *w = *state;
    struct wire_folder folder = {0};
    for (int i = 0; i < 5; i++)
        add(w, "support", "jo@fabrikam.example", "Printer");
    assert_true(daemon_commit(w->d));
    assert_int_equal(w->d->inbox.count, 0);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_ledger WHERE outcome = 'opened'"), 5);
    assert_true(told(w, &folder));
    assert_true(folder.mailbox == 0 && folder.uid_validity == 7 && str_eq(folder.folder, STR("INBOX")));
    assert_true(folder.known.count == 1 && folder.known.ranges[0].first == 1 && folder.known.ranges[0].last == 5);
    assert_false(told(w, &folder));
    assert_int_equal(outbox_next(w->d->outbox), 0); /* letters to hand out */
    assert_false(daemon_commit(w->d)); /* nothing left to do */
}

static void nobody_hears_of_what_the_disk_did_not_take(void **state)
{
    struct works *w = *state;
    struct wire_folder folder = {0};
    struct buf frames = {0};
    struct err err = {0};
    struct item *item = add(w, "support", "jo@fabrikam.example", "Gateway de-7 is down");
    assert_true(outbox_hand_out(w->d->outbox, w->d->store, T0, 1, &frames, &err)); /* it has looked: nothing */
    int64_t looks_again = outbox_next(w->d->outbox);
    disk_fails = true;
    assert_false(daemon_commit(w->d));
    assert_false(told(w, &folder));
    assert_int_equal(link_waiting(&w->d->courier), 0);
    char octet;
    assert_true(recv(w->courier, &octet, 1, 0) < 0); /* nor was anything sent at once */
    assert_int_equal(outbox_next(w->d->outbox), looks_again);
    assert_true(item->state == ITEM_READY && w->d->inbox.count == 1 && item->line.filed.ledger == 0 && item->line.filed.letter == 0);
    assert_true(w->d->store_failures == 1 && w->d->store_trouble[0] != '\0' && w->d->store_after > 0);
    assert_false(daemon_commit(w->d)); /* it waits before it tries again */
    assert_int_equal(w->d->store_failures, 1);
    disk_fails = false;
    w->d->store_after = 0;
    assert_true(daemon_commit(w->d));
    assert_int_equal(w->d->store_failures, 0);
    assert_true(told(w, &folder) && uid_set_has(&folder.known, 1));
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ticket"), 1);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM letter WHERE kind = 'ack'"), 1);
    buf_free(&frames);
}

static void one_that_cannot_be_filed_does_not_harm_the_others(void **state)
{
    struct works *w = *state;
    struct wire_folder folder = {0};
    add(w, "support", "jo@fabrikam.example", "one");
    struct item *same = add(w, "support", "mia@fabrikam.example", "two");
    same->line.raw.uid = 1; /* a server that gives a UID twice */
    add(w, "support", "eve@fabrikam.example", "three");
    assert_true(daemon_commit(w->d));
    assert_int_equal(w->d->inbox.count, 0);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_ledger WHERE outcome = 'opened' AND sender IN ('jo@fabrikam.example', 'eve@fabrikam.example')"), 2);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ledger"), 2);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM letter"), 2);
    assert_true(told(w, &folder) && uid_set_has(&folder.known, 3) && !uid_set_has(&folder.known, 2));
}

static void an_unready_mail_holds_back_its_mailbox_alone(void **state)
{
    struct works *w = *state;
    struct wire_folder folder = {0};
    struct item *first = add(w, "support", "jo@fabrikam.example", "first");
    add(w, "support", "jo@fabrikam.example", "second");
    add(w, "sales", "jo@fabrikam.example", "other");
    first->state = ITEM_READING;
    assert_true(daemon_commit(w->d));
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ledger"), 1);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_ledger WHERE mailbox = 'sales' AND settled_at > 0"), 1); /* it keeps its mail: nothing to be told */
    assert_false(told(w, &folder));
    first->state = ITEM_READY;
    assert_true(daemon_commit(w->d));
    assert_true(told(w, &folder) && uid_set_has(&folder.known, 1) && uid_set_has(&folder.known, 2));
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ledger a JOIN ledger b ON a.subject = 'first' AND b.subject = 'second' AND a.id < b.id"), 1);
}

static void a_mailbox_that_cannot_be_changed_is_not_asked_to(void **state)
{
    struct works *w = *state;
    struct wire_folder folder = {0};
    w->d->mailboxes[0].read_only = true;
    add(w, "support", "jo@fabrikam.example", "first");
    assert_true(daemon_commit(w->d));
    assert_false(told(w, &folder));
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ticket"), 1);
}

static void a_mail_given_up_unread_is_filed_with_its_octets(void **state)
{
    struct works *w = *state;
    struct wire_folder folder = {0};
    struct item *item = add(w, "support", "jo@fabrikam.example", "killer");
    item->line.understood = false;
    item->line.trouble = STR("could not be read in 3 tries");
    assert_true(daemon_commit(w->d));
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_ledger WHERE outcome = 'quarantined' AND ticket > 0"), 1);
    assert_true(told(w, &folder));
}

static void what_is_ready_waits_for_what_is_being_read_as_long_as_a_commit_takes(void **state)
{
    struct works *w = *state;
    struct item *ready = add(w, "support", "jo@fabrikam.example", "Printer");
    struct item *reading = add(w, "support", "jo@fabrikam.example", "Laptop");
    reading->state = ITEM_READING;
    w->d->commit_took = 8;
    ready->ready_at = clock_monotonic() + 1000; /* just now, however slow the machine */
    assert_false(daemon_commit(w->d));
    assert_int_equal(w->d->gather_until, ready->ready_at + 8);
    assert_int_equal(w->d->inbox.count, 2);
    ready->ready_at = clock_monotonic() - 8; /* it has waited long enough */
    assert_true(daemon_commit(w->d));
    assert_int_equal(w->d->gather_until, 0); /* the next: as long as this one took */
    assert_int_equal(w->d->inbox.count, 1);
}

static void a_lone_message_waits_for_nothing(void **state)
{
    struct works *w = *state;
    add(w, "support", "jo@fabrikam.example", "Printer")->ready_at = clock_monotonic() + 1000;
    assert_true(daemon_commit(w->d));
    assert_int_equal(w->d->inbox.count, 0);
}

/* ---- sleepers --------------------------------------------------------------------------------------------------------------- */

static struct str state_of(struct works *w, int64_t ticket)
{
    struct ticket_state state;
    struct err err = {0};
    assert_true(store_ticket(w->f->store, w->f->arena, ticket, &state, &err));
    return state.state;
}

/* A ticket in that state, to be woken at that time. */
static int64_t sleeper(struct works *w, const char *state, int64_t when)
{
    struct err err = {0};
    struct changed changed;
    add(w, "support", "jo@fabrikam.example", "Printer");
    assert_true(daemon_commit(w->d));
    int64_t ticket = core_count(w->f, "SELECT MAX(id) FROM v_ticket");
    assert_true(store_begin(w->f->store, &err));
    if (!str_eq(state_of(w, ticket), str_of(state)))
        assert_true(store_change(w->f->store, w->f->arena, ticket, STR("state"), str_of(state), STR("alice"), STR("R-AAAA"), 1, &changed, &err));
    assert_true(store_wake_at(w->f->store, ticket, when, &err));
    assert_true(store_commit(w->f->store, &err));
    return ticket;
}

static void sleepers_wake_when_their_time_has_come(void **state)
{
    struct works *w = *state;
    int64_t now = clock_wall(), later = now + CLOCK_DAY;
    int64_t waited = sleeper(w, "pending", now - 1), put_off = sleeper(w, "new", now - 1), done = sleeper(w, "closed", now - 1), sleeps = sleeper(w, "pending", later);
    daemon_wake(w->d, CLOCK_DAY);
    assert_text(state_of(w, waited), "open");
    assert_text(state_of(w, put_off), "new");
    assert_text(state_of(w, done), "closed");
    assert_text(state_of(w, sleeps), "pending");
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_event WHERE kind = 'woken'"), 2);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_provenance WHERE field = 'state' AND because = 'its time has come' AND actor = 'clock' AND ticket = %lld",
                                (long long)waited), 1);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_ticket WHERE wake_at > 0"), 1);
    daemon_wake(w->d, 2 * CLOCK_DAY); /* once only */
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_event WHERE kind = 'woken'"), 2);
}

static void nobody_is_woken_into_a_store_that_cannot_be_written(void **state)
{
    struct works *w = *state;
    int64_t ticket = sleeper(w, "pending", clock_wall() - 1);
    disk_fails = true;
    daemon_wake(w->d, CLOCK_DAY);
    assert_int_equal(w->d->store_failures, 1);
    disk_fails = false;
    assert_text(state_of(w, ticket), "pending");
    w->d->store_failures = 0;
    daemon_wake(w->d, 2 * CLOCK_DAY);
    assert_text(state_of(w, ticket), "open");
}

/* He has written: nobody needs to be reminded that he did not. */
static void a_customer_who_writes_wakes_the_ticket_himself(void **state)
{
    struct works *w = *state;
    unsigned number = w->f->uid; /* in its Message-ID */
    int64_t ticket = sleeper(w, "pending", clock_wall() + CLOCK_DAY);
    struct raw raw = core_raw(w->f, core_mail(w->f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: Re: Printer\nMessage-ID: <back@x>\n"
                                                    "References: <%u@x>\n\nHere.\n", number));
    struct item *item = inbox_add(&w->d->inbox, ITEM_FETCHED, &raw);
    struct arena *arena = item->line.arena;
    struct raw kept = item->line.raw;
    core_read(w->f, &kept, &item->line);
    item->line.arena = arena;
    item->state = ITEM_READY;
    assert_true(daemon_commit(w->d));
    assert_text(state_of(w, ticket), "open");
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_ticket WHERE wake_at > 0"), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_ready_waits_for_what_is_being_read_as_long_as_a_commit_takes),
        CASE(a_lone_message_waits_for_nothing),
        CASE(a_group_is_one_transaction_and_one_word_to_its_folder), CASE(nobody_hears_of_what_the_disk_did_not_take), CASE(one_that_cannot_be_filed_does_not_harm_the_others),
        CASE(an_unready_mail_holds_back_its_mailbox_alone), CASE(a_mailbox_that_cannot_be_changed_is_not_asked_to), CASE(a_mail_given_up_unread_is_filed_with_its_octets),
        CASE(sleepers_wake_when_their_time_has_come), CASE(nobody_is_woken_into_a_store_that_cannot_be_written), CASE(a_customer_who_writes_wakes_the_ticket_himself),
    };
    return cmocka_run_group_tests_name("core commit", tests, NULL, NULL);
}
