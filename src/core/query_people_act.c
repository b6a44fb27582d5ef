/* query_people_act: the methods that change something about people: whom not to write to, and which tokens are void. */
#include "core/query_change.h"

#include "base/clock.h"
#include "core/daemon.h"
#include "core/query_json.h"
#include "desk/authority.h"
#include "mail/address.h"
#include "store/people.h"

#include <sysexits.h>

/* ---- whom not to write to --------------------------------------------------------------------------------------------------- */

/* The address in parameters.<name>, canonical; "" : refused. */
static struct str address_of(struct arena *arena, const json_t *parameters, const char *name, struct query_answer *answer)
{
    struct str given = json_get_str(parameters, name), address = address_canonical(arena, given);
    if (address_usable(address))
        return address;
    query_refuse(answer, "InvalidParameter", EX_USAGE, "\"%.*s\" is no mail address", STR_ARG(given));
    return (struct str){0};
}

/* When it ends; 0: never. False: refused. */
static bool end_of(const json_t *parameters, int64_t now, int64_t *until, struct query_answer *answer)
{
    struct str text = json_get_str(parameters, "until");
    int64_t span = 0;
    *until = 0;
    if (text.n == 0)
        return true;
    if (clock_parse_span(text, &span) && span > 0 && span < INT64_MAX - now) {
        *until = now + span;
        return true;
    }
    if (clock_parse(text, now, until) && *until > now)
        return true;
    query_refuse(answer, "InvalidParameter", EX_USAGE, "until: \"%.*s\" is no time to come: expected 30d, 2026-11-22 or \"2026-11-22 14:00\"", STR_ARG(text));
    return false;
}

void query_suppress_add(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct str address = address_of(arena, parameters, "address", answer), reason = str_trim(json_get_str(parameters, "reason"));
    int64_t now = query_now(context), until = 0;
    struct err err = {0};
    if (address.n > 0 && end_of(parameters, now, &until, answer) && query_begin(context, answer)) {
        reason = reason.n > 0 ? reason : STR("by hand");
        bool ok = store_suppress(context->store, address, reason, now, until, &err) &&
                  store_event(context->store, 0, str_of(context->actor), STR("suppressed"), address, now, &err);
        if (query_end(context, ok, &err, answer)) {
            json_t *one = json_object();
            json_put(one, "address", json_str(address));
            json_put(one, "since", json_time(now));
            json_put(one, "until", json_time(until));
            json_put(one, "reason", json_str(reason));
            answer->result = json_pack("{s:o}", "suppression", one);
        }
    }
    arena_free(&arena);
}

void query_suppress_drop(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct str address = address_of(arena, parameters, "address", answer);
    struct err err = {0};
    if (address.n > 0 && query_begin(context, answer)) {
        bool ok = store_suppress_drop(context->store, address, &err) &&
                  store_event(context->store, 0, str_of(context->actor), STR("suppression-dropped"), address, query_now(context), &err);
        if (query_end(context, ok, &err, answer)) {
            answer->result = json_object();
            json_put(answer->result, "address", json_str(address));
        }
    }
    arena_free(&arena);
}

/* ---- tokens ------------------------------------------------------------------------------------------------------------------ */

/* What shall be void: tokens of a purpose, of one ticket or all (0), of one party or all (0). */
struct scope {
    enum token_purpose purpose;
    int64_t ticket, party;
};
struct scopes {
    struct scope *list;
    size_t count;
};

static int64_t newest_epoch(const struct token_keys *keys)
{
    return keys->count > 0 ? keys->keys[keys->count - 1].epoch : 0;
}

/* A new key; the next letter is signed with it. False: refused. */
static bool rotate(struct query_context *context, struct query_answer *answer)
{
    struct err err = {0};
    if (context->daemon == NULL)
        query_refuse(answer, "NotRunning", EX_UNAVAILABLE, "triaged is not running");
    else if (!daemon_rotate_keys(context->daemon, &err))
        query_trouble(answer, &err);
    return answer->error == NULL;
}

void query_token_rotate(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    struct err err = {0};
    if (!rotate(context, answer) || !query_begin(context, answer))
        return;
    int64_t epoch = newest_epoch(daemon_keys(context->daemon));
    struct arena *arena = arena_new();
    bool ok = store_event(context->store, 0, str_of(context->actor), STR("tokens-rotated"), arena_printf(arena, "epoch=%lld", (long long)epoch), query_now(context), &err);
    if (query_end(context, ok, &err, answer))
        answer->result = json_pack("{s:I}", "epoch", (json_int_t)epoch);
    arena_free(&arena);
}

static bool scopes_of_agent(struct query_context *context, struct arena *arena, struct str name, int64_t ticket, struct scopes *scopes, struct query_answer *answer)
{
    const struct agent_settings *agent = context->config != NULL ? desk_agent(&context->config->desk, name) : NULL;
    if (agent == NULL) {
        query_refuse(answer, "NoSuchAgent", EX_NOINPUT, "there is no agent \"%.*s\"", STR_ARG(name));
        return false;
    }
    int64_t party = authority_agent_party(agent->name);
    scopes->list = arena_array(arena, 2, sizeof *scopes->list);
    scopes->list[scopes->count++] = (struct scope){TOKEN_AGENT, ticket, party};
    if (ticket == 0)
        scopes->list[scopes->count++] = (struct scope){TOKEN_STANDING, 0, party};
    return true;
}

static bool scopes_of_party(struct query_context *context, struct arena *arena, const json_t *parameters, int64_t ticket, struct scopes *scopes, struct query_answer *answer)
{
    struct str address = address_of(arena, parameters, "party", answer);
    struct party_of *places = NULL;
    size_t count = 0;
    struct err err = {0};
    if (address.n == 0)
        return false;
    if (!store_parties_of(context->store, arena, address, ticket, &places, &count, &err)) {
        query_trouble(answer, &err);
        return false;
    }
    if (count == 0) {
        query_refuse(answer, "NoSuchParty", EX_NOINPUT, "%.*s takes part in no such ticket", STR_ARG(address));
        return false;
    }
    scopes->list = arena_array(arena, count, sizeof *scopes->list);
    for (size_t i = 0; i < count; i++)
        scopes->list[scopes->count++] = (struct scope){TOKEN_CUSTOMER, places[i].ticket, places[i].party};
    return true;
}

/* Everybody's: of one ticket, or all there are. */
static void scopes_of_all(struct arena *arena, int64_t ticket, struct scopes *scopes)
{
    scopes->list = arena_array(arena, 3, sizeof *scopes->list);
    scopes->list[scopes->count++] = (struct scope){TOKEN_CUSTOMER, ticket, 0};
    scopes->list[scopes->count++] = (struct scope){TOKEN_AGENT, ticket, 0};
    if (ticket == 0)
        scopes->list[scopes->count++] = (struct scope){TOKEN_STANDING, 0, 0};
}

static bool ticket_is_there(struct query_context *context, struct arena *arena, int64_t ticket, struct query_answer *answer)
{
    struct ticket_row row = {0};
    struct err err = {0};
    if (ticket != 0 && !view_ticket(context->store, arena, ticket, &row, &err))
        query_trouble(answer, &err);
    else if (ticket != 0 && row.id == 0)
        query_refuse(answer, "NoSuchTicket", EX_NOINPUT, "there is no ticket %lld", (long long)ticket);
    return answer->error == NULL;
}

/* False: refused. */
static bool scopes_of(struct query_context *context, struct arena *arena, const json_t *parameters, struct scopes *scopes, struct query_answer *answer)
{
    struct str agent = json_get_str(parameters, "agent"), party = json_get_str(parameters, "party");
    const json_t *given = json_object_get(parameters, "ticket");
    int64_t ticket = json_get_int(parameters, "ticket");
    /* What is left out or misspelt must not mean everybody. */
    if (!json_is_object(parameters) || (given != NULL && ticket <= 0) || (agent.n > 0 && party.n > 0) ||
        (given == NULL && agent.n == 0 && party.n == 0 && !json_get_bool(parameters, "all"))) {
        query_refuse(answer, "InvalidParameter", EX_USAGE, "expected a ticket, an agent or a party, or all");
        return false;
    }
    if (!ticket_is_there(context, arena, ticket, answer))
        return false;
    if (agent.n > 0)
        return scopes_of_agent(context, arena, agent, ticket, scopes, answer);
    if (party.n > 0)
        return scopes_of_party(context, arena, parameters, ticket, scopes, answer);
    scopes_of_all(arena, ticket, scopes);
    return true;
}

static json_t *scope_json(const struct scope *scope)
{
    static const char *const purposes[] = {[TOKEN_CUSTOMER] = "customer", [TOKEN_AGENT] = "agent", [TOKEN_STANDING] = "standing"};
    json_t *one = json_object();
    json_put(one, "purpose", json_string(purposes[scope->purpose]));
    json_put(one, "ticket", json_id(scope->ticket));
    json_put(one, "party", json_id(scope->party));
    return one;
}

static bool revoke(struct query_context *context, struct arena *arena, const struct scopes *scopes, int64_t epoch, struct err *err)
{
    struct str actor = str_of(context->actor);
    int64_t now = query_now(context);
    for (size_t i = 0; i < scopes->count; i++) {
        const struct scope *s = &scopes->list[i];
        if (!store_token_revoke(context->store, s->purpose, s->ticket, s->party, (uint32_t)epoch, actor, now, err))
            return false;
    }
    struct str detail = arena_printf(arena, "epoch=%lld scopes=%zu", (long long)epoch, scopes->count);
    return store_event(context->store, scopes->list[0].ticket, actor, STR("tokens-revoked"), detail, now, err);
}

/* First a new key, so that letters of this very moment are under an epoch that stays true; then all older ones of the scope are void. */
void query_token_revoke(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct scopes scopes = {0};
    struct err err = {0};
    if (scopes_of(context, arena, parameters, &scopes, answer) && rotate(context, answer) && query_begin(context, answer)) {
        int64_t epoch = newest_epoch(daemon_keys(context->daemon));
        if (query_end(context, revoke(context, arena, &scopes, epoch - 1, &err), &err, answer)) {
            json_t *list = json_array();
            for (size_t i = 0; i < scopes.count; i++)
                json_add(list, scope_json(&scopes.list[i]));
            answer->result = json_rows("revoked", list, (int64_t)scopes.count);
            json_put(answer->result, "epoch", json_integer(epoch));
        }
    }
    arena_free(&arena);
}
