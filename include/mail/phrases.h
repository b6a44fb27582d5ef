/* phrases: the words by which mail programs of many languages set quoted history and signatures apart. Tables only. */
#ifndef MAIL_PHRASES_H
#define MAIL_PHRASES_H

#include "base/str.h"

/* The fields of the header block that Outlook and others put above the quoted mail. */
enum phrase_label { LABEL_NONE, LABEL_FROM, LABEL_DATE, LABEL_TO, LABEL_SUBJECT, LABEL_CC, LABEL_OTHER };

/* Which label stands at the start of line, before its colon ("De :", "*From:*", "Von:")? */
enum phrase_label phrases_label(struct str line);
/* Has the text a word for "wrote" (as words of their own)? *last: one of them ends the text, but for ":" and the like. */
bool phrases_wrote(struct str text, bool *last);
/* Does the text begin as a line of attribution may ("On …", "Le …", a weekday)? */
bool phrases_opens(struct str text);
/* "-----Original Message-----", "Begin forwarded message:" and the like; the whole line. */
bool phrases_separator(struct str line);
/* "Reply above this line" of other desks. */
bool phrases_reply_above(struct str line);
/* "Sent from my …": a line that mail programs add by themselves. */
bool phrases_mobile(struct str line);
/* The beginning of a legal notice under a mail. */
bool phrases_disclaimer(struct str line);

#endif
