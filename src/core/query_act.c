/* query_act: the methods that change something, and the table of all methods. Each is one transaction under one receipt, all or nothing; what the running
 * processes must hear of, they hear after the commit. Only the daemon links this. */
#include "core/query.h"

#include "base/clock.h"
#include "core/act.h"
#include "core/daemon.h"
#include "core/query_change.h"
#include "core/query_json.h"
#include "desk/command.h"

#include <string.h>
#include <sysexits.h>

#define IDS_MAX 1000u  /* tickets or letters in one order */
#define WORDS_MAX COMMAND_WORDS_MAX

bool query_begin(struct query_context *context, struct query_answer *answer)
{
    struct err err = {0};
    if (context->daemon == NULL) {
        query_refuse(answer, "NotRunning", EX_UNAVAILABLE, "triaged is not running");
        return false;
    }
    if (store_begin(context->store, &err))
        return true;
    query_trouble(answer, &err);
    return false;
}

bool query_end(struct query_context *context, bool ok, struct err *err, struct query_answer *answer)
{
    if (ok && store_commit(context->store, err))
        return true;
    store_rollback(context->store);
    if (answer->error == NULL)
        query_trouble(answer, err);
    return false;
}

/* The numbers in parameters.<name>; false: refused. */
static bool ids_of(struct arena *arena, const json_t *parameters, const char *name, int64_t **ids, size_t *count, struct query_answer *answer)
{
    const json_t *list = json_object_get(parameters, name);
    *count = json_array_size(list);
    bool ok = *count > 0 && *count <= IDS_MAX;
    *ids = arena_array(arena, *count > IDS_MAX ? IDS_MAX : *count, sizeof **ids);
    for (size_t i = 0; ok && i < *count; i++) {
        ok = json_is_integer(json_array_get(list, i));
        (*ids)[i] = ok ? json_integer_value(json_array_get(list, i)) : 0;
    }
    if (!ok)
        query_refuse(answer, "InvalidParameter", EX_USAGE, "%s: expected 1 to %u numbers", name, IDS_MAX);
    return ok;
}

/* ---- do, undo --------------------------------------------------------------------------------------------------------------- */

/* Whom `take` gives the ticket to. The name is the client's word: who may speak here at all may also name an owner. */
static struct str user_of(struct query_context *context, const json_t *parameters)
{
    struct str user = json_get_str(parameters, "user");
    return user.n > 0 ? user : str_of(context->actor);
}

static bool words_of(struct arena *arena, const json_t *parameters, struct str **words, size_t *count, struct query_answer *answer)
{
    const json_t *list = json_object_get(parameters, "words");
    *count = json_array_size(list);
    bool ok = *count > 0 && *count <= WORDS_MAX;
    *words = arena_array(arena, ok ? *count : 0, sizeof **words);
    for (size_t i = 0; ok && i < *count; i++) {
        const json_t *word = json_array_get(list, i);
        ok = json_is_string(word);
        if (ok)
            (*words)[i] = (struct str){json_string_value(word), json_string_length(word)};
    }
    if (!ok)
        query_refuse(answer, "InvalidParameter", EX_USAGE, "words: expected a command such as \"close\"");
    return ok;
}

static json_t *told_changes(const struct acted *acted)
{
    json_t *told = json_array();
    for (size_t i = 0; i < acted->count; i++) {
        const struct act_change *c = &acted->list[i];
        json_t *one = json_object();
        json_put(one, "ticket", json_integer(c->ticket));
        json_put(one, "field", json_str(c->field));
        json_put(one, "old", json_str_or_null(c->before));
        json_put(one, "new", json_str_or_null(c->after));
        json_add(told, one);
    }
    return told;
}

/* What triagectl has commands of its own for, or what only a mail can carry out, is refused before anything is touched. */
static bool may_do(const struct command *command, struct query_answer *answer)
{
    size_t count = 0;
    const char *name = command_table(&count)[command->verb].name;
    if (command->class == CLASS_QUESTION)
        query_refuse(answer, "NotPossible", EX_USAGE, "%s changes nothing: it is a command of its own, see triagectl help", name);
    else if (command->class == CLASS_RELAY)
        query_refuse(answer, "NotPossible", EX_USAGE, "%s writes to customers: that is done by mail", name);
    return answer->error == NULL;
}

static bool parse(struct query_context *context, struct arena *arena, const json_t *parameters, struct command *command, struct query_answer *answer)
{
    struct str *words = NULL;
    size_t count = 0;
    struct err err = {0};
    if (!words_of(arena, parameters, &words, &count, answer))
        return false;
    if (command_parse(arena, &context->config->desk, words, count, user_of(context, parameters), query_now(context), command, &err) &&
        command_rest(arena, command, str_trim(json_get_str(parameters, "rest")), &err))
        return may_do(command, answer);
    query_refuse(answer, "NotPossible", EX_USAGE, "%s", err.text);
    return false;
}

static void query_do(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    int64_t *tickets = NULL;
    size_t ticket_count = 0;
    struct command command;
    struct acted acted = {0};
    struct err err = {0};
    char receipt[8];
    daemon_receipt(receipt);
    struct acting acting = {.store = context->store, .arena = arena, .actor = str_of(context->actor), .receipt = str_of(receipt), .now = query_now(context),
                            .undo_window = -1};
    if (!ids_of(arena, parameters, "tickets", &tickets, &ticket_count, answer) || !parse(context, arena, parameters, &command, answer) || !query_begin(context, answer))
        goto out;
    bool ok = true;
    for (size_t i = 0; ok && i < ticket_count; i++)
        ok = act_on(&acting, tickets[i], &command, &acted, &err) || err_wrap(&err, "ticket %lld", (long long)tickets[i]);
    bool dry = json_get_bool(parameters, "dry_run");
    if (ok && dry)
        store_rollback(context->store);
    else if (!query_end(context, ok, &err, answer))
        goto out;
    answer->result = json_rows("changes", told_changes(&acted), (int64_t)acted.count);
    json_put(answer->result, "receipt", dry || command.class == CLASS_UNDO ? json_null() : json_string(receipt));
out:
    arena_free(&arena);
}

static void query_undo(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct str told = STR("");
    struct err err = {0};
    struct str receipt = json_get_str(parameters, "receipt");
    if (query_begin(context, answer) &&
        query_end(context, store_undo_receipt(context->store, arena, receipt, 0, 0, str_of(context->actor), query_now(context), &told, &err), &err, answer)) {
        answer->result = json_object();
        json_put(answer->result, "receipt", json_str(receipt));
        json_put(answer->result, "told", json_str_or_null(told));
    }
    arena_free(&arena);
}

/* ---- letters -------------------------------------------------------------------------------------------------------------------- */

enum letter_order { LETTER_RETRY, LETTER_HOLD, LETTER_RELEASE, LETTER_DROP };

/* May the letter go from its state to where the order takes it? */
static bool may(enum letter_order order, struct str state)
{
    bool held = str_eq(state, STR("held"));
    bool ended = str_eq(state, STR("sent")) || str_eq(state, STR("dropped"));
    switch (order) {
    case LETTER_RELEASE:
        return held;
    case LETTER_DROP:
        return !ended;
    default:
        return !held && !ended;
    }
}

static bool order_letter(struct query_context *context, struct arena *arena, int64_t id, enum letter_order order, json_t *told, struct err *err)
{
    static const char *const verbs[] = {"tried again", "held", "released", "dropped"};
    static const char *const states[] = {"queued", "held", "queued", "dropped"};
    struct letter_row row = {0};
    struct str octets = STR("");
    struct recipient_row *recipients = NULL;
    size_t count = 0;
    if (!view_letter(context->store, arena, id, &row, &octets, &recipients, &count, err))
        return false;
    if (row.id == 0)
        return err_set(err, ERR_ITEM, "there is no letter L-%lld", (long long)id);
    if (!may(order, row.state))
        return err_set(err, ERR_ITEM, "letter L-%lld is %.*s: it cannot be %s", (long long)id, STR_ARG(row.state), verbs[order]);
    if (!store_letter_set(context->store, id, str_of(states[order]), query_now(context), err))
        return err_wrap(err, "letter L-%lld", (long long)id);
    struct str detail = arena_printf(arena, "letter=L-%lld state=%s was=%.*s", (long long)id, states[order], STR_ARG(row.state));
    if (!store_event(context->store, row.ticket, str_of(context->actor), STR("letter-changed"), detail, query_now(context), err))
        return false;
    json_t *one = json_object();
    json_put(one, "id", json_integer(id));
    json_put(one, "state", json_string(states[order]));
    json_put(one, "old", json_str(row.state));
    json_add(told, one);
    return true;
}

static void order_letters(struct query_context *context, const json_t *parameters, enum letter_order order, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    int64_t *ids = NULL;
    size_t count = 0;
    struct err err = {0};
    json_t *told = json_array();
    if (!ids_of(arena, parameters, "letters", &ids, &count, answer) || !query_begin(context, answer))
        goto out;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = order_letter(context, arena, ids[i], order, told, &err);
    if (!query_end(context, ok, &err, answer))
        goto out;
    daemon_outbox_changed(context->daemon);
    answer->result = json_rows("letters", json_incref(told), (int64_t)json_array_size(told));
out:
    json_decref(told);
    arena_free(&arena);
}

static void query_outbox_retry(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    order_letters(context, parameters, LETTER_RETRY, answer);
}

static void query_outbox_hold(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    order_letters(context, parameters, LETTER_HOLD, answer);
}

static void query_outbox_release(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    order_letters(context, parameters, LETTER_RELEASE, answer);
}

static void query_outbox_drop(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    order_letters(context, parameters, LETTER_DROP, answer);
}

/* ---- set aside -------------------------------------------------------------------------------------------------------------------- */

static json_t *told_ids(const int64_t *ids, size_t count)
{
    json_t *told = json_array();
    for (size_t i = 0; i < count; i++)
        json_add(told, json_pack("{s:I}", "id", (json_int_t)ids[i]));
    return json_rows("quarantine", told, (int64_t)count);
}

static void query_quarantine_drop(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    int64_t *ids = NULL;
    size_t count = 0;
    struct err err = {0};
    if (ids_of(arena, parameters, "ids", &ids, &count, answer) && query_begin(context, answer)) {
        bool ok = true;
        for (size_t i = 0; ok && i < count; i++) {
            struct str detail = arena_printf(arena, "message=Q-%lld", (long long)ids[i]);
            ok = store_quarantine_drop(context->store, ids[i], query_now(context), &err) &&
                 store_event(context->store, 0, str_of(context->actor), STR("quarantine-dropped"), detail, query_now(context), &err);
        }
        if (query_end(context, ok, &err, answer))
            answer->result = told_ids(ids, count);
    }
    arena_free(&arena);
}

/* The daemon reads them again and files each in a transaction of its own. */
static void query_quarantine_requeue(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    int64_t *ids = NULL;
    size_t count = 0;
    struct err err = {0};
    if (ids_of(arena, parameters, "ids", &ids, &count, answer)) {
        bool ok = true;
        for (size_t i = 0; ok && i < count; i++)
            ok = daemon_requeue(context->daemon, ids[i], &err);
        if (ok)
            answer->result = told_ids(ids, count);
        else
            query_trouble(answer, &err);
    }
    arena_free(&arena);
}

/* ---- mailboxes, reload --------------------------------------------------------------------------------------------------------------- */

static void told_mailbox(struct str mailbox, const char *state, bool ok, const struct err *err, struct query_answer *answer)
{
    if (!ok) {
        query_trouble(answer, err);
        return;
    }
    answer->result = json_object();
    json_put(answer->result, "mailbox", json_str(mailbox));
    json_put(answer->result, "state", json_string(state));
}

static void query_mailbox_poll(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct str mailbox = json_get_str(parameters, "mailbox");
    struct err err = {0};
    bool ok = daemon_poll(context->daemon, mailbox, &err);
    told_mailbox(mailbox, "looking", ok, &err, answer);
}

static bool is_mailbox(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->mailbox_count; i++)
        if (str_eq(config->mailboxes[i].settings.name, name))
            return true;
    return false;
}

/* On record first, so that a restart keeps it; then the courier hears of it. */
static void pause_mailbox(struct query_context *context, const json_t *parameters, bool pause, struct query_answer *answer)
{
    struct str mailbox = json_get_str(parameters, "mailbox");
    struct err err = {0};
    if (!is_mailbox(context->config, mailbox)) {
        query_refuse(answer, "NoSuchMailbox", EX_NOINPUT, "there is no mailbox \"%.*s\"", STR_ARG(mailbox));
        return;
    }
    if (!query_begin(context, answer))
        return;
    struct str kind = pause ? STR("mailbox-paused") : STR("mailbox-resumed");
    bool ok = store_pause(context->store, mailbox, pause, &err) && store_event(context->store, 0, str_of(context->actor), kind, mailbox, query_now(context), &err);
    if (query_end(context, ok, &err, answer)) {
        ok = daemon_pause(context->daemon, mailbox, pause, &err);
        told_mailbox(mailbox, pause ? "paused" : "resumed", ok, &err, answer);
    }
}

static void query_mailbox_pause(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    pause_mailbox(context, parameters, true, answer);
}

static void query_mailbox_resume(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    pause_mailbox(context, parameters, false, answer);
}

static void query_mailbox_confirm(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct str mailbox = json_get_str(parameters, "mailbox"), become = json_get_str(parameters, "become");
    struct err err = {0};
    bool import = str_eq(become, STR("import"));
    if (!import && !str_eq(become, STR("answer"))) {
        query_refuse(answer, "InvalidParameter", EX_USAGE, "old messages are to be filed as \"import\" (without answers) or \"answer\" (as new ones)");
        return;
    }
    bool ok = daemon_confirm(context->daemon, mailbox, import, &err);
    if (ok && query_begin(context, answer)) {
        ok = store_event(context->store, 0, str_of(context->actor), STR("backlog-confirmed"), mailbox, query_now(context), &err);
        if (!query_end(context, ok, &err, answer))
            return;
    }
    told_mailbox(mailbox, import ? "imported" : "answered", ok, &err, answer);
}

static void query_reload(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    struct buf told = {0};
    struct err err = {0};
    bool ok = daemon_reload(context->daemon, &told, &err);
    if (!ok && told.n == 0)
        buf_text(&told, err.text);
    answer->result = json_object();
    json_put(answer->result, "reloaded", json_boolean(ok));
    json_put(answer->result, "told", json_str(buf_view(&told)));
    buf_free(&told);
}

/* ---- looking, with what the daemon knows ------------------------------------------------------------------------------------------------- */

static void status(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    json_t *figures = daemon_figures(context->daemon);
    query_status_with(context, figures, answer);
    json_decref(figures);
}

static void mailbox_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    json_t *figures = daemon_figures(context->daemon);
    query_mailbox_list_with(context, figures, answer);
    json_decref(figures);
}

static void mailbox_show(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    json_t *figures = daemon_figures(context->daemon);
    query_mailbox_show_with(context, parameters, figures, answer);
    json_decref(figures);
}

static void agent_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    query_agent_list_with(context, parameters, daemon_keys(context->daemon), answer);
}

static const struct query_method methods[] = {
    {"Status", false, status},
    {"List", false, query_list},
    {"Show", false, query_show},
    {"Thread", false, query_thread},
    {"Why", false, query_why},
    {"Search", false, query_search},
    {"Log", false, query_log},
    {"MailboxList", false, mailbox_list},
    {"MailboxShow", false, mailbox_show},
    {"OutboxList", false, query_outbox_list},
    {"OutboxShow", false, query_outbox_show},
    {"QuarantineList", false, query_quarantine_list},
    {"QuarantineShow", false, query_quarantine_show},
    {"ConfigShow", false, query_config_show},
    {"Attachment", false, query_attachment},
    {"ClockExplain", false, query_clock_explain},
    {"Complete", false, query_complete},
    {"AgentList", false, agent_list},
    {"SuppressList", false, query_suppress_list},
    {"CustomerList", false, query_customer_list},
    {"CustomerShow", false, query_customer_show},
    {"Do", true, query_do},
    {"Undo", true, query_undo},
    {"OutboxRetry", true, query_outbox_retry},
    {"OutboxHold", true, query_outbox_hold},
    {"OutboxRelease", true, query_outbox_release},
    {"OutboxDrop", true, query_outbox_drop},
    {"QuarantineRequeue", true, query_quarantine_requeue},
    {"QuarantineDrop", true, query_quarantine_drop},
    {"MailboxPoll", true, query_mailbox_poll},
    {"MailboxPause", true, query_mailbox_pause},
    {"MailboxResume", true, query_mailbox_resume},
    {"MailboxConfirm", true, query_mailbox_confirm},
    {"CustomerImport", true, query_customer_import},
    {"CustomerEdit", true, query_customer_edit},
    {"ImportIds", true, query_import_ids},
    {"SuppressAdd", true, query_suppress_add},
    {"SuppressDrop", true, query_suppress_drop},
    {"TokenRotate", true, query_token_rotate},
    {"TokenRevoke", true, query_token_revoke},
    {"Reload", true, query_reload},
    {"Ingest", true, daemon_ingest},
    {"Explain", true, daemon_explain},
    {"MailboxTest", true, daemon_mailbox_test},
    {"Reconcile", true, daemon_reconcile},
    {"Wait", true, daemon_wait},
};

const struct query_method *query_methods(size_t *count)
{
    *count = sizeof methods / sizeof *methods;
    return methods;
}

const struct query_method *query_method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}
