/* help: everything the table can say about itself: the overview, one command, topics, versions, the table as JSON. A page is one screen: 24 lines of 80. */
#include "config.h"

#include "core/query_json.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "desk/command.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <openssl/crypto.h>
#include <pcre2.h>
#include <zstd.h>

#define HELP_COLUMNS 78u

static const char *name_of(const struct ctl_command *c, char out[64])
{
    snprintf(out, 64, "%s%s%s", c->noun, c->noun[0] != '\0' ? " " : "", c->verb);
    return out;
}

/* ---- overview ------------------------------------------------------------------------------------------------------------------------ */

/* One line a group: the verbs, those of a noun behind it. */
void help_overview(struct buf *out)
{
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    const char *group = NULL, *noun = "";
    buf_text(out, "Usage: triagectl [OPTIONS] COMMAND [ARGUMENT...]\n\n  triagectl status             is all well? Begin here\n"
                  "  triagectl list               open tickets, the most urgent first\n  triagectl why 1042 severity  where a value comes from\n");
    for (size_t i = 0; i < count && commands[i].group != NULL; i++) {
        const struct ctl_command *c = &commands[i];
        if (group == NULL || strcmp(group, c->group) != 0)
            buf_printf(out, "\n%-14s", (group = c->group));
        if (c->noun[0] != '\0' && strcmp(noun, c->noun) != 0)
            buf_printf(out, " %s", c->noun);
        noun = c->noun;
        buf_printf(out, " %s", c->verb);
    }
    buf_text(out, "\n\nHelp on each: triagectl help COMMAND. Topics: options environment exit-codes\nManual: man triagectl\n");
}

/* ---- one command ------------------------------------------------------------------------------------------------------------------------ */

static void help_option(const struct ctl_option *o, struct buf *out)
{
    char name[64], letter[8] = "    ";
    if (o->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(name, sizeof name, "%s--%s%s%s%s", letter, o->name, o->argument == NULL ? "" : o->optional ? "[=" : " ", o->argument != NULL ? o->argument : "",
             o->optional ? "]" : "");
    buf_printf(out, "  %-24s %s\n", name, o->help);
}

/* The verbs of `do`; those that only ask are commands of triagectl's own. */
static void help_verbs(struct buf *out)
{
    size_t count = 0, column = HELP_COLUMNS;
    const struct command_help *verbs = command_table(&count);
    buf_text(out, "\nVerbs:");
    for (size_t i = 0; i < count; i++) {
        size_t width = strlen(verbs[i].name) + 1;
        if (verbs[i].class == CLASS_QUESTION)
            continue;
        if (column + width > HELP_COLUMNS)
            buf_text(out, "\n ");
        column = column + width > HELP_COLUMNS ? 1 + width : column + width;
        buf_printf(out, " %s", verbs[i].name);
    }
    buf_char(out, '\n');
}

void help_command(const struct ctl_command *c, struct buf *out)
{
    char name[64];
    bool own = false;
    buf_printf(out, "Usage: triagectl %s%s%s\n%s\n", name_of(c, name), c->arguments[0] != '\0' ? " " : "", c->arguments, c->help);
    if (c->more[0] != '\0')
        buf_printf(out, "\n%s\n", c->more);
    if (c->completes[1] == ARG_DO)
        help_verbs(out);
    for (int key = OPT_COMMON; key < OPTIONS; key++)
        if (ctl_takes(c, (enum ctl_option_key)key)) {
            buf_text(out, own ? "" : "\nOptions:\n");
            help_option(ctl_option((enum ctl_option_key)key), out);
            own = true;
        }
    buf_text(out, "\nExamples:\n");
    struct str rest = str_of(c->examples), line;
    while (str_line(&rest, &line))
        buf_printf(out, "  %.*s\n", STR_ARG(line));
    buf_printf(out, "\nExit codes: %s. See also: help exit-codes, help options.\nManual: man triagectl\n", c->exits);
}

/* ---- topics ------------------------------------------------------------------------------------------------------------------------------ */

static void help_options(struct buf *out)
{
    buf_text(out, "Options of every command. They may stand anywhere and are never abbreviated.\n");
    for (int key = 0; key < OPT_COMMON; key++)
        help_option(ctl_option((enum ctl_option_key)key), out);
}

static void help_environment(struct buf *out)
{
    buf_text(out, "TRIAGED_SOCKET   control socket (--socket stands above it)\n"
                  "TRIAGED_CONFIG   configuration (--config stands above it)\n"
                  "TRIAGECTL_PAGER  pager, before PAGER; less -FRX without both\n"
                  "NO_COLOR         when not empty: no colours\n"
                  "COLUMNS          width of the terminal\n"
                  "TZ, LC_ALL       times and characters\n"
                  "No secret is ever read from the environment.\n");
}

static void help_exit_codes(struct buf *out)
{
    buf_text(out, "  0  done; also an empty list\n"
                  "  1  a question was asked and the answer is no (rules test, mailbox test)\n"
                  " 64  wrong option or argument\n"
                  " 65  the mail or file given is unusable\n"
                  " 66  no such ticket, letter, mailbox, file\n"
                  " 69  the daemon is not there\n"
                  " 70  our bug\n"
                  " 73  a file cannot be created\n"
                  " 74  disk trouble\n"
                  " 75  try again later: an MTA keeps the mail\n"
                  " 77  not in the group that may\n"
                  " 78  the configuration is wrong\n"
                  "130  interrupted; what was done is kept\n"
                  "A code not in this table is a failure.\n");
}

int run_help(struct ctl *ctl)
{
    static const struct {
        const char *name;
        void (*print)(struct buf *out);
    } topics[] = {{"options", help_options}, {"environment", help_environment}, {"exit-codes", help_exit_codes}};
    if (ctl->arg_count == 0) {
        help_overview(&ctl->out);
        return 0;
    }
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        if (strcmp(topics[i].name, ctl->args[0]) == 0) {
            topics[i].print(&ctl->out);
            return 0;
        }
    size_t used = 0, count = 0;
    const struct ctl_command *c = ctl_find(ctl->args, ctl->arg_count, &used);
    if (c != NULL) {
        help_command(c, &ctl->out);
        return 0;
    }
    const struct ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++)
        if (commands[i].noun[0] != '\0' && strcmp(commands[i].noun, ctl->args[0]) == 0) {
            char name[64];
            ctl_printf(ctl, "triagectl %-38s %s\n",
                       arena_text(ctl->arena, arena_printf(ctl->arena, "%s %s", name_of(&commands[i], name), commands[i].arguments)), commands[i].help);
            used++;
        }
    if (used > 0)
        return 0;
    const struct ctl_command *nearest = ctl_nearest(ctl->args, ctl->arg_count);
    char name[64];
    const char *hint = nearest != NULL ? arena_text(ctl->arena, arena_printf(ctl->arena, "did you mean \"%s\"?", name_of(nearest, name))) : NULL;
    return ctl_refuse(ctl, EX_USAGE, "Usage", hint, "there is no help on \"%s\"", ctl->args[0]);
}

/* ---- versions, the table -------------------------------------------------------------------------------------------------------------------- */

int run_version(struct ctl *ctl)
{
    char pcre[64] = "";
    pcre2_config(PCRE2_CONFIG_VERSION, pcre);
    json_t *libraries = json_object();
    json_put(libraries, "openssl", json_string(OpenSSL_version(OPENSSL_VERSION_STRING)));
    json_put(libraries, "pcre2", json_string(pcre));
    json_put(libraries, "zstd", json_string(ZSTD_versionString()));
    json_put(libraries, "jansson", json_string(jansson_version_str()));
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, json_pack("{s:s,s:o}", "version", VERSION, "libraries", libraries), NULL);
    ctl_printf(ctl, "triagectl %s\n", VERSION);
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(libraries, name, value) ctl_printf(ctl, "  %-8s %s\n", name, json_string_value(value));
    json_decref(libraries);
    return 0;
}

static json_t *option_json(const struct ctl_option *o)
{
    json_t *one = json_object();
    char letter[2] = {o->letter, '\0'};
    json_put(one, "name", json_string(o->name));
    json_put(one, "letter", o->letter != 0 ? json_string(letter) : json_null());
    json_put(one, "argument", o->argument != NULL ? json_string(o->argument) : json_null());
    json_put(one, "help", json_string(o->help));
    return one;
}

static json_t *command_json(const struct ctl_command *c)
{
    static const char *const dangers[] = {"none", "mild", "moderate"};
    json_t *one = json_object(), *own = json_array();
    for (int key = OPT_COMMON; key < OPTIONS; key++)
        if (ctl_takes(c, (enum ctl_option_key)key))
            json_add(own, option_json(ctl_option((enum ctl_option_key)key)));
    json_put(one, "noun", json_string(c->noun));
    json_put(one, "verb", json_string(c->verb));
    json_put(one, "arguments", json_string(c->arguments));
    json_put(one, "help", json_string(c->help));
    json_put(one, "danger", json_string(dangers[c->danger]));
    json_put(one, "options", own);
    json_put(one, "fields", json_string(c->fields));
    json_put(one, "exit_codes", json_string(c->exits));
    return one;
}

int run_commands(struct ctl *ctl)
{
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    json_t *list = json_array(), *common = json_array();
    for (size_t i = 0; i < count; i++)
        if (commands[i].group != NULL)
            json_add(list, command_json(&commands[i]));
    for (int key = 0; key < OPT_COMMON; key++)
        json_add(common, option_json(ctl_option((enum ctl_option_key)key)));
    return ctl_document(ctl, json_pack("{s:o,s:o}", "commands", list, "options", common), NULL);
}
