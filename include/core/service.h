/* service: what the service manager hears of us: ready, reloading, stopping, a status line, and the watchdog's beat, fed by the main loop's progress. Without
 * systemd (or outside a unit) each of these does nothing. */
#ifndef CORE_SERVICE_H
#define CORE_SERVICE_H

#include <stdint.h>

#define SERVICE_STATUS_MAX 512

/* READY=1: after the start, and after each reload. */
void service_ready(void);
void service_reloading(void);
void service_stopping(const char *status);
/* What was told last; starts as {0}. */
struct service {
    char last[SERVICE_STATUS_MAX];
    int64_t told; /* monotonic */
};
/* At most once a second; the same text again is not sent. */
void service_status(struct service *service, const char *text, int64_t mono);
/* Ms between beats; 0: no watchdog. */
int64_t service_watchdog(void);
void service_alive(void);
/* The daemon cannot start: the last words, with an exit code. */
void service_failed(const char *text, int code);

#endif
