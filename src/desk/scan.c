/* scan: every probe over every value of its fields until the first match. Two ideas keep hostile text and careless patterns in bounds: PCRE2's own
 * limits stop the exponential ones, and long subjects are searched in windows of starting places with a look at the caller's clock between them, which
 * stops the quadratic ones (no limit of PCRE2 sees those). */
#include "desk/scan.h"

#include "rows.h"

#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>
#include <string.h>

#define MATCH_LIMIT 200000u
#define DEPTH_LIMIT 10000u
#define HEAP_LIMIT_KB (20u * 1024)
#define JIT_STACK_MIN (32u * 1024)
#define JIT_STACK_MAX (1024u * 1024)
#define WINDOW 1024u
#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT)

struct scan {
    struct arena *arena; /* the probes */
    struct scan_probe *probes;
    pcre2_code **codes;
    size_t count;
    bool all_jit;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *data;
    int64_t (*now)(void);
    int64_t budget;
};

/* One value of a field, ready to be searched. */
struct view {
    struct str source;
    struct str text;
};

struct views {
    struct view *list;
    size_t count;
    bool made;
};

/* One message under the scan. */
struct run {
    const struct scan *scan;
    struct arena *arena;
    const struct message *message;
    struct views fields[SCAN_FIELDS];
    int64_t end;
    bool late;
};

static const char *const field_names[SCAN_FIELDS] = {
    [SCAN_SUBJECT] = "subject",
    [SCAN_TEXT] = "text",
    [SCAN_FRESH] = "fresh",
    [SCAN_FROM] = "from",
    [SCAN_TO] = "to",
    [SCAN_CC] = "cc",
    [SCAN_DELIVERED_TO] = "delivered-to",
    [SCAN_REPLY_TO] = "reply-to",
    [SCAN_ATTACHMENT_NAME] = "attachment",
    [SCAN_ATTACHMENT_TYPE] = "attachment-type",
    [SCAN_HEADER] = "header",
};

const char *scan_field_name(enum scan_field field)
{
    return (unsigned)field < SCAN_FIELDS ? field_names[field] : "unknown";
}

static uint32_t option_of(char flag)
{
    switch (flag) {
    case 'i':
        return PCRE2_CASELESS;
    case 'm':
        return PCRE2_MULTILINE;
    case 's':
        return PCRE2_DOTALL;
    case 'x':
        return PCRE2_EXTENDED;
    default:
        return 0;
    }
}

static pcre2_code *compile(struct str pattern, struct str flags, int *code, size_t *offset)
{
    uint32_t options = COMPILE_OPTIONS;
    for (size_t i = 0; i < flags.n; i++)
        options |= option_of(flags.p[i]);
    PCRE2_SIZE at = 0;
    const char *p = pattern.p != NULL ? pattern.p : "";
    pcre2_code *made = pcre2_compile((PCRE2_SPTR)p, pattern.n, options, code, &at, NULL);
    *offset = at < pattern.n ? at : pattern.n;
    return made;
}

static struct str words_of(struct arena *arena, int code)
{
    PCRE2_UCHAR text[256] = {0};
    if (pcre2_get_error_message(code, text, sizeof text) < 0)
        return arena_printf(arena, "error %d", code);
    return arena_str(arena, str_of((const char *)text));
}

static const char *failure_of(int code)
{
    switch (code) {
    case PCRE2_ERROR_MATCHLIMIT:
        return "match limit";
    case PCRE2_ERROR_DEPTHLIMIT:
        return "depth limit";
    case PCRE2_ERROR_HEAPLIMIT:
        return "heap limit";
    case PCRE2_ERROR_JIT_STACKLIMIT:
        return "stack limit";
    default:
        return NULL;
    }
}

/* Where the "(" stands that is never closed, or the end of the pattern. */
static size_t unclosed(struct str pattern)
{
    size_t open[64], depth = 0;
    bool in_class = false;
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        if (c == '\\')
            i++;
        else if (in_class)
            in_class = c != ']';
        else if (c == '[')
            in_class = true;
        else if (c == '(' && depth < 64)
            open[depth++] = i;
        else if (c == ')' && depth > 0)
            depth--;
    }
    return depth > 0 ? open[depth - 1] : pattern.n;
}

static struct scan_probe copy_probe(struct arena *arena, const struct scan_probe *from)
{
    struct scan_probe probe = *from;
    probe.header = arena_str(arena, from->header);
    probe.pattern = arena_str(arena, from->pattern);
    probe.flags = arena_str(arena, from->flags);
    return probe;
}

/* The text of one value as PCRE2 may have it: valid UTF-8 and not above the cap. */
static void add_view(struct run *run, struct views *views, struct str source, struct str text)
{
    if (views->count >= SCAN_VALUES_MAX)
        return;
    text = utf8_prefix(text, SCAN_SUBJECT_MAX);
    if (!utf8_valid(text)) {
        struct buf clean = {0};
        utf8_clean(&clean, text);
        text = utf8_prefix(arena_str(run->arena, buf_view(&clean)), SCAN_SUBJECT_MAX);
        buf_free(&clean);
    }
    views->list = rows_more(run->arena, views->list, views->count, sizeof *views->list);
    views->list[views->count++] = (struct view){source, text};
}

static void add_addresses(struct run *run, struct views *views, struct str source, const struct address_list *addresses)
{
    for (size_t i = 0; i < addresses->count; i++) {
        const struct address *a = &addresses->list[i];
        add_view(run, views, source, a->addr);
        if (a->name.n != 0)
            add_view(run, views, source, arena_printf(run->arena, "%.*s <%.*s>", STR_ARG(a->name), STR_ARG(a->addr)));
    }
}

static void add_attachments(struct run *run, struct views *views, struct str source, bool types)
{
    for (size_t i = 0; i < run->message->attachment_count; i++) {
        const struct attachment *a = &run->message->attachments[i];
        add_view(run, views, source, types ? a->type : a->name);
        if (types && a->sniffed.n != 0 && !str_eq(a->sniffed, a->type))
            add_view(run, views, source, a->sniffed);
    }
}

static const struct views *field_views(struct run *run, enum scan_field field)
{
    struct views *views = &run->fields[field];
    const struct message *m = run->message;
    struct str source = str_of(field_names[field]);
    if (views->made)
        return views;
    views->made = true;
    switch (field) {
    case SCAN_SUBJECT:
        add_view(run, views, source, m->subject);
        break;
    case SCAN_TEXT:
        add_view(run, views, source, m->text);
        break;
    case SCAN_FRESH:
        add_view(run, views, source, m->fresh);
        break;
    case SCAN_FROM:
        add_addresses(run, views, source, &m->from);
        break;
    case SCAN_TO:
        add_addresses(run, views, source, &m->to);
        break;
    case SCAN_CC:
        add_addresses(run, views, source, &m->cc);
        break;
    case SCAN_DELIVERED_TO:
        add_addresses(run, views, source, &m->delivered_to);
        break;
    case SCAN_REPLY_TO:
        add_addresses(run, views, source, &m->reply_to);
        break;
    case SCAN_ATTACHMENT_NAME:
        add_attachments(run, views, source, false);
        break;
    case SCAN_ATTACHMENT_TYPE:
        add_attachments(run, views, source, true);
        break;
    case SCAN_HEADER:
    case SCAN_FIELDS:
        break;
    }
    return views;
}

static void header_views(struct run *run, struct str name, struct views *views)
{
    struct str source = {0};
    for (size_t i = 0; i < run->message->header_count; i++) {
        const struct header_field *h = &run->message->headers[i];
        if (!str_ieq(h->name, name))
            continue;
        if (source.n == 0)
            source = arena_printf(run->arena, "header %.*s", STR_ARG(name));
        add_view(run, views, source, h->value);
    }
}

static bool is_late(struct run *run)
{
    if (!run->late && run->scan->now != NULL)
        run->late = run->scan->now() > run->end;
    return run->late;
}

/* PCRE2's answer for one value; 0 stands for "out of time". Starting places are tried in windows, and \G aside (refused by nobody, used by nobody) a
 * window changes nothing: lookbehind sees the text before it. */
static int match_value(struct run *run, const pcre2_code *code, struct str text)
{
    const struct scan *scan = run->scan;
    PCRE2_SPTR p = (PCRE2_SPTR)(text.p != NULL ? text.p : "");
    size_t start = 0;
    for (;;) {
        size_t last = text.n - start <= WINDOW ? text.n : start + WINDOW;
        while (last < text.n && ((unsigned char)text.p[last] & 0xc0) == 0x80)
            last++;
        if (pcre2_set_offset_limit(scan->context, last) != 0)
            return PCRE2_ERROR_INTERNAL;
        int rc = pcre2_match(code, p, text.n, start, PCRE2_NO_UTF_CHECK, scan->data, scan->context);
        if (rc != PCRE2_ERROR_NOMATCH || last >= text.n)
            return rc;
        if (is_late(run))
            return 0;
        start = last;
    }
}

static uint32_t characters(struct str text, size_t octets)
{
    return (uint32_t)utf8_length(str_sub(text, 0, octets));
}

static struct str first_characters(struct str text, size_t most)
{
    size_t n = 0;
    for (size_t count = 0; n < text.n && count < most; count++) {
        uint32_t c;
        size_t step = utf8_next(str_sub(text, n, 4), &c);
        n += step != 0 ? step : 1;
    }
    return str_sub(text, 0, n);
}

/* Characters from 1, the end inclusive; an empty match stands at its place and ends before it. \K can put the start behind the end. */
static struct str span(struct run *run, struct str text, size_t from, size_t to, size_t most, uint32_t *start, uint32_t *end)
{
    if (to < from)
        to = from;
    *start = characters(text, from) + 1;
    *end = *start - 1 + (uint32_t)utf8_length(str_sub(text, from, to - from));
    return arena_str(run->arena, first_characters(str_sub(text, from, to - from), most));
}

static void keep_captures(struct run *run, const pcre2_code *code, struct str text, int rc, struct scan_hit *hit)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(run->scan->data);
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = NULL;
    (void)pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
    (void)pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    (void)pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
    if (count > SCAN_CAPTURES_MAX)
        count = SCAN_CAPTURES_MAX;
    if (count == 0)
        return;
    hit->captures = arena_array(run->arena, count, sizeof *hit->captures);
    for (uint32_t i = 0; i < count; i++, table += size) {
        int group = table[0] << 8 | table[1];
        if (group >= rc || ends[2 * group] == PCRE2_UNSET)
            continue;
        struct scan_capture *c = &hit->captures[hit->capture_count++];
        c->name = arena_str(run->arena, str_of((const char *)table + 2));
        c->text = span(run, text, ends[2 * group], ends[2 * group + 1], SCAN_CAPTURED_MAX, &c->start, &c->end);
    }
}

/* True ends the search of this probe: it matched. */
static bool try_view(struct run *run, size_t probe, const struct view *view, struct scan_hit *hit)
{
    const pcre2_code *code = run->scan->codes[probe];
    if (is_late(run)) {
        hit->failed = true;
        hit->why = arena_printf(run->arena, "time limit on %.*s", STR_ARG(view->source));
        return false;
    }
    int rc = match_value(run, code, view->text);
    if (rc == PCRE2_ERROR_NOMATCH)
        return false;
    if (rc <= 0) {
        const char *limit = rc == 0 ? "time limit" : failure_of(rc);
        struct str words = limit != NULL ? str_of(limit) : words_of(run->arena, rc);
        hit->failed = true;
        hit->why = arena_printf(run->arena, "%.*s on %.*s", STR_ARG(words), STR_ARG(view->source));
        return false;
    }
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(run->scan->data);
    hit->failed = false;
    hit->why = (struct str){0};
    hit->source = view->source;
    hit->matched = span(run, view->text, ends[0], ends[1], SCAN_MATCHED_MAX, &hit->start, &hit->end);
    keep_captures(run, code, view->text, rc, hit);
    return true;
}

/* True when the probe matched or failed. */
static bool run_probe(struct run *run, size_t index, struct scan_hit *hit)
{
    const struct scan_probe *probe = &run->scan->probes[index];
    *hit = (struct scan_hit){.probe = (uint32_t)index};
    for (size_t f = 0; f < probe->field_count && f < SCAN_FIELDS_MAX; f++) {
        struct views of_header = {0};
        const struct views *views = &of_header;
        if (probe->fields[f] == SCAN_HEADER)
            header_views(run, probe->header, &of_header);
        else
            views = field_views(run, probe->fields[f]);
        for (size_t i = 0; i < views->count; i++) {
            if (try_view(run, index, &views->list[i], hit))
                return true;
        }
    }
    return hit->failed;
}

static bool compile_probe(struct scan *scan, size_t index, bool jit, uint32_t *groups, struct err *err)
{
    const struct scan_probe *probe = &scan->probes[index];
    int code = 0;
    size_t offset = 0;
    for (size_t f = 0; f < probe->field_count; f++) {
        if (probe->field_count > SCAN_FIELDS_MAX || (unsigned)probe->fields[f] >= SCAN_FIELDS)
            return err_set(err, ERR_SETUP, "pattern %zu: unknown field", index);
    }
    scan->codes[index] = compile(probe->pattern, probe->flags, &code, &offset);
    if (scan->codes[index] == NULL) {
        struct str words = words_of(scan->arena, code);
        return err_set(err, ERR_SETUP, "pattern %zu: %.*s at octet %zu", index, STR_ARG(words), offset);
    }
    if (!jit || pcre2_jit_compile(scan->codes[index], PCRE2_JIT_COMPLETE) != 0)
        scan->all_jit = false;
    uint32_t here = 0;
    (void)pcre2_pattern_info(scan->codes[index], PCRE2_INFO_CAPTURECOUNT, &here);
    if (here > *groups)
        *groups = here;
    return true;
}

static bool make_context(struct scan *scan, uint32_t groups, struct err *err)
{
    scan->context = pcre2_match_context_create(NULL);
    scan->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    scan->data = pcre2_match_data_create(groups + 1, NULL);
    if (scan->context == NULL || scan->data == NULL || (scan->stack == NULL && scan->all_jit))
        return err_set(err, ERR_SETUP, "no memory to run patterns");
    (void)pcre2_set_match_limit(scan->context, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(scan->context, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(scan->context, HEAP_LIMIT_KB);
    if (scan->stack != NULL)
        pcre2_jit_stack_assign(scan->context, NULL, scan->stack);
    return true;
}

bool scan_open(struct scan **out, const struct scan_probe *probes, size_t count, bool jit, struct err *err)
{
    *out = NULL;
    if (count > SCAN_PROBES_MAX)
        return err_set(err, ERR_SETUP, "%zu patterns, at most %u are allowed", count, SCAN_PROBES_MAX);
    struct scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL)
        return err_set(err, ERR_SETUP, "no memory for patterns");
    uint32_t groups = 0;
    scan->arena = arena_new();
    scan->probes = arena_array(scan->arena, count, sizeof *scan->probes);
    scan->codes = arena_array(scan->arena, count, sizeof(pcre2_code *));
    scan->all_jit = jit;
    for (size_t i = 0; i < count; i++) {
        scan->probes[i] = copy_probe(scan->arena, &probes[i]);
        scan->count = i + 1;
        if (!compile_probe(scan, i, jit, &groups, err)) {
            scan_close(&scan);
            return false;
        }
    }
    if (!make_context(scan, groups, err)) {
        scan_close(&scan);
        return false;
    }
    *out = scan;
    return true;
}

void scan_close(struct scan **scan)
{
    if (scan == NULL || *scan == NULL)
        return;
    struct scan *s = *scan;
    for (size_t i = 0; i < s->count; i++)
        pcre2_code_free(s->codes[i]);
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    pcre2_jit_stack_free(s->stack);
    arena_free(&s->arena);
    free(s);
    *scan = NULL;
}

void scan_deadline(struct scan *scan, int64_t (*now)(void), int64_t budget)
{
    scan->now = now;
    scan->budget = budget;
}

bool scan_is_jit(const struct scan *scan)
{
    return scan->all_jit;
}

bool scan_check(struct arena *arena, struct str pattern, struct str flags, size_t *offset, struct str *words, struct str_list *names)
{
    int code = 0;
    *names = (struct str_list){0};
    *words = (struct str){0};
    pcre2_code *made = compile(pattern, flags, &code, offset);
    if (made == NULL) {
        *words = words_of(arena, code);
        if (str_starts(*words, STR("missing closing parenthesis")))
            *offset = unclosed(pattern);
        return false;
    }
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = NULL;
    (void)pcre2_pattern_info(made, PCRE2_INFO_NAMECOUNT, &count);
    (void)pcre2_pattern_info(made, PCRE2_INFO_NAMEENTRYSIZE, &size);
    (void)pcre2_pattern_info(made, PCRE2_INFO_NAMETABLE, &table);
    names->list = arena_array(arena, count, sizeof *names->list);
    for (uint32_t i = 0; i < count; i++, table += size)
        names->list[names->count++] = arena_str(arena, str_of((const char *)table + 2));
    pcre2_code_free(made);
    return true;
}

void scan_run(const struct scan *scan, struct arena *arena, const struct message *message, struct scan_hits *hits)
{
    struct run run = {.scan = scan, .arena = arena, .message = message};
    *hits = (struct scan_hits){0};
    if (scan->now != NULL)
        run.end = scan->now() + scan->budget;
    for (size_t i = 0; i < scan->count; i++) {
        struct scan_hit hit;
        if (!run_probe(&run, i, &hit))
            continue;
        hits->list = rows_more(arena, hits->list, hits->count, sizeof *hits->list);
        hits->list[hits->count++] = hit;
    }
}
