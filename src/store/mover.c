/* mover: moves pages from the log into the file while the store goes on committing. What it moves is committed and synced; SQLite keeps the two connections
 * apart (sqlite.org/wal.html, "Checkpointing"). It tells of no trouble: what could not be moved stays in the log, and the next round tries again. */
#include "sql.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct mover {
    sqlite3 *db; /* the thread's alone, once it runs */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool wanted, working, stopping; /* these under the lock */
    int moved;
};

static void *work(void *of)
{
    struct mover *m = of;
    pthread_mutex_lock(&m->lock);
    while (!m->stopping) {
        if (!m->wanted) {
            pthread_cond_wait(&m->changed, &m->lock);
            continue;
        }
        m->wanted = false;
        m->working = true;
        pthread_mutex_unlock(&m->lock);
        int length = 0, moved = 0;
        int rc = sqlite3_wal_checkpoint_v2(m->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &length, &moved);
        pthread_mutex_lock(&m->lock);
        m->working = false;
        m->moved = rc == SQLITE_OK ? moved : m->moved;
        pthread_cond_broadcast(&m->changed);
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

/* Signals are the main thread's. */
static bool start_thread(struct mover *m)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool good = pthread_create(&m->thread, NULL, work, m) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

bool mover_start(struct mover **mover, const char *path, const char *files)
{
    struct mover *m = calloc(1, sizeof *m);
    if (m == NULL)
        abort();
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
    if (sqlite3_open_v2(path, &m->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, files) == SQLITE_OK &&
        sqlite3_exec(m->db, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;", NULL, NULL, NULL) == SQLITE_OK && start_thread(m)) {
        *mover = m;
        return true;
    }
    sqlite3_close_v2(m->db);
    free(m);
    return false;
}

void mover_move(struct mover *m)
{
    pthread_mutex_lock(&m->lock);
    m->wanted = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

int64_t mover_moved(struct mover *m)
{
    if (m == NULL)
        return 0;
    pthread_mutex_lock(&m->lock);
    int moved = m->moved;
    pthread_mutex_unlock(&m->lock);
    return moved;
}

void mover_wait(struct mover *m)
{
    if (m == NULL)
        return;
    pthread_mutex_lock(&m->lock);
    m->wanted = false; /* the caller moves what is left */
    while (m->working)
        pthread_cond_wait(&m->changed, &m->lock);
    m->moved = 0;
    pthread_mutex_unlock(&m->lock);
}

void mover_stop(struct mover **mover)
{
    struct mover *m = *mover;
    if (m == NULL)
        return;
    pthread_mutex_lock(&m->lock);
    m->stopping = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    sqlite3_close_v2(m->db);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m);
    *mover = NULL;
}
