/* reader: prepare every library, compile the rules, enter the jail, then one message after another until core closes the socket. */
#include "config.h"

#include "core/reader.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/jail.h"
#include "core/wire.h"
#include "desk/order.h"
#include "mail/carry.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Memory above this is given back after a message; below it is kept warm. */
#define READER_KEEP (8 * 1024 * 1024)
/* Larger pieces are mapped apart. */
#define READER_MAP (1024 * 1024)

/* Authorities and public keys, octets of a file. */
#define READER_KEYS (4u * 1024 * 1024)

/* What scanning one message may take, ms: all rules together stay under a second. */
#define READER_SCAN 800

struct reader {
    int fd;
    struct arena *setup_arena; /* context and probes, for the process's life */
    struct wire_reader_setup setup;
    struct scan *scan;
    struct arena *arena; /* of the message in hand */
    struct buf in, out;
};

/* The next frame's payload, borrowed from r->in until the next call. False at the end of the conversation. */
static bool next_frame(struct reader *r, size_t *eaten, uint32_t *type, struct str *payload)
{
    buf_eat(&r->in, *eaten);
    *eaten = 0;
    struct err err = {0};
    int whole = frame_peek(&r->in, type, payload, eaten);
    if (whole == 0 && frame_receive(r->fd, &r->in, &err))
        whole = frame_peek(&r->in, type, payload, eaten);
    return whole == 1;
}

static bool say(struct reader *r)
{
    struct err err = {0};
    bool said = frame_send(r->fd, &r->out, &err);
    buf_clear(&r->out);
    return said;
}

static bool set_up(struct reader *r, struct err *err)
{
    if (!scan_open(&r->scan, r->setup.probes, r->setup.probe_count, true, err))
        return false;
    scan_deadline(r->scan, clock_monotonic, READER_SCAN);
    return jail_reader(r->setup.memory, err);
}

/* What is named but cannot be read is a reason not to start: who trusts nobody would not be missed. */
static bool load(struct reader *r, struct str path, bool secret, struct str *out, struct err *err)
{
    const char *name = arena_text(r->setup_arena, path);
    if (path.n == 0)
        return true;
    return secret ? file_read_secret(r->setup_arena, name, out, err) : file_read(r->setup_arena, name, READER_KEYS, out, err);
}

/* librnp has no switch for what it says of strangers' mistakes; a mail shall not write into the log. (What a sanitizer says must stay.) */
static bool silence(struct err *err)
{
#ifndef SANITIZED
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && dup2(fd, STDERR_FILENO) >= 0;
    if (fd >= 0)
        close(fd);
    return done || err_set(err, ERR_SETUP, "/dev/null: %s", strerrordesc_np(errno));
#else
    (void)err;
    return true;
#endif
}

static bool load_keys(struct reader *r, struct err *err)
{
    struct message_context *context = &r->setup.context;
    struct str keyring = {0};
    return load(r, r->setup.smime_authorities, false, &context->smime.authorities, err) && load(r, r->setup.smime_key, true, &context->smime.key, err) &&
           load(r, r->setup.openpgp_keyring, false, &keyring, err) && (keyring.n == 0 || (silence(err) && openpgp_open(&context->pgp, keyring, err)));
}

/* Libraries first (they open files), rules next (they need executable memory), then the jail. */
static bool prepare(struct reader *r, size_t *eaten)
{
    uint32_t type = 0;
    struct str payload = {0};
    if (!next_frame(r, eaten, &type, &payload) || type != WIRE_READER_SETUP || !wire_get_reader_setup(payload, r->setup_arena, &r->setup))
        return false;
    struct err err = {0};
    message_prepare();
    bool ready = load_keys(r, &err);
    if (r->setup.context.smime.key.n > 0)
        hash_prepare(true);
    malloc_trim(0);
    ready = ready && set_up(r, &err);
    wire_put_text(&r->out, WIRE_READER_READY, str_of(err.text));
    return say(r) && ready;
}

/* What of the mail may travel on is what its author did not say to us: the lines behind the commands. */
static void settle_carried(struct reader *r, struct message *message)
{
    struct order order = {0};
    if (r->setup.context.carry_max == 0)
        return;
    order_read(r->arena, r->setup.prefixes.list, r->setup.prefixes.count, message->fresh, &order);
    carry_settle(r->arena, order.rest, message);
}

static bool read_one(struct reader *r, struct str payload)
{
    uint64_t serial = 0;
    struct str octets = {0};
    if (!wire_get_read(payload, &serial, &r->setup.context.received, &octets))
        return false;
    struct message message = {0};
    struct scan_hits hits = {0};
    message_read(r->arena, octets, &r->setup.context, &message);
    settle_carried(r, &message);
    scan_run(r->scan, r->arena, &message, &hits);
    wire_put_understood(&r->out, serial, &message, &hits);
    bool said = say(r);
    arena_clear(r->arena);
    return said;
}

/* The DNS has answered: the signatures' second part. */
static bool check_one(struct reader *r, struct str payload)
{
    uint64_t serial = 0;
    struct origin origin = {0};
    struct dns_answer *answers = NULL;
    size_t count = 0;
    if (!wire_get_check(payload, r->arena, &serial, &origin, &answers, &count))
        return false;
    origin_check(r->arena, answers, count, &origin);
    wire_put_checked(&r->out, serial, &origin);
    bool said = say(r);
    arena_clear(r->arena);
    return said;
}

static void trim(struct reader *r)
{
    if (r->in.cap < READER_KEEP && r->out.cap < READER_KEEP)
        return;
    buf_free(&r->out);
    if (r->in.n == 0)
        buf_free(&r->in);
    malloc_trim(0);
}

int reader_run(int fd)
{
    setlocale(LC_ALL, "C.UTF-8");
    mallopt(M_MMAP_THRESHOLD, READER_MAP);
    mallopt(M_TRIM_THRESHOLD, READER_KEEP);
    struct reader r = {.fd = fd, .setup_arena = arena_new(), .arena = arena_new()};
    size_t eaten = 0;
    if (!prepare(&r, &eaten))
        return EX_CONFIG;
    uint32_t type = 0;
    struct str payload = {0};
    while (next_frame(&r, &eaten, &type, &payload)) {
        if (!(type == WIRE_CHECK ? check_one(&r, payload) : type == WIRE_READ && read_one(&r, payload)))
            return EX_PROTOCOL;
        buf_eat(&r.in, eaten);
        eaten = 0;
        trim(&r);
    }
    return EX_OK;
}
