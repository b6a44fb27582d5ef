/* parse: from the command line to command, options and arguments, by the table. libpopt does the letters and forbids abbreviations: a new long option can
 * never change what an old script means. */
#include "ctl/ctl.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "ctl/print.h"

#include <popt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define ARGUMENTS_MAX 10000u

bool ctl_has(const struct ctl *ctl, enum ctl_option_key key)
{
    return ctl->count[key] > 0;
}

void ctl_note(struct ctl *ctl, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    utf8_display(&ctl->err, buf_view(&text), true);
    buf_char(&ctl->err, '\n');
    buf_free(&text);
}

int ctl_refuse(struct ctl *ctl, int code, const char *name, const char *hint, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    if (ctl_has(ctl, OPT_JSON)) {
        struct buf clean = {0};
        utf8_clean(&clean, buf_view(&text));
        json_t *error = json_pack("{s:i,s:s,s:s,s:s,s:s?,s:i}", "format", 1, "type", "error", "error", name, "text", clean.n > 0 ? clean.p : "", "hint", hint, "exit", code);
        ctl_dump(&ctl->err, error);
        json_decref(error);
        buf_free(&clean);
    } else {
        buf_text(&ctl->err, ctl_paint(ctl, COLOUR_RED, "error:"));
        buf_char(&ctl->err, ' ');
        utf8_display(&ctl->err, buf_view(&text), false);
        if (hint != NULL) {
            buf_text(&ctl->err, "\nhint: ");
            utf8_display(&ctl->err, str_of(hint), false);
        }
        buf_char(&ctl->err, '\n');
    }
    buf_free(&text);
    return code;
}

/* ---- popt ------------------------------------------------------------------------------------------------------------------------- */

/* What goes to popt: a bare --json becomes `--json=`, for popt would take the next word for its FIELDS; and the +TAG -TAG of `do … tag` are words. */
struct line {
    const char **argv;
    int argc;
    const char **literal;
    size_t literal_count;
};

static void prepare(struct ctl *ctl, int argc, char **argv, struct line *line)
{
    line->argv = arena_array(ctl->arena, (size_t)argc + 1, sizeof *line->argv);
    line->literal = arena_array(ctl->arena, (size_t)argc + 1, sizeof *line->literal);
    bool doing = false, tagging = false, plain = false;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (!plain && strcmp(word, "--json") == 0)
            word = "--json=";
        if (tagging && !plain && word[0] == '-' && word[1] != '-' && word[1] != '\0') {
            line->literal[line->literal_count++] = word;
            continue;
        }
        plain = plain || strcmp(word, "--") == 0;
        tagging = tagging || (doing && strcmp(word, "tag") == 0);
        doing = doing || strcmp(word, "do") == 0;
        line->argv[line->argc++] = word;
    }
}

static struct poptOption *popt_table(struct ctl *ctl)
{
    struct poptOption *table = arena_array(ctl->arena, OPTIONS + 1, sizeof *table);
    for (int key = 0; key < OPTIONS; key++) {
        const struct ctl_option *option = ctl_option((enum ctl_option_key)key);
        unsigned info = option->argument == NULL ? POPT_ARG_NONE : POPT_ARG_STRING;
        if (option->optional)
            info |= POPT_ARGFLAG_OPTIONAL;
        table[key] = (struct poptOption){option->name, option->letter, info, NULL, key + 1, NULL, NULL};
    }
    return table;
}

static const char *nearest_option(struct ctl *ctl, const char *word)
{
    const char *best = NULL;
    size_t least = 3;
    while (*word == '-')
        word++;
    for (int key = 0; key < OPTIONS; key++) {
        size_t far = str_distance(str_of(word), str_of(ctl_option((enum ctl_option_key)key)->name));
        if (far < least) {
            least = far;
            best = ctl_option((enum ctl_option_key)key)->name;
        }
    }
    return best == NULL ? NULL : arena_text(ctl->arena, arena_printf(ctl->arena, "did you mean --%s?", best));
}

static int refuse_option(struct ctl *ctl, poptContext popt, int code)
{
    const char *word = poptBadOption(popt, POPT_BADOPTION_NOALIAS);
    if (word == NULL)
        word = "";
    size_t name = strcspn(word, "=");
    if (code == POPT_ERROR_NOARG)
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "option %.*s needs a value", (int)name, word);
    if (code == POPT_ERROR_UNWANTEDARG)
        return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "option %.*s takes no value", (int)name, word);
    char *bare = arena_text(ctl->arena, (struct str){word, name});
    return ctl_refuse(ctl, EX_USAGE, "Usage", nearest_option(ctl, bare), "there is no option %s", bare);
}

/* Options into ctl, the rest into ctl->args. */
static int read_line(struct ctl *ctl, const struct line *line)
{
    int code = 0, key = 0;
    poptContext popt = poptGetContext("triagectl", line->argc, line->argv, popt_table(ctl), 0);
    while ((key = poptGetNextOpt(popt)) > 0) {
        char *value = poptGetOptArg(popt);
        bool again = ctl->count[key - 1]++ > 0 && ctl_option((enum ctl_option_key)(key - 1))->repeats;
        struct str text = again ? arena_printf(ctl->arena, "%s\n%s", ctl->value[key - 1], value) : str_of(value);
        ctl->value[key - 1] = arena_text(ctl->arena, text);
        free(value);
    }
    if (key < -1)
        code = refuse_option(ctl, popt, key);
    const char **rest = poptGetArgs(popt);
    size_t count = 0;
    while (rest != NULL && rest[count] != NULL)
        count++;
    if (code == 0 && count + line->literal_count > ARGUMENTS_MAX)
        code = ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "too many arguments: at most %u", ARGUMENTS_MAX);
    ctl->args = arena_array(ctl->arena, count + line->literal_count, sizeof *ctl->args);
    for (size_t i = 0; code == 0 && i < count; i++)
        ctl->args[ctl->arg_count++] = arena_text(ctl->arena, str_of(rest[i]));
    for (size_t i = 0; code == 0 && i < line->literal_count; i++)
        ctl->args[ctl->arg_count++] = line->literal[i];
    poptFreeContext(popt);
    return code;
}

/* ---- the command --------------------------------------------------------------------------------------------------------------------- */

static const char *full_name(struct ctl *ctl, const struct ctl_command *c)
{
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%s%s%s", c->noun, c->noun[0] != '\0' ? " " : "", c->verb));
}

/* The verbs of a noun, for its hint; NULL: no such noun. */
static const char *verbs_of(struct ctl *ctl, const char *noun)
{
    struct buf verbs = {0};
    size_t count = 0;
    const struct ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++)
        if (commands[i].noun[0] != '\0' && strcmp(commands[i].noun, noun) == 0)
            buf_printf(&verbs, "%s%s", verbs.n > 0 ? ", " : "", commands[i].verb);
    const char *hint = verbs.n > 0 ? arena_text(ctl->arena, arena_printf(ctl->arena, "%s knows: %s", noun, verbs.p)) : NULL;
    buf_free(&verbs);
    return hint;
}

static int refuse_command(struct ctl *ctl)
{
    const char *verbs = verbs_of(ctl, ctl->args[0]);
    const struct ctl_command *nearest = ctl_nearest(ctl->args, ctl->arg_count);
    const char *hint = "`triagectl help` lists all commands";
    if (nearest != NULL)
        hint = arena_text(ctl->arena, arena_printf(ctl->arena, "did you mean \"%s\"? `triagectl help` lists all", full_name(ctl, nearest)));
    else if (verbs != NULL)
        hint = verbs;
    if (verbs != NULL && ctl->arg_count == 1)
        return ctl_refuse(ctl, EX_USAGE, "Usage", verbs, "%s: what shall be done?", ctl->args[0]);
    if (verbs != NULL)
        return ctl_refuse(ctl, EX_USAGE, "Usage", hint, "%s has no command \"%s\"", ctl->args[0], ctl->args[1]);
    return ctl_refuse(ctl, EX_USAGE, "Usage", hint, "unknown command \"%s\"", ctl->args[0]);
}

static int check_options(struct ctl *ctl)
{
    for (int key = 0; key < OPTIONS; key++)
        if (ctl->count[key] > 0 && !ctl_takes(ctl->command, (enum ctl_option_key)key))
            return ctl_refuse(ctl, EX_USAGE, "Usage", arena_text(ctl->arena, arena_printf(ctl->arena, "triagectl help %s", full_name(ctl, ctl->command))), "%s has no option --%s",
                              full_name(ctl, ctl->command), ctl_option((enum ctl_option_key)key)->name);
    return 0;
}

static int check_arguments(struct ctl *ctl)
{
    const struct ctl_command *c = ctl->command;
    if (ctl->arg_count >= c->least && (c->most == CTL_MANY || ctl->arg_count <= c->most))
        return 0;
    const char *usage = arena_text(ctl->arena, arena_printf(ctl->arena, "triagectl %s%s%s", full_name(ctl, c), c->arguments[0] != '\0' ? " " : "", c->arguments));
    return ctl_refuse(ctl, EX_USAGE, "Usage", usage, "%s: %s", full_name(ctl, c), ctl->arg_count < c->least ? "something is missing" : "too many arguments");
}

/* Values of common options that are a fixed choice or a number. */
static int check_values(struct ctl *ctl)
{
    static const struct {
        enum ctl_option_key key;
        const char *words[4];
    } choices[] = {{OPT_COLOR, {"auto", "always", "never", NULL}}, {OPT_TIME, {"rel", "iso", "unix", NULL}}};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const char *value = ctl->value[choices[i].key];
        bool ok = value == NULL;
        for (size_t k = 0; !ok && choices[i].words[k] != NULL; k++)
            ok = strcmp(value, choices[i].words[k]) == 0;
        if (!ok)
            return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "--%s: expected %s, %s or %s", ctl_option(choices[i].key)->name, choices[i].words[0], choices[i].words[1],
                              choices[i].words[2]);
    }
    static const enum ctl_option_key numbers[] = {OPT_LIMIT, OPT_WIDTH};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint64_t number = 0;
        const char *value = ctl->value[numbers[i]];
        if (value != NULL && (!str_u64(str_of(value), &number) || number == 0 || number > 100000))
            return ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "--%s: expected a number from 1 to 100000", ctl_option(numbers[i])->name);
    }
    return 0;
}

int ctl_parse(struct ctl *ctl, int argc, char **argv)
{
    struct line line = {0};
    prepare(ctl, argc, argv, &line);
    /* What is completed is somebody else's half-written line: none of it is ours to parse. */
    if (line.argc > 1 && strcmp(line.argv[1], "__complete") == 0) {
        const char *const word = "__complete";
        size_t used = 0;
        ctl->command = ctl_find(&word, 1, &used);
        ctl->args = arena_array(ctl->arena, (size_t)argc, sizeof *ctl->args);
        for (int i = 2; i < argc; i++)
            ctl->args[ctl->arg_count++] = argv[i];
        return 0;
    }
    int code = read_line(ctl, &line);
    if (code != 0 || ctl->arg_count == 0)
        return code;
    size_t used = 0;
    ctl->command = ctl_find(ctl->args, ctl->arg_count, &used);
    if (ctl->command == NULL)
        return ctl_has(ctl, OPT_HELP) || ctl_has(ctl, OPT_VERSION) ? 0 : refuse_command(ctl);
    ctl->args += used;
    ctl->arg_count -= used;
    if (ctl_has(ctl, OPT_HELP))
        return 0;
    if ((code = check_options(ctl)) != 0 || (code = check_values(ctl)) != 0)
        return code;
    return check_arguments(ctl);
}

/* ---- arguments ------------------------------------------------------------------------------------------------------------------------ */

bool ctl_number(const char *text, char letter, int64_t *id)
{
    struct str s = str_of(text);
    char tag[3] = {letter, '-', '\0'};
    if (letter != '\0' && str_istarts(s, str_of(tag)))
        s = str_sub(s, 2, s.n);
    else if (letter == '\0' && str_starts(s, STR("#")))
        s = str_sub(s, 1, s.n);
    else if (letter == '\0') {
        ptrdiff_t dash = str_find(s, STR("-"));
        bool tagged = dash > 0 && dash <= 16;
        for (ptrdiff_t i = 0; tagged && i < dash; i++)
            tagged = s.p[i] >= 'A' && s.p[i] <= 'Z';
        if (tagged)
            s = str_sub(s, (size_t)dash + 1, s.n);
    }
    uint64_t number = 0;
    if (!str_u64(s, &number) || number == 0 || number > INT64_MAX)
        return false;
    *id = (int64_t)number;
    return true;
}

bool ctl_timeout(struct ctl *ctl, int64_t standard, int64_t *ms)
{
    *ms = standard;
    const char *value = ctl->value[OPT_TIMEOUT];
    uint64_t seconds = 0;
    if (value == NULL)
        return true;
    if (str_u64(str_of(value), &seconds) && seconds <= 86400) {
        *ms = (int64_t)seconds * CLOCK_SECOND;
        return true;
    }
    if (clock_parse_span(str_of(value), ms) && *ms <= CLOCK_DAY)
        return true;
    ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "--timeout: expected a time such as 60s or 2min");
    return false;
}
