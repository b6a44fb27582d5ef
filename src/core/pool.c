/* pool: each reader works its pipeline in order, so only the message at its head can be what killed it. */
#include "config.h"

#include "core/pool.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/link.h"
#include "core/wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define POOL_READERS_MAX 16u
#define PIPELINE_ITEMS 64u
#define PIPELINE_OCTETS (2u * 1024 * 1024)
#define START_DEADLINE (30 * CLOCK_SECOND)
#define START_BACKOFF_MAX (30 * CLOCK_SECOND)

struct process {
    struct pool *pool;
    int pid; /* 0: no process */
    bool ready, ending;
    struct link link;
    struct item *items[PIPELINE_ITEMS]; /* in hand, the head first */
    size_t item_count, octets;
    int64_t since;  /* monotonic: when the head (or the start) began */
    int64_t active; /* monotonic: last time it had work */
    char reason[128]; /* why we ended it; "" : we did not */
};

struct pool {
    struct loop *loop;
    struct starter *starter;
    struct inbox *inbox;
    const char *program;
    const struct config *config;
    struct buf setup; /* the frame every new reader gets */
    struct process processes[POOL_READERS_MAX];
    uint32_t failed_starts;
    int64_t start_after; /* monotonic */
    uint64_t crashes;
};

static void ready(void *of, bool readable, bool writable);

static void watch(struct process *p)
{
    loop_watch(p->pool->loop, p->link.fd, true, link_waiting(&p->link) > 0, ready, p);
}

/* Asks for its death; what follows happens when it is reaped. */
static void end(struct process *p, const char *reason)
{
    if (p->pid == 0 || p->ending)
        return;
    p->ending = true;
    snprintf(p->reason, sizeof p->reason, "%s", reason);
    loop_unwatch(p->pool->loop, p->link.fd);
    link_close(&p->link);
    starter_kill(p->pool->starter, p->pid, SIGKILL);
}

/* ---- what a reader says -------------------------------------------------------------------------------------------- */

static void pop_head(struct process *p)
{
    p->octets -= p->items[0]->line.raw.octets.n;
    memmove(p->items, p->items + 1, --p->item_count * sizeof *p->items);
    p->since = p->active = clock_monotonic();
}

/* Where no key is needed, or the mail was not read whole, it is ready. */
static enum item_state next_state(struct line *line)
{
    struct str names[ORIGIN_QUESTIONS_MAX];
    struct origin *origin = &line->message.origin;
    if (line->raw.truncated && origin->count > 0)
        *origin = (struct origin){.why = STR("its signature covers more than was read")};
    return origin_questions(line->arena, origin, names) > 0 ? ITEM_ASKING : ITEM_READY;
}

static bool understood(struct process *p, struct str payload)
{
    uint64_t serial = 0;
    struct item *item = p->item_count > 0 ? p->items[0] : NULL;
    if (item == NULL || item->line.understood || !wire_get_understood(payload, item->line.arena, &serial, &item->line.message, &item->line.hits) || serial != item->serial)
        return false;
    item->line.understood = true;
    item->state = next_state(&item->line);
    pop_head(p);
    item->ready_at = p->active;
    return true;
}

static bool checked(struct process *p, struct str payload)
{
    uint64_t serial = 0;
    struct item *item = p->item_count > 0 ? p->items[0] : NULL;
    struct origin origin = {0};
    if (item == NULL || !item->line.understood || !wire_get_checked(payload, item->line.arena, &serial, &origin) || serial != item->serial)
        return false;
    item->line.message.origin = origin;
    item->state = ITEM_READY;
    pop_head(p);
    item->ready_at = p->active;
    return true;
}

static bool started(struct process *p, struct str payload)
{
    struct str trouble = {0};
    if (!wire_get_text(payload, &trouble) || p->ready)
        return false;
    if (trouble.n > 0) {
        log_event(LOG_ERROR, "a reader cannot start", LOG_TEXT("error", trouble));
        return true; /* it ends by itself */
    }
    p->ready = true;
    p->pool->failed_starts = 0;
    return true;
}

static void take_frames(struct process *p)
{
    uint32_t type = 0;
    struct str payload = {0};
    int whole = 0;
    while ((whole = link_next(&p->link, &type, &payload)) == 1) {
        bool fine = type == WIRE_UNDERSTOOD ? understood(p, payload)
                    : type == WIRE_CHECKED  ? checked(p, payload)
                                            : type == WIRE_READER_READY && started(p, payload);
        if (!fine) {
            end(p, "it said something malformed");
            return;
        }
    }
    if (whole < 0)
        end(p, "it said something malformed");
}

static void ready(void *of, bool readable, bool writable)
{
    struct process *p = of;
    bool alive = true;
    if (writable)
        alive = link_flush(&p->link);
    if (readable) {
        alive = link_fill(&p->link, FRAME_MAX) && alive;
        take_frames(p);
    }
    if (p->ending)
        return;
    if (!alive) { /* its status follows by the starter */
        loop_unwatch(p->pool->loop, p->link.fd);
        link_close(&p->link);
        p->ending = true;
        return;
    }
    watch(p);
}

/* ---- beginning and end of a reader ------------------------------------------------------------------------------------ */

static void start(struct pool *pool, struct process *p, int64_t now)
{
    const char *const argv[] = {pool->program, NULL};
    int fd = -1;
    struct err err = {0};
    *p = (struct process){.pool = pool, .link = {.fd = -1}, .since = now, .active = now};
    if (!starter_run(pool->starter, argv, &fd, &p->pid, &err)) {
        log_event(LOG_ERROR, "a reader cannot be started", LOG_TEXT("error", str_of(err.text)));
        p->pid = 0;
        pool->start_after = now + START_BACKOFF_MAX;
        return;
    }
    link_open(&p->link, fd);
    buf_str(link_out(&p->link), buf_view(&pool->setup));
    if (link_flush(&p->link))
        watch(p);
    else
        end(p, "it took nothing");
}

static void describe_end(const struct process *p, int status, char *text, size_t size)
{
    if (p->reason[0] != '\0')
        snprintf(text, size, "%s", p->reason);
    else if (WIFSIGNALED(status))
        snprintf(text, size, "ended by signal %d (%s)", WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
    else
        snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
}

/* The head pays for the reader's death; the rest goes back unharmed. */
static void give_back(struct process *p, const char *why)
{
    for (size_t i = 0; i < p->item_count; i++)
        p->items[i]->state = ITEM_WAITING;
    if (p->item_count == 0)
        return;
    struct item *head = p->items[0];
    p->pool->crashes++;
    head->tries++;
    log_event(LOG_WARNING, "a reader died over a message", LOG_TEXT("why", str_of(why)), LOG_TEXT("mailbox", head->line.raw.mailbox),
              LOG_NUMBER("uid", head->line.raw.uid), LOG_NUMBER("try", head->tries));
    if (head->tries < ITEM_TRIES_MAX)
        return;
    inbox_give_up(head, why);
}

bool pool_reaped(struct pool *pool, int pid, int status)
{
    struct process *p = NULL;
    for (size_t i = 0; i < POOL_READERS_MAX; i++)
        if (pool->processes[i].pid == pid)
            p = &pool->processes[i];
    if (p == NULL)
        return false;
    if (p->link.fd >= 0) {
        ready(p, true, false); /* what it said before it ended */
        if (p->link.fd >= 0) {
            loop_unwatch(pool->loop, p->link.fd);
            link_close(&p->link);
        }
    }
    char why[160];
    describe_end(p, status, why, sizeof why);
    if (p->ready) {
        give_back(p, why);
    } else {
        uint32_t doublings = pool->failed_starts < 10 ? pool->failed_starts++ : 10;
        int64_t wait = (CLOCK_SECOND / 10) << doublings;
        pool->start_after = clock_monotonic() + (wait < START_BACKOFF_MAX ? wait : START_BACKOFF_MAX);
        for (size_t i = 0; i < p->item_count; i++)
            p->items[i]->state = ITEM_WAITING;
        log_event(LOG_ERROR, "a reader ended before it was ready", LOG_TEXT("why", str_of(why)));
    }
    *p = (struct process){.link = {.fd = -1}};
    return true;
}

/* ---- feeding ------------------------------------------------------------------------------------------------------------ */

static bool has_room(const struct process *p, const struct item *item)
{
    return p->pid != 0 && p->ready && !p->ending && p->item_count < PIPELINE_ITEMS &&
           (p->item_count == 0 || p->octets + item->line.raw.octets.n <= PIPELINE_OCTETS);
}

/* The least loaded reader with room. A message that was fatal before goes alone. */
static struct process *reader_for(struct pool *pool, const struct item *item)
{
    struct process *best = NULL;
    for (size_t i = 0; i < POOL_READERS_MAX; i++) {
        struct process *p = &pool->processes[i];
        if (has_room(p, item) && (item->tries == 0 || p->item_count == 0) && (best == NULL || p->octets < best->octets))
            best = p;
    }
    return best;
}

static void give(struct process *p, struct item *item, int64_t now)
{
    if (p->item_count == 0)
        p->since = now;
    p->items[p->item_count++] = item;
    p->octets += item->line.raw.octets.n;
    p->active = now;
    item->state = ITEM_READING;
    if (item->line.understood)
        wire_put_check(link_out(&p->link), item->serial, &item->line.message.origin, item->line.answers, item->line.answer_count);
    else
        wire_put_read(link_out(&p->link), item->serial, item->line.raw.received, item->line.raw.octets);
    link_flush(&p->link); /* an error shows at the next turn of the loop */
    watch(p);
}

static void start_more(struct pool *pool, int64_t now)
{
    uint32_t running = 0, starting = 0;
    struct process *none = NULL;
    for (size_t i = 0; i < POOL_READERS_MAX; i++) {
        struct process *p = &pool->processes[i];
        running += p->pid != 0 && !p->ending;
        starting += p->pid != 0 && !p->ready;
        if (p->pid == 0 && none == NULL)
            none = p;
    }
    if (none != NULL && running < pool->config->readers && starting == 0 && now >= pool->start_after)
        start(pool, none, now);
}

static void feed(struct pool *pool, int64_t now)
{
    bool short_of_readers = false;
    for (struct item *item = pool->inbox->first; item != NULL; item = item->next) {
        if (item->state != ITEM_WAITING || (item->tries > 0 && item->noted <= item->tries))
            continue;
        struct process *p = reader_for(pool, item);
        if (p == NULL) {
            short_of_readers = true;
            break;
        }
        give(p, item, now);
    }
    if (short_of_readers)
        start_more(pool, now);
}

static int64_t deadline_of(const struct pool *pool, const struct process *p)
{
    if (p->pid == 0 || p->ending)
        return INT64_MAX;
    if (!p->ready)
        return p->since + START_DEADLINE;
    return p->item_count > 0 ? p->since + pool->config->reader_deadline : p->active + pool->config->reader_idle;
}

void pool_turn(struct pool *pool, int64_t now)
{
    for (size_t i = 0; i < POOL_READERS_MAX; i++) {
        struct process *p = &pool->processes[i];
        if (deadline_of(pool, p) > now)
            continue;
        if (p->ready && p->item_count == 0) { /* idle: it ends by itself when its socket closes */
            loop_unwatch(pool->loop, p->link.fd);
            link_close(&p->link);
            p->ending = true;
        } else {
            end(p, p->ready ? "over its deadline" : "too slow to start");
        }
    }
    feed(pool, now);
}

void pool_rest(struct pool *pool)
{
    for (size_t i = 0; i < POOL_READERS_MAX; i++)
        link_rest(&pool->processes[i].link);
}

int64_t pool_deadline(const struct pool *pool)
{
    int64_t first = INT64_MAX;
    bool waiting = false;
    for (size_t i = 0; i < POOL_READERS_MAX; i++) {
        int64_t deadline = deadline_of(pool, &pool->processes[i]);
        first = deadline < first ? deadline : first;
    }
    for (const struct item *item = pool->inbox->first; item != NULL && !waiting; item = item->next)
        waiting = item->state == ITEM_WAITING;
    return waiting && pool->start_after < first && pool->start_after > 0 && pool_running(pool) == 0 ? pool->start_after : first;
}

size_t pool_running(const struct pool *pool)
{
    size_t running = 0;
    for (size_t i = 0; i < POOL_READERS_MAX; i++)
        running += pool->processes[i].pid != 0 && !pool->processes[i].ending;
    return running;
}

uint64_t pool_crashes(const struct pool *pool)
{
    return pool->crashes;
}

void pool_setup(struct pool *pool, const struct config *config)
{
    struct wire_reader_setup setup = {.context = {.own_addresses = config->desk.addresses,
                                                  .own_address_count = config->desk.address_count,
                                                  .loop_id = config->desk.loop_id,
                                                  .authservs = config->desk.authservs,
                                                  .authserv_count = config->desk.authserv_count,
                                                  .verifies = config->dkim_verify,
                                                  .carry_max = config->desk.agent_count > 0 ? config->desk.relay_max : 0},
                                      .smime_authorities = config->smime_authorities,
                                      .smime_key = config->smime_key,
                                      .openpgp_keyring = config->openpgp_keyring,
                                      .memory = config->reader_memory,
                                      .prefixes = {config->desk.prefixes, config->desk.prefix_count}};
    setup.probes = rules_probes(config->rules, &setup.probe_count);
    pool->config = config;
    buf_clear(&pool->setup);
    wire_put_reader_setup(&pool->setup, &setup);
    for (size_t i = 0; i < POOL_READERS_MAX; i++) {
        pool->processes[i].item_count = 0; /* its messages are read anew by others */
        pool->processes[i].octets = 0;
        end(&pool->processes[i], "the rules changed");
    }
    inbox_reread(pool->inbox);
    pool->start_after = 0;
    pool->failed_starts = 0;
}

void pool_open(struct pool **pool, struct loop *loop, struct starter *starter, struct inbox *inbox, const char *program)
{
    *pool = calloc(1, sizeof **pool);
    if (*pool == NULL)
        abort();
    **pool = (struct pool){.loop = loop, .starter = starter, .inbox = inbox, .program = program};
    for (size_t i = 0; i < POOL_READERS_MAX; i++)
        (*pool)->processes[i].link.fd = -1;
}

void pool_close(struct pool **pool)
{
    if (*pool == NULL)
        return;
    for (size_t i = 0; i < POOL_READERS_MAX; i++)
        end(&(*pool)->processes[i], "stopping");
    buf_free(&(*pool)->setup);
    free(*pool);
    *pool = NULL;
}
