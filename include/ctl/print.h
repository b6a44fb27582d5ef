/* print: from JSON to what people and programs read. All text that came from outside passes utf8_display here, or leaves as JSON with every unprintable
 * character escaped: nothing in a mail can move a terminal. */
#ifndef CTL_PRINT_H
#define CTL_PRINT_H

#include "ctl/ctl.h"

/* Adds to ctl->out as it is: our own words and what ctl_safe gave. */
void ctl_printf(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text from outside for one line. Borrowed from the arena. */
const char *ctl_safe(struct ctl *ctl, struct str s);
/* The same of a member; "-" when it is null, missing or empty; numbers and booleans as text. */
const char *ctl_member(struct ctl *ctl, const json_t *object, const char *name);
/* Text from outside over several lines, each behind `indent`, folded at the width. */
void ctl_text(struct ctl *ctl, const char *indent, struct str text);

/* ---- documents -------------------------------------------------------------------------------------------------------------------- */

bool ctl_wants_json(const struct ctl *ctl);
/* Writes {"format":1, …document} in one line; --json=FIELDS keeps only those of the rows (or of the object) in `member` (NULL: no choice). Takes the
 * reference. Exit code 0, or 64 when a field is unknown. */
int ctl_document(struct ctl *ctl, json_t *document, const char *member);
/* JSON in one line, safe for a terminal. */
void ctl_dump(struct buf *out, const json_t *value);

/* ---- times --------------------------------------------------------------------------------------------------------------------------- */

/* A member that is a time; 0 when null. */
int64_t ctl_time(const json_t *object, const char *name);
/* For people: "12 min ago" or "in 3 h" within a day, else "2026-11-20 14:02"; by --time and --utc. Borrowed. */
const char *ctl_when(struct ctl *ctl, int64_t wall);
/* How long since (or until) in the shortest words: "19 min", "-12 min". */
const char *ctl_span(struct ctl *ctl, int64_t ms);
/* "57.1 KB" */
const char *ctl_size(struct ctl *ctl, int64_t octets);

/* ---- colour: only red, yellow, dim; never the only carrier of a meaning ----------------------------------------------------------------- */

enum ctl_colour { COLOUR_NONE, COLOUR_RED, COLOUR_YELLOW, COLOUR_DIM };
/* The text between the escapes of the colour; as it is when colours are off. Borrowed. */
const char *ctl_paint(struct ctl *ctl, enum ctl_colour colour, const char *text);

/* ---- tables ------------------------------------------------------------------------------------------------------------------------------- */

enum ctl_form {
    FORM_TEXT, FORM_NUMBER, FORM_AGE /* how long ago */, FORM_DUE /* until; negative when past */, FORM_WHEN /* when, as ctl_when */, FORM_LETTER, FORM_QUARANTINE,
    FORM_SIZE, FORM_STATE /* coloured by what it says */
};

struct ctl_column {
    const char *head, *field;
    enum ctl_form form;
    bool right, cut; /* cut: may be trimmed to the width */
};
/* The rows by the columns, or by -o; with --plain TABs and raw values; with -q the first column's field only. --sort and -r are obeyed. Exit code. */
int ctl_table(struct ctl *ctl, json_t *rows, const struct ctl_column *columns, size_t count);

#endif
