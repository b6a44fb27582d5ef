/* rules_words: the tokens of a statement, taken one after the other, and names that must be known. */
#include "rules_read.h"

#include "nearest.h"
#include "rows.h"

#include <ctype.h>

/* ---- tokens ---- */

struct tokens rule_tokens_of(const struct syntax_statement *s)
{
    struct tokens t = {s->tokens, s->token_count, 0, s->tokens[s->token_count - 1].at};
    t.end.column += t.end.width;
    t.end.width = 1;
    return t;
}

const struct syntax_token *rule_peek(const struct tokens *t)
{
    return t->next < t->count ? &t->list[t->next] : NULL;
}

struct place_in_file rule_here(const struct tokens *t)
{
    const struct syntax_token *token = rule_peek(t);
    return token != NULL ? token->at : t->end;
}

bool rule_is_operator(const struct syntax_token *token, const char *text)
{
    return token != NULL && token->kind == SYNTAX_OPERATOR && str_eq(token->text, str_of(text));
}

bool rule_is_word(const struct syntax_token *token, const char *text)
{
    return token != NULL && token->kind == SYNTAX_WORD && str_eq(token->text, str_of(text));
}

bool rule_take_operator(struct tokens *t, const char *text)
{
    bool there = rule_is_operator(rule_peek(t), text);
    t->next += there ? 1 : 0;
    return there;
}

/* The next token when it is a word or a string; NULL otherwise. */
const struct syntax_token *rule_take_text(struct tokens *t)
{
    const struct syntax_token *token = rule_peek(t);
    if (token == NULL || (token->kind != SYNTAX_WORD && token->kind != SYNTAX_STRING))
        return NULL;
    t->next++;
    return token;
}

void rule_put_token(struct buf *out, const struct syntax_token *token)
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
struct str rule_words_of(struct arena *arena, const struct syntax_token *tokens, size_t count)
{
    struct buf out = {0};
    for (size_t i = 0; i < count; i++) {
        if (i != 0 && !rule_is_operator(&tokens[i], ","))
            buf_char(&out, ' ');
        rule_put_token(&out, &tokens[i]);
    }
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

void rule_nothing_more(struct loader *l, const struct tokens *t)
{
    if (t->next < t->count)
        complain(l, rule_here(t), "", "unexpected \"%.*s\", expected the end of the statement", STR_ARG(t->list[t->next].text));
}

void rule_list_add(struct arena *arena, struct str_list *list, struct str text)
{
    list->list = rows_more(arena, list->list, list->count, sizeof *list->list);
    list->list[list->count++] = text;
}

/* ---- names that must be known ---- */

struct str_list rule_queue_names(struct loader *l)
{
    struct str_list names = {0};
    for (size_t i = 0; i < l->known->desk->queue_count; i++)
        rule_list_add(l->arena, &names, l->known->desk->queues[i].name);
    return names;
}

struct str_list rule_message_kind_names(struct loader *l)
{
    struct str_list names = {0};
    for (int kind = 0; kind < MESSAGE_KINDS; kind++)
        rule_list_add(l->arena, &names, str_of(message_kind_name((enum message_kind)kind)));
    return names;
}

struct str_list rule_words_list(struct loader *l, const char *const *words, size_t count)
{
    struct str_list names = {0};
    for (size_t i = 0; i < count; i++)
        rule_list_add(l->arena, &names, str_of(words[i]));
    return names;
}

bool rule_known_name(struct loader *l, const struct syntax_token *token, const char *what, const struct str_list *names)
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
bool rule_good_name(struct str name)
{
    if (name.n == 0 || name.n > NAME_MAX_OCTETS || !isalpha((unsigned char)name.p[0]))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '_' && name.p[i] != '-')
            return false;
    }
    return true;
}
