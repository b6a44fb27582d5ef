/* copy: copies of the file, and what is done when the daemon is started from one. */
#include "config.h"

#include "sql.h"

#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICKETS_LEFT 1000    /* numbers that may have been given after the copy was made */
#define ROWS_LEFT 1000000
#define COPY_WAIT 10000 /* ms for a lock */

static const char set_apart[] = "PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE;";
static const char mark_copy[] = "UPDATE incarnation SET name = '', copied_at = $1 WHERE id = 1";

/* ---- copying ---------------------------------------------------------------------------------------------------------------- */

static bool new_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(err, ERR_RETRY, "%s: cannot create: %s", path, strerrordesc_np(errno));
    close(fd);
    return true;
}

/* One snapshot: whoever writes meanwhile writes behind it. */
static bool copy_pages(struct store *from, struct store *to, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");
    if (backup == NULL)
        return sql_fail(to, sqlite3_errcode(to->db), err);
    int rc = sqlite3_backup_step(backup, -1);
    int end = sqlite3_backup_finish(backup);
    rc = rc == SQLITE_DONE ? end : rc;
    return rc == SQLITE_OK || sql_fail(rc == end ? to : from, rc, err);
}

static bool fill_copy(struct store *from, struct store *to, int64_t now, struct err *err)
{
    int rc = sqlite3_open_v2(to->path, &to->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc != SQLITE_OK)
        return sql_fail(to, rc, err);
    sqlite3_busy_timeout(to->db, COPY_WAIT);
    return copy_pages(from, to, err) && sql_script(to, set_apart, err) && sql_once(to, mark_copy, CELLS(cell_int(now)), NULL, err);
}

bool store_copy(struct store *store, const char *directory, int64_t now, struct err *err)
{
    struct buf path = {0};
    buf_printf(&path, "%s/triaged.db", directory);
    struct store to = {.path = path.p};
    bool made = new_file(path.p, err);
    bool good = made && fill_copy(store, &to, now, err);
    if (to.db != NULL && sqlite3_close_v2(to.db) != SQLITE_OK)
        good = good && err_set(err, ERR_RETRY, "%s: cannot be closed", path.p);
    if (made && !good)
        unlink(path.p);
    buf_free(&path);
    return good;
}

/* ---- which store it is ------------------------------------------------------------------------------------------------------- */

struct incarnation {
    char name[33];
    int64_t copied_at, ledger, ticket, message, letter;
};

static bool load(struct store *store, struct incarnation *own, struct err *err)
{
    enum sql q = SQL_INCARNATION;
    bool found = false;
    *own = (struct incarnation){0};
    if (!sql_find(store, q, NULL, 0, &found, err))
        return false;
    if (found) {
        struct str name = sql_octets(store, q, 0);
        memcpy(own->name, name.p, name.n < sizeof own->name ? name.n : sizeof own->name - 1);
        own->copied_at = sql_int(store, q, 1);
        own->ledger = sql_int(store, q, 2);
        own->ticket = sql_int(store, q, 3);
        own->message = sql_int(store, q, 4);
        own->letter = sql_int(store, q, 5);
    }
    sql_end(store, q);
    return found || err_set(err, ERR_SETUP, "store: %s does not know which store it is; restore a backup", store->path);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* *event may be NULL. */
static bool last_ids(struct store *store, struct next_ids *last, int64_t *letter, int64_t *event, struct err *err)
{
    enum sql q = SQL_LAST_IDS;
    bool found = false;
    if (!sql_find(store, q, NULL, 0, &found, err))
        return false;
    *last = (struct next_ids){.ledger = sql_int(store, q, 0), .ticket = sql_int(store, q, 1), .message = sql_int(store, q, 2)};
    *letter = sql_int(store, q, 3);
    if (event != NULL)
        *event = sql_int(store, q, 4);
    sql_end(store, q);
    return true;
}

bool ids_load(struct store *store, struct err *err)
{
    struct incarnation own;
    struct next_ids last = {0};
    int64_t letter = 0;
    if (!load(store, &own, err) || !last_ids(store, &last, &letter, NULL, err))
        return false;
    store->next = (struct next_ids){.ledger = larger(last.ledger, own.ledger) + 1,
                                    .ticket = larger(last.ticket, own.ticket) + 1,
                                    .message = larger(last.message, own.message) + 1};
    store->next_letter = larger(letter, own.letter) + 1;
    return true;
}

bool store_mark_of(struct store *store, struct store_mark *mark, struct err *err)
{
    struct incarnation own;
    struct next_ids last = {0};
    *mark = (struct store_mark){0};
    if (!load(store, &own, err) || !last_ids(store, &last, &mark->letter, &mark->event, err))
        return false;
    memcpy(mark->name, own.name, sizeof mark->name);
    mark->ledger = last.ledger;
    mark->ticket = last.ticket;
    return true;
}

bool store_origin(struct store *store, const struct store_mark *noted, enum store_origin *origin, int64_t *copied_at, struct err *err)
{
    struct store_mark mark;
    struct incarnation own;
    if (!store_mark_of(store, &mark, err) || !load(store, &own, err))
        return false;
    bool is_new = own.copied_at == 0 && mark.event == 0 && mark.ledger == 0 && mark.letter == 0 && noted == NULL;
    bool same = noted != NULL && own.copied_at == 0 && strcmp(own.name, noted->name) == 0 && mark.event >= noted->event && mark.ledger >= noted->ledger &&
                mark.letter >= noted->letter && mark.ticket >= noted->ticket;
    *origin = is_new ? STORE_NEW : same ? STORE_SAME : STORE_COPY;
    *copied_at = own.copied_at;
    return true;
}

/* ---- making it ours ------------------------------------------------------------------------------------------------------------- */

static bool write_name(struct store *store, const char *name, const struct incarnation *floor, struct err *err)
{
    return sql_run(store, SQL_INCARNATE,
                   CELLS(cell_text(str_of(name)), cell_int(floor->ledger), cell_int(floor->ticket), cell_int(floor->message), cell_int(floor->letter)), err);
}

bool store_name(struct store *store, const char *name, struct err *err)
{
    struct incarnation own;
    bool good = store_begin(store, err) && load(store, &own, err) && write_name(store, name, &own, err);
    if (good)
        return store_commit(store, err);
    store_rollback(store);
    return false;
}

static bool hold_letters(struct store *store, int64_t *held, struct err *err)
{
    struct str why = STR("this store was put back from a copy: the letter may have been sent after that was made");
    bool good = sql_run(store, SQL_COPY_HOLD, CELLS(cell_text(why)), err);
    *held = sql_changed(store);
    return good;
}

static bool adopt(struct store *store, const struct store_mark *noted, const char *name, int64_t copied_at, int64_t now, int64_t *held, struct err *err)
{
    static const struct store_mark nothing;
    const struct store_mark *n = noted != NULL ? noted : &nothing;
    struct incarnation floor = {.ledger = larger(store->next.ledger, n->ledger) + ROWS_LEFT,
                                .ticket = larger(store->next.ticket, n->ticket) + TICKETS_LEFT,
                                .message = store->next.message + ROWS_LEFT,
                                .letter = larger(store->next_letter, n->letter) + ROWS_LEFT};
    struct buf told = {0};
    bool good = hold_letters(store, held, err) && sql_run(store, SQL_COPY_FOLDERS, CELLS(cell_int(now)), err) && write_name(store, name, &floor, err);
    buf_printf(&told, "%lld recipients held, numbers go on from %lld", (long long)*held, (long long)floor.ticket + 1);
    if (copied_at > 0)
        buf_printf(&told, ", copy of %lld", (long long)copied_at);
    good = good && store_event(store, 0, STR("triaged"), STR("old-copy"), buf_view(&told), now, err);
    buf_free(&told);
    return good;
}

bool store_adopt(struct store *store, const struct store_mark *noted, const char *name, int64_t copied_at, int64_t now, int64_t *held, struct err *err)
{
    *held = 0;
    if (store_begin(store, err) && adopt(store, noted, name, copied_at, now, held, err))
        return store_commit(store, err) && ids_load(store, err);
    store_rollback(store);
    return false;
}
