/* test_store_filing: what a message becomes in each place, that it becomes it once, and what placing can look up afterwards. */
#include "store_fixture.h"

#include "store/due.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ticket_row ticket_of(struct fixture *f, int64_t id)
{
    struct ticket_row row;
    assert_good(view_ticket(f->store, f->arena, id, &row, &f->err));
    return row;
}

static struct ledger_row ledger_of(struct fixture *f, int64_t id)
{
    struct ledger_row row;
    assert_good(view_ledger_row(f->store, f->arena, id, &row, &f->err));
    return row;
}

static size_t count_messages(struct fixture *f, int64_t ticket, struct message_row **rows)
{
    size_t count = 0;
    assert_good(view_messages(f->store, f->arena, ticket, rows, &count, &f->err));
    return count;
}

static bool has_value(struct fixture *f, int64_t ticket, const char *name, const char *value)
{
    struct named_value *values;
    size_t count = 0;
    assert_good(view_ticket_values(f->store, f->arena, ticket, &values, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        if (str_eq(values[i].name, str_of(name)) && str_eq(values[i].value, str_of(value)))
            return true;
    return false;
}

static void set_state(struct fixture *f, int64_t ticket, const char *state)
{
    struct changed changed;
    assert_good(store_change(f->store, f->arena, ticket, STR("state"), str_of(state), STR("alice"), STR("R-SET1"), T0 + 2000, &changed, &f->err));
}

static void a_new_mail_opens_a_ticket(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    struct ticket_row t = ticket_of(f, mail.filed.ticket);
    assert_str(t.state, "new");
    assert_str(t.queue, "network");
    assert_str(t.severity, "A");
    assert_str(t.kind, "incident");
    assert_str(t.impact, "high");
    assert_str(t.urgency, "high");
    assert_str(t.subject, "VPN gateway de-7 is down");
    assert_str(t.requester, "jo@contoso.example");
    assert_str(t.requester_name, "Jo Meier");
    assert_str(t.language, "de");
    assert_str(t.mailbox, "support");
    assert_int_equal(t.opened_at, T0);
    assert_int_equal(t.due, T0 + 3600000);
    assert_int_equal(t.messages, 1);
    assert_int_equal(t.attachments, 1);
    assert_true(has_value(f, t.id, "tag", "vpn"));
    assert_true(has_value(f, t.id, "tag", "outage"));
    assert_true(has_value(f, t.id, "field.gateway", "de-7"));
    struct ledger_row l = ledger_of(f, mail.filed.ledger);
    assert_str(l.outcome, "opened");
    assert_str(l.reason, "nothing of ours");
    assert_str(l.answer, "sent");
    assert_str(l.answer_why, "new ticket");
    assert_int_equal(l.ticket, t.id);
    assert_int_equal(l.message, mail.filed.message);
    assert_int_equal(l.uid, 1);
    assert_int_equal(strlen(l.sha256), 64);
    assert_false(l.settled);
}

static void the_message_is_kept_as_it_was_understood(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    struct message_row m;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    assert_good(view_message(f->store, f->arena, mail.filed.message, &m, &f->err));
    assert_str(m.direction, "in");
    assert_str(m.from, "jo@contoso.example");
    assert_str(m.to, "support@fabrikam.example");
    assert_str(m.text, "It is down since noon.\n\n> old words\n");
    assert_str(m.fresh, "It is down since noon.\n");
    assert_str(m.kind, "person");
    assert_str(m.proof, "DMARC pass");
    assert_str(m.outcome, "opened");
    assert_int_equal(m.attachment_count, 1);
    assert_str(m.attachments[0].name, "log.txt");
    assert_memory_equal(m.attachments[0].sha256, mail.attachment.sha256, 32);
    assert_int_equal(m.at, T0);
    mail_make(&mail, 2);
    mail.message.fresh = mail.message.text;
    mail_commit(f, &mail);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM message WHERE fresh IS NULL"), 1);
    assert_good(view_message(f->store, f->arena, mail.filed.message, &m, &f->err));
    assert_str(m.fresh, "It is down since noon.\n\n> old words\n");
}

static void every_value_says_where_it_came_from(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    struct provenance_row *rows;
    size_t count = 0;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    assert_good(view_provenance(f->store, f->arena, mail.filed.ticket, STR("queue"), &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_str(rows[0].value, "network");
    assert_str(rows[0].rule, "gateway-down");
    assert_str(rows[0].file, "rules.d/network.rules");
    assert_int_equal(rows[0].line, 14);
    assert_int_equal(rows[0].start, 1);
    assert_int_equal(rows[0].end, 24);
    assert_str(rows[0].matched, "VPN gateway de-7 is down");
    assert_str(rows[0].source, "subject");
    assert_str(rows[0].ruleset, "9c41e7a");
    assert_int_equal(rows[0].message, mail.filed.message);
    assert_good(view_provenance(f->store, f->arena, mail.filed.ticket, STR(""), &rows, &count, &f->err));
    assert_int_equal(count, 9); /* seven of the verdict, the state, and the kind it did not explain */
    mail_make(&mail, 2);
    mail.verdict.value_count = 0;
    mail_commit(f, &mail);
    static const char *const fields[] = {"state", "queue", "severity", "kind"};
    for (size_t i = 0; i < 4; i++) {
        assert_good(view_provenance(f->store, f->arena, mail.filed.ticket, str_of(fields[i]), &rows, &count, &f->err));
        assert_int_equal(count, 1);
    }
}

static void a_uid_is_on_record_once(void **state)
{
    struct fixture *f = *state;
    struct mail mail, again;
    bool has = true;
    mail_make(&mail, 1);
    assert_good(store_has_uid(f->store, &mail.raw, &has, &f->err));
    assert_false(has);
    mail_commit(f, &mail);
    assert_good(store_has_uid(f->store, &mail.raw, &has, &f->err));
    assert_true(has);
    mail_make(&again, 1);
    assert_good(store_begin(f->store, &f->err));
    assert_refused(mail_file(f, &again), ERR_ITEM, "already on record");
    store_rollback(f->store);
    again.raw.uid_validity = 8;
    mail_commit(f, &again);
    mail_make(&again, 1);
    again.raw.folder = STR("Other");
    mail_commit(f, &again);
    mail_make(&again, 1);
    again.raw.mailbox = STR("billing");
    mail_commit(f, &again);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger"), 4);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM raw"), 1);
}

static void mail_without_a_uid_is_never_on_record(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    bool has = true;
    for (int i = 0; i < 2; i++) {
        mail_make(&mail, 0);
        mail.raw.mailbox = STR("ingest");
        mail_commit(f, &mail);
    }
    assert_good(store_has_uid(f->store, &mail.raw, &has, &f->err));
    assert_false(has);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger WHERE uid IS NULL"), 2);
}

static void the_same_octets_lead_to_their_ticket(void **state)
{
    struct fixture *f = *state;
    struct mail mail, twice;
    bool has = true;
    int64_t ticket = 0;
    mail_make(&mail, 1);
    assert_good(store_has_octets(f->store, mail.raw.sha256, &has, &ticket, &f->err));
    assert_false(has);
    mail_commit(f, &mail);
    assert_good(store_has_octets(f->store, mail.raw.sha256, &has, &ticket, &f->err));
    assert_true(has);
    assert_int_equal(ticket, mail.filed.ticket);
    mail_make(&twice, 1);
    twice.raw.uid = 2;
    twice.placement = (struct placement){.placed = PLACED_DUPLICATE, .ticket = ticket};
    twice.filed = (struct filed){.outcome = OUTCOME_DUPLICATE, .reason = STR("same octets")};
    mail_commit(f, &twice);
    assert_int_equal(twice.filed.message, 0);
    assert_int_equal(twice.filed.ticket, ticket);
    assert_int_equal(ticket_of(f, ticket).messages, 1);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM raw"), 1);
    assert_str(ledger_of(f, twice.filed.ledger).outcome, "duplicate");
}

static void octets_that_led_nowhere_lead_somewhere_later(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    bool has = false;
    int64_t ticket = -1;
    mail_make(&mail, 1);
    mail.placement.placed = PLACED_ASIDE;
    mail.filed.outcome = OUTCOME_AUTOMATIC;
    mail_commit(f, &mail);
    assert_good(store_has_octets(f->store, mail.raw.sha256, &has, &ticket, &f->err));
    assert_true(has);
    assert_int_equal(ticket, 0);
    mail_make(&mail, 1);
    mail.raw.uid = 2;
    mail_commit(f, &mail);
    assert_good(store_has_octets(f->store, mail.raw.sha256, &has, &ticket, &f->err));
    assert_int_equal(ticket, mail.filed.ticket);
}

static void raw_octets_come_back_as_they_came(void **state)
{
    struct fixture *f = *state;
    static char text[100000], noise[100000];
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = "a line of a log that says always the same\n"[i % 42];
        noise[i] = (char)((seed = seed * 1103515245u + 12345u) >> 16);
    }
    const struct str octets[] = {{text, sizeof text}, {noise, sizeof noise}, {"tiny", 4}, {"", 0}};
    for (uint32_t i = 0; i < 4; i++) {
        struct mail mail;
        struct buf back = {0};
        mail_make(&mail, i + 1);
        mail.raw.octets = octets[i];
        mail_commit(f, &mail);
        assert_good(store_raw(f->store, mail.filed.message, &back, &f->err));
        assert_int_equal(back.n, octets[i].n);
        assert_true(str_eq(buf_view(&back), octets[i]));
        buf_free(&back);
    }
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM raw WHERE encoding = 'zstd'"), 1);
    struct buf none = {0};
    assert_refused(store_raw(f->store, 4711, &none, &f->err), ERR_ITEM, "no raw octets");
    buf_free(&none);
}

static void a_reply_joins_and_keeps_the_tickets_values(void **state)
{
    struct fixture *f = *state;
    struct mail mail, reply;
    struct message_row *rows;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    mail_make(&reply, 2);
    reply.raw.received = T0 + 9000;
    reply.placement = (struct placement){.placed = PLACED_APPENDED, .ticket = mail.filed.ticket};
    reply.filed = (struct filed){.outcome = OUTCOME_APPENDED, .reason = STR("References")};
    reply.values[0] = (struct value){.field = STR("queue"), .text = STR("sales"), .because = STR("desk default")};
    reply.values[1] = (struct value){.field = STR("field.serial"), .text = STR("77"), .rule = STR("serial"), .because = STR("")};
    reply.verdict.value_count = 2;
    reply.verdict.queue = STR("sales");
    reply.verdict.answer = false;
    reply.verdict.answer_why = STR("not a new ticket");
    mail_commit(f, &reply);
    assert_int_equal(reply.filed.ticket, mail.filed.ticket);
    struct ticket_row t = ticket_of(f, mail.filed.ticket);
    assert_str(t.state, "new");
    assert_str(t.queue, "network");
    assert_int_equal(t.updated_at, T0 + 9000);
    assert_true(has_value(f, t.id, "field.serial", "77"));
    assert_int_equal(count_messages(f, t.id, &rows), 2);
    assert_int_equal(rows[0].id, mail.filed.message);
    assert_int_equal(rows[1].id, reply.filed.message);
    assert_str(ledger_of(f, reply.filed.ledger).answer, "withheld");
    assert_str(ledger_of(f, reply.filed.ledger).answer_why, "not a new ticket");
}

/* state before, does the placement reopen, is it a person's mail, by an agent; state after */
static void a_reply_wakes_the_ticket_where_it_should(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *before;
        bool reopens;
        enum message_kind kind;
        const char *agent, *after;
    } cases[] = {
        {"closed", true, MESSAGE_PERSON, "", "open"},       {"closed", false, MESSAGE_PERSON, "", "closed"}, {"closed", false, MESSAGE_AUTOMATIC, "", "closed"},
        {"pending", false, MESSAGE_PERSON, "", "open"},     {"pending", false, MESSAGE_AUTOMATIC, "", "pending"},
        {"pending", false, MESSAGE_PERSON, "alice", "pending"}, {"open", false, MESSAGE_PERSON, "", "open"}, {"new", false, MESSAGE_PERSON, "", "new"},
    };
    uint32_t uid = 1;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mail mail, reply;
        mail_make(&mail, uid++);
        mail_commit(f, &mail);
        if (strcmp(cases[i].before, "new") != 0)
            set_state(f, mail.filed.ticket, cases[i].before);
        mail_make(&reply, uid++);
        reply.placement = (struct placement){.placed = PLACED_APPENDED, .ticket = mail.filed.ticket, .reopens = cases[i].reopens};
        reply.filed = (struct filed){.outcome = OUTCOME_APPENDED};
        reply.message.kind = cases[i].kind;
        reply.sender.agent = str_of(cases[i].agent);
        mail_commit(f, &reply);
        struct ticket_row t = ticket_of(f, mail.filed.ticket);
        assert_str(t.state, cases[i].after);
        assert_int_equal(t.closed_at, str_eq(t.state, STR("closed")) ? T0 + 2000 : 0);
    }
}

static void a_strangers_reply_is_proposed_and_opens_its_own(void **state)
{
    struct fixture *f = *state;
    struct mail mail, stranger;
    struct message_row *rows;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    set_state(f, mail.filed.ticket, "closed");
    mail_make(&stranger, 2);
    stranger.sender.address = STR("mallory@evil.example");
    stranger.placement = (struct placement){.placed = PLACED_PROPOSED, .ticket = mail.filed.ticket};
    stranger.filed = (struct filed){.outcome = OUTCOME_PROPOSED, .reason = STR("not a party")};
    mail_commit(f, &stranger);
    assert_int_not_equal(stranger.filed.ticket, mail.filed.ticket);
    assert_str(ticket_of(f, mail.filed.ticket).state, "closed");
    assert_int_equal(count_messages(f, mail.filed.ticket, &rows), 2);
    assert_false(rows[0].proposed);
    assert_true(rows[1].proposed);
    assert_int_equal(count_messages(f, stranger.filed.ticket, &rows), 1);
    assert_int_equal(rows[0].id, stranger.filed.message);
    assert_false(rows[0].proposed);
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)mail.filed.ticket);
    assert_true(has_value(f, stranger.filed.ticket, "link", number));
    snprintf(number, sizeof number, "%lld", (long long)stranger.filed.ticket);
    assert_true(has_value(f, mail.filed.ticket, "linked-by", number));
    int64_t ticket = 0, letter = 0, party = -1;
    assert_good(store_find_message_id(f->store, str_of(stranger.message_id), &ticket, &letter, &f->err));
    assert_int_equal(ticket, stranger.filed.ticket);
    assert_good(store_party(f->store, mail.filed.ticket, STR("mallory@evil.example"), &party, &f->err));
    assert_int_equal(party, 0);
}

static void a_report_is_a_note_and_reopens_nothing(void **state)
{
    struct fixture *f = *state;
    struct mail mail, report;
    struct message_row *rows;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    set_state(f, mail.filed.ticket, "closed");
    mail_make(&report, 2);
    report.message.kind = MESSAGE_BOUNCE;
    report.placement = (struct placement){.placed = PLACED_REPORT, .ticket = mail.filed.ticket};
    report.filed = (struct filed){.outcome = OUTCOME_BOUNCE, .reason = STR("5.1.1")};
    mail_commit(f, &report);
    assert_str(ticket_of(f, mail.filed.ticket).state, "closed");
    assert_int_equal(count_messages(f, mail.filed.ticket, &rows), 2);
    assert_str(rows[1].direction, "note");
    assert_str(rows[1].kind, "bounce");
    mail_make(&report, 3);
    report.placement = (struct placement){.placed = PLACED_REPORT};
    report.filed = (struct filed){.outcome = OUTCOME_BOUNCE, .reason = STR("about nothing we know")};
    mail_commit(f, &report);
    assert_int_equal(report.filed.ticket, 0);
    assert_int_equal(report.filed.message, 0);
}

static void mail_set_aside_leaves_its_row_only(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum placed placed;
        enum outcome outcome;
        bool ignore;
        const char *name;
    } cases[] = {
        {PLACED_OWN, OUTCOME_OWN, false, "own"},
        {PLACED_ASIDE, OUTCOME_AUTOMATIC, false, "automatic"},
        {PLACED_NEW, OUTCOME_REFUSED, true, "refused"},
    };
    for (uint32_t i = 0; i < 3; i++) {
        struct mail mail;
        mail_make(&mail, i + 1);
        mail.placement.placed = cases[i].placed;
        mail.verdict.ignore = cases[i].ignore;
        mail.filed.outcome = cases[i].outcome;
        mail_commit(f, &mail);
        assert_int_equal(mail.filed.ticket, 0);
        assert_int_equal(mail.filed.message, 0);
        assert_str(ledger_of(f, mail.filed.ledger).outcome, cases[i].name);
    }
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ticket"), 0);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM message"), 0);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM raw"), 3);
}

static void a_held_mail_opens_a_ticket_that_says_so(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    mail.verdict.hold = true;
    mail.filed.outcome = OUTCOME_HELD;
    mail_commit(f, &mail);
    assert_str(ticket_of(f, mail.filed.ticket).state, "new");
    assert_true(has_value(f, mail.filed.ticket, "tag", "held"));
    assert_str(ledger_of(f, mail.filed.ledger).outcome, "held");
}

static void backfill_starts_no_clock(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    mail.raw.backfill = true;
    mail_commit(f, &mail);
    assert_int_equal(ticket_of(f, mail.filed.ticket).due, 0);
}

static void what_was_not_understood_is_a_ticket_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    struct message_row m;
    struct buf raw = {0};
    mail_make(&mail, 1);
    mail.filed = (struct filed){.outcome = OUTCOME_QUARANTINED, .reason = STR("it outlived its reader")};
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_file(f->store, &mail.raw, NULL, NULL, NULL, NULL, NULL, 3600000, &mail.filed, &f->err));
    assert_good(store_commit(f->store, &f->err));
    assert_str(ticket_of(f, mail.filed.ticket).subject, "(not understood)");
    assert_good(view_message(f->store, f->arena, mail.filed.message, &m, &f->err));
    assert_str(m.text, "This mail could not be understood (it outlived its reader). Its octets are kept as they came.");
    assert_str(ledger_of(f, mail.filed.ledger).answer, "withheld");
    assert_good(store_raw(f->store, mail.filed.message, &raw, &f->err));
    assert_true(str_eq(buf_view(&raw), mail.raw.octets));
    buf_free(&raw);
    struct store_figures figures;
    assert_good(view_figures(f->store, T0, T0, &figures, &f->err));
    assert_int_equal(figures.quarantined, 1);
    assert_good(store_quarantine_drop(f->store, mail.filed.ledger, T0, &f->err));
    assert_refused(store_quarantine_drop(f->store, mail.filed.ledger, T0, &f->err), ERR_ITEM, "not in quarantine");
    assert_true(ledger_of(f, mail.filed.ledger).hidden);
}

static void a_quarantined_mail_is_put_in_place_later(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    struct message_row m;
    struct store_figures figures;
    int64_t party = 0;
    mail_make(&mail, 1);
    mail.filed = (struct filed){.outcome = OUTCOME_QUARANTINED, .reason = STR("it outlived its reader")};
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_file(f->store, &mail.raw, NULL, NULL, NULL, NULL, NULL, 0, &mail.filed, &f->err));
    assert_good(store_commit(f->store, &f->err));
    assert_good(store_refile(f->store, mail.filed.ledger, &mail.message, &mail.sender, &mail.verdict, "9c41e7a", T0 + 5000, &f->err));
    struct ticket_row t = ticket_of(f, mail.filed.ticket);
    assert_str(t.subject, "VPN gateway de-7 is down");
    assert_str(t.queue, "network");
    assert_str(t.severity, "A");
    int64_t *waiting = NULL;
    size_t count = 0;
    assert_true(store_due_wait(f->store)); /* its severity is known now: its clocks are computed anew */
    assert_good(store_due_waiting(f->store, f->arena, 10, &waiting, &count, &f->err));
    assert_true(count == 1 && waiting[0] == t.id && !store_due_wait(f->store));
    assert_good(view_message(f->store, f->arena, mail.filed.message, &m, &f->err));
    assert_str(m.text, "It is down since noon.\n\n> old words\n");
    assert_int_equal(m.attachment_count, 1);
    assert_str(m.outcome, "quarantined");
    assert_good(store_party(f->store, t.id, STR("jo@contoso.example"), &party, &f->err));
    assert_int_not_equal(party, 0);
    assert_good(view_figures(f->store, T0, T0, &figures, &f->err));
    assert_int_equal(figures.quarantined, 0);
    assert_refused(store_refile(f->store, mail.filed.ledger, &mail.message, &mail.sender, &mail.verdict, "9c41e7a", T0, &f->err), ERR_ITEM, "not in quarantine");
    assert_refused(store_refile(f->store, 4711, &mail.message, NULL, NULL, "", T0, &f->err), ERR_ITEM, "not in quarantine");
}

static void the_first_owner_of_a_message_id_keeps_it(void **state)
{
    struct fixture *f = *state;
    struct mail mail, thief;
    int64_t ticket = -1, letter = -1;
    assert_good(store_find_message_id(f->store, STR("nobody@nowhere.example"), &ticket, &letter, &f->err));
    assert_int_equal(ticket, 0);
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    mail_make(&thief, 2);
    thief.message.message_id = mail.message.message_id;
    mail_commit(f, &thief);
    assert_good(store_find_message_id(f->store, str_of(mail.message_id), &ticket, &letter, &f->err));
    assert_int_equal(ticket, mail.filed.ticket);
    assert_int_equal(letter, 0);
    char *endless = calloc(1, 5000);
    memset(endless, 'x', 4999);
    mail_make(&mail, 3);
    mail.message.message_id = str_of(endless);
    mail_commit(f, &mail);
    assert_good(store_find_message_id(f->store, str_of(endless), &ticket, &letter, &f->err));
    assert_int_equal(ticket, 0);
    free(endless);
}

static void placing_sees_the_tickets_state(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    struct ticket_state t;
    int64_t party = 0;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    set_state(f, mail.filed.ticket, "closed");
    assert_good(store_ticket(f->store, f->arena, mail.filed.ticket, &t, &f->err));
    assert_int_equal(t.id, mail.filed.ticket);
    assert_str(t.state, "closed");
    assert_int_equal(t.closed_at, T0 + 2000);
    assert_str(t.subject, "VPN gateway de-7 is down");
    assert_int_equal(t.opened_at, T0);
    assert_good(store_party(f->store, t.id, STR("jo@contoso.example"), &party, &f->err));
    assert_int_not_equal(party, 0);
    assert_good(store_ticket(f->store, f->arena, 4711, &t, &f->err));
    assert_int_equal(t.id, 0);
}

static void a_ticket_that_is_not_there_takes_nothing(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    mail.placement = (struct placement){.placed = PLACED_APPENDED, .ticket = 4711};
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_mark(f->store, &f->err));
    assert_refused(mail_file(f, &mail), ERR_ITEM, "UID 1");
    store_undo(f->store);
    assert_good(store_commit(f->store, &f->err));
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM ledger"), 0);
}

static void a_linked_ticket_names_the_old_one(void **state)
{
    struct fixture *f = *state;
    struct mail mail, again;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    mail_make(&again, 2);
    again.placement.linked = mail.filed.ticket;
    mail_commit(f, &again);
    assert_true(has_value(f, again.filed.ticket, "link", "1"));
}

static void sql_in_a_mail_is_text(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    mail_make(&mail, 1);
    mail.message.subject = STR("'); DROP TABLE ticket; -- $1 %s");
    mail.sender.address = STR("o'neill@contoso.example");
    mail.values[5].text = STR("';DELETE FROM tag;--");
    mail_commit(f, &mail);
    assert_str(ticket_of(f, mail.filed.ticket).subject, "'); DROP TABLE ticket; -- $1 %s");
    assert_str(ticket_of(f, mail.filed.ticket).requester, "o'neill@contoso.example");
    assert_true(has_value(f, mail.filed.ticket, "tag", "';DELETE FROM tag;--"));
}

/* ---- folders ---- */

struct ranges {
    uint32_t first[16], last[16];
    size_t count;
};

static void note_range(void *to, uint32_t first, uint32_t last)
{
    struct ranges *ranges = to;
    assert_true(ranges->count < 16);
    ranges->first[ranges->count] = first;
    ranges->last[ranges->count++] = last;
}

static void a_folder_is_known_after_its_first_look(void **state)
{
    struct fixture *f = *state;
    struct folder_state s;
    struct mail mail;
    mail_make(&mail, 1);
    mail_commit(f, &mail);
    assert_good(store_folder_get(f->store, STR("support"), STR("INBOX"), &s, &f->err));
    assert_false(s.known);
    s = (struct folder_state){.uid_validity = 4000000000u, .baseline = 12, .backfill = 9, .first_look = T0, .last_look = T0 + 5};
    assert_good(store_folder_put(f->store, STR("support"), STR("INBOX"), &s, &f->err));
    s = (struct folder_state){0};
    assert_good(store_folder_get(f->store, STR("support"), STR("INBOX"), &s, &f->err));
    assert_true(s.known);
    assert_int_equal(s.uid_validity, 4000000000u);
    assert_int_equal(s.baseline, 12);
    assert_int_equal(s.backfill, 9);
    assert_int_equal(s.first_look, T0);
    assert_int_equal(s.last_look, T0 + 5);
    assert_good(store_folder_get(f->store, STR("support"), STR("Other"), &s, &f->err));
    assert_false(s.known);
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM folder"), 1);
}

static void known_uids_come_as_ranges(void **state)
{
    struct fixture *f = *state;
    static const uint32_t uids[] = {5, 1, 2, 3, 9, 10, 4294967295u};
    struct ranges ranges = {0};
    for (size_t i = 0; i < sizeof uids / sizeof uids[0]; i++) {
        struct mail mail;
        mail_make(&mail, uids[i]);
        mail_commit(f, &mail);
    }
    assert_good(store_folder_known(f->store, STR("support"), STR("INBOX"), 7, note_range, &ranges, &f->err));
    static const uint32_t first[] = {1, 5, 9, 4294967295u}, last[] = {3, 5, 10, 4294967295u};
    assert_int_equal(ranges.count, 4);
    assert_memory_equal(ranges.first, first, sizeof first);
    assert_memory_equal(ranges.last, last, sizeof last);
    assert_good(store_settled(f->store, STR("support"), STR("INBOX"), 7, 2, 9, T0, &f->err));
    ranges.count = 0;
    assert_good(store_folder_unsettled(f->store, STR("support"), STR("INBOX"), 7, note_range, &ranges, &f->err));
    assert_int_equal(ranges.count, 3);
    assert_int_equal(ranges.first[0], 1);
    assert_int_equal(ranges.last[0], 1);
    assert_int_equal(ranges.first[1], 10);
    assert_int_equal(ranges.last[1], 10);
    ranges.count = 0;
    assert_good(store_folder_known(f->store, STR("support"), STR("INBOX"), 8, note_range, &ranges, &f->err));
    assert_good(store_folder_known(f->store, STR("support"), STR("Other"), 7, note_range, &ranges, &f->err));
    assert_int_equal(ranges.count, 0);
}

static void ten_thousand_rows_are_one_range(void **state)
{
    struct fixture *f = *state;
    struct ranges ranges = {0};
    assert_good(store_begin(f->store, &f->err));
    for (uint32_t uid = 1; uid <= 10000; uid++) {
        struct mail mail;
        mail_make(&mail, uid);
        mail.placement.placed = PLACED_ASIDE;
        mail.filed.outcome = OUTCOME_AUTOMATIC;
        assert_good(mail_file(f, &mail));
    }
    assert_good(store_commit(f->store, &f->err));
    assert_good(store_folder_known(f->store, STR("support"), STR("INBOX"), 7, note_range, &ranges, &f->err));
    assert_int_equal(ranges.count, 1);
    assert_int_equal(ranges.last[0], 10000);
    assert_good(store_settled(f->store, STR("support"), STR("INBOX"), 7, 1, 9999, T0, &f->err));
    ranges.count = 0;
    assert_good(store_folder_unsettled(f->store, STR("support"), STR("INBOX"), 7, note_range, &ranges, &f->err));
    assert_int_equal(ranges.count, 1);
    assert_int_equal(ranges.first[0], 10000);
    struct store_figures figures;
    assert_good(view_figures(f->store, T0, T0, &figures, &f->err));
    assert_int_equal(figures.unsettled, 1);
    assert_int_equal(figures.outcomes[OUTCOME_AUTOMATIC], 10000);
}

static void a_paused_mailbox_stays_paused(void **state)
{
    struct fixture *f = *state;
    bool paused = true;
    assert_good(store_paused(f->store, STR("support"), &paused, &f->err));
    assert_false(paused);
    assert_good(store_pause(f->store, STR("support"), true, &f->err));
    fixture_reopen(f);
    assert_good(store_paused(f->store, STR("support"), &paused, &f->err));
    assert_true(paused);
    assert_good(store_pause(f->store, STR("support"), false, &f->err));
    assert_good(store_paused(f->store, STR("support"), &paused, &f->err));
    assert_false(paused);
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_mail_opens_a_ticket),
        STORE_TEST(the_message_is_kept_as_it_was_understood),
        STORE_TEST(every_value_says_where_it_came_from),
        STORE_TEST(a_uid_is_on_record_once),
        STORE_TEST(mail_without_a_uid_is_never_on_record),
        STORE_TEST(the_same_octets_lead_to_their_ticket),
        STORE_TEST(octets_that_led_nowhere_lead_somewhere_later),
        STORE_TEST(raw_octets_come_back_as_they_came),
        STORE_TEST(a_reply_joins_and_keeps_the_tickets_values),
        STORE_TEST(a_reply_wakes_the_ticket_where_it_should),
        STORE_TEST(a_strangers_reply_is_proposed_and_opens_its_own),
        STORE_TEST(a_report_is_a_note_and_reopens_nothing),
        STORE_TEST(mail_set_aside_leaves_its_row_only),
        STORE_TEST(a_held_mail_opens_a_ticket_that_says_so),
        STORE_TEST(backfill_starts_no_clock),
        STORE_TEST(what_was_not_understood_is_a_ticket_all_the_same),
        STORE_TEST(a_quarantined_mail_is_put_in_place_later),
        STORE_TEST(the_first_owner_of_a_message_id_keeps_it),
        STORE_TEST(placing_sees_the_tickets_state),
        STORE_TEST(a_ticket_that_is_not_there_takes_nothing),
        STORE_TEST(a_linked_ticket_names_the_old_one),
        STORE_TEST(sql_in_a_mail_is_text),
        STORE_TEST(a_folder_is_known_after_its_first_look),
        STORE_TEST(known_uids_come_as_ranges),
        STORE_TEST(ten_thousand_rows_are_one_range),
        STORE_TEST(a_paused_mailbox_stays_paused),
    };
    return cmocka_run_group_tests_name("store_filing", tests, NULL, NULL);
}
