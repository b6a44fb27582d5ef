/* query_look: the methods about tickets that only read: list, show, thread, why, search, log, attachment. Rows of the store become JSON here, in one function a
 * kind of row. */
#include "core/query_look.h"

#include "base/base64.h"
#include "base/clock.h"
#include "core/query_json.h"
#include "mail/address.h"
#include "mail/attach.h"
#include "mail/filename.h"
#include "store/people.h"

#include <string.h>
#include <sysexits.h>

/* How far an image is looked for again, to tell a signature's. */
#define REPEATED_MESSAGES_MAX 50u
#define REPEATED_FILES_MAX 50u

#define MESSAGES_SEARCHED 1000u /* of one ticket, for a Message-ID */

/* ---- rows ------------------------------------------------------------------------------------------------------------------------- */

static json_t *ticket_json(const struct ticket_row *row)
{
    json_t *t = json_object();
    json_put(t, "id", json_integer(row->id));
    json_put(t, "kind", json_str_or_null(row->kind));
    json_put(t, "state", json_str_or_null(row->state));
    json_put(t, "severity", json_str_or_null(row->severity));
    json_put(t, "impact", json_str_or_null(row->impact));
    json_put(t, "urgency", json_str_or_null(row->urgency));
    json_put(t, "queue", json_str_or_null(row->queue));
    json_put(t, "owner", json_str_or_null(row->owner));
    json_put(t, "subject", json_str(row->subject));
    json_put(t, "requester", json_str_or_null(row->requester));
    json_put(t, "requester_name", json_str_or_null(row->requester_name));
    json_put(t, "mailbox", json_str_or_null(row->mailbox));
    json_put(t, "language", json_str_or_null(row->language));
    json_put(t, "opened", json_time(row->opened_at));
    json_put(t, "updated", json_time(row->updated_at));
    json_put(t, "closed", json_time(row->closed_at));
    json_put(t, "due", json_time(row->due));
    json_put(t, "messages", json_integer(row->messages));
    json_put(t, "attachments", json_integer(row->attachments));
    json_put(t, "letters_waiting", json_integer(row->letters_waiting));
    json_put(t, "customer", json_str_or_null(row->customer));
    json_put(t, "merged_into", json_id(row->merged_into));
    json_put(t, "reminder", json_time(row->wake_at));
    return t;
}

static json_t *tickets_json(const struct ticket_row *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_add(array, ticket_json(&rows[i]));
    return array;
}

/* The messages of one ticket, in which an image is looked for again. */
struct conversation {
    struct arena *arena;
    const struct message_row *rows;
    size_t count;
};

static bool has_image(const struct message_row *row, const struct attachment *a)
{
    for (size_t k = 0; k < row->attachment_count && k < REPEATED_FILES_MAX; k++) {
        const struct attachment *other = &row->attachments[k];
        if (other->is_inline && other->size == a->size && memcmp(other->sha256, a->sha256, sizeof a->sha256) == 0)
            return true;
    }
    return false;
}

/* In how many of the messages around `row`, of the same domain, does that image stand? */
static unsigned times_seen(const struct conversation *c, const struct message_row *row, const struct attachment *a)
{
    size_t at = (size_t)(row - c->rows), from = at > REPEATED_MESSAGES_MAX ? at - REPEATED_MESSAGES_MAX : 0;
    unsigned seen = 0;
    if (!a->is_inline)
        return 0;
    for (size_t i = from; i < c->count && i <= at + REPEATED_MESSAGES_MAX; i++)
        seen += str_ieq(address_domain(c->rows[i].from), address_domain(row->from)) && has_image(&c->rows[i], a);
    return seen;
}

static json_t *attachments_json(const struct conversation *c, const struct message_row *row, int64_t *number)
{
    json_t *array = json_array();
    for (size_t i = 0; i < row->attachment_count; i++) {
        const struct attachment *a = &row->attachments[i];
        json_t *one = json_object();
        json_put(one, "number", json_integer(++*number));
        json_put(one, "name", json_str(filename_shown(c->arena, a, *number)));
        json_put(one, "type", json_str(a->type));
        json_put(one, "size", json_integer((json_int_t)a->size));
        json_put(one, "inline", json_boolean(a->is_inline));
        json_put(one, "signature", json_boolean(attach_is_signature(a, times_seen(c, row, a))));
        json_add(array, one);
    }
    return array;
}

static json_t *message_json(const struct conversation *c, const struct message_row *row, int64_t *number)
{
    json_t *m = json_object();
    json_put(m, "id", json_integer(row->id));
    json_put(m, "ticket", json_id(row->ticket));
    json_put(m, "direction", json_str(row->direction));
    json_put(m, "time", json_time(row->at));
    json_put(m, "from", json_str_or_null(row->from));
    json_put(m, "from_name", json_str_or_null(row->from_name));
    json_put(m, "to", json_str_or_null(row->to));
    json_put(m, "subject", json_str(row->subject));
    json_put(m, "message_id", json_str_or_null(row->message_id));
    json_put(m, "kind", json_str_or_null(row->kind));
    json_put(m, "outcome", json_str_or_null(row->outcome));
    json_put(m, "reason", json_str_or_null(row->reason));
    json_put(m, "proof", json_str_or_null(row->proof));
    json_put(m, "proposed", json_boolean(row->proposed));
    json_put(m, "mailbox", json_str_or_null(row->mailbox));
    json_put(m, "folder", json_str_or_null(row->folder));
    json_put(m, "uid_validity", json_id(row->uid_validity));
    json_put(m, "uid", json_id(row->uid));
    json_put(m, "size", json_integer(row->size));
    json_put(m, "attachments", attachments_json(c, row, number));
    json_put(m, "text", json_str(row->text));
    json_put(m, "fresh", json_str(row->fresh));
    return m;
}

static json_t *provenance_json(const struct provenance_row *row)
{
    json_t *v = json_object();
    json_put(v, "field", json_str(row->field));
    json_put(v, "value", json_str_or_null(row->value));
    json_put(v, "time", json_time(row->at));
    json_put(v, "rule", json_str_or_null(row->rule));
    json_put(v, "file", json_str_or_null(row->file));
    json_put(v, "line", json_id(row->line));
    json_put(v, "source", json_str_or_null(row->source));
    json_put(v, "start", json_id(row->start));
    json_put(v, "end", json_id(row->end));
    json_put(v, "matched", json_str_or_null(row->matched));
    json_put(v, "because", json_str_or_null(row->because));
    json_put(v, "actor", json_str_or_null(row->actor));
    json_put(v, "ruleset", json_str_or_null(row->ruleset));
    json_put(v, "message", json_id(row->message));
    return v;
}

/* ---- tickets ------------------------------------------------------------------------------------------------------------------------ */

/* A time as people write it: RFC 3339, a day, a span back from now. False: refused. */
static bool time_of(const json_t *parameters, const char *name, int64_t now, int64_t *time, struct query_answer *answer)
{
    struct str text = json_get_str(parameters, name);
    if (text.n == 0 || clock_parse(text, now, time))
        return true;
    query_refuse(answer, "InvalidParameter", EX_USAGE, "%s: \"%.*s\" is not a time: expected 2026-11-22, \"2026-11-22 14:00\" or a span back such as 90d", name,
                 STR_ARG(text));
    return false;
}

void query_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct ticket_filter filter = {.queue = json_get_str(parameters, "queue"),
                                   .state = json_get_str(parameters, "state"),
                                   .severity = json_get_str(parameters, "severity"),
                                   .owner = json_get_str(parameters, "owner"),
                                   .customer = json_get_str(parameters, "customer"),
                                   .words = json_get_str(parameters, "words"),
                                   .overdue = json_get_bool(parameters, "overdue"),
                                   .now = query_now(context),
                                   .limit = query_limit(parameters)};
    if (!time_of(parameters, "since", filter.now, &filter.since, answer) || !time_of(parameters, "until", filter.now, &filter.until, answer))
        return;
    struct arena *arena = arena_new();
    struct ticket_row *rows = NULL;
    size_t count = 0;
    int64_t total = 0;
    struct err err = {0};
    if (view_tickets(context->store, arena, &filter, &rows, &count, &total, &err))
        answer->result = json_rows("tickets", tickets_json(rows, count), total);
    else
        query_trouble(answer, &err);
    arena_free(&arena);
}

void query_search(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct str words = str_trim(json_get_str(parameters, "words"));
    if (words.n == 0) {
        query_refuse(answer, "InvalidParameter", EX_USAGE, "nothing to search for");
        return;
    }
    struct arena *arena = arena_new();
    struct ticket_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    if (view_search(context->store, arena, words, query_limit(parameters), &rows, &count, &err))
        answer->result = json_rows("tickets", tickets_json(rows, count), (int64_t)count);
    else
        query_trouble(answer, &err);
    arena_free(&arena);
}

/* The ticket the parameters name; false: refused. */
static bool ticket_of(struct query_context *context, struct arena *arena, const json_t *parameters, struct ticket_row *row, struct query_answer *answer)
{
    int64_t id = json_get_int(parameters, "ticket");
    struct err err = {0};
    if (!view_ticket(context->store, arena, id, row, &err)) {
        query_trouble(answer, &err);
        return false;
    }
    if (row->id == 0)
        query_refuse(answer, "NoSuchTicket", EX_NOINPUT, "there is no ticket %lld", (long long)id);
    return row->id != 0;
}

/* Puts tags, fields and links into the ticket. */
static void put_values(json_t *ticket, const struct named_value *values, size_t count)
{
    json_t *tags = json_array(), *fields = json_object(), *links = json_array(), *linked_by = json_array();
    for (size_t i = 0; i < count; i++) {
        struct str name = values[i].name;
        if (str_eq(name, STR("tag")))
            json_add(tags, json_str(values[i].value));
        else if (str_eq(name, STR("link")))
            json_add(links, json_str(values[i].value));
        else if (str_eq(name, STR("linked-by")))
            json_add(linked_by, json_str(values[i].value));
        else if (str_starts(name, STR("field.")))
            json_object_setn_new(fields, name.p + 6, name.n - 6, json_str(values[i].value));
    }
    json_put(ticket, "tags", tags);
    json_put(ticket, "fields", fields);
    json_put(ticket, "links", links);
    json_put(ticket, "linked_by", linked_by);
}

/* Who wrote the first mail and what proves it; how many of each direction. */
static void put_conversation(json_t *ticket, const struct message_row *rows, size_t count)
{
    int64_t in = 0, out = 0;
    struct str proof = STR("");
    for (size_t i = 0; i < count; i++) {
        bool is_in = str_eq(rows[i].direction, STR("in"));
        if (is_in && in++ == 0)
            proof = rows[i].proof;
        if (str_eq(rows[i].direction, STR("out")))
            out++;
    }
    json_put(ticket, "messages_in", json_integer(in));
    json_put(ticket, "messages_out", json_integer(out));
    json_put(ticket, "proof", json_str_or_null(proof));
}

static json_t *letters_json(const struct letter_row *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        json_put(one, "id", json_integer(rows[i].id));
        json_put(one, "kind", json_str_or_null(rows[i].kind));
        json_put(one, "state", json_str_or_null(rows[i].state));
        json_put(one, "to", json_str_or_null(rows[i].to));
        json_add(array, one);
    }
    return array;
}

static json_t *parties_json(const struct party *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        json_put(one, "address", json_str(rows[i].address));
        json_put(one, "name", json_str_or_null(rows[i].name));
        json_put(one, "role", json_str(rows[i].role));
        json_add(array, one);
    }
    return array;
}

void query_show(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct ticket_row row = {0};
    struct named_value *values = NULL;
    struct message_row *messages = NULL;
    struct letter_row *letters = NULL;
    struct party *parties = NULL;
    size_t value_count = 0, message_count = 0, letter_count = 0, party_count = 0;
    struct err err = {0};
    if (!ticket_of(context, arena, parameters, &row, answer))
        goto out;
    if (!view_ticket_values(context->store, arena, row.id, &values, &value_count, &err) ||
        !view_messages(context->store, arena, row.id, &messages, &message_count, &err) ||
        !view_letters(context->store, arena, STR("any"), row.id, QUERY_LIMIT, &letters, &letter_count, &err) ||
        !store_parties(context->store, arena, row.id, &parties, &party_count, &err)) {
        query_trouble(answer, &err);
        goto out;
    }
    json_t *clocks = context->config != NULL ? query_clocks(context, arena, row.id, false, &err) : NULL;
    if (context->config != NULL && clocks == NULL) {
        query_trouble(answer, &err);
        goto out;
    }
    json_t *ticket = ticket_json(&row);
    put_values(ticket, values, value_count);
    put_conversation(ticket, messages, message_count);
    json_put(ticket, "letters", letters_json(letters, letter_count));
    json_put(ticket, "parties", parties_json(parties, party_count));
    if (clocks != NULL)
        json_put(ticket, "clocks", clocks);
    if (context->config != NULL)
        json_put(ticket, "tag", json_str(context->config->desk.tag));
    answer->result = json_pack("{s:o}", "ticket", ticket);
out:
    arena_free(&arena);
}

void query_thread(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct ticket_row row = {0};
    struct message_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    if (!ticket_of(context, arena, parameters, &row, answer))
        goto out;
    if (!view_messages(context->store, arena, row.id, &rows, &count, &err)) {
        query_trouble(answer, &err);
        goto out;
    }
    json_t *messages = json_array();
    int64_t number = 0;
    for (size_t i = 0; i < count; i++)
        json_add(messages, message_json(&(struct conversation){arena, rows, count}, &rows[i], &number));
    answer->result = json_rows("messages", messages, (int64_t)count);
    json_put(answer->result, "ticket", json_integer(row.id));
    json_put(answer->result, "subject", json_str(row.subject));
out:
    arena_free(&arena);
}

/* ---- why ---------------------------------------------------------------------------------------------------------------------------- */

/* A severity is explained together with what the matrix made it from. */
static bool belongs(struct str field, struct str asked)
{
    if (asked.n == 0 || str_eq(field, asked))
        return true;
    return str_eq(asked, STR("severity")) && (str_eq(field, STR("impact")) || str_eq(field, STR("urgency")));
}

/* "gateway" stands for "field.gateway" when the ticket has no plain value of that name. */
static struct str asked_field(struct arena *arena, const struct provenance_row *rows, size_t count, struct str asked)
{
    struct str longer = arena_printf(arena, "field.%.*s", STR_ARG(asked));
    bool is_plain = false, is_field = false;
    for (size_t i = 0; i < count; i++) {
        is_plain = is_plain || str_eq(rows[i].field, asked);
        is_field = is_field || str_eq(rows[i].field, longer);
    }
    return is_field && !is_plain ? longer : asked;
}

static void why_ticket(struct query_context *context, struct arena *arena, const json_t *parameters, struct query_answer *answer)
{
    struct ticket_row ticket = {0};
    struct provenance_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    if (!ticket_of(context, arena, parameters, &ticket, answer))
        return;
    if (!view_provenance(context->store, arena, ticket.id, STR(""), &rows, &count, &err)) {
        query_trouble(answer, &err);
        return;
    }
    struct str asked = asked_field(arena, rows, count, json_get_str(parameters, "field"));
    json_t *values = json_array();
    for (size_t i = 0; i < count; i++)
        if (belongs(rows[i].field, asked))
            json_add(values, provenance_json(&rows[i]));
    size_t found = json_array_size(values);
    if (asked.n > 0 && found == 0) {
        json_decref(values);
        query_refuse(answer, "NoSuchField", EX_NOINPUT, "ticket %lld never had a value \"%.*s\"", (long long)ticket.id, STR_ARG(asked));
        return;
    }
    answer->result = json_rows("values", values, (int64_t)found);
    json_put(answer->result, "ticket", json_integer(ticket.id));
    json_put(answer->result, "field", json_str_or_null(asked));
}

/* The message the text names: "97", "M-97" or a Message-ID with or without angle brackets. False: refused. */
static bool message_of(struct query_context *context, struct arena *arena, struct str name, struct message_row *row, struct query_answer *answer)
{
    struct err err = {0};
    struct str digits = str_istarts(name, STR("M-")) ? str_sub(name, 2, name.n) : name;
    uint64_t id = 0;
    bool ok = true;
    if (str_u64(digits, &id) && id <= INT64_MAX) {
        ok = view_message(context->store, arena, (int64_t)id, row, &err);
    } else {
        struct str bare = name;
        if (bare.n > 1 && bare.p[0] == '<' && bare.p[bare.n - 1] == '>')
            bare = str_sub(bare, 1, bare.n - 2);
        int64_t ticket = 0, letter = 0;
        struct message_row *rows = NULL;
        size_t count = 0;
        ok = store_find_message_id(context->store, bare, &ticket, &letter, &err) &&
             (ticket == 0 || view_messages(context->store, arena, ticket, &rows, &count, &err));
        for (size_t i = 0; ok && i < count && i < MESSAGES_SEARCHED; i++)
            if (str_eq(rows[i].message_id, bare))
                *row = rows[i];
    }
    if (!ok)
        query_trouble(answer, &err);
    else if (row->id == 0)
        query_refuse(answer, "NoSuchMessage", EX_NOINPUT, "there is no message \"%.*s\" on record", STR_ARG(name));
    return ok && row->id != 0;
}

static void why_message(struct query_context *context, struct arena *arena, struct str name, struct query_answer *answer)
{
    struct message_row row = {0};
    if (!message_of(context, arena, name, &row, answer))
        return;
    struct ledger_row ledger = {0};
    struct err err = {0};
    if (row.ledger != 0 && !view_ledger_row(context->store, arena, row.ledger, &ledger, &err)) {
        query_trouble(answer, &err);
        return;
    }
    int64_t number = 0;
    json_t *message = message_json(&(struct conversation){arena, &row, 1}, &row, &number);
    json_put(message, "answer", json_str_or_null(ledger.answer));
    json_put(message, "answer_why", json_str_or_null(ledger.answer_why));
    json_put(message, "sha256", json_str_or_null(str_of(ledger.sha256)));
    json_put(message, "settled", json_boolean(ledger.settled));
    answer->result = json_pack("{s:o}", "message", message);
}

void query_why(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct str message = json_get_str(parameters, "message");
    if (message.n > 0)
        why_message(context, arena, message, answer);
    else
        why_ticket(context, arena, parameters, answer);
    arena_free(&arena);
}

/* ---- log, attachment ----------------------------------------------------------------------------------------------------------------- */

void query_log(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct event_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    struct ticket_row ticket = {0};
    struct message_row message = {0};
    struct str name = json_get_str(parameters, "message");
    if (name.n > 0 && !message_of(context, arena, name, &message, answer))
        goto out;
    if (name.n == 0 && json_get_int(parameters, "ticket") != 0 && !ticket_of(context, arena, parameters, &ticket, answer))
        goto out;
    if (!view_events(context->store, arena, name.n > 0 ? message.ticket : ticket.id, query_limit(parameters), &rows, &count, &err)) {
        query_trouble(answer, &err);
        goto out;
    }
    json_t *events = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        json_put(one, "id", json_integer(rows[i].id));
        json_put(one, "time", json_time(rows[i].at));
        json_put(one, "ticket", json_id(rows[i].ticket));
        json_put(one, "kind", json_str(rows[i].kind));
        json_put(one, "detail", json_str_or_null(rows[i].detail));
        json_put(one, "actor", json_str_or_null(rows[i].actor));
        json_add(events, one);
    }
    answer->result = json_rows("events", events, (int64_t)count);
out:
    arena_free(&arena);
}

/* The number-th attachment of the ticket's messages, counted from 1 as `thread` shows them. */
static const struct attachment *find_attachment(const struct message_row *rows, size_t count, int64_t number, const struct message_row **of)
{
    int64_t seen = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < rows[i].attachment_count; k++)
            if (++seen == number) {
                *of = &rows[i];
                return &rows[i].attachments[k];
            }
    return NULL;
}

static json_t *attachment_json(const struct attachment *a, struct str name, const struct message_row *of, struct str octets)
{
    struct buf coded = {0};
    base64_encode(&coded, octets);
    json_t *one = json_object();
    json_put(one, "message", json_integer(of->id));
    json_put(one, "name", json_str(name));
    json_put(one, "type", json_str(a->type));
    json_put(one, "size", json_integer((json_int_t)octets.n));
    json_put(one, "octets_base64", json_str(buf_view(&coded)));
    buf_free(&coded);
    return one;
}

void query_attachment(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct buf raw = {0}, octets = {0};
    struct ticket_row ticket = {0};
    struct message_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    const struct message_row *of = NULL;
    int64_t number = json_get_int(parameters, "number");
    if (!ticket_of(context, arena, parameters, &ticket, answer))
        goto out;
    if (!view_messages(context->store, arena, ticket.id, &rows, &count, &err)) {
        query_trouble(answer, &err);
        goto out;
    }
    const struct attachment *found = find_attachment(rows, count, number, &of);
    if (found == NULL)
        query_refuse(answer, "NoSuchAttachment", EX_NOINPUT, "ticket %lld has no attachment %lld", (long long)ticket.id, (long long)number);
    else if (!store_raw(context->store, of->id, &raw, &err))
        query_trouble(answer, &err);
    else if (!message_attachment(buf_view(&raw), found->part, &octets))
        query_refuse(answer, "Unreadable", EX_DATAERR, "part %u of message %lld cannot be decoded", found->part, (long long)of->id);
    else
        answer->result = json_pack("{s:o}", "attachment", attachment_json(found, filename_shown(arena, found, number), of, buf_view(&octets)));
out:
    buf_free(&raw);
    buf_free(&octets);
    arena_free(&arena);
}
