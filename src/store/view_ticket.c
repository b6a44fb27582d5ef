/* view_ticket: tickets as people see them: lists, one with its values, the search. Which tickets, is asked first; the rows of those few are read after, so that
 * nothing is counted for tickets that are not shown. */
#include "store/view.h"

#include "rows.h"

#include <ctype.h>

#define WORDS_MAX 4u           /* of a filter */
#define SEARCH_WORDS_MAX 16u
#define SEARCH_TICKETS_MAX 20000u
#define VALUES_MAX 1000u
#define COUNTS_MAX 5000u

/* ---- one row ---- */

bool view_ticket(struct store *store, struct arena *arena, int64_t id, struct ticket_row *row, struct err *err)
{
    enum sql q = SQL_VIEW_TICKET;
    bool found = false;
    *row = (struct ticket_row){0};
    if (!sql_find(store, q, CELLS(cell_int(id)), &found, err))
        return false;
    if (found)
        *row = (struct ticket_row){
            .id = sql_int(store, q, 0),
            .kind = sql_str(store, arena, q, 1),
            .state = sql_str(store, arena, q, 2),
            .queue = sql_str(store, arena, q, 3),
            .severity = sql_str(store, arena, q, 4),
            .subject = sql_str(store, arena, q, 5),
            .requester = sql_str(store, arena, q, 6),
            .requester_name = sql_str(store, arena, q, 7),
            .owner = sql_str(store, arena, q, 8),
            .mailbox = sql_str(store, arena, q, 9),
            .language = sql_str(store, arena, q, 10),
            .impact = sql_str(store, arena, q, 11),
            .urgency = sql_str(store, arena, q, 12),
            .opened_at = sql_int(store, q, 13),
            .updated_at = sql_int(store, q, 14),
            .closed_at = sql_int(store, q, 15),
            .due = sql_int(store, q, 16),
            .messages = sql_int(store, q, 17),
            .attachments = sql_int(store, q, 18),
            .letters_waiting = sql_int(store, q, 19),
            .customer = sql_str(store, arena, q, 20),
            .merged_into = sql_int(store, q, 21),
            .wake_at = sql_int(store, q, 22),
            .clocked = sql_int(store, q, 23) != 0,
            .responded_at = sql_int(store, q, 24),
            .answered_at = sql_int(store, q, 25),
            .respond_due = sql_int(store, q, 26),
            .update_due = sql_int(store, q, 27),
            .resolve_due = sql_int(store, q, 28),
        };
    sql_end(store, q);
    return true;
}

static bool load_tickets(struct store *store, struct arena *arena, const struct ids *ids, struct ticket_row **rows, size_t *count, struct err *err)
{
    *count = 0;
    *rows = arena_array(arena, ids->count, sizeof **rows);
    for (size_t i = 0; i < ids->count; i++)
        if (!view_ticket(store, arena, ids->list[i], &(*rows)[(*count)++], err))
            return false;
    return true;
}

/* ---- lists ---- */

/* A word as a pattern of LIKE, ASCII letters small; "%" for none. */
static struct str pattern_of(struct arena *arena, struct str word)
{
    struct buf b = {0};
    buf_char(&b, '%');
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '%' || word.p[i] == '_' || word.p[i] == '\\')
            buf_char(&b, '\\');
        buf_char(&b, (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] + 32 : word.p[i]));
    }
    if (word.n > 0)
        buf_char(&b, '%');
    struct str kept = arena_str(arena, buf_view(&b));
    buf_free(&b);
    return kept;
}

static size_t split_words(struct str text, struct str *words, size_t most)
{
    size_t count = 0;
    struct str rest = text, part;
    while (count < most && str_cut(&rest, ' ', &part))
        if (str_trim(part).n > 0)
            words[count++] = str_trim(part);
    return count;
}

bool view_tickets(struct store *store, struct arena *arena, const struct ticket_filter *filter, struct ticket_row **rows, size_t *count, int64_t *total, struct err *err)
{
    struct str words[WORDS_MAX] = {{0}}, patterns[WORDS_MAX];
    split_words(filter->words, words, WORDS_MAX);
    for (size_t i = 0; i < WORDS_MAX; i++)
        patterns[i] = pattern_of(arena, words[i]);
    bool any = str_eq(filter->state, STR("any")), open = filter->state.n == 0;
    const struct cell cells[] = {
        cell_text(filter->queue),    cell_text(any ? STR("") : filter->state), cell_text(filter->severity),
        cell_text(filter->owner),    cell_int(filter->since),                 cell_int(filter->until),
        cell_int(filter->overdue ? filter->now : 0), cell_text(patterns[0]), cell_text(patterns[1]),
        cell_text(patterns[2]),      cell_text(patterns[3]),                  cell_text(filter->customer),
        cell_int(filter->limit),
    };
    size_t cell_count = sizeof cells / sizeof cells[0];
    struct ids ids = {0};
    return sql_number(store, open ? SQL_TICKETS_OPEN_COUNT : SQL_TICKETS_ANY_COUNT, cells, cell_count - 1, total, err) &&
           ids_read(store, arena, open ? SQL_TICKETS_OPEN : SQL_TICKETS_ANY, cells, cell_count, filter->limit, &ids, err) &&
           load_tickets(store, arena, &ids, rows, count, err);
}

static void read_count(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct ticket_count *)to = (struct ticket_count){
        .queue = sql_str(store, arena, q, 0), .severity = sql_str(store, arena, q, 1), .state = sql_str(store, arena, q, 2), .count = sql_int(store, q, 3)};
}

bool view_ticket_counts(struct store *store, struct arena *arena, struct ticket_count **rows, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_count, .size = sizeof(struct ticket_count)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_TICKET_COUNTS, NULL, 0, &kind, COUNTS_MAX, &list, count, err);
    *rows = list;
    return good;
}

static bool add_values(struct store *store, struct arena *arena, enum sql q, int64_t ticket, struct named_value *values, size_t *count, struct err *err)
{
    bool row = true;
    if (!sql_ask(store, q, CELLS(cell_int(ticket)), err))
        return false;
    while (*count < VALUES_MAX) {
        if (!sql_row(store, q, &row, err))
            return false;
        if (!row)
            return true;
        values[(*count)++] = (struct named_value){sql_str(store, arena, q, 0), sql_str(store, arena, q, 1)};
    }
    sql_end(store, q);
    return true;
}

bool view_ticket_values(struct store *store, struct arena *arena, int64_t ticket, struct named_value **values, size_t *count, struct err *err)
{
    static const enum sql kinds[] = {SQL_TAGS_OF, SQL_FIELDS_OF, SQL_LINKS_OF, SQL_LINKED_BY};
    *count = 0;
    *values = arena_array(arena, VALUES_MAX, sizeof **values);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!add_values(store, arena, kinds[i], ticket, *values, count, err))
            return false;
    return true;
}

/* ---- search ---- */

struct search {
    struct str words[SEARCH_WORDS_MAX];
    size_t count;
    uint32_t missing; /* a bit for each word not seen yet */
};

static void look_in(struct search *search, struct str text)
{
    for (size_t i = 0; i < search->count; i++)
        if ((search->missing >> i & 1u) != 0 && str_ifind(text, search->words[i]) >= 0)
            search->missing &= ~(1u << i);
}

static bool look_in_rows(struct store *store, enum sql q, int64_t ticket, int columns, struct search *search, struct err *err)
{
    if (search->missing == 0)
        return true;
    if (!sql_ask(store, q, CELLS(cell_int(ticket)), err))
        return false;
    for (bool row = true; search->missing != 0;) {
        if (!sql_row(store, q, &row, err))
            return false;
        if (!row)
            return true;
        for (int i = 0; i < columns; i++)
            look_in(search, sql_octets(store, q, i));
    }
    sql_end(store, q);
    return true;
}

static bool find_tickets(struct store *store, struct search *search, struct ids *ids, size_t limit, struct err *err)
{
    enum sql q = SQL_SEARCH_TICKETS;
    bool row = true;
    if (!sql_ask(store, q, CELLS(cell_int(SEARCH_TICKETS_MAX)), err))
        return false;
    while (ids->count < limit) {
        if (!sql_row(store, q, &row, err))
            return false;
        if (!row)
            return true;
        int64_t id = sql_int(store, q, 0);
        search->missing = (1u << search->count) - 1;
        look_in(search, sql_octets(store, q, 1));
        if (!look_in_rows(store, SQL_SEARCH_PARTIES, id, 2, search, err) || !look_in_rows(store, SQL_SEARCH_TEXTS, id, 5, search, err)) {
            sql_end(store, q);
            return false;
        }
        if (search->missing == 0)
            ids->list[ids->count++] = id;
    }
    sql_end(store, q);
    return true;
}

bool view_search(struct store *store, struct arena *arena, struct str words, uint32_t limit, struct ticket_row **rows, size_t *count, struct err *err)
{
    struct search search = {0};
    struct ids ids = {.list = arena_array(arena, limit, sizeof *ids.list)};
    search.count = split_words(words, search.words, SEARCH_WORDS_MAX);
    *count = 0;
    return find_tickets(store, &search, &ids, search.count == 0 ? 0 : limit, err) && load_tickets(store, arena, &ids, rows, count, err);
}
