/* syntax: the one grammar of triaged.conf and of *.rules, as a tree of statements with their places.
 *
 *     file      = { statement }
 *     statement = token { token } ( newline | ";" | "{" { statement } "}" )
 *     token     = word | "string" | /regex/flags | operator
 *     operator  = "," | "=" | "!=" | "~" | "!~" | "<" | ">" | "<=" | ">=" | "=>" | "(" | ")"
 *
 * `#` begins a comment at the start of a token. A word is any run without blanks, `"` and `;{},()` that does not begin with
 * an operator (so `user+x@host`, `/etc/path`, `30/15min`, `a=b` and `25h` are words). A regex token is recognised only after
 * "~" or "!~"; "\/" inside stands for "/". Strings know \" \\ \n \t; a string may span lines. A statement goes on over a line
 * end inside parentheses, after "," "=>" or another operator, and after a backslash at the end of the line. Controls and
 * invalid UTF-8 are errors; lines end in LF or CRLF. */
#ifndef BASE_SYNTAX_H
#define BASE_SYNTAX_H

#include "base/arena.h"
#include "base/buf.h"

#define SYNTAX_DEPTH_MAX 16u
#define SYNTAX_TOKENS_MAX 400000u
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
    struct str source_line; /* without line end; empty when there is none to show, or it is too long */
    struct str message;     /* what is wrong, what was expected; lower case, no full stop */
    struct str hint;        /* under the caret: did you mean "password"?; may be empty */
};

#define DIAGNOSES_MAX 200u

struct diagnoses {
    struct arena *arena; /* owns the texts; the caller's */
    struct diagnosis *list;
    size_t count;   /* in list: at most DIAGNOSES_MAX */
    size_t dropped; /* beyond that */
    size_t errors;  /* of all */
};

/* Appends one (beyond DIAGNOSES_MAX only counted). source may be NULL. hint may be "". */
void diagnoses_add(struct diagnoses *d, bool warning, const struct syntax_file *source, struct place_in_file at, const char *hint,
                   const char *format, ...) __attribute__((format(printf, 6, 7)));
#define DIAGNOSES_SHOWN 20u

/* Writes the first DIAGNOSES_SHOWN in the manner of a compiler (file:line:column: error: message, the line, a caret span
 * with the hint), then "N more". A place without a line gives "file: error: message". What comes from files is made
 * harmless; totals are the caller's to say. */
void diagnoses_print(const struct diagnoses *d, struct buf *out);

/* Parses `source` (kept by reference in file->source; everything else is copied into the arena). Errors go to d and the
 * statements that could be read are still returned. */
void syntax_parse(struct arena *arena, const char *name, struct str source, struct syntax_file *file, struct diagnoses *d);

#endif
