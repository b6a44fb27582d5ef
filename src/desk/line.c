/* line: the names of the outcomes. */
#include "desk/line.h"

static const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_OPENED] = "opened",       [OUTCOME_APPENDED] = "appended",       [OUTCOME_PROPOSED] = "proposed",
    [OUTCOME_BOUNCE] = "bounce",       [OUTCOME_AUTOMATIC] = "automatic",     [OUTCOME_HELD] = "held",
    [OUTCOME_REFUSED] = "refused",     [OUTCOME_QUARANTINED] = "quarantined", [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_OVERSIZE] = "oversize",   [OUTCOME_OWN] = "own",
};

const char *outcome_name(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOMES ? outcome_names[outcome] : "unknown";
}
