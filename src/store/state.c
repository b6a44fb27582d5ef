/* state: changes of a ticket's state that nobody asked for by hand. */
#include "sql.h"

static bool set_open(struct store *store, int64_t ticket, struct str actor, struct str why, const char *event, int64_t now, struct err *err)
{
    struct provenance of = {.ticket = ticket, .at = now, .actor = actor};
    struct value value = {.field = STR("state"), .text = STR("open"), .because = why};
    return ticket_state(store, ticket, STR("open"), now, err) &&
           provenance_add(store, &of, &value, 0, err) && store_event(store, ticket, actor, str_of(event), why, now, err);
}

bool store_reopen(struct store *store, int64_t ticket, struct str actor, struct str why, int64_t now, struct err *err)
{
    return sql_step(store, err) && sql_step_end(store, set_open(store, ticket, actor, why, "reopened", now, err), err);
}

bool store_begun(struct store *store, int64_t ticket, struct str actor, struct str why, int64_t now, struct err *err)
{
    bool found = false, is_new = false;
    if (!sql_find(store, SQL_VALUE_STATE, CELLS(cell_int(ticket)), &found, err))
        return false;
    if (found)
        is_new = str_eq(sql_octets(store, SQL_VALUE_STATE, 0), STR("new"));
    sql_end(store, SQL_VALUE_STATE);
    return !is_new || (sql_step(store, err) && sql_step_end(store, set_open(store, ticket, actor, why, "begun", now, err), err));
}
