/* Any octets as the payload of each frame: none is read too far, none costs memory out of proportion, and what is taken can be written and taken again. */
#include "fuzz.h"

#include "core/wire.h"

/* The payload of the frame that stands alone in `out`. */
static struct str alone(const struct buf *out)
{
    uint32_t type = 0;
    struct str payload = {0};
    size_t size = 0;
    FUZZ_CHECK(frame_peek(out, &type, &payload, &size) == 1 && size == out->n);
    return payload;
}

static void take_understood(struct str payload, struct arena *arena, struct buf *out)
{
    uint64_t serial = 0, again = 0;
    struct message message = {0}, second = {0};
    struct scan_hits hits = {0}, hits_again = {0};
    if (!wire_get_understood(payload, arena, &serial, &message, &hits))
        return;
    wire_put_understood(out, serial, &message, &hits);
    FUZZ_CHECK(wire_get_understood(alone(out), arena, &again, &second, &hits_again) && again == serial && hits.count == hits_again.count);
    FUZZ_CHECK(str_eq(message.text, second.text) && message.kind == second.kind && message.attachment_count == second.attachment_count);
}

static void take_setups(struct str payload, struct arena *arena, struct buf *out)
{
    struct wire_reader_setup reader = {0}, reader_again = {0};
    struct wire_courier_setup courier = {0}, courier_again = {0};
    if (wire_get_reader_setup(payload, arena, &reader)) {
        wire_put_reader_setup(out, &reader);
        FUZZ_CHECK(wire_get_reader_setup(alone(out), arena, &reader_again) && reader.probe_count == reader_again.probe_count);
    }
    buf_clear(out);
    if (wire_get_courier_setup(payload, arena, &courier)) {
        wire_put_courier_setup(out, &courier);
        FUZZ_CHECK(wire_get_courier_setup(alone(out), arena, &courier_again) && courier.mailbox_count == courier_again.mailbox_count);
    }
}

static void take_folder(struct str payload, struct arena *arena, struct buf *out)
{
    struct wire_folder folder = {0}, again = {0};
    if (!wire_get_folder(payload, arena, &folder))
        return;
    for (size_t i = 1; i < folder.known.count; i++)
        FUZZ_CHECK(folder.known.ranges[i].first > folder.known.ranges[i - 1].last);
    wire_put_folder(out, WIRE_KNOWN, &folder);
    FUZZ_CHECK(wire_get_folder(alone(out), arena, &again) && again.known.count == folder.known.count);
}

static void take_chore(struct str payload, struct arena *arena, struct buf *out)
{
    struct wire_chore chore = {0}, again = {0};
    if (!wire_get_chore(payload, arena, &chore))
        return;
    FUZZ_CHECK(chore.kind <= CHORE_MARK && chore.uids.count <= WIRE_CHORE_UIDS && chore.set.n <= WIRE_CHORE_FLAGS && chore.clear.n <= WIRE_CHORE_FLAGS);
    wire_put_chore(out, &chore);
    FUZZ_CHECK(wire_get_chore(alone(out), arena, &again) && again.serial == chore.serial && str_eq(again.octets, chore.octets));
}

static void take_post(struct str payload, struct arena *arena, struct buf *out)
{
    uint32_t relay = 0, again = 0;
    struct relay_letter letter = {0}, second = {0};
    if (!wire_get_letter(payload, arena, &relay, &letter))
        return;
    FUZZ_CHECK(letter.recipient_count <= RELAY_RECIPIENTS_MAX);
    for (size_t i = 0; i < letter.recipient_count; i++)
        FUZZ_CHECK(letter.recipients[i].delivery <= DELIVERY_UNKNOWN);
    wire_put_letter(out, relay, &letter);
    FUZZ_CHECK(wire_get_receipt(alone(out), arena, &again, &second) && again == relay && str_eq(letter.octets, second.octets));
}

static void take_origin(struct str payload, struct arena *arena, struct buf *out)
{
    struct origin origin = {0}, again = {0};
    struct dns_answer *answers = NULL, answer = {0};
    uint64_t serial = 0, serial_again = 0;
    uint32_t number = 0;
    size_t count = 0;
    struct str names[ORIGIN_QUESTIONS_MAX];
    if (wire_get_check(payload, arena, &serial, &origin, &answers, &count))
        FUZZ_CHECK(count <= ORIGIN_QUESTIONS_MAX && origin.count <= ORIGIN_SIGNATURES_MAX);
    if (wire_get_resolved(payload, arena, &number, &answer))
        FUZZ_CHECK(answer.count <= DNS_RECORDS_MAX);
    origin = (struct origin){0};
    if (!wire_get_checked(payload, arena, &serial, &origin))
        return;
    FUZZ_CHECK(origin_questions(arena, &origin, names) <= ORIGIN_QUESTIONS_MAX);
    wire_put_checked(out, serial, &origin);
    FUZZ_CHECK(wire_get_checked(alone(out), arena, &serial_again, &again) && again.count == origin.count);
}

static void take_small(struct str payload)
{
    uint64_t serial = 0;
    int64_t received = 0;
    uint32_t a = 0, b = 0;
    struct str text = {0};
    enum wire_part part = WIRE_PART_MAILBOX;
    struct wire_raw raw = {0};
    struct wire_state state = {0};
    struct wire_chore_done done = {0};
    (void)wire_get_read(payload, &serial, &received, &text);
    (void)wire_get_text(payload, &text);
    (void)wire_get_pair(payload, &a, &b);
    (void)wire_get_serial_text(payload, &a, &text);
    if (wire_get_raw(payload, &raw))
        FUZZ_CHECK(raw.item.octets.n <= payload.n);
    if (wire_get_state(payload, &state))
        FUZZ_CHECK(state.part <= WIRE_PART_RELAY && state.kind <= ERR_SETUP);
    if (wire_get_chore_done(payload, &done))
        FUZZ_CHECK(done.why.n < ERR_TEXT_MAX);
    if (wire_get_secret_wanted(payload, &a, &part, &b))
        FUZZ_CHECK(part <= WIRE_PART_RELAY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const takes[])(struct str, struct arena *, struct buf *) = {take_understood, take_setups, take_folder, take_chore, take_post, take_origin};
    struct str payload = {(const char *)data, size};
    struct arena *arena = arena_new();
    struct buf out = {0};
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        buf_clear(&out);
        arena_clear(arena);
        takes[i](payload, arena, &out);
        FUZZ_CHECK(arena_used(arena) <= 100 * size + 65536);
    }
    take_small(payload);
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
