/* The client against a daemon that is well, wrong, silent or gone: each on a socket of its own, answered by a script. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/clock.h"
#include "core/query.h"
#include "ctl/client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

struct peer {
    char directory[64], path[96], config[96];
    int fd;
    struct str answer; /* with its NUL, or what else shall be sent */
    bool keeps_silent; /* takes the request and waits for the client to go */
    char request[4096];
    pthread_t thread;
};

static void *serve(void *of)
{
    struct peer *p = of;
    int fd = accept(p->fd, NULL, NULL);
    size_t n = 0;
    while (n < sizeof p->request - 1) {
        ssize_t got = recv(fd, p->request + n, sizeof p->request - 1 - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        if (memchr(p->request, '\0', n) != NULL)
            break;
    }
    /* Octet by octet: an answer may come in any pieces. */
    for (size_t i = 0; i < p->answer.n && send(fd, p->answer.p + i, 1, MSG_NOSIGNAL) == 1; i++)
        continue;
    char byte;
    if (p->keeps_silent)
        recv(fd, &byte, 1, 0);
    close(fd);
    return NULL;
}

static void begin(struct peer *p, struct str answer, bool keeps_silent)
{
    memset(p, 0, sizeof *p);
    snprintf(p->directory, sizeof p->directory, "/tmp/ctl-test.XXXXXX");
    assert_non_null(mkdtemp(p->directory));
    snprintf(p->path, sizeof p->path, "%s/s", p->directory);
    snprintf(p->config, sizeof p->config, "%s/triaged.conf", p->directory);
    /* Wrong on purpose elsewhere: the socket is found all the same, relative to the file. */
    FILE *file = fopen(p->config, "w");
    assert_non_null(file);
    fputs("desk { nonsense\n}\ndaemon { control-socket s; state-directory state }\n", file);
    fclose(file);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", p->path);
    p->answer = answer;
    p->keeps_silent = keeps_silent;
    p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(p->fd, 1), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void end(struct peer *p)
{
    pthread_join(p->thread, NULL);
    close(p->fd);
    unlink(p->path);
    unlink(p->config);
    rmdir(p->directory);
}

static const struct ctl_world world = {.now = INT64_C(1790000000000), .utf8 = true, .in = -1};

static int run(struct ctl *ctl, const struct peer *p, const char *verb, const char *argument)
{
    char *argv[8] = {(char[]){"triagectl"}, (char[8]){""}, (char[32]){""}, (char[96]){""}, (char[96]){""}};
    int argc = 4;
    snprintf(argv[1], 8, "-c");
    snprintf(argv[2], 32, "%s", verb);
    argv[3] = argv[2];
    argv[2] = (char *)p->config;
    if (argument != NULL) {
        snprintf(argv[4], 96, "%s", argument);
        argc = 5;
    }
    return ctl_run(ctl, &world, argc, argv);
}

#define ANSWER(text) ((struct str){(text), sizeof(text)})

static void an_answer_in_pieces_is_an_answer(void **state)
{
    (void)state;
    struct peer p;
    struct ctl ctl;
    begin(&p, ANSWER("{\"parameters\":{\"tickets\":[{\"id\":7,\"subject\":\"a\\u001bb\"}],\"total\":1}}"), true);
    assert_int_equal(run(&ctl, &p, "list", "--plain"), 0);
    assert_true(str_starts(buf_view(&ctl.out), STR("7\t")));
    assert_true(str_find(buf_view(&ctl.out), STR("a\\x1bb")) > 0);
    ctl_end(&ctl);
    end(&p);
    assert_string_equal(p.request, "{\"method\":\"io.triaged.Desk.List\",\"parameters\":{\"words\":\"\"}}");
}

static void an_error_keeps_its_words_and_its_exit_code(void **state)
{
    (void)state;
    struct peer p;
    struct ctl ctl;
    begin(&p, ANSWER("{\"error\":\"io.triaged.Desk.NoSuchTicket\",\"parameters\":{\"text\":\"there is no ticket 7\\u0007\",\"exit\":66}}"), true);
    assert_int_equal(run(&ctl, &p, "show", "7"), EX_NOINPUT);
    assert_string_equal(ctl.err.p, "error: there is no ticket 7\\x07\n");
    assert_int_equal(ctl.out.n, 0);
    ctl_end(&ctl);
    end(&p);
}

static void nonsense_is_our_bug(void **state)
{
    (void)state;
    static const struct str answers[] = {{"", 1}, {"{}", 3}, {"[1]", 4}, {"{\"parameters\":7}", 17}, {"{\"parameters\":{}", 17}, {"\xff\xfe", 3}, {"{\"error\":7,\"parameters\":null}", 30}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct peer p;
        struct ctl ctl;
        begin(&p, answers[i], true);
        assert_int_equal(run(&ctl, &p, "status", NULL), EX_SOFTWARE);
        ctl_end(&ctl);
        end(&p);
    }
}

static void a_daemon_that_says_nothing_is_left(void **state)
{
    (void)state;
    static const struct str halves[] = {{"", 0}, {"{\"parameters\":{", 15}};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
        for (int silent = 0; silent < 2; silent++) {
            struct peer p;
            struct ctl ctl;
            begin(&p, halves[i], silent == 1);
            int64_t before = clock_monotonic();
            assert_int_equal(run(&ctl, &p, "status", "--timeout=1s"), EX_UNAVAILABLE);
            assert_true(clock_monotonic() - before < 10 * CLOCK_SECOND);
            assert_true(str_find(buf_view(&ctl.err), STR("no whole answer")) > 0);
            ctl_end(&ctl);
            end(&p);
        }
}

static void an_order_without_a_daemon_is_refused(void **state)
{
    (void)state;
    struct peer p;
    struct ctl ctl;
    begin(&p, ANSWER("{\"parameters\":{}}"), true);
    unlink(p.path);
    assert_int_equal(run(&ctl, &p, "undo", "R-7Q2K"), EX_UNAVAILABLE);
    assert_true(str_find(buf_view(&ctl.err), STR("triaged is not running")) >= 0);
    ctl_end(&ctl);
    assert_int_equal(run(&ctl, &p, "ingest", p.config), EX_TEMPFAIL); /* an MTA shall keep it */
    ctl_end(&ctl);
    assert_int_equal(run(&ctl, &p, "list", NULL), EX_UNAVAILABLE); /* there is no store either */
    ctl_end(&ctl);
    shutdown(p.fd, SHUT_RDWR); /* ends the accept */
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_in_pieces_is_an_answer),
        cmocka_unit_test(an_error_keeps_its_words_and_its_exit_code),
        cmocka_unit_test(nonsense_is_our_bug),
        cmocka_unit_test(a_daemon_that_says_nothing_is_left),
        cmocka_unit_test(an_order_without_a_daemon_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
