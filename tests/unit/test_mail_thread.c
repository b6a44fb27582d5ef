/* test_mail_thread: which mails belong together by their headers, as RFC 5256 has it. */
#include "mail_fixture.h"

#include "mail/thread.h"

#define MAILS_MAX 6u

struct headers {
    const char *id, *references, *in_reply_to, *subject; /* lists: separated by blanks */
};

static struct str_list list_of(struct arena *arena, const char *text)
{
    struct str rest = str_of(text), id;
    struct str_list list = {arena_array(arena, 20, sizeof *list.list), 0};
    while (list.count < 20 && str_cut(&rest, ' ', &id))
        list.list[list.count++] = id;
    return list;
}

static const char *groups_of(struct arena *arena, const struct headers *h)
{
    struct message mails[MAILS_MAX];
    size_t groups[MAILS_MAX], count = 0;
    struct buf out = {0};
    for (; count < MAILS_MAX && h[count].id != NULL; count++)
        mails[count] = (struct message){.message_id = str_of(h[count].id), .references = list_of(arena, h[count].references), .in_reply_to = list_of(arena, h[count].in_reply_to),
                                        .subject = str_of(h[count].subject)};
    thread_groups(arena, mails, count, groups);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "%zu", groups[i] + 1);
    const char *text = arena_text(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void groups_by_headers(void **state)
{
    static const struct {
        const char *groups; /* of each mail, the first of its thread */
        struct headers mails[MAILS_MAX];
    } table[] = {
        {"11", {{"a", "", "", ""}, {"b", "a", "", ""}}},
        {"11", {{"a", "", "", ""}, {"b", "", "a", ""}}},
        {"12", {{"a", "", "", "x"}, {"b", "", "", "x"}}},
        {"11", {{"a", "", "", "Printer"}, {"b", "", "", "Re: Printer"}}},
        {"11", {{"a", "", "", "Printer"}, {"b", "gone", "", "AW: PRINTER"}}},
        {"12", {{"a", "", "", "Printer"}, {"b", "gone", "", "Re: Scanner"}}},
        {"12", {{"a", "", "", ""}, {"b", "", "", "Re:"}}},
        {"11", {{"b", "gone", "", ""}, {"c", "gone", "", ""}}},
        {"1114", {{"a", "", "", ""}, {"b", "a", "", ""}, {"c", "a b", "", ""}, {"d", "", "", ""}}},
        {"11", {{"b", "a", "", ""}, {"a", "", "", ""}}},
        {"122", {{"a", "", "", ""}, {"b", "a c", "", ""}, {"c", "b", "", ""}}}, /* a ring: b is below c, and c does not go below b */
        {"11", {{"a", "b", "", ""}, {"b", "a", "", ""}}},
        {"1111", {{"a", "", "", ""}, {"b", "a", "", ""}, {"c", "b", "", ""}, {"b", "a", "", ""}}},
        {"12", {{"", "", "", "x"}, {"", "", "", "y"}}},
        {"1", {{"a", "a", "a", ""}}},
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(groups_of(arena, table[i].mails), table[i].groups);
    arena_free(&arena);
}

static void many_mails_of_one_thread(void **state)
{
    struct arena *arena = arena_new();
    size_t count = 3000;
    struct message *mails = arena_array(arena, count, sizeof *mails);
    size_t *groups = arena_array(arena, count, sizeof *groups);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        mails[i].message_id = arena_printf(arena, "%zu@x", i);
        mails[i].references.list = arena_array(arena, 200, sizeof *mails[i].references.list);
        for (size_t k = i > 200 ? i - 200 : 0; k < i; k++)
            mails[i].references.list[mails[i].references.count++] = arena_printf(arena, "%zu@x", k);
    }
    thread_groups(arena, mails, count, groups);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(groups[i], 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_by_headers), cmocka_unit_test(many_mails_of_one_thread)};
    return cmocka_run_group_tests_name("mail/thread", tests, NULL, NULL);
}
