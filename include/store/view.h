/* view: reading the store for people: rows as plain data, for core's queries. Every list is bounded by its limit. Works on a store opened
 * read-only as well. Texts live in the caller's arena. */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include "store/store.h"

struct ticket_filter {
    struct str queue, state, severity, owner, words; /* "" : any; words: in the subject, each must occur, without case; state "" : all but closed; "any": all */
    struct str customer;                             /* by name; "" : any */
    int64_t since, until;                            /* opened_at; 0: any */
    bool overdue;
    int64_t now;
    uint32_t limit;
};

struct ticket_row {
    int64_t id;
    struct str kind, state, queue, severity, subject, requester, requester_name, owner, mailbox, language;
    struct str impact, urgency;
    int64_t opened_at, updated_at, closed_at, due; /* due 0: none */
    int64_t messages, attachments, letters_waiting;
    struct str customer;           /* "" : nobody's */
    int64_t merged_into, wake_at;  /* 0: not */
    bool clocked;                  /* its clocks run (desk/clocks.h) */
    int64_t responded_at, answered_at, respond_due, update_due, resolve_due; /* 0: not */
};
/* The most urgent first: due, then severity, then age. *total: how many there are in all. */
bool view_tickets(struct store *store, struct arena *arena, const struct ticket_filter *filter, struct ticket_row **rows, size_t *count, int64_t *total, struct err *err);
bool view_ticket(struct store *store, struct arena *arena, int64_t id, struct ticket_row *row, struct err *err); /* row->id 0: no such ticket */

/* How many tickets that are not closed there are of each kind: a row for each queue, severity and state that occur together, in that order. */
struct ticket_count {
    struct str queue, severity, state;
    int64_t count;
};
bool view_ticket_counts(struct store *store, struct arena *arena, struct ticket_count **rows, size_t *count, struct err *err);

struct named_value {
    struct str name, value;
};
/* Tags (name "tag"), fields ("field.X") and links ("link", "linked-by") of a ticket. */
bool view_ticket_values(struct store *store, struct arena *arena, int64_t ticket, struct named_value **values, size_t *count, struct err *err);

struct message_row {
    int64_t id, ticket, ledger;
    struct str direction; /* "in", "out", "note" */
    struct str from, from_name, to, subject, message_id, text, fresh, kind, outcome, reason, proof, mailbox, folder;
    bool proposed;
    uint32_t uid_validity, uid;
    int64_t at, size;
    struct attachment *attachments;
    size_t attachment_count;
};
bool view_messages(struct store *store, struct arena *arena, int64_t ticket, struct message_row **rows, size_t *count, struct err *err);
/* The texts of the newest letters that went out on a ticket, newest first, at most `limit`. */
bool view_sent_texts(struct store *store, struct arena *arena, int64_t ticket, uint32_t limit, struct str **texts, size_t *count, struct err *err);
bool view_message(struct store *store, struct arena *arena, int64_t id, struct message_row *row, struct err *err);

struct provenance_row {
    int64_t at, message;
    struct str field, value, rule, file, ruleset, source, matched, because, actor;
    uint32_t line, start, end;
};
/* All values a ticket ever had, oldest first; field "" : all. */
bool view_provenance(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct provenance_row **rows, size_t *count, struct err *err);

struct event_row {
    int64_t id, at, ticket;
    struct str actor, kind, detail;
};
/* Oldest first; ticket 0 and message 0: all, the newest `limit`. */
bool view_events(struct store *store, struct arena *arena, int64_t ticket, uint32_t limit, struct event_row **rows, size_t *count, struct err *err);

struct ledger_row {
    int64_t id, at, internal_date, ticket, message, size;
    struct str mailbox, folder, outcome, reason, message_id, from, subject, answer; /* answer: "sent", "withheld" */
    struct str answer_why;
    uint32_t uid_validity, uid;
    bool settled, hidden;
    char sha256[65];
};
struct ledger_filter {
    struct str mailbox, outcome;
    int64_t since, after; /* rows with id > after */
    uint32_t limit;
};
bool view_ledger(struct store *store, struct arena *arena, const struct ledger_filter *filter, struct ledger_row **rows, size_t *count, struct err *err);
bool view_ledger_row(struct store *store, struct arena *arena, int64_t id, struct ledger_row *row, struct err *err);

struct letter_row {
    int64_t id, ticket, created, next_at;
    struct str relay, kind, message_id, state, to, reason; /* of the recipient that is worst off */
    uint32_t tries;
    int64_t size;
};
/* state "": waiting ones (queued, deferred, unknown, held); "any": all. */
bool view_letters(struct store *store, struct arena *arena, struct str state, int64_t ticket, uint32_t limit, struct letter_row **rows, size_t *count, struct err *err);
struct recipient_row {
    int64_t id;
    struct str address, state, enhanced, text;
    uint32_t tries, code;
    int64_t next_at, ended_at;
};
bool view_letter(struct store *store, struct arena *arena, int64_t id, struct letter_row *row, struct str *octets, struct recipient_row **recipients, size_t *count, struct err *err);

/* Tickets whose subject, text or addresses contain all words, newest first. */
bool view_search(struct store *store, struct arena *arena, struct str words, uint32_t limit, struct ticket_row **rows, size_t *count, struct err *err);

/* Figures for `status`. */
struct store_figures {
    int64_t open, fresh, overdue, due_soon; /* tickets; due_soon: within the hour */
    int64_t letters_waiting, letters_unknown, letters_held, letters_failed, oldest_letter;
    int64_t quarantined, unsettled;
    int64_t outcomes[OUTCOMES];       /* all time */
    int64_t outcomes_today[OUTCOMES]; /* since the given time */
    int64_t size, wal_size;           /* octets on disk */
    int64_t schema;
};
bool view_figures(struct store *store, int64_t now, int64_t today, struct store_figures *figures, struct err *err);
struct mailbox_figures {
    struct str mailbox;
    int64_t today, last_look;
};
bool view_mailboxes(struct store *store, struct arena *arena, int64_t today, struct mailbox_figures **rows, size_t *count, struct err *err);

#endif
