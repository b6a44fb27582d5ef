/* chores: what was handed out is kept by serial, with the rows it stands for. Tickets whose messages show something else are looked through in rounds, a few at a time, so that
 * a mailbox that refuses holds up no other. */
#include "core/chores.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/wire.h"

#include <stdlib.h>
#include <string.h>

#define PUTS_MAX 4u                /* at the courier, a mailbox */
#define PUT_OCTETS (1024u * 1024)  /* no further copy beyond so many */
#define MARKS_MAX 8u               /* at the courier, a mailbox */
#define MARK_MESSAGES 500u         /* in one of them */
#define TICKETS_ROUND 64u
#define TICKET_MESSAGES 4096u
#define IDLE_MAX 256u
#define REFUSED_MAX CLOCK_DAY      /* between two tries of a copy */

_Static_assert(MARK_MESSAGES <= WIRE_CHORE_UIDS, "a mark must fit its frame");

/* What was handed out, until it is answered for. */
struct handed {
    struct arena *arena;
    uint64_t serial;
    uint32_t mailbox;
    enum chore_kind kind;
    struct due_copy copy;      /* CHORE_PUT; without its octets */
    size_t octets;
    struct str folder;
    struct str mark;           /* CHORE_MARK: "open/B" */
    uint32_t uid_validity;
    int64_t ledgers[MARK_MESSAGES], tickets[MARK_MESSAGES];
    struct uid_set uids;
    size_t count;
    bool done;                 /* as answered */
    char why[ERR_TEXT_MAX];
    struct handed *next;
};

struct told {
    int64_t marks_after; /* monotonic: it refused */
    char problem[CHORE_MARK + 1][ERR_TEXT_MAX]; /* by kind: why it is refused; "" when it is not */
};

struct chores {
    const struct config *config;
    struct told *parts; /* parallel to the configuration's mailboxes */
    size_t part_count;
    struct handed *handed, *answered;
    uint64_t serial;
    bool changed, marking;
    int64_t cursor;        /* tickets up to here were looked at in this round */
    int64_t idle[IDLE_MAX];/* tickets of which nothing is to be shown */
    size_t idle_count;
    int64_t next;          /* UTC ms */
};

bool chores_mark(const struct config_mailbox *mailbox)
{
    const struct mailbox_settings *settings = &mailbox->settings;
    return mailbox->state_keywords && (settings->after == AFTER_KEEP || settings->after == AFTER_FLAG);
}

static const struct config_mailbox *mailbox_of(const struct config *config, struct str name, uint32_t *index)
{
    for (size_t i = 0; i < config->mailbox_count; i++)
        if (str_eq(config->mailboxes[i].settings.name, name)) {
            *index = (uint32_t)i;
            return &config->mailboxes[i];
        }
    return NULL;
}

static bool puts_copies(const struct config *config)
{
    bool some = false;
    for (size_t i = 0; i < config->mailbox_count; i++)
        some = some || config->mailboxes[i].sent.n > 0;
    return some;
}

bool sent_copy_due(struct store *store, const struct config *config, int64_t letter, int64_t now, struct err *err)
{
    if (!puts_copies(config))
        return true; /* as for most desks: nothing is looked up */
    struct arena *arena = arena_new();
    struct str name = STR("");
    uint32_t index = 0;
    bool good = store_reply_mailbox(store, arena, letter, &name, err);
    const struct config_mailbox *mailbox = good && name.n > 0 ? mailbox_of(config, name, &index) : NULL;
    if (mailbox != NULL && mailbox->sent.n > 0)
        good = store_copy_add(store, letter, name, now, err);
    arena_free(&arena);
    return good;
}

/* ---- lists ---------------------------------------------------------------------------------------------------------------------- */

static void free_first(struct handed **list)
{
    struct handed *one = *list;
    *list = one->next;
    uid_set_free(&one->uids);
    arena_free(&one->arena);
    free(one);
}

static void free_all(struct handed **list)
{
    while (*list != NULL)
        free_first(list);
}

static struct handed *new_handed(struct chores *chores, uint32_t mailbox, enum chore_kind kind)
{
    struct handed *one = calloc(1, sizeof *one);
    if (one == NULL)
        abort();
    one->arena = arena_new();
    one->serial = ++chores->serial;
    one->mailbox = mailbox;
    one->kind = kind;
    one->next = chores->handed;
    chores->handed = one;
    return one;
}

/* Of one kind, at the courier or not yet recorded. */
static size_t count_of(const struct chores *chores, uint32_t mailbox, enum chore_kind kind, size_t *octets)
{
    size_t n = 0;
    for (int list = 0; list < 2; list++)
        for (const struct handed *one = list == 0 ? chores->handed : chores->answered; one != NULL; one = one->next)
            if (one->mailbox == mailbox && one->kind == kind) {
                n++;
                *octets += one->octets;
            }
    return n;
}

static bool is_handed(const struct chores *chores, int64_t letter, int64_t ticket)
{
    for (int list = 0; list < 2; list++)
        for (const struct handed *one = list == 0 ? chores->handed : chores->answered; one != NULL; one = one->next) {
            if (one->kind == CHORE_PUT && one->copy.letter == letter)
                return true;
            for (size_t i = 0; one->kind == CHORE_MARK && i < one->count; i++)
                if (one->tickets[i] == ticket)
                    return true;
        }
    return false;
}

/* ---- open, close ------------------------------------------------------------------------------------------------------------------ */

void chores_open(struct chores **chores)
{
    *chores = calloc(1, sizeof **chores);
    if (*chores == NULL)
        abort();
    (*chores)->changed = true;
}

void chores_close(struct chores **chores)
{
    if (*chores == NULL)
        return;
    free_all(&(*chores)->handed);
    free_all(&(*chores)->answered);
    free((*chores)->parts);
    free(*chores);
    *chores = NULL;
}

bool chores_setup(struct chores *chores, const struct config *config, struct store *store, struct err *err)
{
    free_all(&chores->answered); /* by the places of an older configuration: done once more, it is idempotent */
    free_all(&chores->handed);
    free(chores->parts);
    chores->config = config;
    chores->part_count = config->mailbox_count;
    chores->parts = calloc(config->mailbox_count + 1, sizeof *chores->parts);
    if (chores->parts == NULL)
        abort();
    chores->marking = false;
    for (size_t i = 0; i < config->mailbox_count; i++)
        chores->marking = chores->marking || chores_mark(&config->mailboxes[i]);
    chores->changed = true;
    chores->cursor = 0;
    chores->idle_count = 0;
    return store_marking(store, chores->marking, err);
}

void chores_changed(struct chores *chores)
{
    chores->changed = true;
}

void chores_recall(struct chores *chores)
{
    free_all(&chores->handed);
    chores->changed = true;
    chores->cursor = 0;
}

/* ---- copies ------------------------------------------------------------------------------------------------------------------------ */

static void hand_copy(struct chores *chores, uint32_t mailbox, const struct due_copy *copy, struct buf *frames)
{
    struct handed *one = new_handed(chores, mailbox, CHORE_PUT);
    one->copy = *copy;
    one->copy.octets = one->copy.message_id = (struct str){NULL, 0};
    one->octets = copy->octets.n;
    one->folder = arena_str(one->arena, chores->config->mailboxes[mailbox].sent);
    struct wire_chore chore = {.mailbox = mailbox,
                               .serial = one->serial,
                               .kind = CHORE_PUT,
                               .folder = one->folder,
                               .message_id = copy->message_id,
                               .date = copy->created,
                               .octets = copy->octets};
    wire_put_chore(frames, &chore);
}

static bool hand_copies(struct chores *chores, uint32_t mailbox, struct store *store, struct arena *arena, int64_t now, struct buf *frames, struct err *err)
{
    int64_t *letters = NULL;
    size_t count = 0, octets = 0, busy = count_of(chores, mailbox, CHORE_PUT, &octets);
    struct str name = chores->config->mailboxes[mailbox].settings.name;
    if (busy >= PUTS_MAX || !store_copies_due(store, arena, name, now, 2 * PUTS_MAX, &letters, &count, err))
        return busy >= PUTS_MAX;
    for (size_t i = 0; i < count && busy < PUTS_MAX && octets < PUT_OCTETS; i++) {
        struct due_copy copy;
        if (is_handed(chores, letters[i], 0))
            continue;
        if (!store_copy_load(store, arena, letters[i], &copy, err))
            return false;
        hand_copy(chores, mailbox, &copy, frames);
        octets += copy.octets.n;
        busy++;
    }
    return true;
}

/* ---- marks ------------------------------------------------------------------------------------------------------------------------- */

/* Keywords as clients know them; exactly one of the states, and the severity when there is one. */
static const struct {
    struct str word, keyword;
    bool severity;
} keywords[] = {
    {{"new", 3}, {"$TicketNew", 10}, false},       {{"open", 4}, {"$TicketOpen", 11}, false}, {{"pending", 7}, {"$TicketPending", 14}, false},
    {{"closed", 6}, {"$TicketClosed", 13}, false}, {{"A", 1}, {"$TicketA", 8}, true},         {{"B", 1}, {"$TicketB", 8}, true},
    {{"C", 1}, {"$TicketC", 8}, true},             {{"D", 1}, {"$TicketD", 8}, true},
};

static void add_word(struct buf *out, struct str word)
{
    if (out->n > 0)
        buf_char(out, ' ');
    buf_str(out, word);
}

static void add_keywords(struct str mark, struct buf *set, struct buf *clear)
{
    struct str severity = mark, state = STR("");
    str_cut(&severity, '/', &state);
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        add_word(str_eq(keywords[i].word, keywords[i].severity ? severity : state) ? set : clear, keywords[i].keyword);
}

static void send_mark(const struct handed *one, struct buf *frames)
{
    struct buf set = {0}, clear = {0};
    add_keywords(one->mark, &set, &clear);
    struct wire_chore chore = {.mailbox = one->mailbox,
                               .serial = one->serial,
                               .kind = CHORE_MARK,
                               .folder = one->folder,
                               .uid_validity = one->uid_validity,
                               .uids = one->uids,
                               .set = buf_view(&set),
                               .clear = buf_view(&clear)};
    wire_put_chore(frames, &chore);
    buf_free(&set);
    buf_free(&clear);
}

/* One that is being put together in this turn (its serial is above `before`), or a new one; NULL: the courier has enough. */
static struct handed *mark_for(struct chores *chores, uint64_t before, uint32_t mailbox, const struct due_mark *due, struct str mark)
{
    size_t ignored = 0;
    for (struct handed *one = chores->handed; one != NULL && one->serial > before; one = one->next)
        if (one->kind == CHORE_MARK && one->mailbox == mailbox && one->count < MARK_MESSAGES && one->uid_validity == due->uid_validity &&
            str_eq(one->folder, due->folder) && str_eq(one->mark, mark))
            return one;
    if (count_of(chores, mailbox, CHORE_MARK, &ignored) >= MARKS_MAX)
        return NULL;
    struct handed *one = new_handed(chores, mailbox, CHORE_MARK);
    one->folder = arena_str(one->arena, due->folder);
    one->mark = arena_str(one->arena, mark);
    one->uid_validity = due->uid_validity;
    return one;
}

/* Where a mark is to go; NULL: that mailbox shows none, or is none of ours any more. */
static const struct told *part_of(const struct chores *chores, const struct due_mark *due, uint32_t *mailbox)
{
    const struct config_mailbox *found = mailbox_of(chores->config, due->mailbox, mailbox);
    return found != NULL && chores_mark(found) ? &chores->parts[*mailbox] : NULL;
}

/* *wanted: something of the ticket is still to be shown. */
static bool mark_ticket(struct chores *chores, uint64_t before, struct store *store, struct arena *arena, int64_t ticket, int64_t mono, bool *wanted, struct err *err)
{
    struct due_mark *due = NULL;
    struct str mark = STR("");
    size_t count = 0;
    if (!store_marks_of(store, arena, ticket, TICKET_MESSAGES, &mark, &due, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        uint32_t mailbox = 0;
        const struct told *part = part_of(chores, &due[i], &mailbox);
        *wanted = *wanted || part != NULL;
        struct handed *one = part == NULL || mono < part->marks_after ? NULL : mark_for(chores, before, mailbox, &due[i], mark);
        if (one == NULL)
            continue;
        uid_set_add(&one->uids, due[i].uid);
        one->ledgers[one->count] = due[i].ledger;
        one->tickets[one->count++] = ticket;
    }
    return true;
}

/* A round through the waiting tickets, as far as a turn goes. */
static bool hand_marks(struct chores *chores, struct store *store, struct arena *arena, int64_t mono, struct buf *frames, struct err *err)
{
    uint64_t before = chores->serial;
    int64_t *tickets = NULL;
    size_t count = 0;
    bool good = store_mark_tickets(store, arena, chores->cursor, TICKETS_ROUND, &tickets, &count, err);
    for (size_t i = 0; good && i < count; i++) {
        bool wanted = is_handed(chores, 0, tickets[i]);
        good = wanted || mark_ticket(chores, before, store, arena, tickets[i], mono, &wanted, err);
        if (good && !wanted && chores->idle_count < IDLE_MAX)
            chores->idle[chores->idle_count++] = tickets[i];
    }
    for (const struct handed *one = chores->handed; one != NULL && one->serial > before; one = one->next)
        send_mark(one, frames);
    chores->cursor = good && count == TICKETS_ROUND ? tickets[count - 1] : 0;
    chores->changed = chores->changed || chores->cursor != 0;
    return good;
}

bool chores_hand_out(struct chores *chores, struct store *store, int64_t now, int64_t mono, struct buf *frames, struct err *err)
{
    chores->changed = store_chores_changed(store) || chores->changed;
    if (!chores->changed && now < chores->next)
        return true;
    chores->changed = false;
    if (!store_next_copy(store, &chores->next, err))
        return false;
    if (chores->next <= now) /* handed out below, or at the courier */
        chores->next = now + CLOCK_MINUTE;
    struct arena *arena = arena_new();
    bool good = true;
    for (uint32_t i = 0; good && i < chores->part_count; i++) {
        int64_t again = now + (chores->parts[i].marks_after - mono);
        chores->next = again > now && again < chores->next ? again : chores->next;
        if (chores->config->mailboxes[i].sent.n > 0)
            good = hand_copies(chores, i, store, arena, now, frames, err);
    }
    good = good && (!chores->marking || hand_marks(chores, store, arena, mono, frames, err));
    arena_free(&arena);
    return good;
}

int64_t chores_next(const struct chores *chores)
{
    return chores->changed ? 0 : chores->next;
}

/* ---- what comes back ----------------------------------------------------------------------------------------------------------------- */

bool chores_take(struct chores *chores, struct str payload)
{
    struct wire_chore_done done = {0};
    if (!wire_get_chore_done(payload, &done))
        return false;
    struct handed **at = &chores->handed;
    while (*at != NULL && ((*at)->serial != done.serial || (*at)->mailbox != done.mailbox))
        at = &(*at)->next;
    struct handed *one = *at;
    if (one == NULL)
        return true;
    *at = one->next;
    one->next = chores->answered;
    chores->answered = one;
    one->done = done.done;
    if (done.why.n > 0)
        memcpy(one->why, done.why.p, done.why.n);
    return true;
}

bool chores_has_news(const struct chores *chores)
{
    return chores->answered != NULL || chores->idle_count > 0;
}

/* The first time after one poll, then after twice as long. */
static int64_t again_at(const struct chores *chores, const struct handed *one, int64_t now)
{
    int64_t poll = chores->config->mailboxes[one->mailbox].settings.poll, wait = poll << (one->copy.tries < 16 ? one->copy.tries : 16);
    return now + (wait < REFUSED_MAX ? wait : REFUSED_MAX);
}

/* Nothing of the ticket is to be shown: it has not changed meanwhile, for this is the transaction that says so. */
static bool end_ticket(struct chores *chores, struct store *store, struct arena *arena, int64_t ticket, struct err *err)
{
    struct due_mark *due = NULL;
    struct str mark = STR("");
    size_t count = 0;
    uint32_t mailbox = 0;
    bool wanted = false;
    if (!store_marks_of(store, arena, ticket, TICKET_MESSAGES, &mark, &due, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        wanted = wanted || part_of(chores, &due[i], &mailbox) != NULL;
    return wanted || store_mark_done(store, ticket, err);
}

static bool record_mark(struct chores *chores, const struct handed *one, struct store *store, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < one->count; i++)
        if (!store_marked(store, one->ledgers[i], one->mark, err))
            return false;
    for (size_t i = 0; i < one->count; i++)
        if ((i == 0 || one->tickets[i] != one->tickets[i - 1]) && !end_ticket(chores, store, arena, one->tickets[i], err))
            return false;
    return true;
}

static bool record_one(struct chores *chores, const struct handed *one, struct store *store, struct arena *arena, int64_t now, struct err *err)
{
    if (one->kind == CHORE_MARK)
        return !one->done || record_mark(chores, one, store, arena, err);
    return one->done ? store_copy_done(store, one->copy.letter, one->folder, now, err)
                     : store_copy_refused(store, one->copy.letter, str_of(one->why), again_at(chores, one, now), now, err);
}

bool chores_record(struct chores *chores, struct store *store, int64_t now, struct err *err)
{
    struct arena *arena = arena_new();
    bool good = true;
    for (const struct handed *one = chores->answered; good && one != NULL; one = one->next) {
        good = record_one(chores, one, store, arena, now, err);
        arena_clear(arena);
    }
    for (size_t i = 0; good && i < chores->idle_count; i++) {
        good = end_ticket(chores, store, arena, chores->idle[i], err);
        arena_clear(arena);
    }
    arena_free(&arena);
    return good;
}

/* A problem is told once, and its end. */
static void tell(const struct chores *chores, const struct handed *one, char *problem)
{
    struct str mailbox = chores->config->mailboxes[one->mailbox].settings.name;
    if (!one->done && strcmp(problem, one->why) != 0)
        log_event(LOG_WARNING, one->kind == CHORE_PUT ? "a mailbox refuses a copy of what was sent" : "a mailbox does not show the state of tickets",
                  LOG_TEXT("mailbox", mailbox), LOG_TEXT("error", str_of(one->why)));
    if (one->done && problem[0] != '\0')
        log_event(LOG_NOTICE, "a mailbox takes again what it refused", LOG_TEXT("mailbox", mailbox));
    if (one->done && one->kind == CHORE_PUT)
        log_event(LOG_INFO, "put a copy", LOG_TEXT("mailbox", mailbox), LOG_TEXT("folder", one->folder), LOG_NUMBER("letter", one->copy.letter));
    memcpy(problem, one->done ? "" : one->why, one->done ? 1 : ERR_TEXT_MAX);
}

void chores_recorded(struct chores *chores, int64_t mono)
{
    for (; chores->answered != NULL; free_first(&chores->answered)) {
        const struct handed *one = chores->answered;
        struct told *part = &chores->parts[one->mailbox];
        tell(chores, one, part->problem[one->kind]);
        if (!one->done && one->kind == CHORE_MARK)
            part->marks_after = mono + chores->config->mailboxes[one->mailbox].settings.poll;
    }
    chores->idle_count = 0;
    chores->changed = true;
}

const char *chores_problem(const struct chores *chores, size_t mailbox)
{
    const struct told *part = mailbox < chores->part_count ? &chores->parts[mailbox] : NULL;
    return part == NULL ? "" : part->problem[CHORE_PUT][0] != '\0' ? part->problem[CHORE_PUT] : part->problem[CHORE_MARK];
}
