/* filing: everything one message becomes, in the running transaction. Where it was placed decides what is written, as a row of a small table; what each of
 * these writes is below it, from raw octets to the ticket's values with their provenance. */
#include "store/people.h"

#include "base/hash.h"
#include "desk/desk.h"
#include "sql.h"

#include <string.h>

#define MESSAGE_ID_MAX 998u  /* octets: a longer one is no line of a mail and is not remembered */
#define RECIPIENTS_TEXT_MAX 4000u
#define VALUES_MAX 1000u     /* values of one verdict that are kept */
#define REFERENCES_KEPT 20u  /* of a thread: the first and the last ones */
#define THREAD_FIELD_MAX 4000u

/* What a message in that place becomes. */
static const struct {
    bool opens;    /* a ticket of its own */
    bool onto;     /* a message on placement.ticket */
    bool proposed; /* shown there, not part of it */
    bool note;     /* beside the conversation */
    bool hidden;   /* kept, not shown: what it does has rows of its own */
    bool touches;  /* the ticket has news: reopens, goes on */
} places[] = {
    [PLACED_NEW] = {.opens = true},
    [PLACED_APPENDED] = {.onto = true, .touches = true},
    [PLACED_PROPOSED] = {.opens = true, .onto = true, .proposed = true},
    [PLACED_REPORT] = {.onto = true, .note = true},
    [PLACED_DUPLICATE] = {0},
    [PLACED_OWN] = {0},
    [PLACED_ASIDE] = {0},
    [PLACED_ACTED] = {.onto = true, .hidden = true},
    [PLACED_ASKED] = {0},
    [PLACED_HELD] = {.onto = true, .proposed = true},
};

/* One message while it is filed. */
struct filing {
    struct store *store;
    const struct raw *raw;
    const struct message *message; /* may be NULL, as the two below */
    const struct sender *sender;
    const struct verdict *verdict;
    struct placement placement;
    const char *ruleset_hash;
    int64_t due;
    struct filed *filed;
    int64_t folder, raw_id;
    struct err *err;
};

static struct str address_of(const struct filing *f)
{
    if (f->sender != NULL && f->sender->address.n > 0)
        return f->sender->address;
    return f->message != NULL && f->message->from.count > 0 ? f->message->from.list[0].addr : STR("");
}

static struct str name_of(const struct filing *f)
{
    if (f->sender != NULL && f->sender->name.n > 0)
        return f->sender->name;
    return f->message != NULL && f->message->from.count > 0 ? f->message->from.list[0].name : STR("");
}

static struct str subject_of(const struct filing *f)
{
    return f->message != NULL ? f->message->subject : STR("(not understood)");
}

static void add_addresses(struct buf *out, const struct address_list *list)
{
    for (size_t i = 0; i < list->count && out->n < RECIPIENTS_TEXT_MAX; i++) {
        if (out->n > 0)
            buf_text(out, ", ");
        buf_str(out, list->list[i].addr);
    }
}

/* ---- provenance ---- */

bool provenance_add(struct store *store, const struct provenance *of, const struct value *value, int64_t ruleset, struct err *err)
{
    return sql_run(store, SQL_PROVENANCE_ADD,
                   CELLS(cell_int(of->ticket), cell_ref(of->message), cell_int(of->at), cell_text(value->field), cell_text(value->text), cell_text(value->rule),
                         cell_text(value->file), cell_int(value->line), cell_ref(ruleset), cell_text(value->source), cell_int(value->start),
                         cell_int(value->end), cell_text(value->matched), cell_text(value->because), cell_text(of->actor)),
                   err);
}

/* The row of the rule set in force; the last one is remembered. */
static bool ruleset_row(struct filing *f, int64_t *id)
{
    struct store *store = f->store;
    struct str hash = str_of(f->ruleset_hash);
    *id = 0;
    if (hash.n == 0)
        return true;
    if (store->ruleset == 0 || !str_eq(str_of(store->ruleset_hash), hash)) {
        if (!sql_run(store, SQL_RULESET_ADD, CELLS(cell_text(hash)), f->err) ||
            !sql_number(store, SQL_RULESET_FIND, CELLS(cell_text(hash)), &store->ruleset, f->err))
            return false;
        size_t n = hash.n < sizeof store->ruleset_hash - 1 ? hash.n : sizeof store->ruleset_hash - 1;
        memcpy(store->ruleset_hash, hash.p, n);
        store->ruleset_hash[n] = '\0';
    }
    *id = store->ruleset;
    return true;
}

static bool add_event(struct filing *f, int64_t ticket, const char *kind, struct str detail)
{
    struct str actor = f->sender != NULL && f->sender->agent.n > 0 && f->sender->proven ? f->sender->agent : address_of(f);
    return store_event(f->store, ticket, actor, str_of(kind), detail, f->raw->received, f->err);
}

/* ---- values of a verdict ---- */

/* The last value of that name; "" when there is none. */
static struct str value_of(const struct verdict *verdict, const char *field)
{
    struct str found = STR("");
    for (size_t i = 0; i < verdict->value_count; i++)
        if (str_eq(verdict->values[i].field, str_of(field)))
            found = verdict->values[i].text;
    return found;
}

static bool has_value(const struct verdict *verdict, const char *field)
{
    return value_of(verdict, field).n > 0;
}

/* A tag or a field; other values stand in the ticket's own columns. */
static bool apply_value(struct filing *f, int64_t ticket, const struct value *value)
{
    struct str name = value->field;
    if (str_eq(name, STR("tag")) && value->text.n > 0)
        return sql_run(f->store, SQL_TAG_ADD, CELLS(cell_int(ticket), cell_text(value->text)), f->err);
    if (str_starts(name, STR("field.")))
        return sql_run(f->store, SQL_FIELD_PUT, CELLS(cell_int(ticket), cell_text(str_sub(name, 6, name.n)), cell_text(value->text)), f->err);
    return true;
}

/* On a reply only what rules add counts: its queue and severity are the ticket's own. */
static bool counts_on_reply(const struct value *value)
{
    return value->rule.n > 0 && (str_eq(value->field, STR("tag")) || str_starts(value->field, STR("field.")));
}

static bool apply_values(struct filing *f, int64_t ticket, bool fresh_ticket)
{
    int64_t ruleset = 0;
    struct provenance of = {.ticket = ticket, .message = f->filed->message, .at = f->raw->received, .actor = STR("rules")};
    if (!ruleset_row(f, &ruleset))
        return false;
    for (size_t i = 0; i < f->verdict->value_count && i < VALUES_MAX; i++) {
        const struct value *value = &f->verdict->values[i];
        if (!fresh_ticket && !counts_on_reply(value))
            continue;
        if (!provenance_add(f->store, &of, value, ruleset, f->err) || !apply_value(f, ticket, value))
            return false;
    }
    return true;
}

static bool add_default(struct filing *f, int64_t ticket, const char *field, struct str text, const char *because)
{
    struct provenance of = {.ticket = ticket, .message = f->filed->message, .at = f->raw->received, .actor = STR("triaged")};
    struct value value = {.field = str_of(field), .text = text, .because = str_of(because)};
    return text.n == 0 || provenance_add(f->store, &of, &value, 0, f->err);
}

/* One letter; *letter keeps it. */
static struct str severity_text(const struct verdict *verdict, char *letter)
{
    *letter = severity_letter(verdict->severity);
    return (struct str){letter, 1};
}

/* Whatever stands on the ticket has a row that says why, also where the verdict brought none. */
static bool explain_ticket(struct filing *f, int64_t ticket)
{
    const struct verdict *v = f->verdict;
    char letter = 0;
    if (!add_default(f, ticket, "state", STR("new"), "a new ticket"))
        return false;
    if (v == NULL)
        return true;
    return (has_value(v, "queue") || add_default(f, ticket, "queue", v->queue, "desk default")) &&
           (has_value(v, "severity") || add_default(f, ticket, "severity", severity_text(v, &letter), "desk default")) &&
           (has_value(v, "kind") || add_default(f, ticket, "kind", v->kind, "desk default"));
}

/* ---- rows ---- */

/* Held by a rule, or set aside by core for another reason. */
static bool is_held(const struct filing *f)
{
    return (f->verdict != NULL && f->verdict->hold) || f->filed->outcome == OUTCOME_HELD;
}

/* Whose matter it is: the customer the sender belongs to; 0: nobody we know. */
static bool find_customer(struct filing *f, int64_t *id)
{
    return customer_id(f->store, f->sender != NULL ? f->sender->address : STR(""), id, f->err);
}

static bool open_ticket(struct filing *f, int64_t ticket)
{
    int64_t customer = 0;
    static const struct verdict none;
    const struct verdict *v = f->verdict != NULL ? f->verdict : &none;
    struct str language = f->message == NULL ? STR("") : f->message->language;
    char letter = 0;
    struct str severity = f->verdict == NULL ? STR("") : severity_text(v, &letter);
    return find_customer(f, &customer) &&
           sql_run(f->store, SQL_TICKET_ADD,
                   CELLS(cell_int(ticket), cell_text(v->kind.n > 0 ? v->kind : STR("incident")), cell_text(v->queue), cell_text(severity),
                         cell_text(value_of(v, "impact")), cell_text(value_of(v, "urgency")), cell_text(subject_of(f)),
                         cell_text(v->language.n > 0 ? v->language : language), cell_text(f->raw->mailbox), cell_int(f->raw->internal_date),
                         cell_int(f->raw->received), cell_int(f->raw->backfill ? 0 : f->due), cell_int(!f->raw->backfill), cell_ref(customer)),
                   f->err);
}

static bool add_requester(struct filing *f, int64_t ticket)
{
    if (f->sender == NULL || f->sender->address.n == 0)
        return true;
    return sql_run(f->store, SQL_PARTY_ADD, CELLS(cell_int(ticket), cell_text(f->sender->address), cell_text(f->sender->name), cell_text(STR("requester"))), f->err);
}

static bool is_new_uid(struct filing *f)
{
    int64_t has = 0;
    if (!folder_id(f->store, f->raw->mailbox, f->raw->folder, true, &f->folder, f->err))
        return false;
    if (f->raw->uid != 0 && !sql_number(f->store, SQL_HAS_UID, CELLS(cell_int(f->folder), cell_int(f->raw->uid_validity), cell_int(f->raw->uid)), &has, f->err))
        return false;
    return has == 0 || err_set(f->err, ERR_ITEM, "already on record");
}

static bool add_ledger(struct filing *f)
{
    const struct raw *raw = f->raw;
    bool answered = f->verdict != NULL && f->verdict->answer;
    return sql_run(f->store, SQL_LEDGER_ADD,
                   CELLS(cell_int(f->filed->ledger), cell_int(f->folder), cell_int(raw->uid_validity), cell_ref(raw->uid), cell_int(raw->received),
                         cell_int(raw->internal_date), cell_int((int64_t)raw->size), cell_int(f->raw_id), cell_text(str_of(outcome_name(f->filed->outcome))),
                         cell_text(f->filed->reason), cell_ref(f->filed->ticket), cell_ref(f->filed->message),
                         cell_text(f->message == NULL ? STR("") : f->message->message_id), cell_text(address_of(f)),
                         cell_text(f->message == NULL ? STR("") : f->message->subject), cell_text(answered ? STR("sent") : STR("withheld")),
                         cell_text(f->verdict == NULL ? f->filed->reason : f->verdict->answer_why), cell_int(raw->backfill),
                         cell_int(raw->settled ? raw->received : 0)),
                   f->err) &&
           sql_run(f->store, SQL_TALLY, CELLS(cell_text(str_of(outcome_name(f->filed->outcome)))), f->err);
}

static bool add_attachments(struct filing *f, int64_t message)
{
    for (size_t i = 0; f->message != NULL && i < f->message->attachment_count && i < MESSAGE_PARTS_MAX; i++) {
        const struct attachment *a = &f->message->attachments[i];
        if (!sql_run(f->store, SQL_ATTACHMENT_ADD,
                     CELLS(cell_int(message), cell_int(a->part), cell_text(a->name), cell_text(a->type), cell_text(a->sniffed), cell_int((int64_t)a->size),
                           cell_blob((struct str){(const char *)a->sha256, HASH_SIZE}), cell_int(a->is_inline)),
                     f->err))
            return false;
    }
    return true;
}

/* What stands in place of a text nobody could read. */
static void say_unread(const struct filing *f, struct buf *text)
{
    buf_text(text, "This mail could not be understood");
    if (f->filed->reason.n > 0)
        buf_printf(text, " (%.*s)", STR_ARG(f->filed->reason));
    buf_text(text, ". Its octets are kept as they came.");
}

/* What an answer will name as its thread: References, or the one mail his own answers (RFC 5322, 3.6.4). Of a long list the beginning and the end. */
static void add_references(struct buf *out, const struct message *m)
{
    const struct str_list *ids = m->references.count > 0 ? &m->references : &m->in_reply_to;
    for (size_t i = 0; i < ids->count; i++) {
        bool middle = ids->count > REFERENCES_KEPT && i > 0 && i <= ids->count - REFERENCES_KEPT;
        if (ids->list[i].n > 0 && ids->list[i].n <= MESSAGE_ID_MAX && !middle)
            buf_printf(out, "%s<%.*s>", out->n > 0 ? " " : "", STR_ARG(ids->list[i]));
    }
}

static struct str thread_field(const struct message *m, const char *name)
{
    const struct header_field *field = message_header(m, str_of(name));
    struct str value = field != NULL ? str_trim(field->value) : STR("");
    return value.n <= THREAD_FIELD_MAX ? value : STR("");
}

/* A machine's later mail is nothing to answer; the one that opened the ticket is. */
static bool begins_answers(const struct filing *f)
{
    bool agent = f->sender != NULL && f->sender->agent.n > 0;
    return f->message != NULL && !agent && (places[f->placement.placed].opens || f->message->kind == MESSAGE_PERSON);
}

static bool add_thread(struct filing *f, int64_t message)
{
    struct buf references = {0};
    if (!begins_answers(f))
        return true;
    add_references(&references, f->message);
    bool good = sql_run(f->store, SQL_THREAD_ADD,
                        CELLS(cell_int(message), cell_text(buf_view(&references)), cell_text(thread_field(f->message, "Thread-Index")),
                              cell_text(thread_field(f->message, "Thread-Topic"))),
                        f->err);
    buf_free(&references);
    return good;
}

static bool add_message(struct filing *f, int64_t id, int64_t ticket, const char *direction, bool proposed)
{
    static const struct message none;
    const struct message *m = f->message != NULL ? f->message : &none;
    struct str kind = f->message == NULL ? STR("") : str_of(message_kind_name(m->kind));
    bool cut = f->message != NULL && !str_eq(m->text, m->fresh);
    struct buf to = {0}, unread = {0};
    add_addresses(&to, &m->to);
    add_addresses(&to, &m->cc);
    if (f->message == NULL)
        say_unread(f, &unread);
    bool good = sql_run(f->store, SQL_MESSAGE_ADD,
                        CELLS(cell_int(id), cell_int(ticket), cell_int(f->filed->ledger), cell_null(), cell_text(str_of(direction)), cell_text(kind),
                              cell_text(address_of(f)), cell_text(name_of(f)), cell_text(buf_view(&to)), cell_text(subject_of(f)), cell_text(m->message_id),
                              cell_text(f->sender == NULL ? STR("") : f->sender->proof), cell_int(proposed), cell_int(f->raw->internal_date),
                              cell_int((int64_t)f->raw->size), cell_int(m->defects), cell_text(f->message == NULL ? buf_view(&unread) : m->text),
                              cut ? cell_text(m->fresh) : cell_null()),
                        f->err) &&
                add_attachments(f, id) && add_thread(f, id) && (proposed || mark_wait(f->store, ticket, f->err));
    buf_free(&to);
    buf_free(&unread);
    return good;
}

static bool add_message_id(struct filing *f, int64_t ticket)
{
    if (f->message == NULL || f->message->message_id.n == 0 || f->message->message_id.n > MESSAGE_ID_MAX)
        return true;
    return sql_run(f->store, SQL_MESSAGE_ID_ADD, CELLS(cell_text(f->message->message_id), cell_int(ticket), cell_null()), f->err);
}

/* ---- what a place makes of it ---- */

static bool hold_ticket(struct filing *f, int64_t ticket)
{
    struct provenance of = {.ticket = ticket, .message = f->filed->message, .at = f->raw->received, .actor = STR("rules")};
    struct value value = {.field = STR("tag"), .text = STR("held"), .because = f->filed->reason};
    return !is_held(f) || (apply_value(f, ticket, &value) && provenance_add(f->store, &of, &value, 0, f->err));
}

/* Its Message-ID is another mail's: whoever looks at the ticket is to know. */
static bool mark_ticket(struct filing *f, int64_t ticket)
{
    struct provenance of = {.ticket = ticket, .message = f->filed->message, .at = f->raw->received, .actor = STR("triaged")};
    struct value value = {.field = STR("tag"), .text = STR("same-message-id"), .because = f->filed->reason};
    if (f->message == NULL || (f->message->defects & MESSAGE_SAME_ID) == 0)
        return true;
    return apply_value(f, ticket, &value) && provenance_add(f->store, &of, &value, 0, f->err);
}

static bool link_tickets(struct filing *f, int64_t ticket, int64_t other)
{
    return other == 0 || other == ticket || sql_run(f->store, SQL_LINK_ADD, CELLS(cell_int(ticket), cell_int(other), cell_int(f->raw->received)), f->err);
}

static bool fill_new_ticket(struct filing *f, int64_t ticket)
{
    return add_message(f, f->filed->message, ticket, "in", false) && add_requester(f, ticket) && add_message_id(f, ticket) &&
           explain_ticket(f, ticket) && (f->verdict == NULL || apply_values(f, ticket, true)) && hold_ticket(f, ticket) && mark_ticket(f, ticket) &&
           link_tickets(f, ticket, f->placement.linked) && add_event(f, ticket, "opened", f->filed->reason);
}

static bool set_state(struct filing *f, int64_t ticket, const char *state, const char *kind, struct str why)
{
    struct provenance of = {.ticket = ticket, .message = f->filed->message, .at = f->raw->received, .actor = address_of(f)};
    struct value value = {.field = STR("state"), .text = str_of(state), .because = why};
    return ticket_state(f->store, ticket, str_of(state), f->raw->received, f->err) &&
           provenance_add(f->store, &of, &value, 0, f->err) && add_event(f, ticket, kind, why);
}

/* A closed ticket opens where placing says so; one that waits for its customer goes on when he writes. */
static bool wake_ticket(struct filing *f, int64_t ticket)
{
    bool found = false, closed = false, pending = false;
    if (!sql_find(f->store, SQL_VALUE_STATE, CELLS(cell_int(ticket)), &found, f->err))
        return false;
    if (found) {
        closed = str_eq(sql_octets(f->store, SQL_VALUE_STATE, 0), STR("closed"));
        pending = str_eq(sql_octets(f->store, SQL_VALUE_STATE, 0), STR("pending"));
    }
    sql_end(f->store, SQL_VALUE_STATE);
    bool by_customer = f->message != NULL && f->message->kind == MESSAGE_PERSON && (f->sender == NULL || f->sender->agent.n == 0);
    if (closed && f->placement.reopens)
        return set_state(f, ticket, "open", "reopened", STR("a reply came"));
    if (pending && by_customer) /* nobody waits any longer: no reminder */
        return store_wake_at(f->store, ticket, 0, f->err) && set_state(f, ticket, "open", "continued", STR("the customer replied"));
    return sql_run(f->store, SQL_TICKET_TOUCH, CELLS(cell_int(f->raw->received), cell_int(ticket)), f->err);
}

/* The message on a ticket that was there before: a reply, a report, or a stranger's proposal. */
static bool put_onto(struct filing *f, int64_t id, int64_t ticket)
{
    enum placed placed = f->placement.placed;
    bool aside = places[placed].note || places[placed].hidden;
    if (!add_message(f, id, ticket, aside ? "note" : "in", places[placed].proposed))
        return false;
    if (places[placed].hidden && !sql_run(f->store, SQL_NOTE_HIDE, CELLS(cell_int(id)), f->err))
        return false;
    if (places[placed].proposed)
        return link_tickets(f, f->filed->ticket, ticket) && add_event(f, ticket, is_held(f) ? "held" : "proposed", f->filed->reason);
    if (!add_message_id(f, ticket) || !add_event(f, ticket, outcome_name(f->filed->outcome), f->filed->reason))
        return false;
    if (!places[placed].touches)
        return true;
    return wake_ticket(f, ticket) && hold_ticket(f, ticket) && mark_ticket(f, ticket) && (f->verdict == NULL || apply_values(f, ticket, false));
}

/* Messages nobody placed were not understood, or are not to be understood again. */
static struct placement placement_or(const struct placement *given, enum outcome outcome)
{
    struct placement none = {.placed = outcome == OUTCOME_DUPLICATE ? PLACED_DUPLICATE : outcome == OUTCOME_OWN ? PLACED_OWN : PLACED_NEW};
    return given != NULL ? *given : none;
}

/* Ids first, so that rows can name each other whatever their order. */
static void give_ids(struct filing *f, bool opens, bool onto)
{
    struct next_ids *next = &f->store->next;
    f->filed->ledger = next->ledger++;
    f->filed->ticket = opens ? next->ticket++ : f->placement.ticket;
    f->filed->message = opens || onto ? next->message++ : 0;
}

static bool file_it(struct filing *f)
{
    if (!is_new_uid(f))
        return false;
    bool ignored = f->verdict != NULL && f->verdict->ignore;
    bool opens = !ignored && places[f->placement.placed].opens;
    bool onto = !ignored && places[f->placement.placed].onto && f->placement.ticket != 0;
    give_ids(f, opens, onto);
    int64_t beside = opens && onto ? f->store->next.message++ : f->filed->message;
    return (!opens || open_ticket(f, f->filed->ticket)) && raw_keep(f->store, f->raw, f->filed->ticket, &f->raw_id, f->err) && add_ledger(f) &&
           (!opens || fill_new_ticket(f, f->filed->ticket)) && (!onto || put_onto(f, beside, f->placement.ticket));
}

bool store_file(struct store *store, const struct raw *raw, const struct message *message, const struct sender *sender, const struct placement *placement,
                const struct verdict *verdict, const char *ruleset_hash, int64_t due, struct filed *filed, struct err *err)
{
    struct filing filing = {
        .store = store, .raw = raw, .message = message, .sender = sender, .verdict = verdict, .placement = placement_or(placement, filed->outcome),
        .ruleset_hash = ruleset_hash, .due = due, .filed = filed, .err = err,
    };
    if (!store->open)
        return err_set(err, ERR_RETRY, "store: no transaction is running");
    return file_it(&filing) || err_wrap(err, "%.*s: UID %u", STR_ARG(raw->mailbox), raw->uid);
}

/* ---- understood after all ---- */

static bool rewrite_message(struct filing *f, int64_t id)
{
    const struct message *m = f->message;
    bool cut = !str_eq(m->text, m->fresh);
    struct buf to = {0};
    add_addresses(&to, &m->to);
    add_addresses(&to, &m->cc);
    bool good = sql_run(f->store, SQL_MESSAGE_REFILE,
                        CELLS(cell_text(str_of(message_kind_name(m->kind))), cell_text(address_of(f)), cell_text(name_of(f)), cell_text(buf_view(&to)),
                              cell_text(m->subject), cell_text(m->message_id), cell_text(f->sender == NULL ? STR("") : f->sender->proof),
                              cell_int(m->defects), cell_text(m->text), cut ? cell_text(m->fresh) : cell_null(), cell_int(id)),
                        f->err) &&
                sql_run(f->store, SQL_ATTACHMENTS_DROP, CELLS(cell_int(id)), f->err) && add_attachments(f, id) && add_thread(f, id);
    buf_free(&to);
    return good;
}

static bool rewrite_ticket(struct filing *f, int64_t ticket)
{
    static const struct verdict none;
    const struct verdict *v = f->verdict != NULL ? f->verdict : &none;
    char letter = 0;
    struct str severity = f->verdict == NULL ? STR("") : severity_text(v, &letter);
    int64_t customer = 0;
    return find_customer(f, &customer) && sql_run(f->store, SQL_TICKET_CUSTOMER, CELLS(cell_ref(customer), cell_int(ticket)), f->err) &&
           sql_run(f->store, SQL_TICKET_REFILE,
                   CELLS(cell_text(v->kind.n > 0 ? v->kind : STR("incident")), cell_text(v->queue), cell_text(severity), cell_text(value_of(v, "impact")),
                         cell_text(value_of(v, "urgency")), cell_text(f->message->subject), cell_text(v->language.n > 0 ? v->language : f->message->language),
                         cell_int(f->raw->received), cell_int(ticket)),
                   f->err);
}

static bool refile_it(struct filing *f, struct raw *raw, int64_t ledger)
{
    enum sql q = SQL_LEDGER_FOR_REFILE;
    bool found = false;
    if (!sql_find(f->store, q, CELLS(cell_int(ledger)), &found, f->err))
        return false;
    if (found) {
        f->filed->ticket = sql_int(f->store, q, 0);
        f->filed->message = sql_int(f->store, q, 1);
        raw->internal_date = sql_int(f->store, q, 2);
        raw->backfill = sql_int(f->store, q, 5) != 0;
        found = str_eq(sql_octets(f->store, q, 3), STR("quarantined")) && sql_int(f->store, q, 4) == 0;
        sql_end(f->store, q);
    }
    if (!found || f->filed->ticket == 0 || f->filed->message == 0)
        return err_set(f->err, ERR_ITEM, "message %lld is not in quarantine", (long long)ledger);
    int64_t ticket = f->filed->ticket;
    return rewrite_message(f, f->filed->message) && rewrite_ticket(f, ticket) && add_requester(f, ticket) && add_message_id(f, ticket) && mark_wait(f->store, ticket, f->err) && due_wait(f->store, ticket, f->err) &&
           (f->verdict == NULL || apply_values(f, ticket, true)) && add_event(f, ticket, "requeued", STR("read again")) &&
           sql_run(f->store, SQL_LEDGER_REFILED, CELLS(cell_text(f->message->message_id), cell_text(address_of(f)), cell_text(f->message->subject), cell_int(ledger)),
                   f->err);
}

bool store_refile(struct store *store, int64_t ledger, const struct message *message, const struct sender *sender, const struct verdict *verdict,
                  const char *ruleset_hash, int64_t now, struct err *err)
{
    struct raw raw = {.received = now};
    struct filed filed = {.outcome = OUTCOME_QUARANTINED, .ledger = ledger};
    struct filing filing = {
        .store = store, .raw = &raw, .message = message, .sender = sender, .verdict = verdict, .ruleset_hash = ruleset_hash, .filed = &filed,
        .err = err,
    };
    return sql_step(store, err) && sql_step_end(store, refile_it(&filing, &raw, ledger), err);
}
