/* keys: a small text file, read strictly: a key that cannot be read would silently cut every thread. */
#include "core/keys.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define KEYS_FILE_MAX (64u * 1024)

static bool hex_digit(char c, uint8_t *value)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    *value = at != NULL ? (uint8_t)(at - digits) : 0;
    return at != NULL;
}

static bool read_key(struct str line, struct token_key *key)
{
    struct str epoch = {0};
    uint64_t number = 0;
    if (!str_cut(&line, ' ', &epoch) || !str_u64(epoch, &number) || number == 0 || number > UINT32_MAX || line.n != 2 * sizeof key->key)
        return false;
    key->epoch = (uint32_t)number;
    for (size_t i = 0; i < sizeof key->key; i++) {
        uint8_t high = 0, low = 0;
        if (!hex_digit(line.p[2 * i], &high) || !hex_digit(line.p[2 * i + 1], &low))
            return false;
        key->key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_keys(const char *path, struct str text, struct token_keys *keys, struct err *err)
{
    struct str line = {0};
    for (unsigned number = 1; str_line(&text, &line); number++) {
        if (line.n == 0)
            continue;
        bool rising = keys->count == 0;
        if (keys->count == TOKEN_EPOCHS_MAX || !read_key(line, &keys->keys[keys->count]))
            return err_set(err, ERR_SETUP, "%s:%u: not \"EPOCH KEY\" (a number and 64 hex digits)", path, number);
        rising = rising || keys->keys[keys->count].epoch > keys->keys[keys->count - 1].epoch;
        if (!rising)
            return err_set(err, ERR_SETUP, "%s:%u: epochs must rise", path, number);
        keys->count++;
    }
    return keys->count > 0 || err_set(err, ERR_SETUP, "%s: no key in it", path);
}

static bool write_keys(const char *path, const struct token_keys *keys, struct err *err)
{
    char hex[2 * sizeof keys->keys[0].key + 1];
    struct buf text = {0};
    buf_room(&text, TOKEN_EPOCHS_MAX * (sizeof hex + 12)); /* never moved, so one place to wipe */
    for (size_t i = 0; i < keys->count; i++) {
        str_hex(keys->keys[i].key, sizeof keys->keys[i].key, hex);
        buf_printf(&text, "%u %s\n", keys->keys[i].epoch, hex);
    }
    bool written = file_write_private(path, buf_view(&text), err);
    explicit_bzero(text.p, text.n);
    explicit_bzero(hex, sizeof hex);
    buf_free(&text);
    return written;
}

static bool add_key(struct token_keys *keys, struct err *err)
{
    uint32_t newest = keys->count > 0 ? keys->keys[keys->count - 1].epoch : 0;
    if (newest == UINT32_MAX)
        return err_set(err, ERR_SETUP, "there is no epoch after %u", newest);
    if (keys->count == TOKEN_EPOCHS_MAX)
        memmove(&keys->keys[0], &keys->keys[1], --keys->count * sizeof keys->keys[0]);
    struct token_key *key = &keys->keys[keys->count++];
    key->epoch = newest + 1;
    return getrandom(key->key, sizeof key->key, 0) == (ssize_t)sizeof key->key || err_set(err, ERR_RETRY, "no random octets: %s", strerror(errno));
}

static const char *keys_path(struct arena *arena, const char *directory)
{
    return arena_text(arena, arena_printf(arena, "%s/token.keys", directory));
}

bool keys_rotate(const char *directory, struct token_keys *keys, struct err *err)
{
    struct arena *arena = arena_new();
    const char *path = keys_path(arena, directory);
    struct token_keys next = *keys;
    bool ok = add_key(&next, err) && write_keys(path, &next, err);
    if (ok)
        *keys = next;
    explicit_bzero(&next, sizeof next);
    arena_free(&arena);
    return ok;
}

bool keys_load(const char *directory, bool create, struct token_keys *keys, struct err *err)
{
    struct arena *arena = arena_new();
    const char *path = keys_path(arena, directory);
    struct str text = {0};
    *keys = (struct token_keys){0};
    bool ok = true;
    if (access(path, F_OK) == 0)
        ok = file_read_secret(arena, path, &text, err) && read_keys(path, text, keys, err);
    else if (create)
        ok = add_key(keys, err) && write_keys(path, keys, err);
    arena_free(&arena);
    return ok;
}
