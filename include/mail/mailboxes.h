/* mailboxes: the addresses of a field such as From or To (RFC 5322 section 3.4), read by GMime from a normalised value. */
#ifndef MAIL_MAILBOXES_H
#define MAIL_MAILBOXES_H

#include "mail/message.h"

/* Reads a raw value; groups are flattened. At most MESSAGE_ADDRESSES_MAX, then *many is set. A value without any address that can
 * be told gives one entry with what there is as its name, and *salvaged is set. */
void mailboxes_read(struct arena *arena, struct str raw, struct str hint, struct address_list *out, bool *many, bool *salvaged);
/* The words in angle brackets of References, In-Reply-To, Message-ID; without brackets, blanks inside removed. A value without brackets
 * gives its words that have an "@". At most `max` (>= 3), the first and the newest ones kept. */
void mailboxes_ids(struct arena *arena, struct str raw, size_t max, struct str_list *out, bool *many);

#endif
