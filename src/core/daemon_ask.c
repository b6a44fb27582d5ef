/* daemon_ask: what triagectl asks of the running daemon: figures, orders to mailboxes, and the requests that are answered when something has come about. */
#include "config.h"

#include "core/daemon_state.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/explain.h"
#include "core/keys.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#define WAIT_DEFAULT (30 * CLOCK_SECOND)
#define WAIT_MAX (24 * CLOCK_HOUR)
#define TEST_DEADLINE (120 * CLOCK_SECOND)

/* ---- figures ------------------------------------------------------------------------------------------------------------- */

static json_t *text_json(struct str text)
{
    json_t *json = json_stringn(text.p != NULL ? text.p : "", text.n);
    return json != NULL ? json : json_string("");
}

static json_t *time_json(int64_t wall)
{
    char text[CLOCK_TEXT];
    if (wall == 0)
        return json_null();
    clock_rfc3339(wall, text);
    return json_string(text);
}

static json_t *part_json(struct str name, const struct part_status *status)
{
    return json_pack("{s:o, s:s, s:s, s:o, s:o}", "name", text_json(name), "state", status->state[0] != '\0' ? status->state : "starting", "note",
                     status->note, "since", time_json(status->since), "next_try", time_json(status->next_try));
}

static size_t inflight_of(const struct daemon *d, struct str mailbox)
{
    size_t n = 0;
    for (const struct item *item = d->inbox.first; item != NULL; item = item->next)
        n += item->purpose == ITEM_FETCHED && str_eq(item->line.raw.mailbox, mailbox);
    return n;
}

static int64_t oldest_in_hand(const struct daemon *d)
{
    int64_t oldest = 0;
    for (const struct item *item = d->inbox.first; item != NULL; item = item->next)
        if (oldest == 0 || item->line.raw.received < oldest)
            oldest = item->line.raw.received;
    return oldest;
}

json_t *daemon_figures(const struct daemon *d)
{
    json_t *mailboxes = json_array(), *relays = json_array();
    for (size_t i = 0; i < d->config->mailbox_count; i++) {
        struct str name = d->config->mailboxes[i].settings.name;
        json_t *part = part_json(name, &d->mailboxes[i]);
        if (d->mailboxes[i].note[0] == '\0')
            json_object_set_new(part, "note", text_json(str_of(chores_problem(d->chores, i))));
        json_object_set_new(part, "last_look", time_json(d->mailboxes[i].last_look));
        json_object_set_new(part, "backlog", json_integer((json_int_t)d->mailboxes[i].backlog));
        json_object_set_new(part, "missing", json_integer((json_int_t)d->mailboxes[i].missing));
        json_object_set_new(part, "reconciled", time_json(d->mailboxes[i].reconciled));
        json_object_set_new(part, "behind", json_integer((json_int_t)inflight_of(d, name)));
        json_array_append_new(mailboxes, part);
    }
    for (size_t i = 0; i < d->config->relay_count; i++)
        json_array_append_new(relays, part_json(d->config->relays[i].name, &d->relays[i]));
    return json_pack("{s:o, s:s, s:i, s:s, s:o, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:o}", "since", time_json(d->started), "version", VERSION, "generation",
                     (int)d->generation, "config_hash", d->config->hash, "config_since", time_json(d->reloaded), "reload_error", d->reload_trouble, "mailboxes",
                     mailboxes, "relays", relays, "readers", (json_int_t)pool_running(d->pool), "reader_crashes", (json_int_t)pool_crashes(d->pool), "inflight",
                     (json_int_t)d->inbox.count, "letters_handed", (json_int_t)outbox_handed(d->outbox), "store_error", d->store_trouble, "account_error", d->account_fault,
                     "oldest_in_hand", time_json(oldest_in_hand(d)));
}

void daemon_status_line(struct daemon *d, char *text, size_t size)
{
    size_t well = 0;
    const char *trouble = d->store_trouble[0] != '\0' ? d->store_trouble : "";
    for (size_t i = 0; i < d->config->mailbox_count; i++) {
        well += d->mailboxes[i].note[0] == '\0' && d->mailboxes[i].tried;
        if (trouble[0] == '\0')
            trouble = d->mailboxes[i].note;
    }
    snprintf(text, size, "%s: %zu/%zu mailboxes, %zu in hand, %zu letters leaving, configuration %u%s%s%.200s",
             d->stopping ? "Stopping" : "Ready", well, d->config->mailbox_count, d->inbox.count, outbox_handed(d->outbox), d->generation,
             d->reload_trouble[0] != '\0' ? ", last reload refused" : "", trouble[0] != '\0' ? "; " : "", trouble);
}

/* ---- orders -------------------------------------------------------------------------------------------------------------- */

static bool order(struct daemon *d, struct str mailbox, enum wire_order order, struct err *err)
{
    int32_t index = daemon_mailbox_index(d, mailbox);
    if (index < 0)
        return err_set(err, ERR_ITEM, "no mailbox is named \"%.*s\"", STR_ARG(mailbox));
    if (d->courier.fd < 0)
        return err_set(err, ERR_RETRY, "the courier is being started");
    wire_put_pair(link_out(&d->courier), WIRE_ORDER, (uint32_t)index, order);
    daemon_courier_flush(d);
    return true;
}

bool daemon_poll(struct daemon *d, struct str mailbox, struct err *err)
{
    return order(d, mailbox, WIRE_ORDER_POLL, err);
}

void daemon_resume(struct daemon *d, size_t index, struct err *err)
{
    struct str name = d->config->mailboxes[index].settings.name;
    bool paused = false;
    if (store_paused(d->store, name, &paused, err) && !paused)
        order(d, name, WIRE_ORDER_RESUME, err);
}

bool daemon_pause(struct daemon *d, struct str mailbox, bool pause, struct err *err)
{
    int32_t index = daemon_mailbox_index(d, mailbox);
    if (index >= 0)
        daemon_trust(d, (size_t)index);
    return order(d, mailbox, pause ? WIRE_ORDER_PAUSE : WIRE_ORDER_RESUME, err);
}

bool daemon_recount(struct daemon *d, struct str mailbox, struct err *err)
{
    return order(d, mailbox, WIRE_ORDER_RECOUNT, err);
}

void daemon_outbox_changed(struct daemon *d)
{
    outbox_changed(d->outbox);
}

bool daemon_requeue(struct daemon *d, int64_t ledger, struct err *err)
{
    struct arena *arena = arena_new();
    struct ledger_row row = {0};
    struct buf octets = {0};
    bool ok = view_ledger_row(d->store, arena, ledger, &row, err) &&
              (row.id != 0 || err_set(err, ERR_ITEM, "no message %lld is on record", (long long)ledger)) &&
              (str_eq(row.outcome, STR("quarantined")) || err_set(err, ERR_ITEM, "message %lld is not in quarantine", (long long)ledger)) &&
              (!row.hidden || err_set(err, ERR_ITEM, "message %lld was dropped from quarantine or read again already", (long long)ledger)) &&
              store_raw(d->store, row.message, &octets, err);
    if (ok) {
        struct raw raw = {.mailbox = STR("requeue"), .uid_validity = d->ingest_validity, .uid = ++d->ingest_uid, .internal_date = row.internal_date,
                          .received = clock_wall(), .size = octets.n, .octets = buf_view(&octets)};
        struct item *item = inbox_add(&d->inbox, ITEM_REQUEUED, &raw);
        item->ledger = ledger;
        item->ticket = row.ticket;
    }
    buf_free(&octets);
    arena_free(&arena);
    return ok;
}

const struct token_keys *daemon_keys(const struct daemon *d)
{
    return &d->keys;
}

bool daemon_rotate_keys(struct daemon *d, struct err *err)
{
    return keys_rotate(d->state_directory, &d->keys, err);
}

void daemon_receipt(char out[8])
{
    static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    uint8_t dice[4] = {0};
    if (getrandom(dice, sizeof dice, 0) != (ssize_t)sizeof dice)
        dice[0] = (uint8_t)clock_wall();
    snprintf(out, 8, "R-%c%c%c%c", letters[dice[0] % 32], letters[dice[1] % 32], letters[dice[2] % 32], letters[dice[3] % 32]);
}

/* ---- messages from triagectl --------------------------------------------------------------------------------------------- */

static struct item *add_given(struct query_context *context, const json_t *parameters, struct query_answer *answer, enum item_purpose purpose)
{
    struct daemon *d = context->daemon;
    struct arena *arena = arena_new();
    struct str octets = {0};
    struct item *item = NULL;
    const json_t *text = json_object_get(parameters, "octets_base64");
    int64_t now = clock_wall();
    if (!json_is_string(text) || !base64_decode(arena, (struct str){json_string_value(text), json_string_length(text)}, &octets)) {
        query_refuse(answer, "InvalidParameter", EX_USAGE, "octets_base64 is missing or not base64");
    } else if (d->stopping || inbox_is_full(&d->inbox) || d->store_failures > 0) {
        query_refuse(answer, "Busy", EX_TEMPFAIL, "%s", d->store_trouble[0] != '\0' ? d->store_trouble : "too much mail is in hand, try again");
    } else {
        struct raw raw = {.mailbox = purpose == ITEM_INGESTED ? STR("ingest") : STR("explain"), .uid_validity = d->ingest_validity, .uid = ++d->ingest_uid,
                          .internal_date = now, .received = now, .size = octets.n, .octets = octets};
        const json_t *mailbox = json_object_get(parameters, "mailbox");
        if (purpose == ITEM_EXPLAINED && json_is_string(mailbox))
            raw.mailbox = str_of(json_string_value(mailbox));
        item = inbox_add(&d->inbox, purpose, &raw);
        if (purpose == ITEM_INGESTED)
            daemon_recall_attempts(d, item);
        item->client = context->client;
        answer->later = true;
    }
    arena_free(&arena);
    return item;
}

void daemon_ingest(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    add_given(context, parameters, answer, ITEM_INGESTED);
}

void daemon_explain(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    add_given(context, parameters, answer, ITEM_EXPLAINED);
}

void daemon_tell_ingested(struct daemon *d, struct item *item, const struct err *trouble)
{
    struct query_answer answer = {0};
    const struct filed *filed = &item->line.filed;
    if (trouble != NULL)
        query_refuse(&answer, "NotFiled", EX_TEMPFAIL, "%s", trouble->text);
    else
        answer.result = json_pack("{s:s, s:o, s:I, s:I}", "outcome", outcome_name(filed->outcome), "reason", text_json(filed->reason), "ticket",
                                  (json_int_t)filed->ticket, "message", (json_int_t)filed->message);
    control_answer(d->control, item->client, &answer);
}

static void explain_one(struct daemon *d, struct item *item)
{
    struct intake context = {.store = d->store, .config = d->config, .keys = &d->keys, .now = clock_wall()};
    struct query_answer answer = {0};
    struct err err = {0};
    if (!item->line.understood)
        query_refuse(&answer, "NotRead", EX_DATAERR, "%.*s", STR_ARG(item->line.trouble));
    else if (!intake_judge(&context, &item->line, &err) || !intake_preview(&context, &item->line, &err))
        query_refuse(&answer, "NotJudged", err.kind == ERR_RETRY ? EX_TEMPFAIL : EX_DATAERR, "%s", err.text);
    else
        answer.result = explain_line(&context, &item->line);
    control_answer(d->control, item->client, &answer);
}

void daemon_explained(struct daemon *d)
{
    struct item *next = NULL;
    for (struct item *item = d->inbox.first; item != NULL; item = next) {
        next = item->next;
        if (item->purpose != ITEM_EXPLAINED || item->state != ITEM_READY)
            continue;
        explain_one(d, item);
        inbox_remove(&d->inbox, item);
    }
}

/* ---- waiting --------------------------------------------------------------------------------------------------------------- */

static struct waiter *new_waiter(struct query_context *context, struct query_answer *answer)
{
    for (size_t i = 0; i < WAITERS_MAX; i++)
        if (context->daemon->waiters[i].client == 0) {
            context->daemon->waiters[i] = (struct waiter){.client = context->client};
            answer->later = true;
            return &context->daemon->waiters[i];
        }
    query_refuse(answer, "Busy", EX_TEMPFAIL, "too many clients are waiting");
    return NULL;
}

void daemon_mailbox_test(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct daemon *d = context->daemon;
    const char *name = json_string_value(json_object_get(parameters, "mailbox"));
    int32_t index = daemon_mailbox_index(d, str_of(name));
    if (index < 0) {
        query_refuse(answer, "NoSuchMailbox", EX_NOINPUT, "no mailbox is named \"%s\"", name != NULL ? name : "");
        return;
    }
    if (d->courier.fd < 0) {
        query_refuse(answer, "Busy", EX_TEMPFAIL, "the courier is being started");
        return;
    }
    struct waiter *waiter = new_waiter(context, answer);
    if (waiter == NULL)
        return;
    waiter->what = WAIT_TEST;
    waiter->serial = ++d->test_serial;
    waiter->deadline = clock_monotonic() + TEST_DEADLINE;
    wire_put_pair(link_out(&d->courier), WIRE_TEST, (uint32_t)index, waiter->serial);
    daemon_courier_flush(d);
}

void daemon_tested(struct daemon *d, uint32_t serial, struct str text)
{
    for (size_t i = 0; i < WAITERS_MAX; i++) {
        struct waiter *waiter = &d->waiters[i];
        if (waiter->client == 0 || waiter->what != WAIT_TEST || waiter->serial != serial || text.n == 0)
            continue;
        struct query_answer answer = {
            .result = json_pack("{s:b, s:o}", "fine", text.p[0] == '+', "text", text_json(str_sub(text, 1, text.n)))};
        control_answer(d->control, waiter->client, &answer);
        waiter->client = 0;
    }
}

void daemon_reconcile(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct daemon *d = context->daemon;
    int64_t timeout = json_integer_value(json_object_get(parameters, "timeout_ms"));
    struct err err = {0};
    struct waiter *waiter = new_waiter(context, answer);
    if (waiter == NULL)
        return;
    waiter->what = WAIT_RECONCILED;
    waiter->since = clock_wall();
    waiter->deadline = clock_monotonic() + (timeout <= 0 ? WAIT_DEFAULT : timeout < WAIT_MAX ? timeout : WAIT_MAX);
    for (size_t i = 0; i < d->config->mailbox_count; i++)
        daemon_recount(d, d->config->mailboxes[i].settings.name, &err); /* without a courier: it looks at all when it comes */
}

static bool what_of(const char *condition, struct waiter *waiter)
{
    static const char *const names[] = {[WAIT_READY] = "ready", [WAIT_IDLE] = "idle", [WAIT_SETTLED] = "settled"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (condition != NULL && strcmp(condition, names[i]) == 0) {
            waiter->what = (int)i == WAIT_READY ? WAIT_READY : (int)i == WAIT_IDLE ? WAIT_IDLE : WAIT_SETTLED;
            return true;
        }
    return false;
}

void daemon_wait(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct waiter wanted = {0};
    const char *id = json_string_value(json_object_get(parameters, "message_id"));
    int64_t timeout = json_integer_value(json_object_get(parameters, "timeout_ms"));
    if (!what_of(json_string_value(json_object_get(parameters, "condition")), &wanted) || (wanted.what == WAIT_SETTLED && id == NULL)) {
        query_refuse(answer, "InvalidParameter", EX_USAGE, "wait for \"ready\", \"idle\" or \"settled\" with a Message-ID");
        return;
    }
    struct waiter *waiter = new_waiter(context, answer);
    if (waiter == NULL)
        return;
    waiter->what = wanted.what;
    waiter->deadline = clock_monotonic() + (timeout <= 0 ? WAIT_DEFAULT : timeout < WAIT_MAX ? timeout : WAIT_MAX);
    snprintf(waiter->message_id, sizeof waiter->message_id, "%s", id != NULL ? id : "");
}

static bool is_ready(const struct daemon *d)
{
    bool all = true;
    for (size_t i = 0; i < d->config->mailbox_count; i++)
        all = all && (d->mailboxes[i].tried || strcmp(d->mailboxes[i].state, "paused") == 0);
    return all;
}

static bool is_idle(struct daemon *d)
{
    bool quiet = is_ready(d) && d->inbox.count == 0 && outbox_handed(d->outbox) == 0 && !outbox_has_receipts(d->outbox) && d->settled_count == 0 &&
                 outbox_next(d->outbox) > daemon_now(d) && link_waiting(&d->courier) == 0;
    for (size_t i = 0; quiet && i < d->config->mailbox_count; i++)
        quiet = strcmp(d->mailboxes[i].state, "reading") != 0 && strcmp(d->mailboxes[i].state, "connecting") != 0;
    return quiet;
}

/* On record, its letters gone or failed for good. */
static bool is_settled(struct daemon *d, const char *message_id)
{
    int64_t ticket = 0, letter = 0;
    struct err err = {0};
    struct arena *arena = arena_new();
    struct letter_row *rows = NULL;
    size_t count = 0;
    bool settled = store_find_message_id(d->store, str_of(message_id), &ticket, &letter, &err) && ticket != 0 &&
                   view_letters(d->store, arena, STR(""), ticket, 1, &rows, &count, &err) && count == 0;
    arena_free(&arena);
    return settled;
}

static bool came_about(struct daemon *d, const struct waiter *waiter)
{
    switch (waiter->what) {
    case WAIT_READY:
        return is_ready(d);
    case WAIT_IDLE:
        return is_idle(d);
    case WAIT_SETTLED:
        return is_settled(d, waiter->message_id);
    case WAIT_RECONCILED:
        return daemon_reconciled(d, waiter->since);
    default:
        return false;
    }
}

void daemon_turn_waiters(struct daemon *d, int64_t mono)
{
    for (size_t i = 0; i < WAITERS_MAX; i++) {
        struct waiter *waiter = &d->waiters[i];
        struct query_answer answer = {0};
        if (waiter->client == 0)
            continue;
        if (!control_has(d->control, waiter->client)) {
            waiter->client = 0;
            continue;
        }
        bool reconciles = waiter->what == WAIT_RECONCILED, came = came_about(d, waiter);
        if (reconciles && (came || mono >= waiter->deadline))
            answer.result = daemon_reconciliation(d, waiter->since);
        else if (came)
            answer.result = json_object();
        else if (mono >= waiter->deadline)
            query_refuse(&answer, "TimedOut", EX_TEMPFAIL, "not within the time given");
        else
            continue;
        control_answer(d->control, waiter->client, &answer);
        waiter->client = 0;
    }
}
