/* Any octets as triaged.conf: what is told is harmless, and what loads, prints and loads again to the same. */
#include "config.h"

#include "fuzz.h"

#include "base/utf8.h"
#include "core/config.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_SIZE 64

/* A nameless file with the text, by its path in /proc. */
static int make_file(struct str text, char *path)
{
    int fd = memfd_create("config", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(write(fd, text.p, text.n) == (ssize_t)text.n);
    snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
    return fd;
}

static bool load(struct arena *arena, struct str text, struct config **config)
{
    char path[PATH_SIZE];
    struct buf told = {0};
    struct diagnoses d = {.arena = arena};
    int fd = make_file(text, path);
    bool good = config_load(path, config, &d);
    close(fd);
    FUZZ_CHECK(good == (*config != NULL) && good == (d.errors == 0));
    diagnoses_print(&d, &told);
    struct str rest = buf_view(&told);
    for (struct str line = {NULL, 0}; str_line(&rest, &line);)
        FUZZ_CHECK(utf8_is_line_safe(line));
    buf_free(&told);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *top = getenv("TOP_SRCDIR");
    struct arena *arena = arena_new();
    struct config *config = NULL;
    struct config *again = NULL;
    struct buf text = {0};
    struct buf printed = {0};
    struct buf reprinted = {0};
    buf_add(&text, data, size);
    buf_printf(&text, "\ndaemon { templates \"%s/etc/templates\" }\n", top != NULL ? top : ".");
    if (load(arena, buf_view(&text), &config)) {
        config_print(config, true, false, &printed);
        FUZZ_CHECK(load(arena, buf_view(&printed), &again));
        config_print(again, true, true, &reprinted);
        buf_clear(&reprinted);
        config_print(again, false, false, &reprinted);
        FUZZ_CHECK(str_eq(buf_view(&printed), buf_view(&reprinted)));
    }
    config_close(&config);
    config_close(&again);
    buf_free(&text);
    buf_free(&printed);
    buf_free(&reprinted);
    arena_free(&arena);
    return 0;
}
