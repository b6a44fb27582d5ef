/* command: one row a verb: its name, its words of help, and the function that turns its arguments into changes. */
#include "desk/command.h"

#include "nearest.h"
#include "rows.h"

#include "base/buf.h"

#include <inttypes.h>
#include <ctype.h>

#define WORDS_MAX 200u
#define NAME_OCTETS_MAX 64u

struct request {
    struct arena *arena;
    const struct desk *desk;
    const struct str *words; /* behind the verb */
    size_t count;
    struct str actor;
    struct change *changes;
    size_t change_count;
    struct err *err;
};

static void add(struct request *r, struct str field, struct str text)
{
    r->changes = rows_more(r->arena, r->changes, r->change_count, sizeof *r->changes);
    r->changes[r->change_count++] = (struct change){field, text};
}

static bool refuse(struct request *r, struct str word, const char *what, const struct str_list *names)
{
    struct str listed = names_listed(r->arena, names);
    const char *hint = nearest_hint(r->arena, word, names);
    return err_set(r->err, ERR_ITEM, "there is no %s \"%.*s\"%s%s; expected %.*s", what, STR_ARG(word), hint[0] != 0 ? ", " : "", hint, STR_ARG(listed));
}

static struct str joined(struct request *r, size_t from)
{
    struct buf out = {0};
    for (size_t i = from; i < r->count; i++) {
        if (i != from)
            buf_char(&out, ' ');
        buf_str(&out, r->words[i]);
    }
    struct str text = arena_str(r->arena, str_trim(buf_view(&out)));
    buf_free(&out);
    return text;
}

static bool exactly_one(struct request *r, const char *what)
{
    return r->count == 1 || err_set(r->err, ERR_ITEM, r->count == 0 ? "%s is missing" : "only %s may stand there", what);
}

/* A state may be told with a note behind it: close "replaced the cable". */
static bool to_state(struct request *r, struct str state)
{
    add(r, STR("state"), state);
    struct str note = joined(r, 0);
    if (note.n != 0)
        add(r, STR("note"), note);
    return true;
}

static bool do_note(struct request *r)
{
    struct str note = joined(r, 0);
    if (note.n == 0)
        return err_set(r->err, ERR_ITEM, "the note's text is missing");
    add(r, STR("note"), note);
    return true;
}

static bool do_close(struct request *r)
{
    return to_state(r, STR("closed"));
}

static bool do_reopen(struct request *r)
{
    return to_state(r, STR("open"));
}

static bool do_pending(struct request *r)
{
    return to_state(r, STR("pending"));
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
        return err_set(r->err, ERR_ITEM, "take has no arguments; to give it to somebody else: owner NAME");
    return set_owner(r, r->actor);
}

static bool do_owner(struct request *r)
{
    if (!exactly_one(r, "the agent's name, or - for nobody"))
        return false;
    if (!str_eq(r->words[0], STR("-")))
        return set_owner(r, r->words[0]);
    add(r, STR("owner"), (struct str){0});
    return true;
}

static bool do_queue(struct request *r)
{
    if (!exactly_one(r, "the queue's name"))
        return false;
    struct str_list names = {0};
    for (size_t i = 0; i < r->desk->queue_count; i++) {
        names.list = rows_more(r->arena, names.list, names.count, sizeof *names.list);
        names.list[names.count++] = r->desk->queues[i].name;
    }
    if (desk_queue(r->desk, r->words[0]) == NULL)
        return refuse(r, r->words[0], "queue", &names);
    add(r, STR("queue"), r->words[0]);
    return true;
}

static bool do_severity(struct request *r)
{
    uint8_t severity;
    if (!exactly_one(r, "A, B, C or D"))
        return false;
    if (!severity_of(r->words[0], &severity))
        return err_set(r->err, ERR_ITEM, "there is no severity \"%.*s\", expected A, B, C or D", STR_ARG(r->words[0]));
    add(r, STR("severity"), arena_printf(r->arena, "%c", severity_letter(severity)));
    return true;
}

static bool do_kind(struct request *r)
{
    struct str kinds[] = {STR("incident"), STR("request"), STR("problem")};
    struct str_list names = {kinds, 3};
    if (!exactly_one(r, "incident, request or problem"))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        if (str_ieq(kinds[i], r->words[0])) {
            add(r, STR("kind"), kinds[i]);
            return true;
        }
    }
    return refuse(r, r->words[0], "kind", &names);
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

static bool do_tag(struct request *r)
{
    if (r->count == 0)
        return err_set(r->err, ERR_ITEM, "the tags are missing: +urgent -old");
    for (size_t i = 0; i < r->count; i++) {
        struct str word = r->words[i];
        bool sign = word.n > 0 && (word.p[0] == '+' || word.p[0] == '-');
        struct str name = sign ? str_sub(word, 1, word.n) : word;
        if (!good_name(name))
            return err_set(r->err, ERR_ITEM, "tag \"%.*s\": expected + or - and letters, digits, - and _, a letter first", STR_ARG(word));
        add(r, STR("tag"), sign ? word : arena_printf(r->arena, "+%.*s", STR_ARG(word)));
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

static bool do_spam(struct request *r)
{
    add(r, STR("tag"), STR("+spam"));
    return to_state(r, STR("closed"));
}

static bool do_link(struct request *r)
{
    uint64_t number;
    if (!exactly_one(r, "the other ticket's number"))
        return false;
    struct str word = r->words[0];
    if (str_istarts(word, r->desk->tag) && word.n > r->desk->tag.n && word.p[r->desk->tag.n] == '-')
        word = str_sub(word, r->desk->tag.n + 1, word.n);
    if (!str_u64(word, &number) || number == 0 || number > INT64_MAX)
        return err_set(r->err, ERR_ITEM, "\"%.*s\" is no ticket number, expected %" PRId64 " or %.*s-%" PRId64, STR_ARG(r->words[0]), INT64_C(1042),
                       STR_ARG(r->desk->tag), INT64_C(1042));
    add(r, STR("link"), arena_printf(r->arena, "%" PRIu64, number));
    return true;
}

static const struct command_help helps[COMMAND_VERBS] = {
    [COMMAND_NOTE] = {"note", "TEXT", "keep a note that no customer sees"},
    [COMMAND_CLOSE] = {"close", "[NOTE]", "the matter is settled"},
    [COMMAND_REOPEN] = {"reopen", "[NOTE]", "it is not settled after all"},
    [COMMAND_PENDING] = {"pending", "[NOTE]", "it waits for the customer"},
    [COMMAND_TAKE] = {"take", "", "make it mine"},
    [COMMAND_OWNER] = {"owner", "NAME", "give it to an agent; - for nobody"},
    [COMMAND_QUEUE] = {"queue", "NAME", "move it to another queue"},
    [COMMAND_SEVERITY] = {"severity", "A|B|C|D", "set how severe it is"},
    [COMMAND_KIND] = {"kind", "incident|request|problem", "set what it is"},
    [COMMAND_TAG] = {"tag", "+TAG -TAG …", "add and remove tags"},
    [COMMAND_FIELD] = {"field", "NAME [VALUE]", "set a field; without a value, remove it"},
    [COMMAND_SPAM] = {"spam", "[NOTE]", "close it and tag it spam"},
    [COMMAND_LINK] = {"link", "TICKET", "link it to another ticket"},
};

static bool (*const actions[COMMAND_VERBS])(struct request *) = {
    [COMMAND_NOTE] = do_note,   [COMMAND_CLOSE] = do_close, [COMMAND_REOPEN] = do_reopen,     [COMMAND_PENDING] = do_pending, [COMMAND_TAKE] = do_take,
    [COMMAND_OWNER] = do_owner, [COMMAND_QUEUE] = do_queue, [COMMAND_SEVERITY] = do_severity, [COMMAND_KIND] = do_kind,       [COMMAND_TAG] = do_tag,
    [COMMAND_FIELD] = do_field, [COMMAND_SPAM] = do_spam,   [COMMAND_LINK] = do_link,
};

const struct command_help *command_table(size_t *count)
{
    *count = COMMAND_VERBS;
    return helps;
}

bool command_parse(struct arena *arena, const struct desk *desk, const struct str *words, size_t word_count, struct str actor, struct change **changes,
                   size_t *change_count, struct err *err)
{
    struct str_list names = {0};
    *changes = NULL;
    *change_count = 0;
    if (word_count == 0 || word_count > WORDS_MAX)
        return err_set(err, ERR_ITEM, word_count == 0 ? "the command is missing" : "more than 200 words");
    struct request r = {.arena = arena, .desk = desk, .words = words + 1, .count = word_count - 1, .actor = actor, .err = err};
    for (size_t i = 0; i < COMMAND_VERBS; i++) {
        if (str_ieq(words[0], str_of(helps[i].name))) {
            if (!actions[i](&r))
                return err_wrap(err, "%s", helps[i].name);
            *changes = r.changes;
            *change_count = r.change_count;
            return true;
        }
        names.list = rows_more(arena, names.list, names.count, sizeof *names.list);
        names.list[names.count++] = str_of(helps[i].name);
    }
    return refuse(&r, words[0], "command", &names);
}
