/* raw: the yardstick. Logs in, selects, sends one UID FETCH for everything and throws each message away as it comes; prints messages, octets and seconds.
 * What any client must spend; the desk's time is told as a multiple of it. It proves nothing about the server's certificate: never use it for real mail. */
#include <libetpan/libetpan.h>

#include <openssl/ssl.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (64 * 1024)

struct line {
    int fd;
    SSL *tls; /* NULL: plaintext */
};

struct total {
    unsigned long messages;
    unsigned long long octets;
};

/* mailstream_low: a read of 0 would make libetpan spin, so the end is an error. */
static ssize_t line_read(mailstream_low *low, void *to, size_t n)
{
    struct line *line = low->data;
    ssize_t got = line->tls == NULL ? read(line->fd, to, n) : SSL_read(line->tls, to, (int)n);
    return got > 0 ? got : -1;
}

static ssize_t line_write(mailstream_low *low, const void *from, size_t n)
{
    struct line *line = low->data;
    ssize_t put = line->tls == NULL ? write(line->fd, from, n) : SSL_write(line->tls, from, (int)n);
    return put > 0 ? put : -1;
}

static int line_close(mailstream_low *low)
{
    struct line *line = low->data;
    if (line->fd >= 0)
        close(line->fd);
    line->fd = -1;
    return 0;
}

static int line_fd(mailstream_low *low)
{
    return ((struct line *)low->data)->fd;
}

static void line_free(mailstream_low *low)
{
    line_close(low);
    SSL_free(((struct line *)low->data)->tls);
    free(low);
}

static mailstream_low_driver line_driver = {
    .mailstream_read = line_read,
    .mailstream_write = line_write,
    .mailstream_close = line_close,
    .mailstream_get_fd = line_fd,
    .mailstream_free = line_free,
};

static void take(struct mailimap_msg_att *att, void *to)
{
    struct total *total = to;
    for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
        const struct mailimap_msg_att_item *item = clist_content(i);
        if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC || item->att_data.att_static->att_type != MAILIMAP_MSG_ATT_BODY_SECTION)
            continue;
        total->messages++;
        total->octets += item->att_data.att_static->att_data.att_body_section->sec_length;
    }
}

static void progress(size_t now, size_t all, void *context)
{
    (void)now, (void)all, (void)context;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool connect_to(struct line *line, uint16_t port, bool tls)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->fd < 0 || connect(line->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return false;
    setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (!tls)
        return true;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    line->tls = context == NULL ? NULL : SSL_new(context);
    SSL_CTX_free(context);
    return line->tls != NULL && SSL_set_fd(line->tls, line->fd) == 1 && SSL_connect(line->tls) == 1;
}

static bool fetch_all(mailimap *imap)
{
    struct mailimap_set *all = mailimap_set_new_interval(1, 0);
    struct mailimap_fetch_type *items = mailimap_fetch_type_new_fetch_att_list_empty();
    mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_uid());
    mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_internaldate());
    mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_rfc822_size());
    mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_body_peek_section(mailimap_section_new(NULL)));
    clist *none = NULL;
    int status = mailimap_uid_fetch(imap, all, items, &none);
    if (none != NULL)
        mailimap_fetch_list_free(none);
    mailimap_fetch_type_free(items);
    mailimap_set_free(all);
    return status == MAILIMAP_NO_ERROR;
}

int main(int argc, char **argv)
{
    if (argc != 5 || (strcmp(argv[2], "plain") != 0 && strcmp(argv[2], "tls") != 0)) {
        fprintf(stderr, "usage: raw PORT plain|tls USER PASSWORD\n");
        return 64;
    }
    struct line line = {-1, NULL};
    struct total total = {0, 0};
    if (!connect_to(&line, (uint16_t)strtoul(argv[1], NULL, 10), strcmp(argv[2], "tls") == 0)) {
        fprintf(stderr, "raw: no connection\n");
        return 69;
    }
    mmap_string_set_ceil(SIZE_MAX);
    mailimap *imap = mailimap_new(0, NULL);
    mailstream_low *low = mailstream_low_new(&line, &line_driver);
    mailstream *stream = low == NULL ? NULL : mailstream_new(low, BUFFER);
    if (imap == NULL || stream == NULL || mailimap_connect(imap, stream) != MAILIMAP_NO_ERROR_NON_AUTHENTICATED ||
        mailimap_login(imap, argv[3], argv[4]) != MAILIMAP_NO_ERROR || mailimap_select(imap, "INBOX") != MAILIMAP_NO_ERROR) {
        fprintf(stderr, "raw: cannot open the mailbox\n");
        return 69;
    }
    /* Only both together make it stream. */
    mailimap_set_msg_att_handler(imap, take, &total);
    mailimap_set_progress_callback(imap, progress, progress, NULL);
    double began = seconds();
    bool done = fetch_all(imap);
    printf("{\"messages\": %lu, \"octets\": %llu, \"seconds\": %.3f}\n", total.messages, total.octets, seconds() - began);
    mailimap_logout(imap);
    mailimap_free(imap);
    return done ? 0 : 1;
}
