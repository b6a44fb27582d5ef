/* attach: the attachments of a mail: names, types, sizes, digests. */
#ifndef MAIL_ATTACH_H
#define MAIL_ATTACH_H

#include "mail/body.h"

#define ATTACH_SIGNATURE_SIZE_MAX (256u * 1024)
#define ATTACH_SIGNATURE_SEEN 2u

/* Is it the image of a signature rather than something that was sent? By repetition: a small image, shown within the text, that came in `seen` mails of
 * one sender's domain, this one counted. */
bool attach_is_signature(const struct attachment *a, unsigned seen);
/* Fills m->attachments from the leaves that are not text. A message/rfc822 is one attachment, its inside is not listed. What could not be
 * taken apart is one too, as it came, even where it had to serve as text. */
void attach_list(struct arena *arena, const struct mime *mime, const struct body *body, struct message *m);

#endif
