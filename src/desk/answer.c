/* answer: the list of refusals, in order, then the letter. Nothing that an unproven sender wrote goes into it: the variables that would carry
 * his words are empty for him, and so is the display name in To. */
#include "desk/answer.h"

#include "letters.h"
#include "rows.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/compose.h"

#include <inttypes.h>
#include <string.h>

#define MARKER_WORDS "Please reply above this line"
#define VARIABLES_MAX 100u

/* ---- whether ---- */

struct decision {
    struct arena *arena;
    const struct desk *desk;
    const struct raw *raw;
    const struct message *message;
    const struct sender *sender;
    const struct placement *placement;
    const struct answer_spent *spent;
    const struct verdict *verdict;
    bool breaker;
};

static struct str not_new(struct decision *d)
{
    if (d->placement->placed == PLACED_NEW || d->placement->placed == PLACED_PROPOSED)
        return (struct str){0};
    return d->placement->placed == PLACED_APPENDED ? STR("not a new ticket") : STR("no ticket was opened");
}

/* One mail to two mailboxes is answered once. */
static struct str answered_before(struct decision *d)
{
    if (d->placement->acknowledged == 0)
        return (struct str){0};
    return arena_printf(d->arena, "acknowledged on ticket %" PRId64 " already", d->placement->acknowledged);
}

static struct str backfill(struct decision *d)
{
    return d->raw->backfill ? STR("backfill: the mail was there before we came") : (struct str){0};
}

static struct str automatic(struct decision *d)
{
    if (d->message->answerable)
        return (struct str){0};
    return arena_printf(d->arena, "automatic: %.*s", STR_ARG(d->message->unanswerable_why));
}

static struct str no_address(struct decision *d)
{
    if (d->sender->address.n == 0)
        return d->sender->proof.n != 0 ? d->sender->proof : STR("no From address");
    if (desk_owns(d->desk, d->sender->address))
        return STR("the sender's address is our own");
    return address_usable(d->sender->address) ? (struct str){0} : STR("the From address cannot be written to");
}

static struct str unproven_agent(struct decision *d)
{
    return d->sender->part == PART_HELD ? d->sender->part_why : (struct str){0};
}

static struct str rule_says(struct decision *d)
{
    for (size_t i = 0; i < d->verdict->value_count; i++) {
        const struct value *v = &d->verdict->values[i];
        if (str_eq(v->field, STR("no-ack")))
            return arena_printf(d->arena, "rule %.*s says no-ack", STR_ARG(v->rule));
    }
    if (d->verdict->ignore || d->verdict->hold)
        return arena_printf(d->arena, "%s by %.*s", d->verdict->ignore ? "ignored" : "held", STR_ARG(d->verdict->set_aside_why));
    return (struct str){0};
}

static struct str queue_says(struct decision *d)
{
    const struct queue_settings *queue = desk_queue(d->desk, d->verdict->queue);
    if (queue == NULL || queue->acknowledge)
        return (struct str){0};
    return arena_printf(d->arena, "queue %.*s does not acknowledge", STR_ARG(queue->name));
}

static struct str suppressed(struct decision *d)
{
    return d->spent->suppressed ? STR("the address is suppressed: mail to it failed for good") : (struct str){0};
}

static struct str over_budget(struct decision *d, const char *whose, const struct budget_limit *limits, size_t count, const uint32_t *spent)
{
    for (size_t i = 0; i < count && i < BUDGET_LIMITS_MAX; i++) {
        char span[CLOCK_TEXT];
        if (spent[i] < limits[i].count)
            continue;
        clock_span_text(limits[i].span, span);
        return arena_printf(d->arena, "budget: %" PRIu32 " automatic mails to the %s within %s", limits[i].count, whose, span);
    }
    return (struct str){0};
}

static struct str recipient_budget(struct decision *d)
{
    return over_budget(d, "recipient", d->desk->budget.recipient, d->desk->budget.recipient_count, d->spent->recipient);
}

static struct str domain_budget(struct decision *d)
{
    return over_budget(d, "domain", d->desk->budget.domain, d->desk->budget.domain_count, d->spent->domain);
}

static struct str breaker(struct decision *d)
{
    char span[CLOCK_TEXT];
    const struct budget_limit *limit = &d->desk->budget.breaker;
    if (limit->count == 0 || d->spent->all < limit->count)
        return (struct str){0};
    d->breaker = true;
    clock_span_text(limit->span, span);
    return arena_printf(d->arena, "the global breaker is open: %" PRIu32 " automatic mails within %s", limit->count, span);
}

/* Each gives the reason to send nothing, or nothing. */
static struct str (*const refusals[])(struct decision *) = {not_new,    answered_before, backfill,         automatic,     no_address, unproven_agent, rule_says,
                                                            queue_says, suppressed,      recipient_budget, domain_budget, breaker};

static struct str choose_language(const struct desk *desk, struct str wanted)
{
    for (size_t i = 0; i < desk->language_count; i++) {
        if (str_ieq(desk->languages[i], wanted))
            return desk->languages[i];
    }
    return desk->language_count > 0 ? desk->languages[0] : STR("en");
}

void answer_decide(struct arena *arena, const struct desk *desk, const struct raw *raw, const struct message *message, const struct sender *sender,
                   const struct placement *placement, const struct answer_spent *spent, struct verdict *verdict, bool *breaker_reached)
{
    struct decision d = {arena, desk, raw, message, sender, placement, spent, verdict, false};
    struct str why = {0};
    for (size_t i = 0; why.n == 0 && i < sizeof refusals / sizeof refusals[0]; i++)
        why = refusals[i](&d);
    verdict->answer = why.n == 0;
    verdict->answer_why = why.n == 0 ? STR("new ticket") : why;
    verdict->language = choose_language(desk, message->language);
    *breaker_reached = d.breaker;
}

/* ---- the letter ---- */

struct variables {
    struct template_variable list[VARIABLES_MAX];
    size_t count;
};

static void put(struct variables *v, struct str name, struct str value)
{
    if (v->count < VARIABLES_MAX)
        v->list[v->count++] = (struct template_variable){name, value};
}

/* Why the severity is what it is, in words for the customer: the matrix or the cap of his plan says so; rules' names are nobody's business. */
static struct str severity_reason(const struct verdict *verdict)
{
    for (size_t i = verdict->value_count; i-- > 0;) {
        const struct value *v = &verdict->values[i];
        if (!str_eq(v->field, STR("severity")))
            continue;
        if (str_starts(v->because, STR("cap of ")))
            return v->because;
        return str_starts(v->because, STR("matrix ")) ? str_sub(v->because, strlen("matrix "), v->because.n) : (struct str){0};
    }
    return (struct str){0};
}

static void fill_variables(struct arena *arena, const struct desk *desk, const struct message *message, const struct sender *sender,
                           const struct verdict *verdict, const struct answer_facts *facts, struct str language, struct variables *v)
{
    const struct str empty = {0};
    uint8_t severity = verdict->severity < DESK_SEVERITIES ? verdict->severity : DESK_SEVERITIES - 1;
    put(v, STR("ticket"), arena_printf(arena, "%.*s-%" PRId64, STR_ARG(desk->tag), facts->ticket));
    put(v, STR("number"), arena_printf(arena, "%" PRId64, facts->ticket));
    put(v, STR("severity"), arena_printf(arena, "%c", severity_letter(severity)));
    put(v, STR("severity_name"), desk->severities[severity].name);
    put(v, STR("reason"), severity_reason(verdict));
    put(v, STR("queue"), verdict->queue);
    put(v, STR("due"), facts->due_text);
    put(v, STR("phone"), desk->severities[severity].phone);
    put(v, STR("desk"), desk->name);
    put(v, STR("address"), desk->address);
    put(v, STR("language"), language);
    put(v, STR("subject"), sender->proven ? message->subject : empty);
    put(v, STR("name"), sender->proven ? sender->name : empty);
    for (size_t i = verdict->value_count; i-- > 0 && sender->proven;) {
        if (str_starts(verdict->values[i].field, STR("field.")))
            put(v, verdict->values[i].field, verdict->values[i].text);
    }
}

static struct str_list references_of(struct arena *arena, const struct message *message, bool proven)
{
    struct str_list ids = {0};
    if (!letters_id_usable(message->message_id))
        return ids;
    for (size_t i = 0; proven && i < message->references.count; i++) {
        if (!letters_id_usable(message->references.list[i]))
            continue;
        ids.list = rows_more(arena, ids.list, ids.count, sizeof *ids.list);
        ids.list[ids.count++] = message->references.list[i];
    }
    ids.list = rows_more(arena, ids.list, ids.count, sizeof *ids.list);
    ids.list[ids.count++] = message->message_id;
    return ids;
}

/* Where it goes: From as it was written (a local part may mind its case), else in the canonical form. */
static struct address recipient_of(const struct message *message, const struct sender *sender)
{
    struct address to = {sender->proven ? sender->name : (struct str){0}, sender->address};
    if (message->from.count == 1 && address_usable(message->from.list[0].addr) && str_ieq(message->from.list[0].addr, sender->address))
        to.addr = message->from.list[0].addr;
    return to;
}

static struct str filled(struct arena *arena, struct str text, const struct variables *v, struct str first_line)
{
    struct buf out = {0};
    buf_str(&out, first_line);
    template_fill(text, v->list, v->count, &out);
    struct str result = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return result;
}

bool answer_compose(struct arena *arena, const struct desk *desk, const struct template_set *templates, const struct token_keys *keys,
                    const struct message *message, const struct sender *sender, const struct verdict *verdict, const struct answer_facts *facts,
                    struct letter *letter, struct err *err)
{
    struct str fallback = desk->language_count > 0 ? desk->languages[0] : STR("en");
    struct str name = verdict->template.n != 0 ? verdict->template : STR("ack");
    const struct template *t = template_find(templates, name, verdict->queue, verdict->language, fallback);
    struct token token = {.purpose = TOKEN_CUSTOMER, .ticket = facts->ticket, .party = facts->party};
    char text[TOKEN_TEXT_MAX];
    token_write(keys, &token, text);
    if (t == NULL || text[0] == 0)
        return err_set(err, ERR_SETUP, t == NULL ? "there is no template %.*s in language %.*s" : "there is no key for tokens (template %.*s, language %.*s)",
                       STR_ARG(name), STR_ARG(verdict->language));

    struct variables variables = {.count = 0};
    fill_variables(arena, desk, message, sender, verdict, facts, t->language, &variables);
    struct str marker = t->marker.n != 0 ? t->marker : STR(MARKER_WORDS);
    struct str first_line = arena_printf(arena, "##- %.*s -## ref:%s\n\n", STR_ARG(marker), text);
    const struct compose_field extra[] = {{STR("Auto-Submitted"), STR("auto-replied")},
                                          {STR("X-Auto-Response-Suppress"), STR("All")},
                                          {STR("Precedence"), STR("bulk")},
                                          {STR("X-Triaged-Loop"), desk->loop_id}};
    struct address to = recipient_of(message, sender);
    struct compose c = {.from = {desk->name, desk->address},
                        .to = {&to, 1},
                        .reply_to = {desk->name, letters_token_address(arena, desk->address, text)},
                        .subject = str_trim(filled(arena, t->subject, &variables, (struct str){0})),
                        .message_id = arena_printf(arena, "%s.%" PRId64 "@%.*s", text, facts->letter, STR_ARG(desk->domain)),
                        .in_reply_to = letters_id_usable(message->message_id) ? message->message_id : (struct str){0},
                        .references = references_of(arena, message, sender->proven),
                        .date = facts->now,
                        .language = t->language,
                        .text = filled(arena, t->text, &variables, first_line),
                        .extra = extra,
                        .extra_count = sizeof extra / sizeof extra[0]};
    if (!letters_fill(arena, &c, "ack", facts->letter, letter, err))
        return false;
    letter->ticket = facts->ticket;
    return true;
}

bool answer_alarm(struct arena *arena, const struct desk *desk, struct str subject, struct str text, int64_t letter, int64_t now, struct letter *out,
                  struct err *err)
{
    const struct compose_field extra[] = {{STR("Auto-Submitted"), STR("auto-generated")},
                                          {STR("X-Auto-Response-Suppress"), STR("All")},
                                          {STR("X-Triaged-Loop"), desk->loop_id}};
    struct address to = {{0}, desk->budget.operator_address};
    if (!address_usable(to.addr))
        return err_set(err, ERR_SETUP, "the operator has no address to write to");
    struct compose c = {.from = {desk->name, desk->address},
                        .to = {&to, 1},
                        .subject = subject,
                        .message_id = arena_printf(arena, "alarm.%" PRId64 ".%" PRId64 "@%.*s", letter, now, STR_ARG(desk->domain)),
                        .date = now,
                        .language = STR("en"),
                        .text = text,
                        .extra = extra,
                        .extra_count = sizeof extra / sizeof extra[0]};
    return letters_fill(arena, &c, "alarm", letter, out, err);
}
