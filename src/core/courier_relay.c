/* courier_relay: the life of one relay's thread: take the next letter, be connected, send it, report each recipient. The connection stays warm
 * for a while. While the server cannot be reached letters stay here and in core's store: only a server's word, or its silence after the
 * final dot, counts as a try of a letter. */
#include "core/courier.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WARM (60 * CLOCK_SECOND)
#define NOTE_LOOK CLOCK_SECOND

/* A letter with the memory it lives in. */
struct waiting {
    struct arena *arena;
    struct relay_letter letter;
    struct waiting *next;
};

struct courier_relay {
    struct courier *courier;
    struct courier_client who;
    const struct relay_settings *settings;
    const struct relay_driver *driver;
    struct relay *session;
    struct buf out;
    uint32_t failures;
    int wake;
    int done; /* eventfd: the thread has nothing more to do */
    pthread_mutex_t lock;
    struct waiting *first, **last; /* under lock */
    bool stopping;                 /* under lock */
    uint64_t told, noted;          /* receipts given to core, and those it has on record; under lock */
    pthread_t thread;
};

static bool stopping(struct courier_relay *r)
{
    pthread_mutex_lock(&r->lock);
    bool stop = r->stopping;
    pthread_mutex_unlock(&r->lock);
    return stop || courier_cancelled(r->courier->relay_cancel);
}

static struct waiting *take(struct courier_relay *r)
{
    pthread_mutex_lock(&r->lock);
    struct waiting *letter = r->stopping ? NULL : r->first;
    if (letter != NULL)
        r->first = letter->next;
    if (r->first == NULL)
        r->last = &r->first;
    pthread_mutex_unlock(&r->lock);
    return letter;
}

static void drop(struct waiting **letter)
{
    arena_free(&(*letter)->arena);
    free(*letter);
    *letter = NULL;
}

static void state(struct courier_relay *r, const char *name, const struct err *why, int64_t retry_in)
{
    courier_state(r->courier, &r->out, &r->who, name, why, retry_in);
}

static bool connected(struct courier_relay *r, struct err *err)
{
    if (r->session != NULL && r->driver->alive(r->session))
        return true;
    r->driver->close(&r->session);
    if (!r->driver->open(&r->session, r->settings, r->courier->relay_cancel, err))
        return false;
    r->failures = 0;
    state(r, "ready", NULL, 0);
    return true;
}

/* Is the fate of every letter sent so far on record? */
static bool is_noted(struct courier_relay *r)
{
    pthread_mutex_lock(&r->lock);
    bool noted = r->noted >= r->told;
    pthread_mutex_unlock(&r->lock);
    return noted;
}

/* What dies now loses the note of one letter at most: so one more copy of one letter is the most that an interruption costs (RFC 1047). */
static bool await_note(struct courier_relay *r)
{
    while (!is_noted(r) && !courier_cancelled(r->courier->relay_cancel))
        courier_sleep(r->courier->relay_cancel, r->wake, NOTE_LOOK);
    return is_noted(r);
}

static void report(struct courier_relay *r, const struct relay_letter *letter)
{
    wire_put_receipt(&r->out, r->who.index, letter);
    pthread_mutex_lock(&r->lock);
    r->told++;
    pthread_mutex_unlock(&r->lock);
    courier_send(r->courier, &r->out);
}

/* Waits out the back-off after a failed connection. */
static void rest(struct courier_relay *r, const struct err *err)
{
    int64_t ms = courier_backoff(++r->failures, err->kind);
    int64_t until = clock_monotonic() + ms;
    state(r, err->kind == ERR_RETRY ? "waiting" : "parked", err, ms);
    while (!stopping(r) && clock_monotonic() < until)
        courier_sleep(r->courier->relay_cancel, r->wake, until - clock_monotonic());
}

static void send_one(struct courier_relay *r, struct waiting *letter)
{
    struct err err = {0};
    if (!await_note(r) || stopping(r))
        return;
    while (!stopping(r) && !connected(r, &err)) {
        rest(r, &err);
        err = (struct err){0};
    }
    if (r->session == NULL)
        return; /* stopping: the letter is in the store */
    bool alive = r->driver->send(r->session, &letter->letter, letter->arena, &err);
    report(r, &letter->letter);
    if (!alive) {
        state(r, "waiting", &err, 0);
        r->driver->close(&r->session);
    }
}

static void *live(void *of)
{
    struct courier_relay *r = of;
    int64_t cold = 0; /* when the connection is no longer kept */
    state(r, "ready", NULL, 0);
    while (!stopping(r)) {
        struct waiting *letter = take(r);
        if (letter != NULL) {
            send_one(r, letter);
            drop(&letter);
            cold = clock_monotonic() + WARM;
            continue;
        }
        int64_t left = cold - clock_monotonic();
        if (left <= 0)
            r->driver->close(&r->session);
        courier_sleep(r->courier->relay_cancel, r->wake, r->session != NULL ? left : CLOCK_HOUR);
    }
    r->driver->close(&r->session);
    courier_wake(r->done);
    return NULL;
}

void courier_relay_send(struct courier_relay *r, const struct relay_letter *letter)
{
    struct waiting *w = calloc(1, sizeof *w);
    if (w == NULL)
        abort();
    w->arena = arena_new();
    w->letter = *letter;
    w->letter.from = arena_str(w->arena, letter->from);
    w->letter.octets = arena_str(w->arena, letter->octets);
    w->letter.recipients = arena_array(w->arena, letter->recipient_count, sizeof *letter->recipients);
    for (size_t i = 0; i < letter->recipient_count; i++)
        w->letter.recipients[i].address = arena_str(w->arena, letter->recipients[i].address);
    pthread_mutex_lock(&r->lock);
    *r->last = w;
    r->last = &w->next;
    pthread_mutex_unlock(&r->lock);
    courier_wake(r->wake);
}

void courier_relay_noted(struct courier_relay *r, uint32_t count)
{
    pthread_mutex_lock(&r->lock);
    r->noted += count;
    pthread_mutex_unlock(&r->lock);
    courier_wake(r->wake);
}

void courier_relay_stop(struct courier_relay *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_mutex_unlock(&r->lock);
    courier_wake(r->wake);
}

struct courier_relay *courier_relay_start(struct courier *courier, uint32_t index)
{
    struct courier_relay *r = calloc(1, sizeof *r);
    if (r == NULL)
        abort();
    r->courier = courier;
    r->who = (struct courier_client){courier, WIRE_PART_RELAY, index};
    r->settings = &courier->setup.relays[index];
    r->driver = relay_driver_of(r->settings->driver);
    r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->last = &r->first;
    pthread_mutex_init(&r->lock, NULL);
    if (r->driver == NULL || pthread_create(&r->thread, NULL, live, r) != 0)
        abort();
    return r;
}

bool courier_relay_join(struct courier_relay **relay, int64_t ms)
{
    struct courier_relay *r = *relay;
    if (ms >= 0)
        courier_sleep(r->done, -1, ms);
    if (ms >= 0 && !courier_cancelled(r->done))
        return false;
    pthread_join(r->thread, NULL);
    for (struct waiting *w = r->first; w != NULL;) {
        struct waiting *next = w->next;
        drop(&w);
        w = next;
    }
    close(r->wake);
    close(r->done);
    buf_free(&r->out);
    free(r);
    *relay = NULL;
    return true;
}
