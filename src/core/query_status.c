/* query_status: the methods about the desk as a whole that only read: status, mailboxes, letters, what was set aside. What only the running daemon knows
 * comes as JSON from it; without it the store and the configuration still say a lot. */
#include "core/query_look.h"

#include "base/clock.h"
#include "core/query_json.h"

#include <sys/statvfs.h>
#include <sysexits.h>

/* ---- mailboxes ------------------------------------------------------------------------------------------------------------------------ */

static const struct mailbox_figures *figures_of(const struct mailbox_figures *rows, size_t count, struct str mailbox)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].mailbox, mailbox))
            return &rows[i];
    return NULL;
}

/* What the daemon says about a mailbox (or relay) of that name, or NULL. */
static const json_t *live_of(const json_t *figures, const char *list, struct str name)
{
    const json_t *rows = json_object_get(figures, list);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *one = json_array_get(rows, i);
        if (str_eq(json_get_str(one, "name"), name))
            return one;
    }
    return NULL;
}

/* A live member, or null. */
static json_t *live(const json_t *one, const char *name)
{
    json_t *value = json_object_get(one, name);
    return value != NULL ? json_incref(value) : json_null();
}

static json_t *mailbox_json(struct query_context *context, struct str name, const struct mailbox_figures *stored, const json_t *running)
{
    bool paused = false;
    struct err err = {0};
    if (!store_paused(context->store, name, &paused, &err))
        paused = false;
    json_t *m = json_object();
    json_put(m, "name", json_str(name));
    json_put(m, "state", paused ? json_string("paused") : running != NULL ? live(running, "state") : json_string("unknown"));
    const json_t *looked = json_object_get(running, "last_look");
    json_put(m, "last_look", json_is_string(looked) ? live(running, "last_look") : json_time(stored != NULL ? stored->last_look : 0));
    json_put(m, "behind", live(running, "behind"));
    json_put(m, "today", json_integer(stored != NULL ? stored->today : 0));
    json_put(m, "next_try", live(running, "next_try"));
    json_put(m, "note", live(running, "note"));
    json_put(m, "paused", json_boolean(paused));
    json_put(m, "backlog", live(running, "backlog"));
    json_put(m, "missing", live(running, "missing"));
    json_put(m, "reconciled", live(running, "reconciled"));
    return m;
}

static int64_t today_of(struct query_context *context, int64_t now)
{
    return clock_day(now, context->config != NULL ? context->config->desk.timezone : STR(""));
}

/* One row a mailbox of the configuration; without one, a row each the store has heard of. NULL: refused. */
static json_t *mailboxes_json(struct query_context *context, struct arena *arena, const json_t *figures, struct query_answer *answer)
{
    struct mailbox_figures *stored = NULL;
    size_t count = 0;
    struct err err = {0};
    if (!view_mailboxes(context->store, arena, today_of(context, query_now(context)), &stored, &count, &err)) {
        query_trouble(answer, &err);
        return NULL;
    }
    json_t *rows = json_array();
    if (context->config == NULL)
        for (size_t i = 0; i < count; i++)
            json_add(rows, mailbox_json(context, stored[i].mailbox, &stored[i], live_of(figures, "mailboxes", stored[i].mailbox)));
    else
        for (size_t i = 0; i < context->config->mailbox_count; i++) {
            struct str name = context->config->mailboxes[i].settings.name;
            json_add(rows, mailbox_json(context, name, figures_of(stored, count, name), live_of(figures, "mailboxes", name)));
        }
    return rows;
}

void query_mailbox_list_with(struct query_context *context, const json_t *figures, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    json_t *rows = mailboxes_json(context, arena, figures, answer);
    if (rows != NULL)
        answer->result = json_rows("mailboxes", rows, (int64_t)json_array_size(rows));
    arena_free(&arena);
}

void query_mailbox_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    query_mailbox_list_with(context, NULL, answer);
}

static void put_settings(json_t *m, const struct config_mailbox *mailbox)
{
    static const char *const after[] = {[AFTER_KEEP] = "keep", [AFTER_FLAG] = "flag", [AFTER_MOVE] = "move", [AFTER_DELETE] = "delete"};
    static const char *const security[] = {[TRANSPORT_TLS] = "tls", [TRANSPORT_STARTTLS] = "starttls", [TRANSPORT_INSECURE] = "insecure"};
    static const char *const existing[] = {[EXISTING_SKIP] = "skip", [EXISTING_BACKFILL] = "backfill", [EXISTING_PROCESS] = "process"};
    const struct mailbox_settings *s = &mailbox->settings;
    json_put(m, "driver", json_str_or_null(s->driver));
    json_put(m, "host", json_str_or_null(s->server.host));
    json_put(m, "port", json_id(s->server.port));
    json_put(m, "security", s->server.host.n > 0 ? json_string(security[s->server.security]) : json_null());
    json_put(m, "path", json_str_or_null(s->path));
    json_put(m, "user", json_str_or_null(s->user));
    json_t *folders = json_array();
    for (size_t i = 0; i < s->folder_count; i++)
        json_add(folders, json_str(s->folders[i]));
    json_put(m, "folders", folders);
    json_put(m, "after", json_string(after[s->after]));
    json_put(m, "after_folder", json_str_or_null(s->after_folder));
    json_put(m, "after_keyword", json_str_or_null(s->after_keyword));
    json_put(m, "existing", json_string(existing[mailbox->existing]));
    json_put(m, "poll", json_integer(s->poll / CLOCK_SECOND));
    json_put(m, "queue", json_str_or_null(mailbox->queue));
    json_put(m, "relay", json_str_or_null(mailbox->relay));
    json_put(m, "sent", json_str_or_null(mailbox->sent));
    json_put(m, "state_keywords", json_boolean(mailbox->state_keywords));
}

void query_mailbox_show_with(struct query_context *context, const json_t *parameters, const json_t *figures, struct query_answer *answer)
{
    struct str name = json_get_str(parameters, "mailbox");
    struct arena *arena = arena_new();
    json_t *rows = mailboxes_json(context, arena, figures, answer);
    json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (str_eq(json_get_str(json_array_get(rows, i), "name"), name))
            found = json_incref(json_array_get(rows, i));
    for (size_t i = 0; found != NULL && context->config != NULL && i < context->config->mailbox_count; i++)
        if (str_eq(context->config->mailboxes[i].settings.name, name))
            put_settings(found, &context->config->mailboxes[i]);
    if (found != NULL)
        answer->result = json_pack("{s:o}", "mailbox", found);
    else if (rows != NULL)
        query_refuse(answer, "NoSuchMailbox", EX_NOINPUT, "there is no mailbox \"%.*s\"", STR_ARG(name));
    json_decref(rows);
    arena_free(&arena);
}

void query_mailbox_show(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    query_mailbox_show_with(context, parameters, NULL, answer);
}

/* ---- status ----------------------------------------------------------------------------------------------------------------------------- */

/* code: the same word for the same cause, for programs; about: which of several, "" when there is one. */
static void add_finding(json_t *findings, const char *severity, const char *code, struct str about, json_t *text, const char *hint)
{
    json_t *one = json_object();
    json_put(one, "severity", json_string(severity));
    json_put(one, "code", json_string(code));
    json_put(one, "about", json_str_or_null(about));
    json_put(one, "text", text);
    json_put(one, "hint", hint != NULL ? json_string(hint) : json_null());
    json_add(findings, one);
}

/* Anything but these states of a mailbox or relay is worth a line. */
static bool is_well(struct str state)
{
    static const struct str well[] = {{"starting", 8}, {"connecting", 10}, {"reading", 7}, {"idle", 4}, {"ready", 5}, {"unknown", 7}};
    for (size_t i = 0; i < sizeof well / sizeof *well; i++)
        if (str_eq(state, well[i]))
            return true;
    return state.n == 0;
}

static void find_in(json_t *findings, const json_t *rows, const char *what, const char *hint)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *one = json_array_get(rows, i);
        struct str name = json_get_str(one, "name"), state = json_get_str(one, "state"), note = json_get_str(one, "note");
        if (is_well(state) && note.n == 0)
            continue;
        json_t *text = json_sprintf("%s %.*s is %.*s%s%.*s", what, STR_ARG(name), STR_ARG(state), note.n > 0 ? ": " : "", STR_ARG(note));
        add_finding(findings, str_eq(state, STR("paused")) ? "note" : "warning", what, name, text, hint);
    }
}

static json_t *counted(int64_t n, const char *noun, const char *what)
{
    return json_sprintf("%lld %s%s %s", (long long)n, noun, n == 1 ? "" : "s", what);
}

static int64_t age_of(const json_t *object, const char *name, int64_t now)
{
    int64_t at = 0;
    return clock_parse(json_get_str(object, name), now, &at) && now > at ? now - at : 0;
}

/* A mailbox in trouble is said once already; this one only seems to work. */
static void find_silent(const struct query_context *context, json_t *findings, const json_t *mailbox, int64_t now)
{
    char span[CLOCK_TEXT];
    struct str name = json_get_str(mailbox, "name"), state = json_get_str(mailbox, "state");
    int64_t age = age_of(mailbox, "last_look", now), limit = context->config->alarm.silent;
    for (size_t i = 0; i < context->config->mailbox_count; i++) {
        const struct mailbox_settings *s = &context->config->mailboxes[i].settings;
        if (str_eq(s->name, name) && 2 * s->poll > limit)
            limit = 2 * s->poll;
    }
    if (limit == 0 || age < limit || str_eq(state, STR("paused")))
        return;
    clock_span_text(age, span);
    add_finding(findings, "critical", "silent", name, json_sprintf("mailbox %.*s was last looked at %s ago", STR_ARG(name), span), "triagectl mailbox test says more");
}

static void find_in_mailboxes(const struct query_context *context, json_t *findings, const json_t *mailboxes, int64_t now)
{
    for (size_t i = 0; i < json_array_size(mailboxes); i++) {
        const json_t *one = json_array_get(mailboxes, i);
        struct str name = json_get_str(one, "name");
        long long backlog = json_get_int(one, "backlog"), missing = json_get_int(one, "missing");
        if (context->config != NULL)
            find_silent(context, findings, one, now);
        if (backlog > 0)
            add_finding(findings, "warning", "backlog", name, json_sprintf("mailbox %.*s: %lld old messages wait to be confirmed", STR_ARG(name), backlog),
                        "triagectl mailbox confirm NAME import|answer");
        if (missing > 0)
            add_finding(findings, "critical", "reconcile", name, json_sprintf("mailbox %.*s: %lld messages on the server are not on record", STR_ARG(name), missing),
                        "triagectl reconcile");
    }
}

/* What has waited for too long, and the room that is left. */
static void find_ages(const struct query_context *context, json_t *findings, const json_t *status, const struct store_figures *f, int64_t now)
{
    static const struct alarm_settings none; /* no limit is 0 */
    const struct alarm_settings *alarm = context->config != NULL ? &context->config->alarm : &none;
    char span[CLOCK_TEXT];
    int64_t behind = age_of(status, "oldest_in_hand", now), unsent = f->oldest_letter > 0 && f->letters_waiting > 0 ? now - f->oldest_letter : 0;
    const json_t *disk = json_object_get(json_object_get(status, "store"), "disk_free");
    if (alarm->behind > 0 && behind > alarm->behind) {
        clock_span_text(behind, span);
        add_finding(findings, "critical", "behind", STR(""), json_sprintf("a message has been in hand for %s", span), "triagectl log says what happens");
    }
    if (alarm->unsent > 0 && unsent > alarm->unsent) {
        clock_span_text(unsent, span);
        add_finding(findings, "warning", "unsent", STR(""), json_sprintf("a letter has waited for %s", span), "triagectl outbox list");
    }
    if (json_is_real(disk) && json_real_value(disk) * 100 < alarm->disk)
        add_finding(findings, "critical", "disk", STR(""), json_sprintf("%.1f %% of the store's disk are free", json_real_value(disk) * 100), "mail stays on the server when it is full");
}

static json_t *findings_json(const struct query_context *context, const json_t *status, const struct store_figures *f, int64_t now)
{
    json_t *findings = json_array();
    struct str store = json_get_str(status, "store_error"), reload = json_get_str(status, "reload_error"), account = json_get_str(status, "account_error");
    if (store.n > 0)
        add_finding(findings, "critical", "store", STR(""), json_sprintf("store: %.*s", STR_ARG(store)), "mail stays on the server until it is well");
    if (account.n > 0)
        add_finding(findings, "critical", "accounts", STR(""), json_sprintf("ledger and outbox do not agree: %.*s", STR_ARG(account)), "triagectl store verify");
    find_in_mailboxes(context, findings, json_object_get(status, "mailboxes"), now);
    find_ages(context, findings, status, f, now);
    find_in(findings, json_object_get(status, "mailboxes"), "mailbox", "mail stays on the server; try: triagectl mailbox list");
    find_in(findings, json_object_get(status, "relays"), "relay", "letters wait in the outbox; try: triagectl outbox list");
    if (reload.n > 0)
        add_finding(findings, "warning", "reload", STR(""), json_sprintf("the last reload was refused: %.*s", STR_ARG(reload)), "triagectl config check");
    if (json_is_string(json_object_get(status, "breaker_since")))
        add_finding(findings, "warning", "breaker", STR(""), json_sprintf("too many automatic letters since %s: none leaves", json_string_value(json_object_get(status, "breaker_since"))),
                    "tickets are opened all the same; man triaged.conf, budget");
    if (f->letters_unknown > 0)
        add_finding(findings, "warning", "letters-unknown", STR(""), counted(f->letters_unknown, "letter", "without an answer after DATA: sent again unchanged"),
                    "triagectl outbox list --state unknown");
    if (f->letters_failed > 0)
        add_finding(findings, "warning", "letters-failed", STR(""), counted(f->letters_failed, "letter", "refused for good"), "triagectl outbox list --state failed");
    if (f->quarantined > 0)
        add_finding(findings, "warning", "quarantine", STR(""), counted(f->quarantined, "message", "set aside: no reader could understand them"), "triagectl quarantine list");
    return findings;
}

/* Since when automatic letters are stopped; 0: they are not. */
static int64_t breaker_since(struct query_context *context)
{
    int64_t opened = 0, closed = 0;
    struct err err = {0};
    bool known = store_last_event(context->store, STR("breaker-opened"), &opened, &err) && store_last_event(context->store, STR("breaker-closed"), &closed, &err);
    return known && opened > closed ? opened : 0;
}

static json_t *outcomes_json(const int64_t *counts)
{
    json_t *object = json_object();
    for (int i = 0; i < OUTCOMES; i++)
        json_put(object, outcome_name((enum outcome)i), json_integer(counts[i]));
    return object;
}

static json_t *store_json(struct query_context *context, const struct store_figures *f)
{
    json_t *store = json_object();
    json_put(store, "size", json_integer(f->size));
    json_put(store, "wal_size", json_integer(f->wal_size));
    json_put(store, "schema", json_integer(f->schema));
    json_t *free_ratio = json_null();
    struct statvfs disk;
    if (context->config != NULL && context->config->state_directory.n > 0) {
        struct arena *arena = arena_new();
        if (statvfs(arena_text(arena, context->config->state_directory), &disk) == 0 && disk.f_blocks > 0)
            free_ratio = json_real((double)(disk.f_bavail * 1000 / disk.f_blocks) / 1000);
        arena_free(&arena);
    }
    json_put(store, "disk_free", free_ratio);
    return store;
}

static void put_figures(json_t *status, const struct store_figures *f, int64_t now)
{
    json_put(status, "tickets",
             json_pack("{s:I,s:I,s:I,s:I}", "open", (json_int_t)f->open, "new", (json_int_t)f->fresh, "overdue", (json_int_t)f->overdue, "due_soon",
                       (json_int_t)f->due_soon));
    json_t *outbox = json_object();
    json_put(outbox, "waiting", json_integer(f->letters_waiting));
    json_put(outbox, "unknown", json_integer(f->letters_unknown));
    json_put(outbox, "held", json_integer(f->letters_held));
    json_put(outbox, "failed", json_integer(f->letters_failed));
    json_put(outbox, "oldest", json_time(f->oldest_letter));
    json_put(status, "outbox", outbox);
    json_put(status, "quarantine", json_integer(f->quarantined));
    json_put(status, "unsettled", json_integer(f->unsettled));
    json_put(status, "messages", json_pack("{s:o,s:o}", "total", outcomes_json(f->outcomes), "today", outcomes_json(f->outcomes_today)));
    json_put(status, "time", json_time(now));
}

void query_status_with(struct query_context *context, const json_t *figures, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct store_figures f = {0};
    struct err err = {0};
    int64_t now = query_now(context);
    json_t *mailboxes = mailboxes_json(context, arena, figures, answer);
    if (mailboxes == NULL)
        goto out;
    if (!view_figures(context->store, now, today_of(context, now), &f, &err)) {
        json_decref(mailboxes);
        query_trouble(answer, &err);
        goto out;
    }
    json_t *status = json_object();
    json_put(status, "desk", json_str_or_null(context->config != NULL ? context->config->desk.name : STR("")));
    json_put(status, "running", json_boolean(figures != NULL));
    static const char *const from_daemon[] = {"version", "since", "generation", "config_hash", "config_since", "readers", "reader_crashes", "inflight", "reload_error", "store_error", "account_error", "oldest_in_hand"};
    for (size_t i = 0; i < sizeof from_daemon / sizeof *from_daemon; i++)
        json_put(status, from_daemon[i], live(figures, from_daemon[i]));
    json_put(status, "mailboxes", mailboxes);
    json_t *relays = json_object_get(figures, "relays");
    json_put(status, "relays", relays != NULL ? json_incref(relays) : json_array());
    put_figures(status, &f, now);
    json_put(status, "store", store_json(context, &f));
    json_put(status, "breaker_since", json_time(breaker_since(context)));
    json_put(status, "findings", findings_json(context, status, &f, now));
    answer->result = status;
out:
    arena_free(&arena);
}

void query_status(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    query_status_with(context, NULL, answer);
}

/* ---- letters ---------------------------------------------------------------------------------------------------------------------------- */

static json_t *letter_json(const struct letter_row *row)
{
    json_t *l = json_object();
    json_put(l, "id", json_integer(row->id));
    json_put(l, "state", json_str_or_null(row->state));
    json_put(l, "kind", json_str_or_null(row->kind));
    json_put(l, "ticket", json_id(row->ticket));
    json_put(l, "to", json_str_or_null(row->to));
    json_put(l, "reason", json_str_or_null(row->reason));
    json_put(l, "tries", json_integer(row->tries));
    json_put(l, "created", json_time(row->created));
    json_put(l, "next", json_time(row->next_at));
    json_put(l, "relay", json_str_or_null(row->relay));
    json_put(l, "message_id", json_str_or_null(row->message_id));
    json_put(l, "size", json_integer(row->size));
    return l;
}

void query_outbox_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct letter_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    if (!view_letters(context->store, arena, json_get_str(parameters, "state"), json_get_int(parameters, "ticket"), query_limit(parameters), &rows, &count, &err)) {
        query_trouble(answer, &err);
    } else {
        json_t *letters = json_array();
        for (size_t i = 0; i < count; i++)
            json_add(letters, letter_json(&rows[i]));
        answer->result = json_rows("letters", letters, (int64_t)count);
    }
    arena_free(&arena);
}

void query_outbox_show(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct letter_row row = {0};
    struct str octets = STR("");
    struct recipient_row *recipients = NULL;
    size_t count = 0;
    struct err err = {0};
    int64_t id = json_get_int(parameters, "letter");
    if (!view_letter(context->store, arena, id, &row, &octets, &recipients, &count, &err)) {
        query_trouble(answer, &err);
    } else if (row.id == 0) {
        query_refuse(answer, "NoSuchLetter", EX_NOINPUT, "there is no letter L-%lld", (long long)id);
    } else {
        json_t *letter = letter_json(&row), *list = json_array();
        for (size_t i = 0; i < count; i++) {
            json_t *one = json_object();
            json_put(one, "address", json_str(recipients[i].address));
            json_put(one, "state", json_str(recipients[i].state));
            json_put(one, "tries", json_integer(recipients[i].tries));
            json_put(one, "code", json_id(recipients[i].code));
            json_put(one, "enhanced", json_str_or_null(recipients[i].enhanced));
            json_put(one, "text", json_str_or_null(recipients[i].text));
            json_put(one, "next", json_time(recipients[i].next_at));
            json_put(one, "ended", json_time(recipients[i].ended_at));
            json_add(list, one);
        }
        json_put(letter, "recipients", list);
        json_put(letter, "octets", json_str(octets));
        answer->result = json_pack("{s:o}", "letter", letter);
    }
    arena_free(&arena);
}

/* ---- set aside ------------------------------------------------------------------------------------------------------------------------------ */

static json_t *ledger_json(const struct ledger_row *row)
{
    json_t *l = json_object();
    json_put(l, "id", json_integer(row->id));
    json_put(l, "time", json_time(row->at));
    json_put(l, "mailbox", json_str_or_null(row->mailbox));
    json_put(l, "folder", json_str_or_null(row->folder));
    json_put(l, "uid_validity", json_id(row->uid_validity));
    json_put(l, "uid", json_id(row->uid));
    json_put(l, "outcome", json_str_or_null(row->outcome));
    json_put(l, "reason", json_str_or_null(row->reason));
    json_put(l, "ticket", json_id(row->ticket));
    json_put(l, "message", json_id(row->message));
    json_put(l, "message_id", json_str_or_null(row->message_id));
    json_put(l, "from", json_str_or_null(row->from));
    json_put(l, "subject", json_str_or_null(row->subject));
    json_put(l, "size", json_integer(row->size));
    json_put(l, "sha256", json_str_or_null(str_of(row->sha256)));
    json_put(l, "settled", json_boolean(row->settled));
    return l;
}

void query_quarantine_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct ledger_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    const struct ledger_filter filter = {.outcome = str_of(outcome_name(OUTCOME_QUARANTINED)), .limit = query_limit(parameters)};
    if (!view_ledger(context->store, arena, &filter, &rows, &count, &err)) {
        query_trouble(answer, &err);
    } else {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
            if (!rows[i].hidden)
                json_add(list, ledger_json(&rows[i]));
        answer->result = json_rows("quarantine", list, (int64_t)json_array_size(list));
    }
    arena_free(&arena);
}

void query_quarantine_show(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct ledger_row row = {0};
    struct err err = {0};
    int64_t id = json_get_int(parameters, "id");
    if (!view_ledger_row(context->store, arena, id, &row, &err))
        query_trouble(answer, &err);
    else if (row.id == 0 || !str_eq(row.outcome, str_of(outcome_name(OUTCOME_QUARANTINED))))
        query_refuse(answer, "NoSuchMessage", EX_NOINPUT, "nothing with the number Q-%lld is set aside", (long long)id);
    else
        answer->result = json_pack("{s:o}", "quarantine", ledger_json(&row));
    arena_free(&arena);
}
