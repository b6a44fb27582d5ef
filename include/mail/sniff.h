/* sniff: what a file is by its first octets. */
#ifndef MAIL_SNIFF_H
#define MAIL_SNIFF_H

#include "base/str.h"

/* A media type ("application/pdf"), "" when unknown. Looks at the first 4 KB only; an archive is not opened. */
struct str sniff_type(struct str octets);

#endif
