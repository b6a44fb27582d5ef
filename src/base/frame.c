/* frame: numbers little-endian, strings with their length before them, no alignment, nothing optional. */
#include "config.h"

#include "base/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_READ (64u * 1024) /* least room for one read(2) */

static void put(struct buf *out, uint64_t value, size_t size)
{
    char octets[8];
    for (size_t i = 0; i < size; i++)
        octets[i] = (char)(value >> (8 * i) & 0xff);
    buf_add(out, octets, size);
}

static uint64_t number(const char *p, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | (uint8_t)p[i];
    return value;
}

size_t frame_begin(struct buf *out, uint32_t type)
{
    size_t begun = out->n;
    put(out, 0, 4); /* the length, known at the end */
    put(out, type, 4);
    return begun;
}

void frame_end(struct buf *out, size_t begun)
{
    size_t length = out->n - begun - FRAME_HEADER;
    if (out->n < begun + FRAME_HEADER || length > FRAME_MAX)
        abort(); /* the sender's caps are below ours */
    struct buf head = {out->p + begun, 0, FRAME_HEADER};
    for (; head.n < 4; head.n++)
        head.p[head.n] = (char)(length >> (8 * head.n) & 0xff);
}

void frame_put_u32(struct buf *out, uint32_t value)
{
    put(out, value, 4);
}

void frame_put_u64(struct buf *out, uint64_t value)
{
    put(out, value, 8);
}

void frame_put_i64(struct buf *out, int64_t value)
{
    put(out, (uint64_t)value, 8);
}

void frame_put_bool(struct buf *out, bool value)
{
    put(out, value, 1);
}

void frame_put_str(struct buf *out, struct str value)
{
    if (value.n > FRAME_MAX)
        abort();
    put(out, value.n, 4);
    buf_str(out, value);
}

/* The next n octets, or NULL and a reader that has nothing more to give. */
static const char *take(struct frame_reader *r, size_t n)
{
    if (r->bad || r->rest.n < n) {
        *r = (struct frame_reader){{NULL, 0}, true};
        return NULL;
    }
    const char *p = r->rest.p;
    r->rest = str_sub(r->rest, n, r->rest.n);
    return p;
}

static uint64_t take_number(struct frame_reader *r, size_t size)
{
    const char *p = take(r, size);
    return p != NULL ? number(p, size) : 0;
}

uint32_t frame_get_u32(struct frame_reader *r)
{
    return (uint32_t)take_number(r, 4);
}

uint64_t frame_get_u64(struct frame_reader *r)
{
    return take_number(r, 8);
}

int64_t frame_get_i64(struct frame_reader *r)
{
    return (int64_t)take_number(r, 8);
}

bool frame_get_bool(struct frame_reader *r)
{
    uint64_t value = take_number(r, 1);
    if (value > 1)
        take(r, SIZE_MAX);
    return value == 1;
}

struct str frame_get_str(struct frame_reader *r)
{
    size_t n = frame_get_u32(r);
    const char *p = n > 0 ? take(r, n) : NULL;
    return (struct str){p, p != NULL ? n : 0};
}

uint32_t frame_get_count(struct frame_reader *r, uint32_t max, size_t min_size)
{
    uint32_t count = frame_get_u32(r);
    if (count <= max && (min_size == 0 || count <= r->rest.n / min_size))
        return count;
    take(r, SIZE_MAX);
    return 0;
}

bool frame_done(const struct frame_reader *r)
{
    return !r->bad && r->rest.n == 0;
}

int frame_peek(const struct buf *in, uint32_t *type, struct str *payload, size_t *size)
{
    if (in->n < 4)
        return 0;
    size_t length = (size_t)number(in->p, 4);
    if (length > FRAME_MAX)
        return -1;
    if (in->n < FRAME_HEADER + length)
        return 0;
    *type = (uint32_t)number(in->p + 4, 4);
    *payload = (struct str){in->p + FRAME_HEADER, length};
    *size = FRAME_HEADER + length;
    return 1;
}

bool frame_send(int fd, const struct buf *out, struct err *err)
{
    for (size_t sent = 0; sent < out->n;) {
        ssize_t n = write(fd, out->p + sent, out->n - sent);
        if (n < 0 && errno != EINTR)
            return err_set(err, ERR_RETRY, "frame: write: %s", strerrordesc_np(errno));
        sent += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* How many octets one read should make room for: the rest of a frame whose length is known. */
static size_t wanted(const struct buf *in)
{
    size_t whole = in->n >= 4 ? FRAME_HEADER + (size_t)number(in->p, 4) : 0;
    return whole > in->n + FRAME_READ ? whole - in->n : FRAME_READ;
}

bool frame_receive(int fd, struct buf *in, struct err *err)
{
    uint32_t type = 0;
    struct str payload = {NULL, 0};
    size_t size = 0;
    for (int whole = 0; (whole = frame_peek(in, &type, &payload, &size)) != 1;) {
        if (whole < 0)
            return err_set(err, ERR_RETRY, "frame: longer than %u octets", FRAME_MAX);
        size_t room = wanted(in);
        ssize_t n = read(fd, buf_room(in, room), room);
        if (n == 0)
            return in->n == 0 ? err_set(err, ERR_NONE, "%s", "")
                              : err_set(err, ERR_RETRY, "frame: the other side ended in the middle");
        if (n < 0 && errno != EINTR)
            return err_set(err, ERR_RETRY, "frame: read: %s", strerrordesc_np(errno));
        in->n += n > 0 ? (size_t)n : 0;
    }
    return true;
}
