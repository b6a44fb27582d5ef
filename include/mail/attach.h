/* attach: the attachments of a mail: names, types, sizes, digests. */
#ifndef MAIL_ATTACH_H
#define MAIL_ATTACH_H

#include "mail/body.h"

/* Fills m->attachments from the leaves that are not text. A message/rfc822 is one attachment, its inside is not listed. What could not be
 * taken apart is one too, as it came, even where it had to serve as text. */
void attach_list(struct arena *arena, const struct mime *mime, const struct body *body, struct message *m);

#endif
