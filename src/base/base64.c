/* base64: the coding itself is OpenSSL's; here are the limits and the strictness it lacks. */
#include "base/base64.h"

#include <openssl/evp.h>

/* EVP counts in int: whole groups of three octets are coded a piece at a time. */
#define PIECE (3u << 20)

void base64_encode(struct buf *out, struct str s)
{
    while (s.n > 0) {
        struct str piece = str_sub(s, 0, PIECE);
        char *to = buf_room(out, (piece.n + 2) / 3 * 4 + 1);
        out->n += (size_t)EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)piece.p, (int)piece.n);
        s = str_sub(s, piece.n, s.n);
    }
    buf_add(out, "", 0);
}

static bool is_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* Octets that padding takes away; -1: not base64. */
static int padding(struct str text)
{
    if (text.n % 4 != 0)
        return -1;
    int pad = 0;
    while (pad < 2 && text.n > 0 && text.p[text.n - 1] == '=') {
        pad++;
        text.n--;
    }
    for (size_t i = 0; i < text.n; i++)
        if (!is_digit(text.p[i]))
            return -1;
    return pad;
}

bool base64_decode(struct arena *arena, struct str text, struct str *octets)
{
    int pad = padding(text);
    if (pad < 0)
        return false;
    unsigned char *to = arena_alloc(arena, text.n / 4 * 3 + 1);
    size_t n = 0;
    while (text.n > 0) {
        struct str piece = str_sub(text, 0, (size_t)PIECE / 3 * 4);
        int got = EVP_DecodeBlock(to + n, (const unsigned char *)piece.p, (int)piece.n);
        if (got < 0)
            return false;
        n += (size_t)got;
        text = str_sub(text, piece.n, text.n);
    }
    *octets = (struct str){(const char *)to, n - (size_t)pad};
    return true;
}
