/* desk: what the configuration says about the desk, as plain data for the pure modules. Filled by core/config; const after. */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include "desk/calendar.h"
#include "mail/message.h"

/* Severity A (critical) to D; index 0 to 3. */
#define DESK_SEVERITIES 4u

/* The clocks of a ticket: until the first answer by a human, from one answer to the next, and until it is closed. */
enum desk_clock { DESK_RESPOND, DESK_UPDATE, DESK_RESOLVE };
#define DESK_CLOCKS 3u

/* What a clock may take at most. */
struct target {
    int64_t span;                 /* ms counted on the calendar; 0: nothing is promised */
    const struct calendar *calendar; /* NULL: the plan's, else the one that is always open */
    bool set;                     /* of a plan: it stands in place of the severity's */
};

struct severity_settings {
    struct str name; /* "Critical" */
    struct target targets[DESK_CLOCKS];
    struct str phone; /* to call for it; "" : none */
};

/* What a customer has bought. */
struct plan_settings {
    struct str name;
    const struct calendar *calendar; /* of times that name none */
    uint8_t severity_cap;            /* no ticket of a customer's mail is more severe */
    struct target targets[DESK_CLOCKS][DESK_SEVERITIES];
};

/* Agents who have the turn one after the other. */
struct roster_settings {
    struct str name;
    struct str *members; /* names of agents, at least one */
    size_t member_count;
    int64_t turn;        /* ms */
    int64_t since;       /* ms since 1970-01-01 00:00 by the clock on the desk's wall: when the first one's turn began */
};

enum escalation_kind { ESCALATE_TO_OWNER, ESCALATE_TO_QUEUE, ESCALATE_TO_AGENT, ESCALATE_TO_ROSTER };
struct escalation_to {
    enum escalation_kind kind;
    struct str name; /* of the agent or roster */
};
#define ESCALATION_PERCENTS 8u

/* Who is told when so much of a promised time has passed. */
struct escalation_settings {
    struct str name;
    uint32_t percents[ESCALATION_PERCENTS]; /* ascending */
    size_t percent_count;
    struct str *queues; /* none: all */
    size_t queue_count;
    uint32_t severities, clocks; /* a bit for each (enum desk_clock) */
    struct escalation_to *to;
    size_t to_count;
};

/* impact and urgency: high, medium, low (index 0 to 2). */
#define DESK_LEVELS 3u

struct queue_settings {
    struct str name;
    struct str template; /* acknowledgement template of this queue; "" : the desk's */
    bool acknowledge;
};

/* Proofs that must come together before a mail is taken for an agent's. */
enum agent_proof { PROOF_TOKEN, PROOF_TOKEN_DMARC, PROOF_TOKEN_SMIME, PROOF_TOKEN_PGP };

/* What becomes of addresses a customer puts into Cc: shown to the agent only, taken as participants when of the sender's own domain, or all of them. */
enum cc_policy { CC_ASK, CC_SAME_DOMAIN, CC_KEEP };

struct agent_settings {
    struct str name;         /* "alice" */
    struct str display_name; /* "Alice Ng" */
    struct str *addresses;   /* canonical */
    size_t address_count;
    struct str *queues;
    size_t queue_count;
    enum agent_proof proof;
    struct str public_name; /* under which customers read his answers; "" : the desk's name alone */
    struct str timezone;    /* IANA */
    struct str zone;        /* its octets */
    int64_t absent_until;   /* UTC ms; until then he is told of nothing but his own mail's receipts; 0: present */
};

struct budget_limit {
    uint32_t count;
    int64_t span; /* ms */
};

#define BUDGET_LIMITS_MAX 4u

struct budget_settings {
    struct budget_limit recipient[BUDGET_LIMITS_MAX]; /* automatic mails to one address: 2/h 10/d */
    size_t recipient_count;
    struct budget_limit domain[BUDGET_LIMITS_MAX]; /* to one domain */
    size_t domain_count;
    struct budget_limit breaker; /* to all: 30/15min; above it the global breaker opens */
    struct str operator_address; /* told once when the breaker opens; "" : nobody */
};

struct desk {
    struct str name;        /* "Contoso Support" */
    struct str address;     /* canonical; letters come from it */
    struct str *addresses;  /* every address of ours, the first included; canonical */
    size_t address_count;
    struct str domain;      /* of Message-IDs we make: that of `address` */
    struct str timezone;    /* IANA */
    struct str zone;        /* its octets, as of when the configuration was read (base/clock.h); "" : none on this machine */
    struct str *languages;  /* ISO 639-1, the first is the default */
    size_t language_count;
    struct str tag;         /* "INC": the subject tag is [INC-1042] */
    struct str default_queue;
    struct queue_settings *queues;
    size_t queue_count;
    struct severity_settings severities[DESK_SEVERITIES];
    struct calendar *calendars;
    size_t calendar_count;
    struct plan_settings *plans;
    size_t plan_count;
    struct roster_settings *rosters;
    size_t roster_count;
    struct escalation_settings *escalations;
    size_t escalation_count;
    uint8_t default_severity;               /* 0 to 3 */
    uint8_t matrix[DESK_LEVELS][DESK_LEVELS]; /* [impact][urgency] gives the severity */
    struct agent_settings *agents;
    size_t agent_count;
    struct budget_settings budget;
    struct str *authservs; /* authserv-ids we believe (RFC 8601) */
    size_t authserv_count;
    struct str *arc_sealers; /* domains whose word on what they forwarded we believe (RFC 8617) */
    size_t arc_sealer_count;
    int64_t reopen_window; /* ms after closing within which a reply reopens; 14 days */
    struct str loop_id;    /* value of our X-Triaged-Loop field: the desk's address */
    struct str *prefixes;  /* signs that begin a command line in an agent's mail: "#" */
    size_t prefix_count;
    enum cc_policy cc;
    int64_t undo_window;      /* ms within which #undo takes back */
    uint64_t relay_max;       /* octets of attachments one letter carries; what is above is left out, and said so */
    struct str *former_tags;  /* words before a number of an earlier system in subjects: "Ticket#" */
    size_t former_tag_count;
};

/* 'A' to 'D'. */
char severity_letter(uint8_t severity);
/* The severity of that letter, in either case; false for anything else. */
bool severity_of(struct str letter, uint8_t *severity);
/* high, medium, low. */
bool level_of(struct str word, uint8_t *level);
const char *level_name(uint8_t level);
/* respond, update, resolve. */
const char *desk_clock_name(enum desk_clock clock);
/* The calendar of that name, "always" included; NULL: there is none. */
const struct calendar *desk_calendar(const struct desk *desk, struct str name);
/* NULL: there is none. */
const struct plan_settings *desk_plan(const struct desk *desk, struct str name);
/* What is promised at that severity to a customer of that plan ("" or unknown: of none); its calendar is never NULL. */
struct target desk_target(const struct desk *desk, struct str plan, uint8_t severity, enum desk_clock clock);
const struct queue_settings *desk_queue(const struct desk *desk, struct str name);
/* The sign that begins a command, as shown to agents: the first one configured. */
struct str desk_sign(const struct desk *desk);
/* The agent with that (canonical) address, or of that name (case ignored); NULL: none. */
const struct agent_settings *desk_agent_at(const struct desk *desk, struct str address);
const struct agent_settings *desk_agent(const struct desk *desk, struct str name);
/* Is he told of tickets now, and of those of that queue? */
bool agent_is_present(const struct agent_settings *agent, int64_t now);
bool agent_serves(const struct agent_settings *agent, struct str queue);
/* Is the (canonical) address one of ours, with or without a +tag? */
bool desk_owns(const struct desk *desk, struct str addr);

#endif
