/* smime: the mathematics of the signature first, then the chain of each signer by hand, so that what is missing can be said in words; then the
 * names in the certificates against From. Every OpenSSL object lives within one function. */
#include "mail/smime.h"

#include "mail/address.h"
#include "mail/tidy.h"

#include <limits.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define CHAIN_MAX 10
#define SECURITY_LEVEL 2 /* 112 bits: RSA of 2048, no SHA-1 */
#define NAME_MAX_OCTETS 254u

static BIO *reading(struct str s)
{
    return s.n > 0 && s.n <= INT_MAX ? BIO_new_mem_buf(s.p, (int)s.n) : NULL;
}

static CMS_ContentInfo *parse(struct str octets)
{
    BIO *in = reading(octets);
    CMS_ContentInfo *cms = in != NULL ? d2i_CMS_bio(in, NULL) : NULL;
    BIO_free(in);
    return cms;
}

/* Nobody is asked for a pass phrase. */
static int no_phrase(char *room, int size, int writing, void *user)
{
    (void)room, (void)size, (void)writing, (void)user;
    return -1;
}

static void add_text(struct buf *out, BIO *from)
{
    char *p = NULL;
    long n = BIO_get_mem_data(from, &p);
    if (n > 0)
        buf_add(out, p, (size_t)n);
}

/* ---- signatures ------------------------------------------------------------------------------------------------------------ */

struct checking {
    struct arena *arena;
    CMS_ContentInfo *cms;
    struct str from;
    int64_t at;
    X509_STORE *store;
    size_t authorities;
    struct smime_verdict *out;
};

static bool refuse(struct checking *c, const char *why)
{
    c->out->why = arena_str(c->arena, str_of(why));
    return false;
}

/* The canonical form (RFC 8551 section 3.1.1) of what a mailbox may have stored with bare LF. */
static void add_crlf(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
            buf_char(out, '\r');
        buf_char(out, s.p[i]);
    }
}

static size_t load_authorities(X509_STORE *store, struct str pem)
{
    BIO *in = reading(pem);
    size_t count = 0;
    X509 *certificate;
    while (in != NULL && count < SMIME_CERTIFICATES_MAX && (certificate = PEM_read_bio_X509(in, NULL, no_phrase, NULL)) != NULL) {
        count += X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(in);
    return count;
}

static bool digests_are_strong(struct checking *c)
{
    static const int strong[] = {NID_sha256, NID_sha384, NID_sha512, NID_sha512_256, NID_sha3_256, NID_sha3_384, NID_sha3_512};
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(c->cms);
    for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
        X509_ALGOR *digest = NULL;
        CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(signers, i), NULL, NULL, &digest, NULL);
        bool good = false;
        for (size_t k = 0; k < sizeof strong / sizeof *strong; k++)
            good = good || (digest != NULL && OBJ_obj2nid(digest->algorithm) == strong[k]);
        if (!good)
            return refuse(c, "S/MIME signature by a weak digest");
    }
    return true;
}

/* A filter that does nothing before the octets: of a bare memory BIO, CMS_verify makes a copy of its own, and loses it when a digest is unknown to it. */
static BIO *reading_for_cms(struct str s)
{
    BIO *in = reading(s), *filter = in != NULL ? BIO_new(BIO_f_null()) : NULL;
    return filter != NULL ? BIO_push(filter, in) : in;
}

static bool is_unaltered(struct checking *c, struct str content)
{
    struct buf canonical = {0};
    BIO *in = NULL;
    if (content.p != NULL) {
        add_crlf(&canonical, content);
        in = reading_for_cms(buf_view(&canonical));
    }
    int done = CMS_verify(c->cms, NULL, NULL, in, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY);
    unsigned long error = ERR_peek_last_error();
    BIO_free_all(in);
    buf_free(&canonical);
    if (done == 1)
        return true;
    if (ERR_GET_REASON(error) == CMS_R_SIGNER_CERTIFICATE_NOT_FOUND)
        return refuse(c, "S/MIME signature without its certificate");
    return refuse(c, "S/MIME signature does not fit: the mail was altered, or the signature is damaged");
}

/* The address in the certificate that is From, else the first. */
static bool names_sender(struct checking *c, X509 *certificate)
{
    STACK_OF(OPENSSL_STRING) *addresses = X509_get1_email(certificate);
    bool found = false;
    for (int i = 0; i < sk_OPENSSL_STRING_num(addresses) && !found; i++) {
        struct str address = str_of(sk_OPENSSL_STRING_value(addresses, i));
        found = address.n <= NAME_MAX_OCTETS && c->from.n > 0 && str_eq(address_canonical(c->arena, address), c->from);
        if (found || c->out->signer.n == 0)
            c->out->signer = tidy_line(c->arena, address, NAME_MAX_OCTETS);
    }
    X509_email_free(addresses);
    return found;
}

static bool chain_holds(struct checking *c, X509 *signer, STACK_OF(X509) *others)
{
    X509_STORE_CTX *chain = X509_STORE_CTX_new();
    bool good = false;
    int error = X509_V_ERR_UNSPECIFIED;
    if (chain != NULL && X509_STORE_CTX_init(chain, c->store, signer, others) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(chain);
        X509_STORE_CTX_set_purpose(chain, X509_PURPOSE_SMIME_SIGN);
        X509_VERIFY_PARAM_set_time(param, (time_t)(c->at / 1000));
        X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
        X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
        good = X509_verify_cert(chain) == 1;
        error = X509_STORE_CTX_get_error(chain);
    }
    X509_STORE_CTX_free(chain);
    if (!good)
        c->out->why = arena_printf(c->arena, "S/MIME certificate not accepted: %s", X509_verify_cert_error_string(error));
    return good;
}

/* All signers are good, and one of them is the sender. */
static bool signers_are_good(struct checking *c)
{
    STACK_OF(X509) *signers = CMS_get0_signers(c->cms), *others = CMS_get1_certs(c->cms);
    bool good = signers != NULL && sk_X509_num(signers) > 0, named = false;
    for (int i = 0; good && i < sk_X509_num(signers); i++) {
        X509 *signer = sk_X509_value(signers, i);
        named = named || names_sender(c, signer);
        good = chain_holds(c, signer, others);
    }
    sk_X509_free(signers);
    sk_X509_pop_free(others, X509_free);
    if (!good)
        return c->out->why.n > 0 ? false : refuse(c, "S/MIME signature without its certificate");
    if (!named)
        return refuse(c, c->out->signer.n > 0 ? "S/MIME certificate is for another address than From" : "S/MIME certificate names no address");
    return true;
}

static bool is_signed_data(struct checking *c)
{
    if (c->cms == NULL || OBJ_obj2nid(CMS_get0_type(c->cms)) != NID_pkcs7_signed)
        return refuse(c, "not an S/MIME signature that could be read");
    int count = sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(c->cms));
    if (count <= 0 || count > (int)SMIME_SIGNERS_MAX)
        return refuse(c, count <= 0 ? "S/MIME container without a signature" : "S/MIME container with too many signatures");
    return true;
}

/* The claimed address is told even where nothing proves it. */
static bool check(struct checking *c, struct str content)
{
    if (!is_signed_data(c) || !is_unaltered(c, content) || !digests_are_strong(c))
        return false;
    bool good = signers_are_good(c);
    if (c->authorities == 0)
        return refuse(c, "S/MIME signature fits; no certificate authority is configured");
    if (c->at == 0)
        return refuse(c, "S/MIME signature fits; the time to judge its certificate by is unknown");
    return good;
}

void smime_verify(struct arena *arena, struct str content, struct str cms, struct str authorities, struct str from, int64_t at, struct smime_verdict *out)
{
    struct checking c = {.arena = arena, .from = from, .at = at, .out = out, .store = X509_STORE_new()};
    *out = (struct smime_verdict){.signer = {"", 0}, .why = {"", 0}};
    c.cms = content.p != NULL && cms.n > SMIME_SIGNATURE_MAX ? NULL : parse(cms);
    c.authorities = c.store != NULL ? load_authorities(c.store, authorities) : 0;
    out->verified = c.store != NULL && check(&c, content);
    if (out->verified)
        out->why = arena_printf(arena, "S/MIME signature of %.*s", STR_ARG(out->signer));
    CMS_ContentInfo_free(c.cms);
    X509_STORE_free(c.store);
    ERR_clear_error();
}

bool smime_content(struct str octets, struct buf *out)
{
    CMS_ContentInfo *cms = parse(octets);
    ASN1_OCTET_STRING **content = cms != NULL && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed ? CMS_get0_content(cms) : NULL;
    bool found = content != NULL && *content != NULL && ASN1_STRING_length(*content) > 0;
    if (found)
        buf_add(out, ASN1_STRING_get0_data(*content), (size_t)ASN1_STRING_length(*content));
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return found;
}

/* ---- decryption ------------------------------------------------------------------------------------------------------------ */

/* The next private key of the PEM text, whatever stands between. */
static EVP_PKEY *next_key(BIO *in)
{
    for (size_t i = 0; i < SMIME_CERTIFICATES_MAX; i++) {
        ERR_clear_error();
        EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_phrase, NULL);
        if (key != NULL || ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
            return key;
    }
    return NULL;
}

static STACK_OF(X509) *certificates(struct str pem)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    BIO *in = reading(pem);
    X509 *certificate;
    for (size_t i = 0; all != NULL && in != NULL && i < SMIME_CERTIFICATES_MAX && (certificate = PEM_read_bio_X509(in, NULL, no_phrase, NULL)) != NULL; i++)
        if (sk_X509_push(all, certificate) == 0)
            X509_free(certificate);
    BIO_free(in);
    return all;
}

static enum smime_opened decrypt_by(CMS_ContentInfo *cms, EVP_PKEY *key, X509 *certificate, struct buf *out)
{
    BIO *to = BIO_new(BIO_s_mem());
    enum smime_opened opened = SMIME_NO_KEY;
    if (to != NULL && CMS_decrypt_set1_pkey(cms, key, certificate) == 1) {
        opened = CMS_decrypt(cms, NULL, NULL, NULL, to, CMS_BINARY) == 1 ? SMIME_OPENED : SMIME_UNREADABLE;
        if (opened == SMIME_OPENED)
            add_text(out, to);
    }
    BIO_free(to);
    return opened;
}

/* Is one of the recipients the holder of this certificate? */
static bool is_for(CMS_ContentInfo *cms, X509 *certificate)
{
    STACK_OF(CMS_RecipientInfo) *recipients = CMS_get0_RecipientInfos(cms);
    for (int i = 0; i < sk_CMS_RecipientInfo_num(recipients); i++) {
        CMS_RecipientInfo *one = sk_CMS_RecipientInfo_value(recipients, i);
        if (CMS_RecipientInfo_type(one) == CMS_RECIPINFO_TRANS && CMS_RecipientInfo_ktri_cert_cmp(one, certificate) == 0)
            return true;
        if (CMS_RecipientInfo_type(one) != CMS_RECIPINFO_AGREE)
            continue;
        STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(one);
        for (int k = 0; k < sk_CMS_RecipientEncryptedKey_num(keys); k++)
            if (CMS_RecipientEncryptedKey_cert_cmp(sk_CMS_RecipientEncryptedKey_value(keys, k), certificate) == 0)
                return true;
    }
    return false;
}

static enum smime_opened decrypt(CMS_ContentInfo *cms, struct str pem, struct buf *out)
{
    STACK_OF(X509) *all = certificates(pem);
    BIO *in = reading(pem);
    EVP_PKEY *key = NULL;
    enum smime_opened opened = SMIME_NO_KEY;
    while (opened == SMIME_NO_KEY && in != NULL && (key = next_key(in)) != NULL) {
        for (int i = 0; i < sk_X509_num(all) && opened == SMIME_NO_KEY; i++) {
            X509 *certificate = sk_X509_value(all, i);
            if (X509_check_private_key(certificate, key) == 1 && is_for(cms, certificate))
                opened = decrypt_by(cms, key, certificate, out);
        }
        EVP_PKEY_free(key);
    }
    BIO_free(in);
    sk_X509_pop_free(all, X509_free);
    return opened;
}

enum smime_opened smime_decrypt(struct str octets, struct str key, struct buf *out)
{
    CMS_ContentInfo *cms = parse(octets);
    int type = cms != NULL ? OBJ_obj2nid(CMS_get0_type(cms)) : NID_undef;
    enum smime_opened opened = SMIME_UNREADABLE;
    if (type == NID_pkcs7_enveloped || type == NID_id_smime_ct_authEnvelopedData)
        opened = decrypt(cms, key, out);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return opened;
}
