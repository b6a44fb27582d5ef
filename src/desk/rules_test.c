/* rules_test: the rules' own tests. A sample goes the way of a real mail: read, scanned, judged by the whole set, compared. */
#include "rules_set.h"

#include "base/buf.h"

#include <string.h>

struct tester {
    const struct ruleset *set;
    struct arena *arena;
    const struct desk *desk;
    const struct scan *scan;
    struct diagnoses *d;
    const struct rule *rule;
};

static bool has_header(struct str head, struct str name)
{
    struct str line;
    while (str_line(&head, &line)) {
        if (str_istarts(line, name))
            return true;
    }
    return false;
}

/* Header lines that a sample leaves out, so that it reads like a person's mail. */
static struct str sample_mail(const struct tester *t, struct str sample)
{
    struct buf out = {0};
    ptrdiff_t empty = str_find(sample, STR("\n\n"));
    struct str head = empty >= 0 ? str_sub(sample, 0, (size_t)empty) : sample;
    struct str body = empty >= 0 ? str_sub(sample, (size_t)empty + 2, sample.n) : (struct str){0};
    if (!has_header(head, STR("From:")))
        buf_text(&out, "From: Some Customer <customer@customer.example>\n");
    if (!has_header(head, STR("To:")))
        buf_printf(&out, "To: %.*s\n", STR_ARG(t->desk->address));
    if (!has_header(head, STR("Content-Type:")))
        buf_text(&out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n");
    buf_str(&out, head);
    buf_text(&out, "\n\n");
    buf_str(&out, body);
    buf_char(&out, '\n');
    struct str mail = arena_str(t->arena, buf_view(&out));
    buf_free(&out);
    return mail;
}

static void judge_sample(const struct tester *t, const struct rule_test *test, struct verdict *verdict)
{
    struct raw raw = {.mailbox = test->mailbox.n != 0 ? test->mailbox : t->set->first_mailbox, .octets = sample_mail(t, test->sample)};
    struct message_context context = {.own_addresses = t->desk->addresses, .own_address_count = t->desk->address_count, .loop_id = t->desk->loop_id};
    struct message message = {0};
    struct scan_hits hits;
    raw.size = raw.octets.n;
    message_read(t->arena, raw.octets, &context, &message);
    struct sender sender = {0};
    if (message.from.count == 1)
        sender.address = message.from.list[0].addr;
    struct placement placement = {.placed = test->reply ? PLACED_APPENDED : PLACED_NEW};
    struct rules_facts facts = {&raw, &message, &sender, &placement, {NULL, 0}, {NULL, 0}};
    scan_run(t->scan, t->arena, &message, &hits);
    rules_decide(t->set, t->arena, t->desk, &facts, &hits, verdict);
}

static const struct value *value_of(const struct verdict *v, struct str field)
{
    for (size_t i = v->value_count; i-- > 0;) {
        if (str_eq(v->values[i].field, field))
            return &v->values[i];
    }
    return NULL;
}

static bool has_tag(const struct verdict *v, struct str tag)
{
    for (size_t i = 0; i < v->value_count; i++) {
        if (str_eq(v->values[i].field, STR("tag")) && str_eq(v->values[i].text, tag))
            return true;
    }
    return false;
}

static bool rule_applied(const struct verdict *v, struct str name)
{
    for (size_t i = 0; i < v->rule_count; i++) {
        if (str_eq(v->rules[i], name))
            return true;
    }
    return false;
}

static const char *applied_words(const struct tester *t, const struct verdict *v)
{
    struct buf text = {0};
    buf_text(&text, v->rule_count == 0 ? "no rule applied" : "applied:");
    for (size_t i = 0; i < v->rule_count; i++)
        buf_printf(&text, "%s %.*s", i == 0 ? "" : ",", STR_ARG(v->rules[i]));
    const char *words = arena_text(t->arena, buf_view(&text));
    buf_free(&text);
    return words;
}

__attribute__((format(printf, 4, 5))) static bool fails(const struct tester *t, const struct verdict *v, struct place_in_file at, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    diagnoses_add(t->d, false, t->rule->source, at, applied_words(t, v), "test failed: %.*s", STR_ARG(buf_view(&text)));
    buf_free(&text);
    return false;
}

static bool compare_value(const struct tester *t, const struct expectation *e, const struct verdict *v)
{
    struct str name = str_of(action_name(e->action)), field = name;
    if (e->action == ACTION_FIELD)
        field = name = arena_printf(t->arena, "field.%.*s", STR_ARG(e->field));
    if (e->action == ACTION_PARTNER)
        field = name = arena_printf(t->arena, "partner.%.*s", STR_ARG(e->field));
    const struct value *value = value_of(v, field);
    if (value == NULL)
        return fails(t, v, e->at, "%.*s is not set, expected \"%.*s\"", STR_ARG(name), STR_ARG(e->text));
    if (!str_eq(value->text, e->text))
        return fails(t, v, e->at, "%.*s is %.*s, expected %.*s", STR_ARG(name), STR_ARG(value->text), STR_ARG(e->text));
    return true;
}

static bool compare_expectation(const struct tester *t, const struct expectation *e, const struct verdict *v)
{
    if (e->kind == EXPECT_NO_MATCH)
        return !rule_applied(v, t->rule->name) || fails(t, v, e->at, "rule %.*s applies, expected no match", STR_ARG(t->rule->name));
    switch (e->action) {
    case ACTION_TAG:
        return has_tag(v, e->text) || fails(t, v, e->at, "tag %.*s is not set", STR_ARG(e->text));
    case ACTION_HOLD:
        return v->hold || fails(t, v, e->at, "the mail is not held");
    case ACTION_IGNORE:
        return v->ignore || fails(t, v, e->at, "the mail is not ignored");
    case ACTION_NO_ACK:
        return value_of(v, STR("no-ack")) != NULL || fails(t, v, e->at, "no rule says no-ack");
    default:
        return compare_value(t, e, v);
    }
}

static bool run_test(const struct tester *t, const struct rule_test *test)
{
    struct verdict verdict;
    bool passed = true;
    judge_sample(t, test, &verdict);
    for (size_t i = 0; i < verdict.failed_count; i++)
        passed = fails(t, &verdict, test->at, "%.*s", STR_ARG(verdict.failed[i]));
    for (size_t i = 0; i < test->count; i++)
        passed = compare_expectation(t, &test->expectations[i], &verdict) && passed;
    return passed;
}

bool rules_test(const struct ruleset *set, struct arena *arena, const struct desk *desk, struct diagnoses *d, size_t *run)
{
    struct scan *scan = NULL;
    struct err err = {0};
    bool passed = true;
    (void)arena;
    *run = 0;
    if (!scan_open(&scan, set->probes, set->probe_count, false, &err)) {
        diagnoses_add(d, false, NULL, (struct place_in_file){.file = "rules", .line = 1, .column = 1, .width = 1}, "", "%s", err.text);
        return false;
    }
    message_prepare();
    struct arena *work = arena_new(); /* of one test; nothing is left in the caller's */
    for (size_t i = 0; i < set->count; i++) {
        struct tester t = {set, work, desk, scan, d, &set->rules[i]};
        for (size_t k = 0; k < set->rules[i].test_count; k++) {
            passed = run_test(&t, &set->rules[i].tests[k]) && passed;
            (*run)++;
            arena_clear(work);
        }
    }
    arena_free(&work);
    scan_close(&scan);
    return passed;
}
