/* attempt: what a reader died over is counted here before it is read again, so that neither a restart nor core's own death begins the count anew. */
#include "sql.h"

static struct str digest_of(const uint8_t sha256[32])
{
    return (struct str){(const char *)sha256, 32};
}

bool store_attempts_any(struct store *store, bool *any, struct err *err)
{
    int64_t number = 0;
    bool good = sql_number(store, SQL_ATTEMPT_ANY, NULL, 0, &number, err);
    *any = number != 0;
    return good;
}

bool store_attempt(struct store *store, const uint8_t sha256[32], uint32_t tries, int64_t now, struct err *err)
{
    return sql_run(store, SQL_ATTEMPT_PUT, CELLS(cell_blob(digest_of(sha256)), cell_int(tries), cell_int(now)), err);
}

bool store_attempts(struct store *store, const uint8_t sha256[32], uint32_t *tries, struct err *err)
{
    int64_t number = 0;
    bool good = sql_number(store, SQL_ATTEMPT_GET, CELLS(cell_blob(digest_of(sha256))), &number, err);
    *tries = (uint32_t)number;
    return good;
}

bool store_attempts_over(struct store *store, const uint8_t sha256[32], struct err *err)
{
    return sql_run(store, SQL_ATTEMPT_DROP, CELLS(cell_blob(digest_of(sha256))), err);
}
