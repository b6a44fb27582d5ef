/* resolve: TXT records asked of the DNS by c-ares, many at a time in one thread, none of which makes another wait.
 *
 * The servers are those of /etc/resolv.conf, or one that the configuration names. What comes back is a stranger's: bounded here, judged elsewhere. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "base/err.h"
#include "mail/dns.h"

#define RESOLVE_QUESTIONS_MAX 1024u   /* under way; more get DNS_TROUBLE at once */
#define RESOLVE_TIMEOUT INT64_C(1500) /* ms until a question is asked again, of the next server if there is one */
#define RESOLVE_TRIES 2

struct resolve_settings {
    bool on;           /* there is something to resolve for */
    struct str server; /* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53"; "": those of /etc/resolv.conf */
};

struct resolver;
/* Called once for each question, from resolver_turn or resolver_close. The answer is borrowed. */
typedef void resolve_done(void *of, uint32_t serial, const struct dns_answer *answer);

/* Opens no socket yet. */
void resolver_open(struct resolver **resolver, const struct resolve_settings *settings, resolve_done *done, void *of);
/* Whoever still waits gets DNS_TROUBLE. Nulls; accepts NULL. */
void resolver_close(struct resolver **resolver);
/* Asks for the TXT records of a name (as domain_is_name). */
void resolver_ask(struct resolver *resolver, uint32_t serial, struct str name);
/* Waits for answers until `wake` is readable, or a question is to be asked again; hears what came. With nothing under way it waits for `wake` alone. */
void resolver_turn(struct resolver *resolver, int wake);

/* The TXT records of an answer as it came over the wire; false: it is no answer of a name server. For resolver, and to be tried alone. */
bool resolve_read(struct arena *arena, struct str packet, struct dns_answer *out);

#endif
