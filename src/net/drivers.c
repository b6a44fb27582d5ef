/* drivers: the tables behind the names in the configuration. A new kind of mailbox or relay is one line here. */
#include "net/dir.h"
#include "net/imap.h"
#include "net/smtp.h"

#include <openssl/ssl.h>

static const struct mailbox_driver *const mailbox_drivers[] = {&imap_driver, &maildir_mailbox_driver};
static const struct relay_driver *const relay_drivers[] = {&smtp_driver, &maildir_relay_driver};

const struct mailbox_driver *mailbox_driver_of(struct str name)
{
    for (size_t i = 0; i < sizeof mailbox_drivers / sizeof *mailbox_drivers; i++)
        if (str_eq(name, str_of(mailbox_drivers[i]->name)))
            return mailbox_drivers[i];
    return NULL;
}

const struct relay_driver *relay_driver_of(struct str name)
{
    for (size_t i = 0; i < sizeof relay_drivers / sizeof *relay_drivers; i++)
        if (str_eq(name, str_of(relay_drivers[i]->name)))
            return relay_drivers[i];
    return NULL;
}

void net_start(void)
{
    mmap_string_set_ceil(SIZE_MAX); /* else libetpan puts long strings into files below /tmp */
    OPENSSL_init_ssl(0, NULL);
}
