/* spent: how many automatic letters were made of late. Counting is linear in their number, and a busy desk asks for every mail; so each count is kept and raised
 * by what is made since. Kept counts only ever err upwards (letters grow old, transactions are undone): a count that reaches the limit is made anew. */
#include "sql.h"

#include <string.h>

static bool is_of(const struct spent_count *kept, struct str domain)
{
    return kept->limit > 0 && kept->domain_size == domain.n && memcmp(kept->domain, domain.p, domain.n) == 0;
}

static struct spent_count *kept_for(struct store *store, struct str domain, int64_t since, uint32_t limit)
{
    for (size_t i = 0; i < SPENT_COUNTS; i++) {
        struct spent_count *kept = &store->spent[i];
        if (is_of(kept, domain) && kept->limit == limit && kept->since <= since)
            return kept;
    }
    return NULL;
}

static void keep(struct store *store, struct str domain, int64_t since, uint32_t limit, uint32_t count)
{
    struct spent_count *kept = kept_for(store, domain, INT64_MAX, limit);
    if (kept == NULL)
        kept = &store->spent[store->spent_next++ % SPENT_COUNTS];
    if (domain.n > sizeof kept->domain)
        return;
    *kept = (struct spent_count){.since = since, .limit = limit, .most = count, .domain_size = domain.n};
    memcpy(kept->domain, domain.p, domain.n);
}

void spent_add(struct store *store, struct str domain)
{
    for (size_t i = 0; i < SPENT_COUNTS; i++)
        if (store->spent[i].domain_size == 0 || is_of(&store->spent[i], domain))
            store->spent[i].most++;
}

/* "" is everybody's. */
static bool count_domain(struct store *store, struct str domain, int64_t since, int64_t *number, struct err *err)
{
    return domain.n > 0 ? sql_number(store, SQL_SPENT_DOMAIN, CELLS(cell_text(domain), cell_int(since)), number, err)
                        : sql_number(store, SQL_SPENT_ALL, CELLS(cell_int(since)), number, err);
}

bool store_spent(struct store *store, struct str address, struct str domain, int64_t since, uint32_t limit, uint32_t *count, struct err *err)
{
    int64_t number = 0;
    const struct spent_count *kept = address.n > 0 ? NULL : kept_for(store, domain, since, limit);
    if (kept != NULL && kept->most < limit) {
        *count = kept->most;
        return true;
    }
    bool good = address.n > 0 ? sql_number(store, SQL_SPENT_ADDRESS, CELLS(cell_text(address), cell_int(since)), &number, err)
                              : count_domain(store, domain, since, &number, err);
    *count = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
    if (good && address.n == 0)
        keep(store, domain, since, limit, *count);
    return good;
}
