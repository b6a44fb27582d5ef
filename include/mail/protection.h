/* protection: is a mail signed or encrypted, by which means, and what can be said of it without asking anybody. */
#ifndef MAIL_PROTECTION_H
#define MAIL_PROTECTION_H

#include "mail/mime.h"

#define PROTECTION_LAYERS_MAX 3u /* signed within encrypted within signed */

/* Names the protection of the mail into m->signature, m->encrypted and m->encrypted_why; verifies S/MIME and OpenPGP by what the context has (NULL: nothing).
 * An opaque signature or an encryption that can be opened is taken off: *mime becomes the outline of what was inside (m's fields stay those of
 * the outside). m->from must be read. */
void protection_open(struct arena *arena, const struct message_context *context, struct mime *mime, struct message *m);
/* The same taking off, for decoding a part again: only what needs no key and no verdict. */
void protection_strip(struct arena *arena, struct mime *mime);
/* OpenPGP written into the text itself: a signature over the whole of it is verified. m->text must be read. */
void protection_inline(struct arena *arena, const struct message_context *context, const struct mime *mime, struct message *m);

#endif
