/* net_peer: sockets and OpenSSL in blocking mode, with a timeout on each read so that no test can hang on it. */
#include "config.h"

#include "net_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEER_PATIENCE 20 /* s */

struct peer {
    int listener;
    int stop[2];
    uint16_t port;
    pthread_t thread;
    SSL_CTX *ctx;
    const struct peer_step *scripts[PEER_SCRIPTS];
    size_t count;
    struct buf heard;
    struct buf surprise;
};

struct talk {
    struct peer *peer;
    int fd;
    SSL *ssl;
    char tag[32];
};

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
        abort();
    }
}

/* ---- certificates ---- */

struct peer_certificate peer_certify(const struct peer_certificate *issuer, const char *dns, bool loopback_address, int from_days, int to_days)
{
    struct peer_certificate c = {X509_new(), EVP_EC_gen("P-256")};
    char names[200] = "";
    static long serial = 1;
    must(c.x509 != NULL && c.key != NULL, "certificate");
    X509_set_version(c.x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c.x509), __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED));
    X509_time_adj_ex(X509_getm_notBefore(c.x509), from_days, -60, NULL);
    X509_time_adj_ex(X509_getm_notAfter(c.x509), to_days, 0, NULL);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c.x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)(issuer != NULL ? "test server" : "test authority"), -1, -1, 0);
    X509_set_issuer_name(c.x509, X509_get_subject_name(issuer != NULL ? issuer->x509 : c.x509));
    X509_set_pubkey(c.x509, c.key);
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer != NULL ? issuer->x509 : c.x509, c.x509, NULL, NULL, 0);
    snprintf(names, sizeof names, "%s%s%s%s", dns != NULL ? "DNS:" : "", dns != NULL ? dns : "",
             dns != NULL && loopback_address ? "," : "", loopback_address ? "IP:127.0.0.1" : "");
    X509_EXTENSION *e = issuer == NULL ? X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints, "critical,CA:TRUE")
                                       : X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, names);
    must(e != NULL && X509_add_ext(c.x509, e, -1) == 1, "extension");
    X509_EXTENSION_free(e);
    must(X509_sign(c.x509, issuer != NULL ? issuer->key : c.key, EVP_sha256()) > 0, "sign");
    return c;
}

void peer_certificate_free(struct peer_certificate *c)
{
    X509_free(c->x509);
    EVP_PKEY_free(c->key);
    *c = (struct peer_certificate){NULL, NULL};
}

void peer_write_pem(const struct peer_certificate *c, const char *path)
{
    FILE *f = fopen(path, "w");
    must(f != NULL && PEM_write_X509(f, c->x509) == 1 && fclose(f) == 0, path);
}

void peer_fingerprint(const struct peer_certificate *c, char *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    must(X509_digest(c->x509, EVP_sha256(), digest, &n) == 1, "digest");
    str_hex(digest, n, out);
}

/* ---- talking ---- */

static void surprise(struct talk *t, const char *what, const char *wanted, const char *got)
{
    if (t->peer->surprise.n == 0)
        buf_printf(&t->peer->surprise, "%s: wanted \"%s\", got \"%s\"", what, wanted, got);
}

static bool put(struct talk *t, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = t->ssl != NULL ? SSL_write(t->ssl, p, (int)n) : send(t->fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static bool get(struct talk *t, char *c)
{
    ssize_t n = t->ssl != NULL ? SSL_read(t->ssl, c, 1) : recv(t->fd, c, 1, 0);
    if (n == 1)
        buf_char(&t->peer->heard, *c);
    return n == 1;
}

static bool get_line(struct talk *t, struct buf *line)
{
    char c = 0;
    buf_clear(line);
    while (get(t, &c)) {
        if (c == '\n')
            return true;
        if (c != '\r')
            buf_char(line, c);
    }
    return false;
}

static bool say(struct talk *t, const char *text)
{
    struct buf out = {0};
    for (; *text != '\0'; text++) {
        if (*text == '$')
            buf_text(&out, t->tag);
        else
            buf_char(&out, *text);
    }
    buf_text(&out, "\r\n");
    bool done = put(t, out.p, out.n);
    buf_free(&out);
    return done;
}

static bool hear(struct talk *t, const char *wanted)
{
    struct buf line = {0};
    bool whole = get_line(t, &line);
    buf_add(&line, "", 1);
    bool right = whole && strstr(line.p, wanted) != NULL;
    if (!right)
        surprise(t, whole ? "line" : "end", wanted, line.p);
    snprintf(t->tag, sizeof t->tag, "%.*s", (int)strcspn(line.p, " "), line.p);
    buf_free(&line);
    return right;
}

static bool hear_body(struct talk *t)
{
    struct buf line = {0};
    bool dot = false;
    while (!dot && get_line(t, &line))
        dot = str_eq(buf_view(&line), STR("."));
    if (!dot)
        surprise(t, "end", ".", "");
    buf_free(&line);
    return dot;
}

static bool is_gone(const struct talk *t)
{
    char c;
    ssize_t n = recv(t->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

static bool pause_a_little(const struct talk *t, int ms)
{
    struct pollfd fd = {t->peer->stop[0], POLLIN, 0};
    return poll(&fd, 1, ms) == 0 && !is_gone(t);
}

static void drip(struct talk *t, const char *text)
{
    for (size_t i = 0; pause_a_little(t, 20) && put(t, text + i, 1);)
        i = text[i + 1] != '\0' ? i + 1 : 0;
}

static bool start_tls(struct talk *t)
{
    t->ssl = SSL_new(t->peer->ctx);
    return t->ssl != NULL && SSL_set_fd(t->ssl, t->fd) == 1 && SSL_accept(t->ssl) == 1;
}

static bool step(struct talk *t, const struct peer_step *s)
{
    char c;
    switch (s->act) {
    case PEER_SAY:
        return say(t, s->text);
    case PEER_RAW:
        return put(t, s->text, s->n > 0 ? s->n : strlen(s->text));
    case PEER_MANY:
        for (size_t i = 0; i < s->n; i++)
            if (!put(t, s->text, strlen(s->text)))
                return false;
        return true;
    case PEER_DRIP:
        drip(t, s->text);
        return false;
    case PEER_FLOOD:
        while (put(t, s->text, strlen(s->text)))
            continue;
        return false;
    case PEER_HEAR:
        return hear(t, s->text);
    case PEER_BODY:
        return hear_body(t);
    case PEER_TLS:
        return start_tls(t);
    case PEER_STALL:
        while (get(t, &c))
            continue;
        return false;
    case PEER_RESET:
        (void)setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
        return false;
    case PEER_END:
        break;
    }
    return false;
}

static void converse(struct talk *t, const struct peer_step *script)
{
    struct timeval patience = {PEER_PATIENCE, 0};
    (void)setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    while (script->act != PEER_END && step(t, script))
        script++;
    if (script->act != PEER_RESET && t->ssl == NULL) {
        char c;
        shutdown(t->fd, SHUT_WR);
        while (script->act == PEER_END && get(t, &c)) /* what a client says after the script's end is kept, too */
            continue;
    }
    SSL_free(t->ssl);
    close(t->fd);
}

static void *serve(void *arg)
{
    struct peer *p = arg;
    for (size_t i = 0; i < p->count; i++) {
        struct pollfd fds[2] = {{p->listener, POLLIN, 0}, {p->stop[0], POLLIN, 0}};
        if (poll(fds, 2, -1) < 0 || fds[1].revents != 0)
            break;
        struct talk t = {.peer = p, .fd = accept(p->listener, NULL, NULL)};
        if (t.fd >= 0)
            converse(&t, p->scripts[i]);
    }
    return NULL;
}

/* ---- starting and stopping ---- */

static SSL_CTX *context(const struct peer_certificate *c, int tls_max)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    must(ctx != NULL, "SSL_CTX_new");
    if (tls_max != 0) {
        SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(ctx, tls_max);
        SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
    }
    must(SSL_CTX_use_certificate(ctx, c->x509) == 1 && SSL_CTX_use_PrivateKey(ctx, c->key) == 1, "certificate");
    return ctx;
}

struct peer *peer_start(const struct peer_certificate *certificate, int tls_max, const struct peer_step *const *scripts, size_t count)
{
    struct peer *p = calloc(1, sizeof *p);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof any;
    must(p != NULL && count <= PEER_SCRIPTS, "peer");
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(p->listener >= 0 && bind(p->listener, (struct sockaddr *)&any, sizeof any) == 0 && listen(p->listener, 8) == 0, "listen");
    must(getsockname(p->listener, (struct sockaddr *)&any, &n) == 0 && pipe(p->stop) == 0, "name");
    p->port = ntohs(any.sin_port);
    p->ctx = certificate != NULL ? context(certificate, tls_max) : NULL;
    for (size_t i = 0; i < count; i++)
        p->scripts[i] = scripts[i];
    p->count = count;
    must(pthread_create(&p->thread, NULL, serve, p) == 0, "thread");
    return p;
}

uint16_t peer_port(const struct peer *p)
{
    return p->port;
}

void peer_stop(struct peer **peer, struct buf *heard, struct buf *why)
{
    struct peer *p = *peer;
    *peer = NULL;
    must(write(p->stop[1], "x", 1) == 1, "stop");
    pthread_join(p->thread, NULL);
    buf_free(heard);
    buf_free(why);
    buf_add(&p->heard, "", 1);
    buf_add(&p->surprise, "", 1);
    *heard = p->heard;
    *why = p->surprise;
    close(p->listener);
    close(p->stop[0]);
    close(p->stop[1]);
    SSL_CTX_free(p->ctx);
    free(p);
}

/* ---- files ---- */

char *peer_folder_new(void)
{
    const char *tmp = getenv("TMPDIR");
    char *path = NULL;
    must(asprintf(&path, "%s/triaged-net-XXXXXX", tmp != NULL ? tmp : "/tmp") > 0 && mkdtemp(path) != NULL, "folder");
    return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void peer_folder_remove(char **path)
{
    (void)nftw(*path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(*path);
    *path = NULL;
}

char *peer_file(const char *folder, const char *name, const char *text)
{
    char *path = NULL;
    must(asprintf(&path, "%s/%s", folder, name) > 0, "path");
    FILE *f = fopen(path, "w");
    must(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0 && chmod(path, 0600) == 0, path);
    return path;
}
