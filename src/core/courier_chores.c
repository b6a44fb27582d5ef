/* courier_chores: see the header. */
#include "core/courier_chores.h"

#include <stdlib.h>
#include <string.h>

void courier_chores_open(struct courier_chores *chores)
{
    pthread_mutex_init(&chores->lock, NULL);
    chores->first = NULL;
    chores->last = &chores->first;
}

void courier_chores_close(struct courier_chores *chores)
{
    while (chores->first != NULL)
        courier_chores_drop(chores);
    pthread_mutex_destroy(&chores->lock);
}

static struct wire_chore copy(struct arena *arena, const struct wire_chore *chore)
{
    struct wire_chore own = *chore;
    own.folder = arena_str(arena, chore->folder);
    own.message_id = arena_str(arena, chore->message_id);
    own.octets = arena_str(arena, chore->octets);
    own.set = arena_str(arena, chore->set);
    own.clear = arena_str(arena, chore->clear);
    own.uids.ranges = arena_array(arena, chore->uids.count, sizeof *own.uids.ranges);
    own.uids.cap = 0;
    if (chore->uids.count > 0)
        memcpy(own.uids.ranges, chore->uids.ranges, chore->uids.count * sizeof *own.uids.ranges);
    return own;
}

void courier_chores_add(struct courier_chores *chores, const struct wire_chore *chore)
{
    struct courier_chore *one = calloc(1, sizeof *one);
    if (one == NULL)
        abort();
    one->arena = arena_new();
    one->chore = copy(one->arena, chore);
    pthread_mutex_lock(&chores->lock);
    *chores->last = one;
    chores->last = &one->next;
    pthread_mutex_unlock(&chores->lock);
}

struct courier_chore *courier_chores_next(struct courier_chores *chores)
{
    pthread_mutex_lock(&chores->lock);
    struct courier_chore *first = chores->first;
    pthread_mutex_unlock(&chores->lock);
    return first;
}

void courier_chores_drop(struct courier_chores *chores)
{
    pthread_mutex_lock(&chores->lock);
    struct courier_chore *one = chores->first;
    chores->first = one->next;
    if (chores->first == NULL)
        chores->last = &chores->first;
    pthread_mutex_unlock(&chores->lock);
    arena_free(&one->arena);
    free(one);
}

static bool mark(const struct mailbox_driver *driver, struct mailbox *session, const struct wire_chore *chore, struct err *err)
{
    struct mailbox_folder found = {0};
    if (!driver->select(session, chore->folder, &found, err))
        return false;
    return found.uid_validity != chore->uid_validity || driver->mark(session, &chore->uids, chore->set, chore->clear, err);
}

bool courier_chore_do(const struct mailbox_driver *driver, struct mailbox *session, const struct wire_chore *chore, struct err *err)
{
    if (chore->kind == CHORE_PUT)
        return driver->put(session, chore->folder, chore->message_id, chore->date, chore->octets, err);
    return mark(driver, session, chore, err);
}
