/* config_check: what cannot be seen in one value alone: defaults that follow from other values, names that must exist, and combinations that would
 * not work. Everything here runs after all files have been read, so order and folder of the files never matter. */
#include "core/config_read.h"

#include "mail/address.h"

#include <string.h>
#include <sys/stat.h>

/* ---- defaults that follow from something else ---- */

struct str standard_implied(struct config_reading *r, const void *target)
{
    (void)r;
    (void)target;
    return STR("");
}

struct str standard_domain(struct config_reading *r, const void *target)
{
    const struct desk *desk = target;
    (void)r;
    return desk->address_count > 0 ? address_domain(desk->addresses[0]) : STR("");
}

struct str standard_queue(struct config_reading *r, const void *target)
{
    struct str *names = NULL;
    (void)target;
    return config_names(r, "queue", &names) > 0 ? names[0] : STR("");
}

struct str standard_severity(struct config_reading *r, const void *target)
{
    static const char *const names[DESK_SEVERITIES] = {"Critical", "Moderate", "Minimal", "Advisory"};
    uint8_t severity = 0;
    (void)target;
    return severity_of(r->block->name, &severity) ? str_of(names[severity]) : STR("");
}

struct str standard_agent(struct config_reading *r, const void *target)
{
    (void)target;
    return r->block->name;
}

/* Behind `name` in the table: it is taken already. */
struct str standard_public(struct config_reading *r, const void *target)
{
    const struct agent_settings *agent = target;
    return agent->display_name.n > 0 ? agent->display_name : r->block->name;
}

struct str standard_size(struct config_reading *r, const void *target)
{
    const uint64_t mega = 1024 * 1024;
    uint64_t octets = r->config->size_max;
    (void)target;
    return arena_printf(r->arena, "%llu%s", (unsigned long long)(octets % mega == 0 ? octets / mega : octets), octets % mega == 0 ? "M" : "");
}

struct str standard_folders(struct config_reading *r, const void *target)
{
    (void)r;
    return ((const struct config_mailbox *)target)->settings.folder_count > 0 ? STR("") : STR("INBOX");
}

struct str standard_templates(struct config_reading *r, const void *target)
{
    struct stat status = {0};
    (void)r;
    (void)target;
    bool own = stat(SYSCONFDIR "/triaged/templates", &status) == 0 && S_ISDIR(status.st_mode);
    return own ? STR(SYSCONFDIR "/triaged/templates") : STR(PKGDATADIR "/templates");
}

/* ---- names ---- */

size_t config_names(const struct config_reading *r, const char *section, struct str **names)
{
    size_t count = 0;
    *names = arena_array(r->arena, r->config->block_count, sizeof **names);
    for (size_t i = 0; i < r->config->block_count; i++)
        if (strcmp(r->config->blocks[i].section->name, section) == 0 && r->config->blocks[i].name.n > 0)
            (*names)[count++] = r->config->blocks[i].name;
    return count;
}

const struct config_value *config_value_of(const struct config_block *block, const char *key)
{
    for (size_t i = 0; i < block->value_count; i++)
        if (strcmp(block->values[i].setting->key, key) == 0)
            return &block->values[i];
    return NULL;
}

/* When nothing is near, a few names that would do are worth more than nothing. */
static const char *names_hint(struct config_reading *r, const char *to, const struct str *names, size_t count, struct str word)
{
    const char *near = config_nearest(r, names, count, word);
    if (near[0] != '\0')
        return near;
    if (count == 0)
        return config_hint(r, "there is no %s yet", to);
    struct buf list = {0};
    for (size_t i = 0; i < count && i < 6; i++)
        buf_printf(&list, "%s%.*s", i > 0 ? ", " : "", STR_ARG(names[i]));
    const char *hint = config_hint(r, "there %s %s%s", count > 1 ? "are" : "is", list.p, count > 6 ? " and more" : "");
    buf_free(&list);
    return hint;
}

void config_refer(struct config_reading *r, const char *to, const struct str *names, size_t count)
{
    for (size_t b = 0; b < r->config->block_count; b++) {
        const struct config_block *block = &r->config->blocks[b];
        r->block = block;
        for (size_t v = 0; v < block->value_count; v++) {
            const struct config_value *value = &block->values[v];
            if (value->setting->refers == NULL || strcmp(value->setting->refers, to) != 0)
                continue;
            for (size_t i = 1; i < value->count; i++)
                if (config_is_name(value->tokens[i].text) && !str_among(names, count, value->tokens[i].text)) {
                    config_wrong(r, value, i, names_hint(r, to, names, count, value->tokens[i].text), "there is no %s \"%.*s\"", to, STR_ARG(value->tokens[i].text));
                    if (config_is_key(r, value, i))
                        break;
                }
        }
    }
}

/* ---- combinations ---- */

static void check_desk(struct config_reading *r, struct config_block *block)
{
    struct desk *desk = &r->config->desk;
    struct str *names = NULL;
    if (desk->address_count > 0)
        desk->address = desk->addresses[0];
    desk->loop_id = desk->address;
    if (config_names(r, "queue", &names) == 0 && !r->broken && block->file != NULL)
        config_wrong_block(r, block, false, "add for example: queue general", "no queue is declared for tickets to wait in");
}

/* What is written but means nothing to a Maildir. */
static void check_maildir(struct config_reading *r, const struct config_block *block)
{
    static const char *const foreign[] = {"password", "oauth2-token", "ca-file", "fingerprint", "ehlo"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        const struct config_value *value = config_value_of(block, foreign[i]);
        if (value != NULL && value->file != NULL)
            config_wrong(r, value, 0, "", "\"%s\" means nothing to a Maildir", foreign[i]);
    }
}

/* password or oauth2-token: one of them, where one is needed. */
static void check_secret(struct config_reading *r, const struct config_block *block, bool needed, const char *why)
{
    const struct config_value *password = config_value_of(block, "password");
    const struct config_value *token = config_value_of(block, "oauth2-token");
    if (password != NULL && token != NULL)
        config_wrong(r, token, 0, "", "\"password\" is set as well, expected one of the two");
    else if (needed && !block->broken && password == NULL && token == NULL)
        config_wrong_block(r, block, false, config_hint(r, "add for example: password credential %.*s", STR_ARG(block->name)), "%s needs \"password\" or \"oauth2-token\"%s",
                           config_title(r, block), why);
}

static bool same_server(const struct endpoint *a, const struct endpoint *b)
{
    return str_ieq(a->host, b->host) && a->port == b->port;
}

static bool same_mailbox(const struct mailbox_settings *a, const struct mailbox_settings *b)
{
    if (!str_eq(a->driver, b->driver) || !str_eq(a->path, b->path) || !same_server(&a->server, &b->server) || !str_eq(a->user, b->user))
        return false;
    for (size_t i = 0; i < a->folder_count; i++)
        if (str_among(b->folders, b->folder_count, a->folders[i]))
            return true;
    return false;
}

/* What a mailbox is told besides what became of its mail. */
static void check_chores(struct config_reading *r, struct config_block *block)
{
    const struct config_mailbox *mailbox = block->target;
    const struct mailbox_settings *settings = &mailbox->settings;
    if (mailbox->sent.n > 0 && str_among(settings->folders, settings->folder_count, mailbox->sent))
        config_wrong(r, config_value_of(block, "sent"), 1, "", "\"%.*s\" is watched itself: a copy put there would come in as mail", STR_ARG(mailbox->sent));
    if (!mailbox->state_keywords)
        return;
    if (str_eq(settings->driver, STR("maildir")))
        config_wrong(r, config_value_of(block, "state-keywords"), 0, "", "a Maildir has no keywords to show the state of tickets with");
    else if (settings->after == AFTER_MOVE || settings->after == AFTER_DELETE)
        config_wrong_block(r, block, true, "use: after keep", "%s shows no state of tickets: its messages are %s", config_title(r, block),
                           settings->after == AFTER_MOVE ? "moved" : "deleted");
}

static void check_mailbox(struct config_reading *r, struct config_block *block)
{
    const struct mailbox_settings *mailbox = &((struct config_mailbox *)block->target)->settings;
    const struct config_value *url = config_value_of(block, "url");
    if (mailbox->driver.n == 0)
        return; /* its url was refused */
    if (str_eq(mailbox->driver, STR("maildir")))
        check_maildir(r, block);
    else
        check_secret(r, block, true, "");
    if (mailbox->after == AFTER_MOVE && str_among(mailbox->folders, mailbox->folder_count, mailbox->after_folder))
        config_wrong(r, config_value_of(block, "after"), 2, "", "\"%.*s\" is watched itself: a message moved there would come in again", STR_ARG(mailbox->after_folder));
    check_chores(r, block);
    for (size_t i = 0; i < r->config->mailbox_count; i++) {
        const struct mailbox_settings *other = &r->config->mailboxes[i].settings;
        if (other == mailbox)
            break;
        if (url != NULL && same_mailbox(other, mailbox))
            config_wrong(r, url, 1, "", "mailbox \"%.*s\" watches the same folder already", STR_ARG(other->name));
    }
}

static void check_relay(struct config_reading *r, struct config_block *block)
{
    const struct relay_settings *relay = block->target;
    if (relay->driver.n == 0)
        return;
    if (str_eq(relay->driver, STR("maildir"))) {
        check_maildir(r, block);
        return;
    }
    check_secret(r, block, relay->user.n > 0, ": its url names a user");
    const struct config_value *secret = config_value_of(block, "password");
    if (secret == NULL)
        secret = config_value_of(block, "oauth2-token");
    if (relay->user.n == 0 && secret != NULL)
        config_wrong(r, secret, 0, "write USER@ in front of the host", "\"%s\" without a user: the url names none", secret->setting->key);
}

static void check_agent(struct config_reading *r, struct config_block *block)
{
    const struct agent_settings *agent = block->target;
    const struct config_value *address = config_value_of(block, "address");
    const struct config_value *proof = config_value_of(block, "proof");
    if (agent->proof == PROOF_TOKEN_DMARC && r->config->desk.authserv_count == 0 && !r->config->dkim_verify && proof != NULL)
        config_wrong(r, proof, 0, "add: authserv ID", "%s can never be proven: no authserv is declared whose results are believed", config_title(r, block));
    for (size_t i = 0; i < agent->address_count; i++) {
        const struct desk *desk = &r->config->desk;
        if (str_among(desk->addresses, desk->address_count, agent->addresses[i]))
            config_wrong(r, address, i + 1, "", "\"%.*s\" is an address of the desk", STR_ARG(agent->addresses[i]));
        for (const struct agent_settings *other = desk->agents; other < agent; other++)
            if (str_among(other->addresses, other->address_count, agent->addresses[i]))
                config_wrong(r, address, i + 1, "", "\"%.*s\" is an address of agent \"%.*s\" already", STR_ARG(agent->addresses[i]), STR_ARG(other->name));
    }
}

/* A loop between us and ourselves. */
static void check_budget(struct config_reading *r, struct config_block *block)
{
    const struct desk *desk = &r->config->desk;
    const struct config_value *operator = config_value_of(block, "operator");
    if (operator != NULL && str_among(desk->addresses, desk->address_count, desk->budget.operator_address))
        config_wrong(r, operator, 1, "", "\"%.*s\" is an address of the desk: its alarms would come in as tickets", STR_ARG(desk->budget.operator_address));
}

static void check_daemon(struct config_reading *r, struct config_block *block)
{
    if (r->config->mailbox_count == 0 || r->config->relay_count > 0 || r->broken)
        return;
    for (size_t i = 0; i < r->config->block_count; i++)
        if (strcmp(r->config->blocks[i].section->name, "mailbox") == 0) {
            config_wrong_block(r, &r->config->blocks[i], false, "add: relay NAME { url submissions://...; password ... }", "no relay is declared for letters to leave by");
            return;
        }
    (void)block;
}

static void check_calendar(struct config_reading *r, struct config_block *block)
{
    if (str_eq(block->name, calendar_always.name))
        config_wrong_block(r, block, false, "take another name", "calendar \"always\" is there by itself");
}

static const struct {
    const char *section;
    void (*check)(struct config_reading *r, struct config_block *block);
} checks[] = {{"desk", check_desk}, {"mailbox", check_mailbox}, {"relay", check_relay}, {"agent", check_agent}, {"calendar", check_calendar}, {"budget", check_budget}, {"daemon", check_daemon}};

void config_check(struct config_reading *r)
{
    static const char *const referred[] = {"queue", "relay", "agent"};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        for (size_t b = 0; b < r->config->block_count; b++) {
            r->block = &r->config->blocks[b];
            if (strcmp(r->config->blocks[b].section->name, checks[i].section) == 0)
                checks[i].check(r, &r->config->blocks[b]);
        }
    for (size_t i = 0; i < sizeof referred / sizeof *referred; i++) {
        struct str *names = NULL;
        size_t count = config_names(r, referred[i], &names);
        config_refer(r, referred[i], names, count);
    }
}
