/* escalate: see the header. The steps of all tickets are gathered first, then each agent concerned has one mail with those that concern him. */
#include "core/escalate.h"

#include "base/clock.h"
#include "core/clocks.h"
#include "core/tell.h"
#include "store/due.h"
#include "store/view.h"

/* One step of one ticket, and who is told. */
struct told_step {
    struct ticket_row row;
    struct clock clock;
    struct escalation_step step;
    const struct agent_settings **agents;
    size_t agent_count;
};

struct escalating {
    const struct intake *intake;
    struct arena *arena;
    struct told_step *steps;
    size_t count;
};

static struct str agents_text(const struct escalating *e, const struct told_step *s)
{
    struct buf names = {0};
    for (size_t i = 0; i < s->agent_count; i++)
        buf_printf(&names, "%s%.*s", i > 0 ? ", " : "", STR_ARG(s->agents[i]->name));
    struct str text = arena_str(e->arena, s->agent_count > 0 ? buf_view(&names) : STR("nobody: no agent of it is there"));
    buf_free(&names);
    return text;
}

static bool record(const struct escalating *e, const struct told_step *s, struct err *err)
{
    const struct intake *intake = e->intake;
    struct escalation_told told = {s->step.escalation->name, s->step.clock, s->clock.from, s->step.percent};
    struct str detail = arena_printf(e->arena, "%s %u %% by escalation %.*s: %.*s", desk_clock_name(s->step.clock), s->step.percent, STR_ARG(s->step.escalation->name),
                                     STR_ARG(agents_text(e, s)));
    return store_escalated_put(intake->store, s->row.id, &told, intake->now, err) &&
           store_event(intake->store, s->row.id, STR("clock"), STR("escalated"), detail, intake->now, err);
}

/* What is to be told of a ticket, and when again. */
static bool look_at(struct escalating *e, int64_t ticket, struct err *err)
{
    const struct intake *intake = e->intake;
    const struct desk *desk = &intake->config->desk;
    struct clocks_of of;
    struct escalation_step steps[ESCALATION_STEPS_MAX];
    struct ticket_row row = {0};
    if (!clocks_load(intake->store, desk, e->arena, ticket, &of, err) || !view_ticket(intake->store, e->arena, ticket, &row, err))
        return false;
    size_t count = escalate_now(desk, &of.escalation, intake->now, steps);
    for (size_t i = 0; i < count; i++) {
        struct told_step *s = &e->steps[e->count++];
        *s = (struct told_step){.row = row, .clock = of.clocks[steps[i].clock], .step = steps[i], .agents = arena_array(e->arena, desk->agent_count + 1, sizeof *s->agents)};
        s->agent_count = escalate_to(desk, steps[i].escalation, &of.escalation, intake->now, s->agents);
        if (!record(e, s, err))
            return false;
    }
    return clocks_settle(intake->store, desk, e->arena, ticket, intake->now, err);
}

static bool concerns(const struct told_step *s, const struct agent_settings *agent)
{
    for (size_t i = 0; i < s->agent_count; i++)
        if (s->agents[i] == agent)
            return true;
    return false;
}

/* Of a ticket that two escalations tell him of, he reads once of each clock: the furthest step. */
static void add_reminder(const struct escalating *e, const struct told_step *s, const struct agent_settings *agent, struct notify_reminder *list, size_t *count)
{
    char when[64] = "";
    if (!clock_local_in(s->clock.due, agent->zone, when))
        clock_rfc3339(s->clock.due, when);
    for (size_t i = 0; i < *count; i++)
        if (list[i].ticket == s->row.id && list[i].clock == s->step.clock) {
            list[i].percent = s->step.percent > list[i].percent ? s->step.percent : list[i].percent;
            return;
        }
    list[(*count)++] = (struct notify_reminder){.ticket = s->row.id, .subject = s->row.subject, .severity = s->row.severity, .queue = s->row.queue, .owner = s->row.owner,
                                                .clock = s->step.clock, .percent = s->step.percent, .due_text = arena_str(e->arena, str_of(when)),
                                                .over = s->clock.due < e->intake->now};
}

static bool tell_agent(const struct escalating *e, const struct agent_settings *agent, size_t *told, struct err *err)
{
    struct notify_reminder *list = arena_array(e->arena, e->count, sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < e->count; i++)
        if (concerns(&e->steps[i], agent))
            add_reminder(e, &e->steps[i], agent, list, &count);
    return count == 0 || ((*told)++, tell_reminder(e->intake, e->arena, agent, list, count, err));
}

bool escalate_tickets(const struct intake *intake, struct arena *arena, size_t *told, struct err *err)
{
    const struct desk *desk = &intake->config->desk;
    struct escalating e = {intake, arena, NULL, 0};
    int64_t *tickets = NULL;
    size_t count = 0;
    *told = 0;
    bool good = store_escalating(intake->store, arena, intake->now, ESCALATE_MAX, &tickets, &count, err);
    e.steps = arena_array(arena, count * ESCALATION_STEPS_MAX, sizeof *e.steps);
    for (size_t i = 0; good && i < count; i++)
        good = look_at(&e, tickets[i], err);
    for (size_t i = 0; good && i < desk->agent_count; i++)
        good = tell_agent(&e, &desk->agents[i], told, err);
    return good;
}
