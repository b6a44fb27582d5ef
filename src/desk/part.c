/* part: a table of questions in order; the first that is answered yes decides. */
#include "desk/part.h"

#include <inttypes.h>

struct casting {
    struct arena *arena;
    const struct message *message;
    const struct order *order;
    const struct clues *clues;
    struct sender *sender;
    struct placement *placement;
};

static void play(struct casting *c, enum part part, struct str why)
{
    c->sender->part = part;
    c->sender->part_why = why;
}

/* Machines' mail, mail that was here before, and what is no matter of an agent. */
static bool is_nobodys(const struct casting *c)
{
    bool placed = c->placement->placed == PLACED_NEW || c->placement->placed == PLACED_APPENDED || c->placement->placed == PLACED_PROPOSED;
    return c->sender->agent.n == 0 || c->message->kind != MESSAGE_PERSON || !placed;
}

static bool holds_agents_token(const struct casting *c)
{
    for (size_t i = 0; i < c->clues->token_count; i++) {
        if (c->clues->tokens[i].purpose != TOKEN_CUSTOMER)
            return true;
    }
    return false;
}

/* Does the mail want more than a customer's may? */
static bool claims(const struct casting *c)
{
    return holds_agents_token(c) || c->order->command_count > 0 || c->order->too_many || c->placement->placed == PLACED_PROPOSED || c->message->forwarded.is;
}

static void act(struct casting *c)
{
    c->placement->placed = PLACED_ACTED;
    c->placement->reopens = false;
    play(c, PART_AGENT, c->sender->proof);
}

static void hold(struct casting *c)
{
    int64_t ticket = c->placement->ticket != 0 ? c->placement->ticket : c->sender->token_ticket != 0 ? c->sender->token_ticket : c->placement->linked;
    struct str why = arena_printf(c->arena, "held: it comes from agent %.*s's address without his proof (%.*s)", STR_ARG(c->sender->agent), STR_ARG(c->sender->proof));
    play(c, PART_HELD, why);
    *c->placement = (struct placement){.placed = ticket != 0 ? PLACED_HELD : PLACED_NEW, .ticket = ticket, .evidence = c->placement->evidence, .why = why};
}

/* He holds the token of this ticket; one that is closed for long, or another subject, does not change that. */
static bool acts_on_ticket(const struct casting *c)
{
    if (!c->sender->proven)
        return false;
    return c->placement->placed == PLACED_APPENDED || (c->placement->placed == PLACED_NEW && c->placement->linked != 0);
}

void part_decide(struct arena *arena, const struct message *message, const struct order *order, const struct clues *clues, struct sender *sender,
                 struct placement *placement)
{
    struct casting c = {arena, message, order, clues, sender, placement};
    if (is_nobodys(&c))
        play(&c, PART_CUSTOMER, (struct str){0});
    else if (acts_on_ticket(&c)) {
        if (placement->placed == PLACED_NEW) {
            placement->ticket = placement->linked;
            placement->linked = 0;
        }
        act(&c);
    } else if (!claims(&c))
        play(&c, PART_CUSTOMER, STR("an agent who writes as a customer"));
    else if (!sender->standing)
        hold(&c);
    else if (message->forwarded.is && placement->placed == PLACED_NEW)
        play(&c, PART_ON_BEHALF, arena_printf(arena, "passed on by agent %.*s (%.*s)", STR_ARG(sender->agent), STR_ARG(sender->proof)));
    else if (order->command_count > 0 || order->too_many) {
        placement->placed = placement->ticket != 0 ? PLACED_HELD : PLACED_ASKED;
        play(&c, PART_ASKING, sender->proof);
    } else
        hold(&c);
}
