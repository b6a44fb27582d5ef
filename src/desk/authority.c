/* authority: weighing RFC 8601 with suspicion. Only the very first Authentication-Results field counts, and only when a server we trust signed it with its
 * name: that one was added last, after whatever the sender wrote. */
#include "desk/authority.h"

#include "base/hash.h"
#include "mail/address.h"
#include "mail/domain.h"

static bool trusted(const struct desk *desk, struct str id)
{
    for (size_t i = 0; i < desk->authserv_count; i++) {
        if (str_ieq(desk->authservs[i], id))
            return true;
    }
    return false;
}

/* Does every property header.name say the domain? (None at all contradicts nothing.) */
static bool says(struct arena *arena, const struct authres_result *r, struct str name, struct str domain)
{
    for (size_t i = 0; i < r->property_count; i++) {
        const struct authres_property *p = &r->properties[i];
        if (str_ieq(p->type, STR("header")) && str_ieq(p->name, name) && !str_eq(domain_ascii(arena, p->value), domain_ascii(arena, domain)))
            return false;
    }
    return true;
}

/* The domain that signed: header.d, else the domain of header.i. */
static struct str signing_domain(struct arena *arena, const struct authres_result *r)
{
    struct str value = {0};
    if (authres_property(r, STR("header"), STR("d"), &value))
        return says(arena, r, STR("d"), value) ? value : (struct str){0};
    if (authres_property(r, STR("header"), STR("i"), &value))
        return address_domain(value);
    return value;
}

static bool prove(struct authority *out, const char *by, struct str why)
{
    *out = (struct authority){true, str_of(by), why};
    return true;
}

static bool refuse(struct authority *out, struct str why)
{
    *out = (struct authority){false, STR("none"), why};
    return false;
}

/* A server we trust found the chain whole; who closed it is one we trust, and says that DMARC passed for this domain. */
static bool chain_proves(struct arena *arena, const struct desk *desk, const struct message *message, struct str domain, struct authority *out)
{
    const struct arc *arc = &message->arc;
    if (arc->instances == 0 || arc->passed.n == 0 || !str_eq(arc->passed, domain))
        return false;
    for (size_t i = 0; i < desk->arc_sealer_count; i++)
        if (str_ieq(desk->arc_sealers[i], arc->sealer))
            return prove(out, "arc", arena_printf(arena, "ARC pass, sealed by %.*s, who saw DMARC pass for %.*s", STR_ARG(arc->sealer), STR_ARG(domain)));
    return false;
}

/* What the results say, each method counted: two of one kind contradict the sense of it. */
struct tally {
    size_t dmarcs, arcs;
    bool dmarc, dkim, arc;
    struct str found; /* the DMARC result */
};

static struct tally tally_of(struct arena *arena, const struct authres *a, struct str domain)
{
    struct tally t = {0};
    for (size_t i = 0; i < a->result_count; i++) {
        const struct authres_result *r = &a->results[i];
        bool pass = str_ieq(r->result, STR("pass"));
        if (str_ieq(r->method, STR("dmarc"))) {
            t.dmarcs++;
            t.dmarc = pass && says(arena, r, STR("from"), domain);
            t.found = str_sub(r->result, 0, 20);
        } else if (str_ieq(r->method, STR("arc"))) {
            t.arcs++;
            t.arc = pass;
        } else if (str_ieq(r->method, STR("dkim")) && pass) {
            t.dkim = t.dkim || domain_aligned(domain_ascii(arena, domain), domain_ascii(arena, signing_domain(arena, r)), false);
        }
    }
    return t;
}

static bool results_prove(struct arena *arena, const struct desk *desk, const struct message *message, struct str domain, struct authority *out)
{
    struct tally t = tally_of(arena, &message->authentication, domain);
    if (t.dmarcs == 1 && t.dmarc)
        return prove(out, "dmarc", arena_printf(arena, "DMARC pass for %.*s", STR_ARG(domain)));
    if (t.dkim && t.dmarcs == 0)
        return prove(out, "dkim", arena_printf(arena, "DKIM pass aligned with %.*s", STR_ARG(domain)));
    if (t.arcs == 1 && t.arc && t.dmarcs <= 1 && chain_proves(arena, desk, message, domain_ascii(arena, domain), out))
        return true;
    if (t.dmarcs > 1)
        return refuse(out, STR("more than one DMARC result in Authentication-Results"));
    if (t.dmarcs == 1)
        return refuse(out, arena_printf(arena, "DMARC %.*s for %.*s", STR_ARG(t.found), STR_ARG(domain)));
    return refuse(out, STR("neither DMARC nor an aligned DKIM signature passed"));
}

/* No server we trust has looked: our own look, where there was one. */
static bool origin_proves(struct arena *arena, const struct message *message, struct str domain, struct authority *out)
{
    const struct origin *o = &message->origin;
    const char *results = message_header(message, STR("Authentication-Results")) == NULL
                              ? "no Authentication-Results"
                              : "the topmost Authentication-Results is not of a server we trust";
    if (o->proven && str_eq(o->from, domain_ascii(arena, domain)))
        return prove(out, o->dmarc.found ? "dmarc" : "dkim", o->why);
    return refuse(out, o->why.n > 0 ? arena_printf(arena, "%s; %.*s", results, STR_ARG(o->why)) : str_of(results));
}

static bool has_one_from(const struct message *message)
{
    return message->from.count == 1 && (message->defects & MESSAGE_TWO_FROM) == 0;
}

void authority_dmarc(struct arena *arena, const struct desk *desk, const struct message *message, struct authority *out)
{
    if (!has_one_from(message)) {
        refuse(out, message->from.count == 0 ? STR("no From address") : STR("more than one From address"));
        return;
    }
    struct str domain = address_domain(address_canonical(arena, message->from.list[0].addr));
    if (trusted(desk, message->authentication.authserv) && message->authentication.version == 1)
        results_prove(arena, desk, message, domain, out);
    else
        origin_proves(arena, message, domain, out);
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
    bool proven; /* by whatever */
    enum protection signed_by; /* the sender's own signature, where there is a verified one */
    struct str by, why;
};

/* Is the mail's own proof of the kind that the agent's policy asks for? */
static bool proves_by_itself(const struct agent_settings *agent, const struct mail_proof *mail)
{
    if (agent->proof == PROOF_TOKEN_SMIME || agent->proof == PROOF_TOKEN_PGP)
        return mail->signed_by == (agent->proof == PROOF_TOKEN_SMIME ? PROTECTION_SMIME : PROTECTION_PGP);
    return mail->proven;
}

/* For a ticket: its token and what the policy asks besides. For what belongs to no ticket no ticket's token can be there: the mail's own proof serves, or, where the policy asks for nothing
 * else, the agent's standing token. */
static void prove_agent(struct arena *arena, const struct agent_settings *agent, const struct token *tokens, size_t token_count, const struct mail_proof *mail,
                        struct sender *sender)
{
    bool standing = false;
    tokens_of(tokens, token_count, authority_agent_party(agent->name), &sender->token_ticket, &standing);
    bool by_mail = proves_by_itself(agent, mail), strong = agent->proof == PROOF_TOKEN || by_mail;
    sender->proven = sender->token_ticket != 0 && strong;
    sender->standing = by_mail || (standing && strong);
    if (sender->token_ticket == 0 && !standing)
        sender->proof = by_mail ? mail->why : arena_printf(arena, "no token of agent %.*s", STR_ARG(agent->name));
    else if (agent->proof == PROOF_TOKEN)
        sender->proof = STR("the agent's token");
    else
        sender->proof = arena_printf(arena, "the agent's token; %.*s", STR_ARG(mail->why));
}

/* The servers' word or our own look, or the sender's own signature. Both may be there: the first is told. */
static void mail_proves(struct arena *arena, const struct desk *desk, const struct message *message, struct mail_proof *proof)
{
    const struct signature *signature = &message->signature;
    struct authority found;
    authority_dmarc(arena, desk, message, &found);
    bool is_signed = has_one_from(message) && signature->verified;
    if (is_signed && !found.proven)
        prove(&found, protection_name(signature->kind), signature->why);
    *proof = (struct mail_proof){found.proven, is_signed ? signature->kind : PROTECTION_NONE, found.by, found.why};
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
    struct mail_proof proof;
    mail_proves(arena, desk, message, &proof);
    *sender = (struct sender){.by = proof.by};
    if (!has_one_from(message)) {
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
    sender->proven = proof.proven;
    sender->proof = proof.why;
    sender->claimed = claimed_by(desk, tokens, token_count);
}
