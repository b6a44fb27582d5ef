/* loop: one epoll set; each descriptor has one function that is called when it is ready. */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include "base/err.h"

#include <stdint.h>

struct loop;

/* readable and writable say what is possible; an error or hang-up shows as both. */
typedef void loop_ready(void *of, bool readable, bool writable);

bool loop_open(struct loop **loop, struct err *err);
void loop_close(struct loop **loop);
/* Watches fd, or changes what it is watched for. The function may be called once more for a descriptor watched for nothing: hang-ups are always told. */
void loop_watch(struct loop *loop, int fd, bool read, bool write, loop_ready *ready, void *of);
/* Before closing fd. */
void loop_unwatch(struct loop *loop, int fd);
/* Waits at most ms (0: not at all, -1: for ever) and calls what is ready. */
void loop_turn(struct loop *loop, int64_t ms);

#endif
