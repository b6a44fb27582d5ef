/* agent: an agent's mail carried out: its commands, all or none; its text to the customer, past the leak guard; a receipt that says what was done. */
#ifndef CORE_AGENT_H
#define CORE_AGENT_H

#include "core/intake.h"

/* A mail of a proven agent (PART_AGENT: on its ticket, PART_ASKING: on none). */
bool agent_mail(const struct intake *intake, struct line *line, struct err *err);
/* What an agent wrote above a customer's mail that he passes on: commands and a note for the ticket it opened. */
bool agent_on_behalf(const struct intake *intake, struct line *line, struct err *err);

/* An answer of an agent to a ticket's customer; *held: why it waits ("" : it leaves). receipt: under which it can be seen; letter: its number. ERR_ITEM: there is nobody to
 * write to. Used by mail and by triagectl reply. */
struct agent_reply {
    int64_t ticket;
    const struct agent_settings *agent;
    struct str text, html;
    const struct carried *carried;
};
bool agent_reply(const struct intake *intake, struct arena *arena, const struct agent_reply *reply, int64_t *letter, struct str *to, struct str *held, struct err *err);

#endif
