/* config_print: the configuration as text that loads again. Values are printed as they were read, in their full form; so a secret can only be
 * printed as what it is in the file: the name of its source. */
#include "core/config_read.h"

#include <string.h>

#define INDENT 4u

static bool is_plain_word(struct str s)
{
    if (s.n == 0 || strchr("#'=~<>!\\", s.p[0]) != NULL || s.p[s.n - 1] == '\\')
        return s.n > 1 && s.p[0] == '\\' && s.p[s.n - 1] != '\\' && is_plain_word(str_sub(s, 1, s.n));
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr("\";{},()", s.p[i]) != NULL)
            return false;
    return true;
}

static void print_string(struct buf *out, struct str s)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        if (c == '\n' || c == '\t')
            buf_text(out, c == '\n' ? "\\n" : "\\t");
        else
            buf_char(out, c);
    }
    buf_char(out, '"');
}

/* The parser took the backslash off "\/" and left every other one with what it escapes. */
static void print_regex(struct buf *out, const struct syntax_token *token)
{
    buf_char(out, '/');
    for (size_t i = 0; i < token->text.n; i++) {
        if (token->text.p[i] == '/')
            buf_char(out, '\\');
        buf_char(out, token->text.p[i]);
        if (token->text.p[i] == '\\' && i + 1 < token->text.n)
            buf_char(out, token->text.p[++i]);
    }
    buf_char(out, '/');
    buf_str(out, token->flags);
}

static void print_token(struct buf *out, const struct syntax_token *token)
{
    if (token->kind == SYNTAX_REGEX)
        print_regex(out, token);
    else if (token->kind == SYNTAX_STRING || (token->kind == SYNTAX_WORD && !is_plain_word(token->text)))
        print_string(out, token->text);
    else
        buf_str(out, token->text);
}

static void print_tokens(struct buf *out, const struct syntax_token *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool comma = tokens[i].kind == SYNTAX_OPERATOR && str_eq(tokens[i].text, STR(","));
        if (i > 0 && !comma)
            buf_char(out, ' ');
        print_token(out, &tokens[i]);
    }
}

static void indent(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < depth * INDENT; i++)
        buf_char(out, ' ');
}

static void end_line(struct buf *out, bool origin, const struct syntax_file *file, struct place_in_file at)
{
    if (origin && file != NULL)
        buf_printf(out, "  # %s:%u", at.file, at.line);
    else if (origin)
        buf_text(out, "  # default");
    buf_char(out, '\n');
}

static void print_value(struct buf *out, const struct config_value *value, bool origin, size_t depth)
{
    indent(out, depth);
    buf_text(out, value->setting->key[0] != '\0' ? value->setting->key : value->setting->section);
    buf_char(out, ' ');
    print_tokens(out, value->tokens + 1, value->count - 1);
    end_line(out, origin, value->file, value->tokens[0].at);
}

static void print_block(struct buf *out, const struct config_block *block, bool all, bool origin)
{
    bool values = block->section->naming == SECTION_VALUES;
    size_t shown = 0;
    if (out->n > 0)
        buf_char(out, '\n');
    for (size_t i = 0; i < block->value_count; i++)
        shown += all || block->values[i].file != NULL;
    if (!values) {
        buf_text(out, block->section->name);
        if (block->name.n > 0) {
            struct syntax_token name = {.kind = block->section->naming == SECTION_TEXT ? SYNTAX_STRING : SYNTAX_WORD, .text = block->name};
            buf_char(out, ' ');
            print_token(out, &name);
        }
        buf_text(out, shown > 0 ? " {" : "");
        end_line(out, origin, block->file, block->at);
    }
    for (size_t i = 0; i < block->value_count; i++)
        if (all || block->values[i].file != NULL)
            print_value(out, &block->values[i], origin, values ? 0 : 1);
    if (!values && shown > 0)
        buf_text(out, "}\n");
}

static void print_statement(struct buf *out, const struct syntax_file *file, const struct syntax_statement *statement, bool origin, size_t depth)
{
    indent(out, depth);
    print_tokens(out, statement->tokens, statement->token_count);
    buf_text(out, statement->has_block ? " {" : "");
    end_line(out, origin, file, statement->tokens[0].at);
    for (size_t i = 0; i < statement->block_count; i++)
        print_statement(out, file, &statement->block[i], origin, depth + 1);
    if (statement->has_block) {
        indent(out, depth);
        buf_text(out, "}\n");
    }
}

void config_print(const struct config *config, bool all, bool origin, struct buf *out)
{
    struct buf text = {0};
    for (size_t i = 0; i < config->block_count; i++)
        if (all || config->blocks[i].file != NULL)
            print_block(&text, &config->blocks[i], all, origin);
    for (size_t i = 0; i < config->source_count; i++)
        for (size_t k = 0; k < config->sources[i].count; k++) {
            if (text.n > 0)
                buf_char(&text, '\n');
            print_statement(&text, &config->sources[i], &config->sources[i].statements[k], origin, 0);
        }
    buf_str(out, buf_view(&text));
    buf_free(&text);
}
