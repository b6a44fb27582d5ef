/* escalate: tells those concerned that promised times run out. */
#ifndef CORE_ESCALATE_H
#define CORE_ESCALATE_H

#include "core/intake.h"

/* Tells of all tickets whose time for it has come, at most so many; each agent has one mail. In a transaction: what was told is on record with the letters. */
#define ESCALATE_MAX 100u
bool escalate_tickets(const struct intake *intake, struct arena *arena, size_t *told, struct err *err);

#endif
