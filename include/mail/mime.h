/* mime: the outline of a mail: its parts as slices of the raw octets, in depth-first order, bounded in depth and number. Nothing is
 * copied or decoded but the fields that describe a part. */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include "mail/message.h"
#include "mail/transfer.h"

#define MIME_NONE UINT32_MAX
#define MIME_BOUNDARY_MAX 8000u

enum mime_disposition { MIME_UNSAID, MIME_INLINE, MIME_ATTACHMENT };

struct mime_part {
    struct str head;     /* raw header block, may be empty */
    struct str body;     /* raw, still encoded; of a multipart, everything between its fields and its end */
    struct str preamble; /* of a multipart: what stands before its first boundary */
    struct str type;     /* "text/plain", lower case, never empty */
    struct str charset;  /* label, "" when none */
    struct str name;     /* file name as the mail gives it, decoded; "" when none */
    struct str id;       /* Content-ID without brackets */
    struct str start;    /* of multipart/related: Content-ID of its root */
    struct str report;   /* of multipart/report: report-type, lower case */
    struct str method;   /* of text/calendar, lower case */
    enum transfer transfer;
    enum mime_disposition disposition;
    struct str elsewhere;/* of message/external-body: where the content is said to be, for people; never fetched */
    uint32_t piece, pieces; /* of message/partial: the first is 1; 0: unknown */
    bool typed;          /* it had a usable Content-Type */
    bool flowed, delsp;  /* RFC 3676 */
    bool salvaged;       /* could not be taken apart with certainty: a multipart without a single part, or a part within a multipart that has the
                            boundary of one around it */
    bool cut;            /* a part whose end is missing: the mail ends first */
    uint32_t parent;     /* index, MIME_NONE for the root */
    uint32_t child;      /* first, MIME_NONE for none */
    uint32_t next;       /* sibling, MIME_NONE for none */
};

struct mime {
    struct mime_part *parts; /* the root first; at most MESSAGE_PARTS_MAX */
    uint32_t count;          /* at least 1 */
    uint32_t defects;        /* enum message_defect */
    struct str octets;       /* what the parts are slices of: the mail from its first field on */
    struct str hint;         /* charset label of the first text part that has one */
};

/* Reads the outline; raw must outlive it. Depth is cut at MESSAGE_DEPTH_MAX (the part there is a leaf), parts at MESSAGE_PARTS_MAX. A
 * multipart without a single part becomes a leaf of type text/plain. The first
 * piece of a message/partial is read into like a message. Files uuencoded or yEncoded in a plain text become its children. */
void mime_read(struct arena *arena, struct str raw, struct mime *out);
bool mime_is(const struct mime_part *part, const char *type);
/* "multipart/", "text/" … */
bool mime_is_a(const struct mime_part *part, const char *major);
/* Is part b within a (or a itself)? */
bool mime_within(const struct mime *m, uint32_t b, uint32_t a);

#endif
