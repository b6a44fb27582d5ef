/* config_url: where servers are, and where passwords come from. The one idea: no secret ever stands in a configuration file. A password in a url or
 * behind `password` is refused, and the refusal does not repeat it. */
#include "core/config_read.h"

#include "base/utf8.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_WORDS_MAX 32u

struct scheme {
    const char *name;
    const char *driver; /* NULL: refused */
    enum transport_security security;
    uint16_t port;
    const char *instead; /* of a refused one */
};

static const struct scheme mailbox_schemes[] = {
    {"imaps", "imap", TRANSPORT_TLS, 993, NULL},
    {"imap+starttls", "imap", TRANSPORT_STARTTLS, 143, NULL},
    {"imap+insecure", "imap", TRANSPORT_INSECURE, 143, NULL},
    {"imap", NULL, TRANSPORT_INSECURE, 0, "imaps:// or imap+starttls://"},
    {"pop3", NULL, TRANSPORT_INSECURE, 0, "imaps:// (POP3 is not spoken)"},
    {"pop3s", NULL, TRANSPORT_TLS, 0, "imaps:// (POP3 is not spoken)"},
    {NULL, NULL, TRANSPORT_TLS, 0, NULL},
};
static const struct scheme relay_schemes[] = {
    {"submissions", "smtp", TRANSPORT_TLS, 465, NULL},
    {"submission+starttls", "smtp", TRANSPORT_STARTTLS, 587, NULL},
    {"smtp+starttls", "smtp", TRANSPORT_STARTTLS, 587, NULL},
    {"smtp+insecure", "smtp", TRANSPORT_INSECURE, 25, NULL},
    {"smtps", NULL, TRANSPORT_TLS, 0, "submissions://"},
    {"smtp", NULL, TRANSPORT_INSECURE, 0, "submissions:// or submission+starttls://"},
    {"submission", NULL, TRANSPORT_INSECURE, 0, "submissions:// or submission+starttls://"},
    {NULL, NULL, TRANSPORT_TLS, 0, NULL},
};

struct url {
    const struct scheme *scheme; /* NULL: a Maildir */
    struct str path;             /* of a Maildir */
    struct str user, host, folder;
    bool has_folder;
    uint16_t port;
};

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986 section 2.1. s is a part of the value's first token. */
static bool decode(struct config_reading *r, const struct config_value *value, struct str s, struct str *out)
{
    struct buf plain = {0};
    struct str whole = value->tokens[1].text;
    bool good = true;
    for (size_t i = 0; i < s.n && good; i++) {
        if (s.p[i] != '%') {
            buf_char(&plain, s.p[i]);
            continue;
        }
        bool complete = i + 2 < s.n;
        int high = complete ? hex_of(s.p[i + 1]) : -1;
        int low = complete ? hex_of(s.p[i + 2]) : -1;
        good = high >= 0 && low >= 0;
        if (good)
            buf_char(&plain, (char)(high * 16 + low));
        else
            config_wrong_part(r, value, 1, (size_t)(s.p - whole.p) + i, 1, "write %25 for a percent sign", "\"%%\" without two hex digits");
        i += 2;
    }
    if (good && plain.n > 0 && !config_is_text(buf_view(&plain), CONFIG_TEXT_MAX)) {
        config_wrong_part(r, value, 1, (size_t)(s.p - whole.p), s.n, "", "control characters, or more than %u octets", CONFIG_TEXT_MAX);
        good = false;
    }
    *out = arena_str(r->arena, buf_view(&plain));
    buf_free(&plain);
    return good;
}

/* Plaintext stays on this machine: 127.0.0.0/8, ::1, or the name localhost. */
static bool is_loopback(struct str host)
{
    char text[64];
    struct in_addr v4 = {0};
    struct in6_addr v6 = {0};
    if (str_ieq(host, STR("localhost")))
        return true;
    if (host.n >= sizeof text)
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    if (inet_pton(AF_INET, text, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool is_v6(struct str host)
{
    char text[64];
    struct in6_addr v6 = {0};
    if (host.n >= sizeof text)
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    return inet_pton(AF_INET6, text, &v6) == 1;
}

/* HOST[:PORT], the host in brackets when it is an IPv6 address. */
static bool read_server(struct config_reading *r, const struct config_value *value, struct str server, struct url *url)
{
    size_t offset = (size_t)(server.p - value->tokens[1].text.p);
    struct str port = {NULL, 0};
    uint64_t number = url->scheme->port;
    bool bracketed = server.n > 0 && server.p[0] == '[';
    ptrdiff_t end = bracketed ? str_find(server, STR("]")) : str_find(server, STR(":"));
    if (bracketed && end > 0) {
        url->host = str_sub(server, 1, (size_t)end - 1);
        port = str_sub(server, (size_t)end + 1, server.n);
    } else {
        url->host = end >= 0 ? str_sub(server, 0, (size_t)end) : server;
        port = end >= 0 ? str_sub(server, (size_t)end, server.n) : port;
    }
    if (url->host.n == 0 || (bracketed ? !is_v6(url->host) : !config_is_domain(url->host))) {
        config_wrong_part(r, value, 1, offset, server.n, "", "\"%.*s\" is no host name and no address", STR_ARG(utf8_prefix(server, 80)));
        return false;
    }
    if (port.n > 0 && (port.p[0] != ':' || !str_u64(str_sub(port, 1, port.n), &number) || number < 1 || number > 65535)) {
        config_wrong_part(r, value, 1, offset + server.n - port.n, port.n, "", "\"%.*s\" is no port, expected 1 to 65535", STR_ARG(utf8_prefix(str_sub(port, 1, 80), 80)));
        return false;
    }
    url->port = (uint16_t)number;
    url->host = arena_str(r->arena, url->host);
    if (url->scheme->security == TRANSPORT_INSECURE && !is_loopback(url->host)) {
        config_wrong_part(r, value, 1, offset, server.n - port.n, url->scheme->driver[0] == 'i' ? "write imaps:// or imap+starttls://" : "write submissions:// or submission+starttls://",
                          "plaintext to \"%.*s\": %s:// is for loopback addresses only", STR_ARG(url->host), url->scheme->name);
        return false;
    }
    return true;
}

/* The last "@" in front of the host ends the user: it may contain "@" itself. */
static bool read_authority(struct config_reading *r, const struct config_value *value, struct str authority, struct url *url)
{
    size_t at = authority.n;
    while (at > 0 && authority.p[at - 1] != '@')
        at--;
    struct str user = str_sub(authority, 0, at > 0 ? at - 1 : 0);
    if (str_find(user, STR(":")) >= 0) {
        struct config_value hidden = *value;
        hidden.file = NULL;
        config_wrong(r, &hidden, 1, "write password credential NAME or password file PATH; a \":\" of the user's name as %3A", "a password has no place in a url");
        return false;
    }
    return decode(r, value, user, &url->user) && read_server(r, value, str_sub(authority, at, authority.n), url);
}

static const struct scheme *scheme_of(const struct scheme *schemes, struct str name)
{
    for (const struct scheme *s = schemes; s->name != NULL; s++)
        if (str_ieq(str_of(s->name), name))
            return s;
    return NULL;
}

static void wrong_scheme(struct config_reading *r, const struct config_value *value, const struct scheme *schemes, struct str name)
{
    struct str names[8];
    size_t count = 0;
    for (const struct scheme *s = schemes; s->name != NULL && count < 7; s++)
        if (s->driver != NULL)
            names[count++] = str_of(s->name);
    names[count++] = STR("maildir");
    struct config_value shown = *value;
    config_wrong_part(r, &shown, 1, 0, name.n, config_nearest(r, names, count, name), "\"%.*s\" is no kind of url known here, expected %s", STR_ARG(utf8_prefix(name, 40)),
                      value->setting->type);
}

static bool read_url(struct config_reading *r, const struct config_value *value, const struct scheme *schemes, struct url *url)
{
    if (!config_one(r, value))
        return false;
    struct str text = value->tokens[1].text;
    ptrdiff_t mark = str_find(text, STR("://"));
    if (str_starts(text, STR("maildir:"))) {
        struct str path = str_sub(text, 8, text.n);
        if (str_starts(path, STR("//")))
            path = str_sub(path, 2, path.n);
        if (!config_is_text(path, CONFIG_PATH_MAX)) {
            config_wrong(r, value, 1, "for example: maildir:/var/mail/support", "a maildir: url needs a path");
            return false;
        }
        url->path = config_path(r, path);
        return true;
    }
    if (mark <= 0 && config_has_url_secret(text)) {
        config_wrong(r, value, 1, "write password credential NAME or password file PATH", "no url, and a password has no place in one");
        return false;
    }
    if (mark <= 0) {
        config_misfit(r, value, 1, "");
        return false;
    }
    struct str name = str_sub(text, 0, (size_t)mark);
    url->scheme = scheme_of(schemes, name);
    if (url->scheme == NULL) {
        wrong_scheme(r, value, schemes, name);
        return false;
    }
    if (url->scheme->driver == NULL) {
        config_wrong_part(r, value, 1, 0, name.n, config_hint(r, "write %s", url->scheme->instead), "%s:// is not supported%s", url->scheme->name,
                          url->scheme->security == TRANSPORT_INSECURE ? ": it would send passwords and mail in plaintext" : "");
        return false;
    }
    struct str rest = str_sub(text, (size_t)mark + 3, text.n);
    ptrdiff_t slash = str_find(rest, STR("/"));
    struct str folder = slash >= 0 ? str_sub(rest, (size_t)slash + 1, rest.n) : STR("");
    url->has_folder = folder.n > 0;
    return read_authority(r, value, slash >= 0 ? str_sub(rest, 0, (size_t)slash) : rest, url) && (!url->has_folder || decode(r, value, folder, &url->folder));
}

static void put_server(const struct url *url, struct endpoint *server)
{
    server->host = url->host;
    server->port = url->port;
    server->security = url->scheme->security;
}

/* What is printed must load from anywhere. */
static void complete_path(struct config_reading *r, struct config_value *value, const struct url *url)
{
    value->tokens[1].text = arena_printf(r->arena, "maildir:%.*s", STR_ARG(url->path));
}

void take_mailbox_url(struct config_reading *r, struct config_value *value, void *target)
{
    struct config_mailbox *mailbox = target;
    struct mailbox_settings *settings = &mailbox->settings;
    struct url url = {0};
    if (!read_url(r, value, mailbox_schemes, &url))
        return;
    settings->driver = url.scheme != NULL ? str_of(url.scheme->driver) : STR("maildir");
    settings->path = url.path;
    if (url.scheme == NULL) {
        complete_path(r, value, &url);
        return;
    }
    put_server(&url, &settings->server);
    settings->user = url.user;
    if (url.user.n == 0)
        config_wrong(r, value, 1, config_hint(r, "write %s://USER@%.*s", url.scheme->name, STR_ARG(url.host)), "the url names no user to log in as");
    if (url.has_folder && settings->folder_count > 0) {
        config_wrong(r, value, 1, "", "\"folders\" are set already, expected them or a folder in the url");
    } else if (url.has_folder) {
        settings->folders = arena_array(r->arena, 1, sizeof(struct str));
        settings->folders[0] = url.folder;
        settings->folder_count = 1;
    }
}

void take_relay_url(struct config_reading *r, struct config_value *value, void *target)
{
    struct relay_settings *relay = target;
    struct url url = {0};
    if (!read_url(r, value, relay_schemes, &url))
        return;
    relay->driver = url.scheme != NULL ? str_of(url.scheme->driver) : STR("maildir");
    relay->path = url.path;
    if (url.scheme == NULL) {
        complete_path(r, value, &url);
        return;
    }
    put_server(&url, &relay->server);
    relay->user = url.user;
    if (url.has_folder)
        config_wrong(r, value, 1, "", "the url of a relay ends with its host and port");
}

/* ---- secrets ---- */

/* Is the file fit for a secret? Here only what can be seen without reading it; the courier looks again when it reads. */
static void look_at_file(struct config_reading *r, const struct config_value *value, const char *path)
{
    struct stat status = {0};
    if (value->file == NULL || stat(path, &status) != 0)
        return;
    if (!S_ISREG(status.st_mode))
        config_wrong(r, value, 2, "", "%s is no file", path);
    else if ((status.st_mode & 007) != 0)
        config_wrong(r, value, 2, config_hint(r, "chmod o= %s", path), "%s is open to every user of this machine", path);
    else if ((status.st_mode & 020) != 0)
        config_wrong(r, value, 2, config_hint(r, "chmod g-w %s", path), "%s may be written by its group", path);
}

static bool take_name_of_credential(struct config_reading *r, struct config_value *value, struct secret_source *secret)
{
    if (!config_is_name(value->tokens[2].text)) {
        config_wrong(r, value, 2, "", "the name of a credential has letters, digits, \"-\", \"_\" and \".\", at most %u", CONFIG_NAME_MAX);
        return false;
    }
    secret->name = value->tokens[2].text;
    return true;
}

static bool take_secret_file(struct config_reading *r, struct config_value *value, struct secret_source *secret)
{
    if (!config_is_text(value->tokens[2].text, CONFIG_PATH_MAX)) {
        config_wrong(r, value, 2, "", "this is no path");
        return false;
    }
    value->tokens[2].text = arena_str(r->arena, config_path(r, value->tokens[2].text));
    secret->name = value->tokens[2].text;
    look_at_file(r, value, secret->name.p);
    return true;
}

/* A program and its arguments, from token `first` on; NULL: said what is wrong. */
static struct str *command_of(struct config_reading *r, struct config_value *value, size_t first, size_t *count)
{
    struct str program = value->tokens[first].text;
    if (program.n == 0 || program.p[0] != '/') {
        config_wrong(r, value, first, "", "the program must be named by its absolute path");
        return NULL;
    }
    if (access(program.p, X_OK) != 0) {
        config_wrong(r, value, first, "", "there is no program %.*s that may be run", STR_ARG(utf8_prefix(program, 200)));
        return NULL;
    }
    *count = value->count - first;
    struct str *words = arena_array(r->arena, *count, sizeof *words);
    for (size_t i = 0; i < *count; i++)
        words[i] = value->tokens[i + first].text;
    return words;
}

static bool take_secret_command(struct config_reading *r, struct config_value *value, struct secret_source *secret)
{
    secret->arguments = command_of(r, value, 2, &secret->argument_count);
    return secret->arguments != NULL;
}

void take_command(struct config_reading *r, struct config_value *value, void *target)
{
    size_t count = 0;
    struct str *words = config_some(r, value, COMMAND_WORDS_MAX) ? command_of(r, value, 1, &count) : NULL;
    if (words == NULL)
        return;
    memcpy((char *)target + value->setting->offset, &words, sizeof words);
    memcpy((char *)target + value->setting->extra, &count, sizeof count);
}

static const struct {
    const char *word;
    enum secret_kind kind;
    bool many; /* values behind it */
    bool (*take)(struct config_reading *r, struct config_value *value, struct secret_source *secret);
} sources[] = {{"credential", SECRET_CREDENTIAL, false, take_name_of_credential}, {"file", SECRET_FILE, false, take_secret_file}, {"command", SECRET_COMMAND, true, take_secret_command}};

static void take_secret(struct config_reading *r, struct config_value *value, void *target, enum secret_use use)
{
    struct secret_source *secret = (struct secret_source *)(void *)((char *)target + value->setting->offset);
    struct config_value hidden = *value;
    hidden.file = NULL;
    if (value->count < 2) {
        config_some(r, value, SIZE_MAX - 1);
        return;
    }
    for (size_t i = 0; value->tokens[1].kind == SYNTAX_WORD && i < sizeof sources / sizeof *sources; i++) {
        if (!str_eq(value->tokens[1].text, str_of(sources[i].word)))
            continue;
        if (value->count < 3)
            config_wrong(r, value, 1, "", "\"%s %s\" needs one more value, expected %s", value->setting->key, sources[i].word, value->setting->type);
        else if (value->count > 3 && !sources[i].many)
            config_wrong(r, value, 3, "", "\"%s %s\" has too many values, expected %s", value->setting->key, sources[i].word, value->setting->type);
        else if (sources[i].take(r, value, secret)) {
            secret->kind = sources[i].kind;
            secret->use = use;
        }
        return;
    }
    config_wrong(r, &hidden, 1, config_hint(r, "write %s", value->setting->type), "a secret has no place in this file: \"%s\" says where it comes from",
                 value->setting->key);
}

void take_password(struct config_reading *r, struct config_value *value, void *target)
{
    take_secret(r, value, target, SECRET_PASSWORD);
}

void take_token(struct config_reading *r, struct config_value *value, void *target)
{
    take_secret(r, value, target, SECRET_OAUTH2);
}
