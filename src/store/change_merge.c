/* change_merge: one ticket goes into another. Its messages stay where they are and are shown there; its number, tokens and Message-IDs lead there. Who was on the one reads along on
 * the other, so the two must be of one customer: else one would be shown the mails of the other. */
#include "change.h"

#include "mail/address.h"
#include "mail/provider.h"
#include "store/people.h"

#include <inttypes.h>

/* Where mail for that ticket ends up. */
static bool end_of_chain(struct changing *c, int64_t ticket, struct ticket_facts *facts)
{
    int64_t end = 0;
    return store_merged(c->store, ticket, &end, c->err) && ticket_facts(c, end, facts);
}

/* Who shares the address, the customer, or a domain that is one organisation's. */
static bool are_related(const struct ticket_facts *a, const struct ticket_facts *b)
{
    if (a->requester.n == 0 || b->requester.n == 0)
        return false;
    if (str_eq(a->requester, b->requester) || (a->customer != 0 && a->customer == b->customer))
        return true;
    struct str domain = address_domain(a->requester);
    bool two_customers = a->customer != 0 && b->customer != 0;
    return !two_customers && domain.n > 0 && str_ieq(domain, address_domain(b->requester)) && !provider_is_public(domain);
}

static bool may_merge(struct changing *c, const struct ticket_facts *from, const struct ticket_facts *into, int64_t asked)
{
    if (from->merged_into != 0)
        return err_set(c->err, ERR_ITEM, "ticket %lld went into ticket %lld already", (long long)c->ticket, (long long)from->merged_into);
    if (into->id == 0)
        return err_set(c->err, ERR_ITEM, "no ticket %lld to go into", (long long)asked);
    if (into->id == c->ticket)
        return err_set(c->err, ERR_ITEM, "ticket %lld went into this one", (long long)asked);
    return c->related || are_related(from, into) ||
           err_set(c->err, ERR_ITEM, "ticket %lld is another customer's: merged, each would be shown the other's mails; use link %lld", (long long)into->id,
                   (long long)into->id);
}

/* Who takes part here takes part there. */
static bool copy_parties(struct changing *c, int64_t into)
{
    struct party *parties = NULL;
    size_t count = 0;
    if (!store_parties(c->store, c->arena, c->ticket, &parties, &count, c->err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct str role = STR(""), address = parties[i].address;
        if (str_eq(parties[i].role, STR("suggested")) || !address_usable(address))
            continue;
        if (!party_role(c, into, address, &role))
            return false;
        bool takes_part = role.n > 0 && !str_eq(role, STR("suggested"));
        if (!takes_part && !change_part(c, into, STR("party"), arena_printf(c->arena, "+%.*s", STR_ARG(address))))
            return false;
    }
    return true;
}

static bool write_merged(struct changing *c, int64_t into)
{
    return sql_run(c->store, SQL_SET_MERGED, CELLS(cell_ref(into), cell_int(c->ticket)), c->err) && mark_wait(c->store, c->ticket, c->err);
}

bool merged_make(struct changing *c, struct str value, struct made *made)
{
    struct ticket_facts from, into;
    int64_t asked = 0;
    if (!change_number(value, &asked) || asked == c->ticket)
        return err_set(c->err, ERR_ITEM, "merged cannot be \"%.*s\", expected the number of another ticket", STR_ARG(value));
    if (!ticket_facts(c, c->ticket, &from) || !end_of_chain(c, asked, &into) || !may_merge(c, &from, &into, asked))
        return false;
    made->after = arena_printf(c->arena, "%" PRId64, into.id);
    bool closed = str_eq(from.state, STR("closed"));
    return (closed || change_part(c, c->ticket, STR("state"), STR("closed"))) && copy_parties(c, into.id) && write_merged(c, into.id) &&
           store_event(c->store, into.id, c->actor, STR("merged-from"), arena_printf(c->arena, "%" PRId64, c->ticket), c->now, c->err);
}

bool merged_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct ticket_facts facts;
    int64_t into = 0;
    bool good = ticket_facts(c, c->ticket, &facts);
    *stands = change_number(made->after, &into) && facts.merged_into == into;
    return good;
}

bool merged_back(struct changing *c, const struct made *made)
{
    int64_t into = 0;
    change_number(made->after, &into);
    return write_merged(c, 0) &&
           store_event(c->store, into, c->actor, STR("merge-undone"), arena_printf(c->arena, "%" PRId64, c->ticket), c->now, c->err);
}
