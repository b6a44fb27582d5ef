/* other: numbers of other systems, and the tickets of an earlier one: known by their number, so that importing twice is importing once. */
#include "store/people.h"

#include "sql.h"

#define IMPORTED_IDS_MAX 10000u
#define MESSAGE_ID_MAX 998u

bool store_other_number(struct store *store, struct str source, struct str number, int64_t *ticket, struct err *err)
{
    return sql_number(store, SQL_OTHER_NUMBER, CELLS(cell_text(source), cell_text(number)), ticket, err);
}

bool store_other_number_put(struct store *store, struct str source, struct str number, int64_t ticket, struct err *err)
{
    return sql_run(store, SQL_OTHER_NUMBER_PUT, CELLS(cell_text(source), cell_text(number), cell_int(ticket)), err);
}

/* ---- tickets of an earlier system ---- */

static bool is_state(struct str state)
{
    return str_eq(state, STR("new")) || str_eq(state, STR("open")) || str_eq(state, STR("pending")) || str_eq(state, STR("closed"));
}

/* When it was closed there nobody says: its window begins now, so that an answer written today still finds it. */
static bool add_ticket(struct store *store, const struct imported *imported, int64_t customer, int64_t ticket, int64_t now, struct err *err)
{
    struct str state = imported->state.n > 0 ? imported->state : STR("closed");
    bool closed = str_eq(state, STR("closed"));
    if (!is_state(state))
        return err_set(err, ERR_ITEM, "state cannot be \"%.*s\", expected new, open, pending or closed", STR_ARG(state));
    return sql_run(store, SQL_TICKET_IMPORT,
                   CELLS(cell_int(ticket), cell_text(state), cell_text(imported->queue), cell_text(imported->severity), cell_text(imported->subject),
                         cell_int(imported->opened_at > 0 ? imported->opened_at : now), cell_int(now), cell_int(closed ? now : 0), cell_ref(customer)),
                   err);
}

static bool explain_state(struct store *store, const struct imported *imported, int64_t ticket, int64_t now, struct err *err)
{
    struct provenance of = {.ticket = ticket, .at = now, .actor = STR("import")};
    struct value value = {.field = STR("state"), .text = imported->state.n > 0 ? imported->state : STR("closed"), .because = STR("imported")};
    return provenance_add(store, &of, &value, 0, err);
}

static bool add_requester(struct store *store, const struct imported *imported, int64_t ticket, struct err *err)
{
    bool added = false;
    return imported->requester.n == 0 || store_party_add(store, ticket, imported->requester, imported->requester_name, STR("requester"), &added, err);
}

static bool add_message_ids(struct store *store, const struct imported *imported, int64_t ticket, struct err *err)
{
    for (size_t i = 0; i < imported->message_ids.count && i < IMPORTED_IDS_MAX; i++) {
        struct str id = imported->message_ids.list[i];
        if (id.n > 0 && id.n <= MESSAGE_ID_MAX && !sql_run(store, SQL_MESSAGE_ID_ADD, CELLS(cell_text(id), cell_int(ticket), cell_null()), err))
            return false;
    }
    return true;
}

static bool open_imported(struct store *store, const struct imported *imported, int64_t now, int64_t *ticket, struct err *err)
{
    int64_t customer = 0;
    *ticket = store->next.ticket++;
    return customer_id(store, imported->requester, &customer, err) && add_ticket(store, imported, customer, *ticket, now, err) &&
           add_requester(store, imported, *ticket, err) && explain_state(store, imported, *ticket, now, err) &&
           store_other_number_put(store, STR("former"), imported->number, *ticket, err) &&
           store_event(store, *ticket, STR("import"), STR("imported"), imported->number, now, err);
}

static bool import_one(struct store *store, const struct imported *imported, int64_t now, int64_t *ticket, bool *fresh, struct err *err)
{
    if (imported->number.n == 0)
        return err_set(err, ERR_ITEM, "an imported ticket needs its number");
    if (!store_other_number(store, STR("former"), imported->number, ticket, err))
        return false;
    *fresh = *ticket == 0;
    return (!*fresh || open_imported(store, imported, now, ticket, err)) && add_message_ids(store, imported, *ticket, err);
}

bool store_import(struct store *store, const struct imported *imported, int64_t now, int64_t *ticket, bool *fresh, struct err *err)
{
    *ticket = 0;
    *fresh = false;
    return sql_step(store, err) && sql_step_end(store, import_one(store, imported, now, ticket, fresh, err), err);
}
