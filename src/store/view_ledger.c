/* view_ledger: what became of each mail, and the figures of the desk. */
#include "store/view.h"

#include "rows.h"

#include <stdlib.h>
#include <sys/stat.h>

#define MAILBOXES_MAX 10000u

static void read_ledger(struct store *store, struct arena *arena, enum sql q, void *to)
{
    struct ledger_row *row = to;
    struct str digest = sql_octets(store, q, 19);
    *row = (struct ledger_row){
        .id = sql_int(store, q, 0),
        .at = sql_int(store, q, 1),
        .internal_date = sql_int(store, q, 2),
        .ticket = sql_int(store, q, 3),
        .message = sql_int(store, q, 4),
        .size = sql_int(store, q, 5),
        .mailbox = sql_str(store, arena, q, 6),
        .folder = sql_str(store, arena, q, 7),
        .outcome = sql_str(store, arena, q, 8),
        .reason = sql_str(store, arena, q, 9),
        .message_id = sql_str(store, arena, q, 10),
        .from = sql_str(store, arena, q, 11),
        .subject = sql_str(store, arena, q, 12),
        .answer = sql_str(store, arena, q, 13),
        .answer_why = sql_str(store, arena, q, 14),
        .uid_validity = (uint32_t)sql_int(store, q, 15),
        .uid = (uint32_t)sql_int(store, q, 16),
        .settled = sql_int(store, q, 17) != 0,
        .hidden = sql_int(store, q, 18) != 0,
    };
    str_hex((const uint8_t *)digest.p, digest.n < 32 ? digest.n : 32, row->sha256);
}

bool view_ledger(struct store *store, struct arena *arena, const struct ledger_filter *filter, struct ledger_row **rows, size_t *count, struct err *err)
{
    const struct row_kind newest = {.read = read_ledger, .size = sizeof(struct ledger_row), .reversed = true};
    const struct row_kind next = {.read = read_ledger, .size = sizeof(struct ledger_row)};
    const struct cell cells[] = {cell_text(filter->mailbox), cell_text(filter->outcome), cell_int(filter->since), cell_int(filter->limit), cell_null()};
    const struct cell after[] = {cells[0], cells[1], cells[2], cell_int(filter->after), cells[3]};
    enum sql which = filter->outcome.n > 0 ? SQL_LEDGER_OUTCOME : SQL_LEDGER_NEWEST;
    void *list = NULL;
    bool good = filter->after > 0 ? rows_read(store, arena, SQL_LEDGER_AFTER, after, 5, &next, filter->limit, &list, count, err)
                                  : rows_read(store, arena, which, cells, 4, &newest, filter->limit, &list, count, err);
    *rows = list;
    return good;
}

bool view_ledger_row(struct store *store, struct arena *arena, int64_t id, struct ledger_row *row, struct err *err)
{
    bool found = false;
    *row = (struct ledger_row){0};
    if (!sql_find(store, SQL_LEDGER_ONE, CELLS(cell_int(id)), &found, err))
        return false;
    if (found)
        read_ledger(store, arena, SQL_LEDGER_ONE, row);
    sql_end(store, SQL_LEDGER_ONE);
    return true;
}

/* ---- figures ---- */

static int64_t file_size(const struct store *store, const char *suffix)
{
    struct buf path = {0};
    struct stat status = {0};
    buf_printf(&path, "%s%s", store->path, suffix);
    bool there = stat(path.p, &status) == 0;
    buf_free(&path);
    return there ? (int64_t)status.st_size : 0;
}

/* Rows of (outcome, count). */
static bool count_outcomes(struct store *store, enum sql q, const struct cell *cells, size_t cell_count, int64_t *outcomes, struct err *err)
{
    bool row = true;
    if (!sql_ask(store, q, cells, cell_count, err))
        return false;
    for (;;) {
        if (!sql_row(store, q, &row, err))
            return false;
        if (!row)
            return true;
        for (size_t i = 0; i < OUTCOMES; i++)
            if (str_eq(sql_octets(store, q, 0), str_of(outcome_name((enum outcome)i))))
                outcomes[i] = sql_int(store, q, 1);
    }
}

static bool count_tickets(struct store *store, int64_t now, struct store_figures *f, struct err *err)
{
    enum sql q = SQL_FIGURES_TICKETS;
    bool found = false;
    if (!sql_find(store, q, CELLS(cell_int(now), cell_int(now + 3600 * INT64_C(1000))), &found, err))
        return false;
    f->open = sql_int(store, q, 0);
    f->fresh = sql_int(store, q, 1);
    f->overdue = sql_int(store, q, 2);
    f->due_soon = sql_int(store, q, 3);
    sql_end(store, q);
    return true;
}

static bool count_letters(struct store *store, struct store_figures *f, struct err *err)
{
    enum sql q = SQL_FIGURES_LETTERS;
    bool found = false;
    if (!sql_find(store, q, NULL, 0, &found, err))
        return false;
    f->letters_waiting = sql_int(store, q, 0);
    f->letters_unknown = sql_int(store, q, 1);
    f->letters_held = sql_int(store, q, 2);
    f->oldest_letter = sql_int(store, q, 3);
    sql_end(store, q);
    return sql_number(store, SQL_FIGURES_FAILED, NULL, 0, &f->letters_failed, err);
}

bool view_figures(struct store *store, int64_t now, int64_t today, struct store_figures *figures, struct err *err)
{
    *figures = (struct store_figures){.size = file_size(store, ""), .wal_size = file_size(store, "-wal")};
    return count_tickets(store, now, figures, err) && count_letters(store, figures, err) &&
           sql_number(store, SQL_FIGURES_QUARANTINED, NULL, 0, &figures->quarantined, err) &&
           sql_number(store, SQL_FIGURES_UNSETTLED, NULL, 0, &figures->unsettled, err) &&
           count_outcomes(store, SQL_FIGURES_TALLY, NULL, 0, figures->outcomes, err) &&
           count_outcomes(store, SQL_FIGURES_TODAY, CELLS(cell_int(today)), figures->outcomes_today, err) && schema_version(store, &figures->schema, err);
}

static void read_mailbox(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct mailbox_figures *)to = (struct mailbox_figures){
        .mailbox = sql_str(store, arena, q, 0),
        .last_look = sql_int(store, q, 1),
        .today = sql_int(store, q, 2),
    };
}

bool view_mailboxes(struct store *store, struct arena *arena, int64_t today, struct mailbox_figures **rows, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_mailbox, .size = sizeof(struct mailbox_figures)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_FIGURES_MAILBOXES, CELLS(cell_int(today)), &kind, MAILBOXES_MAX, &list, count, err);
    *rows = list;
    return good;
}
