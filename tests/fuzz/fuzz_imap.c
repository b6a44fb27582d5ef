/* Any octets as what an IMAP server says behind the login: what is delivered was asked for, once, and has content; a set of UIDs holds
 * nothing that was not asked for. The first octet chooses the call. */
#include "fuzz.h"

#include "net/imap.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OCTETS_MAX (64u * 1024) /* what a socket pair takes without a reader */

/* libetpan's parser loses a few octets where it gives up; the stream's budget bounds them. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libetpan";
}

struct taken {
    uint32_t seen;
};

static bool take(void *to, const struct mailbox_item *item)
{
    struct taken *t = to;
    FUZZ_CHECK(item->uid >= 5 && item->uid <= 8 && item->octets.n > 0 && item->size >= item->octets.n);
    FUZZ_CHECK((t->seen & UINT32_C(1) << item->uid) == 0);
    t->seen |= UINT32_C(1) << item->uid;
    return true;
}

static void fetch(struct mailbox *m)
{
    struct uid_range range = {5, 8};
    struct uid_set wanted = {&range, 1, 0}, poison = {NULL, 0, 0};
    struct taken taken = {0};
    struct err err = {ERR_NONE, ""};
    bool lives = imap_next(m, &wanted, take, &taken, &poison, &err);
    FUZZ_CHECK(lives == (err.kind == ERR_NONE));
    for (size_t i = 0; i < poison.count; i++)
        FUZZ_CHECK(poison.ranges[i].first >= 5 && poison.ranges[i].last <= 8);
    uid_set_free(&poison);
}

static void list(struct mailbox *m)
{
    struct uid_set present = {NULL, 0, 0};
    struct mailbox_folder found;
    bool news;
    (void)imap_driver.select(m, STR("Else"), &found, NULL);
    (void)imap_driver.list(m, 7, &present, NULL);
    for (size_t i = 0; i < present.count; i++)
        FUZZ_CHECK(present.ranges[i].first > 7 && present.ranges[i].last >= present.ranges[i].first);
    (void)imap_driver.wait(m, 0, -1, &news, NULL);
    uid_set_free(&present);
}

static void settle(struct mailbox *m)
{
    struct uid_range range = {5, 8};
    struct uid_set uids = {&range, 1, 0};
    (void)imap_settle(m, &uids, NULL);
    (void)imap_mark(m, &uids, STR("$TicketOpen"), STR("$TicketNew"), NULL);
    (void)imap_put(m, STR("Sent"), STR("l7@contoso.example"), 0, STR("x"), NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct mailbox_settings settings = {
        .server = {.host = {"fuzz", 4}, .security = TRANSPORT_INSECURE, .timeout = 1000},
        .after = AFTER_MOVE,
        .after_folder = {"Done", 4},
        .size_max = 4096,
    };
    int fds[2];
    if (size < 1 || size > OCTETS_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return 0;
    struct mailbox_memory memory = {0};
    struct mailbox_settings own = settings;
    own.memory = &memory;
    struct imap m = {.settings = &own, .cancel_fd = -1, .offers = data[0] % 2 == 0 ? UINT32_C(1) << OFFER_UIDPLUS : UINT32_MAX};
    m.stream = stream_over_pair(fds[0], &own.server, GUARD_IMAP, -1);
    m.session = mailimap_new(0, NULL);
    m.session->imap_stream = stream_mail(m.stream);
    m.session->imap_state = MAILIMAP_STATE_SELECTED;
    m.session->imap_selection_info = mailimap_selection_info_new();
    m.folder = strdup("INBOX");
    m.found.uid_validity = 1;
    ssize_t put = write(fds[1], data + 1, size - 1);
    shutdown(fds[1], SHUT_WR);
    struct mailbox *mailbox = (void *)&m;
    if (put == (ssize_t)size - 1) {
        if (data[0] % 3 == 0)
            fetch(mailbox);
        else if (data[0] % 3 == 1)
            list(mailbox);
        else
            settle(mailbox);
    }
    m.session->imap_stream = NULL;
    mailimap_free(m.session);
    stream_close(&m.stream);
    free(m.folder);
    free(m.permanent);
    close(fds[1]);
    return 0;
}
