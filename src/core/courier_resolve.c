/* courier_resolve: the thread that asks the DNS: questions in as frames, answers out as frames, in whatever order they come. */
#include "core/courier.h"

#include "mail/domain.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct asked {
    uint32_t serial;
    char name[DOMAIN_MAX + 1];
};

struct courier_resolve {
    struct courier *courier;
    struct resolver *resolver;
    struct buf out;
    int wake;
    pthread_mutex_t lock;
    struct asked *asked; /* under lock: not yet with the resolver */
    size_t count, cap;   /* under lock */
    bool stopping;       /* under lock */
    pthread_t thread;
};

static void answered(void *of, uint32_t serial, const struct dns_answer *answer)
{
    struct courier_resolve *r = of;
    wire_put_resolved(&r->out, serial, answer);
    courier_send(r->courier, &r->out); /* core is gone: so are we, soon */
}

/* False: it is time to stop. */
static bool take_questions(struct courier_resolve *r)
{
    uint64_t ignored = 0;
    pthread_mutex_lock(&r->lock);
    struct asked *asked = r->asked;
    size_t count = r->count;
    bool go_on = !r->stopping;
    r->asked = NULL;
    r->count = r->cap = 0;
    pthread_mutex_unlock(&r->lock);
    if (read(r->wake, &ignored, sizeof ignored) < 0)
        ignored = 0; /* nobody had woken us */
    for (size_t i = 0; go_on && i < count; i++)
        resolver_ask(r->resolver, asked[i].serial, str_of(asked[i].name));
    free(asked);
    return go_on;
}

static void *live(void *of)
{
    struct courier_resolve *r = of;
    while (take_questions(r))
        resolver_turn(r->resolver, r->wake);
    resolver_close(&r->resolver);
    return NULL;
}

static void append(struct courier_resolve *r, uint32_t serial, struct str name)
{
    if (r->count == r->cap) {
        r->cap = r->cap > 0 ? 2 * r->cap : 16;
        r->asked = realloc(r->asked, r->cap * sizeof *r->asked);
        if (r->asked == NULL)
            abort();
    }
    struct asked *asked = &r->asked[r->count++];
    *asked = (struct asked){.serial = serial};
    for (size_t i = 0; i < name.n; i++)
        asked->name[i] = name.p[i];
}

void courier_resolve_ask(struct courier_resolve *r, uint32_t serial, struct str name)
{
    if (r == NULL || !domain_is_name(name))
        return;
    pthread_mutex_lock(&r->lock);
    append(r, serial, name);
    pthread_mutex_unlock(&r->lock);
    courier_wake(r->wake);
}

struct courier_resolve *courier_resolve_start(struct courier *courier)
{
    struct courier_resolve *r = calloc(1, sizeof *r);
    if (r == NULL)
        abort();
    r->courier = courier;
    r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&r->lock, NULL);
    resolver_open(&r->resolver, &courier->setup.resolve, answered, r);
    if (pthread_create(&r->thread, NULL, live, r) != 0)
        abort();
    return r;
}

void courier_resolve_join(struct courier_resolve **resolve)
{
    struct courier_resolve *r = *resolve;
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_mutex_unlock(&r->lock);
    courier_wake(r->wake);
    pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->lock);
    close(r->wake);
    free(r->asked);
    buf_free(&r->out);
    free(r);
    *resolve = NULL;
}
