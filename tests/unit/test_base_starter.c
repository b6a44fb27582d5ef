/* The starter, with the system's own small programs as children. */
#include "config.h"

#include "base/jail.h"
#include "base/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT 10000 /* ms; a deadline, not a delay */

static int open_starter(void **state)
{
    struct starter *starter = NULL;
    struct err err = {0};
    if (!starter_open(&starter, &err))
        return -1;
    *state = starter;
    return 0;
}

static int close_starter(void **state)
{
    struct starter *starter = *state;
    starter_close(&starter);
    return starter == NULL ? 0 : -1;
}

/* The next end, whoever's. */
static int wait_end(struct starter *starter, int *status)
{
    int pid = 0;
    while (!starter_reaped(starter, &pid, status)) {
        struct pollfd wait = {starter_fd(starter), POLLIN, 0};
        assert_int_equal(poll(&wait, 1, WAIT), 1);
        assert_true(starter_is_alive(starter));
    }
    return pid;
}

/* Reads to the end of the stream. */
static size_t read_all(int fd, char *out, size_t room)
{
    size_t have = 0;
    ssize_t n = 0;
    while (have < room - 1 && (n = read(fd, out + have, room - 1 - have)) > 0)
        have += (size_t)n;
    assert_true(n >= 0);
    out[have] = '\0';
    return have;
}

static void capture(struct starter *starter, const char *script, char *out, size_t room, int *status)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct err err = {0};
    int fd = -1;
    int pid = 0;
    assert_true(starter_capture(starter, argv, &fd, &pid, &err));
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    read_all(fd, out, room);
    close(fd);
    assert_int_equal(wait_end(starter, status), pid);
}

static void a_child_that_ends_is_told(void **state)
{
    const char *const argv[] = {"/bin/true", NULL};
    struct err err = {0};
    int fd = -1;
    int pid = 0;
    int status = -1;
    assert_true(starter_run(*state, argv, &fd, &pid, &err));
    assert_int_equal(wait_end(*state, &status), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    char octet = 0;
    assert_int_equal(read(fd, &octet, 1), 0);
    close(fd);
    assert_false(starter_reaped(*state, &pid, &status));
}

static void the_socket_is_descriptor_three(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", "exec /bin/cat <&3 >&3", NULL};
    struct err err = {0};
    int fd = -1;
    int pid = 0;
    int status = 0;
    char back[64];
    assert_true(starter_run(*state, argv, &fd, &pid, &err));
    assert_int_equal(write(fd, "there and back", 14), 14);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_int_equal(read_all(fd, back, sizeof back), 14);
    assert_string_equal(back, "there and back");
    close(fd);
    assert_int_equal(wait_end(*state, &status), pid);
}

static void output_and_status_come_back(void **state)
{
    char out[256];
    int status = 0;
    capture(*state, "echo hello; exit 3", out, sizeof out, &status);
    assert_string_equal(out, "hello\n");
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    capture(*state, "kill -KILL $$", out, sizeof out, &status);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* No descriptor, no signal state and no service manager's variable leaks into a child. */
static void a_child_starts_clean(void **state)
{
    (void)state;
    struct starter *starter = NULL;
    struct err err = {0};
    char out[1024];
    int status = 0;
    int leak = dup(STDERR_FILENO); /* without close-on-exec */
    assert_true(leak >= 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", "/run/nobody", 1), 0);
    assert_true(starter_open(&starter, &err));
    capture(starter, "ls /proc/self/fd | tr '\\n' ' '", out, sizeof out, &status);
    assert_string_equal(out, "0 1 2 3 "); /* 3 is the folder that ls reads */
    /* Signals 32 and 33 belong to the C library, 1 to 28 are those anybody sets. */
    capture(starter, "grep -E '^Sig(Blk|Ign)' /proc/self/status | sed 's/.*\\(.......\\)$/\\1/'", out, sizeof out, &status);
    assert_string_equal(out, "0000000\n0000000\n");
    capture(starter, "echo \"[$NOTIFY_SOCKET]\"", out, sizeof out, &status);
    assert_string_equal(out, "[]\n");
    starter_close(&starter);
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    close(leak);
}

static void what_cannot_be_run_is_refused(void **state)
{
    const char *const missing[] = {"/nonexistent/program", "x", NULL};
    const char *const folder[] = {"/tmp", NULL};
    const char *many[STARTER_ARGUMENTS_MAX + 2] = {NULL};
    struct err err = {0};
    int fd = -1;
    int pid = 0;
    int status = 0;
    assert_false(starter_run(*state, missing, &fd, &pid, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    assert_string_equal(err.text, "start /nonexistent/program: No such file or directory");
    assert_false(starter_capture(*state, folder, &fd, &pid, &err));
    assert_string_equal(err.text, "start /tmp: Permission denied");
    for (size_t i = 0; i <= STARTER_ARGUMENTS_MAX; i++)
        many[i] = "/bin/true";
    assert_false(starter_run(*state, many, &fd, &pid, &err));
    assert_false(starter_reaped(*state, &pid, &status));
    assert_true(starter_is_alive(*state));
}

/* Ends that come while an answer is waited for are neither lost nor taken for it. */
static void no_end_is_lost_among_starts(void **state)
{
    enum { CHILDREN = 40 };
    const char *const argv[] = {"/bin/true", NULL};
    int pids[CHILDREN];
    int seen = 0;
    for (size_t i = 0; i < CHILDREN; i++) {
        struct err err = {0};
        int fd = -1;
        assert_true(starter_run(*state, argv, &fd, &pids[i], &err));
        close(fd);
    }
    for (size_t round = 0; round < CHILDREN; round++) {
        int status = 0;
        int pid = wait_end(*state, &status);
        for (size_t i = 0; i < CHILDREN; i++)
            if (pids[i] == pid) {
                pids[i] = 0;
                seen++;
            }
    }
    assert_int_equal(seen, CHILDREN);
}

static void a_signal_reaches_the_whole_group(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", "/bin/cat <&3 & echo ready >&3; wait", NULL};
    struct err err = {0};
    int fd = -1;
    int pid = 0;
    int status = 0;
    char line[16] = "";
    assert_true(starter_run(*state, argv, &fd, &pid, &err));
    assert_int_equal(read(fd, line, 6), 6);
    starter_kill(*state, 1, SIGTERM); /* not a child: nothing happens */
    starter_kill(*state, pid, SIGTERM);
    assert_int_equal(wait_end(*state, &status), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_int_equal(read(fd, line, sizeof line), 0); /* cat is gone too */
    close(fd);
}

static void closing_ends_the_children(void **state)
{
    (void)state;
    struct starter *starter = NULL;
    struct err err = {0};
    const char *const argv[] = {"/bin/sh", "-c", "echo ready >&3; exec /bin/cat <&3", NULL};
    int fd = -1;
    int pid = 0;
    char line[16] = "";
    assert_true(starter_open(&starter, &err));
    assert_true(starter_run(starter, argv, &fd, &pid, &err));
    assert_int_equal(read(fd, line, 6), 6);
    starter_close(&starter);
    assert_null(starter);
    assert_int_equal(read(fd, line, sizeof line), 0);
    close(fd);
    starter_close(&starter);
}

/* The reason for it all: a core in its jail still gets children, and they are outside. */
static void a_jailed_core_starts_children(void **state)
{
    (void)state;
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct starter *starter = NULL;
        const char *const argv[] = {"/bin/sh", "-c", "grep -E '^Seccomp:' /proc/self/status; exec /bin/true", NULL};
        char out[64] = "";
        int fd = -1;
        int child = 0;
        if (!jail_prologue(NULL, 0, NULL) || !starter_open(&starter, NULL) || !jail_core(NULL))
            _exit(1);
        if (!starter_capture(starter, argv, &fd, &child, NULL) || read(fd, out, sizeof out - 1) <= 0)
            _exit(2);
        if (strcmp(out, "Seccomp:\t0\n") != 0)
            _exit(3);
        starter_close(&starter);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* A core that is killed leaves nobody behind. */
static void the_death_of_the_core_ends_all(void **state)
{
    (void)state;
    int ends[2];
    int status = 0;
    char line[16] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct starter *starter = NULL;
        /* The child keeps our pipe open through its standard error. */
        const char *const argv[] = {"/bin/sh", "-c", "echo ready >&2; exec /bin/cat <&3", NULL};
        int fd = -1;
        int child = 0;
        close(ends[0]);
        dup2(ends[1], STDERR_FILENO);
        close(ends[1]);
        if (starter_open(&starter, NULL) && starter_run(starter, argv, &fd, &child, NULL))
            for (;;)
                pause();
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], line, 6), 6);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    struct pollfd wait = {ends[0], POLLIN, 0};
    assert_int_equal(poll(&wait, 1, WAIT), 1);
    assert_int_equal(read(ends[0], line, sizeof line), 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_child_that_ends_is_told, open_starter, close_starter),
        cmocka_unit_test_setup_teardown(the_socket_is_descriptor_three, open_starter, close_starter),
        cmocka_unit_test_setup_teardown(output_and_status_come_back, open_starter, close_starter),
        cmocka_unit_test(a_child_starts_clean),
        cmocka_unit_test_setup_teardown(what_cannot_be_run_is_refused, open_starter, close_starter),
        cmocka_unit_test_setup_teardown(no_end_is_lost_among_starts, open_starter, close_starter),
        cmocka_unit_test_setup_teardown(a_signal_reaches_the_whole_group, open_starter, close_starter),
        cmocka_unit_test(closing_ends_the_children),
        cmocka_unit_test(a_jailed_core_starts_children),
        cmocka_unit_test(the_death_of_the_core_ends_all),
    };
    return cmocka_run_group_tests_name("base_starter", tests, NULL, NULL);
}
