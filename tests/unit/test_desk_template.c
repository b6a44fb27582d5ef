/* template: what is filled in, what is left out, what is refused. */
#include "desk_fixture.h"

#include "desk/template.h"

#include "base/file.h"

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

/* The samples that are installed have nothing wrong with them. */
static void the_samples_are_good(void **state)
{
    (void)state;
    static const char *const names[] = {"ack.en.txt", "ack.de.txt", "ack.fr.txt", "outage.en.txt", "outage.de.txt", "outage.fr.txt"};
    const char *top = getenv("TOP_SRCDIR");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena *arena = arena_new();
        struct diagnoses d = {.arena = arena};
        struct template t;
        struct str octets;
        struct err err = {0};
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/etc/templates/%s", top != NULL ? top : ".", names[i]);
        if (!file_read(arena, path, TEMPLATE_MAX, &octets, &err))
            fail_msg("%s", err.text);
        template_parse(arena, path, STR("ack"), STR(""), STR("en"), octets, &t, &d);
        if (d.count != 0)
            fail_msg("%s: %s", names[i], d.list[0].message.p);
        assert_holds(t.subject, "[{ticket}]");
        arena_free(&arena);
    }
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filling),
        cmocka_unit_test(deep_nesting_is_bounded),
        cmocka_unit_test(parsing),
        cmocka_unit_test(the_best_template_is_found),
        cmocka_unit_test(the_samples_are_good),
        cmocka_unit_test(every_variable_has_help),
    };
    return cmocka_run_group_tests_name("desk_template", tests, NULL, NULL);
}
