/* query_look: the methods that only read. Each is a row of the table in query.h; they are named here because two tables list them: the daemon's, and the one
 * triagectl carries for when there is no daemon. */
#ifndef CORE_QUERY_LOOK_H
#define CORE_QUERY_LOOK_H

#include "core/query.h"
#include "desk/token.h"

typedef void query_call(struct query_context *context, const json_t *parameters, struct query_answer *answer);

query_call query_list, query_show, query_thread, query_why, query_search, query_log;
query_call query_mailbox_list, query_mailbox_show, query_outbox_list, query_outbox_show, query_quarantine_list, query_quarantine_show;
query_call query_config_show, query_attachment, query_complete;
query_call query_status;
query_call query_agent_list, query_suppress_list;
query_call query_customer_list, query_customer_show;
query_call query_clock_explain;

/* The same with what only the running daemon knows (daemon_figures; borrowed; NULL: it does not run). */
void query_status_with(struct query_context *context, const json_t *figures, struct query_answer *answer);
void query_mailbox_list_with(struct query_context *context, const json_t *figures, struct query_answer *answer);
void query_mailbox_show_with(struct query_context *context, const json_t *parameters, const json_t *figures, struct query_answer *answer);

/* keys: the daemon's, for the agents' standing addresses; NULL: it does not run. */
void query_agent_list_with(struct query_context *context, const json_t *parameters, const struct token_keys *keys, struct query_answer *answer);

/* The clocks of a ticket, in the order of desk_clock; way: with the pieces of time that counted. A new reference; NULL with err. Needs a configuration. */
json_t *query_clocks(struct query_context *context, struct arena *arena, int64_t ticket, bool way, struct err *err);

/* ---- shared by the methods ---------------------------------------------------------------------------------------------------- */

#define QUERY_LIMIT 50u         /* rows of a list unless asked otherwise */
#define QUERY_LIMIT_MAX 100000u /* rows of a list at most */

/* Refuses with the store's trouble (exit 75 for ERR_RETRY, 66 for ERR_ITEM, else 74). */
void query_trouble(struct query_answer *answer, const struct err *err);
int64_t query_now(const struct query_context *context);
/* parameters.limit, clamped; QUERY_LIMIT when it is not given. */
uint32_t query_limit(const json_t *parameters);

#endif
