/* The jails, tried from inside: a child enters, does one thing, and the test looks at how it ended. */
#include "config.h"

#include "base/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MEMORY_MAX (512u * 1024 * 1024)

#define NOT_ENTERED 250

extern char **environ;

static bool enter_reader(void)
{
    return jail_reader(MEMORY_MAX, NULL);
}

static bool enter_courier(void)
{
    return jail_courier(NULL);
}

#define MAILDIR "maildir"

static bool enter_courier_with(void)
{
    static const char *const folders[] = {MAILDIR};
    return jail_courier_with(folders, 1, NULL);
}

static bool enter_core_files(void)
{
    static const char *const folders[] = {MAILDIR};
    return jail_core_files(folders, 1, NULL);
}

static bool enter_core(void)
{
    return jail_core(NULL);
}

/* Runs in a child: enters, acts. The act gives 0 when all went well, or errno. */
static int outcome(bool (*enter)(void), int (*act)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (enter != NULL && !enter())
            _exit(NOT_ENTERED);
        _exit(act());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int nothing(void)
{
    return 0;
}

/* In the prologue's tests the checks are the act itself. */
static int prologue(void)
{
    int kept = dup(STDERR_FILENO);
    int closed = dup(STDERR_FILENO);
    struct rlimit core = {1, 1};
    struct sigaction pipe_action;
    const int keep[] = {kept};
    if (!jail_prologue(keep, 1, NULL))
        return 1;
    if (fcntl(kept, F_GETFD) < 0)
        return 2;
    if (fcntl(closed, F_GETFD) >= 0)
        return 3;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 4;
    if (sigaction(SIGPIPE, NULL, &pipe_action) != 0 || pipe_action.sa_handler != SIG_IGN)
        return 5;
    if (umask(0) != 077)
        return 6;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 7;
}

/* Started with standard output closed, no later file may become it. */
static int prologue_fills_holes(void)
{
    close(STDOUT_FILENO);
    close(STDIN_FILENO);
    if (!jail_prologue(NULL, 0, NULL))
        return 1;
    return fcntl(STDIN_FILENO, F_GETFD) >= 0 && fcntl(STDOUT_FILENO, F_GETFD) >= 0 && fcntl(3, F_GETFD) < 0 ? 0 : 2;
}

static void the_prologue_keeps_its_word(void **state)
{
    (void)state;
    assert_int_equal(outcome(NULL, prologue), 0);
    assert_int_equal(outcome(NULL, prologue_fills_holes), 0);
}

static void remove_maildir(void)
{
    remove(MAILDIR "/new/1");
    remove(MAILDIR "/cur/1");
    remove(MAILDIR "/new");
    remove(MAILDIR "/cur");
    remove(MAILDIR);
}

static int make_maildir(void)
{
    return mkdir(MAILDIR, 0700) == 0 && mkdir(MAILDIR "/new", 0700) == 0 && mkdir(MAILDIR "/cur", 0700) == 0 ? 0 : errno;
}

static void every_jail_can_be_entered(void **state)
{
    (void)state;
    assert_int_equal(outcome(enter_reader, nothing), 0);
    assert_int_equal(outcome(enter_courier, nothing), 0);
    assert_int_equal(outcome(enter_core, nothing), 0);
    remove_maildir();
    assert_int_equal(make_maildir(), 0);
    assert_int_equal(outcome(enter_courier_with, nothing), 0);
    assert_int_equal(outcome(enter_core_files, nothing), 0);
    remove_maildir();
}

#ifndef SANITIZED

static int open_for_reading(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0 ? 0 : errno;
}

static int open_for_writing(void)
{
    return open("/dev/null", O_WRONLY) >= 0 ? 0 : errno;
}

static int open_for_both(void)
{
    return open("/dev/null", O_RDWR | O_APPEND) >= 0 ? 0 : errno;
}

static int create_file(void)
{
    return open("never-made", O_RDONLY | O_CREAT, 0600) >= 0 ? 0 : errno;
}

static int deliver_and_move(void)
{
    int fd = open(MAILDIR "/new/1", O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0)
        return errno;
    if (rename(MAILDIR "/new/1", MAILDIR "/cur/1") != 0)
        return errno;
    return unlink(MAILDIR "/cur/1") == 0 ? 0 : errno;
}

static int look_at_file(void)
{
    struct stat status;
    return stat("/etc/passwd", &status) == 0 ? 0 : errno;
}

static int make_folder(void)
{
    return mkdir("never-made", 0700) == 0 ? 0 : errno;
}

static int rename_file(void)
{
    return rename("never-made", "never-made-either") == 0 ? 0 : errno;
}

static int remove_file(void)
{
    return unlink("never-made") == 0 ? 0 : errno;
}

static int open_socket(int domain, int type)
{
    return socket(domain, type, 0) >= 0 ? 0 : errno;
}

static int inet_socket(void)
{
    return open_socket(AF_INET, SOCK_STREAM);
}

static int inet6_socket(void)
{
    return open_socket(AF_INET6, SOCK_DGRAM);
}

static int netlink_socket(void)
{
    return open_socket(AF_NETLINK, SOCK_RAW);
}

static int packet_socket(void)
{
    return open_socket(AF_PACKET, SOCK_RAW);
}

static int unix_socket(void)
{
    return open_socket(AF_UNIX, SOCK_STREAM);
}

static int run_program(void)
{
    char *const argv[] = {(char[]){"/bin/true"}, NULL};
    execve(argv[0], argv, environ);
    return errno;
}

static int spawn_program(void)
{
    char *const argv[] = {(char[]){"/bin/true"}, NULL};
    pid_t pid = 0;
    return posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
}

static int fork_child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0 ? 0 : errno;
}

static void *finish_thread(void *argument)
{
    *(int *)argument = 1;
    return NULL;
}

static int start_thread(void)
{
    pthread_t thread;
    int ran = 0;
    int code = pthread_create(&thread, NULL, finish_thread, &ran);
    return code != 0 ? code : pthread_join(thread, NULL) == 0 && ran == 1 ? 0 : 99;
}

static int trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static int set_clock(void)
{
    const struct timespec now = {0, 0};
    return clock_settime(CLOCK_MONOTONIC, &now) == 0 ? 0 : errno;
}

static int map(int protection, int flags, int fd)
{
    return mmap(NULL, 4096, protection, flags, fd, 0) != MAP_FAILED ? 0 : errno;
}

static int map_executable(void)
{
    return map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static int map_library(void)
{
    int fd = open("/bin/sh", O_RDONLY);
    return map(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
}

static int map_library_writable(void)
{
    int fd = open("/bin/sh", O_RDONLY);
    return map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd);
}

static int make_executable(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? 98 : mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
}

static int use_memory(void)
{
    for (size_t size = 16; size <= 64u * 1024 * 1024; size *= 4) {
        char *p = malloc(size);
        if (p == NULL)
            return ENOMEM;
        memset(p, 1, size);
        p = realloc(p, size * 2);
        if (p == NULL)
            return ENOMEM;
        free(p);
    }
    return 0;
}

static int use_too_much_memory(void)
{
    void *volatile p = malloc(2 * (size_t)MEMORY_MAX);
    return p != NULL ? 0 : errno;
}

/* What a reader lives on: poll, read and write on a descriptor it already has (here standard error and its copy). */
static int read_and_write(void)
{
    struct pollfd wait = {STDERR_FILENO, POLLOUT, 0};
    struct timespec now;
    if (poll(&wait, 1, 1000) != 1)
        return 1;
    if (write(STDERR_FILENO, "", 0) != 0)
        return 2;
    return clock_gettime(CLOCK_REALTIME, &now) == 0 ? 0 : 3;
}

static int duplicate(void)
{
    return dup(STDERR_FILENO) >= 0 ? 0 : errno;
}

static int resolve(void)
{
    struct addrinfo *found = NULL;
    int code = getaddrinfo("localhost", "25", NULL, &found);
    if (code == 0)
        freeaddrinfo(found);
    return code == 0 ? 0 : 1;
}

struct attempt {
    const char *what;
    bool (*enter)(void);
    int (*act)(void);
    int expected; /* 0, errno, or -signal */
};

static const struct attempt attempts[] = {
    {"reader: open", enter_reader, open_for_reading, ENOENT},
    {"reader: open for writing", enter_reader, open_for_writing, ENOENT},
    {"reader: stat", enter_reader, look_at_file, ENOENT},
    {"reader: inet socket", enter_reader, inet_socket, -SIGSYS},
    {"reader: unix socket", enter_reader, unix_socket, -SIGSYS},
    {"reader: exec", enter_reader, run_program, -SIGSYS},
    {"reader: fork", enter_reader, fork_child, -SIGSYS},
    {"reader: dup", enter_reader, duplicate, -SIGSYS},
    {"reader: rename", enter_reader, rename_file, -SIGSYS},
    {"reader: trace", enter_reader, trace, -SIGSYS},
    {"reader: set the clock", enter_reader, set_clock, -SIGSYS},
    {"reader: map executable memory", enter_reader, map_executable, -SIGSYS},
    {"reader: make memory executable", enter_reader, make_executable, -SIGSYS},
    {"reader: memory", enter_reader, use_memory, 0},
    {"reader: too much memory", enter_reader, use_too_much_memory, ENOMEM},
    {"reader: read and write", enter_reader, read_and_write, 0},

    {"courier: open for reading", enter_courier, open_for_reading, 0},
    {"courier: open for writing", enter_courier, open_for_writing, EPERM},
    {"courier: open for both", enter_courier, open_for_both, EPERM},
    {"courier: create", enter_courier, create_file, EPERM},
    {"courier: rename", enter_courier, rename_file, EPERM},
    {"courier: remove", enter_courier, remove_file, EPERM},
    {"courier: make a folder", enter_courier, make_folder, EPERM},
    {"courier: inet socket", enter_courier, inet_socket, 0},
    {"courier: inet6 socket", enter_courier, inet6_socket, 0},
    {"courier: resolve a name", enter_courier, resolve, 0},
    {"courier: thread", enter_courier, start_thread, 0},
    {"courier: exec", enter_courier, run_program, -SIGSYS},
    {"courier: spawn", enter_courier, spawn_program, -SIGSYS},
    {"courier: fork", enter_courier, fork_child, -SIGSYS},
    {"courier: trace", enter_courier, trace, -SIGSYS},
    {"courier: map executable memory", enter_courier, map_executable, EPERM},
    {"courier: make memory executable", enter_courier, make_executable, EPERM},
    {"courier: map a library", enter_courier, map_library, 0},
    {"courier: map a library to write in", enter_courier, map_library_writable, EPERM},
    {"courier: memory", enter_courier, use_memory, 0},

    {"core: open for writing", enter_core, open_for_writing, 0},
    {"core: rename", enter_core, rename_file, ENOENT},
    {"core: unix socket", enter_core, unix_socket, 0},
    {"core: inet socket", enter_core, inet_socket, EACCES},
    {"core: inet6 socket", enter_core, inet6_socket, EACCES},
    {"core: netlink socket", enter_core, netlink_socket, EACCES},
    {"core: packet socket", enter_core, packet_socket, EACCES},
    {"core: thread", enter_core, start_thread, 0},
    {"core: exec", enter_core, run_program, -SIGSYS},
    {"core: spawn", enter_core, spawn_program, -SIGSYS},
    {"core: fork", enter_core, fork_child, -SIGSYS},
    {"core: trace", enter_core, trace, -SIGSYS},
    {"core: set the clock", enter_core, set_clock, -SIGSYS},
    {"core: make memory executable", enter_core, make_executable, EPERM},
};

static void each_attempt_ends_as_promised(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        int got = outcome(attempts[i].enter, attempts[i].act);
        if (got != attempts[i].expected) {
            print_error("%s: %d, expected %d\n", attempts[i].what, got, attempts[i].expected);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static bool kernel_has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 2;
}

static void a_courier_with_a_maildir_writes_only_there(void **state)
{
    (void)state;
    int elsewhere = kernel_has_landlock() ? EACCES : 0;
    remove_maildir();
    assert_int_equal(make_maildir(), 0);
    assert_int_equal(outcome(enter_courier_with, deliver_and_move), 0);
    assert_int_equal(outcome(enter_courier_with, open_for_reading), 0);
    assert_int_equal(outcome(enter_courier_with, inet_socket), 0);
    assert_int_equal(outcome(enter_courier_with, start_thread), 0);
    assert_int_equal(outcome(enter_courier_with, run_program), -SIGSYS);
    assert_int_equal(outcome(enter_courier_with, fork_child), -SIGSYS);
    assert_int_equal(outcome(enter_courier_with, create_file), elsewhere);
    assert_int_equal(outcome(enter_courier_with, make_folder), elsewhere == 0 ? EEXIST : elsewhere);
    remove("never-made");
    remove_maildir();
    assert_int_equal(outcome(enter_courier_with, nothing), kernel_has_landlock() ? NOT_ENTERED : 0);
}

static void *create_in_thread(void *result)
{
    *(int *)result = create_file();
    return NULL;
}

static int create_file_in_a_thread(void)
{
    pthread_t thread;
    int result = 99;
    int code = pthread_create(&thread, NULL, create_in_thread, &result);
    return code != 0 ? code : pthread_join(thread, NULL) == 0 ? result : 98;
}

static void core_writes_only_in_its_folders(void **state)
{
    (void)state;
    int elsewhere = kernel_has_landlock() ? EACCES : 0;
    remove_maildir();
    assert_int_equal(make_maildir(), 0);
    assert_int_equal(outcome(enter_core_files, deliver_and_move), 0);
    assert_int_equal(outcome(enter_core_files, open_for_reading), 0);
    assert_int_equal(outcome(enter_core_files, create_file), elsewhere);
    assert_int_equal(outcome(enter_core_files, create_file_in_a_thread), elsewhere);
    remove("never-made");
    remove_maildir();
    assert_int_equal(outcome(enter_core_files, nothing), kernel_has_landlock() ? NOT_ENTERED : 0);
}

/* The acts themselves are possible outside: else the table above would prove little. */
static void outside_nothing_is_forbidden(void **state)
{
    (void)state;
    int (*const possible[])(void) = {open_for_reading, open_for_writing, look_at_file,    inet_socket, unix_socket,
                                     run_program,      spawn_program,    fork_child,      trace,       map_executable,
                                     make_executable,  duplicate,        map_library_writable, start_thread, use_too_much_memory};
    for (size_t i = 0; i < sizeof possible / sizeof *possible; i++)
        assert_int_equal(outcome(NULL, possible[i]), 0);
}

#endif

/* A folder of our own, to work in. */
static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/test_base_jail.XXXXXX");
    *state = folder;
    return folder != NULL && mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    int code = rmdir(*state);
    free(*state);
    return code;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prologue_keeps_its_word),
        cmocka_unit_test(every_jail_can_be_entered),
#ifndef SANITIZED
        cmocka_unit_test(each_attempt_ends_as_promised),
        cmocka_unit_test(outside_nothing_is_forbidden),
        cmocka_unit_test(a_courier_with_a_maildir_writes_only_there),
        cmocka_unit_test(core_writes_only_in_its_folders),
#endif
    };
    return cmocka_run_group_tests_name("base_jail", tests, enter_folder, remove_folder);
}
