/* err: what went wrong, and who can do something about it. The text is built from the inside out:
 * err_wrap(err, "support") makes "support: select INBOX: no such mailbox". */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_kind {
    ERR_NONE,
    ERR_RETRY,  /* the world is unwell: the same call may succeed later */
    ERR_ITEM,   /* this message: set it aside, go on with the next */
    ERR_SOURCE, /* this account or relay: park it, serve the others */
    ERR_SETUP   /* the operator must change something first */
};

#define ERR_TEXT_MAX 1024

/* Starts as {0}. Text is UTF-8 of one line; a longer one is cut. */
struct err {
    enum err_kind kind;
    char text[ERR_TEXT_MAX];
};

/* Sets kind and text; returns false, so that a refusal is one line: return err_set(err, …). err may be NULL. */
bool err_set(struct err *err, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Puts "format: " before the text; returns false. */
bool err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "retry", "item", "source", "setup". */
const char *err_kind_name(enum err_kind kind);

#endif
