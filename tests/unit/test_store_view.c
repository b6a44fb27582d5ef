/* test_store_view: changes by hand and their undoing, lists and figures, and the views other programs read. */
#include "store_fixture.h"

#include "store/due.h"

#include <stdio.h>
#include <string.h>

static int64_t new_ticket(struct fixture *f, uint32_t uid)
{
    struct mail mail;
    mail_make(&mail, uid);
    mail_commit(f, &mail);
    return mail.filed.ticket;
}

static bool change(struct fixture *f, int64_t ticket, const char *field, const char *value, const char *receipt, struct str *old)
{
    struct changed changed;
    bool good = store_change(f->store, f->arena, ticket, str_of(field), str_of(value), STR("alice"), str_of(receipt), T0 + 5000, &changed, &f->err);
    *old = changed.before;
    return good;
}

static bool undo(struct fixture *f, const char *receipt, struct str *told)
{
    return store_undo_receipt(f->store, f->arena, str_of(receipt), 0, 0, STR("alice"), T0 + 6000, told, &f->err);
}

static struct ticket_row ticket_of(struct fixture *f, int64_t id)
{
    struct ticket_row row;
    assert_good(view_ticket(f->store, f->arena, id, &row, &f->err));
    return row;
}

/* "tag=vpn field.x=1 …" in the order of the view. */
static struct str values_of(struct fixture *f, int64_t ticket)
{
    struct named_value *values;
    size_t count = 0;
    struct buf text = {0};
    assert_good(view_ticket_values(f->store, f->arena, ticket, &values, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%.*s=%.*s", i == 0 ? "" : " ", STR_ARG(values[i].name), STR_ARG(values[i].value));
    struct str kept = arena_str(f->arena, buf_view(&text));
    buf_free(&text);
    return kept;
}

static void a_change_tells_the_value_before_and_is_undone(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *field, *value, *before;
    } cases[] = {
        {"state", "pending", "new"}, {"owner", "bob", ""}, {"queue", "billing", "network"}, {"severity", "B", "A"}, {"kind", "problem", "incident"},
        {"field.gateway", "de-8", "de-7"}, {"field.serial", "77", ""}, {"field.gateway", "", "de-7"}, {"tag", "+new", "-new"}, {"tag", "-vpn", "+vpn"},
    };
    int64_t id = new_ticket(f, 1);
    struct str values = values_of(f, id);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str old, told;
        char receipt[16];
        snprintf(receipt, sizeof receipt, "R-%04zu", i);
        assert_good(change(f, id, cases[i].field, cases[i].value, receipt, &old));
        assert_str(old, cases[i].before);
        assert_refused(change(f, id, cases[i].field, cases[i].value, "R-XXXX", &old), ERR_ITEM, "");
        assert_good(undo(f, receipt, &told));
        assert_refused(undo(f, receipt, &told), ERR_ITEM, "undone already");
    }
    struct ticket_row t = ticket_of(f, id);
    assert_str(t.state, "new");
    assert_str(t.owner, "");
    assert_str(t.queue, "network");
    assert_str(t.severity, "A");
    assert_str(t.kind, "incident");
    assert_true(str_eq(values, values_of(f, id)));
}

static void a_change_is_seen_with_its_actor(void **state)
{
    struct fixture *f = *state;
    struct str old;
    struct provenance_row *rows;
    struct event_row *events;
    size_t count = 0;
    int64_t id = new_ticket(f, 1);
    assert_good(change(f, id, "severity", "B", "R-7Q2K", &old));
    assert_str(ticket_of(f, id).severity, "B");
    assert_int_equal(ticket_of(f, id).updated_at, T0 + 5000);
    assert_good(view_provenance(f->store, f->arena, id, STR("severity"), &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_str(rows[1].value, "B");
    assert_str(rows[1].actor, "alice");
    assert_str(rows[1].because, "set by hand, receipt R-7Q2K");
    assert_good(view_events(f->store, f->arena, id, 10, &events, &count, &f->err));
    assert_str(events[count - 1].kind, "severity");
    assert_str(events[count - 1].detail, "A -> B");
}

static void what_cannot_be_is_refused_with_what_could(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *field, *value, *part;
    } cases[] = {
        {"state", "done", "expected new, open, pending or closed"}, {"severity", "E", "expected A, B, C or D"}, {"severity", "", "expected A"},
        {"kind", "joke", "expected incident"}, {"queue", "", "expected a queue"}, {"tag", "vpn", "expected +NAME"}, {"tag", "+", "expected +NAME"},
        {"tag", "+vpn", "already"}, {"tag", "-none", "does not have"}, {"link", "1", "another ticket"}, {"link", "x", "another ticket"},
        {"link", "4711", "no ticket 4711"}, {"note", "", "empty"}, {"field.", "x", "has no"}, {"weight", "3", "has no \"weight\""},
    };
    struct str old;
    int64_t id = new_ticket(f, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(change(f, id, cases[i].field, cases[i].value, "R-AAAA", &old), ERR_ITEM, cases[i].part);
    assert_refused(change(f, 4711, "state", "open", "R-AAAA", &old), ERR_ITEM, "no ticket 4711");
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM change"), 0);
}

static void closing_and_its_undoing_keep_the_time(void **state)
{
    struct fixture *f = *state;
    struct str old, told;
    int64_t id = new_ticket(f, 1);
    assert_good(change(f, id, "state", "closed", "R-AAAA", &old));
    assert_int_equal(ticket_of(f, id).closed_at, T0 + 5000);
    assert_good(undo(f, "R-AAAA", &told));
    assert_str(told, "1: state closed -> new");
    assert_int_equal(ticket_of(f, id).closed_at, 0);
}

static void a_note_is_shown_until_it_is_undone(void **state)
{
    struct fixture *f = *state;
    struct str old, told;
    struct message_row *rows;
    size_t count = 0;
    int64_t id = new_ticket(f, 1);
    assert_good(change(f, id, "note", "called him back", "R-AAAA", &old));
    assert_good(view_messages(f->store, f->arena, id, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_str(rows[1].direction, "note");
    assert_str(rows[1].text, "called him back");
    assert_str(rows[1].from, "alice");
    assert_good(undo(f, "R-AAAA", &told));
    assert_good(view_messages(f->store, f->arena, id, &rows, &count, &f->err));
    assert_int_equal(count, 1);
}

static void a_link_is_seen_from_both_sides(void **state)
{
    struct fixture *f = *state;
    struct str old, told;
    int64_t one = new_ticket(f, 1), two = new_ticket(f, 2);
    assert_good(change(f, one, "link", "2", "R-AAAA", &old));
    assert_str(values_of(f, one), "tag=outage tag=vpn field.gateway=de-7 link=2");
    assert_str(values_of(f, two), "tag=outage tag=vpn field.gateway=de-7 linked-by=1");
    assert_refused(change(f, one, "link", "2", "R-BBBB", &old), ERR_ITEM, "linked already");
    assert_good(undo(f, "R-AAAA", &told));
    assert_str(values_of(f, one), "tag=outage tag=vpn field.gateway=de-7");
}

static void one_receipt_takes_back_all_its_changes_or_none(void **state)
{
    struct fixture *f = *state;
    struct str old, told;
    int64_t one = new_ticket(f, 1), two = new_ticket(f, 2);
    assert_good(change(f, one, "queue", "billing", "R-AAAA", &old));
    assert_good(change(f, two, "queue", "billing", "R-AAAA", &old));
    assert_good(change(f, one, "queue", "sales", "R-AAAA", &old));
    assert_good(undo(f, "R-AAAA", &told));
    assert_str(ticket_of(f, one).queue, "network");
    assert_str(ticket_of(f, two).queue, "network");
    assert_good(change(f, one, "queue", "billing", "R-BBBB", &old));
    assert_good(change(f, two, "queue", "billing", "R-BBBB", &old));
    assert_good(change(f, one, "queue", "sales", "R-CCCC", &old));
    assert_refused(undo(f, "R-BBBB", &told), ERR_ITEM, "changed again since");
    assert_str(ticket_of(f, one).queue, "sales");
    assert_str(ticket_of(f, two).queue, "billing");
    assert_refused(undo(f, "R-ZZZZ", &told), ERR_ITEM, "no receipt R-ZZZZ");
}

static void a_change_inside_a_group_is_undone_with_it(void **state)
{
    struct fixture *f = *state;
    struct str old;
    int64_t id = new_ticket(f, 1);
    assert_good(store_begin(f->store, &f->err));
    assert_good(change(f, id, "queue", "billing", "R-AAAA", &old));
    assert_refused(change(f, id, "state", "done", "R-AAAA", &old), ERR_ITEM, "expected");
    store_rollback(f->store);
    assert_str(ticket_of(f, id).queue, "network");
}

static size_t waiting_now(struct fixture *f)
{
    int64_t *tickets = NULL;
    size_t count = 0;
    assert_good(store_due_waiting(f->store, f->arena, 10, &tickets, &count, &f->err));
    return count;
}

static void what_clocks_are_computed_from(void **state)
{
    struct fixture *f = *state;
    struct str old;
    struct clock_facts facts;
    const struct due_times times = {{T0 + 1, T0 + 2, T0 + 3}, T0 + 2, 0};
    int64_t id = new_ticket(f, 1);
    assert_int_equal(waiting_now(f), 0);
    assert_good(store_due_facts(f->store, f->arena, id, &facts, &f->err));
    assert_true(facts.clocked && facts.opened_at == T0 && facts.severity == 0 && facts.closed_at == 0 && facts.responded_at == 0 && facts.pause_count == 0);
    static const struct {
        const char *field, *value;
        bool moves;
    } changes[] = {{"owner", "bob", false}, {"severity", "B", true}, {"state", "pending", true}, {"state", "open", true}, {"state", "closed", true}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        assert_good(change(f, id, changes[i].field, changes[i].value, "R-AAAA", &old));
        assert_int_equal(waiting_now(f), changes[i].moves);
        assert_good(store_due_put(f->store, id, &times, &f->err));
        assert_int_equal(waiting_now(f), 0);
    }
    assert_good(store_answered(f->store, id, T0 + 50, &f->err));
    assert_good(store_answered(f->store, id, T0 + 60, &f->err));
    assert_int_equal(waiting_now(f), 1);
    assert_good(store_due_facts(f->store, f->arena, id, &facts, &f->err));
    assert_true(facts.responded_at == T0 + 50 && facts.answered_at == T0 + 60 && facts.severity == 1 && facts.closed_at != 0);
    assert_int_equal(facts.pause_count, 2);
    bool newest = facts.pauses[0].closed; /* in either order */
    assert_true(facts.pauses[newest ? 1 : 0].to != 0 && !facts.pauses[newest ? 1 : 0].closed);
    assert_true(facts.pauses[newest ? 0 : 1].to == 0 && facts.pauses[newest ? 0 : 1].closed);
    struct ticket_row t = ticket_of(f, id);
    assert_true(t.due == T0 + 2 && t.respond_due == T0 + 1 && t.update_due == T0 + 2 && t.resolve_due == T0 + 3 && t.responded_at == T0 + 50);
    assert_refused(store_due_facts(f->store, f->arena, 4711, &facts, &f->err), ERR_ITEM, "no ticket");
    int64_t other = new_ticket(f, 2);
    assert_good(store_due_put(f->store, id, &times, &f->err));
    assert_good(store_due_recount(f->store, &f->err)); /* what is closed has no clock that runs */
    int64_t *tickets = NULL;
    size_t count = 0;
    assert_good(store_due_waiting(f->store, f->arena, 10, &tickets, &count, &f->err));
    assert_true(count == 1 && tickets[0] == other);
}

/* Five tickets that differ in what filters look at. */
static void make_tickets(struct fixture *f)
{
    static const struct {
        const char *subject, *queue;
        uint8_t severity;
        int64_t opened;
        bool backfill;
    } tickets[] = {
        {"VPN gateway de-7 is down", "network", 0, 0, false},
        {"Invoice 100% wrong", "billing", 2, 1000, false},
        {"Packet_loss since morning", "network", 1, -3000, false},
        {"Old question about VPN", "network", 0, -9000, true},
        {"Printer on fire", "office", 0, 1000, false},
    };
    struct str old;
    for (uint32_t i = 0; i < 5; i++) {
        struct mail mail;
        mail_make(&mail, i + 1);
        mail.message.subject = str_of(tickets[i].subject);
        mail.verdict.queue = str_of(tickets[i].queue);
        mail.verdict.severity = tickets[i].severity;
        mail.raw.internal_date = T0 + tickets[i].opened;
        mail.raw.backfill = tickets[i].backfill;
        mail_commit(f, &mail);
    }
    assert_good(change(f, 5, "state", "closed", "R-AAAA", &old));
    assert_good(change(f, 2, "owner", "bob", "R-BBBB", &old));
}

static void tickets_are_listed_the_most_urgent_first(void **state)
{
    struct fixture *f = *state;
    make_tickets(f);
    const int64_t hour = 3600000;
    const struct {
        struct ticket_filter filter;
        size_t count;
        int64_t total, ids[5];
    } cases[] = {
        {{.limit = 50}, 4, 4, {3, 1, 2, 4}},
        {{.limit = 2}, 2, 4, {3, 1}},
        {{.state = STR("any"), .limit = 50}, 5, 5, {3, 1, 2, 4, 5}},
        {{.state = STR("closed"), .limit = 50}, 1, 1, {5}},
        {{.state = STR("new"), .limit = 50}, 4, 4, {3, 1, 2, 4}},
        {{.queue = STR("network"), .limit = 50}, 3, 3, {3, 1, 4}},
        {{.severity = STR("A"), .limit = 50}, 2, 2, {1, 4}},
        {{.owner = STR("bob"), .limit = 50}, 1, 1, {2}},
        {{.words = STR("vpn"), .limit = 50}, 2, 2, {1, 4}},
        {{.words = STR("  VPN   down "), .limit = 50}, 1, 1, {1}},
        {{.words = STR("100%"), .limit = 50}, 1, 1, {2}},
        {{.words = STR("t_l"), .limit = 50}, 1, 1, {3}},
        {{.words = STR("vpn fire"), .limit = 50}, 0, 0, {0}},
        {{.since = T0, .limit = 50}, 2, 2, {1, 2}},
        {{.until = T0, .limit = 50}, 2, 2, {3, 4}},
        {{.overdue = true, .now = T0 + hour, .limit = 50}, 1, 1, {3}},
        {{.state = STR("any"), .overdue = true, .now = T0 + 2 * hour, .limit = 50}, 3, 3, {3, 1, 2}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ticket_row *rows;
        size_t count = 0;
        int64_t total = -1;
        assert_good(view_tickets(f->store, f->arena, &cases[i].filter, &rows, &count, &total, &f->err));
        if (count != cases[i].count || total != cases[i].total)
            print_error("case %zu: %zu rows of %lld\n", i, count, (long long)total);
        assert_int_equal(count, cases[i].count);
        assert_int_equal(total, cases[i].total);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(rows[k].id, cases[i].ids[k]);
    }
}

static void search_looks_into_subject_text_and_addresses(void **state)
{
    struct fixture *f = *state;
    struct mail mail;
    static const struct {
        const char *words;
        size_t count;
        int64_t first;
    } cases[] = {
        {"vpn", 2, 4}, {"noon", 6, 6}, {"noon JO@contoso.example", 5, 5}, {"fire noon meier", 1, 5}, {"nothing-at-all", 0, 0}, {"ada", 1, 6}, {"", 0, 0},
    };
    make_tickets(f);
    mail_make(&mail, 6);
    mail.sender = (struct sender){.address = STR("ada@lovelace.example"), .name = STR("Ada")};
    mail.from = (struct address){STR("Ada"), STR("ada@lovelace.example")};
    mail.message.subject = STR("Engine");
    mail_commit(f, &mail);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ticket_row *rows;
        size_t count = 99;
        assert_good(view_search(f->store, f->arena, str_of(cases[i].words), 50, &rows, &count, &f->err));
        assert_int_equal(count, cases[i].count);
        if (count > 0)
            assert_int_equal(rows[0].id, cases[i].first);
    }
    struct ticket_row *rows;
    size_t count = 0;
    assert_good(view_search(f->store, f->arena, STR("noon"), 2, &rows, &count, &f->err));
    assert_int_equal(count, 2);
}

static void figures_add_up(void **state)
{
    struct fixture *f = *state;
    struct store_figures figures;
    struct str old;
    make_tickets(f);
    assert_good(change(f, 1, "state", "open", "R-CCCC", &old));
    assert_good(view_figures(f->store, T0 + 3600000, T0 + 1000, &figures, &f->err));
    assert_int_equal(figures.open, 4);
    assert_int_equal(figures.fresh, 3);
    assert_int_equal(figures.overdue, 1);
    assert_int_equal(figures.due_soon, 2);
    assert_int_equal(figures.outcomes[OUTCOME_OPENED], 5);
    assert_int_equal(figures.outcomes[OUTCOME_DUPLICATE], 0);
    assert_int_equal(figures.outcomes_today[OUTCOME_OPENED], 5);
    assert_int_equal(figures.unsettled, 5);
    assert_int_equal(figures.schema, 2);
    assert_true(figures.size > 8192);
    assert_true(figures.wal_size > 0);
    assert_good(view_figures(f->store, T0, T0 + 1001, &figures, &f->err));
    assert_int_equal(figures.outcomes_today[OUTCOME_OPENED], 0);
    struct mailbox_figures *rows;
    size_t count = 0;
    struct folder_state look = {.uid_validity = 7, .first_look = T0, .last_look = T0 + 9};
    assert_good(store_folder_put(f->store, STR("support"), STR("Second"), &look, &f->err));
    assert_good(view_mailboxes(f->store, f->arena, T0, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_str(rows[0].mailbox, "support");
    assert_int_equal(rows[0].today, 5);
    assert_int_equal(rows[0].last_look, T0 + 9);
}

static void the_ledger_is_listed_and_followed(void **state)
{
    struct fixture *f = *state;
    struct ledger_row *rows;
    size_t count = 0;
    for (uint32_t uid = 1; uid <= 6; uid++) {
        struct mail mail;
        mail_make(&mail, uid);
        mail.raw.mailbox = uid % 2 == 0 ? STR("billing") : STR("support");
        mail.raw.received = T0 + uid;
        if (uid == 5) {
            mail.placement.placed = PLACED_ASIDE;
            mail.filed.outcome = OUTCOME_AUTOMATIC;
        }
        mail_commit(f, &mail);
    }
    static const struct {
        struct ledger_filter filter;
        size_t count;
        int64_t ids[6];
    } cases[] = {
        {{.limit = 50}, 6, {1, 2, 3, 4, 5, 6}}, {{.limit = 2}, 2, {5, 6}}, {{.mailbox = {"billing", 7}, .limit = 50}, 3, {2, 4, 6}},
        {{.outcome = {"automatic", 9}, .limit = 50}, 1, {5}}, {{.since = T0 + 5, .limit = 50}, 2, {5, 6}}, {{.after = 2, .limit = 2}, 2, {3, 4}},
        {{.after = 2, .outcome = {"automatic", 9}, .limit = 2}, 1, {5}}, {{.after = 6, .limit = 50}, 0, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_good(view_ledger(f->store, f->arena, &cases[i].filter, &rows, &count, &f->err));
        assert_int_equal(count, cases[i].count);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(rows[k].id, cases[i].ids[k]);
    }
    struct ledger_row row;
    assert_good(view_ledger_row(f->store, f->arena, 4711, &row, &f->err));
    assert_int_equal(row.id, 0);
}

static void events_are_the_newest_told_oldest_first(void **state)
{
    struct fixture *f = *state;
    struct event_row *rows;
    size_t count = 0;
    for (int i = 0; i < 40; i++)
        assert_good(store_event(f->store, 0, STR("triaged"), STR("tick"), STR(""), T0 + i, &f->err));
    assert_good(view_events(f->store, f->arena, 0, 30, &rows, &count, &f->err));
    assert_int_equal(count, 30);
    assert_int_equal(rows[0].at, T0 + 10);
    assert_int_equal(rows[29].at, T0 + 39);
}

/* Other programs read these; a column that goes away breaks them. */
static void the_read_views_keep_their_columns(void **state)
{
    struct fixture *f = *state;
    new_ticket(f, 1);
    letter_commit(f, 1, "jo@contoso.example", T0, T0);
    static const char *const queries[] = {
        "SELECT COUNT(id + opened_at + updated_at + closed_at + due + messages + attachments + letters_waiting) FROM v_ticket WHERE kind = 'incident' AND state = 'new'"
        " AND queue = 'network' AND severity = 'A' AND impact = 'high' AND urgency = 'high' AND subject <> '' AND language = 'de' AND mailbox = 'support' AND owner = ''"
        " AND requester <> '' AND requester_name <> ''",
        "SELECT COUNT(id + ticket + ledger + proposed + hidden + at + size + defects + uid_validity + uid) FROM v_message WHERE direction = 'in' AND kind = 'person'"
        " AND sender <> '' AND sender_name <> '' AND recipients <> '' AND subject <> '' AND message_id <> '' AND proof <> '' AND text <> '' AND fresh <> ''"
        " AND outcome = 'opened' AND reason <> '' AND mailbox = 'support' AND folder = 'INBOX' AND letter IS NULL",
        "SELECT COUNT(id + ticket + created + size + recipient + tries + next_at + ended_at + code) FROM v_letter WHERE relay = 'default' AND kind = 'ack' AND"
        " message_id <> '' AND sender = '' AND address <> '' AND state = 'queued' AND enhanced = '' AND reply = '' AND ledger IS NULL",
        "SELECT COUNT(id + uid_validity + uid + at + internal_date + size + ticket + message + backfill + settled_at + hidden) FROM v_ledger WHERE mailbox = 'support'"
        " AND folder = 'INBOX' AND length(sha256) = 32 AND outcome = 'opened' AND reason <> '' AND message_id <> '' AND sender <> '' AND subject <> '' AND answer = 'sent'"
        " AND answer_why <> ''",
        "SELECT COUNT(id + ticket + message + at + line + first_char + last_char) FROM v_provenance WHERE field = 'queue' AND value = 'network' AND rule <> '' AND"
        " file <> '' AND ruleset <> '' AND source = 'subject' AND matched <> '' AND because = '' AND actor <> ''",
        "SELECT COUNT(id + ticket + at) FROM v_event WHERE actor <> '' AND kind = 'opened' AND detail <> ''",
    };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
        assert_int_equal(count_rows(f, queries[i]), 1);
}

static void a_reader_can_ask_every_question(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = new_ticket(f, 1), total = 0;
    int64_t letter = letter_commit(f, ticket, "jo@contoso.example", T0, T0);
    store_close(&f->store);
    assert_good(store_open(&f->store, f->directory, false, true, &f->err));
    struct ticket_filter filter = {.limit = 5};
    struct ledger_filter ledger_filter = {.limit = 5};
    struct ticket_row *tickets;
    struct message_row *messages;
    struct ledger_row *ledger;
    struct letter_row *letters, row;
    struct recipient_row *recipients;
    struct store_figures figures;
    struct mailbox_figures *mailboxes;
    struct str octets;
    size_t count = 0;
    assert_good(view_tickets(f->store, f->arena, &filter, &tickets, &count, &total, &f->err));
    assert_int_equal(count, 1);
    assert_good(view_messages(f->store, f->arena, ticket, &messages, &count, &f->err));
    assert_int_equal(count, 2);
    assert_good(view_ledger(f->store, f->arena, &ledger_filter, &ledger, &count, &f->err));
    assert_int_equal(count, 1);
    assert_good(view_letters(f->store, f->arena, STR(""), 0, 5, &letters, &count, &f->err));
    assert_int_equal(count, 1);
    assert_good(view_letter(f->store, f->arena, letter, &row, &octets, &recipients, &count, &f->err));
    assert_str(octets, "Subject: We have your mail\r\n\r\nHello.\r\n");
    assert_good(view_letter(f->store, f->arena, 4711, &row, &octets, &recipients, &count, &f->err));
    assert_int_equal(row.id, 0);
    assert_good(view_search(f->store, f->arena, STR("vpn"), 5, &tickets, &count, &f->err));
    assert_int_equal(count, 1);
    assert_good(view_figures(f->store, T0, T0, &figures, &f->err));
    assert_int_equal(figures.open, 1);
    assert_good(view_mailboxes(f->store, f->arena, T0, &mailboxes, &count, &f->err));
    assert_int_equal(count, 1);
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_change_tells_the_value_before_and_is_undone),
        STORE_TEST(a_change_is_seen_with_its_actor),
        STORE_TEST(what_cannot_be_is_refused_with_what_could),
        STORE_TEST(closing_and_its_undoing_keep_the_time),
        STORE_TEST(a_note_is_shown_until_it_is_undone),
        STORE_TEST(a_link_is_seen_from_both_sides),
        STORE_TEST(one_receipt_takes_back_all_its_changes_or_none),
        STORE_TEST(a_change_inside_a_group_is_undone_with_it),
        STORE_TEST(what_clocks_are_computed_from),
        STORE_TEST(tickets_are_listed_the_most_urgent_first),
        STORE_TEST(search_looks_into_subject_text_and_addresses),
        STORE_TEST(figures_add_up),
        STORE_TEST(the_ledger_is_listed_and_followed),
        STORE_TEST(events_are_the_newest_told_oldest_first),
        STORE_TEST(the_read_views_keep_their_columns),
        STORE_TEST(a_reader_can_ask_every_question),
    };
    return cmocka_run_group_tests_name("store_view", tests, NULL, NULL);
}
