/* stream: a connection that is private before it says anything, and that never waits without a deadline.
 *
 * Under libetpan it is a mailstream_low driver; beside it the same octets can be written and read line by line. One stream
 * belongs to one thread. After the first failure every further call fails at once, with the same reason. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/err.h"
#include "net/guard.h"
#include "net/mailbox.h"

#include <libetpan/mailstream.h>

#define STREAM_TIMEOUT (60 * 1000)       /* ms for one command, when the endpoint names none */
#define STREAM_TEXT (1024u * 1024)       /* octets of text an ordinary IMAP command may bring */
#define STREAM_LITERALS (64u * 1024)     /* octets of literals, likewise */
#define STREAM_SLOWEST 16                /* octets per ms that any line must carry: what bulk is given in time */

struct stream;

/* Connects within the endpoint's timeout, trying every address; with TRANSPORT_TLS the handshake and all checks are done, too. Plaintext
 * is refused (ERR_SETUP) unless the address is a loopback address; with TRANSPORT_STARTTLS the stream is still plain afterwards and
 * stream_is_private says no. Errors: ERR_RETRY (network), ERR_SOURCE (certificate, TLS version). The endpoint and cancel_fd outlive it. */
bool stream_open(struct stream **s, const struct endpoint *server, enum guard_speech speech, int cancel_fd, struct err *err);
/* The same over one end of a socket pair made by the caller, whose descriptor it takes: for tests, where the other end plays the
 * server. */
struct stream *stream_over_pair(int fd, const struct endpoint *server, enum guard_speech speech, int cancel_fd);
/* TLS on the running connection (RFC 8314 section 3.1 prefers the other way). Refused when octets of the server lie about unread: they
 * came in plaintext and must not be taken for something said under TLS. */
bool stream_start_tls(struct stream *s, struct err *err);
/* May a credential be written now? TLS with the server's name proved, or plaintext to a loopback address where configured. */
bool stream_is_private(const struct stream *s);
/* Is it TLS? */
bool stream_is_tls(const struct stream *s);

/* Begins a command: from now `timeout` ms, and so many octets outside and inside literals. */
void stream_budget(struct stream *s, int64_t timeout, uint64_t text, uint64_t literals);
/* The deadline is ms from now. */
void stream_deadline(struct stream *s, int64_t ms);
/* Time between the two does not count. */
void stream_pause(struct stream *s);
void stream_resume(struct stream *s);
/* The endpoint's timeout, or the default. */
int64_t stream_timeout(const struct stream *s);
struct guard *stream_guard(struct stream *s);

/* Writes are gathered until the flush. */
bool stream_write(struct stream *s, struct str octets, struct err *err);
bool stream_flush(struct stream *s, struct err *err);
/* The same for a line with a secret in it: what remains in buffers of ours is wiped. */
bool stream_flush_secret(struct stream *s, struct err *err);
/* Reads one line; it is given without its line end and lives until the next call. */
bool stream_line(struct stream *s, struct str *line, struct err *err);

enum stream_event { STREAM_OCTETS, STREAM_WOKEN, STREAM_TIME, STREAM_BROKEN };
/* Waits until the server said something (looking into the buffers first), wake_fd (may be -1) is readable, or timeout ms are over. */
enum stream_event stream_wait(struct stream *s, int64_t timeout, int wake_fd);
/* Is there anything unread, or has the server closed? Does not wait. */
bool stream_is_quiet(struct stream *s);

/* Breaks the stream for a reason of the caller's (unless it is broken already) and gives the reason of the break; returns false. */
bool stream_fail(struct stream *s, struct err *err, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Is it broken? err (may be NULL) gets the reason. */
bool stream_is_broken(const struct stream *s, struct err *err);

/* For libetpan; owned by the stream: take it out of a session before that is freed. */
mailstream *stream_mail(struct stream *s);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384" or "plaintext". */
const char *stream_cipher(const struct stream *s, char *out, size_t n);
/* Our own address as RFC 5321 section 4.1.3 writes it: "[192.0.2.1]" or "[IPv6:…]". */
void stream_own_literal(const struct stream *s, char *out, size_t n);
/* Closes without further words; frees; nulls. Accepts NULL. */
void stream_close(struct stream **s);

#endif
