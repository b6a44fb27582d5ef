/* answer: whether an automatic answer leaves, and its letter. "Nothing is sent" is a decision with its reason. */
#ifndef DESK_ANSWER_H
#define DESK_ANSWER_H

#include "base/err.h"
#include "desk/desk.h"
#include "desk/line.h"
#include "desk/template.h"
#include "desk/token.h"

/* How many automatic letters were made lately: looked up by the caller for each limit of the budget. */
struct answer_spent {
    uint32_t recipient[BUDGET_LIMITS_MAX];
    uint32_t domain[BUDGET_LIMITS_MAX];
    uint32_t all; /* within breaker.span */
    bool suppressed; /* the address is on the suppression list */
};

/* Decides verdict->answer, answer_why, language. Order of refusals: not a new ticket; backfill; message not answerable; own address; no usable From;
 * rule said no-ack, hold or ignore; queue does not acknowledge; suppressed; recipient budget; domain budget; breaker. *breaker_reached: this decision
 * finds the breaker's limit reached (the caller tells the operator once). no_ack comes from a value with field "no-ack" in the verdict. */
void answer_decide(struct arena *arena, const struct desk *desk, const struct raw *raw, const struct message *message, const struct sender *sender,
                   const struct placement *placement, const struct answer_spent *spent, struct verdict *verdict, bool *breaker_reached);

/* The acknowledgement's octets: template filled, headers Auto-Submitted: auto-replied, X-Auto-Response-Suppress: All, Precedence: bulk, X-Triaged-Loop,
 * In-Reply-To, References, Reply-To with the customer's token, marker line on top. To an unproven sender nothing of his is echoed: subject is
 * the template's with the number only; In-Reply-To alone refers to his mail. ERR_SETUP: no template or no key. relay stays empty. letter's ticket, recipients, message_id, from ("": null sender), kind "ack", octets, created are filled; id is known before (the
 * store reserves it) and given. now is UTC ms. */
struct answer_facts {
    int64_t ticket, party, letter;
    int64_t now;
    int64_t opened; /* INTERNALDATE */
    struct str due_text; /* when the first human response is due, in the desk's zone, as base/clock.h's clock_local writes it; "" : no commitment */
};
bool answer_compose(struct arena *arena, const struct desk *desk, const struct template_set *templates, const struct token_keys *keys,
                    const struct message *message, const struct sender *sender, const struct verdict *verdict, const struct answer_facts *facts,
                    struct letter *letter, struct err *err);
/* The one mail to the operator when the breaker opens. ERR_SETUP when he has no (usable) address. */
bool answer_alarm(struct arena *arena, const struct desk *desk, struct str subject, struct str text, int64_t letter, int64_t now, struct letter *out,
                  struct err *err);

#endif
