/* The control socket with real clients: who is let in, requests in pieces and in a row, what is no request, answers that come later. */
#include "core_fixture.h"

#include "base/clock.h"
#include "core/control.h"
#include "daemon_double.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define TURNS_MAX 20000

struct desk_at_work {
    struct core_fixture *f;
    struct loop *loop;
    struct control *control;
    struct daemon_double daemon;
    struct query_context context;
};

static int set_up(void **state)
{
    void *f = NULL;
    if (core_set_up(&f) != 0)
        return -1;
    struct desk_at_work *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->f = f;
    w->context = (struct query_context){.store = w->f->store, .config = w->f->config, .daemon = (struct daemon *)&w->daemon, .now = T0};
    struct err err = {0};
    if (!loop_open(&w->loop, &err) || !control_open(&w->control, w->loop, core_path(f, "control.sock"), &w->context, &err)) {
        print_error("%s\n", err.text);
        return -1;
    }
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct desk_at_work *w = *state;
    void *f = w->f;
    control_close(&w->control);
    assert_null(w->control);
    loop_close(&w->loop);
    free(w);
    return core_tear_down(&f);
}

static void address_of(struct desk_at_work *w, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "%s/control.sock", w->f->folder);
}

/* A client that does not block, as far as the desk has taken it in. */
static int enter(struct desk_at_work *w)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    address_of(w, &address);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    loop_turn(w->loop, 0);
    return fd;
}

static void say(struct desk_at_work *w, int fd, const char *text, size_t size)
{
    for (int turn = 0; size > 0 && turn < TURNS_MAX; turn++) {
        ssize_t n = send(fd, text, size, MSG_NOSIGNAL);
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        } else if (n < 0 && errno == EPIPE) {
            return;
        }
        loop_turn(w->loop, 0);
    }
    loop_turn(w->loop, 0);
}

static void request(struct desk_at_work *w, int fd, const char *method, const char *parameters)
{
    char text[512];
    int n = snprintf(text, sizeof text, "{\"method\":\"" QUERY_PREFIX "%s\",\"parameters\":%s}", method, parameters);
    say(w, fd, text, (size_t)n + 1);
}

/* The next answer, or NULL: the desk hung up or says nothing. */
static json_t *answer(struct desk_at_work *w, int fd)
{
    struct buf got = {0};
    char octet = 0;
    ssize_t n = 0;
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        n = recv(fd, &octet, 1, 0);
        if (n < 0) {
            loop_turn(w->loop, 0);
            if (turn > 200 && got.n == 0)
                break;
            continue;
        }
        if (n == 0 || octet == '\0')
            break;
        buf_char(&got, octet);
    }
    json_t *json = n == 1 && octet == '\0' ? json_loadb(got.p, got.n, 0, NULL) : NULL;
    buf_free(&got);
    return json;
}

static void assert_error(struct desk_at_work *w, int fd, const char *name)
{
    json_t *json = answer(w, fd);
    assert_non_null(json);
    const char *error = json_string_value(json_object_get(json, "error"));
    if (error == NULL || strncmp(error, QUERY_PREFIX, strlen(QUERY_PREFIX)) != 0 || strcmp(error + strlen(QUERY_PREFIX), name) != 0)
        fail_msg("error %s instead of %s", error != NULL ? error : "none", name);
    assert_true(json_integer_value(json_object_get(json_object_get(json, "parameters"), "exit")) > 0);
    json_decref(json);
}

static void assert_total(struct desk_at_work *w, int fd, int64_t total)
{
    json_t *json = answer(w, fd);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "parameters"), "total")), total);
    json_decref(json);
}

static bool is_hung_up(struct desk_at_work *w, int fd)
{
    char octet;
    for (int turn = 0; turn < 50; turn++) {
        loop_turn(w->loop, 0);
        ssize_t n = recv(fd, &octet, 1, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return true;
    }
    return false;
}

/* ---- the socket ----------------------------------------------------------------------------------------------------------------- */

static void the_socket_is_for_owner_and_group(void **state)
{
    struct desk_at_work *w = *state;
    struct stat found;
    assert_int_equal(stat(core_path(w->f, "control.sock"), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0660);
}

static void a_socket_in_use_is_left_alone(void **state)
{
    struct desk_at_work *w = *state;
    struct control *second = NULL;
    struct err err = {0};
    assert_false(control_open(&second, w->loop, core_path(w->f, "control.sock"), &w->context, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    assert_holds(str_of(err.text), "another triaged");
    int fd = enter(w);
    request(w, fd, "List", "{}");
    assert_total(w, fd, 0);
    close(fd);
}

static void a_stale_socket_is_replaced_and_no_other_file(void **state)
{
    struct desk_at_work *w = *state;
    struct err err = {0};
    struct sockaddr_un address;
    int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    control_close(&w->control);
    assert_int_not_equal(access(core_path(w->f, "control.sock"), F_OK), 0); /* gone with its owner */
    address_of(w, &address);
    assert_int_equal(bind(dead, (const struct sockaddr *)&address, sizeof address), 0);
    close(dead);
    assert_true(control_open(&w->control, w->loop, core_path(w->f, "control.sock"), &w->context, &err));
    control_close(&w->control);
    core_put(w->f, "control.sock", "somebody's notes");
    assert_false(control_open(&w->control, w->loop, core_path(w->f, "control.sock"), &w->context, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    assert_int_equal(access(core_path(w->f, "control.sock"), F_OK), 0);
    char long_path[300];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[0] = '/';
    long_path[sizeof long_path - 1] = '\0';
    assert_false(control_open(&w->control, w->loop, long_path, &w->context, &err));
    assert_int_equal(err.kind, ERR_SETUP);
}

/* ---- requests --------------------------------------------------------------------------------------------------------------------- */

static void two_clients_do_not_disturb_each_other(void **state)
{
    struct desk_at_work *w = *state;
    int one = enter(w), two = enter(w);
    request(w, one, "Wait", "{\"condition\":\"idle\"}");
    request(w, two, "List", "{}");
    assert_total(w, two, 0);
    close(one);
    close(two);
}

static void a_request_may_come_in_pieces_and_several_at_once(void **state)
{
    static const char text[] = "{\"method\":\"" QUERY_PREFIX "List\"}\0{\"method\":\"" QUERY_PREFIX "Nonsense\"}\0{\"method\":\"" QUERY_PREFIX "OutboxList\",\"parameters\":{}}";
    struct desk_at_work *w = *state;
    int fd = enter(w);
    for (size_t i = 0; i < sizeof text; i++)
        say(w, fd, text + i, 1);
    assert_total(w, fd, 0);
    assert_error(w, fd, "MethodNotFound");
    assert_total(w, fd, 0);
    say(w, fd, text, sizeof text);
    assert_total(w, fd, 0);
    assert_error(w, fd, "MethodNotFound");
    assert_total(w, fd, 0);
    close(fd);
}

static void what_is_no_request_is_refused(void **state)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"", "InvalidRequest"}, {"rubbish", "InvalidRequest"}, {"[]", "InvalidRequest"}, {"{", "InvalidRequest"}, {"{\"method\":\"\xff\"}", "InvalidRequest"},
        {"{\"method\":\"a\",\"method\":\"b\"}", "InvalidRequest"}, {"{}", "MethodNotFound"}, {"{\"method\":7}", "MethodNotFound"}, {"{\"method\":\"List\"}", "MethodNotFound"},
        {"{\"method\":\"" QUERY_PREFIX "\"}", "MethodNotFound"}, {"{\"method\":\"" QUERY_PREFIX "list\"}", "MethodNotFound"},
        {"{\"method\":\"" QUERY_PREFIX "Do\",\"parameters\":7}", "InvalidParameter"},
        {"{\"method\":\"" QUERY_PREFIX "Do\",\"parameters\":{\"tickets\":[\"x\"],\"words\":[1]}}", "InvalidParameter"},
        {"{\"method\":\"" QUERY_PREFIX "Show\",\"parameters\":{\"ticket\":99}}", "NoSuchTicket"},
    };
    struct desk_at_work *w = *state;
    int fd = enter(w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        say(w, fd, rows[i].text, strlen(rows[i].text) + 1);
        assert_error(w, fd, rows[i].error);
    }
    request(w, fd, "List", "{}"); /* and it goes on */
    assert_total(w, fd, 0);
    close(fd);
}

static void a_deep_request_is_refused(void **state)
{
    struct desk_at_work *w = *state;
    struct buf deep = {0};
    int fd = enter(w);
    buf_text(&deep, "{\"method\":");
    for (int i = 0; i < 100000; i++)
        buf_char(&deep, '[');
    buf_char(&deep, '\0');
    say(w, fd, deep.p, deep.n);
    assert_error(w, fd, "InvalidRequest");
    buf_free(&deep);
    close(fd);
}

static void a_request_without_end_is_cut_off(void **state)
{
    struct desk_at_work *w = *state;
    static char block[256 * 1024];
    int fd = enter(w);
    memset(block, ' ', sizeof block);
    for (size_t sent = 0; sent <= QUERY_REQUEST_MAX + sizeof block; sent += sizeof block)
        say(w, fd, block, sizeof block);
    assert_true(is_hung_up(w, fd));
    close(fd);
    fd = enter(w); /* others are served */
    request(w, fd, "List", "{}");
    assert_total(w, fd, 0);
    close(fd);
}

/* Somebody who asks and asks and never listens costs no more than what the socket holds and one answer. */
static void who_does_not_listen_is_not_worked_for(void **state)
{
    static const char text[] = "{\"method\":\"" QUERY_PREFIX "MailboxPoll\",\"parameters\":{\"mailbox\":\"support\"}}";
    struct desk_at_work *w = *state;
    struct buf many = {0};
    int fd = enter(w);
    for (int i = 0; i < 10000; i++)
        buf_add(&many, text, sizeof text);
    size_t sent = 0;
    for (int turn = 0; turn < 1000; turn++) {
        ssize_t n = send(fd, many.p + sent, many.n - sent, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        loop_turn(w->loop, 0);
    }
    assert_true(sent < many.n && w->daemon.polls < 9000);
    int before = w->daemon.polls;
    for (int i = 0; i < before; i++) { /* it listens: then the rest is done */
        json_t *json = answer(w, fd);
        assert_non_null(json);
        json_decref(json);
    }
    for (int turn = 0; turn < 10; turn++)
        loop_turn(w->loop, 0);
    assert_true(w->daemon.polls > before);
    buf_free(&many);
    close(fd);
}

static void only_so_many_are_let_in(void **state)
{
    struct desk_at_work *w = *state;
    int fds[CONTROL_CLIENTS_MAX + 1];
    for (size_t i = 0; i <= CONTROL_CLIENTS_MAX; i++)
        fds[i] = enter(w);
    assert_true(is_hung_up(w, fds[CONTROL_CLIENTS_MAX]));
    close(fds[0]);
    close(fds[CONTROL_CLIENTS_MAX]);
    loop_turn(w->loop, 0);
    fds[0] = enter(w); /* a place became free */
    request(w, fds[0], "List", "{}");
    assert_total(w, fds[0], 0);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
}

static void who_is_silent_is_sent_away_who_waits_is_not(void **state)
{
    struct desk_at_work *w = *state;
    int silent = enter(w), waiting = enter(w);
    request(w, waiting, "Wait", "{\"condition\":\"idle\"}");
    control_turn(w->control, clock_monotonic());
    assert_false(is_hung_up(w, silent));
    control_turn(w->control, clock_monotonic() + CONTROL_IDLE + 1000);
    assert_true(is_hung_up(w, silent));
    assert_false(is_hung_up(w, waiting));
    close(silent);
    close(waiting);
}

/* ---- answers that come later ------------------------------------------------------------------------------------------------------- */

static void what_was_put_off_is_answered_later_and_what_came_behind_it_too(void **state)
{
    static const char text[] = "{\"method\":\"" QUERY_PREFIX "Wait\",\"parameters\":{\"condition\":\"idle\"}}\0{\"method\":\"" QUERY_PREFIX "List\"}";
    struct desk_at_work *w = *state;
    int fd = enter(w);
    char octet;
    say(w, fd, text, sizeof text);
    assert_true(recv(fd, &octet, 1, 0) < 0); /* nothing yet, not even of the second */
    assert_true(control_has(w->control, w->daemon.client));
    struct query_answer later = {.result = json_pack("{s:i}", "told", 7)};
    assert_true(control_answer(w->control, w->daemon.client, &later));
    json_t *json = answer(w, fd);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "parameters"), "told")), 7);
    json_decref(json);
    assert_total(w, fd, 0);
    close(fd);
}

static void who_has_gone_is_not_answered(void **state)
{
    static const char text[] = "{\"method\":\"" QUERY_PREFIX "Wait\",\"parameters\":{}}\0{\"method\":\"half a requ";
    struct desk_at_work *w = *state;
    int fd = enter(w);
    say(w, fd, text, sizeof text);
    uint64_t client = w->daemon.client;
    assert_true(control_has(w->control, client));
    close(fd);
    loop_turn(w->loop, 0);
    assert_false(control_has(w->control, client));
    struct query_answer later = {.result = json_object()};
    assert_false(control_answer(w->control, client, &later));
    assert_false(control_has(w->control, 0));
}

static void orders_reach_the_daemon_under_the_callers_name(void **state)
{
    struct desk_at_work *w = *state;
    struct line line;
    int fd = enter(w);
    request(w, fd, "MailboxPoll", "{\"mailbox\":\"support\"}");
    json_t *json = answer(w, fd);
    assert_non_null(json);
    assert_null(json_object_get(json, "error"));
    json_decref(json);
    assert_int_equal(w->daemon.polls, 1);
    core_file_mail(w->f, core_mail(w->f, "From: jo@fabrikam.example\nSubject: Printer\nMessage-ID: <1@x>\n\nIt jams.\n"), &line);
    request(w, fd, "Do", "{\"tickets\":[1],\"words\":[\"close\"]}");
    json = answer(w, fd);
    assert_non_null(json);
    assert_null(json_object_get(json, "error"));
    json_decref(json);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM v_event WHERE ticket = 1 AND actor = 'uid %u'", getuid()), 1);
    assert_int_equal(core_count(w->f, "SELECT COUNT(*) FROM ticket WHERE state = 'closed'"), 1);
    close(fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_socket_is_for_owner_and_group),
        CASE(a_socket_in_use_is_left_alone),
        CASE(a_stale_socket_is_replaced_and_no_other_file),
        CASE(two_clients_do_not_disturb_each_other),
        CASE(a_request_may_come_in_pieces_and_several_at_once),
        CASE(what_is_no_request_is_refused),
        CASE(a_deep_request_is_refused),
        CASE(a_request_without_end_is_cut_off),
        CASE(who_does_not_listen_is_not_worked_for),
        CASE(only_so_many_are_let_in),
        CASE(who_is_silent_is_sent_away_who_waits_is_not),
        CASE(what_was_put_off_is_answered_later_and_what_came_behind_it_too),
        CASE(who_has_gone_is_not_answered),
        CASE(orders_reach_the_daemon_under_the_callers_name),
    };
    return cmocka_run_group_tests_name("core control", tests, NULL, NULL);
}
