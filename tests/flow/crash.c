/* crash: ends a process of the daemon at its Nth system call that writes, syncs, sends, connects, renames or removes, or lets that call fail, by LD_PRELOAD; or lets its Nth
 * allocation fail. The file named by TRIAGED_CRASH holds the settings and the counts; the test writes it, all processes map it. Calls of all processes of one program are
 * counted together. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CORE, COURIER, READER, PROGRAMS };

struct crash {
    int64_t program;          /* whose calls matter */
    int64_t at;               /* the call, from 1; 0: none */
    int64_t error;            /* 0: the process is killed there; else errno of that call and the `times` - 1 that follow */
    int64_t times;
    int64_t counts[PROGRAMS];
    int64_t allocation;       /* 0: none; else the allocation of `program`, from 1, that fails */
    int64_t allocations[PROGRAMS];
};

static struct crash *crash;
static int64_t own = -1;

__attribute__((constructor)) static void map_settings(void)
{
    static const char *const names[PROGRAMS] = {"triaged", "triaged-courier", "triaged-reader"};
    const char *path = getenv("TRIAGED_CRASH");
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *p = fd >= 0 ? mmap(NULL, sizeof *crash, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (p == MAP_FAILED || n < 0)
        abort();
    self[n] = '\0';
    const char *name = strrchr(self, '/') + 1;
    crash = p;
    for (int64_t i = 0; i < PROGRAMS; i++)
        if (strcmp(name, names[i]) == 0)
            own = i;
}

/* True: the call is to fail, errno is set. */
static bool strikes(void)
{
    if (own < 0)
        return false;
    int64_t count = __atomic_add_fetch(&crash->counts[own], 1, __ATOMIC_SEQ_CST);
    if (own != crash->program || crash->at == 0 || count < crash->at)
        return false;
    if (crash->error == 0 && count == crash->at)
        syscall(SYS_kill, getpid(), SIGKILL); /* a reader's jail ends it for that, too */
    if (crash->error == 0 || count >= crash->at + crash->times)
        return false;
    errno = (int)crash->error;
    return true;
}

#define REAL(name) ((__typeof__(name) *)(uintptr_t)dlsym(RTLD_NEXT, #name))
#define CALL(type, name, parameters, arguments)                                                                                                          \
    type name parameters                                                                                                                                  \
    {                                                                                                                                                     \
        static __typeof__(name) *next;                                                                                                                    \
        if (next == NULL)                                                                                                                                 \
            next = REAL(name);                                                                                                                            \
        return strikes() ? -1 : next arguments;                                                                                                           \
    }

CALL(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
CALL(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
CALL(ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
CALL(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
CALL(int, fsync, (int fd), (fd))
CALL(int, fdatasync, (int fd), (fd))
CALL(ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
CALL(ssize_t, sendto, (int fd, const void *p, size_t n, int flags, const struct sockaddr *to, socklen_t size), (fd, p, n, flags, to, size))
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
CALL(int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
CALL(int, rename, (const char *from, const char *to), (from, to))
CALL(int, unlink, (const char *path), (path))
CALL(int, ftruncate, (int fd, off_t size), (fd, size))
CALL(int, ftruncate64, (int fd, off64_t size), (fd, size))

/* ---- memory: glibc's own names lie below, for dlsym(3) itself allocates ---- */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static bool runs_out(void)
{
    if (own < 0 || __atomic_add_fetch(&crash->allocations[own], 1, __ATOMIC_SEQ_CST) != crash->allocation || own != crash->program)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    return runs_out() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return runs_out() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return runs_out() ? NULL : __libc_realloc(p, n);
}
