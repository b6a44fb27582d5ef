/* answers: one function a question; each adds lines to a text. */
#include "core/answers.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "core/clocks.h"
#include "mail/quote.h"
#include "store/people.h"
#include "store/view.h"

#include <string.h>

#define SUBJECT_CHARACTERS 44u /* in a table */
#define NAME_CHARACTERS 20u
#define COLUMNS 6u
#define EMPTY "-"

struct question {
    const struct intake *intake;
    struct arena *arena;
    const struct agent_settings *agent;
    int64_t ticket;
    const struct command *command;
    struct buf *out;
    struct err *err;
};

/* ---- words ------------------------------------------------------------------------------------------------------------------- */

/* One line of text from outside, at most so many characters. */
static struct str shown(struct question *q, struct str text, size_t most)
{
    struct buf out = {0};
    size_t n = 0;
    uint32_t c = 0;
    for (size_t i = 0; i < most && n < text.n; i++) {
        size_t length = utf8_next(str_sub(text, n, text.n), &c);
        n += length == 0 ? 1 : length;
    }
    utf8_display(&out, str_sub(text, 0, n), false);
    if (n < text.n)
        buf_text(&out, "…");
    struct str line = arena_str(q->arena, buf_view(&out));
    buf_free(&out);
    return line.n > 0 ? line : STR(EMPTY);
}

static struct str when(struct question *q, int64_t wall)
{
    char text[64];
    const char *zone = arena_text(q->arena, q->intake->config->desk.timezone);
    if (!clock_local(wall, zone, text) && !clock_local(wall, "UTC", text))
        return STR(EMPTY);
    return arena_str(q->arena, str_of(text));
}

/* "in 43 min", "2 h late". */
static struct str until(struct question *q, int64_t due)
{
    char text[CLOCK_TEXT];
    bool late = due < q->intake->now;
    clock_span_text(late ? q->intake->now - due : due - q->intake->now, text);
    return late ? arena_printf(q->arena, "%s late", text) : arena_printf(q->arena, "in %s", text);
}

static struct str due_text(struct question *q, const struct ticket_row *t)
{
    return t->due == 0 || str_eq(t->state, STR("closed")) ? STR(EMPTY) : until(q, t->due);
}

static struct str name_of(struct question *q, int64_t ticket)
{
    return arena_printf(q->arena, "%.*s-%lld", STR_ARG(q->intake->config->desk.tag), (long long)ticket);
}

static struct str sign_of(const struct question *q)
{
    const struct desk *desk = &q->intake->config->desk;
    return desk->prefix_count > 0 ? desk->prefixes[0] : STR("#");
}

/* ---- tables: aligned, the last column as long as it is ---------------------------------------------------------------------------- */

struct table {
    struct str (*rows)[COLUMNS];
    size_t count, widths[COLUMNS];
};

static void add_row(struct table *table, const struct str cells[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t width = utf8_length(cells[i]);
        table->rows[table->count][i] = cells[i];
        table->widths[i] = width > table->widths[i] ? width : table->widths[i];
    }
    table->count++;
}

static void print_table(const struct table *table, struct buf *out)
{
    for (size_t k = 0; k < table->count; k++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            struct str cell = table->rows[k][i];
            buf_str(out, cell);
            for (size_t pad = utf8_length(cell); i + 1 < COLUMNS && pad < table->widths[i] + 2; pad++)
                buf_char(out, ' ');
        }
        buf_char(out, '\n');
    }
}

static void print_tickets(struct question *q, const struct ticket_row *rows, size_t count)
{
    struct table table = {.rows = arena_array(q->arena, count + 1, sizeof *table.rows)};
    add_row(&table, (const struct str[COLUMNS]){STR("TICKET"), STR("SEV"), STR("STATE"), STR("DUE"), STR("OWNER"), STR("SUBJECT")});
    for (size_t i = 0; i < count; i++) {
        const struct ticket_row *t = &rows[i];
        struct str subject = arena_printf(q->arena, "%.*s (%.*s)", STR_ARG(shown(q, t->subject, SUBJECT_CHARACTERS)), STR_ARG(shown(q, t->requester, SUBJECT_CHARACTERS)));
        add_row(&table, (const struct str[COLUMNS]){name_of(q, t->id), shown(q, t->severity, 1), t->state, due_text(q, t), shown(q, t->owner, NAME_CHARACTERS), subject});
    }
    print_table(&table, q->out);
}

/* ---- list, search --------------------------------------------------------------------------------------------------------------------- */

static bool answer_list(struct question *q)
{
    const struct command *c = q->command;
    struct ticket_filter filter = {.now = q->intake->now, .limit = ANSWERS_ROWS_MAX};
    struct ticket_row *rows = NULL;
    size_t count = 0;
    int64_t total = 0;
    if (c->list == LIST_MINE)
        filter.owner = q->agent->name;
    if (c->list == LIST_QUEUE)
        filter.queue = c->text;
    filter.overdue = c->list == LIST_OVERDUE;
    if (!view_tickets(q->intake->store, q->arena, &filter, &rows, &count, &total, q->err))
        return false;
    if (count == 0)
        buf_text(q->out, "No such ticket is open.\n");
    else
        print_tickets(q, rows, count);
    if ((int64_t)count < total)
        buf_printf(q->out, "\n%zu of %lld, the most urgent first.\n", count, (long long)total);
    return true;
}

static bool answer_search(struct question *q)
{
    struct ticket_row *rows = NULL;
    size_t count = 0;
    if (!view_search(q->intake->store, q->arena, q->command->text, ANSWERS_ROWS_MAX, &rows, &count, q->err))
        return false;
    if (count == 0)
        buf_printf(q->out, "No ticket holds every word of \"%.*s\".\n", STR_ARG(shown(q, q->command->text, 200)));
    else
        print_tickets(q, rows, count);
    if (count == ANSWERS_ROWS_MAX)
        buf_printf(q->out, "\nThe newest %u; there may be more.\n", ANSWERS_ROWS_MAX);
    return true;
}

/* ---- show ------------------------------------------------------------------------------------------------------------------------------ */

static void fact(struct question *q, const char *name, struct str value)
{
    if (value.n > 0)
        buf_printf(q->out, "%-11s %.*s\n", name, STR_ARG(shown(q, value, 300)));
}

static struct str severity_text(struct question *q, const struct ticket_row *t)
{
    uint8_t severity = 0;
    if (!severity_of(t->severity, &severity))
        return t->severity;
    struct str name = q->intake->config->desk.severities[severity].name;
    return name.n == 0 ? t->severity : arena_printf(q->arena, "%.*s (%.*s)", STR_ARG(t->severity), STR_ARG(name));
}

/* When each clock that runs is due. */
static void show_clocks(struct question *q, int64_t ticket)
{
    struct clock clocks[DESK_CLOCKS];
    struct err ignored = {0};
    if (!clocks_now(q->intake->store, &q->intake->config->desk, q->arena, ticket, clocks, &ignored))
        return;
    for (unsigned i = 0; i < DESK_CLOCKS; i++)
        if (clocks[i].state == CLOCK_RUNNING)
            fact(q, desk_clock_name((enum desk_clock)i), arena_printf(q->arena, "%.*s (%.*s)", STR_ARG(when(q, clocks[i].due)), STR_ARG(until(q, clocks[i].due))));
}

static void show_facts(struct question *q, const struct ticket_row *t)
{
    buf_printf(q->out, "%.*s  %.*s\n\n", STR_ARG(name_of(q, t->id)), STR_ARG(shown(q, t->subject, 300)));
    fact(q, "state", t->state);
    if (t->merged_into != 0)
        fact(q, "went into", name_of(q, t->merged_into));
    fact(q, "owner", t->owner.n > 0 ? t->owner : STR("nobody"));
    fact(q, "queue", t->queue);
    fact(q, "severity", severity_text(q, t));
    fact(q, "kind", t->kind);
    fact(q, "opened", when(q, t->opened_at));
    show_clocks(q, t->id);
    if (t->wake_at != 0)
        fact(q, "reminder", when(q, t->wake_at));
    fact(q, "customer", t->customer);
}

static bool show_people(struct question *q, int64_t ticket)
{
    struct party *parties = NULL;
    size_t count = 0;
    if (!store_parties(q->intake->store, q->arena, ticket, &parties, &count, q->err))
        return false;
    for (size_t i = 0; i < count && i < ANSWERS_ROWS_MAX; i++) {
        const struct party *p = &parties[i];
        bool named = p->name.n > 0;
        fact(q, arena_text(q->arena, p->role), named ? arena_printf(q->arena, "%.*s <%.*s>", STR_ARG(p->name), STR_ARG(p->address)) : p->address);
    }
    return true;
}

static bool show_values(struct question *q, int64_t ticket)
{
    struct named_value *values = NULL;
    size_t count = 0;
    if (!view_ticket_values(q->intake->store, q->arena, ticket, &values, &count, q->err))
        return false;
    for (size_t i = 0; i < count && i < 2 * ANSWERS_ROWS_MAX; i++) {
        struct str name = values[i].name;
        bool is_link = str_eq(name, STR("link")) || str_eq(name, STR("linked-by"));
        name = str_starts(name, STR("field.")) ? str_sub(name, 6, name.n) : name;
        fact(q, arena_text(q->arena, shown(q, name, NAME_CHARACTERS)),
             is_link ? arena_printf(q->arena, "%.*s-%.*s", STR_ARG(q->intake->config->desk.tag), STR_ARG(values[i].value)) : values[i].value);
    }
    return true;
}

/* Not the line above which people answer, with somebody's token in it: this mail will be answered, too. */
static struct str without_markers(struct question *q, struct str text)
{
    struct buf out = {0};
    struct str rest = text, line;
    while (out.n <= ANSWERS_MESSAGE_MAX && str_line(&rest, &line)) {
        struct str bare = line;
        while (bare.n > 0 && (bare.p[0] == '>' || bare.p[0] == ' '))
            bare = str_sub(bare, 1, bare.n);
        if (!str_starts(bare, STR(MARKER_PREFIX)))
            buf_printf(&out, "%.*s\n", STR_ARG(line));
    }
    struct str kept = arena_str(q->arena, str_trim(buf_view(&out)));
    buf_free(&out);
    return kept;
}

static void show_message(struct question *q, const struct message_row *m)
{
    bool out = str_eq(m->direction, STR("out")), note = str_eq(m->direction, STR("note"));
    struct str who = out ? m->to : m->from;
    struct str text = without_markers(q, m->fresh.n > 0 ? m->fresh : m->text);
    buf_printf(q->out, "\n-- M-%lld  %s %.*s, %.*s%s\n", (long long)m->id, out ? "sent to" : note ? "note by" : "from", STR_ARG(shown(q, who, 200)),
               STR_ARG(when(q, m->at)), m->proposed ? "  (a stranger's: accept takes it into the ticket)" : "");
    utf8_display(q->out, utf8_prefix(text, ANSWERS_MESSAGE_MAX), true);
    buf_text(q->out, text.n > ANSWERS_MESSAGE_MAX ? "\n[cut here]\n" : "\n");
    for (size_t i = 0; i < m->attachment_count && i < ANSWERS_ROWS_MAX; i++)
        buf_printf(q->out, "[attachment: %.*s, %.*s, %llu octets]\n", STR_ARG(shown(q, m->attachments[i].name, 100)), STR_ARG(shown(q, m->attachments[i].type, 100)),
                   (unsigned long long)m->attachments[i].size);
}

static bool show_messages(struct question *q, int64_t ticket)
{
    struct message_row *rows = NULL;
    size_t count = 0;
    if (!view_messages(q->intake->store, q->arena, ticket, &rows, &count, q->err))
        return false;
    size_t first = count > ANSWERS_MESSAGES_MAX ? count - ANSWERS_MESSAGES_MAX : 0;
    if (first > 0)
        buf_printf(q->out, "\n(the newest %u of %zu messages)\n", ANSWERS_MESSAGES_MAX, count);
    for (size_t i = first; i < count; i++)
        show_message(q, &rows[i]);
    return true;
}

static bool answer_show(struct question *q)
{
    struct ticket_row t;
    int64_t ticket = q->command->ticket != 0 ? q->command->ticket : q->ticket;
    if (ticket == 0)
        return err_set(q->err, ERR_ITEM, "show: which ticket? This mail is about none");
    if (!view_ticket(q->intake->store, q->arena, ticket, &t, q->err))
        return false;
    if (t.id == 0)
        return err_set(q->err, ERR_ITEM, "show: there is no ticket %lld", (long long)ticket);
    show_facts(q, &t);
    return show_people(q, ticket) && show_values(q, ticket) && show_messages(q, ticket);
}

/* ---- report ------------------------------------------------------------------------------------------------------------------------------ */

static struct str queue_in(const struct ticket_count *row)
{
    return row->queue;
}

static struct str severity_in(const struct ticket_count *row)
{
    return row->severity;
}

static struct str state_in(const struct ticket_count *row)
{
    return row->state;
}

/* One line for each value the column has, in the order in which they first occur. */
static void sum_up(struct question *q, const char *title, const struct ticket_count *rows, size_t count, struct str (*column)(const struct ticket_count *))
{
    buf_printf(q->out, "\n%s\n", title);
    for (size_t i = 0; i < count; i++) {
        struct str value = column(&rows[i]);
        int64_t sum = 0;
        bool seen = false;
        for (size_t k = 0; k < count; k++) {
            bool same = str_eq(column(&rows[k]), value);
            sum += same ? rows[k].count : 0;
            seen = seen || (same && k < i);
        }
        if (!seen)
            buf_printf(q->out, "  %6lld  %.*s\n", (long long)sum, STR_ARG(shown(q, value, NAME_CHARACTERS)));
    }
}

static void tell_today(struct question *q, const struct store_figures *figures)
{
    int64_t mails = 0;
    for (int i = 0; i < OUTCOMES; i++)
        mails += figures->outcomes_today[i];
    buf_printf(q->out, "\nMails today: %lld\n", (long long)mails);
    for (int i = 0; i < OUTCOMES; i++)
        if (figures->outcomes_today[i] > 0)
            buf_printf(q->out, "  %6lld  %s\n", (long long)figures->outcomes_today[i], outcome_name((enum outcome)i));
}

static bool answer_report(struct question *q)
{
    struct store_figures figures;
    struct ticket_count *rows = NULL;
    size_t count = 0;
    int64_t now = q->intake->now;
    if (!view_figures(q->intake->store, now, clock_day(now, q->intake->config->desk.timezone), &figures, q->err) ||
        !view_ticket_counts(q->intake->store, q->arena, &rows, &count, q->err))
        return false;
    buf_printf(q->out, "%.*s, %.*s\n\nOpen tickets: %lld; %lld overdue, %lld due within the hour\n", STR_ARG(q->intake->config->desk.name),
               STR_ARG(when(q, now)), (long long)figures.open, (long long)figures.overdue, (long long)figures.due_soon);
    sum_up(q, "By queue", rows, count, queue_in);
    sum_up(q, "By severity", rows, count, severity_in);
    sum_up(q, "By state", rows, count, state_in);
    tell_today(q, &figures);
    buf_printf(q->out, "\nLetters: %lld waiting, %lld held, %lld failed. Set aside unread: %lld.\n", (long long)figures.letters_waiting, (long long)figures.letters_held,
               (long long)figures.letters_failed, (long long)figures.quarantined);
    return true;
}

/* ---- help --------------------------------------------------------------------------------------------------------------------------------- */

static void help_one(struct question *q, const struct command_help *verb)
{
    buf_printf(q->out, "%.*s%s%s%s\n    %s\n", STR_ARG(sign_of(q)), verb->name, verb->arguments[0] != '\0' ? " " : "", verb->arguments, verb->help);
    if (verb->alias[0] != '\0')
        buf_printf(q->out, "    the same: %.*s%s\n", STR_ARG(sign_of(q)), verb->alias);
}

static bool answer_help(struct question *q)
{
    size_t count = 0;
    const struct command_help *verbs = command_table(&count);
    if (q->command->text.n > 0) {
        help_one(q, &verbs[command_verb_of(q->command->text)]);
        return true;
    }
    buf_text(q->out, "The first lines of a mail may be commands, one on each. All are carried out or none.\n"
                     "The text behind them goes to the customer, unless a command takes it.\n"
                     "Tickets are 1042, messages M-97, times 2h, 3d or 1w.\n");
    for (int class = 0; class < CLASSES; class++) {
        buf_printf(q->out, "\n%s\n\n", command_class_title((enum command_class)class));
        for (size_t i = 0; i < count; i++)
            if (verbs[i].class == (enum command_class)class)
                help_one(q, &verbs[i]);
    }
    return true;
}

/* ---- the table ------------------------------------------------------------------------------------------------------------------------------ */

static bool (*const answers[COMMAND_VERBS])(struct question *) = {
    [COMMAND_LIST] = answer_list, [COMMAND_SHOW] = answer_show, [COMMAND_SEARCH] = answer_search, [COMMAND_REPORT] = answer_report, [COMMAND_HELP] = answer_help,
};

bool answers_text(const struct intake *intake, struct arena *arena, const struct agent_settings *agent, int64_t ticket, const struct command *command, struct str *text,
                  struct err *err)
{
    struct buf out = {0};
    struct question q = {.intake = intake, .arena = arena, .agent = agent, .ticket = ticket, .command = command, .out = &out, .err = err};
    bool good = answers[command->verb] != NULL ? answers[command->verb](&q) : err_set(err, ERR_ITEM, "that is no question");
    bool cut = out.n > ANSWERS_TEXT_MAX;
    struct str whole = str_trim(utf8_prefix(buf_view(&out), ANSWERS_TEXT_MAX));
    *text = cut ? arena_printf(arena, "%.*s\n[cut here]", STR_ARG(whole)) : arena_str(arena, whole);
    buf_free(&out);
    return good;
}
