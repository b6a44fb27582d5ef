/* quote: what a person newly wrote, apart from quoted history, client headers and signature. */
#ifndef MAIL_QUOTE_H
#define MAIL_QUOTE_H

#include "mail/message.h"

/* A line of ours in every mail we send: what stands below it, and the line itself, is history. */
#define MARKER_PREFIX "##-"
#define QUOTE_LINES_MAX 10000u /* lines looked at; a longer text is not cut */

/* The fresh part of text (tidy, LF line ends). history_at: where markup says history begins, SIZE_MAX when nothing does. The whole text when
 * nothing is to be cut, when nothing would remain, or when answers stand between the quoted lines. A slice of text when one suffices, else in
 * the arena. *sure: how sure the least sure cut is. */
struct str quote_fresh(struct arena *arena, struct str text, size_t history_at, enum fresh_cut *sure);
/* The same of a fresh part, once the letters we sent are known it may answer (newest first): lines that equal lines of ours are quoted history even
 * without any mark. *sure is that of the part, and is lowered. */
struct str quote_without_own(struct arena *arena, struct str text, const struct str *letters, size_t count, enum fresh_cut *sure);

#endif
