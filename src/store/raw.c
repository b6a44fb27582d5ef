/* raw: the octets of a mail, once each, squeezed where it pays. zstd at its fastest proper level takes 60 µs for a usual mail and saves the quarter that base64
 * wastes; the pages not written are worth more than that. */
#include "base/hash.h"
#include "sql.h"

#define SQUEEZE_LEVEL 1
#define SQUEEZE_LEAST 512u                        /* octets: below it a header of a page is not saved */
#define SQUEEZED_KEEP (1024u * 1024)              /* octets: room kept from mail to mail */
#define UNPACKED_MAX (256u * 1024 * 1024)         /* no mail on record is larger */

/* The octets as they are kept; false: no gain, keep them plain. */
static bool squeeze(struct store *store, struct str octets, struct str *squeezed)
{
    if (octets.n < SQUEEZE_LEAST)
        return false;
    if (store->squeezer == NULL)
        store->squeezer = ZSTD_createCCtx();
    if (store->squeezer == NULL)
        return false;
    size_t room = ZSTD_compressBound(octets.n);
    buf_clear(&store->squeezed);
    char *to = buf_room(&store->squeezed, room);
    size_t n = ZSTD_compressCCtx(store->squeezer, to, room, octets.p, octets.n, SQUEEZE_LEVEL);
    *squeezed = (struct str){to, n};
    return ZSTD_isError(n) == 0 && n <= octets.n - octets.n / 10;
}

bool raw_keep(struct store *store, const struct raw *raw, int64_t ticket, int64_t *id, struct err *err)
{
    struct str digest = {(const char *)raw->sha256, HASH_SIZE};
    bool found = false;
    if (!sql_find(store, SQL_RAW_FIND, CELLS(cell_blob(digest)), &found, err))
        return false;
    int64_t leads = 0;
    if (found) {
        *id = sql_int(store, SQL_RAW_FIND, 0);
        leads = sql_int(store, SQL_RAW_FIND, 1);
        sql_end(store, SQL_RAW_FIND);
        return leads != 0 || ticket == 0 || sql_run(store, SQL_RAW_LEADS, CELLS(cell_int(ticket), cell_int(*id)), err);
    }
    struct str kept = raw->octets;
    bool squeezed = squeeze(store, raw->octets, &kept);
    if (!sql_run(store, SQL_RAW_ADD,
                 CELLS(cell_blob(digest), cell_int((int64_t)raw->size), cell_int(raw->truncated), cell_ref(ticket),
                       cell_text(squeezed ? STR("zstd") : STR("plain")), cell_blob(squeezed ? kept : raw->octets)),
                 err))
        return false;
    *id = sqlite3_last_insert_rowid(store->db);
    if (store->squeezed.cap > SQUEEZED_KEEP)
        buf_free(&store->squeezed);
    return true;
}

bool raw_unpack(struct str encoding, struct str octets, struct buf *out, struct err *err)
{
    if (str_eq(encoding, STR("plain"))) {
        buf_str(out, octets);
        return true;
    }
    unsigned long long size = ZSTD_getFrameContentSize(octets.p, octets.n);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > UNPACKED_MAX)
        return err_set(err, ERR_SETUP, "store: raw octets are damaged: no size in front of them");
    size_t n = ZSTD_decompress(buf_room(out, (size_t)size + 1), (size_t)size, octets.p, octets.n);
    if (ZSTD_isError(n) != 0)
        return err_set(err, ERR_SETUP, "store: raw octets are damaged: %s", ZSTD_getErrorName(n));
    out->n += n;
    out->p[out->n] = '\0';
    return true;
}

bool store_raw(struct store *store, int64_t message, struct buf *octets, struct err *err)
{
    bool found = false;
    if (!sql_find(store, SQL_RAW_OF_MESSAGE, CELLS(cell_int(message)), &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_ITEM, "message %lld has no raw octets", (long long)message);
    bool good = raw_unpack(sql_octets(store, SQL_RAW_OF_MESSAGE, 0), sql_octets(store, SQL_RAW_OF_MESSAGE, 1), octets, err);
    sql_end(store, SQL_RAW_OF_MESSAGE);
    return good;
}
