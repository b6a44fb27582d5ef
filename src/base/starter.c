/* starter: one seqpacket socket, one fixed message. Orders go one way; answers and notices come back over the same
 * socket in the order of events, so an end can never overtake the start it belongs to. What comes while an answer is
 * waited for is kept in a queue. */
#include "config.h"

#include "base/starter.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TELL_TRIES 100u
#define TELL_AGAIN 20 /* ms */
#define STARTER_ANSWER_WAIT 10000 /* ms: a program on a dead network file system is not waited for longer */
#define STARTER_FD 3              /* of the starter's own end, and of a child's */

enum order_kind { ORDER_RUN, ORDER_CAPTURE, ORDER_KILL };

/* Both sides are the same program, so a struct may travel as it is. Behind it, for run and capture: the arguments, each with
 * its NUL. */
struct order {
    enum order_kind kind;
    int pid;
    int signal;
};

enum notice_kind { NOTICE_STARTED, NOTICE_FAILED, NOTICE_ENDED };

struct notice {
    enum notice_kind kind;
    int pid;
    int value; /* FAILED: errno; ENDED: wait status */
};

/* ---- the starter's side ---- */

struct host {
    int children[STARTER_CHILDREN_MAX];
    size_t count;
    int ends; /* signalfd for SIGCHLD */
};

/* Sends a notice, with a descriptor when fd >= 0. */
static void tell(struct notice notice, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct iovec octets = {&notice, sizeof notice};
    struct msghdr message = {.msg_iov = &octets, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    for (unsigned tries = 0; sendmsg(STARTER_FD, &message, MSG_NOSIGNAL) < 0; tries++) {
        if (errno == EPIPE || errno == ECONNRESET)
            return; /* the core is gone, which the next read shows */
        if (tries >= TELL_TRIES)
            _exit(1); /* an order without its answer would be taken for the next one's: our end is what core understands */
        poll(NULL, 0, errno == EINTR ? 0 : TELL_AGAIN); /* no memory just now */
    }
}

static void reset_signals(void)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int signal = 1; signal < NSIG; signal++)
        sigaction(signal, &usual, NULL); /* refused for SIGKILL and SIGSTOP */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Between fork and exec. `given` becomes descriptor 3 or standard output; `report` tells errno if exec fails. */
static void become(const struct order *order, char *const argv[], int parent, int given, int report)
{
    int target = order->kind == ORDER_RUN ? STARTER_FD : STDOUT_FILENO;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    unsigned first_unused = order->kind == ORDER_RUN ? STARTER_FD + 1 : STDERR_FILENO + 1;
    bool ready = null >= 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && setpgid(0, 0) == 0;
    reset_signals();
    ready = ready && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(given, target) >= 0;
    ready = ready && close_range(first_unused, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
    if (ready)
        execv(argv[0], argv);
    int code = errno;
    ssize_t ignored = write(report, &code, sizeof code);
    (void)ignored;
    _exit(127);
}

/* Forks and waits until the program runs; its pid, or -errno. */
static int start(const struct order *order, char *const argv[], int given)
{
    int report[2];
    int code = 0;
    if (pipe2(report, O_CLOEXEC) != 0)
        return -errno;
    int parent = getpid();
    int pid = fork();
    if (pid == 0)
        become(order, argv, parent, given, report[1]);
    code = pid < 0 ? errno : 0;
    close(report[1]);
    ssize_t n = pid > 0 ? read(report[0], &code, sizeof code) : 0;
    close(report[0]);
    if (n == sizeof code)
        waitpid(pid, NULL, 0);
    return code == 0 ? pid : -code;
}

/* A socket pair or a pipe: [0] for the core, [1] for the child; both above STARTER_FD. */
static bool make_channel(enum order_kind kind, int channel[2])
{
    if (kind == ORDER_RUN)
        return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) == 0;
    return pipe2(channel, O_CLOEXEC) == 0;
}

static void obey_start(struct host *host, const struct order *order, struct str words)
{
    char *argv[STARTER_ARGUMENTS_MAX + 1] = {NULL};
    size_t count = 0;
    int channel[2] = {-1, -1};
    for (struct str word = {NULL, 0}; count < STARTER_ARGUMENTS_MAX && str_cut(&words, '\0', &word);)
        argv[count++] = (char *)(uintptr_t)word.p; /* execv promises not to write */
    if (host->count == STARTER_CHILDREN_MAX || count == 0 || !make_channel(order->kind, channel)) {
        tell((struct notice){NOTICE_FAILED, 0, EAGAIN}, -1);
        return;
    }
    int pid = start(order, argv, channel[1]);
    close(channel[1]);
    if (pid > 0) {
        host->children[host->count++] = pid;
        tell((struct notice){NOTICE_STARTED, pid, 0}, channel[0]);
    } else {
        tell((struct notice){NOTICE_FAILED, 0, -pid}, -1);
    }
    close(channel[0]);
}

static void signal_child(const struct host *host, int pid, int signal)
{
    for (size_t i = 0; i < host->count; i++)
        if (host->children[i] == pid)
            kill(-pid, signal);
}

static void obey(struct host *host, const char *octets, size_t n)
{
    struct order order = {ORDER_KILL, 0, 0};
    if (n < sizeof order)
        return;
    memcpy(&order, octets, sizeof order);
    if (order.kind == ORDER_KILL)
        signal_child(host, order.pid, order.signal);
    else
        obey_start(host, &order, (struct str){octets + sizeof order, n - sizeof order});
}

static void reap(struct host *host)
{
    struct signalfd_siginfo ignored;
    while (read(host->ends, &ignored, sizeof ignored) > 0)
        continue;
    int status = 0;
    for (int pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        for (size_t i = 0; i < host->count; i++)
            if (host->children[i] == pid) {
                host->children[i] = host->children[--host->count];
                tell((struct notice){NOTICE_ENDED, pid, status}, -1);
                break;
            }
}

static void end_children(struct host *host)
{
    int64_t deadline = clock_monotonic() + STARTER_GRACE;
    for (size_t i = 0; i < host->count; i++)
        kill(-host->children[i], SIGTERM);
    for (int64_t left = STARTER_GRACE; host->count > 0 && left > 0; left = deadline - clock_monotonic()) {
        struct pollfd wait = {host->ends, POLLIN, 0};
        poll(&wait, 1, (int)left);
        reap(host);
    }
    for (size_t i = 0; i < host->count; i++)
        kill(-host->children[i], SIGKILL);
}

/* The life of the starter: orders and ends of children, until the core is gone. */
static void serve(struct host *host)
{
    char octets[sizeof(struct order) + STARTER_ORDER_MAX];
    struct pollfd wait[] = {{STARTER_FD, POLLIN, 0}, {host->ends, POLLIN, 0}};
    for (;;) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            return;
        if (wait[1].revents != 0)
            reap(host);
        if (wait[0].revents == 0)
            continue;
        ssize_t n = recv(STARTER_FD, octets, sizeof octets, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return;
        if (n > 0)
            obey(host, octets, (size_t)n);
    }
}

/* What the forked starter must not share with the core: its descriptors (the other end of the socket, locks, the store), its
 * terminal, its signals (who stops the daemon stops the core, and the core stops us). */
static bool settle_down(int fd, struct host *host)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE};
    static const char *const private_names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID"};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t ends;
    reset_signals();
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        sigaction(ignored[i], &ignore, NULL);
    for (size_t i = 0; i < sizeof private_names / sizeof *private_names; i++)
        unsetenv(private_names[i]);
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    setsid();
    prctl(PR_SET_NAME, "triaged-starter");
    if (sigprocmask(SIG_BLOCK, &ends, NULL) != 0 || (fd != STARTER_FD && dup2(fd, STARTER_FD) < 0) ||
        close_range(STARTER_FD + 1, ~0u, 0) != 0 || fcntl(STARTER_FD, F_SETFD, FD_CLOEXEC) != 0)
        return false;
    host->ends = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    return host->ends >= 0;
}

/* ---- the core's side ---- */

struct starter {
    int fd; /* -1 once the starter is gone */
    int pid;
    struct notice *queue;
    size_t queued;
};

bool starter_open(struct starter **starter, struct err *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(err, ERR_SETUP, "starter: socketpair: %s", strerrordesc_np(errno));
    int pid = fork();
    if (pid == 0) {
        struct host host = {.ends = -1};
        if (settle_down(ends[1], &host))
            serve(&host);
        end_children(&host);
        _exit(0);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return err_set(err, ERR_SETUP, "starter: fork: %s", strerrordesc_np(errno));
    }
    *starter = calloc(1, sizeof **starter);
    if (*starter == NULL)
        abort();
    **starter = (struct starter){.fd = ends[0], .pid = pid};
    return true;
}

static void give_up(struct starter *starter)
{
    if (starter->fd >= 0)
        close(starter->fd);
    starter->fd = -1;
}

/* One message from the starter, *fd being -1 or the descriptor that came with it. False when none is there (with
 * MSG_DONTWAIT) or the starter is gone. */
static bool hear(struct starter *starter, struct notice *notice, int *fd, int flags)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct iovec octets = {notice, sizeof *notice};
    struct msghdr message = {
        .msg_iov = &octets, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = -1;
    *fd = -1;
    do
        n = starter->fd >= 0 ? recvmsg(starter->fd, &message, flags | MSG_CMSG_CLOEXEC) : 0;
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n != sizeof *notice) {
        give_up(starter);
        return false;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(header), sizeof *fd);
    return true;
}

static void keep(struct starter *starter, struct notice notice)
{
    struct notice *more = reallocarray(starter->queue, starter->queued + 1, sizeof *more);
    if (more == NULL)
        abort();
    starter->queue = more;
    starter->queue[starter->queued++] = notice;
}

/* The answer to an order; notices that come before it are kept. */
static bool answer(struct starter *starter, struct notice *notice, int *fd)
{
    int64_t deadline = clock_monotonic() + STARTER_ANSWER_WAIT;
    for (int64_t left = STARTER_ANSWER_WAIT; left > 0 && starter->fd >= 0; left = deadline - clock_monotonic()) {
        struct pollfd wait = {starter->fd, POLLIN, 0};
        if (poll(&wait, 1, (int)left) <= 0 || !hear(starter, notice, fd, MSG_DONTWAIT))
            continue;
        if (notice->kind != NOTICE_ENDED)
            return true;
        keep(starter, *notice);
    }
    give_up(starter); /* an answer after this would be taken for the next one's */
    return false;
}

/* The order and its arguments as one message; 0 when they are too many. */
static size_t write_order(enum order_kind kind, const char *const argv[], char *out)
{
    const struct order order = {kind, 0, 0};
    size_t n = sizeof order;
    memcpy(out, &order, sizeof order);
    for (size_t i = 0; argv[i] != NULL; i++) {
        size_t size = strlen(argv[i]) + 1;
        if (i == STARTER_ARGUMENTS_MAX || size > sizeof order + STARTER_ORDER_MAX - n)
            return 0;
        memcpy(out + n, argv[i], size);
        n += size;
    }
    return n;
}

static bool order_start(struct starter *starter, enum order_kind kind, const char *const argv[], int *fd, int *pid,
                        struct err *err)
{
    char order[sizeof(struct order) + STARTER_ORDER_MAX];
    struct notice notice = {NOTICE_FAILED, 0, 0};
    size_t n = write_order(kind, argv, order);
    if (n == 0)
        return err_set(err, ERR_SETUP, "start %s: too many arguments", argv[0]);
    if (starter->fd < 0 || send(starter->fd, order, n, MSG_NOSIGNAL) < 0 || !answer(starter, &notice, fd))
        return err_set(err, ERR_RETRY, "start %s: the starter is gone", argv[0]);
    if (notice.kind == NOTICE_FAILED || *fd < 0)
        return err_set(err, notice.value == EAGAIN || notice.value == ENOMEM ? ERR_RETRY : ERR_SETUP, "start %s: %s", argv[0],
                       strerrordesc_np(notice.value));
    *pid = notice.pid;
    return true;
}

bool starter_run(struct starter *starter, const char *const argv[], int *socket, int *pid, struct err *err)
{
    return order_start(starter, ORDER_RUN, argv, socket, pid, err);
}

bool starter_capture(struct starter *starter, const char *const argv[], int *read_end, int *pid, struct err *err)
{
    return order_start(starter, ORDER_CAPTURE, argv, read_end, pid, err);
}

bool starter_reaped(struct starter *starter, int *pid, int *status)
{
    struct notice notice = {NOTICE_ENDED, 0, 0};
    int fd = -1;
    if (starter->queued > 0) {
        notice = starter->queue[0];
        memmove(starter->queue, starter->queue + 1, --starter->queued * sizeof notice);
    } else if (!hear(starter, &notice, &fd, MSG_DONTWAIT)) {
        return false;
    }
    *pid = notice.pid;
    *status = notice.value;
    return true;
}

int starter_fd(const struct starter *starter)
{
    return starter->fd;
}

bool starter_is_alive(const struct starter *starter)
{
    return starter->fd >= 0;
}

void starter_kill(struct starter *starter, int pid, int signal)
{
    const struct order order = {ORDER_KILL, pid, signal};
    if (starter->fd >= 0 && send(starter->fd, &order, sizeof order, MSG_NOSIGNAL) < 0)
        give_up(starter);
}

void starter_close(struct starter **starter)
{
    if (*starter == NULL)
        return;
    give_up(*starter);
    while (waitpid((*starter)->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free((*starter)->queue);
    free(*starter);
    *starter = NULL;
}
