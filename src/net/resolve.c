/* resolve: c-ares carries the questions; the packets are taken apart by the C library's own reader of them. The channel lives only while something is
 * asked: the next question comes from another port. */
#include "net/resolve.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWERS_MAX 64 /* records of a packet that are looked at */

struct question {
    struct resolver *resolver;
    bool used;
    uint32_t serial;
    char name[256];
};

struct resolver {
    char server[128];
    resolve_done *done;
    void *of;
    ares_channel channel; /* NULL while nothing is asked */
    size_t under_way;
    struct question questions[RESOLVE_QUESTIONS_MAX];
};

/* ---- packets -------------------------------------------------------------------------------------------------------------------- */

/* The strings of a TXT record (RFC 1035 section 3.3.14), one behind the other. */
static struct str joined(struct arena *arena, const unsigned char *data, size_t n)
{
    char *to = arena_alloc(arena, n + 1);
    size_t at = 0, length = 0;
    while (at < n) {
        size_t piece = data[at++];
        if (piece > n - at)
            piece = n - at;
        memcpy(to + length, data + at, piece);
        length += piece;
        at += piece;
    }
    return (struct str){to, length < DNS_RECORD_MAX ? length : DNS_RECORD_MAX};
}

static void take_record(struct arena *arena, const ns_rr *record, struct dns_answer *out)
{
    uint32_t ttl = ns_rr_ttl(*record);
    out->ttl = ttl < out->ttl ? ttl : out->ttl; /* of aliases too */
    if (ns_rr_type(*record) == ns_t_txt && out->count < DNS_RECORDS_MAX)
        out->records[out->count++] = joined(arena, ns_rr_rdata(*record), ns_rr_rdlen(*record));
}

bool resolve_read(struct arena *arena, struct str packet, struct dns_answer *out)
{
    ns_msg message;
    ns_rr record;
    *out = (struct dns_answer){.name = {"", 0}, .ttl = UINT32_MAX, .status = DNS_TROUBLE};
    if (packet.n > NS_MAXMSG || ns_initparse((const unsigned char *)packet.p, (int)packet.n, &message) != 0)
        return false;
    int code = ns_msg_getflag(message, ns_f_rcode), count = ns_msg_count(message, ns_s_an);
    if (code != ns_r_noerror && code != ns_r_nxdomain)
        return false;
    out->records = arena_array(arena, DNS_RECORDS_MAX, sizeof *out->records);
    for (int i = 0; i < count && i < ANSWERS_MAX; i++) {
        if (ns_parserr(&message, ns_s_an, i, &record) != 0)
            return false;
        take_record(arena, &record, out);
    }
    out->status = out->count > 0 ? DNS_FOUND : DNS_NONE;
    out->ttl = count > 0 && out->ttl != UINT32_MAX ? out->ttl : 0;
    return true;
}

/* ---- questions ------------------------------------------------------------------------------------------------------------------ */

static void tell(struct question *q, struct str packet)
{
    struct arena *arena = arena_new();
    struct dns_answer answer = {.name = {"", 0}, .status = DNS_TROUBLE};
    if (packet.n > 0 && !resolve_read(arena, packet, &answer))
        answer = (struct dns_answer){.status = DNS_TROUBLE};
    answer.name = str_of(q->name);
    q->used = false;
    q->resolver->under_way--;
    q->resolver->done(q->resolver->of, q->serial, &answer);
    arena_free(&arena);
}

/* c-ares names what a packet says; a name without records is an answer as well. */
static void answered(void *of, int status, int timeouts, unsigned char *octets, int n)
{
    (void)timeouts;
    bool is_answer = (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND) && octets != NULL && n > 0;
    tell(of, is_answer ? (struct str){(const char *)octets, (size_t)n} : (struct str){"", 0});
}

static bool open_channel(struct resolver *r)
{
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS, .timeout = (int)RESOLVE_TIMEOUT, .tries = RESOLVE_TRIES};
    if (r->channel != NULL)
        return true;
    if (ares_init_options(&r->channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
        r->channel = NULL;
        return false;
    }
    if (r->server[0] == '\0' || ares_set_servers_ports_csv(r->channel, r->server) == ARES_SUCCESS)
        return true;
    ares_destroy(r->channel);
    r->channel = NULL;
    return false;
}

void resolver_ask(struct resolver *r, uint32_t serial, struct str name)
{
    struct dns_answer trouble = {.name = name, .status = DNS_TROUBLE};
    size_t i = 0;
    while (i < RESOLVE_QUESTIONS_MAX && r->questions[i].used)
        i++;
    if (i == RESOLVE_QUESTIONS_MAX || name.n >= sizeof r->questions[i].name || !open_channel(r)) {
        r->done(r->of, serial, &trouble);
        return;
    }
    struct question *q = &r->questions[i];
    *q = (struct question){.resolver = r, .used = true, .serial = serial};
    memcpy(q->name, name.p, name.n);
    r->under_way++;
    ares_query(r->channel, q->name, ns_c_in, ns_t_txt, answered, q); /* answers at once where it cannot be asked */
}

static size_t sockets_of(struct resolver *r, struct pollfd *fds)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    size_t count = 0;
    if (r->channel == NULL)
        return 0;
    /* The header's own macros shift a one into the sign of an int. */
    unsigned bits = (unsigned)ares_getsock(r->channel, sockets, ARES_GETSOCK_MAXNUM);
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        int events = ((bits >> i & 1u) != 0 ? POLLIN : 0) | ((bits >> (i + ARES_GETSOCK_MAXNUM) & 1u) != 0 ? POLLOUT : 0);
        if (events != 0)
            fds[count++] = (struct pollfd){sockets[i], (short)events, 0};
    }
    return count;
}

static int patience(struct resolver *r)
{
    struct timeval left = {0}, most = {5, 0};
    if (r->under_way == 0)
        return -1;
    const struct timeval *until = ares_timeout(r->channel, &most, &left);
    return until != NULL ? (int)(until->tv_sec * 1000 + until->tv_usec / 1000 + 1) : 1000;
}

void resolver_turn(struct resolver *r, int wake)
{
    struct pollfd fds[ARES_GETSOCK_MAXNUM + 1];
    size_t count = sockets_of(r, fds + 1) + 1;
    fds[0] = (struct pollfd){wake, POLLIN, 0};
    if (poll(fds, count, patience(r)) < 0 || r->channel == NULL)
        return;
    for (size_t i = 1; i < count; i++)
        if (fds[i].revents != 0)
            ares_process_fd(r->channel, (fds[i].events & POLLIN) != 0 ? fds[i].fd : ARES_SOCKET_BAD,
                            (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* what is overdue */
    if (r->under_way == 0) {
        ares_destroy(r->channel);
        r->channel = NULL;
    }
}

/* ---- beginning and end ---------------------------------------------------------------------------------------------------------- */

void resolver_open(struct resolver **resolver, const struct resolve_settings *settings, resolve_done *done, void *of)
{
    struct resolver *r = calloc(1, sizeof *r);
    if (r == NULL)
        abort();
    r->done = done;
    r->of = of;
    if (settings->server.n > 0)
        snprintf(r->server, sizeof r->server, "%.*s", STR_ARG(settings->server));
    *resolver = r;
}

void resolver_close(struct resolver **resolver)
{
    if (*resolver == NULL)
        return;
    if ((*resolver)->channel != NULL)
        ares_destroy((*resolver)->channel); /* every question is answered with trouble */
    free(*resolver);
    *resolver = NULL;
}
