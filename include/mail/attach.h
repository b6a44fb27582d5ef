/* attach: the attachments of a mail: harmless names, types, sizes, digests. */
#ifndef MAIL_ATTACH_H
#define MAIL_ATTACH_H

#include "mail/body.h"

#define ATTACH_NAME_MAX 255u
#define ATTACH_NAME_READ 8192u /* octets of a name that are looked at */

/* A file name as nobody can be harmed by it: the part behind the last "/" or "\", no controls, bidi or zero-width characters, not "."
 * or "..", at most ATTACH_NAME_MAX octets with its extension kept; "" when nothing is left. */
struct str attach_name(struct arena *arena, struct str name);
/* Fills m->attachments from the leaves that are not text. A message/rfc822 is one attachment, its inside is not listed. */
void attach_list(struct arena *arena, const struct mime *mime, const struct body *body, struct message *m);

#endif
