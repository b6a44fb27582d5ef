/* asking: the DNS as core sees it. Core has no network: a name that a mail's signatures need is asked of the courier, once for all mails that need it, and
 * remembered for as long as the answer may be. A mail waits for its answers a few seconds at most and then goes on without; no other mail waits for it. */
#ifndef CORE_ASKING_H
#define CORE_ASKING_H

#include "core/inbox.h"

#define ASKING_NAMES_MAX 1024u /* asked or remembered */

struct asking;

void asking_open(struct asking **asking);
void asking_close(struct asking **asking);
/* How long a mail may wait, ms. */
void asking_setup(struct asking *asking, int64_t patience);
/* Asks what the items that wait need (out: to the courier; NULL while it does not run), and lets those go on that have their answers or have waited long
 * enough. now is monotonic. */
void asking_turn(struct asking *asking, struct inbox *inbox, struct buf *out, int64_t now);
/* When asking_turn must be called at the latest (monotonic); INT64_MAX: nobody waits. */
int64_t asking_deadline(const struct asking *asking);
/* A frame with an answer; false: nothing of the kind was asked. */
bool asking_take(struct asking *asking, struct str payload, int64_t now);
/* The courier has ended: what it was asked must be asked again. */
void asking_recall(struct asking *asking);

#endif
