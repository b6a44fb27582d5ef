/* transfer: GMime's incremental decoders fed in pieces straight into the output, so that a body exists encoded and decoded, not thrice. */
#include "mail/transfer.h"

#include <gmime/gmime.h>

#define PIECE 65536u

static const struct {
    const char *name;
    enum transfer how;
} names[] = { { "base64", TRANSFER_BASE64 }, { "quoted-printable", TRANSFER_QUOTED_PRINTABLE }, { "quotedprintable", TRANSFER_QUOTED_PRINTABLE },
    { "x-uuencode", TRANSFER_UUENCODE }, { "uuencode", TRANSFER_UUENCODE }, { "x-uue", TRANSFER_UUENCODE }, { "uue", TRANSFER_UUENCODE } };

enum transfer transfer_of(struct str value)
{
    while (value.n > 0 && (value.p[0] == '"' || value.p[0] == ' ' || value.p[0] == '\'' || value.p[0] == '='))
        value = str_sub(value, 1, value.n);
    size_t n = 0;
    while (n < value.n && (value.p[n] == '-' || ((value.p[n] | 0x20) >= 'a' && (value.p[n] | 0x20) <= 'z')
                              || (value.p[n] >= '0' && value.p[n] <= '9')))
        n++;
    value = str_sub(value, 0, n);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_ieq(value, str_of(names[i].name)))
            return names[i].how;
    return TRANSFER_PLAIN;
}

/* yEnc 1.3: every octet plus 42; "=" announces one that is plus 64 more. Lines of its own begin with "=y". */
static struct str decode_yenc(struct buf *room, struct str body)
{
    struct str line;
    buf_clear(room);
    while (str_line(&body, &line)) {
        if (str_starts(line, STR("=y")))
            continue;
        for (size_t i = 0; i < line.n; i++) {
            bool escaped = line.p[i] == '=' && i + 1 < line.n;
            unsigned c = (unsigned char)line.p[escaped ? ++i : i];
            buf_char(room, (char)(unsigned char)(c - 42u - (escaped ? 64u : 0u)));
        }
    }
    return buf_view(room);
}

/* Behind the line "begin 644 name", which GMime would take for data. */
static struct str behind_begin(struct str body)
{
    struct str rest = body, line;
    while (str_line(&rest, &line))
        if (str_starts(line, STR("begin ")))
            return rest;
    return body;
}

struct str transfer_decode(struct buf *room, struct str body, enum transfer how)
{
    static const GMimeContentEncoding kinds[] = { GMIME_CONTENT_ENCODING_BINARY, GMIME_CONTENT_ENCODING_BASE64,
        GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, GMIME_CONTENT_ENCODING_UUENCODE };
    if (how == TRANSFER_PLAIN)
        return body;
    if (how == TRANSFER_YENC)
        return decode_yenc(room, body);
    if (how == TRANSFER_UUENCODE)
        body = behind_begin(body);
    GMimeEncoding state;
    g_mime_encoding_init_decode(&state, kinds[how]);
    buf_clear(room);
    /* One piece of room more than the input can need: decoding never makes anything longer. */
    buf_room(room, body.n + 64);
    for (size_t at = 0; at < body.n; at += PIECE) {
        struct str piece = str_sub(body, at, PIECE);
        char *to = buf_room(room, g_mime_encoding_outlen(&state, piece.n) + 4);
        room->n += g_mime_encoding_step(&state, piece.p, piece.n, to);
    }
    char *to = buf_room(room, g_mime_encoding_outlen(&state, 0) + 64);
    room->n += g_mime_encoding_flush(&state, "", 0, to);
    return buf_view(room);
}
