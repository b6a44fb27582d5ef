/* public_mail: domains of mail providers for everybody: two addresses there have nothing to do with each other. */
#ifndef DESK_PUBLIC_MAIL_H
#define DESK_PUBLIC_MAIL_H

#include "base/str.h"

#include <stdbool.h>

/* Is the (lower-case) domain one of the great public providers'? The table cannot be complete; what is missing in it only matters where a stranger knows a number. */
bool public_mail_domain(struct str domain);

#endif
