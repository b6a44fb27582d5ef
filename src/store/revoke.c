/* revoke: tokens that are void. A row voids every token of a purpose up to an epoch, of one ticket or all, of one party or all; a verified token is void when any
 * row covers it. */
#include "store/people.h"

#include "sql.h"

static struct str purpose_name(enum token_purpose purpose)
{
    static const struct str names[] = {[TOKEN_CUSTOMER] = STR("customer"), [TOKEN_AGENT] = STR("agent"), [TOKEN_STANDING] = STR("standing")};
    return names[purpose];
}

bool store_token_revoked(struct store *store, const struct token *token, bool *revoked, struct err *err)
{
    int64_t one = 0;
    bool good = sql_number(store, SQL_TOKEN_REVOKED,
                           CELLS(cell_int(token->ticket), cell_text(purpose_name(token->purpose)), cell_int(token->epoch), cell_int(token->party)), &one, err);
    *revoked = one == 1;
    return good;
}

bool store_token_revoke(struct store *store, enum token_purpose purpose, int64_t ticket, int64_t party, uint32_t epoch, struct str actor, int64_t now,
                        struct err *err)
{
    return sql_run(store, SQL_TOKEN_REVOKE,
                   CELLS(cell_text(purpose_name(purpose)), cell_ref(ticket), cell_ref(party), cell_int(epoch), cell_int(now), cell_text(actor)), err);
}
