/* change: what the kinds of changes by hand share. Private to store. A kind is three functions: it makes the change, says whether it still stands, and takes it
 * back. A change may be made of others, which stand under the same receipt before it. */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "sql.h"

/* Who changes what, and when. */
struct changing {
    struct store *store;
    struct arena *arena;
    int64_t ticket;
    struct str field; /* as asked for: "field.gateway" */
    struct str actor, receipt;
    int64_t now;
    unsigned depth; /* parts of parts */
    bool related;   /* merging: somebody has said that the two belong together */
    struct err *err;
};

/* What a change has found and made; kept in its row, so that it can be taken back. */
struct made {
    struct str before, after;
    int64_t extra; /* a row it is about; 0: none */
};

typedef bool change_make(struct changing *c, struct str value, struct made *made);
typedef bool change_stands(struct changing *c, const struct made *made, bool *stands);
typedef bool change_back(struct changing *c, const struct made *made);

/* Values of the ticket itself: change_value.c. */
change_make column_make, field_make, tag_make, link_make, note_make, wake_make;
change_stands column_stands, field_stands, tag_stands, link_stands, note_stands, wake_stands;
change_back column_back, field_back, tag_back, link_back, note_back, wake_back;
/* People on it: change_party.c. */
change_make party_make, requester_make, blocked_make;
change_stands party_stands, requester_stands, blocked_stands;
change_back party_back, requester_back, blocked_back;
/* What is one ticket and what are two: change_merge.c, change_split.c. */
change_make merged_make, split_make, accept_make;
change_stands merged_stands, split_stands, accept_stands;
change_back merged_back, split_back, accept_back;

/* Another change as part of this one. */
bool change_part(struct changing *c, int64_t ticket, struct str field, struct str value);
/* Why a value is what it is. */
bool change_explain(struct changing *c, int64_t ticket, struct str field, struct str value, struct str because);

/* The ticket as changes look at it; id 0: there is none. */
struct ticket_facts {
    int64_t id, merged_into, customer, wake_at;
    struct str state, requester;
};
bool ticket_facts(struct changing *c, int64_t ticket, struct ticket_facts *facts);
/* "suggested", "participant", "requester"; "" : not on it. */
bool party_role(struct changing *c, int64_t ticket, struct str address, struct str *role);

/* The ticket belongs to the customer of that address. */
bool customer_follows(struct changing *c, int64_t ticket, struct str address);

/* A message as changes look at it; id 0: there is none. */
struct message_facts {
    int64_t id, ticket, at, opened; /* opened: the ticket its ledger row names */
    bool incoming, proposed, hidden;
    struct str sender, sender_name, subject, message_id;
};
/* The one of that number, or "last": the newest that is a proposal or is none. It must be on the ticket and come from outside; ERR_ITEM says what is wrong. */
bool message_facts(struct changing *c, struct str value, bool proposed, struct message_facts *facts);
/* A number above 0. */
bool change_number(struct str value, int64_t *number);
/* Is there a row for (ticket, second)? */
bool change_has_row(struct changing *c, enum sql which, struct cell second, bool *has);

#endif
