/* triaged: the daemon. All it does is in core/daemon.c. */
#include "config.h"

#include "base/jail.h"
#include "core/daemon.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static int usage(poptContext options, int code)
{
    poptPrintHelp(options, code == EX_OK ? stdout : stderr, 0);
    poptFreeContext(options);
    return code;
}

int main(int argc, char **argv)
{
    const char *config = getenv("TRIAGED_CONFIG");
    char *given = NULL;
    int version = 0, help = 0;
    const struct poptOption table[] = {{"config", 'c', POPT_ARG_STRING, &given, 0, "configuration file", "FILE"},
                                       {"version", '\0', POPT_ARG_NONE, &version, 0, "print the version and end", NULL},
                                       {"help", 'h', POPT_ARG_NONE, &help, 0, "print this and end", NULL},
                                       POPT_TABLEEND};
    poptContext options = poptGetContext("triaged", argc, (const char **)argv, table, 0);
    int problem = poptGetNextOpt(options);
    if (problem < -1) {
        fprintf(stderr, "triaged: %s: %s\n", poptBadOption(options, 0), poptStrerror(problem));
        return usage(options, EX_USAGE);
    }
    if (help || poptPeekArg(options) != NULL)
        return usage(options, help ? EX_OK : EX_USAGE);
    poptFreeContext(options);
    if (version) {
        printf("triaged %s\n", VERSION);
        return EX_OK;
    }
    struct err err = {0};
    if (!jail_prologue(NULL, 0, &err)) {
        fprintf(stderr, "triaged: %s\n", err.text);
        return EX_OSERR;
    }
    if (given != NULL)
        config = given;
    int code = daemon_run(config != NULL ? config : SYSCONFDIR "/triaged/triaged.conf");
    free(given);
    return code;
}
