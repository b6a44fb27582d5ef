/* intake: one mail along the line. intake() at the end of the file is the whole story; what stands above it is each step. */
#include "core/intake.h"

#include "core/evidence.h"

#include "base/clock.h"
#include "core/clocks.h"
#include "core/converse.h"
#include "desk/cc.h"
#include "mail/address.h"
#include "mail/quote.h"
#include "mail/tidy.h"
#include "store/due.h"
#include "store/people.h"
#include "store/view.h"

/* Octets of one record of the DNS that are kept: a key of 4,096 bits is shorter. */
#define INTAKE_RECORD_MAX 1000u

/* Letters of ours whose words are known again in an answer on their ticket. */
#define INTAKE_LETTERS_MAX 10u

/* How long an address that bounced hard gets no automatic letter. */
#define INTAKE_SUPPRESS (30 * CLOCK_DAY)

static const struct config_mailbox *mailbox_of(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->mailbox_count; i++)
        if (str_eq(config->mailboxes[i].settings.name, name))
            return &config->mailboxes[i];
    return NULL;
}

/* The desk as this mailbox sees it: its own default queue. */
static struct desk desk_of(const struct intake *intake, const struct raw *raw)
{
    struct desk desk = intake->config->desk;
    const struct config_mailbox *mailbox = mailbox_of(intake->config, raw->mailbox);
    if (mailbox != NULL && mailbox->queue.n > 0)
        desk.default_queue = mailbox->queue;
    return desk;
}

/* ---- placement: what the clues lead to -------------------------------------------------------------------------------- */

static bool place(const struct intake *intake, struct line *line, const struct desk *desk, struct err *err)
{
    bool seen = false;
    int64_t before = 0;
    size_t count = 0;
    struct candidate *candidates = arena_array(line->arena, EVIDENCE_MAX, sizeof *candidates);
    if (!store_has_octets(intake->store, line->raw.sha256, &seen, &before, err) || !evidence_look_up(intake, line, desk, candidates, &count, err))
        return false;
    place_decide(line->arena, desk, &line->message, &line->sender, intake->now, &line->clues, candidates, count, seen, before, &line->placement);
    return true;
}

/* A stranger's reply opens a ticket of its own beside being shown on the other. */
static bool opens_ticket(const struct placement *placement)
{
    return placement->placed == PLACED_NEW || placement->placed == PLACED_PROPOSED;
}

/* ---- the answer's budget ---------------------------------------------------------------------------------------------- */

static bool spent_by(const struct intake *intake, const struct budget_limit *limits, size_t count, struct str address, struct str domain,
                     uint32_t *spent, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!store_spent(intake->store, address, domain, intake->now - limits[i].span, limits[i].count, &spent[i], err))
            return false;
    return true;
}

/* The breaker's state is its last event: looked up once a transaction, then kept up. */
static bool breaker_is_open(const struct intake *intake, bool *open, struct err *err)
{
    struct intake_memo *memo = intake->memo;
    int64_t opened = 0, closed = 0;
    if (memo != NULL && memo->looked) {
        *open = memo->open;
        return true;
    }
    if (!store_last_event(intake->store, STR("breaker-opened"), &opened, err) || !store_last_event(intake->store, STR("breaker-closed"), &closed, err))
        return false;
    *open = opened > closed;
    if (memo != NULL) {
        memo->looked = true;
        memo->open = *open;
    }
    return true;
}

/* The breaker stays open until the flow has fallen to half its limit, so that it does not flap. */
static bool breaker(const struct intake *intake, const struct budget_settings *budget, uint32_t *all, struct err *err)
{
    const struct budget_limit *most = &budget->breaker;
    bool open = false;
    if (most->count == 0)
        return true;
    if (!breaker_is_open(intake, &open, err) ||
        !store_spent(intake->store, STR(""), STR(""), intake->now - most->span, open ? most->count / 2 : most->count, all, err))
        return false;
    if (open && *all > most->count / 2 && *all < most->count)
        *all = most->count;
    return true;
}

static bool spent(const struct intake *intake, const struct line *line, const struct budget_settings *budget, struct answer_spent *out, struct err *err)
{
    struct str to = line->sender.address;
    if (to.n == 0 || !opens_ticket(&line->placement))
        return true;
    return store_suppressed(intake->store, to, intake->now, &out->suppressed, err) &&
           spent_by(intake, budget->recipient, budget->recipient_count, to, STR(""), out->recipient, err) &&
           spent_by(intake, budget->domain, budget->domain_count, STR(""), address_domain(to), out->domain, err) &&
           breaker(intake, budget, &out->all, err);
}

/* Nothing leads to a ticket, but its sender has one open where he said the very same within a day: a machine that repeats itself, a mail sent twice. Tickets do
 * not multiply. */
static bool join_repeated(const struct intake *intake, struct line *line, struct err *err)
{
    const struct placement *p = &line->placement;
    int64_t ticket = 0;
    if (p->placed != PLACED_NEW || p->linked != 0 || line->sender.address.n == 0 || line->message.fresh.n == 0)
        return true;
    if (!store_find_repeated(intake->store, line->sender.address, line->message.subject, line->message.fresh, line->raw.internal_date - CLOCK_DAY, &ticket, err))
        return false;
    if (ticket != 0)
        line->placement = (struct placement){.placed = PLACED_APPENDED,
                                             .ticket = ticket,
                                             .evidence = STR("repeat"),
                                             .why = arena_printf(line->arena, "the same sender wrote the same on ticket %lld within a day", (long long)ticket)};
    return true;
}

/* ---- whose mail it is -------------------------------------------------------------------------------------------------------- */

/* An agent passed it on: the customer in it is the sender (whom nothing proves), what he wrote is the message. */
static void take_for_customer(const struct intake *intake, struct line *line)
{
    struct message *m = &line->message;
    const struct forwarded *forwarded = &line->as_read.forwarded;
    line->as_read = line->message;
    int64_t known = 0, letter = 0;
    struct err ignored = {0};
    line->sender = (struct sender){.address = address_canonical(line->arena, forwarded->from.addr),
                                   .name = forwarded->from.name,
                                   .proof = line->sender.part_why,
                                   .part = PART_ON_BEHALF,
                                   .part_why = line->sender.part_why,
                                   .passed_by = line->sender.agent};
    if (forwarded->message_id.n > 0 && store_find_message_id(intake->store, forwarded->message_id, &known, &letter, &ignored))
        line->placement.linked = known;
    struct address *from = arena_array(line->arena, 1, sizeof *from);
    *from = forwarded->from;
    m->from = (struct address_list){from, 1};
    m->cc = m->reply_to = (struct address_list){0};
    m->subject = forwarded->subject.n > 0 ? forwarded->subject : line->clues.bare_subject;
    m->text = m->fresh = forwarded->text;
    m->message_id = forwarded->message_id;
    m->references = forwarded->references;
    m->in_reply_to = (struct str_list){0};
}

static void cast(const struct intake *intake, struct line *line)
{
    const struct desk *desk = &intake->config->desk;
    order_read(line->arena, desk->prefixes, desk->prefix_count, line->message.fresh, &line->order);
    part_decide(line->arena, &line->message, &line->order, &line->clues, &line->sender, &line->placement);
    if (line->sender.part == PART_ON_BEHALF)
        take_for_customer(intake, line);
}

/* ---- judging ------------------------------------------------------------------------------------------------------------ */

/* What an agent's mail without his proof opens, waits. */
static void hold_unproven(struct line *line)
{
    if (line->sender.part != PART_HELD)
        return;
    line->verdict.hold = true;
    line->verdict.set_aside_why = line->sender.part_why;
}

bool intake_judge(const struct intake *intake, struct line *line, struct err *err)
{
    struct desk desk = desk_of(intake, &line->raw);
    struct answer_spent budget = {0};
    place_clues(line->arena, &desk, intake->keys, &line->message, &line->clues);
    if (!evidence_tokens(intake, line, err))
        return false;
    authority_sender(line->arena, &desk, &line->message, line->clues.tokens, line->clues.token_count, &line->sender);
    if (!place(intake, line, &desk, err) || !join_repeated(intake, line, err))
        return false;
    cast(intake, line);
    struct rules_facts facts = {&line->raw, &line->message, &line->sender, &line->placement, line->customer.name, line->customer.plan};
    rules_decide(intake->config->rules, line->arena, &desk, &facts, &line->hits, &line->verdict);
    hold_unproven(line);
    if (!spent(intake, line, &desk.budget, &budget, err))
        return false;
    answer_decide(line->arena, &desk, &line->raw, &line->message, &line->sender, &line->placement, &budget, &line->verdict, &line->breaker_opened);
    return true;
}

/* ---- filing ------------------------------------------------------------------------------------------------------------- */

static bool is_automatic(const struct message *message)
{
    return message->kind != MESSAGE_PERSON && message->kind != MESSAGE_LIST;
}

static void name_outcome(struct line *line)
{
    static const enum outcome by_place[] = {
        [PLACED_NEW] = OUTCOME_OPENED,  [PLACED_APPENDED] = OUTCOME_APPENDED,   [PLACED_PROPOSED] = OUTCOME_PROPOSED, [PLACED_REPORT] = OUTCOME_BOUNCE,
        [PLACED_OWN] = OUTCOME_OWN, [PLACED_DUPLICATE] = OUTCOME_DUPLICATE, [PLACED_ASIDE] = OUTCOME_AUTOMATIC,
        [PLACED_ACTED] = OUTCOME_APPENDED, [PLACED_ASKED] = OUTCOME_APPENDED, [PLACED_HELD] = OUTCOME_HELD,
    };
    enum outcome outcome = by_place[line->placement.placed];
    struct str reason = line->placement.why;
    if (outcome == OUTCOME_APPENDED && is_automatic(&line->message))
        outcome = OUTCOME_AUTOMATIC;
    if (outcome == OUTCOME_OPENED && line->raw.truncated) {
        outcome = OUTCOME_OVERSIZE;
        reason = arena_printf(line->arena, "%llu octets, over the limit; headers and beginning are kept, the rest stays on the server",
                              (unsigned long long)line->raw.size);
    }
    if (opens_ticket(&line->placement) && (line->verdict.hold || line->verdict.ignore)) {
        outcome = line->verdict.ignore ? OUTCOME_REFUSED : OUTCOME_HELD;
        reason = line->verdict.set_aside_why;
    }
    if (line->sender.part != PART_CUSTOMER)
        reason = line->sender.part_why;
    line->filed.outcome = outcome;
    line->filed.reason = reason;
}

/* When the first answer by a human is due; 0: never. */
static int64_t due_of(const struct intake *intake, const struct line *line)
{
    return line->raw.backfill ? 0 : clocks_first(&intake->config->desk, line->customer.plan, line->verdict.severity, line->raw.internal_date);
}

/* Is there more to be computed of a new ticket than when its first answer is due? */
static bool has_more_clocks(const struct intake *intake, const struct line *line)
{
    const struct desk *desk = &intake->config->desk;
    if (line->raw.backfill || !opens_ticket(&line->placement))
        return false;
    return desk->escalation_count > 0 || desk_target(desk, line->customer.plan, line->verdict.severity, DESK_RESOLVE).span > 0;
}

static bool file_it(const struct intake *intake, struct line *line, struct err *err)
{
    struct str hash = rules_hash(intake->config->rules);
    name_outcome(line);
    return store_file(intake->store, &line->raw, &line->message, &line->sender, &line->placement, &line->verdict, arena_text(line->arena, hash), due_of(intake, line), &line->filed,
                      err) &&
           (!has_more_clocks(intake, line) || store_due_later(intake->store, line->filed.ticket, err));
}

/* Whom a customer's mail brings along. What is only proposed brings nobody. */
static bool add_parties(const struct intake *intake, struct line *line, struct err *err)
{
    struct desk desk = desk_of(intake, &line->raw);
    struct cc_party *list = NULL;
    size_t count = 0;
    enum placed placed = line->placement.placed;
    bool person = line->message.kind == MESSAGE_PERSON && line->sender.agent.n == 0;
    if (line->filed.message == 0 || !person || (placed != PLACED_NEW && placed != PLACED_APPENDED))
        return true;
    cc_parties(line->arena, &desk, cc_policy_of(&desk, line->customer.cc), &line->sender, &line->message, &list, &count);
    for (size_t i = 0; i < count; i++) {
        bool added = false;
        if (!store_party_add(intake->store, line->filed.ticket, list[i].address, list[i].name, list[i].role, &added, err))
            return false;
    }
    return true;
}

/* A hard bounce of a letter of ours, from an address that letter went to, stops automatic letters to it for a while. A report about anything else is a note. */
static bool suppress_bounced(const struct intake *intake, struct line *line, struct err *err)
{
    const struct report *report = &line->message.report;
    struct letter_row letter = {0};
    struct recipient_row *recipients = NULL;
    struct str octets = {0};
    size_t count = 0;
    bool went_there = false;
    if (line->placement.letter == 0 || line->message.kind != MESSAGE_BOUNCE || !report->hard || report->recipient.n == 0)
        return true;
    struct str address = address_canonical(line->arena, report->recipient);
    if (!view_letter(intake->store, line->arena, line->placement.letter, &letter, &octets, &recipients, &count, err))
        return false;
    for (size_t i = 0; i < count && !went_there; i++)
        went_there = str_eq(address_canonical(line->arena, recipients[i].address), address);
    struct str reason = arena_printf(line->arena, "bounced: %.*s", STR_ARG(report->status));
    return !went_there || store_suppress(intake->store, address, reason, intake->now, intake->now + INTAKE_SUPPRESS, err);
}

/* The names a verdict on the sender rests on, with what the DNS said then: it may say otherwise tomorrow. */
static bool record_answers(const struct intake *intake, struct line *line, struct err *err)
{
    static const char *const said[] = {[DNS_FOUND] = "", [DNS_NONE] = "no such record", [DNS_TROUBLE] = "no answer"};
    struct buf detail = {0};
    if (!line->message.origin.checked || line->filed.ticket == 0)
        return true;
    buf_str(&detail, line->message.origin.why);
    for (size_t i = 0; i < line->answer_count; i++) {
        const struct dns_answer *answer = &line->answers[i];
        buf_printf(&detail, "; %.*s: %s", STR_ARG(answer->name), said[answer->status]);
        for (size_t k = 0; k < answer->count; k++) {
            struct str text = tidy_line(line->arena, answer->records[k], INTAKE_RECORD_MAX);
            buf_printf(&detail, "%s\"%.*s\"", k > 0 ? ", " : "", STR_ARG(text));
        }
    }
    bool good = store_event(intake->store, line->filed.ticket, STR("triaged"), STR("dns asked"), arena_str(line->arena, buf_view(&detail)), intake->now, err);
    buf_free(&detail);
    return good;
}

/* What could not be understood is a ticket all the same: the raw mail is on it. */
static bool file_unread(const struct intake *intake, struct line *line, struct err *err)
{
    struct desk desk = desk_of(intake, &line->raw);
    line->placement = (struct placement){.placed = PLACED_NEW, .evidence = STR("none"), .why = line->trouble};
    line->verdict = (struct verdict){.queue = desk.default_queue,
                                     .kind = STR("incident"),
                                     .severity = desk.default_severity,
                                     .answer_why = STR("the message could not be read"),
                                     .language = desk.languages[0]};
    line->filed.outcome = OUTCOME_QUARANTINED;
    line->filed.reason = line->trouble;
    return store_file(intake->store, &line->raw, NULL, NULL, &line->placement, &line->verdict, "", due_of(intake, line), &line->filed, err) &&
           store_due_later(intake->store, line->filed.ticket, err);
}

/* ---- letters ------------------------------------------------------------------------------------------------------------ */

static struct str relay_of(const struct intake *intake, const struct raw *raw)
{
    const struct config_mailbox *mailbox = mailbox_of(intake->config, raw->mailbox);
    if (mailbox != NULL && mailbox->relay.n > 0)
        return mailbox->relay;
    return intake->config->relay_count > 0 ? intake->config->relays[0].name : STR("");
}

/* When the first human response is due, in words of the customer's zone, else the desk's; "" when nothing is promised. */
static struct str due_text(const struct intake *intake, struct line *line)
{
    int64_t due = due_of(intake, line);
    char text[64] = "";
    bool own = line->customer.timezone.n > 0 && due != 0 && clock_local(due, arena_text(line->arena, line->customer.timezone), text);
    if (due == 0 || (!own && !clock_local_in(due, intake->config->desk.zone, text)))
        return STR("");
    return arena_str(line->arena, str_of(text));
}

static bool compose(const struct intake *intake, struct line *line, int64_t party, int64_t letter, struct err *err)
{
    struct answer_facts facts = {.ticket = line->filed.ticket,
                                 .party = party,
                                 .letter = letter,
                                 .now = intake->now,
                                 .opened = line->raw.internal_date,
                                 .due_text = due_text(intake, line)};
    if (!answer_compose(line->arena, &intake->config->desk, &intake->config->templates, intake->keys, &line->message, &line->sender, &line->verdict,
                        &facts, &line->letter, err))
        return false;
    line->letter.relay = relay_of(intake, &line->raw);
    return true;
}

static bool acknowledge(const struct intake *intake, struct line *line, struct err *err)
{
    int64_t letter = 0, party = 0;
    if (!line->verdict.answer)
        return true;
    if (!store_letter_id(intake->store, &letter, err) || !store_party(intake->store, line->filed.ticket, line->sender.address, &party, err) ||
        !compose(intake, line, party, letter, err) ||
        !store_letter_add(intake->store, &line->letter, line->filed.ledger, intake->now, false, err))
        return false;
    line->filed.letter = letter;
    line->wrote = true;
    return true;
}

/* The breaker's opening is told once, to the operator; its closing is only noted. */
static bool tell_breaker(const struct intake *intake, struct line *line, struct err *err)
{
    const struct desk *desk = &intake->config->desk;
    int64_t id = 0;
    bool open = false;
    if (!breaker_is_open(intake, &open, err))
        return false;
    if (open == line->breaker_opened || (!line->breaker_opened && !line->verdict.answer))
        return true;
    struct str kind = line->breaker_opened ? STR("breaker-opened") : STR("breaker-closed");
    struct str text = arena_printf(line->arena,
                                   "More than %u automatic answers were due within %lld minutes. Tickets go on being opened; nobody is answered\n"
                                   "automatically until the flow has fallen to half of that. See: triagectl log\n",
                                   desk->budget.breaker.count, (long long)(desk->budget.breaker.span / CLOCK_MINUTE));
    if (!store_event(intake->store, 0, STR("triaged"), kind, text, intake->now, err))
        return false;
    if (intake->memo != NULL)
        intake->memo->open = line->breaker_opened;
    if (!line->breaker_opened || desk->budget.operator_address.n == 0)
        return true;
    struct letter alarm = {0};
    if (!store_letter_id(intake->store, &id, err) ||
        !answer_alarm(line->arena, desk, STR("Automatic answers are suspended"), text, id, intake->now, &alarm, err))
        return false;
    alarm.relay = relay_of(intake, &line->raw);
    return store_letter_add(intake->store, &alarm, 0, intake->now, false, err);
}

bool intake_preview(const struct intake *intake, struct line *line, struct err *err)
{
    return !line->verdict.answer || compose(intake, line, 0, 0, err);
}

bool intake_again(const struct intake *intake, struct line *line, int64_t ledger, struct err *err)
{
    struct desk desk = desk_of(intake, &line->raw);
    struct rules_facts facts = {&line->raw, &line->message, &line->sender, &line->placement, line->customer.name, line->customer.plan};
    if (!line->understood)
        return err_set(err, ERR_ITEM, "%.*s", STR_ARG(line->trouble));
    line->placement = (struct placement){.placed = PLACED_NEW, .evidence = STR("none"), .why = STR("read again from quarantine")};
    authority_sender(line->arena, &desk, &line->message, NULL, 0, &line->sender);
    rules_decide(intake->config->rules, line->arena, &desk, &facts, &line->hits, &line->verdict);
    line->verdict.answer_why = line->placement.why;
    return store_refile(intake->store, ledger, &line->message, &line->sender, &line->verdict,
                        arena_text(line->arena, rules_hash(intake->config->rules)), intake->now, err);
}

/* A view only: the text stays. Read again here because the reader knows no letter of ours. An agent may say again what was said before: his words
 * are all meant. */
static bool view_fresh(const struct intake *intake, struct line *line, struct err *err)
{
    struct str *letters = NULL;
    size_t count = 0;
    int64_t ticket = line->placement.ticket;
    if (ticket == 0 || line->sender.agent.n > 0 || (line->placement.placed != PLACED_APPENDED && line->placement.placed != PLACED_PROPOSED))
        return true;
    if (!view_sent_texts(intake->store, line->arena, ticket, INTAKE_LETTERS_MAX, &letters, &count, err))
        return false;
    line->message.fresh = quote_without_own(line->arena, line->message.fresh, letters, count, &line->message.fresh_cut);
    return true;
}

bool intake(const struct intake *intake, struct line *line, struct err *err)
{
    if (!line->understood)
        return file_unread(intake, line, err) && converse(intake, line, err);
    return intake_judge(intake, line, err) && view_fresh(intake, line, err) && file_it(intake, line, err) && evidence_keep(intake, line, err) &&
           record_answers(intake, line, err) && add_parties(intake, line, err) && suppress_bounced(intake, line, err) && acknowledge(intake, line, err) && converse_bounced(intake, line, err) &&
           converse(intake, line, err) && tell_breaker(intake, line, err);
}
