/* table: what triagectl can do, as one table. It drives parsing, help, completion, `__commands --json`, and the test that the manual is complete. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl;

/* Every option any command has. The first ones are common to all. */
enum ctl_option_key {
    OPT_HELP, OPT_VERSION, OPT_QUIET, OPT_VERBOSE, OPT_JSON, OPT_PLAIN, OPT_OUTPUT, OPT_LIMIT, OPT_SORT, OPT_REVERSE, OPT_SOCKET, OPT_CONFIG, OPT_COLOR, OPT_NO_PAGER,
    OPT_WIDTH, OPT_TIME, OPT_UTC, OPT_YES, OPT_DRY_RUN, OPT_TIMEOUT,
    OPT_COMMON, /* how many are common */
    OPT_QUEUE = OPT_COMMON, OPT_STATE, OPT_SEVERITY, OPT_OWNER, OPT_MINE, OPT_SINCE, OPT_UNTIL, OPT_OVERDUE, OPT_TICKET, OPT_ALL, OPT_ORIGIN, OPT_FILES, OPT_WAIT,
    OPT_MAILBOX, OPT_ATTACHMENTS, OPT_ADDRESSES, OPT_AGENT, OPT_PARTY, OPT_CUSTOMER, OPT_THREADS, OPT_HEAD, OPT_CALENDAR, OPT_FROM, OPT_ADD, OPT_PAUSE,
    OPTIONS
};

struct ctl_option {
    const char *name; /* "limit" */
    char letter;      /* 'l'; 0: none */
    const char *argument; /* "N"; NULL: none */
    bool optional;    /* --json or --json=FIELDS */
    bool repeats;     /* may be given several times: the values, a line each */
    const char *help;
};
const struct ctl_option *ctl_option(enum ctl_option_key key);

/* What stands in an argument's place, for completion. */
enum ctl_argument {
    ARG_NONE, ARG_TICKET, ARG_FIELD, ARG_MESSAGE, ARG_FILE, ARG_MAILBOX, ARG_LETTER, ARG_QUARANTINE, ARG_RULE, ARG_SETTING, ARG_SHELL, ARG_TOPIC, ARG_CONDITION, ARG_DO,
    ARG_QUEUE, ARG_AGENT, ARG_BACKLOG, ARG_SUPPRESSED, ARG_CUSTOMER, ARG_CUSTOMER_SETTING, ARG_OTHER
};

enum ctl_danger { DANGER_NONE, DANGER_MILD, DANGER_MODERATE };

#define CTL_ARGUMENTS 3u
#define CTL_MANY 255u

struct ctl_command {
    const char *group; /* heading in the overview; NULL: hidden */
    const char *noun;  /* "" for what acts on tickets or the whole desk */
    const char *verb;  /* "" for the noun alone */
    const char *arguments; /* "TICKET [FIELD]" */
    unsigned char least, most; /* arguments; CTL_MANY: any number */
    enum ctl_argument completes[CTL_ARGUMENTS]; /* the last one stands for all that follow */
    uint32_t options; /* bits 1 << (key - OPT_COMMON) */
    enum ctl_danger danger;
    bool paged;
    const char *help;     /* one line */
    const char *more;     /* some lines, none over 80 characters; may be "" */
    const char *examples; /* lines, without indent */
    const char *fields;   /* of --json=FIELDS and -o, comma-separated; "" : one document without choice */
    const char *exits;    /* "0 64 66 69" */
    int (*run)(struct ctl *ctl);
};
const struct ctl_command *ctl_commands(size_t *count);
/* "drop" for "rm": the fixed aliases. Returns the word itself when it is none. */
const char *ctl_alias(const char *word);
/* Finds the command the first words name and how many words (1 or 2) name it; NULL: none. */
const struct ctl_command *ctl_find(const char *const *words, size_t count, size_t *used);
/* Is the option common or among the command's own? */
bool ctl_takes(const struct ctl_command *command, enum ctl_option_key key);
/* The nearest name of a command to the words, or NULL: "mailbox list". Borrowed from a static table or the noun. */
const struct ctl_command *ctl_nearest(const char *const *words, size_t count);

#endif
