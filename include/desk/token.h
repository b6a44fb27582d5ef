/* token: what proves that a mail belongs to a ticket: HMAC-SHA-256, 128 bits kept, over (purpose, ticket, party, key epoch), written so that
 * it survives a local part, a Message-ID and a quoted line: `1042-c7-1-` and 26 base32 characters. Compared in constant time.
 *
 * In an address:    support+TOKEN@contoso.example
 * In a Message-ID:  <TOKEN.LETTER@contoso.example>
 * In a marker line: ##- Please reply above this line -## ref:TOKEN */
#ifndef DESK_TOKEN_H
#define DESK_TOKEN_H

#include "base/arena.h"
#include "mail/message.h"

#define TOKEN_KEY_MIN 32u
#define TOKEN_TEXT_MAX 80u
#define TOKEN_EPOCHS_MAX 16u

enum token_purpose {
    TOKEN_CUSTOMER, /* 'c': of a party, for a ticket */
    TOKEN_AGENT,    /* 'a': of an agent, for a ticket */
    TOKEN_STANDING  /* 's': of an agent, for what belongs to no ticket; its ticket is 0 */
};

struct token {
    enum token_purpose purpose;
    int64_t ticket;
    int64_t party;
    uint32_t epoch;
};

/* Keys by epoch (from 1), newest last. Secret: core's, from the state directory. */
struct token_key {
    uint32_t epoch;
    uint8_t key[32];
};
struct token_keys {
    struct token_key keys[TOKEN_EPOCHS_MAX];
    size_t count;
};

/* Text of the token under the newest key ("" when there is no key). ticket (but for a standing one) and party are above 0. out holds TOKEN_TEXT_MAX. Its epoch is filled in. */
void token_write(const struct token_keys *keys, struct token *token, char *out);
/* Reads and verifies. False: not a token, an unknown or retired epoch, or a wrong MAC. Case is ignored. */
bool token_read(const struct token_keys *keys, struct str text, struct token *token);

/* The text without anything that looks like a token, true or not, nor the "+" or "ref:" before it: whoever reads it cannot use it. Linear. */
struct str token_scrub(struct arena *arena, struct str text);

/* The candidates in a mail: tags of addresses of ours it was sent to (`own`: our addresses), the local part of referred Message-IDs up to ".", "ref:"
 * in quoted marker lines. Unverified, strongest first, at most TOKENS_MAX. */
#define TOKENS_MAX 32u
void token_candidates(struct arena *arena, const struct message *message, const struct str *own, size_t own_count, struct str_list *found);
/* Only those of addresses: a mail sent to such an address is meant for that ticket, whatever its subject says. */
void token_addressed(struct arena *arena, const struct message *message, const struct str *own, size_t own_count, struct str_list *found);

#endif
