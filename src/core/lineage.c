/* lineage: one line read strictly, and what follows from it. */
#include "core/lineage.h"

#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define LINEAGE_MAX 256u

static const char *path_of(struct arena *arena, const char *directory)
{
    return arena_text(arena, arena_printf(arena, "%s/lineage", directory));
}

static bool take_number(struct str *rest, int64_t *number)
{
    struct str word = {0};
    uint64_t n = 0;
    if (!str_cut(rest, ' ', &word)) {
        word = *rest;
        *rest = STR("");
    }
    bool good = str_u64(word, &n) && n <= INT64_MAX;
    *number = good ? (int64_t)n : 0;
    return good;
}

static bool take_mark(struct str text, struct store_mark *mark)
{
    struct str line = {0}, name = {0};
    if (!str_line(&text, &line) || !str_cut(&line, ' ', &name) || name.n != sizeof mark->name - 1)
        return false;
    memcpy(mark->name, name.p, name.n);
    mark->name[name.n] = '\0';
    return take_number(&line, &mark->event) && take_number(&line, &mark->ledger) && take_number(&line, &mark->letter) && take_number(&line, &mark->ticket) && line.n == 0;
}

/* A note that cannot be understood is no reason to take the store for the same. */
static bool read_note(const char *directory, struct store_mark *mark, bool *noted, struct err *err)
{
    struct arena *arena = arena_new();
    const char *path = path_of(arena, directory);
    struct str text = {0};
    bool good = true;
    *noted = access(path, F_OK) == 0;
    if (*noted)
        good = file_read(arena, path, LINEAGE_MAX, &text, err);
    *noted = *noted && good && take_mark(text, mark);
    arena_free(&arena);
    return good;
}

static bool write_note(const char *directory, const struct store_mark *mark, struct err *err)
{
    struct arena *arena = arena_new();
    struct str line = arena_printf(arena, "%s %lld %lld %lld %lld\n", mark->name, (long long)mark->event, (long long)mark->ledger, (long long)mark->letter, (long long)mark->ticket);
    bool good = file_write_private(path_of(arena, directory), line, err);
    arena_free(&arena);
    return good;
}

static bool make_name(char name[33], struct err *err)
{
    uint8_t octets[16];
    if (getrandom(octets, sizeof octets, 0) != (ssize_t)sizeof octets)
        return err_set(err, ERR_RETRY, "no random octets: %s", strerror(errno));
    str_hex(octets, sizeof octets, name);
    return true;
}

static bool adopt(struct store *store, const struct store_mark *noted, int64_t copied_at, int64_t now, struct err *err)
{
    char name[33];
    int64_t held = 0;
    if (!make_name(name, err) || !store_adopt(store, noted, name, copied_at, now, &held, err))
        return false;
    log_event(LOG_WARNING, "started from an old copy of the store: letters that waited in it are held, mail that came since is imported without an answer",
              LOG_NUMBER("held", held), LOG_NUMBER("copied-s", copied_at / 1000), LOG_TEXT("look", STR("triagectl outbox list --state held")));
    return true;
}

static bool settle_origin(struct store *store, const struct store_mark *noted, int64_t now, struct err *err)
{
    enum store_origin origin = STORE_NEW;
    int64_t copied_at = 0;
    char name[33];
    if (!store_origin(store, noted, &origin, &copied_at, err))
        return false;
    if (origin == STORE_NEW)
        return make_name(name, err) && store_name(store, name, err);
    return origin == STORE_SAME || adopt(store, noted, copied_at, now, err);
}

bool lineage_check(const char *directory, struct store *store, int64_t now, struct err *err)
{
    struct store_mark noted = {0}, mark = {0};
    bool has = false;
    return read_note(directory, &noted, &has, err) && settle_origin(store, has ? &noted : NULL, now, err) && store_mark_of(store, &mark, err) &&
           write_note(directory, &mark, err);
}

void lineage_note(const char *directory, struct store *store, struct store_mark *noted)
{
    struct store_mark mark = {0};
    struct err ignored = {0};
    if (store_mark_of(store, &mark, &ignored) && memcmp(&mark, noted, sizeof mark) != 0 && write_note(directory, &mark, &ignored))
        *noted = mark;
}
