/* sasl: the few mechanisms mail servers speak, as the lines that carry them. What holds a secret is wiped. */
#ifndef NET_SASL_H
#define NET_SASL_H

#include "base/buf.h"
#include "net/mailbox.h"

enum sasl_mechanism {
    SASL_NONE,
    SASL_PLAIN,       /* RFC 4616 */
    SASL_LOGIN,       /* draft-murchison-sasl-login */
    SASL_CRAM_MD5,    /* RFC 2195 */
    SASL_XOAUTH2,     /* as Google and Microsoft document it */
    SASL_OAUTHBEARER, /* RFC 7628 */
    SASL_MECHANISMS
};

/* "PLAIN" … */
const char *sasl_name(enum sasl_mechanism mechanism);
/* The bit of a mechanism in a set of them; 0 for a name we do not speak. Case does not matter. */
uint32_t sasl_bit(struct str name);
/* The best of those offered: under TLS PLAIN, LOGIN, CRAM-MD5; in plaintext CRAM-MD5 first; a token only by OAUTHBEARER or XOAUTH2. */
enum sasl_mechanism sasl_choose(uint32_t offered, enum secret_use use, bool tls);
/* Adds the initial response in base64 (PLAIN, XOAUTH2, OAUTHBEARER; nothing for the others). */
void sasl_initial(enum sasl_mechanism mechanism, struct str user, struct str secret, const struct endpoint *server, struct buf *out);
/* Adds the base64 answer to a challenge (base64, as the server sent it); step counts from 0. An error message of OAuth is answered
 * with nothing (RFC 7628 section 3.2.3). False: the mechanism has no answer here. */
bool sasl_answer(enum sasl_mechanism mechanism, unsigned step, struct str challenge, struct str user, struct str secret, struct buf *out);
/* Wipes and frees. */
void sasl_wipe(struct buf *b);
/* Plain base64 (RFC 4648 section 4). */
void sasl_base64(struct str octets, struct buf *out);

#endif
