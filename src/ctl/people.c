/* people: agents, addresses that get no mail, and the tokens that prove who writes. */
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/print.h"

#include <sysexits.h>

/* The rows of an answer as a table, or as JSON; takes the reference. */
static int show_rows(struct ctl *ctl, json_t *answer, const char *plural, const struct ctl_column *columns, size_t count)
{
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, plural);
    json_t *rows = json_object_get(answer, plural);
    int code = ctl_table(ctl, rows, columns, count);
    if (code == 0 && json_array_size(rows) == 0 && !ctl_has(ctl, OPT_QUIET) && !ctl_has(ctl, OPT_PLAIN))
        ctl_note(ctl, "no %s", plural);
    json_decref(answer);
    return code;
}

/* True: it was a dry run, and that is all. */
static bool only_says(struct ctl *ctl, const char *what)
{
    if (ctl_has(ctl, OPT_DRY_RUN))
        ctl_printf(ctl, "would %s\nnothing was changed\n", what);
    return ctl_has(ctl, OPT_DRY_RUN);
}

/* ---- agents ----------------------------------------------------------------------------------------------------------------- */

/* Lists of words become one text each, for people; JSON keeps them. */
static void join_lists(struct ctl *ctl, json_t *row)
{
    const char *name = NULL;
    json_t *value = NULL;
    void *next = NULL;
    json_object_foreach_safe(row, next, name, value)
    {
        if (!json_is_array(value))
            continue;
        struct buf text = {0};
        for (size_t i = 0; i < json_array_size(value); i++)
            buf_printf(&text, "%s%s", i > 0 ? " " : "", ctl_safe(ctl, str_of(json_string_value(json_array_get(value, i)))));
        json_put(row, name, json_str_or_null(buf_view(&text)));
        buf_free(&text);
    }
}

int run_agent_list(struct ctl *ctl)
{
    static const struct ctl_column columns[] = {
        {"AGENT", "name", FORM_TEXT, false, false},           {"NAME", "display_name", FORM_TEXT, false, true},
        {"ADDRESSES", "addresses", FORM_TEXT, false, true},   {"QUEUES", "queues", FORM_TEXT, false, true},
        {"PROOF", "proof", FORM_TEXT, false, false},          {"ABSENT UNTIL", "absent_until", FORM_WHEN, true, false},
        {"WRITES TO", "standing_address", FORM_TEXT, false, false},
    };
    bool addresses = ctl_has(ctl, OPT_ADDRESSES);
    json_t *answer = NULL;
    int code = ctl_ask(ctl, "AgentList", json_pack("{s:b}", "addresses", addresses), &answer);
    if (code != 0)
        return code;
    json_t *rows = json_object_get(answer, "agents");
    for (size_t i = 0; !ctl_wants_json(ctl) && i < json_array_size(rows); i++)
        join_lists(ctl, json_array_get(rows, i));
    return show_rows(ctl, answer, "agents", columns, sizeof columns / sizeof *columns - (addresses ? 0 : 1));
}

/* ---- whom not to write to --------------------------------------------------------------------------------------------------- */

int run_suppress_list(struct ctl *ctl)
{
    static const struct ctl_column columns[] = {
        {"ADDRESS", "address", FORM_TEXT, false, true}, {"SINCE", "since", FORM_WHEN, true, false}, {"UNTIL", "until", FORM_WHEN, true, false},
        {"REASON", "reason", FORM_TEXT, false, true},
    };
    json_t *parameters = json_object(), *answer = NULL;
    uint64_t limit = 0;
    if (ctl_has(ctl, OPT_LIMIT) && str_u64(str_of(ctl->value[OPT_LIMIT]), &limit))
        json_put(parameters, "limit", json_integer((json_int_t)limit));
    int code = ctl_ask(ctl, "SuppressList", parameters, &answer);
    return code != 0 ? code : show_rows(ctl, answer, "suppressions", columns, sizeof columns / sizeof *columns);
}

int run_suppress_add(struct ctl *ctl)
{
    json_t *parameters = json_object(), *answer = NULL;
    struct buf reason = {0};
    for (size_t i = 1; i < ctl->arg_count; i++)
        buf_printf(&reason, "%s%s", i > 1 ? " " : "", ctl->args[i]);
    json_put(parameters, "address", json_str(str_of(ctl->args[0])));
    json_put(parameters, "reason", json_str(buf_view(&reason)));
    if (ctl_has(ctl, OPT_UNTIL))
        json_put(parameters, "until", json_str(str_of(ctl->value[OPT_UNTIL])));
    buf_free(&reason);
    if (only_says(ctl, "write no automatic mail to that address")) {
        json_decref(parameters);
        return 0;
    }
    int code = ctl_ask(ctl, "SuppressAdd", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "suppression");
    const json_t *one = json_object_get(answer, "suppression");
    int64_t until = ctl_time(one, "until");
    const char *address = ctl_member(ctl, one, "address");
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "%s gets no automatic mail%s%s.   undo: triagectl suppress drop %s\n", address, until != 0 ? " until " : "", until != 0 ? ctl_when(ctl, until) : "", address);
    json_decref(answer);
    return 0;
}

int run_suppress_drop(struct ctl *ctl)
{
    json_t *answer = NULL;
    if (only_says(ctl, "write to that address again"))
        return 0;
    json_t *parameters = json_object();
    json_put(parameters, "address", json_str(str_of(ctl->args[0])));
    int code = ctl_ask(ctl, "SuppressDrop", parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "%s is written to again.   undo: triagectl suppress add %s\n", ctl_member(ctl, answer, "address"), ctl_member(ctl, answer, "address"));
    json_decref(answer);
    return 0;
}

/* ---- tokens ------------------------------------------------------------------------------------------------------------------- */

int run_token_rotate(struct ctl *ctl)
{
    json_t *answer = NULL;
    if (only_says(ctl, "make tokens under a new key"))
        return 0;
    int code = ctl_ask(ctl, "TokenRotate", json_object(), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "tokens are made under key %s from now on; older ones stay true\n", ctl_member(ctl, answer, "epoch"));
    json_decref(answer);
    return 0;
}

/* Whose tokens; NULL: said why. */
static json_t *revoked_scope(struct ctl *ctl)
{
    bool of_somebody = ctl_has(ctl, OPT_TICKET) || ctl_has(ctl, OPT_AGENT) || ctl_has(ctl, OPT_PARTY);
    int64_t ticket = 0;
    if (of_somebody == ctl_has(ctl, OPT_ALL) || (ctl_has(ctl, OPT_AGENT) && ctl_has(ctl, OPT_PARTY))) {
        ctl_refuse(ctl, EX_USAGE, "Usage", "triagectl help token revoke", "whose? Expected --ticket and --agent or --party, or --all alone");
        return NULL;
    }
    if (ctl_has(ctl, OPT_TICKET) && !ctl_number(ctl->value[OPT_TICKET], '\0', &ticket)) {
        ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "\"%s\" is no ticket number", ctl->value[OPT_TICKET]);
        return NULL;
    }
    json_t *scope = json_pack("{s:b}", "all", ctl_has(ctl, OPT_ALL));
    if (ticket != 0)
        json_put(scope, "ticket", json_integer(ticket));
    if (ctl_has(ctl, OPT_AGENT))
        json_put(scope, "agent", json_str(str_of(ctl->value[OPT_AGENT])));
    if (ctl_has(ctl, OPT_PARTY))
        json_put(scope, "party", json_str(str_of(ctl->value[OPT_PARTY])));
    return scope;
}

int run_token_revoke(struct ctl *ctl)
{
    json_t *scope = revoked_scope(ctl), *answer = NULL;
    if (scope == NULL)
        return EX_USAGE;
    bool says = only_says(ctl, "void these tokens and make new ones under a new key");
    if (says || (ctl_has(ctl, OPT_ALL) && !ctl_sure(ctl, "void every token given out? Answers to all letters sent so far will find no ticket by them."))) {
        json_decref(scope);
        return says ? 0 : EX_USAGE;
    }
    int code = ctl_ask(ctl, "TokenRevoke", scope, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "void: the tokens made under keys before %s; new letters carry new ones\n", ctl_member(ctl, answer, "epoch"));
    json_decref(answer);
    return 0;
}
