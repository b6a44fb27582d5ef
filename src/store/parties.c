/* parties: who takes part in a ticket, and what its customer's last mail needs to be answered in his thread. */
#include "store/people.h"

#include "rows.h"

#define PARTIES_MAX 10000u
#define PLACES_MAX 100000u /* tickets of one address */

static void read_party(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct party *)to = (struct party){
        .id = sql_int(store, q, 0), .address = sql_str(store, arena, q, 1), .name = sql_str(store, arena, q, 2), .role = sql_str(store, arena, q, 3)};
}

bool store_parties(struct store *store, struct arena *arena, int64_t ticket, struct party **list, size_t *count, struct err *err)
{
    const struct row_kind kind = {.read = read_party, .size = sizeof(struct party)};
    void *rows = NULL;
    bool good = rows_read(store, arena, SQL_PARTIES, CELLS(cell_int(ticket)), &kind, PARTIES_MAX, &rows, count, err);
    *list = rows;
    return good;
}

static void read_party_of(struct store *store, struct arena *arena, enum sql q, void *to)
{
    (void)arena;
    *(struct party_of *)to = (struct party_of){.party = sql_int(store, q, 0), .ticket = sql_int(store, q, 1)};
}

bool store_parties_of(struct store *store, struct arena *arena, struct str address, int64_t ticket, struct party_of **list, size_t *count, struct err *err)
{
    const struct row_kind kind = {.read = read_party_of, .size = sizeof(struct party_of)};
    void *rows = NULL;
    bool good = rows_read(store, arena, SQL_PARTIES_OF, CELLS(cell_text(address), cell_int(ticket)), &kind, PLACES_MAX, &rows, count, err);
    *list = rows;
    return good;
}

static bool is_role(struct str role)
{
    return str_eq(role, STR("requester")) || str_eq(role, STR("participant")) || str_eq(role, STR("suggested"));
}

/* One requester a ticket. */
static bool role_is_free(struct store *store, int64_t ticket, struct str address, struct str role, struct err *err)
{
    int64_t other = 0;
    if (!is_role(role))
        return err_set(err, ERR_ITEM, "a party cannot be \"%.*s\", expected requester, participant or suggested", STR_ARG(role));
    if (!str_eq(role, STR("requester")))
        return true;
    if (!sql_number(store, SQL_OTHER_REQUESTER, CELLS(cell_int(ticket), cell_text(address)), &other, err))
        return false;
    return other == 0 || err_set(err, ERR_ITEM, "ticket %lld has a requester already", (long long)ticket);
}

static bool add_party(struct store *store, int64_t ticket, struct str address, struct str name, struct str role, bool *added, struct err *err)
{
    if (!role_is_free(store, ticket, address, role, err) ||
        !sql_run(store, SQL_PARTY_ADD, CELLS(cell_int(ticket), cell_text(address), cell_text(name), cell_text(role)), err))
        return false;
    *added = sql_changed(store) > 0;
    if (*added || str_eq(role, STR("suggested")))
        return true;
    if (!sql_run(store, SQL_PARTY_RAISE, CELLS(cell_text(role), cell_int(ticket), cell_text(address)), err))
        return false;
    *added = sql_changed(store) > 0;
    return true;
}

bool store_party_add(struct store *store, int64_t ticket, struct str address, struct str name, struct str role, bool *added, struct err *err)
{
    *added = false;
    return add_party(store, ticket, address, name, role, added, err);
}

bool store_address_known(struct store *store, struct str address, bool *known, struct err *err)
{
    int64_t one = 0;
    bool good = sql_number(store, SQL_ADDRESS_KNOWN, CELLS(cell_text(address)), &one, err);
    *known = one == 1;
    return good;
}

bool store_thread(struct store *store, struct arena *arena, int64_t ticket, struct thread *thread, struct err *err)
{
    enum sql q = SQL_THREAD_OF;
    bool found = false;
    *thread = (struct thread){0};
    if (!sql_find(store, q, CELLS(cell_int(ticket)), &found, err))
        return false;
    if (found)
        *thread = (struct thread){
            .message = sql_int(store, q, 0),
            .message_id = sql_str(store, arena, q, 1),
            .subject = sql_str(store, arena, q, 2),
            .sender = sql_str(store, arena, q, 3),
            .text = sql_str(store, arena, q, 4),
            .references = sql_str(store, arena, q, 5),
            .thread_index = sql_str(store, arena, q, 6),
            .thread_topic = sql_str(store, arena, q, 7),
            .at = sql_int(store, q, 8),
        };
    sql_end(store, q);
    return true;
}
