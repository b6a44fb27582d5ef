/* inbox: a list in order of arrival. Order matters within a mailbox only: an answer must not be filed before what it answers. */
#include "core/inbox.h"

#include "base/hash.h"

#include <stdlib.h>

void inbox_open(struct inbox *inbox)
{
    *inbox = (struct inbox){0};
    inbox->last = &inbox->first;
}

void inbox_close(struct inbox *inbox)
{
    while (inbox->first != NULL)
        inbox_remove(inbox, inbox->first);
}

bool inbox_is_full(const struct inbox *inbox)
{
    return inbox->count >= INBOX_ITEMS_MAX || inbox->octets >= INBOX_OCTETS_MAX;
}

struct item *inbox_add(struct inbox *inbox, enum item_purpose purpose, const struct raw *raw)
{
    struct item *item = calloc(1, sizeof *item);
    if (item == NULL)
        abort();
    item->purpose = purpose;
    item->serial = ++inbox->serial;
    item->line.arena = arena_new();
    item->line.raw = *raw;
    item->line.raw.mailbox = arena_str(item->line.arena, raw->mailbox);
    item->line.raw.folder = arena_str(item->line.arena, raw->folder);
    item->line.raw.octets = arena_str(item->line.arena, raw->octets);
    hash_sha256(item->line.raw.octets, item->line.raw.sha256);
    *inbox->last = item;
    inbox->last = &item->next;
    inbox->count++;
    inbox->octets += raw->octets.n;
    return item;
}

struct item *inbox_find(struct inbox *inbox, uint64_t serial)
{
    struct item *item = inbox->first;
    while (item != NULL && item->serial != serial)
        item = item->next;
    return item;
}

void inbox_give_up(struct item *item, const char *why)
{
    item->state = ITEM_READY;
    if (item->line.understood) /* it is only its signatures that prove nothing */
        item->line.message.origin = (struct origin){.why = STR("DKIM: its signature could not be checked")};
    else
        item->line.trouble = arena_printf(item->line.arena, "could not be read in %u tries: the reader was %s", item->tries, why);
}

void inbox_remove(struct inbox *inbox, struct item *item)
{
    struct item **at = &inbox->first;
    while (*at != item)
        at = &(*at)->next;
    *at = item->next;
    if (item->next == NULL)
        inbox->last = at;
    inbox->count--;
    inbox->octets -= item->line.raw.octets.n;
    arena_free(&item->line.arena);
    free(item);
}

/* What was understood goes, raw stays; a line begins anew in an arena of its own. */
static void forget(struct item *item)
{
    struct line fresh = {.arena = arena_new(), .raw = item->line.raw};
    fresh.raw.mailbox = arena_str(fresh.arena, item->line.raw.mailbox);
    fresh.raw.folder = arena_str(fresh.arena, item->line.raw.folder);
    fresh.raw.octets = arena_str(fresh.arena, item->line.raw.octets);
    arena_free(&item->line.arena);
    item->line = fresh;
    item->answer_by = 0;
    item->state = ITEM_WAITING;
}

void inbox_reread(struct inbox *inbox)
{
    for (struct item *item = inbox->first; item != NULL; item = item->next)
        if (item->state == ITEM_READING || item->line.understood)
            forget(item);
}

static bool is_blocked(const struct inbox_scan *scan, struct str mailbox)
{
    bool found = scan->all;
    for (size_t i = 0; i < scan->count && !found; i++)
        found = str_eq(scan->blocked[i], mailbox);
    return found;
}

static void block(struct inbox_scan *scan, struct str mailbox)
{
    if (is_blocked(scan, mailbox))
        return;
    if (scan->count == sizeof scan->blocked / sizeof *scan->blocked)
        scan->all = true;
    else
        scan->blocked[scan->count++] = mailbox;
}

static bool refers_to(const struct str_list *ids, struct str id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (str_eq(ids->list[i], id))
            return true;
    return false;
}

static bool is_of_same_sender(const struct message *a, const struct message *b)
{
    return a->from.count > 0 && b->from.count > 0 && str_ieq(a->from.list[0].addr, b->from.list[0].addr);
}

/* A mail that was understood and waits for the DNS holds up only what may follow upon it. */
static bool follows_unready(const struct inbox *inbox, const struct item *item)
{
    const struct message *m = &item->line.message;
    for (const struct item *before = inbox->first; before != item; before = before->next) {
        const struct message *b = &before->line.message;
        if (before->state == ITEM_READY || !before->line.understood || !str_eq(before->line.raw.mailbox, item->line.raw.mailbox))
            continue;
        if (is_of_same_sender(b, m) || refers_to(&m->in_reply_to, b->message_id) || refers_to(&m->references, b->message_id))
            return true;
    }
    return false;
}

struct item *inbox_ready(const struct inbox *inbox, const struct item *after, struct inbox_scan *scan)
{
    for (struct item *item = after != NULL ? after->next : inbox->first; item != NULL; item = item->next) {
        bool is_ready = item->state == ITEM_READY;
        if (is_ready && !is_blocked(scan, item->line.raw.mailbox) && !follows_unready(inbox, item))
            return item;
        if (!is_ready && !item->line.understood)
            block(scan, item->line.raw.mailbox);
    }
    return NULL;
}

bool inbox_has(const struct inbox *inbox, const struct raw *raw)
{
    for (const struct item *item = inbox->first; item != NULL; item = item->next)
        if (item->purpose == ITEM_FETCHED && item->line.raw.uid == raw->uid && item->line.raw.uid_validity == raw->uid_validity &&
            str_eq(item->line.raw.folder, raw->folder) && str_eq(item->line.raw.mailbox, raw->mailbox))
            return true;
    return false;
}
