/* authority: weighing RFC 8601 with suspicion. Only the very first Authentication-Results field counts, and only when a server we trust signed it with its
 * name: that one was added last, after whatever the sender wrote. */
#include "desk/authority.h"

#include "base/hash.h"
#include "mail/address.h"

static bool trusted(const struct desk *desk, struct str id)
{
    for (size_t i = 0; i < desk->authserv_count; i++) {
        if (str_ieq(desk->authservs[i], id))
            return true;
    }
    return false;
}

/* Relaxed alignment without a list of public suffixes: the signing domain is From's or stands above it. */
static bool aligned(struct str from, struct str signer)
{
    if (str_ieq(from, signer))
        return true;
    return signer.n != 0 && from.n > signer.n + 1 && str_find(signer, STR(".")) > 0 && from.p[from.n - signer.n - 1] == '.' && str_iends(from, signer);
}

/* Does every property header.name say the domain? (None at all contradicts nothing.) */
static bool says(const struct authres_result *r, struct str name, struct str domain)
{
    for (size_t i = 0; i < r->property_count; i++) {
        const struct authres_property *p = &r->properties[i];
        if (str_ieq(p->type, STR("header")) && str_ieq(p->name, name) && !str_ieq(p->value, domain))
            return false;
    }
    return true;
}

/* The domain that signed: header.d, else the domain of header.i. */
static struct str signing_domain(const struct authres_result *r)
{
    struct str value = {0};
    if (authres_property(r, STR("header"), STR("d"), &value))
        return says(r, STR("d"), value) ? value : (struct str){0};
    if (authres_property(r, STR("header"), STR("i"), &value))
        return address_domain(value);
    return value;
}

/* Weighs all results. Two DMARC results contradict the sense of it and count as none. */
static bool results_prove(struct arena *arena, const struct authres *a, struct str domain, struct str *why)
{
    size_t dmarcs = 0;
    bool dmarc = false, dkim = false;
    struct str found = {0};
    for (size_t i = 0; i < a->result_count; i++) {
        const struct authres_result *r = &a->results[i];
        bool pass = str_ieq(r->result, STR("pass"));
        if (str_ieq(r->method, STR("dmarc"))) {
            dmarcs++;
            dmarc = pass && says(r, STR("from"), domain);
            found = str_sub(r->result, 0, 20);
        } else if (str_ieq(r->method, STR("dkim")) && pass && aligned(domain, signing_domain(r))) {
            dkim = true;
        }
    }
    if (dmarcs == 1 && dmarc)
        *why = arena_printf(arena, "DMARC pass for %.*s", STR_ARG(domain));
    else if (dkim && dmarcs == 0)
        *why = arena_printf(arena, "DKIM pass aligned with %.*s", STR_ARG(domain));
    else if (dmarcs > 1)
        *why = STR("more than one DMARC result in Authentication-Results");
    else if (dmarcs == 1)
        *why = arena_printf(arena, "DMARC %.*s for %.*s", STR_ARG(found), STR_ARG(domain));
    else
        *why = STR("neither DMARC nor an aligned DKIM signature passed");
    return (dmarcs == 1 && dmarc) || (dkim && dmarcs == 0);
}

bool authority_dmarc(struct arena *arena, const struct desk *desk, const struct message *message, struct str *why)
{
    if (message->from.count != 1 || (message->defects & MESSAGE_TWO_FROM) != 0) {
        *why = message->from.count == 0 ? STR("no From address") : STR("more than one From address");
        return false;
    }
    if (message_header(message, STR("Authentication-Results")) == NULL) {
        *why = STR("no Authentication-Results");
        return false;
    }
    const struct authres *a = &message->authentication;
    if (!trusted(desk, a->authserv) || a->version != 1) {
        *why = STR("the topmost Authentication-Results is not of a server we trust");
        return false;
    }
    return results_prove(arena, a, address_domain(address_canonical(arena, message->from.list[0].addr)), why);
}

static const struct agent_settings *agent_of(const struct desk *desk, struct str address)
{
    for (size_t i = 0; i < desk->agent_count; i++) {
        for (size_t k = 0; k < desk->agents[i].address_count; k++) {
            if (str_eq(desk->agents[i].addresses[k], address))
                return &desk->agents[i];
        }
    }
    return NULL;
}

int64_t authority_agent_party(struct str name)
{
    uint8_t digest[HASH_SIZE];
    hash_sha256(name, digest);
    int64_t party = 1;
    for (size_t i = 0; i < 5; i++)
        party = party << 8 | digest[i];
    return party;
}

static void prove_agent(struct arena *arena, const struct agent_settings *agent, const struct token *tokens, size_t token_count, bool dmarc, struct str why,
                        struct sender *sender)
{
    int64_t party = authority_agent_party(agent->name);
    bool token = false;
    for (size_t i = 0; i < token_count; i++)
        token = token || (tokens[i].purpose == TOKEN_AGENT && tokens[i].party == party);
    sender->proven = token && (agent->proof == PROOF_TOKEN || dmarc);
    if (!token)
        sender->proof = arena_printf(arena, "no token of agent %.*s", STR_ARG(agent->name));
    else if (agent->proof == PROOF_TOKEN)
        sender->proof = STR("the agent's token");
    else
        sender->proof = arena_printf(arena, "the agent's token; %.*s", STR_ARG(why));
}

/* What the mail itself proves of its From: a trusted server's word, or the sender's own signature. */
static bool mail_proves(struct arena *arena, const struct desk *desk, const struct message *message, struct str *why)
{
    if (authority_dmarc(arena, desk, message, why))
        return true;
    if (message->from.count != 1 || (message->defects & MESSAGE_TWO_FROM) != 0 || !message->signature.verified)
        return false;
    *why = message->signature.why;
    return true;
}

void authority_sender(struct arena *arena, const struct desk *desk, const struct message *message, const struct token *tokens, size_t token_count,
                      struct sender *sender)
{
    *sender = (struct sender){0};
    struct str why;
    bool dmarc = mail_proves(arena, desk, message, &why);
    if (message->from.count != 1 || (message->defects & MESSAGE_TWO_FROM) != 0) {
        sender->proof = why;
        return;
    }
    sender->address = address_canonical(arena, message->from.list[0].addr);
    sender->name = message->from.list[0].name;
    const struct agent_settings *agent = agent_of(desk, sender->address);
    if (agent != NULL) {
        sender->agent = agent->name;
        prove_agent(arena, agent, tokens, token_count, dmarc, why, sender);
        return;
    }
    sender->proven = dmarc;
    sender->proof = why;
}
