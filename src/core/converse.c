/* converse: one row a part: what is done with a mail of him who plays it. */
#include "core/converse.h"

#include "core/agent.h"
#include "base/utf8.h"
#include "core/tell.h"
#include "mail/address.h"
#include "store/due.h"
#include "store/people.h"
#include "store/view.h"

/* ---- news from customers --------------------------------------------------------------------------------------------------------- */

static const char *news_of(const struct line *line)
{
    static const char *const by_outcome[OUTCOMES] = {
        [OUTCOME_OPENED] = "New ticket",
        [OUTCOME_OVERSIZE] = "New ticket, too large to be read whole,",
        [OUTCOME_PROPOSED] = "New ticket",
        [OUTCOME_HELD] = "New ticket, held by a rule,",
        [OUTCOME_APPENDED] = "Answer",
        [OUTCOME_QUARANTINED] = "New ticket that could not be read",
    };
    if (line->raw.backfill || line->filed.ticket == 0)
        return NULL;
    if (line->placement.thanks)
        return NULL;
    if (line->filed.outcome == OUTCOME_APPENDED && line->placement.reopens)
        return "Answer that opens the ticket again";
    return by_outcome[line->filed.outcome];
}

/* A stranger's claim to another ticket is the agent's to judge. */
static struct str with_claim(const struct intake *intake, const struct line *line, const char *what)
{
    const struct desk *desk = &intake->config->desk;
    if (line->filed.outcome != OUTCOME_PROPOSED)
        return str_of(what);
    return arena_printf(line->arena, "%s (claims to belong to %.*s-%lld, as a stranger: %.*smerge %lld if it does)", what, STR_ARG(desk->tag), (long long)line->placement.ticket,
                        STR_ARG(desk_sign(desk)), (long long)line->placement.ticket);
}

static bool tell_news(const struct intake *intake, struct line *line, struct err *err)
{
    const char *what = news_of(line);
    const struct message *m = &line->message;
    size_t told = 0;
    if (what == NULL)
        return true;
    struct tell tell = {.intake = intake,
                        .arena = line->arena,
                        .ticket = line->filed.ticket,
                        .message = line->filed.message,
                        .news = {.what = with_claim(intake, line, what),
                                 .author = {line->sender.name, line->sender.address},
                                 .proof = line->sender.proof,
                                 .text = m->fresh.n > 0 ? m->fresh : m->text,
                                 .carried = &m->carried,
                                 .attachments = m->attachments,
                                 .attachment_count = m->attachment_count}};
    if (!tell_agents(&tell, &told, err))
        return false;
    line->wrote = line->wrote || told > 0;
    return true;
}

/* Somebody else's mail with an agent's token: to the agent himself. */
static bool tell_claimed(const struct intake *intake, struct line *line, struct err *err)
{
    const struct agent_settings *agent = line->sender.claimed.n > 0 ? desk_agent(&intake->config->desk, line->sender.claimed) : NULL;
    if (agent == NULL || line->message.kind != MESSAGE_PERSON)
        return true;
    struct str from = line->sender.address.n > 0 ? line->sender.address : STR("an address that cannot be read");
    struct str why = arena_printf(line->arena, "it carries a token of yours, but comes from %.*s, which is not your address on file", STR_ARG(from));
    line->wrote = true;
    return tell_held(intake, line->arena, agent, &line->message, line->filed.ticket, why, err);
}

static bool from_customer(const struct intake *intake, struct line *line, struct err *err)
{
    return tell_news(intake, line, err) && tell_claimed(intake, line, err);
}

/* ---- agents ------------------------------------------------------------------------------------------------------------------------ */

static bool from_agent(const struct intake *intake, struct line *line, struct err *err)
{
    line->wrote = true;
    return agent_mail(intake, line, err);
}

static bool on_behalf(const struct intake *intake, struct line *line, struct err *err)
{
    line->wrote = true;
    return agent_on_behalf(intake, line, err) && tell_news(intake, line, err);
}

static bool held(const struct intake *intake, struct line *line, struct err *err)
{
    const struct agent_settings *agent = desk_agent(&intake->config->desk, line->sender.agent);
    line->wrote = true;
    return agent == NULL || tell_held(intake, line->arena, agent, &line->message, line->filed.ticket, line->sender.proof, err);
}

bool converse(const struct intake *intake, struct line *line, struct err *err)
{
    static bool (*const parts[])(const struct intake *, struct line *, struct err *) = {
        [PART_CUSTOMER] = from_customer, [PART_AGENT] = from_agent, [PART_ASKING] = from_agent, [PART_ON_BEHALF] = on_behalf, [PART_HELD] = held};
    if (intake->config->desk.agent_count == 0)
        return true;
    return parts[line->sender.part](intake, line, err);
}

/* ---- letters that come to nothing ------------------------------------------------------------------------------------------------------- */

static bool reopen(const struct intake *intake, struct arena *arena, int64_t ticket, struct str reason, struct err *err)
{
    struct ticket_state state = {0};
    if (!store_ticket(intake->store, arena, ticket, &state, err))
        return false;
    if (!str_eq(state.state, STR("closed")) && !str_eq(state.state, STR("pending")))
        return true;
    return store_reopen(intake->store, ticket, STR("triaged"), reason, intake->now, err);
}

static bool reply_failed(const struct intake *intake, struct arena *arena, const struct letter_row *letter, struct str address, struct str reason, bool *wrote,
                         struct err *err)
{
    size_t told = 0;
    struct str what = arena_printf(arena, "An answer%s did not reach %.*s", letter->id != 0 ? arena_printf(arena, " (L-%lld)", (long long)letter->id).p : "", STR_ARG(address));
    struct tell tell = {.intake = intake, .arena = arena, .ticket = letter->ticket, .news = {.what = what, .text = reason}};
    if (!reopen(intake, arena, letter->ticket, what, err) || !store_event(intake->store, letter->ticket, STR("triaged"), STR("undelivered"), reason, intake->now, err) ||
        !tell_agents(&tell, &told, err))
        return false;
    *wrote = *wrote || told > 0;
    return true;
}

static bool notification_failed(const struct intake *intake, struct arena *arena, const struct letter_row *letter, struct str address, struct str reason, bool *wrote,
                                struct err *err)
{
    struct str text = arena_printf(arena, "Mail to agent address %.*s comes back: %.*s (letter L-%lld, ticket %lld).\n", STR_ARG(address), STR_ARG(reason),
                                   (long long)letter->id, (long long)letter->ticket);
    *wrote = true;
    bool told = false;
    return tell_operator(intake, arena, "agent-unreachable", STR("An agent cannot be reached"), text, &told, err);
}

bool converse_undelivered(const struct intake *intake, struct arena *arena, int64_t letter, struct str address, struct str reason, bool *wrote, struct err *err)
{
    struct letter_row row = {0};
    struct recipient_row *recipients = NULL;
    struct str octets = {0};
    size_t count = 0;
    if (!view_letter(intake->store, arena, letter, &row, &octets, &recipients, &count, err))
        return false;
    if (str_eq(row.kind, STR("reply")))
        return reply_failed(intake, arena, &row, address, reason, wrote, err);
    if (str_eq(row.kind, STR("notification")) || str_eq(row.kind, STR("reminder")) || str_eq(row.kind, STR("receipt")) || str_eq(row.kind, STR("notice")))
        return notification_failed(intake, arena, &row, address, reason, wrote, err);
    return true;
}

/* The original's Message-ID names the letter; where a mail system kept only the address it went back to, the token there tells whose it was. */
bool converse_bounced(const struct intake *intake, struct line *line, struct err *err)
{
    const struct report *report = &line->message.report;
    struct str address = report->recipient.n > 0 ? report->recipient : STR("its recipient");
    struct str reason = arena_printf(line->arena, "a mail system reports: %.*s %.*s", STR_ARG(report->status), STR_ARG(utf8_prefix(line->message.subject, 200)));
    if (line->placement.placed != PLACED_REPORT || line->message.kind != MESSAGE_BOUNCE || line->raw.backfill || line->placement.ticket == 0)
        return true;
    if (line->placement.letter != 0)
        return converse_undelivered(intake, line->arena, line->placement.letter, address, reason, &line->wrote, err);
    struct letter_row unknown = {.ticket = line->placement.ticket};
    bool agents = line->clues.token_count > 0 && line->clues.tokens[0].purpose != TOKEN_CUSTOMER;
    return agents ? notification_failed(intake, line->arena, &unknown, address, reason, &line->wrote, err)
                  : reply_failed(intake, line->arena, &unknown, address, reason, &line->wrote, err);
}

bool converse_delivered(const struct intake *intake, struct arena *arena, int64_t letter, struct err *err)
{
    struct letter_row row = {0};
    struct recipient_row *recipients = NULL;
    struct str octets = {0};
    size_t count = 0;
    if (!view_letter(intake->store, arena, letter, &row, &octets, &recipients, &count, err))
        return false;
    return !str_eq(row.kind, STR("reply")) || row.ticket == 0 || store_answered(intake->store, row.ticket, intake->now, err);
}

bool converse_woken(const struct intake *intake, struct arena *arena, int64_t ticket, bool *wrote, struct err *err)
{
    size_t told = 0;
    struct tell tell = {.intake = intake, .arena = arena, .ticket = ticket, .news = {.what = STR("Its time has come")}};
    if (!tell_agents(&tell, &told, err))
        return false;
    *wrote = *wrote || told > 0;
    return true;
}
