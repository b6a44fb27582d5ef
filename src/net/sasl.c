/* sasl: each mechanism is a line or two of text; the table says which are worth what. Secrets pass through bufs that sasl_wipe
 * empties for good. */
#include "net/sasl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

static const struct str names[SASL_MECHANISMS] = {
    [SASL_NONE] = {"", 0},           [SASL_PLAIN] = {"PLAIN", 5},     [SASL_LOGIN] = {"LOGIN", 5},
    [SASL_CRAM_MD5] = {"CRAM-MD5", 8}, [SASL_XOAUTH2] = {"XOAUTH2", 7}, [SASL_OAUTHBEARER] = {"OAUTHBEARER", 11},
};

/* In order of preference. Under TLS the plainest is the best: CRAM-MD5 would only oblige the server to keep passwords readable. */
static const enum sasl_mechanism order_tls[] = {SASL_PLAIN, SASL_LOGIN, SASL_CRAM_MD5, SASL_NONE};
static const enum sasl_mechanism order_plaintext[] = {SASL_CRAM_MD5, SASL_PLAIN, SASL_LOGIN, SASL_NONE};
static const enum sasl_mechanism order_token[] = {SASL_OAUTHBEARER, SASL_XOAUTH2, SASL_NONE};

const char *sasl_name(enum sasl_mechanism mechanism)
{
    return names[mechanism].p;
}

uint32_t sasl_bit(struct str name)
{
    for (unsigned i = SASL_NONE + 1; i < SASL_MECHANISMS; i++)
        if (str_ieq(name, names[i]))
            return UINT32_C(1) << i;
    return 0;
}

enum sasl_mechanism sasl_choose(uint32_t offered, enum secret_use use, bool tls)
{
    const enum sasl_mechanism *order = use == SECRET_OAUTH2 ? order_token : tls ? order_tls : order_plaintext;
    while (*order != SASL_NONE && (offered & UINT32_C(1) << *order) == 0)
        order++;
    return *order;
}

void sasl_wipe(struct buf *b)
{
    if (b->p != NULL)
        OPENSSL_cleanse(b->p, b->cap);
    buf_free(b);
}

void sasl_base64(struct str octets, struct buf *out)
{
    char *p = buf_room(out, (octets.n + 2) / 3 * 4 + 1);
    int n = EVP_EncodeBlock((unsigned char *)p, (const unsigned char *)octets.p, (int)octets.n);
    out->n += (size_t)n;
}

/* False when it is no base64 of at most `size` octets. */
static bool decode(struct str text, unsigned char *out, size_t size, size_t *n)
{
    if (text.n % 4 != 0 || text.n / 4 * 3 > size)
        return false;
    int got = EVP_DecodeBlock(out, (const unsigned char *)text.p, (int)text.n);
    if (got < 0)
        return false;
    *n = (size_t)got;
    for (size_t i = text.n; i > 0 && text.p[i - 1] == '=' && *n > 0; i--)
        --*n;
    return true;
}

/* saslname, RFC 5801 section 4: "," and "=" would end it. */
static void add_saslname(struct buf *b, struct str user)
{
    for (size_t i = 0; i < user.n; i++) {
        if (user.p[i] == ',' || user.p[i] == '=')
            buf_text(b, user.p[i] == ',' ? "=2C" : "=3D");
        else
            buf_char(b, user.p[i]);
    }
}

/* Room for all of it at once: a buf that grows would leave copies behind. */
static void reserve(struct buf *b, struct str user, struct str secret, const struct endpoint *server)
{
    buf_room(b, 3 * user.n + secret.n + server->host.n + 100);
}

void sasl_initial(enum sasl_mechanism mechanism, struct str user, struct str secret, const struct endpoint *server, struct buf *out)
{
    struct buf clear = {0};
    reserve(&clear, user, secret, server);
    buf_room(out, (3 * user.n + secret.n + server->host.n + 100) * 2);
    if (mechanism == SASL_PLAIN) {
        buf_char(&clear, '\0');
        buf_str(&clear, user);
        buf_char(&clear, '\0');
        buf_str(&clear, secret);
    } else if (mechanism == SASL_XOAUTH2) {
        buf_text(&clear, "user=");
        buf_str(&clear, user);
        buf_text(&clear, "\001auth=Bearer ");
        buf_str(&clear, secret);
        buf_text(&clear, "\001\001");
    } else if (mechanism == SASL_OAUTHBEARER) {
        buf_text(&clear, "n,a=");
        add_saslname(&clear, user);
        buf_text(&clear, ",\001host=");
        buf_str(&clear, server->host);
        buf_printf(&clear, "\001port=%u\001auth=Bearer ", (unsigned)server->port);
        buf_str(&clear, secret);
        buf_text(&clear, "\001\001");
    }
    if (clear.n > 0)
        sasl_base64(buf_view(&clear), out);
    sasl_wipe(&clear);
}

static bool answer_cram(struct str challenge, struct str user, struct str secret, struct buf *out)
{
    unsigned char text[1024], digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    size_t n = 0;
    unsigned size = 0;
    if (!decode(challenge, text, sizeof text, &n) || n == 0)
        return false;
    if (HMAC(EVP_md5(), secret.p, (int)secret.n, text, n, digest, &size) == NULL)
        return false;
    str_hex(digest, size, hex);
    struct buf clear = {0};
    buf_str(&clear, user);
    buf_char(&clear, ' ');
    buf_text(&clear, hex);
    sasl_base64(buf_view(&clear), out);
    buf_free(&clear);
    return true;
}

bool sasl_answer(enum sasl_mechanism mechanism, unsigned step, struct str challenge, struct str user, struct str secret, struct buf *out)
{
    switch (mechanism) {
    case SASL_LOGIN: /* "Username:", then "Password:"; servers word them differently, the order is the same */
        if (step > 1)
            return false;
        buf_room(out, (user.n + secret.n + 3) * 2);
        sasl_base64(step == 0 ? user : secret, out);
        return true;
    case SASL_CRAM_MD5:
        return step == 0 && answer_cram(challenge, user, secret, out);
    case SASL_XOAUTH2:
    case SASL_OAUTHBEARER:
        if (step > 0)
            return false;
        if (mechanism == SASL_OAUTHBEARER)
            buf_text(out, "AQ=="); /* a lone %x01, RFC 7628 section 3.2.3 */
        return true;
    case SASL_NONE:
    case SASL_PLAIN:
    case SASL_MECHANISMS:
        break;
    }
    return false;
}
