/* pool: the readers as core sees them: started when there is work, fed several messages ahead, held to a deadline, ended when idle for long. A reader that
 * dies or stalls costs the message in its hands one try; at the third the message is given up as unread. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include "base/starter.h"
#include "core/inbox.h"
#include "core/loop.h"

struct pool;

/* program: path of triaged-reader. The inbox, loop and starter outlive the pool. */
void pool_open(struct pool **pool, struct loop *loop, struct starter *starter, struct inbox *inbox, const char *program);
void pool_close(struct pool **pool);
/* Rules, limits and own addresses of this configuration from now on: running readers are ended and what they had in hand is read again. The
 * configuration is borrowed until the next call. */
void pool_setup(struct pool *pool, const struct config *config);
/* Gives waiting items to readers, starts readers as needed, ends those over their deadline or idle for long. now is monotonic. */
void pool_turn(struct pool *pool, int64_t now);
/* Nothing is going on: gives memory back. */
void pool_rest(struct pool *pool);
/* When pool_turn must be called at the latest (monotonic); INT64_MAX: nothing to wait for. */
int64_t pool_deadline(const struct pool *pool);
/* A child has ended; false: not one of ours. */
bool pool_reaped(struct pool *pool, int pid, int status);
size_t pool_running(const struct pool *pool);
/* Readers that died or were ended over a message since the start. */
uint64_t pool_crashes(const struct pool *pool);

#endif
