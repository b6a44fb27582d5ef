/* imap_mark: keywords on messages, for other clients to see (RFC 3501 section 2.3.2). What is to go is taken away first: whoever looks in between sees none
 * of them rather than two. */
#include "net/imap.h"

/* Does the folder keep that keyword? A server that does not say keeps all (RFC 3501 section 7.1, PERMANENTFLAGS). */
static bool is_kept(const struct imap *m, struct str flag)
{
    struct str rest = str_of(m->permanent), word;
    while (str_cut(&rest, ' ', &word))
        if (str_ieq(word, flag) || str_eq(word, STR("\\*")))
            return true;
    return m->permanent == NULL;
}

static bool may_stand(const struct imap *m, struct str flags, bool must_be_kept, struct err *err)
{
    struct str word;
    while (str_cut(&flags, ' ', &word)) {
        if (!imap_is_flag(word))
            return err_set(err, ERR_ITEM, "\"%.*s\" cannot be a flag", STR_ARG(word));
        if (must_be_kept && !is_kept(m, word))
            return err_set(err, ERR_ITEM, "the server keeps no keyword %.*s in this folder", STR_ARG(word));
    }
    return true;
}

static bool store(struct imap *m, struct str set, char sign, struct str flags, struct err *err)
{
    struct imap_reply reply;
    return flags.n == 0 || (imap_command(m, &reply, NULL, NULL, err, "UID STORE %.*s %cFLAGS.SILENT (%.*s)", STR_ARG(set), sign, STR_ARG(flags)) &&
                            imap_accepted(&reply, err, ERR_ITEM));
}

static bool mark_all(struct imap *m, const struct uid_set *uids, struct str set, struct str clear, struct err *err)
{
    struct buf text = {0};
    bool done = true;
    for (size_t at = 0; done && at < uids->count;) {
        buf_clear(&text);
        imap_add_set(uids, &at, &text);
        stream_budget(m->stream, stream_timeout(m->stream), 4 * STREAM_TEXT, STREAM_LITERALS);
        done = store(m, buf_view(&text), '-', clear, err) && store(m, buf_view(&text), '+', set, err);
    }
    buf_free(&text);
    return done;
}

bool imap_mark(struct mailbox *mailbox, const struct uid_set *uids, struct str set, struct str clear, struct err *err)
{
    struct imap *m = (void *)mailbox;
    if (uids->count == 0)
        return true;
    if (stream_is_broken(m->stream, err))
        return false;
    if (m->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    bool done = m->found.read_only ? err_set(err, ERR_ITEM, "the server opened the folder read-only")
                                   : may_stand(m, clear, false, err) && may_stand(m, set, true, err) && mark_all(m, uids, set, clear, err);
    return done ? true : err_wrap(err, "mark in %s", m->folder);
}
