/* files: what needs no daemon: the configuration and the rules as the files have them, and a mail as it is understood. And handing mails in. */
#include "base/base64.h"
#include "base/clock.h"
#include "base/hash.h"
#include "core/explain.h"
#include "mail/thread.h"
#include "core/query.h"
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/mail_files.h"
#include "ctl/print.h"
#include "desk/authority.h"

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- loading ------------------------------------------------------------------------------------------------------------------------- */

/* Loads the files and prints every diagnosis; the totals go to d. */
static bool load(struct ctl *ctl, const char *path, struct diagnoses *d, int *code)
{
    struct ctl_paths paths;
    d->arena = ctl->arena;
    if (path == NULL && !ctl_paths(ctl, &paths)) {
        *code = EX_NOINPUT;
        return false;
    }
    const char *file = path != NULL ? path : paths.config;
    if (access(file, R_OK) != 0) {
        *code = ctl_refuse(ctl, EX_NOINPUT, "NoConfiguration", "name it by -c FILE", "%s cannot be read", file);
        return false;
    }
    bool ok = config_load(file, &ctl->config, d);
    if (!ctl_wants_json(ctl))
        diagnoses_print(d, &ctl->err);
    *code = ok ? 0 : EX_CONFIG;
    return ok;
}

static size_t warnings_of(const struct diagnoses *d)
{
    return d->count + d->dropped - d->errors;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* What is wrong, as JSON. */
static json_t *diagnoses_json(const struct diagnoses *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->count; i++) {
        const struct diagnosis *one = &d->list[i];
        json_t *o = json_object();
        json_put(o, "severity", json_string(one->warning ? "warning" : "error"));
        json_put(o, "file", json_str_or_null(str_of(one->at.file)));
        json_put(o, "line", json_id(one->at.line));
        json_put(o, "column", json_id(one->at.column));
        json_put(o, "message", json_str(one->message));
        json_put(o, "hint", json_str_or_null(one->hint));
        json_add(list, o);
    }
    return list;
}

static int tell_check(struct ctl *ctl, const struct diagnoses *d, bool ok, int code)
{
    if (ctl_wants_json(ctl)) {
        json_t *document = json_rows("diagnoses", diagnoses_json(d), (int64_t)(d->count + d->dropped));
        json_put(document, "good", json_boolean(ok));
        int wrong = ctl_document(ctl, document, NULL);
        return wrong != 0 ? wrong : code;
    }
    if (!ok)
        ctl_note(ctl, "%zu error%s, %zu warning%s", d->errors, plural(d->errors), warnings_of(d), plural(warnings_of(d)));
    else if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "good: %zu mailbox%s, %zu rule%s, %zu rule test%s passed\n", ctl->config->mailbox_count, ctl->config->mailbox_count == 1 ? "" : "es",
                   rules_count(ctl->config->rules), plural(rules_count(ctl->config->rules)), ctl->config->rule_tests, plural(ctl->config->rule_tests));
    return code;
}

int run_config_check(struct ctl *ctl)
{
    struct diagnoses d = {0};
    int code = 0;
    bool ok = load(ctl, ctl->arg_count > 0 ? ctl->args[0] : NULL, &d, &code);
    return code == EX_NOINPUT ? code : tell_check(ctl, &d, ok, code);
}

/* ---- rules --------------------------------------------------------------------------------------------------------------------------------- */

int run_rules_check(struct ctl *ctl)
{
    return run_config_check(ctl);
}

/* Nothing is wrong but expectations of tests? */
static bool only_tests_failed(const struct diagnoses *d)
{
    size_t failed = 0;
    for (size_t i = 0; i < d->count; i++)
        if (!d->list[i].warning) {
            if (!str_starts(d->list[i].message, STR("test failed")))
                return false;
            failed++;
        }
    return failed > 0;
}

int run_rules_test(struct ctl *ctl)
{
    struct diagnoses d = {0};
    int code = 0;
    bool ok = load(ctl, NULL, &d, &code);
    if (code == EX_NOINPUT)
        return code;
    return tell_check(ctl, &d, ok, ok ? 0 : only_tests_failed(&d) ? 1 : EX_CONFIG);
}

/* The mail as far as the rules need it, without a store: its sender unproven by tokens, a new ticket. */
struct judged {
    struct raw raw;
    struct message message;
    struct sender sender;
    struct placement placement;
    struct scan_hits hits;
};

static void read_mail(struct ctl *ctl, struct str octets, const struct desk *desk, struct judged *j)
{
    message_prepare();
    struct message_context context = {.received = ctl->world->now, .verifies = true};
    if (desk != NULL) {
        context.authservs = desk->authservs;
        context.authserv_count = desk->authserv_count;
        context.own_addresses = desk->addresses;
        context.own_address_count = desk->address_count;
        context.loop_id = desk->loop_id;
    }
    *j = (struct judged){.raw = {.octets = octets, .size = octets.n, .received = ctl->world->now, .internal_date = ctl->world->now, .mailbox = STR("ingest")}};
    hash_sha256(octets, j->raw.sha256);
    message_read(ctl->arena, octets, &context, &j->message);
}

/* Each rule as judged for the mail in `path`. NULL: said why. */
static struct rule_finding *judge(struct ctl *ctl, const char *path, size_t *count, int *code)
{
    struct str octets;
    struct err err = {0};
    struct scan *scan = NULL;
    struct rule_finding *findings = NULL;
    struct judged *j = arena_alloc(ctl->arena, sizeof *j);
    if (ctl_config(ctl, code) == NULL || !mail_read(ctl, path, &octets, code))
        return NULL;
    const struct config *config = ctl->config;
    read_mail(ctl, octets, &config->desk, j);
    authority_sender(ctl->arena, &config->desk, &j->message, NULL, 0, &j->sender);
    j->placement = (struct placement){.placed = PLACED_NEW, .evidence = STR("none"), .why = STR("tried without a store")};
    size_t probes = 0;
    const struct scan_probe *list = rules_probes(config->rules, &probes);
    if (!scan_open(&scan, list, probes, false, &err)) {
        *code = ctl_refuse(ctl, EX_CONFIG, "Rules", NULL, "%s", err.text);
        return NULL;
    }
    scan_run(scan, ctl->arena, &j->message, &j->hits);
    scan_close(&scan);
    const struct rules_facts facts = {&j->raw, &j->message, &j->sender, &j->placement, {NULL, 0}, {NULL, 0}};
    rules_explain(config->rules, ctl->arena, &config->desk, &facts, &j->hits, &findings, count);
    return findings != NULL ? findings : arena_alloc(ctl->arena, sizeof *findings);
}

static json_t *finding_json(const struct rule_finding *f)
{
    json_t *one = json_object();
    json_put(one, "rule", json_str(f->name));
    json_put(one, "file", json_str_or_null(f->file));
    json_put(one, "line", json_id(f->line));
    json_put(one, "applied", json_boolean(f->applied));
    json_put(one, "reached", json_boolean(f->reached));
    json_put(one, "why", json_str_or_null(f->why));
    return one;
}

static void show_finding(struct ctl *ctl, const struct rule_finding *f)
{
    ctl_printf(ctl, "%-12s %s (%s:%u)\n", f->applied ? "applies" : f->reached ? "does not" : "not reached", ctl_safe(ctl, f->name), ctl_safe(ctl, f->file), f->line);
    if (f->why.n > 0)
        ctl_printf(ctl, "             %s\n", ctl_safe(ctl, f->why));
}

int run_rules_explain(struct ctl *ctl)
{
    size_t count = 0;
    int code = 0;
    const struct rule_finding *findings = judge(ctl, ctl->args[0], &count, &code);
    if (findings == NULL)
        return code;
    if (ctl_wants_json(ctl)) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
            json_add(list, finding_json(&findings[i]));
        return ctl_document(ctl, json_rows("rules", list, (int64_t)count), "rules");
    }
    for (size_t i = 0; i < count; i++)
        show_finding(ctl, &findings[i]);
    if (count == 0)
        ctl_note(ctl, "there are no rules");
    return 0;
}

int run_rules_why_not(struct ctl *ctl)
{
    size_t count = 0, nearest = 0, least = SIZE_MAX;
    int code = 0;
    struct str name = str_of(ctl->args[0]);
    const struct rule_finding *findings = judge(ctl, ctl->args[1], &count, &code);
    if (findings == NULL)
        return code;
    for (size_t i = 0; i < count; i++) {
        size_t far = str_distance(findings[i].name, name);
        if (far < least) {
            least = far;
            nearest = i;
        }
    }
    if (least != 0 || count == 0) {
        const char *hint = count > 0 && least < 4 ? arena_text(ctl->arena, arena_printf(ctl->arena, "did you mean \"%.*s\"?", STR_ARG(findings[nearest].name))) : NULL;
        return ctl_refuse(ctl, EX_NOINPUT, "NoSuchRule", hint, "there is no rule \"%s\"", ctl->args[0]);
    }
    if (ctl_wants_json(ctl))
        code = ctl_document(ctl, json_pack("{s:o}", "rule", finding_json(&findings[nearest])), "rule");
    else
        show_finding(ctl, &findings[nearest]);
    return code != 0 ? code : findings[nearest].applied ? 1 : 0;
}

/* ---- config ---------------------------------------------------------------------------------------------------------------------------------- */

static int show_config(struct ctl *ctl, struct str text, const char *hash)
{
    if (ctl_wants_json(ctl)) {
        json_t *document = json_object();
        json_put(document, "text", json_str(text));
        json_put(document, "hash", json_string(hash));
        return ctl_document(ctl, document, NULL);
    }
    ctl_text(ctl, "", text);
    return 0;
}

int run_config_print(struct ctl *ctl)
{
    struct diagnoses d = {0};
    int code = 0;
    if (!load(ctl, NULL, &d, &code))
        return code;
    struct buf text = {0};
    config_print(ctl->config, ctl_has(ctl, OPT_ALL), ctl_has(ctl, OPT_ORIGIN), &text);
    code = show_config(ctl, buf_view(&text), ctl->config->hash);
    buf_free(&text);
    return code;
}

int run_config_show(struct ctl *ctl)
{
    if (ctl_has(ctl, OPT_FILES))
        return run_config_print(ctl);
    json_t *answer = NULL;
    int code = ctl_ask(ctl, "ConfigShow", json_pack("{s:b,s:b}", "all", ctl_has(ctl, OPT_ALL), "origin", ctl_has(ctl, OPT_ORIGIN)), &answer);
    if (code != 0)
        return code;
    code = show_config(ctl, json_get_str(answer, "text"), ctl_member(ctl, answer, "hash"));
    json_decref(answer);
    return code;
}

int run_config_path(struct ctl *ctl)
{
    struct diagnoses d = {0};
    int code = 0;
    load(ctl, NULL, &d, &code);
    if (ctl->config == NULL)
        return code;
    const struct config *config = ctl->config;
    json_t *files = json_array();
    for (size_t i = 0; i < config->file_count; i++)
        json_add(files, json_pack("{s:o,s:b,s:o}", "path", json_str(config->files[i].path), "read", config->files[i].read, "why", json_str_or_null(config->files[i].why)));
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, json_rows("files", files, (int64_t)config->file_count), "files");
    for (size_t i = 0; i < config->file_count; i++) {
        const struct config_file *f = &config->files[i];
        if (f->read)
            ctl_printf(ctl, "%s\n", ctl_safe(ctl, f->path));
        else if (!ctl_has(ctl, OPT_QUIET))
            ctl_printf(ctl, "not read: %s (%s)\n", ctl_safe(ctl, f->path), ctl_safe(ctl, f->why));
    }
    json_decref(files);
    return 0;
}

/* ---- config explain ----------------------------------------------------------------------------------------------------------------------------- */

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* "mailbox.after", "mailbox" (the section and all its keys) or "after". */
static bool is_asked(const struct config_setting *s, struct str asked)
{
    struct str section = str_of(s->section), key = str_of(or_empty(s->key));
    if (asked.n == 0 || str_eq(asked, section) || (key.n > 0 && str_eq(asked, key)))
        return true;
    return asked.n == section.n + 1 + key.n && str_starts(asked, section) && asked.p[section.n] == '.' && str_eq(str_sub(asked, section.n + 1, key.n), key);
}

static const char *setting_name(struct ctl *ctl, const struct config_setting *s)
{
    return or_empty(s->key)[0] != '\0' ? arena_text(ctl->arena, arena_printf(ctl->arena, "%s.%s", s->section, s->key)) : s->section;
}

static json_t *setting_json(const struct config_setting *s)
{
    json_t *one = json_object();
    json_put(one, "section", json_str(str_of(s->section)));
    json_put(one, "key", json_str_or_null(str_of(or_empty(s->key))));
    json_put(one, "type", json_str_or_null(str_of(or_empty(s->type))));
    json_put(one, "default", json_str_or_null(str_of(or_empty(s->standard))));
    json_put(one, "help", json_str_or_null(str_of(or_empty(s->help))));
    json_put(one, "example", json_str_or_null(str_of(or_empty(s->example))));
    return one;
}

/* Words of a text in lines that fit. */
static void fold(struct ctl *ctl, const char *indent, const char *text)
{
    struct str rest = str_of(text), word;
    size_t width = ctl->world->width > 0 && ctl->world->width < 100 ? ctl->world->width : 80, column = 0;
    while (str_cut(&rest, ' ', &word)) {
        if (column > 0 && column + 1 + word.n > width) {
            ctl_printf(ctl, "\n");
            column = 0;
        }
        ctl_printf(ctl, "%s%.*s", column == 0 ? indent : " ", STR_ARG(word));
        column += word.n + (column == 0 ? strlen(indent) : 1);
    }
    ctl_printf(ctl, "\n");
}

static void show_setting(struct ctl *ctl, const struct config_setting *s)
{
    ctl_printf(ctl, "%s\n", setting_name(ctl, s));
    fold(ctl, "  ", or_empty(s->help));
    if (or_empty(s->type)[0] != '\0')
        ctl_printf(ctl, "  type      %s\n", s->type);
    if (or_empty(s->standard)[0] != '\0')
        ctl_printf(ctl, "  default   %s\n", s->standard);
    if (or_empty(s->example)[0] != '\0')
        ctl_printf(ctl, "  example   %s\n", s->example);
}

static int no_such_setting(struct ctl *ctl, const struct config_setting *list, size_t count, struct str asked)
{
    const char *hint = "`triagectl config explain` lists all settings";
    size_t least = 4;
    for (size_t i = 0; i < count; i++) {
        const char *name = setting_name(ctl, &list[i]);
        size_t far = str_distance(str_of(name), asked), short_far = str_distance(str_of(or_empty(list[i].key)), asked);
        if (short_far < far && or_empty(list[i].key)[0] != '\0')
            far = short_far;
        if (far < least) {
            least = far;
            hint = arena_text(ctl->arena, arena_printf(ctl->arena, "did you mean \"%s\"?", name));
        }
    }
    return ctl_refuse(ctl, EX_NOINPUT, "NoSuchSetting", hint, "there is no setting \"%.*s\"", STR_ARG(asked));
}

int run_config_explain(struct ctl *ctl)
{
    size_t count = 0, found = 0;
    const struct config_setting *list = config_settings(&count);
    struct str asked = ctl->arg_count > 0 ? str_of(ctl->args[0]) : STR("");
    json_t *settings = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!is_asked(&list[i], asked))
            continue;
        json_add(settings, setting_json(&list[i]));
        if (ctl_wants_json(ctl))
            continue;
        if (asked.n == 0)
            ctl_printf(ctl, "%-28s %s\n", setting_name(ctl, &list[i]), or_empty(list[i].type));
        else {
            ctl_printf(ctl, "%s", found++ > 0 ? "\n" : "");
            show_setting(ctl, &list[i]);
        }
    }
    size_t total = json_array_size(settings);
    if (total > 0 && ctl_wants_json(ctl))
        return ctl_document(ctl, json_rows("settings", settings, (int64_t)total), "settings");
    json_decref(settings);
    return total > 0 ? 0 : no_such_setting(ctl, list, count, asked);
}

int run_reload(struct ctl *ctl)
{
    json_t *answer = NULL;
    int code = ctl_ask(ctl, "Reload", json_object(), &answer);
    if (code != 0)
        return code;
    bool reloaded = json_get_bool(answer, "reloaded");
    if (ctl_wants_json(ctl)) {
        code = ctl_document(ctl, answer, NULL);
        return code != 0 ? code : reloaded ? 0 : EX_CONFIG;
    }
    struct str told = str_trim(json_get_str(answer, "told"));
    if (told.n > 0)
        ctl_note(ctl, "%.*s", STR_ARG(told));
    if (!reloaded)
        ctl_note(ctl, "Nothing was loaded; the configuration as it was stays in force.");
    else if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "reloaded\n");
    json_decref(answer);
    return reloaded ? 0 : EX_CONFIG;
}

/* ---- parse --------------------------------------------------------------------------------------------------------------------------------------- */

static void show_list(struct ctl *ctl, const json_t *m, const char *label, const char *member)
{
    const json_t *list = json_object_get(m, member);
    for (size_t i = 0; i < json_array_size(list); i++)
        ctl_printf(ctl, "  %-11s %s\n", i == 0 ? label : "", ctl_safe(ctl, str_of(json_string_value(json_array_get(list, i)))));
}

static void show_one(struct ctl *ctl, const json_t *m, const char *label, const char *member)
{
    const char *text = ctl_member(ctl, m, member);
    if (strcmp(text, "-") != 0)
        ctl_printf(ctl, "  %-11s %s\n", label, text);
}

static void show_language(struct ctl *ctl, const json_t *m)
{
    int64_t confidence = json_get_int(m, "language_confidence");
    if (confidence == 0)
        show_one(ctl, m, "language", "language");
    else
        ctl_printf(ctl, "  %-11s %s (confidence %lld)\n", "language", ctl_member(ctl, m, "language"), (long long)confidence);
}

static void show_parsed(struct ctl *ctl, const json_t *m)
{
    ctl_printf(ctl, "%s\n", ctl_member(ctl, m, "subject"));
    show_list(ctl, m, "from", "from");
    show_one(ctl, m, "name", "from_name");
    show_list(ctl, m, "to", "to");
    show_list(ctl, m, "cc", "cc");
    show_list(ctl, m, "reply to", "reply_to");
    show_one(ctl, m, "id", "message_id");
    show_list(ctl, m, "in reply to", "in_reply_to");
    show_list(ctl, m, "references", "references");
    show_one(ctl, m, "date", "date");
    show_one(ctl, m, "kind", "kind");
    show_one(ctl, m, "evidence", "kind_evidence");
    if (!json_get_bool(m, "answerable"))
        show_one(ctl, m, "no answer", "unanswerable_why");
    show_one(ctl, m, "report", "bounce");
    show_language(ctl, m);
    show_list(ctl, m, "defects", "defects");
    const json_t *attachments = json_object_get(m, "attachments");
    for (size_t i = 0; i < json_array_size(attachments); i++) {
        const json_t *a = json_array_get(attachments, i);
        ctl_printf(ctl, "  %-11s %s, %s, %s\n", i == 0 ? "attachments" : "", ctl_member(ctl, a, "name"), ctl_member(ctl, a, "type"), ctl_size(ctl, json_get_int(a, "size")));
    }
    const json_t *forwarded = json_object_get(m, "forwarded");
    if (json_is_object(forwarded))
        ctl_printf(ctl, "  %-11s %s: %s\n", "passes on", ctl_member(ctl, forwarded, "from"), ctl_member(ctl, forwarded, "subject"));
    ctl_printf(ctl, "\n");
    ctl_text(ctl, "    ", str_trim(json_get_str(m, ctl_has(ctl, OPT_VERBOSE) ? "text" : "reply")));
}

/* {"groups":[[1,2],[3]]}: the files by their places on the command line, from 1. */
static json_t *groups_json(const size_t *groups, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        if (groups[i] != i)
            continue;
        json_t *one = json_array();
        for (size_t k = i; k < count; k++)
            if (groups[k] == i)
                json_add(one, json_integer((json_int_t)k + 1));
        json_add(all, one);
    }
    return all;
}

static int parse_threads(struct ctl *ctl)
{
    size_t count = ctl->arg_count;
    int code = 0;
    struct message *mails = arena_array(ctl->arena, count, sizeof *mails);
    size_t *groups = arena_array(ctl->arena, count, sizeof *groups);
    if (count > THREAD_MAILS_MAX)
        return ctl_refuse(ctl, EX_USAGE, "TooManyArguments", NULL, "more than %u files", THREAD_MAILS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct str octets;
        struct judged j = {0};
        if (!mail_read(ctl, ctl->args[i], &octets, &code))
            return code;
        read_mail(ctl, octets, NULL, &j);
        mails[i] = j.message;
    }
    thread_groups(ctl->arena, mails, count, groups);
    json_t *document = json_object(), *all = groups_json(groups, count);
    json_put(document, "groups", all);
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, document, NULL);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        for (size_t k = 0; k < json_array_size(one); k++)
            ctl_printf(ctl, "%s%s", k > 0 ? " " : "", ctl_safe(ctl, str_of(ctl->args[json_integer_value(json_array_get(one, k)) - 1])));
        ctl_printf(ctl, "\n");
    }
    json_decref(document);
    return 0;
}

int run_parse(struct ctl *ctl)
{
    struct str octets;
    int code = 0;
    if (ctl_has(ctl, OPT_THREADS))
        return parse_threads(ctl);
    if (ctl->arg_count > 1)
        return ctl_refuse(ctl, EX_USAGE, "TooManyArguments", "triagectl parse --threads takes several", "parse takes one file");
    struct judged *j = arena_alloc(ctl->arena, sizeof *j);
    if (!mail_read(ctl, ctl->args[0], &octets, &code))
        return code;
    read_mail(ctl, octets, NULL, j);
    json_t *m = explain_message(ctl->arena, &j->message);
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, m, NULL);
    show_parsed(ctl, m);
    json_decref(m);
    return 0;
}

/* ---- ingest -------------------------------------------------------------------------------------------------------------------------------------------- */

#define INGEST_MAX ((QUERY_REQUEST_MAX - 65536) / 4 * 3) /* octets of one message, for it travels in one request */

struct ingested {
    json_t *list;
    size_t refused;
    int code; /* ends everything: 75 and the like; 0: go on */
};

static void ingest_one(struct ctl *ctl, struct str octets, struct ingested *in)
{
    if (octets.n == 0 || octets.n > INGEST_MAX) {
        ctl_refuse(ctl, EX_DATAERR, "BadMail", NULL, octets.n == 0 ? "the mail is empty" : "the mail has more than %u octets", INGEST_MAX);
        in->refused++;
        return;
    }
    struct buf coded = {0};
    base64_encode(&coded, mail_as_sent(ctl, octets));
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "octets_base64", json_str(buf_view(&coded)));
    buf_free(&coded);
    int code = ctl_ask(ctl, "Ingest", parameters, &answer);
    if (code == EX_DATAERR)
        in->refused++;
    else if (code != 0)
        in->code = code == EX_UNAVAILABLE || code == EX_IOERR || code == EX_SOFTWARE ? EX_TEMPFAIL : code;
    else
        json_array_append_new(in->list, answer);
}

static int ingest_maildir(struct ctl *ctl, const char *path, struct ingested *in)
{
    size_t count = 0;
    struct str *files = mail_files(ctl, path, &count);
    for (size_t i = 0; i < count && in->code == 0; i++) {
        struct str octets;
        int code = 0;
        if (!mail_read(ctl, files[i].p, &octets, &code))
            return code;
        ingest_one(ctl, octets, in);
    }
    return in->code;
}

static int ingest_file(struct ctl *ctl, const char *path, struct ingested *in)
{
    struct str octets, message;
    int code = 0;
    if (!mail_read(ctl, path, &octets, &code))
        return code;
    if (!mail_is_mbox(octets)) {
        ingest_one(ctl, octets, in);
        return in->code;
    }
    struct arena *arena = arena_new();
    while (in->code == 0 && mail_next_of_mbox(arena, &octets, &message)) {
        ingest_one(ctl, message, in);
        arena_clear(arena);
    }
    arena_free(&arena);
    return in->code;
}

static void tell_ingested(struct ctl *ctl, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        bool has_ticket = json_get_int(one, "ticket") != 0;
        if (ctl_has(ctl, OPT_QUIET) && has_ticket)
            ctl_printf(ctl, "%s\n", ctl_member(ctl, one, "ticket"));
        else if (!ctl_has(ctl, OPT_QUIET))
            ctl_printf(ctl, "%s%s%s: %s\n", ctl_member(ctl, one, "outcome"), has_ticket ? " ticket " : "", has_ticket ? ctl_member(ctl, one, "ticket") : "",
                       ctl_member(ctl, one, "reason"));
    }
}

int run_ingest(struct ctl *ctl)
{
    const char *path = ctl->arg_count > 0 ? ctl->args[0] : "-";
    struct ingested in = {.list = json_array()};
    int code = strcmp(path, "-") != 0 && mail_is_maildir(path) ? ingest_maildir(ctl, path, &in) : ingest_file(ctl, path, &in);
    size_t filed = json_array_size(in.list);
    if (code == 0 && in.refused > 0)
        code = EX_DATAERR;
    if (ctl_wants_json(ctl)) {
        int wrong = ctl_document(ctl, json_rows("messages", in.list, (int64_t)filed), "messages");
        return wrong != 0 ? wrong : code;
    }
    tell_ingested(ctl, in.list);
    if (filed + in.refused > 1)
        ctl_note(ctl, "%zu filed, %zu refused", filed, in.refused);
    json_decref(in.list);
    return code;
}
