/* daemon_commit: group commit. Whatever is ready when we get here goes into one transaction; a lone message is committed at once. Only after the commit are
 * mailboxes told, letters handed out, clients answered and lines logged. */
#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/converse.h"

#include <string.h>

#define GROUP_ITEMS 128u
#define GROUP_OCTETS (8u * 1024 * 1024)
#define GATHER_MAX 20 /* ms a message may wait for others that are being read, and no longer than the last commit took: it costs less for each of many */
#define BURST 24u     /* so many being read: then the whole time, for every commit writes the tops of all indexes anew */
#define STORE_BACKOFF_MAX (60 * CLOCK_SECOND)
#define LOOKS_EVERY (5 * CLOCK_MINUTE) /* the time of the last look is written down at least so often */

struct group {
    struct item *items[GROUP_ITEMS];
    struct err errors[GROUP_ITEMS]; /* why an item could not be filed at all */
    size_t count;
};

static void gather(const struct daemon *d, struct group *group)
{
    struct inbox_scan scan = {0};
    size_t octets = 0;
    group->count = 0;
    struct item *item = NULL;
    while (group->count < GROUP_ITEMS && octets < GROUP_OCTETS && (item = inbox_ready(&d->inbox, item, &scan)) != NULL) {
        if (item->purpose == ITEM_EXPLAINED)
            continue;
        group->errors[group->count].kind = ERR_NONE;
        group->errors[group->count].text[0] = '\0';
        group->items[group->count++] = item;
        octets += item->line.raw.octets.n;
    }
}

static size_t count_being_read(const struct inbox *inbox)
{
    size_t count = 0;
    for (const struct item *item = inbox->first; item != NULL && count < BURST; item = item->next)
        count += item->state == ITEM_READING;
    return count;
}

/* Is it worth while to let the group grow? Only for what readers have in hand, and only for so long; a lone message is committed at once. */
static bool may_grow(struct daemon *d, const struct group *group, int64_t mono)
{
    size_t octets = 0;
    int64_t since = INT64_MAX;
    size_t others = count_being_read(&d->inbox);
    int64_t most = d->commit_took < GATHER_MAX && others < BURST ? d->commit_took : GATHER_MAX;
    d->gather_until = 0;
    for (size_t i = 0; i < group->count; i++) {
        octets += group->items[i]->line.raw.octets.n;
        since = group->items[i]->ready_at < since ? group->items[i]->ready_at : since;
    }
    if (group->count == 0 || group->count == GROUP_ITEMS || octets >= GROUP_OCTETS || mono - since >= most || d->stopping || others == 0)
        return false;
    d->gather_until = since + most;
    return true;
}

/* ---- one message --------------------------------------------------------------------------------------------------------- */

/* It is on record already: only what is known of it changes. */
static bool file_requeued(const struct intake *context, struct item *item, struct err *err)
{
    item->line.filed = (struct filed){
        .outcome = OUTCOME_QUARANTINED, .reason = STR("read again from quarantine"), .ledger = item->ledger, .ticket = item->ticket};
    return intake_again(context, &item->line, item->ledger, err);
}

/* Mail that was there before our first look is imported without an answer. */
static bool mark_backfill(struct daemon *d, struct raw *raw, struct err *err)
{
    struct folder_state state = {0};
    if (!store_folder_get(d->store, raw->mailbox, raw->folder, &state, err))
        return false;
    raw->backfill = state.backfill > 0 && raw->internal_date < state.first_look;
    return true;
}

static const struct mailbox_settings *settings_of(const struct daemon *d, const struct item *item, uint32_t *index)
{
    int32_t at = item->purpose == ITEM_FETCHED ? daemon_mailbox_index(d, item->line.raw.mailbox) : -1;
    *index = (uint32_t)at;
    return at >= 0 ? &d->config->mailboxes[at].settings : NULL;
}

/* Of one that is too big, or that its server does not give, the server has the only copy: it stays as and where it is. */
static bool is_whole(const struct item *item)
{
    return !item->line.raw.truncated && item->line.raw.octets.n > 0;
}

/* What has cost a reader is on record as tried once more before it is: should core die with the next one, that counts. */
void daemon_note_attempts(struct daemon *d)
{
    struct err err = {0};
    bool open = false, ok = d->store_failures == 0;
    for (struct item *item = d->inbox.first; item != NULL && ok; item = item->next) {
        if (item->tries == 0 || item->noted > item->tries || item->state != ITEM_WAITING)
            continue;
        if (item->purpose == ITEM_EXPLAINED) { /* changes nothing */
            item->noted = item->tries + 1;
            continue;
        }
        ok = open || store_begin(d->store, &err);
        open = ok;
        ok = ok && store_attempt(d->store, item->line.raw.sha256, item->tries + 1, daemon_now(d), &err);
    }
    if (!open || !ok || !store_commit(d->store, &err)) {
        if (open)
            store_rollback(d->store);
        if (err.kind != ERR_NONE)
            daemon_store_unwell(d, &err);
        return;
    }
    d->attempts = true;
    for (struct item *item = d->inbox.first; item != NULL; item = item->next)
        if (item->tries > 0 && item->state == ITEM_WAITING)
            item->noted = item->tries + 1;
}

void daemon_recall_attempts(struct daemon *d, struct item *item)
{
    struct err err = {0};
    if (!d->attempts || !store_attempts(d->store, item->line.raw.sha256, &item->tries, &err))
        return;
    item->noted = item->tries;
    if (item->tries >= ITEM_TRIES_MAX)
        inbox_give_up(item, "ended with the daemon");
}

static bool file_item(struct daemon *d, struct item *item, struct intake_memo *memo, struct err *err)
{
    uint32_t index = 0;
    struct intake context = {d->store, d->config, &d->keys, daemon_now(d), memo};
    const struct mailbox_settings *mailbox = settings_of(d, item, &index);
    if (item->noted > 0 && !store_attempts_over(d->store, item->line.raw.sha256, err))
        return false;
    if (item->purpose == ITEM_REQUEUED)
        return file_requeued(&context, item, err);
    if (item->purpose == ITEM_FETCHED && !mark_backfill(d, &item->line.raw, err))
        return false;
    item->line.raw.settled = mailbox != NULL && (mailbox->after == AFTER_KEEP || !is_whole(item));
    return intake(&context, &item->line, err);
}

/* A message that cannot be filed as what it is, is filed as unread. */
static void give_up_reading(struct item *item, const struct err *why)
{
    struct line *line = &item->line;
    line->understood = false;
    line->trouble = arena_printf(line->arena, "could not be filed: %s", why->text);
}

/* By itself, marked; false only for trouble of the store itself. */
static bool file_one(struct daemon *d, struct item *item, struct intake_memo *memo, struct err *problem, struct err *err)
{
    for (int try = 0; try < 2; try++) {
        struct err why = {0};
        if (!store_mark(d->store, err))
            return false;
        if (file_item(d, item, memo, &why))
            return store_keep(d->store, err);
        store_undo(d->store);
        *memo = (struct intake_memo){0}; /* it may have counted what was undone */
        if (why.kind != ERR_ITEM) {
            *err = why;
            return false;
        }
        *problem = why;
        item->line.filed = (struct filed){0};
        if (!item->line.understood || item->purpose == ITEM_REQUEUED)
            return true;
        give_up_reading(item, &why);
    }
    return true;
}

/* ---- the group ------------------------------------------------------------------------------------------------------------- */

static bool is_filed(const struct item *item)
{
    return item->line.filed.ledger != 0;
}

static bool write_settled(struct daemon *d, int64_t now, struct err *err)
{
    for (size_t i = 0; i < d->settled_count; i++) {
        const struct settled *s = &d->settled[i];
        if (!store_settled(d->store, d->config->mailboxes[s->mailbox].settings.name, s->folder, s->uid_validity, s->first, s->last, now, err))
            return false;
    }
    return true;
}

/* Of a letter that people wait for: a human answer that arrived, or one that will not. */
static bool letter_ended(void *to, const struct outbox_end *end, struct err *err)
{
    struct daemon *d = to;
    struct intake context = {d->store, d->config, &d->keys, daemon_now(d), NULL};
    struct arena *arena = arena_new();
    bool wrote = false;
    bool ok = end->sent ? converse_delivered(&context, arena, end->letter, err) && sent_copy_due(d->store, d->config, end->letter, context.now, err)
                        : converse_undelivered(&context, arena, end->letter, end->address, end->reason, &wrote, err);
    arena_free(&arena);
    return ok;
}

void daemon_watch_letters(struct daemon *d)
{
    outbox_watch(d->outbox, letter_ended, d);
}

/* All together (`whole`), or each by itself, where some of them cannot be filed as what they are. */
static bool file_group(struct daemon *d, struct group *group, bool whole, struct err *err)
{
    struct intake_memo memo = {0};
    for (size_t i = 0; i < group->count; i++)
        if (!(whole ? file_item(d, group->items[i], &memo, err) : file_one(d, group->items[i], &memo, &group->errors[i], err)))
            return false;
    return true;
}

static bool write_group(struct daemon *d, struct group *group, bool whole, int64_t now, struct err *err)
{
    return file_group(d, group, whole, err) && outbox_record(d->outbox, d->store, now, err) && write_settled(d, now, err) &&
           chores_record(d->chores, d->store, now, err);
}

void daemon_store_unwell(struct daemon *d, const struct err *err)
{
    int64_t wait = CLOCK_SECOND << (d->store_failures < 6 ? d->store_failures : 6);
    if (strcmp(d->store_trouble, err->text) != 0)
        log_event(LOG_ERROR, "the store cannot be written to; mail stays on its server, nobody is answered", LOG_TEXT("error", str_of(err->text)));
    memcpy(d->store_trouble, err->text, sizeof d->store_trouble);
    d->store_failures++;
    d->store_after = clock_monotonic() + (wait < STORE_BACKOFF_MAX ? wait : STORE_BACKOFF_MAX);
}

static void store_well(struct daemon *d)
{
    if (d->store_failures > 0)
        log_event(LOG_NOTICE, "the store is written to again", LOG_NUMBER("failures", d->store_failures));
    d->store_failures = 0;
    d->store_trouble[0] = '\0';
}

/* ---- after the commit ------------------------------------------------------------------------------------------------------ */

static void log_filed(const struct line *line)
{
    const struct filed *filed = &line->filed;
    struct str rule = line->verdict.rule_count > 0 ? line->verdict.rules[line->verdict.rule_count - 1] : STR("-");
    log_event(filed->outcome == OUTCOME_QUARANTINED ? LOG_WARNING : LOG_INFO, "filed", LOG_TEXT("outcome", str_of(outcome_name(filed->outcome))),
              LOG_NUMBER("ticket", filed->ticket), LOG_NUMBER("message", filed->message), LOG_TEXT("mailbox", line->raw.mailbox),
              LOG_TEXT("folder", line->raw.folder), LOG_NUMBER("uidvalidity", line->raw.uid_validity), LOG_NUMBER("uid", line->raw.uid),
              LOG_TEXT("rule", rule), LOG_NUMBER("letter", filed->letter), LOG_TEXT("reason", filed->reason),
              LOG_TEXT("answer", line->verdict.answer_why));
    for (size_t i = 0; i < line->verdict.failed_count; i++)
        log_event(LOG_WARNING, "a rule failed on a message", LOG_TEXT("rule", line->verdict.failed[i]), LOG_NUMBER("message", filed->message));
}

static void flush_recorded(struct daemon *d, struct wire_folder *told)
{
    if (told->known.count > 0 && d->courier.fd >= 0)
        wire_put_folder(link_out(&d->courier), WIRE_RECORDED, told);
    uid_set_free(&told->known);
}

/* One frame for neighbours of the same folder. */
static void tell_mailboxes(struct daemon *d, const struct group *group)
{
    struct wire_folder told = {0};
    for (size_t i = 0; i < group->count; i++) {
        uint32_t index = 0;
        const struct raw *raw = &group->items[i]->line.raw;
        const struct mailbox_settings *mailbox = settings_of(d, group->items[i], &index);
        if (mailbox == NULL || raw->settled || !is_filed(group->items[i]) || d->mailboxes[index].read_only)
            continue;
        if (told.mailbox != index || told.uid_validity != raw->uid_validity || !str_eq(told.folder, raw->folder))
            flush_recorded(d, &told);
        told.mailbox = index;
        told.uid_validity = raw->uid_validity;
        told.folder = raw->folder;
        uid_set_add(&told.known, raw->uid);
    }
    flush_recorded(d, &told);
}

static void finish_item(struct daemon *d, struct item *item, const struct err *problem)
{
    if (is_filed(item))
        log_filed(&item->line);
    else
        log_event(LOG_ERROR, item->purpose == ITEM_REQUEUED ? "a message stays in quarantine" : "a message cannot be filed; it stays on its server", LOG_TEXT("mailbox", item->line.raw.mailbox),
                  LOG_NUMBER("uid", item->line.raw.uid), LOG_TEXT("error", str_of(problem->text)));
    if (item->purpose == ITEM_INGESTED)
        daemon_tell_ingested(d, item, is_filed(item) ? NULL : problem);
    inbox_remove(&d->inbox, item);
}

static void after_commit(struct daemon *d, struct group *group)
{
    bool letters = false;
    tell_mailboxes(d, group);
    for (size_t i = 0; i < group->count; i++) {
        letters = letters || group->items[i]->line.wrote || group->items[i]->line.breaker_opened;
        finish_item(d, group->items[i], &group->errors[i]);
    }
    if (letters)
        outbox_changed(d->outbox);
    if (outbox_has_receipts(d->outbox))
        outbox_recorded(d->outbox, d->courier.fd >= 0 ? link_out(&d->courier) : NULL);
    if (chores_has_news(d->chores))
        chores_recorded(d->chores, clock_monotonic());
    d->settled_count = 0;
}

/* What a failed transaction gave the lines is not true any more. */
static void unfile(struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        struct line *line = &group->items[i]->line;
        if (line->sender.part == PART_ON_BEHALF)
            line->message = line->as_read;
        line->filed = (struct filed){0};
        line->order = (struct order){0};
        line->clues = (struct clues){0};
        line->sender = (struct sender){0};
        line->placement = (struct placement){0};
        line->verdict = (struct verdict){0};
        line->letter = (struct letter){0};
        line->wrote = false;
        line->breaker_opened = false;
    }
}

/* One transaction; when it fails nothing of it is true. */
static bool commit_group(struct daemon *d, struct group *group, bool whole, struct err *err)
{
    *err = (struct err){0};
    if (!(whole ? store_begin_whole(d->store, err) : store_begin(d->store, err)))
        return false;
    if (write_group(d, group, whole, daemon_now(d), err) && store_commit(d->store, err))
        return true;
    store_rollback(d->store);
    unfile(group);
    return false;
}

bool daemon_commit(struct daemon *d)
{
    struct group group; /* large, and mostly unused: filled by gather */
    struct err err = {0};
    int64_t mono = clock_monotonic();
    if (mono < d->store_after)
        return false;
    gather(d, &group);
    if (may_grow(d, &group, mono))
        return false;
    if (group.count == 0 && !outbox_has_receipts(d->outbox) && d->settled_count == 0 && !chores_has_news(d->chores) && d->store_failures == 0)
        return false; /* after a failure an empty transaction tells whether the store is well again */
    if (!commit_group(d, &group, true, &err) && (err.kind != ERR_ITEM || !commit_group(d, &group, false, &err))) {
        daemon_store_unwell(d, &err);
        return false;
    }
    store_well(d);
    d->commit_took = group.count > 0 ? clock_monotonic() - mono : d->commit_took;
    after_commit(d, &group);
    return true;
}

/* The time of the last look, for the day a folder is made anew. */
static bool put_look(struct daemon *d, size_t mailbox, struct str folder, struct err *err)
{
    struct folder_state state = {0};
    struct str name = d->config->mailboxes[mailbox].settings.name;
    if (!store_folder_get(d->store, name, folder, &state, err))
        return false;
    if (!state.known || d->mailboxes[mailbox].last_look <= state.last_look)
        return true;
    state.last_look = d->mailboxes[mailbox].last_look;
    return store_folder_put(d->store, name, folder, &state, err);
}

void daemon_write_looks(struct daemon *d)
{
    struct err err = {0};
    int64_t mono = clock_monotonic();
    if (!d->stopping && mono - d->looks_written < LOOKS_EVERY)
        return;
    d->looks_written = mono;
    if (mono < d->store_after || !store_begin(d->store, &err))
        return;
    bool ok = true;
    for (size_t m = 0; ok && m < d->config->mailbox_count; m++)
        for (size_t f = 0; ok && f < d->config->mailboxes[m].settings.folder_count; f++)
            ok = put_look(d, m, d->config->mailboxes[m].settings.folders[f], &err);
    if (!ok || !store_commit(d->store, &err))
        store_rollback(d->store);
}
