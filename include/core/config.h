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
enum backlog { BACKLOG_IMPORT, BACKLOG_ASK, BACKLOG_ANSWER };

struct config_mailbox {
    struct mailbox_settings settings;
    enum existing existing;
    enum backlog backlog;
    struct str queue; /* default queue of its mail; "" : the desk's */
    struct str relay; /* letters about its tickets leave by this one; "" : the first */
    struct str sent;  /* folder for copies of what agents answer; "" : none are put anywhere */
    bool state_keywords; /* the state of a ticket shows on its messages */
};

struct config_file {
    struct str path;
    bool read;       /* false: passed over */
    struct str why;  /* of passed over: "its name does not end in .conf" */
};

/* Section `alarm`: what the operator hears of, and by which ways besides mail. */
struct alarm_settings {
    struct str relay;    /* "" : the first */
    struct str *command; /* a program and its arguments; none: no command */
    size_t command_count;
    struct str file;     /* "" : none */
    int64_t window;      /* ms: no cause is told of twice within it */
    int64_t after;       /* ms a cause must have stood */
    int64_t behind;      /* ms a message may be in hand */
    int64_t unsent;      /* ms a letter may wait */
    int64_t silent;      /* ms since a mailbox was last looked at */
    uint32_t disk;       /* percent that must be free */
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
    /* sections `dkim`, `smime`, `openpgp` */
    bool dkim_verify;
    struct str dkim_resolver;    /* as resolve_is_server; "" : those of the system */
    int64_t dkim_timeout;        /* ms a mail waits for the DNS */
    struct str smime_authorities, smime_key; /* paths; "" : none */
    struct str openpgp_keyring;              /* path; "" : none */
    struct alarm_settings alarm;
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
    struct config_file *files;   /* in the order read; templates behind the configuration, those passed over behind those read of the same folder */
    size_t file_count;
    char hash[65];               /* SHA-256 over all files read, templates included */
    /* As read, for printing: config_read.h. */
    struct config_block *blocks;
    size_t block_count;
    struct syntax_file *sources; /* the rules stand in them */
    size_t source_count;
};

#define CONFIG_FILES_MAX 4096u /* in one folder and in all */

/* Reads path (a file, or a folder with a triaged.conf in it) and what it leads to: conf.d/ and rules.d/ beside it. Diagnoses go to d (its arena is the caller's). False when there are errors: *config is NULL. */
bool config_load(const char *path, struct config **config, struct diagnoses *d);
void config_close(struct config **config);

struct config_reading;
struct config_value;
struct config_word;
typedef void config_take(struct config_reading *r, struct config_value *value, void *target);
typedef struct str config_standard(struct config_reading *r, const void *target);

/* One setting as the table knows it. */
struct config_setting {
    const char *section; /* "mailbox" */
    const char *key;     /* "after" */
    const char *type;    /* "keep | flag KEYWORD | move FOLDER | delete" */
    const char *standard;/* the default, as written, or where it comes from; "" : none, "required" */
    const char *help;    /* one or two sentences */
    const char *example;
    /* How it is read, for the config modules alone: config_read.h. */
    config_take *take;
    size_t offset, extra; /* of the member in the section's struct, and of the count of a list */
    int64_t least, most;
    const struct config_word *words;
    config_standard *compute;
    const char *refers; /* to a name of this section, or to a "template" */
    bool adds_up;       /* it may stand several times in a section; its values are one list */
};

/* In the manual's order. The row with an empty key is the section itself, its type what stands between its name and "{". */
const struct config_setting *config_settings(size_t *count);

/* The row of "SECTION.KEY", "SECTION" or (where only one section has it) "KEY"; NULL when there is none. */
const struct config_setting *config_setting_of(struct str name);

/* The configuration as text, in the grammar of the file: every value in force, rules included; secrets never occur in it (only their sources). With `all`
 * defaults as well. origin: file:line as comment behind each. What is printed loads again to the same configuration. */
void config_print(const struct config *config, bool all, bool origin, struct buf *out);

#endif
