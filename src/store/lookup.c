/* lookup: the questions placing asks. Each is one search of one index. */
#include "base/hash.h"
#include "sql.h"

bool store_has_octets(struct store *store, const uint8_t sha256[32], bool *has, int64_t *ticket, struct err *err)
{
    *ticket = 0;
    if (!sql_find(store, SQL_RAW_FIND, CELLS(cell_blob((struct str){(const char *)sha256, HASH_SIZE})), has, err))
        return false;
    if (*has)
        *ticket = sql_int(store, SQL_RAW_FIND, 1);
    sql_end(store, SQL_RAW_FIND);
    return true;
}

bool store_find_message_id(struct store *store, struct str message_id, int64_t *ticket, int64_t *letter, struct err *err)
{
    bool found = false;
    *ticket = *letter = 0;
    if (!sql_find(store, SQL_MESSAGE_ID_FIND, CELLS(cell_text(message_id)), &found, err))
        return false;
    if (found) {
        *ticket = sql_int(store, SQL_MESSAGE_ID_FIND, 0);
        *letter = sql_int(store, SQL_MESSAGE_ID_FIND, 1);
    }
    sql_end(store, SQL_MESSAGE_ID_FIND);
    return true;
}

bool store_find_repeated(struct store *store, struct str address, struct str subject, struct str fresh, int64_t since, int64_t *ticket, struct err *err)
{
    return sql_number(store, SQL_REPEATED, CELLS(cell_text(address), cell_text(subject), cell_int(since), cell_text(fresh)), ticket, err);
}

bool store_ticket(struct store *store, struct arena *arena, int64_t ticket, struct ticket_state *state, struct err *err)
{
    enum sql q = SQL_TICKET_STATE;
    bool found = false;
    *state = (struct ticket_state){0};
    if (!sql_find(store, q, CELLS(cell_int(ticket)), &found, err))
        return false;
    if (found)
        *state = (struct ticket_state){
            .id = sql_int(store, q, 0),
            .state = sql_str(store, arena, q, 1),
            .closed_at = sql_int(store, q, 2),
            .subject = sql_str(store, arena, q, 3),
            .queue = sql_str(store, arena, q, 4),
            .severity = sql_str(store, arena, q, 5),
            .kind = sql_str(store, arena, q, 6),
            .owner = sql_str(store, arena, q, 7),
            .opened_at = sql_int(store, q, 8),
            .customer = sql_int(store, q, 9),
            .requester = sql_str(store, arena, q, 10),
        };
    sql_end(store, q);
    return true;
}

/* The ticket in that mailbox which the same mail opened. */
static bool find_here(struct store *store, struct str mailbox, struct twin_row *twin, struct err *err)
{
    if (str_eq(twin->mailbox, mailbox))
        return true;
    return sql_number(store, SQL_TWIN_HERE, CELLS(cell_int(twin->ticket), cell_text(mailbox)), &twin->here, err);
}

bool store_twin(struct store *store, struct arena *arena, struct str message_id, struct str mailbox, struct twin_row *twin, struct err *err)
{
    enum sql q = SQL_TWIN;
    bool found = false;
    int64_t ticket = 0, letter = 0;
    *twin = (struct twin_row){0};
    if (!store_find_message_id(store, message_id, &ticket, &letter, err))
        return false;
    if (ticket == 0 || letter != 0)
        return true;
    if (!sql_find(store, q, CELLS(cell_int(ticket), cell_text(message_id)), &found, err))
        return false;
    if (found)
        *twin = (struct twin_row){
            .message = sql_int(store, q, 0),
            .ticket = ticket,
            .received = sql_int(store, q, 1),
            .mailbox = sql_str(store, arena, q, 2),
            .sender = sql_str(store, arena, q, 3),
            .subject = sql_str(store, arena, q, 4),
            .text = sql_str(store, arena, q, 5),
            .opened = sql_int(store, q, 6) != 0,
            .acknowledged = sql_int(store, q, 7) != 0,
        };
    sql_end(store, q);
    return !found || find_here(store, mailbox, twin, err);
}

bool store_party(struct store *store, int64_t ticket, struct str address, int64_t *party, struct err *err)
{
    return sql_number(store, SQL_PARTY_FIND, CELLS(cell_int(ticket), cell_text(address)), party, err);
}
