/* rules_load: from the tree of the grammar to rules. Every statement word has a row in a table with its reader; a reader notes all that is wrong with
 * its statement and leaves the rest of the file to the others. */
#include "rules_set.h"

#include "nearest.h"
#include "rows.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_OCTETS 64u

struct loader {
    struct arena *arena;
    const struct rules_known *known;
    struct ruleset *set;
    struct diagnoses *d;
    const struct syntax_file *file;
    struct rule *rule;
    bool negative; /* below a `not` or `!~`: captures there catch nothing */
    struct capture {
        struct str name;
        struct place_in_file at;
        bool used;
    } *captures; /* of the rule being read */
    size_t capture_count;
};

/* Tokens of a statement not read yet. */
struct tokens {
    const struct syntax_token *list;
    size_t count;
    size_t next;
    struct place_in_file end; /* where one is missing */
};

#define complain(l, at, hint, ...) diagnoses_add((l)->d, false, (l)->file, (at), (hint), __VA_ARGS__)

static const char *const action_names[ACTIONS] = {
    [ACTION_QUEUE] = "queue", [ACTION_SEVERITY] = "severity", [ACTION_IMPACT] = "impact",     [ACTION_URGENCY] = "urgency",
    [ACTION_KIND] = "kind",   [ACTION_TAG] = "tag",           [ACTION_FIELD] = "field",       [ACTION_TEMPLATE] = "template",
    [ACTION_NO_ACK] = "no-ack", [ACTION_HOLD] = "hold",       [ACTION_IGNORE] = "ignore",     [ACTION_STOP] = "stop",
};

const char *action_name(enum action_kind kind)
{
    return (unsigned)kind < ACTIONS ? action_names[kind] : "unknown";
}

/* ---- tokens ---- */

static struct tokens tokens_of(const struct syntax_statement *s)
{
    struct tokens t = {s->tokens, s->token_count, 0, s->tokens[s->token_count - 1].at};
    t.end.column += t.end.width;
    t.end.width = 1;
    return t;
}

static const struct syntax_token *peek(const struct tokens *t)
{
    return t->next < t->count ? &t->list[t->next] : NULL;
}

static struct place_in_file here(const struct tokens *t)
{
    const struct syntax_token *token = peek(t);
    return token != NULL ? token->at : t->end;
}

static bool is_operator(const struct syntax_token *token, const char *text)
{
    return token != NULL && token->kind == SYNTAX_OPERATOR && str_eq(token->text, str_of(text));
}

static bool is_word(const struct syntax_token *token, const char *text)
{
    return token != NULL && token->kind == SYNTAX_WORD && str_eq(token->text, str_of(text));
}

static bool take_operator(struct tokens *t, const char *text)
{
    bool there = is_operator(peek(t), text);
    t->next += there ? 1 : 0;
    return there;
}

/* The next token when it is a word or a string; NULL otherwise. */
static const struct syntax_token *take_text(struct tokens *t)
{
    const struct syntax_token *token = peek(t);
    if (token == NULL || (token->kind != SYNTAX_WORD && token->kind != SYNTAX_STRING))
        return NULL;
    t->next++;
    return token;
}

static void put_token(struct buf *out, const struct syntax_token *token)
{
    if (token->kind == SYNTAX_REGEX) {
        buf_char(out, '/');
        for (size_t i = 0; i < token->text.n; i++) {
            if (token->text.p[i] == '/')
                buf_char(out, '\\');
            buf_char(out, token->text.p[i]);
        }
        buf_char(out, '/');
        buf_str(out, token->flags);
    } else if (token->kind == SYNTAX_STRING) {
        buf_char(out, '"');
        buf_str(out, token->text);
        buf_char(out, '"');
    } else {
        buf_str(out, token->text);
    }
}

/* The statement as it reads in the file. */
static struct str words_of(struct arena *arena, const struct syntax_token *tokens, size_t count)
{
    struct buf out = {0};
    for (size_t i = 0; i < count; i++) {
        if (i != 0 && !is_operator(&tokens[i], ","))
            buf_char(&out, ' ');
        put_token(&out, &tokens[i]);
    }
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void nothing_more(struct loader *l, const struct tokens *t)
{
    if (t->next < t->count)
        complain(l, here(t), "", "unexpected \"%.*s\", expected the end of the statement", STR_ARG(t->list[t->next].text));
}

static void list_add(struct arena *arena, struct str_list *list, struct str text)
{
    list->list = rows_more(arena, list->list, list->count, sizeof *list->list);
    list->list[list->count++] = text;
}

/* ---- names that must be known ---- */

static struct str_list queue_names(struct loader *l)
{
    struct str_list names = {0};
    for (size_t i = 0; i < l->known->desk->queue_count; i++)
        list_add(l->arena, &names, l->known->desk->queues[i].name);
    return names;
}

static struct str_list message_kind_names(struct loader *l)
{
    struct str_list names = {0};
    for (int kind = 0; kind < MESSAGE_KINDS; kind++)
        list_add(l->arena, &names, str_of(message_kind_name((enum message_kind)kind)));
    return names;
}

static struct str_list words_list(struct loader *l, const char *const *words, size_t count)
{
    struct str_list names = {0};
    for (size_t i = 0; i < count; i++)
        list_add(l->arena, &names, str_of(words[i]));
    return names;
}

static bool known_name(struct loader *l, const struct syntax_token *token, const char *what, const struct str_list *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (str_eq(names->list[i], token->text))
            return true;
    }
    struct str listed = names_listed(l->arena, names);
    if (names->count == 0)
        complain(l, token->at, "", "there is no %s \"%.*s\": the configuration has none", what, STR_ARG(token->text));
    else
        complain(l, token->at, nearest_hint(l->arena, token->text, names), "there is no %s \"%.*s\", expected %.*s", what, STR_ARG(token->text),
                 STR_ARG(listed));
    return false;
}

/* Letters, digits, "_" and "-", a letter first. */
static bool good_name(struct str name)
{
    if (name.n == 0 || name.n > NAME_MAX_OCTETS || !isalpha((unsigned char)name.p[0]))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '_' && name.p[i] != '-')
            return false;
    }
    return true;
}

/* ---- patterns ---- */

static void add_capture(struct loader *l, struct str name, struct place_in_file at)
{
    for (size_t i = 0; i < l->rule->captures.count; i++) {
        if (str_eq(l->rule->captures.list[i], name))
            return;
    }
    list_add(l->arena, &l->rule->captures, name);
    l->captures = rows_more(l->arena, l->captures, l->capture_count, sizeof *l->captures);
    l->captures[l->capture_count++] = (struct capture){name, at, false};
}

/* The place of an octet of the pattern in the file: behind the opening "/", and each "/" in the pattern was written "\/". */
static struct place_in_file inside_pattern(const struct syntax_token *token, size_t offset)
{
    struct place_in_file at = token->at;
    struct str before = str_sub(token->text, 0, offset);
    at.column += 1 + (uint32_t)utf8_length(before);
    for (size_t i = 0; i < before.n; i++)
        at.column += before.p[i] == '/' ? 1 : 0;
    at.width = 1;
    return at;
}

static void check_pattern(struct loader *l, const struct syntax_token *token)
{
    size_t offset;
    struct str words;
    struct str_list names;
    if (!scan_check(l->arena, token->text, token->flags, &offset, &words, &names)) {
        bool unclosed = str_starts(words, STR("missing closing parenthesis"));
        if (unclosed)
            words = STR("\")\" is missing");
        complain(l, inside_pattern(token, offset), unclosed ? "opened here" : "", "regular expression: %.*s", STR_ARG(words));
        return;
    }
    if (names.count > SCAN_CAPTURES_MAX)
        complain(l, token->at, "", "%zu named groups in one pattern, at most %u are allowed", names.count, SCAN_CAPTURES_MAX);
    for (size_t i = 0; i < names.count && !l->negative; i++) {
        ptrdiff_t group = str_find(token->text, names.list[i]);
        add_capture(l, names.list[i], inside_pattern(token, group > 0 ? (size_t)group : 0));
    }
}

/* `= "text"`: the whole value and nothing else, letters of either case. */
static struct str literal_pattern(struct arena *arena, struct str text)
{
    struct buf out = {0};
    buf_text(&out, "\\A");
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x80 && !isalnum(c))
            buf_char(&out, '\\');
        buf_char(&out, (char)c);
    }
    buf_text(&out, "\\z");
    struct str pattern = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return pattern;
}

static void add_probe(struct loader *l, const struct scan_probe *probe, struct cond *cond, struct place_in_file at)
{
    struct ruleset *set = l->set;
    cond->kind = COND_PROBE;
    if (set->probe_count >= SCAN_PROBES_MAX) {
        complain(l, at, "", "more than %u patterns in all rules", SCAN_PROBES_MAX);
        return;
    }
    set->probes = rows_more(l->arena, set->probes, set->probe_count, sizeof *set->probes);
    cond->probe = (uint32_t)set->probe_count;
    set->probes[set->probe_count++] = *probe;
}

static const char *const condition_words[] = {"subject",  "text", "fresh", "from", "to",  "cc",    "delivered-to", "reply-to",    "attachment", "attachment-type",
                                              "header",   "mailbox", "kind", "language", "size", "attachments", "new", "reply", "truncated", "agent",
                                              "proven",   "any",  "all",   "not"};

static bool field_of(struct str word, enum scan_field *field)
{
    for (int i = 0; i < SCAN_FIELDS; i++) {
        if (str_eq(word, str_of(scan_field_name((enum scan_field)i)))) {
            *field = (enum scan_field)i;
            return true;
        }
    }
    return false;
}

static void unknown_condition(struct loader *l, const struct syntax_token *token)
{
    struct str_list names = words_list(l, condition_words, sizeof condition_words / sizeof condition_words[0]);
    complain(l, token->at, nearest_hint(l->arena, token->text, &names),
             "unknown condition \"%.*s\", expected a field such as subject, text or from, or a fact such as mailbox, size or reply", STR_ARG(token->text));
}

/* `FIELD, FIELD` in front of the operator. */
static bool read_fields(struct loader *l, struct tokens *t, struct scan_probe *probe)
{
    do {
        const struct syntax_token *token = take_text(t);
        enum scan_field field;
        if (token == NULL || !field_of(token->text, &field)) {
            if (token != NULL)
                unknown_condition(l, token);
            else
                complain(l, here(t), "", "expected a field such as subject, text, from or header NAME");
            return false;
        }
        if (field == SCAN_HEADER) {
            const struct syntax_token *name = take_text(t);
            if (name == NULL || probe->header.n != 0) {
                complain(l, name != NULL ? name->at : here(t), "", name == NULL ? "expected the header's name" : "only one header may stand in a condition");
                return false;
            }
            probe->header = name->text;
        }
        if (probe->field_count == SCAN_FIELDS_MAX) {
            complain(l, token->at, "", "more than %u fields in one condition", SCAN_FIELDS_MAX);
            return false;
        }
        probe->fields[probe->field_count++] = field;
    } while (take_operator(t, ","));
    return true;
}

static bool read_probe(struct loader *l, struct tokens *t, struct cond *cond)
{
    struct scan_probe probe = {0};
    if (!read_fields(l, t, &probe))
        return false;
    bool regex = is_operator(peek(t), "~") || is_operator(peek(t), "!~");
    bool literal = is_operator(peek(t), "=") || is_operator(peek(t), "!=");
    if (!regex && !literal) {
        complain(l, here(t), "", "expected ~ /pattern/, !~ /pattern/, = \"text\" or != \"text\"");
        return false;
    }
    cond->negated = t->list[t->next++].text.p[0] == '!';
    const struct syntax_token *token = peek(t);
    if (token == NULL || (regex ? token->kind != SYNTAX_REGEX : token->kind != SYNTAX_WORD && token->kind != SYNTAX_STRING)) {
        complain(l, here(t), "", regex ? "expected a pattern such as /gateway/i" : "expected a word or a \"text\"");
        return false;
    }
    t->next++;
    if (regex) {
        bool before = l->negative;
        l->negative = before || cond->negated;
        check_pattern(l, token);
        l->negative = before;
    }
    probe.pattern = regex ? token->text : literal_pattern(l->arena, token->text);
    probe.flags = regex ? token->flags : STR("i");
    add_probe(l, &probe, cond, token->at);
    return true;
}

/* ---- facts ---- */

static const struct fact_row {
    const char *name;
    enum fact fact;
    enum { FACT_TEXT, FACT_NUMBER, FACT_FLAG } type;
} facts[] = {
    {"mailbox", FACT_MAILBOX, FACT_TEXT}, {"kind", FACT_KIND, FACT_TEXT},       {"language", FACT_LANGUAGE, FACT_TEXT}, {"size", FACT_SIZE, FACT_NUMBER},
    {"attachments", FACT_ATTACHMENTS, FACT_NUMBER}, {"new", FACT_NEW, FACT_FLAG}, {"reply", FACT_REPLY, FACT_FLAG},    {"truncated", FACT_TRUNCATED, FACT_FLAG},
    {"agent", FACT_AGENT, FACT_FLAG},     {"proven", FACT_PROVEN, FACT_FLAG},
};

static const struct fact_row *fact_of(struct str word)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (str_eq(word, str_of(facts[i].name)))
            return &facts[i];
    }
    return NULL;
}

static bool read_comparison(struct tokens *t, enum comparison *comparison)
{
    static const struct {
        const char *text;
        enum comparison comparison;
    } table[] = {{"=", IS}, {"!=", IS_NOT}, {"<", LESS}, {">", MORE}, {"<=", AT_MOST}, {">=", AT_LEAST}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (take_operator(t, table[i].text)) {
            *comparison = table[i].comparison;
            return true;
        }
    }
    return false;
}

/* "10M": K, M and G are powers of 1,024; only sizes have units. */
static bool read_size(struct str text, bool units, uint64_t *value)
{
    uint64_t factor = 1;
    if (units && text.n > 1) {
        char unit = (char)toupper((unsigned char)text.p[text.n - 1]);
        factor = unit == 'K' ? 1024 : unit == 'M' ? 1024 * 1024 : unit == 'G' ? 1024 * 1024 * 1024 : 1;
        if (factor != 1)
            text.n--;
    }
    if (!str_u64(text, value) || *value > UINT64_MAX / factor)
        return false;
    *value *= factor;
    return true;
}

static void read_fact_texts(struct loader *l, struct tokens *t, const struct fact_row *row, struct cond *cond)
{
    do {
        const struct syntax_token *token = take_text(t);
        if (token == NULL) {
            complain(l, here(t), "", "expected a name behind %s =", row->name);
            return;
        }
        if (row->fact == FACT_MAILBOX) {
            struct str_list names = {(struct str *)(uintptr_t)l->known->mailboxes, l->known->mailbox_count};
            (void)known_name(l, token, "mailbox", &names);
        } else if (row->fact == FACT_KIND) {
            struct str_list names = message_kind_names(l);
            (void)known_name(l, token, "kind of message", &names);
        } else if (token->text.n != 2) {
            complain(l, token->at, "", "language \"%.*s\": expected two letters such as en or de", STR_ARG(token->text));
        }
        list_add(l->arena, &cond->texts, token->text);
    } while (take_operator(t, ","));
}

static bool read_fact(struct loader *l, struct tokens *t, struct cond *cond)
{
    const struct syntax_token *token = take_text(t);
    const struct fact_row *row = fact_of(token->text);
    cond->kind = COND_FACT;
    cond->fact = row->fact;
    if (row->fact == FACT_REPLY)
        l->rule->says_reply = true;
    if (row->type == FACT_FLAG)
        return true;
    if (!read_comparison(t, &cond->comparison) || (row->type == FACT_TEXT && cond->comparison > IS_NOT)) {
        complain(l, here(t), "", row->type == FACT_TEXT ? "expected %s = NAME or %s != NAME" : "expected %s and one of = != < > <= >=, then a number", row->name,
                 row->name);
        return false;
    }
    if (row->type == FACT_TEXT) {
        read_fact_texts(l, t, row, cond);
        return true;
    }
    const struct syntax_token *number = take_text(t);
    if (number == NULL || !read_size(number->text, row->fact == FACT_SIZE, &cond->number)) {
        complain(l, number != NULL ? number->at : here(t), "", row->fact == FACT_SIZE ? "expected a size such as 500K or 10M" : "expected a number");
        return false;
    }
    return true;
}

/* ---- conditions ---- */

static bool read_cond(struct loader *l, const struct syntax_statement *s, struct tokens *t, struct cond *cond);

static void read_block(struct loader *l, const struct syntax_statement *s, struct cond *cond)
{
    cond->children = arena_array(l->arena, s->block_count, sizeof *cond->children);
    for (size_t i = 0; i < s->block_count; i++) {
        struct tokens t = tokens_of(&s->block[i]);
        if (is_word(peek(&t), "when"))
            t.next++;
        if (read_cond(l, &s->block[i], &t, &cond->children[cond->child_count])) {
            nothing_more(l, &t);
            cond->child_count++;
        }
    }
    if (s->block_count == 0)
        complain(l, cond->at, "", "an empty block: expected conditions between { and }");
}

static bool read_group(struct loader *l, const struct syntax_statement *s, struct tokens *t, struct cond *cond)
{
    const struct syntax_token *word = take_text(t);
    cond->kind = is_word(word, "any") ? COND_ANY : COND_ALL;
    if (!s->has_block || t->next < t->count) {
        complain(l, here(t), "", "expected { conditions } behind \"%.*s\"", STR_ARG(word->text));
        return false;
    }
    read_block(l, s, cond);
    return true;
}

static bool read_not(struct loader *l, const struct syntax_statement *s, struct tokens *t, struct cond *cond)
{
    bool before = l->negative;
    t->next++;
    cond->kind = COND_NOT;
    cond->children = arena_array(l->arena, 1, sizeof *cond->children);
    l->negative = true;
    bool read = read_cond(l, s, t, &cond->children[0]);
    l->negative = before;
    cond->child_count = read ? 1 : 0;
    return read;
}

/* The nesting is bounded by the grammar for blocks and by the line for `not not`. */
static bool read_cond(struct loader *l, const struct syntax_statement *s, struct tokens *t, struct cond *cond)
{
    const struct syntax_token *first = peek(t);
    *cond = (struct cond){.at = here(t)};
    if (first != NULL)
        cond->words = words_of(l->arena, first, t->count - t->next);
    if (is_word(first, "not") && t->next < SYNTAX_DEPTH_MAX)
        return read_not(l, s, t, cond);
    if (is_word(first, "any") || is_word(first, "all"))
        return read_group(l, s, t, cond);
    if (s->has_block) {
        complain(l, s->tokens[0].at, "", "a block may stand only behind any or all");
        return false;
    }
    if (first != NULL && first->kind == SYNTAX_WORD && fact_of(first->text) != NULL)
        return read_fact(l, t, cond);
    return read_probe(l, t, cond);
}

static void read_condition(struct loader *l, const struct syntax_statement *s, struct tokens *t)
{
    struct cond cond, *all = &l->rule->when;
    if (!read_cond(l, s, t, &cond))
        return;
    nothing_more(l, t);
    all->children = rows_more(l->arena, all->children, all->child_count, sizeof *all->children);
    all->children[all->child_count++] = cond;
}

/* ---- actions ---- */

static bool check_level(struct loader *l, const struct syntax_token *token, const char *what)
{
    static const char *const levels[] = {"high", "medium", "low"};
    struct str_list names = words_list(l, levels, DESK_LEVELS);
    uint8_t level;
    return level_of(token->text, &level) || known_name(l, token, what, &names);
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
        names = queue_names(l);
        return known_name(l, token, "queue", &names);
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
        names = words_list(l, kinds, 3);
        return known_name(l, token, "kind of ticket", &names);
    case ACTION_TEMPLATE:
        names = (struct str_list){(struct str *)(uintptr_t)l->known->templates, l->known->template_count};
        return known_name(l, token, "template", &names);
    case ACTION_TAG:
        if (!good_name(token->text)) {
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
    const struct syntax_token *name = take_text(t), *text;
    if (name == NULL || !good_name(name->text)) {
        complain(l, name != NULL ? name->at : here(t), "", "expected a field's name: letters, digits, - and _, a letter first");
        return;
    }
    (void)take_operator(t, "=");
    text = take_text(t);
    if (text != NULL)
        use_captures(l, text->text, text->at);
    else
        (void)use_capture(l, name->text, name->at);
    add_action(l, (struct action){ACTION_FIELD, text != NULL ? text->text : (struct str){0}, name->text, text == NULL, line});
    nothing_more(l, t);
}

static void read_tags(struct loader *l, struct tokens *t, uint32_t line)
{
    const struct syntax_token *token;
    struct str text;
    if (t->next == t->count)
        complain(l, here(t), "", "expected a tag");
    while ((token = take_text(t)) != NULL) {
        if (check_argument(l, ACTION_TAG, token, &text))
            add_action(l, (struct action){.kind = ACTION_TAG, .text = text, .line = line});
        (void)take_operator(t, ",");
    }
    nothing_more(l, t);
}

/* The reason of hold and ignore may be left out; no-ack and stop have nothing behind them. */
static void read_plain(struct loader *l, struct tokens *t, enum action_kind kind, uint32_t line)
{
    struct action action = {.kind = kind, .line = line};
    bool may = kind == ACTION_HOLD || kind == ACTION_IGNORE, bare = kind == ACTION_NO_ACK || kind == ACTION_STOP;
    const struct syntax_token *token = bare ? NULL : take_text(t);
    if (token == NULL && !may && !bare) {
        complain(l, here(t), "", "expected a value behind \"%s\"", action_names[kind]);
        return;
    }
    if (token != NULL && !check_argument(l, kind, token, &action.text))
        return;
    add_action(l, action);
    nothing_more(l, t);
}

static void read_action(struct loader *l, struct tokens *t, enum action_kind kind, uint32_t line)
{
    if (kind == ACTION_FIELD)
        read_field(l, t, line);
    else if (kind == ACTION_TAG)
        read_tags(l, t, line);
    else
        read_plain(l, t, kind, line);
}

/* ---- tests ---- */

static bool action_of(struct str word, enum action_kind *kind)
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
    const struct syntax_token *word = take_text(t), *value;
    *e = (struct expectation){.kind = EXPECT_ACTION, .at = word != NULL ? word->at : here(t)};
    if (is_word(word, "no") && is_word(peek(t), "match")) {
        e->kind = EXPECT_NO_MATCH;
        e->at.width += 6;
        t->next++;
        return true;
    }
    if (word == NULL || !action_of(word->text, &e->action) || e->action == ACTION_STOP) {
        struct str_list names = words_list(l, action_names, ACTION_STOP);
        complain(l, e->at, word != NULL ? nearest_hint(l->arena, word->text, &names) : "",
                 "expected queue, severity, impact, urgency, kind, tag, field, template, no-ack, hold, ignore or no match");
        return false;
    }
    if (e->action == ACTION_NO_ACK || e->action == ACTION_HOLD || e->action == ACTION_IGNORE)
        return true;
    if (e->action == ACTION_FIELD) {
        const struct syntax_token *name = take_text(t);
        e->field = name != NULL ? name->text : (struct str){0};
    }
    value = take_text(t);
    if (value == NULL) {
        complain(l, here(t), "", "expected the value that \"%.*s\" should have", STR_ARG(word->text));
        return false;
    }
    if (value->at.line == e->at.line && value->at.column > e->at.column)
        e->at.width = value->at.column + value->at.width - e->at.column;
    return check_argument(l, e->action, value, &e->text);
}

static bool read_circumstances(struct loader *l, struct tokens *t, struct rule_test *test)
{
    while (peek(t) != NULL && !is_operator(peek(t), "=>")) {
        const struct syntax_token *word = take_text(t);
        if (is_word(word, "reply")) {
            test->reply = true;
        } else if (is_word(word, "in") && (word = take_text(t)) != NULL) {
            struct str_list names = {(struct str *)(uintptr_t)l->known->mailboxes, l->known->mailbox_count};
            (void)known_name(l, word, "mailbox", &names);
            test->mailbox = word->text;
        } else {
            break;
        }
    }
    if (take_operator(t, "=>"))
        return true;
    complain(l, here(t), "", "expected => and what should come of it (before it only: in MAILBOX, reply)");
    return false;
}

static void read_test(struct loader *l, struct tokens *t)
{
    struct rule *rule = l->rule;
    struct rule_test test = {.at = t->list[0].at};
    const struct syntax_token *sample = peek(t);
    if (sample == NULL || sample->kind != SYNTAX_STRING || str_find(sample->text, STR(":")) <= 0) {
        complain(l, here(t), "", "expected a sample mail: \"Subject: …\", or several header lines, an empty line and text");
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
    } while (take_operator(t, ","));
    nothing_more(l, t);
    rule->tests = rows_more(l->arena, rule->tests, rule->test_count, sizeof *rule->tests);
    rule->tests[rule->test_count++] = test;
}

/* ---- rules ---- */

static const char *const statement_words[] = {"when",  "not",   "any",      "all",    "set",    "queue", "impact", "urgency", "severity", "kind",
                                              "tag",   "field", "template", "ack",    "no-ack", "hold",  "ignore", "stop",    "test"};

static bool begins_condition(const struct syntax_token *word)
{
    return is_word(word, "when") || is_word(word, "not") || is_word(word, "any") || is_word(word, "all");
}

static void read_statement(struct loader *l, const struct syntax_statement *s)
{
    struct tokens t = tokens_of(s);
    const struct syntax_token *word = &s->tokens[0];
    enum action_kind kind;
    if (begins_condition(word)) {
        t.next = is_word(word, "when") ? 1 : 0;
        read_condition(l, s, &t);
        return;
    }
    if (s->has_block) {
        complain(l, word->at, "", "a block may stand only behind any or all");
        return;
    }
    if (is_word(word, "test")) {
        t.next = 1;
        read_test(l, &t);
        return;
    }
    if (is_word(word, "set") && s->token_count > 1)
        word = &s->tokens[++t.next];
    if (word->kind != SYNTAX_WORD || !action_of(word->text, &kind)) {
        struct str_list names = words_list(l, statement_words, sizeof statement_words / sizeof statement_words[0]);
        complain(l, word->at, nearest_hint(l->arena, word->text, &names),
                 "unknown statement \"%.*s\", expected when, not, any, all, an action such as queue or tag, or test", STR_ARG(word->text));
        return;
    }
    t.next++;
    read_action(l, &t, kind, word->at.line);
}

/* Conditions come before the actions that use their captures, whatever order the file has them in. */
static void read_statements(struct loader *l, const struct syntax_statement *s)
{
    for (int conditions = 1; conditions >= 0; conditions--) {
        for (size_t i = 0; i < s->block_count; i++) {
            if (begins_condition(&s->block[i].tokens[0]) == (conditions == 1))
                read_statement(l, &s->block[i]);
        }
    }
    if (l->rule->when.child_count == 0 && l->rule->action_count == 0 && l->d->errors == 0)
        diagnoses_add(l->d, true, l->file, l->rule->at, "", "rule \"%.*s\" does nothing", STR_ARG(l->rule->name));
    for (size_t i = 0; i < l->capture_count; i++) {
        struct str name = l->captures[i].name;
        if (!l->captures[i].used)
            diagnoses_add(l->d, true, l->file, l->captures[i].at, arena_printf(l->arena, "use it: field %.*s", STR_ARG(name)).p,
                          "the group \"%.*s\" goes nowhere", STR_ARG(name));
    }
}

static const struct rule *rule_named(const struct ruleset *set, struct str name, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        if (str_eq(set->rules[i].name, name))
            return &set->rules[i];
    }
    return NULL;
}

static void read_rule(struct loader *l, const struct syntax_statement *s)
{
    struct ruleset *set = l->set;
    if (s->token_count != 2 || !s->has_block || !good_name(s->tokens[1].text)) {
        complain(l, s->tokens[s->token_count > 1 ? 1 : 0].at, "", "expected rule NAME { … }, the name of letters, digits, - and _, a letter first");
        return;
    }
    if (set->count == RULES_MAX) {
        complain(l, s->tokens[0].at, "", "more than %u rules", RULES_MAX);
        return;
    }
    const struct rule *same = rule_named(set, s->tokens[1].text, set->count);
    if (same != NULL)
        complain(l, s->tokens[1].at, "", "there is a rule \"%.*s\" already, in %s:%u", STR_ARG(same->name), same->at.file, same->at.line);
    set->rules = rows_more(l->arena, set->rules, set->count, sizeof *set->rules);
    l->rule = &set->rules[set->count++];
    *l->rule = (struct rule){.name = s->tokens[1].text, .source = l->file, .at = s->tokens[0].at, .when = {.kind = COND_ALL}};
    l->captures = NULL;
    l->capture_count = 0;
    l->negative = false;
    read_statements(l, s);
}

/* Names the set: what the rules say, not how they are laid out. */
static void put_statement(struct buf *out, const struct syntax_statement *s)
{
    for (size_t i = 0; i < s->token_count; i++) {
        buf_char(out, (char)('0' + s->tokens[i].kind));
        put_token(out, &s->tokens[i]);
        buf_char(out, '\0');
    }
    buf_char(out, s->has_block ? '{' : ';');
    for (size_t i = 0; i < s->block_count; i++)
        put_statement(out, &s->block[i]);
    if (s->has_block)
        buf_char(out, '}');
}

void rules_load(struct arena *arena, const struct syntax_file *files, size_t file_count, const struct rules_known *known, struct ruleset **out,
                struct diagnoses *d)
{
    struct ruleset *set = arena_array(arena, 1, sizeof *set);
    struct syntax_file *kept = arena_array(arena, file_count, sizeof *kept);
    struct loader l = {.arena = arena, .known = known, .set = set, .d = d};
    struct buf text = {0};
    if (known->mailbox_count > 0)
        set->first_mailbox = known->mailboxes[0];
    for (size_t f = 0; f < file_count; f++) {
        kept[f] = files[f];
        l.file = &kept[f];
        for (size_t i = 0; i < files[f].count; i++) {
            const struct syntax_statement *s = &files[f].statements[i];
            if (is_word(&s->tokens[0], "rule")) {
                read_rule(&l, s);
                put_statement(&text, s);
            } else if (str_iends(str_of(files[f].name), STR(".rules"))) {
                complain(&l, s->tokens[0].at, "", "unknown statement \"%.*s\", expected rule NAME { … }", STR_ARG(s->tokens[0].text));
            }
        }
    }
    uint8_t digest[HASH_SIZE];
    char hex[2 * HASH_SIZE + 1];
    hash_sha256(buf_view(&text), digest);
    str_hex(digest, HASH_SIZE, hex);
    set->hash = arena_str(arena, str_of(hex));
    buf_free(&text);
    *out = set;
}

const struct scan_probe *rules_probes(const struct ruleset *set, size_t *count)
{
    *count = set->probe_count;
    return set->probes;
}

size_t rules_count(const struct ruleset *set)
{
    return set->count;
}

struct str rules_hash(const struct ruleset *set)
{
    return set->hash;
}
