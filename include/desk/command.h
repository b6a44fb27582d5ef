/* command: the verbs that change a ticket, as one table: by mail (#close), by triagectl (do 1042 close), and their undoing. Here they are parsed and
 * checked; the store carries them out. */
#ifndef DESK_COMMAND_H
#define DESK_COMMAND_H

#include "base/err.h"
#include "desk/desk.h"

enum command_verb {
    COMMAND_NOTE, COMMAND_CLOSE, COMMAND_REOPEN, COMMAND_PENDING, COMMAND_TAKE, COMMAND_OWNER, COMMAND_QUEUE, COMMAND_SEVERITY, COMMAND_KIND,
    COMMAND_TAG, COMMAND_FIELD, COMMAND_SPAM, COMMAND_LINK, COMMAND_VERBS
};

/* One change of a ticket: a field gets a new value ("" removes). Tags: field "tag", text "+x" or "-x". A note: field "note". */
struct change {
    struct str field; /* "state", "owner", "queue", "severity", "kind", "tag", "field.NAME", "note", "link" */
    struct str text;
};

struct command_help {
    const char *name;      /* "close" */
    const char *arguments; /* "NAME", "+TAG -TAG …" */
    const char *help;      /* one line */
};
const struct command_help *command_table(size_t *count);

/* "close" or {"severity","B"}: words of one command → the changes it means, in the arena. ERR_ITEM with what would be right (nearest verb, the
 * queues there are …). actor: who acts (for take). */
bool command_parse(struct arena *arena, const struct desk *desk, const struct str *words, size_t word_count, struct str actor, struct change **changes,
                   size_t *change_count, struct err *err);

#endif
