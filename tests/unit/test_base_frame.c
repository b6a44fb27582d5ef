/* Frames: written and read, damaged, and sent through a pipe in the smallest pieces. */
#include "base/frame.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TYPE 0x01020304u

static void write_sample(struct buf *out)
{
    size_t begun = frame_begin(out, TYPE);
    frame_put_u32(out, UINT32_MAX);
    frame_put_u64(out, UINT64_C(0x0102030405060708));
    frame_put_i64(out, -2);
    frame_put_bool(out, true);
    frame_put_bool(out, false);
    frame_put_str(out, (struct str){"a\0b", 3});
    frame_put_str(out, (struct str){NULL, 0});
    frame_end(out, begun);
}

/* Reads all of it; what is missing reads as nothing. */
static struct frame_reader read_sample(struct str payload)
{
    struct frame_reader r = {payload, false};
    frame_get_u32(&r);
    frame_get_u64(&r);
    frame_get_i64(&r);
    frame_get_bool(&r);
    frame_get_bool(&r);
    frame_get_str(&r);
    frame_get_str(&r);
    return r;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {NULL, 0};
    size_t size = 0;
    buf_text(&out, "before");
    write_sample(&out);
    buf_eat(&out, 6);
    assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
    assert_int_equal(type, TYPE);
    assert_int_equal(size, out.n);
    struct frame_reader r = {payload, false};
    assert_true(frame_get_u32(&r) == UINT32_MAX);
    assert_true(frame_get_u64(&r) == UINT64_C(0x0102030405060708));
    assert_true(frame_get_i64(&r) == -2);
    assert_true(frame_get_bool(&r));
    assert_false(frame_get_bool(&r));
    assert_true(str_eq(frame_get_str(&r), (struct str){"a\0b", 3}));
    assert_false(frame_done(&r)); /* one string is left */
    assert_int_equal(frame_get_str(&r).n, 0);
    assert_true(frame_done(&r));
    buf_free(&out);
}

static void the_wire_is_as_documented(void **state)
{
    (void)state;
    static const char expected[] = "\x0b\0\0\0" "\4\3\2\1" "\2\0\0\0hi" "\7\0\0\0" "\1";
    struct buf out = {0};
    size_t begun = frame_begin(&out, TYPE);
    frame_put_str(&out, STR("hi"));
    frame_put_u32(&out, 7);
    frame_put_bool(&out, true);
    frame_end(&out, begun);
    assert_int_equal(out.n, sizeof expected - 1);
    assert_memory_equal(out.p, expected, out.n);
    buf_free(&out);
}

static void a_short_payload_is_bad_and_stays_so(void **state)
{
    (void)state;
    struct buf out = {0};
    write_sample(&out);
    struct str payload = str_sub(buf_view(&out), FRAME_HEADER, out.n);
    for (size_t n = 0; n < payload.n; n++) {
        struct frame_reader r = read_sample(str_sub(payload, 0, n));
        assert_true(r.bad);
        assert_false(frame_done(&r));
        assert_int_equal(frame_get_u64(&r), 0);
        assert_int_equal(frame_get_str(&r).n, 0);
    }
    struct frame_reader whole = read_sample(payload);
    assert_true(frame_done(&whole));
    buf_char(&out, 'x');
    struct frame_reader more = read_sample(str_sub(buf_view(&out), FRAME_HEADER, out.n));
    assert_false(more.bad);
    assert_false(frame_done(&more)); /* something is left over */
    buf_free(&out);
}

static void lies_are_refused(void **state)
{
    (void)state;
    struct frame_reader length = {STR("\xff\xff\xff\xff" "abc"), false};
    assert_int_equal(frame_get_str(&length).n, 0);
    assert_true(length.bad);
    struct frame_reader truth = {STR("\2"), false};
    assert_false(frame_get_bool(&truth));
    assert_true(truth.bad);
    struct frame_reader fits = {STR("\3\0\0\0" "abcdef"), false};
    assert_int_equal(frame_get_count(&fits, 3, 2), 3);
    assert_false(fits.bad);
    struct frame_reader too_many = {STR("\4\0\0\0" "abcdef"), false};
    assert_int_equal(frame_get_count(&too_many, 3, 1), 0);
    assert_true(too_many.bad);
    struct frame_reader too_short = {STR("\4\0\0\0" "abcdef"), false};
    assert_int_equal(frame_get_count(&too_short, 100, 2), 0);
    assert_true(too_short.bad);
}

static void frames_are_found_when_whole(void **state)
{
    (void)state;
    struct buf out = {0};
    struct buf in = {0};
    uint32_t type = 0;
    struct str payload = {NULL, 0};
    size_t size = 0;
    write_sample(&out);
    for (size_t i = 0; i + 1 < out.n; i++) {
        buf_char(&in, out.p[i]);
        assert_int_equal(frame_peek(&in, &type, &payload, &size), 0);
    }
    buf_char(&in, out.p[out.n - 1]);
    write_sample(&in);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(frame_peek(&in, &type, &payload, &size), 1);
        assert_int_equal(size, out.n);
        buf_eat(&in, size);
    }
    assert_int_equal(in.n, 0);
    uint32_t lengths[] = {FRAME_MAX, FRAME_MAX + 1, UINT32_MAX};
    int expected[] = {0, -1, -1};
    for (size_t i = 0; i < 3; i++) {
        buf_clear(&in);
        frame_put_u32(&in, lengths[i]);
        assert_int_equal(frame_peek(&in, &type, &payload, &size), expected[i]);
    }
    buf_free(&in);
    buf_free(&out);
}

/* A child sends: one frame octet by octet, a big one, and then `rest` octets of a third. */
static int sender(size_t rest)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct buf out = {0};
        close(ends[0]);
        write_sample(&out);
        bool good = true;
        for (size_t i = 0; i < out.n; i++)
            good = good && write(ends[1], out.p + i, 1) == 1;
        buf_clear(&out);
        size_t begun = frame_begin(&out, 9);
        for (uint32_t i = 0; i < 1000000; i++)
            frame_put_u32(&out, i);
        frame_end(&out, begun);
        good = good && frame_send(ends[1], &out, NULL);
        good = good && write(ends[1], out.p, rest) == (ssize_t)rest;
        buf_free(&out);
        _exit(good ? 0 : 1);
    }
    close(ends[1]);
    return ends[0];
}

static void receive_all(size_t rest, const char *expected_error)
{
    int fd = sender(rest);
    struct buf in = {0};
    struct err err = {0};
    uint32_t type = 0;
    struct str payload = {NULL, 0};
    size_t size = 0;
    int status = 0;
    assert_true(frame_receive(fd, &in, &err));
    assert_int_equal(frame_peek(&in, &type, &payload, &size), 1);
    assert_int_equal(type, TYPE);
    buf_eat(&in, size);
    assert_true(frame_receive(fd, &in, &err));
    assert_int_equal(frame_peek(&in, &type, &payload, &size), 1);
    assert_int_equal(type, 9);
    struct frame_reader r = {payload, false};
    for (uint32_t i = 0; i < 1000000; i++)
        if (frame_get_u32(&r) != i)
            fail_msg("number %u is another", i);
    assert_true(frame_done(&r));
    buf_eat(&in, size);
    assert_false(frame_receive(fd, &in, &err));
    assert_string_equal(err.text, expected_error);
    assert_int_equal(err.kind, rest > 0 ? ERR_RETRY : ERR_NONE);
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
    close(fd);
    buf_free(&in);
}

static void frames_cross_a_socket(void **state)
{
    (void)state;
    receive_all(0, "");
    receive_all(5, "frame: the other side ended in the middle");
}

static void a_closed_peer_is_an_error(void **state)
{
    (void)state;
    int ends[2];
    struct buf out = {0};
    struct err err = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[1]);
    write_sample(&out);
    assert_false(frame_send(ends[0], &out, &err));
    assert_string_equal(err.text, "frame: write: Broken pipe");
    close(ends[0]);
    struct buf in = {0};
    assert_false(frame_receive(-1, &in, &err));
    assert_string_equal(err.text, "frame: read: Bad file descriptor");
    buf_free(&in);
    buf_free(&out);
}

static int ignore_broken_pipes(void **state)
{
    (void)state;
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(the_wire_is_as_documented),
        cmocka_unit_test(a_short_payload_is_bad_and_stays_so),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(frames_are_found_when_whole),
        cmocka_unit_test(frames_cross_a_socket),
        cmocka_unit_test(a_closed_peer_is_an_error),
    };
    return cmocka_run_group_tests_name("base_frame", tests, ignore_broken_pipes, NULL);
}
