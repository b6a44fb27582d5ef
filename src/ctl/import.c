/* import: customers and the tickets of an earlier system, from a CSV file or JSON. The file is read whole before anything is asked of the desk: all that is wrong with it is said at
 * once, at its place, and then nothing is imported. */
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/mail_files.h"
#include "ctl/print.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/syntax.h"
#include "mail/address.h"

#include <string.h>
#include <sysexits.h>

#define COLUMNS_MAX 8u
#define IMPORT_FILE_MAX (24u * 1024 * 1024)

/* One file while it is read. */
struct table {
    struct ctl *ctl;
    struct syntax_file file; /* name and source, for showing lines */
    struct diagnoses d;
    const char *const *columns; /* that it may have, NULL behind the last; the first it must have */
    int place[CSV_CELLS_MAX];   /* of the file's nth column: which of them; -1: none */
    size_t place_count;
    json_t *rows;
    json_t *by_name; /* where in rows the one with that first column stands */
};

/* What a row says, by the table's columns. */
struct row {
    const struct csv_cell *cells[COLUMNS_MAX];
    struct csv_cell whole;
};

static void complain(struct table *t, const struct csv_cell *at, const char *format, struct str text)
{
    struct place_in_file place = {t->file.name, at->line, at->column, 1};
    struct buf words = {0};
    for (const char *c = format; *c != '\0'; c++) {
        if (*c == '@')
            buf_str(&words, text);
        else
            buf_char(&words, *c);
    }
    diagnoses_add(&t->d, false, &t->file, place, "", "%.*s", STR_ARG(buf_view(&words)));
    buf_free(&words);
}

static struct str text_of(const struct row *r, size_t column)
{
    return r->cells[column] == NULL ? STR("") : r->cells[column]->text;
}

static bool read_head(struct table *t, const struct csv_cell *cells, size_t count)
{
    bool has_first = false;
    t->place_count = count;
    for (size_t i = 0; i < count; i++) {
        t->place[i] = -1;
        for (int k = 0; t->columns[k] != NULL; k++)
            if (str_ieq(cells[i].text, str_of(t->columns[k])))
                t->place[i] = k;
        has_first = has_first || t->place[i] == 0;
        if (t->place[i] < 0)
            complain(t, &cells[i], "there is no column \"@\" to import", cells[i].text);
    }
    if (!has_first)
        complain(t, &cells[0], "the first line must name the columns, among them \"@\"", str_of(t->columns[0]));
    return has_first;
}

static void sort_cells(struct table *t, const struct csv_cell *cells, size_t count, struct row *row)
{
    *row = (struct row){.whole = cells[0]};
    for (size_t i = 0; i < count; i++) {
        if (i == t->place_count)
            complain(t, &cells[i], "the row has more cells than the first line has columns", STR(""));
        else if (i > t->place_count)
            break;
        else if (t->place[i] >= 0 && cells[i].text.n > 0)
            row->cells[t->place[i]] = &cells[i];
    }
}

/* The object of the row's first column, made when it is new. */
static json_t *object_of(struct table *t, const struct row *r)
{
    const char *name = arena_text(t->ctl->arena, text_of(r, 0));
    json_t *known = json_object_get(t->by_name, name);
    if (known != NULL)
        return json_array_get(t->rows, (size_t)json_integer_value(known));
    json_t *fresh = json_object();
    json_put(fresh, t->columns[0], json_str(text_of(r, 0)));
    json_object_set_new(t->by_name, name, json_integer((json_int_t)json_array_size(t->rows)));
    json_add(t->rows, fresh);
    return fresh;
}

/* The list of that name in the object, made when it is not there. */
static json_t *list_of(json_t *object, const char *name)
{
    if (json_object_get(object, name) == NULL)
        json_put(object, name, json_array());
    return json_object_get(object, name);
}

static void check_address(struct table *t, const struct csv_cell *cell)
{
    if (cell != NULL && !address_usable(address_canonical(t->ctl->arena, cell->text)))
        complain(t, cell, "\"@\" is no mail address", cell->text);
}

/* A value that stands once for the whole object: two rows must not differ in it. */
static void put_once(struct table *t, const struct row *r, size_t column, json_t *object)
{
    struct str text = text_of(r, column), before = json_get_str(object, t->columns[column]);
    if (text.n == 0)
        return;
    if (before.n > 0 && !str_eq(before, text))
        complain(t, r->cells[column], "an earlier row says \"@\"", before);
    json_put(object, t->columns[column], json_str(text));
}

/* ---- customers ---- */

enum customer_column { CUSTOMER_NAME, CUSTOMER_PLAN, CUSTOMER_CC, CUSTOMER_NOTE, CUSTOMER_TIMEZONE, CUSTOMER_ADDRESS, CUSTOMER_CONTACT, CUSTOMER_DOMAIN };
static const char *const customer_columns[] = {"name", "plan", "cc", "note", "timezone", "address", "contact", "domain", NULL};

static void read_customer(struct table *t, const struct row *r)
{
    json_t *object = object_of(t, r);
    struct str cc = text_of(r, CUSTOMER_CC), domain = text_of(r, CUSTOMER_DOMAIN);
    put_once(t, r, CUSTOMER_PLAN, object);
    put_once(t, r, CUSTOMER_CC, object);
    put_once(t, r, CUSTOMER_NOTE, object);
    put_once(t, r, CUSTOMER_TIMEZONE, object);
    if (cc.n > 0 && !str_eq(cc, STR("ask")) && !str_eq(cc, STR("same-domain")) && !str_eq(cc, STR("keep")))
        complain(t, r->cells[CUSTOMER_CC], "cc cannot be \"@\", expected ask, same-domain or keep", cc);
    check_address(t, r->cells[CUSTOMER_ADDRESS]);
    if (r->cells[CUSTOMER_ADDRESS] == NULL && r->cells[CUSTOMER_CONTACT] != NULL)
        complain(t, r->cells[CUSTOMER_CONTACT], "\"@\" has no address", text_of(r, CUSTOMER_CONTACT));
    if (r->cells[CUSTOMER_ADDRESS] != NULL) {
        json_t *contact = json_object();
        json_put(contact, "address", json_str(text_of(r, CUSTOMER_ADDRESS)));
        json_put(contact, "name", json_str(text_of(r, CUSTOMER_CONTACT)));
        json_add(list_of(object, "contacts"), contact);
    }
    if (domain.n == 0)
        return;
    if (str_find(domain, STR("@")) >= 0 || !address_usable(arena_printf(t->ctl->arena, "x@%.*s", STR_ARG(domain))))
        complain(t, r->cells[CUSTOMER_DOMAIN], "\"@\" is no domain", domain);
    json_add(list_of(object, "domains"), json_str(domain));
}

/* ---- tickets of an earlier system ---- */

enum ticket_column { TICKET_NUMBER, TICKET_MESSAGE_ID, TICKET_REQUESTER, TICKET_REQUESTER_NAME, TICKET_SUBJECT, TICKET_STATE, TICKET_QUEUE, TICKET_OPENED };
static const char *const ticket_columns[] = {"number", "message_id", "requester", "requester_name", "subject", "state", "queue", "opened", NULL};

static void read_ticket(struct table *t, const struct row *r)
{
    static const char *const states[] = {"new", "open", "pending", "closed"};
    json_t *object = object_of(t, r);
    struct str state = text_of(r, TICKET_STATE), id = text_of(r, TICKET_MESSAGE_ID), opened = text_of(r, TICKET_OPENED);
    int64_t when = 0;
    bool known = state.n == 0;
    for (size_t i = TICKET_REQUESTER; i <= TICKET_OPENED; i++)
        put_once(t, r, i, object);
    check_address(t, r->cells[TICKET_REQUESTER]);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        known = known || str_eq(state, str_of(states[i]));
    if (!known)
        complain(t, r->cells[TICKET_STATE], "state cannot be \"@\", expected new, open, pending or closed", state);
    if (opened.n > 0 && !clock_parse(opened, t->ctl->world->now, &when))
        complain(t, r->cells[TICKET_OPENED], "\"@\" is not a time, expected 2026-11-22 or \"2026-11-22 14:00\"", opened);
    if (id.n > 0)
        json_add(list_of(object, "message_ids"), json_str(id));
}

/* ---- files ---- */

typedef void read_row(struct table *t, const struct row *r);

static void read_csv(struct table *t, read_row *read)
{
    struct csv csv = {.rest = t->file.source};
    struct csv_cell *cells = NULL;
    size_t count = 0;
    const char *wrong = NULL;
    if (!csv_row(t->ctl->arena, &csv, &cells, &count, &wrong)) {
        complain(t, &(struct csv_cell){.line = 1, .column = 1}, "the file is empty", STR(""));
        return;
    }
    if (!read_head(t, cells, count))
        return;
    while (csv_row(t->ctl->arena, &csv, &cells, &count, &wrong)) {
        struct row row;
        if (wrong != NULL) {
            complain(t, &cells[count - 1], wrong, STR(""));
            continue;
        }
        sort_cells(t, cells, count, &row);
        if (row.cells[0] == NULL)
            complain(t, &row.whole, "the row has no @", str_of(t->columns[0]));
        else
            read(t, &row);
    }
}

/* An array of objects as the desk takes them; what is wrong in them the desk says. */
static void read_json(struct table *t)
{
    json_error_t error;
    json_t *list = json_loadb(t->file.source.p, t->file.source.n, JSON_REJECT_DUPLICATES, &error);
    if (list == NULL || !json_is_array(list)) {
        struct csv_cell at = {.line = list == NULL && error.line > 0 ? (uint32_t)error.line : 1, .column = list == NULL && error.column > 0 ? (uint32_t)error.column : 1};
        complain(t, &at, list == NULL ? "@" : "expected a list of objects", list == NULL ? str_of(error.text) : STR(""));
    } else {
        json_array_extend(t->rows, list);
    }
    json_decref(list);
}

static bool is_json(const char *path, struct str octets)
{
    struct str name = str_of(path), text = str_trim(octets);
    return str_iends(name, STR(".json")) || (!str_iends(name, STR(".csv")) && text.n > 0 && text.p[0] == '[');
}

/* NULL: refused, *code says how. */
static json_t *read_file(struct ctl *ctl, const char *const *columns, read_row *read, bool may_be_json, int *code)
{
    struct str octets;
    if (!mail_read(ctl, ctl->args[0], &octets, code))
        return NULL;
    if (octets.n > IMPORT_FILE_MAX) {
        *code = ctl_refuse(ctl, EX_DATAERR, "TooBig", "split it", "%s has more than %u MB", ctl->args[0], IMPORT_FILE_MAX / 1024 / 1024);
        return NULL;
    }
    struct table t = {.ctl = ctl, .file = {.name = ctl->args[0], .source = octets}, .d = {.arena = ctl->arena}, .columns = columns, .rows = json_array(), .by_name = json_object()};
    if (may_be_json && is_json(ctl->args[0], octets))
        read_json(&t);
    else
        read_csv(&t, read);
    if (t.d.errors == 0 && json_array_size(t.rows) == 0)
        complain(&t, &(struct csv_cell){.line = 1, .column = 1}, "there is nothing in it to import", STR(""));
    json_decref(t.by_name);
    if (t.d.errors == 0)
        return t.rows;
    json_decref(t.rows);
    diagnoses_print(&t.d, &ctl->err);
    *code = ctl_refuse(ctl, EX_DATAERR, "BadFile", NULL, "%zu error%s, nothing was imported", t.d.errors, t.d.errors == 1 ? "" : "s");
    return NULL;
}

static json_t *import_parameters(struct ctl *ctl, const char *member, json_t *rows)
{
    json_t *parameters = json_object();
    json_put(parameters, member, rows);
    if (ctl_has(ctl, OPT_DRY_RUN))
        json_put(parameters, "dry_run", json_true());
    return parameters;
}

int run_customer_import(struct ctl *ctl)
{
    int code = 0;
    json_t *rows = read_file(ctl, customer_columns, read_customer, true, &code), *answer = NULL;
    if (rows == NULL)
        return code;
    code = ctl_ask(ctl, "CustomerImport", import_parameters(ctl, "customers", rows), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "%s customers: %s new, %s changed; %s contacts, %s domains%s\n", ctl_member(ctl, answer, "total"), ctl_member(ctl, answer, "added"),
                   ctl_member(ctl, answer, "changed"), ctl_member(ctl, answer, "contacts"), ctl_member(ctl, answer, "domains"), ctl_has(ctl, OPT_DRY_RUN) ? "; nothing was changed" : "");
    json_decref(answer);
    return 0;
}

int run_import_ids(struct ctl *ctl)
{
    int code = 0;
    json_t *rows = read_file(ctl, ticket_columns, read_ticket, false, &code), *answer = NULL;
    if (rows == NULL)
        return code;
    code = ctl_ask(ctl, "ImportIds", import_parameters(ctl, "tickets", rows), &answer);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, answer, NULL);
    if (!ctl_has(ctl, OPT_QUIET))
        ctl_printf(ctl, "%s tickets: %s new, %s known%s\n", ctl_member(ctl, answer, "total"), ctl_member(ctl, answer, "imported"), ctl_member(ctl, answer, "known"),
                   ctl_has(ctl, OPT_DRY_RUN) ? "; nothing was changed" : "");
    json_decref(answer);
    return 0;
}
