/* desk: the desk as a whole and its parts: status, mailboxes, letters, what was set aside; and changing them. */
#include "base/clock.h"
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "desk/command.h"

#include <pwd.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define LINES_MAX 24u /* status is one screen */
#define IDS_MAX 1000u
#define STDIN_MAX (1u << 20)

/* ---- status ---------------------------------------------------------------------------------------------------------------------------- */

static const struct ctl_column mailbox_columns[] = {
    {"MAILBOX", "name", FORM_TEXT, false, false}, {"STATE", "state", FORM_STATE, false, false}, {"LAST LOOK", "last_look", FORM_WHEN, true, false},
    {"BEHIND", "behind", FORM_NUMBER, true, false}, {"TODAY", "today", FORM_NUMBER, true, false}, {"NOTE", "note", FORM_TEXT, false, true},
};
#define MAILBOX_COLUMNS (sizeof mailbox_columns / sizeof *mailbox_columns)

static void show_head(struct ctl *ctl, const json_t *s)
{
    size_t warnings = 0;
    const json_t *findings = json_object_get(s, "findings");
    for (size_t i = 0; i < json_array_size(findings); i++)
        warnings += !str_eq(json_get_str(json_array_get(findings, i), "severity"), STR("note"));
    ctl_printf(ctl, "triaged%s%s for %s: ", json_is_string(json_object_get(s, "version")) ? " " : "",
               json_is_string(json_object_get(s, "version")) ? ctl_member(ctl, s, "version") : "", ctl_member(ctl, s, "desk"));
    if (!json_get_bool(s, "running"))
        ctl_printf(ctl, "%s", ctl_paint(ctl, COLOUR_RED, "not running"));
    else if (warnings == 0)
        ctl_printf(ctl, "working");
    else
        ctl_printf(ctl, "working, %s", ctl_paint(ctl, COLOUR_YELLOW, arena_text(ctl->arena, arena_printf(ctl->arena, "%zu warning%s", warnings, warnings == 1 ? "" : "s"))));
    int64_t since = ctl_time(s, "since");
    if (since != 0)
        ctl_printf(ctl, "    up %s, config %s", ctl_span(ctl, ctl->world->now - since), ctl_member(ctl, s, "generation"));
    ctl_printf(ctl, "\n");
}

static void show_outbox(struct ctl *ctl, const json_t *s)
{
    const json_t *outbox = json_object_get(s, "outbox");
    int64_t oldest = ctl_time(outbox, "oldest");
    ctl_printf(ctl, "OUTBOX    %s waiting", ctl_member(ctl, outbox, "waiting"));
    if (oldest != 0 && json_get_int(outbox, "waiting") > 0)
        ctl_printf(ctl, " (oldest %s)", ctl_span(ctl, ctl->world->now - oldest));
    ctl_printf(ctl, "   %s unknown   %s held   QUARANTINE %s\n", ctl_member(ctl, outbox, "unknown"), ctl_member(ctl, outbox, "held"), ctl_member(ctl, s, "quarantine"));
}

static void show_store(struct ctl *ctl, const json_t *s)
{
    const json_t *store = json_object_get(s, "store");
    ctl_printf(ctl, "STORE     %s", ctl_size(ctl, json_get_int(store, "size") + json_get_int(store, "wal_size")));
    const json_t *disk = json_object_get(store, "disk_free");
    if (json_is_real(disk))
        ctl_printf(ctl, "   disk %.0f %% free", json_real_value(disk) * 100);
    ctl_printf(ctl, "   format %s\n", ctl_member(ctl, store, "schema"));
}

/* Each takes two lines; what does not fit on the screen is counted. */
static void show_findings(struct ctl *ctl, const json_t *findings, size_t lines_left)
{
    size_t count = json_array_size(findings);
    size_t fit = count * 2 <= lines_left ? count : lines_left > 1 ? (lines_left - 1) / 2 : 0;
    for (size_t i = 0; i < fit; i++) {
        const json_t *one = json_array_get(findings, i);
        const char *severity = ctl_member(ctl, one, "severity");
        ctl_printf(ctl, "%s%*s%s\n", ctl_paint(ctl, COLOUR_YELLOW, severity), (int)(strlen(severity) < 10 ? 10 - strlen(severity) : 1), "", ctl_member(ctl, one, "text"));
        if (json_is_string(json_object_get(one, "hint")))
            ctl_printf(ctl, "          %s\n", ctl_member(ctl, one, "hint"));
    }
    if (fit < count)
        ctl_printf(ctl, "          and %zu more: triagectl status --json\n", count - fit);
}

static size_t lines_of(const struct buf *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->n; i++)
        lines += text->p[i] == '\n';
    return lines;
}

/* The first `most` mailboxes; those not well stand first. */
static json_t *worst_first(const json_t *mailboxes, size_t most)
{
    json_t *kept = json_array();
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < json_array_size(mailboxes) && json_array_size(kept) < most; i++) {
            json_t *one = json_array_get(mailboxes, i);
            bool is_idle = str_eq(json_get_str(one, "state"), STR("idle"));
            if (is_idle == (pass == 1))
                json_array_append(kept, one);
        }
    return kept;
}

int run_status(struct ctl *ctl)
{
    json_t *s = NULL;
    int code = ctl_ask(ctl, "Status", json_object(), &s);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, s, NULL);
    show_head(ctl, s);
    json_t *mailboxes = json_object_get(s, "mailboxes");
    size_t count = json_array_size(mailboxes), most = 10;
    json_t *shown = count <= most ? json_incref(mailboxes) : worst_first(mailboxes, most);
    code = ctl_table(ctl, shown, mailbox_columns, MAILBOX_COLUMNS);
    json_decref(shown);
    if (count > most)
        ctl_printf(ctl, "and %zu more: triagectl mailbox list\n", count - most);
    const json_t *tickets = json_object_get(s, "tickets");
    ctl_printf(ctl, "TICKETS   %s open   %s new   %s overdue   %s due within the hour\n", ctl_member(ctl, tickets, "open"), ctl_member(ctl, tickets, "new"),
               ctl_member(ctl, tickets, "overdue"), ctl_member(ctl, tickets, "due_soon"));
    show_outbox(ctl, s);
    show_store(ctl, s);
    size_t lines = lines_of(&ctl->out);
    show_findings(ctl, json_object_get(s, "findings"), lines < LINES_MAX ? LINES_MAX - lines : 0);
    json_decref(s);
    return code;
}

/* ---- health ---------------------------------------------------------------------------------------------------------------------------- */

enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL, HEALTH_UNKNOWN };

static int tell_health(struct ctl *ctl, enum health health, const char *text)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    if (ctl_wants_json(ctl)) {
        int code = ctl_document(ctl, json_pack("{s:s, s:s}", "health", names[health], "text", text), NULL);
        return code != 0 ? code : (int)health;
    }
    ctl_printf(ctl, "TRIAGED %s - %s\n", names[health], text);
    return (int)health;
}

/* The worst finding first; how many there are besides it. */
static enum health worst_of(struct ctl *ctl, const json_t *findings, const char **text)
{
    static const char *const severities[] = {[HEALTH_WARNING] = "warning", [HEALTH_CRITICAL] = "critical"};
    enum health worst = HEALTH_OK;
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *one = json_array_get(findings, i);
        for (enum health h = HEALTH_WARNING; h <= HEALTH_CRITICAL; h++)
            if (str_eq(json_get_str(one, "severity"), str_of(severities[h]))) {
                count++;
                if (h > worst) {
                    worst = h;
                    *text = ctl_member(ctl, one, "text");
                }
            }
    }
    if (count > 1)
        *text = arena_text(ctl->arena, arena_printf(ctl->arena, "%s (and %zu more)", *text, count - 1));
    return worst;
}

int run_health(struct ctl *ctl)
{
    json_t *s = NULL;
    const char *text = "all is well";
    if (ctl_ask_within(ctl, "Status", json_object(), CTL_TIMEOUT_STANDARD, true, &s) != 0) {
        ctl->err.n = 0;
        return tell_health(ctl, HEALTH_UNKNOWN, "neither triaged nor its store answers");
    }
    enum health health = worst_of(ctl, json_object_get(s, "findings"), &text);
    if (!json_get_bool(s, "running")) {
        health = HEALTH_CRITICAL;
        text = "triaged is not running";
    }
    const json_t *outbox = json_object_get(s, "outbox"), *disk = json_object_get(json_object_get(s, "store"), "disk_free");
    int64_t oldest = ctl_time(outbox, "oldest");
    text = arena_text(ctl->arena, arena_printf(ctl->arena, "%s | in_hand=%lld letters=%lld oldest_letter=%llds quarantine=%lld disk_free=%.1f%%", text,
                                               (long long)json_get_int(s, "inflight"), (long long)json_get_int(outbox, "waiting"),
                                               (long long)(oldest > 0 && json_get_int(outbox, "waiting") > 0 ? (ctl->world->now - oldest) / CLOCK_SECOND : 0),
                                               (long long)json_get_int(s, "quarantine"), json_is_real(disk) ? json_real_value(disk) * 100 : 0.0));
    json_decref(s);
    return tell_health(ctl, health, text);
}

int run_reconcile(struct ctl *ctl)
{
    json_t *answer = NULL;
    int64_t timeout = 0;
    size_t left = 0;
    if (!ctl_timeout(ctl, CTL_TIMEOUT_STANDARD, &timeout))
        return EX_USAGE;
    int code = ctl_ask_within(ctl, "Reconcile", json_pack("{s:I}", "timeout_ms", (json_int_t)timeout), timeout + 5 * CLOCK_SECOND, false, &answer);
    if (code != 0)
        return code;
    const json_t *mailboxes = json_object_get(answer, "mailboxes"), *faults = json_object_get(answer, "faults");
    bool agree = json_array_size(faults) == 0;
    for (size_t i = 0; i < json_array_size(mailboxes); i++)
        left += !json_get_bool(json_array_get(mailboxes, i), "compared");
    if (ctl_wants_json(ctl)) {
        code = ctl_document(ctl, answer, NULL);
        return code != 0 ? code : !agree ? 1 : left > 0 ? EX_TEMPFAIL : 0;
    }
    for (size_t i = 0; i < json_array_size(mailboxes); i++) {
        const json_t *one = json_array_get(mailboxes, i);
        ctl_printf(ctl, "mailbox %s: %s", ctl_member(ctl, one, "name"), json_get_bool(one, "compared") ? "compared" : "not compared: ");
        ctl_printf(ctl, "%s\n", json_get_bool(one, "compared") ? "" : ctl_member(ctl, one, "note"));
        if (json_get_int(one, "backlog") > 0)
            ctl_printf(ctl, "  %s old messages wait to be confirmed\n", ctl_member(ctl, one, "backlog"));
    }
    for (size_t i = 0; i < json_array_size(faults); i++)
        ctl_printf(ctl, "%s  %s\n", ctl_paint(ctl, COLOUR_RED, "fault"), ctl_safe(ctl, str_of(json_string_value(json_array_get(faults, i)))));
    if (agree)
        ctl_printf(ctl, "servers, ledger and outbox agree%s\n", left > 0 ? " as far as they were compared" : "");
    json_decref(answer);
    return !agree ? 1 : left > 0 ? EX_TEMPFAIL : 0;
}

/* ---- mailboxes ---------------------------------------------------------------------------------------------------------------------------- */

int run_mailbox_list(struct ctl *ctl)
{
    json_t *answer = NULL;
    int code = ctl_ask(ctl, "MailboxList", json_object(), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "mailboxes");
    code = ctl_table(ctl, json_object_get(answer, "mailboxes"), mailbox_columns, MAILBOX_COLUMNS);
    json_decref(answer);
    return code;
}

/* Every member that says something, one a line. */
static void show_members(struct ctl *ctl, const json_t *object, const char *const *times)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)object, name, value)
    {
        if (json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) || (json_is_string(value) && json_string_length(value) == 0))
            continue;
        const char *text = ctl_member(ctl, object, name);
        for (size_t i = 0; times[i] != NULL; i++)
            if (strcmp(times[i], name) == 0)
                text = ctl_when(ctl, ctl_time(object, name));
        char label[32];
        size_t n = 0;
        for (; name[n] != '\0' && n < sizeof label - 1; n++)
            label[n] = name[n] == '_' ? ' ' : name[n];
        label[n] = '\0';
        ctl_printf(ctl, "  %-13s %s\n", label, text);
    }
}

static json_t *mailbox_parameters(struct ctl *ctl)
{
    json_t *parameters = json_object();
    json_put(parameters, "mailbox", json_str(str_of(ctl->args[0])));
    return parameters;
}

int run_mailbox_show(struct ctl *ctl)
{
    static const char *const times[] = {"last_look", "next_try", NULL};
    json_t *answer = NULL;
    int code = ctl_ask(ctl, "MailboxShow", mailbox_parameters(ctl), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    const json_t *mailbox = json_object_get(answer, "mailbox");
    ctl_printf(ctl, "mailbox %s\n", ctl_member(ctl, mailbox, "name"));
    show_members(ctl, mailbox, times);
    json_decref(answer);
    return 0;
}

int run_mailbox_test(struct ctl *ctl)
{
    json_t *answer = NULL;
    int code = ctl_ask(ctl, "MailboxTest", mailbox_parameters(ctl), &answer);
    if (code != 0)
        return code;
    bool ok = json_get_bool(answer, "fine");
    if (ctl_wants_json(ctl)) {
        code = ctl_document(ctl, answer, NULL);
        return code != 0 ? code : ok ? 0 : 1;
    }
    ctl_printf(ctl, "mailbox %s: %s\n", ctl_safe(ctl, str_of(ctl->args[0])), ok ? "good" : ctl_paint(ctl, COLOUR_RED, "failing"));
    ctl_text(ctl, "  ", json_get_str(answer, "text"));
    json_decref(answer);
    return ok ? 0 : 1;
}

static int order_mailbox(struct ctl *ctl, const char *method, const char *told, const char *next)
{
    json_t *answer = NULL;
    int code = ctl_ask(ctl, method, mailbox_parameters(ctl), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "mailbox %s: %s.   %s %s\n", ctl_member(ctl, answer, "mailbox"), told, next, ctl_member(ctl, answer, "mailbox"));
    json_decref(answer);
    return 0;
}

int run_mailbox_poll(struct ctl *ctl)
{
    return order_mailbox(ctl, "MailboxPoll", "looking", "see: triagectl mailbox show");
}

int run_mailbox_pause(struct ctl *ctl)
{
    return order_mailbox(ctl, "MailboxPause", "paused, its mail stays on the server", "undo: triagectl mailbox resume");
}

int run_mailbox_resume(struct ctl *ctl)
{
    return order_mailbox(ctl, "MailboxResume", "looked at again", "undo: triagectl mailbox pause");
}

int run_mailbox_confirm(struct ctl *ctl)
{
    json_t *answer = NULL;
    bool import = strcmp(ctl->args[1], "import") == 0;
    if (!import && strcmp(ctl->args[1], "answer") != 0)
        return ctl_refuse(ctl, EX_USAGE, "InvalidArgument", NULL, "expected import (without answers) or answer (as new ones)");
    if (!import && !ctl_sure(ctl, "old messages are answered as if they had come just now"))
        return EX_USAGE;
    json_t *parameters = mailbox_parameters(ctl);
    json_object_set_new(parameters, "become", json_string(ctl->args[1]));
    int code = ctl_ask(ctl, "MailboxConfirm", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "mailbox %s: old messages are filed %s\n", ctl_member(ctl, answer, "mailbox"), import ? "without an answer" : "as new ones");
    json_decref(answer);
    return 0;
}

/* ---- letters ------------------------------------------------------------------------------------------------------------------------------- */

int run_outbox_list(struct ctl *ctl)
{
    static const struct ctl_column columns[] = {
        {"LETTER", "id", FORM_LETTER, false, false}, {"STATE", "state", FORM_STATE, false, false}, {"WAITS", "created", FORM_AGE, true, false},
        {"TRIES", "tries", FORM_NUMBER, true, false}, {"NEXT", "next", FORM_WHEN, true, false},    {"TICKET", "ticket", FORM_NUMBER, true, false},
        {"TO", "to", FORM_TEXT, false, true},        {"REASON", "reason", FORM_TEXT, false, true},
    };
    json_t *parameters = json_object(), *answer = NULL;
    int64_t ticket = 0;
    uint64_t limit = 0;
    if (ctl_has(ctl, OPT_TICKET) && !ctl_number(ctl->value[OPT_TICKET], '\0', &ticket)) {
        json_decref(parameters);
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is no ticket number", ctl->value[OPT_TICKET]);
    }
    if (ticket != 0)
        json_put(parameters, "ticket", json_integer(ticket));
    if (ctl_has(ctl, OPT_STATE))
        json_put(parameters, "state", json_str(str_of(ctl->value[OPT_STATE])));
    if (ctl_has(ctl, OPT_LIMIT) && str_u64(str_of(ctl->value[OPT_LIMIT]), &limit))
        json_put(parameters, "limit", json_integer((json_int_t)limit));
    int code = ctl_ask(ctl, "OutboxList", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "letters");
    json_t *rows = json_object_get(answer, "letters");
    size_t count = json_array_size(rows), unknown = 0;
    for (size_t i = 0; i < count; i++)
        unknown += str_eq(json_get_str(json_array_get(rows, i), "state"), STR("unknown"));
    code = ctl_table(ctl, rows, columns, sizeof columns / sizeof *columns);
    if (code == 0 && !ctl_has(ctl, OPT_QUIET) && !ctl_has(ctl, OPT_PLAIN))
        ctl_note(ctl, "%zu letter%s%s", count, count == 1 ? "" : "s", unknown > 0 ? ". unknown: sent again unchanged, same Message-ID" : "");
    json_decref(answer);
    return code;
}

/* "L-9041" or "9041"; false: said why. */
static bool number_of(struct ctl *ctl, const char *text, char letter, int64_t *id)
{
    if (ctl_number(text, letter, id))
        return true;
    ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is no number such as %c-12", text, letter);
    return false;
}

int run_outbox_show(struct ctl *ctl)
{
    static const char *const times[] = {"created", "next", "ended", NULL};
    int64_t id = 0;
    json_t *answer = NULL;
    if (!number_of(ctl, ctl->args[0], 'L', &id))
        return EX_USAGE;
    int code = ctl_ask(ctl, "OutboxShow", json_pack("{s:I}", "letter", (json_int_t)id), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "letter");
    json_t *letter = json_object_get(answer, "letter");
    struct str octets = json_get_str(letter, "octets");
    json_t *recipients = json_incref(json_object_get(letter, "recipients")), *brief = json_copy(letter);
    json_object_del(brief, "octets");
    json_object_del(brief, "recipients");
    json_object_del(brief, "id");
    ctl_printf(ctl, "letter L-%s\n", ctl_member(ctl, letter, "id"));
    show_members(ctl, brief, times);
    for (size_t i = 0; i < json_array_size(recipients); i++) {
        const json_t *r = json_array_get(recipients, i);
        const char *state = ctl_member(ctl, r, "state");
        ctl_printf(ctl, "  to            %s: %s", ctl_member(ctl, r, "address"), state);
        if (json_is_string(json_object_get(r, "text")))
            ctl_printf(ctl, ", \"%s\"", ctl_member(ctl, r, "text"));
        ctl_printf(ctl, "\n");
    }
    ctl_printf(ctl, "\n");
    ctl_text(ctl, "    ", octets);
    json_decref(recipients);
    json_decref(brief);
    json_decref(answer);
    return 0;
}

/* ---- orders about several ------------------------------------------------------------------------------------------------------------------- */

/* Standard input, up to a bound; false when it cannot be read. */
static bool read_all(struct ctl *ctl, struct buf *text)
{
    ssize_t got = 0;
    while (text->n < STDIN_MAX) {
        char *to = buf_room(text, 4096);
        got = read(ctl->world->in, to, 4096);
        if (got <= 0)
            break;
        text->n += (size_t)got;
    }
    return got >= 0;
}

/* Words of the standard input, for "-". */
static bool read_words(struct ctl *ctl, const char **words, size_t *count)
{
    struct buf text = {0};
    bool good = read_all(ctl, &text);
    char *kept = arena_text(ctl->arena, buf_view(&text)), *rest = NULL;
    buf_free(&text);
    for (char *word = strtok_r(kept, " \t\r\n", &rest); word != NULL && *count < IDS_MAX; word = strtok_r(NULL, " \t\r\n", &rest))
        words[(*count)++] = word;
    return good;
}

/* The numbers of the arguments [0, n), "-" meaning those on standard input. NULL: said why. */
static json_t *numbers(struct ctl *ctl, size_t n, char letter)
{
    const char **words = arena_array(ctl->arena, IDS_MAX, sizeof *words);
    size_t count = 0;
    for (size_t i = 0; i < n && count < IDS_MAX; i++)
        if (strcmp(ctl->args[i], "-") == 0)
            read_words(ctl, words, &count);
        else
            words[count++] = ctl->args[i];
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        int64_t id = 0;
        if (!ctl_number(words[i], letter, &id)) {
            ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is no number", words[i]);
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, json_integer(id));
    }
    if (count == 0)
        ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "no number was given");
    if (count > 0)
        return list;
    json_decref(list);
    return NULL;
}

/* Dry run and question; true: go on, false: *code says how it ends. */
static bool may_go_on(struct ctl *ctl, const json_t *ids, const char *what, int *code)
{
    size_t count = json_array_size(ids);
    *code = 0;
    if (ctl_has(ctl, OPT_DRY_RUN)) {
        ctl_printf(ctl, "would %s %zu\nnothing was changed\n", what, count);
        return false;
    }
    if (ctl->command->danger < DANGER_MODERATE || count < 2)
        return true;
    *code = EX_USAGE;
    return ctl_sure(ctl, arena_text(ctl->arena, arena_printf(ctl->arena, "%s %zu?", what, count)));
}

static int order_letters(struct ctl *ctl, const char *method, const char *what)
{
    json_t *ids = numbers(ctl, ctl->arg_count, 'L'), *answer = NULL;
    int code = EX_USAGE;
    if (ids == NULL)
        return EX_USAGE;
    if (!may_go_on(ctl, ids, what, &code)) {
        json_decref(ids);
        return code;
    }
    code = ctl_ask(ctl, method, json_pack("{s:o}", "letters", ids), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    json_t *rows = json_object_get(answer, "letters");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *one = json_array_get(rows, i);
        if (ctl_has(ctl, OPT_QUIET))
            ctl_printf(ctl, "%s\n", ctl_member(ctl, one, "id"));
        else
            ctl_printf(ctl, "L-%s: %s -> %s\n", ctl_member(ctl, one, "id"), ctl_member(ctl, one, "old"), ctl_member(ctl, one, "state"));
    }
    json_decref(answer);
    return 0;
}

int run_outbox_retry(struct ctl *ctl)
{
    return order_letters(ctl, "OutboxRetry", "try letters again:");
}

int run_outbox_hold(struct ctl *ctl)
{
    return order_letters(ctl, "OutboxHold", "hold letters:");
}

int run_outbox_release(struct ctl *ctl)
{
    return order_letters(ctl, "OutboxRelease", "release letters:");
}

int run_outbox_drop(struct ctl *ctl)
{
    return order_letters(ctl, "OutboxDrop", "drop letters:");
}

/* ---- set aside ------------------------------------------------------------------------------------------------------------------------------- */

int run_quarantine_list(struct ctl *ctl)
{
    static const struct ctl_column columns[] = {
        {"NUMBER", "id", FORM_QUARANTINE, false, false}, {"AGE", "time", FORM_AGE, true, false},       {"MAILBOX", "mailbox", FORM_TEXT, false, false},
        {"UID", "uid", FORM_NUMBER, true, false},        {"SIZE", "size", FORM_SIZE, true, false},     {"TICKET", "ticket", FORM_NUMBER, true, false},
        {"REASON", "reason", FORM_TEXT, false, true},
    };
    json_t *parameters = json_object(), *answer = NULL;
    uint64_t limit = 0;
    if (ctl_has(ctl, OPT_LIMIT) && str_u64(str_of(ctl->value[OPT_LIMIT]), &limit))
        json_put(parameters, "limit", json_integer((json_int_t)limit));
    int code = ctl_ask(ctl, "QuarantineList", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "quarantine");
    json_t *rows = json_object_get(answer, "quarantine");
    code = ctl_table(ctl, rows, columns, sizeof columns / sizeof *columns);
    if (code == 0 && json_array_size(rows) == 0 && !ctl_has(ctl, OPT_QUIET) && !ctl_has(ctl, OPT_PLAIN))
        ctl_note(ctl, "nothing is set aside");
    json_decref(answer);
    return code;
}

int run_quarantine_show(struct ctl *ctl)
{
    static const char *const times[] = {"time", NULL};
    int64_t id = 0;
    json_t *answer = NULL;
    if (!number_of(ctl, ctl->args[0], 'Q', &id))
        return EX_USAGE;
    int code = ctl_ask(ctl, "QuarantineShow", json_pack("{s:I}", "id", (json_int_t)id), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "quarantine");
    const json_t *row = json_object_get(answer, "quarantine");
    ctl_printf(ctl, "Q-%s\n", ctl_member(ctl, row, "id"));
    show_members(ctl, row, times);
    json_decref(answer);
    return 0;
}

static int order_quarantine(struct ctl *ctl, const char *method, const char *what, const char *told)
{
    json_t *ids = numbers(ctl, ctl->arg_count, 'Q'), *answer = NULL;
    int code = EX_USAGE;
    if (ids == NULL)
        return EX_USAGE;
    if (!may_go_on(ctl, ids, what, &code)) {
        json_decref(ids);
        return code;
    }
    code = ctl_ask(ctl, method, json_pack("{s:o}", "ids", ids), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    json_t *rows = json_object_get(answer, "quarantine");
    for (size_t i = 0; i < json_array_size(rows) && !ctl_has(ctl, OPT_QUIET); i++)
        ctl_printf(ctl, "Q-%s: %s\n", ctl_member(ctl, json_array_get(rows, i), "id"), told);
    json_decref(answer);
    return 0;
}

int run_quarantine_requeue(struct ctl *ctl)
{
    return order_quarantine(ctl, "QuarantineRequeue", "read mails again:", "read again");
}

int run_quarantine_drop(struct ctl *ctl)
{
    return order_quarantine(ctl, "QuarantineDrop", "hide mails:", "hidden; its octets stay");
}

/* ---- do, undo, wait ---------------------------------------------------------------------------------------------------------------------------- */

/* How many of the first arguments are tickets. */
static size_t tickets_among(const struct ctl *ctl)
{
    size_t n = 0;
    int64_t id = 0;
    while (n < ctl->arg_count && (strcmp(ctl->args[n], "-") == 0 || ctl_number(ctl->args[n], '\0', &id)))
        n++;
    return n;
}

/* The time of a reminder is one for people. */
static const char *tell_value(struct ctl *ctl, struct str field, const json_t *change)
{
    uint64_t when = 0;
    if (str_eq(field, STR("wake")) && str_u64(json_get_str(change, "new"), &when) && when < INT64_MAX)
        return ctl_when(ctl, (int64_t)when);
    return ctl_member(ctl, change, "new");
}

static void tell_changes(struct ctl *ctl, const json_t *answer)
{
    bool undone = false;
    json_t *changes = json_object_get(answer, "changes");
    for (size_t i = 0; i < json_array_size(changes); i++) {
        const json_t *one = json_array_get(changes, i);
        struct str field = json_get_str(one, "field");
        bool adds = str_eq(field, STR("tag")) || str_eq(field, STR("party")) || str_eq(field, STR("note")) || !json_is_string(json_object_get(one, "old"));
        ctl_printf(ctl, "ticket %s: %s ", ctl_member(ctl, one, "ticket"), ctl_safe(ctl, field));
        if (!adds)
            ctl_printf(ctl, "%s -> ", ctl_member(ctl, one, "old"));
        ctl_printf(ctl, "%s\n", tell_value(ctl, field, one));
        undone = undone || str_eq(field, STR("undo"));
    }
    if (undone)
        return;
    if (json_is_string(json_object_get(answer, "receipt")))
        ctl_printf(ctl, "undo: triagectl undo %s\n", ctl_member(ctl, answer, "receipt"));
    else
        ctl_printf(ctl, "nothing was changed\n");
}

/* The words behind the tickets; a last "-" of a verb that takes a text stands for the one on standard input. */
static bool put_words(struct ctl *ctl, size_t from, json_t *parameters)
{
    size_t count = 0, end = ctl->arg_count;
    enum command_verb verb = command_verb_of(str_of(ctl->args[from]));
    bool takes_rest = verb < COMMAND_VERBS && command_table(&count)[verb].takes_rest;
    if (takes_rest && end == from + 2 && strcmp(ctl->args[from + 1], "-") == 0) {
        struct buf text = {0};
        bool good = read_all(ctl, &text);
        json_put(parameters, "rest", json_str(buf_view(&text)));
        buf_free(&text);
        end--;
        if (!good)
            return false;
    }
    json_t *words = json_array();
    for (size_t i = from; i < end; i++)
        json_add(words, json_str(str_of(ctl->args[i])));
    json_put(parameters, "words", words);
    return true;
}

int run_do(struct ctl *ctl)
{
    size_t tickets = tickets_among(ctl);
    if (tickets == 0)
        return ctl_refuse(ctl, EX_USAGE, "Usage", "triagectl do 1042 close", "\"%s\" is no ticket number", ctl->args[0]);
    if (tickets == ctl->arg_count)
        return ctl_refuse(ctl, EX_USAGE, "Usage", "triagectl help do", "what shall be done with %s?", tickets == 1 ? "the ticket" : "the tickets");
    json_t *ids = numbers(ctl, tickets, '\0'), *answer = NULL;
    if (ids == NULL)
        return EX_USAGE;
    json_t *parameters = json_pack("{s:o,s:b}", "tickets", ids, "dry_run", ctl_has(ctl, OPT_DRY_RUN));
    if (!put_words(ctl, tickets, parameters)) {
        json_decref(parameters);
        return ctl_refuse(ctl, EX_IOERR, "Unreadable", NULL, "standard input cannot be read");
    }
    struct passwd *me = getpwuid(getuid());
    if (me != NULL)
        json_put(parameters, "user", json_str(str_of(me->pw_name)));
    int code = ctl_ask(ctl, "Do", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "changes");
    if (ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "%s\n", ctl_member(ctl, answer, "receipt"));
    else
        tell_changes(ctl, answer);
    json_decref(answer);
    return 0;
}

int run_undo(struct ctl *ctl)
{
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "receipt", json_str(str_of(ctl->args[0])));
    int code = ctl_ask(ctl, "Undo", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET)) {
        ctl_printf(ctl, "%s taken back\n", ctl_member(ctl, answer, "receipt"));
        ctl_text(ctl, "  ", json_get_str(answer, "told"));
    }
    json_decref(answer);
    return 0;
}

/* A daemon that is about to start is waited for as well. */
static bool wait_for_daemon(struct ctl *ctl, int64_t deadline)
{
    while (!ctl_daemon_is_up(ctl)) {
        if (clock_monotonic() >= deadline)
            return false;
        usleep(50000);
    }
    return true;
}

int run_wait(struct ctl *ctl)
{
    static const char *const conditions[] = {"ready", "idle", "settled"};
    const char *condition = ctl->args[0];
    bool known = false;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        known = known || strcmp(conditions[i], condition) == 0;
    bool needs_id = strcmp(condition, "settled") == 0;
    if (!known || needs_id != (ctl->arg_count == 2))
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "expected ready, idle, or settled and a Message-ID");
    int64_t timeout = CTL_TIMEOUT_STANDARD;
    if (!ctl_timeout(ctl, CTL_TIMEOUT_STANDARD, &timeout))
        return EX_USAGE;
    int64_t deadline = clock_monotonic() + timeout;
    if (!wait_for_daemon(ctl, deadline))
        return ctl_refuse(ctl, EX_UNAVAILABLE, "NotRunning", "systemctl status triaged says why", "triaged did not start within %s", ctl_span(ctl, timeout));
    int64_t left = deadline - clock_monotonic();
    json_t *parameters = json_pack("{s:s,s:I}", "condition", condition, "timeout_ms", (json_int_t)(left > 0 ? left : 0)), *answer = NULL;
    if (needs_id)
        json_put(parameters, "message_id", json_str(str_of(ctl->args[1])));
    int code = ctl_ask_within(ctl, "Wait", parameters, (left > 0 ? left : 0) + 5 * CLOCK_SECOND, false, &answer);
    if (code == 0 && ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    json_decref(answer);
    return code;
}
