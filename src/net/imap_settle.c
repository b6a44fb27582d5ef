/* imap_settle: says on the server that a message is ours now. Everything names its UIDs; a bare EXPUNGE, which would remove what
 * other clients marked, is not in this file. */
#include "net/imap.h"

struct settle {
    struct imap *m;
    struct str set;       /* "1:5,7" */
    struct str target;    /* quoted; of AFTER_MOVE */
    struct imap_reply reply;
    struct err *err;
};

static bool refused(struct settle *s)
{
    return imap_accepted(&s->reply, s->err, ERR_ITEM);
}

static bool store(struct settle *s, struct str flag)
{
    return imap_command(s->m, &s->reply, NULL, NULL, s->err, "UID STORE %.*s +FLAGS.SILENT (%.*s)", STR_ARG(s->set), STR_ARG(flag)) &&
           refused(s);
}

/* Marked, and gone where the server can remove by UID (RFC 4315 section 2.1). */
static bool erase(struct settle *s)
{
    if (!store(s, STR("\\Deleted")))
        return false;
    if (!imap_has(s->m, OFFER_UIDPLUS))
        return true;
    return imap_command(s->m, &s->reply, NULL, NULL, s->err, "UID EXPUNGE %.*s", STR_ARG(s->set)) && refused(s);
}

/* MOVE or COPY into the target; the first time it may have to be made (RFC 3501 section 7.1, TRYCREATE). */
static bool transfer(struct settle *s, const char *verb)
{
    for (unsigned attempt = 0;; attempt++) {
        if (!imap_command(s->m, &s->reply, NULL, NULL, s->err, "UID %s %.*s %.*s", verb, STR_ARG(s->set), STR_ARG(s->target)))
            return false;
        if (s->reply.status == IMAP_OK || attempt > 0 || !str_ieq(str_of(s->reply.code), STR("TRYCREATE")))
            return refused(s);
        if (!imap_create(s->m, s->target, s->err))
            return false;
    }
}

static void read_undeleted(void *to, struct str line)
{
    struct str word;
    if (!str_istarts(line, STR("* SEARCH")))
        return;
    line = str_sub(line, 8, line.n);
    while (str_cut(&line, ' ', &word)) {
        uint64_t uid;
        if (str_u64(word, &uid) && uid <= UINT32_MAX)
            uid_set_add(to, (uint32_t)uid);
    }
}

/* Without MOVE: those not marked yet are copied, then marked, so that doing it twice copies once. */
static bool copy_and_erase(struct settle *s, const struct uid_set *asked)
{
    struct uid_set found = {NULL, 0, 0}, left = {NULL, 0, 0};
    struct buf text = {0};
    bool done = imap_command(s->m, &s->reply, read_undeleted, &found, s->err, "UID SEARCH UID %.*s UNDELETED", STR_ARG(s->set)) &&
                refused(s);
    for (size_t i = 0; done && i < found.count; i++)
        for (uint64_t uid = found.ranges[i].first; uid <= found.ranges[i].last; uid++)
            if (uid_set_has(asked, (uint32_t)uid))
                uid_set_add(&left, (uint32_t)uid);
    struct str all = s->set;
    for (size_t at = 0; done && at < left.count;) {
        buf_clear(&text);
        imap_add_set(&left, &at, &text);
        s->set = buf_view(&text);
        done = transfer(s, "COPY") && erase(s);
    }
    s->set = all;
    buf_free(&text);
    uid_set_free(&left);
    uid_set_free(&found);
    return done;
}

static bool settle_set(struct settle *s, const struct uid_set *uids)
{
    const struct mailbox_settings *settings = s->m->settings;
    switch (settings->after) {
    case AFTER_KEEP:
        return true;
    case AFTER_FLAG:
        return store(s, settings->after_keyword);
    case AFTER_MOVE:
        return imap_has(s->m, OFFER_MOVE) ? transfer(s, "MOVE") : copy_and_erase(s, uids);
    case AFTER_DELETE:
        return erase(s);
    }
    return true;
}

static bool settle_all(struct settle *s, const struct uid_set *uids)
{
    struct buf text = {0};
    bool done = true;
    for (size_t at = 0; done && at < uids->count;) {
        buf_clear(&text);
        imap_add_set(uids, &at, &text);
        s->set = buf_view(&text);
        stream_budget(s->m->stream, stream_timeout(s->m->stream), 4 * STREAM_TEXT, STREAM_LITERALS);
        done = settle_set(s, uids);
    }
    buf_free(&text);
    return done;
}

bool imap_settle(struct mailbox *mailbox, const struct uid_set *uids, struct err *err)
{
    struct imap *m = (void *)mailbox;
    const struct mailbox_settings *settings = m->settings;
    struct settle s = {.m = m, .err = err};
    struct buf target = {0};
    if (settings->after == AFTER_KEEP || uids->count == 0)
        return true;
    if (stream_is_broken(m->stream, err))
        return false;
    if (m->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    if (m->found.read_only)
        return err_set(err, ERR_ITEM, "settle in %s: the server opened the folder read-only", m->folder);
    if (settings->after == AFTER_FLAG && !imap_is_flag(settings->after_keyword))
        return err_set(err, ERR_SETUP, "\"%.*s\" cannot be a flag", STR_ARG(settings->after_keyword));
    if (settings->after == AFTER_MOVE && !imap_quote_folder(settings->after_folder, &target)) {
        buf_free(&target);
        return err_set(err, ERR_SETUP, "\"%.*s\" cannot be a folder", STR_ARG(settings->after_folder));
    }
    s.target = buf_view(&target);
    bool done = settle_all(&s, uids);
    buf_free(&target);
    return done ? true : err_wrap(err, "settle in %s", m->folder);
}
