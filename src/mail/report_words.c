/* report_words: what mail systems say that write prose or a JSON of their own: a table of their phrases, and a search for codes and addresses in
 * what stands above the copy of the returned mail. */
#include "mail/report.h"

#include "mail/mailboxes.h"
#include "mail/octets.h"

static const struct str nothing = { "", 0 };

static const struct str subjects[] = {
    STR("undeliver"), STR("undelivered mail"), STR("delivery status notification"), STR("delivery notification"), STR("returned mail"),
    STR("returned to sender"), STR("return to sender"), STR("failure notice"), STR("delivery failure"), STR("delivery failed"),
    STR("mail delivery failed"), STR("delivery error"), STR("mail delivery problem"), STR("mail system error"), STR("mail delivery error"),
    STR("delivery problem"), STR("message could not be delivered"), STR("could not be delivered"), STR("cannot be delivered"),
    STR("can't be delivered"), STR("delivery has failed"), STR("failed mail"), STR("mail failure"), STR("failed delivery"), STR("non delivery"),
    STR("non-delivery"), STR("nondeliverable"), STR("undeliverable"), STR("unzustellbar"), STR("zustellung fehlgeschlagen"),
    STR("nicht zugestellt"), STR("mail konnte nicht"), STR("non remis"), STR("non distribu"), STR("echec de la remise"), STR("échec de"),
    STR("no se puede entregar"), STR("no entregado"), STR("mancata consegna"), STR("niet afgeleverd"), STR("onbestelbaar"),
    STR("message not delivered"), STR("message rejected"), STR("rejected mail"), STR("unknown user"), STR("user unknown"), STR("unroutable"),
    STR("message status - undeliverable"), STR("warning: message"), STR("error sending"), STR("mail rejected"), STR("postmaster notify"),
    STR("delivery report"), STR("delivery unsuccessful"), STR("email error"), STR("mdaemon notification"), STR("permanent delivery failure"),
    STR("message you sent blocked"), STR("delivery of "), STR("bounced mail"), STR("mail could not be delivered"), STR("loop alert"), STR("メールシステム"), STR("配信"),
    STR("退信"),
};

static const struct str phrases[] = {
    STR("could not be delivered"), STR("couldn't be delivered"), STR("was not delivered"), STR("wasn't delivered"), STR("not delivered to"),
    STR("cannot be delivered"), STR("can't be delivered"), STR("undeliverable"), STR("unable to deliver"), STR("delivery to the following"),
    STR("delivery failed"), STR("delivery failure"), STR("failed to deliver"), STR("permanent fatal error"), STR("permanent error"),
    STR("returned to sender"), STR("returned to you"), STR("permanent failure"), STR("delivery has failed"), STR("did not reach"),
    STR("user unknown"), STR("unknown user"), STR("no such user"), STR("mailbox unavailable"), STR("mailbox is full"), STR("mailbox full"),
    STR("over quota"), STR("quota exceeded"), STR("does not exist"), STR("doesn't exist"), STR("unrouteable"), STR("recipient rejected"),
    STR("address rejected"), STR("recipient unknown"), STR("recipients could not"), STR("not be reached"), STR("following addresses"),
    STR("following address"), STR("following recipient"), STR("this address no longer"), STR("message that you sent"), STR("message you sent"),
    STR("account has been disabled"), STR("unknown address"), STR("unknown recipient"), STR("invalid recipient"), STR("non-existent"),
    STR("host unknown"), STR("host not found"), STR("message has been rejected"), STR("rejected by"), STR("was rejected"),
    STR("rejected your message"), STR("nicht zugestellt"), STR("unzustellbar"), STR("n'a pas pu"), STR("no se pudo"), STR("delivery error"),
    STR("non-delivery"), STR("undelivered"), STR("failed recipient"), STR("failed address"), STR("unable to relay"), STR("relay access denied"),
    STR("mail delivery"), STR("transcript of session"), STR("message size exceeds"), STR("giving up"), STR("too large"), STR("disabled"),
    STR("送信でき"), STR("エラー"), STR("配信"),
};

static const struct str delays[] = {
    STR("delayed"), STR("warning: could not send"), STR("warning: message still undelivered"), STR("still undelivered"), STR("will be retried"),
    STR("not been delivered yet"), STR("will continue to try"), STR("will keep trying"), STR("this is a warning message only"),
    STR("you do not need to resend"), STR("do not need to resend"),
};

static bool says_any(struct str text, const struct str *list, size_t count, struct str *which)
{
    for (size_t i = 0; i < count; i++)
        if (str_ifind(text, list[i]) >= 0) {
            *which = list[i];
            return true;
        }
    return false;
}
#define SAYS(text, list, which) says_any(text, list, sizeof list / sizeof *list, which)

/* Where the copy of the returned mail begins in the text: its codes and addresses are not the report's. */
static size_t copy_at(struct str text)
{
    static const struct str marks[] = {
        STR("--- Below this line is a copy"), STR("------ This is a copy of"), STR("Below this line is a copy of the message"),
        STR("Original message follows"), STR("----- Original message -----"), STR("----- Unsent message follows"),
        STR("--- The header of the original message"), STR("Unsent Message below"), STR("----- Message header follows"),
        STR("-----Original Message-----"), STR("---- Unsent message"), STR("Original Message Header"),
        STR("------ This is a copy of your message"), STR("--- Original message"), STR("Message text follows:"), STR("| Message text follows"),
        STR("Message contents follow:"), STR("RFC822.HEADERS"), STR("----- Original message headers"), STR("Here is a copy of"),
        STR("Content of original message"), STR("Original message headers:"), STR("--- Enclosed is a copy"), STR("------------ Original"),
    };
    size_t best = text.n;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        ptrdiff_t at = str_ifind(str_sub(text, 0, best), marks[i]);
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
        return report_recipient(arena, a);
    }
    return nothing;
}

static struct str find_recipient(struct arena *arena, const struct message *m, struct str told, struct str copy)
{
    static const struct str signs[] = {
        STR("Final-Recipient: rfc822;"), STR("Original-Recipient: rfc822;"), STR("failed addresses follow:"), STR("following address"),
        STR("following recipient"), STR("following destination"), STR("RCPT TO:"), STR("failed recipient"), STR("Your message to"), STR("to:"),
        STR("recipient:"), STR("recipients:"), STR("delivered to"), STR("deliver to"),
    };
    const struct header_field *f = message_header(m, STR("X-Failed-Recipients"));
    if (f) {
        struct str rest = f->value, first = nothing;
        str_cut(&rest, ',', &first);
        return report_recipient(arena, first);
    }
    struct str own = m->to.count ? m->to.list[0].addr : nothing;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        ptrdiff_t at = str_ifind(told, signs[i]);
        if (at < 0)
            continue;
        struct str a = address_in(arena, str_sub(told, (size_t)at + signs[i].n, 400), own);
        if (a.n > 0)
            return a;
    }
    struct str a = address_in(arena, told, own);
    if (a.n > 0)
        return a;
    a = line_value(copy, STR("To:"));
    return a.n > 0 ? report_recipient(arena, a) : nothing;
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
    report_original(arena, mime, out);
    if (out->original_id.n == 0) {
        struct str_list ids;
        bool many = false;
        mailboxes_ids(arena, line_value(copied.n ? copied : text, STR("Message-ID:")), 3, &ids, &many);
        if (ids.count)
            out->original_id = ids.list[0];
    }
    out->hard = report_permanent(out, says);
    return says;
}
