/* thread: see thread.h. Each Message-ID, of a mail there is or of one only named, is a node with at most one parent; the steps are those of RFC 5256, section 3. */
#include "mail/thread.h"

#include "mail/subject.h"

#define NOTHING SIZE_MAX
#define NODES_MAX (THREAD_MAILS_MAX * 20u)

struct node {
    struct str id;   /* "" : a mail without one, or whose id is another's */
    size_t parent;
    size_t mail;     /* NOTHING: only named */
};

struct forest {
    struct arena *arena;
    const struct message *mails;
    struct node *nodes;
    size_t count, most;
    size_t *slots; /* hash table of node numbers + 1 */
    size_t slot_count;
};

static size_t hash_of(struct str id)
{
    size_t hash = 1469598103934665603u;
    for (size_t i = 0; i < id.n; i++)
        hash = (hash ^ (unsigned char)id.p[i]) * 1099511628211u;
    return hash;
}

static size_t add_node(struct forest *f, struct str id, size_t mail)
{
    if (f->count == f->most)
        return NOTHING;
    f->nodes[f->count] = (struct node){.id = id, .parent = NOTHING, .mail = mail};
    return f->count++;
}

/* The node of that Message-ID, made when it is new; NOTHING when there are too many. */
static size_t node_of(struct forest *f, struct str id)
{
    size_t at = hash_of(id) & (f->slot_count - 1);
    while (f->slots[at] != 0 && !str_eq(f->nodes[f->slots[at] - 1].id, id))
        at = (at + 1) & (f->slot_count - 1);
    if (f->slots[at] == 0) {
        size_t node = add_node(f, id, NOTHING);
        if (node == NOTHING)
            return NOTHING;
        f->slots[at] = node + 1;
    }
    return f->slots[at] - 1;
}

static bool is_above(const struct forest *f, size_t node, size_t below)
{
    for (size_t n = below; n != NOTHING; n = f->nodes[n].parent)
        if (n == node)
            return true;
    return false;
}

/* No link that would close a ring. */
static void put_under(struct forest *f, size_t parent, size_t child)
{
    if (parent != NOTHING && child != NOTHING && !is_above(f, child, parent))
        f->nodes[child].parent = parent;
}

/* Step 1: the chain of the references, each the parent of the next unless it has one already, and the mail below the last. */
static void link_mail(struct forest *f, size_t i, size_t node)
{
    const struct message *m = &f->mails[i];
    const struct str_list *ids = m->references.count > 0 ? &m->references : &m->in_reply_to;
    size_t before = NOTHING, most = m->references.count > 0 ? ids->count : ids->count > 0 ? 1 : 0;
    for (size_t k = 0; k < most; k++) {
        size_t next = ids->list[k].n > 0 ? node_of(f, ids->list[k]) : NOTHING;
        if (next == NOTHING)
            continue;
        if (before != NOTHING && f->nodes[next].parent == NOTHING)
            put_under(f, before, next);
        before = next;
    }
    f->nodes[node].parent = NOTHING;
    put_under(f, before, node);
}

/* The node of the mail; of several with one id the first has it. */
static size_t node_of_mail(struct forest *f, size_t i)
{
    struct str id = f->mails[i].message_id;
    size_t node = id.n > 0 ? node_of(f, id) : NOTHING;
    if (node == NOTHING || f->nodes[node].mail != NOTHING)
        return add_node(f, (struct str){0}, i);
    f->nodes[node].mail = i;
    return node;
}

static size_t root_of(const struct forest *f, size_t node)
{
    while (f->nodes[node].parent != NOTHING)
        node = f->nodes[node].parent;
    return node;
}

/* ---- subjects (steps 4 and 5) ---- */

struct titled {
    size_t group;
    struct str bare;
    bool answers;
};

/* An answer whose forebears are not here goes to the thread that begins with its subject. */
static void join_by_subject(const struct titled *first, size_t count, size_t *groups, size_t mail_count)
{
    for (size_t i = 0; i < count; i++) {
        const struct titled *found = NULL;
        for (size_t k = 0; k < count && first[i].answers && first[i].bare.n > 0 && found == NULL; k++)
            if (k != i && !first[k].answers && str_eq(first[k].bare, first[i].bare))
                found = &first[k];
        for (size_t k = 0; k < mail_count && found != NULL; k++)
            groups[k] = groups[k] == first[i].group ? found->group : groups[k];
    }
}

static void read_titles(struct forest *f, const size_t *groups, size_t mail_count, struct titled *first, size_t *count)
{
    for (size_t i = 0; i < mail_count; i++) {
        if (groups[i] != i)
            continue;
        struct subject subject = subject_read(f->arena, f->mails[i].subject, (struct str){0});
        first[(*count)++] = (struct titled){.group = i, .bare = subject_fold(f->arena, subject.bare), .answers = subject.reply || subject.forwarded};
    }
}

/* ---- the whole ---- */

static void grow(struct forest *f, size_t count)
{
    f->most = count * 20 < NODES_MAX ? count * 20 + 1 : NODES_MAX;
    f->slot_count = 1;
    while (f->slot_count < f->most * 2)
        f->slot_count *= 2;
    f->nodes = arena_array(f->arena, f->most, sizeof *f->nodes);
    f->slots = arena_array(f->arena, f->slot_count, sizeof *f->slots);
}

void thread_groups(struct arena *arena, const struct message *mails, size_t count, size_t *groups)
{
    struct forest f = {.arena = arena, .mails = mails};
    size_t *nodes = arena_array(arena, count + 1, sizeof *nodes), title_count = 0;
    struct titled *titles = arena_array(arena, count + 1, sizeof *titles);
    grow(&f, count);
    size_t *first = arena_array(arena, f.most, sizeof *first); /* of a root: its first mail + 1 */
    for (size_t i = 0; i < count; i++) {
        nodes[i] = node_of_mail(&f, i);
        if (nodes[i] != NOTHING)
            link_mail(&f, i, nodes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        groups[i] = i;
        if (nodes[i] == NOTHING)
            continue;
        size_t *group = &first[root_of(&f, nodes[i])];
        *group = *group == 0 ? i + 1 : *group;
        groups[i] = *group - 1;
    }
    read_titles(&f, groups, count, titles, &title_count);
    join_by_subject(titles, title_count, groups, count);
}
