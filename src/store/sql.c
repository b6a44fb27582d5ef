/* sql: binding, stepping and what went wrong. The one idea: a statement refuses to run when the transaction it belongs to is gone (SQLite rolls back by
 * itself when the disk is full), so that no half of a message is ever committed alone. */
#include "sql.h"

#include <stdlib.h>
#include <string.h>

/* What the caller can do about each primary code; all others are SETUP. */
static const struct {
    int code;
    enum err_kind kind;
} kinds[] = {
    {SQLITE_FULL, ERR_RETRY},     {SQLITE_IOERR, ERR_RETRY},    {SQLITE_BUSY, ERR_RETRY},      {SQLITE_LOCKED, ERR_RETRY},
    {SQLITE_NOMEM, ERR_RETRY},    {SQLITE_CANTOPEN, ERR_RETRY}, {SQLITE_READONLY, ERR_RETRY},  {SQLITE_PROTOCOL, ERR_RETRY},
    {SQLITE_INTERRUPT, ERR_RETRY}, {SQLITE_PERM, ERR_RETRY},    {SQLITE_CONSTRAINT, ERR_ITEM}, {SQLITE_TOOBIG, ERR_ITEM},
    {SQLITE_MISMATCH, ERR_ITEM},
};

bool sql_fail(struct store *store, int rc, struct err *err)
{
    enum err_kind kind = ERR_SETUP;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].code == (rc & 0xff))
            kind = kinds[i].kind;
    if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
        return err_set(err, ERR_SETUP, "store: %s: the file is damaged (%s); restore a backup", store->path, sqlite3_errmsg(store->db));
    return err_set(err, kind, "store: %s", store->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(store->db));
}

/* SQLite numbers "$n" by first appearance: a text that uses them in another order would be bound wrongly. */
static bool parameters_in_order(sqlite3_stmt *statement)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
        const char *name = sqlite3_bind_parameter_name(statement, i);
        if (name == NULL || name[0] != '$' || atoi(name + 1) != i)
            return false;
    }
    return true;
}

static bool prepare(struct store *store, const char *text, unsigned flags, sqlite3_stmt **statement, struct err *err)
{
    int rc = sqlite3_prepare_v3(store->db, text, -1, flags, statement, NULL);
    if (rc != SQLITE_OK)
        return sql_fail(store, rc, err);
    if (parameters_in_order(*statement))
        return true;
    sqlite3_finalize(*statement);
    *statement = NULL;
    return err_set(err, ERR_SETUP, "store: parameters out of order: %s", text);
}

static int bind_one(sqlite3_stmt *statement, int at, const struct cell *cell)
{
    const char *octets = cell->octets.p == NULL ? "" : cell->octets.p;
    switch (cell->type) {
    case CELL_INT:
        return sqlite3_bind_int64(statement, at, cell->number);
    case CELL_TEXT:
        return sqlite3_bind_text64(statement, at, octets, cell->octets.n, SQLITE_STATIC, SQLITE_UTF8);
    case CELL_BLOB:
        return sqlite3_bind_blob64(statement, at, octets, cell->octets.n, SQLITE_STATIC);
    case CELL_NULL:
        break;
    }
    return sqlite3_bind_null(statement, at);
}

static bool bind(struct store *store, sqlite3_stmt *statement, const struct cell *cells, size_t count, struct err *err)
{
    if ((size_t)sqlite3_bind_parameter_count(statement) != count)
        return err_set(err, ERR_SETUP, "store: %zu values for: %s", count, sqlite3_sql(statement));
    for (size_t i = 0; i < count; i++) {
        int rc = bind_one(statement, (int)i + 1, &cells[i]);
        if (rc != SQLITE_OK)
            return sql_fail(store, rc, err);
    }
    return true;
}

bool sql_ask(struct store *store, enum sql which, const struct cell *cells, size_t count, struct err *err)
{
    if (store->open && sqlite3_get_autocommit(store->db) != 0)
        return err_set(err, ERR_RETRY, "store: the transaction was taken back after an earlier failure");
    sqlite3_stmt **statement = &store->statements[which];
    if (*statement == NULL && !prepare(store, sql_text_of(which), SQLITE_PREPARE_PERSISTENT, statement, err))
        return false;
    sqlite3_reset(*statement);
    return bind(store, *statement, cells, count, err);
}

bool sql_row(struct store *store, enum sql which, bool *row, struct err *err)
{
    int rc = sqlite3_step(store->statements[which]);
    *row = rc == SQLITE_ROW;
    if (*row)
        return true;
    bool good = rc == SQLITE_DONE || sql_fail(store, rc, err);
    sqlite3_reset(store->statements[which]);
    return good;
}

void sql_end(struct store *store, enum sql which)
{
    sqlite3_reset(store->statements[which]);
}

bool sql_run(struct store *store, enum sql which, const struct cell *cells, size_t count, struct err *err)
{
    bool row = false;
    if (!sql_ask(store, which, cells, count, err))
        return false;
    do
        if (!sql_row(store, which, &row, err))
            return false;
    while (row);
    return true;
}

int64_t sql_changed(struct store *store)
{
    return sqlite3_changes64(store->db);
}

bool sql_find(struct store *store, enum sql which, const struct cell *cells, size_t count, bool *found, struct err *err)
{
    *found = false;
    return sql_ask(store, which, cells, count, err) && sql_row(store, which, found, err);
}

bool sql_number(struct store *store, enum sql which, const struct cell *cells, size_t count, int64_t *number, struct err *err)
{
    bool found = false;
    *number = 0;
    if (!sql_find(store, which, cells, count, &found, err))
        return false;
    if (found)
        *number = sql_int(store, which, 0);
    sql_end(store, which);
    return true;
}

int64_t sql_int(struct store *store, enum sql which, int column)
{
    return sqlite3_column_int64(store->statements[which], column);
}

struct str sql_octets(struct store *store, enum sql which, int column)
{
    const char *p = sqlite3_column_blob(store->statements[which], column);
    int n = sqlite3_column_bytes(store->statements[which], column);
    return p == NULL || n < 0 ? (struct str){"", 0} : (struct str){p, (size_t)n};
}

struct str sql_str(struct store *store, struct arena *arena, enum sql which, int column)
{
    return arena_str(arena, sql_octets(store, which, column));
}

bool sql_script(struct store *store, const char *text, struct err *err)
{
    int rc = sqlite3_exec(store->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK || sql_fail(store, rc, err);
}

bool sql_once(struct store *store, const char *text, const struct cell *cells, size_t count, int64_t *number, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    if (!prepare(store, text, 0, &statement, err))
        return false;
    bool good = bind(store, statement, cells, count, err);
    if (good) {
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW && number != NULL)
            *number = sqlite3_column_int64(statement, 0);
        good = rc == SQLITE_ROW || rc == SQLITE_DONE || sql_fail(store, rc, err);
    }
    sqlite3_finalize(statement);
    return good;
}

void sql_give_up(struct store *store)
{
    for (size_t i = 0; i < SQLS; i++)
        if (store->statements[i] != NULL)
            sqlite3_reset(store->statements[i]);
    if (sqlite3_get_autocommit(store->db) == 0)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

/* Is a step of its own savepoint? Each copies every page it changes. */
static bool is_marked(const struct store *store)
{
    return !store->whole || store->tries > 0;
}

bool sql_step(struct store *store, struct err *err)
{
    if (store->read_only)
        return err_set(err, ERR_RETRY, "store: opened for reading only");
    return !is_marked(store) || sql_run(store, SQL_STEP, NULL, 0, err);
}

bool sql_step_end(struct store *store, bool good, struct err *err)
{
    if (!is_marked(store)) {
        store->spoilt = store->spoilt || !good;
        return good;
    }
    if (good && sql_run(store, SQL_STEP_KEEP, NULL, 0, err))
        return true;
    if (sqlite3_get_autocommit(store->db) != 0)
        return false;
    if (!store->open) {
        sql_give_up(store);
        return false;
    }
    sql_run(store, SQL_STEP_UNDO, NULL, 0, NULL);
    sql_run(store, SQL_STEP_KEEP, NULL, 0, NULL);
    return false;
}
