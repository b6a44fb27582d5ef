/* wake: see the header. */
#include "core/wake.h"

#include "store/people.h"

bool wake_due(const struct intake *intake, struct arena *arena, struct woken *woken, struct err *err)
{
    int64_t *due = NULL;
    size_t count = 0;
    woken->count = 0;
    if (!store_waking(intake->store, arena, intake->now, WAKE_MAX, &due, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool news = false;
        if (!store_wake(intake->store, due[i], intake->now, &news, err))
            return err_wrap(err, "ticket %lld", (long long)due[i]);
        if (news)
            woken->tickets[woken->count++] = due[i];
    }
    return true;
}
