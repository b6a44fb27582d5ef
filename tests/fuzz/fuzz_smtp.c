/* Any octets as what an SMTP server answers to a letter for two: each recipient has a fate and a harmless text, and nobody is "sent" whom
 * the server did not give a 2xx. The first octet chooses what was offered. */
#include "fuzz.h"

#include "base/utf8.h"
#include "net/smtp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OCTETS_MAX (64u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct relay_settings settings = {.server = {.host = {"fuzz", 4}, .security = TRANSPORT_INSECURE, .timeout = 1000}};
    int fds[2];
    if (size < 1 || size > OCTETS_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return 0;
    struct smtp s = {.settings = &settings, .cancel_fd = -1, .offers = data[0]};
    s.stream = stream_over_pair(fds[0], &settings.server, GUARD_SMTP, -1);
    ssize_t put = write(fds[1], data + 1, size - 1);
    shutdown(fds[1], SHUT_WR);
    struct relay_recipient to[2] = {{.address = STR("ann@fabrikam.example")}, {.address = STR("bob@fabrikam.example")}};
    struct relay_letter letter = {.id = 7, .from = STR("desk@contoso.example"), .recipients = to, .recipient_count = 2};
    struct arena *arena = arena_new();
    struct err err = {ERR_NONE, ""};
    letter.octets = STR("Subject: x\r\n\r\n.\r\n");
    bool lives = put == (ssize_t)size - 1 && smtp_send((void *)&s, &letter, arena, &err);
    for (size_t i = 0; i < 2 && put == (ssize_t)size - 1; i++) {
        FUZZ_CHECK(to[i].text.n <= SMTP_TEXT_MAX && utf8_is_line_safe(to[i].text));
        FUZZ_CHECK((to[i].delivery == DELIVERY_SENT) == (to[i].code / 100 == 2));
        FUZZ_CHECK(to[i].delivery != DELIVERY_FAILED || to[i].code >= 500);
        FUZZ_CHECK(!lives || to[i].delivery != DELIVERY_UNKNOWN);
    }
    arena_free(&arena);
    stream_close(&s.stream);
    close(fds[1]);
    return 0;
}
