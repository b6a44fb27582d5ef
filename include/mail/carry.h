/* carry: what of a mail can travel on in a letter of ours: its files, and its HTML through the allow-list. In two steps, since only the desk knows which text of
 * the mail is to be carried. */
#ifndef MAIL_CARRY_H
#define MAIL_CARRY_H

#include "mail/body.h"

#define CARRY_OCTETS_MAX (64u * 1024 * 1024) /* whatever the desk wants: one frame has to hold it */
#define CARRY_DECORATION_MAX (20u * 1024)    /* octets: a smaller image shown within the text and not referred to belongs to a signature */

/* Fills m->carried with the attachments up to context->carry_max octets together (a file that does not fit is counted and a smaller one behind it may
 * still fit) and with the HTML as it stands; with nothing when carry_max is 0. Never carried, and not counted: signatures and containers of S/MIME and PGP,
 * the parts of reports, TNEF that could not be opened. */
void carry_gather(struct arena *arena, const struct mime *mime, const struct body *body, const struct message_context *context, struct message *m);
/* Keeps of the HTML what says exactly `wanted` (mail/html_keep.h) and settles the images: those the HTML shows are inline, the others plain attachments;
 * a small image shown within the text that nothing refers to is a decoration and left out. */
void carry_settle(struct arena *arena, struct str wanted, struct message *m);

#endif
