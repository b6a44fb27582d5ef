/* tell: which agents hear of what. News of a ticket goes to its owner, else to every agent of its queue who is present; each gets a mail of his own. */
#ifndef CORE_TELL_H
#define CORE_TELL_H

#include "core/intake.h"
#include "desk/notify.h"

/* Kept small on purpose: what of a ticket is in a notification comes from the store. */
struct tell {
    const struct intake *intake;
    struct arena *arena;
    int64_t ticket;
    bool everybody;       /* all agents of the queue, whoever owns it */
    struct str except;    /* this agent knows already; "" : nobody */
    struct str only;      /* this agent alone; "" */
    struct notify_news news;
    int64_t message;      /* the message the news is, left out of the history; 0: none */
};

/* Writes the notifications. *told: to how many agents; nobody to tell is an event on the ticket, so that it shows. */
bool tell_agents(const struct tell *tell, size_t *told, struct err *err);

/* A receipt to an agent for his mail; ticket 0: none. */
bool tell_receipt(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, const struct message *message, int64_t ticket, struct str text,
                  struct err *err);
/* One mail to an agent of promised times that run out. */
bool tell_reminder(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, const struct notify_reminder *list, size_t count, struct err *err);
/* A notice that a mail in his name was held; within the budget of automatic mail to his address, else an event says that he was not told. */
bool tell_held(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, const struct message *message, int64_t ticket, struct str why,
               struct err *err);
/* An event of that kind, and a mail to the operator; not when there was one within the window of section alarm (*told: false). */
bool tell_operator(const struct intake *intake, struct arena *arena, const char *kind, struct str subject, struct str text, bool *told, struct err *err);
/* The relay for letters about a ticket: its mailbox's. */
struct str tell_relay(const struct intake *intake, struct arena *arena, int64_t ticket);

#endif
