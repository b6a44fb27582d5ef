/* Any octets as a rules file: what is wrong has a place, and whatever was read can be scanned for and judged without harm. */
#include "fuzz.h"

#include "desk/rules.h"

static struct str mailboxes[] = {{"support", 7}};
static struct str templates[] = {{"ack", 3}};
static struct queue_settings queues[] = {{.name = {"network", 7}}, {.name = {"support", 7}}};
static const struct desk desk = {.queues = queues, .queue_count = 2, .default_queue = {"support", 7}, .default_severity = 2};

/* One message judged by the set. */
static void judge(const struct ruleset *set, struct arena *arena)
{
    struct address from = {STR("Jo"), STR("jo@contoso.example")};
    struct message message = {.from = {&from, 1}, .subject = STR("VPN gateway de-7 is down"), .text = STR("since eight"), .fresh = STR("since eight")};
    struct raw raw = {.mailbox = STR("support"), .size = 1000};
    struct sender sender = {.address = from.addr};
    struct placement placement = {.placed = PLACED_NEW};
    const struct rules_facts facts = {&raw, &message, &sender, &placement, {NULL, 0}, {NULL, 0}};
    struct scan_hits hits;
    struct verdict verdict;
    struct rule_finding *findings;
    struct scan *scan = NULL;
    struct err err = {0};
    size_t count, probe_count;
    const struct scan_probe *probes = rules_probes(set, &probe_count);
    FUZZ_CHECK(scan_open(&scan, probes, probe_count, false, &err));
    scan_run(scan, arena, &message, &hits);
    scan_close(&scan);
    rules_decide(set, arena, &desk, &facts, &hits, &verdict);
    FUZZ_CHECK(verdict.rule_count + verdict.failed_count <= rules_count(set));
    FUZZ_CHECK(verdict.severity < DESK_SEVERITIES);
    for (size_t i = 0; i < verdict.value_count; i++)
        FUZZ_CHECK(verdict.values[i].field.n > 0 && (verdict.values[i].rule.n > 0) != (verdict.values[i].because.n > 0));
    rules_explain(set, arena, &desk, &facts, &hits, &findings, &count);
    FUZZ_CHECK(count == rules_count(set));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct diagnoses found = {.arena = arena};
    struct syntax_file file = {0};
    struct ruleset *set = NULL;
    const struct rules_known known = {&desk, mailboxes, 1, templates, 1};
    syntax_parse(arena, "fuzz.rules", (struct str){(const char *)data, size}, &file, &found);
    rules_load(arena, &file, 1, &known, &set, &found);
    FUZZ_CHECK(set != NULL && rules_hash(set).n == 64);
    for (size_t i = 0; i < found.count; i++)
        FUZZ_CHECK(found.list[i].at.line >= 1 && found.list[i].at.column >= 1 && found.list[i].message.n > 0);
    if (found.errors == 0)
        judge(set, arena);
    arena_free(&arena);
    return 0;
}
