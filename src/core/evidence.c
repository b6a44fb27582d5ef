/* evidence: see evidence.h. Each clue is one search or two; nothing is weighed here. */
#include "core/evidence.h"

#include "base/clock.h"
#include "mail/provider.h"
#include "mail/address.h"
#include "store/people.h"

/* Within which the same Message-ID from the same sender is the same mail. */
#define TWIN_SPAN CLOCK_DAY

struct gathering {
    const struct intake *intake;
    struct line *line;
    struct candidate *list;
    size_t count;
    struct err *err;
};

/* ---- tokens ------------------------------------------------------------------------------------------------------------------ */

bool evidence_tokens(const struct intake *intake, struct line *line, struct err *err)
{
    struct clues *clues = &line->clues;
    size_t kept = 0, addressed = 0;
    for (size_t i = 0; i < clues->token_count; i++) {
        struct token token = clues->tokens[i];
        bool revoked = false;
        if (!store_token_revoked(intake->store, &token, &revoked, err) || !store_merged(intake->store, token.ticket, &token.ticket, err))
            return false;
        if (revoked)
            continue;
        addressed += i < clues->addressed_count ? 1 : 0;
        clues->tokens[kept++] = token;
    }
    clues->voided = clues->token_count - kept;
    clues->token_count = kept;
    clues->addressed_count = addressed;
    return true;
}

/* ---- candidates --------------------------------------------------------------------------------------------------------------- */

static bool is_party(struct gathering *g, int64_t ticket, bool *is, struct err *err)
{
    int64_t party = 0;
    if (*is || g->line->sender.address.n == 0)
        return true;
    if (!store_party(g->intake->store, ticket, g->line->sender.address, &party, err))
        return false;
    *is = party != 0;
    return true;
}

/* A public provider's domain says nothing about who belongs together. */
static bool shares_domain(struct str a, struct str b)
{
    struct str domain = address_domain(a);
    return domain.n > 0 && str_eq(domain, address_domain(b)) && !provider_is_public(domain);
}

static bool add_candidate(struct gathering *g, int64_t asked, int64_t letter, const char *by, struct str clue)
{
    struct ticket_state state = {0};
    struct candidate c = {.asked = asked, .letter = letter, .by = str_of(by), .clue = clue};
    if (asked == 0 || g->count == EVIDENCE_MAX)
        return true;
    if (!store_merged(g->intake->store, asked, &c.ticket, g->err) || !store_ticket(g->intake->store, g->line->arena, c.ticket, &state, g->err))
        return false;
    if (state.id == 0)
        return true;
    if (!is_party(g, c.ticket, &c.is_party, g->err) || (asked != c.ticket && !is_party(g, asked, &c.is_party, g->err)))
        return false;
    c.closed = str_eq(state.state, STR("closed"));
    c.closed_at = state.closed_at;
    c.same_customer = state.customer != 0 && state.customer == g->line->customer.id;
    c.same_domain = shares_domain(g->line->sender.address, state.requester);
    c.bare_subject = state.subject;
    g->list[g->count++] = c;
    return true;
}

static bool by_tokens(struct gathering *g)
{
    const struct clues *clues = &g->line->clues;
    for (size_t i = 0; i < clues->token_count; i++) {
        struct str clue = arena_printf(g->line->arena, "%lld", (long long)clues->tokens[i].ticket);
        if (!add_candidate(g, clues->tokens[i].ticket, 0, "token", clue))
            return false;
    }
    return true;
}

static bool by_references(struct gathering *g)
{
    for (size_t i = 0; i < g->line->clues.ids.count; i++) {
        int64_t ticket = 0, letter = 0;
        struct str id = g->line->clues.ids.list[i];
        if (!store_find_message_id(g->intake->store, id, &ticket, &letter, g->err) || !add_candidate(g, ticket, letter, "reference", id))
            return false;
    }
    return true;
}

static bool by_numbers(struct gathering *g, bool former)
{
    const struct clues *clues = &g->line->clues;
    for (size_t i = 0; i < clues->number_count; i++) {
        const struct other_number *n = &clues->numbers[i];
        int64_t ticket = 0;
        if ((n->rule.n == 0) != former)
            continue;
        struct str clue = former ? n->number : arena_printf(g->line->arena, "%.*s %.*s", STR_ARG(n->source), STR_ARG(n->number));
        if (!store_other_number(g->intake->store, n->source, n->number, &ticket, g->err) || !add_candidate(g, ticket, 0, former ? "former" : "partner", clue))
            return false;
    }
    return true;
}

static bool by_tag(struct gathering *g)
{
    int64_t tag = g->line->clues.tag;
    return add_candidate(g, tag, 0, "tag", arena_printf(g->line->arena, "%lld", (long long)tag));
}

/* ---- numbers of other desks ------------------------------------------------------------------------------------------------------ */

static void find_numbers(struct gathering *g, const struct desk *desk)
{
    struct line *line = g->line;
    struct clues *clues = &line->clues;
    static const struct placement unplaced = {.placed = PLACED_NEW};
    struct rules_facts facts = {&line->raw, &line->message, &line->sender, &unplaced, line->customer.name, line->customer.plan};
    rules_partners(g->intake->config->rules, line->arena, desk, &facts, &line->hits, EVIDENCE_NUMBERS_MAX - 1, &clues->numbers, &clues->number_count);
    if (clues->former.n == 0)
        return;
    struct other_number *more = arena_array(line->arena, EVIDENCE_NUMBERS_MAX, sizeof *more);
    for (size_t i = 0; i < clues->number_count; i++)
        more[i] = clues->numbers[i];
    more[clues->number_count++] = (struct other_number){.source = STR("former"), .number = clues->former};
    clues->numbers = more;
}

/* ---- the same Message-ID --------------------------------------------------------------------------------------------------------- */

static bool is_same_sender(const struct line *line, const struct twin_row *row)
{
    return line->sender.address.n > 0 && str_eq(line->sender.address, row->sender);
}

static bool find_twin(struct gathering *g)
{
    struct line *line = g->line;
    struct twin *twin = &line->clues.twin;
    struct twin_row row = {0};
    if (line->message.message_id.n == 0)
        return true;
    if (!store_twin(g->intake->store, line->arena, line->message.message_id, line->raw.mailbox, &row, g->err))
        return false;
    if (row.message == 0)
        return true;
    int64_t apart = line->raw.received > row.received ? line->raw.received - row.received : row.received - line->raw.received;
    bool same = is_same_sender(line, &row) && apart <= TWIN_SPAN, here = str_eq(row.mailbox, line->raw.mailbox);
    *twin = (struct twin){.ticket = row.ticket, .opened = row.opened, .acknowledged = row.acknowledged, .here = row.here, .mailbox = row.mailbox};
    twin->elsewhere = same && !here;
    twin->copy = same && here && str_eq(row.subject, line->message.subject) && str_eq(row.text, line->message.text);
    if (!same || (here && !twin->copy))
        line->message.defects |= MESSAGE_SAME_ID;
    return store_merged(g->intake->store, row.ticket, &twin->ticket, g->err);
}

/* ---- the whole -------------------------------------------------------------------------------------------------------------------- */

bool evidence_look_up(const struct intake *intake, struct line *line, const struct desk *desk, struct candidate *list, size_t *count, struct err *err)
{
    struct gathering g = {.intake = intake, .line = line, .list = list, .err = err};
    find_numbers(&g, desk);
    bool good = (line->sender.address.n == 0 || store_customer_of(intake->store, line->arena, line->sender.address, &line->customer, err)) && find_twin(&g) &&
                by_tokens(&g) && by_references(&g) && by_numbers(&g, false) && by_tag(&g) && by_numbers(&g, true);
    *count = g.count;
    return good;
}

/* A number that leads somewhere already is moved only by those whom it led: to the ticket that goes on from the old one. */
static bool may_take(const struct line *line, int64_t known)
{
    return known == 0 || (line->placement.placed == PLACED_NEW && line->placement.linked == known && str_eq(line->placement.evidence, STR("partner")));
}

bool evidence_keep(const struct intake *intake, const struct line *line, struct err *err)
{
    if (line->filed.ticket == 0 || line->filed.message == 0 || line->placement.placed == PLACED_REPORT)
        return true;
    for (size_t i = 0; i < line->clues.number_count; i++) {
        const struct other_number *n = &line->clues.numbers[i];
        int64_t known = 0;
        if (n->rule.n == 0)
            continue;
        if (!store_other_number(intake->store, n->source, n->number, &known, err))
            return false;
        if (may_take(line, known) && !store_other_number_put(intake->store, n->source, n->number, line->filed.ticket, err))
            return false;
    }
    return true;
}
