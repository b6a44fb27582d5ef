/* daemon_wake: looks for tickets whose time has come, and computes anew when they are due. The index of sleeping tickets is all that is read while none is due, so looking
 * costs next to nothing. */
#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/clocks.h"
#include "core/converse.h"
#include "core/escalate.h"
#include "core/wake.h"
#include "store/due.h"
#include "store/people.h"

#define LOOK_EVERY CLOCK_SECOND
#define CLOCKS_AT_ONCE 200u

static bool tell_woken(const struct intake *intake, struct arena *arena, const struct woken *woken, struct err *err)
{
    bool good = true, wrote = false;
    for (size_t i = 0; good && i < woken->count; i++)
        good = converse_woken(intake, arena, woken->tickets[i], &wrote, err);
    return good;
}

static bool wake(struct daemon *d, int64_t now, struct woken *woken, struct err *err)
{
    struct intake intake = {.store = d->store, .config = d->config, .keys = &d->keys, .now = now};
    struct arena *arena = arena_new();
    bool good = store_begin(d->store, err) && wake_due(&intake, arena, woken, err) && tell_woken(&intake, arena, woken, err) &&
                store_commit(d->store, err);
    if (!good)
        store_rollback(d->store);
    arena_free(&arena);
    return good;
}

void daemon_wake(struct daemon *d, int64_t mono)
{
    struct woken woken = {.count = 0};
    struct err err = {0};
    int64_t next = INT64_MAX, now = daemon_now(d);
    if (d->stopping || d->store_failures > 0 || mono - d->woken < LOOK_EVERY)
        return;
    d->woken = mono;
    if (!store_next_wake(d->store, &next, &err) || (next <= now && !wake(d, now, &woken, &err))) {
        daemon_store_unwell(d, &err);
        return;
    }
    if (woken.count > 0)
        outbox_changed(d->outbox);
    for (size_t i = 0; i < woken.count; i++)
        log_event(LOG_INFO, "woken", LOG_NUMBER("ticket", woken.tickets[i]));
}

static bool escalate(struct daemon *d, int64_t now, size_t *told, struct err *err)
{
    struct intake intake = {.store = d->store, .config = d->config, .keys = &d->keys, .now = now};
    struct arena *arena = arena_new();
    bool good = store_begin(d->store, err) && escalate_tickets(&intake, arena, told, err) && store_commit(d->store, err);
    if (!good)
        store_rollback(d->store);
    arena_free(&arena);
    return good;
}

/* Looks only where the index of times says that one has come. */
void daemon_escalate(struct daemon *d, int64_t mono)
{
    struct err err = {0};
    int64_t next = INT64_MAX, now = daemon_now(d);
    size_t told = 0;
    if (d->stopping || d->store_failures > 0 || d->config->desk.escalation_count == 0 || mono - d->escalated < LOOK_EVERY)
        return;
    d->escalated = mono;
    if (!store_next_escalation(d->store, &next, &err) || (next <= now && !escalate(d, now, &told, &err))) {
        daemon_store_unwell(d, &err);
        return;
    }
    if (told > 0) {
        outbox_changed(d->outbox);
        log_event(LOG_INFO, "escalated", LOG_NUMBER("letters", told));
    }
}

/* In a transaction of its own: what moved a clock is on record with its ticket's place on the list, so a death in between loses nothing. True: there are more. */
bool daemon_clocks(struct daemon *d)
{
    struct err err = {0};
    if (d->stopping || d->store_failures > 0 || (!d->recount && !store_due_wait(d->store)))
        return false;
    if (!store_begin(d->store, &err) || (d->recount && !store_due_recount(d->store, &err)) ||
        !clocks_settle_some(d->store, &d->config->desk, CLOCKS_AT_ONCE, daemon_now(d), &err) || !store_commit(d->store, &err)) {
        store_rollback(d->store);
        daemon_store_unwell(d, &err);
        return false;
    }
    d->recount = false;
    return store_due_wait(d->store);
}
