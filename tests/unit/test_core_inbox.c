/* The mails in core's hands: order within a mailbox, bounds, reading again; and the keys of the desk. */
#include "core_fixture.h"

#include "base/file.h"
#include "base/hash.h"
#include "core/inbox.h"
#include "core/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct item *add(struct inbox *inbox, const char *mailbox, uint32_t uid, enum item_state state)
{
    char octets[64];
    snprintf(octets, sizeof octets, "Subject: %u\r\n\r\n", uid);
    struct raw raw = {.mailbox = str_of(mailbox), .folder = STR("INBOX"), .uid_validity = 7, .uid = uid, .octets = str_of(octets), .size = strlen(octets)};
    struct item *item = inbox_add(inbox, ITEM_FETCHED, &raw);
    item->state = state;
    item->line.understood = state == ITEM_READY;
    return item;
}

static void what_is_added_is_a_copy(void **state)
{
    struct inbox inbox;
    char octets[] = "Subject: x\r\n\r\n", mailbox[] = "support";
    uint8_t right[32];
    (void)state;
    inbox_open(&inbox);
    hash_sha256(str_of(octets), right);
    struct raw raw = {.mailbox = str_of(mailbox), .folder = STR("INBOX"), .uid_validity = 7, .uid = 1, .octets = str_of(octets)};
    struct item *item = inbox_add(&inbox, ITEM_FETCHED, &raw);
    memset(octets, '?', sizeof octets - 1);
    memset(mailbox, '?', sizeof mailbox - 1);
    assert_text(item->line.raw.octets, "Subject: x\r\n\r\n");
    assert_text(item->line.raw.mailbox, "support");
    assert_memory_equal(item->line.raw.sha256, right, 32);
    assert_ptr_equal(inbox_find(&inbox, item->serial), item);
    assert_null(inbox_find(&inbox, item->serial + 1));
    inbox_close(&inbox);
}

/* The UIDs that inbox_ready gives, as text. */
static const char *ready_in(const struct inbox *inbox, char *out)
{
    struct inbox_scan scan = {0};
    size_t n = 0;
    out[0] = '\0';
    for (struct item *item = NULL; (item = inbox_ready(inbox, item, &scan)) != NULL;)
        n += (size_t)snprintf(out + n, 100 - n, "%u ", item->line.raw.uid);
    return out;
}

static void a_mailbox_keeps_its_order(void **state)
{
    struct inbox inbox;
    char text[100];
    (void)state;
    inbox_open(&inbox);
    struct item *one = add(&inbox, "support", 1, ITEM_READING);
    add(&inbox, "sales", 2, ITEM_READY);
    add(&inbox, "support", 3, ITEM_READY);
    add(&inbox, "sales", 4, ITEM_WAITING);
    add(&inbox, "sales", 5, ITEM_READY);
    assert_string_equal(ready_in(&inbox, text), "2 ");
    one->state = ITEM_READY;
    assert_string_equal(ready_in(&inbox, text), "1 2 3 ");
    inbox_remove(&inbox, one);
    assert_string_equal(ready_in(&inbox, text), "2 3 ");
    inbox_close(&inbox);
}

static void says(struct item *item, const char *from, const char *id, const char *referred)
{
    struct message *m = &item->line.message;
    m->from.list = arena_array(item->line.arena, 1, sizeof *m->from.list);
    m->from.list[0].addr = str_of(from);
    m->from.count = 1;
    m->message_id = str_of(id);
    m->references.list = arena_array(item->line.arena, 1, sizeof(struct str));
    m->references.list[0] = str_of(referred);
    m->references.count = 1;
}

/* A mail that waits for the DNS is no reason for others to wait, but for those that may follow upon it. */
static void who_waits_for_the_dns_holds_up_only_what_follows(void **state)
{
    struct inbox inbox;
    char text[100];
    (void)state;
    inbox_open(&inbox);
    struct item *asking = add(&inbox, "support", 1, ITEM_ASKING);
    asking->line.understood = true;
    says(asking, "jo@fabrikam.example", "one@fabrikam.example", "zero@x");
    says(add(&inbox, "support", 2, ITEM_READY), "al@northwind.example", "two@x", "zero@x");
    says(add(&inbox, "support", 3, ITEM_READY), "Jo@Fabrikam.example", "three@x", "zero@x");
    says(add(&inbox, "support", 4, ITEM_READY), "al@northwind.example", "four@x", "one@fabrikam.example");
    says(add(&inbox, "sales", 5, ITEM_READY), "jo@fabrikam.example", "five@x", "one@fabrikam.example");
    assert_string_equal(ready_in(&inbox, text), "2 5 ");
    asking->state = ITEM_WAITING; /* for a reader to check it */
    assert_string_equal(ready_in(&inbox, text), "2 5 ");
    asking->state = ITEM_READY;
    assert_string_equal(ready_in(&inbox, text), "1 2 3 4 5 ");
    asking->state = ITEM_ASKING;
    inbox_reread(&inbox);
    assert_true(asking->state == ITEM_WAITING && !asking->line.understood);
    assert_string_equal(ready_in(&inbox, text), "");
    inbox_close(&inbox);
}

static void many_blocked_mailboxes_block_the_rest(void **state)
{
    struct inbox inbox;
    char text[100], name[16];
    (void)state;
    inbox_open(&inbox);
    add(&inbox, "free", 900, ITEM_READY);
    for (uint32_t i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "m%u", i);
        add(&inbox, name, i + 1, ITEM_WAITING);
    }
    add(&inbox, "m69", 901, ITEM_READY); /* its order holds though it is not on the list any more */
    assert_string_equal(ready_in(&inbox, text), "900 ");
    inbox_close(&inbox);
}

static void the_inbox_is_bounded(void **state)
{
    struct inbox inbox;
    (void)state;
    inbox_open(&inbox);
    for (uint32_t i = 0; i < INBOX_ITEMS_MAX; i++) {
        assert_false(inbox_is_full(&inbox));
        add(&inbox, "support", i + 1, ITEM_WAITING);
    }
    assert_true(inbox_is_full(&inbox));
    inbox_remove(&inbox, inbox.first);
    assert_false(inbox_is_full(&inbox));
    inbox_close(&inbox);
    char *big = calloc(1, INBOX_OCTETS_MAX);
    assert_non_null(big);
    inbox_open(&inbox);
    struct raw raw = {.mailbox = STR("support"), .folder = STR("INBOX"), .octets = {big, INBOX_OCTETS_MAX}};
    inbox_add(&inbox, ITEM_FETCHED, &raw);
    assert_true(inbox_is_full(&inbox));
    inbox_remove(&inbox, inbox.first);
    assert_true(inbox.octets == 0 && inbox.count == 0 && inbox.first == NULL);
    add(&inbox, "support", 1, ITEM_READY); /* the end of the list is where it was */
    assert_non_null(inbox.first);
    inbox_close(&inbox);
    free(big);
}

static void new_rules_read_all_again_but_what_was_given_up(void **state)
{
    struct inbox inbox;
    (void)state;
    inbox_open(&inbox);
    struct item *waiting = add(&inbox, "support", 1, ITEM_WAITING), *reading = add(&inbox, "support", 2, ITEM_READING);
    struct item *ready = add(&inbox, "support", 3, ITEM_READY), *given_up = add(&inbox, "support", 4, ITEM_READY);
    ready->line.message.subject = arena_str(ready->line.arena, STR("old"));
    given_up->line.understood = false;
    given_up->tries = ITEM_TRIES_MAX;
    inbox_reread(&inbox);
    assert_int_equal(waiting->state, ITEM_WAITING);
    assert_int_equal(reading->state, ITEM_WAITING);
    assert_int_equal(ready->state, ITEM_WAITING);
    assert_int_equal(given_up->state, ITEM_READY);
    assert_false(ready->line.understood);
    assert_int_equal(ready->line.message.subject.n, 0);
    assert_text(ready->line.raw.octets, "Subject: 3\r\n\r\n");
    assert_text(ready->line.raw.mailbox, "support");
    inbox_close(&inbox);
}

static void a_uid_in_hand_is_known(void **state)
{
    struct inbox inbox;
    (void)state;
    inbox_open(&inbox);
    add(&inbox, "support", 5, ITEM_WAITING);
    struct raw raw = {.mailbox = STR("support"), .folder = STR("INBOX"), .uid_validity = 7, .uid = 5};
    assert_true(inbox_has(&inbox, &raw));
    struct raw others[] = {raw, raw, raw, raw};
    others[0].uid = 6;
    others[1].uid_validity = 8;
    others[2].folder = STR("Sent");
    others[3].mailbox = STR("sales");
    for (size_t i = 0; i < 4; i++)
        assert_false(inbox_has(&inbox, &others[i]));
    inbox.first->purpose = ITEM_INGESTED;
    assert_false(inbox_has(&inbox, &raw));
    inbox_close(&inbox);
}

/* ---- keys -------------------------------------------------------------------------------------------------------------------- */

static void keys_are_made_once(void **state)
{
    struct core_fixture *f = *state;
    struct token_keys again = {0}, none = {0};
    struct stat found;
    uint8_t zero[32] = {0};
    assert_int_equal(f->keys.count, 1);
    assert_int_equal(f->keys.keys[0].epoch, 1);
    assert_memory_not_equal(f->keys.keys[0].key, zero, 32);
    assert_int_equal(stat(core_path(f, "state/token.keys"), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_good(keys_load(core_path(f, "state"), true, &again, &f->err));
    assert_int_equal(again.count, 1);
    assert_memory_equal(again.keys[0].key, f->keys.keys[0].key, 32);
    assert_good(keys_load(core_path(f, "templates"), false, &none, &f->err)); /* triagectl makes none */
    assert_int_equal(none.count, 0);
    assert_int_not_equal(access(core_path(f, "templates/token.keys"), F_OK), 0);
}

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void only_keys_are_read_as_keys(void **state)
{
    static const struct {
        const char *text;
        size_t count; /* 0: refused */
    } rows[] = {
        {"1 " KEY "\n", 1},          {"1 " KEY "\n3 " KEY "\n", 2}, {"1 " KEY, 1},         {"", 0},           {"\n\n", 0},
        {"2 " KEY "\n1 " KEY "\n", 0}, {"1 " KEY "\n1 " KEY "\n", 0}, {"0 " KEY "\n", 0},    {"x " KEY "\n", 0}, {"4294967296 " KEY "\n", 0},
        {"1 " KEY "0\n", 0},          {"1 00112233\n", 0},           {"1  " KEY "\n", 0},    {"1 " KEY " \n", 0}, {"1\n", 0},
        {"1 zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0}, {"1 " KEY "\nrubbish\n", 0},
    };
    struct core_fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct token_keys keys = {0};
        struct err err = {0};
        core_put(f, "state/token.keys", rows[i].text);
        bool read = keys_load(core_path(f, "state"), true, &keys, &err);
        if (read != (rows[i].count > 0) || (read && keys.count != rows[i].count))
            fail_msg("row %zu: %s, %zu keys, %s", i, read ? "read" : "refused", keys.count, err.text);
        if (!read)
            assert_int_equal(err.kind, ERR_SETUP);
        struct str left = {0};
        assert_good(file_read(f->arena, core_path(f, "state/token.keys"), 4096, &left, &f->err)); /* never overwritten */
        assert_text(left, rows[i].text);
    }
    core_put(f, "state/token.keys", "1 " KEY "\n");
    assert_int_equal(chmod(core_path(f, "state/token.keys"), 0644), 0);
    struct token_keys keys = {0};
    struct err err = {0};
    assert_false(keys_load(core_path(f, "state"), true, &keys, &err)); /* others could read it */
    assert_int_equal(err.kind, ERR_SETUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_a_copy),
        cmocka_unit_test(a_mailbox_keeps_its_order), cmocka_unit_test(who_waits_for_the_dns_holds_up_only_what_follows),
        cmocka_unit_test(many_blocked_mailboxes_block_the_rest),
        cmocka_unit_test(the_inbox_is_bounded),
        cmocka_unit_test(new_rules_read_all_again_but_what_was_given_up),
        cmocka_unit_test(a_uid_in_hand_is_known),
        cmocka_unit_test_setup_teardown(keys_are_made_once, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(only_keys_are_read_as_keys, core_set_up, core_tear_down),
    };
    return cmocka_run_group_tests_name("core inbox", tests, NULL, NULL);
}
