/* thread: which mails belong together by their own headers, as mail clients see it: RFC 5256's REFERENCES over a set of mails. It proves nothing of anybody, so the
 * desk does not place by it (desk/place.h does); it is for looking at mails. */
#ifndef MAIL_THREAD_H
#define MAIL_THREAD_H

#include "mail/message.h"

#define THREAD_MAILS_MAX 10000u

/* groups[i] gets the index of the first mail of the thread that mails[i] belongs to; count at most THREAD_MAILS_MAX. Equal subjects join only what is an answer or a forward to what it
 * could answer (RFC 5256 would also join two mails that merely have the same subject). */
void thread_groups(struct arena *arena, const struct message *mails, size_t count, size_t *groups);

#endif
