/* message: one mail as it was understood. Open stage data: the reader fills it, everybody after reads it.
 *
 * All text is valid UTF-8 (NFC where the source says so), without NUL and without C0 other than TAB and LF. Everything belongs to the
 * arena it was read into. Reading never fails: what cannot be understood is marked in `defects` and the raw mail is kept. */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"

#include "mail/arc.h"
#include "mail/authres.h"
#include "mail/origin.h"
#include "mail/openpgp.h"
#include "mail/smime.h"

/* What kind of message it is (PRODUCT section 2), decided with its evidence. */
enum message_kind {
    MESSAGE_PERSON,
    MESSAGE_AUTOMATIC, /* auto-reply, out of office, bulk */
    MESSAGE_LIST,      /* mailing list */
    MESSAGE_BOUNCE,    /* RFC 3464 failed, or one of the many forms that are not */
    MESSAGE_DELAY,     /* RFC 3464 delayed */
    MESSAGE_FEEDBACK,  /* RFC 5965 */
    MESSAGE_CHALLENGE, /* "confirm that you are human" */
    MESSAGE_RECEIPT,   /* RFC 8098 */
    MESSAGE_CALENDAR,  /* RFC 5546 */
    MESSAGE_OWN,       /* our own mail come back */
    MESSAGE_KINDS
};

/* One address of a field. `addr` as written but for surrounding blanks, domain in lower case and Unicode; `name` decoded (RFC 2047). */
struct address {
    struct str name;
    struct str addr;
};

struct address_list {
    struct address *list;
    size_t count;
};

struct str_list {
    struct str *list;
    size_t count;
};

/* A header field in the order of the mail: name as written, value unfolded and decoded. */
struct header_field {
    struct str name;
    struct str value;
};

struct attachment {
    struct str name;    /* a base name only, made harmless; "" when the mail gives none */
    struct str type;    /* declared, lower case, "application/pdf" */
    struct str sniffed; /* by its first octets; "" when unknown */
    uint64_t size;      /* decoded octets */
    uint8_t sha256[32]; /* of the decoded octets */
    bool is_inline;     /* shown within the text rather than attached */
    uint32_t part;      /* for message_attachment: the number of the MIME part in depth-first order; of a file inside TNEF, that of the
                           part it is in, and above bit 16 its own number from 1 */
};

/* What a bounce, delay or feedback report speaks of. */
struct report {
    struct str recipient;    /* the failed address, "" when unknown */
    struct str status;       /* RFC 3463 "5.1.1", "" when unknown */
    bool hard;               /* a permanent failure */
    uint32_t smtp_code;      /* 550, 0 when unknown */
    struct str original_id;  /* Message-ID of the mail reported on, without angle brackets */
    struct str feedback_type;/* RFC 5965 */
};

enum protection { PROTECTION_NONE, PROTECTION_SMIME, PROTECTION_PGP, PROTECTIONS };

/* What a signature over the whole mail proves. */
struct signature {
    enum protection kind;
    bool verified;     /* good, by a CA we trust, and made by From's address */
    struct str signer; /* the address it names, proven only when verified; "" when none */
    struct str why;    /* for people; "" when there is no signature */
};

/* The mail of somebody else that this one passes on (a forward), inline under a client's header block or as message/rfc822. */
struct forwarded {
    bool is;               /* one was found, with a usable From */
    struct address from;   /* its author, as the forward states him: proves nothing */
    struct str subject;
    struct str text;       /* what he wrote, without what stands above it */
    struct str message_id; /* known of message/rfc822 only; "" */
    struct str_list references;
    int64_t date;          /* UTC ms; 0: unknown */
};

/* What of a mail can travel on in a letter of ours. Only filled when the context asks for it; octets are those of the files themselves, decoded. */
struct carried_file {
    struct str name, type; /* as in struct attachment; type never empty */
    struct str content_id; /* without angle brackets; "" */
    bool is_inline;
    struct str octets;
};
struct carried {
    struct carried_file *files;
    size_t file_count;
    size_t left_out;  /* files above context.carry_max */
    struct str html_source; /* as it stands in the mail: for carry_settle alone, gone afterwards, never between processes */
    struct str html;  /* through the allow-list (mail/html_keep.h), saying the same as the text that is relayed; "" : there is none, or it says something else */
};

/* How sure it is that what `fresh` leaves out is nothing the person newly wrote. */
enum fresh_cut {
    FRESH_WHOLE,  /* nothing was left out */
    FRESH_LIKELY, /* by words that could be the person's own */
    FRESH_SURE,   /* by marks that programs leave */
    FRESH_CUTS
};

/* Bits of message.defects. */
enum message_defect {
    MESSAGE_TRUNCATED = 1u << 0,  /* over the size limit: headers and first part only */
    MESSAGE_TOO_DEEP = 1u << 1,   /* nesting cut */
    MESSAGE_TOO_MANY = 1u << 2,   /* parts, headers, addresses or references cut */
    MESSAGE_BROKEN_MIME = 1u << 3,/* boundary or encoding repaired */
    MESSAGE_BAD_CHARSET = 1u << 4,/* undeclared or wrong charset, guessed */
    MESSAGE_TWO_FROM = 1u << 5,   /* more than one From field or address: proves nothing about its sender */
    MESSAGE_UNREAD = 1u << 6,     /* not understood at all: text says so */
    MESSAGE_HIDDEN_TEXT = 1u << 7,/* text hidden by style */
    MESSAGE_SAME_ID = 1u << 8,    /* another mail with this Message-ID is on record; set by core */
    MESSAGE_MISMATCH = 1u << 9    /* plain text and HTML say different things: whoever reads the other sees another mail */
};

#define MESSAGE_HEADERS_MAX 1000u
#define MESSAGE_ADDRESSES_MAX 500u
#define MESSAGE_REFERENCES_MAX 200u
#define MESSAGE_PARTS_MAX 1000u
#define MESSAGE_DEPTH_MAX 50u
#define MESSAGE_TEXT_MAX (1024u * 1024) /* octets of text kept; more is in the raw mail */
#define MESSAGE_SUBJECT_MAX 4000u

struct message {
    struct header_field *headers; /* at most MESSAGE_HEADERS_MAX */
    size_t header_count;
    struct address_list from, sender, reply_to, to, cc, delivered_to; /* delivered_to: Delivered-To, X-Original-To, Envelope-To … */
    struct str subject;
    struct str message_id; /* without angle brackets; "" when missing */
    struct str_list in_reply_to, references; /* without angle brackets, oldest first */
    struct str return_path; /* the address, "<>" for the null sender, "" when there is no such field */
    int64_t date;           /* Date field, UTC ms; 0 when missing or unusable */
    struct str text;        /* best text of the mail */
    struct str fresh;       /* what the person newly wrote; equals text when nothing was cut */
    enum fresh_cut fresh_cut;
    struct str language;    /* ISO 639-1, of the fresh text; else as Content-Language or Accept-Language says; "" when unknown */
    unsigned language_confidence; /* 1 to 100 by the text, 0 when only a header said so */
    struct attachment *attachments;
    size_t attachment_count;
    enum message_kind kind;
    struct str kind_evidence; /* "Auto-Submitted: auto-replied" */
    struct report report;     /* set for bounce, delay and feedback */
    bool answerable;          /* may an automatic answer go out, by the mail's own signs? */
    struct str unanswerable_why; /* the sign, when not */
    uint32_t defects;
    int importance; /* as the sender says: -1 low, 0 normal or unsaid, 1 high */
    struct signature signature;
    enum protection encrypted;
    struct str encrypted_why; /* was it opened, or why not; "" when it was not encrypted */
    struct forwarded forwarded;
    struct carried carried;
    struct authres authentication; /* the topmost Authentication-Results field and no other; zeroed when there is none or it is unreadable */
    struct arc arc;       /* the chain below that field */
    struct origin origin; /* our own look at the DKIM signatures; zeroed when it was not wanted */
};

/* "none", "smime", "pgp". */
const char *protection_name(enum protection kind);

/* "whole", "likely", "sure". */
const char *fresh_cut_name(enum fresh_cut cut);

/* "person", "automatic", … and back (false when unknown). */
const char *message_kind_name(enum message_kind kind);
bool message_kind_of(struct str name, enum message_kind *kind);

/* Does nobody read behind that address, by its local part (no-reply forms, mail systems)? */
bool message_nobody_at(struct str addr);

/* Is this automatic mail an answer to a mail (an absence, an acknowledgement), by its headers or the first words of its subject? */
bool message_auto_reply(const struct message *m);

/* What the reading needs to know of the desk. Zeroed is fine. */
struct message_context {
    const struct str *own_addresses; /* of the desk, canonical; a mail From one of them with our loop header is `own` */
    size_t own_address_count;
    struct str loop_id; /* the value our X-Triaged-Loop header carries */
    const struct str *authservs; /* servers whose Authentication-Results are believed */
    size_t authserv_count;
    bool verifies;      /* look at DKIM signatures where none of them says anything */
    struct smime_settings smime;
    struct openpgp *pgp; /* the keyring; NULL: none */
    uint64_t carry_max; /* octets of files to carry; 0: neither files nor HTML */
    int64_t received;   /* when the mail came, UTC ms: certificates are judged by it; 0: unknown */
};

/* Once per process, before message_read: the libraries below. Holds conversion handles so that no file is opened later. */
void message_prepare(void);

/* Reads raw octets of any kind into *out; everything in the arena. Never fails. */
void message_read(struct arena *arena, struct str raw, const struct message_context *context, struct message *out);

/* The first field of that name (ASCII case ignored), or NULL. */
const struct header_field *message_header(const struct message *m, struct str name);

/* Decodes attachment `part` (struct attachment.part) again from the raw mail into out. False: no such part. */
bool message_attachment(struct str raw, uint32_t part, struct buf *out);

#endif
