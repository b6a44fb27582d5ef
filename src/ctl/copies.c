/* copies: the store as a file: is it what it was, a copy of it, and a copy put back in its place. These work on the file itself, as the user who owns it or root, with
 * the daemon running or not; only putting back needs it stopped. */
#include "config.h"

#include "base/clock.h"
#include "base/file.h"
#include "core/query_json.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "store/copy.h"
#include "store/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define STORE_FILE "triaged.db"

static const char *in_folder(struct ctl *ctl, const char *folder, const char *name)
{
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%s/%s", folder, name));
}

static int refuse_file(struct ctl *ctl, int code, const char *what, const char *path)
{
    return ctl_refuse(ctl, code, "FileTrouble", NULL, "%s: cannot %s: %s", path, what, strerrordesc_np(errno));
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

/* ---- verify ------------------------------------------------------------------------------------------------------------------------ */

static json_t *report_json(const struct verify_report *report)
{
    json_t *faults = json_array();
    for (size_t i = 0; i < report->fault_count; i++)
        json_add(faults, json_str(report->faults[i]));
    json_t *all = json_object();
    json_put(all, "good", json_boolean(report->fault_count == 0));
    json_put(all, "seals", json_integer(report->seals));
    json_put(all, "events", json_integer(report->events));
    json_put(all, "ledger", json_integer(report->ledger));
    json_put(all, "mails", json_integer(report->raws));
    json_put(all, "octets", json_integer(report->octets));
    json_put(all, "head", json_str_or_null(str_of(report->head)));
    json_put(all, "faults", faults);
    return json_pack("{s:o}", "verify", all);
}

static void show_report(struct ctl *ctl, const struct verify_report *report)
{
    ctl_printf(ctl, "%lld seals over %lld events and %lld rows of the ledger; %lld mails, %s\n", (long long)report->seals, (long long)report->events, (long long)report->ledger,
               (long long)report->raws, ctl_size(ctl, report->octets));
    for (size_t i = 0; i < report->fault_count; i++)
        ctl_printf(ctl, "%s  %s\n", ctl_paint(ctl, COLOUR_RED, "fault"), ctl_safe(ctl, report->faults[i]));
    if (report->fault_count == 0)
        ctl_printf(ctl, "all as it was written\n");
    if (report->head[0] != '\0')
        ctl_printf(ctl, "head %s\n", report->head);
}

int run_store_verify(struct ctl *ctl)
{
    struct verify_report report = {0};
    struct err err = {0};
    int code = 0;
    const char *head = ctl_has(ctl, OPT_HEAD) ? ctl->value[OPT_HEAD] : "";
    struct store *store = ctl_store(ctl, &code);
    if (store == NULL)
        return code;
    if (!store_verify(store, ctl->arena, str_of(head), &report, &err))
        return ctl_refuse(ctl, EX_IOERR, "StoreTrouble", NULL, "%s", err.text);
    if (!ctl_wants_json(ctl))
        show_report(ctl, &report);
    else if ((code = ctl_document(ctl, report_json(&report), NULL)) != 0)
        return code;
    return report.fault_count == 0 ? 0 : 1;
}

/* ---- backup ------------------------------------------------------------------------------------------------------------------------ */

/* The copy is opened and read to its end before anybody may rely on it. */
static int verify_copy(struct ctl *ctl, const char *folder, struct verify_report *report)
{
    struct store *copy = NULL;
    struct err err = {0};
    int code = 0;
    if (!store_open(&copy, folder, false, true, &err) || !store_verify(copy, ctl->arena, STR(""), report, &err))
        code = ctl_refuse(ctl, err.kind == ERR_SETUP ? EX_DATAERR : EX_IOERR, "StoreTrouble", NULL, "%s", err.text);
    store_close(&copy);
    if (code == 0 && report->fault_count > 0)
        code = ctl_refuse(ctl, EX_DATAERR, "DamagedCopy", "triagectl store verify says more", "%s: %.*s%s", folder, STR_ARG(report->faults[0]), report->fault_count > 1 ? " (and more)" : "");
    return code;
}

static void take_away(const char *folder)
{
    static const char *const names[] = {STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm"};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    for (size_t i = 0; fd >= 0 && i < sizeof names / sizeof *names; i++)
        unlinkat(fd, names[i], 0);
    if (fd >= 0)
        close(fd);
    rmdir(folder);
}

/* A copy of `store` in a new folder, verified and on the disk. */
static int copy_into(struct ctl *ctl, struct store *store, const char *folder, struct verify_report *report)
{
    struct err err = {0};
    if (mkdir(folder, 0700) != 0)
        return refuse_file(ctl, EX_CANTCREAT, "make the folder", folder);
    int code = store_copy(store, folder, ctl->world->now, &err) ? 0 : ctl_refuse(ctl, EX_IOERR, "StoreTrouble", NULL, "%s", err.text);
    if (code == 0)
        code = verify_copy(ctl, folder, report);
    if (code == 0 && !sync_folder(folder))
        code = refuse_file(ctl, EX_IOERR, "sync", folder);
    if (code != 0)
        take_away(folder);
    return code;
}

int run_store_backup(struct ctl *ctl)
{
    struct verify_report report = {0};
    int code = 0;
    const char *folder = ctl->args[0];
    const char *unfinished = arena_text(ctl->arena, arena_printf(ctl->arena, "%s.unfinished", folder));
    struct stat status;
    if (lstat(folder, &status) == 0)
        return ctl_refuse(ctl, EX_CANTCREAT, "FileTrouble", "name a folder that is not there yet", "%s is there already", folder);
    struct store *store = ctl_store(ctl, &code);
    if (store == NULL)
        return code;
    take_away(unfinished);
    if ((code = copy_into(ctl, store, unfinished, &report)) != 0)
        return code;
    if (rename(unfinished, folder) != 0) {
        code = refuse_file(ctl, EX_CANTCREAT, "make the folder", folder);
        take_away(unfinished);
        return code;
    }
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, report_json(&report), NULL);
    if (!ctl_has(ctl, OPT_QUIET)) {
        ctl_printf(ctl, "%s holds a copy, opened again and verified\n", folder);
        show_report(ctl, &report);
        ctl_note(ctl, "the keys of tokens (token.keys) and other secrets are not in it");
    }
    return 0;
}

/* ---- restore ------------------------------------------------------------------------------------------------------------------------- */

/* The store that is there goes aside, never away. Its log goes first: another file must not meet it; whoever is cut off here starts from a store behind what was noted. */
static int put_aside(struct ctl *ctl, const char *state, const char *aside)
{
    static const char *const companions[] = {STORE_FILE "-wal", STORE_FILE "-shm", STORE_FILE "-journal"};
    struct stat status;
    if (lstat(in_folder(ctl, state, STORE_FILE), &status) != 0)
        return errno == ENOENT ? 0 : refuse_file(ctl, EX_IOERR, "look at", in_folder(ctl, state, STORE_FILE));
    if (mkdir(aside, 0700) != 0)
        return refuse_file(ctl, EX_CANTCREAT, "make the folder", aside);
    if (link(in_folder(ctl, state, STORE_FILE), in_folder(ctl, aside, STORE_FILE)) != 0)
        return refuse_file(ctl, EX_CANTCREAT, "put aside", in_folder(ctl, state, STORE_FILE));
    for (size_t i = 0; i < sizeof companions / sizeof *companions; i++)
        if (rename(in_folder(ctl, state, companions[i]), in_folder(ctl, aside, companions[i])) != 0 && errno != ENOENT)
            return refuse_file(ctl, EX_IOERR, "put aside", in_folder(ctl, state, companions[i]));
    return sync_folder(aside) ? 0 : refuse_file(ctl, EX_IOERR, "sync", aside);
}

/* Root puts it back for the user whose folder it is. */
static int put_in_place(struct ctl *ctl, const char *state, const char *fresh)
{
    struct stat owner;
    const char *from = in_folder(ctl, fresh, STORE_FILE), *to = in_folder(ctl, state, STORE_FILE);
    if (stat(state, &owner) != 0 || (geteuid() == 0 && lchown(from, owner.st_uid, owner.st_gid) != 0))
        return refuse_file(ctl, EX_IOERR, "give to its owner", from);
    if (rename(from, to) != 0 || !sync_folder(state))
        return refuse_file(ctl, EX_IOERR, "put in place", to);
    take_away(fresh);
    return 0;
}

static int restore(struct ctl *ctl, struct store *backup, const char *state)
{
    struct verify_report report = {0};
    char when[CLOCK_TEXT];
    const char *fresh = in_folder(ctl, state, "restore.unfinished");
    clock_rfc3339(ctl->world->now, when);
    const char *aside = arena_text(ctl->arena, arena_printf(ctl->arena, "%s/before-restore-%s", state, when));
    take_away(fresh);
    int code = copy_into(ctl, backup, fresh, &report);
    if (code == 0 && (code = put_aside(ctl, state, aside)) == 0)
        code = put_in_place(ctl, state, fresh);
    if (code != 0)
        return code;
    if (ctl_wants_json(ctl))
        return ctl_document(ctl, report_json(&report), NULL);
    ctl_printf(ctl, "%s is in place\n", in_folder(ctl, state, STORE_FILE));
    show_report(ctl, &report);
    if (access(aside, F_OK) == 0)
        ctl_printf(ctl, "the store that was there is in %s\n", aside);
    ctl_printf(ctl, "When triaged starts, letters that wait in the copy are held (triagectl outbox\nlist --state held), and mail that came since is imported without an answer.\n");
    return 0;
}

int run_store_restore(struct ctl *ctl)
{
    struct ctl_paths paths;
    struct store *backup = NULL;
    struct verify_report report = {0};
    struct err err = {0};
    int lock = -1;
    const char *folder = ctl->args[0];
    if (!ctl_paths(ctl, &paths))
        return EX_NOINPUT;
    if (access(paths.state_directory, W_OK | X_OK) != 0)
        return refuse_file(ctl, errno == EACCES ? EX_NOPERM : EX_NOINPUT, "write into", paths.state_directory);
    if (!file_lock(paths.state_directory, &lock, &err))
        return ctl_refuse(ctl, EX_TEMPFAIL, "Running", "systemctl stop triaged", "triaged is running: %s", err.text);
    int code = verify_copy(ctl, folder, &report);
    if (code == 0 && !store_open(&backup, folder, false, true, &err))
        code = ctl_refuse(ctl, EX_DATAERR, "StoreTrouble", NULL, "%s", err.text);
    if (code == 0 && ctl_has(ctl, OPT_DRY_RUN))
        show_report(ctl, &report);
    else if (code == 0 && !ctl_sure(ctl, arena_text(ctl->arena, arena_printf(ctl->arena, "put the store of %s, with %lld mails, in the place of the one in %s?", folder,
                                                                           (long long)report.ledger, paths.state_directory))))
        code = EX_USAGE;
    else if (code == 0)
        code = restore(ctl, backup, paths.state_directory);
    store_close(&backup);
    close(lock);
    return code;
}
