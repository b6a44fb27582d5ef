/* tell: the ticket as agents read it, gathered once; then one letter for each of those concerned. */
#include "core/tell.h"

#include "base/clock.h"
#include "core/clocks.h"
#include "store/people.h"
#include "store/view.h"

/* ---- gathering ------------------------------------------------------------------------------------------------------------- */

static struct str local_time(const struct tell *tell, struct str zone, int64_t at)
{
    char text[64] = "";
    if (at == 0 || !clock_local_in(at, zone, text))
        return STR("");
    return arena_str(tell->arena, str_of(text));
}

static void list_add(struct arena *arena, struct str_list *list, size_t room, struct str one)
{
    if (list->list == NULL)
        list->list = arena_array(arena, room, sizeof *list->list);
    list->list[list->count++] = one;
}

static bool gather_values(const struct tell *tell, struct notify_ticket *out, struct err *err)
{
    struct named_value *values = NULL;
    size_t count = 0;
    if (!view_ticket_values(tell->intake->store, tell->arena, tell->ticket, &values, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (str_eq(values[i].name, STR("tag")))
            list_add(tell->arena, &out->tags, count, values[i].value);
        else if (str_starts(values[i].name, STR("field.")))
            list_add(tell->arena, &out->fields, count,
                     arena_printf(tell->arena, "%.*s %.*s", STR_ARG(str_sub(values[i].name, 6, values[i].name.n)), STR_ARG(values[i].value)));
        else
            list_add(tell->arena, &out->links, count, values[i].value);
    }
    return true;
}

static bool gather_parties(const struct tell *tell, struct notify_ticket *out, struct err *err)
{
    struct party *parties = NULL;
    size_t count = 0;
    if (!store_parties(tell->intake->store, tell->arena, tell->ticket, &parties, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (str_eq(parties[i].role, STR("participant")))
            list_add(tell->arena, &out->participants, count, parties[i].address);
        else if (str_eq(parties[i].role, STR("suggested")))
            list_add(tell->arena, &out->suggested, count, parties[i].address);
    }
    return true;
}

/* The newest messages before this one. */
static bool gather_history(const struct tell *tell, struct notify_ticket *out, struct err *err)
{
    struct message_row *rows = NULL;
    struct notify_said *history = arena_array(tell->arena, NOTIFY_HISTORY_MAX, sizeof *history);
    size_t count = 0;
    if (!view_messages(tell->intake->store, tell->arena, tell->ticket, &rows, &count, err))
        return false;
    for (size_t i = count; i-- > 0 && out->history_count < NOTIFY_HISTORY_MAX;) {
        const struct message_row *row = &rows[i];
        bool note = str_eq(row->direction, STR("note"));
        if (row->id == tell->message || str_eq(row->kind, STR("ack")))
            continue;
        struct str who = str_eq(row->direction, STR("out")) ? tell->intake->config->desk.name : row->from;
        history[out->history_count++] = (struct notify_said){.who = note ? arena_printf(tell->arena, "Note by %.*s", STR_ARG(who)) : who,
                                                             .when = local_time(tell, tell->intake->config->desk.zone, row->at),
                                                             .text = row->fresh.n > 0 ? row->fresh : row->text};
    }
    out->history = history;
    return true;
}

static bool gather(const struct tell *tell, struct notify_ticket *out, struct err *err)
{
    struct ticket_row row = {0};
    if (!view_ticket(tell->intake->store, tell->arena, tell->ticket, &row, err))
        return false;
    if (row.id == 0)
        return err_set(err, ERR_ITEM, "there is no ticket %lld", (long long)tell->ticket);
    *out = (struct notify_ticket){.id = row.id,
                                  .subject = row.subject,
                                  .state = row.state,
                                  .severity = row.severity,
                                  .queue = row.queue,
                                  .owner = row.owner,
                                  .customer = row.customer,
                                  .requester = {row.requester_name, row.requester}};
    return gather_values(tell, out, err) && gather_parties(tell, out, err) && gather_history(tell, out, err);
}

/* ---- whom -------------------------------------------------------------------------------------------------------------------- */

/* An owner who is away leaves it to the queue. */
static bool concerned(const struct tell *tell, const struct notify_ticket *ticket, const struct agent_settings *agent)
{
    if (tell->only.n > 0)
        return str_eq(agent->name, tell->only);
    if (!agent_is_present(agent, tell->intake->now) || str_eq(agent->name, tell->except))
        return false;
    const struct agent_settings *owner = tell->everybody || ticket->owner.n == 0 ? NULL : desk_agent(&tell->intake->config->desk, ticket->owner);
    if (owner != NULL && agent_is_present(owner, tell->intake->now))
        return owner == agent;
    return agent_serves(agent, ticket->queue);
}

/* ---- letters ------------------------------------------------------------------------------------------------------------------- */

struct str tell_relay(const struct intake *intake, struct arena *arena, int64_t ticket)
{
    struct ticket_row row = {0};
    struct err ignored = {0};
    if (ticket != 0 && view_ticket(intake->store, arena, ticket, &row, &ignored) && row.id != 0)
        for (size_t i = 0; i < intake->config->mailbox_count; i++)
            if (str_eq(intake->config->mailboxes[i].settings.name, row.mailbox) && intake->config->mailboxes[i].relay.n > 0)
                return intake->config->mailboxes[i].relay;
    return intake->config->relay_count > 0 ? intake->config->relays[0].name : STR("");
}

static bool next_letter(const struct intake *intake, const struct agent_settings *agent, struct notify_letter *to, struct err *err)
{
    *to = (struct notify_letter){.desk = &intake->config->desk, .keys = intake->keys, .agent = agent, .now = intake->now};
    return store_letter_id(intake->store, &to->letter, err);
}

static bool put(const struct intake *intake, struct arena *arena, struct letter *letter, struct err *err)
{
    letter->relay = tell_relay(intake, arena, letter->ticket);
    return store_letter_add(intake->store, letter, 0, intake->now, false, err);
}

/* When what is running is due is told as the clock on his wall shows it. */
static bool tell_one(const struct tell *tell, struct notify_ticket *ticket, const struct clock *clocks, const struct agent_settings *agent, struct err *err)
{
    struct notify_letter to = {0};
    struct letter letter = {0};
    for (size_t i = 0; i < DESK_CLOCKS; i++)
        ticket->due_texts[i] = local_time(tell, agent->zone, clocks[i].state == CLOCK_RUNNING ? clocks[i].due : 0);
    return next_letter(tell->intake, agent, &to, err) && notify_news(tell->arena, &to, ticket, &tell->news, &letter, err) &&
           put(tell->intake, tell->arena, &letter, err);
}

bool tell_agents(const struct tell *tell, size_t *told, struct err *err)
{
    const struct desk *desk = &tell->intake->config->desk;
    struct notify_ticket ticket = {0};
    struct clock clocks[DESK_CLOCKS];
    *told = 0;
    if (desk->agent_count == 0)
        return true;
    if (!gather(tell, &ticket, err) || !clocks_now(tell->intake->store, desk, tell->arena, tell->ticket, clocks, err))
        return false;
    for (size_t i = 0; i < desk->agent_count; i++) {
        if (!concerned(tell, &ticket, &desk->agents[i]))
            continue;
        if (!tell_one(tell, &ticket, clocks, &desk->agents[i], err))
            return false;
        (*told)++;
    }
    struct str nobody = arena_printf(tell->arena, "%.*s: no agent of queue %.*s is there to be told", STR_ARG(tell->news.what), STR_ARG(ticket.queue));
    return *told > 0 || tell->except.n > 0 || store_event(tell->intake->store, tell->ticket, STR("triaged"), STR("nobody-told"), nobody, tell->intake->now, err);
}

bool tell_receipt(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, const struct message *message, int64_t ticket, struct str text,
                  struct err *err)
{
    struct notify_letter to = {0};
    struct letter letter = {0};
    return next_letter(intake, agent, &to, err) && notify_receipt(arena, &to, message, ticket, text, &letter, err) && put(intake, arena, &letter, err);
}

bool tell_reminder(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, const struct notify_reminder *list, size_t count, struct err *err)
{
    struct notify_letter to = {0};
    struct letter letter = {0};
    return next_letter(intake, agent, &to, err) && notify_reminders(arena, &to, list, count, &letter, err) && put(intake, arena, &letter, err);
}

/* Held mail may come in any number from anywhere. */
static bool within_budget(const struct intake *intake, struct str address, bool *within, struct err *err)
{
    const struct budget_settings *budget = &intake->config->desk.budget;
    *within = true;
    for (size_t i = 0; i < budget->recipient_count; i++) {
        uint32_t count = 0;
        if (!store_spent(intake->store, address, STR(""), intake->now - budget->recipient[i].span, budget->recipient[i].count, &count, err))
            return false;
        *within = *within && count < budget->recipient[i].count;
    }
    return true;
}

bool tell_held(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, const struct message *message, int64_t ticket, struct str why,
               struct err *err)
{
    struct notify_letter to = {0};
    struct letter letter = {0};
    bool within = false;
    if (!within_budget(intake, agent->addresses[0], &within, err))
        return false;
    if (!within)
        return store_event(intake->store, ticket, STR("triaged"), STR("notice-withheld"),
                           arena_printf(arena, "agent %.*s was not told of a held mail: budget", STR_ARG(agent->name)), intake->now, err);
    return next_letter(intake, agent, &to, err) && notify_notice(arena, &to, message, ticket, why, &letter, err) && put(intake, arena, &letter, err);
}

bool tell_operator(const struct intake *intake, struct arena *arena, const char *kind, struct str subject, struct str text, bool *told, struct err *err)
{
    const struct config *config = intake->config;
    struct letter letter = {0};
    int64_t last = 0, id = 0;
    *told = false;
    if (!store_last_event(intake->store, str_of(kind), &last, err))
        return false;
    if (last != 0 && intake->now - last < config->alarm.window)
        return true;
    *told = true;
    if (!store_event(intake->store, 0, STR("triaged"), str_of(kind), text, intake->now, err))
        return false;
    if (config->desk.budget.operator_address.n == 0 || config->relay_count == 0)
        return true;
    if (!store_letter_id(intake->store, &id, err) || !answer_alarm(arena, &config->desk, subject, text, id, intake->now, &letter, err))
        return false;
    letter.relay = config->alarm.relay.n > 0 ? config->alarm.relay : config->relays[0].name;
    return store_letter_add(intake->store, &letter, 0, intake->now, false, err);
}
