/* stream: all waiting is done in one place (stand_by), where deadline and cancellation are looked at, and all octets come in through
 * one place (take_in), where the guard sees them. Everything else is plumbing between OpenSSL, the socket and libetpan.
 *
 * libetpan's rules for a driver: read gives -1 at the end, never 0; write never gives 0; free frees the low too; close may come
 * before free. */
#include "config.h"

#include "net/stream.h"

#include "base/clock.h"
#include "net/connect.h"
#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libetpan/mailstream_helper.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAM_BUFFER 2048u         /* each way; one idle connection should cost little */
#define STREAM_LINE_KEPT (64u * 1024) /* a line buffer grown beyond is given back */
#define CANCEL_LOOK 64u             /* reads between two looks at cancel_fd while octets never stop */

struct stream {
    const struct endpoint *server;
    int cancel_fd;
    int fd;
    SSL *ssl;
    bool ready;    /* private: credentials may be sent */
    struct tls_check check;
    struct guard guard;
    struct err failure; /* kind is ERR_NONE while all is well */
    int64_t deadline;   /* monotonic ms */
    int64_t allowed;    /* of which the deadline was made, for the error text */
    int64_t paused;     /* since when; 0: not */
    unsigned reads;
    mailstream *mail;
    MMAPString *line;
};

/* ---- failing ---- */

bool stream_is_broken(const struct stream *s, struct err *err)
{
    if (s->failure.kind == ERR_NONE)
        return false;
    if (err != NULL)
        *err = s->failure;
    return true;
}

bool stream_fail(struct stream *s, struct err *err, enum err_kind kind, const char *format, ...)
{
    if (s->failure.kind == ERR_NONE) {
        char text[ERR_TEXT_MAX];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        err_set(&s->failure, kind, "%s", text);
    }
    if (err != NULL)
        *err = s->failure;
    return false;
}

/* ---- waiting ---- */

static bool stand_by(struct stream *s, short events)
{
    int ready = connect_wait(s->fd, events, s->cancel_fd, s->deadline);
    if (ready > 0)
        return true;
    if (ready < 0)
        return stream_fail(s, NULL, ERR_RETRY, "cancelled");
    char span[CLOCK_TEXT];
    clock_span_text(s->allowed, span);
    return stream_fail(s, NULL, ERR_RETRY, "no complete answer within %s", span);
}

/* Octets that never stop coming never make us wait: the deadline and the cancellation hold for them, too. */
static bool in_time(struct stream *s)
{
    if (clock_monotonic() >= s->deadline)
        return stand_by(s, POLLIN);
    if (++s->reads % CANCEL_LOOK != 0)
        return true;
    struct pollfd cancel = {s->cancel_fd, POLLIN, 0};
    if (s->cancel_fd >= 0 && poll(&cancel, 1, 0) > 0)
        return stream_fail(s, NULL, ERR_RETRY, "cancelled");
    return true;
}

/* ---- octets ---- */

/* > 0 octets, 0 wait for *events and come again, -1 failed. */
static ssize_t read_some(struct stream *s, void *out, size_t n, short *events)
{
    *events = POLLIN;
    if (s->ssl == NULL) {
        ssize_t got = recv(s->fd, out, n, 0);
        if (got > 0)
            return got;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return 0;
        if (got == 0)
            stream_fail(s, NULL, ERR_RETRY, "the server closed the connection");
        else
            stream_fail(s, NULL, ERR_RETRY, "connection lost: %s", strerrordesc_np(errno));
        return -1;
    }
    ERR_clear_error();
    errno = 0;
    int got = SSL_read(s->ssl, out, n > INT32_MAX ? INT32_MAX : (int)n);
    if (got > 0)
        return got;
    int why = SSL_get_error(s->ssl, got), number = errno;
    if (why == SSL_ERROR_WANT_READ)
        return 0;
    if (why == SSL_ERROR_WANT_WRITE) {
        *events = POLLOUT;
        return 0;
    }
    tls_explain(&s->check, s->server, why, number, &s->failure);
    return -1;
}

static ssize_t write_some(struct stream *s, const void *octets, size_t n, short *events)
{
    *events = POLLOUT;
    if (s->ssl == NULL) {
        ssize_t put = send(s->fd, octets, n, MSG_NOSIGNAL);
        if (put > 0)
            return put;
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return 0;
        stream_fail(s, NULL, ERR_RETRY, "connection lost: %s", strerrordesc_np(errno));
        return -1;
    }
    ERR_clear_error();
    errno = 0;
    int put = SSL_write(s->ssl, octets, n > INT32_MAX ? INT32_MAX : (int)n);
    if (put > 0)
        return put;
    int why = SSL_get_error(s->ssl, put), number = errno;
    if (why == SSL_ERROR_WANT_WRITE)
        return 0;
    if (why == SSL_ERROR_WANT_READ) {
        *events = POLLIN;
        return 0;
    }
    tls_explain(&s->check, s->server, why, number, &s->failure);
    return -1;
}

static ssize_t take_in(struct stream *s, void *out, size_t n)
{
    short events;
    ssize_t got = 0;
    if (n == 0 || s->failure.kind != ERR_NONE)
        return -1;
    while (got == 0) {
        if (!in_time(s))
            return -1;
        got = read_some(s, out, n, &events);
        if (got == 0 && !stand_by(s, events))
            return -1;
    }
    if (got > 0 && !guard_pass(&s->guard, out, (size_t)got, &s->failure))
        return -1;
    return got;
}

static ssize_t give_out(struct stream *s, const void *octets, size_t n)
{
    short events;
    ssize_t put = 0;
    if (n == 0 || s->failure.kind != ERR_NONE)
        return -1;
    while (put == 0) {
        if (clock_monotonic() >= s->deadline && !stand_by(s, POLLOUT))
            return -1;
        put = write_some(s, octets, n, &events);
        if (put == 0 && !stand_by(s, events))
            return -1;
    }
    return put;
}

/* ---- libetpan's driver ---- */

static ssize_t low_read(mailstream_low *low, void *out, size_t n)
{
    return take_in(low->data, out, n);
}

static ssize_t low_write(mailstream_low *low, const void *octets, size_t n)
{
    return give_out(low->data, octets, n);
}

static int low_close(mailstream_low *low)
{
    stream_fail(low->data, NULL, ERR_RETRY, "the connection is closed");
    return 0;
}

static int low_get_fd(mailstream_low *low)
{
    const struct stream *s = low->data;
    return s->fd;
}

/* The stream itself is its owner's to free: by stream_close, which comes last. */
static void low_free(mailstream_low *low)
{
    free(low->identifier);
    free(low);
}

static const mailstream_low_driver stream_driver = {
    .mailstream_read = low_read,
    .mailstream_write = low_write,
    .mailstream_close = low_close,
    .mailstream_get_fd = low_get_fd,
    .mailstream_free = low_free,
};

/* ---- opening and closing ---- */

static bool handshake(struct stream *s, struct err *err)
{
    s->ssl = tls_new(s->server, s->fd, &s->check, err);
    if (s->ssl == NULL) {
        stream_fail(s, NULL, err != NULL ? err->kind : ERR_SETUP, "%s", err != NULL ? err->text : "TLS cannot be set up");
        return false;
    }
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int done = SSL_connect(s->ssl), number = errno;
        if (done == 1)
            break;
        int why = SSL_get_error(s->ssl, done);
        bool waits = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
        if (waits && stand_by(s, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
            continue;
        if (!waits)
            tls_explain(&s->check, s->server, why, number, &s->failure);
        stream_is_broken(s, err);
        return false;
    }
    tls_settle(s->ssl);
    s->ready = true;
    return true;
}

static struct stream *stream_new(const struct endpoint *server, enum guard_speech speech, int cancel_fd)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    s->server = server;
    s->cancel_fd = cancel_fd;
    s->fd = -1;
    s->guard.speech = speech;
    mailstream_low *low = mailstream_low_new(s, (void *)(uintptr_t)&stream_driver); /* libetpan forgot the const */
    s->line = mmap_string_new("");
    s->mail = low != NULL ? mailstream_new(low, STREAM_BUFFER) : NULL;
    if (s->mail == NULL || s->line == NULL)
        abort();
    return s;
}

bool stream_open(struct stream **out, const struct endpoint *server, enum guard_speech speech, int cancel_fd, struct err *err)
{
    struct stream *s = stream_new(server, speech, cancel_fd);
    bool insecure = server->security == TRANSPORT_INSECURE, loopback = false;
    stream_budget(s, stream_timeout(s), STREAM_TEXT, STREAM_LITERALS);
    s->fd = connect_server(server, insecure, cancel_fd, s->deadline, &loopback, err);
    if (s->fd < 0 || (server->security == TRANSPORT_TLS && !handshake(s, err))) {
        stream_close(&s);
        return false;
    }
    if (insecure)
        s->ready = loopback;
    *out = s;
    return true;
}

struct stream *stream_over_pair(int fd, const struct endpoint *server, enum guard_speech speech, int cancel_fd)
{
    struct stream *s = stream_new(server, speech, cancel_fd);
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    stream_budget(s, stream_timeout(s), STREAM_TEXT, STREAM_LITERALS);
    s->fd = fd;
    return s;
}

bool stream_start_tls(struct stream *s, struct err *err)
{
    if (stream_is_broken(s, err))
        return false;
    if (s->ssl != NULL)
        return stream_fail(s, err, ERR_SETUP, "TLS is on already");
    if (s->mail->read_buffer_len > 0 || !guard_at_line_start(&s->guard))
        return stream_fail(s, err, ERR_SOURCE, "the server (or someone between) sent text behind its answer to STARTTLS");
    return handshake(s, err);
}

void stream_close(struct stream **s)
{
    struct stream *old = s != NULL ? *s : NULL;
    if (old == NULL)
        return;
    *s = NULL;
    mailstream_close(old->mail);
    mmap_string_free(old->line);
    SSL_free(old->ssl);
    if (old->fd >= 0)
        close(old->fd);
    free(old);
}

/* ---- budgets ---- */

int64_t stream_timeout(const struct stream *s)
{
    return s->server->timeout > 0 ? s->server->timeout : STREAM_TIMEOUT;
}

void stream_deadline(struct stream *s, int64_t ms)
{
    s->deadline = (s->paused != 0 ? s->paused : clock_monotonic()) + ms;
    s->allowed = ms;
}

void stream_budget(struct stream *s, int64_t timeout, uint64_t text, uint64_t literals)
{
    stream_deadline(s, timeout);
    s->guard.text = text;
    s->guard.literals = s->guard.literal_max = literals;
}

void stream_pause(struct stream *s)
{
    if (s->paused == 0)
        s->paused = clock_monotonic();
}

void stream_resume(struct stream *s)
{
    if (s->paused == 0)
        return;
    s->deadline += clock_monotonic() - s->paused;
    s->paused = 0;
}

/* ---- asking ---- */

bool stream_is_private(const struct stream *s)
{
    return s->ready;
}

bool stream_is_tls(const struct stream *s)
{
    return s->ssl != NULL && s->ready;
}

struct guard *stream_guard(struct stream *s)
{
    return &s->guard;
}

mailstream *stream_mail(struct stream *s)
{
    return s->mail;
}

const char *stream_cipher(const struct stream *s, char *out, size_t n)
{
    if (s->ssl != NULL)
        snprintf(out, n, "%s %s", SSL_get_version(s->ssl), SSL_get_cipher_name(s->ssl));
    else
        snprintf(out, n, "plaintext");
    return out;
}

void stream_own_literal(const struct stream *s, char *out, size_t n)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    char text[INET6_ADDRSTRLEN] = "127.0.0.1";
    memset(&own, 0, sizeof own);
    if (getsockname(s->fd, (struct sockaddr *)&own, &size) == 0) {
        const struct sockaddr_in *in = (const void *)&own;
        const struct sockaddr_in6 *in6 = (const void *)&own;
        if (own.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
            inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof text);
        else if (own.ss_family == AF_INET6)
            inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
        else
            inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    }
    snprintf(out, n, "[%s%s]", strchr(text, ':') != NULL ? "IPv6:" : "", text);
}

/* ---- writing and reading lines ---- */

/* libetpan gives up in silence; the reason lies with the stream. */
static bool report(struct stream *s, struct err *err)
{
    return stream_fail(s, err, ERR_RETRY, "the connection gave out");
}

bool stream_write(struct stream *s, struct str octets, struct err *err)
{
    if (stream_is_broken(s, err))
        return false;
    while (octets.n > 0) {
        ssize_t put = mailstream_write(s->mail, octets.p, octets.n);
        if (put <= 0 || s->failure.kind != ERR_NONE)
            return report(s, err);
        octets = str_sub(octets, (size_t)put, octets.n);
    }
    return true;
}

bool stream_flush(struct stream *s, struct err *err)
{
    if (stream_is_broken(s, err))
        return false;
    return mailstream_flush(s->mail) == 0 ? true : report(s, err);
}

bool stream_flush_secret(struct stream *s, struct err *err)
{
    bool done = stream_flush(s, err);
    OPENSSL_cleanse(s->mail->write_buffer, s->mail->buffer_max_size);
    return done;
}

bool stream_line(struct stream *s, struct str *line, struct err *err)
{
    *line = (struct str){NULL, 0};
    if (stream_is_broken(s, err))
        return false;
    if (s->line->allocated_len > STREAM_LINE_KEPT) {
        mmap_string_free(s->line);
        s->line = mmap_string_new("");
        if (s->line == NULL)
            abort();
    }
    if (mailstream_read_line(s->mail, s->line) == NULL || s->failure.kind != ERR_NONE)
        return report(s, err);
    struct str got = {s->line->str, s->line->len};
    if (got.n > 0 && got.p[got.n - 1] == '\n')
        got.n--;
    if (got.n > 0 && got.p[got.n - 1] == '\r')
        got.n--;
    *line = got;
    return true;
}

/* ---- waiting for news ---- */

/* Octets may lie in libetpan's buffer, in OpenSSL's, or in the socket; and a readable socket may hold no more than a session ticket. */
static bool has_octets(struct stream *s)
{
    if (s->mail->read_buffer_len > 0)
        return true;
    if (s->ssl == NULL)
        return false;
    if (SSL_pending(s->ssl) > 0)
        return true;
    char c;
    ERR_clear_error();
    errno = 0;
    int got = SSL_peek(s->ssl, &c, 1), number = errno;
    if (got > 0)
        return true;
    int why = SSL_get_error(s->ssl, got);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        tls_explain(&s->check, s->server, why, number, &s->failure);
    return false;
}

static bool plain_readable(struct stream *s)
{
    char c;
    if (s->ssl != NULL)
        return false;
    ssize_t got = recv(s->fd, &c, 1, MSG_PEEK);
    if (got > 0)
        return true;
    if (got == 0)
        stream_fail(s, NULL, ERR_RETRY, "the server closed the connection");
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        stream_fail(s, NULL, ERR_RETRY, "connection lost: %s", strerrordesc_np(errno));
    return false;
}

enum stream_event stream_wait(struct stream *s, int64_t timeout, int wake_fd)
{
    int64_t end = clock_monotonic() + timeout;
    for (;;) {
        if (s->failure.kind != ERR_NONE)
            return STREAM_BROKEN;
        if (has_octets(s) || plain_readable(s))
            return STREAM_OCTETS;
        if (s->failure.kind != ERR_NONE)
            return STREAM_BROKEN;
        int64_t left = end - clock_monotonic();
        struct pollfd fds[3] = {{s->fd, POLLIN, 0}, {s->cancel_fd, POLLIN, 0}, {wake_fd, POLLIN, 0}};
        int n = poll(fds, 3, left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left);
        if (n > 0 && fds[1].revents != 0) {
            stream_fail(s, NULL, ERR_RETRY, "cancelled");
            return STREAM_BROKEN;
        }
        if (n > 0 && fds[2].revents != 0)
            return STREAM_WOKEN;
        if (n == 0 && left <= 0)
            return STREAM_TIME;
    }
}

bool stream_is_quiet(struct stream *s)
{
    return s->failure.kind == ERR_NONE && !has_octets(s) && !plain_readable(s) && s->failure.kind == ERR_NONE;
}
