/* change_party: who is on a ticket, changed by hand. Nobody is ever taken off for good: a party's number stands in his tokens, so it must not become somebody
 * else's. Who takes no part any more counts as suggested. */
#include "change.h"

#include "mail/address.h"

#include <inttypes.h>

static bool write_role(struct changing *c, struct str address, const char *role)
{
    return sql_run(c->store, SQL_PARTY_ROLE_PUT, CELLS(cell_int(c->ticket), cell_text(address), cell_text(STR("")), cell_text(str_of(role))), c->err);
}

static bool is_address(struct changing *c, struct str address)
{
    return address_usable(address) || err_set(c->err, ERR_ITEM, "\"%.*s\" is no mail address", STR_ARG(address));
}

/* ---- participants: "+address" or "-address" ---- */

static bool may_join(struct changing *c, struct str address, struct str role)
{
    return role.n == 0 || str_eq(role, STR("suggested")) ||
           err_set(c->err, ERR_ITEM, "%.*s %s already", STR_ARG(address), str_eq(role, STR("requester")) ? "is the requester" : "takes part");
}

static bool may_leave(struct changing *c, struct str address, struct str role)
{
    if (str_eq(role, STR("requester")))
        return err_set(c->err, ERR_ITEM, "%.*s is the requester; to make it the matter of somebody else: customer ADDRESS", STR_ARG(address));
    return str_eq(role, STR("participant")) || err_set(c->err, ERR_ITEM, "%.*s takes no part anyway", STR_ARG(address));
}

bool party_make(struct changing *c, struct str value, struct made *made)
{
    bool join = str_starts(value, STR("+"));
    struct str address = str_sub(value, 1, value.n), role = STR("");
    if (!join && !str_starts(value, STR("-")))
        return err_set(c->err, ERR_ITEM, "party cannot be \"%.*s\", expected +ADDRESS or -ADDRESS", STR_ARG(value));
    if (!is_address(c, address) || !party_role(c, c->ticket, address, &role))
        return false;
    if (!(join ? may_join(c, address, role) : may_leave(c, address, role)))
        return false;
    made->before = arena_printf(c->arena, "%c%.*s", join ? '-' : '+', STR_ARG(address));
    made->after = value;
    return write_role(c, address, join ? "participant" : "suggested");
}

bool party_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct str role = STR("");
    bool good = party_role(c, c->ticket, str_sub(made->after, 1, made->after.n), &role);
    *stands = str_starts(made->after, STR("+")) ? str_eq(role, STR("participant")) : role.n == 0 || str_eq(role, STR("suggested"));
    return good;
}

bool party_back(struct changing *c, const struct made *made)
{
    return write_role(c, str_sub(made->before, 1, made->before.n), str_starts(made->before, STR("+")) ? "participant" : "suggested");
}

/* ---- the requester ---- */

/* What the one who is the requester now was before. */
enum was { WAS_NOBODY = 1, WAS_PARTICIPANT };


static bool read_requester(struct changing *c, struct str *address)
{
    struct ticket_facts facts;
    bool good = ticket_facts(c, c->ticket, &facts);
    *address = facts.requester;
    return good;
}

bool requester_make(struct changing *c, struct str value, struct made *made)
{
    struct str role = STR("");
    if (!is_address(c, value) || !read_requester(c, &made->before) || !party_role(c, c->ticket, value, &role))
        return false;
    if (str_eq(made->before, value))
        return err_set(c->err, ERR_ITEM, "%.*s is the requester already", STR_ARG(value));
    made->after = value;
    made->extra = str_eq(role, STR("participant")) ? WAS_PARTICIPANT : WAS_NOBODY;
    return (made->before.n == 0 || write_role(c, made->before, "participant")) && write_role(c, value, "requester") && customer_follows(c, c->ticket, value);
}

bool requester_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct str address = STR("");
    bool good = read_requester(c, &address);
    *stands = str_eq(address, made->after);
    return good;
}

bool requester_back(struct changing *c, const struct made *made)
{
    return write_role(c, made->after, made->extra == WAS_PARTICIPANT ? "participant" : "suggested") &&
           (made->before.n == 0 || write_role(c, made->before, "requester")) && customer_follows(c, c->ticket, made->before);
}

/* ---- no automatic mail to him any more ---- */

/* "UNTIL SINCE REASON" of an entry there was before, to be put back. */
static bool read_entry(struct changing *c, struct str address, struct str *entry, bool *for_good)
{
    enum sql q = SQL_SUPPRESSION_OF;
    bool found = false;
    *for_good = false;
    if (!sql_find(c->store, q, CELLS(cell_text(address)), &found, c->err))
        return false;
    *entry = !found ? STR("")
                    : arena_printf(c->arena, "%" PRId64 " %" PRId64 " %.*s", sql_int(c->store, q, 0), sql_int(c->store, q, 1), STR_ARG(sql_octets(c->store, q, 2)));
    *for_good = found && sql_int(c->store, q, 0) == 0;
    sql_end(c->store, q);
    return true;
}

bool blocked_make(struct changing *c, struct str value, struct made *made)
{
    bool for_good = false;
    if (value.n == 0 && !read_requester(c, &value))
        return false;
    if (value.n == 0)
        return err_set(c->err, ERR_ITEM, "the ticket has no requester to be blocked");
    if (!is_address(c, value) || !read_entry(c, value, &made->before, &for_good))
        return false;
    if (for_good)
        return err_set(c->err, ERR_ITEM, "%.*s gets no automatic mail already", STR_ARG(value));
    made->after = value;
    struct str reason = arena_printf(c->arena, "blocked by %.*s, receipt %.*s", STR_ARG(c->actor), STR_ARG(c->receipt));
    return sql_run(c->store, SQL_SUPPRESS, CELLS(cell_text(value), cell_text(reason), cell_int(c->now), cell_int(0)), c->err);
}

bool blocked_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct str entry = STR(""), address = made->after;
    return (address.n > 0 || read_requester(c, &address)) && read_entry(c, address, &entry, stands);
}

bool blocked_back(struct changing *c, const struct made *made)
{
    struct str rest = made->before, until = STR(""), since = STR("");
    uint64_t until_ms = 0, since_ms = 0;
    if (!str_cut(&rest, ' ', &until) || !str_cut(&rest, ' ', &since) || !str_u64(until, &until_ms) || !str_u64(since, &since_ms))
        return sql_run(c->store, SQL_SUPPRESS_DROP, CELLS(cell_text(made->after)), c->err);
    return sql_run(c->store, SQL_SUPPRESS, CELLS(cell_text(made->after), cell_text(rest), cell_int((int64_t)since_ms), cell_int((int64_t)until_ms)), c->err);
}
