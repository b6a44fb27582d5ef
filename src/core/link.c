/* link: a buffer each way over a non-blocking unix socket. A descriptor is bound to a position in the stream: the octets before it leave first. */
#include "core/link.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_READ (256u * 1024)
#define LINK_KEEP (4u * 1024 * 1024) /* a larger empty buffer is given back at once: growing anew costs more than all else a frame costs */

void link_open(struct link *link, int fd)
{
    *link = (struct link){.fd = fd};
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void link_close(struct link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    for (size_t i = 0; i < link->descriptor_count; i++)
        close(link->descriptors[i].fd);
    buf_free(&link->in);
    buf_free(&link->out);
    *link = (struct link){.fd = -1};
}

struct buf *link_out(struct link *link)
{
    return &link->out;
}

bool link_attach(struct link *link, int fd)
{
    if (link->descriptor_count == LINK_DESCRIPTORS_MAX)
        return false;
    link->descriptors[link->descriptor_count].at = link->out.n;
    link->descriptors[link->descriptor_count++].fd = fd;
    return true;
}

size_t link_waiting(const struct link *link)
{
    return link->out.n - link->sent;
}

/* One sendmsg: up to the next attached descriptor, or one octet with it. */
static ssize_t send_some(struct link *link)
{
    struct iovec part = {link->out.p + link->sent, link->out.n - link->sent};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    bool along = link->descriptor_count > 0 && link->descriptors[0].at == link->sent;
    if (link->descriptor_count > 0)
        part.iov_len = along ? 1 : link->descriptors[0].at - link->sent;
    if (along) {
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &link->descriptors[0].fd, sizeof(int));
    }
    ssize_t n = sendmsg(link->fd, &message, MSG_NOSIGNAL);
    if (n > 0 && along) {
        close(link->descriptors[0].fd);
        memmove(link->descriptors, link->descriptors + 1, --link->descriptor_count * sizeof *link->descriptors);
    }
    return n;
}

bool link_has_part(const struct link *link)
{
    return link->in.n > link->taken;
}

bool link_flush(struct link *link)
{
    while (link->fd >= 0 && link->sent < link->out.n) {
        ssize_t n = send_some(link);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        link->sent += (size_t)n;
    }
    link->sent = 0;
    buf_clear(&link->out);
    if (link->out.cap > LINK_KEEP)
        buf_free(&link->out);
    return link->fd >= 0;
}

static void compact(struct link *link)
{
    buf_eat(&link->in, link->taken);
    link->taken = 0;
    if (link->in.n == 0 && link->in.cap > LINK_KEEP)
        buf_free(&link->in);
}

bool link_fill(struct link *link, size_t most)
{
    compact(link);
    for (size_t got = 0; got < most;) {
        ssize_t n = read(link->fd, buf_room(&link->in, LINK_READ), LINK_READ);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (n == 0)
            return false;
        link->in.n += (size_t)n;
        got += (size_t)n;
    }
    return true;
}

void link_rest(struct link *link)
{
    if (link->out.n == 0)
        buf_free(&link->out);
    compact(link);
    if (link->in.n == 0)
        buf_free(&link->in);
}

int link_next(struct link *link, uint32_t *type, struct str *payload)
{
    if (link->taken == link->in.n)
        return 0;
    struct buf rest = {link->in.p + link->taken, link->in.n - link->taken, 0};
    size_t size = 0;
    int whole = frame_peek(&rest, type, payload, &size);
    if (whole == 1)
        link->taken += size;
    return whole;
}

/* How many octets the frame at the front of `in` still lacks, as far as they tell. */
static size_t missing(const struct buf *in)
{
    struct frame_reader length = {{in->p, in->n < FRAME_HEADER ? 0 : 4}, false};
    return in->n < FRAME_HEADER ? FRAME_HEADER - in->n : FRAME_HEADER + frame_get_u32(&length) - in->n;
}

/* Never more than the frame is read: a descriptor of the next one must not come along with this one, or a secret would go to the wrong server. */
bool link_receive(int fd, struct buf *in, int *descriptor, struct err *err)
{
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    int whole = 0;
    while ((whole = frame_peek(in, &type, &payload, &size)) == 0) {
        union {
            char space[CMSG_SPACE(sizeof(int))];
            struct cmsghdr align;
        } control = {0};
        size_t most = missing(in) < LINK_READ ? missing(in) : LINK_READ;
        struct iovec part = {buf_room(in, most), most};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
        ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? false : err_set(err, ERR_RETRY, "socket to core: %s", strerror(errno));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        if (head != NULL && head->cmsg_type == SCM_RIGHTS) {
            if (*descriptor >= 0)
                close(*descriptor);
            memcpy(descriptor, CMSG_DATA(head), sizeof(int));
        }
        in->n += (size_t)n;
    }
    return whole == 1 ? true : err_set(err, ERR_SETUP, "a frame from core is malformed");
}
