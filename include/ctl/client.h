/* client: how triagectl gets its answers: from the daemon over the control socket, or, for what only reads, from the store itself when the daemon is down. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include "core/config.h"
#include "ctl/ctl.h"

#define CTL_TIMEOUT_STANDARD INT64_C(30000) /* ms until an answer must be there */

/* Where things are, by option, environment and the configuration's section daemon, in this order. Works with a configuration that has errors. */
struct ctl_paths {
    const char *config;
    const char *socket;
    const char *state_directory;
};
/* False: said why (a file that was named cannot be read); the exit code is EX_NOINPUT. */
bool ctl_paths(struct ctl *ctl, struct ctl_paths *paths);

/* Calls "List" with parameters (takes the reference). 0 and a new reference, or the exit code after having said why. A method that only reads is answered from the
 * store when the daemon is down; another is refused with 69. */
int ctl_ask(struct ctl *ctl, const char *method, json_t *parameters, json_t **answer);
/* The same with a time limit, and optionally in silence (completion). */
int ctl_ask_within(struct ctl *ctl, const char *method, json_t *parameters, int64_t timeout, bool silent, json_t **answer);
/* Is the daemon there at all? */
bool ctl_daemon_is_up(struct ctl *ctl);

/* The configuration of the files, loaded once. NULL: its errors were said; exit 78 (66 when there is no such file). */
const struct config *ctl_config(struct ctl *ctl, int *exit);
/* The store opened read-only, once. NULL: said why. */
struct store *ctl_store(struct ctl *ctl, int *exit);

#endif
