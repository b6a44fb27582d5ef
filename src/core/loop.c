/* loop: a table of watches by descriptor. Events are looked up again before each call, so a function may unwatch any descriptor. */
#include "core/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LOOP_EVENTS 64

struct watch {
    loop_ready *ready; /* NULL: not watched */
    void *of;
    uint32_t events;
    uint32_t age; /* tells a new watch from the one an event was for */
};

struct loop {
    int epoll;
    struct watch *watches; /* by descriptor */
    size_t count;
    uint32_t age;
};

bool loop_open(struct loop **loop, struct err *err)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return err_set(err, ERR_RETRY, "epoll: %s", strerror(errno));
    *loop = calloc(1, sizeof **loop);
    if (*loop == NULL)
        abort();
    (*loop)->epoll = epoll;
    return true;
}

void loop_close(struct loop **loop)
{
    if (*loop == NULL)
        return;
    close((*loop)->epoll);
    free((*loop)->watches);
    free(*loop);
    *loop = NULL;
}

static struct watch *watch_of(struct loop *loop, int fd)
{
    size_t need = (size_t)fd + 1;
    if (need > loop->count) {
        struct watch *more = reallocarray(loop->watches, need * 2, sizeof *more);
        if (more == NULL)
            abort();
        memset(more + loop->count, 0, (need * 2 - loop->count) * sizeof *more);
        loop->watches = more;
        loop->count = need * 2;
    }
    return &loop->watches[fd];
}

void loop_watch(struct loop *loop, int fd, bool read, bool write, loop_ready *ready, void *of)
{
    struct watch *w = watch_of(loop, fd);
    uint32_t events = (read ? EPOLLIN : 0u) | (write ? EPOLLOUT : 0u);
    bool is_new = w->ready == NULL;
    if (is_new)
        w->age = ++loop->age;
    if (is_new || w->events != events) {
        struct epoll_event event = {.events = events, .data.u64 = (uint64_t)w->age << 32 | (uint32_t)fd};
        if (epoll_ctl(loop->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) < 0)
            abort(); /* a descriptor of ours that is not one */
    }
    *w = (struct watch){ready, of, events, w->age};
}

void loop_unwatch(struct loop *loop, int fd)
{
    struct watch *w = watch_of(loop, fd);
    if (w->ready != NULL)
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
    w->ready = NULL;
}

void loop_turn(struct loop *loop, int64_t ms)
{
    struct epoll_event events[LOOP_EVENTS];
    int n = epoll_wait(loop->epoll, events, LOOP_EVENTS, (int)(ms > INT32_MAX ? INT32_MAX : ms));
    for (int i = 0; i < n; i++) {
        struct watch *w = watch_of(loop, (int)(events[i].data.u64 & UINT32_MAX));
        bool trouble = (events[i].events & (EPOLLERR | EPOLLHUP)) != 0;
        if (w->ready != NULL && w->age == events[i].data.u64 >> 32)
            w->ready(w->of, trouble || (events[i].events & EPOLLIN) != 0, trouble || (events[i].events & EPOLLOUT) != 0);
    }
}
