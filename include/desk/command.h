/* command: the verbs of agents as one table: by mail (#close), by triagectl (do 1042 close), in `#help`, the manuals and completion. Here they are parsed and
 * checked against the desk; the store carries their changes out, core does what else they mean. */
#ifndef DESK_COMMAND_H
#define DESK_COMMAND_H

#include "base/clock.h"
#include "base/err.h"
#include "desk/desk.h"

#define COMMAND_WORDS_MAX 1000u
#define COMMAND_SPAN_MIN CLOCK_MINUTE /* of pending and snooze */
#define COMMAND_SPAN_MAX (366 * CLOCK_DAY)

enum command_verb {
    COMMAND_NOTE, COMMAND_CLOSE, COMMAND_REOPEN, COMMAND_PENDING, COMMAND_SNOOZE, COMMAND_TAKE, COMMAND_ASSIGN, COMMAND_QUEUE, COMMAND_SEVERITY, COMMAND_KIND,
    COMMAND_TAG, COMMAND_FIELD, COMMAND_CUSTOMER, COMMAND_CC, COMMAND_LINK, COMMAND_MERGE, COMMAND_SPLIT, COMMAND_ACCEPT, COMMAND_SPAM, COMMAND_BLOCK, COMMAND_MAJOR,
    COMMAND_KNOWN_ERROR,
    COMMAND_RELEASE, COMMAND_REFUSE, COMMAND_BROADCAST,
    COMMAND_UNDO,
    COMMAND_LIST, COMMAND_SHOW, COMMAND_SEARCH, COMMAND_REPORT, COMMAND_HELP,
    COMMAND_VERBS
};

enum command_class {
    CLASS_CHANGE,   /* its changes are all there is to it */
    CLASS_RELAY,    /* its changes, and letters to customers, which are core's: release, refuse, broadcast */
    CLASS_UNDO,     /* of the receipt in text; "" : the last one of this agent on this ticket */
    CLASS_QUESTION, /* is answered; changes nothing and needs no ticket */
    CLASSES
};

/* One change of a ticket: a field gets a new value ("" removes). What stands where is store_change's. */
struct change {
    struct str field; /* "state", "owner", "queue", "severity", "kind", "tag", "field.NAME", "note", "link", "party", "requester", "merged", "split", "wake", "accept", "blocked" */
    struct str text;
    bool maybe; /* nothing is wrong when it is so already */
};

/* What `list` lists; all but closed. */
enum command_list { LIST_ALL, LIST_MINE, LIST_QUEUE, LIST_OVERDUE };

struct command {
    enum command_verb verb;
    enum command_class class;
    struct change *changes; /* in the order in which they are carried out; none for questions and undo */
    size_t change_count;
    struct str text;  /* broadcast, refuse: what customers read; undo: the receipt; list: the queue; search: the words; help: the verb */
    enum command_list list;
    int64_t ticket;   /* show: which; 0: the one at hand */
    bool takes_rest;  /* no text stood behind the verb: what follows the commands in the mail is it (command_rest) */
    bool needs_text;  /* and without it the command means nothing */
};

struct command_help {
    const char *name;      /* "close" */
    const char *alias;     /* "" : none */
    const char *arguments; /* "NAME", "+TAG -TAG …"; "" : none */
    const char *help;      /* one line */
    enum command_class class;
    bool takes_rest;       /* the rest of the mail, or standard input, may be its text */
};
/* By enum command_verb. */
const struct command_help *command_table(size_t *count);
/* The heading of a list of the verbs of that class: "Changing a ticket". */
const char *command_class_title(enum command_class class);
/* The verb of that name or alias, without case; COMMAND_VERBS: none. */
enum command_verb command_verb_of(struct str name);

/* "close" or {"severity","B"}: the words of one command → what it means, in the arena. ERR_ITEM with what would be right (nearest verb, the queues there
 * are …). actor: who acts (for take and mine). now: UTC ms (for pending and snooze). */
bool command_parse(struct arena *arena, const struct desk *desk, const struct str *words, size_t word_count, struct str actor, int64_t now, struct command *command,
                   struct err *err);
/* Gives a command that takes the rest its text. ERR_ITEM: it needs one and there is none. Harmless for all others. */
bool command_rest(struct arena *arena, struct command *command, struct str rest, struct err *err);

#endif
