/* wake: tickets that went into another, and those that sleep until their time comes. */
#include "store/people.h"

#include "rows.h"

#define MERGES_MAX 100u /* in a chain: a longer one is a ring */

bool store_merged(struct store *store, int64_t ticket, int64_t *into, struct err *err)
{
    int64_t next = 0;
    *into = ticket;
    for (size_t i = 0; i < MERGES_MAX; i++) {
        if (!sql_number(store, SQL_MERGED_INTO, CELLS(cell_int(*into)), &next, err))
            return false;
        if (next == 0)
            return true;
        *into = next;
    }
    return err_set(err, ERR_SETUP, "store: ticket %lld was merged in a ring", (long long)ticket);
}

bool store_waking(struct store *store, struct arena *arena, int64_t now, size_t limit, int64_t **tickets, size_t *count, struct err *err)
{
    struct ids ids = {0};
    bool good = ids_read(store, arena, SQL_WAKING, CELLS(cell_int(now), cell_int((int64_t)limit)), limit, &ids, err);
    *tickets = ids.list;
    *count = ids.count;
    return good;
}

static bool read_state(struct store *store, int64_t ticket, bool *pending, bool *closed, struct err *err)
{
    bool found = false;
    if (!sql_find(store, SQL_VALUE_STATE, CELLS(cell_int(ticket)), &found, err))
        return false;
    *pending = found && str_eq(sql_octets(store, SQL_VALUE_STATE, 0), STR("pending"));
    *closed = !found || str_eq(sql_octets(store, SQL_VALUE_STATE, 0), STR("closed"));
    sql_end(store, SQL_VALUE_STATE);
    return true;
}

static bool go_on(struct store *store, int64_t ticket, int64_t now, struct err *err)
{
    struct provenance of = {.ticket = ticket, .at = now, .actor = STR("clock")};
    struct value value = {.field = STR("state"), .text = STR("open"), .because = STR("its time has come")};
    return ticket_state(store, ticket, STR("open"), now, err) &&
           provenance_add(store, &of, &value, 0, err);
}

bool store_wake(struct store *store, int64_t ticket, int64_t now, bool *news, struct err *err)
{
    bool pending = false, closed = false;
    if (!read_state(store, ticket, &pending, &closed, err))
        return false;
    *news = !closed;
    return store_wake_at(store, ticket, 0, err) && (!pending || go_on(store, ticket, now, err)) &&
           (closed || store_event(store, ticket, STR("clock"), STR("woken"), STR("its time has come"), now, err));
}

bool store_wake_at(struct store *store, int64_t ticket, int64_t when, struct err *err)
{
    return sql_run(store, SQL_WAKE_AT, CELLS(cell_int(when), cell_int(ticket)), err) &&
           (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "no ticket %lld", (long long)ticket)) && due_wait(store, ticket, err);
}

bool store_next_wake(struct store *store, int64_t *when, struct err *err)
{
    bool found = false;
    *when = INT64_MAX;
    if (!sql_find(store, SQL_NEXT_WAKE, NULL, 0, &found, err))
        return false;
    if (found)
        *when = sql_int(store, SQL_NEXT_WAKE, 0);
    sql_end(store, SQL_NEXT_WAKE);
    return true;
}
