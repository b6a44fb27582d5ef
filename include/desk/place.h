/* place: whose ticket is it? Two steps, so that the store stays out: place_clues says what to look up, the caller looks it up, place_decide
 * weighs what was found (PRODUCT section 3; SAFETY 44 to 48). */
#ifndef DESK_PLACE_H
#define DESK_PLACE_H

#include "desk/desk.h"
#include "desk/line.h"
#include "desk/token.h"

struct clues {
    struct token *tokens; /* verified */
    size_t token_count;
    struct str_list ids; /* In-Reply-To and References, newest first; of a report: the original's Message-ID first */
    int64_t tag;         /* ticket number in a subject tag [INC-1042]; 0: none */
    bool reply_subject;  /* the subject begins with a reply prefix (Re, AW, SV, RE[2] …) or equals after stripping */
    struct str bare_subject; /* without reply and forward prefixes and tag */
    bool forwarded;      /* the subject begins with a forward prefix (Fwd, WG, TR, 转发 …) */
};

/* A ticket found by one of the clues. */
struct candidate {
    int64_t ticket;
    bool closed;
    int64_t closed_at;
    bool is_party;       /* the sender's canonical address is a party of it */
    struct str bare_subject;
    int64_t letter;      /* found by the Message-ID of this letter of ours; 0 */
    struct str by;       /* "token", "reference", "tag" */
    struct str clue;     /* the token's ticket, the Message-ID or the tag, for the reason */
};

void place_clues(struct arena *arena, const struct desk *desk, const struct token_keys *keys, const struct message *message, struct clues *clues);

/* candidates in the order of the clues: tokens, references newest first, tag. duplicate_of: a ticket that already holds the same octets
 * (seen true), 0 when it led to none. */
void place_decide(struct arena *arena, const struct desk *desk, const struct message *message, const struct sender *sender, int64_t now,
                  const struct clues *clues, const struct candidate *candidates, size_t candidate_count, bool seen, int64_t duplicate_of,
                  struct placement *placement);

#endif
