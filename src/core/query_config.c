/* query_config: the methods that read the configuration in force: showing it, and the words a shell may complete. */
#include "core/query_look.h"

#include "core/query_json.h"
#include "store/people.h"

#include <sysexits.h>

#define COMPLETE_MAX 100u /* words offered */

static json_t *files_json(const struct config *config)
{
    json_t *files = json_array();
    for (size_t i = 0; i < config->file_count; i++) {
        json_t *one = json_object();
        json_put(one, "path", json_str(config->files[i].path));
        json_put(one, "read", json_boolean(config->files[i].read));
        json_put(one, "why", json_str_or_null(config->files[i].why));
        json_add(files, one);
    }
    return files;
}

void query_config_show(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    if (context->config == NULL) {
        query_refuse(answer, "NoConfiguration", EX_CONFIG, "there is no configuration in force");
        return;
    }
    struct buf text = {0};
    config_print(context->config, json_get_bool(parameters, "all"), json_get_bool(parameters, "origin"), &text);
    answer->result = json_object();
    json_put(answer->result, "text", json_str(buf_view(&text)));
    json_put(answer->result, "hash", json_string(context->config->hash));
    json_put(answer->result, "files", files_json(context->config));
    buf_free(&text);
}

/* ---- words for completion -------------------------------------------------------------------------------------------------- */

static void offer(json_t *words, struct str word, struct str help)
{
    if (json_array_size(words) >= COMPLETE_MAX)
        return;
    json_t *one = json_object();
    json_put(one, "word", json_str(word));
    json_put(one, "help", json_str(help));
    json_add(words, one);
}

static void offer_tickets(struct query_context *context, struct arena *arena, json_t *words)
{
    const struct ticket_filter filter = {.now = query_now(context), .limit = COMPLETE_MAX};
    struct ticket_row *rows = NULL;
    size_t count = 0;
    int64_t total = 0;
    if (view_tickets(context->store, arena, &filter, &rows, &count, &total, NULL))
        for (size_t i = 0; i < count; i++)
            offer(words, arena_printf(arena, "%lld", (long long)rows[i].id), rows[i].subject);
}

static void offer_letters(struct query_context *context, struct arena *arena, json_t *words)
{
    struct letter_row *rows = NULL;
    size_t count = 0;
    if (view_letters(context->store, arena, STR("any"), 0, COMPLETE_MAX, &rows, &count, NULL))
        for (size_t i = 0; i < count; i++)
            offer(words, arena_printf(arena, "L-%lld", (long long)rows[i].id), arena_printf(arena, "%.*s to %.*s", STR_ARG(rows[i].state), STR_ARG(rows[i].to)));
}

static void offer_quarantine(struct query_context *context, struct arena *arena, json_t *words)
{
    const struct ledger_filter filter = {.outcome = str_of(outcome_name(OUTCOME_QUARANTINED)), .limit = COMPLETE_MAX};
    struct ledger_row *rows = NULL;
    size_t count = 0;
    if (view_ledger(context->store, arena, &filter, &rows, &count, NULL))
        for (size_t i = 0; i < count; i++)
            if (!rows[i].hidden)
                offer(words, arena_printf(arena, "Q-%lld", (long long)rows[i].id), rows[i].reason);
}

static void offer_queues(struct query_context *context, struct arena *arena, json_t *words)
{
    (void)arena;
    for (size_t i = 0; context->config != NULL && i < context->config->desk.queue_count; i++)
        offer(words, context->config->desk.queues[i].name, STR(""));
}

static void offer_agents(struct query_context *context, struct arena *arena, json_t *words)
{
    (void)arena;
    for (size_t i = 0; context->config != NULL && i < context->config->desk.agent_count; i++)
        offer(words, context->config->desk.agents[i].name, context->config->desk.agents[i].display_name);
}

static void offer_mailboxes(struct query_context *context, struct arena *arena, json_t *words)
{
    (void)arena;
    for (size_t i = 0; context->config != NULL && i < context->config->mailbox_count; i++)
        offer(words, context->config->mailboxes[i].settings.name, context->config->mailboxes[i].settings.user);
}

static void offer_customers(struct query_context *context, struct arena *arena, json_t *words)
{
    struct customer_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    if (!view_customers(context->store, arena, COMPLETE_MAX, &rows, &count, &err))
        return;
    for (size_t i = 0; i < count; i++)
        offer(words, rows[i].customer.name, rows[i].customer.plan);
}

static void offer_suppressed(struct query_context *context, struct arena *arena, json_t *words)
{
    struct suppression_row *rows = NULL;
    size_t count = 0;
    if (view_suppressions(context->store, arena, query_now(context), COMPLETE_MAX, &rows, &count, NULL))
        for (size_t i = 0; i < count; i++)
            offer(words, rows[i].address, rows[i].reason);
}

void query_complete(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    static const struct {
        struct str kind;
        void (*offer)(struct query_context *, struct arena *, json_t *);
    } kinds[] = {{{"ticket", 6}, offer_tickets}, {{"letter", 6}, offer_letters}, {{"quarantine", 10}, offer_quarantine},
                 {{"queue", 5}, offer_queues},   {{"agent", 5}, offer_agents},   {{"mailbox", 7}, offer_mailboxes},
                 {{"suppressed", 10}, offer_suppressed},
                 {{"customer", 8}, offer_customers}};
    struct str kind = json_get_str(parameters, "kind");
    struct arena *arena = arena_new();
    json_t *words = json_array();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(kinds[i].kind, kind))
            kinds[i].offer(context, arena, words);
    answer->result = json_rows("words", words, (int64_t)json_array_size(words));
    arena_free(&arena);
}
