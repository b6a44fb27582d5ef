/* origin: only signatures that could prove From cost anything: a digest, a question, a verification. */
#include "mail/origin.h"

#include "mail/domain.h"

/* ---- reading --------------------------------------------------------------------------------------------------------------------- */

static bool is_open(const struct dkim_signature *s)
{
    return s->result == DKIM_OPEN;
}

static void read_signature(struct canon *mail, struct str raw, int64_t received, struct origin *out, size_t *open)
{
    struct dkim_signature *s = &out->signatures[out->count++];
    struct dkim_terms terms;
    dkim_open(mail->arena, raw, received, s, &terms);
    if (!is_open(s))
        return;
    if (!domain_aligned(out->from, s->domain, false)) {
        s->result = DKIM_POLICY;
        s->why = arena_printf(mail->arena, "not of From's domain, it was not looked at");
    } else if (*open == ORIGIN_OPEN_MAX) {
        s->result = DKIM_POLICY;
        s->why = STR("one signature too many, it was not looked at");
    } else {
        dkim_digest(mail, &terms, s);
        *open += is_open(s);
    }
}

/* The sentence about the signature that says most: the first of the best kind. */
static const struct dkim_signature *telling(const struct origin *o)
{
    static const enum dkim_result order[] = {DKIM_PASS, DKIM_OPEN, DKIM_TEMPERROR, DKIM_FAIL, DKIM_PERMERROR, DKIM_POLICY};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = 0; i < o->count; i++)
            if (o->signatures[i].result == order[k] && domain_aligned(o->from, o->signatures[i].domain, false))
                return &o->signatures[i];
    return o->count > 0 ? &o->signatures[0] : NULL;
}

static void say(struct arena *arena, struct origin *o)
{
    const struct dkim_signature *s = telling(o);
    if (s == NULL)
        return;
    if (s->domain.n == 0)
        o->why = arena_printf(arena, "DKIM: %.*s", STR_ARG(s->why));
    else
        o->why = arena_printf(arena, "DKIM %s, d=%.*s: %.*s", dkim_result_name(s->result), STR_ARG(s->domain), STR_ARG(s->why));
}

void origin_read(struct arena *arena, struct str head, struct str body, struct str from, int64_t received, struct origin *out)
{
    struct canon mail = {.arena = arena, .head = head, .body = body};
    size_t open = 0;
    *out = (struct origin){.from = domain_ascii(arena, from), .why = {"", 0}, .dmarc = {.policy = {"", 0}}};
    out->signatures = arena_array(arena, ORIGIN_SIGNATURES_MAX, sizeof *out->signatures);
    canon_fields(&mail);
    for (size_t i = 0; out->from.n > 0 && i < mail.field_count && out->count < ORIGIN_SIGNATURES_MAX; i++)
        if (str_ieq(mail.fields[i].name, STR("DKIM-Signature")))
            read_signature(&mail, mail.fields[i].raw, received, out, &open);
    say(arena, out);
}

/* ---- asking ---------------------------------------------------------------------------------------------------------------------- */

const struct dns_answer *dns_find(const struct dns_answer *answers, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(answers[i].name, name))
            return &answers[i];
    return NULL;
}

static void add_question(struct str *names, size_t *count, struct str name)
{
    for (size_t i = 0; i < *count; i++)
        if (str_eq(names[i], name))
            return;
    if (*count < ORIGIN_QUESTIONS_MAX && domain_is_name(name))
        names[(*count)++] = name;
}

static struct str policy_name(struct arena *arena, struct str domain)
{
    return arena_printf(arena, "_dmarc.%.*s", STR_ARG(domain));
}

size_t origin_questions(struct arena *arena, const struct origin *o, struct str *names)
{
    size_t count = 0, open = 0;
    for (size_t i = 0; i < o->count && open < ORIGIN_OPEN_MAX; i++)
        if (is_open(&o->signatures[i])) {
            add_question(names, &count, dkim_key_name(arena, &o->signatures[i]));
            open++;
        }
    if (count == 0 || o->checked)
        return 0;
    struct str organisation = domain_organisation(o->from);
    add_question(names, &count, policy_name(arena, o->from));
    if (organisation.n > 0)
        add_question(names, &count, policy_name(arena, organisation));
    return count;
}

/* ---- the verdict ----------------------------------------------------------------------------------------------------------------- */

/* The record of the domain itself, else of its organisation. False: nobody knows. */
static bool find_policy(struct arena *arena, const struct dns_answer *answers, size_t count, struct origin *o)
{
    const struct str domains[] = {o->from, domain_organisation(o->from)};
    for (size_t i = 0; i < 2 && !o->dmarc.found && domains[i].n > 0; i++) {
        const struct dns_answer *a = dns_find(answers, count, policy_name(arena, domains[i]));
        if (a == NULL || a->status == DNS_TROUBLE)
            return false;
        if (a->status == DNS_FOUND)
            dmarc_read(a->records, a->count, &o->dmarc);
    }
    return true;
}

static void prove(struct arena *arena, struct origin *o, const struct dkim_signature *s)
{
    struct buf why = {0};
    o->proven = true;
    buf_printf(&why, "%s for %.*s: DKIM pass, d=%.*s s=%.*s, key asked from DNS", o->dmarc.found ? "DMARC pass" : "DKIM pass aligned", STR_ARG(o->from),
               STR_ARG(s->domain), STR_ARG(s->selector));
    if (s->why.n > 0)
        buf_printf(&why, ", %.*s", STR_ARG(s->why));
    if (o->dmarc.policy.n > 0)
        buf_printf(&why, ", policy %.*s", STR_ARG(o->dmarc.policy));
    o->why = arena_str(arena, buf_view(&why));
    buf_free(&why);
}

void origin_check(struct arena *arena, const struct dns_answer *answers, size_t count, struct origin *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (is_open(&o->signatures[i]))
            dkim_check(arena, dns_find(answers, count, dkim_key_name(arena, &o->signatures[i])), &o->signatures[i]);
    bool known = find_policy(arena, answers, count, o);
    o->checked = true;
    say(arena, o);
    for (size_t i = 0; i < o->count && !o->proven; i++) {
        const struct dkim_signature *s = &o->signatures[i];
        if (s->result != DKIM_PASS)
            continue;
        if (domain_aligned(o->from, s->domain, o->dmarc.strict || !known))
            prove(arena, o, s);
        else
            o->why = arena_printf(arena, "DKIM pass, but d=%.*s is not aligned with %.*s%s", STR_ARG(s->domain), STR_ARG(o->from),
                                  known ? " (adkim=s)" : ": the DNS did not give the DMARC policy in time");
    }
}
