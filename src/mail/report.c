/* report: first the parts that are made for programs; then, for mail systems that write prose, a table of what they say and a search for
 * codes and addresses. A report speaks of one recipient here: the first that failed for good, else the first that failed, else was delayed. */
#include "mail/report.h"

#include "mail/body.h"
#include "mail/header.h"
#include "mail/mailboxes.h"
#include "mail/octets.h"
#include "mail/tidy.h"

#include <string.h>

static const struct str nothing = { "", 0 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of "5.1.1" at s, 0 when it is none. */
static size_t status_at(struct str s)
{
    size_t n = 0;
    if (s.n < 5 || (s.p[0] != '4' && s.p[0] != '5') || s.p[1] != '.')
        return 0;
    n = 2;
    size_t digits = 0;
    while (n < s.n && is_digit(s.p[n]) && digits < 3)
        n++, digits++;
    if (digits == 0 || n >= s.n || s.p[n] != '.')
        return 0;
    n++;
    digits = 0;
    while (n < s.n && is_digit(s.p[n]) && digits < 4)
        n++, digits++;
    if (digits == 0 || digits > 3)
        return 0;
    bool goes_on = n < s.n && (is_digit(s.p[n]) || (s.p[n] == '.' && n + 1 < s.n && is_digit(s.p[n + 1])));
    return goes_on ? 0 : n;
}

static bool before_status(struct str text, size_t at)
{
    if (at == 0)
        return true;
    char c = text.p[at - 1];
    return !is_digit(c) && c != '.' && c != '/' && !(c == '-' && at > 1 && !is_digit(text.p[at - 2]));
}

struct str report_find_status(struct str text)
{
    struct str first = nothing;
    for (size_t i = 0; i + 4 < text.n; i++) {
        if ((text.p[i] != '4' && text.p[i] != '5') || text.p[i + 1] != '.')
            continue;
        size_t n = before_status(text, i) ? status_at(str_sub(text, i, 12)) : 0;
        if (n == 0)
            continue;
        bool strong = (i >= 4 && is_digit(text.p[i - 2]) && is_digit(text.p[i - 3]) && text.p[i - 4] == text.p[i])
            || (i >= 1 && (text.p[i - 1] == '#' || text.p[i - 1] == '('));
        if (strong)
            return str_sub(text, i, n);
        if (first.n == 0)
            first = str_sub(text, i, n);
        i += n;
    }
    return first;
}

uint32_t report_find_code(struct str text)
{
    for (size_t i = 0; i + 2 < text.n; i++) {
        if ((text.p[i] != '4' && text.p[i] != '5') || !is_digit(text.p[i + 1]) || !is_digit(text.p[i + 2]) || text.p[i + 1] > '5')
            continue;
        bool starts = i == 0 || strchr(" \t\n:;(<>['\"#-", text.p[i - 1]) != NULL;
        bool ends = i + 3 == text.n || strchr(" -\t\n:;,)]'\"#>", text.p[i + 3]) != NULL;
        if (starts && ends)
            return (uint32_t)((text.p[i] - '0') * 100 + (text.p[i + 1] - '0') * 10 + (text.p[i + 2] - '0'));
    }
    return 0;
}

/* "rfc822; user@host" → the address. */
static struct str recipient_of(struct arena *arena, struct str value)
{
    struct str rest = value, type;
    if (octets_find(value, ';'))
        str_cut(&rest, ';', &type);
    rest = str_trim(rest);
    while (rest.n >= 2 && (rest.p[0] == '<' || rest.p[0] == '"'))
        rest = str_trim(str_sub(rest, 1, rest.n - 2));
    struct address_list list;
    bool many = false, salvaged = false;
    if (rest.n == 0 || !octets_find(rest, '@'))
        return tidy_line(arena, rest, 320);
    mailboxes_read(arena, rest, nothing, &list, &many, &salvaged);
    return list.count ? list.list[0].addr : tidy_line(arena, rest, 320);
}

/* One recipient of a delivery status. */
struct group {
    struct str final, original, actual, status, diagnostic;
    enum report_says says;
};

static enum report_says action_of(struct str action)
{
    static const struct {
        const char *name;
        enum report_says says;
    } actions[] = { { "failed", REPORT_FAILED }, { "failure", REPORT_FAILED }, { "delayed", REPORT_DELAYED }, { "deferred", REPORT_DELAYED },
        { "delivered", REPORT_DONE }, { "delivery", REPORT_DONE }, { "relayed", REPORT_DONE }, { "expanded", REPORT_DONE }, { "expired", REPORT_FAILED },
        { "error", REPORT_FAILED }, { "deliverable", REPORT_DONE }, { "bounced", REPORT_FAILED } };
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (str_istarts(str_trim(action), str_of(actions[i].name)))
            return actions[i].says;
    return REPORT_NOTHING;
}

static void read_group(struct arena *arena, struct str *rest, struct group *g)
{
    struct header_raw f;
    bool broken = false;
    *g = (struct group){ .final = nothing, .original = nothing, .actual = nothing, .status = nothing, .diagnostic = nothing };
    while (header_next(rest, &f, &broken)) {
        struct str *slot = str_ieq(f.name, STR("Final-Recipient")) ? &g->final : str_ieq(f.name, STR("Original-Recipient")) ? &g->original
            : str_ieq(f.name, STR("X-Actual-Recipient")) ? &g->actual : str_ieq(f.name, STR("Status")) ? &g->status
            : str_ieq(f.name, STR("Diagnostic-Code")) ? &g->diagnostic : NULL;
        if (slot && slot->n == 0)
            *slot = header_decode(arena, f.value, nothing, 4000);
        if (str_ieq(f.name, STR("Action")))
            g->says = action_of(f.value);
    }
}

/* "5.0.0" says no more than the class. */
static bool is_vague(struct str status)
{
    return status.n == 0 || str_eq(str_sub(status, 1, 4), STR(".0.0"));
}

/* What the refusing server said itself knows better than what the reporting one made of it. */
static struct str best_status(struct group *g)
{
    struct str stated = report_find_status(g->status), told = report_find_status(g->diagnostic);
    return told.n > 0 && !is_vague(told) ? told : stated.n > 0 ? stated : told;
}

static bool is_permanent(const struct report *r, enum report_says says)
{
    if (says != REPORT_FAILED)
        return false;
    if (r->status.n >= 5)
        return r->status.p[0] == '5' && !str_eq(str_sub(r->status, 1, 4), STR(".2.2"));
    return r->smtp_code == 0 || (r->smtp_code >= 500 && r->smtp_code != 552);
}

static int rank(const struct group *g)
{
    if (g->says == REPORT_FAILED)
        return 3;
    return g->says == REPORT_DELAYED ? 2 : g->says == REPORT_DONE ? 1 : 0;
}

static enum report_says read_delivery(struct arena *arena, struct str body, struct report *out, struct str *evidence)
{
    struct group best = { .says = REPORT_NOTHING }, g;
    bool any = false;
    for (unsigned i = 0; i < REPORT_GROUPS_MAX && body.n > 0; i++) {
        read_group(arena, &body, &g);
        if (g.final.n == 0 && g.original.n == 0 && g.says == REPORT_NOTHING && g.status.n == 0)
            continue;
        if (g.says == REPORT_NOTHING && g.status.n > 0)
            g.says = g.status.p[0] == '2' ? REPORT_DONE : g.status.p[0] == '4' ? REPORT_DELAYED : REPORT_FAILED;
        if (!any || rank(&g) > rank(&best))
            best = g;
        any = true;
    }
    if (!any)
        return REPORT_NOTHING;
    out->recipient = recipient_of(arena, best.final.n ? best.final : best.original.n ? best.original : best.actual);
    out->status = best_status(&best);
    out->smtp_code = report_find_code(best.diagnostic);
    *evidence = best.says == REPORT_FAILED ? STR("delivery status: failed") : best.says == REPORT_DELAYED ? STR("delivery status: delayed")
                                                                                                 : STR("delivery status: delivered");
    return best.says ? best.says : REPORT_FAILED;
}

static struct str part_text(struct arena *arena, const struct mime_part *p)
{
    struct buf room = { 0 };
    struct str s = arena_str(arena, str_sub(transfer_decode(&room, p->body, p->transfer), 0, REPORT_TEXT_MAX));
    buf_free(&room);
    return s;
}

/* A message part may have been read into (message/rfc822) or be a leaf. */
static struct str original_head(struct arena *arena, const struct mime *m, const struct mime_part *p)
{
    if (p->child != MIME_NONE)
        return m->parts[p->child].head;
    return header_start(part_text(arena, p));
}

static void read_original(struct arena *arena, struct str head, struct report *out)
{
    struct str value;
    struct str_list ids;
    bool many = false;
    if (out->original_id.n == 0 && header_find(head, STR("Message-ID"), &value)) {
        mailboxes_ids(arena, value, 3, &ids, &many);
        if (ids.count)
            out->original_id = ids.list[0];
    }
    if (out->recipient.n == 0 && header_find(head, STR("To"), &value))
        out->recipient = recipient_of(arena, value);
}

/* The mail reported on, as a part of the report. */
static void read_original_part(struct arena *arena, const struct mime *m, struct report *out)
{
    for (uint32_t i = 1; i < m->count; i++) {
        const struct mime_part *p = &m->parts[i];
        if (mime_is(p, "message/rfc822") || mime_is(p, "text/rfc822-headers") || mime_is(p, "message/rfc822-headers") || mime_is(p, "message/global")
            || mime_is(p, "message/global-headers") || mime_is(p, "message/partial")) {
            read_original(arena, original_head(arena, m, p), out);
            return;
        }
    }
}

static const struct mime_part *find_part(const struct mime *m, const char *const *types)
{
    for (uint32_t i = 0; i < m->count; i++) {
        /* What is quoted inside a message/rfc822 is not this mail's own report. */
        for (size_t t = 0; types[t]; t++)
            if (mime_is(&m->parts[i], types[t]))
                return &m->parts[i];
        if (mime_is(&m->parts[i], "message/rfc822") && m->parts[i].next == MIME_NONE && m->parts[i].parent == 0)
            break;
    }
    return NULL;
}

static enum report_says read_feedback(struct arena *arena, struct str text, struct report *out, struct str *evidence)
{
    struct str value;
    if (header_find(text, STR("Feedback-Type"), &value))
        out->feedback_type = header_decode(arena, value, nothing, 100);
    if (header_find(text, STR("Original-Rcpt-To"), &value) || header_find(text, STR("Removal-Recipient"), &value))
        out->recipient = recipient_of(arena, value);
    *evidence = STR("feedback report");
    return REPORT_FEEDBACK;
}

/* The part for people often quotes the refusal that the part for programs leaves out. */
static void read_prose(const struct message *m, struct report *out)
{
    struct str text = str_sub(m->text, 0, REPORT_TEXT_MAX), told = report_find_status(text);
    if (is_vague(out->status) && told.n > 0 && (out->status.n == 0 || told.p[0] == out->status.p[0]))
        out->status = told;
    if (out->smtp_code == 0)
        out->smtp_code = report_find_code(text);
}

enum report_says report_structured(struct arena *arena, const struct mime *mime, const struct message *m, struct report *out, struct str *evidence)
{
    static const char *const delivery[] = { "message/delivery-status", "message/global-delivery-status", NULL };
    static const char *const disposition[] = { "message/disposition-notification", "message/global-disposition-notification", NULL };
    static const char *const feedback[] = { "message/feedback-report", NULL };
    const struct mime_part *root = &mime->parts[0], *p;
    enum report_says says = REPORT_NOTHING;
    *out = (struct report){ .recipient = nothing, .status = nothing, .original_id = nothing, .feedback_type = nothing };
    if ((p = find_part(mime, feedback)))
        says = read_feedback(arena, part_text(arena, p), out, evidence);
    else if ((p = find_part(mime, delivery)))
        says = read_delivery(arena, part_text(arena, p), out, evidence);
    else if ((p = find_part(mime, disposition)) || str_eq(root->report, STR("disposition-notification"))) {
        struct str value, text = p ? part_text(arena, p) : nothing;
        if (header_find(text, STR("Final-Recipient"), &value) || header_find(text, STR("Original-Recipient"), &value))
            out->recipient = recipient_of(arena, value);
        if (header_find(text, STR("Original-Message-ID"), &value))
            read_original(arena, p ? text : nothing, out);
        *evidence = STR("disposition notification");
        says = REPORT_DISPOSITION;
    }
    if (says == REPORT_NOTHING)
        return says;
    if (says == REPORT_FAILED || says == REPORT_DELAYED)
        read_prose(m, out);
    read_original_part(arena, mime, out);
    out->hard = is_permanent(out, says);
    return says;
}

/* --- systems that write prose --- */

static const char *const subjects[] = { "undeliver", "undelivered mail", "delivery status notification", "delivery notification", "returned mail",
    "returned to sender", "return to sender", "failure notice", "delivery failure", "delivery failed", "mail delivery failed", "delivery error", "mail delivery problem", "mail system error", "mail delivery error", "delivery problem",
    "message could not be delivered", "could not be delivered", "cannot be delivered", "can't be delivered", "delivery has failed", "failed mail", "mail failure", "failed delivery", "non delivery", "non-delivery",
    "nondeliverable", "undeliverable", "unzustellbar", "zustellung fehlgeschlagen", "nicht zugestellt", "mail konnte nicht", "non remis", "non distribu", "echec de la remise", "échec de", "no se puede entregar", "no entregado", "mancata consegna", "niet afgeleverd", "onbestelbaar", "message not delivered", "message rejected",
    "rejected mail", "unknown user", "user unknown", "unroutable", "message status - undeliverable", "warning: message", "error sending", "mail rejected", "postmaster notify", "delivery report",
    "delivery unsuccessful", "email error", "mdaemon notification", "permanent delivery failure", "message you sent blocked", "delivery of ", "bounced mail", "mail could not be delivered",
    "\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab\xe3\x82\xb7\xe3\x82\xb9\xe3\x83\x86\xe3\x83\xa0", "\xe9\x85\x8d\xe4\xbf\xa1", "\xe9\x80\x80\xe4\xbf\xa1" };

static const char *const phrases[] = { "could not be delivered", "couldn't be delivered", "was not delivered", "wasn't delivered", "not delivered to", "cannot be delivered", "can't be delivered", "undeliverable", "unable to deliver", "delivery to the following",
    "delivery failed", "delivery failure", "failed to deliver", "permanent fatal error", "permanent error", "returned to sender", "returned to you", "permanent failure", "delivery has failed", "did not reach", "user unknown",
    "unknown user", "no such user", "mailbox unavailable", "mailbox is full", "mailbox full", "over quota", "quota exceeded", "does not exist", "doesn't exist", "unrouteable", "recipient rejected",
    "address rejected", "recipient unknown", "recipients could not", "not be reached", "following addresses", "following address", "following recipient", "this address no longer", "message that you sent", "message you sent", "account has been disabled",
    "unknown address", "unknown recipient", "invalid recipient", "non-existent", "host unknown", "host not found", "message has been rejected", "rejected by", "was rejected", "rejected your message", "nicht zugestellt", "unzustellbar", "n'a pas pu", "no se pudo",
    "delivery error", "non-delivery", "undelivered", "failed recipient", "failed address", "unable to relay", "relay access denied", "mail delivery", "transcript of session", "message size exceeds", "giving up", "too large", "disabled",
    "\xe9\x80\x81\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d", "\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc", "\xe9\x85\x8d\xe4\xbf\xa1" };

static const char *const delays[] = { "delayed", "warning: could not send", "warning: message still undelivered", "still undelivered", "will be retried", "not been delivered yet",
    "will continue to try", "will keep trying", "this is a warning message only", "you do not need to resend", "do not need to resend" };

static bool says_any(struct str text, const char *const *list, size_t count, struct str *which)
{
    for (size_t i = 0; i < count; i++)
        if (str_ifind(text, str_of(list[i])) >= 0) {
            *which = str_of(list[i]);
            return true;
        }
    return false;
}
#define SAYS(text, list, which) says_any(text, list, sizeof list / sizeof *list, which)

/* Where the copy of the returned mail begins in the text: its codes and addresses are not the report's. */
static size_t copy_at(struct str text)
{
    static const char *const marks[] = { "--- Below this line is a copy", "------ This is a copy of", "Below this line is a copy of the message", "Original message follows",
        "----- Original message -----", "----- Unsent message follows", "--- The header of the original message", "Unsent Message below", "----- Message header follows", "-----Original Message-----", "---- Unsent message", "Original Message Header",
        "------ This is a copy of your message", "--- Original message", "Message text follows:", "| Message text follows", "Message contents follow:", "RFC822.HEADERS",
        "----- Original message headers", "Here is a copy of", "Content of original message", "Original message headers:", "--- Enclosed is a copy", "------------ Original" };
    size_t best = text.n;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        ptrdiff_t at = str_ifind(str_sub(text, 0, best), str_of(marks[i]));
        if (at >= 0 && (size_t)at < best)
            best = (size_t)at;
    }
    return best;
}

/* The value of a header line in running text: in the copied head of the returned mail. */
static struct str line_value(struct str text, struct str name)
{
    struct str line;
    while (str_line(&text, &line)) {
        while (line.n > 0 && (line.p[0] == '>' || line.p[0] == ' ' || line.p[0] == '|' || line.p[0] == '\t'))
            line = str_sub(line, 1, line.n);
        if (str_istarts(line, name))
            return str_trim(str_sub(line, name.n, line.n));
    }
    return nothing;
}

/* The address in running text that the report most likely speaks of: behind a sign, in angle brackets, or alone. */
static struct str address_in(struct arena *arena, struct str text, struct str skip)
{
    static const char stops[] = " \t\n<>()[]\",;:'|";
    for (size_t i = 0; i < text.n; i++) {
        const char *at = memchr(text.p + i, '@', text.n - i);
        if (at == NULL)
            return nothing;
        size_t from = (size_t)(at - text.p), to = from;
        i = from;
        while (from > 0 && !strchr(stops, text.p[from - 1]))
            from--;
        while (to < text.n && !strchr(stops, text.p[to]))
            to++;
        while (to > i && (text.p[to - 1] == '.' || text.p[to - 1] == '='))
            to--;
        struct str a = str_sub(text, from, to - from);
        if (i == from || to == i + 1 || str_ieq(a, skip) || !octets_find(a, '.'))
            continue;
        if (str_istarts(a, STR("mailer-daemon@")) || str_istarts(a, STR("postmaster@")))
            continue;
        return recipient_of(arena, a);
    }
    return nothing;
}

static struct str find_recipient(struct arena *arena, const struct message *m, struct str told, struct str copy)
{
    static const char *const signs[] = { "Final-Recipient: rfc822;", "Original-Recipient: rfc822;", "failed addresses follow:", "following address", "following recipient", "following destination", "RCPT TO:", "failed recipient", "Your message to", "to:", "recipient:", "recipients:",
        "delivered to", "deliver to" };
    const struct header_field *f = message_header(m, STR("X-Failed-Recipients"));
    if (f) {
        struct str rest = f->value, first = nothing;
        str_cut(&rest, ',', &first);
        return recipient_of(arena, first);
    }
    struct str own = m->to.count ? m->to.list[0].addr : nothing;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        ptrdiff_t at = str_ifind(told, str_of(signs[i]));
        if (at < 0)
            continue;
        struct str a = address_in(arena, str_sub(told, (size_t)at + strlen(signs[i]), 400), own);
        if (a.n > 0)
            return a;
    }
    struct str a = address_in(arena, told, own);
    if (a.n > 0)
        return a;
    a = line_value(copy, STR("To:"));
    return a.n > 0 ? recipient_of(arena, a) : nothing;
}

enum report_says report_words(struct arena *arena, const struct mime *mime, const struct message *m, bool system, struct report *out, struct str *evidence)
{
    bool failed_header = message_header(m, STR("X-Failed-Recipients")) != NULL;
    *out = (struct report){ .recipient = nothing, .status = nothing, .original_id = nothing, .feedback_type = nothing };
    if (!failed_header && !system)
        return REPORT_NOTHING; /* most mail: its text is not searched at all */
    struct str which = nothing, text = str_sub(m->text, 0, REPORT_TEXT_MAX);
    size_t copy = copy_at(text);
    struct str told = str_sub(text, 0, copy), copied = str_sub(text, copy, text.n);
    bool subject = SAYS(m->subject, subjects, &which);
    struct str by_subject = which;
    bool words = SAYS(told, phrases, &which);
    bool coded = report_find_status(told).n > 0 || report_find_code(told) > 0;
    if (!failed_header && !subject && !words)
        return REPORT_NOTHING;
    bool delayed = SAYS(m->subject, delays, &which) || (SAYS(str_sub(told, 0, 3000), delays, &which) && !coded);
    enum report_says says = delayed ? REPORT_DELAYED : REPORT_FAILED;
    *evidence = failed_header ? STR("X-Failed-Recipients") : arena_printf(arena, "from a mail system: \"%.*s\"", STR_ARG(subject ? by_subject : which));
    out->status = report_find_status(told);
    out->smtp_code = report_find_code(told);
    out->recipient = find_recipient(arena, m, told, copied);
    read_original_part(arena, mime, out);
    if (out->original_id.n == 0) {
        struct str_list ids;
        bool many = false;
        mailboxes_ids(arena, line_value(copied.n ? copied : text, STR("Message-ID:")), 3, &ids, &many);
        if (ids.count)
            out->original_id = ids.list[0];
    }
    out->hard = is_permanent(out, says);
    return says;
}
