/* buf: octets that grow. Room doubles, one octet more is always kept for the NUL. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 64u

char *buf_room(struct buf *b, size_t n)
{
    if (n >= SIZE_MAX / 2 - b->n)
        abort();
    size_t need = b->n + n + 1;
    if (need > b->cap) {
        size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
        while (cap < need)
            cap *= 2;
        b->p = realloc(b->p, cap);
        if (b->p == NULL)
            abort();
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_add(struct buf *b, const void *octets, size_t n)
{
    char *to = buf_room(b, n);
    if (n > 0)
        memcpy(to, octets, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}

void buf_text(struct buf *b, const char *text)
{
    buf_str(b, str_of(text));
}

void buf_char(struct buf *b, char c)
{
    char *to = buf_room(b, 1);
    to[0] = c;
    to[1] = '\0';
    b->n++;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(b, format, args);
    va_end(args);
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = 128;
    int n = vsnprintf(buf_room(b, room), room + 1, format, args);
    if (n < 0)
        abort();
    if ((size_t)n > room)
        vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, format, again);
    va_end(again);
    b->n += (size_t)n;
}

void buf_eat(struct buf *b, size_t n)
{
    if (n > b->n)
        abort();
    if (n == 0)
        return;
    b->n -= n;
    memmove(b->p, b->p + n, b->n);
    b->p[b->n] = '\0';
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    if (b->p != NULL)
        b->p[0] = '\0';
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

struct str buf_view(const struct buf *b)
{
    return (struct str){b->p, b->n};
}
