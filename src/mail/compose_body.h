/* compose_body: what stands below the fields of a composed mail, and the Content fields that describe it. */
#ifndef MAIL_COMPOSE_BODY_H
#define MAIL_COMPOSE_BODY_H

#include "mail/compose.h"

/* May it stand between angle brackets in a field? ASCII without blanks and brackets. */
bool compose_id_is_safe(struct str id);
/* Adds Content-Type, Content-Transfer-Encoding, the blank line and the body. */
void compose_body(struct buf *out, const struct compose *c);

#endif
