/* letter: the outbox. A letter's octets are written once; what happens to it happens to its recipients, one row each. */
#include "store/store.h"

#include "base/utf8.h"
#include "mail/address.h"
#include "sql.h"

#define RECIPIENTS_MAX 1000u

/* What anybody can cause by a mail counts against the budget; what goes to the desk's own people, or was written by hand, does not. */
static bool is_automatic(struct str kind)
{
    return str_eq(kind, STR("ack")) || str_eq(kind, STR("notice"));
}

/* What a customer gets is part of the conversation; mails to agents only tell of it. */
static bool is_conversation(struct str kind)
{
    return str_eq(kind, STR("ack")) || str_eq(kind, STR("reply"));
}

bool store_letter_id(struct store *store, int64_t *id, struct err *err)
{
    if (store->read_only)
        return err_set(err, ERR_RETRY, "store: opened for reading only");
    *id = store->next_letter++;
    return true;
}

static bool add_recipients(struct store *store, const struct letter *letter, int64_t due, bool held, struct err *err)
{
    if (letter->recipient_count == 0 || letter->recipient_count > RECIPIENTS_MAX)
        return err_set(err, ERR_ITEM, "letter %lld has %zu recipients, 1 to %u are possible", (long long)letter->id, letter->recipient_count, RECIPIENTS_MAX);
    for (size_t i = 0; i < letter->recipient_count; i++) {
        struct str address = letter->recipients[i];
        if (!sql_run(store, SQL_RECIPIENT_ADD,
                     CELLS(cell_int(letter->id), cell_text(letter->relay), cell_int(letter->created), cell_int(is_automatic(letter->kind)), cell_text(address),
                           cell_text(address_domain(address)), cell_text(held ? STR("held") : STR("queued")), cell_int(held ? INT64_MAX : due)),
                     err))
            return false;
        if (is_automatic(letter->kind))
            spent_add(store, address_domain(address));
    }
    return true;
}

/* The letter as part of the ticket's conversation. */
static bool add_to_thread(struct store *store, const struct letter *letter, struct err *err)
{
    struct buf to = {0};
    for (size_t i = 0; i < letter->recipient_count; i++)
        buf_printf(&to, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(letter->recipients[i]));
    bool good = sql_run(store, SQL_MESSAGE_ADD,
                        CELLS(cell_int(store->next.message++), cell_int(letter->ticket), cell_null(), cell_int(letter->id), cell_text(STR("out")),
                              cell_text(letter->kind), cell_text(letter->from), cell_text(STR("")), cell_text(buf_view(&to)), cell_text(letter->subject),
                              cell_text(letter->message_id), cell_text(STR("")), cell_int(0), cell_int(letter->created), cell_int((int64_t)letter->octets.n),
                              cell_int(0), cell_text(letter->text), cell_null()),
                        err);
    buf_free(&to);
    return good;
}

static bool add_letter(struct store *store, const struct letter *letter, int64_t ledger, int64_t due, bool held, struct err *err)
{
    if (!sql_run(store, SQL_LETTER_ADD,
                 CELLS(cell_int(letter->id), cell_ref(letter->ticket), cell_ref(ledger), cell_text(letter->relay), cell_text(letter->kind),
                       cell_text(letter->message_id), cell_text(letter->from), cell_int(letter->created), cell_int((int64_t)letter->octets.n),
                       cell_blob(letter->octets)),
                 err) ||
        !add_recipients(store, letter, due, held, err))
        return false;
    if (letter->ticket == 0)
        return true;
    return (!is_conversation(letter->kind) || add_to_thread(store, letter, err)) &&
           sql_run(store, SQL_MESSAGE_ID_TAKE, CELLS(cell_text(letter->message_id), cell_int(letter->ticket), cell_int(letter->id)), err);
}

bool store_letter_add(struct store *store, const struct letter *letter, int64_t ledger, int64_t due, bool held, struct err *err)
{
    return sql_step(store, err) && sql_step_end(store, add_letter(store, letter, ledger, due, held, err), err);
}

/* ---- what is due ---- */

static bool holds(const int64_t *ids, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* Letters in the order of their oldest due recipient, each once. */
static bool pick_due(struct store *store, struct str relay, int64_t now, const int64_t *except, size_t except_count, int64_t *ids, size_t limit, size_t *count,
                     struct err *err)
{
    bool row = true;
    *count = 0;
    if (!sql_ask(store, SQL_LETTERS_DUE, CELLS(cell_int(now), cell_text(relay)), err))
        return false;
    while (*count < limit) {
        if (!sql_row(store, SQL_LETTERS_DUE, &row, err))
            return false;
        if (!row)
            return true;
        int64_t id = sql_int(store, SQL_LETTERS_DUE, 0);
        if (!holds(except, except_count, id) && !holds(ids, *count, id))
            ids[(*count)++] = id;
    }
    sql_end(store, SQL_LETTERS_DUE);
    return true;
}

static bool load_recipients(struct store *store, struct arena *arena, int64_t now, struct due_letter *due, struct err *err)
{
    struct letter *letter = &due->letter;
    bool row = true;
    letter->recipients = arena_array(arena, RECIPIENTS_MAX, sizeof *letter->recipients);
    due->recipient_ids = arena_array(arena, RECIPIENTS_MAX, sizeof *due->recipient_ids);
    if (!sql_ask(store, SQL_RECIPIENTS_DUE, CELLS(cell_int(letter->id), cell_int(now)), err))
        return false;
    while (letter->recipient_count < RECIPIENTS_MAX) {
        if (!sql_row(store, SQL_RECIPIENTS_DUE, &row, err))
            return false;
        if (!row)
            return true;
        uint32_t tries = (uint32_t)sql_int(store, SQL_RECIPIENTS_DUE, 2);
        due->tries = tries > due->tries ? tries : due->tries;
        letter->created = sql_int(store, SQL_RECIPIENTS_DUE, 3); /* by the clock as it is set now (store_clock_set) */
        due->recipient_ids[letter->recipient_count] = sql_int(store, SQL_RECIPIENTS_DUE, 0);
        letter->recipients[letter->recipient_count++] = sql_str(store, arena, SQL_RECIPIENTS_DUE, 1);
    }
    sql_end(store, SQL_RECIPIENTS_DUE);
    return true;
}

static bool load_due(struct store *store, struct arena *arena, int64_t id, int64_t now, struct due_letter *due, struct err *err)
{
    enum sql q = SQL_LETTER_LOAD;
    bool found = false;
    if (!sql_find(store, q, CELLS(cell_int(id)), &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_SETUP, "store: letter %lld is missing", (long long)id);
    due->letter = (struct letter){
        .id = sql_int(store, q, 0),
        .ticket = sql_int(store, q, 1),
        .relay = sql_str(store, arena, q, 2),
        .kind = sql_str(store, arena, q, 3),
        .message_id = sql_str(store, arena, q, 4),
        .from = sql_str(store, arena, q, 5),
        .created = sql_int(store, q, 6),
        .octets = sql_str(store, arena, q, 7),
    };
    sql_end(store, q);
    return load_recipients(store, arena, now, due, err);
}

bool store_letters_due(struct store *store, struct arena *arena, struct str relay, int64_t now, const int64_t *except, size_t except_count, size_t limit,
                       struct due_letter **letters, size_t *count, struct err *err)
{
    int64_t *ids = arena_array(arena, limit, sizeof *ids);
    if (!pick_due(store, relay, now, except, except_count, ids, limit, count, err))
        return false;
    *letters = arena_array(arena, *count, sizeof **letters);
    for (size_t i = 0; i < *count; i++)
        if (!load_due(store, arena, ids[i], now, &(*letters)[i], err))
            return false;
    return true;
}

bool store_next_due(struct store *store, int64_t *when, struct err *err)
{
    bool found = false;
    *when = INT64_MAX;
    if (!sql_find(store, SQL_NEXT_DUE, NULL, 0, &found, err))
        return false;
    if (found)
        *when = sql_int(store, SQL_NEXT_DUE, 0);
    sql_end(store, SQL_NEXT_DUE);
    return true;
}

/* ---- what became of it ---- */

static bool write_receipt(struct store *store, int64_t recipient, struct str state, int64_t next_at, uint32_t code, struct str enhanced, struct str text, int64_t now,
                          struct err *err)
{
    if (!sql_run(store, SQL_RECEIPT,
                 CELLS(cell_text(state), cell_int(next_at), cell_int(now), cell_int(code), cell_text(enhanced), cell_text(text), cell_int(recipient)), err))
        return false;
    if (sql_changed(store) == 0)
        return err_set(err, ERR_ITEM, "no recipient %lld", (long long)recipient);
    return str_eq(state, STR("deferred")) || sql_run(store, SQL_RECEIPT_EVENT, CELLS(cell_int(now), cell_text(state), cell_int(recipient)), err);
}

bool store_receipt(struct store *store, int64_t recipient, struct str state, int64_t next_at, uint32_t code, struct str enhanced, struct str text, int64_t now,
                   struct err *err)
{
    struct buf clean = {0};
    utf8_clean(&clean, text);
    bool good = sql_step(store, err) &&
                sql_step_end(store, write_receipt(store, recipient, state, next_at, code, enhanced, buf_view(&clean), now, err), err);
    buf_free(&clean);
    return good;
}

bool store_suppressed(struct store *store, struct str address, int64_t now, bool *suppressed, struct err *err)
{
    int64_t one = 0;
    bool good = sql_number(store, SQL_SUPPRESSED, CELLS(cell_text(address), cell_int(now)), &one, err);
    *suppressed = one == 1;
    return good;
}

bool store_suppress(struct store *store, struct str address, struct str reason, int64_t now, int64_t until, struct err *err)
{
    return sql_run(store, SQL_SUPPRESS, CELLS(cell_text(address), cell_text(reason), cell_int(now), cell_int(until)), err);
}

bool store_event(struct store *store, int64_t ticket, struct str actor, struct str kind, struct str detail, int64_t now, struct err *err)
{
    return sql_run(store, SQL_EVENT_ADD, CELLS(cell_ref(ticket), cell_int(now), cell_text(actor), cell_text(kind), cell_text(detail)), err);
}

bool store_last_event(struct store *store, struct str kind, int64_t *at, struct err *err)
{
    return sql_number(store, SQL_LAST_EVENT, CELLS(cell_text(kind)), at, err);
}

bool store_letter_set(struct store *store, int64_t letter, struct str state, int64_t now, struct err *err)
{
    bool good = str_eq(state, STR("queued"))    ? sql_run(store, SQL_LETTER_QUEUE, CELLS(cell_int(now), cell_int(letter)), err)
                : str_eq(state, STR("held"))    ? sql_run(store, SQL_LETTER_HOLD, CELLS(cell_int(letter)), err)
                : str_eq(state, STR("dropped")) ? sql_run(store, SQL_LETTER_DROP, CELLS(cell_int(now), cell_int(letter)), err)
                                                : err_set(err, ERR_ITEM, "no such state of a letter: %.*s", STR_ARG(state));
    return good && (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "letter %lld does not exist or cannot become %.*s any more", (long long)letter, STR_ARG(state)));
}
