/* report: what a machine says about another mail: delivery status (RFC 3464), disposition (RFC 8098), feedback (RFC 5965), and the bounces
 * of the many systems that follow none of them. */
#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include "mail/mime.h"

#define REPORT_GROUPS_MAX 200u     /* recipients looked at */
#define REPORT_TEXT_MAX (64u * 1024) /* octets of text searched */

enum report_says {
    REPORT_NOTHING,
    REPORT_FAILED,
    REPORT_DELAYED,
    REPORT_DONE,        /* delivered, relayed, expanded */
    REPORT_DISPOSITION, /* read, deleted */
    REPORT_FEEDBACK
};

/* From the parts made for machines. m: text and headers as read so far. Fills *out and *evidence ("Action: failed"). */
enum report_says report_structured(struct arena *arena, const struct mime *mime, const struct message *m, struct report *out, struct str *evidence);
/* From the JSON that Amazon SES has its notification service mail (notificationType "Bounce" or "Complaint"). */
enum report_says report_notice(struct arena *arena, const struct message *m, struct report *out, struct str *evidence);
/* From the words of a mail that has no such part but is from a mail system (the caller's judgement: `system`). */
enum report_says report_words(struct arena *arena, const struct mime *mime, const struct message *m, bool system, struct report *out,
                              struct str *evidence);

/* "rfc822; user@host" of a report's field: the address. */
struct str report_recipient(struct arena *arena, struct str value);
/* Is it a failure for good? A full mailbox (5.2.2) is not. */
bool report_permanent(const struct report *r, enum report_says says);
/* Message-ID and, where out has none yet, recipient of the mail reported on, from the part of the report that has its head. */
void report_original(struct arena *arena, const struct mime *mime, struct report *out);

/* An RFC 3463 code ("5.1.1") in text; the one behind a reply code or in brackets is preferred. "" when there is none. */
struct str report_find_status(struct str text);
/* A reply code 4yz or 5yz in text, 0 when there is none; the one that report_find_status's status stands behind is preferred. */
uint32_t report_find_code(struct str text);

#endif
