/* openpgp: signatures made by GnuPG (tests/unit/openpgp: its keys and signatures, of 2026-09-10 unless the name says otherwise), in mails of our own; each way in
 * which they prove nothing; the same inside the reader's jail. */
#include "config.h"

#include "mail_fixture.h"

#include "base/file.h"
#include "base/jail.h"
#include "mail/openpgp.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1789344000000)  /* 2026-09-14 */
#define THEN INT64_C(1736640000000) /* 2025-01-12 */
#define CONTENT "Content-Type: text/plain; charset=utf-8\r\n\r\nPlease open the gate at seven.  \r\n- and shut it at eight\r\n"
#define JO "jo@fabrikam.example"
#define JO_KEY "105A67742D87DC1CBDF840CA53098867F6E2A40C"

static struct arena *arena;
#ifdef HAVE_RNP
static struct openpgp *ring;

static struct str read_fixture(const char *name)
{
    const char *top = getenv("TOP_SRCDIR");
    struct str octets;
    struct err err = {0};
    if (!file_read(arena, arena_printf(arena, "%s/tests/unit/openpgp/%s", top != NULL ? top : ".", name).p, 1 << 20, &octets, &err))
        fail_msg("%s", err.text);
    return octets;
}

/* ---- signatures beside their content ----------------------------------------------------------------------------------------- */

struct proof {
    const char *signature, *from;
    int64_t at;
    bool verified;
    const char *signer, *why;
};

static const struct proof proofs[] = {
    {"jo.sig", JO, NOW, true, JO, "OpenPGP signature by the sender's key (" JO_KEY ")"},
    {"jo-text.sig", JO, NOW, true, JO, "OpenPGP signature by the sender's key (" JO_KEY ")"},
    {"jo.sig", "jo@home.example", NOW, true, "jo@home.example", "OpenPGP signature by the sender's key (" JO_KEY ")"},
    {"jo.sig", "eve@fabrikam.example", NOW, false, JO, "OpenPGP signature by a key that does not name the sender (" JO_KEY ")"},
    {"jo.sig", "", NOW, false, JO, "OpenPGP signature by a key that does not name the sender (" JO_KEY ")"},
    {"jo.sig", JO, 0, false, "", "OpenPGP signature of a mail whose time is unknown"},
    {"jo-sha1.sig", JO, NOW, false, "", "OpenPGP signature with a digest that proves nothing any more"},
    {"jo-expired.sig", JO, NOW, false, "", "OpenPGP signature that has expired"},
    {"stranger.sig", JO, NOW, false, "", "OpenPGP signature by a key that is not in the keyring"},
    {"gone.sig", "gone@fabrikam.example", NOW, false, "gone@fabrikam.example", "OpenPGP signature by a key that was revoked (64D09D58FF1368400089EA641F8457516333B042)"},
    {"old-then.sig", "old@fabrikam.example", THEN, true, "old@fabrikam.example", "OpenPGP signature by the sender's key (A2265132EEFA45B5D44EFE91D9A274B885445E99)"},
    {"ring.asc", JO, NOW, false, "", "OpenPGP signature that cannot be read"},
};

static void what_proves_a_sender_and_what_does_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++) {
        const struct proof *p = &proofs[i];
        struct openpgp_verdict v;
        openpgp_verify(arena, ring, STR(CONTENT), read_fixture(p->signature), str_of(p->from), p->at, &v);
        if (v.verified != p->verified || !str_eq(v.signer, str_of(p->signer)) || !str_eq(v.why, str_of(p->why)))
            fail_msg("%s from %s: %d \"%.*s\" \"%.*s\"", p->signature, p->from, v.verified, STR_ARG(v.signer), STR_ARG(v.why));
    }
}

/* A key that ended signs nothing after its end, whenever the mail says it was written. */
static void an_ended_key_proves_nothing_today(void **state)
{
    (void)state;
    struct openpgp_verdict v;
    openpgp_verify(arena, ring, STR(CONTENT), read_fixture("old-then.sig"), STR("old@fabrikam.example"), NOW, &v);
    assert_false(v.verified);
    assert_str(v.why, "OpenPGP signature by a key that has ended (A2265132EEFA45B5D44EFE91D9A274B885445E99)");
}

static void every_octet_of_the_content_matters(void **state)
{
    (void)state;
    struct str signature = read_fixture("jo.sig");
    for (size_t i = 0; i < sizeof CONTENT - 1; i += 3) {
        char *altered = arena_text(arena, STR(CONTENT));
        altered[i] ^= 1;
        struct openpgp_verdict v;
        openpgp_verify(arena, ring, str_of(altered), signature, STR(JO), NOW, &v);
        assert_false(v.verified);
    }
    struct openpgp_verdict v;
    struct buf bare = {0};
    for (const char *p = CONTENT; *p != '\0'; p++)
        if (*p != '\r')
            buf_char(&bare, *p);
    openpgp_verify(arena, ring, buf_view(&bare), signature, STR(JO), NOW, &v);
    assert_true(v.verified); /* as a mailbox with bare line feeds keeps it */
    buf_free(&bare);
}

static void no_cut_of_a_signature_kills(void **state)
{
    (void)state;
    struct str signature = read_fixture("jo.sig");
    for (size_t n = 0; n < signature.n - 40; n += 3) {
        struct openpgp_verdict v;
        openpgp_verify(arena, ring, STR(CONTENT), str_sub(signature, 0, n), STR(JO), NOW, &v);
        assert_false(v.verified);
    }
}

/* ---- mails ------------------------------------------------------------------------------------------------------------------- */

static struct message read_mail(struct str raw, struct openpgp *pgp)
{
    struct message_context context = {.pgp = pgp, .received = NOW};
    struct message m;
    message_read(arena, raw, &context, &m);
    return m;
}

static struct str signed_mail(const char *head, const char *signature, const char *more)
{
    return arena_printf(arena,
                        "%sSubject: x\r\nContent-Type: multipart/signed; micalg=pgp-sha256; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n--s\r\n" CONTENT
                        "\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n%.*s\r\n%s--s--\r\n",
                        head, STR_ARG(read_fixture(signature)), more);
}

static void signed_mails(void **state)
{
    (void)state;
    struct message m = read_mail(signed_mail("From: Jo <" JO ">\r\n", "jo.sig", ""), ring);
    assert_int_equal(m.signature.kind, PROTECTION_PGP);
    assert_str(m.signature.why, "OpenPGP signature by the sender's key (" JO_KEY ")");
    assert_true(m.signature.verified);
    m = read_mail(signed_mail("From: Jo <" JO ">\r\n", "jo.sig", ""), NULL);
    assert_false(m.signature.verified);
    assert_str(m.signature.why, "OpenPGP signatures are not verified: no keyring is configured");
    m = read_mail(signed_mail("From: " JO "\r\nFrom: eve@fabrikam.example\r\n", "jo.sig", ""), ring);
    assert_false(m.signature.verified);
    m = read_mail(signed_mail("From: " JO "\r\n", "jo.sig", "--s\r\nContent-Type: text/plain\r\n\r\nunsigned\r\n"), ring);
    assert_false(m.signature.verified);
    assert_str(m.signature.why, "OpenPGP signature that leaves parts of the mail uncovered");
}

static void signed_texts(void **state)
{
    (void)state;
    struct str clear = read_fixture("clear.asc");
    const struct {
        struct str raw;
        bool verified;
        const char *why;
    } table[] = {
        {arena_printf(arena, "From: " JO "\r\n\r\n%.*s\r\n", STR_ARG(clear)), true, "OpenPGP signature by the sender's key (" JO_KEY ")"},
        {arena_printf(arena, "From: " JO "\r\nContent-Type: text/html\r\n\r\n<pre>%.*s</pre>\r\n", STR_ARG(clear)), false, "OpenPGP signature in the text of a mail that has other parts"},
        {arena_printf(arena, "From: " JO "\r\n\r\nPay Eve.\r\n%.*s\r\n", STR_ARG(clear)), false, "OpenPGP signature that leaves parts of the text uncovered"},
        {arena_printf(arena, "From: " JO "\r\n\r\n%.*s\r\nPay Eve.\r\n", STR_ARG(clear)), false, "OpenPGP signature that leaves parts of the text uncovered"},
        {arena_printf(arena, "From: " JO "\r\n\r\n%.*s%.*s", STR_ARG(clear), STR_ARG(clear)), false, "OpenPGP signature that leaves parts of the text uncovered"},
        {arena_printf(arena, "From: " JO "\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nPay Eve.\r\n%.*s", STR_ARG(str_sub(clear, (size_t)str_find(clear, STR("-----BEGIN PGP SIGNATURE")), clear.n))),
         false, "OpenPGP signature that does not fit: the text was altered, or the key was not good for it (" JO_KEY ")"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct message m = read_mail(table[i].raw, ring);
        if (m.signature.kind != PROTECTION_PGP || m.signature.verified != table[i].verified || !str_eq(m.signature.why, str_of(table[i].why)))
            fail_msg("%zu: %d \"%.*s\"", i, m.signature.verified, STR_ARG(m.signature.why));
    }
}

static void a_ring_without_keys_is_refused(void **state)
{
    (void)state;
    static const char *const rings[] = {"", "nothing of the kind\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n"};
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
        struct openpgp *none = NULL;
        struct err err = {0};
        assert_false(openpgp_open(&none, str_of(rings[i]), &err));
        assert_null(none);
        assert_int_equal(err.kind, ERR_SETUP);
    }
}

/* What is verified outside is verified inside: librnp asks nothing of the system that the jail forbids. */
static void all_of_it_in_the_jail(void **state)
{
    (void)state;
    struct str mail = signed_mail("From: " JO "\r\n", "jo.sig", ""), clear = arena_printf(arena, "From: " JO "\r\n\r\n%.*s\r\n", STR_ARG(read_fixture("clear.asc")));
    struct str altered = signed_mail("From: " JO "\r\n", "stranger.sig", "");
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int result = 0, nowhere = open("/dev/null", O_WRONLY); /* as the reader does: librnp talks */
        if (dup2(nowhere, STDERR_FILENO) < 0 || !jail_reader(UINT64_C(1) << 30, NULL))
            _exit(1);
        for (unsigned i = 0; i < 50; i++) {
            result |= read_mail(mail, ring).signature.verified ? 0 : 2;
            result |= read_mail(clear, ring).signature.verified ? 0 : 4;
            result |= read_mail(altered, ring).signature.verified ? 8 : 0;
        }
        _exit(result);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int set_up(void **state)
{
    (void)state;
    struct err err = {0};
    arena = arena_new();
    message_prepare();
    if (!openpgp_open(&ring, read_fixture("ring.asc"), &err))
        fail_msg("%s", err.text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    openpgp_close(&ring);
    arena_free(&arena);
    return 0;
}
#else
static void without_the_library_nothing_is_verified(void **state)
{
    (void)state;
    struct openpgp *none = NULL;
    struct openpgp_verdict v;
    struct err err = {0};
    assert_false(openpgp_open(&none, STR("x"), &err));
    assert_int_equal(err.kind, ERR_SETUP);
    openpgp_verify(arena, NULL, STR(CONTENT), STR("x"), STR(JO), NOW + THEN, &v);
    assert_false(v.verified);
    assert_str(v.why, "OpenPGP signatures are not verified: built without librnp");
    assert_str(v.signer, "" + 0 * sizeof JO_KEY);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HAVE_RNP
        cmocka_unit_test(what_proves_a_sender_and_what_does_not), cmocka_unit_test(an_ended_key_proves_nothing_today), cmocka_unit_test(every_octet_of_the_content_matters),
        cmocka_unit_test(no_cut_of_a_signature_kills),            cmocka_unit_test(signed_mails),                      cmocka_unit_test(signed_texts),
        cmocka_unit_test(a_ring_without_keys_is_refused),         cmocka_unit_test(all_of_it_in_the_jail),
#else
        cmocka_unit_test(without_the_library_nothing_is_verified),
#endif
    };
    return cmocka_run_group_tests_name("openpgp", tests, set_up, tear_down);
}
