/* courier: set up by one frame, then a thread for each mailbox and relay; the main thread reads core's frames and hands each to its thread. */
#include "config.h"

#include "core/courier.h"

#include "base/clock.h"
#include "base/jail.h"
#include "core/link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define RELAY_GRACE (5 * CLOCK_SECOND) /* a letter in hand at the stop may take this long */

/* ---- for the threads ------------------------------------------------------------------------------------------------ */

bool courier_send(struct courier *courier, struct buf *out)
{
    struct err err = {0};
    pthread_mutex_lock(&courier->sending);
    bool sent = frame_send(courier->fd, out, &err);
    pthread_mutex_unlock(&courier->sending);
    buf_clear(out);
    return sent;
}

bool courier_state(struct courier *courier, struct buf *out, const struct courier_client *who, const char *state, const struct err *err, int64_t retry_in)
{
    struct wire_state frame = {.part = who->part, .index = who->index, .state = str_of(state), .retry_in = retry_in};
    if (err != NULL) {
        frame.note = str_of(err->text);
        frame.kind = err->kind;
    }
    wire_put_state(out, &frame);
    return courier_send(courier, out);
}

void courier_sleep(int cancel, int wake, int64_t ms)
{
    struct pollfd fds[2] = {{cancel, POLLIN, 0}, {wake, POLLIN, 0}};
    uint64_t ignored = 0;
    poll(fds, 2, (int)(ms > INT32_MAX ? INT32_MAX : ms));
    if ((fds[1].revents & POLLIN) != 0 && read(wake, &ignored, sizeof ignored) < 0)
        return;
}

bool courier_cancelled(int cancel)
{
    struct pollfd fd = {cancel, POLLIN, 0};
    return poll(&fd, 1, 0) > 0;
}

void courier_wake(int eventfd)
{
    uint64_t one = 1;
    while (write(eventfd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

int64_t courier_backoff(uint32_t failures, enum err_kind kind)
{
    uint32_t doublings = failures > 9 ? 9 : failures - 1;
    int64_t ms = CLOCK_SECOND << doublings;
    if (ms > 5 * CLOCK_MINUTE)
        ms = 5 * CLOCK_MINUTE;
    if (kind == ERR_SOURCE && failures > 3 && ms < CLOCK_MINUTE)
        ms = CLOCK_MINUTE;
    uint32_t dice = 0;
    if (getrandom(&dice, sizeof dice, 0) != sizeof dice)
        dice = 0;
    return ms + (kind == ERR_SOURCE && failures > 3 ? 1 : -1) * ms * (int64_t)(dice % 200) / 1000;
}

/* ---- secrets that core has a command run for -------------------------------------------------------------------------- */

static struct courier_secret *secret_slot(struct courier *courier)
{
    for (size_t i = 0; i < COURIER_SECRETS_MAX; i++)
        if (!courier->secrets[i].used)
            return &courier->secrets[i];
    return NULL;
}

static bool wait_answered(struct courier *courier, const struct courier_secret *secret)
{
    int64_t at = clock_monotonic() + COURIER_SECRET_WAIT;
    struct timespec until = {at / CLOCK_SECOND, at % CLOCK_SECOND * 1000000};
    while (!secret->answered)
        if (pthread_cond_clockwait(&courier->answered, &courier->lock, CLOCK_MONOTONIC, &until) != 0)
            return false;
    return true;
}

static bool ask_secret(const struct courier_client *client, uint32_t serial)
{
    struct buf out = {0};
    wire_put_secret_wanted(&out, serial, client->part, client->index);
    bool sent = courier_send(client->courier, &out);
    buf_free(&out);
    return sent;
}

int courier_secret_run(void *of, const struct secret_source *source, struct err *err)
{
    (void)source; /* core knows the command: a courier cannot name one */
    const struct courier_client *client = of;
    struct courier *courier = client->courier;
    int fd = -1;
    pthread_mutex_lock(&courier->lock);
    struct courier_secret *secret = secret_slot(courier);
    if (secret == NULL) {
        pthread_mutex_unlock(&courier->lock);
        return err_set(err, ERR_RETRY, "too many secrets are being asked for"), -1;
    }
    *secret = (struct courier_secret){.used = true, .serial = ++courier->next_serial, .fd = -1};
    uint32_t serial = secret->serial;
    pthread_mutex_unlock(&courier->lock);
    bool asked = ask_secret(client, serial);
    pthread_mutex_lock(&courier->lock);
    if (!asked || !wait_answered(courier, secret))
        err_set(err, ERR_RETRY, "the command for the secret was not started in time");
    else if (secret->fd < 0)
        err_set(err, ERR_SOURCE, "%s", secret->why);
    else
        fd = secret->fd;
    secret->used = false;
    pthread_mutex_unlock(&courier->lock);
    return fd;
}

static void take_secret(struct courier *courier, struct str payload, int *descriptor)
{
    uint32_t serial = 0;
    struct str why = {0};
    if (!wire_get_serial_text(payload, &serial, &why))
        return;
    pthread_mutex_lock(&courier->lock);
    for (size_t i = 0; i < COURIER_SECRETS_MAX; i++) {
        struct courier_secret *secret = &courier->secrets[i];
        if (!secret->used || secret->serial != serial)
            continue;
        secret->answered = true;
        secret->fd = why.n == 0 ? *descriptor : -1;
        memcpy(secret->why, why.p != NULL ? why.p : "", why.n < ERR_TEXT_MAX ? why.n : ERR_TEXT_MAX - 1);
        *descriptor = secret->fd >= 0 ? -1 : *descriptor;
    }
    pthread_cond_broadcast(&courier->answered);
    pthread_mutex_unlock(&courier->lock);
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/* ---- frames from core ------------------------------------------------------------------------------------------------- */

static void take_folder(struct courier *courier, struct str payload, void (*give)(struct courier_mailbox *, const struct wire_folder *))
{
    struct arena *arena = arena_new();
    struct wire_folder folder = {0};
    if (wire_get_folder(payload, arena, &folder) && folder.mailbox < courier->setup.mailbox_count)
        give(courier->mailboxes[folder.mailbox], &folder);
    arena_free(&arena);
}

static void take_chore(struct courier *courier, struct str payload)
{
    struct arena *arena = arena_new();
    struct wire_chore chore = {0};
    if (wire_get_chore(payload, arena, &chore) && chore.mailbox < courier->setup.mailbox_count)
        courier_mailbox_chore(courier->mailboxes[chore.mailbox], &chore);
    arena_free(&arena);
}

static void take_letter(struct courier *courier, struct str payload)
{
    struct arena *arena = arena_new();
    uint32_t relay = 0;
    struct relay_letter letter = {0};
    if (wire_get_letter(payload, arena, &relay, &letter) && relay < courier->setup.relay_count)
        courier_relay_send(courier->relays[relay], &letter);
    arena_free(&arena);
}

static void echo(struct courier *courier)
{
    struct buf out = {0};
    wire_put_text(&out, WIRE_ECHOED, STR(""));
    courier_send(courier, &out);
    buf_free(&out);
}

/* False: the order to stop. */
static bool take(struct courier *courier, uint32_t type, struct str payload, int *descriptor)
{
    uint32_t a = 0, b = 0;
    struct str name = {0};
    switch (type) {
    case WIRE_KNOWN:
        take_folder(courier, payload, courier_mailbox_known);
        return true;
    case WIRE_LEAVE:
        take_folder(courier, payload, courier_mailbox_leave);
        return true;
    case WIRE_ECHO:
        echo(courier);
        return true;
    case WIRE_RECORDED:
        take_folder(courier, payload, courier_mailbox_recorded);
        return true;
    case WIRE_LETTER:
        take_letter(courier, payload);
        return true;
    case WIRE_NOTED:
        if (wire_get_pair(payload, &a, &b) && a < courier->setup.relay_count)
            courier_relay_noted(courier->relays[a], b);
        return true;
    case WIRE_CHORE:
        take_chore(courier, payload);
        return true;
    case WIRE_SECRET:
        take_secret(courier, payload, descriptor);
        return true;
    case WIRE_RESOLVE:
        if (wire_get_serial_text(payload, &a, &name))
            courier_resolve_ask(courier->resolve, a, name);
        return true;
    case WIRE_TEST:
        if (wire_get_pair(payload, &a, &b) && a < courier->setup.mailbox_count)
            courier_mailbox_test(courier->mailboxes[a], b);
        return true;
    case WIRE_ORDER:
        if (!wire_get_pair(payload, &a, &b) || b == WIRE_ORDER_STOP)
            return false;
        if (a < courier->setup.mailbox_count)
            courier_mailbox_order(courier->mailboxes[a], (enum wire_order)b);
        return true;
    default:
        return false;
    }
}

/* ---- the process -------------------------------------------------------------------------------------------------------- */

static bool receive_setup(struct courier *courier, struct buf *in, int *descriptor)
{
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    struct err err = {0};
    if (!link_receive(courier->fd, in, descriptor, &err) || frame_peek(in, &type, &payload, &size) != 1 || type != WIRE_COURIER_SETUP ||
        !wire_get_courier_setup(payload, courier->arena, &courier->setup))
        return false;
    buf_eat(in, size);
    return true;
}

static void give_secret_client(struct courier *courier, struct secret_source *source, enum wire_part part, uint32_t index)
{
    struct courier_client *client = arena_alloc(courier->arena, sizeof *client);
    *client = (struct courier_client){courier, part, index};
    source->run = courier_secret_run;
    source->courier = client;
}

static void start_threads(struct courier *courier)
{
    struct wire_courier_setup *setup = &courier->setup;
    courier->mailboxes = arena_array(courier->arena, setup->mailbox_count, sizeof(void *));
    courier->relays = arena_array(courier->arena, setup->relay_count, sizeof(void *));
    for (uint32_t i = 0; i < setup->relay_count; i++) {
        give_secret_client(courier, &setup->relays[i].secret, WIRE_PART_RELAY, i);
        courier->relays[i] = courier_relay_start(courier, i);
    }
    for (uint32_t i = 0; i < setup->mailbox_count; i++) {
        give_secret_client(courier, &setup->mailboxes[i].secret, WIRE_PART_MAILBOX, i);
        courier->mailboxes[i] = courier_mailbox_start(courier, i);
    }
    if (setup->resolve.on)
        courier->resolve = courier_resolve_start(courier);
}

/* Mailboxes let go at once (what was not recorded is still on the server); a letter in hand is finished first. */
static void stop_threads(struct courier *courier)
{
    courier_wake(courier->mailbox_cancel);
    courier_resolve_join(&courier->resolve);
    for (size_t i = 0; i < courier->setup.relay_count; i++)
        courier_relay_stop(courier->relays[i]);
    int64_t until = clock_monotonic() + RELAY_GRACE;
    for (size_t i = 0; i < courier->setup.relay_count; i++) {
        int64_t left = until - clock_monotonic();
        if (courier_relay_join(&courier->relays[i], left > 0 ? left : 0))
            continue;
        courier_wake(courier->relay_cancel);
        courier_relay_join(&courier->relays[i], -1);
    }
    for (size_t i = 0; i < courier->setup.mailbox_count; i++)
        courier_mailbox_join(&courier->mailboxes[i]);
}

/* Only a Maildir needs files written: then below its folder, nowhere else. */
static bool enter_jail(struct courier *courier, struct err *err)
{
    const struct wire_courier_setup *setup = &courier->setup;
    const char **folders = arena_array(courier->arena, setup->mailbox_count + setup->relay_count, sizeof *folders);
    size_t count = 0;
    for (size_t i = 0; i < setup->mailbox_count; i++)
        if (str_eq(setup->mailboxes[i].driver, STR("maildir")))
            folders[count++] = arena_text(courier->arena, setup->mailboxes[i].path);
    for (size_t i = 0; i < setup->relay_count; i++)
        if (str_eq(setup->relays[i].driver, STR("maildir")))
            folders[count++] = arena_text(courier->arena, setup->relays[i].path);
    return count > 0 ? jail_courier_with(folders, count, err) : jail_courier(err);
}

static void converse(struct courier *courier, struct buf *in, int *descriptor)
{
    struct err err = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    while (link_receive(courier->fd, in, descriptor, &err) && frame_peek(in, &type, &payload, &size) == 1) {
        bool go_on = take(courier, type, payload, descriptor);
        buf_eat(in, size);
        if (!go_on)
            break;
    }
}

int courier_run(int fd)
{
    struct courier courier = {.fd = fd,
                              .sending = PTHREAD_MUTEX_INITIALIZER,
                              .lock = PTHREAD_MUTEX_INITIALIZER,
                              .answered = PTHREAD_COND_INITIALIZER,
                              .arena = arena_new(),
                              .mailbox_cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                              .relay_cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    struct buf in = {0};
    int descriptor = -1;
    struct err err = {0};
    if (!receive_setup(&courier, &in, &descriptor))
        return EX_PROTOCOL;
    net_start();
    if (!enter_jail(&courier, &err))
        return EX_OSERR;
    start_threads(&courier);
    converse(&courier, &in, &descriptor);
    stop_threads(&courier);
    close(courier.mailbox_cancel);
    close(courier.relay_cancel);
    buf_free(&in);
    arena_free(&courier.arena);
    return EX_OK;
}
