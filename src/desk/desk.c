/* desk: small questions to the configuration of the desk. */
#include "desk/desk.h"

#include "mail/address.h"

static const char *const level_names[DESK_LEVELS] = {"high", "medium", "low"};

char severity_letter(uint8_t severity)
{
    return (char)('A' + (severity < DESK_SEVERITIES ? severity : DESK_SEVERITIES - 1));
}

bool severity_of(struct str letter, uint8_t *severity)
{
    if (letter.n != 1)
        return false;
    char c = letter.p[0];
    if (c >= 'a' && c <= 'd')
        c = (char)(c - 'a' + 'A');
    if (c < 'A' || c > 'D')
        return false;
    *severity = (uint8_t)(c - 'A');
    return true;
}

bool level_of(struct str word, uint8_t *level)
{
    for (uint8_t i = 0; i < DESK_LEVELS; i++) {
        if (str_ieq(word, str_of(level_names[i]))) {
            *level = i;
            return true;
        }
    }
    return false;
}

const char *level_name(uint8_t level)
{
    return level_names[level < DESK_LEVELS ? level : DESK_LEVELS - 1];
}

const char *desk_clock_name(enum desk_clock clock)
{
    static const char *const names[DESK_CLOCKS] = {"respond", "update", "resolve"};
    return names[clock];
}

const struct calendar *desk_calendar(const struct desk *desk, struct str name)
{
    if (str_eq(name, calendar_always.name))
        return &calendar_always;
    for (size_t i = 0; i < desk->calendar_count; i++)
        if (str_eq(desk->calendars[i].name, name))
            return &desk->calendars[i];
    return NULL;
}

const struct plan_settings *desk_plan(const struct desk *desk, struct str name)
{
    for (size_t i = 0; i < desk->plan_count; i++)
        if (str_eq(desk->plans[i].name, name))
            return &desk->plans[i];
    return NULL;
}

struct target desk_target(const struct desk *desk, struct str plan_name, uint8_t severity, enum desk_clock clock)
{
    const struct plan_settings *plan = desk_plan(desk, plan_name);
    struct target target = desk->severities[severity].targets[clock];
    if (plan != NULL && plan->targets[clock][severity].set)
        target = plan->targets[clock][severity];
    if (target.calendar == NULL)
        target.calendar = plan != NULL ? plan->calendar : &calendar_always;
    return target;
}

const struct queue_settings *desk_queue(const struct desk *desk, struct str name)
{
    for (size_t i = 0; i < desk->queue_count; i++) {
        if (str_eq(desk->queues[i].name, name))
            return &desk->queues[i];
    }
    return NULL;
}

struct str desk_sign(const struct desk *desk)
{
    return desk->prefix_count > 0 ? desk->prefixes[0] : STR("#");
}

const struct agent_settings *desk_agent_at(const struct desk *desk, struct str address)
{
    for (size_t i = 0; i < desk->agent_count; i++) {
        for (size_t k = 0; k < desk->agents[i].address_count; k++) {
            if (str_eq(desk->agents[i].addresses[k], address))
                return &desk->agents[i];
        }
    }
    return NULL;
}

const struct agent_settings *desk_agent(const struct desk *desk, struct str name)
{
    for (size_t i = 0; i < desk->agent_count; i++) {
        if (str_ieq(desk->agents[i].name, name))
            return &desk->agents[i];
    }
    return NULL;
}

bool agent_is_present(const struct agent_settings *agent, int64_t now)
{
    return agent->absent_until <= now;
}

bool agent_serves(const struct agent_settings *agent, struct str queue)
{
    return str_among(agent->queues, agent->queue_count, queue);
}

bool desk_owns(const struct desk *desk, struct str addr)
{
    struct str tag;
    for (size_t i = 0; i < desk->address_count; i++) {
        if (str_ieq(addr, desk->addresses[i]) || address_tag(addr, desk->addresses[i], &tag))
            return true;
    }
    return false;
}
