/* test_store_audit: the chain shows what was changed behind it, a copy knows it is one, and started from one nothing leaves twice. */
#include "store_fixture.h"

#include "store/copy.h"
#include "store/verify.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "00112233445566778899aabbccddeeff"

static void tamper(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    store_close(&f->store);
    assert_int_equal(sqlite3_open(fixture_path(f, ""), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_good(store_open(&f->store, f->directory, false, false, &f->err));
}

static struct verify_report verify(struct fixture *f, const char *head)
{
    struct verify_report report;
    assert_good(store_verify(f->store, f->arena, str_of(head), &report, &f->err));
    return report;
}

static void assert_fault(const struct verify_report *report, const char *part)
{
    for (size_t i = 0; i < report->fault_count; i++)
        if (strstr(report->faults[i].p, part) != NULL)
            return;
    print_error("no fault says \"%s\" (%zu faults%s%s)\n", part, report->fault_count, report->fault_count > 0 ? ": " : "", report->fault_count > 0 ? report->faults[0].p : "");
    fail();
}

/* Mails that need no answer; `count` transactions. */
static void fill(struct fixture *f, uint32_t first, uint32_t count)
{
    struct mail mail;
    for (uint32_t uid = first; uid < first + count; uid++) {
        mail_make(&mail, uid);
        mail.verdict.answer = false;
        mail_commit(f, &mail);
    }
}

static void what_happened_is_one_chain(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 3);
    letter_commit(f, 1, "jo@contoso.example", T0, T0);
    struct verify_report report = verify(f, "");
    assert_int_equal(report.fault_count, 0);
    assert_int_equal(report.ledger, 3);
    assert_int_equal(report.events, count_rows(f, "SELECT COUNT(*) FROM event"));
    assert_int_equal(report.seals, count_rows(f, "SELECT COUNT(*) FROM seal"));
    assert_true(report.seals >= 3);
    assert_int_equal(report.raws, 3);
    assert_int_equal(strlen(report.head), 64);
    fixture_reopen(f);
    fill(f, 4, 1);
    struct verify_report later = verify(f, report.head);
    assert_int_equal(later.fault_count, 0);
    assert_string_not_equal(later.head, report.head);
    assert_int_equal(later.ledger, 4);
}

static void each_way_to_change_the_past_shows(void **state)
{
    static const struct { const char *sql, *fault; } ways[] = {
        {"UPDATE event SET detail = 'nothing' WHERE id = 2", "the chain breaks at seal"},
        {"UPDATE event SET actor = 'bob' WHERE id = 3", "the chain breaks at seal"},
        {"DELETE FROM event WHERE id = 2", "the chain breaks at seal"},
        {"UPDATE ledger SET outcome = 'automatic' WHERE id = 2", "the chain breaks at seal"},
        {"UPDATE ledger SET outcome = 'automatic' WHERE id = 2", "are counted as opened, "},
        {"UPDATE ledger SET reason = 'other' WHERE id = 1", "the chain breaks at seal"},
        {"UPDATE ledger SET answer = 'sent' WHERE id = 1", "the chain breaks at seal"},
        {"UPDATE ledger SET answer = 'sent' WHERE id = 1", "ledger row 1 was to be answered"},
        {"DELETE FROM seal WHERE id = 2", "the chain breaks at seal 3"},
        {"UPDATE seal SET hash = zeroblob(32) WHERE id = 1", "the chain breaks at seal 1"},
        {"UPDATE raw SET encoding = '', octets = CAST('Subject: x' AS BLOB) WHERE id = 2", "kept mail 2: store: raw octets are damaged"},
        {"UPDATE raw SET sha256 = zeroblob(32) WHERE id = 2", "kept mail 2 is not as it came"},
        {"PRAGMA foreign_keys = OFF; DELETE FROM message WHERE id = 1", "a row of "},
        {"DELETE FROM recipient", "letter 1 has nobody to go to"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct fixture *f = NULL;
        void *fresh = NULL;
        assert_int_equal(fixture_set_up(&fresh), 0);
        f = fresh;
        fill(f, 1, 3);
        letter_commit(f, 1, "jo@contoso.example", T0, T0);
        assert_int_equal(verify(f, "").fault_count, 0);
        tamper(f, ways[i].sql);
        struct verify_report report = verify(f, "");
        assert_fault(&report, ways[i].fault);
        fixture_tear_down(&fresh);
    }
    (void)state;
}

/* Nobody can see within a chain that its end is missing: the last seal, noted elsewhere, can. */
static void an_end_taken_away_shows_by_a_noted_seal(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 3);
    struct verify_report whole = verify(f, "");
    tamper(f, "PRAGMA foreign_keys = OFF; DELETE FROM seal WHERE id > 2; DELETE FROM event WHERE id > (SELECT MAX(event) FROM seal)");
    struct verify_report report = verify(f, whole.head);
    assert_fault(&report, "is not part of the chain");
}

static void what_was_undone_is_not_sealed(void **state)
{
    struct fixture *f = *state;
    struct mail kept, undone;
    mail_make(&kept, 1);
    mail_make(&undone, 2);
    kept.verdict.answer = undone.verdict.answer = false;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_mark(f->store, &f->err));
    assert_true(mail_file(f, &undone));
    store_undo(f->store);
    assert_good(store_mark(f->store, &f->err));
    assert_true(mail_file(f, &kept));
    assert_good(store_keep(f->store, &f->err));
    assert_good(store_commit(f->store, &f->err));
    assert_good(store_begin(f->store, &f->err));
    assert_true(mail_file(f, &undone));
    store_rollback(f->store);
    struct verify_report report = verify(f, "");
    assert_int_equal(report.fault_count, 0);
    assert_int_equal(report.ledger, 1);
}

static void accounts_go_on_from_where_they_were(void **state)
{
    struct fixture *f = *state;
    struct account_from from = {0};
    struct verify_report report = {0};
    fill(f, 1, 2);
    assert_good(store_accounts(f->store, f->arena, &from, &report, &f->err));
    assert_int_equal(report.fault_count, 0);
    assert_int_equal(from.ledger, 2);
    struct mail mail;
    mail_make(&mail, 3); /* to be answered, and nobody writes the letter */
    mail.verdict.answer = true;
    mail_commit(f, &mail);
    assert_good(store_accounts(f->store, f->arena, &from, &report, &f->err));
    assert_int_equal(report.fault_count, 1);
    assert_fault(&report, "ledger row 3 was to be answered, and no letter is on record");
}

/* ---- copies ---------------------------------------------------------------------------------------------------------------------- */

static void open_copy(struct fixture *f)
{
    char path[128];
    snprintf(path, sizeof path, "%s/copy", f->directory);
    store_close(&f->store);
    char to[160];
    snprintf(to, sizeof to, "%s/triaged.db", path);
    assert_int_equal(rename(to, fixture_path(f, "")), 0);
    unlink(fixture_path(f, "-wal"));
    unlink(fixture_path(f, "-shm"));
    rmdir(path);
    assert_good(store_open(&f->store, f->directory, false, false, &f->err));
}

static void make_copy(struct fixture *f)
{
    char path[128];
    snprintf(path, sizeof path, "%s/copy", f->directory);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_good(store_copy(f->store, path, T0, &f->err));
}

static enum store_origin origin_of(struct fixture *f, const struct store_mark *noted, int64_t *copied_at)
{
    enum store_origin origin = STORE_NEW;
    assert_good(store_origin(f->store, noted, &origin, copied_at, &f->err));
    return origin;
}

static void a_copy_is_whole_private_and_knows_it(void **state)
{
    struct fixture *f = *state;
    struct stat status;
    struct store_mark mark;
    int64_t copied_at = 0;
    char path[160];
    fill(f, 1, 5);
    assert_good(store_name(f->store, NAME, &f->err));
    assert_good(store_mark_of(f->store, &mark, &f->err));
    assert_int_equal(origin_of(f, &mark, &copied_at), STORE_SAME);
    make_copy(f);
    snprintf(path, sizeof path, "%s/copy/triaged.db", f->directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_refused(store_copy(f->store, arena_text(f->arena, arena_printf(f->arena, "%s/copy", f->directory)), T0, &f->err), ERR_RETRY, "cannot create");
    fill(f, 6, 1); /* the one copied goes on */
    open_copy(f);
    assert_int_equal(verify(f, "").fault_count, 0);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger"), 5);
    assert_int_equal(origin_of(f, &mark, &copied_at), STORE_COPY);
    assert_int_equal(copied_at, T0);
}

static void a_store_behind_what_was_noted_is_a_copy(void **state)
{
    struct fixture *f = *state;
    struct store_mark mark, ahead;
    int64_t copied_at = 0;
    assert_int_equal(origin_of(f, NULL, &copied_at), STORE_NEW);
    assert_good(store_name(f->store, NAME, &f->err));
    fill(f, 1, 2);
    assert_int_equal(origin_of(f, NULL, &copied_at), STORE_COPY); /* it has mail, and nobody here knows it */
    assert_good(store_mark_of(f->store, &mark, &f->err));
    assert_int_equal(origin_of(f, &mark, &copied_at), STORE_SAME);
    fill(f, 3, 1);
    assert_int_equal(origin_of(f, &mark, &copied_at), STORE_SAME); /* the note may lag behind */
    for (int i = 0; i < 4; i++) {
        assert_good(store_mark_of(f->store, &ahead, &f->err));
        int64_t *ids[] = {&ahead.event, &ahead.ledger, &ahead.letter, &ahead.ticket};
        ++*ids[i];
        assert_int_equal(origin_of(f, &ahead, &copied_at), STORE_COPY);
    }
    memset(mark.name, 'f', 32);
    assert_int_equal(origin_of(f, &mark, &copied_at), STORE_COPY);
}

static void from_a_copy_nothing_is_sent_or_numbered_twice(void **state)
{
    struct fixture *f = *state;
    struct folder_state folder = {.known = true, .uid_validity = 7, .baseline = 0, .first_look = T0 - 1000, .last_look = T0};
    struct store_mark noted = {.name = NAME, .ticket = 40, .letter = 90, .ledger = 100, .event = 300};
    struct mail mail;
    int64_t held = 0, due = 0;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    assert_good(store_folder_put(f->store, mail.raw.mailbox, mail.raw.folder, &folder, &f->err));
    int64_t letter = letter_commit(f, 1, "jo@contoso.example", T0, T0);
    assert_good(store_adopt(f->store, &noted, NAME, T0, T0 + 5000, &held, &f->err));
    assert_int_equal(held, 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM recipient WHERE state = 'held' AND reply LIKE '%put back from a copy%'"), 1);
    assert_good(store_next_due(f->store, &due, &f->err));
    assert_int_equal(due, INT64_MAX);
    assert_good(store_folder_get(f->store, mail.raw.mailbox, mail.raw.folder, &folder, &f->err));
    assert_int_equal(folder.first_look, T0 + 5000);
    assert_int_equal(folder.backfill, UINT32_MAX);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM event WHERE kind = 'old-copy'"), 1);
    fixture_reopen(f); /* the numbers stay above, though none of them was used */
    mail_make(&mail, 2);
    mail_commit(f, &mail);
    assert_true(mail.filed.ticket > 1000);
    assert_true(mail.filed.ledger > 1000000);
    assert_true(letter_commit(f, 1, "jo@contoso.example", T0, T0) > letter + 1000000);
    struct store_mark mark;
    int64_t copied_at = 0;
    assert_good(store_mark_of(f->store, &mark, &f->err));
    assert_string_equal(mark.name, NAME);
    assert_int_equal(origin_of(f, &mark, &copied_at), STORE_SAME);
    assert_int_equal(verify(f, "").fault_count, 2); /* both mails were to be answered */
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_happened_is_one_chain),
        STORE_TEST(each_way_to_change_the_past_shows),
        STORE_TEST(an_end_taken_away_shows_by_a_noted_seal),
        STORE_TEST(what_was_undone_is_not_sealed),
        STORE_TEST(accounts_go_on_from_where_they_were),
        STORE_TEST(a_copy_is_whole_private_and_knows_it),
        STORE_TEST(a_store_behind_what_was_noted_is_a_copy),
        STORE_TEST(from_a_copy_nothing_is_sent_or_numbered_twice),
    };
    return cmocka_run_group_tests_name("store_audit", tests, NULL, NULL);
}
