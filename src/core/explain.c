/* explain: what was understood and decided, as JSON. It decides nothing itself: each part is the stage as the line left it, and the rules' own account of
 * themselves. */
#include "core/explain.h"

#include "base/clock.h"
#include "core/query_json.h"

static json_t *string_list(const struct str *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_add(array, json_str(list[i]));
    return array;
}

static json_t *address_list_json(struct address_list addresses)
{
    json_t *array = json_array();
    for (size_t i = 0; i < addresses.count; i++)
        json_add(array, json_str(addresses.list[i].addr));
    return array;
}

/* ---- a message ------------------------------------------------------------------------------------------------------------- */

static json_t *attachments_json(const struct message *message)
{
    json_t *array = json_array();
    for (size_t i = 0; i < message->attachment_count; i++) {
        const struct attachment *a = &message->attachments[i];
        char hex[2 * sizeof a->sha256 + 1];
        str_hex(a->sha256, sizeof a->sha256, hex);
        json_t *one = json_object();
        json_put(one, "name", json_str(a->name));
        json_put(one, "type", json_str(a->type));
        json_put(one, "sniffed", json_str_or_null(a->sniffed));
        json_put(one, "size", json_integer((json_int_t)a->size));
        json_put(one, "sha256", json_string(hex));
        json_put(one, "inline", json_boolean(a->is_inline));
        json_put(one, "part", json_integer(a->part));
        json_add(array, one);
    }
    return array;
}

static json_t *defects_json(uint32_t defects)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{MESSAGE_TRUNCATED, "truncated"},     {MESSAGE_TOO_DEEP, "too deep"},       {MESSAGE_TOO_MANY, "too many parts"},
                 {MESSAGE_BROKEN_MIME, "broken MIME"}, {MESSAGE_BAD_CHARSET, "bad charset"}, {MESSAGE_TWO_FROM, "two From"},
                 {MESSAGE_UNREAD, "not understood"},   {MESSAGE_HIDDEN_TEXT, "hidden text"},
                 {MESSAGE_SAME_ID, "Message-ID of another mail"},
                 {MESSAGE_MISMATCH, "text and HTML differ"}};
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (defects & names[i].bit)
            json_add(array, json_string(names[i].name));
    return array;
}

/* How a kind is shown: a notice of delay is a bounce whose action says so, and an automatic mail that answers one is told apart from others. The rules
 * have their own names for kinds (message_kind_name). */
struct shown_kind {
    enum message_kind kind;
    bool auto_reply;
    const char *name, *action;
};

static const struct shown_kind *shown_kind(const struct message *m)
{
    static const struct shown_kind kinds[] = {
        {MESSAGE_BOUNCE, false, "bounce", "failed"},
        {MESSAGE_DELAY, false, "bounce", "delayed"},
        {MESSAGE_AUTOMATIC, true, "auto_reply", NULL},
    };
    static const struct shown_kind other = {MESSAGE_KINDS, false, NULL, NULL};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (m->kind == kinds[i].kind && (!kinds[i].auto_reply || message_auto_reply(m)))
            return &kinds[i];
    return &other;
}

static const char *shown_name(const struct message *m)
{
    const char *name = shown_kind(m)->name;
    return name ? name : message_kind_name(m->kind);
}

static bool is_report(enum message_kind kind)
{
    return kind == MESSAGE_BOUNCE || kind == MESSAGE_DELAY || kind == MESSAGE_FEEDBACK;
}

static json_t *report_json(const struct message *message)
{
    if (!is_report(message->kind))
        return json_null();
    const struct report *report = &message->report;
    const struct shown_kind *shown = shown_kind(message);
    json_t *bounce = json_object();
    json_put(bounce, "action", shown->action ? json_string(shown->action) : json_null());
    json_put(bounce, "recipient", json_str_or_null(report->recipient));
    json_put(bounce, "status", json_str_or_null(report->status));
    json_put(bounce, "hard", json_boolean(report->hard));
    json_put(bounce, "smtp_code", report->smtp_code != 0 ? json_sprintf("%u", report->smtp_code) : json_null());
    json_put(bounce, "original_id", json_str_or_null(report->original_id));
    return bounce;
}

/* What the topmost Authentication-Results field says, believed or not. */
static json_t *authentication_json(const struct authres *a)
{
    json_t *object = json_object(), *results = json_array();
    json_put(object, "authserv", json_str(a->authserv));
    for (size_t i = 0; i < a->result_count; i++) {
        const struct authres_result *r = &a->results[i];
        json_t *one = json_object(), *properties = json_array();
        json_put(one, "method", json_str(r->method));
        json_put(one, "result", json_str(r->result));
        json_put(one, "reason", json_str_or_null(r->reason));
        json_put(one, "comment", json_str_or_null(r->comment));
        for (size_t k = 0; k < r->property_count; k++) {
            const struct authres_property *p = &r->properties[k];
            json_add(properties, json_sprintf("%.*s%s%.*s=%.*s", STR_ARG(p->type), p->type.n > 0 ? "." : "", STR_ARG(p->name), STR_ARG(p->value)));
        }
        json_put(one, "properties", properties);
        json_add(results, one);
    }
    json_put(object, "results", results);
    return object;
}

/* Our own look at the signatures. */
static json_t *origin_json(const struct origin *o)
{
    json_t *object = json_object(), *signatures = json_array();
    json_put(object, "from", json_str_or_null(o->from));
    json_put(object, "checked", json_boolean(o->checked));
    json_put(object, "proven", json_boolean(o->proven));
    json_put(object, "why", json_str_or_null(o->why));
    json_put(object, "dmarc", o->dmarc.found ? json_sprintf("%.*s", STR_ARG(o->dmarc.policy)) : json_null());
    for (size_t i = 0; i < o->count; i++) {
        const struct dkim_signature *s = &o->signatures[i];
        json_t *one = json_object();
        json_put(one, "domain", json_str_or_null(s->domain));
        json_put(one, "selector", json_str_or_null(s->selector));
        json_put(one, "algorithm", json_string(s->algorithm == DKIM_RSA ? "rsa-sha256" : "ed25519-sha256"));
        json_put(one, "result", json_string(dkim_result_name(s->result)));
        json_put(one, "why", json_str_or_null(s->why));
        json_add(signatures, one);
    }
    json_put(object, "signatures", signatures);
    return object;
}

static json_t *arc_json(const struct arc *arc)
{
    json_t *object = json_object();
    json_put(object, "instances", json_integer(arc->instances));
    json_put(object, "sealer", json_str_or_null(arc->sealer));
    json_put(object, "saw_dmarc_pass_for", json_str_or_null(arc->passed));
    return object;
}

static json_t *signature_json(const struct signature *s)
{
    json_t *object = json_object();
    json_put(object, "kind", json_string(protection_name(s->kind)));
    json_put(object, "verified", json_boolean(s->verified));
    json_put(object, "signer", json_str_or_null(s->signer));
    json_put(object, "why", json_str_or_null(s->why));
    return object;
}

static json_t *forwarded_json(const struct forwarded *f)
{
    json_t *object = json_object();
    json_put(object, "from", json_str(f->from.addr));
    json_put(object, "from_name", json_str(f->from.name));
    json_put(object, "subject", json_str(f->subject));
    json_put(object, "message_id", json_str_or_null(f->message_id));
    json_put(object, "references", string_list(f->references.list, f->references.count));
    json_put(object, "date", json_time(f->date));
    json_put(object, "text", json_str(f->text));
    return object;
}

json_t *explain_message(struct arena *arena, const struct message *m)
{
    (void)arena;
    json_t *object = json_object();
    json_put(object, "subject", json_str(m->subject));
    json_put(object, "from", address_list_json(m->from));
    json_put(object, "from_name", json_str(m->from.count > 0 ? m->from.list[0].name : STR("")));
    json_put(object, "to", address_list_json(m->to));
    json_put(object, "cc", address_list_json(m->cc));
    json_put(object, "reply_to", address_list_json(m->reply_to));
    json_put(object, "message_id", json_str_or_null(m->message_id));
    json_put(object, "in_reply_to", string_list(m->in_reply_to.list, m->in_reply_to.count));
    json_put(object, "references", string_list(m->references.list, m->references.count));
    json_put(object, "date", json_time(m->date));
    json_put(object, "kind", json_string(shown_name(m)));
    json_put(object, "kind_evidence", json_str_or_null(m->kind_evidence));
    json_put(object, "answerable", json_boolean(m->answerable));
    json_put(object, "unanswerable_why", json_str_or_null(m->unanswerable_why));
    json_put(object, "bounce", report_json(m));
    json_put(object, "feedback_type", json_str_or_null(m->report.feedback_type));
    json_put(object, "language", json_str_or_null(m->language));
    json_put(object, "language_confidence", json_integer(m->language_confidence));
    json_put(object, "defects", defects_json(m->defects));
    if (m->importance != 0)
        json_put(object, "importance", json_string(m->importance > 0 ? "high" : "low"));
    if (m->signature.kind != PROTECTION_NONE)
        json_put(object, "signature", signature_json(&m->signature));
    if (m->encrypted != PROTECTION_NONE) {
        json_put(object, "encrypted", json_string(protection_name(m->encrypted)));
        json_put(object, "encrypted_why", json_str_or_null(m->encrypted_why));
    }
    if (m->authentication.authserv.n > 0)
        json_put(object, "authentication", authentication_json(&m->authentication));
    if (m->arc.instances > 0)
        json_put(object, "arc", arc_json(&m->arc));
    if (m->origin.count > 0)
        json_put(object, "dkim", origin_json(&m->origin));
    json_put(object, "attachments", attachments_json(m));
    if (m->forwarded.is)
        json_put(object, "forwarded", forwarded_json(&m->forwarded));
    json_put(object, "text", json_str(m->text));
    json_put(object, "reply", json_str(m->fresh));
    json_put(object, "reply_cut", json_string(fresh_cut_name(m->fresh_cut)));
    return object;
}

/* ---- the line ---------------------------------------------------------------------------------------------------------------- */

static const char *part_name(enum part part)
{
    static const char *const names[] = {
        [PART_CUSTOMER] = "customer", [PART_AGENT] = "agent", [PART_ASKING] = "asking", [PART_ON_BEHALF] = "on behalf", [PART_HELD] = "held"};
    return names[part];
}

static const char *placed_name(enum placed placed)
{
    static const char *const names[] = {
        [PLACED_NEW] = "new", [PLACED_APPENDED] = "appended", [PLACED_PROPOSED] = "proposed", [PLACED_REPORT] = "report",
        [PLACED_DUPLICATE] = "duplicate", [PLACED_OWN] = "own", [PLACED_ASIDE] = "aside",
        [PLACED_ACTED] = "acted", [PLACED_ASKED] = "asked", [PLACED_HELD] = "held",
    };
    return names[placed];
}

static json_t *sender_json(const struct sender *sender)
{
    json_t *object = json_object();
    json_put(object, "address", json_str_or_null(sender->address));
    json_put(object, "name", json_str_or_null(sender->name));
    json_put(object, "agent", json_str_or_null(sender->agent));
    json_put(object, "proven", json_boolean(sender->proven));
    json_put(object, "part", json_string(part_name(sender->part)));
    json_put(object, "part_why", json_str_or_null(sender->part_why));
    if (sender->by.n > 0 && !str_eq(sender->by, STR("none")))
        json_put(object, "by", json_str(sender->by));
    json_put(object, "proof", json_str_or_null(sender->proof));
    return object;
}

static json_t *placement_json(const struct placement *placement)
{
    json_t *object = json_object();
    json_put(object, "placed", json_string(placed_name(placement->placed)));
    json_put(object, "ticket", json_id(placement->ticket));
    json_put(object, "linked", json_id(placement->linked));
    json_put(object, "letter", json_id(placement->letter));
    json_put(object, "reopens", json_boolean(placement->reopens));
    json_put(object, "thanks", json_boolean(placement->thanks));
    json_put(object, "evidence", json_str_or_null(placement->evidence));
    json_put(object, "why", json_str_or_null(placement->why));
    return object;
}

static json_t *values_json(const struct verdict *verdict)
{
    json_t *array = json_array();
    for (size_t i = 0; i < verdict->value_count; i++) {
        const struct value *v = &verdict->values[i];
        json_t *one = json_object();
        json_put(one, "field", json_str(v->field));
        json_put(one, "value", json_str(v->text));
        json_put(one, "rule", json_str_or_null(v->rule));
        json_put(one, "file", json_str_or_null(v->file));
        json_put(one, "line", json_id(v->line));
        json_put(one, "source", json_str_or_null(v->source));
        json_put(one, "start", json_id(v->start));
        json_put(one, "end", json_id(v->end));
        json_put(one, "matched", json_str_or_null(v->matched));
        json_put(one, "because", json_str_or_null(v->because));
        json_add(array, one);
    }
    return array;
}

static json_t *rules_json(const struct intake *intake, const struct line *line)
{
    json_t *array = json_array();
    if (!line->understood || intake->config == NULL || intake->config->rules == NULL)
        return array;
    const struct rules_facts facts = {&line->raw, &line->message, &line->sender, &line->placement, line->customer.name, line->customer.plan};
    struct rule_finding *findings = NULL;
    size_t count = 0;
    rules_explain(intake->config->rules, line->arena, &intake->config->desk, &facts, &line->hits, &findings, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        json_put(one, "rule", json_str(findings[i].name));
        json_put(one, "file", json_str_or_null(findings[i].file));
        json_put(one, "line", json_id(findings[i].line));
        json_put(one, "applied", json_boolean(findings[i].applied));
        json_put(one, "reached", json_boolean(findings[i].reached));
        json_put(one, "why", json_str_or_null(findings[i].why));
        json_add(array, one);
    }
    return array;
}

static json_t *decision_json(const struct verdict *verdict)
{
    json_t *object = json_object();
    json_put(object, "queue", json_str_or_null(verdict->queue));
    json_put(object, "kind", json_str_or_null(verdict->kind));
    json_put(object, "severity", json_sprintf("%c", severity_letter(verdict->severity)));
    json_put(object, "template", json_str_or_null(verdict->template));
    json_put(object, "hold", json_boolean(verdict->hold));
    json_put(object, "ignore", json_boolean(verdict->ignore));
    json_put(object, "set_aside_why", json_str_or_null(verdict->set_aside_why));
    return object;
}

static json_t *answer_json(const struct line *line)
{
    json_t *object = json_object();
    json_put(object, "answer", json_boolean(line->verdict.answer));
    json_put(object, "why", json_str_or_null(line->verdict.answer_why));
    json_put(object, "language", json_str_or_null(line->verdict.language));
    if (!line->verdict.answer || line->letter.octets.n == 0) {
        json_put(object, "letter", json_null());
        return object;
    }
    json_t *letter = json_object();
    json_put(letter, "kind", json_str_or_null(line->letter.kind));
    json_put(letter, "from", json_str(line->letter.from));
    json_put(letter, "to", string_list(line->letter.recipients, line->letter.recipient_count));
    json_put(letter, "relay", json_str_or_null(line->letter.relay));
    json_put(letter, "octets", json_str(line->letter.octets));
    json_put(object, "letter", letter);
    return object;
}

json_t *explain_line(const struct intake *intake, const struct line *line)
{
    json_t *object = json_object();
    json_put(object, "understood", json_boolean(line->understood));
    json_put(object, "trouble", json_str_or_null(line->trouble));
    json_put(object, "message", explain_message(line->arena, &line->message));
    json_put(object, "sender", sender_json(&line->sender));
    json_put(object, "placement", placement_json(&line->placement));
    json_put(object, "rules", rules_json(intake, line));
    json_put(object, "failed", string_list(line->verdict.failed, line->verdict.failed_count));
    json_put(object, "values", values_json(&line->verdict));
    json_put(object, "verdict", decision_json(&line->verdict));
    json_put(object, "answer", answer_json(line));
    return object;
}
