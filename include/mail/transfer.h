/* transfer: content transfer encodings (RFC 2045 section 6, and uuencode), decoded by GMime; and yEnc. */
#ifndef MAIL_TRANSFER_H
#define MAIL_TRANSFER_H

#include "base/buf.h"

enum transfer {
    TRANSFER_PLAIN, /* 7bit, 8bit, binary, unknown */
    TRANSFER_BASE64,
    TRANSFER_QUOTED_PRINTABLE,
    TRANSFER_UUENCODE,
    TRANSFER_YENC /* with its first and last line */
};

/* Of a raw Content-Transfer-Encoding value: quotes, comments and case do not matter. */
enum transfer transfer_of(struct str value);
/* The decoded octets of body: `body` itself when it is plain, else decoded into `room` (emptied first) and a view of that. */
struct str transfer_decode(struct buf *room, struct str body, enum transfer how);

#endif
