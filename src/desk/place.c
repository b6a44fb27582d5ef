/* place: evidence in its order, the first that may join wins. What a stranger refers to is only proposed, and what follows from a reference alone
 * (not from an address we made for the ticket) is doubted when the mail is a forward or speaks of something else. */
#include "desk/place.h"

#include "desk/thanks.h"

#include "rows.h"
#include "mail/subject.h"

#include <inttypes.h>

struct weighing {
    struct arena *arena;
    const struct desk *desk;
    const struct message *message;
    const struct sender *sender;
    int64_t now;
    const struct clues *clues;
    struct placement *placement;
};

static void add_id(struct arena *arena, struct str_list *ids, struct str id)
{
    if (id.n == 0 || ids->count >= MESSAGE_REFERENCES_MAX)
        return;
    for (size_t i = 0; i < ids->count; i++) {
        if (str_eq(ids->list[i], id))
            return;
    }
    ids->list = rows_more(arena, ids->list, ids->count, sizeof *ids->list);
    ids->list[ids->count++] = id;
}

static bool is_report(const struct message *m)
{
    return m->kind == MESSAGE_BOUNCE || m->kind == MESSAGE_DELAY || m->kind == MESSAGE_FEEDBACK;
}

/* Nobody typed it: it never opens a closed ticket again and never proves that a thread went on. */
static bool is_automatic(const struct message *m)
{
    return m->kind == MESSAGE_AUTOMATIC || m->kind == MESSAGE_LIST || m->kind == MESSAGE_CHALLENGE || m->kind == MESSAGE_RECEIPT;
}

/* A machine's answer to a mail, by a header that says so (RFC 3834 and its elders), or a receipt or challenge: without a ticket it would only
 * make one that nobody asked for. */
static bool is_machine_answer(const struct message *m)
{
    static const char *const answer_headers[] = {"X-Autoreply",     "X-Auto-Reply",     "X-Autorespond", "X-Autoresponder",
                                                 "X-AutoReply-From", "X-Mail-Autoreply"};
    if (m->kind == MESSAGE_RECEIPT || m->kind == MESSAGE_CHALLENGE)
        return true;
    if (m->kind != MESSAGE_AUTOMATIC)
        return false;
    const struct header_field *submitted = message_header(m, STR("Auto-Submitted"));
    if (submitted != NULL && str_istarts(str_trim(submitted->value), STR("auto-replied")))
        return true;
    const struct header_field *precedence = message_header(m, STR("Precedence"));
    if (precedence != NULL && str_ieq(str_trim(precedence->value), STR("auto_reply")))
        return true;
    for (size_t i = 0; i < sizeof answer_headers / sizeof answer_headers[0]; i++) {
        if (message_header(m, str_of(answer_headers[i])) != NULL)
            return true;
    }
    return false;
}

static bool by_token(const struct candidate *c)
{
    return str_eq(c->by, STR("token"));
}

static bool by_number(const struct candidate *c)
{
    return str_eq(c->by, STR("partner")) || str_eq(c->by, STR("former"));
}

/* The clue in words: "token", "reference <id>", "tag [INC-1042]". */
static struct str clue_words(struct weighing *w, const struct candidate *c)
{
    if (by_token(c))
        return STR("our token");
    if (str_eq(c->by, STR("reference")))
        return arena_printf(w->arena, "a reference to <%.*s>", STR_ARG(c->clue));
    if (by_number(c))
        return arena_printf(w->arena, "%s number %.*s", str_eq(c->by, STR("partner")) ? "the partner's" : "the former", STR_ARG(c->clue));
    return arena_printf(w->arena, "the subject tag of ticket %" PRId64, c->asked);
}

/* "leads to ticket 12", and how when that is not the ticket the clue names. */
static struct str leads_to(struct weighing *w, const struct candidate *c)
{
    if (c->asked == 0 || c->asked == c->ticket)
        return arena_printf(w->arena, "%.*s leads to ticket %" PRId64, STR_ARG(clue_words(w, c)), c->ticket);
    return arena_printf(w->arena, "%.*s leads to ticket %" PRId64 ", into which ticket %" PRId64 " was merged", STR_ARG(clue_words(w, c)), c->ticket, c->asked);
}

/* May the sender act on the ticket as an agent? Only on the one for which he holds a token of his own. */
static bool acts_on(const struct weighing *w, int64_t ticket)
{
    return w->sender->agent.n != 0 && w->sender->proven && w->sender->token_ticket == ticket;
}

/* Is a verified token for the ticket one that this sender may use: a customer's (whoever holds it was given it), or an agent's own? */
static bool token_serves(const struct weighing *w, int64_t ticket)
{
    for (size_t i = 0; i < w->clues->token_count; i++) {
        const struct token *t = &w->clues->tokens[i];
        if (t->ticket == ticket && (t->purpose == TOKEN_CUSTOMER || acts_on(w, ticket)))
            return true;
    }
    return false;
}

static bool sent_to_ticket(const struct weighing *w, int64_t ticket)
{
    for (size_t i = 0; i < w->clues->addressed_count && i < w->clues->token_count; i++) {
        if (w->clues->tokens[i].ticket == ticket)
            return true;
    }
    return false;
}

static bool may_join(const struct weighing *w, const struct candidate *c)
{
    if (by_token(c))
        return token_serves(w, c->ticket);
    if (str_eq(c->by, STR("partner")) && c->same_domain)
        return true;
    return c->is_party || c->same_customer || acts_on(w, c->ticket);
}

static void place_new(struct weighing *w, int64_t linked, struct str evidence, struct str why)
{
    *w->placement = (struct placement){.placed = PLACED_NEW, .linked = linked, .evidence = evidence, .why = why};
}

static void place_onto(struct weighing *w, enum placed placed, const struct candidate *c, struct str why)
{
    *w->placement = (struct placement){.placed = placed, .ticket = c->ticket, .letter = c->letter, .evidence = c->by, .why = why};
}

/* A reason to open a linked ticket instead of joining; empty when there is none. */
static struct str reason_apart(const struct weighing *w, const struct candidate *c)
{
    if (c->closed && w->now - c->closed_at > w->desk->reopen_window)
        return STR("that ticket has been closed for longer than the reopening window");
    if (by_token(c) && sent_to_ticket(w, c->ticket))
        return (struct str){0};
    if (w->clues->forwarded)
        return STR("the mail is a forward");
    if (w->clues->tag != c->asked && !by_number(c) && subject_changed(w->arena, w->clues->bare_subject, place_bare_subject(w->arena, w->desk, c->bare_subject)))
        return STR("its subject is a different one");
    return (struct str){0};
}

static void join(struct weighing *w, const struct candidate *c)
{
    bool automatic = is_automatic(w->message), thanks = c->closed && w->clues->thanks;
    struct str leads = leads_to(w, c), apart = automatic || thanks ? (struct str){0} : reason_apart(w, c);
    if (apart.n != 0) {
        place_new(w, c->ticket, c->by, arena_printf(w->arena, "%.*s, but %.*s", STR_ARG(leads), STR_ARG(apart)));
        return;
    }
    place_onto(w, PLACED_APPENDED, c, thanks ? arena_printf(w->arena, "%.*s; it says thanks only, so the ticket stays closed", STR_ARG(leads)) : leads);
    w->placement->reopens = c->closed && !automatic && !thanks;
    w->placement->thanks = thanks;
}

/* The same mail in another mailbox, or once more in this one; false: there is none. */
static bool place_twin(struct weighing *w)
{
    const struct twin *twin = &w->clues->twin;
    if (twin->ticket == 0 || !twin->opened || (!twin->elsewhere && !twin->copy))
        return false;
    if (twin->copy) {
        *w->placement = (struct placement){.placed = PLACED_APPENDED, .ticket = twin->ticket, .copy = true, .evidence = STR("message-id"),
                                           .why = arena_printf(w->arena, "the same mail came by another way and opened ticket %" PRId64, twin->ticket)};
        return true;
    }
    place_new(w, twin->ticket, STR("message-id"),
              arena_printf(w->arena, "the same mail came to mailbox %.*s and opened ticket %" PRId64, STR_ARG(twin->mailbox), twin->ticket));
    w->placement->copy = true;
    w->placement->acknowledged = twin->acknowledged ? twin->ticket : 0;
    return true;
}

/* A reply that was sent to two mailboxes belongs to the ticket each of them has. */
static void settle_twin(struct weighing *w)
{
    const struct twin *twin = &w->clues->twin;
    struct placement *p = w->placement;
    if (twin->ticket == 0 || p->ticket != twin->ticket || (!twin->elsewhere && !twin->copy))
        return;
    p->copy = true;
    if (twin->here != 0 && twin->elsewhere) {
        p->ticket = twin->here;
        p->reopens = false;
    }
    p->why = arena_printf(w->arena, "%.*s; the same mail is on ticket %" PRId64 " already", STR_ARG(p->why), twin->ticket);
}

/* What is peculiar about it stands behind the reason. */
static void remark(struct weighing *w)
{
    const struct twin *twin = &w->clues->twin;
    struct placement *p = w->placement;
    if (w->clues->voided > 0)
        p->why = arena_printf(w->arena, "%.*s; a token it carries is void", STR_ARG(p->why));
    if (twin->ticket != 0 && !p->copy)
        p->why = arena_printf(w->arena, "%.*s; another mail, on ticket %" PRId64 ", has the same Message-ID", STR_ARG(p->why), twin->ticket);
}

static void propose(struct weighing *w, const struct candidate *c)
{
    struct str who = w->sender->address.n != 0 ? w->sender->address : STR("the sender");
    place_onto(w, PLACED_PROPOSED, c,
               arena_printf(w->arena, "%.*s, but %.*s is no party of it", STR_ARG(leads_to(w, c)), STR_ARG(who)));
}

/* The candidate a report speaks of: a letter of ours by its Message-ID, else (the mail system kept only the address) what a token of ours names. */
static const struct candidate *reported(const struct candidate *candidates, size_t count)
{
    const struct candidate *named = NULL;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].letter != 0)
            return &candidates[i];
        if (named == NULL && by_token(&candidates[i]))
            named = &candidates[i];
    }
    return named;
}

/* RFC 3464 and kin: what it speaks of counts only when it is a letter of ours, or our token says so. */
static void place_report(struct weighing *w, const struct candidate *candidates, size_t count)
{
    const struct candidate *c = reported(candidates, count);
    if (c != NULL)
        place_onto(w, PLACED_REPORT, c, arena_printf(w->arena, "a report about a letter of ticket %" PRId64, c->ticket));
    else
        *w->placement = (struct placement){.placed = PLACED_REPORT, .evidence = STR("none"), .why = STR("a report about no letter of ours")};
}

static void place_unreferred(struct weighing *w)
{
    if (is_machine_answer(w->message))
        *w->placement = (struct placement){.placed = PLACED_ASIDE,
                                           .evidence = STR("none"),
                                           .why = arena_printf(w->arena, "a machine's answer to nothing of ours (%.*s)",
                                                               STR_ARG(w->message->kind_evidence))};
    else
        place_new(w, 0, STR("none"), STR("nothing leads to a ticket we have"));
}

/* Pictures within the text are its decoration. */
static bool has_files(const struct message *message)
{
    for (size_t i = 0; i < message->attachment_count; i++)
        if (!message->attachments[i].is_inline)
            return true;
    return false;
}

/* Whom somebody thanks, and who signs. */
static struct str_list names_of(struct arena *arena, const struct desk *desk, const struct message *message)
{
    struct str_list names = {arena_array(arena, 1 + 2 * desk->agent_count, sizeof *names.list), 0};
    if (message->from.count == 1)
        names.list[names.count++] = message->from.list[0].name;
    for (size_t i = 0; i < desk->agent_count; i++) {
        names.list[names.count++] = desk->agents[i].display_name;
        names.list[names.count++] = desk->agents[i].public_name;
    }
    return names;
}

void place_clues(struct arena *arena, const struct desk *desk, const struct token_keys *keys, const struct message *message, struct clues *clues)
{
    *clues = (struct clues){0};
    struct str_list texts, addressed;
    token_addressed(arena, message, desk->addresses, desk->address_count, &addressed);
    token_candidates(arena, message, desk->addresses, desk->address_count, &texts);
    clues->tokens = arena_array(arena, texts.count, sizeof *clues->tokens);
    for (size_t i = 0; i < texts.count; i++) {
        if (!token_read(keys, texts.list[i], &clues->tokens[clues->token_count]))
            continue;
        clues->token_count++;
        if (i < addressed.count)
            clues->addressed_count++;
    }
    if (is_report(message))
        add_id(arena, &clues->ids, message->report.original_id);
    for (size_t i = message->in_reply_to.count; i-- > 0;)
        add_id(arena, &clues->ids, message->in_reply_to.list[i]);
    for (size_t i = message->references.count; i-- > 0;)
        add_id(arena, &clues->ids, message->references.list[i]);
    struct subject subject = subject_read(arena, message->subject, desk->tag);
    clues->tag = subject.tag;
    clues->reply_subject = subject.reply;
    clues->forwarded = subject.forwarded;
    clues->bare_subject = subject.bare;
    struct str_list names = names_of(arena, desk, message);
    clues->former = subject_former(arena, message->subject, desk->former_tags, desk->former_tag_count);
    clues->thanks = message->kind == MESSAGE_PERSON && !has_files(message) && thanks_only(arena, message->fresh, &names);
}

struct str place_bare_subject(struct arena *arena, const struct desk *desk, struct str subject)
{
    return subject_read(arena, subject, desk->tag).bare;
}

static void place_by_evidence(struct weighing *w, const struct candidate *candidates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (may_join(w, &candidates[i])) {
            join(w, &candidates[i]);
            if (w->placement->placed == PLACED_APPENDED)
                settle_twin(w);
            else
                (void)place_twin(w);
            return;
        }
    }
    if (place_twin(w))
        return;
    if (count != 0 && !is_machine_answer(w->message))
        propose(w, &candidates[0]);
    else
        place_unreferred(w);
}

void place_decide(struct arena *arena, const struct desk *desk, const struct message *message, const struct sender *sender, int64_t now,
                  const struct clues *clues, const struct candidate *candidates, size_t candidate_count, bool seen, int64_t duplicate_of,
                  struct placement *placement)
{
    struct weighing w = {arena, desk, message, sender, now, clues, placement};
    if (seen) {
        *placement = (struct placement){
            .placed = PLACED_DUPLICATE, .ticket = duplicate_of, .evidence = STR("octets"), .why = STR("the same octets were filed before")};
        return;
    }
    if (message->kind == MESSAGE_OWN) {
        *placement = (struct placement){.placed = PLACED_OWN, .evidence = STR("none"), .why = STR("our own mail has come back")};
        return;
    }
    if (is_report(message)) {
        place_report(&w, candidates, candidate_count);
        return;
    }
    place_by_evidence(&w, candidates, candidate_count);
    remark(&w);
}
