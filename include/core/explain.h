/* explain: a judged line as JSON, for `triagectl explain` and `rules explain`: sender and proof, placement and evidence, each rule with why it applied or not, values with
 * provenance, the answer's decision and the letter that would leave. */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "core/intake.h"

#include <jansson.h>

/* A new reference. */
json_t *explain_line(const struct intake *intake, const struct line *line);
/* A message as `triagectl parse --json` prints it (field names: subject from from_name to cc reply_to message_id in_reply_to references date text reply attachments kind kind_evidence
 * bounce feedback_type language language_confidence defects). */
json_t *explain_message(struct arena *arena, const struct message *message);

#endif
