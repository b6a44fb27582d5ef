/* store: opening the one file, and its transactions. Nothing is opened that is not ours, whole and of a format we know: a store that quietly
 * started empty would acknowledge every mail again. A new file is made aside and renamed into place, so that an existing one is never half made. */
#include "config.h"

#include "store/store.h"

#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_NAME "triaged.db"
#define APPLICATION_ID 0x74726764 /* "trgd" */
#define PAGE_SIZE 8192            /* octets: see settings_new */
#define HEADER_SIZE 100u          /* of an SQLite file */
#define CHECK_WHOLE_MAX (64 * 1024 * 1024) /* octets: a file up to this is read through at each opening */
#define WAL_MOVE (8 * 1024 * 1024)  /* octets of log not yet moved after which a busy store has them moved, beside its work; sooner would move busy pages too often */
#define WAL_TURN (32 * 1024 * 1024) /* octets of log after which the work waits for the move of the last few: only a log moved to its end begins anew */
#define WAL_REST (4 * 1024 * 1024)  /* so few */
#define WAL_MAX (64 * 1024 * 1024)  /* octets of log after which it waits for all */

static const char *const companions[] = {"", "-wal", "-shm", "-journal"};

/* How every connection works. Spilling is off: a page of a group of mails is written once, at its commit; the cache holds such a group and the tops of the
 * indexes beside it (half of it costs four times the reads), and is given back when the store is idle. */
static const char settings_common[] =
    "PRAGMA cache_size = -8192; PRAGMA cache_spill = OFF; PRAGMA mmap_size = 0; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;";
static const char settings_writer[] = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;";
static const char settings_new[] = "PRAGMA page_size = 8192; PRAGMA auto_vacuum = NONE; PRAGMA encoding = 'UTF-8'; PRAGMA application_id = 0x74726764;";

static uint32_t big_word(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static char *path_of(const char *directory, const char *name, const char *suffix)
{
    struct buf b = {0};
    buf_printf(&b, "%s/%s%s", directory, name, suffix);
    return b.p;
}

/* A regular file, a missing one, or a refusal; *size -1: missing. */
static bool look_at(const char *path, int64_t *size, struct err *err)
{
    struct stat status = {0};
    *size = -1;
    if (lstat(path, &status) != 0)
        return errno == ENOENT || err_set(err, errno == EACCES ? ERR_SETUP : ERR_RETRY, "store: %s: %s", path, strerrordesc_np(errno));
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_SETUP, "store: %s is not a regular file%s", path, S_ISLNK(status.st_mode) ? " but a link, which is not followed" : "");
    *size = status.st_size;
    return true;
}

static bool files_are_regular(const char *directory, const char *name, int64_t sizes[4], struct err *err)
{
    bool good = true;
    for (size_t i = 0; good && i < 4; i++) {
        char *path = path_of(directory, name, companions[i]);
        good = look_at(path, &sizes[i], err);
        free(path);
    }
    return good;
}

/* The first 100 octets tell whose file it is, and whether its end is missing (sqlite.org/fileformat.html). */
static bool header_is_ours(const char *path, int64_t size, bool has_log, struct err *err)
{
    unsigned char head[HEADER_SIZE] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno == EACCES ? ERR_SETUP : ERR_RETRY, "store: %s: cannot open: %s", path, strerrordesc_np(errno));
    ssize_t n = pread(fd, head, sizeof head, 0);
    close(fd);
    if (n != (ssize_t)sizeof head || memcmp(head, "SQLite format 3", 16) != 0)
        return err_set(err, ERR_SETUP, "store: %s is empty, damaged or not a database; restore a backup", path);
    if (big_word(head + 68) != APPLICATION_ID)
        return err_set(err, ERR_SETUP, "store: %s is a database, but not one of triaged", path);
    int64_t page = head[16] << 8 | head[17];
    page = page == 1 ? 65536 : page;
    if (!has_log && memcmp(head + 24, head + 92, 4) == 0 && size < page * (int64_t)big_word(head + 28))
        return err_set(err, ERR_SETUP, "store: %s is cut: %lld of %lld octets are there; restore a backup", path, (long long)size,
                       (long long)(page * (int64_t)big_word(head + 28)));
    return true;
}

static bool connect(struct store *store, const char *path, int flags, struct err *err)
{
    int rc = sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
                             store->files == NULL ? NULL : store->files->name);
    if (rc != SQLITE_OK)
        return sql_fail(store, rc, err);
    sqlite3_busy_timeout(store->db, 2000);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    return sql_script(store, settings_common, err);
}

static void disconnect(struct store *store)
{
    for (size_t i = 0; i < SQLS; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    sqlite3_close_v2(store->db);
    store->db = NULL;
}

static bool sync_directory(const char *directory, struct err *err)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (!good)
        err_set(err, ERR_RETRY, "store: %s: cannot sync: %s", directory, strerrordesc_np(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

static bool make_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(err, ERR_RETRY, "store: %s: cannot create: %s", path, strerrordesc_np(errno));
    close(fd);
    return true;
}

/* Makes the whole file under another name, then renames it. */
static bool create_file(const char *directory, const char *path, struct err *err)
{
    struct store made = {.path = path_of(directory, STORE_NAME, ".new")};
    for (size_t i = 0; i < 4; i++) {
        char *left = path_of(directory, STORE_NAME ".new", companions[i]);
        unlink(left);
        free(left);
    }
    bool good = make_file(made.path, err) && connect(&made, made.path, SQLITE_OPEN_READWRITE, err) && sql_script(&made, settings_new, err) &&
                schema_migrate(&made, err) && sql_script(&made, "PRAGMA journal_mode = WAL", err);
    disconnect(&made);
    if (good && rename(made.path, path) != 0)
        good = err_set(err, ERR_RETRY, "store: %s: cannot rename: %s", made.path, strerrordesc_np(errno));
    good = good && sync_directory(directory, err);
    if (!good)
        unlink(made.path);
    free(made.path);
    return good;
}

static bool check_schema(struct store *store, int64_t *version, struct err *err)
{
    if (!schema_version(store, version, err))
        return false;
    if (*version > schema_newest())
        return err_set(err, ERR_SETUP, "store: %s has format %lld, this triaged reads up to %lld; start the newer triaged or restore an older backup", store->path,
                       (long long)*version, (long long)schema_newest());
    if (*version < 1)
        return err_set(err, ERR_SETUP, "store: %s has no schema: damaged or never finished; restore a backup", store->path);
    if (store->read_only && *version < schema_newest())
        return err_set(err, ERR_SETUP, "store: %s has format %lld; it is brought to %lld when triaged starts", store->path, (long long)*version,
                       (long long)schema_newest());
    return true;
}

/* quick_check gives the one row "ok", or what is wrong. */
static bool check_pages(struct store *store, int64_t size, struct err *err)
{
    sqlite3_stmt *check = NULL;
    if (size > CHECK_WHOLE_MAX)
        return true;
    int rc = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &check, NULL);
    if (rc != SQLITE_OK)
        return sql_fail(store, rc, err);
    rc = sqlite3_step(check);
    const char *said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(check, 0) : sqlite3_errmsg(store->db);
    bool good = said != NULL && strcmp(said, "ok") == 0;
    if (!good && rc != SQLITE_ROW)
        sql_fail(store, rc, err);
    else if (!good)
        err_set(err, ERR_SETUP, "store: %s is damaged (%s); restore a backup", store->path, said == NULL ? "?" : said);
    sqlite3_finalize(check);
    return good;
}

/* Reading beside no daemon: SQLite needs a shared index for the log. Where it cannot make one (a folder we may not write) the file is read as it stands, but
 * only when the log is empty: otherwise the newest mails would be missing without a word. */
static bool connect_reader(struct store *store, const int64_t sizes[4], struct err *err)
{
    int64_t version = 0;
    if (connect(store, store->path, SQLITE_OPEN_READONLY, err) && schema_version(store, &version, err))
        return true;
    if (sizes[1] > 0 || (err != NULL && err->kind != ERR_RETRY))
        return false;
    disconnect(store);
    struct buf uri = {0};
    buf_text(&uri, "file:");
    for (const char *p = store->path; *p != '\0'; p++)
        if (*p == '?' || *p == '#' || *p == '%')
            buf_printf(&uri, "%%%02x", (unsigned)(unsigned char)*p);
        else
            buf_char(&uri, *p);
    buf_text(&uri, "?immutable=1");
    bool good = connect(store, uri.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    buf_free(&uri);
    return good;
}

static bool close_to_others(struct store *store, struct err *err)
{
    return chmod(store->path, 0600) == 0 || err_set(err, ERR_SETUP, "store: %s: cannot set its mode: %s", store->path, strerrordesc_np(errno));
}

/* Called by SQLite after each commit with the length of the log in pages. */
static int log_grew(void *to, sqlite3 *db, const char *name, int pages)
{
    struct store *store = to;
    (void)db;
    (void)name;
    store->log_size = (int64_t)pages * PAGE_SIZE;
    return SQLITE_OK;
}

static bool open_writer(struct store *store, struct err *err)
{
    int64_t version = 0;
    if (!(wal_whole(store->path, err) && wal_files_open(&store->files, err) && connect(store, store->path, SQLITE_OPEN_READWRITE, err) && check_schema(store, &version, err) &&
          sql_script(store, "PRAGMA journal_mode = WAL", err) && sql_script(store, settings_writer, err)))
        return false;
    sqlite3_wal_hook(store->db, log_grew, store);
    return true;
}

static bool open_reader(struct store *store, const int64_t sizes[4], struct err *err)
{
    int64_t version = 0;
    return connect_reader(store, sizes, err) && check_schema(store, &version, err) && sql_script(store, "PRAGMA query_only = ON", err);
}

static bool find_file(const char *directory, const char *path, bool create, int64_t sizes[4], struct err *err)
{
    if (!files_are_regular(directory, STORE_NAME, sizes, err))
        return false;
    if (sizes[0] < 0 && sizes[1] > 0)
        return err_set(err, ERR_SETUP, "store: %s is missing though its log %s-wal is there; restore a backup", path, path);
    if (sizes[0] < 0 && !create)
        return err_set(err, ERR_SETUP, "store: %s does not exist; restore a backup, or let triaged make a new one", path);
    if (sizes[0] < 0 && !(create_file(directory, path, err) && files_are_regular(directory, STORE_NAME, sizes, err)))
        return false;
    return header_is_ours(path, sizes[0], sizes[1] > 0, err);
}

bool store_open(struct store **store, const char *directory, bool create, bool read_only, struct err *err)
{
    struct store *made = calloc(1, sizeof *made);
    int64_t sizes[4] = {-1, -1, -1, -1};
    struct err ours = {0};
    char *real = realpath(directory, NULL);
    if (made == NULL)
        abort();
    *store = NULL;
    made->read_only = read_only;
    made->due_waits = true;
    made->path = path_of(real == NULL ? directory : real, STORE_NAME, "");
    bool good = real != NULL || err_set(&ours, ERR_SETUP, "store: %s: %s", directory, strerrordesc_np(errno));
    good = good && find_file(real, made->path, create && !read_only, sizes, &ours) &&
           (read_only ? open_reader(made, sizes, &ours) : open_writer(made, &ours)) && check_pages(made, sizes[0], &ours) &&
           (read_only || (schema_migrate(made, &ours) && ids_load(made, &ours) && seal_load(made, &ours) && close_to_others(made, &ours)));
    free(real);
    if (!good) {
        if (err != NULL)
            *err = ours;
        store_close(&made);
        return false;
    }
    *store = made;
    return true;
}

void store_close(struct store **store)
{
    if (*store == NULL)
        return;
    if ((*store)->db != NULL)
        sql_give_up(*store);
    mover_stop(&(*store)->mover);
    disconnect(*store);
    wal_files_close(&(*store)->files);
    ZSTD_freeCCtx((*store)->squeezer);
    buf_free(&(*store)->squeezed);
    free((*store)->path);
    free(*store);
    *store = NULL;
}

/* All that is in the log. Failing is no harm: the log keeps what could not be moved. */
static void move_pages(struct store *store)
{
    mover_wait(store->mover);
    sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void keep_log_short(struct store *store)
{
    int64_t left = store->log_size - mover_moved(store->mover) * PAGE_SIZE;
    if (store->log_size > WAL_MAX || (store->log_size > WAL_TURN && left < WAL_REST))
        move_pages(store);
    else if (left > WAL_MOVE && (store->mover != NULL || mover_start(&store->mover, store->path, store->files->name)))
        mover_move(store->mover);
}

bool store_begin(struct store *store, struct err *err)
{
    if (store->read_only)
        return err_set(err, ERR_RETRY, "store: opened for reading only");
    store->open = false;
    if (sqlite3_get_autocommit(store->db) == 0)
        return err_set(err, ERR_RETRY, "store: a transaction is running already");
    if (!sql_run(store, SQL_BEGIN, NULL, 0, err))
        return false;
    store->open = true;
    store->at_begin = store->next;
    return true;
}

bool store_begin_whole(struct store *store, struct err *err)
{
    store->whole = store_begin(store, err);
    return store->whole;
}

bool store_commit(struct store *store, struct err *err)
{
    if (!store->open)
        return err_set(err, ERR_RETRY, "store: no transaction to commit");
    if (store->spoilt) {
        store_rollback(store);
        return err_set(err, ERR_ITEM, "store: a part of the transaction failed");
    }
    struct sealed sealed;
    if (!seal_new(store, &sealed, err) || !sql_run(store, SQL_COMMIT, NULL, 0, err)) {
        store_rollback(store);
        return false;
    }
    store->sealed = sealed;
    store->open = store->marked = store->whole = false;
    keep_log_short(store);
    return true;
}

void store_rollback(struct store *store)
{
    sql_give_up(store);
    store->due_waits = true;
    if (store->open)
        store->next = store->at_begin;
    store->open = store->marked = store->whole = store->spoilt = false;
    store->tries = 0;
    store->ruleset = 0;
}

bool store_try(struct store *store, struct err *err)
{
    store->tries++;
    return sql_step(store, err);
}

bool store_try_end(struct store *store, bool good, struct err *err)
{
    good = sql_step_end(store, good, err);
    store->tries -= store->tries > 0;
    return good;
}

bool store_mark(struct store *store, struct err *err)
{
    if (!store->open)
        return err_set(err, ERR_RETRY, "store: no transaction is running");
    if (!sql_run(store, SQL_MARK, NULL, 0, err))
        return false;
    store->marked = true;
    store->at_mark = store->next;
    return true;
}

bool store_keep(struct store *store, struct err *err)
{
    store->marked = false;
    return sql_run(store, SQL_KEEP, NULL, 0, err);
}

void store_undo(struct store *store)
{
    if (!store->marked)
        return;
    store->marked = false;
    store->ruleset = 0;
    store->next = store->at_mark;
    if (sql_run(store, SQL_UNDO, NULL, 0, NULL))
        sql_run(store, SQL_KEEP, NULL, 0, NULL);
}

void store_checkpoint(struct store *store)
{
    if (!store->read_only && !store->open)
        move_pages(store);
    sqlite3_db_release_memory(store->db);
}
