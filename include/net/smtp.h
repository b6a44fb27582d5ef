/* smtp: one session with a mail submission server or relay (RFC 5321, RFC 6409). Shared by the files of the driver.
 *
 * The dialogue is written by hand on the stream: libetpan's has no PIPELINING, no 8BITMIME or SMTPUTF8, cuts a command at 512 octets and
 * takes a line end in an address for the end of the command. Its mailstream carries the octets. */
#ifndef NET_SMTP_H
#define NET_SMTP_H

#include "net/relay.h"
#include "net/stream.h"

enum smtp_offer {
    SMTP_STARTTLS,      /* RFC 3207 */
    SMTP_PIPELINING,    /* RFC 2920 */
    SMTP_SIZE,          /* RFC 1870 */
    SMTP_8BITMIME,      /* RFC 6152 */
    SMTP_SMTPUTF8,      /* RFC 6531 */
    SMTP_DSN,           /* RFC 3461 */
    SMTP_ENHANCED,      /* RFC 2034 */
    SMTP_OFFERS
};

#define SMTP_TEXT_MAX 1000u

struct smtp {
    const struct relay_settings *settings;
    int cancel_fd;
    struct stream *stream;
    uint32_t offers;     /* bits of enum smtp_offer */
    uint32_t mechanisms; /* bits of sasl_bit */
    uint64_t size_max;   /* octets the server takes; 0: it does not say */
    bool unfinished;     /* a transaction was left; RSET comes first */
    bool leaving;        /* the server said 421 */
    int64_t used;        /* monotonic ms of the last exchange */
};

struct smtp_reply {
    unsigned code;                /* 200 to 599 */
    char enhanced[12];            /* RFC 3463, "" when none */
    char text[SMTP_TEXT_MAX + 1]; /* all lines, made safe */
};

bool smtp_has(const struct smtp *s, enum smtp_offer offer);
/* Sees each line of a reply behind its code. */
typedef void smtp_each(void *to, struct str text);
/* Begins a command's budget of time and octets. */
void smtp_budget(struct smtp *s, int64_t timeout);
/* Writes one line; refuses controls in it (our own mistake: ERR_SETUP). Not flushed. */
bool smtp_say(struct smtp *s, struct err *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Reads one whole reply, RFC 5321 section 4.2. False: the session is dead. */
bool smtp_hear(struct smtp *s, struct smtp_reply *reply, smtp_each *each, void *to, struct err *err);
/* say, flush, hear. */
bool smtp_ask(struct smtp *s, struct smtp_reply *reply, struct err *err, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* mailbox_driver.send (src/net/smtp_send.c). */
bool smtp_send(struct relay *relay, struct relay_letter *letter, struct arena *arena, struct err *err);

extern const struct relay_driver smtp_driver;

#endif
