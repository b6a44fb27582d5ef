/* net_peer: a server that follows a script, one script per connection, on a free loopback port in a thread of its own. It keeps all that
 * a client said, so that a test can see what was not said. */
#ifndef TESTS_NET_PEER_H
#define TESTS_NET_PEER_H

#include "base/buf.h"
#include "net/mailbox.h"

#include <openssl/ssl.h>

enum peer_act {
    PEER_END,
    PEER_SAY,   /* sends the text and CRLF; "$" stands for the tag of the last line heard */
    PEER_RAW,   /* sends the text as it is, n octets (0: strlen) */
    PEER_MANY,  /* sends the text n times */
    PEER_DRIP,  /* sends the text over and over, one octet at a time, until the client is gone */
    PEER_FLOOD, /* sends the text over and over as fast as it goes, until the client is gone */
    PEER_HEAR,  /* reads a line, which must contain the text */
    PEER_BODY,  /* reads lines up to a lone dot */
    PEER_TLS,   /* makes TLS of the connection */
    PEER_STALL, /* says nothing until the client is gone */
    PEER_RESET  /* ends the connection with RST instead of FIN */
};

struct peer_step {
    enum peer_act act;
    const char *text;
    size_t n;
};

#define SAY(text) {PEER_SAY, text, 0}
#define HEAR(text) {PEER_HEAR, text, 0}
#define RAW(text) {PEER_RAW, text, sizeof(text) - 1}
#define END {PEER_END, NULL, 0}

/* A certificate made for one test. */
struct peer_certificate {
    X509 *x509;
    EVP_PKEY *key;
};

/* Authority when issuer is NULL. dns may be NULL; days count from now. */
struct peer_certificate peer_certify(const struct peer_certificate *issuer, const char *dns, bool loopback_address, int from_days, int to_days);
void peer_certificate_free(struct peer_certificate *c);
/* Writes the certificate as PEM. */
void peer_write_pem(const struct peer_certificate *c, const char *path);
/* SHA-256 in hex; out holds 65 octets. */
void peer_fingerprint(const struct peer_certificate *c, char *out);

#define PEER_SCRIPTS 8

struct peer;
/* certificate may be NULL (no TLS). tls_max: 0, or the highest version spoken (TLS1_1_VERSION). */
struct peer *peer_start(const struct peer_certificate *certificate, int tls_max, const struct peer_step *const *scripts, size_t count);
uint16_t peer_port(const struct peer *p);
/* Ends the thread; gives what was heard on all connections (with line ends), and the first surprise ("" when there was none). */
void peer_stop(struct peer **p, struct buf *heard, struct buf *surprise);

/* One tests's folder below TMPDIR, made anew; removed by the second. */
char *peer_folder_new(void);
void peer_folder_remove(char **path);
/* Writes a small file of mode 0600 and returns its path. */
char *peer_file(const char *folder, const char *name, const char *text);

#endif
