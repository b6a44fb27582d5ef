/* date: the Date field (RFC 5322 section 3.3, obsolete and common wrong forms too) and back. */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include "base/buf.h"

/* UTC milliseconds; 0 when it is missing or cannot be a date. */
int64_t date_read(struct str value);
/* Adds "Thu, 05 Nov 2026 09:15:00 +0000" for UTC milliseconds. */
void date_write(struct buf *out, int64_t ms);

#endif
