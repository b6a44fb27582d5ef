/* template: what is filled in, what is left out, what is refused. */
#include "desk_fixture.h"

#include "desk/template.h"

#include "base/file.h"
#include "mail/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void filling(void **state)
{
    (void)state;
    static const struct template_variable v[] = {
        {{"ticket", 6}, {"INC-1", 5}}, {{"subject", 7}, {"a {ticket} {{ b", 15}}, {{"name", 4}, {"", 0}}, {{"queue", 5}, {"x\r\ny\x07z", 6}}};
    static const struct {
        const char *text, *filled;
    } table[] = {
        {"", ""},
        {"plain } text", "plain } text"},
        {"[{ticket}] {{x}", "[INC-1] {x}"},
        {"{subject}", "a {ticket} {{ b"},
        {"{queue}", "x yz"},
        {"{nowhere}|", "|"},
        {"a{?name} {name}{/}b", "ab"},
        {"a{?ticket} {ticket}{/}b", "a INC-1b"},
        {"a{!name}-{/}{!ticket}+{/}b", "a-b"},
        {"a\n{?name}Dear {name},{/}\nb", "a\nb"},
        {"a\n{?name}\nDear {name},\n{/}\nb", "a\nb"},
        {"a {?name}x{/}\nb", "a \nb"},
        {"a\n{?ticket}\nx\n{/}\nb", "a\nx\nb"},
        {"a\n{?ticket}\n{?name}\nx\n{/}\ny\n{/}\n\nb", "a\ny\n\nb"},
        {"{?ticket}{?name}x{/}y{/}z", "yz"},
        {"{?name}{?ticket}x{/}y{/}z", "z"},
        {"{?name}{!name}x{/}y{/}z", "z"},
        {"{open", "{open"},
        {"{/}a", "a"},
        {"{?name}a", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf out = {0};
        template_fill(str_of(table[i].text), v, 4, &out);
        assert_text(buf_view(&out), table[i].filled);
        buf_free(&out);
    }
}

static void deep_nesting_is_bounded(void **state)
{
    (void)state;
    struct buf text = {0}, out = {0};
    for (int i = 0; i < 5000; i++)
        buf_text(&text, "{!name}");
    buf_text(&text, "x");
    for (int i = 0; i < 5000; i++)
        buf_text(&text, "{/}");
    template_fill(buf_view(&text), NULL, 0, &out);
    assert_text(buf_view(&out), "x");
    buf_free(&text);
    buf_free(&out);
}

static void parsing(void **state)
{
    (void)state;
    static const struct {
        const char *octets, *said; /* NULL: nothing */
    } table[] = {
        {"Subject: [{ticket}] x\n\nHello {name}{field.site}\n", NULL},
        {"Subject: x\r\nMarker: Oberhalb antworten\r\n\r\nHello\r\n", NULL},
        {"\n\nHello\n", "the template has no Subject"},
        {"Subject: x\nTo: y\n\nHello\n", "ack.en.txt:2:1: error: expected Subject: or Marker:"},
        {"Subject: x\n\n", "the template has no text"},
        {"Subject: {tiket}\n\nHello\n", "ack.en.txt:1:10: error: unknown variable {tiket}"},
        {"Subject: {tiket}\n\nHello\n", "did you mean {ticket}?"},
        {"Subject: x\n\nHello\nÄ {?name}x\n", "ack.en.txt:4:3: error: a condition is not closed"},
        {"Subject: x\n\nHello{/}\n", "ack.en.txt:3:6: error: {/} closes nothing"},
        {"Subject: x\n\nHello { you\n", "write {{ for a brace"},
        {"Subject: x\n\nHello {?nme}x{/}\n", "unknown variable {nme}"},
        {"Subject: x\n\nHello {field.}\n", "unknown variable"},
        {"Subject: x\n\n\xff\n", "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct arena *arena = arena_new();
        struct diagnoses d = {.arena = arena};
        struct template t;
        struct buf said = {0};
        template_parse(arena, "ack.en.txt", STR("ack"), STR(""), STR("en"), str_of(table[i].octets), &t, &d);
        diagnoses_print(&d, &said);
        if (table[i].said == NULL)
            assert_int_equal(d.count, 0);
        else
            assert_holds(buf_view(&said), table[i].said);
        buf_free(&said);
        arena_free(&arena);
    }
}

static void the_best_template_is_found(void **state)
{
    (void)state;
    struct template list[] = {{.name = STR("ack"), .language = STR("en")},
                              {.name = STR("ack"), .queue = STR("network"), .language = STR("en")},
                              {.name = STR("ack"), .language = STR("de")},
                              {.name = STR("outage"), .language = STR("en")}};
    struct template_set set = {list, 4};
    assert_ptr_equal(template_find(&set, STR("ack"), STR("network"), STR("en"), STR("en")), &list[1]);
    assert_ptr_equal(template_find(&set, STR("ack"), STR("network"), STR("de"), STR("en")), &list[2]);
    assert_ptr_equal(template_find(&set, STR("ack"), STR("network"), STR("fr"), STR("en")), &list[1]);
    assert_ptr_equal(template_find(&set, STR("outage"), STR("billing"), STR("de"), STR("en")), &list[3]);
    assert_null(template_find(&set, STR("none"), STR(""), STR("en"), STR("en")));
}

/* ---- the samples that are installed ------------------------------------------------------------------------------------------- */

static const char *const sample_names[] = {"ack", "outage"};
static const char *const sample_languages[] = {"cs", "da", "de", "en", "es", "fi", "fr", "it", "ja", "nl", "no", "pl", "pt", "ru", "sv"};

static struct str sample_folder(struct arena *arena)
{
    const char *top = getenv("TOP_SRCDIR");
    return arena_printf(arena, "%s/etc/templates", top != NULL ? top : ".");
}

static void sample_read(struct arena *arena, const char *name, const char *language, struct template *t)
{
    struct diagnoses d = {.arena = arena};
    struct str octets, path = arena_printf(arena, "%s/%s.%s.txt", sample_folder(arena).p, name, language);
    struct err err = {0};
    if (!file_read(arena, path.p, TEMPLATE_MAX, &octets, &err))
        fail_msg("%s", err.text);
    template_parse(arena, path.p, str_of(name), STR(""), str_of(language), octets, t, &d);
    if (d.count != 0)
        fail_msg("%s.%s: %s", name, language, d.list[0].message.p);
}

/* Nothing of the template's own signs is left, and no line ends in a blank. */
static void check_filled(const struct template *t, struct str text)
{
    struct str rest = text, line;
    if (str_find(text, STR("{")) >= 0 || str_find(text, STR("}")) >= 0 || str_find(text, STR("\n\n\n")) >= 0 || str_starts(text, STR("\n")))
        fail_msg("%s: a sign or too many empty lines are left:\n%.*s", t->file, STR_ARG(text));
    while (str_line(&rest, &line))
        if (str_iends(line, STR(" ")))
            fail_msg("%s: a blank at the end of \"%.*s\"", t->file, STR_ARG(line));
}

/* Those that may be empty come last in *v; the count of the others. */
static size_t sample_values(struct arena *arena, struct template_variable **v, size_t *count)
{
    static const char *const optional[] = {"reason", "due", "phone", "subject", "name", "field.gateway"};
    size_t known = 0, always = 0, more = sizeof optional / sizeof *optional;
    const struct template_help *help = template_variables(&known);
    *v = arena_array(arena, known + more, sizeof **v);
    for (size_t n = 0; n < known; n++) {
        bool may_be_empty = false;
        for (size_t i = 0; i < more; i++)
            may_be_empty = may_be_empty || strcmp(optional[i], help[n].name) == 0;
        if (!may_be_empty)
            (*v)[always++] = (struct template_variable){str_of(help[n].name), arena_printf(arena, "=%s=", help[n].name)};
    }
    for (size_t i = 0; i < more; i++)
        (*v)[always + i] = (struct template_variable){str_of(optional[i]), arena_printf(arena, "=%s=", optional[i])};
    *count = always + more;
    return always;
}

/* With every variable, with those alone that are never empty: the subject names the ticket, the text what a customer must know, in the language the file's name says. */
static void every_sample_loads_and_fills(void **state)
{
    static const char *const needed[] = {"=ticket=", "=severity=", "=severity_name=", "=due=", "=phone=", "=desk="};
    (void)state;
    for (size_t i = 0; i < sizeof sample_names / sizeof *sample_names; i++)
        for (size_t k = 0; k < sizeof sample_languages / sizeof *sample_languages; k++) {
            struct arena *arena = arena_new();
            struct buf full = {0}, bare = {0}, subject = {0};
            struct template t;
            struct template_variable *v = NULL;
            size_t count = 0, always = sample_values(arena, &v, &count);
            sample_read(arena, sample_names[i], sample_languages[k], &t);
            template_fill(t.text, v, count, &full);
            template_fill(t.text, v, always, &bare);
            template_fill(t.subject, v, always, &subject);
            check_filled(&t, buf_view(&full));
            check_filled(&t, buf_view(&bare));
            for (size_t n = 0; n < sizeof needed / sizeof *needed; n++)
                assert_holds(buf_view(&full), needed[n]);
            assert_true(str_starts(buf_view(&subject), STR("[=ticket=] ")) && subject.n > 20);
            for (size_t n = always; n < count; n++)
                assert_true(str_find(buf_view(&bare), v[n].value) < 0);
            assert_true((t.marker.n == 0) == str_eq(t.language, STR("en")));
            struct language found = language_of(arena, buf_view(&bare));
            if (!str_eq(found.code, t.language) || found.confidence < LANGUAGE_CONFIDENT)
                fail_msg("%s reads as %.*s (%u)", t.file, STR_ARG(found.code), found.confidence);
            buf_free(&full);
            buf_free(&bare);
            buf_free(&subject);
            arena_free(&arena);
        }
}

/* A desk whose first language is one of these needs every name in it (triaged.conf(5)): a new name comes in all languages, a new language with all names. */
static void no_sample_is_missing_or_unknown(void **state)
{
    struct arena *arena = arena_new();
    struct file_names files = {NULL, 0}, none = {NULL, 0};
    struct err err = {0};
    (void)state;
    assert_true(file_list(arena, arena_text(arena, sample_folder(arena)), ".txt", &files, &none, &err));
    assert_int_equal(files.count, sizeof sample_names / sizeof *sample_names * (sizeof sample_languages / sizeof *sample_languages));
    arena_free(&arena);
}

static void every_variable_has_help(void **state)
{
    (void)state;
    size_t count;
    const struct template_help *list = template_variables(&count);
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++)
        assert_true(strlen(list[i].name) > 0 && strlen(list[i].help) > 5);
}

int main(void)
{
    language_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filling),
        cmocka_unit_test(deep_nesting_is_bounded),
        cmocka_unit_test(parsing),
        cmocka_unit_test(the_best_template_is_found),
        cmocka_unit_test(every_sample_loads_and_fills), cmocka_unit_test(no_sample_is_missing_or_unknown),
        cmocka_unit_test(every_variable_has_help),
    };
    return cmocka_run_group_tests_name("desk_template", tests, NULL, NULL);
}
