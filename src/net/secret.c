/* secret: three places a secret may come from, one set of checks. Nothing here ever puts a secret into an error text. */
#include "config.h"

#include "net/secret.h"

#include "base/clock.h"
#include "base/file.h"
#include "net/connect.h"
#include "net/sasl.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MAX (16u * 1024)
#define SECRET_COMMAND_TIME (30 * CLOCK_SECOND)

void secret_wipe(struct str *secret)
{
    if (secret->n > 0)
        OPENSSL_cleanse((void *)(uintptr_t)secret->p, secret->n);
    *secret = (struct str){NULL, 0};
}

static bool is_plain_name(struct str name)
{
    return name.n > 0 && name.n < 200 && memchr(name.p, '/', name.n) == NULL && memchr(name.p, 0, name.n) == NULL && name.p[0] != '.';
}

/* Does the text hold the base64 of anything that holds the secret? Its characters depend on where in a group of three octets the secret began: one trial each,
 * without the characters at both ends that neighbours have a part in. */
static bool holds_encoded(struct str text, struct str secret)
{
    bool holds = false;
    struct buf clear = {0}, encoded = {0};
    buf_room(&clear, secret.n + 2);
    buf_room(&encoded, 2 * secret.n + 16);
    for (size_t before = 0; before < 3 && !holds; before++) {
        clear.n = encoded.n = 0;
        for (size_t i = 0; i < before; i++)
            buf_char(&clear, '\0');
        buf_str(&clear, secret);
        sasl_base64(buf_view(&clear), &encoded);
        struct str own = str_sub(buf_view(&encoded), (before * 8 + 5) / 6, clear.n * 8 / 6);
        holds = own.n >= 4 && str_find(text, own) >= 0;
    }
    sasl_wipe(&clear);
    sasl_wipe(&encoded);
    return holds;
}

void secret_hide(struct str secret, struct err *err)
{
    if (err == NULL || secret.n == 0)
        return;
    struct str text = str_of(err->text);
    if (str_find(text, secret) >= 0 || holds_encoded(text, secret))
        err_set(err, err->kind, "refused; the server's words repeat the password and are left out");
}

/* Credentials are named NAME in a unit of ours, or triaged_NAME when a whole folder was loaded (systemd.exec(5)). */
static bool read_credential(const struct secret_source *source, struct arena *arena, struct str *secret, struct err *err)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    if (!is_plain_name(source->name))
        return err_set(err, ERR_SETUP, "\"%.*s\" cannot be the name of a credential", STR_ARG(str_sub(source->name, 0, 80)));
    if (directory == NULL || directory[0] != '/')
        return err_set(err, ERR_SETUP, "credential %.*s: the service manager gave us no credentials (LoadCredential=)",
                       STR_ARG(source->name));
    struct str plain = arena_printf(arena, "%s/%.*s", directory, STR_ARG(source->name));
    struct str prefixed = arena_printf(arena, "%s/triaged_%.*s", directory, STR_ARG(source->name));
    const char *path = access(plain.p, F_OK) == 0 || access(prefixed.p, F_OK) != 0 ? plain.p : prefixed.p;
    return file_read_secret(arena, path, secret, err);
}

/* Reads to the end of the pipe; the first line counts. */
static bool read_pipe(int fd, char *room, size_t *n, struct err *err)
{
    int64_t deadline = clock_monotonic() + SECRET_COMMAND_TIME;
    *n = 0;
    while (*n <= SECRET_MAX) {
        if (connect_wait(fd, POLLIN, -1, deadline) != 1)
            return err_set(err, ERR_RETRY, "the command gave no complete answer within 30 s");
        ssize_t got = read(fd, room + *n, SECRET_MAX + 1 - *n);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return err_set(err, ERR_RETRY, "the command's output: %s", strerrordesc_np(errno));
        if (got == 0)
            return true;
        *n += (size_t)got;
        if (memchr(room, '\n', *n) != NULL)
            return true;
    }
    return err_set(err, ERR_SETUP, "the command's output is longer than 16 KB");
}

static bool read_command(const struct secret_source *source, struct arena *arena, struct str *secret, struct err *err)
{
    size_t n = 0;
    if (source->run == NULL || source->argument_count == 0)
        return err_set(err, ERR_SETUP, "no command can be run here");
    int fd = source->run(source->courier, source, err);
    if (fd < 0)
        return false;
    char *room = arena_alloc(arena, SECRET_MAX + 2);
    bool done = read_pipe(fd, room, &n, err);
    close(fd);
    if (!done) {
        OPENSSL_cleanse(room, SECRET_MAX + 2);
        return false;
    }
    struct str rest = {room, n}, line = {room, 0};
    str_line(&rest, &line);
    if (line.n < n)
        OPENSSL_cleanse(room + line.n, n - line.n);
    *secret = line;
    return line.n > 0 ? true : err_set(err, ERR_RETRY, "the command gave no secret");
}

static bool has_controls(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

bool secret_read(const struct secret_source *source, struct arena *arena, struct str *secret, struct err *err)
{
    bool done = false;
    *secret = (struct str){NULL, 0};
    switch (source->kind) {
    case SECRET_NONE:
        return err_set(err, ERR_SETUP, "no password is configured");
    case SECRET_CREDENTIAL:
        done = read_credential(source, arena, secret, err);
        break;
    case SECRET_FILE:
        done = file_read_secret(arena, arena_text(arena, source->name), secret, err);
        break;
    case SECRET_COMMAND:
        done = read_command(source, arena, secret, err);
        break;
    }
    if (!done)
        return false;
    if (secret->n == 0 || secret->n > SECRET_MAX || has_controls(*secret)) {
        bool empty = secret->n == 0, huge = secret->n > SECRET_MAX;
        secret_wipe(secret);
        return err_set(err, ERR_SETUP, "the secret %s", empty ? "is empty" : huge ? "is longer than 16 KB" : "contains control characters");
    }
    return true;
}
