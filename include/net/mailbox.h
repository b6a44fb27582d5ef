/* mailbox: where mail comes from, as a small table of functions. IMAP and Maildir implement it; the courier drives it
 * from one thread per mailbox and knows neither.
 *
 * Errors: ERR_RETRY for a server unwell or a connection lost (reconnect with back-off), ERR_SOURCE when the account must be parked
 * longer (login refused, folder missing, certificate wrong), ERR_ITEM for one message only (the session lives). After RETRY or
 * SOURCE the session is dead: close it. */
#ifndef NET_MAILBOX_H
#define NET_MAILBOX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/secret.h"

enum transport_security {
    TRANSPORT_TLS,      /* implicit, RFC 8314 */
    TRANSPORT_STARTTLS, /* required, never opportunistic */
    TRANSPORT_INSECURE  /* plaintext: only where the configuration says so, only to a loopback address */
};

/* Where a server is and how it proves itself. */
struct endpoint {
    struct str host; /* name or literal address; also SNI and the name that must be in the certificate */
    uint16_t port;
    enum transport_security security;
    struct str ca_file;     /* PEM; "" : the system's */
    struct str fingerprint; /* SHA-256 of the server's certificate in hex, instead of a CA; "" : none */
    int64_t timeout;        /* ms for one command; 0: the default of 60 s */
};

/* What becomes of a message on the server after its record is committed. */
enum after { AFTER_KEEP, AFTER_FLAG, AFTER_MOVE, AFTER_DELETE };

/* What a driver remembers of a folder from one session to the next, because the session that learnt it is dead: which message a
 * session broke on. The courier keeps one for each mailbox, zeroed at the start, and does not look inside. */
#define MAILBOX_STUBS 8u
#define MAILBOX_RESTING 8u
struct mailbox_memory {
    uint64_t folder;               /* which folder and UIDVALIDITY the rest is about */
    uint32_t careful_from;         /* these UIDs are fetched one by one */
    uint32_t careful_to;
    uint32_t suspect;              /* the UID that broke a session alone, and how often in a row */
    uint32_t breaks;
    struct {
        uint32_t uid;
        uint32_t seen;
    } stubs[MAILBOX_STUBS];        /* messages for which the server gave an excuse instead */
    struct {
        uint32_t uid;
        uint32_t rounds;
        int64_t until;             /* monotonic: not asked for before */
    } resting[MAILBOX_RESTING];    /* messages over which the connection was lost again and again: it may be the line's fault */
};

struct mailbox_settings {
    struct str name;   /* as in the configuration: "support" */
    struct str driver; /* "imap" or "maildir" */
    struct endpoint server;
    struct str path; /* maildir: the folder */
    struct str user;
    struct secret_source secret;
    struct str *folders; /* at least one; IDLE waits on the first */
    size_t folder_count;
    enum after after;
    struct str after_folder; /* of AFTER_MOVE */
    struct str after_keyword; /* of AFTER_FLAG: a keyword, or "\\Seen" */
    int64_t poll;             /* ms between looks */
    uint32_t backlog_count;   /* more messages than this that are older than backlog_age (ms) and not on record: core is asked first; 0: never */
    int64_t backlog_age;
    uint64_t size_max;        /* octets; of a bigger message only headers and the first 256 KB are fetched; 0: the default of 50 MB */
    struct mailbox_memory *memory; /* one for each folder; may be NULL: then no message is ever found to be poison */
};

/* Once per process, before threads: settings of the libraries below that hold for all sessions. */
void net_start(void);

/* A set of UIDs as sorted, disjoint, inclusive ranges. */
struct uid_range {
    uint32_t first, last;
};
struct uid_set {
    struct uid_range *ranges;
    size_t count;
    size_t cap; /* 0: borrowed, must not be added to */
};
void uid_set_add(struct uid_set *set, uint32_t uid);
bool uid_set_has(const struct uid_set *set, uint32_t uid);
uint64_t uid_set_size(const struct uid_set *set);
void uid_set_free(struct uid_set *set);

/* A folder as it was found when opened. */
struct mailbox_folder {
    uint32_t uid_validity; /* RFC 3501 section 2.3.1.1 */
    uint32_t uid_next;     /* 0 when the server does not say */
    uint32_t exists;
    bool read_only;
};

/* One message on its way in; octets are valid during the call only. */
struct mailbox_item {
    uint32_t uid;
    int64_t internal_date; /* UTC ms */
    uint64_t size;         /* of the whole message by the server's word */
    bool truncated;        /* over size_max */
    struct str octets;     /* RFC822 with CRLF as the server sent it */
};

/* Called for each message, in the order the server sends them (ascending UID with every server known, and always from one command to
 * the next). May block (back-pressure): that time does not count against deadlines. False ends the fetch (the caller wants to stop);
 * next then returns true. */
typedef bool mailbox_take(void *to, const struct mailbox_item *item);

struct mailbox; /* a driver's session */

struct mailbox_driver {
    const char *name;
    /* Connects, checks, logs in. The settings live longer than the session. cancel_fd: an eventfd; once readable every wait ends with
     * ERR_RETRY "cancelled". */
    bool (*open)(struct mailbox **m, const struct mailbox_settings *settings, int cancel_fd, struct err *err);
    /* Selects a folder. Needed again before each call below that shall act on another folder. */
    bool (*select)(struct mailbox *m, struct str folder, struct mailbox_folder *found, struct err *err);
    /* Adds every UID present in the selected folder above `above` to *present. */
    bool (*list)(struct mailbox *m, uint32_t above, struct uid_set *present, struct err *err);
    /* Adds the UIDs of the selected folder's messages that came on the day of `since` or later and before the day of `before` (UTC ms; servers compare whole
     * days, RFC 3501 section 6.4.4). ERR_ITEM: the server will not say; the session lives. */
    bool (*dated)(struct mailbox *m, int64_t since, int64_t before, struct uid_set *uids, struct err *err);
    /* Fetches the wanted messages, oldest first, without setting \Seen. A UID that is gone, or has no content, is passed over in
     * silence. A message that alone cannot be read (asked for alone, the server answered it with garbage or a refusal twice, or the
     * connection was lost over it four times in a row, and so again in three rounds more, ten minutes apart) is added to *poison, also when next fails; so is one for which the server gives a
     * stub of its own ("could not be retrieved") for the third time. After a failure open a new session and call again: what was
     * not delivered yet is then fetched one by one. */
    bool (*next)(struct mailbox *m, const struct uid_set *wanted, mailbox_take *take, void *to, struct uid_set *poison, struct err *err);
    /* Does what `after` says to those messages of the selected folder; idempotent; a UID that is gone counts as done. Never a bare EXPUNGE:
     * where the server has neither MOVE nor UIDPLUS, messages are only marked \Deleted. A folder to move to is made when missing. A server
     * that refuses (read-only, over quota) gives ERR_ITEM: the session lives. */
    bool (*settle)(struct mailbox *m, const struct uid_set *uids, struct err *err);
    /* Puts a copy of a letter (Message-ID without angle brackets, made at `date`, UTC ms; octets with CRLF) as read into a folder, which is made when missing. Looks first
     * whether it is there already, so that doing it twice puts one. Afterwards no folder is selected. ERR_ITEM: the server refuses it, or the letter cannot
     * be put anywhere; the session lives. */
    bool (*put)(struct mailbox *m, struct str folder, struct str message_id, int64_t date, struct str octets, struct err *err);
    /* Sets the keywords `set` on those messages of the selected folder and takes away `clear` (words between single blanks, either may be ""); idempotent; a UID
     * that is gone counts as done. ERR_ITEM: a server that refuses, or a folder that keeps no keywords; the session lives. */
    bool (*mark)(struct mailbox *m, const struct uid_set *uids, struct str set, struct str clear, struct err *err);
    /* Waits for news in the selected folder, at most timeout ms (IDLE where the server has it, else plain waiting), or until wake_fd (an
     * eventfd, not read) is readable. *news: something came. Ends IDLE properly in each case. */
    bool (*wait)(struct mailbox *m, int64_t timeout, int wake_fd, bool *news, struct err *err);
    /* One line for people on what the server offers: "IDLE MOVE UIDPLUS …; missing: …". */
    struct str (*describe)(struct mailbox *m, struct arena *arena);
    /* Logs out if the session is healthy; frees; nulls. Accepts NULL. */
    void (*close)(struct mailbox **m);
};

/* The driver of that name, or NULL. */
const struct mailbox_driver *mailbox_driver_of(struct str name);

#endif
