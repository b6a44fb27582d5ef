/* provider: domains whose mailboxes belong to people who have nothing to do with each other. To share such a domain is no sign of being of one organisation. */
#ifndef MAIL_PROVIDER_H
#define MAIL_PROVIDER_H

#include "base/str.h"

/* Does everybody get mailboxes at that domain? Case is ignored. The well known ones; for the others an organisation's own domains can be named to the desk. */
bool provider_is_public(struct str domain);

#endif
