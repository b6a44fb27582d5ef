/* command: one row a verb: its name, its words of help, and the function that turns its arguments into what it means. */
#include "desk/command.h"

#include "nearest.h"
#include "rows.h"

#include "base/buf.h"
#include "base/clock.h"
#include "mail/address.h"

#include <ctype.h>
#include <inttypes.h>

#define NAME_OCTETS_MAX 64u

struct request {
    struct arena *arena;
    const struct desk *desk;
    const struct str *words; /* behind the verb */
    size_t count;
    struct str actor;
    int64_t now;
    struct command *command;
    struct err *err;
};

static const struct command_help helps[COMMAND_VERBS] = {
    [COMMAND_NOTE] = {"note", "", "[TEXT]", "keep a note that no customer sees; without TEXT the rest of the mail is it", CLASS_CHANGE, true},
    [COMMAND_CLOSE] = {"close", "", "[NOTE]", "the matter is settled", CLASS_CHANGE, false},
    [COMMAND_REOPEN] = {"reopen", "", "[NOTE]", "it is not settled after all", CLASS_CHANGE, false},
    [COMMAND_PENDING] = {"pending", "", "[TIME] [NOTE]", "it waits for the customer, at most for TIME (3d)", CLASS_CHANGE, false},
    [COMMAND_SNOOZE] = {"snooze", "", "TIME", "remind me of it in TIME (2h, 3d)", CLASS_CHANGE, false},
    [COMMAND_TAKE] = {"take", "", "", "make it mine", CLASS_CHANGE, false},
    [COMMAND_ASSIGN] = {"assign", "owner", "NAME", "give it to an agent; - for nobody", CLASS_CHANGE, false},
    [COMMAND_QUEUE] = {"queue", "", "NAME", "move it to another queue", CLASS_CHANGE, false},
    [COMMAND_SEVERITY] = {"severity", "", "A|B|C|D", "set how severe it is", CLASS_CHANGE, false},
    [COMMAND_KIND] = {"kind", "", "incident|request|problem", "set what it is", CLASS_CHANGE, false},
    [COMMAND_TAG] = {"tag", "", "+TAG -TAG ...", "add and remove tags", CLASS_CHANGE, false},
    [COMMAND_FIELD] = {"field", "", "NAME [VALUE]", "set a field; without VALUE, remove it", CLASS_CHANGE, false},
    [COMMAND_CUSTOMER] = {"customer", "", "ADDRESS", "make it the matter of that person", CLASS_CHANGE, false},
    [COMMAND_CC] = {"cc", "", "+ADDRESS -ADDRESS ...", "who else reads along, and who no longer does", CLASS_CHANGE, false},
    [COMMAND_LINK] = {"link", "", "TICKET", "link it to another ticket", CLASS_CHANGE, false},
    [COMMAND_MERGE] = {"merge", "", "TICKET", "put it into another ticket of the same customer", CLASS_CHANGE, false},
    [COMMAND_SPLIT] = {"split", "", "[MESSAGE]", "make a message (the last one) a ticket of its own", CLASS_CHANGE, false},
    [COMMAND_ACCEPT] = {"accept", "", "[MESSAGE]", "take a stranger's message (the last one) into the ticket", CLASS_CHANGE, false},
    [COMMAND_SPAM] = {"spam", "", "[NOTE]", "close it and tag it spam", CLASS_CHANGE, false},
    [COMMAND_BLOCK] = {"block", "", "[NOTE]", "the same, tagged blocked, and its author gets no automatic mail any more", CLASS_CHANGE, false},
    [COMMAND_MAJOR] = {"major", "", "", "tag it as a major incident", CLASS_CHANGE, false},
    [COMMAND_KNOWN_ERROR] = {"known-error", "", "[TEXT]", "keep TEXT (or the rest of the mail) as the workaround", CLASS_CHANGE, true},
    [COMMAND_RELEASE] = {"release", "", "", "let what is held go its way", CLASS_RELAY, false},
    [COMMAND_REFUSE] = {"refuse", "", "[TEXT]", "close what is held; its author is told, with TEXT or the rest of the mail", CLASS_RELAY, true},
    [COMMAND_BROADCAST] = {"broadcast", "", "[TEXT]", "mail TEXT (or the rest of the mail) to the requester of every linked ticket", CLASS_RELAY, true},
    [COMMAND_UNDO] = {"undo", "", "[RECEIPT]", "take back what you did last, or what a receipt stands for", CLASS_UNDO, false},
    [COMMAND_LIST] = {"list", "", "[mine|overdue|queue NAME]", "which tickets are open", CLASS_QUESTION, false},
    [COMMAND_SHOW] = {"show", "", "[TICKET]", "a ticket and its newest messages", CLASS_QUESTION, false},
    [COMMAND_SEARCH] = {"search", "", "TEXT", "which tickets hold every word of TEXT", CLASS_QUESTION, false},
    [COMMAND_REPORT] = {"report", "", "", "how many tickets there are, and what came today", CLASS_QUESTION, false},
    [COMMAND_HELP] = {"help", "", "[COMMAND]", "this list, or a line about one command", CLASS_QUESTION, false},
};

static const char *const titles[CLASSES] = {
    [CLASS_CHANGE] = "Changing a ticket",
    [CLASS_RELAY] = "Telling customers",
    [CLASS_UNDO] = "Taking back",
    [CLASS_QUESTION] = "Asking; the answer comes by mail",
};

static void add(struct request *r, struct str field, struct str text)
{
    struct command *c = r->command;
    c->changes = rows_more(r->arena, c->changes, c->change_count, sizeof *c->changes);
    c->changes[c->change_count++] = (struct change){.field = field, .text = text};
}

/* One that may be so already. */
static void add_maybe(struct request *r, struct str field, struct str text)
{
    add(r, field, text);
    r->command->changes[r->command->change_count - 1].maybe = true;
}

static bool refuse(struct request *r, struct str word, const char *what, const struct str_list *names)
{
    struct str listed = names_listed(r->arena, names);
    const char *hint = nearest_hint(r->arena, word, names);
    return err_set(r->err, ERR_ITEM, "there is no %s \"%.*s\"%s%s; expected %.*s", what, STR_ARG(word), hint[0] != 0 ? ", " : "", hint, STR_ARG(listed));
}

/* ---- arguments ------------------------------------------------------------------------------------------------------------------ */

static bool holds_blank(struct str word)
{
    return str_find(word, STR(" ")) >= 0;
}

/* The words from there on, as they were written: what was held together by quotes gets them back, unless it is all there is. */
static struct str joined(struct request *r, size_t from)
{
    struct buf out = {0};
    for (size_t i = from; i < r->count; i++) {
        const char *quote = holds_blank(r->words[i]) && r->count - from > 1 ? "\"" : "";
        buf_printf(&out, "%s%s%.*s%s", i != from ? " " : "", quote, STR_ARG(r->words[i]), quote);
    }
    struct str text = arena_str(r->arena, str_trim(buf_view(&out)));
    buf_free(&out);
    return text;
}

static bool none(struct request *r)
{
    return r->count == 0 || err_set(r->err, ERR_ITEM, "nothing may stand behind it");
}

/* The only word, without the quotes it may have. */
static bool only(struct request *r, const char *what, struct str *word)
{
    if (r->count != 1)
        return err_set(r->err, ERR_ITEM, r->count == 0 ? "%s is missing" : "only %s may stand there", what);
    *word = r->words[0];
    if (word->n > 2 && word->p[0] == '"' && word->p[word->n - 1] == '"')
        *word = str_sub(*word, 1, word->n - 2);
    return true;
}

static bool good_name(struct str name)
{
    if (name.n == 0 || name.n > NAME_OCTETS_MAX || !isalpha((unsigned char)name.p[0]))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
            return false;
    }
    return true;
}

static bool ticket_of(struct request *r, struct str word, int64_t *ticket)
{
    uint64_t number = 0;
    struct str digits = word;
    if (str_istarts(digits, r->desk->tag) && digits.n > r->desk->tag.n && digits.p[r->desk->tag.n] == '-')
        digits = str_sub(digits, r->desk->tag.n + 1, digits.n);
    bool good = str_u64(digits, &number) && number > 0 && number <= INT64_MAX;
    *ticket = good ? (int64_t)number : 0;
    return good || err_set(r->err, ERR_ITEM, "\"%.*s\" is no ticket number, expected 1042 or %.*s-1042", STR_ARG(word), STR_ARG(r->desk->tag));
}

/* A message of the ticket: M-97, 97, last, or nothing, which is the last one too. */
static bool add_message(struct request *r, struct str field)
{
    uint64_t number = 0;
    struct str word = STR("last");
    if (r->count > 0 && !only(r, "the message's number", &word))
        return false;
    struct str digits = str_istarts(word, STR("M-")) ? str_sub(word, 2, word.n) : word;
    bool is_number = str_u64(digits, &number) && number > 0 && number <= INT64_MAX;
    if (!is_number && !str_ieq(word, STR("last")))
        return err_set(r->err, ERR_ITEM, "\"%.*s\" is no message of the ticket, expected M-97 or last", STR_ARG(word));
    add(r, field, is_number ? arena_printf(r->arena, "%" PRIu64, number) : STR("last"));
    return true;
}

/* An address that may read along: not one of ours, which would mail itself, and none of an agent, who would be shown to the customer. */
static bool address_of(struct request *r, struct str word, struct str *address)
{
    *address = address_canonical(r->arena, word);
    if (!address_usable(*address))
        return err_set(r->err, ERR_ITEM, "\"%.*s\" is no mail address", STR_ARG(word));
    if (desk_owns(r->desk, *address))
        return err_set(r->err, ERR_ITEM, "%.*s is the desk's own address", STR_ARG(*address));
    const struct agent_settings *agent = desk_agent_at(r->desk, *address);
    return agent == NULL || err_set(r->err, ERR_ITEM, "%.*s is the agent %.*s; to give him the ticket: assign %.*s", STR_ARG(*address), STR_ARG(agent->name),
                                    STR_ARG(agent->name));
}

static bool add_wake(struct request *r, struct str word)
{
    int64_t span = 0;
    if (!clock_parse_span(word, &span) || span < COMMAND_SPAN_MIN || span > COMMAND_SPAN_MAX)
        return err_set(r->err, ERR_ITEM, "\"%.*s\" is no time, expected 2h, 3d or 1w, at least a minute and at most a year", STR_ARG(word));
    add(r, STR("wake"), arena_printf(r->arena, "%" PRId64, r->now + span));
    return true;
}

static struct str_list queue_names(struct request *r)
{
    struct str_list names = {0};
    for (size_t i = 0; i < r->desk->queue_count; i++) {
        names.list = rows_more(r->arena, names.list, names.count, sizeof *names.list);
        names.list[names.count++] = r->desk->queues[i].name;
    }
    return names;
}

static bool queue_of(struct request *r, struct str word, struct str *queue)
{
    struct str_list names = queue_names(r);
    for (size_t i = 0; i < names.count; i++) {
        if (str_ieq(names.list[i], word)) {
            *queue = names.list[i];
            return true;
        }
    }
    return refuse(r, word, "queue", &names);
}

/* ---- verbs that change ------------------------------------------------------------------------------------------------------------ */

/* A state may be told with a note behind it: close "replaced the cable". */
static bool to_state(struct request *r, struct str state, size_t from)
{
    add(r, STR("state"), state);
    struct str note = joined(r, from);
    if (note.n != 0)
        add(r, STR("note"), note);
    return true;
}

static bool do_note(struct request *r)
{
    r->command->text = joined(r, 0);
    r->command->needs_text = true;
    return true;
}

static bool do_close(struct request *r)
{
    return to_state(r, STR("closed"), 0);
}

static bool do_reopen(struct request *r)
{
    return to_state(r, STR("open"), 0);
}

/* pending 3d: until then, or until the customer writes. */
static bool do_pending(struct request *r)
{
    int64_t span = 0;
    bool until = r->count > 0 && clock_parse_span(r->words[0], &span);
    to_state(r, STR("pending"), until ? 1 : 0);
    r->command->changes[0].maybe = until; /* another time for one that waits already */
    return !until || add_wake(r, r->words[0]);
}

static bool do_snooze(struct request *r)
{
    struct str span;
    return only(r, "the time", &span) && add_wake(r, span);
}

static bool set_owner(struct request *r, struct str name)
{
    struct str_list names = {0};
    for (size_t i = 0; i < r->desk->agent_count; i++) {
        if (str_ieq(r->desk->agents[i].name, name)) {
            add(r, STR("owner"), r->desk->agents[i].name);
            return true;
        }
        names.list = rows_more(r->arena, names.list, names.count, sizeof *names.list);
        names.list[names.count++] = r->desk->agents[i].name;
    }
    if (names.count == 0)
        return err_set(r->err, ERR_ITEM, "there is no agent \"%.*s\": the configuration has none", STR_ARG(name));
    return refuse(r, name, "agent", &names);
}

static bool do_take(struct request *r)
{
    if (r->count != 0)
        return err_set(r->err, ERR_ITEM, "take has no arguments; to give it to somebody else: assign NAME");
    return set_owner(r, r->actor);
}

static bool do_assign(struct request *r)
{
    struct str name;
    if (!only(r, "the agent's name, or - for nobody", &name))
        return false;
    if (!str_eq(name, STR("-")))
        return set_owner(r, name);
    add(r, STR("owner"), (struct str){0});
    return true;
}

static bool do_queue(struct request *r)
{
    struct str word, queue;
    if (!only(r, "the queue's name", &word) || !queue_of(r, word, &queue))
        return false;
    add(r, STR("queue"), queue);
    return true;
}

static bool do_severity(struct request *r)
{
    struct str word;
    uint8_t severity;
    if (!only(r, "A, B, C or D", &word))
        return false;
    if (!severity_of(word, &severity))
        return err_set(r->err, ERR_ITEM, "there is no severity \"%.*s\", expected A, B, C or D", STR_ARG(word));
    add(r, STR("severity"), arena_printf(r->arena, "%c", severity_letter(severity)));
    return true;
}

static bool do_kind(struct request *r)
{
    struct str kinds[] = {STR("incident"), STR("request"), STR("problem")}, word;
    struct str_list names = {kinds, 3};
    if (!only(r, "incident, request or problem", &word))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        if (str_ieq(kinds[i], word)) {
            add(r, STR("kind"), kinds[i]);
            return true;
        }
    }
    return refuse(r, word, "kind", &names);
}

/* "+x", "-x", or "x", which is "+x". */
static struct str signless(struct str word, char *sign)
{
    bool has = word.n > 0 && (word.p[0] == '+' || word.p[0] == '-');
    *sign = has ? word.p[0] : '+';
    return has ? str_sub(word, 1, word.n) : word;
}

static bool do_tag(struct request *r)
{
    if (r->count == 0)
        return err_set(r->err, ERR_ITEM, "the tags are missing: +urgent -old");
    for (size_t i = 0; i < r->count; i++) {
        char sign = 0;
        struct str name = signless(r->words[i], &sign);
        if (!good_name(name))
            return err_set(r->err, ERR_ITEM, "tag \"%.*s\": expected + or - and letters, digits, - and _, a letter first", STR_ARG(r->words[i]));
        add(r, STR("tag"), arena_printf(r->arena, "%c%.*s", sign, STR_ARG(name)));
    }
    return true;
}

static bool do_field(struct request *r)
{
    if (r->count == 0 || !good_name(r->words[0]))
        return err_set(r->err, ERR_ITEM, "expected a field's name (letters, digits, - and _, a letter first) and its value; no value removes it");
    add(r, arena_printf(r->arena, "field.%.*s", STR_ARG(r->words[0])), joined(r, 1));
    return true;
}

static bool do_customer(struct request *r)
{
    struct str word, address;
    if (!only(r, "the requester's address", &word) || !address_of(r, word, &address))
        return false;
    add(r, STR("requester"), address);
    return true;
}

static bool do_cc(struct request *r)
{
    if (r->count == 0)
        return err_set(r->err, ERR_ITEM, "the addresses are missing: +jo@example.org -al@example.org");
    for (size_t i = 0; i < r->count; i++) {
        char sign = 0;
        struct str address, word = signless(r->words[i], &sign);
        if (sign == '-')
            address = address_canonical(r->arena, word); /* whatever came to stand there can be taken off */
        else if (!address_of(r, word, &address))
            return false;
        add(r, STR("party"), arena_printf(r->arena, "%c%.*s", sign, STR_ARG(address)));
    }
    return true;
}

static bool add_ticket(struct request *r, struct str field)
{
    struct str word;
    int64_t other = 0;
    if (!only(r, "the other ticket's number", &word) || !ticket_of(r, word, &other))
        return false;
    add(r, field, arena_printf(r->arena, "%" PRId64, other));
    return true;
}

static bool do_link(struct request *r)
{
    return add_ticket(r, STR("link"));
}

static bool do_merge(struct request *r)
{
    return add_ticket(r, STR("merged"));
}

static bool do_split(struct request *r)
{
    return add_message(r, STR("split"));
}

static bool do_accept(struct request *r)
{
    return add_message(r, STR("accept"));
}

/* Closed with a tag that says why. */
static bool put_away(struct request *r, struct str tag)
{
    struct str note = joined(r, 0);
    add(r, STR("tag"), tag);
    add_maybe(r, STR("state"), STR("closed"));
    if (note.n > 0)
        add(r, STR("note"), note);
    return true;
}

static bool do_spam(struct request *r)
{
    return put_away(r, STR("+spam"));
}

static bool do_block(struct request *r)
{
    add_maybe(r, STR("blocked"), (struct str){0});
    return put_away(r, STR("+blocked"));
}

static bool do_major(struct request *r)
{
    if (!none(r))
        return false;
    add(r, STR("tag"), STR("+major"));
    return true;
}

static bool do_known_error(struct request *r)
{
    r->command->text = joined(r, 0);
    r->command->needs_text = true;
    return true;
}

/* ---- verbs by which customers hear something -------------------------------------------------------------------------------------- */

static bool do_release(struct request *r)
{
    if (!none(r))
        return false;
    add_maybe(r, STR("tag"), STR("-held"));
    return true;
}

static bool do_refuse(struct request *r)
{
    r->command->text = joined(r, 0);
    add_maybe(r, STR("tag"), STR("-held"));
    add(r, STR("tag"), STR("+refused"));
    add_maybe(r, STR("state"), STR("closed"));
    return true;
}

static bool do_broadcast(struct request *r)
{
    r->command->text = joined(r, 0);
    r->command->needs_text = true;
    return true;
}

/* ---- undo and questions -------------------------------------------------------------------------------------------------------------- */

static bool do_undo(struct request *r)
{
    return r->count == 0 || only(r, "a receipt", &r->command->text);
}

static bool do_list(struct request *r)
{
    static const struct {
        struct str word;
        enum command_list list;
    } kinds[] = {{{"mine", 4}, LIST_MINE}, {{"overdue", 7}, LIST_OVERDUE}, {{"queue", 5}, LIST_QUEUE}};
    if (r->count == 0)
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_ieq(r->words[0], kinds[i].word))
            continue;
        r->command->list = kinds[i].list;
        r->words++;
        r->count--;
        struct str word;
        return kinds[i].list != LIST_QUEUE ? none(r) : only(r, "the queue's name", &word) && queue_of(r, word, &r->command->text);
    }
    return err_set(r->err, ERR_ITEM, "\"%.*s\" is nothing to list, expected mine, overdue, queue NAME, or nothing", STR_ARG(r->words[0]));
}

static bool do_show(struct request *r)
{
    struct str word;
    return r->count == 0 || (only(r, "a ticket's number", &word) && ticket_of(r, word, &r->command->ticket));
}

static bool do_search(struct request *r)
{
    r->command->text = joined(r, 0);
    return r->command->text.n > 0 || err_set(r->err, ERR_ITEM, "the words to look for are missing");
}

static bool do_report(struct request *r)
{
    return none(r);
}

static struct str_list verb_names(struct request *r)
{
    struct str_list names = {arena_array(r->arena, COMMAND_VERBS, sizeof *names.list), COMMAND_VERBS};
    for (size_t i = 0; i < COMMAND_VERBS; i++)
        names.list[i] = str_of(helps[i].name);
    return names;
}

static bool do_help(struct request *r)
{
    struct str word;
    if (r->count == 0)
        return true;
    if (!only(r, "a command", &word))
        return false;
    for (size_t i = 0; i < r->desk->prefix_count; i++) {
        if (str_starts(word, r->desk->prefixes[i]))
            word = str_sub(word, r->desk->prefixes[i].n, word.n);
    }
    enum command_verb verb = command_verb_of(word);
    struct str_list names = verb_names(r);
    if (verb == COMMAND_VERBS)
        return refuse(r, word, "command", &names);
    r->command->text = str_of(helps[verb].name);
    return true;
}

/* ---- what each means -------------------------------------------------------------------------------------------------------------------------- */

static bool (*const actions[COMMAND_VERBS])(struct request *) = {
    [COMMAND_NOTE] = do_note,       [COMMAND_CLOSE] = do_close,       [COMMAND_REOPEN] = do_reopen,     [COMMAND_PENDING] = do_pending,
    [COMMAND_SNOOZE] = do_snooze,   [COMMAND_TAKE] = do_take,         [COMMAND_ASSIGN] = do_assign,     [COMMAND_QUEUE] = do_queue,
    [COMMAND_SEVERITY] = do_severity, [COMMAND_KIND] = do_kind,       [COMMAND_TAG] = do_tag,           [COMMAND_FIELD] = do_field,
    [COMMAND_CUSTOMER] = do_customer, [COMMAND_CC] = do_cc,           [COMMAND_LINK] = do_link,         [COMMAND_MERGE] = do_merge,
    [COMMAND_SPLIT] = do_split,     [COMMAND_ACCEPT] = do_accept,     [COMMAND_SPAM] = do_spam,         [COMMAND_BLOCK] = do_block,
    [COMMAND_MAJOR] = do_major,     [COMMAND_KNOWN_ERROR] = do_known_error, [COMMAND_RELEASE] = do_release, [COMMAND_REFUSE] = do_refuse,
    [COMMAND_BROADCAST] = do_broadcast, [COMMAND_UNDO] = do_undo,     [COMMAND_LIST] = do_list,         [COMMAND_SHOW] = do_show,
    [COMMAND_SEARCH] = do_search,   [COMMAND_REPORT] = do_report,     [COMMAND_HELP] = do_help,
};

const struct command_help *command_table(size_t *count)
{
    *count = COMMAND_VERBS;
    return helps;
}

const char *command_class_title(enum command_class class)
{
    return class < CLASSES ? titles[class] : "";
}

enum command_verb command_verb_of(struct str name)
{
    for (int i = 0; i < COMMAND_VERBS; i++) {
        bool alias = helps[i].alias[0] != 0 && str_ieq(name, str_of(helps[i].alias));
        if (alias || str_ieq(name, str_of(helps[i].name)))
            return (enum command_verb)i;
    }
    return COMMAND_VERBS;
}

/* Where the text of a note or a known error goes, once it is there. */
static void place_text(struct request *r)
{
    struct command *c = r->command;
    if (c->text.n == 0)
        return;
    c->takes_rest = false;
    if (c->verb == COMMAND_NOTE)
        add(r, STR("note"), c->text);
    else if (c->verb == COMMAND_KNOWN_ERROR)
        add(r, STR("field.known-error"), c->text);
}

bool command_parse(struct arena *arena, const struct desk *desk, const struct str *words, size_t word_count, struct str actor, int64_t now, struct command *command,
                   struct err *err)
{
    *command = (struct command){.verb = COMMAND_VERBS};
    if (word_count == 0 || word_count > COMMAND_WORDS_MAX)
        return err_set(err, ERR_ITEM, word_count == 0 ? "the command is missing" : "more than %u words", COMMAND_WORDS_MAX);
    struct request r = {.arena = arena, .desk = desk, .words = words + 1, .count = word_count - 1, .actor = actor, .now = now, .command = command, .err = err};
    command->verb = command_verb_of(words[0]);
    if (command->verb == COMMAND_VERBS) {
        struct str_list names = verb_names(&r);
        return refuse(&r, words[0], "command", &names);
    }
    command->class = helps[command->verb].class;
    command->takes_rest = helps[command->verb].takes_rest;
    if (!actions[command->verb](&r))
        return err_wrap(err, "%s", helps[command->verb].name);
    place_text(&r);
    return true;
}

bool command_rest(struct arena *arena, struct command *command, struct str rest, struct err *err)
{
    if (!command->takes_rest)
        return true;
    if (rest.n == 0)
        return !command->needs_text || err_set(err, ERR_ITEM, "%s: the text is missing", helps[command->verb].name);
    struct request r = {.arena = arena, .command = command, .err = err};
    command->text = rest;
    place_text(&r);
    command->takes_rest = false;
    return true;
}
