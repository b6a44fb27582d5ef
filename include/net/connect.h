/* connect: from a name to a connected socket, with a deadline and a way out. */
#ifndef NET_CONNECT_H
#define NET_CONNECT_H

#include "net/mailbox.h"

/* Resolves (on a thread of its own, for resolvers cannot be interrupted) and connects to the first address that answers, until the
 * monotonic time `deadline`. *loopback: the address is one. The socket is non-blocking, with keepalive and without Nagle's delay. -1 with
 * err: ERR_RETRY, or ERR_SETUP when loopback_only and the address is none. */
int connect_server(const struct endpoint *server, bool loopback_only, int cancel_fd, int64_t deadline, bool *loopback, struct err *err);

/* Waits for events on fd: 1 ready, 0 time is over, -1 cancelled. */
int connect_wait(int fd, short events, int cancel_fd, int64_t deadline);

#endif
