/* log: one event, one line, present tense, with key=value facts. To the journal's native socket when the service manager
 * asked for it, else to standard error. Only core and the programs log; below them errors are returned. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level {
    LOG_ERROR = 3,   /* mail is not flowing: the operator must act */
    LOG_WARNING = 4, /* we set something aside, or it will stop flowing */
    LOG_NOTICE = 5,  /* a state changed */
    LOG_INFO = 6,    /* a message moved */
    LOG_DEBUG = 7    /* the dialogue, secrets masked */
};

/* One fact: journal field TRIAGED_KEY (upper case, '-' as '_') and `key=value` at the end of the line. */
struct log_fact {
    const char *key;
    struct str text; /* used when text.p is not NULL */
    int64_t number;
};

#define LOG_TEXT(key, value) ((struct log_fact){(key), (value), 0})
#define LOG_NUMBER(key, value) ((struct log_fact){(key), {NULL, 0}, (int64_t)(value)})

/* Where lines go from now on: "auto" (journal when JOURNAL_STREAM names our stderr, else stderr), "stderr", "journal",
 * "none"; lines above `level` are dropped. name is the SYSLOG_IDENTIFIER. */
void log_open(const char *name, const char *sink, enum log_level level);
/* Writes one line. `event` is the sentence ("filed", "login refused"); values are made safe (line feeds and controls are
 * escaped) and cut at 1,000 octets. */
void log_write(enum log_level level, const char *event, const struct log_fact *facts, size_t count);
struct buf;
/* What the journal gets for such a line, in systemd's native protocol: PRIORITY, SYSLOG_IDENTIFIER, MESSAGE and a field a
 * fact; line feeds of values stay. Adds to out. */
void log_journal_datagram(struct buf *out, const char *name, enum log_level level, const char *event,
                          const struct log_fact *facts, size_t count);
/* log_event(LOG_INFO, "filed", LOG_NUMBER("ticket", 1042), LOG_TEXT("mailbox", name)): at least one fact. */
#define log_event(level, event, ...)                                                                                        \
    log_write((level), (event), (const struct log_fact[]){__VA_ARGS__},                                                     \
              sizeof((const struct log_fact[]){__VA_ARGS__}) / sizeof(struct log_fact))

#endif
