/* folder: what is known of the folders of mailboxes, and which UIDs are on record. */
#include "sql.h"

bool folder_id(struct store *store, struct str mailbox, struct str name, bool make, int64_t *id, struct err *err)
{
    if (!sql_number(store, SQL_FOLDER_ID, CELLS(cell_text(mailbox), cell_text(name)), id, err))
        return false;
    if (*id != 0 || !make)
        return true;
    if (!sql_run(store, SQL_FOLDER_MAKE, CELLS(cell_text(mailbox), cell_text(name)), err))
        return false;
    *id = sqlite3_last_insert_rowid(store->db);
    return true;
}

bool store_folder_get(struct store *store, struct str mailbox, struct str folder, struct folder_state *state, struct err *err)
{
    bool found = false;
    *state = (struct folder_state){0};
    if (!sql_find(store, SQL_FOLDER_GET, CELLS(cell_text(mailbox), cell_text(folder)), &found, err))
        return false;
    if (found)
        *state = (struct folder_state){
            .known = sql_int(store, SQL_FOLDER_GET, 3) != 0,
            .uid_validity = (uint32_t)sql_int(store, SQL_FOLDER_GET, 0),
            .baseline = (uint32_t)sql_int(store, SQL_FOLDER_GET, 1),
            .backfill = (uint32_t)sql_int(store, SQL_FOLDER_GET, 2),
            .first_look = sql_int(store, SQL_FOLDER_GET, 3),
            .last_look = sql_int(store, SQL_FOLDER_GET, 4),
            .confirmed = sql_int(store, SQL_FOLDER_GET, 5),
        };
    sql_end(store, SQL_FOLDER_GET);
    return true;
}

bool store_folder_put(struct store *store, struct str mailbox, struct str folder, const struct folder_state *state, struct err *err)
{
    return sql_run(store, SQL_FOLDER_PUT,
                   CELLS(cell_text(mailbox), cell_text(folder), cell_int(state->uid_validity), cell_int(state->baseline), cell_int(state->backfill),
                         cell_int(state->first_look), cell_int(state->last_look), cell_int(state->confirmed)),
                   err);
}

/* UIDs come ascending; neighbours make one range. */
static bool tell_ranges(struct store *store, enum sql which, store_range *range, void *to, struct err *err)
{
    int64_t first = 0, last = 0;
    for (bool row = true; row;) {
        if (!sql_row(store, which, &row, err))
            return false;
        int64_t uid = row ? sql_int(store, which, 0) : 0;
        if (row && first != 0 && uid == last + 1) {
            last = uid;
            continue;
        }
        if (first != 0)
            range(to, (uint32_t)first, (uint32_t)last);
        first = last = uid;
    }
    return true;
}

static bool uids(struct store *store, enum sql which, struct str mailbox, struct str folder, uint32_t uid_validity, store_range *range, void *to, struct err *err)
{
    int64_t id = 0;
    if (!folder_id(store, mailbox, folder, false, &id, err))
        return false;
    return sql_ask(store, which, CELLS(cell_int(id), cell_int(uid_validity)), err) && tell_ranges(store, which, range, to, err);
}

bool store_folder_known(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, store_range *range, void *to, struct err *err)
{
    return uids(store, SQL_FOLDER_KNOWN, mailbox, folder, uid_validity, range, to, err);
}

bool store_folder_unsettled(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, store_range *range, void *to, struct err *err)
{
    return uids(store, SQL_FOLDER_UNSETTLED, mailbox, folder, uid_validity, range, to, err);
}

bool store_untold(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, int64_t before, int64_t *count, struct err *err)
{
    int64_t id = 0;
    *count = 0;
    return folder_id(store, mailbox, folder, false, &id, err) &&
           sql_number(store, SQL_UNTOLD, CELLS(cell_int(id), cell_int(uid_validity), cell_int(before)), count, err);
}

bool store_settled(struct store *store, struct str mailbox, struct str folder, uint32_t uid_validity, uint32_t first, uint32_t last, int64_t now, struct err *err)
{
    int64_t id = 0;
    if (!folder_id(store, mailbox, folder, false, &id, err))
        return false;
    return sql_run(store, SQL_SETTLE, CELLS(cell_int(now), cell_int(id), cell_int(uid_validity), cell_int(first), cell_int(last)), err);
}

bool store_has_uid(struct store *store, const struct raw *raw, bool *has, struct err *err)
{
    int64_t id = 0;
    *has = false;
    if (raw->uid == 0)
        return true;
    if (!folder_id(store, raw->mailbox, raw->folder, false, &id, err))
        return false;
    int64_t one = 0;
    if (!sql_number(store, SQL_HAS_UID, CELLS(cell_int(id), cell_int(raw->uid_validity), cell_int(raw->uid)), &one, err))
        return false;
    *has = one == 1;
    return true;
}

bool store_pause(struct store *store, struct str mailbox, bool paused, struct err *err)
{
    return sql_run(store, SQL_MAILBOX_PAUSE, CELLS(cell_text(mailbox), cell_int(paused)), err);
}

bool store_paused(struct store *store, struct str mailbox, bool *paused, struct err *err)
{
    int64_t number = 0;
    bool good = sql_number(store, SQL_MAILBOX_PAUSED, CELLS(cell_text(mailbox)), &number, err);
    *paused = number != 0;
    return good;
}
