/* wall: what the store measures by the wall clock is measured by spans: how long a letter waits, how much was sent of late. When the clock is set, the spans stay. */
#include "sql.h"

#include "base/clock.h"

#include <string.h>

#define SPENT_MEMORY (30 * CLOCK_DAY)

bool store_clock_set(struct store *store, int64_t now, int64_t by, struct err *err)
{
    memset(store->spent, 0, sizeof store->spent);
    return sql_run(store, SQL_CLOCK_WAITING, CELLS(cell_int(by)), err) && sql_run(store, SQL_CLOCK_SPENT, CELLS(cell_int(by), cell_int(now - by - SPENT_MEMORY)), err) &&
           sql_run(store, SQL_CLOCK_COPIES, CELLS(cell_int(by)), err);
}

bool store_clock_check(struct store *store, int64_t now, int64_t latest, struct err *err)
{
    return sql_run(store, SQL_CLOCK_LATEST, CELLS(cell_int(latest)), err) && sql_run(store, SQL_CLOCK_FUTURE_SPENT, CELLS(cell_int(now)), err) &&
           sql_run(store, SQL_CLOCK_FUTURE_WAITING, CELLS(cell_int(now)), err) && sql_run(store, SQL_CLOCK_COPIES_LATEST, CELLS(cell_int(latest)), err);
}
