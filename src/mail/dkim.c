/* dkim: what a signature says, then what it was made over. Every refusal names its reason, in the words of a help desk. */
#include "mail/dkim.h"

#include "mail/domain.h"
#include "mail/taglist.h"

#include "base/base64.h"

#include <string.h>

const char *dkim_result_name(enum dkim_result result)
{
    static const char *const names[DKIM_RESULTS] = {[DKIM_OPEN] = "open",     [DKIM_PASS] = "pass",           [DKIM_FAIL] = "fail",
                                                    [DKIM_POLICY] = "policy", [DKIM_TEMPERROR] = "temperror", [DKIM_PERMERROR] = "permerror"};
    return result < DKIM_RESULTS ? names[result] : "unknown";
}

static bool refuse(struct dkim_signature *s, enum dkim_result result, const char *why)
{
    s->result = result;
    s->why = str_of(why);
    return false;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------- */

struct opening {
    struct arena *arena;
    struct taglist tags;
    int64_t received;
    struct dkim_signature *s;
    struct dkim_terms *terms;
};

static struct str value_of(const struct opening *o, const char *tag)
{
    struct str value = {"", 0};
    taglist_get(&o->tags, tag, &value);
    return value;
}

static bool take_algorithm(struct opening *o)
{
    static const struct {
        const char *name;
        enum dkim_algorithm algorithm;
    } table[] = {{"rsa-sha256", DKIM_RSA}, {"ed25519-sha256", DKIM_ED25519}};
    struct str name = value_of(o, "a");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_ieq(name, str_of(table[i].name))) {
            o->s->algorithm = table[i].algorithm;
            return true;
        }
    return refuse(o->s, DKIM_PERMERROR, str_ieq(name, STR("rsa-sha1")) ? "made with SHA-1, which proves nothing" : "unknown algorithm");
}

static bool take_form(struct str word, bool *relaxed)
{
    *relaxed = str_ieq(word, STR("relaxed"));
    return *relaxed || str_ieq(word, STR("simple"));
}

/* c=head/body; either is "simple" when it is not said. */
static bool take_canonicalisation(struct opening *o)
{
    struct str rest = value_of(o, "c"), head = {NULL, 0};
    if (rest.n == 0)
        return true;
    str_cut(&rest, '/', &head);
    if (take_form(str_trim(head), &o->terms->relaxed_head) && (rest.n == 0 || take_form(str_trim(rest), &o->terms->relaxed_body)))
        return true;
    return refuse(o->s, DKIM_PERMERROR, "unknown canonicalisation");
}

/* i=: an address of d= or of a domain below it. */
static bool take_identity(struct opening *o)
{
    struct str identity = taglist_compact(o->arena, value_of(o, "i")), domain = identity;
    if (identity.n == 0)
        return true;
    for (size_t i = 0; i < identity.n; i++)
        if (identity.p[i] == '@')
            domain = str_sub(identity, i + 1, identity.n);
    domain = domain_ascii(o->arena, domain);
    struct str d = o->s->domain;
    o->s->below = domain.n > d.n + 1 && domain.p[domain.n - d.n - 1] == '.' && str_iends(domain, d);
    if (o->s->below || (domain.n > 0 && str_eq(domain, d)))
        return true;
    return refuse(o->s, DKIM_PERMERROR, "i= is not of the domain d=");
}

static bool take_names(struct opening *o)
{
    o->s->domain = domain_ascii(o->arena, value_of(o, "d"));
    o->s->selector = domain_ascii(o->arena, value_of(o, "s"));
    if (o->s->domain.n == 0 || str_find(o->s->domain, STR(".")) < 0)
        return refuse(o->s, DKIM_PERMERROR, "d= is no domain");
    if (o->s->selector.n == 0 || o->s->selector.n + o->s->domain.n + sizeof "._domainkey." - 1 > DOMAIN_MAX)
        return refuse(o->s, DKIM_PERMERROR, "s= is no selector");
    return take_identity(o);
}

/* Seconds; q=, t= and x= are the only ones that may be missing. */
static bool take_times(struct opening *o)
{
    struct str made = value_of(o, "t"), expires = value_of(o, "x"), query = value_of(o, "q");
    uint64_t from = 0, until = 0;
    if (query.n > 0 && str_ifind(query, STR("dns/txt")) < 0)
        return refuse(o->s, DKIM_PERMERROR, "its key is not in the DNS");
    if ((made.n > 0 && !str_u64(made, &from)) || (expires.n > 0 && (!str_u64(expires, &until) || until < from)))
        return refuse(o->s, DKIM_PERMERROR, "times that make no sense");
    if (expires.n > 0 && o->received > 0 && (uint64_t)(o->received / 1000) > until)
        return refuse(o->s, DKIM_POLICY, "it had expired when the mail came");
    return true;
}

/* l= is taken to see whether it leaves out anything. */
static bool take_length(struct opening *o)
{
    struct str length = value_of(o, "l");
    o->terms->has_length = length.n > 0;
    if (length.n > 0 && !str_u64(length, &o->terms->length))
        return refuse(o->s, DKIM_PERMERROR, "l= is no number");
    return true;
}

static bool take_octets(struct opening *o)
{
    if (!base64_decode(o->arena, taglist_compact(o->arena, value_of(o, "b")), &o->s->octets) || o->s->octets.n == 0 ||
        o->s->octets.n > DKIM_OCTETS_MAX)
        return refuse(o->s, DKIM_PERMERROR, "b= is no signature");
    if (!base64_decode(o->arena, taglist_compact(o->arena, value_of(o, "bh")), &o->terms->body_hash) || o->terms->body_hash.n != HASH_SIZE)
        return refuse(o->s, DKIM_PERMERROR, "bh= is no digest of SHA-256");
    return true;
}

static bool names_field(struct str names, struct str wanted)
{
    struct str name;
    while (taglist_item(&names, &name))
        if (str_ieq(name, wanted))
            return true;
    return false;
}

static bool take_signed_fields(struct opening *o)
{
    size_t count = 0;
    struct str rest = o->terms->names = value_of(o, "h"), name;
    while (taglist_item(&rest, &name))
        count++;
    if (count == 0 || count > DKIM_NAMES_MAX)
        return refuse(o->s, DKIM_PERMERROR, count == 0 ? "no field is signed" : "too many fields in h=");
    if (!names_field(o->terms->names, STR("From")))
        return refuse(o->s, DKIM_PERMERROR, "From is not signed");
    return true;
}

static bool take_version(struct opening *o)
{
    ptrdiff_t colon = str_find(o->terms->raw, STR(":"));
    struct str value = colon < 0 ? (struct str){"", 0} : str_sub(o->terms->raw, (size_t)colon + 1, o->terms->raw.n);
    if (!taglist_read(value, &o->tags))
        return refuse(o->s, DKIM_PERMERROR, "a signature that cannot be read");
    if (!str_eq(value_of(o, "v"), STR("1")))
        return refuse(o->s, DKIM_PERMERROR, "a version we do not know");
    return true;
}

void dkim_open(struct arena *arena, struct str raw, int64_t received, struct dkim_signature *signature, struct dkim_terms *terms)
{
    static bool (*const steps[])(struct opening *) = {take_version, take_names,  take_algorithm,     take_canonicalisation,
                                                      take_times,   take_length, take_signed_fields, take_octets};
    struct opening o = {.arena = arena, .received = received, .s = signature, .terms = terms};
    *signature = (struct dkim_signature){.domain = {"", 0}, .selector = {"", 0}, .octets = {"", 0}, .why = STR("the body fits; its key was not asked for")};
    *terms = (struct dkim_terms){.raw = raw};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (!steps[i](&o))
            return;
}

/* ---- the digest ---------------------------------------------------------------------------------------------------------------- */

/* Fields that make sense once only: one more of them on top of a signed mail would be read instead of the signed one. */
static const char *const single[] = {"From", "Subject", "Date", "To", "Cc", "Reply-To", "Sender", "Message-ID", "In-Reply-To", "References",
                                     "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};

static size_t times_named(struct str names, struct str wanted)
{
    size_t count = 0;
    struct str name;
    while (taglist_item(&names, &name))
        count += str_ieq(name, wanted);
    return count;
}

static const char *added_field(const struct canon *mail, struct str names)
{
    for (size_t k = 0; k < sizeof single / sizeof *single; k++) {
        size_t there = 0;
        for (size_t i = 0; i < mail->field_count; i++)
            there += str_ieq(mail->fields[i].name, str_of(single[k]));
        if (there > 1 && there > times_named(names, str_of(single[k])))
            return single[k];
    }
    return NULL;
}

/* RFC 6376 section 5.4.2: each name takes the lowest field of it not yet taken; one that is not there adds nothing. */
static void add_signed_fields(struct canon *mail, const struct dkim_terms *terms, struct buf *out)
{
    bool taken[CANON_FIELDS_MAX] = {false};
    struct str rest = terms->names, name;
    while (taglist_item(&rest, &name)) {
        size_t i = mail->field_count;
        while (i > 0 && (taken[i - 1] || !str_ieq(mail->fields[i - 1].name, name)))
            i--;
        if (i == 0)
            continue;
        taken[i - 1] = true;
        canon_header(out, mail->fields[i - 1].raw, terms->relaxed_head);
    }
}

/* The signature's own field with the value of b= left out. */
static struct str without_signature(struct arena *arena, struct str raw)
{
    struct buf out = {0};
    size_t colon = (size_t)str_find(raw, STR(":"));
    buf_str(&out, str_sub(raw, 0, colon + 1));
    struct str rest = str_sub(raw, colon + 1, raw.n), part;
    while (str_cut(&rest, ';', &part)) {
        ptrdiff_t equals = str_find(part, STR("="));
        bool is_b = equals > 0 && str_eq(str_trim(str_sub(part, 0, (size_t)equals)), STR("b"));
        buf_str(&out, is_b ? str_sub(part, 0, (size_t)equals + 1) : part);
        if (part.p + part.n < raw.p + raw.n) /* a semicolon stood there */
            buf_char(&out, ';');
    }
    struct str field = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return field;
}

static bool body_fits(struct canon *mail, const struct dkim_terms *terms, struct dkim_signature *s)
{
    uint64_t size = 0;
    const uint8_t *digest = canon_body(mail, terms->relaxed_body, &size);
    if (terms->has_length && terms->length < size)
        return refuse(s, DKIM_POLICY, "it leaves a part of the body unsigned (l=)");
    if ((terms->has_length && terms->length > size) || !hash_equal(digest, (const uint8_t *)terms->body_hash.p, HASH_SIZE))
        return refuse(s, DKIM_FAIL, "the body was altered");
    return true;
}

void dkim_digest(struct canon *mail, const struct dkim_terms *terms, struct dkim_signature *s)
{
    const char *added = added_field(mail, terms->names);
    if (s->result != DKIM_OPEN || !body_fits(mail, terms, s))
        return;
    if (added != NULL) {
        s->result = DKIM_POLICY;
        s->why = arena_printf(mail->arena, "more %s fields than were signed", added);
        return;
    }
    struct buf octets = {0};
    add_signed_fields(mail, terms, &octets);
    canon_header(&octets, without_signature(mail->arena, terms->raw), terms->relaxed_head);
    octets.n -= 2; /* the last CRLF is not signed */
    hash_sha256(buf_view(&octets), s->digest);
    buf_free(&octets);
}

struct str dkim_key_name(struct arena *arena, const struct dkim_signature *s)
{
    return arena_printf(arena, "%.*s._domainkey.%.*s", STR_ARG(s->selector), STR_ARG(s->domain));
}
