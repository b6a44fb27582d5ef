/* query_customers: the methods about customers that only read. */
#include "core/query_look.h"

#include "core/query_json.h"
#include "store/people.h"

#include <sysexits.h>

static json_t *customer_json(const struct customer *c)
{
    json_t *object = json_object();
    json_put(object, "name", json_str(c->name));
    json_put(object, "plan", json_str_or_null(c->plan));
    json_put(object, "cc", json_str_or_null(c->cc));
    json_put(object, "note", json_str_or_null(c->note));
    json_put(object, "timezone", json_str_or_null(c->timezone));
    return object;
}

void query_customer_list(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct customer_row *rows = NULL;
    size_t count = 0;
    struct err err = {0};
    if (view_customers(context->store, arena, query_limit(parameters), &rows, &count, &err)) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            json_t *one = customer_json(&rows[i].customer);
            json_put(one, "contacts", json_integer(rows[i].contacts));
            json_put(one, "open_tickets", json_integer(rows[i].open_tickets));
            json_add(list, one);
        }
        answer->result = json_rows("customers", list, (int64_t)count);
    } else {
        query_trouble(answer, &err);
    }
    arena_free(&arena);
}

static bool show_customer(struct query_context *context, struct arena *arena, const struct customer *customer, json_t *shown, struct err *err)
{
    struct contact *contacts = NULL;
    struct str *domains = NULL;
    size_t contact_count = 0, domain_count = 0;
    json_t *people = json_array(), *places = json_array();
    json_put(shown, "contacts", people);
    json_put(shown, "domains", places);
    if (!view_contacts(context->store, arena, customer->id, &contacts, &contact_count, err) ||
        !view_customer_domains(context->store, arena, customer->id, &domains, &domain_count, err))
        return false;
    for (size_t i = 0; i < contact_count; i++) {
        json_t *one = json_object();
        json_put(one, "address", json_str(contacts[i].address));
        json_put(one, "name", json_str_or_null(contacts[i].name));
        json_add(people, one);
    }
    for (size_t i = 0; i < domain_count; i++)
        json_add(places, json_str(domains[i]));
    return true;
}

void query_customer_show(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    struct arena *arena = arena_new();
    struct customer customer = {0};
    struct err err = {0};
    struct str name = json_get_str(parameters, "customer");
    json_t *shown = NULL;
    if (!store_customer(context->store, arena, name, &customer, &err)) {
        query_trouble(answer, &err);
    } else if (customer.id == 0) {
        query_refuse(answer, "NoSuchCustomer", EX_NOINPUT, "there is no customer \"%.*s\"", STR_ARG(name));
    } else if (!show_customer(context, arena, &customer, shown = customer_json(&customer), &err)) {
        json_decref(shown);
        query_trouble(answer, &err);
    } else {
        answer->result = json_object();
        json_put(answer->result, "customer", shown);
    }
    arena_free(&arena);
}
