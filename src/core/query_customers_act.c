/* query_customers_act: the methods that change customers, and those that bring in the tickets of an earlier system. Each is one transaction, all or nothing. */
#include "core/query_change.h"

#include "base/clock.h"
#include "core/query_json.h"
#include "mail/address.h"
#include "mail/subject.h"
#include "store/people.h"

#include <ctype.h>
#include <sysexits.h>

#define IMPORT_MAX 200000u /* customers or tickets in one order */
#define PARTS_MAX 100000u  /* contacts, domains or Message-IDs of one of them */

/* One order while it is carried out. */
struct order {
    struct query_context *context;
    struct arena *arena;
    struct err *err;
};

static struct str lower(struct arena *arena, struct str text)
{
    char *copy = arena_text(arena, str_trim(text));
    size_t n = str_trim(text).n;
    for (size_t i = 0; i < n; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return (struct str){copy, n};
}

static bool usable(struct order *o, struct str written, struct str *address)
{
    *address = address_canonical(o->arena, written);
    return address_usable(*address) || err_set(o->err, ERR_ITEM, "\"%.*s\" is no mail address", STR_ARG(written));
}

static bool is_domain(struct order *o, struct str written, struct str *domain)
{
    struct str probe = arena_printf(o->arena, "x@%.*s", STR_ARG(written));
    struct str address = {0};
    bool good = str_find(written, STR("@")) < 0 && usable(o, probe, &address);
    *domain = address_domain(address);
    return good || err_set(o->err, ERR_ITEM, "\"%.*s\" is no domain", STR_ARG(written));
}

static bool is_cc(struct str word)
{
    return word.n == 0 || str_eq(word, STR("ask")) || str_eq(word, STR("same-domain")) || str_eq(word, STR("keep"));
}

static bool note_event(struct order *o, const char *kind, struct str detail)
{
    return store_event(o->context->store, 0, str_of(o->context->actor), str_of(kind), detail, query_now(o->context), o->err);
}

/* ---- customers ---------------------------------------------------------------------------------------------------------------- */

struct import_counts {
    int64_t added, changed, contacts, domains;
};

static bool fits(struct order *o, const struct customer *customer)
{
    if (!is_cc(customer->cc))
        return err_set(o->err, ERR_ITEM, "cc cannot be \"%.*s\", expected ask, same-domain or keep", STR_ARG(customer->cc));
    return customer->timezone.n == 0 || clock_zone_exists(arena_text(o->arena, customer->timezone)) ||
           err_set(o->err, ERR_ITEM, "no time zone \"%.*s\" on this machine, expected an IANA name such as Europe/Berlin", STR_ARG(customer->timezone));
}

/* What the import says goes in; what it leaves empty stays as it is. */
static bool put_customer(struct order *o, const json_t *one, struct customer *customer, struct import_counts *counts)
{
    struct store *store = o->context->store;
    struct str name = str_trim(json_get_str(one, "name"));
    if (!store_customer(store, o->arena, name, customer, o->err))
        return false;
    struct customer before = *customer;
    struct {
        const char *field;
        struct str *value;
    } fields[] = {{"plan", &customer->plan}, {"cc", &customer->cc}, {"note", &customer->note}, {"timezone", &customer->timezone}};
    customer->name = name;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (json_get_str(one, fields[i].field).n > 0)
            *fields[i].value = str_trim(json_get_str(one, fields[i].field));
    if (!fits(o, customer))
        return false;
    bool same = before.id != 0 && str_eq(before.plan, customer->plan) && str_eq(before.cc, customer->cc) && str_eq(before.note, customer->note) &&
                str_eq(before.timezone, customer->timezone);
    counts->added += before.id == 0;
    counts->changed += before.id != 0 && !same;
    return same || store_customer_put(store, customer, o->err);
}

static bool put_contact(struct order *o, int64_t customer, struct str address, struct str name, struct import_counts *counts)
{
    struct customer holder = {0};
    struct str canonical = {0};
    if (!usable(o, address, &canonical) || !store_customer_of(o->context->store, o->arena, canonical, &holder, o->err))
        return false;
    counts->contacts++;
    return store_contact_put(o->context->store, customer, canonical, str_trim(name), o->err);
}

static bool put_parts(struct order *o, int64_t customer, const json_t *one, struct import_counts *counts)
{
    const json_t *contacts = json_object_get(one, "contacts"), *domains = json_object_get(one, "domains");
    if (json_array_size(contacts) > PARTS_MAX || json_array_size(domains) > PARTS_MAX)
        return err_set(o->err, ERR_ITEM, "more than %u contacts or domains", PARTS_MAX);
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        const json_t *c = json_array_get(contacts, i);
        if (!put_contact(o, customer, json_get_str(c, "address"), json_get_str(c, "name"), counts))
            return false;
    }
    for (size_t i = 0; i < json_array_size(domains); i++) {
        struct str domain = {0}, written = {json_string_value(json_array_get(domains, i)), json_string_length(json_array_get(domains, i))};
        if (!is_domain(o, written, &domain) || !store_customer_domain_put(o->context->store, customer, domain, o->err))
            return false;
        counts->domains++;
    }
    return true;
}

static bool import_customers(struct order *o, const json_t *list, struct import_counts *counts)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct customer customer = {0};
        struct str name = json_get_str(one, "name");
        if (!put_customer(o, one, &customer, counts) || !put_parts(o, customer.id, one, counts))
            return err_wrap(o->err, "customer %.*s", STR_ARG(name));
    }
    struct str detail = arena_printf(o->arena, "%zu customers, %lld new", json_array_size(list), (long long)counts->added);
    return note_event(o, "customers-imported", detail);
}

static bool is_list(const json_t *list, const char *name, struct query_answer *answer)
{
    bool good = json_is_array(list) && json_array_size(list) > 0 && json_array_size(list) <= IMPORT_MAX;
    if (!good)
        query_refuse(answer, "InvalidParameter", EX_USAGE, "%s: expected 1 to %u of them", name, IMPORT_MAX);
    return good;
}

/* Commits, or with dry_run takes all back again; false: refused. */
static bool finish(struct query_context *context, const json_t *parameters, bool good, struct err *err, struct query_answer *answer)
{
    if (!good || !json_get_bool(parameters, "dry_run"))
        return query_end(context, good, err, answer);
    store_rollback(context->store);
    return true;
}

void query_customer_import(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct err err = {0};
    struct import_counts counts = {0};
    const json_t *list = json_object_get(parameters, "customers");
    struct order o = {context, arena_new(), &err};
    if (is_list(list, "customers", answer) && query_begin(context, answer) && finish(context, parameters, import_customers(&o, list, &counts), &err, answer)) {
        answer->result = json_object();
        json_put(answer->result, "added", json_integer(counts.added));
        json_put(answer->result, "changed", json_integer(counts.changed));
        json_put(answer->result, "contacts", json_integer(counts.contacts));
        json_put(answer->result, "domains", json_integer(counts.domains));
        json_put(answer->result, "total", json_integer((json_int_t)json_array_size(list)));
    }
    arena_free(&o.arena);
}

/* "+x" or "x" adds, "-x" drops. */
static bool edit_part(struct order *o, const struct customer *customer, struct str setting, struct str value)
{
    struct store *store = o->context->store;
    bool drop = str_starts(value, STR("-")), contact = str_eq(setting, STR("contact"));
    struct str what = str_trim(drop || str_starts(value, STR("+")) ? str_sub(value, 1, value.n) : value), canonical = {0};
    if (contact ? !usable(o, what, &canonical) : !is_domain(o, what, &canonical))
        return false;
    if (contact)
        return drop ? store_contact_drop(store, canonical, o->err) : store_contact_put(store, customer->id, canonical, STR(""), o->err);
    return drop ? store_customer_domain_drop(store, canonical, o->err) : store_customer_domain_put(store, customer->id, canonical, o->err);
}

static bool edit_customer(struct order *o, struct str name, struct str setting, struct str value)
{
    struct customer customer = {0};
    if (!store_customer(o->context->store, o->arena, name, &customer, o->err))
        return false;
    if (customer.id == 0)
        return err_set(o->err, ERR_ITEM, "there is no customer \"%.*s\"", STR_ARG(name));
    struct {
        struct str setting;
        struct str *value;
    } fields[] = {{STR("name"), &customer.name}, {STR("plan"), &customer.plan}, {STR("cc"), &customer.cc}, {STR("note"), &customer.note}, {STR("timezone"), &customer.timezone}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (!str_eq(fields[i].setting, setting))
            continue;
        *fields[i].value = value;
        return fits(o, &customer) && store_customer_put(o->context->store, &customer, o->err);
    }
    if (str_eq(setting, STR("contact")) || str_eq(setting, STR("domain")))
        return edit_part(o, &customer, setting, value);
    return err_set(o->err, ERR_ITEM, "a customer has no setting \"%.*s\", expected name, plan, cc, note, timezone, contact or domain", STR_ARG(setting));
}

void query_customer_edit(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct err err = {0};
    struct order o = {context, arena_new(), &err};
    struct str name = json_get_str(parameters, "customer"), setting = json_get_str(parameters, "setting"), value = str_trim(json_get_str(parameters, "value"));
    if (query_begin(context, answer)) {
        bool good = edit_customer(&o, name, setting, value) &&
                    note_event(&o, "customer-changed", arena_printf(o.arena, "%.*s: %.*s %.*s", STR_ARG(name), STR_ARG(setting), STR_ARG(value)));
        if (query_end(context, good, &err, answer)) {
            json_t *again = json_object();
            json_put(again, "customer", json_str(str_eq(setting, STR("name")) ? value : name));
            query_customer_show(context, again, answer);
            json_decref(again);
        }
    }
    arena_free(&o.arena);
}

/* ---- tickets of an earlier system ------------------------------------------------------------------------------------------------------ */

/* As placing will look for it: without the tag before it, in lower case. */
static struct str plain_number(struct order *o, struct str written)
{
    const struct desk *desk = &o->context->config->desk;
    struct str number = subject_former(o->arena, written, desk->former_tags, desk->former_tag_count);
    return number.n > 0 ? number : lower(o->arena, written);
}

static bool known_queue(struct order *o, struct str *queue)
{
    const struct desk *desk = &o->context->config->desk;
    if (queue->n == 0)
        *queue = desk->default_queue;
    return desk_queue(desk, *queue) != NULL || str_eq(*queue, desk->default_queue) || err_set(o->err, ERR_ITEM, "there is no queue \"%.*s\"", STR_ARG(*queue));
}

static struct str bare_id(struct str id)
{
    id = str_trim(id);
    bool angles = id.n > 2 && id.p[0] == '<' && id.p[id.n - 1] == '>';
    return angles ? str_sub(id, 1, id.n - 2) : id;
}

static bool read_imported(struct order *o, const json_t *one, struct imported *t)
{
    const json_t *ids = json_object_get(one, "message_ids");
    struct str requester = json_get_str(one, "requester"), opened = json_get_str(one, "opened");
    *t = (struct imported){.number = plain_number(o, json_get_str(one, "number")), .subject = json_get_str(one, "subject"), .requester_name = json_get_str(one, "requester_name"),
                           .state = json_get_str(one, "state"), .queue = json_get_str(one, "queue")};
    t->severity = arena_printf(o->arena, "%c", severity_letter(o->context->config->desk.default_severity));
    t->message_ids.count = json_array_size(ids) < PARTS_MAX ? json_array_size(ids) : PARTS_MAX;
    t->message_ids.list = arena_array(o->arena, t->message_ids.count, sizeof *t->message_ids.list);
    for (size_t i = 0; i < t->message_ids.count; i++)
        t->message_ids.list[i] = bare_id((struct str){json_string_value(json_array_get(ids, i)), json_string_length(json_array_get(ids, i))});
    if (requester.n > 0 && !usable(o, requester, &t->requester))
        return false;
    if (opened.n > 0 && !clock_parse(opened, query_now(o->context), &t->opened_at))
        return err_set(o->err, ERR_ITEM, "opened: \"%.*s\" is not a time", STR_ARG(opened));
    return known_queue(o, &t->queue);
}

static bool import_tickets(struct order *o, const json_t *list, int64_t *imported, int64_t *known)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct imported one;
        int64_t ticket = 0;
        bool fresh = false;
        if (!read_imported(o, json_array_get(list, i), &one) || !store_import(o->context->store, &one, query_now(o->context), &ticket, &fresh, o->err))
            return err_wrap(o->err, "number %.*s", STR_ARG(one.number));
        *(fresh ? imported : known) += 1;
    }
    return note_event(o, "tickets-imported", arena_printf(o->arena, "%lld new, %lld known", (long long)*imported, (long long)*known));
}

void query_import_ids(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct err err = {0};
    struct order o = {context, arena_new(), &err};
    int64_t imported = 0, known = 0;
    const json_t *list = json_object_get(parameters, "tickets");
    if (is_list(list, "tickets", answer) && query_begin(context, answer) &&
        finish(context, parameters, import_tickets(&o, list, &imported, &known), &err, answer)) {
        answer->result = json_object();
        json_put(answer->result, "imported", json_integer(imported));
        json_put(answer->result, "known", json_integer(known));
        json_put(answer->result, "total", json_integer((json_int_t)json_array_size(list)));
    }
    arena_free(&o.arena);
}
