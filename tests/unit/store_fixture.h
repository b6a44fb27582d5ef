/* store_fixture: a store in a folder of its own, and mails to file in it. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "base/arena.h"
#include "store/view.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define T0 INT64_C(1790000000000) /* the time of the tests, UTC ms */

struct fixture {
    char directory[64];
    struct store *store;
    struct arena *arena;
    struct err err;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);
/* Closes and opens again. */
void fixture_reopen(struct fixture *f);
char *fixture_path(struct fixture *f, const char *suffix);

#define assert_str(actual, expected) fixture_assert_str(actual, expected, __FILE__, __LINE__)
void fixture_assert_str(struct str actual, const char *expected, const char *file, int line);
#define assert_good(call) fixture_assert_good(call, &f->err, #call, __FILE__, __LINE__)
void fixture_assert_good(bool good, const struct err *err, const char *call, const char *file, int line);
/* The call fails with that kind, and its text holds `part`. */
#define assert_refused(call, kind, part) fixture_assert_refused(call, &f->err, kind, part, #call, __FILE__, __LINE__)
void fixture_assert_refused(bool good, struct err *err, enum err_kind kind, const char *part, const char *call, const char *file, int line);

/* A mail with everything a stage fills; change what the test is about, then file it. */
struct mail {
    struct raw raw;
    struct message message;
    struct sender sender;
    struct placement placement;
    struct verdict verdict;
    struct filed filed;
    struct address from, to;
    struct value values[8];
    struct attachment attachment;
    char octets[512], message_id[64];
};
void mail_make(struct mail *mail, uint32_t uid);
/* In the running transaction. */
bool mail_file(struct fixture *f, struct mail *mail);
/* In a transaction of its own, which must succeed. */
void mail_commit(struct fixture *f, struct mail *mail);
/* A letter on a ticket, committed; gives its id. */
int64_t letter_commit(struct fixture *f, int64_t ticket, const char *address, int64_t created, int64_t due);
/* Counts rows with a statement of the test's own. */
int64_t count_rows(struct fixture *f, const char *query);

#endif
