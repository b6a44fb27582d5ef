/* reply: an agent's answer as the customer gets it: from the desk, in the customer's own thread, with nothing of the agent's world in it. */
#ifndef DESK_REPLY_H
#define DESK_REPLY_H

#include "base/err.h"
#include "desk/desk.h"
#include "desk/line.h"
#include "desk/token.h"

struct reply_facts {
    int64_t ticket, party; /* party: the requester's number, for the token */
    int64_t letter, now;
    struct address to;
    struct address_list cc;
    struct str subject;       /* of the ticket or of the customer's last mail; prefixes and tag may still be on it */
    struct str language;
    struct str answered;      /* Message-ID of the customer's last mail; "" */
    struct str references;    /* of that mail, "<a> <b>" */
    struct str thread_index, thread_topic;
};

/* What an agent wrote, made fit to leave: our tokens are taken out, and agents' addresses become the desk's. Linear. */
struct str reply_clean(struct arena *arena, const struct desk *desk, struct str text);

/* Kind "reply". text and html were cleaned and passed the leak guard; html "" : text only. The envelope sender is the ticket's own address (with the customer's token), so
 * that a bounce finds the ticket. It is no automatic mail. ERR_ITEM: an address that cannot be written to; ERR_SETUP: no key. */
bool reply_compose(struct arena *arena, const struct desk *desk, const struct token_keys *keys, const struct agent_settings *agent, const struct reply_facts *facts,
                   struct str text, struct str html, const struct carried *carried, struct letter *letter, struct err *err);

#endif
