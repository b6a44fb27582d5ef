/* forwarded: who wrote what a mail passes on, in the forms of the usual clients and many languages; and where nobody can be told. */
#include "mail_fixture.h"

#include "mail/compose.h"

/* A mail of an agent with this subject and text. */
static struct message passed_on(struct arena *arena, const char *subject, const char *text)
{
    struct address to = { STR(""), STR("support@contoso.example") };
    struct compose c = { .from = { STR("Alice"), STR("alice@contoso.example") }, .to = { &to, 1 }, .subject = str_of(subject), .message_id = STR("m1@contoso.example"),
        .date = INT64_C(1793870130000), .text = str_of(text) };
    struct buf out = { 0 };
    struct err err = { 0 };
    assert_true(compose_mail(&c, &out, &err));
    struct message m = fixture_read(arena, arena_str(arena, buf_view(&out)));
    buf_free(&out);
    return m;
}

#define BODY "Our gateway de-7 is down.\nPlease help.\n"

static void the_usual_clients_are_understood(void **state)
{
    static const struct {
        const char *subject, *text, *name;
    } cases[] = {
        /* Gmail */
        { "Fwd: gateway", "see below\n\n---------- Forwarded message ---------\nFrom: Jo Li <jo@fabrikam.example>\nDate: Thu, Nov 5, 2026 at 9:15 AM\nSubject: gateway\n"
                          "To: Alice <alice@contoso.example>\n\n\n" BODY, "Jo Li" },
        { "Fwd: gateway", "---------- Forwarded message ---------\nVon: Jo Li <jo@fabrikam.example>\nDate: Do., 5. Nov. 2026 um 09:15 Uhr\nSubject: gateway\nTo: Alice <alice@contoso.example>\n\n" BODY, "Jo Li" },
        { "Fwd: gateway", "---------- Forwarded message ---------\nDe : Jo Li <jo@fabrikam.example>\nDate: jeu. 5 nov. 2026 à 09:15\nSubject: gateway\nTo: <alice@contoso.example>\n\n" BODY, "Jo Li" },
        /* Outlook, by its languages */
        { "FW: gateway", "#queue network\n\n________________________________\nFrom: Jo Li <jo@fabrikam.example>\nSent: Thursday, November 5, 2026 9:15 AM\nTo: Alice <alice@contoso.example>\nSubject: gateway\n\n" BODY,
            "Jo Li" },
        { "WG: gateway", "Von: Jo Li <jo@fabrikam.example>\nGesendet: Donnerstag, 5. November 2026 09:15\nAn: Alice <alice@contoso.example>\nBetreff: gateway\n\n" BODY, "Jo Li" },
        { "TR: gateway", "De : Jo Li <jo@fabrikam.example>\nEnvoyé : jeudi 5 novembre 2026 09:15\nÀ : Alice <alice@contoso.example>\nObjet : gateway\n\n" BODY, "Jo Li" },
        { "RV: gateway", "De: Jo Li <jo@fabrikam.example>\nEnviado el: jueves, 5 de noviembre de 2026 9:15\nPara: Alice <alice@contoso.example>\nAsunto: gateway\n\n" BODY, "Jo Li" },
        { "I: gateway", "Da: Jo Li <jo@fabrikam.example>\nInviato: giovedì 5 novembre 2026 09:15\nA: Alice <alice@contoso.example>\nOggetto: gateway\n\n" BODY, "Jo Li" },
        { "ENC: gateway", "De: Jo Li <jo@fabrikam.example>\nEnviada em: quinta-feira, 5 de novembro de 2026 09:15\nPara: Alice <alice@contoso.example>\nAssunto: gateway\n\n" BODY, "Jo Li" },
        { "FW: gateway", "Van: Jo Li <jo@fabrikam.example>\nVerzonden: donderdag 5 november 2026 09:15\nAan: Alice <alice@contoso.example>\nOnderwerp: gateway\n\n" BODY, "Jo Li" },
        { "VB: gateway", "Från: Jo Li <jo@fabrikam.example>\nSkickat: den 5 november 2026 09:15\nTill: Alice <alice@contoso.example>\nÄmne: gateway\n\n" BODY, "Jo Li" },
        { "PD: gateway", "Od: Jo Li <jo@fabrikam.example>\nWysłano: czwartek, 5 listopada 2026 09:15\nDo: Alice <alice@contoso.example>\nTemat: gateway\n\n" BODY, "Jo Li" },
        { "转发: gateway", "发件人: Jo Li <jo@fabrikam.example>\n发送时间: 2026年11月5日 9:15\n收件人: Alice <alice@contoso.example>\n主题: gateway\n\n" BODY, "Jo Li" },
        { "FW: gateway", "差出人： Jo Li <jo@fabrikam.example>\n送信日時： 2026年11月5日 9:15\n宛先： Alice <alice@contoso.example>\n件名： gateway\n\n" BODY, "Jo Li" },
        /* Outlook for plain text, with the address in square brackets; bold labels */
        { "FW: gateway", "-----Original Message-----\nFrom: Jo Li [mailto:jo@fabrikam.example]\nSent: Thursday, November 5, 2026 9:15 AM\nTo: Alice\nSubject: gateway\n\n" BODY, "Jo Li" },
        { "Fw: gateway", "*From:* Jo Li <jo@fabrikam.example <mailto:jo@fabrikam.example>>\n*Sent:* Thursday\n*To:* Alice\n*Subject:* gateway\n\n" BODY, "Jo Li" },
        /* Apple Mail, quoted and not */
        { "Fwd: gateway", "\n> Begin forwarded message:\n> \n> From: Jo Li <jo@fabrikam.example>\n> Subject: gateway\n> Date: 5 November 2026 at 09:15:00 CET\n> To: Alice <alice@contoso.example>\n> \n"
                          "> Our gateway de-7 is down.\n> Please help.\n", "Jo Li" },
        { "Fwd: gateway", "Anfang der weitergeleiteten Nachricht:\n\nVon: Jo Li <jo@fabrikam.example>\nBetreff: gateway\nDatum: 5. November 2026 um 09:15:00 MEZ\nAn: Alice <alice@contoso.example>\n\n" BODY, "Jo Li" },
        /* Thunderbird */
        { "Fwd: gateway", "-------- Forwarded Message --------\nSubject: \tgateway\nDate: \tThu, 5 Nov 2026 09:15:00 +0000\nFrom: \tJo Li <jo@fabrikam.example>\nTo: \talice@contoso.example\n\n\n\n" BODY, "Jo Li" },
        /* Yahoo, Notes, and one whose subject lost its prefix */
        { "Fw: gateway", "----- Forwarded Message -----\nFrom: \"Jo Li\" <jo@fabrikam.example>\nTo: \"Alice\" <alice@contoso.example>\nSent: Thursday, November 5, 2026, 09:15 AM\nSubject: gateway\n" BODY, "Jo Li" },
        { "Fw: gateway", "----- Forwarded by Alice Ng/Contoso on 05/11/2026 09:20 -----\n\nFrom:\tJo Li <jo@fabrikam.example>\nTo:\tAlice\nDate:\t05/11/2026 09:15\nSubject:\tgateway\n\n" BODY, "Jo Li" },
        { "gateway", "---------- Forwarded message ---------\nFrom: <jo@fabrikam.example>\nDate: Thu\nSubject: gateway\nTo: x\n\n" BODY, "" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = passed_on(arena, cases[i].subject, cases[i].text);
        if (!m.forwarded.is || !str_eq(m.forwarded.subject, STR("gateway")) || !str_eq(m.forwarded.text, STR("Our gateway de-7 is down.\nPlease help.")))
            print_error("case %zu: %s\n%s\n", i, cases[i].subject, cases[i].text);
        assert_true(m.forwarded.is);
        assert_str(m.forwarded.from.addr, "jo@fabrikam.example");
        assert_str(m.forwarded.from.name, cases[i].name);
        assert_str(m.forwarded.subject, "gateway");
        assert_str(m.forwarded.text, "Our gateway de-7 is down.\nPlease help.");
    }
    arena_free(&arena);
}

static void nobody_is_guessed(void **state)
{
    static const struct {
        const char *subject, *text;
    } cases[] = {
        { "Re: gateway", "Thanks\n\nFrom: Jo Li <jo@fabrikam.example>\nSent: Thursday\nTo: Alice\nSubject: gateway\n\n" BODY }, /* history, not a forward */
        { "Re: gateway", "---------- Forwarded message ---------\nFrom: Jo Li <jo@fabrikam.example>\nDate: x\nSubject: gateway\nTo: x\n\n" BODY },
        { "gateway", "From: Jo Li <jo@fabrikam.example>\nSent: Thursday\nTo: Alice\nSubject: gateway\n\n" BODY },
        { "FW: gateway", "From: Jo Li\nSent: Thursday\nTo: Alice\nSubject: gateway\n\n" BODY },                                   /* no address */
        { "FW: gateway", "From: Jo <jo@fabrikam.example>; Al <al@fabrikam.example>\nSent: x\nTo: Alice\nSubject: gateway\n\n" BODY }, /* two */
        { "FW: gateway", "From: jo@evil.example <mailto:jo@fabrikam.example>\nSent: x\nTo: Alice\nSubject: gateway\n\n" BODY },
        { "FW: gateway", "From: Jo <jo@fabrikam>\nSent: x\nSubject: gateway\n\nFrom: Al <al@fabrikam.example>\nSent: y\nTo: x\nSubject: z\n\n" BODY "@" },
        { "FW: gateway", BODY },
        { "FW: gateway", "From: me\nplease help\n" },
        { "", "" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = passed_on(arena, cases[i].subject, cases[i].text);
        if (m.forwarded.is && i != 6)
            print_error("case %zu: %.*s\n", i, STR_ARG(m.forwarded.from.addr));
        assert_true(!m.forwarded.is || (i == 6 && str_eq(m.forwarded.from.addr, STR("jo@fabrikam"))));
    }
    arena_free(&arena);
}

static const char attached[] = "From: Jo Li <jo@fabrikam.example>\r\nTo: alice@contoso.example\r\nSubject: gateway\r\nMessage-ID: <c1@fabrikam.example>\r\nReferences: <r1@x.example> <r2@x.example>\r\n"
                               "Date: Thu, 05 Nov 2026 09:15:30 +0000\r\n\r\nOur gateway de-7 is down.\r\n";

static struct message with_mail(struct arena *arena, const char *subject, const char *text, struct str octets)
{
    struct address to = { STR(""), STR("support@contoso.example") };
    struct carried_file file = { .name = STR("gateway.eml"), .type = STR("message/rfc822"), .octets = octets };
    struct compose c = { .from = { STR("Alice"), STR("alice@contoso.example") }, .to = { &to, 1 }, .subject = str_of(subject), .message_id = STR("m1@contoso.example"),
        .date = INT64_C(1793870130000), .text = str_of(text), .files = &file, .file_count = 1 };
    struct buf out = { 0 };
    assert_true(compose_mail(&c, &out, NULL));
    struct message m = fixture_read(arena, arena_str(arena, buf_view(&out)));
    buf_free(&out);
    return m;
}

static void an_attached_mail_is_passed_on(void **state)
{
    struct arena *arena = arena_new();
    struct buf words = { 0 };
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        buf_text(&words, "much to say ");
    struct message m = with_mail(arena, "Fwd: gateway", words.p, str_of(attached));
    assert_true(m.forwarded.is);
    assert_str(m.forwarded.from.name, "Jo Li");
    assert_str(m.forwarded.from.addr, "jo@fabrikam.example");
    assert_str(m.forwarded.subject, "gateway");
    assert_str(m.forwarded.message_id, "c1@fabrikam.example");
    assert_int_equal(m.forwarded.references.count, 2);
    assert_str(m.forwarded.text, "Our gateway de-7 is down.\n");
    assert_int_equal(m.forwarded.date, INT64_C(1793870130000));
    assert_true(with_mail(arena, "a new one", "", str_of(attached)).forwarded.is);
    assert_false(with_mail(arena, "a new one", words.p, str_of(attached)).forwarded.is);
    assert_false(with_mail(arena, "Fwd: x", "", STR("Subject: nobody\r\n\r\nx\r\n")).forwarded.is);
    assert_false(with_mail(arena, "Fwd: x", "", STR("From: a@x.example, b@x.example\r\n\r\nx\r\n")).forwarded.is);
    buf_free(&words);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_clients_are_understood),
        cmocka_unit_test(nobody_is_guessed),
        cmocka_unit_test(an_attached_mail_is_passed_on),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
