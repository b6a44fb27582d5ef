/* authres: fields as servers write them, and as an attacker would have them read. */
#include "mail/authres.h"

#include "base/buf.h"
#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The whole struct as one line, so that a table can hold it. */
static struct str shown(struct arena *arena, const struct authres *a)
{
    struct buf out = {0};
    buf_printf(&out, "%.*s/%u", STR_ARG(a->authserv), a->version);
    for (size_t i = 0; i < a->result_count; i++) {
        const struct authres_result *r = &a->results[i];
        buf_printf(&out, " | %.*s=%.*s", STR_ARG(r->method), STR_ARG(r->result));
        if (r->reason.n > 0)
            buf_printf(&out, " reason<%.*s>", STR_ARG(r->reason));
        if (r->comment.n > 0)
            buf_printf(&out, " comment<%.*s>", STR_ARG(r->comment));
        for (size_t k = 0; k < r->property_count; k++)
            buf_printf(&out, " %.*s.%.*s<%.*s>", STR_ARG(r->properties[k].type), STR_ARG(r->properties[k].name), STR_ARG(r->properties[k].value));
    }
    if (a->broken > 0)
        buf_printf(&out, " broken %zu", a->broken);
    struct str text = arena_str(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void fields(void **state)
{
    (void)state;
    static const struct {
        const char *field, *wanted; /* wanted NULL: unreadable */
    } table[] = {
        {"mx.contoso.example; none", "mx.contoso.example/1"},
        {"mx.contoso.example", "mx.contoso.example/1"},
        {"mx.contoso.example 1; none", "mx.contoso.example/1"},
        {"mx.contoso.example 2; dkim=pass", "mx.contoso.example/2 | dkim=pass"},
        {" (greeting) mx.contoso.example (c) ; (c) none (c)", "mx.contoso.example/1"},
        {"\"mx.contoso.example\"; spf=none", "mx.contoso.example/1 | spf=none"},
        {"mx; spf=pass smtp.mailfrom=a@fabrikam.example;\r\n\tdkim=pass header.d=fabrikam.example", "mx/1 | spf=pass smtp.mailfrom<a@fabrikam.example> | dkim=pass header.d<fabrikam.example>"},
        {"mx; dkim=fail reason=\"bad; signature\" header.i=@fabrikam.example", "mx/1 | dkim=fail reason<bad; signature> header.i<@fabrikam.example>"},
        {"mx; dkim (c) / (c) 1 (c) = (c) pass (2048-bit key) header (c) . (c) d (c) = (c) x.example (c)", "mx/1 | dkim=pass comment<2048-bit key> header.d<x.example>"},
        {"mx; spf=pass smtp.mailfrom=\"a b;c\"@x.example", "mx/1 | spf=pass smtp.mailfrom<a b;c@x.example>"},
        {"mx; dkim=pass header.b=\"ab/c+==\" header.s=s1", "mx/1 | dkim=pass header.b<ab/c+==> header.s<s1>"},
        {"mx; dkim=pass header.b=ab/c+== header.s=s1", "mx/1 | dkim=pass header.b<ab/c+==> header.s<s1>"},
        {"mx; iprev=pass policy.iprev=2001:db8::1 (mail.x.example)", "mx/1 | iprev=pass policy.iprev<2001:db8::1>"},
        {"mx; dmarc=pass action=none header.from=x.example;compauth=pass reason=100", "mx/1 | dmarc=pass .action<none> header.from<x.example> | compauth=pass reason<100>"},
        {"mx; arc=pass (i=1 spf=pass spfdomain=x.example dkim=pass (inner) dmarc=pass)", "mx/1 | arc=pass comment<i=1 spf=pass spfdomain=x.example dkim=pass (inner) dmarc=pass>"},
        {"mx;; dkim=pass;", "mx/1 | dkim=pass"},
        {"mx; dkim; spf=pass", "mx/1 | spf=pass broken 1"},
        {"mx; dkim=pass ???; spf=pass", "mx/1 | spf=pass broken 1"},
        {"mx; dkim=pass \"; dmarc=pass\"; spf=pass", "mx/1 | spf=pass broken 1"},
        {"mx; spf=pass (; dmarc=pass) smtp.helo=x", "mx/1 | spf=pass comment<; dmarc=pass> smtp.helo<x>"},
        {"mx; spf=pass (\\) ; dmarc=pass) smtp.helo=x", "mx/1 | spf=pass comment<\\) ; dmarc=pass> smtp.helo<x>"},
        {"mx; spf=pass smtp.helo=\"x\\\"; dmarc=pass\"", "mx/1 | spf=pass smtp.helo<x\"; dmarc=pass>"},
        {"mx; spf=pass smtp.helo==?utf-8?q?=3B_dmarc=3Dpass?=", "mx/1 | spf=pass smtp.helo<=?utf-8?q?=3B_dmarc=3Dpass?=>"},
        {"mx; spf=pass (never ends; dmarc=pass", NULL},
        {"mx; spf=pass smtp.helo=\"never ends; dmarc=pass", NULL},
        {"mx; spf=pass (ends in \\", NULL},
        {"mx; spf=pass (((((((((((((((((((((too deep)))))))))))))))))))))", NULL},
        {"mx x y; spf=pass", NULL},
        {"mx one; spf=pass", NULL},
        {"mx 99999999999; spf=pass", NULL},
        {"; spf=pass", NULL},
        {"()", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct arena *arena = arena_new();
        struct authres a;
        bool read = authres_read(arena, str_of(table[i].field), &a);
        struct str got = shown(arena, &a);
        if (read != (table[i].wanted != NULL) || (read && !str_eq(got, str_of(table[i].wanted))))
            fail_msg("%s\n got    %s %s\n wanted %s", table[i].field, read ? "" : "unreadable", got.p, table[i].wanted);
        assert_true(read || (a.authserv.n == 0 && a.result_count == 0));
        arena_free(&arena);
    }
}

static void first_property_counts(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct authres a;
    struct str value;
    assert_true(authres_read(arena, STR("mx; dkim=pass Header.D=One.example header.d=two.example body.d=three"), &a));
    assert_true(authres_property(&a.results[0], STR("header"), STR("d"), &value));
    assert_true(str_eq(value, STR("One.example")));
    assert_false(authres_property(&a.results[0], STR("header"), STR("s"), &value));
    arena_free(&arena);
}

static void limits(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf field = {0};
    struct authres a;
    buf_text(&field, "mx");
    for (size_t i = 0; i < AUTHRES_RESULTS_MAX + 3; i++)
        buf_text(&field, "; spf=none");
    assert_true(authres_read(arena, buf_view(&field), &a));
    assert_int_equal(a.result_count, AUTHRES_RESULTS_MAX);
    assert_int_equal(a.broken, 3);

    buf_clear(&field);
    buf_text(&field, "mx; dkim=pass");
    for (size_t i = 0; i < AUTHRES_PROPERTIES_MAX + 1; i++)
        buf_printf(&field, " header.p%zu=x", i);
    assert_true(authres_read(arena, buf_view(&field), &a));
    assert_int_equal(a.result_count, 0);
    assert_int_equal(a.broken, 1);

    buf_clear(&field);
    buf_text(&field, "mx; dkim=pass header.d=");
    while (field.n < AUTHRES_OCTETS_MAX)
        buf_char(&field, 'x');
    assert_true(authres_read(arena, buf_view(&field), &a));
    assert_int_equal(a.results[0].properties[0].value.n, AUTHRES_WORD_MAX);
    buf_char(&field, 'x');
    assert_false(authres_read(arena, buf_view(&field), &a));
    buf_free(&field);
    arena_free(&arena);
}

/* Decoded, the encoded-word would be a second result. */
static void of_a_message_the_topmost_raw_field(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct message m;
    message_read(arena,
                 STR("Received: from x by mx\r\nAuthentication-Results: mx.contoso.example;\r\n spf=pass smtp.helo==?utf-8?q?a=3B_dmarc=3Dpass?=\r\n"
                     "Authentication-Results: mx.contoso.example; dmarc=pass\r\nFrom: jo@contoso.example\r\n\r\nHello\r\n"),
                 NULL, &m);
    assert_int_equal(m.authentication.result_count, 1);
    assert_true(str_eq(m.authentication.results[0].method, STR("spf")));
    message_read(arena, STR("Authentication-Results: mx; spf=pass (\nAuthentication-Results: mx; dmarc=pass\n\nHello\n"), NULL, &m);
    assert_int_equal(m.authentication.authserv.n, 0);
    assert_int_equal(m.authentication.result_count, 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(first_property_counts),
        cmocka_unit_test(limits),
        cmocka_unit_test(of_a_message_the_topmost_raw_field),
    };
    return cmocka_run_group_tests_name("mail authres", tests, NULL, NULL);
}
