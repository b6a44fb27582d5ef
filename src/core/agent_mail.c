/* agent_mail: first everything is understood, then everything is done, inside a savepoint of its own: an order that cannot be carried out leaves no trace but its refusal. */
#include "core/agent.h"

#include "base/hash.h"
#include "core/act.h"
#include "core/answers.h"
#include "core/tell.h"
#include "desk/command.h"
#include "store/people.h"
#include "store/view.h"

#include <ctype.h>

/* One mail of an agent while it is carried out. */
struct errand {
    const struct intake *intake;
    struct line *line;
    struct arena *arena;
    const struct agent_settings *agent;
    int64_t ticket;      /* 0: none */
    struct str receipt;  /* under which it can be taken back */
    struct command *commands;
    bool rest_taken;     /* a command takes the text */
    bool only_questions;
    bool changed;        /* something can be taken back */
    struct str assigned; /* to this agent; "" */
    bool moved;          /* to another queue */
    struct buf told;
};

/* The same mail always gives the same receipt, so that a replay does. */
static struct str receipt_of(struct arena *arena, const struct raw *raw)
{
    char text[32];
    hash_base32(raw->sha256, 10, text);
    for (size_t i = 0; i < 8; i++)
        text[i] = (char)toupper((unsigned char)text[i]);
    return arena_printf(arena, "R-%.8s", text);
}

static void tell(struct errand *a, struct str line)
{
    buf_str(&a->told, line);
    buf_char(&a->told, '\n');
}

/* ---- understanding -------------------------------------------------------------------------------------------------------------- */

static bool understand_one(struct errand *a, const struct order_command *as_written, struct command *command, struct err *err)
{
    const struct order *order = &a->line->order;
    if (!command_parse(a->arena, &a->intake->config->desk, as_written->words, as_written->word_count, a->agent->name, a->intake->now, command, err))
        return false;
    if (command->class != CLASS_QUESTION && a->ticket == 0)
        return err_set(err, ERR_ITEM, "this mail belongs to no ticket; answer a notification of the ticket meant");
    bool takes = command->takes_rest && !a->rest_taken;
    a->rest_taken = a->rest_taken || command->takes_rest;
    a->only_questions = a->only_questions && command->class == CLASS_QUESTION;
    return command_rest(a->arena, command, takes ? order->rest : STR(""), err);
}

static bool understand(struct errand *a, struct err *err)
{
    const struct order *order = &a->line->order;
    a->only_questions = order->command_count > 0;
    a->commands = arena_array(a->arena, order->command_count, sizeof *a->commands);
    if (order->too_many)
        return err_set(err, ERR_ITEM, "more than %u commands", ORDER_COMMANDS_MAX);
    for (size_t i = 0; i < order->command_count; i++)
        if (!understand_one(a, &order->commands[i], &a->commands[i], err))
            return err_wrap(err, "%.*s", STR_ARG(order->commands[i].line));
    return true;
}

/* ---- doing ---------------------------------------------------------------------------------------------------------------------- */

static void tell_change(struct errand *a, const struct act_change *c)
{
    if (str_eq(c->field, STR("note")))
        tell(a, STR("note kept; no customer sees it"));
    else if (str_eq(c->field, STR("undo")))
        tell(a, arena_printf(a->arena, "taken back (%.*s): %.*s", STR_ARG(c->before), STR_ARG(c->after)));
    else
        tell(a, arena_printf(a->arena, "%.*s: %.*s -> %.*s", STR_ARG(c->field), STR_ARG(c->before.n > 0 ? c->before : STR("-")), STR_ARG(c->after.n > 0 ? c->after : STR("-"))));
}

/* What a command changes, or takes back. */
static bool change(struct errand *a, const struct command *command, struct err *err)
{
    const struct acting acting = {.store = a->intake->store, .arena = a->arena, .actor = a->agent->name, .receipt = a->receipt, .now = a->intake->now,
                                  .undo_window = a->intake->config->desk.undo_window};
    struct acted acted = {0};
    if (!act_on(&acting, a->ticket, command, &acted, err))
        return false;
    for (size_t i = 0; i < acted.count; i++) {
        const struct act_change *c = &acted.list[i];
        tell_change(a, c);
        a->changed = a->changed || command->class != CLASS_UNDO;
        a->moved = a->moved || str_eq(c->field, STR("queue"));
        if (str_eq(c->field, STR("owner")))
            a->assigned = c->after;
    }
    return true;
}

/* An answer opens nothing: who answers a closed ticket may not know it. */
static bool tell_closed(struct errand *a, int64_t ticket, struct err *err)
{
    struct ticket_state state = {0};
    if (!store_ticket(a->intake->store, a->arena, ticket, &state, err))
        return false;
    if (str_eq(state.state, STR("closed")))
        tell(a, arena_printf(a->arena, "ticket %lld is closed and stays so; %.*sreopen opens it", (long long)ticket, STR_ARG(desk_sign(&a->intake->config->desk))));
    return true;
}

static bool reply_to(struct errand *a, int64_t ticket, struct str text, struct str html, const struct carried *carried, struct err *err)
{
    struct agent_reply reply = {.ticket = ticket, .agent = a->agent, .text = text, .html = html, .carried = carried};
    struct str to = {0}, held = {0};
    int64_t letter = 0;
    if (!agent_reply(a->intake, a->arena, &reply, &letter, &to, &held, err))
        return err_wrap(err, "your answer");
    if (held.n == 0) {
        tell(a, arena_printf(a->arena, "your answer goes to %.*s (L-%lld)", STR_ARG(to), (long long)letter));
        return tell_closed(a, ticket, err);
    }
    tell(a, arena_printf(a->arena, "your answer is HELD (L-%lld): %.*s.\nIt goes to %.*s when you answer this mail with %.*srelease", (long long)letter, STR_ARG(held), STR_ARG(to),
                         STR_ARG(desk_sign(&a->intake->config->desk))));
    return store_event(a->intake->store, ticket, a->agent->name, STR("reply-held"), held, a->intake->now, err);
}

/* Each requester of the tickets that are linked to this one hears the same, alone. */
static bool broadcast(struct errand *a, struct str text, struct err *err)
{
    struct named_value *values = NULL;
    size_t count = 0, sent = 0;
    if (!view_ticket_values(a->intake->store, a->arena, a->ticket, &values, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t ticket = 0;
        bool is_link = str_eq(values[i].name, STR("link")) || str_eq(values[i].name, STR("linked-by"));
        if (!is_link || !str_u64(values[i].value, &ticket))
            continue;
        if (!reply_to(a, (int64_t)ticket, text, STR(""), NULL, err))
            return err_wrap(err, "ticket %llu", (unsigned long long)ticket);
        sent++;
    }
    return sent > 0 || err_set(err, ERR_ITEM, "no ticket is linked to this one");
}

/* Held answers of this ticket leave. */
static bool release(struct errand *a, struct err *err)
{
    struct letter_row *rows = NULL;
    size_t count = 0, released = 0;
    if (!view_letters(a->intake->store, a->arena, STR("held"), a->ticket, 100, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!store_letter_set(a->intake->store, rows[i].id, STR("queued"), a->intake->now, err))
            return false;
        tell(a, arena_printf(a->arena, "L-%lld leaves for %.*s", (long long)rows[i].id, STR_ARG(rows[i].to)));
        released++;
    }
    return released > 0 || a->changed || err_set(err, ERR_ITEM, "nothing of this ticket is held");
}

static bool answer(struct errand *a, const struct command *command, struct err *err)
{
    struct str text = {0};
    if (!answers_text(a->intake, a->arena, a->agent, a->ticket, command, &text, err))
        return false;
    tell(a, text);
    return true;
}

/* What a command means beside its changes. */
static bool relay(struct errand *a, const struct command *command, struct err *err)
{
    switch (command->verb) {
    case COMMAND_RELEASE:
        return release(a, err);
    case COMMAND_BROADCAST:
        return broadcast(a, command->text, err);
    default: /* refuse: the requester reads why, when there is something to read */
        return command->text.n == 0 || reply_to(a, a->ticket, command->text, STR(""), NULL, err);
    }
}

static bool carry_out(struct errand *a, const struct command *command, struct err *err)
{
    if (command->class == CLASS_QUESTION)
        return answer(a, command, err);
    return change(a, command, err) && (command->class != CLASS_RELAY || relay(a, command, err));
}

/* Who has to do with the ticket now, and had not before, hears of it. */
static bool tell_others(struct errand *a, struct err *err)
{
    struct str note = a->rest_taken ? a->line->order.rest : STR("");
    struct tell tell = {.intake = a->intake, .arena = a->arena, .ticket = a->ticket, .except = a->agent->name, .news = {.text = note}};
    size_t told = 0;
    if (a->assigned.n > 0 && !str_eq(a->assigned, a->agent->name)) {
        tell.only = a->assigned;
        tell.news.what = arena_printf(a->arena, "Assigned to you by %.*s", STR_ARG(a->agent->name));
    } else if (a->moved) {
        tell.everybody = true;
        tell.news.what = arena_printf(a->arena, "Moved to your queue by %.*s", STR_ARG(a->agent->name));
    } else {
        return true;
    }
    return tell_agents(&tell, &told, err);
}

/* What the agent wrote above the mail he passes on. */
static bool keep_note(struct errand *a, struct err *err)
{
    struct str rest = a->line->order.rest;
    struct changed changed = {0};
    ptrdiff_t at = a->line->message.forwarded.text.n > 0 ? str_find(rest, a->line->message.forwarded.text) : -1;
    struct str note = str_trim(at >= 0 ? str_sub(rest, 0, (size_t)at) : rest);
    tell(a, arena_printf(a->arena, "opened for %.*s", STR_ARG(a->line->sender.address)));
    return note.n == 0 || a->rest_taken ||
           store_change(a->intake->store, a->arena, a->ticket, STR("note"), note, a->agent->name, a->receipt, a->intake->now, &changed, err);
}

static bool do_all(struct errand *a, struct err *err)
{
    const struct order *order = &a->line->order;
    if (!understand(a, err))
        return false;
    bool relays = order->rest.n > 0 && !a->rest_taken && !a->only_questions && a->line->sender.part == PART_AGENT;
    if (order->command_count == 0 && !relays && a->line->sender.part == PART_AGENT && a->line->message.carried.file_count == 0)
        return err_set(err, ERR_ITEM, "there is neither a command nor a text above the quoted one");
    for (size_t i = 0; i < order->command_count; i++)
        if (!carry_out(a, &a->commands[i], err))
            return err_wrap(err, "%.*s", STR_ARG(order->commands[i].line));
    if (a->line->sender.part == PART_ON_BEHALF)
        return keep_note(a, err);
    if (!tell_others(a, err))
        return false;
    if (relays || (order->command_count == 0 && a->line->message.carried.file_count > 0))
        return reply_to(a, a->ticket, order->rest, a->line->message.carried.html, &a->line->message.carried, err);
    if (order->rest.n > 0 && !a->rest_taken)
        tell(a, STR("the text below was sent to nobody"));
    return true;
}

/* ---- the receipt ---------------------------------------------------------------------------------------------------------------- */

static struct str receipt_text(struct errand *a, const struct err *problem)
{
    struct buf out = {0};
    const struct desk *desk = &a->intake->config->desk;
    if (problem->kind != ERR_NONE)
        buf_printf(&out, "Nothing was done: %s.\n\nYour mail is kept with the ticket. %.*shelp lists the commands.\n", problem->text, STR_ARG(desk_sign(desk)));
    else
        buf_str(&out, buf_view(&a->told));
    if (problem->kind == ERR_NONE && a->changed)
        buf_printf(&out, "\n%.*sundo in an answer to this mail takes it back (%.*s).\n", STR_ARG(desk_sign(desk)), STR_ARG(a->receipt));
    struct str text = arena_str(a->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

/* All or nothing; only trouble of the store itself is an error of the filing. */
static bool perform(struct errand *a, struct err *err)
{
    struct err problem = {0};
    if (!store_try(a->intake->store, err))
        return false;
    bool ok = do_all(a, &problem);
    if (!store_try_end(a->intake->store, ok, &problem) && problem.kind == ERR_RETRY) {
        *err = problem;
        return false;
    }
    struct str kind = problem.kind == ERR_NONE ? STR("acted") : STR("act-refused");
    struct str detail = problem.kind == ERR_NONE ? a->receipt : arena_str(a->arena, str_of(problem.text));
    return (a->ticket == 0 || store_event(a->intake->store, a->ticket, a->agent->name, kind, detail, a->intake->now, err)) &&
           tell_receipt(a->intake, a->arena, a->agent, &a->line->message, a->ticket, receipt_text(a, &problem), err);
}

static bool run(const struct intake *intake, struct line *line, struct str agent, struct err *err)
{
    struct errand a = {.intake = intake,
                    .line = line,
                    .arena = line->arena,
                    .agent = desk_agent(&intake->config->desk, agent),
                    .ticket = line->sender.part == PART_ASKING ? 0 : line->filed.ticket, /* the ticket it is shown on is not one it may touch */
                    .receipt = receipt_of(line->arena, &line->raw)};
    bool ok = a.agent == NULL || perform(&a, err);
    buf_free(&a.told);
    return ok;
}

bool agent_mail(const struct intake *intake, struct line *line, struct err *err)
{
    return run(intake, line, line->sender.agent, err);
}

bool agent_on_behalf(const struct intake *intake, struct line *line, struct err *err)
{
    return run(intake, line, line->sender.passed_by, err);
}
