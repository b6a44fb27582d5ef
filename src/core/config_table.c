/* config_table: every setting there is. This one table reads, prints and explains the configuration, gives the defaults, and is what the manual is
 * checked against: whoever adds a row adds its paragraph to triaged.conf(5). */
#include "core/config_read.h"

#include "base/clock.h"

#include <stddef.h>

#define KILO INT64_C(1024)
#define MEGA (KILO * 1024)
#define GIGA (MEGA * 1024)

static const struct config_word backlog_words[] = {{"import", BACKLOG_IMPORT}, {"ask", BACKLOG_ASK}, {"answer", BACKLOG_ANSWER}, {NULL, 0}};
static const struct config_word existing_words[] = {
    {"skip", EXISTING_SKIP}, {"backfill", EXISTING_BACKFILL}, {"process", EXISTING_PROCESS}, {NULL, 0}};
static const struct config_word cc_words[] = {{"ask", CC_ASK}, {"same-domain", CC_SAME_DOMAIN}, {"keep", CC_KEEP}, {NULL, 0}};
static const struct config_word log_words[] = {{"auto", 0}, {"stderr", 0}, {"journal", 0}, {NULL, 0}};
static const struct config_word level_words[] = {
    {"error", LOG_ERROR}, {"warning", LOG_WARNING}, {"notice", LOG_NOTICE}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {NULL, 0}};

/* Places of the members that settings fill. */
#define DESK(member) .offset = offsetof(struct desk, member)
#define DESK_LIST(member, number) .offset = offsetof(struct desk, member), .extra = offsetof(struct desk, number)
#define MAILBOX(member) .offset = offsetof(struct config_mailbox, member)
#define RELAY(member) .offset = offsetof(struct relay_settings, member)
#define QUEUE(member) .offset = offsetof(struct queue_settings, member)
#define SEVERITY(member) .offset = offsetof(struct severity_settings, member)
#define CALENDAR(member) .offset = offsetof(struct calendar, member)
#define CALENDAR_LIST(member, number) .offset = offsetof(struct calendar, member), .extra = offsetof(struct calendar, number)
#define PLAN(member) .offset = offsetof(struct plan_settings, member)
#define ROSTER(member) .offset = offsetof(struct roster_settings, member)
#define ROSTER_LIST(member, number) .offset = offsetof(struct roster_settings, member), .extra = offsetof(struct roster_settings, number)
#define ESCALATION(member) .offset = offsetof(struct escalation_settings, member)
#define ESCALATION_LIST(member, number) .offset = offsetof(struct escalation_settings, member), .extra = offsetof(struct escalation_settings, number)
#define AGENT(member) .offset = offsetof(struct agent_settings, member)
#define AGENT_LIST(member, number) .offset = offsetof(struct agent_settings, member), .extra = offsetof(struct agent_settings, number)
#define DAEMON(member) .offset = offsetof(struct config, member)
#define DAEMON_LIST(member, number) .offset = offsetof(struct config, member), .extra = offsetof(struct config, number)

static const struct config_setting settings[] = {
    {"desk", "", "\"NAME\"", "required", "The desk and its name, as customers read it in front of the address.",
     "desk \"Contoso Support\" { address support@contoso.example }", .take = NULL},
    {"desk", "address", "ADDRESS ...", "required",
     "Addresses of the desk. Letters come from the first; mail from any of them counts as our own.", "address support@contoso.example help@contoso.example",
     .take = take_addresses, DESK_LIST(addresses, address_count)},
    {"desk", "domain", "DOMAIN", "the domain of the first address", "Right side of the Message-IDs that the desk makes.", "domain contoso.example",
     .take = take_domain, DESK(domain), .compute = standard_domain},
    {"desk", "timezone", "ZONE", "UTC", "IANA time zone in which times are told to customers.", "timezone Europe/Berlin", .take = take_zone, DESK(timezone)},
    {"desk", "languages", "LANGUAGE ...", "en",
     "ISO 639-1 codes of the languages the desk answers in (Norwegian: no). The first is taken when that of a message is unknown or not among them.", "languages en de",
     .take = take_languages, DESK_LIST(languages, language_count)},
    {"desk", "tag", "1 to 12 letters or digits", "INC", "Tag of ticket numbers in subjects: INC gives [INC-1042].", "tag INC", .take = take_tag, DESK(tag)},
    {"desk", "reopen-window", "DURATION, 0s to 1000d", "14d", "A reply within this time after closing opens the ticket again; a later one opens a new, linked ticket.",
     "reopen-window 14d", .take = take_span, DESK(reopen_window), .least = 0, .most = 1000 * CLOCK_DAY},
    {"desk", "command-prefix", "TEXT ...", "#", "What begins a command on the first lines of an agent's mail: up to eight texts of one to eight characters.", "command-prefix \"#\" \"!\"",
     .take = take_words, DESK_LIST(prefixes, prefix_count), .least = 8, .most = 8},
    {"desk", "cc", "ask | same-domain | keep", "ask",
     "What becomes of addresses that a proven customer puts into Cc: they are only shown to the agent, those of his own domain take part, or all take part. A customer's own setting stands above it.",
     "cc same-domain", .take = take_word, DESK(cc), .words = cc_words},
    {"desk", "undo-window", "DURATION, 0s to 1000d", "1d", "How long an agent's #undo takes back what a command did.", "undo-window 2h", .take = take_span,
     DESK(undo_window), .least = 0, .most = 1000 * CLOCK_DAY},
    {"desk", "relay-max", "SIZE, 0K to 100M", "20M", "Attachments of a mail up to this size together are carried on to customers and agents; what is above is named instead.",
     "relay-max 10M", .take = take_size, DESK(relay_max), .least = 0, .most = 100 * MEGA},
    {"desk", "former-tag", "TEXT ...", "", "Words before a ticket number of an earlier system in subjects, so that answers to its mails find the tickets that were imported from it.",
     "former-tag \"Ticket#\"", .take = take_words, DESK_LIST(former_tags, former_tag_count), .least = 16, .most = 40},
    {"desk", "default-queue", "QUEUE", "the first queue", "Queue of tickets that no rule and no mailbox sends elsewhere.", "default-queue general",
     .take = take_name, DESK(default_queue), .compute = standard_queue, .refers = "queue"},
    {"desk", "default-severity", "A | B | C | D", "C", "Severity of tickets to which no rule gives one.", "default-severity C",
     .take = take_severity, DESK(default_severity)},

    {"mailbox", "", "NAME", "", "A place where mail comes in. There may be many; each has a thread of its own.",
     "mailbox support { url imaps://support@contoso.example@mail.contoso.example/INBOX; password credential support }", .take = NULL},
    {"mailbox", "url", "imaps://USER@HOST[:PORT][/FOLDER] | imap+starttls://... | imap+insecure://... | maildir:PATH", "required",
     "Where the mailbox is. The user may contain \"@\"; other special characters are written as %XX. Plaintext (imap+insecure) is for loopback addresses only.",
     "url imaps://support@contoso.example@mail.contoso.example/INBOX", .take = take_mailbox_url},
    {"mailbox", "folders", "FOLDER ...", "the folder of the url, else INBOX", "Folders to watch, unless the url names one. News in the first is noticed at once, in the others at each poll.",
     "folders INBOX Urgent", .take = take_folders, .offset = offsetof(struct config_mailbox, settings.folders), .extra = offsetof(struct config_mailbox, settings.folder_count),
     .compute = standard_folders},
    {"mailbox", "password", "credential NAME | file PATH | command PROGRAM [ARGUMENT ...]", "",
     "Where the password comes from: a credential of the service manager, a file not readable by others, or the first line that a program prints.",
     "password credential support", .take = take_password, MAILBOX(settings.secret)},
    {"mailbox", "oauth2-token", "file PATH | command PROGRAM [ARGUMENT ...] | credential NAME", "",
     "Where a bearer token comes from, instead of a password. It is read anew at each login.", "oauth2-token command /usr/local/bin/token support",
     .take = take_token, MAILBOX(settings.secret)},
    {"mailbox", "after", "keep | flag KEYWORD | move FOLDER | delete", "keep",
     "What becomes of a message in the mailbox once its record is committed. The keyword may also be \\Seen.", "after move Processed", .take = take_after},
    {"mailbox", "poll", "DURATION, 1s to 1d", "60s", "Time between looks at every folder, whether or not the server tells of news.", "poll 5min",
     .take = take_span, MAILBOX(settings.poll), .least = CLOCK_SECOND, .most = CLOCK_DAY},
    {"mailbox", "existing", "skip | backfill | process", "skip",
     "What to do with mail that is there at the very first look: leave it alone, make tickets without answers and clocks, or treat it as new.", "existing backfill",
     .take = take_word, MAILBOX(existing), .words = existing_words},
    {"mailbox", "backlog", "import | ask | answer", "import",
     "What to do with a backlog, many old messages at once that are not on record, as after a long outage, in a folder made anew, or at the very first look: make tickets "
     "without answers and clocks, leave it until triagectl mailbox confirm, or treat it as new.",
     "backlog ask", .take = take_word, MAILBOX(backlog), .words = backlog_words},
    {"mailbox", "backlog-count", "NUMBER, 1 to 1000000", "100", "More old messages than this are a backlog.", "backlog-count 500", .take = take_number,
     MAILBOX(settings.backlog_count), .least = 1, .most = 1000000},
    {"mailbox", "backlog-age", "DURATION, 1d to 1000d", "1d", "Messages older than this are old; servers compare whole days.", "backlog-age 3d", .take = take_span,
     MAILBOX(settings.backlog_age), .least = CLOCK_DAY, .most = 1000 * CLOCK_DAY},
    {"mailbox", "queue", "QUEUE", "the default-queue of the desk", "Queue of its tickets, unless a rule says otherwise.", "queue network", .take = take_name, MAILBOX(queue),
     .compute = standard_implied, .refers = "queue"},
    {"mailbox", "relay", "RELAY", "the first relay", "Relay by which letters about its tickets leave.", "relay default", .take = take_name, MAILBOX(relay),
     .compute = standard_implied, .refers = "relay"},
    {"mailbox", "sent", "FOLDER", "", "Folder into which a copy of each answer by an agent is put, as read, once its relay has taken it; it is made when missing.", "sent Sent",
     .take = take_folder, MAILBOX(sent)},
    {"mailbox", "state-keywords", "yes | no", "no",
     "Whether the state and severity of a ticket show on its messages in the mailbox, as one of the keywords $TicketNew, $TicketOpen, $TicketPending, $TicketClosed and one of $TicketA to $TicketD. "
     "What is moved or deleted afterwards shows nothing.",
     "state-keywords yes", .take = take_yes, MAILBOX(state_keywords)},
    {"mailbox", "ca-file", "PATH", "", "Certificates (PEM) to trust for this server instead of the system's.", "ca-file own-ca.pem", .take = take_path,
     MAILBOX(settings.server.ca_file)},
    {"mailbox", "fingerprint", "SHA-256 in hex", "", "Fingerprint of the server's certificate, instead of trusting an authority.",
     "fingerprint 6d:1f:...", .take = take_fingerprint, MAILBOX(settings.server.fingerprint)},
    {"mailbox", "timeout", "DURATION, 1s to 10min", "60s", "Time one command to the server may take.", "timeout 30s", .take = take_span,
     MAILBOX(settings.server.timeout), .least = CLOCK_SECOND, .most = 10 * CLOCK_MINUTE},
    {"mailbox", "size-max", "SIZE, 256K to 1G", "size-max of the daemon", "Of a bigger message only the headers and the first 256 KB are fetched.", "size-max 20M",
     .take = take_size, MAILBOX(settings.size_max), .least = 256 * KILO, .most = GIGA, .compute = standard_size},

    {"relay", "", "NAME", "", "A server that takes our letters. At least one is needed when there is a mailbox.",
     "relay default { url submissions://support@contoso.example@mail.contoso.example; password credential support }", .take = NULL},
    {"relay", "url", "submissions://[USER@]HOST[:PORT] | submission+starttls://... | smtp+insecure://... | maildir:PATH", "required",
     "Where the relay is; smtp+starttls means the same as submission+starttls. Plaintext (smtp+insecure) is for loopback addresses only. Without a user there is no login.",
     "url submissions://support@contoso.example@mail.contoso.example", .take = take_relay_url},
    {"relay", "password", "credential NAME | file PATH | command PROGRAM [ARGUMENT ...]", "", "As in section mailbox.", "password credential support", .take = take_password,
     RELAY(secret)},
    {"relay", "oauth2-token", "file PATH | command PROGRAM [ARGUMENT ...] | credential NAME", "", "As in section mailbox.", "oauth2-token file /run/triaged/token",
     .take = take_token, RELAY(secret)},
    {"relay", "ehlo", "DOMAIN", "the name of the host", "Name by which we greet the relay.", "ehlo desk.contoso.example", .take = take_domain, RELAY(ehlo),
     .compute = standard_implied},
    {"relay", "per-minute", "NUMBER, 0 to 100000", "0", "Letters a minute at most; 0: no limit.", "per-minute 30", .take = take_number, RELAY(per_minute), .least = 0, .most = 100000},
    {"relay", "ca-file", "PATH", "", "As in section mailbox.", "ca-file own-ca.pem", .take = take_path, RELAY(server.ca_file)},
    {"relay", "fingerprint", "SHA-256 in hex", "", "As in section mailbox.", "fingerprint 6d:1f:...", .take = take_fingerprint, RELAY(server.fingerprint)},
    {"relay", "timeout", "DURATION, 1s to 10min", "60s", "As in section mailbox.", "timeout 2min", .take = take_span, RELAY(server.timeout), .least = CLOCK_SECOND,
     .most = 10 * CLOCK_MINUTE},

    {"queue", "", "NAME", "", "A queue in which tickets wait. At least one is needed.", "queue network { template outage }", .take = NULL},
    {"queue", "template", "TEMPLATE", "ack", "Template of its acknowledgements, unless a rule names another.", "template outage", .take = take_name, QUEUE(template),
     .compute = standard_implied, .refers = "template"},
    {"queue", "acknowledge", "yes | no", "yes", "Whether new tickets in it are acknowledged.", "acknowledge no", .take = take_yes, QUEUE(acknowledge)},

    {"severity", "", "A | B | C | D", "", "One of the four severities, A being the most severe.", "severity A { name Critical; respond 1h }", .take = NULL},
    {"severity", "name", "TEXT", "Critical, Moderate, Minimal, Advisory", "Its name, as customers read it.", "name Critical", .take = take_text, SEVERITY(name),
     .compute = standard_severity, .most = CONFIG_TEXT_MAX},
    {"severity", "respond", "none | DURATION [always | in CALENDAR], 1min to 1000d", "none",
     "Time until the first answer by a human, which the acknowledgement promises; none: nothing is promised. It counts while that calendar is open; without one, that of the "
     "customer's plan, and without that, always.",
     "respond 8h in office", .take = take_target, SEVERITY(targets[DESK_RESPOND]), .least = CLOCK_MINUTE, .most = 1000 * CLOCK_DAY},
    {"severity", "update", "none | DURATION [always | in CALENDAR], 1min to 1000d", "none",
     "Time from one answer by a human to the next, until the ticket is closed. It stands still while the ticket is pending.", "update 2h always", .take = take_target,
     SEVERITY(targets[DESK_UPDATE]), .least = CLOCK_MINUTE, .most = 1000 * CLOCK_DAY},
    {"severity", "resolve", "none | DURATION [always | in CALENDAR], 1min to 1000d", "none",
     "Time until the ticket is closed. It stands still while the ticket is pending, once a human has answered.", "resolve 5d in office", .take = take_target,
     SEVERITY(targets[DESK_RESOLVE]), .least = CLOCK_MINUTE, .most = 1000 * CLOCK_DAY},
    {"severity", "phone", "TEXT", "", "Telephone number to call for it, told in the acknowledgement.", "phone \"+49 30 555 0100\"", .take = take_text, SEVERITY(phone),
     .most = CONFIG_TEXT_MAX},

    {"calendar", "", "NAME", "", "Hours in which promised times count. The calendar always, which is open at all times, is there by itself.",
     "calendar office { hours mon-fri 08:00-18:00; holidays file holidays-de.ics }", .take = NULL},
    {"calendar", "hours", "DAY ... FROM-TO ... [DAY ... FROM-TO ...]", "required",
     "Days (mon, tue, wed, thu, fri, sat, sun, or from one to another as mon-fri), then the times between which it is open on them, as the clock on the wall shows them; and "
     "again. 24:00 ends a day; what ends before it begins, as 22:00-06:00, ends on the day behind and belongs to the one on which it begins.",
     "hours mon-thu 08:00-12:00 13:00-17:00 fri 08:00-14:00", .take = take_hours, CALENDAR_LIST(hours, hour_count), .adds_up = true},
    {"calendar", "timezone", "ZONE", "the timezone of the desk", "IANA time zone of its hours and holidays.", "timezone America/New_York", .take = take_zone, CALENDAR(timezone),
     .compute = standard_desk_zone},
    {"calendar", "holidays", "file PATH | DATE ...", "",
     "Days on which nothing that begins on them is open: whole days of iCalendar files (RFC 5545), the recurring ones included, and single dates.",
     "holidays file holidays-de.ics 2026-12-24 2026-12-31", .take = take_holidays, CALENDAR_LIST(holidays, holiday_count), .adds_up = true},

    {"plan", "", "NAME", "", "What customers have bought (triagectl customer edit NAME plan PLAN). What it does not say is as for everybody.",
     "plan premier { calendar always; respond A 15min B 1h }", .take = NULL},
    {"plan", "calendar", "CALENDAR", "always", "Calendar on which times count that name none.", "calendar office", .take = take_calendar, PLAN(calendar)},
    {"plan", "severity-cap", "A | B | C | D", "A", "The most severe a ticket becomes by a customer's mail; agents may say otherwise.", "severity-cap B", .take = take_severity, PLAN(severity_cap)},
    {"plan", "respond", "SEVERITY (none | DURATION [always | in CALENDAR]) ...", "", "Time until the first answer, for the severities named.", "respond A 15min always B 2h C 4h in office",
     .take = take_targets, PLAN(targets[DESK_RESPOND]), .least = CLOCK_MINUTE, .most = 1000 * CLOCK_DAY, .adds_up = true},
    {"plan", "update", "SEVERITY (none | DURATION [always | in CALENDAR]) ...", "", "Time from one answer to the next, for the severities named.", "update A 1h",
     .take = take_targets, PLAN(targets[DESK_UPDATE]), .least = CLOCK_MINUTE, .most = 1000 * CLOCK_DAY, .adds_up = true},
    {"plan", "resolve", "SEVERITY (none | DURATION [always | in CALENDAR]) ...", "", "Time until the ticket is closed, for the severities named.", "resolve A 8h B 2d in office",
     .take = take_targets, PLAN(targets[DESK_RESOLVE]), .least = CLOCK_MINUTE, .most = 1000 * CLOCK_DAY, .adds_up = true},

    {"matrix", "", "", "", "Severity by impact and urgency, where rules set these. A row for each impact: its severities at high, medium and low urgency.", "matrix { high A B C }", .take = NULL},
    {"matrix", "high", "SEVERITY SEVERITY SEVERITY", "A B C", "Severities of high impact.", "high A A B", .take = take_row, DESK(matrix[0])},
    {"matrix", "medium", "SEVERITY SEVERITY SEVERITY", "B C D", "Severities of medium impact.", "medium B C C", .take = take_row, DESK(matrix[1])},
    {"matrix", "low", "SEVERITY SEVERITY SEVERITY", "C D D", "Severities of low impact.", "low C D D", .take = take_row, DESK(matrix[2])},

    {"agent", "", "NAME", "", "A person who answers tickets by mail.", "agent alice { name \"Alice Ng\"; address alice@contoso.example; queues network }", .take = NULL},
    {"agent", "name", "TEXT", "the agent's NAME", "Name shown to customers.", "name \"Alice Ng\"", .take = take_text, AGENT(display_name), .compute = standard_agent,
     .most = CONFIG_TEXT_MAX},
    {"agent", "address", "ADDRESS ...", "required", "Addresses the agent writes from; the first is written to.", "address alice@contoso.example", .take = take_addresses,
     AGENT_LIST(addresses, address_count)},
    {"agent", "queues", "QUEUE ...", "", "Queues whose tickets the agent is told of.", "queues network billing", .take = take_names, AGENT_LIST(queues, queue_count), .refers = "queue"},
    {"agent", "proof", "token | token + dmarc | token + smime | token + pgp", "token",
     "What proves that a mail is the agent's: the token of that agent and ticket alone, or besides it a passing DMARC result, or a verified S/MIME or OpenPGP signature.", "proof token + dmarc",
     .take = take_proof, AGENT(proof)},
    {"agent", "public-name", "TEXT", "the agent's name", "Name under which customers read the agent's answers, in front of the desk's.", "public-name \"Alice\"", .take = take_text,
     AGENT(public_name), .compute = standard_public, .most = CONFIG_TEXT_MAX},
    {"agent", "timezone", "ZONE", "the timezone of the desk", "IANA time zone in which due times are told to the agent.", "timezone Asia/Kolkata", .take = take_zone, AGENT(timezone),
     .compute = standard_desk_zone},
    {"agent", "absent-until", "DATE", "", "Until the end of that day (UTC) the agent is told of no tickets.", "absent-until 2027-01-06", .take = take_day, AGENT(absent_until)},

    {"roster", "", "NAME", "", "Agents who have the turn one after the other, as for being on call.", "roster nights { members alice bob; since 2026-11-23 09:00 }", .take = NULL},
    {"roster", "members", "AGENT ...", "required", "Agents, in the order of their turns.", "members alice bob carol", .take = take_names, ROSTER_LIST(members, member_count),
     .refers = "agent"},
    {"roster", "turn", "DURATION, 1h to 1000d", "7d", "How long a turn takes, by the clock on the desk's wall.", "turn 1d", .take = take_span, ROSTER(turn), .least = CLOCK_HOUR,
     .most = 1000 * CLOCK_DAY},
    {"roster", "since", "DATE [TIME]", "required", "When a turn of the first one began, in the desk's time zone; the hour is that of every hand-over.", "since 2026-11-23 09:00",
     .take = take_since, ROSTER(since)},

    {"escalation", "", "NAME", "",
     "Who is told when so much of a promised time has passed: once each, of several tickets together, and, when it comes late, while the clock's calendar is open. #snooze puts it "
     "off.",
     "escalation network { queues network; severities A B; to owner roster nights }", .take = NULL},
    {"escalation", "at", "PERCENT ...", "50 80 100", "Percent of the time, 1 to 1000, up to eight.", "at 80 100 150", .take = take_percents,
     ESCALATION_LIST(percents, percent_count)},
    {"escalation", "queues", "QUEUE ...", "", "Queues it is about; without it all.", "queues network", .take = take_names, ESCALATION_LIST(queues, queue_count), .refers = "queue"},
    {"escalation", "severities", "SEVERITY ...", "A B C D", "Severities it is about.", "severities A B", .take = take_severities, ESCALATION(severities)},
    {"escalation", "clocks", "(respond | update | resolve) ...", "respond update resolve", "Clocks it is about.", "clocks respond", .take = take_clocks, ESCALATION(clocks)},
    {"escalation", "to", "(owner | queue | agent AGENT | roster ROSTER) ...", "required",
     "Who is told: the owner (as long as there is none, the queue's agents), the agents of its queue, an agent, or whoever has the turn.", "to owner roster nights",
     .take = take_recipients, ESCALATION_LIST(to, to_count), .adds_up = true},

    {"authserv", "", "ID ...", "", "Names (authserv-id) under which our own mail servers write Authentication-Results fields. Only the topmost field of such a name is believed.",
     "authserv mx.contoso.example", .take = take_names, DESK_LIST(authservs, authserv_count)},

    {"arc-sealer", "", "DOMAIN ...", "",
     "Domains that forward mail to us (lists, other mail services) and whose ARC seals we believe: when a trusted authserv reports arc=pass and the last seal is of such a "
     "domain and says to have seen DMARC pass, the sender is proven. Without it ARC is shown and proves nothing.",
     "arc-sealer lists.contoso.example", .take = take_domains, DESK_LIST(arc_sealers, arc_sealer_count)},

    {"dkim", "", "", "",
     "Our own look at DKIM signatures, for mail that no trusted authserv has looked at. A signature proves the sender when its domain is aligned with that of From as "
     "DMARC (RFC 7489) asks. SPF is no part of it: it speaks of a connection that is over when a mailbox is read.",
     "dkim { verify yes }", .take = NULL},
    {"dkim", "verify", "yes | no", "no", "Whether signatures are verified; the keys are asked from the DNS.", "verify yes", .take = take_yes, DAEMON(dkim_verify)},
    {"dkim", "resolver", "ADDRESS[:PORT] | [ADDRESS]:PORT", "those of /etc/resolv.conf", "Name server that is asked.", "resolver 127.0.0.1", .take = take_server,
     DAEMON(dkim_resolver), .compute = standard_implied},
    {"dkim", "timeout", "DURATION, 100ms to 30s", "5s", "Time a mail waits for the DNS; then it goes on unproven.", "timeout 3s", .take = take_span, DAEMON(dkim_timeout),
     .least = 100, .most = 30 * CLOCK_SECOND},

    {"smime", "", "", "", "S/MIME: whose signatures prove a sender, and what is decrypted.", "smime { authorities company-ca.pem }", .take = NULL},
    {"smime", "authorities", "PATH", "", "Certificates (PEM) of the authorities whose word on a sender's certificate counts. Without it no signature is verified.",
     "authorities company-ca.pem", .take = take_file, DAEMON(smime_authorities)},
    {"smime", "key", "PATH", "", "Certificate and private key (PEM, without a pass phrase) to decrypt mail with; a file that others cannot read.", "key support.pem",
     .take = take_private_file, DAEMON(smime_key)},

    {"openpgp", "", "", "", "OpenPGP: whose signatures prove a sender.", "openpgp { keyring agents.asc }", .take = NULL},
    {"openpgp", "keyring", "PATH", "", "Public keys, armoured or not, of those whose signatures count. Without it no signature is verified.", "keyring agents.asc", .take = take_file,
     DAEMON(openpgp_keyring)},

    {"budget", "", "", "", "Limits of automatic mail. They outlive restarts.", "budget { recipient 2/h 10/d; global 30/15min }", .take = NULL},
    {"budget", "recipient", "NUMBER/DURATION ...", "2/h 10/d", "Automatic mails to one address; up to four limits, all of which hold.", "recipient 2/h 10/d", .take = take_limits,
     DESK_LIST(budget.recipient, budget.recipient_count)},
    {"budget", "domain", "NUMBER/DURATION ...", "50/h", "Automatic mails to one domain.", "domain 50/h 200/d", .take = take_limits, DESK_LIST(budget.domain, budget.domain_count)},
    {"budget", "global", "NUMBER/DURATION", "30/15min", "Automatic mails to all; above it nothing automatic is sent until the time has passed.", "global 30/15min",
     .take = take_limit, DESK(budget.breaker)},
    {"budget", "operator", "ADDRESS", "", "Who is told once when the global limit is reached.", "operator postmaster@contoso.example", .take = take_address,
     DESK(budget.operator_address)},

    {"alarm", "", "", "",
     "What the operator is told of, besides what budget says: each cause (a mailbox that is not read, letters that wait, a full disk, a refused reload, and whatever else status "
     "warns of) once within the window, by mail to the operator of section budget, and by the ways named here.",
     "alarm { command /usr/local/bin/page oncall; file /var/lib/triaged/alarms }", .take = NULL},
    {"alarm", "relay", "RELAY", "the first relay", "Relay by which alarms leave; another one than that of answers is of use when this fails.", "relay other", .take = take_name,
     DAEMON(alarm.relay), .compute = standard_implied, .refers = "relay"},
    {"alarm", "command", "PROGRAM [ARGUMENT ...]", "", "A program that is run, with three more arguments: the cause, what it is about, and a sentence.",
     "command /usr/local/bin/page oncall", .take = take_command, DAEMON_LIST(alarm.command, alarm.command_count)},
    {"alarm", "file", "PATH", "", "A file to which a line is added: time, cause, what it is about, and a sentence. Its folder must be there.", "file /var/lib/triaged/alarms",
     .take = take_path, DAEMON(alarm.file)},
    {"alarm", "window", "DURATION, 1min to 30d", "4h", "Within this time no cause is told of twice.", "window 1d", .take = take_span, DAEMON(alarm.window), .least = CLOCK_MINUTE,
     .most = 30 * CLOCK_DAY},
    {"alarm", "after", "DURATION, 0s to 1d", "5min", "A cause that is over sooner is not told of.", "after 10min", .take = take_span, DAEMON(alarm.after), .least = 0, .most = CLOCK_DAY},
    {"alarm", "behind", "DURATION, 1s to 7d", "15min", "A message in hand longer than this is a cause.", "behind 5min", .take = take_span, DAEMON(alarm.behind), .least = CLOCK_SECOND,
     .most = 7 * CLOCK_DAY},
    {"alarm", "unsent", "DURATION, 1s to 7d", "4h", "A letter that waits longer than this is a cause.", "unsent 1h", .take = take_span, DAEMON(alarm.unsent), .least = CLOCK_SECOND,
     .most = 7 * CLOCK_DAY},
    {"alarm", "silent", "DURATION, 1s to 7d", "15min", "A mailbox not looked at for longer than this, and twice its poll, is a cause.", "silent 1h", .take = take_span,
     DAEMON(alarm.silent), .least = CLOCK_SECOND, .most = 7 * CLOCK_DAY},
    {"alarm", "disk", "NUMBER, 0 to 99", "5", "Percent of the store's disk that must be free, else it is a cause.", "disk 10", .take = take_number, DAEMON(alarm.disk), .least = 0,
     .most = 99},

    {"daemon", "", "", "", "The daemon's own affairs.", "daemon { log-level debug }", .take = NULL},
    {"daemon", "state-directory", "PATH", LOCALSTATEDIR "/lib/triaged", "Folder of the store and the keys; private to the daemon.", "state-directory /var/lib/triaged",
     .take = take_path, DAEMON(state_directory)},
    {"daemon", "control-socket", "PATH", RUNSTATEDIR "/triaged/control.sock", "Socket on which triagectl(1) is answered.", "control-socket /run/triaged/control.sock",
     .take = take_socket, DAEMON(control_socket)},
    {"daemon", "templates", "PATH", SYSCONFDIR "/triaged/templates", "Folder of the templates. Unless set, those installed with the program are taken when the default does not exist.",
     "templates templates", .take = take_path, DAEMON(template_directory), .compute = standard_templates},
    {"daemon", "readers", "auto | NUMBER, 1 to 16", "auto", "Processes that read messages at the same time; auto: one a processor, at most 4.", "readers 2", .take = take_readers,
     DAEMON(readers), .least = 1, .most = 16},
    {"daemon", "reader-memory", "SIZE, 64M to 4G", "512M", "Address space of a reader.", "reader-memory 256M", .take = take_size, DAEMON(reader_memory), .least = 64 * MEGA,
     .most = 4 * GIGA},
    {"daemon", "reader-deadline", "DURATION, 1s to 5min", "10s", "Time one message may take a reader. After the third reader the message is filed unread.",
     "reader-deadline 5s", .take = take_span, DAEMON(reader_deadline), .least = CLOCK_SECOND, .most = 5 * CLOCK_MINUTE},
    {"daemon", "reader-idle", "DURATION, 1s to 1d", "5min", "Time without work after which readers end.", "reader-idle 1h", .take = take_span, DAEMON(reader_idle),
     .least = CLOCK_SECOND, .most = CLOCK_DAY},
    {"daemon", "size-max", "SIZE, 256K to 1G", "50M", "Of a bigger message only the headers and the first 256 KB are read.", "size-max 20M", .take = take_size, DAEMON(size_max),
     .least = 256 * KILO, .most = GIGA},
    {"daemon", "log", "auto | stderr | journal", "auto", "Where events are written; auto: to the journal under the service manager, else to standard error.", "log stderr",
     .take = take_choice, DAEMON(log_sink), .words = log_words},
    {"daemon", "log-level", "error | warning | notice | info | debug", "info", "The least important events that are written.", "log-level notice", .take = take_word,
     DAEMON(log_level), .words = level_words},
};
#define SETTINGS (sizeof settings / sizeof *settings)

/* In the order they are read; daemon stands before mailbox, which looks at it for a default. */
static const struct config_section sections[] = {
    {"desk", SECTION_TEXT, false, false, false},   {"daemon", SECTION_UNNAMED, true, true, true},      {"queue", SECTION_NAME, false, false, false},
    {"mailbox", SECTION_NAME, false, false, false}, {"relay", SECTION_NAME, false, false, false},       {"calendar", SECTION_NAME, false, false, false},
    {"severity", SECTION_SEVERITY, true, false, false}, {"plan", SECTION_NAME, false, false, false},
    {"matrix", SECTION_UNNAMED, true, true, false}, {"agent", SECTION_NAME, false, false, false},
    {"roster", SECTION_NAME, false, false, false}, {"escalation", SECTION_NAME, false, false, false}, {"authserv", SECTION_VALUES, false, true, false},
    {"arc-sealer", SECTION_VALUES, false, true, false}, {"dkim", SECTION_UNNAMED, true, true, true}, {"smime", SECTION_UNNAMED, true, true, true},
    {"openpgp", SECTION_UNNAMED, true, true, true}, {"alarm", SECTION_UNNAMED, true, true, true},
    {"budget", SECTION_UNNAMED, true, true, false},
};
#define SECTIONS (sizeof sections / sizeof *sections)

const struct config_section *config_sections(size_t *count)
{
    *count = SECTIONS;
    return sections;
}

const struct config_section *config_section_of(struct str name)
{
    for (size_t i = 0; i < SECTIONS; i++)
        if (str_eq(name, str_of(sections[i].name)))
            return &sections[i];
    return NULL;
}

const struct config_setting *config_settings(size_t *count)
{
    *count = SETTINGS;
    return settings;
}

const struct config_setting *config_key_of(const char *section, struct str key)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (str_eq(str_of(settings[i].section), str_of(section)) && str_eq(str_of(settings[i].key), key))
            return &settings[i];
    return NULL;
}

const struct config_setting *config_setting_of(struct str name)
{
    struct str rest = name;
    struct str section = {NULL, 0};
    if (str_find(name, STR(".")) >= 0) {
        str_cut(&rest, '.', &section);
        for (size_t i = 0; i < SETTINGS; i++)
            if (rest.n > 0 && str_eq(str_of(settings[i].section), section) && str_eq(str_of(settings[i].key), rest))
                return &settings[i];
        return NULL;
    }
    const struct config_setting *found = NULL;
    for (size_t i = 0; i < SETTINGS; i++) {
        if (settings[i].key[0] == '\0' && str_eq(str_of(settings[i].section), name))
            return &settings[i];
        if (name.n == 0 || !str_eq(str_of(settings[i].key), name))
            continue;
        if (found != NULL)
            return NULL;
        found = &settings[i];
    }
    return found;
}
