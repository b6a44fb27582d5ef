/* rules_decide: judging hits and facts, rule by rule in the order of the files. One function judges a rule; deciding and explaining both use it, so
 * they cannot disagree. What a rule leaves behind carries its place and the text that made it apply. */
#include "rules_set.h"

#include "rows.h"

#include "base/buf.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

struct judge {
    struct arena *arena;
    const struct desk *desk;
    const struct rules_facts *facts;
    const struct scan_hits *hits;
};

enum answer { NO, YES, FAILED };

/* How one rule came out. */
struct finding {
    enum answer answer;
    struct str why;
    const struct scan_hit *hit; /* the first pattern that matched; NULL: the rule needed none */
};

/* ---- conditions ---- */

static const struct scan_hit *hit_of(const struct scan_hits *hits, uint32_t probe)
{
    size_t low = 0, high = hits->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hits->list[middle].probe < probe)
            low = middle + 1;
        else
            high = middle;
    }
    return low < hits->count && hits->list[low].probe == probe ? &hits->list[low] : NULL;
}

static bool is_reply(const struct rules_facts *facts)
{
    return facts->placement->placed == PLACED_APPENDED;
}

static bool compare(enum comparison comparison, uint64_t value, uint64_t number)
{
    switch (comparison) {
    case IS:
        return value == number;
    case IS_NOT:
        return value != number;
    case LESS:
        return value < number;
    case MORE:
        return value > number;
    case AT_MOST:
        return value <= number;
    case AT_LEAST:
        return value >= number;
    }
    return false;
}

static struct str fact_text(const struct cond *c, const struct rules_facts *facts)
{
    if (c->fact == FACT_MAILBOX)
        return facts->raw->mailbox;
    if (c->fact == FACT_CUSTOMER)
        return facts->customer;
    if (c->fact == FACT_PLAN)
        return facts->plan;
    if (c->fact == FACT_KIND)
        return str_of(message_kind_name(facts->message->kind));
    if (c->fact == FACT_AUTHENTICATION)
        return facts->sender->by.n > 0 ? facts->sender->by : STR("none");
    if (c->fact == FACT_SIGNATURE)
        return facts->message->signature.kind == PROTECTION_NONE ? STR("none") : facts->message->signature.verified ? STR("verified") : STR("unverified");
    return facts->message->language;
}

static bool fact_flag(const struct cond *c, const struct rules_facts *facts)
{
    switch (c->fact) {
    case FACT_NEW:
        return !is_reply(facts);
    case FACT_REPLY:
        return is_reply(facts);
    case FACT_TRUNCATED:
        return facts->raw->truncated || (facts->message->defects & MESSAGE_TRUNCATED) != 0;
    case FACT_AGENT:
        return facts->sender->agent.n != 0;
    case FACT_ENCRYPTED:
        return facts->message->encrypted != PROTECTION_NONE;
    default:
        return facts->sender->proven;
    }
}

/* Was one of the calendars open when the message came to its server? A sample came when it says it was written. */
static bool is_open(const struct judge *j, const struct cond *c, struct str *why)
{
    int64_t came = j->facts->raw->internal_date != 0 ? j->facts->raw->internal_date : j->facts->message->date;
    *why = STR("it was closed");
    for (size_t i = 0; i < c->texts.count; i++) {
        const struct calendar *calendar = desk_calendar(j->desk, c->texts.list[i]);
        struct span piece;
        if (calendar == NULL || !calendar_open(calendar, came, &piece) || piece.from > came)
            continue;
        *why = arena_printf(j->arena, "calendar %.*s was open", STR_ARG(calendar->name));
        return true;
    }
    return false;
}

static bool is_text(enum fact fact)
{
    return fact == FACT_MAILBOX || fact == FACT_KIND || fact == FACT_LANGUAGE || fact == FACT_AUTHENTICATION || fact == FACT_SIGNATURE || fact == FACT_CUSTOMER || fact == FACT_PLAN;
}

static bool fact_holds(const struct judge *j, const struct cond *c, struct str *why)
{
    const struct rules_facts *facts = j->facts;
    if (c->fact == FACT_SIZE || c->fact == FACT_ATTACHMENTS) {
        uint64_t value = c->fact == FACT_SIZE ? facts->raw->size : facts->message->attachment_count;
        *why = arena_printf(j->arena, "it is %" PRIu64, value);
        return compare(c->comparison, value, c->number);
    }
    if (c->fact == FACT_OPEN)
        return is_open(j, c, why) == (c->comparison == IS);
    if (is_text(c->fact)) {
        struct str text = fact_text(c, facts);
        bool among = false;
        for (size_t i = 0; i < c->texts.count; i++)
            among = among || str_ieq(c->texts.list[i], text);
        *why = arena_printf(j->arena, "it is \"%.*s\"", STR_ARG(text));
        return among == (c->comparison == IS);
    }
    bool holds = fact_flag(c, facts);
    *why = holds ? STR("it is so") : STR("it is not so");
    return holds;
}

static struct str hit_words(struct arena *arena, const struct scan_hit *hit)
{
    return arena_printf(arena, "%.*s matched \"%.*s\" at %u to %u", STR_ARG(hit->source), STR_ARG(hit->matched), hit->start, hit->end);
}

static enum answer flip(enum answer answer)
{
    return answer == FAILED ? FAILED : answer == YES ? NO : YES;
}

static enum answer judge_cond(const struct judge *j, const struct cond *c, bool negative, const struct scan_hit **hit, struct str *why);

static enum answer judge_probe(const struct judge *j, const struct cond *c, bool negative, const struct scan_hit **first, struct str *why)
{
    const struct scan_hit *hit = hit_of(j->hits, c->probe);
    if (hit == NULL) {
        *why = STR("no match");
        return c->negated ? YES : NO;
    }
    if (hit->failed) {
        *why = hit->why;
        return FAILED;
    }
    *why = hit_words(j->arena, hit);
    if (c->negated)
        return NO;
    if (!negative && *first == NULL)
        *first = hit;
    return YES;
}

/* why: of the child that decided. A failed child fails the whole, wherever it stands. */
static enum answer judge_children(const struct judge *j, const struct cond *c, bool negative, const struct scan_hit **hit, struct str *why)
{
    enum answer decides = c->kind == COND_ANY ? YES : NO, answer = flip(decides);
    *why = c->kind == COND_ANY ? STR("none of them holds") : STR("all of them hold");
    for (size_t i = 0; i < c->child_count; i++) {
        struct str here;
        enum answer one = judge_cond(j, &c->children[i], negative, hit, &here);
        if (one == FAILED || (one == decides && answer != decides)) {
            *why = arena_printf(j->arena, "%.*s: %.*s", STR_ARG(c->children[i].words), STR_ARG(here));
            answer = one;
        }
        if (one == FAILED)
            return FAILED;
    }
    return answer;
}

static enum answer judge_cond(const struct judge *j, const struct cond *c, bool negative, const struct scan_hit **hit, struct str *why)
{
    switch (c->kind) {
    case COND_PROBE:
        return judge_probe(j, c, negative, hit, why);
    case COND_FACT:
        return fact_holds(j, c, why) ? YES : NO;
    case COND_NOT:
        return flip(judge_cond(j, &c->children[0], !negative, hit, why));
    case COND_ALL:
    case COND_ANY:
        return judge_children(j, c, negative, hit, why);
    }
    return NO;
}

static struct finding judge_rule(const struct judge *j, const struct rule *rule)
{
    struct finding f = {0};
    f.answer = judge_cond(j, &rule->when, false, &f.hit, &f.why);
    if (f.answer == YES)
        f.why = f.hit != NULL ? hit_words(j->arena, f.hit) : STR("its conditions hold");
    return f;
}

/* ---- captures ---- */

static const struct scan_capture *capture_in(const struct judge *j, const struct cond *c, struct str name, const struct scan_hit **hit)
{
    if (c->kind == COND_NOT || (c->kind == COND_PROBE && c->negated))
        return NULL;
    if (c->kind == COND_PROBE) {
        *hit = hit_of(j->hits, c->probe);
        for (size_t i = 0; *hit != NULL && !(*hit)->failed && i < (*hit)->capture_count; i++) {
            if (str_eq((*hit)->captures[i].name, name))
                return &(*hit)->captures[i];
        }
        return NULL;
    }
    for (size_t i = 0; i < c->child_count; i++) {
        const struct scan_capture *found = capture_in(j, &c->children[i], name, hit);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* "{gateway} in {site}" with what was captured; a group that took no part is empty. */
static struct str expand(const struct judge *j, const struct rule *rule, struct str text)
{
    struct buf out = {0};
    struct str before, name;
    while (str_find(text, STR("{")) >= 0 && str_cut(&text, '{', &before) && str_cut(&text, '}', &name)) {
        const struct scan_hit *hit = NULL;
        const struct scan_capture *c = capture_in(j, &rule->when, name, &hit);
        buf_str(&out, before);
        if (c != NULL)
            buf_str(&out, c->text);
    }
    buf_str(&out, text);
    struct str expanded = arena_str(j->arena, buf_view(&out));
    buf_free(&out);
    return expanded;
}

/* ---- values ---- */

static struct value *add_value(struct arena *arena, struct verdict *v, struct str field, struct str text)
{
    v->values = rows_more(arena, v->values, v->value_count, sizeof *v->values);
    struct value *value = &v->values[v->value_count++];
    *value = (struct value){.field = field, .text = text};
    return value;
}

static void add_reasoned(struct arena *arena, struct verdict *v, struct str field, struct str text, struct str because)
{
    add_value(arena, v, field, text)->because = because;
}

static const struct value *last_value(const struct verdict *v, const char *field)
{
    for (size_t i = v->value_count; i-- > 0;) {
        if (str_eq(v->values[i].field, str_of(field)))
            return &v->values[i];
    }
    return NULL;
}

static void from_rule(struct value *value, const struct rule *rule, uint32_t line, const struct scan_hit *hit)
{
    value->rule = rule->name;
    value->file = str_of(rule->at.file);
    value->line = line;
    if (hit == NULL)
        return;
    value->source = hit->source;
    value->start = hit->start;
    value->end = hit->end;
    value->matched = hit->matched;
}

static void apply_field(const struct judge *j, const struct rule *rule, const struct action *a, const struct scan_hit *hit, struct verdict *v)
{
    struct str field = arena_printf(j->arena, "%s.%.*s", action_name(a->kind), STR_ARG(a->field));
    if (!a->from_capture) {
        from_rule(add_value(j->arena, v, field, expand(j, rule, a->text)), rule, a->line, hit);
        return;
    }
    const struct scan_hit *from = NULL;
    const struct scan_capture *c = capture_in(j, &rule->when, a->field, &from);
    if (c == NULL)
        return;
    struct value *value = add_value(j->arena, v, field, c->text);
    from_rule(value, rule, a->line, from);
    value->start = c->start;
    value->end = c->end;
    value->matched = c->text;
}

/* A mail onto a ticket that is there already may add to it, but classifies it anew only where the rule says `reply`: its quoted text would
 * otherwise undo what people decided. */
static bool reclassifies(enum action_kind kind)
{
    return kind == ACTION_QUEUE || kind == ACTION_SEVERITY || kind == ACTION_IMPACT || kind == ACTION_URGENCY || kind == ACTION_KIND || kind == ACTION_TEMPLATE;
}

static void set_aside(const struct judge *j, const struct rule *rule, const struct action *a, struct verdict *v)
{
    if (a->kind == ACTION_HOLD)
        v->hold = true;
    else
        v->ignore = true;
    if (a->text.n != 0)
        v->set_aside_why = arena_printf(j->arena, "rule %.*s: %.*s", STR_ARG(rule->name), STR_ARG(a->text));
    else
        v->set_aside_why = arena_printf(j->arena, "rule %.*s", STR_ARG(rule->name));
}

/* True: the rule says stop. */
static bool apply(const struct judge *j, const struct rule *rule, const struct scan_hit *hit, struct verdict *v)
{
    bool stop = false;
    v->rules = rows_more(j->arena, v->rules, v->rule_count, sizeof *v->rules);
    v->rules[v->rule_count++] = rule->name;
    for (size_t i = 0; i < rule->action_count; i++) {
        const struct action *a = &rule->actions[i];
        if (is_reply(j->facts) && reclassifies(a->kind) && !rule->says_reply)
            continue;
        if (a->kind == ACTION_STOP) {
            stop = true;
        } else if (a->kind == ACTION_FIELD || a->kind == ACTION_PARTNER) {
            apply_field(j, rule, a, hit, v);
        } else {
            bool flag = a->kind == ACTION_NO_ACK || ((a->kind == ACTION_HOLD || a->kind == ACTION_IGNORE) && a->text.n == 0);
            from_rule(add_value(j->arena, v, str_of(action_name(a->kind)), flag ? STR("yes") : a->text), rule, a->line, hit);
            if (a->kind == ACTION_HOLD || a->kind == ACTION_IGNORE)
                set_aside(j, rule, a, v);
        }
    }
    return stop;
}

/* ---- the whole ---- */

static uint8_t level_or_medium(const struct value *value)
{
    uint8_t level = 1;
    if (value != NULL)
        (void)level_of(value->text, &level);
    return level;
}

/* The most severe the customer's plan allows; agents are free to say otherwise later. */
static void cap_severity(struct arena *arena, const struct desk *desk, struct str plan_name, struct verdict *v)
{
    const struct plan_settings *plan = desk_plan(desk, plan_name);
    if (plan == NULL || v->severity >= plan->severity_cap || last_value(v, "severity") == NULL)
        return;
    struct str because = arena_printf(arena, "cap of plan %.*s: %c instead of %c", STR_ARG(plan->name), severity_letter(plan->severity_cap), severity_letter(v->severity));
    v->severity = plan->severity_cap;
    add_reasoned(arena, v, STR("severity"), arena_printf(arena, "%c", severity_letter(v->severity)), because);
}

static void settle_severity(struct arena *arena, const struct desk *desk, bool defaults, struct verdict *v)
{
    const struct value *outright = last_value(v, "severity"), *impact = last_value(v, "impact"), *urgency = last_value(v, "urgency");
    v->severity = desk->default_severity;
    if (outright != NULL) {
        (void)severity_of(outright->text, &v->severity);
        return;
    }
    struct str because = STR("desk default");
    if (impact != NULL || urgency != NULL) {
        uint8_t i = level_or_medium(impact), u = level_or_medium(urgency);
        v->severity = desk->matrix[i][u];
        because = arena_printf(arena, "matrix impact %s × urgency %s", level_name(i), level_name(u));
    } else if (!defaults) {
        return;
    }
    add_reasoned(arena, v, STR("severity"), arena_printf(arena, "%c", severity_letter(v->severity)), because);
}

static struct str settle(struct arena *arena, const char *field, struct str standard, struct str because, bool defaults, struct verdict *v)
{
    const struct value *value = last_value(v, field);
    if (value != NULL)
        return value->text;
    if (defaults)
        add_reasoned(arena, v, str_of(field), standard, because);
    return defaults ? standard : (struct str){0};
}

static void settle_template(struct arena *arena, const struct desk *desk, bool defaults, struct verdict *v)
{
    const struct queue_settings *queue = desk_queue(desk, v->queue);
    if (queue != NULL && queue->template.n != 0)
        v->template = settle(arena, "template", queue->template, arena_printf(arena, "queue %.*s", STR_ARG(queue->name)), defaults, v);
    else
        v->template = settle(arena, "template", STR("ack"), STR("desk default"), defaults, v);
}

void rules_decide(const struct ruleset *set, struct arena *arena, const struct desk *desk, const struct rules_facts *facts, const struct scan_hits *hits,
                  struct verdict *verdict)
{
    const struct judge j = {arena, desk, facts, hits};
    bool defaults = !is_reply(facts);
    *verdict = (struct verdict){0};
    for (size_t i = 0; i < set->count; i++) {
        const struct rule *rule = &set->rules[i];
        struct finding f = judge_rule(&j, rule);
        if (f.answer == FAILED) {
            verdict->failed = rows_more(arena, verdict->failed, verdict->failed_count, sizeof *verdict->failed);
            verdict->failed[verdict->failed_count++] = arena_printf(arena, "%.*s: %.*s", STR_ARG(rule->name), STR_ARG(f.why));
        } else if (f.answer == YES && apply(&j, rule, f.hit, verdict)) {
            break;
        }
    }
    verdict->queue = settle(arena, "queue", desk->default_queue, STR("desk default"), defaults, verdict);
    verdict->kind = settle(arena, "kind", STR("incident"), STR("desk default"), defaults, verdict);
    settle_template(arena, desk, defaults, verdict);
    settle_severity(arena, desk, defaults, verdict);
    cap_severity(arena, desk, facts->plan, verdict);
}

static bool says(const struct rule *rule, enum action_kind kind)
{
    for (size_t i = 0; i < rule->action_count; i++) {
        if (rule->actions[i].kind == kind)
            return true;
    }
    return false;
}

/* ---- partners' numbers ---- */

static struct str lower(struct arena *arena, struct str text)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.n; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return (struct str){copy, text.n};
}

static bool is_known(const struct other_number *list, size_t count, struct str source, struct str number)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i].source, source) && str_eq(list[i].number, number))
            return true;
    return false;
}

static void take_numbers(const struct judge *j, const struct rule *rule, size_t limit, struct other_number **numbers, size_t *count)
{
    for (size_t i = 0; i < rule->action_count && *count < limit; i++) {
        const struct action *a = &rule->actions[i];
        const struct scan_hit *hit = NULL;
        const struct scan_capture *c = a->kind == ACTION_PARTNER ? capture_in(j, &rule->when, a->field, &hit) : NULL;
        struct str number = c != NULL ? lower(j->arena, str_trim(c->text)) : STR("");
        if (number.n == 0 || is_known(*numbers, *count, a->field, number))
            continue;
        *numbers = rows_more(j->arena, *numbers, *count, sizeof **numbers);
        (*numbers)[(*count)++] = (struct other_number){.source = a->field, .number = number, .rule = rule->name};
    }
}

/* Only rules that could have a say are judged. */
void rules_partners(const struct ruleset *set, struct arena *arena, const struct desk *desk, const struct rules_facts *facts, const struct scan_hits *hits, size_t limit,
                    struct other_number **numbers, size_t *count)
{
    const struct judge j = {arena, desk, facts, hits};
    *numbers = NULL;
    *count = 0;
    for (size_t i = 0; set->has_partners && i < set->count; i++) {
        const struct rule *rule = &set->rules[i];
        bool partner = says(rule, ACTION_PARTNER);
        if ((partner || says(rule, ACTION_STOP)) && judge_rule(&j, rule).answer == YES) {
            take_numbers(&j, rule, limit, numbers, count);
            if (says(rule, ACTION_STOP))
                return;
        }
    }
}

/* ---- explaining ---- */

void rules_explain(const struct ruleset *set, struct arena *arena, const struct desk *desk, const struct rules_facts *facts, const struct scan_hits *hits,
                   struct rule_finding **findings, size_t *count)
{
    const struct judge j = {arena, desk, facts, hits};
    const struct rule *stopped = NULL;
    *findings = arena_array(arena, set->count, sizeof **findings);
    *count = set->count;
    for (size_t i = 0; i < set->count; i++) {
        const struct rule *rule = &set->rules[i];
        struct rule_finding *out = &(*findings)[i];
        *out = (struct rule_finding){.name = rule->name, .file = str_of(rule->at.file), .line = rule->at.line, .reached = stopped == NULL};
        if (stopped != NULL) {
            out->why = arena_printf(arena, "not reached: rule %.*s says stop", STR_ARG(stopped->name));
            continue;
        }
        struct finding f = judge_rule(&j, rule);
        out->applied = f.answer == YES;
        out->why = f.answer == FAILED ? arena_printf(arena, "failed: %.*s", STR_ARG(f.why)) : f.why;
        if (out->applied && says(rule, ACTION_STOP))
            stopped = rule;
    }
}
