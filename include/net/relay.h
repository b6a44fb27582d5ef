/* relay: where letters go, as a small table of functions. SMTP and Maildir implement it; the courier drives it from one
 * thread per relay. */
#ifndef NET_RELAY_H
#define NET_RELAY_H

#include "net/mailbox.h"

struct relay_settings {
    struct str name;
    struct str driver; /* "smtp" or "maildir" */
    struct endpoint server;
    struct str path; /* maildir: the folder letters are delivered into */
    struct str user; /* "" : no authentication */
    struct secret_source secret;
    struct str ehlo;    /* own EHLO name; "" : the host's name, or an address literal when it has no domain */
    uint32_t per_minute; /* letters; 0: no limit. Kept by core */
};

/* How a recipient's delivery ended. */
enum delivery {
    DELIVERY_SENT,      /* 2xx after the final dot */
    DELIVERY_DEFERRED,  /* 4xx, or the connection failed before the final dot */
    DELIVERY_FAILED,    /* 5xx */
    DELIVERY_UNKNOWN    /* the final dot was sent and no answer came: RFC 1047 */
};

struct relay_recipient {
    struct str address;       /* given */
    enum delivery delivery;   /* given back, with what follows */
    uint32_t code;            /* SMTP reply code, 0 when there was none */
    struct str enhanced;      /* RFC 3463 "5.1.1", "" when none */
    struct str text;          /* the server's words or our reason; one line, at most 1,000 octets, made safe */
};

struct relay_letter {
    uint64_t id;              /* also the ENVID of RFC 3461 where DSN is offered */
    struct str from;          /* envelope sender; "" is the null sender <> */
    struct relay_recipient *recipients;
    size_t recipient_count;
    struct str octets;        /* final; CRLF line ends */
};

#define RELAY_RECIPIENTS_MAX 100u

struct relay; /* a driver's session */

struct relay_driver {
    const char *name;
    /* cancel_fd as for mailbox_driver.open. */
    bool (*open)(struct relay **r, const struct relay_settings *settings, int cancel_fd, struct err *err);
    /* Sends one letter and fills in each recipient; texts go to the arena. True: the session may be used again. False: it is dead (err says
     * why); every recipient is filled in all the same. Refusals of the letter itself are no error. */
    bool (*send)(struct relay *r, struct relay_letter *letter, struct arena *arena, struct err *err);
    /* Is the idle session still good? Sends NOOP when it was quiet for long. */
    bool (*alive)(struct relay *r);
    struct str (*describe)(struct relay *r, struct arena *arena);
    void (*close)(struct relay **r);
};

/* The driver of that name, or NULL. */
const struct relay_driver *relay_driver_of(struct str name);
/* "sent", "deferred", "failed", "unknown". */
const char *delivery_name(enum delivery delivery);

#endif
