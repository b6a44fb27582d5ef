/* daemon_reconcile: is everything accounted for? Of the mailboxes: all that is on the server is on record, and it has heard what became of it. Of the store: each decision to
 * answer has its letter, each letter somebody to go to and a relay to leave by. */
#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/query_json.h"

#include <string.h>

#define ACCOUNT_EVERY CLOCK_HOUR
#define ACCOUNT_AT_START 10000 /* rows of the ledger looked at first; triagectl store verify looks at all */

/* ---- the store ------------------------------------------------------------------------------------------------------------------ */

static bool is_relay(const struct daemon *d, struct str name)
{
    for (size_t i = 0; i < d->config->relay_count; i++)
        if (str_eq(d->config->relays[i].name, name))
            return true;
    return false;
}

/* Relays letters wait for that are not configured (any more). */
static bool lost_relays(struct daemon *d, struct arena *arena, struct str *lost, size_t *count, struct err *err)
{
    struct str *relays = NULL;
    size_t found = 0;
    *count = 0;
    if (!store_relays_waiting(d->store, arena, &relays, &found, err))
        return false;
    for (size_t i = 0; i < found; i++)
        if (!is_relay(d, relays[i]))
            lost[(*count)++] = relays[i];
    return true;
}

bool daemon_account(struct daemon *d, struct err *err)
{
    struct arena *arena = arena_new();
    struct verify_report report = {0};
    bool first = d->accounted == 0;
    if (first && d->accounts.ledger == 0) {
        struct store_mark mark = {0};
        struct err ignored = {0};
        if (store_mark_of(d->store, &mark, &ignored) && mark.ledger > ACCOUNT_AT_START)
            d->accounts = (struct account_from){mark.ledger - ACCOUNT_AT_START, 0};
    }
    bool ok = store_accounts(d->store, arena, &d->accounts, &report, err);
    d->accounted = clock_monotonic();
    for (size_t i = 0; ok && i < report.fault_count; i++) {
        log_event(LOG_ERROR, "ledger and outbox do not agree", LOG_TEXT("fault", report.faults[i]));
        if (d->account_faults++ == 0)
            snprintf(d->account_fault, sizeof d->account_fault, "%.*s", STR_ARG(report.faults[i]));
    }
    arena_free(&arena);
    return ok;
}

void daemon_reconcile_turn(struct daemon *d, int64_t mono)
{
    struct err err = {0};
    if (d->stopping || d->store_failures > 0 || d->inbox.count > 0 || (d->accounted != 0 && mono - d->accounted < ACCOUNT_EVERY))
        return;
    if (!daemon_account(d, &err))
        daemon_store_unwell(d, &err);
}

/* ---- mailboxes -------------------------------------------------------------------------------------------------------------------- */

static bool rests(const struct part_status *status)
{
    return strcmp(status->state, "waiting") == 0 || strcmp(status->state, "parked") == 0 || strcmp(status->state, "paused") == 0;
}

bool daemon_reconciled(const struct daemon *d, int64_t since)
{
    for (size_t i = 0; i < d->config->mailbox_count; i++) {
        const struct part_status *status = &d->mailboxes[i];
        bool hopeless = rests(status) && (status->since >= since || strcmp(status->state, "paused") == 0);
        if (status->reconciled < since && !hopeless)
            return false;
    }
    return true;
}

static json_t *mailbox_json(const struct config_mailbox *mailbox, const struct part_status *status, int64_t since, json_t *faults)
{
    struct str name = mailbox->settings.name;
    bool compared = status->reconciled >= since;
    json_t *m = json_object();
    json_put(m, "name", json_str(name));
    json_put(m, "compared", json_boolean(compared));
    json_put(m, "reconciled", json_time(status->reconciled));
    json_put(m, "note", json_str_or_null(str_of(compared ? "" : status->note[0] != '\0' ? status->note : status->state)));
    json_put(m, "missing", json_integer((json_int_t)status->missing));
    json_put(m, "untold", json_integer((json_int_t)status->untold));
    json_put(m, "backlog", json_integer((json_int_t)status->backlog));
    if (compared && status->missing > 0)
        json_add(faults, json_sprintf("mailbox %.*s: %llu messages are on the server and not on record, the first is %s", STR_ARG(name), (unsigned long long)status->missing, status->missed));
    if (compared && status->untold > 0)
        json_add(faults, json_sprintf("mailbox %.*s: it has not heard of %llu messages on record", STR_ARG(name), (unsigned long long)status->untold));
    return m;
}

json_t *daemon_reconciliation(struct daemon *d, int64_t since)
{
    struct arena *arena = arena_new();
    struct str lost[64];
    size_t lost_count = 0;
    struct err err = {0};
    json_t *mailboxes = json_array(), *faults = json_array();
    for (size_t i = 0; i < d->config->mailbox_count; i++)
        json_add(mailboxes, mailbox_json(&d->config->mailboxes[i], &d->mailboxes[i], since, faults));
    if (!daemon_account(d, &err) || !lost_relays(d, arena, lost, &lost_count, &err))
        json_add(faults, json_sprintf("the store cannot be asked: %s", err.text));
    if (d->account_faults > 0)
        json_add(faults, json_sprintf("%s%s", d->account_fault, d->account_faults > 1 ? " (and more: triagectl store verify)" : ""));
    for (size_t i = 0; i < lost_count; i++)
        json_add(faults, json_sprintf("letters wait for relay %.*s, which is not configured", STR_ARG(lost[i])));
    arena_free(&arena);
    json_int_t total = (json_int_t)json_array_size(faults);
    return json_pack("{s:o, s:o, s:I}", "mailboxes", mailboxes, "faults", faults, "total", total);
}
