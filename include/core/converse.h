/* converse: what follows from a filed mail, in its transaction: agents hear of news, an agent's orders are carried out and his answer goes to the customer, a mail in an
 * agent's name that does not prove itself is told to him. And what follows when a letter of ours comes to nothing. */
#ifndef CORE_CONVERSE_H
#define CORE_CONVERSE_H

#include "core/intake.h"

/* After line->filed is set. line->wrote: letters were written. */
bool converse(const struct intake *intake, struct line *line, struct err *err);

/* A report about a letter of ours came in (PLACED_REPORT). */
bool converse_bounced(const struct intake *intake, struct line *line, struct err *err);

/* A human answer was accepted by the relay: the first response is met. */
bool converse_delivered(const struct intake *intake, struct arena *arena, int64_t letter, struct err *err);

/* A letter of ours will not reach that address (refused by its server, given up, or bounced). A human answer: the ticket opens again and its agents hear of it. A
 * notification: the operator hears of it, nobody else, so that nothing can go round. wrote: letters were written. */
bool converse_undelivered(const struct intake *intake, struct arena *arena, int64_t letter, struct str address, struct str reason, bool *wrote, struct err *err);

/* A ticket's time has come (pending until, snoozed until): it was opened again, its agents hear of it. */
bool converse_woken(const struct intake *intake, struct arena *arena, int64_t ticket, bool *wrote, struct err *err);

#endif
