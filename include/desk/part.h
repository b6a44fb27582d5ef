/* part: which part the author of a mail plays: a customer, or an agent who acts on a ticket, asks, or passes a customer's mail on. Decided once sender and placement
 * are known; whoever claims to be an agent and cannot prove it is held. */
#ifndef DESK_PART_H
#define DESK_PART_H

#include "desk/desk.h"
#include "desk/line.h"
#include "desk/order.h"
#include "desk/place.h"

/* Fills sender->part and part_why, and makes the placement agree with it: an acting agent's mail stays beside the conversation of the ticket (PLACED_ACTED), however long
 * that is closed; a held one is shown on the ticket it leads to and does nothing (PLACED_HELD), or opens a ticket that waits. An agent who claims nothing (no token, no
 * command, no ticket, no forward) is a customer like anybody. */
void part_decide(struct arena *arena, const struct message *message, const struct order *order, const struct clues *clues, struct sender *sender,
                 struct placement *placement);

#endif
