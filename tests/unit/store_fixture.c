/* store_fixture: see the header. The octets of mail n are made from n, so every mail is another. */
#include "store_fixture.h"

#include "base/hash.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->directory, sizeof f->directory, "/tmp/store-test.XXXXXX");
    if (mkdtemp(f->directory) == NULL || !store_open(&f->store, f->directory, true, false, &f->err)) {
        fprintf(stderr, "%s\n", f->err.text);
        return -1;
    }
    f->arena = arena_new();
    *state = f;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    arena_free(&f->arena);
    DIR *directory = opendir(f->directory);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory != NULL)
        closedir(directory);
    rmdir(f->directory);
    free(f);
    return 0;
}

void fixture_reopen(struct fixture *f)
{
    store_close(&f->store);
    assert_good(store_open(&f->store, f->directory, false, false, &f->err));
}

char *fixture_path(struct fixture *f, const char *suffix)
{
    return arena_text(f->arena, arena_printf(f->arena, "%s/triaged.db%s", f->directory, suffix));
}

void fixture_assert_str(struct str actual, const char *expected, const char *file, int line)
{
    if (str_eq(actual, str_of(expected)))
        return;
    print_error("\"%.*s\" instead of \"%s\"\n", STR_ARG(actual), expected);
    _fail(file, line);
}

void fixture_assert_good(bool good, const struct err *err, const char *call, const char *file, int line)
{
    if (good)
        return;
    print_error("%s: %s\n", call, err->text);
    _fail(file, line);
}

void fixture_assert_refused(bool good, struct err *err, enum err_kind kind, const char *part, const char *call, const char *file, int line)
{
    bool right = !good && err->kind == kind && strstr(err->text, part) != NULL;
    if (!right) {
        print_error("%s: %s, %s: %s\n", call, good ? "succeeded" : "failed", err_kind_name(err->kind), err->text);
        _fail(file, line);
    }
    *err = (struct err){0};
}

void mail_make(struct mail *mail, uint32_t uid)
{
    memset(mail, 0, sizeof *mail);
    snprintf(mail->octets, sizeof mail->octets, "Subject: VPN gateway de-7 is down\r\nX-Number: %u\r\n\r\nIt is down since noon.\r\n", uid);
    snprintf(mail->message_id, sizeof mail->message_id, "%u.mail@contoso.example", uid);
    mail->from = (struct address){STR("Jo Meier"), STR("jo@contoso.example")};
    mail->to = (struct address){STR(""), STR("support@fabrikam.example")};
    mail->raw = (struct raw){
        .mailbox = STR("support"), .folder = STR("INBOX"), .uid_validity = 7, .uid = uid, .internal_date = T0, .received = T0 + 1000,
        .octets = str_of(mail->octets),
    };
    mail->raw.size = mail->raw.octets.n;
    hash_sha256(mail->raw.octets, mail->raw.sha256);
    mail->attachment = (struct attachment){.name = STR("log.txt"), .type = STR("text/plain"), .sniffed = STR(""), .size = 99, .part = 2};
    hash_sha256(STR("log"), mail->attachment.sha256);
    mail->message = (struct message){
        .from = {&mail->from, 1}, .to = {&mail->to, 1}, .subject = STR("VPN gateway de-7 is down"), .message_id = str_of(mail->message_id),
        .text = STR("It is down since noon.\n\n> old words\n"), .fresh = STR("It is down since noon.\n"), .language = STR("en"),
        .attachments = &mail->attachment, .attachment_count = 1, .kind = MESSAGE_PERSON,
    };
    mail->sender = (struct sender){.address = STR("jo@contoso.example"), .name = STR("Jo Meier"), .proof = STR("DMARC pass")};
    mail->placement = (struct placement){.placed = PLACED_NEW, .evidence = STR("none"), .why = STR("nothing of ours")};
    mail->values[0] = (struct value){
        .field = STR("queue"), .text = STR("network"), .rule = STR("gateway-down"), .file = STR("rules.d/network.rules"), .line = 14, .source = STR("subject"),
        .start = 1, .end = 24, .matched = STR("VPN gateway de-7 is down"), .because = STR("")};
    mail->values[1] = (struct value){.field = STR("impact"), .text = STR("high"), .rule = STR("gateway-down"), .because = STR("")};
    mail->values[2] = (struct value){.field = STR("urgency"), .text = STR("high"), .rule = STR("gateway-down"), .because = STR("")};
    mail->values[3] = (struct value){.field = STR("severity"), .text = STR("A"), .because = STR("matrix impact high x urgency high")};
    mail->values[4] = (struct value){.field = STR("field.gateway"), .text = STR("de-7"), .rule = STR("gateway-down"), .because = STR("")};
    mail->values[5] = (struct value){.field = STR("tag"), .text = STR("vpn"), .rule = STR("gateway-down"), .because = STR("")};
    mail->values[6] = (struct value){.field = STR("tag"), .text = STR("outage"), .rule = STR("gateway-down"), .because = STR("")};
    mail->verdict = (struct verdict){
        .values = mail->values, .value_count = 7, .queue = STR("network"), .kind = STR("incident"), .severity = 0, .answer = true,
        .answer_why = STR("new ticket"), .language = STR("de"),
    };
    mail->filed = (struct filed){.outcome = OUTCOME_OPENED, .reason = STR("nothing of ours")};
}

bool mail_file(struct fixture *f, struct mail *mail)
{
    return store_file(f->store, &mail->raw, &mail->message, &mail->sender, &mail->placement, &mail->verdict, "9c41e7a", mail->raw.internal_date + 3600000, &mail->filed, &f->err);
}

void mail_commit(struct fixture *f, struct mail *mail)
{
    assert_good(store_begin(f->store, &f->err));
    assert_good(mail_file(f, mail));
    assert_good(store_commit(f->store, &f->err));
}

int64_t letter_commit(struct fixture *f, int64_t ticket, const char *address, int64_t created, int64_t due)
{
    struct str recipient = str_of(address);
    struct letter letter = {
        .ticket = ticket, .relay = STR("default"), .kind = STR("ack"), .from = STR(""), .recipients = &recipient, .recipient_count = 1,
        .octets = STR("Subject: We have your mail\r\n\r\nHello.\r\n"), .subject = STR("We have your mail"), .text = STR("Hello."), .created = created,
    };
    assert_good(store_letter_id(f->store, &letter.id, &f->err));
    letter.message_id = arena_printf(f->arena, "letter.%lld@fabrikam.example", (long long)letter.id);
    assert_good(store_begin(f->store, &f->err));
    assert_good(store_letter_add(f->store, &letter, 0, due, false, &f->err));
    assert_good(store_commit(f->store, &f->err));
    return letter.id;
}

int64_t count_rows(struct fixture *f, const char *query)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    assert_int_equal(sqlite3_open_v2(fixture_path(f, ""), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, query, -1, &statement, NULL) != SQLITE_OK)
        print_error("%s: %s\n", query, sqlite3_errmsg(db));
    else if (sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}
