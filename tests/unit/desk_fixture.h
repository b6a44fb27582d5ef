/* desk_fixture: a desk and small helpers for the tests of the desk's modules. */
#ifndef TESTS_DESK_FIXTURE_H
#define TESTS_DESK_FIXTURE_H

#include "desk/line.h"
#include "desk/rules.h"
#include "desk/token.h"

/* cmocka's own headers first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Contoso Support: queues network, billing (silent) and support (default); agents alice (token) and bob (token + dmarc). In static storage. */
const struct desk *fixture_desk(void);
const struct token_keys *fixture_keys(void);
struct rules_known fixture_known(void);

/* A message of a person from jo@contoso.example with that subject and text. */
struct message fixture_message(struct str subject, struct str text);
/* Adds a header field. */
void fixture_header(struct arena *arena, struct message *m, const char *name, const char *value);
struct address_list fixture_addresses(struct arena *arena, const char *name, const char *addr);
struct str_list fixture_list(struct arena *arena, const char *text);

/* The named value of the verdict, or NULL (the last one of that field). */
const struct value *fixture_value(const struct verdict *v, const char *field);

void fixture_same(struct str got, const char *wanted, const char *file, int line);
#define assert_text(got, wanted) fixture_same((got), (wanted), __FILE__, __LINE__)
void fixture_holds(struct str got, const char *part, const char *file, int line);
#define assert_holds(got, part) fixture_holds((got), (part), __FILE__, __LINE__)

#endif
