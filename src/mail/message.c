/* message: the order of reading. Outline, fields, addresses, text, attachments, kind, fresh text: each step reads those before it. */
#include "mail/message.h"

#include "mail/address.h"
#include "mail/attach.h"
#include "mail/body.h"
#include "mail/carry.h"
#include "mail/charset.h"
#include "mail/date.h"
#include "mail/forwarded.h"
#include "mail/header.h"
#include "mail/kind.h"
#include "mail/language.h"
#include "mail/mailboxes.h"
#include "mail/mime.h"
#include "mail/octets.h"
#include "mail/protection.h"
#include "mail/quote.h"
#include "mail/tidy.h"
#include "mail/winmail.h"

#include "base/hash.h"

#include <gmime/gmime.h>
#include <string.h>

#define NAME_MAX_OCTETS 200u

static const char *const kind_names[MESSAGE_KINDS] = { [MESSAGE_PERSON] = "person", [MESSAGE_AUTOMATIC] = "automatic", [MESSAGE_LIST] = "list",
    [MESSAGE_BOUNCE] = "bounce", [MESSAGE_DELAY] = "delay", [MESSAGE_FEEDBACK] = "feedback", [MESSAGE_CHALLENGE] = "challenge", [MESSAGE_RECEIPT] = "receipt",
    [MESSAGE_CALENDAR] = "calendar", [MESSAGE_OWN] = "own" };

const char *message_kind_name(enum message_kind kind)
{
    return kind < MESSAGE_KINDS ? kind_names[kind] : "unknown";
}

bool message_kind_of(struct str name, enum message_kind *kind)
{
    for (unsigned i = 0; i < MESSAGE_KINDS; i++)
        if (str_eq(name, str_of(kind_names[i]))) {
            *kind = (enum message_kind)i;
            return true;
        }
    return false;
}

const char *protection_name(enum protection kind)
{
    static const char *const names[PROTECTIONS] = { [PROTECTION_NONE] = "none", [PROTECTION_SMIME] = "smime", [PROTECTION_PGP] = "pgp" };
    return kind < PROTECTIONS ? names[kind] : "unknown";
}

const char *fresh_cut_name(enum fresh_cut cut)
{
    static const char *const names[FRESH_CUTS] = { [FRESH_WHOLE] = "whole", [FRESH_LIKELY] = "likely", [FRESH_SURE] = "sure" };
    return cut < FRESH_CUTS ? names[cut] : "unknown";
}

static GLogWriterOutput discard_log(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer user)
{
    (void)level, (void)fields, (void)count, (void)user;
    return G_LOG_WRITER_HANDLED;
}

void message_prepare(void)
{
    static bool ready;
    if (ready)
        return;
    ready = true;
    /* GLib's own writer asks the terminal and the journal: neither is there in a jail. */
    g_log_set_writer_func(discard_log, NULL, NULL);
    charset_prepare();
    language_prepare();
    hash_prepare(false);
    g_mime_init();
    /* The first digest makes OpenSSL look for its configuration file. */
    uint8_t digest[HASH_SIZE];
    hash_sha256((struct str){ "", 0 }, digest);
}

const struct header_field *message_header(const struct message *m, struct str name)
{
    for (size_t i = 0; i < m->header_count; i++)
        if (str_ieq(m->headers[i].name, name))
            return &m->headers[i];
    return NULL;
}

/* Reads all fields of the head once, in order, decoded. */
static void read_headers(struct arena *arena, struct str head, struct str hint, struct message *m)
{
    struct str rest = head;
    struct header_raw f;
    bool broken = false;
    size_t count = 0, total = 0;
    while (count < MESSAGE_HEADERS_MAX && header_next(&rest, &f, &broken))
        count++;
    m->headers = arena_array(arena, count, sizeof *m->headers);
    rest = head;
    while (m->header_count < count && header_next(&rest, &f, &broken)) {
        struct header_field *h = &m->headers[m->header_count++];
        h->name = tidy_line(arena, f.name, NAME_MAX_OCTETS);
        h->value = total < HEADER_TOTAL_MAX ? header_decode(arena, f.value, hint, HEADER_VALUE_MAX) : (struct str){ "", 0 };
        total += h->value.n;
    }
    if (header_next(&rest, &f, &broken) || total >= HEADER_TOTAL_MAX)
        m->defects |= MESSAGE_TOO_MANY;
    if (broken)
        m->defects |= MESSAGE_BROKEN_MIME;
}

/* One address field: the first of its name; of To and Cc all are joined. */
struct address_field {
    const char *name;
    size_t offset;
    bool joined;
};

static const struct address_field address_fields[] = { { "From", offsetof(struct message, from), true }, { "Sender", offsetof(struct message, sender), false },
    { "Reply-To", offsetof(struct message, reply_to), false }, { "To", offsetof(struct message, to), true }, { "Cc", offsetof(struct message, cc), true },
    { "Delivered-To", offsetof(struct message, delivered_to), true }, { "X-Original-To", offsetof(struct message, delivered_to), true },
    { "Envelope-To", offsetof(struct message, delivered_to), true }, { "X-Envelope-To", offsetof(struct message, delivered_to), true },
    { "X-Delivered-To", offsetof(struct message, delivered_to), true }, { "Resent-To", offsetof(struct message, delivered_to), true } };

static void append(struct arena *arena, struct address_list *to, const struct address_list *more)
{
    size_t room = MESSAGE_ADDRESSES_MAX - to->count, n = more->count < room ? more->count : room;
    if (to->count == 0) {
        *to = *more;
        return;
    }
    struct address *list = arena_array(arena, to->count + n, sizeof *list);
    memcpy(list, to->list, to->count * sizeof *list);
    if (n)
        memcpy(list + to->count, more->list, n * sizeof *list);
    to->list = list;
    to->count += n;
}

static void read_addresses(struct arena *arena, const struct header_raw *f, struct str hint, struct message *m, unsigned *from_fields)
{
    for (size_t i = 0; i < sizeof address_fields / sizeof *address_fields; i++) {
        if (!str_ieq(f->name, str_of(address_fields[i].name)))
            continue;
        struct address_list *list = (struct address_list *)(void *)((char *)m + address_fields[i].offset), more;
        bool many = false, salvaged = false;
        if (i == 0)
            ++*from_fields;
        if (list->count == MESSAGE_ADDRESSES_MAX || (list->count > 0 && !address_fields[i].joined))
            return;
        mailboxes_read(arena, f->value, hint, &more, &many, &salvaged);
        append(arena, list, &more);
        if (many || list->count == MESSAGE_ADDRESSES_MAX)
            m->defects |= MESSAGE_TOO_MANY;
        return;
    }
}

static void read_return_path(struct arena *arena, struct str value, struct message *m)
{
    if (m->return_path.n > 0)
        return;
    struct str s = header_decode(arena, value, (struct str){ NULL, 0 }, 1000);
    if (str_eq(s, STR("<>")) || s.n == 0) {
        m->return_path = STR("<>");
        return;
    }
    const char *open = octets_find(s, '<');
    if (open)
        s = str_sub(s, (size_t)(open + 1 - s.p), s.n);
    const char *close = octets_find(s, '>');
    s = str_trim(str_sub(s, 0, close ? (size_t)(close - s.p) : s.n));
    m->return_path = s.n ? s : STR("<>");
}

static void read_ids(struct arena *arena, const struct header_raw *f, struct message *m)
{
    bool many = false;
    struct str_list ids;
    if (str_ieq(f->name, STR("Message-ID")) && m->message_id.n == 0) {
        mailboxes_ids(arena, f->value, 3, &ids, &many);
        m->message_id = ids.count ? ids.list[0] : tidy_line(arena, f->value, 998);
        return;
    }
    if (str_ieq(f->name, STR("In-Reply-To")) && m->in_reply_to.count == 0)
        mailboxes_ids(arena, f->value, MESSAGE_REFERENCES_MAX, &m->in_reply_to, &many);
    if (str_ieq(f->name, STR("References")) && m->references.count == 0)
        mailboxes_ids(arena, f->value, MESSAGE_REFERENCES_MAX, &m->references, &many);
    if (many)
        m->defects |= MESSAGE_TOO_MANY;
}

/* The first field of a name counts, except where the table above joins them. */
static void read_fields(struct arena *arena, struct str head, struct str hint, struct message *m)
{
    struct header_raw f;
    bool broken = false, has_date = false, has_subject = false, has_results = false;
    unsigned from_fields = 0;
    for (unsigned i = 0; i < MESSAGE_HEADERS_MAX && header_next(&head, &f, &broken); i++) {
        read_addresses(arena, &f, hint, m, &from_fields);
        read_ids(arena, &f, m);
        if (str_ieq(f.name, STR("Return-Path")))
            read_return_path(arena, f.value, m);
        if (str_ieq(f.name, STR("Subject")) && !has_subject) {
            m->subject = header_decode(arena, f.value, hint, MESSAGE_SUBJECT_MAX);
            has_subject = true;
        }
        if (str_ieq(f.name, STR("Authentication-Results")) && !has_results) {
            authres_read(arena, f.value, &m->authentication);
            has_results = true;
        }
        if (str_ieq(f.name, STR("Date")) && !has_date) {
            m->date = date_read(f.value);
            has_date = true;
        }
    }
    if (from_fields > 1 || m->from.count > 1)
        m->defects |= MESSAGE_TWO_FROM;
}

/* A server we trust has looked already. */
static bool is_vouched(const struct message_context *context, const struct message *m)
{
    for (size_t i = 0; i < context->authserv_count; i++)
        if (str_ieq(context->authservs[i], m->authentication.authserv))
            return true;
    return false;
}

/* Of the mail as it was sent: before anything is unpacked. */
static void read_origin(struct arena *arena, const struct message_context *context, struct str octets, struct str head, struct message *m)
{
    if (m->authentication.authserv.n > 0)
        arc_read(arena, head, &m->arc);
    if (context == NULL || !context->verifies || is_vouched(context, m) || m->from.count != 1 || (m->defects & MESSAGE_TWO_FROM) != 0)
        return;
    const char *body = head.p + head.n;
    struct str rest = {body, (size_t)(octets.p + octets.n - body)};
    origin_read(arena, head, rest, address_domain(m->from.list[0].addr), context->received, &m->origin);
}

/* The text knows best: programs write the language they are set to into the header, whatever is typed. A text too short to tell is asked once more
 * together with its subject. */
static void read_language(struct arena *arena, struct message *m)
{
    static const char *const fields[] = { "Content-Language", "Accept-Language" };
    struct language found = language_of(arena, m->fresh);
    if (found.confidence < LANGUAGE_CONFIDENT && m->subject.n > 0)
        found = language_of(arena, arena_printf(arena, "%.*s\n%.*s", STR_ARG(m->subject), STR_ARG(str_sub(m->fresh, 0, LANGUAGE_TEXT_MAX))));
    if (found.confidence >= LANGUAGE_CONFIDENT) {
        m->language = found.code;
        m->language_confidence = found.confidence;
        return;
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields && m->language.n == 0; i++) {
        const struct header_field *f = message_header(m, str_of(fields[i]));
        m->language = f ? language_tag(arena, f->value) : m->language;
    }
}

/* What the sender thinks of it: the first of these fields that says so. */
static void read_importance(struct message *m)
{
    static const struct {
        const char *field, *value;
        int importance;
    } table[] = { { "Importance", "high", 1 }, { "Importance", "low", -1 }, { "X-Priority", "1", 1 }, { "X-Priority", "2", 1 }, { "X-Priority", "4", -1 },
        { "X-Priority", "5", -1 }, { "X-MSMail-Priority", "high", 1 }, { "X-MSMail-Priority", "low", -1 }, { "Priority", "urgent", 1 },
        { "Priority", "non-urgent", -1 } };
    for (size_t i = 0; i < sizeof table / sizeof *table && m->importance == 0; i++) {
        const struct header_field *f = message_header(m, str_of(table[i].field));
        struct str value = f ? f->value : (struct str){ "", 0 }, word = value;
        if (f && str_cut(&value, ' ', &word) && str_ieq(word, str_of(table[i].value)))
            m->importance = table[i].importance;
    }
}

static void clear(struct message *m)
{
    struct str none = { "", 0 };
    *m = (struct message){ .subject = none, .message_id = none, .return_path = none, .text = none, .fresh = none, .language = none, .kind_evidence = none,
        .unanswerable_why = none, .encrypted_why = none, .signature = { .signer = none, .why = none }, .arc = { .sealer = none, .passed = none },
        .origin = { .from = none, .why = none, .dmarc = { .policy = none } } };
    m->forwarded = (struct forwarded){ .from = { none, none }, .subject = none, .text = none, .message_id = none };
    m->carried = (struct carried){ .html_source = none, .html = none };
    m->report = (struct report){ .recipient = none, .status = none, .original_id = none, .feedback_type = none };
}

static void read_mail(struct arena *arena, struct str raw, const struct message_context *context, bool outermost, struct message *out);

/* The mail that is passed on in this one is read in its turn, but not what that one passes on. */
static void read_forwarded(struct arena *arena, const struct mime *mime, struct message *m)
{
    struct str raw;
    struct message inner;
    if (!forwarded_mail(arena, mime, m, &raw)) {
        forwarded_inline(arena, m);
        return;
    }
    read_mail(arena, raw, NULL, false, &inner);
    forwarded_take(&inner, m);
}

static void read_mail(struct arena *arena, struct str raw, const struct message_context *context, bool outermost, struct message *out)
{
    struct mime mime;
    struct body body;
    message_prepare();
    clear(out);
    mime_read(arena, raw, &mime);
    out->defects |= mime.defects;
    struct str head = mime.parts[0].head;
    read_headers(arena, head, mime.hint, out);
    read_fields(arena, head, mime.hint, out);
    read_importance(out);
    read_origin(arena, context, mime.octets, head, out);
    protection_open(arena, context, &mime, out);
    out->defects |= mime.defects;
    body_read(arena, &mime, &body);
    out->defects |= body.defects;
    out->text = body.text;
    attach_list(arena, &mime, &body, out);
    winmail_open(arena, &mime, out);
    protection_inline(arena, context, &mime, out);
    kind_decide(arena, &mime, context, out);
    out->fresh = quote_fresh(arena, out->text, body.history_at, &out->fresh_cut);
    read_language(arena, out);
    if (outermost)
        read_forwarded(arena, &mime, out);
    carry_gather(arena, &mime, &body, context, out);
    if (raw.n > 0 && out->header_count == 0 && out->text.n == 0 && out->attachment_count == 0)
        out->defects |= MESSAGE_UNREAD;
}

void message_read(struct arena *arena, struct str raw, const struct message_context *context, struct message *out)
{
    read_mail(arena, raw, context, true, out);
}

bool message_attachment(struct str raw, uint32_t part, struct buf *out)
{
    struct arena *arena = arena_new();
    struct mime mime;
    message_prepare();
    mime_read(arena, raw, &mime);
    protection_strip(arena, &mime);
    uint32_t inner = WINMAIL_INNER(part);
    part = WINMAIL_OUTER(part);
    bool found = part < mime.count && !mime_is_a(&mime.parts[part], "multipart/");
    if (found) {
        struct buf room = { 0 };
        struct str octets = transfer_decode(&room, mime.parts[part].body, mime.parts[part].transfer);
        if (inner != 0)
            found = winmail_file(octets, inner, out);
        else
            buf_str(out, octets);
        buf_free(&room);
    }
    arena_free(&arena);
    return found;
}
