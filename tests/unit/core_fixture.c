/* core_fixture: see the header. */
#include "core_fixture.h"

#include "base/hash.h"
#include "core/keys.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char desk_text[] = "desk \"Contoso Support\" { address support@contoso.example help@contoso.example; timezone Europe/Berlin; languages en de }\n"
                                "queue general\nqueue network\nqueue billing { acknowledge no }\n"
                                "mailbox support { url maildir:in; after delete }\nmailbox sales { url maildir:sales; queue billing }\n"
                                "relay default { url maildir:out }\n"
                                "authserv mx.contoso.example\n"
                                "severity B { respond 4h }\n"
                                "agent alice { name \"Alice Ng\"; address alice@contoso.example; queues network }\n"
                                "daemon { state-directory state; control-socket control.sock; templates templates; readers 1; reader-deadline 10s }\n"
                                "rule gateway { when subject ~ /gateway (?<gateway>[a-z]{2}-\\d+) is down/i; queue network; impact high; urgency medium;\n"
                                " field gateway; tag vpn; test \"Subject: gateway de-7 is down\" => queue network, severity B, field gateway \"de-7\" }\n"
                                "rule casino { when subject ~ /casino/i; ignore }\n"
                                "rule suspect { when subject ~ /invoice attached/i; hold }\n"
                                "rule quiet { when subject ~ /^no answer please/i; no-ack }\n";

static const char ack_text[] = "Subject: [{ticket}] {?subject}{subject}{/}{!subject}We have received your message{/}\n\nThank you. Severity: {severity}.\n";

const char *core_path(struct core_fixture *f, const char *name)
{
    return arena_text(f->arena, arena_printf(f->arena, "%s/%s", f->folder, name));
}

void core_put(struct core_fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(core_path(f, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void core_configure(struct core_fixture *f, const char *budget, const char *more)
{
    struct diagnoses d = {.arena = f->arena};
    size_t probes = 0;
    core_put(f, "triaged.conf", arena_text(f->arena, arena_printf(f->arena, "%s%s%s", desk_text, budget, more)));
    config_close(&f->config);
    scan_close(&f->scan);
    if (!config_load(core_path(f, "triaged.conf"), &f->config, &d)) {
        struct buf told = {0};
        diagnoses_print(&d, &told);
        fail_msg("%s", told.p);
    }
    const struct scan_probe *list = rules_probes(f->config->rules, &probes);
    assert_good(scan_open(&f->scan, list, probes, false, &f->err));
}

void core_budget(struct core_fixture *f, const char *budget)
{
    core_configure(f, budget, "");
}

int core_set_up(void **state)
{
    struct core_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/core-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->arena = arena_new();
    f->now = T0;
    const char *const folders[] = {"state", "templates", "in", "in/cur", "in/new", "in/tmp", "sales", "sales/cur", "sales/new", "sales/tmp", "out", "out/cur", "out/new", "out/tmp"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        assert_int_equal(mkdir(core_path(f, folders[i]), 0700), 0);
    core_put(f, "templates/ack.en.txt", ack_text);
    message_prepare();
    log_open("core-test", "stderr", LOG_ERROR);
    core_budget(f, "budget { recipient 100/h; domain 1000/h; global 1000/15min; operator boss@contoso.example }\n");
    assert_good(store_open(&f->store, core_path(f, "state"), true, false, &f->err));
    assert_good(keys_load(core_path(f, "state"), true, &f->keys, &f->err));
    *state = f;
    return 0;
}

/* Empties a folder of what the test put there; no link is followed. */
static void remove_all(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(directory), entry->d_name, 0) != 0)
            remove_all(dirfd(directory), entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    unlinkat(at, name, AT_REMOVEDIR);
}

int core_tear_down(void **state)
{
    struct core_fixture *f = *state;
    store_close(&f->store);
    config_close(&f->config);
    scan_close(&f->scan);
    remove_all(AT_FDCWD, f->folder);
    arena_free(&f->arena);
    free(f);
    return 0;
}

struct str core_mail(struct core_fixture *f, const char *format, ...)
{
    struct buf text = {0}, octets = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            buf_char(&octets, '\r');
        buf_char(&octets, text.p[i]);
    }
    struct str mail = arena_str(f->arena, buf_view(&octets));
    buf_free(&text);
    buf_free(&octets);
    return mail;
}

struct raw core_raw(struct core_fixture *f, struct str octets)
{
    struct raw raw = {.mailbox = STR("support"), .folder = STR("INBOX"), .uid_validity = 7, .uid = ++f->uid, .internal_date = f->now, .received = f->now,
                      .size = octets.n, .octets = octets};
    hash_sha256(octets, raw.sha256);
    return raw;
}

void core_read(struct core_fixture *f, const struct raw *raw, struct line *line)
{
    const struct desk *desk = &f->config->desk;
    const struct message_context context = {.own_addresses = desk->addresses, .own_address_count = desk->address_count, .loop_id = desk->loop_id};
    *line = (struct line){.arena = f->arena, .raw = *raw, .understood = true};
    message_read(f->arena, raw->octets, &context, &line->message);
    scan_run(f->scan, f->arena, &line->message, &line->hits);
}

void core_file(struct core_fixture *f, const struct raw *raw, struct line *line)
{
    const struct intake context = {.store = f->store, .config = f->config, .keys = &f->keys, .now = f->now};
    core_read(f, raw, line);
    assert_good(store_begin(f->store, &f->err));
    assert_good(intake(&context, line, &f->err));
    assert_good(store_commit(f->store, &f->err));
}

void core_file_mail(struct core_fixture *f, struct str octets, struct line *line)
{
    struct raw raw = core_raw(f, octets);
    core_file(f, &raw, line);
}

int64_t core_count(struct core_fixture *f, const char *format, ...)
{
    struct buf query = {0};
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    va_list args;
    va_start(args, format);
    buf_vprintf(&query, format, args);
    va_end(args);
    assert_int_equal(sqlite3_open_v2(core_path(f, "state/triaged.db"), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, query.p, -1, &statement, NULL) != SQLITE_OK)
        print_error("%s: %s\n", query.p, sqlite3_errmsg(db));
    else if (sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    buf_free(&query);
    return number;
}

void core_assert_good(bool good, const struct err *err, const char *call, const char *file, int line)
{
    if (good)
        return;
    print_error("%s: %s\n", call, err->text);
    _fail(file, line);
}

void core_assert_text(struct str got, const char *wanted, const char *file, int line)
{
    if (str_eq(got, str_of(wanted)))
        return;
    print_error("\"%.*s\" instead of \"%s\"\n", STR_ARG(got), wanted);
    _fail(file, line);
}

void core_assert_holds(struct str got, const char *part, const char *file, int line)
{
    if (str_find(got, str_of(part)) >= 0)
        return;
    print_error("\"%.*s\" without \"%s\"\n", STR_ARG(got), part);
    _fail(file, line);
}
