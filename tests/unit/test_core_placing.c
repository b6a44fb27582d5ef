/* test_core_placing: whose ticket is it? Whole conversations as a table, over a real store: what each mail becomes, and which mails share a ticket. */
#include "core_fixture.h"

#include "base/clock.h"
#include "desk/authority.h"
#include "store/people.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define STEPS_MAX 5u

/* What happens before a mail comes. The tickets are named by the number of the mail that opened them (1 is the first of the case). */
enum event { NOTHING, CLOSE_1, CLOSE_1_FOR_LONG, MERGE_1_INTO_2, MERGE_1_2_3, REVOKE_1, ROTATE, RETIRE, IMPORT, CUSTOMER, TWO_DAYS };

/* In texts: {n1} the ticket's number, {t1} the address with its customer's token, {k1} the token itself, {i1} the acknowledgement's Message-ID, {a1} the address with agent
 * alice's token for it, {s} alice's standing address. `to` NULL: the desk; mailbox NULL: support. wanted: "opened", "opened+1" (linked with it), "appended 1", "proposed 1" … */
struct step {
    const char *wanted, *from, *subject, *headers, *text, *to, *mailbox;
    enum event before;
};

#define MAIL_AFTER(w, f, s, h, t, a, m, e) {.wanted = w, .from = f, .subject = s, .headers = h, .text = t, .to = a, .mailbox = m, .before = e}
#define MAIL_TO(w, f, s, h, t, a) MAIL_AFTER(w, f, s, h, t, a, NULL, NOTHING)
#define MAIL(w, f, s, h, t) MAIL_TO(w, f, s, h, t, NULL)

static const struct conversation {
    const char *name;
    struct step steps[STEPS_MAX];
} conversations[] = {
#define JO "Jo Meier <jo@fabrikam.example>"
#define EVE "eve@evil.example"
#define FIRST MAIL("opened", JO, "Printer jams", "Message-ID: <one@fabrikam.example>\n", "It jams.\n")
#define REF "In-Reply-To: <one@fabrikam.example>\n"
    /* ---- answering, in the languages of the world */
    {"Re", {FIRST, MAIL("appended 1", JO, "Re: Printer jams", REF, "Still.\n")}},
    {"AW, German", {FIRST, MAIL("appended 1", JO, "AW: [INC-{n1}] Printer jams", "", "Noch immer.\n")}},
    {"SV, Swedish", {FIRST, MAIL("appended 1", JO, "SV: Printer jams", REF, "Still.\n")}},
    {"Antw, Dutch", {FIRST, MAIL("appended 1", JO, "Antw: Printer jams", REF, "Still.\n")}},
    {"RIF, Italian", {FIRST, MAIL("appended 1", JO, "RIF: Printer jams", REF, "Ancora.\n")}},
    {"Odp, Polish", {FIRST, MAIL("appended 1", JO, "Odp: Printer jams", REF, "Nadal.\n")}},
    {"YNT, Turkish", {FIRST, MAIL("appended 1", JO, "YNT: Printer jams", REF, "Hala.\n")}},
    {"回复, Chinese", {FIRST, MAIL("appended 1", JO, "=?utf-8?B?5Zue5aSNOiBQcmludGVyIGphbXM=?=", REF, "Still.\n")}},
    {"Отв, Russian", {FIRST, MAIL("appended 1", JO, "=?utf-8?B?0J7RgtCyOiBQcmludGVyIGphbXM=?=", REF, "Still.\n")}},
    {"Re[3], a counter", {FIRST, MAIL("appended 1", JO, "Re[3]: RE: Printer jams", REF, "Still.\n")}},
    {"[EXTERNAL] in front", {FIRST, MAIL("appended 1", JO, "[EXTERNAL] Re: Printer jams", REF, "Still.\n")}},
    {"no prefix at all", {FIRST, MAIL("appended 1", JO, "Printer jams", REF, "Still.\n")}},
    {"References only", {FIRST, MAIL("appended 1", JO, "Re: Printer jams", "References: <old@x.example> <one@fabrikam.example>\n", "Still.\n")}},
    {"In-Reply-To with words around it", {FIRST, MAIL("appended 1", JO, "Re: Printer jams", "In-Reply-To: Your mail of Monday <one@fabrikam.example>\n", "Still.\n")}},
    {"the newest reference wins", {FIRST, MAIL("opened", JO, "Scanner", "Message-ID: <two@fabrikam.example>\n", "Dark.\n"),
                                   MAIL("appended 2", JO, "Re: Printer jams, Scanner", "References: <one@fabrikam.example> <two@fabrikam.example>\n", "Both.\n")}},
    {"our acknowledgement is answered", {FIRST, MAIL("appended 1", JO, "Re: [INC-{n1}] We have received your message", "In-Reply-To: <{i1}>\n", "Fine.\n")}},
    {"a reply to a reply", {FIRST, MAIL("appended 1", JO, "Re: Printer jams", REF "Message-ID: <two@fabrikam.example>\n", "Still.\n"),
                            MAIL("appended 1", JO, "Re: Printer jams", "In-Reply-To: <two@fabrikam.example>\n", "And still.\n")}},
    /* ---- passing on */
    {"Fwd opens a linked one", {FIRST, MAIL("opened+1", JO, "Fwd: Printer jams", REF, "Please see.\n")}},
    {"WG, German", {FIRST, MAIL("opened+1", JO, "WG: Printer jams", REF, "Bitte.\n")}},
    {"TR, French", {FIRST, MAIL("opened+1", JO, "TR: Printer jams", REF, "Svp.\n")}},
    {"转发, Chinese", {FIRST, MAIL("opened+1", JO, "=?utf-8?B?6L2s5Y+ROiBQcmludGVyIGphbXM=?=", REF, "Please.\n")}},
    {"Re of a Fwd is an answer", {FIRST, MAIL("appended 1", JO, "Re: Fwd: Printer jams", REF, "Please.\n")}},
    {"a forward to the ticket's address joins", {FIRST, MAIL_TO("appended 1", JO, "Fwd: Printer jams", "", "For the record.\n", "{t1}")}},
    /* ---- subjects */
    {"another subject opens a linked one", {FIRST, MAIL("opened+1", JO, "Invoice 2041", REF, "Wrong sum.\n")}},
    {"another subject to the ticket's address joins", {FIRST, MAIL_TO("appended 1", JO, "Invoice 2041", REF, "Wrong sum.\n", "{t1}")}},
    {"another subject with the tag joins", {FIRST, MAIL("appended 1", JO, "[INC-{n1}] something else", REF, "Wrong.\n")}},
    {"a subject with words in common joins", {FIRST, MAIL("appended 1", JO, "Re: Printer on floor 2", REF, "That one.\n")}},
    {"the same subject alone is a new matter", {FIRST, MAIL("opened", JO, "Re: Printer jams", "", "Again.\n")}},
    {"an empty subject joins by reference", {FIRST, MAIL("appended 1", JO, "", REF, "Still.\n")}},
    /* ---- tokens */
    {"token in the address, all headers stripped", {FIRST, MAIL_TO("appended 1", "jo@private.example", "hello", "", "From my phone.\n", "{t1}")}},
    {"token in capitals", {FIRST, MAIL_TO("appended 1", JO, "hello", "", "Shouting.\n", "{T1}")}},
    {"token in the marker line", {FIRST, MAIL("appended 1", "jo@private.example", "Printer jams", "", "Still.\n\n> ##- Please reply above this line -## ref:{k1}\n> We have it.\n")}},
    {"token in a Message-ID whose domain was rewritten", {FIRST, MAIL("appended 1", "jo@private.example", "Re: Printer jams", "In-Reply-To: <{k1}.7@gateway.example>\n", "Still.\n")}},
    {"token in Cc", {FIRST, MAIL_TO("appended 1", "jo@private.example", "Printer", "Cc: {t1}\n", "Still.\n", "help@contoso.example")}},
    {"token in Delivered-To", {FIRST, MAIL_TO("appended 1", "jo@private.example", "Printer", "Delivered-To: {t1}\n", "Still.\n", "undisclosed-recipients:;")}},
    {"token wins over a reference", {FIRST, MAIL("opened", JO, "Scanner", "Message-ID: <two@fabrikam.example>\n", "Dark.\n"),
                                     MAIL_TO("appended 1", JO, "Re: Scanner", "In-Reply-To: <two@fabrikam.example>\n", "That.\n", "{t1}")}},
    {"a void token, a stranger", {FIRST, MAIL_AFTER("opened", EVE, "hello", "", "Let me in.\n", "{t1}", NULL, REVOKE_1)}},
    {"a void token, and a party's reference", {FIRST, MAIL_AFTER("appended 1", JO, "Re: Printer jams", REF, "Still.\n", "{t1}", NULL, REVOKE_1)}},
    {"a token of an older key", {FIRST, MAIL_AFTER("appended 1", "jo@private.example", "hello", "", "Old letter.\n", "{t1}", NULL, ROTATE)}},
    {"a token of a key that is gone", {FIRST, MAIL_AFTER("opened", "jo@private.example", "hello", "", "Very old letter.\n", "{t1}", NULL, RETIRE)}},
    {"an agent's token in a stranger's mail", {FIRST, MAIL_TO("proposed 1", EVE, "hello", "", "Close it.\n", "{a1}")}},
    {"an agent's token in the customer's mail", {FIRST, MAIL_TO("proposed 1", JO, "hello", "", "Close it.\n", "{a1}")}},
    {"an agent's token, and a party's reference", {FIRST, MAIL_TO("appended 1", JO, "Re: Printer jams", REF, "Still.\n", "{a1}")}},
    {"a standing token in a stranger's mail", {FIRST, MAIL_TO("opened", EVE, "hello", "", "Hello.\n", "{s}")}},
    {"the agent with his own token", {FIRST, MAIL_TO("appended 1", "alice@contoso.example", "Re: Printer jams", "", "Fixed.\n", "{a1}")}},
    {"the agent with a customer's token", {FIRST, MAIL_TO("appended 1", "alice@contoso.example", "Re: Printer jams", "", "Fixed.\n", "{t1}")}},
    /* ---- strangers */
    {"a stranger's reference", {FIRST, MAIL("proposed 1", EVE, "Re: Printer jams", REF, "Me too.\n")}},
    {"a stranger's tag", {FIRST, MAIL("proposed 1", EVE, "Re: [INC-{n1}] Printer jams", "", "Me too.\n")}},
    {"a stranger's tag of no ticket", {FIRST, MAIL("opened", EVE, "Re: [INC-99999] Printer jams", "", "Me too.\n")}},
    {"a stranger in the customer's name", {FIRST, MAIL("proposed 1", "Jo Meier <eve@evil.example>", "Re: Printer jams", REF, "It is me.\n")}},
    {"Reply-To makes no party", {FIRST, MAIL("proposed 1", EVE, "Re: Printer jams", REF "Reply-To: jo@fabrikam.example\n", "Me.\n")}},
    {"two From fields make no party", {FIRST, MAIL("proposed 1", "jo@fabrikam.example, eve@evil.example", "Re: Printer jams", REF, "We.\n")}},
    {"the party in other letters", {FIRST, MAIL("appended 1", "JO@Fabrikam.Example", "Re: Printer jams", REF, "Me.\n")}},
    {"the party with a plus", {FIRST, MAIL("proposed 1", "jo+x@fabrikam.example", "Re: Printer jams", REF, "Me.\n")}},
    {"a colleague of the same customer", {FIRST, MAIL_AFTER("appended 1", "max@fabrikam.example", "Re: [INC-{n1}] Printer jams", "", "Mine too.\n", NULL, NULL, CUSTOMER)}},
    {"a colleague of nobody's customer", {FIRST, MAIL("proposed 1", "max@fabrikam.example", "Re: [INC-{n1}] Printer jams", "", "Mine too.\n")}},
    {"who was only put into Cc", {MAIL("opened", JO, "Printer jams", "Message-ID: <one@fabrikam.example>\nCc: eve@evil.example\n", "It jams.\n"),
                                  MAIL("proposed 1", EVE, "Re: Printer jams", REF, "Me too.\n")}},
    /* ---- closed, and thanks */
    {"a reply reopens", {FIRST, MAIL_AFTER("appended 1 reopened", JO, "Re: Printer jams", REF, "Again.\n", NULL, NULL, CLOSE_1)}},
    {"a reply long after opens a linked one", {FIRST, MAIL_AFTER("opened+1", JO, "Re: Printer jams", REF, "Again.\n", NULL, NULL, CLOSE_1_FOR_LONG)}},
    {"to the ticket's address long after", {FIRST, MAIL_AFTER("opened+1", JO, "Re: Printer jams", "", "Again.\n", "{t1}", NULL, CLOSE_1_FOR_LONG)}},
    {"thanks leave it closed", {FIRST, MAIL_AFTER("appended 1 thanks", JO, "Re: Printer jams", REF, "Thank you very much!\n\nBest regards\nJo Meier\n", NULL, NULL, CLOSE_1)}},
    {"thanks leave it closed, long after", {FIRST, MAIL_AFTER("appended 1 thanks", JO, "Re: Printer jams", REF, "Danke!\n", NULL, NULL, CLOSE_1_FOR_LONG)}},
    {"thanks with a but", {FIRST, MAIL_AFTER("appended 1 reopened", JO, "Re: Printer jams", REF, "Thanks, but it still jams.\n", NULL, NULL, CLOSE_1)}},
    {"thanks on an open ticket", {FIRST, MAIL("appended 1", JO, "Re: Printer jams", REF, "Thanks!\n")}},
    {"a stranger's thanks", {FIRST, MAIL_AFTER("proposed 1", EVE, "Re: Printer jams", REF, "Thanks!\n", NULL, NULL, CLOSE_1)}},
    {"an absence notice does not reopen", {FIRST, MAIL_AFTER("automatic 1", JO, "Out of office: Printer jams", REF "Auto-Submitted: auto-replied\n", "I am away.\n", NULL, NULL, CLOSE_1)}},
    {"an absence notice to nothing of ours", {MAIL("automatic", JO, "Out of office", "Auto-Submitted: auto-replied\nIn-Reply-To: <x@y.example>\n", "I am away.\n")}},
    {"a stranger does not reopen", {FIRST, MAIL_AFTER("proposed 1", EVE, "Re: Printer jams", REF, "Hm.\n", NULL, NULL, CLOSE_1)}},
    /* ---- merged */
    {"a reference to a merged ticket", {FIRST, MAIL("opened", JO, "Printer smokes", "Message-ID: <two@fabrikam.example>\n", "It smokes.\n"),
                                        MAIL_AFTER("appended 2", JO, "Re: Printer jams", REF, "Still.\n", NULL, NULL, MERGE_1_INTO_2)}},
    {"a token of a merged ticket", {FIRST, MAIL("opened", JO, "Printer smokes", "Message-ID: <two@fabrikam.example>\n", "It smokes.\n"),
                                    MAIL_AFTER("appended 2", "jo@private.example", "hello", "", "Still.\n", "{t1}", NULL, MERGE_1_INTO_2)}},
    {"the tag of a merged ticket", {FIRST, MAIL("opened", "max@fabrikam.example", "Printer smokes", "Message-ID: <two@fabrikam.example>\n", "It smokes.\n"),
                                    MAIL_AFTER("appended 2", JO, "[INC-{n1}] news", "", "Still.\n", NULL, NULL, MERGE_1_INTO_2)}},
    {"a chain of merges", {FIRST, MAIL("opened", JO, "Printer smokes", "Message-ID: <two@fabrikam.example>\n", "It smokes.\n"),
                           MAIL("opened", JO, "Printer burns", "Message-ID: <three@fabrikam.example>\n", "It burns.\n"),
                           MAIL_AFTER("appended 3", JO, "Re: Printer jams", REF, "Still.\n", NULL, NULL, MERGE_1_2_3)}},
    {"a stranger's reference to a merged ticket", {FIRST, MAIL("opened", JO, "Printer smokes", "Message-ID: <two@fabrikam.example>\n", "It smokes.\n"),
                                                   MAIL_AFTER("proposed 2", EVE, "Re: Printer jams", REF, "Hm.\n", NULL, NULL, MERGE_1_INTO_2)}},
    /* ---- numbers of other systems */
    {"a former number, its party", {FIRST, MAIL_AFTER("appended imported", JO, "Re: [Ticket#4711-22] Old matter", "", "And?\n", NULL, NULL, IMPORT)}},
    {"a former number, other letters", {FIRST, MAIL_AFTER("appended imported", JO, "AW: TICKET# 4711-22: Old matter", "", "And?\n", NULL, NULL, IMPORT)}},
    {"a former number, a stranger", {FIRST, MAIL_AFTER("proposed imported", EVE, "Re: [Ticket#4711-22] Old matter", "", "And?\n", NULL, NULL, IMPORT)}},
    {"a former number nobody had", {FIRST, MAIL_AFTER("opened", JO, "Re: [Ticket#4712] Old matter", "", "And?\n", NULL, NULL, IMPORT)}},
    {"an imported Message-ID", {FIRST, MAIL_AFTER("appended imported", JO, "Re: Old matter", "In-Reply-To: <old.1@former.example>\n", "And?\n", NULL, NULL, IMPORT)}},
    {"a partner's number", {MAIL("opened", "desk@acme.example", "[ACME #77] Your line", "", "Fault.\n"),
                            MAIL("appended 1", "desk@acme.example", "Re: [ACME #77] Your line", "", "Measured.\n")}},
    {"a partner's number, another of his people", {MAIL("opened", "desk@acme.example", "[ACME #77] Your line", "", "Fault.\n"),
                                                   MAIL("appended 1", "bob@acme.example", "[acme #77] quite another subject", "", "Measured.\n")}},
    {"a partner's number, a stranger", {MAIL("opened", "desk@acme.example", "[ACME #77] Your line", "", "Fault.\n"),
                                        MAIL("proposed 1", EVE, "Re: [ACME #77] Your line", "", "Let me in.\n")}},
    {"another partner's number", {MAIL("opened", "desk@acme.example", "[ACME #77] Your line", "", "Fault.\n"),
                                  MAIL("opened", "desk@acme.example", "[ACME #78] Your line", "", "Another fault.\n")}},
    {"a partner's number learnt from his answer", {FIRST, MAIL_TO("appended 1", "desk@acme.example", "Re: Printer jams [ACME #90]", "", "We have it.\n", "{t1}"),
                                                   MAIL("proposed 1", "desk@acme.example", "[ACME #90] news", "", "Done.\n")}},
    {"two at a public provider", {MAIL("opened", "a@gmail.com", "[ACME #79] line", "", "Fault.\n"), MAIL("proposed 1", "b@gmail.com", "[ACME #79] line", "", "Fault.\n")}},
    /* ---- one mail twice */
    {"one mail to two mailboxes", {FIRST, MAIL_AFTER("opened+1 answered", JO, "Printer jams", "Message-ID: <one@fabrikam.example>\nDelivered-To: sales@contoso.example\n", "It jams.\n", NULL, "sales", NOTHING)}},
    {"a reply to two mailboxes", {FIRST, MAIL_AFTER("opened+1 answered", JO, "Printer jams", "Message-ID: <one@fabrikam.example>\nDelivered-To: sales@contoso.example\n", "It jams.\n", NULL, "sales", NOTHING),
                                  MAIL("appended 1", JO, "Re: Printer jams", REF "Message-ID: <r@fabrikam.example>\n", "Still.\n"),
                                  MAIL_AFTER("appended 2 copy", JO, "Re: Printer jams", REF "Message-ID: <r@fabrikam.example>\nDelivered-To: sales@contoso.example\n", "Still.\n", NULL, "sales", NOTHING)}},
    {"one mail twice in one mailbox", {FIRST, MAIL("appended 1 copy", JO, "Printer jams", "Message-ID: <one@fabrikam.example>\nDelivered-To: help@contoso.example\n", "It jams.\n")}},
    {"another mail of the same Message-ID", {FIRST, MAIL("opened marked", JO, "Scanner", "Message-ID: <one@fabrikam.example>\n", "Dark.\n")}},
    {"another sender's mail of the same Message-ID", {FIRST, MAIL_AFTER("opened marked", EVE, "Printer jams", "Message-ID: <one@fabrikam.example>\n", "It jams.\n", NULL, "sales", NOTHING)}},
    {"the same Message-ID days later", {FIRST, MAIL_AFTER("opened marked", JO, "Printer jams", "Message-ID: <one@fabrikam.example>\nX: y\n", "It jams.\n", NULL, "sales", TWO_DAYS)}},
};

/* One conversation while it goes on. */
struct play {
    struct core_fixture *f;
    struct line lines[STEPS_MAX];
    size_t count;
    int64_t imported;
};

static struct str token_address(struct play *p, const char *token)
{
    return arena_printf(p->f->arena, "support+%s@contoso.example", token);
}

static struct str agent_token(struct play *p, enum token_purpose purpose, int64_t ticket)
{
    char text[TOKEN_TEXT_MAX];
    struct token token = {.purpose = purpose, .ticket = ticket, .party = authority_agent_party(STR("alice"))};
    token_write(&p->f->keys, &token, text);
    return token_address(p, arena_text(p->f->arena, str_of(text)));
}

/* The token in our letter's Reply-To, as the customer has it. */
static struct str customer_token(struct play *p, const struct line *line)
{
    struct str token = {0}, rest = line->letter.octets;
    ptrdiff_t at = str_find(rest, STR("support+"));
    assert_true(at >= 0);
    rest = str_sub(rest, (size_t)at + 8, rest.n);
    assert_true(str_cut(&rest, '@', &token));
    return arena_str(p->f->arena, token);
}

static struct str capitals(struct arena *arena, struct str text)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.n; i++)
        copy[i] = copy[i] >= 'a' && copy[i] <= 'z' ? (char)(copy[i] - 32) : copy[i];
    return (struct str){copy, text.n};
}

static void put_value(struct play *p, struct buf *out, struct str name)
{
    if (str_eq(name, STR("s"))) {
        buf_str(out, agent_token(p, TOKEN_STANDING, 0));
        return;
    }
    assert_int_equal(name.n, 2);
    const struct line *line = &p->lines[name.p[1] - '1'];
    if (name.p[0] == 'n')
        buf_printf(out, "%lld", (long long)line->filed.ticket);
    else if (name.p[0] == 't')
        buf_str(out, token_address(p, arena_text(p->f->arena, customer_token(p, line))));
    else if (name.p[0] == 'T')
        buf_str(out, capitals(p->f->arena, token_address(p, arena_text(p->f->arena, customer_token(p, line)))));
    else if (name.p[0] == 'k')
        buf_str(out, customer_token(p, line));
    else if (name.p[0] == 'i')
        buf_str(out, line->letter.message_id);
    else
        buf_str(out, agent_token(p, TOKEN_AGENT, line->filed.ticket));
}

static const char *filled(struct play *p, const char *text)
{
    struct buf out = {0};
    struct str rest = str_of(text), part;
    while (str_find(rest, STR("{")) >= 0) {
        assert_true(str_cut(&rest, '{', &part));
        buf_str(&out, part);
        assert_true(str_cut(&rest, '}', &part));
        put_value(p, &out, part);
    }
    buf_str(&out, rest);
    const char *result = arena_text(p->f->arena, buf_view(&out));
    buf_free(&out);
    return result;
}

/* ---- what happens between the mails ---- */

static void set_column(struct core_fixture *f, const char *column, int64_t value, int64_t ticket)
{
    sqlite3 *db = NULL;
    char text[200];
    snprintf(text, sizeof text, "UPDATE ticket SET %s = %lld WHERE id = %lld", column, (long long)value, (long long)ticket);
    assert_int_equal(sqlite3_open(core_path(f, "state/triaged.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void close_first(struct play *p, int64_t days)
{
    struct core_fixture *f = p->f;
    struct changed old;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_change(f->store, f->arena, p->lines[0].filed.ticket, STR("state"), STR("closed"), STR("alice"), STR("R"), f->now, &old, &f->err));
    assert_good(store_commit(f->store, &f->err));
    f->now += days * CLOCK_DAY;
}

static void new_key(struct core_fixture *f, bool drop_old)
{
    struct token_key fresh = {.epoch = f->keys.keys[f->keys.count - 1].epoch + 1, .key = {7, 7, 7}};
    if (drop_old)
        f->keys.count = 0;
    f->keys.keys[f->keys.count++] = fresh;
}

static void import_one(struct play *p)
{
    struct core_fixture *f = p->f;
    struct str id = STR("old.1@former.example");
    struct imported imported = {.number = STR("4711-22"), .subject = STR("Old matter"), .requester = STR("jo@fabrikam.example"), .state = STR("open"), .message_ids = {&id, 1}};
    bool fresh = false;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_import(f->store, &imported, f->now, &p->imported, &fresh, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

static void make_customer(struct play *p)
{
    struct core_fixture *f = p->f;
    struct customer customer = {.name = STR("Fabrikam")};
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_customer_put(f->store, &customer, &f->err));
    assert_good(store_customer_domain_put(f->store, customer.id, STR("fabrikam.example"), &f->err));
    assert_good(store_commit(f->store, &f->err));
    set_column(f, "customer", customer.id, p->lines[0].filed.ticket);
}

static void revoke_first(struct play *p)
{
    struct core_fixture *f = p->f;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_token_revoke(f->store, TOKEN_CUSTOMER, p->lines[0].filed.ticket, 0, 1, STR("op"), f->now, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

static void happen(struct play *p, enum event event)
{
    switch (event) {
    case NOTHING:
        break;
    case CLOSE_1:
        close_first(p, 1);
        break;
    case CLOSE_1_FOR_LONG:
        close_first(p, 15);
        break;
    case MERGE_1_2_3:
        set_column(p->f, "merged_into", p->lines[2].filed.ticket, p->lines[1].filed.ticket);
        set_column(p->f, "merged_into", p->lines[1].filed.ticket, p->lines[0].filed.ticket);
        break;
    case MERGE_1_INTO_2:
        set_column(p->f, "merged_into", p->lines[1].filed.ticket, p->lines[0].filed.ticket);
        break;
    case REVOKE_1:
        revoke_first(p);
        break;
    case ROTATE:
    case RETIRE:
        new_key(p->f, event == RETIRE);
        break;
    case IMPORT:
        import_one(p);
        break;
    case CUSTOMER:
        make_customer(p);
        break;
    case TWO_DAYS:
        p->f->now += 2 * CLOCK_DAY;
        break;
    }
}

/* ---- what became of a mail, in the words of the table ---- */

static struct str ticket_word(struct play *p, int64_t ticket)
{
    if (ticket != 0 && ticket == p->imported)
        return STR("imported");
    for (size_t i = 0; i < p->count; i++)
        if (p->lines[i].filed.ticket == ticket && p->lines[i].placement.placed != PLACED_APPENDED)
            return arena_printf(p->f->arena, "%zu", i + 1);
    return arena_printf(p->f->arena, "? (%lld)", (long long)ticket);
}

static struct str outcome_word(struct play *p, const struct line *line)
{
    const struct placement *at = &line->placement;
    struct buf out = {0};
    buf_text(&out, outcome_name(line->filed.outcome));
    if (at->linked != 0)
        buf_printf(&out, "+%.*s", STR_ARG(ticket_word(p, at->linked)));
    if (at->ticket != 0)
        buf_printf(&out, " %.*s", STR_ARG(ticket_word(p, at->ticket)));
    buf_text(&out, at->reopens ? " reopened" : at->thanks ? " thanks" : "");
    buf_text(&out, at->placed == PLACED_NEW && at->acknowledged != 0 ? " answered" : at->placed == PLACED_APPENDED && at->copy ? " copy" : "");
    buf_text(&out, (line->message.defects & MESSAGE_SAME_ID) != 0 ? " marked" : "");
    struct str text = arena_str(p->f->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void take_step(struct play *p, const struct step *s)
{
    struct line *line = &p->lines[p->count];
    const char *headers = filled(p, s->headers);
    happen(p, s->before);
    if (strstr(headers, "Message-ID:") == NULL)
        headers = arena_text(p->f->arena, arena_printf(p->f->arena, "%sMessage-ID: <own.%u@mail.example>\n", headers, p->f->uid));
    struct raw raw = core_raw(p->f, core_mail(p->f, "From: %s\nTo: %s\nSubject: %s\n%sDate: Mon, 21 Sep 2026 10:00:00 +0200\n\n%s", s->from,
                                              s->to != NULL ? filled(p, s->to) : "support@contoso.example", filled(p, s->subject), headers, filled(p, s->text)));
    if (s->mailbox != NULL)
        raw.mailbox = str_of(s->mailbox);
    core_file(p->f, &raw, line);
    p->count++;
}

static bool goes_as_written(struct play *p, const struct conversation *c)
{
    bool good = true;
    for (size_t i = 0; i < STEPS_MAX && c->steps[i].wanted != NULL; i++) {
        take_step(p, &c->steps[i]);
        struct str got = outcome_word(p, &p->lines[i]);
        if (str_eq(got, str_of(c->steps[i].wanted)))
            continue;
        print_error("%s, mail %zu: %.*s (%.*s) instead of %s\n", c->name, i + 1, STR_ARG(got), STR_ARG(p->lines[i].placement.why), c->steps[i].wanted);
        good = false;
    }
    return good;
}

static const char more[] = "rule acme { when subject ~ /\\[ACME #(?<acme>\\d+)\\]/i; partner acme; test \"Subject: [ACME #77] x\" => partner acme \"77\" }\n";
static const char budget[] = "budget { recipient 100/h; domain 1000/h; global 1000/15min; operator boss@contoso.example }\n";

static bool plays(const struct conversation *c)
{
    void *state = NULL;
    static struct str former[] = {STR("Ticket#")};
    assert_int_equal(core_set_up(&state), 0);
    struct play p = {.f = state};
    core_configure(p.f, budget, more);
    p.f->config->desk.former_tags = former;
    p.f->config->desk.former_tag_count = 1;
    bool good = goes_as_written(&p, c);
    core_tear_down(&state);
    return good;
}

static void whose_ticket_it_is(void **state)
{
    size_t wrong = 0, count = sizeof conversations / sizeof conversations[0];
    (void)state;
    for (size_t i = 0; i < count; i++)
        wrong += plays(&conversations[i]) ? 0 : 1;
    print_message("# %zu of %zu conversations go as written\n", count - wrong, count);
    assert_true(count >= 60);
    assert_int_equal(wrong, 0);
}

/* ---- what else a place means ---- */

static void a_stranger_is_answered_as_anybody_who_writes_anew(void **state)
{
    struct core_fixture *f = *state;
    struct line first, proposed, fresh;
    core_file_mail(f, core_mail(f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: Printer\nMessage-ID: <a@x>\n\nIt jams.\n"), &first);
    core_file_mail(f, core_mail(f, "From: eve@evil.example\nTo: support@contoso.example\nSubject: Re: Printer\nIn-Reply-To: <a@x>\nMessage-ID: <b@x>\n\nHm.\n"), &proposed);
    core_file_mail(f, core_mail(f, "From: eva@evil.example\nTo: support@contoso.example\nSubject: Re: Printer\nIn-Reply-To: <no@x>\nMessage-ID: <c@x>\n\nHm.\n"), &fresh);
    assert_text(proposed.verdict.answer_why, "new ticket");
    assert_true(proposed.filed.letter > 0 && fresh.filed.letter > 0);
    assert_int_equal(proposed.letter.octets.n, fresh.letter.octets.n); /* but for numbers and tokens, of one length here, they are the same */
}

static void a_mail_to_two_mailboxes_is_answered_once(void **state)
{
    struct core_fixture *f = *state;
    struct line first, second;
    core_budget(f, "budget { recipient 100/h; domain 1000/h; global 1000/15min; operator boss@contoso.example }\n");
    core_file_mail(f, core_mail(f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: Printer\nMessage-ID: <a@x>\n\nIt jams.\n"), &first);
    struct raw raw = core_raw(f, core_mail(f, "Delivered-To: sales@contoso.example\nFrom: jo@fabrikam.example\nTo: support@contoso.example\nSubject: Printer\nMessage-ID: <a@x>\n\nIt jams.\n"));
    raw.mailbox = STR("sales");
    core_file(f, &raw, &second);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM letter"), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket"), 2);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM link"), 1);
    assert_holds(second.verdict.answer_why, "acknowledged on ticket 1 already");
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM ticket WHERE queue = 'billing' AND mailbox = 'sales'"), 1);
}

static void another_mail_of_the_same_id_is_marked(void **state)
{
    struct core_fixture *f = *state;
    struct line first, second;
    core_file_mail(f, core_mail(f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: Printer\nMessage-ID: <a@x>\n\nIt jams.\n"), &first);
    core_file_mail(f, core_mail(f, "From: jo@fabrikam.example\nTo: support@contoso.example\nSubject: Scanner\nMessage-ID: <a@x>\n\nDark.\n"), &second);
    assert_holds(second.filed.reason, "another mail, on ticket 1, has the same Message-ID");
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM tag WHERE ticket = 2 AND name = 'same-message-id'"), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_provenance WHERE ticket = 2 AND field = 'tag' AND value = 'same-message-id'"), 1);
}

static void a_void_token_is_said_to_be_void(void **state)
{
    struct play p = {.f = *state};
    const struct step first = FIRST, second = MAIL_AFTER("", EVE, "hello", "", "Let me in.\n", "{t1}", NULL, REVOKE_1);
    take_step(&p, &first);
    take_step(&p, &second);
    assert_holds(p.lines[1].placement.why, "a token it carries is void");
    assert_int_equal(p.lines[1].clues.token_count, 0);
    assert_int_equal(p.lines[1].clues.voided, 1);
}

static void cc_brings_parties_by_policy(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    f->config->desk.cc = CC_SAME_DOMAIN;
    core_file_mail(f, core_mail(f, "Authentication-Results: mx.contoso.example; dmarc=pass header.from=fabrikam.example\nFrom: jo@fabrikam.example\nTo: support@contoso.example\n"
                                   "Cc: max@fabrikam.example, eve@evil.example, alice@contoso.example\nSubject: Printer\nMessage-ID: <a@x>\n\nIt jams.\n"), &line);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM party"), 3);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM party WHERE address = 'max@fabrikam.example' AND role = 'participant'"), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM party WHERE address = 'eve@evil.example' AND role = 'suggested'"), 1);
    core_file_mail(f, core_mail(f, "From: eve@evil.example\nTo: support@contoso.example\nCc: mallory@evil.example\nSubject: Re: Printer\nIn-Reply-To: <a@x>\nMessage-ID: <b@x>\n\nHm.\n"), &line);
    assert_int_equal(line.filed.outcome, OUTCOME_PROPOSED);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM party WHERE address = 'mallory@evil.example'"), 0);
}

#define PLACING_TEST(name) cmocka_unit_test_setup_teardown(name, core_set_up, core_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_ticket_it_is),
        PLACING_TEST(a_stranger_is_answered_as_anybody_who_writes_anew),
        PLACING_TEST(a_mail_to_two_mailboxes_is_answered_once),
        PLACING_TEST(another_mail_of_the_same_id_is_marked),
        PLACING_TEST(a_void_token_is_said_to_be_void),
        PLACING_TEST(cc_brings_parties_by_policy),
    };
    return cmocka_run_group_tests_name("core/placing", tests, NULL, NULL);
}
