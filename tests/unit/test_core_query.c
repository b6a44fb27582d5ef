/* The methods that change something: all or nothing, one receipt, undone by it; and the table that serves them. The daemon's own part is played here. */
#include "store_fixture.h"

#include "base/base64.h"
#include "core/daemon.h"
#include "core/query_json.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* ---- the daemon, as far as the methods call it ------------------------------------------------------------------------------------ */

struct daemon {
    int outbox_changed, paused;
    bool reload_fails;
};

json_t *daemon_figures(const struct daemon *daemon)
{
    (void)daemon;
    return json_pack("{s:s,s:i,s:[{s:s,s:s,s:s}]}", "version", "9.9", "generation", 3, "mailboxes", "name", "support", "state", "failing", "note", "login refused");
}

bool daemon_poll(struct daemon *daemon, struct str mailbox, struct err *err)
{
    (void)daemon;
    return str_eq(mailbox, STR("support")) || err_set(err, ERR_ITEM, "no such mailbox");
}

bool daemon_pause(struct daemon *daemon, struct str mailbox, bool pause, struct err *err)
{
    (void)mailbox;
    (void)err;
    daemon->paused = pause ? 1 : -1;
    return true;
}

bool daemon_reload(struct daemon *daemon, struct buf *told, struct err *err)
{
    buf_text(told, daemon->reload_fails ? "x.conf:1:1: error: no\n" : "");
    return !daemon->reload_fails || err_set(err, ERR_SETUP, "1 error");
}

void daemon_outbox_changed(struct daemon *daemon)
{
    daemon->outbox_changed++;
}

bool daemon_requeue(struct daemon *daemon, int64_t ledger, struct err *err)
{
    (void)daemon;
    return ledger == 1 || err_set(err, ERR_ITEM, "nothing to requeue");
}

void daemon_ingest(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)context;
    (void)parameters;
    answer->later = true;
}

void daemon_explain(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    daemon_ingest(context, parameters, answer);
}

void daemon_mailbox_test(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    daemon_ingest(context, parameters, answer);
}

bool daemon_confirm(struct daemon *daemon, struct str mailbox, bool import, struct err *err)
{
    (void)daemon;
    (void)mailbox;
    (void)import;
    (void)err;
    return true;
}

void daemon_reconcile(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    daemon_ingest(context, parameters, answer);
}

void daemon_wait(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    daemon_ingest(context, parameters, answer);
}

/* One key, that of epoch 1, until it is rotated. */
static struct token_keys keys = {.keys = {{.epoch = 1, .key = {7}}}, .count = 1};

const struct token_keys *daemon_keys(const struct daemon *daemon)
{
    (void)daemon;
    return &keys;
}

bool daemon_rotate_keys(struct daemon *daemon, struct err *err)
{
    (void)daemon;
    if (keys.count == TOKEN_EPOCHS_MAX)
        return err_set(err, ERR_RETRY, "no more keys here");
    keys.keys[keys.count] = (struct token_key){.epoch = keys.keys[keys.count - 1].epoch + 1, .key = {(uint8_t)keys.count}};
    keys.count++;
    return true;
}

void daemon_receipt(char out[8])
{
    memcpy(out, "R-7Q2K", 7);
}

/* ---- asking -------------------------------------------------------------------------------------------------------------------------- */

struct asked {
    struct daemon daemon;
    struct query_answer answer;
};

static struct config *config_of(struct fixture *f)
{
    struct config *config = arena_alloc(f->arena, sizeof *config);
    config->desk.tag = STR("INC");
    config->desk.timezone = STR("UTC");
    config->desk.queues = arena_array(f->arena, 2, sizeof *config->desk.queues);
    config->desk.queues[0].name = STR("network");
    config->desk.queues[1].name = STR("billing");
    config->desk.queue_count = 2;
    config->desk.agents = arena_array(f->arena, 1, sizeof *config->desk.agents);
    config->desk.agents[0].name = STR("bob");
    config->desk.agent_count = 1;
    config->mailboxes = arena_array(f->arena, 1, sizeof *config->mailboxes);
    config->mailboxes[0].settings.name = STR("support");
    config->mailbox_count = 1;
    return config;
}

/* Takes the reference to parameters. The answer's result lives until the next call. */
static const json_t *ask(struct fixture *f, struct asked *asked, const char *method, json_t *parameters)
{
    const struct query_method *m = query_method_of(method);
    assert_non_null(m);
    json_decref(asked->answer.result);
    asked->answer = (struct query_answer){0};
    struct query_context context = {.store = f->store, .config = config_of(f), .daemon = &asked->daemon, .actor = "uid 1000", .now = T0 + 5000};
    assert_non_null(parameters);
    m->call(&context, parameters, &asked->answer);
    assert_true((asked->answer.result != NULL) + (asked->answer.error != NULL) + asked->answer.later == 1);
    json_decref(parameters);
    return asked->answer.result;
}

static void assert_told(const struct asked *asked, const char *error, int code, const char *part)
{
    if (asked->answer.error == NULL || strcmp(asked->answer.error, error) != 0 || asked->answer.exit != code || strstr(asked->answer.text, part) == NULL)
        fail_msg("%s, exit %d: %s", asked->answer.error != NULL ? asked->answer.error : "no error", asked->answer.exit, asked->answer.text);
}

static const char *ticket_text(struct fixture *f, int64_t ticket, const char *member)
{
    struct asked asked = {0};
    const json_t *result = ask(f, &asked, "Show", json_pack("{s:I}", "ticket", (json_int_t)ticket));
    const char *text = json_string_value(json_object_get(json_object_get(result, "ticket"), member));
    const char *kept = text != NULL ? arena_text(f->arena, str_of(text)) : "(none)";
    json_decref(asked.answer.result);
    return kept;
}

static void two_tickets(struct fixture *f)
{
    for (uint32_t uid = 1; uid <= 2; uid++) {
        struct mail mail;
        mail_make(&mail, uid);
        mail_commit(f, &mail);
    }
}

/* ---- people -------------------------------------------------------------------------------------------------------------------------- */

static json_t *from_text(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, 0, &error);
    if (value == NULL)
        fail_msg("%s: %s", text, error.text);
    return value;
}

static void customers_are_imported_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    static const char *const good = "{'customers':[{'name':'Contoso','plan':'premier','contacts':[{'address':'Jo@Contoso.example','name':'Jo'}],'domains':['contoso.example']},{'name':'Fabrikam'}]}";
    char *text = arena_text(f->arena, str_of(good));
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    const json_t *told = ask(f, &asked, "CustomerImport", from_text(text));
    assert_non_null(told);
    assert_int_equal(json_integer_value(json_object_get(told, "added")), 2);
    assert_int_equal(json_integer_value(json_object_get(told, "contacts")), 1);
    told = ask(f, &asked, "CustomerImport", from_text(text)); /* once more: the same */
    assert_int_equal(json_integer_value(json_object_get(told, "added")), 0);
    assert_int_equal(json_integer_value(json_object_get(told, "changed")), 0);
    assert_int_equal(count_rows(f, "SELECT (SELECT COUNT(*) FROM customer) * 100 + (SELECT COUNT(*) FROM contact) * 10 + (SELECT COUNT(*) FROM customer_domain)"), 211);
    ask(f, &asked, "CustomerImport", from_text("{\"customers\":[{\"name\":\"New\"},{\"name\":\"Bad\",\"contacts\":[{\"address\":\"nobody\"}]}]}"));
    assert_told(&asked, "NotPossible", EX_NOINPUT, "customer Bad: \"nobody\" is no mail address");
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM customer"), 2);
    told = ask(f, &asked, "CustomerImport", from_text("{\"customers\":[{\"name\":\"New\"}],\"dry_run\":true}"));
    assert_int_equal(json_integer_value(json_object_get(told, "added")), 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM customer"), 2);
    told = ask(f, &asked, "CustomerShow", json_pack("{s:s}", "customer", "Contoso"));
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(json_object_get(told, "customer"), "contacts"), 0), "address")), "jo@contoso.example");
    ask(f, &asked, "CustomerShow", json_pack("{s:s}", "customer", "Nobody"));
    assert_told(&asked, "NoSuchCustomer", EX_NOINPUT, "Nobody");
    json_decref(asked.answer.result);
}

static void a_customer_is_edited_setting_by_setting(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    static const struct {
        const char *setting, *value, *refused; /* NULL: it goes */
    } table[] = {
        {"plan", "basic", NULL}, {"cc", "keep", NULL}, {"cc", "all", "cc cannot be"}, {"contact", "+max@contoso.example", NULL}, {"contact", "-max@contoso.example", NULL},
        {"contact", "-max@contoso.example", "no contact"}, {"domain", "Contoso.Example", NULL}, {"domain", "a@b", "no domain"}, {"colour", "red", "no setting \"colour\""}, {"name", "", "needs a name"},
        {"name", "Contoso Ltd", NULL},
    };
    ask(f, &asked, "CustomerImport", from_text("{\"customers\":[{\"name\":\"Contoso\"}]}"));
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const json_t *told = ask(f, &asked, "CustomerEdit", json_pack("{s:s,s:s,s:s}", "customer", "Contoso", "setting", table[i].setting, "value", table[i].value));
        if (table[i].refused == NULL)
            assert_non_null(told);
        else
            assert_told(&asked, "NotPossible", EX_NOINPUT, table[i].refused);
    }
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM customer WHERE name = 'Contoso Ltd' AND plan = 'basic' AND cc = 'keep'"), 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM customer_domain WHERE domain = 'contoso.example'"), 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM contact"), 0);
    json_decref(asked.answer.result);
}

static void an_earlier_systems_tickets_come_in_once(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    const char *text = "{\"tickets\":[{\"number\":\"AB-17\",\"subject\":\"Old\",\"requester\":\"Jo@c.example\",\"queue\":\"billing\",\"opened\":\"2025-01-02\",\"message_ids\":[\"<a@old>\",\"b@old\"]}]}";
    const json_t *told = ask(f, &asked, "ImportIds", from_text(text));
    assert_non_null(told);
    assert_int_equal(json_integer_value(json_object_get(told, "imported")), 1);
    told = ask(f, &asked, "ImportIds", from_text(text));
    assert_int_equal(json_integer_value(json_object_get(told, "imported")), 0);
    assert_int_equal(json_integer_value(json_object_get(told, "known")), 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM message_id WHERE id IN ('a@old', 'b@old')"), 2);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM other_number WHERE source = 'former' AND number = 'ab-17'"), 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM v_ticket WHERE state = 'closed' AND requester = 'jo@c.example' AND queue = 'billing'"), 1);
    ask(f, &asked, "ImportIds", from_text("{\"tickets\":[{\"number\":\"1\",\"queue\":\"nowhere\"}]}"));
    assert_told(&asked, "NotPossible", EX_NOINPUT, "number 1: there is no queue \"nowhere\"");
    ask(f, &asked, "ImportIds", json_object());
    assert_told(&asked, "InvalidParameter", EX_USAGE, "tickets");
}

static void an_order_changes_all_its_tickets_under_one_receipt(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    const json_t *told = ask(f, &asked, "Do", json_pack("{s:[i,i],s:[s,s]}", "tickets", 1, 2, "words", "queue", "billing"));
    assert_non_null(told);
    assert_string_equal(json_string_value(json_object_get(told, "receipt")), "R-7Q2K");
    assert_int_equal(json_integer_value(json_object_get(told, "total")), 2);
    const json_t *first = json_array_get(json_object_get(told, "changes"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "old")), "network");
    assert_string_equal(json_string_value(json_object_get(first, "new")), "billing");
    assert_string_equal(ticket_text(f, 2, "queue"), "billing");
    told = ask(f, &asked, "Undo", json_pack("{s:s}", "receipt", "R-7Q2K"));
    assert_non_null(told);
    assert_string_equal(ticket_text(f, 1, "queue"), "network");
    assert_string_equal(ticket_text(f, 2, "queue"), "network");
    ask(f, &asked, "Undo", json_pack("{s:s}", "receipt", "R-7Q2K"));
    assert_told(&asked, "NotPossible", EX_NOINPUT, "R-7Q2K");
}

static void an_order_that_fails_for_one_ticket_changes_none(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    ask(f, &asked, "Do", json_pack("{s:[i,i],s:[s,s]}", "tickets", 1, 99, "words", "queue", "billing"));
    assert_told(&asked, "NotPossible", EX_NOINPUT, "ticket 99");
    assert_string_equal(ticket_text(f, 1, "queue"), "network");
    ask(f, &asked, "Do", json_pack("{s:[i],s:[s,s]}", "tickets", 1, "words", "queue", "biling"));
    assert_told(&asked, "NotPossible", EX_USAGE, "billing");
}

static void a_text_may_come_beside_the_words(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    const json_t *told = ask(f, &asked, "Do", json_pack("{s:[i],s:[s],s:s}", "tickets", 1, "words", "note", "rest", "Two lines\nof it.\n"));
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(told, "changes"), 0), "new")), "Two lines\nof it.");
    ask(f, &asked, "Do", json_pack("{s:[i],s:[s]}", "tickets", 1, "words", "note"));
    assert_told(&asked, "NotPossible", EX_USAGE, "note: the text is missing");
}

static void do_takes_back_and_does_not_ask(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    assert_non_null(ask(f, &asked, "Do", json_pack("{s:[i],s:[s,s]}", "tickets", 1, "words", "severity", "B")));
    const json_t *told = ask(f, &asked, "Do", json_pack("{s:[i],s:[s]}", "tickets", 1, "words", "undo"));
    assert_true(json_is_null(json_object_get(told, "receipt")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(told, "changes"), 0), "old")), "R-7Q2K");
    assert_string_equal(ticket_text(f, 1, "severity"), "A");
    ask(f, &asked, "Do", json_pack("{s:[i],s:[s]}", "tickets", 1, "words", "report"));
    assert_told(&asked, "NotPossible", EX_USAGE, "report changes nothing: it is a command of its own");
}

static void merged_tickets_and_reminders_are_seen(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    assert_non_null(ask(f, &asked, "Do", json_pack("{s:[i],s:[s,s]}", "tickets", 1, "words", "snooze", "2h")));
    assert_string_equal(ticket_text(f, 1, "reminder"), "2026-09-21T16:13:25Z");
    assert_non_null(ask(f, &asked, "Do", json_pack("{s:[i],s:[s,s]}", "tickets", 1, "words", "merge", "2")));
    const json_t *ticket = json_object_get(ask(f, &asked, "Show", json_pack("{s:i}", "ticket", 1)), "ticket");
    assert_int_equal(json_integer_value(json_object_get(ticket, "merged_into")), 2);
    const json_t *party = json_array_get(json_object_get(ticket, "parties"), 0);
    assert_string_equal(json_string_value(json_object_get(party, "role")), "requester");
    json_decref(asked.answer.result);
}

static void a_dry_run_says_it_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    const json_t *told = ask(f, &asked, "Do", json_pack("{s:[i],s:[s,s],s:b}", "tickets", 1, "words", "owner", "bob", "dry_run", 1));
    assert_non_null(told);
    assert_true(json_is_null(json_object_get(told, "receipt")));
    assert_int_equal(json_array_size(json_object_get(told, "changes")), 1);
    assert_string_equal(ticket_text(f, 1, "owner"), "(none)");
    json_decref(asked.answer.result);
}

static void letters_go_only_where_their_state_lets_them(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    int64_t letter = letter_commit(f, 1, "jo@contoso.example", T0, T0);
    static const struct {
        const char *method, *becomes; /* NULL: refused */
    } steps[] = {{"OutboxRelease", NULL}, {"OutboxRetry", "queued"}, {"OutboxHold", "held"}, {"OutboxHold", NULL}, {"OutboxRetry", NULL}, {"OutboxRelease", "queued"},
                 {"OutboxDrop", "dropped"}, {"OutboxRetry", NULL}, {"OutboxRelease", NULL}, {"OutboxDrop", NULL}};
    int changes = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const json_t *told = ask(f, &asked, steps[i].method, json_pack("{s:[I]}", "letters", (json_int_t)letter));
        if (steps[i].becomes == NULL) {
            assert_told(&asked, "NotPossible", EX_NOINPUT, "L-1");
            continue;
        }
        if (told == NULL)
            fail_msg("step %zu: %s", i, asked.answer.text);
        assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(told, "letters"), 0), "state")), steps[i].becomes);
        assert_int_equal(asked.daemon.outbox_changed, ++changes);
    }
    ask(f, &asked, "OutboxDrop", json_pack("{s:[i]}", "letters", 77));
    assert_told(&asked, "NotPossible", EX_NOINPUT, "L-77");
    json_decref(asked.answer.result);
}

static void a_pause_is_on_record(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    bool paused = false;
    assert_non_null(ask(f, &asked, "MailboxPause", json_pack("{s:s}", "mailbox", "support")));
    assert_int_equal(asked.daemon.paused, 1);
    assert_good(store_paused(f->store, STR("support"), &paused, &f->err));
    assert_true(paused);
    const json_t *told = ask(f, &asked, "MailboxShow", json_pack("{s:s}", "mailbox", "support"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(told, "mailbox"), "state")), "paused");
    assert_non_null(ask(f, &asked, "MailboxResume", json_pack("{s:s}", "mailbox", "support")));
    assert_good(store_paused(f->store, STR("support"), &paused, &f->err));
    assert_false(paused);
    ask(f, &asked, "MailboxPause", json_pack("{s:s}", "mailbox", "nowhere"));
    assert_told(&asked, "NoSuchMailbox", EX_NOINPUT, "nowhere");
}

static void status_says_what_the_daemon_knows(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {0};
    two_tickets(f);
    const json_t *told = ask(f, &asked, "Status", json_object());
    assert_true(json_is_true(json_object_get(told, "running")));
    assert_string_equal(json_string_value(json_object_get(told, "version")), "9.9");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(told, "tickets"), "open")), 2);
    const json_t *finding = json_array_get(json_object_get(told, "findings"), 0);
    assert_string_equal(json_string_value(json_object_get(finding, "text")), "mailbox support is failing: login refused");
    json_decref(asked.answer.result);
}

static void a_reload_that_fails_says_why(void **state)
{
    struct fixture *f = *state;
    struct asked asked = {.daemon = {.reload_fails = true}};
    const json_t *told = ask(f, &asked, "Reload", json_object());
    assert_true(json_is_false(json_object_get(told, "reloaded")));
    assert_string_equal(json_string_value(json_object_get(told, "told")), "x.conf:1:1: error: no\n");
    asked.daemon.reload_fails = false;
    assert_true(json_is_true(json_object_get(ask(f, &asked, "Reload", json_object()), "reloaded")));
    json_decref(asked.answer.result);
}

/* Whatever parameters come, a method answers or refuses; none of these is an order it could carry out. */
static void nonsense_is_refused_by_every_method(void **state)
{
    struct fixture *f = *state;
    static const char *const nonsense[] = {"{}", "{\"ticket\":\"x\",\"letters\":5,\"ids\":[\"1\"],\"tickets\":[1.5],\"words\":{},\"mailbox\":7,\"limit\":-3,\"kind\":[]}",
                                           "{\"ticket\":-1,\"letter\":-9,\"id\":0,\"letters\":[],\"tickets\":[],\"number\":99,\"limit\":99999999999}", "[]", "7", "null"};
    size_t count = 0;
    const struct query_method *methods = query_methods(&count);
    assert_true(count > 25);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof nonsense / sizeof *nonsense; k++) {
            struct asked asked = {0};
            ask(f, &asked, methods[i].name, json_loads(nonsense[k], JSON_DECODE_ANY, NULL));
            if (asked.answer.error != NULL)
                assert_true(asked.answer.exit >= 64 && asked.answer.exit <= 78 && asked.answer.text[0] != '\0');
            json_decref(asked.answer.result);
        }
}

static void what_only_reads_is_in_both_tables(void **state)
{
    (void)state;
    size_t count = 0;
    const struct query_method *methods = query_methods(&count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(query_look_of(methods[i].name) != NULL, !methods[i].needs_daemon);
    assert_null(query_method_of("Nothing"));
}

static void base64_there_and_back(void **state)
{
    struct fixture *f = *state;
    static const struct {
        struct str octets;
        const char *text;
    } cases[] = {{{"", 0}, ""}, {{"f", 1}, "Zg=="}, {{"fo", 2}, "Zm8="}, {{"foo", 3}, "Zm9v"}, {{"\0\xff\xfe", 3}, "AP/+"}};
    static const char *const wrong[] = {"Z", "Zg=", "Zg= =", "Zg==\n", "====", "Z===", "Zm9v-A==", "Zm 9v", "Zg==Zg=="};
    struct str back;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {0};
        base64_encode(&text, cases[i].octets);
        assert_string_equal(text.p, cases[i].text);
        assert_true(base64_decode(f->arena, buf_view(&text), &back) && str_eq(back, cases[i].octets));
        buf_free(&text);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (base64_decode(f->arena, str_of(wrong[i]), &back))
            fail_msg("%s is taken for base64", wrong[i]);
    char *big = arena_alloc(f->arena, 7000001);
    for (size_t i = 0; i < 7000001; i++)
        big[i] = (char)(i * 31 >> 3);
    struct buf text = {0};
    base64_encode(&text, (struct str){big, 7000001});
    assert_true(base64_decode(f->arena, buf_view(&text), &back) && str_eq(back, (struct str){big, 7000001}));
    buf_free(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_order_changes_all_its_tickets_under_one_receipt),
        TEST(an_order_that_fails_for_one_ticket_changes_none),
        TEST(a_dry_run_says_it_and_changes_nothing),
        TEST(a_text_may_come_beside_the_words),
        TEST(do_takes_back_and_does_not_ask),
        TEST(merged_tickets_and_reminders_are_seen),
        TEST(letters_go_only_where_their_state_lets_them),
        TEST(a_pause_is_on_record),
        TEST(status_says_what_the_daemon_knows),
        TEST(a_reload_that_fails_says_why),
        TEST(nonsense_is_refused_by_every_method),
        TEST(what_only_reads_is_in_both_tables),
        TEST(base64_there_and_back),
        TEST(customers_are_imported_whole_or_not_at_all),
        TEST(a_customer_is_edited_setting_by_setting),
        TEST(an_earlier_systems_tickets_come_in_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
