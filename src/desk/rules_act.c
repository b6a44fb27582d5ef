/* rules_act: actions, and the tests a rule carries. */
#include "rules_read.h"

#include "nearest.h"
#include "rows.h"

static const char *const action_names[ACTIONS] = {
    [ACTION_QUEUE] = "queue", [ACTION_SEVERITY] = "severity", [ACTION_IMPACT] = "impact",     [ACTION_URGENCY] = "urgency",
    [ACTION_KIND] = "kind",   [ACTION_TAG] = "tag",           [ACTION_FIELD] = "field",       [ACTION_TEMPLATE] = "template",
    [ACTION_NO_ACK] = "no-ack", [ACTION_HOLD] = "hold",       [ACTION_IGNORE] = "ignore",     [ACTION_PARTNER] = "partner",
    [ACTION_STOP] = "stop",
};

const char *action_name(enum action_kind kind)
{
    return (unsigned)kind < ACTIONS ? action_names[kind] : "unknown";
}

/* ---- actions ---- */

static bool check_level(struct loader *l, const struct syntax_token *token, const char *what)
{
    static const char *const levels[] = {"high", "medium", "low"};
    struct str_list names = rule_words_list(l, levels, DESK_LEVELS);
    uint8_t level;
    return level_of(token->text, &level) || rule_known_name(l, token, what, &names);
}

/* Is the one argument of a plain action good? The texts of the file are kept, but for severity's letter. */
static bool check_argument(struct loader *l, enum action_kind kind, const struct syntax_token *token, struct str *text)
{
    static const char *const kinds[] = {"incident", "request", "problem"};
    struct str_list names;
    uint8_t severity;
    *text = token->text;
    switch (kind) {
    case ACTION_QUEUE:
        names = rule_queue_names(l);
        return rule_known_name(l, token, "queue", &names);
    case ACTION_SEVERITY:
        if (!severity_of(token->text, &severity)) {
            complain(l, token->at, "", "severity \"%.*s\": expected A, B, C or D", STR_ARG(token->text));
            return false;
        }
        *text = arena_printf(l->arena, "%c", severity_letter(severity));
        return true;
    case ACTION_IMPACT:
    case ACTION_URGENCY:
        return check_level(l, token, action_names[kind]);
    case ACTION_KIND:
        names = rule_words_list(l, kinds, 3);
        return rule_known_name(l, token, "kind of ticket", &names);
    case ACTION_TEMPLATE:
        names = (struct str_list){(struct str *)(uintptr_t)l->known->templates, l->known->template_count};
        return rule_known_name(l, token, "template", &names);
    case ACTION_TAG:
        if (!rule_good_name(token->text)) {
            complain(l, token->at, "", "tag \"%.*s\": expected letters, digits, - and _, a letter first", STR_ARG(token->text));
            return false;
        }
        return true;
    default:
        return true;
    }
}

static void add_action(struct loader *l, struct action action)
{
    struct rule *rule = l->rule;
    rule->actions = rows_more(l->arena, rule->actions, rule->action_count, sizeof *rule->actions);
    rule->actions[rule->action_count++] = action;
}

static bool use_capture(struct loader *l, struct str name, struct place_in_file at)
{
    for (size_t i = 0; i < l->capture_count; i++) {
        if (str_eq(l->captures[i].name, name)) {
            l->captures[i].used = true;
            return true;
        }
    }
    const char *hint = nearest_hint(l->arena, name, &l->rule->captures);
    if (hint[0] == 0)
        hint = arena_printf(l->arena, "write (?<%.*s>…) in a pattern of this rule", STR_ARG(name)).p;
    complain(l, at, hint, "no pattern of this rule has a group named \"%.*s\"", STR_ARG(name));
    return false;
}

/* {gateway} in a field's text: each must be a capture. */
static void use_captures(struct loader *l, struct str text, struct place_in_file at)
{
    struct str before, name;
    while (str_find(text, STR("{")) >= 0 && str_cut(&text, '{', &before)) {
        if (str_find(text, STR("}")) < 0 || !str_cut(&text, '}', &name)) {
            complain(l, at, "", "\"{\" without \"}\" in the text");
            return;
        }
        (void)use_capture(l, name, at);
    }
}

static void read_field(struct loader *l, struct tokens *t, uint32_t line)
{
    const struct syntax_token *name = rule_take_text(t), *text;
    if (name == NULL || !rule_good_name(name->text)) {
        complain(l, name != NULL ? name->at : rule_here(t), "", "expected a field's name: letters, digits, - and _, a letter first");
        return;
    }
    (void)rule_take_operator(t, "=");
    text = rule_take_text(t);
    if (text != NULL)
        use_captures(l, text->text, text->at);
    else
        (void)use_capture(l, name->text, name->at);
    add_action(l, (struct action){ACTION_FIELD, text != NULL ? text->text : (struct str){0}, name->text, text == NULL, line});
    rule_nothing_more(l, t);
}

/* The group of that name is the number another desk has for the matter. */
static void read_partner(struct loader *l, struct tokens *t, uint32_t line)
{
    const struct syntax_token *name = rule_take_text(t);
    if (name == NULL || !rule_good_name(name->text) || str_ieq(name->text, STR("former"))) {
        complain(l, name != NULL ? name->at : rule_here(t), "", "expected the partner's name, which is that of the group that takes his number");
        return;
    }
    (void)use_capture(l, name->text, name->at);
    l->set->has_partners = true;
    add_action(l, (struct action){.kind = ACTION_PARTNER, .field = name->text, .from_capture = true, .line = line});
    rule_nothing_more(l, t);
}

static void read_tags(struct loader *l, struct tokens *t, uint32_t line)
{
    const struct syntax_token *token;
    struct str text;
    if (t->next == t->count)
        complain(l, rule_here(t), "", "expected a tag");
    while ((token = rule_take_text(t)) != NULL) {
        if (check_argument(l, ACTION_TAG, token, &text))
            add_action(l, (struct action){.kind = ACTION_TAG, .text = text, .line = line});
        (void)rule_take_operator(t, ",");
    }
    rule_nothing_more(l, t);
}

/* The reason of hold and ignore may be left out; no-ack and stop have nothing behind them. */
static void read_plain(struct loader *l, struct tokens *t, enum action_kind kind, uint32_t line)
{
    struct action action = {.kind = kind, .line = line};
    bool may = kind == ACTION_HOLD || kind == ACTION_IGNORE, bare = kind == ACTION_NO_ACK || kind == ACTION_STOP;
    const struct syntax_token *token = bare ? NULL : rule_take_text(t);
    if (token == NULL && !may && !bare) {
        complain(l, rule_here(t), "", "expected a value behind \"%s\"", action_names[kind]);
        return;
    }
    if (token != NULL && !check_argument(l, kind, token, &action.text))
        return;
    add_action(l, action);
    rule_nothing_more(l, t);
}

void rule_read_action(struct loader *l, struct tokens *t, enum action_kind kind, uint32_t line)
{
    if (kind == ACTION_FIELD)
        read_field(l, t, line);
    else if (kind == ACTION_PARTNER)
        read_partner(l, t, line);
    else if (kind == ACTION_TAG)
        read_tags(l, t, line);
    else
        read_plain(l, t, kind, line);
}

/* ---- tests ---- */

bool rule_action_of(struct str word, enum action_kind *kind)
{
    for (int i = 0; i < ACTIONS; i++) {
        if (str_eq(word, str_of(action_names[i]))) {
            *kind = (enum action_kind)i;
            return true;
        }
    }
    if (!str_eq(word, STR("ack")))
        return false;
    *kind = ACTION_TEMPLATE;
    return true;
}

static bool read_expectation(struct loader *l, struct tokens *t, struct expectation *e)
{
    const struct syntax_token *word = rule_take_text(t), *value;
    *e = (struct expectation){.kind = EXPECT_ACTION, .at = word != NULL ? word->at : rule_here(t)};
    if (rule_is_word(word, "no") && rule_is_word(rule_peek(t), "match")) {
        e->kind = EXPECT_NO_MATCH;
        e->at.width += 6;
        t->next++;
        return true;
    }
    if (word == NULL || !rule_action_of(word->text, &e->action) || e->action == ACTION_STOP) {
        struct str_list names = rule_words_list(l, action_names, ACTION_STOP);
        complain(l, e->at, word != NULL ? nearest_hint(l->arena, word->text, &names) : "",
                 "expected queue, severity, impact, urgency, kind, tag, field, template, no-ack, hold, ignore, partner or no match");
        return false;
    }
    if (e->action == ACTION_NO_ACK || e->action == ACTION_HOLD || e->action == ACTION_IGNORE)
        return true;
    if (e->action == ACTION_FIELD || e->action == ACTION_PARTNER) {
        const struct syntax_token *name = rule_take_text(t);
        e->field = name != NULL ? name->text : (struct str){0};
    }
    value = rule_take_text(t);
    if (value == NULL) {
        complain(l, rule_here(t), "", "expected the value that \"%.*s\" should have", STR_ARG(word->text));
        return false;
    }
    if (value->at.line == e->at.line && value->at.column > e->at.column)
        e->at.width = value->at.column + value->at.width - e->at.column;
    return check_argument(l, e->action, value, &e->text);
}

static bool read_circumstances(struct loader *l, struct tokens *t, struct rule_test *test)
{
    while (rule_peek(t) != NULL && !rule_is_operator(rule_peek(t), "=>")) {
        const struct syntax_token *word = rule_take_text(t);
        if (rule_is_word(word, "reply")) {
            test->reply = true;
        } else if (rule_is_word(word, "in") && (word = rule_take_text(t)) != NULL) {
            struct str_list names = {(struct str *)(uintptr_t)l->known->mailboxes, l->known->mailbox_count};
            (void)rule_known_name(l, word, "mailbox", &names);
            test->mailbox = word->text;
        } else {
            break;
        }
    }
    if (rule_take_operator(t, "=>"))
        return true;
    complain(l, rule_here(t), "", "expected => and what should come of it (before it only: in MAILBOX, reply)");
    return false;
}

void rule_read_test(struct loader *l, struct tokens *t)
{
    struct rule *rule = l->rule;
    struct rule_test test = {.at = t->list[0].at};
    const struct syntax_token *sample = rule_peek(t);
    if (sample == NULL || sample->kind != SYNTAX_STRING || str_find(sample->text, STR(":")) <= 0) {
        complain(l, rule_here(t), "", "expected a sample mail: \"Subject: …\", or several header lines, an empty line and text");
        return;
    }
    t->next++;
    test.sample = sample->text;
    if (!read_circumstances(l, t, &test))
        return;
    do {
        struct expectation e;
        if (!read_expectation(l, t, &e))
            return;
        test.expectations = rows_more(l->arena, test.expectations, test.count, sizeof *test.expectations);
        test.expectations[test.count++] = e;
    } while (rule_take_operator(t, ","));
    rule_nothing_more(l, t);
    rule->tests = rows_more(l->arena, rule->tests, rule->test_count, sizeof *rule->tests);
    rule->tests[rule->test_count++] = test;
}
