/* core_fixture: a desk with a configuration, a store and keys in a folder of its own, and mails that walk the whole line in one process: read, scanned,
 * judged, filed. */
#ifndef TESTS_CORE_FIXTURE_H
#define TESTS_CORE_FIXTURE_H

#include "core/intake.h"
#include "store/view.h"

/* cmocka's own headers first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define T0 INT64_C(1790000000000) /* the time of the tests, UTC ms */

struct core_fixture {
    char folder[64];
    struct arena *arena;
    struct config *config;
    struct store *store;
    struct token_keys keys;
    struct scan *scan;
    int64_t now;  /* of the next mail */
    uint32_t uid; /* of the last one */
    struct err err;
};

/* The folder, and the desk below: Contoso Support with the queues general, network, billing (not acknowledged), the mailboxes support and sales (whose queue
 * is billing), a relay, the agent alice, a few rules. */
int core_set_up(void **state);
int core_tear_down(void **state);
/* The same desk with another budget, and no other change. */
void core_budget(struct core_fixture *f, const char *budget);
/* Loads the configuration with `more` behind the desk's own text. */
void core_configure(struct core_fixture *f, const char *budget, const char *more);
/* A path in the folder. */
const char *core_path(struct core_fixture *f, const char *name);
void core_put(struct core_fixture *f, const char *name, const char *text);

/* A mail of "\n" lines as octets with CRLF, in the fixture's arena. */
struct str core_mail(struct core_fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Raw as it comes from mailbox support: the next UID, f->now. */
struct raw core_raw(struct core_fixture *f, struct str octets);
/* A line as the reader gives it. */
void core_read(struct core_fixture *f, const struct raw *raw, struct line *line);
/* The whole line in a transaction of its own, which must succeed. */
void core_file(struct core_fixture *f, const struct raw *raw, struct line *line);
void core_file_mail(struct core_fixture *f, struct str octets, struct line *line);
/* The answer of a query of one number. */
int64_t core_count(struct core_fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define assert_good(call) core_assert_good((call), &f->err, #call, __FILE__, __LINE__)
void core_assert_good(bool good, const struct err *err, const char *call, const char *file, int line);
#define assert_text(got, wanted) core_assert_text((got), (wanted), __FILE__, __LINE__)
void core_assert_text(struct str got, const char *wanted, const char *file, int line);
#define assert_holds(got, part) core_assert_holds((got), (part), __FILE__, __LINE__)
void core_assert_holds(struct str got, const char *part, const char *file, int line);

#endif
