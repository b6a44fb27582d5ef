/* dns: what the DNS said of the TXT records of a name. Asked elsewhere; here it is data. */
#ifndef MAIL_DNS_H
#define MAIL_DNS_H

#include "base/arena.h"

#define DNS_RECORDS_MAX 16u
#define DNS_RECORD_MAX 4096u /* octets kept of one record, its strings joined */

enum dns_status {
    DNS_FOUND,
    DNS_NONE,   /* no such name, or no TXT record there */
    DNS_TROUBLE /* nobody answered, or not in time: it may be so or otherwise */
};

struct dns_answer {
    struct str name;   /* as domain_is_name */
    enum dns_status status;
    struct str *records; /* any octets */
    size_t count;
    uint32_t ttl; /* seconds */
};

/* The answer about that name, or NULL. */
const struct dns_answer *dns_find(const struct dns_answer *answers, size_t count, struct str name);

#endif
