/* fatal: a courier that dies when a server says certain words, by LD_PRELOAD: as a fault in it would be, that one server knows how to reach. */
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static ssize_t mind(const void *octets, ssize_t n)
{
    static const char words[] = "fatal words";
    if (n > 0 && memmem(octets, (size_t)n, words, sizeof words - 1) != NULL)
        __builtin_trap();
    return n;
}

ssize_t recv(int fd, void *to, size_t n, int flags)
{
    static ssize_t (*real)(int, void *, size_t, int);
    if (real == NULL)
        real = (ssize_t (*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
    return mind(to, real(fd, to, n, flags));
}

ssize_t read(int fd, void *to, size_t n)
{
    static ssize_t (*real)(int, void *, size_t);
    if (real == NULL)
        real = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    return mind(to, real(fd, to, n));
}
