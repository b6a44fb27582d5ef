/* rules_load: from the tree of the grammar to rules. Every statement word has a row in a table with its reader; a reader notes all that is wrong with
 * its statement and leaves the rest of the file to the others. */
#include "rules_read.h"

#include "nearest.h"
#include "rows.h"

#include "base/hash.h"

/* ---- rules ---- */

static const char *const statement_words[] = {"when",  "not",   "any",      "all",    "set",    "queue", "impact", "urgency", "severity", "kind",
                                              "tag",   "field", "template", "ack",    "no-ack", "hold",  "ignore", "partner", "stop", "test"};

static bool begins_condition(const struct syntax_token *word)
{
    return rule_is_word(word, "when") || rule_is_word(word, "not") || rule_is_word(word, "any") || rule_is_word(word, "all");
}

static void read_statement(struct loader *l, const struct syntax_statement *s)
{
    struct tokens t = rule_tokens_of(s);
    const struct syntax_token *word = &s->tokens[0];
    enum action_kind kind;
    if (begins_condition(word)) {
        t.next = rule_is_word(word, "when") ? 1 : 0;
        rule_read_condition(l, s, &t);
        return;
    }
    if (s->has_block) {
        complain(l, word->at, "", "a block may stand only behind any or all");
        return;
    }
    if (rule_is_word(word, "test")) {
        t.next = 1;
        rule_read_test(l, &t);
        return;
    }
    if (rule_is_word(word, "set") && s->token_count > 1)
        word = &s->tokens[++t.next];
    if (word->kind != SYNTAX_WORD || !rule_action_of(word->text, &kind)) {
        struct str_list names = rule_words_list(l, statement_words, sizeof statement_words / sizeof statement_words[0]);
        complain(l, word->at, nearest_hint(l->arena, word->text, &names),
                 "unknown statement \"%.*s\", expected when, not, any, all, an action such as queue or tag, or test", STR_ARG(word->text));
        return;
    }
    t.next++;
    rule_read_action(l, &t, kind, word->at.line);
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
    if (s->token_count != 2 || !s->has_block || !rule_good_name(s->tokens[1].text)) {
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
        rule_put_token(out, &s->tokens[i]);
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
            if (rule_is_word(&s->tokens[0], "rule")) {
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
