/* flowed: format=flowed paragraphs (RFC 3676) put together again. */
#ifndef MAIL_FLOWED_H
#define MAIL_FLOWED_H

#include "base/buf.h"

/* Adds text (LF line ends) with soft line breaks removed; quote depth stays as "> " marks. delsp: the blank before a soft break goes too. */
void flowed_join(struct buf *out, struct str text, bool delsp);

#endif
