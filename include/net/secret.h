/* secret: where a password or token comes from. Only the courier reads one; no other process, no log, no store sees it. */
#ifndef NET_SECRET_H
#define NET_SECRET_H

#include "base/arena.h"
#include "base/err.h"

enum secret_kind {
    SECRET_NONE,
    SECRET_CREDENTIAL, /* a file below $CREDENTIALS_DIRECTORY: NAME or triaged_NAME (systemd.exec(5)) */
    SECRET_FILE,       /* a path, not readable by others */
    SECRET_COMMAND     /* standard output of a command, run outside the courier; its first line */
};

/* How the secret is used. */
enum secret_use { SECRET_PASSWORD, SECRET_OAUTH2 /* a bearer token: XOAUTH2 or OAUTHBEARER */ };

struct secret_source {
    enum secret_kind kind;
    enum secret_use use;
    struct str name;       /* credential name or path */
    struct str *arguments; /* of a command: program (absolute path) and its arguments */
    size_t argument_count;
    /* How the courier asks for a command's output: returns the read end of a pipe, -1 with err set. Set by the courier. */
    int (*run)(void *courier, const struct secret_source *source, struct err *err);
    void *courier;
};

/* Reads the secret anew (tokens change). At most 16 KB; line end removed; controls refused. The caller wipes it by secret_wipe. */
bool secret_read(const struct secret_source *source, struct arena *arena, struct str *secret, struct err *err);
void secret_wipe(struct str *secret);
/* A server may repeat what it was sent. When the error text holds the secret, as it is or within any base64 (RFC 4648 section 4), the text is replaced by one
 * without the server's words; the kind stays. err may be NULL. */
void secret_hide(struct str secret, struct err *err);

#endif
