/* reader_double: a reader that does as the mail says: dies over it, says something malformed, answers for another. For what a sound reader cannot be made to do. */
#include "core/wire.h"

#include <signal.h>
#include <unistd.h>

static void answer(struct buf *out, uint64_t serial)
{
    struct message message = {.kind = MESSAGE_PERSON};
    struct scan_hits hits = {0};
    wire_put_understood(out, serial, &message, &hits);
}

static bool obey(struct str octets, uint64_t serial, struct buf *out)
{
    if (str_find(octets, STR("please die")) >= 0)
        raise(SIGSEGV);
    if (str_find(octets, STR("please babble")) >= 0)
        wire_put_text(out, WIRE_UNDERSTOOD, STR("bla"));
    else if (str_find(octets, STR("please mix up")) >= 0)
        answer(out, serial + 1);
    else if (str_find(octets, STR("please leave")) >= 0)
        return false;
    else
        answer(out, serial);
    return true;
}

/* The second look: it dies over a certain domain. */
static bool check(struct str payload, struct buf *out)
{
    struct arena *arena = arena_new();
    struct origin origin = {0};
    struct dns_answer *answers = NULL;
    uint64_t serial = 0;
    size_t count = 0;
    bool good = wire_get_check(payload, arena, &serial, &origin, &answers, &count);
    if (good && str_eq(origin.from, STR("die.example")))
        raise(SIGSEGV);
    origin.checked = origin.proven = true;
    wire_put_checked(out, serial, &origin);
    arena_free(&arena);
    return good;
}

int main(void)
{
    struct buf in = {0}, out = {0};
    struct err err = {0};
    struct str payload = {0}, octets = {0};
    uint64_t serial = 0;
    int64_t received = 0;
    uint32_t type = 0;
    size_t size = 0;
    signal(SIGSEGV, SIG_DFL);
    while (frame_receive(WIRE_FD, &in, &err) && frame_peek(&in, &type, &payload, &size) == 1) {
        if (type == WIRE_READER_SETUP)
            wire_put_text(&out, WIRE_READER_READY, STR(""));
        else if (type == WIRE_CHECK) {
            if (!check(payload, &out))
                _exit(3);
        } else if (!wire_get_read(payload, &serial, &received, &octets) || !obey(octets, serial, &out))
            _exit(3); /* at once: what it holds is no leak */
        buf_eat(&in, size);
        if (!frame_send(WIRE_FD, &out, &err))
            return 4;
        buf_clear(&out);
    }
    return 0;
}
