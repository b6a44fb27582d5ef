/* compose: from what we want to say to the final octets of a mail (RFC 5322, 2045 to 2047, 3834, 6532). Pure: time and Message-ID
 * are given. A value with CR, LF or a control in it cannot make a second field: it is refused or cleaned. */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/message.h"

#define COMPOSE_REFERENCES_MAX 20u /* the first and the newest are kept */

struct compose_field {
    struct str name;
    struct str value; /* ASCII, line safe */
};

struct compose {
    struct address from;
    struct address_list to;
    struct address reply_to;    /* addr "" : none */
    struct str subject;         /* UTF-8; controls become blanks; cut at 200 characters */
    struct str message_id;      /* without angle brackets */
    struct str in_reply_to;     /* without angle brackets; "" : none */
    struct str_list references; /* oldest first, without angle brackets */
    int64_t date;               /* UTC ms */
    struct str language;        /* Content-Language; "" : none */
    struct str text;            /* UTF-8, LF line ends */
    const struct compose_field *extra; /* Auto-Submitted and the like */
    size_t extra_count;
};

/* Adds the octets: CRLF line ends, no line over 998 octets (76 where encoded), text as 7bit where it is plain ASCII with short lines, else
 * quoted-printable UTF-8; names and subject as RFC 2047 encoded-words where not ASCII. ERR_ITEM when an address is not usable (address_usable)
 * or a Message-ID is not line safe. */
bool compose_mail(const struct compose *c, struct buf *out, struct err *err);

#endif
