/* report_notice: a notice that is a JSON object in the text of a mail. Nothing is built of it: the few values wanted are looked for by their keys, the
 * first of each from a place on. */
#include "mail/report.h"

#include "mail/mailboxes.h"
#include "mail/tidy.h"

static const struct str nothing = { "", 0 };

/* The rest behind the first "key" in s, "" when there is none. */
static struct str behind_key(struct str s, struct str key)
{
    for (struct str rest = s;;) {
        ptrdiff_t at = str_find(rest, key);
        if (at < 0)
            return nothing;
        size_t end = (size_t)at + key.n;
        bool quoted = at > 0 && rest.p[at - 1] == '"' && end < rest.n && rest.p[end] == '"';
        rest = str_sub(rest, end + quoted, rest.n);
        struct str value = str_trim(str_sub(rest, 0, rest.n));
        if (quoted && value.n > 0 && value.p[0] == ':')
            return str_trim(str_sub(value, 1, value.n));
    }
}

/* With \", \\ and \/ as what they stand for; other escapes become blanks: no value wanted here has one. */
static void unescape(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\\' || i + 1 == s.n) {
            buf_char(out, s.p[i]);
            continue;
        }
        char c = s.p[++i];
        buf_char(out, c == '"' || c == '\\' || c == '/' ? c : ' ');
    }
}

/* The text of the first value of that key, "" when it is none or no text. */
static struct str text_of(struct arena *arena, struct str s, struct str key)
{
    struct str value = behind_key(s, key);
    if (value.n == 0 || value.p[0] != '"')
        return nothing;
    size_t n = 1;
    while (n < value.n && value.p[n] != '"')
        n += value.p[n] == '\\' && n + 1 < value.n ? 2 : 1;
    struct buf clean = { 0 };
    unescape(&clean, str_sub(value, 1, n - 1));
    struct str text = tidy_line(arena, buf_view(&clean), 1000);
    buf_free(&clean);
    return text;
}

/* A notice that was wrapped is a text within the object: its own quotes are escaped. */
static struct str unwrapped(struct arena *arena, struct str s)
{
    if (str_find(s, STR("\\\"notificationType\\\"")) < 0 && str_find(s, STR("\\\"eventType\\\"")) < 0)
        return s;
    struct buf clean = { 0 };
    unescape(&clean, s);
    s = arena_str(arena, buf_view(&clean));
    buf_free(&clean);
    return s;
}

static void read_bounce(struct arena *arena, struct str s, struct report *out)
{
    struct str recipient = behind_key(s, STR("bouncedRecipients"));
    struct str diagnostic = text_of(arena, recipient, STR("diagnosticCode"));
    struct str told = report_find_status(diagnostic), stated = report_find_status(text_of(arena, recipient, STR("status")));
    out->recipient = report_recipient(arena, text_of(arena, recipient, STR("emailAddress")));
    out->status = told.n > 0 ? told : stated;
    out->smtp_code = report_find_code(diagnostic);
    out->hard = str_eq(text_of(arena, s, STR("bounceType")), STR("Permanent"));
}

static void read_complaint(struct arena *arena, struct str s, struct report *out)
{
    out->recipient = report_recipient(arena, text_of(arena, behind_key(s, STR("complainedRecipients")), STR("emailAddress")));
    out->feedback_type = text_of(arena, s, STR("complaintFeedbackType"));
}

/* The Message-ID we gave: the service's own ("mail.messageId") stands nowhere in what we sent. */
static struct str original_id(struct arena *arena, struct str s)
{
    struct str_list ids;
    bool many = false;
    struct str id = text_of(arena, behind_key(s, STR("commonHeaders")), STR("messageId"));
    if (id.n == 0) {
        ptrdiff_t at = str_ifind(s, STR("\"name\":\"message-id\""));
        id = at < 0 ? nothing : text_of(arena, str_sub(s, (size_t)at, s.n), STR("value"));
    }
    mailboxes_ids(arena, id, 3, &ids, &many);
    return ids.count ? ids.list[0] : nothing;
}

enum report_says report_notice(struct arena *arena, const struct message *m, struct report *out, struct str *evidence)
{
    struct str s = str_trim(str_sub(m->text, 0, REPORT_TEXT_MAX));
    *out = (struct report){ .recipient = nothing, .status = nothing, .original_id = nothing, .feedback_type = nothing };
    if (s.n == 0 || s.p[0] != '{' || message_header(m, STR("X-Amz-Sns-Message-Id")) == NULL)
        return REPORT_NOTHING;
    s = unwrapped(arena, s);
    struct str type = text_of(arena, s, STR("notificationType"));
    if (type.n == 0)
        type = text_of(arena, s, STR("eventType"));
    bool bounce = str_eq(type, STR("Bounce")), complaint = str_eq(type, STR("Complaint"));
    if (!bounce && !complaint)
        return REPORT_NOTHING;
    if (bounce)
        read_bounce(arena, s, out);
    else
        read_complaint(arena, s, out);
    out->original_id = original_id(arena, s);
    *evidence = bounce ? STR("notificationType: Bounce") : STR("notificationType: Complaint");
    return bounce ? REPORT_FAILED : REPORT_FEEDBACK;
}
