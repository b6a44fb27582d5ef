/* guard: looks at every octet a server sends before a parser sees it. It knows just enough of the IMAP grammar (RFC 3501 section 9)
 * to count: lines, parentheses, literals. What is longer, deeper or bigger than asked for ends the connection. */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include "base/err.h"
#include "base/str.h"

#define GUARD_DEPTH_MAX 32u
#define GUARD_HEAD 200u

enum guard_speech { GUARD_SMTP, GUARD_IMAP };

struct guard {
    enum guard_speech speech;
    bool strict;        /* IMAP: only the untagged replies that a FETCH may bring */
    bool leaving;       /* IMAP: LOGOUT was said, BYE is no surprise */
    uint64_t text;      /* octets outside literals that may still come */
    uint64_t literals;  /* octets inside literals that may still come */
    uint64_t literal_max; /* octets that one literal may have */
    uint64_t in_literal; /* of the literal now running */
    uint64_t announced; /* number of "{123}" as far as it was read */
    unsigned brace;     /* 0: none, 1: inside, 2: closed */
    unsigned depth;
    bool quoted;
    bool escaped;
    size_t head_n;
    char head[GUARD_HEAD]; /* how the line begins */
};

/* Looks at n octets just received. False: err says what is wrong, and the octets must not be used. */
bool guard_pass(struct guard *g, const char *octets, size_t n, struct err *err);
/* Nothing of a line has been seen yet. */
bool guard_at_line_start(const struct guard *g);

#endif
