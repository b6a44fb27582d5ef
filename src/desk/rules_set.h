/* rules_set: what a rule is once it has been read; shared by the files that load, decide and test, and by nobody else. */
#ifndef DESK_RULES_SET_H
#define DESK_RULES_SET_H

#include "desk/rules.h"

enum cond_kind {
    COND_ALL,   /* every child holds */
    COND_ANY,   /* one child holds */
    COND_NOT,   /* its one child does not hold */
    COND_PROBE, /* the pattern matched (negated: did not) */
    COND_FACT   /* something known without scanning */
};

enum fact {
    FACT_MAILBOX, FACT_KIND, FACT_LANGUAGE, FACT_SIZE, FACT_ATTACHMENTS, FACT_NEW, FACT_REPLY, FACT_TRUNCATED, FACT_AGENT, FACT_PROVEN,
    FACT_ENCRYPTED, FACT_AUTHENTICATION, FACT_SIGNATURE, FACT_CUSTOMER, FACT_PLAN, FACT_OPEN
};

enum comparison { IS, IS_NOT, LESS, MORE, AT_MOST, AT_LEAST };

struct cond {
    enum cond_kind kind;
    struct str words; /* of the file */
    struct place_in_file at;
    struct cond *children;
    size_t child_count;
    uint32_t probe;
    bool negated;
    enum fact fact;
    enum comparison comparison;
    uint64_t number;
    struct str_list texts; /* the fact is one of these */
};

enum action_kind {
    ACTION_QUEUE, ACTION_SEVERITY, ACTION_IMPACT, ACTION_URGENCY, ACTION_KIND, ACTION_TAG, ACTION_FIELD, ACTION_TEMPLATE, ACTION_NO_ACK, ACTION_HOLD,
    ACTION_IGNORE, ACTION_PARTNER, ACTION_STOP, ACTIONS
};

struct action {
    enum action_kind kind;
    struct str text;  /* the value; of a field, its text with {captures} unless from_capture */
    struct str field; /* of ACTION_FIELD and ACTION_PARTNER: the name */
    bool from_capture;
    uint32_t line;
};

/* One thing a test asks for. */
struct expectation {
    enum { EXPECT_ACTION, EXPECT_NO_MATCH } kind;
    enum action_kind action;
    struct str field, text;
    struct place_in_file at;
};

struct rule_test {
    struct str sample;
    struct str mailbox; /* "" : the first one there is */
    bool reply;
    struct expectation *expectations;
    size_t count;
    struct place_in_file at;
};

struct rule {
    struct str name;
    const struct syntax_file *source;
    struct place_in_file at;
    struct cond when; /* COND_ALL */
    bool says_reply;  /* `reply` is among the conditions: it may reclassify a ticket that is already there */
    struct action *actions;
    size_t action_count;
    struct rule_test *tests;
    size_t test_count;
    struct str_list captures; /* named groups of its patterns that can match (not below `not`) */
};

struct ruleset {
    struct rule *rules;
    size_t count;
    struct scan_probe *probes;
    size_t probe_count;
    struct str hash;
    struct str first_mailbox;
    bool has_partners; /* a rule takes other desks' numbers */
};

/* "queue", "severity", … as the file and the ticket's values say it. */
const char *action_name(enum action_kind kind);

#endif
