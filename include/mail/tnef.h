/* tnef: Outlook's winmail.dat (MS-OXTNEF): the files, the text and the importance in it. Never reads past its octets; what is cut short
 * gives what stood before. Checksums are not looked at: many writers get them wrong. */
#ifndef MAIL_TNEF_H
#define MAIL_TNEF_H

#include "base/arena.h"

#define TNEF_FILES_MAX 200u      /* of all messages in it together */
#define TNEF_DEPTH_MAX 5u        /* messages within messages */
#define TNEF_PROPERTIES_MAX 5000u /* of one property list */
#define TNEF_TEXT_MAX (4u * 1024 * 1024) /* octets of all texts together */

struct tnef_text {
    bool is_html;
    struct str text; /* UTF-8, not tidy; "" when there is none */
};

/* A file. A message attached as such is not one: its files are listed in its place, its text as a file of its own, in UTF-8. */
struct tnef_file {
    struct str name;   /* UTF-8 as given, to be made harmless; "" when none */
    struct str type;   /* declared MIME type, lower case; "" when none */
    struct str octets; /* in the input or in the arena */
    bool is_inline;    /* named by a Content-ID: shown within the text */
};

struct tnef {
    struct tnef_file *files;
    size_t file_count;
    struct str subject;
    struct tnef_text text; /* plain text before HTML before Rich Text */
    int importance;        /* -1 low, 0 normal or unsaid, 1 high */
    bool broken;           /* cut short, or over a limit */
};

/* False: it is not TNEF; *out is zeroed. octets must outlive *out. */
bool tnef_read(struct arena *arena, struct str octets, struct tnef *out);

#endif
