/* explain_mail: the dry run of one mail: what would become of it on the live store. The daemon is asked; without it the same line is walked here, on the store
 * opened read-only. Nothing is changed either way. */
#include "base/base64.h"
#include "base/hash.h"
#include "core/explain.h"
#include "core/keys.h"
#include "core/query.h"
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/mail_files.h"
#include "ctl/print.h"

#include <string.h>
#include <sysexits.h>

#define EXPLAIN_MAX ((QUERY_REQUEST_MAX - 65536) / 4 * 3) /* octets: it travels in one request */

/* ---- here ----------------------------------------------------------------------------------------------------------------------- */

static struct str mailbox_of(const struct ctl *ctl)
{
    return ctl_has(ctl, OPT_MAILBOX) ? str_of(ctl->value[OPT_MAILBOX]) : STR("explain");
}

/* Without the desk's keys no token in the mail proves anything, and the letter shown has none. */
static void load_keys(struct ctl *ctl, struct token_keys *keys)
{
    struct err err = {0};
    if (!keys_load(arena_text(ctl->arena, ctl->config->state_directory), false, keys, &err))
        ctl_note(ctl, "the keys of the desk cannot be read: tokens are not recognised (%s)", err.text);
    if (keys->count == 0) {
        keys->keys[0].epoch = 1;
        keys->count = 1;
    }
}

static bool walk(struct ctl *ctl, const struct intake *intake, struct line *line, struct err *err)
{
    size_t probes = 0;
    struct scan *scan = NULL;
    const struct scan_probe *list = rules_probes(intake->config->rules, &probes);
    if (!scan_open(&scan, list, probes, false, err))
        return false;
    scan_run(scan, ctl->arena, &line->message, &line->hits);
    scan_close(&scan);
    return intake_judge(intake, line, err) && intake_preview(intake, line, err);
}

static json_t *explain_here(struct ctl *ctl, struct str octets, int *code)
{
    struct err err = {0};
    struct token_keys keys = {0};
    if (ctl_config(ctl, code) == NULL || ctl_store(ctl, code) == NULL)
        return NULL;
    ctl_note(ctl, "triaged is not running; reading the store as it was left");
    const struct desk *desk = &ctl->config->desk;
    const struct message_context context = {
        .own_addresses = desk->addresses, .own_address_count = desk->address_count, .loop_id = desk->loop_id, .received = ctl->world->now,
        .authservs = desk->authservs, .authserv_count = desk->authserv_count, .verifies = ctl->config->dkim_verify};
    struct line *line = arena_alloc(ctl->arena, sizeof *line);
    line->arena = ctl->arena;
    line->understood = true;
    line->raw = (struct raw){.mailbox = mailbox_of(ctl), .octets = octets, .size = octets.n, .internal_date = ctl->world->now, .received = ctl->world->now};
    hash_sha256(octets, line->raw.sha256);
    load_keys(ctl, &keys);
    message_prepare();
    message_read(ctl->arena, octets, &context, &line->message);
    const struct intake intake = {.store = ctl->store, .config = ctl->config, .keys = &keys, .now = ctl->world->now};
    json_t *told = NULL;
    if (walk(ctl, &intake, line, &err))
        told = explain_line(&intake, line);
    else
        *code = ctl_refuse(ctl, err.kind == ERR_RETRY ? EX_TEMPFAIL : EX_DATAERR, "NotJudged", NULL, "%s", err.text);
    return told;
}

static json_t *explain_there(struct ctl *ctl, struct str octets, int *code)
{
    struct buf coded = {0};
    base64_encode(&coded, octets);
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "octets_base64", json_str(buf_view(&coded)));
    if (ctl_has(ctl, OPT_MAILBOX))
        json_put(parameters, "mailbox", json_str(mailbox_of(ctl)));
    buf_free(&coded);
    *code = ctl_ask(ctl, "Explain", parameters, &answer);
    return answer;
}

/* ---- showing ---------------------------------------------------------------------------------------------------------------------- */

static void show_sender(struct ctl *ctl, const json_t *told)
{
    const json_t *sender = json_object_get(told, "sender"), *placement = json_object_get(told, "placement"), *message = json_object_get(told, "message");
    ctl_printf(ctl, "%s\n", ctl_member(ctl, message, "subject"));
    ctl_printf(ctl, "  kind       %s", ctl_member(ctl, message, "kind"));
    if (json_is_string(json_object_get(message, "kind_evidence")))
        ctl_printf(ctl, " (%s)", ctl_member(ctl, message, "kind_evidence"));
    ctl_printf(ctl, "\n  sender     %s, %s", ctl_member(ctl, sender, "address"), json_get_bool(sender, "proven") ? "proven" : "not proven");
    if (json_is_string(json_object_get(sender, "agent")))
        ctl_printf(ctl, ", by address agent %s", ctl_member(ctl, sender, "agent"));
    ctl_printf(ctl, "\n             %s\n", ctl_member(ctl, sender, "proof"));
    ctl_printf(ctl, "  placed     %s", ctl_member(ctl, placement, "placed"));
    if (json_is_integer(json_object_get(placement, "ticket")))
        ctl_printf(ctl, ", ticket %s", ctl_member(ctl, placement, "ticket"));
    ctl_printf(ctl, "\n             %s\n", ctl_member(ctl, placement, "why"));
}

static void show_rules(struct ctl *ctl, const json_t *told)
{
    const json_t *rules = json_object_get(told, "rules"), *failed = json_object_get(told, "failed");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        bool applied = json_get_bool(rule, "applied");
        if (!applied && !ctl_has(ctl, OPT_VERBOSE))
            continue;
        ctl_printf(ctl, "  rule       %s (%s:%s) %s\n             %s\n", ctl_member(ctl, rule, "rule"), ctl_member(ctl, rule, "file"), ctl_member(ctl, rule, "line"),
                   applied ? "applies" : json_get_bool(rule, "reached") ? "does not apply" : "is not reached", ctl_member(ctl, rule, "why"));
    }
    for (size_t i = 0; i < json_array_size(failed); i++)
        ctl_printf(ctl, "  %s %s\n", ctl_paint(ctl, COLOUR_RED, "failed    "), ctl_safe(ctl, str_of(json_string_value(json_array_get(failed, i)))));
}

static void show_values(struct ctl *ctl, const json_t *told)
{
    const json_t *values = json_object_get(told, "values");
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *v = json_array_get(values, i);
        const char *because = json_is_string(json_object_get(v, "rule"))
                                  ? arena_text(ctl->arena, arena_printf(ctl->arena, "rule %s (%s:%s)", ctl_member(ctl, v, "rule"), ctl_member(ctl, v, "file"), ctl_member(ctl, v, "line")))
                                  : ctl_member(ctl, v, "because");
        const char *head = arena_text(ctl->arena, arena_printf(ctl->arena, "%s = %s", ctl_member(ctl, v, "field"), ctl_member(ctl, v, "value")));
        ctl_printf(ctl, "  %-10s %-28s %s\n", i == 0 ? "values" : "", head, because);
    }
}

static void show_answer(struct ctl *ctl, const json_t *told)
{
    const json_t *verdict = json_object_get(told, "verdict"), *answer = json_object_get(told, "answer"), *letter = json_object_get(answer, "letter");
    if (json_get_bool(verdict, "hold") || json_get_bool(verdict, "ignore"))
        ctl_printf(ctl, "  set aside  %s: %s\n", json_get_bool(verdict, "hold") ? "held" : "ignored", ctl_member(ctl, verdict, "set_aside_why"));
    ctl_printf(ctl, "  answer     %s: %s\n", json_get_bool(answer, "answer") ? "yes" : "none", ctl_member(ctl, answer, "why"));
    if (!json_is_object(letter))
        return;
    ctl_printf(ctl, "\nthe letter that would leave (numbers are made up):\n\n");
    ctl_text(ctl, "    ", json_get_str(letter, "octets"));
}

int run_explain(struct ctl *ctl)
{
    struct str octets;
    int code = 0;
    if (!mail_read(ctl, ctl->args[0], &octets, &code))
        return code;
    octets = mail_as_sent(ctl, octets);
    if (octets.n == 0 || octets.n > EXPLAIN_MAX)
        return ctl_refuse(ctl, EX_DATAERR, "BadMail", NULL, octets.n == 0 ? "the mail is empty" : "the mail has more than %u octets", EXPLAIN_MAX);
    json_t *told = ctl_daemon_is_up(ctl) ? explain_there(ctl, octets, &code) : explain_here(ctl, octets, &code);
    if (told == NULL)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, told, NULL);
    show_sender(ctl, told);
    show_rules(ctl, told);
    show_values(ctl, told);
    show_answer(ctl, told);
    json_decref(told);
    return 0;
}
