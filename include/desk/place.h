/* place: whose ticket is it? Two steps, so that the store stays out: place_clues says what to look up, the caller looks it up, place_decide
 * weighs what was found. */
#ifndef DESK_PLACE_H
#define DESK_PLACE_H

#include "desk/desk.h"
#include "desk/line.h"
#include "desk/token.h"

/* A number under which another desk, or an earlier one, knows the matter. */
struct other_number {
    struct str source; /* "former", else the partner's name */
    struct str number; /* in lower case */
    struct str rule;   /* of a partner: the rule that took it; "" */
};

/* Another mail with this one's Message-ID and other octets, which is on record. */
struct twin {
    int64_t ticket;     /* where it went; 0: there is none */
    bool elsewhere;     /* it came to another mailbox, from the same sender within a day: the same mail, sent to both */
    bool copy;          /* it came to the same mailbox so, and says the same: the same mail, by another way */
    bool opened;        /* it opened `ticket` */
    bool acknowledged;  /* ... and was acknowledged there */
    int64_t here;       /* the ticket in this mailbox that goes with `ticket`; 0: none */
    struct str mailbox; /* it came to */
};

struct clues {
    struct token *tokens; /* verified */
    size_t token_count;
    size_t addressed_count; /* so many of them, the first ones, stood in an address the mail was sent to */
    struct str_list ids; /* In-Reply-To and References, newest first; of a report: the original's Message-ID first */
    int64_t tag;         /* ticket number in a subject tag [INC-1042]; 0: none */
    bool reply_subject;  /* the outermost prefix of the subject is one of answering (Re, AW, SV, RE[2] …) */
    struct str bare_subject; /* without reply and forward prefixes and tag */
    bool forwarded;      /* the outermost prefix is one of passing on (Fwd, WG, TR, 转发 …) */
    bool thanks;         /* a person says thanks, and nothing else */
    struct str former;   /* number of an earlier system in the subject, behind one of desk.former_tags, in lower case; "" */
    /* What the caller found out about them before placing: */
    struct other_number *numbers; /* partners' numbers and `former` */
    size_t number_count;
    size_t voided;       /* so many tokens were verified but are void, and are not among `tokens` */
    struct twin twin;
};

/* A ticket found by one of the clues. */
struct candidate {
    int64_t ticket;
    int64_t asked;       /* the ticket the clue names; another one when that went into `ticket` */
    bool closed;
    int64_t closed_at;
    bool is_party;       /* the sender's canonical address is a party of it (or of the one that went into it) */
    bool same_customer;  /* he belongs to the ticket's customer */
    bool same_domain;    /* his address is of the requester's domain, and that is no public mail provider's */
    struct str bare_subject; /* the ticket's subject; prefixes and tags may still be on it */
    int64_t letter;      /* found by the Message-ID of this letter of ours; 0 */
    struct str by;       /* "token", "reference", "partner", "tag", "former" */
    struct str clue;     /* the token's ticket, the Message-ID, the tag, the number ("ACME 77"), for the reason */
};

void place_clues(struct arena *arena, const struct desk *desk, const struct token_keys *keys, const struct message *message, struct clues *clues);

/* A subject without prefixes and tags. */
struct str place_bare_subject(struct arena *arena, const struct desk *desk, struct str subject);

/* What each piece of evidence may do:
 *   token       joins; an agent's only when he is proven
 *   reference   joins when the sender is a party, of the same customer (or a proven agent); else proposed
 *   partner     the same, or when he is of the requester's domain
 *   tag, former as a reference
 * A forward, or a subject that has nothing in common with the ticket's, opens a new ticket linked to it, unless the mail was sent to an address with the
 * ticket's token or carries its tag or number. Closed for longer than the reopening window: a new linked one, too. Automatic mail never does either: it is appended
 * without reopening; so is thanks that comes to a closed ticket. Reports count only when they speak of a letter of ours. A machine's answer (Auto-Submitted: auto-replied …) to nothing
 * of ours is set aside; other automatic mail opens a ticket (monitoring systems write so).
 *
 * One mail sent to two mailboxes: a ticket in each, linked, and one acknowledgement. The same mail twice in one mailbox: both on one ticket. Any other mail whose Message-ID is
 * known already is placed as if it were not, and says so.
 *
 * candidates in the order of the clues: tokens, references newest first, partners' numbers, tag, former number. now is UTC ms. duplicate_of: a ticket that already holds the same octets
 * (seen true), 0 when it led to none. */
void place_decide(struct arena *arena, const struct desk *desk, const struct message *message, const struct sender *sender, int64_t now,
                  const struct clues *clues, const struct candidate *candidates, size_t candidate_count, bool seen, int64_t duplicate_of,
                  struct placement *placement);

#endif
