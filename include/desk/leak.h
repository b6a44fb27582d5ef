/* leak: the guard before an agent's answer leaves. It looks for what the customer must not read: an internal note, somebody else's address, another ticket. What was
 * found is told in one line; the answer is then held, not changed. */
#ifndef DESK_LEAK_H
#define DESK_LEAK_H

#include "desk/desk.h"

#define LEAK_ADDRESSES_MAX 200u
#define LEAK_NOTE_LINE_MIN 20u /* characters of a line of a note that may not reappear; shorter lines are everybody's */

/* The addresses a text names, canonical, each once, at most LEAK_ADDRESSES_MAX; more: *many. */
void leak_addresses(struct arena *arena, struct str text, struct str_list *addresses, bool *many);

struct leak_facts {
    int64_t ticket;
    struct str_list notes;   /* internal notes of the ticket */
    struct str_list foreign; /* those of the text's addresses that are known here and belong to nobody on this ticket */
    struct str_list said;    /* what its customers wrote themselves: numbers that stand there are no secret */
    bool many;               /* more addresses than can be looked at */
};

/* "" : nothing found. Blanks, case and quote marks do not hide a note's line. Linear in text and notes. */
struct str leak_check(struct arena *arena, const struct desk *desk, const struct leak_facts *facts, struct str text);
/* The same of a file that goes along: an attached mail shows the way it came (Received, addresses) and is always found; files of text are read like the
 * text, and must not name an agent's address either, for files are not rewritten. Others are not looked into. */
struct str leak_file(struct arena *arena, const struct desk *desk, const struct leak_facts *facts, const struct carried_file *file);

#endif
