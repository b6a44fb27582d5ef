/* outbox: from committed letters to receipts. Takes what is due from the store, hands it to the courier within each relay's rate, keeps what came
 * back until it is committed. A letter that was handed out and not answered for is due again when the courier is started anew: the same octets,
 * the same Message-ID. */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include "core/config.h"
#include "store/store.h"

#define OUTBOX_HANDED_MAX 64u             /* letters at the courier, a relay */
#define OUTBOX_LONGEST (8 * CLOCK_HOUR) /* between two tries */
#define OUTBOX_GIVE_UP (3 * CLOCK_DAY) /* after a letter's making; then what is deferred has failed */

struct outbox;

/* The end of a letter for one recipient. */
struct outbox_end {
    int64_t letter;
    struct str address;
    bool sent;         /* false: it failed for good */
    struct str reason; /* the server's words */
};
/* Called within outbox_record's transaction for letters people wait for: answers, and mail to agents. False as outbox_record. */
typedef bool outbox_ended(void *to, const struct outbox_end *end, struct err *err);
void outbox_watch(struct outbox *outbox, outbox_ended *ended, void *to);

void outbox_open(struct outbox **outbox);
void outbox_close(struct outbox **outbox);
/* The relays of this configuration, by their order. What was handed out counts as coming back never. */
void outbox_setup(struct outbox *outbox, const struct config *config);
/* The courier is gone: what it had is due again. */
void outbox_recall(struct outbox *outbox);
/* Writes frames for what may be handed out now. now: UTC ms, mono: monotonic ms. */
bool outbox_hand_out(struct outbox *outbox, struct store *store, int64_t now, int64_t mono, struct buf *frames, struct err *err);
/* A receipt's payload; false: malformed. A letter we did not hand out is ignored, and that said at once (WIRE_NOTED) in frames. */
bool outbox_take(struct outbox *outbox, struct str payload, struct buf *frames);
bool outbox_has_receipts(const struct outbox *outbox);
/* Inside a transaction: what came back becomes the record. */
bool outbox_record(struct outbox *outbox, struct store *store, int64_t now, struct err *err);
/* After the commit: logs each, tells the relay that it is on record (frames may be NULL: no courier), forgets them. Without it (the transaction failed) they stay for
 * the next, and no further letter leaves by those relays. */
void outbox_recorded(struct outbox *outbox, struct buf *frames);
/* When outbox_hand_out is worth calling again (UTC ms). changed: letters were added or changed by hand. */
void outbox_changed(struct outbox *outbox);
int64_t outbox_next(const struct outbox *outbox);
size_t outbox_handed(const struct outbox *outbox);

#endif
