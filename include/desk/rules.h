/* rules: what the operator wants done with which mail. Loading (from the grammar's tree, all errors at once), deciding (order, stop,
 * provenance), explaining, and the rules' own tests. Scanning text is scan.h's; here its hits and the plain facts are judged. */
#ifndef DESK_RULES_H
#define DESK_RULES_H

#include "base/syntax.h"
#include "desk/desk.h"
#include "desk/line.h"
#include "desk/place.h"
#include "desk/scan.h"

#define RULES_MAX 10000u

struct ruleset;

/* Reads every `rule NAME { … }` of the files, in order. Names of queues, mailboxes and templates are checked against what is given; every
 * error goes to d. A set is returned even with errors in d (the caller refuses it). The set keeps references to the files' arena.
 * templates: names known (without queue and language). */
struct rules_known {
    const struct desk *desk;
    const struct str *mailboxes;
    size_t mailbox_count;
    const struct str *templates;
    size_t template_count;
};
void rules_load(struct arena *arena, const struct syntax_file *files, size_t file_count, const struct rules_known *known,
                struct ruleset **set, struct diagnoses *d);

/* The patterns to scan for; the index in this list is scan_hit.probe. */
const struct scan_probe *rules_probes(const struct ruleset *set, size_t *count);
size_t rules_count(const struct ruleset *set);
/* 64 hex digits: SHA-256 over the rules as read. Names the set in provenance. */
struct str rules_hash(const struct ruleset *set);

/* Facts beside the text. */
struct rules_facts {
    const struct raw *raw;
    const struct message *message;
    const struct sender *sender;
    const struct placement *placement;
    struct str customer, plan; /* of the address in From; "" : none */
};

/* Fills verdict's values, rules, failed, queue, kind, severity, template, hold and ignore. Severity: set outright by a rule, else the
 * matrix of impact × urgency when a rule set either (the other is medium), else the desk's default; never above the plan's cap. Each step leaves a value with its reason.
 * The answer part is answer.h's. */
void rules_decide(const struct ruleset *set, struct arena *arena, const struct desk *desk, const struct rules_facts *facts,
                  const struct scan_hits *hits, struct verdict *verdict);

/* Numbers of other desks in the mail, by the rules that say `partner NAME`, in the order of the rules, each once; at most `limit`. Judged before the ticket is known: `new` holds and
 * `reply` does not. A rule's `stop` ends it here, too. */
void rules_partners(const struct ruleset *set, struct arena *arena, const struct desk *desk, const struct rules_facts *facts, const struct scan_hits *hits, size_t limit,
                    struct other_number **numbers, size_t *count);

/* One rule as judged, for `rules explain` and `why-not`. */
struct rule_finding {
    struct str name, file;
    uint32_t line;
    bool applied, reached; /* not reached: an earlier rule said stop */
    struct str why;        /* "subject ~ /…/ matched "VPN gateway de-7" at 1 to 24", or the first condition that does not hold */
};
void rules_explain(const struct ruleset *set, struct arena *arena, const struct desk *desk, const struct rules_facts *facts,
                   const struct scan_hits *hits, struct rule_finding **findings, size_t *count);

/* Runs every `test` line of the set: sample → message → scan (interpreted) → decide → compared. Failures go to d at the expectation's place.
 * *run counts tests. False when any failed. */
bool rules_test(const struct ruleset *set, struct arena *arena, const struct desk *desk, struct diagnoses *d, size_t *run);

#endif
