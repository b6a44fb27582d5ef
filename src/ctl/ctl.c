/* ctl: a run from the command line to the exit code, and showing what it said: through a pager where that helps, never a byte lost. */
#include "ctl/ctl.h"

#include "base/clock.h"
#include "core/config.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "store/store.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define PAGER_WORDS 16u

/* ---- running ---------------------------------------------------------------------------------------------------------------------- */

static bool wants_colour(const struct ctl *ctl)
{
    const char *when = ctl->value[OPT_COLOR], *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (when != NULL && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return ctl->world->out_is_terminal && (no_color == NULL || no_color[0] == '\0') && (term == NULL || strcmp(term, "dumb") != 0);
}

static int dispatch(struct ctl *ctl)
{
    if (ctl_has(ctl, OPT_VERSION))
        return run_version(ctl);
    if (ctl_has(ctl, OPT_HELP) || ctl->command == NULL) {
        if (ctl->command != NULL)
            help_command(ctl->command, &ctl->out);
        else
            help_overview(&ctl->out);
        return 0;
    }
    if (ctl->value[OPT_JSON] != NULL && strcmp(ctl->value[OPT_JSON], "help") == 0)
        return ctl_document(ctl, json_object(), NULL);
    return ctl->command->run(ctl);
}

int ctl_run(struct ctl *ctl, const struct ctl_world *world, int argc, char **argv)
{
    struct ctl_world *here = NULL;
    *ctl = (struct ctl){.world = world, .arena = arena_new()};
    int code = ctl_parse(ctl, argc, argv);
    if (code != 0)
        return code;
    uint64_t width = 0;
    if (ctl_has(ctl, OPT_WIDTH) && str_u64(str_of(ctl->value[OPT_WIDTH]), &width)) {
        here = arena_alloc(ctl->arena, sizeof *here);
        *here = *world;
        here->width = (uint32_t)width;
        ctl->world = here;
    }
    ctl->colour = wants_colour(ctl);
    return dispatch(ctl);
}

void ctl_end(struct ctl *ctl)
{
    store_close(&ctl->store);
    config_close(&ctl->config);
    buf_free(&ctl->out);
    buf_free(&ctl->err);
    arena_free(&ctl->arena);
}

/* ---- asking a person --------------------------------------------------------------------------------------------------------------- */

bool ctl_sure(struct ctl *ctl, const char *what)
{
    if (ctl_has(ctl, OPT_YES))
        return true;
    if (!ctl->world->in_is_terminal) {
        ctl_refuse(ctl, EX_USAGE, "Usage", "--yes says so, --dry-run shows what it would be", "nobody is there to be asked: %s", what);
        return false;
    }
    fprintf(stderr, "%s [y/N] ", what);
    char answer[16];
    ssize_t n = read(ctl->world->in, answer, sizeof answer);
    if (n > 0 && (answer[0] == 'y' || answer[0] == 'Y'))
        return true;
    ctl_note(ctl, "nothing was changed");
    return false;
}

/* ---- showing -------------------------------------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *octets, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, octets, n);
        if (wrote < 0 && errno != EINTR)
            return false;
        if (wrote > 0) {
            octets += wrote;
            n -= (size_t)wrote;
        }
    }
    return true;
}

static bool wants_pager(const struct ctl *ctl)
{
    return ctl->world->out_is_terminal && ctl->command != NULL && ctl->command->paged && ctl->out.n > 0 && !ctl_has(ctl, OPT_NO_PAGER);
}

/* The pager's words: $TRIAGECTL_PAGER, $PAGER, else less -FRX. Split at blanks: no shell. */
static size_t pager_words(char *text, char **words)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL && count < PAGER_WORDS; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    words[count] = NULL;
    return count;
}

static void become_pager(struct ctl *ctl, int in)
{
    static const char *const variables[] = {"TRIAGECTL_PAGER", "PAGER"};
    const char *named = "less -FRX";
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0') {
            named = value;
            break;
        }
    }
    char *words[PAGER_WORDS + 1];
    if (geteuid() == 0 || getenv("SUDO_USER") != NULL)
        setenv("LESSSECURE", "1", 1);
    dup2(in, STDIN_FILENO);
    if (pager_words(arena_text(ctl->arena, str_of(named)), words) > 0)
        execvp(words[0], words);
    _exit(127);
}

/* False: there is no pager; the caller writes. */
static bool page(struct ctl *ctl)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        become_pager(ctl, ends[0]);
    }
    close(ends[0]);
    if (child > 0)
        write_all(ends[1], ctl->out.p, ctl->out.n); /* false when the reader has seen enough */
    close(ends[1]);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return child > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

static int show(struct ctl *ctl, int code)
{
    write_all(STDERR_FILENO, ctl->err.p, ctl->err.n);
    if (wants_pager(ctl) && page(ctl))
        return code;
    if (!write_all(STDOUT_FILENO, ctl->out.p, ctl->out.n) && errno != EPIPE)
        return EX_IOERR;
    return code;
}

static uint32_t terminal_width(void)
{
    const char *columns = getenv("COLUMNS");
    uint64_t width = 0;
    struct winsize size;
    if (columns != NULL && str_u64(str_of(columns), &width) && width > 0 && width < 10000)
        return (uint32_t)width;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        return size.ws_col > 0 ? size.ws_col : 80;
    return 0;
}

int ctl_main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE, SIG_IGN);
    const struct ctl_world world = {.now = clock_wall(),
                                    .out_is_terminal = isatty(STDOUT_FILENO),
                                    .in_is_terminal = isatty(STDIN_FILENO),
                                    .width = terminal_width(),
                                    .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
                                    .in = STDIN_FILENO};
    struct ctl ctl;
    int code = show(&ctl, ctl_run(&ctl, &world, argc, argv));
    ctl_end(&ctl);
    return code;
}
