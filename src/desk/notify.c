/* notify: one shape for all of an agent's mails; what differs is the text and the fields of a row. The customer's words come first, then what is known, then what was said
 * before; the agent's token stands where his mail program will bring it back: Reply-To, Message-ID, and the marker line. */
#include "desk/notify.h"

#include "letters.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "desk/authority.h"
#include "mail/address.h"

#include <inttypes.h>

/* Everything of one mail to an agent. */
struct mail {
    struct arena *arena;
    const struct notify_letter *to;
    int64_t ticket;
    char token[TOKEN_TEXT_MAX];
    struct str subject, text, from_name;
    struct str in_reply_to;
    const struct carried *carried; /* NULL: no files */
    const char *kind, *auto_submitted;
    bool bounces; /* an undeliverable one comes back to us */
};

static bool write_token(struct mail *mail, struct err *err)
{
    struct token token = {.purpose = mail->ticket != 0 ? TOKEN_AGENT : TOKEN_STANDING, .ticket = mail->ticket, .party = authority_agent_party(mail->to->agent->name)};
    token_write(mail->to->keys, &token, mail->token);
    return mail->token[0] != 0 || err_set(err, ERR_SETUP, "there is no key for tokens");
}

/* Mails about one ticket refer to one Message-ID that was never sent, so that they are one thread to him. */
static bool fill(struct mail *mail, struct letter *letter, struct err *err)
{
    const struct desk *desk = mail->to->desk;
    struct arena *arena = mail->arena;
    const struct compose_field extra[] = {{STR("Auto-Submitted"), str_of(mail->auto_submitted)},
                                          {STR("X-Auto-Response-Suppress"), STR("All")},
                                          {STR("Precedence"), STR("bulk")},
                                          {STR("X-Triaged-Loop"), desk->loop_id}};
    struct address to = {mail->to->agent->display_name, mail->to->agent->addresses[0]};
    struct str root = arena_printf(arena, "%s.0@%.*s", mail->token, STR_ARG(desk->domain)), references[2] = {root, mail->in_reply_to};
    struct str home = letters_token_address(arena, desk->address, mail->token);
    struct compose c = {.from = {mail->from_name, desk->address},
                        .to = {&to, 1},
                        .reply_to = {desk->name, home},
                        .subject = mail->subject,
                        .message_id = arena_printf(arena, "%s.%" PRId64 "@%.*s", mail->token, mail->to->letter, STR_ARG(desk->domain)),
                        .in_reply_to = mail->in_reply_to.n > 0 ? mail->in_reply_to : root,
                        .references = {references, mail->in_reply_to.n > 0 ? 2 : 1},
                        .date = mail->to->now,
                        .text = mail->text,
                        .files = mail->carried != NULL ? mail->carried->files : NULL,
                        .file_count = mail->carried != NULL ? mail->carried->file_count : 0,
                        .extra = extra,
                        .extra_count = sizeof extra / sizeof extra[0]};
    if (!letters_fill(arena, &c, mail->kind, mail->to->letter, letter, err))
        return false;
    letter->from = mail->bounces ? home : (struct str){0};
    letter->ticket = mail->ticket;
    return true;
}

static struct str done(struct arena *arena, struct buf *out)
{
    struct str text = arena_str(arena, buf_view(out));
    buf_free(out);
    return text;
}

/* ---- the text of news ---- */

static void add_list(struct buf *out, const char *title, const struct str_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, "%s%.*s", i == 0 ? title : ", ", STR_ARG(list->list[i]));
    if (list->count > 0)
        buf_char(out, '\n');
}

static void add_fact(struct buf *out, const char *title, struct str value)
{
    if (value.n > 0)
        buf_printf(out, "%s%.*s\n", title, STR_ARG(value));
}

static void add_attachments(struct buf *out, const struct notify_news *news)
{
    for (size_t i = 0; i < news->attachment_count; i++) {
        const struct attachment *a = &news->attachments[i];
        buf_printf(out, "%s%.*s (%" PRIu64 " octets)", i == 0 ? "Attachments  " : ", ", STR_ARG(a->name.n > 0 ? a->name : a->type), a->size);
    }
    if (news->attachment_count > 0)
        buf_char(out, '\n');
    if (news->carried != NULL && news->carried->left_out > 0)
        buf_printf(out, "             %zu of them too large to be carried on: triagectl attachment\n", news->carried->left_out);
}

static void add_facts(struct buf *out, const struct desk *desk, const struct notify_ticket *ticket, const struct notify_news *news)
{
    buf_printf(out, "%.*s-%" PRId64 "  %.*s\n", STR_ARG(desk->tag), ticket->id, STR_ARG(ticket->subject));
    buf_printf(out, "State        %.*s, severity %.*s, queue %.*s, owner %.*s\n", STR_ARG(ticket->state), STR_ARG(ticket->severity), STR_ARG(ticket->queue),
               STR_ARG(ticket->owner.n > 0 ? ticket->owner : STR("-")));
    add_fact(out, "Respond by   ", ticket->due_texts[DESK_RESPOND]);
    add_fact(out, "Update by    ", ticket->due_texts[DESK_UPDATE]);
    add_fact(out, "Resolve by   ", ticket->due_texts[DESK_RESOLVE]);
    buf_printf(out, "Requester    %.*s <%.*s>\n", STR_ARG(ticket->requester.name), STR_ARG(ticket->requester.addr.n > 0 ? ticket->requester.addr : STR("nobody")));
    add_fact(out, "Proof        ", news->proof);
    add_fact(out, "Customer     ", ticket->customer);
    add_list(out, "Takes part   ", &ticket->participants);
    add_list(out, "Only in Cc   ", &ticket->suggested);
    if (ticket->suggested.count > 0)
        buf_printf(out, "             gets nothing from us unless you say: %.*scc +%.*s\n", STR_ARG(desk_sign(desk)), STR_ARG(ticket->suggested.list[0]));
    add_list(out, "Fields       ", &ticket->fields);
    add_list(out, "Tags         ", &ticket->tags);
    add_list(out, "Links        ", &ticket->links);
    add_attachments(out, news);
}

static void add_history(struct arena *arena, struct buf *out, const struct notify_ticket *ticket)
{
    for (size_t i = 0; i < ticket->history_count && i < NOTIFY_HISTORY_MAX; i++) {
        const struct notify_said *said = &ticket->history[i];
        struct str text = token_scrub(arena, utf8_prefix(said->text, NOTIFY_TEXT_MAX / NOTIFY_HISTORY_MAX)), line = {0};
        buf_printf(out, "\n%.*s, %.*s:\n", STR_ARG(said->who), STR_ARG(said->when));
        while (str_line(&text, &line))
            buf_printf(out, "> %.*s\n", STR_ARG(line));
    }
}

static struct str news_text(struct arena *arena, const char *token, const struct notify_letter *to, const struct notify_ticket *ticket, const struct notify_news *news)
{
    struct buf out = {0};
    struct str requester = ticket->requester.addr;
    if (requester.n > 0)
        buf_printf(&out, "##- What you write above this line goes to %.*s -## ref:%s\n", STR_ARG(requester), token);
    else
        buf_printf(&out, "##- Please reply above this line -## ref:%s\n", token);
    buf_printf(&out, "\n%.*s\n\n", STR_ARG(str_trim(token_scrub(arena, utf8_prefix(news->text, NOTIFY_TEXT_MAX)))));
    buf_text(&out, "----------------------------------------\n");
    buf_printf(&out, "%.*s%s%.*s\n", STR_ARG(news->what), news->author.addr.n > 0 ? " from " : "", STR_ARG(news->author.addr));
    add_facts(&out, to->desk, ticket, news);
    struct str sign = desk_sign(to->desk);
    buf_printf(&out, "First lines may be commands: %.*snote %.*sclose %.*stake %.*spending 2d ... %.*shelp tells all\n", STR_ARG(sign), STR_ARG(sign), STR_ARG(sign),
               STR_ARG(sign), STR_ARG(sign));
    add_history(arena, &out, ticket);
    return done(arena, &out);
}

bool notify_news(struct arena *arena, const struct notify_letter *to, const struct notify_ticket *ticket, const struct notify_news *news, struct letter *letter,
                 struct err *err)
{
    struct mail mail = {.arena = arena, .to = to, .ticket = ticket->id, .kind = "notification", .auto_submitted = "auto-generated", .bounces = true};
    if (!write_token(&mail, err))
        return false;
    struct str who = news->author.name.n > 0 ? news->author.name : news->author.addr;
    mail.from_name = who.n > 0 ? arena_printf(arena, "%.*s via %.*s", STR_ARG(utf8_prefix(who, 120)), STR_ARG(to->desk->name)) : to->desk->name;
    mail.subject = arena_printf(arena, "[%.*s-%" PRId64 "] %.*s", STR_ARG(to->desk->tag), ticket->id, STR_ARG(ticket->subject));
    mail.carried = news->carried;
    mail.text = news_text(arena, mail.token, to, ticket, news);
    return fill(&mail, letter, err);
}

/* ---- receipts and notices ---- */

static struct str numbered(struct arena *arena, const struct desk *desk, int64_t ticket, const char *text)
{
    if (ticket == 0)
        return str_of(text);
    return arena_printf(arena, "[%.*s-%" PRId64 "] %s", STR_ARG(desk->tag), ticket, text);
}

bool notify_receipt(struct arena *arena, const struct notify_letter *to, const struct message *message, int64_t ticket, struct str text, struct letter *letter,
                    struct err *err)
{
    struct mail mail = {.arena = arena, .to = to, .ticket = ticket, .kind = "receipt", .auto_submitted = "auto-replied"};
    if (!write_token(&mail, err))
        return false;
    mail.from_name = to->desk->name;
    mail.subject = numbered(arena, to->desk, ticket, "Receipt");
    mail.in_reply_to = letters_id_usable(message->message_id) ? message->message_id : (struct str){0};
    mail.text = text;
    return fill(&mail, letter, err);
}

bool notify_notice(struct arena *arena, const struct notify_letter *to, const struct message *message, int64_t ticket, struct str why, struct letter *letter,
                   struct err *err)
{
    struct mail mail = {.arena = arena, .to = to, .ticket = ticket, .kind = "notice", .auto_submitted = "auto-generated"};
    if (!write_token(&mail, err))
        return false;
    mail.from_name = to->desk->name;
    mail.subject = numbered(arena, to->desk, ticket, "A mail in your name was not carried out");
    mail.text = arena_printf(arena,
                             "A mail came in your name, and nothing of what it asks for was done.\n\n"
                             "Reason       %.*s\n"
                             "Message-ID   %.*s\n\n"
                             "It is kept%s. If it was yours, answer the notification of the ticket once more from\n"
                             "your address on file, without removing the address it goes to. If it was not, tell\n"
                             "the operator of the desk.\n",
                             STR_ARG(why), STR_ARG(letters_id_usable(message->message_id) ? message->message_id : STR("-")),
                             ticket != 0 ? " with the ticket, as a proposal" : "");
    return fill(&mail, letter, err);
}

/* ---- reminders ---- */

static bool is_one_ticket(const struct notify_reminder *list, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (list[i].ticket != list[0].ticket)
            return false;
    return true;
}

/* Where an answer about that ticket goes. */
static struct str ticket_address(struct arena *arena, const struct notify_letter *to, int64_t ticket)
{
    struct token token = {.purpose = TOKEN_AGENT, .ticket = ticket, .party = authority_agent_party(to->agent->name)};
    char text[TOKEN_TEXT_MAX];
    token_write(to->keys, &token, text);
    return letters_token_address(arena, to->desk->address, text);
}

static void add_reminder(struct arena *arena, struct buf *out, const struct notify_letter *to, const struct notify_reminder *r, bool alone)
{
    static const char *const promises[DESK_CLOCKS] = {"first answer", "next answer", "solution"};
    buf_printf(out, "%.*s-%" PRId64 "  %.*s\n", STR_ARG(to->desk->tag), r->ticket, STR_ARG(r->subject));
    buf_printf(out, "  %s %s %.*s (%u %% of the time)\n", promises[r->clock], r->over ? "was due" : "is due", STR_ARG(r->due_text), r->percent);
    buf_printf(out, "  severity %.*s, queue %.*s, owner %.*s\n", STR_ARG(r->severity), STR_ARG(r->queue), STR_ARG(r->owner.n > 0 ? r->owner : STR("nobody")));
    if (!alone)
        buf_printf(out, "  write to %.*s\n", STR_ARG(ticket_address(arena, to, r->ticket)));
    buf_char(out, '\n');
}

static struct str reminders_text(struct arena *arena, const char *token, const struct notify_letter *to, const struct notify_reminder *list, size_t count, bool alone)
{
    struct buf out = {0};
    struct str sign = desk_sign(to->desk);
    if (alone)
        buf_printf(&out, "##- What you write above this line goes to the customer -## ref:%s\n\n", token);
    for (size_t i = 0; i < count; i++)
        add_reminder(arena, &out, to, &list[i], alone);
    buf_printf(&out, "First lines may be commands: %.*stake %.*ssnooze 2h %.*sclose ... %.*shelp tells all\n", STR_ARG(sign), STR_ARG(sign), STR_ARG(sign), STR_ARG(sign));
    return done(arena, &out);
}

bool notify_reminders(struct arena *arena, const struct notify_letter *to, const struct notify_reminder *list, size_t count, struct letter *letter, struct err *err)
{
    bool alone = is_one_ticket(list, count);
    struct mail mail = {.arena = arena, .to = to, .ticket = alone ? list[0].ticket : 0, .kind = "reminder", .auto_submitted = "auto-generated", .bounces = alone};
    bool over = false;
    if (!write_token(&mail, err))
        return false;
    for (size_t i = 0; i < count; i++)
        over = over || list[i].over;
    mail.from_name = to->desk->name;
    mail.subject = alone ? arena_printf(arena, "[%.*s-%" PRId64 "] %s: %.*s", STR_ARG(to->desk->tag), list[0].ticket, over ? "Overdue" : "Due soon", STR_ARG(list[0].subject))
                         : arena_printf(arena, "%zu promised times run out%s", count, over ? " or are over" : "");
    mail.text = reminders_text(arena, mail.token, to, list, count, alone);
    return fill(&mail, letter, err);
}

struct str notify_standing_address(struct arena *arena, const struct desk *desk, const struct token_keys *keys, const struct agent_settings *agent)
{
    struct token token = {.purpose = TOKEN_STANDING, .party = authority_agent_party(agent->name)};
    char text[TOKEN_TEXT_MAX];
    token_write(keys, &token, text);
    return text[0] != 0 ? letters_token_address(arena, desk->address, text) : (struct str){0};
}
