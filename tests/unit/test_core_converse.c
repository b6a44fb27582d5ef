/* The conversation over a real store: what an agent's mail does, and the many ways of looking like an agent that do nothing. Every mail is kept, and every one
 * says why it became what it became. */
#include "core_fixture.h"

#include "base/clock.h"
#include "desk/authority.h"
#include "store/people.h"
#include "store/view.h"

#include <stdio.h>
#include <string.h>

static const char agents[] = "agent bob { name \"Bob\"; address bob@contoso.example; queues network; proof token + dmarc }\n"
                             "agent carol { name \"Carol\"; address carol@contoso.example; queues billing }\n";

/* A ticket of queue network: alice (proof token) and bob (proof token + dmarc) were told. */
struct scene {
    struct core_fixture *f;
    int64_t ticket, other;
    const char *alice, *bob, *alice_other, *alice_standing, *bob_standing, *customer; /* tokens */
    struct str notification, ack; /* Message-IDs */
};

static struct str one_text(struct core_fixture *f, const char *kind, const char *address)
{
    struct letter_row *rows = NULL;
    size_t count = 0;
    assert_good(view_letters(f->store, f->arena, STR("any"), 0, 1000, &rows, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].kind, str_of(kind)) && str_eq(rows[i].to, str_of(address)))
            return rows[i].message_id;
    fail_msg("no %s to %s", kind, address);
    return STR("");
}

static const char *token_text(struct core_fixture *f, enum token_purpose purpose, int64_t ticket, int64_t party)
{
    char *out = arena_alloc(f->arena, TOKEN_TEXT_MAX);
    token_write(&f->keys, &(struct token){.purpose = purpose, .ticket = ticket, .party = party}, out);
    return out;
}

static void file_text(struct core_fixture *f, const char *text, struct line *line)
{
    core_file_mail(f, core_mail(f, "%s", text), line);
}

static struct scene set_scene(struct core_fixture *f)
{
    struct line line;
    struct scene s = {.f = f};
    int64_t party = 0;
    core_configure(f, "budget { recipient 1000/h; domain 1000/h; global 1000/15min; operator boss@contoso.example }\n", agents);
    file_text(f, "From: Jo <jo@fabrikam.example>\nTo: support@contoso.example\nSubject: Gateway de-7 is down\nMessage-ID: <one@fabrikam.example>\n\nIt stopped at noon.\n", &line);
    s.ticket = line.filed.ticket;
    file_text(f, "From: Kim <kim@other.example>\nTo: support@contoso.example\nSubject: Gateway de-8 is down\nMessage-ID: <two@other.example>\n\nOurs, too.\n", &line);
    s.other = line.filed.ticket;
    assert_good(store_party(f->store, s.ticket, STR("jo@fabrikam.example"), &party, &f->err));
    s.alice = token_text(f, TOKEN_AGENT, s.ticket, authority_agent_party(STR("alice")));
    s.alice_other = token_text(f, TOKEN_AGENT, s.other, authority_agent_party(STR("alice")));
    s.bob = token_text(f, TOKEN_AGENT, s.ticket, authority_agent_party(STR("bob")));
    s.alice_standing = token_text(f, TOKEN_STANDING, 0, authority_agent_party(STR("alice")));
    s.bob_standing = token_text(f, TOKEN_STANDING, 0, authority_agent_party(STR("bob")));
    s.customer = token_text(f, TOKEN_CUSTOMER, s.ticket, party);
    s.notification = one_text(f, "notification", "alice@contoso.example");
    s.ack = one_text(f, "ack", "jo@fabrikam.example");
    return s;
}

/* {A} alice's token, {B} bob's, {O} alice's for the other ticket, {S} alice's standing one, {T} bob's, {C} the customer's, {N} the notification's Message-ID,
 * {K} the acknowledgement's, {I} the ticket's number. */
static const char *filled(const struct scene *s, const char *text)
{
    struct buf out = {0};
    for (; *text != '\0'; text++) {
        bool is_mark = text[0] == '{' && text[1] != '\0' && text[2] == '}';
        if (!is_mark) {
            buf_char(&out, *text);
            continue;
        }
        switch (text[1]) {
        case 'A': buf_text(&out, s->alice); break;
        case 'B': buf_text(&out, s->bob); break;
        case 'O': buf_text(&out, s->alice_other); break;
        case 'S': buf_text(&out, s->alice_standing); break;
        case 'T': buf_text(&out, s->bob_standing); break;
        case 'C': buf_text(&out, s->customer); break;
        case 'N': buf_str(&out, s->notification); break;
        case 'K': buf_str(&out, s->ack); break;
        case 'I': buf_printf(&out, "%lld", (long long)s->ticket); break;
        default: fail_msg("unknown mark {%c}", text[1]);
        }
        text += 2;
    }
    const char *result = arena_text(s->f->arena, buf_view(&out));
    buf_free(&out);
    return result;
}

static void file_in(const struct scene *s, const char *text, struct line *line)
{
    file_text(s->f, filled(s, text), line);
}

/* ---- impersonation ------------------------------------------------------------------------------------------------------------ */

#define TO_A "To: support+{A}@contoso.example\n"
#define TO_DESK "To: support@contoso.example\n"
#define ALICE "From: Alice Ng <alice@contoso.example>\n"
#define EVE "From: Eve <eve@evil.example>\n"
#define ORDER "\n#close\n#severity A\n#assign carol\nSend me all you have.\n"

/* Each is one mail; none may change the ticket, write to its customer, or leave no trace. */
static const struct {
    const char *name, *mail;
} attempts[] = {
    /* From alone */
    {"From of an agent, nothing else", ALICE TO_DESK "Subject: order\n" ORDER},
    {"From of an agent, the ticket's number in the subject", ALICE TO_DESK "Subject: Re: [INC-{I}] Gateway de-7 is down\n" ORDER},
    {"From of an agent, a reference to the customer's mail", ALICE TO_DESK "Subject: Re: Gateway de-7 is down\nIn-Reply-To: <one@fabrikam.example>\n" ORDER},
    {"From of an agent, a reference to the acknowledgement", ALICE TO_DESK "Subject: Re: Gateway de-7 is down\nReferences: <{K}>\n" ORDER},
    {"From of an agent, the customer's token", ALICE "To: support+{C}@contoso.example\nSubject: Re: Gateway de-7 is down\n" ORDER},
    {"From of an agent, an invented token", ALICE "To: support+{I}-a1287819544959-1-aaaaaaaaaaaaaaaaaaaaaaaaaa@contoso.example\nSubject: Re: x\n" ORDER},
    {"From of an agent, another agent's token", "From: Bob <bob@contoso.example>\n" TO_A "Subject: Re: Gateway de-7 is down\n" ORDER},
    {"From of an agent, another agent's standing token", ALICE "To: support+{T}@contoso.example\nSubject: order\n" ORDER},
    {"From of an agent, a customer's mail passed on", ALICE TO_DESK "Subject: Fwd: Printer\n\n---------- Forwarded message ---------\nFrom: Jo <jo@fabrikam.example>\nSubject: Printer\n\nIt jams.\n"},
    {"an agent whose mail proves itself, without the ticket's token", ALICE TO_DESK
     "Authentication-Results: mx.contoso.example; dmarc=pass header.from=contoso.example\nSubject: Re: [INC-{I}] Gateway de-7 is down\nIn-Reply-To: <one@fabrikam.example>\n" ORDER},
    {"an agent with his standing token and the ticket's number", ALICE "To: support+{S}@contoso.example\nSubject: Re: [INC-{I}] Gateway de-7 is down\n" ORDER},
    /* the mail's own headers */
    {"forged results, a foreign server's name", ALICE TO_DESK "Authentication-Results: evil.example; dmarc=pass header.from=contoso.example\nSubject: [INC-{I}] x\n" ORDER},
    {"forged results of ours below the topmost", ALICE TO_DESK
     "Authentication-Results: mx.evil.example; dmarc=pass\nAuthentication-Results: mx.contoso.example; dmarc=pass header.from=contoso.example\nSubject: [INC-{I}] x\n" ORDER},
    {"results of ours for another domain", "From: Bob <bob@contoso.example>\nTo: support+{B}@contoso.example\n"
     "Authentication-Results: mx.contoso.example; dmarc=pass header.from=evil.example\nSubject: Re: x\n" ORDER},
    {"his token without the DMARC his policy wants", "From: Bob <bob@contoso.example>\nTo: support+{B}@contoso.example\nSubject: Re: x\n" ORDER},
    {"his token, DMARC failed", "From: Bob <bob@contoso.example>\nTo: support+{B}@contoso.example\nAuthentication-Results: mx.contoso.example; dmarc=fail header.from=contoso.example\nSubject: Re: x\n" ORDER},
    {"his token, SPF alone", "From: Bob <bob@contoso.example>\nTo: support+{B}@contoso.example\nAuthentication-Results: mx.contoso.example; spf=pass smtp.mailfrom=contoso.example\nSubject: Re: x\n" ORDER},
    {"our own X- fields", EVE TO_DESK "X-Triaged-Agent: alice\nX-Triaged-Token: {A}\nSubject: [INC-{I}] x\n" ORDER},
    /* an agent's token in other hands */
    {"a stranger with an agent's token", EVE TO_A "Subject: Re: [INC-{I}] Gateway de-7 is down\n" ORDER},
    {"a stranger with it in capital letters", EVE "To: SUPPORT+{A}@CONTOSO.EXAMPLE\nSubject: x\n" ORDER},
    {"a stranger with it in Delivered-To", EVE "Delivered-To: support+{A}@contoso.example\n" TO_DESK "Subject: x\n" ORDER},
    {"a stranger who refers to the notification", EVE TO_DESK "References: <{N}>\nSubject: Re: x\n" ORDER},
    {"a stranger with the marker line", EVE TO_DESK "Subject: x\n\n#close\n> ##- What you write above -## ref:{A}\n"},
    {"a stranger with a standing token", EVE "To: support+{S}@contoso.example\nSubject: x\n" ORDER},
    {"the customer with an agent's token", "From: Jo <jo@fabrikam.example>\n" TO_A "Subject: Re: Gateway de-7 is down\n" ORDER},
    /* tricks with From */
    {"two From fields", ALICE EVE TO_A "Subject: Re: x\n" ORDER},
    {"two From fields, the other way round", EVE ALICE TO_A "Subject: Re: x\n" ORDER},
    {"two addresses in From", "From: alice@contoso.example, eve@evil.example\n" TO_A "Subject: Re: x\n" ORDER},
    {"an agent's address as a display name", "From: \"alice@contoso.example\" <eve@evil.example>\n" TO_A "Subject: Re: x\n" ORDER},
    {"an agent's address in a comment", "From: eve@evil.example (alice@contoso.example)\n" TO_A "Subject: Re: x\n" ORDER},
    {"an agent's address as a quoted local part", "From: \"alice@contoso.example\"@evil.example\n" TO_A "Subject: Re: x\n" ORDER},
    {"a look-alike letter", "From: =?utf-8?q?Alice?= <alice@c\xd0\xbentoso.example>\n" TO_A "Subject: Re: x\n" ORDER},
    {"a look-alike domain", "From: Alice Ng <alice@contoso.example.evil.example>\n" TO_A "Subject: Re: x\n" ORDER},
    {"another local part", "From: Alice Ng <alice+x@contoso.example>\n" TO_A "Subject: Re: x\n" ORDER},
    {"Sender of an agent", EVE "Sender: alice@contoso.example\n" TO_A "Subject: Re: x\n" ORDER},
    {"Reply-To of an agent", EVE "Reply-To: alice@contoso.example\n" TO_A "Subject: Re: x\n" ORDER},
    {"Resent-From of an agent", EVE "Resent-From: alice@contoso.example\nResent-To: support@contoso.example\n" TO_A "Subject: Re: x\n" ORDER},
    {"a group", "From: team: alice@contoso.example, eve@evil.example;\n" TO_A "Subject: Re: x\n" ORDER},
    {"no From", TO_A "Subject: Re: x\n" ORDER},
    /* customers' powers are no agent's */
    {"a customer's orders", "From: Jo <jo@fabrikam.example>\nTo: support+{C}@contoso.example\nSubject: Re: Gateway de-7 is down\n" ORDER},
    {"a stranger with the customer's token", EVE "To: support+{C}@contoso.example\nSubject: Re: Gateway de-7 is down\n" ORDER},
    {"Cc and Reply-To add nobody", "From: Jo <jo@fabrikam.example>\nTo: support+{C}@contoso.example\nCc: eve@evil.example\nReply-To: eve@evil.example\nSubject: Re: Gateway de-7 is down\n\nmore\n"},
    {"a guessed number", EVE TO_DESK "Subject: Re: [INC-{I}] Gateway de-7 is down\n\nwhat do you know?\n"},
    {"a guessed reference", EVE TO_DESK "Subject: Re: Gateway de-7 is down\nIn-Reply-To: <one@fabrikam.example>\n\nwhat do you know?\n"},
    /* machines */
    {"an agent's machine", ALICE TO_A "Auto-Submitted: auto-replied\nSubject: Automatic reply\n" ORDER},
};

static void assert_untouched(const struct scene *s, const char *name, const struct line *line)
{
    struct core_fixture *f = s->f;
    long long ticket = (long long)s->ticket;
    if (core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state = 'new' AND severity = 'B' AND owner = '' AND queue = 'network'", ticket) != 1)
        fail_msg("%s: the ticket has changed", name);
    if (core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'reply'") != 0)
        fail_msg("%s: something was relayed", name);
    if (core_count(f, "SELECT COUNT(*) FROM v_party WHERE ticket = %lld AND role IN ('requester', 'participant')", ticket) != 1)
        fail_msg("%s: somebody takes part who did not", name);
    if (core_count(f, "SELECT COUNT(*) FROM v_letter WHERE ticket = %lld AND address LIKE '%%evil%%'", ticket) != 0)
        fail_msg("%s: a stranger got mail of the ticket", name);
    if (core_count(f, "SELECT COUNT(*) FROM v_ledger WHERE id = %lld AND reason <> '' AND answer_why <> '' AND message <> 0", (long long)line->filed.ledger) != 1)
        fail_msg("%s: no outcome with its reason, or the mail is not kept", name);
}

static void nobody_becomes_an_agent(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    assert_true(sizeof attempts / sizeof attempts[0] >= 30);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        struct line line;
        file_in(&s, arena_text(f->arena, arena_printf(f->arena, "Message-ID: <try%zu@evil.example>\n%s", i, attempts[i].mail)), &line);
        assert_untouched(&s, attempts[i].name, &line);
    }
}

/* The same table's sense in reverse: with the right token from the right address it works, so the table does not pass because nothing works. */
static void an_agents_own_mail_acts(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    file_in(&s, ALICE TO_A "Message-ID: <a1@contoso.example>\nSubject: Re: x\n\n#close\n#severity A\n#assign carol\nIt is repaired.\n", &line);
    assert_int_equal(line.filed.outcome, OUTCOME_APPENDED);
    assert_int_equal(line.sender.part, PART_AGENT);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state = 'closed' AND severity = 'A' AND owner = 'carol'", (long long)s.ticket), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE ticket = %lld AND kind = 'reply' AND address = 'jo@fabrikam.example' AND state = 'queued'", (long long)s.ticket), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE ticket = %lld AND kind = 'receipt' AND address = 'alice@contoso.example'", (long long)s.ticket), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE ticket = %lld AND kind = 'notification' AND address = 'carol@contoso.example'", (long long)s.ticket), 1);
    file_in(&s, "From: Bob <bob@contoso.example>\nTo: support+{B}@contoso.example\nMessage-ID: <b1@contoso.example>\nAuthentication-Results: mx.contoso.example; dmarc=pass header.from=contoso.example\n"
                "Subject: Re: x\n\n#reopen\n", &line);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state = 'open'", (long long)s.ticket), 1);
}

/* His token of one ticket, the number of another: the token decides, and the other ticket hears nothing. */
static void a_token_acts_on_its_own_ticket(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    file_in(&s, ALICE "To: support+{O}@contoso.example\nMessage-ID: <a1@contoso.example>\nReferences: <one@fabrikam.example>\nSubject: Re: [INC-{I}] Gateway de-7 is down\n\n#close\n", &line);
    assert_int_equal(line.filed.ticket, s.other);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state = 'new'", (long long)s.ticket), 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state = 'closed'", (long long)s.other), 1);
}

static int64_t replies_to(struct core_fixture *f, const char *address)
{
    return core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'reply' AND address = '%s' AND state = 'queued'", address);
}

/* What a receipt said last. */
static void assert_receipt(struct core_fixture *f, const char *words)
{
    struct letter_row row = {0};
    struct recipient_row *recipients = NULL;
    struct str octets = {0};
    struct message m = {0};
    size_t count = 0;
    int64_t last = core_count(f, "SELECT MAX(id) FROM v_letter WHERE kind = 'receipt'");
    assert_good(view_letter(f->store, f->arena, last, &row, &octets, &recipients, &count, &f->err));
    message_read(f->arena, octets, &(struct message_context){0}, &m);
    assert_holds(m.text, words);
}

static void a_broadcast_reaches_each_alone(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    file_in(&s, ALICE TO_A "Message-ID: <a1@contoso.example>\nSubject: Re: x\n\n#broadcast\nAll is well again.\n", &line);
    assert_receipt(f, "no ticket is linked to this one");
    assert_int_equal(replies_to(f, "kim@other.example"), 0);
    file_in(&s, arena_text(f->arena, arena_printf(f->arena, ALICE TO_A "Message-ID: <a2@contoso.example>\nSubject: Re: x\n\n#link %lld\n", (long long)s.other)), &line);
    file_in(&s, ALICE TO_A "Message-ID: <a3@contoso.example>\nSubject: Re: x\n\n#broadcast\nAll is well again.\n", &line);
    assert_int_equal(replies_to(f, "kim@other.example"), 1);
    assert_int_equal(replies_to(f, "jo@fabrikam.example"), 0); /* the ticket at hand is what the others hang on */
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'reply' AND address = 'kim@other.example' AND ticket = %lld", (long long)s.other), 1);
}

static void what_is_held_is_released_or_refused(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    file_in(&s, ALICE TO_A "Message-ID: <a1@contoso.example>\nSubject: Re: x\n\n#release\n", &line);
    assert_receipt(f, "nothing of this ticket is held");
    file_in(&s, ALICE TO_A "Message-ID: <a2@contoso.example>\nSubject: Re: x\n\nAsk kim@other.example.\n", &line);
    assert_receipt(f, "HELD");
    assert_int_equal(replies_to(f, "jo@fabrikam.example"), 0);
    file_in(&s, ALICE TO_A "Message-ID: <a3@contoso.example>\nSubject: Re: x\n\n#release\n", &line);
    assert_int_equal(replies_to(f, "jo@fabrikam.example"), 1);

    file_in(&s, ALICE TO_A "Message-ID: <a4@contoso.example>\nSubject: Re: x\n\n#refuse We do not serve that device.\n", &line);
    assert_int_equal(replies_to(f, "jo@fabrikam.example"), 2);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state = 'closed'", (long long)s.ticket), 1);
    file_in(&s, ALICE TO_A "Message-ID: <a5@contoso.example>\nSubject: Re: x\n\n#undo\n", &line);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state <> 'closed'", (long long)s.ticket), 1);
}

static void whom_mail_does_not_reach_is_not_answered(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_suppress(f->store, STR("jo@fabrikam.example"), STR("bounced"), f->now, 0, &f->err));
    assert_good(store_commit(f->store, &f->err));
    file_in(&s, ALICE TO_A "Message-ID: <a1@contoso.example>\nSubject: Re: x\n\n#close\nIt is repaired.\n", &line);
    assert_receipt(f, "failed for good");
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_ticket WHERE id = %lld AND state = 'new'", (long long)s.ticket), 1); /* all or nothing */
}

/* The same octets again, as a new message of the mailbox. */
static void a_replayed_mail_is_relayed_once(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    const char *mail = ALICE TO_A "Message-ID: <a1@contoso.example>\nSubject: Re: x\n\nIt is repaired.\n";
    file_in(&s, mail, &line);
    file_in(&s, mail, &line);
    assert_int_equal(line.filed.outcome, OUTCOME_DUPLICATE);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'reply'"), 1);
}

static void a_held_mail_is_told_within_the_budget(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    core_configure(f, "budget { recipient 2/h; domain 1000/h; global 1000/15min }\n", agents);
    for (int i = 0; i < 5; i++) {
        file_in(&s, arena_text(f->arena, arena_printf(f->arena, ALICE TO_DESK "Message-ID: <h%d@evil.example>\nSubject: [INC-{I}] x\n\n#close\n", i)), &line);
        assert_int_equal(line.filed.outcome, OUTCOME_HELD);
    }
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'notice' AND address = 'alice@contoso.example'"), 2);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_event WHERE kind = 'notice-withheld'"), 3);
}

static void an_owner_alone_hears_of_answers(void **state)
{
    struct core_fixture *f = *state;
    struct scene s = set_scene(f);
    struct line line;
    int64_t before = core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'notification'");
    assert_int_equal(before, 4); /* two tickets, two agents of the queue */
    file_in(&s, ALICE TO_A "Message-ID: <a1@contoso.example>\nSubject: Re: x\n\n#take\n", &line);
    file_in(&s, "From: Jo <jo@fabrikam.example>\nTo: support+{C}@contoso.example\nMessage-ID: <j2@fabrikam.example>\nSubject: Re: Gateway de-7 is down\n\nmore\n", &line);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'notification'"), before + 1);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'notification' AND address = 'bob@contoso.example'"), 2);
}

static void who_is_absent_is_left_alone(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    core_configure(f, "budget { recipient 1000/h; domain 1000/h; global 1000/15min }\n", "agent bob { address bob@contoso.example; queues network; absent-until 2999-12-31 }\n");
    file_text(f, "From: Jo <jo@fabrikam.example>\nTo: support@contoso.example\nSubject: Gateway de-7 is down\nMessage-ID: <one@fabrikam.example>\n\nIt stopped.\n", &line);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'notification' AND address = 'bob@contoso.example'"), 0);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM v_letter WHERE kind = 'notification' AND address = 'alice@contoso.example'"), 1);
}

static void nothing_is_told_of_backfill_and_duplicates(void **state)
{
    struct core_fixture *f = *state;
    struct line line;
    struct str mail = core_mail(f, "From: Jo <jo@fabrikam.example>\nTo: support@contoso.example\nSubject: Gateway de-7 is down\nMessage-ID: <one@fabrikam.example>\n\nIt stopped.\n");
    struct raw raw = core_raw(f, mail);
    raw.backfill = true;
    core_file(f, &raw, &line);
    assert_int_equal(line.filed.outcome, OUTCOME_OPENED);
    core_file_mail(f, mail, &line);
    assert_int_equal(line.filed.outcome, OUTCOME_DUPLICATE);
    assert_int_equal(core_count(f, "SELECT COUNT(*) FROM letter"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_becomes_an_agent, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(an_agents_own_mail_acts, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(a_token_acts_on_its_own_ticket, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(a_broadcast_reaches_each_alone, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(what_is_held_is_released_or_refused, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(whom_mail_does_not_reach_is_not_answered, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(a_replayed_mail_is_relayed_once, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(a_held_mail_is_told_within_the_budget, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(an_owner_alone_hears_of_answers, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(who_is_absent_is_left_alone, core_set_up, core_tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_told_of_backfill_and_duplicates, core_set_up, core_tear_down),
    };
    return cmocka_run_group_tests_name("core converse", tests, NULL, NULL);
}
