/* client: one question over the socket, or the same question put to the store. */
#include "ctl/client.h"

#include "base/clock.h"
#include "base/file.h"
#include "core/query.h"
#include "ctl/print.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define CONFIG_STANDARD SYSCONFDIR "/triaged/triaged.conf"
#define SOCKET_STANDARD RUNSTATEDIR "/triaged/control.sock"
#define STATE_STANDARD LOCALSTATEDIR "/lib/triaged"

/* ---- where things are ------------------------------------------------------------------------------------------------------------------ */

static const char *folder_of(struct ctl *ctl, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? "." : slash == path ? "/" : arena_text(ctl->arena, (struct str){path, (size_t)(slash - path)});
}

/* Paths in a file are relative to its folder, as config_load has it. */
static const char *beside(struct ctl *ctl, const char *config, struct str path)
{
    if (path.n > 0 && path.p[0] == '/')
        return arena_text(ctl->arena, path);
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%s/%.*s", folder_of(ctl, config), STR_ARG(path)));
}

static void read_daemon_block(struct ctl *ctl, const struct syntax_statement *section, struct ctl_paths *paths)
{
    for (size_t i = 0; i < section->block_count; i++) {
        const struct syntax_statement *s = &section->block[i];
        if (s->token_count < 2)
            continue;
        if (str_eq(s->tokens[0].text, STR("control-socket")))
            paths->socket = beside(ctl, paths->config, s->tokens[1].text);
        if (str_eq(s->tokens[0].text, STR("state-directory")))
            paths->state_directory = beside(ctl, paths->config, s->tokens[1].text);
    }
}

/* Only the section daemon of one file, whatever else is wrong in it. */
static bool read_paths(struct ctl *ctl, const char *file, struct ctl_paths *paths, struct err *err)
{
    struct str octets;
    if (!file_read(ctl->arena, file, SYNTAX_FILE_MAX, &octets, err))
        return false;
    struct diagnoses ignored = {.arena = ctl->arena};
    struct syntax_file tree = {0};
    syntax_parse(ctl->arena, file, octets, &tree, &ignored);
    for (size_t i = 0; i < tree.count; i++)
        if (str_eq(tree.statements[i].tokens[0].text, STR("daemon")))
            read_daemon_block(ctl, &tree.statements[i], paths);
    return true;
}

static void read_conf_d(struct ctl *ctl, struct ctl_paths *paths)
{
    const char *folder = arena_text(ctl->arena, arena_printf(ctl->arena, "%s/conf.d", folder_of(ctl, paths->config)));
    struct file_names names = {0}, others = {0};
    struct err err = {0};
    if (!file_list(ctl->arena, folder, ".conf", &names, &others, &err))
        return;
    for (size_t i = 0; i < names.count; i++)
        read_paths(ctl, arena_text(ctl->arena, arena_printf(ctl->arena, "%s/%.*s", folder, STR_ARG(names.names[i]))), paths, &err);
}

bool ctl_paths(struct ctl *ctl, struct ctl_paths *paths)
{
    const char *from_environment = getenv("TRIAGED_CONFIG");
    const char *named = ctl_has(ctl, OPT_CONFIG) ? ctl->value[OPT_CONFIG] : from_environment != NULL && from_environment[0] != '\0' ? from_environment : NULL;
    *paths = (struct ctl_paths){named != NULL ? named : CONFIG_STANDARD, SOCKET_STANDARD, STATE_STANDARD};
    struct err err = {0};
    if (read_paths(ctl, paths->config, paths, &err)) {
        read_conf_d(ctl, paths);
    } else if (named != NULL) {
        ctl_refuse(ctl, EX_NOINPUT, "NoConfiguration", NULL, "%s", err.text);
        return false;
    }
    const char *socket_named = getenv("TRIAGED_SOCKET");
    if (ctl_has(ctl, OPT_SOCKET))
        paths->socket = ctl->value[OPT_SOCKET];
    else if (!ctl_has(ctl, OPT_CONFIG) && socket_named != NULL && socket_named[0] != '\0')
        paths->socket = socket_named;
    return true;
}

/* ---- the socket ---------------------------------------------------------------------------------------------------------------------------- */

enum reach { REACHED, REACH_DOWN, REACH_FORBIDDEN, REACH_TROUBLE };

static enum reach connect_to(const char *path, int *fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return REACH_TROUBLE;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return REACH_TROUBLE;
    if (connect(*fd, (struct sockaddr *)&address, sizeof address) == 0) {
        fcntl(*fd, F_SETFL, O_NONBLOCK);
        return REACHED;
    }
    int why = errno;
    close(*fd);
    *fd = -1;
    errno = why;
    return why == ENOENT || why == ECONNREFUSED || why == ENOTDIR ? REACH_DOWN : why == EACCES || why == EPERM ? REACH_FORBIDDEN : REACH_TROUBLE;
}

/* Waits until fd is ready for `events` or the deadline (monotonic) has passed. */
static bool ready(int fd, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - clock_monotonic();
        struct pollfd p = {.fd = fd, .events = events};
        int n = left <= 0 ? 0 : poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (n > 0)
            return true;
        if (n == 0 && left <= 1000000)
            return false;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

static bool send_all(int fd, const char *octets, size_t n, int64_t deadline)
{
    while (n > 0) {
        ssize_t sent = send(fd, octets, n, MSG_NOSIGNAL);
        if (sent > 0) {
            octets += sent;
            n -= (size_t)sent;
        } else if (sent < 0 && errno == EAGAIN) {
            if (!ready(fd, POLLOUT, deadline))
                return false;
        } else if (sent == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Up to the NUL that ends the answer. */
static bool receive(int fd, struct buf *answer, int64_t deadline)
{
    while (answer->n < QUERY_ANSWER_MAX) {
        char piece[65536];
        ssize_t got = recv(fd, piece, sizeof piece, 0);
        if (got > 0) {
            const char *end = memchr(piece, '\0', (size_t)got);
            buf_add(answer, piece, end != NULL ? (size_t)(end - piece) : (size_t)got);
            if (end != NULL)
                return true;
        } else if (got < 0 && errno == EAGAIN) {
            if (!ready(fd, POLLIN, deadline))
                return false;
        } else if (got == 0 || errno != EINTR) {
            return false;
        }
    }
    return false;
}

static bool talk(int fd, const char *method, json_t *parameters, int64_t timeout, struct buf *answer)
{
    int64_t deadline = clock_monotonic() + timeout;
    char name[64];
    snprintf(name, sizeof name, "%s%s", QUERY_PREFIX, method);
    json_t *request = json_pack("{s:s,s:O}", "method", name, "parameters", parameters);
    char *text = json_dumps(request, JSON_COMPACT);
    bool ok = text != NULL && send_all(fd, text, strlen(text) + 1, deadline) && receive(fd, answer, deadline);
    free(text);
    json_decref(request);
    return ok;
}

/* ---- what came back ------------------------------------------------------------------------------------------------------------------------- */

/* The group that may; NULL: none. */
static const char *socket_group(struct ctl *ctl, const char *path)
{
    struct stat status;
    if ((stat(path, &status) != 0 && stat(folder_of(ctl, path), &status) != 0) || (status.st_mode & S_IRWXG) == 0)
        return NULL;
    struct group *group = getgrgid(status.st_gid);
    return group != NULL ? arena_text(ctl->arena, str_of(group->gr_name)) : NULL;
}

static int refuse_permission(struct ctl *ctl, const char *path)
{
    const char *group = socket_group(ctl, path);
    struct passwd *me = getpwuid(geteuid());
    const char *hint = "run it as root, or as a member of the socket's group";
    if (group != NULL)
        hint = arena_text(ctl->arena, arena_printf(ctl->arena, "members of group \"%s\" may: sudo usermod -aG %s %s, then log in again", group, group,
                                                   me != NULL ? me->pw_name : "USER"));
    return ctl_refuse(ctl, EX_NOPERM, "NoPermission", hint, "no permission to use %s", path);
}

/* The daemon's words: {"parameters":…} or {"error":…}. */
static int take_answer(struct ctl *ctl, const struct buf *octets, bool silent, json_t **answer)
{
    json_error_t wrong;
    json_t *reply = json_loadb(octets->p, octets->n, JSON_REJECT_DUPLICATES, &wrong);
    json_t *parameters = json_object_get(reply, "parameters");
    const char *error = json_string_value(json_object_get(reply, "error"));
    int code = 0;
    if (!json_is_object(reply) || (error == NULL && !json_is_object(parameters))) {
        code = silent ? EX_SOFTWARE : ctl_refuse(ctl, EX_SOFTWARE, "BadAnswer", "are triagectl and triaged of the same version?", "the daemon's answer makes no sense");
    } else if (error != NULL) {
        const char *text = json_string_value(json_object_get(parameters, "text"));
        json_int_t given = json_integer_value(json_object_get(parameters, "exit"));
        struct str name = str_of(error);
        if (str_starts(name, STR(QUERY_PREFIX)))
            name = str_sub(name, sizeof QUERY_PREFIX - 1, name.n);
        code = given > 0 && given < 126 ? (int)given : EX_SOFTWARE;
        if (!silent)
            ctl_refuse(ctl, code, arena_text(ctl->arena, name), NULL, "%s", text != NULL ? text : error);
    } else {
        *answer = json_incref(parameters);
    }
    json_decref(reply);
    return code;
}

/* ---- without the daemon ------------------------------------------------------------------------------------------------------------------------ */

const struct config *ctl_config(struct ctl *ctl, int *code)
{
    if (ctl->config != NULL)
        return ctl->config;
    struct ctl_paths paths;
    struct diagnoses d = {.arena = ctl->arena};
    if (!ctl_paths(ctl, &paths)) {
        *code = EX_NOINPUT;
        return NULL;
    }
    if (config_load(paths.config, &ctl->config, &d))
        return ctl->config;
    diagnoses_print(&d, &ctl->err);
    *code = EX_CONFIG;
    return NULL;
}

struct store *ctl_store(struct ctl *ctl, int *code)
{
    if (ctl->store != NULL)
        return ctl->store;
    struct ctl_paths paths;
    struct err err = {0};
    if (!ctl_paths(ctl, &paths)) {
        *code = EX_NOINPUT;
        return NULL;
    }
    const char *folder = paths.state_directory;
    if (access(folder, R_OK | X_OK) != 0 && errno == EACCES)
        *code = ctl_refuse(ctl, EX_NOPERM, "NoPermission", "start it: systemctl start triaged", "triaged is not running, and you may not read its store in %s", folder);
    else if (!store_open(&ctl->store, folder, false, true, &err))
        *code = ctl_refuse(ctl, EX_UNAVAILABLE, "NotRunning", "start it: systemctl start triaged", "triaged is not running, and its store cannot be read: %s", err.text);
    return ctl->store;
}

/* The configuration in silence: without it a method still says what the store knows. */
static const struct config *quiet_config(struct ctl *ctl)
{
    struct ctl_paths paths;
    struct diagnoses d = {.arena = ctl->arena};
    if (ctl->config == NULL && ctl_paths(ctl, &paths) && access(paths.config, R_OK) == 0)
        config_load(paths.config, &ctl->config, &d);
    return ctl->config;
}

static int ask_store(struct ctl *ctl, const struct query_method *method, const json_t *parameters, bool silent, json_t **answer)
{
    int code = 0;
    size_t said = ctl->err.n;
    struct query_context context = {.config = quiet_config(ctl), .store = ctl_store(ctl, &code), .actor = "", .now = ctl->world->now};
    if (context.store == NULL) {
        if (silent)
            ctl->err.n = said;
        return code;
    }
    if (!silent && !ctl->told_offline)
        ctl_note(ctl, "triaged is not running; reading the store as it was left");
    ctl->told_offline = true;
    struct query_answer reply = {0};
    method->call(&context, parameters, &reply);
    if (reply.error != NULL)
        return silent ? reply.exit : ctl_refuse(ctl, reply.exit, reply.error, NULL, "%s", reply.text);
    *answer = reply.result;
    return 0;
}

static int refuse_down(struct ctl *ctl, const char *path)
{
    return ctl_refuse(ctl, EX_UNAVAILABLE, "NotRunning", "systemctl status triaged says why; systemctl start triaged starts it", "triaged is not running (nobody answers on %s)", path);
}

/* ---- asking ---------------------------------------------------------------------------------------------------------------------------------------- */

static int ask(struct ctl *ctl, const char *method, json_t *parameters, int64_t timeout, bool silent, json_t **answer)
{
    struct ctl_paths paths;
    int fd = -1;
    if (!ctl_paths(ctl, &paths))
        return EX_NOINPUT;
    const struct query_method *look = query_look_of(method);
    switch (connect_to(paths.socket, &fd)) {
    case REACH_DOWN:
        if (look != NULL)
            return ask_store(ctl, look, parameters, silent, answer);
        return silent ? EX_UNAVAILABLE : refuse_down(ctl, paths.socket);
    case REACH_FORBIDDEN:
        return silent ? EX_NOPERM : refuse_permission(ctl, paths.socket);
    case REACH_TROUBLE:
        return silent ? EX_UNAVAILABLE : ctl_refuse(ctl, EX_UNAVAILABLE, "NotRunning", NULL, "%s: %s", paths.socket, strerror(errno));
    case REACHED:
        break;
    }
    struct buf octets = {0};
    int code = 0;
    if (talk(fd, method, parameters, timeout, &octets))
        code = take_answer(ctl, &octets, silent, answer);
    else
        code = silent ? EX_UNAVAILABLE
                      : ctl_refuse(ctl, EX_UNAVAILABLE, "NoAnswer", "systemctl status triaged says what it does", "triaged gave no whole answer within %s", ctl_span(ctl, timeout));
    close(fd);
    buf_free(&octets);
    return code;
}

int ctl_ask_within(struct ctl *ctl, const char *method, json_t *parameters, int64_t timeout, bool silent, json_t **answer)
{
    size_t said = ctl->err.n;
    *answer = NULL;
    int code = ask(ctl, method, parameters, timeout, silent, answer);
    json_decref(parameters);
    if (silent)
        ctl->err.n = said;
    return code;
}

int ctl_ask(struct ctl *ctl, const char *method, json_t *parameters, json_t **answer)
{
    int64_t timeout = CTL_TIMEOUT_STANDARD;
    *answer = NULL;
    if (!ctl_timeout(ctl, CTL_TIMEOUT_STANDARD, &timeout)) {
        json_decref(parameters);
        return EX_USAGE;
    }
    return ctl_ask_within(ctl, method, parameters, timeout, false, answer);
}

bool ctl_daemon_is_up(struct ctl *ctl)
{
    struct ctl_paths paths;
    size_t said = ctl->err.n;
    int fd = -1;
    bool up = ctl_paths(ctl, &paths) && connect_to(paths.socket, &fd) != REACH_DOWN;
    if (fd >= 0)
        close(fd);
    ctl->err.n = said;
    return up;
}
