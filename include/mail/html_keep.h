/* html_keep: HTML of somebody else made fit to leave in a letter of ours: through an allow-list, and only what says exactly the wanted text. */
#ifndef MAIL_HTML_KEEP_H
#define MAIL_HTML_KEEP_H

#include "mail/message.h"

#define HTML_KEEP_SOURCE_MAX (4u * 1024 * 1024) /* octets looked at; more: nothing is kept */
#define HTML_KEEP_MAX (2u * 1024 * 1024)        /* octets kept */
#define HTML_KEEP_DEPTH_MAX 60u                 /* elements written within one another; deeper ones leave only their text */
#define HTML_KEEP_TOKENS_MAX 200000u

/* The excerpt of html (UTF-8) that, rendered as html_to_text does, says `wanted`; "" when there is none. It begins and ends where a line does. Compared are the
 * characters apart from blanks, line ends and what programs write into plain text in the place of markup: bullets, "*bold*", "> ", link targets in
 * angle brackets, "[cid:…]", "[image: …]".
 *
 * Written are only paragraphs, line breaks, lists, tables, headings, quotes, emphasis, rules and preformatted text without any attribute; links to http, https
 * and mailto; images that are one of `files` by Content-ID (shown[i] says which). Every value is written anew and escaped, every
 * element is closed. Anything else (scripts, styles, forms, frames, events, remote images, hidden text, comments) is gone. What comes out, put in again with the
 * same wanted text, comes out the same. Linear in the length of html. */
struct str html_keep(struct arena *arena, struct str html, struct str wanted, const struct carried_file *files, size_t file_count, bool *shown);

/* What is compared of a text (above). Added to out. */
void html_keep_gist(struct buf *out, struct str text);

#endif
