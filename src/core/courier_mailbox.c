/* courier_mailbox: the life of one mailbox's thread: open, visit each folder, settle what is on record, wait for news, again; after an error
 * close, wait with back-off, again, for ever.
 *
 * A visit asks core what is on record of the folder, lists what the server has, and hands over the difference, oldest first. So the
 * ledger decides what is new, never a flag and never a position kept elsewhere. */
#include "config.h"

#include "core/courier_chores.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define FULL_LIST (60 * CLOCK_MINUTE) /* the whole folder is listed again so often, */
#define MISSED_LIST CLOCK_MINUTE      /* or so long after a message that was there was not given */
#define ANSWER_WAIT (120 * CLOCK_SECOND)
#define CHORES_BATCH 8u /* between two looks */

/* One folder as the thread remembers it. Under `lock`: recorded; uid_validity where it is written, and where another thread reads it; and while the thread asks core, when it
 * looks at nothing itself, whatever the answer changes. */
struct folder {
    struct str name;
    bool known_valid;       /* core has answered in this session */
    uint32_t uid_validity;
    uint32_t above;
    int64_t confirmed;      /* what is dated before is no backlog */
    struct uid_set left;    /* core wants them left where they are for now */
    struct uid_set known;   /* on record or handed over in this session */
    struct uid_set recorded;/* on record, to be settled */
    int64_t settle_after;   /* monotonic: the server refused it; not tried before */
    int64_t listed;         /* monotonic time of the last whole list */
    bool asking, answered, refused; /* the thread waits for core's answer; it is here; it was that it cannot say */
};

struct courier_mailbox {
    struct courier *courier;
    struct courier_client who;
    struct mailbox_settings settings;
    const struct mailbox_driver *driver;
    struct mailbox *session;
    struct mailbox_memory *memories; /* one for each folder */
    struct buf out;
    int wake;
    uint32_t failures;
    struct err refused;    /* why the server does not settle; text "" when it does */
    bool poll_now, recount, paused; /* under lock */
    pthread_mutex_t lock;
    pthread_cond_t answered;
    pthread_t thread;
    struct folder *folders;
    size_t folder_count;
    struct courier_chores chores;
    /* the test */
    pthread_t tester;
    bool tested; /* tester is to be joined */
    uint32_t test_serial;
    atomic_bool testing;
};

static bool cancelled(const struct courier_mailbox *m)
{
    return courier_cancelled(m->courier->mailbox_cancel);
}

/* ---- sets ----------------------------------------------------------------------------------------------------------- */

static void add_ranges(struct uid_set *to, const struct uid_set *from)
{
    for (size_t i = 0; i < from->count; i++)
        for (uint64_t uid = from->ranges[i].first; uid <= from->ranges[i].last; uid++)
            uid_set_add(to, (uint32_t)uid);
}

/* A copy of core's ranges: sorted and disjoint already. */
static void copy_ranges(struct uid_set *to, const struct uid_set *from)
{
    uid_set_free(to);
    if (from->count == 0)
        return;
    to->ranges = calloc(from->count, sizeof *to->ranges);
    if (to->ranges == NULL)
        abort();
    memcpy(to->ranges, from->ranges, from->count * sizeof *to->ranges);
    to->count = to->cap = from->count;
}

static void not_known(const struct uid_set *present, const struct folder *folder, struct uid_set *wanted)
{
    for (size_t i = 0; i < present->count; i++)
        for (uint64_t uid = present->ranges[i].first; uid <= present->ranges[i].last; uid++)
            if (uid > folder->above && !uid_set_has(&folder->known, (uint32_t)uid))
                uid_set_add(wanted, (uint32_t)uid);
}

/* Those of `from` that are (or are not) in `in`. */
static void pick(const struct uid_set *from, const struct uid_set *in, bool wanted, struct uid_set *to)
{
    for (size_t i = 0; i < from->count; i++)
        for (uint64_t uid = from->ranges[i].first; uid <= from->ranges[i].last; uid++)
            if (uid_set_has(in, (uint32_t)uid) == wanted)
                uid_set_add(to, (uint32_t)uid);
}

static uint32_t highest(const struct uid_set *set)
{
    return set->count > 0 ? set->ranges[set->count - 1].last : 0;
}

/* ---- talking with core ---------------------------------------------------------------------------------------------- */

static bool gone(struct err *err)
{
    return err_set(err, ERR_RETRY, "core is gone");
}

static bool send_folder(struct courier_mailbox *m, const struct folder *folder, enum wire_type type, const struct mailbox_folder *found,
                        const struct uid_set *uids, struct err *err)
{
    struct wire_folder frame = {.mailbox = m->who.index, .folder = folder->name, .uid_validity = folder->uid_validity};
    if (found != NULL) {
        frame.uid_validity = found->uid_validity;
        frame.uid_next = found->uid_next;
        frame.exists = found->exists;
        frame.read_only = found->read_only;
    }
    if (uids != NULL)
        frame.known = *uids;
    wire_put_folder(&m->out, type, &frame);
    return courier_send(m->courier, &m->out) || gone(err);
}

static bool await_answer(struct courier_mailbox *m, struct folder *folder, struct err *err)
{
    int64_t until = clock_monotonic() + ANSWER_WAIT;
    bool ok = true;
    pthread_mutex_lock(&m->lock);
    while (!folder->answered && ok) {
        int64_t at = clock_monotonic() + CLOCK_SECOND;
        struct timespec wait = {at / CLOCK_SECOND, at % CLOCK_SECOND * 1000000};
        pthread_cond_clockwait(&m->answered, &m->lock, CLOCK_MONOTONIC, &wait);
        ok = !cancelled(m) && clock_monotonic() < until;
    }
    ok = folder->answered && !folder->refused;
    folder->asking = folder->answered = false; /* what comes later is not listened to */
    pthread_mutex_unlock(&m->lock);
    return ok || err_set(err, ERR_RETRY, "core does not say what is on record");
}

static bool ask_core(struct courier_mailbox *m, struct folder *folder, enum wire_type type, const struct mailbox_folder *found, const struct uid_set *known, struct err *err)
{
    pthread_mutex_lock(&m->lock);
    folder->asking = true;
    pthread_mutex_unlock(&m->lock);
    return send_folder(m, folder, type, found, known, err) && await_answer(m, folder, err);
}

/* Asks core once a session, and again when the folder was made anew. */
static bool learn(struct courier_mailbox *m, struct folder *folder, const struct mailbox_folder *found, struct err *err)
{
    if (folder->known_valid && folder->uid_validity == found->uid_validity)
        return true;
    pthread_mutex_lock(&m->lock);
    folder->uid_validity = found->uid_validity;
    pthread_mutex_unlock(&m->lock);
    folder->known_valid = false;
    folder->listed = 0;
    if (!ask_core(m, folder, WIRE_FOLDER, found, NULL, err))
        return false;
    folder->known_valid = true;
    return true;
}

static bool hand_over(void *to, const struct mailbox_item *item)
{
    struct { struct courier_mailbox *m; struct folder *folder; } *visit = to;
    struct wire_raw raw = {.mailbox = visit->m->who.index, .folder = visit->folder->name, .uid_validity = visit->folder->uid_validity, .item = *item};
    wire_put_raw(&visit->m->out, &raw);
    if (!courier_send(visit->m->courier, &visit->m->out) || cancelled(visit->m))
        return false;
    uid_set_add(&visit->folder->known, item->uid);
    return true;
}

/* ---- a visit to a folder ---------------------------------------------------------------------------------------------- */

static bool state(struct courier_mailbox *m, const char *name, const struct err *why, int64_t retry_in)
{
    return courier_state(m->courier, &m->out, &m->who, name, why, retry_in);
}

static void keep_for_later(struct courier_mailbox *m, struct folder *folder, const struct uid_set *uids)
{
    pthread_mutex_lock(&m->lock);
    add_ranges(&folder->recorded, uids);
    pthread_mutex_unlock(&m->lock);
}

/* A server that refuses (a read-only folder, a quota) is asked again at the next poll: new mail must not wait for it. */
static bool settle(struct courier_mailbox *m, struct folder *folder, struct err *err)
{
    struct uid_set uids = {0};
    struct err why = {0};
    if (clock_monotonic() < folder->settle_after)
        return true;
    pthread_mutex_lock(&m->lock);
    uids = folder->recorded;
    folder->recorded = (struct uid_set){0};
    pthread_mutex_unlock(&m->lock);
    if (uids.count == 0)
        return true;
    bool done = m->driver->settle(m->session, &uids, &why);
    if (done)
        m->refused = (struct err){0};
    else
        keep_for_later(m, folder, &uids);
    if (!done && why.kind == ERR_ITEM) {
        m->refused = why;
        folder->settle_after = clock_monotonic() + m->settings.poll;
    } else if (!done) {
        *err = why;
    }
    bool go_on = done ? send_folder(m, folder, WIRE_SETTLED, NULL, &uids, err) : why.kind == ERR_ITEM;
    uid_set_free(&uids);
    return go_on;
}

static bool fetch(struct courier_mailbox *m, struct folder *folder, const struct uid_set *wanted, struct err *err)
{
    struct { struct courier_mailbox *m; struct folder *folder; } visit = {m, folder};
    struct uid_set poison = {0};
    if (wanted->count == 0)
        return true;
    state(m, "reading", NULL, 0);
    bool ok = m->driver->next(m->session, wanted, hand_over, &visit, &poison, err);
    if (poison.count > 0) {
        struct err ignored = {0};
        add_ranges(&folder->known, &poison);
        send_folder(m, folder, WIRE_POISON, NULL, &poison, ok ? err : &ignored);
    }
    uid_set_free(&poison);
    return ok;
}

static bool misses(const struct folder *folder, const struct uid_set *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        for (uint64_t uid = wanted->ranges[i].first; uid <= wanted->ranges[i].last; uid++)
            if (!uid_set_has(&folder->known, (uint32_t)uid))
                return true;
    return false;
}

/* Many old messages at once, as after a long outage or in a folder made anew: core says what becomes of them, and which it wants left. */
static bool ask_about(struct courier_mailbox *m, struct folder *folder, struct uid_set *wanted, struct err *err)
{
    struct uid_set dated = {0}, old = {0}, rest = {0};
    uid_set_free(&folder->left);
    if (m->settings.backlog_count == 0 || uid_set_size(wanted) <= m->settings.backlog_count)
        return true;
    struct err why = {0};
    bool said = m->driver->dated(m->session, folder->confirmed, clock_wall() - m->settings.backlog_age, &dated, &why);
    bool ok = said || why.kind == ERR_ITEM || err_set(err, why.kind, "%s", why.text);
    if (ok)
        pick(wanted, said ? &dated : wanted, true, &old); /* a server that does not say when: any may be old */
    if (ok && uid_set_size(&old) > m->settings.backlog_count)
        ok = ask_core(m, folder, WIRE_BACKLOG, NULL, &old, err);
    if (ok && folder->left.count > 0) {
        pick(wanted, &folder->left, false, &rest);
        uid_set_free(wanted);
        *wanted = rest;
    }
    uid_set_free(&dated);
    uid_set_free(&old);
    return ok;
}

/* All that is there was handed over before, or is on record: does core find it so too? */
static bool tell_present(struct courier_mailbox *m, struct folder *folder, const struct uid_set *present, struct err *err)
{
    struct uid_set told = {0};
    pick(present, &folder->left, false, &told);
    bool ok = send_folder(m, folder, WIRE_PRESENT, NULL, &told, err);
    uid_set_free(&told);
    return ok;
}

static bool look(struct courier_mailbox *m, struct folder *folder, struct err *err)
{
    bool whole = folder->listed == 0 || clock_monotonic() - folder->listed > FULL_LIST;
    uint32_t above = whole ? folder->above : highest(&folder->known);
    struct uid_set present = {0}, wanted = {0};
    bool ok = m->driver->list(m->session, above > folder->above ? above : folder->above, &present, err);
    if (ok && whole)
        folder->listed = clock_monotonic();
    not_known(&present, folder, &wanted);
    ok = ok && ask_about(m, folder, &wanted, err) && fetch(m, folder, &wanted, err);
    if (ok && misses(folder, &wanted))
        folder->listed = clock_monotonic() - FULL_LIST + MISSED_LIST;
    ok = ok && !cancelled(m) && (!whole || tell_present(m, folder, &present, err)) && send_folder(m, folder, WIRE_LOOKED, NULL, NULL, err);
    uid_set_free(&present);
    uid_set_free(&wanted);
    return ok;
}

static bool visit(struct courier_mailbox *m, struct folder *folder, struct err *err)
{
    struct mailbox_folder found = {0};
    return m->driver->select(m->session, folder->name, &found, err) && learn(m, folder, &found, err) && settle(m, folder, err) &&
           look(m, folder, err) && settle(m, folder, err);
}

static bool ordered(struct courier_mailbox *m, bool *flag, bool take)
{
    pthread_mutex_lock(&m->lock);
    bool set = *flag;
    if (take)
        *flag = false;
    pthread_mutex_unlock(&m->lock);
    return set;
}

static bool visit_all(struct courier_mailbox *m, struct err *err)
{
    bool recount = ordered(m, &m->recount, true);
    for (size_t i = 0; recount && i < m->folder_count; i++)
        m->folders[i].listed = 0;
    for (size_t i = m->folder_count; i-- > 0;) /* the first last: it stays selected for the waiting */
        if (!visit(m, &m->folders[i], err))
            return err_wrap(err, "%.*s", STR_ARG(m->folders[i].name));
    return true;
}

/* ---- waiting ------------------------------------------------------------------------------------------------------------ */

static bool to_settle(struct courier_mailbox *m, size_t folder)
{
    pthread_mutex_lock(&m->lock);
    bool some = m->folders[folder].recorded.count > 0 && clock_monotonic() >= m->folders[folder].settle_after;
    pthread_mutex_unlock(&m->lock);
    return some;
}

/* Settles what was recorded meanwhile. *moved: another folder than the first is selected now. */
static bool settle_all(struct courier_mailbox *m, bool *moved, struct err *err)
{
    struct mailbox_folder found = {0};
    for (size_t i = 0; i < m->folder_count; i++) {
        if (!to_settle(m, i))
            continue;
        *moved = *moved || i > 0;
        if (i > 0 && !m->driver->select(m->session, m->folders[i].name, &found, err))
            return false;
        if (!settle(m, &m->folders[i], err))
            return err_wrap(err, "%.*s", STR_ARG(m->folders[i].name));
    }
    return true;
}

static bool answer_chore(struct courier_mailbox *m, const struct wire_chore *chore, const struct err *refused, struct err *err)
{
    struct wire_chore_done done = {.mailbox = m->who.index, .serial = chore->serial, .done = refused == NULL};
    if (refused != NULL)
        done.why = str_of(refused->text);
    wire_put_chore_done(&m->out, &done);
    courier_chores_drop(&m->chores);
    return courier_send(m->courier, &m->out) || gone(err);
}

/* A refusal is core's to think about; a chore that kills sessions is refused by us, so that mail does not wait for it. */
static bool do_chore(struct courier_mailbox *m, struct courier_chore *one, struct err *err)
{
    struct err why = {0};
    if (courier_chore_do(m->driver, m->session, &one->chore, &why))
        return answer_chore(m, &one->chore, NULL, err);
    if (why.kind == ERR_ITEM)
        return answer_chore(m, &one->chore, &why, err);
    struct err ignored = {0};
    *err = why;
    if (!cancelled(m) && ++one->breaks >= COURIER_CHORE_BREAKS)
        answer_chore(m, &one->chore, &why, &ignored);
    return false;
}

/* Some of what core wants done besides; *more: there is more. */
static bool do_chores(struct courier_mailbox *m, bool *moved, bool *more, struct err *err)
{
    struct courier_chore *one = NULL;
    for (unsigned n = 0; n < CHORES_BATCH && !cancelled(m) && (one = courier_chores_next(&m->chores)) != NULL; n++) {
        *moved = true;
        if (!do_chore(m, one, err))
            return false;
    }
    *more = courier_chores_next(&m->chores) != NULL;
    return true;
}

/* The first folder is the one we wait in. What came while we were elsewhere was not told to us: *news. */
static bool return_to_first(struct courier_mailbox *m, bool *news, struct err *err)
{
    struct folder *first = &m->folders[0];
    struct mailbox_folder found = {0};
    struct uid_set present = {0}, wanted = {0};
    uint32_t known = highest(&first->known);
    bool ok = m->driver->select(m->session, first->name, &found, err) &&
              m->driver->list(m->session, known > first->above ? known : first->above, &present, err);
    not_known(&present, first, &wanted);
    *news = wanted.count > 0 || found.uid_validity != first->uid_validity;
    uid_set_free(&present);
    uid_set_free(&wanted);
    return ok || err_wrap(err, "%.*s", STR_ARG(first->name));
}

/* What there is to do on the server between two looks. */
static bool do_errands(struct courier_mailbox *m, bool *more, bool *news, struct err *err)
{
    bool moved = false;
    return settle_all(m, &moved, err) && do_chores(m, &moved, more, err) && (!moved || return_to_first(m, news, err));
}

/* Until there is news, a poll is due or ordered, or the mailbox is paused; recorded messages are settled as they come. */
static bool await_news(struct courier_mailbox *m, struct err *err)
{
    int64_t until = clock_monotonic() + m->settings.poll;
    bool news = false;
    state(m, "idle", m->refused.text[0] != '\0' ? &m->refused : NULL, 0);
    while (!news && !cancelled(m) && !ordered(m, &m->poll_now, true) && !ordered(m, &m->paused, false)) {
        int64_t left = until - clock_monotonic();
        if (left <= 0)
            return true;
        bool more = false;
        if (!do_errands(m, &more, &news, err) || (!news && !m->driver->wait(m->session, more ? 0 : left, m->wake, &news, err)))
            return false;
        courier_sleep(m->courier->mailbox_cancel, m->wake, 0); /* reads the wake empty */
    }
    return true;
}

/* ---- the thread --------------------------------------------------------------------------------------------------------- */

static void forget_session(struct courier_mailbox *m)
{
    m->driver->close(&m->session);
    for (size_t i = 0; i < m->folder_count; i++)
        m->folders[i].known_valid = false;
}

static bool session(struct courier_mailbox *m, struct err *err)
{
    state(m, "connecting", NULL, 0);
    if (!m->driver->open(&m->session, &m->settings, m->courier->mailbox_cancel, err))
        return false;
    while (!cancelled(m) && !ordered(m, &m->paused, false)) {
        if (!visit_all(m, err))
            return false;
        m->failures = 0;
        if (!await_news(m, err))
            return false;
    }
    return true;
}

static void rest(struct courier_mailbox *m, const struct err *err)
{
    int64_t ms = courier_backoff(++m->failures, err->kind);
    state(m, err->kind == ERR_RETRY ? "waiting" : "parked", err, ms);
    int64_t until = clock_monotonic() + ms;
    while (!cancelled(m) && !ordered(m, &m->poll_now, true) && !ordered(m, &m->paused, false) && clock_monotonic() < until)
        courier_sleep(m->courier->mailbox_cancel, m->wake, until - clock_monotonic());
}

static void *live(void *of)
{
    struct courier_mailbox *m = of;
    while (!cancelled(m)) {
        struct err err = {0};
        if (ordered(m, &m->paused, false)) {
            state(m, "paused", NULL, 0);
            while (!cancelled(m) && ordered(m, &m->paused, false))
                courier_sleep(m->courier->mailbox_cancel, m->wake, CLOCK_HOUR);
            continue;
        }
        bool ended_well = session(m, &err);
        forget_session(m);
        if (!ended_well && !cancelled(m))
            rest(m, &err);
    }
    return NULL;
}

static struct folder *folder_of(struct courier_mailbox *m, struct str name)
{
    for (size_t i = 0; i < m->folder_count; i++)
        if (str_eq(m->folders[i].name, name))
            return &m->folders[i];
    return NULL;
}

static void take_known(struct folder *folder, const struct wire_folder *answer)
{
    folder->above = answer->above;
    folder->confirmed = answer->confirmed;
    copy_ranges(&folder->known, &answer->known);
    copy_ranges(&folder->recorded, &answer->unsettled);
}

static void take_left(struct folder *folder, const struct wire_folder *answer)
{
    folder->confirmed = answer->confirmed;
    copy_ranges(&folder->left, &answer->known);
}

static void take_answer(struct courier_mailbox *m, const struct wire_folder *answer, void (*take)(struct folder *, const struct wire_folder *))
{
    struct folder *folder = folder_of(m, answer->folder);
    if (folder == NULL)
        return;
    pthread_mutex_lock(&m->lock);
    if (folder->asking) {
        folder->refused = answer->uid_validity != folder->uid_validity;
        if (!folder->refused)
            take(folder, answer);
        folder->answered = true;
        pthread_cond_signal(&m->answered);
    }
    pthread_mutex_unlock(&m->lock);
}

void courier_mailbox_known(struct courier_mailbox *m, const struct wire_folder *answer)
{
    take_answer(m, answer, take_known);
}

void courier_mailbox_leave(struct courier_mailbox *m, const struct wire_folder *answer)
{
    take_answer(m, answer, take_left);
}

void courier_mailbox_recorded(struct courier_mailbox *m, const struct wire_folder *recorded)
{
    struct folder *folder = folder_of(m, recorded->folder);
    if (folder == NULL)
        return;
    pthread_mutex_lock(&m->lock);
    if (folder->uid_validity == recorded->uid_validity)
        add_ranges(&folder->recorded, &recorded->known);
    pthread_mutex_unlock(&m->lock);
    courier_wake(m->wake);
}

void courier_mailbox_chore(struct courier_mailbox *m, const struct wire_chore *chore)
{
    courier_chores_add(&m->chores, chore);
    courier_wake(m->wake);
}

void courier_mailbox_order(struct courier_mailbox *m, enum wire_order order)
{
    pthread_mutex_lock(&m->lock);
    m->poll_now = m->poll_now || order == WIRE_ORDER_POLL || order == WIRE_ORDER_RECOUNT;
    m->recount = m->recount || order == WIRE_ORDER_RECOUNT;
    if (order == WIRE_ORDER_PAUSE || order == WIRE_ORDER_RESUME)
        m->paused = order == WIRE_ORDER_PAUSE;
    pthread_mutex_unlock(&m->lock);
    courier_wake(m->wake);
}

struct courier_mailbox *courier_mailbox_start(struct courier *courier, uint32_t index)
{
    struct courier_mailbox *m = calloc(1, sizeof *m);
    if (m == NULL)
        abort();
    m->courier = courier;
    m->who = (struct courier_client){courier, WIRE_PART_MAILBOX, index};
    m->settings = courier->setup.mailboxes[index];
    m->memories = calloc(m->settings.folder_count, sizeof *m->memories);
    if (m->memories == NULL)
        abort();
    m->settings.memory = m->memories;
    m->driver = mailbox_driver_of(m->settings.driver);
    m->paused = courier->setup.paused[index];
    m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    courier_chores_open(&m->chores);
    m->folder_count = m->settings.folder_count;
    m->folders = calloc(m->folder_count, sizeof *m->folders);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->answered, NULL);
    if (m->folders == NULL || m->driver == NULL)
        abort(); /* core checked the configuration */
    for (size_t i = 0; i < m->folder_count; i++)
        m->folders[i].name = m->settings.folders[i];
    if (pthread_create(&m->thread, NULL, live, m) != 0)
        abort();
    return m;
}

void courier_mailbox_join(struct courier_mailbox **mailbox)
{
    struct courier_mailbox *m = *mailbox;
    pthread_join(m->thread, NULL);
    if (m->tested)
        pthread_join(m->tester, NULL);
    for (size_t i = 0; i < m->folder_count; i++) {
        uid_set_free(&m->folders[i].known);
        uid_set_free(&m->folders[i].left);
        uid_set_free(&m->folders[i].recorded);
    }
    courier_chores_close(&m->chores);
    close(m->wake);
    buf_free(&m->out);
    free(m->memories);
    free(m->folders);
    free(m);
    *mailbox = NULL;
}

/* ---- the test ----------------------------------------------------------------------------------------------------------- */

static bool try_account(struct courier_mailbox *m, struct arena *arena, struct mailbox **tried, struct str *told, struct err *err)
{
    struct mailbox_settings settings = m->settings;
    struct mailbox_folder found = {0};
    struct buf lines = {0};
    settings.memory = NULL; /* a try learns nothing about the mail */
    bool ok = m->driver->open(tried, &settings, m->courier->mailbox_cancel, err);
    if (ok)
        buf_printf(&lines, "logged in as %.*s\n%.*s\n", STR_ARG(m->settings.user), STR_ARG(m->driver->describe(*tried, arena)));
    for (size_t i = 0; ok && i < m->folder_count; i++) {
        ok = m->driver->select(*tried, m->settings.folders[i], &found, err);
        if (ok)
            buf_printf(&lines, "folder %.*s: %u messages, UIDVALIDITY %u%s\n", STR_ARG(m->settings.folders[i]), found.exists, found.uid_validity,
                       found.read_only ? ", read-only" : "");
    }
    *told = arena_str(arena, buf_view(&lines));
    buf_free(&lines);
    return ok;
}

static void *test(void *of)
{
    struct courier_mailbox *m = of;
    struct arena *arena = arena_new();
    struct mailbox *tried = NULL;
    struct err err = {0};
    struct str told = {0};
    struct buf out = {0};
    bool ok = try_account(m, arena, &tried, &told, &err);
    m->driver->close(&tried);
    wire_put_serial_text(&out, WIRE_TESTED, m->test_serial, arena_printf(arena, "%c%.*s%s", ok ? '+' : '-', STR_ARG(told), err.text));
    courier_send(m->courier, &out);
    buf_free(&out);
    arena_free(&arena);
    atomic_store(&m->testing, false);
    return NULL;
}

void courier_mailbox_test(struct courier_mailbox *m, uint32_t serial)
{
    struct buf out = {0};
    if (!atomic_load(&m->testing)) {
        if (m->tested)
            pthread_join(m->tester, NULL);
        m->test_serial = serial;
        atomic_store(&m->testing, true);
        m->tested = pthread_create(&m->tester, NULL, test, m) == 0;
        if (m->tested)
            return;
        atomic_store(&m->testing, false);
    }
    wire_put_serial_text(&out, WIRE_TESTED, serial, STR("-another test of this mailbox is running"));
    courier_send(m->courier, &out);
    buf_free(&out);
}
