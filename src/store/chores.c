/* chores: see the header. */
#include "store/chores.h"

#include "base/utf8.h"
#include "rows.h"
#include "store/people.h"

bool store_chores_changed(struct store *store)
{
    bool changed = store->chores_changed;
    store->chores_changed = false;
    return changed;
}

/* ---- copies ---- */

static bool read_text(struct store *store, struct arena *arena, enum sql which, int64_t id, struct str *text, struct err *err)
{
    bool found = false;
    if (!sql_find(store, which, CELLS(cell_int(id)), &found, err))
        return false;
    *text = found ? sql_str(store, arena, which, 0) : STR("");
    sql_end(store, which);
    return true;
}

bool store_reply_mailbox(struct store *store, struct arena *arena, int64_t letter, struct str *mailbox, struct err *err)
{
    return read_text(store, arena, SQL_REPLY_MAILBOX, letter, mailbox, err);
}

bool store_copy_add(struct store *store, int64_t letter, struct str mailbox, int64_t now, struct err *err)
{
    store->chores_changed = true;
    return sql_run(store, SQL_COPY_ADD, CELLS(cell_int(letter), cell_text(mailbox), cell_int(now)), err);
}

bool store_copies_due(struct store *store, struct arena *arena, struct str mailbox, int64_t now, size_t limit, int64_t **letters, size_t *count, struct err *err)
{
    struct ids ids = {0};
    bool good = ids_read(store, arena, SQL_COPIES_DUE, CELLS(cell_int(now), cell_text(mailbox), cell_int((int64_t)limit)), limit, &ids, err);
    *letters = ids.list;
    *count = ids.count;
    return good;
}

bool store_copy_load(struct store *store, struct arena *arena, int64_t letter, struct due_copy *copy, struct err *err)
{
    enum sql q = SQL_COPY_LOAD;
    bool found = false;
    if (!sql_find(store, q, CELLS(cell_int(letter)), &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_SETUP, "store: letter %lld is missing", (long long)letter);
    *copy = (struct due_copy){.letter = letter,
                              .tries = (uint32_t)sql_int(store, q, 0),
                              .message_id = sql_str(store, arena, q, 1),
                              .created = sql_int(store, q, 2),
                              .octets = sql_str(store, arena, q, 3)};
    sql_end(store, q);
    return true;
}

bool store_next_copy(struct store *store, int64_t *when, struct err *err)
{
    bool found = false;
    *when = INT64_MAX;
    if (!sql_find(store, SQL_NEXT_COPY, NULL, 0, &found, err))
        return false;
    if (found)
        *when = sql_int(store, SQL_NEXT_COPY, 0);
    sql_end(store, SQL_NEXT_COPY);
    return true;
}

bool store_copy_done(struct store *store, int64_t letter, struct str folder, int64_t now, struct err *err)
{
    return sql_run(store, SQL_COPY_DONE, CELLS(cell_int(now), cell_int(letter)), err) &&
           (sql_changed(store) == 0 || sql_run(store, SQL_COPY_EVENT, CELLS(cell_int(now), cell_text(folder), cell_int(letter)), err));
}

bool store_copy_refused(struct store *store, int64_t letter, struct str why, int64_t next_at, int64_t now, struct err *err)
{
    struct buf clean = {0};
    utf8_clean(&clean, why);
    bool good = sql_run(store, SQL_COPY_REFUSED_EVENT, CELLS(cell_int(now), cell_text(buf_view(&clean)), cell_int(letter)), err) &&
                sql_run(store, SQL_COPY_REFUSED, CELLS(cell_text(buf_view(&clean)), cell_int(next_at), cell_int(letter)), err);
    buf_free(&clean);
    return good;
}

/* ---- marks ---- */

bool mark_wait(struct store *store, int64_t ticket, struct err *err)
{
    if (!store->marking)
        return true;
    store->chores_changed = true;
    return sql_run(store, SQL_MARK_WAIT, CELLS(cell_int(ticket)), err);
}

bool store_marking(struct store *store, bool on, struct err *err)
{
    bool begins = on && !store->marking;
    store->marking = on;
    store->chores_changed = true;
    return !begins || sql_run(store, SQL_MARK_WAIT_OPEN, NULL, 0, err);
}

bool store_mark_tickets(struct store *store, struct arena *arena, int64_t above, size_t limit, int64_t **tickets, size_t *count, struct err *err)
{
    struct ids ids = {0};
    bool good = ids_read(store, arena, SQL_MARK_TICKETS, CELLS(cell_int(above), cell_int((int64_t)limit)), limit, &ids, err);
    *tickets = ids.list;
    *count = ids.count;
    return good;
}

static void read_mark(struct store *store, struct arena *arena, enum sql which, void *row)
{
    *(struct due_mark *)row = (struct due_mark){.ledger = sql_int(store, which, 0),
                                                .uid_validity = (uint32_t)sql_int(store, which, 1),
                                                .uid = (uint32_t)sql_int(store, which, 2),
                                                .mailbox = sql_str(store, arena, which, 3),
                                                .folder = sql_str(store, arena, which, 4)};
}

bool store_marks_of(struct store *store, struct arena *arena, int64_t ticket, size_t limit, struct str *mark, struct due_mark **marks, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_mark, .size = sizeof(struct due_mark)};
    int64_t shown = 0;
    void *rows = NULL;
    bool good = store_merged(store, ticket, &shown, err) && read_text(store, arena, SQL_MARK_OF, shown, mark, err) &&
                rows_read(store, arena, SQL_MARKS_OF, CELLS(cell_int(ticket), cell_text(*mark), cell_int((int64_t)limit)), &kind, limit, &rows, count, err);
    *marks = rows;
    return good;
}

bool store_marked(struct store *store, int64_t ledger, struct str mark, struct err *err)
{
    return sql_run(store, SQL_MARKED, CELLS(cell_text(mark), cell_int(ledger)), err);
}

bool store_mark_done(struct store *store, int64_t ticket, struct err *err)
{
    return sql_run(store, SQL_MARK_DONE, CELLS(cell_int(ticket)), err);
}
