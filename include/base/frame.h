/* frame: how the processes talk. A frame is type and payload with a size cap; a payload is a row of numbers and strings.
 * What comes from a child is data: a malformed frame is refused, never trusted.
 *
 * On the wire: payload length (4 octets), type (4 octets), payload; numbers little-endian; a string is its length
 * (4 octets) and its octets. */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/buf.h"
#include "base/err.h"

#define FRAME_HEADER 8u
#define FRAME_MAX (96u * 1024 * 1024) /* a message of the largest accepted size and its understanding */

/* Writing: frame_begin … frame_put_… frame_end, several in one buf after another. */
size_t frame_begin(struct buf *out, uint32_t type);
void frame_end(struct buf *out, size_t begun);
void frame_put_u32(struct buf *out, uint32_t value);
void frame_put_u64(struct buf *out, uint64_t value);
void frame_put_i64(struct buf *out, int64_t value);
void frame_put_bool(struct buf *out, bool value);
void frame_put_str(struct buf *out, struct str value);

/* Reading a payload. After the first short or wrong item `bad` is set and every further read gives 0 or the empty
 * string; the caller looks at frame_done() once at the end. */
struct frame_reader {
    struct str rest;
    bool bad;
};
uint32_t frame_get_u32(struct frame_reader *r);
uint64_t frame_get_u64(struct frame_reader *r);
int64_t frame_get_i64(struct frame_reader *r);
bool frame_get_bool(struct frame_reader *r);
/* Borrowed from the payload. */
struct str frame_get_str(struct frame_reader *r);
/* A count of items to follow, refused above max or when the rest could not hold that many items of min_size octets. */
uint32_t frame_get_count(struct frame_reader *r, uint32_t max, size_t min_size);
/* Nothing bad, nothing left over. */
bool frame_done(const struct frame_reader *r);

/* Looks for a whole frame at the front of `in`. 1: *type and *payload (borrowed from in) are set and *size octets are to
 * be eaten afterwards; 0: more octets are needed; -1: longer than FRAME_MAX. */
int frame_peek(const struct buf *in, uint32_t *type, struct str *payload, size_t *size);

/* Blocking ends for children. frame_send writes all of out; frame_receive reads until `in` holds a whole frame.
 * False at EOF (err->kind ERR_NONE, text empty) or error. */
bool frame_send(int fd, const struct buf *out, struct err *err);
bool frame_receive(int fd, struct buf *in, struct err *err);

#endif
