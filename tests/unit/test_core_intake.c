/* The line from octets to what is on record, over a real store: what each kind of mail becomes, who is answered, and that everything says why. */
#include "core_fixture.h"

#include "base/clock.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct str first_mail(struct core_fixture *f, const char *from, const char *subject, const char *id)
{
    return core_mail(f, "From: Jo Meier <%s>\nTo: support@contoso.example\nSubject: %s\nMessage-ID: <%s>\nDate: Mon, 21 Sep 2026 10:00:00 +0200\n\nIt stopped at noon.\n", from,
                     subject, id);
}

static void assert_outcome(const struct line *line, enum outcome wanted)
{
    if (line->filed.outcome != wanted)
        fail_msg("outcome %s (%.*s) instead of %s", outcome_name(line->filed.outcome), STR_ARG(line->filed.reason), outcome_name(wanted));
}

static int64_t letters(struct core_fixture *f)
{
    return core_count(f, "SELECT COUNT(*) FROM letter");
}

/* ---- placing --------------------------------------------------------------------------------------------------------------- */

static void a_new_mail_opens_a_ticket_and_is_answered(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    core_file_mail(f, first_mail(f, "jo@fabrikam.example", "Gateway de-7 is down", "one@fabrikam.example"), &line);
    assert_outcome(&line, OUTCOME_OPENED);
    assert_true(line.filed.ticket > 0 && line.filed.letter > 0 && line.filed.ledger > 0 && line.filed.message > 0);
    assert_text(line.verdict.queue, "network");
    assert_int_equal(line.verdict.severity, 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND queue = 'network' AND severity = 'B' AND requester = 'jo@fabrikam.example' AND due = %lld",
                                (long long)line.filed.ticket, (long long)(T0 + 4 * CLOCK_HOUR)), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE ticket = %lld AND address = 'jo@fabrikam.example' AND state = 'queued' AND next_at <= %lld AND relay = 'default'",
                                (long long)line.filed.ticket, (long long)f->now), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ledger WHERE outcome = 'opened' AND answer = 'sent' AND uid = 1 AND settled_at = 0"), 1);
    assert_holds(line.letter.octets, "Auto-Submitted: auto-replied\r\n");
    assert_int_equal(str_find(line.letter.octets, STR("de-7")), -1); /* nothing of an unproven sender's words */
}

static void every_value_has_its_provenance(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    core_file_mail(f, first_mail(f, "jo@fabrikam.example", "Gateway de-7 is down", "one@fabrikam.example"), &line);
    assert_true(line.verdict.value_count >= 7); /* queue impact urgency field tag severity kind */
    static const char *const columns[] = {"kind", "queue", "severity", "impact", "urgency"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) /* what the ticket has, the last row of its provenance says */
        assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket t WHERE t.%s = (SELECT value FROM v_provenance p WHERE p.ticket = t.id AND p.field = '%s' ORDER BY id DESC LIMIT 1)",
                                    columns[i], columns[i]), 1);
    assert_int_equal(core_count(f, "SELECT (SELECT COUNT(*) FROM tag) + (SELECT COUNT(*) FROM field)"), 2);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_provenance WHERE rule = '' AND because = ''"), 0);
    for (size_t i = 0; i < line.verdict.value_count; i++) {
        const struct value *v = &line.verdict.values[i];
        if (core_count(f, "SELECT COUNT(*) FROM v_provenance WHERE field = '%.*s' AND value = '%.*s' AND rule = '%.*s'", STR_ARG(v->field), STR_ARG(v->text), STR_ARG(v->rule)) != 1)
            fail_msg("no provenance of %.*s = %.*s", STR_ARG(v->field), STR_ARG(v->text));
    }
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_provenance WHERE field = 'field.gateway' AND value = 'de-7' AND rule = 'gateway' AND line > 0 AND source = 'subject' AND matched = 'de-7' AND first_char = 9 AND last_char = 12 AND ruleset <> ''"), 1);
    static const char *const always[] = {"queue", "severity", "kind"};
    core_file_mail(f, first_mail(f, "mia@fabrikam.example", "Printer", "two@fabrikam.example"), &line);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        assert_true(core_count(f, "SELECT COUNT(*) FROM v_provenance WHERE ticket = %lld AND field = '%s' AND because <> ''", (long long)line.filed.ticket, always[i]) > 0);
}

/* What the customer's mail program makes of our acknowledgement. */
static struct str header_of(struct core_fixture *f, struct str octets, const char *name)
{
    struct message m = {0};
    message_read(f->arena, octets, &(struct message_context){0}, &m);
    const struct header_field *field = message_header(&m, str_of(name));
    assert_non_null(field);
    return field->value;
}

static struct line open_one(struct core_fixture *f)
{
    struct line line;
    core_file_mail(f, first_mail(f, "jo@fabrikam.example", "Printer jams", "one@fabrikam.example"), &line);
    assert_outcome(&line, OUTCOME_OPENED);
    return line;
}

static void a_reply_to_the_tokens_address_joins(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), reply;
    struct str to = header_of(f, first.letter.octets, "Reply-To");
    assert_true(str_find(to, STR("support+")) >= 0);
    core_file_mail(f, core_mail(f, "From: jo@private.example\nTo: %.*s\nSubject: something else\nMessage-ID: <r1@private.example>\n\nAs said on the telephone.\n", STR_ARG(to)), &reply);
    assert_outcome(&reply, OUTCOME_APPENDED);
    assert_int_equal(reply.filed.ticket, first.filed.ticket);
    assert_text(reply.placement.evidence, "token");
    assert_int_equal(reply.filed.letter, 0);
    assert_text(reply.verdict.answer_why, "not a new ticket");
    assert_int_equal(letters(f), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ledger WHERE outcome = 'appended' AND answer = 'withheld' AND answer_why = 'not a new ticket'"), 1);
}

/* Some programs quote without any mark. What we wrote is on record: those lines are no news, and stay in the text. */
static void our_own_words_in_a_reply_are_not_new(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), reply;
    struct str to = header_of(f, first.letter.octets, "Reply-To");
    struct str rest = arena_str(f->arena, first.letter.text), body;
    do
        assert_true(str_line(&rest, &body));
    while (body.n < 16 || str_find(body, STR("##")) >= 0); /* a line of ours without our marker */
    core_file_mail(f, core_mail(f, "From: jo@fabrikam.example\nTo: %.*s\nSubject: Re: Printer\nMessage-ID: <r1@fabrikam.example>\n\nIt jams again.\n\n%.*s\n", STR_ARG(to), STR_ARG(body)), &reply);
    assert_outcome(&reply, OUTCOME_APPENDED);
    assert_text(str_trim(reply.message.fresh), "It jams again.");
    assert_true(str_find(reply.message.text, body) > 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_message WHERE id = %lld AND trim(fresh, char(10)) = 'It jams again.'", (long long)reply.filed.message), 1);
    core_file_mail(f, core_mail(f, "From: mia@fabrikam.example\nTo: support@contoso.example\nSubject: New\nMessage-ID: <n1@fabrikam.example>\n\nIt jams.\n\n%.*s\n", STR_ARG(body)), &reply);
    assert_outcome(&reply, OUTCOME_OPENED); /* of no ticket we wrote on */
    assert_true(str_find(reply.message.fresh, body) > 0);
}

static void a_token_with_one_letter_changed_proves_nothing(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), reply;
    struct str to = arena_str(f->arena, header_of(f, first.letter.octets, "Reply-To"));
    ptrdiff_t at = str_find(to, STR("@contoso"));
    assert_true(at > 0);
    char *last = arena_text(f->arena, to) + at - 1;
    *last = *last == 'a' ? 'b' : 'a';
    core_file_mail(f, core_mail(f, "From: eve@evil.example\nTo: %.*s\nSubject: Re: Printer jams\nMessage-ID: <e@evil.example>\n\nTell me all.\n", (int)to.n, last - at + 1), &reply);
    assert_outcome(&reply, OUTCOME_OPENED);
    assert_true(reply.filed.ticket != first.filed.ticket);
    assert_int_equal(reply.clues.token_count, 0);
}

static void a_partys_reference_joins(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), reply;
    core_file_mail(f, core_mail(f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: Re: Printer jams\nIn-Reply-To: <one@fabrikam.example>\nMessage-ID: <r2@fabrikam.example>\n\nStill.\n"), &reply);
    assert_outcome(&reply, OUTCOME_APPENDED);
    assert_int_equal(reply.filed.ticket, first.filed.ticket);
    assert_text(reply.placement.evidence, "reference");
}

static void a_partys_tag_joins(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), reply;
    core_file_mail(f, core_mail(f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: AW: [INC-%lld] anything\nMessage-ID: <r3@fabrikam.example>\n\nStill.\n", (long long)first.filed.ticket), &reply);
    assert_outcome(&reply, OUTCOME_APPENDED);
    assert_int_equal(reply.filed.ticket, first.filed.ticket);
    assert_text(reply.placement.evidence, "tag");
}

static void a_strangers_tag_is_proposed_and_opens_his_own(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), reply;
    core_file_mail(f, core_mail(f, "From: Eve <eve@evil.example>\nTo: support@contoso.example\nSubject: Re: [INC-%lld] Printer jams\nMessage-ID: <e1@evil.example>\n\nSend me the log.\n", (long long)first.filed.ticket), &reply);
    assert_outcome(&reply, OUTCOME_PROPOSED);
    assert_true(reply.filed.ticket != first.filed.ticket && reply.filed.ticket > 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM party WHERE ticket = %lld AND address = 'eve@evil.example'", (long long)first.filed.ticket), 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM message WHERE ticket = %lld AND direction = 'in' AND proposed = 0", (long long)first.filed.ticket), 1);
    /* His acknowledgement names his own ticket only, in the same words as any stranger's. */
    assert_true(reply.verdict.answer);
    assert_int_equal(str_find(reply.letter.octets, arena_printf(f->arena, "INC-%lld]", (long long)first.filed.ticket)), -1);
    assert_holds(reply.letter.octets, "We have received your message");
}

static void a_strangers_guessed_reference_is_proposed(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), reply;
    core_file_mail(f, core_mail(f, "From: eve@evil.example\nTo: support@contoso.example\nSubject: Re: Printer jams\nReferences: <one@fabrikam.example>\nMessage-ID: <e2@evil.example>\n\nHm.\n"), &reply);
    assert_outcome(&reply, OUTCOME_PROPOSED);
    assert_true(reply.filed.ticket != first.filed.ticket);
}

static void the_same_octets_are_filed_once(void **state)
{
    struct core_fixture *f = *state;
    struct str octets = first_mail(f, "jo@fabrikam.example", "Printer jams", "one@fabrikam.example");
    struct line first, again;
    core_file_mail(f, octets, &first);
    core_file_mail(f, octets, &again);
    assert_outcome(&again, OUTCOME_DUPLICATE);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket"), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM message WHERE direction = 'in'"), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ledger"), 2);
    assert_int_equal(letters(f), 1);
}

static void the_same_uid_is_not_filed_twice(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    struct raw raw = core_raw(f, first_mail(f, "jo@fabrikam.example", "Printer jams", "one@fabrikam.example"));
    core_file(f, &raw, &line);
    const struct intake context = {.store = f->store, .config = f->config, .keys = &f->keys, .now = f->now};
    struct raw other = core_raw(f, first_mail(f, "jo@fabrikam.example", "Another", "two@fabrikam.example"));
    other.uid = raw.uid;
    core_read(f, &other, &line);
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_mark(f->store, &f->err));
    assert_false(intake(&context, &line, &f->err));
    assert_int_equal(f->err.kind, ERR_ITEM);
    assert_holds(str_of(f->err.text), "already on record");
    store_undo(f->store);
    assert_good(store_commit(f->store, &f->err));
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket"), 1);
}

/* Whatever is done wrong above it, the file itself takes a UID once. */
static void the_file_itself_refuses_a_second_row_of_a_uid(void **state)
{
    static const char insert[] = "INSERT INTO ledger SELECT id + 1, folder, uid_validity, uid, at, internal_date, size, raw, outcome, reason, ticket, message, message_id, sender, subject,"
                                 " answer, answer_why, backfill, settled_at, hidden, marked FROM ledger";
    struct core_fixture *f = *state;
    sqlite3 *db = NULL;
    open_one(f);
    assert_int_equal(sqlite3_open_v2(core_path(f, "state/triaged.db"), &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, insert, NULL, NULL, NULL), SQLITE_CONSTRAINT);
    assert_string_equal(sqlite3_errmsg(db), "UNIQUE constraint failed: ledger.folder, ledger.uid_validity, ledger.uid");
    sqlite3_close(db);
}

/* Counted in place of the system's own: the engine below calls these. */
static int synced;

int fsync(int fd)
{
    synced++;
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    synced++;
    return (int)syscall(SYS_fdatasync, fd);
}

static void what_is_committed_is_on_the_disk(void **state)
{
    struct core_fixture *f = *state;
    const struct intake context = {.store = f->store, .config = f->config, .keys = &f->keys, .now = f->now};
    struct line line;
    open_one(f); /* the first commit may have more to sync */
    struct raw raw = core_raw(f, first_mail(f, "mia@fabrikam.example", "Scanner", "two@fabrikam.example"));
    core_read(f, &raw, &line);
    assert_good(store_begin(f->store, &f->err));
    assert_good(intake(&context, &line, &f->err));
    int before = synced;
    assert_good(store_commit(f->store, &f->err));
    assert_true(synced > before);
}

/* ---- who is answered --------------------------------------------------------------------------------------------------------- */

static void automatic_mail_is_not_answered(void **state)
{
    static const struct {
        const char *header;
        enum outcome outcome;
    } rows[] = {
        {"Auto-Submitted: auto-replied", OUTCOME_AUTOMATIC}, {"X-Autoreply: yes", OUTCOME_AUTOMATIC}, {"Auto-Submitted: auto-generated", OUTCOME_OPENED},
        {"Precedence: bulk", OUTCOME_OPENED}, {"List-Id: <news.fabrikam.example>", OUTCOME_OPENED}, {"Return-Path: <>", OUTCOME_OPENED},
    };
    struct core_fixture *f = *state;
    struct line line;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        core_file_mail(f, core_mail(f, "%s\nFrom: robot%zu@fabrikam.example\nTo: support@contoso.example\nSubject: Status\nMessage-ID: <a%zu@fabrikam.example>\n\nAll is well.\n", rows[i].header, i, i), &line);
        if (line.verdict.answer || line.filed.letter != 0)
            fail_msg("%s: answered", rows[i].header);
        if (rows[i].outcome == OUTCOME_AUTOMATIC && line.filed.outcome != OUTCOME_AUTOMATIC)
            fail_msg("%s: %s", rows[i].header, outcome_name(line.filed.outcome));
        assert_true(line.verdict.answer_why.n > 0);
        assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ledger WHERE uid = %u AND answer = 'withheld' AND answer_why <> ''", f->uid), 1);
    }
    assert_int_equal(letters(f), 0);
}

static struct str bounce_of(struct core_fixture *f, const char *id, const char *whom, const char *status)
{
    return core_mail(f, "Return-Path: <>\nFrom: MAILER-DAEMON@mx.fabrikam.example\nTo: support@contoso.example\nSubject: Undelivered Mail Returned to Sender\n"
                        "Message-ID: <b%u@mx.fabrikam.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
                        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.fabrikam.example\n\n"
                        "Final-Recipient: rfc822; %s\nAction: failed\nStatus: %s\n\n--b\nContent-Type: text/rfc822-headers\n\n"
                        "From: support@contoso.example\nMessage-ID: <%s>\n\n--b--\n", f->uid, whom, status, id);
}

static int64_t suppressed(struct core_fixture *f)
{
    return core_count(f, "SELECT COUNT(*) FROM suppression WHERE address = 'jo@fabrikam.example'");
}

static void a_bounce_of_our_letter_lands_on_its_ticket(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), bounce;
    const char *id = arena_text(f->arena, first.letter.message_id);
    core_file_mail(f, bounce_of(f, id, "jo@fabrikam.example", "4.2.2"), &bounce);
    assert_outcome(&bounce, OUTCOME_BOUNCE);
    assert_int_equal(suppressed(f), 0); /* not for good */
    core_file_mail(f, bounce_of(f, id, "somebody@fabrikam.example", "5.1.1"), &bounce);
    assert_outcome(&bounce, OUTCOME_BOUNCE);
    assert_int_equal(suppressed(f), 0); /* not whom we wrote to */
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM suppression"), 0);
    core_file_mail(f, bounce_of(f, id, "jo@fabrikam.example", "5.1.1"), &bounce);
    assert_int_equal(suppressed(f), 1);
    assert_outcome(&bounce, OUTCOME_BOUNCE);
    assert_int_equal(bounce.filed.ticket, first.filed.ticket);
    assert_int_equal(bounce.placement.letter, first.filed.letter);
    assert_int_equal(bounce.filed.letter, 0);
    assert_int_equal(letters(f), 1);
}

static void a_forged_bounce_is_only_a_note(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    open_one(f);
    core_file_mail(f, bounce_of(f, "never.ours@contoso.example", "jo@fabrikam.example", "5.1.1"), &line);
    assert_outcome(&line, OUTCOME_BOUNCE);
    assert_int_equal(line.filed.ticket, 0);
    assert_int_equal(suppressed(f), 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket"), 1);
}

static void our_own_mail_come_back_opens_nothing(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), own;
    core_file_mail(f, first.letter.octets, &own);
    assert_outcome(&own, OUTCOME_OWN);
    assert_int_equal(own.filed.letter, 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket"), 1);
    assert_int_equal(letters(f), 1);
}

static void backfill_is_not_answered(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    struct raw raw = core_raw(f, first_mail(f, "jo@fabrikam.example", "Gateway de-7 is down", "one@fabrikam.example"));
    raw.backfill = true;
    core_file(f, &raw, &line);
    assert_outcome(&line, OUTCOME_OPENED);
    assert_int_equal(line.filed.letter, 0);
    assert_holds(line.verdict.answer_why, "backfill");
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket WHERE due = 0"), 1);
}

static void rules_and_queues_withhold_the_answer(void **state)
{
    static const struct {
        const char *subject, *why;
        enum outcome outcome;
    } rows[] = {
        {"no answer please: printer", "no-ack", OUTCOME_OPENED},
        {"Casino for you", "casino", OUTCOME_REFUSED},
        {"Invoice attached", "suspect", OUTCOME_HELD},
    };
    struct core_fixture *f = *state;
    struct line line;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        core_file_mail(f, first_mail(f, "jo@fabrikam.example", rows[i].subject, arena_text(f->arena, arena_printf(f->arena, "w%zu@fabrikam.example", i))), &line);
        assert_outcome(&line, rows[i].outcome);
        assert_holds(line.verdict.answer_why, rows[i].why);
        if (rows[i].outcome != OUTCOME_OPENED)
            assert_holds(line.filed.reason, rows[i].why);
    }
    struct raw raw = core_raw(f, first_mail(f, "jo@fabrikam.example", "A price", "w9@fabrikam.example"));
    raw.mailbox = STR("sales");
    core_file(f, &raw, &line);
    assert_text(line.verdict.queue, "billing");
    assert_holds(line.verdict.answer_why, "queue billing");
    assert_int_equal(letters(f), 0);
}

static void a_strangers_reply_is_held_and_ignored_as_well(void **state)
{
    struct core_fixture *f = *state;
    struct line first = open_one(f), line;
    core_file_mail(f, core_mail(f, "From: eve@evil.example\nTo: support@contoso.example\nSubject: Re: [INC-%lld] casino\nMessage-ID: <e3@evil.example>\n\nHm.\n", (long long)first.filed.ticket), &line);
    assert_outcome(&line, OUTCOME_REFUSED);
    assert_int_equal(line.filed.letter, 0);
}

static void our_own_address_and_no_address_are_not_answered(void **state)
{
    static const char *const froms[] = {"From: support@contoso.example\n", "From: help+x@contoso.example\n", "", "From: a@fabrikam.example\nFrom: b@fabrikam.example\n",
                                        "From: a@fabrikam.example, b@fabrikam.example\n"};
    struct core_fixture *f = *state;
    struct line line;
    for (size_t i = 0; i < sizeof froms / sizeof *froms; i++) {
        core_file_mail(f, core_mail(f, "%sTo: support@contoso.example\nSubject: Hello\nMessage-ID: <f%zu@fabrikam.example>\n\nHello.\n", froms[i], i), &line);
        if (line.verdict.answer)
            fail_msg("row %zu: answered", i);
    }
    assert_int_equal(letters(f), 0);
}

/* ---- budgets and the breaker -------------------------------------------------------------------------------------------------- */

static void file_from(struct core_fixture *f, const char *from, struct line *line)
{
    core_file_mail(f, first_mail(f, from, arena_text(f->arena, arena_printf(f->arena, "Printer %u jams", f->uid)), arena_text(f->arena, arena_printf(f->arena, "m%u@%s", f->uid, from))), line);
}

/* A robot that answers everything, with nothing of ours left in its mails. */
static void who_repeats_himself_stays_on_one_ticket(void **state)
{
    struct core_fixture *f = *state;
    struct line line, other;
    core_file_mail(f, first_mail(f, "robot@fabrikam.example", "Printer jams", "one@fabrikam.example"), &line);
    assert_outcome(&line, OUTCOME_OPENED);
    f->now += CLOCK_HOUR;
    core_file_mail(f, first_mail(f, "robot@fabrikam.example", "Printer jams", "two@fabrikam.example"), &other);
    assert_outcome(&other, OUTCOME_APPENDED);
    assert_int_equal(other.filed.ticket, line.filed.ticket);
    assert_text(other.placement.evidence, "repeat");
    core_file_mail(f, first_mail(f, "robot@fabrikam.example", "Scanner jams", "three@fabrikam.example"), &other); /* another matter */
    assert_outcome(&other, OUTCOME_OPENED);
    core_file_mail(f, first_mail(f, "jo@fabrikam.example", "Printer jams", "four@fabrikam.example"), &other); /* somebody else */
    assert_outcome(&other, OUTCOME_OPENED);
    f->now += CLOCK_DAY;
    core_file_mail(f, first_mail(f, "robot@fabrikam.example", "Printer jams", "five@fabrikam.example"), &other); /* another day */
    assert_outcome(&other, OUTCOME_OPENED);
}

static void the_third_mail_within_an_hour_is_not_answered(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    core_budget(f, "budget { recipient 2/h; domain 1000/h; global 1000/15min }\n");
    for (int i = 0; i < 2; i++) {
        file_from(f, "jo@fabrikam.example", &line);
        assert_true(line.filed.letter != 0);
        f->now += CLOCK_MINUTE;
    }
    file_from(f, "jo@fabrikam.example", &line);
    assert_outcome(&line, OUTCOME_OPENED);
    assert_int_equal(line.filed.letter, 0);
    assert_holds(line.verdict.answer_why, "budget");
    file_from(f, "mia@fabrikam.example", &line); /* another one's budget is untouched */
    assert_true(line.filed.letter != 0);
    f->now += CLOCK_HOUR;
    file_from(f, "jo@fabrikam.example", &line);
    assert_true(line.filed.letter != 0);
}

static void a_domain_has_its_budget(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    core_budget(f, "budget { recipient 100/h; domain 2/h; global 1000/15min }\n");
    file_from(f, "a@fabrikam.example", &line);
    file_from(f, "b@fabrikam.example", &line);
    file_from(f, "c@fabrikam.example", &line);
    assert_int_equal(line.filed.letter, 0);
    assert_holds(line.verdict.answer_why, "domain");
    file_from(f, "c@northwind.example", &line);
    assert_true(line.filed.letter != 0);
}

static void the_breaker_opens_once_and_closes_when_the_flow_has_halved(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    char from[64];
    core_budget(f, "budget { recipient 100/h; domain 1000/h; global 4/15min; operator boss@contoso.example }\n");
    for (int i = 0; i < 8; i++) { /* a minute apart */
        snprintf(from, sizeof from, "p%d@fabrikam.example", i);
        file_from(f, from, &line);
        assert_int_equal(line.filed.letter != 0, i < 4);
        assert_int_equal(line.breaker_opened, i >= 4);
        assert_outcome(&line, OUTCOME_OPENED);
        f->now += CLOCK_MINUTE;
    }
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM event WHERE kind = 'breaker-opened'"), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'alarm' AND address = 'boss@contoso.example'"), 1);
    /* The first of the four is older than the span, three are left: still open. */
    f->now = T0 + 15 * CLOCK_MINUTE + CLOCK_SECOND;
    file_from(f, "p8@fabrikam.example", &line);
    assert_int_equal(line.filed.letter, 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM event WHERE kind = 'breaker-closed'"), 0);
    /* All four and the alarm are past: closed, noted once, and answered. */
    f->now = T0 + 20 * CLOCK_MINUTE + CLOCK_SECOND;
    file_from(f, "p9@fabrikam.example", &line);
    assert_true(line.filed.letter != 0);
    f->now += CLOCK_MINUTE;
    file_from(f, "p10@fabrikam.example", &line);
    assert_true(line.filed.letter != 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM event WHERE kind = 'breaker-closed'"), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'alarm'"), 1);
}

static void the_breaker_counts_within_one_transaction_too(void **state)
{
    struct core_fixture *f = *state;
    core_budget(f, "budget { recipient 100/h; domain 1000/h; global 3/15min }\n");
    struct intake_memo memo = {0};
    const struct intake context = {.store = f->store, .config = f->config, .keys = &f->keys, .now = f->now, .memo = &memo};
    int answered = 0;
    assert_good(store_begin(f->store, &f->err));
    for (int i = 0; i < 6; i++) {
        struct line line;
        char from[64];
        snprintf(from, sizeof from, "p%d@fabrikam.example", i);
        struct raw raw = core_raw(f, first_mail(f, from, "Printer jams", from));
        core_read(f, &raw, &line);
        assert_good(intake(&context, &line, &f->err));
        answered += line.filed.letter != 0;
    }
    assert_good(store_commit(f->store, &f->err));
    assert_int_equal(answered, 3);
    assert_int_equal(letters(f), 3);
}

static void a_suppressed_address_is_not_answered(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_suppress(f->store, STR("jo@fabrikam.example"), STR("it bounced"), f->now, 0, &f->err));
    assert_good(store_commit(f->store, &f->err));
    file_from(f, "jo@fabrikam.example", &line);
    assert_int_equal(line.filed.letter, 0);
    assert_holds(line.verdict.answer_why, "suppressed");
}

/* ---- what cannot be taken as it is --------------------------------------------------------------------------------------------- */

static void an_unread_mail_is_a_ticket_with_its_octets(void **state)
{
    struct core_fixture *f = *state;
    const struct intake context = {.store = f->store, .config = f->config, .keys = &f->keys, .now = f->now};
    struct str octets = core_mail(f, "From: jo@fabrikam.example\nSubject: killer\n\nboom\n");
    struct line line = {.arena = f->arena, .raw = core_raw(f, octets), .understood = false, .trouble = STR("could not be read in 3 tries")};
    struct buf stored = {0};
    assert_good(store_begin(f->store, &f->err));
    assert_good(intake(&context, &line, &f->err));
    assert_good(store_commit(f->store, &f->err));
    assert_outcome(&line, OUTCOME_QUARANTINED);
    assert_true(line.filed.ticket > 0);
    assert_int_equal(line.filed.letter, 0);
    assert_int_equal(letters(f), 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ledger WHERE outcome = 'quarantined' AND reason = 'could not be read in 3 tries' AND ticket > 0 AND answer = 'withheld'"), 1);
    assert_good(store_raw(f->store, line.filed.message, &stored, &f->err));
    assert_true(str_eq(buf_view(&stored), octets));
    buf_free(&stored);
}

static void an_oversize_mail_is_a_marked_ticket(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    struct raw raw = core_raw(f, first_mail(f, "jo@fabrikam.example", "Big", "big@fabrikam.example"));
    raw.truncated = true;
    raw.size = 60000000;
    core_file(f, &raw, &line);
    assert_outcome(&line, OUTCOME_OVERSIZE);
    assert_holds(line.filed.reason, "60000000 octets");
    assert_true(line.filed.ticket > 0);
}

static void judging_writes_nothing(void **state)
{
    struct core_fixture *f = *state;
    const struct intake context = {.store = f->store, .config = f->config, .keys = &f->keys, .now = f->now};
    struct line line;
    struct raw raw = core_raw(f, first_mail(f, "jo@fabrikam.example", "Gateway de-7 is down", "one@fabrikam.example"));
    core_read(f, &raw, &line);
    assert_good(intake_judge(&context, &line, &f->err));
    assert_good(intake_preview(&context, &line, &f->err));
    assert_true(line.verdict.answer && line.letter.octets.n > 0);
    assert_int_equal(core_count(f, "SELECT (SELECT COUNT(*) FROM ledger) + (SELECT COUNT(*) FROM ticket) + (SELECT COUNT(*) FROM letter) + (SELECT COUNT(*) FROM event)"), 0);
}

static void what_is_undone_leaves_no_letter(void **state)
{
    struct core_fixture *f = *state;
    const struct intake context = {.store = f->store, .config = f->config, .keys = &f->keys, .now = f->now};
    struct line line;
    struct raw raw = core_raw(f, first_mail(f, "jo@fabrikam.example", "Printer", "one@fabrikam.example"));
    core_read(f, &raw, &line);
    assert_good(store_begin(f->store, &f->err));
    assert_good(intake(&context, &line, &f->err));
    assert_true(line.filed.letter != 0);
    store_rollback(f->store);
    assert_int_equal(core_count(f, "SELECT (SELECT COUNT(*) FROM ledger) + (SELECT COUNT(*) FROM ticket) + (SELECT COUNT(*) FROM letter) + (SELECT COUNT(*) FROM raw)"), 0);
    core_file(f, &raw, &line); /* and again, as if it had never been */
    assert_outcome(&line, OUTCOME_OPENED);
    assert_int_equal(letters(f), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_set_up, core_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_new_mail_opens_a_ticket_and_is_answered),
        CASE(every_value_has_its_provenance),
        CASE(a_reply_to_the_tokens_address_joins),
        CASE(our_own_words_in_a_reply_are_not_new),
        CASE(a_token_with_one_letter_changed_proves_nothing),
        CASE(a_partys_reference_joins),
        CASE(a_partys_tag_joins),
        CASE(a_strangers_tag_is_proposed_and_opens_his_own),
        CASE(a_strangers_guessed_reference_is_proposed),
        CASE(the_same_octets_are_filed_once),
        CASE(the_same_uid_is_not_filed_twice),
        CASE(the_file_itself_refuses_a_second_row_of_a_uid),
        CASE(what_is_committed_is_on_the_disk),
        CASE(automatic_mail_is_not_answered),
        CASE(a_bounce_of_our_letter_lands_on_its_ticket),
        CASE(a_forged_bounce_is_only_a_note),
        CASE(our_own_mail_come_back_opens_nothing),
        CASE(backfill_is_not_answered),
        CASE(rules_and_queues_withhold_the_answer),
        CASE(a_strangers_reply_is_held_and_ignored_as_well),
        CASE(our_own_address_and_no_address_are_not_answered),
        CASE(who_repeats_himself_stays_on_one_ticket),
        CASE(the_third_mail_within_an_hour_is_not_answered),
        CASE(a_domain_has_its_budget),
        CASE(the_breaker_opens_once_and_closes_when_the_flow_has_halved),
        CASE(the_breaker_counts_within_one_transaction_too),
        CASE(a_suppressed_address_is_not_answered),
        CASE(an_unread_mail_is_a_ticket_with_its_octets),
        CASE(an_oversize_mail_is_a_marked_ticket),
        CASE(judging_writes_nothing),
        CASE(what_is_undone_leaves_no_letter),
    };
    return cmocka_run_group_tests_name("core intake", tests, NULL, NULL);
}
