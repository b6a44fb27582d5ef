/* report: what stands in the parts that are made for programs, and the codes wherever they stand. A report speaks of one recipient here: the first that failed for good, else the first that failed, else was delayed. */
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

/* "550 5.1.1", "550-5.1.1", "550-'5.1.1": the reply code of the same class right before, 0 when there is none. */
static uint32_t code_before(struct str text, size_t at)
{
    size_t i = at;
    while (i > 0 && at - i < 3 && strchr(" -'\"#(", text.p[i - 1]) && text.p[i - 1] != '\0')
        i--;
    if (i == at || i < 3 || !is_digit(text.p[i - 1]) || !is_digit(text.p[i - 2]) || text.p[i - 3] != text.p[at])
        return 0;
    return (uint32_t)((text.p[i - 3] - '0') * 100 + (text.p[i - 2] - '0') * 10 + (text.p[i - 1] - '0'));
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
        bool strong = code_before(text, i) > 0 || (i >= 1 && (text.p[i - 1] == '#' || text.p[i - 1] == '('));
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
    struct str status = report_find_status(text);
    uint32_t code = status.n > 0 ? code_before(text, (size_t)(status.p - text.p)) : 0;
    if (code > 0)
        return code; /* what the status stands behind: the two belong together */
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
struct str report_recipient(struct arena *arena, struct str value)
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

bool report_permanent(const struct report *r, enum report_says says)
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
    out->recipient = report_recipient(arena, best.final.n ? best.final : best.original.n ? best.original : best.actual);
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
        out->recipient = report_recipient(arena, value);
}

/* The mail reported on, as a part of the report. */
void report_original(struct arena *arena, const struct mime *m, struct report *out)
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

static const struct mime_part *find_part(const struct mime *m, const struct str *types)
{
    for (uint32_t i = 0; i < m->count; i++) {
        /* What is quoted inside a message/rfc822 is not this mail's own report. */
        for (size_t t = 0; types[t].n > 0; t++)
            if (str_eq(m->parts[i].type, types[t]))
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
        out->recipient = report_recipient(arena, value);
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
    static const struct str delivery[] = {
        STR("message/delivery-status"), STR("message/global-delivery-status"), STR(""),
    };
    static const struct str disposition[] = {
        STR("message/disposition-notification"), STR("message/global-disposition-notification"), STR(""),
    };
    static const struct str feedback[] = {
        STR("message/feedback-report"), STR(""),
    };
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
            out->recipient = report_recipient(arena, value);
        if (header_find(text, STR("Original-Message-ID"), &value))
            read_original(arena, p ? text : nothing, out);
        *evidence = STR("disposition notification");
        says = REPORT_DISPOSITION;
    }
    if (says == REPORT_NOTHING)
        return says;
    if (says == REPORT_FAILED || says == REPORT_DELAYED)
        read_prose(m, out);
    report_original(arena, mime, out);
    out->hard = report_permanent(out, says);
    return says;
}
