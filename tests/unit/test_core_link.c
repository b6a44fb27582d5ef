/* The socket to a child: frames whole, in order and unmixed, however the socket cuts them; a descriptor only ever with its own frame. */
#include "core/link.h"

#include "core/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct ends {
    struct link core;
    int child;
};

static int set_up(void **state)
{
    struct ends *e = calloc(1, sizeof *e);
    int pair[2], small = 4096;
    assert_non_null(e);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    for (int i = 0; i < 2; i++) {
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        setsockopt(pair[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    }
    link_open(&e->core, pair[0]);
    e->child = pair[1];
    *state = e;
    return 0;
}

static int tear_down(void **state)
{
    struct ends *e = *state;
    link_close(&e->core);
    assert_int_equal(e->core.fd, -1);
    if (e->child >= 0)
        close(e->child);
    free(e);
    return 0;
}

/* A frame of `size` octets, each the frame's number. */
static void put(struct buf *out, uint32_t type, size_t size, char number)
{
    char *octets = malloc(size + 1);
    assert_non_null(octets);
    memset(octets, number, size);
    size_t frame = frame_begin(out, type);
    frame_put_str(out, (struct str){octets, size});
    frame_end(out, frame);
    free(octets);
}

static void assert_frame(struct str payload, size_t size, char number)
{
    struct frame_reader r = {payload, false};
    struct str octets = frame_get_str(&r);
    assert_true(frame_done(&r));
    assert_int_equal(octets.n, size);
    for (size_t i = 0; i < size; i++)
        if (octets.p[i] != number)
            fail_msg("octet %zu is %d", i, octets.p[i]);
}

static void much_goes_through_a_small_socket(void **state)
{
    struct ends *e = *state;
    struct link child;
    uint32_t type = 0;
    struct str payload = {0};
    int got = 0, waits = 0;
    link_open(&child, dup(e->child));
    for (char i = 0; i < 5; i++)
        put(link_out(&e->core), (uint32_t)i, 100000, i);
    for (int turn = 0; turn < 10000 && got < 5; turn++) {
        assert_true(link_flush(&e->core));
        waits += link_waiting(&e->core) > 0;
        assert_true(link_fill(&child, 3000));
        while (link_next(&child, &type, &payload) == 1) {
            assert_int_equal(type, got);
            assert_frame(payload, 100000, (char)got);
            got++;
        }
    }
    assert_int_equal(got, 5);
    assert_true(waits > 10); /* it did not all fit */
    assert_int_equal(link_waiting(&e->core), 0);
    link_close(&child);
}

static void several_frames_come_at_once(void **state)
{
    struct ends *e = *state;
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {0};
    struct err err = {0};
    for (char i = 0; i < 20; i++)
        put(&out, 7, 10, i);
    assert_true(frame_send(e->child, &out, &err));
    assert_true(link_fill(&e->core, 1000000));
    for (char i = 0; i < 20; i++) {
        assert_int_equal(link_next(&e->core, &type, &payload), 1);
        assert_frame(payload, 10, i);
    }
    assert_int_equal(link_next(&e->core, &type, &payload), 0);
    buf_free(&out);
}

static void octet_by_octet(void **state)
{
    struct ends *e = *state;
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {0};
    put(&out, 7, 3, 'x');
    for (size_t i = 0; i < out.n; i++) {
        assert_int_equal(link_next(&e->core, &type, &payload), 0);
        assert_int_equal(write(e->child, out.p + i, 1), 1);
        assert_true(link_fill(&e->core, 100));
    }
    assert_int_equal(link_next(&e->core, &type, &payload), 1);
    assert_frame(payload, 3, 'x');
    buf_free(&out);
}

static void a_part_of_a_frame_shows(void **state)
{
    struct ends *e = *state;
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {0};
    put(&out, 7, 100, 'a');
    assert_false(link_has_part(&e->core));
    assert_int_equal(write(e->child, out.p, out.n - 1), out.n - 1);
    assert_true(link_fill(&e->core, SIZE_MAX));
    assert_int_equal(link_next(&e->core, &type, &payload), 0);
    assert_true(link_has_part(&e->core));
    assert_int_equal(write(e->child, out.p + out.n - 1, 1), 1);
    assert_true(link_fill(&e->core, SIZE_MAX));
    assert_int_equal(link_next(&e->core, &type, &payload), 1);
    assert_int_equal(link_next(&e->core, &type, &payload), 0);
    assert_false(link_has_part(&e->core));
    buf_free(&out);
}

static void a_length_beyond_the_cap_is_malformed(void **state)
{
    struct ends *e = *state;
    uint32_t type = 0;
    struct str payload = {0};
    assert_int_equal(write(e->child, "\xff\xff\xff\xff\1\0\0\0", 8), 8);
    assert_true(link_fill(&e->core, 100));
    assert_int_equal(link_next(&e->core, &type, &payload), -1);
}

static void a_child_that_is_gone_is_told(void **state)
{
    struct ends *e = *state;
    struct buf out = {0};
    struct err err = {0};
    uint32_t type = 0;
    struct str payload = {0};
    put(&out, 7, 3, 'x');
    assert_true(frame_send(e->child, &out, &err));
    close(e->child);
    e->child = -1;
    assert_false(link_fill(&e->core, 1000));
    assert_int_equal(link_next(&e->core, &type, &payload), 1); /* its last words count */
    put(link_out(&e->core), 7, 3, 'y');
    assert_false(link_flush(&e->core));
    buf_free(&out);
}

/* ---- descriptors --------------------------------------------------------------------------------------------------------------- */

/* A pipe's end with a word in it. */
static int word(const char *text)
{
    int pair[2];
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(write(pair[1], text, strlen(text)), (ssize_t)strlen(text));
    close(pair[1]);
    return pair[0];
}

static void assert_word(int fd, const char *text)
{
    char got[16] = "";
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got - 1), (ssize_t)strlen(text));
    assert_string_equal(got, text);
    close(fd);
}

static void receive(struct ends *e, struct buf *in, int *descriptor, size_t size, char number)
{
    uint32_t type = 0;
    struct str payload = {0};
    size_t eaten = 0;
    struct err err = {0};
    assert_true(link_receive(e->child, in, descriptor, &err));
    assert_int_equal(frame_peek(in, &type, &payload, &eaten), 1);
    assert_frame(payload, size, number);
    buf_eat(in, eaten);
}

static void a_descriptor_comes_with_its_frame(void **state)
{
    struct ends *e = *state;
    struct buf in = {0};
    int got = -1;
    put(link_out(&e->core), 1, 100, 'a');
    assert_true(link_attach(&e->core, word("secret")));
    put(link_out(&e->core), 2, 100, 'b');
    put(link_out(&e->core), 3, 100, 'c');
    assert_true(link_flush(&e->core));
    receive(e, &in, &got, 100, 'a');
    assert_int_equal(got, -1);
    receive(e, &in, &got, 100, 'b');
    assert_word(got, "secret");
    got = -1;
    receive(e, &in, &got, 100, 'c');
    assert_int_equal(got, -1);
    buf_free(&in);
}

/* The secret of one server must not be read as that of the next. */
static void two_descriptors_in_a_row_keep_their_frames(void **state)
{
    struct ends *e = *state;
    struct buf in = {0};
    int got = -1;
    assert_true(link_attach(&e->core, word("first")));
    put(link_out(&e->core), 1, 10, 'a');
    assert_true(link_attach(&e->core, word("second")));
    put(link_out(&e->core), 2, 10, 'b');
    assert_true(link_flush(&e->core));
    receive(e, &in, &got, 10, 'a');
    assert_word(got, "first");
    got = -1;
    receive(e, &in, &got, 10, 'b');
    assert_word(got, "second");
    buf_free(&in);
}

static void only_so_many_descriptors_wait(void **state)
{
    struct ends *e = *state;
    for (unsigned i = 0; i < LINK_DESCRIPTORS_MAX; i++) {
        assert_true(link_attach(&e->core, word("x")));
        put(link_out(&e->core), 1, 10, 'a');
    }
    int more = word("y");
    assert_false(link_attach(&e->core, more));
    assert_word(more, "y"); /* still ours */
}

static void an_end_between_frames_is_no_error(void **state)
{
    struct ends *e = *state;
    struct buf in = {0};
    int got = -1;
    struct err err = {0};
    link_close(&e->core);
    assert_false(link_receive(e->child, &in, &got, &err));
    assert_int_equal(err.kind, ERR_NONE);
    buf_free(&in);
}

static void a_malformed_frame_from_core_is_refused(void **state)
{
    struct ends *e = *state;
    struct buf in = {0};
    int got = -1;
    struct err err = {0};
    buf_add(link_out(&e->core), "\xff\xff\xff\xff\1\0\0\0", 8);
    assert_true(link_flush(&e->core));
    assert_false(link_receive(e->child, &in, &got, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    buf_free(&in);
}

/* ---- the loop ------------------------------------------------------------------------------------------------------------------- */

struct seen {
    struct loop *loop;
    int reads, writes;
    int unwatch[2];
};

static void note(void *of, bool readable, bool writable)
{
    struct seen *seen = of;
    seen->reads += readable;
    seen->writes += writable;
    for (size_t i = 0; i < 2; i++)
        if (seen->unwatch[i] >= 0)
            loop_unwatch(seen->loop, seen->unwatch[i]);
}

static void the_loop_calls_what_is_ready(void **state)
{
    struct ends *e = *state;
    struct err err = {0};
    struct seen seen = {.unwatch = {-1, -1}};
    assert_true(loop_open(&seen.loop, &err));
    loop_watch(seen.loop, e->child, true, false, note, &seen);
    loop_turn(seen.loop, 0);
    assert_true(seen.reads == 0 && seen.writes == 0);
    put(link_out(&e->core), 1, 10, 'a');
    assert_true(link_flush(&e->core));
    loop_turn(seen.loop, -1);
    assert_true(seen.reads == 1 && seen.writes == 0);
    loop_watch(seen.loop, e->child, false, true, note, &seen);
    loop_turn(seen.loop, -1);
    assert_true(seen.reads == 1 && seen.writes == 1);
    loop_watch(seen.loop, e->child, false, false, note, &seen);
    loop_turn(seen.loop, 0);
    assert_true(seen.reads == 1 && seen.writes == 1);
    link_close(&e->core); /* a hang-up is told all the same, as both */
    loop_turn(seen.loop, -1);
    assert_true(seen.reads == 2 && seen.writes == 2);
    loop_unwatch(seen.loop, e->child);
    loop_turn(seen.loop, 0);
    assert_int_equal(seen.reads, 2);
    loop_close(&seen.loop);
    assert_null(seen.loop);
}

/* Two are ready, the first takes both away: the second is not called any more, nor is a new watch under the old number. */
static void what_is_unwatched_is_not_called(void **state)
{
    struct ends *e = *state;
    struct err err = {0};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct seen seen = {.unwatch = {e->child, pair[0]}};
    assert_true(loop_open(&seen.loop, &err));
    loop_watch(seen.loop, e->child, true, false, note, &seen);
    loop_watch(seen.loop, pair[0], true, false, note, &seen);
    put(link_out(&e->core), 1, 10, 'a');
    assert_true(link_flush(&e->core));
    assert_int_equal(write(pair[1], "x", 1), 1);
    loop_turn(seen.loop, -1);
    assert_int_equal(seen.reads, 1);
    close(pair[0]);
    close(pair[1]);
    loop_close(&seen.loop);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(much_goes_through_a_small_socket), CASE(several_frames_come_at_once), CASE(octet_by_octet), CASE(a_length_beyond_the_cap_is_malformed), CASE(a_child_that_is_gone_is_told),
        CASE(much_goes_through_a_small_socket), CASE(several_frames_come_at_once), CASE(a_part_of_a_frame_shows), CASE(a_length_beyond_the_cap_is_malformed), CASE(a_child_that_is_gone_is_told),
        CASE(a_descriptor_comes_with_its_frame), CASE(two_descriptors_in_a_row_keep_their_frames), CASE(only_so_many_descriptors_wait), CASE(an_end_between_frames_is_no_error),
        CASE(a_malformed_frame_from_core_is_refused), CASE(the_loop_calls_what_is_ready), CASE(what_is_unwatched_is_not_called),
    };
    return cmocka_run_group_tests_name("core link", tests, NULL, NULL);
}
