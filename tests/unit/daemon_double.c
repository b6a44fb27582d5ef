/* daemon_double: the daemon as the methods of query.h see it, without one: so that the control socket can be tried alone. Orders are counted, nothing happens. */
#include "daemon_double.h"

#include "core/query_json.h"

#include <string.h>

struct daemon_double *daemon_double_of(const struct daemon *daemon)
{
    return (struct daemon_double *)(uintptr_t)daemon;
}

json_t *daemon_figures(const struct daemon *daemon)
{
    (void)daemon;
    return json_object();
}

bool daemon_poll(struct daemon *daemon, struct str mailbox, struct err *err)
{
    daemon_double_of(daemon)->polls++;
    return str_eq(mailbox, STR("support")) || err_set(err, ERR_ITEM, "no such mailbox");
}

bool daemon_pause(struct daemon *daemon, struct str mailbox, bool pause, struct err *err)
{
    (void)pause;
    return daemon_poll(daemon, mailbox, err);
}

bool daemon_reload(struct daemon *daemon, struct buf *told, struct err *err)
{
    (void)daemon;
    (void)told;
    (void)err;
    return true;
}

bool daemon_confirm(struct daemon *daemon, struct str mailbox, bool import, struct err *err)
{
    (void)import;
    return daemon_poll(daemon, mailbox, err);
}

void daemon_reconcile(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)context;
    (void)parameters;
    answer->result = json_object();
}

void daemon_outbox_changed(struct daemon *daemon)
{
    (void)daemon;
}

bool daemon_requeue(struct daemon *daemon, int64_t ledger, struct err *err)
{
    (void)daemon;
    (void)ledger;
    return err_set(err, ERR_ITEM, "not in quarantine");
}

/* What is put off: the test answers. */
static void put_off(struct query_context *context, struct query_answer *answer)
{
    daemon_double_of(context->daemon)->client = context->client;
    answer->later = true;
}

void daemon_ingest(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    put_off(context, answer);
}

void daemon_explain(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    put_off(context, answer);
}

void daemon_mailbox_test(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    put_off(context, answer);
}

void daemon_wait(struct query_context *context, const json_t *parameters, struct query_answer *answer)
{
    (void)parameters;
    put_off(context, answer);
}

/* One key, that of epoch 1, until it is rotated. */
static struct token_keys keys = {.keys = {{.epoch = 1, .key = {7}}}, .count = 1};

const struct token_keys *daemon_keys(const struct daemon *daemon)
{
    (void)daemon;
    return &keys;
}

bool daemon_rotate_keys(struct daemon *daemon, struct err *err)
{
    (void)daemon;
    if (keys.count == TOKEN_EPOCHS_MAX)
        return err_set(err, ERR_RETRY, "no more keys here");
    keys.keys[keys.count] = (struct token_key){.epoch = keys.keys[keys.count - 1].epoch + 1, .key = {(uint8_t)keys.count}};
    keys.count++;
    return true;
}

void daemon_receipt(char out[8])
{
    memcpy(out, "R-TEST1", 8);
}
