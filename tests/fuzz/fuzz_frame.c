/* Any octets as what a child sent: no item reaches beyond its payload, and after a bad one nothing comes any more. */
#include "fuzz.h"

#include "base/frame.h"

#include <string.h>

/* Reads items in an order that the payload itself chooses. */
static void read_items(struct str payload)
{
    struct frame_reader r = {payload, false};
    for (size_t i = 0; i < payload.n && !r.bad && r.rest.n > 0; i++) {
        size_t before = r.rest.n;
        struct str text = {NULL, 0};
        uint32_t count = 0;
        switch ((uint8_t)payload.p[i] % 6) {
        case 0:
            frame_get_u32(&r);
            break;
        case 1:
            frame_get_u64(&r);
            break;
        case 2:
            frame_get_i64(&r);
            break;
        case 3:
            frame_get_bool(&r);
            break;
        case 4:
            text = frame_get_str(&r);
            FUZZ_CHECK(text.n == 0 || (text.p >= payload.p && text.p + text.n <= payload.p + payload.n));
            break;
        default:
            count = frame_get_count(&r, 1000, 3);
            FUZZ_CHECK(count <= 1000 && count * 3 <= payload.n);
            break;
        }
        FUZZ_CHECK(r.bad || r.rest.n < before);
    }
    if (r.bad)
        FUZZ_CHECK(frame_get_u64(&r) == 0 && frame_get_str(&r).n == 0 && !frame_done(&r));
    else
        FUZZ_CHECK(frame_done(&r) == (r.rest.n == 0));
}

/* What goes in comes out. */
static void write_and_read(struct str octets)
{
    struct buf out = {0};
    uint32_t type = 0;
    struct str payload = {NULL, 0};
    size_t size = 0;
    size_t begun = frame_begin(&out, 7);
    frame_put_str(&out, octets);
    frame_put_i64(&out, -(int64_t)octets.n);
    frame_put_bool(&out, true);
    frame_end(&out, begun);
    FUZZ_CHECK(frame_peek(&out, &type, &payload, &size) == 1 && type == 7 && size == out.n);
    struct frame_reader r = {payload, false};
    FUZZ_CHECK(str_eq(frame_get_str(&r), octets));
    FUZZ_CHECK(frame_get_i64(&r) == -(int64_t)octets.n);
    FUZZ_CHECK(frame_get_bool(&r) && frame_done(&r));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf in = {0};
    uint32_t type = 0;
    struct str payload = {NULL, 0};
    size_t eaten = 0;
    buf_add(&in, data, size);
    while (frame_peek(&in, &type, &payload, &eaten) == 1) {
        FUZZ_CHECK(eaten >= FRAME_HEADER && eaten <= in.n && payload.n == eaten - FRAME_HEADER);
        read_items(payload);
        buf_eat(&in, eaten);
    }
    read_items((struct str){(const char *)data, size});
    write_and_read((struct str){(const char *)data, size});
    buf_free(&in);
    return 0;
}
