/* rules_cond: conditions: patterns, facts, and the blocks that join them. */
#include "rules_read.h"

#include "nearest.h"
#include "rows.h"

#include "base/utf8.h"

#include <ctype.h>

/* ---- patterns ---- */

static void add_capture(struct loader *l, struct str name, struct place_in_file at)
{
    for (size_t i = 0; i < l->rule->captures.count; i++) {
        if (str_eq(l->rule->captures.list[i], name))
            return;
    }
    rule_list_add(l->arena, &l->rule->captures, name);
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
                                              "proven",   "authentication", "signature", "encrypted", "customer", "plan", "open", "any",  "all",   "not"};

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
    struct str_list names = rule_words_list(l, condition_words, sizeof condition_words / sizeof condition_words[0]);
    complain(l, token->at, nearest_hint(l->arena, token->text, &names),
             "unknown condition \"%.*s\", expected a field such as subject, text or from, or a fact such as mailbox, size or reply", STR_ARG(token->text));
}

/* `FIELD, FIELD` in front of the operator. */
static bool read_fields(struct loader *l, struct tokens *t, struct scan_probe *probe)
{
    do {
        const struct syntax_token *token = rule_take_text(t);
        enum scan_field field;
        if (token == NULL || !field_of(token->text, &field)) {
            if (token != NULL)
                unknown_condition(l, token);
            else
                complain(l, rule_here(t), "", "expected a field such as subject, text, from or header NAME");
            return false;
        }
        if (field == SCAN_HEADER) {
            const struct syntax_token *name = rule_take_text(t);
            if (name == NULL || probe->header.n != 0) {
                complain(l, name != NULL ? name->at : rule_here(t), "", name == NULL ? "expected the header's name" : "only one header may stand in a condition");
                return false;
            }
            probe->header = name->text;
        }
        if (probe->field_count == SCAN_FIELDS_MAX) {
            complain(l, token->at, "", "more than %u fields in one condition", SCAN_FIELDS_MAX);
            return false;
        }
        probe->fields[probe->field_count++] = field;
    } while (rule_take_operator(t, ","));
    return true;
}

static bool read_probe(struct loader *l, struct tokens *t, struct cond *cond)
{
    struct scan_probe probe = {0};
    if (!read_fields(l, t, &probe))
        return false;
    bool regex = rule_is_operator(rule_peek(t), "~") || rule_is_operator(rule_peek(t), "!~");
    bool literal = rule_is_operator(rule_peek(t), "=") || rule_is_operator(rule_peek(t), "!=");
    if (!regex && !literal) {
        complain(l, rule_here(t), "", "expected ~ /pattern/, !~ /pattern/, = \"text\" or != \"text\"");
        return false;
    }
    cond->negated = t->list[t->next++].text.p[0] == '!';
    const struct syntax_token *token = rule_peek(t);
    if (token == NULL || (regex ? token->kind != SYNTAX_REGEX : token->kind != SYNTAX_WORD && token->kind != SYNTAX_STRING)) {
        complain(l, rule_here(t), "", regex ? "expected a pattern such as /gateway/i" : "expected a word or a \"text\"");
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
    {"agent", FACT_AGENT, FACT_FLAG},     {"proven", FACT_PROVEN, FACT_FLAG},     {"encrypted", FACT_ENCRYPTED, FACT_FLAG},
    {"authentication", FACT_AUTHENTICATION, FACT_TEXT}, {"signature", FACT_SIGNATURE, FACT_TEXT},
    {"customer", FACT_CUSTOMER, FACT_TEXT}, {"plan", FACT_PLAN, FACT_TEXT},     {"open", FACT_OPEN, FACT_TEXT},
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
        if (rule_take_operator(t, table[i].text)) {
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

/* Facts whose values are words of our own. */
static const struct {
    enum fact fact;
    const char *what;
    const char *words[6];
    size_t count;
} own_words[] = {
    {FACT_AUTHENTICATION, "proof", {"dmarc", "dkim", "arc", "smime", "pgp", "none"}, 6},
    {FACT_SIGNATURE, "state of a signature", {"verified", "unverified", "none"}, 3},
};

static bool is_own_word(struct loader *l, const struct syntax_token *token, enum fact fact)
{
    for (size_t i = 0; i < sizeof own_words / sizeof *own_words; i++) {
        if (own_words[i].fact != fact)
            continue;
        struct str_list names = rule_words_list(l, own_words[i].words, own_words[i].count);
        (void)rule_known_name(l, token, own_words[i].what, &names);
        return true;
    }
    return false;
}

/* Names of plans or calendars; "always" is there by itself. */
static struct str_list configured_names(struct loader *l, enum fact fact)
{
    const struct desk *desk = l->known->desk;
    struct str_list names = {0};
    for (size_t i = 0; fact == FACT_PLAN && i < desk->plan_count; i++)
        rule_list_add(l->arena, &names, desk->plans[i].name);
    for (size_t i = 0; fact == FACT_OPEN && i < desk->calendar_count; i++)
        rule_list_add(l->arena, &names, desk->calendars[i].name);
    if (fact == FACT_OPEN)
        rule_list_add(l->arena, &names, calendar_always.name);
    return names;
}

static void read_fact_texts(struct loader *l, struct tokens *t, const struct fact_row *row, struct cond *cond)
{
    do {
        const struct syntax_token *token = rule_take_text(t);
        if (token == NULL) {
            complain(l, rule_here(t), "", "expected a name behind %s =", row->name);
            return;
        }
        if (row->fact == FACT_MAILBOX) {
            struct str_list names = {(struct str *)(uintptr_t)l->known->mailboxes, l->known->mailbox_count};
            (void)rule_known_name(l, token, "mailbox", &names);
        } else if (row->fact == FACT_KIND) {
            struct str_list names = rule_message_kind_names(l);
            (void)rule_known_name(l, token, "kind of message", &names);
        } else if (row->fact == FACT_PLAN || row->fact == FACT_OPEN) {
            struct str_list names = configured_names(l, row->fact);
            (void)rule_known_name(l, token, row->fact == FACT_PLAN ? "plan" : "calendar", &names);
        } else if (row->fact != FACT_CUSTOMER && !is_own_word(l, token, row->fact) && token->text.n != 2) {
            complain(l, token->at, "", "language \"%.*s\": expected two letters such as en or de", STR_ARG(token->text));
        }
        rule_list_add(l->arena, &cond->texts, token->text);
    } while (rule_take_operator(t, ","));
}

static bool read_fact(struct loader *l, struct tokens *t, struct cond *cond)
{
    const struct syntax_token *token = rule_take_text(t);
    const struct fact_row *row = fact_of(token->text);
    cond->kind = COND_FACT;
    cond->fact = row->fact;
    if (row->fact == FACT_REPLY)
        l->rule->says_reply = true;
    if (row->type == FACT_FLAG)
        return true;
    if (!read_comparison(t, &cond->comparison) || (row->type == FACT_TEXT && cond->comparison > IS_NOT)) {
        complain(l, rule_here(t), "", row->type == FACT_TEXT ? "expected %s = NAME or %s != NAME" : "expected %s and one of = != < > <= >=, then a number", row->name,
                 row->name);
        return false;
    }
    if (row->type == FACT_TEXT) {
        read_fact_texts(l, t, row, cond);
        return true;
    }
    const struct syntax_token *number = rule_take_text(t);
    if (number == NULL || !read_size(number->text, row->fact == FACT_SIZE, &cond->number)) {
        complain(l, number != NULL ? number->at : rule_here(t), "", row->fact == FACT_SIZE ? "expected a size such as 500K or 10M" : "expected a number");
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
        struct tokens t = rule_tokens_of(&s->block[i]);
        if (rule_is_word(rule_peek(&t), "when"))
            t.next++;
        if (read_cond(l, &s->block[i], &t, &cond->children[cond->child_count])) {
            rule_nothing_more(l, &t);
            cond->child_count++;
        }
    }
    if (s->block_count == 0)
        complain(l, cond->at, "", "an empty block: expected conditions between { and }");
}

static bool read_group(struct loader *l, const struct syntax_statement *s, struct tokens *t, struct cond *cond)
{
    const struct syntax_token *word = rule_take_text(t);
    cond->kind = rule_is_word(word, "any") ? COND_ANY : COND_ALL;
    if (!s->has_block || t->next < t->count) {
        complain(l, rule_here(t), "", "expected { conditions } behind \"%.*s\"", STR_ARG(word->text));
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
    const struct syntax_token *first = rule_peek(t);
    *cond = (struct cond){.at = rule_here(t)};
    if (first != NULL)
        cond->words = rule_words_of(l->arena, first, t->count - t->next);
    if (rule_is_word(first, "not") && t->next < SYNTAX_DEPTH_MAX)
        return read_not(l, s, t, cond);
    if (rule_is_word(first, "any") || rule_is_word(first, "all"))
        return read_group(l, s, t, cond);
    if (s->has_block) {
        complain(l, s->tokens[0].at, "", "a block may stand only behind any or all");
        return false;
    }
    if (first != NULL && first->kind == SYNTAX_WORD && fact_of(first->text) != NULL)
        return read_fact(l, t, cond);
    return read_probe(l, t, cond);
}

void rule_read_condition(struct loader *l, const struct syntax_statement *s, struct tokens *t)
{
    struct cond cond, *all = &l->rule->when;
    if (!read_cond(l, s, t, &cond))
        return;
    rule_nothing_more(l, t);
    all->children = rows_more(l->arena, all->children, all->child_count, sizeof *all->children);
    all->children[all->child_count++] = cond;
}
