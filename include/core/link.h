/* link: core's end of the socket to a child: frames out without blocking, frames in as they come, now and then a descriptor along. */
#ifndef CORE_LINK_H
#define CORE_LINK_H

#include "base/frame.h"

#define LINK_DESCRIPTORS_MAX 16u

/* Starts as {.fd = -1}; link_open makes it live. */
struct link {
    int fd; /* -1: closed */
    struct buf out;
    size_t sent; /* of out */
    struct buf in;
    size_t taken; /* of in */
    struct {
        size_t at; /* goes with the octet at this position of out */
        int fd;
    } descriptors[LINK_DESCRIPTORS_MAX];
    size_t descriptor_count;
};

/* Takes over the descriptor and makes it non-blocking. */
void link_open(struct link *link, int fd);
void link_close(struct link *link);
/* Where the next frame is to be written. */
struct buf *link_out(struct link *link);
/* The descriptor goes with the frame about to be written; owned from now on. False: too many wait. */
bool link_attach(struct link *link, int fd);
/* Octets waiting to leave. */
size_t link_waiting(const struct link *link);
/* Behind link_next: is there a part of a frame whose rest is still to come? */
bool link_has_part(const struct link *link);
/* Writes what the socket takes. False: the child is gone. */
bool link_flush(struct link *link);
/* Gives empty buffers back: nothing is going on. */
void link_rest(struct link *link);
/* Reads what is there, at most about `most` octets. False: the child is gone or sent too much. */
bool link_fill(struct link *link, size_t most);
/* The next whole frame, payload borrowed until the next call. 1: there is one; 0: not yet; -1: malformed. */
int link_next(struct link *link, uint32_t *type, struct str *payload);

/* The child's side of link_attach: like frame_receive, but no further than the frame's end, and the descriptor that goes with it is put into *descriptor (one
 * that is there already is closed; without one it is left alone). `in` holds no more than a part of one frame. */
bool link_receive(int fd, struct buf *in, int *descriptor, struct err *err);

#endif
