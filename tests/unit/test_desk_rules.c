/* rules: what is read, what is refused and where, what is decided and why. */
#include "desk_fixture.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rules file read, and what was found wrong with it. */
struct loaded {
    struct arena *arena;
    struct syntax_file file;
    struct ruleset *set;
    struct diagnoses d;
};

static struct loaded load(const char *text)
{
    struct loaded l = {.arena = arena_new()};
    struct rules_known known = fixture_known();
    l.d.arena = l.arena;
    syntax_parse(l.arena, "10-test.rules", str_of(text), &l.file, &l.d);
    rules_load(l.arena, &l.file, 1, &known, &l.set, &l.d);
    return l;
}

static struct str told(const struct loaded *l)
{
    struct buf out = {0};
    diagnoses_print(&l->d, &out);
    struct str text = arena_str(l->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static struct loaded load_good(const char *text)
{
    struct loaded l = load(text);
    if (l.d.count != 0)
        fail_msg("%s", told(&l).p);
    return l;
}

struct judged {
    struct raw raw;
    struct message message;
    struct sender sender;
    struct placement placement;
    struct scan_hits hits;
    struct rules_facts facts;
    struct verdict verdict;
};

static void judge(const struct loaded *l, struct judged *j)
{
    size_t count;
    const struct scan_probe *probes = rules_probes(l->set, &count);
    struct scan *scan = NULL;
    struct err err = {0};
    if (!scan_open(&scan, probes, count, true, &err))
        fail_msg("%s", err.text);
    scan_run(scan, l->arena, &j->message, &j->hits);
    scan_close(&scan);
    j->facts = (struct rules_facts){&j->raw, &j->message, &j->sender, &j->placement, {NULL, 0}, {NULL, 0}};
    rules_decide(l->set, l->arena, fixture_desk(), &j->facts, &j->hits, &j->verdict);
}

static struct judged mail(const char *subject, const char *text)
{
    return (struct judged){.raw = {.mailbox = STR("support"), .size = 2000},
                           .message = fixture_message(str_of(subject), str_of(text)),
                           .sender = {.address = STR("jo@contoso.example")}};
}

static const char gateway_rule[] = "rule gateway-down {\n"
                                   "    when  subject, text ~ /\\b(?:VPN )?gateway (?<gateway>[a-z]{2}-\\d+) (?:is )?(?:down|unreachable)\\b/i\n"
                                   "    not   from ~ /@monitoring\\.contoso\\.example$/\n"
                                   "    set   queue network; impact high; urgency high; field gateway\n"
                                   "    ack   outage\n"
                                   "    test  \"Subject: VPN gateway de-7 is down\" => queue network, severity A, field gateway \"de-7\", template outage\n"
                                   "    test  \"From: x@monitoring.contoso.example\\nSubject: VPN gateway de-7 is down\" => no match, queue support\n"
                                   "    test  \"Subject: Hallo\\n\\nGateway de-8 unreachable\" => field gateway \"de-8\"\n"
                                   "}\n";

static void values_know_where_they_came_from(void **state)
{
    (void)state;
    struct loaded l = load_good(gateway_rule);
    struct judged j = mail("VPN gateway de-7 is down", "Hello");
    judge(&l, &j);
    assert_text(j.verdict.queue, "network");
    assert_text(j.verdict.kind, "incident");
    assert_text(j.verdict.template, "outage");
    assert_int_equal(j.verdict.severity, 0);
    assert_int_equal(j.verdict.rule_count, 1);
    const struct value *v = fixture_value(&j.verdict, "queue");
    assert_text(v->rule, "gateway-down");
    assert_text(v->file, "10-test.rules");
    assert_int_equal(v->line, 4);
    assert_text(v->source, "subject");
    assert_int_equal(v->start, 1);
    assert_int_equal(v->end, 24);
    assert_text(v->matched, "VPN gateway de-7 is down");
    v = fixture_value(&j.verdict, "field.gateway");
    assert_text(v->text, "de-7");
    assert_int_equal(v->start, 13);
    assert_int_equal(v->end, 16);
    assert_text(v->matched, "de-7");
    v = fixture_value(&j.verdict, "severity");
    assert_text(v->text, "A");
    assert_text(v->because, "matrix impact high × urgency high");
    assert_text(fixture_value(&j.verdict, "kind")->because, "desk default");
    arena_free(&l.arena);
}

static void nothing_matched_leaves_the_desks_defaults(void **state)
{
    (void)state;
    struct loaded l = load_good(gateway_rule);
    struct judged j = mail("Hello", "Nothing works");
    judge(&l, &j);
    assert_text(j.verdict.queue, "support");
    assert_int_equal(j.verdict.severity, 2);
    assert_int_equal(j.verdict.rule_count, 0);
    assert_text(fixture_value(&j.verdict, "severity")->because, "desk default");
    assert_text(fixture_value(&j.verdict, "queue")->because, "desk default");
    arena_free(&l.arena);
}

static void rules_carry_their_tests(void **state)
{
    (void)state;
    struct loaded l = load_good(gateway_rule);
    size_t run;
    bool passed = rules_test(l.set, l.arena, fixture_desk(), &l.d, &run);
    if (!passed)
        fail_msg("%s", told(&l).p);
    assert_int_equal(run, 3);
    arena_free(&l.arena);

    l = load_good("rule r {\n    when subject ~ /down/\n    severity B\n    test \"Subject: it is down\" => severity A, queue network\n"
                  "    test \"Subject: up\" => tag x\n    test \"Subject: down\" => no match\n}\n");
    assert_false(rules_test(l.set, l.arena, fixture_desk(), &l.d, &run));
    assert_int_equal(run, 3);
    assert_int_equal(l.d.errors, 4);
    assert_holds(told(&l), "10-test.rules:4:35: error: test failed: severity is B, expected A");
    assert_holds(told(&l), "10-test.rules:4:47: error: test failed: queue is support, expected network");
    assert_holds(told(&l), "10-test.rules:5:27: error: test failed: tag x is not set");
    assert_holds(told(&l), "10-test.rules:6:29: error: test failed: rule r applies, expected no match");
    assert_holds(told(&l), "applied: r");
    arena_free(&l.arena);
}

/* Each file, and what must be said of it. */
static void errors_say_what_would_be_right(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } table[] = {
        {"rule r { when subject ~ /gateway (?<gw>[a-z]{2} is down/i\n queue network }", "1:34: error: regular expression: \")\" is missing"},
        {"rule r { when subject ~ /gateway (?<gw>[a-z]{2} is down/i\n queue network }", "^ opened here"},
        {"rule r { when subject ~ /a\\/b\\/[z-a]/\n queue network }", "1:35: error: regular expression: range out of order"},
        {"rule r { quue network }", "1:10: error: unknown statement \"quue\""},
        {"rule r { quue network }", "did you mean \"queue\"?"},
        {"rule r { queue netwrk }", "1:16: error: there is no queue \"netwrk\", expected network, billing or support"},
        {"rule r { queue netwrk }", "did you mean \"network\"?"},
        {"rule r { queue }", "expected a value behind \"queue\""},
        {"rule r { queue network billing }", "unexpected \"billing\""},
        {"rule r { severity E }", "severity \"E\": expected A, B, C or D"},
        {"rule r { impact huge }", "there is no impact \"huge\", expected high, medium or low"},
        {"rule r { kind incidnet }", "did you mean \"incident\"?"},
        {"rule r { ack outtage }", "did you mean \"outage\"?"},
        {"rule r { when mailbox = suport\n queue network }", "there is no mailbox \"suport\""},
        {"rule r { when kind = persn\n queue network }", "did you mean \"person\"?"},
        {"rule r { when sbject ~ /x/\n queue network }", "did you mean \"subject\"?"},
        {"rule r { when subject ~ \"x\"\n queue network }", "expected a pattern such as /gateway/i"},
        {"rule r { when subject < 3\n queue network }", "expected ~ /pattern/"},
        {"rule r { when size > huge\n queue network }", "expected a size such as 500K or 10M"},
        {"rule r { when attachments > 1M\n queue network }", "expected a number"},
        {"rule r { when header ~ /x/\n queue network }", "expected the header's name"},
        {"rule r { when any\n queue network }", "expected { conditions } behind \"any\""},
        {"rule r { when any { }\n queue network }", "an empty block"},
        {"rule r { when subject ~ /(?<gateway>x)/\n field gatway; field gateway }", "did you mean \"gateway\"?"},
        {"rule r { when subject ~ /x/\n field gateway }", "write (?<gateway>…) in a pattern of this rule"},
        {"rule r { not subject ~ /(?<gateway>x)/\n field gateway }", "no pattern of this rule has a group named \"gateway\""},
        {"rule r { when subject ~ /x/\n field where \"{site}\" }", "no pattern of this rule has a group named \"site\""},
        {"rule r { when subject ~ /(?<site>x)/\n tag x }", "warning: the group \"site\" goes nowhere"},
        {"rule r { tag 1x }", "tag \"1x\""},
        {"rule r { tag x }\nrule r { tag y }", "2:6: error: there is a rule \"r\" already, in 10-test.rules:1"},
        {"rule { tag x }", "expected rule NAME { … }"},
        {"mailbox x { }", "unknown statement \"mailbox\", expected rule NAME"},
        {"rule r { tag x\n test \"nonsense\" => tag x }", "expected a sample mail"},
        {"rule r { tag x\n test \"Subject: x\" => tags x }", "did you mean \"tag\"?"},
        {"rule r { tag x\n test \"Subject: x\" tag x }", "expected => and what should come of it"},
        {"rule r { tag x\n test \"Subject: x\" => queue nework }", "did you mean \"network\"?"},
        {"rule r { when language = german\n tag x }", "expected two letters"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct loaded l = load(table[i].text);
        if (l.d.count == 0)
            fail_msg("nothing was said of: %s", table[i].text);
        assert_holds(told(&l), table[i].said);
        assert_non_null(l.set);
        arena_free(&l.arena);
    }
}

static void all_errors_at_once(void **state)
{
    (void)state;
    struct loaded l = load("rule a { queue x }\nrule b { severity Z; tag ok; kind what }\nrule c { tag fine }\n");
    assert_int_equal(l.d.errors, 3);
    assert_int_equal(rules_count(l.set), 3);
    arena_free(&l.arena);
}

/* A condition, and whether it holds for the mail below. */
static void conditions(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        bool holds;
    } table[] = {
        {"when subject ~ /router/", true},
        {"when subject !~ /router/", false},
        {"when subject ~ /switch/", false},
        {"not subject ~ /switch/", true},
        {"not subject ~ /router/", false},
        {"not not subject ~ /router/", true},
        {"when subject, text ~ /printer/", true},
        {"when from = jo@contoso.example", true},
        {"when from = JO@contoso.example", true},
        {"when from = o@contoso.example", false},
        {"when from != jo@contoso.example", false},
        {"when subject = \"the router (core) is slow\"", true},
        {"when subject = \"the router\"", false},
        {"when header X-Site = berlin", true},
        {"when header X-Site != berlin", false},
        {"when header X-Site ~ /^ber/i", true},
        {"when mailbox = support", true},
        {"when mailbox = sales, support", true},
        {"when mailbox != sales", true},
        {"when mailbox = sales", false},
        {"when kind = person", true},
        {"when kind = bounce", false},
        {"when language = de", true},
        {"when size > 1K", true},
        {"when size > 10M", false},
        {"when size <= 2000", true},
        {"when attachments > 0", true},
        {"when attachments = 2", false},
        {"when attachment ~ /\\.pdf$/i", true},
        {"when new", true},
        {"when reply", false},
        {"when not reply", true},
        {"when truncated", false},
        {"when agent", false},
        {"when proven", true},
        {"when authentication = dkim", true},
        {"when authentication = dmarc, dkim", true},
        {"when authentication != none", true},
        {"when authentication = smime", false},
        {"when signature = unverified", true},
        {"when signature != none", true},
        {"when signature = verified", false},
        {"when encrypted", true},
        {"any { subject ~ /switch/; text ~ /printer/ }", true},
        {"any { subject ~ /switch/; text ~ /phone/ }", false},
        {"all { subject ~ /router/; text ~ /printer/ }", true},
        {"all { subject ~ /router/; text ~ /phone/ }", false},
        {"not any { subject ~ /switch/; text ~ /phone/ }", true},
        {"not all { subject ~ /router/\n any { text ~ /phone/\n not new } }", true},
        {"when subject ~ /router/\n when text ~ /phone/", false},
        {"when subject ~ /router/\n when text ~ /printer/", true},
        {"", true},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[400];
        (void)snprintf(text, sizeof text, "rule r {\n %s\n tag hit\n}\n", table[i].condition);
        struct loaded l = load_good(text);
        struct judged j = mail("The router (core) is slow", "and the printer too");
        struct attachment a = {.name = STR("Log.PDF"), .type = STR("application/pdf")};
        fixture_header(l.arena, &j.message, "X-Site", "Berlin");
        j.message.attachments = &a;
        j.message.attachment_count = 1;
        j.message.language = STR("de");
        j.sender.proven = true;
        j.sender.by = STR("dkim");
        j.message.signature.kind = PROTECTION_PGP;
        j.message.encrypted = PROTECTION_PGP;
        judge(&l, &j);
        if ((fixture_value(&j.verdict, "tag") != NULL) != table[i].holds)
            fail_msg("wrong: %s", table[i].condition);
        arena_free(&l.arena);
    }
}

static void later_rules_win_and_tags_add_up_until_stop(void **state)
{
    (void)state;
    struct loaded l = load_good("rule a { queue network; tag one two; impact low }\nrule b { queue billing; tag three; urgency low; no-ack }\n"
                                "rule c { kind request; stop }\nrule d { queue support; tag four }\n");
    struct judged j = mail("x", "y");
    judge(&l, &j);
    assert_text(j.verdict.queue, "billing");
    assert_text(j.verdict.kind, "request");
    assert_int_equal(j.verdict.rule_count, 3);
    size_t tags = 0;
    for (size_t i = 0; i < j.verdict.value_count; i++)
        tags += str_eq(j.verdict.values[i].field, STR("tag")) ? 1 : 0;
    assert_int_equal(tags, 3);
    assert_int_equal(j.verdict.severity, 3);
    assert_non_null(fixture_value(&j.verdict, "no-ack"));
    arena_free(&l.arena);
}

static void severity_outright_wins_over_the_matrix(void **state)
{
    (void)state;
    struct loaded l = load_good("rule a { severity b }\nrule b { impact high; urgency high }\n");
    struct judged j = mail("x", "y");
    judge(&l, &j);
    assert_int_equal(j.verdict.severity, 1);
    assert_text(fixture_value(&j.verdict, "severity")->rule, "a");
    arena_free(&l.arena);

    l = load_good("rule b { impact high }\n");
    judge(&l, &j);
    assert_int_equal(j.verdict.severity, 1);
    assert_text(fixture_value(&j.verdict, "severity")->because, "matrix impact high × urgency medium");
    arena_free(&l.arena);
}

static void a_reply_adds_but_reclassifies_only_where_the_rule_says_so(void **state)
{
    (void)state;
    struct loaded l = load_good("rule a { when text ~ /serial (?<serial>\\d+)/\n queue network; severity A; field serial; tag seen }\n"
                                "rule b { when reply\n when fresh ~ /worse/\n severity B }\n");
    struct judged j = mail("Re: x", "serial 77, worse");
    j.placement = (struct placement){.placed = PLACED_APPENDED, .ticket = 5};
    judge(&l, &j);
    assert_int_equal(j.verdict.queue.n, 0);
    assert_null(fixture_value(&j.verdict, "queue"));
    assert_null(fixture_value(&j.verdict, "kind"));
    assert_text(fixture_value(&j.verdict, "field.serial")->text, "77");
    assert_text(fixture_value(&j.verdict, "tag")->text, "seen");
    assert_text(fixture_value(&j.verdict, "severity")->text, "B");
    j.message = fixture_message(STR("Re: x"), STR("thanks"));
    judge(&l, &j);
    assert_int_equal(j.verdict.value_count, 0);
    arena_free(&l.arena);
}

static void hold_and_ignore_say_why(void **state)
{
    (void)state;
    struct loaded l = load_good("rule a { when subject ~ /invoice/\n hold \"looks like a scam\" }\nrule b { when subject ~ /lottery/\n ignore }\n");
    struct judged j = mail("your invoice", "");
    judge(&l, &j);
    assert_true(j.verdict.hold);
    assert_text(j.verdict.set_aside_why, "rule a: looks like a scam");
    j = mail("lottery", "");
    judge(&l, &j);
    assert_true(j.verdict.ignore);
    assert_text(j.verdict.set_aside_why, "rule b");
    arena_free(&l.arena);
}

static void fields_are_written_from_several_captures(void **state)
{
    (void)state;
    struct loaded l = load_good("rule a { when subject ~ /(?<what>router|switch)/\n when text ~ /in (?<site>\\w+)(?<room> room \\d+)?/\n"
                                " field where \"{what} at {site}{room}!\" }\n");
    struct judged j = mail("switch broken", "it is in Köln");
    judge(&l, &j);
    assert_text(fixture_value(&j.verdict, "field.where")->text, "switch at Köln!");
    arena_free(&l.arena);
}

static void a_failed_pattern_fails_its_rule_and_no_other(void **state)
{
    (void)state;
    struct loaded l = load_good("rule explodes { when text ~ /^(a+)+$/\n queue billing }\nrule inverse { when text !~ /^(a+)+$/\n queue billing }\n"
                                "rule either { any { subject ~ /x/; text ~ /^(a+)+$/ }\n queue billing }\nrule fine { when subject ~ /x/\n queue network }\n");
    char text[2000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    struct judged j = mail("x", "");
    j.message.text = (struct str){text, sizeof text};
    judge(&l, &j);
    assert_int_equal(j.verdict.failed_count, 3);
    assert_holds(j.verdict.failed[0], "explodes: ");
    assert_holds(j.verdict.failed[0], "limit on text");
    assert_text(j.verdict.queue, "network");
    assert_int_equal(j.verdict.rule_count, 1);
    arena_free(&l.arena);
}

static void explaining_names_the_first_condition_that_does_not_hold(void **state)
{
    (void)state;
    struct loaded l = load_good("rule a { when subject, text ~ /router (?:is )?down/i\n tag x }\nrule b { when subject ~ /slow/\n not from ~ /@contoso\\.example$/\n tag x }\n"
                                "rule c { when mailbox = sales\n tag x }\nrule d { any { subject ~ /a{9}/; text ~ /b{9}/ }\n tag x }\n"
                                "rule e { when subject ~ /slow/\n stop }\nrule f { tag x }\n");
    struct judged j = mail("The router is slow", "text");
    struct rule_finding *f;
    size_t count;
    judge(&l, &j);
    rules_explain(l.set, l.arena, fixture_desk(), &j.facts, &j.hits, &f, &count);
    assert_int_equal(count, 6);
    assert_false(f[0].applied);
    assert_text(f[0].why, "subject, text ~ /router (?:is )?down/i: no match");
    assert_text(f[1].why, "not from ~ /@contoso\\.example$/: from matched \"@contoso.example\" at 3 to 18");
    assert_text(f[2].why, "mailbox = sales: it is \"support\"");
    assert_text(f[3].why, "any: none of them holds");
    assert_true(f[4].applied);
    assert_text(f[4].why, "subject matched \"slow\" at 15 to 18");
    assert_false(f[5].reached);
    assert_text(f[5].why, "not reached: rule e says stop");
    assert_int_equal(f[5].line, 12);
    arena_free(&l.arena);
}

static void the_hash_names_what_the_rules_say(void **state)
{
    (void)state;
    struct loaded a = load_good("rule a { when subject ~ /x/\n tag x }\n"), b = load_good("# a note\nrule a {\n  when subject ~ /x/\n  tag x\n}\n"),
                  c = load_good("rule a { when subject ~ /x/i\n tag x }\n");
    assert_int_equal(rules_hash(a.set).n, 64);
    assert_true(str_eq(rules_hash(a.set), rules_hash(b.set)));
    assert_false(str_eq(rules_hash(a.set), rules_hash(c.set)));
    arena_free(&a.arena);
    arena_free(&b.arena);
    arena_free(&c.arena);
}

static void hits_of_no_probe_are_ignored(void **state)
{
    (void)state;
    struct loaded l = load_good("rule a { when subject ~ /x/\n tag x }\n");
    struct judged j = mail("y", "");
    judge(&l, &j);
    struct scan_hit strange = {.probe = 77, .source = STR("subject")};
    j.hits = (struct scan_hits){&strange, 1};
    rules_decide(l.set, l.arena, fixture_desk(), &j.facts, &j.hits, &j.verdict);
    assert_int_equal(j.verdict.rule_count, 0);
    arena_free(&l.arena);
}

/* The rules that are installed: nothing wrong with them, not even a warning, and their tests pass on any desk. */
static void the_sample_rules_are_good(void **state)
{
    (void)state;
    const char *top = getenv("TOP_SRCDIR");
    char path[4096];
    struct arena *arena = arena_new();
    struct str text;
    struct err err = {0};
    size_t run;
    (void)snprintf(path, sizeof path, "%s/etc/rules.d/10-example.rules", top != NULL ? top : ".");
    if (!file_read(arena, path, SYNTAX_FILE_MAX, &text, &err))
        fail_msg("%s", err.text);
    struct loaded l = load_good(text.p);
    if (!rules_test(l.set, l.arena, fixture_desk(), &l.d, &run))
        fail_msg("%s", told(&l).p);
    assert_int_equal(run, 13);
    arena_free(&l.arena);
    arena_free(&arena);
}

/* ---- the customer's plan ---- */

static void a_plan_caps_the_severity(void **state)
{
    struct plan_settings plans[] = {{.name = STR("basic"), .calendar = &calendar_always, .severity_cap = 2}, {.name = STR("premier"), .calendar = &calendar_always}};
    static const struct {
        const char *plan;
        uint8_t severity;
        const char *because; /* of the last value; NULL: another */
    } cases[] = {{"", 0, NULL}, {"premier", 0, NULL}, {"unknown", 0, NULL}, {"basic", 2, "cap of plan basic: C instead of A"}};
    struct loaded l = load_good("rule other { when subject = \"nothing\"; set queue network }");
    struct arena *arena = l.arena;
    struct ruleset *set = l.set;
    struct desk desk = *fixture_desk();
    struct message message = {.subject = STR("hello")};
    struct raw raw = {.mailbox = STR("support")};
    struct sender sender = {0};
    struct placement placement = {.placed = PLACED_NEW};
    struct scan_hits hits = {0};
    (void)state;
    desk.plans = plans;
    desk.plan_count = 2;
    desk.default_severity = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rules_facts facts = {&raw, &message, &sender, &placement, STR("acme"), str_of(cases[i].plan)};
        struct verdict v = {0};
        rules_decide(set, arena, &desk, &facts, &hits, &v);
        assert_int_equal(v.severity, cases[i].severity);
        const struct value *last = &v.values[v.value_count - 1];
        assert_true(str_eq(last->field, STR("severity")));
        assert_int_equal(cases[i].because != NULL, str_starts(last->because, STR("cap of ")));
        if (cases[i].because != NULL)
            assert_true(str_eq(last->because, str_of(cases[i].because)));
    }
    /* On a reply nothing is capped that no rule has set. */
    placement.placed = PLACED_APPENDED;
    struct rules_facts facts = {&raw, &message, &sender, &placement, STR("acme"), STR("basic")};
    struct verdict v = {0};
    rules_decide(set, arena, &desk, &facts, &hits, &v);
    for (size_t i = 0; i < v.value_count; i++)
        assert_false(str_eq(v.values[i].field, STR("severity")));
    arena_free(&l.arena);
}

int main(void)
{
    message_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_know_where_they_came_from),
        cmocka_unit_test(nothing_matched_leaves_the_desks_defaults),
        cmocka_unit_test(rules_carry_their_tests),
        cmocka_unit_test(errors_say_what_would_be_right),
        cmocka_unit_test(all_errors_at_once),
        cmocka_unit_test(conditions),
        cmocka_unit_test(later_rules_win_and_tags_add_up_until_stop),
        cmocka_unit_test(severity_outright_wins_over_the_matrix),
        cmocka_unit_test(a_reply_adds_but_reclassifies_only_where_the_rule_says_so),
        cmocka_unit_test(hold_and_ignore_say_why),
        cmocka_unit_test(fields_are_written_from_several_captures),
        cmocka_unit_test(a_failed_pattern_fails_its_rule_and_no_other),
        cmocka_unit_test(explaining_names_the_first_condition_that_does_not_hold),
        cmocka_unit_test(the_hash_names_what_the_rules_say),
        cmocka_unit_test(hits_of_no_probe_are_ignored),
        cmocka_unit_test(the_sample_rules_are_good),
        cmocka_unit_test(a_plan_caps_the_severity),
    };
    return cmocka_run_group_tests_name("desk_rules", tests, NULL, NULL);
}
