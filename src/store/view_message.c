/* view_message: a ticket's conversation, where its values came from, and what happened to it. */
#include "store/view.h"

#include "rows.h"

#include <string.h>

#define MESSAGES_MAX 1000u  /* of one ticket, the newest */
#define ATTACHMENTS_MAX 1000u
#define PROVENANCE_MAX 10000u

static void read_message(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct message_row *)to = (struct message_row){
        .id = sql_int(store, q, 0),
        .ticket = sql_int(store, q, 1),
        .ledger = sql_int(store, q, 2),
        .direction = sql_str(store, arena, q, 3),
        .from = sql_str(store, arena, q, 4),
        .from_name = sql_str(store, arena, q, 5),
        .to = sql_str(store, arena, q, 6),
        .subject = sql_str(store, arena, q, 7),
        .message_id = sql_str(store, arena, q, 8),
        .text = sql_str(store, arena, q, 9),
        .fresh = sql_str(store, arena, q, 10),
        .kind = sql_str(store, arena, q, 11),
        .outcome = sql_str(store, arena, q, 12),
        .reason = sql_str(store, arena, q, 13),
        .proof = sql_str(store, arena, q, 14),
        .mailbox = sql_str(store, arena, q, 15),
        .folder = sql_str(store, arena, q, 16),
        .proposed = sql_int(store, q, 17) != 0,
        .uid_validity = (uint32_t)sql_int(store, q, 18),
        .uid = (uint32_t)sql_int(store, q, 19),
        .at = sql_int(store, q, 20),
        .size = sql_int(store, q, 21),
    };
}

static void read_attachment(struct store *store, struct arena *arena, enum sql q, void *to)
{
    struct attachment *a = to;
    struct str digest = sql_octets(store, q, 5);
    *a = (struct attachment){
        .part = (uint32_t)sql_int(store, q, 0),
        .name = sql_str(store, arena, q, 1),
        .type = sql_str(store, arena, q, 2),
        .sniffed = sql_str(store, arena, q, 3),
        .size = (uint64_t)sql_int(store, q, 4),
        .is_inline = sql_int(store, q, 6) != 0,
    };
    memcpy(a->sha256, digest.p, digest.n < sizeof a->sha256 ? digest.n : sizeof a->sha256);
}

static bool load_attachments(struct store *store, struct arena *arena, struct message_row *row, struct err *err)
{
    static const struct row_kind kind = {.read = read_attachment, .size = sizeof(struct attachment)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_ATTACHMENTS_OF, CELLS(cell_int(row->id)), &kind, ATTACHMENTS_MAX, &list, &row->attachment_count, err);
    row->attachments = list;
    return good;
}

bool view_messages(struct store *store, struct arena *arena, int64_t ticket, struct message_row **rows, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_message, .size = sizeof(struct message_row), .reversed = true};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_MESSAGES_OF, CELLS(cell_int(ticket), cell_int(MESSAGES_MAX)), &kind, MESSAGES_MAX, &list, count, err);
    *rows = list;
    for (size_t i = 0; good && i < *count; i++)
        good = load_attachments(store, arena, &(*rows)[i], err);
    return good;
}

static void read_text(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct str *)to = sql_str(store, arena, q, 0);
}

bool view_sent_texts(struct store *store, struct arena *arena, int64_t ticket, uint32_t limit, struct str **texts, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_text, .size = sizeof(struct str)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_SENT_TEXTS, CELLS(cell_int(ticket), cell_int(limit)), &kind, limit, &list, count, err);
    *texts = list;
    return good;
}

bool view_message(struct store *store, struct arena *arena, int64_t id, struct message_row *row, struct err *err)
{
    bool found = false;
    *row = (struct message_row){0};
    if (!sql_find(store, SQL_VIEW_MESSAGE, CELLS(cell_int(id)), &found, err))
        return false;
    if (!found)
        return true;
    read_message(store, arena, SQL_VIEW_MESSAGE, row);
    sql_end(store, SQL_VIEW_MESSAGE);
    return load_attachments(store, arena, row, err);
}

static void read_provenance(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct provenance_row *)to = (struct provenance_row){
        .at = sql_int(store, q, 0),
        .message = sql_int(store, q, 1),
        .field = sql_str(store, arena, q, 2),
        .value = sql_str(store, arena, q, 3),
        .rule = sql_str(store, arena, q, 4),
        .file = sql_str(store, arena, q, 5),
        .ruleset = sql_str(store, arena, q, 6),
        .source = sql_str(store, arena, q, 7),
        .matched = sql_str(store, arena, q, 8),
        .because = sql_str(store, arena, q, 9),
        .actor = sql_str(store, arena, q, 10),
        .line = (uint32_t)sql_int(store, q, 11),
        .start = (uint32_t)sql_int(store, q, 12),
        .end = (uint32_t)sql_int(store, q, 13),
    };
}

bool view_provenance(struct store *store, struct arena *arena, int64_t ticket, struct str field, struct provenance_row **rows, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_provenance, .size = sizeof(struct provenance_row)};
    void *list = NULL;
    bool good = rows_read(store, arena, SQL_VIEW_PROVENANCE, CELLS(cell_int(ticket), cell_text(field), cell_int(PROVENANCE_MAX)), &kind, PROVENANCE_MAX, &list, count,
                          err);
    *rows = list;
    return good;
}

static void read_event(struct store *store, struct arena *arena, enum sql q, void *to)
{
    *(struct event_row *)to = (struct event_row){
        .id = sql_int(store, q, 0),
        .at = sql_int(store, q, 1),
        .ticket = sql_int(store, q, 2),
        .actor = sql_str(store, arena, q, 3),
        .kind = sql_str(store, arena, q, 4),
        .detail = sql_str(store, arena, q, 5),
    };
}

bool view_events(struct store *store, struct arena *arena, int64_t ticket, uint32_t limit, struct event_row **rows, size_t *count, struct err *err)
{
    static const struct row_kind kind = {.read = read_event, .size = sizeof(struct event_row), .reversed = true};
    void *list = NULL;
    bool good = ticket != 0 ? rows_read(store, arena, SQL_EVENTS_OF, CELLS(cell_int(ticket), cell_int(limit)), &kind, limit, &list, count, err)
                            : rows_read(store, arena, SQL_EVENTS_ALL, CELLS(cell_int(limit)), &kind, limit, &list, count, err);
    *rows = list;
    return good;
}
