/* escalate: who is told when a promised time runs out. Pure; times are UTC ms. */
#ifndef DESK_ESCALATE_H
#define DESK_ESCALATE_H

#include "desk/clocks.h"

/* What was told already. `started` is where that round of the clock began: a change of severity moves what is due, and is no reason to tell it again. */
struct escalation_told {
    struct str escalation;
    enum desk_clock clock;
    int64_t started;
    uint32_t percent;
};

/* A ticket as escalations look at it. */
struct escalation_ticket {
    struct str queue, owner;
    uint8_t severity;
    int64_t quiet_until; /* snoozed; 0: not */
    const struct clock *clocks;
    const struct escalation_told *told;
    size_t told_count;
};

struct escalation_step {
    const struct escalation_settings *escalation;
    enum desk_clock clock;
    uint32_t percent;
};
#define ESCALATION_STEPS_MAX 32u

/* When something is to be told next; 0: never. What is told late (after an outage, a night, a snooze) is told while the clock's calendar is open. */
int64_t escalate_next(const struct desk *desk, const struct escalation_ticket *ticket, int64_t now);
/* What is to be told now, of each clock and escalation the furthest step; at most ESCALATION_STEPS_MAX. */
size_t escalate_now(const struct desk *desk, const struct escalation_ticket *ticket, int64_t now, struct escalation_step *steps);
/* Who has the turn; NULL: nobody of it is an agent any more. */
const struct agent_settings *roster_turn(const struct desk *desk, const struct roster_settings *roster, int64_t now);
/* The agents a step is told to, each once, present ones only; agents holds desk->agent_count. An owner's part without an owner goes to the queue. */
size_t escalate_to(const struct desk *desk, const struct escalation_settings *escalation, const struct escalation_ticket *ticket, int64_t now, const struct agent_settings **agents);

#endif
