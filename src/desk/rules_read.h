/* rules_read: what the files that read rules share: the reader's state, the tokens of a statement, and what each file gives the others. rules_words.c takes
 * tokens and names, rules_cond.c conditions, rules_act.c actions and tests, rules_load.c puts rules together. All complain at the place of the fault and go on. */
#ifndef DESK_RULES_READ_H
#define DESK_RULES_READ_H

#include "rules_set.h"

#include "base/buf.h"

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

/* rules_words.c */
struct tokens rule_tokens_of(const struct syntax_statement *s);
const struct syntax_token *rule_peek(const struct tokens *t);
struct place_in_file rule_here(const struct tokens *t);
bool rule_is_operator(const struct syntax_token *token, const char *text);
bool rule_is_word(const struct syntax_token *token, const char *text);
bool rule_take_operator(struct tokens *t, const char *text);
const struct syntax_token *rule_take_text(struct tokens *t);
void rule_put_token(struct buf *out, const struct syntax_token *token);
struct str rule_words_of(struct arena *arena, const struct syntax_token *tokens, size_t count);
void rule_nothing_more(struct loader *l, const struct tokens *t);
void rule_list_add(struct arena *arena, struct str_list *list, struct str text);
struct str_list rule_queue_names(struct loader *l);
struct str_list rule_message_kind_names(struct loader *l);
struct str_list rule_words_list(struct loader *l, const char *const *words, size_t count);
bool rule_known_name(struct loader *l, const struct syntax_token *token, const char *what, const struct str_list *names);
bool rule_good_name(struct str name);

/* rules_cond.c */
void rule_read_condition(struct loader *l, const struct syntax_statement *s, struct tokens *t);

/* rules_act.c */
void rule_read_action(struct loader *l, struct tokens *t, enum action_kind kind, uint32_t line);
bool rule_action_of(struct str word, enum action_kind *kind);
void rule_read_test(struct loader *l, struct tokens *t);

#endif
