/* tls: one context per connection, with authorities looked up by name in the system's hashed directory as they are needed and given
 * back after the handshake, so that an idle connection holds no copy of them. */
#include "config.h"

#include "net/tls.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define NAMES_SHOWN 4

static void show(char *out, size_t size, struct buf *b)
{
    struct str cut = utf8_prefix(buf_view(b), size - 1);
    if (cut.n > 0)
        memcpy(out, cut.p, cut.n);
    out[cut.n] = '\0';
    buf_free(b);
}

static void add_name(struct buf *b, const unsigned char *p, int n)
{
    if (b->n > 0)
        buf_text(b, ", ");
    utf8_display(b, (struct str){(const char *)p, n > 0 ? (size_t)n : 0}, false);
}

static void add_address(struct buf *b, const ASN1_OCTET_STRING *ip)
{
    const unsigned char *p = ASN1_STRING_get0_data(ip);
    if (b->n > 0)
        buf_text(b, ", ");
    if (ASN1_STRING_length(ip) == 4)
        buf_printf(b, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
    else
        for (int i = 0; i < ASN1_STRING_length(ip); i++)
            buf_printf(b, "%s%02x", i > 0 && i % 2 == 0 ? ":" : "", p[i]);
}

/* The names a certificate speaks for: its alternative names, or else its common name. */
static void describe_names(X509 *cert, char *out, size_t size)
{
    struct buf b = {0};
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_SHOWN; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS)
            add_name(&b, ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName));
        else if (name->type == GEN_IPADD)
            add_address(&b, name->d.iPAddress);
    }
    GENERAL_NAMES_free(names);
    int at = b.n > 0 ? -1 : X509_NAME_get_index_by_NID(X509_get_subject_name(cert), NID_commonName, -1);
    if (at >= 0) {
        const ASN1_STRING *cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(X509_get_subject_name(cert), at));
        add_name(&b, ASN1_STRING_get0_data(cn), ASN1_STRING_length(cn));
    }
    if (b.n == 0)
        buf_text(&b, "no name");
    show(out, size, &b);
}

static void add_time(struct buf *b, const char *label, const ASN1_TIME *when)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(when, &tm) == 1)
        buf_printf(b, "%s%04d-%02d-%02d", label, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void describe_refusal(X509_STORE_CTX *store, int error, char *out, size_t size)
{
    struct buf b = {0};
    X509 *cert = X509_STORE_CTX_get_current_cert(store);
    buf_text(&b, X509_verify_cert_error_string(error));
    if (cert != NULL && error == X509_V_ERR_CERT_HAS_EXPIRED)
        add_time(&b, " on ", X509_get0_notAfter(cert));
    else if (cert != NULL && error == X509_V_ERR_CERT_NOT_YET_VALID)
        add_time(&b, " before ", X509_get0_notBefore(cert));
    show(out, size, &b);
}

static struct tls_check *check_of(X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    return SSL_get_app_data(ssl);
}

/* OpenSSL asks after each certificate of the chain; we only take notes. */
static int note_verification(int ok, X509_STORE_CTX *store)
{
    struct tls_check *check = check_of(store);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    if (!ok && !check->refused) {
        check->refused = true;
        describe_refusal(store, X509_STORE_CTX_get_error(store), check->detail, sizeof check->detail);
        if (leaf != NULL)
            describe_names(leaf, check->presented, sizeof check->presented);
    }
    return ok;
}

/* With a pin the certificate itself is the proof; neither chain nor dates matter. */
static int verify_pin(X509_STORE_CTX *store, void *arg)
{
    (void)arg;
    struct tls_check *check = check_of(store);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (leaf != NULL && X509_digest(leaf, EVP_sha256(), digest, &n) == 1 && n == sizeof check->pin &&
        CRYPTO_memcmp(digest, check->pin, n) == 0)
        return 1;
    check->refused = true;
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    str_hex(digest, n, hex);
    snprintf(check->detail, sizeof check->detail, "the certificate is not the pinned one, its fingerprint is %s", hex);
    if (leaf != NULL)
        describe_names(leaf, check->presented, sizeof check->presented);
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

/* 64 hex digits; colons and blanks between them are taken as people paste them. */
static bool read_pin(struct str text, uint8_t pin[32])
{
    size_t digits = 0;
    memset(pin, 0, 32);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (value < 0 && (c == ':' || c == ' '))
            continue;
        if (value < 0 || digits >= 64)
            return false;
        pin[digits / 2] = (uint8_t)(pin[digits / 2] << 4 | value);
        digits++;
    }
    return digits == 64;
}

static const char *openssl_reason(char *out, size_t size)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    if (ERR_SYSTEM_ERROR(code))
        reason = strerrordesc_np(ERR_GET_REASON(code));
    snprintf(out, size, "%s", reason != NULL ? reason : "unknown reason");
    return out;
}

static bool load_authorities(SSL_CTX *ctx, const struct endpoint *server, struct err *err)
{
    char path[4096], reason[200];
    if (server->ca_file.n == 0) {
        if (SSL_CTX_set_default_verify_paths(ctx) == 1)
            return true;
        return err_set(err, ERR_SETUP, "the system's certificate authorities: %s", openssl_reason(reason, sizeof reason));
    }
    if (server->ca_file.n >= sizeof path)
        return err_set(err, ERR_SETUP, "the path of the CA file is too long");
    memcpy(path, server->ca_file.p, server->ca_file.n);
    path[server->ca_file.n] = '\0';
    if (SSL_CTX_load_verify_file(ctx, path) == 1)
        return true;
    return err_set(err, ERR_SETUP, "CA file %s: %s", path, openssl_reason(reason, sizeof reason));
}

static SSL_CTX *context_new(const struct endpoint *server, struct tls_check *check, struct err *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(ctx);
        err_set(err, ERR_SETUP, "OpenSSL has no TLS 1.2");
        return NULL;
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, note_verification);
    check->pinned = server->fingerprint.n > 0;
    bool ready;
    if (check->pinned) {
        SSL_CTX_set_cert_verify_callback(ctx, verify_pin, NULL);
        ready = read_pin(server->fingerprint, check->pin);
        if (!ready)
            err_set(err, ERR_SETUP, "a fingerprint is 64 hexadecimal digits (SHA-256)");
    } else {
        ready = load_authorities(ctx, server, err);
    }
    if (ready)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* Whom we want to talk to: checked against the certificate, and told to the server when it is a name (RFC 6066 section 3). */
static bool set_name(SSL *ssl, struct str host, struct err *err)
{
    char name[256];
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_sub(host, 1, host.n - 2);
    if (host.n == 0 || host.n >= sizeof name)
        return err_set(err, ERR_SETUP, "the server has no usable name");
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);
    bool ok = ip != NULL ? X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1
                         : X509_VERIFY_PARAM_set1_host(param, name, host.n) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
    ASN1_OCTET_STRING_free(ip);
    return ok ? true : err_set(err, ERR_SETUP, "\"%s\" cannot be the name of a server", name);
}

SSL *tls_new(const struct endpoint *server, int fd, struct tls_check *check, struct err *err)
{
    ERR_clear_error();
    SSL_CTX *ctx = context_new(server, check, err);
    if (ctx == NULL)
        return NULL;
    SSL *ssl = SSL_new(ctx);
    SSL_CTX_free(ctx); /* the SSL holds it */
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || !set_name(ssl, server->host, err)) {
        if (err != NULL && err->kind == ERR_NONE)
            err_set(err, ERR_RETRY, "OpenSSL has no memory for a connection");
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_app_data(ssl, check);
    SSL_set_connect_state(ssl);
    return ssl;
}

void tls_settle(SSL *ssl)
{
    X509_STORE *empty = X509_STORE_new();
    if (empty != NULL)
        SSL_CTX_set_cert_store(SSL_get_SSL_CTX(ssl), empty);
}

bool tls_explain(const struct tls_check *check, const struct endpoint *server, int got, int number, struct err *err)
{
    char reason[200];
    if (check->refused)
        return err_set(err, ERR_SOURCE, "certificate verify failed: %s (server %.*s presents %s)", check->detail, STR_ARG(server->host),
                       check->presented[0] != '\0' ? check->presented : "no name");
    unsigned long code = ERR_peek_last_error();
    if (got == SSL_ERROR_ZERO_RETURN || (got == SSL_ERROR_SYSCALL && code == 0 && number == 0) ||
        (got == SSL_ERROR_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING))
        return err_set(err, ERR_RETRY, "the server closed the connection");
    if (got == SSL_ERROR_SYSCALL && code == 0)
        return err_set(err, ERR_RETRY, "connection lost: %s", strerrordesc_np(number));
    openssl_reason(reason, sizeof reason);
    return err_set(err, got == SSL_ERROR_SYSCALL ? ERR_RETRY : ERR_SOURCE, "TLS with %.*s failed: %s", STR_ARG(server->host), reason);
}
