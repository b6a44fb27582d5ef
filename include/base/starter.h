/* starter: who starts processes for a core that may not. A jail is inherited by children, and the core's forbids what a
 * courier lives on; so before entering it the core forks a starter, a small process outside the jail that takes
 * orders over a socket. It resets what a child should not inherit, passes back the child's descriptor, and reports its end.
 * When the core's side closes, for whatever reason, the starter ends its children and itself. */
#ifndef BASE_STARTER_H
#define BASE_STARTER_H

#include "base/err.h"

#include <stddef.h>

struct starter;

#define STARTER_ARGUMENTS_MAX 64u
#define STARTER_ORDER_MAX (32u * 1024) /* octets of all arguments together */
#define STARTER_CHILDREN_MAX 256u

/* Forks the starter: before threads, before anything big, after jail_prologue, before jail_core. It works in a session of
 * its own (a Ctrl-C at the terminal is the core's to handle) and keeps standard error. */
bool starter_open(struct starter **starter, struct err *err);

/* Starts argv[0] (a path, not searched for) with argv (NULL-terminated); false with ERR_SETUP when it cannot be run. The
 * child leads its own process group, has default signal actions and the environment of the core without what belongs to
 * the service manager's talk with it, and gets SIGTERM when the starter dies. Blocks until the program runs.
 * starter_run: *socket is one end of a stream socket pair (close-on-exec; the caller's to close), the child has the other as
 * descriptor 3; its standard input and output are /dev/null.
 * starter_capture: *read_end is a pipe from the child's standard output. */
bool starter_run(struct starter *starter, const char *const argv[], int *socket, int *pid, struct err *err);
bool starter_capture(struct starter *starter, const char *const argv[], int *read_end, int *pid, struct err *err);

/* Gives the next child that ended, with its status as of wait(2); false when none is known now. Does not block. */
bool starter_reaped(struct starter *starter, int *pid, int *status);
/* To poll for reading before starter_reaped. Also ask starter_reaped after starter_run and starter_capture: notices that
 * came while these waited are kept, and the descriptor does not show them. */
int starter_fd(const struct starter *starter);
/* False once the starter is gone, which only a fault or an operator brings about: nothing can be started any more. */
bool starter_is_alive(const struct starter *starter);
/* Sends a signal to the process group of a child; one that has ended already is left alone. */
void starter_kill(struct starter *starter, int pid, int signal);

/* Ends all children (SIGTERM, after STARTER_GRACE SIGKILL) and the starter, and waits for it. Nulls; accepts NULL. */
#define STARTER_GRACE 3000 /* ms */
void starter_close(struct starter **starter);

#endif
