/* daemon_courier: the courier as core sees it: started with its setup, listened to, ended when it gives no sign of life, started again with back-off when it
 * dies. */
#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/log.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COURIER_FILL (1024u * 1024) /* octets read from it at a turn */
#define COURIER_BACKOFF_MAX (30 * CLOCK_SECOND)
#define ECHO_EVERY (20 * CLOCK_SECOND)
#define ECHO_WAIT (30 * CLOCK_SECOND)
#define ABSENT (10 * CLOCK_SECOND) /* longer than a turn: it was we who stood still */

static void ready(void *of, bool readable, bool writable);

int32_t daemon_mailbox_index(const struct daemon *d, struct str name)
{
    for (size_t i = 0; i < d->config->mailbox_count; i++)
        if (str_eq(d->config->mailboxes[i].settings.name, name))
            return (int32_t)i;
    return -1;
}

void daemon_status_alloc(struct daemon *d)
{
    free(d->mailboxes);
    free(d->relays);
    d->mailboxes = calloc(d->config->mailbox_count + 1, sizeof *d->mailboxes);
    d->relays = calloc(d->config->relay_count + 1, sizeof *d->relays);
    if (d->mailboxes == NULL || d->relays == NULL)
        abort();
}

/* A full inbox stops the reading: the mail waits in the socket, then at its server. */
static void watch(struct daemon *d)
{
    if (d->courier.fd >= 0)
        loop_watch(d->loop, d->courier.fd, !inbox_is_full(&d->inbox), link_waiting(&d->courier) > 0, ready, d);
}

void daemon_courier_flush(struct daemon *d)
{
    if (d->courier.fd < 0)
        return;
    link_flush(&d->courier); /* a dead one shows when it is read */
    watch(d);
}

/* ---- messages ------------------------------------------------------------------------------------------------------------ */

static void add_raw(struct daemon *d, const struct wire_raw *wire, const char *trouble)
{
    struct raw raw = {.mailbox = d->config->mailboxes[wire->mailbox].settings.name,
                      .folder = wire->folder,
                      .uid_validity = wire->uid_validity,
                      .uid = wire->item.uid,
                      .internal_date = wire->item.internal_date,
                      .received = clock_wall(),
                      .size = wire->item.size,
                      .truncated = wire->item.truncated,
                      .octets = wire->item.octets};
    if (raw.internal_date <= 0)
        raw.internal_date = raw.received;
    if (inbox_has(&d->inbox, &raw))
        return;
    struct item *item = inbox_add(&d->inbox, ITEM_FETCHED, &raw);
    if (trouble == NULL) {
        daemon_recall_attempts(d, item);
        return;
    }
    item->line.trouble = arena_str(item->line.arena, str_of(trouble));
    item->state = ITEM_READY;
}

static bool take_raw(struct daemon *d, struct str payload)
{
    struct wire_raw raw = {0};
    if (!wire_get_raw(payload, &raw) || raw.mailbox >= d->config->mailbox_count || raw.item.uid == 0)
        return false;
    if (!d->stopping)
        add_raw(d, &raw, NULL);
    return true;
}

static void take_poison(struct daemon *d, const struct wire_folder *poison)
{
    for (size_t i = 0; i < poison->known.count; i++)
        for (uint64_t uid = poison->known.ranges[i].first; uid <= poison->known.ranges[i].last; uid++) {
            struct wire_raw raw = {.mailbox = poison->mailbox, .folder = poison->folder, .uid_validity = poison->uid_validity, .item.uid = (uint32_t)uid};
            add_raw(d, &raw, "the server does not give this message: the connection breaks each time it is asked for");
        }
}

/* ---- states, secrets ----------------------------------------------------------------------------------------------------- */

static const char *event_of(const struct wire_state *state)
{
    if (state->part == WIRE_PART_RELAY)
        return "relay not reached";
    return state->kind == ERR_ITEM ? "mailbox read, but not told what became of its mail" : "mailbox not read";
}

static void note_state(const struct wire_state *state, struct part_status *status, struct str name)
{
    if (status->parked_until != 0)
        return; /* by us; it says that it is paused */
    if (str_eq(state->state, STR("idle")))
        status->strikes = 0;
    bool trouble = state->note.n > 0;
    bool is_new = trouble && (strlen(status->note) != (state->note.n < NOTE_MAX ? state->note.n : NOTE_MAX - 1) ||
                              strncmp(status->note, state->note.p, strlen(status->note)) != 0);
    const char *part = state->part == WIRE_PART_MAILBOX ? "mailbox" : "relay";
    if (is_new)
        log_event(state->kind == ERR_RETRY || state->kind == ERR_ITEM ? LOG_WARNING : LOG_ERROR, event_of(state),
                  LOG_TEXT(part, name), LOG_TEXT("error", state->note), LOG_NUMBER("retry-in-ms", state->retry_in));
    bool working = !trouble && (str_eq(state->state, STR("idle")) || str_eq(state->state, STR("ready")));
    if (working && status->note[0] != '\0')
        log_event(LOG_NOTICE, "works again", LOG_TEXT(part, name));
    if (trouble || working)
        snprintf(status->note, sizeof status->note, "%.*s", STR_ARG(state->note));
    status->tried = status->tried || trouble || str_eq(state->state, STR("reading")) || str_eq(state->state, STR("idle"));
    snprintf(status->state, sizeof status->state, "%.*s", STR_ARG(state->state));
    status->since = clock_wall();
    status->next_try = state->retry_in > 0 ? status->since + state->retry_in : 0;
}

static bool take_state(struct daemon *d, struct str payload)
{
    struct wire_state state = {0};
    if (!wire_get_state(payload, &state))
        return false;
    if (state.part == WIRE_PART_MAILBOX && state.index < d->config->mailbox_count)
        note_state(&state, &d->mailboxes[state.index], d->config->mailboxes[state.index].settings.name);
    if (state.part == WIRE_PART_RELAY && state.index < d->config->relay_count)
        note_state(&state, &d->relays[state.index], d->config->relays[state.index].name);
    return true;
}

static const struct secret_source *secret_of(const struct daemon *d, enum wire_part part, uint32_t index)
{
    if (part == WIRE_PART_MAILBOX)
        return index < d->config->mailbox_count ? &d->config->mailboxes[index].settings.secret : NULL;
    return index < d->config->relay_count ? &d->config->relays[index].secret : NULL;
}

/* The command runs beside us; its output goes into a pipe whose end only the courier reads. */
static bool take_secret_wanted(struct daemon *d, struct str payload)
{
    uint32_t serial = 0, index = 0;
    enum wire_part part = WIRE_PART_MAILBOX;
    struct err err = {0};
    const char *argv[STARTER_ARGUMENTS_MAX + 1] = {NULL};
    int fd = -1, pid = 0;
    if (!wire_get_secret_wanted(payload, &serial, &part, &index))
        return false;
    const struct secret_source *secret = secret_of(d, part, index);
    if (secret == NULL || secret->kind != SECRET_COMMAND || secret->argument_count > STARTER_ARGUMENTS_MAX)
        return false;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < secret->argument_count; i++)
        argv[i] = arena_text(arena, secret->arguments[i]);
    if (starter_capture(d->starter, argv, &fd, &pid, &err) && !link_attach(&d->courier, fd)) {
        close(fd);
        err_set(&err, ERR_RETRY, "too many secrets are being asked for");
    }
    wire_put_serial_text(link_out(&d->courier), WIRE_SECRET, serial, str_of(err.text));
    arena_free(&arena);
    return true;
}

/* ---- frames -------------------------------------------------------------------------------------------------------------- */

static bool take_folder_frame(struct daemon *d, struct str payload, void (*take)(struct daemon *, const struct wire_folder *))
{
    struct arena *arena = arena_new();
    struct wire_folder folder = {0};
    bool fine = wire_get_folder(payload, arena, &folder) && folder.mailbox < d->config->mailbox_count;
    if (fine)
        take(d, &folder);
    arena_free(&arena);
    return fine;
}

static bool take_tested(struct daemon *d, struct str payload)
{
    uint32_t serial = 0;
    struct str text = {0};
    if (!wire_get_serial_text(payload, &serial, &text))
        return false;
    daemon_tested(d, serial, text);
    return true;
}

static bool take_echo(struct daemon *d, struct str payload)
{
    struct str nothing = {0};
    d->courier_owes = false;
    return wire_get_text(payload, &nothing);
}

static bool take(struct daemon *d, uint32_t type, struct str payload)
{
    switch (type) {
    case WIRE_RAW:
        return take_raw(d, payload);
    case WIRE_FOLDER:
        return take_folder_frame(d, payload, daemon_folder_found);
    case WIRE_LOOKED:
        return take_folder_frame(d, payload, daemon_folder_looked);
    case WIRE_BACKLOG:
        return take_folder_frame(d, payload, daemon_folder_backlog);
    case WIRE_PRESENT:
        return take_folder_frame(d, payload, daemon_folder_present);
    case WIRE_SETTLED:
        return take_folder_frame(d, payload, daemon_folder_settled);
    case WIRE_POISON:
        return take_folder_frame(d, payload, take_poison);
    case WIRE_STATE:
        return take_state(d, payload);
    case WIRE_ECHOED:
        return take_echo(d, payload);
    case WIRE_RECEIPT:
        return outbox_take(d->outbox, payload, link_out(&d->courier));
    case WIRE_CHORE_DONE:
        return chores_take(d->chores, payload);
    case WIRE_SECRET_WANTED:
        return take_secret_wanted(d, payload);
    case WIRE_RESOLVED:
        return asking_take(d->asking, payload, clock_monotonic());
    case WIRE_TESTED:
        return take_tested(d, payload);
    default:
        return false;
    }
}

static void take_frames(struct daemon *d)
{
    uint32_t type = 0;
    struct str payload = {0};
    int whole = 0;
    while ((whole = link_next(&d->courier, &type, &payload)) == 1 && take(d, type, payload))
        continue;
    if (whole != 0) {
        log_event(LOG_ERROR, "the courier said something malformed, it is ended", LOG_NUMBER("frame", type));
        starter_kill(d->starter, d->courier_pid, SIGKILL);
    }
}

static void ready(void *of, bool readable, bool writable)
{
    struct daemon *d = of;
    bool alive = true;
    if (writable)
        alive = link_flush(&d->courier);
    if (readable && (!inbox_is_full(&d->inbox) || writable)) {
        alive = link_fill(&d->courier, COURIER_FILL) && alive;
        d->courier_heard = clock_monotonic();
        take_frames(d);
    }
    if (!alive) {
        loop_unwatch(d->loop, d->courier.fd);
        link_close(&d->courier);
        return; /* the rest when it is reaped */
    }
    daemon_courier_flush(d);
}

/* ---- the process --------------------------------------------------------------------------------------------------------- */

void daemon_courier_frame(struct daemon *d, const struct config *config, struct buf *out)
{
    struct arena *arena = arena_new();
    struct wire_courier_setup setup = {.mailbox_count = config->mailbox_count, .relays = config->relays, .relay_count = config->relay_count,
                                       .resolve = {.on = config->dkim_verify, .server = config->dkim_resolver}};
    setup.mailboxes = arena_array(arena, setup.mailbox_count, sizeof *setup.mailboxes);
    setup.paused = arena_array(arena, setup.mailbox_count, sizeof *setup.paused);
    for (size_t i = 0; i < setup.mailbox_count; i++) {
        struct err err = {0};
        setup.mailboxes[i] = config->mailboxes[i].settings;
        store_paused(d->store, setup.mailboxes[i].name, &setup.paused[i], &err);
        setup.paused[i] = setup.paused[i] || (config == d->config && d->mailboxes[i].parked_until != 0);
    }
    wire_put_courier_setup(out, &setup);
    arena_free(&arena);
}

/* One failure more: when it is tried again. */
static int64_t back_off(struct daemon *d)
{
    d->courier_failures++;
    int64_t wait = CLOCK_SECOND << (d->courier_failures < 6 ? d->courier_failures - 1 : 5);
    wait = wait < COURIER_BACKOFF_MAX ? wait : COURIER_BACKOFF_MAX;
    d->courier_after = clock_monotonic() + wait;
    return wait;
}

void daemon_courier_start(struct daemon *d)
{
    const char *const argv[] = {d->courier_program, NULL};
    struct err err = {0};
    int fd = -1;
    if (d->courier_pid != 0 || d->stopping || d->next != NULL || clock_monotonic() < d->courier_after)
        return;
    if (!starter_run(d->starter, argv, &fd, &d->courier_pid, &err)) {
        d->courier_pid = 0;
        log_event(LOG_ERROR, "the courier cannot be started", LOG_TEXT("error", str_of(err.text)), LOG_NUMBER("in-ms", back_off(d)));
        return;
    }
    link_open(&d->courier, fd);
    d->courier_owes = false;
    d->courier_asked = 0; /* at once: it may get stuck at its start */
    buf_clear(&d->courier_setup);
    daemon_courier_frame(d, d->config, &d->courier_setup);
    buf_str(link_out(&d->courier), buf_view(&d->courier_setup));
    daemon_courier_flush(d);
}

/* Its threads have deadlines of their own; this is for the one that hands them what we say, from its start on. Its sign waits behind the frame another thread is sending, which
 * comes as slowly as we take it: as long as more of that comes, nothing is owed. */
void daemon_courier_mind(struct daemon *d, int64_t mono)
{
    bool absent = mono - d->courier_minded > ABSENT;
    d->courier_minded = mono;
    if (d->courier.fd < 0 || d->stopping)
        return;
    bool sending = link_has_part(&d->courier) && mono - d->courier_heard < ECHO_WAIT;
    if (d->courier_owes && (absent || sending || inbox_is_full(&d->inbox))) /* its answer may lie unread */
        d->courier_asked = mono;
    if (!d->courier_owes && mono - d->courier_asked >= ECHO_EVERY) {
        wire_put_text(link_out(&d->courier), WIRE_ECHO, STR(""));
        d->courier_owes = true;
        d->courier_asked = mono;
    }
    if (d->courier_owes && mono - d->courier_asked >= ECHO_WAIT) {
        log_event(LOG_ERROR, "the courier gives no sign of life, it is ended", LOG_NUMBER("after-ms", mono - d->courier_asked));
        starter_kill(d->starter, d->courier_pid, SIGKILL);
        d->courier_asked = mono;
    }
}

void daemon_courier_stop(struct daemon *d)
{
    if (d->courier.fd < 0)
        return;
    wire_put_pair(link_out(&d->courier), WIRE_ORDER, 0, WIRE_ORDER_STOP);
    daemon_courier_flush(d);
}

bool daemon_courier_reaped(struct daemon *d, int pid, int status)
{
    if (pid == 0 || pid != d->courier_pid)
        return false;
    if (d->courier.fd >= 0) { /* its last words: receipts above all */
        link_fill(&d->courier, SIZE_MAX);
        take_frames(d);
        loop_unwatch(d->loop, d->courier.fd);
        link_close(&d->courier);
    }
    d->courier_pid = 0;
    outbox_recall(d->outbox);
    asking_recall(d->asking);
    chores_recall(d->chores);
    bool meant = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (meant) {
        d->courier_failures = 0;
        d->courier_after = clock_monotonic();
    } else {
        daemon_blame(d);
        log_event(LOG_ERROR, "the courier died, it is started again", LOG_NUMBER("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
                  LOG_NUMBER("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_NUMBER("in-ms", back_off(d)));
    }
    return true;
}
