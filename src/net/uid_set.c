/* uid_set: sorted, disjoint ranges in one array. UIDs mostly come in ascending order, so adding mostly lengthens the last range. */
#include "net/mailbox.h"

#include <stdlib.h>
#include <string.h>

/* Index of the first range that ends at or after uid. */
static size_t find(const struct uid_set *set, uint32_t uid)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (set->ranges[mid].last < uid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void grow(struct uid_set *set)
{
    if (set->count < set->cap)
        return;
    size_t cap = set->cap > 0 ? set->cap * 2 : 8;
    struct uid_range *ranges = reallocarray(set->ranges, cap, sizeof *ranges);
    if (ranges == NULL)
        abort();
    set->ranges = ranges;
    set->cap = cap;
}

static void remove_at(struct uid_set *set, size_t at)
{
    memmove(set->ranges + at, set->ranges + at + 1, (set->count - at - 1) * sizeof *set->ranges);
    set->count--;
}

void uid_set_add(struct uid_set *set, uint32_t uid)
{
    if (uid == 0 || (set->cap == 0 && set->count > 0))
        return; /* no UID, or borrowed */
    size_t at = find(set, uid);
    if (at < set->count && set->ranges[at].first <= uid)
        return;
    bool after = at > 0 && set->ranges[at - 1].last == uid - 1;
    bool before = at < set->count && set->ranges[at].first - 1 == uid;
    if (after && before) {
        set->ranges[at - 1].last = set->ranges[at].last;
        remove_at(set, at);
    } else if (after) {
        set->ranges[at - 1].last = uid;
    } else if (before) {
        set->ranges[at].first = uid;
    } else {
        grow(set);
        memmove(set->ranges + at + 1, set->ranges + at, (set->count - at) * sizeof *set->ranges);
        set->ranges[at] = (struct uid_range){uid, uid};
        set->count++;
    }
}

bool uid_set_has(const struct uid_set *set, uint32_t uid)
{
    size_t at = find(set, uid);
    return at < set->count && set->ranges[at].first <= uid;
}

uint64_t uid_set_size(const struct uid_set *set)
{
    uint64_t size = 0;
    for (size_t i = 0; i < set->count; i++)
        size += (uint64_t)set->ranges[i].last - set->ranges[i].first + 1;
    return size;
}

void uid_set_free(struct uid_set *set)
{
    if (set->cap > 0)
        free(set->ranges);
    *set = (struct uid_set){NULL, 0, 0};
}
