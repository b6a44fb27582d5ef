/* control: each client is a buffer each way; a whole request is looked up in the table of methods and answered at once, or later by the daemon. */
#include "config.h"

#include "core/control.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define CONTROL_READ (64u * 1024)

struct client {
    struct control *control;
    uint64_t id; /* 0: free */
    int fd;
    bool busy;    /* a request is put off */
    bool parting; /* ended by us or broken: freed at the next turn */
    int64_t active;
    char actor[64];
    struct buf in, out;
    size_t sent;
};

struct control {
    struct loop *loop;
    int fd;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    struct query_context context;
    struct client clients[CONTROL_CLIENTS_MAX];
    uint64_t next_id;
};

static void part(struct client *c)
{
    if (c->id == 0)
        return;
    loop_unwatch(c->control->loop, c->fd);
    close(c->fd);
    buf_free(&c->in);
    buf_free(&c->out);
    *c = (struct client){.fd = -1};
}

/* ---- answers ---------------------------------------------------------------------------------------------------------- */

static void client_ready(void *of, bool readable, bool writable);

static void watch(struct client *c)
{
    loop_watch(c->control->loop, c->fd, !c->busy && !c->parting && c->out.n == 0, c->out.n > 0 && !c->parting, client_ready, c);
}

static void flush(struct client *c)
{
    while (c->sent < c->out.n) {
        ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            c->parting = true;
        if (n < 0)
            break;
        c->sent += (size_t)n;
    }
    if (c->sent == c->out.n) {
        buf_clear(&c->out);
        c->sent = 0;
    }
    watch(c);
}

static json_t *envelope(struct query_answer *answer)
{
    if (answer->error == NULL)
        return json_pack("{s:o}", "parameters", answer->result != NULL ? answer->result : json_object());
    char name[128];
    snprintf(name, sizeof name, "%s%s", QUERY_PREFIX, answer->error);
    json_decref(answer->result);
    json_t *text = json_string(answer->text);
    return json_pack("{s:s, s:{s:o, s:i}}", "error", name, "parameters", "text", text != NULL ? text : json_string("?"), "exit", answer->exit);
}

static void reply(struct client *c, struct query_answer *answer)
{
    json_t *json = envelope(answer);
    char *text = json_dumps(json, JSON_COMPACT);
    answer->result = NULL;
    if (text == NULL || strlen(text) > QUERY_ANSWER_MAX)
        c->parting = true;
    else
        buf_add(&c->out, text, strlen(text) + 1);
    free(text);
    json_decref(json);
    flush(c);
}

/* ---- requests --------------------------------------------------------------------------------------------------------- */

static void perform(struct client *c, const json_t *request)
{
    struct query_answer answer = {0};
    struct query_context context = c->control->context;
    const char *name = json_string_value(json_object_get(request, "method"));
    const json_t *parameters = json_object_get(request, "parameters");
    json_t *none = json_object();
    const struct query_method *method = NULL;
    context.actor = c->actor;
    context.client = c->id;
    if (name != NULL && strncmp(name, QUERY_PREFIX, strlen(QUERY_PREFIX)) == 0)
        method = query_method_of(name + strlen(QUERY_PREFIX));
    if (method == NULL)
        query_refuse(&answer, "MethodNotFound", EX_USAGE, "there is no such method");
    else
        method->call(&context, json_is_object(parameters) ? parameters : none, &answer);
    json_decref(none);
    if (answer.later)
        c->busy = true;
    else
        reply(c, &answer);
}

static void take_request(struct client *c, const char *text, size_t length)
{
    json_error_t trouble;
    json_t *request = json_loadb(text, length, JSON_REJECT_DUPLICATES, &trouble);
    if (json_is_object(request)) {
        perform(c, request);
    } else {
        struct query_answer answer = {0};
        query_refuse(&answer, "InvalidRequest", EX_PROTOCOL, "not a JSON object: %s", trouble.text);
        reply(c, &answer);
    }
    json_decref(request);
}

/* Whole requests that have come, one after the other: the next only when the last one's answer has left, so that neither grows without bound. */
static void work(struct client *c)
{
    while (!c->busy && !c->parting && c->out.n == 0 && c->in.n > 0) {
        const char *end = memchr(c->in.p, '\0', c->in.n);
        if (end == NULL)
            return;
        size_t length = (size_t)(end - c->in.p);
        take_request(c, c->in.p, length);
        buf_eat(&c->in, length + 1);
    }
}

static void read_some(struct client *c)
{
    ssize_t n = recv(c->fd, buf_room(&c->in, CONTROL_READ), CONTROL_READ, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        c->parting = true;
        return;
    }
    c->active = clock_monotonic();
    c->in.n += (size_t)n;
    work(c);
    c->parting = c->parting || c->in.n > QUERY_REQUEST_MAX;
}

static void client_ready(void *of, bool readable, bool writable)
{
    struct client *c = of;
    bool unwatched = c->busy || c->out.n > 0; /* of reading: then only a hang-up is told as readable */
    if (readable && unwatched)
        c->parting = true;
    else if (readable)
        read_some(c);
    if (writable && !c->parting) {
        flush(c);
        work(c);
    }
    if (c->parting)
        part(c);
    else
        watch(c);
}

/* ---- arrivals ----------------------------------------------------------------------------------------------------------- */

static struct client *free_slot(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i].id == 0)
            return &control->clients[i];
    return NULL;
}

static void arrive(void *of, bool readable, bool writable)
{
    struct control *control = of;
    (void)readable;
    (void)writable;
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *c = fd >= 0 ? free_slot(control) : NULL;
    if (c == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    *c = (struct client){.control = control, .id = ++control->next_id, .fd = fd, .active = clock_monotonic()};
    snprintf(c->actor, sizeof c->actor, "uid %u", peer.uid);
    loop_watch(control->loop, fd, true, false, client_ready, c);
}

void control_turn(struct control *control, int64_t mono)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct client *c = &control->clients[i];
        if (c->id != 0 && (c->parting || (!c->busy && mono - c->active > CONTROL_IDLE)))
            part(c);
    }
}

static struct client *client_of(const struct control *control, uint64_t id)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (id != 0 && control->clients[i].id == id)
            return (struct client *)&control->clients[i];
    return NULL;
}

bool control_has(const struct control *control, uint64_t client)
{
    return client_of(control, client) != NULL;
}

bool control_answer(struct control *control, uint64_t id, struct query_answer *answer)
{
    struct client *c = client_of(control, id);
    if (c == NULL) {
        json_decref(answer->result);
        return false;
    }
    c->busy = false;
    c->active = clock_monotonic();
    reply(c, answer);
    work(c); /* what came behind the request that was put off */
    watch(c);
    return true;
}

/* ---- the socket ----------------------------------------------------------------------------------------------------------- */

static bool somebody_listens(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    if (fd >= 0)
        close(fd);
    return answers;
}

static bool bind_socket(struct control *control, const struct sockaddr_un *address, struct err *err)
{
    control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->fd < 0)
        return err_set(err, ERR_RETRY, "control socket: %s", strerror(errno));
    if (somebody_listens(address))
        return err_set(err, ERR_SETUP, "control socket %s: another triaged answers there", control->path);
    struct stat found;
    if (lstat(control->path, &found) == 0 && S_ISSOCK(found.st_mode))
        unlink(control->path);
    mode_t mask = umask(0117); /* 0660 */
    bool bound = bind(control->fd, (const struct sockaddr *)address, sizeof *address) == 0;
    int why = errno;
    umask(mask);
    if (!bound || listen(control->fd, (int)CONTROL_CLIENTS_MAX) < 0)
        return err_set(err, ERR_SETUP, "control socket %s: %s", control->path, strerror(bound ? errno : why));
    return true;
}

bool control_open(struct control **control, struct loop *loop, const char *path, const struct query_context *context, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, ERR_SETUP, "control socket %s: the path is longer than %zu octets", path, sizeof address.sun_path - 1);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    struct control *made = calloc(1, sizeof *made);
    if (made == NULL)
        abort();
    *made = (struct control){.loop = loop, .fd = -1, .context = *context};
    snprintf(made->path, sizeof made->path, "%s", path);
    if (!bind_socket(made, &address, err)) {
        if (made->fd >= 0)
            close(made->fd);
        free(made);
        return false;
    }
    loop_watch(loop, made->fd, true, false, arrive, made);
    *control = made;
    return true;
}

void control_context(struct control *control, const struct query_context *context)
{
    control->context = *context;
}

void control_close(struct control **control)
{
    if (*control == NULL)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        part(&(*control)->clients[i]);
    loop_unwatch((*control)->loop, (*control)->fd);
    close((*control)->fd);
    unlink((*control)->path);
    free(*control);
    *control = NULL;
}
