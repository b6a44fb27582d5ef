/* customers: organisations, found by a contact's address first, then by its domain. Each question is one search of one index. */
#include "store/people.h"

#include "mail/address.h"
#include "rows.h"

#define CUSTOMER_PARTS_MAX 100000u /* contacts or domains of one customer that are shown */

static struct customer read_customer(struct store *store, struct arena *arena, enum sql q)
{
    return (struct customer){
        .id = sql_int(store, q, 0),
        .name = sql_str(store, arena, q, 1),
        .plan = sql_str(store, arena, q, 2),
        .cc = sql_str(store, arena, q, 3),
        .note = sql_str(store, arena, q, 4),
        .timezone = sql_str(store, arena, q, 5),
    };
}

static bool find_customer(struct store *store, struct arena *arena, enum sql q, struct str key, struct customer *customer, struct err *err)
{
    bool found = false;
    *customer = (struct customer){0};
    if (!sql_find(store, q, CELLS(cell_text(key)), &found, err))
        return false;
    if (found)
        *customer = read_customer(store, arena, q);
    sql_end(store, q);
    return true;
}

bool store_customer_of(struct store *store, struct arena *arena, struct str address, struct customer *customer, struct err *err)
{
    if (!find_customer(store, arena, SQL_CUSTOMER_BY_CONTACT, address, customer, err))
        return false;
    return customer->id != 0 || find_customer(store, arena, SQL_CUSTOMER_BY_DOMAIN, address_domain(address), customer, err);
}

bool customer_id(struct store *store, struct str address, int64_t *id, struct err *err)
{
    *id = 0;
    if (address.n > 0 && !sql_number(store, SQL_CUSTOMER_BY_CONTACT, CELLS(cell_text(address)), id, err))
        return false;
    return address.n == 0 || *id != 0 || sql_number(store, SQL_CUSTOMER_BY_DOMAIN, CELLS(cell_text(address_domain(address))), id, err);
}

bool store_customer(struct store *store, struct arena *arena, struct str name, struct customer *customer, struct err *err)
{
    return find_customer(store, arena, SQL_CUSTOMER_BY_NAME, name, customer, err);
}

/* ---- writing ---- */

static bool name_is_free(struct store *store, const struct customer *customer, struct err *err)
{
    int64_t holder = 0;
    if (customer->name.n == 0)
        return err_set(err, ERR_ITEM, "a customer needs a name");
    if (!sql_number(store, SQL_CUSTOMER_BY_NAME, CELLS(cell_text(customer->name)), &holder, err))
        return false;
    return holder == 0 || holder == customer->id || err_set(err, ERR_ITEM, "there is a customer \"%.*s\" already", STR_ARG(customer->name));
}

/* His plan may be another. */
static bool due_wait_for(struct store *store, int64_t customer, struct err *err)
{
    store->due_waits = true;
    return sql_run(store, SQL_DUE_WAIT_CUSTOMER, CELLS(cell_int(customer)), err);
}

bool store_customer_put(struct store *store, struct customer *customer, struct err *err)
{
    const struct cell cells[] = {cell_text(customer->name), cell_text(customer->plan), cell_text(customer->cc), cell_text(customer->note), cell_text(customer->timezone),
                                 cell_int(customer->id)};
    if (!name_is_free(store, customer, err))
        return false;
    if (customer->id != 0)
        return sql_run(store, SQL_CUSTOMER_CHANGE, cells, 6, err) &&
               (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "no customer \"%.*s\"", STR_ARG(customer->name))) && due_wait_for(store, customer->id, err);
    if (!sql_run(store, SQL_CUSTOMER_ADD, cells, 5, err))
        return false;
    customer->id = sqlite3_last_insert_rowid(store->db);
    return true;
}

bool store_contact_put(struct store *store, int64_t customer, struct str address, struct str name, struct err *err)
{
    return sql_run(store, SQL_CONTACT_PUT, CELLS(cell_text(address), cell_int(customer), cell_text(name)), err);
}

bool store_contact_drop(struct store *store, struct str address, struct err *err)
{
    return sql_run(store, SQL_CONTACT_DROP, CELLS(cell_text(address)), err) &&
           (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "%.*s is no contact", STR_ARG(address)));
}

bool store_customer_domain_put(struct store *store, int64_t customer, struct str domain, struct err *err)
{
    return sql_run(store, SQL_DOMAIN_PUT, CELLS(cell_text(domain), cell_int(customer)), err);
}

bool store_customer_domain_drop(struct store *store, struct str domain, struct err *err)
{
    return sql_run(store, SQL_DOMAIN_DROP, CELLS(cell_text(domain)), err) &&
           (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "%.*s is nobody's domain", STR_ARG(domain)));
}

/* ---- for people ---- */

static void read_customer_row(struct store *store, struct arena *arena, enum sql q, void *to)
{
    struct customer_row *row = to;
    *row = (struct customer_row){.customer = read_customer(store, arena, q), .contacts = sql_int(store, q, 6), .open_tickets = sql_int(store, q, 7)};
}

bool view_customers(struct store *store, struct arena *arena, uint32_t limit, struct customer_row **rows, size_t *count, struct err *err)
{
    const struct row_kind kind = {.read = read_customer_row, .size = sizeof(struct customer_row)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_VIEW_CUSTOMERS, CELLS(cell_int(limit)), &kind, limit, &list, count, err);
    *rows = list;
    return good;
}

static void read_contact(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct contact *)to = (struct contact){.address = sql_str(store, arena, q, 0), .name = sql_str(store, arena, q, 1)};
}

bool view_contacts(struct store *store, struct arena *arena, int64_t customer, struct contact **rows, size_t *count, struct err *err)
{
    const struct row_kind kind = {.read = read_contact, .size = sizeof(struct contact)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_VIEW_CONTACTS, CELLS(cell_int(customer)), &kind, CUSTOMER_PARTS_MAX, &list, count, err);
    *rows = list;
    return good;
}

static void read_domain(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct str *)to = sql_str(store, arena, q, 0);
}

bool view_customer_domains(struct store *store, struct arena *arena, int64_t customer, struct str **domains, size_t *count, struct err *err)
{
    const struct row_kind kind = {.read = read_domain, .size = sizeof(struct str)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_VIEW_DOMAINS, CELLS(cell_int(customer)), &kind, CUSTOMER_PARTS_MAX, &list, count, err);
    *domains = list;
    return good;
}

/* ---- whom not to write to ---- */

static void read_suppression(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct suppression_row *)to = (struct suppression_row){
        .address = sql_str(store, arena, q, 0), .reason = sql_str(store, arena, q, 1), .since = sql_int(store, q, 2), .until = sql_int(store, q, 3)};
}

bool view_suppressions(struct store *store, struct arena *arena, int64_t now, uint32_t limit, struct suppression_row **rows, size_t *count, struct err *err)
{
    const struct row_kind kind = {.read = read_suppression, .size = sizeof(struct suppression_row)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_VIEW_SUPPRESSIONS, CELLS(cell_int(now), cell_int(limit)), &kind, limit, &list, count, err);
    *rows = list;
    return good;
}

bool store_suppress_drop(struct store *store, struct str address, struct err *err)
{
    return sql_run(store, SQL_SUPPRESS_DROP, CELLS(cell_text(address)), err) &&
           (sql_changed(store) > 0 || err_set(err, ERR_ITEM, "%.*s is not on the list", STR_ARG(address)));
}
