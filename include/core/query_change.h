/* query_change: the methods that change something, and what they share. Only the daemon links them. */
#ifndef CORE_QUERY_CHANGE_H
#define CORE_QUERY_CHANGE_H

#include "core/query_look.h"

/* Opens the transaction; false: refused. */
bool query_begin(struct query_context *context, struct query_answer *answer);
/* Commits when all went well so far, else takes everything back and refuses. */
bool query_end(struct query_context *context, bool ok, struct err *err, struct query_answer *answer);

query_call query_suppress_add, query_suppress_drop;
query_call query_token_rotate, query_token_revoke;
query_call query_customer_import, query_customer_edit, query_import_ids;

#endif
