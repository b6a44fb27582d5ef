/* log: one event becomes one datagram to the journal, or one write(2) to standard error. The sink is the only variable
 * of the house outside a function; it is set once, before threads. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOG_VALUE_MAX 1000u
#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

static struct {
    const char *name;
    enum log_level level;
    bool silent;
    bool stderr_is_journal;
    int journal; /* a datagram socket, or -1: standard error */
} sink = {"triaged", LOG_INFO, false, false, -1};

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {
        [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
    return level >= LOG_ERROR && level <= LOG_DEBUG ? names[level] : "error";
}

/* systemd.exec(5): JOURNAL_STREAM holds device and inode of the stream, so that a redirected one is told apart. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status = {0};
    if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
        return false;
    char ours[64];
    snprintf(ours, sizeof ours, "%llu:%llu", (unsigned long long)status.st_dev, (unsigned long long)status.st_ino);
    return strcmp(stream, ours) == 0;
}

static int journal_open(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = LOG_JOURNAL_SOCKET};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void log_open(const char *name, const char *where, enum log_level level)
{
    if (sink.journal >= 0)
        close(sink.journal);
    sink.name = name;
    sink.level = level;
    sink.silent = strcmp(where, "none") == 0;
    sink.stderr_is_journal = stderr_is_journal();
    bool wanted = strcmp(where, "journal") == 0 || (strcmp(where, "auto") == 0 && sink.stderr_is_journal);
    sink.journal = wanted ? journal_open() : -1;
}

/* The value, harmless and cut; line feeds stay when the sink can carry them. */
static void value_of(struct buf *out, const struct log_fact *fact, bool lines)
{
    if (fact->text.p == NULL) {
        buf_printf(out, "%lld", (long long)fact->number);
        return;
    }
    struct str cut = utf8_prefix(fact->text, LOG_VALUE_MAX);
    utf8_display(out, cut, lines);
    if (cut.n < fact->text.n)
        buf_text(out, "…");
}

static bool needs_quotes(struct str value)
{
    return value.n == 0 || str_find(value, STR(" ")) >= 0 || str_find(value, STR("\"")) >= 0 || str_find(value, STR("=")) >= 0;
}

static void add_quoted(struct buf *out, struct str value)
{
    if (!needs_quotes(value)) {
        buf_str(out, value);
        return;
    }
    buf_char(out, '"');
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"')
            buf_char(out, '\\');
        buf_char(out, value.p[i]);
    }
    buf_char(out, '"');
}

/* filed ticket=1042 mailbox=support */
static void add_sentence(struct buf *out, const char *event, const struct log_fact *facts, size_t count)
{
    struct buf value = {0};
    utf8_display(out, str_of(event), false);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&value);
        value_of(&value, &facts[i], false);
        buf_printf(out, " %s=", facts[i].key);
        add_quoted(out, buf_view(&value));
    }
    buf_free(&value);
}

static void to_stderr(enum log_level level, struct str sentence)
{
    struct buf line = {0};
    if (sink.stderr_is_journal) {
        buf_printf(&line, "<%d>", (int)level);
    } else {
        char now[CLOCK_TEXT];
        clock_rfc3339(clock_wall(), now);
        buf_printf(&line, "%s %s: ", now, level_name(level));
    }
    buf_str(&line, sentence);
    buf_char(&line, '\n');
    /* Nobody can be told that the log is gone. */
    ssize_t ignored = write(STDERR_FILENO, line.p, line.n);
    (void)ignored;
    buf_free(&line);
}

/* systemd's native protocol: KEY=value LF, or KEY LF, length as 64 bit little-endian, octets, LF. */
static void add_field(struct buf *out, const char *prefix, const char *key, struct str value)
{
    buf_text(out, prefix);
    for (const char *c = key; *c != '\0'; c++)
        buf_char(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c == '-' ? '_' : *c);
    bool binary = str_find(value, STR("\n")) >= 0;
    buf_char(out, binary ? '\n' : '=');
    for (size_t i = 0; binary && i < 8; i++)
        buf_char(out, (char)((uint64_t)value.n >> (8 * i) & 0xff));
    buf_str(out, value);
    buf_char(out, '\n');
}

void log_journal_datagram(struct buf *out, const char *name, enum log_level level, const char *event,
                          const struct log_fact *facts, size_t count)
{
    struct buf value = {0};
    buf_printf(out, "PRIORITY=%d\n", (int)level);
    add_field(out, "", "SYSLOG_IDENTIFIER", str_of(name));
    add_sentence(&value, event, facts, count);
    add_field(out, "", "MESSAGE", buf_view(&value));
    for (size_t i = 0; i < count; i++) {
        buf_clear(&value);
        value_of(&value, &facts[i], true);
        add_field(out, "TRIAGED_", facts[i].key, buf_view(&value));
    }
    buf_free(&value);
}

void log_write(enum log_level level, const char *event, const struct log_fact *facts, size_t count)
{
    if (sink.silent || level > sink.level)
        return;
    struct buf octets = {0};
    bool written = false;
    if (sink.journal >= 0) {
        log_journal_datagram(&octets, sink.name, level, event, facts, count);
        written = send(sink.journal, octets.p, octets.n, MSG_NOSIGNAL) >= 0;
        buf_clear(&octets);
    }
    if (!written) {
        add_sentence(&octets, event, facts, count);
        to_stderr(level, buf_view(&octets));
    }
    buf_free(&octets);
}
