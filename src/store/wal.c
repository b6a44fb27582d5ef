/* wal: was the write-ahead log cut or changed behind our back? SQLite takes a log that ends early for a crash and goes on without what is missing: mail that was
 * acknowledged would be new again. The shared index (-shm) of the last process still says how many frames were committed, and frames are synced before it
 * says so; so a log that does not hold that many sound frames was damaged, and nothing is opened. (File formats: sqlite.org/walformat.html.) */
#include "base/buf.h"
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAL_HEADER 32u
#define PAGE_HEADER 24u
#define INDEX_HEADER 48u
#define INDEX_VERSION 3007000u
#define WAL_MAGIC 0x377f0682u /* the low bit: checksums over big-endian words */
#define PAGE_MAX 65536u

/* What the shared index says, in the byte order of this machine. */
struct index_header {
    uint32_t version, unused, change;
    uint8_t is_init, big_endian;
    uint16_t page;
    uint32_t frames, pages;
    uint32_t frame_sum[2];
    uint8_t salt[8];
    uint32_t sum[2];
};
_Static_assert(sizeof(struct index_header) == INDEX_HEADER, "the header of the shared index has 48 octets");

struct sum {
    uint32_t a, b;
    bool big;
};

static uint32_t big_word(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t little_word(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* n is a multiple of 8. */
static void add_sum(struct sum *sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        sum->a += (sum->big ? big_word(p + i) : little_word(p + i)) + sum->b;
        sum->b += (sum->big ? big_word(p + i + 4) : little_word(p + i + 4)) + sum->a;
    }
}

static bool read_at(int fd, off_t at, void *to, size_t n)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = pread(fd, (char *)to + have, n - have, at + (off_t)have);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        have += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool read_file_at(const char *path, const char *suffix, struct buf *name, int *fd)
{
    buf_clear(name);
    buf_text(name, path);
    buf_text(name, suffix);
    *fd = open(name->p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return *fd >= 0;
}

/* The index of a process that is gone; false when there is none that can be believed (two equal copies, set up). */
static bool read_index(const char *path, struct index_header *header)
{
    struct buf name = {0};
    struct index_header copies[2];
    int fd = -1;
    bool good = read_file_at(path, "-shm", &name, &fd) && read_at(fd, 0, copies, sizeof copies) && memcmp(&copies[0], &copies[1], INDEX_HEADER) == 0 &&
                copies[0].version == INDEX_VERSION && copies[0].is_init != 0 && copies[0].page >= 1;
    if (good)
        *header = copies[0];
    if (fd >= 0)
        close(fd);
    buf_free(&name);
    return good;
}

/* How many frames from the first are sound, at most `most`. */
static uint32_t sound_frames(int fd, const uint8_t *header, size_t page, uint32_t most)
{
    struct sum sum = {.big = (big_word(header) & 1) != 0};
    uint8_t *frame = malloc(PAGE_HEADER + page);
    uint32_t frames = 0;
    if (frame == NULL)
        abort();
    add_sum(&sum, header, WAL_HEADER - 8);
    while (frames < most && read_at(fd, (off_t)(WAL_HEADER + (uint64_t)frames * (PAGE_HEADER + page)), frame, PAGE_HEADER + page)) {
        add_sum(&sum, frame, 8);
        add_sum(&sum, frame + PAGE_HEADER, page);
        if (memcmp(frame + 8, header + 16, 8) != 0 || big_word(frame + 16) != sum.a || big_word(frame + 20) != sum.b)
            break;
        frames++;
    }
    free(frame);
    return frames;
}

bool wal_whole(const char *path, struct err *err)
{
    struct index_header index;
    struct buf name = {0};
    uint8_t header[WAL_HEADER];
    int fd = -1;
    if (!read_index(path, &index) || index.frames == 0)
        return true;
    bool good = true;
    size_t page = index.page == 1 ? PAGE_MAX : index.page;
    if (!read_file_at(path, "-wal", &name, &fd))
        good = err_set(err, ERR_SETUP, "store: %s-wal is missing though %u committed pages were in it; restore it or a backup", path, index.frames);
    else if (!read_at(fd, 0, header, sizeof header) || (big_word(header) & ~1u) != WAL_MAGIC)
        good = err_set(err, ERR_SETUP, "store: %s-wal is cut or not a log though %u committed pages were in it; restore it or a backup", path, index.frames);
    else if (memcmp(header + 16, index.salt, sizeof index.salt) == 0) {
        uint32_t sound = sound_frames(fd, header, page, index.frames);
        good = sound == index.frames ||
               err_set(err, ERR_SETUP, "store: %s-wal is damaged: %u of %u committed pages are sound; restore it or a backup", path, sound, index.frames);
    }
    if (fd >= 0)
        close(fd);
    buf_free(&name);
    return good;
}
