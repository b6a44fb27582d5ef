/* syntax: the one grammar of triaged.conf and of *.rules, as a tree of statements with their places.
 *
 *     file      = { statement }
 *     statement = token { token } ( newline | ";" | "{" { statement } "}" )
 *     token     = word | "string" | /regex/flags | operator
 *     operator  = "," | "=" | "!=" | "~" | "!~" | "<" | ">" | "<=" | ">=" | "=>" | "(" | ")"
 *
 * `#` begins a comment at the start of a token. A word is any run without blanks, quotes, `;{},()` (so `user+x@host`, `/etc/path`, `30/15min`
 * and `25h` are words). A regex token is recognised only after "~" or "!~"; "\/" inside stands for "/". Strings know \" \\ \n
 * \t; a string may span lines. A statement goes on over a line end inside parentheses, after "," "=>" or an operator, and after a
 * backslash at the end of the line. */
#ifndef BASE_SYNTAX_H
#define BASE_SYNTAX_H

#include "base/arena.h"
#include "base/buf.h"

#define SYNTAX_DEPTH_MAX 16u
#define SYNTAX_FILE_MAX (4u * 1024 * 1024)

/* Where something stands. Lines and columns count from 1, columns in characters. */
struct place_in_file {
    const char *file;
    uint32_t line;
    uint32_t column;
    uint32_t width; /* characters, at least 1 */
};

enum syntax_kind { SYNTAX_WORD, SYNTAX_STRING, SYNTAX_REGEX, SYNTAX_OPERATOR };

struct syntax_token {
    enum syntax_kind kind;
    struct str text;  /* unquoted; of a regex, the pattern */
    struct str flags; /* of a regex: "imsx" */
    struct place_in_file at;
};

struct syntax_statement {
    struct syntax_token *tokens; /* at least one */
    size_t token_count;
    struct syntax_statement *block; /* statements inside { } */
    size_t block_count;
    bool has_block;
};

struct syntax_file {
    const char *name;
    struct str source; /* for showing lines */
    struct syntax_statement *statements;
    size_t count;
};

/* What is wrong (or worth a warning), collected: all errors are reported at once. */
struct diagnosis {
    bool warning;
    struct place_in_file at;
    struct str source_line; /* without line end; empty when there is none to show */
    struct str message;     /* what is wrong, what was expected; lower case, no full stop */
    struct str hint;        /* under the caret: did you mean "password"?; may be empty */
};

#define DIAGNOSES_MAX 200u

struct diagnoses {
    struct arena *arena; /* owns the texts; the caller's */
    struct diagnosis *list;
    size_t count;
    size_t errors;
};

/* Appends one (beyond DIAGNOSES_MAX only counted). source may be NULL. hint may be "". */
void diagnoses_add(struct diagnoses *d, bool warning, const struct syntax_file *source, struct place_in_file at, const char *hint,
                   const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Writes them all in the manner of a compiler: file:line:column: error: message, the line, a caret span with the hint. */
void diagnoses_print(const struct diagnoses *d, struct buf *out);

/* Parses `source` (kept by reference in file->source; everything else is copied into the arena). Errors go to d and the
 * statements that could be read are still returned. */
void syntax_parse(struct arena *arena, const char *name, struct str source, struct syntax_file *file, struct diagnoses *d);

#endif
