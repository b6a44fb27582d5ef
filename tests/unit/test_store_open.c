/* test_store_open: what is opened, what is refused and with which words, transactions and savepoints, failing disks. */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool opens(struct fixture *f, bool create, bool read_only)
{
    return store_open(&f->store, f->directory, create, read_only, &f->err);
}

static void write_at(const char *path, off_t at, const char *octets, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, octets, n, at), n);
    close(fd);
}

static int64_t size_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (int64_t)status.st_size : -1;
}

static void run_sql(struct fixture *f, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(fixture_path(f, ""), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_new_store_is_private_and_marked(void **state)
{
    struct fixture *f = *state;
    struct stat status;
    assert_int_equal(stat(fixture_path(f, ""), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(count_rows(f, "PRAGMA application_id"), 0x74726764);
    assert_int_equal(count_rows(f, "SELECT MAX(number) FROM schema_version"), 2);
    assert_int_equal(size_of(fixture_path(f, ".new")), -1);
}

static void a_missing_file_is_made_only_when_asked(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    unlink(fixture_path(f, ""));
    assert_refused(opens(f, false, false), ERR_SETUP, "does not exist");
    assert_refused(opens(f, true, true), ERR_SETUP, "does not exist");
    assert_null(f->store);
    write_at(fixture_path(f, "-wal"), 0, "left", 4);
    assert_refused(opens(f, true, false), ERR_SETUP, "is missing though its log");
    unlink(fixture_path(f, "-wal"));
    assert_good(opens(f, true, false));
}

static void what_is_on_record_is_there_after_reopening(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    bool has = false;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    fixture_reopen(f);
    assert_good(store_has_uid(f->store, &mail.raw, &has, &f->err));
    assert_true(has);
    struct mail next;
    mail_make(&next, 2);
    mail_commit(f, &next);
    assert_int_equal(next.filed.ticket, mail.filed.ticket + 1);
    assert_int_equal(next.filed.ledger, mail.filed.ledger + 1);
}

static void a_link_is_not_followed(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"", "-wal", "-shm", "-journal"};
    store_close(&f->store);
    for (size_t i = 0; i < 4; i++) {
        char *path = fixture_path(f, names[i]), *aside = fixture_path(f, ".aside");
        bool was = rename(path, aside) == 0;
        assert_int_equal(symlink(aside, path), 0);
        assert_refused(opens(f, true, false), ERR_SETUP, "link");
        unlink(path);
        if (was)
            assert_int_equal(rename(aside, path), 0);
    }
    assert_good(opens(f, false, false));
}

static void an_empty_file_is_never_taken_for_a_new_store(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    assert_int_equal(truncate(fixture_path(f, ""), 0), 0);
    assert_refused(opens(f, true, false), ERR_SETUP, "empty, damaged or not a database");
    assert_int_equal(size_of(fixture_path(f, "")), 0);
}

static void text_is_not_a_database(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    write_at(fixture_path(f, ""), 0, "Dear customer, ", 15);
    assert_refused(opens(f, true, false), ERR_SETUP, "not a database");
}

static void somebody_elses_database_is_refused(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    run_sql(f, "PRAGMA application_id = 7");
    assert_refused(opens(f, false, false), ERR_SETUP, "not one of triaged");
}

static void a_newer_format_is_refused(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    run_sql(f, "INSERT INTO schema_version (number, at) VALUES (99, 0)");
    assert_refused(opens(f, false, false), ERR_SETUP, "format 99");
    assert_refused(opens(f, false, true), ERR_SETUP, "format 99");
}

static void a_store_without_its_schema_is_refused(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    run_sql(f, "DROP TABLE schema_version");
    assert_refused(opens(f, true, false), ERR_SETUP, "no schema");
}

static void a_cut_file_is_refused(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    int64_t size = size_of(fixture_path(f, ""));
    assert_int_equal(truncate(fixture_path(f, ""), size - 8192), 0);
    assert_refused(opens(f, false, false), ERR_SETUP, "is cut");
    assert_int_equal(truncate(fixture_path(f, ""), 1000), 0);
    assert_refused(opens(f, false, true), ERR_SETUP, "is cut");
}

static void a_damaged_page_is_refused(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    store_close(&f->store);
    int64_t page = count_rows(f, "SELECT rootpage FROM sqlite_master WHERE name = 'ledger'");
    assert_true(page > 1);
    static const char junk[64] = "\x13\x37\x13\x37\x13\x37\x13\x37\x13\x37";
    write_at(fixture_path(f, ""), (page - 1) * 8192, junk, sizeof junk);
    assert_refused(opens(f, false, false), ERR_SETUP, "damaged");
}

/* What a killed process leaves: the files as they are while the store is open. */
static void leave_as_killed(struct fixture *f, const char *const *suffixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *from = fixture_path(f, suffixes[i]), *to = arena_text(f->arena, arena_printf(f->arena, "%s.copy", from));
        int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        char octets[8192];
        for (ssize_t n; (n = read(in, octets, sizeof octets)) > 0;)
            assert_int_equal(write(out, octets, (size_t)n), n);
        close(in);
        close(out);
    }
    store_close(&f->store);
    for (size_t i = 0; i < count; i++) {
        char *to = fixture_path(f, suffixes[i]);
        assert_int_equal(rename(arena_text(f->arena, arena_printf(f->arena, "%s.copy", to)), to), 0);
    }
}

static const char *const all_three[] = {"", "-wal", "-shm"};

static void a_killed_store_opens_with_all_that_was_committed(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    for (uint32_t uid = 1; uid <= 5; uid++) {
        mail_make(&mail, uid);
        mail_commit(f, &mail);
    }
    leave_as_killed(f, all_three, 3);
    assert_good(opens(f, false, false));
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger"), 5);
}

static void a_log_cut_by_hand_is_refused(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    for (uint32_t uid = 1; uid <= 5; uid++) {
        mail_make(&mail, uid);
        mail_commit(f, &mail);
    }
    leave_as_killed(f, all_three, 3);
    int64_t size = size_of(fixture_path(f, "-wal"));
    assert_true(size > 100000);
    assert_int_equal(truncate(fixture_path(f, "-wal"), size - 8192), 0);
    assert_refused(opens(f, false, false), ERR_SETUP, "committed pages are sound");
    assert_refused(opens(f, false, false), ERR_SETUP, "committed pages are sound");
    assert_int_equal(truncate(fixture_path(f, "-wal"), 0), 0);
    assert_refused(opens(f, false, false), ERR_SETUP, "is cut or not a log");
    unlink(fixture_path(f, "-wal"));
    assert_refused(opens(f, false, false), ERR_SETUP, "is missing though");
}

static void a_log_changed_by_hand_is_refused(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    for (uint32_t uid = 1; uid <= 5; uid++) {
        mail_make(&mail, uid);
        mail_commit(f, &mail);
    }
    leave_as_killed(f, all_three, 3);
    write_at(fixture_path(f, "-wal"), 32 + 24 + 8192 + 24 + 100, "?", 1);
    assert_refused(opens(f, false, false), ERR_SETUP, "1 of ");
}

static void a_reader_sees_all_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    bool has = false;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    leave_as_killed(f, all_three, 3);
    assert_good(opens(f, false, true));
    assert_good(store_has_uid(f->store, &mail.raw, &has, &f->err));
    assert_true(has);
    assert_refused(store_begin(f->store, &f->err), ERR_RETRY, "reading only");
    assert_refused(store_pause(f->store, STR("support"), true, &f->err), ERR_RETRY, "readonly");
    assert_refused(store_event(f->store, 0, STR("x"), STR("y"), STR(""), T0, &f->err), ERR_RETRY, "readonly");
    struct changed changed;
    assert_refused(store_change(f->store, f->arena, mail.filed.ticket, STR("state"), STR("open"), STR("jo"), STR("R-AAAA"), T0, &changed, &f->err), ERR_RETRY, "reading only");
}

/* Root may write everywhere, so the folder that cannot be written is tried as somebody else. */
static void a_reader_without_rights_to_the_folder_reads_a_closed_store(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    store_close(&f->store);
    assert_int_equal(chmod(f->directory, 0555), 0);
    assert_int_equal(chmod(fixture_path(f, ""), 0444), 0);
    pid_t child = fork();
    if (child == 0) {
        bool has = false;
        bool other = geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
        _exit(other && opens(f, false, true) && store_has_uid(f->store, &mail.raw, &has, &f->err) && has ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(f->directory, 0700), 0);
    assert_int_equal(status, 0);
}

static void an_undone_message_leaves_its_neighbours(void **state)
{
    struct fixture *f = *state;
    struct mail one, two, three;
    mail_make(&one, 1);
    mail_make(&two, 2);
    mail_make(&three, 3);
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_mark(f->store, &f->err));
    assert_good(mail_file(f, &one));
    assert_good(store_keep(f->store, &f->err));
    assert_good(store_mark(f->store, &f->err));
    assert_good(mail_file(f, &two));
    store_undo(f->store);
    assert_good(store_mark(f->store, &f->err));
    assert_good(mail_file(f, &three));
    assert_good(store_keep(f->store, &f->err));
    assert_good(store_commit(f->store, &f->err));
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger"), 2);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger WHERE uid = 2"), 0);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM raw"), 2);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM provenance p JOIN ruleset s ON s.id = p.ruleset WHERE p.ticket = 2"), 7);
    assert_int_equal(three.filed.ticket, 2);
}

static void a_rolled_back_group_never_was(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    assert_good(store_begin(f->store, &f->err));
    assert_good(mail_file(f, &mail));
    store_rollback(f->store);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger"), 0);
    assert_refused(mail_file(f, &mail), ERR_RETRY, "no transaction");
    assert_refused(store_commit(f->store, &f->err), ERR_RETRY, "no transaction");
    assert_refused(store_mark(f->store, &f->err), ERR_RETRY, "no transaction");
    mail_commit(f, &mail);
    assert_int_equal(mail.filed.ticket, 1);
}

static void letter_ids_are_used_up(void **state)
{
    struct fixture *f = *state;
    int64_t one = 0, two = 0;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_letter_id(f->store, &one, &f->err));
    store_rollback(f->store);
    assert_good(store_letter_id(f->store, &two, &f->err));
    assert_int_equal(two, one + 1);
}

/* In a child that may not write files beyond a size: what a full disk looks like. */
static int file_on_full_disk(struct fixture *f)
{
    struct mail small, big;
    static char octets[2000000];
    mail_make(&small, 1);
    mail_make(&big, 2);
    unsigned noise = 1;
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)((noise = noise * 1103515245u + 12345u) >> 16);
    big.raw.octets = (struct str){octets, sizeof octets};
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {1000000, RLIM_INFINITY};
    if (!opens(f, false, false) || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (!store_begin(f->store, &f->err) || !mail_file(f, &small) || !mail_file(f, &big))
        return 2;
    if (store_commit(f->store, &f->err) || f->err.kind != ERR_RETRY)
        return 3;
    /* The same store goes on as soon as there is room. */
    limit.rlim_cur = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || !store_begin(f->store, &f->err))
        return 4;
    bool has = true;
    if (!store_has_uid(f->store, &small.raw, &has, &f->err) || has)
        return 5;
    if (!mail_file(f, &small) || small.filed.ticket != 1 || !store_commit(f->store, &f->err))
        return 6;
    return 0;
}

static void a_full_disk_keeps_nothing_and_recovers(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    pid_t child = fork();
    if (child == 0)
        _exit(file_on_full_disk(f));
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_good(opens(f, false, false));
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger"), 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM raw"), 1);
}

static void a_locked_store_says_try_again(void **state)
{
    struct fixture *f = *state;
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(fixture_path(f, ""), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_refused(store_begin(f->store, &f->err), ERR_RETRY, "locked");
    sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(other);
    assert_good(store_begin(f->store, &f->err));
}

/* The pages are moved by a thread beside; whoever looks on meanwhile sees every commit, whole. */
static void a_log_is_bounded_however_long_the_burst(void **state)
{
    struct fixture *f = *state;
    static char octets[1000000];
    struct mail mail;
    unsigned noise = 1;
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open_v2(fixture_path(f, ""), &other, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)((noise = noise * 1103515245u + 12345u) >> 16);
    for (uint32_t uid = 1; uid <= 100; uid++) {
        mail_make(&mail, uid);
        memcpy(octets, &uid, sizeof uid);
        mail.raw.octets = (struct str){octets, sizeof octets};
        mail_commit(f, &mail);
        sqlite3_stmt *seen = NULL;
        assert_int_equal(sqlite3_prepare_v2(other, "SELECT COUNT(*), SUM(LENGTH(octets)) FROM raw", -1, &seen, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(seen), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int64(seen, 0), uid);
        assert_int_equal(sqlite3_column_int64(seen, 1), (int64_t)uid * (int64_t)sizeof octets);
        sqlite3_finalize(seen);
    }
    sqlite3_close(other);
    assert_true(size_of(fixture_path(f, "-wal")) < 70 * 1024 * 1024);
    store_checkpoint(f->store);
    assert_true(size_of(fixture_path(f, "")) > 100 * 1000 * 1000);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM raw"), 100);
}

/* A part that failed is never kept for the sake of the others: there is no savepoint to take it back alone. */
static void a_whole_transaction_with_a_failed_part_is_undone(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    struct letter none = {.id = 7, .relay = STR("default"), .kind = STR("ack"), .message_id = STR("a@y.example"), .octets = STR("x"), .created = T0};
    assert_good(store_begin_whole(f->store, &f->err));
    mail_make(&mail, 1);
    assert_true(mail_file(f, &mail));
    assert_refused(store_letter_add(f->store, &none, 0, T0, false, &f->err), ERR_ITEM, "recipients");
    assert_refused(store_commit(f->store, &f->err), ERR_ITEM, "a part of the transaction failed");
    assert_int_equal(count_rows(f, "SELECT (SELECT COUNT(*) FROM ledger) + (SELECT COUNT(*) FROM letter)"), 0);
    assert_good(store_begin_whole(f->store, &f->err));
    assert_true(mail_file(f, &mail));
    assert_good(store_try(f->store, &f->err));
    assert_refused(store_letter_add(f->store, &none, 0, T0, false, &f->err), ERR_ITEM, "recipients");
    assert_false(store_try_end(f->store, false, &f->err));
    assert_good(store_commit(f->store, &f->err)); /* what is tried is undone alone */
    assert_int_equal(count_rows(f, "SELECT (SELECT COUNT(*) FROM ledger) + (SELECT COUNT(*) FROM letter)"), 1);
}

static int writes, reads;

static ssize_t count_write(int fd, const void *octets, size_t n, off_t at)
{
    writes++;
    return pwrite(fd, octets, n, at);
}

static ssize_t count_read(int fd, void *octets, size_t n, off_t at)
{
    reads++;
    return pread(fd, octets, n, at);
}

/* In place of the calls the engine makes of the system; false: its own again. */
static void count_calls(bool count)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } calls[] = {{"pwrite", (sqlite3_syscall_ptr)count_write}, {"pwrite64", (sqlite3_syscall_ptr)count_write},
                 {"pread", (sqlite3_syscall_ptr)count_read}, {"pread64", (sqlite3_syscall_ptr)count_read}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(vfs->xSetSystemCall(vfs, calls[i].name, count ? calls[i].call : NULL), SQLITE_OK);
    if (count)
        writes = reads = 0;
}

/* Fifty pages and more, two calls each to write and one to read, were it not so. */
static void the_log_is_written_and_read_in_pieces(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    const size_t size = 400000;
    char *noise = arena_alloc(f->arena, size);
    uint32_t seed = 1;
    for (size_t i = 0; i < size; i++)
        noise[i] = (char)((seed = seed * 1664525u + 1013904223u) >> 24);
    mail_make(&mail, 1);
    mail.raw.octets = (struct str){noise, size};
    count_calls(true);
    mail_commit(f, &mail);
    count_calls(false);
    assert_in_range(writes, 4, 10);
    assert_int_equal(count_rows(f, "SELECT LENGTH(octets) FROM raw"), (int64_t)size); /* another connection reads the log */
    count_calls(true);
    store_checkpoint(f->store);
    count_calls(false);
    assert_in_range(reads, 1, 40);
    struct buf octets = {0};
    assert_good(store_raw(f->store, mail.filed.message, &octets, &f->err));
    assert_true(str_eq(buf_view(&octets), mail.raw.octets));
    buf_free(&octets);
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_store_is_private_and_marked),
        STORE_TEST(a_missing_file_is_made_only_when_asked),
        STORE_TEST(what_is_on_record_is_there_after_reopening),
        STORE_TEST(a_link_is_not_followed),
        STORE_TEST(an_empty_file_is_never_taken_for_a_new_store),
        STORE_TEST(text_is_not_a_database),
        STORE_TEST(somebody_elses_database_is_refused),
        STORE_TEST(a_newer_format_is_refused),
        STORE_TEST(a_store_without_its_schema_is_refused),
        STORE_TEST(a_cut_file_is_refused),
        STORE_TEST(a_damaged_page_is_refused),
        STORE_TEST(a_killed_store_opens_with_all_that_was_committed),
        STORE_TEST(a_log_cut_by_hand_is_refused),
        STORE_TEST(a_log_changed_by_hand_is_refused),
        STORE_TEST(a_reader_sees_all_and_changes_nothing),
        STORE_TEST(a_reader_without_rights_to_the_folder_reads_a_closed_store),
        STORE_TEST(an_undone_message_leaves_its_neighbours),
        STORE_TEST(a_rolled_back_group_never_was),
        STORE_TEST(letter_ids_are_used_up),
        STORE_TEST(a_full_disk_keeps_nothing_and_recovers),
        STORE_TEST(a_locked_store_says_try_again),
        STORE_TEST(the_log_is_written_and_read_in_pieces),
        STORE_TEST(a_log_is_bounded_however_long_the_burst),
        STORE_TEST(a_whole_transaction_with_a_failed_part_is_undone),
    };
    return cmocka_run_group_tests_name("store_open", tests, NULL, NULL);
}
