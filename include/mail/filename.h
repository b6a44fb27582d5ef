/* filename: the name of a file in a mail, never a path of ours. */
#ifndef MAIL_FILENAME_H
#define MAIL_FILENAME_H

#include "mail/mime.h"

#define FILENAME_MAX_OCTETS 255u
#define FILENAME_READ 8192u /* octets of a name that are looked at */

/* A file name as nobody can be harmed by it: of a path the part behind the last "/" or "\", elsewhere these as "_"; no controls, bidi or
 * zero-width characters, not "." or "..", at most FILENAME_MAX_OCTETS with its extension kept; "" when nothing is left. */
struct str filename_clean(struct arena *arena, struct str name);
/* The name of a part, harmless: by Content-Disposition, Content-Type, else Content-Location or Content-Description where these hold one; "" when the mail
 * gives none. */
struct str filename_of(struct arena *arena, const struct mime_part *part);
/* What people see and get offered: the name, or one made of the number and the type ("attachment-2.pdf"). */
struct str filename_shown(struct arena *arena, const struct attachment *a, int64_t number);

#endif
