/* token: writing, reading and finding the proofs that tie a mail to a ticket. The MAC covers a fixed-size row of numbers, so no two different tokens
 * can ever be the same octets. */
#include "desk/token.h"

#include "rows.h"

#include "base/buf.h"
#include "base/hash.h"
#include "mail/address.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAC_OCTETS 16u
#define MAC_TEXT 26u
/* "1-c1-1-" and the MAC. */
#define TOKEN_TEXT_MIN (7u + MAC_TEXT)
/* "ref:" looked at in one mail. */
#define MARKERS_MAX 200u

static const char domain_of_use[] = "triaged token v1";

static const char purposes[] = {[TOKEN_CUSTOMER] = 'c', [TOKEN_AGENT] = 'a', [TOKEN_STANDING] = 's'};

static char purpose_letter(enum token_purpose purpose)
{
    return purposes[purpose];
}

static bool purpose_of(char letter, enum token_purpose *purpose)
{
    for (size_t i = 0; i < sizeof purposes; i++) {
        if (purposes[i] != letter)
            continue;
        *purpose = (enum token_purpose)i;
        return true;
    }
    return false;
}

static const struct token_key *key_of_epoch(const struct token_keys *keys, uint32_t epoch)
{
    for (size_t i = 0; i < keys->count && i < TOKEN_EPOCHS_MAX; i++) {
        if (keys->keys[i].epoch == epoch)
            return &keys->keys[i];
    }
    return NULL;
}

static void put_u64(uint8_t *at, uint64_t value)
{
    for (size_t i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void token_mac(const struct token_key *key, const struct token *token, uint8_t mac[HASH_SIZE])
{
    uint8_t row[sizeof domain_of_use + 1 + 24];
    memcpy(row, domain_of_use, sizeof domain_of_use);
    uint8_t *at = row + sizeof domain_of_use;
    *at++ = (uint8_t)purpose_letter(token->purpose);
    put_u64(at, (uint64_t)token->ticket);
    put_u64(at + 8, (uint64_t)token->party);
    put_u64(at + 16, token->epoch);
    hash_hmac((struct str){(const char *)key->key, sizeof key->key}, (struct str){(const char *)row, sizeof row}, mac);
}

/* Decimal without a leading zero, above 0 and within int64_t. */
static bool read_number(struct str text, uint64_t max, uint64_t *value)
{
    return text.n != 0 && text.p[0] != '0' && str_u64(text, value) && *value <= max;
}

static bool token_split(struct str text, struct token *token, struct str *mac)
{
    struct str ticket, party, epoch;
    if (!str_cut(&text, '-', &ticket) || !str_cut(&text, '-', &party) || !str_cut(&text, '-', &epoch))
        return false;
    enum token_purpose purpose = TOKEN_CUSTOMER;
    if (party.n < 2 || !purpose_of(party.p[0], &purpose) || text.n != MAC_TEXT)
        return false;
    uint64_t numbers[3] = {0};
    bool of_ticket = purpose != TOKEN_STANDING;
    if ((of_ticket ? !read_number(ticket, INT64_MAX, &numbers[0]) : !str_eq(ticket, STR("0"))) || !read_number(str_sub(party, 1, party.n), INT64_MAX, &numbers[1]) ||
        !read_number(epoch, UINT32_MAX, &numbers[2]))
        return false;
    *token = (struct token){purpose, (int64_t)numbers[0], (int64_t)numbers[1], (uint32_t)numbers[2]};
    *mac = text;
    return true;
}

/* Could it be one? Cheap, so that strange addresses and Message-IDs do not crowd out the real candidates. */
static bool token_shaped(struct str text)
{
    if (text.n < TOKEN_TEXT_MIN || text.n >= TOKEN_TEXT_MAX || !isdigit((unsigned char)text.p[0]))
        return false;
    size_t dashes = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '-')
            dashes++;
        else if (!isalnum((unsigned char)text.p[i]))
            return false;
    }
    return dashes == 3;
}

static void candidate_add(struct arena *arena, struct str_list *found, struct str text)
{
    if (found->count >= TOKENS_MAX || !token_shaped(text))
        return;
    for (size_t i = 0; i < found->count; i++) {
        if (str_ieq(found->list[i], text))
            return;
    }
    found->list = rows_more(arena, found->list, found->count, sizeof *found->list);
    found->list[found->count++] = text;
}

static void from_addresses(struct arena *arena, const struct address_list *addresses, const struct str *own, size_t own_count, struct str_list *found)
{
    for (size_t i = 0; i < addresses->count && i < MESSAGE_ADDRESSES_MAX; i++) {
        for (size_t k = 0; k < own_count; k++) {
            struct str tag;
            if (address_tag(addresses->list[i].addr, own[k], &tag))
                candidate_add(arena, found, tag);
        }
    }
}

static void from_id(struct arena *arena, struct str id, struct str_list *found)
{
    struct str local, token;
    if (str_cut(&id, '@', &local) && str_cut(&local, '.', &token))
        candidate_add(arena, found, token);
}

static void from_markers(struct arena *arena, struct str text, struct str_list *found)
{
    for (size_t tried = 0; tried < MARKERS_MAX; tried++) {
        ptrdiff_t at = str_ifind(text, STR("ref:"));
        if (at < 0)
            return;
        text = str_sub(text, (size_t)at + 4, text.n);
        size_t n = 0;
        while (n < text.n && n < TOKEN_TEXT_MAX && (isalnum((unsigned char)text.p[n]) || text.p[n] == '-'))
            n++;
        candidate_add(arena, found, str_sub(text, 0, n));
    }
}

void token_write(const struct token_keys *keys, struct token *token, char *out)
{
    uint8_t mac[HASH_SIZE];
    char text[MAC_TEXT + 1];
    out[0] = 0;
    if (keys->count == 0 || keys->count > TOKEN_EPOCHS_MAX)
        return;
    const struct token_key *key = &keys->keys[keys->count - 1];
    token->epoch = key->epoch;
    token_mac(key, token, mac);
    hash_base32(mac, MAC_OCTETS, text);
    (void)snprintf(out, TOKEN_TEXT_MAX, "%" PRId64 "-%c%" PRId64 "-%" PRIu32 "-%s", token->ticket, purpose_letter(token->purpose), token->party,
                   token->epoch, text);
}

bool token_read(const struct token_keys *keys, struct str text, struct token *token)
{
    char lower[TOKEN_TEXT_MAX];
    if (text.n >= sizeof lower)
        return false;
    for (size_t i = 0; i < text.n; i++)
        lower[i] = (char)tolower((unsigned char)text.p[i]);
    struct token read;
    struct str given;
    if (!token_split((struct str){lower, text.n}, &read, &given))
        return false;
    const struct token_key *key = key_of_epoch(keys, read.epoch);
    if (key == NULL)
        return false;
    uint8_t mac[HASH_SIZE];
    char right[MAC_TEXT + 1];
    token_mac(key, &read, mac);
    hash_base32(mac, MAC_OCTETS, right);
    if (!hash_equal((const uint8_t *)right, (const uint8_t *)given.p, MAC_TEXT))
        return false;
    *token = read;
    return true;
}

void token_addressed(struct arena *arena, const struct message *message, const struct str *own, size_t own_count, struct str_list *found)
{
    *found = (struct str_list){0};
    from_addresses(arena, &message->delivered_to, own, own_count, found);
    from_addresses(arena, &message->to, own, own_count, found);
    from_addresses(arena, &message->cc, own, own_count, found);
}

void token_candidates(struct arena *arena, const struct message *message, const struct str *own, size_t own_count, struct str_list *found)
{
    token_addressed(arena, message, own, own_count, found);
    from_id(arena, message->report.original_id, found);
    for (size_t i = message->in_reply_to.count; i-- > 0;)
        from_id(arena, message->in_reply_to.list[i], found);
    for (size_t i = message->references.count; i-- > 0;)
        from_id(arena, message->references.list[i], found);
    from_markers(arena, message->text, found);
}

/* ---- taking them out ---- */

static bool is_token_octet(char c)
{
    return isalnum((unsigned char)c) || c == '-';
}

/* Octets of the token-like word at the start; 0: it is none. */
static size_t token_length(struct str text)
{
    char lower[TOKEN_TEXT_MAX];
    size_t n = 0;
    for (; n < text.n && n < sizeof lower && is_token_octet(text.p[n]); n++)
        lower[n] = (char)tolower((unsigned char)text.p[n]);
    struct token ignored;
    struct str mac, word = {lower, n};
    return token_shaped(word) && token_split(word, &ignored, &mac) ? n : 0;
}

/* The sign of an address's tag goes with it, and the word before one in a text. */
static void drop_lead(struct buf *out)
{
    static const struct str leads[] = {{"ref:", 4}, {"+", 1}};
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        if (out->n >= leads[i].n && str_ieq((struct str){out->p + out->n - leads[i].n, leads[i].n}, leads[i])) {
            out->n -= leads[i].n;
            return;
        }
    }
}

struct str token_scrub(struct arena *arena, struct str text)
{
    struct buf out = {0};
    for (size_t i = 0; i < text.n;) {
        bool word = i == 0 || !is_token_octet(text.p[i - 1]);
        size_t n = word ? token_length(str_sub(text, i, text.n)) : 0;
        if (n > 0)
            drop_lead(&out);
        else
            buf_char(&out, text.p[i]);
        i += n > 0 ? n : 1;
    }
    struct str clean = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return clean;
}
