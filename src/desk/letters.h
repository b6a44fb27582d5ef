/* letters: what the modules that write letters share. Private to desk. */
#ifndef DESK_LETTERS_H
#define DESK_LETTERS_H

#include "desk/line.h"
#include "mail/compose.h"

/* A Message-ID of theirs that may stand in a field of ours: no more than RFC 5322's dot-atoms and the "@", so that it carries nothing. */
bool letters_id_usable(struct str id);
/* support+TOKEN@contoso.example; empty when the local part would be too long (then the Message-ID and the marker line still lead home). */
struct str letters_token_address(struct arena *arena, struct str base, const char *token);
/* The composed mail as a letter of that kind: octets, recipients, what it says. Envelope sender, relay and ticket are left to the caller. */
bool letters_fill(struct arena *arena, const struct compose *c, const char *kind, int64_t id, struct letter *letter, struct err *err);

#endif
