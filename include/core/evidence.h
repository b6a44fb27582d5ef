/* evidence: what the store knows about a mail's clues, before it is placed (desk/place.h), and what placing leaves behind for the next mail. */
#ifndef CORE_EVIDENCE_H
#define CORE_EVIDENCE_H

#include "core/intake.h"

/* Candidates looked up for one mail: tokens, references, numbers and the tag together. */
#define EVIDENCE_MAX (TOKENS_MAX + MESSAGE_REFERENCES_MAX + EVIDENCE_NUMBERS_MAX + 1u)
#define EVIDENCE_NUMBERS_MAX 16u

/* Right behind place_clues, before anybody asks who the sender is: tokens that are void are dropped, and those of merged tickets speak of the ticket these went into. */
bool evidence_tokens(const struct intake *intake, struct line *line, struct err *err);

/* The numbers of other desks in the mail (clues.numbers), the mail's twin (clues.twin), and the candidates of all clues in their order, at most EVIDENCE_MAX. The sender is known. */
bool evidence_look_up(const struct intake *intake, struct line *line, const struct desk *desk, struct candidate *list, size_t *count, struct err *err);

/* A filed mail's partners' numbers lead to its ticket from now on. */
bool evidence_keep(const struct intake *intake, const struct line *line, struct err *err);

#endif
