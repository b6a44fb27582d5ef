/* due: see the header. */
#include "store/due.h"

#include "rows.h"
#include "sql.h"

#define TOLD_MAX 1000u   /* of one ticket */
#define PAUSES_MAX 1000u /* of one ticket that are looked at, the newest */

bool due_wait(struct store *store, int64_t ticket, struct err *err)
{
    store->due_waits = true;
    return sql_run(store, SQL_DUE_WAIT, CELLS(cell_int(ticket)), err);
}

bool store_due_later(struct store *store, int64_t ticket, struct err *err)
{
    return due_wait(store, ticket, err);
}

/* A state in which clocks stand still begins, or one ends. */
static bool note_pause(struct store *store, int64_t ticket, struct str state, int64_t now, struct err *err)
{
    bool pauses = str_eq(state, STR("closed")) || str_eq(state, STR("pending"));
    return sql_run(store, SQL_PAUSE_END, CELLS(cell_int(now), cell_int(ticket)), err) &&
           (!pauses || sql_run(store, SQL_PAUSE_BEGIN, CELLS(cell_int(ticket), cell_text(state), cell_int(now)), err));
}

bool ticket_state(struct store *store, int64_t ticket, struct str state, int64_t now, struct err *err)
{
    int64_t closed_at = str_eq(state, STR("closed")) ? now : 0;
    return sql_run(store, SQL_TICKET_SET_STATE, CELLS(cell_text(state), cell_int(closed_at), cell_int(now), cell_int(ticket)), err) && note_pause(store, ticket, state, now, err) &&
           mark_wait(store, ticket, err) && due_wait(store, ticket, err);
}

bool store_answered(struct store *store, int64_t ticket, int64_t now, struct err *err)
{
    return sql_run(store, SQL_ANSWERED, CELLS(cell_int(now), cell_int(ticket)), err) && due_wait(store, ticket, err);
}

static void read_pause(struct store *store, struct arena *arena, enum sql q, void *to)
{
    (void)arena;
    *(struct clock_pause *)to = (struct clock_pause){str_eq(sql_octets(store, q, 0), STR("closed")), sql_int(store, q, 1), sql_int(store, q, 2)};
}

bool store_due_facts(struct store *store, struct arena *arena, int64_t ticket, struct clock_facts *facts, struct err *err)
{
    static const struct row_kind kind = {.read = read_pause, .size = sizeof(struct clock_pause)};
    enum sql q = SQL_DUE_FACTS;
    bool found = false;
    void *pauses = NULL;
    *facts = (struct clock_facts){0};
    if (!sql_find(store, q, CELLS(cell_int(ticket)), &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_ITEM, "no ticket %lld", (long long)ticket);
    bool has_severity = severity_of(sql_octets(store, q, 1), &facts->severity);
    facts->state = sql_str(store, arena, q, 0);
    facts->opened_at = sql_int(store, q, 2);
    facts->closed_at = sql_int(store, q, 3);
    facts->responded_at = sql_int(store, q, 4);
    facts->answered_at = sql_int(store, q, 5);
    facts->clocked = has_severity && sql_int(store, q, 6) != 0;
    facts->plan = sql_str(store, arena, q, 7);
    facts->queue = sql_str(store, arena, q, 8);
    facts->owner = sql_str(store, arena, q, 9);
    facts->quiet_until = sql_int(store, q, 10);
    sql_end(store, q);
    bool good = rows_read(store, arena, SQL_PAUSES, CELLS(cell_int(ticket), cell_int(PAUSES_MAX)), &kind, PAUSES_MAX, &pauses, &facts->pause_count, err);
    facts->pauses = pauses;
    return good;
}

bool store_due_wait(const struct store *store)
{
    return store->due_waits;
}

bool store_due_waiting(struct store *store, struct arena *arena, size_t limit, int64_t **tickets, size_t *count, struct err *err)
{
    struct ids ids = {0};
    bool good = ids_read(store, arena, SQL_DUE_WAITING, CELLS(cell_int((int64_t)limit)), limit, &ids, err);
    *tickets = ids.list;
    *count = ids.count;
    store->due_waits = !good || ids.count == limit;
    return good;
}

bool store_due_put(struct store *store, int64_t ticket, const struct due_times *times, struct err *err)
{
    return sql_run(store, SQL_DUE_PUT,
                   CELLS(cell_int(times->next), cell_int(times->due[DESK_RESPOND]), cell_int(times->due[DESK_UPDATE]), cell_int(times->due[DESK_RESOLVE]),
                         cell_int(times->escalate), cell_int(ticket)), err) &&
           sql_run(store, SQL_DUE_SETTLED, CELLS(cell_int(ticket)), err);
}

bool store_due_recount(struct store *store, struct err *err)
{
    store->due_waits = true;
    return sql_run(store, SQL_DUE_WAIT_OPEN, NULL, 0, err);
}

/* ---- escalation ---- */

static void read_told(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct escalation_told *)to = (struct escalation_told){sql_str(store, arena, q, 0), (enum desk_clock)(sql_int(store, q, 1) % DESK_CLOCKS), sql_int(store, q, 2),
                                                             (uint32_t)sql_int(store, q, 3)};
}

bool store_escalated(struct store *store, struct arena *arena, int64_t ticket, struct escalation_told **told, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_told, .size = sizeof(struct escalation_told)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_ESCALATED, CELLS(cell_int(ticket), cell_int(TOLD_MAX)), &kind, TOLD_MAX, &list, count, err);
    *told = list;
    return good;
}

bool store_escalated_put(struct store *store, int64_t ticket, const struct escalation_told *told, int64_t now, struct err *err)
{
    return sql_run(store, SQL_ESCALATED_PUT,
                   CELLS(cell_int(ticket), cell_text(told->escalation), cell_int(told->clock), cell_int(told->started), cell_int(told->percent), cell_int(now)), err);
}

bool store_escalating(struct store *store, struct arena *arena, int64_t now, size_t limit, int64_t **tickets, size_t *count, struct err *err)
{
    struct ids ids = {0};
    bool good = ids_read(store, arena, SQL_ESCALATE, CELLS(cell_int(now), cell_int((int64_t)limit)), limit, &ids, err);
    *tickets = ids.list;
    *count = ids.count;
    return good;
}

bool store_next_escalation(struct store *store, int64_t *next, struct err *err)
{
    bool good = sql_number(store, SQL_NEXT_ESCALATION, NULL, 0, next, err);
    *next = *next == 0 ? INT64_MAX : *next;
    return good;
}
