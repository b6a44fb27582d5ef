/* asking: a table of names by their hash. A name has a few places where it may stand; when they are all taken, the answer that ends first goes. */
#include "core/asking.h"

#include "base/clock.h"
#include "core/wire.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 8u /* where one name may stand */
#define KEEP_MIN CLOCK_MINUTE
#define KEEP_MAX CLOCK_HOUR
#define KEEP_NONE (5 * CLOCK_MINUTE)   /* there was no record: a new key is soon there */
#define KEEP_TROUBLE (30 * CLOCK_SECOND) /* a name server that is away does not hold up each mail anew */

enum known { FREE, ASKED, KNOWN };

struct name {
    enum known known;
    uint32_t serial;
    int64_t until; /* monotonic, of KNOWN */
    struct str name;
    struct dns_answer answer;
    struct arena *arena;
};

struct asking {
    struct name names[ASKING_NAMES_MAX];
    uint32_t serial;
    int64_t patience;
    int64_t deadline;
};

static uint32_t hash_of(struct str name)
{
    uint32_t hash = 2166136261u; /* FNV-1a; who makes names collide makes his own mails forget their answers sooner */
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (uint8_t)name.p[i]) * 16777619u;
    return hash;
}

static struct name *place_of(struct asking *a, struct str name, uint32_t k)
{
    return &a->names[(hash_of(name) + k) % ASKING_NAMES_MAX];
}

static void forget(struct name *n)
{
    arena_free(&n->arena);
    *n = (struct name){0};
}

static struct name *find(struct asking *a, struct str name, int64_t now)
{
    for (uint32_t k = 0; k < PLACES; k++) {
        struct name *n = place_of(a, name, k);
        if (n->known == KNOWN && n->until <= now)
            forget(n);
        if (n->known != FREE && str_eq(n->name, name))
            return n;
    }
    return NULL;
}

/* NULL: each place holds a name that is being asked for. */
static struct name *room_for(struct asking *a, struct str name)
{
    struct name *best = NULL;
    for (uint32_t k = 0; k < PLACES; k++) {
        struct name *n = place_of(a, name, k);
        if (n->known == FREE)
            return n;
        if (n->known == KNOWN && (best == NULL || n->until < best->until))
            best = n;
    }
    if (best != NULL)
        forget(best);
    return best;
}

static void ask(struct asking *a, struct str name, struct buf *out)
{
    struct name *n = out != NULL ? room_for(a, name) : NULL;
    if (n == NULL)
        return;
    n->known = ASKED;
    n->arena = arena_new();
    n->name = arena_str(n->arena, name);
    n->serial = ++a->serial;
    wire_put_serial_text(out, WIRE_RESOLVE, n->serial, name);
}

static void copy_answer(struct arena *arena, const struct dns_answer *from, struct dns_answer *to)
{
    *to = *from;
    to->name = arena_str(arena, from->name);
    to->records = arena_array(arena, from->count, sizeof *to->records);
    for (size_t i = 0; i < from->count; i++)
        to->records[i] = arena_str(arena, from->records[i]);
}

/* True when all its answers are there. */
static bool gather(struct asking *a, struct item *item, struct buf *out, int64_t now)
{
    struct str names[ORIGIN_QUESTIONS_MAX];
    struct name *found[ORIGIN_QUESTIONS_MAX] = {NULL};
    struct arena *scratch = arena_new();
    size_t count = origin_questions(scratch, &item->line.message.origin, names), known = 0;
    for (size_t i = 0; i < count; i++) {
        found[i] = find(a, names[i], now);
        if (found[i] == NULL)
            ask(a, names[i], out);
        else if (found[i]->known == KNOWN)
            known++;
    }
    bool whole = known == count;
    if (whole || now >= item->answer_by) {
        item->line.answers = arena_array(item->line.arena, count, sizeof *item->line.answers);
        for (size_t i = 0; i < count; i++)
            if (found[i] != NULL && found[i]->known == KNOWN)
                copy_answer(item->line.arena, &found[i]->answer, &item->line.answers[item->line.answer_count++]);
        whole = true;
    }
    arena_free(&scratch);
    return whole;
}

void asking_turn(struct asking *a, struct inbox *inbox, struct buf *out, int64_t now)
{
    a->deadline = INT64_MAX;
    for (struct item *item = inbox->first; item != NULL; item = item->next) {
        if (item->state != ITEM_ASKING)
            continue;
        if (item->answer_by == 0)
            item->answer_by = now + a->patience;
        if (gather(a, item, out, now))
            item->state = ITEM_WAITING;
        else if (item->answer_by < a->deadline)
            a->deadline = item->answer_by;
    }
}

int64_t asking_deadline(const struct asking *a)
{
    return a->deadline;
}

static int64_t keep(const struct dns_answer *answer)
{
    int64_t ttl = (int64_t)answer->ttl * CLOCK_SECOND;
    if (answer->status == DNS_TROUBLE)
        return KEEP_TROUBLE;
    if (answer->status == DNS_NONE)
        return KEEP_NONE;
    return ttl < KEEP_MIN ? KEEP_MIN : ttl > KEEP_MAX ? KEEP_MAX : ttl;
}

bool asking_take(struct asking *a, struct str payload, int64_t now)
{
    struct arena *arena = arena_new();
    struct dns_answer answer = {0};
    uint32_t serial = 0;
    struct name *n = NULL;
    if (wire_get_resolved(payload, arena, &serial, &answer))
        n = find(a, answer.name, now);
    bool fits = n != NULL && n->known == ASKED && n->serial == serial;
    if (fits) {
        copy_answer(n->arena, &answer, &n->answer);
        n->known = KNOWN;
        n->until = now + keep(&answer);
    }
    arena_free(&arena);
    return fits;
}

void asking_recall(struct asking *a)
{
    for (size_t i = 0; i < ASKING_NAMES_MAX; i++)
        if (a->names[i].known == ASKED)
            forget(&a->names[i]);
}

void asking_setup(struct asking *a, int64_t patience)
{
    a->patience = patience;
}

void asking_open(struct asking **asking)
{
    *asking = calloc(1, sizeof **asking);
    if (*asking == NULL)
        abort();
    (*asking)->deadline = INT64_MAX;
}

void asking_close(struct asking **asking)
{
    if (*asking == NULL)
        return;
    for (size_t i = 0; i < ASKING_NAMES_MAX; i++)
        arena_free(&(*asking)->names[i].arena);
    free(*asking);
    *asking = NULL;
}
