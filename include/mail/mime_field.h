/* mime_field: the fields that describe a part, read into it. For mime_read. */
#ifndef MAIL_MIME_FIELD_H
#define MAIL_MIME_FIELD_H

#include "mail/mime.h"

/* Reads a raw Content-Type into p (a type that is none leaves p->type alone, and marks mime->defects); *boundary: its boundary, "" when none. */
void mime_field_type(struct arena *arena, struct mime *mime, struct mime_part *p, struct str value, struct str *boundary);
/* Reads a raw Content-Disposition; its name wins over the one of Content-Type. */
void mime_field_disposition(struct arena *arena, struct mime *mime, struct mime_part *p, struct str value);
/* A Content-ID without its brackets. */
struct str mime_field_id(struct arena *arena, struct str raw);

#endif
