/* change_split: a message goes its own way, or a stranger's comes in. A message that is split off opens a ticket of its author's, linked to the old; replies to it
 * lead there from then on. One that is accepted is part of the conversation, and the ticket it had opened meanwhile goes into this one. */
#include "change.h"

#include "mail/address.h"

#include <inttypes.h>

static struct str number_text(struct changing *c, int64_t number)
{
    return arena_printf(c->arena, "%" PRId64, number);
}

/* ---- split: "last" or a message's number; after: the new ticket ---- */

static bool is_alone(struct changing *c, bool *alone)
{
    int64_t count = 0;
    bool good = sql_number(c->store, SQL_COUNT_INCOMING, CELLS(cell_int(c->ticket)), &count, c->err);
    *alone = count < 2;
    return good;
}

/* The message, what leads to it, and the octets' own note of where they led. */
static bool move_message(struct changing *c, const struct message_facts *m, int64_t to)
{
    return sql_run(c->store, SQL_MESSAGE_MOVE, CELLS(cell_int(to), cell_int(m->id)), c->err) && mark_wait(c->store, to, c->err) &&
           sql_run(c->store, SQL_MESSAGE_ID_MOVE, CELLS(cell_int(to), cell_text(m->message_id)), c->err) &&
           sql_run(c->store, SQL_RAW_MOVE, CELLS(cell_int(to), cell_int(m->id)), c->err);
}

/* The new ticket has the old one's queue, severity and kind, and its own clock: from when the message came. */
static bool open_like(struct changing *c, int64_t ticket, const struct message_facts *m)
{
    static const struct {
        struct str field;
        enum sql get;
    } copied[] = {{{"queue", 5}, SQL_VALUE_QUEUE}, {{"severity", 8}, SQL_VALUE_SEVERITY}, {{"kind", 4}, SQL_VALUE_KIND}, {{"state", 5}, SQL_VALUE_STATE}};
    struct str because = arena_printf(c->arena, "split from ticket %" PRId64, c->ticket);
    if (!sql_run(c->store, SQL_TICKET_LIKE, CELLS(cell_int(ticket), cell_text(m->subject), cell_int(m->at), cell_int(c->now), cell_int(c->ticket)), c->err) || !due_wait(c->store, ticket, c->err))
        return false;
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        bool found = false;
        if (!sql_find(c->store, copied[i].get, CELLS(cell_int(ticket)), &found, c->err))
            return false;
        struct str value = found ? sql_str(c->store, c->arena, copied[i].get, 0) : STR("");
        sql_end(c->store, copied[i].get);
        if (!change_explain(c, ticket, copied[i].field, value, because))
            return false;
    }
    return true;
}

/* Its author is whose matter it is. */
static bool add_author(struct changing *c, int64_t ticket, const struct message_facts *m)
{
    if (m->sender.n == 0)
        return true;
    return sql_run(c->store, SQL_PARTY_ADD, CELLS(cell_int(ticket), cell_text(m->sender), cell_text(m->sender_name), cell_text(STR("requester"))), c->err) &&
           customer_follows(c, ticket, m->sender);
}

bool split_make(struct changing *c, struct str value, struct made *made)
{
    struct message_facts m;
    bool alone = false;
    if (!message_facts(c, value, false, &m) || !is_alone(c, &alone))
        return false;
    if (alone)
        return err_set(c->err, ERR_ITEM, "message M-%lld is all the ticket has: nothing would be left", (long long)m.id);
    int64_t ticket = c->store->next.ticket++;
    made->after = number_text(c, ticket);
    made->extra = m.id;
    return open_like(c, ticket, &m) && add_author(c, ticket, &m) && move_message(c, &m, ticket) &&
           sql_run(c->store, SQL_LINK_ADD, CELLS(cell_int(c->ticket), cell_int(ticket), cell_int(c->now)), c->err) &&
           store_event(c->store, ticket, c->actor, STR("opened"), arena_printf(c->arena, "split from %" PRId64, c->ticket), c->now, c->err);
}

/* Nothing else has come to the new ticket, and nobody put it elsewhere. */
bool split_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct ticket_facts facts = {0};
    int64_t ticket = 0, incoming = 0, there = 0;
    change_number(made->after, &ticket);
    bool good = ticket_facts(c, ticket, &facts) && sql_number(c->store, SQL_COUNT_INCOMING, CELLS(cell_int(ticket)), &incoming, c->err) &&
                sql_number(c->store, SQL_MESSAGE_TICKET, CELLS(cell_int(made->extra)), &there, c->err);
    *stands = facts.merged_into == 0 && there == ticket && incoming == 1;
    return good;
}

/* The empty ticket goes into the old one, so that answers to what was sent from it still lead to the message. */
bool split_back(struct changing *c, const struct made *made)
{
    struct message_facts m;
    int64_t ticket = 0, old = c->ticket;
    struct str id = number_text(c, made->extra);
    change_number(made->after, &ticket);
    c->ticket = ticket;
    bool good = message_facts(c, id, false, &m);
    c->ticket = old;
    return good && move_message(c, &m, old) && sql_run(c->store, SQL_LINK_DROP, CELLS(cell_int(old), cell_int(ticket)), c->err) &&
           ticket_state(c->store, ticket, STR("closed"), c->now, c->err) &&
           sql_run(c->store, SQL_SET_MERGED, CELLS(cell_int(old), cell_int(ticket)), c->err) &&
           change_explain(c, ticket, STR("state"), STR("closed"), STR("the split was undone")) &&
           store_event(c->store, ticket, c->actor, STR("merged"), number_text(c, old), c->now, c->err);
}

/* ---- accept: "last" or a message's number ---- */

/* The ticket it opened for its author goes into this one, unless it has become something. */
static bool take_in(struct changing *c, int64_t opened)
{
    struct ticket_facts facts;
    int64_t others = 0;
    if (opened == 0 || opened == c->ticket)
        return true;
    if (!ticket_facts(c, opened, &facts) || !sql_number(c->store, SQL_COUNT_HELD, CELLS(cell_int(opened)), &others, c->err))
        return false;
    if (facts.id == 0 || facts.merged_into != 0 || others > 1)
        return true;
    bool was = c->related;
    c->related = true; /* somebody has just said so */
    bool good = change_part(c, opened, STR("merged"), number_text(c, c->ticket));
    c->related = was;
    return good;
}

bool accept_make(struct changing *c, struct str value, struct made *made)
{
    struct message_facts m;
    struct str role = STR("");
    if (!message_facts(c, value, true, &m) || !party_role(c, c->ticket, m.sender, &role))
        return false;
    bool takes_part = role.n > 0 && !str_eq(role, STR("suggested"));
    made->after = number_text(c, m.id);
    made->extra = m.id;
    return (takes_part || !address_usable(m.sender) || change_part(c, c->ticket, STR("party"), arena_printf(c->arena, "+%.*s", STR_ARG(m.sender)))) &&
           sql_run(c->store, SQL_SET_PROPOSED, CELLS(cell_int(0), cell_int(m.id)), c->err) && mark_wait(c->store, c->ticket, c->err) && take_in(c, m.opened);
}

bool accept_stands(struct changing *c, const struct made *made, bool *stands)
{
    int64_t there = 0;
    bool good = sql_number(c->store, SQL_MESSAGE_ACCEPTED, CELLS(cell_int(made->extra)), &there, c->err);
    *stands = there == c->ticket;
    return good;
}

bool accept_back(struct changing *c, const struct made *made)
{
    return sql_run(c->store, SQL_SET_PROPOSED, CELLS(cell_int(1), cell_int(made->extra)), c->err);
}
