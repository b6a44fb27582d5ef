/* notify: the mails an agent gets. News of a ticket, which he answers like any mail; the receipt of a mail of his; the notice that a mail in his name was held. All are automatic mail
 * (RFC 3834) and never answered by anybody's machine; each carries his own token for its ticket, so his answer proves itself. */
#ifndef DESK_NOTIFY_H
#define DESK_NOTIFY_H

#include "base/err.h"
#include "desk/desk.h"
#include "desk/line.h"
#include "desk/token.h"

struct notify_said {
    struct str who, when, text; /* "note by bob" */
};

/* A ticket as an agent reads it; texts in UTF-8, "" where there is nothing. */
struct notify_ticket {
    int64_t id;
    struct str subject, state, severity, queue, owner, customer;
    struct str due_texts[DESK_CLOCKS]; /* of the clocks that run, in the agent's zone */
    struct address requester;
    struct str_list participants, suggested, fields, tags, links;
    const struct notify_said *history; /* newest first, at most NOTIFY_HISTORY_MAX */
    size_t history_count;
};
#define NOTIFY_HISTORY_MAX 4u
#define NOTIFY_TEXT_MAX (256u * 1024) /* octets of one text in a notification; the rest is in the ticket */

struct notify_news {
    struct str what;           /* "new ticket", "answer", "assigned to you by bob": one line */
    struct address author;     /* "" : the desk itself speaks */
    struct str proof;          /* what proves the author, or does not */
    struct str text;
    const struct carried *carried; /* NULL: no files */
    const struct attachment *attachments;
    size_t attachment_count;
};

/* Common to all. */
struct notify_letter {
    const struct desk *desk;
    const struct token_keys *keys;
    const struct agent_settings *agent; /* written to at his first address */
    int64_t letter, now;
};

/* Kind "notification". Subject "[INC-1042] …"; Reply-To and envelope sender carry the agent's token. ERR_SETUP: no key; ERR_ITEM: his address cannot be written to. */
bool notify_news(struct arena *arena, const struct notify_letter *to, const struct notify_ticket *ticket, const struct notify_news *news, struct letter *letter,
                 struct err *err);
/* A promised time that runs out. */
struct notify_reminder {
    int64_t ticket;
    struct str subject, severity, queue, owner, due_text;
    enum desk_clock clock;
    uint32_t percent;
    bool over;
};
/* Kind "reminder": all of them in one mail. Of one ticket, its answer reaches that ticket as an answer to news does; of several, each has its own address for that. */
bool notify_reminders(struct arena *arena, const struct notify_letter *to, const struct notify_reminder *list, size_t count, struct letter *letter, struct err *err);
/* Kind "receipt", answering `message` (the agent's mail) about ticket (0: none; then his standing token is in it). */
bool notify_receipt(struct arena *arena, const struct notify_letter *to, const struct message *message, int64_t ticket, struct str text, struct letter *letter,
                    struct err *err);
/* Kind "notice": to the address on file, refers to nothing the held mail said but its Message-ID. */
bool notify_notice(struct arena *arena, const struct notify_letter *to, const struct message *message, int64_t ticket, struct str why, struct letter *letter,
                   struct err *err);
/* The agent's address for what belongs to no ticket: support+TOKEN@…; "" without a key. */
struct str notify_standing_address(struct arena *arena, const struct desk *desk, const struct token_keys *keys, const struct agent_settings *agent);

#endif
