/* query_people: the methods about people that only read: agents, and addresses that get no mail. */
#include "core/query_look.h"

#include "core/query_json.h"
#include "desk/notify.h"
#include "store/people.h"

#include <sysexits.h>

/* ---- agents ----------------------------------------------------------------------------------------------------------------- */

static json_t *texts_json(const struct str *texts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_add(array, json_str(texts[i]));
    return array;
}

static json_t *agent_json(const struct agent_settings *agent)
{
    static const char *const proofs[] = {[PROOF_TOKEN] = "token", [PROOF_TOKEN_DMARC] = "token+dmarc", [PROOF_TOKEN_SMIME] = "token+smime", [PROOF_TOKEN_PGP] = "token+pgp"};
    json_t *one = json_object();
    json_put(one, "name", json_str(agent->name));
    json_put(one, "display_name", json_str_or_null(agent->display_name));
    json_put(one, "addresses", texts_json(agent->addresses, agent->address_count));
    json_put(one, "queues", texts_json(agent->queues, agent->queue_count));
    json_put(one, "proof", json_string(proofs[agent->proof]));
    json_put(one, "absent_until", json_time(agent->absent_until));
    return one;
}

void query_agent_list_with(struct query_context *context, const json_t *parameters, const struct token_keys *keys, struct query_answer *answer)
{
    bool addresses = json_get_bool(parameters, "addresses");
    if (context->config == NULL) {
        query_refuse(answer, "NoConfiguration", EX_CONFIG, "there is no configuration in force");
        return;
    }
    if (addresses && keys == NULL) {
        query_refuse(answer, "NotRunning", EX_UNAVAILABLE, "triaged is not running, and only it has the keys of the agents' addresses");
        return;
    }
    struct arena *arena = arena_new();
    const struct desk *desk = &context->config->desk;
    json_t *agents = json_array();
    for (size_t i = 0; i < desk->agent_count; i++) {
        json_t *one = agent_json(&desk->agents[i]);
        if (addresses)
            json_put(one, "standing_address", json_str_or_null(notify_standing_address(arena, desk, keys, &desk->agents[i])));
        json_add(agents, one);
    }
    answer->result = json_rows("agents", agents, (int64_t)desk->agent_count);
    arena_free(&arena);
}

void query_agent_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    query_agent_list_with(context, parameters, NULL, answer);
}

/* ---- whom not to write to --------------------------------------------------------------------------------------------------- */

void query_suppress_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct suppression_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    if (view_suppressions(context->store, arena, query_now(context), query_limit(parameters), &rows, &count, &err)) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            json_t *one = json_object();
            json_put(one, "address", json_str(rows[i].address));
            json_put(one, "since", json_time(rows[i].since));
            json_put(one, "until", json_time(rows[i].until));
            json_put(one, "reason", json_str_or_null(rows[i].reason));
            json_add(list, one);
        }
        answer->result = json_rows("suppressions", list, (int64_t)count);
    } else {
        query_trouble(answer, &err);
    }
    arena_free(&arena);
}
