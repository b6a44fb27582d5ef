/* daemon_folder: the folders of mailboxes as core sees them: what is on record of each, what of it the mailbox was told, how a backlog is met, and whether all that is there
 * is accounted for. */
#include "core/daemon_state.h"

#include "base/clock.h"
#include "base/log.h"

#define UNTOLD_AFTER (10 * CLOCK_MINUTE) /* so long the mailbox may take to hear what became of a message */

/* Writes the folder's state, in a transaction of its own. */
static bool put_folder(struct daemon *d, struct str mailbox, struct str folder, const struct folder_state *state, struct err *err)
{
    if (!store_begin(d->store, err))
        return false;
    if (store_folder_put(d->store, mailbox, folder, state, err) && store_commit(d->store, err))
        return true;
    store_rollback(d->store);
    return false;
}

static void add_range(void *to, uint32_t first, uint32_t last)
{
    for (uint64_t uid = first; uid <= last; uid++)
        uid_set_add(to, (uint32_t)uid);
}

static void add_inflight(const struct daemon *d, struct str mailbox, const struct wire_folder *folder, struct uid_set *known)
{
    for (const struct item *item = d->inbox.first; item != NULL; item = item->next)
        if (item->purpose == ITEM_FETCHED && item->line.raw.uid_validity == folder->uid_validity && str_eq(item->line.raw.mailbox, mailbox) &&
            str_eq(item->line.raw.folder, folder->folder))
            uid_set_add(known, item->line.raw.uid);
}

/* A folder seen for the first time begins where the configuration says. One that was made anew (UIDVALIDITY) is read whole: what is on record is found again
 * by its octets, what is older than our last look is imported without an answer. A Maildir's UIDs have no order: it is always read whole. */
static void begin_folder(const struct config_mailbox *mailbox, const struct wire_folder *found, int64_t now, struct folder_state *state)
{
    uint32_t last = found->uid_next > 0 ? found->uid_next - 1 : 0;
    if (state->known) {
        state->first_look = state->last_look;
        state->baseline = 0;
        state->backfill = UINT32_MAX;
    } else {
        bool ordered = str_eq(mailbox->settings.driver, STR("imap"));
        state->first_look = state->last_look = now;
        state->baseline = mailbox->existing == EXISTING_SKIP && ordered ? last : 0;
        state->backfill = mailbox->existing == EXISTING_BACKFILL ? UINT32_MAX : 0;
    }
    state->known = true;
    state->uid_validity = found->uid_validity;
}

static bool learn_folder(struct daemon *d, const struct config_mailbox *mailbox, const struct wire_folder *found, struct folder_state *state, struct err *err)
{
    struct str name = mailbox->settings.name;
    if (!store_folder_get(d->store, name, found->folder, state, err))
        return false;
    if (state->known && state->uid_validity == found->uid_validity)
        return true;
    if (state->known)
        log_event(LOG_WARNING, "a folder was made anew, it is read whole", LOG_TEXT("mailbox", name), LOG_TEXT("folder", found->folder),
                  LOG_NUMBER("uidvalidity", found->uid_validity), LOG_NUMBER("before", state->uid_validity));
    begin_folder(mailbox, found, clock_wall(), state);
    return put_folder(d, name, found->folder, state, err);
}

void daemon_folder_found(struct daemon *d, const struct wire_folder *found)
{
    const struct config_mailbox *mailbox = &d->config->mailboxes[found->mailbox];
    struct wire_folder answer = {.mailbox = found->mailbox, .folder = found->folder, .uid_validity = found->uid_validity};
    struct folder_state state = {0};
    struct err err = {0};
    d->mailboxes[found->mailbox].read_only = found->read_only;
    if (found->read_only && mailbox->settings.after != AFTER_KEEP)
        log_event(LOG_WARNING, "a folder is read-only: it cannot be told what became of its mail", LOG_TEXT("mailbox", mailbox->settings.name),
                  LOG_TEXT("folder", found->folder));
    bool ok = learn_folder(d, mailbox, found, &state, &err) &&
              store_folder_known(d->store, mailbox->settings.name, found->folder, found->uid_validity, add_range, &answer.known, &err) &&
              (mailbox->settings.after == AFTER_KEEP || found->read_only ||
               store_folder_unsettled(d->store, mailbox->settings.name, found->folder, found->uid_validity, add_range, &answer.unsettled, &err));
    if (ok) {
        answer.above = state.baseline;
        answer.confirmed = state.confirmed;
        add_inflight(d, mailbox->settings.name, found, &answer.known);
        wire_put_folder(link_out(&d->courier), WIRE_KNOWN, &answer);
    } else { /* of no folder there is: the mailbox's thread backs off and asks again */
        wire_put_folder(link_out(&d->courier), WIRE_KNOWN, &(struct wire_folder){.mailbox = found->mailbox, .folder = found->folder});
        log_event(LOG_ERROR, "the store does not say what is on record", LOG_TEXT("error", str_of(err.text)));
    }
    uid_set_free(&answer.known);
    uid_set_free(&answer.unsettled);
}

void daemon_folder_looked(struct daemon *d, const struct wire_folder *looked)
{
    struct part_status *status = &d->mailboxes[looked->mailbox];
    status->last_look = clock_wall();
    status->tried = true;
}

void daemon_folder_settled(struct daemon *d, const struct wire_folder *settled)
{
    const struct mailbox_settings *mailbox = &d->config->mailboxes[settled->mailbox].settings;
    for (size_t f = 0; f < mailbox->folder_count; f++)
        for (size_t i = 0; str_eq(mailbox->folders[f], settled->folder) && i < settled->known.count; i++) {
            if (d->settled_count == SETTLED_MAX)
                return; /* settled once more at the next session: it is idempotent */
            d->settled[d->settled_count++] = (struct settled){settled->mailbox, settled->uid_validity, settled->known.ranges[i].first,
                                                              settled->known.ranges[i].last, mailbox->folders[f]};
        }
}

void daemon_settled_rename(struct daemon *d, struct settled *settled)
{
    const struct mailbox_settings *mailbox = &d->config->mailboxes[settled->mailbox].settings;
    for (size_t f = 0; f < mailbox->folder_count; f++)
        if (str_eq(mailbox->folders[f], settled->folder))
            settled->folder = mailbox->folders[f];
}

/* ---- a backlog --------------------------------------------------------------------------------------------------------------- */

/* From now on what is older than `before` is no backlog; with `import` it is filed without an answer. */
static bool decide_backlog(struct daemon *d, struct str mailbox, struct str folder, struct folder_state *state, int64_t before, bool import, struct err *err)
{
    state->confirmed = clock_wall();
    if (import) {
        state->first_look = state->backfill > 0 && state->first_look > before ? state->first_look : before;
        state->backfill = UINT32_MAX;
    }
    return put_folder(d, mailbox, folder, state, err);
}

static void tell_backlog(const struct config_mailbox *mailbox, const struct wire_folder *backlog)
{
    static const char *const becomes[] = {[BACKLOG_IMPORT] = "they are filed without an answer", [BACKLOG_ASK] = "they wait for triagectl mailbox confirm",
                                          [BACKLOG_ANSWER] = "they are answered as new ones are"};
    log_event(LOG_WARNING, "many old messages at once", LOG_TEXT("mailbox", mailbox->settings.name), LOG_TEXT("folder", backlog->folder),
              LOG_NUMBER("count", uid_set_size(&backlog->known)), LOG_TEXT("what", str_of(becomes[mailbox->backlog])));
}

void daemon_folder_backlog(struct daemon *d, const struct wire_folder *backlog)
{
    const struct config_mailbox *mailbox = &d->config->mailboxes[backlog->mailbox];
    struct part_status *status = &d->mailboxes[backlog->mailbox];
    struct wire_folder answer = {.mailbox = backlog->mailbox, .folder = backlog->folder, .uid_validity = backlog->uid_validity};
    struct folder_state state = {0};
    struct err err = {0};
    bool ok = store_folder_get(d->store, mailbox->settings.name, backlog->folder, &state, &err);
    bool decided = state.confirmed != backlog->confirmed; /* since the courier was told */
    bool ask = mailbox->backlog == BACKLOG_ASK && !decided;
    if (ok && !decided && (!ask || status->backlog != uid_set_size(&backlog->known)))
        tell_backlog(mailbox, backlog);
    if (ok && !ask && !decided)
        ok = decide_backlog(d, mailbox->settings.name, backlog->folder, &state, clock_wall() - mailbox->settings.backlog_age, mailbox->backlog == BACKLOG_IMPORT, &err);
    if (!ok) {
        answer.uid_validity = 0; /* it asks again */
        log_event(LOG_ERROR, "the store does not take what becomes of a backlog", LOG_TEXT("error", str_of(err.text)));
    }
    status->backlog = ask ? uid_set_size(&backlog->known) : 0;
    answer.confirmed = state.confirmed;
    if (ask)
        answer.known = backlog->known;
    wire_put_folder(link_out(&d->courier), WIRE_LEAVE, &answer);
}

bool daemon_confirm(struct daemon *d, struct str mailbox, bool import, struct err *err)
{
    int32_t index = daemon_mailbox_index(d, mailbox);
    if (index < 0)
        return err_set(err, ERR_ITEM, "no mailbox is named \"%.*s\"", STR_ARG(mailbox));
    const struct mailbox_settings *settings = &d->config->mailboxes[index].settings;
    if (d->mailboxes[index].backlog == 0)
        return err_set(err, ERR_ITEM, "nothing in mailbox %.*s waits to be confirmed", STR_ARG(mailbox));
    for (size_t i = 0; i < settings->folder_count; i++) {
        struct folder_state state = {0};
        if (!store_folder_get(d->store, mailbox, settings->folders[i], &state, err) ||
            (state.known && !decide_backlog(d, mailbox, settings->folders[i], &state, clock_wall() - settings->backlog_age, import, err)))
            return false;
    }
    d->mailboxes[index].backlog = 0;
    return daemon_recount(d, mailbox, err);
}

/* ---- is all of it accounted for? ---------------------------------------------------------------------------------------------------- */

static void add_missing(struct part_status *status, const struct wire_folder *present, uint32_t uid)
{
    if (status->missing++ == 0)
        snprintf(status->missed, sizeof status->missed, "%.*s, UID %u", STR_ARG(present->folder), uid);
}

/* What the server has, above what is not ours, is on record or in hand. */
static bool find_missing(struct daemon *d, const struct config_mailbox *mailbox, const struct wire_folder *present, struct part_status *status, struct err *err)
{
    struct folder_state state = {0};
    struct uid_set known = {0};
    bool ok = store_folder_get(d->store, mailbox->settings.name, present->folder, &state, err) &&
              store_folder_known(d->store, mailbox->settings.name, present->folder, present->uid_validity, add_range, &known, err);
    add_inflight(d, mailbox->settings.name, present, &known);
    for (size_t i = 0; ok && i < present->known.count; i++)
        for (uint64_t uid = present->known.ranges[i].first; uid <= present->known.ranges[i].last; uid++)
            if (uid > state.baseline && !uid_set_has(&known, (uint32_t)uid))
                add_missing(status, present, (uint32_t)uid);
    uid_set_free(&known);
    return ok;
}

void daemon_folder_present(struct daemon *d, const struct wire_folder *present)
{
    const struct config_mailbox *mailbox = &d->config->mailboxes[present->mailbox];
    struct part_status *status = &d->mailboxes[present->mailbox];
    int64_t untold = 0;
    struct err err = {0};
    if (status->counted == 0 || status->counted >= mailbox->settings.folder_count) { /* a new round */
        status->counted = 0;
        status->missing = status->untold = 0;
    }
    bool told_at_all = mailbox->settings.after != AFTER_KEEP && !status->read_only;
    bool ok = find_missing(d, mailbox, present, status, &err) &&
              (!told_at_all || store_untold(d->store, mailbox->settings.name, present->folder, present->uid_validity, clock_wall() - UNTOLD_AFTER, &untold, &err));
    if (!ok) {
        log_event(LOG_ERROR, "the store does not say what is on record", LOG_TEXT("error", str_of(err.text)));
        return;
    }
    status->untold += (uint64_t)untold;
    if (++status->counted < mailbox->settings.folder_count)
        return;
    status->reconciled = clock_wall();
    status->rounds++;
    if (status->missing > 0)
        log_event(LOG_ERROR, "messages on the server are not on record", LOG_TEXT("mailbox", mailbox->settings.name), LOG_NUMBER("count", status->missing),
                  LOG_TEXT("first", str_of(status->missed)));
}
