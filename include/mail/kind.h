/* kind: what kind of message this is, and whether an automatic answer may go out, each with the sign that says so. */
#ifndef MAIL_KIND_H
#define MAIL_KIND_H

#include "mail/mime.h"

/* Fills kind, kind_evidence, report, answerable and unanswerable_why of m, whose headers, addresses and text are read. */
void kind_decide(struct arena *arena, const struct mime *mime, const struct message_context *context, struct message *m);

#endif
