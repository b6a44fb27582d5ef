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

int64_t authority_agent_party(struct str name)
{
    uint8_t digest[HASH_SIZE];
    hash_sha256(name, digest);
    int64_t party = 1;
    for (size_t i = 0; i < 5; i++)
        party = party << 8 | digest[i];
    return party;
}

/* The ticket for which he holds a token of his own (the first such token: an address it was sent to comes first), and whether he holds a standing one. */
static void tokens_of(const struct token *tokens, size_t count, int64_t party, int64_t *ticket, bool *standing)
{
    for (size_t i = 0; i < count; i++) {
        if (tokens[i].party != party)
            continue;
        if (tokens[i].purpose == TOKEN_AGENT && *ticket == 0)
            *ticket = tokens[i].ticket;
        *standing = *standing || tokens[i].purpose == TOKEN_STANDING;
    }
}

/* What the mail itself proves of its From. */
struct mail_proof {
    bool dmarc, smime;
    struct str why;
};

/* For a ticket: its token and what the policy asks besides. For what belongs to no ticket no ticket's token can be there: the mail's own proof serves, or, where the policy asks for nothing
 * else, the agent's standing token. */
static void prove_agent(struct arena *arena, const struct agent_settings *agent, const struct token *tokens, size_t token_count, const struct mail_proof *mail,
                        struct sender *sender)
{
    bool standing = false;
    tokens_of(tokens, token_count, authority_agent_party(agent->name), &sender->token_ticket, &standing);
    bool strong = agent->proof == PROOF_TOKEN || (agent->proof == PROOF_TOKEN_DMARC && (mail->dmarc || mail->smime)) || (agent->proof == PROOF_TOKEN_SMIME && mail->smime);
    bool by_mail = mail->smime || (mail->dmarc && agent->proof != PROOF_TOKEN_SMIME);
    sender->proven = sender->token_ticket != 0 && strong;
    sender->standing = by_mail || (standing && strong);
    if (sender->token_ticket == 0 && !standing)
        sender->proof = by_mail ? mail->why : arena_printf(arena, "no token of agent %.*s", STR_ARG(agent->name));
    else if (agent->proof == PROOF_TOKEN)
        sender->proof = STR("the agent's token");
    else
        sender->proof = arena_printf(arena, "the agent's token; %.*s", STR_ARG(mail->why));
}

/* A trusted server's word, or the sender's own signature. */
static void mail_proves(struct arena *arena, const struct desk *desk, const struct message *message, struct mail_proof *proof)
{
    proof->dmarc = authority_dmarc(arena, desk, message, &proof->why);
    proof->smime = message->from.count == 1 && (message->defects & MESSAGE_TWO_FROM) == 0 && message->signature.verified && message->signature.kind == PROTECTION_SMIME;
    if (proof->smime && !proof->dmarc)
        proof->why = message->signature.why;
}

/* Whose token does a mail carry that comes from no agent's address? */
static struct str claimed_by(const struct desk *desk, const struct token *tokens, size_t token_count)
{
    for (size_t i = 0; i < token_count; i++) {
        for (size_t k = 0; k < desk->agent_count && tokens[i].purpose != TOKEN_CUSTOMER; k++) {
            if (authority_agent_party(desk->agents[k].name) == tokens[i].party)
                return desk->agents[k].name;
        }
    }
    return (struct str){0};
}

void authority_sender(struct arena *arena, const struct desk *desk, const struct message *message, const struct token *tokens, size_t token_count,
                      struct sender *sender)
{
    *sender = (struct sender){0};
    struct mail_proof proof = {0};
    mail_proves(arena, desk, message, &proof);
    if (message->from.count != 1 || (message->defects & MESSAGE_TWO_FROM) != 0) {
        sender->proof = proof.why;
        sender->claimed = claimed_by(desk, tokens, token_count);
        return;
    }
    sender->address = address_canonical(arena, message->from.list[0].addr);
    sender->name = message->from.list[0].name;
    const struct agent_settings *agent = desk_agent_at(desk, sender->address);
    if (agent != NULL) {
        sender->agent = agent->name;
        prove_agent(arena, agent, tokens, token_count, &proof, sender);
        return;
    }
    sender->proven = proof.dmarc || proof.smime;
    sender->proof = proof.why;
    sender->claimed = claimed_by(desk, tokens, token_count);
}
