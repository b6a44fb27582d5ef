/* kind, report: which mail a machine wrote, what it says, and who must get no automatic answer. */
#include "mail_fixture.h"

#include "mail/report.h"

static void headers_and_senders_tell_the_kind(void **state)
{
    static const struct {
        const char *head;
        enum message_kind kind;
        bool answerable;
    } cases[] = {
        { "From: jo@fabrikam.example\n", MESSAGE_PERSON, true },
        { "From: jo@fabrikam.example\nAuto-Submitted: no\n", MESSAGE_PERSON, true },
        { "From: jo@fabrikam.example\nAuto-Submitted: auto-replied\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nAuto-Submitted: auto-generated; x=y\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nPrecedence: bulk\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nPrecedence: list\n", MESSAGE_LIST, false },
        { "From: jo@fabrikam.example\nPrecedence: first-class\n", MESSAGE_PERSON, true },
        { "From: jo@fabrikam.example\nX-Auto-Response-Suppress: DR, OOF, AutoReply\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nX-Auto-Response-Suppress: RN, NRN\n", MESSAGE_PERSON, true },
        { "From: jo@fabrikam.example\nX-Autoreply: yes\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nList-Id: <users.fabrikam.example>\n", MESSAGE_LIST, false },
        { "From: jo@fabrikam.example\nList-Unsubscribe: <https://x>\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nFeedback-ID: 1:2\n", MESSAGE_AUTOMATIC, false },
        { "From: no-reply@fabrikam.example\n", MESSAGE_AUTOMATIC, false },
        { "From: DoNotReply@fabrikam.example\n", MESSAGE_AUTOMATIC, false },
        { "From: MAILER-DAEMON@fabrikam.example\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nReturn-Path: <>\n", MESSAGE_AUTOMATIC, false },
        { "From: jo@fabrikam.example\nSubject: Out of Office: Re: x\n", MESSAGE_PERSON, false },
        { "From: jo@fabrikam.example\nSubject: Automatische Antwort: x\nIn-Reply-To: <a@b>\n", MESSAGE_AUTOMATIC, false },
        { "From: Jo\n", MESSAGE_PERSON, false },
        { "Subject: nobody\n", MESSAGE_PERSON, false },
        { "From: jo@fabrikam.example\nContent-Type: text/calendar; method=REQUEST\n", MESSAGE_CALENDAR, false },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = fixture_read(arena, arena_printf(arena, "%s\nBEGIN\n", cases[i].head));
        assert_string_equal(message_kind_name(m.kind), message_kind_name(cases[i].kind));
        assert_int_equal(m.answerable, cases[i].answerable);
        assert_int_equal(m.unanswerable_why.n == 0, m.answerable);
        assert_int_equal(m.kind_evidence.n == 0, m.kind == MESSAGE_PERSON);
    }
    arena_free(&arena);
}

/* People write about failures, absences and robots all day. */
static void people_who_speak_of_machines_remain_people(void **state)
{
    static const char *const mails[] = {
        "Subject: Undeliverable: my orders\n\nMy mails to your shop come back with 550 5.1.1 user unknown. What is wrong?\n",
        "Subject: Delivery failure notice\n\nThe parcel could not be delivered to the following address.\n",
        "Subject: mailbox full\n\nMy mailbox is full, please raise the quota. It says 552 5.2.2 over quota.\n",
        "Subject: vacation\n\nI am out of office next week, please call Ms Li.\n",
        "Subject: Returned mail: see transcript\n\nI forward you what I get: user unknown.\n",
        "Subject: confirm\n\nPlease confirm that you are human, I have talked to your robot three times.\n",
        "Subject: delayed\n\nOur shipment is delayed, message will be retried tomorrow.\n",
        "Subject: postmaster\n\nOur postmaster says your server rejected our message: 554 5.7.1 relay access denied.\n",
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
        struct message m = fixture_read(arena, arena_printf(arena, "From: Jo Li <jo@fabrikam.example>\nReturn-Path: <jo@fabrikam.example>\n%s", mails[i]));
        assert_string_equal(message_kind_name(m.kind), "person");
        assert_true(m.answerable);
    }
    arena_free(&arena);
}

#define REPORT_HEAD "From: MAILER-DAEMON@mx.contoso.example\nReturn-Path: <>\nSubject: x\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" \
                    "--b\n\nYour mail was not delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.contoso.example\n\n"
#define REPORT_TAIL "\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <t1042@contoso.example>\nTo: old@fabrikam.example\nSubject: x\n\nx\n--b--\n"

static void reports_are_read(void **state)
{
    static const struct {
        const char *raw;
        enum message_kind kind;
        const char *recipient, *status;
        bool hard;
        uint32_t code;
        const char *original;
    } cases[] = {
        { REPORT_HEAD "Final-Recipient: rfc822; gone@fabrikam.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n" REPORT_TAIL, MESSAGE_BOUNCE,
            "gone@fabrikam.example", "5.1.1", true, 550, "t1042@contoso.example" },
        { REPORT_HEAD "Final-Recipient: rfc822;full@fabrikam.example\nAction: failed\nStatus: 5.2.2\n" REPORT_TAIL, MESSAGE_BOUNCE, "full@fabrikam.example", "5.2.2", false, 0,
            "t1042@contoso.example" },
        { REPORT_HEAD "Final-Recipient: rfc822; slow@fabrikam.example\nAction: delayed\nStatus: 4.4.1\n" REPORT_TAIL, MESSAGE_DELAY, "slow@fabrikam.example", "4.4.1", false, 0,
            "t1042@contoso.example" },
        { REPORT_HEAD "Final-Recipient: rfc822; ok@fabrikam.example\nAction: delivered\nStatus: 2.0.0\n" REPORT_TAIL, MESSAGE_RECEIPT, "ok@fabrikam.example", "", false, 0,
            "t1042@contoso.example" },
        { REPORT_HEAD "Final-Recipient: rfc822; ok@fabrikam.example\nAction: relayed\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; gone@fabrikam.example\nAction: failed\nStatus: 5.0.0\n"
                      "Diagnostic-Code: smtp; 550-5.7.1 no\n" REPORT_TAIL,
            MESSAGE_BOUNCE, "gone@fabrikam.example", "5.7.1", true, 550, "t1042@contoso.example" },
        { "From: MAILER-DAEMON@q.example\nReturn-Path: <>\nSubject: failure notice\n\nHi. This is the qmail-send program at q.example.\n\n<gone@fabrikam.example>:\n"
          "192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 No such user\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <t7@contoso.example>\n",
            MESSAGE_BOUNCE, "gone@fabrikam.example", "5.1.1", true, 550, "t7@contoso.example" },
        { "From: Mail Delivery System <Mailer-Daemon@e.example>\nX-Failed-Recipients: gone@fabrikam.example\nSubject: Mail delivery failed: returning message to sender\n\n"
          "This message was created automatically.\n  gone@fabrikam.example\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n"
          "Message-ID: <t8@contoso.example>\n",
            MESSAGE_BOUNCE, "gone@fabrikam.example", "", true, 0, "t8@contoso.example" },
        { "From: abuse@isp.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nabuse\n--b\nContent-Type: message/feedback-report\n\n"
          "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: jo@fabrikam.example\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <t9@contoso.example>\n\nx\n--b--\n",
            MESSAGE_FEEDBACK, "jo@fabrikam.example", "", false, 0, "t9@contoso.example" },
        { "From: jo@fabrikam.example\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nread\n--b\n"
          "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; jo@fabrikam.example\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n",
            MESSAGE_RECEIPT, "jo@fabrikam.example", "", false, 0, "" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = fixture_read(arena, str_of(cases[i].raw));
        assert_string_equal(message_kind_name(m.kind), message_kind_name(cases[i].kind));
        assert_str(m.report.recipient, cases[i].recipient);
        assert_str(m.report.status, cases[i].status);
        assert_int_equal(m.report.hard, cases[i].hard);
        assert_int_equal(m.report.smtp_code, cases[i].code);
        assert_str(m.report.original_id, cases[i].original);
        assert_false(m.answerable);
        if (m.kind == MESSAGE_FEEDBACK)
            assert_str(m.report.feedback_type, "abuse");
    }
    arena_free(&arena);
}

static void codes_are_found_where_they_stand(void **state)
{
    static const struct {
        const char *text, *status;
        uint32_t code;
    } cases[] = { { "550 5.1.1 unknown", "5.1.1", 550 }, { "host 192.5.2.1 said: 421 4.7.0 later", "4.7.0", 421 }, { "version 5.10.3.1", "", 0 }, { "(#5.1.1)", "5.1.1", 0 },
        { "on 4.5.2026", "", 0 }, { "error 5502", "", 0 }, { "5.2.1 first, then 554-5.7.1 second", "5.7.1", 554 }, { "", "", 0 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_str(report_find_status(str_of(cases[i].text)), cases[i].status);
        assert_int_equal(report_find_code(str_of(cases[i].text)), cases[i].code);
    }
}

static void our_own_mail_is_known_by_loop_and_address(void **state)
{
    static const struct str own[] = { { "support@contoso.example", 23 } };
    const struct message_context context = { .own_addresses = own, .own_address_count = 1, .loop_id = STR("support@contoso.example") };
    static const struct {
        const char *raw;
        enum message_kind kind;
    } cases[] = { { "From: support@contoso.example\nX-Triaged-Loop: support@contoso.example\n\nx", MESSAGE_OWN },
        { "From: Desk <Support+abc@contoso.example>\nX-Triaged-Loop: support@contoso.example\n\nx", MESSAGE_OWN },
        { "From: jo@fabrikam.example\nX-Triaged-Loop: support@contoso.example\n\nx", MESSAGE_AUTOMATIC },
        { "From: support@contoso.example\nX-Triaged-Loop: other@desk.example\n\nx", MESSAGE_AUTOMATIC }, { "From: support@contoso.example\n\nx", MESSAGE_PERSON } };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m;
        message_read(arena, str_of(cases[i].raw), &context, &m);
        assert_string_equal(message_kind_name(m.kind), message_kind_name(cases[i].kind));
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_and_senders_tell_the_kind),
        cmocka_unit_test(people_who_speak_of_machines_remain_people),
        cmocka_unit_test(reports_are_read),
        cmocka_unit_test(codes_are_found_where_they_stand),
        cmocka_unit_test(our_own_mail_is_known_by_loop_and_address),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
