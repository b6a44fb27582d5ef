/* template: the texts we send. A template is a file NAME[-QUEUE].LANG.txt: header lines (`Subject: …`), an empty line, the text; `{variable}` is
 * replaced, `{?variable}…{/}` stands only when the variable is not empty, `{!variable}…{/}` only when it is, `{{` is a brace. Values are literal: nothing in
 * them is expanded again, and their line ends and controls become blanks. Besides the table's variables there is `field.NAME` for each field of the ticket. A line
 * that holds nothing but the mark of a condition, or nothing but what a condition left out, is no line of the text.
 *
 * Variables that repeat the sender's own words (subject, name, field.NAME) are empty for a sender who is not proven. */
#ifndef DESK_TEMPLATE_H
#define DESK_TEMPLATE_H

#include "base/buf.h"
#include "base/syntax.h"
#include "mail/message.h"

#define TEMPLATE_MAX (64u * 1024)

struct template {
    struct str name;     /* "ack", "outage" */
    struct str queue;    /* "" : any */
    struct str language; /* "en" */
    struct str subject, text;
    struct str marker; /* `Marker: …`: the words of the line above which people answer; "" : English */
    const char *file;
};

struct template_set {
    struct template *list;
    size_t count;
};

struct template_variable {
    struct str name;
    struct str value;
};

/* Every variable a template may use, with a line of help each; the manual's table is checked against it. */
struct template_help {
    const char *name, *help;
};
const struct template_help *template_variables(size_t *count);

/* Parses one file's octets; unknown variables, open conditions and a missing Subject go to d. */
void template_parse(struct arena *arena, const char *file, struct str name, struct str queue, struct str language, struct str octets,
                    struct template *out, struct diagnoses *d);
/* The best of the set: name+queue+language, name+language, name+queue+default language, name+default, or NULL. */
const struct template *template_find(const struct template_set *set, struct str name, struct str queue, struct str language, struct str fallback);
/* Adds subject or text filled in. A variable that is not given is empty. */
void template_fill(struct str text, const struct template_variable *variables, size_t count, struct buf *out);

#endif
