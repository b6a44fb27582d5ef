/* daemon_double: what stands behind query_context.daemon in the tests of the control socket. */
#ifndef TESTS_DAEMON_DOUBLE_H
#define TESTS_DAEMON_DOUBLE_H

#include "core/daemon.h"

struct daemon_double {
    int polls;       /* orders to look or to pause */
    uint64_t client; /* whose request was put off last */
};

struct daemon_double *daemon_double_of(const struct daemon *daemon);

#endif
