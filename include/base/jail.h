/* jail: what each process may still do. Entered once, after initialisation; cannot be left. Violations end the process
 * (SIGSYS), except where a library must be told "no" to go on (open in a reader gives ENOENT). A jail is inherited by
 * what is started in it: hence the starter. */
#ifndef BASE_JAIL_H
#define BASE_JAIL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Built with sanitizers (--enable-sanitize) the three jails only set the limits a sanitizer survives and return true: it
 * needs system calls that they forbid. The prologue is always whole. */

/* Before anything else in every process: no core dumps, no new privileges, SIGPIPE ignored, umask 077, descriptors 0 to 2
 * open (on /dev/null if they were not), those above that are not in keep[] closed. */
bool jail_prologue(const int *keep, size_t keep_count, struct err *err);
/* reader: no open, no socket, no exec, no thread, no clock setting; read, write, memory and exit only; RLIMIT_AS to
 * memory_max octets, and at most JAIL_READER_FILES descriptors. JIT code compiled before still runs. A mapping or
 * protection with PROT_EXEC is a violation. */
#define JAIL_READER_FILES 4u
bool jail_reader(uint64_t memory_max, struct err *err);
/* courier: no exec, no child, no file opened for writing, made, renamed or removed (EPERM), no ptrace, no new executable
 * memory but libraries (the resolver loads some); threads and sockets allowed. Before the first thread. */
bool jail_courier(struct err *err);
/* The same for a courier that serves Maildirs: files may be written, made, renamed and removed below the folders named (which must
 * exist; at least one) and nowhere else. By landlock: on a kernel without it (before 5.19), anywhere its user may write. */
bool jail_courier_with(const char *const folders[], size_t count, struct err *err);
/* core, before its store is opened: from here on this thread and those it starts change files below the folders named (which must exist) and
 * nowhere else. By landlock; on a kernel without it (before 5.19) nothing is restricted. */
bool jail_core_files(const char *const folders[], size_t count, struct err *err);
/* core: only AF_UNIX sockets (else EACCES), no exec, no child (base/starter.h starts them, opened before), no ptrace, no new
 * executable memory but libraries. */
bool jail_core(struct err *err);

#endif
