/* query: what all methods share: refusing, the time, limits; and the small table of methods that only read. */
#include "core/query.h"

#include "base/clock.h"
#include "core/query_json.h"
#include "core/query_look.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

void query_refuse(struct query_answer *answer, const char *error, int exit_code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(answer->text, sizeof answer->text, format, args);
    va_end(args);
    json_decref(answer->result);
    answer->result = NULL;
    answer->error = error;
    answer->exit = exit_code;
}

void query_trouble(struct query_answer *answer, const struct err *err)
{
    int code = err->kind == ERR_RETRY ? EX_TEMPFAIL : err->kind == ERR_ITEM ? EX_NOINPUT : EX_IOERR;
    query_refuse(answer, err->kind == ERR_ITEM ? "NotPossible" : "StoreTrouble", code, "%s", err->text);
}

int64_t query_now(const struct query_context *context)
{
    return context->now != 0 ? context->now : clock_wall();
}

uint32_t query_limit(const json_t *parameters)
{
    int64_t limit = json_get_int(parameters, "limit");
    return limit <= 0 ? QUERY_LIMIT : limit > QUERY_LIMIT_MAX ? QUERY_LIMIT_MAX : (uint32_t)limit;
}

static const struct query_method looks[] = {
    {"Status", false, query_status},
    {"List", false, query_list},
    {"Show", false, query_show},
    {"Thread", false, query_thread},
    {"Why", false, query_why},
    {"Search", false, query_search},
    {"Log", false, query_log},
    {"MailboxList", false, query_mailbox_list},
    {"MailboxShow", false, query_mailbox_show},
    {"OutboxList", false, query_outbox_list},
    {"OutboxShow", false, query_outbox_show},
    {"QuarantineList", false, query_quarantine_list},
    {"QuarantineShow", false, query_quarantine_show},
    {"ConfigShow", false, query_config_show},
    {"Attachment", false, query_attachment},
    {"ClockExplain", false, query_clock_explain},
    {"Complete", false, query_complete},
    {"AgentList", false, query_agent_list},
    {"SuppressList", false, query_suppress_list},
    {"CustomerList", false, query_customer_list},
    {"CustomerShow", false, query_customer_show},
};

const struct query_method *query_look_of(const char *name)
{
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (strcmp(looks[i].name, name) == 0)
            return &looks[i];
    return NULL;
}
