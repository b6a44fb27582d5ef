/* imap_fetch: brings messages in ranges, streamed through libetpan's attribute handler, with few commands and no round trip per message.
 *
 * A round: ask the sizes of up to 4,000 UIDs, cut what exists into chunks of bounded count and octets, fetch chunk after chunk. (Commands
 * are not sent ahead: Dovecot, for one, then works on two at once and mixes their answers.) What a server says about a message is
 * checked against what was asked: an unknown UID, a second copy, a body that is NIL are passed over. When a session breaks, the
 * memory of the mailbox says where; from there the next session asks one by one. */
#include "net/imap.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_MAX 4000u                       /* UIDs whose sizes are asked at once */
#define CHUNK_MAX 1000u                       /* UIDs in one FETCH; libetpan keeps some 150 octets of text of each */
#define CHUNK_OCTETS (64u * 1024 * 1024)      /* of messages in one FETCH, unless one alone is bigger */
#define DRAIN_MAX (1024u * 1024)              /* octets read to the end when the caller stops; else the session is given up */
#define TEXT_A_MESSAGE 1024u                  /* of a reply outside the literal */
#define SIZE_DEFAULT (UINT64_C(50) * 1024 * 1024)
#define HEAD_OCTETS (256u * 1024)             /* what is fetched of a message that is too big */
#define GARBAGE_MAX 2u                        /* times a UID alone may break a session by garbage, */
#define LOST_MAX 4u                           /* or by the connection's end */
#define REST (10 * CLOCK_MINUTE)              /* a message over which the connection was lost so often is left out */
#define REST_ROUNDS 3u                        /* so many times; then it is poison */
#define STUB_MAX 3u                           /* times a server may give its excuse for the message */
#define STUB_OCTETS 4096u

struct asked {
    uint32_t uid;
    uint64_t size; /* by the server's word */
    bool done;
};

/* One FETCH under way: a part of the round's array. */
struct chunk {
    struct asked *list;
    size_t count;
    uint64_t octets;  /* in all */
    uint64_t largest; /* the biggest of them */
    uint64_t come;    /* octets delivered so far */
    bool partial;     /* asked for no more than `octets` */
};

struct fetch {
    struct imap *m;
    mailbox_take *take;
    void *to;
    struct uid_set *poison;
    struct err *err;
    uint64_t size_max;
    bool stopped;          /* the caller wants no more */
    struct chunk *chunk;   /* whose reply is being read */
    struct asked *sizes;   /* of the round; being filled while sizes are asked */
    size_t size_count;
};

/* What one FETCH reply said. */
struct reply {
    uint32_t uid;
    bool has_size;
    uint32_t size;
    int64_t date;
    struct str body;
};

/* ---- what libetpan read ---- */

/* Days since 1970 of a Gregorian date. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t date_of(const struct mailimap_date_time *d)
{
    if (d == NULL || d->dt_month < 1 || d->dt_month > 12 || d->dt_year < 1970 || d->dt_year > 9999 || d->dt_day < 1 || d->dt_day > 31)
        return 0;
    int64_t minutes = d->dt_zone / 100 * 60 + d->dt_zone % 100;
    int64_t seconds = days_of(d->dt_year, d->dt_month, d->dt_day) * 86400 + d->dt_hour * 3600 + d->dt_min * 60 + d->dt_sec;
    return (seconds - minutes * 60) * 1000;
}

static void read_static(const struct mailimap_msg_att_static *s, struct reply *r)
{
    const struct mailimap_msg_att_body_section *section;
    switch (s->att_type) {
    case MAILIMAP_MSG_ATT_UID:
        r->uid = s->att_data.att_uid;
        break;
    case MAILIMAP_MSG_ATT_RFC822_SIZE:
        r->size = s->att_data.att_rfc822_size;
        r->has_size = true;
        break;
    case MAILIMAP_MSG_ATT_INTERNALDATE:
        r->date = date_of(s->att_data.att_internal_date);
        break;
    case MAILIMAP_MSG_ATT_BODY_SECTION:
        section = s->att_data.att_body_section;
        if (section != NULL && section->sec_body_part != NULL && section->sec_origin_octet == 0 &&
            (section->sec_section == NULL || section->sec_section->sec_spec == NULL))
            r->body = (struct str){section->sec_body_part, section->sec_length};
        break;
    default:
        break;
    }
}

static struct reply read_reply(const struct mailimap_msg_att *att)
{
    struct reply r = {0};
    for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
        const struct mailimap_msg_att_item *item = clist_content(i);
        if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC && item->att_data.att_static != NULL)
            read_static(item->att_data.att_static, &r);
    }
    return r;
}

/* ---- memory from session to session ---- */

/* FNV-1a over the folder's name and UIDVALIDITY. */
static uint64_t folder_key(const struct imap *m)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const char *p = m->folder; *p != '\0'; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    return (h ^ m->found.uid_validity) * UINT64_C(0x100000001b3);
}

/* The memory of the selected folder, whatever it holds. */
static struct mailbox_memory *memory_at(const struct imap *m)
{
    const struct mailbox_settings *settings = m->settings;
    size_t i = 0;
    while (i + 1 < settings->folder_count && !str_eq(settings->folders[i], str_of(m->folder)))
        i++;
    return settings->memory != NULL ? &settings->memory[i] : NULL;
}

static struct mailbox_memory *memory_of(const struct imap *m)
{
    struct mailbox_memory *memory = memory_at(m);
    if (memory != NULL && memory->folder != folder_key(m)) {
        memset(memory, 0, sizeof *memory);
        memory->folder = folder_key(m);
    }
    return memory;
}

static bool is_careful(const struct imap *m, uint32_t uid)
{
    const struct mailbox_memory *memory = memory_at(m);
    return memory != NULL && memory->folder == folder_key(m) && uid >= memory->careful_from && uid <= memory->careful_to;
}

static bool is_resting(const struct mailbox_memory *memory, uint32_t uid, int64_t now)
{
    for (size_t i = 0; memory != NULL && i < MAILBOX_RESTING; i++)
        if (memory->resting[i].uid == uid && memory->resting[i].until > now)
            return true;
    return false;
}

/* Sets a message aside for a while; false: it has been long enough, or there is no room. */
static bool let_rest(struct mailbox_memory *memory, uint32_t uid)
{
    int64_t now = clock_monotonic();
    size_t at = MAILBOX_RESTING;
    for (size_t i = 0; i < MAILBOX_RESTING; i++) {
        bool is_free = memory->resting[i].uid == 0 || memory->resting[i].until + REST < now;
        if (memory->resting[i].uid == uid || (at == MAILBOX_RESTING && is_free))
            at = i;
        if (memory->resting[i].uid == uid)
            break;
    }
    if (at == MAILBOX_RESTING)
        return false;
    if (memory->resting[at].uid != uid) {
        memory->resting[at].uid = uid;
        memory->resting[at].rounds = 0;
    }
    memory->resting[at].until = now + REST;
    if (++memory->resting[at].rounds <= REST_ROUNDS)
        return true;
    memory->resting[at].uid = 0;
    return false;
}

/* A UID asked for alone gave nothing: after `limit` times in a row it is poison. Of a lost connection the line may be guilty: then it rests first, so that those behind it
 * come in, and is asked for again. */
static void count_alone(struct fetch *f, uint32_t uid, uint32_t limit)
{
    struct mailbox_memory *memory = memory_of(f->m);
    if (memory == NULL)
        return;
    memory->breaks = memory->suspect == uid ? memory->breaks + 1 : 1;
    memory->suspect = uid;
    if (memory->breaks < limit)
        return;
    memory->suspect = memory->breaks = 0;
    if (limit != LOST_MAX || !let_rest(memory, uid))
        uid_set_add(f->poison, uid);
}

static bool is_cancelled(const struct imap *m)
{
    struct pollfd cancel = {m->cancel_fd, POLLIN, 0};
    return m->cancel_fd >= 0 && poll(&cancel, 1, 0) > 0;
}

/* The session broke while list[0..count) was under way. */
static void note_break(struct fetch *f, const struct asked *list, size_t count, bool garbage)
{
    size_t first = 0;
    while (first < count && list[first].done)
        first++;
    struct mailbox_memory *memory = first < count && !is_cancelled(f->m) ? memory_of(f->m) : NULL;
    if (memory == NULL)
        return;
    if (count == 1) {
        count_alone(f, list[first].uid, garbage ? GARBAGE_MAX : LOST_MAX);
        return;
    }
    memory->careful_from = list[first].uid;
    memory->careful_to = list[count - 1].uid;
}

/* ---- delivering ---- */

/* Exchange stores an excuse in place of a message it cannot convert. */
static bool is_stub(struct str body)
{
    return body.n <= STUB_OCTETS && str_find(body, STR("Retrieval using the IMAP4 protocol failed for the following message")) >= 0;
}

static void note_stub(struct fetch *f, uint32_t uid)
{
    struct mailbox_memory *memory = memory_of(f->m);
    size_t free_one = MAILBOX_STUBS;
    for (size_t i = 0; memory != NULL && i < MAILBOX_STUBS; i++) {
        if (memory->stubs[i].uid == 0 && free_one == MAILBOX_STUBS)
            free_one = i;
        if (memory->stubs[i].uid != uid)
            continue;
        if (++memory->stubs[i].seen >= STUB_MAX) {
            uid_set_add(f->poison, uid);
            memory->stubs[i].uid = memory->stubs[i].seen = 0;
        }
        return;
    }
    if (memory != NULL && free_one < MAILBOX_STUBS) {
        memory->stubs[free_one].uid = uid;
        memory->stubs[free_one].seen = 1;
    }
}

static struct asked *find(struct asked *list, size_t count, uint32_t uid)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (list[mid].uid < uid)
            low = mid + 1;
        else
            high = mid;
    }
    return low < count && list[low].uid == uid ? &list[low] : NULL;
}

static void deliver(struct fetch *f, struct asked *a, const struct reply *r)
{
    struct mailbox_item item = {.uid = r->uid, .internal_date = r->date, .octets = r->body};
    item.size = r->has_size && r->size > r->body.n ? r->size : r->body.n;
    if (item.size > f->size_max) {
        item.truncated = true;
        item.octets = str_sub(r->body, 0, HEAD_OCTETS);
    }
    stream_pause(f->m->stream);
    f->stopped = !f->take(f->to, &item);
    stream_resume(f->m->stream);
    a->done = true;
}

/* What one message may take. */
static int64_t bulk_time(const struct stream *stream, uint64_t octets)
{
    return stream_timeout(stream) + (int64_t)(octets / STREAM_SLOWEST);
}

/* libetpan gives one FETCH reply, and frees it afterwards. */
static void take_message(struct mailimap_msg_att *att, void *context)
{
    struct fetch *f = context;
    struct reply r = read_reply(att);
    struct asked *a = r.body.n > 0 && r.uid != 0 ? find(f->chunk->list, f->chunk->count, r.uid) : NULL;
    if (a == NULL || a->done || stream_is_broken(f->m->stream, NULL))
        return;
    if (is_stub(r.body)) {
        note_stub(f, r.uid);
        a->done = true;
    } else if (!f->stopped) {
        deliver(f, a, &r);
    }
    f->chunk->come += r.body.n;
    if (f->stopped && f->chunk->octets > f->chunk->come + DRAIN_MAX)
        stream_fail(f->m->stream, NULL, ERR_RETRY, "given up in the middle of a fetch that was stopped");
    stream_deadline(f->m->stream, bulk_time(f->m->stream, f->chunk->largest));
}

static void take_size(struct mailimap_msg_att *att, void *context)
{
    struct fetch *f = context;
    struct reply r = read_reply(att);
    struct asked *a = r.has_size && r.uid != 0 ? find(f->sizes, f->size_count, r.uid) : NULL;
    if (a != NULL) {
        a->size = r.size;
        a->done = true; /* it exists */
    }
}

/* ---- one command ---- */

static void no_progress(size_t current, size_t maximum, void *context)
{
    (void)current, (void)maximum, (void)context;
}

static bool session_lost(struct fetch *f, int got)
{
    return stream_fail(f->m->stream, f->err, ERR_RETRY,
                       got == MAILIMAP_ERROR_PROTOCOL ? "the server refuses FETCH, or answers another command"
                                                      : "the server's answer to FETCH cannot be understood");
}

/* Reads the reply of the last command through libetpan. -1: the session is dead; 0: the server said NO; 1: OK. */
static int read_fetch(struct fetch *f, mailimap_msg_att_handler *handler, bool *garbage)
{
    mailimap *session = f->m->session;
    struct mailimap_response *response = NULL;
    session->imap_selection_info->sel_exists = f->m->found.exists;
    stream_guard(f->m->stream)->strict = true;
    mailimap_set_progress_callback(session, no_progress, no_progress, NULL); /* else the handler is never called */
    mailimap_set_msg_att_handler(session, handler, f);
    int got = mailimap_read_line(session) != NULL ? mailimap_parse_response(session, &response) : MAILIMAP_ERROR_STREAM;
    stream_guard(f->m->stream)->strict = false;
    *garbage = !stream_is_broken(f->m->stream, NULL);
    if (got != MAILIMAP_NO_ERROR || *garbage == false) {
        if (got == MAILIMAP_NO_ERROR)
            mailimap_response_free(response);
        session_lost(f, got);
        return -1;
    }
    int state = response->rsp_resp_done->rsp_data.rsp_tagged->rsp_cond_state->rsp_type;
    mailimap_response_free(response);
    uint32_t exists = session->imap_selection_info->sel_exists;
    f->m->news = f->m->news || exists > f->m->found.exists;
    f->m->found.exists = exists;
    return state == MAILIMAP_RESP_COND_STATE_OK ? 1 : 0;
}

static void add_asked(struct buf *out, const struct asked *list, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t n = 1;
        while (i + n < count && list[i + n].uid == list[i].uid + n)
            n++;
        buf_printf(out, n > 1 ? "%s%u:%u" : "%s%u", i > 0 ? "," : "", (unsigned)list[i].uid, (unsigned)list[i + n - 1].uid);
        i += n;
    }
}

static bool send_chunk(struct fetch *f, struct chunk *c)
{
    struct buf command = {0};
    buf_text(&command, "UID FETCH ");
    add_asked(&command, c->list, c->count);
    buf_text(&command, " (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]");
    if (c->partial)
        buf_printf(&command, "<0.%llu>", (unsigned long long)c->octets);
    buf_text(&command, ")");
    bool sent = imap_send(f->m, buf_view(&command), f->err);
    buf_free(&command);
    return sent;
}

/* Servers are wrong about sizes, but not by far. */
static void chunk_budget(const struct fetch *f, const struct chunk *c)
{
    uint64_t literals = c->octets + c->octets / 4 + c->count * STREAM_LITERALS;
    stream_budget(f->m->stream, bulk_time(f->m->stream, c->largest), STREAM_TEXT + c->count * TEXT_A_MESSAGE, literals);
    stream_guard(f->m->stream)->literal_max = c->largest + c->largest / 4 + STREAM_LITERALS;
}

/* One FETCH. When the server says NO, what is missing of it is asked for again later, one by one. */
static bool fetch_chunk(struct fetch *f, struct chunk *c, bool *refused)
{
    bool garbage = false;
    f->chunk = c;
    chunk_budget(f, c);
    int got = send_chunk(f, c) ? read_fetch(f, take_message, &garbage) : -1;
    f->chunk = NULL;
    if (got < 0) {
        if (!f->stopped)
            note_break(f, c->list, c->count, garbage);
        return f->stopped;
    }
    *refused = got == 0;
    if (*refused && c->count == 1 && !c->list[0].done)
        count_alone(f, c->list[0].uid, GARBAGE_MAX);
    return true;
}

/* ---- one round ---- */

/* One message of which no more than so many octets are asked for. */
static struct chunk alone(struct asked *a, uint64_t octets)
{
    return (struct chunk){.list = a, .count = 1, .octets = octets, .largest = octets, .partial = true};
}

/* Cuts the next chunk off the front of the list. */
static struct chunk cut_chunk(const struct fetch *f, struct asked *list, size_t count)
{
    struct chunk c = {.list = list};
    if (is_careful(f->m, list[0].uid)) /* whatever the server said about its size */
        return alone(list, f->size_max + 1);
    if (list[0].size > f->size_max)
        return alone(list, HEAD_OCTETS);
    while (c.count < count && c.count < CHUNK_MAX) {
        uint64_t size = list[c.count].size;
        if (size > f->size_max || (c.count > 0 && c.octets + size > CHUNK_OCTETS))
            break;
        c.octets += size;
        c.largest = size > c.largest ? size : c.largest;
        c.count++;
    }
    return c;
}

static bool fetch_chunks(struct fetch *f, struct asked *list, size_t count)
{
    bool any_refused = false;
    for (size_t at = 0; at < count && !f->stopped;) {
        struct chunk c = cut_chunk(f, list + at, count - at);
        bool refused = false;
        if (!fetch_chunk(f, &c, &refused))
            return false;
        any_refused = any_refused || (refused && c.count > 1);
        at += c.count;
    }
    for (size_t at = 0; any_refused && at < count && !f->stopped; at++) {
        struct chunk c = alone(&list[at], f->size_max + 1);
        bool refused;
        if (!list[at].done && !fetch_chunk(f, &c, &refused))
            return false;
    }
    return true;
}

/* Asks the sizes; gives back how many of the list exist, packed to its front. Those to be asked one by one are taken to exist. */
static bool ask_sizes(struct fetch *f, struct asked *list, size_t *count)
{
    struct buf command = {0};
    bool garbage, alive;
    size_t left = 0;
    if (is_careful(f->m, list[0].uid))
        return true; /* what broke may have been the sizes */
    f->sizes = list;
    f->size_count = *count;
    buf_text(&command, "UID FETCH ");
    add_asked(&command, list, *count);
    buf_text(&command, " (UID RFC822.SIZE)");
    stream_budget(f->m->stream, stream_timeout(f->m->stream), STREAM_TEXT, STREAM_LITERALS);
    alive = imap_send(f->m, buf_view(&command), f->err);
    buf_free(&command);
    if (!alive)
        return false;
    int got = read_fetch(f, take_size, &garbage);
    if (got < 0) {
        for (size_t i = 0; i < *count; i++)
            list[i].done = false;
        note_break(f, list, *count, garbage);
        return false;
    }
    for (size_t i = 0; i < *count; i++)
        if (list[i].done)
            list[left++] = (struct asked){list[i].uid, list[i].size, false};
    *count = left;
    return true;
}

/* The next UIDs of the set, all to be treated alike: either careful or not. */
static size_t gather(const struct fetch *f, const struct uid_set *wanted, size_t *range, uint64_t *next, struct asked *list)
{
    size_t n = 0;
    int64_t now = clock_monotonic();
    const struct mailbox_memory *memory = memory_of(f->m);
    while (*range < wanted->count && n < ROUND_MAX) {
        const struct uid_range *r = &wanted->ranges[*range];
        if (*next < r->first)
            *next = r->first;
        if (*next > r->last) {
            ++*range;
            continue;
        }
        uint32_t uid = (uint32_t)*next;
        if (is_resting(memory, uid, now)) {
            ++*next;
            continue;
        }
        if (n > 0 && is_careful(f->m, uid) != is_careful(f->m, list[0].uid))
            break;
        list[n++] = (struct asked){uid, 0, false};
        ++*next;
    }
    return n;
}

static bool fetch_all(struct fetch *f, const struct uid_set *wanted)
{
    struct asked *list = calloc(ROUND_MAX, sizeof *list);
    size_t range = 0;
    uint64_t next = 0;
    bool alive = true;
    if (list == NULL)
        abort();
    while (alive && !f->stopped) {
        size_t count = gather(f, wanted, &range, &next, list);
        if (count == 0)
            break;
        alive = ask_sizes(f, list, &count) && fetch_chunks(f, list, count);
    }
    free(list);
    return alive;
}

bool imap_next(struct mailbox *mailbox, const struct uid_set *wanted, mailbox_take *take, void *to, struct uid_set *poison, struct err *err)
{
    struct imap *m = (void *)mailbox;
    uint64_t size_max = m->settings->size_max > 0 ? m->settings->size_max : SIZE_DEFAULT;
    struct fetch f = {.m = m, .take = take, .to = to, .poison = poison, .err = err, .size_max = size_max};
    if (stream_is_broken(m->stream, err))
        return false;
    if (m->folder == NULL)
        return err_set(err, ERR_RETRY, "no folder is selected");
    if (!fetch_all(&f, wanted))
        return err_wrap(err, "fetch from %s", m->folder);
    struct mailbox_memory *memory = memory_of(m);
    if (memory != NULL && !f.stopped)
        memory->careful_from = memory->careful_to = 0; /* all of it was asked for and the session lived */
    return true;
}
