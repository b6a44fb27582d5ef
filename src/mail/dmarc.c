/* dmarc: one record, three tags. */
#include "mail/dmarc.h"

#include "mail/taglist.h"

static bool read_one(struct str record, struct dmarc *out)
{
    static const char *const policies[] = {"none", "quarantine", "reject"};
    struct taglist tags;
    struct str mode = STR("r"), policy = {"", 0};
    if (!taglist_read(record, &tags) || !str_eq(tags.tags[0].name, STR("v")) || !str_eq(tags.tags[0].value, STR("DMARC1")))
        return false;
    taglist_get(&tags, "adkim", &mode);
    taglist_get(&tags, "p", &policy);
    *out = (struct dmarc){.found = true, .strict = !str_ieq(mode, STR("r")), .policy = {"", 0}};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (str_ieq(policy, str_of(policies[i])))
            out->policy = str_of(policies[i]);
    return true;
}

void dmarc_read(const struct str *records, size_t count, struct dmarc *out)
{
    struct dmarc one;
    size_t found = 0;
    *out = (struct dmarc){.policy = {"", 0}};
    for (size_t i = 0; i < count; i++)
        if (read_one(records[i], &one)) {
            *out = one;
            found++;
        }
    if (found != 1)
        *out = (struct dmarc){.policy = {"", 0}};
}
