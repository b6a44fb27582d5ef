/* protection: layer by layer from the outside. A layer that wraps the whole mail is judged; one that wraps only a part of it is named, and
 * proves nothing of the rest. */
#include "mail/protection.h"

#include "mail/address.h"
#include "mail/smime.h"

enum layer { LAYER_NONE, LAYER_SMIME_DETACHED, LAYER_SMIME_CMS, LAYER_PGP_SIGNED, LAYER_PGP_ENCRYPTED };

static bool is_one_of(const struct mime_part *p, const char *type, const char *other)
{
    return mime_is(p, type) || mime_is(p, other);
}

static enum layer layer_of(const struct mime *m, uint32_t i)
{
    const struct mime_part *p = &m->parts[i];
    if (is_one_of(p, "application/pkcs7-mime", "application/x-pkcs7-mime"))
        return LAYER_SMIME_CMS;
    if (mime_is(p, "application/octet-stream") && str_iends(p->name, STR(".p7m")))
        return LAYER_SMIME_CMS;
    if (mime_is(p, "multipart/encrypted"))
        return LAYER_PGP_ENCRYPTED;
    if (!mime_is(p, "multipart/signed") || p->child == MIME_NONE)
        return LAYER_NONE;
    for (uint32_t c = m->parts[p->child].next; c != MIME_NONE; c = m->parts[c].next) {
        if (is_one_of(&m->parts[c], "application/pkcs7-signature", "application/x-pkcs7-signature"))
            return LAYER_SMIME_DETACHED;
        if (mime_is(&m->parts[c], "application/pgp-signature"))
            return LAYER_PGP_SIGNED;
    }
    return LAYER_NONE;
}

static struct str sender(struct arena *arena, const struct message *m)
{
    bool one = m->from.count == 1 && (m->defects & MESSAGE_TWO_FROM) == 0;
    return one ? address_canonical(arena, m->from.list[0].addr) : (struct str){"", 0};
}

static void note(struct message *m, struct signature found)
{
    if (!m->signature.verified)
        m->signature = found;
}

static void note_smime(struct message *m, const struct smime_verdict *v)
{
    note(m, (struct signature){PROTECTION_SMIME, v->verified, v->signer, v->why});
}

static void note_pgp(struct message *m, const struct openpgp_verdict *v)
{
    note(m, (struct signature){PROTECTION_PGP, v->verified, v->signer, v->why});
}

static void name_signature(struct message *m, enum protection kind, const char *why)
{
    note(m, (struct signature){kind, false, {"", 0}, str_of(why)});
}

static struct str decoded(struct arena *arena, const struct mime_part *p)
{
    struct buf room = {0};
    struct str octets = arena_str(arena, transfer_decode(&room, p->body, p->transfer));
    buf_free(&room);
    return octets;
}

/* The signed part is everything we show of the mail only when the signature is the one thing beside it. */
static void judge_detached(struct arena *arena, const struct message_context *context, const struct mime *mime, enum layer layer, struct message *m)
{
    const struct mime_part *content = &mime->parts[mime->parts[0].child], *signature = &mime->parts[content->next];
    enum protection kind = layer == LAYER_PGP_SIGNED ? PROTECTION_PGP : PROTECTION_SMIME;
    if (signature->next != MIME_NONE) {
        name_signature(m, kind, kind == PROTECTION_PGP ? "OpenPGP signature that leaves parts of the mail uncovered" : "S/MIME signature that leaves parts of the mail uncovered");
        return;
    }
    struct str entity = {content->head.p, (size_t)(content->body.p + content->body.n - content->head.p)}, proof = decoded(arena, signature);
    struct smime_verdict by_certificate;
    struct openpgp_verdict by_key;
    if (kind == PROTECTION_PGP) {
        openpgp_verify(arena, context->pgp, entity, proof, sender(arena, m), context->received, &by_key);
        note_pgp(m, &by_key);
        return;
    }
    smime_verify(arena, entity, proof, context->smime.authorities, sender(arena, m), context->received, &by_certificate);
    note_smime(m, &by_certificate);
}

/* Goes on with what was inside. */
static void enter(struct arena *arena, struct mime *mime, struct buf *inner)
{
    struct str octets = arena_str(arena, buf_view(inner));
    buf_free(inner);
    mime_read(arena, octets, mime);
}

/* False: it stays closed. */
static bool open_cms(struct arena *arena, const struct message_context *context, struct mime *mime, struct message *m)
{
    static const char *const closed[] = {[SMIME_NO_KEY] = "encrypted with S/MIME to a key we do not have", [SMIME_UNREADABLE] = "S/MIME container that cannot be read"};
    struct str cms = decoded(arena, &mime->parts[0]);
    struct buf inner = {0};
    if (smime_content(cms, &inner)) {
        struct smime_verdict v;
        smime_verify(arena, (struct str){0}, cms, context->smime.authorities, sender(arena, m), context->received, &v);
        note_smime(m, &v);
        enter(arena, mime, &inner);
        return true;
    }
    enum smime_opened opened = smime_decrypt(cms, context->smime.key, &inner);
    m->encrypted = PROTECTION_SMIME;
    m->encrypted_why = opened == SMIME_OPENED ? STR("encrypted with S/MIME, decrypted") : str_of(closed[opened]);
    if (opened != SMIME_OPENED)
        return false;
    enter(arena, mime, &inner);
    return true;
}

/* Somewhere inside, but not around the whole: a footer of a list, a forwarded part. What is inside an attached mail is not ours to name. */
static void name_parts(const struct mime *mime, struct message *m)
{
    for (uint32_t i = 1; i < mime->count; i++) {
        bool attached = false;
        for (uint32_t p = mime->parts[i].parent; p != MIME_NONE && !attached; p = mime->parts[p].parent)
            attached = mime_is_a(&mime->parts[p], "message/");
        enum layer layer = attached ? LAYER_NONE : layer_of(mime, i);
        if (m->signature.kind == PROTECTION_NONE && layer == LAYER_SMIME_DETACHED)
            name_signature(m, PROTECTION_SMIME, "S/MIME signature over a part of the mail only");
        if (m->signature.kind == PROTECTION_NONE && layer == LAYER_PGP_SIGNED)
            name_signature(m, PROTECTION_PGP, "PGP signature over a part of the mail only");
        if (m->encrypted == PROTECTION_NONE && (layer == LAYER_PGP_ENCRYPTED || layer == LAYER_SMIME_CMS)) {
            m->encrypted = layer == LAYER_PGP_ENCRYPTED ? PROTECTION_PGP : PROTECTION_SMIME;
            m->encrypted_why = STR("a part of the mail is an encrypted or signed container; it was not opened");
        }
    }
}

void protection_open(struct arena *arena, const struct message_context *context, struct mime *mime, struct message *m)
{
    static const struct message_context nothing;
    bool deeper = true;
    for (unsigned i = 0; i < PROTECTION_LAYERS_MAX && deeper; i++) {
        enum layer layer = layer_of(mime, 0);
        deeper = false;
        if (layer == LAYER_SMIME_CMS)
            deeper = open_cms(arena, context != NULL ? context : &nothing, mime, m);
        else if (layer == LAYER_SMIME_DETACHED || layer == LAYER_PGP_SIGNED)
            judge_detached(arena, context != NULL ? context : &nothing, mime, layer, m);
        else if (layer == LAYER_PGP_ENCRYPTED)
            m->encrypted = PROTECTION_PGP, m->encrypted_why = STR("encrypted with PGP");
        else
            name_parts(mime, m);
    }
}

void protection_strip(struct arena *arena, struct mime *mime)
{
    bool deeper = true;
    for (unsigned i = 0; i < PROTECTION_LAYERS_MAX && deeper && layer_of(mime, 0) == LAYER_SMIME_CMS; i++) {
        struct buf inner = {0};
        deeper = smime_content(decoded(arena, &mime->parts[0]), &inner);
        if (deeper)
            enter(arena, mime, &inner);
        buf_free(&inner);
    }
}

static bool has_line(struct str text, struct str wanted)
{
    struct str line;
    while (str_line(&text, &line))
        if (str_eq(str_trim(line), wanted))
            return true;
    return false;
}

/* The octets as they were written: what we show of a text may be converted, and fits no signature. */
static void judge_text(struct arena *arena, const struct message_context *context, const struct mime *mime, struct message *m)
{
    struct openpgp_verdict v;
    if (mime->count != 1 || !mime_is(&mime->parts[0], "text/plain"))
        name_signature(m, PROTECTION_PGP, "OpenPGP signature in the text of a mail that has other parts");
    else {
        openpgp_verify_text(arena, context != NULL ? context->pgp : NULL, decoded(arena, &mime->parts[0]), sender(arena, m), context != NULL ? context->received : 0, &v);
        note_pgp(m, &v);
    }
}

void protection_inline(struct arena *arena, const struct message_context *context, const struct mime *mime, struct message *m)
{
    if (m->signature.kind == PROTECTION_NONE && has_line(m->text, STR("-----BEGIN PGP SIGNED MESSAGE-----")))
        judge_text(arena, context, mime, m);
    if (m->encrypted == PROTECTION_NONE && has_line(m->text, STR("-----BEGIN PGP MESSAGE-----"))) {
        m->encrypted = PROTECTION_PGP;
        m->encrypted_why = STR("encrypted with PGP");
    }
}
