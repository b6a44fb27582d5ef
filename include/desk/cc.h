/* cc: whom a customer's mail brings into his ticket. Pure: the caller writes what it says into the store. */
#ifndef DESK_CC_H
#define DESK_CC_H

#include "desk/desk.h"
#include "desk/line.h"

#define CC_PARTIES_MAX 50u /* of one mail */

struct cc_party {
    struct str address; /* canonical, usable */
    struct str name;
    struct str role;    /* "participant", "suggested" */
};

/* The word of a customer's policy ("ask", "same-domain", "keep"); "" or anything else: the desk's own. */
enum cc_policy cc_policy_of(const struct desk *desk, struct str word);

/* The addresses in Cc, as the policy has them, and those beside ours in To, which are always only suggested. Never: addresses of ours and of agents, the sender himself,
 * addresses behind which nobody reads, unusable ones. Of a sender who is not proven all are only suggested: nothing may be sent to an address a stranger named.
 * An agent's mail brings nobody. */
void cc_parties(struct arena *arena, const struct desk *desk, enum cc_policy policy, const struct sender *sender, const struct message *message,
                struct cc_party **list, size_t *count);

#endif
