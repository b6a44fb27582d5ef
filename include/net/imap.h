/* imap: one session with an IMAP4rev1 server (RFC 3501). Shared by the files of the driver; nobody else includes it.
 *
 * libetpan carries the stream, the greeting and the parsing of FETCH. One-line commands are written and their replies
 * read line by line right here: its parser knows fewer replies than servers send, and after one it does not know it is out of step. */
#ifndef NET_IMAP_H
#define NET_IMAP_H

#include "base/buf.h"
#include "net/mailbox.h"
#include "net/stream.h"

#include <libetpan/libetpan.h>

/* What a server may offer, RFC 3501 section 7.2.1. */
enum imap_offer {
    OFFER_IMAP4REV1,
    OFFER_STARTTLS,
    OFFER_LOGINDISABLED,
    OFFER_SASL_IR,
    OFFER_IDLE,
    OFFER_MOVE,
    OFFER_UIDPLUS,
    OFFER_CONDSTORE,
    OFFER_QRESYNC,
    OFFER_SPECIAL_USE,
    OFFER_LITERAL_PLUS,
    IMAP_OFFERS
};

struct imap {
    const struct mailbox_settings *settings;
    int cancel_fd;
    struct stream *stream;
    mailimap *session;
    uint32_t offers;     /* bits of enum imap_offer */
    uint32_t mechanisms; /* bits of sasl_bit */
    char *folder;        /* selected, as configured; NULL: none */
    struct mailbox_folder found;
    char *permanent;     /* PERMANENTFLAGS of the folder, between the parentheses; NULL: the server did not say */
    bool news;           /* the server told of a new message since the last list */
};

enum imap_status { IMAP_OK, IMAP_NO, IMAP_BAD };

/* The tagged reply: status, code in brackets without its arguments, human text made safe. */
struct imap_reply {
    enum imap_status status;
    char code[40];
    char text[400];
};

/* Sees each untagged line of a command's answer. */
typedef void imap_each(void *to, struct str line);

bool imap_has(const struct imap *m, enum imap_offer offer);
/* Writes a tagged command. */
bool imap_send(struct imap *m, struct str command, struct err *err);
/* Reads up to the tagged reply of the last command. False: the session is dead. NO and BAD are no error here. */
bool imap_finish(struct imap *m, struct imap_reply *reply, imap_each *each, void *to, struct err *err);
/* Both. */
bool imap_command(struct imap *m, struct imap_reply *reply, imap_each *each, void *to, struct err *err, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* True for OK; else sets err to the server's own words: `kind`, or ERR_RETRY where the code says that it will pass (RFC 5530). */
bool imap_accepted(const struct imap_reply *reply, struct err *err, enum err_kind kind);
/* One line of a continuation or of untagged data: takes notice of EXISTS and EXPUNGE. */
void imap_note(struct imap *m, struct str line);
/* "+", "+ text": the rest of the line goes to *text. */
bool imap_is_continuation(struct str line, struct str *text);
/* Does data follow that a line reader would take for further lines? */
bool imap_ends_in_literal(struct str line);
/* Is this the reply to the last command? */
bool imap_is_tagged(const struct imap *m, struct str line, struct imap_reply *reply);

/* Adds a mailbox name as a quoted string in modified UTF-7 (RFC 3501 section 5.1.3); false when it has controls or is no UTF-8. */
bool imap_quote_folder(struct str folder, struct buf *out);
/* Adds "1:5,7" for as many ranges of the set as fit in one command, beginning at *at, which moves on. */
void imap_add_set(const struct uid_set *set, size_t *at, struct buf *out);

/* True for a system flag or a keyword that can stand in a list of flags. */
bool imap_is_flag(struct str s);
/* CREATE; a folder that is there already is fine. name is quoted. False: the session is dead, or (ERR_ITEM) the server refuses. */
bool imap_create(struct imap *m, struct str name, struct err *err);
/* Nothing is selected any more, as far as we are concerned. */
void imap_forget_folder(struct imap *m);

/* Logs in (src/net/imap_login.c). */
bool imap_login(struct imap *m, struct err *err);
/* mailbox_driver.next (src/net/imap_fetch.c), settle (src/net/imap_settle.c), put and mark (src/net/imap_put.c, src/net/imap_mark.c), wait
 * (src/net/imap_wait.c). */
bool imap_next(struct mailbox *mailbox, const struct uid_set *wanted, mailbox_take *take, void *to, struct uid_set *poison,
               struct err *err);
bool imap_settle(struct mailbox *mailbox, const struct uid_set *uids, struct err *err);
bool imap_put(struct mailbox *mailbox, struct str folder, struct str message_id, int64_t date, struct str octets, struct err *err);
bool imap_mark(struct mailbox *mailbox, const struct uid_set *uids, struct str set, struct str clear, struct err *err);
bool imap_wait(struct mailbox *mailbox, int64_t timeout, int wake_fd, bool *news, struct err *err);

extern const struct mailbox_driver imap_driver;

#endif
