/* arc: each instance has its three fields once, from 1 without a gap; anything else is no chain. */
#include "mail/arc.h"

#include "mail/authres.h"
#include "mail/canon.h"
#include "mail/domain.h"
#include "mail/taglist.h"

enum part { PART_SEAL, PART_SIGNATURE, PART_RESULTS, PARTS };

struct chain {
    struct arena *arena;
    struct str values[PARTS][ARC_INSTANCES_MAX + 1];
    uint32_t highest;
    bool broken;
};

static bool part_of(struct str name, enum part *part)
{
    static const char *const names[PARTS] = {
        [PART_SEAL] = "ARC-Seal", [PART_SIGNATURE] = "ARC-Message-Signature", [PART_RESULTS] = "ARC-Authentication-Results"};
    for (int i = 0; i < PARTS; i++)
        if (str_ieq(name, str_of(names[i]))) {
            *part = (enum part)i;
            return true;
        }
    return false;
}

/* i=, of a tag list, or in front of the results; *rest is then what stands behind it. */
static bool instance_of(enum part part, struct str *rest, uint64_t *instance)
{
    struct taglist tags;
    struct str first = {NULL, 0}, number = {NULL, 0};
    if (part == PART_RESULTS ? !str_cut(rest, ';', &first) || !taglist_read(first, &tags) : !taglist_read(*rest, &tags))
        return false;
    return taglist_get(&tags, "i", &number) && str_u64(number, instance) && *instance >= 1 && *instance <= ARC_INSTANCES_MAX;
}

static void take_field(struct chain *c, const struct canon_field *field)
{
    enum part part = PART_SEAL;
    uint64_t instance = 0;
    if (!part_of(field->name, &part))
        return;
    struct str value = str_sub(field->raw, (size_t)str_find(field->raw, STR(":")) + 1, field->raw.n);
    if (!instance_of(part, &value, &instance) || c->values[part][instance].p != NULL) {
        c->broken = true;
        return;
    }
    c->values[part][instance] = value;
    c->highest = instance > c->highest ? (uint32_t)instance : c->highest;
}

static bool is_whole(const struct chain *c)
{
    for (uint32_t i = 1; i <= c->highest; i++)
        for (int part = 0; part < PARTS; part++)
            if (c->values[part][i].p == NULL)
                return false;
    return c->highest > 0 && !c->broken;
}

/* More than one DMARC result, or more than one domain: none. */
static struct str passed_for(struct arena *arena, struct str results)
{
    struct authres a;
    struct str domain = {"", 0};
    size_t dmarcs = 0;
    if (!authres_read(arena, results, &a))
        return domain;
    for (size_t i = 0; i < a.result_count; i++) {
        const struct authres_result *r = &a.results[i];
        struct str from = {"", 0};
        if (!str_ieq(r->method, STR("dmarc")))
            continue;
        dmarcs++;
        if (str_ieq(r->result, STR("pass")) && authres_property(r, STR("header"), STR("from"), &from))
            domain = domain_ascii(arena, from);
    }
    return dmarcs == 1 ? domain : (struct str){"", 0};
}

void arc_read(struct arena *arena, struct str head, struct arc *out)
{
    struct canon mail = {.arena = arena, .head = head};
    struct chain chain = {.arena = arena};
    struct taglist seal;
    struct str sealer = {"", 0};
    bool below = false;
    *out = (struct arc){.sealer = {"", 0}, .passed = {"", 0}};
    canon_fields(&mail);
    for (size_t i = 0; i < mail.field_count; i++) {
        if (below)
            take_field(&chain, &mail.fields[i]);
        below = below || str_ieq(mail.fields[i].name, STR("Authentication-Results"));
    }
    if (!is_whole(&chain) || !taglist_read(chain.values[PART_SEAL][chain.highest], &seal) || !taglist_get(&seal, "d", &sealer))
        return;
    *out = (struct arc){chain.highest, domain_ascii(arena, sealer), passed_for(arena, chain.values[PART_RESULTS][chain.highest])};
}
