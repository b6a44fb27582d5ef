/* authority: reading RFC 8601 with suspicion. Only the very first Authentication-Results field counts, and only when a server we trust signed it with its
 * name: that one was added last, after whatever the sender wrote. */
#include "desk/authority.h"

#include "base/buf.h"
#include "base/hash.h"
#include "mail/address.h"

#include <string.h>

#define RESULTS_MAX 64u
#define PROPERTIES_MAX 32u

/* The field without its comments, which may nest; quoted strings stay. */
static struct str without_comments(struct arena *arena, struct str value)
{
    struct buf out = {0};
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\\' && i + 1 < value.n && (quoted || depth > 0)) {
            if (depth == 0)
                buf_add(&out, value.p + i, 2);
            i++;
        } else if (quoted || depth == 0) {
            if (c == '"')
                quoted = !quoted;
            if (c == '(' && !quoted)
                depth++;
            else
                buf_char(&out, c);
        } else if (c == '(') {
            depth++;
        } else if (c == ')') {
            depth--;
        }
    }
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

/* What stands before the next of `seps` outside quotes goes to *part, without blanks around it; false at the end. */
static bool cut_outside_quotes(struct str *rest, const char *seps, struct str *part)
{
    bool quoted = false;
    if (rest->n == 0)
        return false;
    for (size_t i = 0; i < rest->n; i++) {
        char c = rest->p[i];
        if (c == '\\' && quoted) {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c != 0 && strchr(seps, c) != NULL) {
            *part = str_trim(str_sub(*rest, 0, i));
            *rest = str_sub(*rest, i + 1, rest->n);
            return true;
        }
    }
    *part = str_trim(*rest);
    *rest = (struct str){0};
    return true;
}

static struct str unquoted(struct str word)
{
    if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
        return str_sub(word, 1, word.n - 2);
    return word;
}

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

/* One `method=result property=value …`. */
struct result {
    struct str method, result;
    struct str header_from, header_d;
};

static struct result read_result(struct str segment)
{
    struct result r = {0};
    struct str item;
    for (size_t i = 0; i < PROPERTIES_MAX && cut_outside_quotes(&segment, " \t\n", &item); i++) {
        struct str key, value = item;
        if (item.n == 0 || !str_cut(&value, '=', &key))
            continue;
        value = unquoted(str_trim(value));
        if (r.method.n == 0) {
            struct str version = key;
            if (!str_cut(&version, '/', &r.method) || r.method.n == 0)
                return r;
            r.result = value;
        } else if (str_ieq(key, STR("header.from"))) {
            r.header_from = value;
        } else if (str_ieq(key, STR("header.d"))) {
            r.header_d = value;
        } else if (str_ieq(key, STR("header.i")) && r.header_d.n == 0) {
            r.header_d = address_domain(value);
        }
    }
    return r;
}

/* Reads all results of the field. Two DMARC results contradict the sense of it and count as none. */
static bool results_prove(struct arena *arena, struct str rest, struct str domain, struct str *why)
{
    struct str segment;
    size_t dmarcs = 0;
    bool dmarc = false, dkim = false;
    struct str found = {0};
    for (size_t i = 0; i < RESULTS_MAX && cut_outside_quotes(&rest, ";", &segment); i++) {
        struct result r = read_result(segment);
        bool pass = str_ieq(r.result, STR("pass"));
        if (str_ieq(r.method, STR("dmarc"))) {
            dmarcs++;
            dmarc = pass && (r.header_from.n == 0 || str_ieq(r.header_from, domain));
            found = str_sub(r.result, 0, 20);
        } else if (str_ieq(r.method, STR("dkim")) && pass && aligned(domain, r.header_d)) {
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
    const struct header_field *field = message_header(message, STR("Authentication-Results"));
    if (field == NULL) {
        *why = STR("no Authentication-Results");
        return false;
    }
    struct str rest = without_comments(arena, field->value), first, id;
    if (!cut_outside_quotes(&rest, ";", &first) || !cut_outside_quotes(&first, " \t\n", &id) || !trusted(desk, unquoted(id))) {
        *why = STR("the topmost Authentication-Results is not of a server we trust");
        return false;
    }
    return results_prove(arena, rest, address_domain(address_canonical(arena, message->from.list[0].addr)), why);
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

void authority_sender(struct arena *arena, const struct desk *desk, const struct message *message, const struct token *tokens, size_t token_count,
                      struct sender *sender)
{
    *sender = (struct sender){0};
    struct str why;
    bool dmarc = authority_dmarc(arena, desk, message, &why);
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
