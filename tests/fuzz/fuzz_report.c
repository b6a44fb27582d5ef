/* Any octets as what a mail system says of another mail: as the part made for machines, as its words, as a provider's JSON, as the mail it speaks of. The first
 * octet says as which. */
#include "fuzz.h"

#include "base/utf8.h"
#include "mail/report.h"

#define SYSTEM "From: MAILER-DAEMON@mx.fabrikam.example\nReturn-Path: <>\nSubject: Undeliverable\nTo: support@contoso.example\n"
#define REPORTED SYSTEM "Content-Type: multipart/report; boundary=b; report-type="
#define PART(type) "\n\n--b\n\nwords\n--b\nContent-Type: " type "\n\n"

static const char *const shapes[] = {
    REPORTED "delivery-status" PART("message/delivery-status"),
    REPORTED "delivery-status" PART("message/delivery-status") "Final-Recipient: rfc822; jo@fabrikam.example\nAction: failed\n\n--b\nContent-Type: message/rfc822\n\n",
    REPORTED "disposition-notification" PART("message/disposition-notification"),
    REPORTED "feedback-report" PART("message/feedback-report"),
    SYSTEM "\n",
    SYSTEM "Content-Type: text/html\n\n",
    "From: no-reply@sns.amazonaws.com\nSubject: Amazon SES Email Event Notification\n\n",
    "From: jo@fabrikam.example\nSubject: Undeliverable: my orders\n\n",
};

static bool is_status(struct str s)
{
    return s.n == 0 || (s.n >= 5 && s.p[1] == '.' && (s.p[0] == '2' || s.p[0] == '4' || s.p[0] == '5'));
}

static void check_words(struct str text)
{
    uint32_t code = report_find_code(text);
    FUZZ_CHECK(is_status(report_find_status(text)));
    FUZZ_CHECK(code == 0 || (code >= 400 && code < 600));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str said = {(const char *)data + 1, size - 1};
    struct arena *arena = arena_new();
    struct buf raw = {0};
    struct message m;
    buf_text(&raw, shapes[data[0] % (sizeof shapes / sizeof *shapes)]);
    buf_str(&raw, said);
    message_prepare();
    message_read(arena, buf_view(&raw), NULL, &m);
    const struct str texts[] = {m.report.recipient, m.report.status, m.report.original_id, m.report.feedback_type, m.kind_evidence};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        FUZZ_CHECK(utf8_is_line_safe(texts[i]));
    FUZZ_CHECK(is_status(m.report.status));
    FUZZ_CHECK(m.report.smtp_code == 0 || (m.report.smtp_code >= 200 && m.report.smtp_code < 600));
    FUZZ_CHECK(m.kind != MESSAGE_BOUNCE || !m.answerable);
    check_words(said);
    (void)report_recipient(arena, said);
    buf_free(&raw);
    arena_free(&arena);
    return 0;
}
