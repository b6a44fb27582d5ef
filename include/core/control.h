/* control: the unix socket that triagectl talks to. JSON objects, each ended by a NUL octet; a request at a time a client; peers are known by SO_PEERCRED and
 * let in by the socket's mode. Bounded: clients, request size, time. */
#ifndef CORE_CONTROL_H
#define CORE_CONTROL_H

#include "core/loop.h"
#include "core/query.h"

#define CONTROL_CLIENTS_MAX 64u
#define CONTROL_IDLE (30 * INT64_C(1000)) /* ms a client may stay silent */

struct control;

/* Listens on path (0660, of our group: the service manager says which); an old socket nobody listens on is replaced, one that answers is ERR_SETUP. context is what the methods get; its actor and client are filled in
 * for each request. */
bool control_open(struct control **control, struct loop *loop, const char *path, const struct query_context *context, struct err *err);
void control_close(struct control **control);
/* Answers a request that was put off (query_answer.later), by query_context.client. False: the client is gone. Takes the answer's reference. */
bool control_answer(struct control *control, uint64_t client, struct query_answer *answer);
bool control_has(const struct control *control, uint64_t client);
/* Sends away who is silent for too long. */
void control_turn(struct control *control, int64_t mono);
/* The context changed (a new configuration). */
void control_context(struct control *control, const struct query_context *context);

#endif
