/* act: see the header. */
#include "core/act.h"

#include <string.h>

static void add(const struct acting *acting, struct acted *acted, struct act_change change)
{
    if ((acted->count & (acted->count - 1)) == 0) { /* 0, 1, 2, 4 …: full */
        struct act_change *more = arena_array(acting->arena, acted->count == 0 ? 1 : acted->count * 2, sizeof *more);
        if (acted->count > 0)
            memcpy(more, acted->list, acted->count * sizeof *more);
        acted->list = more;
    }
    acted->list[acted->count++] = change;
}

static bool carry_out(const struct acting *acting, int64_t ticket, const struct change *change, struct acted *acted, struct err *err)
{
    struct changed changed;
    bool stands = false;
    if (change->maybe && !store_stands(acting->store, acting->arena, ticket, change->field, change->text, &stands, err))
        return false;
    if (stands)
        return true;
    if (!store_change(acting->store, acting->arena, ticket, change->field, change->text, acting->actor, acting->receipt, acting->now, &changed, err))
        return false;
    add(acting, acted, (struct act_change){ticket, change->field, changed.before, changed.after.n > 0 ? changed.after : change->text});
    return true;
}

static bool undo(const struct acting *acting, int64_t ticket, struct str receipt, struct acted *acted, struct err *err)
{
    struct str told = STR("");
    int64_t since = acting->undo_window >= 0 ? acting->now - acting->undo_window : 0;
    if (receipt.n == 0 && !store_last_receipt(acting->store, acting->arena, ticket, acting->actor, &receipt, err))
        return false;
    if (receipt.n == 0)
        return err_set(err, ERR_ITEM, "%.*s has changed nothing that could be taken back", STR_ARG(acting->actor));
    if (!store_undo_receipt(acting->store, acting->arena, receipt, ticket, since, acting->actor, acting->now, &told, err))
        return false;
    add(acting, acted, (struct act_change){ticket, STR("undo"), receipt, told});
    return true;
}

bool act_on(const struct acting *acting, int64_t ticket, const struct command *command, struct acted *acted, struct err *err)
{
    if (command->class == CLASS_UNDO)
        return undo(acting, ticket, command->text, acted, err);
    for (size_t i = 0; i < command->change_count; i++)
        if (!carry_out(acting, ticket, &command->changes[i], acted, err))
            return false;
    return true;
}
