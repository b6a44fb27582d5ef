/* The DNS as core sees it: a name is asked once for all who need it, an answer is remembered as long as it may be, a wait has an end, and an answer that
 * nobody asked for is none. */
#include "core_fixture.h"

#include "base/clock.h"
#include "core/asking.h"
#include "core/wire.h"

#define PATIENCE (5 * CLOCK_SECOND)
#define KEY "one._domainkey.fabrikam.example"
#define POLICY "_dmarc.fabrikam.example"

struct asked {
    struct asking *asking;
    struct inbox inbox;
    struct buf out;
    int64_t now;
};

static void begin(struct asked *a)
{
    *a = (struct asked){.now = 1000000};
    asking_open(&a->asking);
    asking_setup(a->asking, PATIENCE);
    inbox_open(&a->inbox);
}

static void end(struct asked *a)
{
    inbox_close(&a->inbox);
    asking_close(&a->asking);
    buf_free(&a->out);
}

static struct item *add(struct asked *a, const char *domain)
{
    struct raw raw = {.mailbox = STR("support"), .folder = STR("INBOX"), .octets = STR("Subject: x\r\n\r\n")};
    struct item *item = inbox_add(&a->inbox, ITEM_FETCHED, &raw);
    struct origin *o = &item->line.message.origin;
    o->from = str_of(domain);
    o->signatures = arena_array(item->line.arena, 1, sizeof *o->signatures);
    o->signatures[0] = (struct dkim_signature){.domain = str_of(domain), .selector = STR("one")};
    o->count = 1;
    item->line.understood = true;
    item->state = ITEM_ASKING;
    return item;
}

/* One turn; the names asked for in it. */
static size_t turn(struct asked *a, struct str *names, uint32_t *serials)
{
    size_t count = 0, size = 0;
    uint32_t type = 0;
    struct str payload = {0};
    buf_clear(&a->out);
    asking_turn(a->asking, &a->inbox, &a->out, a->now);
    struct buf rest = a->out;
    while (frame_peek(&rest, &type, &payload, &size) == 1) {
        assert_true(type == WIRE_RESOLVE && count < 16);
        assert_true(wire_get_serial_text(payload, &serials[count], &names[count]));
        count++;
        rest = (struct buf){rest.p + size, rest.n - size, 0};
    }
    return count;
}

static bool answer(struct asked *a, uint32_t serial, const char *name, enum dns_status status, uint32_t ttl)
{
    struct str record = STR("v=DKIM1; p=");
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    wire_put_resolved(&out, serial, &(struct dns_answer){.name = str_of(name), .status = status, .records = &record, .count = status == DNS_FOUND, .ttl = ttl});
    assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
    bool taken = asking_take(a->asking, payload, a->now);
    buf_free(&out);
    return taken;
}

static void a_name_is_asked_once(void **state)
{
    struct asked a;
    struct str names[16];
    uint32_t serials[16];
    (void)state;
    begin(&a);
    struct item *first = add(&a, "fabrikam.example"), *second = add(&a, "fabrikam.example");
    assert_int_equal(turn(&a, names, serials), 2);
    assert_text(names[0], KEY);
    assert_text(names[1], POLICY);
    assert_int_equal(asking_deadline(a.asking), a.now + PATIENCE);
    uint32_t key = serials[0], policy = serials[1];
    assert_int_equal(turn(&a, names, serials), 0);
    assert_true(answer(&a, key, KEY, DNS_FOUND, 600));
    assert_int_equal(turn(&a, names, serials), 0);
    assert_int_equal(first->state, ITEM_ASKING);
    assert_true(answer(&a, policy, POLICY, DNS_NONE, 0));
    turn(&a, names, serials);
    assert_true(first->state == ITEM_WAITING && second->state == ITEM_WAITING);
    assert_int_equal(first->line.answer_count, 2);
    assert_text(first->line.answers[0].records[0], "v=DKIM1; p=");
    assert_int_equal(asking_deadline(a.asking), INT64_MAX);
    /* Remembered, until it ends: what is there for ten minutes, what is not there for five. */
    a.now += 4 * CLOCK_MINUTE;
    add(&a, "fabrikam.example");
    assert_int_equal(turn(&a, names, serials), 0);
    a.now += 2 * CLOCK_MINUTE;
    add(&a, "fabrikam.example");
    assert_int_equal(turn(&a, names, serials), 1);
    a.now += 5 * CLOCK_MINUTE;
    add(&a, "fabrikam.example");
    assert_int_equal(turn(&a, names, serials), 1);
    end(&a);
}

static void a_wait_has_an_end(void **state)
{
    struct asked a;
    struct str names[16];
    uint32_t serials[16];
    (void)state;
    begin(&a);
    struct item *item = add(&a, "fabrikam.example");
    turn(&a, names, serials);
    a.now += PATIENCE - 1;
    turn(&a, names, serials);
    assert_int_equal(item->state, ITEM_ASKING);
    a.now += 1;
    turn(&a, names, serials);
    assert_int_equal(item->state, ITEM_WAITING);
    assert_int_equal(item->line.answer_count, 0);
    /* Nor does it wait for ever for a courier that does not run. */
    struct item *lonely = add(&a, "northwind.example");
    asking_turn(a.asking, &a.inbox, NULL, a.now);
    assert_int_equal(lonely->state, ITEM_ASKING);
    asking_turn(a.asking, &a.inbox, NULL, a.now + PATIENCE);
    assert_int_equal(lonely->state, ITEM_WAITING);
    end(&a);
}

static void answers_nobody_asked_for(void **state)
{
    struct asked a;
    struct str names[16];
    uint32_t serials[16];
    (void)state;
    begin(&a);
    add(&a, "fabrikam.example");
    turn(&a, names, serials);
    assert_false(answer(&a, serials[0] + 7, KEY, DNS_FOUND, 600));
    assert_false(answer(&a, serials[0], POLICY, DNS_FOUND, 600));
    assert_false(answer(&a, serials[0], "one._domainkey.northwind.example", DNS_FOUND, 600));
    assert_true(answer(&a, serials[0], KEY, DNS_FOUND, 600));
    assert_false(answer(&a, serials[0], KEY, DNS_FOUND, 600));
    assert_false(asking_take(a.asking, STR("bla"), a.now));
    end(&a);
}

static void a_dead_courier_is_asked_anew(void **state)
{
    struct asked a;
    struct str names[16];
    uint32_t serials[16];
    (void)state;
    begin(&a);
    add(&a, "fabrikam.example");
    assert_int_equal(turn(&a, names, serials), 2);
    uint32_t before = serials[0];
    assert_true(answer(&a, serials[1], POLICY, DNS_NONE, 0));
    asking_recall(a.asking);
    assert_int_equal(turn(&a, names, serials), 1);
    assert_text(names[0], KEY);
    assert_true(serials[0] != before);
    assert_false(answer(&a, before, KEY, DNS_FOUND, 600));
    end(&a);
}

/* Far more names than there is room for: the table stays as large as it is, and nobody waits longer for it. */
static void more_names_than_room(void **state)
{
    struct asked a;
    (void)state;
    begin(&a);
    struct item *last = NULL;
    for (int i = 0; i < 3000; i++) {
        last = add(&a, "fabrikam.example");
        last->line.message.origin.from = last->line.message.origin.signatures[0].domain = arena_printf(last->line.arena, "d%d.example", i);
    }
    asking_turn(a.asking, &a.inbox, &a.out, a.now);
    assert_true(a.out.n > 0 && a.out.n < ASKING_NAMES_MAX * 80);
    asking_turn(a.asking, &a.inbox, &a.out, a.now + PATIENCE);
    for (struct item *item = a.inbox.first; item != NULL; item = item->next)
        assert_int_equal(item->state, ITEM_WAITING);
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_asked_once),         cmocka_unit_test(a_wait_has_an_end),    cmocka_unit_test(answers_nobody_asked_for),
        cmocka_unit_test(a_dead_courier_is_asked_anew), cmocka_unit_test(more_names_than_room),
    };
    return cmocka_run_group_tests_name("core asking", tests, NULL, NULL);
}
