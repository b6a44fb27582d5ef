/* mail_fixture: what every test of mail includes, and a mail read in one call. */
#ifndef TESTS_UNIT_MAIL_FIXTURE_H
#define TESTS_UNIT_MAIL_FIXTURE_H

#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Compares as text, showing both when they differ. */
#define assert_str(actual, expected) fixture_assert_str((actual), (expected), __FILE__, __LINE__)

static inline void fixture_assert_str(struct str actual, const char *expected, const char *file, int line)
{
    if (str_eq(actual, str_of(expected)))
        return;
    print_error("expected \"%s\"\n  actual \"%.*s\"\n", expected, (int)actual.n, actual.n ? actual.p : "");
    _fail(file, line);
}

static inline struct message fixture_read(struct arena *arena, struct str raw)
{
    struct message m;
    message_read(arena, raw, NULL, &m);
    return m;
}

#endif
