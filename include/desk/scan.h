/* scan: the rules' regular expressions over a message. Hostile and heavy, so it runs in the jailed reader; it says what matched where
 * and decides nothing (rules.h does). PCRE2 with JIT, match, depth and heap limits and a subject cap of 64 KB a field; any code
 * below -1 is "failed", never "no match". Patterns are UTF-8 with Unicode properties (\w and \b know "ü").
 *
 * A field with several values (addresses, repeated headers, attachments) is tried value by value. An address is tried as the address alone, then
 * as "Name <address>"; an attachment's type as declared, then as sniffed. */
#ifndef DESK_SCAN_H
#define DESK_SCAN_H

#include "base/err.h"
#include "base/frame.h"
#include "mail/message.h"

#define SCAN_SUBJECT_MAX (64u * 1024)
#define SCAN_PROBES_MAX 20000u
#define SCAN_FIELDS_MAX 8u
#define SCAN_CAPTURES_MAX 16u
#define SCAN_VALUES_MAX 1000u  /* values of one field tried */
#define SCAN_MATCHED_MAX 200u  /* characters of a match kept */
#define SCAN_CAPTURED_MAX 1000u /* characters of a capture kept */

enum scan_field {
    SCAN_SUBJECT, SCAN_TEXT, SCAN_FRESH, SCAN_FROM, SCAN_TO, SCAN_CC, SCAN_DELIVERED_TO, SCAN_REPLY_TO, SCAN_ATTACHMENT_NAME,
    SCAN_ATTACHMENT_TYPE, SCAN_HEADER, SCAN_FIELDS
};
const char *scan_field_name(enum scan_field field); /* "subject", "text", "fresh", "from", …, "attachment", "attachment-type", "header" */

/* One pattern and where it looks. */
struct scan_probe {
    enum scan_field fields[SCAN_FIELDS_MAX];
    size_t field_count;
    struct str header;  /* of SCAN_HEADER: the field's name */
    struct str pattern; /* PCRE2, UTF mode */
    struct str flags;   /* of "imsx" */
};

struct scan_capture {
    struct str name;
    struct str text;
    uint32_t start, end; /* characters from 1, end inclusive */
};

struct scan_hit {
    uint32_t probe;
    bool failed;      /* ran into a limit: neither matched nor not */
    struct str why;   /* of failed */
    struct str source;/* "subject", "header X-Spam" */
    uint32_t start, end;
    struct str matched; /* at most 200 characters */
    struct scan_capture *captures;
    size_t capture_count;
};

struct scan_hits {
    struct scan_hit *list; /* one per probe that matched or failed, ascending by probe; the first match of each */
    size_t count;
};

struct scan;

/* Compiles all; false (ERR_SETUP) names the probe by number and PCRE2's words. jit false: interpreted (for the core's tests of rules). */
bool scan_open(struct scan **scan, const struct scan_probe *probes, size_t count, bool jit, struct err *err);
void scan_close(struct scan **scan);
/* PCRE2's limits count steps from one starting place only, so they do not bound time: from now on a message may take `budget` of the units that now()
 * counts; probes past it have failed. The caller's clock, because this layer has none. now NULL: no bound. */
void scan_deadline(struct scan *scan, int64_t (*now)(void), int64_t budget);
/* Do all patterns run by JIT? */
bool scan_is_jit(const struct scan *scan);
/* Compiles one pattern for its errors only: where (in octets) and PCRE2's words go to the caller; for a missing ")" it is where its "(" stands. names:
 * named captures go there. */
bool scan_check(struct arena *arena, struct str pattern, struct str flags, size_t *offset, struct str *words, struct str_list *names);
/* Pure; everything in the arena. */
void scan_run(const struct scan *scan, struct arena *arena, const struct message *message, struct scan_hits *hits);

#endif
