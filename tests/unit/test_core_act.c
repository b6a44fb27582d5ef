/* act: every verb carried out on real tickets: what it does, what it refuses, and that its undoing leaves everything as it was. */
#include "desk_fixture.h"
#include "store_fixture.h"

#include "base/clock.h"
#include "core/act.h"
#include "store/due.h"
#include "store/people.h"

#include <stdio.h>
#include <string.h>

#define TICKETS 6 /* of the world below */
#define NOW (T0 + CLOCK_HOUR)

/* ---- the world: jo's tickets 1 (two mails of his, one of a stranger proposed) and 2, the stranger's own 3, kim's 4, what is held 5, al's 6 of jo's company -------------- */

static void write_mail(struct fixture *f, uint32_t uid, const char *address, enum placed placed, int64_t ticket, struct mail *mail)
{
    mail_make(mail, uid);
    mail->sender = (struct sender){.address = str_of(address), .name = STR("Somebody"), .proof = STR("DMARC pass")};
    mail->from.addr = str_of(address);
    mail->placement.placed = placed;
    mail->placement.ticket = ticket;
    mail->filed.outcome = placed == PLACED_NEW ? OUTCOME_OPENED : placed == PLACED_APPENDED ? OUTCOME_APPENDED : OUTCOME_PROPOSED;
    mail_commit(f, mail);
}

static int make_world(void **state)
{
    if (fixture_set_up(state) != 0)
        return -1;
    struct fixture *f = *state;
    struct mail mail;
    write_mail(f, 1, "jo@contoso-factory.example", PLACED_NEW, 0, &mail);
    write_mail(f, 2, "jo@contoso-factory.example", PLACED_APPENDED, 1, &mail);
    write_mail(f, 3, "jo@contoso-factory.example", PLACED_NEW, 0, &mail);
    write_mail(f, 4, "mallory@gmail.com", PLACED_PROPOSED, 1, &mail);
    write_mail(f, 5, "kim@gmail.com", PLACED_NEW, 0, &mail);
    mail_make(&mail, 6);
    mail.verdict.hold = true;
    mail.filed.outcome = OUTCOME_HELD;
    mail_commit(f, &mail);
    write_mail(f, 7, "al@contoso-factory.example", PLACED_NEW, 0, &mail);
    assert_int_equal(mail.filed.ticket, TICKETS);
    return 0;
}

/* ---- what can be seen of it, but for when it was last touched, and for those who only were suggested ---------------------------------------------------------- */

static void see_people(struct fixture *f, int64_t ticket, struct buf *out)
{
    struct party *parties = NULL;
    size_t count = 0;
    assert_good(store_parties(f->store, f->arena, ticket, &parties, &count, &f->err));
    for (size_t i = 0; i < count; i++) {
        bool suppressed = false;
        assert_good(store_suppressed(f->store, parties[i].address, NOW, &suppressed, &f->err));
        if (!str_eq(parties[i].role, STR("suggested")))
            buf_printf(out, "%.*s %.*s%s\n", STR_ARG(parties[i].role), STR_ARG(parties[i].address), suppressed ? " suppressed" : "");
    }
}

static void see_ticket(struct fixture *f, int64_t ticket, struct buf *out)
{
    struct ticket_row row;
    struct named_value *values;
    struct message_row *messages;
    size_t count = 0;
    int64_t into = 0;
    assert_good(view_ticket(f->store, f->arena, ticket, &row, &f->err));
    assert_good(store_merged(f->store, ticket, &into, &f->err));
    buf_printf(out, "%lld %.*s %.*s %.*s %.*s owner=%.*s closed=%lld merged=%lld\n", (long long)ticket, STR_ARG(row.state), STR_ARG(row.queue), STR_ARG(row.severity),
               STR_ARG(row.kind), STR_ARG(row.owner), (long long)row.closed_at, (long long)into);
    assert_good(view_ticket_values(f->store, f->arena, ticket, &values, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%.*s=%.*s\n", STR_ARG(values[i].name), STR_ARG(values[i].value));
    assert_good(view_messages(f->store, f->arena, ticket, &messages, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "M-%lld of %lld%s\n", (long long)messages[i].id, (long long)messages[i].ticket, messages[i].proposed ? " proposed" : "");
    see_people(f, ticket, out);
}

static struct str see(struct fixture *f)
{
    struct buf out = {0};
    int64_t wake = 0, ticket = 0, letter = 0;
    for (int64_t i = 1; i <= TICKETS; i++)
        see_ticket(f, i, &out);
    assert_good(store_next_wake(f->store, &wake, &f->err));
    buf_printf(&out, "wake %lld\n", (long long)wake);
    for (unsigned i = 1; i <= 7; i++) {
        struct str id = arena_printf(f->arena, "%u.mail@contoso.example", i);
        assert_good(store_find_message_id(f->store, id, &ticket, &letter, &f->err));
        buf_printf(&out, "%.*s leads to %lld\n", STR_ARG(id), (long long)ticket);
    }
    struct str text = arena_str(f->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

/* ---- doing ---------------------------------------------------------------------------------------------------------------------------------------------- */

static struct str told(struct fixture *f, const struct acted *acted)
{
    struct buf out = {0};
    for (size_t i = 0; i < acted->count; i++)
        buf_printf(&out, "%s%.*s: %.*s -> %.*s", i == 0 ? "" : "; ", STR_ARG(acted->list[i].field), STR_ARG(acted->list[i].before), STR_ARG(acted->list[i].after));
    struct str text = arena_str(f->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

struct order {
    const char *actor, *receipt;
    int64_t now, undo_window;
};

/* The command on the ticket, in a transaction of its own; false: f->err. */
static bool act(struct fixture *f, const struct order *order, int64_t ticket, const char *line, struct acted *acted)
{
    struct str words[50], rest = str_of(line);
    size_t count = 0;
    struct command command;
    struct acting acting = {f->store, f->arena, str_of(order->actor), str_of(order->receipt), order->now, order->undo_window};
    while (count < 50 && str_cut(&rest, ' ', &words[count]))
        count++;
    *acted = (struct acted){0};
    if (!command_parse(f->arena, fixture_desk(), words, count, str_of(order->actor), order->now, &command, &f->err) ||
        !command_rest(f->arena, &command, STR(""), &f->err))
        return false;
    struct err err = {0};
    assert_good(store_begin(f->store, &err));
    bool good = act_on(&acting, ticket, &command, acted, &f->err);
    if (good)
        assert_good(store_commit(f->store, &err));
    else
        store_rollback(f->store);
    return good;
}

static const struct order alice = {"alice", "R-AAAA", NOW, 14 * CLOCK_DAY};

/* One row a verb and case: on which ticket, what is done; then a line that is refused (on the same ticket, after the first) and its reason. */
static const struct deed {
    int64_t ticket;
    const char *line, *done, *refused, *reason;
} deeds[] = {
    {1, "note he called", "note:  -> he called", "note", "the text is missing"},
    {1, "close", "state: new -> closed", "close", "state is \"closed\" already"},
    {1, "close it works", "state: new -> closed; note:  -> it works", "close again", "already"},
    {1, "reopen", "state: new -> open", "reopen", "state is \"open\" already"},
    {1, "pending", "state: new -> pending", "pending", "state is \"pending\" already"},
    {1, "pending 3d he looks", "state: new -> pending; note:  -> he looks; wake:  -> 1790262800000", "pending 0d", "is no time"},
    {1, "snooze 2h", "wake:  -> 1790010800000", "snooze 2h", "somebody is to be reminded then already"},
    {1, "take", "owner:  -> alice", "take", "owner is \"alice\" already"},
    {1, "assign bob", "owner:  -> bob", "assign carol", "there is no agent \"carol\""},
    {1, "owner bob", "owner:  -> bob", "owner bob", "already"},
    {1, "queue billing", "queue: network -> billing", "queue netwrok", "did you mean \"network\"?"},
    {1, "severity B", "severity: A -> B", "severity E", "expected A, B, C or D"},
    {1, "kind problem", "kind: incident -> problem", "kind joke", "expected incident"},
    {1, "tag +new -vpn", "tag: -new -> +new; tag: +vpn -> -vpn", "tag +new", "the ticket has the tag \"new\" already"},
    {1, "field gateway de-8", "field.gateway: de-7 -> de-8", "field gateway de-8", "already"},
    {1, "field gateway", "field.gateway: de-7 -> ", "field 1x y", "expected a field's name"},
    {1, "customer kim@gmail.com", "requester: jo@contoso-factory.example -> kim@gmail.com", "customer kim@gmail.com", "is the requester already"},
    {1, "cc +kim@gmail.com +al@fabrikam.example", "party: -kim@gmail.com -> +kim@gmail.com; party: -al@fabrikam.example -> +al@fabrikam.example", "cc +kim@gmail.com",
     "takes part already"},
    {1, "cc +jo2@contoso-factory.example", "party: -jo2@contoso-factory.example -> +jo2@contoso-factory.example", "cc -jo@contoso-factory.example", "is the requester; to"},
    {1, "cc +bob@fabrikam.example", "party: -bob@fabrikam.example -> +bob@fabrikam.example", "cc -nobody@gmail.com", "takes no part anyway"},
    {1, "link 2", "link:  -> 2", "link 2", "ticket 2 is linked already"},
    {1, "link 4", "link:  -> 4", "link 99", "no ticket 99 to link to"},
    {1, "merge 2", "merged:  -> 2", "merge 2", "ticket 1 went into ticket 2 already"},
    {2, "merge INC-1", "merged:  -> 1", "reopen", "ticket 2 went into ticket 1: undo that, or change ticket 1"},
    {1, "merge 6", "merged:  -> 6", "merge 99", "went into ticket 6 already"},
    {4, "note other", "note:  -> other", "merge 1", "ticket 1 is another customer's: merged, each would be shown the other's mails; use link 1"},
    {4, "note gmail", "note:  -> gmail", "merge 3", "another customer's"},
    {4, "note none", "note:  -> none", "merge 99", "no ticket 99 to go into"},
    {4, "note itself", "note:  -> itself", "merge 4", "expected the number of another ticket"},
    {1, "split", "split:  -> 7", "split", "is all the ticket has: nothing would be left"},
    {1, "split M-1", "split:  -> 7", "split M-3", "is no message from outside on ticket 1"},
    {4, "note one", "note:  -> one", "split", "is all the ticket has"},
    {1, "accept", "accept:  -> 5", "accept", "no message of a stranger waits on ticket 1"},
    {1, "accept M-5", "accept:  -> 5", "accept M-1", "message M-1 is part of the ticket already"},
    {1, "note before", "note:  -> before", "split M-5", "message M-5 is a stranger's: accept it first"},
    {1, "spam", "tag: -spam -> +spam; state: new -> closed", "spam", "has the tag \"spam\" already"},
    {1, "block enough", "blocked:  -> jo@contoso-factory.example; tag: -blocked -> +blocked; state: new -> closed; note:  -> enough", "block", "has the tag \"blocked\" already"},
    {1, "major", "tag: -major -> +major", "major", "has the tag \"major\" already"},
    {1, "known-error restart it", "field.known-error:  -> restart it", "known-error", "the text is missing"},
    {5, "release", "tag: +held -> -held", "release it", "nothing may stand behind it"},
    {5, "refuse", "tag: +held -> -held; tag: -refused -> +refused; state: new -> closed", "refuse", "has the tag \"refused\" already"},
};

static void every_verb_does_refuses_and_is_undone(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        const struct deed *d = &deeds[i];
        struct acted acted;
        char receipt[16];
        snprintf(receipt, sizeof receipt, "R-%zu", i);
        struct order order = alice;
        order.receipt = receipt;
        struct str before = see(f);
        if (!act(f, &order, d->ticket, d->line, &acted))
            fail_msg("%s: %s", d->line, f->err.text);
        /* The number of the ticket a split opens goes up from case to case. */
        struct str wanted = str_of(d->done);
        if (str_starts(wanted, STR("split:")))
            assert_holds(told(f, &acted), "split:  -> ");
        else
            assert_text(told(f, &acted), d->done);
        struct str after = see(f);
        assert_false(str_eq(before, after));
        assert_refused(act(f, &alice, d->ticket, d->refused, &acted), ERR_ITEM, d->reason);
        assert_true(str_eq(see(f), after));
        if (!act(f, &alice, d->ticket, "undo", &acted))
            fail_msg("undo %s: %s", d->line, f->err.text);
        assert_str(acted.list[0].before, receipt);
        struct str undone = see(f);
        if (!str_eq(undone, before))
            fail_msg("%s was not undone:\n%.*s\n%.*s", d->line, STR_ARG(before), STR_ARG(undone));
        assert_refused(act(f, &alice, d->ticket, "undo", &acted), ERR_ITEM, "alice has changed nothing that could be taken back");
    }
}

static void no_verb_is_left_out(void **state)
{
    (void)state;
    size_t count = 0;
    const struct command_help *verbs = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        bool there = verbs[i].class == CLASS_QUESTION || verbs[i].class == CLASS_UNDO || i == COMMAND_BROADCAST; /* which changes nothing */
        for (size_t k = 0; k < sizeof deeds / sizeof *deeds; k++) {
            struct str rest = str_of(deeds[k].line), verb;
            there = there || (str_cut(&rest, ' ', &verb) && command_verb_of(verb) == i);
        }
        if (!there)
            fail_msg("%s has no case", verbs[i].name);
    }
}

/* ---- what each leaves behind ----------------------------------------------------------------------------------------------------------------------------- */

static void merging_shows_both_and_lets_all_read(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct buf out = {0};
    int64_t into = 0;
    assert_true(act(f, &alice, 1, "cc +kim@gmail.com", &acted));
    assert_true(act(f, &alice, 1, "merge 2", &acted));
    assert_good(store_merged(f->store, 1, &into, &f->err));
    assert_int_equal(into, 2);
    see_ticket(f, 2, &out);
    assert_holds(buf_view(&out), "M-1 of 1\n");
    assert_holds(buf_view(&out), "M-3 of 2\n");
    assert_holds(buf_view(&out), "participant kim@gmail.com\n");
    buf_clear(&out);
    see_ticket(f, 1, &out);
    assert_holds(buf_view(&out), "1 closed network A incident owner= closed=1790003600000 merged=2");
    buf_free(&out);
    assert_refused(act(f, &alice, 2, "merge 1", &acted), ERR_ITEM, "ticket 1 went into this one");
}

static void a_chain_of_merges_ends_where_it_ends(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    int64_t into = 0;
    assert_true(act(f, &alice, 1, "merge 2", &acted));
    assert_true(act(f, &alice, 6, "merge 1", &acted));
    assert_text(told(f, &acted), "merged:  -> 2");
    assert_true(act(f, &alice, 2, "customer new@contoso-factory.example", &acted));
    assert_good(store_merged(f->store, 6, &into, &f->err));
    assert_int_equal(into, 2);
}

static void make_customer(struct fixture *f, const char *name, const char *contact)
{
    struct customer customer = {.name = str_of(name), .plan = STR(""), .note = STR(""), .cc = STR("")};
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_customer_put(f->store, &customer, &f->err));
    assert_good(store_contact_put(f->store, customer.id, str_of(contact), STR(""), &f->err));
    assert_good(store_commit(f->store, &f->err));
}

/* Whose customer a ticket is follows its requester; of one customer two people are related whatever their addresses, of two they are not. */
static void customers_say_who_belongs_together(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct ticket_row row;
    make_customer(f, "Contoso Factory", "boss@gmail.com");
    make_customer(f, "Its Landlord", "landlord@contoso-factory.example");
    struct err err = {0};
    struct customer factory;
    assert_good(store_customer(f->store, f->arena, STR("Contoso Factory"), &factory, &f->err));
    assert_good(store_begin(f->store, &err));
    assert_good(store_contact_put(f->store, factory.id, STR("kim@gmail.com"), STR(""), &f->err));
    assert_good(store_commit(f->store, &err));
    assert_true(act(f, &alice, 1, "customer boss@gmail.com", &acted));
    assert_good(view_ticket(f->store, f->arena, 1, &row, &f->err));
    assert_str(row.customer, "Contoso Factory");
    assert_refused(act(f, &alice, 4, "merge 1", &acted), ERR_ITEM, "another customer's"); /* kim's ticket is from before */
    assert_true(act(f, &alice, 4, "customer kim2@gmail.com", &acted));
    assert_true(act(f, &alice, 4, "customer kim@gmail.com", &acted));
    assert_true(act(f, &alice, 4, "merge 1", &acted));
    assert_true(act(f, &alice, 2, "customer landlord@contoso-factory.example", &acted));
    assert_true(act(f, &alice, 1, "customer jo3@contoso-factory.example", &acted));
    assert_true(act(f, &alice, 1, "customer boss@gmail.com", &acted));
    assert_refused(act(f, &alice, 2, "merge 1", &acted), ERR_ITEM, "another customer's");
}

static void a_split_message_has_its_own_ticket(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct buf out = {0};
    struct provenance_row *rows;
    size_t count = 0;
    int64_t ticket = 0, letter = 0;
    assert_true(act(f, &alice, 1, "split", &acted));
    see_ticket(f, 7, &out);
    assert_text(buf_view(&out), "7 new network A incident owner= closed=0 merged=7\nlinked-by=1\nM-2 of 7\nrequester jo@contoso-factory.example\n");
    buf_free(&out);
    assert_good(store_find_message_id(f->store, STR("2.mail@contoso.example"), &ticket, &letter, &f->err));
    assert_int_equal(ticket, 7);
    struct ticket_row row;
    assert_good(view_ticket(f->store, f->arena, 7, &row, &f->err));
    assert_true(row.clocked && row.due == 0 && store_due_wait(f->store)); /* a clock of its own, to be computed */
    assert_good(view_provenance(f->store, f->arena, 7, STR("queue"), &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_str(rows[0].because, "split from ticket 1");
    /* Something came there: it is a ticket of its own for good. */
    struct mail mail;
    write_mail(f, 20, "jo@contoso-factory.example", PLACED_APPENDED, 7, &mail);
    assert_refused(act(f, &alice, 1, "undo", &acted), ERR_ITEM, "split of ticket 1 was changed again since; nothing was undone");
}

static void an_undone_split_leads_back(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    int64_t into = 0;
    assert_true(act(f, &alice, 1, "split", &acted));
    assert_true(act(f, &alice, 1, "undo", &acted));
    assert_good(store_merged(f->store, 7, &into, &f->err));
    assert_int_equal(into, 1);
}

static void an_accepted_stranger_takes_part_and_his_ticket_goes_in(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct buf out = {0};
    assert_true(act(f, &alice, 1, "accept", &acted));
    see_ticket(f, 1, &out);
    assert_holds(buf_view(&out), "M-5 of 1\n");
    assert_true(str_find(buf_view(&out), STR("M-4 of")) < 0); /* the same mail, once */
    assert_holds(buf_view(&out), "participant mallory@gmail.com\n");
    buf_clear(&out);
    see_ticket(f, 3, &out);
    assert_holds(buf_view(&out), "3 closed");
    assert_holds(buf_view(&out), "merged=1");
    buf_free(&out);
}

static void a_strangers_ticket_that_has_become_something_stays(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct buf out = {0};
    assert_true(act(f, &alice, 3, "note it is something else", &acted));
    assert_true(act(f, &alice, 1, "accept", &acted));
    see_ticket(f, 3, &out);
    assert_holds(buf_view(&out), "3 new");
    assert_holds(buf_view(&out), "merged=3");
    buf_free(&out);
}

/* His number stands in his tokens: it must never be somebody else's. */
static void a_party_keeps_his_number(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    int64_t before = 0, off = 0, after = 0;
    assert_true(act(f, &alice, 1, "cc +kim@gmail.com", &acted));
    assert_good(store_party(f->store, 1, STR("kim@gmail.com"), &before, &f->err));
    assert_true(act(f, &alice, 1, "cc -kim@gmail.com +al@fabrikam.example", &acted));
    assert_good(store_party(f->store, 1, STR("kim@gmail.com"), &off, &f->err));
    assert_true(act(f, &alice, 1, "cc +kim@gmail.com", &acted));
    assert_good(store_party(f->store, 1, STR("kim@gmail.com"), &after, &f->err));
    assert_int_equal(off, 0);
    assert_true(before != 0 && before == after);
}

static void what_was_suppressed_for_a_while_is_so_again(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct suppression_row *rows;
    size_t count = 0;
    assert_good(store_suppress(f->store, STR("jo@contoso-factory.example"), STR("hard bounce 5.1.1"), T0, NOW + CLOCK_DAY, &f->err));
    assert_true(act(f, &alice, 1, "block", &acted));
    assert_true(act(f, &alice, 1, "undo", &acted));
    assert_good(view_suppressions(f->store, f->arena, NOW, 10, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_str(rows[0].reason, "hard bounce 5.1.1");
    assert_int_equal(rows[0].since, T0);
    assert_int_equal(rows[0].until, NOW + CLOCK_DAY);
}

static void who_is_blocked_already_can_be_closed_so(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    assert_true(act(f, &alice, 1, "block", &acted));
    assert_true(act(f, &alice, 2, "block", &acted));
    assert_text(told(f, &acted), "tag: -blocked -> +blocked; state: new -> closed");
}

/* ---- undo ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static void undo_has_a_window(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct order late = alice;
    assert_true(act(f, &alice, 1, "close", &acted));
    late.now = NOW + 14 * CLOCK_DAY + 1;
    assert_refused(act(f, &late, 1, "undo", &acted), ERR_ITEM, "it is too late to take back receipt R-AAAA");
    late.undo_window = 0; /* a desk where nothing is taken back */
    assert_refused(act(f, &late, 1, "undo", &acted), ERR_ITEM, "it is too late");
    late.undo_window = -1;
    assert_true(act(f, &late, 1, "undo", &acted));
}

static void undo_takes_ones_own_last_change_of_the_ticket(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct order bob = {"bob", "R-BBBB", NOW, CLOCK_DAY}, again = alice;
    again.receipt = "R-CCCC";
    assert_true(act(f, &alice, 1, "severity B", &acted));
    assert_true(act(f, &bob, 1, "tag +x", &acted));
    assert_true(act(f, &again, 2, "severity B", &acted));
    assert_true(act(f, &alice, 1, "undo", &acted));
    assert_text(told(f, &acted), "undo: R-AAAA -> 1: severity B -> A");
}

static void through_a_ticket_only_its_receipts_are_undone(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct order bob = {"bob", "R-BBBB", NOW, CLOCK_DAY};
    assert_true(act(f, &bob, 1, "tag +x", &acted));
    assert_refused(act(f, &alice, 2, "undo R-BBBB", &acted), ERR_ITEM, "no receipt R-BBBB of ticket 2");
    assert_true(act(f, &bob, 2, "tag +x", &acted)); /* the same receipt */
    assert_refused(act(f, &alice, 2, "undo R-BBBB", &acted), ERR_ITEM, "receipt R-BBBB is also about tickets that bob changed");
    assert_true(act(f, &bob, 2, "undo R-BBBB", &acted));
}

static void what_changed_since_is_not_undone(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct order again = alice;
    again.receipt = "R-BBBB";
    assert_true(act(f, &alice, 1, "merge 2", &acted));
    assert_true(act(f, &again, 2, "cc +kim@gmail.com", &acted));
    assert_true(act(f, &alice, 1, "undo R-AAAA", &acted)); /* others on the target do not matter */
    assert_true(act(f, &alice, 1, "customer kim@gmail.com", &acted));
    assert_true(act(f, &again, 1, "customer al@fabrikam.example", &acted));
    assert_refused(act(f, &alice, 1, "undo R-AAAA", &acted), ERR_ITEM, "");
    assert_refused(act(f, &alice, 1, "undo R-NONE", &acted), ERR_ITEM, "no receipt R-NONE");
}

static void a_part_that_is_refused_takes_all_back(void **state)
{
    struct fixture *f = *state;
    struct acted acted;
    struct str before = see(f);
    assert_refused(act(f, &alice, 1, "tag +a +b -none", &acted), ERR_ITEM, "does not have the tag \"none\"");
    assert_true(str_eq(see(f), before));
    assert_int_equal(count_rows(f, "SELECT COUNT(*) FROM change"), 0);
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, make_world, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(every_verb_does_refuses_and_is_undone),
        cmocka_unit_test(no_verb_is_left_out),
        WORLD_TEST(merging_shows_both_and_lets_all_read),
        WORLD_TEST(a_chain_of_merges_ends_where_it_ends),
        WORLD_TEST(customers_say_who_belongs_together),
        WORLD_TEST(a_split_message_has_its_own_ticket),
        WORLD_TEST(an_undone_split_leads_back),
        WORLD_TEST(an_accepted_stranger_takes_part_and_his_ticket_goes_in),
        WORLD_TEST(a_strangers_ticket_that_has_become_something_stays),
        WORLD_TEST(a_party_keeps_his_number),
        WORLD_TEST(what_was_suppressed_for_a_while_is_so_again),
        WORLD_TEST(who_is_blocked_already_can_be_closed_so),
        WORLD_TEST(undo_has_a_window),
        WORLD_TEST(undo_takes_ones_own_last_change_of_the_ticket),
        WORLD_TEST(through_a_ticket_only_its_receipts_are_undone),
        WORLD_TEST(what_changed_since_is_not_undone),
        WORLD_TEST(a_part_that_is_refused_takes_all_back),
    };
    return cmocka_run_group_tests_name("core_act", tests, NULL, NULL);
}
