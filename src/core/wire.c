/* wire: writers and readers of the frames between the processes, side by side so that each pair can be compared at a glance. */
#include "core/wire.h"

#include "mail/domain.h"

#include <string.h>

/* Bounds of what one frame may hold; far above what the writers produce. */
enum {
    WIRE_LIST_MAX = 100000,
    WIRE_RANGES_MAX = 4000000,
    WIRE_SETTINGS_MAX = 4096
};

/* ---- small shared shapes ---------------------------------------------------------------------------------------- */

static struct str get_copy(struct frame_reader *r, struct arena *arena)
{
    return arena_str(arena, frame_get_str(r));
}

static void put_strs(struct buf *out, const struct str *list, size_t count)
{
    frame_put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        frame_put_str(out, list[i]);
}

static struct str_list get_strs(struct frame_reader *r, struct arena *arena)
{
    struct str_list list = {NULL, frame_get_count(r, WIRE_LIST_MAX, 4)};
    list.list = arena_array(arena, list.count, sizeof *list.list);
    for (size_t i = 0; i < list.count; i++)
        list.list[i] = get_copy(r, arena);
    return list;
}

static void put_addresses(struct buf *out, const struct address_list *addresses)
{
    frame_put_u32(out, (uint32_t)addresses->count);
    for (size_t i = 0; i < addresses->count; i++) {
        frame_put_str(out, addresses->list[i].name);
        frame_put_str(out, addresses->list[i].addr);
    }
}

static struct address_list get_addresses(struct frame_reader *r, struct arena *arena)
{
    struct address_list list = {NULL, frame_get_count(r, WIRE_LIST_MAX, 8)};
    list.list = arena_array(arena, list.count, sizeof *list.list);
    for (size_t i = 0; i < list.count; i++) {
        list.list[i].name = get_copy(r, arena);
        list.list[i].addr = get_copy(r, arena);
    }
    return list;
}

static void put_uids(struct buf *out, const struct uid_set *set)
{
    frame_put_u32(out, (uint32_t)set->count);
    for (size_t i = 0; i < set->count; i++) {
        frame_put_u32(out, set->ranges[i].first);
        frame_put_u32(out, set->ranges[i].last);
    }
}

static struct uid_set get_uids(struct frame_reader *r, struct arena *arena)
{
    struct uid_set set = {NULL, frame_get_count(r, WIRE_RANGES_MAX, 8), 0};
    set.ranges = arena_array(arena, set.count, sizeof *set.ranges);
    for (size_t i = 0; i < set.count; i++) {
        set.ranges[i].first = frame_get_u32(r);
        set.ranges[i].last = frame_get_u32(r);
        if (set.ranges[i].first > set.ranges[i].last || (i > 0 && set.ranges[i].first <= set.ranges[i - 1].last))
            r->bad = true;
    }
    return set;
}

/* ---- reader --------------------------------------------------------------------------------------------------------- */

static void put_probe(struct buf *out, const struct scan_probe *probe)
{
    frame_put_u32(out, (uint32_t)probe->field_count);
    for (size_t i = 0; i < probe->field_count; i++)
        frame_put_u32(out, probe->fields[i]);
    frame_put_str(out, probe->header);
    frame_put_str(out, probe->pattern);
    frame_put_str(out, probe->flags);
}

static void get_probe(struct frame_reader *r, struct arena *arena, struct scan_probe *probe)
{
    probe->field_count = frame_get_count(r, SCAN_FIELDS_MAX, 4);
    for (size_t i = 0; i < probe->field_count; i++) {
        uint32_t field = frame_get_u32(r);
        r->bad = r->bad || field >= SCAN_FIELDS;
        probe->fields[i] = field < SCAN_FIELDS ? (enum scan_field)field : SCAN_SUBJECT;
    }
    probe->header = get_copy(r, arena);
    probe->pattern = get_copy(r, arena);
    probe->flags = get_copy(r, arena);
}

void wire_put_reader_setup(struct buf *out, const struct wire_reader_setup *setup)
{
    size_t frame = frame_begin(out, WIRE_READER_SETUP);
    put_strs(out, setup->context.own_addresses, setup->context.own_address_count);
    frame_put_str(out, setup->context.loop_id);
    put_strs(out, setup->context.authservs, setup->context.authserv_count);
    frame_put_bool(out, setup->context.verifies);
    frame_put_str(out, setup->smime_authorities);
    frame_put_str(out, setup->smime_key);
    frame_put_str(out, setup->openpgp_keyring);
    frame_put_u64(out, setup->context.carry_max);
    put_strs(out, setup->prefixes.list, setup->prefixes.count);
    frame_put_u64(out, setup->memory);
    frame_put_u32(out, (uint32_t)setup->probe_count);
    for (size_t i = 0; i < setup->probe_count; i++)
        put_probe(out, &setup->probes[i]);
    frame_end(out, frame);
}

bool wire_get_reader_setup(struct str payload, struct arena *arena, struct wire_reader_setup *setup)
{
    struct frame_reader r = {payload, false};
    struct str_list own = get_strs(&r, arena);
    setup->context.own_addresses = own.list;
    setup->context.own_address_count = own.count;
    setup->context.loop_id = get_copy(&r, arena);
    struct str_list authservs = get_strs(&r, arena);
    setup->context.authservs = authservs.list;
    setup->context.authserv_count = authservs.count;
    setup->context.verifies = frame_get_bool(&r);
    setup->smime_authorities = get_copy(&r, arena);
    setup->smime_key = get_copy(&r, arena);
    setup->openpgp_keyring = get_copy(&r, arena);
    setup->context.carry_max = frame_get_u64(&r);
    setup->prefixes = get_strs(&r, arena);
    setup->memory = frame_get_u64(&r);
    setup->probe_count = frame_get_count(&r, SCAN_PROBES_MAX, 16);
    struct scan_probe *probes = arena_array(arena, setup->probe_count, sizeof *probes);
    for (size_t i = 0; i < setup->probe_count; i++)
        get_probe(&r, arena, &probes[i]);
    setup->probes = probes;
    return frame_done(&r);
}

void wire_put_read(struct buf *out, uint64_t serial, int64_t received, struct str octets)
{
    size_t frame = frame_begin(out, WIRE_READ);
    frame_put_u64(out, serial);
    frame_put_i64(out, received);
    frame_put_str(out, octets);
    frame_end(out, frame);
}

bool wire_get_read(struct str payload, uint64_t *serial, int64_t *received, struct str *octets)
{
    struct frame_reader r = {payload, false};
    *serial = frame_get_u64(&r);
    *received = frame_get_i64(&r);
    *octets = frame_get_str(&r);
    return frame_done(&r);
}

static void put_attachment(struct buf *out, const struct attachment *a)
{
    frame_put_str(out, a->name);
    frame_put_str(out, a->type);
    frame_put_str(out, a->sniffed);
    frame_put_u64(out, a->size);
    frame_put_str(out, (struct str){(const char *)a->sha256, sizeof a->sha256});
    frame_put_bool(out, a->is_inline);
    frame_put_u32(out, a->part);
}

static void get_attachment(struct frame_reader *r, struct arena *arena, struct attachment *a)
{
    a->name = get_copy(r, arena);
    a->type = get_copy(r, arena);
    a->sniffed = get_copy(r, arena);
    a->size = frame_get_u64(r);
    struct str digest = frame_get_str(r);
    for (size_t i = 0; digest.n == sizeof a->sha256 && i < digest.n; i++)
        a->sha256[i] = (uint8_t)digest.p[i];
    r->bad = r->bad || digest.n != sizeof a->sha256;
    a->is_inline = frame_get_bool(r);
    a->part = frame_get_u32(r);
}

static void put_authentication(struct buf *out, const struct authres *a)
{
    frame_put_str(out, a->authserv);
    frame_put_u32(out, a->version);
    frame_put_u32(out, (uint32_t)a->broken);
    frame_put_u32(out, (uint32_t)a->result_count);
    for (size_t i = 0; i < a->result_count; i++) {
        const struct authres_result *one = &a->results[i];
        const struct str texts[] = {one->method, one->result, one->reason, one->comment};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            frame_put_str(out, texts[k]);
        frame_put_u32(out, (uint32_t)one->property_count);
        for (size_t k = 0; k < one->property_count; k++) {
            frame_put_str(out, one->properties[k].type);
            frame_put_str(out, one->properties[k].name);
            frame_put_str(out, one->properties[k].value);
        }
    }
}

static void get_authentication(struct frame_reader *r, struct arena *arena, struct authres *a)
{
    a->authserv = get_copy(r, arena);
    a->version = frame_get_u32(r);
    a->broken = frame_get_u32(r);
    a->result_count = frame_get_count(r, AUTHRES_RESULTS_MAX, 20);
    a->results = arena_array(arena, a->result_count, sizeof *a->results);
    for (size_t i = 0; i < a->result_count; i++) {
        struct authres_result *one = &a->results[i];
        struct str *texts[] = {&one->method, &one->result, &one->reason, &one->comment};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            *texts[k] = get_copy(r, arena);
        one->property_count = frame_get_count(r, AUTHRES_PROPERTIES_MAX, 12);
        one->properties = arena_array(arena, one->property_count, sizeof *one->properties);
        for (size_t k = 0; k < one->property_count; k++) {
            one->properties[k].type = get_copy(r, arena);
            one->properties[k].name = get_copy(r, arena);
            one->properties[k].value = get_copy(r, arena);
        }
    }
}

/* A domain or selector as it may be asked for, or nothing. */
static struct str get_name(struct frame_reader *r, struct arena *arena)
{
    struct str name = get_copy(r, arena);
    r->bad = r->bad || (name.n > 0 && !domain_is_name(name));
    return name;
}

static void put_signature(struct buf *out, const struct dkim_signature *s)
{
    frame_put_str(out, s->domain);
    frame_put_str(out, s->selector);
    frame_put_u32(out, s->algorithm);
    frame_put_str(out, (struct str){(const char *)s->digest, sizeof s->digest});
    frame_put_str(out, s->octets);
    frame_put_bool(out, s->below);
    frame_put_u32(out, s->result);
    frame_put_str(out, s->why);
}

static void get_signature(struct frame_reader *r, struct arena *arena, struct dkim_signature *s)
{
    s->domain = get_name(r, arena);
    s->selector = get_name(r, arena);
    uint32_t algorithm = frame_get_u32(r);
    struct str digest = frame_get_str(r);
    s->octets = get_copy(r, arena);
    s->below = frame_get_bool(r);
    uint32_t result = frame_get_u32(r);
    s->why = get_copy(r, arena);
    r->bad = r->bad || algorithm >= DKIM_ALGORITHMS || result >= DKIM_RESULTS || digest.n != sizeof s->digest || s->octets.n > DKIM_OCTETS_MAX;
    if (r->bad)
        return;
    s->algorithm = (enum dkim_algorithm)algorithm;
    s->result = (enum dkim_result)result;
    memcpy(s->digest, digest.p, sizeof s->digest);
}

static void put_origin(struct buf *out, const struct origin *o)
{
    frame_put_str(out, o->from);
    frame_put_bool(out, o->checked);
    frame_put_bool(out, o->proven);
    frame_put_str(out, o->why);
    frame_put_bool(out, o->dmarc.found);
    frame_put_bool(out, o->dmarc.strict);
    frame_put_str(out, o->dmarc.policy);
    frame_put_u32(out, (uint32_t)o->count);
    for (size_t i = 0; i < o->count; i++)
        put_signature(out, &o->signatures[i]);
}

static void get_origin(struct frame_reader *r, struct arena *arena, struct origin *o)
{
    o->from = get_name(r, arena);
    o->checked = frame_get_bool(r);
    o->proven = frame_get_bool(r);
    o->why = get_copy(r, arena);
    o->dmarc.found = frame_get_bool(r);
    o->dmarc.strict = frame_get_bool(r);
    o->dmarc.policy = get_copy(r, arena);
    o->count = frame_get_count(r, ORIGIN_SIGNATURES_MAX, 60);
    o->signatures = arena_array(arena, o->count, sizeof *o->signatures);
    for (size_t i = 0; i < o->count; i++)
        get_signature(r, arena, &o->signatures[i]);
}

static void put_arc(struct buf *out, const struct arc *arc)
{
    frame_put_u32(out, arc->instances);
    frame_put_str(out, arc->sealer);
    frame_put_str(out, arc->passed);
}

static void get_arc(struct frame_reader *r, struct arena *arena, struct arc *arc)
{
    arc->instances = frame_get_u32(r);
    arc->sealer = get_name(r, arena);
    arc->passed = get_name(r, arena);
}

static void put_answer(struct buf *out, const struct dns_answer *a)
{
    frame_put_str(out, a->name);
    frame_put_u32(out, a->status);
    frame_put_u32(out, a->ttl);
    put_strs(out, a->records, a->count);
}

static void get_answer(struct frame_reader *r, struct arena *arena, struct dns_answer *a)
{
    a->name = get_name(r, arena);
    uint32_t status = frame_get_u32(r);
    a->ttl = frame_get_u32(r);
    a->count = frame_get_count(r, DNS_RECORDS_MAX, 4);
    a->records = arena_array(arena, a->count, sizeof *a->records);
    for (size_t i = 0; i < a->count; i++) {
        a->records[i] = get_copy(r, arena);
        r->bad = r->bad || a->records[i].n > DNS_RECORD_MAX;
    }
    r->bad = r->bad || status > DNS_TROUBLE;
    a->status = status <= DNS_TROUBLE ? (enum dns_status)status : DNS_TROUBLE;
}

static enum protection get_protection(struct frame_reader *r)
{
    uint32_t kind = frame_get_u32(r);
    r->bad = r->bad || kind >= PROTECTIONS;
    return kind < PROTECTIONS ? (enum protection)kind : PROTECTION_NONE;
}

static void put_forwarded(struct buf *out, const struct forwarded *f)
{
    frame_put_bool(out, f->is);
    frame_put_str(out, f->from.name);
    frame_put_str(out, f->from.addr);
    frame_put_str(out, f->subject);
    frame_put_str(out, f->text);
    frame_put_str(out, f->message_id);
    put_strs(out, f->references.list, f->references.count);
    frame_put_i64(out, f->date);
}

static void get_forwarded(struct frame_reader *r, struct arena *arena, struct forwarded *f)
{
    f->is = frame_get_bool(r);
    f->from.name = get_copy(r, arena);
    f->from.addr = get_copy(r, arena);
    f->subject = get_copy(r, arena);
    f->text = get_copy(r, arena);
    f->message_id = get_copy(r, arena);
    f->references = get_strs(r, arena);
    f->date = frame_get_i64(r);
    r->bad = r->bad || f->references.count > MESSAGE_REFERENCES_MAX || (f->is && f->from.addr.n == 0);
}

static void put_carried(struct buf *out, const struct carried *c)
{
    frame_put_u32(out, (uint32_t)c->file_count);
    for (size_t i = 0; i < c->file_count; i++) {
        frame_put_str(out, c->files[i].name);
        frame_put_str(out, c->files[i].type);
        frame_put_str(out, c->files[i].content_id);
        frame_put_bool(out, c->files[i].is_inline);
        frame_put_str(out, c->files[i].octets);
    }
    frame_put_u32(out, (uint32_t)c->left_out);
    frame_put_str(out, c->html);
}

static void get_carried(struct frame_reader *r, struct arena *arena, struct carried *c)
{
    c->file_count = frame_get_count(r, MESSAGE_PARTS_MAX, 17);
    c->files = arena_array(arena, c->file_count, sizeof *c->files);
    for (size_t i = 0; i < c->file_count; i++) {
        c->files[i].name = get_copy(r, arena);
        c->files[i].type = get_copy(r, arena);
        c->files[i].content_id = get_copy(r, arena);
        c->files[i].is_inline = frame_get_bool(r);
        c->files[i].octets = get_copy(r, arena);
        r->bad = r->bad || c->files[i].type.n == 0;
    }
    c->left_out = frame_get_u32(r);
    c->html = get_copy(r, arena);
    c->html_source = (struct str){"", 0};
    r->bad = r->bad || c->left_out > MESSAGE_PARTS_MAX;
}

static void put_message(struct buf *out, const struct message *m)
{
    frame_put_u32(out, (uint32_t)m->header_count);
    for (size_t i = 0; i < m->header_count; i++) {
        frame_put_str(out, m->headers[i].name);
        frame_put_str(out, m->headers[i].value);
    }
    const struct address_list *lists[] = {&m->from, &m->sender, &m->reply_to, &m->to, &m->cc, &m->delivered_to};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        put_addresses(out, lists[i]);
    const struct str texts[] = {m->subject, m->message_id, m->return_path, m->text, m->fresh, m->language, m->kind_evidence, m->unanswerable_why,
                                m->report.recipient, m->report.status, m->report.original_id, m->report.feedback_type};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        frame_put_str(out, texts[i]);
    put_strs(out, m->in_reply_to.list, m->in_reply_to.count);
    put_strs(out, m->references.list, m->references.count);
    frame_put_i64(out, m->date);
    frame_put_u32(out, m->kind);
    frame_put_bool(out, m->answerable);
    frame_put_bool(out, m->report.hard);
    frame_put_u32(out, m->report.smtp_code);
    frame_put_u32(out, m->defects);
    frame_put_u32(out, m->language_confidence);
    frame_put_u32(out, (uint32_t)(m->importance + 1));
    frame_put_u32(out, m->fresh_cut);
    frame_put_u32(out, (uint32_t)m->attachment_count);
    for (size_t i = 0; i < m->attachment_count; i++)
        put_attachment(out, &m->attachments[i]);
    put_authentication(out, &m->authentication);
    put_arc(out, &m->arc);
    put_origin(out, &m->origin);
    frame_put_u32(out, m->signature.kind);
    frame_put_bool(out, m->signature.verified);
    frame_put_str(out, m->signature.signer);
    frame_put_str(out, m->signature.why);
    frame_put_u32(out, m->encrypted);
    frame_put_str(out, m->encrypted_why);
    put_forwarded(out, &m->forwarded);
    put_carried(out, &m->carried);
}

static void get_message(struct frame_reader *r, struct arena *arena, struct message *m)
{
    m->header_count = frame_get_count(r, MESSAGE_HEADERS_MAX, 8);
    m->headers = arena_array(arena, m->header_count, sizeof *m->headers);
    for (size_t i = 0; i < m->header_count; i++) {
        m->headers[i].name = get_copy(r, arena);
        m->headers[i].value = get_copy(r, arena);
    }
    struct address_list *lists[] = {&m->from, &m->sender, &m->reply_to, &m->to, &m->cc, &m->delivered_to};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        *lists[i] = get_addresses(r, arena);
    struct str *texts[] = {&m->subject, &m->message_id, &m->return_path, &m->text, &m->fresh, &m->language, &m->kind_evidence, &m->unanswerable_why,
                           &m->report.recipient, &m->report.status, &m->report.original_id, &m->report.feedback_type};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = get_copy(r, arena);
    m->in_reply_to = get_strs(r, arena);
    m->references = get_strs(r, arena);
    m->date = frame_get_i64(r);
    uint32_t kind = frame_get_u32(r);
    r->bad = r->bad || kind >= MESSAGE_KINDS;
    m->kind = kind < MESSAGE_KINDS ? (enum message_kind)kind : MESSAGE_PERSON;
    m->answerable = frame_get_bool(r);
    m->report.hard = frame_get_bool(r);
    m->report.smtp_code = frame_get_u32(r);
    m->defects = frame_get_u32(r);
    m->language_confidence = frame_get_u32(r);
    r->bad = r->bad || m->language_confidence > 100;
    uint32_t importance = frame_get_u32(r);
    r->bad = r->bad || importance > 2;
    m->importance = importance <= 2 ? (int)importance - 1 : 0;
    uint32_t cut = frame_get_u32(r);
    r->bad = r->bad || cut >= FRESH_CUTS;
    m->fresh_cut = cut < FRESH_CUTS ? (enum fresh_cut)cut : FRESH_WHOLE;
    m->attachment_count = frame_get_count(r, MESSAGE_PARTS_MAX, 32);
    m->attachments = arena_array(arena, m->attachment_count, sizeof *m->attachments);
    for (size_t i = 0; i < m->attachment_count; i++)
        get_attachment(r, arena, &m->attachments[i]);
    get_authentication(r, arena, &m->authentication);
    get_arc(r, arena, &m->arc);
    get_origin(r, arena, &m->origin);
    m->signature.kind = get_protection(r);
    m->signature.verified = frame_get_bool(r);
    m->signature.signer = get_copy(r, arena);
    m->signature.why = get_copy(r, arena);
    m->encrypted = get_protection(r);
    m->encrypted_why = get_copy(r, arena);
    get_forwarded(r, arena, &m->forwarded);
    get_carried(r, arena, &m->carried);
}

static void put_hit(struct buf *out, const struct scan_hit *hit)
{
    frame_put_u32(out, hit->probe);
    frame_put_bool(out, hit->failed);
    frame_put_str(out, hit->why);
    frame_put_str(out, hit->source);
    frame_put_u32(out, hit->start);
    frame_put_u32(out, hit->end);
    frame_put_str(out, hit->matched);
    frame_put_u32(out, (uint32_t)hit->capture_count);
    for (size_t i = 0; i < hit->capture_count; i++) {
        frame_put_str(out, hit->captures[i].name);
        frame_put_str(out, hit->captures[i].text);
        frame_put_u32(out, hit->captures[i].start);
        frame_put_u32(out, hit->captures[i].end);
    }
}

static void get_hit(struct frame_reader *r, struct arena *arena, struct scan_hit *hit)
{
    hit->probe = frame_get_u32(r);
    hit->failed = frame_get_bool(r);
    hit->why = get_copy(r, arena);
    hit->source = get_copy(r, arena);
    hit->start = frame_get_u32(r);
    hit->end = frame_get_u32(r);
    hit->matched = get_copy(r, arena);
    hit->capture_count = frame_get_count(r, SCAN_CAPTURES_MAX, 16);
    hit->captures = arena_array(arena, hit->capture_count, sizeof *hit->captures);
    for (size_t i = 0; i < hit->capture_count; i++) {
        hit->captures[i].name = get_copy(r, arena);
        hit->captures[i].text = get_copy(r, arena);
        hit->captures[i].start = frame_get_u32(r);
        hit->captures[i].end = frame_get_u32(r);
    }
}

void wire_put_understood(struct buf *out, uint64_t serial, const struct message *message, const struct scan_hits *hits)
{
    size_t frame = frame_begin(out, WIRE_UNDERSTOOD);
    frame_put_u64(out, serial);
    put_message(out, message);
    frame_put_u32(out, (uint32_t)hits->count);
    for (size_t i = 0; i < hits->count; i++)
        put_hit(out, &hits->list[i]);
    frame_end(out, frame);
}

bool wire_get_understood(struct str payload, struct arena *arena, uint64_t *serial, struct message *message, struct scan_hits *hits)
{
    struct frame_reader r = {payload, false};
    *serial = frame_get_u64(&r);
    get_message(&r, arena, message);
    hits->count = frame_get_count(&r, SCAN_PROBES_MAX, 20);
    hits->list = arena_array(arena, hits->count, sizeof *hits->list);
    for (size_t i = 0; i < hits->count; i++) {
        get_hit(&r, arena, &hits->list[i]);
        r.bad = r.bad || (i > 0 && hits->list[i].probe <= hits->list[i - 1].probe);
    }
    return frame_done(&r);
}

void wire_put_check(struct buf *out, uint64_t serial, const struct origin *origin, const struct dns_answer *answers, size_t count)
{
    size_t frame = frame_begin(out, WIRE_CHECK);
    frame_put_u64(out, serial);
    put_origin(out, origin);
    frame_put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        put_answer(out, &answers[i]);
    frame_end(out, frame);
}

bool wire_get_check(struct str payload, struct arena *arena, uint64_t *serial, struct origin *origin, struct dns_answer **answers, size_t *count)
{
    struct frame_reader r = {payload, false};
    *serial = frame_get_u64(&r);
    get_origin(&r, arena, origin);
    *count = frame_get_count(&r, ORIGIN_QUESTIONS_MAX, 16);
    *answers = arena_array(arena, *count, sizeof **answers);
    for (size_t i = 0; i < *count; i++)
        get_answer(&r, arena, &(*answers)[i]);
    return frame_done(&r);
}

void wire_put_checked(struct buf *out, uint64_t serial, const struct origin *origin)
{
    size_t frame = frame_begin(out, WIRE_CHECKED);
    frame_put_u64(out, serial);
    put_origin(out, origin);
    frame_end(out, frame);
}

bool wire_get_checked(struct str payload, struct arena *arena, uint64_t *serial, struct origin *origin)
{
    struct frame_reader r = {payload, false};
    *serial = frame_get_u64(&r);
    get_origin(&r, arena, origin);
    return frame_done(&r);
}

void wire_put_text(struct buf *out, enum wire_type type, struct str text)
{
    size_t frame = frame_begin(out, type);
    frame_put_str(out, text);
    frame_end(out, frame);
}

bool wire_get_text(struct str payload, struct str *text)
{
    struct frame_reader r = {payload, false};
    *text = frame_get_str(&r);
    return frame_done(&r);
}

/* ---- courier -------------------------------------------------------------------------------------------------------- */

static void put_endpoint(struct buf *out, const struct endpoint *e)
{
    frame_put_str(out, e->host);
    frame_put_u32(out, e->port);
    frame_put_u32(out, e->security);
    frame_put_str(out, e->ca_file);
    frame_put_str(out, e->fingerprint);
    frame_put_i64(out, e->timeout);
}

static struct endpoint get_endpoint(struct frame_reader *r, struct arena *arena)
{
    struct endpoint e = {0};
    e.host = get_copy(r, arena);
    e.port = (uint16_t)frame_get_u32(r);
    e.security = (enum transport_security)frame_get_u32(r);
    e.ca_file = get_copy(r, arena);
    e.fingerprint = get_copy(r, arena);
    e.timeout = frame_get_i64(r);
    return e;
}

static void put_secret(struct buf *out, const struct secret_source *s)
{
    frame_put_u32(out, s->kind);
    frame_put_u32(out, s->use);
    frame_put_str(out, s->name);
    put_strs(out, s->arguments, s->argument_count);
}

static struct secret_source get_secret(struct frame_reader *r, struct arena *arena)
{
    struct secret_source s = {0};
    s.kind = (enum secret_kind)frame_get_u32(r);
    s.use = (enum secret_use)frame_get_u32(r);
    s.name = get_copy(r, arena);
    struct str_list arguments = get_strs(r, arena);
    s.arguments = arguments.list;
    s.argument_count = arguments.count;
    return s;
}

static void put_mailbox(struct buf *out, const struct mailbox_settings *m)
{
    frame_put_str(out, m->name);
    frame_put_str(out, m->driver);
    put_endpoint(out, &m->server);
    frame_put_str(out, m->path);
    frame_put_str(out, m->user);
    put_secret(out, &m->secret);
    put_strs(out, m->folders, m->folder_count);
    frame_put_u32(out, m->after);
    frame_put_str(out, m->after_folder);
    frame_put_str(out, m->after_keyword);
    frame_put_i64(out, m->poll);
    frame_put_u32(out, m->backlog_count);
    frame_put_i64(out, m->backlog_age);
    frame_put_u64(out, m->size_max);
}

static void get_mailbox(struct frame_reader *r, struct arena *arena, struct mailbox_settings *m)
{
    m->name = get_copy(r, arena);
    m->driver = get_copy(r, arena);
    m->server = get_endpoint(r, arena);
    m->path = get_copy(r, arena);
    m->user = get_copy(r, arena);
    m->secret = get_secret(r, arena);
    struct str_list folders = get_strs(r, arena);
    m->folders = folders.list;
    m->folder_count = folders.count;
    m->after = (enum after)frame_get_u32(r);
    m->after_folder = get_copy(r, arena);
    m->after_keyword = get_copy(r, arena);
    m->poll = frame_get_i64(r);
    m->backlog_count = frame_get_u32(r);
    m->backlog_age = frame_get_i64(r);
    m->size_max = frame_get_u64(r);
}

static void put_relay(struct buf *out, const struct relay_settings *s)
{
    frame_put_str(out, s->name);
    frame_put_str(out, s->driver);
    put_endpoint(out, &s->server);
    frame_put_str(out, s->path);
    frame_put_str(out, s->user);
    put_secret(out, &s->secret);
    frame_put_str(out, s->ehlo);
    frame_put_u32(out, s->per_minute);
}

static void get_relay(struct frame_reader *r, struct arena *arena, struct relay_settings *s)
{
    s->name = get_copy(r, arena);
    s->driver = get_copy(r, arena);
    s->server = get_endpoint(r, arena);
    s->path = get_copy(r, arena);
    s->user = get_copy(r, arena);
    s->secret = get_secret(r, arena);
    s->ehlo = get_copy(r, arena);
    s->per_minute = frame_get_u32(r);
}

void wire_put_courier_setup(struct buf *out, const struct wire_courier_setup *setup)
{
    size_t frame = frame_begin(out, WIRE_COURIER_SETUP);
    frame_put_u32(out, (uint32_t)setup->mailbox_count);
    for (size_t i = 0; i < setup->mailbox_count; i++) {
        put_mailbox(out, &setup->mailboxes[i]);
        frame_put_bool(out, setup->paused[i]);
    }
    frame_put_u32(out, (uint32_t)setup->relay_count);
    for (size_t i = 0; i < setup->relay_count; i++)
        put_relay(out, &setup->relays[i]);
    frame_put_bool(out, setup->resolve.on);
    frame_put_str(out, setup->resolve.server);
    frame_end(out, frame);
}

bool wire_get_courier_setup(struct str payload, struct arena *arena, struct wire_courier_setup *setup)
{
    struct frame_reader r = {payload, false};
    setup->mailbox_count = frame_get_count(&r, WIRE_SETTINGS_MAX, 60);
    setup->mailboxes = arena_array(arena, setup->mailbox_count, sizeof *setup->mailboxes);
    setup->paused = arena_array(arena, setup->mailbox_count, sizeof *setup->paused);
    for (size_t i = 0; i < setup->mailbox_count; i++) {
        get_mailbox(&r, arena, &setup->mailboxes[i]);
        setup->paused[i] = frame_get_bool(&r);
    }
    setup->relay_count = frame_get_count(&r, WIRE_SETTINGS_MAX, 50);
    setup->relays = arena_array(arena, setup->relay_count, sizeof *setup->relays);
    for (size_t i = 0; i < setup->relay_count; i++)
        get_relay(&r, arena, &setup->relays[i]);
    setup->resolve.on = frame_get_bool(&r);
    setup->resolve.server = get_copy(&r, arena);
    return frame_done(&r);
}

void wire_put_folder(struct buf *out, enum wire_type type, const struct wire_folder *folder)
{
    size_t frame = frame_begin(out, type);
    frame_put_u32(out, folder->mailbox);
    frame_put_str(out, folder->folder);
    frame_put_u32(out, folder->uid_validity);
    frame_put_u32(out, folder->uid_next);
    frame_put_u32(out, folder->exists);
    frame_put_bool(out, folder->read_only);
    frame_put_u32(out, folder->above);
    frame_put_i64(out, folder->confirmed);
    put_uids(out, &folder->known);
    put_uids(out, &folder->unsettled);
    frame_end(out, frame);
}

bool wire_get_folder(struct str payload, struct arena *arena, struct wire_folder *folder)
{
    struct frame_reader r = {payload, false};
    folder->mailbox = frame_get_u32(&r);
    folder->folder = get_copy(&r, arena);
    folder->uid_validity = frame_get_u32(&r);
    folder->uid_next = frame_get_u32(&r);
    folder->exists = frame_get_u32(&r);
    folder->read_only = frame_get_bool(&r);
    folder->above = frame_get_u32(&r);
    folder->confirmed = frame_get_i64(&r);
    folder->known = get_uids(&r, arena);
    folder->unsettled = get_uids(&r, arena);
    return frame_done(&r);
}

void wire_put_raw(struct buf *out, const struct wire_raw *raw)
{
    size_t frame = frame_begin(out, WIRE_RAW);
    frame_put_u32(out, raw->mailbox);
    frame_put_str(out, raw->folder);
    frame_put_u32(out, raw->uid_validity);
    frame_put_u32(out, raw->item.uid);
    frame_put_i64(out, raw->item.internal_date);
    frame_put_u64(out, raw->item.size);
    frame_put_bool(out, raw->item.truncated);
    frame_put_str(out, raw->item.octets);
    frame_end(out, frame);
}

bool wire_get_raw(struct str payload, struct wire_raw *raw)
{
    struct frame_reader r = {payload, false};
    raw->mailbox = frame_get_u32(&r);
    raw->folder = frame_get_str(&r);
    raw->uid_validity = frame_get_u32(&r);
    raw->item.uid = frame_get_u32(&r);
    raw->item.internal_date = frame_get_i64(&r);
    raw->item.size = frame_get_u64(&r);
    raw->item.truncated = frame_get_bool(&r);
    raw->item.octets = frame_get_str(&r);
    return frame_done(&r);
}

void wire_put_chore(struct buf *out, const struct wire_chore *chore)
{
    size_t frame = frame_begin(out, WIRE_CHORE);
    frame_put_u32(out, chore->mailbox);
    frame_put_u64(out, chore->serial);
    frame_put_u32(out, chore->kind);
    frame_put_str(out, chore->folder);
    frame_put_str(out, chore->message_id);
    frame_put_i64(out, chore->date);
    frame_put_str(out, chore->octets);
    frame_put_u32(out, chore->uid_validity);
    put_uids(out, &chore->uids);
    frame_put_str(out, chore->set);
    frame_put_str(out, chore->clear);
    frame_end(out, frame);
}

bool wire_get_chore(struct str payload, struct arena *arena, struct wire_chore *chore)
{
    struct frame_reader r = {payload, false};
    chore->mailbox = frame_get_u32(&r);
    chore->serial = frame_get_u64(&r);
    uint32_t kind = frame_get_u32(&r);
    chore->kind = kind == CHORE_MARK ? CHORE_MARK : CHORE_PUT;
    chore->folder = get_copy(&r, arena);
    chore->message_id = get_copy(&r, arena);
    chore->date = frame_get_i64(&r);
    chore->octets = get_copy(&r, arena);
    chore->uid_validity = frame_get_u32(&r);
    chore->uids = get_uids(&r, arena);
    chore->set = get_copy(&r, arena);
    chore->clear = get_copy(&r, arena);
    return frame_done(&r) && kind <= CHORE_MARK && chore->uids.count <= WIRE_CHORE_UIDS && chore->set.n <= WIRE_CHORE_FLAGS &&
           chore->clear.n <= WIRE_CHORE_FLAGS;
}

void wire_put_chore_done(struct buf *out, const struct wire_chore_done *done)
{
    size_t frame = frame_begin(out, WIRE_CHORE_DONE);
    frame_put_u32(out, done->mailbox);
    frame_put_u64(out, done->serial);
    frame_put_bool(out, done->done);
    frame_put_str(out, done->why);
    frame_end(out, frame);
}

bool wire_get_chore_done(struct str payload, struct wire_chore_done *done)
{
    struct frame_reader r = {payload, false};
    done->mailbox = frame_get_u32(&r);
    done->serial = frame_get_u64(&r);
    done->done = frame_get_bool(&r);
    done->why = frame_get_str(&r);
    return frame_done(&r) && done->why.n < ERR_TEXT_MAX;
}

void wire_put_pair(struct buf *out, enum wire_type type, uint32_t a, uint32_t b)
{
    size_t frame = frame_begin(out, type);
    frame_put_u32(out, a);
    frame_put_u32(out, b);
    frame_end(out, frame);
}

bool wire_get_pair(struct str payload, uint32_t *a, uint32_t *b)
{
    struct frame_reader r = {payload, false};
    *a = frame_get_u32(&r);
    *b = frame_get_u32(&r);
    return frame_done(&r);
}

static void put_post(struct buf *out, uint32_t relay, const struct relay_letter *letter, struct str octets)
{
    frame_put_u32(out, relay);
    frame_put_u64(out, letter->id);
    frame_put_str(out, letter->from);
    frame_put_u32(out, (uint32_t)letter->recipient_count);
    for (size_t i = 0; i < letter->recipient_count; i++) {
        const struct relay_recipient *to = &letter->recipients[i];
        frame_put_str(out, to->address);
        frame_put_u32(out, to->delivery);
        frame_put_u32(out, to->code);
        frame_put_str(out, to->enhanced);
        frame_put_str(out, to->text);
    }
    frame_put_str(out, octets);
}

static bool get_post(struct str payload, struct arena *arena, uint32_t *relay, struct relay_letter *letter)
{
    struct frame_reader r = {payload, false};
    *relay = frame_get_u32(&r);
    letter->id = frame_get_u64(&r);
    letter->from = get_copy(&r, arena);
    letter->recipient_count = frame_get_count(&r, RELAY_RECIPIENTS_MAX, 16);
    letter->recipients = arena_array(arena, letter->recipient_count, sizeof *letter->recipients);
    for (size_t i = 0; i < letter->recipient_count; i++) {
        struct relay_recipient *to = &letter->recipients[i];
        to->address = get_copy(&r, arena);
        uint32_t delivery = frame_get_u32(&r);
        r.bad = r.bad || delivery > DELIVERY_UNKNOWN;
        to->delivery = (enum delivery)(delivery & 3u);
        to->code = frame_get_u32(&r);
        to->enhanced = get_copy(&r, arena);
        to->text = get_copy(&r, arena);
    }
    letter->octets = get_copy(&r, arena);
    return frame_done(&r);
}

void wire_put_letter(struct buf *out, uint32_t relay, const struct relay_letter *letter)
{
    size_t frame = frame_begin(out, WIRE_LETTER);
    put_post(out, relay, letter, letter->octets);
    frame_end(out, frame);
}

bool wire_get_letter(struct str payload, struct arena *arena, uint32_t *relay, struct relay_letter *letter)
{
    return get_post(payload, arena, relay, letter);
}

void wire_put_receipt(struct buf *out, uint32_t relay, const struct relay_letter *letter)
{
    size_t frame = frame_begin(out, WIRE_RECEIPT);
    put_post(out, relay, letter, STR(""));
    frame_end(out, frame);
}

bool wire_get_receipt(struct str payload, struct arena *arena, uint32_t *relay, struct relay_letter *letter)
{
    return get_post(payload, arena, relay, letter);
}

void wire_put_state(struct buf *out, const struct wire_state *state)
{
    size_t frame = frame_begin(out, WIRE_STATE);
    frame_put_u32(out, state->part);
    frame_put_u32(out, state->index);
    frame_put_str(out, state->state);
    frame_put_str(out, state->note);
    frame_put_u32(out, state->kind);
    frame_put_i64(out, state->retry_in);
    frame_end(out, frame);
}

bool wire_get_state(struct str payload, struct wire_state *state)
{
    struct frame_reader r = {payload, false};
    uint32_t part = frame_get_u32(&r);
    state->part = part == WIRE_PART_RELAY ? WIRE_PART_RELAY : WIRE_PART_MAILBOX;
    state->index = frame_get_u32(&r);
    state->state = frame_get_str(&r);
    state->note = frame_get_str(&r);
    uint32_t kind = frame_get_u32(&r);
    state->kind = kind <= ERR_SETUP ? (enum err_kind)kind : ERR_RETRY;
    state->retry_in = frame_get_i64(&r);
    return frame_done(&r) && part <= WIRE_PART_RELAY;
}

void wire_put_secret_wanted(struct buf *out, uint32_t serial, enum wire_part part, uint32_t index)
{
    size_t frame = frame_begin(out, WIRE_SECRET_WANTED);
    frame_put_u32(out, serial);
    frame_put_u32(out, part);
    frame_put_u32(out, index);
    frame_end(out, frame);
}

bool wire_get_secret_wanted(struct str payload, uint32_t *serial, enum wire_part *part, uint32_t *index)
{
    struct frame_reader r = {payload, false};
    *serial = frame_get_u32(&r);
    *part = frame_get_u32(&r) == WIRE_PART_RELAY ? WIRE_PART_RELAY : WIRE_PART_MAILBOX;
    *index = frame_get_u32(&r);
    return frame_done(&r);
}

void wire_put_serial_text(struct buf *out, enum wire_type type, uint32_t serial, struct str text)
{
    size_t frame = frame_begin(out, type);
    frame_put_u32(out, serial);
    frame_put_str(out, text);
    frame_end(out, frame);
}

bool wire_get_serial_text(struct str payload, uint32_t *serial, struct str *text)
{
    struct frame_reader r = {payload, false};
    *serial = frame_get_u32(&r);
    *text = frame_get_str(&r);
    return frame_done(&r);
}

void wire_put_resolved(struct buf *out, uint32_t serial, const struct dns_answer *answer)
{
    size_t frame = frame_begin(out, WIRE_RESOLVED);
    frame_put_u32(out, serial);
    put_answer(out, answer);
    frame_end(out, frame);
}

bool wire_get_resolved(struct str payload, struct arena *arena, uint32_t *serial, struct dns_answer *answer)
{
    struct frame_reader r = {payload, false};
    *serial = frame_get_u32(&r);
    get_answer(&r, arena, answer);
    return frame_done(&r);
}
