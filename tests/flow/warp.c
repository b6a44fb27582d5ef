/* warp: a clock of the test's own for a daemon, by LD_PRELOAD. Time runs faster from a given moment on, and the wall clock may be set, while it runs, without the system's
 * being touched. What waits by a clock waits so much shorter. The file named by TRIAGED_WARP holds the settings; the test writes it, all processes map it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NANO INT64_C(1000000000)

struct warp {
    int64_t start; /* CLOCK_MONOTONIC in ns from which time runs faster */
    int64_t speed; /* times; at least 1 */
    int64_t shift; /* ns by which the wall clock has been set */
};

static const struct warp *settings;

__attribute__((constructor)) static void map_settings(void)
{
    const char *path = getenv("TRIAGED_WARP");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *p = fd >= 0 ? mmap(NULL, sizeof *settings, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (p == MAP_FAILED)
        abort();
    settings = p;
}

static int64_t real(clockid_t clock)
{
    struct timespec t = {0, 0};
    syscall(SYS_clock_gettime, clock, &t);
    return t.tv_sec * NANO + t.tv_nsec;
}

static int64_t gained(void)
{
    return settings == NULL ? 0 : (real(CLOCK_MONOTONIC) - settings->start) * (settings->speed - 1);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    struct timespec t = {0, 0};
    int status = (int)syscall(SYS_clock_gettime, clock, &t);
    bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    bool steady = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
    if (status == 0 && (wall || steady)) {
        int64_t now = t.tv_sec * NANO + t.tv_nsec + gained() + (wall && settings != NULL ? settings->shift : 0);
        t = (struct timespec){now / NANO, now % NANO};
    }
    *out = t;
    return status;
}

int gettimeofday(struct timeval *out, void *zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *out = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out != NULL)
        *out = t.tv_sec;
    return t.tv_sec;
}

/* A wait of so many ms, in real time; one that is not zero stays so. */
static int shorter(int ms)
{
    return ms <= 0 || settings == NULL ? ms : (int)((ms + settings->speed - 1) / settings->speed);
}

int poll(struct pollfd *fds, nfds_t count, int ms)
{
    int left = shorter(ms);
    struct timespec wait = {left / 1000, left % 1000 * 1000000L};
    return (int)syscall(SYS_ppoll, fds, count, left < 0 ? NULL : &wait, NULL, (size_t)8);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int ms)
{
    return (int)syscall(SYS_epoll_pwait, epoll, events, most, shorter(ms), NULL, (size_t)8);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
    typedef int function(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    static function *next;
    if (next == NULL)
        next = (function *)(uintptr_t)dlsym(RTLD_NEXT, "pthread_cond_clockwait");
    struct timespec now, at;
    clock_gettime(clock, &now);
    int64_t left = (until->tv_sec - now.tv_sec) * NANO + until->tv_nsec - now.tv_nsec;
    int64_t real_until = real(CLOCK_MONOTONIC) + (left > 0 ? left / settings->speed : 0);
    at = (struct timespec){real_until / NANO, real_until % NANO};
    return next(condition, mutex, CLOCK_MONOTONIC, &at);
}
