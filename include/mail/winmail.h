/* winmail: where a mail carries TNEF, what is in it takes its place: files among the attachments, text and importance of the mail. */
#ifndef MAIL_WINMAIL_H
#define MAIL_WINMAIL_H

#include "mail/mime.h"

#define WINMAIL_PARTS_MAX 5u /* parts of one mail that are opened */

/* struct attachment.part of file n inside part p: p in the low half, n + 1 in the high half. */
#define WINMAIL_PART(p, n) ((uint32_t)(p) | ((uint32_t)(n) + 1) << 16)
#define WINMAIL_OUTER(part) ((part) & 0xffffu)
#define WINMAIL_INNER(part) ((part) >> 16) /* 0: the part itself */

/* After attach_list and body_read: each attachment that is TNEF is replaced by its files (what could not be read whole stays in front of
 * them, and MESSAGE_BROKEN_MIME is set); a mail without text gets the text of the first that has one. */
void winmail_open(struct arena *arena, const struct mime *mime, struct message *m);
/* Adds file `inner` (1 for the first) of the decoded TNEF octets to out. False: no such file. */
bool winmail_file(struct str octets, uint32_t inner, struct buf *out);

#endif
