/* jail: what each process may still do. Entered once, after initialisation; cannot be left. Violations end the process
 * (SIGSYS), except where a library must be told "no" to go on (open in a reader gives ENOENT). */
#ifndef BASE_JAIL_H
#define BASE_JAIL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Before anything else in every process: no core dumps, no new privileges, SIGPIPE ignored, umask 077, descriptors
 * above 2 that are not in keep[] closed. */
bool jail_prologue(const int *keep, size_t keep_count, struct err *err);
/* reader: no open, no socket, no exec, no clock setting; read, write, memory and exit only; RLIMIT_AS to memory_max
 * octets. JIT code compiled before still runs. */
bool jail_reader(uint64_t memory_max, struct err *err);
/* courier: no exec, no file opened for writing, no ptrace, no new executable memory; threads and sockets allowed. */
bool jail_courier(struct err *err);
/* core: no inet or packet socket, no ptrace, no new executable memory; may start its children. */
bool jail_core(struct err *err);

#endif
