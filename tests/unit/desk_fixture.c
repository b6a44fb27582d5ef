/* desk_fixture: see desk_fixture.h. */
#include "desk_fixture.h"

#include "base/clock.h"

#include <string.h>

static struct str addresses[] = {{"support@contoso.example", 23}, {"help@contoso.example", 20}};
static struct str languages[] = {{"en", 2}, {"de", 2}};
static struct str authservs[] = {{"mx.contoso.example", 18}};
static struct str alice_addresses[] = {{"alice@contoso.example", 21}};
static struct str bob_addresses[] = {{"bob@contoso.example", 19}};
static struct queue_settings queues[] = {
    {{"network", 7}, {"outage", 6}, true}, {{"billing", 7}, {"", 0}, false}, {{"support", 7}, {"", 0}, true}};
static struct agent_settings agents[] = {{.name = {"alice", 5}, .addresses = alice_addresses, .address_count = 1, .proof = PROOF_TOKEN},
                                         {.name = {"bob", 3}, .addresses = bob_addresses, .address_count = 1, .proof = PROOF_TOKEN_DMARC}};
static struct str mailboxes[] = {{"support", 7}, {"sales", 5}};
static struct str templates[] = {{"ack", 3}, {"outage", 6}};

static const struct desk desk = {
    .name = {"Contoso Support", 15},
    .address = {"support@contoso.example", 23},
    .addresses = addresses,
    .address_count = 2,
    .domain = {"contoso.example", 15},
    .timezone = {"Europe/Berlin", 13},
    .languages = languages,
    .language_count = 2,
    .tag = {"INC", 3},
    .default_queue = {"support", 7},
    .queues = queues,
    .queue_count = 3,
    .severities = {{.name = {"Critical", 8}, .phone = {"+49 30 555 0100", 15}}, {.name = {"Major", 5}}, {.name = {"Normal", 6}}, {.name = {"Low", 3}}},
    .default_severity = 2,
    .matrix = {{0, 1, 2}, {1, 2, 3}, {2, 3, 3}},
    .agents = agents,
    .agent_count = 2,
    .budget = {.recipient = {{2, CLOCK_HOUR}, {10, CLOCK_DAY}},
               .recipient_count = 2,
               .domain = {{20, CLOCK_HOUR}},
               .domain_count = 1,
               .breaker = {30, 15 * CLOCK_MINUTE},
               .operator_address = {"postmaster@contoso.example", 26}},
    .authservs = authservs,
    .authserv_count = 1,
    .reopen_window = 14 * CLOCK_DAY,
    .loop_id = {"support@contoso.example", 23},
};

static const struct token_keys keys = {
    .keys = {{1, {1, 2, 3}}, {2, {9, 9, 9}}},
    .count = 2,
};

const struct desk *fixture_desk(void)
{
    return &desk;
}

const struct token_keys *fixture_keys(void)
{
    return &keys;
}

struct rules_known fixture_known(void)
{
    return (struct rules_known){&desk, mailboxes, 2, templates, 2};
}

struct message fixture_message(struct str subject, struct str text)
{
    static struct address from = {{"Jo Meier", 8}, {"jo@contoso.example", 18}};
    return (struct message){.from = {&from, 1}, .subject = subject, .text = text, .fresh = text, .kind = MESSAGE_PERSON, .answerable = true,
                            .message_id = STR("one@contoso.example")};
}

void fixture_header(struct arena *arena, struct message *m, const char *name, const char *value)
{
    struct header_field *more = arena_array(arena, m->header_count + 1, sizeof *more);
    if (m->header_count != 0)
        memcpy(more, m->headers, m->header_count * sizeof *more);
    more[m->header_count++] = (struct header_field){str_of(name), str_of(value)};
    m->headers = more;
    if (str_ieq(str_of(name), STR("Authentication-Results")) && message_header(m, str_of(name)) == &more[m->header_count - 1])
        authres_read(arena, str_of(value), &m->authentication);
}

struct address_list fixture_addresses(struct arena *arena, const char *name, const char *addr)
{
    struct address_list list = {arena_array(arena, 1, sizeof *list.list), 1};
    list.list[0] = (struct address){str_of(name), str_of(addr)};
    return list;
}

struct str_list fixture_list(struct arena *arena, const char *text)
{
    struct str_list list = {arena_array(arena, 1, sizeof *list.list), 1};
    list.list[0] = str_of(text);
    return list;
}

const struct value *fixture_value(const struct verdict *v, const char *field)
{
    for (size_t i = v->value_count; i-- > 0;) {
        if (str_eq(v->values[i].field, str_of(field)))
            return &v->values[i];
    }
    return NULL;
}

void fixture_same(struct str got, const char *wanted, const char *file, int line)
{
    if (str_eq(got, str_of(wanted)))
        return;
    print_error("got    \"%.*s\"\nwanted \"%s\"\n", STR_ARG(got), wanted);
    _fail(file, line);
}

void fixture_holds(struct str got, const char *part, const char *file, int line)
{
    if (str_find(got, str_of(part)) >= 0)
        return;
    print_error("got    \"%.*s\"\nwithout \"%s\"\n", STR_ARG(got), part);
    _fail(file, line);
}
