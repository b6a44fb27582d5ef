/* syntax: one pass over the octets. The lexer knows places and spelling, the parser knows where a statement ends; neither
 * gives up: what is wrong is noted, the least that makes sense of it is assumed, and reading goes on. */
#include "base/syntax.h"

#include "base/utf8.h"

#include <string.h>

enum lexeme { LEX_TOKEN, LEX_NEWLINE, LEX_SEMICOLON, LEX_OPEN, LEX_CLOSE, LEX_END };

struct lexer {
    struct arena *arena;
    const struct syntax_file *file;
    struct diagnoses *found;
    struct str source;
    size_t at;
    struct place_in_file here; /* of the octet `counted`; follows `at` when somebody asks */
    size_t counted;
    size_t tokens;
    bool regex_may_follow;
    bool one_line_strings; /* since one was not closed */
    bool end_is_noted;     /* as coming too early */
};

/* Longest first. */
static const struct operator_name {
    const char *text;
    bool goes_on;  /* a statement goes on in the next line behind it */
    bool regex;    /* "/" behind it begins a regular expression */
} operators[] = {{"!=", true, false}, {"!~", true, true},  {"<=", true, false}, {">=", true, false},
                 {"=>", true, false}, {",", true, false},  {"=", true, false},  {"~", true, true},
                 {"<", true, false},  {">", true, false},  {"(", true, false},  {")", false, false}};

static struct str rest_of(const struct lexer *lex)
{
    return str_sub(lex->source, lex->at, lex->source.n);
}

/* The octet `ahead` of here, or -1 at the end. */
static int peek(const struct lexer *lex, size_t ahead)
{
    size_t at = lex->at + ahead;
    return at < lex->source.n ? (unsigned char)lex->source.p[at] : -1;
}

/* Length of a line end here: 0, 1 or 2. */
static size_t line_end(const struct lexer *lex, size_t ahead)
{
    if (peek(lex, ahead) == '\n')
        return 1;
    return peek(lex, ahead) == '\r' && peek(lex, ahead + 1) == '\n' ? 2 : 0;
}

static void eat_line_end(struct lexer *lex)
{
    lex->at += line_end(lex, 0);
    lex->counted = lex->at;
    lex->here.line++;
    lex->here.column = 1;
}

static struct place_in_file place(struct lexer *lex)
{
    lex->here.column += (uint32_t)utf8_length(str_sub(lex->source, lex->counted, lex->at - lex->counted));
    lex->counted = lex->at;
    return lex->here;
}

#define complain(lex, where, hint, ...) diagnoses_add((lex)->found, false, (lex)->file, (where), (hint), __VA_ARGS__)

static bool is_word_octet(int c)
{
    return c > ' ' && c != 0x7f && strchr("\";{},()", c) == NULL;
}

static const struct operator_name *operator_at(const struct lexer *lex)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (str_starts(rest_of(lex), str_of(operators[i].text)))
            return &operators[i];
    return NULL;
}

/* Blanks, comments and continued lines: all that stands between tokens. */
static void skip_blanks(struct lexer *lex)
{
    for (;;) {
        if (peek(lex, 0) == ' ' || peek(lex, 0) == '\t') {
            lex->at++;
        } else if (peek(lex, 0) == '#') {
            while (peek(lex, 0) >= 0 && line_end(lex, 0) == 0)
                lex->at++;
        } else if (peek(lex, 0) == '\\' && line_end(lex, 1) > 0) {
            lex->at++;
            eat_line_end(lex);
        } else {
            return;
        }
    }
}

/* One escape of a string, the backslash being here. */
static void read_escape(struct lexer *lex, struct buf *text)
{
    static const char names[] = "\"\"\\\\n\nt\t"; /* what is written, what it means */
    int c = peek(lex, 1);
    for (const char *name = names; *name != '\0'; name += 2)
        if (c == *name) {
            buf_char(text, name[1]);
            lex->at += 2;
            return;
        }
    complain(lex, place(lex), "write \\\\ for a backslash", "unknown escape in a string");
    buf_char(text, '\\');
    lex->at++;
}

static void read_string(struct lexer *lex, struct buf *text)
{
    struct lexer opening = *lex; /* to come back to */
    struct diagnoses before = *lex->found;
    lex->at++;
    while (peek(lex, 0) >= 0 && peek(lex, 0) != '"' && !(lex->one_line_strings && line_end(lex, 0) > 0)) {
        if (peek(lex, 0) == '\\') {
            read_escape(lex, text);
        } else if (line_end(lex, 0) > 0) {
            buf_char(text, '\n');
            eat_line_end(lex);
        } else {
            buf_char(text, lex->source.p[lex->at++]);
        }
    }
    if (peek(lex, 0) == '"') {
        lex->at++;
        return;
    }
    /* The end of the file came first: most likely the quote was forgotten on the line where the string began. From now on
     * a string must end on its line, or each one could send us to the end and back. */
    *lex = opening;
    *lex->found = before;
    lex->one_line_strings = true;
    complain(lex, place(lex), "opened here", "the string is not closed, expected \"");
    struct str line = {NULL, 0};
    struct str rest = rest_of(lex);
    str_line(&rest, &line);
    buf_clear(text);
    buf_str(text, str_sub(line, 1, line.n));
    lex->at += line.n;
}

static void read_regex(struct lexer *lex, struct buf *text, struct str *flags)
{
    struct place_in_file opening = place(lex);
    lex->at++;
    while (peek(lex, 0) >= 0 && peek(lex, 0) != '/' && line_end(lex, 0) == 0) {
        bool escaped = peek(lex, 0) == '\\' && peek(lex, 1) >= 0 && line_end(lex, 1) == 0;
        if (escaped && peek(lex, 1) != '/')
            buf_char(text, '\\');
        lex->at += escaped;
        buf_char(text, lex->source.p[lex->at++]);
    }
    if (peek(lex, 0) != '/') {
        complain(lex, opening, "opened here", "the regular expression is not closed, expected /");
        return;
    }
    size_t begin = ++lex->at;
    while (is_word_octet(peek(lex, 0))) {
        if (strchr("imsx", peek(lex, 0)) == NULL) {
            complain(lex, place(lex), "", "unknown flag of a regular expression, expected i, m, s or x");
            while (is_word_octet(peek(lex, 0)))
                lex->at++;
            return;
        }
        lex->at++;
    }
    *flags = str_sub(lex->source, begin, lex->at - begin);
}

/* Whatever is neither a token nor structure: controls, and single quotes. */
static void read_strange(struct lexer *lex)
{
    complain(lex, place(lex), "", "a control character has no place here");
    while (peek(lex, 0) >= 0 && !is_word_octet(peek(lex, 0)) && strchr("\";{},() \t\n#", peek(lex, 0)) == NULL)
        lex->at++;
    if (peek(lex, 0) == 0)
        lex->at++;
}

static void read_word(struct lexer *lex, struct buf *text)
{
    if (peek(lex, 0) == '\'')
        complain(lex, place(lex), "write \"…\"", "a string is written in double quotes");
    while (is_word_octet(peek(lex, 0)) && !(peek(lex, 0) == '\\' && line_end(lex, 1) > 0))
        buf_char(text, lex->source.p[lex->at++]);
}

/* No NUL, no escape sequence, no half character gets into what the upper layers see. */
static bool is_clean(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
            return false;
    }
    return utf8_valid(text);
}

static void read_token(struct lexer *lex, struct syntax_token *token)
{
    struct buf text = {0};
    const struct operator_name *operator = operator_at(lex);
    *token = (struct syntax_token){.at = place(lex)};
    size_t begin = lex->at;
    if (peek(lex, 0) == '"') {
        token->kind = SYNTAX_STRING;
        read_string(lex, &text);
    } else if (peek(lex, 0) == '/' && lex->regex_may_follow) {
        token->kind = SYNTAX_REGEX;
        read_regex(lex, &text, &token->flags);
    } else if (operator != NULL) {
        token->kind = SYNTAX_OPERATOR;
        buf_text(&text, operator->text);
        lex->at += text.n;
    } else {
        token->kind = SYNTAX_WORD;
        read_word(lex, &text);
    }
    struct str spelled = str_sub(lex->source, begin, lex->at - begin);
    struct str shown = {NULL, 0};
    str_line(&spelled, &shown);
    token->at.width = shown.n > 0 ? (uint32_t)utf8_length(shown) : 1;
    token->text = arena_str(lex->arena, buf_view(&text));
    token->flags = arena_str(lex->arena, token->flags);
    lex->regex_may_follow = token->kind == SYNTAX_OPERATOR && operator->regex;
    if (!is_clean(token->text))
        complain(lex, token->at, "", "not valid UTF-8, or a control character inside");
    buf_free(&text);
}

static enum lexeme next(struct lexer *lex, struct syntax_token *token)
{
    static const struct {
        char octet;
        enum lexeme lexeme;
    } marks[] = {{';', LEX_SEMICOLON}, {'{', LEX_OPEN}, {'}', LEX_CLOSE}};
    for (skip_blanks(lex); peek(lex, 0) >= 0; skip_blanks(lex)) {
        int c = peek(lex, 0);
        if (line_end(lex, 0) > 0) {
            eat_line_end(lex);
            return LEX_NEWLINE;
        }
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
            if (c == marks[i].octet) {
                token->at = place(lex);
                lex->at++;
                lex->regex_may_follow = false;
                return marks[i].lexeme;
            }
        if (c == '"' || is_word_octet(c) || operator_at(lex) != NULL) {
            if (++lex->tokens > SYNTAX_TOKENS_MAX) {
                complain(lex, place(lex), "", "more than %u words in one file", SYNTAX_TOKENS_MAX);
                lex->at = lex->source.n;
                break;
            }
            read_token(lex, token);
            return LEX_TOKEN;
        }
        read_strange(lex);
    }
    token->at = place(lex);
    return LEX_END;
}

/* ---- statements ---- */

/* Makes room for one more in an array of `count`: doubles at each power of two. */
static void *room_for_one(struct arena *arena, void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return items;
    void *more = arena_array(arena, count > 0 ? count * 2 : 1, size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

struct statements {
    struct syntax_statement *list;
    size_t count;
};

/* The statement being read: its tokens so far and its open parentheses. */
struct open_statement {
    struct syntax_statement now;
    struct place_in_file parens[SYNTAX_DEPTH_MAX];
    size_t paren_count;
};

static void add_token(struct lexer *lex, struct open_statement *open, const struct syntax_token *token)
{
    struct syntax_statement *now = &open->now;
    now->tokens = room_for_one(lex->arena, now->tokens, now->token_count, sizeof *token);
    now->tokens[now->token_count++] = *token;
    if (token->kind != SYNTAX_OPERATOR)
        return;
    if (str_eq(token->text, STR("("))) {
        if (open->paren_count == SYNTAX_DEPTH_MAX)
            complain(lex, token->at, "", "parentheses nested deeper than %u", SYNTAX_DEPTH_MAX);
        else
            open->parens[open->paren_count++] = token->at;
    } else if (str_eq(token->text, STR(")"))) {
        if (open->paren_count == 0)
            complain(lex, token->at, "", "\")\" without \"(\"");
        else
            open->paren_count--;
    }
}

/* Does the statement go on over the line end that was just read? */
static bool goes_on(const struct open_statement *open)
{
    if (open->paren_count > 0 || open->now.token_count == 0)
        return open->paren_count > 0;
    const struct syntax_token *last = &open->now.tokens[open->now.token_count - 1];
    for (size_t i = 0; last->kind == SYNTAX_OPERATOR && i < sizeof operators / sizeof *operators; i++)
        if (str_eq(last->text, str_of(operators[i].text)))
            return operators[i].goes_on;
    return false;
}

/* Puts the open statement, if it has a token, into the list. */
static void finish(struct lexer *lex, struct open_statement *open, struct statements *all)
{
    if (open->paren_count > 0)
        complain(lex, open->parens[open->paren_count - 1], "opened here", "\")\" is missing");
    if (open->now.token_count > 0) {
        all->list = room_for_one(lex->arena, all->list, all->count, sizeof open->now);
        all->list[all->count++] = open->now;
    }
    open->now = (struct syntax_statement){0};
    open->paren_count = 0;
}

/* Reads over a block that is nested too deep. */
static void skip_block(struct lexer *lex)
{
    struct syntax_token token = {0};
    size_t depth = 1;
    while (depth > 0) {
        enum lexeme lexeme = next(lex, &token);
        if (lexeme == LEX_END)
            return;
        depth += lexeme == LEX_OPEN;
        depth -= lexeme == LEX_CLOSE;
    }
}

static void read_statements(struct lexer *lex, size_t depth, const struct place_in_file *opening, struct statements *all);

/* "{" was read: the open statement gets a block. A block on a line of its own was most likely meant for the statement
 * before it. */
static void read_block(struct lexer *lex, size_t depth, struct place_in_file opening, struct open_statement *open,
                       struct statements *all)
{
    struct syntax_statement *owner = NULL;
    bool alone = open->now.token_count == 0;
    finish(lex, open, all);
    if (alone)
        complain(lex, opening, "", "\"{\" must stand on the line of the statement it belongs to");
    if (all->count > 0 && !all->list[all->count - 1].has_block)
        owner = &all->list[all->count - 1];
    if (depth == SYNTAX_DEPTH_MAX) {
        complain(lex, opening, "", "blocks nested deeper than %u", SYNTAX_DEPTH_MAX);
        skip_block(lex);
        return;
    }
    struct statements block = {NULL, 0};
    read_statements(lex, depth + 1, &opening, &block);
    if (owner != NULL) {
        owner->has_block = true;
        owner->block = block.list;
        owner->block_count = block.count;
    }
}

/* Until the "}" that answers *opening, or the end of the file when opening is NULL. */
static void read_statements(struct lexer *lex, size_t depth, const struct place_in_file *opening, struct statements *all)
{
    struct open_statement open = {0};
    struct syntax_token token = {0};
    for (;;) {
        switch (next(lex, &token)) {
        case LEX_TOKEN:
            add_token(lex, &open, &token);
            break;
        case LEX_NEWLINE:
            if (!goes_on(&open))
                finish(lex, &open, all);
            break;
        case LEX_SEMICOLON:
            finish(lex, &open, all);
            break;
        case LEX_OPEN:
            read_block(lex, depth, token.at, &open, all);
            break;
        case LEX_CLOSE:
            finish(lex, &open, all);
            if (opening != NULL)
                return;
            complain(lex, token.at, "", "\"}\" without \"{\"");
            break;
        case LEX_END:
            finish(lex, &open, all);
            /* The innermost is the one to mend; of those around it nothing can be said. */
            if (opening != NULL && !lex->end_is_noted)
                complain(lex, *opening, "opened here", "the block is not closed, expected \"}\"");
            lex->end_is_noted = true;
            return;
        }
    }
}

void syntax_parse(struct arena *arena, const char *name, struct str source, struct syntax_file *file, struct diagnoses *d)
{
    *file = (struct syntax_file){.name = arena_text(arena, str_of(name)), .source = source};
    struct place_in_file start = {file->name, 1, 1, 1};
    struct lexer lex = {.arena = arena, .file = file, .found = d, .source = source, .here = start};
    if (source.n > SYNTAX_FILE_MAX) {
        diagnoses_add(d, false, NULL, (struct place_in_file){file->name, 0, 0, 1}, "", "larger than %u octets", SYNTAX_FILE_MAX);
        return;
    }
    if (str_starts(source, STR("\xef\xbb\xbf"))) /* the mark some editors put in front */
        lex.at = lex.counted = 3;
    struct statements all = {NULL, 0};
    read_statements(&lex, 0, NULL, &all);
    file->statements = all.list;
    file->count = all.count;
}
