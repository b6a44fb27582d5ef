/* answers: the questions of agents by mail (#list #show #search #report #help), answered as the text of a mail. Every agent may see every ticket. What comes from mails
 * is shown as on a terminal: no control, no bidirectional override is left in it. */
#ifndef CORE_ANSWERS_H
#define CORE_ANSWERS_H

#include "core/intake.h"
#include "desk/command.h"

#define ANSWERS_ROWS_MAX 50u             /* tickets listed */
#define ANSWERS_MESSAGES_MAX 10u         /* of a ticket, the newest */
#define ANSWERS_MESSAGE_MAX 4000u        /* octets of one */
#define ANSWERS_TEXT_MAX (64u * 1024)    /* octets of an answer */

/* command is of CLASS_QUESTION; ticket: the one the mail is about, 0: none. ERR_ITEM: there is no such ticket. */
bool answers_text(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, int64_t ticket, const struct command *command, struct str *text,
                  struct err *err);

#endif
