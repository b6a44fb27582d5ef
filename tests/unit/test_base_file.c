/* Files and folders, each test in a folder of its own. */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char folder[64];
    struct arena *arena;
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL)
        return -1;
    snprintf(place->folder, sizeof place->folder, "/tmp/test_base_file.XXXXXX");
    place->arena = arena_new();
    *state = place;
    return mkdtemp(place->folder) != NULL ? 0 : -1;
}

static const char *path_of(struct place *place, const char *name)
{
    return arena_printf(place->arena, "%s/%s", place->folder, name).p;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    struct file_names names = {NULL, 0};
    struct file_names none = {NULL, 0};
    if (file_list(place->arena, place->folder, "", &names, &none, NULL))
        for (size_t i = 0; i < names.count; i++)
            remove(path_of(place, names.names[i].p));
    remove(path_of(place, ".hidden"));
    int code = rmdir(place->folder);
    arena_free(&place->arena);
    free(place);
    return code;
}

static const char *write_file(struct place *place, const char *name, const char *text, mode_t mode)
{
    const char *path = path_of(place, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void whole_files_are_read(void **state)
{
    struct place *place = *state;
    struct str octets = {NULL, 0};
    struct err err = {0};
    const char *path = write_file(place, "five", "12345", 0600);
    assert_true(file_read(place->arena, path, 5, &octets, &err));
    assert_true(str_eq(octets, STR("12345")));
    assert_int_equal(octets.p[5], '\0');
    assert_false(file_read(place->arena, path, 4, &octets, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    assert_non_null(strstr(err.text, "larger than 4 octets"));
    assert_int_equal(symlink(path, path_of(place, "link")), 0);
    assert_true(file_read(place->arena, path_of(place, "link"), 5, &octets, &err));
    assert_true(file_read(place->arena, write_file(place, "empty", "", 0600), 0, &octets, &err));
    assert_int_equal(octets.n, 0);
}

static void only_regular_files_are_read(void **state)
{
    struct place *place = *state;
    struct str octets = {NULL, 0};
    struct err err = {0};
    const char *fifo = path_of(place, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_false(file_read(place->arena, fifo, 100, &octets, &err)); /* and does not wait for a writer */
    assert_non_null(strstr(err.text, "not a regular file"));
    assert_false(file_read(place->arena, place->folder, 100, &octets, &err));
    assert_non_null(strstr(err.text, "not a regular file"));
    assert_false(file_read(place->arena, path_of(place, "missing"), 100, &octets, &err));
    assert_non_null(strstr(err.text, "No such file or directory"));
}

static void secrets_must_be_secret(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *text;
        mode_t mode;
        const char *secret; /* NULL: refused */
    } table[] = {
        {"hunter2\n", 0600, "hunter2"}, {"hunter2\r\n", 0400, "hunter2"}, {"two\nlines\n\n", 0640, "two\nlines\n"},
        {"bare", 0600, "bare"},         {"", 0600, ""},                   {"\n", 0600, ""},
        {"open", 0644, NULL},           {"open", 0602, NULL},             {"open", 0620, NULL},
        {"open", 0601, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct str secret = {NULL, 0};
        struct err err = {0};
        const char *path = write_file(place, "secret", table[i].text, table[i].mode);
        bool good = file_read_secret(place->arena, path, &secret, &err);
        assert_int_equal(good, table[i].secret != NULL);
        if (good)
            assert_true(str_eq(secret, str_of(table[i].secret)));
        else
            assert_int_equal(err.kind, ERR_SETUP);
        assert_int_equal(unlink(path), 0);
    }
    char longer[64 * 1024 + 2];
    struct str secret = {NULL, 0};
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_false(file_read_secret(place->arena, write_file(place, "secret", longer, 0600), &secret, NULL));
}

static void private_folders(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct stat status;
    const char *path = path_of(place, "state");
    assert_true(file_private_dir(path, &err));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_true(file_private_dir(path, &err));
    assert_int_equal(chmod(path, 0750), 0);
    assert_true(file_private_dir(path, &err));
    assert_int_equal(chmod(path, 0755), 0);
    assert_false(file_private_dir(path, &err));
    assert_int_equal(chmod(path, 0770), 0);
    assert_false(file_private_dir(path, &err));
    assert_int_equal(err.kind, ERR_SETUP);
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(symlink(path, path_of(place, "link")), 0);
    assert_false(file_private_dir(path_of(place, "link"), &err));
    assert_non_null(strstr(err.text, "not a folder"));
    assert_false(file_private_dir(path_of(place, "no/such/parent"), &err));
}

static void private_files_are_whole(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct str octets = {NULL, 0};
    struct stat status;
    struct file_names all = {NULL, 0};
    struct file_names none = {NULL, 0};
    const char *path = path_of(place, "token");
    assert_true(file_write_private(path, STR("first"), &err));
    assert_true(file_write_private(path, (struct str){"sec\0nd", 6}, &err));
    assert_true(file_read(place->arena, path, 100, &octets, &err));
    assert_true(str_eq(octets, (struct str){"sec\0nd", 6}));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(file_list(place->arena, place->folder, "", &all, &none, &err));
    assert_int_equal(all.count, 1); /* no temporary file is left */
    assert_false(file_write_private(path_of(place, "no/such/folder"), STR("x"), &err));
    assert_non_null(strstr(err.text, "No such file or directory"));
    /* A folder stands in the way of the rename. */
    assert_int_equal(mkdir(path_of(place, "folder"), 0700), 0);
    assert_false(file_write_private(path_of(place, "folder"), STR("x"), &err));
    assert_true(file_list(place->arena, place->folder, "", &all, &none, &err));
    assert_int_equal(all.count, 2);
}

static void only_one_process_has_the_lock(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    int fd = -1;
    int status = 0;
    assert_true(file_lock(place->folder, &fd, &err));
    for (int locked = 1; locked >= 0; locked--) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            int again = -1;
            bool got = file_lock(place->folder, &again, &err);
            _exit(got == !locked && (got || err.kind == ERR_SETUP) ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        if (locked)
            close(fd);
    }
    assert_false(file_lock(path_of(place, "missing"), &fd, &err));
}

static void names_are_listed_in_order(void **state)
{
    struct place *place = *state;
    static const char *const names[] = {"b.rules", "a.rules", "old.rules~", ".hidden", "README", ".rules.swp", "Z.rules"};
    struct file_names match = {NULL, 0};
    struct file_names other = {NULL, 0};
    struct err err = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_file(place, names[i], "", 0600);
    assert_true(file_list(place->arena, place->folder, ".rules", &match, &other, &err));
    assert_int_equal(match.count, 3);
    assert_string_equal(match.names[0].p, "Z.rules");
    assert_string_equal(match.names[1].p, "a.rules");
    assert_string_equal(match.names[2].p, "b.rules");
    assert_int_equal(other.count, 2);
    assert_string_equal(other.names[0].p, "README");
    assert_string_equal(other.names[1].p, "old.rules~");
    unlink(path_of(place, ".rules.swp"));
    assert_false(file_list(place->arena, path_of(place, "missing"), "", &match, &other, &err));
    assert_int_equal(err.kind, ERR_SETUP);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(whole_files_are_read),      IN_PLACE(only_regular_files_are_read),   IN_PLACE(secrets_must_be_secret),
        IN_PLACE(private_folders),           IN_PLACE(private_files_are_whole),       IN_PLACE(only_one_process_has_the_lock),
        IN_PLACE(names_are_listed_in_order),
    };
    return cmocka_run_group_tests_name("base_file", tests, NULL, NULL);
}
