/* wal_file: the log's frames leave in large pieces. SQLite writes each page of a transaction by two calls and reads it by one more at the checkpoint; here they
 * are gathered until they are synced. Nothing else changes: a commit is a sync, and a sync writes first what was gathered, so that whatever the shared index
 * tells of is in the file. A piece that cannot be written fails the write or the sync that needed it, and SQLite takes the transaction back. (What SQLite
 * asks of a file: sqlite.org/c3ref/io_methods.html.) */
#include "sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (120 * 1024)  /* octets written at once; SQLite's own files take less than 128 KB */
#define WINDOW (120 * 1024) /* octets read at once when reads follow each other */
#define NEAR (16 * 1024)    /* octets between two reads that follow each other: a frame that is not wanted any more may lie between */

struct wal_file {
    sqlite3_file base;
    sqlite3_file *real;       /* lies behind this struct */
    char *piece;              /* not yet written: `held` octets for the file's place `held_at` */
    sqlite3_int64 held_at;
    int held;
    char *window;             /* read ahead: `seen` octets of the file's place `seen_at` */
    sqlite3_int64 seen_at;
    int seen;
    sqlite3_int64 last_read;  /* where the last read ended */
};

/* Behind it lies the real file, aligned. */
#define REAL_OFFSET ((sizeof(struct wal_file) + 15) / 16 * 16)

static struct wal_file *of(sqlite3_file *file)
{
    return (struct wal_file *)file;
}

static char *room(char **at, size_t size)
{
    if (*at == NULL && (*at = malloc(size)) == NULL)
        abort();
    return *at;
}

/* What cannot be written is forgotten: its transaction fails, and the next one writes over its place. */
static int write_held(struct wal_file *f)
{
    int held = f->held;
    if (held == 0)
        return SQLITE_OK;
    f->held = f->seen = 0;
    return f->real->pMethods->xWrite(f->real, f->piece, held, f->held_at);
}

static int file_write(sqlite3_file *file, const void *octets, int n, sqlite3_int64 at)
{
    struct wal_file *f = of(file);
    bool follows = f->held > 0 && at == f->held_at + f->held && n <= PIECE - f->held;
    int rc = follows ? SQLITE_OK : write_held(f);
    if (rc != SQLITE_OK)
        return rc;
    f->seen = 0;
    if (n > PIECE)
        return f->real->pMethods->xWrite(f->real, octets, n, at);
    if (!follows)
        f->held_at = at;
    memcpy(room(&f->piece, PIECE) + f->held, octets, (size_t)n);
    f->held += n;
    return SQLITE_OK;
}

static bool is_seen(const struct wal_file *f, int n, sqlite3_int64 at)
{
    return at >= f->seen_at && at + n <= f->seen_at + f->seen;
}

/* Fills the window from `at` on when reads go forward; the file's end may come first. */
static int look_ahead(struct wal_file *f, int n, sqlite3_int64 at)
{
    sqlite3_int64 size = 0;
    bool forward = at >= f->last_read && at - f->last_read <= NEAR;
    if (!forward || n > WINDOW || is_seen(f, n, at))
        return SQLITE_OK;
    int rc = f->real->pMethods->xFileSize(f->real, &size);
    int most = rc == SQLITE_OK && size - at < WINDOW ? (int)(size - at) : WINDOW;
    if (rc != SQLITE_OK || most < n)
        return rc;
    f->seen = 0;
    rc = f->real->pMethods->xRead(f->real, room(&f->window, WINDOW), most, at);
    if (rc == SQLITE_OK) {
        f->seen_at = at;
        f->seen = most;
    }
    return rc;
}

static int file_read(sqlite3_file *file, void *octets, int n, sqlite3_int64 at)
{
    struct wal_file *f = of(file);
    int rc = write_held(f);
    if (rc == SQLITE_OK && f->seen == 0)
        f->seen_at = at;
    rc = rc == SQLITE_OK ? look_ahead(f, n, at) : rc;
    f->last_read = at + n;
    if (rc == SQLITE_OK && is_seen(f, n, at))
        memcpy(octets, f->window + (at - f->seen_at), (size_t)n);
    else if (rc == SQLITE_OK)
        rc = f->real->pMethods->xRead(f->real, octets, n, at);
    return rc;
}

/* A checkpoint begins with a sync of the log: what was read ahead may have been written over by another connection since. */
static int file_sync(sqlite3_file *file, int flags)
{
    struct wal_file *f = of(file);
    int rc = write_held(f);
    f->seen = 0;
    return rc == SQLITE_OK ? f->real->pMethods->xSync(f->real, flags) : rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct wal_file *f = of(file);
    int rc = write_held(f);
    return rc == SQLITE_OK ? f->real->pMethods->xTruncate(f->real, size) : rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct wal_file *f = of(file);
    int rc = write_held(f);
    return rc == SQLITE_OK ? f->real->pMethods->xFileSize(f->real, size) : rc;
}

static int file_close(sqlite3_file *file)
{
    struct wal_file *f = of(file);
    int rc = write_held(f), closed = f->real->pMethods->xClose(f->real);
    free(f->piece);
    free(f->window);
    return rc == SQLITE_OK ? closed : rc;
}

static int file_lock(sqlite3_file *file, int level)
{
    return of(file)->real->pMethods->xLock(of(file)->real, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return of(file)->real->pMethods->xUnlock(of(file)->real, level);
}

static int file_reserved(sqlite3_file *file, int *reserved)
{
    return of(file)->real->pMethods->xCheckReservedLock(of(file)->real, reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return of(file)->real->pMethods->xFileControl(of(file)->real, operation, argument);
}

static int file_sector(sqlite3_file *file)
{
    return of(file)->real->pMethods->xSectorSize(of(file)->real);
}

static int file_traits(sqlite3_file *file)
{
    return of(file)->real->pMethods->xDeviceCharacteristics(of(file)->real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate, .xSync = file_sync, .xFileSize = file_size,
    .xLock = file_lock, .xUnlock = file_unlock, .xCheckReservedLock = file_reserved, .xFileControl = file_control, .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

/* ---- the file system: the log's file is ours, all others are the real one's ---- */

static sqlite3_vfs *real_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    sqlite3_vfs *real = real_of(vfs);
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return real->xOpen(real, name, file, flags, out_flags);
    struct wal_file *f = of(file);
    *f = (struct wal_file){.real = (sqlite3_file *)((char *)file + REAL_OFFSET)};
    int rc = real->xOpen(real, name, f->real, flags, out_flags);
    f->base.pMethods = f->real->pMethods != NULL ? &methods : NULL;
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    return real_of(vfs)->xDelete(real_of(vfs), name, sync);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    return real_of(vfs)->xAccess(real_of(vfs), name, flags, out);
}

static int vfs_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    return real_of(vfs)->xFullPathname(real_of(vfs), name, n, out);
}

static int vfs_random(sqlite3_vfs *vfs, int n, char *out)
{
    return real_of(vfs)->xRandomness(real_of(vfs), n, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    return real_of(vfs)->xSleep(real_of(vfs), microseconds);
}

static int vfs_day(sqlite3_vfs *vfs, double *now)
{
    return real_of(vfs)->xCurrentTime(real_of(vfs), now);
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
    return real_of(vfs)->xCurrentTimeInt64(real_of(vfs), now);
}

static int vfs_error(sqlite3_vfs *vfs, int n, char *out)
{
    return real_of(vfs)->xGetLastError(real_of(vfs), n, out);
}

bool wal_files_open(struct wal_files **files, struct err *err)
{
    sqlite3_vfs *real = sqlite3_vfs_find("unix");
    if (real == NULL || real->iVersion < 2)
        return err_set(err, ERR_SETUP, "store: this SQLite knows no files as of unix");
    struct wal_files *made = calloc(1, sizeof *made);
    if (made == NULL)
        abort();
    snprintf(made->name, sizeof made->name, "triaged-%p", (void *)made);
    made->vfs = (sqlite3_vfs){
        .iVersion = 2, .szOsFile = (int)REAL_OFFSET + real->szOsFile, .mxPathname = real->mxPathname, .zName = made->name, .pAppData = real, .xOpen = vfs_open,
        .xDelete = vfs_delete, .xAccess = vfs_access, .xFullPathname = vfs_path, .xRandomness = vfs_random, .xSleep = vfs_sleep, .xCurrentTime = vfs_day,
        .xGetLastError = vfs_error, .xCurrentTimeInt64 = vfs_time,
    };
    sqlite3_vfs_register(&made->vfs, 0);
    *files = made;
    return true;
}

void wal_files_close(struct wal_files **files)
{
    if (*files == NULL)
        return;
    sqlite3_vfs_unregister(&(*files)->vfs);
    free(*files);
    *files = NULL;
}
