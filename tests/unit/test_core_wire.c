/* What crosses between the processes: every pair gives back what was put in, and refuses anything that is cut, longer, or counts more than there is. */
#include "core/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ODD STR("a\0b\r\n\x1b[2J\xff\xc3")
#define assert_same(a, b) assert_true(str_eq((a), (b)))

/* One pair: put writes a frame, get reads its payload. */
struct pair {
    const char *name;
    enum wire_type type;
    void (*put)(struct arena *arena, struct buf *out);
    bool (*get)(struct str payload, struct arena *arena);
    void (*check)(struct str payload, struct arena *arena); /* that all came through */
};

/* ---- the pairs --------------------------------------------------------------------------------------------------------------- */

static struct str own[] = {{"support@contoso.example", 23}, {"", 0}};
static const struct scan_probe probes[] = {
    {.fields = {SCAN_SUBJECT, SCAN_HEADER}, .field_count = 2, .header = {"X-\xc3\xbc", 4}, .pattern = {"\\bdown\\b", 8}, .flags = {"i", 1}},
    {.fields = {SCAN_ATTACHMENT_TYPE}, .field_count = 1, .header = {"", 0}, .pattern = {"", 0}, .flags = {"", 0}},
};

static void put_reader_setup(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_reader_setup(out, &(struct wire_reader_setup){.context = {.own_addresses = own,
                                                                       .own_address_count = 2,
                                                                       .loop_id = STR("loop"),
                                                                       .authservs = own,
                                                                       .authserv_count = 2,
                                                                       .verifies = true,
                                                                       .carry_max = 1u << 20},
                                                           .smime_authorities = STR("CA"),
                                                           .smime_key = ODD,
                                                           .openpgp_keyring = STR("ring"),
                                                           .probes = probes,
                                                           .probe_count = 2,
                                                           .memory = UINT64_MAX,
                                                           .prefixes = {own, 1}});
}

static bool get_reader_setup(struct str payload, struct arena *arena)
{
    struct wire_reader_setup setup;
    return wire_get_reader_setup(payload, arena, &setup);
}

static void check_reader_setup(struct str payload, struct arena *arena)
{
    struct wire_reader_setup s;
    assert_true(wire_get_reader_setup(payload, arena, &s));
    assert_int_equal(s.memory, UINT64_MAX);
    assert_int_equal(s.context.carry_max, 1u << 20);
    assert_int_equal(s.prefixes.count, 1);
    assert_same(s.prefixes.list[0], own[0]);
    assert_int_equal(s.context.own_address_count, 2);
    assert_same(s.context.own_addresses[0], own[0]);
    assert_same(s.context.loop_id, STR("loop"));
    assert_true(s.context.verifies && s.context.authserv_count == 2);
    assert_same(s.context.authservs[0], own[0]);
    assert_same(s.smime_authorities, STR("CA"));
    assert_same(s.smime_key, ODD);
    assert_same(s.openpgp_keyring, STR("ring"));
    assert_int_equal(s.probe_count, 2);
    assert_int_equal(s.probes[0].field_count, 2);
    assert_int_equal(s.probes[0].fields[1], SCAN_HEADER);
    assert_same(s.probes[0].header, probes[0].header);
    assert_same(s.probes[0].pattern, probes[0].pattern);
    assert_same(s.probes[0].flags, STR("i"));
    assert_int_equal(s.probes[1].fields[0], SCAN_ATTACHMENT_TYPE);
}

static void put_read(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_read(out, UINT64_MAX, INT64_MIN, ODD);
}

static bool get_read(struct str payload, struct arena *arena)
{
    uint64_t serial;
    int64_t received;
    struct str octets;
    (void)arena;
    return wire_get_read(payload, &serial, &received, &octets);
}

static void check_read(struct str payload, struct arena *arena)
{
    uint64_t serial = 0;
    int64_t received = 0;
    struct str octets = {0};
    (void)arena;
    assert_true(wire_get_read(payload, &serial, &received, &octets));
    assert_true(received == INT64_MIN);
    assert_true(serial == UINT64_MAX);
    assert_same(octets, ODD);
}

static struct address some_addresses[] = {{{"J\xc3\xb6", 3}, {"jo@fabrikam.example", 19}}, {{"", 0}, {"", 0}}};

/* What stands open and what is known, to the last member. */
static struct origin full_origin(struct arena *arena)
{
    struct origin o = {.from = STR("fabrikam.example"), .count = 2, .checked = true, .proven = true, .why = ODD, .dmarc = {true, true, STR("reject")}};
    o.signatures = arena_array(arena, 2, sizeof *o.signatures);
    o.signatures[0] = (struct dkim_signature){.domain = STR("fabrikam.example"), .selector = STR("one._x"), .algorithm = DKIM_ED25519, .octets = ODD, .below = true, .result = DKIM_OPEN, .why = ODD};
    o.signatures[1] = (struct dkim_signature){.domain = STR(""), .selector = STR(""), .octets = STR(""), .result = DKIM_PERMERROR, .why = STR("x")};
    memset(o.signatures[0].digest, 0xcd, sizeof o.signatures[0].digest);
    return o;
}

static struct message full_message(struct arena *arena)
{
    struct message m = {.subject = STR("subject"), .message_id = STR("id"), .return_path = STR("<>"), .text = ODD, .fresh = STR("fresh"), .language = STR("de"),
                        .kind = MESSAGE_BOUNCE, .kind_evidence = STR("evidence"), .answerable = true, .unanswerable_why = STR("why"), .date = INT64_MIN, .defects = UINT32_MAX,
                        .report = {STR("r@x"), STR("5.1.1"), true, 550, STR("orig"), STR("abuse")}};
    m.headers = arena_array(arena, 2, sizeof *m.headers);
    m.headers[0] = (struct header_field){STR("X-A"), ODD};
    m.header_count = 2;
    m.from = m.sender = m.reply_to = m.to = m.cc = m.delivered_to = (struct address_list){some_addresses, 2};
    m.from.count = 1;
    m.in_reply_to = (struct str_list){own, 1};
    m.references = (struct str_list){own, 2};
    m.attachments = arena_array(arena, 1, sizeof *m.attachments);
    m.attachments[0] = (struct attachment){.name = STR("a.pdf"), .type = STR("application/pdf"), .sniffed = STR(""), .size = UINT64_MAX, .is_inline = true, .part = 9};
    memset(m.attachments[0].sha256, 0xab, sizeof m.attachments[0].sha256);
    m.attachment_count = 1;
    m.importance = -1;
    m.fresh_cut = FRESH_LIKELY;
    m.signature = (struct signature){PROTECTION_SMIME, true, STR("jo@fabrikam.example"), STR("proven")};
    m.encrypted = PROTECTION_PGP;
    m.encrypted_why = ODD;
    m.forwarded = (struct forwarded){true, {STR("Jo"), STR("jo@fabrikam.example")}, STR("help"), ODD, STR("id@x"), {own, 2}, INT64_MAX};
    m.carried.files = arena_array(arena, 2, sizeof *m.carried.files);
    m.carried.files[0] = (struct carried_file){STR("a.png"), STR("image/png"), STR("i1@x"), true, ODD};
    m.carried.files[1] = (struct carried_file){STR(""), STR("text/plain"), STR(""), false, STR("")};
    m.carried.file_count = 2;
    m.carried.left_out = 3;
    m.carried.html = STR("<p>x</p>");
    m.carried.html_source = STR("<script>");
    m.authentication = (struct authres){.authserv = STR("mx"), .version = 1, .result_count = 1, .broken = 2};
    m.arc = (struct arc){3, STR("lists.example"), STR("fabrikam.example")};
    m.origin = full_origin(arena);
    m.authentication.results = arena_array(arena, 1, sizeof *m.authentication.results);
    struct authres_result *r = &m.authentication.results[0];
    *r = (struct authres_result){STR("dkim"), STR("pass"), STR("reason"), ODD, arena_array(arena, 1, sizeof *r->properties), 1};
    r->properties[0] = (struct authres_property){STR("header"), STR("d"), STR("fabrikam.example")};
    return m;
}

static void check_origin(const struct origin *o, struct arena *arena)
{
    struct origin w = full_origin(arena);
    assert_true(o->checked && o->proven && o->dmarc.found && o->dmarc.strict && o->count == 2);
    assert_same(o->from, w.from);
    assert_same(o->why, ODD);
    assert_same(o->dmarc.policy, STR("reject"));
    assert_same(o->signatures[0].domain, w.signatures[0].domain);
    assert_same(o->signatures[0].selector, w.signatures[0].selector);
    assert_same(o->signatures[0].octets, ODD);
    assert_same(o->signatures[0].why, ODD);
    assert_true(o->signatures[0].algorithm == DKIM_ED25519 && o->signatures[0].below && o->signatures[0].result == DKIM_OPEN);
    assert_memory_equal(o->signatures[0].digest, w.signatures[0].digest, HASH_SIZE);
    assert_true(o->signatures[1].result == DKIM_PERMERROR && o->signatures[1].domain.n == 0);
}

static struct dns_answer full_answer(struct arena *arena)
{
    struct dns_answer a = {.name = STR("one._domainkey.fabrikam.example"), .status = DNS_FOUND, .count = 2, .ttl = UINT32_MAX};
    a.records = arena_array(arena, 2, sizeof *a.records);
    a.records[0] = ODD;
    a.records[1] = STR("");
    return a;
}

static void check_answer(const struct dns_answer *a)
{
    assert_same(a->name, STR("one._domainkey.fabrikam.example"));
    assert_true(a->status == DNS_FOUND && a->count == 2 && a->ttl == UINT32_MAX && a->records[1].n == 0);
    assert_same(a->records[0], ODD);
}

static void put_check(struct arena *arena, struct buf *out)
{
    struct origin o = full_origin(arena);
    struct dns_answer answer = full_answer(arena);
    wire_put_check(out, 42, &o, &answer, 1);
}

static bool get_check(struct str payload, struct arena *arena)
{
    uint64_t serial;
    struct origin o;
    struct dns_answer *answers;
    size_t count;
    return wire_get_check(payload, arena, &serial, &o, &answers, &count);
}

static void check_check(struct str payload, struct arena *arena)
{
    uint64_t serial = 0;
    struct origin o = {0};
    struct dns_answer *answers = NULL;
    size_t count = 0;
    assert_true(wire_get_check(payload, arena, &serial, &o, &answers, &count));
    assert_true(serial == 42 && count == 1);
    check_origin(&o, arena);
    check_answer(&answers[0]);
}

static void put_checked(struct arena *arena, struct buf *out)
{
    struct origin o = full_origin(arena);
    wire_put_checked(out, 42, &o);
}

static bool get_checked(struct str payload, struct arena *arena)
{
    uint64_t serial;
    struct origin o;
    return wire_get_checked(payload, arena, &serial, &o);
}

static void check_checked(struct str payload, struct arena *arena)
{
    uint64_t serial = 0;
    struct origin o = {0};
    assert_true(wire_get_checked(payload, arena, &serial, &o));
    assert_int_equal(serial, 42);
    check_origin(&o, arena);
}

static void put_resolved(struct arena *arena, struct buf *out)
{
    struct dns_answer answer = full_answer(arena);
    wire_put_resolved(out, 42, &answer);
}

static bool get_resolved(struct str payload, struct arena *arena)
{
    uint32_t serial;
    struct dns_answer answer;
    return wire_get_resolved(payload, arena, &serial, &answer);
}

static void check_resolved(struct str payload, struct arena *arena)
{
    uint32_t serial = 0;
    struct dns_answer answer = {0};
    assert_true(wire_get_resolved(payload, arena, &serial, &answer));
    assert_int_equal(serial, 42);
    check_answer(&answer);
}

/* A child that names what is no domain, or a result we do not know, is not believed. */
static void names_and_results_are_looked_at(void **state)
{
    struct arena *arena = arena_new();
    struct buf out = {0};
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct origin o = full_origin(arena), got = {0};
        uint32_t type = 0;
        uint64_t serial = 0;
        size_t size = 0;
        struct str payload = {0};
        if (i == 0)
            o.signatures[0].domain = STR("a b");
        else if (i == 1)
            o.signatures[0].selector = STR("../x");
        else if (i == 2)
            o.from = STR("FABRIKAM.example");
        else if (i == 3)
            o.signatures[0].result = DKIM_RESULTS;
        else if (i == 4)
            o.signatures[0].algorithm = DKIM_ALGORITHMS;
        buf_clear(&out);
        wire_put_checked(&out, 1, &o);
        assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
        assert_true(wire_get_checked(payload, arena, &serial, &got) == (i == 5));
    }
    buf_free(&out);
    arena_free(&arena);
}

static void put_understood(struct arena *arena, struct buf *out)
{
    struct message m = full_message(arena);
    struct scan_capture capture = {STR("gateway"), STR("de-7"), 9, 12};
    struct scan_hit hits[] = {{.probe = 1, .source = STR("subject"), .start = 1, .end = 20, .matched = ODD, .captures = &capture, .capture_count = 1},
                              {.probe = 7, .failed = true, .why = STR("match limit"), .source = STR("text")}};
    wire_put_understood(out, 42, &m, &(struct scan_hits){hits, 2});
}

static bool get_understood(struct str payload, struct arena *arena)
{
    uint64_t serial;
    struct message m;
    struct scan_hits hits;
    return wire_get_understood(payload, arena, &serial, &m, &hits);
}

static void check_addresses(const struct address_list *list, size_t count)
{
    assert_int_equal(list->count, count);
    assert_same(list->list[0].name, some_addresses[0].name);
    assert_same(list->list[0].addr, some_addresses[0].addr);
}

static void check_authentication(const struct authres *a)
{
    assert_same(a->authserv, STR("mx"));
    assert_true(a->version == 1 && a->broken == 2 && a->result_count == 1 && a->results[0].property_count == 1);
    assert_same(a->results[0].method, STR("dkim"));
    assert_same(a->results[0].result, STR("pass"));
    assert_same(a->results[0].reason, STR("reason"));
    assert_same(a->results[0].comment, ODD);
    assert_same(a->results[0].properties[0].type, STR("header"));
    assert_same(a->results[0].properties[0].name, STR("d"));
    assert_same(a->results[0].properties[0].value, STR("fabrikam.example"));
}

static void check_understood(struct str payload, struct arena *arena)
{
    uint64_t serial = 0;
    struct message m = {0}, w = full_message(arena);
    struct scan_hits hits = {0};
    assert_true(wire_get_understood(payload, arena, &serial, &m, &hits));
    assert_int_equal(serial, 42);
    assert_int_equal(m.header_count, 2);
    assert_same(m.headers[0].value, ODD);
    const struct str texts[][2] = {{m.subject, w.subject}, {m.message_id, w.message_id}, {m.return_path, w.return_path}, {m.text, w.text}, {m.fresh, w.fresh}, {m.language, w.language},
                                   {m.kind_evidence, w.kind_evidence}, {m.unanswerable_why, w.unanswerable_why}, {m.report.recipient, w.report.recipient},
                                   {m.report.status, w.report.status}, {m.report.original_id, w.report.original_id}, {m.report.feedback_type, w.report.feedback_type}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_same(texts[i][0], texts[i][1]);
    check_addresses(&m.from, 1);
    const struct address_list *lists[] = {&m.sender, &m.reply_to, &m.to, &m.cc, &m.delivered_to};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        check_addresses(lists[i], 2);
    assert_int_equal(m.in_reply_to.count, 1);
    assert_int_equal(m.references.count, 2);
    assert_true(m.date == INT64_MIN && m.kind == MESSAGE_BOUNCE && m.answerable && m.report.hard && m.report.smtp_code == 550 && m.defects == UINT32_MAX);
    assert_int_equal(m.attachment_count, 1);
    assert_true(m.attachments[0].size == UINT64_MAX && m.attachments[0].is_inline && m.attachments[0].part == 9);
    assert_memory_equal(m.attachments[0].sha256, w.attachments[0].sha256, 32);
    assert_same(m.attachments[0].name, STR("a.pdf"));
    assert_int_equal(m.importance, -1);
    assert_int_equal(m.fresh_cut, FRESH_LIKELY);
    assert_true(m.signature.kind == PROTECTION_SMIME && m.signature.verified && m.encrypted == PROTECTION_PGP);
    assert_same(m.signature.signer, w.signature.signer);
    assert_same(m.signature.why, w.signature.why);
    assert_same(m.encrypted_why, ODD);
    assert_true(m.forwarded.is && m.forwarded.date == INT64_MAX && m.forwarded.references.count == 2);
    assert_same(m.forwarded.from.addr, w.forwarded.from.addr);
    assert_same(m.forwarded.from.name, w.forwarded.from.name);
    assert_same(m.forwarded.subject, w.forwarded.subject);
    assert_same(m.forwarded.text, ODD);
    assert_same(m.forwarded.message_id, w.forwarded.message_id);
    assert_true(m.carried.file_count == 2 && m.carried.left_out == 3);
    assert_true(m.carried.files[0].is_inline && !m.carried.files[1].is_inline);
    assert_same(m.carried.files[0].octets, ODD);
    assert_same(m.carried.files[0].name, STR("a.png"));
    assert_same(m.carried.files[0].content_id, STR("i1@x"));
    assert_same(m.carried.files[1].type, STR("text/plain"));
    assert_same(m.carried.html, STR("<p>x</p>"));
    assert_int_equal(m.carried.html_source.n, 0); /* stays where it was read */
    check_authentication(&m.authentication);
    assert_true(m.arc.instances == 3 && str_eq(m.arc.sealer, w.arc.sealer) && str_eq(m.arc.passed, w.arc.passed));
    check_origin(&m.origin, arena);
    assert_int_equal(hits.count, 2);
    assert_same(hits.list[0].matched, ODD);
    assert_int_equal(hits.list[0].capture_count, 1);
    assert_same(hits.list[0].captures[0].text, STR("de-7"));
    assert_int_equal(hits.list[0].captures[0].end, 12);
    assert_true(hits.list[1].failed && hits.list[1].probe == 7);
    assert_same(hits.list[1].why, STR("match limit"));
}

static void put_text(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_text(out, WIRE_READER_READY, ODD);
}

static bool get_text(struct str payload, struct arena *arena)
{
    struct str text;
    (void)arena;
    return wire_get_text(payload, &text);
}

static void check_text(struct str payload, struct arena *arena)
{
    struct str text = {0};
    (void)arena;
    assert_true(wire_get_text(payload, &text));
    assert_same(text, ODD);
}

static void put_courier_setup(struct arena *arena, struct buf *out)
{
    (void)arena;
    struct str folders[] = {STR("INBOX"), STR("Entw&APw-rfe")}, arguments[] = {STR("/bin/cat"), STR("")};
    struct endpoint server = {STR("mail.contoso.example"), 65535, TRANSPORT_STARTTLS, STR("/ca.pem"), STR("6d1f"), INT64_MAX};
    struct secret_source secret = {.kind = SECRET_COMMAND, .name = STR("n"), .arguments = arguments, .argument_count = 2};
    struct mailbox_settings mailboxes[] = {{.name = STR("support"), .driver = STR("imap"), .server = server, .path = STR(""), .user = STR("u@x"), .secret = secret, .folders = folders,
                                            .folder_count = 2, .after = AFTER_DELETE, .after_folder = STR("Done"), .after_keyword = STR("\\Seen"), .poll = 60000, .size_max = 7},
                                           {.name = STR("second"), .driver = STR("maildir"), .path = STR("/m"), .folders = folders, .folder_count = 1}};
    bool paused[] = {false, true};
    struct relay_settings relays[] = {{.name = STR("default"), .driver = STR("smtp"), .server = server, .user = STR("u"), .secret = secret, .ehlo = STR("desk.contoso.example"), .per_minute = 30}};
    wire_put_courier_setup(out, &(struct wire_courier_setup){mailboxes, paused, 2, relays, 1, {true, STR("127.0.0.1:5353")}});
}

static bool get_courier_setup(struct str payload, struct arena *arena)
{
    struct wire_courier_setup setup;
    return wire_get_courier_setup(payload, arena, &setup);
}

static void check_courier_setup(struct str payload, struct arena *arena)
{
    struct wire_courier_setup s;
    assert_true(wire_get_courier_setup(payload, arena, &s));
    assert_true(s.resolve.on);
    assert_same(s.resolve.server, STR("127.0.0.1:5353"));
    assert_int_equal(s.mailbox_count, 2);
    assert_true(!s.paused[0] && s.paused[1]);
    const struct mailbox_settings *m = &s.mailboxes[0];
    assert_same(m->server.host, STR("mail.contoso.example"));
    assert_true(m->server.port == 65535 && m->server.security == TRANSPORT_STARTTLS && m->server.timeout == INT64_MAX);
    assert_same(m->server.ca_file, STR("/ca.pem"));
    assert_same(m->server.fingerprint, STR("6d1f"));
    assert_true(m->secret.kind == SECRET_COMMAND && m->secret.argument_count == 2);
    assert_same(m->secret.arguments[0], STR("/bin/cat"));
    assert_int_equal(m->folder_count, 2);
    assert_same(m->folders[1], STR("Entw&APw-rfe"));
    assert_true(m->after == AFTER_DELETE && m->poll == 60000 && m->size_max == 7);
    assert_same(m->after_folder, STR("Done"));
    assert_same(m->after_keyword, STR("\\Seen"));
    assert_same(s.mailboxes[1].path, STR("/m"));
    assert_int_equal(s.relay_count, 1);
    assert_same(s.relays[0].ehlo, STR("desk.contoso.example"));
    assert_int_equal(s.relays[0].per_minute, 30);
}

static void put_folder(struct arena *arena, struct buf *out)
{
    (void)arena;
    struct uid_range known[] = {{1, 1}, {3, 9}, {UINT32_MAX, UINT32_MAX}}, unsettled[] = {{4, 5}};
    wire_put_folder(out, WIRE_KNOWN, &(struct wire_folder){.mailbox = 3, .folder = STR("INBOX"), .uid_validity = UINT32_MAX, .uid_next = 10, .exists = 8, .read_only = true, .above = 2,
                                                            .known = {known, 3, 0}, .unsettled = {unsettled, 1, 0}});
}

static bool get_folder(struct str payload, struct arena *arena)
{
    struct wire_folder folder;
    return wire_get_folder(payload, arena, &folder);
}

static void check_folder(struct str payload, struct arena *arena)
{
    struct wire_folder f;
    assert_true(wire_get_folder(payload, arena, &f));
    assert_true(f.mailbox == 3 && f.uid_validity == UINT32_MAX && f.uid_next == 10 && f.exists == 8 && f.read_only && f.above == 2);
    assert_int_equal(f.known.count, 3);
    assert_true(uid_set_has(&f.known, 9) && uid_set_has(&f.known, UINT32_MAX) && !uid_set_has(&f.known, 2));
    assert_true(uid_set_has(&f.unsettled, 5) && f.unsettled.count == 1);
}

static void put_raw(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_raw(out, &(struct wire_raw){1, STR("INBOX"), 7, {UINT32_MAX, -1, UINT64_MAX, true, ODD}});
}

static bool get_raw(struct str payload, struct arena *arena)
{
    struct wire_raw raw;
    (void)arena;
    return wire_get_raw(payload, &raw);
}

static void check_raw(struct str payload, struct arena *arena)
{
    struct wire_raw r;
    (void)arena;
    assert_true(wire_get_raw(payload, &r));
    assert_true(r.mailbox == 1 && r.uid_validity == 7 && r.item.uid == UINT32_MAX && r.item.internal_date == -1 && r.item.size == UINT64_MAX && r.item.truncated);
    assert_same(r.folder, STR("INBOX"));
    assert_same(r.item.octets, ODD);
}

static void put_pair(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_pair(out, WIRE_ORDER, UINT32_MAX, WIRE_ORDER_STOP);
}

static bool get_pair(struct str payload, struct arena *arena)
{
    uint32_t a, b;
    (void)arena;
    return wire_get_pair(payload, &a, &b);
}

static void check_pair(struct str payload, struct arena *arena)
{
    uint32_t a = 0, b = 0;
    (void)arena;
    assert_true(wire_get_pair(payload, &a, &b));
    assert_true(a == UINT32_MAX && b == WIRE_ORDER_STOP);
}

static struct uid_range marked[] = {{1, 1}, {3, UINT32_MAX}};

static void put_chore(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_chore(out, &(struct wire_chore){7, UINT64_MAX, CHORE_MARK, STR("INBOX"), STR("id@x"), INT64_MIN, ODD, 77, {marked, 2, 0}, STR("$TicketOpen"), STR("a b")});
}

static bool get_chore(struct str payload, struct arena *arena)
{
    struct wire_chore chore;
    return wire_get_chore(payload, arena, &chore);
}

static void check_chore(struct str payload, struct arena *arena)
{
    struct wire_chore c = {0};
    assert_true(wire_get_chore(payload, arena, &c));
    assert_true(c.mailbox == 7 && c.serial == UINT64_MAX && c.kind == CHORE_MARK && c.date == INT64_MIN && c.uid_validity == 77);
    assert_same(c.folder, STR("INBOX"));
    assert_same(c.message_id, STR("id@x"));
    assert_same(c.octets, ODD);
    assert_true(c.uids.count == 2 && c.uids.ranges[1].first == 3 && c.uids.ranges[1].last == UINT32_MAX);
    assert_same(c.set, STR("$TicketOpen"));
    assert_same(c.clear, STR("a b"));
}

static void put_chore_done(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_chore_done(out, &(struct wire_chore_done){7, UINT64_MAX, true, ODD});
}

static bool get_chore_done(struct str payload, struct arena *arena)
{
    struct wire_chore_done done;
    (void)arena;
    return wire_get_chore_done(payload, &done);
}

static void check_chore_done(struct str payload, struct arena *arena)
{
    struct wire_chore_done d = {0};
    (void)arena;
    assert_true(wire_get_chore_done(payload, &d));
    assert_true(d.mailbox == 7 && d.serial == UINT64_MAX && d.done);
    assert_same(d.why, ODD);
}

static struct relay_recipient recipients[] = {{STR("a@x"), DELIVERY_SENT, 250, STR("2.0.0"), STR("ok")}, {STR("b@x"), DELIVERY_UNKNOWN, 0, STR(""), ODD}};

static void put_letter(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_letter(out, 2, &(struct relay_letter){UINT64_MAX, STR(""), recipients, 2, ODD});
}

static void put_receipt(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_receipt(out, 2, &(struct relay_letter){UINT64_MAX, STR(""), recipients, 2, ODD});
}

static bool get_letter(struct str payload, struct arena *arena)
{
    uint32_t relay;
    struct relay_letter letter;
    return wire_get_letter(payload, arena, &relay, &letter);
}

static bool get_receipt(struct str payload, struct arena *arena)
{
    uint32_t relay;
    struct relay_letter letter;
    return wire_get_receipt(payload, arena, &relay, &letter);
}

static void check_post(struct str payload, struct arena *arena, struct str octets)
{
    uint32_t relay = 0;
    struct relay_letter l = {0};
    assert_true(wire_get_letter(payload, arena, &relay, &l));
    assert_true(relay == 2 && l.id == UINT64_MAX && l.from.n == 0 && l.recipient_count == 2);
    assert_same(l.recipients[0].address, STR("a@x"));
    assert_same(l.recipients[0].enhanced, STR("2.0.0"));
    assert_true(l.recipients[0].code == 250 && l.recipients[1].delivery == DELIVERY_UNKNOWN);
    assert_same(l.recipients[1].text, ODD);
    assert_same(l.octets, octets);
}

static void check_letter(struct str payload, struct arena *arena)
{
    check_post(payload, arena, ODD);
}

static void check_receipt(struct str payload, struct arena *arena)
{
    check_post(payload, arena, STR("")); /* the octets do not come back */
}

static void put_state(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_state(out, &(struct wire_state){WIRE_PART_RELAY, 4, STR("waiting"), ODD, ERR_SOURCE, 60000});
}

static bool get_state(struct str payload, struct arena *arena)
{
    struct wire_state state;
    (void)arena;
    return wire_get_state(payload, &state);
}

static void check_state(struct str payload, struct arena *arena)
{
    struct wire_state s;
    (void)arena;
    assert_true(wire_get_state(payload, &s));
    assert_true(s.part == WIRE_PART_RELAY && s.index == 4 && s.kind == ERR_SOURCE && s.retry_in == 60000);
    assert_same(s.state, STR("waiting"));
    assert_same(s.note, ODD);
}

static void put_secret_wanted(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_secret_wanted(out, 77, WIRE_PART_RELAY, 5);
}

static bool get_secret_wanted(struct str payload, struct arena *arena)
{
    uint32_t serial, index;
    enum wire_part part;
    (void)arena;
    return wire_get_secret_wanted(payload, &serial, &part, &index);
}

static void check_secret_wanted(struct str payload, struct arena *arena)
{
    uint32_t serial = 0, index = 0;
    enum wire_part part = WIRE_PART_MAILBOX;
    (void)arena;
    assert_true(wire_get_secret_wanted(payload, &serial, &part, &index));
    assert_true(serial == 77 && part == WIRE_PART_RELAY && index == 5);
}

static void put_serial_text(struct arena *arena, struct buf *out)
{
    (void)arena;
    wire_put_serial_text(out, WIRE_TESTED, 9, ODD);
}

static bool get_serial_text(struct str payload, struct arena *arena)
{
    uint32_t serial;
    struct str text;
    (void)arena;
    return wire_get_serial_text(payload, &serial, &text);
}

static void check_serial_text(struct str payload, struct arena *arena)
{
    uint32_t serial = 0;
    struct str text = {0};
    (void)arena;
    assert_true(wire_get_serial_text(payload, &serial, &text));
    assert_int_equal(serial, 9);
    assert_same(text, ODD);
}

#define PAIR(type, name) {#name, type, put_##name, get_##name, check_##name}
static const struct pair pairs[] = {
    PAIR(WIRE_READER_SETUP, reader_setup), PAIR(WIRE_READ, read), PAIR(WIRE_UNDERSTOOD, understood), PAIR(WIRE_READER_READY, text), PAIR(WIRE_COURIER_SETUP, courier_setup),
    PAIR(WIRE_KNOWN, folder), PAIR(WIRE_RAW, raw), PAIR(WIRE_ORDER, pair), PAIR(WIRE_LETTER, letter), PAIR(WIRE_RECEIPT, receipt), PAIR(WIRE_STATE, state),
    PAIR(WIRE_SECRET_WANTED, secret_wanted), PAIR(WIRE_TESTED, serial_text), PAIR(WIRE_CHECK, check), PAIR(WIRE_CHECKED, checked), PAIR(WIRE_RESOLVED, resolved),
    PAIR(WIRE_CHORE, chore), PAIR(WIRE_CHORE_DONE, chore_done),
};
#define PAIRS (sizeof pairs / sizeof *pairs)

/* The payload alone, in memory that ends where it ends. */
static struct str payload_of(const struct pair *pair, struct arena *arena, char **memory)
{
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    pair->put(arena, &out);
    assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
    assert_int_equal(type, pair->type);
    assert_int_equal(size, out.n);
    *memory = malloc(payload.n);
    assert_non_null(*memory);
    memcpy(*memory, payload.p, payload.n);
    payload.p = *memory;
    buf_free(&out);
    return payload;
}

static void what_is_put_is_got(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct arena *arena = arena_new();
        char *memory = NULL;
        pairs[i].check(payload_of(&pairs[i], arena, &memory), arena);
        free(memory);
        arena_free(&arena);
    }
}

static void a_cut_or_longer_payload_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct arena *arena = arena_new();
        char *memory = NULL;
        struct str payload = payload_of(&pairs[i], arena, &memory);
        for (size_t n = 0; n < payload.n; n++) {
            char *cut = malloc(n + 1);
            assert_non_null(cut);
            memcpy(cut, payload.p, n);
            cut = realloc(cut, n > 0 ? n : 1);
            assert_non_null(cut);
            if (pairs[i].get((struct str){cut, n}, arena))
                fail_msg("%s: %zu of %zu octets are taken", pairs[i].name, n, payload.n);
            free(cut);
        }
        memory = realloc(memory, payload.n + 1);
        assert_non_null(memory);
        memory[payload.n] = '\0';
        if (pairs[i].get((struct str){memory, payload.n + 1}, arena))
            fail_msg("%s: an octet more is taken", pairs[i].name);
        free(memory);
        arena_free(&arena);
    }
}

/* Wherever a count or a length stands, the largest one is set once: nothing is read beyond the payload, and no memory is taken for what cannot be there. */
static void the_largest_number_everywhere_harms_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        char *memory = NULL;
        struct arena *arena = arena_new();
        struct str payload = payload_of(&pairs[i], arena, &memory);
        for (size_t at = 0; at + 4 <= payload.n; at++) {
            char kept[4];
            arena_clear(arena);
            memcpy(kept, memory + at, 4);
            memset(memory + at, 0xff, 4);
            (void)pairs[i].get(payload, arena);
            if (arena_used(arena) > 1024 * 1024)
                fail_msg("%s: %zu octets are taken for a number at %zu", pairs[i].name, arena_used(arena), at);
            memcpy(memory + at, kept, 4);
        }
        free(memory);
        arena_free(&arena);
    }
}

static bool takes_ranges(struct uid_range *ranges, size_t count)
{
    struct arena *arena = arena_new();
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    struct wire_folder got;
    wire_put_folder(&out, WIRE_RECORDED, &(struct wire_folder){.folder = STR("INBOX"), .known = {ranges, count, 0}});
    assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
    bool taken = wire_get_folder(payload, arena, &got);
    buf_free(&out);
    arena_free(&arena);
    return taken;
}

static void ranges_must_rise(void **state)
{
    (void)state;
    assert_true(takes_ranges((struct uid_range[]){{1, 2}, {3, 3}}, 2));
    assert_true(takes_ranges(NULL, 0));
    assert_false(takes_ranges((struct uid_range[]){{2, 1}}, 1));
    assert_false(takes_ranges((struct uid_range[]){{5, 9}, {1, 2}}, 2));
    assert_false(takes_ranges((struct uid_range[]){{1, 5}, {5, 9}}, 2));
}

static bool takes_hits(const struct scan_hit *list, size_t count)
{
    struct arena *arena = arena_new();
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    struct message m = {0}, got;
    struct scan_hits hits;
    uint64_t serial = 0;
    wire_put_understood(&out, 1, &m, &(struct scan_hits){(struct scan_hit *)(uintptr_t)list, count});
    assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
    bool taken = wire_get_understood(payload, arena, &serial, &got, &hits);
    buf_free(&out);
    arena_free(&arena);
    return taken;
}

static void hits_must_rise(void **state)
{
    (void)state;
    assert_true(takes_hits((struct scan_hit[]){{.probe = 0}, {.probe = 4}}, 2));
    assert_false(takes_hits((struct scan_hit[]){{.probe = 4}, {.probe = 4}}, 2));
    assert_false(takes_hits((struct scan_hit[]){{.probe = 4}, {.probe = 0}}, 2));
}

static void kinds_we_do_not_know_are_refused(void **state)
{
    struct message m = {.kind = MESSAGE_KINDS}, got;
    struct arena *arena = arena_new();
    struct buf out = {0};
    uint32_t type = 0, relay = 0;
    struct str payload = {0};
    size_t size = 0;
    uint64_t serial = 0;
    struct scan_hits hits = {0};
    struct relay_recipient to = {.address = STR("a@x"), .delivery = DELIVERY_UNKNOWN + 1};
    struct relay_letter letter = {.recipients = &to, .recipient_count = 1}, back;
    (void)state;
    wire_put_understood(&out, 1, &m, &hits);
    assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
    assert_false(wire_get_understood(payload, arena, &serial, &got, &hits));
    buf_clear(&out);
    wire_put_receipt(&out, 0, &letter);
    assert_int_equal(frame_peek(&out, &type, &payload, &size), 1);
    assert_false(wire_get_receipt(payload, arena, &relay, &back));
    buf_free(&out);
    arena_free(&arena);
}

static struct str behind_header(const struct buf *out)
{
    return (struct str){out->p + FRAME_HEADER, out->n - FRAME_HEADER};
}

static void a_chore_of_too_much_is_refused(void **state)
{
    static struct uid_range ranges[WIRE_CHORE_UIDS + 1];
    static char flags[WIRE_CHORE_FLAGS + 1];
    struct wire_chore many = {.uids = {ranges, WIRE_CHORE_UIDS + 1, 0}}, wide = {.clear = {flags, sizeof flags}}, odd = {.kind = CHORE_MARK + 1};
    const struct wire_chore *const chores[] = {&many, &wide, &odd};
    struct arena *arena = arena_new();
    struct buf out = {0};
    char why[ERR_TEXT_MAX];
    (void)state;
    for (uint32_t i = 0; i <= WIRE_CHORE_UIDS; i++)
        ranges[i] = (struct uid_range){2 * i + 1, 2 * i + 1};
    for (size_t i = 0; i < sizeof chores / sizeof *chores; i++, buf_clear(&out)) {
        wire_put_chore(&out, chores[i]);
        assert_false(get_chore(behind_header(&out), arena));
    }
    many.uids.count--;
    wire_put_chore(&out, &many);
    assert_true(get_chore(behind_header(&out), arena));
    memset(why, 'x', sizeof why);
    buf_clear(&out);
    wire_put_chore_done(&out, &(struct wire_chore_done){.why = {why, sizeof why}});
    assert_false(get_chore_done(behind_header(&out), arena));
    buf_free(&out);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_got), cmocka_unit_test(a_cut_or_longer_payload_is_refused), cmocka_unit_test(the_largest_number_everywhere_harms_nothing),
        cmocka_unit_test(names_and_results_are_looked_at), cmocka_unit_test(ranges_must_rise), cmocka_unit_test(hits_must_rise), cmocka_unit_test(kinds_we_do_not_know_are_refused),
        cmocka_unit_test(a_chore_of_too_much_is_refused),
    };
    return cmocka_run_group_tests_name("core wire", tests, NULL, NULL);
}
