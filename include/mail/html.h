/* html: an HTML body as readable text. Streaming, nothing fetched, in time linear in its length. */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include "mail/html_scan.h"

#define HTML_SOURCE_MAX (8u * 1024 * 1024) /* octets looked at */
#define HTML_DEPTH_MAX 512u                /* open elements; deeper ones are not told apart */
#define HTML_QUOTE_MAX 20u                 /* "> " marks shown */

struct html_text {
    size_t history_at; /* where in the text the client's quoted history begins by its markup; SIZE_MAX: nowhere */
    bool hidden;       /* some text was hidden by style and left out */
    bool cut;          /* source or text over its limit */
};

/* Adds the text of `source` (valid UTF-8), at most max octets: paragraphs, lists, tables (cells by TAB), quotes as "> ", links with their
 * target behind, images by their alternative text. history_at counts from the start of the text added. */
void html_to_text(struct buf *out, struct str source, size_t max, struct html_text *result);

/* Does the tag hide its element, by its style or the attribute made for it? */
bool html_hidden(const struct html_tag *tag);

#endif
