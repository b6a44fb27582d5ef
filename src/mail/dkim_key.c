/* dkim_key: the key record (RFC 6376 section 3.6.1), then the mathematics. The key is a stranger's: its size is bounded before it is used. */
#include "mail/dkim.h"

#include "mail/domain.h"
#include "mail/taglist.h"

#include "base/base64.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <limits.h>

struct checking {
    struct arena *arena;
    struct dkim_signature *s;
    struct taglist tags;
    struct str key; /* p=, decoded */
};

static bool refuse(struct checking *c, enum dkim_result result, const char *why)
{
    c->s->result = result;
    c->s->why = str_of(why);
    return false;
}

static struct str value_of(const struct checking *c, const char *tag, struct str otherwise)
{
    struct str value = otherwise;
    taglist_get(&c->tags, tag, &value);
    return value;
}

static bool lists(struct str list, struct str wanted)
{
    struct str item;
    while (taglist_item(&list, &item))
        if (str_ieq(item, wanted))
            return true;
    return false;
}

/* ---- the record ------------------------------------------------------------------------------------------------------------------ */

static bool is_key_record(struct checking *c)
{
    struct str version = STR("DKIM1"), key = {"", 0};
    bool versioned = taglist_get(&c->tags, "v", &version);
    if (!str_eq(version, STR("DKIM1")) || (versioned && !str_eq(c->tags.tags[0].name, STR("v"))) || !taglist_get(&c->tags, "p", &key))
        return refuse(c, DKIM_PERMERROR, "its key record cannot be read");
    if (key.n == 0)
        return refuse(c, DKIM_PERMERROR, "its key was withdrawn");
    return base64_decode(c->arena, taglist_compact(c->arena, key), &c->key) || refuse(c, DKIM_PERMERROR, "its key record cannot be read");
}

static bool key_serves(struct checking *c)
{
    static const char *const kinds[DKIM_ALGORITHMS] = {[DKIM_RSA] = "rsa", [DKIM_ED25519] = "ed25519"};
    struct str services = value_of(c, "s", STR("*")), flags = value_of(c, "t", STR(""));
    if (!str_ieq(value_of(c, "k", STR("rsa")), str_of(kinds[c->s->algorithm])))
        return refuse(c, DKIM_PERMERROR, "its key is of another kind");
    if (!lists(value_of(c, "h", STR("sha256")), STR("sha256")))
        return refuse(c, DKIM_PERMERROR, "its key does not allow SHA-256");
    if (!lists(services, STR("*")) && !lists(services, STR("email")))
        return refuse(c, DKIM_PERMERROR, "its key is not for mail");
    if (lists(flags, STR("y")))
        return refuse(c, DKIM_POLICY, "its key is being tested (t=y)");
    if (lists(flags, STR("s")) && c->s->below)
        return refuse(c, DKIM_PERMERROR, "its key is not for domains below (t=s)");
    return true;
}

/* ---- the mathematics ------------------------------------------------------------------------------------------------------------- */

static EVP_PKEY *rsa_key(struct str octets)
{
    const unsigned char *p = (const unsigned char *)octets.p;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)octets.n);
    if (key == NULL) { /* the bare RSAPublicKey that RFC 6376 speaks of */
        p = (const unsigned char *)octets.p;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)octets.n);
    }
    if (key != NULL && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static bool rsa_fits(struct checking *c, EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool fits = context != NULL && EVP_PKEY_verify_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
                EVP_PKEY_verify(context, (const unsigned char *)c->s->octets.p, c->s->octets.n, c->s->digest, sizeof c->s->digest) == 1;
    EVP_PKEY_CTX_free(context);
    return fits;
}

static bool verify_rsa(struct checking *c)
{
    EVP_PKEY *key = c->key.n <= 4096 ? rsa_key(c->key) : NULL;
    int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
    bool verified = false;
    if (key == NULL)
        refuse(c, DKIM_PERMERROR, "its key cannot be read");
    else if (bits < DKIM_RSA_MIN)
        refuse(c, DKIM_PERMERROR, "its key is too short to prove anything");
    else if (bits > DKIM_RSA_MAX)
        refuse(c, DKIM_PERMERROR, "its key is longer than we look at");
    else
        verified = rsa_fits(c, key) || refuse(c, DKIM_FAIL, "it does not fit: the fields were altered, or it was made by another key");
    EVP_PKEY_free(key);
    if (verified && bits < DKIM_RSA_WEAK)
        c->s->why = arena_printf(c->arena, "by a weak key of %d bits", bits);
    return verified;
}

static bool verify_ed25519(struct checking *c)
{
    EVP_PKEY *key = c->key.n == 32 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)c->key.p, c->key.n) : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (key == NULL)
        refuse(c, DKIM_PERMERROR, "its key cannot be read");
    bool fits = key != NULL && context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, (const unsigned char *)c->s->octets.p, c->s->octets.n, c->s->digest, sizeof c->s->digest) == 1;
    if (key != NULL && !fits)
        refuse(c, DKIM_FAIL, "it does not fit: the fields were altered, or it was made by another key");
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return fits;
}

static bool try_record(struct checking *c, struct str record)
{
    if (!taglist_read(record, &c->tags))
        return refuse(c, DKIM_PERMERROR, "its key record cannot be read");
    c->s->why = (struct str){"", 0};
    return is_key_record(c) && key_serves(c) && (c->s->algorithm == DKIM_RSA ? verify_rsa(c) : verify_ed25519(c));
}

void dkim_check(struct arena *arena, const struct dns_answer *answer, struct dkim_signature *s)
{
    struct checking c = {.arena = arena, .s = s};
    if (s->result != DKIM_OPEN)
        return;
    if (answer == NULL || answer->status == DNS_TROUBLE)
        refuse(&c, DKIM_TEMPERROR, "the DNS did not give its key in time");
    else if (answer->status == DNS_NONE || answer->count == 0)
        refuse(&c, DKIM_PERMERROR, "there is no such key in the DNS");
    bool verified = false;
    for (size_t i = 0; s->result != DKIM_TEMPERROR && answer->status == DNS_FOUND && i < answer->count && i < DKIM_KEYS_MAX && !verified; i++)
        verified = try_record(&c, answer->records[i]);
    if (verified)
        s->result = DKIM_PASS;
    ERR_clear_error();
}
