/* html_scan: HTML cut into tags and text, in one pass of linear time whatever the input is. No tree, no document, no fetching. */
#ifndef MAIL_HTML_SCAN_H
#define MAIL_HTML_SCAN_H

#include "base/buf.h"

#define HTML_NAME_MAX 24u       /* of an element; longer ones are cut */
#define HTML_ATTRIBUTES_MAX 40u /* kept of one tag */

struct html_attribute {
    struct str name; /* as written */
    struct str value; /* as written: entities are not replaced (html_entities) */
};

struct html_tag {
    char name[HTML_NAME_MAX + 1]; /* lower case */
    struct html_attribute attributes[HTML_ATTRIBUTES_MAX];
    size_t count;
};

/* Each returns false to stop. text: entities replaced. */
struct html_events {
    bool (*begin)(void *user, const struct html_tag *tag);
    bool (*end)(void *user, const struct html_tag *tag);
    bool (*text)(void *user, struct str text);
};

/* Walks `source` (UTF-8). The content of script, style, title, textarea and xmp is left out, comments and declarations too. */
void html_scan(struct str source, const struct html_events *events, void *user);
/* Adds s with its character references replaced. */
void html_entities(struct buf *out, struct str s);
/* The value of an attribute, ASCII case ignored; false when the tag has none. */
bool html_attribute(const struct html_tag *tag, const char *name, struct str *value);

#endif
