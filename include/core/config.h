/* config: the configuration in force, read from triaged.conf, conf.d/ and rules.d/ by one table (section, key, type, range, default, help). The same
 * table prints `config explain` and is checked against the manual. A configuration is loaded whole or not at all: every error at once, the rules' own tests
 * included. */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "base/log.h"
#include "base/syntax.h"
#include "desk/desk.h"
#include "desk/rules.h"
#include "desk/template.h"
#include "net/relay.h"

/* What happens to mail that is there already at the first look. */
enum existing { EXISTING_SKIP, EXISTING_BACKFILL, EXISTING_PROCESS };

struct config_mailbox {
    struct mailbox_settings settings;
    enum existing existing;
    struct str queue; /* default queue of its mail; "" : the desk's */
    struct str relay; /* letters about its tickets leave by this one; "" : the first */
};

struct config_file {
    struct str path;
    bool read;       /* false: passed over */
    struct str why;  /* of passed over: "its name does not end in .conf" */
};

/* Everything lives in the configuration's arena. */
struct config {
    struct arena *arena;
    struct desk desk;
    struct config_mailbox *mailboxes;
    size_t mailbox_count;
    struct relay_settings *relays; /* at least one, unless there is no mailbox either */
    size_t relay_count;
    struct ruleset *rules;
    size_t rule_tests; /* tests of rules that passed */
    struct template_set templates;
    /* section `daemon` */
    struct str state_directory;  /* default LOCALSTATEDIR/lib/triaged */
    struct str control_socket;   /* default RUNSTATEDIR/triaged/control.sock */
    struct str template_directory; /* default SYSCONFDIR/triaged/templates, else PKGDATADIR/templates */
    uint32_t readers;            /* 1 to 16; default: processors, at most 4 */
    uint64_t reader_memory;      /* octets of address space */
    int64_t reader_deadline;     /* ms a message may take */
    int64_t reader_idle;         /* ms without work after which readers end */
    uint64_t size_max;           /* of a message; beyond it headers and 256 KB are read */
    struct str log_sink;         /* auto, stderr, journal */
    enum log_level log_level;
    struct config_file *files;   /* in the order read */
    size_t file_count;
    char hash[65];               /* SHA-256 over all files read */
};

/* Reads path and what it leads to: conf.d/ and rules.d/ beside it. Diagnoses go to d (its arena is the caller's). False when there are errors: *config is NULL. */
bool config_load(const char *path, struct config **config, struct diagnoses *d);
void config_close(struct config **config);

/* One setting as the table knows it. */
struct config_setting {
    const char *section; /* "mailbox" */
    const char *key;     /* "after" */
    const char *type;    /* "keep | flag KEYWORD | move FOLDER | delete" */
    const char *standard;/* the default, as written; "" : none, "required" */
    const char *help;    /* one or two sentences */
    const char *example;
};
const struct config_setting *config_settings(size_t *count);

/* The configuration as text, in the grammar of the file: every value in force; secrets never occur in it (only their sources). With `all` defaults as
 * well. origin: file:line as comment behind each. */
void config_print(const struct config *config, bool all, bool origin, struct buf *out);

#endif
