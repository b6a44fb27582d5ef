/* schema: the tables of the one file, as a list of numbered migrations that only go forward. A migration is applied in one transaction together with its
 * number; what is released is never edited, only followed by the next. Names, types and texts keep to what SQLite and PostgreSQL share; times are
 * UTC milliseconds, 0 where there is none; a reference to nothing is NULL.
 *
 * The views v_* are an interface for other programs: columns are added, never renamed or removed. */
#include "sql.h"

/* A table whose key is all it is found by lies in its key's order: SQLite would keep the rows once more beside the index. An engine that knows no such
 * tables leaves the words out; nothing else depends on them. */
#define KEYED " WITHOUT ROWID;"

/* Names as the desk uses them stand as words (outcome, state, severity): a reader of the views needs no table of codes. */
static const char tables_1[] =
    "CREATE TABLE mailbox (name TEXT NOT NULL PRIMARY KEY, paused INTEGER NOT NULL)" KEYED

    "CREATE TABLE folder ("
    " id INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, name TEXT NOT NULL, uid_validity BIGINT NOT NULL, baseline BIGINT NOT NULL,"
    " backfill BIGINT NOT NULL, first_look BIGINT NOT NULL, last_look BIGINT NOT NULL, confirmed BIGINT NOT NULL,"
    " UNIQUE (mailbox, name));"

    "CREATE TABLE ruleset (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE);"

    "CREATE TABLE ticket ("
    " id INTEGER PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, queue TEXT NOT NULL, severity TEXT NOT NULL, impact TEXT NOT NULL,"
    " urgency TEXT NOT NULL, subject TEXT NOT NULL, language TEXT NOT NULL, mailbox TEXT NOT NULL, owner TEXT NOT NULL,"
    " opened_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, due BIGINT NOT NULL,"
    " CHECK (state IN ('new', 'open', 'pending', 'closed')));"
    "CREATE INDEX ticket_open ON ticket (due) WHERE state <> 'closed';"

    "CREATE TABLE party ("
    " id INTEGER PRIMARY KEY, ticket BIGINT NOT NULL REFERENCES ticket (id), address TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,"
    " UNIQUE (ticket, address));"

    /* The octets come last: whatever stands before them is read without touching their pages. */
    "CREATE TABLE raw ("
    " id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, size BIGINT NOT NULL, truncated INTEGER NOT NULL, ticket BIGINT REFERENCES ticket (id),"
    " encoding TEXT NOT NULL, octets BLOB NOT NULL);"

    /* uid is NULL for mail that came without one (ingest); `message` is written with the row and needs no constraint of its own. */
    "CREATE TABLE ledger ("
    " id INTEGER PRIMARY KEY, folder BIGINT NOT NULL REFERENCES folder (id), uid_validity BIGINT NOT NULL, uid BIGINT, at BIGINT NOT NULL,"
    " internal_date BIGINT NOT NULL, size BIGINT NOT NULL, raw BIGINT NOT NULL REFERENCES raw (id), outcome TEXT NOT NULL, reason TEXT NOT NULL,"
    " ticket BIGINT REFERENCES ticket (id), message BIGINT, message_id TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL,"
    " answer TEXT NOT NULL, answer_why TEXT NOT NULL, backfill INTEGER NOT NULL, settled_at BIGINT NOT NULL, hidden INTEGER NOT NULL,"
    " UNIQUE (folder, uid_validity, uid));"
    "CREATE INDEX ledger_unsettled ON ledger (folder, uid_validity, uid) WHERE settled_at = 0;"
    "CREATE INDEX ledger_at ON ledger (at, folder, outcome);"
    "CREATE INDEX ledger_outcome ON ledger (outcome, id);"
    "CREATE TABLE tally (outcome TEXT NOT NULL PRIMARY KEY, count BIGINT NOT NULL)" KEYED

    "CREATE TABLE letter ("
    " id INTEGER PRIMARY KEY, ticket BIGINT REFERENCES ticket (id), ledger BIGINT REFERENCES ledger (id), relay TEXT NOT NULL, kind TEXT NOT NULL,"
    " message_id TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, created BIGINT NOT NULL, size BIGINT NOT NULL, octets BLOB NOT NULL);"
    "CREATE INDEX letter_ticket ON letter (ticket);"

    /* relay, created and automatic repeat the letter's, so that what is due and what was spent are answered by one index each. */
    "CREATE TABLE recipient ("
    " id INTEGER PRIMARY KEY, letter BIGINT NOT NULL REFERENCES letter (id), relay TEXT NOT NULL, created BIGINT NOT NULL, automatic INTEGER NOT NULL,"
    " address TEXT NOT NULL, domain TEXT NOT NULL, state TEXT NOT NULL, tries BIGINT NOT NULL, next_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,"
    " code BIGINT NOT NULL, enhanced TEXT NOT NULL, reply TEXT NOT NULL,"
    " UNIQUE (letter, address),"
    " CHECK (state IN ('queued', 'deferred', 'unknown', 'held', 'sent', 'failed', 'dropped')));"
    "CREATE INDEX recipient_waiting ON recipient (next_at, relay) WHERE ended_at = 0;"
    "CREATE INDEX recipient_failed ON recipient (letter) WHERE state = 'failed';"
    "CREATE INDEX recipient_spent ON recipient (created) WHERE automatic = 1;"
    "CREATE INDEX recipient_address ON recipient (address, created) WHERE automatic = 1;"
    "CREATE INDEX recipient_domain ON recipient (domain, created) WHERE automatic = 1;"

    /* fresh is NULL where it equals the text; letter is set for what went out. */
    "CREATE TABLE message ("
    " id INTEGER PRIMARY KEY, ticket BIGINT NOT NULL REFERENCES ticket (id), ledger BIGINT REFERENCES ledger (id), letter BIGINT REFERENCES letter (id),"
    " direction TEXT NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL, sender_name TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL,"
    " message_id TEXT NOT NULL, proof TEXT NOT NULL, proposed INTEGER NOT NULL, hidden INTEGER NOT NULL, at BIGINT NOT NULL, size BIGINT NOT NULL,"
    " defects BIGINT NOT NULL, text TEXT NOT NULL, fresh TEXT,"
    " CHECK (direction IN ('in', 'out', 'note')));"
    "CREATE INDEX message_ticket ON message (ticket);"

    "CREATE TABLE attachment ("
    " message BIGINT NOT NULL REFERENCES message (id), part BIGINT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, sniffed TEXT NOT NULL,"
    " size BIGINT NOT NULL, sha256 BLOB NOT NULL, inline_part INTEGER NOT NULL, PRIMARY KEY (message, part))" KEYED

    "CREATE TABLE message_id (id TEXT NOT NULL PRIMARY KEY, ticket BIGINT NOT NULL REFERENCES ticket (id), letter BIGINT)" KEYED

    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY, ticket BIGINT REFERENCES ticket (id), at BIGINT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);"
    "CREATE INDEX event_ticket ON event (ticket) WHERE ticket IS NOT NULL;"
    "CREATE INDEX event_desk ON event (kind, at) WHERE ticket IS NULL;"

    "CREATE TABLE provenance ("
    " id INTEGER PRIMARY KEY, ticket BIGINT NOT NULL REFERENCES ticket (id), message BIGINT, at BIGINT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,"
    " rule TEXT NOT NULL, file TEXT NOT NULL, line BIGINT NOT NULL, ruleset BIGINT REFERENCES ruleset (id), source TEXT NOT NULL,"
    " first_char BIGINT NOT NULL, last_char BIGINT NOT NULL, matched TEXT NOT NULL, because TEXT NOT NULL, actor TEXT NOT NULL);"
    "CREATE INDEX provenance_ticket ON provenance (ticket);"

    "CREATE TABLE tag (ticket BIGINT NOT NULL REFERENCES ticket (id), name TEXT NOT NULL, PRIMARY KEY (ticket, name))" KEYED
    "CREATE TABLE field (ticket BIGINT NOT NULL REFERENCES ticket (id), name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (ticket, name))" KEYED
    "CREATE TABLE link (ticket BIGINT NOT NULL REFERENCES ticket (id), other BIGINT NOT NULL REFERENCES ticket (id), at BIGINT NOT NULL,"
    " PRIMARY KEY (ticket, other))" KEYED
    "CREATE INDEX link_other ON link (other);"

    /* Octets that a reader died over, by the number of the try last begun; gone when they are filed. */
    "CREATE TABLE attempt (sha256 BLOB NOT NULL PRIMARY KEY, tries BIGINT NOT NULL, at BIGINT NOT NULL)" KEYED

    "CREATE TABLE suppression (address TEXT NOT NULL PRIMARY KEY, reason TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL)" KEYED

    /* What was changed by hand, so that a receipt can take it back. `extra` is the row the change made (a note). */
    "CREATE TABLE change ("
    " id INTEGER PRIMARY KEY, receipt TEXT NOT NULL, ticket BIGINT NOT NULL REFERENCES ticket (id), field TEXT NOT NULL, before TEXT NOT NULL,"
    " after TEXT NOT NULL, extra BIGINT, at BIGINT NOT NULL, actor TEXT NOT NULL, undone_at BIGINT NOT NULL);"
    "CREATE INDEX change_receipt ON change (receipt);";

static const char views_1[] =
    "CREATE VIEW v_ticket AS SELECT t.id AS id, t.kind AS kind, t.state AS state, t.queue AS queue, t.severity AS severity, t.impact AS impact,"
    " t.urgency AS urgency, t.subject AS subject, t.language AS language, t.mailbox AS mailbox, t.owner AS owner,"
    " COALESCE(p.address, '') AS requester, COALESCE(p.name, '') AS requester_name,"
    " t.opened_at AS opened_at, t.updated_at AS updated_at, t.closed_at AS closed_at, t.due AS due,"
    " (SELECT COUNT(*) FROM message m WHERE m.ticket = t.id AND m.hidden = 0) AS messages,"
    " (SELECT COUNT(*) FROM message m JOIN attachment a ON a.message = m.id WHERE m.ticket = t.id AND m.hidden = 0) AS attachments,"
    " (SELECT COUNT(*) FROM letter l WHERE l.ticket = t.id AND EXISTS (SELECT 1 FROM recipient r WHERE r.letter = l.id AND r.ended_at = 0)) AS letters_waiting"
    " FROM ticket t LEFT JOIN party p ON p.ticket = t.id AND p.role = 'requester';"

    "CREATE VIEW v_message AS SELECT m.id AS id, m.ticket AS ticket, m.ledger AS ledger, m.letter AS letter, m.direction AS direction, m.kind AS kind,"
    " m.sender AS sender, m.sender_name AS sender_name, m.recipients AS recipients, m.subject AS subject, m.message_id AS message_id, m.proof AS proof,"
    " m.proposed AS proposed, m.hidden AS hidden, m.at AS at, m.size AS size, m.defects AS defects, m.text AS text, COALESCE(m.fresh, m.text) AS fresh,"
    " COALESCE(g.outcome, '') AS outcome, COALESCE(g.reason, '') AS reason, COALESCE(f.mailbox, '') AS mailbox, COALESCE(f.name, '') AS folder,"
    " COALESCE(g.uid_validity, 0) AS uid_validity, COALESCE(g.uid, 0) AS uid"
    " FROM message m LEFT JOIN ledger g ON g.id = m.ledger LEFT JOIN folder f ON f.id = g.folder;"

    "CREATE VIEW v_letter AS SELECT l.id AS id, l.ticket AS ticket, l.ledger AS ledger, l.relay AS relay, l.kind AS kind, l.message_id AS message_id,"
    " l.sender AS sender, l.created AS created, l.size AS size, r.id AS recipient, r.address AS address, r.state AS state, r.tries AS tries,"
    " r.next_at AS next_at, r.ended_at AS ended_at, r.code AS code, r.enhanced AS enhanced, r.reply AS reply"
    " FROM letter l JOIN recipient r ON r.letter = l.id;"

    "CREATE VIEW v_ledger AS SELECT g.id AS id, f.mailbox AS mailbox, f.name AS folder, g.uid_validity AS uid_validity, COALESCE(g.uid, 0) AS uid,"
    " g.at AS at, g.internal_date AS internal_date, g.size AS size, w.sha256 AS sha256, g.outcome AS outcome, g.reason AS reason,"
    " COALESCE(g.ticket, 0) AS ticket, COALESCE(g.message, 0) AS message, g.message_id AS message_id, g.sender AS sender, g.subject AS subject,"
    " g.answer AS answer, g.answer_why AS answer_why, g.backfill AS backfill, g.settled_at AS settled_at, g.hidden AS hidden"
    " FROM ledger g JOIN folder f ON f.id = g.folder JOIN raw w ON w.id = g.raw;"

    "CREATE VIEW v_provenance AS SELECT p.id AS id, p.ticket AS ticket, COALESCE(p.message, 0) AS message, p.at AS at, p.field AS field, p.value AS value,"
    " p.rule AS rule, p.file AS file, p.line AS line, COALESCE(s.hash, '') AS ruleset, p.source AS source, p.first_char AS first_char,"
    " p.last_char AS last_char, p.matched AS matched, p.because AS because, p.actor AS actor"
    " FROM provenance p LEFT JOIN ruleset s ON s.id = p.ruleset;"

    "CREATE VIEW v_event AS SELECT e.id AS id, COALESCE(e.ticket, 0) AS ticket, e.at AS at, e.actor AS actor, e.kind AS kind, e.detail AS detail FROM event e;";

/* The conversation: who belongs to whom, what a mail needs to be answered in its thread, tickets that went into another. */
static const char tables_2[] =
    "CREATE TABLE customer ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, plan TEXT NOT NULL, cc TEXT NOT NULL, note TEXT NOT NULL,"
    " timezone TEXT NOT NULL DEFAULT '',"
    " CHECK (cc IN ('', 'ask', 'same-domain', 'keep')));"
    "CREATE TABLE contact (address TEXT NOT NULL PRIMARY KEY, customer BIGINT NOT NULL REFERENCES customer (id), name TEXT NOT NULL);"
    "CREATE INDEX contact_customer ON contact (customer);"
    "CREATE TABLE customer_domain (domain TEXT NOT NULL PRIMARY KEY, customer BIGINT NOT NULL REFERENCES customer (id));"
    "CREATE INDEX customer_domain_customer ON customer_domain (customer);"

    "ALTER TABLE ticket ADD COLUMN customer BIGINT REFERENCES customer (id);"
    "ALTER TABLE ticket ADD COLUMN merged_into BIGINT REFERENCES ticket (id);"
    "ALTER TABLE ticket ADD COLUMN wake_at BIGINT NOT NULL DEFAULT 0;"
    /* Clocks: do they run at all (not of mail that was there before us); the first and the last answer by a human; when each is due, 0: not. */
    "ALTER TABLE ticket ADD COLUMN clocked INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE ticket ADD COLUMN responded_at BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE ticket ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE ticket ADD COLUMN respond_due BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE ticket ADD COLUMN update_due BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE ticket ADD COLUMN resolve_due BIGINT NOT NULL DEFAULT 0;"
    /* When somebody is to be told that time runs out, 0: never; and what was told: of that escalation, in the round of the clock that began then. */
    "ALTER TABLE ticket ADD COLUMN escalate_at BIGINT NOT NULL DEFAULT 0;"
    "CREATE INDEX ticket_escalate ON ticket (escalate_at) WHERE escalate_at > 0;"
    "CREATE TABLE escalated ("
    " ticket BIGINT NOT NULL REFERENCES ticket (id), escalation TEXT NOT NULL, clock INTEGER NOT NULL, started BIGINT NOT NULL, percent BIGINT NOT NULL, at BIGINT NOT NULL,"
    " PRIMARY KEY (ticket, escalation, clock, started, percent))" KEYED
    /* When a ticket was closed or pending; to_at 0: it still is. And tickets whose clocks are to be computed anew. */
    "CREATE TABLE pause (id INTEGER PRIMARY KEY, ticket BIGINT NOT NULL REFERENCES ticket (id), state TEXT NOT NULL, from_at BIGINT NOT NULL, to_at BIGINT NOT NULL);"
    "CREATE INDEX pause_ticket ON pause (ticket);"
    "CREATE TABLE due_waiting (ticket BIGINT NOT NULL PRIMARY KEY REFERENCES ticket (id))" KEYED
    "CREATE INDEX ticket_wake ON ticket (wake_at) WHERE wake_at > 0;"
    "CREATE INDEX ticket_customer ON ticket (customer) WHERE customer IS NOT NULL;"
    "CREATE INDEX ticket_merged ON ticket (merged_into) WHERE merged_into IS NOT NULL;"
    "CREATE INDEX change_ticket ON change (ticket);"

    "CREATE INDEX party_address ON party (address);"

    /* What an answer in the sender's thread needs beside his Message-ID. */
    "CREATE TABLE thread ("
    " message INTEGER PRIMARY KEY REFERENCES message (id), refs TEXT NOT NULL, thread_index TEXT NOT NULL, thread_topic TEXT NOT NULL);"

    /* A token is void when its purpose is named and its epoch is not above: of one ticket or all (NULL), of one party or all (NULL). */
    "CREATE TABLE revocation ("
    " id INTEGER PRIMARY KEY, purpose TEXT NOT NULL, ticket BIGINT, party BIGINT, epoch BIGINT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL);"
    "CREATE INDEX revocation_ticket ON revocation (ticket);"

    /* Numbers of another system, ours before this desk or a partner's now. */
    "CREATE TABLE other_number ("
    " source TEXT NOT NULL, number TEXT NOT NULL, ticket BIGINT NOT NULL REFERENCES ticket (id), PRIMARY KEY (source, number));"
    "CREATE INDEX other_number_ticket ON other_number (ticket);"

    /* Copies of what agents sent, for the mailbox's own folder; done_at 0: still to be put there. */
    "CREATE TABLE sent_copy ("
    " letter INTEGER PRIMARY KEY REFERENCES letter (id), mailbox TEXT NOT NULL, done_at BIGINT NOT NULL, problem TEXT NOT NULL, tries BIGINT NOT NULL,"
    " next_at BIGINT NOT NULL);"
    "CREATE INDEX sent_copy_waiting ON sent_copy (next_at) WHERE done_at = 0;"

    /* What the mailbox was last told of a message ("open/B"), and the tickets for which that may be out of date. */
    "ALTER TABLE ledger ADD COLUMN marked TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE mark_waiting (ticket BIGINT NOT NULL PRIMARY KEY REFERENCES ticket (id))" KEYED

    /* The chain over what happened: a row a transaction, up to which event and ledger row, and the digest of the one before and of those rows (seal.c). */
    "CREATE TABLE seal (id INTEGER PRIMARY KEY, event BIGINT NOT NULL, ledger BIGINT NOT NULL, hash BLOB NOT NULL);"

    /* Which store this is, when it was copied (0: it is no copy), and below which ids none is given (copy.c). */
    "CREATE TABLE incarnation ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, copied_at BIGINT NOT NULL, ledger BIGINT NOT NULL, ticket BIGINT NOT NULL,"
    " message BIGINT NOT NULL, letter BIGINT NOT NULL);"
    "INSERT INTO incarnation (id, name, copied_at, ledger, ticket, message, letter) VALUES (1, '', 0, 0, 0, 0, 0);";

static const char views_2[] =
    "DROP VIEW v_ticket;"
    "CREATE VIEW v_ticket AS SELECT t.id AS id, t.kind AS kind, t.state AS state, t.queue AS queue, t.severity AS severity, t.impact AS impact,"
    " t.urgency AS urgency, t.subject AS subject, t.language AS language, t.mailbox AS mailbox, t.owner AS owner,"
    " COALESCE(p.address, '') AS requester, COALESCE(p.name, '') AS requester_name,"
    " t.opened_at AS opened_at, t.updated_at AS updated_at, t.closed_at AS closed_at, t.due AS due,"
    " (SELECT COUNT(*) FROM message m WHERE m.ticket = t.id AND m.hidden = 0) AS messages,"
    " (SELECT COUNT(*) FROM message m JOIN attachment a ON a.message = m.id WHERE m.ticket = t.id AND m.hidden = 0) AS attachments,"
    " (SELECT COUNT(*) FROM letter l WHERE l.ticket = t.id AND EXISTS (SELECT 1 FROM recipient r WHERE r.letter = l.id AND r.ended_at = 0)) AS letters_waiting,"
    " COALESCE(c.name, '') AS customer, COALESCE(t.merged_into, 0) AS merged_into, t.wake_at AS wake_at, t.clocked AS clocked, t.responded_at AS responded_at,"
    " t.answered_at AS answered_at, t.respond_due AS respond_due, t.update_due AS update_due, t.resolve_due AS resolve_due"
    " FROM ticket t LEFT JOIN party p ON p.ticket = t.id AND p.role = 'requester' LEFT JOIN customer c ON c.id = t.customer;"
    "CREATE VIEW v_party AS SELECT p.id AS id, p.ticket AS ticket, p.address AS address, p.name AS name, p.role AS role FROM party p;"
    "CREATE VIEW v_customer AS SELECT c.id AS id, c.name AS name, c.plan AS plan, c.cc AS cc, c.note AS note, c.timezone AS timezone,"
    " (SELECT COUNT(*) FROM contact k WHERE k.customer = c.id) AS contacts,"
    " (SELECT COUNT(*) FROM ticket t WHERE t.customer = c.id AND t.state <> 'closed') AS open_tickets FROM customer c;";

static const char *const migration_1[] = {tables_1, views_1, NULL};
static const char *const migration_2[] = {tables_2, views_2, NULL};

static const char *const *const migrations[] = {migration_1, migration_2};

int64_t schema_newest(void)
{
    return (int64_t)(sizeof migrations / sizeof migrations[0]);
}

static bool apply(struct store *store, int64_t number, struct err *err)
{
    for (const char *const *text = migrations[number - 1]; *text != NULL; text++)
        if (!sql_script(store, *text, err))
            return false;
    return sql_once(store, "INSERT INTO schema_version (number, at) VALUES ($1, $2)", CELLS(cell_int(number), cell_int(0)), NULL, err);
}

bool schema_version(struct store *store, int64_t *version, struct err *err)
{
    int64_t tables = 0;
    *version = 0;
    if (!sql_once(store, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'", NULL, 0, &tables, err))
        return false;
    return tables == 0 || sql_once(store, "SELECT COALESCE(MAX(number), 0) FROM schema_version", NULL, 0, version, err);
}

bool schema_migrate(struct store *store, struct err *err)
{
    int64_t version = 0;
    if (!schema_version(store, &version, err))
        return false;
    if (version == 0 && !sql_script(store, "CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)", err))
        return false;
    for (int64_t next = version + 1; next <= schema_newest(); next++) {
        if (!sql_script(store, "BEGIN IMMEDIATE", err))
            return false;
        if (!apply(store, next, err) || !sql_script(store, "COMMIT", err)) {
            sql_give_up(store);
            return err_wrap(err, "schema %lld", (long long)next);
        }
    }
    return true;
}
