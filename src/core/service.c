/* service: sd_notify(3) messages. */
#include "config.h"

#include "core/service.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

static void tell(const char *message)
{
    sd_notify(0, message);
}

int64_t service_watchdog(void)
{
    uint64_t microseconds = 0;
    return sd_watchdog_enabled(0, &microseconds) > 0 ? (int64_t)(microseconds / 1000 / 3) : 0;
}
#else
static void tell(const char *message)
{
    (void)message;
}

int64_t service_watchdog(void)
{
    return 0;
}
#endif

void service_ready(void)
{
    tell("READY=1");
}

void service_reloading(void)
{
    char text[96];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic() * 1000);
    tell(text);
}

void service_stopping(const char *status)
{
    char text[SERVICE_STATUS_MAX + 32];
    snprintf(text, sizeof text, "STOPPING=1\nSTATUS=%s", status);
    tell(text);
}

void service_status(struct service *service, const char *status, int64_t mono)
{
    char text[SERVICE_STATUS_MAX + 16];
    if (mono - service->told < CLOCK_SECOND || strncmp(service->last, status, sizeof service->last - 1) == 0)
        return;
    service->told = mono;
    snprintf(service->last, sizeof service->last, "%s", status);
    snprintf(text, sizeof text, "STATUS=%s", service->last);
    tell(text);
}

void service_alive(void)
{
    tell("WATCHDOG=1");
}

void service_failed(const char *status, int code)
{
    char text[SERVICE_STATUS_MAX + 32];
    snprintf(text, sizeof text, "STATUS=%s\nEXIT_STATUS=%d", status, code);
    tell(text);
}
