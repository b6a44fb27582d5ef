/* A mailbox's thread over a Maildir, with the test as core: it hands over what is not on record, and touches nothing before core has said that it is. */
#include "base/clock.h"
#include "core/courier.h"
#include "net/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE 20000 /* ms */

struct shop {
    char folder[64];
    struct courier courier;
    struct mailbox_settings settings;
    struct str folders[1];
    bool paused;
    struct courier_mailbox *mailbox;
    int core;
    struct buf in;
    size_t eaten;
    struct arena *arena;
    uint32_t validity;
    unsigned delivered;
};

static int set_up(void **state)
{
    struct shop *s = calloc(1, sizeof *s);
    struct err err = {0};
    int pair[2];
    assert_non_null(s);
    snprintf(s->folder, sizeof s->folder, "/tmp/courier-test-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    assert_true(maildir_make(s->folder, &err));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    s->core = pair[0];
    s->arena = arena_new();
    s->folders[0] = STR("INBOX");
    s->settings = (struct mailbox_settings){.name = STR("support"), .driver = STR("maildir"), .path = str_of(s->folder), .folders = s->folders, .folder_count = 1,
                                            .after = AFTER_DELETE, .poll = 3600000};
    s->courier = (struct courier){.fd = pair[1], .sending = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER,
                                  .mailbox_cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .relay_cancel = -1};
    s->courier.setup = (struct wire_courier_setup){.mailboxes = &s->settings, .paused = &s->paused, .mailbox_count = 1};
    net_start();
    *state = s;
    return 0;
}

/* Empties a folder of what the test put there; no link is followed. */
static void remove_all(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(directory), entry->d_name, 0) != 0)
            remove_all(dirfd(directory), entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    unlinkat(at, name, AT_REMOVEDIR);
}

static void stop(struct shop *s)
{
    if (s->mailbox == NULL)
        return;
    courier_wake(s->courier.mailbox_cancel);
    courier_mailbox_join(&s->mailbox);
    assert_null(s->mailbox);
}

static int tear_down(void **state)
{
    struct shop *s = *state;
    stop(s);
    close(s->courier.fd);
    close(s->courier.mailbox_cancel);
    close(s->core);
    remove_all(AT_FDCWD, s->folder);
    buf_free(&s->in);
    arena_free(&s->arena);
    free(s);
    return 0;
}

static void start(struct shop *s)
{
    s->mailbox = courier_mailbox_start(&s->courier, 0);
}

static void deliver(struct shop *s, const char *subject)
{
    char path[128], new[128];
    snprintf(path, sizeof path, "%s/tmp/%u", s->folder, s->delivered);
    snprintf(new, sizeof new, "%s/new/%u", s->folder, s->delivered++);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "Subject: %s\r\n\r\nHello.\r\n", subject) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(path, new), 0);
}

static size_t files(struct shop *s)
{
    static const char *const subs[] = {"new", "cur"};
    char path[128];
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", s->folder, subs[i]);
        DIR *directory = opendir(path);
        assert_non_null(directory);
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
            n += entry->d_name[0] != '.';
        closedir(directory);
    }
    return n;
}

/* The next frame; false: none within ms. */
static bool frame(struct shop *s, int ms, uint32_t *type, struct str *payload)
{
    struct err err = {0};
    struct pollfd ready = {.fd = s->core, .events = POLLIN};
    size_t size = 0;
    buf_eat(&s->in, s->eaten);
    s->eaten = 0;
    while (frame_peek(&s->in, type, payload, &size) == 0) {
        if (poll(&ready, 1, ms) <= 0)
            return false;
        if (!frame_receive(s->core, &s->in, &err))
            fail_msg("the courier hung up: %s", err.text);
    }
    s->eaten = size;
    return true;
}

/* Passes states, and tales of all that is there, over until a frame of that type. */
static struct str expect(struct shop *s, enum wire_type wanted)
{
    uint32_t type = 0;
    struct str payload = {0};
    do {
        if (!frame(s, PATIENCE, &type, &payload))
            fail_msg("no frame 0x%x came", wanted);
    } while ((type == WIRE_STATE || type == WIRE_PRESENT) && type != wanted);
    if (type != wanted)
        fail_msg("frame 0x%x instead of 0x%x", type, wanted);
    return payload;
}

static struct wire_folder expect_folder(struct shop *s, enum wire_type wanted)
{
    struct wire_folder folder = {0};
    assert_true(wire_get_folder(expect(s, wanted), s->arena, &folder));
    assert_int_equal(folder.mailbox, 0);
    assert_true(str_eq(folder.folder, STR("INBOX")));
    return folder;
}

static uint32_t expect_raw(struct shop *s, const char *subject)
{
    struct wire_raw raw = {0};
    assert_true(wire_get_raw(expect(s, WIRE_RAW), &raw));
    assert_true(raw.mailbox == 0 && raw.uid_validity == s->validity && !raw.item.truncated && raw.item.internal_date > 0);
    if (str_find(raw.item.octets, str_of(subject)) < 0)
        fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(raw.item.octets), subject);
    return raw.item.uid;
}

static void expect_state(struct shop *s, const char *wanted)
{
    struct wire_state told = {0};
    for (int i = 0; i < 50; i++) {
        assert_true(wire_get_state(expect(s, WIRE_STATE), &told));
        if (str_eq(told.state, str_of(wanted)))
            return;
    }
    fail_msg("the state is never %s", wanted);
}

/* Core's answer to WIRE_FOLDER. NULL: nothing on record. */
static void tell(struct shop *s, uint32_t above, struct uid_range *known, size_t known_count, struct uid_range *unsettled, size_t unsettled_count)
{
    struct wire_folder asked = expect_folder(s, WIRE_FOLDER);
    s->validity = asked.uid_validity;
    struct wire_folder answer = {.folder = STR("INBOX"), .uid_validity = s->validity, .above = above, .known = {known, known_count, 0}, .unsettled = {unsettled, unsettled_count, 0}};
    courier_mailbox_known(s->mailbox, &answer);
}

static void recorded(struct shop *s, uint32_t uid, uint32_t validity)
{
    struct uid_range range = {uid, uid};
    struct wire_folder told = {.folder = STR("INBOX"), .uid_validity = validity, .known = {&range, 1, 0}};
    courier_mailbox_recorded(s->mailbox, &told);
}

/* ---- */

static void what_is_not_on_record_is_handed_over_and_settled_when_it_is(void **state)
{
    struct shop *s = *state;
    deliver(s, "first");
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    uint32_t uid = expect_raw(s, "first");
    expect_folder(s, WIRE_LOOKED);
    expect_state(s, "idle");
    assert_int_equal(files(s), 1); /* nothing was said of it yet */
    recorded(s, uid, s->validity + 1);
    recorded(s, uid, s->validity);
    struct wire_folder settled = expect_folder(s, WIRE_SETTLED);
    assert_true(settled.known.count == 1 && uid_set_has(&settled.known, uid));
    assert_int_equal(files(s), 0);
}

static void news_come_in_order_and_once(void **state)
{
    struct shop *s = *state;
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    expect_folder(s, WIRE_LOOKED);
    deliver(s, "one");
    uint32_t one = expect_raw(s, "one");
    expect_folder(s, WIRE_LOOKED);
    deliver(s, "two");
    assert_true(expect_raw(s, "two") > one);
    expect_folder(s, WIRE_LOOKED);
}

static void the_record_decides_what_is_new(void **state)
{
    struct shop *s = *state;
    deliver(s, "on record");
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    uint32_t uid = expect_raw(s, "on record");
    expect_folder(s, WIRE_LOOKED);
    stop(s);
    uint64_t used = 0;
    assert_true(read(s->courier.mailbox_cancel, &used, sizeof used) > 0);
    deliver(s, "new");
    start(s); /* another life: core says what it has, and that the mailbox was not told of it */
    struct uid_range known = {uid, uid};
    for (uint32_t type = 0; type != WIRE_FOLDER;) { /* states of the first life */
        struct str payload;
        assert_true(frame(s, PATIENCE, &type, &payload));
    }
    struct wire_folder answer = {.folder = STR("INBOX"), .uid_validity = s->validity, .known = {&known, 1, 0}, .unsettled = {&known, 1, 0}};
    courier_mailbox_known(s->mailbox, &answer);
    struct wire_folder settled = expect_folder(s, WIRE_SETTLED);
    assert_true(uid_set_has(&settled.known, uid));
    assert_true(expect_raw(s, "new") > uid);
    expect_folder(s, WIRE_LOOKED);
    assert_int_equal(files(s), 1);
}

/* Its store is unwell: not for two minutes, as it would be without an answer. */
static void a_core_that_cannot_say_is_asked_again_soon(void **state)
{
    struct shop *s = *state;
    deliver(s, "first");
    start(s);
    expect_folder(s, WIRE_FOLDER);
    int64_t asked = clock_monotonic();
    courier_mailbox_known(s->mailbox, &(struct wire_folder){.folder = STR("INBOX")});
    tell(s, 0, NULL, 0, NULL, 0);
    assert_true(clock_monotonic() - asked < PATIENCE);
    expect_raw(s, "first");
}

static void what_was_there_before_us_is_left_alone(void **state)
{
    struct shop *s = *state;
    deliver(s, "old");
    start(s);
    tell(s, 1000, NULL, 0, NULL, 0);
    expect_folder(s, WIRE_LOOKED);
    assert_int_equal(files(s), 1);
}

static void orders_are_followed(void **state)
{
    struct shop *s = *state;
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    expect_folder(s, WIRE_LOOKED);
    expect_state(s, "idle");
    courier_mailbox_order(s->mailbox, WIRE_ORDER_POLL);
    expect_folder(s, WIRE_LOOKED);
    courier_mailbox_order(s->mailbox, WIRE_ORDER_PAUSE);
    expect_state(s, "paused");
    deliver(s, "meanwhile");
    uint32_t type = 0;
    struct str payload = {0};
    assert_false(frame(s, 100, &type, &payload));
    courier_mailbox_order(s->mailbox, WIRE_ORDER_RESUME);
    tell(s, 0, NULL, 0, NULL, 0);
    expect_raw(s, "meanwhile");
}

/* Core says what is left where it is; it is asked again only at a look at all of it, and is not told of what it wanted left. */
static void an_old_backlog_is_asked_about_first(void **state)
{
    struct shop *s = *state;
    char path[128];
    s->settings.backlog_count = 3;
    s->settings.backlog_age = 24 * 3600 * 1000;
    for (unsigned i = 0; i < 5; i++) {
        deliver(s, "old");
        snprintf(path, sizeof path, "%s/new/%u", s->folder, i);
        assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[2]){{.tv_sec = 1700000000}, {.tv_sec = 1700000000}}, 0), 0);
    }
    deliver(s, "new");
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    struct wire_folder backlog = expect_folder(s, WIRE_BACKLOG);
    assert_int_equal(backlog.known.count, 1);
    assert_int_equal(backlog.known.ranges[0].last - backlog.known.ranges[0].first, 4);
    struct wire_folder answer = {.folder = STR("INBOX"), .uid_validity = backlog.uid_validity, .known = backlog.known};
    courier_mailbox_leave(s->mailbox, &answer);
    expect_raw(s, "new");
    struct wire_folder present = expect_folder(s, WIRE_PRESENT);
    assert_int_equal(present.known.count, 1);
    assert_int_equal(present.known.ranges[0].first, present.known.ranges[0].last);
    expect_folder(s, WIRE_LOOKED);
    courier_mailbox_order(s->mailbox, WIRE_ORDER_POLL);
    expect_folder(s, WIRE_LOOKED);
    courier_mailbox_order(s->mailbox, WIRE_ORDER_RECOUNT);
    expect_folder(s, WIRE_BACKLOG);
    answer.known = (struct uid_set){0};
    courier_mailbox_leave(s->mailbox, &answer);
    for (unsigned i = 0; i < 5; i++)
        expect_raw(s, "old");
    assert_int_equal(expect_folder(s, WIRE_PRESENT).known.count, 1);
}

static void a_mailbox_may_begin_paused(void **state)
{
    struct shop *s = *state;
    s->paused = true;
    start(s);
    expect_state(s, "paused");
}

static void a_folder_that_is_missing_is_told_and_tried_again(void **state)
{
    struct shop *s = *state;
    struct wire_state told = {0};
    s->folders[0] = STR("Nowhere");
    start(s);
    while (told.note.n == 0)
        assert_true(wire_get_state(expect(s, WIRE_STATE), &told));
    assert_true(str_find(told.note, STR("Nowhere")) >= 0);
    assert_true(told.retry_in > 0 && told.part == WIRE_PART_MAILBOX && told.kind != ERR_NONE);
    courier_mailbox_order(s->mailbox, WIRE_ORDER_POLL); /* at once, by hand */
    expect_state(s, "connecting");
}

static void a_test_runs_beside_the_session(void **state)
{
    struct shop *s = *state;
    uint32_t serial = 0;
    struct str text = {0};
    deliver(s, "there");
    start(s);
    tell(s, 1000, NULL, 0, NULL, 0);
    expect_folder(s, WIRE_LOOKED);
    courier_mailbox_test(s->mailbox, 77);
    assert_true(wire_get_serial_text(expect(s, WIRE_TESTED), &serial, &text));
    assert_int_equal(serial, 77);
    assert_true(text.n > 0 && text.p[0] == '+');
    assert_true(str_find(text, STR("1 messages")) >= 0);
}

/* ---- chores ---- */

static void give_put(struct shop *s, uint64_t serial, const char *folder)
{
    courier_mailbox_chore(s->mailbox, &(struct wire_chore){.serial = serial, .kind = CHORE_PUT, .folder = str_of(folder), .message_id = STR("l7@contoso.example"),
                                                            .date = 1, .octets = STR("Subject: copy\r\n\r\nHello.\r\n")});
}

static struct wire_chore_done expect_done(struct shop *s, uint64_t serial)
{
    struct wire_chore_done done = {0};
    assert_true(wire_get_chore_done(expect(s, WIRE_CHORE_DONE), &done));
    assert_true(done.mailbox == 0 && done.serial == serial);
    return done;
}

static size_t copies(struct shop *s)
{
    char path[128];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/.Sent/cur", s->folder);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        n += entry->d_name[0] != '.';
    if (directory != NULL)
        closedir(directory);
    return n;
}

static void chores_are_done_between_looks_and_news_still_come(void **state)
{
    struct shop *s = *state;
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    expect_folder(s, WIRE_LOOKED);
    expect_state(s, "idle");
    give_put(s, 7, "Sent");
    assert_true(expect_done(s, 7).done);
    give_put(s, 8, "Sent"); /* core has not heard, and asks again */
    assert_true(expect_done(s, 8).done);
    assert_int_equal(copies(s), 1);
    deliver(s, "after them"); /* in the folder that is waited in */
    expect_raw(s, "after them");
    expect_folder(s, WIRE_LOOKED);
}

static void what_comes_while_chores_are_done_is_no_later_for_it(void **state)
{
    struct shop *s = *state;
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    expect_folder(s, WIRE_LOOKED);
    for (uint64_t i = 0; i < 100; i++)
        give_put(s, i, "Sent");
    deliver(s, "meanwhile");
    bool seen = false;
    for (uint64_t next = 0; next < 100 || !seen;) {
        uint32_t type = 0;
        struct str payload;
        assert_true(frame(s, PATIENCE, &type, &payload));
        seen = seen || type == WIRE_RAW;
        next += type == WIRE_CHORE_DONE;
    }
    assert_int_equal(copies(s), 1);
}

static void a_chore_refused_is_told_and_harms_nothing(void **state)
{
    struct shop *s = *state;
    struct uid_range one = {1, 1};
    deliver(s, "first");
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    expect_raw(s, "first");
    expect_folder(s, WIRE_LOOKED);
    give_put(s, 1, "../out");
    struct wire_chore_done refused = expect_done(s, 1);
    assert_true(!refused.done && str_find(refused.why, STR("cannot be a folder")) >= 0);
    struct wire_chore mark = {.serial = 2, .kind = CHORE_MARK, .folder = STR("INBOX"), .uid_validity = s->validity, .uids = {&one, 1, 0}, .set = STR("$TicketOpen")};
    courier_mailbox_chore(s->mailbox, &mark);
    refused = expect_done(s, 2);
    assert_true(!refused.done && str_find(refused.why, STR("no keywords")) >= 0);
    mark.serial = 3;
    mark.uid_validity++; /* of a folder that was made anew: nothing is left to be marked */
    courier_mailbox_chore(s->mailbox, &mark);
    assert_true(expect_done(s, 3).done);
    deliver(s, "second");
    expect_raw(s, "second");
}

static void a_chore_that_breaks_each_session_is_refused(void **state)
{
    struct shop *s = *state;
    struct uid_range one = {1, 1};
    start(s);
    tell(s, 0, NULL, 0, NULL, 0);
    expect_folder(s, WIRE_LOOKED);
    courier_mailbox_chore(s->mailbox, &(struct wire_chore){.serial = 4, .kind = CHORE_MARK, .folder = STR("Nowhere"), .uids = {&one, 1, 0}, .set = STR("$TicketOpen")});
    for (unsigned sessions = 1; sessions < 4;) {
        uint32_t type = 0;
        struct str payload;
        assert_true(frame(s, PATIENCE, &type, &payload));
        if (type == WIRE_CHORE_DONE) {
            struct wire_chore_done done = {0};
            assert_true(wire_get_chore_done(payload, &done) && !done.done && done.why.n > 0);
            assert_int_equal(sessions, 3);
            return;
        }
        if (type != WIRE_FOLDER)
            continue;
        struct wire_folder answer = {.folder = STR("INBOX"), .uid_validity = s->validity};
        courier_mailbox_known(s->mailbox, &answer);
        courier_mailbox_order(s->mailbox, WIRE_ORDER_POLL);
        sessions++;
    }
    fail_msg("it is tried for ever");
}

/* One letter at a time: what dies now loses the note of one sending at most. */
static void a_letter_waits_until_the_one_before_is_on_record(void **state)
{
    struct shop *s = *state;
    struct relay_recipient to = {.address = STR("jo@fabrikam.example")};
    struct relay_settings settings = {.name = STR("default"), .driver = STR("maildir"), .path = str_of(s->folder)};
    uint32_t type = 0, relay_index = 0;
    struct str payload = {0};
    struct relay_letter sent = {0};
    s->courier.setup.relays = &settings;
    s->courier.setup.relay_count = 1;
    s->courier.relay_cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct courier_relay *relay = courier_relay_start(&s->courier, 0);
    for (uint64_t id = 1; id <= 3; id++)
        courier_relay_send(relay, &(struct relay_letter){.id = id, .recipients = &to, .recipient_count = 1, .octets = STR("Subject: x\r\n\r\ny\r\n")});
    for (uint64_t id = 1; id <= 3; id++) {
        assert_true(wire_get_receipt(expect(s, WIRE_RECEIPT), s->arena, &relay_index, &sent));
        assert_int_equal(sent.id, id);
        while (frame(s, 200, &type, &payload)) /* it would come at once */
            assert_int_equal(type, WIRE_STATE);
        assert_int_equal(files(s), id);
        courier_relay_noted(relay, 1);
    }
    courier_relay_stop(relay);
    assert_true(courier_relay_join(&relay, PATIENCE));
    close(s->courier.relay_cancel);
    s->courier.relay_cancel = -1;
}

static void the_wait_after_failures_grows_to_five_minutes(void **state)
{
    (void)state;
    int64_t most = 0;
    for (uint32_t n = 1; n < 40; n++) {
        int64_t ms = courier_backoff(n, ERR_RETRY), parked = courier_backoff(n, ERR_SOURCE);
        int64_t right = n > 9 ? 300000 : INT64_C(1000) << (n - 1);
        right = right > 300000 ? 300000 : right;
        assert_true(ms >= right * 8 / 10 && ms <= right * 12 / 10);
        assert_true(n <= 3 || parked >= 60000); /* a refused password: at most a try a minute */
        most = ms > most ? ms : most;
    }
    assert_true(most <= 360000);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_not_on_record_is_handed_over_and_settled_when_it_is), CASE(news_come_in_order_and_once), CASE(the_record_decides_what_is_new),
        CASE(what_was_there_before_us_is_left_alone), CASE(a_core_that_cannot_say_is_asked_again_soon), CASE(orders_are_followed), CASE(a_mailbox_may_begin_paused),
        CASE(what_was_there_before_us_is_left_alone), CASE(a_core_that_cannot_say_is_asked_again_soon), CASE(an_old_backlog_is_asked_about_first), CASE(a_mailbox_may_begin_paused),
        CASE(a_folder_that_is_missing_is_told_and_tried_again), CASE(a_test_runs_beside_the_session),
        CASE(chores_are_done_between_looks_and_news_still_come), CASE(what_comes_while_chores_are_done_is_no_later_for_it), CASE(a_chore_refused_is_told_and_harms_nothing),
        CASE(a_chore_that_breaks_each_session_is_refused), CASE(a_letter_waits_until_the_one_before_is_on_record),
        cmocka_unit_test(the_wait_after_failures_grows_to_five_minutes),
    };
    return cmocka_run_group_tests_name("core courier", tests, NULL, NULL);
}
