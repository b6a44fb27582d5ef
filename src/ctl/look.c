/* look: what there is to see of tickets: list show thread why search log attachment. */
#include "base/base64.h"
#include "base/clock.h"
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/print.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- list, search ------------------------------------------------------------------------------------------------------------------ */

static const struct ctl_column ticket_columns[] = {
    {"ID", "id", FORM_NUMBER, true, false},        {"SEV", "severity", FORM_TEXT, false, false}, {"STATE", "state", FORM_TEXT, false, false},
    {"DUE", "due", FORM_DUE, true, false},         {"AGE", "opened", FORM_AGE, true, false},     {"OWNER", "owner", FORM_TEXT, false, false},
    {"QUEUE", "queue", FORM_TEXT, false, false},   {"FROM", "requester", FORM_TEXT, false, true}, {"SUBJECT", "subject", FORM_TEXT, false, true},
};

static void put_option(struct ctl *ctl, json_t *parameters, enum ctl_option_key key)
{
    if (ctl_has(ctl, key))
        json_put(parameters, ctl_option(key)->name, json_str(str_of(ctl->value[key])));
}

static void put_limit(struct ctl *ctl, json_t *parameters)
{
    uint64_t limit = 0;
    if (ctl_has(ctl, OPT_LIMIT) && str_u64(str_of(ctl->value[OPT_LIMIT]), &limit))
        json_put(parameters, "limit", json_integer((json_int_t)limit));
}

/* The arguments as one text. */
static json_t *words_json(struct ctl *ctl)
{
    struct buf words = {0};
    for (size_t i = 0; i < ctl->arg_count; i++)
        buf_printf(&words, "%s%s", i > 0 ? " " : "", ctl->args[i]);
    json_t *text = json_str(buf_view(&words));
    buf_free(&words);
    return text;
}

static int show_tickets(struct ctl *ctl, json_t *answer)
{
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "tickets");
    json_t *rows = json_object_get(answer, "tickets");
    size_t shown = json_array_size(rows);
    int64_t total = json_get_int(answer, "total");
    int code = ctl_table(ctl, rows, ticket_columns, sizeof ticket_columns / sizeof *ticket_columns);
    bool talks = code == 0 && !ctl_has(ctl, OPT_QUIET) && !ctl_has(ctl, OPT_PLAIN);
    if (talks && shown == 0)
        ctl_note(ctl, "no tickets");
    else if (talks && (int64_t)shown < total)
        ctl_note(ctl, "%zu of %lld shown (--limit %zu)", shown, (long long)total, shown);
    json_decref(answer);
    return code;
}

int run_list(struct ctl *ctl)
{
    static const enum ctl_option_key filters[] = {OPT_QUEUE, OPT_STATE, OPT_SEVERITY, OPT_OWNER, OPT_CUSTOMER, OPT_SINCE, OPT_UNTIL};
    json_t *parameters = json_object(), *answer = NULL;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        put_option(ctl, parameters, filters[i]);
    struct passwd *me = ctl_has(ctl, OPT_MINE) ? getpwuid(getuid()) : NULL;
    if (me != NULL)
        json_put(parameters, "owner", json_str(str_of(me->pw_name)));
    if (ctl_has(ctl, OPT_OVERDUE))
        json_put(parameters, "overdue", json_true());
    json_put(parameters, "words", words_json(ctl));
    put_limit(ctl, parameters);
    int code = ctl_ask(ctl, "List", parameters, &answer);
    return code != 0 ? code : show_tickets(ctl, answer);
}

int run_search(struct ctl *ctl)
{
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "words", words_json(ctl));
    put_limit(ctl, parameters);
    int code = ctl_ask(ctl, "Search", parameters, &answer);
    return code != 0 ? code : show_tickets(ctl, answer);
}

/* ---- show ---------------------------------------------------------------------------------------------------------------------------- */

static int ask_ticket(struct ctl *ctl, const char *method, const char *name, json_t **answer)
{
    int64_t id = 0;
    if (!ctl_number(name, '\0', &id))
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is no ticket number", name);
    json_t *parameters = json_object();
    json_put(parameters, "ticket", json_integer(id));
    return ctl_ask(ctl, method, parameters, answer);
}

static const char *join(struct ctl *ctl, const json_t *list, const char *prefix)
{
    struct buf text = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        buf_printf(&text, "%s%s%s", i > 0 ? " " : "", prefix, ctl_safe(ctl, (struct str){json_string_value(one), json_string_length(one)}));
    }
    const char *kept = arena_text(ctl->arena, buf_view(&text));
    buf_free(&text);
    return kept;
}

static void show_fields(struct ctl *ctl, const json_t *ticket)
{
    json_t *fields = json_object_get(ticket, "fields");
    const char *name = NULL;
    json_t *value = NULL;
    bool first = true;
    json_object_foreach(fields, name, value)
    {
        ctl_printf(ctl, "%s%s %s\n", first ? "  fields     " : "             ", ctl_safe(ctl, str_of(name)), ctl_member(ctl, fields, name));
        first = false;
    }
}

static void show_clocks(struct ctl *ctl, const json_t *ticket)
{
    json_t *clocks = json_object_get(ticket, "clocks");
    bool first = true;
    for (size_t i = 0; i < json_array_size(clocks); i++) {
        const json_t *clock = json_array_get(clocks, i);
        if (str_eq(json_get_str(clock, "state"), STR("none")))
            continue;
        ctl_printf(ctl, "%s%-8s %s\n", first ? "  clocks     " : "             ", ctl_member(ctl, clock, "clock"), clock_summary(ctl, clock));
        first = false;
    }
}

static void show_letters(struct ctl *ctl, const json_t *ticket)
{
    json_t *letters = json_object_get(ticket, "letters");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        const json_t *letter = json_array_get(letters, i);
        ctl_printf(ctl, "%sL-%s %s to %s: %s\n", i == 0 ? "  letters    " : "             ", ctl_member(ctl, letter, "id"), ctl_member(ctl, letter, "kind"),
                   ctl_member(ctl, letter, "to"), ctl_member(ctl, letter, "state"));
    }
}

/* Everybody but the requester, who is named above; who was only suggested takes no part yet. */
static void show_parties(struct ctl *ctl, const json_t *ticket)
{
    static const struct {
        struct str role;
        const char *label;
    } roles[] = {{{"participant", 11}, "with"}, {{"suggested", 9}, "suggested"}};
    json_t *parties = json_object_get(ticket, "parties");
    for (size_t r = 0; r < sizeof roles / sizeof *roles; r++) {
        bool first = true;
        for (size_t i = 0; i < json_array_size(parties); i++) {
            const json_t *one = json_array_get(parties, i);
            if (!str_eq(json_get_str(one, "role"), roles[r].role))
                continue;
            ctl_printf(ctl, "  %-10s %s\n", first ? roles[r].label : "", ctl_member(ctl, one, "address"));
            first = false;
        }
    }
}

static const char *tag_of(struct ctl *ctl, const json_t *ticket)
{
    const char *tag = ctl_member(ctl, ticket, "tag");
    return strcmp(tag, "-") == 0 ? "INC" : tag;
}

static void show_ticket(struct ctl *ctl, const json_t *ticket)
{
    const char *id = ctl_member(ctl, ticket, "id");
    ctl_printf(ctl, "%s-%s  %s\n", tag_of(ctl, ticket), id, ctl_member(ctl, ticket, "subject"));
    ctl_printf(ctl, "  state      %-28s owner     %s\n",
               arena_text(ctl->arena, arena_printf(ctl->arena, "%s, opened %s", ctl_member(ctl, ticket, "state"), ctl_when(ctl, ctl_time(ticket, "opened")))),
               ctl_member(ctl, ticket, "owner"));
    const char *severity = ctl_member(ctl, ticket, "severity");
    if (json_is_string(json_object_get(ticket, "impact")) || json_is_string(json_object_get(ticket, "urgency")))
        severity = arena_text(ctl->arena, arena_printf(ctl->arena, "%s (impact %s × urgency %s)", severity, ctl_member(ctl, ticket, "impact"), ctl_member(ctl, ticket, "urgency")));
    ctl_printf(ctl, "  severity   %s\n", severity);
    ctl_printf(ctl, "  queue      %-28s kind      %s\n", ctl_member(ctl, ticket, "queue"), ctl_member(ctl, ticket, "kind"));
    const char *name = ctl_member(ctl, ticket, "requester_name");
    ctl_printf(ctl, "  reporter   %s%s<%s>\n", strcmp(name, "-") == 0 ? "" : name, strcmp(name, "-") == 0 ? "" : " ", ctl_member(ctl, ticket, "requester"));
    if (json_is_string(json_object_get(ticket, "proof")))
        ctl_printf(ctl, "  proof      %s\n", ctl_member(ctl, ticket, "proof"));
    if (json_is_string(json_object_get(ticket, "customer")))
        ctl_printf(ctl, "  customer   %s\n", ctl_member(ctl, ticket, "customer"));
    show_parties(ctl, ticket);
    if (json_is_integer(json_object_get(ticket, "merged_into")))
        ctl_printf(ctl, "  went into  %s-%s\n", tag_of(ctl, ticket), ctl_member(ctl, ticket, "merged_into"));
    show_clocks(ctl, ticket);
    if (ctl_time(ticket, "reminder") != 0)
        ctl_printf(ctl, "  reminder   %s\n", ctl_when(ctl, ctl_time(ticket, "reminder")));
    show_fields(ctl, ticket);
    if (json_array_size(json_object_get(ticket, "tags")) > 0)
        ctl_printf(ctl, "  tags       %s\n", join(ctl, json_object_get(ticket, "tags"), ""));
    int64_t attachments = json_get_int(ticket, "attachments");
    ctl_printf(ctl, "  messages   %s (%s in, %s out), %lld attachment%s\n", ctl_member(ctl, ticket, "messages"), ctl_member(ctl, ticket, "messages_in"),
               ctl_member(ctl, ticket, "messages_out"), (long long)attachments, attachments == 1 ? "" : "s");
    show_letters(ctl, ticket);
    if (json_array_size(json_object_get(ticket, "links")) + json_array_size(json_object_get(ticket, "linked_by")) > 0)
        ctl_printf(ctl, "  linked     %s%s%s\n", join(ctl, json_object_get(ticket, "links"), ""), json_array_size(json_object_get(ticket, "links")) > 0 ? " " : "",
                   join(ctl, json_object_get(ticket, "linked_by"), "from "));
    ctl_printf(ctl, "%s\n", ctl_paint(ctl, COLOUR_DIM, arena_text(ctl->arena, arena_printf(ctl->arena, "next: triagectl thread %s · triagectl why %s · triagectl do %s close", id, id, id))));
}

/* One line a file of the ticket's mails, as `attachment` wants its number. */
static void list_files(struct ctl *ctl, const json_t *message)
{
    json_t *attachments = json_object_get(message, "attachments");
    for (size_t i = 0; i < json_array_size(attachments); i++) {
        const json_t *a = json_array_get(attachments, i);
        const char *note = json_get_bool(a, "signature") ? ", of a signature" : json_get_bool(a, "inline") ? ", within the text" : "";
        ctl_printf(ctl, "  attachment %s: %s, %s, %s%s\n", ctl_member(ctl, a, "number"), ctl_member(ctl, a, "name"), ctl_member(ctl, a, "type"),
                   ctl_size(ctl, json_get_int(a, "size")), note);
    }
}

static int show_files(struct ctl *ctl, const char *ticket)
{
    json_t *answer = NULL;
    int code = ask_ticket(ctl, "Thread", ticket, &answer);
    json_t *messages = json_object_get(answer, "messages");
    for (size_t i = 0; code == 0 && i < json_array_size(messages); i++)
        list_files(ctl, json_array_get(messages, i));
    json_decref(answer);
    return code;
}

/* The document has an array also for one ticket: its shape never depends on how many there are. */
int run_show(struct ctl *ctl)
{
    json_t *tickets = json_array();
    int code = 0;
    for (size_t i = 0; code == 0 && i < ctl->arg_count; i++) {
        json_t *answer = NULL;
        code = ask_ticket(ctl, "Show", ctl->args[i], &answer);
        if (code == 0)
            json_array_append(tickets, json_object_get(answer, "ticket"));
        json_decref(answer);
    }
    if (code == 0 && ctl_wants_json(ctl))
        return ctl_document(ctl, json_rows("tickets", tickets, (int64_t)json_array_size(tickets)), "tickets");
    for (size_t i = 0; code == 0 && i < json_array_size(tickets); i++) {
        if (i > 0)
            ctl_printf(ctl, "\n");
        show_ticket(ctl, json_array_get(tickets, i));
        if (ctl_has(ctl, OPT_ATTACHMENTS))
            code = show_files(ctl, ctl->args[i]);
    }
    json_decref(tickets);
    return code;
}

/* ---- thread --------------------------------------------------------------------------------------------------------------------------- */

static void show_message(struct ctl *ctl, const json_t *m)
{
    struct str direction = json_get_str(m, "direction");
    const char *arrow = str_eq(direction, STR("in")) ? "from" : str_eq(direction, STR("out")) ? "sent to" : "note by";
    const char *who = ctl_member(ctl, m, str_eq(direction, STR("out")) ? "to" : "from");
    ctl_printf(ctl, "M-%s  %s %s  %s%s\n", ctl_member(ctl, m, "id"), arrow, who, ctl_when(ctl, ctl_time(m, "time")),
               json_get_bool(m, "proposed") ? "  proposed: a stranger's, not mailed on" : "");
    ctl_printf(ctl, "  %s\n", ctl_member(ctl, m, "subject"));
    list_files(ctl, m);
    ctl_printf(ctl, "\n");
    struct str text = json_get_str(m, ctl_has(ctl, OPT_VERBOSE) ? "text" : "fresh");
    ctl_text(ctl, "    ", str_trim(text.n > 0 ? text : json_get_str(m, "text")));
    ctl_printf(ctl, "\n");
}

int run_thread(struct ctl *ctl)
{
    json_t *answer = NULL;
    int code = ask_ticket(ctl, "Thread", ctl->args[0], &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "messages");
    json_t *messages = json_object_get(answer, "messages");
    for (size_t i = 0; i < json_array_size(messages); i++)
        show_message(ctl, json_array_get(messages, i));
    if (json_array_size(messages) == 0)
        ctl_note(ctl, "no messages");
    json_decref(answer);
    return 0;
}

/* ---- why --------------------------------------------------------------------------------------------------------------------------------- */

/* "gateway" of "field.gateway". */
static const char *field_name(struct ctl *ctl, const json_t *value)
{
    struct str field = json_get_str(value, "field");
    return ctl_safe(ctl, str_starts(field, STR("field.")) ? str_sub(field, 6, field.n) : field);
}

/* "rule gateway-down (rules.d/network.rules:14)", or who or what else set it. */
static const char *cause(struct ctl *ctl, const json_t *v)
{
    const char *because = ctl_member(ctl, v, "because"), *actor = ctl_member(ctl, v, "actor"), *rule = ctl_member(ctl, v, "rule");
    if (json_is_string(json_object_get(v, "rule")))
        return json_is_string(json_object_get(v, "file"))
                   ? arena_text(ctl->arena, arena_printf(ctl->arena, "rule %s (%s:%s)", rule, ctl_member(ctl, v, "file"), ctl_member(ctl, v, "line")))
                   : arena_text(ctl->arena, arena_printf(ctl->arena, "rule %s", rule));
    if (strcmp(actor, "-") == 0 || strcmp(actor, "rules") == 0)
        return because;
    return strcmp(because, "-") == 0 ? actor : arena_text(ctl->arena, arena_printf(ctl->arena, "%s: %s", actor, because));
}

static void show_step(struct ctl *ctl, size_t step, const json_t *v)
{
    const char *what = arena_text(ctl->arena, arena_printf(ctl->arena, "%s %s", field_name(ctl, v), ctl_member(ctl, v, "value")));
    ctl_printf(ctl, "  %zu  %-48s %s\n", step, cause(ctl, v), what);
    bool by_rule = json_is_string(json_object_get(v, "rule"));
    if (json_is_string(json_object_get(v, "matched")))
        ctl_printf(ctl, "     matched  \"%s\"  %s, characters %s to %s\n", ctl_member(ctl, v, "matched"), ctl_member(ctl, v, "source"), ctl_member(ctl, v, "start"),
                   ctl_member(ctl, v, "end"));
    if (by_rule && json_is_string(json_object_get(v, "because")))
        ctl_printf(ctl, "     because  %s\n", ctl_member(ctl, v, "because"));
    if (ctl_has(ctl, OPT_VERBOSE) && json_is_string(json_object_get(v, "ruleset")))
        ctl_printf(ctl, "     rule set %s\n", ctl_member(ctl, v, "ruleset"));
}

static bool same_field(const json_t *a, const json_t *b)
{
    return str_eq(json_get_str(a, "field"), json_get_str(b, "field"));
}

/* Is there a later value of the same field? Tags add up, so each of them stands. */
static bool is_replaced(const json_t *values, size_t i)
{
    const json_t *one = json_array_get(values, i);
    if (str_eq(json_get_str(one, "field"), STR("tag")))
        return false;
    for (size_t k = i + 1; k < json_array_size(values); k++)
        if (same_field(one, json_array_get(values, k)))
            return true;
    return false;
}

/* One field: its value now and every step that led to it. */
static void show_field(struct ctl *ctl, const json_t *answer, const json_t *values)
{
    struct str asked = json_get_str(answer, "field");
    const json_t *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(values); i++)
        if (str_eq(json_get_str(json_array_get(values, i), "field"), asked)) {
            last = json_array_get(values, i);
            count++;
        }
    const char *when = ctl_when(ctl, ctl_time(last, "time"));
    ctl_printf(ctl, "ticket %s  %s = %s  (set %s%s)\n", ctl_member(ctl, answer, "ticket"), field_name(ctl, last), ctl_member(ctl, last, "value"), when,
               count > 1 ? ", changed since it was first set" : ", never changed");
    for (size_t i = 0; i < json_array_size(values); i++)
        show_step(ctl, i + 1, json_array_get(values, i));
    if (json_is_integer(json_object_get(last, "message")))
        ctl_printf(ctl, "input: message M-%s%s%s\n", ctl_member(ctl, last, "message"), json_is_string(json_object_get(last, "ruleset")) ? ", rule set " : "",
                   json_is_string(json_object_get(last, "ruleset")) ? arena_text(ctl->arena, str_sub(json_get_str(last, "ruleset"), 0, 7)) : "");
}

static void show_values(struct ctl *ctl, const json_t *values)
{
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *v = json_array_get(values, i);
        bool replaced = is_replaced(values, i);
        const char *head = arena_text(ctl->arena, arena_printf(ctl->arena, "%s = %s", field_name(ctl, v), ctl_member(ctl, v, "value")));
        ctl_printf(ctl, "%-28s %s%s\n", head, cause(ctl, v), replaced ? "  (replaced since)" : "");
        if (json_is_string(json_object_get(v, "matched")))
            ctl_printf(ctl, "%-28s matched \"%s\" in %s, characters %s to %s\n", "", ctl_member(ctl, v, "matched"), ctl_member(ctl, v, "source"), ctl_member(ctl, v, "start"),
                       ctl_member(ctl, v, "end"));
    }
}

static void show_why_message(struct ctl *ctl, const json_t *m)
{
    ctl_printf(ctl, "M-%s  %s\n", ctl_member(ctl, m, "id"), ctl_member(ctl, m, "subject"));
    ctl_printf(ctl, "  outcome    %s: %s\n", ctl_member(ctl, m, "outcome"), ctl_member(ctl, m, "reason"));
    if (json_is_integer(json_object_get(m, "ticket")))
        ctl_printf(ctl, "  ticket     %s%s\n", ctl_member(ctl, m, "ticket"), json_get_bool(m, "proposed") ? " (proposed: a stranger's)" : "");
    ctl_printf(ctl, "  sender     %s, %s\n", ctl_member(ctl, m, "from"), ctl_member(ctl, m, "proof"));
    ctl_printf(ctl, "  kind       %s\n", ctl_member(ctl, m, "kind"));
    ctl_printf(ctl, "  answer     %s: %s\n", ctl_member(ctl, m, "answer"), ctl_member(ctl, m, "answer_why"));
    ctl_printf(ctl, "  came by    %s, folder %s, UIDVALIDITY %s, UID %s, %s\n", ctl_member(ctl, m, "mailbox"), ctl_member(ctl, m, "folder"), ctl_member(ctl, m, "uid_validity"),
               ctl_member(ctl, m, "uid"), ctl_when(ctl, ctl_time(m, "time")));
    ctl_printf(ctl, "  id         <%s>\n", ctl_member(ctl, m, "message_id"));
}

static int why_message(struct ctl *ctl)
{
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "message", json_str(str_of(ctl->args[0])));
    int code = ctl_ask(ctl, "Why", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    show_why_message(ctl, json_object_get(answer, "message"));
    json_decref(answer);
    return 0;
}

static bool is_message_name(const char *name)
{
    return strchr(name, '@') != NULL || str_istarts(str_of(name), STR("M-"));
}

int run_why(struct ctl *ctl)
{
    if (is_message_name(ctl->args[0]))
        return why_message(ctl);
    int64_t id = 0;
    if (!ctl_number(ctl->args[0], '\0', &id))
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is neither a ticket number nor a message", ctl->args[0]);
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "ticket", json_integer(id));
    if (ctl->arg_count > 1)
        json_put(parameters, "field", json_str(str_of(ctl->args[1])));
    int code = ctl_ask(ctl, "Why", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "values");
    json_t *values = json_object_get(answer, "values");
    if (ctl->arg_count > 1)
        show_field(ctl, answer, values);
    else
        show_values(ctl, values);
    json_decref(answer);
    return 0;
}

/* ---- log, attachment ------------------------------------------------------------------------------------------------------------------------- */

int run_log(struct ctl *ctl)
{
    static const struct ctl_column columns[] = {
        {"TIME", "time", FORM_WHEN, false, false},   {"TICKET", "ticket", FORM_NUMBER, true, false}, {"WHAT", "kind", FORM_TEXT, false, false},
        {"BY", "actor", FORM_TEXT, false, false}, {"DETAIL", "detail", FORM_TEXT, false, true},
    };
    json_t *parameters = json_object(), *answer = NULL;
    int64_t id = 0;
    if (ctl->arg_count > 0 && is_message_name(ctl->args[0])) {
        json_put(parameters, "message", json_str(str_of(ctl->args[0])));
    } else if (ctl->arg_count > 0 && !ctl_number(ctl->args[0], '\0', &id)) {
        json_decref(parameters);
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is neither a ticket number nor a message", ctl->args[0]);
    } else if (id != 0) {
        json_put(parameters, "ticket", json_integer(id));
    }
    put_limit(ctl, parameters);
    int code = ctl_ask(ctl, "Log", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "events");
    code = ctl_table(ctl, json_object_get(answer, "events"), columns, sizeof columns / sizeof *columns);
    json_decref(answer);
    return code;
}

static int write_file(struct ctl *ctl, const char *path, struct str octets)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (ctl_has(ctl, OPT_YES) ? O_TRUNC : O_EXCL);
    int fd = open(path, flags, 0600);
    if (fd < 0)
        return ctl_refuse(ctl, EX_CANTCREAT, "CannotCreate", errno == EEXIST ? "--yes overwrites it" : NULL, "%s: %s", path, strerror(errno));
    bool ok = true;
    while (ok && octets.n > 0) {
        ssize_t wrote = write(fd, octets.p, octets.n);
        ok = wrote > 0 || (wrote < 0 && errno == EINTR);
        if (wrote > 0)
            octets = str_sub(octets, (size_t)wrote, octets.n);
    }
    ok = close(fd) == 0 && ok;
    return ok ? 0 : ctl_refuse(ctl, EX_IOERR, "CannotWrite", NULL, "%s: %s", path, strerror(errno));
}

int run_attachment(struct ctl *ctl)
{
    int64_t ticket = 0;
    uint64_t number = 0;
    if (!ctl_number(ctl->args[0], '\0', &ticket) || !str_u64(str_of(ctl->args[1]), &number) || number > INT64_MAX)
        return ctl_refuse(ctl, EX_USAGE, "Usage", "triagectl thread shows the numbers", "expected a ticket's and an attachment's number");
    const char *path = ctl->value[OPT_OUTPUT];
    if (path == NULL && !ctl_wants_json(ctl) && ctl->world->out_is_terminal)
        return ctl_refuse(ctl, EX_USAGE, "Usage", "say where to: -o FILE", "an attachment is not written onto a terminal");
    json_t *answer = NULL;
    int code = ctl_ask(ctl, "Attachment", json_pack("{s:I,s:I}", "ticket", (json_int_t)ticket, "number", (json_int_t)number), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "attachment");
    const json_t *a = json_object_get(answer, "attachment");
    struct str octets;
    if (!base64_decode(ctl->arena, json_get_str(a, "octets_base64"), &octets))
        code = ctl_refuse(ctl, EX_SOFTWARE, "BadAnswer", NULL, "the daemon's answer makes no sense");
    else if (path == NULL)
        buf_str(&ctl->out, octets);
    else if ((code = write_file(ctl, path, octets)) == 0)
        ctl_note(ctl, "%s: %zu octets of \"%s\" (%s)", path, octets.n, ctl_member(ctl, a, "name"), ctl_member(ctl, a, "type"));
    json_decref(answer);
    return code;
}
