/* change_value: values of the ticket itself, changed by hand: those in a column of their own, fields, tags, links, notes, the time to be reminded. */
#include "change.h"

#include "desk/desk.h"
#include "store/people.h"

#include <inttypes.h>

/* ---- columns ---- */

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

/* The table of kinds names no other field as a column. */
static const struct column *column_of(struct str field)
{
    size_t i = 0;
    while (i + 1 < sizeof columns / sizeof columns[0] && !str_eq(columns[i].field, field))
        i++;
    return &columns[i];
}

static bool read_text(struct changing *c, enum sql which, const struct cell *cells, size_t count, struct str *value)
{
    bool found = false;
    if (!sql_find(c->store, which, cells, count, &found, c->err))
        return false;
    *value = found ? sql_str(c->store, c->arena, which, 0) : STR("");
    sql_end(c->store, which);
    return true;
}

static bool read_column(struct changing *c, struct str *value)
{
    return read_text(c, column_of(c->field)->get, CELLS(cell_int(c->ticket)), value);
}

static bool write_column(struct changing *c, struct str value)
{
    enum sql set = column_of(c->field)->set;
    if (set == SQL_TICKET_SET_STATE)
        return ticket_state(c->store, c->ticket, value, c->now, c->err);
    return sql_run(c->store, set, CELLS(cell_text(value), cell_int(c->ticket)), c->err) &&
           (set != SQL_SET_SEVERITY || mark_wait(c->store, c->ticket, c->err)) &&
           ((set != SQL_SET_SEVERITY && set != SQL_SET_QUEUE) || due_wait(c->store, c->ticket, c->err));
}

/* Mail for a ticket that went into another goes there: it cannot live on by itself. */
static bool may_live(struct changing *c, struct str state)
{
    struct ticket_facts facts;
    if (!ticket_facts(c, c->ticket, &facts))
        return false;
    return facts.merged_into == 0 || str_eq(state, STR("closed")) ||
           err_set(c->err, ERR_ITEM, "ticket %lld went into ticket %lld: undo that, or change ticket %lld", (long long)c->ticket, (long long)facts.merged_into,
                   (long long)facts.merged_into);
}

bool column_make(struct changing *c, struct str value, struct made *made)
{
    const struct column *column = column_of(c->field);
    if (!column->allows(value))
        return err_set(c->err, ERR_ITEM, "%.*s cannot be \"%.*s\", expected %s", STR_ARG(c->field), STR_ARG(value), column->expects);
    if (!read_column(c, &made->before))
        return false;
    if (str_eq(made->before, value))
        return err_set(c->err, ERR_ITEM, "%.*s is \"%.*s\" already", STR_ARG(c->field), STR_ARG(value));
    if (column->set == SQL_TICKET_SET_STATE && !may_live(c, value))
        return false;
    made->after = value;
    return write_column(c, value);
}

bool column_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct str value = STR("");
    bool good = read_column(c, &value);
    *stands = str_eq(value, made->after);
    return good;
}

bool column_back(struct changing *c, const struct made *made)
{
    return write_column(c, made->before);
}

/* ---- fields ---- */

static struct str field_name(const struct changing *c)
{
    return str_sub(c->field, 6, c->field.n);
}

static bool read_field(struct changing *c, struct str *value)
{
    return read_text(c, SQL_FIELD_GET, CELLS(cell_int(c->ticket), cell_text(field_name(c))), value);
}

static bool write_field(struct changing *c, struct str value)
{
    if (value.n == 0)
        return sql_run(c->store, SQL_FIELD_DROP, CELLS(cell_int(c->ticket), cell_text(field_name(c))), c->err);
    return sql_run(c->store, SQL_FIELD_PUT, CELLS(cell_int(c->ticket), cell_text(field_name(c)), cell_text(value)), c->err);
}

bool field_make(struct changing *c, struct str value, struct made *made)
{
    if (!read_field(c, &made->before))
        return false;
    if (str_eq(made->before, value))
        return err_set(c->err, ERR_ITEM, "%.*s is \"%.*s\" already", STR_ARG(c->field), STR_ARG(value));
    made->after = value;
    return write_field(c, value);
}

bool field_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct str value = STR("");
    bool good = read_field(c, &value);
    *stands = str_eq(value, made->after);
    return good;
}

bool field_back(struct changing *c, const struct made *made)
{
    return write_field(c, made->before);
}

/* ---- tags: "+name" or "-name"; before and after say which of them stood ---- */

bool tag_make(struct changing *c, struct str value, struct made *made)
{
    bool has = false, add = str_starts(value, STR("+"));
    struct str name = str_sub(value, 1, value.n);
    if (name.n == 0 || (!add && !str_starts(value, STR("-"))))
        return err_set(c->err, ERR_ITEM, "tag cannot be \"%.*s\", expected +NAME or -NAME", STR_ARG(value));
    if (!change_has_row(c, SQL_TAG_HAS, cell_text(name), &has))
        return false;
    if (has == add)
        return err_set(c->err, ERR_ITEM, "the ticket %s the tag \"%.*s\" %s", has ? "has" : "does not have", STR_ARG(name), has ? "already" : "anyway");
    made->before = arena_printf(c->arena, "%c%.*s", has ? '+' : '-', STR_ARG(name));
    made->after = value;
    return sql_run(c->store, add ? SQL_TAG_ADD : SQL_TAG_DROP, CELLS(cell_int(c->ticket), cell_text(name)), c->err);
}

bool tag_stands(struct changing *c, const struct made *made, bool *stands)
{
    bool has = false;
    bool good = change_has_row(c, SQL_TAG_HAS, cell_text(str_sub(made->after, 1, made->after.n)), &has);
    *stands = has == str_starts(made->after, STR("+"));
    return good;
}

bool tag_back(struct changing *c, const struct made *made)
{
    enum sql which = str_starts(made->before, STR("+")) ? SQL_TAG_ADD : SQL_TAG_DROP;
    return sql_run(c->store, which, CELLS(cell_int(c->ticket), cell_text(str_sub(made->before, 1, made->before.n))), c->err);
}

/* ---- links ---- */

bool link_make(struct changing *c, struct str value, struct made *made)
{
    int64_t other = 0, exists = 0;
    bool has = false;
    if (!change_number(value, &other) || other == c->ticket)
        return err_set(c->err, ERR_ITEM, "link cannot be \"%.*s\", expected the number of another ticket", STR_ARG(value));
    if (!sql_number(c->store, SQL_TICKET_EXISTS, CELLS(cell_int(other)), &exists, c->err) || !change_has_row(c, SQL_LINK_HAS, cell_int(other), &has))
        return false;
    if (exists == 0 || has)
        return err_set(c->err, ERR_ITEM, exists == 0 ? "no ticket %lld to link to" : "ticket %lld is linked already", (long long)other);
    made->after = value;
    return sql_run(c->store, SQL_LINK_ADD, CELLS(cell_int(c->ticket), cell_int(other), cell_int(c->now)), c->err);
}

bool link_stands(struct changing *c, const struct made *made, bool *stands)
{
    int64_t other = 0;
    change_number(made->after, &other);
    return change_has_row(c, SQL_LINK_HAS, cell_int(other), stands);
}

bool link_back(struct changing *c, const struct made *made)
{
    int64_t other = 0;
    change_number(made->after, &other);
    return sql_run(c->store, SQL_LINK_DROP, CELLS(cell_int(c->ticket), cell_int(other)), c->err);
}

/* ---- notes ---- */

bool note_make(struct changing *c, struct str value, struct made *made)
{
    if (value.n == 0)
        return err_set(c->err, ERR_ITEM, "the note is empty");
    made->extra = c->store->next.message++;
    return sql_run(c->store, SQL_NOTE_ADD,
                   CELLS(cell_int(made->extra), cell_int(c->ticket), cell_text(c->actor), cell_int(c->now), cell_int((int64_t)value.n), cell_text(value)), c->err);
}

bool note_stands(struct changing *c, const struct made *made, bool *stands)
{
    int64_t shown = 0;
    bool good = sql_number(c->store, SQL_NOTE_SHOWN, CELLS(cell_int(made->extra)), &shown, c->err);
    *stands = shown == 1;
    return good;
}

bool note_back(struct changing *c, const struct made *made)
{
    return sql_run(c->store, SQL_NOTE_HIDE, CELLS(cell_int(made->extra)), c->err);
}

/* ---- the time to be reminded: UTC ms; "" : never ---- */

static struct str wake_text(struct changing *c, int64_t when)
{
    return when == 0 ? STR("") : arena_printf(c->arena, "%" PRId64, when);
}

static bool write_wake(struct changing *c, struct str value)
{
    int64_t when = 0;
    change_number(value, &when);
    return store_wake_at(c->store, c->ticket, when, c->err);
}

static bool read_wake(struct changing *c, struct str *value)
{
    struct ticket_facts facts;
    bool good = ticket_facts(c, c->ticket, &facts);
    *value = wake_text(c, facts.wake_at);
    return good;
}

bool wake_make(struct changing *c, struct str value, struct made *made)
{
    int64_t when = 0;
    if (value.n > 0 && (!change_number(value, &when) || when <= c->now))
        return err_set(c->err, ERR_ITEM, "\"%.*s\" is no time to come", STR_ARG(value));
    if (!read_wake(c, &made->before))
        return false;
    if (str_eq(made->before, value))
        return err_set(c->err, ERR_ITEM, value.n == 0 ? "nobody is to be reminded anyway" : "somebody is to be reminded then already");
    made->after = value;
    return write_wake(c, value);
}

bool wake_stands(struct changing *c, const struct made *made, bool *stands)
{
    struct str value = STR("");
    bool good = read_wake(c, &value);
    *stands = str_eq(value, made->after);
    return good;
}

bool wake_back(struct changing *c, const struct made *made)
{
    return write_wake(c, made->before);
}
