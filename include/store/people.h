/* people: customers (organisations) with their contacts and domains, the parties of tickets, addresses that get no mail, tokens that are void. Addresses are
 * canonical (mail/address.h). Writing wants a transaction. Errors as in store.h. */
#ifndef STORE_PEOPLE_H
#define STORE_PEOPLE_H

#include "desk/token.h"
#include "store/store.h"

/* ---- customers ------------------------------------------------------------------------------------------------------------------ */

struct customer {
    int64_t id; /* 0: none */
    struct str name, plan, note;
    struct str timezone; /* IANA, in which due times are told; "" : the desk's */
    struct str cc; /* "ask", "same-domain", "keep"; "" : the desk's setting */
};
struct contact {
    struct str address, name;
};

/* By contact address first, then by the address's domain; customer->id 0: nobody's. */
bool store_customer_of(struct store *store, struct arena *arena, struct str address, struct customer *customer, struct err *err);
bool store_customer(struct store *store, struct arena *arena, struct str name, struct customer *customer, struct err *err);
/* Inserts (id 0, filled in) or changes. ERR_ITEM: the name is taken or empty. */
bool store_customer_put(struct store *store, struct customer *customer, struct err *err);
/* A contact or domain belongs to one customer at a time: adding it moves it. name may be "". */
bool store_contact_put(struct store *store, int64_t customer, struct str address, struct str name, struct err *err);
bool store_contact_drop(struct store *store, struct str address, struct err *err);
bool store_customer_domain_put(struct store *store, int64_t customer, struct str domain, struct err *err);
bool store_customer_domain_drop(struct store *store, struct str domain, struct err *err);

struct customer_row {
    struct customer customer;
    int64_t contacts, open_tickets;
};
bool view_customers(struct store *store, struct arena *arena, uint32_t limit, struct customer_row **rows, size_t *count, struct err *err);
bool view_contacts(struct store *store, struct arena *arena, int64_t customer, struct contact **rows, size_t *count, struct err *err);
bool view_customer_domains(struct store *store, struct arena *arena, int64_t customer, struct str **domains, size_t *count, struct err *err);

/* ---- parties of a ticket --------------------------------------------------------------------------------------------------------- */

/* requester: whose matter it is, one a ticket; participant: reads and writes along; suggested: stood in a Cc, takes no part until an agent says so. */
struct party {
    int64_t id;
    struct str address, name, role; /* "requester", "participant", "suggested" */
};
bool store_parties(struct store *store, struct arena *arena, int64_t ticket, struct party **list, size_t *count, struct err *err);
/* Adds, or raises a suggested one; *added: something changed. Never lowers. role as above; ERR_ITEM: another one is the requester. */
bool store_party_add(struct store *store, int64_t ticket, struct str address, struct str name, struct str role, bool *added, struct err *err);

/* The address's place on every ticket it has one on; on one alone when ticket is not 0. */
struct party_of {
    int64_t party, ticket;
};
bool store_parties_of(struct store *store, struct arena *arena, struct str address, int64_t ticket, struct party_of **list, size_t *count, struct err *err);

/* Is the address somebody's here: a customer's contact, or on any ticket? */
bool store_address_known(struct store *store, struct str address, bool *known, struct err *err);

/* ---- answering in the sender's thread ------------------------------------------------------------------------------------------------ */

/* Of the newest message a customer (no agent) wrote on the ticket that is no proposal; message 0: none. */
struct thread {
    int64_t message;
    struct str message_id, subject, sender;
    struct str text;         /* what he newly wrote */
    struct str references;   /* "<a> <b>", oldest first, the first and the last nineteen of a longer list; his In-Reply-To where he names no others; "" */
    struct str thread_index; /* base64, as Outlook writes it; "" */
    struct str thread_topic;
    int64_t at;
};
bool store_thread(struct store *store, struct arena *arena, int64_t ticket, struct thread *thread, struct err *err);

/* ---- whom not to write to ----------------------------------------------------------------------------------------------------------- */

struct suppression_row {
    struct str address, reason;
    int64_t since, until; /* 0: for good */
};
bool view_suppressions(struct store *store, struct arena *arena, int64_t now, uint32_t limit, struct suppression_row **rows, size_t *count, struct err *err);
bool store_suppress_drop(struct store *store, struct str address, struct err *err); /* ERR_ITEM: not on the list */

/* ---- tokens ------------------------------------------------------------------------------------------------------------------------------ */

/* Is the (verified) token void? */
bool store_token_revoked(struct store *store, const struct token *token, bool *revoked, struct err *err);
/* Every token of that purpose with an epoch up to `epoch` is void: of one ticket (0: all), of one party (0: all). */
bool store_token_revoke(struct store *store, enum token_purpose purpose, int64_t ticket, int64_t party, uint32_t epoch, struct str actor, int64_t now, struct err *err);

/* ---- numbers of other systems -------------------------------------------------------------------------------------------------------------- */

/* source: "former" for an imported system, else the partner's name. ticket 0: unknown. put: a known number leads to this ticket from now on. */
bool store_other_number(struct store *store, struct str source, struct str number, int64_t *ticket, struct err *err);
bool store_other_number_put(struct store *store, struct str source, struct str number, int64_t ticket, struct err *err);
/* A ticket of another system, with what leads to it: closed tickets come as closed. *ticket gets ours; a number that is known already gives its ticket and adds the Message-IDs. */
struct imported {
    struct str number, subject, requester, requester_name, state, queue, severity;
    struct str_list message_ids;
    int64_t opened_at;
};
bool store_import(struct store *store, const struct imported *imported, int64_t now, int64_t *ticket, bool *fresh, struct err *err);

/* ---- merged tickets --------------------------------------------------------------------------------------------------------------------------- */

/* The ticket at the end of the chain of merges; itself when it was not merged. Bounded: a ring gives ERR_SETUP. */
bool store_merged(struct store *store, int64_t ticket, int64_t *into, struct err *err);
/* Tickets whose time has come (wake_at <= now), at most limit. */
bool store_waking(struct store *store, struct arena *arena, int64_t now, size_t limit, int64_t **tickets, size_t *count, struct err *err);
/* The time of that ticket has come: nobody is reminded again; one that waits for its customer is open again, with provenance. *news: it is not closed, so somebody is to hear
 * of it. */
bool store_wake(struct store *store, int64_t ticket, int64_t now, bool *news, struct err *err);
bool store_wake_at(struct store *store, int64_t ticket, int64_t when, struct err *err); /* 0: never */
bool store_next_wake(struct store *store, int64_t *when, struct err *err);              /* INT64_MAX: none */

#endif
