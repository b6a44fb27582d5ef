/* change: values changed by hand, and taken back. A table says for each field how its value is read and written; every change leaves the value before and after
 * under its receipt, and is taken back only where nothing changed it since. */
#include "store/store.h"

#include "desk/desk.h"
#include "sql.h"

#define CHANGES_MAX 1000u /* under one receipt */

struct change {
    int64_t id, ticket, extra, undone_at;
    struct str field, before, after;
};

/* ---- what may stand where ---- */

static bool is_state(struct str value)
{
    return str_eq(value, STR("new")) || str_eq(value, STR("open")) || str_eq(value, STR("pending")) || str_eq(value, STR("closed"));
}

static bool is_severity(struct str value)
{
    uint8_t severity = 0;
    return value.n == 1 && severity_of(value, &severity) && value.p[0] == severity_letter(severity);
}

static bool is_kind(struct str value)
{
    return str_eq(value, STR("incident")) || str_eq(value, STR("request")) || str_eq(value, STR("problem"));
}

static bool is_anything(struct str value)
{
    (void)value;
    return true;
}

static bool is_something(struct str value)
{
    return value.n > 0;
}

/* Values that stand in a column of the ticket. */
static const struct column {
    struct str field;
    enum sql get, set;
    bool (*allows)(struct str value);
    const char *expects;
} columns[] = {
    {{"state", 5}, SQL_VALUE_STATE, SQL_TICKET_SET_STATE, is_state, "new, open, pending or closed"},
    {{"owner", 5}, SQL_VALUE_OWNER, SQL_SET_OWNER, is_anything, "a name"},
    {{"queue", 5}, SQL_VALUE_QUEUE, SQL_SET_QUEUE, is_something, "a queue"},
    {{"severity", 8}, SQL_VALUE_SEVERITY, SQL_SET_SEVERITY, is_severity, "A, B, C or D"},
    {{"kind", 4}, SQL_VALUE_KIND, SQL_SET_KIND, is_kind, "incident, request or problem"},
};

static const struct column *column_of(struct str field)
{
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (str_eq(columns[i].field, field))
            return &columns[i];
    return NULL;
}

static bool is_field(struct str field)
{
    return field.n > 6 && str_starts(field, STR("field."));
}

static struct str field_name(struct str field)
{
    return str_sub(field, 6, field.n);
}

/* The number of the other ticket. */
static bool link_target(struct str value, int64_t ticket, int64_t *other)
{
    uint64_t number = 0;
    bool good = str_u64(value, &number) && number > 0 && number <= INT64_MAX && (int64_t)number != ticket;
    *other = good ? (int64_t)number : 0;
    return good;
}

/* ---- reading ---- */

static bool has_row(struct store *store, enum sql which, int64_t ticket, struct cell second, bool *has, struct err *err)
{
    int64_t one = 0;
    bool good = sql_number(store, which, CELLS(cell_int(ticket), second), &one, err);
    *has = one == 1;
    return good;
}

static bool read_column(struct store *store, struct arena *arena, const struct column *column, int64_t ticket, struct str *value, struct err *err)
{
    bool found = false;
    if (!sql_find(store, column->get, CELLS(cell_int(ticket)), &found, err))
        return false;
    *value = found ? sql_str(store, arena, column->get, 0) : STR("");
    sql_end(store, column->get);
    return true;
}

static bool read_field(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str *value, struct err *err)
{
    bool found = false;
    if (!sql_find(store, SQL_FIELD_GET, CELLS(cell_int(ticket), cell_text(field_name(field))), &found, err))
        return false;
    *value = found ? sql_str(store, arena, SQL_FIELD_GET, 0) : STR("");
    sql_end(store, SQL_FIELD_GET);
    return true;
}

/* ---- writing ---- */

static bool write_column(struct store *store, const struct column *column, int64_t ticket, struct str value, int64_t now, struct err *err)
{
    if (column->set != SQL_TICKET_SET_STATE)
        return sql_run(store, column->set, CELLS(cell_text(value), cell_int(ticket)), err);
    int64_t closed_at = str_eq(value, STR("closed")) ? now : 0;
    return sql_run(store, column->set, CELLS(cell_text(value), cell_int(closed_at), cell_int(now), cell_int(ticket)), err);
}

static bool write_field(struct store *store, int64_t ticket, struct str field, struct str value, struct err *err)
{
    if (value.n == 0)
        return sql_run(store, SQL_FIELD_DROP, CELLS(cell_int(ticket), cell_text(field_name(field))), err);
    return sql_run(store, SQL_FIELD_PUT, CELLS(cell_int(ticket), cell_text(field_name(field)), cell_text(value)), err);
}

/* What a change has found and made. */
struct made {
    struct str before, after;
    int64_t extra;
};

static bool change_column(struct store *store, struct arena *arena, int64_t ticket, const struct column *column, struct str value, int64_t now, struct made *made,
                          struct err *err)
{
    if (!column->allows(value))
        return err_set(err, ERR_ITEM, "%.*s cannot be \"%.*s\", expected %s", STR_ARG(column->field), STR_ARG(value), column->expects);
    if (!read_column(store, arena, column, ticket, &made->before, err))
        return false;
    if (str_eq(made->before, value))
        return err_set(err, ERR_ITEM, "%.*s is \"%.*s\" already", STR_ARG(column->field), STR_ARG(value));
    made->after = value;
    return write_column(store, column, ticket, value, now, err);
}

static bool change_field(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, struct made *made, struct err *err)
{
    if (!read_field(store, arena, ticket, field, &made->before, err))
        return false;
    if (str_eq(made->before, value))
        return err_set(err, ERR_ITEM, "%.*s is \"%.*s\" already", STR_ARG(field), STR_ARG(value));
    made->after = value;
    return write_field(store, ticket, field, value, err);
}

/* "+name" or "-name"; before and after say which of them stood. */
static bool change_tag(struct store *store, struct arena *arena, int64_t ticket, struct str value, struct made *made, struct err *err)
{
    bool has = false, add = str_starts(value, STR("+"));
    struct str name = str_sub(value, 1, value.n);
    if (name.n == 0 || (!add && !str_starts(value, STR("-"))))
        return err_set(err, ERR_ITEM, "tag cannot be \"%.*s\", expected +NAME or -NAME", STR_ARG(value));
    if (!has_row(store, SQL_TAG_HAS, ticket, cell_text(name), &has, err))
        return false;
    if (has == add)
        return err_set(err, ERR_ITEM, "the ticket %s the tag \"%.*s\" %s", has ? "has" : "does not have", STR_ARG(name), has ? "already" : "anyway");
    made->before = arena_printf(arena, "%c%.*s", has ? '+' : '-', STR_ARG(name));
    made->after = value;
    return sql_run(store, add ? SQL_TAG_ADD : SQL_TAG_DROP, CELLS(cell_int(ticket), cell_text(name)), err);
}

static bool change_link(struct store *store, int64_t ticket, struct str value, int64_t now, struct made *made, struct err *err)
{
    int64_t other = 0, exists = 0;
    bool has = false;
    if (!link_target(value, ticket, &other))
        return err_set(err, ERR_ITEM, "link cannot be \"%.*s\", expected the number of another ticket", STR_ARG(value));
    if (!sql_number(store, SQL_TICKET_EXISTS, CELLS(cell_int(other)), &exists, err) || !has_row(store, SQL_LINK_HAS, ticket, cell_int(other), &has, err))
        return false;
    if (exists == 0 || has)
        return err_set(err, ERR_ITEM, exists == 0 ? "no ticket %lld to link to" : "ticket %lld is linked already", (long long)other);
    made->after = value;
    return sql_run(store, SQL_LINK_ADD, CELLS(cell_int(ticket), cell_int(other), cell_int(now)), err);
}

static bool add_note(struct store *store, int64_t ticket, struct str value, struct str actor, int64_t now, struct made *made, struct err *err)
{
    if (value.n == 0)
        return err_set(err, ERR_ITEM, "the note is empty");
    made->extra = store->next.message++;
    return sql_run(store, SQL_NOTE_ADD, CELLS(cell_int(made->extra), cell_int(ticket), cell_text(actor), cell_int(now), cell_int((int64_t)value.n), cell_text(value)),
                   err);
}

static bool change_one(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, struct str actor, int64_t now, struct made *made,
                       struct err *err)
{
    const struct column *column = column_of(field);
    if (column != NULL)
        return change_column(store, arena, ticket, column, value, now, made, err);
    if (is_field(field))
        return change_field(store, arena, ticket, field, value, made, err);
    if (str_eq(field, STR("tag")))
        return change_tag(store, arena, ticket, value, made, err);
    if (str_eq(field, STR("link")))
        return change_link(store, ticket, value, now, made, err);
    if (str_eq(field, STR("note")))
        return add_note(store, ticket, value, actor, now, made, err);
    return err_set(err, ERR_ITEM, "a ticket has no \"%.*s\" to change", STR_ARG(field));
}

/* Why the value is what it is now, and that somebody did it. */
static bool record(struct store *store, struct arena *arena, int64_t ticket, struct str field, const struct made *made, struct str actor, struct str because,
                   int64_t now, struct err *err)
{
    struct provenance of = {.ticket = ticket, .at = now, .actor = actor};
    struct value value = {.field = field, .text = made->after, .because = because};
    struct str detail = made->extra != 0 ? STR("")
                        : str_eq(field, STR("tag")) || made->before.n == 0
                            ? made->after
                            : arena_printf(arena, "%.*s -> %.*s", STR_ARG(made->before), STR_ARG(made->after));
    return (made->extra != 0 || provenance_add(store, &of, &value, 0, err)) && store_event(store, ticket, actor, field, detail, now, err) &&
           sql_run(store, SQL_TICKET_TOUCH, CELLS(cell_int(now), cell_int(ticket)), err);
}

static bool change(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, struct str actor, struct str receipt, int64_t now,
                   struct str *old, struct err *err)
{
    struct made made = {.before = STR(""), .after = STR("")};
    int64_t exists = 0;
    if (!sql_number(store, SQL_TICKET_EXISTS, CELLS(cell_int(ticket)), &exists, err))
        return false;
    if (exists == 0)
        return err_set(err, ERR_ITEM, "no ticket %lld", (long long)ticket);
    if (!change_one(store, arena, ticket, field, value, actor, now, &made, err))
        return false;
    *old = made.before;
    return sql_run(store, SQL_CHANGE_ADD,
                   CELLS(cell_text(receipt), cell_int(ticket), cell_text(field), cell_text(made.before), cell_text(made.after), cell_ref(made.extra),
                         cell_int(now), cell_text(actor)),
                   err) &&
           record(store, arena, ticket, field, &made, actor, arena_printf(arena, "set by hand, receipt %.*s", STR_ARG(receipt)), now, err);
}

bool store_change(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, struct str actor, struct str receipt, int64_t now,
                  struct str *old, struct err *err)
{
    *old = STR("");
    return sql_step(store, err) && sql_step_end(store, change(store, arena, ticket, field, value, actor, receipt, now, old, err), err);
}

/* ---- taking back ---- */

static bool load_changes(struct store *store, struct arena *arena, struct str receipt, struct change *changes, size_t *count, struct err *err)
{
    enum sql q = SQL_CHANGES_OF;
    bool row = true;
    *count = 0;
    if (!sql_ask(store, q, CELLS(cell_text(receipt)), err))
        return false;
    while (*count < CHANGES_MAX) {
        if (!sql_row(store, q, &row, err))
            return false;
        if (!row)
            return true;
        changes[(*count)++] = (struct change){
            .id = sql_int(store, q, 0),
            .ticket = sql_int(store, q, 1),
            .field = sql_str(store, arena, q, 2),
            .before = sql_str(store, arena, q, 3),
            .after = sql_str(store, arena, q, 4),
            .extra = sql_int(store, q, 5),
            .undone_at = sql_int(store, q, 6),
        };
    }
    sql_end(store, q);
    return err_set(err, ERR_ITEM, "receipt %.*s holds more than %u changes", STR_ARG(receipt), CHANGES_MAX);
}

/* Does the value still stand as the change left it? */
static bool still_stands(struct store *store, struct arena *arena, const struct change *c, bool *stands, struct err *err)
{
    const struct column *column = column_of(c->field);
    struct str value = STR("");
    bool good = true, has = false;
    if (column != NULL)
        good = read_column(store, arena, column, c->ticket, &value, err);
    else if (is_field(c->field))
        good = read_field(store, arena, c->ticket, c->field, &value, err);
    else if (str_eq(c->field, STR("tag"))) {
        good = has_row(store, SQL_TAG_HAS, c->ticket, cell_text(str_sub(c->after, 1, c->after.n)), &has, err);
        *stands = has == str_starts(c->after, STR("+"));
        return good;
    } else if (str_eq(c->field, STR("link"))) {
        int64_t other = 0;
        link_target(c->after, c->ticket, &other);
        return has_row(store, SQL_LINK_HAS, c->ticket, cell_int(other), stands, err);
    } else {
        int64_t shown = 0;
        good = sql_number(store, SQL_NOTE_SHOWN, CELLS(cell_int(c->extra)), &shown, err);
        *stands = shown == 1;
        return good;
    }
    *stands = str_eq(value, c->after);
    return good;
}

static bool take_back(struct store *store, const struct change *c, int64_t now, struct err *err)
{
    const struct column *column = column_of(c->field);
    int64_t other = 0;
    if (column != NULL)
        return write_column(store, column, c->ticket, c->before, now, err);
    if (is_field(c->field))
        return write_field(store, c->ticket, c->field, c->before, err);
    if (str_eq(c->field, STR("tag")))
        return sql_run(store, str_starts(c->before, STR("+")) ? SQL_TAG_ADD : SQL_TAG_DROP,
                       CELLS(cell_int(c->ticket), cell_text(str_sub(c->before, 1, c->before.n))), err);
    if (link_target(c->after, c->ticket, &other))
        return sql_run(store, SQL_LINK_DROP, CELLS(cell_int(c->ticket), cell_int(other)), err);
    return sql_run(store, SQL_NOTE_HIDE, CELLS(cell_int(c->extra)), err);
}

static bool undo_one(struct store *store, struct arena *arena, const struct change *c, struct str receipt, struct str actor, int64_t now, struct buf *told,
                     struct err *err)
{
    bool stands = false;
    if (c->undone_at != 0)
        return err_set(err, ERR_ITEM, "receipt %.*s is undone already", STR_ARG(receipt));
    if (!still_stands(store, arena, c, &stands, err))
        return false;
    if (!stands)
        return err_set(err, ERR_ITEM, "%.*s of ticket %lld was changed again since; nothing was undone", STR_ARG(c->field), (long long)c->ticket);
    struct made made = {.before = c->after, .after = c->before, .extra = c->extra};
    buf_printf(told, "%s%lld: %.*s", told->n > 0 ? "; " : "", (long long)c->ticket, STR_ARG(c->field));
    if (c->extra == 0)
        buf_printf(told, " %.*s -> %.*s", STR_ARG(c->after), STR_ARG(c->before));
    return take_back(store, c, now, err) && sql_run(store, SQL_CHANGE_UNDONE, CELLS(cell_int(now), cell_int(c->id)), err) &&
           record(store, arena, c->ticket, c->field, &made, actor, arena_printf(arena, "receipt %.*s undone", STR_ARG(receipt)), now, err);
}

static bool undo_all(struct store *store, struct arena *arena, struct str receipt, struct str actor, int64_t now, struct buf *told, struct err *err)
{
    struct change *changes = arena_array(arena, CHANGES_MAX, sizeof *changes);
    size_t count = 0;
    if (!load_changes(store, arena, receipt, changes, &count, err))
        return false;
    if (count == 0)
        return err_set(err, ERR_ITEM, "no receipt %.*s", STR_ARG(receipt));
    for (size_t i = 0; i < count; i++)
        if (!undo_one(store, arena, &changes[i], receipt, actor, now, told, err))
            return false;
    return true;
}

bool store_undo_receipt(struct store *store, struct arena *arena, struct str receipt, struct str actor, int64_t now, struct str *told, struct err *err)
{
    struct buf text = {0};
    bool good = sql_step(store, err) && sql_step_end(store, undo_all(store, arena, receipt, actor, now, &text, err), err);
    *told = arena_str(arena, buf_view(&text));
    buf_free(&text);
    return good;
}

bool store_due(struct store *store, int64_t ticket, int64_t due, struct err *err)
{
    return sql_run(store, SQL_SET_DUE, CELLS(cell_int(due), cell_int(ticket)), err) &&
           (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "no ticket %lld", (long long)ticket));
}

bool store_quarantine_drop(struct store *store, int64_t ledger, int64_t now, struct err *err)
{
    (void)now;
    return sql_run(store, SQL_QUARANTINE_DROP, CELLS(cell_int(ledger)), err) &&
           (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "message %lld is not in quarantine", (long long)ledger));
}
