/* letters: what the modules that write letters share. */
#include "letters.h"

#include "base/buf.h"
#include "mail/address.h"

#include <string.h>

#define ID_MAX 250u

bool letters_id_usable(struct str id)
{
    if (id.n == 0 || id.n > ID_MAX || str_find(id, STR("@")) <= 0)
        return false;
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == 0 || strchr("@.!#$%&'*+-/=?^_`{|}~", c) == NULL))
            return false;
    }
    return true;
}

struct str letters_token_address(struct arena *arena, struct str base, const char *token)
{
    struct str local = address_local(base);
    if (local.n + 1 + strlen(token) > ADDRESS_LOCAL_MAX)
        return (struct str){0};
    return arena_printf(arena, "%.*s+%s@%.*s", STR_ARG(local), token, STR_ARG(address_domain(base)));
}

bool letters_fill(struct arena *arena, const struct compose *c, const char *kind, int64_t id, struct letter *letter, struct err *err)
{
    struct buf octets = {0};
    struct str *recipients = arena_array(arena, c->to.count + c->cc.count, sizeof *recipients);
    if (!compose_mail(c, &octets, err)) {
        buf_free(&octets);
        return err_wrap(err, "%s", kind);
    }
    for (size_t i = 0; i < c->to.count; i++)
        recipients[i] = c->to.list[i].addr;
    for (size_t i = 0; i < c->cc.count; i++)
        recipients[c->to.count + i] = c->cc.list[i].addr;
    *letter = (struct letter){.id = id,
                              .kind = str_of(kind),
                              .message_id = c->message_id,
                              .recipients = recipients,
                              .recipient_count = c->to.count + c->cc.count,
                              .octets = arena_str(arena, buf_view(&octets)),
                              .subject = c->subject,
                              .text = c->text,
                              .created = c->date};
    buf_free(&octets);
    return true;
}
