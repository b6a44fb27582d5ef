/* statements: every SQL text of the daemon, by name. Bound parameters only, written $1, $2 … in the order in which they first appear; the SQL that SQLite
 * and PostgreSQL share. "+ 0" and "|| ''" behind a column keep SQLite from walking the index that has the right order instead of the one that has few rows. */
#include "sql.h"

#define TICKET_COLUMNS                                                                                                                                     \
    "id, kind, state, queue, severity, subject, requester, requester_name, owner, mailbox, language, impact, urgency, opened_at, updated_at, closed_at, "   \
    "due, messages, attachments, letters_waiting, customer, merged_into, wake_at, clocked, responded_at, answered_at, respond_due, update_due, resolve_due"
#define TICKET_FILTER                                                                                                                                      \
    " ($1 = '' OR queue = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR severity = $3) AND ($4 = '' OR owner = $4) AND ($5 = 0 OR opened_at >= $5)"      \
    " AND ($6 = 0 OR opened_at < $6) AND ($7 = 0 OR (due > 0 AND due < $7 AND state <> 'closed'))"                                                           \
    " AND lower(subject) LIKE $8 ESCAPE '\\' AND lower(subject) LIKE $9 ESCAPE '\\' AND lower(subject) LIKE $10 ESCAPE '\\'"                                \
    " AND lower(subject) LIKE $11 ESCAPE '\\' AND ($12 = '' OR customer = (SELECT c.id FROM customer c WHERE c.name = $12)) "
#define TICKET_ORDER                                                                                                                                       \
    " ORDER BY CASE WHEN due = 0 OR state = 'closed' THEN 1 ELSE 0 END, due, CASE WHEN severity = '' THEN 'Z' ELSE severity END, opened_at, id LIMIT $13"
#define MESSAGE_COLUMNS                                                                                                                                    \
    "id, ticket, COALESCE(ledger, 0), direction, sender, sender_name, recipients, subject, message_id, text, fresh, kind, outcome, reason, proof, mailbox, " \
    "folder, proposed, uid_validity, uid, at, size"
/* The ticket and those that went into it. */
#define FAMILY "WITH RECURSIVE family (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT t.id FROM ticket t JOIN family f ON t.merged_into = f.id) "
#define EVENT_COLUMNS "id, at, ticket, actor, kind, detail"
#define CUSTOMER_COLUMNS "c.id, c.name, c.plan, c.cc, c.note, c.timezone"
#define LEDGER_COLUMNS                                                                                                                                     \
    "id, at, internal_date, ticket, message, size, mailbox, folder, outcome, reason, message_id, sender, subject, answer, answer_why, uid_validity, uid, "  \
    "settled_at, hidden, sha256"
#define LEDGER_FILTER " AND ($1 = '' OR mailbox = $1) AND ($2 = '' OR outcome = $2) AND ($3 = 0 OR at >= $3)"

static const char *const texts[SQLS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_MARK] = "SAVEPOINT message",
    [SQL_KEEP] = "RELEASE SAVEPOINT message",
    [SQL_UNDO] = "ROLLBACK TO SAVEPOINT message",
    [SQL_STEP] = "SAVEPOINT step",
    [SQL_STEP_KEEP] = "RELEASE SAVEPOINT step",
    [SQL_STEP_UNDO] = "ROLLBACK TO SAVEPOINT step",
    [SQL_LAST_IDS] = "SELECT (SELECT COALESCE(MAX(id), 0) FROM ledger), (SELECT COALESCE(MAX(id), 0) FROM ticket),"
                     " (SELECT COALESCE(MAX(id), 0) FROM message), (SELECT COALESCE(MAX(id), 0) FROM letter), (SELECT COALESCE(MAX(id), 0) FROM event)",

    [SQL_SEAL_LAST] = "SELECT event, ledger, hash FROM seal ORDER BY id DESC LIMIT 1",
    [SQL_SEAL_ADD] = "INSERT INTO seal (event, ledger, hash) VALUES ($1, $2, $3)",
    [SQL_SEALS_AFTER] = "SELECT id, event, ledger, hash FROM seal WHERE id > $1 ORDER BY id LIMIT $2",
    [SQL_SEALED_EVENTS] = "SELECT id, COALESCE(ticket, 0), at, actor, kind, detail FROM event WHERE id > $1 AND id <= $2 ORDER BY id",
    [SQL_SEALED_LEDGER] = "SELECT g.id, g.folder, g.uid_validity, COALESCE(g.uid, 0), g.at, g.outcome, g.reason, g.answer, g.answer_why, w.sha256"
                          " FROM ledger g JOIN raw w ON w.id = g.raw WHERE g.id > $1 AND g.id <= $2 ORDER BY g.id",

    [SQL_UNTOLD] = "SELECT COUNT(*) FROM ledger WHERE folder = $1 AND uid_validity = $2 AND settled_at = 0 AND uid IS NOT NULL AND at < $3",
    [SQL_CHECK_PAGES] = "SELECT integrity_check FROM pragma_integrity_check($1)",
    [SQL_CHECK_REFERENCES] = "SELECT \"table\", COALESCE(rowid, 0) FROM pragma_foreign_key_check()",
    [SQL_RAWS_AFTER] = "SELECT id, sha256, encoding, octets FROM raw WHERE id > $1 ORDER BY id LIMIT 1",
    [SQL_ACCOUNT_ANSWERS] = "SELECT id FROM ledger WHERE id > $1 AND answer = 'sent' AND id NOT IN (SELECT ledger FROM letter WHERE id > $2 AND ledger IS NOT NULL)",
    [SQL_ACCOUNT_LETTERS] = "SELECT l.id FROM letter l WHERE l.id > $1 AND NOT EXISTS (SELECT 1 FROM recipient r WHERE r.letter = l.id)",
    [SQL_ACCOUNT_MESSAGES] = "SELECT g.id FROM ledger g WHERE g.id > $1 AND g.message IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = g.message)",
    [SQL_ACCOUNT_TALLY] = "SELECT t.outcome, t.count, (SELECT COUNT(*) FROM ledger g WHERE g.outcome = t.outcome) AS found FROM tally t"
                          " WHERE t.count <> (SELECT COUNT(*) FROM ledger g WHERE g.outcome = t.outcome)",
    [SQL_RELAYS_WAITING] = "SELECT DISTINCT relay FROM recipient WHERE ended_at = 0 AND state <> 'held' LIMIT 64",

    [SQL_INCARNATION] = "SELECT name, copied_at, ledger, ticket, message, letter FROM incarnation WHERE id = 1",
    [SQL_INCARNATE] = "UPDATE incarnation SET name = $1, copied_at = 0, ledger = $2, ticket = $3, message = $4, letter = $5 WHERE id = 1",
    [SQL_COPY_HOLD] = "UPDATE recipient SET state = 'held', reply = $1, next_at = 9223372036854775807 WHERE ended_at = 0 AND state <> 'held'",
    [SQL_COPY_FOLDERS] = "UPDATE folder SET first_look = $1, backfill = 4294967295 WHERE uid_validity > 0",

    [SQL_FOLDER_ID] = "SELECT id FROM folder WHERE mailbox = $1 AND name = $2",
    [SQL_FOLDER_MAKE] = "INSERT INTO folder (mailbox, name, uid_validity, baseline, backfill, first_look, last_look, confirmed) VALUES ($1, $2, 0, 0, 0, 0, 0, 0)",
    [SQL_FOLDER_GET] = "SELECT uid_validity, baseline, backfill, first_look, last_look, confirmed FROM folder WHERE mailbox = $1 AND name = $2",
    [SQL_FOLDER_PUT] = "INSERT INTO folder (mailbox, name, uid_validity, baseline, backfill, first_look, last_look, confirmed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                       " ON CONFLICT (mailbox, name) DO UPDATE SET uid_validity = $3, baseline = $4, backfill = $5, first_look = $6, last_look = $7, confirmed = $8",
    [SQL_FOLDER_KNOWN] = "SELECT uid FROM ledger WHERE folder = $1 AND uid_validity = $2 AND uid IS NOT NULL ORDER BY uid",
    [SQL_FOLDER_UNSETTLED] =
        "SELECT uid FROM ledger WHERE folder = $1 AND uid_validity = $2 AND settled_at = 0 AND uid IS NOT NULL ORDER BY uid",
    [SQL_SETTLE] = "UPDATE ledger SET settled_at = $1 WHERE folder = $2 AND uid_validity = $3 AND uid >= $4 AND uid <= $5 AND settled_at = 0",
    [SQL_MAILBOX_PAUSE] = "INSERT INTO mailbox (name, paused) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET paused = $2",
    [SQL_MAILBOX_PAUSED] = "SELECT paused FROM mailbox WHERE name = $1",

    [SQL_HAS_UID] = "SELECT 1 FROM ledger WHERE folder = $1 AND uid_validity = $2 AND uid = $3",
    [SQL_RAW_FIND] = "SELECT id, COALESCE(ticket, 0) FROM raw WHERE sha256 = $1",
    [SQL_MESSAGE_ID_FIND] = "SELECT ticket, COALESCE(letter, 0) FROM message_id WHERE id = $1",
    [SQL_TICKET_STATE] = "SELECT t.id, t.state, t.closed_at, t.subject, t.queue, t.severity, t.kind, t.owner, t.opened_at, COALESCE(t.customer, 0),"
                         " COALESCE((SELECT p.address FROM party p WHERE p.ticket = t.id AND p.role = 'requester'), '') FROM ticket t WHERE t.id = $1",
    [SQL_ADDRESS_KNOWN] = "SELECT 1 WHERE EXISTS (SELECT 1 FROM party WHERE address = $1) OR EXISTS (SELECT 1 FROM contact WHERE address = $1)",
    [SQL_REPEATED] = "SELECT t.id FROM (SELECT ticket FROM party WHERE address = $1 AND role = 'requester' ORDER BY id DESC LIMIT 20) p"
                     " JOIN ticket t ON t.id = p.ticket JOIN message m ON m.ticket = t.id"
                     " WHERE t.subject = $2 AND t.state <> 'closed' AND t.opened_at >= $3 AND m.direction = 'in' AND m.sender = $1 AND COALESCE(m.fresh, m.text) = $4"
                     " ORDER BY t.id DESC LIMIT 1",
    [SQL_PARTY_FIND] = "SELECT id FROM party WHERE ticket = $1 AND address = $2 AND role <> 'suggested'",

    [SQL_TWIN] = "SELECT m.id, g.at, f.mailbox, m.sender, m.subject, m.text, CASE WHEN g.outcome IN ('appended', 'automatic', 'bounce') THEN 0 ELSE 1 END,"
                 " CASE WHEN g.answer = 'sent' THEN 1 ELSE 0 END FROM message m JOIN ledger g ON g.id = m.ledger JOIN folder f ON f.id = g.folder"
                 " WHERE m.ticket = $1 AND m.message_id = $2 AND m.direction = 'in' ORDER BY m.id LIMIT 1",
    /* Both were opened by one mail: the first message of each has the same Message-ID. */
    [SQL_TWIN_HERE] = "SELECT t.id FROM link l JOIN ticket t ON t.id = CASE WHEN l.ticket = $1 THEN l.other ELSE l.ticket END WHERE (l.ticket = $1 OR l.other = $1)"
                      " AND t.mailbox = $2 AND EXISTS (SELECT 1 FROM message a JOIN message b ON b.message_id = a.message_id WHERE a.ticket = $1 AND b.ticket = t.id"
                      " AND a.message_id <> '' AND a.direction = 'in' AND b.direction = 'in') ORDER BY t.id LIMIT 1",

    [SQL_TICKET_ADD] = "INSERT INTO ticket (id, kind, state, queue, severity, impact, urgency, subject, language, mailbox, owner, opened_at, updated_at,"
                       " closed_at, due, respond_due, clocked, customer) VALUES ($1, $2, 'new', $3, $4, $5, $6, $7, $8, $9, '', $10, $11, 0, $12, $12, $13, $14)",
    [SQL_PARTY_ADD] = "INSERT INTO party (ticket, address, name, role) VALUES ($1, $2, $3, $4) ON CONFLICT (ticket, address) DO NOTHING",
    [SQL_RAW_ADD] = "INSERT INTO raw (sha256, size, truncated, ticket, encoding, octets) VALUES ($1, $2, $3, $4, $5, $6)",
    [SQL_RAW_LEADS] = "UPDATE raw SET ticket = $1 WHERE id = $2",
    [SQL_LEDGER_ADD] = "INSERT INTO ledger (id, folder, uid_validity, uid, at, internal_date, size, raw, outcome, reason, ticket, message, message_id, sender,"
                       " subject, answer, answer_why, backfill, settled_at, hidden)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0)",
    [SQL_TALLY] = "INSERT INTO tally (outcome, count) VALUES ($1, 1) ON CONFLICT (outcome) DO UPDATE SET count = tally.count + 1",
    [SQL_MESSAGE_ADD] = "INSERT INTO message (id, ticket, ledger, letter, direction, kind, sender, sender_name, recipients, subject, message_id, proof, proposed,"
                        " hidden, at, size, defects, text, fresh) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15, $16, $17, $18)",
    [SQL_ATTACHMENT_ADD] = "INSERT INTO attachment (message, part, name, type, sniffed, size, sha256, inline_part) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                           " ON CONFLICT (message, part) DO NOTHING",
    [SQL_MESSAGE_ID_ADD] = "INSERT INTO message_id (id, ticket, letter) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
    [SQL_MESSAGE_ID_TAKE] = "INSERT INTO message_id (id, ticket, letter) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET ticket = $2, letter = $3",
    [SQL_EVENT_ADD] = "INSERT INTO event (ticket, at, actor, kind, detail) VALUES ($1, $2, $3, $4, $5)",
    [SQL_PROVENANCE_ADD] = "INSERT INTO provenance (ticket, message, at, field, value, rule, file, line, ruleset, source, first_char, last_char, matched, because,"
                           " actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    [SQL_RULESET_FIND] = "SELECT id FROM ruleset WHERE hash = $1",
    [SQL_RULESET_ADD] = "INSERT INTO ruleset (hash) VALUES ($1) ON CONFLICT (hash) DO NOTHING",
    [SQL_TAG_ADD] = "INSERT INTO tag (ticket, name) VALUES ($1, $2) ON CONFLICT (ticket, name) DO NOTHING",
    [SQL_FIELD_PUT] = "INSERT INTO field (ticket, name, value) VALUES ($1, $2, $3) ON CONFLICT (ticket, name) DO UPDATE SET value = $3",
    [SQL_LINK_ADD] = "INSERT INTO link (ticket, other, at) VALUES ($1, $2, $3) ON CONFLICT (ticket, other) DO NOTHING",
    [SQL_TICKET_TOUCH] = "UPDATE ticket SET updated_at = $1 WHERE id = $2 AND updated_at < $1",
    [SQL_TICKET_SET_STATE] = "UPDATE ticket SET state = $1, closed_at = $2, updated_at = $3 WHERE id = $4",
    [SQL_RAW_OF_MESSAGE] =
        "SELECT w.encoding, w.octets FROM message m JOIN ledger g ON g.id = m.ledger JOIN raw w ON w.id = g.raw WHERE m.id = $1",
    [SQL_LEDGER_FOR_REFILE] = "SELECT COALESCE(ticket, 0), COALESCE(message, 0), internal_date, outcome, hidden, backfill FROM ledger WHERE id = $1",
    [SQL_MESSAGE_REFILE] = "UPDATE message SET kind = $1, sender = $2, sender_name = $3, recipients = $4, subject = $5, message_id = $6, proof = $7, defects = $8,"
                           " text = $9, fresh = $10 WHERE id = $11",
    [SQL_ATTACHMENTS_DROP] = "DELETE FROM attachment WHERE message = $1",
    [SQL_LEDGER_REFILED] = "UPDATE ledger SET message_id = $1, sender = $2, subject = $3, hidden = 1 WHERE id = $4",
    [SQL_TICKET_REFILE] = "UPDATE ticket SET kind = $1, queue = $2, severity = $3, impact = $4, urgency = $5, subject = $6, language = $7, updated_at = $8"
                          " WHERE id = $9",

    [SQL_CUSTOMER_BY_CONTACT] = "SELECT " CUSTOMER_COLUMNS " FROM contact k JOIN customer c ON c.id = k.customer WHERE k.address = $1",
    [SQL_CUSTOMER_BY_DOMAIN] = "SELECT " CUSTOMER_COLUMNS " FROM customer_domain d JOIN customer c ON c.id = d.customer WHERE d.domain = $1",
    [SQL_CUSTOMER_BY_NAME] = "SELECT " CUSTOMER_COLUMNS " FROM customer c WHERE c.name = $1",
    [SQL_CUSTOMER_ADD] = "INSERT INTO customer (name, plan, cc, note, timezone) VALUES ($1, $2, $3, $4, $5)",
    [SQL_CUSTOMER_CHANGE] = "UPDATE customer SET name = $1, plan = $2, cc = $3, note = $4, timezone = $5 WHERE id = $6",
    [SQL_CONTACT_PUT] = "INSERT INTO contact (address, customer, name) VALUES ($1, $2, $3) ON CONFLICT (address) DO UPDATE SET customer = $2, name = $3",
    [SQL_CONTACT_DROP] = "DELETE FROM contact WHERE address = $1",
    [SQL_DOMAIN_PUT] = "INSERT INTO customer_domain (domain, customer) VALUES ($1, $2) ON CONFLICT (domain) DO UPDATE SET customer = $2",
    [SQL_DOMAIN_DROP] = "DELETE FROM customer_domain WHERE domain = $1",
    [SQL_VIEW_CUSTOMERS] = "SELECT " CUSTOMER_COLUMNS ", c.contacts, c.open_tickets FROM v_customer c ORDER BY c.name LIMIT $1",
    [SQL_VIEW_CONTACTS] = "SELECT address, name FROM contact WHERE customer = $1 ORDER BY address",
    [SQL_VIEW_DOMAINS] = "SELECT domain FROM customer_domain WHERE customer = $1 ORDER BY domain",
    [SQL_VIEW_SUPPRESSIONS] = "SELECT address, reason, since, until FROM suppression WHERE until = 0 OR until > $1 ORDER BY address LIMIT $2",
    [SQL_SUPPRESS_DROP] = "DELETE FROM suppression WHERE address = $1",
    [SQL_PARTIES] = "SELECT id, address, name, role FROM party WHERE ticket = $1 ORDER BY id",
    [SQL_PARTIES_OF] = "SELECT id, ticket FROM party WHERE address = $1 AND ($2 = 0 OR ticket = $2) ORDER BY id",
    [SQL_OTHER_REQUESTER] = "SELECT id FROM party WHERE ticket = $1 AND role = 'requester' AND address <> $2",
    [SQL_PARTY_RAISE] = "UPDATE party SET role = $1 WHERE ticket = $2 AND address = $3 AND role = 'suggested'",
    [SQL_THREAD_ADD] = "INSERT INTO thread (message, refs, thread_index, thread_topic) VALUES ($1, $2, $3, $4)",
    [SQL_THREAD_OF] = FAMILY "SELECT m.id, m.message_id, m.subject, m.sender, COALESCE(m.fresh, m.text), h.refs, h.thread_index, h.thread_topic, m.at"
                             " FROM message m JOIN thread h ON h.message = m.id WHERE m.ticket IN (SELECT id FROM family) AND m.proposed = 0 AND m.hidden = 0"
                             " ORDER BY m.id DESC LIMIT 1",
    [SQL_TOKEN_REVOKED] = "SELECT 1 FROM revocation WHERE (ticket = $1 OR ticket IS NULL) AND purpose = $2 AND epoch >= $3 AND (party = $4 OR party IS NULL) LIMIT 1",
    [SQL_TOKEN_REVOKE] = "INSERT INTO revocation (purpose, ticket, party, epoch, at, actor) VALUES ($1, $2, $3, $4, $5, $6)",
    [SQL_OTHER_NUMBER] = "SELECT ticket FROM other_number WHERE source = $1 AND number = $2",
    [SQL_OTHER_NUMBER_PUT] = "INSERT INTO other_number (source, number, ticket) VALUES ($1, $2, $3) ON CONFLICT (source, number) DO UPDATE SET ticket = $3",
    [SQL_TICKET_IMPORT] = "INSERT INTO ticket (id, kind, state, queue, severity, impact, urgency, subject, language, mailbox, owner, opened_at, updated_at,"
                          " closed_at, due, customer) VALUES ($1, 'incident', $2, $3, $4, '', '', $5, '', '', '', $6, $7, $8, 0, $9)",
    [SQL_TICKET_CUSTOMER] = "UPDATE ticket SET customer = $1 WHERE id = $2",
    [SQL_MERGED_INTO] = "SELECT COALESCE(merged_into, 0) FROM ticket WHERE id = $1",
    [SQL_WAKING] = "SELECT id FROM ticket WHERE wake_at > 0 AND wake_at <= $1 ORDER BY wake_at, id LIMIT $2",
    [SQL_WAKE_AT] = "UPDATE ticket SET wake_at = $1 WHERE id = $2",
    [SQL_NEXT_WAKE] = "SELECT wake_at FROM ticket WHERE wake_at > 0 ORDER BY wake_at LIMIT 1",

    [SQL_LETTER_ADD] = "INSERT INTO letter (id, ticket, ledger, relay, kind, message_id, sender, created, size, octets) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    [SQL_RECIPIENT_ADD] = "INSERT INTO recipient (letter, relay, created, automatic, address, domain, state, tries, next_at, ended_at, code, enhanced, reply)"
                          " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, 0, '', '') ON CONFLICT (letter, address) DO NOTHING",
    [SQL_LETTERS_DUE] = "SELECT letter FROM recipient WHERE ended_at = 0 AND next_at <= $1 AND ($2 = '' OR relay = $2) ORDER BY next_at, relay, id",
    [SQL_LETTER_LOAD] = "SELECT id, COALESCE(ticket, 0), relay, kind, message_id, sender, created, octets FROM letter WHERE id = $1",
    [SQL_RECIPIENTS_DUE] = "SELECT id, address, tries, created FROM recipient WHERE letter = $1 AND ended_at = 0 AND next_at <= $2 ORDER BY id",
    [SQL_NEXT_DUE] = "SELECT next_at FROM recipient WHERE ended_at = 0 ORDER BY next_at LIMIT 1",
    /* What was held or dropped while it was under way stays so, unless the relay has taken or refused it for good. */
    [SQL_RECEIPT] = "UPDATE recipient SET tries = tries + 1, state = CASE WHEN state IN ('held', 'dropped') AND $1 IN ('deferred', 'unknown') THEN state ELSE $1 END,"
                    " next_at = CASE WHEN state IN ('held', 'dropped') THEN next_at ELSE $2 END,"
                    " ended_at = CASE WHEN $1 IN ('sent', 'failed') THEN $3 ELSE ended_at END, code = $4, enhanced = $5, reply = $6 WHERE id = $7",
    [SQL_RECEIPT_EVENT] = "INSERT INTO event (ticket, at, actor, kind, detail)"
                          " SELECT l.ticket, $1, 'relay ' || l.relay, 'letter ' || $2, 'L-' || l.id || ' to ' || r.address || CASE WHEN r.reply = '' THEN '' ELSE ': ' || r.reply END"
                          " FROM recipient r JOIN letter l ON l.id = r.letter WHERE r.id = $3",
    [SQL_SPENT_ADDRESS] = "SELECT COUNT(*) FROM recipient WHERE automatic = 1 AND address = $1 AND created >= $2",
    [SQL_SPENT_DOMAIN] = "SELECT COUNT(*) FROM recipient WHERE automatic = 1 AND domain = $1 AND created >= $2",
    [SQL_SPENT_ALL] = "SELECT COUNT(*) FROM recipient WHERE automatic = 1 AND created >= $1",
    [SQL_ATTEMPT_ANY] = "SELECT EXISTS (SELECT 1 FROM attempt)",
    [SQL_ATTEMPT_PUT] = "INSERT INTO attempt (sha256, tries, at) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO UPDATE SET tries = $2, at = $3",
    [SQL_ATTEMPT_GET] = "SELECT COALESCE((SELECT tries FROM attempt WHERE sha256 = $1), 0)",
    [SQL_ATTEMPT_DROP] = "DELETE FROM attempt WHERE sha256 = $1",
    [SQL_CLOCK_WAITING] = "UPDATE recipient SET next_at = next_at + $1 WHERE ended_at = 0 AND state <> 'held'",
    [SQL_CLOCK_SPENT] = "UPDATE recipient SET created = created + $1 WHERE ended_at = 0 OR automatic = 1 AND created > $2",
    [SQL_CLOCK_COPIES] = "UPDATE sent_copy SET next_at = next_at + $1 WHERE done_at = 0",
    [SQL_CLOCK_LATEST] = "UPDATE recipient SET next_at = $1 WHERE ended_at = 0 AND state <> 'held' AND next_at > $1",
    [SQL_CLOCK_FUTURE_SPENT] = "UPDATE recipient SET created = $1 WHERE automatic = 1 AND created > $1",
    [SQL_CLOCK_FUTURE_WAITING] = "UPDATE recipient SET created = $1 WHERE ended_at = 0 AND created > $1",
    [SQL_CLOCK_COPIES_LATEST] = "UPDATE sent_copy SET next_at = $1 WHERE done_at = 0 AND next_at > $1",
    [SQL_LAST_EVENT] = "SELECT COALESCE(MAX(at), 0) FROM event WHERE ticket IS NULL AND kind = $1",
    [SQL_SUPPRESSED] = "SELECT 1 FROM suppression WHERE address = $1 AND (until = 0 OR until > $2)",
    [SQL_SUPPRESS] = "INSERT INTO suppression (address, reason, since, until) VALUES ($1, $2, $3, $4)"
                     " ON CONFLICT (address) DO UPDATE SET reason = $2, since = $3, until = $4",
    [SQL_LETTER_QUEUE] = "UPDATE recipient SET state = CASE WHEN state = 'unknown' THEN state ELSE 'queued' END, next_at = $1, ended_at = 0"
                         " WHERE letter = $2 AND state IN ('queued', 'deferred', 'unknown', 'held', 'failed')",
    [SQL_LETTER_HOLD] =
        "UPDATE recipient SET state = 'held', next_at = 9223372036854775807 WHERE letter = $1 AND state IN ('queued', 'deferred', 'unknown')",
    [SQL_LETTER_DROP] =
        "UPDATE recipient SET state = 'dropped', ended_at = $1 WHERE letter = $2 AND state IN ('queued', 'deferred', 'unknown', 'held', 'failed')",

    [SQL_VALUE_STATE] = "SELECT state FROM ticket WHERE id = $1",
    [SQL_VALUE_OWNER] = "SELECT owner FROM ticket WHERE id = $1",
    [SQL_VALUE_QUEUE] = "SELECT queue FROM ticket WHERE id = $1",
    [SQL_VALUE_SEVERITY] = "SELECT severity FROM ticket WHERE id = $1",
    [SQL_VALUE_KIND] = "SELECT kind FROM ticket WHERE id = $1",
    [SQL_SET_OWNER] = "UPDATE ticket SET owner = $1 WHERE id = $2",
    [SQL_SET_QUEUE] = "UPDATE ticket SET queue = $1 WHERE id = $2",
    [SQL_SET_SEVERITY] = "UPDATE ticket SET severity = $1 WHERE id = $2",
    [SQL_SET_KIND] = "UPDATE ticket SET kind = $1 WHERE id = $2",
    [SQL_TAG_HAS] = "SELECT 1 FROM tag WHERE ticket = $1 AND name = $2",
    [SQL_TAG_DROP] = "DELETE FROM tag WHERE ticket = $1 AND name = $2",
    [SQL_FIELD_GET] = "SELECT value FROM field WHERE ticket = $1 AND name = $2",
    [SQL_FIELD_DROP] = "DELETE FROM field WHERE ticket = $1 AND name = $2",
    [SQL_LINK_HAS] = "SELECT 1 FROM link WHERE ticket = $1 AND other = $2",
    [SQL_LINK_DROP] = "DELETE FROM link WHERE ticket = $1 AND other = $2",
    [SQL_TICKET_EXISTS] = "SELECT 1 FROM ticket WHERE id = $1",
    [SQL_NOTE_ADD] = "INSERT INTO message (id, ticket, ledger, letter, direction, kind, sender, sender_name, recipients, subject, message_id, proof, proposed,"
                     " hidden, at, size, defects, text, fresh) VALUES ($1, $2, NULL, NULL, 'note', 'note', $3, '', '', '', '', '', 0, 0, $4, $5, 0, $6, NULL)",
    [SQL_NOTE_SHOWN] = "SELECT 1 FROM message WHERE id = $1 AND hidden = 0",
    [SQL_NOTE_HIDE] = "UPDATE message SET hidden = 1 WHERE id = $1",
    [SQL_CHANGE_ADD] = "INSERT INTO change (receipt, ticket, field, before, after, extra, at, actor, undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
    [SQL_CHANGES_OF] = "SELECT id, ticket, field, before, after, COALESCE(extra, 0), undone_at, at, actor FROM change WHERE receipt = $1 ORDER BY id DESC",
    [SQL_CHANGE_UNDONE] = "UPDATE change SET undone_at = $1 WHERE id = $2",
    [SQL_QUARANTINE_DROP] = "UPDATE ledger SET hidden = 1 WHERE id = $1 AND hidden = 0 AND outcome IN ('quarantined', 'held')",
    [SQL_LAST_RECEIPT] = "SELECT receipt FROM change WHERE (ticket = $1 OR (field = 'merged' AND ticket IN (SELECT id FROM ticket WHERE merged_into = $1)))"
                         " AND actor = $2 AND undone_at = 0 ORDER BY id DESC LIMIT 1",
    [SQL_TICKET_FACTS] = "SELECT t.id, COALESCE(t.merged_into, 0), COALESCE(t.customer, 0), t.wake_at, t.state, COALESCE(p.address, '') FROM ticket t"
                         " LEFT JOIN party p ON p.ticket = t.id AND p.role = 'requester' WHERE t.id = $1",
    [SQL_PARTY_ROLE] = "SELECT role FROM party WHERE ticket = $1 AND address = $2",
    [SQL_PARTY_ROLE_PUT] = "INSERT INTO party (ticket, address, name, role) VALUES ($1, $2, $3, $4) ON CONFLICT (ticket, address) DO UPDATE SET role = $4",
    [SQL_SUPPRESSION_OF] = "SELECT until, since, reason FROM suppression WHERE address = $1",
    [SQL_SET_MERGED] = "UPDATE ticket SET merged_into = $1 WHERE id = $2",
    [SQL_MESSAGE_FACTS] = "SELECT m.ticket, m.at, COALESCE(g.ticket, 0), m.direction, m.proposed, m.hidden, m.sender, m.sender_name, m.subject, m.message_id"
                          " FROM message m LEFT JOIN ledger g ON g.id = m.ledger WHERE m.id = $1",
    [SQL_LAST_INCOMING] = "SELECT id FROM message WHERE ticket = $1 AND direction = 'in' AND proposed = $2 AND hidden = 0 ORDER BY id DESC LIMIT 1",
    [SQL_COUNT_INCOMING] = "SELECT COUNT(*) FROM message WHERE ticket = $1 AND direction = 'in' AND proposed = 0 AND hidden = 0",
    [SQL_COUNT_HELD] = "SELECT COUNT(*) FROM message WHERE ticket = $1 AND hidden = 0 AND (direction <> 'out' OR kind NOT IN ('ack', 'automatic'))",
    [SQL_MESSAGE_MOVE] = "UPDATE message SET ticket = $1 WHERE id = $2",
    [SQL_MESSAGE_ID_MOVE] = "UPDATE message_id SET ticket = $1 WHERE id = $2 AND letter IS NULL",
    [SQL_RAW_MOVE] = "UPDATE raw SET ticket = $1 WHERE id = (SELECT g.raw FROM message m JOIN ledger g ON g.id = m.ledger WHERE m.id = $2)",
    [SQL_MESSAGE_TICKET] = "SELECT ticket FROM message WHERE id = $1 AND hidden = 0",
    [SQL_MESSAGE_ACCEPTED] = "SELECT ticket FROM message WHERE id = $1 AND hidden = 0 AND proposed = 0",
    [SQL_SET_PROPOSED] = "UPDATE message SET proposed = $1 WHERE id = $2",
    [SQL_TICKET_LIKE] = "INSERT INTO ticket (id, kind, state, queue, severity, impact, urgency, subject, language, mailbox, owner, opened_at, updated_at, closed_at, due, clocked)"
                        " SELECT $1, kind, 'new', queue, severity, impact, urgency, $2, language, mailbox, '', $3, $4, 0, 0, clocked FROM ticket WHERE id = $5",

    [SQL_DUE_WAIT] = "INSERT INTO due_waiting (ticket) VALUES ($1) ON CONFLICT (ticket) DO NOTHING",
    [SQL_DUE_WAIT_OPEN] = "INSERT INTO due_waiting (ticket) SELECT id FROM ticket WHERE state <> 'closed' AND clocked = 1 ON CONFLICT (ticket) DO NOTHING",
    [SQL_DUE_WAIT_CUSTOMER] = "INSERT INTO due_waiting (ticket) SELECT id FROM ticket WHERE customer = $1 AND state <> 'closed' AND clocked = 1 ON CONFLICT (ticket) DO NOTHING",
    [SQL_DUE_WAITING] = "SELECT ticket FROM due_waiting ORDER BY ticket LIMIT $1",
    [SQL_DUE_SETTLED] = "DELETE FROM due_waiting WHERE ticket = $1",
    [SQL_DUE_FACTS] = "SELECT t.state, t.severity, t.opened_at, t.closed_at, t.responded_at, t.answered_at, t.clocked, COALESCE(c.plan, ''), t.queue, t.owner,"
                      " t.wake_at FROM ticket t"
                      " LEFT JOIN customer c ON c.id = t.customer WHERE t.id = $1",
    [SQL_DUE_PUT] = "UPDATE ticket SET due = $1, respond_due = $2, update_due = $3, resolve_due = $4, escalate_at = $5 WHERE id = $6",
    [SQL_ESCALATE] = "SELECT id FROM ticket WHERE escalate_at > 0 AND escalate_at <= $1 ORDER BY escalate_at LIMIT $2",
    [SQL_NEXT_ESCALATION] = "SELECT escalate_at FROM ticket WHERE escalate_at > 0 ORDER BY escalate_at LIMIT 1",
    [SQL_ESCALATED] = "SELECT escalation, clock, started, percent FROM escalated WHERE ticket = $1 LIMIT $2",
    [SQL_ESCALATED_PUT] = "INSERT INTO escalated (ticket, escalation, clock, started, percent, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    [SQL_ANSWERED] = "UPDATE ticket SET responded_at = CASE WHEN responded_at = 0 THEN $1 ELSE responded_at END, answered_at = $1 WHERE id = $2",
    [SQL_PAUSES] = "SELECT state, from_at, to_at FROM pause WHERE ticket = $1 ORDER BY id DESC LIMIT $2",
    [SQL_PAUSE_BEGIN] = "INSERT INTO pause (ticket, state, from_at, to_at) VALUES ($1, $2, $3, 0)",
    [SQL_PAUSE_END] = "UPDATE pause SET to_at = $1 WHERE ticket = $2 AND to_at = 0",

    [SQL_REPLY_MAILBOX] = "SELECT t.mailbox FROM letter l JOIN ticket t ON t.id = l.ticket WHERE l.id = $1 AND l.kind = 'reply'",
    [SQL_COPY_ADD] = "INSERT INTO sent_copy (letter, mailbox, done_at, problem, tries, next_at) VALUES ($1, $2, 0, '', 0, $3) ON CONFLICT (letter) DO NOTHING",
    [SQL_COPIES_DUE] = "SELECT letter FROM sent_copy WHERE done_at = 0 AND next_at <= $1 AND mailbox = $2 ORDER BY next_at, letter LIMIT $3",
    [SQL_COPY_LOAD] = "SELECT c.tries, l.message_id, l.created, l.octets FROM sent_copy c JOIN letter l ON l.id = c.letter WHERE c.letter = $1",
    [SQL_NEXT_COPY] = "SELECT next_at FROM sent_copy WHERE done_at = 0 ORDER BY next_at LIMIT 1",
    [SQL_COPY_DONE] = "UPDATE sent_copy SET done_at = $1, problem = '' WHERE letter = $2 AND done_at = 0",
    [SQL_COPY_EVENT] = "INSERT INTO event (ticket, at, actor, kind, detail)"
                       " SELECT l.ticket, $1, 'mailbox ' || c.mailbox, 'copy put', 'L-' || l.id || ' into ' || $2 FROM sent_copy c JOIN letter l ON l.id = c.letter WHERE l.id = $3",
    [SQL_COPY_REFUSED] = "UPDATE sent_copy SET problem = $1, tries = tries + 1, next_at = $2 WHERE letter = $3 AND done_at = 0",
    [SQL_COPY_REFUSED_EVENT] = "INSERT INTO event (ticket, at, actor, kind, detail)"
                               " SELECT l.ticket, $1, 'mailbox ' || c.mailbox, 'copy refused', 'L-' || l.id || ': ' || $2 FROM sent_copy c JOIN letter l ON l.id = c.letter"
                               " WHERE c.problem <> $2 AND l.id = $3",
    /* With a ticket those that went into it: their messages show its state. */
    [SQL_MARK_WAIT] = "INSERT INTO mark_waiting (ticket) WITH RECURSIVE family (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT t.id FROM ticket t JOIN family f"
                      " ON t.merged_into = f.id) SELECT id FROM family WHERE 1 = 1 ON CONFLICT (ticket) DO NOTHING",
    [SQL_MARK_WAIT_OPEN] = "INSERT INTO mark_waiting (ticket) SELECT id FROM ticket WHERE state <> 'closed' ON CONFLICT (ticket) DO NOTHING",
    [SQL_MARK_TICKETS] = "SELECT ticket FROM mark_waiting WHERE ticket > $1 ORDER BY ticket LIMIT $2",
    [SQL_MARK_OF] = "SELECT state || '/' || severity FROM ticket WHERE id = $1",
    [SQL_MARKS_OF] = "SELECT g.id, g.uid_validity, g.uid, f.mailbox, f.name FROM message m JOIN ledger g ON g.id = m.ledger JOIN folder f ON f.id = g.folder"
                     " WHERE m.ticket = $1 AND m.proposed = 0 AND g.uid IS NOT NULL AND g.uid_validity = f.uid_validity AND g.marked <> $2 ORDER BY g.id LIMIT $3",
    [SQL_MARKED] = "UPDATE ledger SET marked = $1 WHERE id = $2",
    [SQL_MARK_DONE] = "DELETE FROM mark_waiting WHERE ticket = $1",

    [SQL_TICKETS_OPEN] = "SELECT id FROM ticket WHERE state <> 'closed' AND" TICKET_FILTER TICKET_ORDER,
    [SQL_TICKETS_OPEN_COUNT] = "SELECT COUNT(*) FROM ticket WHERE state <> 'closed' AND" TICKET_FILTER,
    [SQL_TICKETS_ANY] = "SELECT id FROM ticket WHERE" TICKET_FILTER TICKET_ORDER,
    [SQL_TICKETS_ANY_COUNT] = "SELECT COUNT(*) FROM ticket WHERE" TICKET_FILTER,
    [SQL_TICKET_COUNTS] = "SELECT queue, severity, state, COUNT(*) FROM ticket WHERE state <> 'closed' GROUP BY queue, severity, state ORDER BY queue, severity, state",
    [SQL_VIEW_TICKET] = "SELECT " TICKET_COLUMNS " FROM v_ticket WHERE id = $1",
    [SQL_TAGS_OF] = "SELECT 'tag', name FROM tag WHERE ticket = $1 ORDER BY name",
    [SQL_FIELDS_OF] = "SELECT 'field.' || name, value FROM field WHERE ticket = $1 ORDER BY name",
    [SQL_LINKS_OF] = "SELECT 'link', CAST(other AS TEXT) FROM link WHERE ticket = $1 ORDER BY other",
    [SQL_LINKED_BY] = "SELECT 'linked-by', CAST(ticket AS TEXT) FROM link WHERE other = $1 ORDER BY ticket",
    /* With those of the tickets that went into it; what was accepted here is shown once, though it opened one of them. */
    [SQL_MESSAGES_OF] = FAMILY "SELECT " MESSAGE_COLUMNS " FROM v_message m WHERE ticket IN (SELECT id FROM family) AND hidden = 0 AND (ticket = $1 OR NOT EXISTS"
                        " (SELECT 1 FROM message o WHERE o.ticket = $1 AND o.ledger = m.ledger AND o.hidden = 0)) ORDER BY id DESC LIMIT $2",
    [SQL_VIEW_MESSAGE] = "SELECT " MESSAGE_COLUMNS " FROM v_message WHERE id = $1",
    [SQL_SENT_TEXTS] = "SELECT text FROM message WHERE ticket = $1 AND direction = 'out' AND hidden = 0 ORDER BY id DESC LIMIT $2",
    [SQL_ATTACHMENTS_OF] = "SELECT part, name, type, sniffed, size, sha256, inline_part FROM attachment WHERE message = $1 ORDER BY part",
    [SQL_VIEW_PROVENANCE] = "SELECT at, message, field, value, rule, file, ruleset, source, matched, because, actor, line, first_char, last_char FROM v_provenance"
                            " WHERE ticket = $1 AND ($2 = '' OR field = $2) ORDER BY id LIMIT $3",
    [SQL_EVENTS_OF] = "SELECT " EVENT_COLUMNS " FROM event WHERE ticket = $1 ORDER BY id DESC LIMIT $2",
    [SQL_EVENTS_ALL] = "SELECT " EVENT_COLUMNS " FROM event ORDER BY id DESC LIMIT $1",
    [SQL_LEDGER_NEWEST] = "SELECT " LEDGER_COLUMNS " FROM v_ledger WHERE id > 0" LEDGER_FILTER " ORDER BY id DESC LIMIT $4",
    [SQL_LEDGER_AFTER] = "SELECT " LEDGER_COLUMNS " FROM v_ledger WHERE 1 = 1" LEDGER_FILTER " AND id > $4 ORDER BY id LIMIT $5",
    [SQL_LEDGER_OUTCOME] = "SELECT " LEDGER_COLUMNS " FROM v_ledger WHERE ($1 = '' OR mailbox = $1) AND outcome = $2 AND ($3 = 0 OR at >= $3)"
                           " ORDER BY id DESC LIMIT $4",
    [SQL_LEDGER_ONE] = "SELECT " LEDGER_COLUMNS " FROM v_ledger WHERE id = $1",
    [SQL_LETTERS_WAITING] = "SELECT DISTINCT letter + 0 FROM recipient WHERE ended_at = 0 ORDER BY 1 LIMIT $1",
    [SQL_LETTERS_ANY] = "SELECT id FROM letter ORDER BY id DESC LIMIT $1",
    [SQL_LETTERS_WAITING_IN] = "SELECT DISTINCT letter + 0 FROM recipient WHERE ended_at = 0 AND state = $1 ORDER BY 1 DESC LIMIT $2",
    [SQL_LETTERS_FAILED] = "SELECT DISTINCT letter FROM recipient WHERE state = 'failed' ORDER BY letter DESC LIMIT $1",
    [SQL_LETTERS_ENDED] = "SELECT DISTINCT letter FROM recipient WHERE state = $1 ORDER BY letter DESC LIMIT $2",
    [SQL_LETTERS_TICKET] = "SELECT id FROM letter WHERE ticket = $1 AND ($2 = 'any' OR EXISTS (SELECT 1 FROM recipient r WHERE r.letter = letter.id AND"
                           " (($2 = '' AND r.ended_at = 0) OR r.state = $2))) ORDER BY id DESC LIMIT $3",
    [SQL_VIEW_LETTER] = "SELECT id, COALESCE(ticket, 0), created, relay, kind, message_id, size FROM letter WHERE id = $1",
    [SQL_LETTER_OCTETS] = "SELECT octets FROM letter WHERE id = $1",
    [SQL_RECIPIENTS_OF] = "SELECT id, address, state, enhanced, reply, tries, code, next_at, ended_at FROM recipient WHERE letter = $1 ORDER BY id",
    [SQL_SEARCH_TICKETS] = "SELECT id, subject FROM ticket ORDER BY id DESC LIMIT $1",
    [SQL_SEARCH_PARTIES] = "SELECT address, name FROM party WHERE ticket = $1",
    [SQL_SEARCH_TEXTS] = "SELECT sender, sender_name, recipients, subject, text FROM message WHERE ticket = $1 AND hidden = 0",
    [SQL_FIGURES_TICKETS] = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'new' THEN 1 ELSE 0 END), 0),"
                            " COALESCE(SUM(CASE WHEN due > 0 AND due < $1 THEN 1 ELSE 0 END), 0),"
                            " COALESCE(SUM(CASE WHEN due >= $1 AND due <= $2 THEN 1 ELSE 0 END), 0) FROM ticket WHERE state <> 'closed'",
    [SQL_FIGURES_LETTERS] = "SELECT COUNT(DISTINCT CASE WHEN state <> 'held' THEN letter END), COUNT(DISTINCT CASE WHEN state = 'unknown' THEN letter END),"
                            " COUNT(DISTINCT CASE WHEN state = 'held' THEN letter END), COALESCE(MIN(CASE WHEN state <> 'held' THEN created END), 0)"
                            " FROM recipient WHERE ended_at = 0",
    [SQL_FIGURES_FAILED] = "SELECT COUNT(DISTINCT letter) FROM recipient WHERE state = 'failed'",
    [SQL_FIGURES_QUARANTINED] = "SELECT COUNT(*) FROM ledger WHERE outcome = 'quarantined' AND hidden = 0",
    [SQL_FIGURES_UNSETTLED] = "SELECT COUNT(*) FROM ledger WHERE settled_at = 0 AND uid IS NOT NULL",
    [SQL_FIGURES_TALLY] = "SELECT outcome, count FROM tally",
    [SQL_FIGURES_TODAY] = "SELECT outcome || '', COUNT(*) FROM ledger WHERE at >= $1 GROUP BY outcome || ''",
    [SQL_FIGURES_MAILBOXES] = "SELECT f.mailbox, MAX(f.last_look), COALESCE(SUM(g.mails), 0) FROM folder f LEFT JOIN"
                              " (SELECT folder + 0 AS folder, COUNT(*) AS mails FROM ledger WHERE at >= $1 GROUP BY folder + 0) g ON g.folder = f.id"
                              " GROUP BY f.mailbox ORDER BY f.mailbox",
};

const char *sql_text_of(enum sql which)
{
    return texts[which];
}
