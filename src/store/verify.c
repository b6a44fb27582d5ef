/* verify: the questions one can ask a store about itself, each with the sentence that is its fault. */
#include "seal.h"

#include "base/hash.h"
#include "store/verify.h"

#include <string.h>

#define PAGE_FAULTS 20
#define SEALS_AT_ONCE 512
#define RELAYS_MAX 64u

struct verifying {
    struct store *store;
    struct arena *arena;
    struct verify_report *report;
    struct err *err;
};

static void __attribute__((format(printf, 2, 3))) fault(struct verifying *v, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    if (v->report->fault_count == VERIFY_FAULTS_MAX)
        return;
    if (v->report->faults == NULL)
        v->report->faults = arena_array(v->arena, VERIFY_FAULTS_MAX, sizeof *v->report->faults);
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    v->report->faults[v->report->fault_count++] = arena_str(v->arena, buf_view(&text));
    buf_free(&text);
}

/* ---- pages and references ----------------------------------------------------------------------------------------------------- */

static bool check_pages(struct verifying *v)
{
    bool row = true;
    if (!sql_ask(v->store, SQL_CHECK_PAGES, CELLS(cell_int(PAGE_FAULTS)), v->err))
        return false;
    for (;;) {
        if (!sql_row(v->store, SQL_CHECK_PAGES, &row, v->err))
            return false;
        if (!row)
            break;
        struct str said = sql_octets(v->store, SQL_CHECK_PAGES, 0);
        if (!str_eq(said, STR("ok")))
            fault(v, "pages: %.*s", STR_ARG(said));
    }
    if (!sql_ask(v->store, SQL_CHECK_REFERENCES, NULL, 0, v->err))
        return false;
    for (;;) {
        if (!sql_row(v->store, SQL_CHECK_REFERENCES, &row, v->err) || !row)
            return !row;
        struct str table = sql_octets(v->store, SQL_CHECK_REFERENCES, 0);
        fault(v, "a row of %.*s (%lld) refers to nothing", STR_ARG(table), (long long)sql_int(v->store, SQL_CHECK_REFERENCES, 1));
    }
}

/* ---- the chain ------------------------------------------------------------------------------------------------------------------ */

struct seal {
    int64_t id;
    struct sealed stored;
};

static bool next_seals(struct verifying *v, int64_t above, struct seal *seals, size_t *count)
{
    enum sql q = SQL_SEALS_AFTER;
    bool row = true;
    *count = 0;
    if (!sql_ask(v->store, q, CELLS(cell_int(above), cell_int(SEALS_AT_ONCE)), v->err))
        return false;
    for (;;) {
        if (!sql_row(v->store, q, &row, v->err))
            return false;
        if (!row)
            return true;
        struct seal *seal = &seals[(*count)++];
        struct str hash = sql_octets(v->store, q, 3);
        *seal = (struct seal){.id = sql_int(v->store, q, 0), .stored = {.event = sql_int(v->store, q, 1), .ledger = sql_int(v->store, q, 2)}};
        memcpy(seal->stored.hash, hash.p, hash.n < sizeof seal->stored.hash ? hash.n : sizeof seal->stored.hash);
    }
}

/* After a fault the chain is taken up behind it, so that each is said once. */
static bool check_seal(struct verifying *v, const struct seal *seal, struct sealed *before)
{
    struct sealed made = {0};
    struct seal_rows rows = {0};
    if (!seal_make(v->store, before, seal->stored.event, seal->stored.ledger, &made, &rows, v->err))
        return false;
    if (!hash_equal(made.hash, seal->stored.hash, sizeof made.hash) || made.event != seal->stored.event || made.ledger != seal->stored.ledger)
        fault(v, "the chain breaks at seal %lld: events %lld to %lld and ledger rows %lld to %lld, or the seal itself, are not as they were written", (long long)seal->id,
              (long long)before->event + 1, (long long)seal->stored.event, (long long)before->ledger + 1, (long long)seal->stored.ledger);
    v->report->seals++;
    v->report->events += rows.events;
    v->report->ledger += rows.ledger;
    *before = seal->stored;
    return true;
}

static bool check_chain(struct verifying *v, struct str head)
{
    struct seal *seals = arena_array(v->arena, SEALS_AT_ONCE, sizeof *seals);
    struct sealed before = {0};
    int64_t above = 0;
    size_t count = 0;
    bool met = head.n == 0;
    do {
        if (!next_seals(v, above, seals, &count))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (!check_seal(v, &seals[i], &before))
                return false;
            above = seals[i].id;
            str_hex(before.hash, sizeof before.hash, v->report->head);
            met = met || str_eq(head, str_of(v->report->head));
        }
    } while (count == SEALS_AT_ONCE);
    if (!met)
        fault(v, "seal %.*s is not part of the chain: rows were taken away behind it, or this is another store", STR_ARG(head));
    return true;
}

/* ---- octets ----------------------------------------------------------------------------------------------------------------------- */

static void check_octets(struct verifying *v, struct buf *octets)
{
    enum sql q = SQL_RAWS_AFTER;
    struct err why = {0};
    uint8_t digest[HASH_SIZE];
    long long id = (long long)sql_int(v->store, q, 0);
    struct str stored = sql_octets(v->store, q, 1);
    buf_clear(octets);
    if (!raw_unpack(sql_octets(v->store, q, 2), sql_octets(v->store, q, 3), octets, &why)) {
        fault(v, "kept mail %lld: %s", id, why.text);
        return;
    }
    hash_sha256(buf_view(octets), digest);
    if (stored.n != sizeof digest || !hash_equal(digest, (const uint8_t *)stored.p, sizeof digest))
        fault(v, "kept mail %lld is not as it came: its octets have another digest", id);
    v->report->raws++;
    v->report->octets += (int64_t)octets->n;
}

static bool check_raws(struct verifying *v)
{
    enum sql q = SQL_RAWS_AFTER;
    struct buf octets = {0};
    int64_t above = 0;
    bool row = true, good = true;
    while (good && row) { /* one at a time: nobody who writes waits for us */
        good = sql_find(v->store, q, CELLS(cell_int(above)), &row, v->err);
        if (good && row) {
            above = sql_int(v->store, q, 0);
            check_octets(v, &octets);
        }
        sql_end(v->store, q);
    }
    buf_free(&octets);
    return good;
}

/* ---- accounts ---------------------------------------------------------------------------------------------------------------------- */

static bool each(struct verifying *v, enum sql which, const struct cell *cells, size_t count, const char *row_name, const char *wrong)
{
    bool row = true;
    if (!sql_ask(v->store, which, cells, count, v->err))
        return false;
    for (;;) {
        if (!sql_row(v->store, which, &row, v->err) || !row)
            return !row;
        fault(v, "%s %lld %s", row_name, (long long)sql_int(v->store, which, 0), wrong);
    }
}

static bool account(struct verifying *v, struct account_from *from)
{
    struct account_from next = {v->store->next.ledger - 1, v->store->next_letter - 1};
    bool good = each(v, SQL_ACCOUNT_ANSWERS, CELLS(cell_int(from->ledger), cell_int(from->letter)), "ledger row", "was to be answered, and no letter is on record") &&
                each(v, SQL_ACCOUNT_LETTERS, CELLS(cell_int(from->letter)), "letter", "has nobody to go to") &&
                each(v, SQL_ACCOUNT_MESSAGES, CELLS(cell_int(from->ledger)), "ledger row", "has lost the message it became");
    *from = next;
    return good;
}

bool store_accounts(struct store *store, struct arena *arena, struct account_from *from, struct verify_report *report, struct err *err)
{
    struct verifying v = {.store = store, .arena = arena, .report = report, .err = err};
    return account(&v, from);
}

static bool check_tally(struct verifying *v)
{
    bool row = true;
    if (!sql_ask(v->store, SQL_ACCOUNT_TALLY, NULL, 0, v->err))
        return false;
    for (;;) {
        if (!sql_row(v->store, SQL_ACCOUNT_TALLY, &row, v->err) || !row)
            return !row;
        fault(v, "%lld messages are counted as %.*s, %lld are on record", (long long)sql_int(v->store, SQL_ACCOUNT_TALLY, 1), STR_ARG(sql_octets(v->store, SQL_ACCOUNT_TALLY, 0)),
              (long long)sql_int(v->store, SQL_ACCOUNT_TALLY, 2));
    }
}

bool store_relays_waiting(struct store *store, struct arena *arena, struct str **relays, size_t *count, struct err *err)
{
    bool row = true;
    *count = 0;
    *relays = arena_array(arena, RELAYS_MAX, sizeof **relays);
    if (!sql_ask(store, SQL_RELAYS_WAITING, NULL, 0, err))
        return false;
    while (*count < RELAYS_MAX) {
        if (!sql_row(store, SQL_RELAYS_WAITING, &row, err))
            return false;
        if (!row)
            return true;
        (*relays)[(*count)++] = sql_str(store, arena, SQL_RELAYS_WAITING, 0);
    }
    sql_end(store, SQL_RELAYS_WAITING);
    return true;
}

bool store_verify(struct store *store, struct arena *arena, struct str head, struct verify_report *report, struct err *err)
{
    struct verifying v = {.store = store, .arena = arena, .report = report, .err = err};
    struct account_from everything = {0};
    *report = (struct verify_report){0};
    return check_pages(&v) && check_chain(&v, head) && check_raws(&v) && account(&v, &everything) && check_tally(&v);
}
