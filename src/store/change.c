/* change: a ticket changed by hand, and that taken back. A table says for each field how its value is read and written; every change leaves the value before and after
 * under its receipt, and is taken back only where nothing changed it since. */
#include "change.h"

#include "base/buf.h"

#define CHANGES_MAX 1000u /* under one receipt */
#define PARTS_MAX 4u      /* changes that are part of each other */

/* ---- the kinds ---- */

static const struct kind {
    struct str field; /* with a "." at its end: every field that begins so */
    change_make *make;
    change_stands *stands;
    change_back *take_back;
    bool silent; /* it is no value: no provenance, no words in its event */
} kinds[] = {
    {{"state", 5}, column_make, column_stands, column_back, false},
    {{"owner", 5}, column_make, column_stands, column_back, false},
    {{"queue", 5}, column_make, column_stands, column_back, false},
    {{"severity", 8}, column_make, column_stands, column_back, false},
    {{"kind", 4}, column_make, column_stands, column_back, false},
    {{"field.", 6}, field_make, field_stands, field_back, false},
    {{"tag", 3}, tag_make, tag_stands, tag_back, false},
    {{"link", 4}, link_make, link_stands, link_back, false},
    {{"note", 4}, note_make, note_stands, note_back, true},
    {{"wake", 4}, wake_make, wake_stands, wake_back, false},
    {{"party", 5}, party_make, party_stands, party_back, false},
    {{"requester", 9}, requester_make, requester_stands, requester_back, false},
    {{"blocked", 7}, blocked_make, blocked_stands, blocked_back, false},
    {{"merged", 6}, merged_make, merged_stands, merged_back, false},
    {{"split", 5}, split_make, split_stands, split_back, false},
    {{"accept", 6}, accept_make, accept_stands, accept_back, false},
};

static const struct kind *kind_of(struct str field)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct str name = kinds[i].field;
        bool prefix = name.p[name.n - 1] == '.';
        if (prefix ? field.n > name.n && str_starts(field, name) : str_eq(field, name))
            return &kinds[i];
    }
    return NULL;
}

/* ---- what the kinds share ---- */

bool change_number(struct str value, int64_t *number)
{
    uint64_t n = 0;
    bool good = str_u64(value, &n) && n > 0 && n <= INT64_MAX;
    *number = good ? (int64_t)n : 0;
    return good;
}

bool change_has_row(struct changing *c, enum sql which, struct cell second, bool *has)
{
    int64_t one = 0;
    bool good = sql_number(c->store, which, CELLS(cell_int(c->ticket), second), &one, c->err);
    *has = one == 1;
    return good;
}

bool ticket_facts(struct changing *c, int64_t ticket, struct ticket_facts *facts)
{
    enum sql q = SQL_TICKET_FACTS;
    bool found = false;
    *facts = (struct ticket_facts){.state = STR(""), .requester = STR("")};
    if (!sql_find(c->store, q, CELLS(cell_int(ticket)), &found, c->err))
        return false;
    if (found)
        *facts = (struct ticket_facts){
            .id = sql_int(c->store, q, 0),
            .merged_into = sql_int(c->store, q, 1),
            .customer = sql_int(c->store, q, 2),
            .wake_at = sql_int(c->store, q, 3),
            .state = sql_str(c->store, c->arena, q, 4),
            .requester = sql_str(c->store, c->arena, q, 5),
        };
    sql_end(c->store, q);
    return true;
}

bool party_role(struct changing *c, int64_t ticket, struct str address, struct str *role)
{
    bool found = false;
    if (!sql_find(c->store, SQL_PARTY_ROLE, CELLS(cell_int(ticket), cell_text(address)), &found, c->err))
        return false;
    *role = found ? sql_str(c->store, c->arena, SQL_PARTY_ROLE, 0) : STR("");
    sql_end(c->store, SQL_PARTY_ROLE);
    return true;
}

bool customer_follows(struct changing *c, int64_t ticket, struct str address)
{
    int64_t customer = 0;
    return customer_id(c->store, address, &customer, c->err) &&
           sql_run(c->store, SQL_TICKET_CUSTOMER, CELLS(cell_ref(customer), cell_int(ticket)), c->err) && due_wait(c->store, ticket, c->err);
}

static bool load_message(struct changing *c, int64_t id, struct message_facts *facts)
{
    enum sql q = SQL_MESSAGE_FACTS;
    bool found = false;
    *facts = (struct message_facts){0};
    if (!sql_find(c->store, q, CELLS(cell_int(id)), &found, c->err))
        return false;
    if (found)
        *facts = (struct message_facts){
            .id = id,
            .ticket = sql_int(c->store, q, 0),
            .at = sql_int(c->store, q, 1),
            .opened = sql_int(c->store, q, 2),
            .incoming = str_eq(sql_octets(c->store, q, 3), STR("in")),
            .proposed = sql_int(c->store, q, 4) != 0,
            .hidden = sql_int(c->store, q, 5) != 0,
            .sender = sql_str(c->store, c->arena, q, 6),
            .sender_name = sql_str(c->store, c->arena, q, 7),
            .subject = sql_str(c->store, c->arena, q, 8),
            .message_id = sql_str(c->store, c->arena, q, 9),
        };
    sql_end(c->store, q);
    return true;
}

bool message_facts(struct changing *c, struct str value, bool proposed, struct message_facts *facts)
{
    int64_t id = 0;
    bool last = str_eq(value, STR("last"));
    if (last && !sql_number(c->store, SQL_LAST_INCOMING, CELLS(cell_int(c->ticket), cell_int(proposed)), &id, c->err))
        return false;
    if (last && id == 0)
        return err_set(c->err, ERR_ITEM, proposed ? "no message of a stranger waits on ticket %lld" : "ticket %lld has no message from outside", (long long)c->ticket);
    if (!last && !change_number(value, &id))
        return err_set(c->err, ERR_ITEM, "\"%.*s\" is no message, expected its number or last", STR_ARG(value));
    if (!load_message(c, id, facts))
        return false;
    if (facts->ticket != c->ticket || facts->hidden || !facts->incoming)
        return err_set(c->err, ERR_ITEM, "M-%lld is no message from outside on ticket %lld", (long long)id, (long long)c->ticket);
    return facts->proposed == proposed ||
           err_set(c->err, ERR_ITEM, proposed ? "message M-%lld is part of the ticket already" : "message M-%lld is a stranger's: accept it first", (long long)id);
}

/* ---- changing ---- */

bool change_explain(struct changing *c, int64_t ticket, struct str field, struct str value, struct str because)
{
    struct provenance of = {.ticket = ticket, .at = c->now, .actor = c->actor};
    struct value explained = {.field = field, .text = value, .because = because};
    return provenance_add(c->store, &of, &explained, 0, c->err);
}

/* Signs say themselves what they do; a value is told beside the one before. */
static struct str told_change(struct changing *c, const struct made *made)
{
    bool has_sign = str_starts(made->after, STR("+")) || str_starts(made->after, STR("-"));
    if (has_sign || made->before.n == 0 || str_eq(c->field, STR("blocked")))
        return made->after;
    return arena_printf(c->arena, "%.*s -> %.*s", STR_ARG(made->before), STR_ARG(made->after));
}

/* Why the value is what it is now, and that somebody did it. */
static bool record(struct changing *c, const struct kind *kind, const struct made *made, struct str because)
{
    return (kind->silent || change_explain(c, c->ticket, c->field, made->after, because)) &&
           store_event(c->store, c->ticket, c->actor, c->field, kind->silent ? STR("") : told_change(c, made), c->now, c->err) &&
           sql_run(c->store, SQL_TICKET_TOUCH, CELLS(cell_int(c->now), cell_int(c->ticket)), c->err);
}

static bool find_ticket(struct changing *c)
{
    int64_t exists = 0;
    return sql_number(c->store, SQL_TICKET_EXISTS, CELLS(cell_int(c->ticket)), &exists, c->err) &&
           (exists != 0 || err_set(c->err, ERR_ITEM, "no ticket %lld", (long long)c->ticket));
}

static bool change(struct changing *c, struct str value, struct changed *changed)
{
    struct made made = {.before = STR(""), .after = STR("")};
    const struct kind *kind = kind_of(c->field);
    if (!find_ticket(c))
        return false;
    if (kind == NULL)
        return err_set(c->err, ERR_ITEM, "a ticket has no \"%.*s\" to change", STR_ARG(c->field));
    if (!kind->make(c, value, &made))
        return false;
    *changed = (struct changed){made.before, made.after};
    return sql_run(c->store, SQL_CHANGE_ADD,
                   CELLS(cell_text(c->receipt), cell_int(c->ticket), cell_text(c->field), cell_text(made.before), cell_text(made.after), cell_ref(made.extra),
                         cell_int(c->now), cell_text(c->actor)),
                   c->err) &&
           record(c, kind, &made, arena_printf(c->arena, "set by hand, receipt %.*s", STR_ARG(c->receipt)));
}

bool change_part(struct changing *c, int64_t ticket, struct str field, struct str value)
{
    struct changing part = *c;
    struct changed changed;
    part.ticket = ticket;
    part.field = field;
    part.depth = c->depth + 1;
    return part.depth < PARTS_MAX ? change(&part, value, &changed) : err_set(c->err, ERR_ITEM, "the change has too many parts");
}

bool store_change(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, struct str actor, struct str receipt, int64_t now,
                  struct changed *changed, struct err *err)
{
    struct changing c = {.store = store, .arena = arena, .ticket = ticket, .field = field, .actor = actor, .receipt = receipt, .now = now, .err = err};
    *changed = (struct changed){STR(""), STR("")};
    return sql_step(store, err) && sql_step_end(store, change(&c, value, changed), err);
}

bool store_stands(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct str value, bool *stands, struct err *err)
{
    struct changing c = {.store = store, .arena = arena, .ticket = ticket, .field = field, .err = err};
    struct made made = {.before = STR(""), .after = value};
    const struct kind *kind = kind_of(field);
    *stands = false;
    return kind == NULL || kind->stands(&c, &made, stands);
}

/* ---- taking back ---- */

struct past {
    int64_t id, ticket, at, undone_at;
    struct str field, actor;
    struct made made;
};

static bool load_changes(struct store *store, struct arena *arena, struct str receipt, struct past *changes, size_t *count, struct err *err)
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
        changes[(*count)++] = (struct past){
            .id = sql_int(store, q, 0),
            .ticket = sql_int(store, q, 1),
            .field = sql_str(store, arena, q, 2),
            .made = {sql_str(store, arena, q, 3), sql_str(store, arena, q, 4), sql_int(store, q, 5)},
            .undone_at = sql_int(store, q, 6),
            .at = sql_int(store, q, 7),
            .actor = sql_str(store, arena, q, 8),
        };
    }
    sql_end(store, q);
    return err_set(err, ERR_ITEM, "receipt %.*s holds more than %u changes", STR_ARG(receipt), CHANGES_MAX);
}

static void tell_undone(const struct past *past, bool silent, struct buf *told)
{
    buf_printf(told, "%s%lld: %.*s", told->n > 0 ? "; " : "", (long long)past->ticket, STR_ARG(past->field));
    if (!silent)
        buf_printf(told, " %.*s -> %.*s", STR_ARG(past->made.after), STR_ARG(past->made.before));
}

static bool undo_one(struct changing *c, const struct past *past, struct buf *told)
{
    bool stands = false;
    const struct kind *kind = kind_of(past->field);
    c->ticket = past->ticket;
    c->field = past->field;
    if (past->undone_at != 0)
        return err_set(c->err, ERR_ITEM, "receipt %.*s is undone already", STR_ARG(c->receipt));
    if (kind == NULL)
        return err_set(c->err, ERR_ITEM, "what a \"%.*s\" is, is not known any more", STR_ARG(c->field));
    if (!kind->stands(c, &past->made, &stands))
        return false;
    if (!stands)
        return err_set(c->err, ERR_ITEM, "%.*s of ticket %lld was changed again since; nothing was undone", STR_ARG(c->field), (long long)c->ticket);
    struct made back = {.before = past->made.after, .after = past->made.before, .extra = past->made.extra};
    tell_undone(past, kind->silent, told);
    return kind->take_back(c, &past->made) && sql_run(c->store, SQL_CHANGE_UNDONE, CELLS(cell_int(c->now), cell_int(past->id)), c->err) &&
           record(c, kind, &back, arena_printf(c->arena, "receipt %.*s undone", STR_ARG(c->receipt)));
}

/* On the ticket, or a merge of another one into it: mail about that one comes to this one now. */
static bool touches(const struct past *past, int64_t ticket)
{
    uint64_t into = 0;
    return past->ticket == ticket || (str_eq(past->field, STR("merged")) && str_u64(past->made.after, &into) && into == (uint64_t)ticket);
}

/* Who acts through one ticket reaches others only by what he did there himself. */
static bool is_about(struct changing *c, int64_t ticket, const struct past *changes, size_t count)
{
    bool about = ticket == 0, own = true;
    for (size_t i = 0; i < count; i++) {
        about = about || touches(&changes[i], ticket);
        own = own && (ticket == 0 || changes[i].ticket == ticket || str_eq(changes[i].actor, c->actor));
    }
    if (!about)
        return err_set(c->err, ERR_ITEM, "no receipt %.*s of ticket %lld", STR_ARG(c->receipt), (long long)ticket);
    return own || err_set(c->err, ERR_ITEM, "receipt %.*s is also about tickets that %.*s changed", STR_ARG(c->receipt), STR_ARG(changes[0].actor));
}

static bool undo_all(struct changing *c, int64_t ticket, int64_t since, struct buf *told)
{
    struct past *changes = arena_array(c->arena, CHANGES_MAX, sizeof *changes);
    size_t count = 0;
    if (!load_changes(c->store, c->arena, c->receipt, changes, &count, c->err))
        return false;
    if (count == 0)
        return err_set(c->err, ERR_ITEM, "no receipt %.*s", STR_ARG(c->receipt));
    if (!is_about(c, ticket, changes, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (changes[i].at < since)
            return err_set(c->err, ERR_ITEM, "it is too late to take back receipt %.*s", STR_ARG(c->receipt));
        if (!undo_one(c, &changes[i], told))
            return false;
    }
    return true;
}

bool store_undo_receipt(struct store *store, struct arena *arena, struct str receipt, int64_t ticket, int64_t since, struct str actor, int64_t now, struct str *told,
                        struct err *err)
{
    struct buf text = {0};
    struct changing c = {.store = store, .arena = arena, .actor = actor, .receipt = receipt, .now = now, .err = err};
    bool good = sql_step(store, err) && sql_step_end(store, undo_all(&c, ticket, since, &text), err);
    *told = arena_str(arena, buf_view(&text));
    buf_free(&text);
    return good;
}

bool store_last_receipt(struct store *store, struct arena *arena, int64_t ticket, struct str actor, struct str *receipt, struct err *err)
{
    enum sql q = SQL_LAST_RECEIPT;
    bool found = false;
    *receipt = STR("");
    if (!sql_find(store, q, CELLS(cell_int(ticket), cell_text(actor)), &found, err))
        return false;
    if (found)
        *receipt = sql_str(store, arena, q, 0);
    sql_end(store, q);
    return true;
}

bool store_quarantine_drop(struct store *store, int64_t ledger, int64_t now, struct err *err)
{
    (void)now;
    return sql_run(store, SQL_QUARANTINE_DROP, CELLS(cell_int(ledger)), err) &&
           (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "message %lld is not in quarantine", (long long)ledger));
}
