/* Log lines: a child logs with its standard error in a pipe, the test reads what came. */
#include "config.h"

#include "base/buf.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct line {
    const char *sink;
    bool journal; /* JOURNAL_STREAM names our standard error */
    enum log_level level, at;
    const char *event;
    struct log_fact fact;
    const char *expected; /* behind the time, if there is one */
};

static void name_our_stream(void)
{
    struct stat status;
    char stream[64];
    if (fstat(STDERR_FILENO, &status) != 0)
        _exit(1);
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)status.st_dev, (unsigned long long)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
}

static void logged(const struct line *line, char *out, size_t room)
{
    int ends[2];
    int status = 0;
    size_t n = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        setenv("JOURNAL_STREAM", "1:1", 1);
        if (line->journal)
            name_our_stream();
        log_open("test", line->sink, line->level);
        log_event(line->at, line->event, line->fact, LOG_NUMBER("ticket", 1042));
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t got = 0; (got = read(ends[0], out + n, room - 1 - n)) > 0;)
        n += (size_t)got;
    out[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* "2026-11-23T13:48:00Z " */
static bool is_time(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ ";
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
            return false;
    return true;
}

static void lines_are_one_line(void **state)
{
    (void)state;
    const struct line table[] = {
        {"stderr", false, LOG_INFO, LOG_INFO, "filed", LOG_TEXT("mailbox", STR("support")),
         "info: filed mailbox=support ticket=1042\n"},
        {"auto", false, LOG_INFO, LOG_WARNING, "set aside", LOG_TEXT("why", STR("too large")),
         "warning: set aside why=\"too large\" ticket=1042\n"},
        {"stderr", false, LOG_INFO, LOG_ERROR, "login refused", LOG_TEXT("reply", STR("NO \"bad\"\r\nerror: forged")),
         "error: login refused reply=\"NO \\\"bad\\\"\\r\\nerror: forged\" ticket=1042\n"},
        {"stderr", false, LOG_DEBUG, LOG_DEBUG, "dialogue", LOG_TEXT("line", STR("\x1b[2J\xe2\x80\xae")),
         "debug: dialogue line=\\x1b[2J\\u202e ticket=1042\n"},
        {"stderr", false, LOG_INFO, LOG_NOTICE, "empty", LOG_TEXT("a", STR("")), "notice: empty a=\"\" ticket=1042\n"},
        {"stderr", false, LOG_INFO, LOG_INFO, "pair", LOG_TEXT("a", STR("x=y")), "info: pair a=\"x=y\" ticket=1042\n"},
        {"stderr", false, LOG_INFO, LOG_INFO, "negative", LOG_NUMBER("n", INT64_MIN),
         "info: negative n=-9223372036854775808 ticket=1042\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char out[4096];
        logged(&table[i], out, sizeof out);
        assert_true(is_time(out));
        assert_string_equal(out + 21, table[i].expected);
    }
}

static void a_journal_needs_no_time_but_a_priority(void **state)
{
    (void)state;
    const struct line line = {"stderr", true, LOG_INFO, LOG_WARNING, "set aside", LOG_NUMBER("uid", 8), NULL};
    char out[4096];
    logged(&line, out, sizeof out);
    assert_string_equal(out, "<4>set aside uid=8 ticket=1042\n");
}

static void what_nobody_wants_is_not_written(void **state)
{
    (void)state;
    const struct line table[] = {
        {"stderr", false, LOG_INFO, LOG_DEBUG, "dialogue", LOG_NUMBER("n", 1), NULL},
        {"stderr", false, LOG_ERROR, LOG_WARNING, "set aside", LOG_NUMBER("n", 1), NULL},
        {"none", false, LOG_DEBUG, LOG_ERROR, "broken", LOG_NUMBER("n", 1), NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char out[4096];
        logged(&table[i], out, sizeof out);
        assert_string_equal(out, "");
    }
}

static void long_values_are_cut(void **state)
{
    (void)state;
    struct buf value = {0};
    for (size_t i = 0; i < 1000; i++)
        buf_text(&value, "\xe2\x82\xac");
    const struct line line = {"stderr", false, LOG_INFO, LOG_INFO, "long", LOG_TEXT("v", buf_view(&value)), NULL};
    char out[8192];
    logged(&line, out, sizeof out);
    const char *tail = strstr(out, "\xe2\x80\xa6 ticket=1042\n");
    assert_non_null(tail);
    assert_int_equal(tail - strstr(out, "v=") - 2, 999); /* 333 whole characters */
    buf_free(&value);
}

static void the_journal_gets_fields(void **state)
{
    (void)state;
    static const char expected[] = "PRIORITY=6\nSYSLOG_IDENTIFIER=triaged\nMESSAGE=filed mail-box=a\\nb\\x1b ticket=1042\n"
                                   "TRIAGED_MAIL_BOX\n\7\0\0\0\0\0\0\0" "a\nb\\x1b\nTRIAGED_TICKET=1042\n";
    const struct log_fact facts[] = {LOG_TEXT("mail-box", STR("a\nb\x1b")), LOG_NUMBER("ticket", 1042)};
    struct buf out = {0};
    log_journal_datagram(&out, "triaged", LOG_INFO, "filed", facts, 2);
    assert_int_equal(out.n, sizeof expected - 1);
    assert_memory_equal(out.p, expected, out.n);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_one_line),
        cmocka_unit_test(a_journal_needs_no_time_but_a_priority),
        cmocka_unit_test(what_nobody_wants_is_not_written),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(the_journal_gets_fields),
    };
    return cmocka_run_group_tests_name("base_log", tests, NULL, NULL);
}
