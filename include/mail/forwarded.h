/* forwarded: the mail of somebody else that a mail passes on, as an attachment or inline under the header block that mail programs write. Only mails of people are
 * looked at, and a block counts only where the mail says that it passes one on: by the prefix of its subject, or by a line such as "Begin forwarded
 * message:" in a mail that is no reply. The history of a reply is none. */
#ifndef MAIL_FORWARDED_H
#define MAIL_FORWARDED_H

#include "mail/mime.h"

#define FORWARDED_OWN_MAX 200u  /* octets: a mail of less text that holds a mail passes it on, whatever its subject */
#define FORWARDED_BLOCK_LINES 15u

/* The octets of the first mail attached, when it is passed on. */
bool forwarded_mail(struct arena *arena, const struct mime *mime, const struct message *m, struct str *raw);
/* Fills m->forwarded from that mail, understood, when it has one usable author. */
void forwarded_take(const struct message *inner, struct message *m);
/* Fills m->forwarded from a header block in m->text that names one usable address in its From. */
void forwarded_inline(struct arena *arena, struct message *m);

#endif
