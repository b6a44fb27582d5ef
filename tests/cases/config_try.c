/* config_try: loads one configuration as the daemon would and shows what comes of it: what is wrong, or with --print, --all, --origin the configuration in
 * force. For the golden cases. Exit 0, or 78 (EX_CONFIG). */
#include "core/config.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int main(int argc, char **argv)
{
    struct diagnoses d = {.arena = arena_new()};
    struct config *config = NULL;
    struct buf out = {0};
    const char *path = NULL;
    bool print = false;
    bool all = false;
    bool origin = false;
    for (int i = 1; i < argc; i++) {
        print = print || strcmp(argv[i], "--print") == 0;
        all = all || strcmp(argv[i], "--all") == 0;
        origin = origin || strcmp(argv[i], "--origin") == 0;
        if (argv[i][0] != '-')
            path = argv[i];
    }
    if (path == NULL)
        return EX_USAGE;
    bool good = config_load(path, &config, &d);
    diagnoses_print(&d, &out);
    if (good && (print || all || origin))
        config_print(config, all, origin, &out);
    else if (good)
        buf_printf(&out, "good: %zu mailboxes, %zu relays, %zu rules, %zu tests\n", config->mailbox_count, config->relay_count, rules_count(config->rules),
                   config->rule_tests);
    fwrite(out.p != NULL ? out.p : "", 1, out.n, stdout);
    config_close(&config);
    buf_free(&out);
    arena_free(&d.arena);
    return good ? EX_OK : EX_CONFIG;
}
