/* The readers as core drives them: the program itself, jailed, from the build folder, started by a real starter. What kills or stalls a reader costs its own
 * message and no other. */
#include "config.h"

#include "core_fixture.h"

#include "base/clock.h"
#include "core/pool.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE (20 * CLOCK_SECOND)

struct readers {
    struct core_fixture *f;
    struct starter *starter;
    struct loop *loop;
    struct inbox inbox;
    struct pool *pool;
    char program[4096];
    int64_t ahead; /* added to the clock the pool is told */
    bool forgetful; /* no try is put on record */
};

static int set_up(void **state)
{
    void *f = NULL;
    if (core_set_up(&f) != 0)
        return -1;
    struct readers *r = calloc(1, sizeof *r);
    struct err err = {0};
    const char *build = getenv("TOP_BUILDDIR");
    assert_non_null(r);
    r->f = f;
    snprintf(r->program, sizeof r->program, "%s/triaged-reader", build != NULL ? build : ".");
    inbox_open(&r->inbox);
    if (!starter_open(&r->starter, &err) || !loop_open(&r->loop, &err)) {
        print_error("%s\n", err.text);
        return -1;
    }
    pool_open(&r->pool, r->loop, r->starter, &r->inbox, r->program);
    pool_setup(r->pool, r->f->config);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct readers *r = *state;
    void *f = r->f;
    pool_close(&r->pool);
    starter_close(&r->starter);
    inbox_close(&r->inbox);
    loop_close(&r->loop);
    free(r);
    return core_tear_down(&f);
}

static struct item *add(struct readers *r, const char *subject)
{
    struct raw raw = core_raw(r->f, core_mail(r->f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: %s\n\nIt is so.\n", subject));
    return inbox_add(&r->inbox, ITEM_FETCHED, &raw);
}

/* One turn of the daemon's loop: readers fed, heard, buried. */
static void turn(struct readers *r)
{
    int pid = 0, status = 0;
    for (struct item *item = r->inbox.first; item != NULL && !r->forgetful; item = item->next)
        item->noted = item->tries + 1; /* as daemon_note_attempts does */
    pool_turn(r->pool, clock_monotonic() + r->ahead);
    loop_turn(r->loop, 5);
    while (starter_reaped(r->starter, &pid, &status))
        pool_reaped(r->pool, pid, status);
}

static void until_ready(struct readers *r, const struct item *item)
{
    for (int64_t end = clock_monotonic() + PATIENCE; item->state != ITEM_READY && clock_monotonic() < end;)
        turn(r);
    assert_int_equal(item->state, ITEM_READY);
}

static int parent_of(int pid)
{
    char path[64], text[512] = "";
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    const char *name_end = n > 0 ? strrchr(text, ')') : NULL;
    return name_end != NULL && sscanf(name_end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

/* The pid of our only reader: the starter's child. */
static int reader_pid(struct readers *r)
{
    for (int64_t end = clock_monotonic() + PATIENCE; clock_monotonic() < end; turn(r)) {
        DIR *proc = opendir("/proc");
        int found = 0;
        assert_non_null(proc);
        for (struct dirent *entry; found == 0 && (entry = readdir(proc)) != NULL;) {
            int pid = atoi(entry->d_name), parent = pid > 0 ? parent_of(pid) : 0;
            if (parent > 0 && parent_of(parent) == getpid())
                found = pid;
        }
        closedir(proc);
        if (found != 0)
            return found;
    }
    fail_msg("no reader was started");
    return 0;
}

static void readers_understand(void **state)
{
    struct readers *r = *state;
    struct item *items[20];
    for (size_t i = 0; i < 20; i++)
        items[i] = add(r, i % 2 == 0 ? "Gateway de-7 is down" : "Printer");
    for (size_t i = 0; i < 20; i++) {
        until_ready(r, items[i]);
        assert_true(items[i]->line.understood);
        assert_text(items[i]->line.message.subject, i % 2 == 0 ? "Gateway de-7 is down" : "Printer");
        assert_int_equal(items[i]->line.hits.count, i % 2 == 0 ? 1 : 0);
        assert_int_equal(items[i]->tries, 0);
    }
    assert_int_equal(pool_running(r->pool), 1);
    assert_int_equal(pool_crashes(r->pool), 0);
}

/* The reader that works is in its jail: a system call filter, no new privileges, limits. A build with sanitizers has no filter (base/jail.h). */
#ifndef SANITIZED /* a sanitizer needs what the jail forbids */
static void readers_work_in_their_jail(void **state)
{
    struct readers *r = *state;
    char path[64], text[8192] = "";
    until_ready(r, add(r, "first"));
    int pid = reader_pid(r);
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(text, "\nSeccomp:\t2\n"));
    assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
    assert_non_null(strstr(text, "\nThreads:\t1\n"));
}
#endif

/* A reader that is stopped before it gets anything, so that its head stays in its hands. */
static int stopped_reader(struct readers *r, struct item *first)
{
    until_ready(r, first);
    int pid = reader_pid(r);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    return pid;
}

static void a_killed_reader_costs_its_head_one_try(void **state)
{
    struct readers *r = *state;
    int pid = stopped_reader(r, add(r, "first"));
    struct item *head = add(r, "head"), *second = add(r, "second"), *third = add(r, "third");
    turn(r);
    assert_true(head->state == ITEM_READING && second->state == ITEM_READING);
    assert_int_equal(kill(pid, SIGKILL), 0);
    until_ready(r, head);
    until_ready(r, second);
    until_ready(r, third);
    assert_true(head->line.understood && second->line.understood && third->line.understood);
    assert_int_equal(head->tries, 1);
    assert_int_equal(second->tries, 0);
    assert_int_equal(third->tries, 0);
    assert_int_equal(pool_crashes(r->pool), 1);
}

/* With the double, which does as the mail says. */
static void with_double(struct readers *r)
{
    const char *build = getenv("TOP_BUILDDIR");
    pool_close(&r->pool);
    snprintf(r->program, sizeof r->program, "%s/tests/unit/reader_double", build != NULL ? build : ".");
    pool_open(&r->pool, r->loop, r->starter, &r->inbox, r->program);
    pool_setup(r->pool, r->f->config);
}

static void three_deaths_and_a_message_is_given_up_unread(void **state)
{
    static const struct {
        const char *subject, *trouble;
    } rows[] = {{"please die", "signal 11"}, {"please leave", "status 3"}, {"please babble", "malformed"}, {"please mix up", "malformed"}};
    struct readers *r = *state;
    with_double(r);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct item *before = add(r, "before"), *head = add(r, rows[i].subject), *behind = add(r, "behind"), *last = add(r, "last");
        until_ready(r, head);
        until_ready(r, behind);
        until_ready(r, last);
        assert_true(before->line.understood && behind->line.understood && last->line.understood);
        assert_true(before->tries == 0 && behind->tries == 0 && last->tries == 0);
        assert_false(head->line.understood);
        assert_int_equal(head->tries, ITEM_TRIES_MAX);
        assert_holds(head->line.trouble, "3 tries");
        assert_holds(head->line.trouble, rows[i].trouble);
        assert_int_equal(pool_crashes(r->pool), ITEM_TRIES_MAX * (i + 1));
    }
}

/* Should core die with the next reader, that must count: so what has cost one waits until the next try is on record. Others do not wait for it. */
static void nothing_is_tried_again_before_that_is_on_record(void **state)
{
    struct readers *r = *state;
    with_double(r);
    r->forgetful = true;
    struct item *head = add(r, "please die"), *behind = add(r, "behind");
    until_ready(r, behind);
    for (unsigned i = 0; i < 20; i++)
        turn(r);
    assert_int_equal(head->tries, 1);
    assert_int_equal(head->state, ITEM_WAITING);
    r->forgetful = false;
    until_ready(r, head);
    assert_int_equal(head->tries, ITEM_TRIES_MAX);
}

/* A mail that was understood is never lost over its signature: three deaths, and it goes on unproven. */
static void a_signature_that_kills_proves_nothing_and_no_more(void **state)
{
    struct readers *r = *state;
    with_double(r);
    struct item *good = add(r, "good"), *bad = add(r, "bad");
    struct dns_answer answer = {.name = STR("one._domainkey.fabrikam.example"), .status = DNS_NONE};
    until_ready(r, good);
    until_ready(r, bad);
    good->line.message.origin = (struct origin){.from = STR("fabrikam.example")};
    bad->line.message.origin = (struct origin){.from = STR("die.example")};
    good->line.answers = bad->line.answers = &answer;
    good->line.answer_count = bad->line.answer_count = 1;
    good->state = bad->state = ITEM_WAITING;
    until_ready(r, bad);
    until_ready(r, good);
    assert_true(good->line.understood && good->line.message.origin.proven);
    assert_true(bad->line.understood && !bad->line.message.origin.proven);
    assert_int_equal(bad->tries, ITEM_TRIES_MAX);
    assert_holds(bad->line.message.origin.why, "could not be checked");
}

static void a_reader_over_its_deadline_is_ended(void **state)
{
    struct readers *r = *state;
    stopped_reader(r, add(r, "first"));
    struct item *head = add(r, "head");
    turn(r);
    assert_int_equal(head->state, ITEM_READING);
    int64_t deadline = pool_deadline(r->pool), now = clock_monotonic();
    assert_true(deadline > now && deadline <= now + r->f->config->reader_deadline);
    r->ahead = r->f->config->reader_deadline + CLOCK_SECOND; /* later, without waiting */
    turn(r);
    r->ahead = 0;
    until_ready(r, head);
    assert_true(head->line.understood);
    assert_int_equal(head->tries, 1);
    assert_int_equal(pool_crashes(r->pool), 1);
}

static void an_idle_reader_ends_in_peace(void **state)
{
    struct readers *r = *state;
    until_ready(r, add(r, "first"));
    assert_int_equal(pool_running(r->pool), 1);
    r->ahead = r->f->config->reader_idle + CLOCK_SECOND;
    for (int64_t end = clock_monotonic() + PATIENCE; pool_running(r->pool) > 0 && clock_monotonic() < end;)
        turn(r);
    assert_int_equal(pool_running(r->pool), 0);
    assert_int_equal(pool_crashes(r->pool), 0);
    r->ahead = 0;
    until_ready(r, add(r, "second")); /* and another is started when there is work */
}

static void new_rules_are_read_with(void **state)
{
    struct readers *r = *state;
    struct item *done = add(r, "Gateway de-7 is down");
    until_ready(r, done);
    assert_int_equal(done->line.hits.count, 1);
    struct config *old = r->f->config;
    r->f->config = NULL;
    core_configure(r->f, "", "rule more { when subject ~ /is down/; tag more }\n");
    pool_setup(r->pool, r->f->config);
    config_close(&old);
    assert_int_equal(done->state, ITEM_WAITING);
    until_ready(r, done);
    assert_int_equal(done->line.hits.count, 2);
    assert_int_equal(done->tries, 0);
    assert_int_equal(pool_crashes(r->pool), 0);
}

static void a_program_that_is_none_is_not_started_again_and_again(void **state)
{
    struct readers *r = *state;
    pool_close(&r->pool);
    pool_open(&r->pool, r->loop, r->starter, &r->inbox, "/bin/false");
    pool_setup(r->pool, r->f->config);
    struct item *item = add(r, "first");
    int ends = 0;
    for (int64_t end = clock_monotonic() + 600; clock_monotonic() < end;) {
        int pid = 0, status = 0;
        pool_turn(r->pool, clock_monotonic());
        loop_turn(r->loop, 1);
        while (starter_reaped(r->starter, &pid, &status))
            ends += pool_reaped(r->pool, pid, status);
    }
    assert_true(ends >= 1 && ends <= 4); /* 0.1, 0.2, 0.4 s … */
    assert_int_equal(item->state, ITEM_WAITING);
    assert_int_equal(item->tries, 0); /* not the message's fault */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(readers_understand),
#ifndef SANITIZED
        CASE(readers_work_in_their_jail),
#endif
        CASE(a_killed_reader_costs_its_head_one_try), CASE(three_deaths_and_a_message_is_given_up_unread), CASE(nothing_is_tried_again_before_that_is_on_record), CASE(a_signature_that_kills_proves_nothing_and_no_more), CASE(a_reader_over_its_deadline_is_ended),
        CASE(an_idle_reader_ends_in_peace), CASE(new_rules_are_read_with), CASE(a_program_that_is_none_is_not_started_again_and_again),
    };
    return cmocka_run_group_tests_name("core pool", tests, NULL, NULL);
}
