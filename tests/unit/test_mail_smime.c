/* smime, protection: certificates made here, mails signed and encrypted by them, and each way in which they prove nothing; the same inside the
 * reader's jail. */
#include "config.h"

#include "mail_fixture.h"

#include "base/base64.h"
#include "base/hash.h"
#include "base/jail.h"
#include "mail/protection.h"

#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1790000000000) /* 2026-09-21 */
#define DAY 86400

static struct arena *arena;

/* ---- a small CA ------------------------------------------------------------------------------------------------------------ */

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

static struct identity ca, other_ca, jo, expired, nobody;

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* names: subjectAltName, NULL for a CA. */
static struct identity made(const struct identity *issuer, const char *common_name, const char *names, long from_days, long to_days)
{
    static long serial = 1;
    struct identity one = {EVP_EC_gen("P-256"), X509_new()};
    X509_NAME *subject = X509_get_subject_name(one.certificate);
    const struct identity *by = issuer != NULL ? issuer : &one;
    X509_set_version(one.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(one.certificate), serial++);
    X509_time_adj_ex(X509_getm_notBefore(one.certificate), (int)from_days, 0, &(time_t){NOW / 1000});
    X509_time_adj_ex(X509_getm_notAfter(one.certificate), (int)to_days, 0, &(time_t){NOW / 1000});
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(one.certificate, X509_get_subject_name(by->certificate));
    X509_set_pubkey(one.certificate, one.key);
    add_extension(one.certificate, by->certificate, NID_basic_constraints, issuer == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(one.certificate, by->certificate, NID_subject_key_identifier, "hash");
    if (issuer != NULL)
        add_extension(one.certificate, by->certificate, NID_authority_key_identifier, "keyid:always");
    if (issuer != NULL)
        add_extension(one.certificate, by->certificate, NID_ext_key_usage, "emailProtection");
    if (names != NULL)
        add_extension(one.certificate, by->certificate, NID_subject_alt_name, names);
    assert_true(X509_sign(one.certificate, by->key, EVP_sha256()) > 0);
    return one;
}

static struct str pem_of(const struct identity *one, bool with_key)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *p = NULL;
    assert_int_equal(PEM_write_bio_X509(out, one->certificate), 1);
    if (with_key)
        assert_int_equal(PEM_write_bio_PrivateKey(out, one->key, NULL, NULL, 0, NULL, NULL), 1);
    long n = BIO_get_mem_data(out, &p);
    struct str s = arena_str(arena, (struct str){p, (size_t)n});
    BIO_free(out);
    return s;
}

static struct str der_of(CMS_ContentInfo *cms)
{
    assert_non_null(cms);
    BIO *out = BIO_new(BIO_s_mem());
    char *p = NULL;
    assert_int_equal(i2d_CMS_bio(out, cms), 1);
    long n = BIO_get_mem_data(out, &p);
    struct str s = arena_str(arena, (struct str){p, (size_t)n});
    BIO_free(out);
    CMS_ContentInfo_free(cms);
    return s;
}

static struct str signed_by(const struct identity *one, struct str content, bool detached, const EVP_MD *digest)
{
    BIO *in = BIO_new_mem_buf(content.p, (int)content.n);
    unsigned flags = CMS_BINARY | CMS_PARTIAL | (detached ? CMS_DETACHED : 0);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, flags);
    assert_non_null(CMS_add1_signer(cms, one->certificate, one->key, digest, CMS_BINARY));
    assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
    BIO_free(in);
    return der_of(cms);
}

static struct str encrypted_to(const struct identity *one, struct str content)
{
    BIO *in = BIO_new_mem_buf(content.p, (int)content.n);
    STACK_OF(X509) *to = sk_X509_new_null();
    sk_X509_push(to, one->certificate);
    struct str s = der_of(CMS_encrypt(to, in, EVP_aes_256_cbc(), CMS_BINARY));
    sk_X509_free(to);
    BIO_free(in);
    return s;
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new();
    ca = made(NULL, "Contoso Test CA", NULL, -100, 1000);
    other_ca = made(NULL, "Contoso Test CA", NULL, -100, 1000);
    jo = made(&ca, "Jo Meier", "email:other@fabrikam.example,email:Jo@Fabrikam.example", -10, 100);
    expired = made(&ca, "Jo Meier", "email:jo@fabrikam.example", -50, -1);
    nobody = made(&ca, "Nobody", NULL, -10, 100);
    return 0;
}

static int end(void **state)
{
    (void)state;
    struct identity *all[] = {&ca, &other_ca, &jo, &expired, &nobody};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        EVP_PKEY_free(all[i]->key);
        X509_free(all[i]->certificate);
    }
    arena_free(&arena);
    return 0;
}

/* ---- smime ----------------------------------------------------------------------------------------------------------------- */

#define ENTITY "Content-Type: text/plain\r\n\r\nGateway de-2 is down.\r\n"

static void what_proves_a_sender_and_what_does_not(void **state)
{
    (void)state;
    struct str by_jo = signed_by(&jo, STR(ENTITY), true, EVP_sha256());
    const struct {
        struct str content, cms, authorities;
        const char *from;
        int64_t at;
        bool verified;
        const char *signer, *why;
    } table[] = {
        {STR(ENTITY), by_jo, pem_of(&ca, false), "jo@fabrikam.example", NOW, true, "Jo@Fabrikam.example", "S/MIME signature of Jo@Fabrikam.example"},
        {STR("Content-Type: text/plain\n\nGateway de-2 is down.\n"), by_jo, pem_of(&ca, false), "jo@fabrikam.example", NOW, true, "Jo@Fabrikam.example",
         "S/MIME signature of Jo@Fabrikam.example"},
        {STR(ENTITY), by_jo, arena_printf(arena, "%s# and\n%s", pem_of(&other_ca, false).p, pem_of(&ca, false).p), "other@fabrikam.example", NOW, true,
         "other@fabrikam.example", "S/MIME signature of other@fabrikam.example"},
        {STR("Content-Type: text/plain\r\n\r\nGateway de-3 is down.\r\n"), by_jo, pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "", "altered"},
        {STR(ENTITY), by_jo, pem_of(&ca, false), "ann@fabrikam.example", NOW, false, "other@fabrikam.example", "another address than From"},
        {STR(ENTITY), by_jo, pem_of(&ca, false), "", NOW, false, "other@fabrikam.example", "another address than From"},
        {STR(ENTITY), by_jo, pem_of(&other_ca, false), "jo@fabrikam.example", NOW, false, "Jo@Fabrikam.example", "certificate not accepted"},
        {STR(ENTITY), by_jo, STR(""), "jo@fabrikam.example", NOW, false, "Jo@Fabrikam.example", "no certificate authority is configured"},
        {STR(ENTITY), by_jo, STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "jo@fabrikam.example", NOW, false, "Jo@Fabrikam.example",
         "no certificate authority is configured"},
        {STR(ENTITY), by_jo, pem_of(&ca, false), "jo@fabrikam.example", 0, false, "Jo@Fabrikam.example", "time"},
        {STR(ENTITY), by_jo, pem_of(&ca, false), "jo@fabrikam.example", NOW + INT64_C(200) * DAY * 1000, false, "Jo@Fabrikam.example", "expired"},
        {STR(ENTITY), by_jo, pem_of(&ca, false), "jo@fabrikam.example", NOW - INT64_C(20) * DAY * 1000, false, "Jo@Fabrikam.example", "not yet valid"},
        {STR(ENTITY), signed_by(&expired, STR(ENTITY), true, EVP_sha256()), pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "jo@fabrikam.example", "expired"},
        {STR(ENTITY), signed_by(&nobody, STR(ENTITY), true, EVP_sha256()), pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "", "names no address"},
        {STR(ENTITY), signed_by(&jo, STR(ENTITY), true, EVP_sha1()), pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "", "weak digest"},
        {STR(ENTITY), STR("not really a signature"), pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "", "could be read"},
        {STR(ENTITY), STR(""), pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "", "could be read"},
        {STR(ENTITY), encrypted_to(&jo, STR(ENTITY)), pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "", "could be read"},
        {{0}, signed_by(&jo, STR(ENTITY), false, EVP_sha256()), pem_of(&ca, false), "jo@fabrikam.example", NOW, true, "Jo@Fabrikam.example",
         "S/MIME signature of Jo@Fabrikam.example"},
        {{0}, by_jo, pem_of(&ca, false), "jo@fabrikam.example", NOW, false, "", "altered"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct smime_verdict v;
        smime_verify(arena, table[i].content, table[i].cms, table[i].authorities, str_of(table[i].from), table[i].at, &v);
        if (v.verified != table[i].verified || !str_eq(v.signer, str_of(table[i].signer)) || str_find(v.why, str_of(table[i].why)) < 0)
            fail_msg("row %zu: %d, signer %.*s, %.*s", i, v.verified, STR_ARG(v.signer), STR_ARG(v.why));
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void every_octet_of_a_signature_matters_or_not_but_never_kills(void **state)
{
    (void)state;
    struct str cms = signed_by(&jo, STR(ENTITY), true, EVP_sha256()), authorities = pem_of(&ca, false);
    size_t held = 0;
    for (size_t i = 0; i < cms.n; i++) {
        char *copy = arena_text(arena, cms);
        struct smime_verdict v;
        copy[i] = (char)(copy[i] ^ 0x41);
        smime_verify(arena, STR(ENTITY), (struct str){copy, cms.n}, authorities, STR("jo@fabrikam.example"), NOW, &v);
        held += v.verified;
        smime_verify(arena, STR(ENTITY), str_sub(cms, 0, i), authorities, STR("jo@fabrikam.example"), NOW, &v);
        assert_false(v.verified);
    }
    assert_true(held < cms.n / 4);
}

static void decryption_needs_the_key(void **state)
{
    (void)state;
    struct buf out = {0};
    struct str cms = encrypted_to(&jo, STR(ENTITY)), both = arena_printf(arena, "%s%s", pem_of(&nobody, true).p, pem_of(&jo, true).p);
    assert_int_equal(smime_decrypt(cms, both, &out), SMIME_OPENED);
    assert_str(buf_view(&out), ENTITY);
    buf_clear(&out);
    assert_int_equal(smime_decrypt(cms, pem_of(&nobody, true), &out), SMIME_NO_KEY);
    assert_int_equal(smime_decrypt(cms, pem_of(&jo, false), &out), SMIME_NO_KEY);
    assert_int_equal(smime_decrypt(cms, STR(""), &out), SMIME_NO_KEY);
    assert_int_equal(smime_decrypt(str_sub(cms, 0, cms.n - 1), both, &out), SMIME_UNREADABLE);
    assert_int_equal(smime_decrypt(STR("junk"), both, &out), SMIME_UNREADABLE);
    assert_int_equal(smime_decrypt(signed_by(&jo, STR(ENTITY), false, EVP_sha256()), both, &out), SMIME_UNREADABLE);
    assert_int_equal(out.n, 0);
    buf_free(&out);
}

/* ---- the mail ---------------------------------------------------------------------------------------------------------------- */

#define HEAD "From: Jo Meier <jo@fabrikam.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"

static struct str folded(struct str octets)
{
    struct buf encoded = {0}, lines = {0};
    base64_encode(&encoded, octets);
    for (size_t i = 0; i < encoded.n; i += 76)
        buf_printf(&lines, "%.*s\r\n", (int)(encoded.n - i < 76 ? encoded.n - i : 76), encoded.p + i);
    struct str s = arena_str(arena, buf_view(&lines));
    buf_free(&encoded);
    buf_free(&lines);
    return s;
}

static struct str opaque(const char *head, const char *kind, struct str cms)
{
    return arena_printf(arena, "%sContent-Type: application/pkcs7-mime; smime-type=%s; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n%s", head, kind,
                        folded(cms).p);
}

static struct str detached(const char *head, const char *entity, struct str cms, const char *more)
{
    return arena_printf(arena, "%sContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=s\r\n\r\n--s\r\n%s\r\n--s\r\n"
                               "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n%s--s--\r\n",
                        head, entity, folded(cms).p, more);
}

static struct message read_with(struct str raw, bool with_key)
{
    struct message_context context = {.smime = {.authorities = pem_of(&ca, false)}, .received = NOW};
    struct message m;
    if (with_key)
        context.smime.key = pem_of(&jo, true);
    message_read(arena, raw, &context, &m);
    return m;
}

static void signed_mails(void **state)
{
    (void)state;
    const char *mixed = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nSee the log.\r\n--m\r\nContent-Type: text/csv; name=log.csv\r\n\r\na;b\r\n--m--\r\n";
    struct str cms = signed_by(&jo, str_of(mixed), true, EVP_sha256()), raw = detached(HEAD, mixed, cms, "");
    struct message m = read_with(raw, false);
    assert_true(m.signature.verified);
    assert_int_equal(m.signature.kind, PROTECTION_SMIME);
    assert_str(m.signature.signer, "Jo@Fabrikam.example");
    assert_str(m.text, "See the log.");
    assert_str(m.attachments[0].name, "log.csv");

    m = fixture_read(arena, raw); /* nothing is configured */
    assert_false(m.signature.verified);
    assert_int_equal(m.signature.kind, PROTECTION_SMIME);

    m = read_with(detached(HEAD, mixed, cms, "--s\r\nContent-Type: text/plain; name=x.txt\r\n\r\nunsigned\r\n"), false);
    assert_false(m.signature.verified);
    assert_str(m.signature.why, "S/MIME signature that leaves parts of the mail uncovered");

    m = read_with(detached("From: jo@fabrikam.example\r\nFrom: ann@fabrikam.example\r\n", mixed, cms, ""), false);
    assert_false(m.signature.verified);

    struct str wrapped = arena_printf(arena, HEAD "Content-Type: multipart/mixed; boundary=l\r\n\r\n--l\r\n%s\r\n--l\r\n\r\na footer of the list\r\n--l--\r\n",
                                      detached("", mixed, cms, "").p);
    m = read_with(wrapped, false);
    assert_false(m.signature.verified);
    assert_str(m.signature.why, "S/MIME signature over a part of the mail only");
}

static void opaque_mails(void **state)
{
    (void)state;
    const char *entity = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nIt is down.\r\n--m\r\nContent-Type: text/csv; name=log.csv\r\n\r\na;b\r\n--m--\r\n";
    struct str raw = opaque(HEAD, "signed-data", signed_by(&jo, str_of(entity), false, EVP_sha256()));
    struct message m = read_with(raw, false);
    struct buf octets = {0};
    assert_true(m.signature.verified);
    assert_str(m.subject, "x");
    assert_str(m.text, "It is down.");
    assert_int_equal(m.attachment_count, 1);
    assert_true(message_attachment(raw, m.attachments[0].part, &octets));
    assert_str(buf_view(&octets), "a;b");
    buf_free(&octets);
}

static void encrypted_mails(void **state)
{
    (void)state;
    struct str inner = opaque("", "signed-data", signed_by(&jo, STR("Content-Type: text/plain\r\n\r\nThe secret is out.\r\n"), false, EVP_sha256()));
    struct str raw = opaque(HEAD, "enveloped-data", encrypted_to(&jo, inner));
    struct message m = read_with(raw, true);
    assert_int_equal(m.encrypted, PROTECTION_SMIME);
    assert_str(m.encrypted_why, "encrypted with S/MIME, decrypted");
    assert_str(m.text, "The secret is out.\n");
    assert_true(m.signature.verified);

    m = read_with(raw, false);
    assert_int_equal(m.encrypted, PROTECTION_SMIME);
    assert_str(m.encrypted_why, "encrypted with S/MIME to a key we do not have");
    assert_int_equal(m.signature.kind, PROTECTION_NONE);
    assert_str(m.attachments[0].name, "smime.p7m");

    /* Layers have an end. */
    for (unsigned i = 0; i < PROTECTION_LAYERS_MAX + 1; i++)
        inner = opaque("", "enveloped-data", encrypted_to(&jo, inner));
    m = read_with(arena_printf(arena, HEAD "%s", inner.p), true);
    assert_str(m.text, "");
}

static void protection_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *mail;
        enum protection signature, encrypted;
    } table[] = {
        {"Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\n\n--s\n\nhello\n--s\nContent-Type: application/pgp-signature\n\nx\n--s--\n",
         PROTECTION_PGP, PROTECTION_NONE},
        {"Content-Type: multipart/encrypted; boundary=s\n\n--s\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--s\nContent-Type: application/octet-stream\n\nx\n--s--\n",
         PROTECTION_NONE, PROTECTION_PGP},
        {"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n-----BEGIN PGP SIGNATURE-----\n", PROTECTION_PGP, PROTECTION_NONE},
        {"\n-----BEGIN PGP MESSAGE-----\n\nabc\n", PROTECTION_NONE, PROTECTION_PGP},
        {"\nhe wrote -----BEGIN PGP MESSAGE----- at the top\n> -----BEGIN PGP MESSAGE-----\n", PROTECTION_NONE, PROTECTION_NONE},
        {"Content-Type: application/pkcs7-mime\n\njunk\n", PROTECTION_NONE, PROTECTION_SMIME},
        {"Content-Type: application/octet-stream; name=smime.P7M\n\njunk\n", PROTECTION_NONE, PROTECTION_SMIME},
        {"Content-Type: multipart/signed; boundary=s\n\n--s\n\nhello\n--s--\n", PROTECTION_NONE, PROTECTION_NONE},
        {"Content-Type: multipart/mixed; boundary=s\n\n--s\nContent-Type: message/rfc822\n\nContent-Type: application/pkcs7-mime\n\nx\n--s--\n", PROTECTION_NONE, PROTECTION_NONE},
        {"\nhello\n", PROTECTION_NONE, PROTECTION_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct message m = fixture_read(arena, arena_printf(arena, "From: jo@fabrikam.example\n%s", table[i].mail));
        if (m.signature.kind != table[i].signature || m.encrypted != table[i].encrypted)
            fail_msg("%s: %s %s", table[i].mail, protection_name(m.signature.kind), protection_name(m.encrypted));
        assert_false(m.signature.verified);
        assert_int_equal(m.signature.why.n > 0, m.signature.kind != PROTECTION_NONE);
        assert_int_equal(m.encrypted_why.n > 0, m.encrypted != PROTECTION_NONE);
    }
}

/* ---- the jail ---------------------------------------------------------------------------------------------------------------- */

/* A process that has used no OpenSSL but what hash_prepare did, and then may open nothing. */
static void all_of_it_in_the_jail(void **state)
{
    (void)state;
    struct str raw = opaque(HEAD, "enveloped-data", encrypted_to(&jo, opaque("", "signed-data", signed_by(&jo, STR("\r\nhello"), false, EVP_sha256()))));
    struct message_context context = {.smime = {.authorities = pem_of(&ca, false), .key = pem_of(&jo, true)}, .received = NOW};
    pid_t child = fork();
    if (child == 0) {
        struct message m;
        message_prepare();
        hash_prepare(true);
        if (!jail_reader(UINT64_C(512) * 1024 * 1024, NULL))
            _exit(2);
        for (unsigned i = 0; i < 50; i++) {
            message_read(arena, raw, &context, &m);
            if (!m.signature.verified || m.encrypted != PROTECTION_SMIME || !str_eq(m.text, STR("hello")))
                _exit(1);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_proves_a_sender_and_what_does_not),
        cmocka_unit_test(every_octet_of_a_signature_matters_or_not_but_never_kills),
        cmocka_unit_test(decryption_needs_the_key),
        cmocka_unit_test(signed_mails),
        cmocka_unit_test(opaque_mails),
        cmocka_unit_test(encrypted_mails),
        cmocka_unit_test(protection_is_named),
        cmocka_unit_test(all_of_it_in_the_jail),
    };
    return cmocka_run_group_tests_name("mail smime", tests, begin, end);
}
