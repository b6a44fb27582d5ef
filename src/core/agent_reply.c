/* agent_reply: an agent's answer on its way to the customer: cleaned, looked at by the leak guard, put into the customer's thread. */
#include "core/agent.h"

#include "core/tell.h"
#include "desk/leak.h"
#include "desk/reply.h"
#include "mail/address.h"
#include "store/people.h"
#include "store/view.h"

struct answer {
    const struct intake *intake;
    struct arena *arena;
    const struct agent_reply *reply;
    struct party *parties;
    size_t party_count;
    struct message_row *rows;
    size_t row_count;
    struct reply_facts facts;
    struct str text, html;
};

static void add(struct arena *arena, struct str_list *list, size_t room, struct str one)
{
    if (list->list == NULL)
        list->list = arena_array(arena, room, sizeof *list->list);
    list->list[list->count++] = one;
}

/* ---- to whom ------------------------------------------------------------------------------------------------------------------ */

static bool suppressed(const struct answer *a, struct str address, bool *is, struct err *err)
{
    return store_suppressed(a->intake->store, address, a->intake->now, is, err);
}

static bool address_it(struct answer *a, struct err *err)
{
    struct address_list *cc = &a->facts.cc;
    bool is_suppressed = false;
    cc->list = arena_array(a->arena, a->party_count + 1, sizeof *cc->list);
    for (size_t i = 0; i < a->party_count; i++) {
        const struct party *party = &a->parties[i];
        if (desk_owns(&a->intake->config->desk, party->address) || !address_usable(party->address) || str_eq(party->role, STR("suggested")))
            continue;
        if (!suppressed(a, party->address, &is_suppressed, err))
            return false;
        if (str_eq(party->role, STR("requester"))) {
            if (is_suppressed)
                return err_set(err, ERR_ITEM, "mail to %.*s failed for good lately; triagectl suppress drop %.*s lets it go again", STR_ARG(party->address),
                               STR_ARG(party->address));
            a->facts.to = (struct address){party->name, party->address};
            a->facts.party = party->id;
        } else if (!is_suppressed) {
            cc->list[cc->count++] = (struct address){party->name, party->address};
        }
    }
    return a->facts.to.addr.n > 0 || err_set(err, ERR_ITEM, "the ticket has no requester with an address that can be written to");
}

static struct str told_to(const struct answer *a)
{
    struct buf out = {0};
    buf_str(&out, a->facts.to.addr);
    for (size_t i = 0; i < a->facts.cc.count; i++)
        buf_printf(&out, "%s%.*s", i == 0 ? ", copy to " : ", ", STR_ARG(a->facts.cc.list[i].addr));
    struct str text = arena_str(a->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

/* ---- the guard ------------------------------------------------------------------------------------------------------------------ */

static bool on_ticket(const struct answer *a, struct str address)
{
    for (size_t i = 0; i < a->party_count; i++)
        if (str_eq(a->parties[i].address, address))
            return true;
    return desk_owns(&a->intake->config->desk, address);
}

/* Known here, as an agent's, a contact's, or a party of another ticket's. */
static bool is_foreign(const struct answer *a, const struct leak_facts *facts, struct str address, bool *foreign, struct err *err)
{
    bool said = false;
    *foreign = false;
    for (size_t i = 0; i < facts->said.count; i++)
        said = said || str_ifind(facts->said.list[i], address) >= 0;
    if (said || on_ticket(a, address))
        return true;
    if (desk_agent_at(&a->intake->config->desk, address) != NULL)
        *foreign = true;
    return *foreign || store_address_known(a->intake->store, address, foreign, err);
}

static bool gather_facts(const struct answer *a, struct leak_facts *facts, struct err *err)
{
    struct str_list named = {0};
    for (size_t i = 0; i < a->row_count; i++) {
        const struct message_row *row = &a->rows[i];
        if (str_eq(row->kind, STR("note"))) /* other rows beside the conversation are reports of mail systems */
            add(a->arena, &facts->notes, a->row_count, row->text);
        else if (str_eq(row->direction, STR("in")) && !row->proposed) {
            add(a->arena, &facts->said, 2 * a->row_count, row->text);
            add(a->arena, &facts->said, 2 * a->row_count, row->subject);
        }
    }
    leak_addresses(a->arena, a->text, &named, &facts->many);
    for (size_t i = 0; i < named.count; i++) {
        bool foreign = false;
        if (!is_foreign(a, facts, named.list[i], &foreign, err))
            return false;
        if (foreign)
            add(a->arena, &facts->foreign, named.count, named.list[i]);
    }
    return true;
}

static bool guard(const struct answer *a, struct str *held, struct err *err)
{
    struct leak_facts facts = {.ticket = a->reply->ticket};
    if (!gather_facts(a, &facts, err))
        return false;
    *held = leak_check(a->arena, &a->intake->config->desk, &facts, a->text);
    for (size_t i = 0; held->n == 0 && a->reply->carried != NULL && i < a->reply->carried->file_count; i++)
        *held = leak_file(a->arena, &a->intake->config->desk, &facts, &a->reply->carried->files[i]);
    return true;
}

/* ---- the letter ------------------------------------------------------------------------------------------------------------------ */

static bool load(struct answer *a, struct err *err)
{
    struct store *store = a->intake->store;
    struct thread thread = {0};
    struct ticket_row ticket = {0};
    int64_t id = a->reply->ticket;
    if (!view_ticket(store, a->arena, id, &ticket, err) || !store_parties(store, a->arena, id, &a->parties, &a->party_count, err) ||
        !view_messages(store, a->arena, id, &a->rows, &a->row_count, err) || !store_thread(store, a->arena, id, &thread, err))
        return false;
    a->facts = (struct reply_facts){.ticket = id,
                                    .now = a->intake->now,
                                    .subject = thread.message != 0 && thread.subject.n > 0 ? thread.subject : ticket.subject,
                                    .language = ticket.language,
                                    .answered = thread.message_id,
                                    .references = thread.references,
                                    .thread_index = thread.thread_index,
                                    .thread_topic = thread.thread_topic};
    return true;
}

/* HTML that still names an agent or a token after cleaning is left out: the text says the same. */
static struct str clean_html(const struct answer *a)
{
    const struct desk *desk = &a->intake->config->desk;
    struct str html = reply_clean(a->arena, desk, a->reply->html);
    for (size_t i = 0; i < desk->agent_count; i++)
        for (size_t k = 0; k < desk->agents[i].address_count; k++)
            if (str_ifind(html, desk->agents[i].addresses[k]) >= 0)
                return STR("");
    return html;
}

bool agent_reply(const struct intake *intake, struct arena *arena, const struct agent_reply *reply, int64_t *letter, struct str *to, struct str *held, struct err *err)
{
    static const struct carried nothing;
    struct answer a = {.intake = intake, .arena = arena, .reply = reply};
    struct letter out = {0};
    *held = STR("");
    if (!load(&a, err) || !address_it(&a, err))
        return false;
    a.text = reply_clean(arena, &intake->config->desk, reply->text);
    a.html = clean_html(&a);
    *to = told_to(&a);
    if (!guard(&a, held, err) || !store_letter_id(intake->store, &a.facts.letter, err) ||
        !reply_compose(arena, &intake->config->desk, intake->keys, reply->agent, &a.facts, a.text, a.html, reply->carried != NULL ? reply->carried : &nothing, &out, err))
        return false;
    *letter = out.id;
    out.relay = tell_relay(intake, arena, reply->ticket);
    return store_letter_add(intake->store, &out, 0, intake->now, held->n > 0, err) &&
           store_begun(intake->store, reply->ticket, reply->agent->name, STR("an agent answers"), intake->now, err);
}
