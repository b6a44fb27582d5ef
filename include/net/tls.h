/* tls: what must be true of a server before we tell it anything (RFC 8314, RFC 6125, RFC 9325): TLS 1.2 or later, a chain to a
 * known authority, a certificate in date and in the server's name; or, instead of the chain, the very certificate that was pinned. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "net/mailbox.h"

#include <openssl/ssl.h>

/* What the checks of one handshake remember, for the error text. Lives as long as the SSL. */
struct tls_check {
    uint8_t pin[32];
    bool pinned;
    bool refused;        /* by our checks, not by the peer or the network */
    char presented[256]; /* the names in the server's certificate */
    char detail[256];    /* which check failed, in OpenSSL's words */
};

/* A client side for fd, ready for SSL_connect; NULL with err (ERR_SETUP: CA file, fingerprint). */
SSL *tls_new(const struct endpoint *server, int fd, struct tls_check *check, struct err *err);
/* After the handshake: gives back what only the handshake needed. */
void tls_settle(SSL *ssl);
/* Why a call on ssl failed; sets err (ERR_SOURCE for a refusal of either side, ERR_RETRY for a lost connection); returns false. `got` is the
 * SSL_get_error of the call and `number` the errno left by it. */
bool tls_explain(const struct tls_check *check, const struct endpoint *server, int got, int number, struct err *err);

#endif
