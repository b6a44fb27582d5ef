/* daemon: the core process: start, one loop, reload, stop. A turn of the loop: hear what came, feed the readers, commit what is ready, hand out letters. */
#include "config.h"

#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/jail.h"
#include "base/log.h"
#include "core/keys.h"
#include "core/lineage.h"
#include "core/service.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define MEMORY_MAP (1024 * 1024)       /* larger pieces are mapped apart */
#define MEMORY_KEEP (16 * 1024 * 1024) /* free memory kept for the next mail */
#define TURN_MAX (5 * CLOCK_SECOND)
#define STOP_DEADLINE (8 * CLOCK_SECOND)
#define CHECKPOINT_EVERY (10 * CLOCK_SECOND)
#define CLOCK_STEP CLOCK_MINUTE /* less is drift */

/* ---- reload ---------------------------------------------------------------------------------------------------------------- */

static struct query_context context_of(struct daemon *d)
{
    return (struct query_context){.store = d->store, .config = d->config, .daemon = d};
}

/* What cannot change while we run. */
static void warn_fixed(const struct config *old, const struct config *fresh)
{
    if (!str_eq(old->state_directory, fresh->state_directory) || !str_eq(old->control_socket, fresh->control_socket))
        log_event(LOG_WARNING, "state-directory and control-socket change only with a restart", LOG_TEXT("state-directory", old->state_directory));
}

/* What it could not write down is done by the next change of a ticket. */
static void setup_chores(struct daemon *d)
{
    struct err err = {0};
    if (!chores_setup(d->chores, d->config, d->store, &err))
        daemon_store_unwell(d, &err);
}

/* The courier is not running, or need not hear of it. */
static void take_over(struct daemon *d, struct config *fresh, bool same_network)
{
    struct config *old = d->config;
    warn_fixed(old, fresh);
    log_open("triaged", arena_text(fresh->arena, fresh->log_sink), fresh->log_level);
    d->config = fresh;
    pool_setup(d->pool, fresh);
    asking_setup(d->asking, fresh->dkim_timeout);
    if (!same_network) {
        d->settled_count = 0; /* settled once more by the next courier: it is idempotent */
        daemon_status_alloc(d);
        outbox_setup(d->outbox, fresh);
    }
    setup_chores(d);
    d->recount = true;
    for (size_t i = 0; i < d->settled_count; i++)
        daemon_settled_rename(d, &d->settled[i]);
    struct query_context context = context_of(d);
    control_context(d->control, &context);
    config_close(&old);
    log_event(LOG_NOTICE, "configuration in force", LOG_NUMBER("generation", d->generation), LOG_TEXT("hash", str_of(d->config->hash)),
              LOG_NUMBER("rules", rules_count(d->config->rules)), LOG_NUMBER("rule-tests", d->config->rule_tests));
}

/* New mailboxes or relays need a new courier. The old one first finishes the letter in its hands and tells of it: only then the configuration changes. */
static void adopt(struct daemon *d, struct config *fresh)
{
    struct buf frame = {0};
    daemon_courier_frame(d, fresh, &frame);
    bool same_network = str_eq(buf_view(&frame), buf_view(&d->courier_setup));
    buf_free(&frame);
    config_close(&d->next);
    if (same_network || d->courier_pid == 0) {
        take_over(d, fresh, same_network);
        return;
    }
    d->next = fresh;
    d->stop_deadline = clock_monotonic() + STOP_DEADLINE;
    daemon_courier_stop(d);
}

static void turn_over(struct daemon *d, int64_t mono)
{
    if (d->next == NULL)
        return;
    if (d->courier_pid != 0) {
        if (mono >= d->stop_deadline)
            starter_kill(d->starter, d->courier_pid, SIGKILL);
        return;
    }
    struct config *fresh = d->next;
    d->next = NULL;
    d->courier_after = 0;
    take_over(d, fresh, false);
}

bool daemon_reload(struct daemon *d, struct buf *told, struct err *err)
{
    struct arena *arena = arena_new();
    struct diagnoses diagnoses = {.arena = arena};
    struct config *fresh = NULL;
    service_reloading();
    bool loaded = config_load(d->config_path, &fresh, &diagnoses);
    diagnoses_print(&diagnoses, told);
    if (loaded) {
        d->generation++;
        d->reloaded = clock_wall();
        d->reload_trouble[0] = '\0';
        adopt(d, fresh);
    } else {
        struct str rest = buf_view(told), line = {0};
        str_line(&rest, &line);
        snprintf(d->reload_trouble, sizeof d->reload_trouble, "%.*s", STR_ARG(line));
        log_event(LOG_ERROR, "configuration refused, the old one stays", LOG_NUMBER("generation", d->generation), LOG_NUMBER("errors", diagnoses.errors),
                  LOG_TEXT("first", line));
        err_set(err, ERR_SETUP, "%zu errors; configuration %u stays in force", diagnoses.errors, d->generation);
    }
    service_ready();
    arena_free(&arena);
    return loaded;
}

/* ---- the loop ---------------------------------------------------------------------------------------------------------------- */

static void begin_stop(struct daemon *d, const char *why)
{
    if (d->stopping)
        return;
    d->stopping = true;
    d->stop_deadline = clock_monotonic() + STOP_DEADLINE;
    log_event(LOG_NOTICE, "stopping", LOG_TEXT("why", str_of(why)));
    service_stopping("Stopping");
    daemon_courier_stop(d);
}

static void take_signals(void *of, bool readable, bool writable)
{
    struct daemon *d = of;
    struct signalfd_siginfo info;
    (void)readable;
    (void)writable;
    while (read(d->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        struct buf told = {0};
        struct err err = {0};
        if (info.ssi_signo == SIGHUP)
            daemon_reload(d, &told, &err);
        else
            begin_stop(d, sigdescr_np((int)info.ssi_signo));
        buf_free(&told);
    }
}

static void reap(struct daemon *d)
{
    int pid = 0, status = 0;
    while (starter_reaped(d->starter, &pid, &status))
        if (!pool_reaped(d->pool, pid, status))
            daemon_courier_reaped(d, pid, status);
    if (!starter_is_alive(d->starter))
        begin_stop(d, "the starter of processes is gone");
}

static void take_children(void *of, bool readable, bool writable)
{
    (void)readable;
    (void)writable;
    reap(of);
}

static void hand_out(struct daemon *d)
{
    struct err err = {0};
    if (d->stopping || d->next != NULL || d->courier.fd < 0 || d->store_failures > 0)
        return; /* nothing leaves whose leaving cannot be written down */
    if (outbox_hand_out(d->outbox, d->store, daemon_now(d), clock_monotonic(), link_out(&d->courier), &err) &&
        chores_hand_out(d->chores, d->store, daemon_now(d), clock_monotonic(), link_out(&d->courier), &err))
        return;
    outbox_changed(d->outbox);
    daemon_store_unwell(d, &err);
}

static void beat(struct daemon *d, int64_t mono)
{
    char text[512];
    int64_t every = service_watchdog();
    if (every > 0 && mono - d->beaten >= every) {
        service_alive();
        d->beaten = mono;
    }
    daemon_status_line(d, text, sizeof text);
    service_status(&d->service, text, mono);
}

static void note_lineage(struct daemon *d)
{
    lineage_note(d->state_directory, d->store, &d->lineage);
}

/* When nothing is to be done now, checkpoint now and then. */
static void rest(struct daemon *d, int64_t mono)
{
    if (d->inbox.count > 0 || mono - d->checkpointed < CHECKPOINT_EVERY)
        return;
    d->checkpointed = mono;
    store_checkpoint(d->store);
    daemon_write_looks(d);
    note_lineage(d);
    link_rest(&d->courier);
    pool_rest(d->pool);
    malloc_trim(0);
}

static int64_t soonest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long the next turn may sleep. */
static int64_t patience(struct daemon *d, int64_t mono)
{
    int64_t until = soonest(mono + TURN_MAX, soonest(pool_deadline(d->pool), asking_deadline(d->asking)));
    int64_t watchdog = service_watchdog();
    if (watchdog > 0)
        until = soonest(until, d->beaten + watchdog);
    if (d->courier_pid == 0)
        until = soonest(until, d->courier_after);
    if (d->store_failures > 0)
        until = soonest(until, d->store_after);
    if (d->gather_until > 0)
        until = soonest(until, d->gather_until);
    if (d->courier.fd >= 0 && d->store_failures == 0 && outbox_next(d->outbox) != INT64_MAX)
        until = soonest(until, mono + (outbox_next(d->outbox) - daemon_now(d)));
    if (d->courier.fd >= 0 && d->store_failures == 0 && chores_next(d->chores) != INT64_MAX)
        until = soonest(until, mono + (chores_next(d->chores) - daemon_now(d)));
    for (size_t i = 0; i < WAITERS_MAX; i++)
        if (d->waiters[i].client != 0)
            until = soonest(until, soonest(d->waiters[i].deadline, mono + 20));
    if (d->stopping || d->next != NULL)
        until = soonest(until, d->stop_deadline);
    return until > mono ? until - mono : 0;
}

static bool finished(const struct daemon *d)
{
    return d->stopping && ((d->courier_pid == 0 && !outbox_has_receipts(d->outbox)) || clock_monotonic() >= d->stop_deadline);
}

/* Somebody set the wall clock: what waits and what was spent stay what they were by the steady one. */
static void mind_clock(struct daemon *d, int64_t mono)
{
    struct err err = {0};
    int64_t now = clock_wall(), by = now - mono - d->clock_ahead;
    if (by > -CLOCK_STEP && by < CLOCK_STEP) {
        d->clock_ahead += by; /* drift, and what is slewed */
        return;
    }
    if (d->store_failures > 0)
        return;
    if (!store_begin(d->store, &err) || !store_clock_set(d->store, now, by, &err) || !store_commit(d->store, &err)) {
        store_rollback(d->store);
        daemon_store_unwell(d, &err);
        return;
    }
    d->clock_ahead += by;
    outbox_changed(d->outbox);
    chores_changed(d->chores);
    log_event(LOG_WARNING, "the clock was set", LOG_NUMBER("by-s", by / CLOCK_SECOND));
}

static void run(struct daemon *d)
{
    bool progress = false;
    while (!finished(d)) {
        loop_turn(d->loop, progress ? 0 : patience(d, clock_monotonic()));
        int64_t mono = clock_monotonic();
        mind_clock(d, mono);
        reap(d);
        turn_over(d, mono);
        daemon_courier_start(d);
        daemon_courier_mind(d, mono);
        daemon_trial_turn(d, mono);
        asking_turn(d->asking, &d->inbox, d->courier.fd >= 0 ? link_out(&d->courier) : NULL, mono);
        daemon_note_attempts(d);
        if (!d->stopping)
            pool_turn(d->pool, mono);
        progress = daemon_commit(d);
        daemon_wake(d, mono);
        progress = daemon_clocks(d) || progress;
        daemon_escalate(d, mono);
        daemon_reconcile_turn(d, mono);
        daemon_watch_turn(d, mono);
        daemon_explained(d);
        hand_out(d);
        daemon_courier_flush(d);
        daemon_turn_waiters(d, mono);
        control_turn(d->control, mono);
        beat(d, mono);
        if (!progress)
            rest(d, mono);
    }
}

/* ---- start -------------------------------------------------------------------------------------------------------------------- */

/* Children lie beside us in a build tree, in libexec when installed. */
static bool find_program(const char *name, char *path, size_t size, struct err *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        snprintf(path, size, "%s/%s", dirname(self), name);
        if (access(path, X_OK) == 0)
            return true;
    }
    snprintf(path, size, "%s/%s", PKGLIBEXECDIR, name);
    return access(path, X_OK) == 0 || err_set(err, ERR_SETUP, "%s: %s", path, strerror(errno));
}

static bool catch_signals(struct daemon *d, struct err *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return d->signals >= 0 || err_set(err, ERR_RETRY, "signalfd: %s", strerror(errno));
}

/* The folders in which files of ours change; made where neither the package nor the service manager has. No other is touched after this. */
static bool confine_files(struct daemon *d, struct err *err)
{
    char *socket = arena_text(d->config->arena, d->config->control_socket);
    char *alarms = arena_text(d->config->arena, d->config->alarm.file);
    const char *folders[] = {d->state_directory, dirname(socket), dirname(alarms)};
    bool has_alarms = d->config->alarm.file.n > 0;
    mkdir(folders[1], 0750);
    if (has_alarms && access(folders[2], W_OK | X_OK) != 0)
        return err_set(err, ERR_SETUP, "alarm file: %s: %s", folders[2], strerror(errno));
    return file_private_dir(folders[0], err) && jail_core_files(folders, has_alarms ? 3 : 2, err);
}

static bool open_state(struct daemon *d, struct err *err)
{
    const char *directory = d->state_directory;
    return file_lock(directory, &d->lock, err) && store_open(&d->store, directory, true, false, err) && lineage_check(directory, d->store, d->started, err) &&
           store_attempts_any(d->store, &d->attempts, err) &&
           keys_load(directory, true, &d->keys, err);
}

static bool check_clock(struct daemon *d, struct err *err)
{
    d->clock_ahead = d->started - clock_monotonic();
    return store_begin(d->store, err) && store_clock_check(d->store, d->started, d->started + OUTBOX_LONGEST, err) && store_commit(d->store, err);
}

static bool open_control(struct daemon *d, struct err *err)
{
    char *path = arena_text(d->config->arena, d->config->control_socket);
    struct query_context context = context_of(d);
    return control_open(&d->control, d->loop, path, &context, err);
}

static bool start(struct daemon *d, struct err *err)
{
    d->started = d->reloaded = clock_wall();
    d->generation = 1;
    d->ingest_validity = (uint32_t)(d->started / 100);
    d->courier.fd = -1;
    snprintf(d->state_directory, sizeof d->state_directory, "%.*s", STR_ARG(d->config->state_directory)); /* stays over reloads */
    inbox_open(&d->inbox);
    if (!find_program("triaged-courier", d->courier_program, sizeof d->courier_program, err) ||
        !find_program("triaged-reader", d->reader_program, sizeof d->reader_program, err) || !starter_open(&d->starter, err) ||
        !catch_signals(d, err) || !confine_files(d, err) || !open_state(d, err) || !check_clock(d, err) || !loop_open(&d->loop, err) || !open_control(d, err) || !jail_core(err))
        return false;
    loop_watch(d->loop, d->signals, true, false, take_signals, d);
    loop_watch(d->loop, starter_fd(d->starter), true, false, take_children, d);
    outbox_open(&d->outbox);
    daemon_watch_letters(d);
    outbox_setup(d->outbox, d->config);
    chores_open(&d->chores);
    setup_chores(d);
    pool_open(&d->pool, d->loop, d->starter, &d->inbox, d->reader_program);
    pool_setup(d->pool, d->config);
    asking_open(&d->asking);
    asking_setup(d->asking, d->config->dkim_timeout);
    daemon_status_alloc(d);
    return true;
}

static void finish(struct daemon *d)
{
    if (d->store != NULL && d->pool != NULL) {
        daemon_write_looks(d);
        note_lineage(d);
        store_checkpoint(d->store);
    }
    link_close(&d->courier);
    pool_close(&d->pool);
    asking_close(&d->asking);
    starter_close(&d->starter);
    outbox_close(&d->outbox);
    chores_close(&d->chores);
    inbox_close(&d->inbox);
    control_close(&d->control);
    store_close(&d->store);
    loop_close(&d->loop);
    buf_free(&d->courier_setup);
    free(d->mailboxes);
    free(d->relays);
    config_close(&d->next);
    config_close(&d->config);
    explicit_bzero(&d->keys, sizeof d->keys);
}

static bool load_first(struct daemon *d)
{
    struct arena *arena = arena_new();
    struct diagnoses diagnoses = {.arena = arena};
    struct buf told = {0};
    bool loaded = config_load(d->config_path, &d->config, &diagnoses);
    diagnoses_print(&diagnoses, &told);
    if (told.n > 0)
        fprintf(stderr, "%s", told.p);
    if (!loaded)
        fprintf(stderr, "%zu errors; triaged does not start\n", diagnoses.errors);
    buf_free(&told);
    arena_free(&arena);
    return loaded;
}

int daemon_run(const char *config_path)
{
    struct daemon *d = calloc(1, sizeof *d);
    struct err err = {0};
    if (d == NULL)
        abort();
    d->recount = true;
    d->config_path = config_path;
    d->lock = d->signals = -1;
    mallopt(M_MMAP_THRESHOLD, MEMORY_MAP); /* else every mail of some size costs its pages anew */
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEEP);
    if (!load_first(d)) {
        service_failed("bad configuration", EX_CONFIG);
        free(d);
        return EX_CONFIG;
    }
    log_open("triaged", arena_text(d->config->arena, d->config->log_sink), d->config->log_level);
    bool started = start(d, &err);
    if (started) {
        log_event(LOG_NOTICE, "started", LOG_TEXT("version", STR(VERSION)), LOG_NUMBER("mailboxes", d->config->mailbox_count),
                  LOG_NUMBER("rules", rules_count(d->config->rules)), LOG_TEXT("hash", str_of(d->config->hash)));
        service_ready();
        run(d);
        log_event(LOG_NOTICE, "stopped", LOG_NUMBER("in-hand", d->inbox.count));
    } else {
        log_event(LOG_ERROR, "cannot start", LOG_TEXT("error", str_of(err.text)));
        service_failed(err.text, err.kind == ERR_SETUP ? EX_CONFIG : EX_TEMPFAIL);
    }
    finish(d);
    free(d);
    return started ? EX_OK : err.kind == ERR_SETUP ? EX_CONFIG : EX_TEMPFAIL;
}
