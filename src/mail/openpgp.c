/* openpgp: librnp by name, not by link, so that no process but a reader with a keyring has it in memory. Each verification lives within one function. */
#include "config.h"

#include "mail/openpgp.h"

#include "mail/address.h"
#include "mail/tidy.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_RNP
#include <dlfcn.h>
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#endif

#define NAME_OCTETS_MAX 254u

static void refuse(struct openpgp_verdict *out, const char *why)
{
    *out = (struct openpgp_verdict){.signer = {"", 0}, .why = str_of(why)};
}

#ifdef HAVE_RNP

#define LIBRARY "librnp.so.0"
#define KEY_UIDS_MAX 64u

/* The functions used, of the types the header gives them. */
#define FUNCTIONS(X)                                                                                                                            \
    X(rnp_ffi_create) X(rnp_ffi_destroy) X(rnp_import_keys) X(rnp_get_public_key_count) X(rnp_set_timestamp) X(rnp_input_from_memory)            \
    X(rnp_input_destroy) X(rnp_output_to_null) X(rnp_output_destroy) X(rnp_op_verify_create) X(rnp_op_verify_detached_create)                   \
    X(rnp_op_verify_execute) X(rnp_op_verify_destroy) X(rnp_op_verify_get_signature_count) X(rnp_op_verify_get_signature_at)                    \
    X(rnp_op_verify_signature_get_status) X(rnp_op_verify_signature_get_hash) X(rnp_op_verify_signature_get_key) X(rnp_key_get_primary_fprint)  \
    X(rnp_key_get_fprint) X(rnp_locate_key) X(rnp_key_is_revoked) X(rnp_key_valid_till64) X(rnp_key_get_uid_count) X(rnp_key_get_uid_handle_at) X(rnp_key_get_uid_at)   \
    X(rnp_uid_is_valid) X(rnp_uid_handle_destroy) X(rnp_key_handle_destroy) X(rnp_buffer_destroy)

#define MEMBER(name) __typeof__(name) *name;
struct openpgp {
    void *library;
    rnp_ffi_t ring;
    FUNCTIONS(MEMBER)
};

/* ISO C knows no way from an object's address to a function's; POSIX (dlsym) does. */
static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static bool find_all(struct openpgp *pgp)
{
    bool all = true;
#define FIND(name) all = find(pgp->library, #name, &pgp->name) && all;
    FUNCTIONS(FIND)
    return all;
}

static bool read_keyring(struct openpgp *pgp, struct str keyring)
{
    rnp_input_t in = NULL;
    size_t count = 0;
    bool good = pgp->rnp_ffi_create(&pgp->ring, "GPG", "GPG") == RNP_SUCCESS &&
                pgp->rnp_input_from_memory(&in, (const uint8_t *)keyring.p, keyring.n, false) == RNP_SUCCESS &&
                pgp->rnp_import_keys(pgp->ring, in, RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE, NULL) == RNP_SUCCESS &&
                pgp->rnp_get_public_key_count(pgp->ring, &count) == RNP_SUCCESS && count > 0;
    if (in != NULL)
        pgp->rnp_input_destroy(in);
    return good;
}

bool openpgp_open(struct openpgp **out, struct str keyring, struct err *err)
{
    struct openpgp *pgp = calloc(1, sizeof *pgp);
    if (pgp == NULL)
        abort();
    pgp->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (pgp->library == NULL || !find_all(pgp))
        err_set(err, ERR_SETUP, "OpenPGP: %s cannot be loaded (package librnp0)", LIBRARY);
    else if (!read_keyring(pgp, keyring))
        err_set(err, ERR_SETUP, "OpenPGP: the keyring holds no public key");
    else {
        *out = pgp;
        return true;
    }
    openpgp_close(&pgp);
    return false;
}

/* The library stays: C++ libraries do not like to go. */
void openpgp_close(struct openpgp **pgp)
{
    if (*pgp != NULL && (*pgp)->ring != NULL)
        (*pgp)->rnp_ffi_destroy((*pgp)->ring);
    free(*pgp);
    *pgp = NULL;
}

/* ---- who signed ----------------------------------------------------------------------------------------------------------- */

struct checking {
    struct arena *arena;
    struct openpgp *pgp;
    struct str from;
    uint64_t at; /* s */
    struct openpgp_verdict *out;
};

/* The address in a user id: "Jo Li (work) <jo@fabrikam.example>", or the address alone. */
static struct str address_of(struct arena *arena, struct str uid)
{
    const char *open = uid.n > 0 ? memrchr(uid.p, '<', uid.n) : NULL;
    struct str addr = open != NULL ? str_sub(uid, (size_t)(open - uid.p) + 1, uid.n) : uid;
    if (open != NULL && addr.n > 0 && addr.p[addr.n - 1] == '>')
        addr.n--;
    addr = str_trim(addr);
    return address_usable(addr) ? address_canonical(arena, addr) : (struct str){"", 0};
}

/* Does a valid user id of the key have the address? The first address it names is told in any case. */
static bool names_sender(struct checking *c, rnp_key_handle_t key)
{
    size_t count = 0;
    bool named = false;
    c->pgp->rnp_key_get_uid_count(key, &count);
    for (size_t i = 0; i < count && i < KEY_UIDS_MAX && !named; i++) {
        rnp_uid_handle_t uid = NULL;
        char *text = NULL;
        bool valid = false;
        if (c->pgp->rnp_key_get_uid_handle_at(key, i, &uid) == RNP_SUCCESS)
            c->pgp->rnp_uid_is_valid(uid, &valid);
        if (valid && c->pgp->rnp_key_get_uid_at(key, i, &text) == RNP_SUCCESS && text != NULL) {
            struct str addr = address_of(c->arena, tidy_line(c->arena, str_of(text), NAME_OCTETS_MAX));
            named = c->from.n > 0 && str_eq(addr, c->from);
            if (named || c->out->signer.n == 0)
                c->out->signer = addr;
        }
        c->pgp->rnp_buffer_destroy(text);
        if (uid != NULL)
            c->pgp->rnp_uid_handle_destroy(uid);
    }
    return named;
}

static bool is_weak(struct checking *c, rnp_op_verify_signature_t signature)
{
    static const char *const weak[] = {"MD5", "SHA1", "RIPEMD160"};
    char *hash = NULL;
    bool found = c->pgp->rnp_op_verify_signature_get_hash(signature, &hash) != RNP_SUCCESS || hash == NULL;
    for (size_t i = 0; i < sizeof weak / sizeof *weak && !found; i++)
        found = str_ieq(str_of(hash), str_of(weak[i]));
    c->pgp->rnp_buffer_destroy(hash);
    return found;
}

/* The primary key of the one that signed, which may be a subkey. The caller destroys it. */
static rnp_key_handle_t primary_of(struct openpgp *pgp, rnp_op_verify_signature_t signature)
{
    rnp_key_handle_t key = NULL, primary = NULL;
    char *fingerprint = NULL;
    if (pgp->rnp_op_verify_signature_get_key(signature, &key) != RNP_SUCCESS || key == NULL)
        return NULL;
    if (pgp->rnp_key_get_primary_fprint(key, &fingerprint) == RNP_SUCCESS && fingerprint != NULL &&
        pgp->rnp_locate_key(pgp->ring, "fingerprint", fingerprint, &primary) == RNP_SUCCESS && primary != NULL)
        pgp->rnp_key_handle_destroy(key);
    else
        primary = key;
    pgp->rnp_buffer_destroy(fingerprint);
    return primary;
}

/* A good signature: is the key one that counts? When it was made is only the signer's word; so the key must be good at the time the mail came. */
static void judge_key(struct checking *c, rnp_key_handle_t key, bool fits)
{
    char *fingerprint = NULL;
    bool revoked = true;
    uint64_t until = 0;
    c->pgp->rnp_key_is_revoked(key, &revoked);
    c->pgp->rnp_key_valid_till64(key, &until);
    c->pgp->rnp_key_get_fprint(key, &fingerprint);
    struct str print = arena_str(c->arena, str_of(fingerprint != NULL ? fingerprint : "?"));
    c->pgp->rnp_buffer_destroy(fingerprint);
    bool named = names_sender(c, key);
    const char *what = revoked          ? "by a key that was revoked"
                       : !fits          ? "that does not fit: the text was altered, or the key was not good for it"
                       : until < c->at  ? "by a key that has ended"
                       : !named         ? "by a key that does not name the sender"
                                        : "by the sender's key";
    c->out->verified = !revoked && fits && until >= c->at && named;
    c->out->why = arena_printf(c->arena, "OpenPGP signature %s (%.*s)", what, STR_ARG(print));
}

static void judge(struct checking *c, rnp_op_verify_signature_t signature)
{
    rnp_result_t status = c->pgp->rnp_op_verify_signature_get_status(signature);
    rnp_key_handle_t key = primary_of(c->pgp, signature);
    if (key == NULL)
        refuse(c->out, "OpenPGP signature by a key that is not in the keyring");
    else if (status == RNP_ERROR_SIGNATURE_EXPIRED)
        refuse(c->out, "OpenPGP signature that has expired");
    else if (is_weak(c, signature))
        refuse(c->out, "OpenPGP signature with a digest that proves nothing any more");
    else {
        refuse(c->out, "");
        judge_key(c, key, status == RNP_SUCCESS);
    }
    c->pgp->rnp_key_handle_destroy(key);
}

/* The first signature that proves the sender, else what the first one lacks. */
static void judge_all(struct checking *c, rnp_op_verify_t op)
{
    size_t count = 0;
    struct openpgp_verdict first = {0};
    c->pgp->rnp_op_verify_execute(op); /* what it gives is also said of each signature */
    c->pgp->rnp_op_verify_get_signature_count(op, &count);
    refuse(c->out, "OpenPGP signature that cannot be read");
    for (size_t i = 0; i < count && i < OPENPGP_SIGNERS_MAX && !c->out->verified; i++) {
        rnp_op_verify_signature_t signature = NULL;
        if (c->pgp->rnp_op_verify_get_signature_at(op, i, &signature) != RNP_SUCCESS)
            break;
        judge(c, signature);
        if (i == 0)
            first = *c->out;
    }
    if (!c->out->verified && first.why.n > 0)
        *c->out = first;
}

/* ---- what was signed ------------------------------------------------------------------------------------------------------- */

static void add_crlf(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
            buf_char(out, '\r');
        buf_char(out, s.p[i]);
    }
}

static bool input(struct openpgp *pgp, struct str octets, rnp_input_t *in)
{
    return pgp->rnp_input_from_memory(in, (const uint8_t *)octets.p, octets.n, false) == RNP_SUCCESS;
}

static bool ready(struct openpgp *pgp, int64_t at, struct openpgp_verdict *out)
{
    if (pgp == NULL)
        refuse(out, "OpenPGP signatures are not verified: no keyring is configured");
    else if (at <= 0 || pgp->rnp_set_timestamp(pgp->ring, (uint64_t)at / 1000) != RNP_SUCCESS)
        refuse(out, "OpenPGP signature of a mail whose time is unknown");
    else
        return true;
    return false;
}

void openpgp_verify(struct arena *arena, struct openpgp *pgp, struct str content, struct str signature, struct str from, int64_t at, struct openpgp_verdict *out)
{
    struct checking c = {arena, pgp, from, (uint64_t)at / 1000, out};
    struct buf canonical = {0};
    rnp_input_t data = NULL, proof = NULL;
    rnp_op_verify_t op = NULL;
    if (!ready(pgp, at, out))
        return;
    add_crlf(&canonical, content);
    refuse(out, "OpenPGP signature that cannot be read");
    if (signature.n > 0 && signature.n <= OPENPGP_SIGNATURE_MAX && input(pgp, buf_view(&canonical), &data) && input(pgp, signature, &proof) &&
        pgp->rnp_op_verify_detached_create(&op, pgp->ring, data, proof) == RNP_SUCCESS)
        judge_all(&c, op);
    pgp->rnp_op_verify_destroy(op);
    pgp->rnp_input_destroy(proof);
    pgp->rnp_input_destroy(data);
    buf_free(&canonical);
}

/* Is anything said outside the one signed block? */
static bool is_covered(struct str text)
{
    struct str line;
    bool ended = false, begun = false;
    while (str_line(&text, &line)) {
        line = str_trim(line);
        bool begins = str_eq(line, STR("-----BEGIN PGP SIGNED MESSAGE-----"));
        if (begins && begun)
            return false;
        if ((ended || !begun) && !begins && line.n > 0)
            return false;
        begun = begun || begins;
        ended = ended || str_eq(line, STR("-----END PGP SIGNATURE-----"));
    }
    return ended;
}

void openpgp_verify_text(struct arena *arena, struct openpgp *pgp, struct str text, struct str from, int64_t at, struct openpgp_verdict *out)
{
    struct checking c = {arena, pgp, from, (uint64_t)at / 1000, out};
    rnp_input_t in = NULL;
    rnp_output_t nowhere = NULL;
    rnp_op_verify_t op = NULL;
    if (!ready(pgp, at, out))
        return;
    if (!is_covered(text)) {
        refuse(out, "OpenPGP signature that leaves parts of the text uncovered");
        return;
    }
    refuse(out, "OpenPGP signature that cannot be read");
    text = str_trim(text);
    if (text.n <= OPENPGP_TEXT_MAX && input(pgp, text, &in) && pgp->rnp_output_to_null(&nowhere) == RNP_SUCCESS &&
        pgp->rnp_op_verify_create(&op, pgp->ring, in, nowhere) == RNP_SUCCESS)
        judge_all(&c, op);
    pgp->rnp_op_verify_destroy(op);
    pgp->rnp_output_destroy(nowhere);
    pgp->rnp_input_destroy(in);
}

#else

bool openpgp_open(struct openpgp **out, struct str keyring, struct err *err)
{
    (void)keyring;
    *out = NULL;
    return err_set(err, ERR_SETUP, "OpenPGP: built without librnp, so no keyring can be read");
}

void openpgp_close(struct openpgp **pgp)
{
    *pgp = NULL;
}

void openpgp_verify(struct arena *arena, struct openpgp *pgp, struct str content, struct str signature, struct str from, int64_t at, struct openpgp_verdict *out)
{
    (void)arena, (void)pgp, (void)content, (void)signature, (void)from, (void)at;
    refuse(out, "OpenPGP signatures are not verified: built without librnp");
}

void openpgp_verify_text(struct arena *arena, struct openpgp *pgp, struct str text, struct str from, int64_t at, struct openpgp_verdict *out)
{
    (void)text;
    openpgp_verify(arena, pgp, STR(""), STR(""), from, at, out);
}

#endif
