/* wake: tickets whose time has come: those that were put off with a time (`pending 3d`, `snooze 2h`). */
#ifndef CORE_WAKE_H
#define CORE_WAKE_H

#include "core/intake.h"

#define WAKE_MAX 100u /* in one transaction */

struct woken {
    int64_t tickets[WAKE_MAX];
    size_t count;
};

/* In the running transaction: what waited for its customer until now is open again, nobody is reminded twice. woken: those that are not closed; their agents are to
 * hear of it. */
bool wake_due(const struct intake *intake, struct arena *arena, struct woken *woken, struct err *err);

#endif
