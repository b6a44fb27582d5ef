/* reply: cleaning, then one mail. The thread is the customer's: his Message-IDs and ours to him, never those of the notifications. */
#include "desk/reply.h"

#include "letters.h"
#include "rows.h"

#include "base/buf.h"
#include "desk/place.h"
#include "mail/address.h"
#include "mail/thread_index.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define REFERENCES_READ_MAX 200u

/* ---- cleaning ---- */

/* Part of a word with this before it? */
static bool at_word_start(struct str text, size_t at)
{
    static const struct str joints = {".@-_", 4};
    return at == 0 || !(isalnum((unsigned char)text.p[at - 1]) || memchr(joints.p, text.p[at - 1], joints.n) != NULL);
}

/* An agent's address that begins here and ends where it ends. */
static size_t agents_address(const struct desk *desk, struct str rest)
{
    for (size_t i = 0; i < desk->agent_count; i++) {
        for (size_t k = 0; k < desk->agents[i].address_count; k++) {
            struct str address = desk->agents[i].addresses[k];
            bool ends = rest.n == address.n || (rest.n > address.n && !isalnum((unsigned char)rest.p[address.n]));
            if (ends && str_istarts(rest, address))
                return address.n;
        }
    }
    return 0;
}

struct str reply_clean(struct arena *arena, const struct desk *desk, struct str text)
{
    struct buf out = {0};
    text = token_scrub(arena, text);
    for (size_t i = 0; i < text.n;) {
        size_t address = at_word_start(text, i) ? agents_address(desk, str_sub(text, i, text.n)) : 0;
        if (address > 0)
            buf_str(&out, desk->address);
        else
            buf_char(&out, text.p[i]);
        i += address > 0 ? address : 1;
    }
    struct str clean = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return clean;
}

/* ---- the letter ---- */

static struct str_list references_of(struct arena *arena, const struct reply_facts *facts)
{
    struct str_list ids = {0};
    struct str rest = facts->references, part = {0};
    for (size_t i = 0; i < REFERENCES_READ_MAX && str_cut(&rest, ' ', &part); i++) {
        struct str id = part.n > 2 && part.p[0] == '<' ? str_sub(part, 1, part.n - 2) : part;
        if (!letters_id_usable(id))
            continue;
        ids.list = rows_more(arena, ids.list, ids.count, sizeof *ids.list);
        ids.list[ids.count++] = id;
    }
    if (letters_id_usable(facts->answered)) {
        ids.list = rows_more(arena, ids.list, ids.count, sizeof *ids.list);
        ids.list[ids.count++] = facts->answered;
    }
    return ids;
}

/* "Alice, Contoso Support" */
static struct str from_name(struct arena *arena, const struct desk *desk, const struct agent_settings *agent)
{
    if (agent->public_name.n == 0)
        return desk->name;
    return arena_printf(arena, "%.*s, %.*s", STR_ARG(agent->public_name), STR_ARG(desk->name));
}

static struct str with_foot(struct arena *arena, const struct desk *desk, const struct agent_settings *agent, const struct reply_facts *facts, const char *token, struct str text)
{
    struct str name = from_name(arena, desk, agent);
    return arena_printf(arena, "%.*s\n\n-- \n%.*s\n%.*s-%" PRId64 "  ref:%s\n", STR_ARG(str_trim(text)), STR_ARG(name), STR_ARG(desk->tag), facts->ticket, token);
}

bool reply_compose(struct arena *arena, const struct desk *desk, const struct token_keys *keys, const struct agent_settings *agent, const struct reply_facts *facts,
                   struct str text, struct str html, const struct carried *carried, struct letter *letter, struct err *err)
{
    struct token token = {.purpose = TOKEN_CUSTOMER, .ticket = facts->ticket, .party = facts->party};
    char written[TOKEN_TEXT_MAX];
    token_write(keys, &token, written);
    if (written[0] == 0)
        return err_set(err, ERR_SETUP, "there is no key for tokens");
    struct str home = letters_token_address(arena, desk->address, written);
    struct address to = facts->to;
    struct compose c = {.from = {from_name(arena, desk, agent), desk->address},
                        .to = {&to, 1},
                        .cc = facts->cc,
                        .reply_to = {desk->name, home},
                        .subject = arena_printf(arena, "Re: [%.*s-%" PRId64 "] %.*s", STR_ARG(desk->tag), facts->ticket,
                                                STR_ARG(place_bare_subject(arena, desk, facts->subject))),
                        .message_id = arena_printf(arena, "%s.%" PRId64 "@%.*s", written, facts->letter, STR_ARG(desk->domain)),
                        .in_reply_to = letters_id_usable(facts->answered) ? facts->answered : (struct str){0},
                        .references = references_of(arena, facts),
                        .thread_index = thread_index_child(arena, facts->thread_index, facts->now),
                        .thread_topic = facts->thread_topic,
                        .date = facts->now,
                        .language = facts->language,
                        .text = with_foot(arena, desk, agent, facts, written, text),
                        .html = html,
                        .files = carried->files,
                        .file_count = carried->file_count};
    const struct compose_field extra[] = {{STR("X-Triaged-Loop"), desk->loop_id}};
    c.extra = extra;
    c.extra_count = 1;
    if (!letters_fill(arena, &c, "reply", facts->letter, letter, err))
        return false;
    letter->from = home;
    letter->text = str_trim(text);
    letter->ticket = facts->ticket;
    return true;
}
