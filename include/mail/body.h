/* body: which parts of a mail are its text, and that text. */
#ifndef MAIL_BODY_H
#define MAIL_BODY_H

#include "mail/mime.h"

#define BODY_STUB_MAX 400u /* octets: only a text part shorter than this may be a stub for its HTML */
#define BODY_COMPARED_MAX (64u * 1024) /* octets of an HTML alternative, and of its text, that are compared with the plain one */
#define BODY_COMPARED_TEXT_MAX (16u * 1024)
#define BODY_ENCLOSED_MAX 20u /* mails within a mail that are read as its text, and bodies elsewhere that are named */

struct body {
    struct str text;     /* tidy */
    size_t history_at;   /* where the markup says quoted history begins, SIZE_MAX: nowhere */
    const bool *used;    /* per part: it is (an alternative of) the text, so it is no attachment */
    uint32_t defects;
};

/* Plain text is preferred; HTML is read where there is none, or where the text part of an alternative is empty or a stub. A mail without any
 * text is read as the mails in it; what is missing of it (message/partial, external-body) is named in brackets. */
void body_read(struct arena *arena, const struct mime *mime, struct body *out);
/* The text of one leaf, decoded and converted (HTML not rendered), LF line ends. Added to out. */
void body_leaf(struct buf *out, const struct mime *mime, const struct mime_part *part, bool *guessed);

#endif
