/* outbox: per relay a list of what was handed out, with the store's recipient rows, so that a receipt finds its rows. */
#include "core/outbox.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/wire.h"

#include <stdlib.h>
#include <string.h>

#define OUTBOX_BATCH 32u

/* Minutes until the next try after the n-th; the last one again and again. */
static const int64_t outbox_schedule[] = {1, 5, 15, 60, 120, 240, 480};

struct handed {
    int64_t letter;
    bool watched; /* somebody waits to hear of its end */
    int64_t created;
    uint32_t tries;
    int64_t *recipients;
    size_t recipient_count;
    struct handed *next;
};

struct route {
    char *name; /* owned: a route may outlive its configuration */
    uint32_t per_minute;
    int64_t *sent; /* ring of the last per_minute hand-outs, monotonic */
    size_t sent_at;
    struct handed *handed;
    size_t handed_count;
};

/* A receipt until it is committed. */
struct returned {
    struct arena *arena;
    struct relay_letter letter;
    struct handed *handed;
    struct str relay; /* its name: the routes may be others by the time of the commit */
    uint32_t route;   /* of the courier that waits for it; UINT32_MAX: that one is gone */
    struct returned *next;
};

struct outbox {
    struct route *routes;
    size_t count;
    struct returned *first, **last;
    bool changed;
    int64_t next; /* UTC ms */
    outbox_ended *ended;
    void *ended_to;
};

static void free_handed(struct handed **handed)
{
    if (*handed == NULL)
        return;
    free((*handed)->recipients);
    free(*handed);
    *handed = NULL;
}

static void forget_routes(struct outbox *outbox)
{
    outbox_recall(outbox);
    for (size_t i = 0; i < outbox->count; i++) {
        free(outbox->routes[i].sent);
        free(outbox->routes[i].name);
    }
    free(outbox->routes);
    outbox->routes = NULL;
    outbox->count = 0;
}

void outbox_open(struct outbox **outbox)
{
    *outbox = calloc(1, sizeof **outbox);
    if (*outbox == NULL)
        abort();
    (*outbox)->last = &(*outbox)->first;
    (*outbox)->changed = true;
}

static void drop_returned(struct outbox *outbox)
{
    struct returned *r = outbox->first;
    outbox->first = r->next;
    if (outbox->first == NULL)
        outbox->last = &outbox->first;
    free_handed(&r->handed);
    arena_free(&r->arena);
    free(r);
}

void outbox_close(struct outbox **outbox)
{
    if (*outbox == NULL)
        return;
    forget_routes(*outbox);
    while ((*outbox)->first != NULL)
        drop_returned(*outbox);
    free(*outbox);
    *outbox = NULL;
}

void outbox_watch(struct outbox *outbox, outbox_ended *ended, void *to)
{
    outbox->ended = ended;
    outbox->ended_to = to;
}

void outbox_setup(struct outbox *outbox, const struct config *config)
{
    forget_routes(outbox);
    outbox->routes = calloc(config->relay_count + 1, sizeof *outbox->routes);
    if (outbox->routes == NULL)
        abort();
    outbox->count = config->relay_count;
    for (size_t i = 0; i < outbox->count; i++) {
        struct route *route = &outbox->routes[i];
        route->name = strndup(config->relays[i].name.p, config->relays[i].name.n);
        route->per_minute = config->relays[i].per_minute;
        route->sent = calloc((size_t)route->per_minute + 1, sizeof *route->sent);
        if (route->sent == NULL || route->name == NULL)
            abort();
        for (size_t n = 0; n < route->per_minute; n++)
            route->sent[n] = INT64_MIN / 2;
    }
    outbox->changed = true;
}

void outbox_recall(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->count; i++) {
        struct route *route = &outbox->routes[i];
        while (route->handed != NULL) {
            struct handed *next = route->handed->next;
            free_handed(&route->handed);
            route->handed = next;
        }
        route->handed_count = 0;
    }
    for (struct returned *r = outbox->first; r != NULL; r = r->next)
        r->route = UINT32_MAX;
    outbox->changed = true;
}

/* ---- handing out ------------------------------------------------------------------------------------------------------ */

/* Not those a machine wrote to anybody: they are the many. */
static bool is_watched(struct str kind)
{
    return !str_eq(kind, STR("ack")) && !str_eq(kind, STR("alarm"));
}

/* How many letters the relay's rate allows now; *again: monotonic time at which one more is allowed, when that is 0. */
static size_t allowed(const struct route *route, int64_t mono, int64_t *again)
{
    size_t room = OUTBOX_HANDED_MAX - route->handed_count;
    if (route->per_minute == 0 || room == 0) /* without room a receipt is what comes next */
        return room < OUTBOX_BATCH ? room : OUTBOX_BATCH;
    size_t free_slots = 0;
    while (free_slots < route->per_minute && free_slots < room &&
           route->sent[(route->sent_at + free_slots) % route->per_minute] <= mono - CLOCK_MINUTE)
        free_slots++;
    *again = free_slots == 0 ? route->sent[route->sent_at] + CLOCK_MINUTE : INT64_MAX;
    return free_slots < OUTBOX_BATCH ? free_slots : OUTBOX_BATCH;
}

static void note_sent(struct route *route, int64_t mono)
{
    if (route->per_minute == 0)
        return;
    route->sent[route->sent_at] = mono;
    route->sent_at = (route->sent_at + 1) % route->per_minute;
}

static void hand(struct outbox *outbox, uint32_t index, const struct due_letter *due, struct buf *frames)
{
    struct route *route = &outbox->routes[index];
    struct relay_recipient recipients[RELAY_RECIPIENTS_MAX];
    struct relay_letter letter = {.id = (uint64_t)due->letter.id, .from = due->letter.from, .recipients = recipients, .octets = due->letter.octets};
    struct handed *handed = calloc(1, sizeof *handed);
    letter.recipient_count = due->letter.recipient_count < RELAY_RECIPIENTS_MAX ? due->letter.recipient_count : RELAY_RECIPIENTS_MAX;
    if (handed == NULL || (handed->recipients = calloc(letter.recipient_count + 1, sizeof *handed->recipients)) == NULL)
        abort();
    for (size_t i = 0; i < letter.recipient_count; i++) {
        recipients[i] = (struct relay_recipient){.address = due->letter.recipients[i]};
        handed->recipients[i] = due->recipient_ids[i];
    }
    handed->letter = due->letter.id;
    handed->watched = is_watched(due->letter.kind);
    handed->created = due->letter.created;
    handed->tries = due->tries;
    handed->recipient_count = letter.recipient_count;
    handed->next = route->handed;
    route->handed = handed;
    route->handed_count++;
    wire_put_letter(frames, index, &letter);
}

/* Letters at the courier and those whose receipt is not yet committed are not due. */
static size_t list_busy(const struct outbox *outbox, uint32_t index, int64_t *ids, size_t max)
{
    size_t n = 0;
    for (const struct handed *h = outbox->routes[index].handed; h != NULL && n < max; h = h->next)
        ids[n++] = h->letter;
    for (const struct returned *r = outbox->first; r != NULL && n < max; r = r->next)
        ids[n++] = r->handed->letter;
    return n;
}

static bool hand_out_route(struct outbox *outbox, uint32_t index, struct store *store, int64_t now, int64_t mono, struct buf *frames, struct err *err)
{
    struct route *route = &outbox->routes[index];
    int64_t busy[4 * OUTBOX_HANDED_MAX], again = INT64_MAX;
    size_t limit = allowed(route, mono, &again), count = 0;
    if (limit == 0) {
        int64_t at = again == INT64_MAX ? INT64_MAX : now + (again - mono);
        outbox->next = at < outbox->next ? at : outbox->next;
        return true;
    }
    struct arena *arena = arena_new();
    struct due_letter *due = NULL;
    size_t busy_count = list_busy(outbox, index, busy, sizeof busy / sizeof *busy);
    bool ok = store_letters_due(store, arena, str_of(route->name), now, busy, busy_count, limit, &due, &count, err);
    for (size_t i = 0; ok && i < count; i++) {
        hand(outbox, index, &due[i], frames);
        note_sent(route, mono);
    }
    outbox->changed = outbox->changed || (ok && count == limit);
    arena_free(&arena);
    return ok;
}

bool outbox_hand_out(struct outbox *outbox, struct store *store, int64_t now, int64_t mono, struct buf *frames, struct err *err)
{
    if (!outbox->changed && now < outbox->next)
        return true;
    outbox->changed = false;
    if (!store_next_due(store, &outbox->next, err))
        return false;
    if (outbox->next <= now) /* those are handed out below, or are at the courier and come back */
        outbox->next = now + CLOCK_MINUTE;
    for (uint32_t i = 0; i < outbox->count; i++)
        if (!hand_out_route(outbox, i, store, now, mono, frames, err))
            return false;
    return true;
}

/* ---- what comes back ---------------------------------------------------------------------------------------------------- */

bool outbox_take(struct outbox *outbox, struct str payload, struct buf *frames)
{
    struct returned *r = calloc(1, sizeof *r);
    if (r == NULL)
        abort();
    r->arena = arena_new();
    struct handed **at = NULL;
    uint32_t route = 0;
    bool fine = wire_get_receipt(payload, r->arena, &route, &r->letter) && route < outbox->count;
    if (fine)
        for (at = &outbox->routes[route].handed; *at != NULL && (uint64_t)(*at)->letter != r->letter.id;)
            at = &(*at)->next;
    if (at == NULL || *at == NULL || (*at)->recipient_count != r->letter.recipient_count) {
        if (fine)
            wire_put_pair(frames, WIRE_NOTED, route, 1);
        arena_free(&r->arena);
        free(r);
        return fine;
    }
    r->handed = *at;
    *at = r->handed->next;
    outbox->routes[route].handed_count--;
    r->route = route;
    r->relay = arena_str(r->arena, str_of(outbox->routes[route].name));
    *outbox->last = r;
    outbox->last = &r->next;
    return true;
}

bool outbox_has_receipts(const struct outbox *outbox)
{
    return outbox->first != NULL;
}

static int64_t next_try(const struct handed *handed, int64_t now)
{
    size_t last = sizeof outbox_schedule / sizeof *outbox_schedule - 1;
    return now + outbox_schedule[handed->tries < last ? handed->tries : last] * CLOCK_MINUTE;
}

static bool record_recipient(const struct outbox *outbox, const struct returned *r, size_t i, struct store *store, int64_t now, struct err *err)
{
    const struct relay_recipient *to = &r->letter.recipients[i];
    struct str state = str_of(delivery_name(to->delivery));
    int64_t next_at = next_try(r->handed, now);
    bool again = to->delivery == DELIVERY_DEFERRED || to->delivery == DELIVERY_UNKNOWN;
    if (again && next_at - r->handed->created > OUTBOX_GIVE_UP) {
        state = STR("failed");
        again = false;
    }
    const struct outbox_end end = {r->handed->letter, to->address, to->delivery == DELIVERY_SENT, to->text};
    return store_receipt(store, r->handed->recipients[i], state, again ? next_at : 0, to->code, to->enhanced, to->text, now, err) &&
           (again || !r->handed->watched || outbox->ended == NULL || outbox->ended(outbox->ended_to, &end, err));
}

bool outbox_record(struct outbox *outbox, struct store *store, int64_t now, struct err *err)
{
    for (const struct returned *r = outbox->first; r != NULL; r = r->next)
        for (size_t i = 0; i < r->letter.recipient_count; i++)
            if (!record_recipient(outbox, r, i, store, now, err))
                return false;
    return true;
}

static void log_recipient(const struct returned *r, const struct relay_recipient *to)
{
    static const char *const events[] = {"sent letter", "letter deferred", "letter failed", "letter's fate unknown"};
    log_event(to->delivery == DELIVERY_SENT ? LOG_INFO : LOG_WARNING, events[to->delivery], LOG_NUMBER("letter", r->letter.id),
              LOG_TEXT("relay", r->relay), LOG_NUMBER("code", to->code), LOG_TEXT("reply", to->text));
}

void outbox_recorded(struct outbox *outbox, struct buf *frames)
{
    for (; outbox->first != NULL; drop_returned(outbox)) {
        for (size_t i = 0; i < outbox->first->letter.recipient_count; i++)
            log_recipient(outbox->first, &outbox->first->letter.recipients[i]);
        if (frames != NULL && outbox->first->route != UINT32_MAX)
            wire_put_pair(frames, WIRE_NOTED, outbox->first->route, 1);
    }
    outbox->changed = true;
}

void outbox_changed(struct outbox *outbox)
{
    outbox->changed = true;
}

int64_t outbox_next(const struct outbox *outbox)
{
    return outbox->changed ? 0 : outbox->next;
}

size_t outbox_handed(const struct outbox *outbox)
{
    size_t n = 0;
    for (size_t i = 0; i < outbox->count; i++)
        n += outbox->routes[i].handed_count;
    return n;
}
