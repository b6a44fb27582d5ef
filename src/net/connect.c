/* connect: names are looked up by a thread that may be left behind (a resolver cannot be interrupted); it and the caller share one
 * small record, and the last of the two frees it. */
#include "config.h"

#include "net/connect.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDRESSES_MAX 16u
#define LOOKUP_STACK (512u * 1024)
#define ONE_ADDRESS_TIME (10 * CLOCK_SECOND) /* for each address but the last */
#define KEEPALIVE_IDLE 240                   /* s; with the two below a dead peer is noticed within 6 minutes */
#define KEEPALIVE_INTERVAL 30
#define KEEPALIVE_COUNT 4
#define UNACKNOWLEDGED_MAX (120 * 1000) /* ms */

struct lookup {
    pthread_mutex_t lock;
    unsigned owners;
    int done; /* eventfd */
    int result;            /* these three under the lock */
    int number;            /* errno of EAI_SYSTEM */
    struct addrinfo *list;
    char host[256];
    char port[8];
};

int connect_wait(int fd, short events, int cancel_fd, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - clock_monotonic();
        if (left <= 0)
            return 0;
        struct pollfd fds[2] = {{fd, events, 0}, {cancel_fd, POLLIN, 0}};
        int n = poll(fds, cancel_fd >= 0 ? 2 : 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (n > 0 && cancel_fd >= 0 && fds[1].revents != 0)
            return -1;
        if (n > 0 && fds[0].revents != 0)
            return 1;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return 0;
    }
}

static void lookup_leave(struct lookup *l)
{
    pthread_mutex_lock(&l->lock);
    unsigned left = --l->owners;
    pthread_mutex_unlock(&l->lock);
    if (left > 0)
        return;
    pthread_mutex_destroy(&l->lock);
    if (l->list != NULL)
        freeaddrinfo(l->list);
    close(l->done);
    free(l);
}

static void lookup_run(struct lookup *l, int flags)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    struct addrinfo *list = NULL;
    int result = getaddrinfo(l->host, l->port, &hints, &list), number = errno;
    pthread_mutex_lock(&l->lock);
    l->result = result;
    l->number = number;
    l->list = result == 0 ? list : NULL;
    pthread_mutex_unlock(&l->lock);
}

static void *lookup_thread(void *arg)
{
    struct lookup *l = arg;
    lookup_run(l, AI_ADDRCONFIG);
    if (l->result == EAI_NONAME || l->result == EAI_ADDRFAMILY || l->result == EAI_NODATA)
        lookup_run(l, 0); /* "localhost" on a machine whose only interface is the loopback */
    eventfd_write(l->done, 1);
    lookup_leave(l);
    return NULL;
}

static bool lookup_on_thread(struct lookup *l)
{
    pthread_attr_t attr;
    pthread_t thread;
    if (pthread_attr_init(&attr) != 0)
        return false;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, LOOKUP_STACK);
    l->owners = 2;
    bool started = pthread_create(&thread, &attr, lookup_thread, l) == 0;
    if (!started)
        l->owners = 1;
    pthread_attr_destroy(&attr);
    return started;
}

static struct lookup *lookup_new(const struct endpoint *server, struct err *err)
{
    struct str host = server->host;
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_sub(host, 1, host.n - 2);
    struct lookup *l = calloc(1, sizeof *l);
    if (l == NULL)
        abort();
    if (host.n == 0 || host.n >= sizeof l->host || memchr(host.p, 0, host.n) != NULL) {
        free(l);
        err_set(err, ERR_SETUP, "\"%.*s\" is not a host name", STR_ARG(str_sub(host, 0, 80)));
        return NULL;
    }
    memcpy(l->host, host.p, host.n);
    snprintf(l->port, sizeof l->port, "%u", (unsigned)server->port);
    l->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->done < 0) {
        err_set(err, ERR_RETRY, "look up %s: %s", l->host, strerrordesc_np(errno));
        free(l);
        return NULL;
    }
    pthread_mutex_init(&l->lock, NULL);
    l->owners = 1;
    return l;
}

/* True when l->list is there; else err is set. */
static bool lookup_wait(struct lookup *l, int cancel_fd, int64_t deadline, struct err *err)
{
    lookup_run(l, AI_NUMERICHOST);
    if (l->result != 0) {
        if (!lookup_on_thread(l))
            return err_set(err, ERR_RETRY, "look up %s: no thread for it", l->host);
        switch (connect_wait(l->done, POLLIN, cancel_fd, deadline)) {
        case -1:
            return err_set(err, ERR_RETRY, "cancelled");
        case 0:
            return err_set(err, ERR_RETRY, "look up %s: no answer in time", l->host);
        default:
            pthread_mutex_lock(&l->lock); /* orders what the thread wrote before what is read here */
            pthread_mutex_unlock(&l->lock);
        }
    }
    if (l->result == EAI_SYSTEM)
        return err_set(err, ERR_RETRY, "look up %s: %s", l->host, strerrordesc_np(l->number));
    if (l->result != 0)
        return err_set(err, ERR_RETRY, "look up %s: %s", l->host, gai_strerror(l->result));
    return true;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family != AF_INET6)
        return false;
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
}

static void tune(int fd)
{
    static const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE},
        {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL},
        {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MAX},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
}

static int connect_address(const struct addrinfo *a, const char *host, int cancel_fd, int64_t deadline, struct err *err)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        err_set(err, ERR_RETRY, "connect to %s: %s", host, strerrordesc_np(errno));
        return -1;
    }
    tune(fd);
    int problem = connect(fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    if (problem == EINPROGRESS) {
        socklen_t n = sizeof problem;
        int ready = connect_wait(fd, POLLOUT, cancel_fd, deadline);
        if (ready < 0)
            problem = ECANCELED;
        else if (ready == 0)
            problem = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &n) != 0)
            problem = errno;
    }
    if (problem == 0)
        return fd;
    close(fd);
    if (problem == ECANCELED)
        err_set(err, ERR_RETRY, "cancelled");
    else
        err_set(err, ERR_RETRY, "connect to %s: %s", host, strerrordesc_np(problem));
    return -1;
}

static int connect_any(const struct lookup *l, bool loopback_only, int cancel_fd, int64_t deadline, bool *loopback, struct err *err)
{
    size_t tried = 0;
    for (const struct addrinfo *a = l->list; a != NULL && tried < ADDRESSES_MAX; a = a->ai_next, tried++) {
        int64_t now = clock_monotonic();
        int64_t until = a->ai_next != NULL && now + ONE_ADDRESS_TIME < deadline ? now + ONE_ADDRESS_TIME : deadline;
        *loopback = is_loopback(a->ai_addr);
        if (loopback_only && !*loopback) {
            err_set(err, ERR_SETUP, "plaintext is allowed to a loopback address only, and %s is none", l->host);
            continue;
        }
        int fd = connect_address(a, l->host, cancel_fd, until, err);
        if (fd >= 0) {
            if (err != NULL)
                *err = (struct err){0}; /* what an address before this one said */
            return fd;
        }
        if (connect_wait(-1, 0, cancel_fd, clock_monotonic() + 1) < 0)
            return -1; /* cancelled: no further address */
    }
    if (tried == 0)
        err_set(err, ERR_RETRY, "look up %s: no address", l->host);
    return -1;
}

int connect_server(const struct endpoint *server, bool loopback_only, int cancel_fd, int64_t deadline, bool *loopback, struct err *err)
{
    struct lookup *l = lookup_new(server, err);
    if (l == NULL)
        return -1;
    int fd = lookup_wait(l, cancel_fd, deadline, err) ? connect_any(l, loopback_only, cancel_fd, deadline, loopback, err) : -1;
    lookup_leave(l);
    return fd;
}
