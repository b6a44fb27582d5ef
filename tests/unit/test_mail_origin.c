/* canon, dkim, dmarc, domain, origin: mails signed here with keys made here, and each way in which a signature proves nothing. What is signed is
 * written out in the tests in its canonical form, so that the canonical forms are tried too. */
#include "mail_fixture.h"

#include "base/base64.h"
#include "base/hash.h"
#include "mail/domain.h"
#include "mail/message.h"
#include "mail/taglist.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#define NOW INT64_C(1790000000000)

static struct arena *arena;
static EVP_PKEY *rsa, *weak, *short_key, *edwards, *other;

static int make_keys(void **state)
{
    (void)state;
    hash_prepare(false);
    arena = arena_new();
    rsa = EVP_RSA_gen(2048);
    weak = EVP_RSA_gen(1024);
    short_key = EVP_RSA_gen(768);
    other = EVP_RSA_gen(2048);
    edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return rsa && weak && short_key && other && edwards ? 0 : -1;
}

static int drop_keys(void **state)
{
    (void)state;
    EVP_PKEY *all[] = {rsa, weak, short_key, edwards, other};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        EVP_PKEY_free(all[i]);
    arena_free(&arena);
    return 0;
}

static struct str coded(const void *octets, size_t n)
{
    struct buf out = {0};
    base64_encode(&out, (struct str){octets, n});
    struct str s = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return s;
}

/* p= of the key's record. */
static struct str public_key(EVP_PKEY *key)
{
    unsigned char *der = NULL, raw[32];
    size_t n = sizeof raw;
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
        assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &n), 1);
        return coded(raw, n);
    }
    int size = i2d_PUBKEY(key, &der);
    assert_true(size > 0);
    struct str s = coded(der, (size_t)size);
    OPENSSL_free(der);
    return s;
}

static struct str signed_by(EVP_PKEY *key, struct str octets)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char out[1024];
    uint8_t digest[HASH_SIZE];
    size_t n = sizeof out;
    bool edwards_key = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    hash_sha256(octets, digest);
    assert_int_equal(EVP_DigestSignInit(context, NULL, edwards_key ? NULL : EVP_sha256(), NULL, key), 1);
    if (edwards_key) /* RFC 8463: over the digest */
        assert_int_equal(EVP_DigestSign(context, out, &n, digest, sizeof digest), 1);
    else
        assert_int_equal(EVP_DigestSign(context, out, &n, (const unsigned char *)octets.p, octets.n), 1);
    EVP_MD_CTX_free(context);
    return coded(out, n);
}

/* A mail and what is wrong with it. Zeroed members have the value of a good mail. */
struct sample {
    const char *head, *body;                     /* as they stand in the mail */
    const char *signed_head, *signed_body;       /* canonical, as signed */
    const char *tags;                            /* of the signature, up to bh= */
    EVP_PKEY *key;
    const char *above;                           /* fields put on top afterwards */
};

#define GOOD_HEAD "From: Jo Meier <jo@fabrikam.example>\r\nTo: support@contoso.example\r\nSubject: The printer\r\n"
#define GOOD_SIGNED "from:Jo Meier <jo@fabrikam.example>\r\nto:support@contoso.example\r\nsubject:The printer\r\n"
#define GOOD_BODY "It does not print.\r\n"
#define GOOD_TAGS "v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; "

static struct str text_or(const char *text, const char *otherwise)
{
    return str_of(text != NULL ? text : otherwise);
}

static struct str signature_of(const struct sample *s)
{
    struct str body = text_or(s->signed_body, GOOD_BODY);
    uint8_t digest[HASH_SIZE];
    hash_sha256(body, digest);
    struct str value = arena_printf(arena, "%sbh=%.*s; b=", s->tags != NULL ? s->tags : GOOD_TAGS, STR_ARG(coded(digest, sizeof digest)));
    bool simple = str_find(value, STR("c=simple")) >= 0;
    struct str octets = arena_printf(arena, "%s%s%.*s", s->signed_head != NULL ? s->signed_head : GOOD_SIGNED,
                                     simple ? "DKIM-Signature: " : "dkim-signature:", STR_ARG(value));
    return arena_printf(arena, "DKIM-Signature: %.*s%.*s\r\n", STR_ARG(value), STR_ARG(signed_by(s->key != NULL ? s->key : rsa, octets)));
}

static struct str mail_of(const struct sample *s)
{
    struct str above = text_or(s->above, ""), head = text_or(s->head, GOOD_HEAD), body = text_or(s->body, GOOD_BODY);
    return arena_printf(arena, "%.*s%.*s%.*s\r\n%.*s", STR_ARG(above), STR_ARG(signature_of(s)), STR_ARG(head), STR_ARG(body));
}

static const struct str authservs[] = {{"mx.contoso.example", 18}};

static struct message read_mail(struct str mail)
{
    struct message_context context = {.verifies = true, .received = NOW, .authservs = authservs, .authserv_count = 1};
    struct message m;
    message_read(arena, mail, &context, &m);
    return m;
}

/* The DNS of the tests: a key and a policy, each under the name they belong to. NULL: there is none. */
static struct origin checked(struct origin o, struct str key_record, const char *policy)
{
    struct str names[ORIGIN_QUESTIONS_MAX];
    struct dns_answer answers[ORIGIN_QUESTIONS_MAX];
    struct str policy_record = str_of(policy);
    size_t count = origin_questions(arena, &o, names);
    for (size_t i = 0; i < count; i++) {
        struct str *records = arena_array(arena, 1, sizeof *records);
        bool is_key = str_find(names[i], STR("._domainkey.")) > 0;
        *records = is_key ? key_record : policy_record;
        answers[i] = (struct dns_answer){.name = names[i], .records = records, .count = records->n > 0, .status = records->n > 0 ? DNS_FOUND : DNS_NONE};
    }
    origin_check(arena, answers, count, &o);
    return o;
}

static struct str record_of(EVP_PKEY *key, const char *tags)
{
    return arena_printf(arena, "v=DKIM1; %s p=%.*s", tags, STR_ARG(public_key(key)));
}

static struct origin outcome(const struct sample *s, struct str record, const char *policy)
{
    return checked(read_mail(mail_of(s)).origin, record, policy);
}

static void assert_proves_nothing(struct origin o, enum dkim_result result, const char *why)
{
    if (o.proven || o.count == 0 || o.signatures[0].result != result || str_find(o.why, str_of(why)) < 0)
        fail_msg("expected %s with \"%s\", got %s: %.*s", dkim_result_name(result), why, o.count > 0 ? dkim_result_name(o.signatures[0].result) : "nothing",
                 STR_ARG(o.why));
}

/* ---- what proves ----------------------------------------------------------------------------------------------------------------- */

static void a_signature_of_the_senders_domain_proves_him(void **state)
{
    (void)state;
    struct sample s = {0};
    struct origin o = outcome(&s, record_of(rsa, ""), NULL);
    assert_true(o.proven);
    assert_str(o.why, "DKIM pass aligned for fabrikam.example: DKIM pass, d=fabrikam.example s=one, key asked from DNS");
    o = outcome(&s, record_of(rsa, "k=rsa; h=sha1:sha256; s=email; t=s;"), "v=DMARC1; p=reject; adkim=s");
    assert_true(o.proven);
    assert_str(o.why, "DMARC pass for fabrikam.example: DKIM pass, d=fabrikam.example s=one, key asked from DNS, policy reject");
}

static void ed25519_and_weak_keys(void **state)
{
    (void)state;
    struct sample s = {.key = edwards, .tags = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; "};
    assert_true(outcome(&s, record_of(edwards, "k=ed25519;"), NULL).proven);
    struct sample w = {.key = weak};
    struct origin o = outcome(&w, record_of(weak, ""), NULL);
    assert_true(o.proven && str_find(o.why, STR("by a weak key of 1024 bits")) > 0);
}

static void a_domain_below_is_aligned_unless_the_policy_is_strict(void **state)
{
    (void)state;
    struct sample s = {.tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.fabrikam.example; s=one; h=from:to:subject; "};
    assert_true(outcome(&s, record_of(rsa, ""), NULL).proven);
    assert_true(outcome(&s, record_of(rsa, ""), "v=DMARC1; p=none").proven);
    struct origin o = outcome(&s, record_of(rsa, ""), "v=DMARC1; p=none; adkim=s");
    assert_false(o.proven);
    assert_str(o.why, "DKIM pass, but d=mail.fabrikam.example is not aligned with fabrikam.example (adkim=s)");
}

static void canonical_forms(void **state)
{
    (void)state;
    struct sample relaxed = {.head = "FROM : Jo  Meier\t<jo@fabrikam.example> \r\nTo:support@contoso.example\r\nSubject:\r\n The\r\n\t printer \r\n",
                             .body = " It  does\tnot print. \r\n\t\r\nx\r\n \r\n\r\n",
                             .signed_body = " It does not print.\r\n\r\nx\r\n"};
    assert_true(outcome(&relaxed, record_of(rsa, ""), NULL).proven);
    struct sample simple = {.head = "From:  Jo <jo@fabrikam.example>\r\nSubject: The\r\n  printer\r\n",
                            .signed_head = "From:  Jo <jo@fabrikam.example>\r\nSubject: The\r\n  printer\r\n",
                            .body = "x  y \r\n\r\n\r\n",
                            .signed_body = "x  y \r\n",
                            .tags = "v=1; a=rsa-sha256; c=simple/simple; d=fabrikam.example; s=one; h=From:Subject; "};
    assert_true(outcome(&simple, record_of(rsa, ""), NULL).proven);
    struct sample no_body = {.body = "\r\n\r\n", .signed_body = ""};
    assert_true(outcome(&no_body, record_of(rsa, ""), NULL).proven);
    struct sample no_simple_body = simple;
    no_simple_body.body = "";
    no_simple_body.signed_body = "\r\n";
    assert_true(outcome(&no_simple_body, record_of(rsa, ""), NULL).proven);
    struct sample no_line_end = {.body = "It does not print."};
    assert_true(outcome(&no_line_end, record_of(rsa, ""), NULL).proven);
}

/* Stored with bare LF, as a Maildir does. */
static void line_feeds_alone(void **state)
{
    (void)state;
    struct sample s = {0};
    struct str mail = mail_of(&s);
    char *copy = arena_text(arena, mail);
    size_t n = 0;
    for (size_t i = 0; i < mail.n; i++)
        if (copy[i] != '\r')
            copy[n++] = copy[i];
    assert_true(checked(read_mail((struct str){copy, n}).origin, record_of(rsa, ""), NULL).proven);
}

static void a_long_body_is_poured_in_pieces(void **state)
{
    (void)state;
    struct buf body = {0};
    for (int i = 0; i < 20000; i++)
        buf_printf(&body, "line %d\r\n", i);
    for (int i = 0; i < 100000; i++)
        buf_char(&body, 'x');
    buf_text(&body, "\r\n");
    struct sample s = {.body = body.p, .signed_body = body.p};
    assert_true(outcome(&s, record_of(rsa, ""), NULL).proven);
    buf_free(&body);
}

static void fields_signed_though_they_are_not_there(void **state)
{
    (void)state;
    struct sample s = {.tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject:from:subject:cc; "};
    assert_true(outcome(&s, record_of(rsa, ""), NULL).proven);
    s.above = "Cc: all@contoso.example\r\n";
    assert_proves_nothing(outcome(&s, record_of(rsa, ""), NULL), DKIM_FAIL, "it does not fit");
}

static void the_first_that_passes_proves(void **state)
{
    (void)state;
    struct sample broken = {.tags = "v=1; a=rsa-sha1; d=fabrikam.example; s=one; h=from; "}, good = {0};
    good.above = arena_text(arena, signature_of(&broken));
    assert_true(outcome(&good, record_of(rsa, ""), NULL).proven);
}

/* ---- what does not --------------------------------------------------------------------------------------------------------------- */

static void altered_mails(void **state)
{
    (void)state;
    struct str record = record_of(rsa, "");
    struct sample body = {.body = "Send me the password.\r\n"};
    assert_proves_nothing(outcome(&body, record, NULL), DKIM_FAIL, "the body was altered");
    struct sample from = {.head = "From: Boss <boss@fabrikam.example>\r\nTo: support@contoso.example\r\nSubject: The printer\r\n"};
    assert_proves_nothing(outcome(&from, record, NULL), DKIM_FAIL, "it does not fit");
    struct sample subject = {.head = "From: Jo Meier <jo@fabrikam.example>\r\nTo: support@contoso.example\r\nSubject: Password\r\n"};
    assert_proves_nothing(outcome(&subject, record, NULL), DKIM_FAIL, "it does not fit");
    struct sample key = {.key = other};
    assert_proves_nothing(outcome(&key, record, NULL), DKIM_FAIL, "it does not fit");
}

static void replayed_with_more_fields(void **state)
{
    (void)state;
    struct str record = record_of(rsa, "");
    struct sample from = {.above = "From: Boss <boss@fabrikam.example>\r\n"};
    struct message m = read_mail(mail_of(&from));
    assert_true((m.defects & MESSAGE_TWO_FROM) != 0 && m.origin.count == 0);
    struct sample subject = {.above = "Subject: Password\r\n"};
    assert_proves_nothing(outcome(&subject, record, NULL), DKIM_POLICY, "more Subject fields than were signed");
    struct sample type = {.above = "Content-Type: text/html\r\nContent-Type: text/plain\r\n"};
    assert_proves_nothing(outcome(&type, record, NULL), DKIM_POLICY, "more Content-Type fields than were signed");
}

static void a_part_of_the_body(void **state)
{
    (void)state;
    struct str record = record_of(rsa, "");
    struct sample s = {.body = GOOD_BODY "Send me the password.\r\n",
                       .tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; l=20; "};
    assert_proves_nothing(outcome(&s, record, NULL), DKIM_POLICY, "it leaves a part of the body unsigned (l=)");
    s.body = GOOD_BODY;
    assert_true(outcome(&s, record, NULL).proven);
    s.tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; l=21; ";
    assert_proves_nothing(outcome(&s, record, NULL), DKIM_FAIL, "the body was altered");
}

static void what_a_signature_says_of_itself(void **state)
{
    static const struct {
        const char *tags;
        enum dkim_result result;
        const char *why;
    } table[] = {
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; x=1789999999; ", DKIM_POLICY, "expired"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; t=20; x=10; ", DKIM_PERMERROR, "no sense"},
        {"v=1; a=rsa-sha1; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; ", DKIM_PERMERROR, "SHA-1"},
        {"v=1; a=rsa-sha512; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; ", DKIM_PERMERROR, "unknown algorithm"},
        {"v=2; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; ", DKIM_PERMERROR, "version"},
        {"a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; ", DKIM_PERMERROR, "version"},
        {"v=1; a=rsa-sha256; c=relaxed/loose; d=fabrikam.example; s=one; h=from:to:subject; ", DKIM_PERMERROR, "canonicalisation"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=to:subject; ", DKIM_PERMERROR, "From is not signed"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; ", DKIM_PERMERROR, "no field is signed"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=../one; h=from; ", DKIM_PERMERROR, "selector"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=example; s=one; h=from; ", DKIM_PERMERROR, "no domain"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; i=@northwind.example; s=one; h=from; ", DKIM_PERMERROR, "i= is not"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; i=@notfabrikam.example; s=one; h=from; ", DKIM_PERMERROR, "i= is not"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; q=http; s=one; h=from; ", DKIM_PERMERROR, "not in the DNS"},
        {"v=1; a=rsa-sha256; a=rsa-sha256; d=fabrikam.example; s=one; h=from; ", DKIM_PERMERROR, "cannot be read"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; s=one; h=from:to:subject; l=x; ", DKIM_PERMERROR, "l= is no number"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=northwind.example; s=one; h=from:to:subject; ", DKIM_POLICY, "not of From's domain"},
        {"v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example.org; s=one; h=from:to:subject; ", DKIM_POLICY, "not of From's domain"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct sample s = {.tags = table[i].tags};
        struct str names[ORIGIN_QUESTIONS_MAX];
        struct message m = read_mail(mail_of(&s));
        assert_int_equal(origin_questions(arena, &m.origin, names), 0);
        assert_proves_nothing(checked(m.origin, record_of(rsa, ""), NULL), table[i].result, table[i].why);
    }
}

static void what_a_key_says_of_itself(void **state)
{
    static const struct {
        const char *tags;
        enum dkim_result result;
        const char *why;
    } table[] = {
        {"t=y;", DKIM_POLICY, "tested"},          {"t=s:y;", DKIM_POLICY, "tested"},    {"k=ed25519;", DKIM_PERMERROR, "another kind"},
        {"h=sha1;", DKIM_PERMERROR, "SHA-256"},   {"s=tlsrpt;", DKIM_PERMERROR, "not for mail"},
    };
    (void)state;
    struct sample s = {0}, below = {.tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=fabrikam.example; i=@x.fabrikam.example; s=one; h=from:to:subject; "};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_proves_nothing(outcome(&s, record_of(rsa, table[i].tags), NULL), table[i].result, table[i].why);
    assert_true(outcome(&below, record_of(rsa, ""), NULL).proven);
    assert_proves_nothing(outcome(&below, record_of(rsa, "t=s;"), NULL), DKIM_PERMERROR, "t=s");
    assert_proves_nothing(outcome(&s, STR("v=DKIM1; p="), NULL), DKIM_PERMERROR, "withdrawn");
    assert_proves_nothing(outcome(&s, STR("v=DKIM1; p=QUJD"), NULL), DKIM_PERMERROR, "cannot be read");
    assert_proves_nothing(outcome(&s, STR("v=DKIM2; p=QUJD"), NULL), DKIM_PERMERROR, "cannot be read");
    assert_proves_nothing(outcome(&s, STR("v=spf1 -all"), NULL), DKIM_PERMERROR, "cannot be read");
    assert_proves_nothing(outcome(&s, STR(""), NULL), DKIM_PERMERROR, "no such key");
    struct sample small = {.key = short_key};
    assert_proves_nothing(outcome(&small, record_of(short_key, ""), NULL), DKIM_PERMERROR, "too short");
    assert_proves_nothing(outcome(&s, record_of(edwards, ""), NULL), DKIM_PERMERROR, "cannot be read");
    assert_proves_nothing(outcome(&s, arena_printf(arena, "v=DKIM1; k=ed25519; p=%.*s", STR_ARG(public_key(edwards))), NULL), DKIM_PERMERROR, "another kind");
}

static void no_answer_in_time(void **state)
{
    (void)state;
    struct sample s = {0}, below = {.tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.fabrikam.example; s=one; h=from:to:subject; "};
    struct origin o = read_mail(mail_of(&s)).origin;
    origin_check(arena, NULL, 0, &o);
    assert_proves_nothing(o, DKIM_TEMPERROR, "in time");
    /* The key is there but not the policy: only the very domain is proven. */
    struct str name = STR("one._domainkey.mail.fabrikam.example"), same = STR("one._domainkey.fabrikam.example"), record = record_of(rsa, "");
    struct dns_answer answers[] = {{.name = name, .records = &record, .count = 1}, {.name = same, .records = &record, .count = 1}};
    o = read_mail(mail_of(&s)).origin;
    origin_check(arena, answers, 2, &o);
    assert_true(o.proven);
    o = read_mail(mail_of(&below)).origin;
    origin_check(arena, answers, 2, &o);
    assert_false(o.proven);
    assert_true(str_find(o.why, STR("DMARC policy in time")) > 0);
}

static void limits(void **state)
{
    (void)state;
    struct sample s = {0};
    struct buf above = {0};
    for (int i = 0; i < 20; i++)
        buf_str(&above, signature_of(&s));
    s.above = above.p;
    struct origin o = read_mail(mail_of(&s)).origin;
    assert_int_equal(o.count, ORIGIN_SIGNATURES_MAX);
    size_t open = 0;
    for (size_t i = 0; i < o.count; i++)
        open += o.signatures[i].result == DKIM_OPEN;
    assert_int_equal(open, ORIGIN_OPEN_MAX);
    struct str names[ORIGIN_QUESTIONS_MAX];
    assert_int_equal(origin_questions(arena, &o, names), 2); /* one key, one policy: each name once */
    buf_free(&above);
}

static void who_has_vouched_already_is_not_doubted(void **state)
{
    (void)state;
    struct sample s = {.above = "Authentication-Results: mx.contoso.example; dmarc=fail header.from=fabrikam.example\r\n"};
    assert_int_equal(read_mail(mail_of(&s)).origin.count, 0);
    s.above = "Authentication-Results: mx.forged.example; dmarc=pass header.from=fabrikam.example\r\n";
    assert_int_equal(read_mail(mail_of(&s)).origin.count, 1);
}

/* ---- the small pieces ------------------------------------------------------------------------------------------------------------ */

static void domains(void **state)
{
    (void)state;
    assert_str(domain_ascii(arena, STR("M\xc3\xbcller.Example.")), "xn--mller-kva.example");
    assert_str(domain_ascii(arena, STR("a..b")), "");
    assert_str(domain_ascii(arena, STR("a b")), "");
    assert_str(domain_organisation(STR("a.b.fabrikam.co.uk")), "fabrikam.co.uk");
    assert_str(domain_organisation(STR("co.uk")), "");
    assert_true(domain_aligned(STR("a.fabrikam.co.uk"), STR("b.fabrikam.co.uk"), false));
    assert_false(domain_aligned(STR("a.fabrikam.co.uk"), STR("b.fabrikam.co.uk"), true));
    assert_false(domain_aligned(STR("fabrikam.co.uk"), STR("northwind.co.uk"), false));
    assert_false(domain_aligned(STR("fabrikam.co.uk"), STR("co.uk"), false));
    assert_false(domain_aligned(STR(""), STR(""), false));
}

static void policies(void **state)
{
    (void)state;
    struct str records[] = {STR("v=spf1 -all"), STR("v=DMARC1; p=quarantine; adkim=s"), STR("v=DMARC1; p=none")};
    struct dmarc d;
    dmarc_read(records, 2, &d);
    assert_true(d.found && d.strict);
    assert_str(d.policy, "quarantine");
    dmarc_read(records, 3, &d);
    assert_false(d.found);
    dmarc_read(records, 1, &d);
    assert_false(d.found);
    records[0] = STR("p=none; v=DMARC1");
    dmarc_read(records, 1, &d);
    assert_false(d.found);
}

static void tag_lists(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", ";", "a", "a=1;;b=2", "a=1; a=2", "1a=1", "a b=1", "a=\x01", "=1"};
    struct taglist list;
    struct str value = {NULL, 0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(taglist_read(str_of(wrong[i]), &list));
    assert_true(taglist_read(STR(" a = x y ;\r\n b=; c=a=b ; "), &list));
    assert_int_equal(list.count, 3);
    assert_true(taglist_get(&list, "a", &value));
    assert_str(value, "x y");
    assert_str(taglist_compact(arena, value), "xy");
    assert_true(taglist_get(&list, "c", &value));
    assert_str(value, "a=b");
    assert_false(taglist_get(&list, "A", &value));
}

/* ---- ARC ------------------------------------------------------------------------------------------------------------------------- */

#define SET(i, d, results)                                                                                                                        \
    "ARC-Seal: i=" i "; a=rsa-sha256; cv=none; d=" d "; s=one; b=QUJD\r\nARC-Message-Signature: i=" i "; a=rsa-sha256; d=" d                         \
    "; s=one; h=from; bh=QUJD; b=QUJD\r\nARC-Authentication-Results: i=" i "; mx." d "; " results "\r\n"
#define RESULTS "Authentication-Results: mx.contoso.example; arc=pass\r\n"
#define PASSED "dmarc=pass header.from=fabrikam.example"

static struct arc chain(const char *head)
{
    return read_mail(arena_printf(arena, "%sFrom: jo@fabrikam.example\r\n\r\nx\r\n", head)).arc;
}

static void chains(void **state)
{
    (void)state;
    struct arc a = chain(RESULTS SET("1", "lists.example", PASSED));
    assert_int_equal(a.instances, 1);
    assert_str(a.sealer, "lists.example");
    assert_str(a.passed, "fabrikam.example");
    a = chain(RESULTS SET("2", "second.example", "dmarc=fail header.from=fabrikam.example; arc=pass") SET("1", "lists.example", PASSED));
    assert_int_equal(a.instances, 2);
    assert_str(a.sealer, "second.example");
    assert_str(a.passed, "");
    /* Above the results, a gap, one twice, two results: nothing. */
    assert_int_equal(chain(SET("1", "lists.example", PASSED) RESULTS).instances, 0);
    assert_int_equal(chain(RESULTS SET("2", "lists.example", PASSED)).instances, 0);
    assert_int_equal(chain(RESULTS SET("1", "lists.example", PASSED) SET("1", "lists.example", PASSED)).instances, 0);
    assert_int_equal(chain(RESULTS SET("51", "lists.example", PASSED)).instances, 0);
    assert_str(chain(RESULTS SET("1", "lists.example", PASSED "; " PASSED)).passed, "");
    assert_int_equal(chain(SET("1", "lists.example", PASSED)).instances, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_of_the_senders_domain_proves_him),
        cmocka_unit_test(ed25519_and_weak_keys),
        cmocka_unit_test(a_domain_below_is_aligned_unless_the_policy_is_strict),
        cmocka_unit_test(canonical_forms),
        cmocka_unit_test(line_feeds_alone),
        cmocka_unit_test(a_long_body_is_poured_in_pieces),
        cmocka_unit_test(fields_signed_though_they_are_not_there),
        cmocka_unit_test(the_first_that_passes_proves),
        cmocka_unit_test(altered_mails),
        cmocka_unit_test(replayed_with_more_fields),
        cmocka_unit_test(a_part_of_the_body),
        cmocka_unit_test(what_a_signature_says_of_itself),
        cmocka_unit_test(what_a_key_says_of_itself),
        cmocka_unit_test(no_answer_in_time),
        cmocka_unit_test(limits),
        cmocka_unit_test(who_has_vouched_already_is_not_doubted),
        cmocka_unit_test(domains),
        cmocka_unit_test(policies),
        cmocka_unit_test(tag_lists),
        cmocka_unit_test(chains),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
