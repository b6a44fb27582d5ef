/* cc: see cc.h. */
#include "desk/cc.h"

#include "mail/address.h"

struct gathering {
    struct arena *arena;
    const struct desk *desk;
    const struct sender *sender;
    enum cc_policy policy;
    struct cc_party *list;
    size_t count;
};

enum cc_policy cc_policy_of(const struct desk *desk, struct str word)
{
    static const struct {
        struct str word;
        enum cc_policy policy;
    } words[] = {{STR("ask"), CC_ASK}, {STR("same-domain"), CC_SAME_DOMAIN}, {STR("keep"), CC_KEEP}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_eq(words[i].word, word))
            return words[i].policy;
    return desk->cc;
}

/* A person's, and nobody's who has his place on the ticket already. */
static bool is_outsider(const struct gathering *g, struct str address)
{
    return address_usable(address) && !desk_owns(g->desk, address) && desk_agent_at(g->desk, address) == NULL && !str_eq(address, g->sender->address) &&
           !message_nobody_at(address);
}

static bool is_listed(const struct gathering *g, struct str address)
{
    for (size_t i = 0; i < g->count; i++)
        if (str_eq(g->list[i].address, address))
            return true;
    return false;
}

static bool takes_part(const struct gathering *g, struct str address)
{
    if (!g->sender->proven || g->policy == CC_ASK)
        return false;
    return g->policy == CC_KEEP || str_eq(address_domain(address), address_domain(g->sender->address));
}

static void gather(struct gathering *g, const struct address_list *from, bool copied)
{
    for (size_t i = 0; i < from->count && i < MESSAGE_ADDRESSES_MAX && g->count < CC_PARTIES_MAX; i++) {
        struct str address = address_canonical(g->arena, from->list[i].addr);
        if (!is_outsider(g, address) || is_listed(g, address))
            continue;
        struct str role = copied && takes_part(g, address) ? STR("participant") : STR("suggested");
        g->list[g->count++] = (struct cc_party){.address = address, .name = from->list[i].name, .role = role};
    }
}

void cc_parties(struct arena *arena, const struct desk *desk, enum cc_policy policy, const struct sender *sender, const struct message *message,
                struct cc_party **list, size_t *count)
{
    struct gathering g = {.arena = arena, .desk = desk, .sender = sender, .policy = policy, .list = arena_array(arena, CC_PARTIES_MAX, sizeof **list)};
    if (sender->agent.n == 0) {
        gather(&g, &message->cc, true);
        gather(&g, &message->to, false);
    }
    *list = g.list;
    *count = g.count;
}
