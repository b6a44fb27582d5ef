/* line: the straight line a mail goes along, one open struct a stage:
 *
 *     raw -> message -> sender -> placement -> verdict -> filed -> letter -> receipt
 *
 * Each stage reads those before it and fills exactly one. `message` is mail/message.h, with the rules' scan hits beside it (desk/scan.h). */
#ifndef DESK_LINE_H
#define DESK_LINE_H

#include "mail/message.h"

/* A mail as it came. */
struct raw {
    struct str mailbox; /* name in the configuration; "ingest" for triagectl ingest */
    struct str folder;
    uint32_t uid_validity;
    uint32_t uid;
    int64_t internal_date; /* the server's INTERNALDATE: clocks start here */
    int64_t received;      /* when core got it */
    uint64_t size;         /* of the whole message */
    bool truncated;        /* octets are headers and the first part only */
    bool backfill;         /* was there before we came: no acknowledgement, no clock */
    bool settled;          /* its mailbox keeps it as it is: nothing is left to be done there */
    struct str octets;
    uint8_t sha256[32];
};

/* Which part the author plays (desk/part.h). */
enum part {
    PART_CUSTOMER,  /* anybody, an agent among them */
    PART_AGENT,     /* acts on the ticket whose token he holds */
    PART_ASKING,    /* a proven agent with commands or questions that belong to no ticket of his token */
    PART_ON_BEHALF, /* a proven agent passes on a customer's mail */
    PART_HELD       /* from an agent's address, wanting what only an agent may, without his proof */
};

/* Who wrote it. */
struct sender {
    struct str address; /* canonical From; "" when there is none or more than one */
    struct str name;
    struct str agent;   /* name of the agent it claims to be by address; "" for others */
    bool proven;        /* by independent proof, not by From; an agent: by his policy, with his token for `token_ticket` */
    int64_t token_ticket; /* an agent: the ticket his token is for; 0: none */
    bool standing;      /* an agent: proven for what belongs to no ticket (passing on a customer's mail, asking) */
    struct str claimed; /* the agent whose token a mail from another address carries; "" : none */
    struct str proof;   /* what proves it, or why it is not proven */
    struct str by;      /* what the mail itself proves of its From: "dmarc", "dkim", "arc", "smime", "pgp"; "none" */
    enum part part;
    struct str part_why;/* "" for a customer */
    struct str passed_by; /* the agent who passed this customer's mail on; "" */
};

enum placed {
    PLACED_NEW,      /* a new ticket */
    PLACED_APPENDED, /* onto `ticket` */
    PLACED_PROPOSED, /* a stranger's: shown on `ticket`, and a new ticket of its own is opened */
    PLACED_REPORT,   /* a bounce or other report about a letter of ours on `ticket`, or about nothing we know (ticket 0) */
    PLACED_DUPLICATE,/* the same octets were filed before */
    PLACED_OWN,      /* our own mail come back */
    PLACED_ASIDE,    /* automatic mail that answers nothing of ours: recorded, no ticket */
    PLACED_ACTED,    /* a proven agent's, about `ticket`: kept beside the conversation, what it orders is carried out */
    PLACED_ASKED,    /* a proven agent's, about no ticket: recorded, answered by a receipt */
    PLACED_HELD      /* an agent's without his proof: shown on `ticket`, nothing comes of it */
};

struct placement {
    enum placed placed;
    int64_t ticket;      /* 0: none yet */
    int64_t linked;      /* a new ticket is linked to this one (closed for long, re-subjected); 0: none */
    int64_t letter;      /* of a report: the letter it speaks of; 0: unknown */
    bool reopens;        /* the ticket was closed and opens again */
    bool thanks;         /* thanks only, for a closed ticket: nobody need be told */
    bool copy;           /* the same mail is on record already, from another mailbox or by another way */
    int64_t acknowledged;/* a new ticket: the sender has the acknowledgement of this one for the same mail; 0: none */
    struct str evidence; /* "token", "reference", "partner", "tag", "former", "octets", "message-id", "repeat", "none" */
    struct str why;      /* for people: "References names <…> of ticket 1042" */
};

/* One value of a ticket and where it came from. */
struct value {
    struct str field;   /* "queue", "severity", "impact", "urgency", "kind", "tag", "field.gateway", "template", … */
    struct str text;
    struct str rule;    /* "" : not by a rule */
    struct str file;    /* of the rule */
    uint32_t line;
    struct str source;  /* where the matched text stood: "subject", "text", "header X-Y"; "" : none */
    uint32_t start, end;/* characters in it, from 1, end inclusive; 0 when none */
    struct str matched; /* the text itself, at most 200 characters */
    struct str because; /* for people: "matrix impact high × urgency high", "desk default" */
};

struct verdict {
    struct value *values; /* later ones win, except tags, which add up */
    size_t value_count;
    struct str *rules; /* names of the rules that applied, in order */
    size_t rule_count;
    struct str *failed; /* rules that ran into a limit: "gateway-down: match limit on text" */
    size_t failed_count;
    struct str queue;
    struct str kind; /* "incident", "request", "problem" */
    uint8_t severity;
    struct str template;
    bool hold, ignore;
    struct str set_aside_why; /* of hold and ignore: rule and its words */
    /* The answer: a decision in each case. */
    bool answer;
    struct str answer_why; /* "new ticket", or the reason that nothing is sent: "automatic: Auto-Submitted: auto-replied" */
    struct str language;   /* of the answer */
};

/* What is on record after the commit. Names as in PRODUCT section 1. */
enum outcome {
    OUTCOME_OPENED,
    OUTCOME_APPENDED,
    OUTCOME_PROPOSED,
    OUTCOME_BOUNCE,
    OUTCOME_AUTOMATIC,
    OUTCOME_HELD,
    OUTCOME_REFUSED,
    OUTCOME_QUARANTINED,
    OUTCOME_DUPLICATE,
    OUTCOME_OVERSIZE,
    OUTCOME_OWN,
    OUTCOMES
};
const char *outcome_name(enum outcome outcome);

struct filed {
    enum outcome outcome;
    struct str reason;
    int64_t ledger;  /* row */
    int64_t ticket;  /* 0: none */
    int64_t message; /* 0: none */
    int64_t letter;  /* the acknowledgement; 0: none */
};

/* One outgoing mail; its octets never change. */
struct letter {
    int64_t id;          /* given by the store */
    int64_t ticket;      /* 0: none (an alarm) */
    struct str relay;
    struct str kind;     /* "ack", "alarm", "reply", … */
    struct str message_id;
    struct str from;     /* envelope sender; "" is <> */
    struct str *recipients;
    size_t recipient_count;
    struct str octets;
    struct str subject, text; /* what it says, for showing the conversation; nothing of it is sent from here */
    int64_t created;
};

#endif
