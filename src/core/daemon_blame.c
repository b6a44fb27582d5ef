/* daemon_blame: a courier that dies takes every mailbox with it, so the one it dies over is found and parked, and the others are served. Those it was busy with at three
 * deaths in a row are suspects: they are left alone and tried one at a time, and at a death during a trial there is no doubt. The one found rests, longer each time. */
#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>

#define STRIKES_MAX 3u
#define REST_FIRST CLOCK_MINUTE
#define REST_MAX CLOCK_HOUR
#define TRIAL (30 * CLOCK_SECOND) /* so long the one found must work to be trusted again; a suspect need only work */

static bool is_in(const struct part_status *status, const char *state)
{
    return strcmp(status->state, state) == 0;
}

static bool is_busy(const struct part_status *status)
{
    return is_in(status, "connecting") || is_in(status, "reading");
}

static bool rests(const struct part_status *status)
{
    return status->parked_until != 0 || is_in(status, "waiting") || is_in(status, "parked") || is_in(status, "paused");
}

static void park(struct daemon *d, size_t index)
{
    struct part_status *status = &d->mailboxes[index];
    int64_t rest = REST_FIRST << (status->parks < 6 ? status->parks : 6);
    rest = rest < REST_MAX ? rest : REST_MAX;
    status->parks++;
    status->strikes = 0;
    status->parked_until = clock_monotonic() + rest;
    status->since = clock_wall();
    status->next_try = status->since + rest;
    status->tried = true;
    snprintf(status->state, sizeof status->state, "parked");
    snprintf(status->note, sizeof status->note, "the courier died again and again while it was at this mailbox; its mail stays on the server");
    log_event(LOG_ERROR, "mailbox parked: the courier dies over it", LOG_TEXT("mailbox", d->config->mailboxes[index].settings.name), LOG_NUMBER("retry-in-ms", rest));
}

/* To be tried as soon as the courier is back. */
static void suspect(struct part_status *status)
{
    status->strikes = 0;
    status->parked_until = clock_monotonic();
    snprintf(status->state, sizeof status->state, "parked");
}

static void strike(struct part_status *status)
{
    if (++status->strikes >= STRIKES_MAX)
        suspect(status);
}

void daemon_blame(struct daemon *d)
{
    bool anyone = d->trial != 0;
    if (d->trial != 0) {
        park(d, d->trial - 1);
        d->courier_failures = 0; /* the others need not wait */
    }
    for (size_t i = 0; i < d->config->mailbox_count && d->trial == 0; i++)
        if (is_busy(&d->mailboxes[i])) {
            anyone = true;
            strike(&d->mailboxes[i]);
        }
    for (size_t i = 0; i < d->config->mailbox_count && !anyone; i++) /* it died over something said in between */
        if (!rests(&d->mailboxes[i]))
            strike(&d->mailboxes[i]);
    d->trial = 0;
    for (size_t i = 0; i < d->config->mailbox_count; i++)
        if (d->mailboxes[i].parked_until == 0)
            snprintf(d->mailboxes[i].state, sizeof d->mailboxes[i].state, "starting");
}

void daemon_trust(struct daemon *d, size_t index)
{
    struct part_status *status = &d->mailboxes[index];
    if (d->trial == index + 1)
        d->trial = 0;
    status->parked_until = 0;
    status->parks = status->strikes = 0;
}

void daemon_trial_turn(struct daemon *d, int64_t mono)
{
    struct err err = {0};
    if (d->courier.fd < 0 || d->next != NULL)
        return;
    if (d->trial != 0) {
        const struct part_status *status = &d->mailboxes[d->trial - 1];
        int64_t needed = status->parks == 0 ? 0 : TRIAL;
        if (is_in(status, "waiting") || is_in(status, "parked") || (is_in(status, "idle") && clock_wall() - status->since >= needed))
            daemon_trust(d, d->trial - 1);
        return;
    }
    for (size_t i = 0; i < d->config->mailbox_count && d->trial == 0; i++) {
        struct part_status *status = &d->mailboxes[i];
        if (status->parked_until == 0 || mono < status->parked_until)
            continue;
        status->parked_until = 0;
        snprintf(status->state, sizeof status->state, "starting");
        d->trial = i + 1;
        daemon_resume(d, i, &err);
    }
}
