/* complete: what a shell may offer next, by the table, and for numbers and names by asking the desk. The shells' own part is a dozen lines each; they are kept
 * here and installed as files. */
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "desk/command.h"

#include <string.h>
#include <sysexits.h>

#define PATIENCE INT64_C(300) /* ms for an answer: a TAB does not wait longer */

struct half {
    struct ctl *ctl;
    const char *word; /* what is there of the last word */
    struct buf *out;
};

static void offer(struct half *h, const char *word, const char *help)
{
    if (!str_starts(str_of(word), str_of(h->word)))
        return;
    buf_text(h->out, word);
    if (help[0] != '\0')
        buf_printf(h->out, "\t%s", help);
    buf_char(h->out, '\n');
}

static void offer_all(struct half *h, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        offer(h, words[i], "");
}

static void offer_live(struct half *h, const char *kind)
{
    json_t *answer = NULL;
    if (ctl_ask_within(h->ctl, "Complete", json_pack("{s:s}", "kind", kind), PATIENCE, true, &answer) != 0)
        return;
    const json_t *words = json_object_get(answer, "words");
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *help = ctl_member(h->ctl, json_array_get(words, i), "help");
        offer(h, ctl_member(h->ctl, json_array_get(words, i), "word"), strcmp(help, "-") == 0 ? "" : help);
    }
    json_decref(answer);
}

/* The fields the ticket ever had values of. */
static void offer_fields(struct half *h, const char *ticket)
{
    int64_t id = 0;
    json_t *answer = NULL;
    if (!ctl_number(ticket, '\0', &id) || ctl_ask_within(h->ctl, "Why", json_pack("{s:I}", "ticket", (json_int_t)id), PATIENCE, true, &answer) != 0)
        return;
    const json_t *values = json_object_get(answer, "values");
    for (size_t i = 0; i < json_array_size(values); i++) {
        struct str field = json_get_str(json_array_get(values, i), "field");
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen = seen || str_eq(field, json_get_str(json_array_get(values, k), "field"));
        if (str_starts(field, STR("field.")))
            field = str_sub(field, 6, field.n);
        if (!seen)
            offer(h, ctl_safe(h->ctl, field), ctl_member(h->ctl, json_array_get(values, i), "value"));
    }
    json_decref(answer);
}

static void offer_settings(struct half *h)
{
    size_t count = 0;
    const struct config_setting *list = config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        bool has_key = list[i].key != NULL && list[i].key[0] != '\0';
        offer(h, has_key ? arena_text(h->ctl->arena, arena_printf(h->ctl->arena, "%s.%s", list[i].section, list[i].key)) : list[i].section, has_key ? list[i].type : "");
    }
}

static void offer_verbs(struct half *h)
{
    size_t count = 0;
    const struct command_help *list = command_table(&count);
    for (size_t i = 0; i < count; i++)
        if (list[i].class != CLASS_QUESTION) /* those are commands of triagectl's own */
            offer(h, list[i].name, list[i].help);
}

static const char *const severities[] = {"A", "B", "C", "D", NULL};

/* What the first argument of a verb may be, where the desk or a list knows it. */
static void offer_verb_argument(struct half *h, enum command_verb verb)
{
    static const char *const kinds[] = {"incident", "request", "problem", NULL};
    static const char *const spans[] = {"2h", "1d", "3d", "1w", NULL};
    static const struct {
        const char *live;
        const char *const *words;
    } arguments[COMMAND_VERBS] = {
        [COMMAND_ASSIGN] = {"agent", NULL}, [COMMAND_QUEUE] = {"queue", NULL},       [COMMAND_LINK] = {"ticket", NULL},  [COMMAND_MERGE] = {"ticket", NULL},
        [COMMAND_KIND] = {NULL, kinds},     [COMMAND_SEVERITY] = {NULL, severities}, [COMMAND_SNOOZE] = {NULL, spans}, [COMMAND_PENDING] = {NULL, spans},
    };
    if (verb < COMMAND_VERBS && arguments[verb].live != NULL)
        offer_live(h, arguments[verb].live);
    else if (verb < COMMAND_VERBS && arguments[verb].words != NULL)
        offer_all(h, arguments[verb].words);
}

/* Behind the tickets of `do`: verbs, then what the verb takes. */
static void offer_do(struct half *h, const char *const *args, size_t count)
{
    size_t tickets = 0;
    int64_t id = 0;
    while (tickets < count && ctl_number(args[tickets], '\0', &id))
        tickets++;
    if (tickets == count) {
        offer_verbs(h);
        offer_live(h, "ticket");
    } else if (tickets + 1 == count) {
        offer_verb_argument(h, command_verb_of(str_of(args[tickets])));
    }
}

/* Names of commands: nouns and bare verbs, or the verbs of a noun. */
static void offer_commands(struct half *h, const char *noun)
{
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++) {
        const struct ctl_command *c = &commands[i];
        if (c->group == NULL)
            continue;
        if (noun != NULL ? strcmp(c->noun, noun) == 0 : c->noun[0] == '\0')
            offer(h, c->verb, c->help);
        else if (noun == NULL && (i == 0 || strcmp(commands[i - 1].noun, c->noun) != 0))
            offer(h, c->noun, "");
    }
}

static void offer_options(struct half *h, const struct ctl_command *command)
{
    for (int key = 0; key < OPTIONS; key++) {
        const struct ctl_option *o = ctl_option((enum ctl_option_key)key);
        if (command == NULL ? key < OPT_COMMON : ctl_takes(command, (enum ctl_option_key)key))
            offer(h, arena_text(h->ctl->arena, arena_printf(h->ctl->arena, "--%s", o->name)), o->help);
    }
}

/* ---- values of options ------------------------------------------------------------------------------------------------------------------ */

static const char *const colours[] = {"auto", "always", "never", NULL};
static const char *const times[] = {"rel", "iso", "unix", NULL};
static const char *const ticket_states[] = {"new", "open", "pending", "closed", "any", NULL};
static const char *const letter_states[] = {"queued", "deferred", "unknown", "held", "sent", "failed", "dropped", "any", NULL};

static void offer_values(struct half *h, enum ctl_option_key key, const struct ctl_command *command)
{
    switch (key) {
    case OPT_COLOR:
        offer_all(h, colours);
        break;
    case OPT_TIME:
        offer_all(h, times);
        break;
    case OPT_SEVERITY:
        offer_all(h, severities);
        break;
    case OPT_STATE:
        offer_all(h, command != NULL && strcmp(command->noun, "outbox") == 0 ? letter_states : ticket_states);
        break;
    case OPT_QUEUE:
        offer_live(h, "queue");
        break;
    case OPT_OWNER:
    case OPT_AGENT:
        offer_live(h, "agent");
        break;
    case OPT_MAILBOX:
        offer_live(h, "mailbox");
        break;
    case OPT_CUSTOMER:
        offer_live(h, "customer");
        break;
    case OPT_TICKET:
        offer_live(h, "ticket");
        break;
    default:
        break;
    }
}

/* The option a word is, or OPTIONS. *value: what stands behind "=", or NULL. */
static enum ctl_option_key option_of(const char *word, const char **value)
{
    *value = NULL;
    for (int key = 0; word[0] == '-' && key < OPTIONS; key++) {
        const struct ctl_option *o = ctl_option((enum ctl_option_key)key);
        size_t n = strlen(o->name);
        if (o->letter != 0 && word[1] == o->letter && word[2] == '\0')
            return (enum ctl_option_key)key;
        if (word[1] == '-' && strncmp(word + 2, o->name, n) == 0 && (word[2 + n] == '\0' || word[2 + n] == '=')) {
            *value = word[2 + n] == '=' ? word + 3 + n : NULL;
            return (enum ctl_option_key)key;
        }
    }
    return OPTIONS;
}

static bool wants_value(enum ctl_option_key key, const char *value)
{
    return key < OPTIONS && ctl_option(key)->argument != NULL && !ctl_option(key)->optional && value == NULL;
}

/* ---- the line -------------------------------------------------------------------------------------------------------------------------------- */

static void offer_argument(struct half *h, const struct ctl_command *c, const char *const *args, size_t count)
{
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    static const char *const backlogs[] = {"import", "answer", NULL};
static const char *const conditions[] = {"ready", "idle", "settled", NULL};
    static const char *const customer_settings[] = {"name", "plan", "cc", "note", "timezone", "contact", "domain", NULL};
    static const char *const topics[] = {"options", "environment", "exit-codes", NULL};
    size_t place = count < CTL_ARGUMENTS ? count : CTL_ARGUMENTS - 1;
    if (c->most != CTL_MANY && count >= c->most)
        return;
    while (place > 0 && c->completes[place] == ARG_NONE)
        place--;
    switch (c->completes[0] == ARG_TICKET && c->completes[1] == ARG_DO && count > 0 ? ARG_DO : c->completes[place]) {
    case ARG_TICKET:
        offer_live(h, "ticket");
        break;
    case ARG_DO:
        offer_do(h, args, count);
        break;
    case ARG_FIELD:
        offer_fields(h, args[0]);
        break;
    case ARG_MAILBOX:
        offer_live(h, "mailbox");
        break;
    case ARG_CUSTOMER:
        offer_live(h, "customer");
        break;
    case ARG_CUSTOMER_SETTING:
        offer_all(h, customer_settings);
        break;
    case ARG_LETTER:
        offer_live(h, "letter");
        break;
    case ARG_QUARANTINE:
        offer_live(h, "quarantine");
        break;
    case ARG_SUPPRESSED:
        offer_live(h, "suppressed");
        break;
    case ARG_SETTING:
        offer_settings(h);
        break;
    case ARG_SHELL:
        offer_all(h, shells);
        break;
    case ARG_BACKLOG:
        offer_all(h, backlogs);
        break;
    case ARG_CONDITION:
        offer_all(h, conditions);
        break;
    case ARG_TOPIC:
        offer_all(h, topics);
        offer_commands(h, NULL);
        break;
    default:
        break;
    }
}

static bool is_noun(const char *word)
{
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++)
        if (commands[i].noun[0] != '\0' && strcmp(commands[i].noun, word) == 0)
            return true;
    return false;
}

void complete_words(struct ctl *ctl, const char *const *words, size_t count, struct buf *out)
{
    struct half h = {ctl, count > 0 ? words[count - 1] : "", out};
    const char **plain = arena_array(ctl->arena, count, sizeof *plain);
    size_t n = 0, used = 0;
    enum ctl_option_key open = OPTIONS; /* an option that still wants its value */
    const char *value = NULL;
    for (size_t i = 0; i + 1 < count; i++) {
        enum ctl_option_key key = open < OPTIONS ? open : option_of(words[i], &value);
        if (open < OPTIONS)
            value = words[i];
        if ((key == OPT_CONFIG || key == OPT_SOCKET) && value != NULL) {
            ctl->value[key] = value;
            ctl->count[key] = 1;
        }
        if (key == OPTIONS && words[i][0] != '-')
            plain[n++] = words[i];
        open = open == OPTIONS && wants_value(key, value) ? key : OPTIONS;
    }
    const struct ctl_command *command = ctl_find(plain, n, &used);
    enum ctl_option_key key = option_of(h.word, &value);
    if (open < OPTIONS) {
        offer_values(&h, open, command);
    } else if (key < OPTIONS && value != NULL) {
        h.word = value;
        offer_values(&h, key, command);
    } else if (h.word[0] == '-') {
        offer_options(&h, command);
    } else if (command != NULL) {
        offer_argument(&h, command, plain + used, n - used);
    } else if (n == 0 || (n == 1 && is_noun(plain[0]))) {
        offer_commands(&h, n == 0 ? NULL : plain[0]);
    }
}

int run_complete(struct ctl *ctl)
{
    complete_words(ctl, ctl->args, ctl->arg_count, &ctl->out);
    ctl->err.n = 0;
    return 0;
}

/* ---- the shells' part --------------------------------------------------------------------------------------------------------------------------- */

static const char bash_script[] = "# bash completion of triagectl: the program itself knows what may come next.\n"
                                  "_triagectl() {\n"
                                  "    local line\n"
                                  "    COMPREPLY=()\n"
                                  "    while IFS= read -r line; do\n"
                                  "        COMPREPLY+=(\"${line%%$'\\t'*}\")\n"
                                  "    done < <(\"$1\" __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
                                  "}\n"
                                  "complete -o default -F _triagectl triagectl\n";

static const char zsh_script[] = "#compdef triagectl\n"
                                 "# zsh completion of triagectl: the program itself knows what may come next.\n"
                                 "local -a offered\n"
                                 "local line\n"
                                 "while IFS= read -r line; do\n"
                                 "    offered+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
                                 "done < <(\"${words[1]}\" __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
                                 "if (( ${#offered} )); then\n"
                                 "    _describe triagectl offered\n"
                                 "else\n"
                                 "    _files\n"
                                 "fi\n";

static const char fish_script[] = "# fish completion of triagectl: the program itself knows what may come next.\n"
                                  "function __triagectl_complete\n"
                                  "    set -l words (commandline -opc) (commandline -ct)\n"
                                  "    $words[1] __complete $words[2..-1] 2>/dev/null\n"
                                  "end\n"
                                  "complete -c triagectl -a '(__triagectl_complete)'\n";

int run_completion(struct ctl *ctl)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (strcmp(scripts[i].shell, ctl->args[0]) == 0) {
            buf_text(&ctl->out, scripts[i].script);
            return 0;
        }
    return ctl_refuse(ctl, EX_USAGE, "Usage", "bash, zsh or fish", "no completion for \"%s\"", ctl->args[0]);
}
