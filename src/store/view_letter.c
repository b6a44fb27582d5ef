/* view_letter: the outbox as people see it. A letter shows the state of the recipient that is worst off. */
#include "store/view.h"

#include "rows.h"

#define RECIPIENTS_MAX 1000u

/* The worst first. */
static const struct str worst[] = {{"failed", 6}, {"unknown", 7}, {"held", 4}, {"deferred", 8}, {"queued", 6}, {"dropped", 7}, {"sent", 4}};

static size_t rank_of(struct str state)
{
    size_t i = 0;
    while (i < sizeof worst / sizeof worst[0] && !str_eq(worst[i], state))
        i++;
    return i;
}

static void read_recipient(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct recipient_row *)to = (struct recipient_row){
        .id = sql_int(store, q, 0),
        .address = sql_str(store, arena, q, 1),
        .state = sql_str(store, arena, q, 2),
        .enhanced = sql_str(store, arena, q, 3),
        .text = sql_str(store, arena, q, 4),
        .tries = (uint32_t)sql_int(store, q, 5),
        .code = (uint32_t)sql_int(store, q, 6),
        .next_at = sql_int(store, q, 7),
        .ended_at = sql_int(store, q, 8),
    };
}

static bool load_recipients(struct store *store, struct arena *arena, int64_t letter, struct recipient_row **recipients, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_recipient, .size = sizeof(struct recipient_row)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_RECIPIENTS_OF, CELLS(cell_int(letter)), &kind, RECIPIENTS_MAX, &list, count, err);
    *recipients = list;
    return good;
}

static void show_worst(struct letter_row *row, const struct recipient_row *recipients, size_t count)
{
    const struct recipient_row *shown = NULL;
    for (size_t i = 0; i < count; i++)
        if (shown == NULL || rank_of(recipients[i].state) < rank_of(shown->state))
            shown = &recipients[i];
    if (shown == NULL)
        return;
    row->state = shown->state;
    row->to = shown->address;
    row->reason = shown->text;
    row->tries = shown->tries;
    row->next_at = shown->ended_at != 0 || shown->next_at == INT64_MAX ? 0 : shown->next_at;
}

static bool load_letter(struct store *store, struct arena *arena, int64_t id, struct letter_row *row, struct recipient_row **recipients, size_t *count, struct err *err)
{
    enum sql q = SQL_VIEW_LETTER;
    bool found = false;
    *row = (struct letter_row){0};
    *count = 0;
    if (!sql_find(store, q, CELLS(cell_int(id)), &found, err))
        return false;
    if (!found)
        return true;
    *row = (struct letter_row){
        .id = sql_int(store, q, 0),
        .ticket = sql_int(store, q, 1),
        .created = sql_int(store, q, 2),
        .relay = sql_str(store, arena, q, 3),
        .kind = sql_str(store, arena, q, 4),
        .message_id = sql_str(store, arena, q, 5),
        .size = sql_int(store, q, 6),
    };
    sql_end(store, q);
    if (!load_recipients(store, arena, id, recipients, count, err))
        return false;
    show_worst(row, *recipients, *count);
    return true;
}

static bool pick(struct store *store, struct arena *arena, struct str state, int64_t ticket, uint32_t limit, struct ids *ids, struct err *err)
{
    const struct cell most = cell_int(limit);
    if (ticket != 0)
        return ids_read(store, arena, SQL_LETTERS_TICKET, CELLS(cell_int(ticket), cell_text(state), most), limit, ids, err);
    if (state.n == 0)
        return ids_read(store, arena, SQL_LETTERS_WAITING, CELLS(most), limit, ids, err);
    if (str_eq(state, STR("any")))
        return ids_read(store, arena, SQL_LETTERS_ANY, CELLS(most), limit, ids, err);
    if (str_eq(state, STR("failed")))
        return ids_read(store, arena, SQL_LETTERS_FAILED, CELLS(most), limit, ids, err);
    bool ended = str_eq(state, STR("sent")) || str_eq(state, STR("dropped"));
    return ids_read(store, arena, ended ? SQL_LETTERS_ENDED : SQL_LETTERS_WAITING_IN, CELLS(cell_text(state), most), limit, ids, err);
}

bool view_letters(struct store *store, struct arena *arena, struct str state, int64_t ticket, uint32_t limit, struct letter_row **rows, size_t *count, struct err *err)
{
    struct ids ids = {0};
    *count = 0;
    if (!pick(store, arena, state, ticket, limit, &ids, err))
        return false;
    *rows = arena_array(arena, ids.count, sizeof **rows);
    for (size_t i = 0; i < ids.count; i++) {
        struct recipient_row *recipients = NULL;
        size_t recipient_count = 0;
        if (!load_letter(store, arena, ids.list[i], &(*rows)[(*count)++], &recipients, &recipient_count, err))
            return false;
    }
    return true;
}

bool view_letter(struct store *store, struct arena *arena, int64_t id, struct letter_row *row, struct str *octets, struct recipient_row **recipients, size_t *count,
                 struct err *err)
{
    bool found = false;
    *octets = STR("");
    *recipients = NULL;
    if (!load_letter(store, arena, id, row, recipients, count, err) || !sql_find(store, SQL_LETTER_OCTETS, CELLS(cell_int(id)), &found, err))
        return false;
    if (found)
        *octets = sql_str(store, arena, SQL_LETTER_OCTETS, 0);
    sql_end(store, SQL_LETTER_OCTETS);
    return true;
}
