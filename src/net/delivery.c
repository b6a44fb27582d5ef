/* delivery: the names of how a delivery ended; apart from the drivers, so that core can use them without a network. */
#include "net/relay.h"

static const char *const deliveries[] = {"sent", "deferred", "failed", "unknown"};

const char *delivery_name(enum delivery delivery)
{
    return deliveries[delivery];
}
