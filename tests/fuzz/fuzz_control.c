/* Any octets from a client of the control socket, each request to the table of methods over a real store: an answer for each, or the client is sent away. */
#include "fuzz.h"

#include "base/buf.h"
#include "core/control.h"
#include "../unit/daemon_double.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TURNS_MAX 200000u

/* One for the life of the process. */
static struct desk_at_work {
    char folder[64];
    struct store *store;
    struct config *config;
    struct loop *loop;
    struct control *control;
    struct daemon_double daemon;
} desk;

static const char *const files[][2] = {
    {"triaged.conf", "desk Contoso { address support@contoso.example }\nqueue general\ndaemon { state-directory state; control-socket control.sock; templates templates }\n"},
    {"templates/ack.en.txt", "Subject: [{ticket}] received\n\nThank you.\n"},
};

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", desk.folder, name);
}

static void leave(void)
{
    static const char *const names[] = {"triaged.conf", "templates/ack.en.txt", "state/triaged.db", "state/triaged.db-wal", "state/triaged.db-shm", "templates", "state"};
    char path[128];
    control_close(&desk.control);
    loop_close(&desk.loop);
    store_close(&desk.store);
    config_close(&desk.config);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        path_of(names[i], path);
        remove(path);
    }
    rmdir(desk.folder);
}

static void lay_out(void)
{
    char path[128];
    snprintf(desk.folder, sizeof desk.folder, "/tmp/fuzz-control-XXXXXX");
    FUZZ_CHECK(mkdtemp(desk.folder) != NULL);
    path_of("state", path);
    FUZZ_CHECK(mkdir(path, 0700) == 0);
    path_of("templates", path);
    FUZZ_CHECK(mkdir(path, 0700) == 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        path_of(files[i][0], path);
        FILE *file = fopen(path, "w");
        FUZZ_CHECK(file != NULL && fputs(files[i][1], file) >= 0 && fclose(file) == 0);
    }
}

static void begin(void)
{
    char path[128];
    struct err err = {0};
    struct arena *arena = arena_new();
    struct diagnoses d = {.arena = arena};
    lay_out();
    atexit(leave);
    path_of("triaged.conf", path);
    FUZZ_CHECK(config_load(path, &desk.config, &d));
    arena_free(&arena);
    path_of("state", path);
    FUZZ_CHECK(store_open(&desk.store, path, true, false, &err) && loop_open(&desk.loop, &err));
    struct query_context context = {.store = desk.store, .config = desk.config, .daemon = (struct daemon *)&desk.daemon, .now = INT64_C(1790000000000)};
    path_of("control.sock", path);
    FUZZ_CHECK(control_open(&desk.control, desk.loop, path, &context, &err));
}

static int enter(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", desk.folder);
    FUZZ_CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    loop_turn(desk.loop, 0);
    return fd;
}

/* Takes what the desk says; counts its answers. False: it hung up. */
static bool listen_to(int fd, size_t *answers)
{
    char said[4096];
    ssize_t n = 0;
    while ((n = recv(fd, said, sizeof said, 0)) > 0)
        for (ssize_t i = 0; i < n; i++)
            *answers += said[i] == '\0';
    return n < 0 && errno == EAGAIN;
}

/* A request that was put off is answered at once, so that what stands behind it is reached. */
static void answer_later(void)
{
    uint64_t client = desk.daemon.client;
    struct query_answer answer = {.result = json_object()};
    desk.daemon.client = 0;
    if (client != 0)
        control_answer(desk.control, client, &answer);
    else
        json_decref(answer.result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t requests = 0, answers = 0, sent = 0;
    if (desk.control == NULL)
        begin();
    for (size_t i = 0; i < size; i++)
        requests += data[i] == '\0';
    int fd = enter();
    bool there = true;
    for (unsigned turn = 0; there && (sent < size || answers < requests) && turn < TURNS_MAX; turn++) {
        ssize_t n = sent < size ? send(fd, data + sent, size - sent, MSG_NOSIGNAL) : 0;
        sent += n > 0 ? (size_t)n : 0;
        loop_turn(desk.loop, 0);
        answer_later();
        there = listen_to(fd, &answers);
    }
    FUZZ_CHECK(there && answers == requests);
    close(fd);
    loop_turn(desk.loop, 0);
    return 0;
}
