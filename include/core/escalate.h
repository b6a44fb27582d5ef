/* escalate: tells those concerned that promised times run out. */
#ifndef CORE_ESCALATE_H
#define CORE_ESCALATE_H

#include "core/intake.h"

#define ESCALATE_MAX 100u /* tickets at once */
/* Tells of all tickets whose time for it has come; each agent has one mail. *told: to how many agents. In a transaction: what was told is on record with the letters. */
bool escalate_tickets(const struct intake *intake, struct arena *arena, size_t *told, struct err *err);

#endif
