/* daemon_watch: what status warns of reaches the operator without his looking: a cause that stands is told of once within the window, by mail, by a program, into a file.
 * There is one list of findings (query_status.c); nothing is found here. */
#include "config.h"

#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/query_json.h"
#include "core/query_look.h"
#include "core/tell.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define WATCH_EVERY CLOCK_MINUTE
#define WATCH_SOONEST CLOCK_SECOND

static struct cause *cause_of(struct daemon *d, const char *key)
{
    struct cause *free_one = NULL;
    for (size_t i = 0; i < CAUSES_MAX; i++) {
        struct cause *cause = &d->causes[i];
        if (strcmp(cause->key, key) == 0)
            return cause;
        if (free_one == NULL && cause->key[0] == '\0')
            free_one = cause;
    }
    if (free_one != NULL)
        snprintf(free_one->key, sizeof free_one->key, "%s", key);
    return free_one;
}

/* ---- the ways ---------------------------------------------------------------------------------------------------------------- */

/* *due: nobody told of it within the window, as far as the store knows. Without a store the other ways are taken. */
static void tell_by_mail(struct daemon *d, struct arena *arena, const char *key, struct str text, bool *due)
{
    struct intake context = {.store = d->store, .config = d->config, .keys = &d->keys, .now = daemon_now(d)};
    struct err err = {0};
    bool told = false;
    *due = true;
    if (d->store_failures > 0 || !store_begin(d->store, &err))
        return;
    const char *kind = arena_text(arena, arena_printf(arena, "alarm %s", key));
    bool ok = tell_operator(&context, arena, kind, arena_printf(arena, "Alarm: %.*s", STR_ARG(text)), text, &told, &err);
    if (ok && store_commit(d->store, &err)) {
        *due = told;
        outbox_changed(d->outbox);
        return;
    }
    store_rollback(d->store);
    log_event(LOG_ERROR, "an alarm could not be written", LOG_TEXT("error", str_of(err.text)));
}

static void tell_by_command(struct daemon *d, struct arena *arena, struct str code, struct str about, struct str text)
{
    const struct alarm_settings *alarm = &d->config->alarm;
    const char *argv[STARTER_ARGUMENTS_MAX + 1] = {NULL};
    struct err err = {0};
    int fd = -1, pid = 0;
    if (alarm->command_count == 0)
        return;
    for (size_t i = 0; i < alarm->command_count; i++)
        argv[i] = arena_text(arena, alarm->command[i]);
    argv[alarm->command_count] = arena_text(arena, code);
    argv[alarm->command_count + 1] = arena_text(arena, about);
    argv[alarm->command_count + 2] = arena_text(arena, text);
    if (starter_run(d->starter, argv, &fd, &pid, &err))
        close(fd); /* it has nothing to say to us */
    else
        log_event(LOG_ERROR, "the command of section alarm cannot be run", LOG_TEXT("error", str_of(err.text)));
}

static void tell_by_file(struct daemon *d, struct arena *arena, struct str code, struct str about, struct str text)
{
    char when[CLOCK_TEXT];
    if (d->config->alarm.file.n == 0)
        return;
    clock_rfc3339(clock_wall(), when);
    struct str line = arena_printf(arena, "%s %.*s %.*s %.*s\n", when, STR_ARG(code), STR_ARG(about.n > 0 ? about : STR("-")), STR_ARG(text));
    int fd = open(arena_text(arena, d->config->alarm.file), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0640);
    if (fd < 0 || write(fd, line.p, line.n) != (ssize_t)line.n)
        log_event(LOG_ERROR, "the file of section alarm cannot be written", LOG_TEXT("path", d->config->alarm.file), LOG_TEXT("error", str_of(strerrordesc_np(errno))));
    if (fd >= 0)
        close(fd);
}

/* One line of harmless text, whatever a server said. */
static struct str harmless(struct arena *arena, struct str text)
{
    struct buf line = {0};
    for (size_t i = 0; i < text.n; i++)
        buf_char(&line, (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f ? ' ' : text.p[i]);
    struct str clean = arena_str(arena, buf_view(&line));
    buf_free(&line);
    return clean;
}

static void raise_alarm(struct daemon *d, struct arena *arena, const char *key, const json_t *finding)
{
    struct str code = json_get_str(finding, "code"), about = json_get_str(finding, "about"), text = harmless(arena, json_get_str(finding, "text"));
    bool due = true;
    tell_by_mail(d, arena, key, text, &due);
    if (!due)
        return;
    log_event(LOG_ERROR, "alarm", LOG_TEXT("cause", code), LOG_TEXT("about", about), LOG_TEXT("text", text));
    tell_by_command(d, arena, code, about, text);
    tell_by_file(d, arena, code, about, text);
}

/* ---- the causes ----------------------------------------------------------------------------------------------------------------- */

static void look_at(struct daemon *d, struct arena *arena, const json_t *finding, int64_t mono)
{
    const struct alarm_settings *alarm = &d->config->alarm;
    struct str code = json_get_str(finding, "code"), about = json_get_str(finding, "about");
    if (str_eq(json_get_str(finding, "severity"), STR("note")))
        return;
    const char *key = arena_text(arena, arena_printf(arena, "%.*s%s%.*s", STR_ARG(code), about.n > 0 ? " " : "", STR_ARG(about)));
    struct cause *cause = cause_of(d, key);
    if (cause == NULL)
        return;
    cause->seen = true;
    if (cause->since == 0)
        cause->since = mono;
    if (mono - cause->since < alarm->after || (cause->told != 0 && mono - cause->told < alarm->window))
        return;
    cause->told = mono;
    raise_alarm(d, arena, key, finding);
}

/* A cause that comes again within the window is the same one. */
static void forget_gone(struct daemon *d, int64_t mono)
{
    for (size_t i = 0; i < CAUSES_MAX; i++) {
        struct cause *cause = &d->causes[i];
        if (!cause->seen && cause->since != 0 && cause->told != 0)
            log_event(LOG_NOTICE, "no cause for alarm any more", LOG_TEXT("cause", str_of(cause->key)));
        if (!cause->seen)
            cause->since = 0;
        if (!cause->seen && (cause->told == 0 || mono - cause->told >= d->config->alarm.window))
            *cause = (struct cause){0};
        cause->seen = false;
    }
}

void daemon_watch_turn(struct daemon *d, int64_t mono)
{
    int64_t every = d->config->alarm.after / 2;
    every = every > WATCH_EVERY ? WATCH_EVERY : every < WATCH_SOONEST ? WATCH_SOONEST : every;
    if (d->stopping || mono - d->watched < every)
        return;
    d->watched = mono;
    struct arena *arena = arena_new();
    struct query_context context = {.store = d->store, .config = d->config, .daemon = d, .now = clock_wall()};
    struct query_answer answer = {0};
    json_t *figures = daemon_figures(d);
    query_status_with(&context, figures, &answer);
    const json_t *findings = json_object_get(answer.result, "findings");
    json_t *unreadable = answer.result == NULL ? json_pack("{s:s, s:s, s:n, s:s}", "severity", "critical", "code", "store", "about", "text", answer.text) : NULL;
    if (unreadable != NULL)
        look_at(d, arena, unreadable, mono);
    for (size_t i = 0; i < json_array_size(findings); i++)
        look_at(d, arena, json_array_get(findings, i), mono);
    forget_gone(d, mono);
    json_decref(unreadable);
    json_decref(answer.result);
    json_decref(figures);
    arena_free(&arena);
}
