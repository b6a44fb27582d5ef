/* buf: a growing run of octets. Starts as {0}; every function aborts when memory is exhausted. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

/* Always NUL-terminated once anything was added (the NUL is not counted in n). */
struct buf {
    char *p;
    size_t n;
    size_t cap;
};

void buf_add(struct buf *b, const void *octets, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_text(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* Makes room for n more octets and returns where they go; the caller adds what it wrote to b->n. */
char *buf_room(struct buf *b, size_t n);
/* Takes n octets off the front (n <= b->n). */
void buf_eat(struct buf *b, size_t n);
/* Empties, keeps the memory. */
void buf_clear(struct buf *b);
/* Gives the memory back; the buf is {0} again. */
void buf_free(struct buf *b);
struct str buf_view(const struct buf *b);

#endif
