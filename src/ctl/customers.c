/* customers: listed, shown, changed. */
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/print.h"

static json_t *limited(struct ctl *ctl)
{
    json_t *parameters = json_object();
    uint64_t limit = 0;
    if (ctl_has(ctl, OPT_LIMIT) && str_u64(str_of(ctl->value[OPT_LIMIT]), &limit))
        json_put(parameters, "limit", json_integer((json_int_t)limit));
    return parameters;
}

/* A list by its columns, or what there is instead. */
static int show_list(struct ctl *ctl, const char *method, json_t *parameters, const char *plural, const struct ctl_column *columns, size_t count, const char *none)
{
    json_t *answer = NULL;
    int code = ctl_ask(ctl, method, parameters, &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, plural);
    json_t *rows = json_object_get(answer, plural);
    code = ctl_table(ctl, rows, columns, count);
    if (code == 0 && json_array_size(rows) == 0 && !ctl_has(ctl, OPT_QUIET) && !ctl_has(ctl, OPT_PLAIN))
        ctl_note(ctl, "%s", none);
    json_decref(answer);
    return code;
}

int run_customer_list(struct ctl *ctl)
{
    static const struct ctl_column columns[] = {
        {"NAME", "name", FORM_TEXT, false, false}, {"PLAN", "plan", FORM_TEXT, false, false}, {"CC", "cc", FORM_TEXT, false, false},
        {"CONTACTS", "contacts", FORM_NUMBER, true, false}, {"OPEN", "open_tickets", FORM_NUMBER, true, false}, {"NOTE", "note", FORM_TEXT, false, true},
    };
    return show_list(ctl, "CustomerList", limited(ctl), "customers", columns, sizeof columns / sizeof *columns, "no customers");
}

static void show_customer(struct ctl *ctl, const json_t *c)
{
    const json_t *contacts = json_object_get(c, "contacts"), *domains = json_object_get(c, "domains");
    ctl_printf(ctl, "%s\n  %-9s %s\n  %-9s %s\n  %-9s %s\n  %-9s %s\n", ctl_member(ctl, c, "name"), "timezone", ctl_member(ctl, c, "timezone"), "plan", ctl_member(ctl, c, "plan"), "cc", ctl_member(ctl, c, "cc"), "note", ctl_member(ctl, c, "note"));
    for (size_t i = 0; i < json_array_size(domains); i++) {
        struct str domain = {json_string_value(json_array_get(domains, i)), json_string_length(json_array_get(domains, i))};
        ctl_printf(ctl, "  %-9s %s\n", i == 0 ? "domains" : "", ctl_safe(ctl, domain));
    }
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        const json_t *one = json_array_get(contacts, i);
        bool named = json_is_string(json_object_get(one, "name"));
        ctl_printf(ctl, "  %-9s %s%s%s\n", i == 0 ? "contacts" : "", ctl_member(ctl, one, "address"), named ? "  " : "", named ? ctl_member(ctl, one, "name") : "");
    }
}

static int tell_customer(struct ctl *ctl, json_t *answer)
{
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, "customer");
    show_customer(ctl, json_object_get(answer, "customer"));
    json_decref(answer);
    return 0;
}

int run_customer_show(struct ctl *ctl)
{
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "customer", json_str(str_of(ctl->args[0])));
    int code = ctl_ask(ctl, "CustomerShow", parameters, &answer);
    return code != 0 ? code : tell_customer(ctl, answer);
}

int run_customer_edit(struct ctl *ctl)
{
    json_t *parameters = json_object(), *answer = NULL;
    json_put(parameters, "customer", json_str(str_of(ctl->args[0])));
    json_put(parameters, "setting", json_str(str_of(ctl->args[1])));
    json_put(parameters, "value", json_str(str_of(ctl->args[2])));
    int code = ctl_ask(ctl, "CustomerEdit", parameters, &answer);
    return code != 0 ? code : tell_customer(ctl, answer);
}
