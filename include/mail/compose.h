/* compose: from what we want to say to the final octets of a mail (RFC 5322, 2045 to 2047, 2231, 3834, 6532). Pure: time and Message-ID
 * are given, so are the boundaries made of it: the same letter gives the same octets. A value with CR, LF or a control in it cannot make a
 * second field: it is refused or cleaned. */
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
    struct address_list cc;
    struct address reply_to;    /* addr "" : none */
    struct str subject;         /* UTF-8; controls become blanks; cut at 200 characters */
    struct str message_id;      /* without angle brackets */
    struct str in_reply_to;     /* without angle brackets; "" : none */
    struct str_list references; /* oldest first, without angle brackets */
    struct str thread_index;    /* base64 (mail/thread_index.h); "" : none; anything else is left out */
    struct str thread_topic;    /* UTF-8, as the subject; "" : none */
    int64_t date;               /* UTC ms */
    struct str language;        /* Content-Language; "" : none */
    struct str text;            /* UTF-8, LF line ends */
    struct str html;            /* UTF-8, says the same as the text; "" : none. It leaves as it is: the caller has made it harmless */
    const struct carried_file *files;
    size_t file_count;
    const struct compose_field *extra; /* Auto-Submitted and the like */
    size_t extra_count;
};

/* Adds the octets: CRLF line ends, no line over 998 octets (76 where encoded), text as 7bit where it is plain ASCII with short lines, else
 * quoted-printable UTF-8; names and subject as RFC 2047 encoded-words where not ASCII. ERR_ITEM when an address is not usable (address_usable)
 * or a Message-ID is not line safe.
 *
 * Text and HTML are multipart/alternative; files that are inline and have a Content-ID stand beside the HTML in multipart/related, all others
 * are attachments in multipart/mixed. A file name is given in plain ASCII for everybody and, where it says more, by RFC 2231 for those who can
 * read that. A type that is no type, or one that base64 may not be used for (multipart, message; RFC 2046 section 5.2), becomes
 * application/octet-stream, except that a message/rfc822 of 7-bit lines stays what it is, its line ends CRLF. */
bool compose_mail(const struct compose *c, struct buf *out, struct err *err);

#endif
