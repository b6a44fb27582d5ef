/* The Maildir drivers: UIDs that last, what `after` does to files, letters that arrive whole. */
#include "config.h"

#include "net_peer.h"

#include "base/clock.h"
#include "base/file.h"
#include "net/dir.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct rig {
    char *folder;
    struct mailbox_settings settings;
    const struct mailbox_driver *driver;
    struct mailbox *m;
    struct mailbox_folder found;
    struct str folder_name;
    struct err err;
    int cancel, wake;
    struct buf got; /* "uid:octets|" of each message */
};

static void put(const struct rig *r, const char *where, const char *text, int age)
{
    struct timespec times[2] = {{1700000000 - age, 0}, {1700000000 - age, 0}};
    char *path = peer_file(r->folder, where, text);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

static bool is_there(const struct rig *r, const char *where)
{
    char path[500];
    snprintf(path, sizeof path, "%s/%s", r->folder, where);
    return access(path, F_OK) == 0;
}

static void open_mailbox(struct rig *r)
{
    if (!r->driver->open(&r->m, &r->settings, r->cancel, &r->err) || !r->driver->select(r->m, r->folder_name, &r->found, &r->err))
        fail_msg("%s", r->err.text);
}

static void prepare(struct rig *r)
{
    memset(r, 0, sizeof *r);
    r->folder = peer_folder_new();
    assert_true(maildir_make(r->folder, &r->err));
    r->cancel = eventfd(0, EFD_NONBLOCK);
    r->wake = eventfd(0, EFD_NONBLOCK);
    r->folder_name = STR("INBOX");
    r->driver = mailbox_driver_of(STR("maildir"));
    r->settings = (struct mailbox_settings){.name = STR("m"), .driver = STR("maildir"), .path = str_of(r->folder), .folders = &r->folder_name, .folder_count = 1};
}

static void clean(struct rig *r)
{
    r->driver->close(&r->m);
    buf_free(&r->got);
    close(r->cancel);
    close(r->wake);
    peer_folder_remove(&r->folder);
}

static bool take(void *to, const struct mailbox_item *item)
{
    struct rig *r = to;
    buf_printf(&r->got, "%u%s:%.*s|", item->uid, item->truncated ? "t" : "", STR_ARG(item->octets));
    return true;
}

static const char *fetch_all(struct rig *r, uint32_t above)
{
    struct uid_set present = {NULL, 0, 0}, poison = {NULL, 0, 0};
    buf_clear(&r->got);
    if (!r->driver->list(r->m, above, &present, &r->err) || !r->driver->next(r->m, &present, take, r, &poison, &r->err))
        fail_msg("%s", r->err.text);
    uid_set_free(&present);
    buf_add(&r->got, "", 1);
    return r->got.p;
}

static void test_uids_last(void **state)
{
    (void)state;
    struct rig r;
    prepare(&r);
    put(&r, "new/b", "B: 2\n\nb\n", 10);
    put(&r, "new/a", "A: 1\r\n\r\na\r\n", 20);
    put(&r, "cur/c:2,S", "C: 3\n", 5);
    open_mailbox(&r);
    assert_int_equal(r.found.exists, 3);
    assert_string_equal(fetch_all(&r, 0), "1:A: 1\r\n\r\na\r\n|2:B: 2\r\n\r\nb\r\n|3:C: 3\r\n|");
    assert_true(is_there(&r, "cur/c,U=3:2,S") && is_there(&r, "new/a,U=1"));
    uint32_t validity = r.found.uid_validity;
    assert_true(validity > 0);
    r.driver->close(&r.m);
    put(&r, "new/0", "older, but later seen\n", 1000);
    put(&r, "new/copy,U=3", "a copy with the UID of another\n", 1);
    open_mailbox(&r);
    assert_int_equal(r.found.uid_validity, validity);
    assert_string_equal(fetch_all(&r, 3), "4:older, but later seen\r\n|5:a copy with the UID of another\r\n|");
    clean(&r);
}

static void test_a_uid_is_never_given_twice(void **state)
{
    (void)state;
    struct uid_range range = {1, 1};
    struct uid_set first = {&range, 1, 0};
    struct rig r;
    prepare(&r);
    r.settings.after = AFTER_DELETE;
    put(&r, "new/a", "a\n", 10);
    open_mailbox(&r);
    assert_true(r.driver->settle(r.m, &first, &r.err));
    assert_true(r.driver->settle(r.m, &first, &r.err)); /* gone counts as done */
    assert_string_equal(fetch_all(&r, 0), "");
    put(&r, "new/b", "b\n", 5);
    assert_string_equal(fetch_all(&r, 0), "2:b\r\n|");
    clean(&r);
}

static void test_settling(void **state)
{
    (void)state;
    struct uid_range range = {1, 1};
    struct uid_set first = {&range, 1, 0};
    struct rig r;
    prepare(&r);
    put(&r, "new/a", "a\n", 10);
    r.settings.after = AFTER_FLAG;
    r.settings.after_keyword = STR("\\Seen");
    open_mailbox(&r);
    assert_true(r.driver->settle(r.m, &first, &r.err));
    assert_true(r.driver->settle(r.m, &first, &r.err));
    assert_true(is_there(&r, "cur/a,U=1:2,S"));
    r.settings.after_keyword = STR("\\Flagged");
    assert_true(r.driver->settle(r.m, &first, &r.err));
    assert_true(is_there(&r, "cur/a,U=1:2,FS"));
    r.settings.after_keyword = STR("Filed");
    assert_false(r.driver->settle(r.m, &first, &r.err));
    assert_int_equal(r.err.kind, ERR_SETUP);
    r.settings.after = AFTER_MOVE;
    r.settings.after_folder = STR("Done");
    assert_true(r.driver->settle(r.m, &first, &r.err));
    assert_true(is_there(&r, ".Done/cur/a:2,FS"));
    r.settings.after_folder = STR("../elsewhere");
    put(&r, "new/b", "b\n", 5);
    range = (struct uid_range){2, 2};
    assert_false(r.driver->settle(r.m, &first, &r.err));
    assert_int_equal(r.err.kind, ERR_SETUP);
    clean(&r);
}

static void test_too_big_is_cut(void **state)
{
    (void)state;
    struct rig r;
    prepare(&r);
    put(&r, "new/a", "Subject: long\n\n0123456789\n", 10);
    r.settings.size_max = 10;
    open_mailbox(&r);
    assert_non_null(strstr(fetch_all(&r, 0), "1t:Subject: long"));
    clean(&r);
}

static void test_waiting(void **state)
{
    (void)state;
    struct rig r;
    bool news = true;
    prepare(&r);
    open_mailbox(&r);
    assert_string_equal(fetch_all(&r, 0), "");
    assert_true(r.driver->wait(r.m, 30, r.wake, &news, &r.err));
    assert_false(news);
    put(&r, "new/a", "a\n", 1);
    assert_true(r.driver->wait(r.m, 20000, r.wake, &news, &r.err));
    assert_true(news);
    assert_string_equal(fetch_all(&r, 0), "1:a\r\n|");
    eventfd_write(r.cancel, 1);
    assert_true(r.driver->wait(r.m, 0, r.wake, &news, &r.err) || r.err.kind == ERR_RETRY);
    clean(&r);
}

static void test_no_maildir(void **state)
{
    (void)state;
    struct rig r;
    prepare(&r);
    r.settings.path = STR("/nonexistent/maildir");
    assert_false(r.driver->open(&r.m, &r.settings, r.cancel, &r.err));
    assert_int_equal(r.err.kind, ERR_SOURCE);
    assert_non_null(strstr(r.err.text, "/nonexistent/maildir"));
    clean(&r);
}

static void test_relay(void **state)
{
    (void)state;
    struct rig r;
    struct relay *relay = NULL;
    struct arena *arena = arena_new();
    const struct relay_driver *driver = relay_driver_of(STR("maildir"));
    prepare(&r);
    struct relay_settings settings = {.name = STR("out"), .path = str_of(r.folder)};
    struct relay_recipient to[3] = {{.address = STR("ann@fabrikam.example")}, {.address = STR("x\r\nBcc: y")}, {.address = STR("bob@fabrikam.example")}};
    struct relay_letter letter = {.id = 1, .from = STR("desk@contoso.example"), .recipients = to, .recipient_count = 3, .octets = STR("S: x\r\n\r\n.\r\n")};
    assert_true(driver->open(&relay, &settings, r.cancel, &r.err));
    assert_true(driver->send(relay, &letter, arena, &r.err));
    assert_true(driver->alive(relay));
    assert_int_equal(to[0].delivery, DELIVERY_SENT);
    assert_int_equal(to[1].delivery, DELIVERY_FAILED);
    assert_int_equal(to[2].delivery, DELIVERY_SENT);
    open_mailbox(&r);
    const char *got = fetch_all(&r, 0);
    assert_non_null(strstr(got, "Return-Path: <desk@contoso.example>\r\nDelivered-To: ann@fabrikam.example\r\nS: x\r\n\r\n.\r\n|"));
    assert_non_null(strstr(got, "Delivered-To: bob@fabrikam.example\r\n"));
    assert_null(strstr(got, "Bcc"));
    driver->close(&relay);
    arena_free(&arena);
    clean(&r);
}

static void test_put_once(void **state)
{
    (void)state;
    struct rig r;
    struct mailbox_folder found = {0};
    struct str id = STR("l7@contoso.example"), octets = STR("Subject: copy\r\n\r\nHello.\r\n");
    struct uid_range one = {1, 1};
    struct uid_set uids = {&one, 1, 0};
    prepare(&r);
    open_mailbox(&r);
    for (int i = 0; i < 3; i++)
        assert_true(r.driver->put(r.m, STR("Sent"), id, INT64_C(1795441680000), octets, &r.err));
    assert_true(r.driver->select(r.m, STR("Sent"), &found, &r.err));
    assert_int_equal(found.exists, 1);
    assert_true(r.driver->put(r.m, STR("Sent"), STR("l8@contoso.example"), INT64_C(1795441680000), octets, &r.err));
    assert_true(r.driver->put(r.m, STR("Sent"), id, INT64_C(1795441680000), octets, &r.err)); /* under the name its UID gave it */
    assert_true(r.driver->select(r.m, STR("Sent"), &found, &r.err));
    assert_int_equal(found.exists, 2);
    assert_false(r.driver->put(r.m, STR("../out"), id, 0, octets, &r.err));
    assert_int_equal(r.err.kind, ERR_ITEM);
    assert_false(r.driver->mark(r.m, &uids, STR("$TicketOpen"), STR(""), &r.err));
    assert_int_equal(r.err.kind, ERR_ITEM);
    assert_non_null(strstr(r.err.text, "no keywords"));
    clean(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uids_last),  cmocka_unit_test(test_a_uid_is_never_given_twice), cmocka_unit_test(test_settling),
        cmocka_unit_test(test_too_big_is_cut), cmocka_unit_test(test_waiting),                cmocka_unit_test(test_no_maildir),
        cmocka_unit_test(test_relay),      cmocka_unit_test(test_put_once),
    };
    return cmocka_run_group_tests_name("net_dir", tests, NULL, NULL);
}
